"""What is lost when few units of a population are seen, and what the whole population would show.

Conventions. Counts are (bins, units) at one width of bins; an ensemble is the mean over its units. Units seen are taken
as drawn at random from their class; the population has (N_E, N_I) units. What is asked is what the whole population
would show *over the same time*: the interval says how much depends on which units were seen, not on which minutes.

The correlation of ensembles. Averaging n units leaves what they share and divides what is private by n:

    Var(E_n) = C_E + (V_E - C_E) / n,    Cov(E, I) = C_EI whatever n,

with V mean variance, C_E and C_I mean covariance of two different units of a class, C_EI of an excitatory with an
inhibitory unit. All are unbiased in a sample, so the correlation of n_E with n_I units follows for any sizes:

    rho(n_E, n_I) = C_EI / sqrt{ [C_E + (V_E - C_E)/n_E] [C_I + (V_I - C_I)/n_I] }.    (1)

Its interval [ours]. The three numbers in (1) are means over pairs of units, U-statistics of degree 2. A pair's value is
split as mean + effect of one unit + effect of the other + rest, and the covariance of the three means over draws of
units without replacement is (Hoeffding 1948, Ann Math Stat 19:293, eq. 5.13; the factors for a finite population are
ours)

    (1 - n/N) 4 var(effect) / n  +  (1 - (n/N)^2) 2 var(rest) / (n (n - 1))        for pairs within a class,    (2)
    (1 - n/N) var(effect) / n for each class  +  var(rest) / (n_E n_I)             for pairs across,

the variances estimated as in an analysis of variance: what the rest adds to the spread of effects is taken off, and
what falls below 0 then is 0. The interval holds every rho in [-1, 1] for which C_EI - rho q lies within z standard
deviations of 0, q being the root of the product of the variances in (1) (Fieller 1954, J R Stat Soc B 16:175; the
spread of q to first order). It is all of [-1, 1] where the units seen can't tell. No unit is ever paired with itself: a
bootstrap that draws units with replacement would have to leave such pairs out, and counts the rest three times over.

Any other measure has no such law: see :mod:`.thinning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, as_number, as_whole
from .._errors import InputError

LEAST_UNITS = 4  # of a class: fewer pairs leave nothing to estimate the rest from
CHUNK = 1 << 22  # numbers held at once while covariances are summed


@dataclass(frozen=True, eq=False)
class PopulationCorrelation:
    """Correlation of the ensembles of a whole population, from a sample of its units.

    Attributes
    ----------
    observed : float
        Correlation of the ensembles of the units seen.
    value : float
        Of the whole population, eq. 1; held at +-1. NaN where the sample shows no shared variance; `reason` says so.
    low, high : float
        Interval of `value` at `level`: [-1, 1] where the units can't tell, NaN where no correlation fits.
    level : float
    sample, population : tuple of int
        (excitatory, inhibitory) units.
    shared : array, shape (3,)
        C_E, C_I, C_EI: mean covariance of two units, E with E, I with I, E with I; counts squared.
    variance : array, shape (2,)
        V_E, V_I: mean variance of a unit; counts squared.
    reason : str
        Why `value` is NaN, or "".
    """

    observed: float
    value: float
    low: float
    high: float
    level: float
    sample: tuple[int, int]
    population: tuple[int, int]
    shared: np.ndarray
    variance: np.ndarray
    reason: str = ""

    def __post_init__(self) -> None:
        self.shared.setflags(write=False)
        self.variance.setflags(write=False)

    @property
    def headline(self) -> float:
        """The correlation of the whole population."""
        return self.value

    def at(self, n_excitatory: int, n_inhibitory: int) -> float:
        """Return the correlation of ensembles of so many units, eq. 1, held at +-1."""
        sizes = (as_whole(n_excitatory, "n_excitatory", 1), as_whole(n_inhibitory, "n_inhibitory", 1))
        return _rho(self.shared[2], *_ensemble_variances(self.shared, self.variance, sizes))

    def __repr__(self) -> str:
        seen, whole = (f"{e} E / {i} I" for e, i in (self.sample, self.population))
        line = f"correlation {self.value:.3f}  {self.level:.0%} interval [{self.low:.3f}, {self.high:.3f}]  in {whole}"
        return f"{line}\nobserved    {self.observed:.3f}  in {seen}" + (
            f"\nno value: {self.reason}" * bool(self.reason)
        )


def extrapolate_correlation(
    counts: Any,
    inhibitory: Any,
    *,
    population: tuple[int, int],
    level: float = 0.9,
) -> PopulationCorrelation:
    """Return the E-I correlation that the whole population would show over the same time, eqs. 1 and 2.

    Parameters
    ----------
    counts : array_like, shape (bins, units)
        Spike counts, or any activity whose mean over units is the ensemble. The order of bins doesn't matter.
    inhibitory : array_like of bool, shape (units,)
    population : (int, int)
        (excitatory, inhibitory) units of the population; no fewer than are seen.
    level : float
        Of the interval.

    Returns
    -------
    PopulationCorrelation

    Raises
    ------
    InputError
        Fewer than 4 units of a class, fewer than 2 bins, NaN, a population smaller than the sample.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> counts = 0.1 * rng.normal(size=(4000, 1)) + rng.normal(size=(4000, 60))  # private variance 100 times the shared
    >>> found = extrapolate_correlation(counts, np.arange(60) >= 40, population=(3200, 800))
    >>> round(found.observed, 1), bool(found.low < 1 / np.sqrt((1 + 100 / 3200) * (1 + 100 / 800)) < found.high)
    (0.2, True)

    References
    ----------
    Hoeffding (1948) Ann Math Stat 19:293, eq. 5.13; Fieller (1954) J R Stat Soc B 16:175.
    """
    return extrapolate_covariance(unit_covariance(counts), inhibitory, population=population, level=level)


def extrapolate_covariance(
    covariance: Any,
    inhibitory: Any,
    *,
    population: tuple[int, int],
    level: float = 0.9,
) -> PopulationCorrelation:
    """Return the same from the covariance of units, shape (units, units); see :func:`extrapolate_correlation`.

    >>> covariance = 0.01 + np.eye(10)
    >>> found = extrapolate_covariance(covariance, np.arange(10) >= 6, population=(100, 100))
    >>> round(found.observed, 4), round(found.value, 4), round(found.at(6, 4), 4)
    (0.0467, 0.5, 0.0467)
    """
    table = as_float_array(covariance, "covariance")
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not np.isfinite(table).all():
        raise InputError(
            "covariance",
            expected="finite numbers, shape (units, units)",
            got="NaN or infinity" if table.ndim == 2 and len(table) == table.shape[1] else f"shape {table.shape}",
            remedy="unit_covariance(counts) makes it; leave units and bins with NaN out.",
        )
    flags = as_flags(inhibitory, len(table))
    first, second = table[np.ix_(~flags, ~flags)], table[np.ix_(flags, flags)]
    sizes = (len(first), len(second))
    whole = as_population(population, sizes)
    level = as_number(level, "level", low=0.5, high=0.999)
    across = table[np.ix_(~flags, flags)]
    variance = np.array([np.diag(first).mean(), np.diag(second).mean()])
    shared = np.array([_pairs_mean(first), _pairs_mean(second), across.mean()])
    observed = _rho(shared[2], *_ensemble_variances(shared, variance, sizes))
    numbers = np.array([shared[2], *_ensemble_variances(shared, variance, whole)])
    value, reason = _rho(*numbers), ""
    if not np.isfinite(value):
        name, own = ("excitatory", shared[0]) if numbers[1] <= 0 else ("inhibitory", shared[1])
        reason = f"the {name} units seen share no variance (mean covariance {own:.3g})"
    spread = _spread(first, second, across, whole)
    low, high = _interval(numbers, spread, level)
    return PopulationCorrelation(observed, value, low, high, level, sizes, whole, shared, variance, reason)


def unit_covariance(counts: Any) -> np.ndarray:
    """Return the covariance of units over bins, shape (units, units), summed over stretches of bins.

    >>> unit_covariance([[0, 2], [2, 0]]).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    table = counts if isinstance(counts, np.ndarray) and counts.dtype.kind in "iufb" else None
    table = as_float_array(counts, "counts") if table is None else table
    if table.ndim != 2 or len(table) < 2:
        raise InputError(
            "counts",
            expected="shape (bins, units), at least 2 bins",
            got=f"shape {table.shape}",
            remedy="One row a bin, one column a unit.",
        )
    step = max(1, CHUNK // max(1, table.shape[1]))
    centre = table[:step].mean(axis=0, dtype=np.float64)  # near the mean: sums of squares then lose no digits
    sums, squares = np.zeros(table.shape[1]), np.zeros((table.shape[1],) * 2)
    for start in range(0, len(table), step):
        block = table[start : start + step] - centre
        sums += block.sum(axis=0)
        squares += block.T @ block
    return (squares - np.outer(sums, sums) / len(table)) / len(table)


def _ensemble_variances(shared: np.ndarray, variance: np.ndarray, sizes: tuple[int, int]) -> tuple[float, float]:
    """Return the variances of the means of so many units."""
    first, second = (float(shared[k] + (variance[k] - shared[k]) / sizes[k]) for k in (0, 1))
    return first, second


def _rho(covariance: float, first: float, second: float) -> float:
    """Return the correlation, held at +-1, or NaN where a variance is not above 0."""
    if not (first > 0.0 and second > 0.0):
        return float("nan")
    return float(np.clip(covariance / np.sqrt(first * second), -1.0, 1.0))


def _pairs_mean(table: np.ndarray) -> float:
    """Return the mean over pairs of different units."""
    return float((table.sum() - np.trace(table)) / (len(table) * (len(table) - 1)))


def _spread(first: np.ndarray, second: np.ndarray, across: np.ndarray, whole: tuple[int, int]) -> np.ndarray:
    """Return the covariance (3, 3) of (C_EI, Var E, Var I) over draws of units, eq. 2."""
    sizes, out = across.shape, np.zeros((3, 3))
    effects = across.mean(axis=1) - across.mean(), across.mean(axis=0) - across.mean()
    rest = across - across.mean() - effects[0][:, None] - effects[1]
    rest_across = float((rest**2).sum()) / ((sizes[0] - 1) * (sizes[1] - 1))
    out[0, 0] = rest_across / (sizes[0] * sizes[1]) * (1.0 - sizes[0] * sizes[1] / (whole[0] * whole[1]))
    for mine, (within, n, size) in enumerate(zip((first, second), sizes, whole, strict=True)):
        # A pair's part in Var(E_N): its covariance, and the two units' own variances over N.
        own = np.diag(within)
        pair = within * (1.0 - 1.0 / size) + 0.5 * (own[:, None] + own) / size
        np.fill_diagonal(pair, 0.0)
        mean = pair.sum() / (n * (n - 1))
        effect = (pair.sum(axis=1) - (n - 1) * mean) / (n - 2)
        rest = pair - mean - effect[:, None] - effect
        np.fill_diagonal(rest, 0.0)
        rest_within = float((rest**2).sum()) / (n * (n - 3))
        both = np.stack([effects[mine], 2.0 * effect])
        of_effects = both @ both.T / (n - 1)
        of_effects -= np.diag([rest_across / sizes[1 - mine], 4.0 * rest_within / (n - 2)])
        where = np.ix_([0, 1 + mine], [0, 1 + mine])
        out[where] += (1.0 - n / size) / n * _not_negative(of_effects)
        out[1 + mine, 1 + mine] += (1.0 - (n / size) ** 2) * 2.0 * rest_within / (n * (n - 1))
    return out


def _not_negative(matrix: np.ndarray) -> np.ndarray:
    """Return a covariance (2, 2) with variances of at least 0 and correlation of at most 1, whatever the units."""
    first, second = (max(float(matrix[k, k]), 0.0) for k in (0, 1))
    reach = float(np.sqrt(first * second))
    both = min(max(float(matrix[0, 1]), -reach), reach)
    return np.array([[first, both], [both, second]])


def _interval(numbers: np.ndarray, spread: np.ndarray, level: float) -> tuple[float, float]:
    """Return the least and the largest rho in [-1, 1] with |C_EI - rho q| <= z sd(C_EI - rho q)."""
    from scipy.stats import norm

    covariance, first, second = numbers
    if first <= 0.0 or second <= 0.0:
        return -1.0, 1.0
    q = float(np.sqrt(first * second))
    slope = np.array([0.0, 0.5 * q / first, 0.5 * q / second])  # of q, by (C_EI, Var E, Var I)
    z2 = float(norm.ppf(0.5 + 0.5 * level)) ** 2
    # (C_EI - rho q)^2 - z^2 var, a parabola in rho: where it lies below 0
    bend = q * q - z2 * float(slope @ spread @ slope)
    tilt = -2.0 * (covariance * q - z2 * float(spread[0] @ slope))
    base = covariance * covariance - z2 * float(spread[0, 0])
    roots = np.roots([bend, tilt, base])
    marks = np.sort(np.concatenate([[-1.0, 1.0], np.clip(roots[np.isreal(roots)].real, -1.0, 1.0)]))
    middles = 0.5 * (marks[1:] + marks[:-1])
    held = np.flatnonzero((bend * middles**2 + tilt * middles + base <= 0.0) & (np.diff(marks) > 0.0))
    if not len(held):
        rho = covariance / q  # an interval of no width, as in a whole population
        return (rho, rho) if abs(rho) <= 1.0 else (float("nan"), float("nan"))
    return float(marks[held[0]]), float(marks[held[-1] + 1])


# -- checks ------------------------------------------------------------------------------------------------------


def as_units(counts: Any, inhibitory: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return finite counts (bins, units) as float64, and flags (units,), or say what is wrong with them."""
    table = as_float_array(counts, "counts")
    if table.ndim != 2 or not np.isfinite(table).all():
        raise InputError(
            "counts",
            expected="finite numbers, shape (bins, units)",
            got=f"shape {table.shape}" if table.ndim != 2 else "NaN or infinity",
            remedy="One row a bin, one column a unit.",
        )
    return table, as_flags(inhibitory, table.shape[1])


def as_flags(inhibitory: Any, units: int) -> np.ndarray:
    """Return one bool a unit, with enough units of each class."""
    flags = np.asarray(inhibitory)
    if flags.shape != (units,) or flags.dtype != np.bool_:
        raise InputError(
            "inhibitory",
            expected=f"one bool for each of {units} units",
            got=f"{flags.dtype}, shape {flags.shape}",
            remedy="True marks an inhibitory unit.",
        )
    for name, members in (("excitatory", ~flags), ("inhibitory", flags)):
        if members.sum() < LEAST_UNITS:
            raise InputError(
                "inhibitory",
                expected=f"at least {LEAST_UNITS} {name} units",
                got=f"{int(members.sum())}",
                remedy="What units share shows in pairs of them: fewer can't be extrapolated.",
            )
    return flags


def as_population(population: Any, sizes: tuple[int, int]) -> tuple[int, int]:
    """Return the population's sizes."""
    try:
        first, second = population
    except (TypeError, ValueError):
        raise InputError(
            "population",
            expected="(excitatory, inhibitory) units",
            got=repr(population),
            remedy="For example population=(3200, 800).",
        ) from None
    remedy = "The population holds the units seen."
    return (
        as_whole(first, "population, excitatory", sizes[0], of="units", remedy=remedy),
        as_whole(second, "population, inhibitory", sizes[1], of="units", remedy=remedy),
    )
