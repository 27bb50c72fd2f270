"""What the dynamics of macro variables share: samples, segments, pairs of samples, blocks of time.

Conventions. A macro variable is (samples, d), or (samples,) where d = 1, in time order. `lengths` are the numbers of
samples of the segments, one after the other; a pair (y(t), y(t + 1)) never reaches from one segment into the next.
Blocks are stretches of pairs of about the same length; a block may hold the end of one segment and the start of the
next, its pairs may not.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .._checks import as_float_array
from .._errors import InputError

FLAT = 1e-12  # a standard deviation below this part of the size of the numbers is rounding


def as_macro(y: Any, *, where: str = "y", most: int | None = None) -> np.ndarray:
    """Return a macro variable as float64 of shape (samples, d): finite, no column constant, at most `most` columns."""
    array = as_float_array(y, where)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not array.shape[1]:
        raise InputError(
            where,
            expected="shape (samples, d), or (samples,) for one variable",
            got=f"shape {array.shape}",
            remedy="Give one row a sample, in time order.",
        )
    if most is not None and array.shape[1] > most:
        raise InputError(
            where,
            expected=f"at most {most} variable{'s' if most > 1 else ''}",
            got=str(array.shape[1]),
            remedy="Use the scale of that many dimensions, or choose columns.",
        )
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        t, k = bad[0]
        raise InputError(
            where,
            expected="finite numbers",
            got=f"{array[t, k]} at sample {t} of variable {k} ({len(np.unique(bad[:, 0]))} samples in all)",
            remedy="Leave such stretches out: cut the series into segments around them and give their `lengths`.",
        )
    if len(array):
        flat = np.flatnonzero(array.std(axis=0) <= FLAT * np.abs(array).max(axis=0))
        if len(flat):
            raise InputError(
                where,
                expected="variables that vary",
                got=f"variable {flat[0]} is constant at {array[0, flat[0]]:g}",
                remedy="A variable that never moves has no dynamics: check the encoder, or the stretch of time.",
            )
    return array


def as_edges(lengths: Any, samples: int) -> np.ndarray:
    """Return the edges of the segments, shape (segments + 1,); without `lengths` all samples are one segment.

    >>> as_edges([3, 2], 5).tolist()
    [0, 3, 5]
    """
    if lengths is None:
        return np.array([0, samples], dtype=np.int64)
    given = np.asarray(lengths)
    if given.ndim != 1 or not given.size or given.dtype.kind not in "iu" or (given < 0).any() or given.sum() != samples:
        raise InputError(
            "lengths",
            expected=f"whole numbers that add up to the {samples} samples",
            got=repr(lengths),
            remedy="Give the number of samples of each segment, in time order.",
        )
    return np.concatenate([[0], np.cumsum(given)]).astype(np.int64)


def pair_starts(edges: np.ndarray, lag: int = 1) -> np.ndarray:
    """Return the samples t for which t + lag lies in the same segment.

    >>> pair_starts(np.array([0, 3, 5])).tolist()
    [0, 1, 3]
    """
    return np.concatenate([np.arange(a, max(b - lag, a)) for a, b in itertools.pairwise(edges)])


def block_labels(pairs: int, blocks: int) -> np.ndarray:
    """Return the block of each pair, shape (pairs,): contiguous, their sizes within one of each other.

    >>> block_labels(5, 2).tolist()
    [0, 0, 0, 1, 1]
    """
    return np.repeat(np.arange(blocks), [len(part) for part in np.array_split(np.arange(pairs), blocks)])


def train_mask(fold: np.ndarray, held: int, gap: int = 1) -> np.ndarray:
    """Return which pairs are trained on while fold `held` is held out: `gap` pairs beside it are left out too.

    >>> train_mask(np.array([0, 0, 0, 1, 1]), 1).tolist()
    [True, True, False, False, False]
    """
    inside = np.flatnonzero(fold == held)
    keep = np.ones(len(fold), dtype=bool)
    keep[max(inside[0] - gap, 0) : inside[-1] + gap + 1] = False
    return keep


def read_only(*arrays: np.ndarray) -> None:
    """Make arrays of a result read-only."""
    for array in arrays:
        array.setflags(write=False)
