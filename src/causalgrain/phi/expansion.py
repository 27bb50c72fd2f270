"""Repertoires over more elements than their purview: causes by noise, effects by the unconstrained repertoire."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .results import CauseEffectStructure, Core
from .structure import product_distribution


def expanded(core: Core, union: tuple[int, ...], outside: Mapping[int, float], *, cut: bool = False) -> np.ndarray:
    """Return a repertoire over the elements of `union`, ascending, shape (2**len(union),).

    `outside` gives P(ON) of the elements outside the purview; `cut` takes the partitioned repertoire.
    """
    added = [node for node in union if node not in core.purview]
    rest = product_distribution([outside[node] for node in added])
    states = np.arange(1 << len(union))
    inner, outer = np.zeros_like(states), np.zeros_like(states)
    for place, node in enumerate(union):
        bit = states >> place & 1
        if node in core.purview:
            inner |= bit << core.purview.index(node)
        else:
            outer |= bit << added.index(node)
    return (core.partitioned_repertoire if cut else core.repertoire)[inner] * rest[outer]


def over_whole_system(structure: CauseEffectStructure, core: Core, *, cut: bool = False) -> np.ndarray:
    """Return a repertoire over all elements of a structure's system, shape (2**n,).

    >>> import causalgrain as cg
    >>> structure = cg.big_phi(cg.published("basic"), "100").structure
    >>> over_whole_system(structure, structure.concepts[0].cause).round(3).tolist()
    [0.25, 0.25, 0.25, 0.25, 0.0, 0.0, 0.0, 0.0]
    """
    unconstrained = dict(structure.unconstrained)
    outside = unconstrained if core.direction == "effect" else dict.fromkeys(unconstrained, 0.5)
    return expanded(core, tuple(sorted(unconstrained)), outside, cut=cut)
