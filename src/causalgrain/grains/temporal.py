"""The part of a search whose macro steps take several updates: one candidate set unfolded over one tau.

A grouping is one task: the lumps of its blocks, the independence test of every mapping, and what follows after every
cut are found once for all its mappings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np

from ..phi.compiled import kernels
from ..phi.conventions import TOLERANCE
from ..phi.temporal import Lumps, Unfolded
from .lattice import GrainTable
from .run import Settings

SECONDS_PER_PATH = 3e-9  # one tail, one next block, one group after one cut


@dataclass(eq=False)
class TemporalUnit:
    """One candidate set with a macro step of tau updates, and what is measured of it.

    Attributes
    ----------
    unfolded : Unfolded
    grains : GrainTable
        All grains of the set with this tau, side by side by grouping.
    phi : ndarray, shape (grains,)
        NaN where it was not taken.
    cut : ndarray of int, shape (grains,)
        Sending side as a bit mask of unfolded elements (0: none).
    table : ndarray, shape (grains, 4)
        Dependence, EI in bits, determinism, degeneracy.
    """

    unfolded: Unfolded
    grains: GrainTable
    phi: np.ndarray = field(init=False)
    cut: np.ndarray = field(init=False)
    table: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.phi = np.full(len(self.grains), np.nan)
        self.cut = np.zeros(len(self.grains), dtype=np.int64)
        self.table = np.zeros((len(self.grains), 4))

    @property
    def tau(self) -> int:
        """Updates a macro step."""
        return self.unfolded.tau

    def tasks(self, settings: Settings) -> Iterator[Callable[[], int]]:
        """Yield one task a grouping; each returns how many grains it has measured."""
        groups = self.grains.group
        edges = np.flatnonzero((groups[1:] != groups[:-1]).any(axis=1)) + 1
        bounds = [0, *edges.tolist(), len(groups)]
        for start, stop in pairwise(bounds):
            yield partial(self._measure, start, stop, settings)

    def _measure(self, start: int, stop: int, settings: Settings) -> int:
        u = self.unfolded
        part = self.grains.group[start, list(u.nodes)].astype(np.int64)
        m = int(part.max()) + 1
        lumps = Lumps.of(u, part.tolist(), bool(self.grains.by_sequence[start]))
        tpm = lumps.tpm(u)
        coarse, effective, search = kernels().coarse, kernels().effective, kernels().search
        masks = np.ascontiguousarray(self.grains.on_counts[start:stop, :m], dtype=np.int64)
        after = None
        for row, on in enumerate(masks, start):
            macro = lumps.macro(on)
            joint = coarse.joint_of_lumps(tpm, lumps.members, macro, m)
            dependence, marginals = coarse.joint_dependence(joint, m)
            self.table[row] = dependence, *effective.effective_information(joint)
            if dependence > settings.max_dependence or not u.reachable:
                continue
            if m == 1 and not settings.one_element_phi:
                self.phi[row] = 0.0
                continue
            if after is None:
                after = lumps.after_cuts(u)
            cut_on = lumps.marginals(after, on, macro)
            state = int(macro[lumps.lump_of[u.block]])
            # Rounding may leave a marginal 1e-16 outside [0, 1].
            self.phi[row], self.cut[row], _ = search.macro_search(
                np.clip(marginals, 0.0, 1.0), cut_on, lumps.elements, state, TOLERANCE, False, 0.0, _no_counts()
            )
        return stop - start

    @property
    def seconds(self) -> float:
        """Estimate of the time that the cuts of all groupings take, in s, beside the searches."""
        u = self.unfolded
        k = len(u.nodes)
        parts = len(np.unique(self.grains.group, axis=0))
        return SECONDS_PER_PATH * 4.0**u.n_unfolded * 2.0 ** (k * min(u.order, u.tau)) * (k + 2) * parts


def _no_counts() -> np.ndarray:
    return np.zeros(8, dtype=np.int64)
