"""Where the informations of the emergence criteria come from: a TPM, a covariance, or samples.

Each source answers one question, ``table(sources, targets)``: the information (bits) between every source now and
every target `lag` steps later. A source or target is a tuple of elements, or ``()``, which stands for the feature V.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from .mutual_information import (
    codes,
    enough_samples,
    gaussian_bias,
    gaussian_information,
    information_of_correlation,
    information_of_table,
    miller_madow_bias,
    nearest_neighbour_information,
)

Part = tuple[int, ...]
FEATURE: Part = ()
ONE_HOT = 1 << 24  # numbers held at once while pairs are counted


class Informations(Protocol):
    """What the criteria ask."""

    def table(self, sources: Sequence[Part], targets: Sequence[Part]) -> np.ndarray:
        """Return the information between each source now and each target later, shape (sources, targets), bits."""
        ...


@dataclass(frozen=True)
class FromTransitions:
    """Exact informations of a discrete system.

    Attributes
    ----------
    joint : array, shape (states, states)
        P(state now, state later).
    elements : array of int, shape (states, elements)
        Code of each element in each state.
    feature : array of int, shape (states,)
        Code of V in each state.
    """

    joint: np.ndarray
    elements: np.ndarray
    feature: np.ndarray

    def table(self, sources: Sequence[Part], targets: Sequence[Part]) -> np.ndarray:
        """Return I(source now; target later) in bits, shape (sources, targets)."""
        ends = [self._grouping(part) for part in targets]
        out = np.empty((len(sources), len(targets)))
        for i, part in enumerate(sources):
            rows = self._grouping(part).T @ self.joint
            out[i] = [float(information_of_table(rows @ end)) for end in ends]
        return out

    def _grouping(self, part: Part) -> np.ndarray:
        labels = codes(self.elements[:, list(part)]) if part else self.feature
        return np.eye(int(labels.max()) + 1)[labels]


@dataclass(frozen=True)
class FromCovariance:
    """Informations of jointly Gaussian variables.

    Attributes
    ----------
    covariance : array, shape (2 (n + m), 2 (n + m))
        Of elements and feature now, then of elements and feature later.
    n : int
        Elements.
    samples : int
        From which it was estimated, to take the bias off; 0: it is exact, or its bias is left in.
    """

    covariance: np.ndarray
    n: int
    samples: int = 0

    def table(self, sources: Sequence[Part], targets: Sequence[Part]) -> np.ndarray:
        """Return I(source now; target later) in bits, shape (sources, targets)."""
        half = len(self.covariance) // 2
        starts = [self._indices(part) for part in sources]
        ends = [[i + half for i in self._indices(part)] for part in targets]
        if all(len(part) == 1 for part in (*starts, *ends)):
            first, second = [i for (i,) in starts], [j for (j,) in ends]
            scale = np.sqrt(np.outer(np.diag(self.covariance)[first], np.diag(self.covariance)[second]))
            cross = self.covariance[np.ix_(first, second)]
            out = information_of_correlation(np.divide(cross, scale, out=np.zeros_like(cross), where=scale > 0))
        else:
            out = np.array([[gaussian_information(self.covariance, a, b) for b in ends] for a in starts])
        if self.samples:
            out = out - np.array([[gaussian_bias(len(a), len(b), self.samples) for b in ends] for a in starts])
        return out

    def _indices(self, part: Part) -> list[int]:
        return list(part) if part else list(range(self.n, len(self.covariance) // 2))


@dataclass(frozen=True)
class Pairs:
    """Samples now and later, row by row.

    Attributes
    ----------
    now, later : array, shape (pairs, elements)
    feature_now, feature_later : array, shape (pairs, columns)
    """

    now: np.ndarray
    later: np.ndarray
    feature_now: np.ndarray
    feature_later: np.ndarray

    def __len__(self) -> int:
        return len(self.now)

    def taken(self, rows: np.ndarray) -> Pairs:
        """Return the pairs of some rows, repeated rows included."""
        return Pairs(self.now[rows], self.later[rows], self.feature_now[rows], self.feature_later[rows])

    def columns(self, part: Part, later: bool) -> np.ndarray:
        """Return the samples of a part, shape (pairs, columns)."""
        if part:
            return (self.later if later else self.now)[:, list(part)]
        return self.feature_later if later else self.feature_now


def pairs_at(x: np.ndarray, v: np.ndarray, segments: np.ndarray, lag: int) -> tuple[Pairs, np.ndarray]:
    """Return all pairs `lag` samples apart inside segments, and the sample at which each begins.

    >>> pairs, first = pairs_at(np.arange(5.0)[:, None], np.zeros((5, 1)), np.array([[0, 2], [2, 5]]), 1)
    >>> pairs.now.ravel().tolist(), pairs.later.ravel().tolist(), first.tolist()
    ([0.0, 2.0, 3.0], [1.0, 3.0, 4.0], [0, 2, 3])
    """
    stretches = [np.arange(begin, stop - lag) for begin, stop in segments.tolist() if stop - begin > lag]
    first = np.concatenate(stretches) if stretches else np.empty(0, dtype=np.int64)
    return Pairs(x[first], x[first + lag], v[first], v[first + lag]), first


@dataclass(frozen=True)
class Counted:
    """Informations of discrete samples, plug-in with or without the Miller-Madow correction."""

    pairs: Pairs
    corrected: bool = True

    def table(self, sources: Sequence[Part], targets: Sequence[Part]) -> np.ndarray:
        """Return I(source now; target later) in bits, shape (sources, targets)."""
        ends = [codes(self.pairs.columns(part, later=True)) for part in targets]
        sizes = np.array([int(end.max()) + 1 for end in ends])
        out = np.empty((len(sources), len(targets)))
        for i, part in enumerate(sources):
            start = codes(self.pairs.columns(part, later=False))
            levels = int(start.max()) + 1
            for size in np.unique(sizes):  # targets with equally many values go together
                rows = np.flatnonzero(sizes == size)
                step = max(ONE_HOT // (levels * int(size)), 1)
                for some in np.split(rows, range(step, len(rows), step)):
                    out[i, some] = self._informations(start, levels, [ends[j] for j in some], int(size))
        return out

    def _informations(self, start: np.ndarray, levels: int, ends: list[np.ndarray], size: int) -> np.ndarray:
        counts = np.empty((len(ends), levels, size))
        for k, end in enumerate(ends):
            counts[k] = np.bincount(start * size + end, minlength=levels * size).reshape(levels, size)
        plain = information_of_table(counts)
        return plain - miller_madow_bias(counts) if self.corrected else plain


@dataclass(frozen=True)
class Nearest:
    """Informations of continuous samples by nearest neighbours."""

    pairs: Pairs
    neighbours: int

    def table(self, sources: Sequence[Part], targets: Sequence[Part]) -> np.ndarray:
        """Return I(source now; target later) in bits, shape (sources, targets)."""
        out = np.empty((len(sources), len(targets)))
        for i, part in enumerate(sources):
            start = self.pairs.columns(part, later=False)
            for j, other in enumerate(targets):
                end = self.pairs.columns(other, later=True)
                out[i, j] = nearest_neighbour_information(start, end, neighbours=self.neighbours)
        return out


def from_samples(pairs: Pairs, estimator: str, *, corrected: bool, neighbours: int) -> Informations:
    """Return the source of informations for an estimator: "discrete", "gaussian" or "ksg"."""
    if estimator == "discrete":
        return Counted(pairs, corrected)
    if estimator == "ksg":
        return Nearest(pairs, neighbours)
    enough_samples(len(pairs), 8)
    together = np.column_stack([pairs.now, pairs.feature_now, pairs.later, pairs.feature_later])
    return FromCovariance(np.cov(together, rowvar=False), pairs.now.shape[1], len(pairs) if corrected else 0)


@dataclass(frozen=True)
class Asked:
    """What the criteria need: the informations between V, the parts now and the parts later.

    Attributes
    ----------
    source : Informations
    parts : sequence of Part
        Sets of elements, all of one size.
    downward : bool
        Whether the parts' information about each other is wanted (for Delta).
    """

    source: Informations
    parts: Sequence[Part]
    downward: bool = True

    @cached_property
    def whole(self) -> float:
        """I(V; V'), bits."""
        return float(self.source.table([FEATURE], [FEATURE])[0, 0])

    @cached_property
    def up(self) -> np.ndarray:
        """I(part; V'), bits, shape (parts,)."""
        return self.source.table(self.parts, [FEATURE])[:, 0]

    @cached_property
    def down(self) -> np.ndarray:
        """I(V; part'), bits, shape (parts,)."""
        return self.source.table([FEATURE], self.parts)[0]

    @cached_property
    def across(self) -> np.ndarray:
        """I(part; part'), bits, shape (parts, parts); NaN where it wasn't asked for."""
        if self.downward:
            return self.source.table(self.parts, self.parts)
        return np.full((len(self.parts), len(self.parts)), np.nan)
