"""The path from the microscale to a macroscale: increments of causal power, shares of scales, emergent complexity.

From Hoel (2025) arXiv 2503.13395v3, sections 3.2, 3.3, 4: a path is a sequence of ever coarser consistent partitions;
its end is the consistent partition with the highest CP, the one with most states where several tie; the path is the
longest one from the microscale to the end. With ``dCP_i`` the increments at its L steps (the microscale is no step),
``p_i = dCP_i / sum_j dCP_j`` and ``EC = -sum_i p_i log2 p_i`` in bits, which "can be normalized by log2(L)".

Ours, where the paper is silent:

* there are many longest paths; the one with the greatest sum of CP over its scales is taken (CP rises as early as it
  can), and how many longest paths there are, how many tie, and the range of EC over all longest paths along which CP
  never falls are reported. The paper's two-block system (its figure 3A-C) gets its 1.67 bits along the path so chosen;
* increments below 0 have no place in a distribution: they count as 0 in p and EC and are said;
* L counts all steps, those without gain too; without any gain EC is 0;
* shares of CP: the microscale's own CP and the gains, divided by their sum.

The learned-scales literature calls another quantity emergent complexity: there the scales are dimensions, the value is
J, and only rises above the best finer scale so far count, the microscale's own value among them; it is
``emergent_complexity_over_scales(values)``. Here the increments are handed in, and the microscale is none of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, choose
from .._errors import InputError
from .._provenance import Provenance
from ..profile import TIE_TOLERANCE
from .inputs import state_tpm
from .partitions import (
    STEPS,
    StatePartitions,
    as_labels,
    inconsistencies,
    macro_tpms,
    pair_masks,
    refines,
)
from .primitives import CONVENTIONS as POWER_CONVENTIONS
from .primitives import POWERS, causal_power

CONVENTIONS = {
    **POWER_CONVENTIONS,
    "macro": "uniform average over the states of a block, blocks read out one step later",
    "inconsistency": "KL in bits of blocks of the micro walk from the macro walk, summed over all micro states as "
    "starts and over time steps (Hoel 2025, S2); direction and micro starts are ours",
    "path": "longest chain of consistent partitions from the microscale to the end (Hoel 2025, 3.3); "
    "among these the greatest sum of CP (ours)",
    "emergent complexity": "entropy in bits of the gains along the path, microscale excluded (Hoel 2025, section 4); "
    "losses count as 0 (ours); normalised by log2 of the number of steps",
    "ties": f"within {TIE_TOLERANCE:g}",
}


@dataclass(frozen=True, eq=False)
class CausalPath:
    """A path from the microscale to a macroscale.

    Attributes
    ----------
    scales : StatePartitions
        The L + 1 partitions, the microscale first.
    cp : ndarray, shape (L + 1,)
        Causal power of each.
    inconsistency : ndarray, shape (L + 1,), bits
    longest : int
        How many longest paths lead to this end through the partitions looked at; 0 where the path was handed in.
    ties : int
        How many more of them have the same sum of CP.
    complexity_range : tuple of float, or None, bits
        Least and greatest emergent complexity over the longest paths along which CP never falls; None without any.
    """

    scales: StatePartitions
    cp: np.ndarray
    inconsistency: np.ndarray
    longest: int
    ties: int
    complexity_range: tuple[float, float] | None
    provenance: Provenance

    @property
    def increments(self) -> np.ndarray:
        """Change of causal power at each step, shape (L,); they sum to the causal emergence."""
        return np.diff(self.cp)

    @property
    def emergence(self) -> float:
        """Causal power at the end minus at the microscale."""
        return float(self.cp[-1] - self.cp[0])

    @property
    def losses(self) -> int:
        """At how many steps causal power falls."""
        return int((self.increments < -TIE_TOLERANCE).sum())

    @property
    def shares(self) -> np.ndarray:
        """Share of each scale in all causal power gained, the microscale's own first, shape (L + 1,); sum 1."""
        own = np.concatenate([self.cp[:1], _gains(self.increments)])
        return own / own.sum() if own.sum() > 0 else np.zeros(len(own))

    @property
    def complexity(self) -> float:
        """Emergent complexity, bits."""
        return emergent_complexity(self.increments)

    @property
    def normalised_complexity(self) -> float:
        """Emergent complexity over log2 of the number of steps, 0 to 1."""
        return emergent_complexity(self.increments, normalised=True)

    def __len__(self) -> int:
        return len(self.cp)

    def __repr__(self) -> str:
        return f"{self.text()}\n{self.provenance}"

    def text(self) -> str:
        """Return the path as a table with its sums and its doubt."""
        lines = ["states  CP        increment  share     scale"]
        for i, (cp, share) in enumerate(zip(self.cp, self.shares, strict=True)):
            step = f"{self.increments[i - 1]:+.6f}" if i else " " * 9
            lines.append(f"{self.scales.blocks[i]:6d}  {cp:.6f}  {step}  {share:.6f}  {self.scales.label(i)}")
        lines.append(
            f"emergence {self.emergence:.6f}, emergent complexity {self.complexity:.6f} bits "
            f"({self.normalised_complexity:.6f} of log2 {len(self.increments)})"
        )
        if self.longest > 1:
            lines.append(f"{self.longest} longest paths, {self.ties} tied with this one")
        if self.longest > 1 and self.complexity_range:
            low, high = self.complexity_range
            lines.append(f"emergent complexity over those that never fall: {low:.6f} to {high:.6f} bits")
        if self.losses:
            lines.append(f"causal power falls at {self.losses} of {len(self.increments)} steps; they count as 0")
        return "\n".join(lines)


def emergent_complexity(increments: Any, *, normalised: bool = False) -> float:
    """Return how widely increments of causal power are spread over the steps of a path.

    ``EC = -sum_i p_i log2 p_i,  p_i = dCP_i / sum_j dCP_j``

    Not to be confused with ``emergent_complexity_over_scales(values)``, which takes values of J at the scales, the
    microscale's among them, and makes record increments of them itself.

    Parameters
    ----------
    increments : array_like, shape (L,)
        Change of causal power at each step, the microscale's own value left out. Negative ones count as 0.
    normalised : bool
        Divide by log2 L; with one step or none the result is 0.

    Returns
    -------
    float
        Bits, or a share from 0 to 1. 0 where nothing is gained.

    Examples
    --------
    >>> emergent_complexity([0.1, 0.1, 0.1, 0.1])
    2.0
    >>> emergent_complexity([0.1, 0.1, 0.1, 0.1], normalised=True)
    1.0

    References
    ----------
    Hoel (2025) arXiv 2503.13395, section 4.
    """
    values = as_float_array(increments, "increments")
    if values.ndim != 1 or not np.isfinite(values).all():
        raise InputError(
            "increments",
            expected="a list of finite numbers",
            got=f"shape {values.shape}" if values.ndim != 1 else "NaN or infinity",
            remedy="Hand in the differences of causal power along a path: np.diff(cp).",
        )
    gains = _gains(values)
    if not gains.sum() > 0:
        return 0.0
    p = gains / gains.sum()
    bits = abs(float((p * np.log2(p, out=np.zeros_like(p), where=p > 0)).sum()))
    if not normalised:
        return bits
    return bits / float(np.log2(len(p))) if len(p) > 1 else 0.0


def causal_path(system: Any, partitions: Iterable[Any], *, power: str = "information") -> CausalPath:
    """Return the increments of causal power along a path of one's own.

    Parameters
    ----------
    system : Network or array_like, shape (states, states)
    partitions : sequence of blocks of state indices
        Ever coarser; states left out of the blocks stay alone. The microscale is put first where it is missing.
    power : {"information", "primitives"}
        Determinism - degeneracy, or sufficiency + necessity - 1.

    Returns
    -------
    CausalPath
        Its `inconsistency` says which of the partitions are consistent; none is refused.

    Raises
    ------
    InputError
        A partition that isn't coarser than the one before.

    Examples
    --------
    >>> tpm = np.kron(np.eye(2), np.full((2, 2), 0.5))
    >>> causal_path(tpm, [[(0, 1)], [(0, 1), (2, 3)]]).cp.round(6).tolist()
    [0.5, 0.57938, 1.0]
    """
    choose(power, POWERS, "power")
    tpm, source, caution = state_tpm(system)
    rows = [np.arange(len(tpm), dtype=np.int16)]
    for place, partition in enumerate(partitions):
        row = as_labels(partition, len(tpm), f"partition {place}")
        if place == 0 and (row == rows[0]).all():
            continue
        if not refines(rows[-1], row) or (row == rows[-1]).all():
            raise InputError(
                f"partition {place}",
                expected="blocks that unite blocks of the partition before",
                got=repr(partition),
                remedy="Order the partitions from fine to coarse, each of them once.",
            )
        rows.append(row)
    macros = [macro_tpms(tpm, row[None]) for row in rows]
    wrong = [float(inconsistencies(tpm, r[None], m, STEPS)[0]) for r, m in zip(rows, macros, strict=True)]
    cp = np.array([float(causal_power(m, power=power)[0]) for m in macros])
    provenance = Provenance("causal_path", {"power": power, "steps": STEPS}, source, conventions(power), caution)
    return _frozen(np.array(rows), state_names(system, len(tpm)), cp, np.array(wrong), 0, 0, None, provenance)


def conventions(power: str) -> dict[str, str]:
    """Return the conventions of this room's results, in words."""
    if power == "information":
        return CONVENTIONS
    return {**CONVENTIONS, "causal power": "sufficiency + necessity - 1 (Hoel 2025, section 3.2), 0 to 1"}


def longest_path(
    labels: np.ndarray,
    names: tuple[str, ...],
    cp: np.ndarray,
    inconsistency: np.ndarray,
    end: int,
    provenance: Provenance,
) -> CausalPath:
    """Return the longest path to row `end` through consistent partitions, sorted from fine to coarse.

    The table holds consistent partitions only, the microscale first. See the module for how ties are settled.
    """
    here = np.flatnonzero(refines(labels, labels[end]))
    here = np.append(here[here != end], end)
    masks, power, blocks = pair_masks(labels[here]), cp[here], labels[here].max(axis=1)
    n = len(here)
    length, before = np.zeros(n, dtype=np.int64), np.full(n, -1)
    total, ties = power.copy(), np.ones(n)
    paths = np.ones(n)
    low, high = np.zeros(n), np.zeros(n)
    low[1:], high[1:] = np.inf, -np.inf
    gain = max(float(power[-1] - power[0]), 0.0)
    for i in range(1, n):
        finer = np.flatnonzero(blocks > blocks[i])
        finer = finer[~(masks[finer] & ~masks[i]).any(axis=1)]
        length[i] = length[finer].max() + 1
        last = finer[length[finer] == length[i] - 1]
        paths[i] = paths[last].sum()
        best = total[last].max()
        same = last[total[last] >= best - TIE_TOLERANCE]
        before[i], total[i], ties[i] = same[0], best + power[i], ties[same].sum()
        up = last[power[last] <= power[i] + TIE_TOLERANCE]
        if gain > TIE_TOLERANCE and len(up):
            p = np.maximum(power[i] - power[up], 0.0) / gain
            cost = -p * np.log2(p, out=np.zeros_like(p), where=p > 0)
            low[i], high[i] = (low[up] + cost).min(), (high[up] + cost).max()
    rows = [n - 1]
    while before[rows[-1]] >= 0:
        rows.append(int(before[rows[-1]]))
    chain = here[rows[::-1]]
    spread = (abs(float(low[-1])), abs(float(high[-1]))) if n > 1 and np.isfinite(low[-1]) else None
    return _frozen(
        labels[chain], names, cp[chain], inconsistency[chain], int(paths[-1]), int(ties[-1]) - 1, spread, provenance
    )


def state_names(system: Any, states: int) -> tuple[str, ...]:
    """Return the names of a system's states: bits of a network, else numbers."""
    from ..systems.network import Network
    from ..systems.states import format_state, index_state

    if isinstance(system, Network):
        return tuple(format_state(index_state(i, system.n)) for i in range(states))
    return tuple(str(i) for i in range(states))


def _gains(increments: np.ndarray) -> np.ndarray:
    return np.where(increments > 0, increments, 0.0)


def _frozen(
    labels: np.ndarray, names: tuple[str, ...], cp: np.ndarray, inconsistency: np.ndarray, *doubt: Any
) -> CausalPath:
    for array in (labels, cp, inconsistency):
        array.setflags(write=False)
    return CausalPath(StatePartitions(labels, names), cp, inconsistency, *doubt)
