"""Transport between two short lists of masses, any costs: shortest augmenting paths on the dense graph."""

from __future__ import annotations

import numpy as np

from ._compile import kernel

# Masses below this share of the total are rounding dust.
DUST = 1e-14


@kernel
def transport(cost, supply, demand, flow):
    """Least total cost of moving `supply` onto `demand`; writes the plan to `flow`.

    `supply` (n,) and `demand` (m,) have equal sums, `cost` is (n, m). Dijkstra on reduced costs from one supply at
    a time to the nearest open demand.
    """
    n, m = cost.shape
    left = supply.copy()
    wanted = demand.copy()
    row_potential = np.zeros(n)
    column_potential = np.empty(m)
    total = 0.0
    for r in range(n):
        total += supply[r]
    dust = DUST * max(total, 1e-300)
    for c in range(m):
        least = np.inf
        for r in range(n):
            flow[r, c] = 0.0
            least = min(least, cost[r, c])
        column_potential[c] = least
    row_distance = np.empty(n)
    column_distance = np.empty(m)
    row_done = np.empty(n, np.bool_)
    column_done = np.empty(m, np.bool_)
    row_from = np.empty(n, np.int64)
    column_from = np.empty(m, np.int64)
    for start in range(n):
        while left[start] > dust:
            for r in range(n):
                row_distance[r] = np.inf
                row_done[r] = False
            for c in range(m):
                column_distance[c] = np.inf
                column_done[c] = False
            row_distance[start] = 0.0
            row = start
            reach = 0.0
            end = -1
            while True:
                # Relax the arcs out of the row just settled.
                row_done[row] = True
                for c in range(m):
                    if not column_done[c]:
                        reduced = cost[row, c] - row_potential[row] - column_potential[c]
                        if reach + reduced < column_distance[c]:
                            column_distance[c] = reach + reduced
                            column_from[c] = row
                # Settle columns until one is open or leads back to a new row.
                row = -1
                while row < 0 and end == -1:
                    nearest = -1
                    for c in range(m):
                        if not column_done[c] and (nearest < 0 or column_distance[c] < column_distance[nearest]):
                            nearest = c
                    nearest_row = -1
                    for r in range(n):
                        if not row_done[r] and row_distance[r] < np.inf:
                            if nearest_row < 0 or row_distance[r] < row_distance[nearest_row]:
                                nearest_row = r
                    if nearest_row >= 0 and (nearest < 0 or row_distance[nearest_row] <= column_distance[nearest]):
                        row = nearest_row
                        reach = row_distance[row]
                    elif nearest < 0 or column_distance[nearest] == np.inf:
                        # Only dust is left to place.
                        end = -2
                    else:
                        column_done[nearest] = True
                        reach = column_distance[nearest]
                        if wanted[nearest] > dust:
                            end = nearest
                        else:
                            for r in range(n):
                                if flow[r, nearest] > 0.0 and not row_done[r] and reach < row_distance[r]:
                                    row_distance[r] = reach
                                    row_from[r] = nearest
                if end != -1:
                    break
            if end == -2:
                break
            for r in range(n):
                if row_done[r]:
                    row_potential[r] += reach - row_distance[r]
            for c in range(m):
                if column_done[c]:
                    column_potential[c] -= reach - column_distance[c]
            amount = min(left[start], wanted[end])
            c = end
            while True:
                r = column_from[c]
                if r == start:
                    break
                c = row_from[r]
                amount = min(amount, flow[r, c])
            left[start] -= amount
            wanted[end] -= amount
            c = end
            while True:
                r = column_from[c]
                flow[r, c] += amount
                if r == start:
                    break
                c = row_from[r]
                flow[r, c] -= amount
                if flow[r, c] < dust:
                    flow[r, c] = 0.0
    value = 0.0
    for r in range(n):
        for c in range(m):
            value += flow[r, c] * cost[r, c]
    return value
