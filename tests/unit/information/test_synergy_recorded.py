"""Psi of recordings: recovered values, nulls, conditions, segments, and refusals."""

from math import log2

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.information.linear import LinearGaussian
from causalgrain.information.synergy import emergence_criteria
from causalgrain.information.synergy_recorded import emergence_profile
from causalgrain.information.synergy_study import Study, measure_all
from causalgrain.systems.resample import memory_samples

TRACES = cg.Recording(np.random.default_rng(0).normal(size=(60, 3)), 5.0, ["one", "two", "three"])
QUICK = {"draws": 19}
KEPT = 1 + 0.99 * log2(0.99) + 0.01 * log2(0.01)


def linear(a, samples, seed):
    rng = np.random.default_rng(seed)
    x = np.zeros((samples, len(a)))
    for t in range(1, samples):
        x[t] = a @ x[t - 1] + rng.normal(size=len(a))
    return x


def parity_keeper(samples, seed, stay=0.99):
    rng = np.random.default_rng(seed)
    parity = np.cumsum(rng.random(samples) > stay) % 2
    bits = rng.integers(0, 2, size=(samples, 3))
    bits[:, 2] = (parity + bits[:, 0] + bits[:, 1]) % 2
    return bits


def number(profile, name, condition=0):
    return profile.values(name, condition)


def test_parity_is_found_with_its_null_and_interval():
    bits = parity_keeper(4000, 1)
    rec = cg.Recording(bits, 10.0, kind="counts")
    profile = emergence_profile(rec, features={"parity": bits.sum(axis=1) % 2}, **QUICK)
    assert profile.peak.value == pytest.approx(KEPT, abs=3 * 6.63 * 0.1 / np.sqrt(4000))
    low, high = profile.peak.interval
    assert low < KEPT < high
    assert high - low < 0.2
    assert any(note.startswith("supervenience: parity") for note in profile.notes)
    # A series of its own keeps foretelling itself when it is rotated: its Psi needs no relation to the units.
    assert number(profile, "psi_null")[0] == pytest.approx(profile.peak.value, abs=0.002)


def study_of(table, segments, lag, series, **settings):
    made = {"levels": None, "estimator": "gaussian", "correction": "none", "neighbours": None, "downward": True}
    parts = np.arange(table.shape[1])
    return Study(table, series, parts, segments, (lag,), made | {"shared_by": "all", "seed": 3} | settings)


@pytest.mark.parametrize("estimator", ["gaussian", "ksg"])
def test_null_keeps_what_a_unit_says_of_itself(estimator):
    """Pairs are rotated whole, so I(V; V') of a unit is the same to rounding, over segments of two conditions."""
    x = linear(np.array([[0.9, 0.4], [0.0, 0.9]]), 300, 20)
    segments = {"a": np.array([[0, 80], [200, 300]]), "b": np.array([[80, 200]])}
    study = study_of(x, segments, 3, {"u1": 1}, estimator=estimator, neighbours=4)
    data, drawn = measure_all(study), measure_all(study, 0)
    for condition in segments:
        (one,), (two,) = data[condition][0], drawn[condition][0]
        assert one.whole == pytest.approx(two.whole, abs=1e-9)
        assert one.parts != pytest.approx(two.parts, abs=1e-3)


def test_null_rotates_pairs_and_joins_nothing():
    table = np.arange(90.0)[:, None] + [0, 1000]  # a value says its unit and its time
    segments = np.array([[0, 40], [45, 90]])
    study = study_of(table, {"all": segments}, 2, {"sum": "sum"}, estimator="discrete", downward=False)
    (_, kept), (_, drawn) = measure_all(study)["all"], measure_all(study, 0)["all"]
    assert (kept[0].pairs.later - kept[0].pairs.now == 2).all()
    assert (drawn[0].pairs.later - drawn[0].pairs.now == 2).all()
    for unit in range(2):
        one, two = kept[0].pairs.now[:, unit], drawn[0].pairs.now[:, unit]
        assert sorted(one) == sorted(two)
        shift = int(np.flatnonzero(two == one[0])[0])
        assert 0 < shift < len(one)
        assert (np.roll(one, shift) == two).all()
    assert (drawn[0].pairs.feature_now[:, 0] == drawn[0].pairs.now.sum(axis=1)).all()
    assert len(kept[0].pairs) == 38 + 43


def test_units_driven_by_their_sum():
    """Every unit reads the sum alone: closed form inside the interval at both lags; V foretells units, as no null does."""
    n = 6
    a = np.full((n, n), 0.95 / n)
    rec = cg.Recording(linear(a, 1500, 2), 5.0)
    profile = emergence_profile(rec, lags=[1, 2], draws=39)
    exact = [emergence_criteria(LinearGaussian(a, np.eye(n)), "sum", lag=lag) for lag in (1, 2)]
    low, high = number(profile, "low"), number(profile, "high")
    assert (low < [e.psi for e in exact]).all()
    assert ([e.psi for e in exact] < high).all()
    assert number(profile, "whole") == pytest.approx([e.whole for e in exact], abs=0.15)
    assert number(profile, "psi") + number(profile, "parts") == pytest.approx(number(profile, "whole"))
    assert (number(profile, "gamma_p") == 1 / 40).all()
    assert (number(profile, "gamma_null") < number(profile, "gamma")).all()
    assert np.isfinite(number(profile, "delta_null")).all()


def test_synergy_without_relations_is_no_finding():
    """Independent units with memory: Psi of the sum is far above 0, and the null says so."""
    n, a = 5, 0.9
    rec = cg.Recording(linear(a * np.eye(n), 3000, 3), 5.0)
    profile = emergence_profile(rec, draws=39)
    exact = -0.5 * log2(1 - a**2) + 0.5 * n * log2(1 - a**2 / n)
    low, high = profile.peak.interval
    assert 0.3 < low < exact < high
    assert number(profile, "psi_null")[0] == pytest.approx(exact, abs=0.15)
    assert profile.peak.p > 0.05


def test_antagonists_stand_out():
    """Two units driven apart by the last sum: each alone says little, relations make Psi."""
    rng = np.random.default_rng(4)
    samples = 2000
    v = np.zeros(samples)
    for t in range(1, samples):
        v[t] = 0.9 * v[t - 1] + rng.normal()
    other = 8.0 * rng.normal(size=samples)
    rec = cg.Recording(np.column_stack([v / 2 + other, v / 2 - other]), 5.0)
    profile = emergence_profile(rec, draws=39)
    assert profile.peak.value == pytest.approx(-0.5 * log2(1 - 0.81), abs=0.25)
    assert profile.peak.p == pytest.approx(1 / 40)
    assert number(profile, "wins")[0] == 1.0
    assert profile.peak.interval[0] > 0.5


def test_conditions_are_measured_apart_and_segments_stay_apart():
    rng = np.random.default_rng(5)
    calm = np.cumsum(rng.normal(size=(300, 2)) * 0.1, axis=0)
    wild = rng.normal(size=(300, 2))
    epochs = cg.Epochs([0.0, 30.0], [30.0, 60.0], ["calm", "wild"])
    rec = cg.Recording(np.vstack([calm, wild]), 10.0, epochs=epochs)
    profile = emergence_profile(rec, draws=0)
    assert profile.conditions == ("calm", "wild")
    assert profile.data["pairs"].values.tolist() == [[299, 299]]
    assert number(profile, "whole", "calm")[0] > 1.0
    assert abs(number(profile, "whole", "wild")[0]) < 0.05
    assert np.isnan(number(profile, "p", "calm")).all()
    cut = rec.with_epochs(None).with_segments([[0, 100], [100, 300], [300, 303]])
    many = emergence_profile(cut, lags=[1, 5], draws=0)
    assert many.data["pairs"].values.ravel().tolist() == [99 + 199 + 2, 95 + 195]


def test_one_condition_does_not_move_the_other():
    """Sum, and no levels: what is found in one condition depends on that condition alone, nulls included."""
    rng = np.random.default_rng(6)
    first, second = rng.normal(size=(200, 3)), rng.normal(size=(200, 3))
    epochs = cg.Epochs([0.0, 20.0], [20.0, 40.0], ["a", "b"])
    one = emergence_profile(cg.Recording(np.vstack([first, second]), 10.0, epochs=epochs), **QUICK)
    two = emergence_profile(cg.Recording(np.vstack([first, 5 * second**3]), 10.0, epochs=epochs), **QUICK)
    for name in ("psi", "p", "low", "psi_null"):
        assert number(one, name, "a") == pytest.approx(number(two, name, "a"))
    assert number(one, "psi", "b") != pytest.approx(number(two, "psi", "b"))


def test_first_component_is_the_shared_one():
    rng = np.random.default_rng(7)
    shared = linear(np.array([[0.9]]), 1500, 8)
    x = np.column_stack([shared + rng.normal(size=(1500, 3)), 100 * rng.normal(size=(1500, 2))])
    rec = cg.Recording(x, 5.0)
    profile = emergence_profile(rec, features=["sum", "pc1"], draws=0)
    assert profile.grains[1].feature == "pc1"
    assert abs(number(profile, "whole")[0]) < 0.02  # the loud units drown the sum, but not the z-scored component
    assert number(profile, "whole")[1] > 0.5
    assert profile.peak.label == "sum at 0.2 s"  # nothing is above nothing: shared units foretell it many times over


def test_a_unit_as_feature_is_no_part():
    x = linear(np.array([[0.9, 0.0, 0.0], [0.0, 0.1, 0.0], [0.0, 0.0, 0.1]]), 2000, 9)
    rec = cg.Recording(x, 5.0, ["slow", "a", "b"])
    profile = emergence_profile(rec, features="slow", draws=0)
    assert number(profile, "psi")[0] == pytest.approx(-0.5 * log2(1 - 0.81), abs=0.15)
    assert abs(number(profile, "parts")[0]) < 0.01


def test_levels_and_neighbours_agree_with_the_gaussian_where_they_should():
    rec = cg.Recording(linear(0.8 * np.eye(2), 1200, 10), 5.0)
    gaussian = emergence_profile(rec, draws=0)
    nearest = emergence_profile(rec, estimator="ksg", draws=1, null=None)
    coarse = emergence_profile(rec, estimator="discrete", levels=4, draws=0)
    assert number(nearest, "whole")[0] == pytest.approx(number(gaussian, "whole")[0], abs=0.1)
    assert 0.5 < number(coarse, "whole")[0] / number(gaussian, "whole")[0] < 1.0  # levels lose some
    assert number(nearest, "low")[0] < number(gaussian, "psi")[0] < number(nearest, "high")[0]


def test_same_seed_same_numbers_and_saved_whole(tmp_path):
    rec = cg.Recording(linear(0.5 * np.eye(3), 300, 11), 5.0)
    one, two = (emergence_profile(rec, features=["sum", "pc1"], lags=[1, 3], **QUICK) for _ in range(2))
    assert one.data.identical(two.data)
    other = emergence_profile(rec, features=["sum", "pc1"], lags=[1, 3], seed=1, **QUICK)
    assert not np.array_equal(number(one, "psi_null"), number(other, "psi_null"))
    again = cg.load(cg.save(one, tmp_path / "e.h5"))
    assert again.data.identical(one.data)
    assert again.peak == one.peak
    assert [again.grains.label(i) for i in range(4)] == ["sum at 0.2 s", "sum at 0.6 s", "pc1 at 0.2 s", "pc1 at 0.6 s"]
    assert again.table["level"].tolist() == [1, 3, 1, 3]
    assert "causal emergence by synergy, 3 units, gaussian" in repr(again)


def test_null_of_the_maximum_is_over_grains():
    rec = cg.Recording(linear(np.diag([0.8, 0.5, 0.2]), 300, 16), 5.0)
    one, two, both = (emergence_profile(rec, lags=lags, draws=19) for lags in (1, 2, [1, 2]))
    apart = np.array([profile.data["null_maximum"].values[0] for profile in (one, two)])
    assert both.data["null_maximum"].values[0] == pytest.approx(apart.max(axis=0))
    assert not np.allclose(apart[0], apart[1])
    assert (number(both, "p") >= [number(one, "p")[0], number(two, "p")[0]]).all()


@pytest.mark.parametrize("estimator", ["gaussian", "ksg"])
def test_intervals_are_as_wide_as_repeated_recordings_are_apart(estimator):
    """Blocks drawn, or left out one at a time: 25 blocks; forgetting the jackknife's factor would divide by 4.8."""
    found, reach = [], []
    for seed in range(16):
        rec = cg.Recording(linear(0.5 * np.eye(2), 500, 200 + seed), 5.0)
        profile = emergence_profile(rec, estimator=estimator, draws=25, null=None, block=4.0, downward=False)
        found.append(profile.peak.value)
        reach.append((profile.peak.interval[1] - profile.peak.interval[0]) / 2 / 2.06)  # t, 24 degrees of freedom
    assert 0.6 < np.mean(reach) / np.std(found) < 2.2
    word = "left out one at a time" if estimator == "ksg" else "block bootstrap draws"
    assert word in profile.provenance.conventions["interval"]


def test_levels_are_cut_strictly_above_the_quantile():
    """Mostly silent units: the median is 0, and a spike is above it."""
    rng = np.random.default_rng(18)
    counts = (rng.random((2000, 3)) < 0.2) * rng.integers(1, 5, size=(2000, 3))
    counts[1:, 1] = counts[:-1, 0] * rng.integers(1, 3, size=1999)
    rec = cg.Recording(counts, 5.0, ["a", "b", "c"], kind="counts")
    profile = emergence_profile(rec, features="b", levels=2, draws=0)
    assert number(profile, "parts")[0] == pytest.approx(-0.2 * log2(0.2) - 0.8 * log2(0.8), abs=0.05)


def test_without_draws_it_can_be_saved_too(tmp_path):
    bare = emergence_profile(TRACES, draws=0)
    again = cg.load(cg.save(bare, tmp_path / "e.h5"))
    assert again.data.identical(bare.data)
    assert again.peak.p is None
    assert again.peak.interval is None
    assert any(note.startswith("null: none") for note in again.notes)


def test_p_is_rarely_small_without_relations():
    rng = np.random.default_rng(12)
    small = 0
    for draw in range(40):
        rec = cg.Recording(linear(np.diag([0.8, 0.5, 0.2]), 150, 100 + draw), 5.0)
        found = emergence_profile(rec, draws=19, downward=False, seed=int(rng.integers(1000)))
        small += found.peak.p <= 0.05
    assert small <= 7  # of 40 at 5 %: more than 7 has probability .001


def test_lags_that_leave_too_few_pairs():
    rec = cg.Recording(linear(0.5 * np.eye(2), 100, 13), 5.0)
    profile = emergence_profile(rec, lags=[1, 80], **QUICK)
    assert profile.table["reason"].tolist() == ["", "fewer than 30 pairs"]
    assert profile.n_admitted == 1
    with pytest.raises(cg.InputError, match="at least 30 pairs"):
        emergence_profile(rec, lags=80, **QUICK)


def test_memory_of_an_ar1():
    x = linear(np.array([[0.8]]), 40000, 14)
    whole, parts = np.array([[0, 40000]]), np.array([[0, 20000], [20000, 40000]])
    assert memory_samples(x, whole) == pytest.approx(9.0, rel=0.15)  # (1 + a) / (1 - a)
    assert memory_samples(x, parts) == pytest.approx(9.0, rel=0.15)
    # A step between segments is no memory: noise about two levels, in segments of two samples each way.
    noise = np.random.default_rng(15).normal(size=(400, 1))
    assert memory_samples(noise, np.arange(400)[:, None] + np.array([0, 1])) == 1.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: emergence_profile(np.zeros((9, 2))), "emergence_of_samples"),
        (lambda: emergence_profile(cg.Recording.from_spikes([[0.1], [0.2]], duration=1.0)), "Bin them first"),
        (lambda: emergence_profile(TRACES, features="thre"), "Did you mean 'three'"),
        (lambda: emergence_profile(TRACES, features=[]), "at least one"),
        (lambda: emergence_profile(TRACES, features={"v": np.zeros(59)}), "each of 60 samples"),
        (lambda: emergence_profile(TRACES, lags=0), "lags: expected a whole number of samples >= 1"),
        (lambda: emergence_profile(TRACES, lags=[1, 2, 1]), "each once"),
        (lambda: emergence_profile(TRACES, block=0.0), "block"),
        (lambda: emergence_profile(TRACES, draws=-1), "draws"),
        (lambda: emergence_profile(TRACES, estimator="discrete"), "levels=3"),
        (lambda: emergence_profile(TRACES, estimator="mvn"), "estimator"),
        (lambda: emergence_profile(TRACES, levels=1), "levels"),
        (lambda: emergence_profile(TRACES, shared_by=4), "from 2 to 3"),
        (lambda: emergence_profile(TRACES.select(["one"])), "at least 2 units"),
        (lambda: emergence_profile(TRACES, seed=-1), "seed"),
    ],
)
def test_errors(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()


def test_too_dear():
    rec = cg.Recording(np.random.default_rng(0).normal(size=(2000, 60)), 5.0)
    with pytest.raises(cg.CostError, match="nearest neighbours"):
        emergence_profile(rec, estimator="ksg", draws=999)
