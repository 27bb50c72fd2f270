"""From the kernels' arrays to concepts that can be read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from ..systems.states import nodes_of
from .results import Concept, Core, Part


class Describes(Protocol):
    """A search that can describe what it found."""

    def describe(self, source: int) -> tuple[Any, Any, float]:
        """Return the columns of the whole structure and of that after the cut, and their distance."""
        ...


@dataclass(eq=False)
class Description:
    """The concepts of a whole and of a cut structure, unfolded once, when first asked for."""

    search: Describes
    source: int

    @cached_property
    def found(self) -> tuple[Any, Any, float]:
        """Columns of the whole and of the cut structure (see `detail.describe`), and their distance."""
        return self.search.describe(self.source)

    @property
    def distance(self) -> float:
        """Distance between the two structures."""
        return float(self.found[2])


@dataclass(frozen=True, eq=False)
class Account:
    """One structure of a description: 0 the whole, 1 after the cut. `names` maps positions to the indices shown."""

    described: Description
    which: int
    names: tuple[int, ...]

    @property
    def columns(self) -> Any:
        """The kernels' arrays."""
        return self.described.found[self.which]

    @property
    def unconstrained(self) -> tuple[tuple[int, float], ...]:
        """P(ON) of every element at the next step with nothing fixed."""
        return tuple(zip(self.names, self.columns[6].tolist(), strict=True))

    def concepts(self) -> tuple[Concept, ...]:
        """Return the concepts: smaller mechanisms first, then by their first elements."""
        masks = self.columns[0][:, 0]
        order = sorted(range(len(masks)), key=lambda c: _index_order(int(masks[c])))
        return tuple(self._concept(c) for c in order)

    def _concept(self, c: int) -> Concept:
        sets, phis, tied, starts, repertoires, marginals, _ = self.columns
        m, cause, effect, m_one, p_one, e_one, q_one = (int(v) for v in sets[c])
        whole, partitioned = repertoires[:, starts[c] : starts[c + 1]].copy()
        whole.setflags(write=False)
        partitioned.setflags(write=False)
        on, cut_on = marginals[:, c, list(nodes_of(effect))]
        return Concept(
            self._named(m),
            float(phis[c, 0]),
            Core(
                "cause",
                self._named(cause),
                float(phis[c, 1]),
                whole,
                self._parts(m, cause, m_one, p_one),
                partitioned,
                self._ties(tied[0, c], cause),
            ),
            Core(
                "effect",
                self._named(effect),
                float(phis[c, 2]),
                product_distribution(on),
                self._parts(m, effect, e_one, q_one),
                product_distribution(cut_on),
                self._ties(tied[1, c], effect),
            ),
        )

    def _named(self, mask: int) -> tuple[int, ...]:
        return tuple(self.names[i] for i in nodes_of(mask))

    def _parts(self, m: int, purview: int, m_one: int, p_one: int) -> tuple[Part, Part]:
        return (
            Part(self._named(m_one), self._named(p_one)),
            Part(self._named(m ^ m_one), self._named(purview ^ p_one)),
        )

    def _ties(self, tied: np.ndarray, purview: int) -> tuple[tuple[int, ...], ...]:
        others = [int(p) for p in np.flatnonzero(tied) if p != purview]
        return tuple(self._named(p) for p in sorted(others, key=lambda p: (-p.bit_count(), nodes_of(p))))


def product_distribution(on: Any) -> np.ndarray:
    """Return the joint distribution of independent elements with P(ON) = `on`, element 0 fastest."""
    out = np.ones(1)
    for p in on:
        out = np.concatenate([out * (1.0 - p), out * p])
    out.setflags(write=False)
    return out


def _index_order(mask: int) -> tuple[int, tuple[int, ...]]:
    """Smaller sets first, then by their first elements: (0,), (1,), (0, 1), (0, 2), ..."""
    return mask.bit_count(), nodes_of(mask)
