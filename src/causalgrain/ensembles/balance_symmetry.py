"""The symmetry tests of a balance study: exchange, time reversal, scale; and what belongs to a condition as a whole.

Conventions. Each test is its own module's, with its own null: units relabelled, blocks of time reversed, blocks drawn
again; effects are beyond that null. They take the most probable labelling. Exchange is tested on sub-ensembles matched
in size, and by default in rate, so that rates alone don't break it; it doesn't depend on the normalisation. Series in
time order are not made of more than `MOST_BINS` bins: such a scale has no time reversal, and is no part of scale
symmetry.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._errors import CausalGrainWarning, InputError
from ..surrogates.streams import draw_rng
from .balance_draws import Advance, run_tasks
from .balance_study import LEAST_BLOCKS, SYMMETRY, Study, block_bins
from .binned import Binned
from .binning import bin_numbers
from .exchange_units import exchange_test
from .excursions import Excursions, excursions
from .scale_symmetry import ScaleSymmetry, scale_symmetry
from .synaptic import SynapticCurrent, synaptic_current
from .time_reversal import time_reversal
from .trains import Trains
from .variance_scaling import VarianceScaling, variance_scaling

EXCHANGE, REVERSAL, SCALE = range(3)
MOST_BINS = 1 << 22
SUBSETS = 2
UNITS_A_STRATUM, MOST_STRATA = 5, 4  # of like rate
MOST_DRAWS = 99  # of labels exchanged: each is as dear as a surrogate
LEAST_SCALES_BLOCKS = 20
TESTED = ("exchange", "reversal")
EXCURSION_WIDTH, EXCURSION_WINDOW = 0.1, 1.0
PER_SCALE = (
    "exchange", "exchange_low", "exchange_high", "exchange_p",
    "reversal", "reversal_low", "reversal_high", "reversal_p", "circulation",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Symmetries:
    """Symmetry tests of one condition.

    Attributes
    ----------
    per_scale : dict of str to array, shape (scales,)
        `PER_SCALE`; NaN where there is none.
    scale : ScaleSymmetry or None
    variance : VarianceScaling
    current : SynapticCurrent
    excursions : Excursions or None
    notes : list of str
    reasons : mapping of str to list of str, one a scale
        Why "exchange" and "reversal" have no number at a scale, "" where they have one.
    """

    per_scale: dict[str, np.ndarray]
    scale: ScaleSymmetry | None
    variance: VarianceScaling
    current: SynapticCurrent
    excursions: Excursions | None
    notes: list[str]
    reasons: Mapping[str, Sequence[str]]


def symmetries_of(
    study: Study, condition: str, *, draws: int, match: str, tests: bool, seed: int, workers: int, advance: Advance
) -> Symmetries:
    """Return the symmetry tests of one condition, and its numbers that have no scale."""
    trains, place = study.trains[condition], study.conditions.index(condition)
    table = np.full((len(PER_SCALE), len(study.scales)), np.nan)
    scale, notes = None, []
    reasons = {name: ["not asked for"] * len(study.scales) for name in TESTED}
    if tests and draws:
        tasks = [
            lambda k=k: _one_scale(study, trains, condition, k, draws, match, (seed, SYMMETRY, place))
            for k in range(len(study.scales))
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CausalGrainWarning)  # few labellings: said once, below
            found = run_tasks(tasks, workers, advance)
        table = np.array([one.row for one in found]).T
        reasons = {name: [one.reasons[name] for one in found] for name in TESTED}
        least = min((one.floor for one in found if np.isfinite(one.floor)), default=0.0)
        if least > 0.005:
            notes.append(f"exchange of {condition}: so few units have few labellings: no p is below {least:.2g}")
        scale = _over_scales(study, trains, condition, draws, (seed, SYMMETRY, place))
    inhibitory = trains.is_inhibitory
    step = max(0.001, trains.resolution, trains.duration / MOST_BINS)
    current = synaptic_current(trains.times[~inhibitory], trains.times[inhibitory], segments=trains.segments, step=step)
    variance = variance_scaling(trains, study.scales.widths)
    per_scale: dict[str, np.ndarray] = dict(zip(PER_SCALE, table, strict=True))
    return Symmetries(per_scale, scale, variance, current, _excursions(trains), notes, reasons)


@dataclass(frozen=True, eq=False)
class _AtScale:
    """`PER_SCALE` at one scale, why tests have no number there, and the least p of the exchange test."""

    row: np.ndarray
    reasons: dict[str, str]
    floor: float


def _one_scale(
    study: Study, trains: Trains, condition: str, scale: int, draws: int, match: str, keys: tuple[int, ...]
) -> _AtScale:
    row: dict[str, float] = dict.fromkeys(PER_SCALE, np.nan)
    binned = study.binned(trains, scale)
    if binned.n_bins < 2:
        return _AtScale(np.array(list(row.values())), dict.fromkeys(TESTED, "fewer than two bins"), np.nan)
    reasons, floor = {"exchange": "no unit has a spike", "reversal": ""}, np.nan
    edges = block_bins(binned, np.diff(trains.segments, axis=1)[:, 0], study.blocks(condition))
    counts, number = unit_counts(trains, binned.width)
    if counts.shape[0]:
        swapped = exchange_test(
            counts,
            trains.inhibitory,
            empty=binned.n_bins - len(number),
            block=np.searchsorted(edges, number, side="right") - 1,
            match=match,
            strata=int(np.clip(trains.n_units // UNITS_A_STRATUM, 1, MOST_STRATA)),
            subsets=SUBSETS,
            draws=min(draws, MOST_DRAWS),
            rng=draw_rng(*keys, EXCHANGE, scale),
        )
        row["exchange"], row["exchange_p"] = swapped.effect, swapped.p
        row["exchange_low"], row["exchange_high"] = swapped.low, swapped.high
        reasons["exchange"], floor = swapped.reason, swapped.floor
    if binned.n_bins <= MOST_BINS:
        turned = time_reversal(
            *binned.dense(),
            lengths=binned.lengths,
            width=binned.width,
            blocks=max(study.blocks(condition), 2),
            draws=draws,
            rng=draw_rng(*keys, REVERSAL, scale),
        )
        row["reversal"], row["reversal_p"] = turned.corrected, turned.p
        row["reversal_low"], row["reversal_high"] = turned.low, turned.high
        row["circulation"] = turned.circulation
        reasons["reversal"] = turned.reason
    else:
        reasons["reversal"] = f"{binned.n_bins} bins; series in time order have at most {MOST_BINS}"
    return _AtScale(np.array(list(row.values())), reasons, floor)


def _over_scales(
    study: Study, trains: Trains, condition: str, draws: int, keys: tuple[int, ...]
) -> ScaleSymmetry | None:
    series = []
    for scale in range(len(study.scales)):
        binned = study.binned(trains, scale)
        if LEAST_BLOCKS <= binned.n_bins <= MOST_BINS:
            e, i = binned.dense()
            series.append(e - i)
    if len(series) < 2:
        return None
    blocks = int(np.clip(study.blocks(condition), LEAST_BLOCKS, LEAST_SCALES_BLOCKS))
    return scale_symmetry(series, blocks=blocks, draws=draws, rng=draw_rng(*keys, SCALE))


def _excursions(trains: Trains) -> Excursions | None:
    """Return departures of f from its line, at bins of 100 ms averaged over 1 s; None where f is mostly constant."""
    width = EXCURSION_WIDTH
    if trains.resolution:
        width = max(round(width / trains.resolution), 1) * trains.resolution
    binned = trains.binned(width)
    if binned.n_bins < 2 or float(np.diff(trains.segments, axis=1).max()) < 10.0 * EXCURSION_WINDOW:
        return None
    e, i = binned.dense()
    try:
        return excursions(e - i, width=width, lengths=binned.lengths, starts=binned.onsets, window=EXCURSION_WINDOW)
    except InputError:
        return None


def unit_counts(trains: Trains, width: float) -> tuple[Any, np.ndarray]:
    """Return spikes of each unit in each occupied bin, sparse (bins, units), and the numbers of these bins.

    >>> trains = Trains.from_units([[0.05, 0.06, 0.31], [0.12]], [False, True], duration=0.4)
    >>> counts, number = unit_counts(trains, 0.1)
    >>> counts.toarray().tolist(), number.tolist()
    ([[2.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [0, 1, 3])
    """
    from scipy.sparse import csr_matrix

    bins, _ = bin_numbers(trains, width)
    inside = bins >= 0
    bins, unit = (bins, trains.unit) if inside.all() else (bins[inside], trains.unit[inside])
    change = np.ones(len(bins), dtype=bool)
    np.not_equal(bins[1:], bins[:-1], out=change[1:])
    starts = np.flatnonzero(change)
    counts = csr_matrix(
        (np.ones(len(bins), dtype=np.float32), unit.astype(np.int32), np.append(starts, len(bins)).astype(np.int64)),
        shape=(len(starts), trains.n_units),
    )
    counts.sum_duplicates()
    return counts, bins[starts].astype(np.int64)


def joint_tables(binned: Binned, edges: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Return counts of joint levels in each block of bins, shape (blocks, levels, levels); rows are E."""
    size, blocks = len(bounds) + 1, len(edges) - 1
    e, i = (np.searchsorted(bounds, x, side="left") for x in (binned.excitatory, binned.inhibitory))
    block = np.searchsorted(edges, binned.index, side="right") - 1
    code = (block * size + e) * size + i
    found = np.bincount(code, minlength=blocks * size * size).reshape(blocks, size, size).astype(np.float64)
    place = np.searchsorted(binned.index, edges)
    silent = np.searchsorted(bounds, binned.empty, side="left")
    found[:, silent[0], silent[1]] += np.diff(edges) - np.diff(place)
    return found
