"""Coarse-grainings in space and time: groups of micro elements, their macro states, the macro TPM, and cuts.

A grain is a set of disjoint groups and a macro step of `tau` micro updates. Each group is one binary macro element
whose state depends only on *how many* of its micro elements are on (their identity must not matter): ``mapping[g]``
lists the counts that mean ON, count 0 is always OFF (swapping the names OFF and ON changes nothing). Over tau updates
the count is that of the whole block; or, on request, ``mapping[g]`` lists sequences of counts, oldest update first.
Macro element g is bit g of a macro state.

The macro TPM is found by macro perturbation: a macro state is set by the uniform average over its micro states, and
the macro state is read out one step later (Hoel et al. 2016, "Coarse-graining").

The functions here are plain numpy, for one spatial grain at a time; the search over all grains uses compiled twins.
Grains of tau > 1 stand on :mod:`causalgrain.systems.unfolding`.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from .._checks import as_whole, node_indices
from .._errors import InputError
from .markov import average_missing_inputs, to_state_by_state
from .states import all_states


@dataclass(frozen=True)
class Grain:
    """One grain in space and time: groups of elements, the counts that turn each group ON, the macro step.

    Attributes
    ----------
    groups : tuple of tuple of int
        Disjoint groups of element indices, ascending inside, ordered by their first element.
    mapping : tuple of tuple
        For each group what means macro ON: the numbers of ON micro elements in the block of `tau` updates (1 to
        ``len(group) * tau``), or sequences of such numbers, one an update, oldest first. Sequences that only say a
        number are turned into it.
    tau : int
        Micro updates a macro step.

    Examples
    --------
    >>> grain = Grain(((0, 1), (2, 3)), ((2,), (2,)))
    >>> grain.level, grain.nodes, grain.macro_state((1, 1, 0, 1))
    (2, (0, 1, 2, 3), (1, 0))
    >>> print(grain.label("ABCD"))
    {AB}{CD} ON=2|2

    Over two updates, ON = any; then A by its last update alone:

    >>> temporal = Grain(((0,), (1,)), ((1, 2), (1, 2)), tau=2)
    >>> temporal.level, temporal.macro_state(["10", "00"])
    (2, (1, 0))
    >>> print(Grain(((0,), (1,)), (((0, 1), (1, 1)), (1, 2)), tau=2).label("AB"))
    {A}{B} tau=2 ON=0-1,1-1|1,2
    """

    groups: tuple[tuple[int, ...], ...]
    mapping: tuple[tuple[Any, ...], ...]
    tau: int = 1

    def __post_init__(self) -> None:
        members = [i for group in self.groups for i in group]
        if not self.groups or len(set(members)) != len(members) or any(not group for group in self.groups):
            raise InputError(
                "groups",
                expected="disjoint, non-empty groups",
                got=repr(self.groups),
                remedy="Every element belongs to one group at most.",
            )
        if len(self.mapping) != len(self.groups):
            raise InputError(
                "mapping",
                expected=f"one list of counts for each of {len(self.groups)} groups",
                got=str(len(self.mapping)),
                remedy="For groups of two with ON = both: ((2,), (2,)).",
            )
        object.__setattr__(self, "tau", as_whole(self.tau, "tau", low=1))
        ons = [_as_on(on, len(group), self.tau) for group, on in zip(self.groups, self.mapping, strict=True)]
        # One grain, one value: groups in order of their first element, counts and members ascending.
        pairs = sorted((tuple(sorted(g)), on) for g, on in zip(self.groups, ons, strict=True))
        object.__setattr__(self, "groups", tuple(g for g, _ in pairs))
        object.__setattr__(self, "mapping", tuple(on for _, on in pairs))

    @property
    def nodes(self) -> tuple[int, ...]:
        """The candidate set: all micro elements of the grain, ascending."""
        return tuple(sorted(i for group in self.groups for i in group))

    @property
    def level(self) -> int:
        """Micro elements in the candidate set, once for each of tau updates, minus macro elements; 0: micro level."""
        return len(self.nodes) * self.tau - len(self.groups)

    @property
    def is_micro(self) -> bool:
        """Whether every group is a single element at a single update."""
        return self.level == 0

    @property
    def by_sequence(self) -> bool:
        """Whether a group is mapped by sequences of counts rather than by counts."""
        return any(isinstance(on[0], tuple) for on in self.mapping)

    def on_sequences(self, g: int) -> tuple[tuple[int, ...], ...]:
        """Return all sequences of counts of group `g`, one count an update, oldest first, that mean ON.

        >>> Grain(((0,),), ((2,),), tau=2).on_sequences(0)
        ((1, 1),)
        """
        on = self.mapping[g]
        if isinstance(on[0], tuple):
            return on
        every = product(range(len(self.groups[g]) + 1), repeat=self.tau)
        return tuple(sequence for sequence in every if sum(sequence) in on)

    def macro_state(self, state: Sequence[Any]) -> tuple[int, ...]:
        """Return the macro state of a micro state of the whole network; for tau > 1, of its last tau states.

        `state` is one state for tau = 1, else at least tau states, oldest first: ["01", "11"] or "01 11".
        """
        block = [state] if self.tau == 1 else state.split() if isinstance(state, str) else list(state)
        block = block[-self.tau :]
        fits = len(block) == self.tau and all(hasattr(one, "__len__") and len(one) > self.nodes[-1] for one in block)
        if not fits:
            raise InputError(
                "state",
                expected=f"{'a state' if self.tau == 1 else f'the last {self.tau} states'} of the whole network",
                got=repr(state),
                remedy="Give all elements, element 0 first; several states oldest first, such as '01 11'.",
            )
        out = []
        for group, on in zip(self.groups, self.mapping, strict=True):
            counts = tuple(sum(int(one[i]) for i in group) for one in block)
            out.append(int((counts if isinstance(on[0], tuple) else sum(counts)) in on))
        return tuple(out)

    def label(self, names: Sequence[str]) -> str:
        """Return a short name: "ABCD" for a micro grain, "{AB}{CD} ON=2|2" for a macro grain."""
        short = all(len(name) == 1 for name in names)
        groups = [("" if short else ", ").join(names[i] for i in group) for group in self.groups]
        if self.is_micro:
            return "".join(groups) if short else " ".join(f"{{{g}}}" for g in groups)
        counts = "|".join(",".join(_text(c) for c in on) for on in self.mapping)
        step = f" tau={self.tau}" if self.tau > 1 else ""
        return "".join(f"{{{g}}}" for g in groups) + f"{step} ON={counts}"

    def __str__(self) -> str:
        return self.label([str(i) for i in range(max(self.nodes) + 1)])


def _text(count: Any) -> str:
    return "-".join(str(c) for c in count) if isinstance(count, tuple) else str(count)


def _as_on(on: Any, size: int, tau: int) -> tuple[Any, ...]:
    """Check what means ON for a group of `size` elements over `tau` updates; counts rather than sequences of them."""
    listed = tuple(tuple(one) if isinstance(one, tuple | list) else one for one in on)
    if listed and all(isinstance(one, tuple) for one in listed):
        fits = all(len(one) == tau and all(0 <= count <= size for count in one) and any(one) for one in listed)
        if not fits or len(set(listed)) != len(listed):
            raise InputError(
                "mapping",
                expected=f"different sequences of {tau} counts from 0 to {size}, not all 0 (that block is OFF)",
                got=repr(on),
                remedy="One count of ON elements an update, oldest first, such as ((0, 1), (1, 1)) for a single "
                "element over two updates.",
            )
        sums = {sum(one) for one in listed}
        whole = [one for one in product(range(size + 1), repeat=tau) if sum(one) in sums]
        return tuple(sorted(sums)) if len(whole) == len(listed) else tuple(sorted(listed))
    most = size * tau
    if not listed or any(isinstance(c, tuple) or not 1 <= c <= most for c in listed) or len(set(listed)) != len(listed):
        block = f"a group of {size}" + (f" over {tau} updates" if tau > 1 else "")
        raise InputError(
            "mapping",
            expected=f"counts from 1 to {most} for {block} (count 0 is OFF)",
            got=repr(on),
            remedy="If ON should hold at count 0, list the other counts: OFF and ON are only names.",
        )
    return tuple(sorted(listed))


@lru_cache(maxsize=1024)
def micro_grain(nodes: tuple[int, ...]) -> Grain:
    """Return the micro grain of a candidate set."""
    return Grain(tuple((i,) for i in nodes), tuple((1,) for _ in nodes))


def as_grain(groups: Any, mapping: Any = None, labels: Sequence[str] | None = None, *, tau: int = 1) -> Grain:
    """Make a grain from groups of names or indices, put into canonical order.

    Parameters
    ----------
    groups : sequence of groups
        Each a sequence of labels or indices; with one-letter labels "AB" is short for ("A", "B").
    mapping : sequence of sequence, optional
        The ON counts of each group over the macro step, or sequences of counts (see `Grain`). Default: ON = all
        elements of the group on, at every update of the macro step.
    labels : sequence of str, optional
        Names of the network's elements; needed where groups are given by name.
    tau : int
        Micro updates a macro step.

    Examples
    --------
    >>> as_grain(["CD", "AB"], labels="ABCD")
    Grain(groups=((0, 1), (2, 3)), mapping=((2,), (2,)), tau=1)
    """
    listed = [list(group) if not isinstance(group, str | int | np.integer) else group for group in groups]
    if labels is None:
        known = [i for g in listed for i in (g if isinstance(g, list) else [g]) if isinstance(i, int | np.integer)]
        names = [str(i) for i in range(1 + max(known, default=0))]
    else:
        names = list(labels)
    short = all(len(name) == 1 for name in names)
    members = [
        node_indices(list(g) if isinstance(g, str) and g not in names and short else g, names, "groups") for g in listed
    ]
    if mapping is None:
        step = as_whole(tau, "tau", low=1)
        return Grain(tuple(members), tuple((len(g) * step,) for g in members), step)
    try:
        counts = tuple(tuple(_whole_counts(count) for count in on) for on in mapping)
    except TypeError:
        raise InputError(
            "mapping",
            expected="one list of whole numbers for each group",
            got=repr(mapping),
            remedy="For two groups of two with ON = both: [[2], [2]].",
        ) from None
    return Grain(tuple(members), counts, tau)


def _whole_counts(count: Any) -> Any:
    """A count as int, a sequence of them ("0-1" is short for (0, 1)) as a tuple of ints."""
    if isinstance(count, str):
        return tuple(int(c) for c in count.split("-")) if "-" in count else int(count)
    if isinstance(count, tuple | list):
        return tuple(operator.index(c) for c in count)
    return operator.index(count)


def _local(grain: Grain) -> list[tuple[list[int], tuple[int, ...]]]:
    """Groups by position inside the candidate set."""
    place = {node: p for p, node in enumerate(grain.nodes)}
    return [([place[i] for i in group], on) for group, on in zip(grain.groups, grain.mapping, strict=True)]


def macro_indices(grain: Grain) -> np.ndarray:
    """Return the macro state's index of every micro state of the candidate set, shape (2**k,)."""
    states = all_states(len(grain.nodes))
    index = np.zeros(len(states), dtype=np.int64)
    for g, (members, on) in enumerate(_local(grain)):
        index |= np.isin(states[:, members].sum(axis=1), on).astype(np.int64) << g
    return index


def group_probabilities(tpm: np.ndarray, grain: Grain) -> np.ndarray:
    """Return P(macro element g = ON at t+1 | micro state at t), shape (2**k, groups).

    `tpm` (2**k, k) is the micro system's state-by-node TPM; micro elements update independently, so a group's
    count has a Poisson-binomial distribution.
    """
    out = np.zeros((tpm.shape[0], len(grain.groups)))
    for g, (members, on) in enumerate(_local(grain)):
        counts = np.ones((tpm.shape[0], 1))
        for i in members:
            p = tpm[:, i : i + 1]
            stay = np.hstack([counts * (1.0 - p), np.zeros_like(p)])
            rise = np.hstack([np.zeros_like(p), counts * p])
            counts = stay + rise
        out[:, g] = counts[:, list(on)].sum(axis=1)
    return out


def macro_tpm(tpm: np.ndarray, grain: Grain) -> np.ndarray:
    """Return the macro TPM, state-by-state, shape (2**m, 2**m), from the micro TPM (2**k, k) of the candidate set.

    Its rows need not be products of marginals: see :func:`causalgrain.systems.markov.dependence`.
    """
    joint = to_state_by_state(group_probabilities(tpm, grain))
    return _average_over_macro_states(joint, grain)


def macro_marginals(tpm: np.ndarray, grain: Grain) -> np.ndarray:
    """Return P(macro element g = ON | macro state), shape (2**m, m): what remains of a cut system."""
    return _average_over_macro_states(group_probabilities(tpm, grain), grain)


def _average_over_macro_states(rows: np.ndarray, grain: Grain) -> np.ndarray:
    index = macro_indices(grain)
    sizes = np.bincount(index, minlength=1 << len(grain.groups))
    out = np.zeros((len(sizes), rows.shape[1]))
    np.add.at(out, index, rows)
    return out / sizes[:, None]


def cut_micro(tpm: np.ndarray, source: Sequence[int]) -> np.ndarray:
    """Return the micro TPM (2**k, k) with the connections from `source` to all other elements severed.

    `source` are positions in the candidate set; a severed input is averaged out as independent uniform noise.
    """
    k = tpm.shape[1]
    inside = np.zeros(k, dtype=bool)
    inside[list(source)] = True
    return average_missing_inputs(tpm, ~(inside[:, None] & ~inside[None, :]))
