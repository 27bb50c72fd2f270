"""How much of each scale's variable the scale below predicts.

Conventions. The scale below is the next finer one, with more dimensions. For each scale, y(t + lag) is predicted from

    below  y of the finer scale at t,
    own    y of the scale itself at t,
    both   the two together,

by linear ridge regression with intercept; R^2 = 1 - squared error / squared distance from the training mean, on
contiguous blocks held out in turn (pairs of samples beside a block left out), averaged over variables. `added` = both
- own: what the finer scale knows of the future beyond the scale itself. At lag 0 only `below` has a meaning: how far
the macro variable is a linear function of the finer one. R^2 may be below 0: worse than the mean. Ridge: `ridge`
times the number of samples, on standardised predictors. Variables of one scale are given equal weight, so R^2 depends
on the axes chosen in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_number, as_whole
from .._errors import InputError
from ._macro_series import as_edges, as_macro, block_labels, pair_starts, read_only, train_mask

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ScalePrediction:
    """Held-out R^2 of each scale's variable.

    Attributes
    ----------
    dims : tuple of int
        Scales that have one below, finest first.
    finer : tuple of int
        The scale below each.
    below, own, both : array, shape (scales,)
        Held-out R^2; `own` and `both` are NaN at lag 0.
    lag : int, samples
    folds : int
    n_pairs : int
    """

    dims: tuple[int, ...]
    finer: tuple[int, ...]
    below: np.ndarray
    own: np.ndarray
    both: np.ndarray
    lag: int
    folds: int
    n_pairs: int

    def __post_init__(self) -> None:
        read_only(self.below, self.own, self.both)

    @property
    def added(self) -> np.ndarray:
        """What the finer scale adds to the scale's own past, both - own, shape (scales,)."""
        return self.both - self.own

    @property
    def table(self) -> pd.DataFrame:
        """One row a scale."""
        import pandas as pd

        columns: dict[str, Any] = {"dim": self.dims, "finer": self.finer, "below": self.below, "own": self.own}
        return pd.DataFrame(columns | {"both": self.both, "added": self.added})

    def __repr__(self) -> str:
        rows = [
            f"  {d} from {f}: {self.below[i]:.3f}"
            + (f" (own past {self.own[i]:.3f}, both {self.both[i]:.3f})" if self.lag else "")
            for i, (d, f) in enumerate(zip(self.dims, self.finer, strict=True))
        ]
        return "\n".join([f"held-out R2 of each scale from the one below, {self.lag} samples later", *rows])


def predicted_by_below(
    scales: Mapping[int, Any], *, lag: int = 1, folds: int = 5, lengths: Any = None, ridge: float = 1e-4
) -> ScalePrediction:
    """Return how much of each scale's variable the next finer scale predicts, held out.

    Parameters
    ----------
    scales : mapping of int to array_like, shape (samples, d)
        Variables by their number of dimensions, all of the same samples.
    lag : int, samples
    folds : int
        Blocks of time held out in turn.
    lengths : sequence of int, optional
        Samples of each segment.
    ridge : float

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(400, 2))
    >>> predicted_by_below({2: x, 1: x @ [[0.6], [0.8]]}, lag=0)
    held-out R2 of each scale from the one below, 0 samples later
      1 from 2: 1.000
    """
    lag = as_whole(lag, "lag", 0, of="samples")
    ridge = as_number(ridge, "ridge", low=0.0)
    dims = tuple(sorted((int(d) for d in scales), reverse=True))
    if len(dims) < 2:
        raise InputError(
            "scales", expected="at least two scales", got=str(len(dims)), remedy="Give {2: y_2, 1: y_1}, for example."
        )
    y = {d: as_macro(scales[d], where=f"scales[{d}]") for d in dims}
    samples = len(y[dims[0]])
    for d in dims:
        if y[d].shape != (samples, d):
            raise InputError(
                f"scales[{d}]",
                expected=f"shape ({samples}, {d})",
                got=f"shape {y[d].shape}",
                remedy="Encode the same samples at every scale.",
            )
    starts = pair_starts(as_edges(lengths, samples), lag)
    folds = as_whole(folds, "folds", 2, of="blocks")
    fewest = folds * (dims[0] + 2 * lag + 2) + 2 * sum(dims[:2])
    if len(starts) < fewest:
        raise InputError(
            "scales",
            expected=f"at least {fewest} pairs of samples for {folds} folds and {dims[0]} dimensions",
            got=str(len(starts)),
            remedy="Record longer, join segments of the same condition, or use fewer folds.",
        )
    fold, gap = block_labels(len(starts), folds), max(lag, 1)
    rows = []
    for d, finer in zip(dims[1:], dims[:-1], strict=True):
        target, own, below = y[d][starts + lag], y[d][starts], y[finer][starts]
        predictors = [below, own, np.concatenate([own, below], axis=1)] if lag else [below]
        found = [held_out_r2(p, target, fold, gap, ridge) for p in predictors]
        rows.append([*found, np.nan, np.nan][:3])
    table = np.array(rows)
    return ScalePrediction(
        dims[1:], dims[:-1], *(np.ascontiguousarray(c) for c in table.T), lag=lag, folds=folds, n_pairs=len(starts)
    )


def held_out_r2(x: np.ndarray, target: np.ndarray, fold: np.ndarray, gap: int, ridge: float) -> float:
    """Return the held-out R^2 of a ridge regression of `target` (n, d) on `x` (n, p), mean over the d variables."""
    wrong, total = np.zeros(target.shape[1]), np.zeros(target.shape[1])
    for held in np.unique(fold):
        train, test = train_mask(fold, held, gap), fold == held
        centre, size = x[train].mean(axis=0), x[train].std(axis=0)
        size = np.where(size > 0, size, 1.0)
        z, mean = (x - centre) / size, target[train].mean(axis=0)
        gram = z[train].T @ z[train] + ridge * train.sum() * np.eye(x.shape[1])
        c = np.linalg.solve(gram, z[train].T @ (target[train] - mean))
        wrong += ((target[test] - mean - z[test] @ c) ** 2).sum(axis=0)
        total += ((target[test] - mean) ** 2).sum(axis=0)
    return float(np.mean(1.0 - wrong / np.where(total > 0, total, np.nan)))
