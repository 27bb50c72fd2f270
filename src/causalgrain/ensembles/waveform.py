"""Shape of mean spike waveforms: trough to peak and half-width, in ms.

Conventions. A waveform is extracellular, its sodium current downwards: the trough is the lowest sample, the peak the
highest sample after it. Of several channels the one that swings most (largest maximum - minimum) is measured. Values
between samples come from a cubic spline, ten a sample. The baseline is 0: an offset changes the half-width, not the
trough to peak.

* trough to peak: time of the peak - time of the trough.
* half-width: how long the voltage stays below half of the trough.
* inverted: the highest value lies farther from 0 than the lowest. That is a spike seen from its return current or an
  axon, or a sign kept the other way round; its trough means nothing, so nothing is measured.
* cut: the highest value after the trough is the waveform's last. Then the trough to peak is *at least* what is told;
  bounds below ``ENOUGH`` say too little and become NaN, for a narrow and a wide spike look alike up to there.

Units that can't be measured have NaN and a reason.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, choose
from .._errors import CausalGrainWarning, InputError

FINER = 10  # points of the spline a sample
ENOUGH = 0.6  # ms; a bound as long as this says that the spike is wide
FEWEST = 8  # samples of a waveform
RATES = (2e3, 1e6)  # Hz, of extracellular waveforms
POLARITIES = ("negative", "positive")


@dataclass(frozen=True, eq=False)
class WaveformFeatures:
    """What mean waveforms look like; arrays have one entry a unit and are read-only.

    Attributes
    ----------
    trough_to_peak, half_width : array, shape (units,), ms
        NaN where they can't be measured.
    channel : array of int, shape (units,)
        The channel measured.
    inverted, cut : array of bool, shape (units,)
    reason : tuple of str
        Why nothing was measured, or "".
    """

    trough_to_peak: np.ndarray
    half_width: np.ndarray
    channel: np.ndarray
    inverted: np.ndarray
    cut: np.ndarray
    reason: tuple[str, ...]

    def __repr__(self) -> str:
        known = np.isfinite(self.trough_to_peak)
        middle = f", median trough to peak {np.median(self.trough_to_peak[known]):.3f} ms" if known.any() else ""
        return (
            f"WaveformFeatures of {len(known)} units: {int(known.sum())} measured{middle}, "
            f"{int(self.inverted.sum())} inverted, {int(self.cut.sum())} cut"
        )


def waveform_features(waveforms: Any, *, rate: Any, polarity: str = "negative") -> WaveformFeatures:
    """Measure mean waveforms.

    Parameters
    ----------
    waveforms : array_like, shape (units, samples) or (units, channels, samples)
        Any unit of voltage.
    rate : float, or array_like of shape (units,), Hz
        Samples a second of the waveforms.
    polarity : {"negative", "positive"}
        Which way spikes point. "positive" turns all of them round.

    Returns
    -------
    WaveformFeatures

    Raises
    ------
    InputError
        Another shape, fewer than 8 samples, a rate that isn't one of waveforms.

    Warns
    -----
    CausalGrainWarning
        Most waveforms are inverted.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(-1.0, 1.5, 0.05)  # ms: a trough at 0, a peak at 0.4
    >>> spike = -np.exp(-((time / 0.1) ** 2)) + 0.4 * np.exp(-(((time - 0.4) / 0.2) ** 2))
    >>> waveform_features([spike], rate=20_000).trough_to_peak.round(1).tolist()
    [0.4]
    """
    table = as_float_array(waveforms, "waveforms")
    if table.ndim == 2:
        table = table[:, None, :]
    if table.ndim != 3 or not table.shape[1] or table.shape[2] < FEWEST:
        raise InputError(
            "waveforms",
            expected=f"shape (units, samples) or (units, channels, samples), at least {FEWEST} samples",
            got=f"shape {np.shape(waveforms)}",
            remedy="Give one mean waveform a unit; for a single unit waveforms[None].",
        )
    hertz = _rates(rate, len(table))
    if choose(polarity, POLARITIES, "polarity") == "positive":
        table = -table
    whole = np.asarray(np.isfinite(table).all(axis=(1, 2)))
    table = np.where(whole[:, None, None], table, 0.0)
    channel = np.ptp(table, axis=2).argmax(axis=1) if len(table) else np.zeros(0, dtype=np.int64)
    wave = table[np.arange(len(table)), channel]
    flat = np.asarray(np.ptp(wave, axis=1) <= 1e-9 * np.maximum(np.abs(wave).max(axis=1, initial=0.0), 1e-300))
    inverted = np.asarray(whole & ~flat & (wave.max(axis=1, initial=0.0) > -wave.min(axis=1, initial=0.0)))
    usable = np.asarray(whole & ~flat & ~inverted)
    length, width, cut = np.full(len(wave), np.nan), np.full(len(wave), np.nan), np.zeros(len(wave), dtype=bool)
    if usable.any():
        length[usable], width[usable], cut[usable] = _measure(wave[usable], hertz[usable])
    short = np.asarray(usable & cut & (length < ENOUGH))
    bounds = length.copy()
    length[short] = np.nan
    reason = tuple(
        "the waveform has missing values"
        if not whole[i]
        else "the waveform is constant"
        if flat[i]
        else "the spike is inverted (its largest deflection is positive)"
        if inverted[i]
        else f"the waveform ends {bounds[i]:.2f} ms after its trough, before its peak"
        if short[i]
        else ""
        for i in range(len(wave))
    )
    many = int(inverted.sum())
    if many > 0.5 * max(int((whole & ~flat).sum()), 1):
        warnings.warn(
            f"{many} of {len(wave)} waveforms have their largest deflection upwards, and were not measured. If the "
            f"recording keeps the sign the other way round, say polarity='{_other(polarity)}'.",
            CausalGrainWarning,
            stacklevel=2,
        )
    for array in (length, width, channel, inverted, cut):
        array.setflags(write=False)
    return WaveformFeatures(length, width, channel, inverted, cut, reason)


def _other(polarity: str) -> str:
    return POLARITIES[1 - POLARITIES.index(polarity)]


def _rates(rate: Any, n: int) -> np.ndarray:
    hertz = as_float_array(rate, "rate")
    if hertz.ndim > 1 or (hertz.ndim == 1 and len(hertz) != n):
        raise InputError(
            "rate",
            expected=f"one number, or {n}",
            got=f"shape {hertz.shape}",
            remedy="Give Hz, for example rate=30000.",
        )
    hertz = np.broadcast_to(hertz, (n,))
    if not ((hertz >= RATES[0]) & (hertz <= RATES[1])).all():
        raise InputError(
            "rate",
            expected=f"Hz at which the waveforms were sampled, from {RATES[0]:g} to {RATES[1]:g}",
            got=repr(float(hertz[~((hertz >= RATES[0]) & (hertz <= RATES[1]))][0])),
            remedy="For 30 kHz give rate=30000.",
        )
    return hertz


def _measure(wave: np.ndarray, hertz: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (trough to peak in ms, half-width in ms, cut) of waveforms that have a trough, shape (units, samples)."""
    from scipy.interpolate import CubicSpline

    last = wave.shape[1] - 1
    fine = np.linspace(0.0, last, last * FINER + 1)
    volts = CubicSpline(np.arange(last + 1), wave, axis=1)(fine)
    place = np.arange(volts.shape[1])
    trough = volts.argmin(axis=1)
    peak = np.where(place >= trough[:, None], volts, -np.inf).argmax(axis=1)
    depth = np.take_along_axis(volts, trough[:, None], axis=1)[:, 0]
    below = volts < 0.5 * depth[:, None]
    before = np.where(~below & (place < trough[:, None]), place, -1).max(axis=1)
    after = np.where(~below & (place > trough[:, None]), place, volts.shape[1]).min(axis=1)
    whole = (before >= 0) & (after < volts.shape[1])
    rows = np.flatnonzero(whole)
    width = np.full(len(wave), np.nan)
    left, right = before[rows], after[rows]
    half = 0.5 * depth[rows]
    start = left + _crossing(volts[rows, left], volts[rows, left + 1], half)
    stop = right - 1 + _crossing(volts[rows, right - 1], volts[rows, right], half)
    width[rows] = stop - start
    step = 1e3 / hertz / FINER  # ms
    return (peak - trough) * step, width * step, peak >= volts.shape[1] - 1


def _crossing(first: np.ndarray, second: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return where between two neighbouring points the level is crossed, from 0 to 1."""
    return (level - first) / (second - first)
