"""Partition curves: how an ensemble's spikes are shared out among bins (a Lorenz curve), and the Gini index.

Conventions. Bins are sorted by activity, least first. L(p) is the share of all activity in the lowest share p of bins;

    Gini = 1 - 2 integral of L = mean |x - x'| / (2 mean x)    over all pairs of bins, also of one with itself.    (1)

0: every bin has the same; near 1: few bins have it all. Gini doesn't change with the unit of activity. "both" is the
pooled ensemble: all spikes of a bin, whichever class they are of.

Beyond chance: few spikes are shared out unequally by chance alone. For independent Poisson counts of mean l

    Gini = e^(-2 l) [I0(2 l) + I1(2 l)]    (2)

with modified Bessel functions (Ramasubban 1958, Biometrika 45:549, the mean difference of a Poisson distribution). A
sample of n bins shows (n - 1) / n of it, because of pairs of a bin with itself; and given how many spikes there are,
they fall on bins as multinomial counts do, which to first order in 1/n gives

    `poisson` = (1 - 1/n) { Gini(l) + e^(-2 l) [I0(2 l) - I1(2 l)] / n }.    (3)

`residual` = Gini - `poisson`: above 0, bursts; below 0, more regular than Poisson.

The comparison needs counts. `spike` says what one spike adds to each array: 1 where they hold counts, 1/N_E and 1/N_I
where they hold spikes a unit ("fraction"), 1/(N D) for rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, as_number, as_whole
from .._errors import InputError
from ._levels import distinct_values
from ._series import read_only
from ._weighted import as_weighted_pairs

POINTS = 201
ENSEMBLES = ("excitatory", "inhibitory", "both")
WHOLE = 1e-6  # how far from a whole number a count may be


@dataclass(frozen=True, eq=False)
class Partition:
    """Lorenz curves and Gini indices at one scale; rows are (excitatory, inhibitory, both).

    Attributes
    ----------
    p : array, shape (points,)
        Share of bins, from 0 to 1 in equal steps.
    curves : array, shape (3, points)
        Share of the activity in the lowest share p of bins; NaN for an empty ensemble.
    gini : array, shape (3,)
        Eq. 1; NaN for an empty ensemble.
    poisson : array, shape (3,)
        Of as many independent Poisson bins of the same mean count; NaN where activity isn't given in counts.
    mean : array, shape (3,)
        Mean activity of a bin: spikes where `spike` is known, else as given.
    n_bins : float
    reason : str
        Why numbers are NaN, or "".
    """

    p: np.ndarray
    curves: np.ndarray
    gini: np.ndarray
    poisson: np.ndarray
    mean: np.ndarray
    n_bins: float
    reason: str = ""

    def __post_init__(self) -> None:
        read_only(self.p, self.curves, self.gini, self.poisson, self.mean)

    @property
    def headline(self) -> float:
        """Gini index of both ensembles pooled."""
        return float(self.gini[2])

    @property
    def residuals(self) -> np.ndarray:
        """Gini less that of Poisson counts, shape (3,)."""
        return self.gini - self.poisson

    @property
    def residual(self) -> float:
        """The residual of both ensembles pooled."""
        return float(self.residuals[2])

    def __repr__(self) -> str:
        rows = [
            f"{name:<11} Gini {g:.4f}  Poisson {q:.4f}  residual {g - q:+.4f}"
            for name, g, q in zip(ENSEMBLES, self.gini, self.poisson, strict=True)
        ]
        return "\n".join([*rows, f"{self.n_bins:g} bins" + (f"; {self.reason}" if self.reason else "")])


def partition(
    excitatory: Any,
    inhibitory: Any,
    *,
    weights: Any = None,
    spike: tuple[float, float] | None = (1.0, 1.0),
    points: int = POINTS,
) -> Partition:
    """Return the Lorenz curves and Gini indices of E, I and both, and what Poisson counts would give, eqs. 1 to 3.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (bins,)
        Activity of the ensembles at one scale, >= 0.
    weights : array_like, shape (bins,), optional
        How many bins each pair stands for; the default is 1.
    spike : (float, float), or None
        What one spike adds to (E, I). None where activity isn't proportional to counts ("unit_mean"): no comparison
        with Poisson, and "both" is the sum as given.
    points : int
        Points of the curves, from p = 0 to 1.

    Returns
    -------
    Partition

    Raises
    ------
    InputError
        Unequal lengths, NaN, activity below 0, activity that is no whole number of spikes.

    Examples
    --------
    >>> found = partition([0, 0, 0, 4], [1, 1, 1, 1])
    >>> found.gini.tolist()
    [0.75, 0.0, 0.375]

    References
    ----------
    Dehghani (2025) arXiv 2306.11965 (the curve); Ramasubban (1958) Biometrika 45:549.
    """
    pairs = as_weighted_pairs(excitatory, inhibitory, weights)
    first = _counted(pairs.excitatory, spike, 0)
    second = _counted(pairs.inhibitory, spike, 1)
    p = np.linspace(0.0, 1.0, as_whole(points, "points", 3))
    curves, numbers = np.full((3, len(p)), np.nan), np.full((3, 3), np.nan)
    reasons = [pairs.reason] if pairs.reason else []
    if not reasons:
        for row, values in enumerate((first, second, first + second)):
            average = float(values @ pairs.weights) / pairs.bins
            numbers[2, row] = average
            if average <= 0.0:
                reasons.append(f"no activity in {ENSEMBLES[row]}")
                continue
            share, part = _knots(values, pairs.weights)
            curves[row] = np.interp(p, share, part)
            numbers[0, row] = 1.0 - float(np.diff(share) @ (part[1:] + part[:-1]))
            if spike is not None:
                numbers[1, row] = poisson_gini(average, bins=pairs.bins)
        if spike is None:
            reasons.append("no counts, no comparison with Poisson")
    found, chance, mean = numbers[0].copy(), numbers[1].copy(), numbers[2].copy()
    return Partition(p, curves, found, chance, mean, pairs.bins, "; ".join(reasons))


def gini(values: Any, *, weights: Any = None) -> float:
    """Return the Gini index of activity >= 0, eq. 1; NaN where there is none.

    >>> gini([0, 1]), gini([0, 1], weights=[3, 1])
    (0.5, 0.75)
    """
    return float(partition(values, values, weights=weights, spike=None, points=3).gini[0])


def poisson_gini(mean: float, *, bins: float = np.inf) -> float:
    """Return the Gini index of Poisson counts, eq. 2, or what so many bins show of it, eq. 3.

    At mean 0 it is the limit, 1.

    >>> [round(poisson_gini(mean), 4) for mean in (0.2, 1, 5)]
    [0.8342, 0.5238, 0.2491]
    """
    from scipy.special import i0e, i1e

    twice = 2.0 * as_number(mean, "mean", low=0.0)
    few = 1.0 / as_number(bins, "bins", low=2.0)
    same, next_to = float(i0e(twice)), float(i1e(twice))
    return (1.0 - few) * (same + next_to + few * (same - next_to))


def _knots(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of bins and of activity at the bins' values, from (0, 0) to (1, 1)."""
    distinct, mass = distinct_values(values, weights)
    share = np.concatenate([[0.0], np.cumsum(mass)])
    part = np.concatenate([[0.0], np.cumsum(distinct * mass)])
    return share / share[-1], part / part[-1]


def _counted(values: np.ndarray, spike: Any, place: int) -> np.ndarray:
    """Return activity in spikes, or as it is where that isn't known."""
    where = ENSEMBLES[place]
    if (values < 0.0).any():
        raise InputError(
            where,
            expected="activity >= 0, to be shared out",
            got=f"{values.min():.6g}",
            remedy="Take a normalisation without negative values: no z-scores.",
        )
    if spike is None:
        return values
    sizes = as_float_array(spike, "spike")
    if sizes.shape != (2,) or not (np.isfinite(sizes) & (sizes > 0.0)).all():
        raise InputError(
            "spike",
            expected="two numbers above 0, what one spike adds to (E, I)",
            got=repr(spike),
            remedy="For counts (1, 1), for spikes a unit (1 / N_E, 1 / N_I).",
        )
    counts = values / sizes[place]
    whole = np.round(counts)
    off = np.abs(counts - whole) > WHOLE * np.maximum(1.0, whole)
    if off.any():
        raise InputError(
            where,
            expected=f"whole numbers of spikes of {sizes[place]:.6g}",
            got=f"{values[off][0]:.6g}",
            remedy="Say what one spike adds, spike=(e, i), or spike=None where activity isn't made of counts.",
        )
    return whole.astype(np.int64)
