"""One grain of many micro elements: its macro TPM, and the marginals after every cut, without the TPM after every cut.

`coarse.cut_tables` holds ``4**n * n`` numbers (1.6 GB at n = 12). What a group does after a cut hangs only on the part
of the cut that touches the group or what it reads (u elements): ``2**u`` cases, each read off the elements' own tables
with the severed inputs averaged out. The plain twin is :mod:`causalgrain.systems.coarse`.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel


@kernel
def group_counts(on, members):
    """P(c elements of a group ON at the next step | micro state), (2**n, size + 1), from `on` (2**n, n)."""
    size = members.shape[0]
    out = np.zeros((on.shape[0], size + 1))
    for x in range(on.shape[0]):
        row = out[x]
        row[0] = 1.0
        for k in range(size):
            p = on[x, members[k]]
            for c in range(k + 1, 0, -1):
                row[c] = row[c] * (1.0 - p) + row[c - 1] * p
            row[0] *= 1.0 - p
    return out


@kernel
def mean_in_macro_states(p, index, m):
    """P(macro element ON | macro state), (2**m, m): the mean of `p` (m, 2**n) over the micro states of each."""
    wide = 1 << m
    out = np.zeros((wide, m))
    members = np.zeros(wide)
    for x in range(index.shape[0]):
        members[index[x]] += 1.0
        for g in range(m):
            out[index[x], g] += p[g, x]
    for big in range(wide):
        for g in range(m):
            out[big, g] /= members[big]
    return out


@kernel
def joint_of_groups(p, index, m):
    """The macro TPM, state-by-state (2**m, 2**m), from P(group ON | micro state) `p` (m, 2**n)."""
    wide = 1 << m
    out = np.zeros((wide, wide))
    members = np.zeros(wide)
    row = np.empty(wide)
    for x in range(index.shape[0]):
        row[0] = 1.0
        for g in range(m):
            half = 1 << g
            on = p[g, x]
            for y in range(half):
                row[half + y] = row[y] * on
                row[y] *= 1.0 - on
        members[index[x]] += 1.0
        to = out[index[x]]
        for y in range(wide):
            to[y] += row[y]
    for big in range(wide):
        for y in range(wide):
            out[big, y] /= members[big]
    return out


@kernel
def _mean_without(table, severed, out):
    """Write `table` (2**r,) with the inputs in `severed` averaged out, at every state, to `out`."""
    size = table.shape[0]
    for x in range(size):
        out[x] = table[x]
    step = 1
    while step < size:
        if severed & step:
            for block in range(0, size, 2 * step):
                for x in range(block, block + step):
                    mean = 0.5 * (out[x] + out[x + step])
                    out[x] = mean
                    out[x + step] = mean
        step <<= 1


@kernel
def group_after_cuts(tables, inputs, severed_of, sends_of, on_counts, states, starts, weights, wide):
    """P(group ON | macro state), (cases, wide), in every case that a cut can put a group in.

    Parameters
    ----------
    tables : (size, 2**r) P(member ON | state of the r elements that the group reads)
    inputs : (size,) which of these each member reads, as bit masks
    severed_of : (cases,) which of these stand on the sending side
    sends_of : (cases,) which members do, as bit masks: they keep all their inputs
    on_counts : bit mask of the counts that mean ON
    states, starts, weights : for each of the 2**r states, ``starts[x]`` to ``starts[x + 1]``: the macro states it
        comes with, and its share of each
    wide : number of macro states
    """
    size, read = tables.shape
    cases = severed_of.shape[0]
    out = np.zeros((cases, wide))
    after = np.empty((size, read))
    known = np.full(size, -1)
    counts = np.empty(size + 1)
    for case in range(cases):
        for k in range(size):
            lost = 0 if sends_of[case] >> k & 1 else severed_of[case] & inputs[k]
            if lost != known[k]:
                _mean_without(tables[k], lost, after[k])
                known[k] = lost
        for x in range(read):
            counts[0] = 1.0
            for k in range(size):
                p = after[k, x]
                counts[k + 1] = counts[k] * p
                for c in range(k, 0, -1):
                    counts[c] = counts[c] * (1.0 - p) + counts[c - 1] * p
                counts[0] *= 1.0 - p
            on = 0.0
            for c in range(size + 1):
                if on_counts >> c & 1:
                    on += counts[c]
            for at in range(starts[x], starts[x + 1]):
                out[case, states[at]] += weights[at] * on
    return out


@kernel
def spread_cases(found, case_of, g, out):
    """Write what was found of a group in every case, (cases, wide), to all cuts: `out` (2**n, wide, m)."""
    for source in range(out.shape[0]):
        row = found[case_of[source]]
        for big in range(out.shape[1]):
            out[source, big, g] = row[big]
