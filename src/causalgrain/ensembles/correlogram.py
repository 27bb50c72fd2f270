"""Monosynaptic sign of pairs of spike trains, from their cross-correlogram, and the sign of a unit from its pairs.

Conventions. The lag of a pair of spikes is the time of the second train's spike less that of the first's: what the
first train causes lies at positive lags. Bins are [k b, (k + 1) b) for whole k. Spikes in different segments are
never paired, and spikes outside all segments are left out.

The test. Null: the second train's rate about a spike of the first is slow, so that the count n of a window of lags is
Poisson with mean B, the correlogram smoothed with a Gaussian of 10 ms whose centre is lowered by 60 % ("hollow"),
which stands for what jittering spikes by some 10 ms would leave (Stark & Abeles 2009); bins that stand out are taken
out of it first (:func:`baseline`). A pair must also beat its own mirror, the lags -t, for a common drive or a broad
peak is seen on both sides of 0.

* Excess, at .8 to 2.8 ms: the largest count n of two neighbouring bins, of ``PLACES`` = 4. p = 4 P(N >= n), and P(M
  >= n) with M binomial of n + m trials and share 1/2, m the largest such count in the mirror (so that the choice of
  the largest is made on both sides).
* Lack, at .8 to 4.8 ms: the count n of the whole window. p = P(N <= n), and P(M <= n) with M binomial of n + m trials
  and share B / (A + B), m and A count and baseline of the mirror.

Tails are exact, not mid-p, so they err to the safe side. The larger of the two p counts: both nulls have to be
rejected. Corrected over all tested ordered pairs and both signs together by Benjamini & Hochberg (1995), which holds
for tests that depend on each other positively.

Doubles. Where more than ``DOUBLE`` = 10 % of one unit's spikes lie within .4 ms of the other's (less the baseline),
one neuron may have been sorted twice, or one spike seen on two electrodes: such pairs aren't tested, and are told.

What may go wrong. Spikes that overlap on one electrode are missed by sorting, which makes a lack about lag 0; the
windows start at .8 ms for that reason, but a slow sorter's shadow may reach farther. A unit split in two, in a burst
the first spikes here and the later ones there, looks like a connection. Fast common drive with a delay isn't told
from a synapse. Bursts make counts wider than Poisson.

A unit's sign, by Dale's principle. Each significant outgoing pair is evidence for its sign, and wrong with
probability `error` = .1 (ours): log-odds of inhibitory = (lacks - excesses) ln((1 - error) / error). Pairs are taken
as independent. A unit with both signs has a conflict, which is told.

References
----------
Stark & Abeles (2009) J. Neurosci. Methods 179:90 (hollow Gaussian); English et al. (2017) Neuron 96:505 (windows,
mirror); Benjamini & Hochberg (1995) J. R. Stat. Soc. B 57:289; Barthó et al. (2004) J. Neurophysiol. 92:600.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_float_array, as_number
from .._errors import InputError

if TYPE_CHECKING:
    import pandas as pd

BIN = 0.4e-3  # s
REACH = 50e-3  # s, of the correlograms that are tested
EXCESS = (0.8e-3, 2.8e-3)  # s
LACK = (0.8e-3, 4.8e-3)
SMOOTH, HOLLOW = 10e-3, 0.6
PAIRS_AT_ONCE = 2_000_000
ERROR = 0.1
BROAD = 2  # bins of an excess
PLACES = round((EXCESS[1] - EXCESS[0]) / BIN) - BROAD + 1
DOUBLE = 0.1
OUTLYING = 4.0  # Poisson standard deviations


def cross_correlogram(
    first: Any, second: Any, *, width: float = 1e-3, reach: float = 50e-3, segments: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Count the spikes of the second train at each lag after those of the first.

    Parameters
    ----------
    first, second : array_like, shape (spikes,), s
        Ascending.
    width : float, s
        Of a bin.
    reach : float, s
        Lags go from -reach to reach, rounded to whole bins.
    segments : array_like, shape (segments, 2), s, optional
        Half open, ascending. Default: all is one.

    Returns
    -------
    edges : array, shape (bins + 1,), s
    counts : array of int, shape (bins,)

    Raises
    ------
    InputError
        Times that don't ascend; a width that is not positive.

    Examples
    --------
    >>> edges, counts = cross_correlogram([0.0, 1.0], [0.0025, 1.0025], width=1e-3, reach=4e-3)
    >>> counts.tolist()
    [0, 0, 0, 0, 0, 0, 2, 0]
    """
    one, two = _train(first, "first"), _train(second, "second")
    bin_width = as_number(width, "width", low=0.0)
    if not 0.0 < bin_width < np.inf or not bin_width <= as_number(reach, "reach", low=0.0) < np.inf:
        raise InputError(
            "width", expected="0 < width <= reach, in s", got=f"{width!r}, reach {reach!r}", remedy="Try width=0.001."
        )
    half = round(reach / bin_width)
    parts = None if segments is None else as_float_array(segments, "segments").reshape(-1, 2)
    counts = _counted(one, _part(one, parts), two, _part(two, parts), bin_width, half)
    return np.arange(-half, half + 1) * bin_width, counts


def baseline(counts: np.ndarray, *, width: float = BIN, smooth: float = SMOOTH, hollow: float = HOLLOW) -> np.ndarray:
    """Return the slow part of a correlogram: smoothed with a hollow Gaussian, mirrored at the ends.

    Parameters
    ----------
    counts : array, shape (bins,)
    width : float, s
        Of a bin.
    smooth : float, s
        Standard deviation of the Gaussian.
    hollow : float
        By how much its central bin is lowered, from 0 to 1.

    Notes
    -----
    Bins that stand out by more than 4 Poisson standard deviations are replaced by the baseline, twice, before the last
    smoothing: else a sharp peak would lift the baseline about it, and make a lack on its other side.

    Examples
    --------
    >>> counts = np.full(251, 3.0)
    >>> counts[130] = 90
    >>> baseline(counts).round(3).tolist()[128:132]
    [3.0, 3.0, 3.0, 3.0]
    """
    n = len(counts)
    reach = min(int(np.ceil(3 * smooth / width)), n - 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * width / smooth) ** 2)
    kernel[reach] *= 1 - hollow
    kernel /= kernel.sum()

    def smoothed(values: np.ndarray) -> np.ndarray:
        return np.convolve(np.pad(values, reach, mode="symmetric"), kernel, mode="valid")

    table = counts.astype(np.float64)
    slow = smoothed(table)
    for _ in range(2):
        out = np.abs(table - slow) > OUTLYING * np.sqrt(np.maximum(slow, 1.0))
        slow = smoothed(np.where(out, slow, table))
    return slow


@dataclass(frozen=True, eq=False)
class Connections:
    """Tests of all ordered pairs, and what they say of each unit; arrays are read-only.

    Attributes
    ----------
    units : tuple of str
    p_excess, p_lack : array, shape (units, units)
        Of the pair (from, to), before correction; NaN on the diagonal and for units without spikes.
    q_excess, q_lack : array, shape (units, units)
        The same, corrected over all of them together.
    strength : array, shape (units, units)
        Counts less baseline in the excess window, a spike of the first unit: how many spikes each spike adds.
    coincident : array, shape (units, units)
        Share of the rarer unit's spikes within .4 ms of the other's, less the baseline.
    level : float
        Corrected p at which a pair is significant.
    error : float
        Probability that a significant pair has the wrong sign.
    """

    units: tuple[str, ...]
    p_excess: np.ndarray
    p_lack: np.ndarray
    q_excess: np.ndarray
    q_lack: np.ndarray
    strength: np.ndarray
    coincident: np.ndarray
    level: float
    error: float

    @property
    def excitatory(self) -> np.ndarray:
        """Which ordered pairs have a significant excess, shape (units, units), bool."""
        return self.q_excess <= self.level

    @property
    def inhibitory(self) -> np.ndarray:
        """Which ordered pairs have a significant lack, shape (units, units), bool."""
        return (self.q_lack <= self.level) & ~self.excitatory

    @property
    def log_odds(self) -> np.ndarray:
        """Evidence for each unit being inhibitory, nats, before any prior; NaN without a significant pair."""
        lacks, excesses = self.inhibitory.sum(axis=1), self.excitatory.sum(axis=1)
        evidence = (lacks - excesses) * np.log((1 - self.error) / self.error)
        return np.where(lacks + excesses > 0, evidence, np.nan)

    @property
    def conflict(self) -> np.ndarray:
        """Units with outgoing pairs of both signs, shape (units,), bool."""
        return np.asarray(self.inhibitory.any(axis=1) & self.excitatory.any(axis=1))

    @property
    def doubles(self) -> tuple[tuple[str, str], ...]:
        """Pairs with too many coincident spikes to be tested."""
        found = np.argwhere(np.triu(np.nan_to_num(self.coincident) > DOUBLE, 1))
        return tuple((self.units[a], self.units[b]) for a, b in found)

    @property
    def table(self) -> pd.DataFrame:
        """One row a significant pair: from, to, sign, p, corrected p, strength."""
        import pandas as pd

        rows = []
        for sign, found, p, q in (
            ("excitatory", self.excitatory, self.p_excess, self.q_excess),
            ("inhibitory", self.inhibitory, self.p_lack, self.q_lack),
        ):
            for a, b in np.argwhere(found):
                rows.append((self.units[a], self.units[b], sign, p[a, b], q[a, b], self.strength[a, b]))
        return pd.DataFrame(rows, columns=["from", "to", "sign", "p", "q", "strength"])

    def __repr__(self) -> str:
        tested = int(np.isfinite(self.p_excess).sum())
        doubles = f"; {len(self.doubles)} pairs not tested, as they share spikes" if self.doubles else ""
        return (
            f"Connections of {len(self.units)} units, {tested} ordered pairs tested: {int(self.excitatory.sum())} "
            f"excitatory, {int(self.inhibitory.sum())} inhibitory at a corrected p of {self.level:g}; "
            f"{int(self.conflict.sum())} units with both signs{doubles}"
        )


def monosynaptic(
    trains: Sequence[Any],
    *,
    segments: Any = None,
    units: Sequence[str] | None = None,
    level: float = 0.05,
    error: float = ERROR,
) -> Connections:
    """Test every ordered pair of units for a monosynaptic excess or lack of spikes.

    Parameters
    ----------
    trains : sequence of array_like, s
        Ascending spike times of each unit.
    segments : array_like, shape (segments, 2), s, optional
    units : sequence of str, optional
        Their names. Default: u0, u1, ...
    level : float
        Of significance, after correction over pairs and signs.
    error : float
        Probability that a significant pair has the wrong sign, > 0 and < .5.

    Returns
    -------
    Connections

    Raises
    ------
    InputError
        Fewer than two units, times that don't ascend.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> a, c = np.sort(rng.uniform(0, 200, 2000)), np.sort(rng.uniform(0, 200, 2000))
    >>> b = np.sort(np.concatenate([c, a[::10] + 0.0015]))  # a tenth of a's spikes is followed by one of b
    >>> monosynaptic([a, b]).table[["from", "to", "sign"]].values.tolist()
    [['u0', 'u1', 'excitatory']]
    """
    spikes = [_train(train, f"trains[{i}]") for i, train in enumerate(trains)]
    n = len(spikes)
    if n < 2:
        raise InputError(
            "trains",
            expected="at least two units",
            got=str(n),
            remedy="A connection has two ends; for a single unit use its waveform.",
        )
    names = tuple(f"u{i}" for i in range(n)) if units is None else tuple(map(str, units))
    if len(names) != n:
        raise InputError("units", expected=f"{n} names", got=str(len(names)), remedy="Name every unit once.")
    alpha = as_number(level, "level", low=0.0, high=1.0)
    wrong = as_number(error, "error", low=0.0, high=0.5)
    if not 0.0 < wrong < 0.5:
        raise InputError("error", expected="> 0 and < 0.5", got=repr(error), remedy="The default is 0.1.")
    parts = None if segments is None else as_float_array(segments, "segments").reshape(-1, 2)
    where = [_part(train, parts) for train in spikes]
    half = round(REACH / BIN)
    sizes = [int((part >= 0).sum()) for part in where]
    p_excess, p_lack, strength, coincident = (np.full((n, n), np.nan) for _ in range(4))
    for a in range(n):
        for b in range(a + 1, n):
            if not (sizes[a] and sizes[b]):
                continue
            counts = _counted(spikes[a], where[a], spikes[b], where[b], BIN, half)
            slow = baseline(counts)
            centre = slice(half - 1, half + 1)
            share = float(counts[centre].sum() - slow[centre].sum()) / min(sizes[a], sizes[b])
            coincident[a, b] = coincident[b, a] = share
            if share > DOUBLE:
                continue
            p_excess[a, b], p_lack[a, b], added = _pair(counts, slow)
            strength[a, b] = added / sizes[a]
            p_excess[b, a], p_lack[b, a], added = _pair(counts[::-1], slow[::-1])
            strength[b, a] = added / sizes[b]
    both = corrected(np.stack([p_excess, p_lack]))
    made = (p_excess, p_lack, both[0], both[1], strength, coincident)
    for array in made:
        array.setflags(write=False)
    return Connections(names, *made, alpha, wrong)


def corrected(p: np.ndarray) -> np.ndarray:
    """Return p-values corrected over all of them that are not NaN (Benjamini & Hochberg 1995), in the same shape.

    >>> corrected(np.array([0.01, 0.04, np.nan, 0.5])).round(3).tolist()
    [0.03, 0.06, nan, 0.5]
    """
    flat = p.ravel()
    known = np.flatnonzero(np.isfinite(flat))
    order = known[np.argsort(flat[known], kind="stable")]
    made = np.full(flat.shape, np.nan)
    if len(order):
        scaled = flat[order] * len(order) / np.arange(1, len(order) + 1)
        made[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return made.reshape(p.shape)


def _pair(counts: np.ndarray, slow: np.ndarray) -> tuple[float, float, float]:
    """Return (p of an excess, p of a lack, counts above the baseline in the excess window) at positive lags."""
    from scipy.stats import binom, poisson

    n, best, mirrored = 0, 1.0, 0
    for place in range(PLACES):
        low = EXCESS[0] + place * BIN
        count, expected, there, _ = _window(counts, slow, (low, low + BROAD * BIN))
        mirrored = max(mirrored, there)
        p = float(poisson.sf(count - 1, expected))
        if p < best:
            n, best = count, p
    p_excess = min(1.0, max(PLACES * best, float(binom.sf(n - 1, n + mirrored, 0.5))))
    few, expected, there, expected_there = _window(counts, slow, LACK)
    share = expected / max(expected + expected_there, 1e-300)
    p_lack = max(float(poisson.cdf(few, expected)), float(binom.cdf(few, few + there, share)))
    count, expected, _, _ = _window(counts, slow, EXCESS)
    return p_excess, p_lack, count - expected


def _window(counts: np.ndarray, slow: np.ndarray, window: tuple[float, float]) -> tuple[int, float, int, float]:
    """Return (count, baseline, count at the mirrored lags, baseline there)."""
    middle = len(counts) // 2
    low, high = (round(edge / BIN) for edge in window)
    right, left = slice(middle + low, middle + high), slice(middle - high, middle - low)
    return int(counts[right].sum()), float(slow[right].sum()), int(counts[left].sum()), float(slow[left].sum())


def _train(times: Any, where: str) -> np.ndarray:
    train = as_float_array(times, where)
    if train.ndim != 1 or not np.isfinite(train).all() or (np.diff(train) < 0).any():
        raise InputError(
            where, expected="ascending spike times in s", got="others", remedy="Sort them, without missing values."
        )
    return train


def _part(train: np.ndarray, segments: np.ndarray | None) -> np.ndarray:
    """Return the segment of each spike, -1 outside; ascending apart from those."""
    if segments is None:
        return np.zeros(len(train), dtype=np.int64)
    place = np.searchsorted(segments[:, 0], train, side="right") - 1
    inside = (place >= 0) & (train < segments[np.maximum(place, 0), 1])
    return np.where(inside, place, -1)


def _counted(
    one: np.ndarray, part_one: np.ndarray, two: np.ndarray, part_two: np.ndarray, width: float, half: int
) -> np.ndarray:
    one, part_one = one[part_one >= 0], part_one[part_one >= 0]
    two, part_two = two[part_two >= 0], part_two[part_two >= 0]
    counts = np.zeros(2 * half, dtype=np.int64)
    begin = np.searchsorted(two, one - (half + 1) * width, side="left")
    stop = np.searchsorted(two, one + (half + 1) * width, side="right")
    many = stop - begin
    ends = np.cumsum(many)
    first = 0
    while first < len(one):  # as many spikes of the first train as keep the pairs within memory
        before = ends[first - 1] if first else 0
        last = max(int(np.searchsorted(ends, before + PAIRS_AT_ONCE, side="right")), first + 1)
        rows = np.repeat(np.arange(first, last), many[first:last])
        offset = np.arange(len(rows)) - np.repeat(ends[first:last] - many[first:last] - before, many[first:last])
        partner = begin[rows] + offset
        lag = two[partner] - one[rows]
        place = np.floor(lag / width + 1e-6).astype(np.int64) + half  # times are decimals: 3 ms / 1 ms is 2.9999
        good = (part_one[rows] == part_two[partner]) & (place >= 0) & (place < 2 * half)
        counts += np.bincount(place[good], minlength=2 * half)
        first = last
    return counts
