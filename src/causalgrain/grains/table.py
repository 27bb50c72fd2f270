"""The table of a search: what its units have measured, put together in the order of the grains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..profile import Measure
from ..systems.network import Network
from ..systems.states import format_state, index_state
from .lattice import GrainTable, join
from .run import Unit
from .temporal import TemporalUnit

REASONS = ("", "conditionally dependent", "unreachable state", "below the best")

MEASURES = (
    Measure("phi", "", "Phi of IIT 3.0; over several states, the mean weighted by occupancy", "maximum"),
    Measure("ei", "bits", "effective information, uniform intervention; subsets: background frozen", "maximum"),
    Measure("determinism", "", "Hoel et al. (2013)", "nothing"),
    Measure("degeneracy", "", "Hoel et al. (2013)", "nothing"),
    Measure("effectiveness", "", "determinism - degeneracy", "nothing"),
    Measure(
        "dependence", "", "worst-row total variation of the macro TPM from the product of its marginals", "nothing"
    ),
)


def assemble(
    network: Network,
    weights: Mapping[int, float],
    units: Sequence[Unit],
    later: Sequence[TemporalUnit],
    threshold: float,
) -> tuple[GrainTable, Any]:
    """Put the units' numbers together, in the order of the table."""
    import xarray as xr

    shares = np.array(list(weights.values()))
    by_set: dict[tuple[int, ...], list[Unit]] = {}
    for unit in units:
        by_set.setdefault(unit.prepared.nodes, []).append(unit)
    tables, phis, cuts, measures, given_up = [], [], [], [], []
    for nodes, done in by_set.items():
        grains = done[0].grains
        phi = np.full((len(grains), len(shares)), np.nan)
        cut = np.zeros((len(grains), len(shares), network.n), dtype=bool)
        measured = np.zeros((len(grains), 4))
        pruned = np.zeros(len(grains), dtype=bool)
        for unit in done:
            pruned |= unit.pruned.any(axis=1)
            phi[:, unit.rows] = unit.phi
            for place, node in enumerate(nodes):
                cut[:, unit.rows, node] = unit.cut >> place & 1
            # Over several backgrounds: the mean of EI by occupancy, the worst dependence.
            measured[:, 1:] += shares[unit.rows].sum() * unit.table[:, 1:]
            measured[:, 0] = np.maximum(measured[:, 0], unit.table[:, 0])
        tables.append(grains)
        phis.append(phi)
        cuts.append(cut)
        measures.append(measured)
        given_up.append(pruned)
    longest = max((unit.tau for unit in later), default=1)
    cuts = [np.concatenate([c, np.zeros((*c.shape[:2], network.n * (longest - 1)), bool)], axis=2) for c in cuts]
    for unit in later:
        nodes, tau = unit.unfolded.nodes, unit.tau
        cut = np.zeros((len(unit.grains), 1, network.n * longest), dtype=bool)
        for s in range(tau):
            for place, node in enumerate(nodes):
                cut[:, 0, network.n * (tau - 1 - s) + node] = unit.cut >> (place + len(nodes) * s) & 1
        tables.append(unit.grains)
        phis.append(unit.phi[:, None])
        cuts.append(cut)
        measures.append(unit.table)
        given_up.append(np.zeros(len(unit.grains), dtype=bool))
    grains = join(tables)
    phi = np.concatenate(phis)
    measured = np.concatenate(measures)
    known = np.isfinite(phi)
    covered = known @ shares
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(covered > 0, np.where(known, phi, 0.0) @ shares / covered, np.nan)
    dependent = measured[:, 0] > threshold
    mean[dependent] = np.nan
    reason = np.where(dependent, REASONS[1], np.where(covered > 0, REASONS[0], REASONS[2]))
    reason[np.concatenate(given_up)] = REASONS[3]
    dims = ("grain", "condition", "draw")
    columns = {
        "phi": mean,
        "ei": measured[:, 1],
        "determinism": measured[:, 2],
        "degeneracy": measured[:, 3],
        "effectiveness": measured[:, 2] - measured[:, 3],
        "dependence": measured[:, 0],
    }
    variables: dict[str, Any] = {name: (dims, values[:, None, None]) for name, values in columns.items()}
    for measure in MEASURES:
        variables[measure.name] += ({"units": measure.unit, "convention": measure.convention},)
    variables["admitted"] = ("grain", (reason == "") & np.isfinite(mean))
    variables["reason"] = ("grain", np.array(reason.tolist()))  # as wide as its longest text
    variables["level"] = ("grain", grains.level)
    variables["nodes"] = ("grain", grains.n_nodes)
    variables["phi_by_state"] = (("grain", "state"), phi)
    variables["cut"] = (("grain", "state", "node"), np.concatenate(cuts))
    variables["share"] = ("state", shares)
    states = [format_state(index_state(i, network.n)) for i in weights]
    for values in variables.values():
        values[1].setflags(write=False)
    coordinates = {"condition": ["all"], "state": states, "node": _unfolded_labels(network, longest)}
    return grains, xr.Dataset(variables, coords=coordinates, attrs={"phi_taken_up_to_dependence": threshold})


def _unfolded_labels(network: Network, longest: int) -> list[str]:
    """Names of the elements at the present update, then one update before, and so on."""
    return [f"{name}(t-{lag})" if lag else name for lag in range(longest) for name in network.labels]
