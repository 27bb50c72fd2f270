"""A candidate set seen through a grain, made ready for the search: its macro TPM, and that after every cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._errors import ConditionalDependenceError
from ..systems import coarse, markov
from ..systems.coarse import Grain
from ..systems.states import mask_of, state_index
from .prepared import Prepared


@dataclass(frozen=True, eq=False)
class MacroSystem:
    """A macro system in a macro state, whose cuts are of micro elements.

    Attributes
    ----------
    on : ndarray, shape (2**m, m)
        Macro TPM, state-by-node.
    state : int
        Index of the macro state.
    micro : ndarray of int, shape (2**m,)
        Bit mask of the micro elements of every set of macro elements; unfolded elements for tau > 1.
    n_micro : int
        Number of these micro elements.
    cut_on : callable
        Sending side of a cut as a bit mask -> marginals (2**m, m) after it.
    """

    on: np.ndarray
    state: int
    micro: np.ndarray
    n_micro: int
    cut_on: Callable[[int], np.ndarray]

    def cut_ons(self) -> np.ndarray:
        """Return the marginals after every cut, shape (2**n_micro, 2**m, m); the first and last row are empty."""
        out = np.zeros((1 << self.n_micro, *self.on.shape))
        for source in range(1, len(out) - 1):
            out[source] = self.cut_on(source)
        return out


def accepted_marginals(joint: np.ndarray, max_dependence: float, names: str) -> np.ndarray:
    """Return the marginals of a macro TPM; raise where it is more dependent than accepted."""
    found = markov.dependence(joint)
    if found > max_dependence:
        raise ConditionalDependenceError(
            "grain",
            expected=f"a macro TPM of independent updates (dependence <= {max_dependence:g})",
            got=f"dependence {found:.4g} at {names}",
            remedy="Choose another grain, or accept it with max_dependence; such Phi isn't comparable.",
        )
    return np.ascontiguousarray(np.clip(markov.to_state_by_node(joint), 0.0, 1.0))


def element_sets(elements: list[int]) -> np.ndarray:
    """Return the union of micro elements of every set of macro elements, from the mask of each macro element."""
    m = len(elements)
    return np.array([sum(elements[g] for g in range(m) if mask >> g & 1) for mask in range(1 << m)])


def spatial_macro(prepared: Prepared, grain: Grain, max_dependence: float, names: str = "this grain") -> MacroSystem:
    """Return the macro system of a spatial grain of a candidate set."""
    on = accepted_marginals(coarse.macro_tpm(prepared.on, grain), max_dependence, names)
    state = [0] * (max(prepared.nodes) + 1)
    for place, node in enumerate(prepared.nodes):
        state[node] = prepared.state >> place & 1
    place = {node: p for p, node in enumerate(prepared.nodes)}
    n = len(prepared.nodes)

    def cut_on(source: int) -> np.ndarray:
        cut = coarse.cut_micro(prepared.on, [p for p in range(n) if source >> p & 1])
        return np.ascontiguousarray(coarse.macro_marginals(cut, grain))

    elements = [mask_of(place[i] for i in group) for group in grain.groups]
    return MacroSystem(on, state_index(grain.macro_state(state)), element_sets(elements), n, cut_on)
