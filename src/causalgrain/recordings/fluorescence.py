"""From raw fluorescence to dF/F: the neuropil's share taken off, then change relative to a baseline.

Conventions: F is raw fluorescence, in any unit of measure but with its true zero. A running baseline looks at a
window centred on each sample, an odd number of samples; beyond a segment's edges the segment is mirrored
(c b a | a b c), so that nothing from another segment comes in. A segment shorter than the window has one baseline.
Ignored: bleaching within a segment unless a window is given; motion; saturation.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .._errors import CausalGrainWarning, InputError
from .recording import Recording
from .steps import as_traces, change_units, derived, named_method, packed, packed_segments, stretches, units_named
from .steps import where_in as place_of
from .validation import positive

MOST_PLAUSIBLE = 100.0  # dF/F; beyond, the baseline is as good as 0
SAME_TIME = 0.5  # samples by which the segments of F and its neuropil may differ


def subtract_neuropil(recording: Recording, neuropil: Recording, *, factor: Any = 0.7) -> Recording:
    """Return F - factor * Fneu, the fluorescence without the neuropil's share.

    Parameters
    ----------
    recording : Recording
        F, traces.
    neuropil : Recording
        Fneu: the same units in the same order, the same rate and segments.
    factor : float or array_like, shape (unit,)
        Share of the neuropil in each unit's F, >= 0. 0.7 is suite2p's default.

    Returns
    -------
    Recording
        In memory; a file is read in stretches.

    Raises
    ------
    InputError
        Different units, rates or segments; a factor that is no number >= 0.

    Examples
    --------
    >>> cells = Recording([[10.0], [12.0]], 30.0, ["A"])
    >>> subtract_neuropil(cells, Recording([[5.0], [10.0]], 30.0, ["A"]), factor=0.5).values.ravel().tolist()
    [7.5, 7.0]
    """
    recording = as_traces(recording, "subtract_neuropil")
    neuropil = as_traces(neuropil, "subtract_neuropil", "neuropil")
    share = _factor(factor, recording.n_units)
    _check_pair(recording, neuropil)
    table = packed(recording)
    places = packed_segments(recording)[:, 0].tolist()
    for (begin, stop), place in zip(neuropil.segments.tolist(), places, strict=True):
        for first, block in neuropil.blocks(begin, stop):
            at = place + first - begin
            for low, high in stretches(0, len(block), recording.n_units):
                rows = table[at + low : at + high].astype(np.float64)
                with np.errstate(over="ignore"):  # refused by `derived`, by name
                    table[at + low : at + high] = rows - share * block[low:high]
    shown = f"{share[0]:g}" if (share == share[0]).all() else f"{share.min():g} to {share.max():g} (by unit)"
    origin = f" ({neuropil.source})" if neuropil.source else ""
    return derived(recording, table, f"neuropil{origin} times {shown} subtracted", step="subtract_neuropil")


def delta_f_over_f(recording: Recording, *, baseline: Any = "percentile:8", window: float | None = None) -> Recording:
    """Return (F - F0) / F0, the change of fluorescence relative to its baseline F0.

    Parameters
    ----------
    recording : Recording
        F, traces. dF/F or z-scored traces have no baseline above 0 and are refused.
    baseline : str, or tuple (name, number)
        What F0 is: "percentile:8", "median" or "mean" of the unit's F.
    window : float, s, optional
        F0 runs along in a window of about this width: the odd number of samples next to it. Default: one F0 for
        each unit and segment. The running percentile is one of the window's values; that of a whole segment is
        interpolated between two.

    Returns
    -------
    Recording
        In memory; a file is read in stretches.

    Raises
    ------
    InputError
        A baseline that is 0 or below (unit and time are named), an unknown baseline, a window below 2 samples.

    Warns
    -----
    CausalGrainWarning
        dF/F beyond 100: a baseline that is as good as 0.

    Examples
    --------
    >>> rec = Recording([[10.0], [10.0], [15.0], [20.0]], 5.0, ["A"])
    >>> delta_f_over_f(rec, baseline="percentile:0").values.ravel().tolist()
    [0.0, 0.0, 0.5, 1.0]
    """
    recording = as_traces(recording, "delta_f_over_f")
    name, number = named_method(baseline, "baseline", ("median", "mean"), ("percentile",), 8)
    if number is not None and not 0 <= number <= 100:
        raise InputError("baseline", expected="a percentile from 0 to 100", got=f"{number:g}", remedy="8 is common.")
    samples = None if window is None else window_samples(window, recording.sampling, "window")
    table, segments = packed(recording), packed_segments(recording)
    largest = np.zeros(recording.n_units)

    def change(rows: np.ndarray, segment: int, unit: int) -> np.ndarray:
        if samples is None or samples > rows.shape[1]:
            low = _over_all(rows, name, number)
        else:
            low = np.stack([running(row, name, number, samples) for row in rows])
        if not (low > 0).all():
            row, sample = (int(v) for v in np.argwhere(~(low > 0))[0])
            raise _no_baseline(recording, segments, segments[segment, 0] + sample, unit + row, low[row, sample])
        with np.errstate(over="ignore"):
            made = (rows - low) / low
        reached = largest[unit : unit + len(rows)]
        np.maximum(reached, np.abs(made).max(axis=1), out=reached)
        return made

    change_units(table, segments, change)
    what = name if number is None else f"{name} {number:g}"
    note = f"(F - F0) / F0, F0 the {what} of each segment"
    if samples is not None:
        short = int((segments[:, 1] - segments[:, 0] < samples).sum())
        note = f"(F - F0) / F0, F0 the running {what} in {samples} samples ({samples / recording.sampling:.6g} s)"
        note += f"; {short} of {len(segments)} segments are shorter and have one F0 each" if short else ""
    result = derived(recording, table, note, step="delta_f_over_f")
    far = np.flatnonzero(largest > MOST_PLAUSIBLE).tolist()
    if far:
        warnings.warn(
            f"delta_f_over_f: {units_named(recording.labels, far)} reach a dF/F of {largest.max():.3g}: the baseline "
            "is as good as 0. Check the neuropil's factor, or leave these units out.",
            CausalGrainWarning,
            stacklevel=2,
        )
    return result


def running(row: np.ndarray, name: str, number: float | None, samples: int) -> np.ndarray:
    """Return the running "percentile", "median" or "mean" of one unit, mirrored at the ends, shape (time,).

    >>> running(np.array([1.0, 5.0, 2.0, 2.0]), "median", None, 3).tolist()
    [1.0, 2.0, 2.0, 2.0]
    """
    from scipy import ndimage

    if name == "mean":
        return ndimage.uniform_filter1d(row, samples, mode="reflect")
    share = 50.0 if name == "median" else float(number or 0.0)
    return ndimage.percentile_filter(row, share, size=samples, mode="reflect")


def window_samples(window: Any, rate: float, where: str) -> int:
    """Return the odd number of samples that a centred window of so many seconds has.

    >>> window_samples(2.0, 5.0, "window")
    11
    """
    width = positive(window, where, "s", "For a window of a minute give 60.")
    half = int(min(width * rate, 2.0**53) / 2 + 1e-6)  # rounding: 0.3 s at 10 Hz is 3 samples
    if half < 1:
        raise InputError(
            where,
            expected=f"at least 2 samples of {1 / rate:.6g} s",
            got=f"{width:g} s",
            remedy="Windows are seconds: take a wider one.",
        )
    return 2 * half + 1


def _over_all(rows: np.ndarray, name: str, number: float | None) -> np.ndarray:
    """Return one baseline a unit, shape (unit, 1)."""
    if name == "mean":
        return rows.mean(axis=1, keepdims=True)
    return np.percentile(rows, 50.0 if name == "median" else float(number or 0.0), axis=1, keepdims=True)


def _no_baseline(recording: Recording, segments: np.ndarray, sample: int, unit: int, low: float) -> InputError:
    return InputError(
        f"delta_f_over_f, {place_of(recording, segments, int(sample), unit)}",
        expected="a baseline F0 > 0",
        got=f"{low:.6g}",
        remedy=(
            "Give raw fluorescence, not dF/F or z-scores; if the neuropil was subtracted, take a smaller factor; or "
            "leave the unit out."
        ),
    )


def _factor(factor: Any, n: int) -> np.ndarray:
    """Return the neuropil's share for every unit, shape (unit,)."""
    try:
        share = np.array(factor, dtype=np.float64)
    except (TypeError, ValueError):
        share = np.array(np.nan)
    if share.shape not in ((), (n,)) or not np.isfinite(share).all() or (share < 0).any():
        raise InputError(
            "factor",
            expected=f"a number >= 0, or {n} of them, one a unit",
            got=repr(factor),
            remedy="0.7 is common; 0 leaves F as it is.",
        )
    return np.broadcast_to(share, n)


def _check_pair(recording: Recording, neuropil: Recording) -> None:
    """Refuse a neuropil that isn't of the same units and times."""
    if recording.labels != neuropil.labels:
        pairs = list(zip(recording.labels, neuropil.labels, strict=False))
        first = next((f"{b!r} for {a!r}" for a, b in pairs if a != b), f"{neuropil.n_units} units")
        raise InputError(
            "neuropil, labels",
            expected=f"the recording's {recording.n_units} units in the same order",
            got=first,
            remedy="Choose the same units of both, for example neuropil.select(recording.labels).",
        )
    if not np.isclose(recording.sampling, neuropil.sampling, rtol=1e-9):
        raise InputError(
            "neuropil, rate",
            expected=f"{recording.sampling:.9g} Hz, the recording's",
            got=f"{neuropil.sampling:.9g} Hz",
            remedy="Read both with the same rate.",
        )
    ours, theirs = (np.diff(r.segments, axis=1).ravel() for r in (recording, neuropil))
    if not np.array_equal(ours, theirs):
        raise InputError(
            "neuropil, segments",
            expected=f"segments as long as the recording's: {len(ours)}, {ours.sum()} samples together",
            got=f"{len(theirs)}, {theirs.sum()} samples together",
            remedy="Cut both in the same way.",
        )
    apart = np.abs(recording.onsets - neuropil.onsets).max()
    if apart * recording.sampling > SAME_TIME:
        raise InputError(
            "neuropil, onsets",
            expected="the recording's times",
            got=f"segments up to {apart:.6g} s away",
            remedy="Read both with the same start.",
        )
