"""Reader of CellExplorer sessions: name.cell_metrics.cellinfo.mat and name.spikes.cellinfo.mat, any MATLAB version.

Either file may be named, or the folder (basepath) with one session in it; what one lacks is taken from the other beside
it, matched by UID: spike times from `spikes`, types and positions from `cell_metrics`. For files without spike times
there is :func:`read_unit_table`.

Takes: spike times in s; putativeCellType as "cell_type", groundTruthClassification as "ground_truth", brainRegion as
"brain_region", troughToPeak as "trough_to_peak" (ms), trilat_x and trilat_y as "position" (um), waveforms.filt as
"waveform" (uV) with "waveform_time" (ms), cluID as "cluster", "electrode_group" or "shank". Conditions: the sleep
states (WAKE, NREM, REM, ...) of the file or of name.SleepState.states.mat; without them the epochs of the session,
where there are several (behavioralParadigm, or name). Units are called c4 for UID 4. Of a file that joins several
sessions one is read, since sessions share no clock. A cell that is listed twice is read once. Ignores: events and
manipulations (the file has responses to them, not their times), connections, raw waveforms of single channels.

Recorded is the time from 0 to the session's duration where a file tells it; else to the last spike, or the end of the
last epoch if that is later.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import did_you_mean, existing_file
from .._errors import FileFormatError, InputError
from .cell_explorer_clock import SESSION, STATES, conditions_of, end_of, inside
from .cell_explorer_tables import METRICS, SPIKES, UNITS, cells_of, root_of
from .real_numbers import real_array
from .recording import Recording
from .trains import doubled
from .wishes import Wishes

if TYPE_CHECKING:
    from pandas import DataFrame

NAME = "CellExplorer"
TAKES = (
    "spike times, cell types (putative and ground truth), brain regions, waveforms and positions of the cells of one "
    "session; sleep states or session epochs as conditions"
)
IGNORES = "event and manipulation responses, connections, waveforms of single channels"

KINDS = (SPIKES, METRICS)
PROPERTIES = (
    *("cell_type", "ground_truth", "brain_region", "trough_to_peak", "firing_rate"),
    *("cluster", "electrode_group", "shank"),
)
TABLE_FIRST = ("session", "uid", *PROPERTIES, "x", "y", "waveform", "raw_waveform", "waveform_time")


def recognise(path: Path) -> bool:
    """Is it a cellinfo file of cell metrics or spikes, or a folder with one?"""
    try:
        return path.name.endswith(KINDS) or (path.is_dir() and any(p.name.endswith(KINDS) for p in path.iterdir()))
    except OSError:
        return False


def read_unit_table(path: str | os.PathLike[str]) -> DataFrame:
    """Read what a CellExplorer file says of its cells, whether or not it has their spike times.

    Parameters
    ----------
    path : str or path
        A name.cell_metrics.cellinfo.mat (or name.spikes.cellinfo.mat, which says less).

    Returns
    -------
    pandas.DataFrame
        A row a cell, called c4 for UID 4 (with several sessions "session/c4"). Columns: session, uid, cell_type,
        ground_truth ("" where none), brain_region, trough_to_peak (ms), firing_rate (Hz), x and y (um); waveform,
        raw_waveform (uV), waveform_time (ms), acg_narrow, acg_wide (arrays); those that the file has. Then all else
        of which it has one number or text a cell, under the file's own names. ``attrs``: "units" and "notes".

    Raises
    ------
    FileFormatError
        A file that is damaged, or of another layout.

    Examples
    --------
    >>> import scipy.io, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "day1.cell_metrics.cellinfo.mat"
    >>> scipy.io.savemat(path, {"cell_metrics": {"UID": [4, 7], "troughToPeak": [0.3, 0.7]}})
    >>> read_unit_table(path)["trough_to_peak"].to_dict()
    {'c4': 0.3, 'c7': 0.7}
    """
    file = existing_file(path)
    if not file.name.endswith(KINDS):
        raise FileFormatError(
            str(file),
            expected=f"a file of CellExplorer, *{METRICS} or *{SPIKES}",
            got=file.name,
            remedy="Name such a file; other .mat files are read with read_recording.",
        )
    table, notes = _once(cells_of(root_of(file), file))
    table = table.drop(columns="times", errors="ignore")
    table.index = _labels(table)
    first = [name for name in TABLE_FIRST if name in table.columns]
    made = table[first + [name for name in table.columns if name not in first]]
    made.attrs = {"units": {k: v for k, v in UNITS.items() if k in made.columns}, "notes": tuple(notes)}
    return made


def read(path: Path, wish: Wishes) -> Recording:
    """Read the spikes of the cells of one session."""
    wish.only("array", "units", "labels", "kind", "segments", "start", "duration", what="a CellExplorer file")
    if wish.kind not in (None, "spikes"):
        raise InputError(
            "kind",
            expected="'spikes' for a CellExplorer file",
            got=repr(wish.kind),
            remedy="Leave it out; bin_recording turns spikes into counts.",
        )
    file = _in_folder(path) if path.is_dir() else path
    root = root_of(file)
    table, notes = _once(cells_of(root, file))
    table, more = _one_session(table, wish.array, file)
    notes += more
    beside = _beside(file)
    table, more = _with_other(table, file, beside)
    notes += more
    times = [train if isinstance(train, np.ndarray) else np.zeros(0) for train in table["times"]]
    silent = sum(not train.size for train in times)
    if silent == len(times):
        raise FileFormatError(
            str(file),
            expected="at least one spike",
            got=f"none in {silent} cell{'s' if silent > 1 else ''}",
            remedy="Check the spike times; properties alone are read with read_unit_table(path).",
        )
    if silent:
        kept = [bool(train.size) for train in times]
        table, times = table[kept], [train for train in times if train.size]
        notes.append(f"{silent} of {len(kept)} cells have no spike times and were left out")
    notes += doubled(times)
    properties = _properties(table, notes)
    end, told = end_of(root, beside)
    conditions, more = conditions_of(root, beside, end)
    notes += more
    last = max((float(train[-1]) for train in times), default=0.0)
    segments, duration = wish.segments, wish.duration
    if segments is None and duration is None:
        until = (
            end if end is not None and end >= last else max(last, 0.0 if conditions is None else conditions.stop[-1])
        )
        duration = until - (wish.start or 0.0)
        notes.append(f"taken to last until {until:.6g} s, {told if until == end else 'the last spike or epoch'}")
    made = Recording.from_spikes(
        times,
        _labels(table) if wish.labels is None else wish.labels,
        duration=duration,
        start=wish.start or 0.0,
        segments=segments,
        properties=properties,
        epochs=inside(conditions, wish, duration),
        source=file.name,
        notes=notes,
    )
    return wish.finish(made)


# -- which cells -------------------------------------------------------------------------------------------------


def _in_folder(path: Path) -> Path:
    files = {kind: sorted(p for p in path.iterdir() if p.name.endswith(kind)) for kind in KINDS}
    found = files[SPIKES] or files[METRICS]
    if len(found) > 1:
        raise FileFormatError(
            str(path),
            expected="a folder with one session of CellExplorer",
            got=f"{len(found)}: {', '.join(p.name for p in found[:10])}",
            remedy="Name one of the files.",
        )
    return found[0]


def _beside(path: Path) -> dict[str, Path]:
    """Return the other files of the session, by their endings."""
    base = path.name[: -len(next(kind for kind in KINDS if path.name.endswith(kind)))]
    return {
        end: path.with_name(base + end) for end in (*KINDS, SESSION, STATES) if path.with_name(base + end).is_file()
    }


def _once(table: DataFrame) -> tuple[DataFrame, list[str]]:
    """Keep the first of rows that are the same cell of the same session."""
    keys = [name for name in ("session", "uid") if name in table.columns]
    twice = table.duplicated(subset=keys)
    if not twice.any():
        return table, []
    names = ", ".join(map(_cell_name, table.loc[twice, "uid"].unique()))
    return table[~twice].reset_index(drop=True), [f"{names}: listed more than once in the file, read once"]


def _one_session(table: DataFrame, asked: str | None, path: Path) -> tuple[DataFrame, list[str]]:
    """Keep the cells of one session: the one asked for, or the one with most cells."""
    if "session" not in table.columns:
        return table, []
    sizes = table["session"].value_counts(sort=False)
    if not len(sizes):
        return table, ["the names of the sessions are missing: all cells are taken for those of one"]
    if asked is None or asked.endswith("spikes.times"):
        chosen = sizes.idxmax()
    elif asked in sizes.index:
        chosen = asked
    else:
        raise FileFormatError(
            f"{path}, array {asked!r}",
            expected="the name of a session in the file",
            got="none of that name",
            remedy=did_you_mean(asked, [str(name) for name in sizes.index]),
        )
    if len(sizes) == 1:
        return table, []
    others = ", ".join(f"{name}: {size}" for name, size in sizes.items())
    note = f"session {chosen} of {len(sizes)}, which share no clock; array=... names another (cells: {others})"
    return table[table["session"] == chosen].reset_index(drop=True), [note]


def _with_other(table: DataFrame, path: Path, beside: dict[str, Path]) -> tuple[DataFrame, list[str]]:
    """Add what the other file of the session knows of the same cells."""
    other = beside.get(METRICS if path.name.endswith(SPIKES) else SPIKES)
    notes = []
    if other is not None and ("times" not in table.columns or path.name.endswith(SPIKES)):
        more = _once(cells_of(root_of(other), other))[0]
        if (more["uid"].dtype == object) != (table["uid"].dtype == object):  # texts here, numbers there
            more, table = (part.assign(uid=part["uid"].map(_cell_name).str[1:]) for part in (more, table))
        new = [name for name in more.columns if name not in table.columns or name == "ground_truth"]
        kept = [name for name in table.columns if name not in new]
        table = table[kept].merge(more[["uid", *(name for name in new if name != "uid")]], on="uid", how="left")
        known = int(table["uid"].isin(more["uid"]).sum())
        notes.append(f"{known} of {len(table)} cells found by their UID in {other.name}")
    if "times" not in table.columns:
        raise FileFormatError(
            str(path),
            expected=f"spike times: cell_metrics.spikes.times, or a file *{SPIKES} beside it",
            got=f"properties of {len(table)} cells alone",
            remedy="Save the spike times too, or read the properties with read_unit_table(path).",
        )
    return table, notes


def _labels(table: DataFrame) -> list[str]:
    several = "session" in table.columns and table["session"].nunique() > 1
    names = list(map(_cell_name, table["uid"]))
    return [f"{session}/{name}" for session, name in zip(table["session"], names, strict=True)] if several else names


def _cell_name(uid: Any) -> str:
    """Return the name of the cell of this UID, a number or a text."""
    return f"c{uid}" if isinstance(uid, str) else f"c{uid:.15g}"


def _properties(table: DataFrame, notes: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in PROPERTIES:
        if name in table.columns:
            column = table[name].tolist()
            words = any(isinstance(value, str) for value in column)
            made[name] = [value if isinstance(value, str) else "" for value in column] if words else np.array(column)
    if not any(made.get("ground_truth", ())):
        made.pop("ground_truth", None)
    places = real_array(table[["x", "y"]].to_numpy()) if {"x", "y"} <= set(table.columns) else None
    if places is not None:
        made["position"] = places
        notes.append("position: trilat_x and trilat_y, um")
    filtered, raw = _stacked(table, "waveform"), _stacked(table, "raw_waveform")
    waves = raw if filtered is None else filtered
    if waves is not None:
        made["waveform"] = waves
        which = f"the {'raw' if filtered is None else 'filtered'} mean waveform"
        axis = _stacked(table, "waveform_time")
        if axis is not None and axis.shape == waves.shape:
            made["waveform_time"] = axis
            which += f" from {axis[0, 0]:.3g} to {axis[0, -1]:.3g} ms (waveform_time)"
        notes.append(f"waveform: {which}, uV, at its largest channel; trough_to_peak in ms")
    return made


def _stacked(table: DataFrame, name: str) -> np.ndarray | None:
    """Return equally long arrays as one, shape (unit, sample)."""
    rows = [row for row in table[name] if isinstance(row, np.ndarray)] if name in table.columns else []
    same = len(rows) == len(table) and len({row.size for row in rows}) == 1
    return np.stack(rows) if same and rows[0].size else None
