"""The order of grains, against brute force over all states and histories."""

from itertools import product

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains import order as order_module
from causalgrain.grains.lattice import GrainTable, grains_of, join
from causalgrain.grains.order import classes, coarsens, lattice
from causalgrain.systems.coarse import Grain


def everything(n, taus=(1,), by_sequence=False):
    names = tuple("ABCDEF"[:n])
    sets = [[i for i in range(n) if mask >> i & 1] for mask in range(1, 1 << n)]
    return join([grains_of(s, names, tau, by_sequence) for tau in taus for s in sets])


def macro_of_blocks(grain, blocks):
    """One number a block (blocks, tau, n): the grain's macro state, from counts alone."""
    state = np.zeros(len(blocks), dtype=np.int64)
    for g, (group, on) in enumerate(zip(grain.groups, grain.mapping, strict=True)):
        counts = blocks[:, :, list(group)].sum(axis=2)
        if isinstance(on[0], tuple):
            is_on = (counts[:, None, :] == np.array(on)).all(axis=2).any(axis=1)
        else:
            is_on = np.isin(counts.sum(axis=1), on)
        state += is_on.astype(np.int64) << g
    return state


def brute(grains, n):
    """Whether grain j is a function of grain i, [j, i], by looking at every history of j's macro step."""
    found = np.zeros((len(grains), len(grains)), dtype=bool)
    taus = sorted({g.tau for g in grains})
    for tau in taus:
        histories = np.array(list(product((0, 1), repeat=n * tau))).reshape(-1, tau, n)
        coarse = [j for j, g in enumerate(grains) if g.tau == tau]
        states = np.array([macro_of_blocks(grains[j], histories) for j in coarse])
        for i, fine in enumerate(grains):
            if tau % fine.tau:
                continue
            known = np.zeros(len(histories), dtype=np.int64)
            for step in range(0, tau, fine.tau):
                known = known << len(fine.groups) | macro_of_blocks(fine, histories[:, step : step + fine.tau])
            fits = np.ones(len(coarse), dtype=bool)
            for one in np.unique(known):
                alike = states[:, known == one]
                fits &= (alike == alike[:, :1]).all(axis=1)
            found[coarse, i] = fits
    return found


def as_matrix(order):
    return np.unpackbits(order.below, axis=1, count=len(order)).astype(bool)


@pytest.mark.parametrize(
    ("n", "taus", "by_sequence"),
    [(3, (1,), False), (4, (1,), False), (2, (1, 2, 3), False), (1, (1, 2, 4), False), (2, (1, 2), True)],
)
def test_the_order_is_that_of_functions_of_states(n, taus, by_sequence):
    table = everything(n, taus, by_sequence)
    grains = list(table)
    expected = brute(grains, n)
    found = as_matrix(lattice(table))
    assert np.array_equal(found | np.eye(len(table), dtype=bool), expected)
    for j in range(0, len(grains), 5):
        assert [coarsens(fine, grains[j]) for fine in grains] == expected[j].tolist()


def test_counts_and_sequences_compare():
    # Mixed tables, and single grains whose groups are mapped in both ways.
    table = everything(2, (1, 2))
    mixed = [
        Grain(((0,), (1,)), (((0, 1), (1, 1)), (1, 2)), tau=2),
        Grain(((0,), (1,)), (((1, 0),), ((0, 1),)), tau=2),
        Grain(((0, 1),), (((0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)),), tau=2),
        Grain(((0, 1),), (((0, 2), (1, 2), (2, 2)),), tau=2),
        Grain(((0,),), ((1, 2, 3, 4),), tau=4),
        Grain(((0,),), (((0, 1, 0, 1), (1, 1, 1, 1)),), tau=4),
        Grain(((1,),), (((0, 0, 0, 1),),), tau=4),
    ]
    grains = [*list(table)[::3], *mixed]
    expected = brute(grains, 2)
    assert [[coarsens(fine, coarse) for fine in grains] for coarse in grains] == expected.tolist()
    # By its last update alone, A over two updates is a function of A at each.
    assert coarsens(Grain(((0,),), ((1,),)), Grain(((0,),), (((0, 1), (1, 1)),), tau=2))


def test_a_step_that_does_not_divide_is_no_refinement():
    one = Grain(((0,),), ((1, 2),), tau=2)
    assert not coarsens(one, Grain(((0,),), ((1, 2, 3),), tau=3))
    assert not coarsens(one, Grain(((0,),), ((1,),)))
    assert coarsens(Grain(((0,),), ((1,),)), Grain(((0,),), ((1, 2, 3),), tau=3))


def test_alike_counts_by_hand():
    # Two pairs with ON = both: 0 or 1 of each, so 0-2 together; 2 + 0 or 1; 4.
    pair = (2, 0b100, 1, False)
    assert classes((pair, pair), 4, 1, False) == (0b01111, 0b10000)
    # Two with ON = exactly one tell nothing of 0 against 2, but all of 1.
    assert classes(((2, 0b010, 1, False),), 2, 1, False) == (0b010, 0b101)
    # One update after the other: A, two times; as sequences all four differ, (0,0) (1,0) (0,1) (1,1).
    assert classes(((1, 0b10, 1, False),), 1, 2, True) == (1, 2, 4, 8)
    # The count over two updates does not tell (1,0) from (0,1), bits 1 and 2.
    assert classes(((1, 0b010, 2, False),), 1, 2, True) == (0b0110, 0b1001)


def test_covers_are_the_transitive_reduction():
    table = everything(4)
    order = lattice(table)
    below = as_matrix(order).astype(np.int64)
    coarse, fine = np.nonzero((below > 0) & (below @ below == 0))
    assert {tuple(edge) for edge in order.covers.tolist()} == set(zip(fine.tolist(), coarse.tolist(), strict=True))
    assert len(order.covers) == len(set(map(tuple, order.covers.tolist())))


def test_only_chosen_rows_are_in_the_order():
    table = everything(3)
    labels = [table.label(row) for row in range(len(table))]
    rows = sorted(labels.index(name) for name in ("ABC", "A", "{AB}{C} ON=2|1", "{ABC} ON=3", "{ABC} ON=1"))
    whole, part = lattice(table), lattice(table, which=rows[::-1])
    assert part.rows.tolist() == rows
    assert part.level.tolist() == table.level[rows].tolist()
    assert {labels[row] for row in part.finer(labels.index("{ABC} ON=3"))} == {"ABC", "{AB}{C} ON=2|1"}
    assert {labels[row] for row in part.finer(labels.index("{ABC} ON=1"))} == {"ABC"}
    for row in part.rows.tolist():
        assert part.finer(row).tolist() == [r for r in whole.finer(row).tolist() if r in part.rows]
        assert part.coarser(row).tolist() == [r for r in whole.coarser(row).tolist() if r in part.rows]
    assert repr(part).startswith("order of 5 of 32 grains, ")
    # A, B leave nothing between A B C and A alone once {A B} is not in the order.
    ends = [labels.index(name) for name in ("ABC", "A")]
    assert lattice(table, which=ends).covers.tolist() == [ends]
    assert ends not in whole.covers.tolist()


def test_by_default_admitted_grains_compete():
    profile = cg.scan(cg.published("hoel2016-fig2"), "0000")
    assert lattice(profile).rows.tolist() == np.flatnonzero(profile.admitted).tolist()
    assert len(lattice(profile, which="all")) == 185
    assert len(lattice(profile, which=np.array([], dtype=int)).covers) == 0
    outside = int(np.flatnonzero(~profile.admitted)[0])
    with pytest.raises(cg.InputError, match=r'Only admitted grains are in it by default: lattice.profile, which="all"'):
        lattice(profile).finer(outside)


def test_a_coarser_grain_may_have_a_lower_level():
    # Leaving {AB} out of {AB}{C}: a function of it, though C alone is at level 0.
    fine, coarse = Grain(((0, 1), (2,)), ((2,), (1,))), Grain(((2,),), ((1,),))
    assert (fine.level, coarse.level) == (1, 0)
    assert coarsens(fine, coarse)
    assert not coarsens(coarse, fine)


def test_all_grains_of_six_elements_fit():
    order = lattice(everything(6))
    assert (len(order), order.below.nbytes) == (8948, 8948 * 1119)
    names = tuple("ABCDEF")
    full = grains_of(range(6), names)
    # Every grain is a function of the full micro grain, and of nothing else if it is that one.
    start = int(np.flatnonzero((order.grains.n_nodes == 6) & (order.grains.level == 0))[0])
    assert order.grains[start] == full[0]
    assert len(order.coarser(start)) == 8947
    assert len(order.finer(start)) == 0


def test_what_is_refused(monkeypatch):
    table = everything(2)
    with pytest.raises(cg.InputError, match="grains of a network"):
        lattice("ABC")  # type: ignore[arg-type]
    for bad in ([99], [-1], [0.5], ["a", 1], "some"):
        with pytest.raises(cg.InputError, match="rows from 0 to 5"):
            lattice(table, which=bad)
    monkeypatch.setattr(order_module, "MAX_ROWS", 5)
    with pytest.raises(cg.CausalGrainError, match=r'at most 5 grains, got 6\. Take fewer: .*nodes="full"'):
        lattice(table)
    monkeypatch.setattr(order_module, "MAX_ROWS", 6)
    monkeypatch.setattr(order_module, "MAX_FUNCTIONS", 29)
    with pytest.raises(cg.CausalGrainError, match="6 grains x 5 macro elements"):
        lattice(table)


def test_an_empty_table():
    table = everything(2)
    none = GrainTable(table.group[:0], table.on_counts[:0], table.labels)
    assert repr(lattice(none)) == "order of 0 grains, 0 pairs (finer, coarser)"
    assert lattice(none).covers.shape == (0, 2)
