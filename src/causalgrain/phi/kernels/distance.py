"""The distance between two cause-effect structures: the extended earth mover's distance.

Mass = phi; ground distance = cause distance + effect distance, both over the union of the purviews. Mass that one
structure lacks sits on the null concept (no purview), index 0, which every concept meets in its own system: mass that
goes to or comes from nowhere is measured against the unconstrained repertoire of the system whose concept it is.
"""

from __future__ import annotations

import numpy as np

from ._compile import INT, REAL, address_of, door, kernel
from .bits import elements_of
from .concepts import structure_at
from .matching import solve, start
from .tables import STRUCTURE_TRANSPORTS, TRANSPORTS, system_at
from .transport import emd


@kernel
def same_concept(system_a, a, system_b, b, mechanism, tolerance):
    """Tell whether a mechanism has the same phi and the same repertoires in both structures."""
    if abs(a.phi[mechanism] - b.phi[mechanism]) > tolerance:
        return False
    cause = a.cause[mechanism]
    effect = a.effect[mechanism]
    if cause != b.cause[mechanism] or effect != b.effect[mechanism]:
        return False
    spread_a = a.spread[mechanism]
    spread_b = b.spread[mechanism]
    for j in range(system_a.k):
        if effect >> j & 1:
            if abs(spread_a[j] - spread_b[j]) > tolerance:
                return False
    offsets = system_a.offsets
    one = system_a.repertoire[a.side[mechanism], mechanism]
    two = system_b.repertoire[b.side[mechanism], mechanism]
    for x in range(offsets[cause], offsets[cause + 1]):
        if abs(one[x] - two[x]) > tolerance:
            return False
    return True


@kernel
def _effect_distance(a, m, b, n, k):
    """Effect distance of concepts `m` of a and `n` of b over the union of their purviews."""
    union = (a.effect[m] if m else 0) | (b.effect[n] if n else 0)
    one = a.spread[m] if m else b.unconstrained
    two = b.spread[n] if n else a.unconstrained
    total = 0.0
    for j in range(k):
        if union >> j & 1:
            total += abs(one[j] - two[j])
    return total


@kernel
def _marginals(system, structure, m, row):
    """Write the cause marginals of concept `m`, one half outside its purview, to `row` (k,)."""
    cause = structure.cause[m] if m else 0
    marginal = system.marginal[structure.side[m], m, cause]
    for j in range(system.k):
        row[j] = marginal[j] if cause >> j & 1 else 0.5


@kernel
def _expand(system, side, mechanism, purview, union, out):
    """Write a cause repertoire, uniform over the elements of `union` outside its purview, to `out`."""
    offsets = system.offsets
    packing = system.packing
    size = offsets[union + 1] - offsets[union]
    if purview == 0:
        for x in range(size):
            out[x] = 1.0 / size
        return
    start = offsets[purview]
    dilution = (offsets[purview + 1] - start) / size
    select = packing[packing[union, purview]]
    repertoire = system.repertoire[side, mechanism]
    for x in range(size):
        out[x] = repertoire[start + select[x]] * dilution


@kernel
def cause_distance(system_a, a, m, system_b, b, n):
    """Cause distance of concepts `m` of a and `n` of b over the union of their purviews."""
    cause_a = a.cause[m] if m else 0
    cause_b = b.cause[n] if n else 0
    union = cause_a | cause_b
    offsets = system_a.offsets
    size = offsets[union + 1] - offsets[union]
    one = system_a.pool[0]
    two = system_a.pool[1]
    _expand(system_a, a.side[m] if m else 0, m, cause_a, union, one)
    _expand(system_b, b.side[n] if n else 0, n, cause_b, union, two)
    system_a.counts[TRANSPORTS] += 1
    return emd(one, two, elements_of(size), system_a.scratch, np.inf)


@kernel
def concept_distance(system_a, a, m, system_b, b, n):
    """Ground distance between concept `m` of a and concept `n` of b; 0 stands for the null concept."""
    return cause_distance(system_a, a, m, system_b, b, n) + _effect_distance(a, m, b, n, system_a.k)


@kernel
def _list_concepts(system_a, a, system_b, b, tolerance, rows, columns, supply, demand):
    """List the concepts that differ, with their masses; return how many rows and columns.

    The side that lacks mass gets it on its null concept, index 0.
    """
    phi_a = a.phi
    phi_b = b.phi
    n_rows = 0
    n_columns = 0
    mass_a = 0.0
    mass_b = 0.0
    for m in range(1, phi_a.shape[0]):
        in_a = phi_a[m] > 0.0
        in_b = phi_b[m] > 0.0
        if in_a and in_b and same_concept(system_a, a, system_b, b, m, tolerance):
            continue
        if in_a:
            rows[n_rows] = m
            supply[n_rows] = phi_a[m]
            mass_a += phi_a[m]
            n_rows += 1
        if in_b:
            columns[n_columns] = m
            demand[n_columns] = phi_b[m]
            mass_b += phi_b[m]
            n_columns += 1
    if mass_a > mass_b:
        columns[n_columns] = 0
        demand[n_columns] = mass_a - mass_b
        n_columns += 1
    elif mass_b > mass_a:
        rows[n_rows] = 0
        supply[n_rows] = mass_b - mass_a
        n_rows += 1
    return n_rows, n_columns


@kernel
def _bound_costs(system_a, a, rows, system_b, b, columns, cost):
    """Lower bounds of the ground distances: exact on the effect side, marginal differences on the cause side."""
    k = system_a.k
    here = np.empty(k)
    there = np.empty((columns.shape[0], k))
    for c in range(columns.shape[0]):
        _marginals(system_b, b, columns[c], there[c])
    for r in range(rows.shape[0]):
        m = rows[r]
        _marginals(system_a, a, m, here)
        for c in range(columns.shape[0]):
            total = _effect_distance(a, m, b, columns[c], k)
            for j in range(k):
                total += abs(here[j] - there[c, j])
            cost[r, c] = total


@kernel
def _cheapest(cost, supply, demand):
    """Every mass at its cheapest arc: a lower bound of the transport."""
    n, m = cost.shape
    rows = 0.0
    for r in range(n):
        least = np.inf
        for c in range(m):
            least = min(least, cost[r, c])
        rows += supply[r] * least
    columns = 0.0
    for c in range(m):
        least = np.inf
        for r in range(n):
            least = min(least, cost[r, c])
        columns += demand[c] * least
    return max(rows, columns)


@kernel
def _structure_distance(system_a, a, system_b, b, cutoff, tolerance):
    """Extended earth mover's distance between structures, or a lower bound of it above `cutoff`.

    Costs start as bounds and are made exact only where the best transport so far uses them; when all costs in use
    are exact, so is the distance.
    """
    k = system_a.k
    size = 1 << k
    rows = np.empty(size, np.int64)
    columns = np.empty(size, np.int64)
    supply = np.empty(size)
    demand = np.empty(size)
    n_rows, n_columns = _list_concepts(system_a, a, system_b, b, tolerance, rows, columns, supply, demand)
    if n_rows == 0 and n_columns == 0:
        return 0.0
    rows = rows[:n_rows]
    columns = columns[:n_columns]
    supply = supply[:n_rows]
    demand = demand[:n_columns]
    cost = np.empty((n_rows, n_columns))
    _bound_costs(system_a, a, rows, system_b, b, columns, cost)
    value = _cheapest(cost, supply, demand)
    if value > cutoff:
        return value
    exact = np.zeros((n_rows, n_columns), np.bool_)
    flow = np.zeros((n_rows, n_columns))
    u = np.empty(n_rows)
    v = np.zeros(n_columns)
    start(cost, u, flow)
    left = supply.copy()
    wanted = demand.copy()
    while True:
        system_a.counts[STRUCTURE_TRANSPORTS] += 1
        value = solve(cost, supply, demand, left, wanted, flow, u, v, cutoff)
        if value > cutoff:
            return value
        settled = True
        for r in range(n_rows):
            for c in range(n_columns):
                if flow[r, c] > 0.0 and not exact[r, c]:
                    distance = concept_distance(system_a, a, rows[r], system_b, b, columns[c])
                    if distance > cost[r, c] + 1e-13:
                        # The arc costs more than was thought: take back what flows there.
                        settled = False
                        cost[r, c] = distance
                        left[r] += flow[r, c]
                        wanted[c] += flow[r, c]
                        flow[r, c] = 0.0
                    exact[r, c] = True
        if settled:
            break
    value = 0.0
    for r in range(n_rows):
        for c in range(n_columns):
            value += flow[r, c] * cost[r, c]
    return value


@door(REAL(INT, INT, INT, INT, REAL, REAL))
def distance_door(system_a, a, system_b, b, cutoff, tolerance):
    """The same, by addresses."""
    return _structure_distance(
        system_at(system_a), structure_at(a), system_at(system_b), structure_at(b), cutoff, tolerance
    )


@kernel
def structure_distance(system_a, a, system_b, b, cutoff, tolerance):
    """Extended earth mover's distance between structures, or a lower bound of it above `cutoff`."""
    return distance_door(address_of(system_a), address_of(a), address_of(system_b), address_of(b), cutoff, tolerance)
