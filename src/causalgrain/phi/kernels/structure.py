"""Cause-effect structures: one row a mechanism (2**k rows), with phi and core purviews.

The effect marginals are expanded to all elements by the system's own unconstrained effect repertoire.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel
from .bounds import concept_far, effect_far
from .cause import core_cause
from .effect import core_effect
from .repertoires import repertoire_side
from .tables import STRUCTURES


@kernel
def unfold(system, effect, source, cut_id, eligible, out, tolerance, reference, most, bound, cutoff):
    """Fill `out` with the cause-effect structure of the system under a cut; return (number of concepts, bound).

    Only mechanisms marked in `eligible` (2**k,) are looked at. `bound` is a lower bound of the structure's distance
    from the whole that takes `most` (2**k,) for every mechanism (see `bounds`); as the concepts are found it grows,
    and above `cutoff` the structure is left unfinished.
    """
    k = system.k
    system.counts[STRUCTURES] += 1
    phi = out.phi
    spread = out.spread
    unconstrained = out.unconstrained
    found = 0
    for j in range(k):
        unconstrained[j] = effect[j, 0]
    for mechanism in range(1, 1 << k):
        phi[mechanism] = 0.0
        if not eligible[mechanism]:
            continue
        effect_phi, effect_purview = core_effect(effect, mechanism, tolerance)
        if effect_phi <= tolerance:
            continue
        if cutoff < np.inf:
            bound += most[mechanism]
        cause_phi, cause_purview = core_cause(system, source, cut_id, mechanism, tolerance)
        if cause_phi <= tolerance:
            continue
        found += 1
        phi[mechanism] = min(cause_phi, effect_phi)
        out.cause_phi[mechanism] = cause_phi
        out.effect_phi[mechanism] = effect_phi
        out.cause[mechanism] = cause_purview
        out.effect[mechanism] = effect_purview
        out.side[mechanism] = repertoire_side(system, source, cut_id, mechanism, cause_purview)
        for j in range(k):
            inside = effect_purview >> j & 1
            spread[mechanism, j] = effect[j, mechanism] if inside else effect[j, 0]
        if cutoff < np.inf:
            far = concept_far(system, out.side[mechanism], mechanism, cause_purview)
            far += effect_far(effect, mechanism, effect_purview, reference)
            bound -= phi[mechanism] * far
            if bound > cutoff:
                break
    return found, bound


@kernel
def unfold_all(system, effect, source, cut_id, eligible, out, tolerance):
    """Fill `out` with the whole cause-effect structure of the system under a cut; return the number of concepts."""
    found, _ = unfold(system, effect, source, cut_id, eligible, out, tolerance, system.q, system.pool[0], 0.0, np.inf)
    return found


@kernel
def mark_eligible(whole, source, micro, eligible):
    """Mark the mechanisms that can be concepts after a cut: those that were, and those that the cut splits.

    `micro` (2**k,) gives the micro elements of each mechanism. In a micro system no other mechanism can become a
    concept (its cause and effect only lose purviews). In a macro system one can, because a cut of micro elements
    changes the macro TPM everywhere; the reference implementation leaves it out, and so does this.
    """
    phi = whole.phi
    for mechanism in range(1, eligible.shape[0]):
        elements = micro[mechanism]
        split = (elements & source) != 0 and (elements & ~source) != 0
        eligible[mechanism] = split or phi[mechanism] > 0.0
