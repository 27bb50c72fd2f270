"""Is a MATLAB 5 file whole? Walks its tags before scipy reads it.

scipy.io looks up the data type of an element in a table without checking it, so that a damaged file can end the whole
process (scipy pull request 25349). Here every element must have a known type and fit into the one around it, and an
array of numbers or text must have as many parts as its kind says. Format: MathWorks, "MAT-File Format", level 5.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

HEADER = 128
COMPRESSED, MATRIX = 15, 14
PLAIN = frozenset((1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18))  # numbers and text
# Elements after the flags: size, name and numbers; a sparse array has rows and columns besides, a complex one a
# second part. Classes that are not listed (cell, struct, objects, functions) may hold nested arrays.
PARTS = {4: 3, 5: 5, **dict.fromkeys(range(6, 16), 3)}
COMPLEX = 1 << 11
MAX_DEPTH = 64


def check_level_5(path: Path) -> None:
    """Raise ValueError at the first tag of a level 5 file that can't be right; other files pass."""
    data = path.read_bytes()
    if len(data) < HEADER or 0 in data[:4]:
        return  # level 4, or too short for anything: scipy's readers of these check for themselves
    order = "<" if data[126:128] == b"IM" else ">"
    view, place = memoryview(data), HEADER
    while place < len(view):
        kind, body, place = _element(view, place, order)
        if kind == COMPRESSED:
            try:
                inner = memoryview(zlib.decompress(body))
            except zlib.error as error:
                raise ValueError(f"damaged compressed variable: {error}") from error
            kind, body, _ = _element(inner, 0, order)
        if kind != MATRIX:
            raise ValueError(f"a variable of type {kind}")
        _check_matrix(body, order, 0)


def _element(view: memoryview, place: int, order: str) -> tuple[int, memoryview, int]:
    """Return type, content and end of the element at `place`."""
    if place + 8 > len(view):
        raise ValueError("it ends within a tag")
    first, size = struct.unpack_from(order + "II", view, place)
    begin = place + 8
    if first >> 16:  # small element: size and type share four bytes, the content follows in four more
        size, first, begin = first >> 16, first & 0xFFFF, place + 4
        if size > 4:
            raise ValueError(f"a small element of {size} bytes")
    if begin + size > len(view):
        raise ValueError(f"an element of {size} bytes where {max(len(view) - begin, 0)} are left")
    end = begin + size if first == COMPRESSED else begin + size + -(begin + size - place) % 8
    return first, view[begin : begin + size], end


def _check_matrix(body: memoryview, order: str, depth: int) -> None:
    if not len(body):
        return  # an empty array within a cell or struct
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    kind, flags, place = _element(body, 0, order)
    if kind != 6 or len(flags) != 8:
        raise ValueError("an array without flags")
    word = struct.unpack_from(order + "I", flags)[0]
    parts = PARTS.get(word & 0xFF)
    found = 0
    while place < len(body):
        kind, content, place = _element(body, place, order)
        if kind == MATRIX and parts is None:
            _check_matrix(content, order, depth + 1)
        elif kind not in PLAIN:
            raise ValueError(f"an element of type {kind}")
        found += 1
    if parts is not None and found != parts + (1 if word & COMPLEX else 0):
        raise ValueError(f"an array of {found} parts")
