"""How sure a number is: ranks among nulls, intervals from draws, in one place for all measures."""

from __future__ import annotations

from typing import Literal

import numpy as np


def rank_p(value: np.ndarray | float, null: np.ndarray) -> np.ndarray:
    """Return the share of draws at least as large as `value`, the value itself counted as one of them.

    ``p = (1 + #{null >= value}) / (1 + draws)``: never 0, and exact where value and draws are exchangeable.

    Parameters
    ----------
    value : array, shape (...)
    null : array, shape (draws, ...)
        NaN draws are left out.

    Examples
    --------
    >>> float(rank_p(0.3, np.array([0.1, 0.2, 0.4])))
    0.5

    References
    ----------
    Phipson & Smyth (2010) Stat Appl Genet Mol Biol 9:39, eq. 2.
    """
    value = np.asarray(value, dtype=np.float64)
    draws = np.isfinite(null).sum(axis=0)
    with np.errstate(invalid="ignore"):
        above = (null >= value).sum(axis=0)
    return np.where(np.isfinite(value) & (draws > 0), (1.0 + above) / (1.0 + draws), np.nan)


def two_sided_p(value: np.ndarray | float, null: np.ndarray) -> np.ndarray:
    """Return the rank of |value - mean of the draws| among the draws' own; shapes as in :func:`rank_p`.

    >>> float(two_sided_p(2.0, np.array([-1.0, 0.0, 1.0])))
    0.25
    """
    centre = null.mean(axis=0)
    return rank_p(np.abs(value - centre), np.abs(null - centre))


def t_reach(draws: np.ndarray, level: float, *, scale: float = 1.0) -> np.ndarray:
    """Return how far an interval reaches about a value: t standard deviations of its draws.

    Parameters
    ----------
    draws : array, shape (draws, ...)
        NaN draws are left out; where more than half are, or fewer than two are left, the reach is NaN.
    level : float
        Of the interval, two-sided.
    scale : float
        What the standard deviation is multiplied by (a jackknife's factor).

    Examples
    --------
    >>> float(t_reach(np.array([1.0, 2.0, 3.0]), 0.95).round(4))
    4.3027
    """
    from scipy.stats import t as student_t

    known = np.isfinite(draws)
    count = known.sum(axis=0)
    enough = (count > 1) & (2 * count >= len(draws))
    freedom = np.maximum(count - 1, 1)
    mean = np.where(known, draws, 0.0).sum(axis=0) / np.maximum(count, 1)
    spread = np.sqrt(np.where(known, (draws - mean) ** 2, 0.0).sum(axis=0) / freedom)
    return np.where(enough, spread * scale * student_t.ppf(0.5 * (1.0 + level), freedom), np.nan)


def share_of_wins(draws: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the share of draws in which each grain is largest, the draws moved so that their mean is the value.

    Ties are shared. Grains without a value are left out, then draws in which a grain left is NaN.

    Parameters
    ----------
    draws : array, shape (draws, grains)
    value : array, shape (grains,)

    Examples
    --------
    >>> share_of_wins(np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([1.0, 1.0])).tolist()
    [0.5, 0.5]
    """
    share, fit = np.full(len(value), np.nan), np.isfinite(value)
    whole = draws[:, fit]
    whole = whole[np.isfinite(whole).all(axis=1)]
    if len(whole) > 1 and fit.any():
        centred = whole - whole.mean(axis=0) + value[fit]
        best = centred >= centred.max(axis=1, keepdims=True) - 1e-12
        share[fit] = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    return share


def false_discovery(p: np.ndarray, method: Literal["bh", "by"] = "bh") -> np.ndarray:
    """Return p-values corrected for how many there are: the false discovery rate at which each would be found.

    Parameters
    ----------
    p : array of any shape
        All of one family; NaN are left out and stay NaN.
    method : {"bh", "by"}
        Benjamini-Hochberg, for tests that are independent or rise together, as neighbouring scales do, or
        Benjamini-Yekutieli, for any dependence.

    Examples
    --------
    >>> false_discovery(np.array([0.01, np.nan, 0.04, 0.03])).round(6).tolist()
    [0.03, nan, 0.04, 0.04]

    References
    ----------
    Benjamini & Hochberg (1995) J R Stat Soc B 57:289; Benjamini & Yekutieli (2001) Ann Stat 29:1165.
    """
    from scipy.stats import false_discovery_control

    p = np.asarray(p, dtype=np.float64)
    known, q = np.isfinite(p), np.full(p.shape, np.nan)
    if known.any():
        q[known] = false_discovery_control(p[known], method=method)
    return q
