"""The p of a value among null draws, with ties that rounding has pulled apart counted as ties."""

from __future__ import annotations

import numpy as np

from .._doubt import rank_p

TIE = 1e-9  # relative


def tied_rank_p(value: float, null: np.ndarray) -> float:
    """Return the share of draws at least as large as `value`, itself among them; within `TIE` counts as large.

    NaN without any finite draw, or where the value is NaN.

    >>> tied_rank_p(0.1 + 0.2, np.array([0.3, 0.3, 0.1]))
    0.75
    """
    null = np.asarray(null, dtype=np.float64)
    close = np.abs(null - value) <= TIE * np.maximum(np.abs(null), abs(value))
    return float(rank_p(value, np.where(close, value, null)))


def real_spread(null: np.ndarray) -> float:
    """Return the standard deviation of the draws, 0 where they differ by rounding alone, NaN of fewer than two.

    >>> real_spread(np.array([0.3, 0.1 + 0.2])), real_spread(np.array([1.0, 3.0])) ** 2
    (0.0, 2.0000000000000004)
    """
    if len(null) < 2:
        return float("nan")
    if np.ptp(null) <= TIE * np.abs(null).max():
        return 0.0
    return float(np.std(null, ddof=1))
