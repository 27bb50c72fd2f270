"""Recordings whose values stay in their file: the same numbers, names and messages as in memory."""

import pickle

import h5py
import numpy as np
import pytest

from causalgrain._errors import CausalGrainWarning, CostError, InputError
from causalgrain.recordings import on_disk, sampled
from causalgrain.recordings.preprocessing import bin_recording
from causalgrain.recordings.readers import read_recording

VALUES = np.random.default_rng(7).normal(size=(60, 4))
LABELS = ["a", "b", "c", "d"]


def h5(path, values, **dataset):
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        file.create_dataset("v/values", data=values, **dataset)
        file["v/rate"] = 2.0
        file["v/labels"] = LABELS
        file["v/segments"] = [[0, 25], [25, 60]]
    return path.with_suffix(".h5")


def npy(path, values):
    np.save(path.with_suffix(".npy"), values)
    return path.with_suffix(".npy")


def asked(path):
    """What a .npy file doesn't say."""
    return {} if path.suffix == ".h5" else {"rate": 2.0, "labels": LABELS, "segments": [[0, 25], [25, 60]]}


@pytest.fixture(params=[h5, npy])
def write(request, tmp_path):
    return lambda values: request.param(tmp_path / "x", values)


@pytest.mark.parametrize("turned", [False, True])
def test_the_same_as_in_memory(write, turned):
    path = write(VALUES.T.copy() if turned else VALUES)
    orientation = "unit x time" if turned else "time x unit"
    lazy, eager = (read_recording(path, lazy=w, orientation=orientation, **asked(path)) for w in (True, False))
    assert (lazy.on_disk is None, eager.on_disk is None) == (False, True)
    assert lazy == eager
    assert lazy.labels == tuple(LABELS)
    assert lazy.rate == 2.0
    assert lazy.segments.tolist() == [[0, 25], [25, 60]]
    assert lazy.source == eager.source
    assert "on disk" in repr(lazy)
    np.testing.assert_array_equal(lazy.values, VALUES)
    np.testing.assert_array_equal(bin_recording(lazy, 1.5).values, bin_recording(eager, 1.5).values)
    assert lazy.select(["c", "a"]) == eager.select(["c", "a"])
    assert pickle.loads(pickle.dumps(lazy)) == eager


def test_units_are_chosen_before_reading(write):
    path = write(VALUES)
    lazy = read_recording(path, lazy=True, units=["d", "b"], **asked(path))
    assert lazy.labels == ("d", "b")
    np.testing.assert_array_equal(lazy.values, VALUES[:, [3, 1]])


def test_by_size(write, monkeypatch):
    path = write(VALUES)
    assert read_recording(path, **asked(path)).on_disk is None
    monkeypatch.setattr(on_disk, "STAYS_FROM", VALUES.nbytes - 1)
    assert read_recording(path, **asked(path)).on_disk is not None
    assert read_recording(path, lazy=False, **asked(path)).on_disk is None
    assert read_recording(path, units=["a"], **asked(path)).on_disk is None  # one unit is small


def test_missing_values_are_told_with_unit_and_time_when_read(write):
    values = VALUES.copy()
    values[37, 2] = np.nan
    path = write(values)
    rec = read_recording(path, lazy=True, start=100.0, **asked(path))
    with pytest.raises(InputError, match=r"unit 'c' at 118.5 s \(sample 37\)"):
        bin_recording(rec, 1.0)
    with pytest.raises(InputError, match=r"unit 'c' at 118.5 s \(sample 37\)"):
        _ = rec.values
    assert bin_recording(rec.select(["a", "b"]), 1.0).shape == (29, 2)  # 12 and 17 whole bins


def test_counts_are_told_wrong_when_read(write):
    values = np.zeros((60, 4))
    values[45, 1] = 0.5
    path = write(values)
    rec = read_recording(path, lazy=True, kind="counts", **asked(path))
    assert rec.kind == "counts"
    with pytest.raises(InputError, match=r"unit 'b' at 22.5 s \(sample 45\).*a count"):
        bin_recording(rec, 1.0)


def test_kind_is_not_guessed_from_all_values(write, monkeypatch):
    monkeypatch.setattr(sampled, "LOOKED_AT", 10)
    values = np.zeros((60, 4), dtype=np.int16)
    values[50:] = -1  # beyond what is looked at
    path = write(values)
    with pytest.warns(CausalGrainWarning, match="look like counts.*Say kind='counts' or kind='traces'"):
        rec = read_recording(path, lazy=True, **asked(path))
    assert rec.kind == "traces"
    assert read_recording(path, lazy=True, kind="counts", **asked(path)).kind == "counts"
    assert read_recording(path, lazy=False, **asked(path)).kind == "traces"
    path = write(values - 1)  # never 0: a voltage, say
    rec = read_recording(path, lazy=True, **asked(path))
    assert rec.kind == "traces"
    assert any("not all looked at" in note for note in rec.notes)


def test_orientation_is_never_guessed(write):
    path = write(VALUES.T.copy())
    given = {key: value for key, value in asked(path).items() if key == "rate"}
    with pytest.warns(CausalGrainWarning, match="4 rows and 60 columns"):
        rec = read_recording(path, lazy=True, segments=[[0, 4]], labels=[f"u{i}" for i in range(60)], **given)
    assert rec.shape == (4, 60)


def test_formats_that_are_read_at_once_say_so(tmp_path):
    np.savez(tmp_path / "x.npz", values=VALUES, rate=2.0)
    rec = read_recording(tmp_path / "x.npz", lazy=True)
    assert rec.on_disk is None
    assert "read into memory: in .npz files values can't stay" in rec.notes


@pytest.mark.parametrize("chunks", [None, (7, 4), (60, 1), (1, 1)])
def test_chunks_and_compression(tmp_path, monkeypatch, chunks):
    monkeypatch.setattr(on_disk, "BLOCK_BYTES", 10 * 4 * 8)
    path = h5(tmp_path / "x", VALUES, chunks=chunks, compression=None if chunks is None else "gzip")
    np.testing.assert_array_equal(read_recording(path, lazy=True).values, VALUES)


def test_too_much_for_memory_but_not_for_bins(write, monkeypatch):
    monkeypatch.setattr(on_disk, "MOST_LOADED", 1000)
    path = write(VALUES)
    rec = read_recording(path, lazy=True, **asked(path))
    with pytest.raises(CostError, match="Bin it"):
        _ = rec.values
    assert bin_recording(rec, 5.0).shape == (5, 4)


def test_no_file_stays_open(write):
    path = write(VALUES)
    rec = read_recording(path, lazy=True, **asked(path))
    _ = rec.values
    if path.suffix == ".h5":
        with h5py.File(path, "r+") as file:  # h5py refuses to write to what is open for reading
            file["v/values"][0, 0] = 5.0
    else:
        np.lib.format.open_memmap(path, mode="r+")[0, 0] = 5.0
    assert rec.values[0, 0] == 5.0
