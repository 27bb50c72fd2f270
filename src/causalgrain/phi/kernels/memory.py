"""What has been found of a purview, remembered across cuts.

The cause repertoires of a mechanism M over a purview P, and those of their parts, depend on a cut only through the
elements of M and P on its sending side: ``7**k`` combinations instead of ``4**k`` for each of ``2**k`` cuts. Up to
eight elements each has a place of its own; beyond, places are shared and the latest stays.
"""

from __future__ import annotations

from ._compile import kernel
from .tables import DIRECT

UNKNOWN, EXACT, ABOVE = 0, 1, 2  # what is known of the phi of a purview: nothing, its value, an upper bound


@kernel
def place(system, source, mechanism, purview):
    """The place of a purview under a cut that severs it (``source = 0``: uncut); known is UNKNOWN where it is new."""
    w = system.sevens
    code = (
        w[purview & ~mechanism]
        + 3 * w[mechanism & ~purview]
        + 5 * w[mechanism & purview]
        + w[source & (mechanism | purview)]
    )
    if system.k <= DIRECT:
        return code
    slots = system.memo_known.shape[0]
    at = (code * 0x9E3779B1) % slots
    if system.memo_tag[at] != code:
        system.memo_tag[at] = code
        system.memo_known[at] = UNKNOWN
    return at
