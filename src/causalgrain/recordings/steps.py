"""What the steps of preprocessing share: values without gaps in memory, changes by unit, the new recording.

Conventions: a step returns a new recording whose notes say what was done. Samples outside segments are left out; the
segments keep their times. What is computed from values is computed in double precision and stored in the recording's
own. A step whose output is as large as its input reads a file in stretches, but its result is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np

from .._checks import did_you_mean
from .._errors import CostError, InputError
from .epochs import Epochs
from .on_disk import MOST_LOADED
from .recording import Recording

STRETCH_VALUES = 1 << 19  # values turned into double precision at a time: 4 MB
GROUP_BYTES = 1 << 26  # of the units that are looked at over all their time at once
MOST_TOGETHER = 16  # units; a cache line of single precision


def as_recording(recording: Any, where: str = "recording") -> Recording:
    """Return a Recording, or say how to get one."""
    if not isinstance(recording, Recording):
        raise InputError(
            where,
            expected="a Recording",
            got=type(recording).__name__,
            remedy="Read a file with read_recording, or make one: Recording(values, rate).",
        )
    return recording


def as_traces(recording: Any, step: str, where: str = "recording") -> Recording:
    """Return a recording of traces, or say that this step is for nothing else."""
    recording = as_recording(recording, where)
    if recording.kind != "traces":
        raise InputError(
            f"{step}, {where}",
            expected="traces",
            got=recording.kind,
            remedy="This step is for fluorescence; if the values are fluorescence, read them with kind='traces'.",
        )
    return recording


def named_method(
    value: Any, where: str, plain: Sequence[str], numbered: Sequence[str], example: float = 2
) -> tuple[str, float | None]:
    """Return (name, number or None) of a method given as "name", "name:number" or (name, number).

    >>> named_method("percentile:8", "baseline", ["mean"], ["percentile"])
    ('percentile', 8.0)
    """
    if isinstance(value, str):
        name, colon, number = value.strip().partition(":")
        name = name.strip()
    elif isinstance(value, tuple) and len(value) == 2:
        name, number, colon = str(value[0]), str(value[1]), value[1] is not None
    else:
        name, number, colon = repr(value), "", False
    if name not in (*plain, *numbered):
        options = [repr(p) for p in plain] + [f"'{n}:VALUE'" for n in numbered]
        raise InputError(
            where,
            expected=f"{', '.join(options[:-1])} or {options[-1]}",
            got=repr(value),
            remedy=did_you_mean(name, [*plain, *numbered]),
        )
    if name in plain:
        if colon:
            raise InputError(where, expected=f"{name!r} alone", got=repr(value), remedy="It takes no number.")
        return name, None
    try:
        parsed = float(number) if colon else float("nan")
    except ValueError:
        parsed = float("nan")
    if not np.isfinite(parsed):
        raise InputError(
            where,
            expected=f"'{name}:VALUE' with a number",
            got=repr(value),
            remedy=f"For example '{name}:{example:g}'.",
        )
    return name, parsed


def stretches(begin: int, stop: int, columns: int) -> Iterator[tuple[int, int]]:
    """Yield (first, stop) of successive rows of a table, so few that they are cheap in double precision."""
    rows = max(STRETCH_VALUES // max(columns, 1), 1)
    for first in range(begin, stop, rows):
        yield first, min(first + rows, stop)


def packed_segments(recording: Recording) -> np.ndarray:
    """Return where the segments lie once the samples between them are left out, shape (segment, 2)."""
    stops = np.cumsum(recording.segments[:, 1] - recording.segments[:, 0])
    return np.column_stack([np.concatenate([[0], stops[:-1]]), stops]).astype(np.int64)


def packed(recording: Recording) -> np.ndarray:
    """Return a new, writable table of the samples in segments, shape (time, unit), in the recording's precision."""
    _ = recording.sampling  # says what to do with spike times
    stored = cast(Any, recording.on_disk if recording._table is None else recording._table)
    shape = (recording.n_samples, recording.n_units)
    size = shape[0] * shape[1] * stored.dtype.itemsize
    if recording.on_disk is not None and size > MOST_LOADED:
        raise CostError(
            recording.source or "recording",
            expected=f"at most {MOST_LOADED / 2**30:.0f} GiB: the result of this step is kept in memory",
            got=f"{size / 2**30:.1f} GiB ({shape[0]} samples of {shape[1]} units)",
            remedy="Bin it first (bin_recording reads in stretches), or choose units or a condition.",
        )
    table = np.empty(shape, stored.dtype)
    for (begin, stop), (place, _) in zip(recording.segments.tolist(), packed_segments(recording).tolist(), strict=True):
        for first, block in recording.blocks(begin, stop):
            at = place + first - begin
            table[at : at + len(block)] = block
    return table


def change_units(table: np.ndarray, segments: np.ndarray, change: Callable[[np.ndarray, int, int], np.ndarray]) -> None:
    """Replace every unit's values in every segment, in place.

    `change` gets (values in double precision, shape (unit, time); number of the segment; first unit) for a few units
    at a time and returns as many values.
    """
    for number, (begin, stop) in enumerate(segments.tolist()):
        together = min(max(GROUP_BYTES // (8 * (stop - begin)), 1), MOST_TOGETHER)
        for unit in range(0, table.shape[1], together):
            columns = slice(unit, unit + together)
            rows = np.ascontiguousarray(table[begin:stop, columns].T, dtype=np.float64)
            with np.errstate(over="ignore"):  # what is too large is refused by `derived`, by name
                table[begin:stop, columns] = change(rows, number, unit).T


def derived(recording: Recording, table: np.ndarray, note: str, *, step: str) -> Recording:
    """Return a recording of these traces, packed as by :func:`packed`: same rate, units and times."""
    segments = packed_segments(recording)
    for first, stop in stretches(0, len(table), table.shape[1]):
        good = np.isfinite(table[first:stop])
        if not good.all():
            sample, unit = (int(v) for v in np.argwhere(~good)[0])
            raise InputError(
                f"{step}, {where_in(recording, segments, first + sample, unit)}",
                expected="a finite number",
                got="one too large for the recording's precision",
                remedy="Rescale the values first, or leave the unit out.",
            )
    return recording._with(
        kind="traces",
        table=table,
        on_disk=None,
        segments=segments,
        notes=(*recording.notes, note),
    )


def where_in(recording: Recording, segments: np.ndarray, sample: int, unit: int) -> str:
    """Return unit and time of a value of a packed table, for messages."""
    number = int(np.searchsorted(segments[:, 1], sample, side="right"))
    time = recording.onsets[number] + (sample - segments[number, 0]) / recording.sampling
    return f"unit {recording.labels[unit]!r} at {time:.6g} s"


def units_named(labels: Sequence[str], units: Sequence[int], most: int = 5) -> str:
    """Return the names of some units, for messages."""
    shown = ", ".join(repr(labels[i]) for i in units[:most])
    return shown + (f" and {len(units) - most} more" if len(units) > most else "")


def epochs_left(epochs: Epochs | None, spans: np.ndarray, why: str) -> tuple[Epochs | None, tuple[str, ...]]:
    """Return the epochs that still lie in a recording's stretches (s), and notes on those that don't."""
    if epochs is None:
        return None, ()
    kept, notes = [], []
    for row, (begin, stop) in enumerate(zip(epochs.start, epochs.stop, strict=True)):
        if (np.minimum(spans[:, 1], stop) > np.maximum(spans[:, 0], begin)).any():
            kept.append(row)
        else:
            name = epochs.condition[row]
            notes.append(f"epoch {row} ({name}, {begin:.6g} to {stop:.6g} s) {why} and was left out")
    if not notes:
        return epochs, ()
    if not kept:
        return None, tuple(notes)
    names = [epochs.condition[row] for row in kept]
    return Epochs(epochs.start[kept], epochs.stop[kept], names, source=epochs.source), tuple(notes)
