"""I(y; y') by simulation, against closed forms and against integration on grids that share no code with it."""

import numpy as np
import pytest

from causalgrain import CausalGrainError
from causalgrain.learned.interventions import standard_points
from causalgrain.learned.monte_carlo import refuse_past_cap, simulated_information
from causalgrain.learned.power import causal_power

UNIFORM = np.random.default_rng(0).uniform(-1, 1, (500, 1))


def by_grid(f, sd, low=-1.0, high=1.0, n=2001):
    """I(y; y') in one dimension, y uniform, noise of standard deviation sd(y): density of y' on a grid."""
    y = np.linspace(low, high, n)
    out = np.linspace(f(y).min() - 8 * sd(y).max(), f(y).max() + 8 * sd(y).max(), 4001)
    weights = np.full(n, 1.0 / (n - 1))
    weights[[0, -1]] /= 2
    kernel = np.exp(-0.5 * ((out[:, None] - f(y)) / sd(y)) ** 2) / (np.sqrt(2 * np.pi) * sd(y))
    density = kernel @ weights
    entropy = -np.sum(np.where(density > 0, density * np.log(np.maximum(density, 1e-300)), 0.0)) * (out[1] - out[0])
    return entropy - weights @ (0.5 * np.log(2 * np.pi * np.e * sd(y) ** 2))


def test_a_folded_map_that_no_local_form_knows():
    """y^2 sends two states to one: the channel form sees slopes only, the simulation sees the fold."""
    truth = by_grid(lambda y: y**2, lambda y: 0.1 + 0 * y)
    found = causal_power(lambda y: y**2, 0.01, UNIFORM, intervention="box-fixed", estimator="monte-carlo")
    assert found.value == pytest.approx(truth, abs=4 * found.error)
    assert found.error < 0.004
    assert found.low < found.value < found.high
    channel = causal_power(lambda y: y**2, 0.01, UNIFORM, intervention="box-fixed")
    assert abs(channel.value - truth) > 0.25


def test_noise_that_depends_on_the_state():
    sd = lambda y: 0.1 + 0.4 * y**2  # noqa: E731
    truth = by_grid(lambda y: 0.8 * y, sd)
    found = causal_power(
        lambda y: 0.8 * y,
        lambda y: (sd(y) ** 2)[:, :, None],
        UNIFORM,
        intervention="box-fixed",
        estimator="state-dependent",
        draws=2048,
    )
    assert found.value == pytest.approx(truth, abs=4 * found.error)
    assert found.error < 0.005
    even = causal_power(lambda y: 0.8 * y, float(np.mean(sd(UNIFORM) ** 2)), UNIFORM, intervention="box-fixed")
    assert abs(even.value / truth - 1) > 0.1  # one covariance for all states is off by more than a tenth


def test_constant_noise_as_a_function_of_the_state_is_the_same_estimate():
    s = np.array([[0.1, 0.03], [0.03, 0.2]])
    y = np.random.default_rng(1).standard_normal((300, 2))
    one = causal_power(np.tanh, s, y, estimator="monte-carlo", draws=512, seed=5)
    other = causal_power(
        np.tanh, lambda y: np.broadcast_to(s, (len(y), 2, 2)), y, estimator="state-dependent", draws=512, seed=5
    )
    assert other.value == pytest.approx(one.value, abs=1e-10)


def test_two_dimensions_that_don_t_mix_add_up():
    """y_0 with even noise, y_1 with noise of its own state: the information is the sum of two one-dimensional ones."""
    sd = lambda y: 0.3 + 0.3 * np.abs(y)  # noqa: E731
    truth = by_grid(lambda y: 0.9 * y, lambda y: 0.2 + 0 * y) + by_grid(lambda y: 0.5 * y, sd)

    def covariance(y):  # of one state
        return np.diag([0.04, sd(y[1]) ** 2])

    y = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    found = causal_power(
        lambda y: y * np.array([0.9, 0.5]),
        covariance,
        y,
        intervention="box-fixed",
        estimator="state-dependent",
        draws=2048,
    )
    assert found.total == pytest.approx(truth, abs=4 * 2 * found.error)
    assert found.error < 0.006


def test_intervals_hold_what_they_say():
    """Gaussian channel, truth known: of 40 intervals of 95 %, 40 - k hold it with k <= 6 (P = .003 beyond)."""
    a, s = np.array([[0.7]]), np.sqrt(1 - 0.7**2)
    truth = -0.5 * np.log(1 - 0.7**2)
    missed = 0
    for seed in range(40):
        y, z = standard_points("gaussian", 1, 256, seed=seed, sampling="random", noise=1)
        replicates = simulated_information(y @ a.T, np.array([[s]]), z)[0]
        half = 2.3646 * replicates.std(ddof=1) / np.sqrt(8)  # t, 7 degrees of freedom
        missed += abs(replicates.mean() - truth) > half
    assert missed <= 6


def test_nothing_is_told_by_a_constant_map():
    found = causal_power(lambda y: 0 * y, np.eye(2), np.random.default_rng(0).standard_normal((99, 2)), draws=512)
    assert found.value == 0.0
    blind = causal_power(
        lambda y: 0 * y,
        np.eye(2),
        np.random.default_rng(0).standard_normal((99, 2)),
        draws=512,
        estimator="monte-carlo",
    )
    assert blind.value == pytest.approx(0.0, abs=1e-10)


def test_the_cap():
    refuse_past_cap(np.log(4096) - 2.0 - 1e-9, 4096)
    with pytest.raises(CausalGrainError, match=r"Take draws=8192"):
        refuse_past_cap(6.5, 4096)
    with pytest.raises(CausalGrainError, match=r'No number of draws.*estimator="channel"'):
        refuse_past_cap(2000.0, 4096)
    y = np.random.default_rng(0).standard_normal((200, 8))
    with pytest.raises(CausalGrainError, match=r"about 2\d\.\d\d nats, with 4096 draws"):
        causal_power(lambda y: y, 0.001, y, estimator="monte-carlo")
    # A map of rank 1 has J = -inf but tells more than the mixture can show: J would have let it pass.
    with pytest.raises(CausalGrainError, match="monte-carlo"):
        causal_power(lambda y: y * np.eye(8)[0], 1e-8, y, estimator="monte-carlo")
    with pytest.raises(CausalGrainError, match="whole number of draws >= 16"):
        causal_power(lambda y: y, 1.0, y, draws=1)
