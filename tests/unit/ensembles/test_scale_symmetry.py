"""Scale symmetry: closed forms of curves, Gaussian f collapses, other f doesn't, the null by brute force."""

from importlib import import_module

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.ensembles.scale_symmetry import (
    GAUSSIAN_DEPTH,
    collapse_of,
    gaussian_curve,
    scale_symmetry,
    standard_curve,
)

RNG = np.random.default_rng
P = np.arange(1, 64) / 64


def coarser(x, factors=(1, 4, 16)):
    return [x[: len(x) // k * k].reshape(-1, k).sum(axis=1) for k in factors]


def test_curves_in_closed_form():
    """Exponential: q(p) = -ln(1 - p) - 1, L(p) = (1 - p) ln(1 - p); uniform: L(p) = sqrt(3) (p^2 - p); Gaussian."""
    n = 200_000
    u = (np.arange(n) + 0.5) / n
    ones = np.ones(n)
    np.testing.assert_allclose(standard_curve(-np.log(1 - u), ones, P), (1 - P) * np.log(1 - P), atol=1e-4)
    np.testing.assert_allclose(standard_curve(u, ones, P), np.sqrt(3) * (P**2 - P), atol=1e-5)
    from scipy.special import ndtri

    np.testing.assert_allclose(standard_curve(3 + 2 * ndtri(u), ones, P), gaussian_curve(P), atol=1e-4)
    assert -gaussian_curve(P).min() == pytest.approx(GAUSSIAN_DEPTH) == pytest.approx(0.398942, abs=1e-6)
    assert np.isnan(standard_curve(np.array([2.0]), np.array([5.0]), P)).all()


def test_weights_are_repetitions():
    values, mass = np.array([-2.0, 0.0, 5.0]), np.array([3.0, 4.0, 1.0])
    repeated = np.repeat(values, mass.astype(int))
    np.testing.assert_allclose(standard_curve(values, mass, P), standard_curve(repeated, np.ones(8), P))


def test_the_error_by_hand():
    """Two curves 2d apart everywhere: each d from the mean."""
    assert collapse_of(np.array([[0.1, 0.3], [0.3, 0.5]])) == pytest.approx(0.1 / GAUSSIAN_DEPTH)
    assert collapse_of(np.tile([0.1, 0.2], (3, 1))) == pytest.approx(0.0)


def test_gaussian_f_collapses_whatever_its_variance_and_memory():
    x = RNG(0).normal(size=40_000)
    slow = np.convolve(x, np.ones(5), mode="valid")
    for f in (x, 7 * slow + 3):
        found = scale_symmetry(coarser(f))
        assert found.p > 0.01
        # curves of 2,500 bins lie about .5/sqrt(2500) from the truth, over .4
        assert found.error < 0.05
        assert found.gaussian < 0.05
        assert found.headline == found.effect == pytest.approx(found.error - found.null.mean())


def test_skewed_f_does_not():
    """Exponential against the sum of 16 (gamma, nearly Gaussian): far beyond sampling, and the fine scale is the odd one."""
    found = scale_symmetry(coarser(RNG(1).exponential(size=40_000)))
    assert found.p == pytest.approx(1 / 201)
    assert found.low > 0
    assert found.by_scale.argmax() == 0
    # the truth: the rms over p of the exponential's, gamma(4)'s and gamma(16)'s curves about their mean, with gamma's
    # L_k(p) = sqrt(k) (P(k + 1, x_p) - p), x_p the quantile
    from scipy.special import gammainc, gammaincinv

    truth = np.array([np.sqrt(k) * (gammainc(k + 1, gammaincinv(k, P)) - P) for k in (1, 4, 16)])
    assert found.error == pytest.approx(collapse_of(truth), rel=0.1)
    np.testing.assert_allclose(found.curves, truth, atol=0.02)
    assert "Gaussian" in repr(found)


def test_scales_too_long_are_left_out():
    x = RNG(2).normal(size=1000)
    found = scale_symmetry([*coarser(x, (1, 2, 8)), np.ones(500)], blocks=50)
    assert found.used.tolist() == [True, True, True, False]
    assert np.isnan(found.by_scale).tolist() == [False, False, False, True]
    short = scale_symmetry(coarser(x, (1, 16)), blocks=50)
    assert "two scales" in short.reason
    assert np.isnan(short.headline)


def test_many_values_in_cells_change_little(monkeypatch):
    module = import_module("causalgrain.ensembles.scale_symmetry")  # the attribute of that name may be the function
    series = coarser(RNG(3).exponential(size=3000))
    few = scale_symmetry(series, draws=0)
    monkeypatch.setattr(module, "CELLS", 10_000)
    assert few.error == pytest.approx(scale_symmetry(series, draws=0).error, rel=2e-3)


def test_a_null_of_ones_own_and_the_same_seed():
    series = coarser(RNG(4).exponential(size=3000))
    own = scale_symmetry(series, null=[0.0, 0.01, 100.0])
    assert own.p == pytest.approx(0.5)
    one, two, other = (scale_symmetry(series, rng=k, draws=20) for k in (1, 1, 2))
    assert one.null.tobytes() == two.null.tobytes() != other.null.tobytes()
    assert np.isnan(scale_symmetry(series, draws=0).p)


def test_bad_input_says_where():
    for call, where in [
        (lambda: scale_symmetry([[1.0, 2.0]]), "series"),
        (lambda: scale_symmetry([[1.0, 2.0], [np.inf]]), "series, scale 1"),
        (lambda: scale_symmetry([[1.0, 2.0], [1.0]], blocks=2), "blocks"),
    ]:
        with pytest.raises(InputError) as error:
            call()
        assert error.value.where == where
