"""Reader of MATLAB files (.mat), versions 4 to 7.2 (scipy.io) and 7.3 (h5py), with the same result for both.

Takes: numeric variables and fields of structs, named as in MATLAB ("cell_metrics.acg.wide", "espe(3).shank(4).x",
"trials{2}": indices from 1), in MATLAB's own orientation, sparse matrices too; cell arrays of spike times in seconds,
one vector a unit, also nested (day, epoch, tetrode, cell) and as structs with a field `time` or `times` (and
`timerange`: the recording's start and stop); arrays of such structs, one element a unit; beside them `rate`, `fs` or
`sampling_rate`, and `labels` (a cell array of names). Matrices of version 7.3 can stay in their file. Ignores: objects,
tables, functions, complex numbers; of a file with more than 50 000 parts, those beyond.

Units of a flat array are called u0, u1, ... by their place; those of a nested one by MATLAB's own indices from 1,
levels with a single place left out: spikes{1}{1}{4}{2} is "4-2".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from .contents import Contents, Entry
from .matlab_tree import MAX_DEPTH, Cells, Leaf, Node, Struct, Structs, index, read_tree, text
from .real_numbers import doubles
from .trains import Trains, from_vectors

TIME_FIELDS = ("time", "times", "spiketimes", "spike_times")
SPAN_FIELDS = ("timerange",)
MOST_ENTRIES = 50_000


def contents(path: Path) -> Contents:
    """List variables, fields and elements of a .mat file."""
    root = read_tree(path)
    entries = (entry for name, node in root.fields.items() for entry in _entries(name, node))
    return Contents(path, tuple(islice(entries, MOST_ENTRIES)), separator=".")


def _entries(name: str, node: Node, depth: int = 0) -> Iterator[Entry]:
    if isinstance(node, Leaf):
        yield _leaf(name, node)
    elif depth >= MAX_DEPTH:
        yield Entry(name, "other", (), "nested too deeply", lambda: None)
    elif isinstance(node, Struct):
        for field, value in node.fields.items():
            yield from _entries(f"{name}.{field}", value, depth + 1)
    elif isinstance(node, Structs):
        units = list(_units(node))
        # Scalars alone are times of events, one an element: not taken for units unasked.
        trains = _are_trains(units) and any(_size(unit) > 1 for _, unit, _ in units)
        load = (lambda: _trains(units)) if trains else (lambda: None)
        yield Entry(name, "trains" if trains else "other", node.shape, "array of structs", load)
        for place, item in node.items:
            yield from _entries(f"{name}({index(place, node.shape)})", item, depth + 1)
    else:
        yield from _cells(name, node, depth)


def _leaf(name: str, leaf: Leaf) -> Entry:
    form: Literal["array", "text", "other"] = (
        "array" if leaf.form == "array" else "text" if leaf.form == "text" else "other"
    )
    stored = leaf.lazy
    return Entry(name, form, leaf.shape, leaf.dtype, leaf.load, None if stored is None else lambda: stored)


def _cells(name: str, node: Cells, depth: int) -> Iterator[Entry]:
    units = list(_units(node))
    names = [item for _, item in node.items if isinstance(item, Leaf) and item.form == "text"]
    if names and len(names) == len(node.items):
        yield Entry(name, "text", node.shape, "names", lambda: [text(item) for item in names])
    elif _are_trains(units):
        yield Entry(name, "trains", node.shape, "cells of vectors", lambda: _trains(units))
    else:
        yield Entry(name, "other", node.shape, "cells", lambda: None)
        for place, item in node.items:
            yield from _entries(f"{name}{{{index(place, node.shape)}}}", item, depth + 1)


Unit = tuple[tuple[int, ...], Leaf | None, Struct | None]


def _units(node: Node, place: tuple[int, ...] = ()) -> Iterator[Unit]:
    """Walk nested cells and structs: (indices from 1, vector of times or None if it is none, the struct around it)."""
    if isinstance(node, Cells | Structs):
        for indices, item in node.items:
            wide = [i + 1 for i, size in zip(indices, node.shape, strict=True) if size > 1]
            step = int(np.ravel_multi_index(indices, node.shape, order="F")) + 1 if len(wide) > 1 else None
            yield from _units(item, (*place, step or (wide[0] if wide else 1)))
    elif isinstance(node, Struct):
        times = next((node.fields[f] for f in TIME_FIELDS if f in node.fields), None)
        yield place, _vector(times), node
    else:
        yield place, _vector(node), None


def _are_trains(units: list[Unit]) -> bool:
    """Is every part a vector of numbers, and one of them not empty?"""
    return bool(units) and all(unit is not None for _, unit, _ in units) and any(_size(unit) for _, unit, _ in units)


def _vector(node: Node | None) -> Leaf | None:
    if not isinstance(node, Leaf) or node.form != "array" or node.dtype.endswith("sparse"):
        return None
    return node if not node.size or (len(node.shape) <= 2 and max(node.shape) == node.size) else None


def _size(leaf: Leaf | None) -> int:
    return leaf.size if leaf is not None else 0


def _trains(units: list[Unit]) -> Trains:
    structs = any(struct is not None for _, _, struct in units)
    # Among structs an empty place holds no unit at all; a struct without times is a unit that never fired.
    real = [(place, leaf, struct) for place, leaf, struct in units if struct is not None or not structs]
    return from_vectors(
        [doubles(leaf.load() if leaf else []).ravel() for _, leaf, _ in real],
        _names([place for place, _, _ in real]),
        _span([struct for _, _, struct in real]),
    )


def _names(places: list[tuple[int, ...]]) -> list[str]:
    depth = len(places[0])
    if any(len(place) != depth for place in places):
        return ["-".join(map(str, place)) for place in places]
    levels = [i for i in range(depth) if len({place[i] for place in places}) > 1]
    if len(levels) <= 1:
        level = levels[0] if levels else 0
        return [f"u{place[level] - 1}" for place in places]
    return ["-".join(str(place[i]) for i in levels) for place in places]


def _span(structs: list[Struct | None]) -> tuple[float, float] | None:
    ranges = []
    for struct in structs:
        leaf = next((struct.fields[f] for f in SPAN_FIELDS if struct and f in struct.fields), None)
        if isinstance(leaf, Leaf) and leaf.form == "array" and leaf.size == 2:
            ranges.append(doubles(leaf.load()).ravel())
    if not ranges:
        return None
    return float(min(r[0] for r in ranges)), float(max(r[1] for r in ranges))
