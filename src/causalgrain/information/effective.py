"""Effective information: how much a system's mechanisms constrain its next state, perturbed uniformly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_whole
from .._errors import CostError, InputError, UnreachableStateError
from .._provenance import Provenance
from ..systems.coarse import Grain, macro_tpm
from ..systems.network import Network
from ..systems.states import state_index
from ..systems.unfolding import MAX_UNFOLDED, next_blocks, temporal_macro_tpm, update_tables
from ._entropy import entropies
from .inputs import state_tpm

CONVENTIONS = {
    "intervention": "uniform over all states (maximum entropy)",
    "unit": "bits",
    "macro": "macro perturbation: uniform average over the micro states of a macro state",
}


@dataclass(frozen=True)
class EffectiveInformation:
    """Effective information and its parts.

    ``bits = (determinism - degeneracy) * log2(states)``, ``effectiveness = determinism - degeneracy``.

    Attributes
    ----------
    bits : float, bits
    determinism, degeneracy, effectiveness : float, 0 to 1
    states : int
        Number of states.
    """

    bits: float
    determinism: float
    degeneracy: float
    effectiveness: float
    states: int
    provenance: Provenance

    def __repr__(self) -> str:
        return (
            f"effective information {self.bits:.6f} bits of {np.log2(self.states):.6g} "
            f"(determinism {self.determinism:.6f}, degeneracy {self.degeneracy:.6f}, "
            f"effectiveness {self.effectiveness:.6f})\n{self.provenance}"
        )


def effective_information(system: Any, *, grain: Grain | None = None) -> EffectiveInformation:
    """Return the effective information of a network or a TPM.

    ``EI = mean over states x of KL( P(next | do(x)) || mean over x of P(next | do(x)) )``

    Parameters
    ----------
    system : Network or array_like, shape (states, states)
        An array is a TPM of any number of states, rows summing to 1; its elements need not be independent. Of a
        network the TPM as it was given: connections that its `edges` lack are not averaged out here, as a scan does.
    grain : Grain, optional
        A coarse-graining of all elements of the network, in space or time.

    Returns
    -------
    EffectiveInformation
        ``.bits``, ``.determinism``, ``.degeneracy``, ``.effectiveness``.

    Raises
    ------
    InputError
        No square TPM, entries outside [0, 1], rows that don't sum to 1, a grain of a part of the network.

    Examples
    --------
    A deterministic cycle of four states: every state has one cause and one effect.

    >>> effective_information(np.roll(np.eye(4), 1, axis=1)).bits
    2.0

    References
    ----------
    Hoel, Albantakis & Tononi (2013) PNAS 110:19790, Eqs. 1-5.
    """
    if isinstance(system, Network):
        tpm, source, caution = state_tpm(system)
        if grain is not None:
            if grain.nodes != tuple(range(system.n)):
                raise InputError(
                    "grain",
                    expected=f"groups that hold all {system.n} elements",
                    got=str(grain),
                    remedy="Effective information is of the whole system; add the elements left out as groups of one.",
                )
            tpm = _macro_tpm(system, grain)
    else:
        if grain is not None:
            raise InputError("grain", expected="a Network", got="a bare TPM", remedy="Make a Network of it first.")
        tpm, source, caution = state_tpm(system)
    bits, determinism, degeneracy = parts(tpm)
    provenance = Provenance(
        "effective_information", {"grain": None if grain is None else str(grain)}, source, CONVENTIONS, caution
    )
    return EffectiveInformation(bits, determinism, degeneracy, determinism - degeneracy, len(tpm), provenance)


def parts(tpm: np.ndarray) -> tuple[float, float, float]:
    """Return (bits, determinism, degeneracy) of a checked TPM (states, states)."""
    states = len(tpm)
    if states == 1:
        return 0.0, 0.0, 0.0
    noise = float(np.mean(entropies(tpm)))
    spread = float(entropies(tpm.mean(axis=0)))
    size = float(np.log2(states))
    return max(spread - noise, 0.0), (size - noise) / size, (size - spread) / size


@dataclass(frozen=True)
class StateDeterminism:
    """How reliably one state leads to, and comes from, few others.

    Attributes
    ----------
    determinism : float, 0 to 1
        Of where the state goes: 1 if to one state, 0 if to all alike.
    degeneracy : float, 0 to 1
        Of where it may come from: 0 if from one state, 1 if from all alike.
    """

    determinism: float
    degeneracy: float


def state_determinism(system: Any, state: Any) -> StateDeterminism:
    """Return the determinism and degeneracy of one state, as Hoel et al. (2016) use the words (Fig. 1B).

    ``determinism = KL(P(next | state) || uniform) / log2 n``

    ``degeneracy = 1 - KL(P(past | state) || uniform) / log2 n``

    with uniform priors over the n states. Not to be mixed up with the parts of effective information
    (:func:`effective_information`), whose degeneracy is that of the mean effect over all states.

    Parameters
    ----------
    system : Network or array_like, shape (states, states)
    state : state of the network, or int
        For a bare TPM the row.

    Raises
    ------
    UnreachableStateError
        Nothing leads to the state, so it comes from nowhere.

    Examples
    --------
    >>> state_determinism(np.full((4, 4), 0.25), 3)
    StateDeterminism(determinism=0.0, degeneracy=1.0)
    >>> state_determinism(np.eye(4), 3)
    StateDeterminism(determinism=1.0, degeneracy=0.0)

    References
    ----------
    Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012, "Repertoire size, selectivity, and selectivity
    shift"; Hoel, Albantakis & Tononi (2013) PNAS 110:19790.
    """
    tpm, _, _ = state_tpm(system)
    if isinstance(system, Network):
        row = state_index(system.check_state(state))
    else:
        row = as_whole(state, "state", 0, len(tpm) - 1)
    past = tpm[:, row]
    if not past.sum() > 0:
        raise UnreachableStateError(
            "state",
            expected="a state that some state leads to",
            got=str(state),
            remedy="It has no possible cause: choose another state.",
        )
    return StateDeterminism(_constraint(tpm[row]), 1.0 - _constraint(past / past.sum()))


def _constraint(p: np.ndarray) -> float:
    """KL divergence from the uniform distribution in units of its largest value: 0 for noise, 1 for one state."""
    inside = p[p > 0]
    return float((inside * np.log2(inside * len(p))).sum() / np.log2(len(p))) if len(p) > 1 else 1.0


def _macro_tpm(network: Network, grain: Grain) -> np.ndarray:
    """The macro TPM of a grain of the whole network, in space and time."""
    if grain.tau == 1:
        return macro_tpm(network.first_order.tpm, grain)
    if network.n * max(grain.tau, network.order) > MAX_UNFOLDED:
        raise CostError(
            "grain",
            expected=f"at most {MAX_UNFOLDED} elements unfolded in time",
            got=str(network.n * max(grain.tau, network.order)),
            remedy="There are 2 to that power of blocks: take fewer elements or a shorter macro step.",
        )
    tables = update_tables(network.tpm, network.order, grain.tau)
    return temporal_macro_tpm(next_blocks(tables, network.order, grain.tau), grain)
