"""Laws of preprocessing: what each step must leave as it is, and that nothing crosses a segment's edge."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from causalgrain.recordings.preprocessing import (
    bin_recording,
    bin_recordings,
    binarise,
    delta_f_over_f,
    detrend,
    pool,
    subtract_neuropil,
    thresholds_of,
    zscore,
)
from causalgrain.recordings.recording import Recording

RATE = 10.0


@st.composite
def recordings(draw, low=1.0, high=100.0, min_samples=2, kind="traces", units=None):
    """Recordings of 1 to 4 units in 1 to 3 segments, with samples between them."""
    n_units = draw(st.integers(1, 4)) if units is None else units
    lengths = draw(st.lists(st.integers(min_samples, 25), min_size=1, max_size=3))
    gaps = draw(st.lists(st.integers(0, 3), min_size=len(lengths), max_size=len(lengths)))
    stops = np.cumsum(np.add(lengths, gaps))
    segments = np.column_stack([stops - lengths, stops])
    element = st.integers(0, 9) if kind == "counts" else st.floats(low, high, allow_nan=False, width=32)
    values = draw(arrays(float, (int(stops[-1]) + 1, n_units), elements=element))
    return Recording(values, RATE, kind=kind, segments=segments)


def again(recording, values):
    """The same recording with other values."""
    return Recording(values, RATE, recording.labels, kind=recording.kind, segments=recording.segments)


def varies(recording):
    """Every unit varies in every segment, by more than rounding."""
    return all(np.ptp(recording.values[a:b], axis=0).min() > 0.01 for a, b in recording.segments)


def inside(recording):
    return recording.values[recording.inside()]


# -- fluorescence ----------------------------------------------------------------------------------------------------


@given(
    recordings(),
    st.floats(0.01, 100.0),
    st.sampled_from(["percentile:8", "median", "mean"]),
    st.sampled_from([None, 0.7]),
)
def test_df_over_f_does_not_depend_on_the_scale_of_f(rec, scale, baseline, window):
    one = delta_f_over_f(rec, baseline=baseline, window=window)
    two = delta_f_over_f(again(rec, rec.values * scale), baseline=baseline, window=window)
    np.testing.assert_allclose(two.values, one.values, rtol=1e-9, atol=1e-9)


@given(recordings(), st.sampled_from(["percentile:8", "median", "mean"]), st.sampled_from([None, 0.7]))
def test_f_comes_back_from_df_over_f_where_it_does_not_vary(rec, baseline, window):
    flat = again(rec, np.broadcast_to(rec.values[:1], rec.values.shape))
    np.testing.assert_allclose(delta_f_over_f(flat, baseline=baseline, window=window).values, 0.0, atol=1e-12)


@given(recordings(), st.floats(0.0, 2.0), st.floats(0.0, 2.0), st.integers(0, 2**32 - 1))
def test_neuropil_is_subtracted_linearly(rec, one, two, seed):
    around = again(rec, np.random.default_rng(seed).normal(size=rec.values.shape))
    once = subtract_neuropil(rec, around, factor=one)
    packed = Recording(inside(around), RATE, segments=once.segments, onsets=once.onsets)
    both = subtract_neuropil(rec, around, factor=one + two)
    np.testing.assert_allclose(subtract_neuropil(once, packed, factor=two).values, both.values, atol=1e-10)
    np.testing.assert_array_equal(subtract_neuropil(rec, around, factor=0).values, inside(rec))


# -- trends and scores -----------------------------------------------------------------------------------------------


@given(recordings(), st.floats(-100, 100), st.floats(-10, 10))
def test_linear_detrending_takes_lines_away_segment_by_segment(rec, level, slope):
    line = np.empty(len(rec.values))
    for number, (begin, stop) in enumerate(rec.segments):
        line[begin:stop] = (number + 1) * level + (number - 1.5) * slope * np.arange(stop - begin)
    line[~rec.inside()] = 1e6
    plain = detrend(rec).values
    np.testing.assert_allclose(detrend(again(rec, rec.values + line[:, None])).values, plain, atol=1e-9)
    np.testing.assert_allclose(detrend(detrend(rec)).values, plain, atol=1e-10)


@given(recordings(), st.floats(-100, 100), st.sampled_from(["linear", "constant", "median:0.3"]))
def test_detrending_forgets_the_level(rec, level, method):
    assume(method != "median:0.3" or all(b - a >= 3 for a, b in rec.segments))
    made = detrend(again(rec, rec.values + level), method=method)
    np.testing.assert_allclose(made.values, detrend(rec, method=method).values, atol=1e-10)


@given(recordings(), st.sampled_from(["all", "segment"]))
def test_zscoring_twice_is_zscoring_once(rec, over):
    assume(varies(rec))
    once = zscore(rec, over=over)
    np.testing.assert_allclose(zscore(once, over=over).values, once.values, atol=1e-9)


@given(recordings(), st.floats(0.1, 10.0), st.floats(-100, 100), st.sampled_from(["all", "segment"]), st.booleans())
def test_zscores_do_not_depend_on_scale_and_origin(rec, scale, origin, over, robust):
    assume(varies(rec))
    parts = [inside(rec)] if over == "all" else [rec.values[a:b] for a, b in rec.segments]
    mad = min(np.median(np.abs(p - np.median(p, axis=0)), axis=0).min() for p in parts)
    assume(not robust or mad > 0.01)
    one = zscore(rec, over=over, robust=robust).values
    two = zscore(again(rec, rec.values * scale + origin), over=over, robust=robust).values
    np.testing.assert_allclose(two, one, rtol=1e-7, atol=1e-7)


# -- bins ------------------------------------------------------------------------------------------------------------


@given(recordings(kind="counts"), st.integers(1, 4), st.integers(1, 4))
def test_bins_of_bins_are_wide_bins(rec, k, m):
    assume(any(b - a >= k * m for a, b in rec.segments))
    wide = bin_recording(rec, k * m / RATE)
    twice = bin_recording(bin_recording(rec, k / RATE), k * m / RATE)
    np.testing.assert_array_equal(twice.values, wide.values)
    np.testing.assert_array_equal(twice.segments, wide.segments)
    np.testing.assert_allclose(twice.onsets, wide.onsets)


@given(recordings(kind="counts"), st.integers(1, 5))
def test_binning_conserves_counts(rec, k):
    assume(any(b - a >= k for a, b in rec.segments))
    binned = bin_recording(rec, k / RATE)
    whole = sum(rec.values[a : a + (b - a) // k * k].sum(axis=0) for a, b in rec.segments)
    np.testing.assert_array_equal(binned.values.sum(axis=0), whole)


@given(recordings(), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_widths_do_not_depend_on_each_other(rec, widths):
    assume(max(b - a for a, b in rec.segments) >= max(widths))
    made = bin_recordings(rec, [k / RATE for k in widths])
    assert list(made) == [bin_recording(rec, k / RATE) for k in widths]


# -- pools -----------------------------------------------------------------------------------------------------------


@given(recordings(kind="counts"), st.data())
def test_pools_conserve_counts_and_means(rec, data):
    names = data.draw(st.lists(st.sampled_from("abc"), min_size=rec.n_units, max_size=rec.n_units))
    added = pool(rec, by=names)
    np.testing.assert_array_equal(added.values.sum(axis=1), inside(rec).sum(axis=1))
    mean = pool(rec, by=names, how="mean")
    size = mean.properties["size"]
    assert size.sum() == rec.n_units
    np.testing.assert_allclose((mean.values * size).sum(axis=1) / size.sum(), inside(rec).mean(axis=1), atol=1e-12)


@given(st.lists(st.lists(st.integers(0, 999), max_size=20), min_size=1, max_size=5), st.data())
def test_merging_trains_and_counting_are_interchangeable(trains, data):
    rec = Recording.from_spikes([np.sort(t) / 100 for t in trains], duration=10.0)
    names = data.draw(st.lists(st.sampled_from("abc"), min_size=len(trains), max_size=len(trains)))
    merged = pool(rec, by=names)
    assert sum(map(len, merged.spikes)) == sum(map(len, trains))
    np.testing.assert_array_equal(bin_recording(merged, 0.5).values, pool(bin_recording(rec, 0.5), by=names).values)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.floats(0.1, 10.0), st.floats(-50, 50))
def test_pools_by_position_do_not_depend_on_scale_and_origin(seed, n, scale, origin):
    rng = np.random.default_rng(seed)
    place, values = rng.uniform(0, 100, (12, 2)), rng.normal(size=(3, 12))
    one = pool(Recording(values, RATE, properties={"position": place}), n, restarts=2)
    two = pool(Recording(values, RATE, properties={"position": place * scale + origin}), n, restarts=2)
    assert one.properties["members"].tolist() == two.properties["members"].tolist()


# -- segments --------------------------------------------------------------------------------------------------------

BY_SEGMENT = {
    "delta_f_over_f": lambda r: delta_f_over_f(r),
    "delta_f_over_f, window": lambda r: delta_f_over_f(r, window=0.7),
    "detrend, linear": lambda r: detrend(r),
    "detrend, median": lambda r: detrend(r, method="median:0.3"),
    "zscore, segment": lambda r: zscore(r, over="segment"),
    "subtract_neuropil": lambda r: subtract_neuropil(r, again(r, np.full(r.values.shape, 0.5))),
    "bin_recording": lambda r: bin_recording(r, 0.3),
    "pool": lambda r: pool(r, by=["x"] * r.n_units),
}


@pytest.mark.parametrize("name", BY_SEGMENT)
@given(rec=recordings(min_samples=3), data=st.data())
def test_no_segment_feels_another(name, rec, data):
    """Change one segment and all that lies in none: the other segments come out the same."""
    changed = data.draw(st.integers(0, len(rec.segments) - 1))
    values = rec.values.copy()
    begin, stop = rec.segments[changed]
    values[begin:stop] = 1.5 * values[begin:stop][::-1] + 3.0
    values[~rec.inside()] += 1000.0
    other = again(rec, values)
    assume(name != "zscore, segment" or (varies(rec) and varies(other)))
    one, two = BY_SEGMENT[name](rec), BY_SEGMENT[name](other)
    np.testing.assert_array_equal(one.segments, two.segments)
    for number, (low, high) in enumerate(one.segments):
        if number != changed:
            np.testing.assert_array_equal(one.values[low:high], two.values[low:high])


@given(recordings(), st.sampled_from(["median", "mean", "z:0.5", "percentile:60"]))
def test_given_thresholds_say_what_the_method_says(rec, method):
    levels = thresholds_of(rec, method)
    one = binarise(rec, method, allow_constant=True)
    two = binarise(rec, thresholds=levels, allow_constant=True)
    np.testing.assert_array_equal(one.states, two.states)
    np.testing.assert_array_equal(one.states, rec.values > levels)
    assert one.hash == two.hash
