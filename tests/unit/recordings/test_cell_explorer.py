"""CellExplorer sessions: what belongs to which cell, and when the session ends."""

import numpy as np
import pytest

from causalgrain._errors import CausalGrainWarning, FileFormatError, InputError
from causalgrain.recordings import cell_explorer
from causalgrain.recordings.cell_explorer import read_unit_table
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording
from matlab_files import SAVERS, cell, struct_array, vector

METRICS, SPIKES = "day1.cell_metrics.cellinfo.mat", "day1.spikes.cellinfo.mat"
AXIS = np.array([[-0.5, 0.0, 0.5, 1.0]])


def row(*numbers):
    return np.array([numbers], dtype=float)


def metrics(**more):
    made = {
        "general": {"cellCount": 3.0, "basename": "day1"},
        "UID": row(4, 11, 30),
        "cellID": row(4, 11, 30),
        "cluID": row(7, 9, 12),
        "sessionName": cell(["day1"] * 3),
        "putativeCellType": cell(["Pyramidal Cell", "Narrow Interneuron", "Wide Interneuron"]),
        "brainRegion": cell(["CA1", "", "CA3"]),
        "troughToPeak": row(0.7, 0.25, 0.5),
        "trilat_x": row(10, 20, 30),
        "trilat_y": row(-1, -2, -3),
        "ab_ratio": row(0.1, np.nan, 0.3),
        "acg": {"narrow": np.arange(6.0).reshape(2, 3)},
        "waveforms": {"filt": cell([AXIS * 1, AXIS * 2, AXIS * 3]), "time": cell([AXIS] * 3)},
        "spikes": {"times": cell([vector(0.5, 2.0), vector(1.0), vector(0.25, 3.0, 9.0)])},
        "groundTruthClassification": {"PV": row(2), "VGAT": row(2, 3)},
    }
    return {name: value for name, value in (made | more).items() if value is not None}


@pytest.fixture(params=SAVERS)
def save(request, tmp_path):
    def write(name=METRICS, **fields):
        root = "cell_metrics" if "cell_metrics" in name else "spikes"
        return SAVERS[request.param](tmp_path / name, {root: fields})

    return write


def test_spikes_and_properties(save):
    rec = read_recording(save(**metrics()))
    assert rec.labels == ("c4", "c11", "c30")
    assert [t.tolist() for t in rec.spikes] == [[0.5, 2.0], [1.0], [0.25, 3.0, 9.0]]
    known = rec.properties
    assert known["cell_type"].tolist() == ["Pyramidal Cell", "Narrow Interneuron", "Wide Interneuron"]
    assert known["ground_truth"].tolist() == ["", "PV + VGAT", "VGAT"]
    assert known["brain_region"].tolist() == ["CA1", "", "CA3"]
    assert known["trough_to_peak"].tolist() == [0.7, 0.25, 0.5]
    assert known["cluster"].tolist() == [7, 9, 12]
    np.testing.assert_array_equal(known["position"], [[10, -1], [20, -2], [30, -3]])
    np.testing.assert_array_equal(known["waveform"], np.outer([1, 2, 3], AXIS))
    np.testing.assert_array_equal(known["waveform_time"], np.tile(AXIS, (3, 1)))
    assert rec.notes == (
        "position: trilat_x and trilat_y, um",
        "waveform: the filtered mean waveform from -0.5 to 1 ms (waveform_time), uV, at its largest channel; "
        "trough_to_peak in ms",
        "taken to last until 9 s, the last spike or epoch",
    )
    assert read_recording(save(**metrics()), units="c30,c4").properties["cluster"].tolist() == [12, 7]


def test_a_file_without_spike_times_says_what_to_do(save):
    path = save(**metrics(spikes=None))
    with pytest.raises(FileFormatError, match=r"properties of 3 cells alone.*read_unit_table\(path\)"):
        read_recording(path)
    table = read_unit_table(path)
    assert table.index.tolist() == ["c4", "c11", "c30"]
    assert list(table.columns[:8]) == [
        *("session", "uid", "cell_type", "ground_truth", "brain_region", "trough_to_peak", "cluster", "x")
    ]
    assert table["ground_truth"].tolist() == ["", "PV + VGAT", "VGAT"]
    np.testing.assert_array_equal(table.loc["c30", "waveform"], AXIS[0] * 3)
    np.testing.assert_array_equal(table.loc["c11", "acg_narrow"], [1.0, 4.0])
    np.testing.assert_array_equal(table["ab_ratio"], [0.1, np.nan, 0.3])
    assert "times" not in table.columns
    assert table.attrs["units"]["trough_to_peak"] == "ms"
    assert table.attrs["notes"] == ()


def test_spike_times_from_the_file_beside(save):
    """Matched by UID: the other file has the cells in another order, and one that metrics lack."""
    path = save(**metrics(spikes=None))
    beside = save(SPIKES, UID=row(30, 5, 4), times=cell([vector(3.0), vector(5.0), vector(4.0, 4.5)]))
    rec = read_recording(path)
    assert rec.labels == ("c4", "c30")
    assert [t.tolist() for t in rec.spikes] == [[4.0, 4.5], [3.0]]
    assert rec.properties["cell_type"].tolist() == ["Pyramidal Cell", "Wide Interneuron"]
    assert f"2 of 3 cells found by their UID in {SPIKES}" in rec.notes
    assert "1 of 3 cells have no spike times and were left out" in rec.notes
    # And the other way round: types from the metrics, "" for the cell that they lack.
    rec = read_recording(beside)
    assert rec.labels == ("c30", "c5", "c4")
    assert [t.tolist() for t in rec.spikes] == [[3.0], [5.0], [4.0, 4.5]]
    assert rec.properties["cell_type"].tolist() == ["Wide Interneuron", "", "Pyramidal Cell"]
    assert rec.properties["ground_truth"].tolist() == ["VGAT", "", ""]
    np.testing.assert_array_equal(rec.properties["position"], [[30, -3], [np.nan, np.nan], [10, -1]])
    assert "waveform" not in rec.properties
    # The folder is the session, its spikes first.
    assert read_recording(path.parent) == rec


def test_spikes_alone(save):
    waves = cell([AXIS, AXIS * 2])
    path = save(
        SPIKES, UID=row(1, 2), times=cell([vector(1.0), vector(2.0)]), region=cell(["CA1", "DG"]), rawWaveform=waves
    )
    rec = read_recording(path)
    assert rec.labels == ("c1", "c2")
    assert rec.properties["brain_region"].tolist() == ["CA1", "DG"]
    assert "ground_truth" not in rec.properties
    np.testing.assert_array_equal(rec.properties["waveform"], np.outer([1, 2], AXIS))
    assert any("the raw mean waveform" in note for note in rec.notes)
    assert read_unit_table(path)["uid"].tolist() == [1, 2]


def test_cells_without_uid_are_counted_from_1(save):
    path = save(SPIKES, times=cell([vector(1.0), vector(2.0)]))
    assert read_recording(path).labels == ("c1", "c2")


def test_a_cell_that_is_listed_twice_is_read_once(save):
    times = cell([vector(0.5), vector(1.0), vector(0.5)])
    path = save(**metrics(UID=row(4, 11, 4), spikes={"times": times}, groundTruthClassification={"PV": row(1, 3)}))
    rec = read_recording(path)
    assert rec.labels == ("c4", "c11")
    assert rec.properties["ground_truth"].tolist() == ["PV", ""]
    assert rec.notes[0] == "c4: listed more than once in the file, read once"
    assert read_unit_table(path).attrs["notes"] == rec.notes[:1]


def test_sessions_share_no_clock(save):
    names = cell(["a", "b", "b"])
    path = save(**metrics(UID=row(1, 1, 2), sessionName=names))
    rec = read_recording(path)
    assert rec.labels == ("c1", "c2")
    assert [t.tolist() for t in rec.spikes] == [[1.0], [0.25, 3.0, 9.0]]
    assert rec.notes[0] == "session b of 2, which share no clock; array=... names another (cells: a: 1, b: 2)"
    assert [t.tolist() for t in read_recording(path, array="a").spikes] == [[0.5, 2.0]]
    assert read_recording(path, array="cell_metrics.spikes.times") == rec
    with pytest.raises(FileFormatError, match=r"got none of that name. Known: 'a', 'b'"):
        read_recording(path, array="c")
    assert read_unit_table(path).index.tolist() == ["a/c1", "b/c1", "b/c2"]


def test_ground_truth_as_one_text_a_cell(save):
    path = save(**metrics(groundTruthClassification=cell(["PV", "", "SST"])))
    assert read_recording(path).properties["ground_truth"].tolist() == ["PV", "", "SST"]


@pytest.mark.parametrize("wrong", [0, 4, 1.5])
def test_ground_truth_of_a_cell_that_there_is_not(save, wrong):
    path = save(**metrics(groundTruthClassification={"PV": row(1, wrong)}))
    with pytest.warns(CausalGrainWarning, match=rf"PV: cell {wrong} is listed, but there are cells 1 to 3"):
        rec = read_recording(path)
    assert rec.properties["ground_truth"].tolist() == ["PV", "", ""]


def test_waveforms_of_different_lengths_stay_in_the_table(save):
    waves = cell([AXIS, AXIS[:, :2], AXIS])
    path = save(**metrics(waveforms={"filt": waves, "time": AXIS}))
    assert "waveform" not in read_recording(path).properties
    assert [len(wave) for wave in read_unit_table(path)["waveform"]] == [4, 2, 4]


def test_one_time_axis_for_all(save):
    path = save(**metrics(waveforms={"filt": np.outer(AXIS, [1, 2, 3]), "time": AXIS}))
    rec = read_recording(path)
    np.testing.assert_array_equal(rec.properties["waveform"], np.outer([1, 2, 3], AXIS))
    np.testing.assert_array_equal(rec.properties["waveform_time"], np.tile(AXIS, (3, 1)))


# -- when --------------------------------------------------------------------------------------------------------

STATES = {
    "SleepState": {
        "WAKEstate": np.array([[0.0, 3.0], [8.0, 12.0]]),
        "NREMstate": row(4, 7),
        "REMstate": np.zeros((0, 2)),
        "WAKEepisode": row(0, 12),
    }
}


def test_sleep_states_are_conditions(save):
    rec = read_recording(save(**metrics(general={"states": STATES})))
    assert rec.conditions == ("WAKE", "NREM")
    assert rec.epochs.of("WAKE").tolist() == [[0.0, 3.0], [8.0, 12.0]]
    assert rec.segments.tolist() == [[0.0, 12.0]]  # beyond the last spike, as the last state
    assert "conditions: sleep states of the file (WAKE, NREM)" in rec.notes


def test_epochs_outside_of_what_was_asked_for_are_left_out(save):
    path = save(**metrics(general={"states": STATES}))
    rec = read_recording(path, segments=[[0, 5.0], [6.5, 7.5]])
    assert rec.epochs.stop.tolist() == [3.0, 7.0]
    with pytest.raises(InputError, match="times from 0 to 5 s"):
        read_recording(path, duration=5.0)  # c30 fires at 9 s
    assert read_recording(path, duration=20.0).segments.tolist() == [[0.0, 20.0]]
    assert read_recording(path, segments=[[3.0, 4.0]]).epochs is None


def test_states_that_overlap_are_left_out(save):
    wrong = {"SleepState": {"WAKEstate": row(0, 5), "NREMstate": row(4, 7)}}
    rec = read_recording(save(**metrics(general={"states": wrong})))
    assert rec.epochs is None
    assert any("the sleep states in the file were left out" in note and "don't overlap" in note for note in rec.notes)


def epoch(name, start, stop=None, paradigm=None):
    made = {"name": name, "startTime": start}
    if stop is not None:
        made["stopTime"] = stop
    return made if paradigm is None else made | {"behavioralParadigm": paradigm}


def test_epochs_of_the_session_are_conditions(save):
    several = cell([epoch("a", 0.0, 2.0, "home"), epoch("b", 2.0, 6.0, "maze"), epoch("c", 6.0)])
    rec = read_recording(save(**metrics(general={"epochs": several, "duration": 15.0})))
    assert rec.conditions == ("home", "maze", "c")
    assert rec.epochs.of("c").tolist() == [[6.0, 15.0]]
    assert rec.segments.tolist() == [[0.0, 15.0]]
    assert "taken to last until 15 s, the duration" in rec.notes
    rec = read_recording(save(**metrics(general={"epochs": several, "states": STATES})))
    assert rec.conditions == ("WAKE", "NREM")  # states first
    assert read_recording(save(**metrics(general={"epochs": cell([epoch("a", 0.0)])}))).epochs is None


def test_epochs_as_an_array_of_structs(save):
    several = struct_array([epoch("a", 0.0, 2.0), epoch("b", 2.0, 6.0)])
    assert read_recording(save(**metrics(general={"epochs": several}))).conditions == ("a", "b")


def test_what_stands_beside_the_file(save, tmp_path):
    path = save(SPIKES, UID=row(1), times=cell([vector(1.0)]))
    session = {"general": {"duration": 30.0}, "epochs": cell([epoch("a", 0.0), epoch("b", 10.0)])}
    SAVERS["v5"](tmp_path / "day1.session.mat", {"session": session})
    rec = read_recording(path)
    assert rec.duration == 30.0
    assert "taken to last until 30 s, the duration in day1.session.mat" in rec.notes
    assert rec.epochs.of("b").tolist() == [[10.0, 30.0]]
    SAVERS["v5"](tmp_path / "day1.SleepState.states.mat", {"SleepState": {"ints": STATES["SleepState"]}})
    assert read_recording(path).conditions == ("WAKE", "NREM")


def test_a_duration_shorter_than_the_spikes_is_not_believed(save):
    rec = read_recording(save(**metrics(general={"duration": 5.0})))
    assert rec.segments.tolist() == [[0.0, 9.0]]
    assert "taken to last until 9 s, the last spike or epoch" in rec.notes


# -- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", [{"rate": 1000.0}, {"orientation": "time x unit"}, {"lazy": True}])
def test_what_the_file_says_by_itself(save, option):
    with pytest.raises(InputError, match="for a CellExplorer file"):
        read_recording(save(**metrics()), **option)


def test_counts_are_made_by_binning(save):
    with pytest.raises(InputError, match="bin_recording"):
        read_recording(save(**metrics()), kind="counts")


def test_another_file_of_that_name(tmp_path, save):
    SAVERS["v5"](tmp_path / METRICS, {"data": np.eye(3)})
    with pytest.raises(FileFormatError, match=r"expected the struct 'cell_metrics', .* got 'data'"):
        read_recording(tmp_path / METRICS)
    with pytest.raises(FileFormatError, match="one number a cell in one of the fields UID"):
        read_recording(save(general={"x": 1.0}))


def test_tables_of_other_files(tmp_path):
    path = SAVERS["v5"](tmp_path / "x.mat", {"data": np.eye(3)})
    with pytest.raises(FileFormatError, match=r"other .mat files are read with read_recording"):
        read_unit_table(path)
    with pytest.raises(FileFormatError, match="nothing there"):
        read_unit_table(tmp_path / "y.mat")


def test_folders(tmp_path, save):
    assert not cell_explorer.recognise(tmp_path)
    save(**metrics())
    assert cell_explorer.recognise(tmp_path)
    assert isinstance(read_recording(tmp_path), Recording)
    save("day2.cell_metrics.cellinfo.mat", **metrics())
    with pytest.raises(FileFormatError, match=r"one session of CellExplorer, got 2: day1.*, day2.*Name one"):
        read_recording(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_truncated(save, share):
    path = save(**metrics())
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(FileFormatError):
        read_recording(path)
    with pytest.raises(FileFormatError):
        read_unit_table(path)


def test_a_silent_file(save):
    with pytest.raises(FileFormatError, match="alone"):
        read_recording(save(**metrics(spikes={"times": np.zeros((0, 0))})))
    with pytest.raises(FileFormatError, match="at least one spike, got none in 3 cells"):
        read_recording(save(**metrics(spikes={"times": cell([np.zeros((0, 1))] * 3)})))
