"""What measures without order share: pairs (E, I) with the number of bins that each stands for.

Convention: a weight is a multiplicity. A pair with weight w counts as w bins with that pair, in every mean, rank and
share, without being written out; moments divide by the number of bins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array
from .._errors import InputError
from ._series import as_pair


@dataclass(frozen=True, eq=False)
class WeightedPairs:
    """Pairs of ensemble activity, shape (pairs,) each, all weights above 0; `bins` is their sum."""

    excitatory: np.ndarray
    inhibitory: np.ndarray
    weights: np.ndarray
    bins: float

    @property
    def reason(self) -> str:
        """Why nothing can be measured here, or ""."""
        return f"{self.bins:g} bins, at least 2 are needed" if self.bins < 2 else ""

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the means (2,) and the covariance (2, 2) of (E, I); a constant has exactly no variance."""
        values = np.stack([self.excitatory, self.inhibitory])
        mean = values @ self.weights / self.bins
        centred = values - mean[:, None]
        centred[np.ptp(values, axis=1) == 0.0] = 0.0
        return mean, (centred * self.weights) @ centred.T / self.bins


def as_weighted_pairs(excitatory: Any, inhibitory: Any, weights: Any) -> WeightedPairs:
    """Return the pairs that stand for at least some of a bin, or say what is wrong with them."""
    e, i, _ = as_pair(excitatory, inhibitory)
    w = as_weights(weights, len(e))
    kept = w > 0.0
    if not kept.all():
        e, i, w = e[kept], i[kept], w[kept]
    return WeightedPairs(e, i, w, float(w.sum()))


def as_weights(weights: Any, bins: int) -> np.ndarray:
    """Return one weight a pair, shape (bins,); by default 1."""
    if weights is None:
        return np.ones(bins)
    given = as_float_array(weights, "weights")
    if given.shape != (bins,) or not np.isfinite(given).all() or (given < 0.0).any():
        raise InputError(
            "weights",
            expected=f"{bins} finite numbers >= 0, how many bins each pair stands for",
            got=f"shape {given.shape}" if given.shape != (bins,) else f"{given.min()} to {given.max()}",
            remedy="Give one weight a pair, or none where every pair is one bin.",
        )
    return given


def correlation(covariance: np.ndarray) -> float:
    """Return the correlation of a covariance (2, 2), or NaN where one of the two is constant."""
    first, second = covariance[0, 0], covariance[1, 1]
    if not (first > 0.0 and second > 0.0):
        return float("nan")
    return float(np.clip(covariance[0, 1] / np.sqrt(first) / np.sqrt(second), -1.0, 1.0))
