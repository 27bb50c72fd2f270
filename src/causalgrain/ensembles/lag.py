"""Excitatory-inhibitory cross-correlation over lags, at one scale.

Convention: rho(k) is the correlation of E(t) with I(t + k), k in bins: **a peak at a positive lag says that inhibition
follows excitation**. Only pairs with both bins in one segment count. All pairs of a lag, n_k of them, are pooled:

    means="overlap":  Pearson's correlation of the n_k pairs, their own means and standard deviations  (default)
    means="global":   sum (E_t - <E>)(I_{t+k} - <I>) / (n_k sd(E) sd(I)), means and deviations of all bins

Both are Pearson's rho at lag 0. "overlap" stays in [-1, 1] and isn't pulled by a drift at the ends; "global" is the
textbook cross-correlation (Priestley 1981, section 9.5) with n_k instead of n below the sum, so that long lags aren't
drawn to 0.

Doubt: blocks of time, none across a segment's edge, are drawn with replacement (a pair belongs to the block of its
excitatory bin); the same draws give an interval of rho at every lag and of the peak. A peak of the correlation alone
is no evidence of causal order, and slow common drive gives one at lag 0 whatever the network does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number, as_whole, choose
from ..surrogates.streams import as_generator
from ._series import as_pair, block_edges, read_only

CHUNK = 16_384  # bins whose products are taken for all lags while they are in the cache
TIE = 1e-12


@dataclass(frozen=True, eq=False)
class LaggedCorrelation:
    """Cross-correlation of the two ensembles at one scale.

    Attributes
    ----------
    lags : ndarray of int, shape (lags,), bins
        Ascending; positive: inhibition follows excitation.
    rho : ndarray, shape (lags,)
        NaN where a lag has too few pairs or nothing varies.
    low, high : ndarray, shape (lags,)
        Interval of rho; NaN without draws.
    peak_bins : int
        Lag of the largest rho; of ties the one nearest 0, see `ties`. 0 where there is no rho.
    peak_lag : float, s
        `peak_bins` times the width; NaN where there is no rho.
    peak_low, peak_high : float, s
        Interval of the peak lag: quantiles of the draws' peaks, so never narrower than one bin lets it be.
    peak_rho : float
    ties : tuple of int, bins
        All lags whose rho is the largest to 1e-12.
    asymmetry : float
        Mean of rho(k) - rho(-k) over k > 0: above 0 where inhibition tends to follow.
    width : float, s
    level : float
        Of the intervals.
    reason : str
        Why there is no number, or "".
    """

    lags: np.ndarray
    rho: np.ndarray
    low: np.ndarray
    high: np.ndarray
    peak_bins: int
    peak_lag: float
    peak_low: float
    peak_high: float
    peak_rho: float
    ties: tuple[int, ...]
    asymmetry: float
    width: float
    means: str
    level: float
    reason: str = ""

    @property
    def headline(self) -> float:
        """Peak lag in s."""
        return self.peak_lag

    @property
    def residual(self) -> float:
        """What the lag adds to the correlation: rho at the peak less rho at lag 0; 0 where the peak is at 0."""
        return self.peak_rho - float(self.rho[int(np.flatnonzero(self.lags == 0)[0])])

    def __repr__(self) -> str:
        if self.reason:
            return f"no lagged correlation: {self.reason}"
        zero = float(self.rho[int(np.flatnonzero(self.lags == 0)[0])])
        tied = "" if len(self.ties) < 2 else f", tied with lags {self.ties}"
        who = "inhibition follows" if self.peak_bins > 0 else "excitation follows" if self.peak_bins else "together"
        return (
            f"E-I correlation {zero:.4f} at lag 0, largest {self.peak_rho:.4f} at {self.peak_lag:g} s "
            f"[{self.peak_low:g}, {self.peak_high:g}] ({who}){tied}; bins of {self.width:g} s"
        )


def lagged_correlation(
    excitatory: Any,
    inhibitory: Any,
    *,
    lengths: Any = None,
    width: float = 1.0,
    max_lag: int = 10,
    means: str = "overlap",
    blocks: int = 50,
    draws: int = 200,
    level: float = 0.95,
    rng: int | np.random.Generator = 0,
) -> LaggedCorrelation:
    """Return the correlation of E(t) with I(t + k) for lags k from -max_lag to max_lag, and its peak.

    ``rho(k) = corr(E_t, I_{t+k})``: positive lag, inhibition follows.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (bins,)
        Activity in time order; the normalisation doesn't matter.
    lengths : array_like of int, shape (segments,), bins
        Default: one segment.
    width : float, s
        Of a bin.
    max_lag : int, bins
    means : {"overlap", "global"}
        See the module.
    blocks : int
        Blocks of time that are drawn; they should be longer than the ensembles' memory.
    draws : int
        Of the block bootstrap; 0 for none.
    level : float
        Of the intervals, between 0 and 1.
    rng : int or numpy Generator

    Returns
    -------
    LaggedCorrelation
        NaN with a `reason` where an ensemble doesn't vary or no segment holds three bins.

    Raises
    ------
    InputError
        Shapes, lengths or settings that don't fit.

    Examples
    --------
    Inhibition three bins later:

    >>> e = np.random.default_rng(0).poisson(2.0, 5000).astype(float)
    >>> found = lagged_correlation(e, np.roll(e, 3), width=0.01)
    >>> found.peak_bins, round(found.peak_lag, 9), round(float(found.rho[10 + 3]), 2)
    (3, 0.03, 1.0)

    References
    ----------
    Priestley (1981) Spectral Analysis and Time Series, section 9.5; blocks: Kunsch (1989) Ann Stat 17:1217.
    """
    e, i, edges = as_pair(excitatory, inhibitory, lengths)
    width = as_number(width, "width", low=np.finfo(float).tiny)
    reach = as_whole(max_lag, "max_lag", 0, of="bins")
    choose(means, ("overlap", "global"), "means")
    n_blocks, n_draws = as_whole(blocks, "blocks", 2), as_whole(draws, "draws", 0)
    level = as_number(level, "level", low=0.0, high=1.0)
    generator = as_generator(rng)
    lags = np.arange(-reach, reach + 1)
    reason = _unfit(e, i, edges)
    if reason:
        return _result(lags, np.full(len(lags), np.nan), None, width, means, level, reason)
    sums, whole = _block_sums(e - e.mean(), i - i.mean(), edges, lags, n_blocks)
    ones = np.ones((1, len(sums)))
    rho = _correlations(ones, sums, whole, means)[0]
    if not np.isfinite(rho).any():
        return _result(lags, rho, None, width, means, level, "nothing varies among the pairs of any lag")
    drawn = None
    if n_draws and len(sums) > 1:
        times = generator.multinomial(len(sums), np.full(len(sums), 1.0 / len(sums)), size=n_draws).astype(float)
        drawn = _correlations(times, sums, whole, means)
    return _result(lags, rho, drawn, width, means, level, "")


def _unfit(e: np.ndarray, i: np.ndarray, edges: np.ndarray) -> str:
    if not len(e) or np.diff(edges).max() < 3:
        return "no segment holds three bins"
    flat = [name for name, x in (("excitatory", e), ("inhibitory", i)) if x.min() == x.max()]
    return f"the {' and the '.join(flat)} ensemble doesn't vary" if flat else ""


def _block_sums(
    e: np.ndarray, i: np.ndarray, edges: np.ndarray, lags: np.ndarray, blocks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return per block and lag (n, sum E, sum I, sum E^2, sum I^2, sum EI) of its pairs, and the same of all bins.

    A pair (t, t + k) belongs to the block of t. Shapes (block, lag, 6) and (block, 6).
    """
    marks = block_edges(edges, blocks)
    segment = np.searchsorted(edges[1:], marks[:, 0], side="right")
    first, last = edges[segment], edges[segment + 1]
    # E bins [a, b) of each block and lag whose partner is in the segment
    begin = np.clip(marks[:, :1], first[:, None] - lags, None)
    stop = np.clip(marks[:, 1:], None, last[:, None] - lags)
    stop = np.maximum(stop, begin)
    empty = stop == begin
    begin, stop = np.where(empty, marks[:, :1], begin), np.where(empty, marks[:, :1], stop)
    shift = np.where(empty, 0, lags)
    sums = np.zeros((len(marks), len(lags), 6))
    sums[:, :, 0] = stop - begin
    for column, values in ((1, e), (3, e * e)):
        sums[:, :, column] = _between(values, begin, stop)
    for column, values in ((2, i), (4, i * i)):
        sums[:, :, column] = _between(values, begin + shift, stop + shift)
    for block, (low, high) in enumerate(marks.tolist()):
        for chunk in range(low, high, CHUNK):
            end = min(chunk + CHUNK, high)
            for place, lag in enumerate(lags.tolist()):
                a, b = max(chunk, int(begin[block, place])), min(end, int(stop[block, place]))
                if b > a:
                    sums[block, place, 5] += e[a:b] @ i[a + lag : b + lag]
    zero = int(np.flatnonzero(lags == 0)[0])
    return sums, sums[:, zero]


def _between(values: np.ndarray, begin: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return the sums of values[begin:stop] for arrays of places, in one pass through the values."""
    places = np.unique(np.concatenate([[0], begin.ravel(), stop.ravel()]))
    inside = places[places < len(values)]
    upto = np.concatenate([[0.0], np.cumsum(np.add.reduceat(values, inside))])
    prefix = upto[: len(places)]
    return prefix[np.searchsorted(places, stop)] - prefix[np.searchsorted(places, begin)]


def _correlations(times: np.ndarray, sums: np.ndarray, whole: np.ndarray, means: str) -> np.ndarray:
    """Return rho (draw, lag) with each block taken `times` (draw, block) times."""
    n, x, y, xx, yy, xy = np.moveaxis(np.tensordot(times, sums, axes=(1, 0)), 2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        if means == "overlap":
            cov, var_x, var_y = xy / n - x * y / n**2, xx / n - (x / n) ** 2, yy / n - (y / n) ** 2
        else:
            m, gx, gy, gxx, gyy, _ = (times @ whole).T[:, :, None]
            gx, gy = gx / m, gy / m
            cov = xy / n - gx * y / n - gy * x / n + gx * gy
            var_x, var_y = gxx / m - gx**2, gyy / m - gy**2
        rho = cov / np.sqrt(var_x * var_y)
    floor = 1e-12 * whole[:, 3].sum() / whole[:, 0].sum(), 1e-12 * whole[:, 4].sum() / whole[:, 0].sum()
    known = (n >= 3) & (var_x > floor[0]) & (var_y > floor[1])
    return np.where(known, rho, np.nan)


def _peak(lags: np.ndarray, rho: np.ndarray) -> tuple[int, tuple[int, ...]]:
    best = np.flatnonzero(rho >= np.nanmax(rho) - TIE)
    ties = tuple(int(k) for k in lags[best])
    return min(ties, key=lambda k: (abs(k), k)), ties


def _result(
    lags: np.ndarray, rho: np.ndarray, drawn: np.ndarray | None, width: float, means: str, level: float, reason: str
) -> LaggedCorrelation:
    low, high = np.full(len(lags), np.nan), np.full(len(lags), np.nan)
    peak, ties, ends, asymmetry = 0, (), (np.nan, np.nan), np.nan
    tails = [0.5 * (1.0 - level), 0.5 * (1.0 + level)]
    known = np.isfinite(rho)
    if known.any():
        peak, ties = _peak(lags, rho)
        reach = len(lags) // 2
        both = rho[reach + 1 :] - rho[:reach][::-1]
        asymmetry = float(both[np.isfinite(both)].mean()) if np.isfinite(both).any() else np.nan
    if drawn is not None:
        fit = np.isfinite(drawn).all(axis=0)
        low[fit], high[fit] = np.quantile(drawn[:, fit], tails, axis=0)
        peaks = [_peak(lags, draw)[0] for draw in drawn if np.isfinite(draw).any()]
        # whole lags: an interval that holds the asked share of draws takes the lag below and the lag above
        if peaks:
            ends = (
                float(np.quantile(peaks, tails[0], method="lower")) * width,
                float(np.quantile(peaks, tails[1], method="higher")) * width,
            )
    read_only(lags, rho, low, high)
    return LaggedCorrelation(
        lags=lags,
        rho=rho,
        low=low,
        high=high,
        peak_bins=peak,
        peak_lag=peak * width if known.any() else np.nan,
        peak_low=ends[0],
        peak_high=ends[1],
        peak_rho=float(np.nanmax(rho)) if known.any() else np.nan,
        ties=ties,
        asymmetry=asymmetry,
        width=width,
        means=means,
        level=level,
        reason=reason,
    )
