"""The noise of a learned map: one covariance for all states, or one for each.

S is a covariance: the mean square of held-out residuals, never an absolute error or a standard deviation. It must be
positive definite, for a direction without noise carries any amount of information.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import as_float_array
from .._errors import InputError
from .jacobians import as_batched

MOST_STATE_DEPENDENT = 2  # dimensions
LOWEST = 1e-12  # relative eigenvalue below which there is no noise


def noise_of(covariance: Any, estimator: str, d: int, probe: np.ndarray) -> Any:
    """Return S (d, d), or S(y) as a function of batches."""
    if estimator == "state-dependent":
        if d > MOST_STATE_DEPENDENT:
            raise InputError(
                "estimator='state-dependent'",
                expected=f"at most {MOST_STATE_DEPENDENT} dimensions",
                got=f"{d}",
                remedy='Noise that depends on the state can\'t be known in more; use estimator="channel".',
            )
        if not callable(covariance):
            raise InputError(
                "covariance",
                expected="a function of the state, S(y)",
                got=type(covariance).__name__,
                remedy='For noise that is the same everywhere use estimator="monte-carlo".',
            )
        return as_batched(covariance, probe, (d, d), "covariance")[0]
    if callable(covariance):
        raise InputError(
            "covariance",
            expected=f"a matrix ({d}, {d})",
            got="a function",
            remedy='For noise that depends on the state use estimator="state-dependent".',
        )
    s = as_float_array(covariance, "covariance")
    s = s * np.eye(d) if s.ndim == 0 else s
    if s.shape != (d, d):
        raise InputError(
            "covariance", expected=f"shape {(d, d)}, as samples have it", got=f"shape {s.shape}", remedy="Transposed?"
        )
    return positive(finite(s, "covariance"))


def noise_at(noise: Any, y: np.ndarray) -> np.ndarray:
    """Return S(y) at states y (n, d), shape (n, d, d), positive definite everywhere."""
    return positive(finite(noise(y), "covariance"))


def positive(s: np.ndarray) -> np.ndarray:
    """Return covariances (..., d, d) made exactly symmetric, or refuse them.

    >>> positive(np.array([[2.0, 1.0], [1.0, 2.0]])).tolist()
    [[2.0, 1.0], [1.0, 2.0]]
    """
    turned = np.swapaxes(s, -1, -2)
    size = np.abs(s).max(axis=(-2, -1), keepdims=True)
    if (np.abs(s - turned) > 1e-6 * size).any():
        raise InputError(
            "covariance", expected="a symmetric matrix", got="an asymmetric one", remedy="Use (S + S.T) / 2."
        )
    even = 0.5 * (s + turned)
    scale = np.sqrt(np.maximum(np.diagonal(even, axis1=-2, axis2=-1), 0.0))
    relative = even / np.maximum(scale[..., :, None] * scale[..., None, :], np.finfo(float).tiny)
    lowest = float(np.linalg.eigvalsh(relative).min())
    if not scale.all() or lowest <= LOWEST:
        raise InputError(
            "covariance",
            expected="noise in every direction (positive definite)",
            got="a direction without noise" if lowest > -1e-9 else "a negative eigenvalue",
            remedy="Without noise causal power is infinite. Give the variance of held-out residuals.",
        )
    return even


def finite(values: np.ndarray, where: str) -> np.ndarray:
    """Return values (n, ...), or say at how many of n states they are NaN or infinite."""
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values.reshape(len(values), -1))).any(axis=1).sum())
        raise InputError(
            where,
            expected="finite numbers",
            got=f"NaN or infinity at {bad} of {len(values)} states",
            remedy="The map diverged, or the intervention leaves its domain: check the member, or use a smaller box.",
        )
    return values
