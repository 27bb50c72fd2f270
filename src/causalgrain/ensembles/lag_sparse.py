"""The lagged correlation of :mod:`.lag` from occupied bins alone: for surrogates, where it is taken thousands of times.

Conventions are those of :mod:`.lag`: rho(k) is the correlation of E(t) with I(t + k), both in one segment, with the
means and deviations of the pairs of that lag. The work grows with the occupied bins, or with all bins where most are
occupied. Activity of a bin without a spike counts as 0 here: take it off first; correlations don't change.
"""

from __future__ import annotations

import numpy as np

from .binned import Binned

CHUNK = 1 << 16  # bins whose products are summed while they are in the cache
FULL = 0.15  # share of occupied bins above which all bins are walked through
FLAT = 1e-12
TIE = 1e-12


def lag_correlations(binned: Binned, max_lag: int) -> np.ndarray:
    """Return rho(k) for k from -max_lag to max_lag, shape (2 max_lag + 1,); NaN where nothing varies.

    Parameters
    ----------
    binned : Binned
    max_lag : int, bins

    Examples
    --------
    >>> from .trains import Trains
    >>> trains = Trains.from_units([[0.05, 0.35, 0.36], [0.15, 0.45, 0.46]], [False, True], duration=1.0)
    >>> int(np.argmax(lag_correlations(trains.binned(0.1), 3))) - 3  # inhibition one bin later
    1
    """
    lags = np.arange(-max_lag, max_lag + 1)
    lengths = binned.lengths
    if not len(lengths) or lengths.max(initial=0) < 3:
        return np.full(len(lags), np.nan)
    e, i = binned.excitatory - binned.empty[0], binned.inhibitory - binned.empty[1]
    if binned.normalisation in ("rate", "fraction"):
        e, i = binned.e_counts.astype(np.float32), binned.i_counts.astype(np.float32)
    segment = _segments(binned)
    first = np.cumsum(lengths) - lengths
    local = binned.index - first[segment]
    left = lengths[segment] - 1 - local
    n = np.maximum(lengths[None, :] - np.abs(lags)[:, None], 0).sum(axis=1).astype(np.float64)
    sums = []
    # E loses the last k bins of each segment where I comes later, the first k where it comes earlier; I the other way
    for values, begins in ((e, False), (i, True)):
        for power in (1, 2):
            each = values.astype(np.float64) ** power
            total = each.sum()
            head, tail = (total - _edge(each, place, max_lag) for place in (local, left))
            later, earlier = (head, tail) if begins else (tail, head)
            sums.append(np.concatenate([earlier[:0:-1], later]))
    x, xx, y, yy = sums
    xy = _products(binned.index + max_lag * segment, e, i, binned.n_bins + max_lag * len(lengths), lags)
    with np.errstate(divide="ignore", invalid="ignore"):
        cov, var_x, var_y = xy / n - x * y / n**2, xx / n - (x / n) ** 2, yy / n - (y / n) ** 2
        rho = cov / np.sqrt(var_x * var_y)
    known = (n >= 3) & (var_x > FLAT * xx[max_lag] / n[max_lag]) & (var_y > FLAT * yy[max_lag] / n[max_lag])
    return np.where(known, rho, np.nan)


def peak_of(rho: np.ndarray) -> tuple[int, float]:
    """Return the lag of the largest rho in bins, of ties the one nearest 0, and rho there; NaN without one.

    >>> peak_of(np.array([0.2, 0.5, 0.5]))
    (0, 0.5)
    """
    known = np.isfinite(rho)
    if not known.any():
        return 0, float("nan")
    top = float(rho[known].max())
    ties = np.flatnonzero(np.where(known, rho, -np.inf) >= top - TIE) - len(rho) // 2
    return int(min(ties.tolist(), key=lambda k: (abs(k), k))), top


def _segments(binned: Binned) -> np.ndarray:
    """Return the segment of each occupied bin, by where segments end."""
    if len(binned.lengths) == 1:
        return np.zeros(len(binned.index), dtype=np.int64)
    ends = np.searchsorted(binned.index, np.cumsum(binned.lengths))
    return np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))


def _edge(values: np.ndarray, place: np.ndarray, reach: int) -> np.ndarray:
    """Return the sum over bins fewer than k bins from an edge, for k from 0 to `reach`."""
    near = place < reach
    by_place = np.bincount(place[near], weights=values[near], minlength=max(reach, 1))[:reach]
    return np.concatenate([[0.0], np.cumsum(by_place)])


def _products(place: np.ndarray, e: np.ndarray, i: np.ndarray, size: int, lags: np.ndarray) -> np.ndarray:
    """Return the sum of E_t I_(t + k); segments stand so far apart in `place` that no product reaches across."""
    reach = len(lags) // 2
    busy = int(np.count_nonzero(e)), int(np.count_nonzero(i))
    if min(busy) > FULL * size:
        first, second = _spread(place, e, size, reach), _spread(place, i, size, reach)
        total = np.zeros(len(lags))
        for begin in range(reach, size + reach, CHUNK):
            stop = min(begin + CHUNK, size + reach)
            part = first[begin:stop]
            total += [float(part @ second[begin + k : stop + k]) for k in lags.tolist()]
        return total
    # walk through the ensemble with fewer occupied bins, and look the other one up
    fewer = int(busy[1] < busy[0])
    mine, others = (e, i) if fewer == 0 else (i, e)
    there = _spread(place, others, size, reach)
    kept = mine != 0
    where, weight = place[kept] + reach, mine[kept]
    signs = lags if fewer == 0 else -lags
    return np.array([float(weight @ there[where + k]) for k in signs.tolist()])


def _spread(place: np.ndarray, values: np.ndarray, size: int, reach: int) -> np.ndarray:
    spread = np.zeros(size + 2 * reach, dtype=values.dtype)
    spread[place + reach] = values
    return spread
