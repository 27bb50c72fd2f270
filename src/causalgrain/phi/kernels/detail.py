"""What a reader wants to see of a structure: tied purviews and the partitions that define each phi."""

from __future__ import annotations

import numpy as np

from ._compile import kernel
from .bits import elements_of, popcount, unpack
from .cause import intact_phi
from .concepts import new_structure
from .distance import structure_distance
from .effect import cut_effects, effect_phi
from .partitions import bound_parts, cause_phi, whole_repertoire
from .repertoires import repertoire_side, severs, write_partitioned
from .structure import mark_eligible, unfold_all
from .tables import NONE, new_system
from .transport import emd


@kernel
def cause_ties(system, source, cut_id, mechanism, best, tolerance, tied):
    """Mark in `tied` (2**k,) the purviews whose cause phi lies within `tolerance` of `best`."""
    for purview in range(1, 1 << system.k):
        if source != 0 and severs(system.inputs, source, mechanism, purview):
            repertoire_side(system, source, cut_id, mechanism, purview)
            phi, _ = cause_phi(system, source, mechanism, purview, np.inf, best - tolerance)
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
    """The first partition in index order with distance `phi`: (first part's mechanism, its purview).

    The product of its parts' repertoires is left in `system.q`.
    """
    repertoire_side(system, source, cut_id, mechanism, purview)
    whole = whole_repertoire(system, source, mechanism, purview)
    bound_parts(system, source, mechanism, purview)
    g = system.g
    q = system.q
    cutoff = phi + tolerance
    m_last = system.packing[mechanism, mechanism]
    p_last = whole.shape[0] - 1
    m_one = 0
    p_one = purview
    for m in range(0, m_last, 2):
        for p in range(1 if m == 0 else 0, p_last + 1):
            if g[m, p] + g[m_last ^ m, p_last ^ p] > cutoff:
                continue
            m_one = unpack(mechanism, m)
            p_one = unpack(purview, p)
            write_partitioned(system, source, m_one, p_one, mechanism ^ m_one, purview ^ p_one, q)
            if emd(whole, q, elements_of(p_last + 1), system.scratch, cutoff) <= cutoff:
                return m_one, p_one
    return m_one, p_one


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
def find_ties(system, effect, source, cut_id, structure, tolerance):
    """Tied purviews of all concepts, (cause, effect): each (2**k, 2**k) bool by mechanism and purview."""
    size = 1 << system.k
    cause_tied = np.zeros((size, size), np.bool_)
    effect_tied = np.zeros((size, size), np.bool_)
    for m in range(1, size):
        if structure.phi[m] > 0.0:
            cause_ties(system, source, cut_id, m, structure.cause_phi[m], tolerance, cause_tied[m])
            effect_ties(effect, m, structure.effect_phi[m], tolerance, effect_tied[m])
    return cause_tied, effect_tied


@kernel
def describe(system, effect, source, cut_id, structure, tolerance):
    """Everything a reader wants of all concepts, one row a concept, by ascending mechanism mask.

    Returns (sets, phis, tied, starts, repertoires, marginals, unconstrained): `sets` (c, 7) mechanism, core cause,
    core effect, first part's mechanism and purview on the cause side, then on the effect side; `phis` (c, 3) phi,
    cause phi, effect phi; `tied` (2, c, 2**k) bool by direction; `starts` (c + 1,) into `repertoires` (2, all), the
    cause repertoires whole and partitioned; `marginals` (2, c, k) of the effect, whole and partitioned;
    `unconstrained` (k,) effect marginals.
    """
    k = system.k
    size = 1 << k
    offsets = system.offsets
    found = 0
    total = 0
    for m in range(1, size):
        if structure.phi[m] > 0.0:
            found += 1
            total += offsets[structure.cause[m] + 1] - offsets[structure.cause[m]]
    sets = np.empty((found, 7), np.int64)
    phis = np.empty((found, 3))
    tied = np.zeros((2, found, size), np.bool_)
    starts = np.zeros(found + 1, np.int64)
    repertoires = np.empty((2, total))
    marginals = np.zeros((2, found, k))
    c = 0
    for m in range(1, size):
        if structure.phi[m] <= 0.0:
            continue
        purview = structure.cause[m]
        phis[c, 0] = structure.phi[m]
        phis[c, 1] = structure.cause_phi[m]
        phis[c, 2] = structure.effect_phi[m]
        sets[c, 0] = m
        sets[c, 1] = purview
        sets[c, 2] = structure.effect[m]
        cause_ties(system, source, cut_id, m, phis[c, 1], tolerance, tied[0, c])
        effect_ties(effect, m, phis[c, 2], tolerance, tied[1, c])
        sets[c, 3], sets[c, 4] = cause_partition(system, source, cut_id, m, purview, phis[c, 1], tolerance)
        start = starts[c]
        wide = offsets[purview + 1] - offsets[purview]
        whole = system.repertoire[structure.side[m], m]
        for x in range(wide):
            repertoires[0, start + x] = whole[offsets[purview] + x]
            repertoires[1, start + x] = system.q[x]
        starts[c + 1] = start + wide
        m_one, p_one = effect_partition(effect, m, structure.effect[m], phis[c, 2], tolerance)
        sets[c, 5] = m_one
        sets[c, 6] = p_one
        for j in range(k):
            marginals[0, c, j] = effect[j, m]
            marginals[1, c, j] = effect[j, m_one if p_one >> j & 1 else m ^ m_one]
        c += 1
    return sets, phis, tied, starts, repertoires, marginals, effect[:, 0].copy()


@kernel
def describe_micro(on, edges, state, source, tolerance):
    """Describe a micro system's structure, the one after a cut (`source = 0`: the same again), and their distance."""
    k = on.shape[1]
    system = new_system(on, edges, state, np.zeros(8, np.int64))
    whole = new_structure(k)
    eligible = np.ones(1 << k, np.bool_)
    unfold_all(system, system.effect, NONE, NONE, eligible, whole, tolerance)
    first = describe(system, system.effect, NONE, NONE, whole, tolerance)
    if source == 0:
        return first, first, 0.0
    part = new_structure(k)
    effect = np.empty_like(system.effect)
    cut_effects(system.effect, source, effect)
    mark_eligible(whole, source, np.arange(1 << k), eligible)
    cut_id = np.int64(1)
    unfold_all(system, effect, source, cut_id, eligible, part, tolerance)
    distance = structure_distance(system, whole, system, part, np.inf, tolerance)
    return first, describe(system, effect, source, cut_id, part, tolerance), distance


@kernel
def describe_macro(on, cut_on, micro, state, source, tolerance):
    """Describe a macro system's structure, that after a cut of micro elements (TPM `cut_on`), and their distance."""
    k = on.shape[1]
    edges = np.full(k, (1 << k) - 1, np.int64)
    system = new_system(on, edges, state, np.zeros(8, np.int64))
    whole = new_structure(k)
    eligible = np.ones(1 << k, np.bool_)
    unfold_all(system, system.effect, NONE, NONE, eligible, whole, tolerance)
    first = describe(system, system.effect, NONE, NONE, whole, tolerance)
    if source == 0:
        return first, first, 0.0
    mark_eligible(whole, source, micro, eligible)
    other = new_system(cut_on, edges, state, np.zeros(8, np.int64))
    part = new_structure(k)
    unfold_all(other, other.effect, NONE, NONE, eligible, part, tolerance)
    distance = structure_distance(system, whole, other, part, np.inf, tolerance)
    return first, describe(other, other.effect, NONE, NONE, part, tolerance), distance
