r"""One model over all scales: dynamics of every scale, dropped channels, and the exact likelihood of the next state.

Which likelihood is maximised. Let x be the (prepared, whitened) micro state, x' the next one, ``y_d = phi_d(x)`` the
variable of scale d, and ``r_1 .. r_l`` what the levels down to d have dropped: x <-> (y_d, r_1 .. r_l) is one to one.
Then

.. math:: \ln p_d(x' | x) = \ln N(y_d'; f_d(y_d), \Sigma_d)                        (macro part, from the macro state)
          + \sum_{j \le l} \ln N(r_j'; B_j y_j' + c_j, R_j)                        (dropped parts)
          + \ln |\det \partial (y_d', r_1' .. r_l') / \partial x'|,                (change of variables)

where y_j' is what level j keeps *of the same, next state*: the dropped part is conditional on the macro variable at t
+ 1 and on nothing at t. ``f_d(y) = y + A_d y + b_d + MLP_d(y)``; Sigma_d and R_j are full. The dropped parts and the
determinants are shared by all scales, so one pass of the encoder serves them all. The loss is minus the mean over
scales (and over samples) of ln p_d, per channel.

Why scales can be compared. Each p_d is a normalised density of the *same* micro variable x', given less and less
about x: held-out ln p_d is in nats per sample, whatever d is. At best

.. math:: E \ln p_d = -h(x') + I(y_d(t); y_d(t+1)) - E\,KL(y' | y) - E\,KL(r' | y'),

the two KL being what the Gaussian families miss (from h(y', r') = h(x') + E ln|det| and the chain rule). `score` is
ln p_d less the log-density of x' under one Gaussian fitted to it without a past. For a linear Gaussian system its
expectation is I(y_d; y_d') exactly.

Why J can't be inflated. (i) Scale: y -> c y changes the Gaussian term by -d ln c and the determinant by +d ln c;
nothing is gained by shrinking or stretching the latent, and collapse (a constant y) costs an infinite determinant.
(ii) Noise: the score never exceeds I(y_d; y_d') - h(x'), and that never exceeds the information the states themselves
have of their future; a y with too small a Sigma pays on held-out data. (iii) Hiding: a channel that is dropped still
has to be given its density, so throwing away what is hard to predict is paid for in full. What remains to be watched:
the family of r' | y' is Gaussian up to the flow, so an encoder can gain by making what it drops more Gaussian instead
of by predicting; and with many steps the training score rises while the held-out score falls (the number of steps is
chosen there).

Several steps. With a horizon K the mean over k = 1 .. K of ln p_d(x_{t+k} | x_t) is maximised, the mean of y after k
steps being f_d applied k times, each k with its own Sigma: noise of *observation* then no longer biases f_d toward 0.

The Gaussians are parametrised by P, lower triangular with positive diagonal, Sigma = (P^T P)^{-1}.
All of this is ours; the published model has an L1 loss, an inverse model, and a decoder that refills noise (Wang et al.
2025, arXiv 2509.10891).
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from .flows import Parameters, Shape, encode, init_levels, init_perceptron, perceptron, undo_level, unmixing

LOG_2_PI = float(np.log(2.0 * np.pi))


def step(scale: Parameters, y: jax.Array) -> jax.Array:
    """Return f(y) = y + A y + b + MLP(y), the mean of the next macro state, shape (..., d)."""
    return y + y @ scale["A"].T + scale["b"] + perceptron(scale["perceptron"], y)


def log_normal(precision: jax.Array, error: jax.Array) -> jax.Array:
    """Return the log-density of errors (..., d) under N(0, (P^T P)^{-1}), P given with the log of its diagonal."""
    d = error.shape[-1]
    log_diagonal = jnp.diagonal(precision)
    white = error @ (jnp.tril(precision, -1) + jnp.diag(jnp.exp(log_diagonal))).T
    return log_diagonal.sum() - 0.5 * (white**2).sum(axis=-1) - 0.5 * d * LOG_2_PI


def dropped_mean(dropped: Parameters, y: jax.Array) -> jax.Array:
    """Return the mean of what a level dropped, given what it kept."""
    return y @ dropped["B"].T + dropped["c"]


def log_densities(parameters: Parameters, shape: Shape, windows: jax.Array) -> jax.Array:
    """Return ln p_d(x_{t+k} | x_t), shape (scales, horizon, ...).

    Parameters
    ----------
    windows : array, shape (..., horizon + 1, channels)
        Prepared states at t, t + 1, ..; the present is at index 0.
    """
    windows = jnp.asarray(windows)
    kept, dropped, log_det = encode(parameters["levels"], shape, windows)
    horizon = windows.shape[-2] - 1
    rest = jnp.zeros(windows.shape[:-1], windows.dtype)
    found = []
    for i, (scale, y) in enumerate(zip(parameters["scales"], kept, strict=True)):
        if dropped[i].shape[-1]:
            part = parameters["dropped"][f"level{i}"]
            rest = rest + log_normal(part["P"], dropped[i] - dropped_mean(part, y))
        now, ahead = y[..., 0, :], []
        for k in range(1, horizon + 1):
            now = step(scale, now)
            macro = log_normal(scale["P"][k - 1], y[..., k, :] - now)
            ahead.append(macro + rest[..., k] + log_det[i][..., k])
        found.append(jnp.stack(ahead))
    return jnp.stack(found)


def loss(parameters: Parameters, shape: Shape, windows: jax.Array) -> jax.Array:
    """Return minus the mean log-density over scales, steps ahead and samples, per channel."""
    return -log_densities(parameters, shape, windows).mean() / shape.channels


def macro(parameters: Parameters, shape: Shape, x: jax.Array, scale: int) -> jax.Array:
    """Return the variable of one scale, shape (..., dims[scale])."""
    return encode(parameters["levels"], shape, x, scale)[0][-1]


def inverses(parameters: Parameters) -> tuple[np.ndarray, ...]:
    """Return the inverse mixing of every level, as `micro` needs them; leading axes stay."""
    return tuple(unmixing(level["mixing"]) for level in parameters["levels"])


def micro(parameters: Parameters, undo: tuple[np.ndarray, ...], shape: Shape, y: jax.Array, scale: int) -> jax.Array:
    """Return the micro state of a macro state, shape (..., channels), what was dropped at its conditional mean.

    Parameters
    ----------
    undo : tuple of arrays
        The `inverses` of the same parameters.
    """
    for i in reversed(range(scale + 1)):
        part = parameters["dropped"].get(f"level{i}")
        rest = y[..., :0] if part is None else dropped_mean(part, y)
        y = undo_level(parameters["levels"][i], undo[i], y, rest)
    return y


# -- the start: a linear model -----------------------------------------------------------------------------------


def init_parameters(
    rngs: Sequence[np.random.Generator], shape: Shape, rotation: np.ndarray, windows: np.ndarray
) -> list[Parameters]:
    """Return parameters that start as the best linear Gaussian model of every scale in a rotation of the state.

    Parameters
    ----------
    rngs : sequence of numpy Generators, one a member
        For the hidden layers, which play no part until they are trained.
    rotation : array, shape (channels, channels)
        Orthonormal, rows in the order in which they are kept.
    windows : array, shape (samples, horizon + 1, channels)
        Prepared training states.
    """
    z = windows @ rotation.T
    after = z[:, 1:].reshape(-1, shape.channels)
    scales: list[Parameters] = []
    dropped: Parameters = {}
    for i, (width, d) in enumerate(zip(shape.widths, shape.dims, strict=True)):
        weight, offset = _regression(z[:, 0, :d], z[:, 1, :d])
        now, precisions = z[:, 0, :d], []
        for k in range(1, shape.horizon + 1):
            now = now @ weight.T + offset
            precisions.append(_precision(z[:, k, :d] - now))
        scales.append(
            {
                "A": weight - np.eye(d),
                "b": offset,
                "P": np.stack(precisions),
            }
        )
        if width > d:
            b, c = _regression(after[:, :d], after[:, d:width])
            rest = after[:, d:width] - after[:, :d] @ b.T - c
            dropped[f"level{i}"] = {"B": b, "c": c, "P": _precision(rest)}
    members = []
    for rng in rngs:
        own = tuple(
            s | {"perceptron": init_perceptron(rng, (len(s["b"]), *shape.dynamics, len(s["b"])))} for s in scales
        )
        members.append({"levels": init_levels(rng, shape, rotation), "scales": own, "dropped": dropped})
    return members


def _regression(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    left, right = x.mean(axis=0), y.mean(axis=0)
    centred = x - left
    weight = np.linalg.solve(centred.T @ centred, centred.T @ (y - right)).T  # white: well conditioned
    return weight, right - weight @ left


def _precision(errors: np.ndarray) -> np.ndarray:
    """Return P of the errors' covariance, with the log of its diagonal on the diagonal."""
    p = np.linalg.inv(np.linalg.cholesky(errors.T @ errors / len(errors)))
    return np.tril(p, -1) + np.diag(np.log(np.diag(p)))
