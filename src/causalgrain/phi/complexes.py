"""Complexes: the candidate sets that hold a maximum of integrated information, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .._checks import as_number
from .._progress import track
from .._provenance import Provenance
from ..systems.network import Network
from ..systems.states import format_state, nodes_of
from .conventions import IIT_CONVENTIONS, TOLERANCE
from .cost import check_cost, micro_seconds
from .cuts import search_cuts
from .prepared import Prepared, prepare
from .results import IntegratedInformation
from .system import big_phi


@dataclass(frozen=True)
class Candidate:
    """One candidate set: its elements, its Phi (None where its state is unreachable)."""

    nodes: tuple[int, ...]
    phi: float | None


@dataclass(frozen=True, eq=False)
class Complexes(Sequence[IntegratedInformation]):
    """Non-overlapping complexes, largest Phi first, as a sequence of results.

    Attributes
    ----------
    members : tuple of IntegratedInformation
    ties : tuple of (nodes, nodes)
        Pairs (chosen set, overlapping set with the same Phi): exclusion is not settled by Phi there.
    candidates : tuple of Candidate
        All candidate sets, largest Phi first.
    """

    members: tuple[IntegratedInformation, ...]
    ties: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    candidates: tuple[Candidate, ...]
    provenance: Provenance

    def __len__(self) -> int:
        return len(self.members)

    def __getitem__(self, index: Any) -> Any:
        return self.members[index]

    def __iter__(self) -> Iterator[IntegratedInformation]:
        return iter(self.members)

    def __repr__(self) -> str:
        if not self.members:
            return f"no complex: Phi = 0 for all {len(self.candidates)} candidate sets\n{self.provenance}"
        lines = [f"{len(self.members)} complexes (of {len(self.candidates)} candidate sets)"]
        for r in self.members:
            tied = [b for a, b in self.ties if a == r.nodes]
            mark = f"  tied with {len(tied)} overlapping sets" if tied else ""
            lines.append(f"  {r.grain.label(r.labels):<12} Phi = {r.phi:.6f}  {len(r.structure)} concepts{mark}")
        return "\n".join([*lines, str(self.provenance)])


def complexes(network: Network, state: Any, *, max_cost: float = 3600.0, progress: bool | None = None) -> Complexes:
    """Return the complexes of a network in a state: non-overlapping, largest Phi first.

    Every non-empty set of elements is a candidate, with the others frozen. The set with the largest Phi is a
    complex; sets that overlap it are excluded; and so on among the rest, while Phi > 0. Equal Phi: the larger
    set, then the first in index order, and the tie is reported.

    Parameters
    ----------
    network : Network
        n elements; there are 2**n - 1 candidate sets.
    state : sequence of {0, 1} or str
        Present state of all elements.
    max_cost : float, seconds
        Refuse to start when the estimate is above it.
    progress : bool, optional
        Whether to show a progress bar. Default: on a terminal.

    Returns
    -------
    Complexes
        A sequence of :class:`~causalgrain.phi.results.IntegratedInformation`, with all candidates beside.

    Raises
    ------
    UnreachableStateError
        No state leads to `state`. A candidate set whose state is unreachable with its background is no candidate.

    Examples
    --------
    >>> import causalgrain as cg
    >>> [(c.nodes, round(c.phi, 4)) for c in cg.complexes(cg.published("basic"), "100")]
    [((0, 1, 2), 2.3125)]

    References
    ----------
    Oizumi, Albantakis & Tononi (2014), "Complexes" and exclusion postulate.
    """
    checked = network.check_state(state)
    as_number(max_cost, "max_cost", low=0.0)
    subsets = [prepare(network, checked, nodes_of(mask)) for mask in range(1, 1 << network.n)]
    seconds = sum(micro_seconds(p) for p in subsets[-1:]) * (1.0 + 1.0 / 18.0) ** network.n
    check_cost(seconds, max_cost, f"exact Phi of all {len(subsets)} candidate sets")
    candidates = []
    with track("candidate sets", len(subsets), progress) as advance:
        for p in subsets:
            candidates.append(Candidate(p.nodes, candidate_phi(p)))
            advance(1)
    candidates.sort(key=lambda c: (-1.0 if c.phi is None else c.phi, len(c.nodes)), reverse=True)
    chosen: list[tuple[int, ...]] = []
    ties: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    left = [c for c in candidates if c.phi is not None and c.phi > TOLERANCE]
    while left:
        top = max(c.phi for c in left if c.phi is not None)
        equal = [c for c in left if c.phi is not None and c.phi >= top - TOLERANCE]
        best = min(equal, key=lambda c: (-len(c.nodes), c.nodes))
        ties += [(best.nodes, c.nodes) for c in equal if c is not best and set(c.nodes) & set(best.nodes)]
        chosen.append(best.nodes)
        left = [c for c in left if not set(c.nodes) & set(best.nodes)]
    provenance = Provenance(
        "complexes", {"state": format_state(checked)}, network.hash, IIT_CONVENTIONS, network.caution
    )
    members = tuple(big_phi(network, checked, nodes, max_cost=float("inf")) for nodes in chosen)
    return Complexes(members, tuple(ties), tuple(candidates), provenance)


def candidate_phi(p: Prepared) -> float | None:
    """Return the Phi of a micro candidate set, or None where its state is unreachable."""
    if not p.reachable:
        return None
    if len(p.nodes) == 1:
        return 0.0
    return search_cuts(p)[0]
