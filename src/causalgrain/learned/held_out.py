"""What a trained member is worth on samples it wasn't trained on, all members at once, in double precision.

Conventions. Pairs (x_t, x_{t+lag}) of the held-out windows. For each scale: ``score``, ln p_d less the log-density of
the next state under one Gaussian fitted to the training part without a past (nats per sample); ``mae``, the mean
absolute error of the micro state predicted through the scale, in the recording's units; ``covariance``, the second
moment about 0 of y' - f(y). Persistence is the same encoder with f(y) = y and Sigma from the increments of the
training part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .flows import Parameters, Shape, encode
from .preparation import Preparation, unprepare
from .scales import LOG_2_PI, dropped_mean, inverses, log_normal, micro, step
from .training import Groups


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Held-out values; arrays of shape (members, scales) unless said otherwise.

    Attributes
    ----------
    score, score_persistence : ndarray, nats per sample
    mae, mae_persistence : ndarray, units of the recording
    covariance : tuple of ndarray, shape (members, d, d), one a scale
    """

    score: np.ndarray
    score_persistence: np.ndarray
    mae: np.ndarray
    mae_persistence: np.ndarray
    covariance: tuple[np.ndarray, ...]


def measure(
    parameters: Parameters, preparations: list[Preparation], groups: Groups, group: np.ndarray, shape: Shape, lag: int
) -> HeldOut:
    """Measure every member on its held-out part.

    Parameters
    ----------
    parameters : pytree, leading axis members
    preparations : one a group
    """
    found = []
    with jax.enable_x64(True):
        undo = inverses(parameters)
        for i, g in enumerate(group.tolist()):  # one compiled program; memory of one member at a time
            one = jax.tree.map(lambda a, i=i: np.asarray(a[i], np.float64), parameters)
            back = tuple(level[i] for level in undo)
            states = groups.states[g].astype(np.float64)
            rows = (groups.train[g], int(groups.n_train[g]), groups.held[g], int(groups.n_held[g]))
            given = _measure(one, back, preparations[g], states, *rows, shape=shape, lag=lag)
            arrays: Moments = jax.tree.map(np.asarray, given)  # pyright: ignore[reportAssignmentType]
            found.append(_member(arrays, _memoryless(states, *rows, lag)))
    score, still, mae, mae_still = (np.array([f[k] for f in found]) for k in range(4))
    covariance = tuple(np.array([f[4][s] for f in found]) for s in range(len(shape.dims)))
    return HeldOut(score, still, mae, mae_still, covariance)


Moments = tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray], np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _member(given: Moments, free: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
    errors, idle, moved, score, shared, mae, mae_still = given
    still = np.array([_mean_log_normal(*pair) for pair in zip(moved, idle, strict=True)]) + shared
    return score - free, still - free, mae, mae_still, errors


def _memoryless(states: np.ndarray, train: np.ndarray, n_train: int, held: np.ndarray, n_held: int, lag: int) -> float:
    """Return the mean log-density of held-out next states under a Gaussian fitted to the training part."""
    fitted, looked_at = states[train[:n_train] + lag], states[held[:n_held] + lag]
    mean = fitted.mean(axis=0)
    covariance, left = np.cov(fitted, rowvar=False, bias=True), looked_at - mean
    return _mean_log_normal(np.atleast_2d(covariance), left.T @ left / len(left))


def _mean_log_normal(covariance: np.ndarray, moment: np.ndarray) -> float:
    """Return the mean log-density under N(0, covariance) of errors with a second moment."""
    with np.errstate(invalid="ignore"):  # a failed member
        sign, log_det = np.linalg.slogdet(covariance)
    if sign <= 0 or not np.isfinite(log_det):
        return float("nan")
    return -0.5 * float(len(moment) * LOG_2_PI + log_det + np.trace(np.linalg.solve(covariance, moment)))


@partial(jax.jit, static_argnames=("shape", "lag"))
def _measure(
    p: Parameters,
    undo: tuple[np.ndarray, ...],
    made: Preparation,
    states: jax.Array,
    train: jax.Array,
    n_train: jax.Array,
    held: jax.Array,
    n_held: jax.Array,
    shape: Shape,
    lag: int,
) -> tuple[Any, ...]:
    """Return second moments of (errors, increments held out, increments in training), and means of ln p_d and so on."""
    counts = (jnp.arange(held.shape[0]) < n_held) / n_held
    learned = (jnp.arange(train.shape[0]) < n_train) / n_train
    now, _, _ = encode(p["levels"], shape, states[held])
    then, dropped, log_det = encode(p["levels"], shape, states[held + lag])
    before, _, _ = encode(p["levels"], shape, states[train])
    after, _, _ = encode(p["levels"], shape, states[train + lag])
    target = unprepare(made, states[held + lag])
    rest = jnp.zeros(held.shape)
    errors, idle, moved, score, shared, mae, mae_still = [], [], [], [], [], [], []
    for i, (y, z) in enumerate(zip(now, then, strict=True)):
        part = p["dropped"].get(f"level{i}")
        if part is not None:
            rest = rest + log_normal(part["P"], dropped[i] - dropped_mean(part, z))
        ahead, same = step(p["scales"][i], y), rest + log_det[i]
        errors.append(_moment(z - ahead, counts))
        idle.append(_moment(z - y, counts))
        moved.append(_moment(after[i] - before[i], learned))
        score.append(counts @ (log_normal(p["scales"][i]["P"][0], z - ahead) + same))
        shared.append(counts @ same)
        for kept, guess in ((mae, ahead), (mae_still, y)):
            kept.append(counts @ jnp.abs(unprepare(made, micro(p, undo, shape, guess, i)) - target).mean(axis=1))
    return errors, idle, moved, jnp.stack(score), jnp.stack(shared), jnp.stack(mae), jnp.stack(mae_still)


def _moment(rows: jax.Array, weights: jax.Array) -> jax.Array:
    return (rows * weights[:, None]).T @ rows
