"""Partitions of states: counts, order, macro TPMs and consistency against loops written here."""

import itertools

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.information import partitions as p
from causalgrain.systems.coarse import macro_indices, macro_tpm

STIRLING_7 = {7: 1, 6: 21, 5: 140, 4: 350, 3: 301, 2: 63, 1: 1}


def macro_by_loops(tpm, blocks):
    return np.array([[np.mean([sum(tpm[a, b] for b in B) for a in A]) for B in blocks] for A in blocks])


def inconsistency_by_loops(tpm, blocks, steps):
    """Walkers one by one, KL term by term."""
    macro = macro_by_loops(tpm, blocks)
    total = 0.0
    for start in range(len(tpm)):
        micro = np.eye(len(tpm))[start]
        walk = np.array([float(start in block) for block in blocks])
        for _ in range(steps):
            micro, walk = micro @ tpm, walk @ macro
            for block, q in zip(blocks, walk, strict=True):
                mass = sum(micro[i] for i in block)
                if mass > 0:
                    total += mass * np.log2(mass / q)
    return total


def test_all_partitions_once():
    labels = p.set_partitions(7)
    assert len(labels) == p.bell_number(7) == 877 == len({row.tobytes() for row in labels})
    assert (p.canonical(labels) == labels).all()
    blocks = labels.max(axis=1) + 1
    assert dict(zip(*np.unique(blocks, return_counts=True), strict=True)) == STIRLING_7
    assert (np.diff(blocks) <= 0).all()
    assert labels[0].tolist() == list(range(7))
    assert not labels[-1].any()


def test_nine_states():
    assert len(p.set_partitions(9)) == 21147


def test_refinement_against_sets():
    labels = p.set_partitions(4)
    for fine, coarse in itertools.product(labels, labels):
        inside = all(any(set(a) <= set(b) for b in p.blocks_of(coarse)) for a in p.blocks_of(fine))
        assert bool(p.refines(fine, coarse)) == inside


def test_refinement_of_more_states_than_fit_one_word():
    fine, coarse = np.arange(20), np.repeat(np.arange(10), 2)
    assert p.refines(fine, coarse)
    assert not p.refines(coarse, fine)
    other = coarse.copy()
    other[18] = 0
    assert p.refines(np.array([fine, other, coarse]), coarse).tolist() == [True, False, True]


def test_covers_are_the_partitions_one_merge_up():
    labels = p.set_partitions(5)
    for row in labels:
        m = row.max()
        above = {tuple(c) for c in labels if c.max() == m - 1 and p.refines(row, c)}
        assert {tuple(c) for c in p.covers(row)} == above


def test_macro_tpm_by_loops():
    tpm = np.random.default_rng(1).dirichlet(np.ones(5), size=5)
    blocks = ((0, 3), (1,), (2, 4))
    assert p.partition_tpm(tpm, blocks) == pytest.approx(macro_by_loops(tpm, blocks), abs=1e-15)
    assert p.partition_tpm(tpm, np.array([7, 2, 4, 7, 4])) == pytest.approx(macro_by_loops(tpm, blocks), abs=1e-15)


def test_macro_tpm_is_the_house_one():
    """A grain of elements as a partition of states: the same macro TPM, its states in order of first appearance."""
    net = cg.published("hoel2016-fig2")
    grain = cg.as_grain(["AB", "CD"], labels="ABCD")
    index = macro_indices(grain)
    order = [int(i) for i in dict.fromkeys(index.tolist())]
    expected = macro_tpm(net.tpm, grain)[np.ix_(order, order)]
    assert p.partition_tpm(net.state_by_state, index) == pytest.approx(expected, abs=1e-14)


def test_inconsistency_by_loops():
    tpm = np.random.default_rng(2).dirichlet(np.ones(5), size=5)
    tpm[0] = [0, 0, 1, 0, 0]
    for blocks in (((0, 3), (1,), (2, 4)), ((0, 1, 2, 3), (4,)), ((0, 1, 2, 3, 4),)):
        for steps in (1, 5):
            found = p.inconsistency(tpm, blocks, steps=steps)
            assert found == pytest.approx(inconsistency_by_loops(tpm, blocks, steps), abs=1e-12)
    assert p.inconsistency(tpm, [(0, 3)]) > 0.1
    assert p.inconsistency(tpm, [(0, 1, 2, 3, 4)]) == pytest.approx(0, abs=1e-14)


def test_inconsistency_in_bits_by_hand():
    """A cycle of three, two of its states merged: each of the two walkers is a coin the macroscale can't foresee."""
    assert p.inconsistency(np.eye(3)[[1, 2, 0]], [(0, 1)], steps=1) == pytest.approx(2.0, abs=1e-14)


def test_rows_that_end_after_seven_digits_are_consistent():
    tpm = np.array([[0.3333333, 0.3333333, 0.3333333], [0.3333333, 0.3333337, 0.3333330], [0, 0, 1]])
    assert 0 < p.inconsistency(tpm, [(0, 1)]) < 1e-9


def test_elements_grouped():
    labels = p.element_partitions(3)
    assert len(labels) == 5
    assert labels[0].tolist() == list(range(8))
    assert labels[-1].tolist() == [0, 1, 1, 2, 1, 2, 2, 3]  # all three together: how many are ON
    assert {tuple(row) for row in labels} >= {(0, 1, 1, 2, 3, 4, 4, 5)}  # elements 0 and 1, which vary fastest


def test_names_of_partitions():
    grains = p.StatePartitions(p.set_partitions(3), ("a", "b", "c"))
    assert [grains.label(i) for i in range(len(grains))] == ["(a)(b)(c)", "(a,b)(c)", "(a,c)(b)", "(a)(b,c)", "(a,b,c)"]
    assert grains[1] == ((0, 1), (2,))
    assert len(grains[1:3]) == 2
    assert grains.columns()["level"].tolist() == [0, 1, 1, 1, 2]
    many = p.StatePartitions(np.array([range(12), [0, 0, *range(1, 11)]]), tuple("abcdefghijkl"))
    assert [many.label(0), many.label(1)] == ["12 alone", "(a,b) and 10 alone"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: p.set_partitions(11), "678570|6.79e\\+05"),
        (lambda: p.element_partitions(9), "at most 8"),
        (lambda: p.partition_tpm(np.eye(3), [(0, 1), (1, 2)]), "one block at most"),
        (lambda: p.partition_tpm(np.eye(3), [(0, 3)]), "0 to 2"),
        (lambda: p.partition_tpm(np.eye(3), np.array([0, 1])), "one label for each of 3"),
        (lambda: p.partition_tpm(np.eye(3), 5), "blocks of state indices"),
        (lambda: p.inconsistency(np.eye(3), [(0, 1)], steps=0), "steps"),
    ],
)
def test_errors(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()
