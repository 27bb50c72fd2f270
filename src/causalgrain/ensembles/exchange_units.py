"""Exchange symmetry of units: the distance of P(E, I) from P(I, E) against units relabelled.

Conventions. The distance is that of :mod:`.exchange`, of counts of spikes in two sub-ensembles with equally many units,
so that neither a larger class nor its finer steps of activity break the symmetry:

    match="size":  sub-ensembles of n = min(N_E, N_I) units each, drawn from the larger class; null: labels permuted
                   over all units, N_E and N_I kept, then matched the same way. A difference in rates counts.
    match="rate":  the same within strata of units of like rate (all units ranked by spikes, whatever their label, and
                   cut into `strata` groups), in which all units are thinned to equally many spikes
                   (:mod:`.exchange_match`): as many of each class from a stratum as the scarcer one has there; null:
                   labels permuted within strata. This asks for asymmetry beyond rates. Strata and thinning know nothing
                   of labels; nearest pairs of E and I would, and such a test is too liberal.

`rate_gap` says how far rates of E and I were apart within strata before the thinning, and `kept` the share of spikes
it left. Rates too far apart (a gap above .75, and 10 % of rate) give no p but a reason, as thinning weakens bursts
of faster units; so does no stratum with units of both classes.

Few units have few labellings: no p is below one over their number (two over it where swapping all labels is one of
them): `floor`. A warning says so above .05. Null draws within 1e-9 of the value count as large as it.

Both nulls hold exactly if labels mean nothing (within strata): p-values are valid for any dependence in time or between
units. They say nothing of other populations of units than those seen.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number, as_whole, choose
from .._errors import CausalGrainWarning, InputError
from ..surrogates.streams import as_generator
from ._levels import as_levels, distinct_values, level_bounds
from ._ranks import real_spread, tied_rank_p
from ._series import block_of_bins, jackknife_reach, read_only
from .exchange import distances
from .exchange_match import (
    LEFT_OUT,
    equal_rates,
    groups,
    least_p,
    rate_gap,
    rates_apart,
    relabelled,
    sizes_of,
    strata_of,
)

WIDEST = 500  # spikes in a bin up to which pairs of counts are tabulated


@dataclass(frozen=True, eq=False)
class ExchangeTest:
    """Exchange symmetry against units relabelled.

    Attributes
    ----------
    value : float
        Statistic of the data: `relative` or `distance`, of matched sub-ensembles, the mean over `subsets` of them.
    p : float
        Share of null draws at least as large, the data among them.
    effect : float
        Value less the null's mean.
    z : float
        The same in standard deviations of the null.
    low, high : float
        Interval of the effect, for these units: delete-a-block jackknife over blocks of time of the value, with the
        error of the null's mean.
    null : ndarray, shape (draws,)
    statistic, match : str
    size : int
        Units in each sub-ensemble.
    level : float
        Of the interval.
    reason : str
        Why there is no number, or "".
    floor : float
        Least p that the labellings of these units allow.
    rate_gap : float
        Mean difference of log rates, E less I, within strata (of all units, for match="size"), over their deviation
        within strata, before any thinning.
    kept : float
        Share of spikes left after thinning to equal rates; 1 for match="size".
    """

    value: float
    p: float
    effect: float
    z: float
    low: float
    high: float
    null: np.ndarray
    statistic: str
    match: str
    size: int
    level: float
    reason: str = ""
    floor: float = float("nan")
    rate_gap: float = float("nan")
    kept: float = 1.0

    @property
    def headline(self) -> float:
        """Effect: value less the null's mean."""
        return self.effect

    def __repr__(self) -> str:
        if self.reason:
            return f"no exchange test: {self.reason}"
        return (
            f"exchange ({self.statistic}, {self.size} + {self.size} units matched by {self.match}): {self.value:.4f}, "
            f"{self.effect:+.4f} [{self.low:.4f}, {self.high:.4f}] beyond relabelled units, z {self.z:.2f}, "
            f"p = {self.p:.3g} ({len(self.null)} draws)"
        )


def exchange_test(
    counts: Any,
    inhibitory: Any,
    *,
    empty: int = 0,
    block: Any = None,
    levels: int = 8,
    match: str = "size",
    strata: int = 4,
    statistic: str = "relative",
    subsets: int = 4,
    draws: int = 200,
    blocks: int = 20,
    level: float = 0.95,
    rng: int | np.random.Generator,
) -> ExchangeTest:
    """Return the exchange distance of sub-ensembles of equal size, against units relabelled.

    Parameters
    ----------
    counts : array_like or scipy sparse, shape (bins, units)
        Spikes a unit and bin, in time order. Bins without any spike may be left out and given as `empty`.
    inhibitory : array_like of bool, shape (units,)
    empty : int
        How many bins more there are without a spike.
    block : array_like of int, shape (bins,), optional
        Block of time of each row, counted from 0, for the interval. Default: `blocks` equal stretches of rows.
    levels : int
        At most so many levels of spikes in a sub-ensemble.
    match : {"size", "rate"}
        See the module.
    strata : int
        Of rate, for match="rate".
    statistic : {"relative", "distance"}
        `relative` isn't diluted by empty bins.
    subsets : int
        Random sub-ensembles of the larger class that data and null draws are averaged over.
    draws : int
        Of the null.
    blocks : int
        Of time, for the interval.
    level : float
        Of the interval.
    rng : int or numpy Generator

    Returns
    -------
    ExchangeTest

    Raises
    ------
    InputError
        Shapes that don't fit, a class without units, counts that aren't whole.

    Examples
    --------
    Inhibitory units burst, excitatory ones don't, at the same rate:

    >>> rng = np.random.default_rng(0)
    >>> counts = np.hstack([rng.poisson(0.5, (3000, 6)), 5 * rng.poisson(0.1, (3000, 6))])
    >>> found = exchange_test(counts, np.arange(12) > 5, draws=99, rng=1)
    >>> found.p < 0.05, found.low > 0
    (True, True)

    References
    ----------
    Permutation of labels: Phipson & Smyth (2010) Stat Appl Genet Mol Biol 9:39.
    """
    matrix, labels = _as_counts(counts, inhibitory)
    empty, levels = as_whole(empty, "empty", 0), as_whole(levels, "levels", 2)
    choose(match, ("size", "rate"), "match")
    choose(statistic, ("relative", "distance"), "statistic")
    subsets, draws = as_whole(subsets, "subsets", 1), as_whole(draws, "draws", 1)
    level = as_number(level, "level", low=0.0, high=1.0)
    rows = matrix.shape[0]
    times = _as_block(block, rows, as_whole(blocks, "blocks", 2))
    generator = as_generator(rng)
    totals = np.asarray(matrix.sum(axis=0, dtype=np.float64)).ravel()
    stratum, kept = np.zeros(len(labels), dtype=np.int64), 1.0
    if match == "rate":
        stratum = strata_of(totals, as_whole(strata, "strata", 1, len(labels)))
    gap = rate_gap(totals, labels, stratum)
    nothing = "fewer than two bins" if rows + empty < 2 else "" if totals.sum() else "no unit has a spike"
    if not nothing and not sum(sizes_of(labels, stratum)):
        nothing = "no stratum of rates has units of both classes; use fewer strata"
    elif not nothing and match == "rate" and rates_apart(totals, labels, stratum):
        nothing = f"rates of E and I differ within strata by {gap:+.2g} of their deviation; match can't be made"
    elif not nothing and match == "rate":
        matrix, stratum = equal_rates(matrix, stratum, generator)
        kept = float(matrix.sum(dtype=np.float64) / totals.sum())
        if not sum(sizes_of(labels, stratum)):
            nothing = "units of both classes in a stratum have rates too far apart to thin; match can't be made"
    size, floor = sum(sizes_of(labels, stratum)), least_p(labels, stratum)
    if nothing:
        nan, none = float("nan"), np.full(draws, np.nan)
        said = (statistic, match, size, level, nothing, nan, gap, kept)
        return ExchangeTest(nan, nan, nan, nan, nan, nan, none, *said)
    if floor > 0.05:
        warnings.warn(
            f"{(~labels).sum()} excitatory and {labels.sum()} inhibitory units in {len(groups(stratum))} strata have "
            f"so few labellings that p can't be below {floor:.3g}: read the effect; a test needs more units.",
            CausalGrainWarning,
            stacklevel=2,
        )
    which = 1 if statistic == "relative" else 0
    own = _subsets(labels, stratum, subsets, generator)
    others = [_subsets(relabelled(labels, stratum, generator), stratum, subsets, generator) for _ in range(draws)]
    per_block = [_by_block(e, i, empty, levels, times) for e, i in _sums(matrix, own)]
    value = float(np.mean([distances(t.sum(axis=0))[which] for t in per_block]))
    null = np.array([_mean_statistic(matrix, members, empty, levels, which) for members in others])
    effect = value - float(null.mean())
    spread = real_spread(null)
    low = high = np.nan
    count = len(per_block[0])
    if count > 2:
        left = np.array([np.mean([distances(t.sum(axis=0) - t[b])[which] for t in per_block]) for b in range(count)])
        reach = jackknife_reach(left, null, level)
        low, high = effect - reach, effect + reach
    z = effect / spread if spread > 0 else np.nan
    read_only(null)
    p, said = tied_rank_p(value, null), (statistic, match, size, level, "", floor, gap, kept)
    return ExchangeTest(value, p, effect, z, low, high, null, *said)


# -- the array layer -----------------------------------------------------------------------------------------------


def _subsets(labels: np.ndarray, stratum: np.ndarray, subsets: int, generator: np.random.Generator) -> np.ndarray:
    """Return memberships (unit, 2, subset) of sub-ensembles with equally many units of each class in each stratum."""
    sizes = sizes_of(labels, stratum)
    many = subsets if 2 * sum(sizes) < np.count_nonzero(stratum != LEFT_OUT) else 1
    members = np.zeros((len(labels), 2, many), dtype=np.float32)
    for g, size in zip(groups(stratum), sizes, strict=True):
        for column, kind in enumerate((~labels, labels)):
            units = np.flatnonzero(kind & (stratum == g))
            for k in range(many):
                members[generator.permutation(units)[:size], column, k] = 1.0
    return members


def _sums(matrix: Any, members: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return spikes of both sub-ensembles in each bin, one pair of arrays a subset."""
    units, _, many = members.shape
    summed = np.asarray(matrix @ members.reshape(units, 2 * many))
    whole = summed.astype(np.int32).reshape(-1, 2, many)
    return [(np.ascontiguousarray(whole[:, 0, k]), np.ascontiguousarray(whole[:, 1, k])) for k in range(many)]


def _joint(e: np.ndarray, i: np.ndarray, empty: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return joint counts (level, level) of spikes in two sub-ensembles, and the bounds of the levels."""
    values, mass = distinct_values(np.concatenate([e, i]), None) if max(e.max(), i.max()) > WIDEST else (None, None)
    if values is None or mass is None:
        wide = int(max(e.max(), i.max())) + 1
        full = np.bincount(e * wide + i, minlength=wide * wide).reshape(wide, wide).astype(np.float64)
        full[0, 0] += empty
        pooled = full.sum(axis=0) + full.sum(axis=1)
        values = np.flatnonzero(pooled)
        bounds = level_bounds(values, pooled[values], levels)
        begin = np.concatenate([[0], bounds.astype(np.int64) + 1])
        return np.add.reduceat(np.add.reduceat(full, begin, axis=0), begin, axis=1), bounds
    if empty:
        values, mass = np.concatenate([[0.0], values]), np.concatenate([[2.0 * empty], mass])
    bounds = level_bounds(values, mass, levels)
    k = len(bounds) + 1
    counts = np.bincount(as_levels(e, bounds) * k + as_levels(i, bounds), minlength=k * k).astype(np.float64)
    counts[0] += empty
    return counts.reshape(k, k), bounds


def _by_block(e: np.ndarray, i: np.ndarray, empty: int, levels: int, times: np.ndarray) -> np.ndarray:
    """Return joint counts (block, level, level), the empty bins shared out evenly."""
    _, bounds = _joint(e, i, empty, levels)
    k, parts = len(bounds) + 1, int(times.max()) + 1
    codes = (times * k + as_levels(e, bounds)) * k + as_levels(i, bounds)
    counts = np.bincount(codes, minlength=parts * k * k).reshape(parts, k, k).astype(np.float64)
    counts[:, 0, 0] += empty / parts
    return counts


def _mean_statistic(matrix: Any, members: np.ndarray, empty: int, levels: int, which: int) -> float:
    return float(np.mean([distances(_joint(e, i, empty, levels)[0])[which] for e, i in _sums(matrix, members)]))


def _as_counts(counts: Any, inhibitory: Any) -> tuple[Any, np.ndarray]:
    """Return counts as float32 (dense, or sparse as they are) and the labels."""
    sparse = hasattr(counts, "tocsr")
    matrix = counts.tocsr().astype(np.float32) if sparse else np.asarray(counts, dtype=np.float32)
    labels = np.asarray(inhibitory)
    if matrix.ndim != 2 or labels.dtype != bool or labels.shape != matrix.shape[1:]:
        raise InputError(
            "counts",
            expected="shape (bins, units), and `inhibitory` with one bool a unit",
            got=f"shapes {matrix.shape} and {labels.shape} of {labels.dtype}",
            remedy="Give one column a unit, and True for each inhibitory unit.",
        )
    values: Any = matrix.data if sparse else matrix
    if values.size and (not np.isfinite(values).all() or (values < 0).any() or (values != np.rint(values)).any()):
        raise InputError(
            "counts",
            expected="whole numbers >= 0",
            got="others",
            remedy="Give spikes a bin; sizes are matched here, so don't normalise them.",
        )
    if labels.all() or not labels.any():
        missing = "excitatory" if labels.all() else "inhibitory"
        raise InputError(
            "inhibitory",
            expected="units of both classes",
            got=f"no {missing} unit",
            remedy="Check the labels; exchange symmetry needs both.",
        )
    return matrix, labels


def _as_block(block: Any, rows: int, blocks: int) -> np.ndarray:
    if block is None:
        return block_of_bins(np.array([0, rows]), blocks)
    times = np.asarray(block)
    if times.shape != (rows,) or times.dtype.kind not in "iu" or (rows and times.min() < 0):
        raise InputError(
            "block",
            expected=f"{rows} whole numbers from 0, one a row of `counts`",
            got=f"shape {times.shape} of {times.dtype}",
            remedy="Number the blocks of time from 0.",
        )
    return times.astype(np.int64)
