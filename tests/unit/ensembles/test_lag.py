"""Lagged correlation: the sign of a lag, edges of segments, both normalisations by brute force, and intervals."""

from importlib import import_module

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.ensembles.lag import lagged_correlation

module = import_module("causalgrain.ensembles.lag")  # the attribute of that name may be the function
RNG = np.random.default_rng


def brute(e, i, k, lengths, means):
    """All pairs (t, t + k) inside segments, one by one."""
    pairs, begin = [], 0
    for n in lengths:
        pairs += [(e[t], i[t + k]) for t in range(begin, begin + n) if begin <= t + k < begin + n]
        begin += n
    x, y = np.array(pairs).T
    if means == "overlap":
        return np.corrcoef(x, y)[0, 1]
    return ((x - e.mean()) * (y - i.mean())).mean() / (e.std() * i.std())


@pytest.mark.parametrize("means", ["overlap", "global"])
@pytest.mark.parametrize("lengths", [[60], [7, 3, 30, 20], [2, 0, 58]])
def test_every_lag_by_brute_force(means, lengths):
    rng = RNG(3)
    e, i = rng.poisson(2.0, 60).astype(float), rng.exponential(size=60)
    e[20:] += 5.0
    found = lagged_correlation(e, i, lengths=lengths, max_lag=6, means=means, blocks=7, draws=0)
    assert found.lags.tolist() == list(range(-6, 7))
    np.testing.assert_allclose(found.rho, [brute(e, i, k, lengths, means) for k in range(-6, 7)], rtol=1e-10)


def test_many_chunks_are_one(monkeypatch):
    rng = RNG(0)
    e, i = rng.normal(size=(2, 500))
    once = lagged_correlation(e, i, lengths=[200, 300], draws=0).rho
    monkeypatch.setattr(module, "CHUNK", 37)
    np.testing.assert_allclose(lagged_correlation(e, i, lengths=[200, 300], draws=0).rho, once, rtol=1e-10)


@pytest.mark.parametrize("shift", [-4, 0, 2])
def test_a_positive_lag_says_that_inhibition_follows(shift):
    rng = RNG(1)
    e = rng.normal(size=4000)
    i = np.roll(e, shift) + 0.5 * rng.normal(size=4000)  # i[t] = e[t - shift]
    found = lagged_correlation(e, i, width=0.005)
    assert found.peak_bins == shift
    assert found.headline == found.peak_lag == pytest.approx(0.005 * shift)
    assert np.sign(found.asymmetry) == np.sign(shift) or shift == 0
    assert found.peak_low <= found.peak_lag <= found.peak_high
    assert ("inhibition follows" in repr(found)) == (shift > 0)
    assert found.residual == pytest.approx(found.peak_rho - found.rho[10])
    assert (found.residual == 0) == (shift == 0)


def test_nothing_reaches_across_segments():
    """The first segment's end is echoed at the start of the second: inside segments there is nothing."""
    e, i = np.zeros(40), np.zeros(40)
    e[18:20], i[20:22] = 1.0, 1.0
    assert lagged_correlation(e, i, max_lag=3, draws=0).rho[3 + 2] == pytest.approx(1.0)
    cut = lagged_correlation(e, i, lengths=[20, 20], max_lag=3, draws=0)
    assert (np.nan_to_num(cut.rho) <= 0).all()


def test_of_tied_peaks_the_nearest_to_zero_is_named_and_all_are_told():
    e = np.tile([1.0, 0.0, 0.0, 0.0], 50)
    found = lagged_correlation(e, e, lengths=[100, 100], max_lag=5, draws=0, blocks=2)
    assert found.peak_bins == 0
    assert 4 in found.ties
    assert -4 in found.ties
    assert "tied" in repr(found)


def test_a_known_cross_correlation_lies_in_its_interval():
    """I is half of E one bin before, half noise: rho(1) = 1/sqrt(2), all others 0; sampling deviation 1/sqrt(n)."""
    n = 20_000
    e, noise = RNG(5).normal(size=(2, n))
    found = lagged_correlation(e[1:], e[:-1] + noise[1:], max_lag=2)
    np.testing.assert_allclose(found.rho, [0, 0, 0, np.sqrt(0.5), 0], atol=4 / np.sqrt(n))
    assert found.low[3] < np.sqrt(0.5) < found.high[3]
    # Bartlett: the deviation of rho is (1 - rho^2)/sqrt(n) at the peak
    assert found.high[3] - found.low[3] == pytest.approx(2 * 1.96 * 0.5 / np.sqrt(n), rel=0.35)
    assert (found.peak_low, found.peak_high) == (1.0, 1.0)


def test_the_same_seed_gives_the_same_interval():
    e, i = RNG(2).normal(size=(2, 300))
    one, two, other = (lagged_correlation(e, i, rng=k) for k in (4, 4, 5))
    assert one.low.tobytes() == two.low.tobytes() != other.low.tobytes()
    assert one.rho.tobytes() == other.rho.tobytes()
    with pytest.raises(ValueError, match="read-only"):
        one.rho[0] = 1.0


@pytest.mark.parametrize(
    ("e", "i", "settings", "why"),
    [
        ([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], {}, "inhibitory ensemble doesn't vary"),
        ([0.0] * 4, [0.0] * 4, {}, "excitatory and the inhibitory"),
        ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 1.0, 2.0], {"lengths": [2, 2]}, "three bins"),
        ([], [], {}, "three bins"),
    ],
)
def test_too_little_is_nan_with_a_reason(e, i, settings, why):
    found = lagged_correlation(e, i, **settings)
    assert np.isnan(found.headline)
    assert np.isnan(found.residual)
    assert why in found.reason
    assert why in repr(found)


@pytest.mark.parametrize(
    ("e", "i", "settings", "where"),
    [
        ([1.0, 2.0], [1.0], {}, "inhibitory"),
        ([[1.0]], [[1.0]], {}, "excitatory"),
        ([1.0, np.nan], [1.0, 2.0], {}, "excitatory"),
        (["a"], [1.0], {}, "excitatory"),
        ([1.0] * 4, [1.0] * 4, {"lengths": [3]}, "lengths"),
        ([1.0] * 4, [1.0] * 4, {"lengths": [5, -1]}, "lengths"),
        ([1.0] * 4, [1.0] * 4, {"width": 0.0}, "width"),
        ([1.0] * 4, [1.0] * 4, {"means": "mean"}, "means"),
        ([1.0] * 4, [1.0] * 4, {"max_lag": -1}, "max_lag"),
    ],
)
def test_bad_input_says_where(e, i, settings, where):
    with pytest.raises(InputError) as error:
        lagged_correlation(e, i, **settings)
    assert error.value.where == where
