"""Spike times of an NWB file: the table of units becomes a Recording; conventions in :mod:`.nwb`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import FileFormatError, InputError
from . import validation as check
from .nwb_epochs import about_of, conditions
from .nwb_tables import (
    Named,
    as_property,
    columns_of,
    coordinates,
    labels_of,
    load,
    n_rows,
    properties_of,
    ragged,
    target_of,
    warn,
)
from .real_numbers import real_array
from .recording import Recording
from .trains import doubled
from .units import choose_units
from .wishes import Wishes

if TYPE_CHECKING:
    from .nwb import Item


def spikes(file: Any, item: Item, wish: Wishes, path: Path, notes: list[str]) -> Recording:
    """Return the units of a table, as asked."""
    what = "spike times of an NWB file"
    wish.only("array", "kind", "units", "labels", "segments", "start", "duration", "lazy", what=what)
    if wish.kind not in (None, "spikes"):
        raise InputError(
            "kind",
            expected=f"'spikes' for {item.name} in {path}",
            got=repr(wish.kind),
            remedy="Leave it out, name a sampled series with array=..., or bin the spikes after reading.",
        )
    about = about_of(file)
    table, n = item.node, n_rows(item.node)
    columns = columns_of(table, n)
    labels, used = labels_of(columns, table, np.arange(n), "u", wish.labels, notes)
    chosen = np.array(choose_units(Named(labels), wish.units))
    names = tuple(labels[i] for i in chosen)
    every = ragged(table, "spike_times", n, path)
    trains = [_times(every[i], f"{path}, {item.name}, spike_times") for i in chosen]
    silent = sum(not train.size for train in trains)
    if silent:
        notes.append(f"{silent} of {len(trains)} units have no spike")
    notes.extend(doubled(trains))
    properties = properties_of(columns, chosen, used, notes)
    if "position" not in properties:
        properties |= as_property(_unit_positions(file, table, columns, chosen, path), notes)
    try:
        segments = _recorded(table, n, chosen, names, trains, wish, path, notes)
        epochs = conditions(file, segments, path, notes)
        return Recording.from_spikes(
            trains,
            names,
            segments=segments,
            properties=properties,
            epochs=epochs,
            source=f"{path.name}, {item.name}",
            notes=about.with_notes(notes, epochs, segments),
        )
    except InputError as error:
        if isinstance(error, FileFormatError) or not error.where.startswith("spikes"):
            raise
        aside = " Or leave the unit out with units=[...]." if "unit" in error.where else ""
        raise FileFormatError(
            f"{path}, {item.name}, {error.where}",
            expected=error.expected,
            got=error.got,
            remedy=error.remedy + aside,
        ) from error


def _times(stored: np.ndarray, where: str) -> np.ndarray:
    times = real_array(stored)
    if times is None:
        raise FileFormatError(
            where, expected="spike times in s", got=f"{stored.dtype} values", remedy="Check what wrote the file."
        )
    return times.reshape(-1)


def _recorded(
    table: Any,
    n: int,
    chosen: np.ndarray,
    names: Sequence[str],
    trains: Sequence[np.ndarray],
    wish: Wishes,
    path: Path,
    notes: list[str],
) -> np.ndarray:
    """Return the stretches that were recorded, shape (segment, 2), s: as asked, as the file says, or up to a spike."""
    check.ascending(trains, names)
    if wish.segments is not None:
        wish.only("array", "kind", "units", "labels", "segments", "lazy", what="spikes whose segments are given")
        return check.as_time_segments(wish.segments)
    told = _observed(table, n, chosen, path, notes)
    if told is not None and wish.start is None and wish.duration is None:
        return told
    first = min((float(train[0]) for train in trains if train.size), default=0.0)
    last = max((float(train[-1]) for train in trains if train.size), default=0.0)
    if told is not None:
        notes.append("obs_intervals were set aside, as start or duration is given")
    begin = min(0.0, first) if told is None else float(told[0, 0])
    begin = begin if wish.start is None else check.finite(wish.start, "start")
    if told is None and wish.start is None and first - begin > 0.5 * (last - begin):
        warn(
            f"{path}: no spike comes before {first:.6g} s, yet the recording is taken to start at {begin:.6g} s. "
            "Say start=... if it began later."
        )
    duration = wish.duration
    if duration is None and told is not None:
        duration = float(told[-1, 1]) - begin
    elif duration is None:
        notes.append(f"taken to last from {begin:.6g} s to the last spike, {last:.6g} s: the file says no more")
    return check.as_span(trains, names, begin, duration)


def _observed(table: Any, n: int, chosen: np.ndarray, path: Path, notes: list[str]) -> np.ndarray | None:
    if "obs_intervals" not in table:
        return None
    every = ragged(table, "obs_intervals", n, path)
    rows = [np.asarray(every[i], dtype=np.float64).reshape(-1, 2) for i in chosen]
    filled = [row for row in rows if len(row)]
    if not filled:
        return None
    told = rows[0]
    if not all(np.array_equal(row, told) for row in rows):
        told = np.array([[min(row.min() for row in filled), max(row.max() for row in filled)]])
        notes.append(
            "units were observed at different times (obs_intervals): taken as one stretch from "
            f"{told[0, 0]:.6g} to {told[0, 1]:.6g} s; give segments=... for another"
        )
    try:
        return check.as_time_segments(told)
    except InputError as error:
        raise FileFormatError(
            f"{path}, obs_intervals, {error.where}",
            expected=error.expected,
            got=error.got,
            remedy="Say what was recorded with segments=[[start, stop], ...], in s.",
        ) from error


def _unit_positions(
    file: Any, table: Any, columns: dict[str, Any], chosen: np.ndarray, path: Path
) -> tuple[np.ndarray | None, str]:
    """Return (position of each chosen unit, where it is from) by the electrodes of the units."""
    region = table.get("electrodes")
    channels = file.get("general/extracellular_ephys/electrodes") if region is None else target_of(region)
    if channels is None or (region is None and "peak_channel_id" not in columns):
        return None, ""
    places, where = coordinates(channels, np.arange(n_rows(channels)))
    if places is None:
        return None, ""
    if region is None:
        ids = {int(number): row for row, number in enumerate(load(channels["id"]))}
        peaks = [ids.get(int(number)) for number in load(columns["peak_channel_id"])]
        touched = [[] if row is None else [row] for row in peaks]
        how = "of the electrode in peak_channel_id"
    elif "electrodes_index" in table:
        touched = [np.asarray(rows).tolist() for rows in ragged(table, "electrodes", n_rows(table), path)]
        how = "of the electrode, of several the mean"
    else:
        touched = [[int(row)] for row in load(region)]
        how = "of the electrode"
    shapes = columns.get("waveform_mean")
    made = np.full((len(chosen), places.shape[1]), np.nan)
    for place, unit in zip(made, chosen, strict=True):
        rows = touched[unit]
        if len(rows) > 1 and shapes is not None and shapes.ndim == 3 and shapes.shape[2] == len(rows):
            rows = [rows[int(np.argmax(np.ptp(shapes[unit], axis=0)))]]
            how = "of the electrode, of several the one with the largest waveform"
        if rows:
            place[:] = places[rows].mean(axis=0)
    return made, f"{where} {how}"
