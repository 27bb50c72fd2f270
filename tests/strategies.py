"""Hypothesis strategies for systems, published for users' own tests too."""

import numpy as np
from hypothesis import strategies as st

from causalgrain import Network
from causalgrain.systems.states import index_state

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


@st.composite
def distributions(draw, n):
    """A distribution over the states of `n` elements, with zeros and ties."""
    weights = np.array(draw(st.lists(st.integers(0, 6), min_size=1 << n, max_size=1 << n)), dtype=float)
    if weights.sum() == 0:
        weights[draw(st.integers(0, (1 << n) - 1))] = 1.0
    return weights / weights.sum()


@st.composite
def networks(draw, min_nodes=2, max_nodes=4, probabilities=None):
    """A network with random inputs and random tables; probabilities in quarters (ties) or of any size."""
    n = draw(st.integers(min_nodes, max_nodes))
    if probabilities is None:
        noisy = st.floats(1, 127, width=16).map(lambda v: v / 128)
        probabilities = draw(st.sampled_from([st.sampled_from(QUARTERS), st.sampled_from((0.0, 1.0)), noisy]))
    states = np.arange(1 << n)
    tpm = np.empty((1 << n, n))
    for i in range(n):
        sources = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True).map(sorted))
        table = draw(st.lists(probabilities, min_size=1 << len(sources), max_size=1 << len(sources)))
        index = sum(((states >> source) & 1) << place for place, source in enumerate(sources))
        tpm[:, i] = np.array(table)[index]
    return Network(tpm)


@st.composite
def systems(draw, min_nodes=2, max_nodes=4, probabilities=None):
    """A network and one of its reachable states."""
    network = draw(networks(min_nodes, max_nodes, probabilities))
    reachable = [
        index_state(i, network.n) for i in range(1 << network.n) if network.reachable(index_state(i, network.n))
    ]
    return network, draw(st.sampled_from(reachable))
