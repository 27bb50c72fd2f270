"""The searches behind `big_phi`: over the cuts of a micro set, and of a grain."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import cuts as cut_search
from .compiled import kernels
from .conventions import TOLERANCE
from .macro import MacroSystem
from .prepared import Prepared

NO_CONCEPTS = "no concepts"
NOT_STRONG = "not strongly connected"
ONE_MICRO = "a single micro element"
ONE_MACRO = "a single macro element"


class Search(ABC):
    """What micro and macro searches share: how to build the whole and each cut system."""

    @property
    @abstractmethod
    def cuts(self) -> range:
        """Sending sides of all cuts."""

    @abstractmethod
    def run(self, one_element: str, self_loop: bool) -> tuple[float, int, np.ndarray, str]:
        """Return (Phi, sending side of the cut or 0, distances by sending side, why Phi is 0 without a cut)."""

    @abstractmethod
    def whole(self) -> Any:
        """Return (system, effect marginals, structure) of the uncut system."""

    @abstractmethod
    def after(self, source: int, whole: Any) -> Any:
        """Return (system, effect marginals, sending side, cut id, structure) after a cut."""

    @abstractmethod
    def names(self) -> tuple[int, ...]:
        """Return the indices under which the elements are shown."""

    @abstractmethod
    def describe(self, source: int) -> tuple[Any, Any, float]:
        """Return the accounts of the whole structure and of that after a cut (0: the whole's again), their distance."""

    @property
    def threaded(self) -> bool:
        """Whether the search went cut by cut."""
        return False


def _unfold(system: Any, effect: np.ndarray, source: int, cut_id: int, eligible: np.ndarray) -> Any:
    found = kernels().concepts.new_structure(len(effect))
    kernels().structure.unfold_all(system, effect, source, cut_id, eligible, found, TOLERANCE)
    return found


def _eligible(whole: Any, source: int, micro: np.ndarray) -> np.ndarray:
    eligible = np.zeros(len(micro), dtype=bool)
    kernels().structure.mark_eligible(whole, source, micro, eligible)
    return eligible


@dataclass
class MicroSearch(Search):
    """Over the cuts of a micro set."""

    prepared: Prepared
    workers: int = 1
    progress: bool | None = None

    @property
    def cuts(self) -> range:
        return range(1, (1 << len(self.prepared.nodes)) - 1)

    @property
    def threaded(self) -> bool:
        return len(self.prepared.nodes) >= cut_search.ONE_BY_ONE

    def run(self, one_element: str, self_loop: bool) -> tuple[float, int, np.ndarray, str]:
        p = self.prepared
        k = len(p.nodes)
        if k == 1:
            counts = np.zeros(8, dtype=np.int64)
            phi = 0.0
            if self_loop and p.inputs[0]:
                phi = kernels().search.self_loop_search(p.on, p.state, TOLERANCE, counts)
            return phi, 0, np.full(2, np.nan), "" if phi > 0 else ONE_MICRO
        phi, source, distances = cut_search.search_cuts(p, self.workers, self.progress)
        reason = ""
        if not source:
            reason = NO_CONCEPTS if kernels().search.is_strong(p.inputs, k) else NOT_STRONG
        return phi, source, distances, reason

    def names(self) -> tuple[int, ...]:
        return self.prepared.nodes

    def describe(self, source: int) -> tuple[Any, Any, float]:
        p = self.prepared
        return kernels().detail.describe_micro(p.on, p.inputs, p.state, source, TOLERANCE)

    def whole(self) -> Any:
        p = self.prepared
        system = kernels().tables.new_system(p.on, p.inputs, p.state, np.zeros(8, dtype=np.int64))
        effect = kernels().tables.effect_of(system)
        return system, effect, _unfold(system, effect, 0, 0, np.ones(1 << len(p.nodes), dtype=bool))

    def after(self, source: int, whole: Any) -> Any:
        system, intact, found = whole
        effect = np.empty_like(intact)
        kernels().effect.cut_effects(intact, source, effect)
        eligible = _eligible(found, source, np.arange(1 << len(effect)))
        # Each cut needs an id of its own: repertoires computed under another cut are not valid here.
        return system, effect, source, source, _unfold(system, effect, source, source, eligible)


@dataclass
class MacroSearch(Search):
    """Over the cuts of a grain's micro elements, unfolded in time where its macro step is longer than one update."""

    macro: MacroSystem

    @property
    def cuts(self) -> range:
        return range(1, (1 << self.macro.n_micro) - 1)

    def run(self, one_element: str, self_loop: bool) -> tuple[float, int, np.ndarray, str]:
        macro = self.macro
        if macro.on.shape[1] == 1 and one_element == "zero":
            return 0.0, 0, np.full(1 << macro.n_micro, np.nan), ONE_MACRO
        phi, source, distances = kernels().search.macro_search(
            macro.on, macro.cut_ons(), macro.micro, macro.state, TOLERANCE, False, 0.0, np.zeros(8, dtype=np.int64)
        )
        return phi, int(source), distances, "" if source else NO_CONCEPTS

    def names(self) -> tuple[int, ...]:
        return tuple(range(self.macro.on.shape[1]))

    def describe(self, source: int) -> tuple[Any, Any, float]:
        macro = self.macro
        cut_on = macro.cut_on(source) if source else macro.on
        return kernels().detail.describe_macro(macro.on, cut_on, macro.micro, macro.state, source, TOLERANCE)

    def _unfolded(self, on: np.ndarray, eligible: np.ndarray) -> Any:
        inputs = np.full(on.shape[1], len(on) - 1, dtype=np.int64)
        system = kernels().tables.new_system(on, inputs, self.macro.state, np.zeros(8, dtype=np.int64))
        effect = kernels().tables.effect_of(system)
        return system, effect, _unfold(system, effect, 0, 0, eligible)

    def whole(self) -> Any:
        return self._unfolded(self.macro.on, np.ones(len(self.macro.on), dtype=bool))

    def after(self, source: int, whole: Any) -> Any:
        eligible = _eligible(whole[2], source, self.macro.micro)
        system, effect, found = self._unfolded(self.macro.cut_on(source), eligible)
        return system, effect, 0, 0, found
