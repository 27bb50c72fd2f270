"""Estimated synaptic current C(t): what a cell that hears all spikes of the population would receive.

    C(t) = sum over excitatory spikes t' <= t of exp(-(t - t')/tau_E) - the same of inhibitory spikes with tau_I

Conventions. tau_E 3 ms, tau_I 8 ms unless given [ours, recorded]. A spike at t itself counts, with weight 1; every
spike has unit weight (C is dimensionless; multiply by a conductance or charge to give it a unit). Evaluated on the grid
start + k step, k = 0, 1, ..., below each segment's stop; the past before a segment is unknown and counts as silent, so
moments leave out the first `settle` time constants (the longer one) of each segment. The exponential is summed by its
exact recursion, x(t + h) = x(t) exp(-h/tau) + spikes since, each decayed to t + h: no kernel is cut off.

Shot noise (Campbell's theorem; Poisson spikes at population rates R, spikes a second): mean R_E tau_E - R_I tau_I,
variance (R_E tau_E + R_I tau_I)/2, autocorrelation of each part exp(-|lag|/tau).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number
from .._errors import InputError
from ._series import read_only

TAU_E, TAU_I = 0.003, 0.008


@dataclass(frozen=True, eq=False)
class SynapticCurrent:
    """Estimated synaptic current on a grid of time.

    Attributes
    ----------
    times : ndarray, shape (times,), s
    excitatory, inhibitory : ndarray, shape (times,)
        Both parts, each above 0.
    lengths : ndarray of int, shape (segments,)
        Grid points of each segment.
    settled : ndarray of bool, shape (times,)
        Where the unknown past has faded; moments are taken there.
    mean, variance : float
        Of C.
    correlation : float
        Of both parts at the same time.
    shot_mean, shot_variance : float
        Of C if spikes were independent, at the rates seen.
    rate_e, rate_i : float, spikes a second
        Of the population.
    tau_e, tau_i, step : float, s
    reason : str
        Why there are no moments, or "".
    """

    times: np.ndarray
    excitatory: np.ndarray
    inhibitory: np.ndarray
    lengths: np.ndarray
    settled: np.ndarray
    mean: float
    variance: float
    correlation: float
    shot_mean: float
    shot_variance: float
    rate_e: float
    rate_i: float
    tau_e: float
    tau_i: float
    step: float
    reason: str = ""

    @property
    def current(self) -> np.ndarray:
        """C, shape (times,)."""
        return self.excitatory - self.inhibitory

    @property
    def headline(self) -> float:
        """Mean over standard deviation of C: how far from balance the drive is, in units of its fluctuation."""
        return self.mean / float(np.sqrt(self.variance)) if self.variance > 0 else np.nan

    @property
    def residual(self) -> float:
        """Variance of C over that of shot noise, less 1: below 0 where inhibition cancels excitation.

        Above 0 where the spikes of an ensemble come together.
        """
        return self.variance / self.shot_variance - 1.0 if self.shot_variance > 0 else np.nan

    def __repr__(self) -> str:
        if self.reason:
            return f"no moments of C(t): {self.reason}"
        return (
            f"C(t): mean {self.mean:.4g} (shot noise {self.shot_mean:.4g}), variance {self.variance:.4g} "
            f"(shot noise {self.shot_variance:.4g}), correlation of its parts {self.correlation:.4f}; "
            f"tau {1e3 * self.tau_e:g} and {1e3 * self.tau_i:g} ms, every {1e3 * self.step:g} ms"
        )


def synaptic_current(
    excitatory: Any,
    inhibitory: Any,
    *,
    segments: Any,
    step: float = 0.001,
    tau_e: float = TAU_E,
    tau_i: float = TAU_I,
    settle: float = 5.0,
) -> SynapticCurrent:
    """Return C(t) on a grid, exactly.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (spikes,), s
        Spike times of all units of a class together, in any order; those outside all segments don't count.
    segments : array_like, shape (segments, 2), s
        Half open, ascending, apart.
    step : float, s
        Of the grid.
    tau_e, tau_i : float, s
        Time constants.
    settle : float
        How many of the longer time constant moments wait after each start.

    Returns
    -------
    SynapticCurrent

    Raises
    ------
    InputError
        No finite times, segments that overlap, time constants not above 0.

    Examples
    --------
    >>> found = synaptic_current([0.0, 0.003], [], segments=[[0.0, 0.01]], step=0.003)
    >>> found.current.round(4).tolist()  # 1, then 1 + 1/e, then decaying
    [1.0, 1.3679, 0.5032, 0.1851]

    References
    ----------
    Campbell's theorem: Papoulis (1991) Probability, Random Variables, and Stochastic Processes, section 10-2.
    """
    taus = [as_number(tau, name, low=np.finfo(float).tiny) for tau, name in ((tau_e, "tau_e"), (tau_i, "tau_i"))]
    step = as_number(step, "step", low=np.finfo(float).tiny)
    settle = as_number(settle, "settle", low=0.0)
    spans = _as_segments(segments)
    trains = [_as_times(t, name) for t, name in ((excitatory, "excitatory"), (inhibitory, "inhibitory"))]
    # grid points start + k step below stop; 1e-9 of a step is rounding
    sizes = np.maximum(np.ceil((spans[:, 1] - spans[:, 0]) / step - 1e-9), 0).astype(np.int64)
    times = np.concatenate([b + step * np.arange(n) for b, n in zip(spans[:, 0], sizes, strict=True)])
    settled = np.concatenate([step * np.arange(n) >= settle * max(taus) for n in sizes])
    e, i = (
        np.concatenate([_decaying(train, b, s, n, step, tau) for (b, s), n in zip(spans, sizes, strict=True)])
        for train, tau in zip(trains, taus, strict=True)
    )
    seconds = float((spans[:, 1] - spans[:, 0]).sum())
    rates = [sum(np.searchsorted(t, s) - np.searchsorted(t, b) for b, s in spans.tolist()) / seconds for t in trains]
    mean = variance = correlation = np.nan
    reason = "" if settled.sum() > 1 else "no segment is longer than the time to settle"
    if not reason:
        part_e, part_i = e[settled], i[settled]
        c = part_e - part_i
        mean, variance = float(c.mean()), float(c.var())
        spread = float(part_e.std() * part_i.std())
        if spread > 0:
            correlation = float(((part_e - part_e.mean()) * (part_i - part_i.mean())).mean()) / spread
    read_only(times, e, i, sizes, settled)
    return SynapticCurrent(
        times=times,
        excitatory=e,
        inhibitory=i,
        lengths=sizes,
        settled=settled,
        mean=mean,
        variance=variance,
        correlation=correlation,
        shot_mean=float(rates[0] * taus[0] - rates[1] * taus[1]),
        shot_variance=float(rates[0] * taus[0] + rates[1] * taus[1]) / 2.0,
        rate_e=float(rates[0]),
        rate_i=float(rates[1]),
        tau_e=taus[0],
        tau_i=taus[1],
        step=step,
        reason=reason,
    )


def _decaying(train: np.ndarray, begin: float, stop: float, size: int, step: float, tau: float) -> np.ndarray:
    """Return the sum of exp(-(t - t')/tau) over spikes begin <= t' <= t on the grid of one segment."""
    from scipy.signal import lfilter

    local = train[np.searchsorted(train, begin) : np.searchsorted(train, stop)] - begin
    # the first grid point not before the spike; a spike on a grid point (but for rounding) counts there
    place = np.maximum(np.ceil(local / step - 1e-9).astype(np.int64), 0)
    kept = place < size
    place, local = place[kept], local[kept]
    arrived = np.bincount(place, weights=np.exp(-np.maximum(place * step - local, 0.0) / tau), minlength=size)
    if not size:
        return arrived
    return np.asarray(lfilter([1.0], [1.0, -np.exp(-step / tau)], arrived))


def _as_times(times: Any, where: str) -> np.ndarray:
    array = np.asarray(times, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise InputError(
            where,
            expected="finite spike times in s, shape (spikes,)",
            got=f"shape {array.shape}" if array.ndim != 1 else "NaN or infinite times",
            remedy="Join the spike times of all units of the class into one flat array.",
        )
    return np.sort(array)


def _as_segments(segments: Any) -> np.ndarray:
    spans = np.asarray(segments, dtype=np.float64)
    fits = spans.ndim == 2 and spans.shape[1:] == (2,) and len(spans) > 0 and np.isfinite(spans).all()
    if not fits or (spans[:, 1] <= spans[:, 0]).any() or (spans[1:, 0] < spans[:-1, 1]).any():
        raise InputError(
            "segments",
            expected="ascending stretches of time that don't overlap, shape (segments, 2), s",
            got=repr(np.asarray(segments).tolist())[:80],
            remedy="For example segments=[[0.0, 60.0]].",
        )
    return spans
