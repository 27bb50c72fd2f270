"""Which grains a set of elements has: all disjoint groupings, all two-way mappings of the counts.

Orders: groupings from fine to coarse, each with all its mappings; in a mapping, the ON counts of a group are a bit
mask in ascending order (count 0 is always OFF), the last group varying fastest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from math import comb
from typing import Any

import numpy as np

from ..systems.coarse import Grain
from ..systems.states import nodes_of


@cache
def count_grains(n: int) -> int:
    """Return the number of grains of exactly `n` elements, the micro grain included.

    >>> [count_grains(n) for n in (4, 6, 8, 10)]
    [89, 3895, 265186, 25373097]
    """
    if n == 0:
        return 1
    # The group of the first element has g members; its 2**g - 1 mappings times the grains of the rest.
    return sum(comb(n - 1, g - 1) * ((1 << g) - 1) * count_grains(n - g) for g in range(1, n + 1))


def count_all_grains(n: int) -> int:
    """Return the number of grains of all non-empty subsets of `n` elements.

    >>> [count_all_grains(n) for n in (4, 6)]
    [185, 8948]
    """
    return sum(comb(n, k) * count_grains(k) for k in range(1, n + 1))


def groupings(n: int) -> list[tuple[int, ...]]:
    """Return all partitions of `n` elements as the group number of each element, from fine to coarse.

    >>> groupings(3)
    [(0, 1, 2), (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 0, 0)]
    """
    found: list[tuple[int, ...]] = [()]
    for _ in range(n):
        found = [(*part, g) for part in found for g in range(max(part, default=-1) + 2)]
    return sorted(found, key=lambda part: (-max(part), part))


def mappings(sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield the ON counts of every group, as bit masks, for groups of these sizes."""
    return product(*(range(2, 1 << (size + 1), 2) for size in sizes))


@dataclass(frozen=True, eq=False)
class SpatialGrains(Sequence[Grain]):
    """Many spatial grains as arrays; an item is a :class:`~causalgrain.systems.coarse.Grain`.

    Attributes
    ----------
    group : ndarray, shape (grains, n), int8
        Number of the macro element of each micro element; -1 outside the candidate set.
    on_counts : ndarray, shape (grains, n), int32
        Bit mask of the ON counts of macro element g in column g; 0 beyond the last.
    labels : tuple of str
        Names of the n micro elements.
    """

    group: np.ndarray
    on_counts: np.ndarray
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.group)

    def __getitem__(self, index: Any) -> Any:
        row = self.group[index]
        if row.ndim != 1:
            return SpatialGrains(row, self.on_counts[index], self.labels)
        groups: list[list[int]] = [[] for _ in range(row.max() + 1)]
        for i, g in enumerate(row):
            if g >= 0:
                groups[g].append(i)
        counts = self.on_counts[index]
        return Grain(
            tuple(tuple(group) for group in groups), tuple(nodes_of(int(counts[g])) for g in range(len(groups)))
        )

    def index(self, grain: Any, start: int = 0, stop: int | None = None) -> int:
        """Return the row of a grain."""
        for i in range(start, len(self) if stop is None else stop):
            if self[i] == grain:
                return i
        raise ValueError(f"{grain} is not in this table")

    @cached_property
    def n_macro(self) -> np.ndarray:
        """Number of macro elements of each grain."""
        return self.group.max(axis=1).astype(np.int64) + 1

    @property
    def n_nodes(self) -> np.ndarray:
        """Size of each grain's candidate set."""
        return (self.group >= 0).sum(axis=1)

    def label(self, index: int) -> str:
        """Return the short name of one grain."""
        return self[index].label(self.labels)

    def columns(self) -> dict[str, Any]:
        """Return what a table says of each grain: its groups, mapping, candidate set and level."""
        grains = list(self)
        return {
            "grain": [grain.label(self.labels) for grain in grains],
            "groups": [grain.groups for grain in grains],
            "mapping": [grain.mapping for grain in grains],
            "nodes": [grain.nodes for grain in grains],
            "level": self.n_nodes - self.n_macro,
            "macro_elements": self.n_macro,
        }


def grains_of(nodes: Sequence[int], labels: tuple[str, ...]) -> SpatialGrains:
    """Return all grains of a candidate set, the micro grain first."""
    k = len(nodes)
    group = np.full((count_grains(k), len(labels)), -1, dtype=np.int8)
    on = np.zeros((count_grains(k), len(labels)), dtype=np.int32)
    row = 0
    for part in groupings(k):
        sizes = np.bincount(part).tolist()
        choices = np.array(list(mappings(sizes)), dtype=np.int32).reshape(-1, len(sizes))
        stop = row + len(choices)
        group[row:stop, list(nodes)] = part
        on[row:stop, : len(sizes)] = choices
        row = stop
    return SpatialGrains(group, on, labels)


def join(tables: Sequence[SpatialGrains]) -> SpatialGrains:
    """Return several tables of the same network as one."""
    return SpatialGrains(
        np.concatenate([t.group for t in tables]), np.concatenate([t.on_counts for t in tables]), tables[0].labels
    )
