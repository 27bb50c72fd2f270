"""Cause-effect structures, and the distance between two of them (the extended earth mover's distance).

A structure is one row a mechanism (2**k rows): phi, core purviews, and the effect marginals expanded to all
elements by the system's own unconstrained effect repertoire. Mass = phi; ground distance = cause distance + effect
distance, both over the union of the purviews. Mass that one structure lacks sits on the null concept (no purview).
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from ._compile import kernel
from .cause import core_cause, repertoire_side
from .effect import core_effect
from .matching import transport
from .tables import STRUCTURE_TRANSPORTS, STRUCTURES, TRANSPORTS
from .transport import emd, emd_scratch

# phi, cause_phi, effect_phi (2**k,) float64; cause, effect (2**k,) purview masks; side (2**k,) where the cause
# repertoire stands in the system; spread (2**k, k) effect marginals, unconstrained outside the core effect;
# unconstrained (k,)
Structure = namedtuple(
    "Structure", ["phi", "cause_phi", "effect_phi", "cause", "effect", "side", "spread", "unconstrained"]
)


@kernel
def new_structure(k):
    """Allocate a structure without concepts."""
    size = 1 << k
    return Structure(
        np.zeros(size), np.zeros(size), np.zeros(size),
        np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64),
        np.zeros((size, k)), np.zeros(k),
    )  # fmt: skip


@kernel
def unfold(system, effect, source, cut_id, eligible, out, tolerance):
    """Fill `out` with the cause-effect structure of the system under a cut; return the number of concepts.

    Only mechanisms marked in `eligible` (2**k,) are looked at.
    """
    k = system.k
    system.counts[STRUCTURES] += 1
    found = 0
    for j in range(k):
        out.unconstrained[j] = effect[j, 0]
    for mechanism in range(1, 1 << k):
        out.phi[mechanism] = 0.0
        if not eligible[mechanism]:
            continue
        effect_phi, effect_purview = core_effect(effect, mechanism, tolerance)
        if effect_phi <= tolerance:
            continue
        cause_phi, cause_purview = core_cause(system, source, cut_id, mechanism, tolerance)
        if cause_phi <= tolerance:
            continue
        found += 1
        out.phi[mechanism] = min(cause_phi, effect_phi)
        out.cause_phi[mechanism] = cause_phi
        out.effect_phi[mechanism] = effect_phi
        out.cause[mechanism] = cause_purview
        out.effect[mechanism] = effect_purview
        out.side[mechanism] = repertoire_side(system, source, cut_id, mechanism, cause_purview)
        for j in range(k):
            inside = effect_purview >> j & 1
            out.spread[mechanism, j] = effect[j, mechanism] if inside else effect[j, 0]
    return found


@kernel
def mark_eligible(whole, source, micro, eligible):
    """Mark the mechanisms that can be concepts after a cut: those that were, and those that the cut splits.

    `micro` (2**k,) gives the micro elements of each mechanism. In a micro system no other mechanism can become a
    concept (its cause and effect only lose purviews). In a macro system one can, because a cut of micro elements
    changes the macro TPM everywhere; the reference implementation leaves it out, and so does this.
    """
    for mechanism in range(1, eligible.shape[0]):
        elements = micro[mechanism]
        split = (elements & source) != 0 and (elements & ~source) != 0
        eligible[mechanism] = split or whole.phi[mechanism] > 0.0


@kernel
def same_concept(system_a, a, system_b, b, mechanism, tolerance):
    """Tell whether a mechanism has the same phi and the same repertoires in both structures."""
    if abs(a.phi[mechanism] - b.phi[mechanism]) > tolerance:
        return False
    if a.cause[mechanism] != b.cause[mechanism] or a.effect[mechanism] != b.effect[mechanism]:
        return False
    for j in range(system_a.k):
        if a.effect[mechanism] >> j & 1:
            if abs(a.spread[mechanism, j] - b.spread[mechanism, j]) > tolerance:
                return False
    start = system_a.offsets[a.cause[mechanism]]
    stop = system_a.offsets[a.cause[mechanism] + 1]
    one = system_a.repertoire[a.side[mechanism], mechanism]
    two = system_b.repertoire[b.side[mechanism], mechanism]
    for x in range(start, stop):
        if abs(one[x] - two[x]) > tolerance:
            return False
    return True


@kernel
def _effect_distance(a, m, b, n, k):
    """Effect distance of concepts `m` of a and `n` of b over the union of their purviews.

    0 stands for the null concept, which every concept meets in its own system: mass that goes to or comes from
    nowhere is measured against the unconstrained repertoire of the system whose concept it is.
    """
    union = (a.effect[m] if m else 0) | (b.effect[n] if n else 0)
    total = 0.0
    for j in range(k):
        if union >> j & 1:
            one = a.spread[m, j] if m else b.unconstrained[j]
            two = b.spread[n, j] if n else a.unconstrained[j]
            total += abs(one - two)
    return total


@kernel
def _cause_bound(system_a, a, m, system_b, b, n, k):
    """Lower bound of the cause distance: the marginal differences over the union of the purviews."""
    cause_a = a.cause[m] if m else 0
    cause_b = b.cause[n] if n else 0
    total = 0.0
    for j in range(k):
        one = 0.5
        two = 0.5
        if cause_a >> j & 1:
            one = system_a.marginal[a.side[m], m, cause_a, j]
        if cause_b >> j & 1:
            two = system_b.marginal[b.side[n], n, cause_b, j]
        total += abs(one - two)
    return total


@kernel
def _expand(system, side, mechanism, purview, union, out):
    """Write a cause repertoire, uniform over the elements of `union` outside its purview, to `out`."""
    size = system.offsets[union + 1] - system.offsets[union]
    if purview == 0:
        for x in range(size):
            out[x] = 1.0 / size
        return
    start = system.offsets[purview]
    dilution = (system.offsets[purview + 1] - start) / size
    select = system.packing[system.packing[union, purview]]
    repertoire = system.repertoire[side, mechanism]
    for x in range(size):
        out[x] = repertoire[start + select[x]] * dilution


@kernel
def _cause_distance(system_a, a, m, system_b, b, n, one, two, scratch):
    cause_a = a.cause[m] if m else 0
    cause_b = b.cause[n] if n else 0
    union = cause_a | cause_b
    elements = 0
    while (1 << elements) < system_a.offsets[union + 1] - system_a.offsets[union]:
        elements += 1
    _expand(system_a, a.side[m] if m else 0, m, cause_a, union, one)
    _expand(system_b, b.side[n] if n else 0, n, cause_b, union, two)
    system_a.counts[TRANSPORTS] += 1
    return emd(one, two, elements, scratch, np.inf)


@kernel
def concept_distance(system_a, a, m, system_b, b, n):
    """Ground distance between concept `m` of a and concept `n` of b; 0 stands for the null concept."""
    k = system_a.k
    one = np.empty(1 << k)
    two = np.empty(1 << k)
    cause = _cause_distance(system_a, a, m, system_b, b, n, one, two, emd_scratch(k))
    return cause + _effect_distance(a, m, b, n, k)


@kernel
def structure_distance(system_a, a, system_b, b, cutoff, tolerance):
    """Extended earth mover's distance between structures, or a lower bound of it above `cutoff`.

    Costs start as marginal bounds (exact on the effect side) and are made exact only where the best transport so
    far uses them; when all costs in use are exact, so is the distance.
    """
    k = system_a.k
    size = 1 << k
    rows = np.zeros(size + 1, np.int64)
    columns = np.zeros(size + 1, np.int64)
    n_rows = 0
    n_columns = 0
    mass_a = 0.0
    mass_b = 0.0
    for m in range(1, size):
        in_a = a.phi[m] > 0.0
        in_b = b.phi[m] > 0.0
        if in_a and in_b and same_concept(system_a, a, system_b, b, m, tolerance):
            continue
        if in_a:
            rows[n_rows] = m
            n_rows += 1
            mass_a += a.phi[m]
        if in_b:
            columns[n_columns] = m
            n_columns += 1
            mass_b += b.phi[m]
    if n_rows == 0 and n_columns == 0:
        return 0.0
    # The side that lacks mass gets it on its null concept, index 0.
    if mass_a > mass_b:
        columns[n_columns] = 0
        n_columns += 1
    elif mass_b > mass_a:
        rows[n_rows] = 0
        n_rows += 1
    supply = np.empty(n_rows)
    demand = np.empty(n_columns)
    cost = np.empty((n_rows, n_columns))
    exact = np.zeros((n_rows, n_columns), np.bool_)
    flow = np.zeros((n_rows, n_columns))
    for r in range(n_rows):
        supply[r] = a.phi[rows[r]] if rows[r] else mass_b - mass_a
    for c in range(n_columns):
        demand[c] = b.phi[columns[c]] if columns[c] else mass_a - mass_b
    for r in range(n_rows):
        for c in range(n_columns):
            cost[r, c] = _cause_bound(system_a, a, rows[r], system_b, b, columns[c], k) + _effect_distance(
                a, rows[r], b, columns[c], k
            )
    scratch = emd_scratch(k)
    one = np.empty(size)
    two = np.empty(size)
    while True:
        system_a.counts[STRUCTURE_TRANSPORTS] += 1
        value = transport(cost, supply, demand, flow)
        if value > cutoff:
            return value
        settled = True
        for r in range(n_rows):
            for c in range(n_columns):
                if flow[r, c] > 0.0 and not exact[r, c]:
                    distance = _cause_distance(
                        system_a, a, rows[r], system_b, b, columns[c], one, two, scratch
                    ) + _effect_distance(a, rows[r], b, columns[c], k)
                    if distance > cost[r, c] + 1e-13:
                        settled = False
                        cost[r, c] = distance
                    exact[r, c] = True
        if settled:
            return value
