"""How sure a number is: ranks among nulls, intervals from draws, in one place for all measures."""

from __future__ import annotations

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
