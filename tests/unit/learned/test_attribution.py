"""Integrated gradients of macro variables on traces and neurons."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from causalgrain import CausalGrainWarning, InputError
from causalgrain.learned.attribution import integrated_gradients

RNG = np.random.default_rng(0)
W1, W2 = RNG.normal(size=(6, 5)) / 2, RNG.normal(size=(2, 6))
X = RNG.normal(size=(40, 5))


def network(x):
    return jnp.asarray(W2) @ jnp.tanh(jnp.asarray(W1) @ x)


def values(x):
    """The same network in numpy, batched."""
    return np.tanh(x @ W1.T) @ W2.T


def test_completeness():
    """The attributions of a sample sum to y(x) - y(baseline), for every sample, variable and baseline."""
    for baseline, start in (("mean", X.mean(axis=0)), ("zero", np.zeros(5)), (np.arange(5.0), np.arange(5.0))):
        found = integrated_gradients(network, X, baseline=baseline, keep=True)
        rise = values(X) - values(start[None])
        np.testing.assert_allclose(found.values.sum(axis=2), rise, atol=1e-3 * rise.std())
        assert (found.gap <= 1e-3).all()
        np.testing.assert_array_equal(found.baseline, start)
    assert found.baseline_name == "given"


def test_linear_functions_by_hand():
    """A_i = w_i (x_i - b_i), to rounding, with one node."""
    w = np.array([[1.0, -2.0, 0.0, 3.0, 0.5]])
    found = integrated_gradients(lambda x: jnp.asarray(w) @ x + 4.0, X, nodes=1, keep=True)
    expected = w * (X - X.mean(axis=0))
    np.testing.assert_allclose(found.values[:, 0], expected, atol=1e-12)
    np.testing.assert_allclose(found.strength[0], np.abs(expected).mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found.mean, 0.0, atol=1e-12)
    assert found.nodes == 1
    assert found.share.sum() == pytest.approx(1.0)


def test_a_product_is_shared_in_halves():
    """F = x_1 x_2 from zero: each gets half, integral of a x_1 x_2 da; a gradient at x would give each the whole."""
    found = integrated_gradients(lambda x: x[:1] * x[1:2], X, baseline="zero", keep=True)
    half = 0.5 * X[:, 0] * X[:, 1]
    np.testing.assert_allclose(found.values[:, 0, :2], np.stack([half, half], axis=1), atol=1e-12)
    np.testing.assert_array_equal(found.values[:, 0, 2:], 0.0)


def test_against_finite_differences():
    """A midpoint sum of central differences in numpy, sharing no code."""
    found = integrated_gradients(network, X[:3], baseline="zero", keep=True)
    for sample, attribution in zip(X[:3], found.values, strict=True):
        total = np.zeros((2, 5))
        for a in (np.arange(400) + 0.5) / 400:
            for i in range(5):
                e = 1e-5 * np.eye(5)[i]
                total[:, i] += (values(a * sample + e) - values(a * sample - e)) / 2e-5 / 400
        np.testing.assert_allclose(attribution, total * sample, atol=1e-5)


@pytest.mark.parametrize("seed", [0, 1])
def test_neurons_through_the_pooling_matrix(seed):
    """What is attributed to neurons is what the composed function F(P z) gives directly."""
    rng = np.random.default_rng(seed)
    pool, z = rng.random(size=(5, 9)), rng.normal(size=(12, 9))
    pooled = integrated_gradients(network, z, pooling=pool, keep=True, nodes=16, most=16, tolerance=1.0)
    direct = integrated_gradients(
        lambda v: network(jnp.asarray(pool) @ v), z, keep=True, nodes=16, most=16, tolerance=1.0
    )
    np.testing.assert_allclose(pooled.values, direct.values, atol=1e-10)
    assert pooled.strength.shape == (2, 9)
    assert pooled.trace_strength.shape == (2, 5)
    traces = integrated_gradients(network, z @ pool.T, nodes=16, most=16, tolerance=1.0)
    np.testing.assert_allclose(pooled.trace_strength, traces.strength, atol=1e-10)


def test_nodes_are_added_until_the_sum_is_complete():
    sharp = lambda x: jnp.tanh(30.0 * x[:1] + 10.0)  # noqa: E731
    found = integrated_gradients(sharp, X, baseline="zero", nodes=2)
    assert found.nodes > 2
    assert found.gap[0] <= 1e-3
    with pytest.warns(CausalGrainWarning, match="raise `most`"):
        integrated_gradients(sharp, X, baseline="zero", nodes=2, most=4)


def test_chunks_change_nothing(monkeypatch):
    whole = integrated_gradients(network, X, keep=True)
    monkeypatch.setattr("causalgrain.learned.attribution.CHUNK", 70)
    parts = integrated_gradients(network, X, keep=True)
    np.testing.assert_allclose(parts.values, whole.values, atol=1e-12)
    np.testing.assert_allclose(parts.strength, whole.strength, atol=1e-12)


def test_double_precision_stays_inside():
    integrated_gradients(network, X)
    assert not jax.config.jax_enable_x64
    assert jnp.asarray(1.0).dtype == jnp.float32


def test_a_variable_that_depends_on_nothing():
    found = integrated_gradients(lambda x: jnp.stack([x[0], 0.0 * x[0]]), X)
    assert np.isnan(found.gap[1])
    assert np.isnan(found.share[1]).all()
    assert found.table["strength"].to_numpy()[0] > 0
    assert "unit 0 100.0%" in repr(found)


def test_errors_say_what_to_do():
    with pytest.raises(InputError, match="shape \\(1,\\)"):
        integrated_gradients(lambda x: x.sum(), X)
    with pytest.raises(InputError, match=r"one sample, \(5,\)"):
        integrated_gradients(lambda x: jnp.ones((3, 4)) @ x, X)
    with pytest.raises(InputError, match="transpose"):
        integrated_gradients(network, X, pooling=np.ones((5, 4)))
    with pytest.raises(InputError, match="baseline"):
        integrated_gradients(network, X, baseline=[1.0, 2.0])
    with pytest.raises(InputError, match="NaN"):
        integrated_gradients(network, np.full((3, 5), np.nan))
    with pytest.raises(InputError, match="failed"):
        integrated_gradients(lambda x: x[:1] * jnp.nan, X)
