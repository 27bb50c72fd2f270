"""Resampling the transitions of a recording in blocks of time.

Convention: recorded time (all segments one after the other) is cut into blocks of equal length in seconds, each within
one segment; a transition belongs to the block in which its first bin begins, whatever the bin. So one draw of blocks is
the same stretch of the recording at every bin and lag, and grains can be compared within a draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..recordings.binary import BinaryRecording
from .transitions import state_indices

FEWEST_BLOCKS = 10
LONGEST = 50.0  # correlation times that are looked for, as a share 1/LONGEST of the recording


@dataclass(frozen=True, eq=False)
class Blocks:
    """Blocks of recorded time.

    Attributes
    ----------
    edges : ndarray, shape (block, 2), s
        On the recording's clock.
    seconds : float
        Length that was aimed at; blocks of one segment are equally long, and at most half as long again.
    """

    edges: np.ndarray
    seconds: float

    def __len__(self) -> int:
        return len(self.edges)

    def of(self, times: np.ndarray) -> np.ndarray:
        """Return the block of each time; times lie in segments."""
        # A bin that begins at an edge belongs to the later block: rounding must not move it.
        slack = 1e-9 * max(1.0, float(np.abs(self.edges).max(initial=0.0)))
        return np.searchsorted(self.edges[:, 0], times + slack, side="right") - 1


def cut_blocks(spans: np.ndarray, seconds: float) -> Blocks:
    """Cut stretches of time (segment, 2) into blocks of about `seconds`, none across an edge.

    >>> cut_blocks(np.array([[0.0, 10.0], [20.0, 24.0]]), 3.0).edges.round(2).tolist()
    [[0.0, 3.33], [3.33, 6.67], [6.67, 10.0], [20.0, 24.0]]
    """
    edges = []
    for begin, stop in spans.tolist():
        pieces = max(int((stop - begin) / seconds + 1e-9), 1)
        marks = np.linspace(begin, stop, pieces + 1)
        edges += zip(marks[:-1].tolist(), marks[1:].tolist(), strict=True)
    return Blocks(np.array(edges).reshape(-1, 2), float(seconds))


def correlation_time(binary: BinaryRecording) -> float:
    """Return how long states remember, in s: :func:`memory_samples` of the slowest unit."""
    return memory_samples(binary.states.astype(np.float64), binary.segments) / binary.rate


def memory_samples(values: np.ndarray, segments: np.ndarray) -> float:
    """Return the largest integrated autocorrelation time of a column, in samples; 1 without memory.

    ``1 + 2 sum_k rho(k)``, the sum up to the first rho that isn't positive, up to 1/50 of the recording.

    Parameters
    ----------
    values : array, shape (time, column)
    segments : array of int, shape (segment, 2)

    Examples
    --------
    >>> memory_samples(np.array([[1.0], [-1.0]] * 100), np.array([[0, 200]]))
    1.0

    References
    ----------
    Priestley (1981) Spectral Analysis and Time Series, section 5.3.
    """
    parts = [values[b:s] for b, s in segments.tolist()]
    total = sum(map(len, parts))
    mean = sum(part.sum(axis=0) for part in parts) / total
    parts = [part - mean for part in parts]
    power = sum((part**2).sum(axis=0) for part in parts)
    power = np.where(power > 0, power, 1.0)
    time, going = np.ones(values.shape[1]), np.ones(values.shape[1], dtype=bool)
    for lag in range(1, max(int(total / LONGEST), 1) + 1):
        products = [(part[:-lag] * part[lag:]).sum(axis=0) for part in parts if len(part) > lag]
        rho = sum(products) / power if products else np.zeros_like(power)
        going &= rho > 0
        if not going.any():
            break
        time = time + 2.0 * np.where(going, rho, 0.0)
    return float(time.max())


@dataclass(frozen=True, eq=False)
class Transitions:
    """Transitions of binary states, each with the block it belongs to.

    Attributes
    ----------
    pairs : ndarray of int, shape (transition,)
        Index of the first state times 2**n plus that of the second.
    block : ndarray of int, shape (transition,)
    n : int
        Elements.
    n_blocks : int
    """

    pairs: np.ndarray
    block: np.ndarray
    n: int
    n_blocks: int

    def counts(self, times: np.ndarray | None = None) -> np.ndarray:
        """Return counts[x, y] of all transitions, or with each block taken as often as `times` (block,) says."""
        size = 1 << self.n
        weights = None if times is None else times[self.block]
        found = np.bincount(self.pairs, weights=weights, minlength=size * size)
        return np.rint(found).astype(np.int64).reshape(size, size)


def list_transitions(binary: BinaryRecording, lag: int, onsets: np.ndarray, blocks: Blocks) -> Transitions:
    """Return the transitions of binary states over `lag` bins, within segments.

    Parameters
    ----------
    binary : BinaryRecording
    lag : int, bins
    onsets : array, shape (segment,), s
        Time of each segment's first bin.
    blocks : Blocks
    """
    indices = state_indices(binary.states)
    n = binary.n_units
    pairs, places = [], []
    for (begin, stop), onset in zip(binary.segments.tolist(), onsets.tolist(), strict=True):
        part = indices[begin:stop]
        if len(part) > lag:
            pairs.append((part[:-lag] << n) + part[lag:])
            places.append(blocks.of(onset + np.arange(len(part) - lag) / binary.rate))
    joined = np.concatenate(pairs) if pairs else np.empty(0, dtype=np.int64)
    block = np.concatenate(places) if places else np.empty(0, dtype=np.int64)
    return Transitions(joined, block, n, len(blocks))


def draw_blocks(n_blocks: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each block is drawn when as many as there are are drawn with replacement, shape (block,)."""
    return np.bincount(rng.integers(n_blocks, size=n_blocks), minlength=n_blocks)
