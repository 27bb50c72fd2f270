"""Levels: activity cut into few classes of about equal weight, heavy values whole.

Convention: level 0 is the lowest. A value is never split, so where many bins are empty, "no spike" is a level of its
own and the others share what is left. Fewer distinct values than levels: each value is a level.
"""

from __future__ import annotations

import numpy as np


def level_bounds(values: np.ndarray, weights: np.ndarray | None, levels: int) -> np.ndarray:
    """Return the largest value of every level but the last, ascending; at most levels - 1 of them.

    Parameters
    ----------
    values, weights : array, shape (bins,)
    levels : int

    Examples
    --------
    >>> level_bounds(np.array([0, 0, 0, 0, 0, 0, 1, 2, 3, 4.0]), None, 3).tolist()
    [0.0, 2.0]
    """
    distinct, mass = distinct_values(values, weights)
    if len(distinct) <= levels:
        return distinct[:-1]
    upto = np.cumsum(mass)
    done, last, found = 0.0, -1, []
    for left in range(levels, 1, -1):
        target = done + (upto[-1] - done) / left
        # the value that comes nearest to the target, but at least one value a level, and one for each level to come
        place = int(np.searchsorted(upto, target * (1.0 - 1e-12)))
        if place > last + 1 and target - upto[place - 1] < upto[place] - target:
            place -= 1
        place = min(max(place, last + 1), len(distinct) - left)
        found.append(place)
        done, last = upto[place], place
    return distinct[found]


def distinct_values(values: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return ascending distinct values and the weight of each; whole numbers are counted without sorting."""
    if values.dtype.kind in "iu" and values.size and values.min() >= 0 and values.max() < 65_536:
        mass = np.bincount(values, weights=weights).astype(np.float64)
        kept = np.flatnonzero(mass)
        return kept.astype(np.float64), mass[kept]
    distinct, inverse = np.unique(values, return_inverse=True)
    return distinct, np.bincount(inverse, weights=weights, minlength=len(distinct)).astype(np.float64)


def as_levels(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Return the level of each value, shape (bins,); a bound belongs to the level below it.

    >>> as_levels(np.array([0.0, 2.0, 2.5]), np.array([0.0, 2.0])).tolist()
    [0, 1, 2]
    """
    if values.dtype.kind in "iu" and values.size and values.min() >= 0 and values.max() < 65_536:
        table = np.searchsorted(bounds, np.arange(int(values.max()) + 1), side="left")
        return table[values]
    return np.searchsorted(bounds, values, side="left")
