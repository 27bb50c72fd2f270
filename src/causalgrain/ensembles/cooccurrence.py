"""Co-occurrence of excitatory and inhibitory levels: how often level a of E goes with level b of I.

Conventions. p_ab is the share of bins with E on level a (row) and I on level b (column), levels counted from 0, at one
scale; the tables of all scales together are the multiscale matrix. Features (Haralick, Shanmugam & Dinstein 1973, IEEE
Trans Syst Man Cybern 3:610, with b another ensemble instead of a neighbouring pixel):

    contrast = sum p (a - b)^2          dissimilarity = sum p |a - b|       homogeneity = sum p / (1 + (a - b)^2)
    energy = sum p^2                    entropy = -sum p log2 p, bits       correlation = sum p (a - m)(b - m') / (s s')

Energy is what scikit-image calls ASM (its "energy" is the root). Correlation is NaN where a level never changes.

Levels [ours, explicit]. by="rank": of about equal weight, each ensemble by its own values. Equal values are always on
one level and never split, so nothing is left to chance: where 80 % of the bins are empty, "no spike" is level 0 and the
other levels share the rest; fewer distinct values than levels make a level each (``_levels``). by="width": equal steps
between the least and the largest value, or between `limits` (values outside go to the ends), which is what to take
where levels should mean the same in every condition; a value on an edge is below it. symmetric=True gives (p + p') / 2,
as in texture analysis, which forgets which of the two was high; the default keeps it.

Beyond the correlation. With fixed marginals, contrast is correlation restated:
contrast = s^2 + s'^2 + (m - m')^2 - 2 s s' correlation. Every feature is compared with that of a Gaussian copula: the
same marginal levels, cut from a bivariate normal distribution of correlation r. match="levels" takes the r that gives
the data's correlation of levels, so that what is left is no correlation at all; match="rho" takes the correlation of
the activities, right where these are Gaussian, but counts of few spikes then seem more correlated than their r says.
`residual` is the entropy left: below 0, E and I are tied to each other more than their correlation says.

Bias. n bins have less entropy and more energy than the distribution they come from. Cell by cell, with Poisson counts
of mean n p_ab, entropy is E[c log2 c] / n - p_ab log2(n p_ab) too low, energy p_ab / n too high; marginals taken from
the data leave the share (1 - p_a)(1 - p_b) of it, and match="levels" takes off one degree of freedom more,
1 / (2 n ln 2) bits. The residuals have this taken off (not with symmetric=True); `features` are plain. Bins that
remember each other have more of it: judge residuals by surrogates.

References
----------
Dehghani (2025) arXiv 2306.11965 (the multiscale matrix); comparison, levels and bias are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, as_whole, choose
from .._errors import InputError
from .._provenance import FrozenDict
from ._binormal import binormal_cells, latent_correlation
from ._levels import as_levels, level_bounds
from ._series import read_only
from ._weighted import as_weighted_pairs, correlation

LEVELS = 8
BY = ("rank", "width")
MATCH = ("levels", "rho")
MANY = 30.0  # bins in a cell from which the expansion is good to 1e-4
MOST_COUNTS = 110  # no Poisson count of mean MANY is larger
FEATURES = ("contrast", "dissimilarity", "homogeneity", "energy", "entropy", "correlation")


@dataclass(frozen=True, eq=False)
class Cooccurrence:
    """Co-occurrence of levels at one scale.

    Attributes
    ----------
    table : array, shape (levels, levels)
        p_ab: rows are excitatory levels, columns inhibitory.
    features : mapping of str to float
        Of `table`: contrast, dissimilarity, homogeneity, energy, entropy (bits), correlation.
    gaussian : mapping of str to float
        Of a Gaussian copula with the same marginal levels; empty where it wasn't asked for.
    residuals : mapping of str to float
        `features` less `gaussian`, less the bias of so many bins (entropy, energy).
    excitatory_bounds, inhibitory_bounds : array, unit of activity
        Largest value of each level but the last that occurs.
    r : float
        Correlation of the Gaussian copula.
    rho : float
        Correlation of the activities.
    levels : int
    by, match : str
    symmetric : bool
    n_bins : float
    reason : str
        Why numbers are NaN, or "".
    """

    table: np.ndarray
    features: Mapping[str, float]
    gaussian: Mapping[str, float]
    residuals: Mapping[str, float]
    excitatory_bounds: np.ndarray
    inhibitory_bounds: np.ndarray
    r: float
    rho: float
    levels: int
    by: str
    match: str
    symmetric: bool
    n_bins: float
    reason: str = ""

    def __post_init__(self) -> None:
        read_only(self.table, self.excitatory_bounds, self.inhibitory_bounds)
        for name in ("features", "gaussian", "residuals"):
            object.__setattr__(self, name, FrozenDict(getattr(self, name)))

    @property
    def headline(self) -> float:
        """Entropy of the table, bits."""
        return self.features["entropy"]

    @property
    def residual(self) -> float:
        """Entropy less that of the Gaussian copula and less its bias, bits; NaN where it wasn't asked for."""
        return self.residuals.get("entropy", float("nan"))

    def __repr__(self) -> str:
        lines = [f"co-occurrence of {self.levels} levels by {self.by}, {self.n_bins:g} bins"]
        for name, value in self.features.items():
            extra = f"  beyond a Gaussian copula {self.residuals[name]:+.4f}" if name in self.residuals else ""
            lines.append(f"{name:<14} {value:8.4f}{extra}")
        return "\n".join([*lines, *([self.reason] if self.reason else [])])


def cooccurrence(
    excitatory: Any,
    inhibitory: Any,
    *,
    weights: Any = None,
    levels: int = LEVELS,
    by: str = "rank",
    limits: Any = None,
    symmetric: bool = False,
    gaussian: bool = True,
    match: str = "levels",
) -> Cooccurrence:
    """Return the table of joint levels of E and I, its features, and what these say beyond the correlation.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (bins,)
        Activity of the ensembles at one scale.
    weights : array_like, shape (bins,), optional
        How many bins each pair stands for; the default is 1.
    levels : int
        At most so many for each ensemble.
    by : {"rank", "width"}
        Levels of about equal weight, or of equal width.
    limits : array_like, shape (2, 2), unit of activity, optional
        Least and largest value of E, and of I, for by="width"; the default is what occurs.
    symmetric : bool
        Average the table with its mirror image.
    gaussian : bool
        Compare with a Gaussian copula; False saves time for surrogates.
    match : {"levels", "rho"}
        Which correlation the copula has.

    Returns
    -------
    Cooccurrence

    Raises
    ------
    InputError
        Unequal lengths, NaN, negative weights, limits that don't fit.

    Examples
    --------
    >>> same = cooccurrence(range(16), range(16))
    >>> [round(same.features[name], 6) for name in ("contrast", "homogeneity", "entropy", "correlation")]
    [0.0, 1.0, 3.0, 1.0]

    References
    ----------
    Haralick, Shanmugam & Dinstein (1973) IEEE Trans Syst Man Cybern 3:610; Dehghani (2025) arXiv 2306.11965.
    """
    pairs = as_weighted_pairs(excitatory, inhibitory, weights)
    count = as_whole(levels, "levels", 2)
    choose(by, BY, "by")
    choose(match, MATCH, "match")
    ends = _limits(limits, by)
    if pairs.reason:
        nan = float("nan")
        none = dict.fromkeys(map(str, FEATURES), nan)
        table, empty = np.full((count, count), nan), np.zeros(0)
        return Cooccurrence(
            table, none, {}, {}, empty, empty, nan, nan, count, by, match, bool(symmetric), pairs.bins, pairs.reason
        )
    bounds = [
        level_bounds(values, pairs.weights, count) if by == "rank" else _steps(values, count, ends[place])
        for place, values in enumerate((pairs.excitatory, pairs.inhibitory))
    ]
    rows, columns = as_levels(pairs.excitatory, bounds[0]), as_levels(pairs.inhibitory, bounds[1])
    table = np.bincount(rows * count + columns, weights=pairs.weights, minlength=count * count) / pairs.bins
    table = table.reshape(count, count)
    rho = correlation(pairs.moments()[1])
    shown = 0.5 * (table + table.T) if symmetric else table
    found, reason, r = texture_features(shown), "", float("nan")
    copula: dict[str, float] = {}
    residuals: dict[str, float] = {}
    if gaussian and np.isfinite(rho) and np.isfinite(texture_features(table)["correlation"]):
        cells, r = _copula(table, rho, match)
        copula = texture_features(0.5 * (cells + cells.T) if symmetric else cells)
        off = {} if symmetric else _bias(cells, pairs.bins, match)
        residuals = {name: found[name] - copula[name] - off.get(name, 0.0) for name in FEATURES}
    elif gaussian:
        reason = "an ensemble is constant: no correlation to compare with"
    first, second = bounds
    return Cooccurrence(
        shown, found, copula, residuals, first, second, r, rho, count, by, match, bool(symmetric), pairs.bins, reason
    )


def texture_features(table: Any) -> dict[str, float]:
    """Return the features of a table of joint probabilities, shape (levels, levels).

    Examples
    --------
    Independent uniform levels:

    >>> features = texture_features(np.full((8, 8), 1 / 64))
    >>> features["contrast"], 1 / features["energy"], features["entropy"], features["correlation"]
    (10.5, 64.0, 6.0, 0.0)
    """
    p = as_float_array(table, "table")
    if p.ndim != 2 or p.shape[0] != p.shape[1] or not np.isfinite(p).all() or (p < 0.0).any() or not p.sum() > 0.0:
        raise InputError(
            "table",
            expected="probabilities or counts, shape (levels, levels)",
            got=f"shape {p.shape}" if p.ndim != 2 or p.shape[0] != p.shape[1] else "negative, NaN or all 0",
            remedy="Rows are levels of E, columns of I.",
        )
    p /= p.sum()
    level = np.arange(len(p), dtype=np.float64)
    apart = level[:, None] - level
    first, second = p.sum(axis=1), p.sum(axis=0)
    x, y = level - first @ level, level - second @ level
    spread = np.sqrt((first @ x**2) * (second @ y**2)) if _varies(first) and _varies(second) else 0.0
    known = p[p > 0.0]
    return {
        "contrast": float((p * apart**2).sum()),
        "dissimilarity": float((p * np.abs(apart)).sum()),
        "homogeneity": float((p / (1.0 + apart**2)).sum()),
        "energy": float((p**2).sum()),
        "entropy": abs(float(known @ np.log2(known))),
        "correlation": float(np.clip(x @ p @ y / spread, -1.0, 1.0)) if spread > 0.0 else float("nan"),
    }


def _varies(marginal: np.ndarray) -> bool:
    return int((marginal > 0.0).sum()) > 1


def _copula(table: np.ndarray, rho: float, match: str) -> tuple[np.ndarray, float]:
    """Return the cells of a Gaussian copula with the table's marginals, and its correlation."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    r = rho
    if match == "levels":
        level = np.arange(len(table))
        r = latent_correlation(rows, columns, float(level @ table @ level))
    return binormal_cells(rows, columns, r), r


def _bias(cells: np.ndarray, bins: float, match: str) -> dict[str, float]:
    """Return by how much entropy and energy of `bins` independent bins differ from those of the cells."""
    free = np.outer(1.0 - cells.sum(axis=1), 1.0 - cells.sum(axis=0))
    fitted = 1.0 / (2.0 * float(np.log(2.0))) if match == "levels" else 0.0
    lost = float((_excess_log(bins * cells) * free).sum()) - fitted
    return {"entropy": -max(lost, 0.0) / bins, "energy": float((cells * free).sum()) / bins}


def _excess_log(mean: np.ndarray) -> np.ndarray:
    """Return E[c log2 c] - m log2 m of Poisson counts of mean m; from MANY on by expansion, 1/2 + 1/(12 m) nats."""
    from scipy.special import gammaln, xlogy

    few = np.minimum(mean, MANY)
    counts = np.arange(MOST_COUNTS)
    chance = np.exp(xlogy(counts, few[..., None]) - few[..., None] - gammaln(counts + 1.0))
    summed = chance @ xlogy(counts, counts) - xlogy(few, few)
    return np.where(mean < MANY, summed, 0.5 + 1.0 / (12.0 * np.maximum(mean, MANY))) / np.log(2.0)


def _steps(values: np.ndarray, levels: int, ends: np.ndarray | None) -> np.ndarray:
    """Return the upper ends of levels of equal width but the last, shape (levels - 1,); a constant has none."""
    low, high = (float(values.min()), float(values.max())) if ends is None else (float(ends[0]), float(ends[1]))
    return np.linspace(low, high, levels + 1)[1:-1] if high > low else np.zeros(0)


def _limits(limits: Any, by: str) -> list[np.ndarray | None]:
    """Return the ends of E and of I, or None where what occurs counts."""
    if limits is None:
        return [None, None]
    if by != "width":
        raise InputError(
            "limits", expected='by="width"', got=f"by={by!r}", remedy="Levels by rank have no limits: leave them out."
        )
    ends = as_float_array(limits, "limits")
    if ends.shape != (2, 2) or not np.isfinite(ends).all() or (ends[:, 0] >= ends[:, 1]).any():
        raise InputError(
            "limits",
            expected="((low, high) of E, (low, high) of I), each low < high",
            got=repr(limits),
            remedy="For example limits=((0, 20), (0, 40)).",
        )
    return [ends[0], ends[1]]
