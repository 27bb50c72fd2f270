"""The ellipse of (E, I) and the departure of f from balance: closed forms, laws, degenerate cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain._errors import InputError
from causalgrain.ensembles.departure import balance_of_f
from causalgrain.ensembles.geometry import ensemble_geometry

SQUARE = np.array([[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]])


def ellipse(long: float, short: float, angle: float, mean: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """Four points, (E, I), whose covariance has these axes."""
    turn = np.radians(angle)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.array([[long, 0], [-long, 0], [0, short], [0, -short]]) * np.sqrt(2.0) @ axes + np.array(mean)


@given(st.floats(0.1, 100.0), st.floats(0.0, 0.95), st.floats(-89.0, 89.0), st.floats(-50, 50), st.floats(-50, 50))
def test_an_ellipse_is_read_as_it_was_drawn(long, ratio, angle, e_mean, i_mean):
    points = ellipse(long, ratio * long, angle, (e_mean, i_mean))
    found = ensemble_geometry(*points.T)
    assert found.angle == pytest.approx(angle, abs=1e-6)
    assert found.long_axis == pytest.approx(long)
    assert found.short_axis == pytest.approx(ratio * long, abs=1e-5 * long)
    assert found.roundness == pytest.approx(ratio, abs=1e-5)
    assert (found.mean_excitatory, found.mean_inhibitory) == pytest.approx((e_mean, i_mean), abs=1e-9)
    e, i = points.T
    assert found.orthogonal_width == pytest.approx((e - i).std() / np.sqrt(2.0), abs=1e-6 * long)


def test_directions_have_their_signs():
    # twice as much inhibition as excitation: steeper than the diagonal
    steep = ensemble_geometry([0, 1, 2], [0, 2, 4])
    assert steep.angle == pytest.approx(np.degrees(np.arctan(2.0)))
    assert steep.aspect_ratio == float("inf")
    assert steep.short_axis == 0.0
    assert steep.rho == 1.0
    assert ensemble_geometry([0, 2, 4], [0, 1, 2]).angle == pytest.approx(np.degrees(np.arctan(0.5)))
    assert ensemble_geometry([0, 1, 2], [2, 1, 0]).angle == pytest.approx(-45.0)
    assert ensemble_geometry([0, 1, 2, 3], [5, 5, 5, 5]).angle == 0.0
    assert ensemble_geometry([5, 5, 5, 5], [0, 1, 2, 3]).angle == 90.0


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(-0.95, 0.95), st.floats(0.2, 5.0))
def test_laws_of_the_ellipse(seed, rho, scale):
    rng = np.random.default_rng(seed)
    e = rng.normal(size=60)
    i = scale * (rho * e + np.sqrt(1 - rho**2) * rng.normal(size=60))
    found, swapped, moved = ensemble_geometry(e, i), ensemble_geometry(i, e), ensemble_geometry(3 * e + 1, 3 * i - 7)
    # exchange of roles mirrors the ellipse at the diagonal
    assert (90.0 - found.angle - swapped.angle) % 180.0 == pytest.approx(0.0, abs=1e-6) or (
        90.0 - found.angle - swapped.angle
    ) % 180.0 == pytest.approx(180.0, abs=1e-6)
    assert swapped.aspect_ratio == pytest.approx(found.aspect_ratio)
    assert swapped.orthogonal_width == pytest.approx(found.orthogonal_width)
    assert moved.angle == pytest.approx(found.angle)
    assert moved.long_axis == pytest.approx(3 * found.long_axis)
    assert moved.rho == pytest.approx(np.corrcoef(e, i)[0, 1])
    values, vectors = np.linalg.eigh(np.cov(e, i, bias=True))
    assert (found.short_axis, found.long_axis) == pytest.approx(tuple(np.sqrt(values)))
    direction = np.array([np.cos(np.radians(found.angle)), np.sin(np.radians(found.angle))])
    assert abs(direction @ vectors[:, 1]) == pytest.approx(1.0)
    assert found.residual == 0.0
    assert found.headline == found.aspect_ratio


def test_equal_variances_restate_the_correlation():
    rng = np.random.default_rng(0)
    e = rng.normal(size=5_000)
    i = 0.8 * e + 0.6 * rng.normal(size=5_000)
    e, i = (e - e.mean()) / e.std(), (i - i.mean()) / i.std()
    found = ensemble_geometry(e, i)
    assert found.angle == pytest.approx(45.0)
    assert found.aspect_ratio == pytest.approx(np.sqrt((1 + found.rho) / (1 - found.rho)))
    assert found.orthogonal_width == pytest.approx(np.sqrt(1 - found.rho))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 4)), min_size=3, max_size=30))
def test_weights_are_repetitions(rows):
    e, i, weights = np.array(rows).T
    if weights.sum() < 3:
        assert "at least 3 are needed" in ensemble_geometry(e, i, weights=weights).reason
        return
    unfolded = np.repeat(e, weights), np.repeat(i, weights)
    for measure in (ensemble_geometry, balance_of_f):
        short, long = measure(e, i, weights=weights), measure(*unfolded)
        for name in vars(short):
            one, other = getattr(short, name), getattr(long, name)
            if isinstance(one, float):
                assert one == pytest.approx(other, abs=1e-6, rel=1e-6, nan_ok=True), name


def test_a_round_cloud_has_no_angle():
    found = ensemble_geometry(*SQUARE.T)
    assert np.isnan(found.angle)
    assert np.isnan(found.angle_error)
    assert (found.roundness, found.aspect_ratio, found.round_p) == (1.0, 1.0, 1.0)
    assert found.reason.startswith("the cloud is as good as round (p = 1)")
    assert "nan degrees" in repr(found)


def test_the_chance_that_a_round_cloud_looks_so_long_is_uniform():
    rng = np.random.default_rng(11)
    p = [ensemble_geometry(*rng.normal(size=(2, 12))).round_p for _ in range(2_000)]
    # Kolmogorov-Smirnov at 0.1%: 1.95 / sqrt(n)
    gap = np.abs(np.sort(p) - (np.arange(2_000) + 0.5) / 2_000).max()
    assert gap < 1.95 / np.sqrt(2_000)


def test_the_error_of_the_angle_is_its_spread():
    rng = np.random.default_rng(12)
    found = []
    for _ in range(400):
        long, short = rng.normal(size=(2, 300)) * np.array([[2.0], [1.0]])
        turn = np.radians(30.0)
        found.append(
            ensemble_geometry(long * np.cos(turn) - short * np.sin(turn), long * np.sin(turn) + short * np.cos(turn))
        )
    angles = np.array([f.angle for f in found])
    assert angles.mean() == pytest.approx(30.0, abs=4 * angles.std() / 20)
    # standard error of a standard deviation from 400 draws: 1 / sqrt(800) = 3.5%
    assert np.mean([f.angle_error for f in found]) == pytest.approx(angles.std(), rel=0.12)


@pytest.mark.parametrize(("e", "i"), [([], []), ([1.0], [2.0]), ([1.0, 2.0], [2.0, 1.0])])
def test_too_few_bins_give_a_reason(e, i):
    found = ensemble_geometry(e, i)
    assert np.isnan(found.headline)
    assert np.isnan(found.residual)
    assert found.reason == f"{len(e)} bins, at least 3 are needed: the scale is too long for the recording"
    assert "no ellipse" in repr(found)


def test_constant_ensembles():
    both = ensemble_geometry([2, 2, 2], [1, 1, 1])
    assert both.reason == "both ensembles are constant"
    assert np.isnan(both.angle)
    assert both.orthogonal_width == 0.0
    assert (both.mean_excitatory, both.mean_inhibitory) == (2.0, 1.0)
    one = ensemble_geometry(np.full(9, 0.1), np.arange(9.0))
    assert one.reason == "one ensemble is constant"
    assert np.isnan(one.rho)
    assert one.angle == 90.0
    assert one.sd_excitatory == 0.0


@pytest.mark.parametrize("measure", [ensemble_geometry, balance_of_f])
@pytest.mark.parametrize(
    ("e", "i", "weights", "message"),
    [
        ([1, 2, 3], [1, 2], None, "inhibitory: expected 3 bins"),
        ([1, 2, 3], [1, 2, np.nan], None, "inhibitory: expected finite numbers"),
        ([1, 2, 3], [1, 2, 3], [1, 2], "weights: expected 3 numbers >= 0, one a pair, got 2"),
        ([1, 2, 3], [1, 2, 3], [1, -2, 1], "weights: expected 3 numbers >= 0, one a pair, got -2"),
        ("abc", [1, 2, 3], None, "excitatory: expected one number a bin"),
    ],
)
def test_arrays_that_do_not_fit(measure, e, i, weights, message):
    with pytest.raises(InputError, match=message):
        measure(e, i, weights=weights)


# -- f = E - I ---------------------------------------------------------------------------------------------------


def test_f_by_hand():
    found = balance_of_f([3, 1, 2, 0], [1, 2, 2, 0], weights=[1, 2, 3, 4])
    # f = 2 once, -1 twice, 0 seven times
    assert found.mean == 0.0
    assert found.sign == 0
    assert found.headline == 0.0
    assert found.sd == pytest.approx(np.sqrt(0.6))
    assert (found.share_excitatory, found.share_inhibitory, found.share_tied) == pytest.approx((0.1, 0.2, 0.7))
    assert found.residual == pytest.approx(0.1 + 0.35 - 0.5)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=2, max_size=40))
def test_exchange_turns_the_sign(rows):
    e, i = np.array(rows).T
    found, swapped = balance_of_f(e, i), balance_of_f(i, e)
    assert swapped.sign == -found.sign
    assert swapped.sd == pytest.approx(found.sd)
    assert (swapped.share_excitatory, swapped.share_tied) == pytest.approx((found.share_inhibitory, found.share_tied))
    assert found.share_excitatory + found.share_inhibitory + found.share_tied == pytest.approx(1.0)
    if np.isfinite(found.headline):
        assert swapped.headline == pytest.approx(-found.headline)
        assert found.departure >= 0
        assert swapped.residual == pytest.approx(-found.residual, abs=1e-9)


def test_a_gaussian_f_has_nothing_beyond_its_moments():
    rng = np.random.default_rng(1)
    e, i = rng.normal(1.0, 1.0, 100_000), rng.normal(0.5, 1.0, 100_000)
    found = balance_of_f(e, i)
    assert found.departure == pytest.approx(0.5 / np.sqrt(2.0), abs=0.015)
    assert found.sign == 1
    # Phi(0.5 / sqrt 2) = 0.6382; the share's standard error is 0.0015
    assert found.share_excitatory == pytest.approx(0.6382, abs=0.006)
    assert abs(found.residual) < 0.006
    skewed = balance_of_f(rng.exponential(1.0, 100_000), np.ones(100_000))
    # an exponential exceeds its mean with probability 1 / e; a Gaussian does half the time
    assert skewed.residual == pytest.approx(np.exp(-1.0) - 0.5, abs=0.01)


def test_a_constant_f():
    same = balance_of_f([1, 2, 3], [1, 2, 3])
    assert same.reason == "E and I are the same in every bin"
    assert np.isnan(same.headline)
    assert same.share_tied == 1.0
    above = balance_of_f([2, 3, 4], [1, 2, 3])
    assert above.departure == float("inf")
    assert above.sign == 1
    assert above.reason == "f is constant"
    below = balance_of_f([0.1, 0.2, 0.3], [0.2, 0.3, 0.4])  # differences that are constant but for rounding
    assert below.headline == -float("inf")
    assert below.sd == 0.0
    none = balance_of_f([], [])
    assert np.isnan(none.headline)
    assert none.reason.startswith("0 bins, at least 2 are needed")
    assert "nothing to say" in repr(none)
    assert "departure +inf" in repr(above)
