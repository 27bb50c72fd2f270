"""Maps of states as functions of whole batches, and their Jacobians.

A map may be written for a batch, (n, d) -> (n, d), or for one state, (d,) -> (d,), in numpy or in JAX; which it is is
found out by trying both on a few samples. Its Jacobian ``F[i, j] = d f_i / d y_j`` is the one handed in, else JAX's
(one vmapped, compiled forward-mode call), else, for a map that JAX can't look into, central differences.

Everything is measured in double precision (`jax.enable_x64` in here alone), though weights may be single.
An equinox module's method is compiled once for all modules of its shapes: its arrays are arguments, not constants.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from .._errors import InputError

CHUNK = 2**20  # entries of Jacobians made at a time
ALIKE = 1e-4  # relative difference between a batch and its rows that rounding (single precision) explains
GIVEN, AUTOMATIC, DIFFERENCES = "handed in", "automatic, JAX in double precision", "central differences"

Batched = Callable[[np.ndarray], np.ndarray]


def as_batched(function: Any, probe: np.ndarray, trailing: tuple[int, ...], where: str) -> tuple[Batched, bool]:
    """Return the function as one of batches (n, d) -> (n, *trailing), and whether it takes one state at a time.

    Parameters
    ----------
    function : callable
    probe : ndarray, shape (k, d)
        States to try it on.
    trailing : tuple of int
        Shape of what it gives for one state.
    where : str
        Its name, for messages.
    """
    if not callable(function):
        raise InputError(
            where, expected="a function of states", got=type(function).__name__, remedy="For example lambda y: 0.9 * y."
        )
    d = probe.shape[1]
    rows = probe[np.arange(d + 2) % len(probe)]  # never as many rows as columns, so that the two can't be mixed up
    whole, whole_error = _try(function, rows, (len(rows), *trailing))
    first, first_error = _try(function, rows[0], trailing)
    last, _ = _try(function, rows[-1], trailing)
    if whole is not None and (first is None or last is None or _alike(whole[[0, -1]], np.stack([first, last]))):
        return lambda y: _call(function, y), False
    if first is None:
        raise InputError(
            where,
            expected=f"a function (n, {d}) -> (n, {', '.join(map(str, trailing))}), or of one state",
            got=f"{whole_error} for a batch, {first_error} for one state",
            remedy="Rows are states; give back one row a state.",
        )
    return lambda y: _one_by_one(function, y), True


def jacobian_of(function: Any, single: bool, batched: Batched, probe: np.ndarray) -> tuple[Batched, str]:
    """Return the Jacobian as a function (n, d) -> (n, d, d), and how it is made.

    Parameters
    ----------
    function : callable
        The map as handed in.
    single : bool
        Whether it takes one state.
    batched : callable
        The map of batches.
    probe : ndarray, shape (k, d)
        States to try it on; their spread is the scale of differences.
    """
    if find_spec("jax") is not None:
        try:
            _automatic(function, single, probe[:1])
        except Exception:  # whatever a map that isn't JAX's raises on a tracer; it ran on numbers before
            pass
        else:
            return lambda y: _automatic(function, single, y), AUTOMATIC
    with _double():
        rounding = np.finfo(np.result_type(np.asarray(function(probe[0] if single else probe)).dtype, np.float32)).eps
    scale = probe.std(axis=0)
    step = float(rounding) ** (1.0 / 3.0) * np.where(scale > 0, scale, 1.0)
    return lambda y: _differences(batched, y, step), DIFFERENCES


def in_chunks(function: Batched, y: np.ndarray, size: int) -> np.ndarray:
    """Return function(y) made in pieces of equal length, a power of 2, so that it is compiled for one shape only."""
    step = 2 ** int(np.log2(max(CHUNK // size, 1)))
    return np.concatenate([function(y[i : i + step]) for i in range(0, len(y), step)])


# -- ways --------------------------------------------------------------------------------------------------------


def _double() -> AbstractContextManager[Any]:
    if find_spec("jax") is None:
        return nullcontext()
    import jax

    return jax.enable_x64(True)


def _call(function: Any, y: np.ndarray) -> np.ndarray:
    with _double():
        return np.asarray(function(y), dtype=np.float64)


def _try(function: Any, y: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray | None, str]:
    try:
        found = _call(function, y)
    except Exception as error:  # a map of one state may fail on a batch in any way, and the other way round
        return None, f"{type(error).__name__} ({error})".splitlines()[0]
    return (found, "") if found.shape == shape else (None, f"shape {found.shape}")


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    size = max(float(np.abs(np.nan_to_num(a)).max(initial=0.0)), np.finfo(float).tiny)
    return bool(np.allclose(a, b, rtol=ALIKE, atol=ALIKE * size, equal_nan=True))


@cache
def _compiled() -> tuple[Any, Any]:
    import equinox as eqx
    import jax

    def values(function: Any, y: Any) -> Any:
        return jax.vmap(function)(y)

    def jacobians(function: Any, single: bool, y: Any) -> Any:
        one = function if single else lambda state: function(state[None])[0]
        return jax.vmap(jax.jacfwd(one))(y)

    return eqx.filter_jit(values), eqx.filter_jit(jacobians)


def _shared(function: Any) -> Any:
    """Return a function of which equal ones are compiled once: a method becomes its function and what it belongs to."""
    import jax

    owner, plain = getattr(function, "__self__", None), getattr(function, "__func__", None)
    if plain is not None and len(jax.tree_util.tree_leaves(owner)):
        function = jax.tree_util.Partial(plain, owner)
    try:
        for leaf in jax.tree_util.tree_leaves(function):
            if not hasattr(leaf, "shape"):
                hash(leaf)
    except TypeError:
        return lambda y: function(y)  # compiling wants something that can be hashed
    return function


def _one_by_one(function: Any, y: np.ndarray) -> np.ndarray:
    with _double():
        try:
            return np.asarray(_compiled()[0](_shared(function), y), dtype=np.float64)
        except Exception:  # not JAX's
            return np.stack([np.asarray(function(row), dtype=np.float64) for row in y])


def _automatic(function: Any, single: bool, y: np.ndarray) -> np.ndarray:
    import jax.numpy as jnp

    with _double():
        return np.asarray(_compiled()[1](_shared(function), single, jnp.asarray(y)), dtype=np.float64)


def _differences(batched: Batched, y: np.ndarray, steps: np.ndarray) -> np.ndarray:
    columns = []
    for axis in range(y.shape[1]):
        step = np.zeros(y.shape[1])
        step[axis] = steps[axis]
        ahead, behind = y + step, y - step
        columns.append((batched(ahead) - batched(behind)) / (ahead - behind)[:, axis : axis + 1])
    return np.stack(columns, axis=-1)
