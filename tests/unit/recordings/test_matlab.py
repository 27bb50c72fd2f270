"""MATLAB files: both families give the same recording."""

import h5py
import numpy as np
import pytest
import scipy.io

from causalgrain._errors import FileFormatError, InputError
from causalgrain.recordings.readers import read_recording

VALUES = np.random.default_rng(3).normal(size=(60, 4))


def cell(items, shape=None):
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array.reshape(shape or (1, len(items)), order="F")


def vector(*times):
    return np.array(times, dtype=float).reshape(-1, 1)


class Version73:
    """Writes as MATLAB 7.3 does: dimensions backwards, cells as references."""

    def __init__(self, path):
        self.file = h5py.File(path, "w", userblock_size=512)
        self.refs = self.file.create_group("#refs#")
        self.count = 0

    def put(self, name, value, group=None):
        group = self.file if group is None else group
        value = np.atleast_2d(value) if isinstance(value, float) else value
        if isinstance(value, dict):
            made = group.create_group(name)
            made.attrs["MATLAB_class"] = np.bytes_("struct")
            for field, item in value.items():
                self.put(field, item, made)
        elif isinstance(value, str):
            codes = np.array([ord(c) for c in value], dtype=np.uint16)[:, None]
            group.create_dataset(name, data=codes).attrs["MATLAB_class"] = np.bytes_("char")
        elif value.dtype == object:
            made = group.create_dataset(name, shape=value.T.shape, dtype=h5py.ref_dtype)
            made.attrs["MATLAB_class"] = np.bytes_("cell")
            for index, item in np.ndenumerate(value):
                self.count += 1
                target = f"r{self.count}"
                self.put(target, item, self.refs)
                made[tuple(reversed(index))] = self.refs[target].ref
        elif value.size == 0:
            made = group.create_dataset(name, data=np.array(value.shape, dtype=np.uint64))
            made.attrs["MATLAB_class"] = np.bytes_("double")
            made.attrs["MATLAB_empty"] = np.uint8(1)
        else:
            group.create_dataset(name, data=value.T).attrs["MATLAB_class"] = np.bytes_("double")

    def close(self):
        self.file.close()


@pytest.fixture(params=["v5", "v7.3"])
def save(request, tmp_path):
    path = tmp_path / "x.mat"

    def write(**variables):
        if request.param == "v5":
            scipy.io.savemat(path, variables, do_compression=True)
        else:
            writer = Version73(path)
            for name, value in variables.items():
                writer.put(name, value)
            writer.close()
            data = bytearray(path.read_bytes())
            head = b"MATLAB 7.3 MAT-file"
            data[: len(head)] = head
            path.write_bytes(data)
        return path

    return write


def test_array_keeps_matlab_orientation(save):
    rec = read_recording(save(data=VALUES, fs=500.0, name="x"))
    np.testing.assert_array_equal(rec.values, VALUES)
    assert rec.rate == 500.0
    assert rec.notes == ("rate 500 Hz from 'fs' in the file",)


def test_labels_beside_the_array(save):
    rec = read_recording(save(data=VALUES, labels=cell(["AVAL", "RIML", "b", "c"])), rate=1.0)
    assert rec.labels == ("AVAL", "RIML", "b", "c")


def test_path_into_structs(save):
    path = save(session={"gcamp": {"traces": VALUES, "rate": 2.0}, "other": VALUES[:9]})
    np.testing.assert_array_equal(read_recording(path, array="session.gcamp.traces").values, VALUES)
    with pytest.raises(FileFormatError, match=r"session.gcamp.traces \(60 x 4, .*; session.other \(9 x 4"):
        read_recording(path)
    with pytest.raises(FileFormatError, match=r"Did you mean 'session.gcamp.traces'"):
        read_recording(path, array="traces")


@pytest.mark.parametrize("shape", [(1, 3), (3, 1)])
def test_flat_cells_keep_their_place_as_name(save, shape):
    rec = read_recording(save(t=cell([vector(0.1, 0.9), np.zeros((0, 1)), vector(0.2)], shape)), duration=1.0)
    assert rec.kind == "spikes"
    assert rec.labels == ("u0", "u2")
    assert [t.tolist() for t in rec.spikes] == [[0.1, 0.9], [0.2]]
    assert rec.notes == ("1 of 3 units have no spike and were left out",)


def test_nested_cells_of_structs(save):
    """Day, epoch, tetrode, cell; () marks a place without a unit."""

    def unit(*times):
        return {"time": vector(*times), "timerange": np.array([[2.0, 9.0]])}

    none = np.zeros((1, 0))
    tetrodes = cell([none, cell([unit(2.5, 3.0), none, unit()]), cell([unit(4.0)])])
    rec = read_recording(save(spikes=cell([cell([tetrodes])])))
    assert rec.labels == ("2-1", "3-1")
    assert [t.tolist() for t in rec.spikes] == [[2.5, 3.0], [4.0]]
    assert rec.segments.tolist() == [[2.0, 9.0]]
    assert rec.notes[0] == "1 of 3 units have no spike and were left out"


def test_cells_of_a_struct_field(save):
    path = save(m={"spikes": {"times": cell([vector(0.5), vector(0.25)])}, "acg": VALUES})
    rec = read_recording(path, array="m.spikes.times")
    assert [t.tolist() for t in rec.spikes] == [[0.5], [0.25]]
    assert rec.notes == ("taken to last until the last spike",)


def test_cells_that_are_no_times_are_refused(save):
    path = save(x=cell([vector(3.0, 1.0), vector(2.0)]))
    with pytest.raises(InputError, match="ascending times"):
        read_recording(path)
    with pytest.raises(FileFormatError, match="no array that could be"):
        read_recording(save(x=cell([VALUES, VALUES])))


def test_spike_pairs(save):
    pairs = np.array([[0.5, 3.0], [0.75, 1.0], [0.9, 3.0]])
    rec = read_recording(save(s=pairs), kind="spikes", duration=1.0)
    assert rec.labels == ("c1", "c3")
    with pytest.raises(InputError, match="swap them"):
        read_recording(save(s=pairs[:, ::-1]), kind="spikes")


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.9])
def test_truncated(save, share):
    path = save(data=VALUES)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(FileFormatError):
        read_recording(path, rate=1.0)


def test_foreign(tmp_path):
    path = tmp_path / "x.mat"
    path.write_text("time,a\n0,1\n" * 50)
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        read_recording(path, rate=1.0)


def test_no_variables(tmp_path):
    scipy.io.savemat(tmp_path / "x.mat", {})
    with pytest.raises(FileFormatError, match="holds nothing"):
        read_recording(tmp_path / "x.mat", rate=1.0)
