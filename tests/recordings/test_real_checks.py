"""A check of real recordings: facts about them, and that nothing takes long or claims too much."""

import pytest

import causalgrain as cg
from causalgrain.systems.sufficiency import check_recording


def of(check, **where):
    rows = [row for row in check.rows if all(getattr(row, name) == value for name, value in where.items())]
    assert len(rows) == 1
    return rows[0]


def test_worm(data_folder):
    path = data_folder / "celegans_wholebrain" / "swf702_with_id__2022-07-26-31-data.h5"
    check = check_recording(cg.read_recording(path, array="gcamp/trace_array", rate=1 / 0.6))
    assert (check.summary["units"], check.summary["samples"], check.summary["kind"]) == (146, 800, "traces")
    assert check.summary["duration"] == pytest.approx(480.0)
    assert sorted({row.bin for row in check.rows}) == pytest.approx([0.6, 1.2, 2.4, 4.8, 9.6])
    finest = [row for row in check.rows if row.bin == pytest.approx(0.6)]
    assert {row.transitions for row in finest} == {799}
    assert {round(row.on_share, 1) for row in finest} == {0.5}  # above the median
    # Eight minutes of slow calcium: raw Phi of no number of units can be read as it stands.
    assert not any(row.enough for row in check.rows)
    assert check.sentence.startswith("Not enough data to read Phi of even 3 units as it stands: they lack ")
    text = " ".join(check.doubts)
    assert "The traces are z-scored" in text
    assert "The bins are faster than the signal" in text
    assert 5.0 < of(check, bin=finest[0].bin, units=3).correlation_time < 60.0
    assert not any(name in text for name in ("very same values", "never changes", "different values"))


def test_hippocampus(data_folder):
    recording = cg.read_recording(data_folder / "hippocampus_run_rest" / "wmaze_spikes.mat")
    check = check_recording(recording)
    assert (check.summary["units"], check.summary["kind"], check.summary["rate"]) == (25, "spikes", None)
    assert check.summary["duration"] == pytest.approx(4306.83, abs=0.01)
    assert of(check, bin=0.02, units=4).transitions == 215_340
    assert of(check, bin=0.5, units=4).transitions == 8612
    # The unsorted cluster is found; it has a spike in every second, so it is constant at wide bins.
    assert any("'10-15' (107 Hz) are shorter than 1.5 ms" in doubt for doubt in check.doubts)
    assert of(check, bin=1.0, units=3).constant == 1
    assert of(check, bin=0.1, units=3).constant == 0
    assert of(check, bin=1.0, units=3).enough
    assert not of(check, bin=1.0, units=5).enough
    assert not any("ms or samples" in doubt for doubt in check.doubts)  # times are s
    better = check_recording(recording.select([u for u in recording.labels if u != "10-15"]))
    assert not any("10-15" in doubt for doubt in better.doubts)


def test_olfactory_trials(data_folder):
    recording = cg.read_recording(data_folder / "mouse_olfactory_units" / "aPCx_AA.mat")
    check = check_recording(recording, bins=[0.1, 2.5])
    assert (check.summary["units"], check.summary["segments"]) == (44, 100)
    assert check.summary["conditions"] == pytest.approx({"baseline": 300.0, "odour": 200.0})
    # 100 trials: 30 bins, 29 transitions in each trial's baseline, 20 and 19 under odour; none between trials.
    assert of(check, condition="baseline", bin=0.1, units=3).transitions == 2900
    assert of(check, condition="odour", bin=0.1, units=3).transitions == 1900
    assert of(check, condition="baseline", bin=2.5, units=3).transitions == 0
    assert {a.analysis: a.enough for a in check.answers}["comparison of conditions"]
    assert "waveforms are there" in check.answers[-1].why


def test_seizure(data_folder):
    path = data_folder / "human_seizure_lfp" / "example_seizure_waves.mat"
    check = check_recording(cg.read_recording(path, array="data", rate=500))
    assert (check.summary["units"], check.summary["samples"], check.summary["duration"]) == (96, 5000, 10.0)
    assert of(check, bin=0.002, units=3).transitions == 4999
    assert {a.analysis: a.why for a in check.answers}["pooling by position"] == "all 96 units have one"
    assert any("The bins are faster than the signal" in doubt for doubt in check.doubts)


def test_the_law_foretells_the_null(data_folder):
    """Mean Phi of circular shifts of tetrode units, beside what the check expects of independent ones."""
    recording = cg.read_recording(data_folder / "monosynaptic_units" / "all_unit.mat")
    assert (recording.n_units, round(recording.duration)) == (16, 998)
    for units in ([0, 4, 9], [2, 5, 8]):
        some = recording.select(units)
        profile = cg.scan_recording(some, bins=[0.1], draws=10, best=1, max_dependence=1.0, seed=1, progress=False)
        null = float(profile.data["phi_null"].values[0].ravel()[0])
        check = check_recording(some, bins=[0.1], sizes=[len(units)])
        assert check.rows[0].expected_bias == pytest.approx(null, rel=0.35)
