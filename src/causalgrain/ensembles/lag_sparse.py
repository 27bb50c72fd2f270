"""The lagged correlation of :mod:`.lag` from occupied bins alone: for surrogates, where it is taken thousands of times.

Conventions are those of :mod:`.lag`: rho(k) is the correlation of E(t) with I(t + k), both in one segment, with the
means and deviations of the pairs of that lag. The work grows with the occupied bins, or with all bins where most are
occupied. Activity of a bin without a spike counts as 0 here: take it off first; correlations don't change.
"""

from __future__ import annotations

import numpy as np

from .binned import Binned

CHUNK = 1 << 13  # bins whose products are summed while they are in the cache; BLAS takes one thread for so few
FULL = 0.15  # share of occupied bins above which all bins are walked through
EXACT = 1024  # times CHUNK: below 2^24
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
    counts = binned.normalisation in ("rate", "fraction")
    e = binned.e_counts if counts else binned.excitatory - binned.empty[0]
    i = binned.i_counts if counts else binned.inhibitory - binned.empty[1]
    n = np.maximum(lengths[None, :] - np.abs(lags)[:, None], 0).sum(axis=1).astype(np.float64)
    (x, xx), (y, yy) = _sums(binned, e, max_lag, later=False), _sums(binned, i, max_lag, later=True)
    xy = _products(_apart(binned, max_lag), e, i, binned.n_bins + max_lag * len(lengths), lags)
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


def _apart(binned: Binned, gap: int) -> np.ndarray:
    """Return the places of occupied bins, with so many empty places between segments."""
    if len(binned.lengths) == 1:
        return binned.index
    ends = np.searchsorted(binned.index, np.cumsum(binned.lengths))
    return binned.index + gap * np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))


def _sums(binned: Binned, values: np.ndarray, reach: int, *, later: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums of values and of their squares over the pairs of each lag.

    E loses the last k bins of each segment where I comes later, and the first k where it comes earlier; I, which is
    `later`, the other way round.
    """
    ends = np.cumsum(binned.lengths)
    starts = ends - binned.lengths
    lost = []
    for low, high in ((starts, np.minimum(starts + reach, ends)), (np.maximum(ends - reach, starts), ends)):
        begin, stop = np.searchsorted(binned.index, low), np.searchsorted(binned.index, high)
        many = stop - begin
        entry = np.arange(many.sum()) + np.repeat(begin - (np.cumsum(many) - many), many)
        from_edge = binned.index[entry] - np.repeat(starts, many)
        if len(lost):
            from_edge = np.repeat(ends, many) - 1 - binned.index[entry]
        near = values[entry].astype(np.float64)
        lost.append(
            [np.concatenate([[0.0], np.cumsum(np.bincount(from_edge, near**power, reach)[:reach])]) for power in (1, 2)]
        )
    head, tail = lost if not later else lost[::-1]
    total = float(values.sum()), float(values @ values)
    first, second = (np.concatenate([total[k] - head[k][:0:-1], total[k] - tail[k]]) for k in (0, 1))
    return first, second


def _products(place: np.ndarray, e: np.ndarray, i: np.ndarray, size: int, lags: np.ndarray) -> np.ndarray:
    """Return the sum of E_t I_(t + k); segments stand so far apart in `place` that no product reaches across."""
    reach = len(lags) // 2
    # whole numbers whose sums over a chunk stay exact in single precision
    small = e.dtype.kind == "i" and int(e.max(initial=0)) * int(i.max(initial=0)) <= EXACT
    kind = np.float32 if small else np.float64
    busy = int(np.count_nonzero(e)), int(np.count_nonzero(i))
    total = np.zeros(len(lags))
    if min(busy) > FULL * size:
        first, second = _spread(place, e, size, reach, kind), _spread(place, i, size, reach, kind)
        for begin in range(reach, size + reach, CHUNK):
            stop = min(begin + CHUNK, size + reach)
            part = first[begin:stop]
            total += [float(part @ second[begin + k : stop + k]) for k in lags.tolist()]
        return total
    # walk through the ensemble with fewer occupied bins, and look the other one up
    fewer = int(busy[1] < busy[0])
    mine, others = (e, i) if fewer == 0 else (i, e)
    there = _spread(place, others, size, reach, kind)
    kept = np.flatnonzero(mine)
    where, weight = place[kept] + reach, mine[kept].astype(kind)
    signs = lags if fewer == 0 else -lags
    for begin in range(0, len(kept), CHUNK):
        near, by = where[begin : begin + CHUNK], weight[begin : begin + CHUNK]
        total += [float(by @ there.take(near + k)) for k in signs.tolist()]
    return total


def _spread(place: np.ndarray, values: np.ndarray, size: int, reach: int, kind: type) -> np.ndarray:
    spread = np.zeros(size + 2 * reach, dtype=kind)
    spread[place + reach] = values
    return spread
