"""Forms of a transition probability matrix (TPM), and how they turn into each other.

State-by-node: ``P[x, i]`` = P(element i = 1 at t+1 | state x at t), shape (2**n, n). State-by-state: ``T[x, y]`` =
P(state y at t+1 | state x at t), shape (2**n, 2**n). The first is the second's marginals; the second follows from
the first only where the elements update independently of each other given the present state.
"""

from __future__ import annotations

import numpy as np

from .states import all_states


def to_state_by_state(tpm: np.ndarray) -> np.ndarray:
    """Return the state-by-state TPM (2**n, 2**n) of a state-by-node TPM (2**n, n).

    >>> to_state_by_state(np.array([[0.25], [1.0]])).tolist()
    [[0.75, 0.25], [0.0, 1.0]]
    """
    rows = np.ones((tpm.shape[0], 1))
    for i in range(tpm.shape[1]):
        on = tpm[:, i : i + 1]
        # Element i is a higher bit than those before it: its ON half comes second.
        rows = np.hstack([rows * (1.0 - on), rows * on])
    return rows


def to_state_by_node(tpm: np.ndarray) -> np.ndarray:
    """Return the marginals (2**n, n) of a state-by-state TPM (2**n, 2**n).

    >>> to_state_by_node(np.array([[0.75, 0.25], [0.0, 1.0]])).tolist()
    [[0.25], [1.0]]
    """
    n = tpm.shape[1].bit_length() - 1
    return tpm @ all_states(n).astype(float)


def dependence(tpm: np.ndarray) -> float:
    """Return how far a state-by-state TPM is from independent updates.

    Largest total variation over rows between ``T[x]`` and the product of its marginals; 0 for independent
    updates, at most 1.

    >>> dependence(np.array([[0.5, 0.0, 0.0, 0.5]] * 4))
    0.5
    """
    product = to_state_by_state(to_state_by_node(tpm))
    return float(0.5 * np.abs(tpm - product).sum(axis=1).max())


ROUNDING = 1e-12  # differences of probabilities up to this are rounding, not dependence


def functional_edges(tpm: np.ndarray, tolerance: float = ROUNDING) -> np.ndarray:
    """Return ``E[i, j]``: does element j's probability depend on element i? Shape (n, n), bool.

    `tpm` is state-by-node; a difference of at most `tolerance` counts as none.
    """
    n = tpm.shape[1]
    grid = tpm.reshape((2,) * n + (n,), order="F")
    edges = np.zeros((n, n), dtype=bool)
    for i in range(n):
        difference = np.abs(np.take(grid, 1, axis=i) - np.take(grid, 0, axis=i))
        edges[i] = difference.reshape(-1, n).max(axis=0) > tolerance
    return edges


def average_missing_inputs(tpm: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the state-by-node TPM with every input without an edge averaged out (independent uniform noise)."""
    n = tpm.shape[1]
    grid = tpm.reshape((2,) * n + (n,), order="F").copy(order="F")
    for i in range(n):
        noise = grid.mean(axis=i, keepdims=True)
        grid = np.where(edges[i], grid, noise)
    return grid.reshape((1 << n, n), order="F")


def condition(tpm: np.ndarray, nodes: tuple[int, ...], state: tuple[int, ...]) -> np.ndarray:
    """Return the state-by-node TPM (2**k, k) of `nodes` with all other elements frozen in `state`."""
    k = len(nodes)
    frozen = sum(int(v) << i for i, v in enumerate(state) if i not in nodes)
    rows = np.full(1 << k, frozen)
    for place, i in enumerate(nodes):
        rows |= ((np.arange(1 << k) >> place) & 1) << i
    return tpm[np.ix_(rows, np.array(nodes))]
