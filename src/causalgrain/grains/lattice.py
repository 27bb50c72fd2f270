"""Which grains a set of elements has: all disjoint groupings, all two-way mappings of the counts, all macro steps.

Orders: macro steps tau ascending, in each groupings from fine to coarse, in each all its mappings; in a mapping, the
ON counts of a group are a bit mask in ascending order (count 0 is always OFF), the last group varying fastest. Over
tau updates counts run to ``size * tau``; where blocks are mapped by sequences of counts, bit p of the mask stands for
the sequence with ``p = sum over updates s of count_s * (size + 1)**s``, the oldest update first.
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


def block_values(size: int, tau: int, by_sequence: bool = False) -> int:
    """Return how many values a block of `size` elements over `tau` updates has: counts, or sequences of counts."""
    return (size + 1) ** tau if by_sequence else size * tau + 1


def mappings(sizes: Sequence[int], tau: int = 1, by_sequence: bool = False) -> Iterator[tuple[int, ...]]:
    """Yield what means ON for every group, as bit masks, for groups of these sizes over `tau` updates."""
    return product(*(range(2, 1 << block_values(size, tau, by_sequence), 2) for size in sizes))


@cache
def count_grains_in_time(n: int, tau: int, by_sequence: bool = False) -> int:
    """Return the number of grains of exactly `n` elements with a macro step of `tau` updates.

    >>> [count_grains_in_time(n, 2) for n in (1, 2, 3)]
    [3, 24, 225]
    >>> count_grains_in_time(3, 1) == count_grains(3)
    True
    """
    if n == 0:
        return 1
    return sum(
        comb(n - 1, g - 1)
        * ((1 << (block_values(g, tau, by_sequence) - 1)) - 1)
        * count_grains_in_time(n - g, tau, by_sequence)
        for g in range(1, n + 1)
    )


@dataclass(frozen=True, eq=False)
class GrainTable(Sequence[Grain]):
    """Many grains as arrays; an item is a :class:`~causalgrain.systems.coarse.Grain`.

    Attributes
    ----------
    group : ndarray, shape (grains, n), int8
        Number of the macro element of each micro element; -1 outside the candidate set.
    on_counts : ndarray, shape (grains, n), int
        Bit mask of what means ON for macro element g in column g; 0 beyond the last.
    labels : tuple of str
        Names of the n micro elements.
    tau : ndarray, shape (grains,), int8
        Micro updates a macro step; 1 by default.
    by_sequence : ndarray, shape (grains,), bool
        Whether bits of `on_counts` stand for sequences of counts; no by default.
    """

    group: np.ndarray
    on_counts: np.ndarray
    labels: tuple[str, ...]
    tau: np.ndarray = None  # type: ignore[assignment]
    by_sequence: np.ndarray = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.tau is None:
            object.__setattr__(self, "tau", np.ones(len(self.group), dtype=np.int8))
        if self.by_sequence is None:
            object.__setattr__(self, "by_sequence", np.zeros(len(self.group), dtype=bool))

    def __len__(self) -> int:
        return len(self.group)

    def __getitem__(self, index: Any) -> Any:
        row = self.group[index]
        if row.ndim != 1:
            return GrainTable(row, self.on_counts[index], self.labels, self.tau[index], self.by_sequence[index])
        groups: list[list[int]] = [[] for _ in range(row.max() + 1)]
        for i, g in enumerate(row):
            if g >= 0:
                groups[g].append(i)
        tau, sequences = int(self.tau[index]), bool(self.by_sequence[index])
        mapping = []
        for g, members in enumerate(groups):
            values: tuple[Any, ...] = nodes_of(int(self.on_counts[index][g]))
            mapping.append(tuple(as_sequence(v, len(members), tau) for v in values) if sequences else values)
        return Grain(tuple(tuple(group) for group in groups), tuple(mapping), tau)

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

    @property
    def level(self) -> np.ndarray:
        """Level of each grain: micro elements, once for each update of the macro step, minus macro elements."""
        return self.n_nodes * self.tau.astype(np.int64) - self.n_macro

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
            **({"tau": self.tau.astype(np.int64)} if (self.tau > 1).any() else {}),
            "level": self.level,
            "macro_elements": self.n_macro,
        }


def as_sequence(place: int, size: int, tau: int) -> tuple[int, ...]:
    """Return the counts, oldest update first, of one bit of a mask of sequences.

    >>> as_sequence(5, 2, 2)  # 2 + 1 * 3
    (2, 1)
    """
    return tuple(place // (size + 1) ** s % (size + 1) for s in range(tau))


def grains_of(nodes: Sequence[int], labels: tuple[str, ...], tau: int = 1, by_sequence: bool = False) -> GrainTable:
    """Return all grains of a candidate set with one macro step; for tau = 1 the micro grain is the first."""
    k = len(nodes)
    many = count_grains_in_time(k, tau, by_sequence)
    group = np.full((many, len(labels)), -1, dtype=np.int8)
    on = np.zeros((many, len(labels)), dtype=np.int64 if by_sequence else np.int32)
    row = 0
    for part in groupings(k):
        sizes = np.bincount(part).tolist()
        choices = np.array(list(mappings(sizes, tau, by_sequence)), dtype=on.dtype).reshape(-1, len(sizes))
        stop = row + len(choices)
        group[row:stop, list(nodes)] = part
        on[row:stop, : len(sizes)] = choices
        row = stop
    return GrainTable(group, on, labels, np.full(many, tau, np.int8), np.full(many, by_sequence and tau > 1))


def join(tables: Sequence[GrainTable]) -> GrainTable:
    """Return several tables of the same network as one."""
    wide = np.result_type(*(t.on_counts.dtype for t in tables))
    return GrainTable(
        np.concatenate([t.group for t in tables]),
        np.concatenate([t.on_counts.astype(wide, copy=False) for t in tables]),
        tables[0].labels,
        np.concatenate([t.tau for t in tables]),
        np.concatenate([t.by_sequence for t in tables]),
    )
