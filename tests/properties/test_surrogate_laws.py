"""Laws of every null: what is counted in a segment, what lies outside, what is kept, for any segments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain.surrogates import (
    METHODS,
    circular_shift,
    draws,
    isi_permutation,
    phase_randomise,
    surrogate,
    time_shuffle,
)

SAMPLED = sorted(name for name, method in METHODS.items() if "sampled" in method.forms)
TRAINS = sorted(name for name, method in METHODS.items() if "trains" in method.forms)
seeds = st.integers(0, 2**40)
widths = st.floats(1e-3, 50)


def stretches(lengths, gaps):
    """Segments from their lengths and the gaps before them, and where the last gap ends."""
    edges = np.cumsum([x for pair in zip(gaps, [*lengths, 0], strict=False) for x in pair])
    return edges[: 2 * len(lengths)].reshape(-1, 2), edges[-1]


@st.composite
def samples(draw, low=1):
    lengths = draw(st.lists(st.integers(low, 9), min_size=1, max_size=4))
    gaps = draw(st.lists(st.integers(0, 3), min_size=len(lengths) + 1, max_size=len(lengths) + 1))
    segments, end = stretches(lengths, gaps)
    units = draw(st.integers(1, 3))
    values = draw(st.lists(st.integers(-4, 4), min_size=int(end) * units, max_size=int(end) * units))
    return np.array(values, dtype=draw(st.sampled_from(["i1", "f4", "f8"]))).reshape(int(end), units), segments


@st.composite
def trains(draw):
    times = st.floats(0, 3, width=32)
    lengths = draw(st.lists(st.floats(0.125, 5, width=32), min_size=1, max_size=4))
    gaps = draw(st.lists(times, min_size=len(lengths) + 1, max_size=len(lengths) + 1))
    segments, end = stretches(lengths, gaps)
    spike = st.one_of(st.floats(-1, float(end) + 1), st.sampled_from(segments.ravel().tolist()))
    unit = st.lists(spike, max_size=12).map(lambda given: np.sort(np.array(given, dtype=float)))
    return tuple(draw(st.lists(unit, min_size=1, max_size=3))), segments


def cut(train, segments):
    return [train[(train >= begin) & (train < stop)] for begin, stop in segments]


def outside(train, segments):
    return train[~np.any([(train >= begin) & (train < stop) for begin, stop in segments], axis=0)]


def settings_of(name, width):
    return {"dither": {"width": width}, "circular_shift": {"min_shift": 0}}.get(name, {})


# -- samples -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLED)
@given(samples(), seeds)
def test_samples_outside_stay_and_nothing_else_is_touched(name, case, seed):
    data, segments = case
    before = data.copy()
    null = surrogate(data, segments, name, rng=seed, **settings_of(name, 1.0))
    np.testing.assert_array_equal(data, before)
    assert null.shape == data.shape
    assert null.dtype == data.dtype or name == "phase_randomise"
    inside = np.concatenate([np.arange(*segment) for segment in segments])
    np.testing.assert_array_equal(np.delete(null, inside, axis=0), np.delete(data, inside, axis=0))


@given(samples(), seeds, st.booleans())
def test_a_shuffle_is_a_permutation_of_each_stretch(case, seed, together):
    data, segments = case
    kept = time_shuffle(data, segments, rng=seed, within="segment", together=together)
    for begin, stop in segments:
        np.testing.assert_array_equal(np.sort(kept[begin:stop], axis=0), np.sort(data[begin:stop], axis=0))
    free = time_shuffle(data, segments, rng=seed, together=together)
    np.testing.assert_array_equal(np.sort(free, axis=0), np.sort(data, axis=0))
    if together:
        for null in (kept, free):
            assert sorted(null.tolist()) == sorted(data.tolist()), "patterns across units are kept"


@given(samples(), seeds, st.data())
def test_a_shift_is_a_rotation_by_an_allowed_amount(case, seed, data):
    _, segments = case
    clock = np.tile(np.arange(segments[-1, 1])[:, None], (1, 2))
    joined = np.concatenate([np.arange(*segment) for segment in segments])
    least = data.draw(st.integers(0, (len(joined) - 1) // 2))
    null = circular_shift(clock, segments, rng=seed, min_shift=least)
    allowed = [np.roll(joined, s).tolist() for s in range(least, len(joined) - least + 1)]
    assert all(unit.tolist() in allowed for unit in null[joined].T)
    short = int(np.diff(segments).min())
    least = data.draw(st.integers(0, (short - 1) // 2))
    null = circular_shift(clock, segments, rng=seed, min_shift=least, within="segment")
    for begin, stop in segments:
        allowed = [np.roll(np.arange(begin, stop), s).tolist() for s in range(least, stop - begin - least + 1)]
        assert all(unit.tolist() in allowed for unit in null[begin:stop].T)


@given(samples(), seeds, st.booleans())
def test_phases_keep_spectra(case, seed, common):
    data, segments = case
    null = phase_randomise(data.astype(float), segments, rng=seed, common=common)
    for begin, stop in segments:
        before, after = (np.fft.rfft(x[begin:stop], axis=0) for x in (data.astype(float), null))
        np.testing.assert_allclose(abs(after) ** 2, abs(before) ** 2, atol=1e-10)
        np.testing.assert_allclose(after[0].real, before[0].real, atol=1e-11)
        if common:
            cross = [s[:, :, None] * s[:, None, :].conj() for s in (before, after)]
            np.testing.assert_allclose(cross[1], cross[0], atol=1e-10)


# -- trains ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TRAINS)
@given(trains(), seeds, widths)
def test_spikes_outside_stay_and_none_is_lost(name, case, seed, width):
    data, segments = case
    before = [train.copy() for train in data]
    null = surrogate(data, segments, name, rng=seed, **settings_of(name, width))
    for given_, kept, made in zip(data, before, null, strict=True):
        np.testing.assert_array_equal(given_, kept)
        assert len(made) == len(kept)
        assert (np.diff(made) >= 0).all()
        np.testing.assert_array_equal(outside(made, segments), outside(kept, segments))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("circular_shift", {"within": "segment"}),
        ("time_shuffle", {"within": "segment"}),
        ("dither", {"width": 0.3}),
        ("dither", {"width": 40.0}),
        ("isi_permutation", {"pool": "unit"}),
        ("isi_permutation", {"pool": "pooled"}),
    ],
)
@given(trains(), seeds)
def test_no_spike_leaves_its_segment(name, settings, case, seed):
    data, segments = case
    null = surrogate(data, segments, name, rng=seed, **settings)
    for before, after in zip(data, null, strict=True):
        assert [len(part) for part in cut(after, segments)] == [len(part) for part in cut(before, segments)]


@given(trains(), seeds)
def test_intervals_of_a_unit_are_kept(case, seed):
    data, segments = case
    alone = isi_permutation(data[:1], segments, rng=seed, pool="pooled")
    null = isi_permutation(data, segments, rng=seed)
    for before, after in zip(data, null, strict=True):
        for one, two in zip(cut(before, segments), cut(after, segments), strict=True):
            np.testing.assert_allclose(np.sort(np.diff(two)), np.sort(np.diff(one)), atol=1e-12)
    for one, two in zip(isi_permutation(data[:1], segments, rng=seed), alone, strict=True):
        np.testing.assert_array_equal(one, two)


@given(trains(), seeds)
def test_pooled_intervals_are_kept_where_none_is_dealt_too_much(case, seed):
    data, segments = case
    roomy = np.array([[segments[0, 0], segments[0, 0] + 1000.0]])
    null = isi_permutation(data, roomy, rng=seed, pool="pooled")
    intervals = [np.sort(np.concatenate([np.diff(cut(train, roomy)[0]) for train in x])) for x in (data, null)]
    np.testing.assert_allclose(intervals[1], intervals[0], atol=1e-12)


@given(trains(), seeds)
def test_intervals_round_the_end_of_joined_time_are_kept_by_a_shift(case, seed):
    data, segments = case
    lengths = np.diff(segments).ravel()
    offsets = np.cumsum(lengths) - lengths
    null = circular_shift(data, segments, rng=seed)
    for before, after in zip(data, null, strict=True):
        around = []
        for train in (before, after):
            parts = [p - b + o for p, b, o in zip(cut(train, segments), segments[:, 0], offsets, strict=True)]
            joined = np.concatenate(parts)
            around.append(np.diff(joined, append=joined[:1] + lengths.sum()))
        turned = [np.roll(around[0], s) for s in range(max(1, len(around[0])))]
        assert any(np.allclose(around[1], turn, atol=1e-9) for turn in turned), "the same intervals in the same order"


@given(trains(), seeds, widths)
def test_dither_moves_no_spike_beyond_its_width(case, seed, width):
    """Matched in order of time the largest move is the smallest that any matching allows."""
    data, segments = case
    null = surrogate(data, segments, "dither", rng=seed, width=width)
    for before, after in zip(data, null, strict=True):
        for one, two in zip(cut(before, segments), cut(after, segments), strict=True):
            assert (abs(two - one) <= width * (1 + 1e-12) + 1e-12).all()


@given(samples(low=3), seeds, st.integers(0, 6), st.integers(0, 6), st.sampled_from(SAMPLED))
def test_a_draw_does_not_depend_on_how_many_are_made(case, seed, n, more, name):
    data, segments = case
    few = list(draws(data, segments, name, n=n, rng=seed))
    many = list(draws(data, segments, name, n=n + more, rng=seed))
    for one, two in zip(few, many, strict=False):
        np.testing.assert_array_equal(one, two)
