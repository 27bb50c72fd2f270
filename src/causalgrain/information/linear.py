"""Linear systems with Gaussian noise: ``x' = A x + e``, ``e ~ N(0, S)``, column vectors.

Conventions. ``A[i, j]`` is the weight of variable j now on variable i one step later (the transpose of a TPM's order:
columns are the present, rows the next step). ``S`` is the covariance (never the standard deviation) of the noise. ``C``
is the covariance of the state: the one handed in (of the data, or of an intervention), else the stationary solution of
``C = A C A^T + S``, which exists only where every eigenvalue of A lies inside the unit circle.
Means play no part in any measure here, so the system has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .._checks import as_float_array
from .._errors import InputError
from .._provenance import hash_arrays

SYMMETRY = 1e-8  # relative asymmetry, and relative negative eigenvalue, that rounding explains
RANK = 1e-12  # relative size below which an eigenvalue of S counts as 0


@dataclass(frozen=True, eq=False, repr=False)
class LinearGaussian:
    """A linear system with Gaussian noise, ``x' = A x + e``, ``e ~ N(0, S)``.

    Parameters
    ----------
    A : array_like, shape (n, n)
        ``A[i, j]``: weight of j now on i next.
    S : array_like, shape (n, n), or float
        Covariance of the noise, symmetric, no negative eigenvalue; it may be singular. A number stands for that
        number times the identity.
    covariance : array_like, shape (n, n), optional
        Covariance of the state. Left out, the stationary one is used.
    labels : sequence of str, optional
        Names of the variables; x0, x1, ... by default.
    caution : str
        What the system must not be taken for, carried into every result.

    Raises
    ------
    InputError
        Shapes that don't fit, values that aren't finite, covariances that aren't symmetric or have negative
        eigenvalues, labels that are too few or not unique.

    Examples
    --------
    >>> system = LinearGaussian([[0.5]], [[0.75]])
    >>> float(system.C[0, 0])
    1.0
    """

    A: np.ndarray
    S: np.ndarray
    covariance: np.ndarray | None = None
    labels: tuple[str, ...] = ()
    caution: str = ""

    def __init__(self, A: Any, S: Any, covariance: Any = None, labels: Sequence[str] = (), caution: str = "") -> None:
        a = as_float_array(A, "A")
        if a.ndim != 2 or a.shape[0] != a.shape[1] or not a.size:
            raise InputError(
                "A", expected="a square matrix (n, n)", got=f"shape {a.shape}", remedy="Rows are next, columns now."
            )
        _finite(a, "A")
        n = len(a)
        given = as_float_array(S, "S")
        s = _covariance(given * np.eye(n) if given.ndim == 0 else given, n, "S")
        c = None if covariance is None else _covariance(as_float_array(covariance, "covariance"), n, "covariance")
        for array in (a, s, c):
            if array is not None:
                array.setflags(write=False)
        object.__setattr__(self, "A", a)
        object.__setattr__(self, "S", s)
        object.__setattr__(self, "covariance", c)
        object.__setattr__(self, "labels", _names(labels, n))
        object.__setattr__(self, "caution", str(caution))

    @property
    def n(self) -> int:
        """Number of variables."""
        return len(self.A)

    @cached_property
    def hash(self) -> str:
        """Hash of A, S and the covariance handed in; equal systems have equal hashes."""
        return hash_arrays(self.A, self.S, self.covariance)

    @cached_property
    def spectral_radius(self) -> float:
        """Largest absolute eigenvalue of A; below 1 the system is stable."""
        return float(np.abs(np.linalg.eigvals(self.A)).max())

    @property
    def stable(self) -> bool:
        """Whether a stationary covariance exists."""
        return self.spectral_radius < 1.0

    @cached_property
    def stationary(self) -> np.ndarray:
        """Stationary covariance (n, n), the solution of ``C = A C A^T + S``.

        Raises
        ------
        InputError
            The system is unstable, so there is none.
        """
        if not self.stable:
            raise InputError(
                "A",
                expected="eigenvalues inside the unit circle, for a stationary covariance",
                got=f"one of absolute value {self.spectral_radius:.6g}",
                remedy="Give the covariance of the data, or of an intervention, as covariance=, or choose an "
                "intervention that needs none (a fixed box).",
            )
        from scipy.linalg import solve_discrete_lyapunov

        method = "direct" if self.n <= 8 else "bilinear"
        found = solve_discrete_lyapunov(self.A, self.S, method=method)
        found = 0.5 * (found + found.T)
        found.setflags(write=False)
        return found

    @property
    def C(self) -> np.ndarray:
        """Covariance of the state (n, n): the one handed in, else the stationary one."""
        return self.stationary if self.covariance is None else self.covariance

    @cached_property
    def noise_rank(self) -> int:
        """Number of directions with noise; below n some direction of the next state is determined."""
        values = np.linalg.eigvalsh(self.S)
        return int((values > RANK * max(values[-1], np.finfo(float).tiny)).sum())

    def changed(self, T: Any) -> LinearGaussian:
        """Return the same system in other coordinates ``y = T x``, T invertible (n, n).

        The covariance, where one was handed in, goes along; labels don't, since the variables are others.

        >>> LinearGaussian([[0.5]], [[1.0]]).changed([[2.0]]).S.tolist()
        [[4.0]]
        """
        t = as_float_array(T, "T")
        if t.shape != self.A.shape or np.linalg.matrix_rank(t) < self.n:
            got = f"shape {t.shape}" if t.shape != self.A.shape else "a singular one"
            raise InputError(
                "T", expected=f"an invertible matrix of shape {self.A.shape}", got=got, remedy="Use W for fewer rows."
            )
        c = None if self.covariance is None else _even(t @ self.covariance @ t.T)
        return LinearGaussian(t @ self.A @ np.linalg.inv(t), _even(t @ self.S @ t.T), c, caution=self.caution)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LinearGaussian) and (self.hash, self.labels) == (other.hash, other.labels)

    def __hash__(self) -> int:
        return hash((self.hash, self.labels))

    def __repr__(self) -> str:
        kind = "covariance handed in" if self.covariance is not None else "stationary covariance"
        if self.covariance is None and not self.stable:
            kind = "unstable: no stationary covariance"
        shown = ", ".join(self.labels[:6]) + (", ..." if self.n > 6 else "")
        return (
            f"linear Gaussian system of {self.n} variables ({shown}): spectral radius {self.spectral_radius:.6g}, "
            f"noise of rank {self.noise_rank}, {kind}, {self.hash}"
        )


def _even(matrix: np.ndarray) -> np.ndarray:
    return 0.5 * (matrix + matrix.T)


def _finite(array: np.ndarray, where: str) -> None:
    if not np.isfinite(array).all():
        raise InputError(where, expected="finite numbers", got="NaN or infinity", remedy="Remove or mend them.")


def _covariance(matrix: np.ndarray, n: int, where: str) -> np.ndarray:
    if matrix.shape != (n, n):
        raise InputError(
            where, expected=f"shape {(n, n)}, like A", got=f"shape {matrix.shape}", remedy="Give one row a variable."
        )
    _finite(matrix, where)
    size = float(np.abs(matrix).max())
    if np.abs(matrix - matrix.T).max() > SYMMETRY * size:
        raise InputError(where, expected="a symmetric matrix", got="an asymmetric one", remedy="Use (S + S.T) / 2.")
    matrix = _even(matrix)
    lowest = float(np.linalg.eigvalsh(matrix)[0])
    if lowest < -SYMMETRY * size:
        raise InputError(
            where,
            expected="a covariance: no negative eigenvalue",
            got=f"an eigenvalue of {lowest:.6g}",
            remedy="Estimate it from complete rows of data (np.cov), not pair by pair.",
        )
    return matrix


def _names(labels: Sequence[str], n: int) -> tuple[str, ...]:
    names = tuple(str(label) for label in labels) or tuple(f"x{i}" for i in range(n))
    if len(names) != n or len(set(names)) != n:
        raise InputError(
            "labels",
            expected=f"{n} different names",
            got=f"{len(set(names))} different of {len(names)}",
            remedy="Name every variable once.",
        )
    return names
