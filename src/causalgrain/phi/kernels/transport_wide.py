"""The distance on cubes of seven elements and more: the method of `transport`, sets in several words.

Directions 0 to 5 shift bits inside a word; direction ``j >= 6`` pairs word ``w`` with word ``w ^ (1 << (j - 6))``.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel

_ONE = np.uint64(1)
_ZERO = np.uint64(0)


@kernel
def _has(words, x):
    return (words[x >> 6] >> np.uint64(x & 63)) & _ONE != _ZERO


@kernel
def _put(words, x):
    words[x >> 6] |= _ONE << np.uint64(x & 63)


@kernel
def _drop(words, x):
    words[x >> 6] &= ~(_ONE << np.uint64(x & 63))


@kernel
def _spread(front, reached, found, n, width, down, up):
    """One breadth-first step: write the newly reached states to `found`; tell whether there are any."""
    for w in range(width):
        found[w] = _ZERO
    for j in range(n):
        if j < 6:
            step = np.uint64(1 << j)
            for w in range(width):
                found[w] |= (front[w] & down[j, w]) << step
                found[w] |= (front[w] >> step) & up[j, w]
        else:
            jump = 1 << (j - 6)
            for w in range(width):
                if not w & jump:
                    found[w | jump] |= front[w] & down[j, w]
                    found[w] |= front[w | jump] & up[j, w]
    some = False
    for w in range(width):
        found[w] &= ~reached[w]
        reached[w] |= found[w]
        some = some or found[w] != _ZERO
    return some


@kernel
def _lift(reached, n, width, lower, drop, level, rise):
    """Raise the potential of the reached set by one: edges across its border tilt."""
    for j in range(n):
        for w in range(width):
            if j < 6:
                high_word = reached[w] >> np.uint64(1 << j)
            else:
                jump = 1 << (j - 6)
                high_word = _ZERO if w & jump else reached[w | jump]
            low_in = reached[w] & lower[j, w]
            high_in = high_word & lower[j, w]
            tilt = low_in & ~high_in
            back = high_in & ~low_in
            flat = level[j, w]
            level[j, w] = (flat & ~tilt & ~back) | (rise[j, w] & tilt) | (drop[j, w] & back)
            drop[j, w] = (drop[j, w] & ~back) | (flat & tilt)
            rise[j, w] = (rise[j, w] & ~tilt) | (flat & back)


@kernel
def _augment(sink, depth, layers, n, drop, rise, flow_up, flow_down, flow, surplus, path):
    """Send what fits along one tight path into `sink`; return the amount, or -1 where no path is left."""
    path[depth] = sink
    x = sink
    amount = -surplus[sink]
    for layer in range(depth - 1, -1, -1):
        found = False
        for j in range(n):
            y = x ^ (1 << j)
            if not _has(layers[layer], y):
                continue
            low = min(x, y)
            straight = drop if y == low else rise
            residual = flow_down if y == low else flow_up
            if _has(straight[j], low):
                found = True
            elif _has(residual[j], low):
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
        j = 0
        while (a ^ b) >> (j + 1):
            j += 1
        low = min(a, b)
        flow[j, low] += amount if b > a else -amount
        _drop(flow_up[j], low)
        _drop(flow_down[j], low)
        if flow[j, low] > 0.0:
            _put(flow_up[j], low)
        elif flow[j, low] < 0.0:
            _put(flow_down[j], low)
    return amount


@kernel
def emd_words(surplus, n, flow, signs, u, value, cutoff, dust):
    """Distance for 7 elements and more, from the marginal bound `value`; potentials to `u`. Destroys `surplus`."""
    size = 1 << n
    for x in range(size):
        u[x] = 0.0
        for j in range(n):
            if x >> j & 1:
                u[x] += signs[j]
    if value > cutoff:
        return value
    width = size >> 6
    drop = np.zeros((n, width), np.uint64)
    level = np.zeros((n, width), np.uint64)
    rise = np.zeros((n, width), np.uint64)
    flow_up = np.zeros((n, width), np.uint64)
    flow_down = np.zeros((n, width), np.uint64)
    lower = np.zeros((n, width), np.uint64)
    for j in range(n):
        kind = rise if signs[j] > 0 else (drop if signs[j] < 0 else level)
        for x in range(size):
            if not x >> j & 1:
                _put(lower[j], x)
                _put(kind[j], x)
            flow[j, x] = 0.0
    sources = np.zeros(width, np.uint64)
    sinks = np.zeros(width, np.uint64)
    n_sources = 0
    n_sinks = 0
    remaining = 0.0
    for x in range(size):
        if surplus[x] > dust:
            _put(sources, x)
            n_sources += 1
            remaining += surplus[x]
        elif surplus[x] < -dust:
            _put(sinks, x)
            n_sinks += 1
    layers = np.zeros((size + 1, width), np.uint64)
    reached = np.zeros(width, np.uint64)
    path = np.zeros(size + 1, np.int64)
    while n_sources > 0 and n_sinks > 0:
        for w in range(width):
            reached[w] = sources[w]
            layers[0, w] = sources[w]
        depth = 0
        alive = True
        hit = False
        while alive and not hit:
            alive = _spread(layers[depth], reached, layers[depth + 1], n, width, drop | flow_down, rise | flow_up)
            depth += 1
            for w in range(width):
                hit = hit or (layers[depth, w] & sinks[w]) != _ZERO
        if not hit:
            value += remaining
            for x in range(size):
                if _has(reached, x):
                    u[x] += 1.0
            if value > cutoff:
                return value
            _lift(reached, n, width, lower, drop, level, rise)
            continue
        for sink in range(size):
            if not (_has(layers[depth], sink) and _has(sinks, sink)):
                continue
            sent = _augment(sink, depth, layers, n, drop, rise, flow_up, flow_down, flow, surplus, path)
            if sent < 0.0:
                continue
            remaining -= sent
            if surplus[sink] >= -dust:
                _drop(sinks, sink)
                n_sinks -= 1
            source = path[0]
            if surplus[source] <= dust:
                _drop(sources, source)
                _drop(layers[0], source)
                n_sources -= 1
    return value
