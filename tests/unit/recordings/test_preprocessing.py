"""Bins and bits: edges, segments, thresholds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain._errors import CostError, InputError
from causalgrain.recordings.preprocessing import bin_recording, binarise, parse_binarise
from causalgrain.recordings.recording import Recording


def test_spike_on_an_edge_belongs_to_the_bin_that_starts_there():
    # 0.3 / 0.1 is 2.9999999999999996 in floating point.
    rec = Recording.from_spikes([[0.0, 0.1, 0.3, 0.7]], duration=1.0)
    assert bin_recording(rec, 0.1).values.ravel().tolist() == [1, 1, 0, 1, 0, 0, 0, 1, 0, 0]


def test_last_incomplete_bin_is_dropped():
    rec = Recording.from_spikes([[0.05, 0.45]], duration=0.49)
    binned = bin_recording(rec, 0.1)
    assert binned.values.ravel().tolist() == [1, 0, 0, 0]
    assert binned.kind == "counts"
    assert binned.rate == pytest.approx(10.0)


def test_start_of_the_recording_is_the_start_of_the_first_bin():
    rec = Recording.from_spikes([[5.05, 5.35]], start=5.0, duration=0.4)
    binned = bin_recording(rec, 0.2)
    assert binned.values.ravel().tolist() == [1, 1]
    np.testing.assert_allclose(binned.times, [5.0, 5.2])


def test_spikes_of_each_segment_apart():
    # Spikes at 1.05 and 2.5 lie in no segment; 3.0 is the first moment of the second.
    rec = Recording.from_spikes([[0.1, 0.9, 1.05, 2.5, 3.0, 3.6]], segments=[[0, 1], [3, 4.2]])
    binned = bin_recording(rec, 0.5)
    assert binned.values.ravel().tolist() == [1, 1, 1, 1]
    assert binned.segments.tolist() == [[0, 2], [2, 4]]
    np.testing.assert_allclose(binned.times, [0.0, 0.5, 3.0, 3.5])


def test_segments_that_touch_share_no_spike():
    rec = Recording.from_spikes([[0.2, 0.5, 0.7]], segments=[[0, 0.5], [0.5, 1.0]])
    assert bin_recording(rec, 0.5).values.ravel().tolist() == [1, 2]


def test_a_segment_shorter_than_a_bin_goes():
    rec = Recording.from_spikes([[0.1, 2.1, 2.6]], segments=[[0, 0.3], [2, 3]])
    binned = bin_recording(rec, 0.5)
    assert binned.segments.tolist() == [[0, 2]]
    np.testing.assert_allclose(binned.times, [2.0, 2.5])


def test_traces_are_averaged_and_counts_added():
    values = np.arange(14.0).reshape(7, 2)
    traces = bin_recording(Recording(values, 10.0), 0.3)
    np.testing.assert_allclose(traces.values, [[2, 3], [8, 9]])
    assert traces.kind == "traces"
    assert traces.rate == pytest.approx(10 / 3)
    counts = bin_recording(Recording(values, 10.0, kind="counts"), 0.3)
    np.testing.assert_allclose(counts.values, [[6, 9], [24, 27]])
    assert counts.kind == "counts"


def test_bins_of_traces_start_anew_in_each_segment():
    rec = Recording(np.arange(10.0)[:, None], 1.0, segments=[[0, 3], [5, 10]])
    binned = bin_recording(rec, 2.0)
    np.testing.assert_allclose(binned.values.ravel(), [0.5, 5.5, 7.5])
    assert binned.segments.tolist() == [[0, 1], [1, 3]]
    np.testing.assert_allclose(binned.times, [0.0, 5.0, 7.0])


def test_width_of_one_sample_changes_no_value():
    rec = Recording(np.arange(6.0).reshape(3, 2), 1 / 0.6)
    np.testing.assert_array_equal(bin_recording(rec, 0.6).values, rec.values)


@pytest.mark.parametrize(
    ("width", "message"),
    [
        (1.0, "The nearest widths are 0.6 or 1.2 s"),
        (0.1, "The nearest widths are 0.6 s"),
        (0, "> 0"),
        ("x", "> 0"),
        (60.0, "longest segment lasts 6 s"),
    ],
)
def test_refuses_widths(width, message):
    rec = Recording(np.random.default_rng(0).random((10, 2)), 1 / 0.6)
    with pytest.raises(InputError, match=message):
        bin_recording(rec, width)


def test_refuses_width_beyond_spikes():
    with pytest.raises(InputError, match=r"longest segment lasts 0.5 s"):
        bin_recording(Recording.from_spikes([[0.1]], duration=0.5), 1.0)


def test_refuses_bins_that_fill_the_memory():
    with pytest.raises(CostError, match="1e\\+12 bins of 1 units"):
        bin_recording(Recording.from_spikes([[0.1]], duration=1.0), 1e-12)


@given(
    st.lists(st.lists(st.integers(0, 9999), max_size=40), min_size=1, max_size=3),
    st.integers(1, 400),
    st.integers(0, 5000),
)
def test_binning_counts_every_spike_once(trains, width, start):
    """On a grid of 1 ms, against counting by hand in integers."""
    times = [np.sort(np.array(t, dtype=int)) for t in trains]
    rec = Recording.from_spikes([(t + start) / 1000 for t in times], start=start / 1000, duration=10.0)
    binned = bin_recording(rec, width / 1000)
    bins = 10000 // width
    assert binned.values.shape == (bins, len(trains))
    for unit, train in enumerate(times):
        by_hand = [int(((train >= b * width) & (train < (b + 1) * width)).sum()) for b in range(bins)]
        assert binned.values[:, unit].tolist() == by_hand


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("median", [[0, 1], [0, 1], [1, 0], [0, 0]]),
        ("threshold:1.5", [[0, 1], [1, 1], [1, 1], [0, 0]]),
        (("threshold", 1.5), [[0, 1], [1, 1], [1, 1], [0, 0]]),
        ("z:1", [[0, 1], [0, 0], [1, 0], [0, 0]]),
    ],
)
def test_methods(method, expected):
    # Unit 0 has median 1.5; unit 1 has median 4; ties with a threshold are OFF.
    rec = Recording([[1.0, 9.0], [2.0, 6.0], [9.0, 2.0], [1.0, 1.0]], 1.0)
    if method == "median":
        expected = [[0, 1], [1, 1], [1, 0], [0, 0]]
    assert binarise(rec, method).states.tolist() == expected


def test_spike_is_at_least_one():
    rec = Recording([[0, 3], [1, 0], [2, 0]], 1.0, kind="counts")
    binary = binarise(rec, "spike")
    assert binary.states.tolist() == [[0, 1], [1, 0], [1, 0]]
    assert binary.on_share.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert binary.how == "spike"
    assert not binary.states.flags.writeable


def test_thresholds_use_only_the_segments():
    values = np.array([100.0, 1.0, 2.0, 3.0, 100.0])[:, None]
    rec = Recording(values, 1.0, segments=[[1, 4]])
    binary = binarise(rec, "median")
    assert binary.thresholds.tolist() == [2.0]
    assert binary.states[1:4].ravel().tolist() == [0, 0, 1]
    assert binary.on_share.tolist() == pytest.approx([1 / 3])


def test_constant_units_are_named():
    rec = Recording([[0, 1, 0], [0, 2, 1]], 1.0, ["a", "b", "c"], kind="counts")
    with pytest.raises(InputError, match="'a' is never ON, 'b' is always ON") as caught:
        binarise(rec, "spike")
    assert "2 constant of 3 in 2 bins" in str(caught.value)
    assert "leave it out" in caught.value.remedy


def test_constant_counts_inside_segments_only():
    rec = Recording([[0], [1], [1], [0]], 1.0, kind="counts", segments=[[1, 3]])
    with pytest.raises(InputError, match="'u0' is always ON"):
        binarise(rec, "spike")


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("medain", "Did you mean 'median'"),
        ("median:2", "takes no number"),
        ("threshold", "'threshold:VALUE'"),
        ("threshold:", "'threshold:VALUE'"),
        ("z:abc", "'z:VALUE'"),
        ("z:nan", "'z:VALUE'"),
        (("z", None), "'z:VALUE'"),
        (3, "'spike', 'median'"),
        (None, "'spike', 'median'"),
    ],
)
def test_refuses_methods(method, message):
    with pytest.raises(InputError, match=message):
        parse_binarise(method)


def test_spike_needs_counts():
    with pytest.raises(InputError, match="kind='counts'"):
        binarise(Recording([[0.0], [1.0]], 1.0), "spike")
    with pytest.raises(InputError, match="Bin them first"):
        binarise(Recording.from_spikes([[0.1]], duration=1.0), "spike")


def test_repr_lists_shares():
    text = repr(binarise(Recording([[0], [1]], 1.0, ["a"], kind="counts"), "spike"))
    assert text.splitlines()[1] == "  a: ON in 50.0%"
