"""Sampled series of an NWB file: fluorescence, field potentials, counts; conventions in :mod:`.nwb`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import FileFormatError, InputError
from . import validation as check
from .contents import unreadable
from .csv_table import UNEVEN
from .nwb_epochs import About, about_of, conditions
from .nwb_tables import (
    Named,
    as_property,
    centres,
    columns_of,
    coordinates,
    has_rate,
    labels_of,
    n_rows,
    number,
    properties_of,
    target_of,
    text,
    warn,
)
from .on_disk import OnDisk
from .real_numbers import real_array, whole_array
from .recording import Recording
from .units import choose_units
from .wishes import Wishes

if TYPE_CHECKING:
    from .nwb import Item

PREFIXES = {"rois": "roi", "electrodes": "ch"}  # of ids that become labels; else "u"
LAZY_FROM = 1 << 28  # bytes in memory; larger series stay in the file unless told otherwise
MOST_GAPS = 0.1  # of all steps; with more the timestamps are uneven, not interrupted
RATES_AGREE = 0.01  # relative; beyond it a rate in the file that differs from `rate` is told


def sampled(file: Any, item: Item, wish: Wishes, path: Path, notes: list[str]) -> Recording:
    """Return a sampled series, as asked."""
    what = "a sampled series of an NWB file"
    wish.only("array", "kind", "rate", "labels", "orientation", "units", "segments", "start", "lazy", what=what)
    if wish.kind == "spikes":
        raise InputError(
            "kind",
            expected=f"'traces' or 'counts' for {item.name} in {path}",
            got="'spikes'",
            remedy="Leave it out, or name the units with array='units'.",
        )
    about, where = about_of(file), f"{path}, {item.name}"
    table, rows = _rows(item)
    turned = _turned(item, None if rows is None else len(rows), wish, where)
    stored = item.node["data"].shape
    n_samples, n_units = stored[::-1] if turned else stored if len(stored) == 2 else (*stored, 1)
    rows = np.arange(n_units) if rows is None else rows
    columns = {} if table is None else columns_of(table, n_rows(table))
    labels, used = labels_of(columns, table, rows, PREFIXES.get(item.form, "u"), wish.labels, notes)
    chosen = np.array(choose_units(Named(labels), wish.units))
    properties = properties_of(columns, rows[chosen], used, notes)
    if table is not None and "position" not in properties and item.form != "kept":
        places = coordinates(table, rows[chosen])
        if places[0] is None:
            places = centres(table, rows[chosen], path)
        else:
            properties = {name: known for name, known in properties.items() if name not in places[1].split(", ")}
        properties |= as_property(places, notes)
    clock = _clock(item, n_samples, wish, where, about, notes)
    epochs = conditions(file, clock.spans, path, notes)
    lazy = _on_disk(item, turned, where, notes)
    lazy = lazy if wish.units is None else lazy.select(chosen.tolist())
    on_disk = lazy.nbytes > LAZY_FROM if wish.lazy is None else wish.lazy
    return Recording(
        lazy if on_disk else lazy.load(),
        clock.rate,
        tuple(labels[i] for i in chosen),
        kind=wish.kind or (about.kind if item.form == "kept" else "traces"),
        segments=clock.segments,
        onsets=clock.onsets,
        properties=properties,
        epochs=epochs,
        source=f"{path.name}, {item.name}",
        notes=about.with_notes(notes, epochs, clock.spans),
    )


def _rows(item: Item) -> tuple[Any, np.ndarray | None]:
    """Return the table that describes the columns of a series, and its row for each of them."""
    if item.form == "kept":
        table = item.node.parent.get(f"{item.node.name.rpartition('/')[2]}_units")
        return table, None if table is None else np.arange(n_rows(table))
    if item.form == "series":
        return None, None
    region = item.node[item.form]
    rows = whole_array(region[()])
    if rows is None:
        raise FileFormatError(
            f"{item.name}/{item.form}",
            expected="numbers of rows, whole",
            got=f"{region.dtype} values",
            remedy="The file is damaged: write it again.",
        )
    return target_of(region), rows.ravel()


def _turned(item: Item, n_rows: int | None, wish: Wishes, where: str) -> bool:
    """Is the array (unit, time)? As asked, else as the table of its columns shows."""
    shape = item.node["data"].shape
    if len(shape) == 1 and n_rows in (None, 1):
        return False
    asked = None if wish.orientation is None or len(shape) == 1 else wish.orientation == "unit x time"
    if n_rows is None or (asked is not None and shape[0 if asked else 1] == n_rows):
        return bool(asked)
    if asked is not None or n_rows not in shape or len(shape) == 1:
        raise FileFormatError(
            where,
            expected=f"{n_rows} columns, as many as its table of {item.form} names",
            got=" x ".join(map(str, shape)),
            remedy="Leave `orientation` out." if asked is not None else "Mend the file: the table or the array is cut.",
        )
    if shape[1] != n_rows:
        warn(f"{where}: time is not the first dimension ({shape[0]} x {shape[1]}, {n_rows} {item.form}); it is turned.")
    return shape[1] != n_rows


@dataclass(frozen=True)
class _Clock:
    rate: float
    segments: np.ndarray
    onsets: np.ndarray

    @property
    def spans(self) -> np.ndarray:
        """Start and stop of the segments, shape (segment, 2), s."""
        return np.column_stack([self.onsets, self.onsets + np.diff(self.segments, axis=1)[:, 0] / self.rate])


def _clock(item: Item, n: int, wish: Wishes, where: str, about: About, notes: list[str]) -> _Clock:
    """Return rate, segments and onsets: as the file says, but for what was asked."""
    node, told, zero = item.node, None, 0.0
    runs, onsets = np.array([[0, n]]), None
    if item.form == "kept" and about.segments is not None:
        told, (runs, onsets) = about.rate, about.segments
        zero = float(onsets[0] - runs[0, 0] / told)
    elif "timestamps" in node:
        stored = real_array(node["timestamps"][()])
        stamps = np.full(n, np.nan) if stored is None else stored.ravel()
        zero = float(stamps[0]) if stamps.size and np.isfinite(stamps[0]) else 0.0
        try:
            told, runs = _even(stamps, n, where)
            onsets = stamps[runs[:, 0]]
            notes.append(f"rate {told:.6g} Hz from the timestamps")
        except FileFormatError as error:
            if wish.rate is None:
                raise
            warn(f"{error} As `rate` is given, the samples are taken as even.")
        if len(runs) > 1:
            notes.append(f"{len(runs) - 1} gap{'s' if len(runs) > 2 else ''} in the timestamps: {len(runs)} segments")
    elif has_rate(node):
        told, zero = number(node["starting_time"].attrs["rate"]), number(node["starting_time"][()])
    rate = _rate(told, wish.rate, where)
    if wish.segments is not None:
        if len(runs) > 1:
            raise InputError(
                "segments",
                expected="none for a series with gaps",
                got=repr(wish.segments),
                remedy="Leave them out: the stretches without a gap are the segments of this series.",
            )
        runs, onsets = check.as_segments(wish.segments, n), None
    if wish.start is not None:
        start = check.finite(wish.start, "start")
        onsets = None if onsets is None else onsets + (start - zero)
        zero = start
    return _Clock(rate, runs, zero + runs[:, 0] / rate if onsets is None else onsets)


def _rate(told: float | None, given: float | None, where: str) -> float:
    good = told is not None and np.isfinite(told) and told > 0
    if given is None:
        if told is None or not good:
            raise FileFormatError(
                where,
                expected="a sampling rate > 0 Hz, or timestamps",
                got="none" if told is None else f"{told:g} Hz",
                remedy="Give rate=... (--rate); for a sample every 0.6 s that is rate=1 / 0.6.",
            )
        return told
    rate = check.positive(given, "rate", "Hz", "For a sample every 0.6 s give rate=1 / 0.6.")
    if told is not None and good and abs(told - rate) > RATES_AGREE * rate:
        warn(f"{where}: `rate` is {rate:g} Hz, but the file says {told:.6g} Hz; {rate:g} Hz is used.")
    return rate


def _even(stamps: np.ndarray, n: int, where: str) -> tuple[float, np.ndarray]:
    """Return (rate, stretches without a gap) of even timestamps, or say where they aren't even."""
    steps = np.diff(stamps)
    middle = float(np.median(steps)) if steps.size and np.isfinite(steps).all() else 0.0
    remedy = "Mend the timestamps, or give rate=... (Hz) to take the samples as even."
    if len(stamps) != n or middle <= 0:
        got = f"{len(stamps)} for {n} samples" if len(stamps) != n else "others, or too few"
        raise FileFormatError(f"{where}, timestamps", expected="one ascending time a sample", got=got, remedy=remedy)
    gaps = np.flatnonzero(steps > (1.0 + UNEVEN) * middle)
    short = np.flatnonzero(steps < (1.0 - UNEVEN) * middle)
    if short.size or gaps.size > MOST_GAPS * steps.size:
        row = int((short if short.size else gaps)[0])
        raise FileFormatError(
            f"{where}, timestamps, sample {row + 1}",
            expected=f"a step of about {middle:.6g} s",
            got=f"{steps[row]:.6g} s (from {stamps[row]:.6g} to {stamps[row + 1]:.6g} s)",
            remedy=remedy,
        )
    edges = np.concatenate([[0], gaps + 1, [n]])
    rate = (steps.size - gaps.size) / (float(steps.sum()) - float(steps[gaps].sum()))
    runs = np.column_stack([edges[:-1], edges[1:]])
    grid = np.concatenate([stamps[a] + np.arange(b - a) / rate for a, b in runs])
    drift = float(np.abs(grid - stamps).max())
    if drift > 1.0 / rate:
        warn(f"{where}: timestamps drift up to {drift:.3g} s from even ones at {rate:.6g} Hz, which are used.")
    return rate, runs


def _on_disk(item: Item, turned: bool, where: str, notes: list[str]) -> OnDisk:
    """Return the values where they are, in the unit of measure that the file names."""
    data = item.node["data"]
    factor, offset = number(data.attrs.get("conversion", 1.0)), number(data.attrs.get("offset", 0.0))
    each = np.array([1.0])
    if "channel_conversion" in item.node:
        stored = real_array(item.node["channel_conversion"][()])
        each = np.full(1, np.nan) if stored is None else stored.reshape(-1)
    shape = data.shape if len(data.shape) == 2 else (*data.shape, 1)
    if not (np.isfinite(each * factor).all() and (each * factor).all() and np.isfinite(offset)):
        got = f"{factor:g} x {each[np.argmin(np.abs(each))]:g} and {offset:g}"
        raise FileFormatError(
            where, expected="a conversion that isn't 0, and an offset", got=got, remedy="Mend them in the file."
        )
    if each.size not in (1, shape[0 if turned else 1]):
        raise FileFormatError(
            f"{where}, channel_conversion",
            expected="one number a channel",
            got=str(each.size),
            remedy="Mend it in the file.",
        )
    unit = text(data.attrs.get("unit", ""))
    told = [f"x {factor:g}"] if factor != 1.0 else []
    told += ["x channel_conversion"] if (each != 1.0).any() else []
    told += [f"+ {offset:g}"] if offset else []
    notes.extend(
        [f"values = stored {' '.join(told)}, in {unit}"]
        if told
        else [f"values in {unit}"]
        if unit not in ("", "unknown")
        else []
    )
    each = (each[:, None] if turned else each[None]) * factor
    scale = (each, offset) if told else None
    place = (str(Path(data.file.filename).resolve()), data.name)
    return OnDisk(partial(_opened, *place, scale), shape, data.dtype, transposed=turned, name=where)


@contextmanager
def _opened(file: str, name: str, scale: tuple[np.ndarray, float] | None) -> Iterator[_Scaled]:
    """Open one stored series."""
    import h5py

    try:
        handle = h5py.File(file, "r")
    except Exception as error:
        raise unreadable(Path(file), "NWB", error) from error
    with handle:
        try:
            stored = handle.get(name)
        except Exception as error:
            raise unreadable(Path(file), "NWB", error) from error
        if stored is None:
            raise FileFormatError(
                file, expected=f"the series {name}, as when it was read", got="none", remedy="Read the file again."
            )
        yield _Scaled(stored, scale)


class _Scaled:
    """A stored series in its unit of measure, by slices; a single dimension becomes a column."""

    def __init__(self, data: Any, scale: tuple[np.ndarray, float] | None) -> None:
        self._data, self._scale = data, scale
        self.shape = data.shape if len(data.shape) == 2 else (*data.shape, 1)

    def __getitem__(self, key: Any) -> np.ndarray:
        """Return a slice of rows, or of rows and columns."""
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        try:
            one = self._data.ndim == 1
            part = self._data[rows][:, None][:, columns] if one else self._data[rows, columns]
        except Exception as error:  # a filter that isn't installed, a file cut short
            raise unreadable(Path(self._data.file.filename), "NWB", error) from error
        if self._scale is None:
            return part
        factor, offset = self._scale
        with np.errstate(over="ignore", invalid="ignore"):  # what becomes infinite is told as missing
            return part.astype(np.float64) * np.broadcast_to(factor, self.shape)[rows, columns] + offset
