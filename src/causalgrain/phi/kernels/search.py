"""The search for the minimum-information partition of a system: over all unidirectional cuts.

A cut is named by the elements on its sending side (``source``); its receiving side is all the others. Ascending
``source`` is the index order of cuts. Cuts that sever the fewest connections come first, for they tend to leave the
smallest distance, which then bounds the others.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel
from .bits import heapify, popcount, sink
from .bounds import bound_cut, total_far
from .concepts import new_structure
from .distance import structure_distance
from .effect import cut_effects
from .structure import mark_eligible, unfold, unfold_all
from .tables import CUTS, NONE, empty_system, load, new_system


@kernel
def is_strong(edges, k):
    """Tell whether every element reaches every other along the connections (`edges[i]`: inputs of i)."""
    full = (1 << k) - 1
    for direction in range(2):
        reached = 1
        grew = True
        while grew:
            grew = False
            for i in range(k):
                for j in range(k):
                    if edges[i] >> j & 1:
                        a, b = (j, i) if direction == 0 else (i, j)
                        if reached >> a & 1 and not reached >> b & 1:
                            reached |= 1 << b
                            grew = True
        if reached != full:
            return False
    return True


@kernel
def cut_order(edges, k):
    """Sending sides of all cuts, fewest severed connections first, then in index order."""
    full = (1 << k) - 1
    most = k * k
    first = np.zeros(most + 2, np.int64)
    severed = np.zeros(full + 1, np.int64)
    for source in range(1, full):
        for i in range(k):
            if not source >> i & 1:
                severed[source] += popcount(edges[i] & source)
        first[severed[source] + 1] += 1
    for count in range(most):
        first[count + 1] += first[count]
    order = np.empty(full - 1, np.int64)
    for source in range(1, full):
        order[first[severed[source]]] = source
        first[severed[source]] += 1
    return order


@kernel
def open_system(on, edges, state, tolerance, counts):
    """Unfold a micro system: (system, its structure, number of concepts)."""
    k = on.shape[1]
    system = new_system(on, edges, state, counts)
    whole = new_structure(k)
    found = unfold_all(system, system.effect, NONE, NONE, np.ones(1 << k, np.bool_), whole, tolerance)
    return system, whole, found


@kernel
def bound_cuts(system, whole, order, tolerance):
    """A lower bound of the distance of every cut in `order` (cuts,)."""
    size = 1 << system.k
    effect = np.empty_like(system.effect)
    eligible = np.empty(size, np.bool_)
    most = np.empty(size)
    micro = np.arange(size)
    bounds = np.empty(order.shape[0])
    total = total_far(system, whole)
    for place in range(order.shape[0]):
        source = order[place]
        cut_effects(system.effect, source, effect)
        mark_eligible(whole, source, micro, eligible)
        bounds[place] = total - bound_cut(system, whole, effect, source, eligible, whole.unconstrained, tolerance, most)
    return bounds


@kernel
def settle_cut(system, whole, source, cut_id, bound, cutoff, tolerance):
    """Distance that a cut leaves, or a lower bound of it above `cutoff`; `bound` is what is known of it.

    `cut_id` tells what the system keeps of this cut from what it kept of others: a number above 0, used once.
    """
    k = system.k
    size = 1 << k
    effect = np.empty_like(system.effect)
    eligible = np.empty(size, np.bool_)
    most = np.empty(size)
    part = new_structure(k)
    system.counts[CUTS] += 1
    cut_effects(system.effect, source, effect)
    mark_eligible(whole, source, np.arange(size), eligible)
    if cutoff < np.inf:
        bound_cut(system, whole, effect, source, eligible, whole.unconstrained, tolerance, most)
    _, bound = unfold(
        system, effect, source, cut_id, eligible, part, tolerance, whole.unconstrained, most, bound, cutoff
    )
    if bound > cutoff:
        return bound
    return structure_distance(system, whole, system, part, cutoff, tolerance)


@kernel
def micro_search(on, edges, state, tolerance, exhaustive, counts):
    """Phi of a micro system.

    `on` (2**k, k) state-by-node TPM, `edges` (k,) inputs of each element, `state` index. Returns (phi, cut,
    distances): `distances` (2**k,) holds for each sending side the exact distance where it is within `tolerance` of
    the least, else a lower bound of it (always exact where `exhaustive`); `cut` is 0 where no cut was needed.
    """
    k = on.shape[1]
    distances = np.full(1 << k, np.nan)
    if k == 1 or not is_strong(edges, k):
        return 0.0, 0, distances
    system, whole, found = open_system(on, edges, state, tolerance, counts)
    if found == 0:
        return 0.0, 0, distances
    order = cut_order(edges, k)
    waiting = order.shape[0]
    if exhaustive:
        bounds = np.zeros(waiting)
    else:
        bounds = bound_cuts(system, whole, order, tolerance)
        heapify(bounds, order, waiting)
    best = np.inf
    cut_id = NONE
    while waiting > 0:
        # The lowest bound first: it is the likeliest to be the best, and ends the search where it is above the best.
        waiting -= 1
        source = order[0]
        bound = bounds[0]
        bounds[0] = bounds[waiting]
        order[0] = order[waiting]
        if not exhaustive:
            sink(bounds, order, 0, waiting)
        cutoff = np.inf if exhaustive else best + tolerance
        if bound > cutoff:
            distances[source] = bound
            continue
        cut_id += 1
        distances[source] = settle_cut(system, whole, source, cut_id, bound, cutoff, tolerance)
        best = min(best, distances[source])
        if best <= tolerance and not exhaustive:
            return 0.0, source, distances
    return pick(best, distances, tolerance)


@kernel
def self_loop_search(on, state, tolerance, counts):
    """Phi of a single element with its self-loop severed: the peer's optional reading of one-element systems."""
    edges = np.ones(1, np.int64)
    system = new_system(on, edges, state, counts)
    whole = new_structure(1)
    eligible = np.ones(2, np.bool_)
    if unfold_all(system, system.effect, NONE, NONE, eligible, whole, tolerance) == 0:
        return 0.0
    noise = np.empty_like(on)
    noise[:, 0] = (on[0, 0] + on[1, 0]) / 2.0
    other = new_system(noise, edges, state, counts)
    part = new_structure(1)
    unfold_all(other, other.effect, NONE, NONE, eligible, part, tolerance)
    return structure_distance(system, whole, other, part, np.inf, tolerance)


@kernel
def macro_search(on, cut_on, micro, state, tolerance, exhaustive, floor, counts):
    """Phi of a macro system whose cuts are of micro elements.

    `on` (2**k, k) the macro TPM, `cut_on` (2**n, 2**k, k) the macro TPMs after each cut of the n micro elements, by
    sending side (first and last row unused), `micro` (2**k,) the micro elements of each set of macro elements,
    `state` the macro state's index. Macro elements are connected all-to-all. Returns as `micro_search`; once a cut lies
    below `floor` the search is given up, and what it returns are an upper bound of Phi and -1.
    """
    k = on.shape[1]
    n_cuts = cut_on.shape[0]
    distances = np.full(n_cuts, np.nan)
    edges = np.full(k, (1 << k) - 1, np.int64)
    system = new_system(on, edges, state, counts)
    whole = new_structure(k)
    eligible = np.ones(1 << k, np.bool_)
    if unfold_all(system, system.effect, NONE, NONE, eligible, whole, tolerance) == 0:
        return 0.0, 0, distances
    part = new_structure(k)
    other = empty_system(k, counts)
    most = np.empty(1 << k)
    order = np.arange(1, n_cuts - 1)
    bounds = np.zeros(order.shape[0])
    waiting = order.shape[0]
    if not exhaustive:
        total = total_far(system, whole)
        for place in range(waiting):
            source = order[place]
            load(other, cut_on[source], edges, state)
            mark_eligible(whole, source, micro, eligible)
            bounds[place] = total - bound_cut(
                other, whole, other.effect, NONE, eligible, whole.unconstrained, tolerance, most
            )
        heapify(bounds, order, waiting)
    best = np.inf
    while waiting > 0:
        waiting -= 1
        source = order[0]
        bound = bounds[0]
        bounds[0] = bounds[waiting]
        order[0] = order[waiting]
        if not exhaustive:
            sink(bounds, order, 0, waiting)
        cutoff = np.inf if exhaustive else best + tolerance
        if bound > cutoff:
            distances[source] = bound
            continue
        counts[CUTS] += 1
        load(other, cut_on[source], edges, state)
        mark_eligible(whole, source, micro, eligible)
        if cutoff < np.inf:
            bound_cut(other, whole, other.effect, NONE, eligible, whole.unconstrained, tolerance, most)
        _, bound = unfold(
            other, other.effect, NONE, NONE, eligible, part, tolerance, whole.unconstrained, most, bound, cutoff
        )
        if bound > cutoff:
            distances[source] = bound
            continue
        distances[source] = structure_distance(system, whole, other, part, cutoff, tolerance)
        best = min(best, distances[source])
        if best < floor - tolerance:
            return best, -1, distances
        if best <= tolerance and not exhaustive:
            return 0.0, source, distances
    return pick(best, distances, tolerance)


@kernel
def pick(best, distances, tolerance):
    """The first cut in index order within `tolerance` of the least distance."""
    for source in range(1, distances.shape[0]):
        if distances[source] <= best + tolerance:
            return max(best, 0.0), source, distances
    return 0.0, 0, distances
