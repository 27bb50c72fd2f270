"""Candidate sets unfolded in time, made ready for the kernels; see :mod:`causalgrain.systems.unfolding`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._errors import CostError
from ..systems import markov, unfolding
from ..systems.coarse import Grain
from ..systems.history import lagged_edges
from ..systems.network import Network
from ..systems.states import mask_of, state_index
from ..systems.unfolding import MAX_UNFOLDED
from .compiled import kernels
from .macro import MacroSystem, accepted_marginals, element_sets

MAX_BYTES = 2.0**31  # of the marginals after all cuts of one grouping


@dataclass(frozen=True, eq=False)
class Unfolded:
    """A candidate set with its background frozen, and its macro step.

    Attributes
    ----------
    on : ndarray, shape (2**(k order), k)
        P(element = 1 | history), the present state in the lowest k bits.
    order, tau : int
    block : int
        Index of the block of the last tau states, the oldest in the lowest k bits.
    nodes : tuple of int
        Elements of the network, by position in the set.
    """

    on: np.ndarray
    order: int
    tau: int
    block: int
    nodes: tuple[int, ...]

    @property
    def n_unfolded(self) -> int:
        """Number of unfolded elements."""
        return len(self.nodes) * self.tau

    @cached_property
    def reads(self) -> np.ndarray:
        """What each bit of a history is at each update, shape (tau, k order): `unfolding.window_inputs`."""
        steps = range(self.tau)
        k = len(self.nodes)
        return np.array([unfolding.window_inputs(k, self.order, self.tau, s) for s in steps], dtype=np.int64)

    @cached_property
    def tails(self) -> tuple[np.ndarray, np.ndarray]:
        """Histories that blocks end in (each once), and the place of every block's among them."""
        k = len(self.nodes)
        blocks = np.arange(1 << self.n_unfolded)
        start = np.zeros(len(blocks), dtype=np.int64)
        for lag in range(min(self.order, self.tau)):
            start |= (blocks >> (k * (self.tau - 1 - lag)) & ((1 << k) - 1)) << (k * lag)
        tails, place = np.unique(start, return_inverse=True)
        return tails, place.astype(np.int64)

    @cached_property
    def reachable(self) -> bool:
        """Whether some block, with this background, leads to this one."""
        tables = np.empty((self.tau, *self.on.shape))
        module = kernels().unfold
        module.update_tables(self.on, self.reads, 0, tables)
        made = np.empty(1 << self.n_unfolded)
        for tail in self.tails[0]:
            module.blocks_after(tables, int(tail), self.order, made)
            if made[self.block] > 0.0:
                return True
        return False

    def cut_nodes(self, source: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the unfolded elements on the sending and receiving side of a cut."""
        both = range(self.n_unfolded)
        return tuple(p for p in both if source >> p & 1), tuple(p for p in both if not source >> p & 1)


def prepare_unfolded(
    network: Network, history: Sequence[tuple[int, ...]], nodes: tuple[int, ...], tau: int
) -> Unfolded:
    """Unfold a candidate set over `tau` updates; `history` holds the last tau states of all elements, oldest first."""
    k, order = len(nodes), network.order
    if k * tau > MAX_UNFOLDED or k * order > MAX_UNFOLDED:
        many = f"{k} element{'s' if k > 1 else ''}"
        what = f"{many} over {tau} updates" if k * tau > MAX_UNFOLDED else f"{many} of order {order}"
        raise CostError(
            "macro step",
            expected=f"at most {MAX_UNFOLDED} elements unfolded in time",
            got=f"{k * max(tau, order)}: {what}",
            remedy="Take fewer elements or a shorter macro step: there are 2 to that power of cuts and of blocks.",
        )
    on = unfolding.condition_history(network.tpm, nodes, history[-1], order)
    within = network.edges[np.ix_(nodes, nodes)]
    found = lagged_edges(on, order) if order > 1 else markov.functional_edges(on)[None]
    if (found & ~within).any():
        on = unfolding.average_inputs(on, np.tile(within, (order, 1)))
    block = sum(state_index([state[i] for i in nodes]) << (k * s) for s, state in enumerate(history[-tau:]))
    return Unfolded(np.ascontiguousarray(on), order, tau, block, nodes)


@dataclass(frozen=True, eq=False)
class Lumps:
    """Blocks of one grouping, lumped by the value that each group has: a count, or a sequence of counts.

    Attributes
    ----------
    values : ndarray, shape (m, 2**(k tau))
        Value of each group in each block; `widths` (m,) how many it can take, `starts` (m,) where they begin when the
        values of all groups stand one after another.
    radix : ndarray, shape (m + 1,)
        Place value of each group's value in the number of a lump.
    lump_of : ndarray, shape (2**(k tau),)
    members : ndarray, shape (lumps,)
    share : ndarray, shape (lumps, tails)
        How a lump's blocks fall on tails.
    elements : ndarray, shape (2**m,)
        Unfolded elements of every set of groups, as bit masks.
    """

    values: np.ndarray
    widths: np.ndarray
    starts: np.ndarray
    radix: np.ndarray
    lump_of: np.ndarray
    members: np.ndarray
    share: np.ndarray
    elements: np.ndarray

    @classmethod
    def of(cls, unfolded: Unfolded, part: Sequence[int], by_sequence: bool) -> Lumps:
        """Lump by `part`, the number of the group of each element of the set."""
        k, tau = len(unfolded.nodes), unfolded.tau
        m = max(part) + 1
        members = [[p for p in range(k) if part[p] == g] for g in range(m)]
        blocks = np.arange(1 << unfolded.n_unfolded)
        values = np.zeros((m, len(blocks)), dtype=np.int64)
        for g, inside in enumerate(members):
            for s in range(tau):
                weight = (len(inside) + 1) ** s if by_sequence else 1
                for p in inside:
                    values[g] += weight * (blocks >> (p + k * s) & 1)
        widths = np.array([(len(g) + 1) ** tau if by_sequence else len(g) * tau + 1 for g in members], dtype=np.int64)
        radix = np.concatenate([[1], np.cumprod(widths)]).astype(np.int64)
        lump_of = radix[:-1] @ values
        sizes = np.bincount(lump_of, minlength=int(radix[-1])).astype(np.float64)
        tails, tail_of = unfolded.tails
        share = np.zeros((len(sizes), len(tails)))
        np.add.at(share, (lump_of, tail_of), 1.0)
        share /= np.maximum(sizes, 1.0)[:, None]
        starts = np.concatenate([[0], np.cumsum(widths)[:-1]]).astype(np.int64)
        masks = [mask_of(p + k * s for s in range(tau) for p in inside) for inside in members]
        return cls(values, widths, starts, radix, lump_of, sizes, share, element_sets(masks))

    def tpm(self, unfolded: Unfolded) -> np.ndarray:
        """Return the uncut TPM of the lumps, shape (lumps, lumps)."""
        tails, tail_of = unfolded.tails
        return kernels().unfold.lump_blocks(
            unfolded.on, unfolded.reads, tails, unfolded.order, tail_of, self.lump_of, self.members
        )

    def after_cuts(self, unfolded: Unfolded) -> np.ndarray:
        """Return P(value of each group in the next block | tail) after every cut, (2**(k tau), tails, values)."""
        tails, _ = unfolded.tails
        shape = (1 << unfolded.n_unfolded, len(tails), int(self.widths.sum()))
        if 8.0 * np.prod([float(s) for s in shape]) > MAX_BYTES:
            raise CostError(
                "macro step",
                expected=f"at most {MAX_BYTES / 2**30:.0f} GiB for what follows after every cut",
                got=f"{8.0 * np.prod([float(s) for s in shape]) / 2**30:.1f} GiB",
                remedy="Take fewer elements, a shorter macro step, or a lower order.",
            )
        out = np.zeros(shape)
        kernels().unfold.cut_group_values(
            unfolded.on, unfolded.reads, tails, unfolded.order, self.values, self.starts, out
        )
        return out

    def macro(self, on: np.ndarray) -> np.ndarray:
        """Return the macro state of every lump; `on` (m,) masks of the values that mean ON."""
        out = np.empty(len(self.members), dtype=np.int64)
        kernels().coarse.macro_of_lumps(self.radix, len(self.widths), on, out)
        return out

    def marginals(self, after: np.ndarray, on: np.ndarray, macro: np.ndarray) -> np.ndarray:
        """Return P(macro element ON | macro state) after every cut, (2**(k tau), 2**m, m), from `after_cuts`."""
        m = len(self.widths)
        out = np.zeros((len(after), 1 << m, m))
        kernels().unfold.macro_marginals(after, self.share, on, self.starts, self.widths, macro, self.members, out)
        return out


def on_masks(grain: Grain) -> np.ndarray:
    """Return what means ON for each group as a bit mask of values, as `Lumps` numbers them."""
    out = []
    for members, on in zip(grain.groups, grain.mapping, strict=True):
        if grain.by_sequence:
            g = len(out)
            weights = [(len(members) + 1) ** s for s in range(grain.tau)]
            out.append(mask_of(sum(c * w for c, w in zip(q, weights, strict=True)) for q in grain.on_sequences(g)))
        else:
            out.append(mask_of(on))
    return np.array(out, dtype=np.int64)


def temporal_macro(unfolded: Unfolded, grain: Grain, max_dependence: float, names: str) -> MacroSystem:
    """Return the macro system of a grain whose macro step takes several updates."""
    place = {node: p for p, node in enumerate(unfolded.nodes)}
    part = [0] * len(place)
    for g, group in enumerate(grain.groups):
        for node in group:
            part[place[node]] = g
    lumps = Lumps.of(unfolded, part, grain.by_sequence)
    masks = on_masks(grain)
    macro = lumps.macro(masks)
    joint = kernels().coarse.joint_of_lumps(lumps.tpm(unfolded), lumps.members, macro, len(grain.groups))
    on = accepted_marginals(joint, max_dependence, names)
    cut_ons = lumps.marginals(lumps.after_cuts(unfolded), masks, macro)
    state = int(macro[lumps.lump_of[unfolded.block]])
    return MacroSystem(on, state, lumps.elements, unfolded.n_unfolded, lambda source: cut_ons[source])
