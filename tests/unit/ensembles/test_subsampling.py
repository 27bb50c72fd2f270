"""Extrapolating the correlation of ensembles: against populations that are known whole."""

import numpy as np
import pytest

from causalgrain import InputError
from causalgrain.ensembles.subsampling import (
    _interval,
    _spread,
    extrapolate_correlation,
    extrapolate_covariance,
    unit_covariance,
)


def population(rng, bins, sizes, *, gain=0.25, shared=0.9, rate=0.3, spread=0.5):
    """Doubly stochastic counts (bins, units): log-normal rates, gains that differ, two correlated common drives."""
    common = rng.normal(size=(bins, 2))
    drives = common[:, 0], shared * common[:, 0] + np.sqrt(1 - shared**2) * common[:, 1]
    parts = []
    for drive, n in zip(drives, sizes, strict=True):
        rates = rate * np.exp(0.7 * rng.normal(size=n) - 0.245)
        gains = gain * (1 + spread * rng.normal(size=n))
        parts.append(rng.poisson(rates * np.exp(gains * drive[:, None] - gains**2 / 2)))
    return np.hstack(parts), np.repeat([False, True], sizes)


def whole_correlation(counts, inhibitory):
    return np.corrcoef(counts[:, ~inhibitory].mean(axis=1), counts[:, inhibitory].mean(axis=1))[0, 1]


def sample(rng, counts, inhibitory, sizes):
    units = [
        rng.choice(np.flatnonzero(inhibitory == flag), n, replace=False)
        for flag, n in zip((False, True), sizes, strict=True)
    ]
    return counts[:, np.concatenate(units)], np.repeat([False, True], sizes)


def test_shared_and_private_by_pairs():
    counts, flags = population(np.random.default_rng(0), 200, (5, 4))
    c = np.cov(counts.T, bias=True)
    found = extrapolate_correlation(counts, flags, population=(50, 40))
    e, i = range(5), range(5, 9)
    expected = [
        np.mean([c[a, b] for a in e for b in e if a != b]),
        np.mean([c[a, b] for a in i for b in i if a != b]),
        np.mean([c[a, b] for a in e for b in i]),
    ]
    assert found.shared == pytest.approx(expected)
    assert found.variance == pytest.approx([np.mean([c[a, a] for a in e]), np.mean([c[b, b] for b in i])])
    first, second = ((expected[k] + (found.variance[k] - expected[k]) / n) for k, n in ((0, 50), (1, 40)))
    assert found.value == pytest.approx(np.clip(expected[2] / np.sqrt(first * second), -1, 1))


def test_at_the_sample_it_is_the_observed_correlation():
    counts, flags = population(np.random.default_rng(1), 300, (12, 6))
    found = extrapolate_correlation(counts, flags, population=(100, 60))
    assert found.observed == pytest.approx(whole_correlation(counts, flags))
    assert found.at(12, 6) == pytest.approx(found.observed)
    assert found.at(100, 60) == found.value == found.headline


def test_a_whole_population_has_no_doubt():
    counts, flags = population(np.random.default_rng(2), 300, (12, 6))
    found = extrapolate_correlation(counts, flags, population=(12, 6))
    assert found.low == pytest.approx(found.value, abs=1e-6)
    assert found.high == pytest.approx(found.value, abs=1e-6)
    assert found.value == pytest.approx(found.observed)


def test_mean_covariances_of_samples_are_those_of_the_population():
    """All 210 x 15 samples: the estimate of each number in eq. 1 is exactly right on average."""
    from itertools import combinations

    counts, flags = population(np.random.default_rng(3), 40, (6, 5))
    c = unit_covariance(counts)
    whole = extrapolate_covariance(c, flags, population=(6, 5))
    found = []
    for e in combinations(range(6), 4):
        for i in combinations(range(6, 11), 4):
            units = np.array(e + i)
            part = extrapolate_covariance(c[np.ix_(units, units)], flags[units], population=(6, 5))
            found.append([*part.shared, *part.variance])
    assert np.mean(found, axis=0) == pytest.approx([*whole.shared, *whole.variance], rel=1e-10)


def test_spread_over_samples_is_what_samples_show():
    """Eq. 2 against samples drawn from one population, on the covariance of (C_EI, Var E, Var I)."""
    rng = np.random.default_rng(4)
    counts, flags = population(rng, 400, (60, 40))
    c, whole = unit_covariance(counts), (60, 40)
    numbers, spreads = [], []
    for _ in range(1500):
        units = np.concatenate([rng.choice(60, 16, replace=False), 60 + rng.choice(40, 12, replace=False)])
        part = c[np.ix_(units, units)]
        found = extrapolate_covariance(part, flags[units], population=whole)
        variances = [found.shared[k] + (found.variance[k] - found.shared[k]) / whole[k] for k in (0, 1)]
        numbers.append([found.shared[2], *variances])
        spreads.append(_spread(part[:16, :16], part[16:, 16:], part[:16, 16:], whole))
    true, mean = np.cov(np.array(numbers).T), np.mean(spreads, axis=0)
    # sampled variances of 1,500 draws are good to 4 %; the estimate leaves negative variances of effects out
    assert np.diag(mean) == pytest.approx(np.diag(true), rel=0.25)
    assert mean[0, 1] == pytest.approx(true[0, 1], abs=0.2 * np.sqrt(true[0, 0] * true[1, 1]))
    assert mean[0, 2] == pytest.approx(true[0, 2], abs=0.2 * np.sqrt(true[0, 0] * true[2, 2]))


def test_interval_is_every_rho_that_fits():
    """The parabola against a scan of rho."""
    from scipy.stats import norm

    rng, z = np.random.default_rng(5), norm.ppf(0.95)
    grid = np.linspace(-1, 1, 20_001)
    for _ in range(40):
        root = rng.normal(size=(3, 3)) * rng.uniform(0.05, 0.6)
        numbers, spread = np.array([rng.uniform(-1, 1), *rng.uniform(0.5, 2, 2)]), root @ root.T
        q = np.sqrt(numbers[1] * numbers[2])
        slope = np.stack([np.ones_like(grid), -grid * q / 2 / numbers[1], -grid * q / 2 / numbers[2]])
        fits = np.abs(numbers[0] - grid * q) <= z * np.sqrt(np.einsum("ig,ij,jg->g", slope, spread, slope))
        found = _interval(numbers, spread, 0.9)
        assert found == pytest.approx((grid[fits].min(), grid[fits].max()), abs=2e-4)


def test_a_thinned_population_looks_uncorrelated_and_isn_t():
    """Coverage of the 90 % interval over 50 samples of 40 E and 16 I from 600 and 200, with two correlated drives."""
    rng = np.random.default_rng(6)
    covered, observed, truth, width = [], [], [], []
    for _ in range(5):
        counts, flags = population(rng, 800, (600, 200))
        rho = whole_correlation(counts, flags)
        for _ in range(10):
            found = extrapolate_correlation(*sample(rng, counts, flags, (40, 16)), population=(600, 200))
            covered.append(found.low <= rho <= found.high)
            observed.append(found.observed)
            width.append(found.high - found.low)
        truth.append(rho)
    assert np.mean(observed) < 0.35 < 0.6 < np.mean(truth)
    assert 0.8 <= np.mean(covered) <= 0.98
    assert np.median(width) < 0.9


def test_independent_classes_stay_uncorrelated():
    rng = np.random.default_rng(7)
    counts, flags = population(rng, 3000, (30, 20), shared=0.0, gain=0.4)
    found = extrapolate_correlation(counts, flags, population=(3000, 2000))
    assert found.low < 0.0 < found.high
    assert abs(found.value) < 0.2


def test_anticorrelated_classes_are_negative():
    rng = np.random.default_rng(8)
    counts, flags = population(rng, 3000, (300, 200), shared=-0.9, gain=0.4)
    found = extrapolate_correlation(*sample(rng, counts, flags, (30, 20)), population=(300, 200))
    assert found.low < whole_correlation(counts, flags) < found.high < found.observed < 0.0


def test_without_shared_variance_there_is_no_value():
    """A covariance below 0 of any two excitatory units: a large population can't have it."""
    c = np.eye(10)
    c[:6, :6] -= 0.1 * (1 - np.eye(6))
    found = extrapolate_covariance(c, np.arange(10) >= 6, population=(1000, 1000))
    assert np.isnan(found.value)
    assert (found.low, found.high) == (-1.0, 1.0)
    assert "excitatory" in found.reason
    assert "no value" in repr(found)


def test_more_across_than_within_is_held_at_one():
    c = np.full((10, 10), 0.1) + np.eye(10)
    c[:6, 6:] = c[6:, :6] = 0.3
    found = extrapolate_covariance(c, np.arange(10) >= 6, population=(10_000, 10_000))
    assert found.value == 1.0
    assert np.isnan(found.low)  # exact covariances: no rho in [-1, 1] fits


def test_covariance_in_stretches(monkeypatch):
    counts = np.random.default_rng(9).poisson(3, size=(101, 7)) + 1_000_000
    expected = np.cov(counts.T, bias=True)
    assert unit_covariance(counts) == pytest.approx(expected, rel=1e-9)
    monkeypatch.setattr("causalgrain.ensembles.subsampling.CHUNK", 50)
    assert unit_covariance(counts) == pytest.approx(expected, rel=1e-9)
    assert unit_covariance(counts.astype(np.uint32)) == pytest.approx(expected, rel=1e-9)


def test_results_are_read_only_and_printed():
    counts, flags = population(np.random.default_rng(10), 100, (6, 6))
    found = extrapolate_correlation(counts, flags, population=(60, 60))
    with pytest.raises(ValueError, match="read-only"):
        found.shared[0] = 1.0
    assert "60 E / 60 I" in repr(found)
    assert "6 E / 6 I" in repr(found)


COUNTS = np.random.default_rng(11).poisson(1.0, size=(50, 10))
FLAGS = np.arange(10) >= 5


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: extrapolate_correlation(COUNTS, FLAGS, population=(4, 10)), "population, excitatory"),
        (lambda: extrapolate_correlation(COUNTS, FLAGS, population=100), "population"),
        (lambda: extrapolate_correlation(COUNTS, np.arange(10) >= 7, population=(90, 10)), "4 inhibitory units"),
        (lambda: extrapolate_correlation(COUNTS, np.zeros(10, bool), population=(90, 10)), "inhibitory units, got 0"),
        (lambda: extrapolate_correlation(COUNTS, FLAGS.astype(int), population=(90, 10)), "bool"),
        (lambda: extrapolate_correlation(COUNTS, FLAGS[:9], population=(90, 10)), "10 units"),
        (lambda: extrapolate_correlation(COUNTS[:1], FLAGS, population=(90, 10)), "2 bins"),
        (lambda: extrapolate_correlation(COUNTS[0], FLAGS, population=(90, 10)), "bins, units"),
        (lambda: extrapolate_correlation(COUNTS * np.nan, FLAGS, population=(90, 10)), "NaN"),
        (lambda: extrapolate_correlation(COUNTS, FLAGS, population=(90, 10), level=1.0), "level"),
        (lambda: extrapolate_covariance(COUNTS, FLAGS, population=(90, 10)), "units, units"),
    ],
)
def test_what_is_refused(call, match):
    with pytest.raises(InputError, match=match):
        call()
