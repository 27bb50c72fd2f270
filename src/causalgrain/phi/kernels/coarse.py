"""Coarse-graining in bulk: cut micro TPMs, macro TPMs, and the row of measures of every grain.

A grain is (`group`, `on_counts`): `group[i]` the macro element of micro element i, `on_counts[g]` a bit mask of the
numbers of ON micro elements that mean ON. The plain twin is :mod:`causalgrain.systems.coarse`.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel
from .bits import packing_table, subset_offsets
from .effective import effective_information
from .search import macro_search
from .tables import GRAINS, node_tables


@kernel
def cut_tables(on):
    """The micro TPM after every cut, by sending side: (2**n, 2**n, n); row 0 is the uncut TPM."""
    n = on.shape[1]
    size = 1 << n
    offsets = subset_offsets(n)
    packing = packing_table(n)
    tables = node_tables(on, n, offsets)
    out = np.empty((size, size, n))
    for source in range(size):
        kept = (size - 1) ^ source
        for x in range(size):
            for i in range(n):
                if source >> i & 1:
                    out[source, x, i] = on[x, i]
                else:
                    out[source, x, i] = tables[i, offsets[kept] + packing[kept, x]]
    return out


@kernel
def macro_index(x, group, on_counts, m):
    """The macro state of micro state `x`."""
    index = 0
    for g in range(m):
        count = 0
        for i in range(group.shape[0]):
            if group[i] == g:
                count += x >> i & 1
        index |= (on_counts[g] >> count & 1) << g
    return index


@kernel
def _group_on(row, group, on_counts, m, counts, out):
    """P(group g ON) from the elements' independent P(ON) `row`: Poisson-binomial counts."""
    for g in range(m):
        counts[0] = 1.0
        size = 0
        for i in range(group.shape[0]):
            if group[i] != g:
                continue
            p = row[i]
            size += 1
            counts[size] = counts[size - 1] * p
            for c in range(size - 1, 0, -1):
                counts[c] = counts[c] * (1.0 - p) + counts[c - 1] * p
            counts[0] *= 1.0 - p
        total = 0.0
        for c in range(size + 1):
            if on_counts[g] >> c & 1:
                total += counts[c]
        out[g] = total


@kernel
def coarse_marginals(on, group, on_counts, m, index, out):
    """Write the macro marginals (2**m, m) of a micro TPM (2**n, n); `index` (2**n,) macro state of each state."""
    size = on.shape[0]
    members = np.zeros(1 << m)
    counts = np.empty(group.shape[0] + 1)
    row = np.empty(m)
    out[:] = 0.0
    for x in range(size):
        _group_on(on[x], group, on_counts, m, counts, row)
        members[index[x]] += 1.0
        for g in range(m):
            out[index[x], g] += row[g]
    for big in range(1 << m):
        for g in range(m):
            out[big, g] /= members[big]


@kernel
def coarse_joint(on, group, on_counts, m, index):
    """The macro TPM, state-by-state (2**m, 2**m)."""
    size = on.shape[0]
    wide = 1 << m
    out = np.zeros((wide, wide))
    members = np.zeros(wide)
    counts = np.empty(group.shape[0] + 1)
    row = np.empty(m)
    product = np.empty(wide)
    for x in range(size):
        _group_on(on[x], group, on_counts, m, counts, row)
        product[0] = 1.0
        for g in range(m):
            half = 1 << g
            for y in range(half):
                product[half + y] = product[y] * row[g]
                product[y] *= 1.0 - row[g]
        members[index[x]] += 1.0
        for y in range(wide):
            out[index[x], y] += product[y]
    for big in range(wide):
        for y in range(wide):
            out[big, y] /= members[big]
    return out


@kernel
def joint_dependence(joint, m):
    """Largest total variation over rows between the joint TPM and the product of its marginals; the marginals."""
    wide = 1 << m
    marginals = np.zeros((wide, m))
    product = np.empty(wide)
    worst = 0.0
    for x in range(wide):
        for y in range(wide):
            for g in range(m):
                if y >> g & 1:
                    marginals[x, g] += joint[x, y]
        product[0] = 1.0
        for g in range(m):
            half = 1 << g
            for y in range(half):
                product[half + y] = product[y] * marginals[x, g]
                product[y] *= 1.0 - marginals[x, g]
        distance = 0.0
        for y in range(wide):
            distance += abs(joint[x, y] - product[y])
        worst = max(worst, 0.5 * distance)
    return worst, marginals


@kernel
def scan_macro_grains(
    cut_on, groups, on_counts, sizes, states, max_dependence, one_element_phi, tolerance, phi, cuts, table, counts
):
    """Measure macro grains of one candidate set of n micro elements with a frozen background.

    Parameters
    ----------
    cut_on : (2**n, 2**n, n) from `cut_tables`
    groups : (grains, n) macro element of each micro element
    on_counts : (grains, n) ON counts of each macro element, as bit masks
    sizes : (grains,) number of macro elements
    states : (states,) micro states' indices in which to take Phi
    max_dependence : grains above it get no Phi (NaN)
    one_element_phi : whether a single macro element is given its Phi, or 0
    phi, cuts : (grains, states) out: Phi, and the sending side of its cut
    table : (grains, 4) out: dependence, EI bits, determinism, degeneracy
    """
    n = groups.shape[1]
    size = 1 << n
    index = np.empty(size, np.int64)
    for grain in range(groups.shape[0]):
        counts[GRAINS] += 1
        m = sizes[grain]
        group = groups[grain]
        on_count = on_counts[grain]
        for x in range(size):
            index[x] = macro_index(x, group, on_count, m)
        joint = coarse_joint(cut_on[0], group, on_count, m, index)
        dependence, marginals = joint_dependence(joint, m)
        table[grain, 0] = dependence
        table[grain, 1], table[grain, 2], table[grain, 3] = effective_information(joint)
        if dependence > max_dependence:
            continue
        if m == 1 and not one_element_phi:
            for s in range(states.shape[0]):
                phi[grain, s] = 0.0
            continue
        micro = np.zeros(1 << m, np.int64)
        for mechanism in range(1 << m):
            for i in range(n):
                if mechanism >> group[i] & 1:
                    micro[mechanism] |= 1 << i
        macro_cuts = np.empty((size, 1 << m, m))
        for source in range(1, size - 1):
            coarse_marginals(cut_on[source], group, on_count, m, index, macro_cuts[source])
        for s in range(states.shape[0]):
            state = index[states[s]]
            known = -1
            for earlier in range(s):
                if index[states[earlier]] == state:
                    known = earlier
                    break
            if known >= 0:
                phi[grain, s] = phi[grain, known]
                cuts[grain, s] = cuts[grain, known]
                continue
            phi[grain, s], cuts[grain, s], _ = macro_search(
                marginals, macro_cuts, micro, state, tolerance, False, counts
            )
