"""Probabilities of a bivariate normal distribution in cells, and the correlation that fits a table of levels.

Convention: standard normal (X, Y) with correlation r; cells lie between thresholds a and b. Derived by r, Phi2 is the
density (Plackett 1954, Biometrika 41:351), so with r = sin(theta)

    Phi2(a, b; r) = Phi(a) Phi(b) + 1/(2 pi) integral from 0 to arcsin r of
                    exp( -(a^2 - 2 a b sin t + b^2) / (2 cos^2 t) ) dt,

here by Gauss-Legendre quadrature. At r = +-1 exactly it is the smaller of Phi(a) and Phi(b), or what they exceed 1 by.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

NODES = 64
FINEST = 1e-10  # of the correlation searched for


def binormal_cdf(a: np.ndarray, b: np.ndarray, r: float) -> np.ndarray:
    """Return P(X <= a, Y <= b) for every pair of thresholds, shape (a, b).

    >>> binormal_cdf(np.zeros(1), np.zeros(1), 0.5).round(12).tolist()  # 1/4 + arcsin(r) / (2 pi)
    [[0.333333333333]]
    """
    from scipy.special import ndtr

    first, second = ndtr(a)[:, None], ndtr(b)
    if abs(r) >= 1.0:
        return np.minimum(first, second) if r > 0 else np.maximum(first + second - 1.0, 0.0)
    places, weights = _quadrature()
    top = float(np.arcsin(r))
    angle = 0.5 * top * (places + 1.0)
    left, right = np.clip(a, -38.0, 38.0)[:, None, None], np.clip(b, -38.0, 38.0)[:, None]
    exponent = (left**2 - 2.0 * left * right * np.sin(angle) + right**2) / (2.0 * np.cos(angle) ** 2)
    return np.clip(first * second + 0.25 * top / np.pi * (np.exp(-exponent) @ weights), 0.0, 1.0)


def binormal_cells(rows: np.ndarray, columns: np.ndarray, r: float) -> np.ndarray:
    """Return the probabilities of cells with given marginals, shape (rows, columns).

    Parameters
    ----------
    rows, columns : array, shape (levels,)
        Probability of each level; thresholds are the normal quantiles of their sums.
    r : float
        Correlation of the normal distribution behind the levels.

    Examples
    --------
    >>> binormal_cells(np.array([0.5, 0.5]), np.array([0.5, 0.5]), 0.5).round(6).tolist()
    [[0.333333, 0.166667], [0.166667, 0.333333]]
    """
    from scipy.special import ndtri

    edges = [np.concatenate([[0.0], np.cumsum(part)[:-1], [1.0]]) for part in (rows, columns)]
    table = np.outer(*edges)
    first, second = (ndtri(np.clip(edge[1:-1], 0.0, 1.0)) for edge in edges)
    table[1:-1, 1:-1] = binormal_cdf(first, second, r)
    return np.maximum(np.diff(np.diff(table, axis=0), axis=1), 0.0)


def latent_correlation(rows: np.ndarray, columns: np.ndarray, moment: float) -> float:
    """Return the r at which the mean of (level of row x level of column) is `moment`, from -1 to 1.

    The mean grows with r (Slepian), so there is one root; what no r reaches gives the nearer end.

    >>> round(latent_correlation(np.array([0.5, 0.5]), np.array([0.5, 0.5]), 1 / 3), 9)
    0.5
    """
    from scipy.optimize import brentq

    products = np.outer(np.arange(len(rows)), np.arange(len(columns)))

    def excess(r: float) -> float:
        return float((binormal_cells(rows, columns, r) * products).sum()) - moment

    if excess(-1.0) >= 0.0:
        return -1.0
    if excess(1.0) <= 0.0:
        return 1.0
    return float(brentq(excess, -1.0, 1.0, xtol=FINEST))


@lru_cache(maxsize=1)
def _quadrature() -> tuple[np.ndarray, np.ndarray]:
    """Return places and weights on [-1, 1]."""
    return np.polynomial.legendre.leggauss(NODES)
