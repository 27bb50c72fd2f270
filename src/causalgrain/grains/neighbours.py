"""The covers of one grain, made on the fly: its next coarser and next finer grains.

Order (spatial grains of one candidate set): G2 coarsens G1 when the macro state of G2 is a function of that of G1. A
cover is a pair with no grain between. The whole lattice need not be laid out to walk along it:

* A group's macro state depends on each of its elements, so groups of G2 are unions of groups of G1, and a cover changes
  one of them, H, of N elements. Let f(c), c = 0..N, be what count c means there. A block of s elements inside H can be
  a binary macro element only if the rows ``f(c), f(c + 1), ..., f(c + N - s)``, c = 0..s, are of two kinds; which
  counts of the block are ON follows from f.
* Two kinds of rows with 2 <= s < N are possible for three f alone. If the same row comes twice running it is constant,
  so f is constant but for its last value (ON = all on) or its first (ON = any on); else rows alternate and f(c + 2) =
  f(c) (ON = an odd number on). For these three every s will do, with the same rule on the block.

So the covers are: two groups of one of these three rules, or single elements, become one group of the rule; or three
or more single elements at once become a group of any other rule ("rigid": majority, exactly one, ...), which nothing
coarsens further. Beside the order, `drops` and `adds` change the candidate set by one macro element.

Macro steps of several updates (tau > 1) have other covers, and are refused here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

from .._errors import InputError
from ..systems.coarse import Grain
from ..systems.states import nodes_of

RULES = ("all", "any", "odd")


def on_counts(rule: str, size: int) -> tuple[int, ...]:
    """Return the numbers of ON elements that mean ON under a rule, for a group of `size`.

    >>> [on_counts(rule, 3) for rule in RULES]
    [(3,), (1, 2, 3), (1, 3)]
    """
    if rule == "all":
        return (size,)
    return tuple(range(1, size + 1, 1 if rule == "any" else 2))


def rules_of(on: Sequence[int], size: int) -> tuple[str, ...]:
    """Return which of the three rules a group follows: all of them for a single element, none for a rigid group.

    >>> rules_of((2,), 2), rules_of((1,), 1), rules_of((2, 3), 3)
    (('all',), ('all', 'any', 'odd'), ())
    """
    return tuple(rule for rule in RULES if on_counts(rule, size) == tuple(on))


@lru_cache(maxsize=64)
def rigid_maps(size: int) -> tuple[tuple[int, ...], ...]:
    """Return the ON counts of every rigid group of `size` elements.

    >>> rigid_maps(2), rigid_maps(3)
    ((), ((1,), (2,), (1, 2), (2, 3)))
    """
    ruled = {on_counts(rule, size) for rule in RULES}
    return tuple(on for mask in range(2, 2 << size, 2) if (on := nodes_of(mask)) not in ruled)


def merges(grain: Grain, most: int | None = None) -> Iterator[Grain]:
    """Yield the grains that cover `grain` from above: its next coarser ones.

    Parameters
    ----------
    grain : Grain
        Spatial (tau = 1).
    most : int, optional
        Largest number of single elements put together at once; there are about ``2**most`` rules for each choice of
        them. Default: no limit, so that every cover is there. Two groups are put together in any case.

    Examples
    --------
    >>> pairs = Grain(((0, 1), (2, 3)), ((2,), (2,)))
    >>> [str(above) for above in merges(pairs)]
    ['{0123} ON=4']
    >>> micro = Grain(((0,), (1,), (2,)), ((1,), (1,), (1,)))
    >>> len(list(merges(micro))), len(list(merges(micro, most=2)))
    (13, 9)
    """
    parts = _parts(grain)
    kinds = [rules_of(on, len(group)) for group, on in parts]
    for a, b in combinations(range(len(parts)), 2):
        for rule in kinds[a]:
            if rule in kinds[b]:
                members = tuple(sorted(parts[a][0] + parts[b][0]))
                rest = [part for g, part in enumerate(parts) if g not in (a, b)]
                yield _grain([*rest, (members, on_counts(rule, len(members)))])
    singles = [g for g, (group, _) in enumerate(parts) if len(group) == 1]
    for size in range(3, min(len(singles), len(singles) if most is None else most) + 1):
        for chosen in combinations(singles, size):
            rest = [part for g, part in enumerate(parts) if g not in chosen]
            members = tuple(parts[g][0][0] for g in chosen)
            for on in rigid_maps(size):
                yield _grain([*rest, (members, on)])


def splits(grain: Grain, most: int | None = None) -> Iterator[Grain]:
    """Yield the grains that `grain` covers: its next finer ones.

    Parameters
    ----------
    grain : Grain
        Spatial (tau = 1).
    most : int, optional
        Largest number of macro elements that the finer grain may have (a rigid group falls into single elements).

    Examples
    --------
    >>> [str(below) for below in splits(Grain(((0, 1, 2),), ((3,),)))]
    ['{0}{12} ON=1|2', '{01}{2} ON=2|1', '{02}{1} ON=2|1']
    >>> [str(below) for below in splits(Grain(((0, 1, 2),), ((2, 3),)))]
    ['012']
    """
    parts = _parts(grain)
    for g, (group, on) in enumerate(parts):
        rest = parts[:g] + parts[g + 1 :]
        room = len(parts) + 1 if most is None else most - len(rest)
        rules = rules_of(on, len(group))
        if len(group) == 1:
            continue
        if not rules and (most is None or room >= len(group)):
            yield _grain([*rest, *(((i,), (1,)) for i in group)])
        if room < 2:
            continue
        for rule in rules:
            first, others = group[0], group[1:]
            for chosen in range((1 << len(others)) - 1):  # all but the whole group
                inside = (first, *(i for p, i in enumerate(others) if chosen >> p & 1))
                outside = tuple(i for p, i in enumerate(others) if not chosen >> p & 1)
                yield _grain([*rest, *((part, on_counts(rule, len(part))) for part in (inside, outside))])


def drops(grain: Grain) -> Iterator[Grain]:
    """Yield the grains without one of the macro elements: its micro elements leave the candidate set.

    >>> [str(smaller) for smaller in drops(Grain(((0, 1), (2,)), ((2,), (1,))))]
    ['2', '{01} ON=2']
    """
    parts = _parts(grain)
    if len(parts) > 1:
        for g in range(len(parts)):
            yield _grain(parts[:g] + parts[g + 1 :])


def adds(grain: Grain, nodes: Sequence[int]) -> Iterator[Grain]:
    """Yield the grains with one more of `nodes` in the candidate set, as a macro element of its own.

    >>> [str(larger) for larger in adds(Grain(((0, 1),), ((2,),)), range(3))]
    ['{01}{2} ON=2|1']
    """
    parts = _parts(grain)
    for node in nodes:
        if node not in grain.nodes:
            yield _grain([*parts, ((int(node),), (1,))])


Part = tuple[tuple[int, ...], tuple[int, ...]]


def _parts(grain: Grain) -> list[Part]:
    """Groups with their ON counts; refuses macro steps of several updates."""
    if grain.tau > 1:
        raise InputError(
            "grain",
            expected="a spatial grain (tau = 1)",
            got=f"tau = {grain.tau}",
            remedy="Covers over several updates are not known here: scan(..., max_tau=...) lists all grains.",
        )
    return list(zip(grain.groups, grain.mapping, strict=True))


def _grain(parts: Sequence[Part]) -> Grain:
    return Grain(tuple(group for group, _ in parts), tuple(on for _, on in parts))
