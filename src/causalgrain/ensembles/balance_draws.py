"""The draws behind a balance study: labellings, surrogates, blocks of time drawn again, conditions permuted.

Conventions. Every draw has its own stream of random numbers, by the seed and what it is, so numbers don't depend on the
workers. Surrogate d is measured under labelling d modulo their number, and compared with the data under the same
labelling; so is bootstrap draw d. With certain types that is the plain test.

p-values are two-sided: how far a number lies from the mean of data and surrogates together, ranked among the
surrogates (exact where these are exchangeable with the data). q-values correct p over scales and conditions, measure by
measure. The p of the correlation that the profile names its peak with is against the largest deviation over all
scales, in standard deviations of the surrogates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import numpy as np

from .._doubt import rank_p, t_reach
from ..surrogates.streams import draw_rng
from .balance_measures import LEAST_BINS, NAMES, PLACE, measure_scale, scale_error, silent_of
from .balance_study import BOOTSTRAP, Study, block_bins, block_moments, of_moments
from .nulls import surrogate_trains

Advance = Callable[[float], None]
PER_CONDITION = 1 << 20  # surrogates of one condition are counted from its place times this
DRAWN = ("correlation", "departure", "angle", "aspect_ratio", "orthogonal_width")
LEVEL = 0.95
LEAST = {"aspect_ratio": 1.0, "orthogonal_width": 0.0}  # what a number can't be below
NEAR_ONE = 1.0 - 1e-12


@dataclass(eq=False)
class Drawn:
    """What was found in one condition.

    Attributes
    ----------
    values : array, shape (labellings, scales, numbers)
    null : array, shape (surrogates, scales, numbers)
    scale : array, shape (labellings,)
        Collapse error over scales with at least `LEAST_BINS` bins.
    null_scale : array, shape (surrogates,)
    boot : dict of str to array, shape (draws, scales)
        Of the numbers that follow from moments.
    reasons : list of str
        Why a scale is empty, or "".
    notes : list of str
        What else to know of a scale, or "".
    bins : array of int, shape (scales,)
    """

    values: np.ndarray
    null: np.ndarray
    scale: np.ndarray
    null_scale: np.ndarray
    boot: dict[str, np.ndarray]
    reasons: list[str]
    notes: list[str]
    bins: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Mean over labellings, shape (scales, numbers)."""
        return mean_known(self.values)

    def number(self, name: str) -> np.ndarray:
        """Return one number, mean over labellings, shape (scales,)."""
        return self.mean[:, PLACE[name]]


def measure_condition(
    study: Study,
    condition: str,
    *,
    surrogates: int,
    null: str,
    null_settings: dict[str, Any],
    bootstrap: int,
    seed: int,
    workers: int,
    advance: Advance,
) -> Drawn:
    """Measure one condition at every scale, with its surrogates and bootstrap draws."""
    many = len(study.labellings)
    tasks = [partial(_data, study, condition, labelling) for labelling in range(many)]
    found = run_tasks(tasks, workers, advance)
    values = np.array([part.rows for part in found])
    place = study.conditions.index(condition)
    nulls = [
        partial(_null, study, condition, seed, place * PER_CONDITION + draw, draw, null, null_settings)
        for draw in range(surrogates)
    ]
    made = run_tasks(nulls, workers, advance)
    null_values = np.array([rows for rows, _ in made]).reshape(surrogates, len(study.scales), len(NAMES))
    moments, means = np.array([part.moments for part in found]), np.array([part.means for part in found])
    boot = _bootstrap(moments, means, place, bootstrap, seed)
    first, scale = found[0], np.array([part.scale for part in found])
    null_scale = np.array([error for _, error in made], dtype=np.float64)
    return Drawn(values, null_values, scale, null_scale, boot, first.reasons, first.notes, np.array(first.bins))


@dataclass(eq=False)
class _Scales:
    """All scales of one condition under one labelling."""

    rows: list[np.ndarray] = field(default_factory=list)
    moments: list[np.ndarray] = field(default_factory=list)  # block, 6
    means: list[tuple[float, float]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bins: list[int] = field(default_factory=list)
    scale: float = float("nan")


def _data(study: Study, condition: str, labelling: int) -> _Scales:
    trains, made = study.labelled(condition, labelling), _Scales()
    spans, blocks = np.diff(trains.segments, axis=1)[:, 0], study.blocks(condition)
    shapes = []
    for scale in range(len(study.scales)):
        binned = study.binned(trains, scale)
        row, shape = measure_scale(binned, max_lag=study.max_lag)
        made.rows.append(row)
        shapes.append(shape)
        made.moments.append(block_moments(binned, block_bins(binned, spans, blocks)))
        total, silent = max(binned.n_bins, 1), binned.empty
        # of what lies above silence, which occupied bins alone have
        e, i = (
            float(x.sum()) - len(x) * zero
            for x, zero in zip((binned.excitatory, binned.inhibitory), silent, strict=True)
        )
        made.means.append((e / total + silent[0], i / total + silent[1]))
        few = "" if binned.n_bins >= 2 else f"{binned.n_bins} bin of {study.scales.label(scale)} fits"
        made.reasons.append(binned.reason or few or silent_of(binned))
        made.notes.append(binned.note)
        made.bins.append(binned.n_bins)
    made.scale = scale_error(np.array(shapes), np.array(made.bins) >= LEAST_BINS)
    return made


def _null(
    study: Study, condition: str, seed: int, key: int, draw: int, null: str, settings: dict[str, Any]
) -> tuple[np.ndarray, float]:
    trains = surrogate_trains(study.labelled(condition, draw), null, seed=seed, draw=key, **settings)
    rows, shapes, bins = [], [], []
    for scale in range(len(study.scales)):
        binned = study.binned(trains, scale)
        row, shape = measure_scale(binned, max_lag=study.max_lag)
        rows.append(row)
        shapes.append(shape)
        bins.append(binned.n_bins)
    return np.array(rows), scale_error(np.array(shapes), np.array(bins) >= LEAST_BINS)


def _bootstrap(moments: np.ndarray, means: np.ndarray, place: int, draws: int, seed: int) -> dict[str, np.ndarray]:
    """Return blocks drawn with replacement, the same at every scale, shape (draws, scales) of each number."""
    many, blocks = moments.shape[0], moments.shape[2]
    summed = np.full((draws, *moments.shape[1:2], 6), np.nan)
    for draw in range(draws):
        rng = draw_rng(seed, BOOTSTRAP, place, draw)
        times = rng.multinomial(blocks, np.full(blocks, 1.0 / blocks)).astype(float)
        summed[draw] = np.einsum("b,sbm->sm", times, moments[draw % many])
    return of_moments(summed, means[np.arange(draws) % many])


def run_tasks(tasks: Sequence[Callable[[], Any]], workers: int, advance: Advance) -> list[Any]:
    """Do tasks in threads; return what they return, in their order."""
    found: list[Any] = []
    if workers == 1 or len(tasks) < 2:
        for task in tasks:
            found.append(task())
            advance(1.0)
        return found
    from joblib import Parallel, delayed

    stream = Parallel(n_jobs=workers, backend="threading", return_as="generator")(delayed(task)() for task in tasks)
    for result in cast(Any, stream):
        found.append(result)
        advance(1.0)
    return found


# -- from draws to doubt -----------------------------------------------------------------------------------------


def two_sided(values: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Return the two-sided p of every number, shape (scales, numbers).

    Parameters
    ----------
    values : array, shape (labellings, ...)
    null : array, shape (surrogates, ...)
        Surrogate d belongs to labelling d modulo their number.

    Examples
    --------
    >>> two_sided(np.array([[3.0]]), np.array([[-1.0], [0.0], [1.0]])).tolist()
    [0.25]
    """
    if not len(null):
        return np.full(values.shape[1:], np.nan)
    centre = mean_known(np.concatenate([mean_known(values)[None], null]))
    own = np.abs(values - centre)[np.arange(len(null)) % len(values)]
    apart = np.abs(null - centre)
    known = np.isfinite(own) & np.isfinite(apart)
    above = (known & (apart >= own * NEAR_ONE)).sum(axis=0)
    count = known.sum(axis=0)
    return np.where(count > 0, (1.0 + above) / (1.0 + count), np.nan)


def p_of_largest(values: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Return the p of each scale against the largest |deviation| over scales, shape (scales,).

    Deviations are from the mean of data and surrogates, in their standard deviations, scale by scale; shapes
    (labellings, scales) and (surrogates, scales).
    """
    if len(null) < 2:
        return np.full(values.shape[1], np.nan)
    whole = np.concatenate([mean_known(values)[None], null])
    centre, known = mean_known(whole), np.isfinite(whole)
    spread = np.sqrt(mean_known(np.where(known, (whole - centre) ** 2, np.nan)))
    with np.errstate(divide="ignore", invalid="ignore"):
        own, apart = np.abs(values - centre) / spread, np.abs(null - centre) / spread
    apart = np.where(np.isfinite(apart), apart, -np.inf).max(axis=1)
    fitting = own[np.arange(len(null)) % len(values)]
    if len(values) == 1:
        return rank_p(own[0] * NEAR_ONE, apart[:, None] + np.zeros(own.shape[1]))
    above = (apart[:, None] >= fitting * NEAR_ONE).sum(axis=0)
    return np.where(np.isfinite(fitting).all(axis=0), (1.0 + above) / (1.0 + len(null)), np.nan)


def reach_of(name: str, value: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (low, high, standard error) of a number from its bootstrap draws, shapes (scales,).

    t standard deviations of the draws to each side; of the correlation on the scale of its inverse hyperbolic tangent.
    What can't be below a bound (an aspect ratio below 1) isn't said to be.
    """
    if len(draws) < 2:
        nan = np.full(len(value), np.nan)
        return nan, nan.copy(), nan.copy()
    draws = np.where(np.isfinite(draws), draws, np.nan)
    if name == "angle":
        # an axis has no direction: 89 and -89 degrees are 2 apart
        draws = value + (draws - value + 90.0) % 180.0 - 90.0
    error = t_reach(draws, LEVEL) / _t(len(draws))
    if name == "correlation":
        bent = np.arctanh(np.clip(draws, -NEAR_ONE, NEAR_ONE))
        middle, reach = np.arctanh(np.clip(value, -NEAR_ONE, NEAR_ONE)), t_reach(bent, LEVEL)
        return np.tanh(middle - reach), np.tanh(middle + reach), error
    reach = t_reach(draws, LEVEL)
    return np.maximum(value - reach, LEAST.get(name, -np.inf)), value + reach, error


def mean_known(values: np.ndarray) -> np.ndarray:
    """Return the mean over the first axis of what is finite; NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _t(draws: int) -> float:
    from scipy.stats import t as student_t

    return float(student_t.ppf(0.5 * (1.0 + LEVEL), draws - 1))
