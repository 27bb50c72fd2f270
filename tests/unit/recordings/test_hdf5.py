"""HDF5 files."""

import h5py
import numpy as np
import pytest

from causalgrain._errors import CausalGrainWarning, FileFormatError, InputError
from causalgrain.recordings.readers import read_recording

VALUES = np.random.default_rng(2).normal(size=(60, 4))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as h:
        h["gcamp/trace_array"] = VALUES
        h["gcamp/rate"] = 2.5
        h["gcamp/labels"] = ["a", "b", "c", "d"]
        h["behavior/angles"] = VALUES[:, :2]
        h["units/n1"] = np.array([0.1, 0.4])
        h["units/n2"] = np.array([0.2])
        h["note"] = "text"
        h["empty"] = h5py.Empty("f8")
        h.create_dataset("planned", shape=(10**9, 100), dtype="f8", chunks=True)
    return path


def test_reads_a_named_array_with_what_stands_beside_it(file):
    rec = read_recording(file, array="gcamp/trace_array")
    np.testing.assert_array_equal(rec.values, VALUES)
    assert rec.rate == 2.5
    assert rec.labels == ("a", "b", "c", "d")
    assert rec.source == "x.h5, gcamp/trace_array"
    assert read_recording(file, array="/gcamp/trace_array") == rec


def test_rate_in_another_group_is_not_taken(file):
    with pytest.raises(InputError, match="the file names none"):
        read_recording(file, array="behavior/angles")


def test_says_what_is_there(file):
    with pytest.raises(FileFormatError, match=r"2 arrays .*gcamp/trace_array \(60 x 4, float64\)"):
        read_recording(file, rate=1.0)
    with pytest.raises(FileFormatError, match="Did you mean 'gcamp/trace_array'"):
        read_recording(file, array="trace_array", rate=1.0)
    with pytest.raises(FileFormatError, match="Did you mean 'gcamp/trace_array'"):
        read_recording(file, array="gcamp/trace_aray", rate=1.0)
    with pytest.raises(FileFormatError, match="got text"):
        read_recording(file, array="note", rate=1.0)
    with pytest.raises(FileFormatError, match="expected numbers"):
        read_recording(file, array="empty", rate=1.0)
    with pytest.raises(FileFormatError, match="never written"):
        read_recording(file, array="planned", rate=1.0)


def test_a_group_of_spike_times(file):
    rec = read_recording(file, array="units", kind="spikes", duration=1.0)
    assert rec.labels == ("n1", "n2")
    assert rec.spikes[0].tolist() == [0.1, 0.4]


def test_spike_times_in_samples(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as h:
        h["units/n1"] = np.arange(100, 400, 20)
        h["units/n2"] = np.array([250, 251, 260, 270, 280])
        h["units/segments"] = np.array([[0, 200], [200, 500]])
        h["units/fs"] = 1000.0
    with pytest.raises(InputError, match=r"20 whole numbers up to 380.*The file has 'units/fs' = 1000\."):
        read_recording(path, array="units", kind="spikes", segments=[[0, 500]])
    rec = read_recording(path, array="units", kind="spikes", rate=1000.0)
    assert rec.spikes[1].tolist() == [0.25, 0.251, 0.26, 0.27, 0.28]
    assert rec.segments.tolist() == [[0, 0.2], [0.2, 0.5]]
    assert "times taken as samples at 1000 Hz" in rec.notes
    mine = read_recording(path, array="units", kind="spikes", rate=1000.0, segments=[[0, 0.3]])
    assert mine.segments.tolist() == [[0, 0.3]]


def test_times_of_the_samples_in_another_group(file):
    with h5py.File(file, "r+") as h:
        h["timing/timestamp_confocal"] = 1000.0 + np.arange(60) * 0.5
        h["timing/timestamp_nir"] = np.arange(600) * 0.05  # of another clock
    with pytest.warns(
        CausalGrainWarning,
        match=r"the rate is 2.5 Hz, a sample every 0.4 s, .*'timing/timestamp_confocal' are 0.5 s apart \(median\), 2 Hz",
    ):
        assert read_recording(file, array="gcamp/trace_array").rate == 2.5
    assert read_recording(file, array="behavior/angles", rate=2.01).rate == 2.01  # within 1 %
    with pytest.raises(InputError, match=r"'timing/timestamp_confocal' are 0.5 s apart: rate=2\."):
        read_recording(file, array="behavior/angles")


def test_times_in_the_same_group_count_first(file):
    with h5py.File(file, "r+") as h:
        h["a/time"] = np.arange(60) * 0.5
        h["gcamp/timestamps"] = np.arange(60)[None] * 0.4
    assert read_recording(file, array="gcamp/trace_array").rate == 2.5


def test_other_ending(file):
    other = file.with_suffix(".hdf5")
    other.write_bytes(file.read_bytes())
    assert read_recording(other, array="gcamp/trace_array").n_units == 4


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.9])
def test_truncated(file, share):
    data = file.read_bytes()
    file.write_bytes(data[: int(share * len(data))])
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        read_recording(file, array="gcamp/trace_array")


def test_foreign(file):
    file.write_text("time,a\n0,1\n")
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        read_recording(file, array="gcamp/trace_array")
