"""Residence times in the basins of a macro variable and rates between them, with censoring at the edges.

Conventions. A basin belongs to each stable fixed point. A state is *visited* when its core is entered and *left* when
the core of another one is entered: crossing the border and coming back at once is no transition (milestoning). In one
dimension the border between neighbouring stable points is the unstable point between them, and the core of a stable
point reaches from it a share `core` of the way towards the border (away from all borders it is open). In two
dimensions a sample's basin is where the noiseless map takes it, and it is in the core where besides it is nearer to
its own stable point than (1 - core / 2) times its distance to the next one. Before the first core of a segment the
state is unknown (-1).

Rates. n_ij transitions from i to j, T_i seconds in i:

    k_ij = n_ij / T_i,    mean residence in i = T_i / sum_j n_ij.    (1)

The time of a visit runs from core to core, so that 1 / k is the mean first passage time between the cores' edges,
for samples dt apart about .58 sqrt(2 D dt) deeper in either core.
These are the maximum-likelihood estimates for exponential residence with censoring at the edges: visits cut by the
start or the end of a segment count with their time and without a transition. Means over whole visits alone are too
short, the more so the fewer transitions a segment holds; they are given as `whole_visits`. Intervals of k are exact
Poisson ones.

References
----------
(1): Kalbfleisch & Prentice (2002) The Statistical Analysis of Failure Time Data, sec. 3.2. Cores: Schuette, Noe, Lu,
Sarich & Vanden-Eijnden (2011) J Chem Phys 134:204105.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_number
from .._errors import InputError
from ._macro_series import as_edges, as_macro, read_only
from .fixed_points import FixedPoints

if TYPE_CHECKING:
    import pandas as pd

SETTLE = 200  # steps of the noiseless map until a sample's basin is known


@dataclass(frozen=True, eq=False)
class Residence:
    """Residence times in basins and rates between them.

    Attributes
    ----------
    states : array, shape (k, d), unit of y
        The stable fixed points.
    labels : array of int, shape (samples,)
        State at each sample, -1 before the first core of a segment.
    time : array, shape (k,), seconds
    counts : array of int, shape (k, k)
        ``counts[i, j]`` transitions from i to j.
    rates, low, high : array, shape (k, k), per second
        And their interval at `level`; NaN on the diagonal and for states never visited.
    mean_residence : array, shape (k,), seconds
        (1); infinite where a state was visited and never left.
    whole_visits : array, shape (k,), seconds
        Mean over visits that begin and end inside a segment; too short.
    censored : array of int, shape (k,)
        Visits cut by an edge.
    visits : array, shape (visits, 4)
        State, seconds, 1 if its start was seen, 1 if its end was seen.
    dt : float, seconds
    core, level : float
    """

    states: np.ndarray
    labels: np.ndarray
    time: np.ndarray
    counts: np.ndarray
    rates: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mean_residence: np.ndarray
    whole_visits: np.ndarray
    censored: np.ndarray
    visits: np.ndarray
    dt: float
    core: float
    level: float

    def __post_init__(self) -> None:
        read_only(self.states, self.labels, self.time, self.counts, self.rates, self.low, self.high)
        read_only(self.mean_residence, self.whole_visits, self.censored, self.visits)

    @property
    def n_transitions(self) -> int:
        """Transitions in all."""
        return int(self.counts.sum())

    @property
    def table(self) -> pd.DataFrame:
        """One row a pair of states: transitions, rate, interval."""
        import pandas as pd

        i, j = np.nonzero(~np.eye(len(self.time), dtype=bool))
        columns = {"from": i, "to": j, "transitions": self.counts[i, j], "rate": self.rates[i, j]}
        return pd.DataFrame(columns | {"low": self.low[i, j], "high": self.high[i, j], "seconds": self.time[i]})

    def __repr__(self) -> str:
        rows = [
            f"  state {i} at ({', '.join(f'{v:.3g}' for v in place)}): {self.time[i]:.4g} s, "
            f"left {self.counts[i].sum()} times, mean residence {self.mean_residence[i]:.3g} s, "
            f"{self.censored[i]} visits cut"
            for i, place in enumerate(self.states)
        ]
        return "\n".join([f"{len(self.time)} states, {self.n_transitions} transitions", *rows])


def residence(
    y: Any,
    found: FixedPoints,
    *,
    dt: float,
    lengths: Any = None,
    step: Callable[[np.ndarray], Any] | None = None,
    core: float = 0.5,
    level: float = 0.95,
) -> Residence:
    """Return residence times in the basins of stable fixed points, and the rates between them, equation (1).

    Parameters
    ----------
    y : array_like, shape (samples, d), d = 1 or 2, or (samples,)
    found : FixedPoints
        Of the same variable.
    dt : float, seconds
        Between samples.
    lengths : sequence of int, optional
        Samples of each segment.
    step : callable, optional
        The map, needed for the basins of two variables.
    core : float, 0 to 1
        How far a core reaches from the stable point towards the border.
    level : float
        Of the intervals.

    Raises
    ------
    InputError
        No stable fixed point, or two variables and no map.

    Examples
    --------
    >>> from causalgrain.learned.fixed_points import fixed_points
    >>> found = fixed_points(lambda x: x + 0.1 * (x - x**3), (-2, 2))
    >>> residence([-1.0, -1.0, -0.2, 0.2, -1.0, 0.1, 1.0, 1.0], found, dt=0.5)
    2 states, 1 transitions
      state 0 at (-1): 3 s, left 1 times, mean residence 3 s, 1 visits cut
      state 1 at (1): 1 s, left 0 times, mean residence inf s, 1 visits cut
    """
    y = as_macro(y, most=2)
    dt = as_number(dt, "dt", low=1e-300)
    core, level = as_number(core, "core", low=0.0, high=1.0), as_number(level, "level", low=0.0, high=1.0)
    edges = as_edges(lengths, len(y))
    return measure(y, found, dt, edges, step, core, level)


# -- the array layer -----------------------------------------------------------------------------------------------


def in_cores(y: np.ndarray, found: FixedPoints, step: Callable[[np.ndarray], Any] | None, core: float) -> np.ndarray:
    """Return the state whose core each sample lies in, -1 outside all cores, shape (samples,)."""
    states = found.points[found.is_stable]
    if not len(states):
        raise InputError(
            "found",
            expected="at least one stable fixed point",
            got=found.signature,
            remedy="Without a stable state there is no basin to stay in: residence isn't defined.",
        )
    if found.dim == 1:
        return _cores_on_line(y[:, 0], states[:, 0], found, core)
    if step is None:
        raise InputError(
            "step",
            expected="the map of both variables, to find the basins",
            got="none",
            remedy="Give step=spline_map(y).step, or the learned model's.",
        )
    distance = np.linalg.norm((y[:, None] - states[None]), axis=2)
    if len(states) == 1:
        return np.zeros(len(y), dtype=np.int64)
    end = y.copy()
    for _ in range(SETTLE):
        end = np.clip(np.asarray(step(end)), found.box[0], found.box[1])
    own = np.argmin(np.linalg.norm(end[:, None] - states[None], axis=2), axis=1)
    rows = np.arange(len(y))
    mine = distance[rows, own]
    distance[rows, own] = np.inf
    return np.where(mine <= (1.0 - 0.5 * core) * distance.min(axis=1), own, -1)


def _cores_on_line(y: np.ndarray, states: np.ndarray, found: FixedPoints, core: float) -> np.ndarray:
    others = found.points[~found.is_stable, 0]
    label = np.full(len(y), -1, dtype=np.int64)
    for i, place in enumerate(states):
        low, high = -np.inf, np.inf
        if i:
            between = others[(others > states[i - 1]) & (others < place)]
            border = between[-1] if len(between) else 0.5 * (states[i - 1] + place)
            low = place - core * (place - border)
        if i + 1 < len(states):
            between = others[(others > place) & (others < states[i + 1])]
            border = between[0] if len(between) else 0.5 * (states[i + 1] + place)
            high = place + core * (border - place)
        label[(y >= low) & (y <= high)] = i
    return label


def carried(label: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the last core visited at each sample, within its segment; -1 before the first.

    >>> carried(np.array([-1, 0, -1, 1, -1, -1]), np.array([0, 4, 6])).tolist()
    [-1, 0, 0, 1, -1, -1]
    """
    out = np.full(len(label), -1, dtype=np.int64)
    for a, b in itertools.pairwise(edges):
        last = np.maximum.accumulate(np.where(label[a:b] >= 0, np.arange(b - a), -1))
        out[a:b] = np.where(last >= 0, label[a:b][np.maximum(last, 0)], -1) if b > a else -1
    return out


def measure(
    y: np.ndarray,
    found: FixedPoints,
    dt: float,
    edges: np.ndarray,
    step: Callable[[np.ndarray], Any] | None,
    core: float,
    level: float,
) -> Residence:
    """Return what :func:`residence` does, of arguments that have been checked."""
    from scipy.stats import chi2

    labels = carried(in_cores(y, found, step, core), edges)
    states = found.points[found.is_stable]
    k = len(states)
    counts, visits = np.zeros((k, k), dtype=np.int64), []
    for a, b in itertools.pairwise(edges):
        own = labels[a:b]
        cuts = np.concatenate([[0], np.flatnonzero(np.diff(own)) + 1, [len(own)]])
        for begin, end in itertools.pairwise(cuts):
            if end == begin or own[begin] < 0:
                continue
            entered, left = begin > 0 and own[begin - 1] >= 0, end < len(own)
            visits.append((own[begin], (end - begin) * dt, float(entered), float(left)))
            if left:
                counts[own[begin], own[end]] += 1
    table = np.array(visits, dtype=np.float64).reshape(-1, 4)
    rows = table[:, 0].astype(int)
    time = np.bincount(rows, weights=table[:, 1], minlength=k)
    whole = (table[:, 2] > 0) & (table[:, 3] > 0)
    n_whole = np.bincount(rows[whole], minlength=k)
    in_whole = np.bincount(rows[whole], weights=table[whole, 1], minlength=k)
    seen, off = time > 0, ~np.eye(k, dtype=bool)
    exposure = np.where(seen, time, np.nan)[:, None]
    tail = 0.5 * (1.0 - level)
    low = np.where(counts > 0, chi2.ppf(tail, 2 * np.maximum(counts, 1)), 0.0) / 2.0
    high = chi2.ppf(1.0 - tail, 2 * counts + 2) / 2.0
    out = counts.sum(axis=1)
    mean = np.where(out > 0, time / np.maximum(out, 1), np.where(seen, np.inf, np.nan))
    return Residence(
        states=states.copy(),
        labels=labels,
        time=time,
        counts=counts,
        rates=np.where(off, counts / exposure, np.nan),
        low=np.where(off, low / exposure, np.nan),
        high=np.where(off, high / exposure, np.nan),
        mean_residence=mean,
        whole_visits=np.where(n_whole > 0, in_whole / np.maximum(n_whole, 1), np.nan),
        censored=np.bincount(rows[~whole], minlength=k),
        visits=table,
        dt=dt,
        core=core,
        level=level,
    )
