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

import numpy as np

from ._compile import INT, NUMBERS, PLACES, REAL, WORDS, Bundle, Struct, carray, door, kernel, struct, types
from .cubes import emd_four, emd_three, emd_two
from .transport_wide import emd_words, words_needed

# Surplus below this is rounding dust: two distributions that sum to 1 differ by such amounts in their totals.
DUST = 1e-15

_ONE = np.uint64(1)
_ZERO = np.uint64(0)
# States whose bit j is 0, for j = 0 .. 5.
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


# Rows of `edges`: per direction j a word of lower ends x (bit j of x is 0).
DROP, LEVEL, RISE = 0, 1, 2  # does u drop, stay level or rise from x to x | 1 << j?
UP, DOWN = 3, 4  # is there flow from x to x | 1 << j, or back?


@kernel
def _start(surplus, n, signs, flow, edges):
    """Lay out the potentials sum of signs[j] * x_j, and send what single tight edges can take."""
    size = 1 << n
    everything = ~_ZERO if n == 6 else (_ONE << np.uint64(size)) - _ONE
    for j in range(n):
        ends = _LOWER[j] & everything
        sign = signs[j]
        edges[DROP, j] = ends if sign < 0 else _ZERO
        edges[LEVEL, j] = ends if sign == 0 else _ZERO
        edges[RISE, j] = ends if sign > 0 else _ZERO
        up = _ZERO
        down = _ZERO
        step = 1 << j
        for x in range(size):
            flow[j, x] = 0.0
        if sign != 0:
            for x in range(size):
                if x & step:
                    continue
                low = surplus[x]
                high = surplus[x | step]
                # Surplus lies where u is high and runs down.
                if sign > 0 and high > DUST and low < -DUST:
                    amount = min(high, -low)
                    surplus[x] += amount
                    surplus[x | step] -= amount
                    flow[j, x] = -amount
                    down |= _ONE << np.uint64(x)
                elif sign < 0 and low > DUST and high < -DUST:
                    amount = min(low, -high)
                    surplus[x] -= amount
                    surplus[x | step] += amount
                    flow[j, x] = amount
                    up |= _ONE << np.uint64(x)
        edges[UP, j] = up
        edges[DOWN, j] = down


@kernel
def _emd_word(surplus, n, flow, signs, edges, layers, path, cutoff):
    """Distance for 3 to 6 elements: sets of states are single words. Destroys `surplus`."""
    value = marginal_signs(surplus, n, signs)
    _start(surplus, n, signs, flow, edges)
    if value > cutoff:
        return value
    sources = _ZERO
    sinks = _ZERO
    remaining = 0.0
    for x in range(1 << n):
        if surplus[x] > DUST:
            sources |= _ONE << np.uint64(x)
            remaining += surplus[x]
        elif surplus[x] < -DUST:
            sinks |= _ONE << np.uint64(x)
    while sources != _ZERO and sinks != _ZERO:
        reached = sources
        layers[0] = sources
        depth = 0
        front = sources
        while front != _ZERO and (front & sinks) == _ZERO:
            found = _ZERO
            for j in range(n):
                step = np.uint64(1 << j)
                found |= (front & (edges[DROP, j] | edges[DOWN, j])) << step
                found |= (front >> step) & (edges[RISE, j] | edges[UP, j])
            front = found & ~reached
            reached |= front
            depth += 1
            layers[depth] = front
        if front == _ZERO:
            # No deficit in reach: lift the reached set by one; edges across its border tilt.
            value += remaining
            for j in range(n):
                step = np.uint64(1 << j)
                low_in = reached & _LOWER[j]
                high_in = (reached >> step) & _LOWER[j]
                tilt = low_in & ~high_in
                back = high_in & ~low_in
                level = edges[LEVEL, j]
                rise = edges[RISE, j]
                drop = edges[DROP, j]
                edges[LEVEL, j] = (level & ~tilt & ~back) | (rise & tilt) | (drop & back)
                edges[DROP, j] = (drop & ~back) | (level & tilt)
                edges[RISE, j] = (rise & ~tilt) | (level & back)
            if value > cutoff:
                return value
            continue
        # Every deficit in the last layer takes what it can along one path back; spent sources leave layer 0.
        targets = front & sinks
        x = 0
        while targets != _ZERO:
            while not targets & _ONE:
                targets >>= _ONE
                x += 1
            targets ^= _ONE
            sent = _augment(x, depth, n, edges, layers, path, flow, surplus)
            if sent < 0.0:
                continue
            remaining -= sent
            if surplus[x] >= -DUST:
                sinks &= ~(_ONE << np.uint64(x))
            if surplus[path[0]] <= DUST:
                sources &= ~(_ONE << np.uint64(path[0]))
                layers[0] = sources
    return value


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
            if not members >> np.uint64(y) & _ONE:
                continue
            up = x > y
            at = np.uint64(min(x, y))
            if (edges[DROP if up else RISE, j] >> at) & _ONE:
                found = True
            elif (edges[DOWN if up else UP, j] >> at) & _ONE:
                found = True
                amount = min(amount, abs(flow[j, min(x, y)]))
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
        value = flow[j, low] + (amount if b > a else -amount)
        flow[j, low] = value
        mark = _ONE << np.uint64(low)
        edges[UP, j] = edges[UP, j] | mark if value > 0.0 else edges[UP, j] & ~mark
        edges[DOWN, j] = edges[DOWN, j] | mark if value < 0.0 else edges[DOWN, j] & ~mark
    return amount


class Scratch(Bundle):
    """Working memory of one distance at a time, for cubes of up to `wide` elements.

    numbers: surplus (2**wide,), potentials of the wide cubes (2**wide,), flow (wide, 2**wide) signed, by lower end;
    words: edges (5, 6), see above, and layers (65,), or what `transport_wide` needs; places: signs (wide,) and path.
    """


class ScratchType(Struct):
    """Type of `Scratch` in compiled code."""


SCRATCH_FIELDS = {"wide": INT, "numbers": REAL[::1], "words": types.uint64[::1], "places": INT[::1]}

struct(Scratch, ScratchType, SCRATCH_FIELDS)


EDGES, LAYERS = 30, 65


@kernel
def _n_words(wide):
    return EDGES + LAYERS if wide <= 6 else max(EDGES + LAYERS, words_needed(wide))


@kernel
def _n_places(wide):
    return wide + max(LAYERS, (1 << wide) + 1)


@kernel
def emd_scratch(n):
    """Working memory for distances over up to `n` elements."""
    wide = max(n, 3)
    return Scratch(
        wide, np.zeros((wide + 2) << wide), np.zeros(_n_words(wide), np.uint64), np.zeros(_n_places(wide), np.int64)
    )


@kernel
def _by_flow(numbers, words, places, wide, n, cutoff):
    """Distance of the differences at the head of `numbers` by flow, for 3 elements and more."""
    size = 1 << wide
    surplus = numbers[:size]
    u = numbers[size : 2 * size]
    flow = numbers[2 * size :].reshape((wide, size))
    signs = places[:wide]
    path = places[wide:]
    if n <= 6:
        edges = words[:EDGES].reshape((5, 6))
        return _emd_word(surplus, n, flow, signs, edges, words[EDGES:], path, cutoff)
    value = marginal_signs(surplus, n, signs)
    return emd_words(surplus, n, flow, signs, words, path, u, value, cutoff, DUST)


@door(REAL(NUMBERS, WORDS, PLACES, INT, INT, REAL))
def distance(numbers, words, places, wide, n, cutoff):
    """Distance of the differences at the head of `numbers`, for 3 elements and more."""
    every = carray(numbers, ((wide + 2) << wide,))
    if n == 3:
        return emd_three(every)
    if n == 4:
        return emd_four(every)
    return _by_flow(every, carray(words, (_n_words(wide),)), carray(places, (_n_places(wide),)), wide, n, cutoff)


@door(types.void(NUMBERS, WORDS, PLACES, INT, INT, NUMBERS))
def dual(numbers, words, places, wide, n, out):
    """Write the potentials of the last distance to `out` (2**n,)."""
    size = 1 << wide
    every = carray(numbers, ((wide + 2) << wide,))
    target = carray(out, (1 << n,))
    if n > 6:
        for x in range(1 << n):
            target[x] = every[size + x]
        return
    marks = carray(words, (_n_words(wide),))
    if n <= 4:
        # The closed forms leave the differences as they were.
        _by_flow(every, marks, carray(places, (_n_places(wide),)), wide, n, np.inf)
    edges = marks[:EDGES].reshape((5, 6))
    target[0] = 0.0
    for j in range(n):
        half = 1 << j
        for y in range(half):
            at = np.uint64(y)
            change = float(edges[RISE, j] >> at & _ONE) - float(edges[DROP, j] >> at & _ONE)
            target[half + y] = target[y] + change


@kernel
def emd(p, q, n, scratch, cutoff):
    """Earth mover's distance between two distributions over ``2**n`` states, or a lower bound above `cutoff`.

    `p` and `q` are flat and may be views; `scratch` comes from :func:`emd_scratch`.
    """
    if n == 0:
        return 0.0
    if n == 1:
        return abs(p[1] - q[1])
    if n == 2:
        return emd_two(p[0] - q[0], p[1] - q[1], p[2] - q[2], p[3] - q[3])
    numbers = scratch.numbers
    for x in range(1 << n):
        numbers[x] = p[x] - q[x]
    return distance(numbers.ctypes, scratch.words.ctypes, scratch.places.ctypes, scratch.wide, n, cutoff)


@kernel
def potentials(scratch, n, out):
    """Write the potentials of the last distance (3 elements and more) to `out`: an integer, 1-Lipschitz dual."""
    dual(scratch.numbers.ctypes, scratch.words.ctypes, scratch.places.ctypes, scratch.wide, n, out.ctypes)
