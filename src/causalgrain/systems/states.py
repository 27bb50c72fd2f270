"""States of systems of binary elements, and the one home of their order.

Convention: **element 0 varies fastest**. The state (1, 0, 0) of three elements has index 1, (0, 1, 0) index 2,
(0, 0, 1) index 4. Rows of a TPM, entries of a repertoire and bits of a mask all follow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .._errors import InputError

MAX_ELEMENTS = 20  # a dense TPM of more does not fit into memory sensibly


def all_states(n: int) -> np.ndarray:
    """Return all states of `n` elements in index order, shape (2**n, n), int8.

    >>> all_states(2).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return ((np.arange(1 << n)[:, None] >> np.arange(n)) & 1).astype(np.int8)


def state_index(state: Sequence[int] | np.ndarray) -> int:
    """Return the index of a state.

    >>> state_index((1, 0, 1))
    5
    """
    return sum(int(bit) << i for i, bit in enumerate(state))


def index_state(index: int, n: int) -> tuple[int, ...]:
    """Return the state of `n` elements with this index.

    >>> index_state(5, 3)
    (1, 0, 1)
    """
    return tuple(index >> i & 1 for i in range(n))


def mask_of(nodes: Iterable[int]) -> int:
    """Return the bit mask of a set of elements."""
    return sum(1 << i for i in nodes)


@lru_cache(maxsize=1 << 16)
def nodes_of(mask: int) -> tuple[int, ...]:
    """Return the elements of a bit mask, ascending."""
    return tuple(i for i in range(int(mask).bit_length()) if mask >> i & 1)


def as_state(state: Any, n: int, where: str = "state") -> tuple[int, ...]:
    """Check a state of `n` binary elements: a sequence of 0 and 1, a string such as "0110", or booleans."""
    try:
        values = [int(v) if isinstance(v, str) else v for v in state]
        fits = len(values) == n and all(bool(v in (0, 1)) for v in values)
    except (TypeError, ValueError):
        values, fits = [], False
    if not fits:
        raise InputError(
            where,
            expected=f"{n} values, each 0 or 1, element 0 first",
            got=repr(state),
            remedy=f"For example ({', '.join('0' * n)}{',' if n == 1 else ''}) or '{'0' * n}'.",
        )
    return tuple(int(v) for v in values)


def format_state(state: Sequence[int]) -> str:
    """Return a state as the field prints it, element 0 first: (1, 0, 1) -> "101"."""
    return "".join(str(int(v)) for v in state)


def subset_sums(n: int) -> np.ndarray:
    """Return the number of ON elements of every state, shape (2**n,)."""
    return all_states(n).sum(axis=1)
