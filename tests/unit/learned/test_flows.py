"""The nested encoder: invertible, its log-determinant the Jacobian's, coarse scales functions of fine ones, odd sizes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain.learned import flows
from causalgrain.learned.flows import Shape, init_levels, undo_level, unmixing

SIZES = [(33, (32, 16, 8, 4, 2, 1)), (37, (37, 3)), (5, (3, 1)), (1, (1,)), (2, (1,)), (7, (7, 6))]
encode = jax.jit(flows.encode, static_argnums=(1, 3))


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def rotation(rng, n):
    return np.linalg.qr(rng.standard_normal((n, n)))[0]


def disturbed(levels, rng, size=0.3):
    """The levels with all that is trained moved away from where it starts."""

    def move(path, a):
        return a if path[-1].key == "rotation" else a + size * rng.standard_normal(a.shape) / np.sqrt(max(a.shape))

    return jax.tree_util.tree_map_with_path(move, levels)


def made(n, dims, seed=0, couplings=2):
    rng = np.random.default_rng(seed)
    shape = Shape(n, dims, couplings=couplings)
    return shape, disturbed(init_levels(rng, shape, rotation(rng, n)), rng), rng.standard_normal((6, n))


@jax.jit
def back(levels, inverses, y, dropped):
    for level, inverse, rest in reversed(list(zip(levels, inverses, dropped, strict=True))):
        y = undo_level(level, inverse, y, rest)
    return y


def undone(levels, kept, dropped, scale):
    inverses = tuple(unmixing(level["mixing"]) for level in levels[: scale + 1])
    return back(levels[: scale + 1], inverses, kept[scale], tuple(dropped[: scale + 1]))


@pytest.mark.parametrize(("n", "dims"), SIZES)
def test_every_scale_with_what_it_dropped_gives_the_state_back(n, dims):
    shape, levels, x = made(n, dims)
    kept, dropped, _ = encode(levels, shape, x)
    for scale, d in enumerate(dims):
        assert kept[scale].shape == (6, d)
        assert sum(r.shape[1] for r in dropped[: scale + 1]) == n - d
    for scale in {0, len(dims) - 1}:
        assert np.abs(undone(levels, kept, dropped, scale) - x).max() < 1e-10


@settings(max_examples=6, deadline=None)
@given(st.data())
def test_any_number_of_channels_and_any_descending_dims_can_be_undone(data):
    n = data.draw(st.integers(1, 6))
    dims = tuple(sorted(data.draw(st.sets(st.integers(1, n), min_size=1, max_size=2)), reverse=True))
    shape, levels, x = made(n, dims, data.draw(st.integers(0, 99)), data.draw(st.integers(0, 3)))
    kept, dropped, _ = encode(levels, shape, x)
    assert np.abs(undone(levels, kept, dropped, len(dims) - 1) - x).max() < 1e-10


@pytest.mark.parametrize(("n", "dims"), [(5, (5, 3, 1)), (3, (2, 1))])
def test_the_log_determinant_is_that_of_the_jacobian_at_every_scale(n, dims):
    shape, levels, x = made(n, dims)
    log_det = encode(levels, shape, x)[2]
    for scale in range(len(dims)):

        def everything(row, scale=scale):
            kept, dropped, _ = encode(levels, shape, row, scale)
            return jnp.concatenate([kept[-1], *dropped])

        jacobian = jax.jit(jax.vmap(jax.jacobian(everything)))(jnp.asarray(x))
        assert np.asarray(log_det[scale]) == pytest.approx(np.linalg.slogdet(np.asarray(jacobian))[1], abs=1e-10)


def test_a_coarse_variable_is_a_function_of_the_finer_one():
    # Two states with the same y_3 and other dropped channels must have the same y_1.
    shape, levels, x = made(5, (5, 3, 1))
    kept, dropped, _ = encode(levels, shape, x)
    other = undone(levels, kept, [dropped[0], dropped[1] + 2.0], 1)
    again = encode(levels, shape, other)[0]
    assert np.abs(other - x).max() > 0.5
    assert np.abs(again[1] - kept[1]).max() < 1e-10
    assert np.abs(again[2] - kept[2]).max() < 1e-10
    assert np.abs(again[0] - kept[0]).max() > 0.5


def test_the_encoder_starts_as_the_rotation_and_nothing_else():
    rng = np.random.default_rng(0)
    shape = Shape(5, (5, 2), hidden=(7, 8), couplings=3)
    turn, x = rotation(rng, 5), rng.standard_normal((4, 5))
    kept, dropped, log_det = encode(init_levels(rng, shape, turn), shape, x)
    assert np.abs(kept[0] - x @ turn.T).max() < 1e-12
    assert np.abs(dropped[1] - (x @ turn.T)[:, 2:]).max() < 1e-12
    assert np.abs(log_det[1]).max() < 1e-12


def test_couplings_move_both_halves():
    shape, levels, x = made(4, (4,))
    slope = jax.jit(jax.jacobian(lambda row: flows.encode(levels, shape, row)[0][0]))
    change = slope(jnp.asarray(x[0])) - slope(jnp.asarray(x[0] + 0.5))
    assert (np.abs(np.asarray(change)).max(axis=1) > 1e-4).all()  # nonlinear in every channel
