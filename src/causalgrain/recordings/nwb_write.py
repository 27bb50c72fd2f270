"""Writer of NWB 2 files: a recording as other programs read it, and as :mod:`.nwb` reads it back unchanged.

Layout:

* Spike times are the file's Units, what was recorded is their obs_intervals. Properties are columns of that table;
  "waveform" of floating-point numbers is waveform_mean, turned to (unit, sample, channel), its unit said to be unknown.
  Positions are a column, and besides stand in the table of electrodes, one row a unit, where other programs look.
* Traces and counts are a TimeSeries called "traces" or "counts" in the processing module "causalgrain": a recording
  doesn't say whether its traces are fluorescence, dF/F or voltage, so the file claims none of them. The table
  "traces_units" has a row for each column of the series, with the label and the properties; "segments" has samples and
  times of the segments. Where these don't follow one another evenly, the series has timestamps in place of a rate.
* Epochs are the file's `epochs`, labelled in the column `condition`.
* The table "recording" in the module "causalgrain" holds kind, rate, source and the version; the notes are the file's
  notes, one a line.

A property whose name can't be a column's is kept under another one; the column's description has the true name. Not
kept: the source of the epochs; texts in bytes come back as text, half and long double precision as double.

NWB asks for the date and time of the session, which a recording doesn't know. Unless it is given, 1970-01-01 UTC
stands there, and the file's session_description says that it is a placeholder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import output_path
from .._errors import CausalGrainError, InputError
from .._provenance import package_version
from .nwb_epochs import HOME
from .recording import Recording

RESERVED = (
    *("id", "label", "spike_times", "obs_intervals", "electrodes", "electrode_group", "waveforms", "waveform_mean"),
    *("waveform_sd", "image_mask", "pixel_mask", "voxel_mask"),
)
UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)
PLACEHOLDER = "When the session began is unknown: 1970-01-01 is a placeholder."
REGULAR = 1e-6  # samples; segments so close to an even clock need no timestamps


def write_nwb(
    recording: Recording,
    path: str | os.PathLike[str],
    *,
    session_start_time: datetime | None = None,
    session_description: str = "A recording written by causalgrain.",
    identifier: str | None = None,
    force: bool = False,
) -> Path:
    """Write a recording to an NWB 2 file, from which ``read_recording`` makes an equal one.

    Parameters
    ----------
    recording : Recording
        Values on disk are written in stretches.
    path : str or path
        By habit with the ending ``.nwb``.
    session_start_time : datetime, optional
        With its time zone. Default: 1970-01-01 UTC, told to be a placeholder in the file.
    session_description : str
        What was done, for people.
    identifier : str, optional
        Must differ between files. Default: the hash of the recording.
    force : bool
        Overwrite an existing file.

    Returns
    -------
    pathlib.Path
        The file written; it is whole or not there.

    Raises
    ------
    OutputExistsError
        The file exists and `force` is false.
    InputError
        A time without a zone, or something that NWB can't hold.
    CausalGrainError
        pynwb isn't installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from causalgrain.recordings.readers import read_recording
    >>> rec = Recording.from_spikes([[0.1, 0.25], [0.7]], ["A", "B"], duration=1.0)
    >>> path = write_nwb(rec, pathlib.Path(tempfile.mkdtemp()) / "two_units.nwb")
    >>> read_recording(path) == rec
    True
    """
    try:
        pynwb: Any = import_module("pynwb")
    except ImportError as error:
        raise CausalGrainError(
            "Writing NWB needs pynwb, which isn't installed: pip install causalgrain[nwb]"
        ) from error
    target = output_path(path, force)
    if not isinstance(recording, Recording):
        raise InputError(
            "recording", expected="a Recording", got=type(recording).__name__, remedy="Read or make one first."
        )
    known = session_start_time is not None
    if known and getattr(session_start_time, "tzinfo", None) is None:
        raise InputError(
            "session_start_time",
            expected="a time with its zone",
            got=repr(session_start_time),
            remedy="For example datetime(2024, 5, 1, 14, 30, tzinfo=ZoneInfo('Europe/Paris')).",
        )
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part.nwb")
    try:
        file = pynwb.NWBFile(
            session_description if known else f"{session_description} {PLACEHOLDER}".strip(),
            recording.hash if identifier is None else identifier,
            session_start_time or UNKNOWN_START,
            notes="\n".join(" ".join(note.split()) for note in recording.notes) or None,
        )
        home = file.create_processing_module(HOME, "What NWB has no place for; see the documentation of causalgrain.")
        _keep(home, recording)
        if recording.spikes is None:
            _add_series(home, recording)
        else:
            _add_units(file, recording)
        _add_epochs(file, recording)
        with pynwb.NWBHDF5IO(str(temporary), "w") as stream:
            stream.write(file)
        if recording.spikes is None:
            _fill(temporary, recording)
        os.replace(temporary, target)
    except (CausalGrainError, Warning):
        raise
    except Exception as error:  # pynwb, hdmf and h5py raise many kinds
        raise InputError(
            str(target),
            expected="a recording that can be written as NWB",
            got=" ".join(str(error).split())[:200] or type(error).__name__,
            remedy="Check names and texts for characters that HDF5 can't hold, and the space on the disk.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _keep(home: Any, recording: Recording) -> None:
    row = {
        "kind": ("spikes, traces or counts", [recording.kind]),
        "rate": (
            "samples a second, Hz; NaN for spikes",
            np.array([np.nan if recording.rate is None else recording.rate]),
        ),
        "source": ("where the recording came from", [recording.source]),
        "version": ("version of causalgrain that wrote this file", [package_version()]),
    }
    home.add(_table("recording", "what causalgrain knows of the recording", row))


def _add_units(file: Any, recording: Recording) -> None:
    from hdmf.common import DynamicTableRegion, VectorData, VectorIndex
    from pynwb.misc import Units

    n, trains, spans = recording.n_units, recording.spikes or (), recording.segments
    spikes = np.concatenate(trains)
    columns: list[Any] = []

    def add(column: Any, ends: Any = None) -> None:
        columns.append(column)
        if ends is not None:
            columns.append(VectorIndex(name=f"{column.name}_index", data=np.asarray(ends, np.int64), target=column))

    properties = dict(recording.properties)
    label = VectorData(name="label", description="name of the unit", data=list(recording.labels))
    times = VectorData(name="spike_times", description="spike times in s", data=spikes)
    add(label)
    add(times, np.cumsum([len(train) for train in trains]))
    stretches = VectorData(name="obs_intervals", description="what was recorded, s", data=np.tile(spans, (n, 1)))
    add(stretches, len(spans) * np.arange(1, n + 1))
    place = properties.get("position")
    if place is not None and place.ndim == 2 and place.shape[1] in (2, 3) and place.dtype.kind in "iuf":
        _add_electrodes(file, recording.labels, place.astype(np.float64))
        region = DynamicTableRegion(
            name="electrodes", description="where the unit is", data=list(range(n)), table=file.electrodes
        )
        add(region, np.arange(1, n + 1))
    shapes = properties.get("waveform")
    if shapes is not None and shapes.ndim in (2, 3) and shapes.dtype in (np.float32, np.float64):
        shapes = np.ascontiguousarray(np.swapaxes(properties.pop("waveform"), 1, shapes.ndim - 1))
        add(VectorData(name="waveform_mean", description="mean waveform, in the unit of its source", data=shapes))
    for name, (told, data) in _columns(properties).items():
        add(VectorData(name=name, description=told, data=data))
    file.units = Units(
        name="units",
        description="units of the recording",
        columns=columns,
        colnames=[column.name for column in columns if not isinstance(column, VectorIndex)],
        id=list(range(n)),
        electrode_table=file.electrodes,
        waveform_unit="unknown",
    )


def _add_electrodes(file: Any, labels: Sequence[str], places: np.ndarray) -> None:
    """Add one electrode a unit, as NWB has no other place for where a unit is."""
    about = "Not electrodes: one row for each unit, with the position of the unit; um unless the source says otherwise."
    device = file.create_device("unknown")
    group = file.create_electrode_group("positions of units", description=about, location="unknown", device=device)
    file.add_electrode_column("label", "name of the unit")
    for label, place in zip(labels, places.tolist(), strict=True):
        x, y, z = (*place, float("nan"))[:3]
        file.add_electrode(x=x, y=y, z=z, location="unknown", group=group, label=label)


def _add_series(home: Any, recording: Recording) -> None:
    """Add the series without its values: :func:`_fill` writes them in stretches."""
    from hdmf.backends.hdf5 import H5DataIO
    from pynwb import TimeSeries
    from pynwb.epoch import TimeIntervals

    rate, kind, samples = recording.sampling, recording.kind, recording.segments
    even = recording.onsets[0] + (samples[:, 0] - samples[0, 0]) / rate
    regular = bool((np.abs(recording.onsets - even) * rate <= REGULAR).all())
    start = float(recording.onsets[0] - samples[0, 0] / rate)
    clock = {"rate": rate, "starting_time": start} if regular else {"timestamps": recording.times}
    home.add(
        TimeSeries(
            name=kind,
            description=f"one column a unit, in the order of the table {kind}_units",
            data=H5DataIO(shape=recording.shape, dtype=_dtype(recording)),
            unit="counts" if kind == "counts" else "unknown",
            **clock,
        )
    )
    units = {"label": ("name of the unit", list(recording.labels)), **_columns(recording.properties)}
    home.add(_table(f"{kind}_units", f"one row for each column of {kind}", units))
    spans = recording.spans
    edges = {
        "start_time": ("of the first sample, s", spans[:, 0]),
        "stop_time": ("one step after the last sample, s", spans[:, 1]),
        "first_sample": ("counted from 0", samples[:, 0]),
        "stop_sample": ("one past the last", samples[:, 1]),
    }
    home.add(_table("segments", "stretches across whose edges nothing may be joined", edges, TimeIntervals))


def _fill(path: Path, recording: Recording) -> None:
    import h5py

    with h5py.File(path, "r+") as file:
        data: Any = file[f"processing/{HOME}/{recording.kind}/data"]
        for first, block in recording.blocks(0, recording.shape[0]):
            data[first : first + len(block)] = block


def _dtype(recording: Recording) -> np.dtype[Any]:
    if recording.on_disk is not None:
        return recording.on_disk.dtype
    return next(block.dtype for _, block in recording.blocks(0, recording.shape[0]))


def _add_epochs(file: Any, recording: Recording) -> None:
    epochs = recording.epochs
    if epochs is None:
        return
    file.add_epoch_column("condition", "name of the condition")
    for start, stop, condition in zip(epochs.start.tolist(), epochs.stop.tolist(), epochs.condition, strict=True):
        file.add_epoch(start, stop, condition=condition)


def _table(name: str, about: str, columns: Mapping[str, tuple[str, Any]], kind: Any = None) -> Any:
    from hdmf.common import DynamicTable, VectorData

    made = [VectorData(name=key, description=told, data=data) for key, (told, data) in columns.items()]
    n = len(made[0].data)
    return (kind or DynamicTable)(name=name, description=about, columns=made, colnames=list(columns), id=list(range(n)))


def _columns(properties: Mapping[str, np.ndarray]) -> dict[str, tuple[str, Any]]:
    """Return column -> (description, data); the description has the true name of the property."""
    from pynwb.misc import Units

    made: dict[str, tuple[str, Any]] = {}
    for name, rows in properties.items():
        column = re.sub(r"[^\w \-()]", "_", name) or "property"
        # pynwb reaches columns as attributes of its tables, and is confused by one called "name".
        while column in RESERVED or column in made or column.endswith("_index") or hasattr(Units, column):
            column += "_"
        data: Any = rows
        if rows.dtype.kind in "SU":
            data = rows.astype(np.str_).tolist()
        elif rows.dtype.kind == "f" and rows.dtype.itemsize not in (4, 8):
            data = rows.astype(np.float64)
        made[column] = f"causalgrain property {name}", data
    return made
