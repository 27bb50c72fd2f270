"""Drift and diffusion from conditional moments."""

import numpy as np
import pytest

from causalgrain import InputError
from causalgrain.learned.drift_diffusion import drift_diffusion, local_moments


def ornstein_uhlenbeck(rate, strength, dt, samples, rng, d=1):
    """Exact samples of dy = -rate y dt + sqrt(2 D) dW, shape (samples, d)."""
    keep = np.exp(-rate * dt)
    noise = np.sqrt(strength / rate * (1 - keep**2)) * rng.normal(size=(samples, d))
    y = np.zeros((samples, d))
    for t in range(1, samples):
        y[t] = keep * y[t - 1] + noise[t]
    return y


def test_ornstein_uhlenbeck_is_exact_with_the_local_linear_form():
    """Rate 4 / s, D = .5, .1 s: the plain form is too small by (1 - e^-.4)/.4 = .824 and (1 - e^-.8)/.8 = .688."""
    y = ornstein_uhlenbeck(4.0, 0.5, 0.1, 40_000, np.random.default_rng(0))
    at = np.array([-0.5, 0.0, 0.5])
    found = drift_diffusion(y, dt=0.1, at=at, bandwidth=0.3)
    np.testing.assert_allclose(found.drift[:, 0], -4.0 * at, atol=0.12)
    np.testing.assert_allclose(found.diffusion[:, 0, 0], 0.5, rtol=0.05)
    plain = drift_diffusion(y, dt=0.1, at=at, bandwidth=0.3, finite_time="none")
    np.testing.assert_allclose(plain.drift[:, 0], -4.0 * at * 0.8242, atol=0.08)
    np.testing.assert_allclose(plain.diffusion[:, 0, 0], 0.5 * 0.6883, rtol=0.04)


def test_noise_that_depends_on_the_state():
    """Small steps with D2 = .1 + .2 y^2: the diffusion follows, the drift isn't touched."""
    rng, dt = np.random.default_rng(1), 0.01
    y = rng.uniform(-1, 1, size=30_000)
    after = y - y * dt + np.sqrt(2 * dt * (0.1 + 0.2 * y**2)) * rng.normal(size=y.shape)
    pairs = np.stack([y, after], axis=1).ravel()
    found = drift_diffusion(pairs, dt=dt, at=[-0.8, 0.0, 0.8], lengths=[2] * 30_000, bandwidth=0.1, finite_time="none")
    np.testing.assert_allclose(found.diffusion[:, 0, 0], [0.228, 0.1, 0.228], rtol=0.06)
    np.testing.assert_allclose(found.drift[:, 0], [0.8, 0.0, -0.8], atol=0.4)


def test_two_variables_with_correlated_noise():
    rng, dt = np.random.default_rng(2), 0.02
    a, d2 = np.array([[-1.0, 2.0], [-2.0, -1.0]]), np.array([[0.3, 0.1], [0.1, 0.2]])
    root = np.linalg.cholesky(2 * dt * d2)
    y = np.zeros((30_000, 2))
    for t in range(1, len(y)):
        y[t] = y[t - 1] + dt * a @ y[t - 1] + root @ rng.normal(size=2)
    found = drift_diffusion(y, dt=dt, at=[[0.3, 0.0], [0.0, 0.3]], bandwidth=0.4)
    np.testing.assert_allclose(found.diffusion, [d2, d2], atol=0.015)
    np.testing.assert_allclose(found.drift, 0.3 * a.T, atol=0.2)
    assert found.finite_time == "none"
    with pytest.raises(InputError, match="finite_time"):
        drift_diffusion(y, dt=dt, finite_time="local-linear")


def test_local_moments_of_a_line_are_exact():
    """A local linear fit has no error where the increment is linear, whatever the bandwidth and at the edge too."""
    y = np.random.default_rng(3).uniform(0, 1, size=(300, 2))
    slope = np.array([[1.0, -2.0], [0.5, 3.0]])
    mean, found, variance, support = local_moments(y, y @ slope.T + 7.0, np.array([[0.0, 1.0]]), np.array([0.3, 0.2]))
    np.testing.assert_allclose(mean[0], 7.0 + slope @ [0.0, 1.0], atol=1e-9)
    np.testing.assert_allclose(found[0], slope, atol=1e-8)
    np.testing.assert_allclose(variance, 0.0, atol=1e-12)
    assert 1 < support[0] < 300


def test_variance_is_not_too_small_where_few_pairs_are():
    """The fit's own parameters are paid for: over 400 draws of 12 pairs the mean variance is the noise's."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(400):
        y = rng.uniform(-1, 1, size=(12, 1))
        found.append(local_moments(y, rng.normal(size=(12, 1)), np.zeros((1, 1)), np.array([0.8]))[2][0, 0, 0])
    assert np.mean(found) == pytest.approx(1.0, abs=4 * np.std(found) / 20)


def test_places_without_support_are_nan():
    found = drift_diffusion(np.random.default_rng(5).normal(size=500), dt=1.0, at=[0.0, 9.0])
    assert np.isfinite(found.drift[0, 0]) or found.finite_time == "local-linear"
    assert np.isnan(found.drift[1, 0])
    assert "1 of 2" in repr(drift_diffusion(np.arange(100.0) % 7, dt=1.0, at=[3.0, 90.0], finite_time="none"))
    assert len(found.table) == 2


def test_errors():
    y = np.random.default_rng(6).normal(size=200)
    with pytest.raises(InputError, match="at least 60 pairs"):
        drift_diffusion(y[:30], dt=0.1)
    with pytest.raises(InputError, match="bandwidth"):
        drift_diffusion(y, dt=0.1, bandwidth=0.0)
    with pytest.raises(InputError, match="dt"):
        drift_diffusion(y, dt=0.0)
    with pytest.raises(InputError, match="constant"):
        drift_diffusion(np.ones(200), dt=0.1)
