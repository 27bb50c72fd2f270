"""The likelihood over scales: normalised, the linear Gaussian one at the start, blind to the gauge; preparation; models."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from causalgrain.learned import preparation as prep
from causalgrain.learned import scales
from causalgrain.learned.flows import Shape
from causalgrain.learned.scales import init_parameters, inverses, log_normal, step

log_densities, loss = (jax.jit(f, static_argnums=1) for f in (scales.log_densities, scales.loss))
macro = jax.jit(scales.macro, static_argnums=(1, 3))
micro = jax.jit(scales.micro, static_argnums=(2, 4))
A = np.array([[0.9, 0.0, 0.0], [0.1, 0.5, 0.0], [0.0, 0.2, 0.2]])


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def series(samples=3000, seed=0):
    rng = np.random.default_rng(seed)
    x = np.zeros((samples, 3))
    for t in range(samples - 1):
        x[t + 1] = A @ x[t] + rng.standard_normal(3)
    return x


def prepared(horizon=1, dims=(3, 2, 1), seed=0):
    x = series(seed=seed)
    made = prep.fit_preparation(x)
    w = np.asarray(prep.prepare(made, x))
    windows = np.stack([w[k : len(w) - horizon + k] for k in range(horizon + 1)], axis=1)
    rotation = prep.first_rotation(windows[:, 0], windows[:, 1], dims)
    shape = Shape(3, dims, hidden=(6,), dynamics=(5,), horizon=horizon)
    return made, shape, init_parameters([np.random.default_rng(seed)], shape, rotation, windows)[0], windows, rotation


def disturbed(parameters, rng, size=0.2):
    def move(path, a):
        return a if path[-1].key == "rotation" else a + size * rng.standard_normal(a.shape)

    return jax.tree_util.tree_map_with_path(move, parameters)


def test_log_normal_is_that_of_scipy():
    rng = np.random.default_rng(0)
    p = np.tril(rng.standard_normal((3, 3)))
    triangle = np.tril(p, -1) + np.diag(np.exp(np.diag(p)))
    errors = rng.standard_normal((5, 3))
    expected = multivariate_normal(np.zeros(3), np.linalg.inv(triangle.T @ triangle)).logpdf(errors)
    assert np.asarray(log_normal(jnp.asarray(p), errors)) == pytest.approx(expected)


def test_every_scale_is_a_normalised_density_of_the_next_micro_state():
    # Two channels: ln p_d(x' | x) summed over a fine grid of x' is 1, at both scales, with everything disturbed.
    rng = np.random.default_rng(3)
    shape = Shape(2, (2, 1), hidden=(4,), dynamics=(4,))
    windows = rng.standard_normal((200, 2, 2))
    p = disturbed(init_parameters([rng], shape, np.eye(2), windows)[0], rng, 0.1)
    axis = np.linspace(-14, 14, 401)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    pairs = np.stack([np.broadcast_to([0.4, -0.7], grid.shape), grid], axis=1)
    density = np.exp(np.asarray(log_densities(p, shape, pairs)))[:, 0]
    assert density.sum(axis=1) * (axis[1] - axis[0]) ** 2 == pytest.approx([1.0, 1.0], abs=2e-3)


def test_before_training_each_scale_is_the_best_linear_gaussian_model():
    _, shape, p, windows, rotation = prepared()
    found = np.asarray(log_densities(p, shape, windows))[:, 0].mean(axis=1)
    z = windows @ rotation.T
    for i, d in enumerate(shape.dims):  # y' given y, and what is dropped given y', both by least squares
        now, then = z[:, 0, :d], z[:, 1]
        columns = np.column_stack([now, np.ones(len(now))])
        left = then[:, :d] - columns @ np.linalg.lstsq(columns, then[:, :d], rcond=None)[0]
        expected = multivariate_normal(np.zeros(d), np.cov(left.T, bias=True)).logpdf(left).mean()
        if d < 3:
            columns = np.column_stack([then[:, :d], np.ones(len(now))])
            rest = then[:, d:] - columns @ np.linalg.lstsq(columns, then[:, d:], rcond=None)[0]
            expected += multivariate_normal(np.zeros(3 - d), np.cov(rest.T, bias=True)).logpdf(rest).mean()
        assert found[i] == pytest.approx(expected, abs=1e-9)


def test_less_is_known_of_the_future_at_coarser_scales():
    _, shape, p, windows, _ = prepared()
    found = np.asarray(log_densities(p, shape, windows))[:, 0].mean(axis=1)
    assert found[0] > found[1] > found[2]


@pytest.mark.parametrize("size", [0.01, 7.0])
def test_stretching_the_latent_gains_nothing(size):
    # y -> size * y, with dynamics, noise and dropped parts going along: every ln p_d stays.
    _, shape, p, windows, _ = prepared()
    before = np.asarray(log_densities(p, shape, windows))
    p["levels"][0]["mixing"]["log_scale"] = np.full(3, np.log(size))
    for part in p["scales"]:
        part["b"] = part["b"] * size
        part["P"] = _looser(part["P"], size)
    for part in p["dropped"].values():
        part["c"] = part["c"] * size
        part["P"] = _looser(part["P"], size)
    assert np.asarray(log_densities(p, shape, windows)) == pytest.approx(before, abs=1e-9)


def _looser(p, size):
    d = p.shape[-1]
    return p / size * (1 - np.eye(d)) + (np.diagonal(p, axis1=-2, axis2=-1)[..., None] - np.log(size)) * np.eye(d)


def test_collapse_costs():
    _, shape, p, windows, _ = prepared()
    before = float(loss(p, shape, windows))
    p["levels"][0]["mixing"]["log_scale"] = np.full(3, -3.0)
    assert float(loss(p, shape, windows)) > before + 1.0


def test_the_present_is_first_and_steps_ahead_follow_in_order():
    _, shape, p, windows, rotation = prepared(horizon=3, dims=(3, 1))
    found = np.asarray(log_densities(p, shape, windows)).mean(axis=2)
    assert found.shape == (2, 3)
    assert (np.diff(found[0]) < 0).all()  # further ahead, less is known
    turned = np.asarray(log_densities(p, shape, windows[:, ::-1])).mean(axis=2)
    assert turned[0, 0] < found[0, 0]  # backwards in time the model is a worse one
    y = windows[:1, 0] @ rotation.T
    part = p["scales"][0]
    twice = step(part, step(part, y))
    expected = log_normal(jnp.asarray(part["P"][1]), windows[:1, 2] @ rotation.T - twice)
    assert float(log_densities(p, shape, windows)[0, 1, 0]) == pytest.approx(float(expected[0]))


def test_the_micro_state_comes_back_from_the_micro_scale_and_its_mean_from_coarser_ones():
    _, shape, p, windows, _ = prepared()
    p = disturbed(p, np.random.default_rng(1))
    x = windows[:50, 0]
    undo = inverses(p)
    assert np.abs(micro(p, undo, shape, macro(p, shape, x, 0), 0) - x).max() < 1e-10
    y = macro(p, shape, x, 2)
    back = micro(p, undo, shape, y, 2)
    assert np.abs(back - x).max() > 0.1
    assert np.abs(macro(p, shape, back, 2) - y).max() < 1e-10  # decoding and encoding changes no macro state


def test_the_first_directions_are_the_slow_ones():
    rng = np.random.default_rng(0)
    gains = np.array([0.95, 0.6, 0.1, 0.0])
    u = np.zeros((20_000, 4))
    for t in range(len(u) - 1):
        u[t + 1] = gains * u[t] + rng.standard_normal(4) * np.sqrt(1 - gains**2)
    turn = prep.random_rotation(rng, 4)
    found = prep.first_rotation(u[:-1] @ turn.T, u[1:] @ turn.T, (4, 2, 1))
    assert np.abs(found @ found.T - np.eye(4)).max() < 1e-12
    assert np.abs(found[0] @ turn) == pytest.approx([1, 0, 0, 0], abs=0.05)
    assert np.abs(found[1] @ turn) == pytest.approx([0, 1, 0, 0], abs=0.05)


def test_preparation_whitens_and_can_be_undone():
    x = series() * [1.0, 100.0, 0.01] + [0, 5, -3]
    for marginals in prep.MARGINALS:
        made = prep.fit_preparation(x, marginals=marginals)
        w = np.asarray(prep.prepare(made, x))
        assert np.abs(w.mean(axis=0)).max() < 1e-9
        assert np.abs(np.cov(w.T) - np.eye(3)).max() < 5e-3  # but for the shrinkage
        far = np.vstack([x, x[:5] + 30 * x.std(axis=0)])
        assert np.abs((np.asarray(prep.unprepare(made, prep.prepare(made, far))) - far) / x.std(axis=0)).max() < 1e-9


def test_gaussian_marginals_undo_an_elementwise_warp_and_stand_ties():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((4000, 2))
    x = np.column_stack([np.exp(z[:, 0]), np.maximum(z[:, 1], 0.0)])  # half of the second channel is 0
    made = prep.fit_preparation(x, marginals="gaussian")
    w = np.asarray(prep.prepare(made, x))
    assert np.isfinite(w).all()
    expected = norm.ppf((np.argsort(np.argsort(x[:, 0])) + 0.5) / len(x))
    assert np.corrcoef(w[:, 0], expected)[0, 1] > 0.995
    assert np.corrcoef(x[:, 0], expected)[0, 1] < 0.85
