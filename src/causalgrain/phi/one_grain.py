"""Phi and effective information of one grain at a time, for candidate sets too large to lay every cut out.

:func:`causalgrain.scan` lays the micro TPM after every cut out once (``4**n * n`` numbers) and reads all grains off
it. Here nothing of that size is made: a grain's uncut macro TPM comes from P(group ON | micro state), its marginals
after each of ``2**n`` cuts from what each group reads (see ``kernels/wide_coarse``). The numbers are the same.

Measured on one core, a grain of m = 2, 3, 4 groups of a dense system: .003, .006, .016 s at n = 8; .04, .05, .08 s at
n = 10; .89, .72, .86 s at n = 12. In a ring of noisy AND pairs, n = 12: .01, .03, .09 s, and .4 s for its six pairs.

Besides Phi, dependence and EI each grain has its *element EI*: the sum over macro elements g of the information, in
bits, between the macro state and the next state of g alone, under uniform intervention. It is at most EI + what the
elements share, costs no joint distribution, and so ranks grains of any number of macro elements.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ..systems.coarse import Grain, macro_indices
from ..systems.states import mask_of, nodes_of
from .compiled import kernels
from .conventions import TOLERANCE
from .cost import micro_seconds
from .macro import element_sets
from .prepared import Prepared
from .searches import MicroSearch

SECONDS_PER_CASE = 4e-9  # one case of a cut, one state of what the group reads, one member
SECONDS_PER_CUT = 1.5e-6
SECONDS_PER_STRUCTURE = 2e-8  # times 9**m: see phi/cost.py
KEPT_STATES = 1 << 21  # counts are remembered of so many groups times micro states


@dataclass(frozen=True, eq=False)
class Measured:
    """What is known of a grain before its cuts.

    Attributes
    ----------
    grain : Grain
    element_ei : float, bits
    dependence, ei : float
        NaN where the grain has too many macro elements for its joint distribution.
    """

    grain: Grain
    element_ei: float
    dependence: float
    ei: float


class OneGrain:
    """Grains of one candidate set, one at a time.

    Parameters
    ----------
    prepared : Prepared
        The candidate set with its background frozen: n micro elements.
    max_joint : int
        Grains of more macro elements get no joint distribution, hence no dependence and no EI.

    Examples
    --------
    >>> import causalgrain as cg
    >>> from causalgrain.phi.prepared import prepare
    >>> one = OneGrain(prepare(cg.published("hoel2016-fig2"), (0, 0, 0, 0), (0, 1, 2, 3)))
    >>> pairs = cg.as_grain([[0, 1], [2, 3]])
    >>> found = one.measure(pairs)
    >>> round(found.ei, 4), found.dependence < 1e-12, round(one.phi(pairs)[0], 6)
    (1.5518, True, 0.597213)
    """

    def __init__(self, prepared: Prepared, max_joint: int = 8) -> None:
        self.prepared = prepared
        self.max_joint = max_joint
        self._place = {node: p for p, node in enumerate(prepared.nodes)}
        self._counts = lru_cache(max(16, KEPT_STATES >> self.n))(self._count_group)

    @property
    def n(self) -> int:
        """Number of micro elements."""
        return len(self.prepared.nodes)

    @cached_property
    def _sums(self) -> np.ndarray:
        """Every micro state's bits, shape (n, 2**n)."""
        return (np.arange(1 << self.n)[None, :] >> np.arange(self.n)[:, None] & 1).astype(np.int8)

    def _count_group(self, members: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """P(count of a group | micro state), and the count in each micro state."""
        found = kernels().wide_coarse.group_counts(self.prepared.on, np.array(members, dtype=np.int64))
        return found, self._sums[list(members)].sum(axis=0)

    def _members(self, grain: Grain) -> list[tuple[int, ...]]:
        return [tuple(self._place[i] for i in group) for group in grain.groups]

    def _uncut(self, grain: Grain) -> tuple[np.ndarray, np.ndarray]:
        """P(group ON | micro state), shape (m, 2**n), and each micro state's macro state."""
        p = np.empty((len(grain.groups), 1 << self.n))
        index = np.zeros(1 << self.n, dtype=np.int64)
        for g, members in enumerate(self._members(grain)):
            counts, now = self._counts(members)
            is_on = np.zeros(len(members) + 1, dtype=bool)
            is_on[list(grain.mapping[g])] = True
            p[g] = counts[:, is_on].sum(axis=1)
            index |= is_on[now].astype(np.int64) << g
        return p, index

    def measure(self, grain: Grain) -> Measured:
        """Return dependence, EI and element EI of a spatial grain of the set."""
        p, index = self._uncut(grain)
        m = len(grain.groups)
        marginals = kernels().wide_coarse.mean_in_macro_states(p, index, m)
        element_ei = float((_entropy(marginals.mean(axis=0)) - _entropy(marginals).mean(axis=0)).sum())
        if m > self.max_joint:
            return Measured(grain, element_ei, float("nan"), float("nan"))
        joint = kernels().wide_coarse.joint_of_groups(p, index, m)
        dependence, _ = kernels().coarse.joint_dependence(joint, m)
        ei = kernels().effective.effective_information(joint)[0]
        return Measured(grain, element_ei, float(dependence), float(ei))

    def macro_system(self, grain: Grain) -> tuple[np.ndarray, int]:
        """Return P(macro element ON | macro state), shape (2**m, m), and the index of the macro state."""
        p, index = self._uncut(grain)
        on = kernels().wide_coarse.mean_in_macro_states(p, index, len(grain.groups))
        return np.clip(on, 0.0, 1.0), int(index[self.prepared.state])

    def phi(self, grain: Grain, floor: float = 0.0) -> tuple[float, int]:
        """Return Phi and the sending side of its cut (a bit mask of positions in the set; 0: no cut needed).

        A grain of one macro element has Phi 0. Where Phi is found to lie below `floor`, the search is given up: an
        upper bound of Phi, and -1.
        """
        m = len(grain.groups)
        if grain.is_micro:
            phi, source, _, _ = MicroSearch(self.prepared).run("zero", False)
            return float(phi), int(source)
        if m == 1:
            return 0.0, 0
        on, state = self.macro_system(grain)
        micro = element_sets([mask_of(members) for members in self._members(grain)])
        cut_on = np.clip(self.after_cuts(grain), 0.0, 1.0)  # rounding may leave it 1e-16 outside
        phi, source, _ = kernels().search.macro_search(
            on, cut_on, micro, state, TOLERANCE, False, floor, np.zeros(8, dtype=np.int64)
        )
        return float(phi), int(source)

    def after_cuts(self, grain: Grain) -> np.ndarray:
        """Return P(macro element ON | macro state) after every cut, shape (2**n, 2**m, m), by sending side."""
        index = macro_indices(grain)
        m, n = len(grain.groups), self.n
        wide = 1 << m
        states = np.arange(1 << n)
        sizes = np.bincount(index, minlength=wide)
        out = np.empty((1 << n, wide, m))
        for g, members in enumerate(self._members(grain)):
            read, touched = self._touched(members)
            inputs = np.array([_pack(int(self.prepared.inputs[i]), read) for i in members], dtype=np.int64)
            tables = np.ascontiguousarray(self.prepared.on[_unpack_all(read)][:, list(members)].T)
            # How often each state of what the group reads comes with each macro state.
            pairs, many = np.unique(_pack_all(states, read) * wide + index, return_counts=True)
            macro = pairs % wide
            starts = np.searchsorted(pairs, np.arange((1 << len(read)) + 1) * wide)
            sources = _unpack_all(touched)
            found = kernels().wide_coarse.group_after_cuts(
                tables,
                inputs,
                _pack_all(sources, read),
                _pack_all(sources, members),
                mask_of(grain.mapping[g]),
                macro,
                starts,
                many / sizes[macro],
                wide,
            )
            kernels().wide_coarse.spread_cases(found, _pack_all(states, touched), g, out)
        return out

    def _touched(self, members: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What a group reads, and that with the group itself: the elements whose side of a cut matters to it."""
        read = int(np.bitwise_or.reduce(self.prepared.inputs[list(members)]))
        return nodes_of(read), nodes_of(read | mask_of(members))

    def seconds(self, grain: Grain) -> float:
        """Estimate the CPU time of Phi at a grain, in seconds."""
        m = len(grain.groups)
        if grain.is_micro:
            return micro_seconds(self.prepared)
        if m == 1:
            return 0.0
        laid_out = 0.0
        for members in self._members(grain):
            read, touched = self._touched(members)
            laid_out += 2.0 ** (len(read) + len(touched)) * (len(members) + 2)
        cuts = 2.0**self.n * (SECONDS_PER_STRUCTURE * 9.0**m + SECONDS_PER_CUT)
        return SECONDS_PER_CASE * laid_out + cuts


def _entropy(p: np.ndarray) -> np.ndarray:
    """Entropy of a binary element with P(ON) = p, in bits."""
    p = np.clip(p, 0.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0.0, p * np.log2(p), 0.0) + np.where(p < 1.0, (1.0 - p) * np.log2(1.0 - p), 0.0)
    return -terms


def _pack(mask: int, places: tuple[int, ...]) -> int:
    return sum((mask >> p & 1) << k for k, p in enumerate(places))


def _pack_all(masks: np.ndarray, places: tuple[int, ...]) -> np.ndarray:
    """The bits of each mask at `places`, packed."""
    out = np.zeros_like(masks)
    for k, p in enumerate(places):
        out |= (masks >> p & 1) << k
    return out


def _unpack_all(places: tuple[int, ...]) -> np.ndarray:
    """All masks over `places`, in the order of their packed values."""
    packed = np.arange(1 << len(places))
    out = np.zeros_like(packed)
    for k, p in enumerate(places):
        out |= (packed >> k & 1) << p
    return out
