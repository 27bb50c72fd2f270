"""Covers made on the fly, against the order itself: functions of states compared by brute force."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains.lattice import grains_of
from causalgrain.grains.neighbours import adds, drops, merges, on_counts, rigid_maps, rules_of, splits
from causalgrain.systems.coarse import Grain, micro_grain


def state_classes(grain: Grain, n: int) -> np.ndarray:
    """The macro state of each of 2**n micro states, by counting; shares no code with the package's order."""
    out = []
    for x in range(1 << n):
        bits = [sum(x >> i & 1 for i in group) in on for group, on in zip(grain.groups, grain.mapping, strict=True)]
        out.append(sum(bit << g for g, bit in enumerate(bits)))
    return np.array(out)


def covers_by_brute_force(n: int) -> set[tuple[int, int]]:
    """All (finer, coarser) pairs with nothing between, from the definition of the order."""
    grains = list(grains_of(range(n), tuple("ABCDEFGH"[:n])))
    classes = [state_classes(g, n) for g in grains]
    kinds = [len(set(c.tolist())) for c in classes]
    above = np.zeros((len(grains), len(grains)), dtype=bool)
    for i, fine in enumerate(classes):
        for j, coarse in enumerate(classes):
            if i != j and kinds[j] < kinds[i]:
                # A function of the finer macro state: no finer state is split between two coarser ones.
                above[i, j] = len(set(zip(fine.tolist(), coarse.tolist(), strict=True))) == kinds[i]
    between = above.astype(np.int32) @ above.astype(np.int32) > 0
    return {(int(i), int(j)) for i, j in np.argwhere(above & ~between)}


@pytest.mark.parametrize("n", [2, 3, 4])
def test_covers_are_those_of_the_order(n):
    grains = list(grains_of(range(n), tuple("ABCDEFGH"[:n])))
    row = {grain: i for i, grain in enumerate(grains)}
    expected = covers_by_brute_force(n)
    up = [(row[g], row[above]) for g in grains for above in merges(g)]
    down = [(row[below], row[g]) for g in grains for below in splits(g)]
    assert len(up) == len(set(up))
    assert len(down) == len(set(down))
    assert set(up) == expected
    assert set(down) == expected


def test_every_grain_of_five_is_reached_from_the_micro_grain():
    """And merges are splits read backwards, where brute force would take too long."""
    grains = set(grains_of(range(5), tuple("ABCDE")))
    seen, edge = {micro_grain(tuple(range(5)))}, [micro_grain(tuple(range(5)))]
    up = set()
    while edge:
        grain = edge.pop()
        for above in merges(grain):
            up.add((grain, above))
            if above not in seen:
                seen.add(above)
                edge.append(above)
    assert seen == grains
    assert up == {(below, grain) for grain in grains for below in splits(grain)}


def test_majority_of_three_covers_the_micro_grain_at_once():
    micro = micro_grain((0, 1, 2))
    majority = Grain(((0, 1, 2),), ((2, 3),))
    assert majority in set(merges(micro))
    assert list(splits(majority)) == [micro]
    assert not list(merges(majority))
    assert majority not in set(merges(micro, most=2))
    both = Grain(((0, 1), (2,)), ((2,), (1,)))
    assert majority not in set(merges(both))
    assert set(merges(both)) == {Grain(((0, 1, 2),), ((3,),))}


def test_rules_of_two_and_rigid_maps_count_all_maps():
    for size in range(1, 7):
        ruled = {on_counts(rule, size) for rule in ("all", "any", "odd")}
        assert len(ruled) + len(rigid_maps(size)) == 2**size - 1
        assert all(not rules_of(on, size) for on in rigid_maps(size))
    assert [len(rigid_maps(size)) for size in (1, 2, 3, 4)] == [0, 0, 4, 12]


def test_unlike_groups_do_not_merge():
    assert not list(merges(Grain(((0, 1), (2, 3)), ((2,), (1, 2)))))
    assert [str(g) for g in merges(Grain(((0, 1), (2, 3)), ((1,), (1,))))] == ["{0123} ON=1,3"]


def test_limits():
    micro = micro_grain(tuple(range(5)))
    assert len(list(merges(micro, most=3))) == 10 * 3 + 10 * 4
    big = Grain((tuple(range(6)), (6,)), ((6,), (1,)))
    assert len(list(splits(big))) == 31
    assert not list(splits(big, most=2))
    assert not list(splits(Grain((tuple(range(6)), (6,)), ((3,), (1,))), most=6))
    assert len(list(splits(Grain((tuple(range(6)), (6,)), ((3,), (1,))), most=7))) == 1


def test_elements_come_and_go():
    grain = Grain(((0, 1), (3,)), ((2,), (1,)))
    assert {g.nodes for g in drops(grain)} == {(3,), (0, 1)}
    assert [g.nodes for g in adds(grain, range(5))] == [(0, 1, 2, 3), (0, 1, 3, 4)]
    assert not list(drops(Grain(((0, 1),), ((2,),))))
    for one in adds(grain, range(5)):
        assert grain in set(drops(one))


def test_macro_steps_in_time_are_refused():
    grain = Grain(((0,), (1,)), ((1, 2), (1, 2)), tau=2)
    for moves in (merges, splits, drops):
        with pytest.raises(cg.InputError, match=r"tau = 2.*max_tau"):
            list(moves(grain))


def test_merges_of_pairs_are_counted_by_hand():
    """Four singles, one pair: 6 choices of 2 singles by 3 rules, 4 of 3 by 4, 1 of 4 by 12, 4 of pair and single."""
    grain = Grain(((0,), (1,), (2,), (3,), (4, 5)), ((1,), (1,), (1,), (1,), (2,)))
    assert len(list(merges(grain))) == 6 * 3 + 4 * 4 + 12 + 4
