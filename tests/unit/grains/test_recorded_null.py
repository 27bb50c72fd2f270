"""Over what time surrogates of a condition are made: seams, foreign activity, and what is said of them."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains.recorded_draws import Draws, Sampler
from causalgrain.grains.recorded_study import make_study
from causalgrain.grains.run import Settings


def turns(total, epoch):
    edges = np.arange(0.0, total + epoch, epoch)
    return cg.Epochs(edges[:-1], np.minimum(edges[1:], total), ["ab"[i % 2] for i in range(len(edges) - 1)])


def sampler_of(recording, over, width=None, method="median"):
    parts = {name: recording.in_condition(name) for name in recording.conditions} or {"all": recording}
    study = make_study(
        recording, parts, widths=(width,), lags=(1,), method=method, prior=0.5, settings=Settings(1.0, False)
    )
    return Sampler(study, Draws(nulls=5, null_over=over), 0, 0, (1.0,))


def chains(samples, memory, seed, on=0.5):
    """Two independent two-state chains."""
    rng = np.random.default_rng(seed)
    fresh = (rng.random((samples, 2)) < on).astype(float)
    new = rng.random((samples, 2)) > np.exp(-1.0 / memory)
    new[0] = True
    last = np.maximum.accumulate(np.where(new, np.arange(samples)[:, None], 0), axis=0)
    return np.take_along_axis(fresh, last, axis=0)


def test_over_the_recording_every_unit_keeps_its_own_course_inside_every_epoch():
    total, epoch = 300, 7
    course = np.column_stack([np.arange(total)] * 3).astype(float)  # a value says when it was recorded
    recording = cg.Recording(course, 1.0, epochs=turns(total, epoch))
    for over in ("recording", "condition"):
        sampler, seams = sampler_of(recording, over), []
        for draw in range(5):
            made = sampler.surrogate("a", draw)
            part = recording.in_condition("a")
            np.testing.assert_array_equal(made.segments, part.segments)
            np.testing.assert_array_equal(made.onsets, part.onsets)
            steps = np.concatenate([np.diff(made.values[b:s], axis=0) for b, s in made.segments]) % total
            seams += (steps != 1).sum(axis=0).tolist()
            assert len(set(made.values[0].tolist())) > 1  # and units have gone their own ways
        # All 22 epochs are broken, but where a shift of whole epochs leaves the edges where they were.
        assert seams == [0] * 15 if over == "recording" else np.mean(seams) > 11


def test_spike_intervals_too():
    trains = [np.arange(140) + 0.5, np.arange(0, 140, 0.9)]
    recording = cg.Recording.from_spikes(trains, duration=140.0, epochs=turns(140.0, 3.5))
    for over in ("recording", "condition"):
        sampler, kept = sampler_of(recording, over, 0.7, "spike"), []
        for draw in range(5):
            made = sampler.surrogate("b", draw)
            assert made.spikes is not None
            inside = [made.spikes[0][(made.spikes[0] >= b) & (made.spikes[0] < s)] for b, s in made.segments]
            kept.append(np.allclose(np.concatenate([np.diff(times) for times in inside]), 1.0))
        assert all(kept) if over == "recording" else sum(kept) < 4


def test_trials_have_the_same_edges_over_both():
    values, starts = chains(400, 3.0, 1), np.arange(20) * 100.0
    segments = np.column_stack([np.arange(20), np.arange(1, 21)]) * 20
    epochs = cg.Epochs(starts, starts + 20.0, ["a"] * 20)
    recording = cg.Recording(values, 1.0, segments=segments, onsets=starts, epochs=epochs, kind="counts")
    one, two = (sampler_of(recording, over, method="spike").surrogate("a", 3) for over in ("recording", "condition"))
    np.testing.assert_array_equal(one.values, two.values)


def test_without_conditions_there_is_no_difference():
    recording = cg.Recording(chains(400, 5.0, 2), 1.0, kind="counts")
    one, two = (cg.scan_recording(recording, draws=4, null_over=over) for over in ("recording", "condition"))
    assert one.data.identical(two.data)
    assert one.notes == two.notes


def test_it_is_recorded_and_the_same_for_any_number_of_workers():
    recording = cg.Recording(chains(600, 5.0, 3), 1.0, kind="counts", epochs=turns(600, 100))
    made = [cg.scan_recording(recording, draws=6, null_over="recording", workers=n) for n in (1, 2)]
    assert made[0].data.identical(made[1].data)
    inside = cg.scan_recording(recording, draws=6)
    assert not np.array_equal(inside.data["null_maximum"], made[0].data["null_maximum"])
    np.testing.assert_array_equal(inside.data["phi"], made[0].data["phi"])
    for profile, over in ((made[0], "recording"), (inside, "condition")):
        assert profile.provenance.settings["null_over"] == over
        assert f"circular_shift over the {over}" in profile.provenance.conventions["null"]
    with pytest.raises(cg.InputError, match="null_over"):
        cg.scan_recording(recording, null_over="both")


def test_a_unit_that_a_surrogate_leaves_silent_is_no_error():
    values = (np.random.default_rng(4).random((900, 2)) < 0.4).astype(float)
    values[:, 1] = 0.0
    values[[20, 60, 880], 1] = 1.0
    epochs = cg.Epochs([0, 80], [80, 900], ["a", "b"])
    recording = cg.Recording(values, 1.0, kind="counts", epochs=epochs)
    sampler = sampler_of(recording, "recording", method="spike")
    assert any(not sampler.surrogate("a", draw).values[:80, 1].any() for draw in range(5))
    profile = cg.scan_recording(recording, draws=5, null_over="recording", max_dependence=1.0)
    assert np.isfinite(profile.at("a").values("phi_null")).all()


@pytest.mark.parametrize(
    ("memory", "epoch", "over", "says"),
    [
        (8.0, 10, "condition", "null_over='recording' has no such edges"),
        (8.0, 10, "recording", ""),
        (8.0, 200, "condition", ""),
        (0.1, 10, "condition", ""),
    ],
)
def test_short_epochs_are_said(memory, epoch, over, says):
    recording = cg.Recording(chains(1200, memory, 5), 1.0, kind="counts", epochs=turns(1200, epoch))
    notes = [n for n in cg.scan_recording(recording, draws=1, null_over=over).notes if "forget at edges" in n]
    assert len(notes) == (2 if says else 0)  # in a and in b
    assert all(says in note for note in notes)


def test_rates_that_differ_between_conditions_are_said():
    values = np.concatenate([chains(600, 1.0, 6, 0.1), chains(600, 1.0, 7, 0.5)])
    recording = cg.Recording(values, 1.0, kind="counts", epochs=cg.Epochs([0, 600], [600, 1200], ["low", "high"]))
    over = cg.scan_recording(recording, draws=1, null_over="recording")
    assert sum("take null_over='condition'" in note for note in over.notes) == 2
    assert not any("null_over" in note for note in cg.scan_recording(recording, draws=1).notes)
    alike = cg.Recording(chains(1200, 1.0, 6), 1.0, kind="counts", epochs=recording.epochs)
    assert not any("null_over" in n for n in cg.scan_recording(alike, draws=1, null_over="recording").notes)
