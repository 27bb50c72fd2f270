"""Bits: thresholds, segments, one definition of ON for several conditions."""

from contextlib import nullcontext

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.recordings import binary as module
from causalgrain.recordings import on_disk, steps
from causalgrain.recordings.binary import binarise, parse_binarise, thresholds_of
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.on_disk import OnDisk
from causalgrain.recordings.recording import Recording

EVERY = ["median", "mean", "percentile:30", "threshold:0.2", "z:0.5", "z:-1"]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # Unit 0 has median 1.5 and mean 3.25, unit 1 has median 4 and mean 4.5; ties with a threshold are OFF.
        ("median", [[0, 1], [1, 1], [1, 0], [0, 0]]),
        ("threshold:1.5", [[0, 1], [1, 1], [1, 1], [0, 0]]),
        (("threshold", 1.5), [[0, 1], [1, 1], [1, 1], [0, 0]]),
        ("threshold:1", [[0, 1], [1, 1], [1, 1], [0, 0]]),
        ("z:1", [[0, 1], [0, 0], [1, 0], [0, 0]]),
        ("z:0", [[0, 1], [0, 1], [1, 0], [0, 0]]),
        ("mean", [[0, 1], [0, 1], [1, 0], [0, 0]]),
        ("percentile:75", [[0, 1], [0, 0], [1, 0], [0, 0]]),
        ("percentile:30", [[0, 1], [1, 1], [1, 1], [0, 0]]),
    ],
)
def test_methods(method, expected):
    rec = Recording([[1.0, 9.0], [2.0, 6.0], [9.0, 2.0], [1.0, 1.0]], 1.0)
    assert binarise(rec, method).states.tolist() == expected


def test_spike_is_at_least_one():
    rec = Recording([[0, 3], [1, 0], [2, 0]], 1.0, kind="counts")
    binary = binarise(rec, "spike")
    assert binary.states.tolist() == [[0, 1], [1, 0], [1, 0]]
    assert binary.states.dtype == np.int8
    assert binary.on_share.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert binary.how == "spike"
    assert not binary.states.flags.writeable
    assert not binary.thresholds.flags.writeable
    assert binary.source_hash == rec.hash


@pytest.mark.parametrize("method", EVERY)
def test_thresholds_use_only_the_segments(method):
    inner = np.random.default_rng(0).normal(size=(50, 3))
    values = np.concatenate([[[100.0] * 3], inner[:20], [[-50.0] * 3], inner[20:], [[100.0] * 3]])
    rec = Recording(values, 1.0, segments=[[1, 21], [22, 52]])
    binary, plain = binarise(rec, method), binarise(Recording(inner, 1.0), method)
    np.testing.assert_allclose(binary.thresholds, plain.thresholds, rtol=1e-13)
    np.testing.assert_array_equal(binary.states[binary.inside()], plain.states)
    np.testing.assert_allclose(binary.on_share, plain.on_share)
    assert binary.states[0].tolist() == [1, 1, 1]  # outside: a state, but it counts for nothing


@pytest.mark.parametrize(
    ("method", "by_numpy"),
    [
        ("median", lambda v: np.median(v, axis=0)),
        ("mean", lambda v: v.mean(axis=0)),
        ("percentile:75", lambda v: np.percentile(v, 75, axis=0)),
        ("z:2", lambda v: v.mean(axis=0) + 2 * v.std(axis=0)),
        ("threshold:-3", lambda v: [-3.0] * v.shape[1]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_thresholds_of_values_on_disk(monkeypatch, method, by_numpy, dtype):
    table = np.random.default_rng(0).normal(3.0, 1.0, size=(200, 5)).astype(dtype)
    lazy = Recording(OnDisk(lambda: nullcontext(table), table.shape, dtype), 10.0, segments=[[0, 90], [110, 200]])
    monkeypatch.setattr(on_disk, "BLOCK_BYTES", 37 * 5 * table.itemsize)
    monkeypatch.setattr(steps, "STRETCH_VALUES", 11 * 5)
    monkeypatch.setattr(module, "TOGETHER_BYTES", 2 * 180 * 8)
    inside = np.concatenate([table[:90], table[110:]]).astype(float)
    levels = thresholds_of(lazy, method)
    np.testing.assert_allclose(levels, by_numpy(inside), rtol=1e-13)
    states = binarise(lazy, thresholds=levels, allow_constant=True).states
    np.testing.assert_array_equal(states, table > levels)


def test_mean_of_whole_numbers_is_exact_over_segments():
    # (1 + 2 + 3 + ...) / n without rounding: a value at the mean is OFF.
    values = np.array([2.0, 2.0, 1.0, 3.0, 2.0, 2.0, 0.0, 4.0, 1.0, 3.0])[:, None]
    rec = Recording(values, 1.0, segments=[[0, 3], [3, 7], [7, 10]])
    assert thresholds_of(rec, "mean").tolist() == [2.0]


def test_one_definition_of_on_for_two_conditions():
    values = np.array([[0.0, 4.0], [1.0, 5.0], [2.0, 6.0], [3.0, 4.0], [8.0, 4.0], [9.0, 4.5]])
    rec = Recording(values, 1.0, ["A", "B"], epochs=Epochs([0, 3], [3, 6], ["wake", "sleep"]))
    wake, sleep = rec.in_condition("wake"), rec.in_condition("sleep")
    levels = thresholds_of(wake, "median")
    assert levels.tolist() == [1.0, 5.0]
    assert binarise(wake, thresholds=levels).states[:3].tolist() == binarise(wake, "median").states[:3].tolist()
    with pytest.raises(
        InputError, match=r"'given thresholds'.*2 constant of 2 in 3 bins: 'A' is always ON, 'B' is never"
    ):
        binarise(sleep, thresholds=levels)
    kept = binarise(sleep, thresholds=binarise(wake, "median").thresholds, allow_constant=True)
    assert kept.states[3:].tolist() == [[1, 0], [1, 0], [1, 0]]
    assert kept.how == "given thresholds"
    assert kept.on_share.tolist() == [1.0, 0.0]


def test_refuses_thresholds():
    rec = Recording([[0.0, 1.0], [1.0, 0.0]], 1.0)
    for wrong, message in (
        ([0.5], r"2 numbers, one a unit, got shape \(1,\)"),
        ([[0.5, 0.5]], r"shape \(1, 2\)"),
        ([0.5, np.nan], "missing or infinite"),
        (0.5, "got 0.5"),
        ("median", "got 'median'"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            binarise(rec, thresholds=wrong)
        assert "thresholds_of" in caught.value.remedy
    with pytest.raises(InputError, match="both, 'median' and thresholds"):
        binarise(rec, "median", thresholds=[0.5, 0.5])
    with pytest.raises(InputError, match="Bin them first"):
        binarise(Recording.from_spikes([[0.1]], duration=1.0), thresholds=[0.5])


def test_given_thresholds_are_copied():
    levels = np.array([0.5])
    binary = binarise(Recording([[0.0], [1.0]], 1.0), thresholds=levels)
    levels[0] = 9.0
    assert binary.thresholds.tolist() == [0.5]


def test_constant_units_are_named():
    rec = Recording([[0, 1, 0], [0, 2, 1]], 1.0, ["a", "b", "c"], kind="counts")
    with pytest.raises(InputError, match="'a' is never ON, 'b' is always ON") as caught:
        binarise(rec, "spike")
    assert "2 constant of 3 in 2 bins" in str(caught.value)
    assert "leave it out" in caught.value.remedy
    assert binarise(rec, "spike", allow_constant=True).states.tolist() == [[0, 1, 0], [0, 1, 1]]


def test_five_constant_units_are_named_and_the_rest_counted():
    ones = Recording(np.ones((3, 7)), 1.0, kind="counts")
    with pytest.raises(InputError, match=r"'u4' is always ON and 2 more\."):
        binarise(ones, "spike")
    with pytest.raises(InputError, match=r"'u4' is always ON\."):
        binarise(ones.select(range(5)), "spike")


def test_constant_counts_inside_segments_only():
    rec = Recording([[0], [1], [1], [0]], 1.0, kind="counts", segments=[[1, 3]])
    with pytest.raises(InputError, match="'u0' is always ON"):
        binarise(rec, "spike")


def test_a_constant_in_each_segment_but_not_in_all_is_no_constant():
    rec = Recording([[0], [0], [1], [1]], 1.0, kind="counts", segments=[[0, 2], [2, 4]])
    assert binarise(rec, "spike").states.ravel().tolist() == [0, 0, 1, 1]


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
        ("percentile:0", "above 0 and below 100"),
        ("percentile:100", "above 0 and below 100"),
        ("percentile", "For example 'percentile:2'"),
        ("mean:1", "takes no number"),
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
    with pytest.raises(InputError, match="Bin them first"):
        thresholds_of(Recording.from_spikes([[0.1]], duration=1.0), "median")


def test_repr_lists_shares():
    text = repr(binarise(Recording([[0], [1]], 1.0, ["a"], kind="counts"), "spike"))
    assert text.splitlines()[1:] == ["  a: ON in 50.0%"]


def test_repr_of_many_units():
    for n, lines in ((20, 21), (21, 22)):
        text = repr(binarise(Recording(np.tile([[0], [1]], n), 1.0, kind="counts"), "spike"))
        assert len(text.splitlines()) == lines
        assert text.endswith("...") == (n == 21)


def test_percentiles_next_to_0_and_100():
    assert parse_binarise("percentile:0.5") == ("percentile", 0.5)
    assert parse_binarise("percentile:99.5") == ("percentile", 99.5)
