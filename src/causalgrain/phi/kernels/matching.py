"""Transport between two short lists of masses, any costs: primal-dual, all open demands at once.

Potentials ``u`` (rows) and ``v`` (columns) keep every reduced cost ``cost - u - v`` at 0 or above, and at 0 where mass
flows. A phase finds every row's shortest path to an open demand, takes the distances into the potentials, and sends
what it can along these paths. ``u . supply + v . demand`` is a lower bound all the while. Costs may rise between calls:
what flowed there is taken back, and the rest stands.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel

# Masses below this share of the total are rounding dust.
DUST = 1e-14


@kernel
def transport(cost, supply, demand, flow):
    """Least total cost of moving `supply` onto `demand`; writes the plan to `flow`.

    `supply` (n,) and `demand` (m,) have equal sums, `cost` is (n, m).
    """
    n, m = cost.shape
    u = np.empty(n)
    v = np.zeros(m)
    start(cost, u, flow)
    left = supply.copy()
    wanted = demand.copy()
    solve(cost, supply, demand, left, wanted, flow, u, v, np.inf)
    value = 0.0
    for r in range(n):
        for c in range(m):
            value += flow[r, c] * cost[r, c]
    return value


@kernel
def start(cost, u, flow):
    """Lay out the first potentials of the rows: their cheapest arcs (those of the columns are 0)."""
    n, m = cost.shape
    for r in range(n):
        u[r] = np.inf
        for c in range(m):
            flow[r, c] = 0.0
            u[r] = min(u[r], cost[r, c])


@kernel
def _distances(cost, wanted, flow, u, v, dust, rows, columns, row_to, column_to, settled):
    """Shortest distance of every row and column to an open demand, and the way there; False where none is open."""
    n, m = cost.shape
    some = False
    for c in range(m):
        columns[c] = np.inf
        column_to[c] = -1
        if wanted[c] > dust:
            columns[c] = 0.0
            some = True
    if not some:
        return False
    for r in range(n):
        rows[r] = np.inf
        settled[r] = False
        for c in range(m):
            if columns[c] == 0.0:
                reduced = cost[r, c] - u[r] - v[c]
                if reduced < rows[r]:
                    rows[r] = reduced
                    row_to[r] = c
    for _ in range(n):
        near = -1
        for r in range(n):
            if not settled[r] and (near < 0 or rows[r] < rows[near]):
                near = r
        settled[near] = True
        reach = rows[near]
        for c in range(m):
            if flow[near, c] > 0.0 and columns[c] == np.inf:
                # Mass that flows here may be sent on from the row instead: the column is as far as the row.
                columns[c] = reach
                column_to[c] = near
                for r in range(n):
                    if not settled[r]:
                        through = cost[r, c] - u[r] - v[c] + reach
                        if through < rows[r]:
                            rows[r] = through
                            row_to[r] = c
    return True


@kernel
def _send(first, left, wanted, flow, row_to, column_to, dust):
    """Send what fits from row `first` along its path; return the amount."""
    amount = left[first]
    r = first
    while True:
        c = row_to[r]
        r = column_to[c]
        if r < 0:
            break
        amount = min(amount, flow[r, c])
    amount = min(amount, wanted[c])
    if amount <= dust:
        return 0.0
    r = first
    while True:
        c = row_to[r]
        flow[r, c] += amount
        r = column_to[c]
        if r < 0:
            break
        flow[r, c] -= amount
        if flow[r, c] < dust:
            flow[r, c] = 0.0
    left[first] -= amount
    wanted[c] -= amount
    return amount


@kernel
def solve(cost, supply, demand, left, wanted, flow, u, v, cutoff):
    """Move what is `left` of the supply onto what is `wanted` of the demand; return the value of the potentials.

    That is the least cost once nothing is left, and a lower bound of it where it passes `cutoff` before.
    """
    n, m = cost.shape
    rows = np.empty(n)
    columns = np.empty(m)
    row_to = np.empty(n, np.int64)
    column_to = np.empty(m, np.int64)
    settled = np.empty(n, np.bool_)
    total = 0.0
    for r in range(n):
        total += supply[r]
    dust = DUST * max(total, 1e-300)
    while True:
        value = 0.0
        for r in range(n):
            value += u[r] * supply[r]
        for c in range(m):
            value += v[c] * demand[c]
        open_rows = 0
        for r in range(n):
            if left[r] > dust:
                open_rows += 1
        if value > cutoff or open_rows == 0:
            return value
        if not _distances(cost, wanted, flow, u, v, dust, rows, columns, row_to, column_to, settled):
            return value
        farthest = 0.0
        for r in range(n):
            farthest = max(farthest, rows[r])
        for r in range(n):
            u[r] += rows[r]
        for c in range(m):
            v[c] -= min(columns[c], farthest)
        sent = 0.0
        for r in range(n):
            if left[r] > dust:
                sent += _send(r, left, wanted, flow, row_to, column_to, dust)
        if sent == 0.0:
            return value
