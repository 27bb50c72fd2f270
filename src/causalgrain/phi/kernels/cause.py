"""The cause side: repertoires, the minimum-information partition, the core cause.

A cut severs the connections from the elements in ``source`` to those in ``~source``; ``source = 0`` is no cut. Only
a mechanism with elements on the receiving side that read purview elements on the sending side is touched by it.

A purview that holds an element which no element of the mechanism reads is reducible (that element is uniform in every
repertoire), so purviews are sought among the mechanism's inputs only.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel
from .bits import precedes
from .tables import NONE, PARTITIONS, PURVIEWS, REPERTOIRES, TRANSPORTS
from .transport import emd, potentials

INTACT, CUT = np.int64(0), np.int64(1)  # the side of the tables on which a repertoire stands
UNKNOWN, EXACT, ABOVE = 0, 1, 2  # what is known of the phi of a purview: nothing, its value, an upper bound
POOL = 8  # dual potentials kept of one purview


@kernel
def severs(system, source, mechanism, purview):
    """Tell whether the cut severs a connection by which `mechanism` reads `purview`."""
    return (system.inputs[mechanism & ~source] & source & purview) != 0


@kernel
def reads(system, source, mechanism):
    """The elements that `mechanism` still reads under the cut."""
    return system.inputs[mechanism & source] | (system.inputs[mechanism & ~source] & ~source)


@kernel
def _finish(system, side, mechanism, purview, total):
    """Normalise a repertoire by its `total` and write its marginals."""
    start = system.offsets[purview]
    size = system.offsets[purview + 1] - start
    repertoire = system.repertoire[side, mechanism]
    marginal = system.marginal[side, mechanism, purview]
    if total > 0.0:
        for x in range(size):
            repertoire[start + x] /= total
    place = 0
    for j in range(system.k):
        if purview >> j & 1:
            on = 0.0
            step = 1 << place
            for x in range(size):
                if x & step:
                    on += repertoire[start + x]
            marginal[j] = on
            place += 1
    system.counts[REPERTOIRES] += 1


@kernel
def fill_intact(system, mechanism, purviews):
    """Fill p(P at t-1 | m in its state) of the uncut system for all m in `mechanism`, P in `purviews`.

    A product of likelihoods, normalised: each m takes one element more than an earlier one.
    """
    m = 0
    while True:
        rest = m & (m - 1)
        lowest = m ^ rest
        i = 0
        while lowest >> (i + 1):
            i += 1
        out = system.repertoire[0, m]
        other = system.repertoire[0, rest]
        table = system.likelihood[i]
        p = 0
        while True:
            if system.stamp[0, m, p] == 0:
                start = system.offsets[p]
                stop = system.offsets[p + 1]
                total = 0.0
                for x in range(start, stop):
                    if m == 0:
                        out[x] = 1.0 / (stop - start)
                    elif rest == 0:
                        out[x] = table[x]
                    else:
                        out[x] = other[x] * table[x]
                    total += out[x]
                _finish(system, INTACT, m, p, total)
                system.stamp[0, m, p] = 1
            if p == purviews:
                break
            p = (p - purviews) & purviews
        if m == mechanism:
            break
        m = (m - mechanism) & mechanism


@kernel
def fill_cut(system, source, cut_id, mechanism, purviews):
    """Fill the repertoires that the cut touches, for all m in `mechanism` and P in `purviews`.

    The elements that keep reading P and those that lose a part of it contribute independently.
    """
    m = 0
    while True:
        keeps = m & source
        loses = m & ~source
        first = system.repertoire[0, keeps]
        second = system.repertoire[0, loses]
        out = system.repertoire[1, m]
        p = 0
        while True:
            if system.stamp[1, m, p] != cut_id and (system.inputs[loses] & source & p) != 0:
                seen = p & ~source
                start = system.offsets[p]
                seen_start = system.offsets[seen]
                select = system.packing[system.packing[p, seen]]
                total = 0.0
                for x in range(system.offsets[p + 1] - start):
                    value = first[start + x] * second[seen_start + select[x]]
                    out[start + x] = value
                    total += value
                _finish(system, CUT, m, p, total)
                system.stamp[1, m, p] = cut_id
            if p == purviews:
                break
            p = (p - purviews) & purviews
        if m == mechanism:
            break
        m = (m - mechanism) & mechanism


@kernel
def repertoire_side(system, source, cut_id, mechanism, purview):
    """Make sure the cause repertoires of all parts are there; return the side this one stands on (1: this cut's)."""
    fill_intact(system, mechanism, purview)
    if source == 0:
        return 0
    fill_cut(system, source, cut_id, mechanism, purview)
    return 1 if severs(system, source, mechanism, purview) else 0


@kernel
def write_partitioned(system, source, cut_id, m_one, p_one, m_two, p_two, q):
    """Write the product of the two parts' repertoires over the joint purview to `q`."""
    purview = p_one | p_two
    side_one = 1 if severs(system, source, m_one, p_one) else 0
    side_two = 1 if severs(system, source, m_two, p_two) else 0
    one = system.repertoire[side_one, m_one]
    two = system.repertoire[side_two, m_two]
    start_one = system.offsets[p_one]
    start_two = system.offsets[p_two]
    select_one = system.packing[system.packing[purview, p_one]]
    select_two = system.packing[system.packing[purview, p_two]]
    for x in range(system.offsets[purview + 1] - system.offsets[purview]):
        q[x] = one[start_one + select_one[x]] * two[start_two + select_two[x]]


@kernel
def unpack(mask, packed):
    """Spread the low bits of `packed` over the elements of `mask`."""
    out = 0
    while packed:
        lowest = mask & -mask
        if packed & 1:
            out |= lowest
        packed >>= 1
        mask ^= lowest
    return out


@kernel
def _bound_parts(system, source, mechanism, purview):
    """``g[m, p]``: how far the marginals of part (m, p) lie from the whole's, for all parts (packed masks)."""
    inputs = system.inputs
    marginals = system.marginal
    whole_side = 1 if (inputs[mechanism & ~source] & source & purview) != 0 else 0
    whole = marginals[whole_side, mechanism, purview]
    g = system.g
    m_index = 0
    m = 0
    while True:
        lost = inputs[m & ~source] & source
        g[m_index, 0] = 0.0
        p_index = 1
        p = purview & -purview
        while True:
            part = marginals[1 if lost & p else 0, m, p]
            distance = 0.0
            left = p
            j = 0
            while left:
                if left & 1:
                    distance += abs(whole[j] - part[j])
                left >>= 1
                j += 1
            g[m_index, p_index] = distance
            if p == purview:
                break
            p = (p - purview) & purview
            p_index += 1
        if m == mechanism:
            break
        m = (m - mechanism) & mechanism
        m_index += 1


@kernel
def _first_partition(system, m_last, p_last):
    """The partition with the lowest bound: (bound, m, p), packed masks of the first part.

    Unordered: the second part keeps the mechanism's lowest element, so the first has an even packed mask.
    """
    g = system.g
    low = np.inf
    low_m = 0
    low_p = 1
    for m in range(0, m_last, 2):
        for p in range(1 if m == 0 else 0, p_last + 1):
            bound = g[m, p] + g[m_last ^ m, p_last ^ p]
            if bound < low:
                low = bound
                low_m = m
                low_p = p
    return low, low_m, low_p


@kernel
def _elements(size):
    n = 0
    while (1 << n) < size:
        n += 1
    return n


@kernel
def first_distance(system, source, cut_id, mechanism, purview):
    """Distance of the partition with the lowest bound: an upper bound of phi, at the price of one transport."""
    system.counts[PURVIEWS] += 1
    side = 1 if severs(system, source, mechanism, purview) else 0
    start = system.offsets[purview]
    stop = system.offsets[purview + 1]
    _bound_parts(system, source, mechanism, purview)
    m_last = system.packing[mechanism, mechanism]
    _, m, p = _first_partition(system, m_last, stop - start - 1)
    m_one = unpack(mechanism, m)
    p_one = unpack(purview, p)
    write_partitioned(system, source, cut_id, m_one, p_one, mechanism ^ m_one, purview ^ p_one, system.q)
    system.counts[TRANSPORTS] += 1
    whole = system.repertoire[side, mechanism, start:stop]
    return emd(whole, system.q, _elements(stop - start), system.scratch, np.inf)


@kernel
def cause_phi(system, source, cut_id, mechanism, purview, upper, floor):
    """Smallest distance over the partitions of mechanism and purview: (phi, exact).

    `upper` is a distance known already (or infinity). As soon as a partition lies below `floor` the purview cannot
    be the core cause, and that distance is returned as an upper bound (exact = False). Dual potentials of earlier
    transports reject most partitions by one dot product.
    """
    side = 1 if severs(system, source, mechanism, purview) else 0
    start = system.offsets[purview]
    size = system.offsets[purview + 1] - start
    whole = system.repertoire[side, mechanism, start : start + size]
    total = 0.0
    for x in range(size):
        total += whole[x]
    if total == 0.0:
        return 0.0, True
    n = _elements(size)
    _bound_parts(system, source, mechanism, purview)
    g = system.g
    q = system.q
    m_last = system.packing[mechanism, mechanism]
    p_last = size - 1
    phi = upper
    bounds = system.bounds
    waiting = 0
    for m in range(0, m_last, 2):
        for p in range(1 if m == 0 else 0, size):
            bound = g[m, p] + g[m_last ^ m, p_last ^ p]
            if bound < phi:
                bounds[waiting] = bound
                system.places[waiting] = m << 16 | p
                waiting += 1
    pooled = 0
    newest = 0
    while waiting > 0:
        # The lowest bound next: it is the likeliest to lie below all others.
        low = 0
        for c in range(1, waiting):
            if bounds[c] < bounds[low]:
                low = c
        if bounds[low] >= phi:
            break
        place = system.places[low]
        waiting -= 1
        bounds[low] = bounds[waiting]
        system.places[low] = system.places[waiting]
        m_one = unpack(mechanism, place >> 16)
        p_one = unpack(purview, place & 0xFFFF)
        system.counts[PARTITIONS] += 1
        write_partitioned(system, source, cut_id, m_one, p_one, mechanism ^ m_one, purview ^ p_one, q)
        rejected = False
        for d in range(pooled):
            dual = system.pool[(newest - d) % POOL]
            value = 0.0
            for x in range(size):
                value += dual[x] * (whole[x] - q[x])
            if value >= phi:
                rejected = True
                break
        if rejected:
            continue
        system.counts[TRANSPORTS] += 1
        distance = emd(whole, q, n, system.scratch, phi)
        if n >= 3:
            newest = (newest + 1) % POOL
            pooled = min(pooled + 1, POOL)
            potentials(system.scratch, n, system.pool[newest])
        if distance < phi:
            phi = distance
            if phi < floor:
                return phi, False
    return phi, True


@kernel
def intact_phi(system, mechanism, purview, floor):
    """Phi of one purview of the uncut system, remembered; below `floor` an upper bound will do."""
    known = system.settled[mechanism, purview]
    if known == EXACT or (known == ABOVE and system.small_phi[mechanism, purview] < floor):
        return system.small_phi[mechanism, purview]
    fill_intact(system, mechanism, purview)
    phi, exact = cause_phi(system, NONE, NONE, mechanism, purview, np.inf, floor)
    system.small_phi[mechanism, purview] = phi
    system.settled[mechanism, purview] = EXACT if exact else ABOVE
    return phi


@kernel
def core_cause(system, source, cut_id, mechanism, tolerance):
    """The purview with the largest phi, ties to the larger and then the first in index order: (phi, purview).

    Each purview gets an upper bound by one transport; then the purview with the highest bound is settled, until no
    bound reaches the best phi. What the cut leaves alone is remembered from the uncut system.
    """
    within = reads(system, source, mechanism)
    if within == 0:
        return 0.0, 0
    fill_intact(system, mechanism, within)
    if source:
        fill_cut(system, source, cut_id, mechanism, within)
    phi = system.purview_phi
    known = system.purview_known
    split = (mechanism & source) != 0
    best = 0.0
    p = 0
    while p != within:
        p = (p - within) & within
        if source == 0 or not severs(system, source, mechanism, p):
            if system.settled[mechanism, p] == UNKNOWN:
                system.small_phi[mechanism, p] = first_distance(system, NONE, NONE, mechanism, p)
                system.settled[mechanism, p] = ABOVE
            phi[p] = system.small_phi[mechanism, p]
            known[p] = system.settled[mechanism, p]
        elif split and (p & ~source) != 0:
            phi[p] = first_distance(system, source, cut_id, mechanism, p)
            known[p] = ABOVE
        else:
            # A part of the mechanism or of the purview hangs on severed connections only: reducible.
            phi[p] = 0.0
            known[p] = EXACT
        if known[p] == EXACT:
            best = max(best, phi[p])
    while True:
        top = 0
        p = 0
        while p != within:
            p = (p - within) & within
            if known[p] == ABOVE and phi[p] > tolerance and phi[p] >= best - tolerance:
                if top == 0 or phi[p] > phi[top]:
                    top = p
        if top == 0:
            break
        touched = source != 0 and severs(system, source, mechanism, top)
        value, exact = cause_phi(
            system, source if touched else NONE, cut_id, mechanism, top, phi[top], best - tolerance
        )
        phi[top] = value
        known[top] = EXACT if exact else ABOVE
        if not touched:
            system.small_phi[mechanism, top] = value
            system.settled[mechanism, top] = known[top]
        if exact:
            best = max(best, value)
    winner = 0
    p = 0
    while p != within:
        p = (p - within) & within
        if known[p] == EXACT and phi[p] > tolerance and phi[p] >= best - tolerance:
            if winner == 0 or precedes(p, winner):
                winner = p
    return best if winner else 0.0, winner
