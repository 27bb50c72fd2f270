"""The smooth map of samples."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.interpolate import BSpline

from causalgrain import InputError
from causalgrain.learned.fixed_points import fixed_points
from causalgrain.learned.spline_map import fit_pairs, knots_of, roughness, spline_map


def run(step, samples, noise, rng, d=1):
    y = np.zeros((samples, d))
    for t in range(samples - 1):
        y[t + 1] = step(y[t : t + 1])[0] + noise * rng.normal(size=d)
    return y


def cubic(y):
    return y + 0.1 * (y - y**3)


def test_a_cubic_map_is_found():
    y = run(cubic, 6000, 0.2, np.random.default_rng(0))
    found = spline_map(y)
    grid = np.linspace(-1.2, 1.2, 25)[:, None]
    assert np.abs(found.step(grid) - cubic(grid)).max() < 0.03
    assert found.covariance[0, 0] == pytest.approx(0.04, rel=0.06)
    assert found.score > found.linear_score
    assert found.edf[0] > 2.5


def test_linear_dynamics_choose_the_linear_map():
    """Infinite smoothing is the least-squares line, and it is what cross-validation takes."""
    y = run(lambda v: 0.8 * v, 1500, 1.0, np.random.default_rng(1))
    found = spline_map(y)
    assert found.edf[0] < 2.6
    slope, offset = np.polyfit(y[:-1, 0], y[1:, 0], 1)
    smooth = spline_map(y, smoothing=1e3)
    grid = np.linspace(-2, 2, 9)[:, None]
    np.testing.assert_allclose(smooth.step(grid), offset + slope * grid, atol=1e-4)
    assert smooth.edf[0] == pytest.approx(2.0, abs=1e-2)


def test_time_runs_forward():
    """The map of the reversed series is another one: a step that doubles is not one that halves."""
    rng = np.random.default_rng(2)
    now = rng.uniform(-1, 1, size=(500, 1))
    found = fit_pairs(now, 0.5 * now + 0.01 * rng.normal(size=now.shape))
    assert found.step([[0.5]])[0, 0] == pytest.approx(0.25, abs=0.01)
    assert found.jacobian([[0.5]])[0, 0, 0] == pytest.approx(0.5, abs=0.03)


def test_units_change_nothing():
    y = run(cubic, 800, 0.25, np.random.default_rng(3))
    one, other = spline_map(y), spline_map(1000.0 * y - 7.0)
    grid = np.linspace(-1, 1, 7)[:, None]
    np.testing.assert_allclose(other.step(1000.0 * grid - 7.0), 1000.0 * one.step(grid) - 7.0, rtol=1e-7, atol=1e-5)
    np.testing.assert_allclose(other.jacobian(1000.0 * grid - 7.0), one.jacobian(grid), atol=1e-8)
    np.testing.assert_array_equal(one.smoothing, other.smoothing)


@pytest.mark.parametrize("d", [1, 2])
def test_jacobian_is_the_slope_of_the_step_inside_and_beyond(d):
    rng = np.random.default_rng(4)
    a = np.array([[0.6, 0.5], [-0.3, 0.8]])[:d, :d]
    now = rng.normal(size=(600, d)) * [1.0, 3.0][:d]
    found = fit_pairs(now, np.sin(now @ a.T) + 0.05 * rng.normal(size=now.shape), smoothing=1e-4)
    y = np.concatenate([now[:5], 1.5 * found.box])
    h = 1e-6
    for j in range(d):
        shift = h * np.eye(d)[j]
        slope = (found.step(y + shift) - found.step(y - shift)) / (2 * h)
        np.testing.assert_allclose(found.jacobian(y)[:, :, j], slope, atol=1e-6 if d == 1 else 3e-2)
        np.testing.assert_allclose(found.jacobian(y[:5])[:, :, j], slope[:5], atol=1e-6)


def test_roughness_is_the_integral_of_the_squared_bend():
    rng = np.random.default_rng(5)
    knots = knots_of(rng.normal(size=(200, 1)), 9)
    c = rng.normal(size=9)
    bend = BSpline(knots[0], c, 3).derivative(2)
    ends = np.unique(knots[0])
    exact = sum(quad(lambda v: bend(v) ** 2, a, b)[0] for a, b in itertools.pairwise(ends))
    assert c @ roughness(knots) @ c == pytest.approx(exact, rel=1e-9)


def test_thin_plate_roughness_of_a_known_surface():
    """h = x^2 + 3 x y has h_11 = 2, h_12 = 3, h_22 = 0: 4 + 2 * 9 times the area."""
    knots = knots_of(np.random.default_rng(6).uniform(-1, 2, size=(300, 2)), 6)
    greville = [np.array([row[i + 1 : i + 4].mean() for i in range(6)]) for row in knots]
    squares = np.array([sum(np.prod(p) for p in ((a, b), (a, c), (b, c))) / 3 for a, b, c in _triples(knots[0])])
    c = (squares[:, None] + 3.0 * greville[0][:, None] * greville[1][None]).ravel()
    area = np.prod(knots[:, -1] - knots[:, 0])
    assert c @ roughness(knots) @ c == pytest.approx(22.0 * area, rel=1e-9)


def _triples(row):
    return [tuple(row[i + 1 : i + 4]) for i in range(len(row) - 4)]


def test_two_variables_find_a_saddle():
    """Double well times contraction, turned by .5: two stable points and the saddle between them."""
    r = np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])

    def step(y):
        z = y @ r
        return np.stack([z[:, 0] + 0.2 * (z[:, 0] - z[:, 0] ** 3), 0.5 * z[:, 1]], axis=1) @ r.T

    y = run(step, 3000, 0.25, np.random.default_rng(7), d=2)
    fitted = spline_map(y)
    found = fixed_points(fitted.step, fitted.box, jacobian=fitted.jacobian)
    assert found.signature == "2 stable node, 1 saddle"
    assert found.complete
    assert abs(found.directions[found.kinds.index("saddle"), 0] @ r[:, 0]) > 0.97


def test_segments_keep_their_pairs_apart():
    """Two stretches of slow drift, far apart: the jump between them is no transition."""
    rng = np.random.default_rng(8)
    y = np.concatenate([rng.normal(size=100), 50 + rng.normal(size=100)])
    joined, cut = spline_map(y), spline_map(y, lengths=[100, 100])
    assert (joined.n_pairs, cut.n_pairs) == (199, 198)


def test_errors_say_what_to_do():
    rng = np.random.default_rng(9)
    with pytest.raises(InputError, match=r"at least 60 pairs.*got 39"):
        spline_map(rng.normal(size=40))
    with pytest.raises(InputError, match=r"at least 240 pairs.*2 variables"):
        spline_map(rng.normal(size=(200, 2)))
    with pytest.raises(InputError, match="constant at 2"):
        spline_map(np.full(100, 2.0))
    with pytest.raises(InputError, match=r"nan at sample 3 .*cut the series into segments"):
        spline_map(np.where(np.arange(100) == 3, np.nan, rng.normal(size=100)))
    with pytest.raises(InputError, match="at most 2 variables"):
        spline_map(rng.normal(size=(500, 3)))
    with pytest.raises(InputError, match="add up to the 100 samples"):
        spline_map(rng.normal(size=100), lengths=[50, 60])
    with pytest.raises(InputError, match="smoothing"):
        spline_map(rng.normal(size=100), smoothing=-1.0)
