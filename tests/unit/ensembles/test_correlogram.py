"""Cross-correlograms against brute force, the sign and direction of a connection, and what is no connection."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from causalgrain._errors import InputError
from causalgrain.ensembles import correlogram
from causalgrain.ensembles.correlogram import BIN, baseline, corrected, cross_correlogram, monosynaptic

ticks = st.lists(st.integers(0, 400), max_size=40).map(lambda t: np.sort(np.array(t, dtype=float)) / 1000)


@given(ticks, ticks)
def test_counts_against_brute_force(one, two):
    """On ticks of 1 ms with bins of 2 ms: the lag in whole ms, floored."""
    edges, counts = cross_correlogram(one, two, width=2e-3, reach=20e-3)
    lags = np.rint((two[None, :] - one[:, None]) * 1000).astype(int).ravel()
    np.testing.assert_array_equal(counts, [np.sum((lags >= k) & (lags < k + 2)) for k in range(-20, 20, 2)])
    assert edges[0] == pytest.approx(-0.02)
    assert len(edges) == len(counts) + 1


@given(ticks, ticks)
def test_exchange_mirrors_the_lags(one, two):
    """Off the edges of bins, counts at a lag are those of the exchanged pair at minus the lag."""
    two = two + 0.4e-3
    _, counts = cross_correlogram(one, two, width=1e-3, reach=10e-3)
    _, turned = cross_correlogram(two, one, width=1e-3, reach=10e-3)
    np.testing.assert_array_equal(counts, turned[::-1])


def test_segments_are_never_bridged():
    one, two = [0.999, 1.001, 3.0], [1.0005, 1.0015, 3.001]
    _, whole = cross_correlogram(one, two, reach=5e-3)
    _, parts = cross_correlogram(one, two, reach=5e-3, segments=[[0, 1], [1, 2]])
    assert whole.sum() == 5
    assert parts.sum() == 2  # 1.001 with the two of its segment; 3.0 lies in none


def test_many_pairs_come_in_pieces(monkeypatch):
    rng = np.random.default_rng(0)
    one, two = np.sort(rng.uniform(0, 10, 500)), np.sort(rng.uniform(0, 10, 500))
    whole = cross_correlogram(one, two)[1]
    monkeypatch.setattr(correlogram, "PAIRS_AT_ONCE", 7)
    np.testing.assert_array_equal(cross_correlogram(one, two)[1], whole)


def test_baseline_follows_what_is_slow_and_not_what_is_sharp():
    lags = (np.arange(250) - 125) * BIN
    slow = 50 * (1 + 0.3 * np.cos(2 * np.pi * lags / 0.2))
    middle = slice(50, 200)  # within 30 ms of lag 0; at the ends a mirror stands for what lies beyond
    np.testing.assert_allclose(baseline(slow)[middle], slow[middle], rtol=0.02)
    peak = slow.copy()
    peak[130] += 500
    np.testing.assert_allclose(baseline(peak), baseline(slow), rtol=0.01)


def trains(seed=0, n=4, seconds=600, hertz=5.0):
    rng = np.random.default_rng(seed)
    return rng, [np.sort(rng.uniform(0, seconds, rng.poisson(hertz * seconds))) for _ in range(n)]


def test_an_excitatory_connection_has_a_direction():
    rng, made = trains()
    caused = made[2][rng.random(len(made[2])) < 0.1] + 1.5e-3
    made[0] = np.sort(np.r_[made[0], caused])
    found = monosynaptic(made, units=["a", "b", "c", "d"])
    assert np.argwhere(found.excitatory).tolist() == [[2, 0]]
    assert not found.inhibitory.any()
    assert found.strength[2, 0] == pytest.approx(0.1, abs=0.02)
    assert found.log_odds[2] == pytest.approx(-np.log(9))
    assert np.isnan(found.log_odds[[0, 1, 3]]).all()
    row = found.table.iloc[0]
    assert (row["from"], row["to"], row["sign"]) == ("c", "a", "excitatory")


def inhibited(source, target, rng, lost=0.8):
    """Drop spikes of the target 1 to 5 ms after one of the source."""
    before = np.searchsorted(source, target) - 1
    since = np.where(before >= 0, target - source[np.maximum(before, 0)], np.inf)
    return target[~((since > 1e-3) & (since < 5e-3) & (rng.random(len(target)) < lost))]


def test_an_inhibitory_connection_has_a_direction():
    rng, made = trains(hertz=10.0)
    made[3] = inhibited(made[1], made[3], rng)
    found = monosynaptic(made)
    assert np.argwhere(found.inhibitory).tolist() == [[1, 3]]
    assert not found.excitatory.any()
    assert found.log_odds[1] == pytest.approx(np.log(9))


def test_both_signs_are_a_conflict():
    rng, made = trains(hertz=10.0)
    made[3] = inhibited(made[1], made[3], rng)
    made[0] = np.sort(np.r_[made[0], made[1][rng.random(len(made[1])) < 0.1] + 1.5e-3])
    found = monosynaptic(made)
    assert found.conflict.tolist() == [False, True, False, False]
    assert found.log_odds[1] == pytest.approx(0.0)


def test_a_common_drive_is_no_connection():
    """Both follow a hidden train with a jitter of 2 ms: a sharp peak on both sides of 0."""
    rng, (hidden, one, two) = trains(n=3)
    both = [np.sort(np.r_[t, hidden + rng.normal(0, 2e-3, len(hidden))]) for t in (one, two)]
    found = monosynaptic(both)
    assert not (found.excitatory | found.inhibitory).any()
    _, counts = cross_correlogram(*both, width=1e-3, reach=20e-3)
    assert counts[18:22].sum() > 2 * counts[:4].sum()  # the peak is there


def test_one_neuron_sorted_twice_is_told_and_not_tested():
    _, (one, two) = trains(n=2)
    found = monosynaptic([one, two, one[::2]], units=["a", "b", "c"])
    assert found.doubles == (("a", "c"),)
    assert np.isnan(found.p_excess[0, 2])
    assert "share spikes" in repr(found)


def test_false_positives_stay_within_the_level():
    """Independent Poisson trains: the test errs to the safe side."""
    p = []
    for seed in range(4):
        found = monosynaptic(trains(seed, 8, 200)[1])
        p.append([found.p_excess, found.p_lack])
        assert not (found.excitatory | found.inhibitory).any()
    p = np.array(p)
    p = p[np.isfinite(p)]
    assert 0.0 < (p <= 0.05).mean() <= 0.05


def test_units_without_spikes():
    _, made = trains(n=2)
    found = monosynaptic([*made, []])
    assert np.isnan(found.p_excess[2]).all()
    assert np.isfinite(found.p_excess[0, 1])
    assert np.isnan(found.log_odds).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_correction_against_scipy(p):
    np.testing.assert_allclose(corrected(np.array(p)), stats.false_discovery_control(p), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: monosynaptic([[0.1]]), "at least two units"),
        (lambda: monosynaptic([[0.2, 0.1], [0.1]]), "ascending"),
        (lambda: monosynaptic([[np.nan], [0.1]]), "ascending"),
        (lambda: monosynaptic([[0.1], [0.2]], units=["a"]), "2 names"),
        (lambda: monosynaptic([[0.1], [0.2]], error=0.5), "error"),
        (lambda: cross_correlogram([0.1], [0.2], width=0.0), "width"),
        (lambda: cross_correlogram([0.1], [0.2], width=0.1, reach=0.05), "width"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(InputError, match=words):
        call()
