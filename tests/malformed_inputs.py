"""Malformed inputs of every format: how each is made, and what its message must say.

A case is a function that writes into an empty folder and returns a call; beside it stand words of the message that name
the place, and words of the remedy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io
import xarray

import small_files as small
from causalgrain.recordings.epochs import Epochs, read_epochs
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording
from matlab_files import cell, save_v73, struct_array, vector

VALUES, TRAINS = small.VALUES, small.TRAINS
Call = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """`make(folder)` gives the call that must be refused; `place` and `remedy` stand in its message."""

    name: str
    make: Callable[[Path], Call]
    place: str
    remedy: str


def rec(path: Path, **options: Any) -> Call:
    return partial(read_recording, path, **options)


def cut(write: Callable[[Path], small.Small], share: float, name: str | None = None) -> Callable[[Path], Call]:
    """A good file of which only a share is left; `name` picks one of a folder."""

    def make(folder: Path) -> Call:
        path, options = write(folder)
        file = path if name is None else folder / name
        file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
        return rec(path, **options)

    return make


def saved(name: str, content: Any, /, **options: Any) -> Callable[[Path], Call]:
    """One file: text, bytes, an array (.npy), arrays (.npz), variables (.mat), or datasets (.h5)."""

    def make(folder: Path) -> Call:
        path = folder / name
        if isinstance(content, str | bytes):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        elif path.suffix == ".npy":
            np.save(path, content)
        elif path.suffix == ".npz":
            np.savez(path, **content)
        elif path.suffix == ".mat":
            scipy.io.savemat(path, content)
        else:
            with h5py.File(path, "w") as file:
                for key, value in content.items():
                    file[key] = value
        return rec(path, **options)

    return make


def changed(write: Callable[[Path], small.Small], change: Callable[[Any], Any], **more: Any) -> Callable[[Path], Call]:
    """A good HDF5 file, opened and changed; or a good folder, handed over and changed."""

    def make(folder: Path) -> Call:
        path, options = write(folder)
        if path.is_dir():
            change(path)
        else:
            with h5py.File(path, "r+") as file:
                change(file)
        return rec(path, **options, **more)

    return make


def replaced(name: str, value: Any) -> Callable[[Any], None]:
    """In an HDF5 file another dataset of that name, with the attributes of the old one; in a folder another file."""

    def change(place: Any) -> None:
        if isinstance(place, Path):
            (place / name).write_text(value) if isinstance(value, str) else np.save(place / name, value)
            return
        kept = dict(place[name].attrs)
        del place[name]
        place[name] = value
        place[name].attrs.update(kept)

    return change


def without(name: str) -> Callable[[Any], None]:
    def change(place: Any) -> None:
        if isinstance(place, Path):
            (place / name).unlink()
        else:
            del place[name]

    return change


def metrics(**fields: Any) -> Callable[[Path], Call]:
    """A CellExplorer file with these fields."""
    return saved("d.cell_metrics.cellinfo.mat", {"cell_metrics": fields})


def epochs(text: str | bytes) -> Callable[[Path], Call]:
    """A table of epochs for a good recording of 1.2 s."""

    def make(folder: Path) -> Call:
        path, options = small.csv(folder)
        (folder / "epochs.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return rec(path, epochs=folder / "epochs.csv", **options)

    return make


def memory(call: Call) -> Callable[[Path], Call]:
    return lambda folder: call


def with_nan() -> np.ndarray:
    values = VALUES.copy()
    values[7, 1] = np.nan
    return values


def stamps(spoil: Callable[[np.ndarray], None]) -> Callable[[Any], None]:
    """An NWB series with timestamps in place of a rate."""

    def change(file: Any) -> None:
        series = file["processing/ecephys/LFP/ElectricalSeries"]
        del series["starting_time"]
        times = np.arange(12) / 10
        spoil(times)
        series["timestamps"] = times

    return change


def _back(times: np.ndarray) -> None:
    times[5] = times[3]


def _pairs(folder: Path) -> Call:
    path, options = small.pairs(folder)
    np.savetxt(folder / "train_target.csv", VALUES[1:-3], delimiter=",")
    return rec(path, **options)


SERIES = "processing/ecephys/LFP/ElectricalSeries"
COPY = "copy it again, or check what wrote it"
TEXT = "start,stop,condition\n"

CASES = (
    # -- truncated, empty, foreign -----------------------------------------------------------------------------------
    Case("npz, truncated", cut(small.npz, 0.5), "x.npz: expected a whole .npz file", COPY),
    Case("npz, empty", saved("x.npz", b""), "x.npz", COPY),
    Case("npy, truncated", cut(small.npy, 0.7), "x.npy: expected a whole .npy file", COPY),
    Case("csv, empty", saved("x.csv", ""), "x.csv", "Check the export."),
    Case("csv, in UTF-16", saved("x.csv", "a,b\n1,2\n".encode("utf-16"), rate=1.0), "x.csv", "save it as that"),
    Case(
        "csv, cut within a row", saved("x.csv", "a,b\n1,2\n3", rate=1.0), "x.csv, line 3", "truncated, or the decimal"
    ),
    Case("HDF5, truncated", cut(small.hdf5, 0.9), "x.h5: expected a whole HDF5 file", COPY),
    Case("HDF5, is text", saved("x.h5", "a,b\n"), "x.h5", COPY),
    Case("MATLAB 5, truncated", cut(small.matlab, 0.6), "x.mat: expected a whole MATLAB file", COPY),
    Case("MATLAB 7.3, truncated", cut(small.matlab_73, 0.8), "x.mat: expected a whole MATLAB file", COPY),
    Case("NWB, truncated", cut(small.nwb_units, 0.9), "x.nwb: expected a whole NWB file", COPY),
    Case("CaImAn, truncated", cut(small.caiman, 0.9), "x.hdf5", COPY),
    Case("suite2p, F.npy truncated", cut(small.suite2p, 0.9, "F.npy"), "F.npy", COPY),
    Case("phy, spike_times.npy truncated", cut(small.phy, 0.9, "spike_times.npy"), "spike_times.npy", COPY),
    Case("CellExplorer, truncated", cut(small.cell_explorer, 0.5), "d.cell_metrics.cellinfo.mat", COPY),
    Case("trials, truncated", cut(small.trials, 0.9), "x.mat", COPY),
    Case("no such file", memory(rec(Path("nowhere.npz"))), "nowhere.npz", "Check the name and the folder."),
    Case("unknown ending", saved("x.dat", b"\0\1"), "x.dat", "Save it as .npz: numpy.savez"),
    Case(
        "a folder of nothing known", lambda folder: rec(folder), "a folder that holds nothing", "Name one file in it."
    ),
    # -- wrong types and shapes --------------------------------------------------------------------------------------
    Case("npz, complex", saved("x.npz", {"v": VALUES * 1j}), "v (12 x 3, complex128)", "Name it with array=..."),
    Case("npz, text", saved("x.npz", {"v": VALUES.astype(str)}, array="v"), "array 'v'", "The file holds v"),
    Case("npy, three dimensions", saved("x.npy", np.zeros((2, 3, 4)), rate=1.0), "shape (2, 3, 4)", "Stack trials"),
    Case(
        "npy, named columns", saved("x.npy", np.zeros(4, "f8,i8")), "named columns (f0, f1)", "Save the numbers alone"
    ),
    Case("csv, a column of text", saved("x.csv", "a,b\n1,x\n", rate=1.0), "line 2, column 2", "Remove columns of text"),
    Case("csv, an empty cell", saved("x.csv", "a,b\n1,2\n,4\n", rate=1.0), "line 3, column 1", "fill or cut missing"),
    Case("csv, a header too short", saved("x.csv", "a,b\n1,2,3\n", rate=1.0), "x.csv, line 1", "Mend the header"),
    Case("csv, a name twice", saved("x.csv", "a,a\n1,2\n", rate=1.0), "x.csv, header", "Rename one of them."),
    Case(
        "suite2p, iscell of others",
        changed(small.suite2p, replaced("iscell.npy", np.ones((5, 2)))),
        "iscell.npy: expected one row for each of the 3 ROIs",
        "copy the folder again",
    ),
    Case(
        "suite2p, pickled iscell",
        changed(small.suite2p, lambda d: np.save(d / "iscell.npy", np.array([{}, None]), allow_pickle=True)),
        "iscell.npy",
        "Save the numbers alone",
    ),
    Case(
        "suite2p, no cell",
        changed(small.suite2p, replaced("iscell.npy", np.zeros((3, 2)))),
        "none of 3",
        "name some: units=['roi0'",
    ),
    Case(
        "phy, times in s",
        changed(small.phy, replaced("spike_times.npy", np.linspace(0, 1, 5))),
        "spike_times.npy: expected whole numbers",
        "copy the folder again",
    ),
    Case(
        "phy, fewer clusters than spikes",
        changed(small.phy, replaced("spike_clusters.npy", np.arange(3))),
        "spike_clusters.npy",
        "5 as in spike_times.npy",
    ),
    Case(
        "phy, a table without clusters",
        changed(small.phy, replaced("cluster_group.tsv", "unit\tgroup\n0\tgood\n")),
        "cluster_group.tsv: expected a column cluster_id",
        "Save it again from phy.",
    ),
    Case("phy, broken params.py", changed(small.phy, replaced("params.py", "sample_rate = = 3")), "params.py", COPY),
    Case(
        "CaImAn, components of another run",
        changed(small.caiman, replaced("estimates/idx_components", [0, 9])),
        "estimates/idx_components: expected numbers of components from 0 to 2, got 0 to 9",
        "evaluate the components again",
    ),
    Case(
        "NWB, index beyond the spikes",
        changed(small.nwb_units, replaced("units/spike_times_index", [3, 99])),
        "units/spike_times_index",
        "write the file again",
    ),
    Case(
        "NWB, electrodes of no table",
        changed(small.nwb_series, lambda f: f[SERIES]["electrodes"].attrs.__setitem__("table", 3.0)),
        f"{SERIES}/electrodes",
        "write it again",
    ),
    Case(
        "MATLAB, cells of text",
        saved("x.mat", {"spikes": cell(["a", "b"])}),
        "spikes (1 x 2, names)",
        "Name it with array=...",
    ),
    Case(
        "trials, not only spikes",
        saved(
            "x.mat",
            {
                "espe": struct_array(
                    [
                        {
                            "shank": struct_array(
                                [
                                    {
                                        "SUA": {
                                            "cell": struct_array(
                                                [{"odor": struct_array([{"spikeMatrix": np.full((2, 7000), 0.5)}])}]
                                            )
                                        }
                                    }
                                ]
                            )
                        }
                    ]
                )
            },
        ),
        "odor(1).spikeMatrix: expected spikes per ms",
        "single spikes",
    ),
    Case(
        "pairs of different length", _pairs, "(11, 3) in the input, (8, 3) in the target", "one is cut: copy them again"
    ),
    # -- fields that are missing -------------------------------------------------------------------------------------
    Case("npz, no rate", saved("x.npz", {"v": VALUES}), "the file names none", "Give rate=... (--rate)"),
    Case(
        "npz, two rates",
        saved("x.npz", {"v": VALUES, "rate": [10.0, 20.0]}),
        "'rate' in the file holds 2 numbers",
        "Give rate=... (--rate)",
    ),
    Case(
        "npz, rate in words",
        saved("x.npz", {"v": VALUES, "rate": "fast"}),
        "'rate' in the file is <U4",
        "Give rate=... (--rate)",
    ),
    Case(
        "npz, two arrays",
        saved("x.npz", {"v": VALUES, "w": VALUES}),
        "2 arrays that could be",
        "Name it with array=...",
    ),
    Case(
        "npz, no such array",
        saved("x.npz", {"traces": VALUES}, array="trace"),
        "array 'trace'",
        "Did you mean 'traces'?",
    ),
    Case("HDF5, nothing inside", saved("x.h5", {}), "a file that holds nothing", "Check the file."),
    Case("NWB, nothing inside", changed(small.nwb_units, without("units")), "x.nwb", "Check what wrote the file"),
    Case(
        "NWB, units without spikes",
        changed(small.nwb_units, without("units/spike_times")),
        "2 units without spike times",
        "x.nwb",
    ),
    Case(
        "NWB, no rate",
        changed(small.nwb_series, without(f"{SERIES}/starting_time")),
        "ecephys/LFP/ElectricalSeries",
        "Give rate=... (--rate)",
    ),
    Case("NWB, HDF5 of others", saved("x.nwb", {"v": VALUES}), "another HDF5 file", "give it the ending .h5"),
    Case(
        "suite2p, no rate",
        changed(small.suite2p, without("ops.npy")),
        "rate: expected the sampling rate",
        "as fs in suite2p",
    ),
    Case(
        "phy, no rate",
        changed(small.phy, without("params.py")),
        "rate: expected the sampling rate",
        "Give rate=... (--rate)",
    ),
    Case(
        "CaImAn, no traces",
        changed(small.caiman, lambda f: (replaced("estimates/C", "None")(f), replaced("estimates/F_dff", "None")(f))),
        "expected traces: F_dff or C",
        "Fit the model",
    ),
    Case(
        "CellExplorer, no spike times",
        metrics(UID=np.array([[1.0, 2.0]])),
        "properties of 2 cells alone",
        "read_unit_table(path)",
    ),
    Case(
        "pairs, no target",
        changed(small.pairs, without("train_target.csv")),
        "a folder that holds train_input.csv",
        "Name one file in it.",
    ),
    # -- no units, no samples, no spikes -----------------------------------------------------------------------------
    Case("npz, no units", saved("x.npz", {"v": VALUES[:, :0]}, rate=1.0), "at least one unit", "Columns are units"),
    Case("npz, no samples", saved("x.npz", {"v": VALUES[:0]}, rate=1.0), "an empty recording", "Check the array."),
    Case(
        "npz, no spike",
        saved("x.npz", {"a": np.zeros(0), "b": np.zeros(0)}, kind="spikes"),
        "none in 2 units",
        "Check that these are the spike times.",
    ),
    Case("csv, a header alone", saved("x.csv", "a,b\n", rate=1.0), "an empty recording", "Check the array."),
    Case(
        "phy, no spike",
        changed(
            small.phy,
            lambda d: [np.save(d / f"spike_{n}.npy", np.zeros(0, int)) for n in ("times", "clusters", "templates")],
        ),
        "at least one spike",
        "Check that the sorting was finished.",
    ),
    Case(
        "CellExplorer, no spike",
        metrics(UID=np.array([[1.0]]), spikes={"times": cell([vector()])}),
        "at least one spike",
        "Check the spike times",
    ),
    # -- missing values ----------------------------------------------------------------------------------------------
    Case(
        "npz, NaN",
        saved("x.npz", {"v": with_nan(), "rate": 10.0}),
        "unit 'u1' at 0.7 s (sample 7)",
        "Read without those units",
    ),
    Case(
        "HDF5, NaN on disk",
        saved("x.h5", {"v": with_nan(), "rate": 10.0}, lazy=False),
        "unit 'u1' at 0.7 s (sample 7)",
        "fill or cut the gap",
    ),
    Case(
        "npz, NaN for a rate",
        saved("x.npz", {"v": VALUES, "rate": np.nan}),
        "'rate' in the file: expected a number > 0, in Hz, got nan",
        "Give rate=...",
    ),
    Case(
        "MATLAB, NaN among spikes",
        saved("x.mat", {"s": cell([vector(0.1, np.nan), vector(0.2)])}),
        "unit 'u0', spike 1",
        "Remove it.",
    ),
    Case(
        "NWB, NaN among spikes",
        changed(small.nwb_units, replaced("units/spike_times", [0.1, np.nan, 0.9, 0.2, 0.8])),
        "unit 'u0', spike 1",
        "leave the unit out with units=",
    ),
    # -- times -------------------------------------------------------------------------------------------------------
    Case(
        "MATLAB 5, unsorted spikes",
        saved("x.mat", {"s": cell([vector(0.5, 0.1), vector(0.2)])}),
        "unit 'u0', spike 1: expected ascending times, got 0.1 s after 0.5 s",
        "numpy.sort",
    ),
    Case(
        "MATLAB 7.3, unsorted spikes",
        lambda d: rec(save_v73(d / "x.mat", {"s": cell([vector(0.5, 0.1), vector(0.2)])})),
        "unit 'u0', spike 1",
        "numpy.sort",
    ),
    Case(
        "MATLAB, spikes before the start",
        saved("x.mat", {"s": cell([vector(0.2), vector(-0.5, 0.1)])}),
        "unit 'u1': expected times from 0 to 0.2 s, got -0.5 s",
        "adjust `start`",
    ),
    Case(
        "MATLAB, samples for seconds",
        saved("x.mat", {"s": cell([np.arange(30.0) * 3e4])}),
        "30 whole numbers",
        "give rate=30000 for samples",
    ),
    Case(
        "npz, columns the other way round",
        saved("x.npz", {"p": np.column_stack([np.arange(90) % 3, np.arange(90) * 700.0])}, kind="spikes"),
        "90 different units in 90 rows",
        "swap them",
    ),
    Case(
        "npz, ns for seconds",
        saved("x.npz", {"a": np.array([1.7e18, 1.8e18])}, kind="spikes"),
        "unit 'a': expected a time in s, at most 1e+12",
        "divide ns by 1e9",
    ),
    Case(
        "phy, spikes beyond the duration",
        changed(small.phy, lambda d: None, duration=0.2),
        "unit '0': expected times from 0 to 0.2 s, got 0.4 s",
        "adjust `start` and `duration`",
    ),
    Case(
        "csv, uneven times",
        saved("x.csv", "t,a\n0,1\n1,2\n2,3\n9,4\n"),
        "time column, sample 3: expected a step of about 1 s, got 7 s",
        "Cut the file at the gap",
    ),
    Case(
        "csv, times that run back",
        saved("x.csv", "t,a\n2,1\n1,2\n0,3\n"),
        "time column: expected at least two ascending times in s, got 1 s after 2 s",
        "give rate=...",
    ),
    Case(
        "NWB, timestamps that run back",
        changed(small.nwb_series, stamps(_back)),
        "timestamps, sample 5",
        "give rate=... (Hz)",
    ),
    Case(
        "NWB, too few timestamps",
        changed(small.nwb_series, lambda f: (stamps(_back)(f), replaced(f"{SERIES}/timestamps", [0.0, 0.1])(f))),
        "2 for 12 samples",
        "Mend the timestamps",
    ),
    Case(
        "npz, segments that overlap",
        saved("x.npz", {"v": VALUES, "rate": 1.0, "segments": [[0, 6], [4, 9]]}),
        "x.npz, 'segments', row 1",
        "must ascend and not overlap",
    ),
    Case(
        "npz, segments beyond the samples",
        saved("x.npz", {"v": VALUES, "rate": 1.0, "segments": [[0, 99]]}),
        "x.npz, 'segments': expected samples from 0 to 12",
        "give segments=",
    ),
    Case(
        "NWB, overlapping obs_intervals",
        changed(
            small.nwb_units,
            lambda f: (
                f["units"].update({"obs_intervals": [[0.0, 2.0], [1.0, 3.0]] * 2, "obs_intervals_index": [2, 4]})
                if hasattr(f["units"], "update")
                else [
                    f["units"].__setitem__(k, v)
                    for k, v in {"obs_intervals": [[0.0, 2.0], [1.0, 3.0]] * 2, "obs_intervals_index": [2, 4]}.items()
                ]
            ),
        ),
        "obs_intervals, segments, row 1",
        "Say what was recorded with segments=",
    ),
    # -- epochs ------------------------------------------------------------------------------------------------------
    Case(
        "epochs that overlap",
        epochs(TEXT + "0,0.5,wake\n0.4,1,sleep\n"),
        "epochs.csv, lines 2 (wake) and 3 (sleep)",
        "Cut one of them",
    ),
    Case(
        "epochs outside",
        epochs(TEXT + "0,0.5,wake\n300,600,sleep\n"),
        "epochs, row 1 (sleep): expected a time in the recording, 0 to 1.2 s, got 300 to 600 s",
        "check the unit (samples? ms?)",
    ),
    Case(
        "epochs, stop before start",
        epochs(TEXT + "0.5,0.2,wake\n"),
        "epochs.csv, line 2 (wake)",
        "not start and duration",
    ),
    Case(
        "epochs, no number", epochs(TEXT + "0,x,wake\n"), "epochs.csv, line 2, column 'stop'", "plain number of seconds"
    ),
    Case(
        "epochs, no header", epochs("0,0.5,wake\n"), "epochs.csv, line 1: expected a header", '"start,stop,condition"'
    ),
    Case(
        "epochs, a cell too many",
        epochs(TEXT + "0,1,wake,x\n"),
        "epochs.csv, line 2: expected 3 cells",
        "Mend the row.",
    ),
    Case(
        "epochs, no name",
        epochs(TEXT + "0,1,\n"),
        "epochs.csv, line 2: expected the name of a condition",
        "Name it, or remove the line.",
    ),
    Case("epochs, empty", epochs(""), "epochs.csv: expected a table of epochs", '"start,stop,condition"'),
    Case("epochs, bytes of no text", epochs(b"start,stop\xff\xfe\n"), "epochs.csv", "save it as that"),
    Case(
        "epochs, in samples since 1970",
        epochs(TEXT + "0,1.7e18,wake\n"),
        "epochs.csv, line 2, column 'stop'",
        "divide ns by 1e9",
    ),
    Case("epochs, no such file", lambda d: partial(read_epochs, d / "epoch.csv"), "epoch.csv", "Check the name"),
    # -- in memory ---------------------------------------------------------------------------------------------------
    Case(
        "memory, masked values",
        memory(lambda: Recording(np.ma.masked_less(VALUES, 0), 1.0)),
        "values: ",
        "Fill or cut what is masked",
    ),
    Case(
        "memory, rate 0",
        memory(lambda: Recording(VALUES, 0)),
        "rate: expected a number > 0, in Hz, got 0",
        "rate=1 / 0.6",
    ),
    Case("memory, labels of one text", memory(lambda: Recording(VALUES, 1.0, "abc")), "labels: ", "one name a column"),
    Case(
        "memory, a number for labels",
        memory(lambda: Recording(VALUES, 1.0, 3)),
        "labels: expected 3 names, one a unit, got 3",
        "one name a column",
    ),
    Case(
        "memory, rows of other length",
        memory(lambda: Recording([[1, 2], [3]], 1.0)),
        "values: ",
        "two-dimensional array",
    ),
    Case(
        "memory, negative counts",
        memory(lambda: Recording(VALUES, 1.0, kind="counts")),
        "values, unit 'u",
        "kind='traces'",
    ),
    Case(
        "memory, a start in ns",
        memory(lambda: Recording(VALUES, 10.0, start=1.7e18)),
        "start: expected a time in s",
        "divide ns by 1e9",
    ),
    Case(
        "memory, samples closer than the clock",
        memory(lambda: Recording(VALUES, 1e7, start=1.7e9)),
        "start: expected a clock",
        "count from the recording's start",
    ),
    Case(
        "memory, too slow a rate",
        memory(lambda: Recording(VALUES, 1e-12)),
        "rate: expected a rate (Hz) at which the recording ends before",
        "Times are seconds",
    ),
    Case(
        "memory, properties without names",
        memory(lambda: Recording(VALUES, 1.0, properties=["PV"] * 3)),
        "properties: ",
        "{'cell_type':",
    ),
    Case(
        "memory, a property too short",
        memory(lambda: Recording(VALUES, 1.0, properties={"depth": [1, 2]})),
        "properties, 'depth'",
        "a row for every unit",
    ),
    Case(
        "memory, one train for all",
        memory(lambda: Recording.from_spikes([0.1, 0.2])),
        "one number for unit 0",
        "[[0.12, 0.58], [0.33]]",
    ),
    Case(
        "memory, trains in a dict",
        memory(lambda: Recording.from_spikes({"a": [0.1]})),
        "spikes: ",
        "[[0.12, 0.58], [0.33]]",
    ),
    Case(
        "memory, dates for times",
        memory(lambda: Recording.from_spikes([np.array(["2020-01-01"], "M8[s]")])),
        "dates of shape (1,) for unit 0",
        "[[0.12, 0.58], [0.33]]",
    ),
    Case(
        "memory, epochs of other lengths",
        memory(lambda: Epochs([0, 1], [1], ["a", "b"])),
        "2 starts, 1 stops, 2 conditions",
        "For example Epochs(",
    ),
    Case(
        "memory, epochs with NaN",
        memory(lambda: Epochs([0, 1], [1, np.nan], ["a", "b"])),
        "epochs, stop, row 1",
        "remove the row",
    ),
    Case(
        "memory, a plain array", memory(partial(read_recording, VALUES)), "got numpy.ndarray", "Recording(values, rate)"
    ),
    Case(
        "memory, uneven coordinates",
        memory(
            lambda: read_recording(
                xarray.DataArray(VALUES, dims=("time", "unit"), coords={"time": np.arange(12.0) ** 2})
            )
        ),
        "time, sample",
        "Resample it",
    ),
    Case(
        "memory, rate in words",
        memory(lambda: read_recording("x.npz", rate="30 Hz")),
        "rate: expected a number > 0, in Hz, got '30 Hz'",
        "give rate=1 / 0.6",
    ),
)
