"""What is measured of one scale of one condition: one row of numbers, the same for data and surrogates.

Conventions. Every measure is its own module's; here they are put side by side. Measures without order take the pairs of
a scale; the lag and the reach of S(t) are taken from occupied bins, which gives the same numbers. Gini indices are of
counts whatever the normalisation, and so is the variance of f that the exponent is from. A scale without two bins, or
a measure without a number, is NaN; so is everything where one ensemble has no spike at all.

Names ending in "_beyond" are what a measure says that the correlation, with the two variances, doesn't: each module
says what it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .binned import WEIGHTED, Binned, count_units
from .collapse import collapse
from .cooccurrence import FEATURES, cooccurrence
from .cumulative import BRIDGE, MOTION
from .departure import balance_of_f
from .geometry import ensemble_geometry
from .lag_sparse import lag_correlations, peak_of
from .partition import partition
from .scale_symmetry import collapse_of

COLLAPSE_POINTS = 101
ANTIDIAGONAL = -45.0  # degrees; where angles begin, so that axes near that of I don't jump
LEAST_BINS = 20  # of a scale that is tested, gets an interval, or is part of scale symmetry
CHUNK = 1 << 12  # bins that are summed while they are in the cache


@dataclass(frozen=True)
class Number:
    """One of the numbers: its name, unit, convention, and what is looked for in it over scales."""

    name: str
    unit: str
    convention: str
    sought: str = "nothing"


NUMBERS = (
    Number("correlation", "", "Pearson's, of E and I over bins", "maximum"),
    Number("departure", "", "mean f / s.d. f, f = E - I; above 0: excitation exceeds"),
    Number("departure_beyond", "", "share of bins with f > 0 less that of a Gaussian f"),
    Number(
        "angle", "degrees", "of the ellipse's long axis from the E axis towards I, -45 to 135; 45: E = I", "invariance"
    ),
    Number("aspect_ratio", "", "long over short axis of the ellipse of (E, I); follows from the correlation"),
    Number("orthogonal_width", "of activity", "s.d. of (E - I) / sqrt 2"),
    Number("depth", "of activity", "of the collapse curve, 1/2 mean |f - mean f|"),
    Number("depth_ratio", "", "depth over that of the same E and I paired at random; sqrt(1 - rho) if Gaussian"),
    Number("depth_beyond", "", "depth_ratio less that of Gaussian E and I of the same correlation"),
    Number("collapse_shape", "", "L2 distance of the rescaled collapse curve from a Gaussian's", "invariance"),
    Number("gini", "", "Gini index of all spikes over bins"),
    Number("gini_beyond", "", "gini less that of as many Poisson counts"),
    *(
        Number(
            "level_correlation" if name == "correlation" else name,
            "bits" if name == "entropy" else "",
            f"{name} of the co-occurrence matrix, 8 levels by rank",
        )
        for name in FEATURES
    ),
    Number("entropy_beyond", "bits", "entropy less that of a Gaussian copula with the same correlation of levels"),
    Number("lag", "s", "of the largest correlation of E(t) with I(t + lag); above 0: inhibition follows"),
    Number("lag_correlation", "", "the largest correlation over lags"),
    Number("lag_beyond", "", "lag_correlation less the correlation at lag 0"),
    Number("reach", "", "max |S| / (s.d. f sqrt bins), S(t) the sum of f less its mean"),
    Number("reach_beyond", "", "reach less that of f without memory"),
    Number("variance_f", "spikes^2 a unit^2", "variance of f from counts a unit"),
)
NAMES = tuple(number.name for number in NUMBERS)
PLACE = {name: place for place, name in enumerate(NAMES)}


def measure_scale(binned: Binned, *, max_lag: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Return all numbers of one scale, in the order of `NAMES`, and the collapse curve of standardised f.

    Returns
    -------
    array, shape (numbers,)
    array, shape (99,)
        L(p) / s.d. f at p = .01 to .99.

    Examples
    --------
    >>> from .trains import Trains
    >>> trains = Trains.from_units([[0.05, 0.31, 0.32], [0.33]], [False, True], duration=0.4)
    >>> row, _ = measure_scale(trains.binned(0.1))
    >>> round(float(row[PLACE["correlation"]]), 4)
    0.8704
    """
    row, shape = np.full(len(NAMES), np.nan), np.full(COLLAPSE_POINTS - 2, np.nan)
    if binned.n_bins < 2 or silent_of(binned):
        return row, shape
    e, i, weights = binned.pairs()
    counts = binned.normalisation not in WEIGHTED
    ellipse = ensemble_geometry(e, i, weights=weights)
    off = balance_of_f(e, i, weights=weights)
    curve = collapse(e, i, weights=weights, points=COLLAPSE_POINTS)
    table = cooccurrence(e, i, weights=weights)
    e_counts, i_counts, many = (e, i, weights) if counts else _count_pairs(binned)
    sizes = binned.n_excitatory + binned.left_out[0], binned.n_inhibitory + binned.left_out[1]
    one = count_units(binned.normalisation, binned.width, *sizes) if counts else (1.0, 1.0)
    shared = partition(e_counts, i_counts, weights=many, spike=one, points=3)
    found = {
        "correlation": ellipse.rho,
        "departure": off.headline,
        "departure_beyond": off.residual,
        "angle": ellipse.angle if ellipse.angle >= ANTIDIAGONAL else ellipse.angle + 180.0,
        "aspect_ratio": ellipse.aspect_ratio,
        "orthogonal_width": ellipse.orthogonal_width,
        "depth": curve.depth,
        "depth_ratio": curve.ratio,
        "depth_beyond": curve.residual_ratio,
        "collapse_shape": curve.shape_error,
        "gini": shared.headline,
        "gini_beyond": shared.residual,
        "entropy_beyond": table.residual,
        "variance_f": _count_variance(e_counts / (one[0] * sizes[0]) - i_counts / (one[1] * sizes[1]), many),
    }
    for name in FEATURES:
        found["level_correlation" if name == "correlation" else name] = table.features[name]
    rho = lag_correlations(binned, max_lag)
    place, top = peak_of(rho)
    found["lag_correlation"] = top
    found["lag"] = place * binned.width if np.isfinite(top) else np.nan
    found["lag_beyond"] = top - float(rho[max_lag])
    reach, expected = sparse_reach(binned, off.mean, off.sd)
    found["reach"], found["reach_beyond"] = reach, reach - expected
    for name, value in found.items():
        row[PLACE[name]] = value if np.isfinite(value) else np.nan
    if curve.spread > 0:
        shape = curve.curve[1:-1] / curve.spread
    return row, shape


def silent_of(binned: Binned) -> str:
    """Return which ensemble has no spike in any bin, in words, or "".

    >>> from .trains import Trains
    >>> silent_of(Trains.from_units([[0.05, 0.31], []], [False, True], duration=0.4).binned(0.1))
    'the inhibitory ensemble is silent'
    """
    counts = {"excitatory": binned.e_counts, "inhibitory": binned.i_counts}
    silent = [name for name, found in counts.items() if not found.any()]
    return "both ensembles are silent" if len(silent) > 1 else f"the {silent[0]} ensemble is silent" if silent else ""


def too_few(bins: int) -> str:
    """Return why a scale with so many bins is not tested, or "".

    >>> too_few(3), too_few(LEAST_BINS)
    ('3 bins: too few to test', '')
    """
    return "" if bins >= LEAST_BINS else f"{bins} bin{'s' * (bins != 1)}: too few to test"


def scale_error(curves: np.ndarray, used: np.ndarray) -> float:
    """Return the collapse error of standardised curves (scales, points) over the scales used, as in `scale_symmetry`.

    >>> scale_error(np.array([[-0.2, -0.2], [-0.2, -0.2], [-0.4, -0.4]]), np.array([True, True, False]))
    0.0
    """
    fit = used & np.isfinite(curves).all(axis=1)
    return collapse_of(curves[fit]) if fit.sum() > 1 else float("nan")


def sparse_reach(binned: Binned, mean: float, sd: float) -> tuple[float, float]:
    """Return the reach of S(t) about the mean of f, and what it is without memory; :func:`.cumulative.cumulative`'s.

    Between bins with spikes S runs straight, so it is farthest off just before or at one of them, or at the end.

    Parameters
    ----------
    binned : Binned
    mean, sd : float
        Of f over all bins.
    """
    silent = binned.empty[0] - binned.empty[1]
    total, lengths, mean = binned.n_bins, binned.lengths, mean - silent
    expected = BRIDGE if np.count_nonzero(lengths) == 1 else MOTION
    if not sd > 0:
        return float("nan"), expected
    ends = np.searchsorted(binned.index, np.cumsum(lengths))
    starts = np.concatenate([[0], ends[:-1]])
    first = np.cumsum(lengths) - lengths
    reach = 0.0
    for begin, stop, start, bins in zip(*(x.tolist() for x in (starts, ends, first, lengths)), strict=True):
        level = top = 0.0
        for low in range(begin, stop, CHUNK):
            end = min(low + CHUNK, stop)
            part = binned.excitatory[low:end] - binned.inhibitory[low:end]
            part -= silent
            upto = np.cumsum(part)
            line = mean * (binned.index[low : low + len(part)] - (start - 1))
            after = upto - line
            before = after - part
            after += level
            before += level + mean
            top = max(top, float(after.max()), -float(after.min()), float(before.max()), -float(before.min()))
            level += float(upto[-1])
        top = max(top, abs(level - mean * bins))
        reach += top * np.sqrt(bins) / total  # top / sqrt(bins), weighted by bins / total
    return reach / sd, expected


def _count_pairs(binned: Binned) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return counts (E, I) of the occupied bins, with the empty ones as one pair, and weights."""
    e, i, weights = binned.e_counts, binned.i_counts, np.ones(len(binned.index))
    if binned.n_empty:
        e, i = np.concatenate([[0], e]), np.concatenate([[0], i])
        weights = np.concatenate([[float(binned.n_empty)], weights])
    return e, i, weights


def _count_variance(f: np.ndarray, weights: np.ndarray) -> float:
    """Return the variance of f, each value standing for as many bins as its weight."""
    bins = float(weights.sum())
    mean = float(weights @ f) / bins
    return float(weights @ (f - mean) ** 2) / bins
