"""Excursions of f = E - I from the balance line: onset, depth, end, time of return.

Conventions [ours]. f - b is averaged over a centred window (shorter at edges of segments). An excursion begins where
this leaves the threshold and ends where it comes back inside a release level, a share of the threshold. The threshold
is a number of deviations of the averaged f about the line (1.4826 times the median absolute deviation), or the
quantile of the largest averaged |f - b| among surrogates (family-wise: all bins at once). Averaging blurs a step over
one window, so onset and end are then placed where two levels fit the unaveraged f best (least squares) within a window
on either side. An excursion that touches the edge of its segment is open there.

A number of deviations says how often nothing exceeds it only for Gaussian f. Gain shared by E and I gives f heavy
tails: in simulated runs of 300 s, 5 deviations gave 3 false excursions in 100 runs without private fluctuations of gain
and 25 in 100 with them (benchmarks/symmetry_nulls.py). For a stated rate of false alarms give surrogates.

Line and deviation are those of a baseline condition where there is one; else of f in quiet: outside the excursions,
which are found, left out and found again until they stay (at most 5 times). Otherwise a long excursion would pull even
the median towards itself.

`end` is when f is back on the line. `returned` is when S, the sum of f - b, is back at its level at the onset, so that
the excess has been paid back: after a seizure this can take hundreds of seconds, or not happen (NaN). It hangs on the
line: an error of the line adds up bin by bin.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .._checks import as_number
from .._errors import InputError
from ._series import as_lengths, as_values, read_only
from .cumulative import balance_line, moving_average

MAD = 1.482602218505602  # deviation of a Gaussian over its median absolute deviation
PASSES = 5


@dataclass(frozen=True, eq=False)
class Excursions:
    """Excursions of f from its balance line, in order of time; arrays have shape (excursions,).

    Attributes
    ----------
    onset, end : ndarray, s
        First and last moment off the line (the start of the first bin, the stop of the last one).
    peak : ndarray, s
        Middle of the window in which f lies farthest off.
    depth : ndarray, unit of f
        Averaged f - line there; its sign says who is in excess (above 0 excitation).
    area : ndarray, unit of f times s
        Sum of f - line from onset to end, times the width.
    returned : ndarray, s
        When S is back at its level at the onset; NaN if not before the segment ends.
    opened, closed : ndarray of bool
        Whether it begins, and ends, inside its segment; where not, the onset or end is the segment's edge.
    line, threshold : float, unit of f
    noise : float, unit of f
        Deviation of the averaged f about the line in quiet; NaN where surrogates set the threshold.
    window, width : float, s
    """

    onset: np.ndarray
    end: np.ndarray
    peak: np.ndarray
    depth: np.ndarray
    area: np.ndarray
    returned: np.ndarray
    opened: np.ndarray
    closed: np.ndarray
    line: float
    threshold: float
    noise: float
    window: float
    width: float

    def __len__(self) -> int:
        return len(self.onset)

    @property
    def duration(self) -> np.ndarray:
        """End less onset, s."""
        return self.end - self.onset

    @property
    def headline(self) -> float:
        """Time off the balance line, all excursions together, s."""
        return float(self.duration.sum())

    def __repr__(self) -> str:
        lines = [f"{len(self)} excursions beyond {self.threshold:.4g} about {self.line:.4g}, window {self.window:g} s"]
        for k in range(min(len(self), 8)):
            back = f"{self.returned[k]:.3f} s" if np.isfinite(self.returned[k]) else "not seen"
            end = f"{self.end[k]:.3f} s" + ("" if self.closed[k] else " (still off)")
            lines.append(f"  {self.onset[k]:.3f} to {end}, depth {self.depth[k]:+.4g}, S back: {back}")
        return "\n".join(lines)


def excursions(
    f: Any,
    *,
    width: float,
    lengths: Any = None,
    starts: Any = None,
    baseline: str | float = "median",
    reference: Any = None,
    threshold: float = 5.0,
    surrogates: Any = None,
    alpha: float = 0.05,
    window: float = 1.0,
    release: float = 0.5,
    gap: float = 1.0,
) -> Excursions:
    """Return where f leaves its balance line, and when it comes back.

    Parameters
    ----------
    f : array_like, shape (bins,)
        E - I in time order.
    width : float, s
        Of a bin.
    lengths : array_like of int, shape (segments,), bins
        Default: one segment.
    starts : array_like, shape (segments,), s
        When each segment starts. Default: one after the other from 0.
    baseline : {"median", "mean", "zero"} or float
        The balance line. Where excursions take up half of the time or more, give a `reference`.
    reference : array_like, shape (bins of a baseline condition,), optional
        Its f, of which line and noise are taken then.
    threshold : float, > 0
        In deviations of the averaged f in quiet.
    surrogates : array_like, shape (draws, bins), optional
        Surrogate f; then the threshold is the 1 - alpha quantile of their largest averaged |f - line|.
    alpha : float
        Chance that a surrogate has any excursion.
    window : float, s
        Of the average. An excursion much shorter than it is lost.
    release : float, 0 to 1
        Share of the threshold inside which the excursion is over.
    gap : float, s
        Excursions to the same side that are nearer than this are one.

    Returns
    -------
    Excursions

    Raises
    ------
    InputError
        Shapes or settings that don't fit; f that is constant most of the time where it sets the threshold.

    Examples
    --------
    >>> f = np.random.default_rng(0).normal(size=2000)
    >>> f[800:1200] += 4.0
    >>> found = excursions(f, width=0.05)
    >>> found.onset.tolist(), found.end.tolist()
    ([40.0], [60.0])
    """
    f = as_values(f, "f")
    edges = as_lengths(lengths, len(f))
    width = as_number(width, "width", low=np.finfo(float).tiny)
    half = round(as_number(window, "window", low=0.0) / width) // 2
    release = as_number(release, "release", low=0.0, high=1.0)
    threshold = as_number(threshold, "threshold", low=np.finfo(float).tiny)
    gap, alpha = as_number(gap, "gap", low=0.0), as_number(alpha, "alpha", low=0.0, high=1.0)
    origin = _as_starts(starts, edges, width)
    draws = None if surrogates is None else _as_draws(surrogates, len(f))
    apart = None if reference is None else as_values(reference, "reference")
    quiet, runs = np.ones(len(f), dtype=bool), None
    line = noise = limit = np.nan
    off = level = f
    for _ in range(PASSES):
        line, _ = balance_line(f[quiet], baseline, apart)
        off = f - line
        level = moving_average(off, edges, half)
        if draws is None:
            calm = level[quiet] if apart is None else moving_average(apart - line, np.array([0, len(apart)]), half)
            noise = MAD * float(np.median(np.abs(calm)))
            limit = _positive(threshold * noise)
        else:
            tops = [np.abs(moving_average(x - line, edges, half)).max() for x in draws]
            limit = float(np.quantile(tops, 1.0 - alpha, method="higher"))
        before, runs = runs, _runs(off, level, edges, limit, release * limit, half, gap / width)
        quiet = np.ones(len(f), dtype=bool)
        for a, b, _ in runs:
            quiet[max(a - half, 0) : b + half] = False
        if runs == before or not quiet.any():
            break
    rows = [_row(off, level, a, b, edges[k : k + 2], origin[k], width) for a, b, k in runs or []]
    table = np.array(rows).reshape(-1, 8)
    onset, end, peak, depth, area, returned = (np.ascontiguousarray(table[:, k]) for k in range(6))
    opened, closed = table[:, 6].astype(bool), table[:, 7].astype(bool)
    read_only(onset, end, peak, depth, area, returned, opened, closed)
    return Excursions(
        onset, end, peak, depth, area, returned, opened, closed, line, limit, noise, (2 * half + 1) * width, width
    )


# -- the array layer -----------------------------------------------------------------------------------------------


def change_point(values: np.ndarray) -> int:
    """Return the first bin of the second of two levels that fit best by least squares; at least one bin a level.

    >>> change_point(np.array([0.0, 0.1, 0.0, 2.0, 2.1]))
    3
    """
    n = len(values)
    first = np.arange(1, n)
    upto = np.cumsum(values)[:-1]
    total = values.sum()
    gain = upto**2 / first + (total - upto) ** 2 / (n - first)
    return int(np.argmax(gain)) + 1


def _positive(limit: float) -> float:
    if not limit > 0:
        raise InputError(
            "f",
            expected="values that vary in quiet, to set the threshold",
            got="the same value most of the time",
            remedy="Use wider bins or a longer window, a reference that varies, or give surrogates.",
        )
    return limit


def _as_draws(surrogates: Any, bins: int) -> list[np.ndarray]:
    draws = [as_values(draw, f"surrogates, draw {k}") for k, draw in enumerate(surrogates)]
    if not draws:
        raise InputError("surrogates", expected="at least one draw", got="none", remedy="Leave it out, or make some.")
    for k, draw in enumerate(draws):
        if len(draw) != bins:
            raise InputError(
                f"surrogates, draw {k}",
                expected=f"{bins} bins, as `f`",
                got=f"{len(draw)}",
                remedy="Make surrogates of the recording that f comes from, at the same width.",
            )
    return draws


def _runs(
    off: np.ndarray, level: np.ndarray, edges: np.ndarray, limit: float, release: float, half: int, gap: float
) -> list[tuple[int, int, int]]:
    """Return (first bin, one past the last, segment) of every excursion."""
    found = []
    for k, (a, b) in enumerate(pairwise(edges.tolist())):
        if b > a:
            inside = _of_segment(off[a:b], level[a:b], limit, release, half, gap)
            found += [(begin + a, stop + a, k) for begin, stop in inside]
    return found


def _as_starts(starts: Any, edges: np.ndarray, width: float) -> np.ndarray:
    if starts is None:
        return edges[:-1] * width
    given = as_values(starts, "starts")
    if len(given) != len(edges) - 1:
        raise InputError(
            "starts",
            expected=f"{len(edges) - 1} times in s, one a segment",
            got=f"{len(given)}",
            remedy="Give when each segment's first bin begins.",
        )
    return given


def _of_segment(
    off: np.ndarray, level: np.ndarray, limit: float, release: float, half: int, gap: float
) -> list[tuple[int, int]]:
    """Return [first bin, one past the last) of each excursion of one segment; edges of the segment mean open."""
    coarse: list[tuple[int, int, int]] = []
    for sign in (1, -1):
        inside = sign * level > release
        marks = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
        runs = [(a, b) for a, b in marks.reshape(-1, 2).tolist() if (sign * level[a:b]).max() > limit]
        merged: list[list[int]] = []
        for a, b in runs:
            if merged and a - merged[-1][1] < gap:
                merged[-1][1] = b
            else:
                merged.append([a, b])
        coarse += [(a, b, sign) for a, b in merged]
    found = []
    span = 2 * half + 1
    for a, b, sign in sorted(coarse):
        # least-squares step about either crossing; not beyond the excursion's middle, nor the segment
        middle = a + int(np.argmax(sign * level[a:b]))
        begin, stop = a, b
        if a > 0:
            low, high = max(a - span, 0), max(min(a + span, middle + 1), a + 2)
            begin = low + change_point(off[low : min(high, len(off))]) if min(high, len(off)) - low > 1 else a
        if b < len(off):
            low, high = max(b - span, middle, begin + 1), min(b + span, len(off))
            stop = low + change_point(off[low:high]) if high - low > 1 else b
        found.append((begin, max(stop, begin + 1)))
    return found


def _row(
    off: np.ndarray, level: np.ndarray, a: int, b: int, segment: np.ndarray, start: float, width: float
) -> tuple[float, ...]:
    """Return one excursion's numbers in the order of the table; its segment starts at `start` s."""
    begin, stop = segment.tolist()
    top = a + int(np.argmax(np.abs(level[a:b])))
    area = float(off[a:b].sum())
    after = area + np.cumsum(off[b:stop])
    back = np.flatnonzero(after <= 0 if area > 0 else after >= 0)
    returned = start + (b - begin + back[0] + 1) * width if back.size else np.nan
    return (
        start + (a - begin) * width,
        start + (b - begin) * width,
        start + (top - begin + 0.5) * width,
        float(level[top]),
        area * width,
        returned,
        float(a > begin),
        float(b < stop),
    )
