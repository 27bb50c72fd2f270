"""The one way in: a file of any known format becomes a Recording.

Conventions: arrays are (time, unit) unless told otherwise; rates are Hz, spike times seconds. Nothing is transposed,
rescaled or filled in silently: what was decided is a note on the recording, what is doubtful a warning.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import existing_file, existing_place
from .._errors import FileFormatError, InputError
from .contents import Contents
from .epochs import Epochs, epochs_of_samples, read_epochs
from .layouts import LAYOUTS, recognise
from .mouse_pairs import SIDES
from .recording import Recording
from .sampled import read_sampled
from .spike_times import read_spikes
from .wishes import Wishes

FORMATS = {".npz": "npz", ".npy": "npy", ".csv": "csv_table", ".h5": "hdf5", ".hdf5": "hdf5", ".mat": "matlab"}
SHOWN = 12  # names of what a folder holds
TOGETHER = (  # files of a layout of which neither is enough by itself
    *(("spike_times.npy", "spike_clusters.npy"), ("spike_clusters.npy", "spike_times.npy")),
    *(("F.npy", "stat.npy"), ("stat.npy", "F.npy"), ("iscell.npy", "F.npy")),
    *((f"{part}_{a}.csv", f"{part}_{b}.csv") for part in ("train", "test") for a, b in permutations(SIDES)),
)
IN_FILE = ("values", "spikes")  # what errors say that are the file's fault; the file is named then


def read_recording(
    source: Any,
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
    epochs: Any = None,
    lazy: bool | None = None,
) -> Recording:
    r"""Read a recording from a file, a folder, or an object of another library.

    Parameters
    ----------
    source : str, path, or object
        A file of a known layout (NWB, CaImAn, CellExplorer) or with arrays in it (.npz, .npy, .csv, .h5, .hdf5,
        .mat); a folder of suite2p, of kilosort/phy or of one-step pairs; an object of spikeinterface, pynapple, neo
        or xarray. Each format's module says what it takes and ignores.
    array : str, optional
        Which array of the file: "traces", "gcamp/trace_array" (HDF5), "session.spikes.times" (MATLAB). Default: the
        only two-dimensional array or set of spike times in the file.
    rate : float, Hz, optional
        Samples a second. Needed for sampled values unless the file says it: a number called rate, fs or
        sampling_rate beside the array, or in a .csv a first column called time (s). Times of the samples in the file
        (timestamps, time, t) are held against it. With spike times it says that these are samples at this rate
        (1000 for ms), not seconds.
    labels : sequence of str, optional
        Names of all units (of spike times: of those that fired). Default: `labels` beside the array, a header, or
        u0, u1, ...
    kind : {"traces", "counts", "spikes"}, optional
        Default: spikes for spike times in cells; counts where all values are whole numbers >= 0 and some are 0;
        else traces, and so where values stay in their file. With "spikes" an array of two columns is read as (time in
        s, number of the unit).
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
    epochs : Epochs, path of a table of epochs, name of an array of the file, or object, optional
        Conditions, as :func:`~causalgrain.recordings.epochs.read_epochs` reads them; an array with one number a sample
        ("behavior/reversal_vec") gives a condition for each of its values. Default: those in the file.
    lazy : bool, optional
        Leave sampled values in their file and read them in stretches, where the format can (.npy, HDF5, suite2p,
        CaImAn). Default: from 256 MB.

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
    wish = Wishes(array, rate, labels, kind, orientation, units, segments, start, duration, lazy).checked()
    try:
        made = _read(source, wish)
    except InputError as error:
        if isinstance(error, FileFormatError) or not error.where.startswith(IN_FILE) or not _is_path(source):
            raise
        raise FileFormatError(
            f"{os.fspath(source)}, {error.where}", expected=error.expected, got=error.got, remedy=error.remedy
        ) from error
    return made if epochs is None else made.with_epochs(_epochs(epochs, source, made))


def _epochs(epochs: Any, source: Any, made: Recording) -> Epochs:
    """Return epochs that came as themselves, as an object, as a table, or as an array of the recording's own file."""
    if isinstance(epochs, Epochs):
        return epochs
    if not isinstance(epochs, str | os.PathLike):
        return import_module(f"{__package__}.objects").as_epochs(epochs)
    file = Path(source) if _is_path(source) else None
    if file is not None and file.is_file() and file.suffix.lower() in FORMATS and not _is_there(Path(epochs)):
        contents = _open(file)
        entry = next((e for e in contents.entries if e.name == str(epochs)), None)
        if entry is not None:
            if entry.form != "array" or made.rate is None or int(np.prod(entry.shape)) != made.shape[0]:
                raise FileFormatError(
                    f"{file}, array {entry.name!r}",
                    expected="one number a sample of the recording, to make conditions of it",
                    got=f"{entry.dtype} of shape {entry.shape}",
                    remedy="Name another array, or give a table with the columns start, stop, condition.",
                )
            name = entry.name.rpartition(contents.separator)[2]
            return epochs_of_samples(np.ravel(entry.load()), made, name)
    return read_epochs(epochs)


def _is_path(source: Any) -> bool:
    return isinstance(source, str | os.PathLike)


def _is_there(path: Path) -> bool:
    """Is there such a file? No, where the name is none for a file."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _read(source: Any, wish: Wishes) -> Recording:
    if not _is_path(source):
        return import_module(f"{__package__}.objects").read(source, wish)
    place = existing_place(source)
    layout = recognise(place)
    if layout is not None:
        return layout.read(place, wish)
    if place.is_dir():
        raise _unknown_folder(place)
    contents = _open(existing_file(place))
    entry = contents.pick(wish.array, wish.kind)
    if wish.kind == "spikes" or entry.form == "trains":
        return read_spikes(contents, entry, wish)
    return read_sampled(contents, entry, wish)


def _open(path: Path) -> Contents:
    ending = path.suffix.lower()
    if ending not in FORMATS:
        around = recognise(path.parent.absolute())
        way = "Save it as .npz: numpy.savez('recording.npz', values=values, rate=rate, labels=labels)."
        raise FileFormatError(
            str(path),
            expected=f"a file ending in {', '.join(FORMATS)}, or a known layout ({_layouts()})",
            got=repr(path.suffix) if path.suffix else "no ending",
            remedy=way if around is None else f"Its folder is a known layout ({_name(around)}): name the folder.",
        )
    # Looked up by name, so that scipy and h5py are loaded only for the formats that need them.
    return import_module(f"{__package__}.{FORMATS[ending]}").contents(path)


def _unknown_folder(path: Path) -> FileFormatError:
    """Say what is known, and what the folder holds."""
    try:
        inside = sorted(path.iterdir(), key=lambda p: (not p.is_dir(), p.name))
    except OSError:
        inside = []
    names = [p.name + "/" if p.is_dir() else p.name for p in inside]
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    layouts = [(p.name, recognise(p)) for p in inside[:SHOWN] if p.is_dir()]
    known = [f"{name!r} ({_name(layout)})" for name, layout in layouts if layout is not None]
    alone = next((pair for pair in TOGETHER if pair[0] in names and pair[1] not in names), None)
    way = "Name one file in it." if names else "Check its name, and whether the data were copied."
    if known:
        way = f"Name what is in it: {', '.join(known)}."
    elif alone is not None:
        way = f"{alone[0]} is read together with {alone[1]}: copy that too, or name one file."
    return FileFormatError(
        str(path),
        expected=f"a folder of a known layout ({_layouts()}), or one file",
        got=f"a folder that holds {', '.join(names[:SHOWN])}{more}" if names else "a folder that holds nothing",
        remedy=way,
    )


def _layouts() -> str:
    return ", ".join(_name(import_module(f"{__package__}.{name}")) for name in LAYOUTS)


def _name(layout: Any) -> str:
    return str(getattr(layout, "NAME", layout.__name__.rpartition(".")[2]))
