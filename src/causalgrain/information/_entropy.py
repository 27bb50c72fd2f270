"""Entropies in bits, 0 log 0 being 0."""

from __future__ import annotations

import numpy as np


def xlog2x(values: np.ndarray) -> np.ndarray:
    """Return x log2 x, 0 at 0."""
    return values * np.log2(values, out=np.zeros_like(values), where=values > 0)


def entropies(rows: np.ndarray) -> np.ndarray:
    """Return the entropy in bits of distributions along the last axis, shape (..., n) -> (...).

    >>> entropies(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    return np.abs(xlog2x(rows).sum(axis=-1))
