"""Earth mover's distance on the n-cube: exact, in double precision, on the cube's own edges.

The ground distance between two states is the number of elements in which they differ, so mass moves along the
n * 2**(n-1) edges of the cube at cost 1 an edge. Primal-dual: integer potentials ``u`` (a 1-Lipschitz function on
the cube) start from the signs of the marginal differences; surplus flows along tight arcs (a drop of 1) by
breadth-first search; when no deficit can be reached, the potentials of the reached set rise by 1 and the dual
value rises by the surplus still to be moved. At the end the dual value is the distance; on the way it is a lower
bound, so a search may stop as soon as the bound passes what it has (``cutoff``).

Sets of states are bit masks in 64-bit words (one word up to six elements), hence a breadth-first step or a change
of potentials is a handful of word operations, whatever the number of states.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from ._compile import kernel
from .transport_wide import emd_words

# Surplus below this is rounding dust: two distributions that sum to 1 differ by such amounts in their totals.
DUST = 1e-15

_ONE = np.uint64(1)
_ZERO = np.uint64(0)


@kernel
def marginal_signs(difference, n, signs):
    """Write the sign of each element's marginal difference; return the sum of their sizes (a lower bound)."""
    total = 0.0
    for j in range(n):
        on = 0.0
        step = 1 << j
        for x in range(1 << n):
            if x & step:
                on += difference[x]
        signs[j] = 1 if on > 0.0 else (-1 if on < 0.0 else 0)
        total += abs(on)
    return total


@kernel
def emd_two(d0, d1, d2, d3):
    """Distance on the square of two elements, from the four differences: a cycle, so a median flow is best."""
    # Flow along the cycle 0-1-3-2-0 is known up to a constant c; the sum of |flow| is least at their median.
    a = 0.0
    b = d0
    c = d0 + d1
    e = d0 + d1 + d3
    low = min(min(a, b), min(c, e))
    high = max(max(a, b), max(c, e))
    middle = (a + b + c + e - low - high) / 2.0
    return abs(a - middle) + abs(b - middle) + abs(c - middle) + abs(e - middle)


@kernel
def _emd_word(surplus, n, flow, signs, cutoff):
    """Distance for 3 to 6 elements: sets of states are single words. Destroys `surplus`."""
    size = 1 << n
    value = marginal_signs(surplus, n, signs)
    if value > cutoff:
        return value
    # Per direction j and lower end x (bit j of x is 0): does u drop, stay level or rise from x to x | 1 << j?
    drop = np.zeros(6, np.uint64)
    level = np.zeros(6, np.uint64)
    rise = np.zeros(6, np.uint64)
    flow_up = np.zeros(6, np.uint64)
    flow_down = np.zeros(6, np.uint64)
    lower = np.zeros(6, np.uint64)
    for j in range(n):
        ends = _ZERO
        for x in range(size):
            if not x >> j & 1:
                ends |= _ONE << np.uint64(x)
            flow[j, x] = 0.0
        lower[j] = ends
        # u(x) = sum of signs[j] * x_j: surplus lies where u is high and runs down.
        if signs[j] > 0:
            rise[j] = ends
        elif signs[j] < 0:
            drop[j] = ends
        else:
            level[j] = ends
    sources = _ZERO
    sinks = _ZERO
    remaining = 0.0
    for x in range(size):
        if surplus[x] > DUST:
            sources |= _ONE << np.uint64(x)
            remaining += surplus[x]
        elif surplus[x] < -DUST:
            sinks |= _ONE << np.uint64(x)
    layers = np.zeros(65, np.uint64)
    path = np.zeros(65, np.int64)
    while sources != _ZERO and sinks != _ZERO:
        reached = sources
        layers[0] = sources
        depth = 0
        front = sources
        while front != _ZERO and (front & sinks) == _ZERO:
            found = _ZERO
            for j in range(n):
                step = np.uint64(1 << j)
                found |= (front & (drop[j] | flow_down[j])) << step
                found |= (front >> step) & (rise[j] | flow_up[j])
            front = found & ~reached
            reached |= front
            depth += 1
            layers[depth] = front
        if front == _ZERO:
            # No deficit in reach: lift the reached set by one; edges across its border tilt.
            value += remaining
            if value > cutoff:
                return value
            for j in range(n):
                step = np.uint64(1 << j)
                low_in = reached & lower[j]
                high_in = (reached >> step) & lower[j]
                tilt = low_in & ~high_in
                back = high_in & ~low_in
                was_level = level[j]
                level[j] = (was_level & ~tilt & ~back) | (rise[j] & tilt) | (drop[j] & back)
                drop[j] = (drop[j] & ~back) | (was_level & tilt)
                rise[j] = (rise[j] & ~tilt) | (was_level & back)
            continue
        # Every deficit in the last layer takes what it can along one path back; spent sources leave layer 0.
        targets = front & sinks
        while targets != _ZERO:
            bit = targets & (~targets + _ONE)
            targets ^= bit
            sink = 0
            while bit > _ONE:
                bit >>= _ONE
                sink += 1
            sent = _augment(sink, depth, layers, n, drop, rise, flow_up, flow_down, flow, surplus, path)
            if sent < 0.0:
                continue
            remaining -= sent
            if surplus[sink] >= -DUST:
                sinks &= ~(_ONE << np.uint64(sink))
            source = path[0]
            if surplus[source] <= DUST:
                sources &= ~(_ONE << np.uint64(source))
                layers[0] = sources
    return value


@kernel
def _augment(sink, depth, layers, n, drop, rise, flow_up, flow_down, flow, surplus, path):
    """Send what fits along one tight path into `sink`; return the amount, or -1 where no path is left."""
    path[depth] = sink
    x = sink
    amount = -surplus[sink]
    for layer in range(depth - 1, -1, -1):
        members = layers[layer]
        found = False
        for j in range(n):
            y = x ^ (1 << j)
            if not members >> np.uint64(y) & _ONE:
                continue
            if x >> j & 1:
                at = np.uint64(y)
                if (drop[j] >> at) & _ONE:
                    found = True
                elif (flow_down[j] >> at) & _ONE:
                    found = True
                    amount = min(amount, -flow[j, y])
            else:
                at = np.uint64(x)
                if (rise[j] >> at) & _ONE:
                    found = True
                elif (flow_up[j] >> at) & _ONE:
                    found = True
                    amount = min(amount, flow[j, x])
            if found:
                path[layer] = y
                x = y
                break
        if not found:
            return -1.0
    amount = min(amount, surplus[x])
    if amount <= 0.0:
        return -1.0
    surplus[x] -= amount
    surplus[sink] += amount
    for layer in range(depth):
        a = path[layer]
        b = path[layer + 1]
        j = 0
        while (a ^ b) >> (j + 1):
            j += 1
        low = min(a, b)
        flow[j, low] += amount if b > a else -amount
        mark = _ONE << np.uint64(low)
        flow_up[j] &= ~mark
        flow_down[j] &= ~mark
        if flow[j, low] > 0.0:
            flow_up[j] |= mark
        elif flow[j, low] < 0.0:
            flow_down[j] |= mark
    return amount


@kernel
def emd(p, q, n, scratch, cutoff):
    """Earth mover's distance between two distributions over ``2**n`` states, or a lower bound above `cutoff`.

    `p` and `q` are flat and may be views; `scratch` comes from :func:`emd_scratch`.
    """
    size = 1 << n
    if n == 0:
        return 0.0
    if n == 1:
        return abs(p[1] - q[1])
    if n == 2:
        return emd_two(p[0] - q[0], p[1] - q[1], p[2] - q[2], p[3] - q[3])
    surplus = scratch.surplus
    for x in range(size):
        surplus[x] = p[x] - q[x]
    if n <= 6:
        return _emd_word(surplus, n, scratch.flow, scratch.signs, cutoff)
    value = marginal_signs(surplus, n, scratch.signs)
    if value > cutoff:
        return value
    return emd_words(surplus, n, scratch.flow, scratch.signs, value, cutoff, DUST)


Scratch = namedtuple("Scratch", ["surplus", "flow", "signs"])


@kernel
def emd_scratch(n):
    """Working memory for distances over up to `n` elements."""
    wide = max(n, 3)
    return Scratch(np.empty(1 << wide), np.empty((wide, 1 << wide)), np.empty(wide, np.int64))
