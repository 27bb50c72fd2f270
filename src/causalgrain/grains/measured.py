"""Phi and effective information at chosen grains of a network estimated from counts: the unit of work of every draw.

Convention: Phi of a grain is its mean over the visited states weighted by occupancy, each distinct state computed once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..phi.prepared import prepare
from ..systems.network import Network
from ..systems.states import index_state
from .lattice import GrainTable
from .run import Settings, Unit, measure_unit


@dataclass(frozen=True, eq=False)
class Measured:
    """What one set of counts says at every grain asked for.

    Attributes
    ----------
    phi, ei, dependence : ndarray, shape (grains,)
        Phi is NaN where the grain's dependence is above the largest that is taken.
    phi_by_state : ndarray, shape (grains, 2**n)
        NaN for states that weren't visited.
    """

    phi: np.ndarray
    ei: np.ndarray
    dependence: np.ndarray
    phi_by_state: np.ndarray


def measure_counts(counts: np.ndarray, grains: GrainTable, *, prior: float, settings: Settings) -> Measured:
    """Measure the grains of the full set of a network estimated from transition counts (2**n, 2**n).

    The first row of `grains` must be the micro grain.
    """
    network = Network.from_counts(counts, prior=prior, labels=grains.labels)
    n = network.n
    visits = counts.sum(axis=1).astype(np.float64)
    nodes = tuple(range(n))
    prepared = {int(x): prepare(network, index_state(int(x), n), nodes) for x in np.flatnonzero(visits)}
    live = np.array([x for x, p in prepared.items() if p.reachable], dtype=np.int64)
    by_state = np.full((len(grains), 1 << n), np.nan)
    if not len(live):
        nothing = np.full(len(grains), np.nan)
        return Measured(nothing, nothing.copy(), nothing.copy(), by_state)
    unit = Unit(prepared[int(live[0])], grains, live, np.arange(len(live)), np.arange(len(live)))
    measure_unit(unit, settings)
    by_state[:, live] = unit.phi
    return Measured(
        phi=unit.phi @ (visits[live] / visits[live].sum()),
        ei=unit.table[:, 1].copy(),
        dependence=unit.table[:, 0].copy(),
        phi_by_state=by_state,
    )
