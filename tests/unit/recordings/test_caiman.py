"""CaImAn's HDF5 files, written by the layout of its save method."""

import contextlib

import h5py
import numpy as np
import pytest
import scipy.sparse

from causalgrain._errors import CausalGrainWarning, FileFormatError, InputError
from causalgrain.recordings import caiman, on_disk
from causalgrain.recordings.readers import read_recording

RNG = np.random.default_rng(5)
C = RNG.uniform(0, 5, size=(4, 40))  # (component, frame)
YRA = RNG.normal(size=(4, 40))
DIMS = (6, 9)  # (y, x)
CENTRES = [(2, 3), (4, 8), (1, 0), (5, 5)]  # (y, x)


def masks(dims=DIMS, centres=CENTRES):
    """One heavy pixel at the centre and, where there is room, one half as heavy three columns to the left."""
    table = np.zeros((int(np.prod(dims)), len(centres)))
    for unit, centre in enumerate(centres):
        table[np.ravel_multi_index(centre, dims, order="F"), unit] = 2.0
        if centre[1] >= 3:
            left = (centre[0], centre[1] - 3, *centre[2:])
            table[np.ravel_multi_index(left, dims, order="F"), unit] = 1.0
    return scipy.sparse.csc_matrix(table)


def save(path, *, fr=12.5, accepted=(0, 2, 3), f_dff=True, dims=DIMS, spatial=None, **more):
    spatial = masks() if spatial is None else spatial
    with h5py.File(path, "w") as file:
        held = {
            "estimates/C": C,
            "estimates/S": np.round(C),
            "estimates/YrA": YRA,
            "estimates/F_dff": C / 10 if f_dff else "NoneType",
            "estimates/f": np.zeros((2, 40)),
            "estimates/idx_components": "NoneType" if accepted is None else np.array(accepted, int),
            "estimates/SNR_comp": np.array([3.0, 1.0, 4.0, 5.0]),
            "estimates/cnn_preds": "NoneType",
            "params/data/fr": "NoneType" if fr is None else fr,
            "params/data/decay_time": 0.4,
            "dims": np.array(dims),
        }
        for part in ("data", "indices", "indptr"):
            held[f"estimates/A/{part}"] = getattr(spatial, part)
        held["estimates/A/shape"] = np.array(spatial.shape)
        for name, value in (held | more).items():
            file[name] = value
        file["estimates"].attrs["remove_baseline"] = "yes"
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "analysis_results.hdf5"


def test_accepted_components(path):
    rec = read_recording(save(path))
    assert rec.labels == ("component0", "component2", "component3")
    assert (rec.kind, rec.rate, rec.source) == ("traces", 12.5, "analysis_results.hdf5, F_dff")
    np.testing.assert_array_equal(rec.values, (C / 10)[[0, 2, 3]].T)
    assert rec.properties["snr"].tolist() == [3.0, 4.0, 5.0]
    assert "cnn_prediction" not in rec.properties
    np.testing.assert_allclose(rec.properties["position"], [[2, 2], [0, 1], [4, 5]])  # (x, y), one third 3 to the left
    assert rec.notes == (
        "F_dff is read; the file has F_dff, C, S, C+YrA",
        "3 of 4 components are accepted (idx_components); 1 left out unless `units` names them",
        "rate 12.5 Hz from params/data/fr",
        "positions are centres of mass, (x, y) in pixels",
    )


@pytest.mark.parametrize("lazy", [True, False])
@pytest.mark.parametrize(
    ("array", "expected"), [("F_dff", C / 10), ("C", C), ("S", np.round(C)), ("C+YrA", C + YRA), ("estimates/C", C)]
)
def test_arrays(path, array, expected, lazy):
    rec = read_recording(save(path), array=array, lazy=lazy)
    np.testing.assert_array_equal(rec.values, expected[[0, 2, 3]].T)
    assert rec.kind == "traces"
    assert (rec.on_disk is not None) == lazy
    assert any("not counts" in note for note in rec.notes) == (array == "S")
    assert any("no dF/F" in note for note in rec.notes) == array.endswith("C")


def test_stays_on_disk_by_size(path, monkeypatch):
    monkeypatch.setattr(on_disk, "STAYS_FROM", 3 * 40 * 8 - 1)
    for array in ("C", "C+YrA"):
        rec = read_recording(save(path), array=array)
        assert rec.on_disk is not None
        assert rec == read_recording(path, array=array, lazy=False)


def test_without_dff(path):
    rec = read_recording(save(path, f_dff=False))
    assert rec.source.endswith(", C")
    assert "C is read; the file has C, S, C+YrA" in rec.notes
    with pytest.raises(InputError, match=r"one of 'C', 'S', 'C\+YrA', got 'F_dff'"):
        read_recording(path, array="F_dff")


def test_units_by_name_even_if_rejected(path):
    rec = read_recording(save(path), units=["component3", "component1"])
    np.testing.assert_array_equal(rec.values, (C / 10)[[3, 1]].T)
    assert rec.properties["snr"].tolist() == [5.0, 1.0]
    np.testing.assert_allclose(rec.properties["position"], [[4, 5], [7, 4]])


def test_not_evaluated(path):
    rec = read_recording(save(path, accepted=None))
    assert rec.n_units == 4
    assert any("were not evaluated" in note for note in rec.notes)


def test_rate(path):
    save(path, fr=None)
    with pytest.raises(InputError, match=r"rate=\.\.\."):
        read_recording(path)
    assert read_recording(path, rate=5.0).rate == 5.0
    with pytest.warns(CausalGrainWarning, match=r"`rate` is 5 Hz, but params/data/fr says 12.5 Hz"):
        assert read_recording(save(path), rate=5.0).rate == 5.0
    assert any("CaImAn's default" in note for note in read_recording(save(path, fr=30)).notes)


@pytest.mark.parametrize("place", ["dims", "estimates/dims", "params/data/dims"])
def test_where_the_size_of_the_image_may_stand(path, place):
    save(path)
    with h5py.File(path, "r+") as file:
        del file["dims"]
        file[place] = np.array(DIMS)
    assert read_recording(path).properties["position"].tolist() == [[2, 2], [0, 1], [4, 5]]


def test_volumes(path):
    centres = [(2, 3, 1), (4, 8, 0), (1, 0, 2), (5, 5, 1)]
    rec = read_recording(save(path, dims=(6, 9, 3), spatial=masks((6, 9, 3), centres)))
    np.testing.assert_allclose(rec.properties["position"], [[2, 2, 1], [0, 1, 2], [4, 5, 1]])  # (x, y, z)
    assert "positions are centres of mass, (x, y, z) in pixels" in rec.notes


def test_an_empty_mask_has_no_position(path):
    spatial = masks().tolil()
    spatial[:, 2] = 0
    rec = read_recording(save(path, spatial=spatial.tocsc()))
    assert np.isnan(rec.properties["position"]).tolist() == [[False, False], [True, True], [False, False]]


def test_masks_that_dont_fit_are_left_out(path):
    rec = read_recording(save(path, dims=(6, 8)))
    assert "position" not in rec.properties
    assert any("no positions" in note for note in rec.notes)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"accepted": (0, 4)}, "from 0 to 3, got 0 to 4"),
        ({"accepted": (-1, 2)}, "from 0 to 3, got -1 to 2"),
        ({"accepted": ()}, r"at least one accepted component, got none of 4.*units="),
        ({"estimates/C": "NoneType", "f_dff": False, "estimates/S": "NoneType"}, "traces: F_dff or C"),
    ],
)
def test_files_that_dont_fit(path, settings, message):
    with pytest.raises(FileFormatError, match=message):
        read_recording(save(path, **settings))


def test_a_residual_of_another_shape(path):
    save(path, **{"estimates/YrA": YRA[:3]})
    with pytest.raises(FileFormatError, match=r"shapes that are the same, \(4, 40\), got \(3, 40\)"):
        read_recording(path, array="C+YrA")


@pytest.mark.parametrize("option", ["labels", "kind", "orientation", "duration"])
def test_options_that_dont_apply(path, option):
    value = {"labels": ["a"], "kind": "traces", "orientation": "unit x time", "duration": 1.0}[option]
    with pytest.raises(InputError, match=f"no {option} for a CaImAn HDF5 file"):
        read_recording(save(path), **{option: value})


def test_segments_and_start(path):
    rec = read_recording(save(path), segments=[[0, 10], [12, 40]], start=2.0)
    assert rec.segments.tolist() == [[0, 10], [12, 40]]
    assert rec.onsets.tolist() == [2.0, 2.0 + 12 / 12.5]


def test_other_files_are_left_alone(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["estimates/values"] = C
    assert not caiman.recognise(tmp_path / "x.h5")
    (tmp_path / "y.hdf5").write_text("text")
    assert not caiman.recognise(tmp_path / "y.hdf5")
    (tmp_path / "z.hdf5").write_bytes(caiman.SIGNATURE + b"junk")
    assert not caiman.recognise(tmp_path / "z.hdf5")
    assert not caiman.recognise(tmp_path)
    assert caiman.recognise(save(tmp_path / "a.hdf5"))
    assert caiman.recognise(save(tmp_path / "a.H5"))


def test_damaged_within(path):
    """Whatever byte is broken: a message, or a recording."""
    data = save(path).read_bytes()
    for place in range(8, len(data), max(len(data) // 60, 1)):
        path.write_bytes(data[:place] + bytes(16) + data[place + 16 :])
        with contextlib.suppress(FileFormatError, InputError):
            _ = read_recording(path, rate=12.5, array="C").values
