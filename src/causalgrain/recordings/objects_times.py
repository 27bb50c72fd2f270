"""The clocks of other libraries' objects: sample times to a rate and stretches, and pieces laid one after another.

Conventions: times are s, rates Hz. A step longer than 1.5 times the usual one is a gap, and what lies on its two sides
are two segments. Pieces (segments, trials) keep their own times where these ascend without overlap; else they are laid
end to end, which is told in a note.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .csv_table import UNEVEN
from .timing import warn

MOST_GAPS = 0.1  # of all steps; with more the times are uneven, not interrupted


def even_stretches(
    times: np.ndarray, where: str, breaks: Sequence[int] = ()
) -> tuple[float, np.ndarray, np.ndarray, list[str]]:
    """Return the rate of evenly spaced times, the segments between gaps, their onsets, and notes.

    Parameters
    ----------
    times : array, shape (time,), s
    where : str
        For messages.
    breaks : sequence of int
        Samples that begin a new segment in any case.

    Returns
    -------
    tuple of float (Hz), array (segment, 2) of samples, array (segment,) in s, list of str

    Examples
    --------
    >>> rate, segments, onsets, _ = even_stretches(np.array([0.0, 0.5, 1.0, 7.0, 7.5]), "t")
    >>> rate, segments.tolist(), onsets.tolist()
    (2.0, [[0, 3], [3, 5]], [0.0, 7.0])
    """
    remedy = "Resample it on an even clock, or make a Recording(values, rate) if the samples are even after all."
    steps = np.diff(times)
    if not np.isfinite(times).all() or not (steps > 0).all():
        raise InputError(where, expected="ascending sample times in s", got="others", remedy=remedy)
    cuts = {int(b) for b in breaks if 0 < b < len(times)}
    joined = np.array([i + 1 not in cuts for i in range(len(steps))], dtype=bool)
    if not joined.any():
        raise InputError(
            where,
            expected="at least two samples in a row, to tell the rate",
            got=f"{len(times)} sample{'s' if len(times) != 1 else ''}",
            remedy="Make a Recording(values, rate).",
        )
    middle = float(np.median(steps[joined]))
    gaps = np.flatnonzero((steps > (1.0 + UNEVEN) * middle) & joined)
    wrong = np.flatnonzero((steps < (1.0 - UNEVEN) * middle) & joined)
    if wrong.size or gaps.size > max(1, MOST_GAPS * steps.size):
        first = int(wrong[0] if wrong.size else gaps[0])
        raise InputError(
            f"{where}, sample {first + 1}",
            expected=f"even sample times, {middle:.6g} s apart",
            got=f"a step of {steps[first]:.6g} s (from {times[first]:.6g} to {times[first + 1]:.6g} s)",
            remedy=remedy,
        )
    begins = np.array(sorted({0, *cuts, *(gaps + 1).tolist()}))
    segments = np.column_stack([begins, [*begins[1:], len(times)]])
    length = sum(times[stop - 1] - times[begin] for begin, stop in segments)
    rate = float(f"{(len(times) - len(begins)) / length:.12g}")  # without the last digits that subtraction spoils
    grid = np.concatenate([times[begin] + np.arange(stop - begin) / rate for begin, stop in segments])
    drift = float(np.abs(grid - times).max())
    if drift > 1.0 / rate:
        warn(f"{where}: sample times drift up to {drift:.3g} s from even ones at {rate:.6g} Hz, which are used.")
    notes = [f"rate {rate:.6g} Hz from the sample times"]
    if gaps.size:
        at = ", ".join(f"{times[g]:.6g}" for g in gaps[:5]) + (", ..." if gaps.size > 5 else "")
        notes.append(
            f"{gaps.size} gap{'s' if gaps.size > 1 else ''} in the sample times, after {at} s: a segment each side"
        )
    return rate, segments, times[begins], notes


def on_one_clock(spans: Sequence[tuple[float, float]], what: str) -> tuple[np.ndarray, list[str]]:
    """Return by how much each piece is moved (s), and a note if they had no clock in common.

    >>> on_one_clock([(0.0, 2.0), (0.0, 3.0)], "segments")[0].tolist()
    [0.0, 2.0]
    """
    if all(spans[i][1] <= spans[i + 1][0] + 1e-9 for i in range(len(spans) - 1)):
        return np.zeros(len(spans)), []
    lengths = [stop - start for start, stop in spans]
    onsets = np.concatenate([[0.0], np.cumsum(lengths[:-1])])
    note = f"{len(spans)} {what} without a clock in common: laid one after the other, from 0 s"
    return onsets - np.array([start for start, _ in spans]), [note]


def columns_of(names: Sequence[str], get: Any, n: int, *, leave: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """Return those of another library's columns that hold numbers, truth values or texts, one row a unit."""
    found = {}
    for name in names:
        if name in leave:
            continue
        rows = np.array(list(get(name)))
        if rows.dtype.kind == "O" and all(isinstance(row, str) for row in rows):
            rows = rows.astype(str)
        if rows.dtype.kind in "biufUS" and len(rows) == n:
            found[str(name)] = rows
    return found


def kind_of(values: np.ndarray, asked: str | None, notes: list[str]) -> str:
    """Return the kind that was asked for, or tell counts from traces as :mod:`.sampled` does."""
    if asked is not None:
        return asked
    whole = values.size > 0 and bool((values >= 0).all() and (values == np.round(values)).all())
    if not whole or not (values == 0).any():
        return "traces"
    notes.append("kind counts: all values are whole numbers >= 0 (else say kind='traces')")
    return "counts"


def no_spikes_kind(asked: str | None, what: str) -> None:
    """Refuse kind="spikes" for samples."""
    if asked == "spikes":
        raise InputError(
            "kind",
            expected=f"'traces' or 'counts' for {what}",
            got="'spikes'",
            remedy="Hand over the object with the spike times.",
        )


def only_spikes_kind(asked: str | None, what: str) -> None:
    """Refuse other kinds for spike times."""
    if asked not in (None, "spikes"):
        raise InputError(
            "kind",
            expected=f"'spikes' for {what}",
            got=repr(asked),
            remedy="Leave it out; bin_recording turns spikes into counts.",
        )
