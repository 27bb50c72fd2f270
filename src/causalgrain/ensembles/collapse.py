"""Collapse curves: f = E - I sorted, cumulated and rescaled; are all scales and conditions one curve?

Conventions. Q(u) is the quantile function of f over bins, f less its mean (so location is taken off, scale is not):

    L(p) = integral of Q from 0 to p,    depth = -min L = 1/2 mean |f - mean f|,    shape(p) = L(p) / depth.    (1)

L(0) = L(1) = 0, L is convex, its minimum lies at the share of bins with f below its mean. For the finite sample L is
linear between the bins' values: depth and the place of the minimum are exact, the curve is read off on a grid of p.
For Gaussian f of standard deviation sigma, with phi and Phi of the normal distribution,

    L(p) = -sigma phi(Phi^-1(p)),    depth = sigma / sqrt(2 pi).    (2)

Depth restates the E-I correlation: for Gaussian E and I it is, against the depth of independent ensembles,

    depth / depth_independent = sqrt(1 - 2 rho s_E s_I / (s_E^2 + s_I^2)),    sqrt(1 - rho) for s_E = s_I.    (3)

So depth comes with what it says beyond rho: `residual` = depth - (2) at the data's own variance of f, which follows
from rho and the two variances; 0 for Gaussian f, below 0 for heavy tails. `ratio` compares depth with that of the same
E and the same I paired at random (exact, no shuffling), `gaussian_ratio` is (3), and their difference also takes out
what the two marginal distributions do. `shape` has no scale left: what it shows is beyond rho altogether.

Collapse error [ours]. For rescaled curves s_1 .. s_K with mean curve s: the mean over k of the L2 distance
sqrt(integral of (s_k - s)^2 dp), or of the L1 distance. 0: one curve. Few bins make it larger, so judge it by curves of
surrogates with as many bins.

References
----------
Dehghani (2025) arXiv 2306.11965 (the curve); (2), (3) in closed form, the error and the residuals are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, as_number, as_whole, choose
from .._doubt import rank_p
from .._errors import InputError
from ._series import as_values, read_only
from ._weighted import as_weighted_pairs, as_weights, correlation

POINTS = 201
NORMS = ("l2", "l1")
FLAT = 1e-12  # a depth below this part of the activity's size is rounding


@dataclass(frozen=True, eq=False)
class Collapse:
    """Collapse curve of f = E - I at one scale of one condition.

    Attributes
    ----------
    p : array, shape (points,)
        Share of bins, from 0 to 1 in equal steps.
    curve : array, shape (points,), unit of f
        L(p), eq. 1.
    shape : array, shape (points,)
        L(p) / depth; NaN where f is constant.
    depth : float, unit of f
        The headline.
    place : float
        Share of bins below the mean of f, where L is least; .5 for symmetric f.
    gaussian : float, unit of f
        Depth of Gaussian E and I with the data's rho and variances, eq. 2.
    independent : float, unit of f
        Depth of the same E and I paired at random.
    ratio, gaussian_ratio : float
        depth / independent, and what it is for Gaussian E and I, eq. 3.
    shape_error : float
        L2 distance of `shape` from the Gaussian's.
    mean, spread : float, unit of f
        Mean and standard deviation of f.
    rho : float
        Correlation of E and I; NaN where one of them is constant.
    n_bins : float
    reason : str
        Why numbers are NaN, or "".
    """

    p: np.ndarray
    curve: np.ndarray
    shape: np.ndarray
    depth: float
    place: float
    gaussian: float
    independent: float
    ratio: float
    gaussian_ratio: float
    shape_error: float
    mean: float
    spread: float
    rho: float
    n_bins: float
    reason: str = ""

    def __post_init__(self) -> None:
        read_only(self.p, self.curve, self.shape)

    @property
    def headline(self) -> float:
        """Depth, in the unit of f."""
        return self.depth

    @property
    def residual(self) -> float:
        """Depth less that of Gaussian E and I with the same rho and variances, in the unit of f."""
        return self.depth - self.gaussian

    @property
    def residual_ratio(self) -> float:
        """`ratio` less `gaussian_ratio`: beyond rho and beyond the distributions of E and of I."""
        return self.ratio - self.gaussian_ratio

    def __repr__(self) -> str:
        if not np.isfinite(self.depth):
            return f"no collapse curve: {self.reason}"
        line = (
            f"depth {self.depth:.4g} ({self.residual:+.2g} beyond Gaussian), {self.ratio:.3f} of independent "
            f"(Gaussian {self.gaussian_ratio:.3f}), least at p = {self.place:.3f}; {self.n_bins:g} bins"
        )
        return f"{line}; {self.reason}" if self.reason else line


@dataclass(frozen=True, eq=False)
class CollapseError:
    """How far rescaled collapse curves are from one curve.

    Attributes
    ----------
    error : float
        Mean over curves of the distance from the mean curve; 0 is a perfect collapse. The headline.
    by_curve : array, shape (curves,)
        Distance of each; NaN for a curve without a shape.
    mean_shape : array, shape (points,)
    norm : {"l2", "l1"}
    null : array, shape (draws,)
        Errors of the null's curves; empty without a null.
    p_larger, p_smaller : float
        Share of the null at least as large (the data collapse worse), at least as small (better); NaN without a null.
    reason : str
        Why the error is NaN, or "".
    """

    error: float
    by_curve: np.ndarray
    mean_shape: np.ndarray
    norm: str
    null: np.ndarray
    p_larger: float
    p_smaller: float
    reason: str = ""

    def __post_init__(self) -> None:
        read_only(self.by_curve, self.mean_shape, self.null)

    @property
    def headline(self) -> float:
        """The error."""
        return self.error

    def __repr__(self) -> str:
        if self.reason:
            return f"no collapse error: {self.reason}"
        line = f"collapse error {self.error:.4g} ({self.norm}) over {int(np.isfinite(self.by_curve).sum())} curves"
        if not len(self.null):
            return line
        return f"{line}; null {np.nanmean(self.null):.4g}, p worse {self.p_larger:.3g}, better {self.p_smaller:.3g}"


def collapse(excitatory: Any, inhibitory: Any, *, weights: Any = None, points: int = POINTS) -> Collapse:
    """Return the collapse curve of f = E - I, its depth and what depth says beyond the correlation, eqs. 1 to 3.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (bins,)
        Activity of the ensembles at one scale.
    weights : array_like, shape (bins,), optional
        How many bins each pair stands for; the default is 1.
    points : int
        Points of the curve, from p = 0 to 1.

    Returns
    -------
    Collapse

    Raises
    ------
    InputError
        Unequal lengths, NaN, negative weights.

    Examples
    --------
    >>> found = collapse([3, 1, 2, 2], [1, 3, 2, 2])
    >>> found.depth, found.place, round(found.rho, 12)
    (0.5, 0.25, -1.0)

    References
    ----------
    Dehghani (2025) arXiv 2306.11965.
    """
    pairs = as_weighted_pairs(excitatory, inhibitory, weights)
    p = np.linspace(0.0, 1.0, as_whole(points, "points", 3))
    if pairs.reason:
        none, empty = float("nan"), np.full(len(p), np.nan)
        return Collapse(
            p, empty, empty.copy(), none, none, none, none, none, none, none, none, none, none, pairs.bins, pairs.reason
        )
    mean, covariance = pairs.moments()
    e, i = pairs.excitatory - mean[0], pairs.inhibitory - mean[1]
    share, cumulated = _knots(e - i, pairs.weights)
    curve = np.interp(p, share, cumulated)
    least = int(np.argmin(cumulated))
    depth = max(float(-cumulated[least]), 0.0)
    spread = float(np.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1], 0.0)))
    apart = float(np.sqrt(covariance[0, 0] + covariance[1, 1]))
    independent = 0.5 * _mean_distance(e, i, pairs.weights)
    reason, shape, place = "", np.full(len(p), np.nan), float("nan")
    if depth > FLAT * max(1e-300, float(np.abs(pairs.excitatory).max()), float(np.abs(pairs.inhibitory).max())):
        shape, place = curve / depth, float(share[least])
    else:
        depth, spread, reason = 0.0, 0.0, "f is constant: no shape"
    return Collapse(
        p,
        curve,
        shape,
        depth,
        place,
        gaussian_depth(spread),
        independent,
        depth / independent if apart > 0.0 else float("nan"),
        spread / apart if apart > 0.0 else float("nan"),
        float(_distances(shape - gaussian_curve(p) / gaussian_depth(1.0), "l2")),
        float(mean[0] - mean[1]),
        spread,
        correlation(covariance),
        pairs.bins,
        reason,
    )


def collapse_curve(values: Any, *, weights: Any = None, points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Return p and L(p), shape (points,) each, of any signal, eq. 1.

    >>> p, curve = collapse_curve([1.0, -1.0], points=5)
    >>> curve.tolist()
    [0.0, -0.25, -0.5, -0.25, 0.0]
    """
    f = as_values(values, "values")
    w = as_weights(weights, len(f))
    f, w = f[w > 0.0], w[w > 0.0]
    p = np.linspace(0.0, 1.0, as_whole(points, "points", 3))
    if not len(f):
        return p, np.full(len(p), np.nan)
    return p, np.interp(p, *_knots(f - float(f @ w) / float(w.sum()), w))


def gaussian_curve(p: Any, sigma: float = 1.0) -> np.ndarray:
    """Return L(p) of Gaussian f, eq. 2; shape of `p`.

    >>> gaussian_curve([0.0, 0.5, 1.0]).round(4).tolist()
    [-0.0, -0.3989, -0.0]
    """
    from scipy.special import ndtri

    return -as_number(sigma, "sigma", low=0.0) * np.exp(-0.5 * ndtri(as_float_array(p, "p")) ** 2) / np.sqrt(2 * np.pi)


def gaussian_depth(sigma: float) -> float:
    """Return the depth of Gaussian f of standard deviation sigma, sigma / sqrt(2 pi), in the unit of sigma.

    >>> round(gaussian_depth(1.7), 3)
    0.678
    """
    return as_number(sigma, "sigma", low=0.0) / float(np.sqrt(2.0 * np.pi))


def collapse_error(curves: Any, *, null: Any = None, norm: str = "l2") -> CollapseError:
    """Return how far curves are from one curve: mean over curves of the distance from the mean of rescaled curves.

    Parameters
    ----------
    curves : sequence of Collapse, or array_like, shape (curves, points)
        Over scales or conditions, on the same grid of p from 0 to 1. Each is divided by its depth here.
    null : array_like, shape (draws, curves, points), optional
        The same of surrogates.
    norm : {"l2", "l1"}
        sqrt(integral of the squared difference over p), or integral of its size.

    Returns
    -------
    CollapseError

    Raises
    ------
    InputError
        Shapes that don't fit together.

    Examples
    --------
    Any scale of one distribution collapses:

    >>> wide, narrow = collapse([4, 0, 0, 2], [0, 0, 0, 0]), collapse([2, 0, 0, 1], [0, 0, 0, 0])
    >>> collapse_error([wide, narrow]).error
    0.0
    """
    choose(norm, NORMS, "norm")
    table = _curves(curves)
    distances, mean = _from_mean(table, norm)
    error = float(_mean_known(distances))
    reason = "" if np.isfinite(error) else "fewer than two curves have a shape"
    draws, p_larger, p_smaller = np.zeros(0), float("nan"), float("nan")
    if null is not None:
        others = as_float_array(null, "null")
        if others.ndim != 3 or others.shape[1:] != table.shape:
            raise InputError(
                "null",
                expected=f"shape (draws, {table.shape[0]}, {table.shape[1]}), as the curves",
                got=f"shape {others.shape}",
                remedy="Give the curves of every surrogate on the same grid of p.",
            )
        draws = _mean_known(_from_mean(others, norm)[0])
        p_larger, p_smaller = float(rank_p(error, draws)), float(rank_p(-error, -draws))
    return CollapseError(error, distances, mean, norm, draws, p_larger, p_smaller, reason)


# -- curves ------------------------------------------------------------------------------------------------------


def _knots(centred: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return p and L at the bins' values, ascending from (0, 0) to (1, 0)."""
    order = np.argsort(centred, kind="stable")
    share = np.concatenate([[0.0], np.cumsum(weights[order])])
    total = share[-1]
    cumulated = np.concatenate([[0.0], np.cumsum(centred[order] * weights[order])]) / total
    share /= total
    # rounding of the sum is spread evenly, so that L(1) = 0
    return share, cumulated - share * cumulated[-1]


def _mean_distance(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    """Return the mean of |x - y| over all pairings of x with y, by sorting y once."""
    order = np.argsort(y, kind="stable")
    line, mass = y[order], np.concatenate([[0.0], np.cumsum(weights[order])])
    weighted = np.concatenate([[0.0], np.cumsum(line * weights[order])])
    below = np.searchsorted(line, x)
    # sum over y < x of (x - y), and over y >= x of (y - x)
    each = x * mass[below] - weighted[below] + (weighted[-1] - weighted[below]) - x * (mass[-1] - mass[below])
    return float(each @ weights) / float(mass[-1]) ** 2


def _distances(difference: np.ndarray, norm: str) -> np.ndarray:
    """Return the integral norm over p, (..., points) -> (...), by the trapezium rule in equal steps."""
    total = np.trapezoid(np.abs(difference) if norm == "l1" else difference**2, dx=1.0 / (difference.shape[-1] - 1))
    return total if norm == "l1" else np.sqrt(total)


def _from_mean(curves: np.ndarray, norm: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances (..., curves) of rescaled curves (..., curves, points) from their mean (..., points)."""
    depth = -curves.min(axis=-1, keepdims=True)
    shapes = np.divide(curves, depth, out=np.full_like(curves, np.nan), where=depth > 0.0)
    known = np.asarray(np.isfinite(shapes).all(axis=-1))
    count = known.sum(axis=-1)[..., None]
    mean = np.where(known[..., None], shapes, 0.0).sum(axis=-2)
    mean = np.divide(mean, count, out=np.full_like(mean, np.nan), where=count > 0)
    return _distances(shapes - mean[..., None, :], norm), mean


def _mean_known(distances: np.ndarray) -> np.ndarray:
    """Return the mean over curves that have a shape, (..., curves) -> (...); NaN for fewer than two."""
    known = np.isfinite(distances)
    count = known.sum(axis=-1)
    total = np.where(known, distances, 0.0).sum(axis=-1)
    return np.where(count > 1, total / np.maximum(count, 1), np.nan)


def _curves(curves: Any) -> np.ndarray:
    """Return curves as an array (curves, points)."""
    if isinstance(curves, Sequence) and len(curves) and all(isinstance(c, Collapse) for c in curves):
        if len({len(c.p) for c in curves}) > 1:
            raise InputError(
                "curves",
                expected="curves on one grid of p",
                got=f"grids of {sorted({len(c.p) for c in curves})} points",
                remedy="Call collapse with the same points= for all.",
            )
        return np.stack([c.curve for c in curves])
    table = as_float_array(curves, "curves")
    if table.ndim != 2 or table.shape[1] < 3:
        raise InputError(
            "curves",
            expected="shape (curves, points), at least 3 points",
            got=f"shape {table.shape}",
            remedy="Give one row a curve, or results of collapse.",
        )
    return table
