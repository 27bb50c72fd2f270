"""Over what time surrogates are made: what "auto" takes, and what is said of it."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.information.null_time import Stretches, choose_time, said_of_times

LABELS = ("u0", "u1", "u2")


def alternating(memory, size, epoch, samples, seed):
    """Three independent AR(1) units that take turns in memory and size; epochs a and b."""
    rng = np.random.default_rng(seed)
    here = (np.arange(samples) // epoch) % 2
    x, state = np.empty((samples, 3)), rng.standard_normal(3)
    for t in range(samples):
        a = memory[here[t]]
        state = a * state + np.sqrt(1 - a * a) * rng.standard_normal(3)
        x[t] = size[here[t]] * state
    starts = np.arange(0, samples, epoch)
    epochs = cg.Epochs(starts / 10, (starts + epoch) / 10, ["ab"[i] for i in here[starts]])
    return cg.Recording(x, 10.0, LABELS, epochs=epochs)


def chosen(recording, null_over="auto", condition="a"):
    """Return what is taken for a condition, and the notes."""
    values, rate = recording.sampled()
    part = recording.in_condition(condition)
    here, whole = Stretches(values, part.segments), Stretches(values, recording.segments)
    return choose_time(null_over, condition, here, whole, lag=1, rate=rate, labels=recording.labels)


@pytest.mark.parametrize(
    ("memory", "epoch", "taken", "says"),
    [
        ((0.9, 0.9), 300, "condition", []),
        ((0.95, 0.2), 300, "condition", []),  # long epochs: nothing to fear, whatever the other condition is like
        ((0.9, 0.9), 12, "recording", ["over the recording, since epochs last 1.2 s and units remember"]),
        ((0.95, 0.2), 12, "condition", ["rotated units lose pauses", "null_over='recording' would be worse"]),
    ],
)
def test_auto_takes_the_recording_only_for_short_epochs_of_units_that_are_alike(memory, epoch, taken, says):
    recording = alternating(memory, (1.0, 1.0), epoch, 1200, 1)
    over, notes = chosen(recording)
    assert over == taken
    for piece in says:
        assert piece in " ".join(notes)
    assert bool(notes) == bool(says)
    profile = cg.gaussian_profile(recording, draws=2)
    assert f"of pairs over the {taken}, every unit" in profile.provenance.conventions["null"]
    assert profile.provenance.settings["null_over"] == "auto"
    said = [note for note in profile.notes if note.startswith("null of a")]
    assert [note[:60] for note in said] == [note[:60] for note in notes]
    asked = cg.gaussian_profile(recording, draws=2, null_over=taken)
    assert asked.data.identical(profile.data)


def test_foreign_memory_is_said_of_the_unit_that_has_it():
    recording = alternating((0.9, 0.6), (1.0, 1.0), 300, 1200, 2)
    over, notes = chosen(recording, "recording")
    assert over == "recording"
    assert len(notes) == 1
    assert "has autocorrelation 0." in notes[0]
    assert notes[0].endswith("p can be far off; take null_over='condition'")
    x = recording.values.copy()
    x[:, [0, 2]] = np.random.default_rng(0).standard_normal((len(x), 2))
    one = cg.Recording(x, 10.0, LABELS, epochs=recording.epochs)
    assert "null of a: u1 has autocorrelation" in chosen(one, "recording")[1][0]
    assert chosen(alternating((0.9, 0.9), (1.0, 1.0), 300, 1200, 2), "recording") == ("recording", ())


def test_foreign_variance_is_said_too():
    recording = alternating((0.5, 0.5), (0.2, 2.0), 300, 1200, 3)
    _, notes = chosen(recording, "recording")
    assert len(notes) == 1
    assert "the variance of u" in notes[0]
    assert "times that of the recording" in notes[0]
    assert chosen(recording, "condition") == ("condition", ())


def test_trials_have_the_same_edges_whichever_way():
    """Each trial is a segment of the recording: over the recording there are as many seams."""
    rng = np.random.default_rng(4)
    x = np.zeros((1200, 2))
    for t in range(1, 1200):
        x[t] = 0.95 * x[t - 1] + rng.standard_normal(2)
    segments = np.column_stack([np.arange(0, 1200, 12), np.arange(12, 1201, 12)])
    here, whole = Stretches(x, segments[::2]), Stretches(x, segments)
    over, notes = choose_time("auto", "odour", here, whole, lag=1, rate=1.0, labels=("a", "b"))
    assert over == "condition"
    assert len(notes) == 1
    assert notes[0].endswith("and p can be off")
    assert "as short as memories" in choose_time("recording", "odour", here, whole, lag=1, rate=1.0, labels="ab")[1][0]
    assert choose_time("auto", "all", whole, whole, lag=1, rate=1.0, labels="ab")[0] == "condition"


def test_autocorrelation_and_variance_by_hand():
    values = np.array([[1.0], [2.0], [3.0], [9.0], [5.0], [4.0]])
    stretches = Stretches(values, np.array([[0, 3], [4, 6]]))
    r, variance, pairs = stretches.alone(1)
    now, then = np.array([1.0, 2.0, 5.0]), np.array([2.0, 3.0, 4.0])
    assert r == pytest.approx([np.corrcoef(now, then)[0, 1]])
    assert variance == pytest.approx([now.var()])
    assert (pairs, stretches.mean_length) == (3, 2.5)


def test_false_positives_where_memory_differs():
    """Independent units, memory .95 here and .2 elsewhere: over the recording p is as small as it gets, every time."""
    found: dict[str, list[float]] = {"auto": [], "recording": []}
    for seed in range(4):
        recording = alternating((0.95, 0.2), (1.0, 1.0), 500, 2000, seed)
        for over, smallest in found.items():
            profile = cg.gaussian_profile(recording, draws=19, null_over=over, conditions=["a"], dims=(3, 1))
            smallest.append(float(np.nanmin(profile.values("p"))))
    assert found["recording"] == pytest.approx([0.05] * 4)
    assert min(found["auto"]) > 0.06


def test_the_choices_in_words():
    assert said_of_times({"a": "condition", "b": "condition"}) == "the condition"
    assert said_of_times({}) == "the condition"
    assert said_of_times({"a": "recording", "b": "condition"}) == "the condition (b), the recording (a)"


def test_no_null_no_notes_on_it():
    recording = alternating((0.9, 0.9), (1.0, 1.0), 12, 1200, 1)
    for draws, null in ((0, "circular_shift"), (2, None)):
        notes = cg.gaussian_profile(recording, draws=draws, null=null).notes
        assert notes
        assert not any("epochs last" in note for note in notes)
