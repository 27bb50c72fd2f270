"""A smooth map y(t + 1) = f(y(t)) + e from samples alone: a smoothing spline of one or two macro variables.

Conventions. What is smoothed is the increment y(t + 1) - y(t) as a function of y(t): cubic B-splines h, knots at
quantiles of the samples, fitted by

    sum_t |y(t+1) - y(t) - h(y(t))|^2  +  lambda n P(h),    P(h) = integral of h''^2,                             (1)

in two dimensions the tensor product of such splines and P = integral of h_11^2 + 2 h_12^2 + h_22^2 (thin plate).
Variables have been divided by their standard deviations, so lambda has no unit. P vanishes for linear h: lambda ->
infinity is the linear map, which is among the candidates. lambda is chosen by blocked cross-validation (contiguous
blocks of time, a pair beside each left out): the largest whose held-out squared error is within one standard error of
the least, that of their difference over blocks (`standard_errors`; 0 takes the least itself, which wiggles: it adds
fixed points that aren't there in 3 of 100 runs of a double well with 1,000 samples, and none with this rule). Beyond
the samples' range h goes on linearly.

One spline and one lambda for each target variable. The noise covariance is that of the residuals, by n - edf.

References
----------
(1): O'Sullivan (1986) Stat Sci 1:502; Green & Silverman (1994) Nonparametric Regression and Generalized Linear
Models, ch. 2 and 7. One standard error: Breiman, Friedman, Olshen & Stone (1984) Classification and Regression Trees,
section 3.4.3; of the difference rather than of the error [ours]. Blocks instead of single samples left out, because
neighbours in time resemble each other: Burman, Chow & Nolan (1994) Biometrika 81:351.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_number, as_whole
from .._errors import InputError
from ._macro_series import as_edges, as_macro, block_labels, pair_starts, read_only, train_mask

if TYPE_CHECKING:
    import pandas as pd

FEWEST = {1: 60, 2: 240}  # pairs
BASIS = {1: 24, 2: 9}  # splines per axis
SMOOTHING = np.logspace(-8.0, 3.0, 23)
DEGREE = 3
RIDGE = 1e-10


@dataclass(frozen=True, eq=False)
class SplineMap:
    """A smooth map of one or two macro variables.

    Attributes
    ----------
    coefficients : array, shape (splines, d)
        Of the increment in standard deviations; of tensor products the second axis varies fastest.
    knots : array, shape (d, splines per axis + 4), standard deviations
    centre, spread : array, shape (d,), unit of y
        What is taken off and divided by.
    box : array, shape (2, d), unit of y
        Range of the samples.
    covariance : array, shape (d, d), unit of y squared
        Of the noise over one sample.
    smoothing : array, shape (d,)
        lambda chosen for each target.
    edf : array, shape (d,)
        Effective degrees of freedom; 1 + d is the linear map.
    candidates : array, shape (candidates,)
    scores : array, shape (candidates, d)
        Held-out share of the increment's variance explained, 1 - error / variance; NaN where lambda was given.
    n_pairs : int
    """

    coefficients: np.ndarray
    knots: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    box: np.ndarray
    covariance: np.ndarray
    smoothing: np.ndarray
    edf: np.ndarray
    candidates: np.ndarray
    scores: np.ndarray
    n_pairs: int

    def __post_init__(self) -> None:
        read_only(self.coefficients, self.knots, self.centre, self.spread, self.box, self.covariance)
        read_only(self.smoothing, self.edf, self.candidates, self.scores)

    @property
    def dim(self) -> int:
        """How many variables the map has."""
        return len(self.centre)

    @property
    def score(self) -> np.ndarray:
        """Held-out share of the increment's variance explained at the lambda chosen, shape (d,)."""
        rows = [int(np.argmin(np.abs(np.log(self.candidates) - np.log(s)))) for s in self.smoothing]
        return self.scores[rows, np.arange(self.dim)]

    @property
    def linear_score(self) -> np.ndarray:
        """The same at the largest lambda, in effect the linear map, shape (d,)."""
        return self.scores[-1]

    def step(self, y: Any) -> np.ndarray:
        """Return E[y(t + 1) | y(t) = y], (m, d) -> (m, d)."""
        y = np.asarray(y, dtype=np.float64).reshape(-1, self.dim)
        z = (y - self.centre) / self.spread
        inside, beyond = self._split(z)
        rise = design(inside, self.knots) @ self.coefficients
        far = beyond.any(axis=1)
        if far.any():
            rise[far] += (self._slopes(inside[far]) @ beyond[far][:, :, None])[:, :, 0]
        return y + rise * self.spread

    def jacobian(self, y: Any) -> np.ndarray:
        """Return the Jacobian of :meth:`step`, (m, d) -> (m, d, d)."""
        y = np.asarray(y, dtype=np.float64).reshape(-1, self.dim)
        slopes = self._slopes(self._split((y - self.centre) / self.spread)[0])
        return np.eye(self.dim) + slopes * self.spread[:, None] / self.spread

    def _split(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest places inside the range, and what goes beyond it."""
        inside = np.clip(z, (self.box[0] - self.centre) / self.spread, (self.box[1] - self.centre) / self.spread)
        return inside, z - inside

    def _slopes(self, inside: np.ndarray) -> np.ndarray:
        """Return the slopes of the increment, (m, d targets, d inputs), in standard deviations."""
        parts = [design(inside, self.knots, along=j) @ self.coefficients for j in range(self.dim)]
        return np.stack(parts, axis=2)

    @cached_property
    def _table(self) -> pd.DataFrame:
        import pandas as pd

        columns = {f"score y{j + 1}": self.scores[:, j] for j in range(self.dim)}
        return pd.DataFrame({"smoothing": self.candidates, **columns})

    @property
    def table(self) -> pd.DataFrame:
        """One row a candidate lambda: its held-out score for each target."""
        return self._table.copy()

    def __repr__(self) -> str:
        rows = [
            f"  y{j + 1}: held-out R2 of the increment {self.score[j]:.3f} (linear {self.linear_score[j]:.3f}), "
            f"{self.edf[j]:.1f} degrees of freedom, smoothing {self.smoothing[j]:.2g}"
            for j in range(self.dim)
        ]
        return "\n".join([f"spline map of {self.dim} variable{'s'[: self.dim - 1]}, {self.n_pairs} pairs", *rows])


def spline_map(
    y: Any,
    *,
    lengths: Any = None,
    folds: int = 5,
    smoothing: Any = None,
    standard_errors: float = 1.0,
    splines: int | None = None,
) -> SplineMap:
    """Return the smooth map y(t + 1) = f(y(t)) of one or two macro variables, its smoothing chosen on held-out blocks.

    Parameters
    ----------
    y : array_like, shape (samples, d), d = 1 or 2, or (samples,)
    lengths : sequence of int, optional
        Samples of each segment; no pair reaches from one into the next.
    folds : int
        Blocks of time held out in turn.
    smoothing : float or array_like (d,), optional
        lambda, if it shouldn't be chosen.
    standard_errors : float
        How much worse than the best, held out, a smoother map may be.
    splines : int, optional
        B-splines per axis: 24 for one variable, 9 for two.

    Returns
    -------
    SplineMap
        ``.step`` and ``.jacobian`` for :func:`.fixed_points`, ``.covariance``, ``.box``.

    Raises
    ------
    InputError
        Constant or NaN variables; fewer than 60 pairs for one variable, 240 for two.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.zeros(2000)
    >>> for t in range(1999):
    ...     y[t + 1] = y[t] + 0.1 * (y[t] - y[t] ** 3) + 0.15 * rng.normal()
    >>> found = spline_map(y)
    >>> bool(abs(found.step([[0.5]])[0, 0] - 0.5375) < 0.03)
    True
    """
    y = as_macro(y, most=2)
    starts = pair_starts(as_edges(lengths, len(y)))
    settings = {"folds": folds, "smoothing": smoothing, "standard_errors": standard_errors, "splines": splines}
    return fit_pairs(y[starts], y[starts + 1], **settings)


def fit_pairs(
    now: np.ndarray,
    after: np.ndarray,
    *,
    folds: int = 5,
    smoothing: Any = None,
    standard_errors: float = 1.0,
    splines: int | None = None,
    fold: np.ndarray | None = None,
) -> SplineMap:
    """Return the spline map of pairs in time order, `now` and `after` (pairs, d); see :func:`spline_map`.

    `fold`, ascending, says which block each pair belongs to, where they aren't to be made here.
    """
    pairs, dim = now.shape
    if pairs < FEWEST[dim]:
        raise InputError(
            "y",
            expected=f"at least {FEWEST[dim]} pairs of samples for a spline of {dim} variable{'s'[: dim - 1]}",
            got=str(pairs),
            remedy="Record longer, or join more segments of the same condition.",
        )
    folds = as_whole(folds, "folds", 2, pairs // 12, of="blocks")
    count = as_whole(BASIS[dim] if splines is None else splines, "splines", 5, 200, of="splines per axis")
    centre, spread = now.mean(axis=0), now.std(axis=0)
    if not (spread > 0).all():
        raise InputError("y", expected="variables that vary", got="a constant one", remedy="Leave it out.")
    z, rise = (now - centre) / spread, (after - now) / spread
    knots = knots_of(z, count)
    basis, penalty = design(z, knots), roughness(knots)
    candidates = SMOOTHING if smoothing is None else np.unique(as_smoothing(smoothing, dim))
    scores = np.full((len(candidates), dim), np.nan)
    if smoothing is None:
        reach = as_number(standard_errors, "standard_errors", low=0.0, high=10.0)
        fold = block_labels(pairs, folds) if fold is None else fold
        scores, place = held_out(basis, rise, penalty, fold, candidates, reach)
        chosen = candidates[place]
    else:
        chosen = as_smoothing(smoothing, dim)
    gram, moment = basis.T @ basis, basis.T @ rise
    coefficients, edf = np.empty((basis.shape[1], dim)), np.empty(dim)
    for j in range(dim):
        inverse = np.linalg.inv(_system(gram, penalty, chosen[j], pairs))
        coefficients[:, j] = inverse @ moment[:, j]
        edf[j] = np.trace(inverse @ gram)
    residual = (rise - basis @ coefficients) * spread
    left = pairs - edf
    covariance = residual.T @ residual / np.sqrt(left[:, None] * left)
    box = np.stack([now.min(axis=0), now.max(axis=0)])
    return SplineMap(
        coefficients, knots, centre, spread, box, covariance, chosen, edf, candidates, scores, n_pairs=pairs
    )


def as_smoothing(smoothing: Any, dim: int) -> np.ndarray:
    """Return lambda for each target, shape (d,)."""
    values = np.broadcast_to(np.asarray(smoothing, dtype=np.float64), (dim,)).copy()
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise InputError("smoothing", expected="numbers above 0", got=repr(smoothing), remedy="For example 0.01.")
    return values


# -- the array layer -----------------------------------------------------------------------------------------------


def knots_of(z: np.ndarray, count: int) -> np.ndarray:
    """Return knots (d, count + 4) for `count` cubic B-splines an axis: ends fourfold, inner ones at quantiles."""
    inner = np.quantile(z, np.linspace(0.0, 1.0, count - DEGREE + 1), axis=0).T
    even = np.linspace(z.min(axis=0), z.max(axis=0), count - DEGREE + 1).T
    inner = 0.5 * (inner + even)  # half-way to even spacing: no two knots meet, and gaps in the samples stay bridged
    return np.stack([np.concatenate([[row[0]] * DEGREE, row, [row[-1]] * DEGREE]) for row in inner])


def one_axis(x: np.ndarray, knots: np.ndarray, order: int = 0) -> np.ndarray:
    """Return all B-splines of one axis, or their derivatives of some order, at x: (m, splines)."""
    from scipy.interpolate import BSpline

    count = len(knots) - DEGREE - 1
    if not order:
        return BSpline.design_matrix(x, knots, DEGREE).toarray()
    return BSpline(knots, np.eye(count), DEGREE)(x, nu=order)


def design(z: np.ndarray, knots: np.ndarray, along: int | None = None) -> np.ndarray:
    """Return the basis at z, (m, splines); its derivative along one axis where `along` is given."""
    parts = [one_axis(z[:, j], knots[j], int(along == j)) for j in range(len(knots))]
    if len(parts) == 1:
        return parts[0]
    return (parts[0][:, :, None] * parts[1][:, None, :]).reshape(len(z), -1)


def roughness(knots: np.ndarray) -> np.ndarray:
    """Return the matrix of P, (splines, splines): c^T P c is the roughness of the spline with coefficients c."""
    grams = []
    for row in knots:
        nodes, weights = np.polynomial.legendre.leggauss(4)  # exact up to degree 7
        ends = np.unique(row)
        half, middle = 0.5 * np.diff(ends), 0.5 * (ends[1:] + ends[:-1])
        x = (middle[:, None] + half[:, None] * nodes).ravel()
        w = (half[:, None] * weights).ravel()
        bases = [one_axis(x, row, order) for order in range(3)]
        grams.append([(b * w[:, None]).T @ b for b in bases])
    if len(grams) == 1:
        return grams[0][2]
    (a0, a1, a2), (b0, b1, b2) = grams
    return np.kron(a2, b0) + 2.0 * np.kron(a1, b1) + np.kron(a0, b2)


def _system(gram: np.ndarray, penalty: np.ndarray, smoothing: float, pairs: int) -> np.ndarray:
    return gram + smoothing * pairs * penalty + RIDGE * pairs * np.eye(len(gram))


def held_out(
    basis: np.ndarray, rise: np.ndarray, penalty: np.ndarray, fold: np.ndarray, candidates: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the held-out share of variance explained, (candidates, d), and the candidate chosen for each target."""
    blocks = np.unique(fold)
    errors = np.zeros((len(candidates), len(blocks), rise.shape[1]))
    total = np.zeros(rise.shape[1])
    for place, held in enumerate(blocks):
        train, test = train_mask(fold, held), fold == held
        gram, moment = basis[train].T @ basis[train], basis[train].T @ rise[train]
        total += ((rise[test] - rise[train].mean(axis=0)) ** 2).sum(axis=0)
        for i, value in enumerate(candidates):
            c = np.linalg.solve(_system(gram, penalty, value, int(train.sum())), moment)
            errors[i, place] = ((rise[test] - basis[test] @ c) ** 2).sum(axis=0)
    scores = 1.0 - errors.sum(axis=1) / np.where(total > 0, total, np.nan)
    mean = errors.mean(axis=1)
    best = np.argmin(mean, axis=0)
    worse = errors - np.take_along_axis(errors, best[None, None, :], axis=0)
    doubt = worse.std(axis=1, ddof=1) / np.sqrt(len(blocks)) if len(blocks) > 1 else np.zeros_like(mean)
    within = worse.mean(axis=1) <= reach * doubt
    return scores, np.array([np.flatnonzero(row).max() for row in within.T])
