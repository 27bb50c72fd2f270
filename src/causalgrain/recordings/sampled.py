"""Traces and counts out of an entry of a file: orientation, rate, names, kind, segments, and what stays on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._errors import FileFormatError, InputError
from . import naming
from . import validation as check
from .contents import LABEL_NAMES, POSITION_NAMES, SEGMENT_NAMES, Contents, Entry
from .csv_table import TABLE, is_time, rate_of
from .kept import Named
from .on_disk import OnDisk, in_memory_or_not
from .real_numbers import doubles
from .recording import Recording
from .timing import check_stamps, choose_rate, lack_of_rate, rate_beside, stamps_beside, warn
from .units import choose_units
from .wishes import Wishes

UNIT_NAMES = ("unit", "unit_id", "cluster", "cluster_id", "neuron", "cell", "id")  # heads of a list of spikes
LOOKED_AT = 10_000  # first samples that are looked at to tell counts, where values stay on disk

Table = np.ndarray | OnDisk


def read_sampled(contents: Contents, entry: Entry, wish: Wishes) -> Recording:
    """Make a recording of one array."""
    _refuse(contents, entry, wish)
    stored, notes = _oriented(entry, wish, contents)
    names, start = contents.header, wish.start
    told, where = rate_beside(contents, entry)
    if names is not None and is_time(names[0]) and isinstance(stored, np.ndarray) and stored.shape[1] > 1:
        times, stored, where = stored[:, 0], stored[:, 1:], f"the column {names[0]!r}"
        names = names[1:]
        told = _rate_of_column(times, contents.path, wish.rate)
        start = float(times[0]) if start is None and len(times) else start
    rate = _rate(contents, entry, wish, told, where, len_of(stored))
    if wish.rate is None:
        notes.append(f"rate {rate:.6g} Hz from {where}")
    labels = _labels(contents, entry, wish.labels, names, stored.shape)
    position = _positions(contents, entry, stored.shape)
    if wish.units is not None and len(stored.shape) == 2:
        labels = naming.as_labels(labels, stored.shape[1])
        chosen = list(choose_units(Named(labels), wish.units))
        stored = stored.select(chosen) if isinstance(stored, OnDisk) else stored[:, chosen]
        labels = tuple(labels[i] for i in chosen)
        position = None if position is None else position[chosen]
    table = in_memory_or_not(stored, wish.lazy) if isinstance(stored, OnDisk) else stored
    kind = wish.kind or _kind(table, notes)
    return Recording(
        table,
        rate,
        labels,
        kind=kind,
        segments=segments_of(contents, entry, wish.segments, len_of(table)),
        start=0.0 if start is None else start,
        properties=None if position is None else {"position": position},
        source=source_of(contents, entry),
        notes=notes,
    )


def _refuse(contents: Contents, entry: Entry, wish: Wishes) -> None:
    if entry.form != "array":
        raise InputError(
            f"{contents.path}, array {entry.name!r}",
            expected="one array of numbers",
            got=entry.dtype,
            remedy="Read spike times, one array a unit, with kind='spikes'.",
        )
    names = [name.casefold() for name in contents.header or ()]
    if len(names) == 2 and wish.kind is None and any(n in UNIT_NAMES for n in names) and any(map(is_time, names)):
        raise InputError(
            f"{contents.path}, header {', '.join(contents.header or ())!r}",
            expected="one column a unit",
            got="what looks like a list of spikes",
            remedy="Read it with kind='spikes' (--kind spikes); if these are traces, say kind='traces'.",
        )
    if wish.duration is not None:
        raise InputError(
            "duration",
            expected="a duration for spike times only",
            got=repr(wish.duration),
            remedy="Leave it out: samples and rate say how long it is; for spike times say kind='spikes'.",
        )
    if contents.header is not None and wish.orientation == "unit x time":
        raise InputError(
            "orientation",
            expected="'time x unit' for a table with a header, which names its columns",
            got=repr(wish.orientation),
            remedy="Leave it out, or turn the table and give it no header.",
        )


def _oriented(entry: Entry, wish: Wishes, contents: Contents) -> tuple[Table, list[str]]:
    """Return the array as (time, unit), still on disk where that can be, and notes."""
    path, notes = contents.path, []
    sure = wish.orientation is not None or contents.header is not None  # a header names columns
    if entry.lazy is not None and wish.lazy is not False:
        stored: Table = entry.lazy()
    else:
        stored = np.asarray(entry.load())
        if wish.lazy:
            notes.append(f"read into memory: in {path.suffix} files values can't stay")
    if wish.orientation == "unit x time":
        return stored.turned() if isinstance(stored, OnDisk) else stored.T, notes
    if not sure and len(stored.shape) == 2 and stored.shape[1] > stored.shape[0] > 0:
        warn(
            f"{path}, {entry.name}: {stored.shape[0]} rows and {stored.shape[1]} columns are read as "
            f"{stored.shape[0]} samples of {stored.shape[1]} units. If rows are units, say "
            "orientation='unit x time'; if it is right, orientation='time x unit'."
        )
    return stored, notes


def _positions(contents: Contents, entry: Entry, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return the units' positions, (unit, 2 or 3), where they stand beside the array."""
    beside = contents.beside(entry, POSITION_NAMES)
    if beside is None or beside.form != "array" or len(shape) != 2:
        return None
    table = doubles(beside.load())
    fits = table.ndim == 2 and len(table) == shape[1] and table.shape[1] in (2, 3)
    return table if fits else None


def len_of(stored: Table) -> int:
    """Return the number of samples; 0 for a single number."""
    return stored.shape[0] if stored.shape else 0


def _kind(table: Table, notes: list[str]) -> str:
    """Tell counts from traces; on disk the first samples alone are looked at, so that doubt is a warning."""
    if isinstance(table, np.ndarray):
        if not _like_counts(table):
            return "traces"
        notes.append("kind counts: all values are whole numbers >= 0 (else say kind='traces')")
        return "counts"
    if _like_counts(table.read(0, min(LOOKED_AT, table.shape[0]))):
        warn(
            f"{table.name}: the first samples look like counts, but the values stay in their file and were not all "
            "looked at: they are read as traces. Say kind='counts' or kind='traces'."
        )
    notes.append("kind traces: the values stay in their file and were not all looked at (else say kind='counts')")
    return "traces"


def _like_counts(values: np.ndarray) -> bool:
    if not values.size or not (values >= 0).all() or not (values == np.round(values)).all():
        return False
    return bool((values == 0).any())


def _rate(contents: Contents, entry: Entry, wish: Wishes, told: float | None, where: str, samples: int) -> float:
    """Return the rate, held against the times of the samples where the file has them."""
    stamps = stamps_beside(contents, entry, samples)
    hint = ""
    if stamps is not None:
        step = float(np.median(np.diff(stamps[1])))
        hint = f"the times in {stamps[0]!r} are {step:.6g} s apart: rate={1 / step:.6g}."
    lack = lack_of_rate(contents, entry)
    rate = choose_rate(wish.rate, told, where, contents.path, hint=hint, lack=lack)
    if stamps is not None:
        check_stamps(*stamps, rate, contents.path)
    return rate


def _rate_of_column(times: np.ndarray, path: Path, given: float | None) -> float | None:
    try:
        return rate_of(times, path)
    except FileFormatError as error:
        if given is None:
            raise
        warn(f"{error} As `rate` is given, the samples are taken as even.")
        return None


def _labels(
    contents: Contents,
    entry: Entry,
    given: Sequence[str] | None,
    header: tuple[str, ...] | None,
    shape: tuple[int, ...],
) -> Sequence[str] | None:
    if given is not None:
        return given
    beside = contents.beside(entry, LABEL_NAMES)
    names, where = header, "header"
    if beside is not None and beside.form == "text":
        names, where = [str(name) for name in np.ravel(beside.load())], repr(beside.name)
    if names is None or len(shape) != 2:
        return names
    try:
        return naming.as_labels(names, shape[1])
    except InputError as error:
        raise _in_file(error, f"{contents.path}, {where}", "Mend the file, or give labels=[...].") from error


def segments_of(contents: Contents, entry: Entry, given: Any, samples: int | None) -> Any:
    """Return the segments that were given, or those beside the array; `samples`: how many it has, None for spikes."""
    beside = contents.beside(entry, SEGMENT_NAMES)
    if given is not None or beside is None:
        return given
    where = f"{contents.path}, {beside.name!r}"
    if beside.form != "array":
        warn(f"{where}: {beside.dtype} is taken for no segments. Give segments=[[start, stop], ...] if it means some.")
        return None
    try:
        rows = beside.load()
        return check.as_time_segments(rows) if samples is None else check.as_segments(rows, samples)
    except FileFormatError:
        raise
    except InputError as error:
        where += error.where.removeprefix("segments")
        raise _in_file(error, where, "Or give segments=[[start, stop], ...].") from error


def _in_file(error: InputError, where: str, more: str) -> FileFormatError:
    """Return an error with the place in the file, and with what else can be done."""
    return FileFormatError(where, expected=error.expected, got=error.got, remedy=f"{error.remedy} {more}")


def source_of(contents: Contents, entry: Entry) -> str:
    """Return the name of the file, and of the array in it where there are several."""
    return contents.path.name if entry.name == TABLE else f"{contents.path.name}, {entry.name}"
