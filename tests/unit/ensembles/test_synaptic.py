"""C(t): against the double sum, shot noise in closed form with stated sampling error, segments."""

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.ensembles.synaptic import synaptic_current

RNG = np.random.default_rng


def test_against_the_double_sum():
    rng = RNG(0)
    e, i = rng.uniform(-1, 4, 80), rng.uniform(-1, 4, 50)
    segments = [[0.0, 1.0], [1.5, 3.25]]
    found = synaptic_current(e, i, segments=segments, step=0.01, tau_e=0.03, tau_i=0.2)
    assert found.lengths.tolist() == [100, 175]
    for (begin, stop), part in zip(segments, (slice(0, 100), slice(100, 275)), strict=True):
        times = found.times[part]
        np.testing.assert_allclose(times, begin + 0.01 * np.arange(len(times)))
        for train, tau, trace in ((e, 0.03, found.excitatory), (i, 0.2, found.inhibitory)):
            inside = train[(train >= begin) & (train < stop)]
            ago = times[:, None] - inside[None, :]
            expected = np.where(ago >= 0, np.exp(-np.maximum(ago, 0) / tau), 0.0).sum(axis=1)
            np.testing.assert_allclose(trace[part], expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(found.current, found.excitatory - found.inhibitory)


def test_a_spike_counts_from_its_own_moment_on():
    found = synaptic_current([], [0.3, 0.35], segments=[[0.0, 0.5]], step=0.1, tau_i=0.1)
    np.testing.assert_allclose(found.current, [0, 0, 0, -1, -(np.exp(-1) + np.exp(-0.5))], atol=1e-12)


@pytest.mark.parametrize(("tau_e", "tau_i"), [(0.003, 0.008), (0.02, 0.005)])
def test_shot_noise(tau_e, tau_i):
    """Campbell: mean R_E tau_E - R_I tau_I, variance (R_E tau_E + R_I tau_I)/2.

    Sampling errors: the integral of the autocovariance is R tau^2 for each part, so var(mean) = sum R tau^2 / T; for the
    near-Gaussian variance, var = 2 / T times the integral of the squared autocovariance, at most sum (R tau/2)^2 tau
    for both parts alone and the cross terms below their sum: 4 (sum R tau / 2)^2 max(tau) / T is above it.
    """
    rate_e, rate_i, seconds = 900.0, 300.0, 60.0
    rng = RNG(4)
    e, i = (rng.uniform(0, seconds, rng.poisson(r * seconds)) for r in (rate_e, rate_i))
    found = synaptic_current(e, i, segments=[[0.0, seconds]], step=0.001, tau_e=tau_e, tau_i=tau_i)
    mean, variance = rate_e * tau_e - rate_i * tau_i, (rate_e * tau_e + rate_i * tau_i) / 2
    error = np.sqrt((rate_e * tau_e**2 + rate_i * tau_i**2) / seconds)
    assert found.mean == pytest.approx(mean, abs=4 * error)
    assert found.variance == pytest.approx(variance, abs=4 * np.sqrt(4 * variance**2 * max(tau_e, tau_i) / seconds))
    assert found.shot_mean == pytest.approx(found.rate_e * tau_e - found.rate_i * tau_i)
    assert found.mean == pytest.approx(found.shot_mean, abs=0.02 * variance)  # the counts' own error is gone
    assert found.headline == pytest.approx(found.mean / np.sqrt(found.variance))
    # parts are independent: correlation 0 within 4 deviations at T/(2 max tau) samples
    assert found.correlation == pytest.approx(0.0, abs=4 * np.sqrt(2 * max(tau_e, tau_i) / seconds))


def test_inhibition_that_copies_excitation_cancels_it():
    e = np.sort(RNG(1).uniform(0, 20, 4000))
    found = synaptic_current(e, e, segments=[[0, 20]], tau_e=0.005, tau_i=0.005)
    np.testing.assert_allclose(found.current, 0.0, atol=1e-9)
    assert found.residual == pytest.approx(-1.0)
    assert found.correlation == pytest.approx(1.0)


def test_the_start_is_left_out_of_moments():
    e = np.arange(0.0, 10.0, 0.001)
    found = synaptic_current(e, [], segments=[[0, 5], [5, 10]], tau_e=0.01, tau_i=0.02, settle=5)
    assert (~found.settled).sum() == 2 * 100
    # periodic spikes on the grid: 1 / (1 - exp(-step/tau)) once settled, short by exp(-.1/.01)
    assert found.mean == pytest.approx(1 / (1 - np.exp(-0.1)), rel=1e-4)
    short = synaptic_current(e, [], segments=[[0, 0.05]])
    assert short.reason == ""
    tiny = synaptic_current(e, [], segments=[[0, 0.03]])
    assert np.isnan(tiny.headline)
    assert "settle" in tiny.reason


@pytest.mark.parametrize(
    ("arguments", "settings", "where"),
    [
        (([[0.1]], []), {}, "excitatory"),
        (([], [np.nan]), {}, "inhibitory"),
        (([], []), {"segments": [[1.0, 0.5]]}, "segments"),
        (([], []), {"segments": [[0.0, 1.0], [0.5, 2.0]]}, "segments"),
        (([], []), {"tau_i": 0.0}, "tau_i"),
        (([], []), {"step": -1.0}, "step"),
    ],
)
def test_bad_input_says_where(arguments, settings, where):
    with pytest.raises(InputError) as error:
        synaptic_current(*arguments, **({"segments": [[0.0, 1.0]]} | settings))
    assert error.value.where == where
