"""From draws to doubt: p, q, intervals, blocks, labellings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain._doubt import false_discovery
from causalgrain.ensembles.balance_draws import p_of_largest, reach_of, run_tasks, two_sided
from causalgrain.ensembles.balance_study import block_bins, block_moments, of_moments
from causalgrain.ensembles.departure import balance_of_f
from causalgrain.ensembles.geometry import ensemble_geometry
from causalgrain.ensembles.trains import Trains


def test_two_sided_p_is_exact():
    """With data and 19 surrogates alike, every rank is as likely: p <= k/20 in k/20 of the cases."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20, 4000)) ** 3
    p = np.array([two_sided(values[:1, None, k], values[1:, None, k])[0] for k in range(4000)])
    for k in (1, 2, 5, 10):
        share = (p <= k / 20 + 1e-12).mean()
        assert share == pytest.approx(k / 20, abs=4 * np.sqrt(k / 20 * (1 - k / 20) / 4000))


def test_two_sided_sees_both_sides_and_leaves_nan_out():
    null = np.array([[-1.0], [0.0], [1.0], [np.nan]])
    assert two_sided(np.array([[5.0]]), null)[0] == 1 / 4
    assert two_sided(np.array([[-5.0]]), null)[0] == 1 / 4
    assert two_sided(np.array([[0.0]]), null)[0] == 1.0
    assert np.isnan(two_sided(np.array([[np.nan]]), null)[0])
    assert np.isnan(two_sided(np.array([[1.0]]), np.empty((0, 1)))[0])


def test_each_labelling_meets_its_own_surrogates():
    """Of two labellings one is far off, one isn't: half of the surrogates are reached."""
    values, null = np.array([[10.0], [0.0]]), np.array([[-1.0], [-1.0], [1.0], [1.0]])
    # centre: mean of 5, -1, -1, 1, 1 = 1; surrogates 0 and 2 belong to the first labelling
    assert two_sided(values, null)[0] == pytest.approx((1 + 1) / 5)


def test_the_largest_deviation_over_scales_is_the_null():
    rng = np.random.default_rng(1)
    data = rng.normal(size=(20, 600, 6))
    p = np.array([p_of_largest(data[:1, k], data[1:, k]).min() for k in range(600)])
    assert (p <= 0.05 + 1e-12).mean() == pytest.approx(0.05, abs=0.036)
    alone = two_sided(data[:1, 0], data[1:, 0])
    assert (p_of_largest(data[:1, 0], data[1:, 0]) >= alone - 1e-12).all()


@settings(max_examples=30)
@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=12))
def test_q_is_never_below_p_and_keeps_its_order(p):
    p = np.array(p)
    q, strict = false_discovery(p), false_discovery(p, "by")
    assert (q >= p - 1e-12).all()
    assert (strict >= q - 1e-12).all()
    assert (np.diff(q[np.argsort(p, kind="stable")]) >= -1e-12).all()
    assert np.isnan(false_discovery(np.array([np.nan]))).all()


def test_intervals_of_an_axis_go_through_ninety():
    draws = np.array([[89.0], [91.0], [-89.0], [-91.0]])
    low, high, error = reach_of("angle", np.array([90.0]), draws)
    assert error[0] == pytest.approx(np.std([-1, 1, 1, -1], ddof=1))
    assert low[0] < 90 < high[0]
    assert high[0] - low[0] < 10


def test_intervals_of_a_correlation_stay_within_one():
    draws = np.tanh(np.random.default_rng(0).normal(3.0, 1.0, size=(100, 1)))
    low, high, _ = reach_of("correlation", np.array([0.995]), draws)
    assert 0.5 < low[0] < 0.995 < high[0] < 1


def test_intervals_stay_where_a_number_can_be():
    draws = np.random.default_rng(0).normal(1.2, 1.0, size=(100, 1))
    low, high, _ = reach_of("aspect_ratio", np.array([1.2]), draws)
    assert (low[0], high[0] > 2.5) == (1.0, True)
    assert reach_of("orthogonal_width", np.array([1.2]), draws)[0][0] == 0.0
    assert reach_of("departure", np.array([1.2]), draws)[0][0] < 0.0


def test_blocks_are_the_same_stretches_at_every_scale():
    rng = np.random.default_rng(0)
    segments = np.array([[0.0, 7.3], [10.0, 13.0], [20.0, 31.7]])
    trains = Trains.from_units([np.sort(rng.uniform(0, 32, 200)) for _ in range(3)], [0, 1, 0], segments=segments)
    spans = np.diff(segments, axis=1)[:, 0]
    joined = np.concatenate([[0.0], np.cumsum(spans)])
    for width in (0.05, 0.4, 1.7):
        for normalisation in ("rate", "zscore"):
            binned = trains.binned(width, normalisation=normalisation)
            e, i = binned.dense()
            middle = np.concatenate([joined[s] + (np.arange(n) + 0.5) * width for s, n in enumerate(binned.lengths)])
            block = np.minimum((middle / spans.sum() * 6).astype(int), 5)
            edges = block_bins(binned, spans, 6)
            np.testing.assert_array_equal(np.diff(edges), np.bincount(block, minlength=6))
            found = block_moments(binned, edges)
            x, y = e - e.mean(), i - i.mean()
            for column, values in enumerate((np.ones(len(e)), x, y, x * x, y * y, x * y)):
                wanted = np.bincount(block, weights=values, minlength=6)
                np.testing.assert_allclose(found[:, column], wanted, atol=1e-9 * np.abs(values).max())
            whole = of_moments(found.sum(axis=0), np.array([e.mean(), i.mean()]))
            ellipse = ensemble_geometry(e, i)
            assert whole["correlation"] == pytest.approx(ellipse.rho)
            assert whole["aspect_ratio"] == pytest.approx(ellipse.aspect_ratio)
            assert whole["orthogonal_width"] == pytest.approx(ellipse.orthogonal_width)
            assert (whole["angle"] - ellipse.angle + 90) % 180 == pytest.approx(90, abs=1e-6)
            assert whole["departure"] == pytest.approx(balance_of_f(e, i).headline, abs=1e-9)


def test_tasks_come_back_in_order_whoever_does_them():
    told = []
    assert run_tasks([lambda k=k: k**2 for k in range(9)], 2, told.append) == [k**2 for k in range(9)]
    assert len(told) == 9
