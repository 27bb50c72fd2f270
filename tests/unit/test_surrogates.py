"""Every null: what it keeps, what it destroys, where its edges are, and what it refuses."""

import inspect
import tracemalloc

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.surrogates import (
    METHODS,
    circular_shift,
    dither,
    draw_rng,
    draws,
    isi_permutation,
    phase_randomise,
    surrogate,
    time_shuffle,
)
from causalgrain.surrogates.intervals import _laid_out
from causalgrain.surrogates.phases import BLOCK

SETTINGS = {"dither": {"width": 0.05}}
SAMPLED = [name for name, method in METHODS.items() if "sampled" in method.forms]
TRAINS = [name for name, method in METHODS.items() if "trains" in method.forms]


def smooth(n, seed):
    """An AR(1) trace: correlated in time."""
    noise = np.random.default_rng(seed).normal(size=n)
    trace = np.empty(n)
    trace[0] = noise[0]
    for t in range(1, n):
        trace[t] = 0.9 * trace[t - 1] + noise[t]
    return trace


def lagged_pair(n=2000, lag=3):
    trace = smooth(n, 1)
    return np.column_stack([trace, np.roll(trace, lag)])


def correlation_at(data, lag):
    return np.corrcoef(np.roll(data[:, 0], lag), data[:, 1])[0, 1]


def autocorrelation(column):
    power = np.abs(np.fft.rfft(column - column.mean())) ** 2
    return np.fft.irfft(power, n=len(column))


def lagged_trains(lag=0.02):
    """1000 spikes in 100 s, 95 % of the second unit's `lag` after the first's."""
    times = np.sort(np.random.default_rng(2).uniform(0, 99, 1000))
    return times, times + lag


def coincidences(trains, lag=0.02):
    """Share of the first unit's spikes that the second follows at `lag`, to 1 ms."""
    first, second = trains[0] + lag, trains[1]
    right = np.clip(np.searchsorted(second, first), 1, len(second) - 1)
    return (np.minimum(abs(second[right] - first), abs(second[right - 1] - first)) < 0.001).mean()


def one_spike(shift_of, seeds=400):
    return np.array([shift_of(seed) for seed in range(seeds)])


# -- circular shift ----------------------------------------------------------------------------------------------


def test_shift_keeps_values_and_circular_autocorrelation():
    data = lagged_pair()
    null = circular_shift(data, [[0, 2000]], rng=0)
    np.testing.assert_array_equal(np.sort(null, axis=0), np.sort(data, axis=0))
    for before, after in zip(data.T, null.T, strict=True):
        np.testing.assert_allclose(autocorrelation(after), autocorrelation(before), atol=1e-8)


@pytest.mark.parametrize("within", ["all", "segment"])
def test_shift_destroys_a_planted_lag(within):
    data = lagged_pair()
    assert correlation_at(data, 3) > 0.999
    seen = [abs(correlation_at(circular_shift(data, [[0, 2000]], rng=seed, within=within), 3)) for seed in range(30)]
    assert np.median(seen) < 0.2


@pytest.mark.parametrize(("length", "least", "shifts"), [(7, 3, {3, 4}), (6, 1, {1, 2, 3, 4, 5}), (4, 0, {0, 1, 2, 3})])
def test_shifts_of_samples_reach_both_limits_and_no_further(length, least, shifts):
    data = np.repeat(np.eye(length, dtype=int)[:, :1], 3, axis=1)
    places = np.array([circular_shift(data, [[0, length]], rng=s, min_shift=least).argmax(axis=0) for s in range(200)])
    assert [set(unit.tolist()) for unit in places.T] == [shifts] * 3
    assert len({tuple(row) for row in places.tolist()}) > len(shifts), "units are shifted independently"


@pytest.mark.parametrize(("length", "least", "choices"), [(2, 0, 2), (3, 0, 3), (3, 1, 2)])
def test_every_shift_is_as_likely(length, least, choices):
    data = np.eye(length)[:, :1]
    places = one_spike(lambda s: circular_shift(data, [[0, length]], rng=s, min_shift=least).argmax(), 1000)
    counts = np.bincount(places, minlength=length)
    np.testing.assert_allclose(counts[counts > 0] / 1000, np.full(choices, 1 / choices), atol=0.05)


def test_the_default_moves_every_unit():
    data = np.arange(3)[:, None]
    assert all(circular_shift(data, [[0, 3]], rng=seed)[0, 0] != 0 for seed in range(50))


def test_shifts_of_spikes_reach_both_limits_and_no_further():
    shifts = one_spike(lambda s: circular_shift([[1.0]], [[1.0, 11.0]], rng=s, min_shift=4.0)[0][0] - 1.0)
    assert shifts.min() >= 4.0
    assert shifts.max() <= 6.0
    assert shifts.min() < 4.05
    assert shifts.max() > 5.95
    free = one_spike(lambda s: circular_shift([[1.0]], [[1.0, 11.0]], rng=s)[0][0] - 1.0)
    assert free.min() < 0.2
    assert free.max() > 9.8


def test_joined_segments_are_rotated_as_one_and_outside_stays():
    data = np.arange(20)[:, None]
    segments = [[2, 5], [5, 9], [12, 18]]
    inside = np.r_[2:9, 12:18]
    null = circular_shift(data, segments, rng=4, min_shift=3)
    shift = int(np.flatnonzero(null[inside, 0] == 2)[0])
    np.testing.assert_array_equal(null[inside, 0], np.roll(inside, shift))
    np.testing.assert_array_equal(np.delete(null, inside), np.delete(np.arange(20), inside))


def test_each_segment_is_rotated_by_its_own_amount():
    data = np.tile(np.arange(40)[:, None], (1, 2))
    segments = [[0, 15], [20, 35]]
    seen = set()
    for seed in range(20):
        null = circular_shift(data, segments, rng=seed, within="segment")
        for unit in null.T:
            for begin, stop in segments:
                np.testing.assert_array_equal(np.unique(np.diff(unit[begin:stop]) % 15), [1])
            seen.add((unit[0] % 15, unit[20] % 20 % 15))
    assert len({a for a, _ in seen}) > 5
    assert any(a != b for a, b in seen)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("circular_shift", {"within": "segment"}), ("time_shuffle", {"within": "segment"}), ("isi_permutation", {})],
)
def test_each_segment_and_unit_has_its_own_chance(name, settings):
    """One spike each: uniform in segments of unequal length, and without relation to the others."""
    segments = [[0.0, 1.0], [5.0, 9.0]]
    nulls = [surrogate([[0.5, 6.0], [0.5, 6.0]], segments, name, rng=s, **settings) for s in range(400)]
    places = (np.array(nulls).reshape(400, 4) - [0, 5, 0, 5]) / [1, 4, 1, 4]
    np.testing.assert_allclose(np.quantile(places, [0.05, 0.5, 0.95], axis=0).T, [[0.05, 0.5, 0.95]] * 4, atol=0.1)
    for lag in np.arange(0, 1, 0.05):  # circular distance to any fixed lag is uniform if there is no relation
        for other in (1, 2, 3):
            assert (abs((places[:, other] - places[:, 0] - lag + 0.5) % 1 - 0.5) < 0.025).mean() < 0.15


def test_spikes_cross_gaps_in_joined_time():
    """Segments of 1 s around a gap of 8 s: what is 0.25 s apart in joined time stays so."""
    segments = np.array([[0.0, 1.0], [9.0, 10.0]])
    trains = ([0.875, 9.125], [0.5], [])
    for seed in range(50):
        null = circular_shift(trains, segments, rng=seed)
        joined = [np.where(train >= 9.0, train - 8.0, train) for train in null]
        assert (np.diff(joined[0]) % 2.0).round(12) in (0.25, 1.75)
        assert all((((t >= 0) & (t < 1)) | ((t >= 9) & (t < 10))).all() for t in null)
        assert len(null[2]) == 0
    assert {bool(circular_shift(trains, segments, rng=s)[1][0] >= 9) for s in range(20)} == {True, False}


def test_spikes_keep_their_intervals_up_to_the_wrap():
    times, _ = lagged_trains()
    null = circular_shift((times,), [[0.0, 100.0]], rng=0)[0]
    around = [np.sort(np.diff(train, append=train[0] + 100.0)) for train in (times, null)]
    np.testing.assert_allclose(around[0], around[1], atol=1e-10)


# -- time shuffle ------------------------------------------------------------------------------------------------


def test_shuffle_keeps_values_and_destroys_order_and_relations():
    data = lagged_pair(lag=0)
    null = time_shuffle(data, [[0, 2000]], rng=0)
    np.testing.assert_array_equal(np.sort(null, axis=0), np.sort(data, axis=0))
    for before, after in zip(data.T, null.T, strict=True):
        assert np.corrcoef(before[1:], before[:-1])[0, 1] > 0.8
        assert abs(np.corrcoef(after[1:], after[:-1])[0, 1]) < 0.1
    assert abs(correlation_at(null, 0)) < 0.1


def test_shuffle_together_keeps_patterns():
    data = lagged_pair(lag=5)
    for within in ("all", "segment"):
        null = time_shuffle(data, [[0, 1000], [1000, 2000]], rng=0, together=True, within=within)
        order = np.argsort(data[:, 0])[np.argsort(np.argsort(null[:, 0]))]
        np.testing.assert_array_equal(null, data[order])
        assert abs(np.corrcoef(null[1:, 0], null[:-1, 0])[0, 1]) < 0.1
        assert (order[:1000] < 1000).all() == (within == "segment")


def test_shuffle_of_samples_respects_segments():
    data = np.tile(np.arange(30)[:, None], (1, 3))
    segments = [[3, 12], [15, 30]]
    null = time_shuffle(data, segments, rng=1, within="segment")
    for unit in null.T:
        assert sorted(unit[3:12]) == list(range(3, 12))
        assert sorted(unit[15:]) == list(range(15, 30))
        assert unit[[0, 1, 2, 12, 13, 14]].tolist() == [0, 1, 2, 12, 13, 14]
    crossed = time_shuffle(data, segments, rng=1)[3:12, 0]
    assert (crossed >= 15).any()


def test_every_place_is_as_likely():
    places = one_spike(lambda s: time_shuffle(np.eye(5)[:, :1], [[0, 5]], rng=s).argmax(), 1000)
    np.testing.assert_allclose(np.bincount(places) / 1000, 0.2, atol=0.05)


def test_shuffled_spikes_are_uniform_in_the_segments():
    trains = (np.linspace(0, 0.5, 1000), np.array([5.5]))
    segments = [[0.0, 1.0], [5.0, 8.0]]
    null = time_shuffle(trains, segments, rng=0)
    assert [len(train) for train in null] == [1000, 1]
    assert np.histogram(null[0], [0, 0.5, 1, 5, 6.5, 8])[0] / 1000 == pytest.approx(
        [1 / 8, 1 / 8, 0, 3 / 8, 3 / 8], abs=0.05
    )
    kept = time_shuffle(trains, segments, rng=0, within="segment")
    assert np.histogram(kept[0], 4, (0, 1))[0] / 1000 == pytest.approx([0.25] * 4, abs=0.05)
    assert 5 <= kept[1][0] < 8


# -- intervals ---------------------------------------------------------------------------------------------------


def test_permutation_keeps_intervals_and_destroys_their_order():
    steps = np.tile([0.01, 0.09], 500) * np.random.default_rng(0).uniform(0.9, 1.1, 1000)
    train = 2.0 + np.cumsum(steps)
    null = isi_permutation([train], [[0.0, 60.0]], rng=0)[0]
    before, after = np.diff(train), np.diff(null)
    np.testing.assert_allclose(np.sort(after), np.sort(before), atol=1e-10)
    assert np.corrcoef(before[1:], before[:-1])[0, 1] < -0.95
    assert abs(np.corrcoef(after[1:], after[:-1])[0, 1]) < 0.15


def test_the_first_spike_falls_anywhere_in_the_slack():
    starts = one_spike(lambda s: isi_permutation([[10.5, 10.75, 11.5]], [[10.0, 13.0]], rng=s)[0][0])
    assert starts.min() >= 10.0
    assert starts.max() <= 12.0
    np.testing.assert_allclose(np.quantile(starts, [0.05, 0.5, 0.95]), [10.1, 11.0, 11.9], atol=0.15)
    single = one_spike(lambda s: isi_permutation([[10.5]], [[10.0, 13.0]], rng=s)[0][0])
    np.testing.assert_allclose(np.quantile(single, [0.05, 0.5, 0.95]), [10.15, 11.5, 12.85], atol=0.2)


def test_units_keep_or_share_their_intervals():
    trains = ([0.0, 1.0, 3.0], [0.0, 4.0, 12.0])  # intervals 1, 2 and 4, 8
    seen = {"unit": set(), "pooled": set()}
    for pool, found in seen.items():
        for seed in range(60):
            null = isi_permutation(trains, [[0.0, 100.0]], rng=seed, pool=pool)
            dealt = [tuple(np.diff(train).round(9)) for train in null]
            assert sorted(dealt[0] + dealt[1]) == [1, 2, 4, 8]
            found.add(dealt[0])
    assert seen["unit"] == {(1, 2), (2, 1)}
    assert len(seen["pooled"]) == 12


@pytest.mark.parametrize("pool", ["unit", "pooled"])
def test_intervals_stay_in_their_segment(pool):
    segments = [[0.0, 10.0], [10.0, 100.0]]
    trains = ([1.0, 1.5, 2.5, 20.0, 35.0], [3.0, 3.25, 50.0, 70.0, 75.0], [99.0])
    for seed in range(20):
        null = isi_permutation(trains, segments, rng=seed, pool=pool)
        for part, pooled in ((0, [0.25, 0.5, 1.0]), (1, [5.0, 15.0, 20.0])):
            begin, stop = segments[part]
            cut = [train[(train >= begin) & (train < stop)] for train in null]
            assert [len(train) for train in cut] == [[3, 2, 0], [2, 3, 1]][part]
            assert np.sort(np.concatenate([np.diff(train) for train in cut])) == pytest.approx(pooled)


def test_a_unit_dealt_more_than_the_segment_wraps():
    fast, slow = np.arange(0, 10, 0.05), np.array([0.1, 4.6, 9.9])
    for seed in range(20):
        null = isi_permutation((fast, slow), [[0.0, 10.0]], rng=seed, pool="pooled")
        assert [len(train) for train in null] == [200, 3]
        assert all((train >= 0).all() and (train < 10).all() for train in null)


def test_wrapped_steps_are_kept_modulo_the_length():
    steps = np.array([3.0, 4.0, 2.5, 1.0, 0.5, 6.0])
    segment = np.array([0, 0, 0, 0, 0, 2, 2])
    starts = []
    for seed in range(200):
        local = _laid_out(segment, steps[[0, 1, 2, 3, 5]], np.array([8.0, 1.0, 9.0]), np.random.default_rng(seed))
        np.testing.assert_allclose(np.diff(local[:5]) % 8.0, steps[:4], atol=1e-12)
        assert ((local[:5] >= 0) & (local[:5] < 8)).all()
        assert local[6] - local[5] == pytest.approx(6.0)
        starts.append(local[[0, 5]])
    np.testing.assert_allclose(np.quantile(starts, [0.05, 0.95], axis=0), [[0.4, 0.15], [7.6, 2.85]], atol=0.4)


def test_intervals_that_fill_the_segment_are_not_wrapped():
    """Summed in another order they may exceed the segment by rounding; that is no overrun."""
    full = np.sort(3.7 * np.random.default_rng(0).random(1000) ** 2)
    full[[0, -1]] = 0.0, np.nextafter(3.7, 0.0)
    for seed in range(20):
        null = isi_permutation([full], [[0.0, 3.7]], rng=seed)[0]
        np.testing.assert_allclose(np.sort(np.diff(null)), np.sort(np.diff(full)), atol=1e-12)


# -- dither ------------------------------------------------------------------------------------------------------


def test_dither_moves_to_both_sides_and_no_further():
    times = np.arange(1, 1000) * 1.0
    moved = dither([times], [[0.0, 1000.0]], rng=0, width=0.25)[0] - times
    assert abs(moved).max() <= 0.25
    np.testing.assert_allclose(np.quantile(moved, [0, 0.25, 0.5, 0.75, 1]), [-0.25, -0.125, 0, 0.125, 0.25], atol=0.03)


def test_dither_keeps_slow_rates():
    times = np.sort(np.random.default_rng(0).beta(2, 5, 5000)) * 100
    null = dither([times], [[0.0, 100.0]], rng=0, width=0.5)[0]
    counts = [np.histogram(train, 10, (0, 100))[0] for train in (times, null)]
    np.testing.assert_allclose(counts[0], counts[1], atol=40)
    assert abs(np.diff(times) - np.diff(null)).max() > 0.05


def test_dither_reflects_at_the_edges():
    """Neither piled up on the edge nor wrapped around it."""
    times = np.repeat([5.0, np.nextafter(6.0, 0)], 1000)
    null = dither([times], [[5.0, 6.0]], rng=0, width=0.1)[0]
    np.testing.assert_allclose(np.quantile(null[:1000], [0, 0.5, 1]), [5.0, 5.05, 5.1], atol=0.01)
    np.testing.assert_allclose(np.quantile(null[1000:], [0, 0.5, 1]), [5.9, 5.95, 6.0], atol=0.01)
    assert len(np.unique(null)) > 1990


def test_a_width_beyond_the_segment_is_reflected_until_inside():
    null = dither([np.full(4000, 0.1)], [[0.0, 1.0]], rng=0, width=25.0)[0]
    np.testing.assert_allclose(np.histogram(null, 5, (0, 1))[0] / 4000, 0.2, atol=0.03)


# -- all nulls of spike times ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TRAINS)
def test_destroys_a_planted_delay_between_trains(name):
    trains = lagged_trains()
    assert coincidences(trains) > 0.99
    seen = [coincidences(surrogate(trains, [[0.0, 100.0]], name, rng=s, **SETTINGS.get(name, {}))) for s in range(10)]
    assert np.median(seen) < 0.1


@pytest.mark.parametrize("name", TRAINS)
def test_spikes_at_the_edges(name):
    """A start belongs to its segment, a stop does not; what lies outside stays, to the last bit."""
    segments = [[1.0, 2.0], [2.0, 3.0], [5.0, 6.0]]
    outside = [0.5, 3.0, 4.1, 6.0, 7.0]
    data = (np.sort([*outside, 1.0, 2.0, 5.0]), np.array(outside), np.array([]), np.array([2.5]))
    for seed in range(20):
        null = surrogate(data, segments, name, rng=seed, **SETTINGS.get(name, {}))
        assert set(outside) <= set(null[0])
        moved = np.array(sorted(set(null[0]) - set(outside)))
        assert len(moved) == 3
        assert not set(moved) & {1.0, 2.0, 5.0}
        assert (((moved >= 1) & (moved < 3)) | ((moved >= 5) & (moved < 6))).all()
        np.testing.assert_array_equal(null[1], outside)
        assert len(null[2]) == 0
        assert null[3] != [2.5]
        if "within" not in METHODS[name].settings:
            assert [int(t) for t in moved] == [1, 2, 5]


@pytest.mark.parametrize("name", TRAINS)
def test_trains_keep_their_form(name):
    given = [[0.1, 0.5, 0.9], [0.2]]
    as_list = surrogate(given, [[0, 1]], name, rng=0, **SETTINGS.get(name, {}))
    as_tuple = surrogate(tuple(given), [[0, 1]], name, rng=0, **SETTINGS.get(name, {}))
    assert type(as_list) is list
    assert type(as_tuple) is tuple
    for one, two in zip(as_list, as_tuple, strict=True):
        assert one.dtype == np.float64
        np.testing.assert_array_equal(one, two)
    assert given == [[0.1, 0.5, 0.9], [0.2]]


@pytest.mark.parametrize("name", TRAINS)
def test_no_spike_reaches_a_stop_by_rounding(name):
    """Times so late that a segment holds few floats."""
    begin, stop = 2.0**30, 2.0**30 + 2.0**-18
    train = begin + np.arange(30) * 2.0**-23
    for seed in range(50):
        null = surrogate([train], [[begin, stop]], name, rng=seed, **SETTINGS.get(name, {}))[0]
        assert (null >= begin).all()
        assert (null < stop).all()


# -- phases ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 8, 31, 500, 501])
@pytest.mark.parametrize("common", [False, True])
def test_phases_keep_mean_and_power(n, common):
    data = np.column_stack([smooth(n, 1), smooth(n, 2), np.arange(n)]) + 100.0
    null = phase_randomise(data, [[0, n]], rng=3, common=common)
    before, after = np.fft.rfft(data, axis=0), np.fft.rfft(null, axis=0)
    np.testing.assert_allclose(abs(after) ** 2, abs(before) ** 2, rtol=1e-10, atol=1e-10 * (abs(before) ** 2).max())
    np.testing.assert_allclose(null.mean(axis=0), data.mean(axis=0), rtol=1e-13)
    if n > 2:
        assert abs(null - data).max() > 0.1


def test_phases_destroy_relations_unless_common():
    data = lagged_pair()
    apart = phase_randomise(data, [[0, 2000]], rng=0)
    alike = phase_randomise(data, [[0, 2000]], rng=0, common=True)
    spectra = [np.fft.rfft(d, axis=0) for d in (data, alike)]
    cross = [s[:, 0] * s[:, 1].conj() for s in spectra]
    np.testing.assert_allclose(cross[1], cross[0], atol=1e-9 * abs(cross[0]).max())
    assert correlation_at(alike, 3) == pytest.approx(correlation_at(data, 3), abs=1e-9)
    assert abs(correlation_at(apart, 3)) < 0.3
    for null in (apart, alike):
        assert abs(np.corrcoef(data[:, 0], null[:, 0])[0, 1]) < 0.3


def test_phases_destroy_the_distribution():
    data = np.exp(smooth(4000, 5))[:, None]

    def skewness(x):
        return ((x - x.mean()) ** 3).mean() / x.std() ** 3

    assert skewness(data) > 3
    assert abs(skewness(phase_randomise(data, [[0, 4000]], rng=0))) < 1


def test_phases_of_segments_are_their_own():
    data = np.column_stack([smooth(64, 1)] * 2)
    data[32:60] = data[:28]
    null = phase_randomise(data, [[0, 28], [32, 60]], rng=0, common=True)
    np.testing.assert_array_equal(null[28:32], data[28:32])
    np.testing.assert_array_equal(null[60:], data[60:])
    for begin in (0, 32):
        np.testing.assert_allclose(null[begin : begin + 28].mean(axis=0), data[:28].mean(axis=0))
        np.testing.assert_allclose(null[begin : begin + 28].std(axis=0), data[:28].std(axis=0))
    assert abs(null[:28] - null[32:60]).max() > 0.1


def test_phases_of_the_shortest_segments():
    data = np.array([[5.0], [1.0], [3.0]])
    seen = [phase_randomise(data, [[0, 1], [1, 3]], rng=seed).ravel().round(12).tolist() for seed in range(20)]
    assert [5.0, 1.0, 3.0] in seen
    assert [5.0, 3.0, 1.0] in seen
    assert {tuple(row) for row in seen} == {(5.0, 1.0, 3.0), (5.0, 3.0, 1.0)}


def test_phases_do_not_depend_on_the_block(monkeypatch):
    data = np.column_stack([smooth(100, seed) for seed in range(7)])
    whole = phase_randomise(data, [[0, 60], [60, 99]], rng=0)
    for block in (1, 150, 300):
        monkeypatch.setattr("causalgrain.surrogates.phases.BLOCK", block)
        np.testing.assert_array_equal(phase_randomise(data, [[0, 60], [60, 99]], rng=0), whole)
    assert BLOCK > 1000


@pytest.mark.parametrize(("given", "made"), [("f4", "f4"), ("f8", "f8"), ("f2", "f8"), ("i1", "f8"), ("?", "f8")])
def test_phases_give_floats(given, made):
    data = (np.random.default_rng(0).random((50, 2)) * 3).astype(given)
    assert phase_randomise(data, [[0, 50]], rng=0).dtype == np.dtype(made)


# -- all nulls of samples ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "i8", "f2", "f4", "f8"])
@pytest.mark.parametrize("name", ["circular_shift", "time_shuffle"])
def test_data_type_and_order_in_memory_do_not_matter(name, dtype):
    data = np.random.default_rng(0).integers(0, 2, (60, 3)).astype(dtype)
    null = surrogate(data, [[0, 50]], name, rng=0)
    assert null.dtype == data.dtype
    assert null.shape == data.shape
    for other in (np.asfortranarray(data), np.repeat(data, 2, axis=0)[::2]):
        np.testing.assert_array_equal(surrogate(other, [[0, 50]], name, rng=0), null)


@pytest.mark.parametrize("name", SAMPLED)
@pytest.mark.parametrize("segments", [[[0, 4000]], [[0, 2000], [2000, 3999]]])
def test_memory_beyond_the_result_grows_with_time_alone(name, segments):
    data = np.zeros((4000, 1000), dtype=np.int8)
    tracemalloc.start()
    try:
        null = surrogate(data, segments, name, rng=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    block = 100 * BLOCK if name == "phase_randomise" else 0
    assert peak < null.nbytes + 8 * 8 * 4000 + block + 100_000
    assert peak < null.nbytes + data.size * 2


# -- randomness --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in METHODS for form in METHODS[name].forms])
def test_the_same_seed_gives_the_same_surrogate(name, form):
    if form == "sampled":
        data, segments = np.random.default_rng(0).normal(size=(40, 3)), [[0, 18], [20, 40]]
        data.setflags(write=False)
    else:
        data = tuple(np.sort(np.random.default_rng(u).uniform(0, 10, 20)) for u in range(3))
        segments = [[0.0, 4.5], [5.0, 10.0]]
        for train in data:
            train.setflags(write=False)
    settings = SETTINGS.get(name, {})
    first, again = (np.concatenate(surrogate(data, segments, name, rng=7, **settings)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    generator = np.random.default_rng(7)
    np.testing.assert_array_equal(np.concatenate(surrogate(data, segments, name, rng=generator, **settings)), first)
    moved_on = np.concatenate(surrogate(data, segments, name, rng=generator, **settings))
    other = np.concatenate(surrogate(data, segments, name, rng=8, **settings))
    for null in (moved_on, other, np.concatenate(data)):
        assert not np.array_equal(null, first)
    direct = METHODS[name].function(data, segments, rng=7, **settings)
    np.testing.assert_array_equal(np.concatenate(direct), first)
    assert all(part.flags.writeable for part in direct)


def test_draws_do_not_depend_on_their_number_or_maker():
    data = np.arange(30).reshape(15, 2)
    few, many = (list(draws(data, [[0, 15]], "circular_shift", n=n, rng=5)) for n in (3, 9))
    assert len(few) == 3
    assert len(many) == 9
    for one, two in zip(few, many, strict=False):
        np.testing.assert_array_equal(one, two)
    alone = surrogate(data, [[0, 15]], "circular_shift", rng=draw_rng(5, 8))
    np.testing.assert_array_equal(many[8], alone)
    assert len({null.tobytes() for null in many}) > 6
    other = next(draws(data, [[0, 15]], "circular_shift", n=1, rng=6))
    assert any(not np.array_equal(other, null) for null in many[:1])
    assert list(draws(data, [[0, 15]], "circular_shift", n=0, rng=5)) == []


def test_draws_from_a_generator():
    data = np.arange(30)[:, None]
    generator = np.random.default_rng(1)
    first, second = (list(draws(data, [[0, 30]], "time_shuffle", n=2, rng=generator)) for _ in range(2))
    again = list(draws(data, [[0, 30]], "time_shuffle", n=3, rng=np.random.default_rng(1)))
    np.testing.assert_array_equal(first, again[:2])
    assert not np.array_equal(first[0], second[0])


def test_draws_are_made_when_asked_for():
    many = draws(np.arange(10)[:, None], [[0, 10]], "time_shuffle", n=10**12, rng=0)
    assert sorted(next(many).ravel()) == list(range(10))


def test_streams_are_those_that_numpy_spawns():
    spawned = np.random.SeedSequence(5).spawn(3)[2]
    assert draw_rng(5, 2).random() == np.random.default_rng(spawned).random()
    assert draw_rng(5, 2, 1).random() == np.random.default_rng(spawned.spawn(2)[1]).random()
    assert draw_rng(5).random() == np.random.default_rng(5).random()
    assert draw_rng(np.int64(5), np.uint8(2)).random() == draw_rng(5, 2).random()
    keys = [(), (0,), (0, 0), (1,), (0, 1), (1, 0), (2**32 - 1,)]
    assert len({draw_rng(seed, *key).random() for seed in (0, 1, 2**64, 2**127) for key in keys}) == 4 * len(keys)


# -- by name -----------------------------------------------------------------------------------------------------


def test_methods_say_what_they_keep_and_destroy():
    assert sorted(METHODS) == ["circular_shift", "dither", "isi_permutation", "phase_randomise", "time_shuffle"]
    for name, method in METHODS.items():
        assert method.name == name == method.function.__name__
        assert method.keeps
        assert method.destroys
        assert method.forms in {("sampled",), ("trains",), ("sampled", "trains")}
    with pytest.raises(TypeError):
        METHODS["dither"] = None
    with pytest.raises(AttributeError):
        METHODS["dither"].name = "x"
    assert METHODS["circular_shift"].settings == {"min_shift": None, "within": "all"}
    assert METHODS["dither"].settings == {"width": inspect.Parameter.empty}


@pytest.mark.parametrize("name", METHODS)
def test_other_forms_are_refused_with_a_way_out(name):
    data = {"sampled": (np.ones((5, 1)), [[0, 5]]), "trains": ([[0.5]], [[0, 1]])}
    for form, (values, segments) in data.items():
        if form in METHODS[name].forms:
            surrogate(values, segments, name, rng=0, **SETTINGS.get(name, {}))
        else:
            with pytest.raises(InputError, match=rf"data of {name}: .* (first|Bin the spikes)"):
                surrogate(values, segments, name, rng=0, **SETTINGS.get(name, {}))


@pytest.mark.parametrize("function", [method.function for method in METHODS.values()])
def test_randomness_must_be_named(function):
    with pytest.raises(TypeError, match="rng"):
        function(np.ones((5, 1)), [[0, 5]])


X = np.zeros((10, 2))
ALL = [[0, 10]]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: surrogate(X, ALL, "circular_shfit", rng=0), "Did you mean 'circular_shift'"),
        (lambda: surrogate(X, ALL, None, rng=0), "method: expected one of"),
        (lambda: surrogate(X, ALL, "time_shuffle", rng=0, withn="all"), "Did you mean 'within'"),
        (lambda: surrogate([[0.5]], [[0, 1]], "dither", rng=0), "Give width="),
        (lambda: draws(X, ALL, "shuffle", n=1, rng=0), "Did you mean 'time_shuffle'"),
        (lambda: draws(X, ALL, "time_shuffle", n=-1, rng=0), "n: expected a whole number >= 0, got -1"),
        (lambda: draws(X, ALL, "time_shuffle", n=2.0, rng=0), "n: expected a whole number"),
        (lambda: draws(X, ALL, "time_shuffle", n=2, rng=None), "Give a whole number, for example rng=0"),
        (lambda: circular_shift(X, ALL, rng=None), "or a numpy Generator, got None"),
        (lambda: circular_shift(X, ALL, rng=True), "or a numpy Generator, got True"),
        (lambda: circular_shift(X, ALL, rng=-1), "a seed from 0"),
        (lambda: draw_rng(2**128), "seed: expected"),
        (lambda: draw_rng(0, 1, 2**32), "keys, item 1"),
        (lambda: draw_rng(0, -1), "keys, item 0"),
        (lambda: draw_rng(0, 1.0), "keys, item 0"),
        (lambda: circular_shift(X[:, 0], ALL, rng=0), r"values\[:, None\]"),
        (lambda: circular_shift(X[:, :0], ALL, rng=0), "at least one unit"),
        (lambda: circular_shift(X + 1j, ALL, rng=0), "astype"),
        (lambda: circular_shift(np.array([[1, "a"]], dtype=object), [[0, 1]], rng=0), "astype"),
        (lambda: circular_shift(np.ma.masked_array(X, X == 0), ALL, rng=0), "masked"),
        (lambda: circular_shift("spikes", ALL, rng=0), "recording.values or recording.spikes"),
        (lambda: circular_shift([], ALL, rng=0), "at least one unit"),
        (lambda: circular_shift([0.1, 0.2], ALL, rng=0), "data, unit 0: .* two units"),
        (lambda: circular_shift([[0.1], [[0.2]]], ALL, rng=0), "data, unit 1: .* two units"),
        (lambda: circular_shift([["a"]], ALL, rng=0), "data, unit 0"),
        (lambda: circular_shift([[0.1, np.nan]], ALL, rng=0), "nan.* at spike 1"),
        (
            lambda: circular_shift([[0.1, 0.3, 0.2]], ALL, rng=0),
            "spike 2: expected ascending times, got 0.2 s after 0.3 s",
        ),
        (lambda: circular_shift(X, None, rng=0), r"rows of \(start, stop\) in samples"),
        (lambda: circular_shift(X, [0, 10], rng=0), r"got shape \(2,\)"),
        (lambda: circular_shift(X, np.zeros((0, 2)), rng=0), "segments: expected rows"),
        (lambda: circular_shift(X, [[0, np.nan]], rng=0), "missing values"),
        (lambda: circular_shift(X, [[0, 5], [4, 10]], rng=0), "row 1: .* ascend and not overlap"),
        (lambda: circular_shift(X, [[5, 10], [0, 5]], rng=0), "row 1: .* ascend and not overlap"),
        (lambda: circular_shift(X, [[3, 3]], rng=0), "row 0: expected a stop after the start"),
        (lambda: circular_shift(X, [[0, 11]], rng=0), "samples from 0 to 10, got 0 to 11"),
        (lambda: circular_shift(X, [[-1, 5]], rng=0), "counted from 0"),
        (lambda: circular_shift(X, [[0, 5.5]], rng=0), "got 5.5. For seconds multiply"),
        (lambda: circular_shift(X, ALL, rng=0, min_shift=5), r"all segments together \(10 samples\), got 5 samples"),
        (lambda: circular_shift(X, [[0, 3], [3, 5]], rng=0, within="segment"), r"half of segment 1 \(2 samples\)"),
        (
            lambda: circular_shift([[0.1]], [[0, 1]], rng=0, min_shift=0.5),
            r"together \(1 s\), got 0.5 s. Take a smaller",
        ),
        (lambda: circular_shift(X, ALL, rng=0, min_shift=1.5), "whole number of samples"),
        (lambda: circular_shift(X, ALL, rng=0, min_shift=-1), "min_shift"),
        (lambda: circular_shift(X, ALL, rng=0, within="segments"), "Did you mean 'segment'"),
        (lambda: time_shuffle(X, ALL, rng=0, within="both"), "within: expected"),
        (lambda: time_shuffle(X, ALL, rng=0, together="no"), "together: expected True or False"),
        (lambda: time_shuffle([[0.1]], [[0, 1]], rng=0, together=True), "bin the spikes first"),
        (lambda: isi_permutation([[0.1]], [[0, 1]], rng=0, pool="pool"), "Did you mean 'pooled'"),
        (lambda: dither([[0.1]], [[0, 1]], rng=0, width=0), "got 0. For"),
        (lambda: dither([[0.1]], [[0, 1]], rng=0, width=-0.1), "width: expected"),
        (lambda: dither([[0.1]], [[0, 1]], rng=0, width=np.inf), "width: expected"),
        (lambda: dither([[0.1]], [[0, 1]], rng=0, width=np.nan), "width: expected"),
        (lambda: phase_randomise(X, ALL, rng=0, common=1), "common: expected True or False"),
        (
            lambda: phase_randomise(np.where(np.arange(20).reshape(10, 2) == 7, np.nan, 0), [[1, 9]], rng=0),
            "unit 1, sample 3",
        ),
    ],
)
def test_refuses(call, says):
    with pytest.raises(InputError, match=says):
        call()


def test_missing_values_outside_the_segments_stay():
    data = np.array([[1.0], [2.0], [4.0], [np.nan]])
    assert np.isnan(phase_randomise(data, [[0, 3]], rng=0)[3, 0])


def test_one_sample_can_only_stay():
    assert circular_shift(np.array([[3]]), [[0, 1]], rng=0, min_shift=0).tolist() == [[3]]
    assert time_shuffle(np.array([[3]]), [[0, 1]], rng=0).tolist() == [[3]]
