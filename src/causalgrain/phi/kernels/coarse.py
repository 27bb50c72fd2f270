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
def _group_on(row, group, g, on_counts, counts):
    """P(group g ON) from the elements' independent P(ON) `row`: Poisson-binomial counts."""
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
    return total


@kernel
def lump(on, group, m, lump_of, members, radix):
    """Lump micro states that have the same count of ON elements in every group, whatever the counts will mean.

    Writes the lump of each micro state to `lump_of` (2**n,), the size of each lump to `members`, the place value of
    each group's count to `radix` (m + 1,); returns the TPM of the lumps (L, L), uniform over a lump's states. All
    mappings of one grouping are read off it.
    """
    n = group.shape[0]
    size = on.shape[0]
    radix[0] = 1
    for g in range(m):
        wide = 1
        for i in range(n):
            if group[i] == g:
                wide += 1
        radix[g + 1] = radix[g] * wide
    lumps = radix[m]
    for x in range(size):
        at = 0
        for i in range(n):
            at += radix[group[i]] * (x >> i & 1)
        lump_of[x] = at
    for at in range(lumps):
        members[at] = 0.0
    for x in range(size):
        members[lump_of[x]] += 1.0
    tpm = np.zeros((lumps, lumps))
    row = np.empty(lumps)
    for x in range(size):
        for at in range(lumps):
            row[at] = 0.0
        row[0] = 1.0
        # One element after the other adds itself to its group's count.
        for i in range(n):
            p = on[x, i]
            if p == 0.0:
                continue
            step = radix[group[i]]
            for at in range(lumps - 1, -1, -1):
                value = row[at]
                if value != 0.0:
                    row[at] = value * (1.0 - p)
                    row[at + step] += value * p
        share = 1.0 / members[lump_of[x]]
        out = tpm[lump_of[x]]
        for at in range(lumps):
            out[at] += share * row[at]
    return tpm


@kernel
def macro_of_lumps(radix, m, on_counts, out):
    """Write the macro state of every lump to `out` (L,); `on_counts` (m,): masks of counts, or values, that mean ON."""
    for at in range(radix[m]):
        index = 0
        for g in range(m):
            count = at % radix[g + 1] // radix[g]
            index |= (on_counts[g] >> count & 1) << g
        out[at] = index


@kernel
def joint_of_lumps(tpm, members, macro, m):
    """The macro TPM, state-by-state (2**m, 2**m), of one mapping of the lumps."""
    wide = 1 << m
    lumps = tpm.shape[0]
    rows = np.zeros((wide, lumps))
    total = np.zeros(wide)
    for at in range(lumps):
        weight = members[at]
        total[macro[at]] += weight
        row = rows[macro[at]]
        for to in range(lumps):
            row[to] += weight * tpm[at, to]
    out = np.zeros((wide, wide))
    for big in range(wide):
        for to in range(lumps):
            out[big, macro[to]] += rows[big, to]
        for y in range(wide):
            out[big, y] /= total[big]
    return out


@kernel
def joint_dependence(joint, m):
    """Largest total variation over rows between the joint TPM and the product of its marginals; the marginals."""
    wide = 1 << m
    marginals = np.zeros((wide, m))
    product = np.empty(wide)
    worst = 0.0
    for x in range(wide):
        # Fold the row one element at a time: what is left after element g is the distribution of those above it.
        for y in range(wide):
            product[y] = joint[x, y]
        size = wide
        for g in range(m):
            size >>= 1
            on = 0.0
            for y in range(size):
                on += product[2 * y + 1]
                product[y] = product[2 * y] + product[2 * y + 1]
            marginals[x, g] = on
        product[0] = 1.0
        for g in range(m):
            half = 1 << g
            p = marginals[x, g]
            for y in range(half):
                product[half + y] = product[y] * p
                product[y] *= 1.0 - p
        distance = 0.0
        for y in range(wide):
            distance += abs(joint[x, y] - product[y])
        worst = max(worst, 0.5 * distance)
    return worst, marginals


@kernel
def _same_row(a, b):
    for i in range(a.shape[0]):
        if a[i] != b[i]:
            return False
    return True


@kernel
def _cut_marginals(cut_on, inputs, group, on_counts, m, index, out):
    """Write the macro marginals after every cut to `out` (2**n, 2**m, m).

    The elements of a group read few others in a sparse system: P(group ON) is taken once for every state of these,
    and weighed by how often it comes with each macro state.
    """
    n = group.shape[0]
    size = 1 << n
    wide = 1 << m
    members = np.zeros(wide)
    for x in range(size):
        members[index[x]] += 1.0
    counts = np.empty(n + 1)
    place = np.empty(size, np.int64)
    example = np.empty(size, np.int64)
    for source in range(1, size - 1):
        for big in range(wide):
            for g in range(m):
                out[source, big, g] = 0.0
    for g in range(m):
        read = 0
        for i in range(n):
            if group[i] == g:
                read |= inputs[i]
        states = 0
        for x in range(size):
            if x & ~read == 0:
                place[x] = states
                example[states] = x
                states += 1
        weight = np.zeros((states, wide))
        for x in range(size):
            weight[place[x & read], index[x]] += 1.0 / members[index[x]]
        for source in range(1, size - 1):
            for at in range(states):
                on = _group_on(cut_on[source, example[at]], group, g, on_counts, counts)
                for big in range(wide):
                    out[source, big, g] += weight[at, big] * on


@kernel
def scan_macro_grains(
    cut_on,
    inputs,
    groups,
    on_counts,
    sizes,
    states,
    max_dependence,
    one_element_phi,
    floor,
    tolerance,
    phi,
    cuts,
    table,
    counts,
):
    """Measure macro grains of one candidate set of n micro elements with a frozen background.

    Parameters
    ----------
    cut_on : (2**n, 2**n, n) from `cut_tables`
    inputs : (n,) the elements that each element reads, as bit masks
    groups : (grains, n) macro element of each micro element; grains of one grouping side by side are quickest
    on_counts : (grains, n) ON counts of each macro element, as bit masks
    sizes : (grains,) number of macro elements
    states : (states,) micro states' indices in which to take Phi
    max_dependence : grains above it get no Phi (NaN)
    one_element_phi : whether a single macro element is given its Phi, or 0
    floor : grains whose Phi is found to lie below it are given up: NaN, and -1 as their cut
    phi, cuts : (grains, states) out: Phi, and the sending side of its cut
    table : (grains, 4) out: dependence, EI bits, determinism, degeneracy
    """
    n = groups.shape[1]
    size = 1 << n
    index = np.empty(size, np.int64)
    lump_of = np.empty(size, np.int64)
    members = np.empty(size)
    radix = np.empty(n + 1, np.int64)
    macro = np.empty(size, np.int64)
    lumps = np.empty((1, 1))
    for grain in range(groups.shape[0]):
        counts[GRAINS] += 1
        m = sizes[grain]
        group = groups[grain]
        on_count = on_counts[grain]
        if grain == 0 or not _same_row(group, groups[grain - 1]):
            lumps = lump(cut_on[0], group, m, lump_of, members, radix)
        macro_of_lumps(radix, m, on_count, macro)
        joint = joint_of_lumps(lumps, members, macro, m)
        dependence, marginals = joint_dependence(joint, m)
        table[grain, 0] = dependence
        table[grain, 1], table[grain, 2], table[grain, 3] = effective_information(joint)
        if dependence > max_dependence:
            continue
        if m == 1 and not one_element_phi:
            for s in range(states.shape[0]):
                phi[grain, s] = 0.0
            continue
        for x in range(size):
            index[x] = macro[lump_of[x]]
        micro = np.zeros(1 << m, np.int64)
        for mechanism in range(1 << m):
            for i in range(n):
                if mechanism >> group[i] & 1:
                    micro[mechanism] |= 1 << i
        macro_cuts = np.empty((size, 1 << m, m))
        _cut_marginals(cut_on, inputs, group, on_count, m, index, macro_cuts)
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
                marginals, macro_cuts, micro, state, tolerance, False, floor, counts
            )
            if cuts[grain, s] < 0:
                phi[grain, s] = np.nan
