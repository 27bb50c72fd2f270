"""The value itself: what it refuses, what it keeps, and that nothing can be changed in it."""

import pickle

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.recordings.recording import Recording, samples_inside


def ramp(samples=6, units=3):
    return np.arange(samples * units, dtype=float).reshape(samples, units)


def test_holds_what_was_given():
    rec = Recording(ramp(), 2.0, ["a", "b", "c"], start=10.0)
    assert rec.n_units == 3
    assert rec.n_samples == 6
    assert rec.duration == 3.0
    np.testing.assert_array_equal(rec.times, 10.0 + np.arange(6) / 2.0)
    np.testing.assert_array_equal(rec.values, ramp())
    assert rec.segments.tolist() == [[0, 6]]
    assert rec.kind == "traces"


def test_is_frozen_and_independent_of_its_source():
    source = ramp()
    rec = Recording(source, 2.0)
    source[0, 0] = 99.0
    assert rec.values[0, 0] == 0.0
    with pytest.raises(AttributeError, match="frozen"):
        rec.rate = 3.0
    with pytest.raises(ValueError, match="read-only"):
        rec.values[0, 0] = 1.0
    spikes = Recording.from_spikes([[0.5]], duration=1.0)
    with pytest.raises(ValueError, match="read-only"):
        spikes.spikes[0][0] = 0.1


def test_select_keeps_the_order_asked_for():
    rec = Recording(ramp(), 2.0, ["a", "b", "c"], segments=[[0, 2], [3, 6]])
    two = rec.select(["c", 0])
    assert two.labels == ("c", "a")
    np.testing.assert_array_equal(two.values, ramp()[:, [2, 0]])
    assert two.segments.tolist() == [[0, 2], [3, 6]]
    spikes = Recording.from_spikes([[0.1], [0.2], [0.3]], duration=1.0).select("u2,u0")
    assert [t.tolist() for t in spikes.spikes] == [[0.3], [0.1]]


def test_segments_count_only_what_is_inside():
    rec = Recording(ramp(10, 1), 5.0, segments=[[1, 4], [6, 8]])
    assert rec.n_samples == 5
    assert rec.duration == 1.0
    assert rec.inside().tolist() == samples_inside(10, rec.segments).tolist()
    assert np.flatnonzero(rec.inside()).tolist() == [1, 2, 3, 6, 7]
    np.testing.assert_allclose(rec.times, np.arange(10) / 5.0)


def test_onsets_give_times_across_gaps():
    rec = Recording(ramp(4, 1), 1.0, segments=[[0, 2], [2, 4]], onsets=[5.0, 100.0])
    assert rec.times.tolist() == [5.0, 6.0, 100.0, 101.0]


def test_equal_by_content_not_by_origin():
    one = Recording(ramp(), 2.0, source="a.csv", notes=["x"])
    two = Recording(ramp(), 2.0, source="b.npz")
    assert one == two
    assert hash(one) == hash(two)
    for other in (
        Recording(ramp() + 1, 2.0),
        Recording(ramp(), 2.1),
        Recording(ramp(), 2.0, ["a", "b", "c"]),
        Recording(ramp(), 2.0, segments=[[0, 3], [3, 6]]),
        Recording(ramp(), 2.0, kind="counts"),
    ):
        assert other != one


@pytest.mark.parametrize("rec", [Recording(ramp(), 2.0), Recording.from_spikes([[0.1, 0.4]], duration=1.0)])
def test_pickles(rec):
    back = pickle.loads(pickle.dumps(rec))
    assert back == rec
    array = back.values if back.values is not None else back.spikes[0]
    assert not array.flags.writeable


def test_single_precision_is_kept():
    assert Recording(ramp().astype(np.float32), 1.0).values.dtype == np.float32
    assert Recording(ramp().astype(np.int16), 1.0).values.dtype == np.float64


def test_repr_is_readable():
    text = repr(Recording(ramp(4, 12), 2.0, segments=[[0, 2], [2, 4]], source="f.npz", notes=["cut"]))
    assert text.splitlines() == [
        "Recording of 12 units (u0, u1, u2, ..., u11), traces: 2 s at 2 Hz, 4 samples in 2 segments",
        "  source: f.npz",
        "  note: cut",
    ]


def test_xarray_view():
    array = Recording(ramp(), 2.0, ["a", "b", "c"], start=1.0).to_xarray()
    assert array.dims == ("time", "unit")
    assert float(array.sel(unit="b", time=1.5)) == 4.0
    assert array.attrs["rate"] == 2.0


def test_spikes_have_no_samples():
    rec = Recording.from_spikes([[0.1], []], duration=2.0)
    assert rec.duration == 2.0
    assert rec.rate is None
    for use in (rec.to_xarray, rec.inside, lambda: rec.times):
        with pytest.raises(InputError, match="Bin them first"):
            use()


def test_spikes_default_to_last_spike():
    rec = Recording.from_spikes([[1.5], [4.0]], start=1.0)
    assert rec.segments.tolist() == [[1.0, np.nextafter(4.0, 5.0)]]  # half open: the last spike lies in it
    parts = Recording.from_spikes([[1.5], [4.0]], segments=[[1, 2], [3, 5]])
    assert parts.duration == 3.0


def with_nan():
    values = ramp(30, 3)
    values[21, 1] = np.nan
    values[25, 2] = np.inf
    return values


@pytest.mark.parametrize(
    ("make", "where", "message"),
    [
        (lambda: Recording(np.empty((0, 3)), 1.0), "values", "empty recording"),
        (lambda: Recording(np.empty((5, 0)), 1.0), "values", "at least one unit"),
        (lambda: Recording(ramp()[:, 0], 1.0), "values", "values\\[:, None\\]"),
        (lambda: Recording(np.zeros((2, 3, 4)), 1.0), "values", "Stack trials"),
        (lambda: Recording([["a", "b"]], 1.0), "values", "real numbers"),
        (lambda: Recording([[1, 2], [3]], 1.0), "values", "real numbers"),
        (lambda: Recording(ramp() * 1j, 1.0), "values", "complex"),
        (lambda: Recording(ramp(), 0.0), "rate", "a number > 0"),
        (lambda: Recording(ramp(), -1), "rate", "rate=1 / 0.6"),
        (lambda: Recording(ramp(), float("nan")), "rate", "nan"),
        (lambda: Recording(ramp(), None), "rate", "None"),
        (lambda: Recording(ramp(), True), "rate", "True"),
        (lambda: Recording(ramp(), 1.0, ["a", "a", "b"]), "labels", "'a' more than once"),
        (lambda: Recording(ramp(), 1.0, ["a", "b"]), "labels", "3 names"),
        (lambda: Recording(ramp(), 1.0, "abc"), "labels", "the text 'abc'"),
        (lambda: Recording(ramp(), 1.0, ["a", "", "b"]), "labels", "empty one for unit 1"),
        (lambda: Recording(ramp(), 1.0, kind="spikes"), "kind", "'traces', 'counts'"),
        (lambda: Recording(ramp() + 0.5, 1.0, kind="counts"), "values, unit 'u0' at 0 s", "whole number"),
        (lambda: Recording(ramp() - 1, 1.0, kind="counts"), "values, unit 'u0' at 0 s", "whole number"),
        (lambda: Recording(ramp(), 1.0, start=float("inf")), "start", "a time"),
        (lambda: Recording(ramp(), 1.0, segments=[[0, 7]]), "segments", "from 0 to 6"),
        (lambda: Recording(ramp(), 1.0, segments=[[-1, 3]]), "segments", "from 0 to 6"),
        (lambda: Recording(ramp(), 1.0, segments=[[0, 3], [2, 5]]), "segments, row 1", "not overlap"),
        (lambda: Recording(ramp(), 1.0, segments=[[3, 3]]), "segments, row 0", "stop after the start"),
        (lambda: Recording(ramp(), 1.0, segments=[[0.5, 3]]), "segments", "multiply by the rate"),
        (lambda: Recording(ramp(), 1.0, segments=[0, 3]), "segments", "rows of"),
        (lambda: Recording(ramp(), 1.0, segments=[[0, np.nan]]), "segments", "missing"),
        (lambda: Recording(ramp(), 1.0, segments="x"), "segments", "rows of"),
        (lambda: Recording(ramp(), 1.0, onsets=[0.0, 1.0]), "onsets", "1 times"),
        (lambda: Recording.from_spikes([]), "spikes", "at least one unit"),
        (lambda: Recording.from_spikes([[], []]), "spikes", "empty recording"),
        (lambda: Recording.from_spikes("abc"), "spikes", "each unit"),
        (lambda: Recording.from_spikes(3), "spikes", "each unit"),
        (lambda: Recording.from_spikes([["x"]]), "spikes", "unit 0"),
        (lambda: Recording.from_spikes([[[0.1, 0.2]]]), "spikes", "shape"),
        (lambda: Recording.from_spikes([[0.3, 0.2]]), "spikes, unit 'u0', spike 1", "0.2 s after 0.3 s"),
        (lambda: Recording.from_spikes([[0.3, np.nan]]), "spikes, unit 'u0', spike 1", "nan"),
        (lambda: Recording.from_spikes([[0.3], [-0.1, 0.5]]), "spikes, unit 'u1'", "divide samples"),
        (lambda: Recording.from_spikes([[0.3, 2.0]], duration=1.0), "spikes, unit 'u0'", "2 s"),
        (lambda: Recording.from_spikes([[0.3]], duration=0), "duration", "> 0"),
        (lambda: Recording.from_spikes([[0.3]], duration=1, segments=[[0, 1]]), "segments", "both"),
    ],
)
def test_refuses(make, where, message):
    with pytest.raises(InputError, match=message) as caught:
        make()
    assert caught.value.where.startswith(where)
    assert caught.value.remedy


def test_missing_value_names_unit_time_and_count():
    with pytest.raises(InputError, match=r"unit 'b' at 12.1 s \(sample 21\)") as caught:
        Recording(with_nan(), 10.0, ["a", "b", "c"], start=10.0)
    assert "2 values are missing or infinite, in 2 of 3 units (b, c)" in caught.value.remedy
