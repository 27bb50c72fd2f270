r"""What is done to a state before the encoder, fixed before training: marginals, whitening, and the first directions.

Conventions. ``x -> z``: each channel less its mean, over its standard deviation ("zscore"); with marginals "gaussian"
then through an increasing, piecewise linear curve that makes its distribution normal (ranks of the training samples;
straight beyond the outermost knots). ``z -> w``: whitened, ``w = W (z - c)``, W the symmetric inverse root of the
covariance shrunk by 1e-3 toward its mean variance times 1. All is estimated on a member's training samples alone. It
is the same for all scales and stays as it is, so the densities that scales are compared by are those of w.

Linear-predictive initialisation: with w and w' the prepared states now and next, ``b = E w' w^T``; rows of the first
rotation are directions that predict themselves, best first. Three orthonormal bases are tried: eigenvectors of
(b + b^T) / 2 and of b b^T + b^T b (:func:`..information.gaussian_scales.directions`) and left singular vectors of b;
the one with the largest sum over scales of the channel EI per dimension is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from ..information.gaussian_scales import directions

MARGINALS = ("zscore", "gaussian")
SHRINKAGE = 1e-3
KNOTS = 65
SLOPE = 0.02  # share of the straight line that is mixed in, so that ties don't make the curve vertical

Preparation = dict[str, np.ndarray]


def fit_preparation(x: np.ndarray, *, marginals: str = "zscore") -> Preparation:
    """Return the preparation of training samples (samples, channels), float64."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    z = (x - mean) / scale
    n = x.shape[1]
    made: Preparation = {"mean": mean, "scale": scale}
    if marginals == "gaussian":
        from scipy.special import ndtri

        share = (np.arange(KNOTS) + 0.5) / KNOTS
        heights = ndtri(share)
        curve = np.quantile(z, share, axis=0).T
        made["knots"], made["heights"] = (1.0 - SLOPE) * curve + SLOPE * heights, heights
        z = np.asarray(_bend(z, made["knots"], heights, np))
    centre = z.mean(axis=0)
    c = (z - centre).T @ (z - centre) / len(z)
    c = (1.0 - SHRINKAGE) * c + SHRINKAGE * np.trace(c) / n * np.eye(n)
    values, vectors = np.linalg.eigh(c)
    white = (vectors / np.sqrt(values)) @ vectors.T
    return made | {"centre": centre, "white": white, "unwhite": (vectors * np.sqrt(values)) @ vectors.T}


def prepare(made: Preparation, x: jax.Array | np.ndarray) -> jax.Array:
    """Return w of states (..., channels)."""
    z = (jnp.asarray(x) - made["mean"]) / made["scale"]
    if "knots" in made:
        z = _bend(z, made["knots"], made["heights"], jnp)
    return (z - made["centre"]) @ made["white"]


def unprepare(made: Preparation, w: jax.Array | np.ndarray) -> jax.Array:
    """Return the states of w (..., channels)."""
    z = jnp.asarray(w) @ made["unwhite"] + made["centre"]
    if "knots" in made:
        n, many = made["knots"].shape
        z = _bend(z, jnp.broadcast_to(made["heights"], (n, many)), made["knots"], jnp)
    return z * made["scale"] + made["mean"]


def _bend(z, start, end, np_):  # type: ignore[no-untyped-def]
    """Map each channel along straight pieces from `start` (channels, knots) to `end`, straight on beyond them."""
    channels = []
    for i in range(z.shape[-1]):
        s, e = start[i], end[i] if end.ndim == 2 else end
        here = z[..., i]
        inside = np_.interp(here, s, e)
        low = e[0] + (here - s[0]) * (e[1] - e[0]) / (s[1] - s[0])
        high = e[-1] + (here - s[-1]) * (e[-1] - e[-2]) / (s[-1] - s[-2])
        channels.append(np_.where(here < s[0], low, np_.where(here > s[-1], high, inside)))
    return np_.stack(channels, axis=-1)


def first_rotation(now: np.ndarray, then: np.ndarray, dims: Sequence[int]) -> np.ndarray:
    """Return an orthonormal matrix (channels, channels) whose first d rows predict themselves well, for all d of dims.

    Parameters
    ----------
    now, then : array, shape (pairs, channels)
        Prepared states.
    """
    a, b = now - now.mean(axis=0), then - then.mean(axis=0)
    cross, c, q = b.T @ a / len(a), a.T @ a / len(a), b.T @ b / len(a)
    bases = [*directions(cross), np.linalg.svd(cross)[0].T]

    def power(rows: np.ndarray) -> float:
        total = 0.0
        for d in dims:
            v = rows[:d]
            inner, outer, mixed = v @ c @ v.T, v @ q @ v.T, v @ cross @ v.T
            noise = outer - mixed @ np.linalg.solve(inner, mixed.T)
            total += (np.linalg.slogdet(outer)[1] - np.linalg.slogdet(noise)[1]) / (2 * d)
        return total

    return max(bases, key=power)


def random_rotation(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return a random orthonormal matrix (n, n)."""
    q, r = np.linalg.qr(rng.standard_normal((n, n)))
    return q * np.sign(np.diag(r))
