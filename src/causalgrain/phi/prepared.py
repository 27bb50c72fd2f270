"""A candidate set made ready for the kernels: conditioned TPM, input masks, state index."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..systems import markov
from ..systems.network import Network
from ..systems.states import mask_of, state_index
from ..systems.unfolding import condition_history


@dataclass(frozen=True, eq=False)
class Prepared:
    """A micro candidate set with its background frozen.

    Attributes
    ----------
    on : ndarray, shape (2**k, k)
        State-by-node TPM.
    inputs : ndarray, shape (k,), int64
        Bit mask of the inputs of each element, by position in the set.
    state : int
        Index of the set's state.
    nodes : tuple of int
        Elements of the network, by position.
    """

    on: np.ndarray
    inputs: np.ndarray
    state: int
    nodes: tuple[int, ...]

    @property
    def reachable(self) -> bool:
        """Whether some state of the set, with this background, leads to its state."""
        bits = (self.state >> np.arange(len(self.nodes))) & 1
        return bool((np.where(bits, self.on, 1.0 - self.on) > 0.0).all(axis=1).any())

    def cut_nodes(self, source: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the network's elements on the sending and receiving side of a cut."""
        sending = tuple(node for p, node in enumerate(self.nodes) if source >> p & 1)
        receiving = tuple(node for p, node in enumerate(self.nodes) if not source >> p & 1)
        return sending, receiving


def prepare(network: Network, state: tuple[int, ...], nodes: tuple[int, ...]) -> Prepared:
    """Freeze the elements outside `nodes` in `state`; average inputs without a connection, and older states, out."""
    if len(nodes) == network.n and nodes == tuple(range(network.n)):
        on, inputs = _whole(network)
    else:
        on, inputs = _tables(network, state, nodes)
    return Prepared(on, inputs, state_index([state[i] for i in nodes]), nodes)


@lru_cache(maxsize=32)
def _whole(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """The tables of all elements: there is no background, so they hold in every state."""
    return _tables(network, (0,) * network.n, tuple(range(network.n)))


def _tables(network: Network, state: tuple[int, ...], nodes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    within = network.edges[np.ix_(nodes, nodes)]
    k = len(nodes)
    on = condition_history(network.tpm, nodes, state, network.order).reshape(-1, 1 << k, k).mean(axis=0)
    if (markov.functional_edges(on) & ~within).any():
        on = markov.average_missing_inputs(on, within)
    inputs = np.array([mask_of(np.flatnonzero(within[:, j])) for j in range(len(nodes))], dtype=np.int64)
    return np.ascontiguousarray(on), inputs
