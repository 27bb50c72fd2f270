"""Macro elements against their micro elements: the paper's numbers, the full search, closed forms, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import causalgrain as cg
from causalgrain.phi.first_order import FirstOrder, _of_products, functional_inputs
from causalgrain.phi.mechanisms import compare_mechanisms
from causalgrain.phi.results import Core, Part
from causalgrain.phi.structure import product_distribution
from causalgrain.systems.states import mask_of

FIG2 = cg.published("hoel2016-fig2")
NO_PARTS = (Part((), ()), Part((), ()))


def test_figure_two_of_the_paper():
    """ "Loses .09 by size, gains .28 by irreducible selectivity and .09 by shift": see the module on the first."""
    found = compare_mechanisms(FIG2, "0000", ["AB", "CD"])
    assert found.macro_wins == 2
    for group in found.groups:
        assert group.macro.phi == pytest.approx(0.455, abs=1e-9)
        assert group.macro.size == 1
        assert group.macro.irreducible == pytest.approx(0.365, abs=1e-9)
        assert group.macro.shift == pytest.approx(0.09, abs=1e-9)
        for one in group.micro:
            assert one.phi == pytest.approx(1 / 6, abs=1e-9)
            assert (one.size, one.shift) == (2, pytest.approx(0.0, abs=1e-9))
            assert one.irreducible == pytest.approx(1 / 12, abs=1e-9)
            assert one.effect is not None
            assert cg.selectivity(one.effect).irreducible == pytest.approx(0.0875, abs=1e-9)
        assert group.by_size == pytest.approx(-1 / 12, abs=1e-9)
        assert group.by_selectivity == pytest.approx(0.28, abs=0.005)
        assert group.by_shift == pytest.approx(0.09, abs=0.005)
    assert found.dependence < 1e-12
    assert found.sentence in repr(found)


@pytest.mark.parametrize(("name", "state"), [("hoel2016-fig2", "0000"), ("hoel2016-fig4", "000000"), ("basic", "100")])
def test_micro_mechanisms_are_those_of_the_full_search(name, state):
    net = cg.published(name)
    structure = cg.big_phi(net, state).structure
    found = compare_mechanisms(net, state, [[i] for i in range(net.n)])
    first_order = {c.mechanism: c for c in structure if len(c.mechanism) == 1}
    for i, group in enumerate(found.groups):
        one = group.micro[0]
        if (i,) not in first_order:
            assert one.phi == 0.0
            continue
        assert_same(one, first_order[i,])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000), st.integers(2, 4))
def test_mechanisms_of_random_systems_are_those_of_the_full_search(seed, n):
    rng = np.random.default_rng(seed)
    net = cg.Network(rng.random((1 << n, n)))
    state = tuple(int(v) for v in rng.integers(0, 2, n))
    groups = [[0, 1], *[[i] for i in range(2, n)]]
    found = compare_mechanisms(net, state, groups, [[2], *[[1]] * (n - 2)])
    micro = {c.mechanism: c for c in cg.big_phi(net, state).structure}
    grain = found.grain
    macro = {c.mechanism: c for c in cg.big_phi(net, state, grain=grain, max_dependence=1.0).structure}
    for g, group in enumerate(found.groups):
        pairs = zip(group.micro, grain.groups[g], strict=True)
        for one, i, known in [(group.macro, g, macro), *((o, i, micro) for o, i in pairs)]:
            if (i,) in known:
                assert_same(one, known[i,])
            else:
                assert one.phi == 0.0


def assert_same(one, concept):
    """Phi, purviews, repertoires and ties of both sides."""
    assert one.phi == pytest.approx(concept.phi, abs=1e-12)
    for mine, theirs in ((one.cause, concept.cause), (one.effect, concept.effect)):
        assert mine.purview == theirs.purview
        assert mine.phi == pytest.approx(theirs.phi, abs=1e-12)
        assert np.allclose(mine.repertoire, theirs.repertoire, rtol=0, atol=1e-12)
        assert cg.emd(mine.repertoire, mine.partitioned_repertoire) == pytest.approx(mine.phi, abs=1e-9)
        assert mine.partition == theirs.partition
        assert np.allclose(mine.partitioned_repertoire, theirs.partitioned_repertoire, rtol=0, atol=1e-12)
        assert set(mine.ties) == set(theirs.ties)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
def test_the_three_terms_sum_to_the_gain(seed):
    rng = np.random.default_rng(seed)
    found = compare_mechanisms(cg.Network(rng.random((16, 4))), rng.integers(0, 2, 4), [[0, 1, 2], [3]], [[2, 3], [1]])
    for group in found.groups:
        assert group.by_size + group.by_selectivity + group.by_shift == pytest.approx(group.gain, abs=1e-9)
        for one in (group.macro, *group.micro):
            assert one.size * (one.irreducible + one.shift) == pytest.approx(one.phi, abs=1e-9)
            assert one.shift >= -1e-9
            assert abs(one.irreducible) <= 0.5 + 1e-9


def ring_of_pairs(n: int) -> cg.Network:
    """Noisy AND pairs in a ring: both elements read the pair before."""
    states = np.arange(1 << n)
    tpm = np.empty((1 << n, n))
    for i in range(n):
        a = (i // 2 * 2 - 2) % n
        tpm[:, i] = np.where(states >> a & states >> (a + 1) & 1, 1.0, 0.3)
    edges = np.zeros((n, n), dtype=bool)
    for i in range(n):
        a = (i // 2 * 2 - 2) % n
        edges[[a, a + 1], i] = True
    return cg.Network(tpm, edges)


def test_sixteen_elements_look_like_four_locally():
    """In a ring of eight pairs every mechanism is that of Fig. 2: each pair reads one pair and is read by one."""
    net = ring_of_pairs(16)
    found = compare_mechanisms(net, "0" * 16, [[i, i + 1] for i in range(0, 16, 2)])
    assert found.macro_wins == 8
    for g, group in enumerate(found.groups):
        assert group.macro.phi == pytest.approx(0.455, abs=1e-9)
        assert group.macro.cause is not None
        assert group.macro.effect is not None
        assert (group.macro.cause.purview, group.macro.effect.purview) == (((g - 1) % 8,), ((g + 1) % 8,))
        for one in group.micro:
            assert one.phi == pytest.approx(1 / 6, abs=1e-9)
            assert one.cause is not None
            assert one.cause.purview == tuple(sorted(((2 * g - 2) % 16, (2 * g - 1) % 16)))


def test_elements_outside_all_groups_stand_for_themselves_or_are_frozen():
    whole = compare_mechanisms(FIG2, "0000", ["AB"], nodes=list("ABCD"))
    assert [g.macro.name for g in whole.groups] == ["AB", "C", "D"]
    assert len(whole.several) == 1
    frozen = compare_mechanisms(FIG2, "0000", ["AB", "C"])
    assert frozen.grain.nodes == (0, 1, 2)
    # With D frozen off nothing that A reads makes a difference.
    assert all(one.phi == 0.0 for one in frozen.groups[0].micro)
    assert "in no group" in frozen.sentence
    assert "nothing to compare" in compare_mechanisms(FIG2, "0000", [["A"], ["B"], ["C"], ["D"]]).sentence


def test_the_table_has_one_row_a_mechanism():
    table = compare_mechanisms(FIG2, "0000", ["AB", "CD"]).table
    assert list(table["mechanism"]) == ["AB", "A", "B", "CD", "C", "D"]
    assert list(table["level"]) == ["macro", "micro", "micro"] * 2
    assert table.loc[1, "cause_purview"] == (2, 3)
    assert table.loc[0, "cause_purview"] == (1,)
    assert table["by_size"].isna().tolist() == [False, True, True] * 2


def test_a_dependent_grain_says_so():
    found = compare_mechanisms(FIG2, "0000", ["AC", "BD"])
    assert found.dependence > 1e-8
    assert "conditionally dependent" in repr(found)


def test_functional_inputs():
    tpm = np.array([[0.1, 0.5], [0.1, 0.7], [0.2, 0.5], [0.2, 0.7]])
    assert functional_inputs(tpm) == [mask_of([1]), mask_of([0])]


def test_many_tied_effects_are_kept_as_one_purview():
    """Ten copies of one element: the core effect holds them all, and its ties are listed one by one."""
    states = np.arange(1 << 10)
    net = cg.Network(np.repeat((states & 1)[:, None] * 1.0, 10, axis=1))
    edges = [int(mask) for mask in np.ones(10)]
    core = FirstOrder(net.tpm, edges, 0, tuple(range(10)), 8, net.labels).effect(0)
    assert core is not None
    assert core.purview == tuple(range(10))
    assert core.phi == pytest.approx(0.5)
    assert core.ties == tuple((i,) for i in range(10))


def test_a_wide_effect_is_taken_apart_in_closed_form():
    """Against the transport, on an effect small enough for both."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        p, q = rng.random(4), rng.random(4)
        phi = float(np.abs(p - q).sum())
        core = Core("effect", (0, 1, 2, 3), phi, product_distribution(p), NO_PARTS, product_distribution(q), ())
        mine, theirs = _of_products(core), cg.selectivity(core)
        for name in ("direction", "size", "selectivity", "irreducible", "shift", "phi"):
            assert getattr(mine, name) == pytest.approx(getattr(theirs, name), abs=1e-9)


def test_one_element_that_drives_nine():
    """Nine elements read A, which reads all of two: the effect side counts, over nine elements."""
    states = np.arange(1 << 10)
    on = np.where(states & 1, 0.6, 0.4)
    first = np.where((states >> 1 & 1) + (states >> 2 & 1) == 2, 1.0, 0.0)
    net = cg.Network(np.column_stack([first, *[on] * 9]))
    found = compare_mechanisms(net, "1" + "0" * 9, [[0]], nodes=list(range(10)), max_inputs=8)
    one = found.groups[0].micro[0]
    assert one.effect is not None
    assert one.effect.purview == tuple(range(1, 10))
    assert one.phi == pytest.approx(0.1)
    assert one.size == 9
    assert one.irreducible == pytest.approx(0.1 / 9)


def test_refusals():
    dense = cg.Network(np.random.default_rng(0).random((1 << 9, 9)))
    with pytest.raises(cg.CostError, match=r"mechanism A: expected at most 8 elements that it reads, got 9"):
        compare_mechanisms(dense, "0" * 9, [[0, 1]], nodes=list(range(9)))
    with pytest.raises(cg.InputError, match=r"holds every group.*without B"):
        compare_mechanisms(FIG2, "0000", ["AB"], nodes="A")
    with pytest.raises(cg.InputError, match="the grain has its own"):
        compare_mechanisms(FIG2, "0000", cg.as_grain([[0, 1]]), [[1]])
    with pytest.raises(cg.InputError, match="tau = 2"):
        compare_mechanisms(FIG2, "0000", cg.as_grain([[0, 1]], tau=2))
    with pytest.raises(cg.UnreachableStateError):
        compare_mechanisms(cg.Network([[0, 0]] * 4), "11", [[0, 1]])
    with pytest.raises(cg.CostError, match="10 macro elements"):
        compare_mechanisms(ring_of_pairs(12), "0" * 12, [[i] for i in range(12)])


def test_a_result_survives_a_file(tmp_path, monkeypatch):
    from causalgrain import store

    homes = {"MechanismComparison": "mechanisms", "GroupComparison": "mechanisms"}
    homes |= {"Mechanism": "first_order", "Selectivity": "selectivity"}
    monkeypatch.setattr(store, "TYPES", store.TYPES | {name: f"phi.{home}" for name, home in homes.items()})
    found = compare_mechanisms(FIG2, "0000", ["AB", "CD"])
    cg.save(found, tmp_path / "mechanisms.h5")
    again = cg.load(tmp_path / "mechanisms.h5")
    assert repr(again) == repr(found)
    assert again.table.equals(found.table)
