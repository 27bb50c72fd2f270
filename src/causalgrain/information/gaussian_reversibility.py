"""Approximate dynamical reversibility of a linear system with Gaussian noise, from its singular values.

Conventions. ``x' = A x + e``, ``e ~ N(0, S)``, column vectors, S a covariance. Natural logarithms (nats). Let s_1 >=
s_2 >= ... be the eigenvalues of ``A^T S^-1 A`` (precision of the cause given the effect), k_1 >= k_2 >= ... those of
``S^-1`` (precision of the effect given the cause), n the dimension, r the rank of A, and a = alpha, 0 < a <= 2.
Liu et al. (2025), arXiv 2502.08261:

    Gamma_a = (2 pi / a)^(n/2) pdet(A^T S^-1 A)^(1/2 - a/4) det(S^-1)^(a/4)
    ln Gamma_a = (n/2) ln(2 pi / a) + (1/2 - a/4) sum_{i<=r} ln s_i + (a/4) sum_{i<=n} ln k_i

    clear dGamma_a    = (1/2 - a/4) (1/r - 1/n) sum_{i<=r} ln s_i + (a/4) (mean_{i<=r} ln k_i - mean_{i<=n} ln k_i)
    vague dGamma_a(e) = (1/2 - a/4) (mean_{i<=m} ln s_i - (1/n) sum_{i<=r} ln s_i) + (a/4) (mean_{i<=m} ln k_i - ...)

with m the number of s_i > epsilon. Both are differences of ln Gamma_a per dimension, between m = r (clear) or m (vague)
macro dimensions and the n micro ones, and agree at m = r. The two sums of the vague first term run over different
ranges: a factor 1/m - 1/n before one sum holds for the clear form alone. That the macro level keeps the largest k is
the formula's; the m largest s and the m largest k need not belong to the same directions, so that dGamma is what a
coarse-graining could reach at best, not the value of one.

Read with care. Clear emergence is exactly 0 where A has full rank, which every A fitted to data has. Where r < n, both
depend on units: with all variables times c (and epsilon divided by c^2) ``-(1 - r/n) (1 - a/2) ln c`` is added to
either; other units for some variables only change the eigenvalues in any case. So compare systems in the same units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number
from .._errors import InputError
from .._provenance import Provenance
from .gaussian import as_linear
from .reversibility import checked_alpha

RANK = 1e-12  # relative size below which a singular value of S^-1/2 A, or an eigenvalue of S, counts as 0

CONVENTIONS = {
    "system": "x' = A x + e, S the covariance of e",
    "rank": f"singular values of S^-1/2 A above {RANK:g} of the largest; pdet is the product of their squares",
    "clear emergence": "ln gamma per dimension, r dimensions less n dimensions, r the rank of A^T S^-1 A",
    "vague emergence": "the same with the eigenvalues of A^T S^-1 A above epsilon",
    "units": "where A isn't of full rank, emergence depends on the units of the variables",
    "unit": "nats",
}


@dataclass(frozen=True, eq=False)
class GaussianReversibility:
    """Approximate dynamical reversibility of a linear system with Gaussian noise.

    Attributes
    ----------
    log_gamma : float, nats
    clear, vague : float, nats per dimension
        Clear and vague emergence; NaN where A is 0. Without an epsilon the two are the same.
    rank, effective_rank : int
        Dimensions with an effect; those whose s is above epsilon.
    cause : ndarray, shape (n,), descending
        Eigenvalues s of ``A^T S^-1 A``.
    effect : ndarray, shape (n,), descending
        Eigenvalues k of ``S^-1``.
    """

    log_gamma: float
    clear: float
    vague: float
    rank: int
    effective_rank: int
    alpha: float
    epsilon: float | None
    cause: np.ndarray
    effect: np.ndarray
    provenance: Provenance

    @property
    def gamma(self) -> float:
        """Gamma_alpha itself; infinite beyond the range of floating point."""
        with np.errstate(over="ignore"):
            return float(np.exp(self.log_gamma))

    def __repr__(self) -> str:
        n = len(self.cause)
        vague = (
            "" if self.epsilon is None else f", vague {self.vague:.6f} ({self.effective_rank} above {self.epsilon:g})"
        )
        return (
            f"ln gamma {self.log_gamma:.6f} nats over {n} dimensions (alpha {self.alpha:g}), clear emergence "
            f"{self.clear:.6f} nats per dimension (rank {self.rank}){vague}\n{self.provenance}"
        )


def gaussian_reversibility(
    system: Any, *, alpha: float = 1.0, epsilon: float | None = None, noise_floor: float = 0.0
) -> GaussianReversibility:
    """Return the approximate dynamical reversibility of a linear system with Gaussian noise.

    ``Gamma_a = (2 pi / a)^(n/2) pdet(A^T S^-1 A)^(1/2 - a/4) det(S^-1)^(a/4)``

    Parameters
    ----------
    system : LinearGaussian, tuple (A, S), or Recording
        Arrays (n, n) each; a number for S stands for that number times the identity. A recording is fitted first.
    alpha : float, above 0, up to 2
    epsilon : float, optional
        Eigenvalues of ``A^T S^-1 A`` up to it count as none, for vague emergence.
    noise_floor : float
        Variance added to every variable's noise. A direction without noise has infinite precision, so a singular S
        is refused unless this is above 0; the numbers then depend on it.

    Returns
    -------
    GaussianReversibility
        ``.log_gamma``, ``.clear``, ``.vague``, ``.rank``.

    Raises
    ------
    InputError
        S singular and no noise floor, alpha out of range, an epsilon that leaves no dimension.

    Examples
    --------
    Two variables that grow, each copied once (redundant Malthusian growth):

    >>> A = np.array([[1.2, 0, 0, 0], [0, 1.05, 0, 0], [1.2, 0, 0, 0], [0, 1.05, 0, 0]])
    >>> round(gaussian_reversibility((A, 0.1)).clear, 12)
    0.403355499315

    References
    ----------
    Liu, Pan, Wang, Yang, Yuan & Zhang (2025) arXiv 2502.08261.
    """
    alpha = checked_alpha(alpha)
    floor = as_number(noise_floor, "noise_floor", low=0.0, high=1e300)
    linear = as_linear(system)
    cause, effect = precisions(linear.A, linear.S + floor * np.eye(linear.n))
    rank = int((np.sqrt(cause) > RANK * np.sqrt(cause[0])).sum())
    kept = rank
    if epsilon is not None:
        epsilon = as_number(epsilon, "epsilon", low=0.0)
        kept = min(int((cause > epsilon).sum()), rank)
        if kept == 0:
            raise InputError(
                "epsilon",
                expected=f"less than the largest eigenvalue of A^T S^-1 A, {cause[0]:.6g}",
                got=f"{epsilon:g}",
                remedy="Look at .cause for a gap, and put epsilon into it.",
            )
    cautions = [linear.caution] if linear.caution else []
    if rank == 0:
        cautions.append("A is 0: nothing is caused, pdet is the empty product 1, and emergence isn't defined")
    if floor:
        cautions.append(f"noise floor of {floor:g} added to every variance: the numbers depend on it")
    for array in (cause, effect):
        array.setflags(write=False)
    settings = {"alpha": alpha, "epsilon": epsilon, "noise_floor": floor}
    return GaussianReversibility(
        log_gamma=log_gamma(cause, effect, alpha, rank),
        clear=emergence(cause, effect, alpha, rank, rank),
        vague=emergence(cause, effect, alpha, rank, kept),
        rank=rank,
        effective_rank=kept,
        alpha=alpha,
        epsilon=epsilon,
        cause=cause,
        effect=effect,
        provenance=Provenance("gaussian_reversibility", settings, linear.hash, CONVENTIONS, "; ".join(cautions)),
    )


# -- the array layer -----------------------------------------------------------------------------------------------


def precisions(A: np.ndarray, S: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues of ``A^T S^-1 A`` and of ``S^-1``, each (n,), descending.

    >>> [values.round(9).tolist() for values in precisions(np.diag([2.0, 1.0]), np.diag([1.0, 0.5]))]
    [[4.0, 2.0], [2.0, 1.0]]
    """
    values, vectors = np.linalg.eigh(S)
    if values[0] <= RANK * max(values[-1], np.finfo(float).tiny):
        dead = int((values <= RANK * max(values[-1], np.finfo(float).tiny)).sum())
        raise InputError(
            "S",
            expected="noise in every direction (a covariance of full rank)",
            got=f"{dead} of {len(values)} directions without",
            remedy="Their precision is infinite: leave out variables that others determine, or set noise_floor.",
        )
    root = (vectors / np.sqrt(values)).T @ A  # S^-1/2 A up to a rotation
    return np.linalg.svd(root, compute_uv=False) ** 2, np.sort(1.0 / values)[::-1]


def log_gamma(cause: np.ndarray, effect: np.ndarray, alpha: float, rank: int) -> float:
    """Return ln Gamma_alpha, nats, from the eigenvalues that :func:`precisions` gives."""
    n = len(cause)
    constant = 0.5 * n * np.log(2.0 * np.pi / alpha)
    return float(constant + (0.5 - 0.25 * alpha) * np.log(cause[:rank]).sum() + 0.25 * alpha * np.log(effect).sum())


def emergence(cause: np.ndarray, effect: np.ndarray, alpha: float, rank: int, kept: int) -> float:
    """Return dGamma_alpha, nats per dimension, with the `kept` largest eigenvalues as macro; NaN where none is kept."""
    if kept == 0:
        return float("nan")
    n, back, forth = len(cause), np.log(cause[:rank]), np.log(effect)
    first = back[:kept].mean() - back.sum() / n
    second = forth[:kept].mean() - forth.mean()
    return float((0.5 - 0.25 * alpha) * first + 0.25 * alpha * second)
