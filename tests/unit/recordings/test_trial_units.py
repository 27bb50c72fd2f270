"""Units in trials, as nested structs: which trial and which millisecond a spike comes from."""

import numpy as np
import pytest
import scipy.sparse

from causalgrain._errors import FileFormatError, InputError
from causalgrain.recordings import trial_units
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording
from causalgrain.recordings.wishes import Wishes
from matlab_files import SAVERS, struct_array

STIMULI, TRIALS, LENGTH = 3, 2, 7000  # ms


def matrices(spikes):
    """One sparse matrix a stimulus from (stimulus, trial, column), all from 0."""
    tables = [np.zeros((TRIALS, LENGTH), dtype=float) for _ in range(STIMULI)]
    for stimulus, trial, column in spikes:
        tables[stimulus][trial, column] += 1
    return struct_array([{"spikeMatrix": scipy.sparse.csc_array(table)} for table in tables])


def unit(spikes, good=1.0, wave=0.0):
    return {
        "odor": matrices(spikes),
        "meanWaveform": (np.arange(12.0) + wave).reshape(-1, 1),
        "spikeSNR": np.array([[1.0, 2.0, 3.0, 4.0]]),
        "L_Ratio": np.array([[0.25 + wave]]),
        "good": np.array([[good]]),
    }


def experiment(*shanks):
    """Shanks with units; an empty one has no struct in SUA."""
    none = np.zeros((1, 0))
    return {"shank": struct_array([{"SUA": {"cell": struct_array(list(s))} if s else none} for s in shanks])}


def three_units():
    return experiment(
        [unit([(0, 0, 0), (0, 0, 6999), (1, 1, 4000), (2, 0, 500)])],
        [],
        [unit([(0, 1, 10)], wave=1.0), unit([(2, 1, 4100), (2, 1, 10), (0, 0, 3)], good=0.0, wave=2.0)],
    )


@pytest.fixture(params=SAVERS)
def save(request, tmp_path):
    def write(*experiments, name="espe", **more):
        return SAVERS[request.param](tmp_path / "x.mat", {name: struct_array(list(experiments)), **more})

    return write


def test_spikes_of_every_trial_on_one_clock(save):
    rec = read_recording(save(experiment([unit([(0, 0, 1)])]), three_units()))
    assert rec.labels == ("1-1", "3-1")
    # Trial k of stimulus j starts at (2 j + k) 7 s; a spike is in the middle of its ms.
    np.testing.assert_allclose(rec.spikes[0], [0.0005, 6.9995, 3 * 7 + 4.0005, 4 * 7 + 0.5005], atol=1e-12)
    np.testing.assert_allclose(rec.spikes[1], [7.0105], atol=1e-12)
    np.testing.assert_array_equal(rec.segments, [[7.0 * i, 7.0 * (i + 1)] for i in range(6)])
    assert rec.source == "x.mat, espe(2)"
    assert "first trials of the stimuli: 0, 2, 4" in " ".join(rec.notes)


def test_conditions_have_one_segment_a_trial(save):
    rec = read_recording(save(three_units()))
    assert rec.conditions == ("baseline", "odour")
    np.testing.assert_array_equal(rec.in_condition("odour").segments, [[7.0 * i + 4, 7.0 * i + 6] for i in range(6)])
    np.testing.assert_array_equal(rec.in_condition("baseline").segments, [[7.0 * i, 7.0 * i + 3] for i in range(6)])


def test_the_experiment_with_most_units_unless_named(save):
    small = experiment([unit([(0, 0, 1)])])
    path = save(small, three_units(), experiment([]))
    assert "espe(2) has the most units; array=... names another: espe(1): 1 units, espe(2): 3 units" in (
        read_recording(path).notes
    )
    for asked in ("espe(1)", "1", "(1)", " espe(1) "):
        rec = read_recording(path, array=asked)
        assert rec.labels == ("1-1",)
        assert not any("most units" in note for note in rec.notes)
    for asked, got in (
        ("espe(3)", "one without units"),
        ("espe(4)", "none of that name"),
        ("esp", "none of that name"),
    ):
        with pytest.raises(FileFormatError, match=rf"such as espe\(2\), got {got}. The file holds espe\(1\): 1 units"):
            read_recording(path, array=asked)


def test_an_only_experiment_needs_no_note(save):
    assert not any("most units" in note for note in read_recording(save(three_units())).notes)


def test_units_that_are_not_good_are_left_out_unless_named(save):
    path = save(three_units())
    rec = read_recording(path)
    assert "1 of 3 units are not marked as good: left out unless named" in rec.notes
    named = read_recording(path, units=["3-2", "1-1"])
    assert named.labels == ("3-2", "1-1")
    # Ascending, although the second trial was written in the order of columns.
    np.testing.assert_allclose(named.spikes[0], [0.0035, 5 * 7 + 0.0105, 5 * 7 + 4.1005], atol=1e-12)
    np.testing.assert_array_equal(named.properties["l_ratio"], [2.25, 0.25])


def test_properties(save):
    rec = read_recording(save(three_units()))
    assert rec.properties["waveform"].shape == (2, 4, 3)  # as many channels as spikeSNR has
    np.testing.assert_array_equal(rec.properties["waveform"][1], np.arange(12.0).reshape(4, 3) + 1)
    assert rec.properties["shank"].tolist() == [1, 3]
    np.testing.assert_array_equal(rec.properties["snr"], [[1, 2, 3, 4]] * 2)
    assert rec.properties["l_ratio"].tolist() == [0.25, 1.25]


def test_properties_that_a_unit_lacks_are_left_out(save):
    bare = {"odor": matrices([(0, 0, 1)])}
    rec = read_recording(save(experiment([bare], [{"odor": matrices([(0, 0, 2)])}])))
    assert set(rec.properties) == {"shank"}
    assert rec.labels == ("1-1", "2-1")


def test_more_than_one_spike_in_a_ms(save):
    rec = read_recording(save(experiment([unit([(0, 0, 4), (0, 0, 4), (0, 0, 9)])])))
    np.testing.assert_allclose(rec.spikes[0], [0.0045, 0.0045, 0.0095])


def test_other_windows_and_stimuli_as_conditions(save):
    rec = read_recording(save(three_units()))
    stimuli = [str(i // TRIALS + 1) for i in range(len(rec.segments))]
    own = rec.with_epochs(trial_units.trial_epochs(rec, {"odour": (4, 99)}, groups=stimuli))
    assert own.conditions == ("odour 1", "odour 2", "odour 3")
    np.testing.assert_array_equal(own.in_condition("odour 2").segments, [[18.0, 21.0], [25.0, 28.0]])
    with pytest.raises(InputError, match="6 names, one a segment, got 2"):
        trial_units.trial_epochs(rec, {"odour": (4, 6)}, groups=["a", "b"])
    with pytest.raises(InputError, match="Segments are 7 s long at most"):
        trial_units.trial_epochs(rec, {"late": (8, 9)})
    with pytest.raises(InputError, match="don't overlap"):
        trial_units.trial_epochs(rec, {"a": (0, 2), "b": (1, 3)})


def test_windows_of_sampled_trials():
    rec = Recording(np.zeros((8, 1)), 2.0, segments=[[0, 4], [4, 8]], onsets=[1.0, 11.0])
    epochs = trial_units.trial_epochs(rec, {"late": (1.0, 2.0)})
    assert rec.with_epochs(epochs).in_condition("late").segments.tolist() == [[2, 4], [6, 8]]


def test_labels_of_ones_own(save):
    path = save(three_units())
    assert read_recording(path, labels=["a", "b", "c"]).labels == ("a", "b")
    with pytest.raises(InputError, match=r"3 names, one a unit of espe\(1\), got 2"):
        read_recording(path, labels=["a", "b"])


@pytest.mark.parametrize("option", [{"rate": 1000.0}, {"duration": 5.0}, {"lazy": True}, {"start": 1.0}])
def test_what_the_file_says_by_itself(save, option):
    with pytest.raises(InputError, match="for units in trials"):
        read_recording(save(three_units()), **option)


def test_counts_are_made_by_binning(save):
    assert read_recording(save(three_units()), kind="spikes").kind == "spikes"
    with pytest.raises(InputError, match="bin_recording"):
        read_recording(save(three_units()), kind="counts")


def test_units_must_have_the_same_trials(save):
    other = unit([(0, 0, 1)])
    other["odor"] = struct_array([{"spikeMatrix": scipy.sparse.csc_array(np.ones((3, 50)))}])
    path = save(experiment([unit([(0, 0, 1)]), other]))
    with pytest.raises(
        FileFormatError, match=r"unit 1-2: .*3 matrices of 2 x 7000 \(trial x ms\), got 1 matrix of 3 x 50.*units="
    ):
        read_recording(path)
    assert read_recording(path, units=["1-2"]).duration == pytest.approx(0.15)


def test_a_matrix_that_holds_no_counts(save):
    wrong = unit([(0, 0, 1)])
    wrong["odor"] = struct_array([{"spikeMatrix": np.full((2, 20), 0.5)}])
    with pytest.raises(FileFormatError, match=r"unit 1-1, odor\(1\).spikeMatrix: .* got 0.5"):
        read_recording(save(experiment([wrong])))


def test_trials_that_end_before_the_odour(save):
    short = unit([])
    short["odor"] = struct_array([{"spikeMatrix": np.ones((2, 3500))}])
    rec = read_recording(save(experiment([short])))
    assert rec.conditions == ("baseline",)


def test_nothing_inside(save):
    with pytest.raises(FileFormatError, match="these fields hold none"):
        trial_units.read(save(experiment([], [])), Wishes())


def test_only_such_files_are_recognised(save, tmp_path):
    assert trial_units.recognise(save(three_units(), name="data"))
    assert not trial_units.recognise(save({"shank": 1.0}))
    assert not trial_units.recognise(tmp_path)
    assert not trial_units.recognise(tmp_path / "missing.mat")
    (tmp_path / "y.mat").write_bytes(b"")
    assert not trial_units.recognise(tmp_path / "y.mat")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_truncated(save, share):
    path = save(three_units(), three_units())
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(FileFormatError):
        read_recording(path)
