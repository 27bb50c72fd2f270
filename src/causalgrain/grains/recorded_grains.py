"""The grains of a recording: bin x lag x grouping, one table.

Order: bins as given, in each all lags as given, in each all groupings with their mappings, the single units first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..systems.coarse import Grain
from .lattice import GrainTable


@dataclass(frozen=True)
class RecordedGrain:
    """One way of looking at a recording.

    Attributes
    ----------
    bin : float, s
    lag : int, bins
    space : Grain
        Groups of units and their mappings.
    """

    bin: float
    lag: int
    space: Grain


@dataclass(frozen=True, eq=False)
class RecordedGrains(Sequence[RecordedGrain]):
    """All grains of a recording.

    Attributes
    ----------
    bins : ndarray, shape (bins,), s
    lags : ndarray of int, shape (lags,), bins
    space : GrainTable
        The groupings, the same at every bin and lag.
    """

    bins: np.ndarray
    lags: np.ndarray
    space: GrainTable

    def __len__(self) -> int:
        return len(self.bins) * len(self.lags) * len(self.space)

    def place(self, index: int) -> tuple[int, int, int]:
        """Return (which bin, which lag, which grouping) of a row."""
        cell, row = divmod(int(index), len(self.space))
        return (*divmod(cell, len(self.lags)), row)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, int | np.integer):
            raise TypeError("a recording's grains are read one at a time: grains[3]")
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        b, k, row = self.place(int(index) % len(self))
        return RecordedGrain(float(self.bins[b]), int(self.lags[k]), self.space[row])

    def label(self, index: int) -> str:
        """Return the short name of one grain, such as "0.6 s {A}{B} ON=1|1"."""
        b, k, row = self.place(index)
        lag = f" lag {self.lags[k]}" if len(self.lags) > 1 or self.lags[k] != 1 else ""
        return f"{self.bins[b]:.6g} s{lag} {self.space.label(row)}"

    def columns(self) -> dict[str, Any]:
        """Return what a table says of each grain: bin, lag, groups, mapping and level (of the grouping)."""
        inner, cells = len(self.space), len(self.bins) * len(self.lags)
        spatial = {name: list(values) * cells for name, values in self.space.columns().items()}
        return {
            "bin": np.repeat(self.bins, len(self.lags) * inner),
            "lag": np.tile(np.repeat(self.lags, inner), len(self.bins)),
            **spatial,
        }
