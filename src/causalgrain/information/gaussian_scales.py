r"""The linear coarse-graining ``y = W x`` (W: k x n) under which a linear Gaussian system has most causal power.

Two measures, each with its own macro system, both nats per dimension:

* ``measure="J"`` (Liu, Yuan & Zhang 2024, arXiv 2405.09207): :math:`W W^T = I`, macro ``A_W = W A W^T``,
  ``S_W = W S W^T``, a box of the same side at every scale. The causal emergence is
  :math:`dJ = \ln(|\det W A W^T|^{1/k} / |\det A|^{1/n}) + \ln(\det S^{1/2n} / \det(W S W^T)^{1/2k})`,
  degeneracy part + determinism part. Without :math:`W W^T = I` it has no bound.
* ``measure="channel"`` (ours): the macro system is what y at one time tells of y at the next while x has the covariance
  C: ``F = W A C W^T (W C W^T)^{-1}``, ``S_W = W (A C A^T + S) W^T - F W C W^T F^T`` (what the left-out dimensions do
  is noise). Its channel EI under a Gaussian intervention is I(y; y'), which only depends on the space that the rows
  of W span; they are given orthonormal in the metric of C (``W C W^T = I``).

Upper bounds, from which a maximum is *proved* where it reaches them:

* J: by Cauchy & Binet :math:`\det(W A W^T)^2 \le \det(W A A^T W^T)`, so
  :math:`\ln|\det W A W^T| - \frac12 \ln\det W S W^T \le \frac12 \sum_{i \le k} \ln m_i`, m the largest eigenvalues of
  :math:`S^{-1} A A^T`. Reached by eigenvectors where A is symmetric and S a multiple of the identity.
* channel: no k numbers made of x tell more about k numbers made of x' than the first k pairs of canonical variables,
  :math:`-\frac12 \sum_{i \le k} \ln(1 - r_i^2)`. Reached where the pairs are made by one W for both times: if
  :math:`C^{-1/2} A C^{1/2}` is symmetric and C stationary (a reversible system).

Elsewhere the best of several starts (invariant, symmetric and singular directions, and random ones), each climbed by
L-BFGS, is returned with the bound beside it; it may be a local maximum. One step is looked at, whatever W.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, as_number, as_whole, choose
from .._errors import InputError
from .._provenance import Provenance
from ..surrogates.streams import as_seed
from .dimensions import checked_dims
from .gaussian import LOG_2_PI_E, as_linear, channel_spectrum
from .linear import LinearGaussian

MEASURES = ("channel", "J")
PROVED = 1e-9  # nats per dimension between value and bound that rounding explains
CONVENTIONS = {
    "unit": "nats per dimension",
    "J": "W W^T = I, macro A = W A W^T, S = W S W^T, the same box side at every scale",
    "channel": "I(Wx; Wx') with x of the system's covariance: the macro noise holds what is left out (ours)",
}
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


@dataclass(frozen=True, eq=False)
class GaussianScale:
    """The best linear coarse-graining found for one number of dimensions.

    Attributes
    ----------
    W : ndarray, shape (k, n)
        Rows orthonormal ("J"), or orthonormal in the metric of the covariance ("channel").
    macro : LinearGaussian
        The system of ``y = W x``.
    value, micro, emergence : float, nats per dimension
        Of the macro system, of the system itself, and their difference.
    determinism_part, degeneracy_part : float, nats per dimension
        Their sum is `emergence`. "channel": by how much determinism rises and degeneracy falls, see
        :mod:`.gaussian`.
    bound : float, nats per dimension
        No W gives more than this.
    proved : bool
        Whether the value reaches the bound, so that W is the maximum.
    closure : float, 0 to 1
        Share of what drives y' that y holds: 1 where the macro variables follow from themselves alone, without
        what was left out (in the metric of the covariance for "channel", of the plain coordinates for "J").
    """

    W: np.ndarray
    macro: LinearGaussian
    value: float
    micro: float
    emergence: float
    determinism_part: float
    degeneracy_part: float
    bound: float
    proved: bool
    closure: float
    provenance: Provenance

    @property
    def k(self) -> int:
        """Number of macro dimensions."""
        return len(self.W)

    def __repr__(self) -> str:
        doubt = "proved the largest" if self.proved else f"best found; none exceeds {self.bound:.6f}"
        return (
            f"{self.k} of {self.W.shape[1]} dimensions: {self.value:.6f} nats per dimension ({doubt}), "
            f"emergence {self.emergence:+.6f} (determinism {self.determinism_part:+.6f}, "
            f"degeneracy {self.degeneracy_part:+.6f}), closure {self.closure:.3f}\n{self.provenance}"
        )


def best_linear_scale(
    system: Any, k: int, *, measure: str = "channel", box: float = 1.0, restarts: int = 4, seed: int = 0
) -> GaussianScale:
    """Return the coarse-graining to k dimensions with the largest causal power per dimension.

    Parameters
    ----------
    system : LinearGaussian, tuple (A, S), or Recording
    k : int, 1 to n
    measure : {"channel", "J"}
    box : float
        Half-width L of the box of J; moves every J by ln of it, and no emergence.
    restarts : int
        Random starts beside the four constructed ones, where the maximum isn't proved.
    seed : int
        Of the random starts.

    Returns
    -------
    GaussianScale
        ``.W``, ``.macro``, ``.value``, ``.emergence`` with its two parts, ``.bound``, ``.proved``.

    Raises
    ------
    InputError
        No such k; singular noise; for "J" a singular A, whose micro J is -inf; for "channel" no covariance.

    Examples
    --------
    >>> system = LinearGaussian([[0.9, 0.0], [0.0, 0.1]], 1.0)
    >>> scale = best_linear_scale(system, 1)
    >>> scale.proved, round(scale.value, 6)  # -1/2 ln(1 - .81)
    (True, 0.830366)

    References
    ----------
    Liu, Yuan & Zhang (2024) arXiv 2405.09207.
    """
    choose(measure, MEASURES, "measure")
    system = as_linear(system)
    (k,) = checked_dims(k, system.n) if isinstance(k, int | np.integer) else (checked_dims([k], system.n))
    size = as_number(box, "box", low=np.finfo(float).tiny)
    restarts, seed = as_whole(restarts, "restarts", 0), as_seed(seed, "seed")
    if system.noise_rank < system.n:
        raise InputError(
            "S",
            expected="noise in every direction",
            got=f"rank {system.noise_rank} of {system.n}",
            remedy="Directions without noise have infinite causal power: leave them out, or give them a noise floor.",
        )
    settings = {"k": k, "measure": measure, "box": box, "restarts": restarts, "seed": seed}
    rng = np.random.default_rng(seed)
    jay = measure == "J"
    found = _best_j(system, k, size, restarts, rng) if jay else _best_channel(system, k, restarts, rng)
    found["W"].setflags(write=False)
    provenance = Provenance("best_linear_scale", settings, system.hash, CONVENTIONS, system.caution)
    return GaussianScale(**found, provenance=provenance)


def macro_system(system: LinearGaussian, W: Any) -> LinearGaussian:
    """Return the system of ``y = W x`` as y predicts itself while x has the system's covariance.

    Parameters
    ----------
    W : array_like, shape (k, n), of rank k
    """
    w = as_float_array(W, "W")
    if w.ndim != 2 or w.shape[1] != system.n or np.linalg.matrix_rank(w) < len(w):
        raise InputError(
            "W",
            expected=f"independent rows of {system.n} weights",
            got=f"shape {w.shape}",
            remedy="Give one row a macro variable, none made of the others.",
        )
    c = system.C
    inside, cross = w @ c @ w.T, w @ system.A @ c @ w.T
    f = np.linalg.solve(inside, cross.T).T
    after = w @ (system.A @ c @ system.A.T + system.S) @ w.T
    noise = after - f @ cross.T
    names = tuple(f"y{i}" for i in range(len(w)))
    return LinearGaussian(f, 0.5 * (noise + noise.T), 0.5 * (inside + inside.T), names, system.caution)


def dj_parts(a: np.ndarray, s: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """Return (determinism part, degeneracy part) of dJ of a coarse-graining with ``w w^T = I``, nats per dimension."""
    n, k = len(a), len(w)
    degeneracy = np.linalg.slogdet(w @ a @ w.T)[1] / k - np.linalg.slogdet(a)[1] / n
    determinism = np.linalg.slogdet(s)[1] / (2 * n) - np.linalg.slogdet(w @ s @ w.T)[1] / (2 * k)
    return float(determinism), float(degeneracy)


# -- J -----------------------------------------------------------------------------------------------------------


def _best_j(system: LinearGaussian, k: int, box: float, restarts: int, rng: np.random.Generator) -> dict[str, Any]:
    a, s, n = system.A, system.S, system.n
    if np.linalg.matrix_rank(a) < n:
        raise InputError(
            "A",
            expected="an invertible matrix: the micro J of a singular one is -inf",
            got=f"rank {np.linalg.matrix_rank(a)} of {n}",
            remedy='Use measure="channel".',
        )
    chol = np.linalg.cholesky(s)
    gains = np.linalg.svd(np.linalg.solve(chol, a), compute_uv=False)

    def objective(v: np.ndarray) -> tuple[float, np.ndarray]:
        p, q, g = v @ a @ v.T, v @ s @ v.T, v @ v.T
        value = np.linalg.slogdet(p)[1] - 0.5 * np.linalg.slogdet(q)[1] - 0.5 * np.linalg.slogdet(g)[1]
        slope = np.linalg.solve(p.T, v @ a.T) + np.linalg.solve(p, v @ a)
        return float(value), slope - np.linalg.solve(q, v @ s) - np.linalg.solve(g, v)

    bound = float(np.log(gains[:k]).sum())
    starts = _starts(a, chol, k)
    w, best = _climb(objective, starts, k, n, bound, restarts, rng)
    w = np.linalg.qr(w.T)[0].T
    offset = np.log(2.0 * box) - 0.5 * LOG_2_PI_E
    micro = float(np.linalg.slogdet(a)[1] - 0.5 * np.linalg.slogdet(s)[1]) / n + offset
    determinism, degeneracy = dj_parts(a, s, w)
    drive = w @ a
    return {
        "W": w,
        "macro": LinearGaussian(w @ a @ w.T, w @ s @ w.T, labels=tuple(f"y{i}" for i in range(k))),
        "value": best / k + offset,
        "micro": micro,
        "emergence": determinism + degeneracy,
        "determinism_part": determinism,
        "degeneracy_part": degeneracy,
        "bound": bound / k + offset,
        "proved": bool(bound - best <= PROVED * k),
        "closure": _share(drive @ w.T, drive),
    }


# -- channel EI --------------------------------------------------------------------------------------------------


def _best_channel(system: LinearGaussian, k: int, restarts: int, rng: np.random.Generator) -> dict[str, Any]:
    a, s, c, n = system.A, system.S, system.C, system.n
    values, vectors = np.linalg.eigh(c)
    if values[0] <= 1e-12 * values[-1]:
        raise InputError(
            "covariance",
            expected="a state that moves in every direction",
            got=f"a covariance of rank {int((values > 1e-12 * values[-1]).sum())} of {n}",
            remedy="Leave out variables that are made of others.",
        )
    root, inverse = (vectors * np.sqrt(values)) @ vectors.T, (vectors / np.sqrt(values)) @ vectors.T
    b, q = inverse @ a @ root, inverse @ (a @ c @ a.T + s) @ inverse
    joint = np.block([[np.eye(n), b.T], [b, q]])

    def objective(v: np.ndarray) -> tuple[float, np.ndarray]:
        g, p = v @ v.T, v @ q @ v.T
        z = np.zeros((2 * k, 2 * n))
        z[:k, :n], z[k:, n:] = v, v
        both = z @ joint
        whole = both @ z.T
        value = 0.5 * (np.linalg.slogdet(g)[1] + np.linalg.slogdet(p)[1] - np.linalg.slogdet(whole)[1])
        slope = np.linalg.solve(whole, both)
        return float(value), np.linalg.solve(g, v) + np.linalg.solve(p, v @ q) - slope[:k, :n] - slope[k:, n:]

    chol = np.linalg.cholesky(q)
    canonical = np.minimum(np.linalg.svd(np.linalg.solve(chol, b), compute_uv=False), 1.0)
    with np.errstate(divide="ignore"):
        bound = float(-0.5 * np.log1p(-(canonical[:k] ** 2)).sum())
    v, best = _climb(objective, _starts(b, chol, k), k, n, bound, restarts, rng)
    v = np.linalg.qr(v.T)[0].T
    w = v @ inverse
    macro = macro_system(system, w)
    micro = float(channel_spectrum(a, s, c).sum()) / n
    # Determinism: what the noise leaves of h(x); degeneracy: what h(x') lacks of h(x). Both per dimension.
    rise = _log_ratio(macro.C, macro.S) - _log_ratio(c, s)
    fall = _log_ratio(c, a @ c @ a.T + s) - _log_ratio(macro.C, macro.A @ macro.C @ macro.A.T + macro.S)
    drive = v @ b
    return {
        "W": w,
        "macro": macro,
        "value": best / k,
        "micro": micro,
        "emergence": best / k - micro,
        "determinism_part": rise,
        "degeneracy_part": fall,
        "bound": bound / k,
        "proved": bool(bound - best <= PROVED * k),
        "closure": _share(drive @ v.T, drive),
    }


def _log_ratio(over: np.ndarray, under: np.ndarray) -> float:
    return float(np.linalg.slogdet(over)[1] - np.linalg.slogdet(under)[1]) / (2 * len(over))


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    total = float((whole**2).sum())
    return min(float((part**2).sum()) / total, 1.0) if total > 0 else 1.0


# -- search ------------------------------------------------------------------------------------------------------


def directions(b: np.ndarray) -> np.ndarray:
    """Return two orthonormal bases of directions of ``b``, best first, in rows: shape (2, ..., n, n).

    The first is made of the eigenvectors of (b + b^T) / 2 by absolute eigenvalue, the second of those of
    b b^T + b^T b; b may be a batch (..., n, n). For a symmetric b both hold the largest canonical directions.
    """
    turned = np.swapaxes(b, -1, -2)
    values, even = np.linalg.eigh(0.5 * (b + turned))
    order = np.argsort(-np.abs(values), axis=-1)
    even = np.take_along_axis(even, order[..., None, :], axis=-1)
    both = np.linalg.eigh(b @ turned + turned @ b)[1][..., ::-1]
    return np.swapaxes(np.stack([even, both]), -1, -2)


def _starts(b: np.ndarray, chol: np.ndarray, k: int) -> list[np.ndarray]:
    """Rows that are worth a try: symmetric and singular directions, and the leading left-invariant space of b."""
    from scipy.linalg import schur

    size = np.sort(np.abs(np.linalg.eigvals(b)))[::-1]
    cut = size[k - 1] * (1.0 - 1e-9)
    vectors = schur(b.T, output="real", sort=lambda re, im=0.0: np.hypot(re, im) >= cut)[1].T
    inner = np.linalg.solve(chol, b)
    left = np.linalg.solve(chol.T, np.linalg.svd(inner)[0]).T
    return [*(basis[:k] for basis in directions(b)), vectors[:k], left[:k]]


def _climb(
    objective: Objective,
    starts: list[np.ndarray],
    k: int,
    n: int,
    bound: float,
    restarts: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, float]:
    """Return (V, value) of the best maximum found; stops at once where the bound is reached."""
    from scipy.optimize import minimize

    def at(v: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            try:
                value = objective(v)[0]
            except np.linalg.LinAlgError:
                return -np.inf
        return value if np.isfinite(value) else -np.inf

    def down(flat: np.ndarray) -> tuple[float, np.ndarray]:
        try:
            value, slope = objective(flat.reshape(k, n))
        except np.linalg.LinAlgError:
            return 1e12, np.zeros_like(flat)
        return (-value, -slope.ravel()) if np.isfinite(value) else (1e12, np.zeros_like(flat))

    scored = sorted(((at(v), i) for i, v in enumerate(starts)), reverse=True)
    best, place = scored[0]
    found = starts[place]
    if k == n or bound - best <= PROVED * k:
        return found, best
    tries = [starts[i] for _, i in scored] + [rng.standard_normal((k, n)) for _ in range(restarts)]
    for start in tries:
        end = minimize(down, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-14})
        if -end.fun > best:
            best, found = float(-end.fun), end.x.reshape(k, n)
        if bound - best <= PROVED * k:
            break
    return found, best
