"""What integrated information consists of: cuts, concepts, structures, and the result of a search.

Plain, frozen data. Elements are indices of the network (micro) or of the macro elements of a grain; repertoires are
flat, little-endian in the ascending elements of their purview.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .._provenance import Provenance
from ..systems.coarse import Grain
from ..systems.history import format_history
from ..systems.states import format_state

if TYPE_CHECKING:
    from .structure import Account


@dataclass(frozen=True)
class Cut:
    """A unidirectional cut: the connections from one part of the system to the other are severed."""

    from_nodes: tuple[int, ...]
    to_nodes: tuple[int, ...]

    def label(self, names: Sequence[str]) -> str:
        """Return the cut with names: "{AC} -> {BD}"."""
        return f"{_set(self.from_nodes, names)} -> {_set(self.to_nodes, names)}"


@dataclass(frozen=True)
class Part:
    """One part of a partitioned mechanism: what keeps constraining what."""

    mechanism: tuple[int, ...]
    purview: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Core:
    """A core cause or core effect: the purview over which a mechanism is most irreducible.

    Attributes
    ----------
    direction : {"cause", "effect"}
    purview : tuple of int
    phi : float
        Distance between `repertoire` and `partitioned_repertoire` (earth mover's distance).
    repertoire : ndarray, shape (2**len(purview),)
        P(purview | mechanism in its state), one step back or ahead.
    partition : tuple of Part
        The minimum-information partition, the first in index order where several tie.
    partitioned_repertoire : ndarray, shape (2**len(purview),)
    ties : tuple of tuple of int
        Other purviews with the same phi.
    """

    direction: str
    purview: tuple[int, ...]
    phi: float
    repertoire: np.ndarray
    partition: tuple[Part, Part]
    partitioned_repertoire: np.ndarray
    ties: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Concept:
    """A mechanism with irreducible cause-effect power: ``phi = min(cause.phi, effect.phi) > 0``."""

    mechanism: tuple[int, ...]
    phi: float
    cause: Core
    effect: Core


@dataclass(frozen=True, eq=False)
class CauseEffectStructure:
    """All concepts of a system in a state, by mechanism in index order; empty where there are none.

    Attributes
    ----------
    concepts : tuple of Concept
    unconstrained : tuple of (int, float)
        Every element with its P(ON) at the next step when nothing is fixed: what effects are expanded by.
    """

    concepts: tuple[Concept, ...]
    unconstrained: tuple[tuple[int, float], ...] = field(default_factory=tuple)

    @classmethod
    def from_account(cls, account: Account) -> CauseEffectStructure:
        """Return a structure whose concepts are made when first asked for."""
        structure = object.__new__(cls)
        object.__setattr__(structure, "_account", account)
        return structure

    def __getattr__(self, name: str) -> Any:
        account = self.__dict__.get("_account")
        if account is None or name not in ("concepts", "unconstrained"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        value = account.concepts() if name == "concepts" else account.unconstrained
        object.__setattr__(self, name, value)
        return value

    def __len__(self) -> int:
        return len(self.concepts)

    def __iter__(self) -> Iterator[Concept]:
        return iter(self.concepts)

    def __getitem__(self, mechanism: tuple[int, ...]) -> Concept:
        for concept in self.concepts:
            if concept.mechanism == tuple(mechanism):
                return concept
        raise KeyError(f"{tuple(mechanism)} is no concept; concepts: {[c.mechanism for c in self.concepts]}")

    @property
    def phi(self) -> float:
        """Sum of the concepts' phi."""
        return float(sum(concept.phi for concept in self.concepts))


@dataclass(frozen=True, eq=False)
class IntegratedInformation:
    """Integrated information of one candidate set in one state.

    Attributes
    ----------
    phi : float
        Phi ("big phi"), the distance between the whole's structure and that of its minimum-information partition.
    cut : Cut or None
        That partition, in micro elements of the network. None where Phi is 0 without a cut (see `reason`).
    ties : tuple of Cut
        Other cuts with the same Phi, where Phi > 0.
    structure, cut_structure : CauseEffectStructure
        Of the whole, and after `cut`.
    nodes : tuple of int
        The candidate set. `state` is the whole network's (for tau > 1 the last tau states, oldest first). `labels` are
        the network's names.
    grain : Grain
        The grain at which the candidate set is looked at; the micro grain by default.
    names : tuple of str
        Names of the elements that mechanisms and purviews index: the network's, or one a macro element.
    phi_range : (float, float) or None
        Smallest and largest Phi over tied purviews, if asked for.
    reason : str
        Why Phi is 0 without looking at cuts, or "".
    """

    phi: float
    cut: Cut | None
    ties: tuple[Cut, ...]
    structure: CauseEffectStructure
    cut_structure: CauseEffectStructure
    nodes: tuple[int, ...]
    state: tuple[Any, ...]
    labels: tuple[str, ...]
    grain: Grain
    names: tuple[str, ...]
    provenance: Provenance
    phi_range: tuple[float, float] | None = None
    reason: str = ""

    @property
    def cut_labels(self) -> tuple[str, ...]:
        """Names of what a cut parts: the network's, or those of unfolded elements, "A(t-1)" ... "A(t)"."""
        tau = self.grain.tau
        if tau == 1:
            return self.labels
        past = [f"(t-{tau - 1 - s})" if s < tau - 1 else "(t)" for s in range(tau)]
        return tuple(f"{self.labels[i]}{when}" for when in past for i in self.nodes)

    @property
    def state_text(self) -> str:
        """The state as the field prints it; over several updates oldest first, "01 11"."""
        return format_state(self.state) if self.grain.tau == 1 else format_history(self.state)

    def __repr__(self) -> str:
        lines = [
            f"Phi = {self.phi:.6f} of {self.grain.label(self.labels)} in state {self.state_text}"
            + (f"  ({self.reason})" if self.reason else "")
        ]
        if self.cut is not None:
            tied = f", tied with {len(self.ties)} more: " if self.ties else ""
            others = "; ".join(c.label(self.cut_labels) for c in self.ties[:6]) + (
                "; ..." if len(self.ties) > 6 else ""
            )
            lines.append(f"MIP: cut {self.cut.label(self.cut_labels)}{tied}{others}")
        if self.phi_range is not None:
            lines.append(f"over tied purviews: Phi from {self.phi_range[0]:.6f} to {self.phi_range[1]:.6f}")
        lines.append(f"{len(self.structure)} concepts, sum of phi {self.structure.phi:.6f}")
        lines += _concept_lines(self.structure.concepts, self.names)
        lines.append(str(self.provenance))
        return "\n".join(lines)


def _concept_lines(concepts: Sequence[Concept], names: Sequence[str]) -> list[str]:
    """A table of concepts, its columns as wide as the names need."""
    if not concepts:
        return []
    rows = [("mechanism", "phi", "core cause", "phi", "core effect", "phi")]
    for c in concepts:
        cause, effect = (_core(core, names) for core in (c.cause, c.effect))
        mechanism = _set(c.mechanism, names)
        rows.append((mechanism, f"{c.phi:.6f}", cause, f"{c.cause.phi:.6f}", effect, f"{c.effect.phi:.6f}"))
    wide = [max(len(row[k]) for row in rows) for k in range(6)]
    lines = []
    for row in rows:
        cells = [text.rjust(w) if k % 2 else text.ljust(w) for k, (text, w) in enumerate(zip(row, wide, strict=True))]
        lines.append("  ".join(cells))
    return lines


def _core(core: Core, names: Sequence[str]) -> str:
    return _set(core.purview, names) + (f" (+{len(core.ties)} tied)" if core.ties else "")


def _set(nodes: Sequence[int], names: Sequence[str]) -> str:
    glue = "" if all(len(name) == 1 for name in names) else " "
    return "{" + glue.join(names[i] for i in nodes) + "}"
