"""The smallest whole file or folder of every format, for tests that damage them.

Each function writes into an empty folder and returns (what to read, options for `read_recording`).
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io

from matlab_files import cell, save_v73, struct_array, vector

VALUES = np.random.default_rng(0).normal(size=(12, 3)).round(3)  # (time, unit)
TRAINS = [[0.1, 0.5, 0.9], [0.2, 0.8]]  # s
Small = tuple[Path, dict[str, Any]]


def npz(folder: Path) -> Small:
    labels, segments = np.array(["a", "b", "c"]), np.array([[0, 6], [6, 12]])
    np.savez(folder / "x.npz", values=VALUES, rate=10.0, labels=labels, segments=segments)
    return folder / "x.npz", {}


def npz_spikes(folder: Path) -> Small:
    np.savez(folder / "x.npz", a=np.array(TRAINS[0]), b=np.array(TRAINS[1]))
    return folder / "x.npz", {"kind": "spikes"}


def npy(folder: Path) -> Small:
    np.save(folder / "x.npy", VALUES)
    return folder / "x.npy", {"rate": 10.0}


def csv(folder: Path) -> Small:
    rows = ["time,a,b,c", *(f"{i / 10},{a},{b},{c}" for i, (a, b, c) in enumerate(VALUES.tolist()))]
    (folder / "x.csv").write_text("\n".join(rows) + "\n")
    return folder / "x.csv", {}


def csv_pairs(folder: Path) -> Small:
    (folder / "x.csv").write_text("0.1,1\n0.2,2\n0.5,1\n0.8,2\n0.9,1\n")
    return folder / "x.csv", {"kind": "spikes"}


def hdf5(folder: Path) -> Small:
    with h5py.File(folder / "x.h5", "w") as file:
        file["gcamp/traces"] = VALUES
        file["gcamp/rate"] = 10.0
        file["gcamp/labels"] = np.array([b"a", b"b", b"c"])
        file["gcamp/times"] = np.arange(12) / 10
    return folder / "x.h5", {}


def hdf5_chunks(folder: Path) -> Small:
    with h5py.File(folder / "x.h5", "w") as file:
        file.create_dataset("traces", data=VALUES, chunks=(4, 3), compression="gzip")
    return folder / "x.h5", {"rate": 10.0}


def matlab(folder: Path) -> Small:
    content = {"traces": VALUES, "fs": 10.0, "labels": cell(["a", "b", "c"])}
    scipy.io.savemat(folder / "x.mat", content)
    return folder / "x.mat", {}


def matlab_4(folder: Path) -> Small:
    scipy.io.savemat(folder / "x.mat", {"traces": VALUES, "fs": 10.0}, format="4")
    return folder / "x.mat", {}


def _cells() -> dict[str, Any]:
    return {"spikes": cell([vector(*train) for train in TRAINS])}


def matlab_cells(folder: Path) -> Small:
    scipy.io.savemat(folder / "x.mat", _cells())
    return folder / "x.mat", {}


def matlab_73(folder: Path) -> Small:
    return save_v73(folder / "x.mat", _cells()), {}


def trials(folder: Path) -> Small:
    table = np.zeros((2, 7000), dtype=np.uint8)
    table[0, [10, 4100]], table[1, 5] = 1, 1
    cells = struct_array([{"odor": struct_array([{"spikeMatrix": table}]), "good": 1.0}])
    content = {"espe": struct_array([{"shank": struct_array([{"SUA": {"cell": cells}}])}])}
    scipy.io.savemat(folder / "x.mat", content, do_compression=True)
    return folder / "x.mat", {}


def cell_explorer(folder: Path) -> Small:
    metrics = {
        "UID": np.array([[4.0, 7.0]]),
        "putativeCellType": cell(["Pyramidal Cell", "Narrow Interneuron"]),
        "troughToPeak": np.array([[0.7, 0.3]]),
        "spikes": {"times": cell([vector(*train) for train in TRAINS])},
        "general": {"duration": 1.0, "states": {"SleepState": {"WAKEstate": np.array([[0.0, 0.5]])}}},
        "groundTruthClassification": {"PV": 2.0},
    }
    scipy.io.savemat(folder / "d.cell_metrics.cellinfo.mat", {"cell_metrics": metrics})
    return folder / "d.cell_metrics.cellinfo.mat", {}


def nwb_units(folder: Path) -> Small:
    with h5py.File(folder / "x.nwb", "w") as file:
        file.attrs["nwb_version"] = "2.6.0"
        units = file.create_group("units")
        units.attrs["colnames"] = np.array([b"spike_times", b"cell_type"])
        units["id"] = [0, 1]
        units["spike_times"], units["spike_times_index"] = np.concatenate(TRAINS), [3, 5]
        units["cell_type"] = np.array([b"PV", b"pyramidal"])
        epochs = file.create_group("intervals/epochs")
        epochs.attrs["colnames"] = np.array([b"start_time", b"stop_time", b"condition"])
        epochs["id"] = [0, 1]
        epochs["start_time"], epochs["stop_time"] = [0.0, 0.5], [0.5, 0.9]
        epochs["condition"] = np.array([b"wake", b"sleep"])
    return folder / "x.nwb", {}


def nwb_series(folder: Path) -> Small:
    with h5py.File(folder / "x.nwb", "w") as file:
        file.attrs["nwb_version"] = "2.6.0"
        table = file.create_group("general/extracellular_ephys/electrodes")
        table.attrs["colnames"] = np.array([b"x", b"y"])
        table["id"], table["x"], table["y"] = [0, 1, 2], [0.0, 1.0, 2.0], [5.0, 6.0, 7.0]
        series = file.create_group("processing/ecephys/LFP/ElectricalSeries")
        series.attrs["neurodata_type"] = np.bytes_("ElectricalSeries")
        series["data"] = VALUES
        series["data"].attrs["conversion"], series["data"].attrs["unit"] = 2.0, np.bytes_("volts")
        series["starting_time"] = 0.0
        series["starting_time"].attrs["rate"] = 10.0
        series["electrodes"] = [0, 1, 2]
        series["electrodes"].attrs["table"] = table.ref
    return folder / "x.nwb", {}


def caiman(folder: Path) -> Small:
    with h5py.File(folder / "x.hdf5", "w") as file:
        file["estimates/C"], file["estimates/F_dff"] = VALUES.T, VALUES.T / 2
        file["estimates/idx_components"] = [0, 2]
        file["estimates/SNR_comp"] = [3.0, 1.0, 4.0]
        file["params/data/fr"] = 10.0
        file["dims"] = [2, 2]
        for name, part in {"data": [1.0] * 3, "indices": [0, 1, 3], "indptr": [0, 1, 2, 3], "shape": [4, 3]}.items():
            file[f"estimates/A/{name}"] = part
    return folder / "x.hdf5", {}


def suite2p(folder: Path) -> Small:
    np.save(folder / "F.npy", VALUES.T.astype(np.float32))
    np.save(folder / "iscell.npy", np.array([[1, 0.9], [0, 0.1], [1, 0.8]]))
    np.save(folder / "ops.npy", np.array({"fs": 10.0}, dtype=object), allow_pickle=True)
    stat = [{"med": [i, i + 1], "npix": 5, "skew": 0.5} for i in range(3)]
    np.save(folder / "stat.npy", np.array(stat, dtype=object), allow_pickle=True)
    return folder, {}


def phy(folder: Path) -> Small:
    np.save(folder / "spike_times.npy", np.array([100, 150, 200, 300, 400], dtype=np.uint64))
    np.save(folder / "spike_clusters.npy", np.array([0, 3, 0, 3, 0], dtype=np.int32))
    np.save(folder / "spike_templates.npy", np.array([0, 1, 0, 1, 0], dtype=np.uint32))
    np.save(folder / "templates.npy", np.arange(12.0).reshape(2, 3, 2).astype(np.float32))
    np.save(folder / "channel_positions.npy", np.array([[0.0, 0.0], [0.0, 20.0]]))
    (folder / "params.py").write_text("dat_path = 'raw.dat'\nn_channels_dat = 2\ndtype = 'int16'\nsample_rate = 1e3\n")
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n0\tgood\n3\tgood\n")
    return folder, {}


def pairs(folder: Path) -> Small:
    for name, rows in (("input", VALUES[:-1]), ("target", VALUES[1:])):
        np.savetxt(folder / f"train_{name}.csv", rows, delimiter=",")
    return folder, {"rate": 10.0}


PLAIN = (
    *(npz, npz_spikes, npy, csv, csv_pairs, matlab, matlab_4, matlab_cells),
    *(trials, cell_explorer, suite2p, phy, pairs),
)
IN_HDF5 = (hdf5, hdf5_chunks, matlab_73, nwb_units, nwb_series, caiman)  # their library can hang on damage


def name_of(write: Any) -> str:
    """What tests call a format."""
    return write.__name__
