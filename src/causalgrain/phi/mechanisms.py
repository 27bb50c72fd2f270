"""Macro elements against their micro elements, mechanism by mechanism: for systems too large for Phi.

"If applying the full IIT computation were too prohibitive, one could still assign neurons into distinct macro-groups
guided by heuristic criteria [...] and compare the irreducible selectivity of their macro cause-effect repertoires
against those of individual neurons" (Hoel et al. 2016, "heuristic strategies"). Only first-order mechanisms are looked
at, uncut (:mod:`causalgrain.phi.first_order`), so neither the cuts of the system nor its sets of mechanisms count.

With size, irreducible selectivity and shift as in :mod:`causalgrain.phi.selectivity` (of the side with the smaller
phi, the cause where they are level), phi = size (irreducible + shift), and the step from micro element i to its macro
element M is made of three terms that sum to phi_M - phi_i:

* by size         ``(size_M - size_i) (irreducible_i + shift_i)``
* by selectivity  ``size_M (irreducible_M - irreducible_i)``
* by shift        ``size_M (shift_M - shift_i)``

each averaged over the elements of the group. A mechanism without a concept has phi, size and all terms 0. Of Fig. 2
the paper says: loses .09 by size, gains .28 by selectivity and .09 by shift; here -.083, .282 and .090 (.09 is what the
effect side would lose, with its selectivity of .0875; the cause counts, and has .0833).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_whole, node_indices
from .._errors import CostError, InputError, UnreachableStateError
from .._provenance import Provenance
from ..systems.coarse import Grain, as_grain
from ..systems.network import INDEPENDENCE_TOLERANCE, Network
from ..systems.states import format_state
from .conventions import IIT_CONVENTIONS, MACRO_CONVENTIONS, TOLERANCE
from .first_order import MAX_INPUTS, FirstOrder, Mechanism, functional_inputs
from .one_grain import OneGrain
from .prepared import prepare

if TYPE_CHECKING:
    import pandas as pd

MAX_MACRO = 10


@dataclass(frozen=True)
class GroupComparison:
    """A macro element against the mean of its micro elements.

    Attributes
    ----------
    macro : Mechanism
    micro : tuple of Mechanism
    by_size, by_selectivity, by_shift : float
        What the difference in phi is made of, mean over the micro elements.
    """

    macro: Mechanism
    micro: tuple[Mechanism, ...]
    by_size: float
    by_selectivity: float
    by_shift: float

    @property
    def gain(self) -> float:
        """Phi of the macro element minus the mean phi of its micro elements."""
        return self.macro.phi - float(np.mean([one.phi for one in self.micro]))


@dataclass(frozen=True, eq=False)
class MechanismComparison:
    """First-order mechanisms of a grain and of its micro elements.

    Attributes
    ----------
    grain : Grain
    groups : tuple of GroupComparison
        One a macro element.
    dependence : float
        Conditional dependence of the macro TPM; above 1e-8 the grain would have no Phi. NaN above 8 macro elements.
    state : tuple of int
    labels : tuple of str
    """

    grain: Grain
    groups: tuple[GroupComparison, ...]
    dependence: float
    state: tuple[int, ...]
    labels: tuple[str, ...]
    provenance: Provenance

    @property
    def several(self) -> tuple[GroupComparison, ...]:
        """The groups of more than one element: only there is anything to compare."""
        return tuple(group for group in self.groups if len(group.micro) > 1)

    @property
    def macro_wins(self) -> int:
        """In how many groups of several elements the macro mechanism has the larger phi."""
        return sum(group.gain > TOLERANCE for group in self.several)

    @property
    def table(self) -> pd.DataFrame:
        """One row a mechanism, macro before micro in each group."""
        import pandas as pd

        rows = []
        for group in self.groups:
            for one in (group.macro, *group.micro):
                rows.append(
                    {
                        "mechanism": one.name,
                        "group": one.group,
                        "level": "macro" if one.is_macro else "micro",
                        "cause_purview": one.cause.purview if one.cause else (),
                        "cause_phi": one.cause.phi if one.cause else 0.0,
                        "effect_purview": one.effect.purview if one.effect else (),
                        "effect_phi": one.effect.phi if one.effect else 0.0,
                        "phi": one.phi,
                        "side": one.made_of.direction if one.made_of else "",
                        "size": one.size,
                        "irreducible": one.irreducible,
                        "shift": one.shift,
                        "by_size": group.by_size if one.is_macro else float("nan"),
                        "by_selectivity": group.by_selectivity if one.is_macro else float("nan"),
                        "by_shift": group.by_shift if one.is_macro else float("nan"),
                    }
                )
        return pd.DataFrame(rows)

    @property
    def sentence(self) -> str:
        """What was found, in one sentence."""
        if not self.several:
            return "Every group is a single element: there is nothing to compare."
        macro, micro = _mean(g.macro.phi for g in self.several), _mean(o.phi for g in self.several for o in g.micro)
        size, selective, shift = (
            _mean(getattr(g, name) for g in self.several) for name in ("by_size", "by_selectivity", "by_shift")
        )
        many = len(self.several)
        verdict = {0: "no", many: "every"}.get(self.macro_wins, f"{self.macro_wins} of {many}")
        plural = "group" if verdict in ("no", "every") else "groups"
        return (
            f"The macro mechanism beats the mean of its micro elements in {verdict} {plural}: "
            f"phi {macro:.3f} against {micro:.3f}, {size:+.3f} by size, {selective:+.3f} by irreducible selectivity, "
            f"{shift:+.3f} by shift."
        )

    def __repr__(self) -> str:
        lines = [f"mechanisms of {self.grain.label(self.labels)} in state {format_state(self.state)}", self.sentence]
        names = ("phi", "size", "irreduc.", "shift", "by size", "by select.", "by shift")
        lines.append(f"{'mechanism':<16}{'side':<8}" + "".join(f"{name:>11}" for name in names))
        for group in self.groups:
            terms = (group.by_size, group.by_selectivity, group.by_shift)
            shown = (group.macro, *group.micro) if len(group.micro) > 1 else group.micro
            for one in shown:
                name = one.name if one.is_macro else f"  {one.name}"
                row = f"{name:<16}{one.made_of.direction if one.made_of else '-':<8}"
                row += f"{one.phi:>11.4f}{one.size:>11}{one.irreducible:>11.4f}{one.shift:>11.4f}"
                lines.append(row + ("".join(f"{t:>+11.4f}" for t in terms) if one.is_macro else ""))
        if self.dependence > INDEPENDENCE_TOLERANCE:
            lines.append(f"caution: the macro TPM is conditionally dependent ({self.dependence:.2g}): it has no Phi")
        return "\n".join([*lines, str(self.provenance)])


def compare_mechanisms(
    network: Network,
    state: Any,
    groups: Any,
    mapping: Any = None,
    *,
    nodes: Any = None,
    max_inputs: int = MAX_INPUTS,
) -> MechanismComparison:
    """Return the macro elements of a grain and their micro elements compared as mechanisms, one by one.

    ``phi_M - phi_i = by size + by selectivity + by shift``

    Parameters
    ----------
    network : Network
        Up to 20 elements, each of which reads at most `max_inputs` others.
    state : sequence of {0, 1} or str
        The present state of all elements.
    groups : Grain, or sequence of groups
        As for :func:`causalgrain.as_grain`: labels or indices.
    mapping : sequence of sequence of int, optional
        The ON counts of each group. Default: ON = all elements on.
    nodes : sequence of int or str, optional
        The candidate set: its elements outside all groups stand for themselves; elements outside it are frozen in
        `state`. Default: the elements of the groups.
    max_inputs : int
        Most elements that one mechanism may read: the cause side looks at ``3**inputs`` partitions.

    Returns
    -------
    MechanismComparison
        ``.groups``, ``.table``, ``.sentence``, ``.dependence``.

    Raises
    ------
    UnreachableStateError
        No state leads to `state`.
    CostError
        A mechanism reads too many elements, or there are more than 10 macro elements.

    Examples
    --------
    >>> import causalgrain as cg
    >>> found = compare_mechanisms(cg.published("hoel2016-fig2"), "0000", ["AB", "CD"])
    >>> print(found.sentence)  # doctest: +NORMALIZE_WHITESPACE
    The macro mechanism beats the mean of its micro elements in every group: phi 0.455 against 0.167,
    -0.083 by size, +0.282 by irreducible selectivity, +0.090 by shift.

    References
    ----------
    Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012, "How does the macro beat the micro?" and
    "heuristic strategies".
    """
    now = network.check_state(state)
    grain = _candidate(network, groups, mapping, nodes)
    most = as_whole(max_inputs, "max_inputs", low=1, high=MAX_INPUTS + 2)
    if len(grain.groups) > MAX_MACRO:
        raise CostError(
            "groups",
            expected=f"at most {MAX_MACRO} macro elements",
            got=str(len(grain.groups)),
            remedy="Name fewer groups with nodes=None, or larger ones.",
        )
    prepared = prepare(network, now, grain.nodes)
    if not prepared.reachable:
        raise UnreachableStateError(
            "state",
            expected="a state of the candidate set that some state leads to",
            got=format_state([now[i] for i in grain.nodes]),
            remedy="With this background the set can't have come into its state: choose another set or state.",
        )
    one = OneGrain(prepared)
    measured = one.measure(grain)
    micro_inputs = [int(mask) for mask in prepared.inputs]
    micro = FirstOrder(prepared.on, micro_inputs, prepared.state, grain.nodes, most, network.labels)
    on, macro_state = one.macro_system(grain)
    names = tuple("".join(network.labels[i] for i in group) for group in grain.groups)
    places = tuple(range(len(grain.groups)))
    macro = FirstOrder(on, functional_inputs(on), macro_state, places, most, names)
    place = {node: p for p, node in enumerate(grain.nodes)}
    compared = []
    for g, group in enumerate(grain.groups):
        big = macro.mechanism(g, names[g], g, True)
        small = tuple(micro.mechanism(place[i], network.labels[i], g, False) for i in group)
        compared.append(_compare(big, small))
    settings = {
        "state": format_state(now),
        "grain": grain.label(network.labels),
        "nodes": list(grain.nodes),
        "max_inputs": most,
    }
    conventions = IIT_CONVENTIONS | MACRO_CONVENTIONS | {"mechanisms": "first-order only, of the uncut systems"}
    provenance = Provenance("compare_mechanisms", settings, network.hash, conventions, network.caution)
    return MechanismComparison(grain, tuple(compared), measured.dependence, now, network.labels, provenance)


def _candidate(network: Network, groups: Any, mapping: Any, nodes: Any) -> Grain:
    """The grain asked for, with the other elements of the candidate set for themselves."""
    if isinstance(groups, Grain):
        if mapping is not None:
            raise InputError(
                "mapping", expected="none: the grain has its own", got=repr(mapping), remedy="Leave it out."
            )
        grain = groups
        node_indices(grain.nodes, network.labels, "groups")
    else:
        grain = as_grain(groups, mapping, network.labels)
    if grain.tau > 1:
        raise InputError(
            "groups", expected="a spatial grain (tau = 1)", got=f"tau = {grain.tau}", remedy="Leave tau out."
        )
    members = grain.nodes if nodes is None else node_indices(nodes, network.labels)
    if not set(grain.nodes) <= set(members):
        missing = sorted(set(grain.nodes) - set(members))
        raise InputError(
            "nodes",
            expected="a candidate set that holds every group",
            got=f"one without {', '.join(network.labels[i] for i in missing)}",
            remedy="Add these elements, or leave `nodes` out.",
        )
    alone = [i for i in members if i not in grain.nodes]
    return Grain((*grain.groups, *((i,) for i in alone)), (*grain.mapping, *((1,) for _ in alone)))


def _compare(macro: Mechanism, micro: tuple[Mechanism, ...]) -> GroupComparison:
    return GroupComparison(
        macro,
        micro,
        _mean((macro.size - one.size) * (one.irreducible + one.shift) for one in micro),
        _mean(macro.size * (macro.irreducible - one.irreducible) for one in micro),
        _mean(macro.size * (macro.shift - one.shift) for one in micro),
    )


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))
