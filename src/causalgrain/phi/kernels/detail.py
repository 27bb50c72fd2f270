"""What a reader wants to see of a structure: tied purviews and the partitions that define each phi."""

from __future__ import annotations

import numpy as np

from ._compile import kernel
from .bits import popcount
from .cause import cause_phi, intact_phi, repertoire_side, severs, unpack, write_partitioned
from .effect import effect_phi
from .transport import emd


@kernel
def cause_ties(system, source, cut_id, mechanism, best, tolerance, tied):
    """Mark in `tied` (2**k,) the purviews whose cause phi lies within `tolerance` of `best`."""
    for purview in range(1, 1 << system.k):
        if source != 0 and severs(system, source, mechanism, purview):
            repertoire_side(system, source, cut_id, mechanism, purview)
            phi, _ = cause_phi(system, source, cut_id, mechanism, purview, np.inf, best - tolerance)
        else:
            phi = intact_phi(system, mechanism, purview, best - tolerance)
        tied[purview] = phi >= best - tolerance


@kernel
def effect_ties(effect, mechanism, best, tolerance, tied):
    """Mark in `tied` (2**k,) the purviews whose effect phi lies within `tolerance` of `best`."""
    for purview in range(1, tied.shape[0]):
        tied[purview] = effect_phi(effect, mechanism, purview) >= best - tolerance


@kernel
def cause_partition(system, source, cut_id, mechanism, purview, phi, tolerance):
    """The first partition in index order with distance `phi`: (first part's mechanism, its purview)."""
    m_last = (1 << popcount(mechanism)) - 1
    p_last = (1 << popcount(purview)) - 1
    side = repertoire_side(system, source, cut_id, mechanism, purview)
    start = system.offsets[purview]
    whole = system.repertoire[side, mechanism, start : system.offsets[purview + 1]]
    for m in range(0, m_last, 2):
        for p in range(1 if m == 0 else 0, p_last + 1):
            m_one = unpack(mechanism, m)
            p_one = unpack(purview, p)
            write_partitioned(system, source, cut_id, m_one, p_one, mechanism ^ m_one, purview ^ p_one, system.q)
            cutoff = phi + tolerance
            if emd(whole, system.q, popcount(purview), system.scratch, cutoff) <= cutoff:
                return m_one, p_one
    return 0, purview


@kernel
def effect_partition(effect, mechanism, purview, phi, tolerance):
    """The first partition in index order with distance `phi`: (first part's mechanism, its purview)."""
    m_last = (1 << popcount(mechanism)) - 1
    p_last = (1 << popcount(purview)) - 1
    for m in range(0, m_last, 2):
        m_one = unpack(mechanism, m)
        for p in range(1 if m == 0 else 0, p_last + 1):
            p_one = unpack(purview, p)
            distance = 0.0
            for j in range(effect.shape[0]):
                if purview >> j & 1:
                    part = m_one if p_one >> j & 1 else mechanism ^ m_one
                    distance += abs(effect[j, mechanism] - effect[j, part])
            if distance <= phi + tolerance:
                return m_one, p_one
    return 0, purview


@kernel
def describe(system, effect, source, cut_id, structure, tolerance):
    """Ties and partitions of all concepts.

    Returns (cause_tied, effect_tied, partitions): tied (2**k, 2**k) bool by mechanism and purview; partitions
    (2**k, 4): first part's mechanism and purview on the cause side, then on the effect side.
    """
    size = 1 << system.k
    cause_tied = np.zeros((size, size), np.bool_)
    effect_tied = np.zeros((size, size), np.bool_)
    partitions = np.zeros((size, 4), np.int64)
    for m in range(1, size):
        if structure.phi[m] <= 0.0:
            continue
        cause_ties(system, source, cut_id, m, structure.cause_phi[m], tolerance, cause_tied[m])
        effect_ties(effect, m, structure.effect_phi[m], tolerance, effect_tied[m])
        partitions[m, 0], partitions[m, 1] = cause_partition(
            system, source, cut_id, m, structure.cause[m], structure.cause_phi[m], tolerance
        )
        partitions[m, 2], partitions[m, 3] = effect_partition(
            effect, m, structure.effect[m], structure.effect_phi[m], tolerance
        )
    return cause_tied, effect_tied, partitions
