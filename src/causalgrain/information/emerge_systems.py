"""The rows of known systems: discrete ones (a TPM, a Network), linear Gaussian ones, and weighted networks.

What is looked at by itself: partitions of all states up to 32 states (listed to 9, searched beyond), of larger networks
of elements the groupings of up to 8 elements; the features "sum" and "parity" of binary elements for synergy, with
states from the stationary distribution, or uniform where there are several; groupings of up to 1,000 nodes of a graph
(all three searches to 150 nodes, the spectral one beyond). Whatever is left out is said in the notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import CostError, InputError
from ..profile import GrainProfile
from ..systems.network import Network
from .causal_emergence import causal_emergence
from .complexity_over_scales import emergent_complexity_over_scales
from .effective import effective_information
from .emerge_table import LONGEST_LABEL, MICRO, Rows, counted
from .gaussian import gaussian_ei
from .gaussian_recorded import gaussian_profile
from .gaussian_reversibility import gaussian_reversibility
from .inputs import state_tpm
from .linear import LinearGaussian
from .network_macro import network_macro_scale
from .networks import adjacency, network_effective_information
from .primitives import causal_primitives
from .reversibility import reversibility
from .synergy import EmergenceCriteria, emergence_criteria
from .synergy_features import element_states, present_states

LONGEST_NOTE = 400
MOST_STATES = 32  # whose partitions are searched; 64 take half a minute
MOST_ELEMENTS = 8
ALL_SEARCHES = 150  # nodes
MOST_NODES = 1000  # 5 s
FEATURES = ("sum", "parity")
EFFECTIVE, POWER, SVD, SYNERGY, LINEAR, WALK = (
    "effective information",
    "causal emergence 2.0",
    "reversibility (SVD)",
    "synergy",
    "linear Gaussian",
    "random walk",
)


def discrete_rows(rows: Rows, system: Any, settings: dict[str, Any]) -> None:
    """Add what there is of a TPM or a Network."""
    rows.attempt(EFFECTIVE, lambda: _effective(rows, system))
    rows.attempt(POWER, lambda: _power(rows, system, settings["tolerance"]))
    rows.attempt(SVD, lambda: reversibility_rows(rows, system, settings["epsilon"]))
    rows.attempt(SYNERGY, lambda: _synergy(rows, system, settings["lag"]))


def _effective(rows: Rows, system: Any) -> None:
    found = effective_information(system)
    rows.add(EFFECTIVE, "EI", MICRO, found.bits, "bits", "uniform intervention over all states")
    rows.add(EFFECTIVE, "determinism", MICRO, found.determinism, "", "1 - mean entropy of rows / log2 states")
    rows.add(EFFECTIVE, "degeneracy", MICRO, found.degeneracy, "", "1 - entropy of the mean row / log2 states")
    rows.add(EFFECTIVE, "effectiveness", MICRO, found.effectiveness, "", "EI / log2 states = CP of the micro scale")


def _power(rows: Rows, system: Any, tolerance: float) -> None:
    primitives = causal_primitives(system)
    rows.add(POWER, "sufficiency", MICRO, primitives.sufficiency, "", "mean of P(e|c) over transitions")
    rows.add(POWER, "necessity", MICRO, primitives.necessity, "", "mean of 1 - P(e|C, not c) over transitions")
    grouping = "states"
    if primitives.states > MOST_STATES:
        if not isinstance(system, Network) or system.n > MOST_ELEMENTS:
            raise InputError(
                "system",
                expected=f"at most {MOST_STATES} states, or a Network of at most {MOST_ELEMENTS} elements",
                got=f"{primitives.states} states",
                remedy='Search them with causal_emergence(system, method="beam"), up to 128 states; it takes minutes.',
            )
        grouping = "elements"
        rows.notes.append(
            f"partitions: {primitives.states} states are too many to search all partitions in seconds; groupings of "
            f"{system.n} elements were listed. causal_emergence(system) searches more"
        )
    found = causal_emergence(system, grouping=grouping, tolerance=tolerance)
    profile, end = found.profile, found.end
    rows.profiles["partitions"] = profile
    of = "groupings of elements" if grouping == "elements" else "partitions of states"
    of += "" if found.method == "exhaustive" else f" that the {found.method} search met"
    rows.notes += [f"partitions: {note}" for note in profile.notes]
    rows.add(POWER, "CP", MICRO, found.path.cp[0], "", "determinism - degeneracy")
    label = _partition(profile, end.index)
    rows.add(POWER, "CP, largest", label, end.value, "", f"over consistent {of}; the finest of equals")
    rows.add(POWER, "causal emergence 2.0", label, found.emergence, "", "CP there less CP of the micro scale")
    rows.add(
        POWER, "emergent complexity 2.0", label, found.complexity, "bits", "entropy of the gains of CP on the path"
    )
    bits = profile.values("EI")
    best = int(np.argmax(bits > bits.max() - 1e-9))
    where = _partition(profile, best)
    said = f"over all {of} (Hoel et al. 2013)"
    for row, name in ((end.index, label), (best, where)):
        whole = profile.grains.label(row)
        if name not in (MICRO, whole):
            whole = whole if len(whole) <= LONGEST_NOTE else 'named in full in .profiles["partitions"]'
            note = f"scale: the {name} are {whole}"
            rows.notes += [] if note in rows.notes else [note]
    rows.add(EFFECTIVE, "EI, largest", where, bits[best], "bits", said)
    gain = bits[best] - bits[0]
    rows.add(EFFECTIVE, "causal emergence 2013", where, gain, "bits", "EI there less EI of the micro scale")


def _partition(profile: GrainProfile, row: int) -> str:
    """Return the name of a partition, or how many blocks it has where that is too long."""
    label = MICRO if row == 0 else profile.grains.label(row)
    states = profile.grains.labels.shape[1]  # type: ignore[attr-defined]
    return label if len(label) <= LONGEST_LABEL else f"{len(profile.grains[row])} blocks of {states} states"


def reversibility_rows(rows: Rows, system: Any, epsilon: float | None, *, sinks: str = "refuse") -> None:
    """Add SVD reversibility of a TPM or of the walk on a graph."""
    found = reversibility(system, epsilon=epsilon, sinks=sinks)
    rows.add(SVD, "Gamma", MICRO, found.gamma, "", f"sum of singular values, 1 to {found.states}")
    scale = MICRO if found.rank == found.states else f"rank {found.rank}"
    rows.add(SVD, "clear emergence", scale, found.clear, "", "Gamma (1/rank - 1/states)")
    if epsilon is not None:
        scale = f"{found.effective_rank} singular values above {epsilon:g}"
        rows.add(SVD, "vague emergence", scale, found.vague, "", "mean of singular values above epsilon - Gamma/states")
    if found.effective_rank < found.states:
        coarse = found.coarse_grain()
        scale = f"{counted(len(coarse.tpm), 'group')} by SVD"
        said = "k-means along singular vectors; macro TPM of stationary flows"
        rows.add(SVD, "EI of the SVD grouping", scale, coarse.bits_macro, "bits", said)


def _synergy(rows: Rows, system: Any, lag: int) -> None:
    tpm = state_tpm(system)[0]
    if not isinstance(system, Network):
        elements = len(element_states(None, len(tpm))[0])
        rows.assumed_elements = True
        said = counted(elements, "binary element")
        rows.notes.append(f"synergy: the states were read as those of {said}, element 0 fastest")
    states = "stationary"
    try:
        if present_states(states, tpm)[0].max() > 1.0 - 1e-9:
            states = "uniform"
            rows.notes.append("synergy: the system ends in one state, so all states weigh the same")
    except InputError:
        states = "uniform"
        rows.notes.append("synergy: several stationary distributions, so all states weigh the same")
    for name in FEATURES:
        found = emergence_criteria(system, name, lag=lag, present=states)
        _criteria(rows, found, name, f"states {states}")


def _criteria(rows: Rows, found: EmergenceCriteria, name: str, states: str) -> None:
    scale = f"V = {name}"
    rows.add(SYNERGY, "Psi", scale, found.psi, "bits", f"I(V; V') - sum I(X_i; V'); {states}; > 0 suffices")
    rows.add(SYNERGY, "Psi, corrected", scale, found.psi_corrected, "bits", "what all parts share counted once")
    rows.add(SYNERGY, "Delta", scale, found.delta, "bits", "max_j I(V; X_j') - sum_i I(X_i; X_j')")
    rows.add(SYNERGY, "Gamma (synergy)", scale, found.gamma, "bits", "max_j I(V; X_j')")


# -- linear Gaussian -----------------------------------------------------------------------------------------------


def linear_rows(rows: Rows, system: LinearGaussian, settings: dict[str, Any]) -> None:
    """Add what there is of a linear Gaussian system."""
    rows.attempt("linear scales", lambda: _scales(rows, system, settings["dims"]))
    rows.attempt(LINEAR, lambda: _linear(rows, system))
    rows.attempt("reversibility", lambda: _gaussian_reversibility(rows, system, settings["epsilon"]))
    rows.attempt(
        SYNERGY,
        lambda: _criteria(rows, emergence_criteria(system, "sum", lag=settings["lag"]), "sum", "Gaussian states"),
    )


def _linear(rows: Rows, system: LinearGaussian) -> None:
    found = gaussian_ei(system)
    scale = f"d = {system.n}"
    for name, value in (("determinism", found.determinism), ("degeneracy", found.degeneracy)):
        rows.add(LINEAR, name, scale, value, "nats/dim", "of channel EI, Gaussian intervention")


def _scales(rows: Rows, system: LinearGaussian, dims: Sequence[int] | None) -> None:
    profile = gaussian_profile(system, dims=dims)
    rows.profiles["dimensions"] = profile
    scales = [profile.grains.label(i) for i in range(len(profile))]
    words = (
        ("channel EI", "ei", "Gaussian intervention, best W found"),
        ("emergence of channel EI", "emergence", f"channel EI less that at {scales[0]}"),
        ("J", "j", "small-noise form, W W^T = I, box [-1, 1]: belongs to the coordinates"),
        ("dJ", "dj", "J less J of all variables"),
    )
    for measure, name, convention in words:
        for place, value in enumerate(profile.values(name)):
            if np.isfinite(value) and not (place == 0 and name in ("emergence", "dj")):
                rows.add(LINEAR, measure, scales[place], value, "nats/dim", convention)
    complexity_row(rows, profile.values("ei"))


def complexity_row(
    rows: Rows, values: np.ndarray, condition: str = "all", doubt: dict[str, float] | None = None
) -> None:
    """Add the emergent complexity over scales of channel EI, fine scales first."""
    if np.isfinite(values).all():
        found = emergent_complexity_over_scales(values)
        convention = "entropy of what each scale adds to the best finer one"
        rows.add(
            LINEAR,
            "emergent complexity over scales",
            f"{len(values)} scales",
            found.bits,
            "bits",
            convention,
            condition=condition,
            doubt=doubt,
        )


def _gaussian_reversibility(rows: Rows, system: LinearGaussian, epsilon: float | None) -> None:
    found = gaussian_reversibility(system, epsilon=epsilon)
    rows.add(LINEAR, "ln Gamma", f"d = {system.n}", found.log_gamma, "nats", "alpha 1; depends on the units of measure")
    rows.add(LINEAR, "clear emergence", f"d = {found.rank}", found.clear, "nats/dim", "dGamma_1(0), 0 at full rank")
    if epsilon is not None:
        scale = f"d = {found.effective_rank}"
        rows.add(LINEAR, "vague emergence", scale, found.vague, "nats/dim", f"dGamma_1({epsilon:g})")


# -- graphs --------------------------------------------------------------------------------------------------------


def graph_rows(rows: Rows, graph: Any, settings: dict[str, Any]) -> None:
    """Add what there is of a weighted network."""
    rows.attempt(WALK, lambda: _walk(rows, graph))
    rows.attempt("macro nodes", lambda: _macro(rows, graph, settings["seed"]))
    rows.attempt(SVD, lambda: _walk_reversibility(rows, graph, settings["epsilon"]))


def _walk(rows: Rows, graph: Any) -> None:
    found = network_effective_information(graph)
    scale = f"{found.n} nodes"
    rows.add(WALK, "EI", scale, found.bits, "bits", "walk on out-weights, sinks left out of both averages")
    rows.add(WALK, "determinism", scale, found.determinism, "", "1 - mean entropy of out-weights / log2 n")
    rows.add(WALK, "degeneracy", scale, found.degeneracy, "", "1 - entropy of mean out-weights / log2 n")
    rows.add(WALK, "effectiveness", scale, found.effectiveness, "", "EI / log2 n")
    if found.provenance.caution:
        rows.notes.append(f"network: {found.provenance.caution}")


def _macro(rows: Rows, graph: Any, seed: int) -> None:
    n = _few_enough(graph, "groupings of nodes", "network_macro_scale searches up to 2,000")
    method = "all" if n <= ALL_SEARCHES else "spectral"
    profile = network_macro_scale(graph, method=method, seed=seed)
    rows.profiles["groupings"] = profile
    peak = profile.peak
    assert peak is not None  # every grouping is admitted
    label = f"{n} nodes" if peak.index == 0 else peak.label
    convention = f"over the groupings met ({method}); macro out-weights are members' means"
    rows.add(WALK, "EI, largest", label, peak.value, "bits", convention)
    rows.add(WALK, "causal emergence", label, peak.value - profile.values()[0], "bits", "EI there less EI of the nodes")


def _walk_reversibility(rows: Rows, graph: Any, epsilon: float | None) -> None:
    _few_enough(graph, "singular values", "reversibility takes any number, at the cost of n^3")
    reversibility_rows(rows, adjacency(graph)[0], epsilon)


def _few_enough(graph: Any, what: str, instead: str) -> int:
    """Return the number of nodes, or refuse too many for a table that takes seconds."""
    n = int(adjacency(graph)[0].shape[0])
    if n > MOST_NODES:
        raise CostError(
            "graph", expected=f"up to {MOST_NODES:,} nodes, for {what} in seconds", got=f"{n:,}", remedy=f"{instead}."
        )
    return n
