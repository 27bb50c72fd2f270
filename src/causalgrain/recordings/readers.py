"""The one way in: a file of any known format becomes a Recording.

Conventions: arrays are (time, unit) unless told otherwise; rates are Hz, spike times seconds. Nothing is transposed,
rescaled or filled in silently: what was decided is a note on the recording, what is doubtful a warning.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import choose, existing_file
from .._errors import CausalGrainWarning, FileFormatError, InputError
from . import validation as check
from .contents import LABEL_NAMES, RATE_NAMES, SEGMENT_NAMES, Contents, Entry
from .csv_table import TABLE, is_time, rate_of
from .recording import Recording
from .trains import from_pairs
from .units import choose_units

FORMATS = {".npz": "npz", ".csv": "csv_table", ".h5": "hdf5", ".hdf5": "hdf5", ".mat": "matlab"}
ORIENTATIONS = ("time x unit", "unit x time")
KINDS = ("traces", "counts", "spikes")
RATES_AGREE = 0.01  # relative; beyond it a rate in the file that differs from `rate` is told


def read_recording(
    path: str | os.PathLike[str],
    *,
    array: str | None = None,
    rate: float | None = None,
    labels: Sequence[str] | None = None,
    kind: str | None = None,
    orientation: str | None = None,
    units: Any = None,
    segments: Any = None,
    start: float | None = None,
    duration: float | None = None,
) -> Recording:
    r"""Read a recording from a .npz, .csv, .h5, .hdf5 or .mat file.

    Parameters
    ----------
    path : str or path
        The ending says the format; each format's module says what it takes and ignores.
    array : str, optional
        Which array of the file: "traces", "gcamp/trace_array" (HDF5), "session.spikes.times" (MATLAB). Default: the
        only two-dimensional array or set of spike times in the file.
    rate : float, Hz, optional
        Samples a second. Needed for sampled values unless the file says it: a number called rate, fs or
        sampling_rate beside the array, or in a .csv a first column called time (s).
    labels : sequence of str, optional
        Names of all units (of spike times: of those that fired). Default: `labels` beside the array, a header, or
        u0, u1, ...
    kind : {"traces", "counts", "spikes"}, optional
        Default: spikes for spike times in cells; counts where all values are whole numbers >= 0 and some are 0;
        else traces. With "spikes" an array of two columns is read as (time in s, number of the unit).
    orientation : {"time x unit", "unit x time"}, optional
        Of the array in the file. Default "time x unit", with a warning if there are more columns than rows.
    units : optional
        Keep only these, as in :func:`~causalgrain.recordings.units.choose_units`; units with missing values can
        so be left out.
    segments : array_like, shape (segment, 2), optional
        Edges that transitions must not cross: samples, or seconds for spikes. Default: `segments` in the file.
    start : float, s, optional
        Time of the first sample, or where spike recording began. Default: what the file says, else 0.
    duration : float, s, optional
        Of a spike recording. Default: what the file says, else up to the last spike.

    Returns
    -------
    Recording

    Raises
    ------
    FileFormatError
        A file that is missing, truncated, foreign, or doesn't hold what was named (near names are offered).
    InputError
        No rate, missing values, repeated labels, and all else that makes no recording.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name) / "worm.csv"
    >>> _ = path.write_text("time,AVAL,RIML\n0.0,0.1,2.5\n0.5,0.3,2.1\n1.0,0.2,2.2\n")
    >>> read_recording(path)
    Recording of 2 units (AVAL, RIML), traces: 1.5 s at 2 Hz, 3 samples
      source: worm.csv
      note: rate 2 Hz from the column 'time'
    >>> folder.cleanup()
    """
    file = existing_file(path)
    wish = _Wishes(rate, labels, kind, orientation, units, segments, start, duration)
    if kind is not None:
        choose(kind, KINDS, "kind")
    if orientation is not None:
        choose(orientation, ORIENTATIONS, "orientation")
    contents = _open(file)
    entry = contents.pick(array, kind)
    if kind == "spikes" or entry.form == "trains":
        return _spikes(contents, entry, wish)
    return _sampled(contents, entry, wish)


@dataclass(frozen=True)
class _Wishes:
    """What the caller asked for."""

    rate: float | None
    labels: Sequence[str] | None
    kind: str | None
    orientation: str | None
    units: Any
    segments: Any
    start: float | None
    duration: float | None


def _open(path: Path) -> Contents:
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise FileFormatError(
            str(path),
            expected=f"a file ending in {', '.join(FORMATS)}",
            got=repr(path.suffix) if path.suffix else "no ending",
            remedy="Save it as .npz: numpy.savez('recording.npz', values=values, rate=rate, labels=labels).",
        )
    # Looked up by name, so that scipy and h5py are loaded only for the formats that need them.
    return import_module(f"{__package__}.{FORMATS[ending]}").contents(path)


# -- traces and counts -------------------------------------------------------------------------------------------


def _sampled(contents: Contents, entry: Entry, wish: _Wishes) -> Recording:
    if entry.form != "array":
        raise InputError(
            f"{contents.path}, array {entry.name!r}",
            expected="one array of numbers",
            got=entry.dtype,
            remedy="Read spike times, one array a unit, with kind='spikes'.",
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
    values = _oriented(entry, wish.orientation, contents.path)
    names, start, notes = contents.header, wish.start, []
    told, where = _rate_beside(contents, entry)
    if names is not None and is_time(names[0]) and values.shape[1] > 1:
        times, values, where = values[:, 0], values[:, 1:], f"the column {names[0]!r}"
        names = names[1:]
        told = _rate_of_column(times, contents.path, wish.rate)
        start = float(times[0]) if start is None and len(times) else start
    rate = _rate(wish.rate, told, where, contents.path)
    if wish.rate is None:
        notes.append(f"rate {rate:.6g} Hz from {where}")
    labels = _labels(contents, entry, wish.labels, names)
    if wish.units is not None and values.ndim == 2:
        labels = check.as_labels(labels, values.shape[1])
        chosen = list(choose_units(_Named(labels), wish.units))
        values, labels = values[:, chosen], tuple(labels[i] for i in chosen)
    kind = wish.kind or _kind(values)
    if wish.kind is None and kind == "counts":
        notes.append("kind counts: all values are whole numbers >= 0 (else say kind='traces')")
    return Recording(
        values,
        rate,
        labels,
        kind=kind,
        segments=_segments(contents, entry, wish.segments),
        start=0.0 if start is None else start,
        source=_source(contents, entry),
        notes=notes,
    )


def _oriented(entry: Entry, orientation: str | None, path: Path) -> np.ndarray:
    values = np.asarray(entry.load())
    if orientation == "unit x time":
        return values.T
    if orientation is None and values.ndim == 2 and values.shape[1] > values.shape[0] > 0:
        _warn(
            f"{path}, {entry.name}: {values.shape[0]} rows and {values.shape[1]} columns are read as "
            f"{values.shape[0]} samples of {values.shape[1]} units. If rows are units, say "
            "orientation='unit x time'; if it is right, orientation='time x unit'."
        )
    return values


def _kind(values: np.ndarray) -> str:
    whole = values.size > 0 and bool((values >= 0).all() and (values == np.round(values)).all())
    return "counts" if whole and bool((values == 0).any()) else "traces"


def _rate(given: float | None, told: float | None, where: str, path: Path) -> float:
    if given is None:
        if told is None:
            raise InputError(
                "rate",
                expected="the sampling rate in Hz",
                got="none, and the file names none",
                remedy="Give rate=... (--rate); for a sample every 0.6 s that is rate=1 / 0.6.",
            )
        return told
    rate = check.positive(given, "rate", "Hz", "For a sample every 0.6 s give rate=1 / 0.6.")
    if told is not None and abs(told - rate) > RATES_AGREE * rate:
        _warn(f"{path}: `rate` is {rate:g} Hz, but {where} says {told:.6g} Hz; {rate:g} Hz is used.")
    return rate


def _rate_of_column(times: np.ndarray, path: Path, given: float | None) -> float | None:
    try:
        return rate_of(times, path)
    except FileFormatError as error:
        if given is None:
            raise
        _warn(f"{error} As `rate` is given, the samples are taken as even.")
        return None


def _rate_beside(contents: Contents, entry: Entry) -> tuple[float | None, str]:
    beside = contents.beside(entry, RATE_NAMES)
    if beside is None or beside.form != "array" or int(np.prod(beside.shape)) != 1:
        return None, ""
    return float(np.ravel(beside.load())[0]), f"{beside.name!r} in the file"


def _labels(
    contents: Contents, entry: Entry, given: Sequence[str] | None, header: tuple[str, ...] | None
) -> Sequence[str] | None:
    if given is not None:
        return given
    beside = contents.beside(entry, LABEL_NAMES)
    if beside is not None and beside.form == "text":
        return [str(name) for name in np.ravel(beside.load())]
    return header


def _segments(contents: Contents, entry: Entry, given: Any) -> Any:
    beside = contents.beside(entry, SEGMENT_NAMES)
    return given if given is not None or beside is None or beside.form != "array" else beside.load()


def _source(contents: Contents, entry: Entry) -> str:
    return contents.path.name if entry.name == TABLE else f"{contents.path.name}, {entry.name}"


# -- spike times -------------------------------------------------------------------------------------------------


def _spikes(contents: Contents, entry: Entry, wish: _Wishes) -> Recording:
    if wish.rate is not None or wish.kind not in (None, "spikes"):
        wrong = "rate" if wish.rate is not None else "kind"
        raise InputError(
            wrong,
            expected=f"no {wrong} for spike times in s" if wrong == "rate" else "'spikes' for spike times",
            got=repr(getattr(wish, wrong)),
            remedy="Leave it out. If the times are samples, divide them by the rate first."
            if wrong == "rate"
            else "Leave it out, or name another array.",
        )
    if entry.form == "array":
        table = np.asarray(entry.load(), dtype=np.float64)
        table = table.T if wish.orientation == "unit x time" else table
        trains = from_pairs(table, f"{contents.path}, {entry.name}")
    else:
        trains = entry.load()
    start, duration, notes = wish.start, wish.duration, trains.notes
    segments = _segments(contents, entry, wish.segments)
    if segments is None and start is None and duration is None and trains.span is not None:
        start, duration = trains.span[0], trains.span[1] - trains.span[0]
        notes += (f"recorded from {start:.6g} to {trains.span[1]:.6g} s, as the file says",)
    elif segments is None and duration is None:
        notes += ("taken to last until the last spike",)
    made = Recording.from_spikes(
        trains.times,
        trains.labels if wish.labels is None else wish.labels,
        duration=duration,
        start=0.0 if start is None else start,
        segments=segments,
        source=_source(contents, entry),
        notes=notes,
    )
    return made if wish.units is None else made.select(wish.units)


@dataclass(frozen=True)
class _Named:
    labels: tuple[str, ...]


def _warn(text: str) -> None:
    warnings.warn(text, CausalGrainWarning, stacklevel=4)
