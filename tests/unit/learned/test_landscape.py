"""Effective potential from drift and from density."""

import numpy as np
import pytest
from scipy.integrate import quad

from causalgrain import InputError
from causalgrain.learned.landscape import drift_potential, landscape, passage_time


def double_well(strength, dt, samples, runs, seed, substeps=10):
    """dy = (y - y^3) dt + sqrt(2 D) dW, shape (runs, samples)."""
    rng = np.random.default_rng(seed)
    y, out, h = rng.choice([-1.0, 1.0], size=runs), [], dt / substeps
    for _ in range(samples):
        for e in np.sqrt(2 * strength * h) * rng.normal(size=(substeps, runs)):
            y = y + h * (y - y**3) + e
        out.append(y)
    return np.array(out).T


def test_double_well_potential():
    """U = (y^4 / 4 - y^2 / 2) / D: barrier 1 / (4 D) at 0, wells at -1 and 1, from drift and density alike."""
    runs = double_well(0.15, 0.1, 2000, 20, 0)
    found = landscape(runs.ravel(), dt=0.1, lengths=[2000] * 20, bandwidth=0.1, points=81)
    exact = (found.places**4 / 4 - found.places**2 / 2 + 0.25) / 0.15
    inside = np.abs(found.places) < 1.3
    assert np.abs(found.potential - exact)[inside].max() < 0.35
    assert np.abs(found.density_potential - exact)[inside].max() < 0.35
    assert found.mismatch < 0.2
    np.testing.assert_allclose(found.wells, [-1, 1], atol=0.12)
    np.testing.assert_allclose(found.barriers, [0], atol=0.12)
    assert found.barrier_heights[0, 1] <= found.barrier_heights[0, 0]
    assert found.barrier_heights.mean() == pytest.approx(0.25 / 0.15, abs=0.3)
    assert "wells at" in repr(found)
    assert {"y", "potential", "density potential", "drift", "diffusion", "support"} <= set(found.table)


def test_mismatch_tells_memory():
    """The sum of a slow and a fast process isn't Markov: its drift promises another density than there is."""
    rng = np.random.default_rng(1)
    slow, fast = np.zeros(10_000), rng.normal(size=10_000)
    for t in range(1, len(slow)):
        slow[t] = 0.95 * slow[t - 1] + rng.normal() * np.sqrt(1 - 0.95**2)
    markov, memory = landscape(slow, dt=0.1), landscape(slow + fast, dt=0.1)
    assert markov.mismatch < 0.1
    assert memory.mismatch > 2 * markov.mismatch


def test_potential_of_noise_that_depends_on_the_state():
    """ln D2 - integral D1 / D2, with D1 = D2' it vanishes: the density is flat."""
    y = np.linspace(-1, 1, 4001)
    d2 = 0.5 + 0.3 * y**2
    np.testing.assert_allclose(drift_potential(y, 0.6 * y, d2), 0.0, atol=1e-6)
    np.testing.assert_allclose(drift_potential(y, -2.0 * y, 0.5 + 0 * y), 2.0 * y**2, atol=1e-6)


@pytest.mark.parametrize(("start", "end"), [(-1.0, 1.0), (1.0, -1.0)])
def test_passage_time_of_the_double_well(start, end):
    """Against nested quadrature; Kramers' 2 pi / sqrt 2 e^(dU/D) is its limit for small D."""
    strength, y = 0.06, np.linspace(-2.5, 2.5, 8001)
    found = passage_time(y, y - y**3, strength + 0 * y, start=start, end=end)

    def energy(v):
        return (v**4 / 4 - v**2 / 2) / strength

    inner = [quad(lambda z: np.exp(-energy(z)), -2.5, v)[0] * np.exp(energy(v)) for v in np.linspace(-1, 1, 401)]
    exact = np.trapezoid(inner, np.linspace(-1, 1, 401)) / strength
    assert found == pytest.approx(exact, rel=1e-3)
    assert found == pytest.approx(2 * np.pi / np.sqrt(2) * np.exp(0.25 / strength), rel=0.15)


def test_passage_uphill_takes_longer_than_downhill():
    y = np.linspace(-2, 2, 2001)
    drift, noise = -np.ones_like(y), 0.5 * np.ones_like(y)
    assert passage_time(y, drift, noise, start=-1, end=1) > 5 * passage_time(y, drift, noise, start=1, end=-1)
    assert passage_time(y, 0 * y, noise, start=1, end=1) == 0.0
    with pytest.raises(InputError, match="Stay inside"):
        passage_time(y, drift, noise, start=-3, end=1)


def test_one_variable_only():
    with pytest.raises(InputError, match="at most 1 variable"):
        landscape(np.random.default_rng(0).normal(size=(300, 2)), dt=0.1)
