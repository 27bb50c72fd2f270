"""Signed cumulative imbalance S(t): the running sum of f = E - I about a balance line.

Conventions. f = E - I per bin; S at a bin is the sum of f - b over the bins of its segment up to and including it
(known: the plain sum of f, so S has the unit of f; times the width it is an integral). b is the balance line [ours,
explicit]: 0, the mean or median of f, or of a baseline condition's f. S starts at 0 in every segment.

Reach: max |S| over a segment / (sd(f) sqrt(bins)), segments weighing by their bins. It has no scale: for f without
memory its mean is sqrt(pi/2) ln 2 = .8687 about the mean of one segment (Brownian bridge) and sqrt(pi/2) = 1.2533
about the true balance line (Brownian motion), for long segments. Since f is divided by its own deviation, E-I
correlation at zero lag cancels: reach is about persistence alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .._checks import as_number, choose
from .._errors import InputError
from ._series import as_pair, as_values, read_only

LINES = ("zero", "mean", "median")
BRIDGE = float(np.sqrt(np.pi / 2) * np.log(2))
MOTION = float(np.sqrt(np.pi / 2))


@dataclass(frozen=True, eq=False)
class Cumulative:
    """Signed cumulative imbalance.

    Attributes
    ----------
    s : ndarray, shape (bins,), unit of f
        Sum of f - line from the segment's start.
    line : float, unit of f
        The balance line.
    reach : float
        Largest |S| over sd(f) sqrt(bins); see the module.
    expected : float
        Mean reach of f without memory, .8687 about a mean of one segment, else 1.2533.
    drift : float, unit of f a second
        Final S over the time, all segments: mean of f - line over the width.
    baseline : str
    width : float, s
    reason : str
        Why there is no reach, or "".
    """

    s: np.ndarray
    line: float
    reach: float
    expected: float
    drift: float
    baseline: str
    width: float
    reason: str = ""

    @property
    def headline(self) -> float:
        """Reach."""
        return self.reach

    @property
    def residual(self) -> float:
        """Reach less that of f without memory: what persistence adds (zero-lag correlation cancels in both)."""
        return self.reach - self.expected

    def __repr__(self) -> str:
        if self.reason:
            return f"no reach of S(t): {self.reason}"
        return (
            f"S(t) over {len(self.s)} bins of {self.width:g} s reaches {self.reach:.4f} sd(f) sqrt(bins) "
            f"(without memory {self.expected:.4f}) about {self.line:.6g} ({self.baseline})"
        )


def cumulative(
    excitatory: Any,
    inhibitory: Any,
    *,
    lengths: Any = None,
    width: float = 1.0,
    baseline: str | float = "mean",
    reference: Any = None,
) -> Cumulative:
    """Return the signed cumulative imbalance ``S(t) = sum_{t' <= t} (f(t') - b)`` with f = E - I.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (bins,)
        Activity in time order.
    lengths : array_like of int, shape (segments,), bins
        Default: one segment.
    width : float, s
        Of a bin.
    baseline : {"mean", "median", "zero"} or float
        The balance line b.
    reference : array_like, shape (bins of a baseline condition,), optional
        Its f; the mean or median is then taken of it.

    Returns
    -------
    Cumulative

    Raises
    ------
    InputError
        Shapes, lengths or a baseline that don't fit.

    Examples
    --------
    >>> cumulative([3, 1, 0, 0], [0, 1, 1, 2], baseline="zero").s.tolist()
    [3.0, 3.0, 2.0, 0.0]

    References
    ----------
    Mean largest |Brownian bridge|: Marsaglia, Tsang & Wang (2003) J Stat Softw 8(18) (Kolmogorov's distribution).
    """
    e, i, edges = as_pair(excitatory, inhibitory, lengths)
    width = as_number(width, "width", low=np.finfo(float).tiny)
    f = e - i
    if len(f) < 2:
        return Cumulative(np.zeros(len(f)), np.nan, np.nan, np.nan, np.nan, str(baseline), width, "fewer than two bins")
    line, name = balance_line(f, baseline, reference)
    s = cumulative_sum(f - line, edges)
    lengths_ = np.diff(edges)
    sd = float(f.std())
    bridge = name == "mean" and np.count_nonzero(lengths_) == 1
    reach, reason = np.nan, "f doesn't vary"
    if sd > 0:
        tops = [np.abs(s[a:b]).max() / np.sqrt(b - a) for a, b in pairwise(edges.tolist()) if b > a]
        reach, reason = float(np.average(tops, weights=lengths_[lengths_ > 0]) / sd), ""
    read_only(s)
    drift = float((f - line).mean() / width)
    return Cumulative(s, line, reach, BRIDGE if bridge else MOTION, drift, name, width, reason)


# -- the array layer -----------------------------------------------------------------------------------------------


def balance_line(f: np.ndarray, baseline: Any, reference: Any = None) -> tuple[float, str]:
    """Return the balance line and its name.

    >>> balance_line(np.array([1.0, 2.0, 6.0]), "median")
    (2.0, 'median')
    """
    if isinstance(baseline, str):
        choose(baseline, LINES, "baseline")
        if baseline == "zero":
            return 0.0, "zero"
        source = f if reference is None else as_values(reference, "reference")
        if not len(source):
            raise InputError("reference", expected="at least one bin", got="none", remedy="Give f of the baseline.")
        value = float(source.mean() if baseline == "mean" else np.median(source))
        return value, baseline if reference is None else f"{baseline} of the reference"
    return as_number(baseline, "baseline", low=-np.inf), "given"


def cumulative_sum(off: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the cumulative sum that starts anew at every edge."""
    return np.concatenate([np.cumsum(off[a:b]) for a, b in pairwise(edges.tolist())])


def moving_average(values: np.ndarray, edges: np.ndarray, half: int) -> np.ndarray:
    """Return the mean over 2 half + 1 bins about each bin, over fewer at edges of segments."""
    parts = []
    for a, b in pairwise(edges.tolist()):
        upto = np.concatenate([[0.0], np.cumsum(values[a:b])])
        place = np.arange(b - a)
        low, high = np.maximum(place - half, 0), np.minimum(place + half + 1, b - a)
        parts.append((upto[high] - upto[low]) / np.maximum(high - low, 1))
    return np.concatenate(parts)
