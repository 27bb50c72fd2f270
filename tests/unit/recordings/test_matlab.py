"""MATLAB files: both families give the same recording."""

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from causalgrain._errors import CostError, FileFormatError, InputError
from causalgrain.recordings import matlab, matlab_tree
from causalgrain.recordings.readers import read_recording
from matlab_files import SAVERS, cell, struct_array, vector

VALUES = np.random.default_rng(3).normal(size=(60, 4))


@pytest.fixture(params=SAVERS)
def save(request, tmp_path):
    return lambda **variables: SAVERS[request.param](tmp_path / "x.mat", variables)


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
    with pytest.raises(FileFormatError, match=r"2 arrays that could be .* x\{1\} \(60 x 4, .*\); x\{2\} \(60 x 4"):
        read_recording(save(x=cell([VALUES, VALUES])))


def test_spike_pairs(save):
    pairs = np.array([[0.5, 3.0], [0.75, 1.0], [0.9, 3.0]])
    rec = read_recording(save(s=pairs), kind="spikes", duration=1.0)
    assert rec.labels == ("c1", "c3")
    with pytest.raises(InputError, match="swap them"):
        read_recording(save(s=pairs[:, ::-1]), kind="spikes")


# -- arrays of structs, cells of matrices, sparse matrices ---------------------------------------------------------


def test_elements_of_struct_arrays_are_named_as_in_matlab(save):
    runs = struct_array([{"traces": VALUES + i, "fs": np.array([[2.0 + i]])} for i in range(3)])
    path = save(day={"run": runs})
    rec = read_recording(path, array="day.run(3).traces")
    np.testing.assert_array_equal(rec.values, VALUES + 2)
    assert rec.rate == 4.0  # from the same element
    with pytest.raises(FileFormatError, match=r"Did you mean 'day.run\(3\).traces'"):
        read_recording(path, array="day.run(4).traces")
    with pytest.raises(FileFormatError, match="got array of structs"):
        read_recording(path, array="day.run")


def test_two_dimensional_struct_arrays_have_two_indices(save):
    rows = [{"x": VALUES + i} for i in range(6)]
    path = save(s=struct_array(rows, (2, 3)))  # filled by columns: (2, 3) is the last, (1, 3) the fifth
    np.testing.assert_array_equal(read_recording(path, array="s(1,3).x", rate=1.0).values, VALUES + 4)
    np.testing.assert_array_equal(read_recording(path, array="s(2,1).x", rate=1.0).values, VALUES + 1)


def test_structs_in_structs(save):
    inner = [struct_array([{"y": VALUES[:i]} for i in (2, 5, 7)]), struct_array([{"y": VALUES[:3]}, {"y": VALUES[:9]}])]
    path = save(e=struct_array([{"s": part} for part in inner]))
    assert read_recording(path, array="e(1).s(2).y", rate=1.0).n_samples == 5
    assert read_recording(path, array="e(2).s(2).y", rate=1.0).n_samples == 9


def test_a_struct_array_of_one_needs_no_index(save):
    path = save(s=struct_array([{"x": VALUES}]))
    assert read_recording(path, rate=1.0).source == "x.mat, s.x"


def test_struct_arrays_of_spike_times_are_units(save):
    units = [{"times": vector(0.1, 0.4), "depth": 3.0}, {"times": np.zeros((0, 1)), "depth": 1.0}]
    rec = read_recording(save(u=struct_array([*units, {"times": vector(0.2), "depth": 5.0}])), duration=1.0)
    assert rec.labels == ("u0", "u2")
    assert [t.tolist() for t in rec.spikes] == [[0.1, 0.4], [0.2]]
    assert rec.source == "x.mat, u"


def test_struct_arrays_of_single_times_are_events(save):
    events = struct_array([{"time": np.array([[float(i)]])} for i in range(4)])
    rec = read_recording(save(events=events, data=VALUES), rate=1.0)
    assert rec.source == "x.mat, data"


def test_cells_of_matrices_are_named_by_index(save):
    path = save(trials=cell([VALUES, VALUES[:7], VALUES[:5]]))
    assert read_recording(path, array="trials{2}", rate=1.0).n_samples == 7


def test_empty_struct_arrays_hold_nothing(tmp_path):
    empty = np.empty((1, 0), dtype=[("x", object)])
    path = SAVERS["v5"](tmp_path / "x.mat", {"s": empty, "data": VALUES})
    assert read_recording(path, rate=1.0).source == "x.mat, data"


@pytest.mark.parametrize("where", ["x", "s(2).x"])
def test_sparse_matrices_are_read_as_full_ones(save, where):
    table = np.zeros((5, 3))
    table[4, 0], table[1, 2], table[2, 2] = 2.0, 1.0, 3.0
    matrix = scipy.sparse.csc_array(table)
    structs = struct_array([{"x": scipy.sparse.csc_array((5, 3))}, {"x": matrix}])
    path = save(**({"x": matrix} if where == "x" else {"s": structs}))
    rec = read_recording(path, array=where, rate=10.0)
    np.testing.assert_array_equal(rec.values, table)
    assert rec.kind == "counts"
    if where != "x":
        assert not read_recording(path, array="s(1).x", rate=10.0).values.any()
        assert read_recording(path, array="s(1).x", rate=10.0).shape == (5, 3)


def test_a_sparse_matrix_that_memory_can_not_hold(save, monkeypatch):
    path = save(x=scipy.sparse.csc_array((40_000, 20_000)), data=VALUES)
    assert read_recording(path, array="data", rate=1.0).n_units == 4
    with pytest.raises(CostError, match=r"sparse one of 40000 x 20000, 6.0 GiB"):
        read_recording(path, array="x", rate=1.0)


@pytest.mark.parametrize(("part", "value"), [("ir", 99), ("jc", 99), ("jc", 0)])
def test_damaged_sparse_matrices(tmp_path, part, value):
    path = SAVERS["v7.3"](tmp_path / "x.mat", {"x": scipy.sparse.csc_array(np.eye(4))})
    with h5py.File(path, "r+") as file:
        file["x"][part][2] = value
    with pytest.raises(FileFormatError, match="of a sparse matrix"):
        read_recording(path, rate=1.0)


def test_a_sparse_row_out_of_range_in_version_5(tmp_path):
    """The full matrix is filled by numpy, which checks; scipy's own conversion would write anywhere."""
    matrix = scipy.sparse.csc_array(np.eye(4))
    matrix.indices[1] = 1_000_000
    path = SAVERS["v5"](tmp_path / "x.mat", {"x": matrix})
    with pytest.raises(FileFormatError, match="rows of a sparse matrix"):
        read_recording(path, rate=1.0)


def test_names_and_complex_numbers_are_no_recording(tmp_path):
    path = SAVERS["v5"](tmp_path / "x.mat", {"x": cell(["a", "b"]), "z": VALUES * 1j, "data": VALUES})
    assert read_recording(path, rate=1.0).source == "x.mat, data"
    with pytest.raises(FileFormatError, match="got names"):
        read_recording(path, array="x", rate=1.0)
    with pytest.raises(FileFormatError, match="got complex128"):
        read_recording(path, array="z", rate=1.0)


def test_of_very_many_parts_the_first_are_listed(save, monkeypatch):
    monkeypatch.setattr(matlab, "MOST_ENTRIES", 3)
    path = save(s=struct_array([{"x": VALUES} for _ in range(9)]))
    assert [entry.name for entry in matlab.contents(path).entries] == ["s", "s(1).x", "s(2).x"]


def test_nested_too_deeply(tmp_path, monkeypatch):
    deep = {"x": VALUES}
    for _ in range(matlab_tree.MAX_DEPTH + 1):
        deep = {"x": deep}
    for saver in SAVERS.values():
        with pytest.raises(FileFormatError, match="nested too deeply"):
            read_recording(saver(tmp_path / "x.mat", deep), rate=1.0)


# -- what stays on disk ------------------------------------------------------------------------------------------


def test_matrices_of_version_73_can_stay_in_their_file(tmp_path):
    path = SAVERS["v7.3"](tmp_path / "x.mat", {"s": {"data": VALUES, "fs": 5.0}})
    rec = read_recording(path, array="s.data", lazy=True)
    assert rec.on_disk is not None
    assert rec.shape == (60, 4)
    np.testing.assert_array_equal(rec.on_disk.read(10, 13), VALUES[10:13])
    np.testing.assert_array_equal(rec.select([2, 0]).values, VALUES[:, [2, 0]])
    turned = read_recording(path, array="s.data", lazy=True, orientation="unit x time")
    np.testing.assert_array_equal(turned.values, VALUES.T)
    assert read_recording(path, array="s.data").on_disk is None  # small ones are read


def test_matrices_in_cells_are_read_into_memory(tmp_path):
    """To look up the name of what a reference points to takes long; only large ones are worth it."""
    path = SAVERS["v7.3"](tmp_path / "x.mat", {"c": cell([VALUES, VALUES + 1])})
    rec = read_recording(path, array="c{2}", rate=1.0, lazy=True)
    np.testing.assert_array_equal(rec.values, VALUES + 1)
    assert any("can't stay" in note for note in rec.notes)


def test_large_matrices_in_cells_can_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(matlab_tree, "STAYS_FROM", 100)
    path = SAVERS["v7.3"](tmp_path / "x.mat", {"c": cell([VALUES, VALUES + 1])})
    rec = read_recording(path, array="c{2}", rate=1.0, lazy=True)
    assert rec.on_disk is not None
    np.testing.assert_array_equal(rec.values, VALUES + 1)


# -- broken files ------------------------------------------------------------------------------------------------


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
