"""Systems unfolded in time, in bulk: the next block after every cut, as seen by groups of elements.

Bits, steps and cuts as in :mod:`causalgrain.systems.unfolding`, the plain twin. Of a block only its last `order`
states (its *tail*) act on the next one, so everything is found for every tail rather than for every block.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel


@kernel
def update_tables(tpm, reads, source, out):
    """Write P(element i = 1 at update s | history) after a cut to `out` (tau, 2**bits, n).

    `tpm` (2**bits, n) over histories; `reads` (tau, bits) the unfolded element that each bit of the history is at each
    update, -1 for one before the last block; `source` the sending side, 0: nothing severed.
    """
    tau, bits = reads.shape
    n = tpm.shape[1]
    size = tpm.shape[0]
    for step in range(tau):
        for i in range(n):
            receiving = not source >> (i + n * step) & 1
            for x in range(size):
                out[step, x, i] = tpm[x, i]
            for bit in range(bits):
                read = reads[step, bit]
                if read >= 0 and not (receiving and source >> read & 1):
                    continue
                flip = 1 << bit
                for x in range(size):
                    if not x & flip:
                        noise = 0.5 * (out[step, x, i] + out[step, x | flip, i])
                        out[step, x, i] = noise
                        out[step, x | flip, i] = noise


@kernel
def blocks_after(tables, tail, order, made):
    """Write P(next block | the history `tail`) to `made` (2**(n tau),)."""
    tau, size, n = tables.shape
    wide = 1 << n
    made[0] = 1.0
    history = size - 1
    rows = 1
    row = np.empty(wide)
    for step in range(tau):
        # Backwards, so that paths of this length are read before longer ones are written over them.
        for path in range(rows - 1, -1, -1):
            p = made[path]
            past = tail
            for s in range(max(0, step - order), step):
                past = (past << n & history) | (path >> (n * s) & (wide - 1))
            row[0] = p
            for i in range(n):
                on = tables[step, past, i]
                for y in range(1 << i):
                    row[y | 1 << i] = row[y] * on
                    row[y] *= 1.0 - on
            for y in range(wide):
                made[path | y << (n * step)] = row[y]
        rows <<= n


@kernel
def group_values(tables, tails, order, values, starts, made, out):
    """Write P(block value of every group | tail) to `out` (tails, values of all groups one after another).

    `tails` (tails,) histories; `values` (groups, 2**(n tau)) the value of each group in each block, `starts` (groups,)
    where its values begin in a row of `out`; `made` (2**(n tau),) working memory.
    """
    groups, size = values.shape
    out[:] = 0.0
    for t in range(tails.shape[0]):
        blocks_after(tables, tails[t], order, made)
        for y in range(size):
            p = made[y]
            if p == 0.0:
                continue
            for g in range(groups):
                out[t, starts[g] + values[g, y]] += p


@kernel
def cut_group_values(tpm, reads, tails, order, values, starts, out):
    """`group_values` after every cut: (cuts, tails, values); row 0 is of the uncut system."""
    tables = np.empty((reads.shape[0], tpm.shape[0], tpm.shape[1]))
    made = np.empty(values.shape[1])
    for source in range(out.shape[0] - 1):
        update_tables(tpm, reads, source, tables)
        group_values(tables, tails, order, values, starts, made, out[source])


@kernel
def lump_blocks(tpm, reads, tails, order, tail_of, lump_of, members):
    """The uncut TPM of lumps of blocks (L, L): uniform over a lump's blocks.

    `tail_of` (2**(n tau),) place of each block's tail in `tails`, `lump_of` its lump, `members` (L,) their sizes.
    """
    lumps = members.shape[0]
    size = tail_of.shape[0]
    tables = np.empty((reads.shape[0], tpm.shape[0], tpm.shape[1]))
    update_tables(tpm, reads, np.int64(0), tables)
    made = np.empty(size)
    rows = np.zeros((tails.shape[0], lumps))
    for t in range(tails.shape[0]):
        blocks_after(tables, tails[t], order, made)
        for y in range(size):
            rows[t, lump_of[y]] += made[y]
    share = np.zeros((lumps, tails.shape[0]))
    for x in range(size):
        share[lump_of[x], tail_of[x]] += 1.0 / members[lump_of[x]]
    out = np.zeros((lumps, lumps))
    for at in range(lumps):
        for t in range(tails.shape[0]):
            weight = share[at, t]
            if weight != 0.0:
                for to in range(lumps):
                    out[at, to] += weight * rows[t, to]
    return out


@kernel
def macro_marginals(cut_values, share, on, starts, widths, macro, members, out):
    """Write P(macro element ON | macro state) after every cut to `out` (cuts, 2**m, m).

    `cut_values` (cuts, tails, values) of `cut_group_values`; `share` (L, tails) how a lump's blocks fall on tails; `on`
    (m,) masks; `starts`, `widths` (m,) where a group's values are in a row; `macro`, `members` (L,) of the lumps.
    """
    cuts, tails, _ = cut_values.shape
    lumps, m = share.shape[0], on.shape[0]
    wide = 1 << m
    weight = np.zeros((wide, tails))
    total = np.zeros(wide)
    for at in range(lumps):
        total[macro[at]] += members[at]
        for t in range(tails):
            weight[macro[at], t] += members[at] * share[at, t]
    for source in range(1, cuts - 1):
        for big in range(wide):
            for g in range(m):
                out[source, big, g] = 0.0
        for t in range(tails):
            for g in range(m):
                p = 0.0
                for v in range(widths[g]):
                    if on[g] >> v & 1:
                        p += cut_values[source, t, starts[g] + v]
                for big in range(wide):
                    out[source, big, g] += weight[big, t] * p
        for big in range(wide):
            for g in range(m):
                out[source, big, g] = min(max(out[source, big, g] / total[big], 0.0), 1.0)
