"""How the latent is set: moments, ranges and entropies of the laws; draws that go with the data; what data reach."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain import CausalGrainError
from causalgrain.learned.interventions import intervention_from, reach, standard_points

LAWS = ("gaussian", "ellipsoid", "box-data", "box-fixed")


def latent(n=400, d=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + rng.standard_normal(d)


def turned(d, seed):
    """An invertible matrix of condition below 30 or so, and a shift."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in range(2))
    return left @ np.diag(rng.uniform(0.2, 5.0, d)) @ right, rng.standard_normal(d)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("sampling", ["sobol", "random"])
def test_moments_of_the_draws(name, sampling):
    y = latent()
    law = intervention_from(y, name)
    draws = law.draw(2**15, seed=1, sampling=sampling)
    assert draws.shape == (2**15, 3)
    if name == "box-fixed":
        mean, covariance = np.zeros(3), np.eye(3) / 3
    elif name == "box-data":
        mean, covariance = 0.5 * (y.min(0) + y.max(0)), np.diag((y.max(0) - y.min(0)) ** 2 / 12)
    else:
        mean, covariance = y.mean(0), np.cov(y.T)
    assert law.covariance == pytest.approx(covariance, abs=1e-10)
    scale = np.sqrt(np.diag(covariance))
    assert np.abs((draws.mean(0) - mean) / scale).max() < 0.03
    assert np.abs((np.cov(draws.T) - covariance) / np.outer(scale, scale)).max() < 0.03


def test_shapes_and_entropies():
    y = latent(d=2)
    c, m = np.cov(y.T), y.mean(0)
    normal = intervention_from(y)
    assert normal.entropy == pytest.approx(0.5 * np.log(np.linalg.det(2 * np.pi * np.e * c)))
    ball = intervention_from(y, "ellipsoid")
    assert ball.entropy == pytest.approx(np.log(np.pi * 4 * np.sqrt(np.linalg.det(c))))  # an ellipse of radius 2
    draws = ball.draw(4096)
    radius = np.einsum("ti,ij,tj->t", draws - m, np.linalg.inv(c), draws - m)
    assert radius.max() <= 4 + 1e-9
    assert (radius <= 1).mean() == pytest.approx(0.25, abs=0.01)  # uniform: area grows with the radius squared
    box = intervention_from(y, "box-data", box=0.05)
    assert np.stack([box.low, box.high]) == pytest.approx(np.quantile(y, [0.05, 0.95], axis=0))
    assert box.entropy == pytest.approx(np.log(box.high - box.low).sum())
    inside = box.draw(4096)
    assert (inside >= box.low - 1e-12).all()
    assert (inside <= box.high + 1e-12).all()
    assert (np.diff(np.sort(inside, axis=0), axis=0).max(0) < 0.01 * (box.high - box.low)).all()
    fixed = intervention_from(y, "box-fixed", box=2.0)
    assert fixed.low.tolist() == [-2.0, -2.0]
    assert fixed.entropy == pytest.approx(np.log(16))


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 6), st.integers(0, 10_000), st.sampled_from(["gaussian", "ellipsoid"]))
def test_draws_go_with_the_data_under_affine_maps(d, seed, name):
    y = latent(60, d, seed)
    t, b = turned(d, seed + 1)
    one, other = intervention_from(y, name), intervention_from(y @ t.T + b, name)
    moved = one.draw(64, seed=seed) @ t.T + b
    assert other.draw(64, seed=seed) == pytest.approx(moved, rel=1e-8, abs=1e-8 * np.abs(moved).max())
    assert other.entropy == pytest.approx(one.entropy + np.linalg.slogdet(t)[1])


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 6), st.integers(0, 10_000), st.sampled_from([None, 0.1]))
def test_boxes_go_with_their_axes_only(d, seed, quantile):
    y = latent(60, d, seed)
    rng = np.random.default_rng(seed)
    scale = rng.uniform(0.2, 5.0, d) * rng.choice([-1.0, 1.0], d)
    t = np.diag(scale)[rng.permutation(d)]
    b = rng.standard_normal(d)
    one, other = (
        intervention_from(y, "box-data", box=quantile),
        intervention_from(y @ t.T + b, "box-data", box=quantile),
    )
    assert other.draw(64) == pytest.approx(one.draw(64) @ t.T + b, abs=1e-8)
    assert other.entropy == pytest.approx(one.entropy + np.log(np.abs(scale)).sum())
    if d > 1:  # a rotation is no such map
        turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
        assert abs(intervention_from(y @ turn.T, "box-data").entropy - intervention_from(y, "box-data").entropy) > 1e-6


def test_draws_follow_from_the_seed_alone():
    points, noise = standard_points("gaussian", 2, 1000, seed=3, noise=2)
    assert points.shape == noise.shape == (8, 128, 2)
    again = standard_points("gaussian", 2, 1000, seed=3, noise=2)
    assert points.tobytes() == again[0].tobytes()
    assert np.abs(points - standard_points("gaussian", 2, 1000, seed=4)[0]).min() > 0
    assert np.abs(np.corrcoef(points[..., 0].ravel(), noise[..., 0].ravel())[0, 1]) < 0.05
    # Replicates are independent: their spread is that of their mean, times sqrt 8.
    means = np.array([(standard_points("gaussian", 1, 64, seed=s)[0] ** 3).mean(axis=(1, 2)) for s in range(60)])
    assert means.mean(axis=1).std() * np.sqrt(8) == pytest.approx(means.std(), rel=0.35)
    # Sobol points fill the range more evenly than random ones, which is why they are the default.
    errors = [
        np.std([standard_points("gaussian", 1, 512, seed=s, sampling=how)[0].mean() for s in range(20)])
        for how in ("sobol", "random")
    ]
    assert errors[0] < 0.2 * errors[1]


def test_reach():
    rng = np.random.default_rng(0)
    y = rng.standard_normal((4000, 2)) @ np.array([[3.0, 0.0], [1.0, 0.1]])
    assert reach(intervention_from(y).draw(1024), y) == pytest.approx(0.95, abs=0.02)
    wide = reach(intervention_from(y, "box-fixed", box=50.0).draw(1024), y)
    assert wide < 0.02
    t, b = turned(2, 1)
    moved = y @ t.T + b
    assert reach(intervention_from(moved).draw(1024), moved) == reach(intervention_from(y).draw(1024), y)
    # Two wells: a Gaussian set between them is where no data are.
    wells = rng.choice([-1.0, 1.0], (4000, 1)) + 0.05 * rng.standard_normal((4000, 1))
    assert reach(intervention_from(wells).draw(1024), wells) < 0.4
    assert np.isnan(reach(y, y[:10]))


@pytest.mark.parametrize(
    ("samples", "name", "box", "said"),
    [
        (np.ones((50, 2)), "gaussian", None, "constant axis 0 and 1 more"),
        (np.ones((50, 2)), "box-data", None, "constant axis 0"),
        (np.arange(50.0)[:, None] * np.array([1.0, 2.0]), "ellipsoid", None, "1 directions of 2"),
        (latent(3, 3), "gaussian", None, "more than 3 samples"),
        (np.full((50, 1), np.nan), "gaussian", None, "50 of 50 samples"),
        (latent(), "gauss", None, "Did you mean 'gaussian'"),
        (latent(), "gaussian", 1.0, "expected none"),
        (latent(), "box-data", 0.5, "0 to 0.49"),
        (latent(), "box-fixed", 0.0, "box"),
        (np.zeros((2, 2, 2)), "gaussian", None, "shape (2, 2, 2)"),
        ([[1.0], [2.0, 3.0]], "gaussian", None, "rectangular"),
    ],
)
def test_what_is_refused(samples, name, box, said):
    with pytest.raises(CausalGrainError) as caught:
        intervention_from(samples, name, box=box)
    assert said in str(caught.value)


def test_sampling_has_a_name():
    with pytest.raises(CausalGrainError, match="Did you mean 'sobol'"):
        standard_points("gaussian", 1, 10, sampling="sobal")
