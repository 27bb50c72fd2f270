"""The cause side: repertoires, the minimum-information partition, the core cause.

A cut severs the connections from the elements in ``source`` to those in ``~source``; ``source = 0`` is no cut. Only
a mechanism with elements on the receiving side that read purview elements on the sending side is touched by it.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel
from .bits import precedes
from .tables import PARTITIONS, PURVIEWS, REPERTOIRES, TRANSPORTS
from .transport import emd


@kernel
def severs(system, source, mechanism, purview):
    """Tell whether the cut severs a connection by which `mechanism` reads `purview`."""
    return (system.inputs[mechanism & ~source] & source & purview) != 0


@kernel
def _write_marginals(system, side, mechanism, purview):
    start = system.offsets[purview]
    size = system.offsets[purview + 1] - start
    repertoire = system.repertoire[side, mechanism]
    marginal = system.marginal[side, mechanism, purview]
    place = 0
    for j in range(system.k):
        if purview >> j & 1:
            on = 0.0
            for x in range(size):
                if x >> place & 1:
                    on += repertoire[start + x]
            marginal[j] = on
            place += 1


@kernel
def _normalise(repertoire, start, size):
    total = 0.0
    for x in range(size):
        total += repertoire[start + x]
    if total > 0.0:
        for x in range(size):
            repertoire[start + x] /= total


@kernel
def _intact_repertoire(system, mechanism, purview):
    """Fill p(purview at t-1 | mechanism in its state) of the uncut system: product of likelihoods, normalised."""
    if system.stamp[0, mechanism, purview] == 1:
        return
    start = system.offsets[purview]
    size = system.offsets[purview + 1] - start
    out = system.repertoire[0, mechanism]
    if mechanism == 0:
        for x in range(size):
            out[start + x] = 1.0 / size
    else:
        rest = mechanism & (mechanism - 1)
        i = 0
        while not mechanism >> i & 1:
            i += 1
        table = system.likelihood[i]
        if rest:
            _intact_repertoire(system, rest, purview)
            other = system.repertoire[0, rest]
            for x in range(size):
                out[start + x] = other[start + x] * table[start + x]
        else:
            for x in range(size):
                out[start + x] = table[start + x]
        _normalise(out, start, size)
    _write_marginals(system, 0, mechanism, purview)
    system.stamp[0, mechanism, purview] = 1
    system.counts[REPERTOIRES] += 1


@kernel
def repertoire_side(system, source, cut_id, mechanism, purview):
    """Make sure the cause repertoire is there; return the side it stands on (0 intact, 1 this cut's)."""
    if source == 0 or not severs(system, source, mechanism, purview):
        _intact_repertoire(system, mechanism, purview)
        return 0
    if system.stamp[1, mechanism, purview] == cut_id:
        return 1
    keeps = mechanism & source
    loses = mechanism & ~source
    seen = purview & ~source
    _intact_repertoire(system, keeps, purview)
    _intact_repertoire(system, loses, seen)
    start = system.offsets[purview]
    size = system.offsets[purview + 1] - start
    first = system.repertoire[0, keeps]
    second = system.repertoire[0, loses]
    second_start = system.offsets[seen]
    select = system.packing[system.packing[purview, seen]]
    out = system.repertoire[1, mechanism]
    for x in range(size):
        out[start + x] = first[start + x] * second[second_start + select[x]]
    _normalise(out, start, size)
    _write_marginals(system, 1, mechanism, purview)
    system.stamp[1, mechanism, purview] = cut_id
    system.counts[REPERTOIRES] += 1
    return 1


@kernel
def _bounds(system, source, cut_id, mechanism, purview, marginal):
    """``g[m, p]``: how far the marginals of part (m, p) lie from the whole's, for all parts (packed masks)."""
    k = system.k
    m_index = 0
    m = 0
    while True:
        p_index = 0
        p = 0
        while True:
            if p == 0:
                system.g[m_index, 0] = 0.0
            else:
                side = repertoire_side(system, source, cut_id, m, p)
                part = system.marginal[side, m, p]
                distance = 0.0
                for j in range(k):
                    if p >> j & 1:
                        distance += abs(marginal[j] - part[j])
                system.g[m_index, p_index] = distance
            if p == purview:
                break
            p = (p - purview) & purview
            p_index += 1
        if m == mechanism:
            break
        m = (m - mechanism) & mechanism
        m_index += 1


@kernel
def write_partitioned(system, source, cut_id, m_one, p_one, m_two, p_two, q):
    """Write the product of the two parts' repertoires over the joint purview to `q`."""
    purview = p_one | p_two
    size = system.offsets[purview + 1] - system.offsets[purview]
    side_one = repertoire_side(system, source, cut_id, m_one, p_one)
    side_two = repertoire_side(system, source, cut_id, m_two, p_two)
    one = system.repertoire[side_one, m_one]
    two = system.repertoire[side_two, m_two]
    start_one = system.offsets[p_one]
    start_two = system.offsets[p_two]
    select_one = system.packing[system.packing[purview, p_one]]
    select_two = system.packing[system.packing[purview, p_two]]
    for x in range(size):
        q[x] = one[start_one + select_one[x]] * two[start_two + select_two[x]]


@kernel
def _partition_distance(system, source, cut_id, whole, n, mechanism, purview, m_one, p_one, cutoff):
    write_partitioned(system, source, cut_id, m_one, p_one, mechanism ^ m_one, purview ^ p_one, system.q)
    system.counts[TRANSPORTS] += 1
    return emd(whole, system.q, n, system.scratch, cutoff)


@kernel
def cause_phi(system, source, cut_id, mechanism, purview, floor):
    """Smallest distance over the partitions of mechanism and purview.

    Returns (phi, exact). As soon as one partition lies below `floor` the purview cannot be the core cause, and
    that distance is returned as an upper bound (exact = False).
    """
    system.counts[PURVIEWS] += 1
    side = repertoire_side(system, source, cut_id, mechanism, purview)
    start = system.offsets[purview]
    size = system.offsets[purview + 1] - start
    whole = system.repertoire[side, mechanism, start : start + size]
    total = 0.0
    for x in range(size):
        total += whole[x]
    if total == 0.0:
        return 0.0, True
    _bounds(system, source, cut_id, mechanism, purview, system.marginal[side, mechanism, purview])
    n = 0
    while (1 << n) < size:
        n += 1
    g = system.g
    m_last = system.packing[mechanism, mechanism]
    p_last = size - 1
    # Unordered: the second part keeps the mechanism's lowest element, so the first has an even packed mask.
    low_m = 0
    low_p = 1
    low = np.inf
    for m in range(0, m_last, 2):
        for p in range(1 if m == 0 else 0, size):
            bound = g[m, p] + g[m_last ^ m, p_last ^ p]
            if bound < low:
                low = bound
                low_m = m
                low_p = p
    phi = _partition_distance(
        system, source, cut_id, whole, n, mechanism, purview,
        unpack(mechanism, low_m), unpack(purview, low_p), np.inf,
    )  # fmt: skip
    if phi < floor:
        return phi, False
    for m in range(0, m_last, 2):
        for p in range(1 if m == 0 else 0, size):
            if g[m, p] + g[m_last ^ m, p_last ^ p] >= phi:
                continue
            if m == low_m and p == low_p:
                continue
            system.counts[PARTITIONS] += 1
            distance = _partition_distance(
                system, source, cut_id, whole, n, mechanism, purview,
                unpack(mechanism, m), unpack(purview, p), phi,
            )  # fmt: skip
            if distance < phi:
                phi = distance
                if phi < floor:
                    return phi, False
    return phi, True


@kernel
def unpack(mask, packed):
    """Spread the low bits of `packed` over the elements of `mask`."""
    out = 0
    while mask:
        lowest = mask & -mask
        if packed & 1:
            out |= lowest
        packed >>= 1
        mask ^= lowest
    return out


@kernel
def intact_phi(system, mechanism, purview, floor):
    """`cause_phi` of the uncut system, remembered; below `floor` an upper bound will do."""
    known = system.settled[mechanism, purview]
    if known == 1 or (known == 2 and system.small_phi[mechanism, purview] < floor):
        return system.small_phi[mechanism, purview]
    phi, exact = cause_phi(system, 0, 0, mechanism, purview, floor)
    system.small_phi[mechanism, purview] = phi
    system.settled[mechanism, purview] = 1 if exact else 2
    return phi


@kernel
def core_cause(system, source, cut_id, mechanism, tolerance):
    """The purview with the largest phi, ties to the larger and then the first in index order: (phi, purview)."""
    best = 0.0
    winner = 0
    full = (1 << system.k) - 1
    # Purviews that the cut leaves alone first: they are remembered, and lift the floor for the others.
    for turn in range(2):
        purview = full
        while purview:
            touched = source != 0 and severs(system, source, mechanism, purview)
            if touched == (turn == 1):
                if touched and ((mechanism & source) == 0 or (purview & ~source) == 0):
                    # A part of the mechanism or of the purview hangs on severed connections only: reducible.
                    purview -= 1
                    continue
                floor = best - tolerance
                if touched:
                    phi, _ = cause_phi(system, source, cut_id, mechanism, purview, floor)
                else:
                    phi = intact_phi(system, mechanism, purview, floor)
                if phi > best + tolerance:
                    best = phi
                    winner = purview
                elif phi >= best - tolerance and phi > tolerance:
                    if winner == 0 or precedes(purview, winner):
                        winner = purview
                    best = max(best, phi)
            purview -= 1
        if source == 0:
            break
    return best, winner
