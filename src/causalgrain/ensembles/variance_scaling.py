"""How the variance of f = E - I grows with the width of the bin: the exponent a of Var f(D) ~ D^a.

Conventions. f is taken from *counts*: E(t; D) = (1/N_E) sum of spikes in [t, t + D), so that independent Poisson units
give a = 1, correlations in time a > 1 (2 where activity hardly changes within the bin), and anticorrelations a < 1.
From *rates*, counts divided by D, the same data give a - 2. The literature has both, with opposite readings: neither is
a verdict. With ``matched=True`` every spike counts 1 / (its unit's rate over the whole condition) instead of 1, which
takes away what differs only because fast-spiking cells fire faster.

The exponent is the slope of the ordinary regression of log Var on log D: every scale counts the same, whatever its
number of bins. `local` are the slopes from scale to scale; where they drift, one exponent is a summary of no power law.

Its interval. Variances at different scales come from the same spikes, so their errors go together and the regression's
own error is far too small. Joined time is cut into 10 to 100 blocks of about four widest bins or more; every bin, at
each scale, belongs to the block that holds its middle. The exponent is found again without each block in turn
(delete-a-block jackknife, Kuensch 1989). The jackknife takes away the bias that the logarithm of a variance of
few bins has, and gives the standard error; the interval is exponent +- t(blocks - 1) standard errors. It covers what
blocks can show: changes slower than a block are one draw, and no interval knows of them.

Var f = Var E + Var I - 2 cov(E, I): `uncorrelated` is the exponent of Var E + Var I, what f would have if E and I had
the same variances and no correlation, and `residual` is that minus the Poisson 1.

References
----------
Dehghani (2025) arXiv 2306.11965. Kuensch (1989) Ann. Statist. 17:1217.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from .._checks import as_number
from .._doubt import t_reach
from .._errors import InputError
from ..recordings.binning import EDGE_TOLERANCE
from .binning import bin_numbers, checked_width, run_starts, sums_from
from .ladder import as_widths, scale_ladder, width_label
from .trains import Trains

LEAST_BINS = 40  # a scale with fewer is left out
LEAST_SCALES = 3
BINS_A_BLOCK = 4
MOST_BLOCKS = 100
COUNTS_TO_RATES = -2.0


@final
@dataclass(frozen=True, eq=False)
class VarianceScaling:
    """Exponent of Var f against the width of the bin.

    Attributes
    ----------
    exponent, interval : float, tuple of float
        From counts. The headline.
    rate_exponent, rate_interval : float, tuple of float
        From rates: 2 less.
    level : float
        Of the intervals.
    uncorrelated : float
        Exponent of Var E + Var I, from counts.
    widths : array, shape (scales,), s, read-only
        Those asked for.
    variances : array, shape (scales,), read-only
        Var f of counts, over bins; NaN where a scale has no two bins. Spikes a unit, squared (matched: s^2).
    bins : array of int, shape (scales,), read-only
    used : array of bool, shape (scales,), read-only
        Scales with at least 40 bins, which the exponent is from.
    local : array, shape (scales - 1,), read-only
        Slope from each scale to the next; NaN where one is not used.
    blocks : int
    matched : bool
    reason : str
        Why there is no exponent, or "".
    """

    exponent: float
    interval: tuple[float, float]
    level: float
    uncorrelated: float
    widths: np.ndarray
    variances: np.ndarray
    bins: np.ndarray
    used: np.ndarray
    local: np.ndarray
    blocks: int
    matched: bool
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("widths", "variances", "bins", "used", "local"):
            getattr(self, name).setflags(write=False)

    @property
    def rate_exponent(self) -> float:
        """Exponent of the variance of rates."""
        return self.exponent + COUNTS_TO_RATES

    @property
    def rate_interval(self) -> tuple[float, float]:
        """Interval of `rate_exponent`."""
        return self.interval[0] + COUNTS_TO_RATES, self.interval[1] + COUNTS_TO_RATES

    @property
    def headline(self) -> float:
        """The exponent of counts."""
        return self.exponent

    @property
    def residual(self) -> float:
        """What is left of the exponent without the correlation of E and I, minus the Poisson 1."""
        return self.uncorrelated - 1.0

    def __repr__(self) -> str:
        if self.reason:
            return f"VarianceScaling: no exponent, {self.reason}"
        used = self.widths[self.used]
        low, high = self.interval
        return (
            f"VarianceScaling over {len(used)} scales, {width_label(used[0])} to {width_label(used[-1])}: exponent of "
            f"Var f {self.exponent:.4f} [{low:.4f}, {high:.4f}] from counts, {self.rate_exponent:.4f} from rates "
            f"(independent Poisson: 1, -1); without the correlation of E and I {self.uncorrelated:.4f}"
        )


def variance_scaling(
    trains: Trains, widths: Any = None, *, matched: bool = False, level: float = 0.95
) -> VarianceScaling:
    """Return the exponent of Var f against the width of the bin.

    Parameters
    ----------
    trains : Trains
    widths : array_like, shape (scales,), s, optional
        Default: the published ladder, 1 ms to 10.94 s; of counts, its widths rounded to whole samples.
    matched : bool
        Divide every unit's spikes by its rate.
    level : float
        Of the interval, between 0 and 1.

    Returns
    -------
    VarianceScaling
        NaN with a reason where fewer than 3 scales have 40 bins, or f doesn't vary.

    Raises
    ------
    InputError
        Something other than Trains, widths that don't ascend, a level out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> trains = Trains.from_units([rng.uniform(0, 60, 600) for _ in range(4)], [0, 0, 0, 1], duration=60.0)
    >>> found = variance_scaling(trains, scale_ladder(18))
    >>> found.interval[0] < 1.0 < found.interval[1]  # independent Poisson
    True
    """
    if not isinstance(trains, Trains):
        raise InputError(
            "trains",
            expected="Trains",
            got=type(trains).__name__,
            remedy="Make them from a recording: Trains.of(recording, inhibitory).",
        )
    inside = as_number(level, "level", low=0.0, high=1.0)
    if inside in (0.0, 1.0):
        raise InputError("level", expected="between 0 and 1", got=repr(level), remedy="For example level=0.95.")
    asked = scale_ladder(resolution=trains.resolution or None) if widths is None else np.array(as_widths(widths))
    spans = np.array([checked_width(width, trains.resolution) for width in asked])
    lengths = [np.floor(np.diff(trains.segments, axis=1)[:, 0] / width + EDGE_TOLERANCE).sum() for width in spans]
    enough = np.flatnonzero(np.array(lengths) >= LEAST_BINS)
    blocks = int(np.clip(lengths[enough[-1]] // BINS_A_BLOCK, 1, MOST_BLOCKS)) if enough.size else 1
    moments = np.stack([_block_moments(trains, width, blocks, matched) for width in spans])
    n = moments.sum(axis=1)[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        f_variance, apart = _variances(moments.sum(axis=1))
        used = (n >= LEAST_BINS) & (f_variance > 0)
        local = np.diff(np.log(np.where(used, f_variance, np.nan))) / np.diff(np.log(spans))
    nan = float("nan")
    exponent, uncorrelated, interval, reason = nan, nan, (nan, nan), ""
    if used.sum() < LEAST_SCALES:
        reason = f"{used.sum()} scales have {LEAST_BINS} bins and a variance, {LEAST_SCALES} are needed"
    else:
        slope = _slope(spans[used])
        without = moments[used].sum(axis=1, keepdims=True) - moments[used]
        (exponent, left), (uncorrelated, _) = (
            _jackknifed(float(slope @ np.log(whole[used])), slope @ np.log(parts))
            for whole, parts in zip((f_variance, apart), _variances(without), strict=True)
        )
        reach = float(t_reach(left, inside, scale=(blocks - 1) / np.sqrt(blocks)))
        interval = (exponent - reach, exponent + reach)
    return VarianceScaling(
        exponent=exponent,
        interval=interval,
        level=inside,
        uncorrelated=uncorrelated,
        widths=asked,
        variances=f_variance,
        bins=n.astype(np.int64),
        used=used,
        local=local,
        blocks=blocks,
        matched=bool(matched),
        reason=reason,
    )


def _slope(widths: np.ndarray) -> np.ndarray:
    """Return what log variances are multiplied by and added up to give the slope, shape (scales,)."""
    x = np.log(widths)
    x = x - x.mean()
    return x / (x @ x)


def _jackknifed(whole: float, without: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the estimate without its bias of first order, and the estimates without each block."""
    return float(len(without) * whole - (len(without) - 1) * without.mean()), without


def _variances(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Var f and Var E + Var I from moments (..., 6): bins, sums of E and I, of E^2, I^2 and E I."""
    n, e, i, ee, ii, ei = np.moveaxis(moments, -1, 0)
    e_var, i_var, both = ee / n - (e / n) ** 2, ii / n - (i / n) ** 2, ei / n - e * i / n**2
    return e_var + i_var - 2.0 * both, e_var + i_var


def _block_moments(trains: Trains, width: float, blocks: int, matched: bool) -> np.ndarray:
    """Return the moments of E and I in each block of joined time, shape (blocks, 6), about their overall means."""
    bins, lengths = bin_numbers(trains, width)
    starts = run_starts(bins)
    weight = np.zeros((2, trains.n_units))
    fires = trains.rates > 0
    for row, kind in enumerate((~trains.inhibitory, trains.inhibitory)):
        size = max(int((kind & fires).sum()), 1) if matched else int(kind.sum())
        weight[row, kind & fires] = (1.0 / trains.rates[kind & fires] if matched else 1.0) / size
    number = bins[starts]
    e, i = (sums_from(row[trains.unit], starts)[number >= 0] for row in weight)
    number = number[number >= 0]
    # First bin whose middle lies beyond each edge of a block.
    spans = np.diff(trains.segments, axis=1)[:, 0]
    since = np.linspace(0.0, spans.sum(), blocks + 1)[:, None] - (np.cumsum(spans) - spans)
    edges = np.clip(np.ceil(since / width - 0.5), 0, lengths).sum(axis=1)
    edges[-1] = lengths.sum()
    place = np.searchsorted(number, edges)
    n, total = np.diff(edges), max(float(lengths.sum()), 1.0)
    e_mean, i_mean = e.sum() / total, i.sum() / total
    e_sum, i_sum, ee, ii, ei = (
        np.diff(np.concatenate([[0.0], np.cumsum(values)])[place]) for values in (e, i, e * e, i * i, e * i)
    )
    about = (
        e_sum - n * e_mean,
        i_sum - n * i_mean,
        ee - 2.0 * e_mean * e_sum + n * e_mean**2,
        ii - 2.0 * i_mean * i_sum + n * i_mean**2,
        ei - e_mean * i_sum - i_mean * e_sum + n * e_mean * i_mean,
    )
    return np.stack([n, *about], axis=-1)
