"""suite2p folders, written as suite2p writes them."""

import datetime
import os

import numpy as np
import pytest

from causalgrain._errors import CausalGrainError, CausalGrainWarning, FileFormatError, InputError
from causalgrain.recordings import on_disk, suite2p
from causalgrain.recordings.readers import read_recording

RNG = np.random.default_rng(3)
F = RNG.uniform(100, 200, size=(4, 30)).astype(np.float32)  # (ROI, frame)
ISCELL = np.array([[1, 0.9], [0, 0.2], [1, 0.8], [1, 0.55]])


def plane(folder, traces=F, iscell=ISCELL, fs=7.5, stat=True, iplane=None, **ops):
    folder.mkdir(parents=True)
    rois = len(traces)
    np.save(folder / "F.npy", traces)
    np.save(folder / "Fneu.npy", traces / 2)
    np.save(folder / "spks.npy", np.round(traces - 100).astype(np.float32))
    if iscell is not None:
        np.save(folder / "iscell.npy", iscell)
    if stat:
        table = [
            {
                "ypix": np.arange(5),
                "lam": np.ones(5, np.float32),
                "med": [10 * i, 10 * i + 1],  # (y, x)
                "npix": 5 + i,
                "skew": np.float32(0.5 * i),
                **({} if iplane is None else {"iplane": iplane[i]}),
            }
            for i in range(rois)
        ]
        np.save(folder / "stat.npy", np.array(table, dtype=object), allow_pickle=True)
    settings = {"nplanes": 1, "date_proc": datetime.datetime(2024, 1, 1), "meanImg": np.zeros((4, 4)), **ops}
    if fs is not None:
        settings["fs"] = fs
    np.save(folder / "ops.npy", settings, allow_pickle=True)
    return folder


def test_cells_of_a_plane(tmp_path):
    rec = read_recording(plane(tmp_path / "plane0"))
    assert rec.labels == ("roi0", "roi2", "roi3")
    assert (rec.kind, rec.rate, rec.source) == ("traces", 7.5, "suite2p plane0, F")
    np.testing.assert_array_equal(rec.values, F[[0, 2, 3]].T)
    assert rec.values.dtype == np.float32
    assert rec.properties["position"].tolist() == [[1, 0], [21, 20], [31, 30]]  # (x, y)
    assert rec.properties["iscell_probability"].tolist() == [0.9, 0.8, 0.55]
    assert rec.properties["npix"].tolist() == [5, 7, 8]
    assert rec.properties["skew"].tolist() == [0, 1, 1.5]
    assert set(rec.notes) == {
        "neuropil is not subtracted: read it with array='Fneu' and use subtract_neuropil",
        "3 of 4 ROIs are cells (iscell); 1 left out unless `units` names them",
        "positions are (x, y) in pixels",
        "rate 7.5 Hz from 'fs' in ops.npy",
    }


@pytest.mark.parametrize(
    ("array", "expected"), [("F", F), ("Fneu", F / 2), ("spks", np.round(F - 100).astype(np.float32))]
)
@pytest.mark.parametrize("lazy", [True, False])
def test_arrays(tmp_path, array, expected, lazy):
    rec = read_recording(plane(tmp_path / "plane0"), array=array, lazy=lazy)
    np.testing.assert_array_equal(rec.values, expected[[0, 2, 3]].T)
    assert rec.kind == "traces"
    assert (rec.on_disk is not None) == lazy
    assert any("neuropil" in note for note in rec.notes) == (array == "F")
    assert any("not counts" in note for note in rec.notes) == (array == "spks")


def test_stays_on_disk_by_size(tmp_path, monkeypatch):
    monkeypatch.setattr(on_disk, "STAYS_FROM", 3 * 30 * 4 - 1)
    folder = plane(tmp_path / "plane0")
    assert read_recording(folder).on_disk is not None
    assert read_recording(folder, units="roi0").on_disk is None
    assert read_recording(folder) == read_recording(folder, lazy=False)


def test_units_by_name_even_if_no_cell(tmp_path):
    folder = plane(tmp_path / "plane0")
    rec = read_recording(folder, units=["roi3", "roi1"])
    assert rec.labels == ("roi3", "roi1")
    np.testing.assert_array_equal(rec.values, F[[3, 1]].T)
    assert rec.properties["npix"].tolist() == [8, 6]
    assert read_recording(folder, units=[1]).labels == ("roi2",)  # the second of the cells
    with pytest.raises(InputError, match="Did you mean 'roi3'"):
        read_recording(folder, units="rio3")


def test_missing_values_in_other_rois_dont_matter(tmp_path):
    traces = F.copy()
    traces[1:3, 6] = np.nan
    folder = plane(tmp_path / "plane0", traces)
    with pytest.raises(InputError, match=r"unit 'roi2' at 0.8 s \(sample 6\)"):
        read_recording(folder)
    assert read_recording(folder, units=["roi0", "roi3"]).n_units == 2


def test_without_the_other_files(tmp_path):
    folder = plane(tmp_path / "plane0", iscell=None, stat=False)
    rec = read_recording(folder)
    assert rec.n_units == 4
    assert not rec.properties
    assert "no iscell.npy: all ROIs are taken for cells" in rec.notes
    (folder / "spks.npy").unlink()
    with pytest.raises(InputError, match="expected one of 'F', 'Fneu', got 'spks'"):
        read_recording(folder, array="spks")


def test_iscell_without_probability_and_red_cells(tmp_path):
    folder = plane(tmp_path / "plane0", iscell=np.array([0, 1, 1, 0]))
    np.save(folder / "redcell.npy", np.array([[0, 0.1], [1, 0.9], [0, 0.2], [0, 0.1]]))
    rec = read_recording(folder)
    assert rec.labels == ("roi1", "roi2")
    assert "iscell_probability" not in rec.properties
    assert rec.properties["red"].tolist() == [1, 0]


def test_rate(tmp_path):
    with pytest.warns(CausalGrainWarning, match=r"`rate` is 30 Hz, but 'fs' in ops.npy says 7.5 Hz; 30 Hz is used"):
        assert read_recording(plane(tmp_path / "a" / "plane0"), rate=30.0).rate == 30.0
    folder = plane(tmp_path / "b" / "plane0", fs=None)
    with pytest.raises(InputError, match="that of one plane"):
        read_recording(folder)
    assert read_recording(folder, rate=4.0).rate == 4.0
    np.save(folder / "settings.npy", {"fs": 5}, allow_pickle=True)  # newer suite2p
    assert read_recording(folder).rate == 5.0
    (folder / "ops.npy").unlink()
    assert "rate 5 Hz from 'fs' in settings.npy" in read_recording(folder).notes
    folder = plane(tmp_path / "c" / "plane0", fs=10.0)
    assert any("suite2p's default" in note for note in read_recording(folder).notes)


def test_segments_and_start(tmp_path):
    rec = read_recording(plane(tmp_path / "plane0"), segments=[[0, 10], [12, 30]], start=2.0)
    assert rec.segments.tolist() == [[0, 10], [12, 30]]
    assert rec.onsets.tolist() == [2.0, 2.0 + 12 / 7.5]


def test_folder_with_one_plane(tmp_path):
    folder = plane(tmp_path / "suite2p" / "plane0")
    assert read_recording(tmp_path / "suite2p") == read_recording(folder)
    plane(tmp_path / "suite2p" / "combined")  # of one plane nothing is combined
    assert read_recording(tmp_path / "suite2p").source == "suite2p plane0, F"
    with pytest.raises(FileFormatError, match=r"Name what is in it: 'suite2p' \(suite2p folder\)"):
        read_recording(tmp_path)


def test_several_planes(tmp_path):
    top = tmp_path / "suite2p"
    for number in (0, 2, 10):
        plane(top / f"plane{number}", F + number)
    with pytest.raises(FileFormatError, match="plane0, plane2, plane10, and no folder 'combined'"):
        read_recording(top)
    np.testing.assert_array_equal(read_recording(top, array="plane10").values, (F + 10)[[0, 2, 3]].T)
    np.testing.assert_array_equal(read_recording(top, array="plane2/Fneu").values, ((F + 2) / 2)[[0, 2, 3]].T)
    for wrong in ("plane1", "plane1/F", "F2"):
        with pytest.raises(CausalGrainError):
            read_recording(top, array=wrong)
    with pytest.raises(InputError, match=r"one of 'F', 'Fneu', 'spks', got 'plane0/F'"):
        read_recording(top / "plane0", array="plane0/F")


def combined(top, filled):
    """Two planes, of which the second has some frames less and is filled up with zeros."""
    plane(top / "plane0")
    plane(top / "plane1", F[:, : 30 - filled])
    second = np.pad(F[:, : 30 - filled], ((0, 0), (0, filled)))
    plane(top / "combined", np.concatenate([F, second]), np.tile(ISCELL, (2, 1)), iplane=[0] * 4 + [1] * 4)
    return top


@pytest.mark.parametrize("filled", [0, 1, 3])
def test_combined_planes(tmp_path, filled):
    rec = read_recording(combined(tmp_path / "suite2p", filled))
    assert rec.source == "suite2p combined, F"
    assert rec.labels == ("roi0", "roi2", "roi3", "roi4", "roi6", "roi7")
    assert rec.properties["plane"].tolist() == [0, 0, 0, 1, 1, 1]
    assert rec.segments.tolist() == [[0, 30 - filled]]
    assert any("filled up with zeros" in note for note in rec.notes) == bool(filled)
    assert any("up to a frame apart" in note for note in rec.notes)
    assert "combined: 2 planes together; read one with array='plane0'" in rec.notes
    spikes = read_recording(tmp_path / "suite2p", array="combined/spks")
    assert spikes.segments.tolist() == [[0, 30 - filled]]  # spks may be 0 anywhere: F tells what is filled up
    kept = read_recording(tmp_path / "suite2p" / "combined", segments=[[0, 30]])
    assert kept.segments.tolist() == [[0, 30]]
    assert any("as asked" in note for note in kept.notes) == bool(filled)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("iscell.npy", ISCELL[:3], "one row for each of the 4 ROIs.*float64 of shape"),
        ("iscell.npy", np.zeros((4, 2)), "at least one ROI that is a cell, got none of 4.*units="),
        ("stat.npy", np.array([{"med": [1, 2]}] * 5, dtype=object), "one row for each of the 4 ROIs.*5 entries"),
        ("stat.npy", np.array([1, 2, 3, 4], dtype=object), "one row for each"),
        ("redcell.npy", np.zeros((3, 2)), "one row for each"),
        ("F.npy", F[0], r"numbers of shape \(ROI, frame\), got float32 of shape \(30,\)"),
    ],
)
def test_files_that_dont_fit(tmp_path, name, value, message):
    folder = plane(tmp_path / "plane0")
    np.save(folder / name, value, allow_pickle=True)
    with pytest.raises(FileFormatError, match=message):
        read_recording(folder)


@pytest.mark.parametrize("name", ["F.npy", "iscell.npy", "stat.npy", "ops.npy"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_truncated(tmp_path, name, share):
    folder = plane(tmp_path / "plane0")
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: int(share * len(data))])
    with pytest.raises(FileFormatError, match=rf"{name}.*truncated or of another format"):
        read_recording(folder)


class Evil:
    def __reduce__(self):
        return os.system, ("echo ran > ran.txt",)


@pytest.mark.parametrize("name", ["stat.npy", "ops.npy"])
def test_pickles_run_nothing(scratch, name):
    folder = plane(scratch / "plane0")
    np.save(folder / name, np.array([Evil()], dtype=object), allow_pickle=True)
    with pytest.raises(FileFormatError, match=rf"{name}.*system"):
        read_recording(folder)
    assert not (scratch / "ran.txt").exists()


@pytest.mark.parametrize("option", ["labels", "kind", "orientation", "duration"])
def test_options_that_dont_apply(tmp_path, option):
    value = {"labels": ["a"], "kind": "traces", "orientation": "unit x time", "duration": 1.0}[option]
    with pytest.raises(InputError, match=f"no {option} for a suite2p folder"):
        read_recording(plane(tmp_path / "plane0"), **{option: value})


def test_other_folders_are_left_alone(tmp_path):
    np.save(tmp_path / "F.npy", F)
    assert not suite2p.recognise(tmp_path)
    assert not suite2p.recognise(tmp_path / "F.npy")
    assert not suite2p.recognise(tmp_path / "nothing")
    np.save(tmp_path / "iscell.npy", ISCELL)
    assert suite2p.recognise(tmp_path)


def test_named_from_inside(tmp_path, monkeypatch):
    monkeypatch.chdir(plane(tmp_path / "plane0"))
    assert read_recording(".").source == "suite2p plane0, F"
