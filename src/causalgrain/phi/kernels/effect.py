"""The effect side in closed form.

An effect repertoire is a product over the purview's elements, so every distance is a sum of marginal differences.
With e_p(M) = P(p = 1 | M in its state), a part of the purview tied to part M1 of the mechanism costs
|e_p(M) - e_p(M1)| an element, hence

    phi(M, P) = min( min_{p in P} |e_p(M) - e_p(0)|,  min_{M1|M2} sum_{p in P} min_i |e_p(M) - e_p(M_i)| ).

The first term falls and the second rises as P grows, so the best purview is a threshold set {p : |e_p(M) - e_p(0)|
>= t} for one of at most k thresholds, and the largest such set is the winner of a tie.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel


@kernel
def cut_effects(effect, source, out):
    """Effect marginals under a cut: elements outside `source` no longer read those inside."""
    k, size = effect.shape
    for p in range(k):
        if source >> p & 1:
            for mechanism in range(size):
                out[p, mechanism] = effect[p, mechanism]
        else:
            for mechanism in range(size):
                out[p, mechanism] = effect[p, mechanism & ~source]


@kernel
def _split_cost(effect, mechanism, purview, stop):
    """Least cost over the splits of the mechanism into two non-empty parts; stops early below `stop`."""
    k = effect.shape[0]
    lowest = mechanism & -mechanism
    rest = mechanism ^ lowest
    least = np.inf
    part = rest
    while part:
        other = mechanism ^ part
        cost = 0.0
        for p in range(k):
            if purview >> p & 1:
                whole = effect[p, mechanism]
                cost += min(abs(whole - effect[p, part]), abs(whole - effect[p, other]))
                if cost >= least:
                    break
        if cost < least:
            least = cost
            if least <= stop:
                return least
        part = (part - 1) & rest
    return least


@kernel
def effect_phi(effect, mechanism, purview):
    """Phi of a mechanism over one purview (the formula above)."""
    first = np.inf
    for p in range(effect.shape[0]):
        if purview >> p & 1:
            first = min(first, abs(effect[p, mechanism] - effect[p, 0]))
    return min(first, _split_cost(effect, mechanism, purview, -1.0))


@kernel
def core_effect(effect, mechanism, tolerance):
    """The purview with the largest phi, ties to the larger and then the first in index order: (phi, purview)."""
    k = effect.shape[0]
    best = 0.0
    for t in range(k):
        threshold = abs(effect[t, mechanism] - effect[t, 0])
        if threshold <= best:
            continue
        purview = 0
        for p in range(k):
            if abs(effect[p, mechanism] - effect[p, 0]) >= threshold:
                purview |= 1 << p
        phi = min(threshold, _split_cost(effect, mechanism, purview, best))
        best = max(best, phi)
    if best <= tolerance:
        return 0.0, 0
    winner = 0
    for p in range(k):
        if abs(effect[p, mechanism] - effect[p, 0]) >= best - tolerance:
            winner |= 1 << p
    return best, winner
