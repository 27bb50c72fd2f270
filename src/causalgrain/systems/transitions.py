"""Counting transitions between states, within segments and at a lag.

Convention: counts[x, y] = how often the state of index y stood `lag` bins after the state of index x; order of states
as in :mod:`causalgrain.systems.states`.
"""

from __future__ import annotations

import numpy as np

from . import markov
from .states import state_index


def state_indices(states: np.ndarray) -> np.ndarray:
    """Return the index of each row's state, shape (time,).

    >>> state_indices(np.array([[1, 0], [0, 1]])).tolist()
    [1, 2]
    """
    n = states.shape[1]
    bits = [state_index([i == j for j in range(n)]) for i in range(n)]
    return states.astype(np.int64) @ np.array(bits, dtype=np.int64)


def count_transitions(
    indices: np.ndarray,
    segments: np.ndarray,
    n: int,
    *,
    lag: int = 1,
    interventions: np.ndarray | None = None,
) -> np.ndarray:
    """Count how often state y followed state x, within segments only.

    Parameters
    ----------
    indices : array of int, shape (time,)
        Index of the state in each bin.
    segments : array of int, shape (segment, 2)
        First bin and one past the last.
    n : int
        Elements.
    lag : int, bins
    interventions : array of bool, shape (time,), optional
        Count only from marked bins with no other mark up to and including the bin `lag` later.

    Returns
    -------
    array of int, shape (2**n, 2**n)

    Examples
    --------
    >>> count_transitions(np.array([0, 1, 1, 0]), np.array([[0, 2], [2, 4]]), 1).tolist()
    [[0, 1], [1, 0]]
    """
    pairs = np.zeros(1 << 2 * n, dtype=np.int64)
    for begin, stop in segments:
        part = indices[begin:stop]
        source, target = part[:-lag], part[lag:]
        if interventions is not None and len(source):
            marks = np.concatenate([[0], np.cumsum(interventions[begin:stop])])
            # Marked at t, and no mark in t+1 ... t+lag: the response was left alone.
            alone = marks[lag + 1 :] - marks[1:-lag] == 0
            keep = interventions[begin:stop][:-lag] & alone
            source, target = source[keep], target[keep]
        if len(source):
            pairs += np.bincount((source << n) + target, minlength=len(pairs))
    return pairs.reshape(1 << n, 1 << n)


def row_dependence(counts: np.ndarray) -> np.ndarray:
    """Return the total variation between each visited row's shares and the product of its marginals.

    `counts` has shape (2**n, 2**n); the result has one number for each row with a count, in index order.

    >>> row_dependence(np.array([[2, 0, 0, 2], [1, 1, 1, 1], [0, 0, 0, 0], [0, 5, 0, 0]])).tolist()
    [0.5, 0.0, 0.0]
    """
    visits = counts.sum(axis=1)
    rows = counts[visits > 0] / visits[visits > 0, None]
    product = markov.to_state_by_state(markov.to_state_by_node(rows))
    return 0.5 * np.abs(rows - product).sum(axis=1)
