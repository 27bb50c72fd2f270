"""Thinning: how a measure of the ensembles changes as units are left out, and where that leads.

Conventions. A subset has k_E of the n_E excitatory and k_I of the n_I inhibitory units seen, the same share of both,
drawn without replacement; its ensembles are the means over its units. A measure is any function of (excitatory,
inhibitory) activity, shape (bins,) each. Over subsets of one size its mean is taken.

Going on beyond the sample [ours]. The mean is fitted by ``a + b x`` with x = (n_E / k_E + n_I / k_I) / 2, by least
squares, sizes alike: the first terms of an expansion in 1/n, which hold where averaging leaves little private noise. x
is 1 for the sample and near 0 for a large population. Where private noise is most of what is seen, as in an array among
thousands of cells, the line is no guide, and a warning says so; for the correlation there is a law that is,
:func:`.subsampling.extrapolate_correlation`.

Interval: the whole procedure is repeated with every g-th part of the units of both classes left out (delete-a-group
jackknife; Kott 2001, J Off Stat 17:521), on the same random orders of units, and reaches t standard errors to each
side. It covers which units were seen, not the error of the line.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number, as_whole
from .._doubt import t_reach
from .._errors import CausalGrainWarning, InputError
from ..surrogates.streams import as_seed, draw_rng
from ._series import read_only
from .subsampling import as_population, as_units

SHARES = (0.3, 0.4, 0.55, 0.75, 1.0)
REPEATS = 20
GROUPS = 10
FAR = 5.0  # a population so many times the sample lies far beyond it
LEAST = 2  # units of each class in a subset


@dataclass(frozen=True, eq=False)
class ThinningCurve:
    """A measure over subsets of units, and its value for the whole population on the line through them.

    Attributes
    ----------
    sizes : array, shape (sizes, 2)
        (excitatory, inhibitory) units of the subsets.
    values : array, shape (sizes, repeats), unit of the measure
    mean, low, high : array, shape (sizes,)
        Over subsets of each size: mean, and the quantiles of `level`.
    value : float
        Of the whole population, the headline.
    value_low, value_high : float
        Interval of `value` at `level`.
    slope : float
        b of the line: how much the measure grows as x goes from 0 to 1.
    population : tuple of int
    level : float
    """

    sizes: np.ndarray
    values: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    value: float
    value_low: float
    value_high: float
    slope: float
    population: tuple[int, int]
    level: float

    def __post_init__(self) -> None:
        read_only(self.sizes, self.values, self.mean, self.low, self.high)

    @property
    def headline(self) -> float:
        """The measure of the whole population."""
        return self.value

    def __repr__(self) -> str:
        rows = [
            f"{e:5d} E {i:5d} I  {mean:.4f}  [{low:.4f}, {high:.4f}]"
            for (e, i), mean, low, high in zip(self.sizes.tolist(), self.mean, self.low, self.high, strict=True)
        ]
        e, i = self.population
        last = f"{e:5d} E {i:5d} I  {self.value:.4f}  [{self.value_low:.4f}, {self.value_high:.4f}]  on the line"
        return "\n".join([*rows, last])


def thinning_curve(
    counts: Any,
    inhibitory: Any,
    measure: Callable[[np.ndarray, np.ndarray], Any],
    *,
    population: tuple[int, int],
    shares: Sequence[float] = SHARES,
    repeats: int = REPEATS,
    groups: int = GROUPS,
    level: float = 0.9,
    seed: int = 0,
) -> ThinningCurve:
    """Return a measure over subsets of units of several sizes, and of the population on the line ``a + b x``.

    Parameters
    ----------
    counts : array_like, shape (bins, units)
    inhibitory : array_like of bool, shape (units,)
    measure : function of (excitatory, inhibitory)
        Of the means over units, shape (bins,) each, in time order; returns a number, or a result with `.headline`.
    population : (int, int)
        (excitatory, inhibitory) units of the whole population.
    shares : sequence of float
        Shares of the units in a subset, above 0 up to 1; at least two that give different sizes.
    repeats : int
        Subsets of each size.
    groups : int
        Parts of the units left out in turn, for the interval; fewer than the units of either class.
    level : float
        Of the intervals.
    seed : int

    Returns
    -------
    ThinningCurve

    Raises
    ------
    InputError
        Too few units, shares out of range, a measure that returns no number.

    Warns
    -----
    CausalGrainWarning
        The population is more than 5 times the sample: the line is a guess there.

    Examples
    --------
    The variance of independent ensembles falls as 1/n, so the line is exact:

    >>> rng = np.random.default_rng(0)
    >>> counts, inhibitory = rng.normal(size=(1000, 100)), np.arange(100) >= 60
    >>> found = thinning_curve(
    ...     counts, inhibitory, lambda e, i: e.var() + i.var(), population=(120, 80), repeats=5, groups=6
    ... )
    >>> bool(found.value_low < 1 / 120 + 1 / 80 < found.value_high)
    True

    References
    ----------
    Kott (2001) J Off Stat 17:521.
    """
    table, flags = as_units(counts, inhibitory)
    members = np.flatnonzero(~flags), np.flatnonzero(flags)
    seen = (len(members[0]), len(members[1]))
    whole = as_population(population, seen)
    repeats, level = as_whole(repeats, "repeats", 1), as_number(level, "level", low=0.5, high=0.999)
    groups = as_whole(groups, "groups", 2, min(seen) - LEAST, remedy="Leave out fewer parts at a time.")
    parts = _shares(shares)
    seed = as_seed(seed, "seed")
    orders = [
        [draw_rng(seed, draw, place).permutation(units) for place, units in enumerate(members)]
        for draw in range(repeats)
    ]
    rank = np.empty(len(flags), dtype=np.int64)
    for place, units in enumerate(members):
        # which group a unit is left out with
        rank[draw_rng(seed, repeats, place).permutation(units)] = np.arange(len(units)) % groups

    def curve(kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return sizes and values of subsets of the units kept."""
        found = []
        sizes = np.array([[max(LEAST, round(s * int(kept[units].sum()))) for units in members] for s in parts])
        for order in orders:
            left = [units[kept[units]] for units in order]
            # subsets of one order are nested, so sizes differ by the units added alone
            found.append([_value(measure, table, left, size) for size in sizes.tolist()])
        return sizes, np.array(found).T

    sizes, values = curve(np.ones(len(flags), dtype=bool))
    value, slope = _line(sizes, values, seen, whole)
    without = []
    for group in range(groups):
        kept = rank != group
        less, others = curve(kept)
        without.append(_line(less, others, seen, whole)[0])
    reach = float(t_reach(np.array(without), level, scale=(groups - 1) / np.sqrt(groups)))
    if max(whole[0] / seen[0], whole[1] / seen[1]) > FAR:
        warnings.warn(
            f"a population of {whole[0]} E and {whole[1]} I units lies far beyond the {seen[0]} and {seen[1]} seen: "
            "the line a + b/n is a guess there; for the correlation use extrapolate_correlation",
            CausalGrainWarning,
            stacklevel=2,
        )
    low, high = np.quantile(values, [0.5 - 0.5 * level, 0.5 + 0.5 * level], axis=1)
    return ThinningCurve(
        sizes, values, values.mean(axis=1), low, high, value, value - reach, value + reach, slope, whole, level
    )


def _value(measure: Callable[..., Any], table: np.ndarray, order: list[np.ndarray], size: list[int]) -> float:
    """Return the measure of the first units of an order."""
    first, second = (table[:, units[:k]].mean(axis=1) for units, k in zip(order, size, strict=True))
    found = measure(first, second)
    found = getattr(found, "headline", found)
    try:
        return float(found)
    except (TypeError, ValueError):
        raise InputError(
            "measure",
            expected="a function that returns a number, or a result with a headline",
            got=type(found).__name__,
            remedy="Wrap it, for example lambda e, i: collapse(e, i).depth.",
        ) from None


def _line(sizes: np.ndarray, values: np.ndarray, seen: tuple[int, int], whole: tuple[int, int]) -> tuple[float, float]:
    """Return the value of the population, and the slope, of the line through the means."""
    x = (np.array(seen) / sizes).mean(axis=1)
    slope, start = np.polynomial.Polynomial.fit(x, values.mean(axis=1), 1).convert().coef[::-1]
    return float(start + slope * (np.array(seen) / np.array(whole)).mean()), float(slope)


def _shares(shares: Any) -> list[float]:
    """Return ascending shares, each once."""
    parts = sorted({as_number(share, "shares", low=0.0, high=1.0) for share in shares})
    if len(parts) < 2 or parts[0] <= 0.0:
        raise InputError(
            "shares",
            expected="at least two different shares above 0, up to 1",
            got=repr(shares),
            remedy="For example shares=(0.25, 0.5, 1.0).",
        )
    return parts
