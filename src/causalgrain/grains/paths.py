"""The path of coarse-grains to the peak: the maximum of Phi at each level, and how they hang together.

"The maximal Phi value at each level of coarse graining almost always lies on the path from the micro level to the
coarse-grain with Phi max. Additionally, instead of being distributed randomly, Phi increases closer to the level at
which Phi max occurs" (Hoel et al. 2016, Fig. 7). The paper shows both in a figure and gives no formula; the
definitions are ours:

* Maximum of a level: the largest Phi over its admitted grains; all that are tied are kept. A level where it is 0 has
  nothing to pass.
* Path: grains of rising level, each a coarse-grain of the one before (:mod:`causalgrain.grains.order`; elements may
  be left out), from a maximum of level 0 to the peak. Of all such chains the one that passes most maxima; then the one
  with the largest sum of Phi; then the longest; then the first in the order of the table. Where grains of one level
  are tied for the peak, it may end at any of them. It goes on beyond the peak in the same way: the second leg.
* Ascent: from each maximum of level 0 to the coarse-grain with the largest Phi one level up (or at the next level that
  has one), and so on up to the level of the peak; all tied ones are followed.
* Rise: Kendall's tau-b between closeness to the level of the peak, -|level - level of the peak|, and the maximum of
  the level. Its p permutes the maxima of the other levels: the level of the peak has the largest one by definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Any

import numpy as np

from .._errors import InputError
from .._provenance import Provenance
from ..profile import TIE_TOLERANCE, GrainProfile, Peak
from .lattice import GrainTable
from .order import Lattice, lattice, table_of

MAX_PERMUTED = 8
MAX_SHOWN = 4

PATH_CONVENTIONS = {
    "order": "a grain coarsens another where its macro state is a function of the other's; elements may be left out",
    "path": "rising levels, from a maximum of level 0 to the peak; most maxima, then largest sum of Phi, then longest, "
    "then first in the table [ours]",
    "ascent": "to the coarse-grain with the largest Phi at the next level; all ties followed, one has to arrive [ours]",
    "rise": "Kendall's tau-b of closeness to the peak's level and the maximum of the level; p: maxima of the other "
    "levels permuted, exact, one-sided [ours]",
}


@dataclass(frozen=True)
class LevelMaximum:
    """The maximum of one level.

    Attributes
    ----------
    level : int
    phi : float
        Largest Phi over the admitted grains of the level; NaN where none is admitted.
    rows : tuple of int
        Rows of the grains that have it, all ties.
    label : str
        Name of the first of them.
    on_path : bool or None
        Whether one of them lies on the path, or its second leg; None where Phi is 0.
    step : int or None
        Row of the path's grain at this level; None where the path has none.
    """

    level: int
    phi: float
    rows: tuple[int, ...]
    label: str
    on_path: bool | None
    step: int | None


@dataclass(frozen=True, eq=False)
class GrainPath:
    """Maxima per level, the path through them, and whether Phi rises towards the level of the peak.

    Attributes
    ----------
    peak : Peak
        Where the path arrives: the profile's peak, or one of its level that is tied with it and has the better path.
    maxima : tuple of LevelMaximum
        One a level, from fine to coarse.
    to_peak, beyond : tuple of Peak
        The path up to and including the peak, and its second leg.
    from_micro : bool
        Whether the path starts at a maximum of level 0. If the peak coarsens none, it starts where it can.
    every_maximum : bool
        Whether it passes a maximum at every level up to the peak's (where it is not 0).
    by_ascent : bool
        Whether ascent from the maxima of level 0 arrives at the peak.
    rise, rise_p : float
        Kendall's tau-b over levels, from -1 to 1, and its p; NaN with too few levels, p also with more than nine.
    rise_grains : float
        Kendall's tau-b between closeness and Phi over all admitted grains (no p: grains are not independent).
    single_peaked : bool
        Whether the maximum never falls towards the level of the peak, from either side.
    ties : tuple of str
        Other grains with the peak's value.
    """

    peak: Peak
    maxima: tuple[LevelMaximum, ...]
    to_peak: tuple[Peak, ...]
    beyond: tuple[Peak, ...]
    from_micro: bool
    every_maximum: bool
    by_ascent: bool
    rise: float
    rise_p: float
    rise_grains: float
    single_peaked: bool
    ties: tuple[str, ...]
    provenance: Provenance

    @property
    def missed(self) -> tuple[int, ...]:
        """Levels whose maximum lies neither on the path nor on its second leg."""
        return tuple(m.level for m in self.maxima if m.on_path is False)

    def __repr__(self) -> str:
        lines = [f"path to the peak {self.peak}"]
        if self.ties:
            lines.append(f"the peak is tied with {len(self.ties)} more: {', '.join(self.ties[:MAX_SHOWN])}")
        steps = {p.index: p for p in (*self.to_peak, *self.beyond)}
        wide = max(len(m.label) for m in self.maxima)
        lines.append(f"  level  maximum   {'of':<{wide}}  ties  on path  path")
        for m in self.maxima:
            said = {True: "yes", False: "no", None: "-"}[m.on_path]
            of = m.label if m.on_path is not None else ""
            ties = str(len(m.rows) - 1) if m.on_path is not None else ""
            step = repr(steps[m.step]) if m.step is not None else ""
            lines.append(f"  {m.level:>5}  {m.phi:.6f}  {of:<{wide}}  {ties:>4}  {said:<7}  {step}".rstrip())
        said = {True: "yes", False: "no"}
        lines.append(
            f"reached from the micro maximum: {said[self.from_micro]}; through every maximum: "
            f"{said[self.every_maximum]}; by ascent: {said[self.by_ascent]}"
        )
        p = f" (p = {self.rise_p:.3g})" if np.isfinite(self.rise_p) else ""
        lines.append(
            f"Phi rises towards the level of the peak: tau-b = {self.rise:.3f}{p} over {len(self.maxima)} levels, "
            f"{self.rise_grains:.3f} over grains; single-peaked: {said[self.single_peaked]}"
        )
        return "\n".join([*lines, str(self.provenance)])


def grain_path(profile: GrainProfile) -> GrainPath:
    """Return the maximum of Phi per level, the path of coarse-grains to the peak, and whether Phi rises towards it.

    Parameters
    ----------
    profile : GrainProfile
        Of :func:`causalgrain.scan`, with a named peak; only its admitted grains count.

    Returns
    -------
    GrainPath

    Raises
    ------
    InputError
        No peak is named, no grain has Phi > 0, or the scan gave grains up (``best_only``).
    CostError
        More than 20,000 grains are admitted.

    Examples
    --------
    >>> import causalgrain as cg
    >>> from causalgrain.grains.paths import grain_path
    >>> path = grain_path(cg.scan(cg.published("hoel2016-fig2"), "0000"))
    >>> [step.label for step in path.to_peak]
    ['ABCD', '{AB}{C}{D} ON=2|1|1', '{AB}{CD} ON=2|2']
    >>> path.every_maximum, path.by_ascent, path.missed
    (True, True, ())

    References
    ----------
    Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012, Fig. 7.
    """
    table, phi, rows = competing(profile)
    peak = profile.peak
    if peak is None or not peak.value > TIE_TOLERANCE:
        raise InputError(
            "profile",
            expected="a grain with Phi > 0, to be the peak",
            got=f"a largest Phi of {peak.value:g}" if peak else "no admitted grain",
            remedy="Look at another state: Phi depends on it.",
        )
    order = lattice(table, which=rows)
    level = table.level
    tops = {int(one): _tops(rows[level[rows] == one], phi) for one in np.unique(level)}
    top = np.zeros(len(table), dtype=bool)
    for best in tops.values():
        top[best[phi[best] > TIE_TOLERANCE]] = True

    peaks = np.array([one.index for one in (peak, *profile.ties) if level[one.index] == level[peak.index]])
    pool = np.unique(np.concatenate([peaks, *(order.finer(int(row)) for row in peaks)]))
    starts = np.intersect1d(tops[0], pool) if 0 in tops else rows[:0]
    down = _chain(order, pool, starts, peaks, phi, level, top)
    above = np.append(order.coarser(down[-1]), down[-1])
    up = _chain(order, above, above[-1:], above, phi, level, top)
    ties = tuple(one.label for one in (peak, *profile.ties) if one.index != down[-1])
    peak = _step(down[-1], table, phi) if down[-1] != peak.index else peak
    on = {int(level[row]): row for row in (*down, *up)}
    maxima = tuple(_maximum(one, best, phi, table, on) for one, best in tops.items())
    before = [m for m in maxima if m.level <= level[peak.index] and m.on_path is not None]
    values = np.array([m.phi for m in maxima])
    known = np.isfinite(values)
    distance = np.abs(np.array([m.level for m in maxima]) - int(level[peak.index]))[known]
    rise, p = _rise(distance, values[known])
    own = profile.provenance
    return GrainPath(
        peak,
        maxima,
        tuple(_step(row, table, phi) for row in down),
        tuple(_step(row, table, phi) for row in up[1:]),
        bool(len(starts)),
        bool(len(starts)) and all(m.on_path for m in before),
        _ascent(order, tops.get(0, rows[:0]), peaks, phi, level),
        rise,
        p,
        _tau(-np.abs(level[rows] - level[peak.index]), phi[rows]),
        _single_peaked(values[known], int(np.argmin(distance))),
        ties,
        Provenance("grain_path", own.settings, own.input_hash, {**own.conventions, **PATH_CONVENTIONS}, own.caution),
    )


def competing(profile: Any, measure: str = "phi") -> tuple[GrainTable, np.ndarray, np.ndarray]:
    """Return the table of grains of a profile, Phi at each, and the rows that compete; or say what is amiss."""
    table = table_of(profile)
    if not isinstance(profile, GrainProfile) or measure not in [m.name for m in profile.measures]:
        raise InputError(
            "profile",
            expected="Phi at every grain",
            got=repr(type(profile).__name__),
            remedy="Use scan(network, state).",
        )
    if profile.unnamed:
        raise InputError(
            "profile",
            expected="a profile with a named peak",
            got=profile.unnamed,
            remedy="Say which grains compete: scan(..., max_dependence=0.05).",
        )
    if "reason" in profile.data and np.any(profile.data["reason"].values == "below the best"):
        raise InputError(
            "profile",
            expected="Phi at every admitted grain",
            got="a scan that gave grains up below the best",
            remedy="Scan without best_only.",
        )
    phi = profile.values(measure)
    return table, phi, np.flatnonzero(profile.admitted & np.isfinite(phi))


def _tops(rows: np.ndarray, phi: np.ndarray) -> np.ndarray:
    """Return the rows with the largest Phi, all ties."""
    return rows[phi[rows] >= phi[rows].max() - TIE_TOLERANCE] if len(rows) else rows


def _maximum(level: int, best: np.ndarray, phi: np.ndarray, table: GrainTable, on: dict[int, int]) -> LevelMaximum:
    value = float(phi[best].max()) if len(best) else float("nan")
    passed = on.get(level) in best if value > TIE_TOLERANCE else None
    label = table.label(int(best[0])) if len(best) else ""
    return LevelMaximum(level, value, tuple(best.tolist()), label, passed, on.get(level))


def _step(row: int, table: GrainTable, phi: np.ndarray) -> Peak:
    return Peak(table[row], table.label(row), float(phi[row]), row)


def _chain(
    order: Lattice,
    pool: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    phi: np.ndarray,
    level: np.ndarray,
    top: np.ndarray,
) -> list[int]:
    """Return the best chain of rising level in `pool`, from one of `starts` (any if there is none) to one of `ends`.

    Best: most maxima, then the largest sum of Phi, then the longest, then the first in the table.
    """
    pool = pool[np.lexsort((pool, level[pool]))]
    place = np.full(len(order.grains), -1)
    place[pool] = np.arange(len(pool))
    may_start = np.isin(pool, starts) if len(starts) else np.ones(len(pool), dtype=bool)
    passed, total, long = (np.full(len(pool), -1.0) for _ in range(3))
    before = np.full(len(pool), -1)
    for k, row in enumerate(pool):
        found = order.finer(int(row))
        fits = place[found[level[found] < level[row]]]
        fits = fits[(fits >= 0) & (long[fits] >= 0)]
        if not len(fits) and not may_start[k]:
            continue
        passed[k], total[k], long[k] = top[row], phi[row], 1
        if len(fits):  # Phi is never negative: a longer chain is never worse
            first = fits[np.lexsort((fits, -long[fits], -np.round(total[fits], 9), -passed[fits]))[0]]
            before[k] = first
            passed[k], total[k], long[k] = passed[first] + top[row], total[first] + phi[row], long[first] + 1
    last = place[ends][long[place[ends]] >= 0]
    k = int(last[np.lexsort((last, -long[last], -np.round(total[last], 9), -passed[last]))[0]])
    chain = []
    while k >= 0:
        chain.append(int(pool[k]))
        k = int(before[k])
    return chain[::-1]


def _ascent(order: Lattice, starts: np.ndarray, peaks: np.ndarray, phi: np.ndarray, level: np.ndarray) -> bool:
    """Return whether going to the best coarse-grain of the next level, over and over, arrives at one of `peaks`."""
    seen = set(starts.tolist())
    left = list(seen)
    while left:
        row = left.pop()
        if row in peaks:
            return True
        above = order.coarser(row)
        above = above[(level[above] > level[row]) & (level[above] <= level[peaks[0]])]
        if len(above):
            for new in _tops(above[level[above] == level[above].min()], phi).tolist():
                if new not in seen:
                    seen.add(new)
                    left.append(new)
    return False


# -- Phi rises towards the level of the peak ---------------------------------------------------------------------------


def _tau(x: np.ndarray, y: np.ndarray) -> float:
    """Return Kendall's tau-b; NaN where one of the two never changes."""
    from scipy.stats import kendalltau

    if len(x) < 2 or np.all(x == x[0]) or np.all(y == y[0]):
        return float("nan")
    return float(kendalltau(x, np.round(y, 9)).statistic)


def _rise(distance: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Return tau-b between closeness and the maxima of levels, and its p under permuted maxima of the other levels."""
    tau = _tau(-distance, values)
    at = int(np.argmin(distance))
    other = np.delete(np.arange(len(values)), at)
    if not np.isfinite(tau) or not 2 <= len(other) <= MAX_PERMUTED:
        return tau, float("nan")
    rounded = np.round(values, 9)
    # The level of the peak adds the same to every permutation, so only pairs of other levels need counting.
    permuted = rounded[other][np.array(list(permutations(range(len(other)))))]
    score = np.zeros(len(permuted), dtype=np.int64)
    for i, j in zip(*np.triu_indices(len(other), 1), strict=True):
        nearer = int(np.sign(distance[other[j]] - distance[other[i]]))
        score += nearer * np.sign(permuted[:, i] - permuted[:, j]).astype(np.int64)
    return tau, float((score >= score[0]).sum()) / factorial(len(other))


def _single_peaked(values: np.ndarray, at: int) -> bool:
    """Return whether the values never fall towards place `at`, from either side."""
    change = np.diff(values)
    return bool(np.all(change[:at] >= -TIE_TOLERANCE) and np.all(change[at:] <= TIE_TOLERANCE))
