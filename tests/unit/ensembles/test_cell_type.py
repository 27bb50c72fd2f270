"""The verb: words, waveforms, pairs and their sum; what is refused, what is warned of, and draws."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain._errors import CausalGrainWarning, InputError
from causalgrain.ensembles.cell_labels import EXCITATORY, INHIBITORY, NOTHING, inhibitory_word
from causalgrain.ensembles.cell_type import cell_type
from causalgrain.ensembles.waveform_mixture import narrow_log_odds, reference_log_odds, with_prior
from causalgrain.recordings.recording import Recording

RATE = 30_000.0


def wave(peak):
    time = np.arange(-1.0, 1.5, 1e3 / RATE)
    return -np.exp(-0.5 * (time / 0.08) ** 2) + 0.4 * np.exp(-0.5 * ((time - peak) / 0.12) ** 2)


def recording(n=3, *, spikes=None, **properties):
    spikes = [[0.1 + 0.1 * i] for i in range(n)] if spikes is None else spikes
    return Recording.from_spikes(spikes, [f"u{i}" for i in range(n)], properties=properties)


def shaped(*peaks, **properties):
    return recording(len(peaks), waveform=np.stack([wave(p) for p in peaks]), **properties)


# -- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    ["I", "inh", "Inhibitory", "PV", "pvalb", "SST", "Vip", "Narrow Interneuron", "wide_interneuron", "Axo_Axonic"]
    + ["GABAergic", "FS", "PV + VGAT", "PV/SST", "fast-spiking", " interneuron "],
)
def test_inhibitory_words(word):
    assert inhibitory_word(word) == 1.0


@pytest.mark.parametrize("word", ["E", "exc", "Excitatory", "pyramidal", "Pyramidal Cell", "PYR", "RS", "CaMKII", "PC"])
def test_excitatory_words(word):
    assert inhibitory_word(word) == 0.0


@pytest.mark.parametrize("word", ["", "unknown", "?", "mua", "NaN", "Juxta", "PV + pyramidal"])
def test_words_that_say_nothing(word):
    assert inhibitory_word(word) != inhibitory_word(word)  # NaN


@pytest.mark.parametrize("word", ["narrow", "wide", "fast", "tall", "PV + tall"])
def test_words_of_something_else(word):
    assert inhibitory_word(word) is None


def test_no_word_means_two_things():
    assert not EXCITATORY & INHIBITORY
    assert not (EXCITATORY | INHIBITORY) & NOTHING
    for words in (EXCITATORY, INHIBITORY, NOTHING):
        assert all(inhibitory_word(word) is not None for word in words)


@given(st.sampled_from(sorted(EXCITATORY | INHIBITORY)))
def test_case_and_joints_do_not_count(word):
    assert inhibitory_word(word.upper().replace(" ", "_")) == inhibitory_word(word)


# -- labels ------------------------------------------------------------------------------------------------------


def test_labels_of_the_recording():
    types = cell_type(recording(4, cell_type=["PV", "pyr", "", "Narrow Interneuron"]))
    np.testing.assert_array_equal(types.probability, [1, 0, np.nan, 1])
    assert types.how == ("label", "label", "", "label")
    assert types.labels() == ("inhibitory", "excitatory", "unknown", "inhibitory")
    assert types.headline == pytest.approx(2 / 3)
    assert types.known.tolist() == [True, True, False, True]
    assert "1 excitatory, 2 inhibitory, 1 unknown" in repr(types)
    assert "nothing known of 1 unit" in repr(types)


def test_tagged_comes_before_presumed():
    """The ground truth decides, unit by unit; where it is silent, the other label."""
    types = cell_type(recording(3, ground_truth=["PV", "", "Juxta"], cell_type=["pyramidal", "SST", "pyramidal"]))
    assert types.probability.tolist() == [1.0, 1.0, 0.0]


def test_given_labels_come_first():
    known = recording(3, cell_type=["PV", "pyr", "pyr"])
    assert cell_type(known, labels={"u0": "E", "u2": "SST"}).probability.tolist() == [0.0, 0.0, 1.0]
    assert cell_type(known, labels=["E", None, True]).probability.tolist() == [0.0, 0.0, 1.0]
    assert cell_type(known, labels=[0.25, False, 0.75]).probability.tolist() == [0.25, 0.0, 0.75]


def test_strange_words_of_a_file_are_listed():
    with pytest.warns(CausalGrainWarning, match="2 words.*'tall', 'smal'"):
        types = cell_type(recording(4, cell_type=["PV", "pyr", "tall", "smal"]))
    assert np.isnan(types.probability[2:]).all()
    assert "'tall'" in types.notes[0]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"u9": "E"}, "'u9'.*Did you mean 'u"),
        ({"u0": "pyramydal"}, "'pyramydal'.*Did you mean 'pyramidal"),
        (["E", "I"], "a word for each of 3 units.*got 2"),
        ("EEI", "a word for each of 3 units"),
        ([2, "E", "I"], "probabilities of being inhibitory"),
        (7, "a word for each of 3 units"),
    ],
)
def test_labels_that_cannot_be_meant(labels, words):
    with pytest.raises(InputError, match=words):
        cell_type(recording(3), labels=labels)


def test_a_class_that_is_missing():
    with pytest.warns(CausalGrainWarning, match="No inhibitory unit"):
        types = cell_type(recording(2, cell_type=["pyr", "E"]))
    assert types.probability.tolist() == [0.0, 0.0]
    with pytest.warns(CausalGrainWarning, match="No excitatory unit"):
        cell_type(recording(2, cell_type=["PV", "VIP"]))


# -- waveforms ---------------------------------------------------------------------------------------------------


def test_waveforms_by_the_reference():
    types = cell_type(shaped(0.28, 0.75, 0.47), waveform_rate=RATE)
    lengths = types.evidence["trough_to_peak"]
    np.testing.assert_allclose(lengths, [0.28, 0.75, 0.47], atol=0.01)
    np.testing.assert_allclose(types.probability, with_prior(reference_log_odds(lengths), 0.2))
    assert types.labels(0.9) == ("inhibitory", "excitatory", "unknown")
    assert set(types.how) == {"waveform"}


def test_the_prior_moves_the_odds():
    made = [cell_type(shaped(0.28, 0.47), waveform_rate=RATE, prior=p).probability for p in (0.1, 0.2)]
    odds = [p / (1 - p) for p in made]
    np.testing.assert_allclose(odds[1] / odds[0], (0.2 / 0.8) / (0.1 / 0.9))


def test_auto_takes_labels_then_waveforms():
    types = cell_type(shaped(0.28, 0.28, 0.75, cell_type=["pyr", "", ""]), waveform_rate=RATE)
    assert types.how == ("label", "waveform", "waveform")
    assert types.probability[0] == 0.0
    assert types.probability[1] > 0.9
    assert "label excitatory" not in types.reason[1]
    assert types.reason[0] == "waveform inhibitory, label excitatory"
    assert "conflicting evidence: 'u0'" in repr(types)


def test_the_rate_of_waveforms_from_their_time():
    waves = shaped(0.28, 0.75)
    time = np.tile(np.arange(75) * 1e3 / RATE - 1.0, (2, 1))
    timed = recording(2, waveform=waves.properties["waveform"], waveform_time=time)
    np.testing.assert_allclose(cell_type(timed).probability, cell_type(waves, waveform_rate=RATE).probability)


def test_without_a_rate_samples_are_not_ms():
    with pytest.raises(InputError, match="waveform_rate=30000"):
        cell_type(shaped(0.28, 0.75))
    with pytest.raises(InputError, match="waveform_rate=30000"):
        cell_type(shaped(0.28, 0.75, cell_type=["PV", "E"]), by="waveform")
    types = cell_type(shaped(0.28, 0.75, 0.3, cell_type=["PV", "E", ""]))
    assert types.how == ("label", "label", "")
    assert "waveforms were left out: give waveform_rate, Hz" in types.notes


def test_widths_that_the_file_has():
    types = cell_type(recording(2, trough_to_peak=[0.28, 0.75]))
    np.testing.assert_allclose(types.probability, with_prior(reference_log_odds([0.28, 0.75]), 0.2))
    with pytest.raises(InputError, match="Convert it to ms"):
        cell_type(recording(2, trough_to_peak=[0.00028, 0.00075]))


def test_units_that_cannot_be_measured_stay_unknown():
    waves = np.stack([wave(0.28), wave(0.75), np.zeros(75), np.full(75, np.nan), -wave(0.3)])
    types = cell_type(recording(5, waveform=waves), waveform_rate=RATE)
    assert types.known.tolist() == [True, True, False, False, False]
    assert [text.split()[-1] for text in types.reason[2:]] == ["constant", "values", "positive)"]


def test_pooled_fit():
    """A fit on 80 units of two recordings: narrow is evidence, and less than certain."""
    rng = np.random.default_rng(0)
    peaks = np.r_[rng.normal(0.3, 0.02, 10), rng.normal(0.7, 0.04, 30)]
    one, other = (shaped(*(peaks + shift)) for shift in (0.0, 0.01))
    types = cell_type(one, by="waveform", calibration="pooled", pool=[other], waveform_rate=RATE)
    np.testing.assert_array_equal(np.array(types.labels()) == "inhibitory", peaks < 0.5)
    np.testing.assert_allclose(types.probability, with_prior(narrow_log_odds(types.evidence["narrow"]), 0.2))
    assert types.probability.max() < 0.9
    assert types.probability.min() > 0.05
    assert "pooled fit of 80 units: 25% narrow" in types.notes[0]
    with pytest.warns(CausalGrainWarning, match="fewer than 50"):
        cell_type(one, by="waveform", calibration="pooled", waveform_rate=RATE)


def test_one_group_is_warned_of():
    peaks = np.random.default_rng(1).normal(0.6, 0.04, 60)
    with pytest.warns(CausalGrainWarning, match="don't fall into two groups"):
        cell_type(shaped(*peaks), calibration="pooled", waveform_rate=RATE)


def test_spikes_narrower_than_the_references():
    """At a wrong rate all spikes look narrow: said, not swallowed."""
    with pytest.warns(CausalGrainWarning, match=r"\d+% of 25 units are inhibitory, where the prior is 20%"):
        cell_type(shaped(*np.linspace(0.6, 0.75, 25)), waveform_rate=2 * RATE)


# -- pairs -------------------------------------------------------------------------------------------------------


def connected(**properties):
    """u0 excites u1, u2 inhibits u3; nothing of u1, u3."""
    rng = np.random.default_rng(0)
    trains = [np.sort(rng.uniform(0, 600, 6000)) for _ in range(4)]
    trains[1] = np.sort(np.r_[trains[1], trains[0][::10] + 1.5e-3])
    since = trains[3] - trains[2][np.maximum(np.searchsorted(trains[2], trains[3]) - 1, 0)]
    trains[3] = trains[3][~((since > 1e-3) & (since < 5e-3) & (rng.random(len(since)) < 0.8))]
    return recording(4, spikes=trains, **properties)


def test_pairs():
    types = cell_type(connected(), by="correlogram")
    odds = np.array([-np.log(9), np.nan, np.log(9), np.nan])
    np.testing.assert_allclose(types.probability, with_prior(odds, 0.2))
    assert types.how == ("correlogram", "", "correlogram", "")
    assert types.reason[1] == "no significant outgoing pair"
    assert "1 excitatory and 1 inhibitory pairs of 12 tested" in types.notes[0]


def test_combined_adds_log_odds():
    rec = connected(waveform=np.stack([wave(0.28), wave(0.75), wave(0.47), np.zeros(75)]))
    types = cell_type(rec, by="combined", waveform_rate=RATE)
    parts = [types.evidence[name] for name in ("waveform", "correlogram")]
    np.testing.assert_allclose(types.probability[[0, 2]], with_prior(parts[0] + parts[1], 0.2)[[0, 2]])
    assert types.how == ("waveform + correlogram", "waveform", "waveform + correlogram", "")
    assert types.reason[0] == "waveform inhibitory, correlogram excitatory"
    assert any("independent" in note for note in types.notes)


# -- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["auto", "labels", "waveform"])
def test_nothing_to_go_by(by):
    with pytest.raises(InputError, match=r"labels=\{unit: 'E' or 'I'\}"):
        cell_type(recording(3, depth=[1.0, 2.0, 3.0]), by=by)


def test_pairs_need_spike_times_and_connections():
    with pytest.raises(InputError, match="spike times, for cross-correlograms"):
        cell_type(Recording(np.zeros((5, 2)) + [0.0, 1.0], 10.0), by="correlogram")
    with pytest.raises(InputError, match="no significant outgoing pair"):
        cell_type(recording(3), by="correlogram")
    with pytest.raises(InputError, match="one unit alone"):
        cell_type(recording(1), by="correlogram")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"by": "shape"}, "'waveform'"),
        ({"prior": 1.0}, "prior"),
        ({"calibration": "none"}, "'pooled'"),
        ({"shape": "round"}, "'both'"),
        ({"pool": [recording(2)]}, "calibration='pooled'"),
    ],
)
def test_settings_that_cannot_be_meant(settings, words):
    with pytest.raises(InputError, match=words):
        cell_type(recording(2, cell_type=["E", "I"]), **settings)


# -- what comes out ----------------------------------------------------------------------------------------------


def test_draws_follow_the_probabilities():
    types = cell_type(recording(4), labels=[0.0, 0.3, 0.8, 1.0])
    draws = np.array([types.draw(seed) for seed in range(4000)])
    assert draws.dtype == bool
    np.testing.assert_allclose(draws.mean(axis=0), [0, 0.3, 0.8, 1], atol=4 * np.sqrt(0.25 / 4000))
    assert draws[:, 0].sum() == 0
    assert draws[:, 3].all()
    np.testing.assert_array_equal(types.draw(7), types.draw(7))
    assert abs(np.corrcoef(draws[:, 1], draws[:, 2])[0, 1]) < 4 / np.sqrt(4000)


def test_draws_of_unknown_units():
    types = cell_type(recording(3), labels=[0.0, 1.0, None])
    with pytest.raises(InputError, match="nothing known of 1: 'u2'"):
        types.draw(0)
    share = np.mean([types.draw(seed, unknown="prior")[2] for seed in range(2000)])
    assert share == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 2000))


def test_labels_at_a_threshold():
    types = cell_type(recording(5), labels=[0.1, 0.4, 0.5, 0.9, None])
    assert types.labels() == ("excitatory", "excitatory", "inhibitory", "inhibitory", "unknown")
    assert types.labels(0.9) == ("excitatory", "unknown", "unknown", "inhibitory", "unknown")
    with pytest.raises(InputError, match="threshold"):
        types.labels(0.4)


def test_results_are_values():
    types = cell_type(shaped(0.28, 0.75), waveform_rate=RATE)
    with pytest.raises(ValueError, match="read-only"):
        types.probability[0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        types.prior = 0.5  # pyright: ignore
    assert types.table.loc["u0", "type"] == "inhibitory"
    assert types.table.loc["u1", "trough_to_peak"] == pytest.approx(0.75, abs=0.01)
    again = cell_type(shaped(0.28, 0.75), waveform_rate=RATE)
    assert again.provenance == types.provenance
    assert cell_type(shaped(0.28, 0.7), waveform_rate=RATE).provenance.input_hash != types.provenance.input_hash


@given(st.permutations(range(4)))
def test_units_in_another_order(order):
    rec = shaped(0.28, 0.75, 0.47, 0.35)
    types = cell_type(rec, waveform_rate=RATE)
    turned = cell_type(rec.select(list(order)), waveform_rate=RATE)
    np.testing.assert_allclose(turned.probability, types.probability[list(order)])
