"""Bit masks: sizes, orders, and the packing of a state's bits; heaps of masks."""

from __future__ import annotations

import numpy as np

from ._compile import kernel


@kernel
def popcount(mask):
    """Count the elements of a set."""
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@kernel
def precedes(a, b):
    """Tie order of purviews: the larger first, then the first in index order, (0, 3) before (1, 2)."""
    size_a = popcount(a)
    size_b = popcount(b)
    if size_a != size_b:
        return size_a > size_b
    differ = a ^ b
    return (a & (differ & -differ)) != 0


@kernel
def subset_offsets(k):
    """Start of each subset's table when tables of 2**|S| entries stand one after another: (2**k + 1,)."""
    offsets = np.zeros((1 << k) + 1, np.int64)
    for subset in range(1 << k):
        offsets[subset + 1] = offsets[subset] + (1 << popcount(subset))
    return offsets


@kernel
def packing_table(k):
    """``table[m, x]`` = the bits of ``x`` selected by ``m``, packed to the low end: (2**k, 2**k)."""
    size = 1 << k
    table = np.zeros((size, size), np.uint16)
    for m in range(size):
        for x in range(size):
            packed = 0
            place = 0
            for j in range(k):
                if m >> j & 1:
                    packed |= (x >> j & 1) << place
                    place += 1
            table[m, x] = packed
    return table


@kernel
def unpack(mask, packed):
    """Spread the low bits of `packed` over the elements of `mask`."""
    out = 0
    while packed:
        lowest = mask & -mask
        if packed & 1:
            out |= lowest
        packed >>= 1
        mask ^= lowest
    return out


@kernel
def elements_of(size):
    """Number of elements of a repertoire with `size` states."""
    n = 0
    while (1 << n) < size:
        n += 1
    return n


@kernel
def sink(bounds, places, at, waiting):
    """Let the entry at `at` of a heap find its level."""
    bound = bounds[at]
    place = places[at]
    while True:
        child = 2 * at + 1
        if child >= waiting:
            break
        if child + 1 < waiting and bounds[child + 1] < bounds[child]:
            child += 1
        if bounds[child] >= bound:
            break
        bounds[at] = bounds[child]
        places[at] = places[child]
        at = child
    bounds[at] = bound
    places[at] = place


@kernel
def heapify(bounds, places, waiting):
    """Order the first entries as a heap, lowest bound first."""
    for at in range(waiting // 2 - 1, -1, -1):
        sink(bounds, places, at, waiting)
