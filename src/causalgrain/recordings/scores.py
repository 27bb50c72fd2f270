"""Every unit on a scale of its own: z-scores.

Conventions: the standard deviation is that of the population (divided by n). The robust variant has the median for
the mean and 1.4826 times the median absolute deviation (MAD) for the standard deviation: the same for Gaussian noise,
and hardly moved by transients.
"""

from __future__ import annotations

import numpy as np

from .._checks import choose
from .._errors import InputError
from .recording import Recording
from .steps import as_recording, change_units, derived, packed, packed_segments, units_named

MAD_TO_SD = 1.482602218505602  # 1 / the 75th percentile of the standard normal distribution


def zscore(recording: Recording, *, over: str = "all", robust: bool = False) -> Recording:
    """Return (x - mean) / s.d. of every unit.

    Parameters
    ----------
    recording : Recording
        Traces or counts; spike times must be binned first.
    over : {"all", "segment"}
        Mean and s.d. over all segments together, or over each segment by itself; the latter makes levels of
        different segments (trials, conditions) incomparable.
    robust : bool
        Median and MAD in place of mean and s.d.

    Returns
    -------
    Recording
        Traces, in memory; a file is read in stretches.

    Raises
    ------
    InputError
        Units that don't vary (they are named); with `robust`, units with more than half their values the same.

    Examples
    --------
    >>> zscore(Recording([[1.0, 0.0], [3.0, 4.0]], 10.0)).values.tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    """
    recording = as_recording(recording)
    choose(over, ("all", "segment"), "over")
    table, segments = packed(recording), packed_segments(recording)
    stretches = np.array([[0, len(table)]]) if over == "all" else segments

    def change(rows: np.ndarray, segment: int, unit: int) -> np.ndarray:
        if robust:
            rows = rows - np.median(rows, axis=1, keepdims=True)
            spread = MAD_TO_SD * np.median(np.abs(rows), axis=1, keepdims=True)
            still = spread == 0
        else:
            still = rows.max(axis=1, keepdims=True) == rows.min(axis=1, keepdims=True)
            rows = rows - rows.mean(axis=1, keepdims=True)
            spread = np.sqrt((rows * rows).mean(axis=1, keepdims=True))
            still |= spread == 0  # so small that its square is nothing
        if still.any():
            raise _still(
                recording, (unit + np.flatnonzero(still)).tolist(), segment if over == "segment" else None, robust
            )
        return rows / spread

    change_units(table, stretches, change)
    scale = "median, 1.4826 MAD" if robust else "mean, s.d."
    where = "all segments together" if over == "all" else "each segment"
    return derived(recording, table, f"z-scored by {scale} of {where}", step="zscore")


def _still(recording: Recording, units: list[int], segment: int | None, robust: bool) -> InputError:
    where = "" if segment is None else f", segment {segment} ({recording.spans[segment, 0]:.6g} s)"
    return InputError(
        f"zscore{where}",
        expected="units whose values vary" if not robust else "units with fewer than half their values the same",
        got=f"a spread of 0 for {units_named(recording.labels, units)}",
        remedy="Leave them out with recording.select" + (", or take robust=False." if robust else "."),
    )
