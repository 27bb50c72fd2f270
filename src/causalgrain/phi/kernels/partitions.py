"""Phi of one purview on the cause side: the least distance over the partitions of mechanism and purview.

The marginal differences of the two parts bound the distance from below, part by part. Partitions are looked at in
the order of their bounds, until no bound lies below the best distance; dual potentials of earlier transports reject
many of the others by one dot product. Unordered pairs: the second part keeps the mechanism's lowest element.
"""

from __future__ import annotations

import numpy as np

from ._compile import INT, REAL, address_of, door, kernel
from .bits import elements_of, heapify, sink, unpack
from .repertoires import severs, write_partitioned
from .tables import PARTITIONS, PURVIEWS, TRANSPORTS, system_at
from .transport import emd, potentials

POOL = 8  # dual potentials kept of one purview
POOLED = 5  # from so many elements on: below, a distance costs less than a dot product with every one of them


@kernel
def bound_parts(system, source, mechanism, purview):
    """``g[m, p]``: how far the marginals of part (m, p) lie from the whole's, for all parts (packed masks)."""
    inputs = system.inputs
    marginals = system.marginal
    g = system.g
    whole = marginals[1 if severs(inputs, source, mechanism, purview) else 0, mechanism, purview]
    m_index = 0
    m = 0
    while True:
        lost = inputs[m & ~source] & source
        row = g[m_index]
        uncut = marginals[0, m]
        cut = marginals[1, m]
        row[0] = 0.0
        p_index = 1
        p = purview & -purview
        while True:
            part = cut[p] if lost & p else uncut[p]
            distance = 0.0
            left = p
            j = 0
            while left:
                if left & 1:
                    distance += abs(whole[j] - part[j])
                left >>= 1
                j += 1
            row[p_index] = distance
            if p == purview:
                break
            p = (p - purview) & purview
            p_index += 1
        if m == mechanism:
            break
        m = (m - mechanism) & mechanism
        m_index += 1


@kernel
def _distance(system, source, whole, mechanism, purview, place, cutoff):
    """Distance between the whole's repertoire and that of a partition, left in `system.q`."""
    m_one = unpack(mechanism, place >> 16)
    p_one = unpack(purview, place & 0xFFFF)
    q = system.q
    write_partitioned(system, source, m_one, p_one, mechanism ^ m_one, purview ^ p_one, q)
    return emd(whole, q, elements_of(whole.shape[0]), system.scratch, cutoff)


@kernel
def whole_repertoire(system, source, mechanism, purview):
    """The repertoire of an unparted mechanism over a purview (a view)."""
    side = 1 if severs(system.inputs, source, mechanism, purview) else 0
    return system.repertoire[side, mechanism, system.offsets[purview] : system.offsets[purview + 1]]


@kernel
def first_distance(system, source, mechanism, purview):
    """Distance of the partition with the lowest bound: an upper bound of phi, at the price of one transport."""
    system.counts[PURVIEWS] += 1
    whole = whole_repertoire(system, source, mechanism, purview)
    bound_parts(system, source, mechanism, purview)
    g = system.g
    m_last = system.packing[mechanism, mechanism]
    p_last = whole.shape[0] - 1
    low = np.inf
    place = 1
    for m in range(0, m_last, 2):
        one = g[m]
        two = g[m_last ^ m]
        for p in range(1 if m == 0 else 0, p_last + 1):
            bound = one[p] + two[p_last ^ p]
            if bound < low:
                low = bound
                place = m << 16 | p
    system.counts[TRANSPORTS] += 1
    return _distance(system, source, whole, mechanism, purview, place, np.inf)


@kernel
def _queue(system, mechanism, size, phi):
    """Lay out all partitions whose bound lies below `phi` as a heap, lowest bound first; return how many."""
    g = system.g
    bounds = system.bounds
    places = system.places
    m_last = system.packing[mechanism, mechanism]
    p_last = size - 1
    waiting = 0
    for m in range(0, m_last, 2):
        one = g[m]
        two = g[m_last ^ m]
        for p in range(1 if m == 0 else 0, size):
            bound = one[p] + two[p_last ^ p]
            if bound < phi:
                bounds[waiting] = bound
                places[waiting] = m << 16 | p
                waiting += 1
    heapify(bounds, places, waiting)
    return waiting


@kernel
def _rejected(pool, pooled, newest, whole, q, phi):
    """Tell whether a potential of the pool shows that the distance is at least `phi`."""
    for d in range(pooled):
        dual = pool[(newest - d) % POOL]
        value = 0.0
        for x in range(whole.shape[0]):
            value += dual[x] * (whole[x] - q[x])
        if value >= phi:
            return True
    return False


@kernel
def _cause_phi(system, source, mechanism, purview, upper, floor):
    """Smallest distance over the partitions of mechanism and purview: (phi, exact).

    `upper` is a distance known already (or infinity). As soon as a partition lies below `floor` the purview cannot
    be the core cause, and that distance is returned as an upper bound (exact = False).
    """
    whole = whole_repertoire(system, source, mechanism, purview)
    size = whole.shape[0]
    total = 0.0
    for x in range(size):
        total += whole[x]
    if total == 0.0:
        return 0.0, True
    n = elements_of(size)
    bound_parts(system, source, mechanism, purview)
    phi = upper
    waiting = _queue(system, mechanism, size, phi)
    bounds = system.bounds
    places = system.places
    pool = system.pool
    q = system.q
    pooled = 0
    newest = 0
    while waiting > 0 and bounds[0] < phi:
        place = places[0]
        waiting -= 1
        bounds[0] = bounds[waiting]
        places[0] = places[waiting]
        sink(bounds, places, 0, waiting)
        system.counts[PARTITIONS] += 1
        m_one = unpack(mechanism, place >> 16)
        p_one = unpack(purview, place & 0xFFFF)
        write_partitioned(system, source, m_one, p_one, mechanism ^ m_one, purview ^ p_one, q)
        if n >= POOLED and _rejected(pool, pooled, newest, whole, q, phi):
            continue
        system.counts[TRANSPORTS] += 1
        distance = emd(whole, q, n, system.scratch, phi)
        if n >= POOLED:
            newest = (newest + 1) % POOL
            pooled = min(pooled + 1, POOL)
            potentials(system.scratch, n, pool[newest])
        if distance < phi:
            phi = distance
            if phi < floor:
                return phi, False
    return phi, True


@door(REAL(INT, INT, INT, INT, REAL, REAL))
def cause_phi_door(system, source, mechanism, purview, upper, floor):
    """The same by address; whether phi is exact is left in ``places[0]``."""
    found = system_at(system)
    phi, exact = _cause_phi(found, source, mechanism, purview, upper, floor)
    found.places[0] = 1 if exact else 0
    return phi


@kernel
def cause_phi(system, source, mechanism, purview, upper, floor):
    """Smallest distance over the partitions of mechanism and purview: (phi, exact); see `_cause_phi`."""
    phi = cause_phi_door(address_of(system), source, mechanism, purview, upper, floor)
    return phi, system.places[0] == 1
