"""What a simulated mouse gives: a recording, and the truth behind it.

Conventions: variables are (time, variable), column 0 is u divided by its s.d., the others are the fast ones; all have
variance 1 in every condition. A variable's value at frame k is what the rates follow throughout that frame. EI is
nats, one frame ahead; that of a scale is per dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .._checks import as_whole, choose
from .._provenance import FrozenDict, Provenance
from ..recordings.recording import Recording
from .mouse_macro import EI
from .mouse_settings import MouseSettings

QUARTER = 0.25  # of the way from 0 to a well: what lies beyond it on the other side counts as arrived


@dataclass(frozen=True, eq=False)
class MouseTruth:
    """What is known of a simulated mouse.

    Attributes
    ----------
    settings : MouseSettings
    rate : float, Hz
        Frames a second.
    spans : mapping of str to (int, int)
        Condition -> its first frame and one past its last.
    latents : array, shape (frames, variables)
        The variables behind the activity, each of variance 1: u / sd first, then the fast ones.
    loadings : array, shape (neurons, variables)
        Weight of each variable in each neuron; squares of a neuron sum to 1.
    spikes : array of uint16, shape (frames, neurons)
        Spikes in each frame.
    slow : mapping of str to SlowTruth
        Condition -> fixed points, one-frame map, distribution and EI of u.
    fast_ei : array, shape (variables - 1,), nats
        EI of each fast variable, -1/2 ln(1 - exp(-2 / (rate tau))): all definitions agree.
    transitions : mapping of str to int
        Condition with two wells -> how often u went from beyond a quarter of the way to one well to beyond a quarter
        of the way to the other.
    """

    settings: MouseSettings
    rate: float
    spans: FrozenDict
    latents: np.ndarray
    loadings: np.ndarray
    spikes: np.ndarray
    slow: FrozenDict
    fast_ei: np.ndarray
    transitions: FrozenDict

    def __post_init__(self) -> None:
        for name in ("spans", "slow", "transitions"):
            object.__setattr__(self, name, FrozenDict(getattr(self, name)))

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions, in order of time."""
        return tuple(self.spans)

    @property
    def carriers(self) -> np.ndarray:
        """Which neurons carry u, shape (neurons,), bool."""
        return self.loadings[:, 0] > 0.0

    def latents_in(self, condition: str) -> np.ndarray:
        """Return the variables in one condition, shape (frames, variables)."""
        begin, stop = self.spans[choose(condition, self.conditions, "condition")]
        return self.latents[begin:stop]

    def u(self, condition: str) -> np.ndarray:
        """Return u in its own units in one condition, shape (frames,)."""
        return self.latents_in(condition)[:, 0] * self.slow[condition].sd

    def ei(self, condition: str, *, dims: Sequence[int] | None = None, definition: str = "ei") -> np.ndarray:
        """Return causal power per dimension at each number of dimensions: of the d variables that have most.

        Variables are independent, so that of d together is the sum of each one's own.

        Parameters
        ----------
        condition : str
        dims : sequence of int, optional
            Default: all variables and the powers of two below.
        definition : {"ei", "ei_gaussian", "ei_channel", "ei_state", "ei_linear"}
            How that of u is meant, see :mod:`.mouse_macro`.

        Returns
        -------
        array, shape (dims,), nats per dimension
        """
        slow = self.slow[choose(condition, self.conditions, "condition")]
        each = np.sort(np.append(self.fast_ei, getattr(slow, choose(definition, EI, "definition"))))[::-1]
        scales = self.dims if dims is None else [as_whole(d, "dims", 1, len(each)) for d in dims]
        return (np.cumsum(each) / np.arange(1, len(each) + 1))[np.array(scales, dtype=int) - 1]

    @property
    def dims(self) -> tuple[int, ...]:
        """All variables and the powers of two below, largest first."""
        n = self.settings.latents
        return (n, *(1 << i for i in reversed(range(n.bit_length())) if 1 << i < n))

    def __repr__(self) -> str:
        neurons = len(self.loadings)
        lines = [f"{neurons} neurons, {int(self.carriers.sum())} of them carry u; {self.settings.latents} variables"]
        for name in self.conditions:
            profile = ", ".join(f"{v:.3f}" for v in self.ei(name))
            went = f"; {self.transitions[name]} transitions" if name in self.transitions else ""
            lines.append(f"  {name}: {self.slow[name]}{went}")
            lines.append(f"    EI at d = {', '.join(map(str, self.dims))}: {profile} nats/dim")
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class MouseSimulation:
    """A recording made by the simulated mouse, with the truth behind it.

    Attributes
    ----------
    recording : Recording
        Traces; properties "position" (um), "area" and "hemisphere".
    truth : MouseTruth
    provenance : Provenance
    """

    recording: Recording
    truth: MouseTruth
    provenance: Provenance

    def __repr__(self) -> str:
        return f"{self.recording!r}\n{self.truth!r}\n{self.provenance}"


def count_transitions(u: np.ndarray, well: float) -> int:
    """Return how often `u` went from beyond a quarter of +-`well` to beyond a quarter on the other side.

    >>> count_transitions(np.array([1.0, -0.1, 0.9, -0.3, 0.2, -1.0, 0.3]), 1.0)
    2
    """
    side = np.sign(u[np.abs(u) > QUARTER * well])
    return int((side[1:] != side[:-1]).sum())
