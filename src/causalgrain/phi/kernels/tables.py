"""Tables of one system in one state, from which every repertoire is read.

For each element ``i``, set of inputs ``S`` and state ``x`` of ``S``: the probability of ``i`` with the inputs in
``S`` set to ``x`` and all others independent uniform noise. That is one table of 3**k numbers an element. A
purview that does not hold an input, an unconnected input and a severed one are all the same thing: noise. So a cut
changes which entry is read, never the table.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from ._compile import kernel
from .bits import packing_table, subset_offsets
from .transport import emd_scratch

# k          elements
# offsets    start of subset S in a 3**k table
# packing    packing[m, x]: bits of x selected by m, packed
# likelihood (k, 3**k): P(element i takes its current state | S = x)
# effect     (k, 2**k): P(element i = 1 at the next step | the elements in M in their current state)
# inputs     (2**k,): union of the input sets of the elements in M
# repertoire (2, 2**k, 3**k): cause repertoires of mechanism M over purview P, uncut and under the cut at hand
# marginal   (2, 2**k, 2**k, k): P(element j = 1) in them
# stamp      (2, 2**k, 2**k): which cut an entry belongs to (uncut: 1 once filled)
# small_phi  (2**k, 2**k): phi of M over P on the cause side, uncut; an upper bound where `settled` is 2
# settled    (2**k, 2**k): 0 unknown, 1 exact, 2 upper bound
# g          (2**k, 2**k): working memory of the partition search, by packed mechanism and purview part
# q          (2**k,): working memory, a partitioned repertoire
# bounds, places (4**k,): partitions waiting to be looked at, working memory
# pool       (8, 2**k): dual potentials, working memory
# purview_phi, purview_known (2**k,): working memory of the core-cause search
# scratch    working memory of the earth mover's distance
# counts     (8,): see `COUNTS`
System = namedtuple(
    "System",
    [
        "k", "offsets", "packing", "likelihood", "effect", "inputs", "repertoire", "marginal", "stamp",
        "small_phi", "settled", "g", "q", "bounds", "places", "pool", "purview_phi", "purview_known", "scratch",
        "counts",
    ],
)  # fmt: skip

NONE = np.int64(0)
"""No cut, and its id. (A typed constant: a bare 0 would make numba compile every kernel a second time for it.)"""

COUNTS = (
    "transports",
    "repertoires",
    "partitions",
    "purviews",
    "structures",
    "structure_transports",
    "cuts",
    "grains",
)
TRANSPORTS, REPERTOIRES, PARTITIONS, PURVIEWS, STRUCTURES, STRUCTURE_TRANSPORTS, CUTS, GRAINS = range(8)


@kernel
def node_tables(on, k, offsets):
    """``P(element i = 1 | S = x)`` for all subsets S: (k, 3**k), from `on` (2**k, k), noise averaged out."""
    tables = np.empty((k, offsets[1 << k]))
    full = (1 << k) - 1
    for i in range(k):
        for x in range(1 << k):
            tables[i, offsets[full] + x] = on[x, i]
        for subset in range(full - 1, -1, -1):
            # Average over the lowest element j outside S; in S + j its bit stands after those of S below j.
            j = 0
            place = 0
            while subset >> j & 1:
                j += 1
                place += 1
            wider = offsets[subset | 1 << j]
            size = offsets[subset + 1] - offsets[subset]
            low_mask = (1 << place) - 1
            for x in range(size):
                at = wider + (((x & ~low_mask) << 1) | (x & low_mask))
                tables[i, offsets[subset] + x] = 0.5 * (tables[i, at] + tables[i, at + (1 << place)])
    return tables


@kernel
def effect_table(on, state):
    """``P(element i = 1 | the elements in M in their current state)`` for all M: (k, 2**k)."""
    k = on.shape[1]
    size = 1 << k
    effect = np.empty((k, size))
    sums = np.empty(size)
    for i in range(k):
        # Averaging over one input at a time: sums[m] holds the mean over inputs outside m, once all are done.
        for mechanism in range(size):
            sums[mechanism] = on[mechanism, i]
        for j in range(k):
            step = 1 << j
            for x in range(size):
                if not x & step:
                    noise = 0.5 * (sums[x] + sums[x | step])
                    known = sums[x | step] if state & step else sums[x]
                    sums[x] = noise
                    sums[x | step] = known
        for mechanism in range(size):
            effect[i, mechanism] = sums[mechanism]
    return effect


@kernel
def new_system(on, edges, state, counts):
    """Prepare the tables of a system.

    `on` (2**k, k) is its state-by-node TPM, `edges` (k,) the input set of each element, `state` the index of its
    current state. `counts` is added to.
    """
    k = on.shape[1]
    size = 1 << k
    offsets = subset_offsets(k)
    tables = node_tables(on, k, offsets)
    effect = effect_table(on, state)
    packing = packing_table(k)
    for i in range(k):
        if not state >> i & 1:
            for at in range(offsets[size]):
                tables[i, at] = 1.0 - tables[i, at]
    inputs = np.zeros(size, np.int64)
    for mechanism in range(1, size):
        for i in range(k):
            if mechanism >> i & 1:
                inputs[mechanism] |= edges[i]
    return System(
        k, offsets, packing, tables, effect, inputs,
        np.empty((2, size, offsets[size])),
        np.empty((2, size, size, k)),
        np.zeros((2, size, size), np.int32),
        np.empty((size, size)),
        np.zeros((size, size), np.int8),
        np.empty((size, size)),
        np.empty(size),
        np.empty(size * size),
        np.empty(size * size, np.int64),
        np.empty((8, size)),
        np.empty(size),
        np.empty(size, np.int8),
        emd_scratch(k),
        counts,
    )  # fmt: skip
