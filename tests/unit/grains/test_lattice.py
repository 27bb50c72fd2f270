"""How many grains there are, and that each is listed once."""

import pytest

from causalgrain.grains.lattice import count_all_grains, count_grains, grains_of, groupings, join, mappings


def test_counts_of_the_specification():
    assert {n: count_grains(n) for n in (4, 6, 8)} == {4: 89, 6: 3895, 8: 265186}
    assert {n: count_all_grains(n) for n in (4, 6, 8)} == {4: 185, 6: 8948, 8: 657588}
    assert round(count_grains(10) / 1e6, 1) == 25.4
    assert round(count_all_grains(10) / 1e6, 1) == 66.9


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_every_grain_once_the_micro_grain_first(n):
    grains = grains_of(range(n), tuple("ABCDEF"[:n]))
    listed = list(grains)
    assert len(listed) == len(set(listed)) == count_grains(n)
    assert listed[0].is_micro
    assert [g.level for g in listed] == sorted(g.level for g in listed)
    assert all(g.nodes == tuple(range(n)) for g in listed)


def test_groupings_are_the_bell_numbers():
    assert [len(groupings(n)) for n in range(1, 8)] == [1, 2, 5, 15, 52, 203, 877]


def test_mappings_are_all_two_way_splits_with_zero_off():
    assert list(mappings([2])) == [(0b010,), (0b100,), (0b110,)]
    assert len(list(mappings([1, 3]))) == 7


def test_grains_of_a_part_of_the_network():
    grains = grains_of([1, 3], tuple("ABCD"))
    assert [g.groups for g in grains] == [((1,), (3,)), ((1, 3),), ((1, 3),), ((1, 3),)]
    both = join([grains, grains_of([0], tuple("ABCD"))])
    assert (len(both), both[-1].nodes, both.label(4)) == (5, (0,), "A")
    assert both.index(grains[2]) == 2
    with pytest.raises(ValueError, match="not in this table"):
        both.index(grains_of([2], tuple("ABCD"))[0])
