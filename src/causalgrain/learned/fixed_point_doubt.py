"""How far fixed points can be trusted: do two maps agree on them, and does the data's own bootstrap find them again?

Conventions. Two results agree where they have as many fixed points of each kind, and each point of one has a point of
the same kind in the other within `within` standard deviations of the data (an assignment of least total distance). In
the bootstrap, blocks of consecutive pairs (y(t), y(t + 1)) are drawn with replacement, the spline is fitted to each
draw, and its fixed points are looked for between the data's outer quantiles (.5 % and 99.5 %: beyond, a few
samples bend the spline as they like). Smoothing is chosen anew in each draw, so that the
doubt about it counts; the folds are those of the data, so that no pair drawn twice is trained on and held out.
`share` is the share of draws with the same number of fixed points of each kind as the data.

`share` is no probability of being right: smoothing leans towards fewer fixed points, in the data and in every draw
alike. Wells that noise all but covers (the mouse's recovery: a barrier of .08 D) are missed in most runs of 1,000
samples, at a mean share of .8 to .9; deep ones (awake: 2 D) are found. A low share does say that the kinds
aren't known.

Blocks: Kuensch (1989) Ann Stat 17:1217. Pairs, not samples, are drawn: no made-up transition where two blocks meet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_number, as_whole
from .._errors import InputError
from .._provenance import FrozenDict
from ._macro_series import as_edges, as_macro, block_labels, pair_starts, read_only
from .fixed_points import FixedPoints, data_box, fixed_points
from .spline_map import SplineMap, fit_pairs

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class FixedPointAgreement:
    """Whether two maps have the same fixed points.

    Attributes
    ----------
    agree : bool
        As many of each kind, each within reach.
    same_kinds : bool
    first, second : str
        Signatures of both.
    pairs : array of int, shape (k, 2)
        Rows of the first and the second that belong together (same kind), by least total distance.
    distance : array, shape (k,), standard deviations of the data
    within : float, standard deviations
    """

    agree: bool
    same_kinds: bool
    first: str
    second: str
    pairs: np.ndarray
    distance: np.ndarray
    within: float

    def __post_init__(self) -> None:
        read_only(self.pairs, self.distance)

    @property
    def table(self) -> pd.DataFrame:
        """One row a pair of fixed points."""
        import pandas as pd

        return pd.DataFrame({"first": self.pairs[:, 0], "second": self.pairs[:, 1], "distance": self.distance})

    def __repr__(self) -> str:
        if not self.same_kinds:
            return f"the maps disagree: {self.first} against {self.second}"
        if not len(self.distance):
            return f"the maps agree: {self.first}"
        verb = "agree" if self.agree else "disagree on the places"
        return f"the maps {verb}: {self.first}, at most {self.distance.max():.2f} s.d. apart"


def compare_fixed_points(
    first: FixedPoints, second: FixedPoints, *, spread: Any, within: float = 0.5
) -> FixedPointAgreement:
    """Return whether two maps of the same variables, say the network and a spline, have the same fixed points.

    Parameters
    ----------
    first, second : FixedPoints
    spread : array_like, shape (d,)
        Standard deviations of the data.
    within : float, standard deviations

    Examples
    --------
    >>> a = fixed_points(lambda x: x + 0.1 * (x - x**3), (-2, 2))
    >>> b = fixed_points(lambda x: x + 0.1 * (1.1 * x - x**3), (-2, 2))
    >>> compare_fixed_points(a, b, spread=[0.9])
    the maps agree: 2 stable, 1 unstable, at most 0.05 s.d. apart
    """
    from scipy.optimize import linear_sum_assignment

    if first.dim != second.dim:
        raise InputError(
            "second",
            expected=f"fixed points of {first.dim} variables, as in the first",
            got=str(second.dim),
            remedy="Compare maps of the same scale.",
        )
    scale = np.broadcast_to(np.asarray(spread, dtype=np.float64), (first.dim,))
    within = as_number(within, "within", low=0.0)
    pairs, distance = [], []
    for name in sorted(set(first.kinds) & set(second.kinds)):
        mine, theirs = (np.array([i for i, k in enumerate(r.kinds) if k == name]) for r in (first, second))
        gap = np.linalg.norm((first.points[mine][:, None] - second.points[theirs][None]) / scale, axis=2)
        for a, b in zip(*linear_sum_assignment(gap), strict=True):
            pairs.append((mine[a], theirs[b]))
            distance.append(gap[a, b])
    order = np.argsort([p[0] for p in pairs], kind="stable").astype(int)
    matched = np.array(pairs, dtype=np.int64).reshape(-1, 2)[order]
    apart = np.array(distance, dtype=np.float64)[order]
    same = first.signature == second.signature
    return FixedPointAgreement(
        agree=bool(same and (apart <= within).all()),
        same_kinds=same,
        first=first.signature,
        second=second.signature,
        pairs=matched,
        distance=apart,
        within=within,
    )


@dataclass(frozen=True, eq=False)
class FixedPointDoubt:
    """Fixed points of a spline map of the data, and how often the bootstrap finds the same kinds.

    Attributes
    ----------
    found : FixedPoints
    map : SplineMap
    share : float
        Share of draws with the same number of fixed points of each kind.
    signatures : dict of str to int
        How many draws found what, most frequent first.
    spread : array, shape (k, d), unit of y
        Standard deviation over those draws of each fixed point's place; NaN with fewer than two.
    draws : int
    block : int
        Pairs in a block.
    seed : int
    """

    found: FixedPoints
    map: SplineMap
    share: float
    signatures: Mapping[str, int]
    spread: np.ndarray
    draws: int
    block: int
    seed: int

    def __post_init__(self) -> None:
        read_only(self.spread)
        object.__setattr__(self, "signatures", FrozenDict(self.signatures))

    @property
    def table(self) -> pd.DataFrame:
        """The fixed points with the spread of their places."""
        table = self.found.table
        for j in range(self.found.dim):
            table.insert(2 * j + 1, f"spread y{j + 1}", self.spread[:, j])
        return table

    def __repr__(self) -> str:
        others = [f"{n} x {name}" for name, n in self.signatures.items() if name != self.found.signature][:4]
        line = f"the same kinds in {self.share:.0%} of {self.draws} bootstrap draws"
        return f"{self.found!r}\n{line}{'; else ' + ', '.join(others) if others else ''}"


def fixed_points_of(
    y: Any,
    *,
    lengths: Any = None,
    draws: int = 100,
    block: int | None = None,
    seed: int = 0,
    folds: int = 5,
    quantile: float = 0.005,
    **settings: Any,
) -> FixedPointDoubt:
    """Return the fixed points of a spline map of one or two macro variables, with bootstrap.

    Parameters
    ----------
    y : array_like, shape (samples, d), d = 1 or 2, or (samples,)
    lengths : sequence of int, optional
        Samples of each segment.
    draws : int
        Bootstrap draws; 0 for none.
    block : int, optional
        Pairs in a block: as many as make 20 blocks, unless given.
    seed : int
    folds : int
        Blocks of time held out in turn.
    quantile : float
        Share of samples beyond which, at either end of each variable, no fixed points are looked for.
    **settings
        For :func:`.spline_map`: `smoothing`, `splines`.

    Returns
    -------
    FixedPointDoubt

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y = np.zeros(1500)
    >>> for t in range(1499):
    ...     y[t + 1] = y[t] + 0.2 * (y[t] - y[t] ** 3) + 0.2 * rng.normal()
    >>> fixed_points_of(y, draws=20).found.signature
    '2 stable, 1 unstable'
    """
    y = as_macro(y, most=2)
    starts = pair_starts(as_edges(lengths, len(y)))
    now, after = y[starts], y[starts + 1]
    fitted = fit_pairs(now, after, folds=folds, **settings)
    box = data_box(y, quantile=as_number(quantile, "quantile", low=0.0, high=0.25))
    found = fixed_points(fitted.step, box, jacobian=fitted.jacobian, name="spline map")
    draws = as_whole(draws, "draws", 0, of="draws")
    pairs = len(now)
    size = as_whole(max(pairs // 20, 1) if block is None else block, "block", 1, pairs // 2, of="pairs")
    rng, labels = np.random.default_rng(seed), block_labels(pairs, folds)
    names, places = [], []
    for _ in range(draws):
        begins = rng.integers(0, pairs - size + 1, size=-(-pairs // size))
        rows = np.sort((begins[:, None] + np.arange(size)).ravel()[:pairs])
        drawn = fit_pairs(now[rows], after[rows], folds=folds, fold=labels[rows], **settings)
        again = fixed_points(drawn.step, box, jacobian=drawn.jacobian, name="spline map")
        names.append(again.signature)
        if again.signature == found.signature and len(found):
            match = compare_fixed_points(found, again, spread=fitted.spread).pairs
            places.append(again.points[match[:, 1]])
    spread = np.std(places, axis=0, ddof=1) if len(places) > 1 else np.full(found.points.shape, np.nan)
    counts = Counter(names)
    return FixedPointDoubt(
        found=found,
        map=fitted,
        share=counts[found.signature] / draws if draws else float("nan"),
        signatures=dict(counts.most_common()),
        spread=spread,
        draws=draws,
        block=size,
        seed=seed,
    )
