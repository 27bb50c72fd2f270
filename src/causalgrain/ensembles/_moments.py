"""Weighted moments of (E, I) pairs: what measures without order share.

Convention: variances and the correlation are over bins (divided by the sum of weights). A spread below 1e-12 of the
largest value is rounding, and counts as 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._errors import InputError
from ._series import as_values

ROUNDING = 1e-12


@dataclass(frozen=True)
class PairMoments:
    """Moments of pairs; the values and weights they come from stand beside them.

    Attributes
    ----------
    excitatory, inhibitory, weights : arrays, shape (pairs,)
    bins : float
        Sum of the weights.
    mean : tuple of float
        Of E and I; NaN without bins.
    variance : tuple of float
    covariance : float
    reason : str
        Why there is nothing to measure, or "".
    """

    excitatory: np.ndarray
    inhibitory: np.ndarray
    weights: np.ndarray
    bins: float
    mean: tuple[float, float]
    variance: tuple[float, float]
    covariance: float
    reason: str

    @property
    def rho(self) -> float:
        """Correlation of E and I; NaN where one of them is constant."""
        product = self.variance[0] * self.variance[1]
        return float(np.clip(self.covariance / np.sqrt(product), -1.0, 1.0)) if product > 0 else float("nan")


def pair_moments(excitatory: Any, inhibitory: Any, weights: Any = None, *, least: int = 2) -> PairMoments:
    """Return the moments of weighted pairs, or say what is wrong with them.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (pairs,)
    weights : array_like, shape (pairs,), optional
        How many bins each pair stands for, >= 0. Default 1.
    least : int
        Bins below which there is nothing to measure: then `reason` says so and moments are NaN.
    """
    e, i = as_values(excitatory, "excitatory"), as_values(inhibitory, "inhibitory")
    if e.shape != i.shape:
        raise InputError(
            "inhibitory",
            expected=f"{len(e)} bins, as `excitatory`",
            got=f"{len(i)}",
            remedy="Bin both ensembles over the same time.",
        )
    w = np.ones(len(e)) if weights is None else as_values(weights, "weights")
    if w.shape != e.shape or (w < 0).any():
        raise InputError(
            "weights",
            expected=f"{len(e)} numbers >= 0, one a pair",
            got=f"{len(w)}" if w.shape != e.shape else f"{w.min():g}",
            remedy="Weights say how many bins each pair stands for; Binned.pairs() gives them.",
        )
    total = float(w.sum())
    nan = float("nan")
    if total < least:
        reason = f"{total:g} bins, at least {least} are needed: the scale is too long for the recording"
        return PairMoments(e, i, w, total, (nan, nan), (nan, nan), nan, reason)
    mean = float(w @ e) / total, float(w @ i) / total
    de, di = e - mean[0], i - mean[1]
    spread = [float(w @ d**2) / total for d in (de, di)]
    size = [float(np.abs(values[w > 0]).max()) for values in (e, i)]
    variance = tuple(v if np.sqrt(v) > ROUNDING * s else 0.0 for v, s in zip(spread, size, strict=True))
    covariance = float(w @ (de * di)) / total if all(variance) else 0.0
    return PairMoments(e, i, w, total, mean, (variance[0], variance[1]), covariance, "")
