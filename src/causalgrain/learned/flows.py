r"""The nested invertible encoder: linear maps and affine couplings, level after level, channels dropped in between.

Conventions. A state is a row of an array (..., channels). Level l takes the ``m`` channels kept so far (all n at
first), mixes them by an invertible matrix, passes them through couplings, and keeps the first ``d = dims[l]``: these
are the scale's variable ``y_d``; the other m - d channels, ``r_l``, are dropped. The encoder of scale d is therefore
the first levels of that of every coarser scale: y_{d'} is a function of y_d for d' < d. Any number of channels and
any descending list of dims will do; with ``dims[0] == n`` the first level drops nothing and y_n is an invertible
function of the state.

* Mixing: ``M = L U R``, R a constant orthonormal matrix (from the initialisation), L unit lower triangular, U upper
  triangular with diagonal exp(u), so ``ln|det M| = sum u`` and M can't become singular.
* Coupling (Dinh, Sohl-Dickstein & Bengio 2017, arXiv 1605.08803): one part a of the channels stays and moves the other,
  ``b -> b exp(s(a)) + t(a)``, with s and t from a perceptron and \|s\| < 2; couplings take turns in which part moves.
  The first part is the ceiling of half the channels. The last layer is zero at the start, so the coupling is the
  identity.
* One channel alone has no coupling: it is mixed by a number.

``ln|det|`` is accumulated per scale: that of the map from the state to (y_d, everything dropped so far).
Parameters are nested dicts and tuples of arrays (a JAX pytree); functions are free of state.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Parameters = dict[str, Any]
LARGEST_LOG_SCALE = 2.0


@dataclass(frozen=True)
class Shape:
    """Sizes of a nested model; everything the parameters' shapes depend on.

    Attributes
    ----------
    channels : int
    dims : tuple of int, descending, at most `channels`
    couplings : int
        Per level.
    hidden : tuple of int
        Units in each hidden layer of a coupling.
    dynamics : tuple of int
        Units in each hidden layer of the forward dynamics.
    horizon : int, samples
        How many steps ahead the model is trained to predict.
    """

    channels: int
    dims: tuple[int, ...]
    couplings: int = 2
    hidden: tuple[int, ...] = (16,)
    dynamics: tuple[int, ...] = (16, 16)
    horizon: int = 1

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels that enter each level."""
        return (self.channels, *self.dims[:-1])


# -- perceptrons -------------------------------------------------------------------------------------------------


def init_perceptron(rng: np.random.Generator, sizes: tuple[int, ...]) -> tuple[Parameters, ...]:
    """Return layers whose last is zero, so that the perceptron starts as 0."""
    layers = []
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        last = i == len(sizes) - 2
        w = np.zeros((fan_in, fan_out)) if last else rng.standard_normal((fan_in, fan_out)) / np.sqrt(fan_in)
        layers.append({"w": w, "b": np.zeros(fan_out)})
    return tuple(layers)


def perceptron(layers: tuple[Parameters, ...], x: jax.Array) -> jax.Array:
    """Apply layers with SiLU between them, on the last axis."""
    for layer in layers[:-1]:
        x = jax.nn.silu(x @ layer["w"] + layer["b"])
    return x @ layers[-1]["w"] + layers[-1]["b"]


# -- mixing ------------------------------------------------------------------------------------------------------


def init_mixing(rotation: np.ndarray) -> Parameters:
    """Return the mixing that starts as an orthonormal matrix."""
    n = len(rotation)
    return {"rotation": rotation, "lower": np.zeros((n, n)), "upper": np.zeros((n, n)), "log_scale": np.zeros(n)}


def mix(p: Parameters, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return (M x, ln|det M|)."""
    lower, upper, rotation = _factors(p)
    return x @ (lower @ (upper @ rotation)).T, p["log_scale"].sum()


def unmixing(p: Parameters) -> np.ndarray:
    """Return M^{-1}, shape (..., width, width), of mixings with any leading axes; in double precision.

    Made once and handed to the functions that need it: triangular solves inside compiled programs are slow.
    """
    lower, upper, rotation, size = (np.asarray(p[k], np.float64) for k in ("lower", "upper", "rotation", "log_scale"))
    lower = np.tril(lower, -1) + np.eye(lower.shape[-1])
    upper = np.triu(upper, 1) + np.exp(size)[..., None] * np.eye(lower.shape[-1])
    return np.linalg.inv(lower @ upper @ rotation)


def _factors(p: Parameters) -> tuple[jax.Array, jax.Array, jax.Array]:
    n = p["log_scale"].shape[0]
    lower = jnp.tril(jnp.asarray(p["lower"]), -1) + jnp.eye(n)
    upper = jnp.triu(p["upper"], 1) + jnp.diag(jnp.exp(p["log_scale"]))
    return lower, upper, jax.lax.stop_gradient(p["rotation"])


# -- couplings ---------------------------------------------------------------------------------------------------


def init_coupling(rng: np.random.Generator, width: int, index: int, hidden: tuple[int, ...]) -> tuple[Parameters, ...]:
    """Return the perceptron of the coupling at `index` of a level of `width` channels."""
    first = (width + 1) // 2
    stays, moves = (first, width - first) if index % 2 == 0 else (width - first, first)
    return init_perceptron(rng, (stays, *hidden, 2 * moves))


def couple(layers: tuple[Parameters, ...], x: jax.Array, index: int) -> tuple[jax.Array, jax.Array]:
    """Return (x with one part moved, ln|det| of shape (...,))."""
    a, b, shift, log_scale = _parts(layers, x, index)
    b = b * jnp.exp(log_scale) + shift
    return _joined(a, b, index), log_scale.sum(axis=-1)


def uncouple(layers: tuple[Parameters, ...], y: jax.Array, index: int) -> jax.Array:
    """Undo `couple`."""
    a, b, shift, log_scale = _parts(layers, y, index)
    return _joined(a, (b - shift) * jnp.exp(-log_scale), index)


def _parts(layers: tuple[Parameters, ...], x: jax.Array, index: int) -> tuple[jax.Array, ...]:
    first = (x.shape[-1] + 1) // 2
    a, b = x[..., :first], x[..., first:]
    a, b = (a, b) if index % 2 == 0 else (b, a)
    shift, raw = jnp.split(perceptron(layers, a), 2, axis=-1)
    return a, b, shift, LARGEST_LOG_SCALE * jnp.tanh(raw / LARGEST_LOG_SCALE)


def _joined(a: jax.Array, b: jax.Array, index: int) -> jax.Array:
    return jnp.concatenate([a, b] if index % 2 == 0 else [b, a], axis=-1)


# -- levels ------------------------------------------------------------------------------------------------------


def init_levels(rng: np.random.Generator, shape: Shape, rotation: np.ndarray) -> tuple[Parameters, ...]:
    """Return levels that start as the rotation followed by nothing."""
    levels = []
    for level, width in enumerate(shape.widths):
        made: Parameters = {"mixing": init_mixing(rotation if level == 0 else np.eye(width))}
        if width > 1 and shape.couplings:
            made["couplings"] = tuple(init_coupling(rng, width, i, shape.hidden) for i in range(shape.couplings))
        levels.append(made)
    return tuple(levels)


def encode(
    levels: tuple[Parameters, ...], shape: Shape, x: jax.Array, depth: int | None = None
) -> tuple[list[jax.Array], list[jax.Array], list[jax.Array]]:
    """Return, for each level down to `depth`, what is kept, what is dropped, and ln|det| so far.

    Parameters
    ----------
    x : array, shape (..., channels)
    depth : int, optional
        Index of the last scale wanted; all by default.

    Returns
    -------
    kept : list of arrays, shape (..., dims[l])
    dropped : list of arrays, shape (..., widths[l] - dims[l])
    log_det : list of arrays, shape (...,)
    """
    kept, dropped, log_dets = [], [], []
    x = jnp.asarray(x)
    log_det = jnp.zeros(x.shape[:-1], x.dtype)
    for level, d in list(zip(levels, shape.dims, strict=True))[: None if depth is None else depth + 1]:
        x, change = mix(level["mixing"], x)
        log_det = log_det + change
        for index, layers in enumerate(level.get("couplings", ())):
            x, change = couple(layers, x, index)
            log_det = log_det + change
        kept.append(x[..., :d])
        dropped.append(x[..., d:])
        log_dets.append(log_det)
        x = x[..., :d]
    return kept, dropped, log_dets


def undo_level(level: Parameters, inverse: jax.Array | np.ndarray, kept: jax.Array, dropped: jax.Array) -> jax.Array:
    """Return what entered a level, shape (..., width), from what it kept and dropped, and its `unmixing`."""
    x = jnp.concatenate([kept, dropped], axis=-1)
    couplings = level.get("couplings", ())
    for index in reversed(range(len(couplings))):
        x = uncouple(couplings[index], x, index)
    return x @ inverse.T
