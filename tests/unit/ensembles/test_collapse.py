"""Collapse curves against closed forms and brute force."""

import numpy as np
import pytest

from causalgrain import InputError
from causalgrain.ensembles.collapse import (
    Collapse,
    collapse,
    collapse_curve,
    collapse_error,
    gaussian_curve,
    gaussian_depth,
)


def by_hand(f, p):
    """Integral of the quantile function from 0 to p, bin by bin."""
    f = sorted(np.asarray(f, dtype=float) - np.mean(f))
    n, out = len(f), []
    for share in p:
        whole = int(share * n + 1e-9)
        part = share * n - whole
        out.append((sum(f[:whole]) + (part * f[whole] if whole < n else 0.0)) / n)
    return np.array(out)


def gaussian_pairs(rng, rho, samples, first=1.0, second=1.0):
    x, y = rng.normal(size=(2, samples))
    return first * x, second * (rho * x + np.sqrt(1 - rho**2) * y)


def test_curve_bin_by_bin():
    e, i = np.array([3.0, 0, 1, 7, 2, 2, 5]), np.array([1.0, 4, 1, 2, 2, 0, 0])
    found = collapse(e, i, points=29)
    assert found.curve == pytest.approx(by_hand(e - i, found.p), abs=1e-14)
    assert found.depth == pytest.approx(0.5 * np.mean(np.abs((e - i) - np.mean(e - i))))
    assert found.place == pytest.approx(np.mean(e - i < np.mean(e - i)))
    assert found.shape.min() >= -1.0
    assert found.curve[0] == found.curve[-1] == 0.0
    assert (np.diff(found.curve, 2) >= -1e-12).all()  # convex


def test_sign_of_f():
    """f = E - I, not I - E: rare bursts of E put the minimum beyond the middle, rare bursts of I before it."""
    burst, quiet = [0, 0, 0, 8], [0, 0, 0, 0]
    assert collapse(burst, quiet).place == 0.75
    assert collapse(quiet, burst).place == 0.25
    assert collapse(burst, quiet).mean == 2.0


def test_weights_are_bins_written_out():
    rng = np.random.default_rng(0)
    e, i, w = rng.poisson(3, 40), rng.poisson(2, 40), rng.integers(0, 6, 40)
    short, long = collapse(e, i, weights=w), collapse(np.repeat(e, w), np.repeat(i, w))
    for name in (
        "curve",
        "shape",
        "depth",
        "place",
        "gaussian",
        "independent",
        "ratio",
        "shape_error",
        "rho",
        "spread",
    ):
        assert getattr(short, name) == pytest.approx(getattr(long, name), abs=1e-12), name
    assert short.n_bins == long.n_bins == w.sum()


def test_gaussian_depth_of_the_literature():
    assert gaussian_depth(1.7) == pytest.approx(0.678, abs=5e-4)  # spec, section 4
    assert gaussian_curve(np.array([0.5]), 1.7)[0] == pytest.approx(-gaussian_depth(1.7))
    f = np.random.default_rng(1).normal(scale=1.7, size=400_000)
    found = collapse(f, np.zeros_like(f))
    assert found.depth == pytest.approx(0.678, abs=0.003)  # standard error sigma sqrt(1/4 - 1/2pi) / sqrt(n) = .0008
    assert found.curve == pytest.approx(gaussian_curve(found.p, 1.7), abs=0.005)
    assert found.shape_error < 0.005


def test_gaussian_curve_is_the_integral_of_the_quantiles():
    from scipy.integrate import quad
    from scipy.special import ndtri

    for p in (0.1, 0.37, 0.9):
        assert gaussian_curve(np.array([p]), 2.0)[0] == pytest.approx(2 * quad(ndtri, 0, p)[0], abs=1e-9)


@pytest.mark.parametrize(("rho", "ratio"), [(0.0, 1.0), (0.5, 0.7071), (0.9, 0.3162)])  # spec, section 4
def test_depth_ratio_restates_the_correlation(rho, ratio):
    found = collapse(*gaussian_pairs(np.random.default_rng(2), rho, 200_000))
    assert found.ratio == pytest.approx(ratio, abs=0.005)
    assert found.gaussian_ratio == pytest.approx(ratio, abs=0.005)
    assert abs(found.residual) < 0.003
    assert abs(found.residual_ratio) < 0.003


def test_depth_ratio_with_unequal_variances():
    found = collapse(*gaussian_pairs(np.random.default_rng(3), 0.6, 200_000, 3.0, 1.0))
    assert found.gaussian_ratio == pytest.approx(np.sqrt(1 - 2 * 0.6 * 3 / 10), abs=0.005)
    assert found.ratio == pytest.approx(found.gaussian_ratio, abs=0.005)


def test_independent_depth_is_all_pairings():
    rng = np.random.default_rng(4)
    e, i, w = rng.poisson(2, 25), rng.poisson(4, 25), rng.integers(1, 5, 25).astype(float)
    mean = np.average(e, weights=w) - np.average(i, weights=w)
    brute = np.average(np.abs(e[:, None] - i - mean), weights=np.outer(w, w)) / 2
    assert collapse(e, i, weights=w).independent == pytest.approx(brute, abs=1e-12)


def test_heavy_tails_are_beyond_rho():
    """The same rho and variances: a mixture of quiet and loud bins is shallower than a Gaussian."""
    rng = np.random.default_rng(5)
    e, i = gaussian_pairs(rng, 0.5, 100_000)
    loud = np.where(rng.random(100_000) < 0.1, 3.0, 0.5)
    found = collapse(e * loud, i * loud)
    # f Gaussian given the loudness: depth = E[s] / sqrt(2 pi), Gaussian at the same variance sqrt(E[s^2] / 2 pi)
    mean, square = 0.1 * 3 + 0.9 * 0.5, 0.1 * 9 + 0.9 * 0.25
    assert found.residual == pytest.approx((mean - np.sqrt(square)) / np.sqrt(2 * np.pi), abs=0.01)
    assert found.shape_error > 0.05


def test_constant_f_has_no_shape():
    found = collapse([1.1, 2.3, 3.7, 0.2], [0.1, 1.3, 2.7, -0.8])  # f = 1 up to rounding
    assert found.depth == found.ratio == 0.0
    assert np.isnan(found.shape).all()
    assert "constant" in found.reason
    assert found.rho == pytest.approx(1.0)


def test_a_silent_ensemble_has_no_correlation_and_no_warning():
    found = collapse([0, 0, 0], [1, 2, 3])
    assert np.isnan(found.rho)
    assert found.depth == pytest.approx(1 / 3)
    assert found.ratio == pytest.approx(1.0)


@pytest.mark.parametrize("bins", [0, 1])
def test_too_few_bins_say_why(bins):
    found = collapse(np.ones(bins), np.ones(bins))
    assert np.isnan(found.headline)
    assert np.isnan(found.residual)
    assert "bins" in found.reason
    assert "bins" in repr(found)


def test_collapse_of_scaled_and_shifted_copies_is_perfect():
    f = np.random.default_rng(6).gamma(1.0, size=500)
    curves = [collapse(a * f + b, np.zeros(500)) for a, b in ((1, 0), (20, 3), (0.1, -7))]
    assert collapse_error(curves).error < 1e-12
    assert collapse_error(np.stack([c.curve for c in curves])).error < 1e-12


def test_collapse_error_written_out():
    first, second = collapse([4, 0, 0, 0], [0] * 4), collapse([0, 0, 0, 0], [4, 0, 0, 0])
    mean = (first.shape + second.shape) / 2
    step = 1 / 200
    squares = [np.sqrt(sum((c.shape - mean) ** 2) * step) for c in (first, second)]  # both ends are 0
    found = collapse_error([first, second])
    assert found.error == pytest.approx(np.mean(squares))
    assert found.by_curve == pytest.approx(squares)
    sizes = [sum(np.abs(c.shape - mean)) * step for c in (first, second)]
    assert collapse_error([first, second], norm="l1").error == pytest.approx(np.mean(sizes))


def test_collapse_error_against_a_null():
    """Gaussian scales collapse like their null; one exponential scale among them does not."""
    rng = np.random.default_rng(7)

    def curve(values):
        return collapse_curve(values, points=51)[1]

    null = np.array([[curve(rng.normal(size=400)) for _ in range(4)] for _ in range(99)])
    same = collapse_error([curve(s * rng.normal(size=400)) for s in (1, 2, 5, 9)], null=null)
    other = collapse_error(
        [*(curve(rng.normal(size=400)) for _ in range(3)), curve(rng.exponential(size=400))], null=null
    )
    assert same.p_larger > 0.05
    assert other.p_larger == pytest.approx(0.01)
    assert other.p_smaller == 1.0
    assert len(other.null) == 99


def test_curves_without_a_shape_are_left_out():
    flat, one, two = collapse([1, 1, 1], [0, 0, 0]), collapse([0, 1, 2], [0] * 3), collapse([0, 2, 4], [0] * 3)
    found = collapse_error([one, flat, two])
    assert found.error == pytest.approx(0.0, abs=1e-15)
    assert np.isnan(found.by_curve[1])
    alone = collapse_error([one, flat])
    assert np.isnan(alone.error)
    assert "fewer than two" in alone.reason


def test_results_are_read_only_and_printed():
    found = collapse([1, 2, 4], [1, 0, 1])
    with pytest.raises(ValueError, match="read-only"):
        found.curve[0] = 1.0
    assert isinstance(found, Collapse)
    assert "depth" in repr(found)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: collapse([1, 2], [1]), "2 bins"),
        (lambda: collapse([1, np.nan], [1, 2]), "finite"),
        (lambda: collapse([1, 2], [1, 2], weights=[1, -1]), "weights"),
        (lambda: collapse([1, 2], [1, 2], weights=[1]), "weights"),
        (lambda: collapse([1, 2], [1, 2], points=2), "points"),
        (lambda: collapse_error([[0, -1, 0]], norm="max"), "norm"),
        (lambda: collapse_error([0, -1, 0]), "curves"),
        (lambda: collapse_error([[0, -1, 0]], null=[[0, -1, 0]]), "draws"),
        (lambda: collapse_error([collapse([1, 2], [1, 1]), collapse([1, 2], [1, 1], points=5)]), "one grid"),
        (lambda: gaussian_depth(-1.0), "sigma"),
    ],
)
def test_what_is_refused(call, match):
    with pytest.raises(InputError, match=match):
        call()
