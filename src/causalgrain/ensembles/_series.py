"""What time-ordered measures share: two series in time order, their segments, and blocks of time.

Convention: `lengths` are the numbers of bins of the segments, one after the other; nothing reaches from one segment
into the next. Blocks are stretches of bins of about the same length, none across a segment's edge.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._doubt import t_reach
from .._errors import InputError


def as_values(values: Any, where: str) -> np.ndarray:
    """Return one number a bin as float64, shape (bins,); not copied where it is float64 already."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            where, expected="one number a bin", got=type(values).__name__, remedy="Give a flat array of numbers."
        ) from error
    if array.ndim != 1:
        raise InputError(
            where, expected="shape (bins,)", got=f"shape {array.shape}", remedy="Give one number a bin of time."
        )
    if not np.isfinite(array.sum()):
        bad = np.flatnonzero(~np.isfinite(array))
        if bad.size:
            raise InputError(
                where,
                expected="finite numbers",
                got=f"{array[bad[0]]} at bin {bad[0]}",
                remedy="Leave such stretches out: cut the recording into segments around them.",
            )
    return array


def as_lengths(lengths: Any, bins: int) -> np.ndarray:
    """Return the edges of the segments, shape (segments + 1,), from their numbers of bins; default one segment."""
    if lengths is None:
        return np.array([0, bins], dtype=np.int64)
    given = np.asarray(lengths)
    if given.ndim != 1 or not given.size or given.dtype.kind not in "iu" or (given < 0).any() or given.sum() != bins:
        raise InputError(
            "lengths",
            expected=f"whole numbers that add up to the {bins} bins",
            got=repr(lengths),
            remedy="Give the number of bins of each segment, in order of time.",
        )
    return np.concatenate([[0], np.cumsum(given)]).astype(np.int64)


def as_pair(excitatory: Any, inhibitory: Any, lengths: Any = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both series and the edges of their segments."""
    e, i = as_values(excitatory, "excitatory"), as_values(inhibitory, "inhibitory")
    if e.shape != i.shape:
        raise InputError(
            "inhibitory",
            expected=f"{len(e)} bins, as `excitatory`",
            got=f"{len(i)}",
            remedy="Bin both ensembles over the same time.",
        )
    return e, i, as_lengths(lengths, len(e))


def block_edges(edges: np.ndarray, blocks: int) -> np.ndarray:
    """Return about `blocks` stretches of bins, shape (block, 2), none across a segment's edge.

    A segment gets as many blocks as its share of the time says, rounded, and at least one unless it is empty.

    >>> block_edges(np.array([0, 6, 9]), 3).tolist()
    [[0, 3], [3, 6], [6, 9]]
    """
    total = int(edges[-1])
    found: list[tuple[int, int]] = []
    for begin, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        bins = stop - begin
        if bins:
            pieces = min(max(round(blocks * bins / total), 1), bins)
            marks = begin + (np.arange(pieces + 1) * bins) // pieces
            found += zip(marks[:-1].tolist(), marks[1:].tolist(), strict=True)
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def block_of_bins(edges: np.ndarray, blocks: int) -> np.ndarray:
    """Return the block of each bin, shape (bins,)."""
    marks = block_edges(edges, blocks)
    return np.repeat(np.arange(len(marks)), np.diff(marks, axis=1)[:, 0])


def jackknife_reach(left: np.ndarray, null: np.ndarray, level: float) -> float:
    """Return how far the interval of (value less the null's mean) reaches, from values with a block left out.

    The jackknife's deviation of the value and the standard error of the null's mean, each times t, in quadrature.

    >>> jackknife_reach(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0]), 0.95).__round__(4)
    4.9683
    """
    reach = float(t_reach(left, level, scale=(len(left) - 1) / np.sqrt(len(left))))
    return float(np.hypot(reach, t_reach(null, level, scale=1.0 / np.sqrt(len(null))))) if len(null) > 1 else reach


def read_only(*arrays: np.ndarray) -> None:
    """Make arrays of a result unchangeable."""
    for array in arrays:
        array.setflags(write=False)
