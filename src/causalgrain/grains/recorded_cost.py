"""What a scan of a recording would cost, said before it starts."""

from __future__ import annotations

import numpy as np

from ..phi.cost import macro_seconds, micro_seconds
from ..phi.prepared import prepare
from ..systems.network import Network
from ..systems.states import index_state
from .recorded_draws import Sampler


def scan_seconds(sampler: Sampler) -> float:
    """Estimate the CPU time of one scan of one cell at every grain, in seconds; the densest cell stands for all."""
    study = sampler.study
    n = study.grains.group.shape[1]
    sizes, many = np.unique(study.grains.n_macro[1:], return_counts=True)
    dearest = 0.0
    for name in study.conditions:
        for transitions in sampler.transitions[name]:
            counts = transitions.counts()
            visited = np.flatnonzero(counts.sum(axis=1))
            network = Network.from_counts(counts, prior=study.prior)
            prepared = prepare(network, index_state(int(visited[0]), n), tuple(range(n)))
            seconds = len(visited) * micro_seconds(prepared)
            for m, grains in zip(sizes.tolist(), many.tolist(), strict=True):
                seconds += macro_seconds(n, m) * grains * min(len(visited), 2**m)
            dearest = max(dearest, seconds)
    return dearest
