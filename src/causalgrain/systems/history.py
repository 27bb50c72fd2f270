"""Histories: the last k states of a system, and the one home of their order.

Convention: people write a history oldest first, "00 01 11"; its index has the **present state in the lowest n bits**,
the one before in the next n bits, and so on, so the index of a history of one state is that of the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .markov import ROUNDING
from .states import as_state, format_state, state_index


def as_history(history: Any, n: int, where: str = "state") -> tuple[tuple[int, ...], ...]:
    """Check a history of states of `n` binary elements, oldest first; a single state is a history of one.

    >>> as_history("01 11", 2)
    ((0, 1), (1, 1))
    >>> as_history((0, 1), 2), as_history(["01", (1, 1)], 2)
    (((0, 1),), ((0, 1), (1, 1)))
    """
    if isinstance(history, str):
        states = history.split()
    else:
        try:
            listed = list(history)
        except TypeError:
            listed = []
        parts = [one for one in listed if isinstance(one, Sequence | np.ndarray) and not _is_bit(one)]
        states = listed if listed and len(parts) == len(listed) else [history]
    if not states:
        raise InputError(
            where, expected="a state, or states oldest first", got=repr(history), remedy=f"For example '{'0' * n}'."
        )
    return tuple(as_state(state, n, where) for state in states)


def _is_bit(value: Any) -> bool:
    """Whether this is one element's value, "0" or "1" in a list of such, rather than a state."""
    return isinstance(value, str) and value in ("0", "1")


def last_states(history: Sequence[tuple[int, ...]], steps: int, where: str = "state") -> tuple[tuple[int, ...], ...]:
    """Return the last `steps` states of a history."""
    if len(history) < steps:
        raise InputError(
            where,
            expected=f"the last {steps} states, oldest first",
            got=f"{len(history)}: {format_history(history)}",
            remedy=f"For example '{' '.join([format_state(history[0])] * (steps - len(history)))} "
            f"{format_history(history)}', if the system has been in this state.",
        )
    return tuple(history[len(history) - steps :])


def format_history(history: Sequence[Sequence[int]]) -> str:
    """Return a history as people write it, oldest first: "01 11"."""
    return " ".join(format_state(state) for state in history)


def history_index(history: Sequence[Sequence[int]]) -> int:
    """Return the index of a history: the present state in the lowest bits.

    >>> history_index(((0, 1), (1, 0)))  # (1, 0) is the present: 1 + 4 * 2
    9
    """
    n = len(history[-1])
    return sum(state_index(state) << (n * lag) for lag, state in enumerate(reversed(history)))


def lagged_edges(tpm: np.ndarray, order: int, tolerance: float = ROUNDING) -> np.ndarray:
    """Return ``E[l, i, j]``: does element j depend on element i, l updates before the present? Shape (k, n, n), bool.

    `tpm` (2**(n k), n) is state-by-node over histories; a difference of at most `tolerance` counts as none.
    """
    n = tpm.shape[1]
    bits = n * order
    grid = tpm.reshape((2,) * bits + (n,), order="F")
    edges = np.zeros((order, n, n), dtype=bool)
    for lag in range(order):
        for i in range(n):
            axis = lag * n + i
            difference = np.abs(np.take(grid, 1, axis=axis) - np.take(grid, 0, axis=axis))
            edges[lag, i] = difference.reshape(-1, n).max(axis=0) > tolerance
    return edges
