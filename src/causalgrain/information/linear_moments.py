"""Pairs (x_t, x_{t+lag}) of a recording as moments of blocks of time: all that a linear Gaussian model needs.

Conventions. A block is a stretch of one segment, or several short segments one after the other; a pair belongs to a
block only if both its samples lie in one stretch of it, so no pair reaches across an edge of a segment, of a block or
of a fold. The moments of a block are ``Z^T Z``, ``Z = [1, x, x']``, one row a pair. Folds are made of whole blocks in
the order of time, equally many different blocks in each; a block drawn twice stays in one fold, so that no copy of
what is held out is trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .._errors import InputError
from ..systems.resample import memory_samples

FEWEST_BLOCKS = 20
CORRELATION_TIMES = 5.0  # length of a block


@dataclass(frozen=True, eq=False)
class BlockMoments:
    """Moments of the pairs of each block.

    Attributes
    ----------
    moments : ndarray, shape (blocks, 2 n + 1, 2 n + 1)
    length : int, samples
        Aimed at.
    memory : float, samples
        Largest integrated autocorrelation time of a unit; NaN where the length was given.
    """

    moments: np.ndarray
    length: int
    memory: float

    def __len__(self) -> int:
        return len(self.moments)

    @property
    def pairs(self) -> np.ndarray:
        """Pairs in each block, shape (blocks,)."""
        return self.moments[:, 0, 0]


def block_moments(values: np.ndarray, segments: np.ndarray, lag: int, length: int | None = None) -> BlockMoments:
    """Return the moments of all pairs, block by block.

    Parameters
    ----------
    values : array, shape (time, n)
    segments : array of int, shape (segment, 2)
    lag : int, samples
    length : int, samples, optional
        Of a block. Default: five times the memory of the slowest unit and at least ten lags, but no more than leaves
        20 blocks.
    """
    total = int((segments[:, 1] - segments[:, 0]).sum())
    memory = float("nan")
    if length is None:
        memory = memory_samples(values, segments)
        length = min(int(np.ceil(max(CORRELATION_TIMES * memory, 10.0 * lag))), total // FEWEST_BLOCKS)
        length = max(length, lag + 1)
    first, sizes = _pairs(segments, length, lag)
    if not len(sizes):
        raise InputError(
            "recording",
            expected=f"segments longer than the lag of {lag} samples",
            got=f"{len(segments)} segments of at most {int((segments[:, 1] - segments[:, 0]).max())} samples",
            remedy="Choose a smaller lag or a finer bin.",
        )
    return BlockMoments(_moments(values[first], values[first + lag], sizes), length, memory)


def rotated_moments(
    values: np.ndarray, segments: np.ndarray, over: np.ndarray, lag: int, length: int, rng: np.random.Generator
) -> BlockMoments:
    """Return the moments of a surrogate: the pairs of every column rotated by an amount of its own.

    All pairs of `over` stand in a row in the order of time; both samples of a pair move together, so no pair is broken,
    each column keeps what it says about itself, and relations between columns go.

    Parameters
    ----------
    values, segments, lag, length
        As for :func:`block_moments`.
    over : array of int, shape (segment, 2)
        Where the pairs come from; it holds the segments.
    rng : numpy Generator
    """
    first, sizes = _pairs(segments, length, lag)
    every = np.concatenate([np.arange(a, max(b - lag, a)) for a, b in over.tolist()])
    rows = every[rotated_rows(len(every), values.shape[1], rng)[np.searchsorted(every, first)]]
    now, then = (np.take_along_axis(values, rows + shift, axis=0) for shift in (0, lag))
    return BlockMoments(_moments(now, then, sizes), length, float("nan"))


def rotated_rows(pairs: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """Return which pair takes the place of each, shape (pairs, columns): every column rotated by at least one.

    >>> rotated_rows(2, 1, np.random.default_rng(0)).tolist()
    [[1], [0]]
    """
    shifts = rng.integers(1, max(pairs, 2), size=columns)
    return (np.arange(pairs)[:, None] - shifts) % max(pairs, 1)


def _pairs(segments: np.ndarray, length: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the sample at which each pair begins, block after block, and the pairs in each block."""
    blocks = [np.concatenate([np.arange(a, b - lag) for a, b in block]) for block in cut(segments, length, lag)]
    first = np.concatenate(blocks) if blocks else np.empty(0, dtype=np.int64)
    return first, np.array([len(block) for block in blocks], dtype=np.int64)


def _moments(now: np.ndarray, then: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    z = np.hstack([np.ones((len(now), 1)), now, then])
    return np.array([part.T @ part for part in np.split(z, np.cumsum(sizes)[:-1])])


def cut(segments: np.ndarray, length: int, lag: int) -> list[list[tuple[int, int]]]:
    """Cut segments into blocks of about `length` samples, each a list of stretches with at least one pair.

    >>> cut(np.array([[0, 10], [20, 23], [30, 32]]), 5, 1)
    [[(0, 5)], [(5, 10)], [(20, 23), (30, 32)]]
    """
    blocks: list[list[tuple[int, int]]] = []
    open_: list[tuple[int, int]] = []
    for begin, stop in segments.tolist():
        if stop - begin <= lag:
            continue
        pieces = (stop - begin) // length
        if pieces < 1:
            open_.append((begin, stop))
            if sum(b - a for a, b in open_) >= length:
                blocks.append(open_)
                open_ = []
            continue
        if open_:
            blocks.append(open_)
            open_ = []
        marks = np.linspace(begin, stop, pieces + 1).round().astype(int).tolist()
        blocks += [[(a, b)] for a, b in pairwise(marks) if b - a > lag]
    if open_:
        blocks.append(open_)
    return blocks


def fold_moments(blocks: BlockMoments, times: np.ndarray, folds: int) -> np.ndarray:
    """Return the moments of every fold of every draw, shape (draws, folds, 2 n + 1, 2 n + 1).

    Parameters
    ----------
    times : array, shape (draws, blocks)
        How often each block is taken.
    """
    rank = np.cumsum(times > 0, axis=1) - 1  # place among the blocks that were drawn at all
    place = folds * np.maximum(rank, 0) // (rank[:, -1:] + 1)
    taken = (place[:, None, :] == np.arange(folds)[None, :, None]) * times[:, None, :]
    size = blocks.moments.shape[1]
    flat = blocks.moments.reshape(len(blocks), -1)
    return (taken.reshape(-1, len(blocks)) @ flat).reshape(len(times), folds, size, size)


def draw_times(n_blocks: int, fewest: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each block is drawn, as many with replacement as there are, at least `fewest` different ones.

    A draw with fewer, which can't be cut into folds, is made again; shape (blocks,).
    """
    while True:
        drawn = np.bincount(rng.integers(n_blocks, size=n_blocks), minlength=n_blocks)
        if np.count_nonzero(drawn) >= min(fewest, n_blocks):
            return drawn.astype(np.float64)
