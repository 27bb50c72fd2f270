"""Maps of states as functions of batches, and their Jacobians, however they come."""

import numpy as np
import pytest

from causalgrain import CausalGrainError
from causalgrain.learned import jacobians
from causalgrain.learned.jacobians import AUTOMATIC, DIFFERENCES, as_batched, in_chunks, jacobian_of

A = np.array([[0.9, 0.4], [-0.2, 0.5]])
Y = np.random.default_rng(0).standard_normal((50, 2))


def slopes(y):
    return (1 - np.tanh(y @ A.T) ** 2)[:, :, None] * A  # F[i, j] = d f_i / d y_j


def test_rows_are_outputs_and_columns_are_inputs():
    for step in (lambda y: np.tanh(np.asarray(y) @ A.T), lambda y: np.tanh(A @ np.asarray(y))):
        batched, single = as_batched(step, Y, (2,), "step")
        assert batched(Y) == pytest.approx(np.tanh(Y @ A.T))
        found, made = jacobian_of(step, single, batched, Y)
        assert made == DIFFERENCES
        assert found(Y) == pytest.approx(slopes(Y), abs=1e-9)


def test_differences_of_single_precision_take_longer_steps():
    def step(y):
        return np.tanh(np.asarray(y, dtype=np.float32) @ A.T.astype(np.float32))

    batched, single = as_batched(step, Y, (2,), "step")
    assert jacobian_of(step, single, batched, Y)[0](Y) == pytest.approx(slopes(Y), abs=2e-4)


def test_without_jax_differences_do(monkeypatch):
    monkeypatch.setattr(jacobians, "find_spec", lambda name: None)
    batched, single = as_batched(lambda y: np.tanh(y @ A.T), Y, (2,), "step")
    found, made = jacobian_of(lambda y: np.tanh(y @ A.T), single, batched, Y)
    assert made == DIFFERENCES
    assert found(Y) == pytest.approx(slopes(Y), abs=1e-9)


def test_callables_that_can_t_be_hashed():
    jnp = pytest.importorskip("jax").numpy

    class Map:
        __hash__ = None

        def __call__(self, y):
            return jnp.tanh(A @ y)

    batched, single = as_batched(Map(), Y, (2,), "step")
    assert single
    found, made = jacobian_of(Map(), single, batched, Y)
    assert made == AUTOMATIC
    assert found(Y) == pytest.approx(slopes(Y), abs=1e-12)


def test_equal_functions_of_other_weights_are_compiled_once():
    jax = pytest.importorskip("jax")
    traced = []

    def step(weights, y):
        traced.append(1)
        return jax.numpy.tanh(weights["a"] @ y)

    for scale in (1.0, 2.0, 3.0):
        member = jax.tree_util.Partial(step, {"a": scale * A})
        found = jacobians._automatic(member, True, Y)
        assert found == pytest.approx(scale * (1 - np.tanh(scale * Y @ A.T) ** 2)[:, :, None] * A, abs=1e-12)
    assert len(traced) == 1


def test_pieces_are_of_one_shape():
    sizes = []

    def function(y):
        sizes.append(len(y))
        return y * 2

    y = np.arange(4096.0)[:, None]
    assert in_chunks(function, y, 2**10).tolist() == (2 * y).tolist()
    assert sizes == [1024] * 4


def test_what_is_refused():
    with pytest.raises(CausalGrainError, match=r"ValueError \(no\) for a batch, ValueError \(no\) for one state"):
        as_batched(_broken, Y, (2,), "step")
    with pytest.raises(CausalGrainError, match="a function of states"):
        as_batched(3.0, Y, (2,), "step")


def _broken(y):
    raise ValueError("no")
