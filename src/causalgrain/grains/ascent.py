"""The ascent: a greedy or beam search for the grain with the largest Phi, cover by cover, where a scan is too long.

A step takes all covers of the grains held (:mod:`causalgrain.grains.neighbours`) and holds on to the `beam` of them
with the largest Phi; greedy is a beam of one. It goes on to the end of the lattice: a step down in Phi doesn't end it.
Most grains are not admitted (conditionally dependent) and so have no Phi; grains of more than `max_macro` macro
elements have none taken either. And the largest Phi nearby is often that of a rigid group (a majority, say), from which
nothing leads on. So besides the beam a step holds the `look` others that have the largest *element EI* (sum over macro
elements of the information, in bits, from the macro state to the element's next state), with Phi or without, and looks
through them. Where many grains are admitted, Phi is searched for in those of largest element EI first, `searches` a
step, and given up as soon as it lies below what the beam holds already.

Tried on random systems of 4 to 6 elements, once from end to end: ranking grains without Phi by element EI is as good as
by EI, which needs the joint distribution, and far better than by lowest dependence (pairs, from the coarse end: 92 % of
peaks found rather than 57 %); without looking through, an ascent from there finds one half. Going up and down again
from the best grain met brought the coarse end from 92 % to 98 % (61 systems).

Hoel et al. (2016) propose the ascent: "by performing iterative searches by gradient ascent, it may be possible to more
rapidly converge onto the optimal spatiotemporal grain".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import comb
from typing import Any

import numpy as np

from .._checks import as_number, as_whole, choose, node_indices
from .._errors import CostError, InputError, UnreachableStateError
from .._provenance import Provenance
from ..phi.conventions import IIT_CONVENTIONS, MACRO_CONVENTIONS
from ..phi.cost import check_cost, micro_bytes, micro_seconds
from ..phi.one_grain import OneGrain
from ..systems.coarse import Grain, micro_grain
from ..systems.network import INDEPENDENCE_TOLERANCE, Network
from .ascent_result import Ascent
from .ascent_walk import Limits, Moves, Walk
from .neighbours import RULES, adds, drops, merges, on_counts, splits

STARTS = ("micro", "coarse", "both")
MAX_ELEMENTS = 16  # 2**16 cuts
MAX_MICRO_BYTES = 2.0**32
RIGID_COVERS = 1000  # of the micro grain: so many are laid out at a step unless `most` says otherwise
SECONDS_PER_TEST = 5e-5
SECONDS_PER_STATE = 1.5e-7  # of a test, by micro state

HIT_RATES: dict[tuple[str, int], tuple[float, float]] = {
    ("micro", 1): (0.869, 0.62),
    ("micro", 3): (0.964, 0.50),
    ("micro", 10): (0.988, 0.23),
    ("coarse", 1): (0.940, 0.52),
    ("coarse", 3): (0.964, 0.59),
    ("coarse", 10): (0.976, 0.55),
    ("both", 1): (0.964, 0.49),
    ("both", 3): (0.976, 0.45),
    ("both", 10): (0.988, 0.23),
}
"""Start and beam -> share found of the peaks that are coarse grains, mean share of Phi kept where a peak was missed."""


def ascend(
    network: Network,
    state: Any,
    *,
    start: str | Grain = "micro",
    beam: int = 1,
    nodes: Any = None,
    max_macro: int = 6,
    max_dependence: float | None = None,
    look: int | None = None,
    searches: int | None = None,
    most: int | None = None,
    again: bool = True,
    subsets: bool = False,
    max_cost: float = 3600.0,
) -> Ascent:
    """Return the grain with the largest Phi that a search along the covers of the lattice meets.

    Measured against ``scan(..., nodes="full")`` on 207 random systems of 4 to 6 elements (benchmarks/ascent.py):

    ======  ====  =====  =============  ===========  ============  =====
    start   beam  found  coarse peaks   kept if not  Phi searches  tests
    ======  ====  =====  =============  ===========  ============  =====
    micro      1  0.947         0.869          0.62          0.51   0.46
    micro      3  0.986         0.964          0.50          0.68   0.63
    micro     10  0.995         0.988          0.23          0.83   0.82
    coarse     1  0.976         0.940          0.52          0.55   0.52
    coarse     3  0.986         0.964          0.59          0.69   0.58
    coarse    10  0.990         0.976          0.55          0.81   0.70
    both       1  0.986         0.964          0.49          0.63   0.63
    both       3  0.990         0.976          0.45          0.77   0.72
    both      10  0.995         0.988          0.23          0.90   0.87
    ======  ====  =====  =============  ===========  ============  =====

    "coarse peaks": of the 84 systems whose peak isn't the micro grain; "kept if not": mean share of the peak's Phi
    where it was missed; searches and tests: as a share of the scan's. Of 14 systems of 7 elements the greedy ascent
    from the micro grain found 13, with 13 % of the searches, 4 % of the tests and half of the time; from the coarse end
    10, the micro grain being beyond `max_macro`. Up to 6 elements the scan is as quick or quicker.

    Parameters
    ----------
    network : Network
        At most 16 micro elements.
    state : sequence of {0, 1} or str
        The present state of all of them.
    start : "micro", "coarse", "both", or Grain
        "micro": from the micro grain up, by merging. "coarse": from the grains of two macro elements, each ON by all,
        any or an odd number of its elements, down, by splitting; for systems whose micro level is too large. "both":
        one after the other. A grain: from it up, then from it down.
    beam : int
        Grains held by Phi after a step; 1: greedy.
    nodes : sequence of int or str, optional
        The candidate set; elements outside are frozen in `state`. Default: all elements.
    max_macro : int
        Phi is taken of grains of at most so many macro elements, and of the micro grain where `max_cost` allows it.
    max_dependence : float, optional
        Largest conditional dependence of a grain that has Phi. Default: 1e-8; estimated networks have no default.
    look : int, optional
        Grains held after a step for their element EI, with Phi or without. Default: three times `beam`.
    searches : int, optional
        Most Phi searches in a step, those of largest element EI. Default: ten times `beam`.
    most : int, optional
        Largest number of single elements that are put together at once (covers such as the majority of three; two
        groups are merged in any case). Default: as large as leaves at most about 1,000 such covers of the micro
        grain: all of them up to 6 elements, 3 at a time for 12.
    again : bool
        From the best grain met go up and down once more, until nothing better is met.
    subsets : bool
        Also leave out a macro element on the way up, and add a micro element on the way down (of `nodes`, or any), so
        that grains of other candidate sets are met.
    max_cost : float, seconds
        Refuse to start when the estimate is above it.

    Returns
    -------
    Ascent
        ``.grain``, ``.phi``, ``.ties``, ``.path``, ``.steps``, ``.tests``, ``.searches``, ``.caution``.

    Raises
    ------
    UnreachableStateError
        No state leads to `state`.
    CostError
        Too many elements, or the search would take too long.

    Examples
    --------
    >>> import causalgrain as cg
    >>> found = ascend(cg.published("hoel2016-fig4"), "000000")
    >>> found.grain.label("ABCDEF"), round(found.phi, 6), round(found.emergence, 6)
    ('{AB}{CD}{EF} ON=2|2|2', 0.834184, 0.639739)
    >>> [len(point.grain.groups) for point in found.path], found.searches < 271
    ([6, 5, 4, 3], True)

    References
    ----------
    Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012, Fig. 7 and "heuristic strategies".
    """
    threshold = _threshold(network, max_dependence)
    now = network.check_state(state)
    members = _members(network, nodes, start)
    width = as_whole(beam, "beam", low=1)
    limits = Limits(
        beam=width,
        look=3 * width if look is None else as_whole(look, "look", low=0),
        searches=10 * width if searches is None else as_whole(searches, "searches", low=1),
        most=_most(len(members)) if most is None else as_whole(most, "most", low=2),
        max_macro=as_whole(max_macro, "max_macro", low=1),
        max_dependence=threshold,
    )
    walk = Walk(network, now, limits)
    own = walk.of(members)
    if own is None:
        raise UnreachableStateError(
            "state",
            expected="a state of the candidate set that some state leads to",
            got=f"{''.join(str(now[i]) for i in members)} of {', '.join(network.labels[i] for i in members)}",
            remedy="With this background the set can't have come into its state: choose another set or state.",
        )
    passes = _passes(start, members)
    micro = own.prepared
    if passes[0][0] == "up" and micro_bytes(len(members)) <= MAX_MICRO_BYTES and micro_seconds(micro) <= max_cost:
        walk.micro = members
    seconds = _seconds(own, limits, passes, micro_seconds(micro) if walk.micro else 0.0)
    check_cost(seconds, as_number(max_cost, "max_cost", low=0.0), f"the ascent of {len(members)} elements")
    pool = (tuple(range(network.n)) if nodes is None else members) if subsets else ()
    moves = {"up": _upward(limits.most, subsets), "down": _downward(limits.max_macro, pool)}
    for direction, first in passes:
        walk.run(direction, first, moves[direction])
    # From the best grain met, up and down again, until nothing better is met.
    turned: set[Grain] = set()
    while again and (best := walk.best) is not None and best not in turned:
        turned.add(best)
        for direction in ("up", "down"):
            walk.run(direction, [best], moves[direction])
    settings = {
        "state": "".join(str(v) for v in now),
        "start": start if isinstance(start, str) else start.label(network.labels),
        "nodes": list(members),
        "beam": width,
        "look": limits.look,
        "searches": limits.searches,
        "most": limits.most,
        "max_macro": limits.max_macro,
        "max_dependence": threshold,
        "again": bool(again),
        "subsets": bool(subsets),
    }
    conventions = IIT_CONVENTIONS | MACRO_CONVENTIONS
    provenance = Provenance("ascend", settings, network.hash, conventions, network.caution)
    return walk.result(members, _caution(start, width), provenance)


# -- what is asked -----------------------------------------------------------------------------------------------


def _threshold(network: Network, given: float | None) -> float:
    if given is not None:
        return as_number(given, "max_dependence", low=0.0)
    if network.origin == "exact":
        return INDEPENDENCE_TOLERANCE
    raise InputError(
        "max_dependence",
        expected="a threshold: the TPM is estimated",
        got="none",
        remedy="Which grains compete depends on it: see peaks_by_dependence, and try .01, .05 and 1.",
    )


def _members(network: Network, nodes: Any, start: str | Grain) -> tuple[int, ...]:
    if isinstance(start, Grain):
        if nodes is not None:
            raise InputError(
                "nodes",
                expected="none with a grain to start from",
                got=repr(nodes),
                remedy="The grain's groups name it.",
            )
        if start.tau > 1:
            raise InputError(
                "start",
                expected="a spatial grain (tau = 1)",
                got=f"tau = {start.tau}",
                remedy="Covers over several updates are not known here: scan(..., max_tau=...) lists all grains.",
            )
        members = node_indices(start.nodes, network.labels, "start")
    else:
        choose(start, STARTS, "start")
        members = tuple(range(network.n)) if nodes is None else node_indices(nodes, network.labels)
    if len(members) > MAX_ELEMENTS:
        raise CostError(
            f"ascent of {len(members)} elements",
            expected=f"at most {MAX_ELEMENTS} micro elements",
            got=str(len(members)),
            remedy="Name a smaller candidate set with nodes=[...], or compare mechanisms: compare_mechanisms.",
        )
    return members


def _most(n: int) -> int:
    """Most single elements to put together at once, so that the micro grain has at most about 1,000 such covers."""
    total, most = 0, 2
    for size in range(3, n + 1):
        total += comb(n, size) * ((1 << size) - 4)
        if total > RIGID_COVERS:
            break
        most = size
    return most


def _passes(start: str | Grain, members: tuple[int, ...]) -> list[tuple[str, list[Grain]]]:
    if isinstance(start, Grain):
        return [("up", [start]), ("down", [start])]
    up: tuple[str, list[Grain]] = ("up", [micro_grain(members)])
    if start == "micro" or len(members) < 2:
        return [up]
    return [*([up] if start == "both" else []), ("down", list(_halves(members)))]


def _halves(members: tuple[int, ...]) -> Iterator[Grain]:
    """All grains of two macro elements, each by one of the three rules that can be split further."""
    first, others = members[0], members[1:]
    for chosen in range((1 << len(others)) - 1):
        inside = (first, *(i for p, i in enumerate(others) if chosen >> p & 1))
        outside = tuple(i for p, i in enumerate(others) if not chosen >> p & 1)
        for one in dict.fromkeys(on_counts(rule, len(inside)) for rule in RULES):
            for two in dict.fromkeys(on_counts(rule, len(outside)) for rule in RULES):
                yield Grain((inside, outside), (one, two))


def _upward(most: int, subsets: bool) -> Moves:
    return lambda grain: chain(merges(grain, most), drops(grain) if subsets else ())


def _downward(max_macro: int, pool: tuple[int, ...]) -> Moves:
    """Splits into at most `max_macro` macro elements (only the micro grain has Phi beyond), additions from `pool`."""

    def moves(grain: Grain) -> Iterator[Grain]:
        yield from splits(grain, max_macro)
        if len(grain.groups) < max_macro:
            yield from adds(grain, pool)

    return moves


def _seconds(own: OneGrain, limits: Limits, passes: list[tuple[str, list[Grain]]], micro: float) -> float:
    """Estimate of the CPU time: tests of the first step and as many again, and full steps of Phi searches."""
    n = own.n
    singles = sum(comb(n, size) * ((1 << size) - 4) for size in range(3, limits.most + 1)) + 3 * comb(n, 2)
    tests = sum(len(first) + (limits.beam + limits.look) * singles for _, first in passes)
    phi = sum(own.seconds(_even(own.prepared.nodes, m)) for m in range(2, min(limits.max_macro, n - 1) + 1))
    return tests * (SECONDS_PER_TEST + SECONDS_PER_STATE * 2.0**n) + len(passes) * limits.searches * phi + micro


def _even(members: tuple[int, ...], m: int) -> Grain:
    """A grain of `m` groups as even as can be, as an example of the cost."""
    groups = [tuple(int(i) for i in part) for part in np.array_split(np.array(members), m)]
    return Grain(tuple(groups), tuple((len(group),) for group in groups))


def _caution(start: str | Grain, beam: int) -> str:
    found = HIT_RATES.get((start if isinstance(start, str) else "", beam))
    measured = ""
    if found is not None:
        measured = (
            f"; from this start with this beam it found {found[0]:.0%} of the peaks that are coarse grains in random "
            f"systems of 4 to 6 elements, and on average {found[1]:.0%} of Phi where it missed one; of larger systems "
            "little is known"
        )
    return f"an ascent sees a part of the lattice and may miss the peak{measured}"
