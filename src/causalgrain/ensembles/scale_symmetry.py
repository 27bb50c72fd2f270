"""Scale symmetry: has f = E - I the same shape at every scale?

Conventions. At scale s, f is standardised (mean 0, deviation 1 over its bins), sorted and cumulated to the collapse
curve

    L_s(p) = integral from 0 to p of q_s(u) du,   q_s the quantile function of standardised f

drawn straight between distinct values. For a Gaussian L(p) = -phi(Phi^-1(p)), of depth 1/sqrt(2 pi) = .3989. Then

    error = sqrt( mean over scales and p of (L_s(p) - mean over scales L(p))^2 ) / .3989

0 where all curves collapse. Mean and deviation are taken out, so how they grow with the scale is no part of it, nor is
E-I correlation at any scale: Gaussian f collapses whatever its variance. Cumulated quantiles instead of densities:
they are continuous also where f has few values, as in short bins.

Null [ours]: blocks of time (the same shares of the bins at every scale, so that scales keep their dependence) are drawn
with replacement, and the error is taken of (drawn curves - curves of the data), which is what sampling alone does to
curves that are the same: a centred bootstrap. p is approximate: blocks should be many, longer than the coarsest bin and
the memory. Scales with fewer than two bins a block are left out. At short bins f of finitely many units has a lattice,
so scale symmetry can't be exact there; read `error` beside the p. Raw errors of surrogates can be given as `null`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number, as_whole
from .._doubt import rank_p
from .._errors import InputError
from ..surrogates.streams import as_generator
from ._levels import distinct_values
from ._series import as_values, jackknife_reach, read_only

GAUSSIAN_DEPTH = float(1.0 / np.sqrt(2.0 * np.pi))
CELLS = 512  # distinct values a scale; more are averaged in cells of equal weight
FEWEST = 2  # bins a block


@dataclass(frozen=True, eq=False)
class ScaleSymmetry:
    """Self-similarity of f over scales; lengths of curves in units of the Gaussian depth.

    Attributes
    ----------
    error : float
        Collapse error of the data.
    effect : float
        Error less the null's mean.
    p : float
        Share of null draws at least as large, the data among them.
    z : float
        `effect` in deviations of the null.
    low, high : float
        Interval of the effect: delete-a-block jackknife, with the error of the null's mean.
    gaussian : float
        The same distance of the mean curve from the Gaussian's.
    by_scale : ndarray, shape (scales,)
        Distance of each scale's curve from the mean curve; NaN where left out.
    curves : ndarray, shape (scales, points)
        L_s(p).
    points : ndarray, shape (points,)
        p.
    used : ndarray of bool, shape (scales,)
    null : ndarray, shape (draws,)
    level : float
        Of the interval.
    reason : str
        Why there is no number, or "".
    """

    error: float
    effect: float
    p: float
    z: float
    low: float
    high: float
    gaussian: float
    by_scale: np.ndarray
    curves: np.ndarray
    points: np.ndarray
    used: np.ndarray
    null: np.ndarray
    level: float
    reason: str = ""

    @property
    def headline(self) -> float:
        """Collapse error less the null's mean; E-I correlation has no part in it."""
        return self.effect

    def __repr__(self) -> str:
        if self.reason:
            return f"no collapse over scales: {self.reason}"
        return (
            f"collapse error of {int(self.used.sum())} scales {self.error:.4f} of the Gaussian depth, "
            f"{self.effect:+.4f} [{self.low:.4f}, {self.high:.4f}] beyond sampling, p = {self.p:.3g}; "
            f"mean curve {self.gaussian:.4f} from the Gaussian's"
        )


def scale_symmetry(
    series: Sequence[Any],
    *,
    blocks: int = 50,
    points: int = 63,
    null: Any = None,
    draws: int = 200,
    level: float = 0.95,
    rng: int | np.random.Generator = 0,
) -> ScaleSymmetry:
    """Return the collapse error of the standardised distributions of f over scales, with its null.

    Parameters
    ----------
    series : sequence of array_like, each of shape (bins,)
        f = E - I at each scale, in time order, all over the same time.
    blocks : int
        Of time.
    points : int
        At which curves are compared, p = 1/(points + 1), ..., points/(points + 1).
    null : array_like, shape (draws,), optional
        Raw errors of surrogates of your own, in place of the centred bootstrap.
    draws : int
        Of the null.
    level : float
        Of the interval.
    rng : int or numpy Generator

    Returns
    -------
    ScaleSymmetry

    Raises
    ------
    InputError
        Fewer than two scales, or settings that don't fit.

    Examples
    --------
    White Gaussian noise sums to itself; rare events don't:

    >>> rng = np.random.default_rng(0)
    >>> same, rare = rng.normal(size=6000), rng.exponential(size=6000)
    >>> [scale_symmetry([x.reshape(-1, k).sum(1) for k in (1, 4, 16)]).p < 0.01 for x in (same, rare)]
    [False, True]

    References
    ----------
    Dehghani (2025) arXiv 2306.11965 (collapse of f over scales); the error and its null are ours.
    """
    values = [as_values(x, f"series, scale {k}") for k, x in enumerate(series)]
    if len(values) < 2:
        raise InputError("series", expected="two scales or more", got=str(len(values)), remedy="Add scales.")
    blocks, points = as_whole(blocks, "blocks", 3), as_whole(points, "points", 1)
    draws, level = as_whole(draws, "draws", 0), as_number(level, "level", low=0.0, high=1.0)
    generator = as_generator(rng)
    given = None if null is None else as_values(null, "null")
    used = np.array([len(x) >= FEWEST * blocks and x.min() < x.max() for x in values])
    grid = np.arange(1, points + 1) / (points + 1)
    curves = np.full((len(values), points), np.nan)
    if used.sum() < 2:
        nan, none = float("nan"), np.zeros(0)
        reason = f"fewer than two scales vary and have {FEWEST} bins in each of {blocks} blocks"
        by_scale = np.full(len(values), nan)
        return ScaleSymmetry(nan, nan, nan, nan, nan, nan, nan, by_scale, curves, grid, used, none, level, reason)
    tables = [_table(x, blocks) for x, fit in zip(values, used, strict=True) if fit]
    ones = np.ones(blocks)
    own = _curves(tables, ones, grid)
    curves[used] = own
    error = collapse_of(own)
    if given is None:
        times = generator.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=draws).astype(float)
        given = np.array([collapse_of(_curves(tables, t, grid) - own) for t in times])
    left = np.array([collapse_of(_curves(tables, ones - np.eye(blocks)[b], grid)) for b in range(blocks)])
    fit_null = given[np.isfinite(given)]
    reach = jackknife_reach(left, fit_null, level)
    centre = float(fit_null.mean()) if fit_null.size else 0.0
    spread = float(fit_null.std(ddof=1)) if fit_null.size > 1 else np.nan
    by_scale = np.full(len(values), np.nan)
    by_scale[used] = np.sqrt(((own - own.mean(axis=0)) ** 2).mean(axis=1)) / GAUSSIAN_DEPTH
    apart = own.mean(axis=0) - gaussian_curve(grid)
    read_only(by_scale, curves, grid, used, given)
    return ScaleSymmetry(
        error=error,
        effect=error - centre,
        p=float(rank_p(error, given)) if len(given) else np.nan,
        z=(error - centre) / spread if spread > 0 else np.nan,
        low=error - centre - reach,
        high=error - centre + reach,
        gaussian=float(np.sqrt((apart**2).mean())) / GAUSSIAN_DEPTH,
        by_scale=by_scale,
        curves=curves,
        points=grid,
        used=used,
        null=given,
        level=level,
    )


# -- the array layer -----------------------------------------------------------------------------------------------


def standard_curve(values: np.ndarray, mass: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the collapse curve of standardised values, L(p) at `points`; NaN where nothing varies.

    Parameters
    ----------
    values, mass : array, shape (values,)
        Ascending values, and the weight of each.

    Examples
    --------
    >>> standard_curve(np.array([-1.0, 1.0]), np.array([1.0, 1.0]), np.array([0.25, 0.5, 0.75])).tolist()
    [-0.25, -0.5, -0.25]
    """
    share = mass / mass.sum()
    z = values - share @ values
    variance = float(share @ z**2)
    if not variance > 0:
        return np.full(len(points), np.nan)
    upto = np.concatenate([[0.0], np.cumsum(share)])
    depth = np.concatenate([[0.0], np.cumsum(share * z)]) / np.sqrt(variance)
    return np.interp(points, upto, depth)


def gaussian_curve(points: np.ndarray) -> np.ndarray:
    """Return -phi(Phi^-1(p)).

    >>> gaussian_curve(np.array([0.5])).round(6).tolist()
    [-0.398942]
    """
    from scipy.special import ndtri

    return -np.exp(-0.5 * ndtri(points) ** 2) * GAUSSIAN_DEPTH


def collapse_of(curves: np.ndarray) -> float:
    """Return the collapse error of curves (scales, points), in units of the Gaussian depth."""
    return float(np.sqrt(((curves - curves.mean(axis=0)) ** 2).mean())) / GAUSSIAN_DEPTH


def _table(values: np.ndarray, blocks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ascending values, at most CELLS, and how often each occurs in each block (block, value)."""
    distinct, mass = distinct_values(values, None)
    cell = np.arange(len(distinct))
    if len(distinct) > CELLS:
        upto = np.cumsum(mass) - 0.5 * mass
        cell = np.unique((upto / mass.sum() * CELLS).astype(np.int64), return_inverse=True)[1]
        sums = np.bincount(cell, weights=mass * distinct)
        centres = sums / np.bincount(cell, weights=mass)
    else:
        centres = distinct
    block = np.arange(len(values)) * blocks // len(values)
    code = block * len(centres) + cell[np.searchsorted(distinct, values)]
    return centres, np.bincount(code, minlength=blocks * len(centres)).reshape(blocks, -1).astype(np.float64)


def _curves(tables: list[tuple[np.ndarray, np.ndarray]], times: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.array([standard_curve(values, times @ table, points) for values, table in tables])
