"""The order of grains: which grain is a coarse-graining of which.

Grain G2 coarsens grain G1 where G2's macro state is a function of G1's: for macro steps of tau1 and tau2 updates, of
the sequence of G1's tau2 / tau1 macro states (tau1 must divide tau2). Leaving elements out is a function too, so a
grain of some elements can coarsen a grain of more ("coarse-grains of coarse-grains", Hoel et al. 2016, Fig. 7).

It is found without going through states. A group of G2 must be a union of groups of G1: a two-way mapping of counts
depends on all elements of its group alike, so half of a group of G1 tells it nothing that G1's macro state tells. For
every combination of the macro states of these groups, over all steps, the counts that can come together are a sumset
of the counts behind each. Counts that occur in one sumset can't be told apart at G1; G2 must map them alike. Counts
are places of a bit mask as in :mod:`causalgrain.grains.lattice`; sequences of counts are numbers in base size + 1, so
that the same sumsets hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np

from .._errors import CostError, InputError
from ..profile import GrainProfile
from ..systems.coarse import Grain
from .lattice import GrainTable

MAX_ROWS = 20_000
"""Largest order, in grains: 50 MB of bits."""
MAX_FUNCTIONS = 400_000_000
"""Most pairs (grain, macro element) looked at: bytes."""

Piece = tuple[int, int, int, bool]
"""What one group of the finer grain is: size, mask of what means ON, tau, whether bits stand for sequences."""


# -- two grains ------------------------------------------------------------------------------------------------------


def coarsens(fine: Grain, coarse: Grain) -> bool:
    """Return whether the macro state of `coarse` is a function of the macro state of `fine`.

    Every grain coarsens itself. Over longer macro steps: a function of the sequence of `fine`'s macro states.

    Parameters
    ----------
    fine, coarse : Grain

    Examples
    --------
    >>> micro, pair = Grain(((0,), (1,), (2,)), ((1,), (1,), (1,))), Grain(((0, 1), (2,)), ((2,), (1,)))
    >>> coarsens(micro, pair), coarsens(pair, micro)
    (True, False)

    All three on is a function of (both on, third on); an odd number on is not:

    >>> [coarsens(pair, Grain(((0, 1, 2),), (on,))) for on in ((3,), (1, 3))]
    [True, False]

    References
    ----------
    Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012, Fig. 7.
    """
    for where, grain in (("fine", fine), ("coarse", coarse)):
        if not isinstance(grain, Grain):
            raise InputError(
                where, expected="a Grain", got=repr(grain), remedy="Make one with as_grain(groups, mapping)."
            )
    if coarse.tau % fine.tau:
        return False
    pieces = [_piece(len(g), on, fine.tau) for g, on in zip(fine.groups, fine.mapping, strict=True)]
    for group, on in zip(coarse.groups, coarse.mapping, strict=True):
        inside = [p for p, g in enumerate(fine.groups) if set(g) <= set(group)]
        if sum(len(fine.groups[p]) for p in inside) != len(group):
            return False
        size, mask, tau, sequences = _piece(len(group), on, coarse.tau)
        alike = classes(tuple(sorted(pieces[p] for p in inside)), size, tau, sequences)
        if any(mask & one not in (0, one) for one in alike):
            return False
    return True


def _piece(size: int, on: tuple[Any, ...], tau: int) -> Piece:
    """Return a group of a grain with its mapping as a mask."""
    if not isinstance(on[0], tuple):
        return size, sum(1 << c for c in on), tau, False
    return size, sum(1 << _place(one, size + 1) for one in on), tau, True


def _place(sequence: Sequence[int], base: int) -> int:
    return sum(count * base**s for s, count in enumerate(sequence))


@lru_cache(maxsize=1 << 16)
def classes(pieces: tuple[Piece, ...], size: int, tau: int, sequences: bool) -> tuple[int, ...]:
    """Return which counts of a union of groups can't be told apart by the groups' macro states.

    Parameters
    ----------
    pieces : tuple of (size, mask of ON, tau, whether by sequence)
        The groups of the finer grain.
    size, tau, sequences
        Of the group that is their union: its elements, its macro step, whether its counts are sequences.

    Returns
    -------
    tuple of int
        Bit masks over the counts (or sequences), disjoint; a mapping is possible where it maps each of them alike.

    Examples
    --------
    Two elements together with ON = both, and one alone: counts 0 and 1 of the two look alike, so do 0, 1 and 1, 2.

    >>> [bin(one) for one in classes(((2, 0b100, 1, False), (1, 0b10, 1, False)), 3, 1, False)]
    ['0b111', '0b1000']
    """
    together = {1}
    for piece in pieces:
        for step in range(tau // piece[2]):
            sides = _sides(piece, size + 1 if sequences else 0, step * piece[2])
            together = {_sumset(one, side) for one in together for side in sides if side}
    found: list[int] = []
    for one in together:
        apart = [other for other in found if not other & one]
        for other in found:
            one |= other if other & one else 0
        found = [*apart, one]
    return tuple(sorted(found))


@lru_cache(maxsize=1 << 14)
def _sides(piece: Piece, base: int, offset: int) -> tuple[int, int]:
    """Return the counts that mean OFF, and those that mean ON, as masks; as sequences from update `offset` on if base.

    They are never empty: nothing maps every count alike.
    """
    size, mask, tau, by_sequence = piece
    if not by_sequence and not base:
        return ((1 << (size * tau + 1)) - 1) & ~mask, mask
    sides = [0, 0]
    for sequence in product(range(size + 1), repeat=tau):
        on = mask >> (_place(sequence, size + 1) if by_sequence else sum(sequence)) & 1
        sides[on] |= 1 << (_place(sequence, base) * base**offset if base else sum(sequence))
    return sides[0], sides[1]


def _sumset(a: int, b: int) -> int:
    out, place = 0, 0
    while b >> place:
        if b >> place & 1:
            out |= a << place
        place += 1
    return out


# -- many grains -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Lattice:
    """The order over the grains of a table, or over some of its rows.

    Attributes
    ----------
    grains : GrainTable
    rows : ndarray, shape (m,)
        Rows of the table that are in the order.
    below : ndarray, shape (m, ceil(m / 8)), uint8
        Bit i of row j (``numpy.packbits`` order): whether grain ``rows[j]`` coarsens grain ``rows[i]``, i != j.
    """

    grains: GrainTable
    rows: np.ndarray
    below: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def level(self) -> np.ndarray:
        """Level of each of `rows`, shape (m,)."""
        return self.grains.level[self.rows]

    def place(self, row: int) -> int:
        """Return where a row of the table stands in `rows`."""
        found = np.flatnonzero(self.rows == row)
        if not len(found):
            raise InputError(
                "row",
                expected="a grain of the order",
                got=f"row {row}: {self.grains.label(row) if 0 <= row < len(self.grains) else 'not in the table'}",
                remedy='Only admitted grains are in it by default: lattice(profile, which="all").',
            )
        return int(found[0])

    def finer(self, row: int) -> np.ndarray:
        """Return the rows of the table that grain `row` coarsens, without itself."""
        return self.rows[self._below(self.place(row))]

    def coarser(self, row: int) -> np.ndarray:
        """Return the rows of the table that coarsen grain `row`, without itself."""
        place = self.place(row)
        return self.rows[(self.below[:, place >> 3] >> (7 - (place & 7)) & 1).astype(bool)]

    def _below(self, place: int) -> np.ndarray:
        return np.unpackbits(self.below[place], count=len(self)).astype(bool)

    @cached_property
    def covers(self) -> np.ndarray:
        """Edges of the order, shape (edges, 2): row of the finer and row of the coarser grain, none between them."""
        many = len(self)
        if not many:
            return np.zeros((0, 2), dtype=np.int64)
        # Grains in order of how much lies below them, the most first: what comes later can't lie above.
        order = np.argsort(-self.pairs_below, kind="stable")
        at = [0] * many
        for new, old in enumerate(order):
            bits = np.packbits(self._below(old)[order], bitorder="little")
            at[new] = int.from_bytes(bits.tobytes(), "little")
        edges = []
        for coarse in range(many):
            left = at[coarse]
            while left:
                lowest = left & -left
                fine = lowest.bit_length() - 1
                edges.append((fine, coarse))
                left &= ~(at[fine] | lowest)
        found = self.rows[order[np.array(edges, dtype=np.int64).reshape(-1, 2)]]
        found = found[np.lexsort((found[:, 1], found[:, 0]))]
        found.setflags(write=False)
        return found

    @cached_property
    def pairs_below(self) -> np.ndarray:
        """How many grains each grain coarsens, shape (m,)."""
        return np.bitwise_count(self.below).sum(axis=1, dtype=np.int64)

    def __repr__(self) -> str:
        part = "" if len(self) == len(self.grains) else f" of {len(self.grains):,}"
        return f"order of {len(self):,}{part} grains, {int(self.pairs_below.sum()):,} pairs (finer, coarser)"


def lattice(grains: GrainProfile | GrainTable, *, which: Any = "admitted") -> Lattice:
    """Return the order over the grains of a profile or table.

    Parameters
    ----------
    grains : GrainProfile or GrainTable
        Of a network: what :func:`causalgrain.scan` returns.
    which : "admitted", "all", or array of int
        Which rows: those that compete for the peak (all rows of a bare table), all, or these.

    Returns
    -------
    Lattice
        ``.covers`` (edges), ``.finer(row)``, ``.coarser(row)``, ``.level``.

    Raises
    ------
    CostError
        There are more grains than fit.

    Examples
    --------
    >>> import causalgrain as cg
    >>> from causalgrain.grains.order import lattice
    >>> order = lattice(cg.scan(cg.published("hoel2016-fig2"), "0000", "full"))
    >>> order
    order of 27 of 89 grains, 37 pairs (finer, coarser)
    >>> pairs = order.grains.index(cg.as_grain(["AB", "CD"], labels="ABCD"))
    >>> [order.grains.label(row) for row in order.finer(pairs)]
    ['ABCD', '{AB}{C}{D} ON=2|1|1', '{A}{B}{CD} ON=1|1|2']
    """
    table = table_of(grains)
    if isinstance(which, str) and which in ("admitted", "all"):
        admitted = isinstance(grains, GrainProfile) and which == "admitted"
        rows = np.flatnonzero(grains.admitted) if admitted else np.arange(len(table))  # type: ignore[union-attr]
    else:
        rows = _as_rows(which, len(table))
    if len(rows) > MAX_ROWS:
        raise CostError(
            "order of grains",
            expected=f"at most {MAX_ROWS:,} grains",
            got=f"{len(rows):,}",
            remedy='Take fewer: only admitted ones, scan(..., nodes="full"), a smaller max_tau, or which=rows.',
        )
    rows.setflags(write=False)
    return Lattice(table, rows, _below(table, rows))


def _as_rows(which: Any, many: int) -> np.ndarray:
    try:
        rows = np.unique(np.asarray(which))
    except (TypeError, ValueError):
        rows = np.zeros(1)
    if (len(rows) and not np.issubdtype(rows.dtype, np.integer)) or np.any((rows < 0) | (rows >= many)):
        raise InputError(
            "which",
            expected=f"'admitted', 'all', or rows from 0 to {many - 1}",
            got=repr(which)[:80],
            remedy='For example which="all"; for a mask, which=numpy.flatnonzero(mask).',
        )
    return rows.astype(np.int64)


def table_of(grains: Any) -> GrainTable:
    """Return the table of grains of a profile, or say why it has none."""
    table = grains.grains if isinstance(grains, GrainProfile) else grains
    if isinstance(table, GrainTable):
        return table
    raise InputError(
        "profile",
        expected="grains of a network, as scan(network, state) gives them",
        got=type(table).__name__,
        remedy="Scan a network; from a recording, estimate_network(recording) first.",
    )


def _below(table: GrainTable, rows: np.ndarray) -> np.ndarray:
    """Return for each row the packed bits of the rows that it coarsens."""
    many = len(rows)
    pieces = [_pieces(table, row) for row in rows]
    # Every macro element, by where it stands (elements, tau, whether by sequence) and by its mask: a number.
    places: dict[tuple[int, int, bool], dict[int, int]] = {}
    total = 0
    parts = []
    for groups in pieces:
        own = []
        for nodes, (_, mask, tau, sequences) in groups:
            known = places.setdefault((nodes, tau, sequences), {})
            if mask not in known:
                known[mask] = total
                total += 1
            own.append(known[mask])
        parts.append(own)
    if many * total > MAX_FUNCTIONS:
        raise CostError(
            "order of grains",
            expected=f"at most {MAX_FUNCTIONS:,} pairs of a grain and a macro element",
            got=f"{many:,} grains x {total:,} macro elements",
            remedy='Take fewer: only admitted ones, blocks="counts", a smaller max_tau, or which=rows.',
        )
    targets = [
        (nodes, tau, sequences, np.array(list(masks)), np.array(list(masks.values())))
        for (nodes, tau, sequences), masks in places.items()
    ]
    by_nodes: dict[int, list[int]] = {}
    for number, target in enumerate(targets):
        by_nodes.setdefault(target[0], []).append(number)
    allowed: dict[tuple[int, tuple[Piece, ...]], np.ndarray] = {}
    is_function = np.zeros((total, many), dtype=bool)
    for column, groups in enumerate(pieces):
        step = groups[0][1][2]
        for chosen in range(1, 1 << len(groups)):
            inside = [groups[g] for g in range(len(groups)) if chosen >> g & 1]
            for number in by_nodes.get(sum(nodes for nodes, _ in inside), ()):
                nodes, tau, sequences, masks, numbers = targets[number]
                if tau % step:
                    continue
                key = number, tuple(sorted(piece for _, piece in inside))
                fit = allowed.get(key)
                if fit is None:
                    possible = np.ones(len(masks), dtype=bool)
                    for one in classes(key[1], nodes.bit_count(), tau, sequences):
                        common = masks & one
                        possible &= (common == 0) | (common == one)
                    fit = allowed[key] = numbers[possible]
                is_function[fit, column] = True
    packed = np.packbits(is_function, axis=1)
    below = np.stack([np.bitwise_and.reduce(packed[own], axis=0) for own in parts]) if many else packed[:0]
    place = np.arange(many)
    below[place, place >> 3] &= ~(128 >> (place & 7)).astype(np.uint8)
    below.setflags(write=False)
    return below


def _pieces(table: GrainTable, row: int) -> list[tuple[int, Piece]]:
    """Return the groups of one grain: the bit mask of its elements, and what it is."""
    group, masks = table.group[row].tolist(), table.on_counts[row].tolist()
    tau, sequences = int(table.tau[row]), bool(table.by_sequence[row])
    nodes = [0] * (max(group) + 1)
    for i, g in enumerate(group):
        if g >= 0:
            nodes[g] |= 1 << i
    return [(n, (n.bit_count(), masks[g], tau, sequences)) for g, n in enumerate(nodes)]
