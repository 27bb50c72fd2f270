"""Reader of suite2p folders: the ROIs of calcium imaging and their fluorescence.

Takes: F.npy, or Fneu.npy or spks.npy by ``array=`` (files are (unit, time) and can stay where they are); of the ROIs
those that are cells in iscell.npy, others if `units` names them; the rate `fs` in ops.npy or settings.npy; from
stat.npy `med`, `npix` and `skew`; redcell.npy. A folder with planes: the only one, else `combined`, else the one that
``array=`` names ("plane1", "plane1/spks"). Units are called by their number in the file, "roi12".

Conventions and decisions: positions are (x, y) in pixels (`med` in the file is (y, x)). Neuropil is not subtracted.
spks are traces: deconvolved fluorescence in arbitrary units, not counts of spikes. The pickles stat.npy and ops.npy
are read without running what they name. In `combined`, suite2p fills planes with fewer frames up with zeros: those
frames belong to no segment.

Ignores: images, masks, the second channel (F_chan2.npy), the registered movie, motion, Fall.mat.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import choose
from .._errors import FileFormatError
from . import npy
from ._safe_pickle import load_npy
from .kept import units_to_read
from .on_disk import OnDisk, in_memory_or_not
from .real_numbers import real_array, real_number
from .recording import Recording
from .timing import choose_rate
from .wishes import Wishes

NAME = "suite2p folder"
TAKES = "F, Fneu or spks of the ROIs that are cells, with their positions, and the frame rate"
IGNORES = "images, masks, the second channel, motion"

ARRAYS = ("F", "Fneu", "spks")
MARKS = ("iscell.npy", "stat.npy", "ops.npy")  # one of them beside F.npy
SETTINGS = ("ops.npy", "settings.npy")
COMBINED = "combined"
DEFAULT_RATE = 10.0  # what suite2p takes where its user says nothing
LAST = 16  # frames at the end of `combined` that may be filled up


def recognise(path: Path) -> bool:
    """Is it a folder with F.npy and what suite2p puts beside it, or one of such planes?"""
    try:
        return path.is_dir() and (_is_plane(path) or bool(_planes(path)))
    except OSError:
        return False


def _is_plane(path: Path) -> bool:
    return (path / "F.npy").is_file() and any((path / mark).is_file() for mark in MARKS)


def _planes(path: Path) -> list[Path]:
    """Return the planes in a folder, `combined` last."""
    found = [p for p in path.iterdir() if re.fullmatch(rf"plane\d+|{COMBINED}", p.name) and p.is_dir() and _is_plane(p)]
    return sorted(found, key=lambda p: (p.name == COMBINED, len(p.name), p.name))


def read(path: Path, wish: Wishes) -> Recording:
    """Read the traces of a plane's cells."""
    wish.only("array", "rate", "units", "segments", "start", "lazy", what=f"a {NAME}")
    folder, array, notes = _find(path.absolute(), wish.array)
    stored = _traces(folder, array)
    rois = stored.shape[1]
    good, facts = _cells(folder, rois, notes)
    names = [f"roi{i}" for i in range(rois)]
    chosen = units_to_read(names, good, wish.units)
    if not chosen:
        raise FileFormatError(
            str(folder / "iscell.npy"),
            expected="at least one ROI that is a cell",
            got=f"none of {rois}",
            remedy="Say in suite2p which ROIs are cells, or name some: units=['roi0', 'roi1'].",
        )
    rate = choose_rate(
        wish.rate, *_told_rate(folder, wish.rate, notes), folder, hint="it is that of one plane, as fs in suite2p."
    )
    segments = wish.segments
    if folder.name == COMBINED:
        segments = _whole_frames(folder, facts.get("plane"), segments, notes)
    table = stored.select(chosen)
    return Recording(
        in_memory_or_not(table, wish.lazy),
        rate,
        [names[i] for i in chosen],
        segments=segments,
        start=0.0 if wish.start is None else wish.start,
        properties={name: rows[chosen] for name, rows in facts.items()},
        source=f"suite2p {folder.name}, {array}",
        notes=notes,
    )


def _find(path: Path, asked: str | None) -> tuple[Path, str, list[str]]:
    """Return the plane's folder, the name of the array, and notes."""
    planes = [] if _is_plane(path) else _planes(path)
    wanted, array = "", (asked or "F").strip("/")
    if array in [p.name for p in planes]:
        wanted, array = array, "F"
    elif planes:
        wanted, _, array = array.rpartition("/")
    notes = []
    if not planes:
        folder = path
    elif wanted:
        folder = path / choose(wanted, [p.name for p in planes], "array, plane")
    elif len(planes) == 1 or (len(planes) == 2 and planes[1].name == COMBINED):
        folder = planes[0]
    elif planes[-1].name == COMBINED:
        folder = planes[-1]
        notes.append(f"{COMBINED}: {len(planes) - 1} planes together; read one with array='{planes[0].name}'")
    else:
        raise FileFormatError(
            str(path),
            expected="one plane: the frames of several are not taken at the same time",
            got=f"{', '.join(p.name for p in planes)}, and no folder '{COMBINED}'",
            remedy=f"Name one, array='{planes[0].name}', or let suite2p combine them.",
        )
    if folder.name == COMBINED:
        notes.append("planes are imaged one after another: units of two planes may be up to a frame apart in time")
    if not (folder / f"{array}.npy").is_file() or array not in ARRAYS:
        there = [name for name in ARRAYS if (folder / f"{name}.npy").is_file()]
        choose(array, there, f"{folder}, array")
    if array == "F":
        notes.append("neuropil is not subtracted: read it with array='Fneu' and use subtract_neuropil")
    elif array == "spks":
        notes.append("spks is deconvolved fluorescence in arbitrary units, not counts of spikes")
    return folder, array, notes


def _traces(folder: Path, array: str) -> OnDisk:
    file = folder / f"{array}.npy"
    shape, dtype = npy.header(file)
    if len(shape) != 2 or dtype.kind not in "biuf":
        raise FileFormatError(
            str(file),
            expected="numbers of shape (ROI, frame)",
            got=f"{dtype} of shape {shape}",
            remedy="Let suite2p write it again.",
        )
    return npy.on_disk(file, shape, dtype, transposed=True)


def _cells(folder: Path, rois: int, notes: list[str]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return which ROIs are cells, and what is known of each ROI."""
    facts: dict[str, np.ndarray] = {}
    good = np.ones(rois, dtype=bool)
    table = _rows(folder / "iscell.npy", rois)
    if table is None:
        notes.append("no iscell.npy: all ROIs are taken for cells")
    else:
        good = table[:, 0] > 0.5
        cells = int(good.sum())
        if cells < rois:
            notes.append(
                f"{cells} of {rois} ROIs are cells (iscell); {rois - cells} left out unless `units` names them"
            )
        if table.shape[1] > 1:
            facts["iscell_probability"] = table[:, 1]
    red = _rows(folder / "redcell.npy", rois)
    if red is not None:
        facts["red"] = red[:, 0]
    stat = _stat(folder / "stat.npy", rois)
    for name in ("npix", "skew"):
        rows = _column(stat, name)
        if rows is not None and rows.ndim == 1:
            facts[name] = rows
    centres = _column(stat, "med")
    if centres is not None and centres.ndim == 2 and centres.shape[1] == 2:
        facts["position"] = centres[:, ::-1].copy()
        where = ", planes side by side" if folder.name == COMBINED else ""
        notes.append(f"positions are (x, y) in pixels{where}")
    planes = _column(stat, "iplane") if folder.name == COMBINED else None
    if planes is not None and planes.ndim == 1 and (planes == np.round(planes)).all():
        facts["plane"] = planes.astype(np.int64)
    return good, facts


def _column(stat: list[dict[str, Any]], name: str) -> np.ndarray | None:
    """Return what the list of ROIs says of each, (ROI,) or (ROI, number); None where a ROI lacks it, or isn't told."""
    if not stat or not all(name in roi for roi in stat):
        return None
    rows = real_array([np.asarray(roi[name]).tolist() for roi in stat])
    return rows if rows is not None and len(rows.shape) else None


def _rows(file: Path, rois: int) -> np.ndarray | None:
    """Return a table with one row a ROI, or None where there is no such file."""
    if not file.is_file():
        return None
    stored = np.asarray(npy.load(file))
    table = real_array(stored)
    if table is None or table.ndim not in (1, 2) or len(table) != rois or not table.size:
        raise _other_length(file, rois, f"{stored.dtype} of shape {stored.shape}")
    return table.reshape(rois, -1)


def _stat(file: Path, rois: int) -> list[dict[str, Any]]:
    if not file.is_file():
        return []
    stat = np.atleast_1d(load_npy(file)).tolist()
    if len(stat) != rois or not all(isinstance(roi, dict) for roi in stat):
        raise _other_length(file, rois, f"{len(stat)} entries")
    return stat


def _other_length(file: Path, rois: int, got: str) -> FileFormatError:
    return FileFormatError(
        str(file),
        expected=f"one row for each of the {rois} ROIs in F.npy",
        got=got,
        remedy="The files are from different runs, or one is cut: copy the folder again.",
    )


def _told_rate(folder: Path, given: float | None, notes: list[str]) -> tuple[float | None, str]:
    """Return the rate in the settings, and where it stands."""
    for name in SETTINGS:
        if (folder / name).is_file():
            settings = load_npy(folder / name)
            held = settings.item() if settings.size == 1 else None
            fs = held.get("fs") if isinstance(held, dict) else None
            hertz = real_number(fs)
            if fs is not None and hertz is not None:
                doubt = f" ({DEFAULT_RATE:g} is suite2p's default: was it set?)" if hertz == DEFAULT_RATE else ""
                if given is None:
                    notes.append(f"rate {hertz:.6g} Hz from 'fs' in {name}{doubt}")
                return hertz, f"'fs' in {name}"
    return None, ""


def _whole_frames(folder: Path, plane: np.ndarray | None, segments: Any, notes: list[str]) -> Any:
    """Leave out frames at the end in which a whole plane is filled up with zeros."""
    traces = _traces(folder, "F")
    samples = traces.shape[0]
    end = traces.read(max(samples - LAST, 0), samples)
    groups = [slice(None)] if plane is None else [plane == p for p in np.unique(plane)]
    filled = 0
    for group in groups:
        real = np.flatnonzero((end[:, group] != 0.0).any(axis=1))
        filled = max(filled, len(end) - 1 - int(real[-1]) if len(real) else 0)
    if not filled:
        return segments
    done = "left out" if segments is None else "are in `segments` as asked"
    notes.append(f"last {filled} of {samples} frames {done}: a plane has none there and is filled up with zeros")
    return [[0, samples - filled]] if segments is None else segments
