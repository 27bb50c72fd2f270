"""Differences between conditions, by permutation of their blocks of time.

Convention: the difference is the statistic of `a` less that of `b`. Under the null, which condition a block belongs to
means nothing: blocks of both are dealt anew, as many to each as there were. p is two-sided, about the mean of data and
permutations, so that a statistic biased by the number of blocks makes no difference of its own. It holds exactly if
blocks are exchangeable under the null, so longer than the memory of what is measured, and equally long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, as_number, as_whole
from .._doubt import rank_p
from .._errors import InputError
from ..surrogates.streams import as_generator
from ._series import read_only


@dataclass(frozen=True, eq=False)
class Difference:
    """A difference between two conditions.

    Attributes
    ----------
    value : float
        Statistic of a less that of b.
    of_a, of_b : float
    p : float
        Two-sided.
    effect : float
        (Value less the permutations' mean) over their standard deviation.
    low, high : float
        Interval of the value, value -+ t deviations: of blocks drawn with replacement in each condition, their
        variances times n/(n - 1), with Welch's degrees of freedom (of a mean: Welch's interval). Draws without a finite
        statistic are left out; NaN where more than half are.
    null : ndarray, shape (draws,)
        NaN where a permutation has no finite statistic.
    blocks : tuple of int
        Of a and b.
    level : float
    """

    value: float
    of_a: float
    of_b: float
    p: float
    effect: float
    low: float
    high: float
    null: np.ndarray
    blocks: tuple[int, int]
    level: float

    @property
    def headline(self) -> float:
        """The difference."""
        return self.value

    def __repr__(self) -> str:
        return (
            f"{self.of_a:.6g} less {self.of_b:.6g} = {self.value:+.6g} [{self.low:.6g}, {self.high:.6g}], "
            f"p = {self.p:.3g} by permutation of {self.blocks[0]} and {self.blocks[1]} blocks"
        )


def difference_by_permutation(
    a: Any,
    b: Any,
    *,
    statistic: Callable[[np.ndarray], float] | None = None,
    draws: int = 999,
    level: float = 0.95,
    rng: int | np.random.Generator,
) -> Difference:
    """Return the difference of a statistic between two conditions, with p and interval.

    Parameters
    ----------
    a, b : array_like, shape (blocks, ...)
        What was measured in each block of time of either condition: one number a block, or an array, such as a table
        of joint counts.
    statistic : callable, optional
        From such an array of blocks to one number, for example ``lambda tables: distances(tables.sum(axis=0))[0]``.
        Default: the mean over blocks that aren't NaN.
    draws : int
        Of the permutation, and of the bootstrap; at least 2 for an interval.
    level : float
        Of the interval.
    rng : int or numpy Generator

    Returns
    -------
    Difference

    Raises
    ------
    InputError
        Fewer than two blocks with a value in a condition, blocks of different shape.

    Examples
    --------
    >>> wake, sleep = [0.1, 0.2, 0.1, 0.3, 0.2], [0.6, 0.5, 0.7, 0.6, 0.6]
    >>> found = difference_by_permutation(wake, sleep, rng=0)
    >>> round(found.value, 3), found.p < 0.02
    (-0.42, True)

    References
    ----------
    Phipson & Smyth (2010) Stat Appl Genet Mol Biol 9:39.
    """
    first, second = _as_blocks(a, "a"), _as_blocks(b, "b")
    if first.shape[1:] != second.shape[1:]:
        raise InputError(
            "b",
            expected=f"blocks of shape {first.shape[1:]}, as in `a`",
            got=f"{second.shape[1:]}",
            remedy="Measure the same in both conditions, with the same levels.",
        )
    measure = _mean if statistic is None else statistic
    draws, level = as_whole(draws, "draws", 1), as_number(level, "level", low=0.0, high=1.0)
    generator = as_generator(rng)
    pooled, n = np.concatenate([first, second]), len(first)
    of_a, of_b = float(measure(first)), float(measure(second))
    null, drawn = np.empty(draws), np.empty((draws, 2))
    for k in range(draws):
        order = generator.permutation(len(pooled))
        null[k] = _less(measure(pooled[order[:n]]), measure(pooled[order[n:]]))
        picks = generator.integers(n, size=n), generator.integers(len(second), size=len(second))
        drawn[k] = measure(first[picks[0]]), measure(second[picks[1]])
    value = _less(of_a, of_b)
    known = null[np.isfinite(null)]
    spread = float(known.std(ddof=1)) if len(known) > 1 else np.nan
    centre = (float(known.sum()) + value) / (len(known) + 1)  # of data and permutations alike, so that p is exact
    reach = _welch_reach(drawn, (n, len(second)), level)
    read_only(null)
    return Difference(
        value=value,
        of_a=of_a,
        of_b=of_b,
        # permutations that deal the blocks as they were give the value but for rounding: they count as equal
        p=float(rank_p(abs(value - centre) - 1e-12 * max(abs(of_a), abs(of_b)), np.abs(null - centre))),
        effect=(value - float(known.mean())) / spread if spread > 0 else np.nan,
        low=value - reach,
        high=value + reach,
        null=null,
        blocks=(n, len(second)),
        level=level,
    )


def _welch_reach(drawn: np.ndarray, blocks: tuple[int, int], level: float) -> float:
    """Return how far the interval of a difference reaches, from bootstrap draws (draw, condition)."""
    from scipy.stats import t as student_t

    known = drawn[np.isfinite(drawn).all(axis=1)]
    if len(known) < 2 or 2 * len(known) < len(drawn):
        return np.nan
    n = np.array(blocks, dtype=np.float64)
    parts = known.var(axis=0, ddof=1) * n / (n - 1)
    if not parts.sum() > 0:
        return 0.0
    freedom = parts.sum() ** 2 / (parts**2 / (n - 1)).sum()
    return float(np.sqrt(parts.sum()) * student_t.ppf(0.5 * (1.0 + level), freedom))


def _less(a: float, b: float) -> float:
    """Return a less b, NaN where one of them isn't finite."""
    return float(a) - float(b) if np.isfinite(a) and np.isfinite(b) else np.nan


def _mean(values: np.ndarray) -> float:
    return float(values.mean())


def _as_blocks(values: Any, where: str) -> np.ndarray:
    """Return blocks with a value, shape (blocks, ...)."""
    array = as_float_array(values, where)
    if array.ndim:
        array = array[np.isfinite(array.reshape(len(array), -1)).all(axis=1)]
    if not array.ndim or len(array) < 2:
        raise InputError(
            where,
            expected="at least two blocks of time with a value",
            got=f"{len(array) if array.ndim else 'a single number'}",
            remedy="Cut the condition into more blocks, or leave it out of the comparison.",
        )
    return array
