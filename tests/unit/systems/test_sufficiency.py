"""A check of a recording: counts against counting by hand, the law against simulation, answers and doubts."""

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pytest

import causalgrain as cg
from causalgrain._errors import InputError
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.recording import Recording
from causalgrain.systems import occupancy
from causalgrain.systems.bias_law import CONSTANTS, expected_bias, gain, transitions_needed
from causalgrain.systems.check_text import bins_in_words, seconds_in_words
from causalgrain.systems.memory import autocorrelation, correlation_times, inflation, memories
from causalgrain.systems.resample import correlation_time, cut_blocks
from causalgrain.systems.sufficiency import check_recording

ROOT = Path(__file__).parents[3]


def noise(n=4, samples=4000, seed=0, rate=10.0, **more):
    return Recording(np.random.default_rng(seed).standard_normal((samples, n)), rate, **more)


def spikes(n=4, seconds=1000.0, hz=5.0, seed=0, **more):
    rng = np.random.default_rng(seed)
    trains = [np.sort(rng.uniform(0, seconds, rng.poisson(hz * seconds))) for _ in range(n)]
    trains = [train[np.diff(train, prepend=-1.0) > 0.002] for train in trains]  # a refractory period
    return Recording.from_spikes(trains, duration=seconds, **more)


def persistent(n, samples, keep, seed=0):
    """States that are kept with probability `keep` and else drawn anew, shape (samples, n)."""
    rng = np.random.default_rng(seed)
    fresh, drawn = rng.random((samples, n)) < 0.5, rng.random((samples, n)) >= keep
    drawn[0] = True
    last = np.maximum.accumulate(np.where(drawn, np.arange(samples)[:, None], 0), axis=0)
    return np.take_along_axis(fresh, last, axis=0).astype(float)


def row(check, **where):
    table = check.table
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1, where
    return table.iloc[0]


def answer(check, name):
    (found,) = [a for a in check.answers if a.analysis.startswith(name)]
    return found


# -- counts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [0.05, 0.1, 0.25])
def test_counts_are_those_of_an_estimate(width):
    epochs = Epochs([0, 400, 500], [300, 450, 900.02], ["run", "rest", "run"])
    rec = spikes(3, hz=4.0, epochs=epochs)
    check = check_recording(rec, bins=width, sizes=[3], sets=1)
    for name in ("run", "rest"):
        _, info = cg.estimate_network(rec.in_condition(name), bin=width)
        found = row(check, condition=name)
        assert found.transitions == info.n_transitions
        assert found.per_state == info.n_transitions / 8
        assert found.visited == info.states_visited
        assert found.rare_visits == np.sort(info.visits)[1]  # the second of eight
        binned = cg.bin_recording(rec.in_condition(name), width)
        firsts = np.concatenate([binned.values[b : s - 1] for b, s in binned.segments]) > 0
        assert found.on_share == pytest.approx(np.median(firsts.mean(axis=0)))
    assert check.table["bin"].tolist() == [width, width]


@pytest.mark.parametrize("k", [1, 4])
def test_samples_are_binned_and_thresholds_come_from_all_conditions(k):
    values = np.random.default_rng(3).standard_normal((3000, 3)).cumsum(axis=0) * 0.05
    values[1500:] += 0.5 - values[1500]
    rec = Recording(values, 10.0, epochs=Epochs([0, 150], [150, 300], ["low", "high"]))
    check = check_recording(rec, bins=k / 10.0, sizes=[2, 3], sets=3)
    binned = cg.bin_recording(rec, k / 10.0)
    on = binned.values > np.median(binned.values, axis=0)
    half = len(on) // 2
    for name, part in (("low", on[: half - 1]), ("high", on[half:-1])):
        assert row(check, condition=name, units=3).on_share == pytest.approx(np.median(part.mean(axis=0)))
        states = part @ [1, 2, 4]
        assert row(check, condition=name, units=3).visited == len(np.unique(states))
        assert row(check, condition=name, units=3).transitions == half - 1
        assert 0.05 < part.mean() < 0.95
    assert (
        np.ptp([on[:half].mean(axis=0), on[half:].mean(axis=0)], axis=0).max() > 0.2
    )  # thresholds of each condition would give 0.5 and 0.5


def test_smaller_sets_are_parts_of_larger_ones():
    rec = Recording((np.random.default_rng(1).random((500, 3)) < [0.5, 0.3, 0.1]).astype(float), 1.0, kind="counts")
    (found,) = occupancy.look(
        occupancy.cut_conditions(rec), [1.0], method="spike", most=3, sets=1, rng=np.random.default_rng(0)
    )
    order = found.sets[0]
    bits = rec.values[:-1, order].astype(int)
    for n in (1, 2, 3):
        expected = np.bincount(bits[:, :n] @ (1 << np.arange(n)), minlength=1 << n)
        np.testing.assert_array_equal(found.visits_of(n)[0], expected)


def test_nothing_is_counted_across_edges():
    values = np.tile([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], (50, 1))
    values[50:, 2] = 1.0
    rec = Recording(values, 1.0, kind="counts", segments=[[0, 10], [10, 11], [11, 50], [50, 100]])
    found = row(check_recording(rec, bins=1.0, sizes=[3], sets=1), units=3)
    assert found.transitions == 9 + 0 + 38 + 49
    assert found.visited == 4


def test_disk_and_memory_agree(tmp_path):
    h5py = pytest.importorskip("h5py")
    values = np.random.default_rng(0).standard_normal((6000, 5)).astype(np.float32)
    path = tmp_path / "lfp.h5"
    with h5py.File(path, "w") as file:
        file["lfp"], file["rate"] = values, 100.0
    lazy = check_recording(cg.read_recording(path, lazy=True))
    eager = check_recording(cg.read_recording(path, lazy=False))
    assert lazy.summary["on_disk"]
    assert not eager.summary["on_disk"]
    assert lazy.rows == eager.rows
    assert lazy.doubts == eager.doubts
    assert lazy.provenance == eager.provenance


def test_long_recordings_are_looked_at_in_part(monkeypatch):
    rec = noise(4, 40_000)
    whole = check_recording(rec, bins=[0.1, 0.8], sizes=[3])
    monkeypatch.setattr(occupancy, "MOST_BINS", 10_000)
    part = check_recording(rec, bins=[0.1, 0.8], sizes=[3])
    fine, coarse = (row(part, bin=width) for width in (0.1, 0.8))
    assert fine.transitions == 39_999  # all that there are
    assert 3500 < fine.rare_visits < 5500  # scaled up: 39,999 / 8 = 5,000
    assert coarse.equals(row(whole, bin=0.8))
    assert fine.expected_bias == pytest.approx(row(whole, bin=0.1).expected_bias, rel=0.5)


def test_stretches_are_spread_over_every_segment():
    pieces = occupancy.cut_conditions(noise(2, 1000, segments=[[0, 200], [300, 1000]]))
    looked = occupancy.spread(pieces, 9.0).recording  # a tenth of 90 s
    assert looked.n_samples == pytest.approx(90, abs=16)
    for begin, stop in ((0, 200), (300, 1000)):
        inside = [(b, s) for b, s in looked.segments.tolist() if begin <= b and s <= stop]
        assert sum(s - b for b, s in inside) == pytest.approx((stop - begin) / 10, abs=16)
        assert inside[-1][0] > begin + 0.6 * (stop - begin)
    np.testing.assert_allclose(looked.onsets, looked.segments[:, 0] / 10.0)


def test_the_same_seed_gives_the_same_check():
    rec = spikes(12)
    assert check_recording(rec, seed=3) == check_recording(rec, seed=3)
    assert check_recording(rec, seed=3).rows != check_recording(rec, seed=4).rows


# -- the law and what is missing -----------------------------------------------------------------------------------


def law_benchmark():
    spec = importlib.util.spec_from_file_location("bias_law_benchmark", ROOT / "benchmarks" / "bias_law.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("n", "length", "share", "memory", "runs"),
    [(3, 1000, 0.5, 0.0, 100), (3, 4000, 0.1, 0.0, 150), (3, 4000, 0.5, 0.6, 60), (3, 8000, 0.1, 0.6, 100),
     (3, 8000, 0.25, 0.3, 60), (4, 4000, 0.5, 0.0, 12), (4, 32_000, 0.5, 0.9, 12)],
)  # fmt: skip
def test_the_law_is_what_is_measured(n, length, share, memory, runs):
    benchmark = law_benchmark()
    measured = np.mean([benchmark.phi(n, length, share, memory, 1000 + seed) for seed in range(runs)])
    assert expected_bias(length, [share] * n, [memory] * n) == pytest.approx(measured, rel=0.2)


@pytest.mark.parametrize("n", CONSTANTS)
def test_laws_of_the_law(n):
    plain, slow = [0.5] * n, [0.6] * n
    none = [0.0] * n
    a_half, a_sparse, b_half, b_sparse = CONSTANTS[n]
    assert expected_bias(1000, plain, none) == pytest.approx(a_half / 1000)
    assert expected_bias(1000, [0.1] * n, none) == pytest.approx(a_sparse / 1000)
    assert expected_bias(1e12, plain, slow) == pytest.approx(gain(0.6) * b_half / 1e6, rel=1e-4)
    assert expected_bias(1e12, [0.9] * n, slow) == pytest.approx(gain(0.6) * b_sparse / 1e6, rel=1e-4)
    shares, memory = np.linspace(0.05, 0.9, n), np.linspace(-0.2, 0.7, n)
    assert expected_bias(5000, shares, memory) == pytest.approx(expected_bias(5000, 1 - shares, -memory))
    for bias in (0.3, 0.02, 0.001):
        assert expected_bias(transitions_needed(bias, shares, memory), shares, memory) == pytest.approx(bias)
    assert expected_bias(0, plain, slow) == np.inf


def test_missing_time_is_what_makes_it_enough():
    short = spikes(3, 20.0)
    check = check_recording(short, bins=0.1, sizes=[3], sets=1)
    found = row(check, units=3)
    assert not found.enough
    assert found.missing_seconds == pytest.approx(found.missing_transitions * 0.1)
    longer = check_recording(spikes(3, 20.0 + 1.4 * found.missing_seconds), bins=0.1, sizes=[3], sets=1)
    assert longer.rows[0].enough
    assert longer.rows[0].missing_seconds == 0
    less = check_recording(spikes(3, 20.0 + 0.6 * found.missing_seconds), bins=0.1, sizes=[3], sets=1)
    assert not less.rows[0].enough
    assert less.rows[0].missing_seconds < found.missing_seconds


def test_two_units_need_ten_transitions_a_state_too():
    found = check_recording(noise(2, 40), bins=0.1, sizes=[2]).rows[0]
    assert found.transitions == 39
    assert found.expected_bias < 0.05
    assert not found.enough
    assert found.missing_transitions >= 1


def test_memory_and_long_memory_cost_transitions():
    plain = Recording(persistent(3, 4000, 0.0), 1.0, kind="counts")
    kept = Recording(persistent(3, 4000, 0.8), 1.0, kind="counts")
    fast, slow = (check_recording(rec, bins=1.0, sizes=[3]).rows[0] for rec in (plain, kept))
    assert abs(fast.memory) < 0.05
    assert slow.memory == pytest.approx(0.8, abs=0.03)
    assert slow.correlation_time == pytest.approx(1.8 / 0.2, rel=0.4)
    assert fast.expected_bias < slow.expected_bias
    assert slow.inflation < 1.4  # one bin is all that they remember
    # A slow wave under noise: little memory of the last bin, much of long ago.
    rng = np.random.default_rng(2)
    wave = np.array([np.convolve(rng.standard_normal(4400), np.ones(400), "valid")[:4000] for _ in range(3)]).T
    mixed = wave / wave.std(axis=0) + rng.standard_normal((4000, 3))
    assert check_recording(Recording(mixed, 1.0), bins=1.0, sizes=[3]).rows[0].inflation > 5


# -- memory ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.9])
def test_correlation_times_are_those_of_a_scan(keep):
    states = persistent(5, 2000, keep, seed=4)
    rec = Recording(states, 4.0, kind="counts", segments=[[0, 700], [800, 2000]])
    binary = cg.recordings.preprocessing.binarise(rec, "spike")
    rho = autocorrelation(binary.states, rec.segments, 1900 // 50)
    assert correlation_times(rho).max() / 4.0 == pytest.approx(correlation_time(binary))
    assert memories(binary.states, rec.segments)[0].max() / 4.0 == pytest.approx(correlation_time(binary))


def test_autocorrelation_stays_within_segments():
    states = np.repeat([[0], [1]], 50, axis=0)
    joined, apart = (autocorrelation(states, np.array(parts), 60) for parts in ([[0, 100]], [[0, 50], [50, 100]]))
    assert joined[60, 0] < -0.3
    assert apart[60, 0] == 0
    assert apart[1, 0] == pytest.approx(0.98)


def test_inflation_is_one_without_more_memory_than_one_bin():
    rho = 0.8 ** np.arange(200)[:, None] * np.ones(2)
    np.testing.assert_allclose(inflation(rho), 1.0, atol=1e-9)
    far = 0.5 * rho
    far[0] = 1.0  # a slow part under noise
    beyond = ((1 + 0.16) * 0.5 * 0.8**2 - 0.4 * (0.5 * 0.8 + 0.5 * 0.8**3)) / (1 - 0.16)
    assert beyond > 0
    assert inflation(far)[0, 1] > 1 + 2 * beyond * 0.5 * 0.8**2
    np.testing.assert_allclose(np.diag(inflation(np.column_stack([rho[:, 0], far[:, 0]])))[0], 1.0, atol=1e-9)


# -- bins, sizes, words ------------------------------------------------------------------------------------------


def test_default_bins():
    assert sorted(set(check_recording(spikes(3, 1000.0)).table["bin"])) == [
        0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]  # fmt: skip
    assert sorted(set(check_recording(spikes(3, 20.0)).table["bin"])) == [0.005, 0.01, 0.02, 0.05, 0.1, 0.2]
    assert sorted(set(check_recording(noise(3, 500)).table["bin"])) == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert sorted(set(check_recording(noise(3, 20)).table["bin"])) == [0.1]
    trials = spikes(3, 100.0).with_segments(np.arange(0, 100, 0.5)[:, None] + [0.0, 0.5])
    assert max(check_recording(trials).table["bin"]) == 0.2


def test_a_bin_longer_than_the_epochs_is_a_row_without_transitions():
    check = check_recording(noise(3, 100), bins=[0.1, 8.0, 20.0], sizes=[3])
    assert check.table["transitions"].tolist() == [99, 0, 0]
    assert not check.rows[1].enough
    assert np.isnan(check.rows[1].missing_seconds)
    assert "no transitions" in repr(check)


def test_constant_units_are_counted_not_refused():
    values = np.random.default_rng(0).random((1000, 4)) < 0.3
    values[:, 1] = False
    values[500:, 2] = True
    rec = Recording(values.astype(float), 10.0, kind="counts", epochs=Epochs([0, 50], [50, 100], ["a", "b"]))
    check = check_recording(rec, bins=0.1, sizes=[2, 3])
    assert [row(check, condition=c, units=2).constant for c in "ab"] == [1, 2]
    assert [row(check, condition=c, units=2).varying for c in "ab"] == [3, 2]
    assert row(check, condition="a", units=3).visited > 0
    assert np.isnan(row(check, condition="b", units=3).expected_bias)
    assert any(d.startswith("Up to 2 of 4 units looked at are never or always ON at bins of 100 ms in b") for d in
               check.doubts)  # fmt: skip
    assert any(d.startswith("Units whose value never changes: 'u1'.") for d in check.doubts)
    assert answer(check, "Phi of 3").why == "fewer than 3 units vary in b at bins of 100 ms"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bins": [0.1, 0.15]}, r"bin: expected a whole number of samples .* The nearest widths are 0.1 or 0.2 s"),
        ({"bins": []}, "bins: expected at least one width"),
        ({"bins": -1}, "bins: expected a number > 0, in s"),
        ({"sizes": [1, 3]}, "sizes: expected numbers of units from 2 to 6, got"),
        ({"sizes": 7}, "sizes: expected numbers of units from 2 to 6"),
        ({"sets": 0}, "sets: expected a whole number >= 1"),
        ({"seed": -1}, "seed: expected a whole number >= 0"),
        ({"binarise": "spike"}, "If the values are spike counts"),
        ({"binarise": "medain"}, "Did you mean 'median'"),
    ],
)
def test_settings_that_cant_be(settings, message):
    with pytest.raises(InputError, match=message):
        check_recording(noise(4, 200), **settings)


def test_not_a_recording():
    with pytest.raises(InputError, match="expected a Recording, got ndarray"):
        check_recording(np.zeros((3, 3)))


def test_words():
    every = [0.005, 0.05, 0.1, 0.2, 1.0]
    assert bins_in_words([0.2, 0.05, 0.1], every) == "bins of 50 to 200 ms"
    assert bins_in_words([0.1, 0.2, 1.0], every) == "bins of 100 ms to 1 s"
    assert bins_in_words([0.005, 0.1, 0.2], every) == "bins of 5 ms, 100 ms and 200 ms"
    assert bins_in_words([0.6], [0.6]) == "bins of 600 ms"
    assert seconds_in_words(1300.0) == "1,300 s"
    assert seconds_in_words(1300.1) == "1,400 s"
    assert seconds_in_words(0.0) == "0 s"


# -- answers -----------------------------------------------------------------------------------------------------


def test_the_sentence_says_what_is_enough_and_what_lacks():
    epochs = Epochs([0, 600], [600, 1000], ["run", "rest"])
    check = check_recording(spikes(8, hz=5.0, epochs=epochs), bins=[0.1, 0.2], sizes=[3, 4, 5])
    assert check.sentence.startswith(
        "Enough for Phi of 3 and 4 units at bins of 100 ms and 200 ms in both conditions; 5 "
    )
    worst = row(check, condition="rest", units=5, bin=0.1)
    assert f"5 units lack {seconds_in_words(worst.missing_seconds)} in rest at bins of 100 ms" in check.sentence
    alone = check_recording(spikes(3, 30.0), bins=0.1)
    assert alone.sentence.startswith("Not enough data to read Phi of even 3 units as it stands: they lack ")
    assert alone.sentence.endswith(" at bins of 100 ms; compare a scan with its null.")
    few = check_recording(spikes(3), bins=0.1)
    assert few.sentence == "Enough for Phi of 3 units at bins of 100 ms; the recording has 3 units."
    assert check_recording(spikes(2), bins=0.1).sentence == "Not enough units for Phi of 3: the recording has 2 units."


def test_the_best_bin_lacks_least_in_the_worst_condition():
    from causalgrain.systems.answers import best_bins

    base = check_recording(spikes(4, 100.0, epochs=Epochs([0, 50], [50, 100], ["a", "b"])), bins=[0.1, 0.2], sizes=[3])
    lack = {("a", 0.1): 10.0, ("b", 0.1): 50.0, ("a", 0.2): 40.0, ("b", 0.2): 45.0}
    rows = [
        dataclasses.replace(r, missing_seconds=lack[r.condition, r.bin], enough=False, expected_bias=0.05)
        for r in base.rows
    ]
    assert best_bins(rows)[3].bin == 0.2
    assert best_bins(rows)[3].worst.condition == "b"
    assert not best_bins(rows)[3].enough
    some = [dataclasses.replace(r, enough=r.bin == 0.1 or r.condition == "a") for r in rows]
    assert best_bins(some)[3].bins_enough == (0.1,)


def test_blocks_and_comparison():
    rec = noise(4, 6000, epochs=Epochs([0, 500, 530], [500, 505, 600], ["long", "short", "other"]))
    check = check_recording(rec, bins=0.2, sizes=[3])
    for name, seconds in (("long", 500), ("short", 5), ("other", 70)):
        found = row(check, condition=name)
        length = max(5 * found.correlation_time, 10 * 0.2)
        assert found.blocks == len(cut_blocks(np.array([[0.0, seconds]]), length))
    assert not answer(check, "interval").enough
    assert answer(check, "interval").why.startswith("2 of 10 blocks of five correlation times in short")
    assert answer(check, "comparison").enough
    assert "long (" in answer(check, "comparison").why
    assert "short" not in answer(check, "comparison").why
    two = check_recording(noise(4, 6000, epochs=Epochs([0, 500], [500, 505], ["long", "short"])), bins=0.2, sizes=[3])
    assert not answer(two, "comparison").enough
    assert answer(check_recording(noise(4), bins=0.2), "comparison").why.startswith("no conditions: add epochs")


def test_null_of_the_maximum():
    from causalgrain.grains.recorded import MOST_WITH_NULL
    from causalgrain.systems import answers

    assert answers.MOST_WITH_NULL == MOST_WITH_NULL
    check = check_recording(noise(6, 400), bins=0.1)
    found = answer(check, "null")
    assert found.enough
    assert found.why == "5 units at 100 ms: 12 transitions a state"
    low = answer(check_recording(noise(6, 60), bins=0.1), "null")
    assert (low.enough, low.why) == (False, "3 units have 7.4 transitions a state at 100 ms, and need 10")


def test_temporal_grain_needs_two_bins():
    both = check_recording(spikes(3), bins=[0.1, 0.2], sizes=[3])
    assert answer(both, "temporal").enough
    one = check_recording(spikes(3), bins=[0.1, 50.0], sizes=[3])
    assert answer(one, "temporal").why == "only one bin has enough: 100 ms for 3 units"


@pytest.mark.parametrize(
    ("properties", "position", "types"),
    [
        ({}, "no positions", "no types"),
        ({"waveform": np.zeros((4, 8))}, "no positions", "waveforms are there, but no types"),
        ({"position": np.eye(4)[:, :2], "cell_type": ["E", "I", "E", "E"]}, True, "E 3, I 1"),
        ({"position": [[0, np.nan]] + [[0, 1]] * 3, "cell_type": ["E"] * 4}, "1 of 4 units have no position", "the same, E"),
    ],
)  # fmt: skip
def test_what_is_known_of_the_units(properties, position, types):
    check = check_recording(noise(4, 200, properties=properties))
    found = answer(check, "pooling by position")
    assert found.enough is (position is True)
    assert found.why.startswith("all 4 units have one" if position is True else position)
    kinds = answer(check, "pooling by cell type")
    assert kinds.enough is (types == "E 3, I 1")
    assert types in kinds.why


def test_a_condition_without_samples_is_said():
    epochs = Epochs([0, 200, 300.01], [200, 300, 300.02], ["a", "b", "gone"])
    check = check_recording(noise(4, 4000, epochs=epochs), bins=0.1)
    assert set(check.table["condition"]) == {"a", "b"}
    assert any("Condition 'gone' holds no sample" in doubt for doubt in check.doubts)
    assert "in both conditions" in check.sentence


# -- doubts ------------------------------------------------------------------------------------------------------


def doubts(recording, **settings):
    return "\n".join(check_recording(recording, **settings).doubts)


def test_nothing_is_doubtful_in_plain_data():
    values = 5.0 + 2.0 * np.random.default_rng(0).standard_normal((4000, 4))
    assert doubts(Recording(values, 10.0)) == ""
    assert doubts(spikes(4), bins=[0.1, 0.2]) == ""
    assert doubts(Recording((values > 6.0).astype(float), 10.0, kind="counts"), bins=0.1) == ""


def test_times_in_the_wrong_unit():
    seconds = spikes(4, 300.0)
    as_ms = Recording.from_spikes([np.round(t * 1000) for t in seconds.spikes], duration=300_000.0)
    text = doubts(as_ms, bins=1.0)
    assert "All units fire at less than 0.02 Hz" in text
    assert "All spike times are whole numbers" in text
    assert "rate=1000" in text
    as_samples = Recording.from_spikes([t * 30_000 for t in seconds.spikes], duration=9e6)
    assert "The recording lasts 104.2 days" in doubts(as_samples, bins=1000.0)
    too_fast = Recording.from_spikes([t / 1000 for t in seconds.spikes], ["A", "B", "C", "D"], duration=0.3)
    assert "'A', 'B', 'C', 'D' fire at up to " in doubts(too_fast, bins=1e-4)


def test_spikes_that_no_neuron_fires():
    base = [np.array(t) for t in spikes(4).spikes]
    labels = ["A", "B", "C", "D"]

    def text(**changed):
        trains = [changed.get(name, train) for name, train in zip(labels, base, strict=True)]
        return doubts(Recording.from_spikes(trains, labels, duration=1000.0), bins=0.1)

    assert text() == ""
    assert "The same time stands twice in 'B'" in text(B=np.sort(np.concatenate([base[1], base[1][:1]])))
    assert "1 intervals in 'C' are shorter than 0.1 ms" in text(C=np.sort(np.append(base[2], base[2][5] + 5e-5)))
    assert "Units with the very same values: 'A' = 'D'" in text(D=base[0])
    assert "Units without a spike: 'A'" in text(A=np.empty(0))
    pairs = np.sort(np.concatenate([base[1], base[1][::10] + 1e-3]))
    assert "% of the intervals of 'B'" in text(B=pairs)
    assert "shorter than 1.5 ms" in text(B=pairs)


@pytest.mark.parametrize(("rate", "said"), [(3e5, "kHz or a period in ms"), (0.01, "a period in s"), (1e5, None), (0.1, None)])  # fmt: skip
def test_odd_sampling_rates(rate, said):
    text = doubts(noise(3, 200, rate=rate))
    assert ("The rate is" in text) is (said is not None)
    assert said is None or said in text


def test_traces_that_are_something_else():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((2000, 4))
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    assert "The traces are z-scored" in doubts(Recording(z, 10.0))
    assert "z-scored" not in doubts(Recording(z + 1.0, 10.0))
    assert "z-scored" not in doubts(Recording(2 * z, 10.0))
    states = rng.integers(0, 3, (2000, 4)).astype(float)
    assert "at most 3 different values: if they are counts" in doubts(Recording(states, 10.0), binarise="mean")
    assert "at most 3 different values: they seem rounded" in doubts(Recording(states / 3, 10.0), binarise="mean")
    assert "different values" not in doubts(Recording(rng.integers(0, 20, (2000, 4)).astype(float), 10.0))
    assert "'u0' = 'u2'" in doubts(Recording(5 + z[:, [0, 1, 0, 3]], 10.0))
    fast = rng.poisson(5.0, (2000, 3)).astype(float) * [1, 1, 20]
    text = doubts(Recording(fast, 20.0, kind="counts"), binarise="median")
    assert text.startswith("'u2' fires at up to 1,990 Hz, more than any neuron: check the rate")


def test_slow_signals_and_rare_events():
    slow = Recording(persistent(4, 8000, 0.97) + np.random.default_rng(0).random((8000, 4)) / 10, 10.0)
    text = doubts(slow, bins=[0.1, 100.0])
    assert "The bins are faster than the signal: at bins of 100 ms a unit mostly stays" in text
    rare = spikes(4, hz=0.5)
    text = doubts(rare, bins=[0.01, 0.02, 0.1])
    assert "At bins of 10 ms and 20 ms the median unit is ON in less than 2% of the bins" in text
    assert "OFF in less than 2%" in doubts(spikes(4, hz=5.0), bins=[0.9])


def test_conditions_of_unequal_length():
    text = doubts(noise(4, 4000, epochs=Epochs([0, 350], [350, 400], ["a", "b"])))
    assert "Condition 'a' is 7.0 times as long as 'b' (350 and 50 s)" in text
    assert "times as long" not in doubts(noise(4, 4000, epochs=Epochs([0, 250], [250, 400], ["a", "b"])))


# -- the result --------------------------------------------------------------------------------------------------


def test_a_check_is_a_value():
    rec = spikes(5, epochs=Epochs([0, 400], [400, 1000], ["run", "rest"]))
    check = check_recording(rec, bins=[0.1, 0.2])
    assert hash(check) == hash(check_recording(rec, bins=[0.1, 0.2]))
    with pytest.raises(dataclasses.FrozenInstanceError):
        check.sentence = ""
    with pytest.raises(TypeError, match="can't be changed"):
        check.summary["units"] = 3
    table = check.table
    table.loc[0, "units"] = 99
    assert check.table.loc[0, "units"] == 3
    assert check.summary["conditions"] == {"run": 400.0, "rest": 600.0}
    assert check.summary["spikes"] == sum(map(len, rec.spikes))
    assert check.provenance.input_hash == rec.hash
    assert check.provenance.settings["binarise"] == "spike"
    assert "0.02" in check.conventions["enough"]
    assert list(check.analyses.columns) == ["analysis", "enough", "why"]
    assert check.table.groupby(["condition", "bin", "units"]).ngroups == len(check.table) == 2 * 2 * 4


def test_the_text_holds_everything():
    check = check_recording(spikes(5, epochs=Epochs([0, 400], [400, 1000], ["run", "rest"])), bins=[0.1, 0.2])
    text = repr(check)
    assert text.splitlines()[0] == "Recording: 5 units, spikes"
    assert "\nrun (400 s)\n" in text
    assert "\nrest (600 s)\n" in text
    assert " ".join(text.split()).endswith(check.sentence)
    for found in check.answers:
        assert found.analysis in text
    for found in check.rows:
        assert f"{found.transitions:,}" in text
    assert max(map(len, text.splitlines())) <= 140
