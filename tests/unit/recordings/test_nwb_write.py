"""Recordings written to NWB: they come back equal, other programs can read them, and nothing is half written."""

import datetime
import os
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pynwb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain._errors import CausalGrainError, FileFormatError, InputError, OutputExistsError
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.nwb_write import write_nwb
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording

RNG = np.random.default_rng(3)
PROPERTIES = {
    "position": RNG.normal(size=(3, 2)),
    "waveform": RNG.normal(size=(3, 4, 6)),
    "cell_type": ["PV", "pyramidal", "é"],
    "acg": RNG.integers(0, 9, (3, 5)),
    "tagged": [True, False, True],
    "depth": np.array([1.0, np.nan, 2.5], dtype=np.float32),
}
AWKWARD = {
    name: [i, 7, 9]
    for i, name in enumerate(
        ["label", "id", "name", "columns", "spike_times", "electrodes", "waveform_mean", "a/b", "a_b", "q", "q_index"]
        + ["unit:1", "", " ", "x\ny", "celltype", "iscell", "roi_name", "µ", "x", "y", "centroid"]
    )
}
SPIKES = Recording.from_spikes(
    [[0.1, 0.5, 0.5], [], [0.2, 7.0, 9.75]],
    ["A", "b 2", "é"],
    segments=[[0.05, 1.0], [1.0, 8.3]],
    properties=PROPERTIES,
    epochs=Epochs([0.1, 2.0], [0.7, 3.3], ["wake", "odour on"]),
    source="day1.mat",
    notes=["sorted by hand", "two\nlines"],
)


def traces(dtype=np.float64, **more):
    values = np.random.default_rng(5).normal(size=(40, 3)).astype(dtype)
    more = {"properties": PROPERTIES, "epochs": Epochs([5.0, 9.0], [8.0, 11.0], ["wake", "sleep"])} | more
    return Recording(values, 1 / 0.6, ["x", "y", "z"], **more)


SAMPLED = {
    "double": traces(),
    "single": traces(np.float32),
    "start": traces(start=3.3),
    "negative start": traces(start=-1e3, epochs=None),
    "segments": traces(segments=[[2, 10], [15, 30]], start=0.1),
    "onsets": traces(segments=[[2, 10], [15, 30]], onsets=[5.0, 100.0]),
    "trials on one clock": traces(segments=[[0, 20], [20, 40]], onsets=[-2.0, -2.0], epochs=None),
    "counts": Recording([[0, 2], [1, 0], [3, 0]], 10.0, kind="counts"),
    "one unit": Recording([[0.5], [1.5]], 30.0),
    "awkward names": traces(properties=AWKWARD),
}


def same(back, rec):
    """Everything that makes a recording, part by part, so that a failure says which."""
    assert back.kind == rec.kind
    assert back.labels == rec.labels
    assert back.rate == rec.rate
    assert back.segments.tolist() == rec.segments.tolist()
    assert back.onsets.tolist() == rec.onsets.tolist()
    assert back.epochs == rec.epochs
    assert set(back.properties) == set(rec.properties)
    for name, rows in rec.properties.items():
        np.testing.assert_array_equal(back.properties[name], rows)
        assert back.properties[name].dtype == rows.dtype
    if rec.spikes is None:
        np.testing.assert_array_equal(back.values, rec.values)
        assert back.values.dtype == rec.values.dtype
    else:
        assert [t.tolist() for t in back.spikes] == [t.tolist() for t in rec.spikes]
    assert back == rec


@pytest.mark.parametrize("rec", SAMPLED.values(), ids=SAMPLED)
@pytest.mark.parametrize("lazy", [False, True])
def test_sampled_values_come_back_equal(tmp_path, rec, lazy):
    path = write_nwb(rec, tmp_path / "x.nwb")
    assert path == tmp_path / "x.nwb"
    same(read_recording(path, lazy=lazy), rec)
    assert pynwb.validate(path=str(path)) == []
    assert os.listdir(tmp_path) == ["x.nwb"]


@pytest.mark.parametrize("properties", [PROPERTIES, AWKWARD, {}], ids=["usual", "awkward", "none"])
def test_spikes_come_back_equal(tmp_path, properties):
    rec = Recording.from_spikes(SPIKES.spikes, SPIKES.labels, segments=SPIKES.segments, properties=properties)
    path = write_nwb(rec, tmp_path / "x.nwb")
    same(read_recording(path), rec)
    assert pynwb.validate(path=str(path)) == []


def test_epochs_source_and_notes_are_kept(tmp_path):
    back = read_recording(write_nwb(SPIKES, tmp_path / "x.nwb"))
    same(back, SPIKES)
    assert back.notes[:2] == ("sorted by hand", "two lines")
    assert back.notes[2].startswith("written by causalgrain ")
    assert back.notes[2].endswith(" from day1.mat")
    assert back.source == "x.nwb, units"
    twice = read_recording(write_nwb(back, tmp_path / "y.nwb"))
    same(twice, SPIKES)
    assert len(set(twice.notes)) == len(twice.notes)


def test_what_is_said_of_epochs_is_said_once(tmp_path):
    rec = Recording.from_spikes(SPIKES.spikes, duration=9.9, epochs=Epochs([9.0], [20.0], ["late"]))
    back = read_recording(write_nwb(rec, tmp_path / "x.nwb"))
    assert back == rec
    assert sum("only 0.9 s were recorded" in note for note in back.notes) == 1


def test_silence_comes_back(tmp_path):
    rec = Recording.from_spikes([[], []], ["A", "B"], start=5.0, duration=2.0)
    same(read_recording(write_nwb(rec, tmp_path / "x.nwb")), rec)


@pytest.mark.parametrize(
    "rows",
    [
        RNG.normal(size=(3, 3)),  # with z
        np.array([[1, 2], [3, 4], [5, 6]]),  # whole numbers
        np.array([[1.0, np.nan], [3, 4], [5, 6]]),
        np.array([1.0, 2.0, 3.0]),  # along a probe
    ],
)
def test_positions_come_back(tmp_path, rows):
    rec = Recording.from_spikes([[0.1], [0.2], [0.3]], duration=1.0, properties={"position": rows})
    same(read_recording(write_nwb(rec, tmp_path / "x.nwb")), rec)


@pytest.mark.parametrize("shape", [(3,), (3, 5), (3, 2, 5), (3, 2, 5, 2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_waveforms_come_back(tmp_path, shape, dtype):
    rows = (10 * RNG.normal(size=shape)).astype(dtype)
    rec = Recording.from_spikes([[0.1], [0.2], [0.3]], duration=1.0, properties={"waveform": rows})
    same(read_recording(write_nwb(rec, tmp_path / "x.nwb")), rec)


def test_kinds_of_numbers_that_hdf5_lacks_come_back_as_double_and_text(tmp_path):
    properties = {"half": np.array([0.5, 2.0], dtype=np.float16), "bytes": np.array([b"ab", b"c"])}
    rec = Recording.from_spikes([[0.1], [0.2]], duration=1.0, properties=properties)
    back = read_recording(write_nwb(rec, tmp_path / "x.nwb"))
    assert back.properties["half"].dtype == np.float64
    assert back.properties["half"].tolist() == [0.5, 2.0]
    assert back.properties["bytes"].tolist() == ["ab", "c"]


times = st.lists(st.floats(-1e3, 1e3, allow_subnormal=False), max_size=6).map(sorted)
names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8).map(str.strip).filter(bool)


@settings(max_examples=20)
@given(
    trains=st.lists(times, min_size=1, max_size=4),
    labels=st.lists(names, min_size=4, max_size=4, unique=True),
    known=st.dictionaries(names, st.lists(st.integers(-9, 9), min_size=4, max_size=4), max_size=2),
)
def test_any_spikes_come_back_equal(trains, labels, known):
    n = len(trains)
    properties = {name: rows[:n] for name, rows in known.items()}
    rec = Recording.from_spikes(trains, labels[:n], segments=[[-500.0, 3.7], [4.0, 600.0]], properties=properties)
    with tempfile.TemporaryDirectory() as folder:
        same(read_recording(write_nwb(rec, Path(folder) / "x.nwb")), rec)


@settings(max_examples=20)
@given(
    rate=st.floats(1e-3, 1e5),
    start=st.floats(-1e6, 1e6),
    cuts=st.lists(st.integers(1, 29), max_size=4, unique=True).map(sorted),
    gaps=st.booleans(),
)
def test_any_clock_comes_back_equal(rate, start, cuts, gaps):
    edges = [0, *cuts, 30]
    segments = list(pairwise(edges))
    onsets = start + np.cumsum(np.arange(len(segments)) * 100.0) if gaps else None
    values = np.arange(60.0).reshape(30, 2)
    rec = Recording(values, rate, start=0.0 if gaps else start, segments=segments, onsets=onsets)
    with tempfile.TemporaryDirectory() as folder:
        same(read_recording(write_nwb(rec, Path(folder) / "x.nwb")), rec)


# -- what other programs find ------------------------------------------------------------------------------------


def test_units_as_pynwb_reads_them(tmp_path):
    path = write_nwb(SPIKES, tmp_path / "x.nwb")
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        file = io.read()
        units = file.units
        assert units["label"][:].tolist() == ["A", "b 2", "é"]
        assert units["spike_times"][2].tolist() == [0.2, 7.0, 9.75]
        assert units["obs_intervals"][1].tolist() == [[0.05, 1.0], [1.0, 8.3]]
        assert units["cell_type"][:].tolist() == PROPERTIES["cell_type"]
        assert units["waveform_mean"].data.shape == (3, 6, 4)  # unit, sample, channel
        np.testing.assert_array_equal(units["waveform_mean"][1].T, PROPERTIES["waveform"][1])
        assert units.waveform_unit == "unknown"
        place = units["electrodes"][2]
        assert (place["x"].item(), place["y"].item()) == tuple(PROPERTIES["position"][2])
        assert np.isnan(place["z"].item())
        assert file.epochs["condition"][:].tolist() == ["wake", "odour on"]
        assert file.epochs["stop_time"][:].tolist() == [0.7, 3.3]
        assert file.notes == "sorted by hand\ntwo lines"


def test_series_as_pynwb_reads_them(tmp_path):
    rec = SAMPLED["segments"]
    path = write_nwb(rec, tmp_path / "x.nwb")
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        home = io.read().processing["causalgrain"]
        series = home["traces"]
        assert series.rate == rec.rate
        assert series.starting_time == pytest.approx(0.1, abs=1e-12)
        np.testing.assert_array_equal(series.data[:], rec.values)
        assert home["traces_units"]["label"][:].tolist() == ["x", "y", "z"]
        assert home["segments"]["first_sample"][:].tolist() == [2, 15]
        assert home["segments"]["stop_sample"][:].tolist() == [10, 30]
        np.testing.assert_allclose(home["segments"]["stop_time"][:], [0.1 + 10 * 0.6, 0.1 + 30 * 0.6])
    gaps = write_nwb(SAMPLED["onsets"], tmp_path / "gaps.nwb")
    with pynwb.NWBHDF5IO(str(gaps), "r") as io:
        series = io.read().processing["causalgrain"]["traces"]
        assert series.rate is None
        np.testing.assert_array_equal(series.timestamps[:], SAMPLED["onsets"].times)


def test_session(tmp_path):
    def header(path):
        with pynwb.NWBHDF5IO(str(path), "r") as io:
            file = io.read()
            return file.session_start_time, file.session_description, file.identifier

    begun, told, identifier = header(write_nwb(SPIKES, tmp_path / "a.nwb"))
    assert begun == datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    assert told.endswith("1970-01-01 is a placeholder.")
    assert identifier == SPIKES.hash
    when = datetime.datetime(2024, 5, 1, 14, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    more = {"session_start_time": when, "session_description": "odours", "identifier": "m7"}
    assert header(write_nwb(SPIKES, tmp_path / "b.nwb", **more)) == (when, "odours", "m7")


@pytest.mark.parametrize("when", [datetime.datetime(2024, 5, 1), "2024-05-01"])
def test_a_time_without_a_zone(tmp_path, when):
    with pytest.raises(InputError, match="session_start_time: expected a time with its zone"):
        write_nwb(SPIKES, tmp_path / "x.nwb", session_start_time=when)
    assert os.listdir(tmp_path) == []


# -- files -------------------------------------------------------------------------------------------------------


def test_values_on_disk_are_written_in_stretches(tmp_path, monkeypatch):
    rec = traces()
    lazy = read_recording(write_nwb(rec, tmp_path / "x.nwb"), lazy=True)
    monkeypatch.setattr("causalgrain.recordings.on_disk.BLOCK_BYTES", 7 * 3 * 8)
    monkeypatch.setattr("causalgrain.recordings.on_disk.MOST_LOADED", 100)
    path = write_nwb(lazy.select(["z", "y"]), tmp_path / "y.nwb")
    back = read_recording(path, lazy=True)
    assert back == rec.select(["z", "y"])
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["processing/causalgrain/traces/data"][()], rec.values[:, [2, 1]])


def test_nothing_is_overwritten_unasked(tmp_path):
    path = write_nwb(SPIKES, tmp_path / "x.nwb")
    with pytest.raises(OutputExistsError, match="force=True"):
        write_nwb(traces(), path)
    assert read_recording(path) == SPIKES
    assert read_recording(write_nwb(traces(), path, force=True)) == traces()


def test_a_failure_leaves_the_old_file(tmp_path):
    path = write_nwb(SPIKES, tmp_path / "x.nwb")
    bad = Recording.from_spikes([[0.1]], duration=1.0, source="a\0b")
    with pytest.raises(InputError, match=r"x.nwb: expected a recording that can be written as NWB.*Check names"):
        write_nwb(bad, path, force=True)
    assert os.listdir(tmp_path) == ["x.nwb"]
    assert read_recording(path) == SPIKES


def test_another_ending(tmp_path):
    path = write_nwb(SPIKES, tmp_path / "x.h5")
    assert read_recording(path) == SPIKES


def test_without_pynwb(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynwb", None)
    with pytest.raises(CausalGrainError, match=r"pip install causalgrain\[nwb\]"):
        write_nwb(SPIKES, tmp_path / "x.nwb")


def test_not_a_recording(tmp_path):
    with pytest.raises(InputError, match="expected a Recording, got list"):
        write_nwb([[0.1]], tmp_path / "x.nwb")
    with pytest.raises(InputError, match="an existing folder"):
        write_nwb(SPIKES, tmp_path / "none" / "x.nwb")


def test_what_was_written_can_be_read_with_wishes(tmp_path):
    path = write_nwb(SAMPLED["onsets"], tmp_path / "x.nwb")
    moved = read_recording(path, start=0.0, units=["z"])
    assert moved.labels == ("z",)
    np.testing.assert_allclose(moved.onsets, [2 * 0.6, 95 + 2 * 0.6])
    assert read_recording(path, array="traces", labels=["p", "q", "r"]).labels == ("p", "q", "r")
    with pytest.raises(FileFormatError, match="none that could be the recording"):
        read_recording(path, kind="spikes")
