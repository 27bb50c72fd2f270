"""Integrated information of one candidate set in one state: the public verb, and the searches behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .._checks import as_number, choose, node_indices
from .._errors import ConditionalDependenceError, InputError, UnreachableStateError
from .._provenance import Provenance
from ..systems import coarse, markov
from ..systems.coarse import Grain, micro_grain
from ..systems.network import INDEPENDENCE_TOLERANCE, Network
from ..systems.states import format_state, mask_of, state_index
from . import cuts as cut_search
from .compiled import kernels
from .conventions import IIT_CONVENTIONS, MACRO_CONVENTIONS, ONE_ELEMENT, TOLERANCE
from .cost import check_cost, check_micro, macro_seconds
from .prepared import Prepared, prepare
from .results import CauseEffectStructure, Cut, IntegratedInformation
from .structure import Account, Description
from .ties import phi_range

NO_CONCEPTS = "no concepts"
NOT_STRONG = "not strongly connected"
ONE_MICRO = "a single micro element"
ONE_MACRO = "a single macro element"
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
        Present state of all n elements, element 0 first.
    nodes : sequence of int or str, optional
        The candidate set; all other elements are frozen in `state`. Default: all elements.
    grain : Grain, optional
        Look at the set through this coarse-graining (cuts stay cuts of micro elements). Excludes `nodes`.
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
        ``.phi``, ``.cut.from_nodes``, ``.cut.to_nodes``, ``.ties``, ``.structure.concepts`` ...

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
    checked = network.check_state(state)
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
    settings = {
        "state": format_state(checked),
        "nodes": list(grain.nodes),
        "grain": grain.label(network.labels),
        "ties": ties,
        "one_element": one_element,
        "self_loop": self_loop,
        "max_dependence": max_dependence,
    }
    conventions = IIT_CONVENTIONS if grain.is_micro else IIT_CONVENTIONS | MACRO_CONVENTIONS
    provenance = Provenance("big_phi", settings, network.hash, conventions, network.caution)
    prepared = prepare(network, checked, grain.nodes)
    if not prepared.reachable:
        raise UnreachableStateError(
            "state",
            expected="a state of the candidate set that some state leads to",
            got=f"{format_state([checked[i] for i in grain.nodes])} of "
            f"{', '.join(network.labels[i] for i in grain.nodes)} with the others frozen",
            remedy="With this background the set can't have come into its state: choose another set or state.",
        )
    if grain.is_micro:
        check_micro(prepared, max_cost, f"exact Phi of {len(grain.nodes)} elements")
        search: _Search = _Micro(prepared, workers, progress)
    else:
        check_cost(macro_seconds(len(grain.nodes), len(grain.groups)), max_cost, f"exact Phi at the grain {grain}")
        search = _Macro(prepared, grain, max_dependence, grain.label(network.labels))
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
        state=checked,
        labels=network.labels,
        grain=grain,
        names=network.labels if grain.is_micro else _macro_names(grain, network.labels),
        provenance=provenance,
        reason=reason,
    )
    if ties == "range":
        result = replace(result, phi_range=phi_range(search) if source else (result.phi, result.phi))
    return result


@dataclass
class _Search(ABC):
    """What micro and macro searches share: how to build the whole and each cut system."""

    prepared: Prepared
    workers: int = 1
    progress: bool | None = None

    @property
    def cuts(self) -> range:
        """Sending sides of all cuts."""
        return range(1, (1 << len(self.prepared.nodes)) - 1)

    @abstractmethod
    def run(self, one_element: str, self_loop: bool) -> tuple[float, int, np.ndarray, str]:
        """Return (Phi, sending side of the cut or 0, distances by sending side, why Phi is 0 without a cut)."""

    @abstractmethod
    def whole(self) -> Any:
        """Return (system, effect marginals, structure) of the uncut system."""

    @abstractmethod
    def after(self, source: int, whole: Any) -> Any:
        """Return (system, effect marginals, sending side, cut id, structure) after a cut."""

    @abstractmethod
    def names(self) -> tuple[int, ...]:
        """Return the indices under which the elements are shown."""

    @abstractmethod
    def describe(self, source: int) -> tuple[Any, Any, float]:
        """Return the accounts of the whole structure and of that after a cut (0: the whole's again), their distance."""

    @property
    def threaded(self) -> bool:
        """Whether the search went cut by cut."""
        return False


def _unfold(system: Any, effect: np.ndarray, source: int, cut_id: int, eligible: np.ndarray) -> Any:
    found = kernels().concepts.new_structure(len(effect))
    kernels().structure.unfold_all(system, effect, source, cut_id, eligible, found, TOLERANCE)
    return found


def _eligible(whole: Any, source: int, micro: np.ndarray) -> np.ndarray:
    eligible = np.zeros(len(micro), dtype=bool)
    kernels().structure.mark_eligible(whole, source, micro, eligible)
    return eligible


class _Micro(_Search):
    @property
    def threaded(self) -> bool:
        return len(self.prepared.nodes) >= cut_search.ONE_BY_ONE

    def run(self, one_element: str, self_loop: bool) -> tuple[float, int, np.ndarray, str]:
        p = self.prepared
        k = len(p.nodes)
        if k == 1:
            counts = np.zeros(8, dtype=np.int64)
            phi = 0.0
            if self_loop and p.inputs[0]:
                phi = kernels().search.self_loop_search(p.on, p.state, TOLERANCE, counts)
            return phi, 0, np.full(2, np.nan), "" if phi > 0 else ONE_MICRO
        phi, source, distances = cut_search.search_cuts(p, self.workers, self.progress)
        reason = ""
        if not source:
            reason = NO_CONCEPTS if kernels().search.is_strong(p.inputs, k) else NOT_STRONG
        return phi, source, distances, reason

    def names(self) -> tuple[int, ...]:
        return self.prepared.nodes

    def describe(self, source: int) -> tuple[Any, Any, float]:
        p = self.prepared
        return kernels().detail.describe_micro(p.on, p.inputs, p.state, source, TOLERANCE)

    def whole(self) -> Any:
        p = self.prepared
        system = kernels().tables.new_system(p.on, p.inputs, p.state, np.zeros(8, dtype=np.int64))
        effect = kernels().tables.effect_of(system)
        return system, effect, _unfold(system, effect, 0, 0, np.ones(1 << len(p.nodes), dtype=bool))

    def after(self, source: int, whole: Any) -> Any:
        system, intact, found = whole
        effect = np.empty_like(intact)
        kernels().effect.cut_effects(intact, source, effect)
        eligible = _eligible(found, source, np.arange(1 << len(effect)))
        # Each cut needs an id of its own: repertoires computed under another cut are not valid here.
        return system, effect, source, source, _unfold(system, effect, source, source, eligible)


class _Macro(_Search):
    def __init__(self, prepared: Prepared, grain: Grain, max_dependence: float, names: str = "this grain") -> None:
        super().__init__(prepared)
        self.grain = grain
        joint = coarse.macro_tpm(prepared.on, grain)
        found = markov.dependence(joint)
        if found > max_dependence:
            raise ConditionalDependenceError(
                "grain",
                expected=f"a macro TPM of independent updates (dependence <= {max_dependence:g})",
                got=f"dependence {found:.4g} at {names}",
                remedy="Choose another grain, or accept it with max_dependence; such Phi isn't comparable.",
            )
        self.on = np.ascontiguousarray(np.clip(markov.to_state_by_node(joint), 0.0, 1.0))
        state = [0] * (max(prepared.nodes) + 1)
        for place, node in enumerate(prepared.nodes):
            state[node] = prepared.state >> place & 1
        self.state = state_index(grain.macro_state(state))
        place = {node: p for p, node in enumerate(prepared.nodes)}
        elements = [mask_of(place[i] for i in group) for group in grain.groups]
        k = len(elements)
        self.micro = np.array([sum(elements[g] for g in range(k) if m >> g & 1) for m in range(1 << k)])
        self.inputs = np.full(k, (1 << k) - 1, dtype=np.int64)

    def _cut_on(self, source: int) -> np.ndarray:
        cut = coarse.cut_micro(self.prepared.on, [p for p in range(len(self.prepared.nodes)) if source >> p & 1])
        return np.ascontiguousarray(coarse.macro_marginals(cut, self.grain))

    def run(self, one_element: str, self_loop: bool) -> tuple[float, int, np.ndarray, str]:
        n = len(self.prepared.nodes)
        if len(self.grain.groups) == 1 and one_element == "zero":
            return 0.0, 0, np.full(1 << n, np.nan), ONE_MACRO
        cut_on = np.zeros((1 << n, *self.on.shape))
        for source in self.cuts:
            cut_on[source] = self._cut_on(source)
        phi, source, distances = kernels().search.macro_search(
            self.on, cut_on, self.micro, self.state, TOLERANCE, False, 0.0, np.zeros(8, dtype=np.int64)
        )
        return phi, int(source), distances, "" if source else NO_CONCEPTS

    def names(self) -> tuple[int, ...]:
        return tuple(range(len(self.grain.groups)))

    def describe(self, source: int) -> tuple[Any, Any, float]:
        cut_on = self._cut_on(source) if source else self.on
        return kernels().detail.describe_macro(self.on, cut_on, self.micro, self.state, source, TOLERANCE)

    def _unfolded(self, on: np.ndarray, eligible: np.ndarray) -> Any:
        system = kernels().tables.new_system(on, self.inputs, self.state, np.zeros(8, dtype=np.int64))
        effect = kernels().tables.effect_of(system)
        return system, effect, _unfold(system, effect, 0, 0, eligible)

    def whole(self) -> Any:
        return self._unfolded(self.on, np.ones(1 << len(self.inputs), dtype=bool))

    def after(self, source: int, whole: Any) -> Any:
        system, effect, found = self._unfolded(self._cut_on(source), _eligible(whole[2], source, self.micro))
        return system, effect, 0, 0, found


def _macro_names(grain: Grain, labels: Sequence[str]) -> tuple[str, ...]:
    return tuple("".join(labels[i] for i in group) for group in grain.groups)
