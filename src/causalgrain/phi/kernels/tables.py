"""Tables of one system in one state, from which every repertoire is read.

For each element ``i``, set of inputs ``S`` and state ``x`` of ``S``: the probability of ``i`` with the inputs in
``S`` set to ``x`` and all others independent uniform noise. That is one table of 3**k numbers an element. A
purview that does not hold an input, an unconnected input and a severed one are all the same thing: noise. So a cut
changes which entry is read, never the table.
"""

from __future__ import annotations

import numpy as np

from ._compile import INT, REAL, Bundle, Struct, kernel, struct, types
from .bits import packing_table, popcount, subset_offsets
from .transport import SCRATCH_FIELDS, ScratchType, emd_scratch


class System(Bundle):
    """The tables of a system, what has been found so far, and working memory.

    k          elements
    offsets    (2**k + 1,): start of subset S in a 3**k table
    packing    (2**k, 2**k): packing[m, x] = bits of x selected by m, packed
    likelihood (k, 3**k): P(element i takes its current state | S = x)
    effect     (k, 2**k): P(element i = 1 at the next step | the elements in M in their current state)
    inputs     (2**k,): union of the input sets of the elements in M
    repertoire (2, 2**k, 3**k): cause repertoires of mechanism M over purview P, uncut and under the cut at hand
    marginal   (2, 2**k, 2**k, k): P(element j = 1) in them
    stamp      (2, 2**k, 2**k): which cut an entry belongs to (uncut: 1 once filled)
    filled     (2**k,): whether all uncut repertoires of M and its parts over its inputs are there
    far        (2**k, 2**k): distance of an uncut repertoire from uniform, -1 where unknown; see `bounds`
    sevens     (2**k,): sum of 7**i over the elements of a set, for `memory.place`
    memo_phi, memo_known, memo_tag: see `memory`
    g          (2**k, 2**k): bounds of the parts of a partition, by packed mechanism and purview part
    q          (2**k,): a partitioned repertoire
    bounds, places (4**k / 2,): partitions waiting to be looked at
    pool       (8, 2**k): dual potentials
    phi, known (2**k,): what is known of the purviews of one mechanism
    scratch    working memory of the earth mover's distance
    counts     (8,): see `COUNTS`
    """


class SystemType(Struct):
    """Type of `System` in compiled code."""


system_at = struct(
    System,
    SystemType,
    {
        "k": INT, "offsets": INT[::1], "packing": types.uint16[:, ::1], "likelihood": REAL[:, ::1],
        "effect": REAL[:, ::1], "inputs": INT[::1], "repertoire": REAL[:, :, ::1], "marginal": REAL[:, :, :, ::1],
        "stamp": types.int32[:, :, ::1], "filled": types.int8[::1], "far": REAL[:, ::1], "sevens": INT[::1],
        "memo_phi": REAL[::1], "memo_known": types.int8[::1], "memo_tag": INT[::1], "g": REAL[:, ::1],
        "q": REAL[::1], "bounds": REAL[::1], "places": INT[::1], "pool": REAL[:, ::1], "phi": REAL[::1],
        "known": types.int8[::1], "scratch": ScratchType(tuple(SCRATCH_FIELDS.items())), "counts": INT[::1],
    },
)  # fmt: skip

DIRECT = 8  # up to so many elements every (mechanism, purview, cut) has its own place in the memory
MEMO_SLOTS = 1 << 23

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
def fill_node_tables(on, k, offsets, tables):
    """Write ``P(element i = 1 | S = x)`` for all subsets S to `tables` (k, 3**k), from `on` (2**k, k)."""
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


@kernel
def node_tables(on, k, offsets):
    """``P(element i = 1 | S = x)`` for all subsets S: (k, 3**k), from `on` (2**k, k), noise averaged out."""
    tables = np.empty((k, offsets[1 << k]))
    fill_node_tables(on, k, offsets, tables)
    return tables


@kernel
def fill_effect_table(on, state, effect, sums):
    """Write ``P(element i = 1 | the elements in M in their current state)`` to `effect` (k, 2**k)."""
    k = on.shape[1]
    size = 1 << k
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


@kernel
def effect_table(on, state):
    """``P(element i = 1 | the elements in M in their current state)`` for all M: (k, 2**k)."""
    k = on.shape[1]
    effect = np.empty((k, 1 << k))
    fill_effect_table(on, state, effect, np.empty(1 << k))
    return effect


@kernel
def empty_system(k, counts):
    """Room for a system of `k` elements; `counts` is added to."""
    size = 1 << k
    offsets = subset_offsets(k)
    wide = offsets[size]
    sevens = np.zeros(size, np.int64)
    for mask in range(1, size):
        rest = mask & (mask - 1)
        power = 1
        for _ in range(popcount((mask ^ rest) - 1)):
            power *= 7
        sevens[mask] = sevens[rest] + power
    slots = min(1 + 6 * sevens[size - 1], MEMO_SLOTS)
    tags = slots if k > DIRECT else 0
    return System(
        k, offsets, packing_table(k),
        np.empty((k, wide)), np.empty((k, size)), np.zeros(size, np.int64),
        np.empty((2, size, wide)), np.empty((2, size, size, k)), np.zeros((2, size, size), np.int32),
        np.zeros(size, np.int8), np.empty((size, size)), sevens,
        np.empty(slots), np.zeros(slots, np.int8), np.zeros(tags, np.int64),
        np.empty((size, size)), np.empty(size), np.empty(max(size * size // 2, 1)),
        np.empty(max(size * size // 2, 1), np.int64),
        np.empty((8, size)), np.empty(size), np.zeros(size, np.int8),
        emd_scratch(k), counts,
    )  # fmt: skip


@kernel
def load(system, on, edges, state):
    """Make the system that of a TPM, forgetting what was found of another.

    `on` (2**k, k) is its state-by-node TPM, `edges` (k,) the input set of each element, `state` the index of its
    current state.
    """
    k = system.k
    size = 1 << k
    offsets = system.offsets
    tables = system.likelihood
    fill_node_tables(on, k, offsets, tables)
    fill_effect_table(on, state, system.effect, system.q)
    for i in range(k):
        if not state >> i & 1:
            for at in range(offsets[size]):
                tables[i, at] = 1.0 - tables[i, at]
    inputs = system.inputs
    inputs[0] = 0
    for mechanism in range(1, size):
        rest = mechanism & (mechanism - 1)
        inputs[mechanism] = inputs[rest] | edges[popcount((mechanism ^ rest) - 1)]
    stamp = system.stamp
    far = system.far
    for m in range(size):
        system.filled[m] = 0
        for p in range(size):
            stamp[0, m, p] = 0
            stamp[1, m, p] = 0
            far[m, p] = -1.0
    known = system.memo_known
    for slot in range(known.shape[0]):
        known[slot] = 0


@kernel
def new_system(on, edges, state, counts):
    """Prepare the tables of a system (see `load`)."""
    system = empty_system(on.shape[1], counts)
    load(system, on, edges, state)
    return system


@kernel
def effect_of(system):
    """The effect table, for callers outside the kernels."""
    return system.effect
