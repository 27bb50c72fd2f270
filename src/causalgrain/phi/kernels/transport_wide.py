"""The distance on cubes of seven elements and more: the method of `transport`, sets in several words.

Directions 0 to 5 shift bits inside a word; direction ``j >= 6`` pairs word ``w`` with word ``w | 1 << (j - 6)``.
Rows of `edges` (5, n, words) as in `transport`: does u drop, stay level or rise, is there flow up or down.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel
from .bits import popcount

_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_LOWER = np.array(
    [
        0x5555555555555555,
        0x3333333333333333,
        0x0F0F0F0F0F0F0F0F,
        0x00FF00FF00FF00FF,
        0x0000FFFF0000FFFF,
        0x00000000FFFFFFFF,
    ],
    np.uint64,
)
DROP, LEVEL, RISE, UP, DOWN = 0, 1, 2, 3, 4


@kernel
def words_needed(n):
    """Size of the working memory of words: edges, layers, and four sets."""
    width = max((1 << n) >> 6, 1)
    return width * (5 * n + (1 << n) + 1 + 4)


@kernel
def _lower(j, w):
    """States of word `w` whose bit `j` is 0."""
    if j < 6:
        return _LOWER[j]
    return _ZERO if w >> (j - 6) & 1 else ~_ZERO


@kernel
def _has(words, x):
    return (words[x >> 6] >> np.uint64(x & 63)) & _ONE != _ZERO


@kernel
def _lay_out(surplus, n, width, signs, flow, edges, dust):
    """Lay out the potentials sum of signs[j] * x_j, and send what single tight edges can take."""
    for j in range(n):
        sign = signs[j]
        step = 1 << j
        for w in range(width):
            ends = _lower(j, w)
            edges[DROP, j, w] = ends if sign < 0 else _ZERO
            edges[LEVEL, j, w] = ends if sign == 0 else _ZERO
            edges[RISE, j, w] = ends if sign > 0 else _ZERO
            edges[UP, j, w] = _ZERO
            edges[DOWN, j, w] = _ZERO
        for x in range(1 << n):
            flow[j, x] = 0.0
        if sign == 0:
            continue
        for x in range(1 << n):
            if x & step:
                continue
            low = surplus[x]
            high = surplus[x | step]
            mark = _ONE << np.uint64(x & 63)
            # Surplus lies where u is high and runs down.
            if sign > 0 and high > dust and low < -dust:
                amount = min(high, -low)
                surplus[x] += amount
                surplus[x | step] -= amount
                flow[j, x] = -amount
                edges[DOWN, j, x >> 6] |= mark
            elif sign < 0 and low > dust and high < -dust:
                amount = min(low, -high)
                surplus[x] -= amount
                surplus[x | step] += amount
                flow[j, x] = amount
                edges[UP, j, x >> 6] |= mark


@kernel
def _spread(front, reached, found, n, width, edges):
    """One breadth-first step: write the newly reached states to `found`; tell whether there are any."""
    for w in range(width):
        found[w] = _ZERO
    for j in range(n):
        if j < 6:
            step = np.uint64(1 << j)
            for w in range(width):
                found[w] |= (front[w] & (edges[DROP, j, w] | edges[DOWN, j, w])) << step
                found[w] |= (front[w] >> step) & (edges[RISE, j, w] | edges[UP, j, w])
        else:
            jump = 1 << (j - 6)
            for w in range(width):
                if not w & jump:
                    found[w | jump] |= front[w] & (edges[DROP, j, w] | edges[DOWN, j, w])
                    found[w] |= front[w | jump] & (edges[RISE, j, w] | edges[UP, j, w])
    some = _ZERO
    for w in range(width):
        found[w] &= ~reached[w]
        reached[w] |= found[w]
        some |= found[w]
    return some != _ZERO


@kernel
def _lift(reached, n, width, edges):
    """Raise the potential of the reached set by one: edges across its border tilt."""
    for j in range(n):
        for w in range(width):
            ends = _lower(j, w)
            if ends == _ZERO:
                continue
            high = reached[w] >> np.uint64(1 << j) if j < 6 else reached[w | 1 << (j - 6)]
            low_in = reached[w] & ends
            high_in = high & ends
            tilt = low_in & ~high_in
            back = high_in & ~low_in
            level = edges[LEVEL, j, w]
            rise = edges[RISE, j, w]
            drop = edges[DROP, j, w]
            edges[LEVEL, j, w] = (level & ~tilt & ~back) | (rise & tilt) | (drop & back)
            edges[DROP, j, w] = (drop & ~back) | (level & tilt)
            edges[RISE, j, w] = (rise & ~tilt) | (level & back)


@kernel
def _augment(sink, depth, n, edges, layers, path, flow, surplus):
    """Send what fits along one tight path into `sink`; return the amount, or -1 where no path is left."""
    path[depth] = sink
    x = sink
    amount = -surplus[sink]
    for layer in range(depth - 1, -1, -1):
        members = layers[layer]
        found = False
        for j in range(n):
            y = x ^ (1 << j)
            if not _has(members, y):
                continue
            low = min(x, y)
            if _has(edges[DROP if y == low else RISE, j], low):
                found = True
            elif _has(edges[DOWN if y == low else UP, j], low):
                found = True
                amount = min(amount, abs(flow[j, low]))
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
        j = popcount((a ^ b) - 1)
        low = min(a, b)
        value = flow[j, low] + (amount if b > a else -amount)
        flow[j, low] = value
        mark = _ONE << np.uint64(low & 63)
        word = low >> 6
        edges[UP, j, word] = edges[UP, j, word] | mark if value > 0.0 else edges[UP, j, word] & ~mark
        edges[DOWN, j, word] = edges[DOWN, j, word] | mark if value < 0.0 else edges[DOWN, j, word] & ~mark
    return amount


@kernel
def emd_words(surplus, n, flow, signs, words, path, u, value, cutoff, dust):
    """Distance for 7 elements and more, from the marginal bound `value`; potentials to `u`. Destroys `surplus`.

    `words` has the size of :func:`words_needed`, `path` (2**n + 1,).
    """
    size = 1 << n
    width = size >> 6
    edges = words[: 5 * n * width].reshape((5, n, width))
    rest = words[5 * n * width :]
    layers = rest[: (size + 1) * width].reshape((size + 1, width))
    sources = rest[(size + 1) * width : (size + 2) * width]
    sinks = rest[(size + 2) * width : (size + 3) * width]
    reached = rest[(size + 3) * width : (size + 4) * width]
    _lay_out(surplus, n, width, signs, flow, edges, dust)
    if value <= cutoff:
        value = _flow(surplus, n, width, flow, edges, layers, sources, sinks, reached, path, value, cutoff, dust)
    u[0] = 0.0
    for j in range(n):
        half = 1 << j
        for y in range(half):
            at = np.uint64(y & 63)
            rise = edges[RISE, j, y >> 6] >> at & _ONE
            u[half + y] = u[y] + float(rise) - float(edges[DROP, j, y >> 6] >> at & _ONE)
    return value


@kernel
def _flow(surplus, n, width, flow, edges, layers, sources, sinks, reached, path, value, cutoff, dust):
    """Move the surplus along tight arcs, lifting the potentials where none is left; return the distance."""
    remaining = 0.0
    open_sinks = 0
    open_sources = 0
    for w in range(width):
        sources[w] = _ZERO
        sinks[w] = _ZERO
    for x in range(1 << n):
        mark = _ONE << np.uint64(x & 63)
        if surplus[x] > dust:
            sources[x >> 6] |= mark
            open_sources += 1
            remaining += surplus[x]
        elif surplus[x] < -dust:
            sinks[x >> 6] |= mark
            open_sinks += 1
    while open_sources > 0 and open_sinks > 0:
        for w in range(width):
            reached[w] = sources[w]
            layers[0, w] = sources[w]
        depth = 0
        alive = True
        hit = False
        while alive and not hit:
            alive = _spread(layers[depth], reached, layers[depth + 1], n, width, edges)
            depth += 1
            for w in range(width):
                hit = hit or (layers[depth, w] & sinks[w]) != _ZERO
        if not hit:
            value += remaining
            _lift(reached, n, width, edges)
            if value > cutoff:
                return value
            continue
        for w in range(width):
            targets = layers[depth, w] & sinks[w]
            while targets != _ZERO:
                lowest = targets & (~targets + _ONE)
                targets ^= lowest
                sink = (w << 6) | popcount(np.int64(lowest - _ONE))
                sent = _augment(sink, depth, n, edges, layers, path, flow, surplus)
                if sent < 0.0:
                    continue
                remaining -= sent
                if surplus[sink] >= -dust:
                    sinks[w] &= ~lowest
                    open_sinks -= 1
                source = path[0]
                if surplus[source] <= dust:
                    mark = ~(_ONE << np.uint64(source & 63))
                    sources[source >> 6] &= mark
                    layers[0, source >> 6] &= mark
                    open_sources -= 1
    return value
