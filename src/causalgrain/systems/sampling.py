"""Recordings with a known answer: a network left to run."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..recordings.recording import Recording
from .network import Network
from .states import as_state


def sample_recording(
    network: Network, steps: int, *, rate: float = 1.0, state: Any = None, rng: int | np.random.Generator = 0
) -> Recording:
    """Let a network run and return what was seen: counts of 0 and 1.

    Parameters
    ----------
    network : Network
    steps : int
        Samples, the first state included.
    rate : float, Hz
        Samples a second.
    state : state, optional
        Where to start. Default: all OFF.
    rng : int or numpy Generator
        Seed or source of randomness.

    Returns
    -------
    Recording
        Shape (steps, n), units named as the elements.

    Examples
    --------
    >>> import causalgrain as cg
    >>> sample_recording(cg.published("basic"), 4, state="100").values.tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    generator = np.random.default_rng(rng)
    weights = 1 << np.arange(network.n)
    values = np.zeros((steps, network.n))
    values[0] = np.zeros(network.n) if state is None else as_state(state, network.n)
    draws = generator.random((steps, network.n))
    history = (1 << (network.n * network.order)) - 1
    index = sum(int(values[0] @ weights) << (network.n * lag) for lag in range(network.order))
    for t in range(1, steps):
        values[t] = draws[t] < network.tpm[index]
        index = (index << network.n & history) | int(values[t] @ weights)
    return Recording(values, rate, network.labels, kind="counts", source="a network left to run")
