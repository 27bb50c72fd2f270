"""Lorenz curves and Gini indices against closed forms and brute force."""

import numpy as np
import pytest

from causalgrain import InputError
from causalgrain.ensembles.partition import gini, partition, poisson_gini


def by_hand(values):
    values = np.asarray(values, dtype=float)
    return np.abs(values[:, None] - values).mean() / (2 * values.mean())


def test_gini_is_the_mean_difference():
    rng = np.random.default_rng(0)
    e, i = rng.poisson(1.3, 60), rng.negative_binomial(1, 0.2, 60)
    found = partition(e, i)
    assert found.gini == pytest.approx([by_hand(e), by_hand(i), by_hand(e + i)], abs=1e-14)
    assert found.headline == found.gini[2]
    assert found.mean == pytest.approx([e.mean(), i.mean(), (e + i).mean()])


def test_lorenz_curve_bin_by_bin():
    found = partition([1, 0, 3, 0], [1, 1, 1, 1], points=5)
    assert found.curves[0] == pytest.approx([0, 0, 0, 0.25, 1])
    assert found.curves[1] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert found.curves[2] == pytest.approx([0, 1 / 8, 2 / 8, 4 / 8, 1])


def test_both_counts_spikes_whatever_the_unit():
    """Two E units and five I units: means over units are put back into spikes before they are pooled."""
    e, i = np.array([2, 0, 4, 1]), np.array([0, 10, 5, 5])
    counts, fractions = partition(e, i), partition(e / 2, i / 5, spike=(1 / 2, 1 / 5))
    assert fractions.gini == pytest.approx(counts.gini)
    assert fractions.poisson == pytest.approx(counts.poisson)
    assert partition(e / 2, i / 5, spike=None).gini[2] != pytest.approx(counts.gini[2])


def test_weights_are_bins_written_out():
    rng = np.random.default_rng(1)
    e, i, w = rng.poisson(3, 40), rng.poisson(1, 40), rng.integers(0, 6, 40)
    short, long = partition(e, i, weights=w), partition(np.repeat(e, w), np.repeat(i, w))
    for name in ("curves", "gini", "poisson", "mean", "residuals"):
        assert getattr(short, name) == pytest.approx(getattr(long, name), abs=1e-12), name


@pytest.mark.parametrize(("mean", "expected"), [(0.2, 0.8342), (1.0, 0.5238), (5.0, 0.2491)])  # spec, section 4
def test_poisson_gini_of_the_literature(mean, expected):
    assert poisson_gini(mean) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("mean", [0.05, 0.7, 3.0, 12.0])
def test_poisson_gini_summed_over_counts(mean):
    from scipy.stats import poisson

    k = np.arange(80)
    p = poisson.pmf(k, mean)
    assert poisson_gini(mean) == pytest.approx((np.abs(k[:, None] - k) * np.outer(p, p)).sum() / (2 * mean), abs=1e-12)


def test_poisson_gini_limits():
    assert poisson_gini(0.0) == 1.0
    assert poisson_gini(1e4) == pytest.approx(1 / np.sqrt(np.pi * 1e4), rel=1e-4)  # Gaussian limit, sd/mean/sqrt(pi)


@pytest.mark.parametrize(("bins", "mean"), [(10, 1.0), (10, 4.0), (50, 0.2)])
def test_poisson_bins_leave_no_residual(bins, mean):
    """Few bins too: pairs of a bin with itself, and the number of spikes, are taken into account to first order."""
    rng = np.random.default_rng(2)
    counts = rng.poisson(mean, size=(1500, bins))
    counts = counts[counts.sum(axis=1) > 0]
    left = [partition(row, row).residuals[0] for row in counts]
    assert np.mean(left) == pytest.approx(0.0, abs=0.01 * poisson_gini(mean))
    plain = np.mean([gini(row) for row in counts[:700]])
    assert mean < 4 or plain < 0.95 * poisson_gini(mean)  # without the correction ten bins would show a residual


def test_bursts_are_above_and_clocks_below_poisson():
    rng = np.random.default_rng(3)
    burst, clock = rng.negative_binomial(1, 0.2, 2000), np.full(2000, 4)
    found = partition(burst, clock)
    assert found.residuals[0] > 0.1
    assert found.residuals[1] == pytest.approx(-poisson_gini(4.0), rel=1e-3)


def test_an_empty_ensemble_says_so():
    found = partition([0, 0, 0], [0, 1, 2])
    assert np.isnan(found.gini[0])
    assert np.isnan(found.curves[0]).all()
    assert found.gini[1] == pytest.approx(found.gini[2])
    assert found.mean[0] == 0.0
    assert "no activity in excitatory" in found.reason
    assert "excitatory" in repr(found)
    silent = partition([0, 0], [0, 0])
    assert np.isnan(silent.headline)
    assert "both" in silent.reason


@pytest.mark.parametrize("bins", [0, 1])
def test_too_few_bins_say_why(bins):
    found = partition(np.ones(bins), np.ones(bins))
    assert np.isnan(found.headline)
    assert "bins" in found.reason


def test_activity_without_counts_has_no_poisson():
    found = partition([0.3, 1.7], [1.2, 0.1], spike=None)
    assert np.isfinite(found.headline)
    assert np.isnan(found.residual)
    assert "no counts" in found.reason


def test_arrays_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        partition([1, 2], [1, 2]).gini[0] = 0.0


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: partition([-1, 2], [1, 1]), "z-scores"),
        (lambda: partition([1, 2], [0.5, 1]), "inhibitory: expected whole"),
        (lambda: partition([1, 2], [1, 1], spike=(1.0, 0.0)), "spike"),
        (lambda: partition([1, 2], [1, 1], spike=1.0), "spike"),
        (lambda: partition([1, 2], [1, 1, 1]), "2 bins"),
        (lambda: poisson_gini(-1.0), "mean"),
    ],
)
def test_what_is_refused(call, match):
    with pytest.raises(InputError, match=match):
        call()
