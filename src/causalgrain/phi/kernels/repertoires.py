"""Cause repertoires, uncut and under a cut, and the product of two parts.

A cut severs the connections from the elements in ``source`` to those in ``~source``; ``source = 0`` is no cut. Only
a mechanism with elements on the receiving side that read purview elements on the sending side is touched by it.
"""

from __future__ import annotations

from ._compile import kernel
from .tables import REPERTOIRES


@kernel
def severs(inputs, source, mechanism, purview):
    """Tell whether the cut severs a connection by which `mechanism` reads `purview`."""
    return (inputs[mechanism & ~source] & source & purview) != 0


@kernel
def reads(inputs, source, mechanism):
    """The elements that `mechanism` still reads under the cut."""
    return inputs[mechanism & source] | (inputs[mechanism & ~source] & ~source)


@kernel
def _finish(repertoire, start, size, marginal, purview, total):
    """Normalise a repertoire by its `total` and write its marginals."""
    if total > 0.0:
        for x in range(size):
            repertoire[start + x] /= total
    step = 1
    left = purview
    j = 0
    while left:
        if left & 1:
            on = 0.0
            for block in range(step, size, 2 * step):
                for x in range(start + block, start + block + step):
                    on += repertoire[x]
            marginal[j] = on
            step <<= 1
        left >>= 1
        j += 1


@kernel
def fill_intact(system, mechanism, purviews):
    """Fill p(P at t-1 | m in its state) of the uncut system for all m in `mechanism`, P in `purviews`.

    A product of likelihoods, normalised: each m takes one element more than an earlier one.
    """
    if system.filled[mechanism] and purviews & ~system.inputs[mechanism] == 0:
        return
    offsets = system.offsets
    repertoires = system.repertoire
    marginals = system.marginal
    stamps = system.stamp
    likelihood = system.likelihood
    filled = 0
    m = 0
    while True:
        rest = m & (m - 1)
        i = 0
        while (m ^ rest) >> (i + 1):
            i += 1
        out = repertoires[0, m]
        other = repertoires[0, rest]
        table = likelihood[i]
        stamp = stamps[0, m]
        p = 0
        while True:
            if stamp[p] == 0:
                start = offsets[p]
                stop = offsets[p + 1]
                total = 0.0
                if m == 0:
                    for x in range(start, stop):
                        out[x] = 1.0 / (stop - start)
                    total = 1.0
                elif rest == 0:
                    for x in range(start, stop):
                        out[x] = table[x]
                        total += out[x]
                else:
                    for x in range(start, stop):
                        out[x] = other[x] * table[x]
                        total += out[x]
                _finish(out, start, stop - start, marginals[0, m, p], p, total)
                filled += 1
                stamp[p] = 1
            if p == purviews:
                break
            p = (p - purviews) & purviews
        if m == mechanism:
            break
        m = (m - mechanism) & mechanism
    system.counts[REPERTOIRES] += filled
    if purviews == system.inputs[mechanism]:
        system.filled[mechanism] = 1


@kernel
def fill_cut(system, source, cut_id, mechanism, purviews):
    """Fill the repertoires that the cut touches, for all m in `mechanism` and P in `purviews`.

    The elements that keep reading P and those that lose a part of it contribute independently.
    """
    offsets = system.offsets
    packing = system.packing
    repertoires = system.repertoire
    marginals = system.marginal
    stamps = system.stamp
    inputs = system.inputs
    filled = 0
    m = 0
    while True:
        keeps = m & source
        loses = m & ~source
        lost = inputs[loses] & source & purviews
        if lost:
            first = repertoires[0, keeps]
            second = repertoires[0, loses]
            out = repertoires[1, m]
            stamp = stamps[1, m]
            p = 0
            while True:
                if p & lost and stamp[p] != cut_id:
                    seen = p & ~source
                    start = offsets[p]
                    seen_start = offsets[seen]
                    select = packing[packing[p, seen]]
                    size = offsets[p + 1] - start
                    total = 0.0
                    for x in range(size):
                        value = first[start + x] * second[seen_start + select[x]]
                        out[start + x] = value
                        total += value
                    _finish(out, start, size, marginals[1, m, p], p, total)
                    filled += 1
                    stamp[p] = cut_id
                if p == purviews:
                    break
                p = (p - purviews) & purviews
        if m == mechanism:
            break
        m = (m - mechanism) & mechanism
    system.counts[REPERTOIRES] += filled


@kernel
def repertoire_side(system, source, cut_id, mechanism, purview):
    """Make sure the cause repertoires of all parts are there; return the side this one stands on (1: this cut's)."""
    fill_intact(system, mechanism, purview)
    if source == 0:
        return 0
    fill_cut(system, source, cut_id, mechanism, purview)
    return 1 if severs(system.inputs, source, mechanism, purview) else 0


@kernel
def write_partitioned(system, source, m_one, p_one, m_two, p_two, q):
    """Write the product of the two parts' repertoires over the joint purview to `q`."""
    offsets = system.offsets
    packing = system.packing
    purview = p_one | p_two
    side_one = 1 if severs(system.inputs, source, m_one, p_one) else 0
    side_two = 1 if severs(system.inputs, source, m_two, p_two) else 0
    one = system.repertoire[side_one, m_one]
    two = system.repertoire[side_two, m_two]
    start_one = offsets[p_one]
    start_two = offsets[p_two]
    size = offsets[purview + 1] - offsets[purview]
    if p_two == 0:
        for x in range(size):
            q[x] = one[start_one + x] * two[start_two]
    elif p_one == 0:
        for x in range(size):
            q[x] = one[start_one] * two[start_two + x]
    else:
        select_one = packing[packing[purview, p_one]]
        select_two = packing[packing[purview, p_two]]
        for x in range(size):
            q[x] = one[start_one + select_one[x]] * two[start_two + select_two[x]]
