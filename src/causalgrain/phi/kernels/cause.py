"""The core cause: the purview over which a mechanism's cause is most irreducible.

A purview that holds an element which no element of the mechanism reads is reducible (that element is uniform in every
repertoire), so purviews are sought among the mechanism's inputs only. Each gets an upper bound by one transport; then
the purview with the highest bound is settled, until no bound reaches the best phi.
"""

from __future__ import annotations

import numpy as np

from ._compile import INT, REAL, address_of, door, kernel
from .bits import precedes
from .memory import ABOVE, EXACT, UNKNOWN, place
from .partitions import cause_phi, first_distance
from .repertoires import fill_cut, fill_intact, reads, severs
from .tables import NONE, system_at


@kernel
def intact_phi(system, mechanism, purview, floor):
    """Phi of one purview of the uncut system, remembered; below `floor` an upper bound will do."""
    at = place(system, NONE, mechanism, purview)
    known = system.memo_known[at]
    if known == EXACT or (known == ABOVE and system.memo_phi[at] < floor):
        return system.memo_phi[at]
    fill_intact(system, mechanism, purview)
    phi, exact = cause_phi(system, NONE, mechanism, purview, np.inf, floor)
    system.memo_phi[at] = phi
    system.memo_known[at] = EXACT if exact else ABOVE
    return phi


@kernel
def _recall(system, source, mechanism, within):
    """Write what is known of each purview, with at least an upper bound, to `phi` and `known`; return the best phi."""
    inputs = system.inputs
    phi = system.phi
    known = system.known
    split = (mechanism & source) != 0
    best = 0.0
    p = 0
    while p != within:
        p = (p - within) & within
        severed = source if source != 0 and severs(inputs, source, mechanism, p) else NONE
        if severed == 0 or (split and (p & ~source) != 0):
            at = place(system, severed, mechanism, p)
            if system.memo_known[at] == UNKNOWN:
                system.memo_phi[at] = first_distance(system, severed, mechanism, p)
                system.memo_known[at] = ABOVE
            phi[p] = system.memo_phi[at]
            known[p] = system.memo_known[at]
        else:
            # A part of the mechanism or of the purview hangs on severed connections only: reducible.
            phi[p] = 0.0
            known[p] = EXACT
        if known[p] == EXACT:
            best = max(best, phi[p])
    return best


@kernel
def _core_cause(system, source, cut_id, mechanism, tolerance):
    """The purview with the largest phi, ties to the larger and then the first in index order: (phi, purview)."""
    inputs = system.inputs
    within = reads(inputs, source, mechanism)
    if within == 0:
        return 0.0, 0
    fill_intact(system, mechanism, within)
    if source:
        fill_cut(system, source, cut_id, mechanism, within)
    best = _recall(system, source, mechanism, within)
    phi = system.phi
    known = system.known
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
        severed = source if source != 0 and severs(inputs, source, mechanism, top) else NONE
        value, exact = cause_phi(system, severed, mechanism, top, phi[top], best - tolerance)
        phi[top] = value
        known[top] = EXACT if exact else ABOVE
        at = place(system, severed, mechanism, top)
        system.memo_phi[at] = value
        system.memo_known[at] = known[top]
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


@door(REAL(INT, INT, INT, INT, REAL))
def core_cause_door(system, source, cut_id, mechanism, tolerance):
    """The same by address; the purview is left in ``places[0]``."""
    found = system_at(system)
    phi, purview = _core_cause(found, source, cut_id, mechanism, tolerance)
    found.places[0] = purview
    return phi


@kernel
def core_cause(system, source, cut_id, mechanism, tolerance):
    """The purview with the largest phi, ties to the larger and then the first in index order: (phi, purview)."""
    phi = core_cause_door(address_of(system), source, cut_id, mechanism, tolerance)
    return phi, system.places[0]
