"""From the kernels' arrays to concepts that can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..systems.states import nodes_of
from .results import Concept, Core, Part


@dataclass(frozen=True, eq=False)
class Account:
    """All concepts of a structure as the kernels describe them (see `detail.describe`), read when asked for.

    `names` maps positions to the indices shown.
    """

    columns: tuple[np.ndarray, ...]
    names: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def phi(self) -> float:
        """Sum of the concepts' phi."""
        return float(self.columns[1][:, 0].sum())

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
