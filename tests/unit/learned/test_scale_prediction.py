"""How much of each scale's variable the scale below predicts."""

import numpy as np
import pytest

from causalgrain import InputError
from causalgrain.learned.scale_prediction import held_out_r2, predicted_by_below


def driven(samples, seed):
    """y = (u, v): u' = .5 u + .6 v + noise, v' = .9 v + noise: v drives u."""
    rng = np.random.default_rng(seed)
    y, noise = np.zeros((samples, 2)), rng.normal(size=(samples, 2))
    for t in range(1, samples):
        y[t] = [0.5 * y[t - 1, 0] + 0.6 * y[t - 1, 1] + noise[t, 0], 0.9 * y[t - 1, 1] + noise[t, 1]]
    return y


def exact(a, s, rows):
    """R^2 of u(t+1) on chosen variables at t, from the stationary covariance."""
    c = np.eye(2)
    for _ in range(2000):
        c = a @ c @ a.T + s
    cross = (a @ c)[0][rows]
    return cross @ np.linalg.solve(c[np.ix_(rows, rows)], cross) / c[0, 0]


def test_a_driven_variable_against_exact_values():
    y, a = driven(20_000, 0), np.array([[0.5, 0.6], [0.0, 0.9]])
    found = predicted_by_below({2: y, 1: y[:, :1]})
    assert found.below[0] == pytest.approx(exact(a, np.eye(2), [0, 1]), abs=0.015)
    assert found.own[0] == pytest.approx(exact(a, np.eye(2), [0]), abs=0.015)
    assert found.both[0] == pytest.approx(found.below[0], abs=1e-3)
    assert found.added[0] > 0.04
    assert (found.dims, found.finer) == ((1,), (2,))


def test_the_driver_gains_nothing_and_time_has_a_direction():
    y = driven(8000, 1)
    driver = predicted_by_below({2: y, 1: y[:, 1:]})
    assert abs(driver.added[0]) < 5e-3
    later = predicted_by_below({2: y, 1: y[:, 1:]}, lag=5)
    assert later.own[0] == pytest.approx(0.9**10, abs=0.07)


def test_lag_zero_and_the_order_of_scales():
    rng = np.random.default_rng(2)
    y = rng.normal(size=(600, 4))
    scales = {1: y[:, :1] ** 2, 4: y, 2: y[:, :2] + y[:, 2:]}
    found = predicted_by_below(scales, lag=0)
    assert (found.dims, found.finer) == ((2, 1), (4, 2))
    assert found.below[0] == pytest.approx(1.0, abs=1e-4)
    assert found.below[1] < 0.1
    assert np.isnan(found.own).all()
    assert "own past" not in repr(found)
    assert len(found.table) == 2


def test_noise_predicts_nothing_held_out():
    rng = np.random.default_rng(3)
    scales = {8: rng.normal(size=(200, 8)), 4: rng.normal(size=(200, 4))}
    assert -0.2 < predicted_by_below(scales).below[0] < 0.0


def test_segments():
    """Alternating signs inside segments of two: across the edges the relation is the other way round."""
    rng = np.random.default_rng(4)
    first = rng.normal(size=300)
    y = np.stack([first, -first], axis=1).ravel()
    two = np.stack([y, rng.normal(size=600)], axis=1)
    assert predicted_by_below({2: two, 1: y}, lengths=[2] * 300).own[0] == pytest.approx(1.0, abs=1e-3)
    assert predicted_by_below({2: two, 1: y}).own[0] < 0.5


def test_r2_of_the_mean_is_zero():
    rng = np.random.default_rng(5)
    target, fold = rng.normal(size=(100, 3)), np.repeat(np.arange(5), 20)
    assert held_out_r2(np.zeros((100, 1)), target, fold, 1, 1e-4) == pytest.approx(0.0, abs=1e-12)


def test_errors_say_what_to_do():
    y = np.random.default_rng(6).normal(size=(200, 2))
    with pytest.raises(InputError, match="at least two scales"):
        predicted_by_below({2: y})
    with pytest.raises(InputError, match="same samples"):
        predicted_by_below({2: y, 1: y[:100, :1]})
    with pytest.raises(InputError, match="fewer folds"):
        predicted_by_below({2: y[:20], 1: y[:20, :1]})
    with pytest.raises(InputError, match="constant"):
        predicted_by_below({2: y, 1: np.ones(200)})
