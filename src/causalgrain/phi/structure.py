"""From the kernels' arrays to concepts that can be read."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..systems.states import nodes_of
from .compiled import kernels
from .conventions import TOLERANCE
from .results import CauseEffectStructure, Concept, Core, Part


def build(
    system: Any, effect: np.ndarray, source: int, cut_id: int, found: Any, names: tuple[int, ...]
) -> CauseEffectStructure:
    """Return the concepts of an unfolded structure.

    `system`, `effect`, `found` are the kernels' system, effect marginals (k, 2**k) and structure; `names` maps
    positions to the indices shown.
    """
    cause_tied, effect_tied, partitions = kernels().detail.describe(system, effect, source, cut_id, found, TOLERANCE)
    concepts = []
    for m in _index_order(np.flatnonzero(found.phi > 0.0)):
        cause_purview, effect_purview = int(found.cause[m]), int(found.effect[m])
        start, stop = system.offsets[cause_purview], system.offsets[cause_purview + 1]
        repertoire = system.repertoire[found.side[m], m, start:stop].copy()
        repertoire.setflags(write=False)
        m_one, p_one, e_one, q_one = (int(v) for v in partitions[m])
        kernels().cause.write_partitioned(
            system, source, cut_id, m_one, p_one, m ^ m_one, cause_purview ^ p_one, system.q
        )
        partitioned = system.q[: stop - start].copy()
        partitioned.setflags(write=False)
        cause = Core(
            "cause",
            _named(cause_purview, names),
            float(found.cause_phi[m]),
            repertoire,
            _parts(m, cause_purview, m_one, p_one, names),
            partitioned,
            _ties(cause_tied[m], cause_purview, names),
        )
        split = [e_one if q_one >> j & 1 else m ^ e_one for j in nodes_of(effect_purview)]
        on = [effect[j, m] for j in nodes_of(effect_purview)]
        cut_on = [effect[j, part] for j, part in zip(nodes_of(effect_purview), split, strict=True)]
        effect_core = Core(
            "effect",
            _named(effect_purview, names),
            float(found.effect_phi[m]),
            product_distribution(on),
            _parts(m, effect_purview, e_one, q_one, names),
            product_distribution(cut_on),
            _ties(effect_tied[m], effect_purview, names),
        )
        concepts.append(Concept(_named(m, names), float(found.phi[m]), cause, effect_core))
    return CauseEffectStructure(tuple(concepts))


def product_distribution(on: Any) -> np.ndarray:
    """Return the joint distribution of independent elements with P(ON) = `on`, element 0 fastest."""
    out = np.ones(1)
    for p in on:
        out = np.concatenate([out * (1.0 - p), out * p])
    out.setflags(write=False)
    return out


def _index_order(masks: np.ndarray) -> list[int]:
    """Smaller sets first, then by their first elements: (0,), (1,), (0, 1), (0, 2), ..."""
    return sorted((int(m) for m in masks), key=lambda m: (m.bit_count(), nodes_of(m)))


def _named(mask: int, names: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(names[i] for i in nodes_of(mask))


def _parts(m: int, purview: int, m_one: int, p_one: int, names: tuple[int, ...]) -> tuple[Part, Part]:
    return (
        Part(_named(m_one, names), _named(p_one, names)),
        Part(_named(m ^ m_one, names), _named(purview ^ p_one, names)),
    )


def _ties(tied: np.ndarray, purview: int, names: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    others = [int(p) for p in np.flatnonzero(tied) if p != purview]
    return tuple(_named(p, names) for p in sorted(others, key=lambda p: (-p.bit_count(), nodes_of(p))))
