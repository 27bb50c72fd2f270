"""Partitions of a system's states as grains: how many, in which order, what TPM each has, whether it is consistent.

Conventions:

* a partition of n states is a row of labels in canonical form: 0, 1, ... in order of first appearance; state i is in
  block ``labels[i]``. In words it is "(0,1,2)(3)", as in Hoel (2025).
* level = n - number of blocks: 0 is the microscale.
* macro TPM: a block is set by the uniform average over its states, the block is read out one step later (Hoel,
  Albantakis & Tononi 2013): ``T_M[A, B] = mean over a in A of sum over b in B of T[a, b]``.
* dynamical inconsistency (Hoel 2025, S2): random walkers are dropped at every state; the Kullback-Leibler divergence
  between where they are expected at the microscale and at the macroscale is summed over starting states and the next 5
  time steps; any non-zero value discards the partition. Known from there: walkers, every state, the sum, 5 steps. Ours:
  "every state" is every *micro* state; the micro distribution is summed over blocks and is the first argument, so that
  the divergence is finite; bits; below a stated tolerance counts as 0.
  With walkers at every micro state, 0 at the first step is strong lumpability (Kemeny & Snell 1960): all states of a
  block send the same probability to each block. All further steps then agree as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .._checks import as_number
from .._errors import CostError, InputError
from ..systems.states import all_states
from .inputs import checked_tpm

STEPS = 5
MAX_STATES = 10  # Bell(10) = 115,975
MAX_ELEMENTS = 8  # 4,140 groupings of 256 states
CHUNK = 1 << 20  # numbers in one batch of matrices


@dataclass(frozen=True, eq=False)
class StatePartitions(Sequence[tuple[tuple[int, ...], ...]]):
    """Partitions of a system's states, as the grains of a profile; an item is a tuple of blocks.

    Attributes
    ----------
    labels : ndarray of int, shape (partitions, states)
        Block of each state, canonical.
    names : tuple of str
        Names of the states.
    """

    labels: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Any) -> Any:
        row = self.labels[index]
        return blocks_of(row) if row.ndim == 1 else StatePartitions(row, self.names)

    @property
    def blocks(self) -> np.ndarray:
        """Number of blocks of each partition."""
        return self.labels.max(axis=1).astype(np.int64) + 1

    def label(self, index: int) -> str:
        """Return the short name of one partition, such as "(0,1,2)(3)"; of many states only the blocks of several."""
        blocks = self[index]
        shown = [b for b in blocks if len(b) > 1] if len(self.names) > MAX_STATES else blocks
        alone = f"{len(blocks) - len(shown)} alone"
        text = "".join(f"({','.join(self.names[i] for i in block)})" for block in shown)
        return text if len(shown) == len(blocks) else f"{text} and {alone}" if text else alone

    def columns(self) -> dict[str, Any]:
        """Return what a table says of each partition: its name, blocks and level."""
        return {
            "grain": [self.label(i) for i in range(len(self))],
            "blocks": self.blocks,
            "level": self.labels.shape[1] - self.blocks,
        }


def blocks_of(labels: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """Return the blocks of one partition.

    >>> blocks_of(np.array([0, 0, 1, 0]))
    ((0, 1, 3), (2,))
    """
    blocks: list[list[int]] = [[] for _ in range(int(labels.max()) + 1)]
    for i, block in enumerate(labels):
        blocks[int(block)].append(i)
    return tuple(tuple(block) for block in blocks)


def as_labels(partition: Iterable[Iterable[int]], states: int, where: str = "partition") -> np.ndarray:
    """Return the canonical labels of blocks of states; states left out stay alone.

    >>> as_labels([(3, 1)], 4).tolist()
    [0, 1, 2, 1]
    """
    labels = np.full(states, -1)
    try:
        blocks = [[int(i) for i in block] for block in partition]
    except (TypeError, ValueError):
        raise InputError(
            where, expected="blocks of state indices", got=repr(partition), remedy="Write [(0, 1, 2), (3,)]."
        ) from None
    for number, block in enumerate(blocks):
        for i in block:
            if not 0 <= i < states or labels[i] >= 0:
                raise InputError(
                    where,
                    expected=f"each of the states 0 to {states - 1} in one block at most",
                    got=repr(blocks),
                    remedy="Write disjoint blocks such as [(0, 1, 2), (3,)]; states left out stay alone.",
                )
            labels[i] = number
    alone = labels < 0
    labels[alone] = len(blocks) + np.arange(int(alone.sum()))
    return canonical(labels[None])[0]


def canonical(labels: np.ndarray) -> np.ndarray:
    """Renumber the blocks of each row (partitions, states) in order of first appearance."""
    labels = np.asarray(labels)
    n = labels.shape[1]
    out = np.empty(labels.shape, dtype=np.int16)
    size = max(1, CHUNK // (n * n))
    for start in range(0, len(labels), size):
        rows = labels[start : start + size]
        first = (rows[:, :, None] == rows[:, None, :]).argmax(axis=2)  # first state of each state's block
        number = np.cumsum(first == np.arange(n), axis=1) - 1
        out[start : start + size] = np.take_along_axis(number, first, axis=1)
    return out


# -- which partitions there are ----------------------------------------------------------------------------------


def bell_number(n: int) -> int:
    """Return the number of partitions of n states.

    >>> [bell_number(n) for n in range(10)]
    [1, 1, 2, 5, 15, 52, 203, 877, 4140, 21147]
    """
    row = [1]
    for _ in range(n):
        row = [row[-1], *row]
        for i in range(1, len(row)):
            row[i] += row[i - 1]
    return row[0]


def set_partitions(n: int) -> np.ndarray:
    """Return all partitions of n states as labels, shape (Bell(n), n), the microscale first, coarser ones later.

    Raises
    ------
    CostError
        More than 10 states.

    Examples
    --------
    >>> set_partitions(3).tolist()
    [[0, 1, 2], [0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 0, 0]]
    """
    if n > MAX_STATES:
        raise CostError(
            "states",
            expected=f"at most {MAX_STATES}, to list all partitions",
            got=f"{n}, that is {bell_number(n):.3g} partitions",
            remedy='Use method="beam", or list the partitions of interest yourself.',
        )
    rows = np.zeros((1, 1), dtype=np.int16)
    for _ in range(1, n):
        choices = rows.max(axis=1) + 2
        start = np.repeat(np.cumsum(choices) - choices, choices)
        fresh = np.arange(int(choices.sum())) - start
        rows = np.column_stack([np.repeat(rows, choices, axis=0), fresh.astype(np.int16)])
    return by_level(rows)


def element_partitions(elements: int) -> np.ndarray:
    """Return the partitions of 2**n states that come from grouping n binary elements, one for each grouping.

    A group of elements is seen through how many of them are ON (ours); all groups of one give the microscale. Shape
    (Bell(n), 2**n), finer ones first.

    >>> element_partitions(2).tolist()
    [[0, 1, 2, 3], [0, 1, 1, 2]]
    """
    if elements > MAX_ELEMENTS:
        raise CostError(
            "elements",
            expected=f"at most {MAX_ELEMENTS}, to list all groupings",
            got=f"{elements}, that is {bell_number(elements):.3g} groupings of {2**elements} states",
            remedy="Take fewer elements, or hand the groupings of interest to causal_path.",
        )
    states = all_states(elements).astype(np.int64)
    rows = []
    for groups in set_partitions(elements):
        counts = states @ np.eye(int(groups.max()) + 1, dtype=np.int64)[groups]
        rows.append(np.unique(counts, axis=0, return_inverse=True)[1].reshape(-1))
    return by_level(canonical(np.array(rows)))


def by_level(labels: np.ndarray) -> np.ndarray:
    """Sort partitions: more blocks first, then by their labels."""
    return labels[np.lexsort((*labels.T[::-1], -labels.max(axis=1)))]


# -- their order -------------------------------------------------------------------------------------------------


def pair_masks(labels: np.ndarray) -> np.ndarray:
    """Return which pairs of states share a block, as bits, shape (partitions, words), uint64."""
    a, b = np.triu_indices(labels.shape[1], 1)
    bits = np.packbits(labels[:, a] == labels[:, b], axis=1)
    room = -(-max(bits.shape[1], 1) // 8) * 8
    out = np.zeros((len(labels), room), dtype=np.uint8)
    out[:, : bits.shape[1]] = bits
    return out.view(np.uint64)


def refines(finer: np.ndarray, coarser: np.ndarray) -> Any:
    """Return whether each block of `finer` (..., states) lies in a block of `coarser` (states,); equal ones do.

    >>> bool(refines(np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])))
    True
    """
    finer = np.asarray(finer)
    rows, target = pair_masks(np.atleast_2d(finer)), pair_masks(np.asarray(coarser)[None])
    return np.logical_not((rows & ~target).any(axis=1)).reshape(finer.shape[:-1])


def covers(labels: np.ndarray) -> np.ndarray:
    """Return the partitions just above one: each merges two of its blocks, shape (m (m - 1) / 2, states).

    >>> covers(np.array([0, 1, 2])).tolist()
    [[0, 0, 1], [0, 1, 0], [0, 1, 1]]
    """
    a, b = np.triu_indices(int(labels.max()) + 1, 1)
    return merged(labels, a, b)


def merged(labels: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the partition with block b[i] put into block a[i] (a < b), for each i."""
    rows = np.where(labels[None] == b[:, None], a[:, None], labels[None])
    return (rows - (rows > b[:, None])).astype(np.int16)  # a < b: the order of first appearance stays


# -- their dynamics ----------------------------------------------------------------------------------------------


def partition_tpm(tpm: Any, partition: Any) -> np.ndarray:
    """Return the macro TPM of a partition, shape (blocks, blocks).

    Parameters
    ----------
    tpm : array_like, shape (states, states)
    partition : array of labels (states,), or blocks of state indices

    Examples
    --------
    >>> partition_tpm([[0.5, 0.5, 0], [0.25, 0.75, 0], [0, 0, 1]], [(0, 1), (2,)]).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    tpm = checked_tpm(tpm)
    return macro_tpms(tpm, _labels(partition, len(tpm))[None])[0]


def inconsistency(tpm: Any, partition: Any, *, steps: int = STEPS) -> float:
    """Return by how much a partition's walkers go astray from the micro walkers, in bits (0: consistent).

    ``sum over states x, times t of KL( blocks of T^t[x] || T_M^t[block of x] )``

    Parameters
    ----------
    tpm : array_like, shape (states, states)
    partition : array of labels (states,), or blocks of state indices
    steps : int
        Time steps followed (Hoel 2025, S2: 5).

    Examples
    --------
    >>> inconsistency(np.eye(3), [(0, 1), (2,)])
    0.0
    >>> round(inconsistency(np.roll(np.eye(3), 1, axis=1), [(0, 1), (2,)], steps=1), 6)
    2.0
    """
    tpm = checked_tpm(tpm)
    as_number(steps, "steps", low=1)
    labels = _labels(partition, len(tpm))[None]
    return float(inconsistencies(tpm, labels, macro_tpms(tpm, labels), int(steps))[0])


def macro_tpms(tpm: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the macro TPMs of partitions with the same number of blocks, shape (partitions, blocks, blocks)."""
    member = indicators(labels)
    sizes = member.sum(axis=1)
    return np.swapaxes(member, 1, 2) @ (tpm @ member) / sizes[:, :, None]


def inconsistencies(tpm: np.ndarray, labels: np.ndarray, macro: np.ndarray, steps: int) -> np.ndarray:
    """Return the inconsistency in bits of partitions with the same number of blocks, shape (partitions,)."""
    member = indicators(labels)
    row = labels.astype(np.int64)[:, :, None]
    micro, walk = tpm, macro
    total = np.zeros(len(labels))
    for step in range(steps):
        if step:
            micro, walk = micro @ tpm, walk @ macro
        total += _divergence(micro @ member, np.take_along_axis(walk, row, axis=1))
    return total


def _divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """KL in bits, summed over starts; the terms q - p cancel for distributions and keep rounded rows above 0."""
    ratio = np.divide(p, q, out=np.ones_like(p), where=(p > 0) & (q > 0))
    terms = p * np.log(ratio) + (q - p)
    return np.maximum(terms.sum(axis=(1, 2)), 0.0) / np.log(2)


def indicators(labels: np.ndarray) -> np.ndarray:
    """Return block membership, shape (partitions, states, blocks), of partitions with the same number of blocks."""
    return (labels[:, :, None] == np.arange(int(labels.max()) + 1)).astype(np.float64)


def runs_of_equal_blocks(labels: np.ndarray) -> list[np.ndarray]:
    """Return stretches of rows with the same number of blocks, small enough for one batch."""
    blocks = labels.max(axis=1).astype(np.int64) + 1
    out = []
    for m in np.unique(blocks)[::-1]:
        rows = np.flatnonzero(blocks == m)
        size = max(1, CHUNK // (labels.shape[1] * int(m)))
        out.extend(rows[a:b] for a, b in pairwise([*range(0, len(rows), size), len(rows)]))
    return out


def _labels(partition: Any, states: int) -> np.ndarray:
    if isinstance(partition, np.ndarray) and partition.ndim == 1 and partition.dtype.kind in "iu":
        if partition.shape != (states,):
            raise InputError(
                "partition",
                expected=f"one label for each of {states} states",
                got=f"{len(partition)} labels",
                remedy="Blocks of indices do as well: [(0, 1), (2,)].",
            )
        return canonical(partition[None])[0]
    return as_labels(partition, states)
