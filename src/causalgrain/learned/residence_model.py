"""Transition rates of the learned model beside those of the data.

Conventions. The learned model y' = f(y) + e, e ~ N(0, Sigma) is run `draws` times over segments of the data's
lengths, started at the data's first samples, and read with the same cores. Beyond the data's range, widened by
`margin` times its width, it is held at the edge, and how often is reported. p is the two-sided rank of the data's
rate among the model's, the smaller tail doubled.

Basins, cores and rates are those of :mod:`.residence`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_float_array, as_whole
from .._errors import InputError
from ._macro_series import as_edges, as_macro, read_only
from .fixed_points import FixedPoints
from .residence import Residence, measure, residence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ResidenceComparison:
    """Rates of the data beside those of the learned model.

    Attributes
    ----------
    data : Residence
    model_rates, model_low, model_high : array, shape (k, k), per second
        Mean and quantiles, at the data's level, over runs of the model.
    ratio : array, shape (k, k)
        Rate of the model over that of the data; NaN where the data have no transition.
    p : array, shape (k, k)
        Two-sided rank of the data's rate among the model's.
    held : float
        Share of the model's samples held at the edge.
    draws : int
    seed : int
    """

    data: Residence
    model_rates: np.ndarray
    model_low: np.ndarray
    model_high: np.ndarray
    ratio: np.ndarray
    p: np.ndarray
    held: float
    draws: int
    seed: int

    def __post_init__(self) -> None:
        read_only(self.model_rates, self.model_low, self.model_high, self.ratio, self.p)

    @property
    def table(self) -> pd.DataFrame:
        """The data's table with the model's rates, their ratio and p."""
        table = self.data.table
        i, j = table["from"].to_numpy(), table["to"].to_numpy()
        for name in ("model_rates", "model_low", "model_high", "ratio", "p"):
            table[name.replace("_", " ")] = getattr(self, name)[i, j]
        return table

    def __repr__(self) -> str:
        rows = [
            f"  {r['from']:.0f} -> {r['to']:.0f}: data {r['rate']:.3g} per s ({r['low']:.3g} to {r['high']:.3g}), "
            f"model {r['model rates']:.3g} ({r['model low']:.3g} to {r['model high']:.3g}), p {r['p']:.3g}"
            for r in self.table.to_dict("records")
        ]
        held = f"; the model was held at the edge in {self.held:.1%} of samples" if self.held else ""
        return "\n".join([f"rates of data and model, {self.draws} runs{held}", *rows])


def compare_residence(
    y: Any,
    found: FixedPoints,
    *,
    dt: float,
    step: Callable[[np.ndarray], Any],
    covariance: Any,
    lengths: Any = None,
    core: float = 0.5,
    level: float = 0.95,
    draws: int = 100,
    margin: float = 0.25,
    seed: int = 0,
) -> ResidenceComparison:
    """Return the rates between basins in the data beside those in runs of the learned model.

    Parameters
    ----------
    step, covariance : callable (m, d) -> (m, d), array_like (d, d)
        The model y' = f(y) + e, e ~ N(0, covariance).
    draws : int
        Runs of the model, each as long as the data.
    margin : float
        Where the model is held, beyond the data's range, in widths of it.
    seed : int

    The others are those of :func:`residence`.
    """
    y = as_macro(y, most=2)
    draws = as_whole(draws, "draws", 2, of="runs")
    edges = as_edges(lengths, len(y))
    data = residence(y, found, dt=dt, lengths=lengths, step=step, core=core, level=level)
    low, high = y.min(axis=0), y.max(axis=0)
    wall = np.stack([low - margin * (high - low), high + margin * (high - low)])
    runs, held = simulate(step, covariance, y, edges, wall=wall, draws=draws, seed=seed)
    k = len(data.time)
    rates = np.array([measure(run, found, dt, edges, step, core, level).rates for run in runs])
    known = np.isfinite(rates)
    count = known.sum(axis=0)
    filled = np.where(known, rates, 0.0)
    mean = np.where(count > 0, filled.sum(axis=0) / np.maximum(count, 1), np.nan)
    tail = 0.5 * (1.0 - level)
    bounds = np.full((2, k, k), np.nan)
    p = np.full((k, k), np.nan)
    for i, j in np.argwhere(count > 0):
        own = rates[known[:, i, j], i, j]
        bounds[:, i, j] = np.quantile(own, [tail, 1.0 - tail])
        if np.isfinite(data.rates[i, j]):
            sides = [(own >= data.rates[i, j]).sum(), (own <= data.rates[i, j]).sum()]
            p[i, j] = min(1.0, 2.0 * (1.0 + min(sides)) / (1.0 + len(own)))
    ratio = np.where(data.counts > 0, mean / np.where(data.counts > 0, data.rates, 1.0), np.nan)
    return ResidenceComparison(data, mean, bounds[0], bounds[1], ratio, p, held=held, draws=draws, seed=seed)


# -- the array layer -----------------------------------------------------------------------------------------------


def simulate(
    step: Callable[[np.ndarray], Any],
    covariance: Any,
    y: np.ndarray,
    edges: np.ndarray,
    *,
    wall: np.ndarray,
    draws: int,
    seed: int,
) -> tuple[np.ndarray, float]:
    """Return runs (draws, samples, d) of y' = step(y) + e from the first sample of each segment, and the share held."""
    d = y.shape[1]
    sigma = as_float_array(covariance, "covariance").reshape(d, d)
    values, vectors = np.linalg.eigh(sigma)
    if not np.isfinite(sigma).all() or values[0] < -1e-9 * max(values[-1], 1e-300):
        raise InputError("covariance", expected="a covariance", got="one with negative variance", remedy="Check Sigma.")
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng = np.random.default_rng(seed)
    runs, held = np.empty((draws, len(y), d)), 0
    starts, lengths = edges[:-1], np.diff(edges)
    runs[:, starts[lengths > 0]] = y[starts[lengths > 0]]
    for t in range(1, int(lengths.max(initial=0))):  # all segments at once, those that have ended left out
        now = starts[lengths > t] + t
        noise = rng.normal(size=(draws * len(now), d)) @ root.T
        free = np.asarray(step(runs[:, now - 1].reshape(-1, d))) + noise
        kept = np.clip(free, wall[0], wall[1])
        runs[:, now] = kept.reshape(draws, len(now), d)
        held += int((kept != free).any(axis=1).sum())
    return runs, held / (draws * len(y))
