"""Files that are truncated, foreign, of wrong types, without what they must have, or empty."""

import numpy as np

import small_files as small
from malformed import SERIES, Case, changed, cut, metrics, put, reading, saved, without
from matlab_files import cell, struct_array, vector

VALUES = small.VALUES
AGAIN = "It is truncated or of another format: copy it again, or check what wrote it."
FOLDER_AGAIN = "copy the folder again"
RATE = "Give rate=... (--rate)"
COMPONENTS = "estimates/idx_components"


def _half_spikes(folder):
    """Units in trials whose matrices hold halves."""
    cells = struct_array([{"odor": struct_array([{"spikeMatrix": np.full((2, 7000), 0.5)}])}])
    content = {"espe": struct_array([{"shank": struct_array([{"SUA": {"cell": cells}}])}])}
    return saved("x.mat", content)(folder)


def _pairs(folder):
    path, options = small.pairs(folder)
    np.savetxt(folder / "train_target.csv", VALUES[1:-3], delimiter=",")
    return reading(path, **options)


def _silent(folder):
    for name in ("times", "clusters", "templates"):
        put(f"spike_{name}.npy", np.zeros(0, int))(folder)


TRUNCATED = {
    "npz": Case(cut(small.npz, 0.5), "x.npz: expected a whole .npz file", AGAIN),
    "npz, empty": Case(saved("x.npz", b""), "x.npz: expected a whole .npz file", AGAIN),
    "npy": Case(cut(small.npy, 0.7), "x.npy: expected a whole .npy file", AGAIN),
    "csv, empty": Case(saved("x.csv", ""), "x.csv: expected a table of numbers", "Check the export."),
    "csv, within a row": Case(saved("x.csv", "a,b\n1,2\n3", rate=1.0), "x.csv, line 3", "may be truncated"),
    "HDF5": Case(cut(small.hdf5, 0.9), "x.h5: expected a whole HDF5 file", AGAIN),
    "MATLAB 5": Case(cut(small.matlab, 0.6), "x.mat: expected a whole MATLAB file", AGAIN),
    "MATLAB 4": Case(cut(small.matlab_4, 0.6), "x.mat: expected a whole MATLAB file", AGAIN),
    "MATLAB 7.3": Case(cut(small.matlab_73, 0.8), "x.mat: expected a whole MATLAB file", AGAIN),
    "NWB": Case(cut(small.nwb_units, 0.9), "x.nwb: expected a whole NWB file", AGAIN),
    "CaImAn": Case(cut(small.caiman, 0.9), "x.hdf5: expected a whole HDF5 file", AGAIN),
    "suite2p, traces": Case(cut(small.suite2p, 0.9, "F.npy"), "F.npy: expected a whole .npy", AGAIN),
    "suite2p, settings": Case(cut(small.suite2p, 0.9, "ops.npy"), "ops.npy: expected a whole pickled .npy", AGAIN),
    "phy": Case(cut(small.phy, 0.9, "spike_times.npy"), "spike_times.npy: expected a whole .npy", AGAIN),
    "CellExplorer": Case(cut(small.cell_explorer, 0.5), "d.cell_metrics.cellinfo.mat: expected a whole", AGAIN),
    "trials": Case(cut(small.trials, 0.9), "x.mat: expected a whole MATLAB file", AGAIN),
    "pairs": Case(cut(small.pairs, 0.97, "train_target.csv"), "train_target.csv, line 11", "may be truncated"),
}
FOREIGN = {
    "no such file": Case(lambda d: reading(d / "x.npz"), "x.npz: expected an existing file", "Check the name"),
    "a near name": Case(lambda d: reading(small.npy(d)[0].with_suffix(".npz")), "x.npz", "Did you mean x.npy?"),
    "unknown ending": Case(saved("x.dat", b"\0\1"), "x.dat: expected a file ending in", "numpy.savez('recording.npz'"),
    "an empty folder": Case(lambda d: reading(d), "a folder that holds nothing", "whether the data were copied"),
    "HDF5, text": Case(saved("x.h5", "a,b\n"), "x.h5: expected a whole HDF5 file", AGAIN),
    "NWB, other HDF5": Case(saved("x.nwb", {"v": VALUES}), "x.nwb: expected an NWB 2 file", "give it the ending .h5"),
    "csv, in UTF-16": Case(saved("x.csv", "a,b\n1,2\n".encode("utf-16")), "x.csv", "save it as that"),
    "suite2p, no F": Case(changed(small.suite2p, without("F.npy")), "iscell.npy", "is read together with F.npy: copy"),
    "phy, no times": Case(
        changed(small.phy, without("spike_times.npy")), "spike_clusters.npy", "spike_times.npy: copy"
    ),
    "pairs, no target": Case(
        changed(small.pairs, without("train_target.csv")), "train_input.csv", "train_target.csv: copy"
    ),
}
TYPES = {
    "npz, complex": Case(saved("x.npz", {"v": VALUES * 1j}), "v (12 x 3, complex128)", "Save real numbers of shape"),
    "npz, text": Case(saved("x.npz", {"v": VALUES.astype(str)}, array="v"), "x.npz, array 'v'", "The file holds v"),
    "npz, pickled": Case(saved("x.npz", {"v": np.array([{}, None])}), "v (2, pickled objects)", "Save real numbers"),
    "npy, three dimensions": Case(saved("x.npy", np.zeros((2, 3, 4))), "got shape (2, 3, 4)", "Stack trials"),
    "npy, named columns": Case(saved("x.npy", np.zeros(4, "f8,i8")), "columns (f0, f1)", "Save the numbers alone"),
    "csv, text": Case(saved("x.csv", "a,b\n1,x\n", rate=1.0), "x.csv, line 2, column 2", "Remove columns of text"),
    "csv, empty cell": Case(saved("x.csv", "a,b\n1,2\n,4\n", rate=1.0), "line 3, column 1", "fill or cut missing"),
    "csv, short header": Case(saved("x.csv", "a,b\n1,2,3\n", rate=1.0), "x.csv, line 1", "Mend the header"),
    "csv, a name twice": Case(saved("x.csv", "a,a\n1,2\n3,4\n", rate=1.0), "x.csv, header", "Rename one of them."),
    "csv, a stray quote": Case(
        saved("x.csv", 'b a\n0 "', rate=1.0), "x.csv, line 2, column 2", "Remove columns of text"
    ),
    "npz, labels": Case(saved("x.npz", {"v": VALUES, "labels": ["a"], "rate": 1.0}), "x.npz, 'labels'", "give labels="),
    "MATLAB, text": Case(saved("x.mat", {"s": cell(["a", "b"])}), "s (1 x 2, names)", "Save real numbers of shape"),
    "suite2p, other ROIs": Case(
        changed(small.suite2p, put("iscell.npy", np.ones((5, 2)))),
        "iscell.npy: expected one row for each of the 3 ROIs",
        FOLDER_AGAIN,
    ),
    "suite2p, pickled iscell": Case(
        changed(small.suite2p, put("iscell.npy", np.array([{}, None]))),
        "iscell.npy: expected an array of numbers",
        "Save the numbers alone",
    ),
    "suite2p, no cell": Case(
        changed(small.suite2p, put("iscell.npy", np.zeros((3, 2)))), "iscell.npy", "name some: units=['roi0', 'roi1']"
    ),
    "suite2p, rate": Case(changed(small.suite2p, put("ops.npy", {"fs": np.nan})), "'fs' in ops.npy", "Give rate=..."),
    "phy, times in s": Case(
        changed(small.phy, put("spike_times.npy", np.linspace(0, 1, 5))),
        "spike_times.npy: expected whole numbers",
        "These may be seconds",
    ),
    "phy, other clusters": Case(
        changed(small.phy, put("spike_clusters.npy", np.arange(3))),
        "spike_clusters.npy: expected whole numbers, one a spike, 5",
        FOLDER_AGAIN,
    ),
    "phy, table": Case(
        changed(small.phy, put("cluster_group.tsv", "unit\tgroup\n0\tgood\n")),
        "cluster_group.tsv: expected a column",
        "Save it again",
    ),
    "phy, params.py": Case(changed(small.phy, put("params.py", "sample_rate = = 3")), "params.py", AGAIN),
    "CaImAn, other components": Case(
        changed(small.caiman, put(COMPONENTS, [0, 9])), f"{COMPONENTS}: expected", "evaluate"
    ),
    "NWB, index": Case(
        changed(small.nwb_units, put("units/spike_times_index", [3, 99])),
        "units/spike_times_index: expected 2 ascending ends, up to 5",
        "write the file again",
    ),
    "NWB, spikes of text": Case(
        changed(small.nwb_units, put("units/spike_times", np.array([b"a"] * 5))),
        "x.nwb, units, spike_times",
        "Check what wrote",
    ),
    "NWB, electrodes": Case(
        changed(small.nwb_series, lambda file: file[SERIES]["electrodes"].attrs.__setitem__("table", 3.0)),
        f"{SERIES}/electrodes: expected a reference",
        "write it again",
    ),
    "NWB, conversion": Case(
        changed(small.nwb_series, lambda file: file[SERIES]["data"].attrs.__setitem__("conversion", 0.0)),
        "x.nwb, ecephys/LFP/ElectricalSeries",
        "Mend them in the file.",
    ),
    "trials, halves": Case(_half_spikes, "unit 1-1, odor(1).spikeMatrix: expected spikes per ms", "single spikes"),
    "pairs, lengths": Case(_pairs, "(11, 3) in the input, (8, 3) in the target", "copy them again"),
}
FIELDS = {
    "npz, rate": Case(saved("x.npz", {"v": VALUES}), "and the file names none", RATE),
    "npz, two rates": Case(
        saved("x.npz", {"v": VALUES, "rate": [10.0, 20.0]}), "'rate' in the file holds 2 numbers", RATE
    ),
    "npz, rate in words": Case(saved("x.npz", {"v": VALUES, "rate": "fast"}), "'rate' in the file is text", RATE),
    "npz, rate NaN": Case(saved("x.npz", {"v": VALUES, "rate": np.nan}), "x.npz, 'rate' in the file", "Give rate=..."),
    "npz, two arrays": Case(saved("x.npz", {"v": VALUES, "w": VALUES}), "x.npz: ", "Name it with array=... (--array)"),
    "npz, no such array": Case(saved("x.npz", {"traces": VALUES}, array="trace"), "'trace'", "Did you mean 'traces'?"),
    "npz, no spikes": Case(saved("x.npz", {"v": VALUES}, kind="spikes"), "x.npz", "read without kind='spikes'"),
    "NWB, spikes": Case(
        changed(small.nwb_units, without("units/spike_times")),
        "2 units without spike times",
        "Check what wrote the file",
    ),
    "NWB, rate": Case(
        changed(small.nwb_series, without(f"{SERIES}/starting_time")), "ecephys/LFP/ElectricalSeries", RATE
    ),
    "suite2p, rate": Case(changed(small.suite2p, without("ops.npy")), "rate: expected the sampling rate", RATE),
    "phy, rate": Case(changed(small.phy, without("params.py")), "rate: expected the sampling rate", RATE),
    "CaImAn, rate": Case(
        changed(small.caiman, put("params/data/fr", b"None")), "rate: expected the sampling rate", RATE
    ),
    "CaImAn, traces": Case(
        changed(small.caiman, put("estimates/C", b"None"), put("estimates/F_dff", b"None")),
        "x.hdf5: expected traces: F_dff or C",
        "Fit the model",
    ),
    "CellExplorer, spikes": Case(metrics(UID=np.array([[1.0, 2.0]])), "properties of 2 cells alone", "read_unit_table"),
    "CellExplorer, struct": Case(
        saved("d.cell_metrics.cellinfo.mat", {"x": 1.0}),
        "expected the struct 'cell_metrics'",
        "give other files another name",
    ),
    "pairs, rate": Case(
        lambda d: reading(small.pairs(d)[0]), "rate: expected the sampling rate", "10 in the mouse paper"
    ),
}
NOTHING = {
    "npz": Case(saved("x.npz", {}), "a file that holds nothing", "Check the file."),
    "HDF5": Case(saved("x.h5", {}), "a file that holds nothing", "Check the file."),
    "npz, no units": Case(
        saved("x.npz", {"v": VALUES[:, :0]}, rate=1.0), "x.npz, values: expected at least one unit", "Columns are units"
    ),
    "npz, no samples": Case(saved("x.npz", {"v": VALUES[:0]}, rate=1.0), "an empty recording", "Check the array."),
    "npz, no spike": Case(
        saved("x.npz", {"a": np.zeros(0), "b": np.zeros(0)}, kind="spikes"),
        "x.npz, spikes: expected at least one spike",
        "Check that these are",
    ),
    "csv, a header alone": Case(
        saved("x.csv", "a,b\n", rate=1.0), "x.csv, values: expected at least one", "Check the array."
    ),
    "NWB": Case(changed(small.nwb_units, without("units")), "x.nwb: expected units", "Check what wrote the file"),
    "NWB, no units": Case(
        changed(small.nwb_units, put("units/id", np.zeros(0, int)), array="units"),
        "array 'units': expected spike times",
        "The file holds nothing",
    ),
    "phy, no spike": Case(
        changed(small.phy, _silent), "expected at least one spike", "Check that the sorting was finished."
    ),
    "CellExplorer, no spike": Case(
        metrics(UID=np.array([[1.0]]), spikes={"times": cell([vector()])}),
        "d.cell_metrics.cellinfo.mat: expected at least one spike",
        "Check the spike times",
    ),
}
FILES = {"truncated": TRUNCATED, "foreign": FOREIGN, "type": TYPES, "missing": FIELDS, "nothing": NOTHING}
