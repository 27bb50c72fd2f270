"""Integrated information of one candidate set in one state: the public verb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .._checks import as_number, choose, node_indices
from .._errors import InputError, UnreachableStateError
from .._provenance import Provenance
from ..systems.coarse import Grain, micro_grain
from ..systems.history import as_history, format_history, last_states
from ..systems.network import INDEPENDENCE_TOLERANCE, Network
from .conventions import (
    IIT_CONVENTIONS,
    MACRO_CONVENTIONS,
    ONE_ELEMENT,
    ORDER_CONVENTIONS,
    TEMPORAL_CONVENTIONS,
    TOLERANCE,
)
from .cost import check_cost, check_micro, macro_seconds
from .macro import spatial_macro
from .prepared import prepare
from .results import CauseEffectStructure, Cut, IntegratedInformation
from .searches import MacroSearch, MicroSearch, Search
from .structure import Account, Description
from .temporal import prepare_unfolded, temporal_macro
from .ties import phi_range

EMPTY = CauseEffectStructure(())


def big_phi(
    network: Network,
    state: Any,
    nodes: Any = None,
    *,
    grain: Grain | None = None,
    ties: str = "first",
    one_element: str = "zero",
    self_loop: bool = False,
    max_dependence: float = INDEPENDENCE_TOLERANCE,
    max_cost: float = 3600.0,
    workers: int = 1,
    progress: bool | None = None,
) -> IntegratedInformation:
    """Return the integrated information of a candidate set, exactly, with its concepts and its partition.

    ``Phi = min over cuts of D(C, C_cut)``: the extended earth mover's distance between the cause-effect structures
    of the whole and of the system with the connections from one part to the other severed.

    Parameters
    ----------
    network : Network
        n binary elements.
    state : sequence of {0, 1} or str
        Present state of all n elements, element 0 first. For a grain whose macro step takes tau updates the last tau
        states, oldest first: "01 11".
    nodes : sequence of int or str, optional
        The candidate set; all other elements are frozen in `state`. Default: all elements.
    grain : Grain, optional
        Look at the set through this coarse-graining (cuts stay cuts of micro elements; where its macro step is longer
        than one update, of the elements unfolded in time). Excludes `nodes`.
    ties : {"first", "range"}
        "first": purviews with equal phi are settled by the rule in the result's conventions. "range": also the
        smallest and largest Phi over all ways to settle them, as ``phi_range``.
    one_element : {"zero", "pyphi"}
        Phi of a grain of one macro element: 0, or as PyPhi computes it.
    self_loop : bool
        Whether a single micro element may have Phi > 0, by severing its self-loop.
    max_dependence : float
        Largest conditional dependence of a macro TPM that is accepted.
    max_cost : float, seconds
        Refuse to start when the estimate is above it.
    workers : int
        Threads for sets of seven elements and more (-1: all cores); the result has the same bytes for any number.
    progress : bool, optional
        Show a progress bar. Default: on a terminal, for sets of seven elements and more.

    Returns
    -------
    IntegratedInformation
        ``.phi``, ``.cut.from_nodes``, ``.cut.to_nodes``, ``.ties``, ``.structure.concepts`` ... For tau > 1 the nodes
        of a cut are unfolded elements: place in the set + elements of the set * update, the oldest update 0.

    Raises
    ------
    UnreachableStateError
        No state leads to `state` (so there is no cause repertoire).
    ConditionalDependenceError
        The macro TPM of `grain` is conditionally dependent.
    CostError
        The search would take longer than `max_cost`.

    Examples
    --------
    >>> import causalgrain as cg
    >>> result = cg.big_phi(cg.published("basic"), (1, 0, 0))
    >>> round(result.phi, 6), result.cut.from_nodes, result.cut.to_nodes
    (2.3125, (1, 2), (0,))
    >>> [(c.mechanism, round(c.phi, 6)) for c in result.structure.concepts]
    [((1,), 0.25), ((2,), 0.5), ((0, 1), 0.333333), ((0, 1, 2), 0.5)]

    References
    ----------
    Oizumi, Albantakis & Tononi (2014) PLoS Comput Biol 10:e1003588; Mayner et al. (2018) PLoS Comput Biol
    14:e1006343 (the algorithm); Hoel et al. (2016) Neurosci Conscious niw012 (grains).
    """
    choose(ties, ("first", "range"), "ties")
    as_number(max_dependence, "max_dependence", low=0.0)
    as_number(max_cost, "max_cost", low=0.0)
    if grain is not None and not isinstance(grain, Grain):
        raise InputError(
            "grain", expected="a Grain", got=repr(grain), remedy="Make one with causalgrain.as_grain(groups, mapping)."
        )
    choose(one_element, ONE_ELEMENT, "one_element")
    history = as_history(state, network.n)
    checked = network.check_state(history[-1])
    if grain is not None and nodes is not None:
        raise InputError(
            "grain", expected="either nodes or grain", got="both", remedy="The grain's groups name the candidate set."
        )
    if grain is None:
        everything = nodes is None or (isinstance(nodes, str) and nodes == "full" and nodes not in network.labels)
        members = tuple(range(network.n)) if everything else node_indices(nodes, network.labels)
        grain = micro_grain(members)
    else:
        node_indices(grain.nodes, network.labels, "grain")
    block = last_states(history, grain.tau)
    settings = {
        "state": format_history(block),
        "nodes": list(grain.nodes),
        "grain": grain.label(network.labels),
        "ties": ties,
        "one_element": one_element,
        "self_loop": self_loop,
        "max_dependence": max_dependence,
    }
    conventions = IIT_CONVENTIONS if grain.is_micro else IIT_CONVENTIONS | MACRO_CONVENTIONS
    conventions |= TEMPORAL_CONVENTIONS if grain.tau > 1 else {}
    conventions |= ORDER_CONVENTIONS if network.order > grain.tau else {}
    provenance = Provenance("big_phi", settings, network.hash, conventions, network.caution)
    if grain.tau > 1:
        check_cost(
            macro_seconds(len(grain.nodes) * grain.tau, len(grain.groups)), max_cost, f"exact Phi at the grain {grain}"
        )
        prepared: Any = prepare_unfolded(network, block, grain.nodes, grain.tau)
        reachable = prepared.reachable
    else:
        prepared = prepare(network, checked, grain.nodes)
        reachable = prepared.reachable
    if not reachable:
        raise UnreachableStateError(
            "state",
            expected="a state of the candidate set that some state leads to",
            got=f"{format_history([[one[i] for i in grain.nodes] for one in block])} of "
            f"{', '.join(network.labels[i] for i in grain.nodes)} with the others frozen",
            remedy="With this background the set can't have come into its state: choose another set or state.",
        )
    names = grain.label(network.labels)
    if grain.tau > 1:
        search: Search = MacroSearch(temporal_macro(prepared, grain, max_dependence, names))
    elif grain.is_micro:
        check_micro(prepared, max_cost, f"exact Phi of {len(grain.nodes)} elements")
        search = MicroSearch(prepared, workers, progress)
    else:
        check_cost(macro_seconds(len(grain.nodes), len(grain.groups)), max_cost, f"exact Phi at the grain {grain}")
        search = MacroSearch(spatial_macro(prepared, grain, max_dependence, names))
    phi, source, distances, reason = search.run(one_element, self_loop)
    tied = ()
    if source and phi > 0.0:
        near = np.flatnonzero(np.nan_to_num(distances, nan=np.inf) <= phi + TOLERANCE)
        tied = tuple(Cut(*prepared.cut_nodes(int(s))) for s in near if s != source)
    described = Description(search, source)
    if search.threaded and source and phi > 0.0:
        phi = described.distance  # found afresh for this cut: the same to the last digit for any number of threads
    result = IntegratedInformation(
        phi=float(phi),
        cut=Cut(*prepared.cut_nodes(source)) if source else None,
        ties=tied,
        structure=CauseEffectStructure.from_account(Account(described, 0, search.names())),
        cut_structure=CauseEffectStructure.from_account(Account(described, 1, search.names())) if source else EMPTY,
        nodes=grain.nodes,
        state=block if grain.tau > 1 else checked,
        labels=network.labels,
        grain=grain,
        names=network.labels if grain.is_micro else _macro_names(grain, network.labels),
        provenance=provenance,
        reason=reason,
    )
    if ties == "range":
        result = replace(result, phi_range=phi_range(search) if source else (result.phi, result.phi))
    return result


def _macro_names(grain: Grain, labels: Sequence[str]) -> tuple[str, ...]:
    glue = "" if all(len(name) == 1 for name in labels) else "+"
    return tuple(glue.join(labels[i] for i in group) for group in grain.groups)
