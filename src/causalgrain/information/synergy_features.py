"""What a feature V, the elements and the distribution of states can be given as, for a known system.

Conventions: state i of binary elements as in :mod:`causalgrain.systems.states` (element 0 varies fastest); a feature of
a discrete system is one value a state, and only which states share a value matters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._checks import as_float_array, choose
from .._errors import InputError
from ..systems.coarse import Grain
from ..systems.states import all_states
from .mutual_information import codes

NAMED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sum": lambda states: states.sum(axis=1),
    "parity": lambda states: states.sum(axis=1) % 2,
}


def element_states(elements: Any, states: int) -> np.ndarray:
    """Return the value of each element in each state, shape (states, elements), int.

    >>> element_states(None, 4).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    if elements is None:
        n = states.bit_length() - 1
        if states < 2 or states != 1 << n:
            raise InputError(
                "elements",
                expected="the value of each element in each state, since the states are no power of 2",
                got=f"none, for {states} states",
                remedy="Give elements=, shape (states, elements).",
            )
        return all_states(n).astype(np.int64)
    table = as_float_array(elements, "elements")
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or len(table) != states or not np.isfinite(table).all() or (table != np.round(table)).any():
        raise InputError(
            "elements",
            expected=f"whole numbers, shape ({states}, elements)",
            got=f"shape {table.shape}",
            remedy="One row a state, one column an element.",
        )
    return table.astype(np.int64)


def feature_of_states(feature: Any, states: np.ndarray, labels: Sequence[str], *, binary: bool) -> np.ndarray:
    """Return the code of V in each state, shape (states,)."""
    if isinstance(feature, str):
        return codes(NAMED[choose(feature, tuple(NAMED), "feature")](states)[:, None].astype(np.float64))
    if isinstance(feature, Grain):
        if not binary or max(feature.nodes) >= states.shape[1]:
            raise InputError(
                "feature",
                expected=f"a grain of {len(labels)} binary elements",
                got=str(feature),
                remedy="Give one value a state instead.",
            )
        macro = np.array([feature.macro_state(state) for state in states.tolist()], dtype=np.float64)
        return codes(macro)
    if callable(feature):
        found = [feature(tuple(state)) for state in states.tolist()]
        try:
            names = {value: place for place, value in enumerate(dict.fromkeys(found))}
        except TypeError:
            raise InputError(
                "feature",
                expected="a function whose values can be compared",
                got=type(found[0]).__name__,
                remedy="Return a number, a text or a tuple.",
            ) from None
        return np.array([names[value] for value in found], dtype=np.int64)
    table = as_float_array(feature, "feature")
    if table.shape != (len(states),) or not np.isfinite(table).all():
        raise InputError(
            "feature",
            expected=f"one finite value for each of {len(states)} states",
            got=f"shape {table.shape}" if table.shape != (len(states),) else "NaN or infinity",
            remedy='Give values in index order (element 0 varies fastest), a function of the state, "parity" or "sum".',
        )
    return codes(table[:, None])


def feature_weights(feature: Any, n: int) -> np.ndarray:
    """Return the weights W of a linear feature, shape (m, n)."""
    if isinstance(feature, str):
        choose(feature, ("sum",), "feature")
        return np.ones((1, n))
    if callable(feature) or isinstance(feature, Grain):
        raise InputError(
            "feature",
            expected=f"weights, shape ({n},) or (m, {n})",
            got=type(feature).__name__,
            remedy="The feature of a linear system is linear: V = W x.",
        )
    table = np.atleast_2d(as_float_array(feature, "feature"))
    if table.ndim != 2 or table.shape[1] != n or not table.size or not np.isfinite(table).all():
        raise InputError(
            "feature",
            expected=f"finite weights, shape ({n},) or (m, {n})",
            got=f"shape {table.shape}",
            remedy="Rows are features, columns variables: V = W x.",
        )
    return table


def present_states(present: Any, tpm: np.ndarray) -> tuple[np.ndarray, str]:
    """Return the distribution over present states, shape (states,), and what it is in words."""
    if isinstance(present, str):
        if choose(present, ("stationary", "uniform"), "present") == "uniform":
            return np.full(len(tpm), 1.0 / len(tpm)), "uniform over all states"
        return stationary(tpm), "the stationary distribution"
    weights = as_float_array(present, "present")
    if weights.shape != (len(tpm),) or not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
        raise InputError(
            "present",
            expected=f"{len(tpm)} weights >= 0, not all 0",
            got=f"shape {weights.shape}, from {weights.min(initial=0.0):g} to {weights.max(initial=0.0):g}",
            remedy='Give one weight a state, "stationary" or "uniform".',
        )
    return weights / weights.sum(), "as given"


def stationary(tpm: np.ndarray) -> np.ndarray:
    """Return the one stationary distribution of a TPM, shape (states,).

    >>> stationary(np.array([[0.5, 0.5], [1.0, 0.0]])).round(6).tolist()
    [0.666667, 0.333333]
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    count, group = connected_components(csr_array((tpm > 0).astype(np.float64)), directed=True, connection="strong")
    leaves = {int(group[i]) for i, j in zip(*np.nonzero(tpm > 0), strict=True) if group[i] != group[j]}
    closed = [g for g in range(count) if g not in leaves]
    if len(closed) > 1:
        raise InputError(
            "present",
            expected="one stationary distribution",
            got=f"{len(closed)} sets of states that are never left",
            remedy='Say where the system is: present="uniform", or weights of the states.',
        )
    inside = np.flatnonzero(group == closed[0])
    block = tpm[np.ix_(inside, inside)]
    # pi (T - 1) = 0 and sum(pi) = 1: one equation of the first set is redundant and gives its place to the second.
    equations = (block - np.eye(len(block))).T
    equations[-1] = 1.0
    right = np.zeros(len(block))
    right[-1] = 1.0
    out = np.zeros(len(tpm))
    out[inside] = np.maximum(np.linalg.solve(equations, right), 0.0)
    return out / out.sum()
