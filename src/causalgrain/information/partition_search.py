"""Searching partitions from the microscale up, where there are too many to list.

From every partition kept, merges of two blocks are tried, those first whose two blocks send most alike to all other
blocks (the L1 distance of their macro rows after the merge; 0 is consistent by itself). Two ways:

* greedy: of the consistent merges the one with the highest CP, until none is consistent (the step-by-step search of
  Hoel 2025, 3.3, run to its end rather than to diminishing returns);
* beam: at every number of blocks the `width` consistent partitions of highest CP and, as bridges over inconsistent
  scales, the `width` least inconsistent others; besides merges, from every consistent partition jumps to the level
  sets of right eigenvectors of its macro TPM and of pairs of them, refined until all states of a block agree. (The
  indicators of a consistent partition's blocks span an invariant subspace, so with a simple spectrum every consistent
  partition is the joint level sets of some eigenvectors.) The groupings of a network's elements are looked at as well.
  A second climb, within the end found by the first, looks for scales on the way to it.

Measured against the exhaustive search (benchmarks/causal_emergence_hits.py, 40 systems of each of eight kinds, 8 and 9
states, width 8): the beam found the end and a path as long with the same emergent complexity in all of them. Greedy
found the end wherever the states of a block had equal rows, in 30 to 85 % of other lumpable systems, in none made of
two different independent chains. CPU time of the beam: below 1 s at 16 states, 1 to 4 s at 32.

All of this is ours. What comes back are the partitions met, with their CP and inconsistency; none is promised best.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .partitions import canonical, inconsistencies, macro_tpms, merged, refines, runs_of_equal_blocks
from .primitives import causal_power

BRANCH = 48  # merges looked at from one partition
PAIRS = 16  # eigenvectors up to which pairs of them are tried
EQUAL = 1e-7  # rounding of eigenvectors and rows


def evaluate(
    tpm: np.ndarray, labels: np.ndarray, power: str, steps: int, advance: Callable[[float], None] = lambda amount: None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (CP, effective information in bits, inconsistency in bits) of partitions, each (partitions,)."""
    cp, bits, wrong = np.zeros(len(labels)), np.zeros(len(labels)), np.zeros(len(labels))
    for rows in runs_of_equal_blocks(labels):
        macro = macro_tpms(tpm, labels[rows])
        m = macro.shape[1]
        cp[rows] = causal_power(macro, power=power)
        information = cp[rows] if power == "information" else causal_power(macro)
        bits[rows] = information * np.log2(m)
        wrong[rows] = inconsistencies(tpm, labels[rows], macro, steps)
        advance(len(rows))
    return cp, bits, wrong


class Walk:
    """The partitions met so far, by number of blocks."""

    def __init__(self, tpm: np.ndarray, *, power: str, steps: int, tolerance: float) -> None:
        self.tpm, self.power, self.steps, self.tolerance = tpm, power, steps, tolerance
        self.seen: set[bytes] = set()
        self.waiting: dict[int, list[np.ndarray]] = {}
        self.found: list[tuple[np.ndarray, ...]] = []

    def add(self, labels: np.ndarray) -> None:
        """Put partitions aside that haven't been met."""
        for row in labels:
            key = row.tobytes()
            if key not in self.seen:
                self.seen.add(key)
                self.waiting.setdefault(int(row.max()) + 1, []).append(row)

    def measure(self, blocks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Measure the partitions with this many blocks: labels, CP, inconsistency."""
        rows = self.waiting.pop(blocks, [])
        labels = np.array(rows, dtype=np.int16).reshape(len(rows), len(self.tpm))
        cp, bits, wrong = evaluate(self.tpm, labels, self.power, self.steps)
        self.found.append((labels, cp, bits, wrong))
        return labels, cp, wrong


def climb(
    tpm: np.ndarray,
    *,
    width: int,
    jumps: bool,
    power: str,
    steps: int,
    tolerance: float,
    seeds: np.ndarray | None = None,
    within: np.ndarray | None = None,
    advance: Callable[[float], None] = lambda amount: None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return (labels, CP, EI, inconsistency) of the partitions met.

    `jumps` False and width 1 is the greedy search; `seeds` are partitions to look at besides; `within` (states,) keeps
    to partitions that refine it.
    """
    states = len(tpm)
    walk = Walk(tpm, power=power, steps=steps, tolerance=tolerance)
    walk.add(np.arange(states, dtype=np.int16)[None])
    if seeds is not None:
        walk.add(seeds if within is None else seeds[refines(seeds, within)])
    for blocks in range(states, 0, -1):
        labels, cp, wrong = walk.measure(blocks)
        fits = np.flatnonzero(wrong <= tolerance)
        kept = fits[np.argsort(-cp[fits], kind="stable")[:width]]
        for row in kept:
            walk.add(merges(tpm, labels[row], within))
            if jumps:
                reached = level_sets(tpm, labels[row])
                walk.add(reached if within is None else reached[refines(reached, within)])
        if jumps:
            rest = np.flatnonzero(wrong > tolerance)
            for row in rest[np.argsort(wrong[rest], kind="stable")[:width]]:
                walk.add(merges(tpm, labels[row], within))
        advance(blocks * blocks)
    labels, cp, bits, wrong = (np.concatenate(parts) for parts in zip(*walk.found, strict=True))
    return labels, cp, bits, wrong


def merges(tpm: np.ndarray, labels: np.ndarray, within: np.ndarray | None = None) -> np.ndarray:
    """Return the merges of two blocks that look most consistent, shape (up to BRANCH, states)."""
    m = int(labels.max()) + 1
    if m < 2:
        return labels[None][:0]
    macro = macro_tpms(tpm, labels[None])[0]
    a, b = np.triu_indices(m, 1)
    if within is not None:
        home = np.zeros(m, dtype=np.int64)
        home[labels] = within
        together = home[a] == home[b]
        a, b = a[together], b[together]
    apart = np.empty(len(a))
    for start in range(0, len(a), 4096):
        x, y = a[start : start + 4096], b[start : start + 4096]
        gap = macro[x] - macro[y]
        place = np.arange(len(x))
        inside = gap[place, x] + gap[place, y]
        apart[start : start + 4096] = (
            np.abs(gap).sum(axis=1) - np.abs(gap[place, x]) - np.abs(gap[place, y]) + np.abs(inside)
        )
    best = np.argsort(np.round(apart, 12), kind="stable")[:BRANCH]
    return merged(labels, a[best], b[best])


def level_sets(tpm: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return consistent coarser partitions made of eigenvectors of the macro TPM, shape (some, states)."""
    macro = macro_tpms(tpm, labels[None])[0]
    m = len(macro)
    try:
        _, vectors = np.linalg.eig(macro)
    except np.linalg.LinAlgError:
        return labels[None][:0]
    single = {_levels(np.column_stack([v.real, v.imag])) for v in vectors.T}
    sets = {s for s in single if max(s) + 1 < m}
    if len(sets) <= PAIRS:
        listed = sorted(sets)
        for i, s in enumerate(listed):
            sets |= {_levels(np.column_stack([s, t])) for t in listed[:i]}
    out = {_refined(macro, s) for s in sorted(sets) if max(s) + 1 < m}
    rows = [np.array(s) for s in sorted(out) if 1 < max(s) + 1 < m]
    if not rows:
        return labels[None][:0]
    return canonical(np.array(rows)[:, labels])


def _levels(columns: np.ndarray) -> tuple[int, ...]:
    """Label rows by their values, equal within EQUAL."""
    scaled = columns / max(float(np.abs(columns).max()), 1e-300)
    code = np.zeros(len(columns), dtype=np.int64)
    for column in scaled.T:
        order = np.argsort(column, kind="stable")
        step = np.diff(column[order]) > EQUAL
        level = np.empty(len(column), dtype=np.int64)
        level[order] = np.concatenate([[0], np.cumsum(step)])
        code = np.unique(code * (len(column) + 1) + level, return_inverse=True)[1].reshape(-1)
    return tuple(int(v) for v in canonical(code[None])[0])


def _refined(macro: np.ndarray, labels: tuple[int, ...]) -> tuple[int, ...]:
    """Return the coarsest strongly lumpable partition that refines this one."""
    while True:
        current = np.array(labels)
        sent = macro @ np.eye(int(current.max()) + 1)[current]
        finer = _levels(np.column_stack([current * (1.0 / max(int(current.max()), 1)), sent]))
        if max(finer) == max(labels):
            return labels
        labels = finer
