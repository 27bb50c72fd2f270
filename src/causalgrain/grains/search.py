"""The search over every grain of a system: all candidate sets, groupings, mappings and macro steps.

Here it is said what is to be done and what comes out; :mod:`causalgrain.grains.run` does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from .._checks import as_number, as_whole, choose, node_indices
from .._errors import CostError, InputError
from .._provenance import Provenance
from ..phi.conventions import (
    IIT_CONVENTIONS,
    MACRO_CONVENTIONS,
    ONE_ELEMENT,
    ORDER_CONVENTIONS,
    TEMPORAL_CONVENTIONS,
)
from ..phi.cost import check_cost, macro_seconds, micro_seconds
from ..phi.prepared import prepare
from ..phi.temporal import prepare_unfolded
from ..profile import GrainProfile
from ..systems.history import as_history, format_history, last_states
from ..systems.network import INDEPENDENCE_TOLERANCE, Network
from ..systems.states import format_state, index_state, state_index
from ..systems.unfolding import MAX_UNFOLDED
from .estimated import admit_dependence
from .lattice import count_grains, count_grains_in_time, grains_of
from .run import Settings, Unit, run
from .table import MEASURES, REASONS, assemble
from .temporal import TemporalUnit

MAX_GRAINS = 3_000_000
UNREACHABLE = "no block leads to the last states of some candidate sets"

GIVEN_UP = (
    "best only: {:,} grains were given up below the best; runner-up, margin, maxima per level and the number admitted "
    "are of the others"
)


def scan(
    network: Network,
    state: Any = None,
    nodes: Any = "all",
    *,
    max_tau: int = 1,
    blocks: str = "counts",
    one_element: str = "zero",
    max_dependence: float | None = None,
    best_only: bool = False,
    workers: int = 1,
    max_cost: float = 3600.0,
    progress: bool | None = None,
) -> GrainProfile:
    """Return Phi and effective information at every grain of a system, and where Phi peaks.

    Every candidate set is looked at through all its disjoint groupings and all two-way mappings of the groups'
    counts, over macro steps of 1 to `max_tau` micro updates. Each grain's macro TPM is found by macro perturbation;
    cuts are cuts of micro elements, unfolded in time where the macro step is longer than one update.

    Parameters
    ----------
    network : Network
        n micro elements. There are 185 grains for n = 4, 8,948 for n = 6, 657,588 for n = 8.
    state : sequence of {0, 1}, str, or mapping of state -> weight, optional
        The present micro state; or several with weights, and Phi is their weighted mean. Default: the visited
        states of a network from a recording, weighted by occupancy. With `max_tau` > 1: the last `max_tau` states,
        oldest first, "01 11".
    nodes : "all", "full", or a sequence of int or str
        Candidate sets: every non-empty set, the full set, or one set.
    max_tau : int
        Longest macro step, in micro updates: all steps from 1 to it are looked at.
    blocks : {"counts", "sequences"}
        How the block of a macro step decides what a group is: by its number of ON micro elements over all updates; or
        by the sequence of these numbers, so that their order in time matters (there are many more mappings).
    one_element : {"zero", "pyphi"}
        Phi of a grain of one macro element: 0, or as PyPhi computes it.
    max_dependence : float, optional
        Grains whose macro TPM is more dependent than this get no part in the peak. Default for exact networks:
        1e-8. Estimated networks have no default: all grains get their Phi, no peak is named here, and
        :func:`causalgrain.peaks_by_dependence` says how it depends on the threshold.
    best_only : bool
        Give a grain up as soon as one of its cuts lies below the Phi of another grain: the peak and its ties are
        exact, the others' Phi is NaN where it was not needed (and `runner_up`, `margin`, `levels` with it).
        One state and one update only.
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
        ``phi_by_state`` (grain, state) and ``cut`` (grain, state, node): the sending side of the partition (with
        `max_tau` > 1 the nodes are unfolded: "A" at the present update, "A(t-1)" one before).

    Raises
    ------
    UnreachableStateError
        No state leads to the present state. (Where no block leads to the last states at a longer macro step, its
        grains have no Phi, and a note says so.)
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

    Two elements that read each other two updates back are nothing at one update, and two copies side by side at two:

    >>> swap = cg.Network([[a >> 3 & 1, a >> 2 & 1] for a in range(16)], order=2)
    >>> profile = cg.scan(swap, "11 11", "full", max_tau=2)
    >>> at_two = profile.grains.index(cg.as_grain("AB", [[1, 2], [1, 2]], "AB", tau=2))
    >>> profile.grains.label(at_two), [profile.values(name)[[0, at_two]].tolist() for name in ("phi", "ei")]
    ('{A}{B} tau=2 ON=1,2|1,2', [[0.0, 0.0], [0.0, 2.0]])

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
    longest = as_whole(max_tau, "max_tau", low=1, high=MAX_UNFOLDED)
    by_sequence = choose(blocks, ("counts", "sequences"), "blocks") == "sequences"
    history = _history(network, state, longest)
    weights = _weights(network, history[-1] if history else state)
    if best_only and longest > 1:
        raise InputError(
            "best_only",
            expected="max_tau=1",
            got=f"max_tau={longest}",
            remedy="Over several macro steps every grain gets its Phi: leave best_only out.",
        )
    if best_only and (len(weights) > 1 or not exact):
        raise InputError(
            "best_only",
            expected="an exact network in one state",
            got=f"{len(weights)} states" if exact else "an estimated network",
            remedy="The mean over states needs Phi of every grain: leave best_only out.",
        )
    sets = _candidate_sets(network, nodes)
    total = sum(count_grains_in_time(len(s), t, by_sequence) for s in sets for t in range(1, longest + 1))
    _refuse_if_too_large(network, weights, sets, total, threshold, max_cost, longest)
    units = _units(network, weights, sets)
    later = [
        TemporalUnit(prepare_unfolded(network, history, s, tau), grains_of(s, network.labels, tau, by_sequence))
        for tau in range(2, longest + 1)
        for s in sets
    ]
    check_cost(
        sum(unit.seconds for unit in later), max_cost, f"the scan of {total:,} grains over {longest} macro steps"
    )
    run(units, Settings(threshold, one_element == "pyphi", best_only), workers, progress, later)
    grains, data = assemble(network, weights, units, later, threshold)
    settings = {
        "state": format_history(history) if longest > 1 else _state_setting(network, weights, state),
        "nodes": nodes if isinstance(nodes, str) and nodes not in network.labels else list(sets[0]),
        **({"max_tau": longest, "blocks": blocks} if longest > 1 else {}),
        "one_element": one_element,
        "max_dependence": max_dependence,
        "best_only": best_only,
    }
    conventions = IIT_CONVENTIONS | MACRO_CONVENTIONS
    conventions |= (TEMPORAL_CONVENTIONS if longest > 1 else {}) | (ORDER_CONVENTIONS if network.order > 1 else {})
    provenance = Provenance("scan", settings, network.hash, conventions, network.caution)
    states = format_history(history) if longest > 1 else _describe_states(weights, network.n)
    what = f"{network.n} elements ({', '.join(network.labels)}), state {states}"
    given_up = int((data["reason"] == REASONS[3]).sum())
    notes = (GIVEN_UP.format(given_up),) if given_up else ()
    lost = sorted({unit.tau for unit in later if not unit.unfolded.reachable})
    if lost:
        steps = ", ".join(str(tau) for tau in lost)
        notes += (f"{UNREACHABLE} (tau = {steps}): its grains have no Phi and no part in the peak",)
    profile = GrainProfile(data, grains, MEASURES, what, provenance, notes)
    if exact:
        return profile
    if max_dependence is None:
        unnamed = "the TPM is estimated, so the peak depends on max_dependence: see peaks_by_dependence"
        return profile.admit(data["admitted"].values, unnamed=unnamed)
    return admit_dependence(profile, threshold)


def _history(network: Network, state: Any, longest: int) -> tuple[tuple[int, ...], ...]:
    """Return the last states, oldest first, as many as the longest macro step takes; () for several states."""
    if state is None or isinstance(state, Mapping):
        if longest == 1:
            return ()
        raise InputError(
            "state",
            expected=f"one history: the last {longest} states, oldest first",
            got="several states" if state is not None else "none",
            remedy=f"A macro step of several updates is in one state: try '{' '.join(['0' * network.n] * longest)}'.",
        )
    return last_states(as_history(state, network.n), longest)


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
    longest: int,
) -> None:
    if total > MAX_GRAINS:
        raise CostError(
            f"scan of {network.n} elements",
            expected=f"at most {MAX_GRAINS:,} grains",
            got=f"{total:,}",
            remedy="Take a shorter max_tau, or blocks by counts."
            if longest > 1
            else "Name a smaller candidate set with nodes=[...]; 8 elements have 657,588 grains in all.",
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
