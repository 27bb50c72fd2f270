"""What an ascent comes back with: the best grain it met, the path to it, and what it looked at on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._provenance import Provenance
from ..phi.results import Cut
from ..systems.coarse import Grain
from ..systems.states import format_state

if TYPE_CHECKING:
    import pandas as pd

MAX_SHOWN = 6


@dataclass(frozen=True)
class Waypoint:
    """One grain met on the way.

    Attributes
    ----------
    grain : Grain
    phi : float
        NaN where it was not taken: the grain is not admitted, or has too many macro elements.
    dependence : float
        NaN where it was not taken: too many macro elements.
    element_ei : float, bits
        Sum over macro elements of the information from the macro state to the element's next state.
    """

    grain: Grain
    phi: float
    dependence: float
    element_ei: float


@dataclass(frozen=True)
class AscentStep:
    """One step of an ascent: all covers of the grains held, in one direction.

    Attributes
    ----------
    direction : {"up", "down"}
    held : int
        Grains whose covers were taken (0: the start itself).
    tested : int
        Grains looked at for the first time.
    admitted : int
        Of these, grains of at most `max_dependence` and `max_macro` macro elements.
    searched : int
        Of these, grains whose Phi was searched for, single macro elements not counted.
    exhaustive : bool
        Whether every cover was tested and every admitted one searched.
    best : Waypoint or None
        The admitted one with the largest Phi.
    """

    direction: str
    held: int
    tested: int
    admitted: int
    searched: int
    exhaustive: bool
    best: Waypoint | None


@dataclass(frozen=True, eq=False)
class Ascent:
    """The best grain that an ascent met.

    Attributes
    ----------
    grain : Grain or None
        None where no grain that was met is admitted.
    phi : float
        Phi there; NaN without a grain.
    cut : Cut or None
        Its minimum-information partition, in micro elements; None where Phi is 0 without a cut.
    ties : tuple of Grain
        Other grains met with the same Phi.
    micro_phi : float
        Phi of the micro grain; NaN where it was not taken (too large, or not on the way).
    path : tuple of Waypoint
        From the start to the grain, one cover a step.
    steps : tuple of AscentStep
        What each step looked at.
    met : tuple of Waypoint
        Every grain that has its Phi, best first.
    tests, searches : int
        Grains tested for dependence or ranked, and Phi searches (single macro elements have none).
    labels : tuple of str
    state : tuple of int
    caution : str
        What the search may have missed, with its measured hit rate.
    """

    grain: Grain | None
    phi: float
    cut: Cut | None
    ties: tuple[Grain, ...]
    micro_phi: float
    path: tuple[Waypoint, ...]
    steps: tuple[AscentStep, ...]
    met: tuple[Waypoint, ...]
    tests: int
    searches: int
    labels: tuple[str, ...]
    state: tuple[int, ...]
    caution: str
    provenance: Provenance

    @property
    def emergence(self) -> float:
        """Phi at the grain minus Phi of the micro grain; NaN where the latter was not taken."""
        return self.phi - self.micro_phi

    @property
    def exhaustive(self) -> bool:
        """Whether every step was exhaustive for the grains it held (the search as a whole is not)."""
        return all(step.exhaustive for step in self.steps)

    @property
    def table(self) -> pd.DataFrame:
        """One row a grain that has its Phi, best first."""
        import pandas as pd

        return pd.DataFrame(
            {
                "grain": [point.grain.label(self.labels) for point in self.met],
                "groups": [point.grain.groups for point in self.met],
                "mapping": [point.grain.mapping for point in self.met],
                "level": [point.grain.level for point in self.met],
                "macro_elements": [len(point.grain.groups) for point in self.met],
                "phi": [point.phi for point in self.met],
                "dependence": [point.dependence for point in self.met],
                "element_ei": [point.element_ei for point in self.met],
            }
        )

    def __repr__(self) -> str:
        if self.grain is None:
            lines = [f"no admitted grain was met in state {format_state(self.state)}"]
        else:
            lines = [f"Phi = {self.phi:.6f} at {self.grain.label(self.labels)} in state {format_state(self.state)}"]
        if self.ties:
            lines.append(f"tied with {len(self.ties)} more: {_some([t.label(self.labels) for t in self.ties])}")
        known = self.micro_phi == self.micro_phi
        lines.append(f"micro grain: Phi {f'= {self.micro_phi:.6f}' if known else 'not taken (too large, or not met)'}")
        if self.path:
            lines.append("path: " + " -> ".join(self._named(point) for point in self.path))
        lines.append(f"{self.tests:,} grains tested, {self.searches:,} Phi searches")
        lines.append(f"{'direction':<10}{'held':>6}{'tested':>8}{'admitted':>10}{'searched':>10}  all?  best")
        for step in self.steps:
            numbers = f"{step.held:>6}{step.tested:>8}{step.admitted:>10}{step.searched:>10}"
            best = "-" if step.best is None else self._named(step.best)
            lines.append(f"{step.direction:<10}{numbers}  {'yes' if step.exhaustive else 'no':<4}  {best}")
        return "\n".join([*lines, f"caution: {self.caution}", str(self.provenance)])

    def _named(self, point: Waypoint) -> str:
        return f"{point.grain.label(self.labels)} ({'-' if point.phi != point.phi else f'{point.phi:.4f}'})"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:MAX_SHOWN]) + (", ..." if len(names) > MAX_SHOWN else "")
