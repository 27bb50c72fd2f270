"""Missing values, times that can't be, epochs that can't be, and objects in memory that make no recording."""

from functools import partial

import numpy as np
import pandas
import xarray

import small_files as small
from causalgrain.recordings.epochs import Epochs, read_epochs
from causalgrain.recordings.objects import as_epochs
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording
from malformed import Case, changed, memory, put, reading, saved, stamps
from matlab_files import cell, save_v73, vector

VALUES = small.VALUES
CLOCK = "divide ns by 1e9 and samples by the rate"
HEADER = "start,stop,condition\n"
TRAINS = "[[0.12, 0.58], [0.33]]"


def with_nan():
    values = VALUES.copy()
    values[7, 1] = np.nan
    return values


def spikes(*trains):
    return saved("x.mat", {"s": cell([vector(*train) for train in trains])})


def table(text, **options):
    """A table of epochs for a good recording of 1.2 s."""

    def make(folder):
        path, usual = small.csv(folder)
        (folder / "epochs.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return reading(path, epochs=folder / "epochs.csv", **(usual | options))

    return make


def _observed(file):
    put("units/obs_intervals", [[0.0, 2.0], [1.0, 3.0]] * 2)(file)
    put("units/obs_intervals_index", [2, 4])(file)


def _uneven():
    return xarray.DataArray(VALUES, dims=("time", "unit"), coords={"time": np.arange(12.0) ** 2})


MISSING = {
    "npz, NaN": Case(
        saved("x.npz", {"v": with_nan(), "rate": 10.0}), "unit 'u1' at 0.7 s (sample 7)", "Read without those units"
    ),
    "npy, NaN": Case(saved("x.npy", with_nan(), rate=10.0), "x.npy, values, unit 'u1' at 0.7 s", "fill or cut the gap"),
    "csv, infinite": Case(
        saved("x.csv", "a,b\n1,2\n3,inf\n", rate=2.0), "x.csv, values, unit 'b' at 0.5 s", "fill or cut"
    ),
    "HDF5, NaN": Case(
        saved("x.h5", {"v": with_nan(), "rate": 10.0}), "unit 'u1' at 0.7 s (sample 7)", "fill or cut the gap"
    ),
    "suite2p, NaN": Case(
        changed(small.suite2p, put("F.npy", with_nan().T[[1, 0, 2]])), "unit 'roi0' at 0.7 s", "units=[...]"
    ),
    "CaImAn, NaN": Case(
        changed(small.caiman, put("estimates/F_dff", with_nan().T[[1, 0, 2]])), "unit 'component0'", "units="
    ),
    "MATLAB, NaN": Case(spikes([0.1, np.nan], [0.2]), "x.mat, spikes, unit 'u0', spike 1", "Remove it."),
    "NWB, NaN": Case(
        changed(small.nwb_units, put("units/spike_times", [0.1, np.nan, 0.9, 0.2, 0.8])),
        "unit 'u0', spike 1",
        "leave the unit out with units=",
    ),
}
TIMES = {
    "MATLAB 5, unsorted": Case(
        spikes([0.5, 0.1], [0.2]), "unit 'u0', spike 1: expected ascending times, got 0.1 s", "numpy.sort"
    ),
    "MATLAB 7.3, unsorted": Case(
        lambda d: reading(save_v73(d / "x.mat", {"s": cell([vector(0.2), vector(0.5, 0.1)])})),
        "unit 'u1', spike 1",
        "numpy.sort",
    ),
    "NWB, unsorted": Case(
        changed(small.nwb_units, put("units/spike_times", [0.1, 0.5, 0.9, 0.8, 0.2])),
        "unit 'u1', spike 1",
        "numpy.sort",
    ),
    "MATLAB, negative": Case(
        spikes([0.2], [-0.5, 0.1]), "unit 'u1': expected times from 0 to 0.2 s, got -0.5 s", "adjust `start`"
    ),
    "phy, negative": Case(
        changed(small.phy, put("spike_times.npy", np.array([-100, 150, 200, 300, 400]))),
        "unit '0': expected times from 0",
        "adjust `start`",
    ),
    "phy, beyond the end": Case(
        changed(small.phy, duration=0.2), "unit '0': expected times from 0 to 0.2 s, got 0.4 s", "`duration`"
    ),
    "MATLAB, samples": Case(
        spikes(np.arange(30) * 3e4), "x.mat, s: expected spike times in s, got 30 whole", "give rate=30000"
    ),
    "npz, ns": Case(saved("x.npz", {"a": np.array([1.7e18])}, kind="spikes"), "x.npz, spikes, unit 'a'", CLOCK),
    "npz, columns swapped": Case(
        saved("x.npz", {"p": np.column_stack([np.arange(90) % 3, np.arange(90) * 700.0])}, kind="spikes"),
        "x.npz, p: ",
        "swap them",
    ),
    "csv, a gap": Case(
        saved("x.csv", "t,a\n0,1\n1,2\n2,3\n9,4\n"),
        "time column, sample 3: expected a step of about 1 s",
        "Cut the file",
    ),
    "csv, running back": Case(saved("x.csv", "t,a\n2,1\n1,2\n0,3\n"), "got 1 s after 2 s (sample 1)", "give rate=..."),
    "csv, one row": Case(
        saved("x.csv", "t,a\n2,1\n"), "time column: expected at least two ascending times", "give rate=..."
    ),
    "csv, a time missing": Case(saved("x.csv", "t,a\n0,1\nnan,2\n2,3\n"), "time column: expected", "give rate=..."),
    "NWB, running back": Case(
        changed(small.nwb_series, *stamps(*np.arange(5), 3.5, *np.arange(6, 12))),
        "timestamps, sample 5",
        "give rate=... (Hz)",
    ),
    "NWB, too few": Case(
        changed(small.nwb_series, *stamps(0.0, 0.1)),
        "timestamps: expected one ascending time a sample, got 2 for 12",
        "Mend",
    ),
    "npz, segments overlap": Case(
        saved("x.npz", {"v": VALUES, "rate": 1.0, "segments": [[0, 6], [4, 9]]}),
        "x.npz, 'segments', row 1",
        "must ascend and not overlap",
    ),
    "npz, segments beyond": Case(
        saved("x.npz", {"v": VALUES, "rate": 1.0, "segments": [[0, 99]]}),
        "x.npz, 'segments': expected samples from 0 to 12",
        "give segments=",
    ),
    "NWB, obs_intervals overlap": Case(
        changed(small.nwb_units, _observed), "x.nwb, obs_intervals, segments, row 1", "with segments="
    ),
}
EPOCHS = {
    "overlap": Case(
        table(HEADER + "0,0.5,wake\n0.4,1,sleep\n"), "epochs.csv, lines 2 (wake) and 3 (sleep)", "Cut one of them"
    ),
    "outside": Case(
        table(HEADER + "0,0.5,wake\n300,600,sleep\n"),
        "condition 'sleep': expected a time in the recording",
        "samples? ms?",
    ),
    "before 0": Case(
        table(HEADER + "-5,-1,wake\n"), "condition 'wake': expected a time in the recording, 0 to 1.2 s", "the start"
    ),
    "stop before start": Case(table(HEADER + "0.5,0.2,wake\n"), "epochs.csv, line 2 (wake)", "not start and duration"),
    "no number": Case(table(HEADER + "0,x,wake\n"), "epochs.csv, line 2, column 'stop'", "plain number of seconds"),
    "no header": Case(table("0,0.5,wake\n"), "epochs.csv, line 1: expected a header", '"start,stop,condition"'),
    "no condition": Case(table("start,stop\n0,1\n"), "epochs.csv, line 1: expected a header", '"start,stop,condition"'),
    "a cell too many": Case(table(HEADER + "0,1,wake,x\n"), "epochs.csv, line 2: expected 3 cells", "Mend the row."),
    "no name": Case(table(HEADER + "\n0,1,\n"), "epochs.csv, line 3: expected the name of a condition", "Name it"),
    "empty": Case(table(""), "epochs.csv: expected a table of epochs", '"start,stop,condition"'),
    "a header alone": Case(table(HEADER), "epochs.csv: expected at least one epoch", '"start,stop,condition"'),
    "no text": Case(table(b"start,stop\xff\xfe\n"), "epochs.csv: expected a whole text file", "save it as that"),
    "in ns": Case(table(HEADER + "0,1.7e18,wake\n"), "epochs.csv, line 2, column 'stop'", CLOCK),
    "no file": Case(lambda d: partial(read_epochs, d / "e.csv"), "e.csv: expected an existing file", "Check the name"),
    "no path": Case(memory(lambda: read_epochs(None)), "epochs: expected the path of a table", "Epochs(start, stop"),  # type: ignore[arg-type]
    "lengths": Case(
        memory(lambda: Epochs([0, 1], [1], ["a", "b"])), "2 starts, 1 stops, 2 conditions", "For example Epochs("
    ),
    "NaN": Case(memory(lambda: Epochs([0, 1], [1, np.nan], ["a", "b"])), "epochs, stop, row 1", "remove the row"),
    "one text": Case(
        memory(lambda: Epochs([0], [1], "a")), "epochs, condition: expected one name for each epoch", "Epochs("
    ),
    "DataFrame, no names": Case(
        memory(lambda: as_epochs(pandas.DataFrame({"start": [0], "stop": [1], "condition": [None]}))),
        "epochs, row 0",
        "Name it",
    ),
}
MEMORY = {
    "masked values": Case(
        memory(lambda: Recording(np.ma.masked_less(VALUES, 0), 1.0)), "values: ", "what is masked first"
    ),
    "masked times": Case(
        memory(lambda: Recording.from_spikes([np.ma.masked_less([0.1, 0.2], 0.15)])), "unit 0", TRAINS
    ),
    "ragged rows": Case(
        memory(lambda: Recording([[1, 2], [3]], 1.0)), "values: ", "two-dimensional array of plain numbers"
    ),
    "a huge number": Case(
        memory(lambda: Recording([[10**400]], 1.0)), "values: expected real numbers", "two-dimensional array"
    ),
    "rate 0": Case(memory(lambda: Recording(VALUES, 0)), "rate: expected a number > 0, in Hz, got 0", "rate=1 / 0.6"),
    "rate too low": Case(
        memory(lambda: Recording(VALUES, 1e-12)), "rate: expected a rate (Hz) at which", "samples a second"
    ),
    "start in ns": Case(memory(lambda: Recording(VALUES, 10.0, start=1.7e18)), "start: expected a time in s", CLOCK),
    "samples beyond the clock": Case(
        memory(lambda: Recording(VALUES, 1e7, start=1.7e9)), "start: expected a clock", CLOCK
    ),
    "one text for labels": Case(
        memory(lambda: Recording(VALUES, 1.0, "abc")), "labels: expected 3 names", "one name a column"
    ),
    "a number for labels": Case(
        memory(lambda: Recording(VALUES, 1.0, 3)), "labels: expected 3 names, one a unit, got 3", "one name"
    ),  # type: ignore[arg-type]
    "counts below 0": Case(
        memory(lambda: Recording(-abs(VALUES), 1.0, kind="counts")), "unit 'u0' at 0 s", "kind='traces'"
    ),
    "onsets": Case(
        memory(lambda: Recording(VALUES, 1.0, onsets="x")), "onsets: expected 1 times in s", "Leave `onsets` out"
    ),
    "properties": Case(
        memory(lambda: Recording(VALUES, 1.0, properties=["PV"] * 3)), "properties: expected a dict", "{'cell_type'"
    ),  # type: ignore[arg-type]
    "a short property": Case(
        memory(lambda: Recording(VALUES, 1.0, properties={"z": [1]})), "properties, 'z'", "for every unit"
    ),
    "notes": Case(memory(lambda: Recording(VALUES, 1.0, notes=3)), "notes: expected a list of texts", "['z-scored']"),  # type: ignore[arg-type]
    "one train for all": Case(memory(lambda: Recording.from_spikes([0.1, 0.2])), "one number for unit 0", TRAINS),
    "trains in a dict": Case(memory(lambda: Recording.from_spikes({"a": [0.1]})), "spikes: expected one array", TRAINS),  # type: ignore[arg-type]
    "complex times": Case(
        memory(lambda: Recording.from_spikes([np.array([1j])])), "complex numbers of shape (1,) for unit 0", TRAINS
    ),
    "dates": Case(
        memory(lambda: Recording.from_spikes([np.array(["2020-01-01"], "M8[s]")])), "dates of shape (1,)", TRAINS
    ),
    "no length": Case(
        memory(lambda: Recording.from_spikes([[1e9]], start=1e9, duration=1e-9)), "duration: expected a length", CLOCK
    ),
    "a plain array": Case(memory(partial(read_recording, VALUES)), "source: ", "Recording(values, rate)"),
    "uneven xarray": Case(
        memory(lambda: read_recording(_uneven())), "time, sample 1: expected even sample times", "Resample it"
    ),
    "rate in words": Case(
        memory(lambda: read_recording("x.npz", rate="30 Hz")), "rate: expected a number > 0, in Hz", "0.6"
    ),  # type: ignore[arg-type]
    "array, not its name": Case(
        memory(lambda: read_recording("x.npz", array=VALUES)), "array: expected the name", "as text"
    ),  # type: ignore[arg-type]
    "lazy in words": Case(
        memory(lambda: read_recording("x.npz", lazy="yes")), "lazy: expected True or False", "Leave it out"
    ),  # type: ignore[arg-type]
}
INPUTS = {"missing value": MISSING, "time": TIMES, "epochs": EPOCHS, "memory": MEMORY}
