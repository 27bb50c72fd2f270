"""The walk of an ascent: from grains to their covers, step by step, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from .._provenance import Provenance
from ..phi.conventions import TOLERANCE
from ..phi.one_grain import Measured, OneGrain
from ..phi.prepared import prepare
from ..phi.results import Cut
from ..systems.coarse import Grain, micro_grain
from ..systems.network import Network
from .ascent_result import Ascent, AscentStep, Waypoint

Moves = Callable[[Grain], Iterable[Grain]]


@dataclass(frozen=True)
class Limits:
    """What a step may look at, and what it holds; see :func:`causalgrain.ascend`."""

    beam: int
    look: int
    searches: int
    most: int
    max_macro: int
    max_dependence: float


@dataclass(eq=False)
class Walk:
    """One search: what was measured of which grain, and from where it was reached."""

    network: Network
    state: tuple[int, ...]
    limits: Limits
    micro: tuple[int, ...] | None = None
    sets: dict[tuple[int, ...], OneGrain | None] = field(default_factory=dict)
    measured: dict[Grain, Measured] = field(default_factory=dict)
    phi: dict[Grain, float] = field(default_factory=dict)
    source: dict[Grain, int] = field(default_factory=dict)
    bound: dict[Grain, float] = field(default_factory=dict)  # Phi is below it, of searches given up
    parent: dict[Grain, Grain | None] = field(default_factory=dict)
    steps: list[AscentStep] = field(default_factory=list)
    searched: int = 0

    @property
    def best(self) -> Grain | None:
        """The grain with the largest Phi so far, the finest of those tied."""
        top = max(self.phi.values(), default=0.0)
        tied = [g for g, phi in self.phi.items() if phi >= top - TOLERANCE]
        return min(tied, key=lambda g: (g.level, -len(g.nodes)), default=None)

    def of(self, members: tuple[int, ...]) -> OneGrain | None:
        """The grains of one candidate set; None where its state can't be reached with this background."""
        if members not in self.sets:
            prepared = prepare(self.network, self.state, members)
            self.sets[members] = OneGrain(prepared, self.limits.max_macro) if prepared.reachable else None
        return self.sets[members]

    def run(self, direction: str, first: list[Grain], moves: Moves) -> None:
        """Walk from the grains `first` to the end of the lattice."""
        seen = set(first)
        held = self._look(direction, 0, list(first), direction == "up")
        while held:
            new = []
            singles = max(sum(len(group) == 1 for group in grain.groups) for grain in held)
            every = direction == "down" or singles <= self.limits.most
            for grain in held:
                for neighbour in moves(grain):
                    if neighbour not in seen:
                        seen.add(neighbour)
                        self.parent.setdefault(neighbour, grain)
                        new.append(neighbour)
            held = self._look(direction, len(held), new, every) if new else []

    def _look(self, direction: str, held: int, grains: list[Grain], every: bool) -> list[Grain]:
        """Measure grains (`every`: no cover was left out), take Phi where it can be taken, return which to hold."""
        limits = self.limits
        fresh = 0
        for grain in grains:
            if grain not in self.measured and (own := self.of(grain.nodes)) is not None:
                self.measured[grain] = own.measure(grain)
                self.parent.setdefault(grain, None)
                fresh += 1
        ranked = sorted((g for g in grains if g in self.measured), key=lambda g: -round(self.measured[g].element_ei, 9))
        admitted = [g for g in ranked if self._is_admitted(g)]
        single = [g for g in admitted if len(g.groups) == 1]
        several = [g for g in admitted if len(g.groups) > 1]
        for grain in single:
            self.phi.setdefault(grain, 0.0)
        before = self.searched
        best: list[float] = []  # the largest Phi of this step, as many as the beam holds
        for grain in several[: limits.searches]:
            self._search(grain, best[-1] if len(best) == limits.beam else 0.0)
            best = sorted([*best, self.phi.get(grain, 0.0)], reverse=True)[: limits.beam]
        known = sorted((g for g in admitted if g in self.phi), key=lambda g: -round(self.phi[g], 9))
        others = [g for g in ranked if not self._is_admitted(g)]
        whole = every and len(several) <= limits.searches and not any(self._is_too_fine(g) for g in others)
        step_best = self._waypoint(known[0]) if known else None
        self.steps.append(AscentStep(direction, held, fresh, len(admitted), self.searched - before, whole, step_best))
        kept = known[: limits.beam]
        return kept + [g for g in ranked if g not in kept][: limits.look]

    def _is_micro(self, grain: Grain) -> bool:
        return grain.is_micro and grain.nodes == self.micro

    def _is_too_fine(self, grain: Grain) -> bool:
        return len(grain.groups) > self.limits.max_macro and not self._is_micro(grain)

    def _is_admitted(self, grain: Grain) -> bool:
        if grain.is_micro:
            return not self._is_too_fine(grain)
        return self.measured[grain].dependence <= self.limits.max_dependence  # NaN: too fine

    def _search(self, grain: Grain, floor: float) -> None:
        """Take Phi, unless it is known, or lies below `floor`."""
        own = self.of(grain.nodes)
        if grain in self.phi or own is None or self.bound.get(grain, np.inf) < floor - TOLERANCE:
            return
        self.searched += 1
        phi, source = own.phi(grain, floor)
        if source >= 0:
            self.phi[grain], self.source[grain] = phi, source
        else:
            self.bound[grain] = phi

    def _waypoint(self, grain: Grain) -> Waypoint:
        found = self.measured[grain]
        return Waypoint(grain, self.phi.get(grain, float("nan")), found.dependence, found.element_ei)

    def result(self, members: tuple[int, ...], caution: str, provenance: Provenance) -> Ascent:
        """Put together what was found."""
        order = sorted(self.phi, key=lambda g: (-self.phi[g], g.level, -len(g.nodes)))
        top = self.phi[order[0]] if order else float("nan")
        tied = sorted((g for g in order if self.phi[g] >= top - TOLERANCE), key=lambda g: (g.level, -len(g.nodes)))
        best = tied[0] if tied else None
        path: list[Waypoint] = []
        at = best
        while at is not None:
            path.append(self._waypoint(at))
            at = self.parent[at]
        own = self.of(best.nodes) if best is not None else None
        source = self.source.get(best, 0) if best is not None else 0
        return Ascent(
            grain=best,
            phi=top if best is None else self.phi[best],
            cut=Cut(*own.prepared.cut_nodes(source)) if own is not None and source else None,
            ties=tuple(tied[1:]),
            micro_phi=self.phi.get(micro_grain(members), float("nan")),
            path=tuple(reversed(path)),
            steps=tuple(self.steps),
            met=tuple(self._waypoint(g) for g in order),
            tests=len(self.measured),
            searches=self.searched,
            labels=self.network.labels,
            state=self.state,
            caution=caution,
            provenance=provenance,
        )
