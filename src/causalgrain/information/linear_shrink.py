r"""Linear models of macro variables from moments: trained on one part of the data, looked at on another. Arrays only.

In coordinates in which the training x is white, ``y = W x`` (W orthonormal, chosen on the training part), least squares
gives ``y' = G y + e``, ``e ~ N(0, S)``. With ``S = L L^T``, the singular values s of ``L^{-1} G`` are the gains of the
independent channels (channel EI = sum of 1/2 ln(1 + s^2)), and their errors of estimation are alike in every direction:
normal with s.d. 1/sqrt(N). Shrinkage is the non-negative garrote on them,

    s -> s (1 - (c t / s)^2)_+,   t = sqrt(n / N),

n the micro dimensions (W was chosen among n), c the *strength*: 0 is least squares, infinity says that nothing follows
from the present. Small gains vanish and large ones stay nearly what they are; no invertible linear map of the variables
changes the fit. (The choice of this shrinkage is ours.)

Moments are ``Z^T Z`` of ``Z = [1, x, x']``, see :mod:`.linear_moments`; every function takes batches of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .gaussian_scales import directions

STRENGTHS = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, np.inf)


@dataclass(frozen=True, eq=False)
class Trained:
    """The training part, made white.

    Attributes
    ----------
    pairs : ndarray, shape (...)
    mean, mean_next : ndarray, shape (..., n)
    white : ndarray, shape (..., n, n)
        ``white @ (x - mean)`` has covariance 1.
    b, q : ndarray, shape (..., n, n)
        Least-squares weights, and covariance of the next state, in those coordinates.
    bases : ndarray, shape (2, ..., n, n)
        Candidates for W: the first k rows of either.
    """

    pairs: np.ndarray
    mean: np.ndarray
    mean_next: np.ndarray
    white: np.ndarray
    b: np.ndarray
    q: np.ndarray
    bases: np.ndarray


@dataclass(frozen=True, eq=False)
class ScaleFit:
    """Models of one scale, one for each strength.

    Attributes
    ----------
    w : ndarray, shape (..., k, n)
        In white coordinates.
    f, s : ndarray, shape (..., strengths, k, k)
        Weights, and covariance of the noise as the training part has it (degrees of freedom allowed for).
    q : ndarray, shape (..., k, k)
        Covariance of y'.
    naive_ei, naive_j : ndarray, shape (...), nats per dimension
        Least squares measured on the part it was made on: channel EI, and the small-noise J under the Gaussian
        intervention. Both biased upward by choice and by fitting.
    """

    w: np.ndarray
    f: np.ndarray
    s: np.ndarray
    q: np.ndarray
    naive_ei: np.ndarray
    naive_j: np.ndarray


def split(moments: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return (pairs, mean x, mean x', E xx^T, E x'x^T, E x'x'^T), the last three not centred."""
    n = (moments.shape[-1] - 1) // 2
    pairs = moments[..., 0, 0]
    scaled = moments / pairs[..., None, None]
    now, then = slice(1, n + 1), slice(n + 1, None)
    return (
        pairs,
        scaled[..., 0, now],
        scaled[..., 0, then],
        scaled[..., now, now],
        scaled[..., then, now],
        scaled[..., then, then],
    )


def train(moments: np.ndarray) -> Trained:
    """Return what the training part says, shapes (..., 2 n + 1, 2 n + 1) in."""
    pairs, mean, after, xx, yx, yy = split(moments)
    c = xx - _outer(mean, mean)
    values, vectors = np.linalg.eigh(c)
    floor = 1e-10 * values[..., -1:]
    white = (vectors / np.sqrt(np.maximum(values, floor))[..., None, :]) @ _t(vectors)
    b = white @ (yx - _outer(after, mean)) @ white
    q = white @ (yy - _outer(after, after)) @ white
    return Trained(pairs, mean, after, white, b, q, directions(b))


def fit_scale(trained: Trained, k: int, strengths: np.ndarray) -> ScaleFit:
    """Return the models of k dimensions, one for each strength."""
    n = trained.b.shape[-1]
    if k == n:
        w = np.broadcast_to(np.eye(n), trained.b.shape)
        best = _least_squares(trained, w)
    else:
        both = trained.bases[..., :k, :]
        first, second = _least_squares(trained, both[0]), _least_squares(trained, both[1])
        take = (_channel(first[3], k) >= _channel(second[3], k))[..., None, None]
        w = np.where(take, both[0], both[1])
        pick = [take[..., 0] if a.ndim < w.ndim else take for a in first]
        best = tuple(np.where(p, a, b) for p, a, b in zip(pick, first, second, strict=True))
    g, chol, u, s, v = best
    edge = np.sqrt(n / trained.pairs)[..., None, None] * strengths[:, None]  # (..., strengths, 1)
    safe = np.maximum(s, 1e-300)[..., None, :]
    with np.errstate(invalid="ignore", over="ignore"):
        keep = np.maximum(1.0 - (edge / safe) ** 2, 0.0)
    keep = np.where(np.isnan(keep), 0.0, keep)  # strength inf
    f = ((chol @ u)[..., None, :, :] * (s[..., None, :] * keep)[..., None, :]) @ v[..., None, :, :]
    q = w @ trained.q @ _t(w)
    cross = f @ _t(g)[..., None, :, :]
    noise = q[..., None, :, :] - cross - _t(cross) + f @ _t(f)
    freedom = trained.pairs[..., None] / np.maximum(trained.pairs[..., None] - keep.sum(axis=-1) - 1.0, 1.0)
    gain = np.log(np.maximum(s, 1e-300)).mean(axis=-1)
    return ScaleFit(w, f, noise * freedom[..., None, None], q, _channel(s, k), gain)


def held_out(trained: Trained, fit: ScaleFit, moments: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Look at models on pairs they weren't made on.

    Returns
    -------
    ei : ndarray, shape (..., strengths), nats per dimension
        Channel EI: weights from the training part, noise and Gaussian intervention (covariance of y) from this one,
        both about the training mean.
    score : ndarray, shape (..., strengths), nats per dimension and pair
        Mean log-likelihood less that of a model in which nothing follows from the present.
    r2 : ndarray, shape (..., strengths)
        1 less the squared error over that of predicting the mean, in coordinates in which the training x is white.
    """
    _, mean, after, xx, yx, yy = split(moments)
    down = fit.w @ trained.white
    left, right = mean - trained.mean, after - trained.mean_next
    # Second moments about the training means.
    now = xx - _outer(mean, mean) + _outer(left, left)
    then = yy - _outer(after, after) + _outer(right, right)
    cross = yx - _outer(after, mean) + _outer(right, left)
    c, y, x = (down @ part @ _t(down) for part in (now, then, cross))
    k = c.shape[-1]
    c, y, x = (part[..., None, :, :] for part in (c, y, x))
    signal = fit.f @ c @ _t(fit.f)
    mixed = fit.f @ _t(x)
    error = y - mixed - _t(mixed) + signal
    with np.errstate(invalid="ignore", divide="ignore"):  # fewer pairs than dimensions: NaN
        ei = (_log_det(error + signal) - _log_det(error)) / (2 * k)
    q = fit.q[..., None, :, :]
    ours = _log_det(fit.s) + np.trace(np.linalg.solve(fit.s, error), axis1=-2, axis2=-1)
    free = _log_det(q) + np.trace(np.linalg.solve(q, y), axis1=-2, axis2=-1)
    r2 = 1.0 - np.trace(error, axis1=-2, axis2=-1) / np.trace(y, axis1=-2, axis2=-1)
    return np.maximum(ei, 0.0), (free - ours) / (2 * k), r2


def _least_squares(trained: Trained, w: np.ndarray) -> tuple[np.ndarray, ...]:
    g = w @ trained.b @ _t(w)
    noise = w @ trained.q @ _t(w) - g @ _t(g)
    k = noise.shape[-1]
    # Rounding can leave a direction without noise where one unit copies another: a floor far below any real noise.
    noise = 0.5 * (noise + _t(noise)) + 1e-12 * np.eye(k) * np.trace(noise, axis1=-2, axis2=-1)[..., None, None] / k
    chol = np.linalg.cholesky(noise)
    u, s, v = np.linalg.svd(np.linalg.solve(chol, g))
    return g, chol, u, s, v


def _channel(s: np.ndarray, k: int) -> np.ndarray:
    return 0.5 * np.log1p(s**2).sum(axis=-1) / k


def _outer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., :, None] * b[..., None, :]


def _t(matrix: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrix, -1, -2)


def _log_det(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.slogdet(matrix)[1]
