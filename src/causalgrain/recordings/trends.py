"""Slow drift taken off, segment by segment.

Conventions: every unit and segment by itself; time within a segment is what counts, not the clock. A running median
looks at a window centred on each sample, mirrored at the segment's edges, as in :mod:`.fluorescence`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import InputError
from .fluorescence import running, window_samples
from .recording import Recording
from .steps import as_recording, change_units, derived, named_method, packed, packed_segments


def detrend(recording: Recording, *, method: Any = "linear") -> Recording:
    """Return the recording without the slow drift of each unit in each segment.

    Parameters
    ----------
    recording : Recording
        Traces or counts; spike times must be binned first.
    method : str, or tuple (name, number)
        What is subtracted: "linear", the straight line of least squares; "constant", the mean; "median:60", the
        running median in a window of about 60 s (the odd number of samples next to it).

    Returns
    -------
    Recording
        Traces, in memory; a file is read in stretches. Their mean is 0 after "linear" and "constant".

    Raises
    ------
    InputError
        Unknown method; a window that is no time, is below 2 samples, or is longer than a segment.

    Examples
    --------
    >>> rec = Recording([[1.0], [3.0], [5.0], [0.0], [2.0]], 1.0, segments=[[0, 3], [3, 5]])
    >>> detrend(rec, method="constant").values.ravel().tolist()
    [-2.0, 0.0, 2.0, -1.0, 1.0]
    """
    recording = as_recording(recording)
    name, number = named_method(method, "detrend", ("linear", "constant"), ("median",), 60)
    segments = packed_segments(recording)
    if number is None:
        samples, what = 0, "straight line" if name == "linear" else "mean"
    else:
        samples = window_samples(number, recording.sampling, "detrend, median")
        what = f"running median in {samples} samples ({samples / recording.sampling:.6g} s)"
        _check_window(recording, segments, samples)
    table = packed(recording)

    def change(rows: np.ndarray, segment: int, unit: int) -> np.ndarray:
        if name == "median":
            return rows - np.stack([running(row, "median", None, samples) for row in rows])
        rows = rows - rows.mean(axis=1, keepdims=True)
        time = np.arange(rows.shape[1]) - (rows.shape[1] - 1) / 2
        if name == "constant" or len(time) < 2:
            return rows
        return rows - np.outer(rows @ time / (time @ time), time)

    change_units(table, segments, change)
    return derived(recording, table, f"detrended: {what} of each segment subtracted", step="detrend")


def _check_window(recording: Recording, segments: np.ndarray, samples: int) -> None:
    lengths = segments[:, 1] - segments[:, 0]
    short = np.flatnonzero(lengths < samples)
    if len(short):
        number = int(short[0])
        raise InputError(
            "detrend, median",
            expected=f"segments of at least {samples} samples, the window",
            got=f"segment {number} with {lengths[number]} ({lengths[number] / recording.sampling:.6g} s)",
            remedy="Take a narrower window, or method='linear'.",
        )
