"""Trains and their bins: edges, segments, normalisations, against counting by brute force."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain._errors import CostError, InputError
from causalgrain.ensembles import binned as binned_module
from causalgrain.ensembles.binned import NORMALISATIONS
from causalgrain.ensembles.ladder import scale_ladder
from causalgrain.ensembles.trains import Trains
from causalgrain.recordings.binning import bin_recording
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.recording import Recording


def counts_by_hand(trains: Trains, width: float) -> tuple[np.ndarray, list[int]]:
    """Counts (bins, units) by looking at every bin of every segment, in exact fractions of the tick 1e-4 s."""
    rows, lengths = [], []
    step = Fraction(round(width * 10_000), 10_000)
    for begin, stop in trains.segments.tolist():
        start, end = Fraction(round(begin * 10_000), 10_000), Fraction(round(stop * 10_000), 10_000)
        bins = int((end - start) // step)
        lengths.append(bins)
        for k in range(bins):
            low, high = start + k * step, start + (k + 1) * step
            row = [0] * trains.n_units
            for time, unit in zip(trains.times.tolist(), trains.unit.tolist(), strict=True):
                if low <= Fraction(round(time * 10_000), 10_000) < high:
                    row[unit] += 1
            rows.append(row)
    return np.array(rows, dtype=float).reshape(-1, trains.n_units), lengths


@st.composite
def trains_on_ticks(draw):
    """Trains whose spikes, segments and widths are multiples of 0.1 ms."""
    marks = sorted(draw(st.lists(st.integers(0, 900), min_size=2, max_size=6, unique=True)))
    segments = np.array(marks[: len(marks) // 2 * 2], dtype=float).reshape(-1, 2)
    n_units = draw(st.integers(2, 4))
    spikes = [draw(st.lists(st.integers(0, 900), max_size=25)) for _ in range(n_units)]
    inhibitory = np.arange(n_units) >= draw(st.integers(1, n_units - 1))
    trains = Trains.from_units([np.array(s) / 10_000 for s in spikes], inhibitory, segments=segments / 10_000)
    return trains, draw(st.integers(1, 300)) / 10_000


@settings(max_examples=150, deadline=None)
@given(trains_on_ticks())
def test_bins_are_those_counted_by_hand(drawn):
    trains, width = drawn
    table, lengths = counts_by_hand(trains, width)
    found = trains.binned(width, normalisation="fraction")
    assert found.lengths.tolist() == lengths
    assert found.n_bins == len(table)
    kind = trains.inhibitory
    e, i = found.dense()
    np.testing.assert_allclose(e, table[:, ~kind].mean(axis=1))
    np.testing.assert_allclose(i, table[:, kind].mean(axis=1))
    assert found.e_counts.sum() + found.i_counts.sum() == table.sum()
    assert (found.e_counts + found.i_counts > 0).all()
    assert (np.diff(found.index) > 0).all()
    rate_e, rate_i = trains.binned(width).dense()
    np.testing.assert_allclose(rate_e, e / width)
    np.testing.assert_allclose(rate_i, i / width)


@settings(max_examples=100, deadline=None)
@given(trains_on_ticks())
def test_units_are_weighted_by_their_own_numbers(drawn):
    trains, width = drawn
    table, _ = counts_by_hand(trains, width)
    kind = trains.inhibitory
    with np.errstate(all="ignore"):
        scaled = {
            "unit_mean": table / table.mean(axis=0) if len(table) else table,
            "zscore": (table - table.mean(axis=0)) / table.std(axis=0) if len(table) else table,
            "unit_maximum": table / table.max(axis=0) if len(table) else table,
        }
    for name, rows in scaled.items():
        found = trains.binned(width, normalisation=name)
        has = np.isfinite(rows).all(axis=0) if len(rows) else np.zeros(trains.n_units, bool)
        assert (found.n_excitatory, found.n_inhibitory) == ((has & ~kind).sum(), (has & kind).sum())
        assert found.left_out == ((~has & ~kind).sum(), (~has & kind).sum())
        for values, mine in zip(found.dense(), (~kind, kind), strict=True):
            chosen = rows[:, mine & has]
            expected = chosen.mean(axis=1) if chosen.shape[1] else np.zeros(len(rows))
            np.testing.assert_allclose(values, expected, atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(trains_on_ticks(), st.sampled_from(NORMALISATIONS))
def test_pairs_stand_for_every_bin_once(drawn, normalisation):
    trains, width = drawn
    found = trains.binned(width, normalisation=normalisation)
    e, i, weights = found.pairs()
    assert weights.sum() == found.n_bins
    assert (weights > 0).all()
    dense = np.column_stack(found.dense())
    unfolded = np.repeat(np.column_stack([e, i]), weights.astype(int), axis=0)
    order = [np.lexsort(rows.T[::-1]) for rows in (dense, unfolded)]
    np.testing.assert_allclose(unfolded[order[1]], dense[order[0]], atol=1e-12)
    if normalisation in ("rate", "fraction"):
        assert len(np.unique(np.column_stack([e, i]), axis=0)) == len(e)
        assert (np.diff(e) >= 0).all()


def test_many_distinct_pairs_are_the_same_sorted_as_tabulated(monkeypatch):
    rng = np.random.default_rng(0)
    spikes = [rng.uniform(0, 50, n) for n in (4_000, 3_000, 2_000)]
    found = Trains.from_units(spikes, [0, 0, 1], duration=50.0).binned(1.0)
    tabulated = found.pairs()
    assert (found.e_counts.max() + 1) * (found.i_counts.max() + 1) > 4 * 50  # else the next line changes nothing
    monkeypatch.setattr(binned_module, "MOST_TABLE", 0)
    np.testing.assert_array_equal(found.pairs(), tabulated)
    full = Trains.from_units([np.linspace(0, 0.9, 500), np.linspace(2, 2.9, 500)], [0, 1], duration=10.0)
    columns = full.binned(1.0, normalisation="fraction").pairs()
    assert np.column_stack(columns).tolist() == [[0, 0, 8], [0, 500, 1], [500, 0, 1]]


def test_a_spike_on_an_edge_belongs_to_the_bin_that_begins_there():
    # 0.3 / 0.1 = 2.9999999999999996, 0.7 / 0.1 = 6.999999999999999
    trains = Trains.from_units([[0.3, 0.7], [0.6]], [False, True], duration=1.0)
    found = trains.binned(0.1, normalisation="fraction")
    assert found.index.tolist() == [3, 6, 7]
    assert found.dense()[0].tolist() == [0, 0, 0, 1, 0, 0, 0, 1, 0, 0]
    np.testing.assert_allclose(found.times, [0.3, 0.6, 0.7])


@pytest.mark.parametrize("width", [0.001, 0.003, 0.01, 0.1, 0.7])
def test_every_multiple_of_the_width_opens_its_bin_hours_into_a_recording(width):
    begin = 36_000.0
    k = np.arange(5_000)
    trains = Trains.from_units([begin + k * width, [begin]], [0, 1], segments=[[begin, begin + 5_000 * width]])
    found = trains.binned(width, normalisation="fraction")
    assert found.n_bins == 5_000
    assert found.e_counts.tolist() == [1] * 5_000


def test_no_spike_is_lost_where_bins_end_with_the_segment():
    last = np.nextafter(0.3, 0.0)
    trains = Trains.from_units([[0.05, last], [0.1]], [0, 1], duration=0.3)
    found = trains.binned(0.1, normalisation="fraction")
    assert found.n_bins == 3
    assert found.dense()[0].tolist() == [1, 0, 1]
    two = Trains.from_units([[last], [0.5]], [0, 1], segments=[[0.0, 0.3], [0.4, 0.7]])
    assert two.binned(0.1).index.tolist() == [2, 4]


def test_what_fills_no_bin_is_dropped_and_bins_never_cross_an_edge():
    spikes = [[0.05, 0.25, 1.0, 1.19], [0.31]]
    trains = Trains.from_units(spikes, [0, 1], segments=[[0.0, 0.35], [1.0, 1.2]])
    found = trains.binned(0.1, normalisation="fraction")
    assert found.lengths.tolist() == [3, 2]
    assert found.dense()[0].tolist() == [1, 0, 1, 1, 1]
    assert found.dense()[1].sum() == 0  # 0.31 lies in the rest
    assert found.dropped == pytest.approx(0.05)
    assert found.note == ""
    assert found.segment_of.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(found.times, [0.0, 0.2, 1.0, 1.1])


def test_scales_that_outgrow_segments_are_empty_and_say_why():
    trains = Trains.from_units([[0.1, 5.1], [0.2]], [0, 1], segments=[[0.0, 1.0], [5.0, 7.0]])
    some = trains.binned(1.5)
    assert some.lengths.tolist() == [0, 1]
    assert some.index.tolist() == [0]
    assert some.reason == ""
    assert some.times.tolist() == [5.0]
    np.testing.assert_allclose(some.dropped, 1.5)
    assert trains.binned(1.1).dropped == pytest.approx(1.9)
    assert "1.9 of 3 s fill no bin" in trains.binned(1.1).note
    for name in NORMALISATIONS:
        none = trains.binned(2.5, normalisation=name)
        assert (none.n_bins, len(none.index)) == (0, 0)
        assert none.reason == "no segment holds a bin of 2.5 s: the longest lasts 2 s"
        assert [len(column) for column in (*none.pairs(), *none.dense())] == [0] * 5
    assert "empty: no segment holds a bin" in repr(trains.binned(2.5))


def test_silent_units_count_for_a_rate_and_are_left_out_of_a_mean():
    trains = Trains.from_units([[0.1, 0.2], [], [0.3]], [0, 0, 1], duration=1.0)
    assert trains.binned(0.5, normalisation="fraction").dense()[0].tolist() == [1.0, 0.0]
    found = trains.binned(0.5, normalisation="unit_mean")
    assert found.dense()[0].tolist() == [2.0, 0.0]
    assert found.left_out == (1, 0)
    assert "1 E and 0 I units without their own number here are left out" in repr(found)


def test_means_of_matched_normalisations():
    rng = np.random.default_rng(3)
    spikes = [rng.uniform(0, 100, n) for n in (50, 500, 100, 900)]
    trains = Trains.from_units(spikes, [0, 0, 1, 1], duration=100.0)
    for name, mean in (("unit_mean", 1.0), ("zscore", 0.0)):
        for values in trains.binned(0.3, normalisation=name).dense():
            assert values.mean() == pytest.approx(mean, abs=1e-12)
    for values in trains.binned(0.3, normalisation="unit_maximum").dense():
        assert values.min() >= 0.0
        assert values.max() <= 1.0
    rates = [values.mean() for values in trains.binned(0.5).dense()]
    assert rates == pytest.approx([2.75, 5.0])  # spikes a unit and second


def test_equal_to_the_binning_of_recordings():
    rng = np.random.default_rng(5)
    spikes = [np.sort(rng.uniform(2.0, 60.0, 300).round(3)) for _ in range(4)]
    recording = Recording.from_spikes(spikes, list("abcd"), segments=[[2.0, 20.5], [21.0, 60.0]])
    trains = Trains.of(recording, ["c", "d"])
    assert trains.inhibitory.tolist() == [False, False, True, True]
    for width in scale_ladder(8, 0.01, 0.8):
        table = bin_recording(recording, float(width)).values
        assert table is not None
        e, i = trains.binned(float(width), normalisation="fraction").dense()
        np.testing.assert_array_equal(e * 2, table[:, :2].sum(axis=1))
        np.testing.assert_array_equal(i * 2, table[:, 2:].sum(axis=1))


def test_a_condition_is_cut_out():
    epochs = Epochs([0.0, 2.0, 3.0], [2.0, 3.0, 4.0], ["wake", "sleep", "wake"])
    recording = Recording.from_spikes([[0.5, 2.5, 3.5], [1.0, 2.1]], ["a", "b"], duration=4.0, epochs=epochs)
    wake = Trains.of(recording, [False, True], "wake")
    assert wake.segments.tolist() == [[0.0, 2.0], [3.0, 4.0]]
    assert wake.times.tolist() == [0.5, 1.0, 3.5]
    assert Trains.of(recording, [False, True], "sleep").times.tolist() == [2.1, 2.5]
    assert Trains.of(recording, [False, True]).duration == 4.0
    with pytest.raises(InputError, match="Did you mean 'sleep'"):
        Trains.of(recording, [False, True], "slep")


def test_counts_become_spikes_of_their_samples():
    values = [[0, 2], [1, 0], [0, 0], [3, 1], [1, 1], [0, 5]]
    recording = Recording(values, 20.0, ["a", "b"], kind="counts", start=7.0, segments=[[0, 5]])
    trains = Trains.of(recording, ["b"])
    assert trains.resolution == 0.05
    assert len(trains.times) == 9
    e, i = trains.binned(0.1, normalisation="fraction").dense()
    assert (e.tolist(), i.tolist()) == ([1.0, 3.0], [2.0, 1.0])
    assert trains.binned(0.05, normalisation="fraction").dense()[0].tolist() == [0, 1, 0, 3, 1]
    with pytest.raises(
        InputError, match=r"whole number of samples of 0.05 s, got 0.07 s.*nearest widths are 0.05 or 0.1 s"
    ):
        trains.binned(0.07)
    assert "counts in samples of 50 ms" in repr(trains)


def test_moving_relabelling_choosing():
    trains = Trains.from_units([[0.1, 0.4], [0.2], [0.3]], [0, 1, 0], duration=1.0)
    assert trains.of_units([2, 1]).unit.tolist() == [1, 0]
    assert trains.of_units([2, 1]).times.tolist() == [0.2, 0.3]
    assert trains.of_units([False, True, True]).inhibitory.tolist() == [True, False]
    swapped = trains.relabelled([True, False, False])
    assert swapped.times is trains.times
    assert swapped.is_inhibitory.tolist() == [True, False, False, True]
    moved = trains.moved(np.array([0.9, 0.1, 0.5]), np.array([2, 1, 0]))
    assert (moved.times.tolist(), moved.unit.tolist()) == ([0.1, 0.5, 0.9], [1, 0, 2])
    assert [train.tolist() for train in trains.per_unit] == [[0.1, 0.4], [0.2], [0.3]]
    assert trains.rates.tolist() == [2.0, 1.0, 1.0]
    assert trains.hash == Trains(trains.times, trains.unit, trains.inhibitory, trains.segments).hash != swapped.hash


def test_trains_and_bins_are_values():
    times, unit = np.array([0.1, 0.2]), np.array([0, 1])
    trains = Trains(times, unit, np.array([False, True]), np.array([[0.0, 1.0]]))
    times[0] = 0.15  # the caller's array stays the caller's
    assert trains.times.tolist() == [0.1, 0.2]
    with pytest.raises(ValueError, match="read-only"):
        trains.times[0] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        trains.binned(0.1).e_counts[0] = 3


def test_too_many_bins_in_time_order(monkeypatch):
    monkeypatch.setattr(binned_module, "MOST_DENSE", 9)
    trains = Trains.from_units([[0.1], [0.2]], [0, 1], duration=1.0)
    with pytest.raises(CostError, match="at most 9 bins in time order, got 10 bins of 100 ms"):
        trains.binned(0.1).dense()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Trains.from_units([[0.1], [0.2]], [0, 0], duration=1.0), "units of both kinds, got 0 inhibitory of 2"),
        (lambda: Trains.from_units([[0.1], [0.2]], [0.3, 0.9], duration=1.0), "decide on probabilities first"),
        (lambda: Trains.from_units([[0.1], [0.2]], [0, 1]), "either segments or a duration, got neither"),
        (lambda: Trains.from_units([[0.1], [0.2]], [0, 1], duration=-1.0), "segments, row 0: expected a stop after"),
        (lambda: Trains.from_units([[0.1], [float("nan")]], [0, 1], duration=1.0), "spikes, unit 1: .*missing values"),
        (lambda: Trains.from_units([], [0, 1], duration=1.0), "spikes: expected one array"),
        (lambda: Trains.from_units([[1], [2]], [0, 1], segments=[[0, 5], [4, 8]]), "segments, row 1.*got 4 to 8 s"),
        (lambda: Trains([0.2, 0.1], [0, 1], [0, 1], [[0, 1]]), "times, spike 1: .*got 0.1 after 0.2"),
        (lambda: Trains([0.2, 1.0], [0, 1], [0, 1], [[0, 1]]), "times, spike 1: expected a time in a segment"),
        (lambda: Trains([0.2, 1.5, 2.5], [0, 1, 0], [0, 1], [[0, 1], [2, 3]]), "times, spike 1: .*got 1.5 s"),
        (lambda: Trains([0.1, np.inf], [0, 1], [0, 1], [[0, 1]]), "times, spike 1: .*finite.*got inf"),
        (lambda: Trains([0.1, 0.2], [0, 2], [0, 1], [[0, 1]]), "unit: expected numbers from 0 to 1, got 0 to 2"),
        (lambda: Trains([0.1, 0.2], [0], [0, 1], [[0, 1]]), "unit: expected the number of a unit for each of 2"),
        (lambda: Trains.of(Recording([[0.0], [1.0]], 1.0), [True]), "got a Recording of traces"),
        (lambda: Trains.of([[0.1]], [True]), "recording: expected a Recording of spikes or counts, got list"),
    ],
)
def test_what_can_not_be_trains(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_labels_that_are_no_units_are_offered_near_ones():
    recording = Recording.from_spikes([[0.1], [0.2]], ["pyr1", "pv1"], duration=1.0)
    with pytest.raises(InputError, match="Did you mean 'pv1'"):
        Trains.of(recording, ["pv11"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 0.0}, "width: expected a number > 0, in s"),
        ({"width": float("inf")}, "width: expected a number > 0, in s"),
        ({"width": 0.1, "normalisation": "zscored"}, "Did you mean 'zscore'"),
    ],
)
def test_settings_of_bins(settings, message):
    trains = Trains.from_units([[0.1], [0.2]], [0, 1], duration=1.0)
    with pytest.raises(InputError, match=message):
        trains.binned(**settings)
