"""Two conditions compared, scale by scale: blocks of time permuted between them.

Conventions. The difference is that of the first condition less the second; blocks of both are equally long, levels and
centres are taken from both conditions together, so that a block means the same wherever it is dealt. Compared are the
correlation, the departure of f from balance, the exchange distance (of what can differ, on the study's own
normalisation), entropy production, and, over all scales at once, the collapse error. The most probable labelling only.
A scale with fewer than `LEAST_BINS` bins in a condition has differences, but no interval and p; a condition in which an
ensemble is silent has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np

from ..surrogates.streams import draw_rng
from ._levels import as_levels, distinct_values, level_bounds
from .balance_draws import Advance, run_tasks
from .balance_measures import LEAST_BINS, silent_of
from .balance_study import LEAST_BLOCKS, PERMUTATION, Study, block_bins, block_moments, of_moments
from .balance_symmetry import MOST_BINS, joint_tables
from .binned import Binned
from .difference import Difference, difference_by_permutation
from .exchange import distances
from .scale_symmetry import collapse_of, standard_curve
from .time_reversal import block_flows, entropy_production

COMPARED = ("correlation", "departure", "exchange_distance", "entropy_production")
LEVELS, STATES = 8, 3  # levels of an ensemble for exchange, for time reversal
CELLS, POINTS = 256, 63
FEWEST = 2  # bins a block, for a scale's part in the collapse error


@dataclass(frozen=True, eq=False)
class Contrast:
    """Differences between two conditions.

    Attributes
    ----------
    first, second : str
    difference, low, high, p : dict of str to array, shape (scales,)
        Of each of `COMPARED`; NaN where a condition has no value, or there are too few blocks.
    collapse : Difference or None
    blocks : tuple of int
    """

    first: str
    second: str
    difference: dict[str, np.ndarray]
    low: dict[str, np.ndarray]
    high: dict[str, np.ndarray]
    p: dict[str, np.ndarray]
    collapse: Difference | None
    blocks: tuple[int, int]


def contrasts_of(study: Study, *, draws: int, tests: bool, seed: int, workers: int, advance: Advance) -> list[Contrast]:
    """Compare every two conditions."""
    found = []
    for place, (one, two) in enumerate(combinations(study.conditions, 2)):
        seconds = max(study.seconds[one], study.seconds[two])
        blocks = [int(study.trains[name].duration / seconds + 1e-9) for name in (one, two)]
        if min(blocks) < 2 or sum(blocks) < LEAST_BLOCKS:
            continue
        names, many, keys = (one, two), (blocks[0], blocks[1]), (seed, PERMUTATION, place)
        tasks = [partial(_scale, study, names, many, k, draws, tests, keys) for k in range(len(study.scales))]
        rows = run_tasks(tasks, workers, advance)
        difference, low, high, p = (
            {name: np.array([row[name][part] for row in rows]) for name in COMPARED} for part in range(4)
        )
        collapse = _collapse(study, names, many, draws, keys) if tests else None
        found.append(Contrast(one, two, difference, low, high, p, collapse, many))
    return found


def _cut(study: Study, name: str, scale: int, blocks: int) -> tuple[Binned, np.ndarray]:
    trains = study.trains[name]
    binned = study.binned(trains, scale)
    return binned, block_bins(binned, np.diff(trains.segments, axis=1)[:, 0], blocks)


def _scale(
    study: Study,
    names: tuple[str, str],
    blocks: tuple[int, int],
    scale: int,
    draws: int,
    tests: bool,
    keys: tuple[int, ...],
) -> dict[str, tuple[float, float, float, float]]:
    nan = float("nan")
    found: dict[str, tuple[float, float, float, float]] = dict.fromkeys(map(str, COMPARED), (nan, nan, nan, nan))
    pair = [_cut(study, name, scale, many) for name, many in zip(names, blocks, strict=True)]
    if any(binned.n_bins < 2 or silent_of(binned) for binned, _ in pair):
        return found
    few = any(binned.n_bins < LEAST_BINS for binned, _ in pair)

    def compare(name: str, tables: list[np.ndarray], statistic: Callable[[np.ndarray], float]) -> None:
        kept = [t[t.reshape(len(t), -1).any(axis=1)] for t in tables]
        if min(len(t) for t in kept) < 2:
            return
        of_one, of_two = (statistic(t) for t in kept)
        if not np.isfinite([of_one, of_two]).all():
            return
        if few:
            found[name] = (of_one - of_two, nan, nan, nan)
            return
        rng = draw_rng(*keys, scale, COMPARED.index(name))
        made = difference_by_permutation(*kept, statistic=statistic, draws=draws, rng=rng)
        found[name] = (made.value, made.low, made.high, made.p)

    # about 0, whatever an ensemble's activity is in silence
    moments = [block_moments(b, edges, centre=(-b.empty[0], -b.empty[1])) for b, edges in pair]
    compare("correlation", moments, lambda blocks: of_moments_sum(blocks)[0])
    compare("departure", moments, lambda blocks: of_moments_sum(blocks)[1])
    if not tests:
        return found
    values = np.concatenate([x for binned, _ in pair for x in (binned.excitatory, binned.inhibitory)])
    silent = [float(binned.n_empty) for binned, _ in pair for _ in (0, 1)]
    empties = [x for binned, _ in pair for x in binned.empty]
    weights = np.concatenate([np.ones(len(values)), silent])
    bounds = level_bounds(np.concatenate([values, empties]), weights, LEVELS)
    compare("exchange_distance", [joint_tables(b, edges, bounds) for b, edges in pair], _exchanged)
    if all(binned.n_bins <= MOST_BINS for binned, _ in pair):
        compare("entropy_production", _flows(pair), _produced)
    return found


def of_moments_sum(blocks: np.ndarray) -> tuple[float, float]:
    """Return correlation and departure of blocks of moments about 0, shape (blocks, 6), taken together."""
    found = of_moments(blocks.sum(axis=0), np.zeros(2))
    return float(found["correlation"]), float(found["departure"])


def _exchanged(blocks: np.ndarray) -> float:
    return distances(blocks.sum(axis=0))[1]


def _produced(blocks: np.ndarray) -> float:
    return entropy_production(blocks.sum(axis=0))


def _flows(pair: list[tuple[Binned, np.ndarray]]) -> list[np.ndarray]:
    """Return transitions between joint levels in each block, with levels from both conditions."""
    dense = [binned.dense() for binned, _ in pair]
    bounds = [level_bounds(np.concatenate([d[k] for d in dense]), None, STATES) for k in (0, 1)]
    columns = len(bounds[1]) + 1
    states = (len(bounds[0]) + 1) * columns
    found = []
    for (binned, edges), (e, i) in zip(pair, dense, strict=True):
        state = as_levels(e, bounds[0]) * columns + as_levels(i, bounds[1])
        # a block ends where a segment does
        marks = np.unique(np.concatenate([edges, np.cumsum(binned.lengths)]))
        marks = marks[marks <= binned.n_bins]
        spans = np.stack([np.concatenate([[0], marks[:-1]]), marks], axis=1)
        spans = spans[spans[:, 1] > spans[:, 0]]
        flows = block_flows(state, spans, states)
        owner = np.searchsorted(edges, spans[:, 0], side="right") - 1
        whole = np.zeros((len(edges) - 1, states, states))
        np.add.at(whole, owner, flows)
        found.append(whole)
    return found


def _collapse(
    study: Study, names: tuple[str, str], blocks: tuple[int, int], draws: int, keys: tuple[int, ...]
) -> Difference | None:
    """Compare the collapse error over all scales that both conditions have bins enough for."""
    tables: list[list[np.ndarray]] = [[], []]
    values = []
    for scale in range(len(study.scales)):
        pair = [_cut(study, name, scale, many) for name, many in zip(names, blocks, strict=True)]
        if any(silent_of(b) or not FEWEST * (len(edges) - 1) <= b.n_bins <= MOST_BINS for b, edges in pair):
            continue
        series = [np.subtract(*binned.dense()) for binned, _ in pair]
        centres = _cells(np.concatenate(series))
        if len(centres) < 2:
            continue
        between = 0.5 * (centres[1:] + centres[:-1])
        for mine, (f, (_, edges)) in enumerate(zip(series, pair, strict=True)):
            block = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
            code = block * len(centres) + np.searchsorted(between, f)
            table = np.bincount(code, minlength=(len(edges) - 1) * len(centres))
            tables[mine].append(table.reshape(len(edges) - 1, -1).astype(np.float64))
        values.append(centres)
    if len(values) < 2:
        return None
    marks = np.cumsum([len(c) for c in values])[:-1]
    points = np.arange(1, POINTS + 1) / (POINTS + 1)

    def error(part: np.ndarray) -> float:
        mass = np.split(part.sum(axis=0), marks)
        return collapse_of(np.array([standard_curve(c, m, points) for c, m in zip(values, mass, strict=True)]))

    joined = [np.concatenate(part, axis=1) for part in tables]
    if not all(np.isfinite(error(part)) for part in joined):
        return None
    return difference_by_permutation(
        *joined, statistic=error, draws=draws, rng=draw_rng(*keys, len(study.scales), len(COMPARED))
    )


def _cells(values: np.ndarray) -> np.ndarray:
    """Return ascending values that occur, or means of at most `CELLS` groups of equal weight."""
    distinct, mass = distinct_values(values, None)
    if len(distinct) <= CELLS:
        return distinct
    upto = np.cumsum(mass) - 0.5 * mass
    cell = np.unique((upto / mass.sum() * CELLS).astype(np.int64), return_inverse=True)[1]
    return np.bincount(cell, weights=mass * distinct) / np.bincount(cell, weights=mass)
