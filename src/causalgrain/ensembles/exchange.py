"""E-I exchange symmetry: is P(E, I) the same as P(I, E)?

Conventions. Both ensembles are cut into the same levels, made of their pooled values (``_levels``: a heavy value such
as "no spike" is a level of its own, the rest have about equal weight), so that swapping E and I swaps rows and columns
of the table p of joint levels. Then

    distance = 1/2 sum over a, b of |p_ab - p_ba|           (total variation of P(E, I) from P(I, E), 0 to 1)
    relative = distance / sum over a != b of p_ab           (of what can differ: bins in which the levels differ)
    marginal = 1/2 sum over a of |p_a. - p_.a|              (the same of P(E) from P(I) alone; never above distance)

Total variation on levels, not an energy or transport distance: at fine scales nearly all bins are empty, and the empty
bin (0, 0) is its own mirror image, so it adds exactly nothing; `relative` also takes out how many there are. What is
not seen: asymmetry within a level; few levels see less and are less noisy.

Bias. Total variation of a finite sample is above 0 under symmetry. For n independent bins, given m_ab = n_ab + n_ba,

    bias = 1/n sum over a < b of E|2 B(m_ab, 1/2) - m_ab|,   E|2B - m| = m C(m - 1, floor((m - 1)/2)) / 2^(m - 1)

(`bias`). Bins that remember each other have more. So the distance is judged against relabelled units alone.

Matched normalisation. A difference in the number of units, or in the unit of activity, breaks the symmetry for a
trivial reason. :func:`exchange` takes what it is given: use equal normalisation, such as "unit_mean", and remember that
ensembles of unequal size have unequal noise. The test that matches sizes, or rates, and its null are in
:mod:`.exchange_units`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_whole
from .._errors import InputError
from ._levels import as_levels, level_bounds
from ._series import as_pair, read_only


@dataclass(frozen=True, eq=False)
class Exchange:
    """Distance of P(E, I) from its mirror image at one scale.

    Attributes
    ----------
    distance, relative, marginal : float
        See the module; `relative` is 0 where the levels never differ.
    bias : float
        What the distance of so many independent bins is under symmetry.
    table : ndarray, shape (levels, levels)
        Joint probabilities, row: excitatory level, column: inhibitory.
    bounds : ndarray, shape (levels - 1,), unit of activity
        Largest value of each level but the last.
    n_bins : int
    reason : str
        Why there is no number, or "".
    """

    distance: float
    relative: float
    marginal: float
    bias: float
    table: np.ndarray
    bounds: np.ndarray
    n_bins: int
    reason: str = ""

    @property
    def headline(self) -> float:
        """Distance, 0 (symmetric) to 1."""
        return self.distance

    @property
    def residual(self) -> float:
        """Distance less `marginal`: what the joint distribution adds to the difference of P(E) from P(I).

        E-I correlation has no part in it: a Gaussian pair with matched means and variances is symmetric at any rho.
        """
        return self.distance - self.marginal

    def __repr__(self) -> str:
        if self.reason:
            return f"no exchange distance: {self.reason}"
        return (
            f"P(E, I) lies {self.distance:.4f} from P(I, E) ({self.relative:.4f} of what can differ; by P(E) and P(I) "
            f"alone {self.marginal:.4f}; {self.bias:.4f} expected of {self.n_bins} independent bins)"
        )


def exchange(excitatory: Any, inhibitory: Any, *, weights: Any = None, levels: int = 8) -> Exchange:
    """Return how far P(E, I) is from P(I, E): ``1/2 sum |p_ab - p_ba|`` over joint levels.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (bins,)
        Activity at one scale, equally normalised.
    weights : array_like, shape (bins,), optional
        How many bins each pair stands for.
    levels : int
        At most so many levels of activity, the same for both.

    Returns
    -------
    Exchange

    Raises
    ------
    InputError
        Shapes that don't fit, negative weights.

    Examples
    --------
    Inhibition is never alone:

    >>> exchange([1, 1, 0, 0], [1, 0, 0, 0]).distance, exchange([1, 1, 0, 0], [1, 0, 1, 0]).distance
    (0.25, 0.0)

    References
    ----------
    Dehghani (2025) arXiv 2306.11965 (exchange of E and I as a symmetry); the statistic is ours.
    """
    e, i, _ = as_pair(excitatory, inhibitory)
    levels = as_whole(levels, "levels", 2)
    w = _as_weights(weights, len(e))
    n = float(w.sum()) if w is not None else float(len(e))
    if n < 2:
        return Exchange(np.nan, np.nan, np.nan, np.nan, np.zeros((0, 0)), np.zeros(0), round(n), "fewer than two bins")
    bounds = level_bounds(np.concatenate([e, i]), None if w is None else np.concatenate([w, w]), levels)
    k = len(bounds) + 1
    codes = as_levels(e, bounds) * k + as_levels(i, bounds)
    counts = np.bincount(codes, weights=w, minlength=k * k).reshape(k, k).astype(np.float64)
    distance, relative, marginal = distances(counts)
    table = counts / n
    read_only(table, bounds)
    reason = "" if k > 1 else "both ensembles have one value throughout"
    if reason:
        distance = relative = marginal = np.nan
    return Exchange(distance, relative, marginal, _bias(counts), table, bounds, round(n), reason)


# -- the array layer -----------------------------------------------------------------------------------------------


def distances(counts: np.ndarray) -> tuple[float, float, float]:
    """Return (distance, relative, marginal) of a table of joint counts (levels, levels).

    >>> distances(np.array([[5.0, 3.0], [1.0, 1.0]]))
    (0.2, 0.5, 0.2)
    """
    n = counts.sum()
    if not n > 0:
        return np.nan, np.nan, np.nan
    gap = 0.5 * float(np.abs(counts - counts.T).sum())
    off = float(n - np.trace(counts))
    marginal = 0.5 * float(np.abs(counts.sum(axis=0) - counts.sum(axis=1)).sum())
    return gap / float(n), gap / off if off > 0 else 0.0, marginal / float(n)


def _bias(counts: np.ndarray) -> float:
    """Return the expected distance of independent bins under symmetry, given n_ab + n_ba."""
    from scipy.special import betaln

    m = np.rint((counts + counts.T)[np.triu_indices(len(counts), 1)])
    m = m[m > 0]
    half = np.floor((m - 1) / 2)
    # m C(m - 1, half) = 1 / Beta(half + 1, m - half)
    return float(np.exp(-betaln(half + 1, m - half) - (m - 1) * np.log(2.0)).sum() / counts.sum())


def _as_weights(weights: Any, bins: int) -> np.ndarray | None:
    if weights is None:
        return None
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (bins,) or not np.isfinite(w).all() or (w < 0).any():
        raise InputError(
            "weights",
            expected=f"{bins} numbers >= 0, one a pair",
            got=f"shape {w.shape}" if w.shape != (bins,) else "negative, NaN or infinite ones",
            remedy="Give how many bins each pair of values stands for.",
        )
    return w
