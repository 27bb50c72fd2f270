"""What a simulated network gives: a recording, and the truth behind it.

Conventions: the truth counts all cells of the network, whatever the recording shows; times are s, rates Hz.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._checks import as_number
from .._errors import InputError
from .._provenance import FrozenDict, Provenance
from ..recordings.recording import Recording
from .balanced_settings import NetworkSettings

COUNT_BIN = 0.005  # s, of the truth's counts


@dataclass(frozen=True, eq=False)
class BalancedTruth:
    """What is known of a simulated network, all its cells included.

    Attributes
    ----------
    regime : str
    n_excitatory, n_inhibitory : int
        Cells of the whole network.
    inhibition : float
        Factor on the weight of all inhibitory synapses.
    settings : NetworkSettings
    failure : tuple of float, or None
        Onset and end of the failure of inhibition, s.
    died : float, s
        Time of the last spike where activity died out; NaN where it lasted.
    recorded : array of int, shape (units,)
        Which cells the recording shows.
    count_bin : float, s
    excitatory, inhibitory : array of int, shape (bins,)
        Spikes of all excitatory and all inhibitory cells in each `count_bin`.
    rates : mapping of str to tuple of float
        Condition -> mean rates of excitatory and inhibitory cells, Hz.
    """

    regime: str
    n_excitatory: int
    n_inhibitory: int
    inhibition: float
    settings: NetworkSettings
    failure: tuple[float, float] | None
    died: float
    recorded: np.ndarray
    count_bin: float
    excitatory: np.ndarray
    inhibitory: np.ndarray
    rates: FrozenDict

    def counts(self, width: float) -> tuple[np.ndarray, np.ndarray]:
        """Return spikes of all excitatory and all inhibitory cells in bins of `width` s, the last partial one dropped.

        `width` is a multiple of `count_bin`.
        """
        each = round(as_number(width, "width", low=self.count_bin) / self.count_bin)
        if abs(each * self.count_bin - width) > 1e-9:
            raise InputError(
                "width",
                expected=f"a multiple of {self.count_bin:g} s",
                got=f"{width:g} s",
                remedy="Take such a width, or bin the recording of all cells.",
            )
        whole = len(self.excitatory) // each * each
        e, i = (counts[:whole].reshape(-1, each).sum(axis=1) for counts in (self.excitatory, self.inhibitory))
        return e, i

    def time_course(self, width: float = 0.1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (middles of bins in s, rate of excitatory, of inhibitory cells in Hz), each of shape (bins,)."""
        e, i = self.counts(width)
        cells = max(self.n_excitatory, 1), max(self.n_inhibitory, 1)
        return (np.arange(len(e)) + 0.5) * width, e / (cells[0] * width), i / (cells[1] * width)

    def correlation(self, width: float) -> float:
        """Return the correlation of the two populations' counts in bins of `width` s, all cells, the whole run."""
        e, i = self.counts(width)
        if len(e) < 2 or e.min() == e.max() or i.min() == i.max():
            return float("nan")
        return float(np.corrcoef(e, i)[0, 1])

    def __repr__(self) -> str:
        lines = [
            f"{self.regime} network: {self.n_excitatory} excitatory and {self.n_inhibitory} inhibitory cells, "
            f"inhibition {self.inhibition:g}"
        ]
        lines += [f"  {name}: E {e:.2f} Hz, I {i:.2f} Hz" for name, (e, i) in self.rates.items()]
        if self.failure is not None:
            lines.append(f"  inhibition fails from {self.failure[0]:g} to {self.failure[1]:g} s")
        if np.isfinite(self.died):
            lines.append(f"  died out at {self.died:.4f} s")
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class Simulation:
    """A recording made by a simulation, with the truth behind it.

    Attributes
    ----------
    recording : Recording
        Spikes; properties "cell_type" ("E" or "I"), "position" (um) and "cell" (number in the network).
    truth : BalancedTruth
    provenance : Provenance
    """

    recording: Recording
    truth: BalancedTruth
    provenance: Provenance

    def __repr__(self) -> str:
        return f"{self.recording!r}\n{self.truth!r}\n{self.provenance}"
