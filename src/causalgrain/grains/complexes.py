"""Complexes over all grains: exclusion across candidate sets, groupings, mappings and macro steps at once.

"A complex is the set of elements that specifies a maximum of Phi across all spatiotemporal scales and defines the
elements and borders of the physical system" (Hoel et al. 2016, at Fig. 6). The admitted grain with the largest Phi is
a complex; every grain that shares a micro element with it is excluded; and so on among the rest, while Phi > 0. Equal
Phi: the finer level, then the larger candidate set, then the first in the table; ties with grains that share an
element are reported (of one candidate set or of several), as in :mod:`causalgrain.phi.complexes`.

Macro causal emergence is the paper's max Phi(macro) - max Phi(micro), over all candidate sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._errors import InputError
from .._provenance import Provenance
from ..profile import TIE_TOLERANCE, GrainProfile, Peak
from ..systems.network import Network
from .paths import competing
from .search import scan

MAX_SHOWN = 4

EXCLUSION_CONVENTIONS = {
    "exclusion": "the grain with the largest Phi excludes every grain that shares a micro element with it, whatever "
    "its grouping, mapping and macro step",
    "grain ties": "the finer level, then the larger candidate set, then the first in the table; ties are reported",
    "causal emergence": "largest Phi of a macro grain - largest Phi of a micro grain, over all candidate sets",
}


@dataclass(frozen=True, eq=False)
class GrainComplexes(Sequence[Peak]):
    """Complexes over all grains, largest Phi first, as a sequence of :class:`~causalgrain.profile.Peak`.

    Attributes
    ----------
    members : tuple of Peak
        ``.grain``, ``.label``, ``.value`` (Phi), ``.index`` (row of the table).
    ties : tuple of (str, str)
        Pairs (chosen grain, grain that shares an element with it and has the same Phi): exclusion is not settled by
        Phi there.
    micro, macro : Peak or None
        Best admitted micro and macro grain, before exclusion; None where there is none.
    emergence : float
        ``macro.value - micro.value``; NaN where one is missing.
    grains, sets : int
        How many grains were admitted, and how many candidate sets were looked at.
    whole : bool
        Whether these are all candidate sets of the network: exclusion is not complete otherwise.
    """

    members: tuple[Peak, ...]
    ties: tuple[tuple[str, str], ...]
    micro: Peak | None
    macro: Peak | None
    emergence: float
    grains: int
    sets: int
    whole: bool
    what: str
    provenance: Provenance

    def __len__(self) -> int:
        return len(self.members)

    def __getitem__(self, index: Any) -> Any:
        return self.members[index]

    def __iter__(self) -> Iterator[Peak]:
        return iter(self.members)

    def __repr__(self) -> str:
        of = f"(of {self.grains:,} admitted grains of {self.sets} candidate sets)"
        many = "1 complex" if len(self) == 1 else f"{len(self)} complexes"
        lines = [f"{self.what}: {many if self.members else 'no complex: Phi = 0 throughout'} {of}"]
        wide = max((len(member.label) for member in self.members), default=0)
        for member in self.members:
            tied = [other for chosen, other in self.ties if chosen == member.label]
            more = f": {', '.join(tied[:MAX_SHOWN])}{', ...' if len(tied) > MAX_SHOWN else ''}" if tied else ""
            mark = f"  tied with {len(tied)} overlapping {'grain' if len(tied) == 1 else 'grains'}{more}"
            lines.append(f"  {member.label:<{wide}}  Phi = {member.value:.6f}{mark if tied else ''}")
        if self.micro is not None and self.macro is not None:
            lines.append(f"causal emergence {self.emergence:+.6f}: macro {self.macro}, micro {self.micro}")
        if not self.whole:
            lines.append("note: not all candidate sets of the network were looked at: exclusion is not complete")
        return "\n".join([*lines, str(self.provenance)])


def complexes_over_grains(
    system: Network | GrainProfile,
    state: Any = None,
    *,
    max_tau: int = 1,
    blocks: str = "counts",
    one_element: str = "zero",
    max_dependence: float | None = None,
    workers: int = 1,
    max_cost: float = 3600.0,
    progress: bool | None = None,
) -> GrainComplexes:
    """Return the complexes of a system over all its grains: no two share a micro element, largest Phi first.

    Parameters
    ----------
    system : Network, or GrainProfile of scan
        A profile is taken as it is: no state and no settings then.
    state : sequence of {0, 1}, str, or mapping of state -> weight, optional
    max_tau, blocks, one_element, max_dependence, workers, max_cost, progress
        Of :func:`causalgrain.scan`.

    Returns
    -------
    GrainComplexes

    Raises
    ------
    InputError
        The profile names no peak, or gave grains up (``best_only``).
    CostError
        The search would take too long.

    Examples
    --------
    In state 0 the four noisy elements of the paper's Fig. 6 are two macro elements; in state 1 the two others win:

    >>> import causalgrain as cg
    >>> from causalgrain.grains.complexes import complexes_over_grains
    >>> found = complexes_over_grains(cg.published("hoel2016-fig6"), "000000")
    >>> found[0], round(found.emergence, 4)
    ({AB}{CD} ON=2|2  0.597213, 0.4347)
    >>> complexes_over_grains(cg.published("hoel2016-fig6"), "111111")[0]
    EF  1.000000

    References
    ----------
    Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012, "Macro borders versus micro borders".
    """
    settings = {"max_tau": max_tau, "blocks": blocks, "one_element": one_element, "max_dependence": max_dependence}
    if isinstance(system, GrainProfile):
        _refuse_settings(state, settings)
        profile = system
    else:
        profile = scan(system, state, workers=workers, max_cost=max_cost, progress=progress, **settings)
    table, phi, rows = competing(profile)
    level, size = table.level, table.n_nodes
    elements = (table.group >= 0) @ (1 << np.arange(table.group.shape[1], dtype=np.int64))

    def named(row: int) -> Peak:
        return Peak(table[row], table.label(row), float(phi[row]), int(row))

    def first(among: np.ndarray) -> tuple[int, np.ndarray] | None:
        """The best row and those tied with it, in the order of the rule."""
        if not len(among):
            return None
        equal = among[phi[among] >= phi[among].max() - TIE_TOLERANCE]
        equal = equal[np.lexsort((equal, -size[equal], level[equal]))]
        return int(equal[0]), equal[1:]

    members, ties = [], []
    left = rows[phi[rows] > TIE_TOLERANCE]
    while (found := first(left)) is not None:
        best, equal = found
        members.append(named(best))
        ties += [(members[-1].label, table.label(int(row))) for row in equal if elements[row] & elements[best]]
        left = left[elements[left] & elements[best] == 0]
    micro, macro = first(rows[level[rows] == 0]), first(rows[level[rows] > 0])
    sets = len(np.unique(elements))
    own = profile.provenance
    return GrainComplexes(
        tuple(members),
        tuple(ties),
        named(micro[0]) if micro else None,
        named(macro[0]) if macro else None,
        float(phi[macro[0]] - phi[micro[0]]) if micro and macro else float("nan"),
        len(rows),
        sets,
        sets == (1 << table.group.shape[1]) - 1,
        profile.what,
        Provenance(
            "complexes_over_grains",
            own.settings,
            own.input_hash,
            {**own.conventions, **EXCLUSION_CONVENTIONS},
            own.caution,
        ),
    )


def _refuse_settings(state: Any, settings: dict[str, Any]) -> None:
    """Refuse a state or settings beside a profile that was made with its own."""
    defaults = {"max_tau": 1, "blocks": "counts", "one_element": "zero", "max_dependence": None}
    given = [name for name, value in settings.items() if value != defaults[name]]
    if state is not None:
        given.insert(0, "state")
    if given:
        raise InputError(
            given[0],
            expected="nothing beside a profile, which was scanned with its own",
            got=", ".join(given),
            remedy="Give the network instead of the profile, or give them to scan(...).",
        )
