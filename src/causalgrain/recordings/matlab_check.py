"""Is a MATLAB file of level 4 or 5 whole? Walks its tags before scipy reads it.

scipy.io trusts the types and dimensions in a file, so that a damaged one can end the whole process (an unchecked index
into a table, scipy pull request 25349) or ask for all memory. Here every element must have a known type and fit into
the one around it, and every array must have the dimensions and parts that its class says. Format: MathWorks,
"MAT-File Format".
"""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path

HEADER = 128  # bytes; level 4 has none, and a zero among its first four bytes
COMPRESSED, MATRIX = 15, 14
ITEM_SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 16: 1, 17: 2, 18: 4}  # bytes, by type
DIMENSION_TYPES = (5, 6)
CLASSES, CELL, STRUCT, OBJECT, OPAQUE, NUMERIC = range(1, 18), 1, 2, 3, 17, range(6, 16)
# Elements after the flags: dimensions, name and content; a sparse array has rows and columns besides, a complex one a
# second part. Classes that are not listed (cell, struct, objects, functions) may hold nested arrays.
PARTS = {4: 3, 5: 5, **dict.fromkeys(NUMERIC, 3)}
COMPLEX = 1 << 11
MAX_DIMENSIONS = 32
MAX_DEPTH = 64
LEVEL_4_SIZES = {0: 8, 1: 4, 2: 4, 3: 2, 4: 2, 5: 1}  # bytes


def check_file(path: Path) -> None:
    """Raise ValueError at the first tag of a level 4 or 5 file that can't be right."""
    data = path.read_bytes()
    if len(data) < HEADER or 0 in data[:4]:
        _check_level_4(data)
    else:
        _check_level_5(data)


def _check_level_5(data: bytes) -> None:
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


def _check_level_4(data: bytes) -> None:
    place = 0
    while place < len(data):
        if place + 20 > len(data):
            raise ValueError("it ends within a header")
        order = "<" if struct.unpack_from("<i", data, place)[0] in range(5000) else ">"
        form, rows, columns, doubled, name = struct.unpack_from(order + "5i", data, place)
        size = LEVEL_4_SIZES.get(form // 10 % 10)
        if form not in range(5000) or size is None or min(rows, columns, name) < 0 or doubled not in (0, 1):
            raise ValueError("a header that no version of MATLAB writes")
        place += 20 + name + rows * columns * size * (1 + doubled)
    if place != len(data):
        raise ValueError(f"{place - len(data)} bytes are missing at its end")


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
    variety = word & 0xFF
    if variety not in CLASSES:
        raise ValueError(f"an array of class {variety}")
    parts = []
    while place < len(body):
        kind, content, place = _element(body, place, order)
        if kind == MATRIX and variety not in PARTS:
            _check_matrix(content, order, depth + 1)
        elif kind not in ITEM_SIZES:
            raise ValueError(f"an element of type {kind}")
        parts.append((kind, content))
    if variety != OPAQUE:
        _check_parts(parts, variety, bool(word & COMPLEX), order)


def _check_parts(parts: list[tuple[int, memoryview]], variety: int, doubled: bool, order: str) -> None:
    """Check the number of parts, the dimensions, and that the numbers fill them."""
    if len(parts) < 2 or (variety in PARTS and len(parts) != PARTS[variety] + doubled):
        raise ValueError(f"an array of {len(parts)} parts")
    kind, content = parts[0]
    count = len(content) // 4
    if kind not in DIMENSION_TYPES or len(content) % 4 or not 2 <= count <= MAX_DIMENSIONS:
        raise ValueError("an array without dimensions")
    shape = struct.unpack(f"{order}{count}i", content)
    if min(shape) < 0:
        raise ValueError(f"an array of shape {shape}")
    if variety in NUMERIC:
        for kind, content in parts[2:]:
            if len(content) != math.prod(shape) * ITEM_SIZES[kind]:
                raise ValueError(f"{len(content)} bytes for an array of shape {shape}")
    if variety in (CELL, STRUCT, OBJECT):
        nested = sum(kind == MATRIX for kind, _ in parts)
        if nested != math.prod(shape) * _fields(parts, variety, order):
            raise ValueError(f"{nested} contents for an array of shape {shape}")


def _fields(parts: list[tuple[int, memoryview]], variety: int, order: str) -> int:
    """Return the number of a struct's fields; 1 for a cell array."""
    if variety == CELL:
        return 1
    first = 2 if variety == STRUCT else 3  # an object has the name of its class before
    if len(parts) < first + 2 or len(parts[first][1]) != 4:
        raise ValueError("a struct without names")
    length = struct.unpack(order + "i", parts[first][1])[0]
    names = len(parts[first + 1][1])
    if length <= 0 or names % length:
        raise ValueError(f"names of length {length} in {names} bytes")
    return names // length
