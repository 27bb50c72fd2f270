"""Effective information: how much a system's mechanisms constrain its next state, perturbed uniformly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._errors import InputError
from .._provenance import Provenance
from ..systems.coarse import Grain, macro_tpm
from ..systems.network import Network
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
        An array is a TPM of any number of states, rows summing to 1; its elements need not be independent.
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


def _macro_tpm(network: Network, grain: Grain) -> np.ndarray:
    """The macro TPM of a grain of the whole network, in space and time."""
    if grain.tau == 1:
        return macro_tpm(network.first_order.tpm, grain)
    if network.n * max(grain.tau, network.order) > MAX_UNFOLDED:
        raise InputError(
            "grain",
            expected=f"at most {MAX_UNFOLDED} elements unfolded in time",
            got=str(network.n * max(grain.tau, network.order)),
            remedy="There are 2 to that power of blocks: take fewer elements or a shorter macro step.",
        )
    tables = update_tables(network.tpm, network.order, grain.tau)
    return temporal_macro_tpm(next_blocks(tables, network.order, grain.tau), grain)
