"""The search over every grain of a system: all candidate sets, all groupings, all mappings.

Here it is said what is to be done and what comes out; :mod:`causalgrain.grains.run` does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from .._checks import as_number, choose, node_indices
from .._errors import CostError, InputError
from .._provenance import Provenance
from ..phi.conventions import IIT_CONVENTIONS, MACRO_CONVENTIONS, ONE_ELEMENT
from ..phi.cost import check_cost, macro_seconds, micro_seconds
from ..phi.prepared import prepare
from ..profile import GrainProfile, Measure
from ..systems.network import INDEPENDENCE_TOLERANCE, Network
from ..systems.states import format_state, index_state, state_index
from .estimated import admit_dependence
from .lattice import GrainTable, count_grains, grains_of, join
from .run import Settings, Unit, run

MAX_GRAINS = 3_000_000

REASONS = ("", "conditionally dependent", "unreachable state", "below the best")
GIVEN_UP = (
    "best only: {:,} grains were given up below the best; runner-up, margin, maxima per level and the number admitted "
    "are of the others"
)

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


def scan(
    network: Network,
    state: Any = None,
    nodes: Any = "all",
    *,
    one_element: str = "zero",
    max_dependence: float | None = None,
    best_only: bool = False,
    workers: int = 1,
    max_cost: float = 3600.0,
    progress: bool | None = None,
) -> GrainProfile:
    """Return Phi and effective information at every grain of a system, and where Phi peaks.

    Every candidate set is looked at through all its disjoint groupings and all two-way mappings of the groups'
    counts. Each grain's macro TPM is found by macro perturbation; cuts are cuts of micro elements.

    Parameters
    ----------
    network : Network
        n micro elements. There are 185 grains for n = 4, 8,948 for n = 6, 657,588 for n = 8.
    state : sequence of {0, 1}, str, or mapping of state -> weight, optional
        The present micro state; or several with weights, and Phi is their weighted mean. Default: the visited
        states of a network from a recording, weighted by occupancy.
    nodes : "all", "full", or a sequence of int or str
        Candidate sets: every non-empty set, the full set, or one set.
    one_element : {"zero", "pyphi"}
        Phi of a grain of one macro element: 0, or as PyPhi computes it.
    max_dependence : float, optional
        Grains whose macro TPM is more dependent than this get no part in the peak. Default for exact networks:
        1e-8. Estimated networks have no default: all grains get their Phi, no peak is named here, and
        :func:`causalgrain.peaks_by_dependence` says how it depends on the threshold.
    best_only : bool
        Give a grain up as soon as one of its cuts lies below the Phi of another grain: the peak and its ties are
        exact, the others' Phi is NaN where it was not needed (and `runner_up`, `margin`, `levels` with it).
        One state only.
    workers : int
        Threads; -1 for all cores. The result does not depend on it.
    max_cost : float, seconds
        Refuse to start when the estimate is above it.
    progress : bool, optional
        Whether to show a progress bar. Default: on a terminal.

    Returns
    -------
    GrainProfile
        ``.peak``, ``.runner_up``, ``.margin``, ``.ties``, ``.levels``, ``.table``; ``.data`` also holds
        ``phi_by_state`` (grain, state) and ``cut`` (grain, state, node): the sending side of the partition.

    Raises
    ------
    UnreachableStateError
        No state leads to `state`.
    CostError
        The search would take too long or too much memory.

    Examples
    --------
    >>> import causalgrain as cg
    >>> profile = cg.scan(cg.published("hoel2016-fig2"), "0000")
    >>> print(profile.peak)
    {AB}{CD} ON=2|2  0.597213
    >>> round(profile.margin, 6), len(profile), profile.n_admitted
    (0.40254, 185, 123)

    References
    ----------
    Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012, "Coarse-graining".
    """
    choose(one_element, ONE_ELEMENT, "one_element")
    as_number(max_cost, "max_cost", low=0.0)
    if not isinstance(workers, int) or workers == 0 or workers < -1:
        raise InputError("workers", expected="a number of threads, or -1", got=repr(workers), remedy="Try workers=1.")
    exact = network.origin == "exact"
    threshold = INDEPENDENCE_TOLERANCE if exact else 1.0
    if max_dependence is not None:
        threshold = as_number(max_dependence, "max_dependence", low=0.0)
    weights = _weights(network, state)
    if best_only and (len(weights) > 1 or not exact):
        raise InputError(
            "best_only",
            expected="an exact network in one state",
            got=f"{len(weights)} states" if exact else "an estimated network",
            remedy="The mean over states needs Phi of every grain: leave best_only out.",
        )
    sets = _candidate_sets(network, nodes)
    total = sum(count_grains(len(s)) for s in sets)
    _refuse_if_too_large(network, weights, sets, total, threshold, max_cost)
    units = _units(network, weights, sets)
    run(units, Settings(threshold, one_element == "pyphi", best_only), workers, progress)
    grains, data = _assemble(network, weights, units, threshold)
    settings = {
        "state": _state_setting(network, weights, state),
        "nodes": nodes if isinstance(nodes, str) and nodes not in network.labels else list(sets[0]),
        "one_element": one_element,
        "max_dependence": max_dependence,
        "best_only": best_only,
    }
    provenance = Provenance("scan", settings, network.hash, IIT_CONVENTIONS | MACRO_CONVENTIONS, network.caution)
    what = f"{network.n} elements ({', '.join(network.labels)}), state {_describe_states(weights, network.n)}"
    given_up = int((data["reason"] == REASONS[3]).sum())
    notes = (GIVEN_UP.format(given_up),) if given_up else ()
    profile = GrainProfile(data, grains, MEASURES, what, provenance, notes)
    if exact:
        return profile
    if max_dependence is None:
        unnamed = "the TPM is estimated, so the peak depends on max_dependence: see peaks_by_dependence"
        return profile.admit(data["admitted"].values, unnamed=unnamed)
    return admit_dependence(profile, threshold)


# -- what is to be done ------------------------------------------------------------------------------------------


def _weights(network: Network, state: Any) -> dict[int, float]:
    """Return {state index: weight}, weights summing to 1; unreachable visited states are left out."""
    if state is None:
        if network.occupancy is None:
            raise InputError(
                "state",
                expected="a state of the network",
                got="none",
                remedy=f"Phi is a property of a system in a state: give one, such as '{'0' * network.n}'.",
            )
        raw = {int(i): float(network.occupancy[i]) for i in np.flatnonzero(network.occupancy)}
        raw = {i: w for i, w in raw.items() if network.reachable(index_state(i, network.n))}
    elif isinstance(state, Mapping):
        raw = {}
        for one, weight in state.items():
            index = state_index(network.check_state(one))
            raw[index] = raw.get(index, 0.0) + as_number(weight, "weight of a state", low=0.0, high=1e300)
        raw = {i: w for i, w in raw.items() if w > 0}
    else:
        raw = {state_index(network.check_state(state)): 1.0}
    total = sum(raw.values())
    if not total > 0:
        raise InputError(
            "state", expected="at least one state with a weight", got="none", remedy="Name a visited state."
        )
    return {i: w / total for i, w in sorted(raw.items())}


def _state_setting(network: Network, weights: Mapping[int, float], state: Any) -> Any:
    """How the states looked at are recorded: one state, the visited ones, or the shares given."""
    if state is None:
        return "visited states by occupancy"
    shares = {format_state(index_state(i, network.n)): w for i, w in weights.items()}
    return next(iter(shares)) if len(shares) == 1 else shares


def _describe_states(weights: Mapping[int, float], n: int) -> str:
    if len(weights) == 1:
        return format_state(index_state(next(iter(weights)), n))
    return f"mean of {len(weights)} by their shares"


def _candidate_sets(network: Network, nodes: Any) -> list[tuple[int, ...]]:
    everything = tuple(range(network.n))
    if isinstance(nodes, str):
        if nodes == "full":
            return [everything]
        if nodes == "all":
            # Larger sets first, then in index order.
            return [s for size in range(network.n, 0, -1) for s in combinations(everything, size)]
        if nodes not in network.labels:
            choose(nodes, ("all", "full", *network.labels), "nodes")
    return [node_indices(nodes, network.labels)]


def _refuse_if_too_large(
    network: Network,
    weights: Mapping[int, float],
    sets: Sequence[tuple[int, ...]],
    total: int,
    threshold: float,
    max_cost: float,
) -> None:
    if total > MAX_GRAINS:
        raise CostError(
            f"scan of {network.n} elements",
            expected=f"at most {MAX_GRAINS:,} grains",
            got=f"{total:,}",
            remedy="Name a smaller candidate set with nodes=[...]; 8 elements have 657,588 grains in all.",
        )
    states = len(weights)
    state = index_state(next(iter(weights)), network.n)
    # Macro TPM of every grain, then the micro sets; a threshold that admits dependent grains admits most of them.
    seconds = sum(count_grains(len(s)) * 4e-9 * 4.0 ** len(s) for s in sets)
    seconds += states * sum(micro_seconds(prepare(network, state, s)) for s in sets if len(s) >= network.n - 1)
    if threshold > INDEPENDENCE_TOLERANCE:
        for s in sets:
            for m, many in zip(*np.unique(grains_of(s, network.labels).n_macro, return_counts=True), strict=True):
                seconds += macro_seconds(len(s), int(m)) * many * min(states, 2**m)
    check_cost(seconds, max_cost, f"the scan of {total:,} grains in {states} states")


def _units(network: Network, weights: Mapping[int, float], sets: Sequence[tuple[int, ...]]) -> list[Unit]:
    indices = list(weights)
    units = []
    for nodes in sets:
        inside = sum(1 << i for i in nodes)
        grains = grains_of(nodes, network.labels)
        backgrounds: dict[int, list[int]] = {}
        for row, index in enumerate(indices):
            backgrounds.setdefault(index & ~inside, []).append(row)
        for rows in backgrounds.values():
            prepared = [prepare(network, index_state(indices[row], network.n), nodes) for row in rows]
            live = np.array([place for place, p in enumerate(prepared) if p.reachable], dtype=np.int64)
            states = np.array([p.state for p in prepared])
            units.append(Unit(prepared[0], grains, states, np.array(rows), live))
    return units


def _assemble(
    network: Network, weights: Mapping[int, float], units: Sequence[Unit], threshold: float
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
    coordinates = {"condition": ["all"], "state": states, "node": list(network.labels)}
    return grains, xr.Dataset(variables, coords=coordinates, attrs={"phi_taken_up_to_dependence": threshold})
