"""Pools: who belongs together, what a pool's value is, what is known of it, refusals."""

from contextlib import nullcontext

import numpy as np
import pytest

from causalgrain._errors import CostError, InputError
from causalgrain.recordings import on_disk, pooling, steps
from causalgrain.recordings.on_disk import OnDisk
from causalgrain.recordings.pooling import pool
from causalgrain.recordings.recording import Recording

# Four units in two places; A and D, B and C do the same.
PLACES = [[0.0, 0.0], [1.0, 0.0], [100.0, 50.0], [101.0, 50.0]]
ONE, TWO = np.sin(np.arange(40) / 2.0), np.cos(np.arange(40) / 3.0)
TRACES = np.column_stack([ONE, TWO, 5.0 * TWO + 3.0, 0.1 * ONE])


def four(values=TRACES, **options):
    properties = {"position": PLACES, **options.pop("properties", {})}
    return Recording(values, 10.0, ["A", "B", "C", "D"], properties=properties, **options)


def members(recording):
    return recording.properties["members"].tolist()


def test_by_position():
    made = pool(four(source="x", notes=["n"]), 2)
    assert members(made) == ["A,B", "C,D"]
    assert made.labels == ("pool0", "pool1")
    np.testing.assert_allclose(made.values, np.column_stack([TRACES[:, :2].mean(1), TRACES[:, 2:].mean(1)]))
    assert made.properties["size"].tolist() == [2, 2]
    np.testing.assert_allclose(made.properties["position"], [[0.5, 0.0], [100.5, 50.0]])
    assert made.source == "x"
    assert made.rate == 10.0
    assert made.notes[0] == "n"
    assert made.notes[1] == (
        "4 units pooled into 2 of 2 to 2 by position (k-means, rng 0; best found by 10 of 10 restarts; 100.0% of the "
        "variance lies between pools); members averaged"
    )


def test_by_activity():
    made = pool(four(), 2, by="activity")
    assert members(made) == ["A,D", "B,C"]
    np.testing.assert_allclose(made.values[:, 0], 1.1 * ONE / 2)


def test_by_activity_a_mirror_image_is_not_alike():
    rec = Recording(np.column_stack([ONE, -ONE, ONE + 0.1 * TWO]), 10.0)
    assert members(pool(rec, 2, by="activity")) == ["u0,u2", "u1"]


@pytest.mark.parametrize(("weight", "expected"), [(0.0, "AB,CD"), (0.2, "AB,CD"), (0.8, "AD,BC"), (1.0, "AD,BC")])
def test_by_both_with_a_stated_weight(weight, expected):
    made = pool(four(), 2, by="both", weight=weight)
    assert [m.replace(",", "") for m in members(made)] == expected.split(",")
    assert f"by both (activity {weight:g}) (k-means" in made.notes[-1]


def test_both_parts_count_alike_at_one_half():
    """Squared distances are half those of positions over their variance, half those of activity over its own."""
    points = pooling._points(four(), "both", 0.5, None, 2)
    apart = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    place, act = np.array(PLACES), TRACES
    by_place = ((place[:, None] - place[None]) ** 2).sum(axis=2)
    by_act = 2 * (1 - np.corrcoef(act.T))
    expected = 0.5 * by_place / by_place.mean() + 0.5 * by_act / by_act.mean()
    np.testing.assert_allclose(apart / apart.mean(), expected, atol=1e-12)


def test_positions_keep_their_shape():
    # 1000 um along x, 10 um along y: standardised axis by axis, y would count as much as x.
    place = [[0.0, 0.0], [0.0, 10.0], [1000.0, 0.0], [1000.0, 10.0]]
    assert members(pool(Recording(TRACES, 10.0, properties={"position": place}), 2)) == ["u0,u1", "u2,u3"]


def test_distances_by_activity_are_correlations():
    rng = np.random.default_rng(0)
    values = rng.normal(1e4, 1.0, size=(300, 6))
    points = pooling._activity(Recording(values, 10.0, segments=[[0, 120], [150, 300]]), None)
    apart = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    inside = np.concatenate([values[:120], values[150:]])
    np.testing.assert_allclose(apart, 2 * (1 - np.corrcoef(inside.T)), atol=1e-9)


def test_activity_in_bins():
    # Fast and opposite, slow and alike: together only where bins take the fast part away.
    fast, slow = np.tile([1.0, -1.0], 50), np.repeat(np.sin(np.arange(50.0)), 2)
    other = np.repeat(np.cos(np.arange(50.0)), 2)
    rec = Recording(np.column_stack([slow + 5 * fast, slow - 5 * fast, other + 5 * fast]), 10.0)
    assert members(pool(rec, 2, by="activity")) == ["u0,u2", "u1"]
    made = pool(rec, 2, by="activity", width=0.2)
    assert members(made) == ["u0,u1", "u2"]
    assert made.n_samples == 100  # only the comparison is in bins
    assert "by activity, activity in bins of 0.2 s (k-means" in made.notes[-1]


def test_by_names():
    rec = four(properties={"area": ["VIS", "MO", "VIS", "MO"], "depth": [1, 2, 1, 2], "cell_type": list("PPPI")})
    made = pool(rec, by="area")
    assert made.labels == ("VIS", "MO")  # by first member, not by name
    assert members(made) == ["A,C", "B,D"]
    assert made.properties["area"].tolist() == ["VIS", "MO"]
    assert made.properties["depth"].tolist() == [1, 2]
    assert "cell_type" not in made.properties  # differs within a pool
    assert made.notes == ("4 units pooled into 2 of 2 to 2 by 'area'; members averaged",)
    given = pool(rec, 2, by=["VIS", "MO", "VIS", "MO"])
    assert given.labels == made.labels
    np.testing.assert_array_equal(given.values, made.values)
    assert pool(rec, by=[7, 7, 7, 3]).labels == ("7", "3")


@pytest.mark.parametrize(("how", "by_hand"), [(None, "mean"), ("mean", "mean"), ("sum", "sum")])
def test_ways_for_traces(how, by_hand):
    made = pool(four(), by=list("xyyy"), how=how)
    np.testing.assert_allclose(made.values[:, 1], getattr(TRACES[:, 1:], by_hand)(axis=1))
    assert made.kind == "traces"


@pytest.mark.parametrize(
    ("how", "expected", "kind"),
    [
        (None, [[3, 0], [0, 1]], "counts"),
        ("sum", [[3, 0], [0, 1]], "counts"),
        ("mean", [[1, 0], [0, 1]], "traces"),
        ("any", [[1, 0], [0, 1]], "counts"),
    ],
)
def test_ways_for_counts(how, expected, kind):
    rec = four([[2, 0, 1, 0], [0, 1, 0, 0]], kind="counts")
    made = pool(rec, by=list("xyxx"), how=how)
    assert made.values.tolist() == expected
    assert made.kind == kind


def test_spike_trains_are_merged():
    trains = [[0.1, 0.9], [0.5], [0.2, 0.9, 1.7], []]
    rec = Recording.from_spikes(trains, list("ABCD"), segments=[[0, 1], [1.5, 2]], properties={"position": PLACES})
    made = pool(rec, by=list("xyxy"))
    assert [train.tolist() for train in made.spikes] == [[0.1, 0.2, 0.9, 0.9, 1.7], [0.5]]
    assert made.segments.tolist() == [[0, 1], [1.5, 2]]
    assert made.notes[-1].endswith("; members merged")
    assert members(pool(rec, 2)) == ["A,B", "C,D"]
    assert not made.spikes[0].flags.writeable


def test_spike_trains_by_activity_need_bins():
    rec = Recording.from_spikes([[0.1, 1.1], [0.5, 2.5], [0.15, 1.15]], duration=3.0)
    with pytest.raises(InputError, match=r"width: .* For example width=0\.1"):
        pool(rec, 2, by="activity")
    assert members(pool(rec, 2, by="activity", width=0.1)) == ["u0,u2", "u1"]
    with pytest.raises(InputError, match="how, for spikes: expected one of 'sum', got 'mean'"):
        pool(rec, by=list("xyx"), how="mean")


def test_values_on_disk(monkeypatch):
    table = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    table[:, 3:] += table[:, :3]
    segments = [[5, 100], [120, 200]]
    whole = pool(Recording(table, 10.0, segments=segments), 3, by="activity")
    monkeypatch.setattr(on_disk, "BLOCK_BYTES", 17 * 6 * 4)
    monkeypatch.setattr(steps, "STRETCH_VALUES", 7 * 6)
    lazy = Recording(OnDisk(lambda: nullcontext(table), table.shape, table.dtype), 10.0, segments=segments)
    made = pool(lazy, 3, by="activity")
    assert members(whole) == members(made) == ["u0,u3", "u1,u4", "u2,u5"]
    assert made.values.dtype == np.float32
    np.testing.assert_array_equal(made.values, whole.values)
    inside = np.concatenate([table[5:100], table[120:]]).astype(float)
    np.testing.assert_allclose(made.values, (inside[:, :3] + inside[:, 3:]) / 2, rtol=1e-6)
    assert made.segments.tolist() == [[0, 95], [95, 175]]
    np.testing.assert_allclose(made.onsets, [0.5, 12.0])


def test_members_can_be_selected_again():
    rec = four()
    made = pool(rec, 2, by="activity")
    np.testing.assert_allclose(rec.select(members(made)[1]).values.mean(axis=1), made.values[:, 1])


def test_same_rng_same_pools():
    rng = np.random.default_rng(0)
    rec = Recording(rng.normal(size=(5, 60)), 10.0, properties={"position": rng.uniform(0, 100, (60, 2))})
    one = pool(rec, 7, rng=4, restarts=2)
    assert pool(rec, 7, rng=4, restarts=2) == one
    drawn = pool(rec, 7, rng=np.random.default_rng(4), restarts=2)
    assert drawn == one
    assert "a generator of the caller's" in drawn.notes[-1]
    assert "rng 4; best found by" in one.notes[-1]
    first = [m.split(",")[0] for m in members(one)]
    assert [int(label[1:]) for label in first] == sorted(int(label[1:]) for label in first)


def test_one_pool_and_as_many_as_units():
    assert members(pool(four(), 1)) == ["A,B,C,D"]
    every = pool(four(), 4)
    assert members(every) == ["A", "B", "C", "D"]
    np.testing.assert_array_equal(every.values, TRACES)


def test_units_without_positions():
    rec = Recording(TRACES, 10.0, properties={"area": list("xxyy")})
    with pytest.raises(InputError, match=r"one where 'area' is known.*properties=\{\"position\": xy\}.*by='activity'"):
        pool(rec, 2)
    with pytest.raises(InputError, match="one where nothing is known"):
        pool(Recording(TRACES, 10.0), 2, by="both")
    with pytest.raises(InputError, match="one row of 2 or 3 numbers a unit, got float64 of shape"):
        pool(Recording(TRACES, 10.0, properties={"position": [1.0, 2.0, 3.0, 4.0]}), 2)
    gone = [[0.0, 0.0], [np.nan, 0.0], [1.0, 1.0], [2.0, np.inf]]
    with pytest.raises(InputError, match="none for 'u1', 'u3'"):
        pool(Recording(TRACES, 10.0, properties={"position": gone}), 2)


def test_more_pools_than_places():
    rec = Recording(TRACES, 10.0, properties={"position": [[0, 0], [0, 0], [0, 0], [9, 9]]})
    with pytest.raises(InputError, match="at most 2 pools: so many positions differ, got 3"):
        pool(rec, 3)


def test_units_in_one_place():
    rec = Recording(TRACES, 10.0, properties={"position": [[3.0, 4.0]] * 4})
    assert members(pool(rec, 1)) == ["u0,u1,u2,u3"]
    assert members(pool(rec, 2, by="both")) == members(pool(rec, 2, by="activity")) == ["u0,u3", "u1,u2"]


def test_units_that_do_not_vary():
    values = TRACES.copy()
    values[:, 1] = 0.1
    with pytest.raises(InputError, match="the same value throughout for 'B'"):
        pool(four(values), 2, by="activity")
    # It varies, but not within the segment.
    values[:5, 1] = 7.0
    with pytest.raises(InputError, match="the same value throughout for 'B'"):
        pool(four(values, segments=[[5, 40]]), 2, by="both")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": None}, "the number of pools, got none"),
        ({"n": 0}, "a whole number from 1 to 4, got 0"),
        ({"n": 5}, "The recording has 4 units"),
        ({"n": 2.0}, "a whole number from 1 to 4, got 2.0"),
        ({"n": True}, "a whole number"),
        ({"n": 2, "by": "positon"}, "Did you mean 'position'"),
        ({"n": 2, "by": "aera"}, "Did you mean 'area'"),
        ({"n": 2, "by": ["x", "y"]}, r"4 names, one a unit, got shape \(2,\)"),
        ({"n": 2, "by": 3}, "4 names, one a unit, got 3"),
        ({"n": 3, "by": "area"}, "expected 2, the number of names, got 3"),
        ({"by": ["x", "", "y", "y"]}, "an empty one for 'B'"),
        ({"by": ["x", "x ", "y", "y"]}, "differ by spaces only"),
        ({"by": "shape"}, r"property 'shape': .* got shape \(4, 2\)"),
        ({"n": 2, "how": "any"}, "how, for traces: expected one of 'mean', 'sum'"),
        ({"n": 2, "by": "both", "weight": 1.5}, "weight: expected a number from 0 to 1"),
        ({"n": 2, "rng": -1}, "rng: expected a whole number >= 0"),
        ({"n": 2, "rng": "x"}, "numpy Generator"),
        ({"n": 2, "restarts": 0}, "restarts: expected a whole number >= 1"),
        ({"n": 2, "by": "activity", "width": 0.15}, "nearest widths are 0.1 or 0.2 s"),
    ],
)
def test_refuses_arguments(arguments, message):
    rec = four(properties={"area": list("xxyy"), "shape": np.zeros((4, 2))})
    with pytest.raises(InputError, match=message):
        pool(rec, **arguments)


def test_too_many_units_to_compare(monkeypatch):
    monkeypatch.setattr(pooling, "MOST_UNITS", 3)
    with pytest.raises(CostError, match="at most 3 units to compare by activity, got 4"):
        pool(four(), 2, by="activity")
    assert pool(four(), 2).n_units == 2
