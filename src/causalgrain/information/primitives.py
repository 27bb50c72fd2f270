"""Causal primitives of a TPM: sufficiency and necessity, determinism and degeneracy, and the causal power made of them.

Conventions, all of Hoel (2025) arXiv 2503.13395v3 (no equation numbers there; sections are named), P(c) uniform over
the n states of the scale looked at:

* sufficiency (2.1) of a transition: ``P(e | c)``; necessity: ``1 - P(e | C, not c)``, the second term being the mean of
  ``P(e | c')`` over the other states c'. Of a system: their mean over transitions weighted by ``P(c) P(e | c)``.
* determinism (2.2): ``1 - <H(E | c)> / log2 n``; degeneracy: ``1 - H(E | C) / log2 n``; specificity: 1 - degeneracy.
* causal power CP (3.2): ``determinism + specificity - 1 = determinism - degeneracy`` (power "information", the
  effectiveness of 2013, so EI = CP log2 n), or ``sufficiency + necessity - 1`` (power "primitives").

Both powers lie in [0, 1]. Ours: one state alone has CP 0 and necessity 0, as nothing else could have been the cause;
the power of a single state is ``KL(P(E | c) || P(E | C)) / log2 n``, whose mean is CP. The dozen other measures of
causation that are functions of the primitives need a choice of one cause and one effect; they are not offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import choose
from .._provenance import Provenance
from ._entropy import entropies
from .inputs import state_tpm

POWERS = ("information", "primitives")
CONVENTIONS = {
    "intervention": "uniform over the states of the scale",
    "causal power": "determinism - degeneracy (Hoel 2025, section 3.2), 0 to 1; sufficiency + necessity - 1 beside it",
    "one state": "has causal power 0 (ours)",
}
ARRAYS = ("state_sufficiency", "state_necessity", "state_determinism", "state_power")


@dataclass(frozen=True, eq=False)
class CausalPrimitives:
    """Causal primitives of a system, means over the system and per state.

    Attributes
    ----------
    power : float, 0 to 1
        ``determinism - degeneracy``.
    primitives_power : float, 0 to 1
        ``sufficiency + necessity - 1``.
    determinism, degeneracy, sufficiency, necessity : float, 0 to 1
    state_sufficiency, state_necessity : ndarray, shape (states,)
        Of each state as a cause, mean over its effects; their means are `sufficiency` and `necessity`.
    state_determinism, state_power : ndarray, shape (states,)
        Their means are `determinism` and `power`. Degeneracy belongs to the system alone.
    states : int
    """

    power: float
    primitives_power: float
    determinism: float
    degeneracy: float
    sufficiency: float
    necessity: float
    state_sufficiency: np.ndarray
    state_necessity: np.ndarray
    state_determinism: np.ndarray
    state_power: np.ndarray
    states: int
    provenance: Provenance

    @property
    def specificity(self) -> float:
        """1 - degeneracy."""
        return 1.0 - self.degeneracy

    def __repr__(self) -> str:
        return (
            f"causal power {self.power:.6f} of {self.states} states "
            f"(determinism {self.determinism:.6f} - degeneracy {self.degeneracy:.6f}); "
            f"from primitives {self.primitives_power:.6f} "
            f"(sufficiency {self.sufficiency:.6f} + necessity {self.necessity:.6f} - 1)\n{self.provenance}"
        )


def causal_primitives(system: Any) -> CausalPrimitives:
    """Return the causal primitives of a network or a TPM.

    ``CP = determinism - degeneracy = EI / log2 n``

    Parameters
    ----------
    system : Network or array_like, shape (states, states)
        An array is a TPM, rows summing to 1.

    Returns
    -------
    CausalPrimitives

    Raises
    ------
    InputError
        No square TPM, entries outside [0, 1], rows that don't sum to 1.

    Examples
    --------
    A permutation: every state is sufficient and necessary for its effect.

    >>> found = causal_primitives(np.roll(np.eye(4), 1, axis=1))
    >>> found.power, found.sufficiency, found.necessity
    (1.0, 1.0, 1.0)

    References
    ----------
    Hoel (2025) arXiv 2503.13395, sections 2.1, 2.2, 3.2; Comolatti & Hoel (2022) arXiv 2202.01854.
    """
    tpm, source, caution = state_tpm(system)
    n = len(tpm)
    sufficiency, necessity = _sufficiency(tpm), _necessity(tpm)
    size = np.log2(n) if n > 1 else 1.0
    noise, mean = entropies(tpm), tpm.mean(axis=0)
    determinism = 1.0 - noise / size if n > 1 else np.zeros(1)
    spread = float(entropies(mean))
    logs = np.log2(mean, out=np.zeros(n), where=mean > 0)
    state_power = np.maximum((-(tpm @ logs) - noise) / size, 0.0)
    arrays = (sufficiency, necessity, determinism, state_power)
    for array in arrays:
        array.setflags(write=False)
    return CausalPrimitives(
        power=float(causal_power(tpm)),
        primitives_power=float(causal_power(tpm, power="primitives")),
        determinism=float(determinism.mean()),
        degeneracy=1.0 - spread / size if n > 1 else 0.0,
        sufficiency=float(sufficiency.mean()),
        necessity=float(necessity.mean()),
        **dict(zip(ARRAYS, arrays, strict=True)),
        states=n,
        provenance=Provenance("causal_primitives", {}, source, CONVENTIONS, caution),
    )


def causal_power(tpms: np.ndarray, *, power: str = "information") -> np.ndarray:
    """Return the causal power of checked TPMs, shape (..., n, n) -> (...).

    Parameters
    ----------
    tpms : ndarray
        Any number of TPMs of the same size.
    power : {"information", "primitives"}
        Determinism - degeneracy, or sufficiency + necessity - 1, which is also the sum over effects e of the
        variance of ``P(e | c)`` over causes (divided by n - 1).

    Examples
    --------
    >>> causal_power(np.array([np.eye(2), np.full((2, 2), 0.5)])).tolist()
    [1.0, 0.0]
    """
    choose(power, POWERS, "power")
    n = tpms.shape[-1]
    mean = tpms.mean(axis=-2)
    if n == 1:
        return np.zeros(tpms.shape[:-2])
    if power == "information":
        found = (entropies(mean) - entropies(tpms).mean(axis=-1)) / np.log2(n)
    else:
        found = ((tpms - mean[..., None, :]) ** 2).sum(axis=(-2, -1)) / (n - 1)
    return np.clip(found, 0.0, 1.0)


def _sufficiency(tpm: np.ndarray) -> np.ndarray:
    return (tpm * tpm).sum(axis=1)


def _necessity(tpm: np.ndarray) -> np.ndarray:
    n = len(tpm)
    if n == 1:
        return np.zeros(1)
    others = np.maximum(tpm.sum(axis=0) - tpm, 0.0) / (n - 1)
    return (tpm * (1.0 - others)).sum(axis=1)
