"""Effective information of linear Gaussian systems: closed forms, published and spelled-out numbers, Monte Carlo."""

import numpy as np
import pytest

from causalgrain import CausalGrainError
from causalgrain.information.gaussian import INTERVENTIONS, box_channel, channel_spectrum, gaussian_ei
from causalgrain.information.linear import LinearGaussian


def test_a_box_without_a_way_to_the_exact_value_is_bracketed():
    a = [[0.6, 0.2, 0, 0], [0.2, 0.7, 0.1, 0], [0, 0.1, 0.4, 0.1], [0, 0, 0.1, 0.3]]
    found = gaussian_ei(LinearGaussian(a, 0.01), intervention="box-fixed", box=0.5)
    assert found.j_total == pytest.approx(4 * found.j)
    assert np.isnan(found.exact)
    assert found.low < found.high == found.ei


def test_parts_add_up_and_mean_what_they_say():
    system = LinearGaussian([[0.8, 0.1], [0.0, 0.5]], [[1.0, 0.3], [0.3, 0.5]])
    for intervention in INTERVENTIONS:
        found = gaussian_ei(system, intervention=intervention)
        assert found.ei == pytest.approx(found.determinism - found.degeneracy)
        assert found.j == pytest.approx(found.determinism - found.j_degeneracy)
        assert found.total == pytest.approx(found.spectrum.sum()) == pytest.approx(2 * found.ei)
    assert gaussian_ei(system).degeneracy == pytest.approx(0, abs=1e-12)  # stationary: x' is spread as x is
    # A system that forgets one of two variables, its output narrower than its input by a quarter of the variance.
    lossy = gaussian_ei(LinearGaussian(np.diag([1.0, 0.0]), 0.25, covariance=np.eye(2)))
    assert lossy.determinism == pytest.approx(0.5 * np.log(4))
    assert lossy.degeneracy == pytest.approx(0.5 * np.log(4) - 0.25 * np.log(5))
    assert lossy.j == -np.inf
    assert "singular" in lossy.provenance.caution


@pytest.mark.parametrize("intervention", ["gaussian", "ellipsoid", "box-data"])
def test_entropy_of_the_intervention_by_monte_carlo(intervention):
    """J with A = S = 1 is h(do) / n - 1/2 ln 2 pi e; volumes and covariances are measured with points in a box."""
    c = np.array([[2.0, 0.6], [0.6, 0.5]])
    found = gaussian_ei(LinearGaussian(np.eye(2), 1.0, covariance=c), intervention=intervention)
    entropy = 2 * (found.j + 0.5 * np.log(2 * np.pi * np.e))
    rng = np.random.default_rng(0)
    if intervention == "gaussian":
        draws = rng.multivariate_normal([0, 0], c, size=200_000)
        log = -0.5 * np.einsum("ti,ij,tj->t", draws, np.linalg.inv(c), draws)
        assert entropy == pytest.approx(-(log - 0.5 * np.log(np.linalg.det(2 * np.pi * c))).mean(), abs=0.01)
        return
    points = rng.uniform(-4, 4, size=(400_000, 2))
    if intervention == "ellipsoid":
        inside = np.einsum("ti,ij,tj->t", points, np.linalg.inv(c), points) <= 4
        spread = c
    else:
        inside = (np.abs(points) <= np.sqrt(3 * np.diag(c))).all(axis=1)
        spread = np.diag(np.diag(c))
    assert entropy == pytest.approx(np.log(64 * inside.mean()), abs=0.01)
    assert np.cov(points[inside].T) == pytest.approx(spread, abs=0.03)


def test_bounds_hold_for_a_mixing_box_by_monte_carlo():
    """I(x; x') of two mixed dimensions, x uniform in a box, by integrating the output density on a grid."""
    a, s = np.array([[0.9, 0.5], [-0.3, 0.8]]), 0.15
    found = gaussian_ei(LinearGaussian(a, s, covariance=np.eye(2)), intervention="box-fixed")
    side = np.linspace(-1, 1, 81)
    centres = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2) @ a.T
    grid = np.linspace(-3.2, 3.2, 81)
    weights = np.ones(81)
    weights[[0, -1]] = 0.5
    weights = np.outer(weights, weights).ravel() / 80**2
    one = [np.exp(-((grid[:, None] - centres[:, i]) ** 2) / (2 * s)) / np.sqrt(2 * np.pi * s) for i in (0, 1)]
    density = (one[0] * weights) @ one[1].T
    entropy = -(density * np.log(density)).sum() * (grid[1] - grid[0]) ** 2
    total = entropy - np.log(2 * np.pi * np.e * s)
    assert density.sum() * (grid[1] - grid[0]) ** 2 == pytest.approx(1, abs=1e-3)
    assert 2 * found.low < total < 2 * found.high
    assert np.isnan(found.exact)


def test_box_channel_by_monte_carlo_and_at_its_ends():
    rng = np.random.default_rng(1)
    ratio = 2.0
    y = rng.uniform(-ratio, ratio, 400_000) + rng.standard_normal(400_000)
    from scipy.stats import norm

    entropy = -np.log((norm.cdf(y + ratio) - norm.cdf(y - ratio)) / (2 * ratio)).mean()
    assert box_channel(ratio) == pytest.approx(entropy - 0.5 * np.log(2 * np.pi * np.e), abs=5e-3)
    assert box_channel(0.0) == 0.0
    assert box_channel(1e-3) == pytest.approx(0.5 * np.log1p(1e-6 / 3), abs=1e-10)
    assert box_channel(1e6) == pytest.approx(np.log(2e6) - 0.5 * np.log(2 * np.pi * np.e), abs=1e-5)


def test_boxes_apart_and_permuted_stay_exact():
    diagonal = gaussian_ei(LinearGaussian(np.diag([0.9, 0.5]), 0.01), intervention="box-fixed")
    swapped = gaussian_ei(LinearGaussian([[0, 0.5], [0.9, 0]], 0.01), intervention="box-fixed")
    assert diagonal.exact == swapped.exact == pytest.approx((1.57179 + 1.06429) / 2, abs=1e-5)
    # Uniform with the data's variance: half-width sqrt 3.
    one = LinearGaussian([[0.5]], [[0.01]], covariance=[[1.0]])
    wide = gaussian_ei(one, intervention="box-fixed", box=np.sqrt(3))
    for name in ("box-data", "ellipsoid"):
        assert gaussian_ei(one, intervention=name).exact == pytest.approx(wide.exact)


def test_noise_that_leaves_directions_out():
    reached = gaussian_ei(LinearGaussian([[0.5, 0], [0, 0.5]], np.diag([1.0, 0.0]), covariance=np.eye(2)))
    assert reached.ei == np.inf
    assert reached.spectrum[1] == pytest.approx(0.5 * np.log(1.25))
    assert "rank 1 of 2" in reached.provenance.caution
    silent = gaussian_ei(LinearGaussian([[0.5, 0], [0, 0]], np.diag([1.0, 0.0]), covariance=np.eye(2)))
    assert silent.total == pytest.approx(0.5 * np.log(1.25))
    assert np.isnan(silent.j)
    # What the noiseless direction tells is the very thing the noisy one tells: nothing is left for it.
    same = channel_spectrum(np.array([[1.0, 0.0], [1.0, 0.0]]), np.diag([1.0, 0.0]), np.eye(2))
    assert same.tolist() == [np.inf, 0.0]


def test_nothing_follows_from_the_present():
    found = gaussian_ei(LinearGaussian(np.zeros((3, 3)), 1.0))
    assert found.ei == found.exact == 0.0
    assert found.data_share == 1.0


def test_share_that_data_reach():
    system = LinearGaussian([[0.0]], [[1.0]])
    assert gaussian_ei(system, intervention="box-fixed", box=1.959964 * 4).data_share == pytest.approx(0.25)
    unstable = LinearGaussian([[2.0]], [[1.0]])
    assert np.isnan(gaussian_ei(unstable, intervention="box-fixed").data_share)


@pytest.mark.parametrize(
    ("system", "settings", "message"),
    [
        (LinearGaussian([[2.0]], [[1.0]]), {}, "unit circle"),
        (LinearGaussian([[0.5]], [[1.0]]), {"intervention": "gausian"}, "Did you mean 'gaussian'"),
        (LinearGaussian([[0.5]], [[1.0]]), {"box": 2.0}, "box-fixed"),
        (LinearGaussian([[0.5]], [[1.0]]), {"box": 0.0, "intervention": "box-fixed"}, "number"),
        (np.eye(2), {}, "LinearGaussian"),
    ],
)
def test_what_is_refused(system, settings, message):
    with pytest.raises(CausalGrainError, match=message):
        gaussian_ei(system, **settings)
