"""A lower bound of the distance that a cut leaves, before its structure is unfolded.

How far a concept lies from the null concept, ``f(x) = EMD(cause repertoire, uniform) + sum |effect marginals -
unconstrained|``, changes by no more than the ground distance from one concept to another, and the null concept has
``f = 0``. So ``f`` is a feasible potential of the transport between the whole and the cut structure:

    distance >= sum over concepts of the whole of phi f  -  sum over concepts after the cut of phi f.

After the cut, effect sides are known in closed form, and phi is at most the effect's; the core cause isn't known, but
its distance from uniform is at most the largest over the purviews that the mechanism still reads. Most cuts of a
dense system are told from the best one in this way. As the concepts of a cut are found, each takes its own value.
"""

from __future__ import annotations

import numpy as np

from ._compile import FLAGS, INT, NUMBERS, REAL, address_of, carray, door, kernel
from .bits import elements_of
from .concepts import structure_at
from .distance import concept_distance
from .effect import core_effect
from .memory import UNKNOWN, place
from .repertoires import fill_intact, reads, severs
from .tables import NONE, system_at
from .transport import emd

EXACT_UP_TO = 4  # elements up to which a distance from uniform costs next to nothing


@kernel
def _far_from_uniform(system, p):
    """An upper bound of the distance of a repertoire from uniform; exact up to four elements. Spoils `p`.

    An element at a time is coupled given those below it, the last four as well as can be.
    """
    size = p.shape[0]
    n = elements_of(size)
    total = 0.0
    while n > EXACT_UP_TO:
        size >>= 1
        for x in range(size):
            total += 0.5 * abs(p[x] - p[x + size])
            p[x] += p[x + size]
        n -= 1
    uniform = system.pool[7]
    for x in range(size):
        uniform[x] = 1.0 / size
    return total + emd(p, uniform, n, system.scratch, np.inf)


@kernel
def _far_intact(system, mechanism, purview):
    """The same for a repertoire of the uncut system, remembered."""
    far = system.far[mechanism, purview]
    if far < 0.0:
        start = system.offsets[purview]
        size = system.offsets[purview + 1] - start
        repertoire = system.repertoire[0, mechanism]
        q = system.q[:size]
        for x in range(size):
            q[x] = repertoire[start + x]
        far = _far_from_uniform(system, q)
        system.far[mechanism, purview] = far
    return far


@kernel
def _far_cut(system, source, mechanism, purview):
    """The same for a repertoire that the cut touches, without keeping it."""
    offsets = system.offsets
    seen = purview & ~source
    first = system.repertoire[0, mechanism & source]
    second = system.repertoire[0, mechanism & ~source]
    start = offsets[purview]
    seen_start = offsets[seen]
    select = system.packing[system.packing[purview, seen]]
    size = offsets[purview + 1] - start
    q = system.q[:size]
    total = 0.0
    for x in range(size):
        q[x] = first[start + x] * second[seen_start + select[x]]
        total += q[x]
    if total == 0.0:
        return 0.0
    for x in range(size):
        q[x] /= total
    return _far_from_uniform(system, q)


@kernel
def effect_far(effect, mechanism, purview, reference):
    """Distance of an effect, expanded to all elements, from the `reference` marginals (k,)."""
    total = 0.0
    for j in range(reference.shape[0]):
        marginal = effect[j, mechanism] if purview >> j & 1 else effect[j, 0]
        total += abs(marginal - reference[j])
    return total


@kernel
def concept_far(system, side, mechanism, purview):
    """An upper bound of the distance of a core cause from uniform."""
    if side == 0:
        return _far_intact(system, mechanism, purview)
    start = system.offsets[purview]
    size = system.offsets[purview + 1] - start
    repertoire = system.repertoire[side, mechanism]
    q = system.q[:size]
    for x in range(size):
        q[x] = repertoire[start + x]
    return _far_from_uniform(system, q)


@kernel
def _most(system, source, mechanism, effect_phi, far_effect, tolerance):
    """The largest phi f that a mechanism can have after a cut, over the purviews it still reads."""
    inputs = system.inputs
    within = reads(inputs, source, mechanism)
    if within == 0:
        return 0.0
    fill_intact(system, mechanism, inputs[mechanism])
    split = (mechanism & source) != 0
    most = 0.0
    p = 0
    while p != within:
        p = (p - within) & within
        if source == 0 or not severs(inputs, source, mechanism, p):
            at = place(system, NONE, mechanism, p)
            phi = effect_phi
            if system.memo_known[at] != UNKNOWN:
                phi = min(phi, system.memo_phi[at])
            if phi <= tolerance:
                continue
            far = _far_intact(system, mechanism, p)
        elif split and (p & ~source) != 0:
            phi = effect_phi
            far = _far_cut(system, source, mechanism, p)
        else:
            continue
        most = max(most, min(phi, far) * (far + far_effect))
    return most


@kernel
def _bound_cut(system, whole, effect, source, eligible, reference, tolerance, most):
    """Bound phi f of every mechanism after a cut, in `most` (2**k,); return their sum.

    `reference` (k,) are the unconstrained effect marginals of the whole. A mechanism on the sending side of a cut of
    the same system keeps its core cause.
    """
    total = 0.0
    for mechanism in range(1, eligible.shape[0]):
        most[mechanism] = 0.0
        if not eligible[mechanism]:
            continue
        effect_phi, purview = core_effect(effect, mechanism, tolerance)
        if effect_phi <= tolerance:
            continue
        far_effect = effect_far(effect, mechanism, purview, reference)
        if source != 0 and mechanism & ~source == 0 and whole.phi[mechanism] > 0.0:
            far = _far_intact(system, mechanism, whole.cause[mechanism])
            most[mechanism] = min(effect_phi, whole.cause_phi[mechanism]) * (far + far_effect)
        else:
            most[mechanism] = _most(system, source, mechanism, effect_phi, far_effect, tolerance)
        total += most[mechanism]
    return total


@door(REAL(INT, INT, NUMBERS, INT, FLAGS, NUMBERS, REAL, NUMBERS))
def bound_door(system, whole, effect, source, eligible, reference, tolerance, most):
    """The same by addresses."""
    found = system_at(system)
    k = found.k
    size = 1 << k
    return _bound_cut(
        found,
        structure_at(whole),
        carray(effect, (k, size)),
        source,
        carray(eligible, (size,)),
        carray(reference, (k,)),
        tolerance,
        carray(most, (size,)),
    )


@kernel
def bound_cut(system, whole, effect, source, eligible, reference, tolerance, most):
    """Bound phi f of every mechanism after a cut, in `most` (2**k,); return their sum; see `_bound_cut`."""
    return bound_door(
        address_of(system),
        address_of(whole),
        effect.ctypes,
        source,
        eligible.ctypes,
        reference.ctypes,
        tolerance,
        most.ctypes,
    )


@kernel
def total_far(system, whole):
    """The sum of phi f over the concepts of a whole structure."""
    total = 0.0
    for mechanism in range(1, whole.phi.shape[0]):
        if whole.phi[mechanism] > 0.0:
            total += whole.phi[mechanism] * concept_distance(system, whole, mechanism, system, whole, 0)
    return total
