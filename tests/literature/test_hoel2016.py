"""Published numbers of Hoel, Albantakis, Marshall & Tononi (2016), Figs. 2, 4 and 6.

Each is checked to the rounding of the paper's print, and to the digits recomputed since.
"""

import pytest

import causalgrain as cg


def printed(value, digits):
    return pytest.approx(value, abs=0.5 * 10**-digits + 1e-12)


@pytest.fixture(scope="module")
def fig2():
    return cg.published("hoel2016-fig2"), cg.scan(cg.published("hoel2016-fig2"), "0000")


@pytest.fixture(scope="module")
def fig4():
    return cg.published("hoel2016-fig4"), cg.scan(cg.published("hoel2016-fig4"), "000000")


def test_fig2_micro(fig2):
    result = cg.big_phi(fig2[0], "0000")
    assert result.phi == printed(0.11, 2)
    assert result.phi == pytest.approx(0.113889, abs=5e-7)
    assert [c.mechanism for c in result.structure] == [(0,), (1,), (2,), (3,)]
    for concept in result.structure:
        assert concept.phi == printed(0.17, 2)
        assert concept.phi == pytest.approx(1 / 6, abs=1e-12)
    assert (result.cut.from_nodes, result.cut.to_nodes) == ((0, 2), (1, 3))
    assert {(c.from_nodes, c.to_nodes) for c in result.ties} == {
        ((0, 3), (1, 2)),
        ((1, 3), (0, 2)),
        ((1, 2), (0, 3)),
    }


def test_fig2_macro_beats_micro(fig2):
    net, profile = fig2
    pairs = cg.as_grain(["AB", "CD"], labels="ABCD")
    assert profile.peak.grain == pairs
    assert profile.peak.value == printed(0.6, 1)
    assert profile.peak.value == pytest.approx(0.597213, abs=5e-7)
    assert profile.ties == ()
    result = cg.big_phi(net, "0000", grain=pairs)
    assert result.phi == pytest.approx(profile.peak.value, abs=1e-12)
    assert [c.phi for c in result.structure] == [printed(0.46, 2)] * 2
    assert [c.phi for c in result.structure] == pytest.approx([0.455] * 2, abs=1e-12)


def test_fig2_effective_information(fig2):
    net, profile = fig2
    assert cg.effective_information(net).bits == pytest.approx(1.1486, abs=5e-5)
    full = profile.data["nodes"].values == 4
    ei = profile.values("ei")
    assert ei[full].max() == pytest.approx(1.5518, abs=5e-5)
    best = [profile.grains[i] for i in range(len(profile)) if full[i] and ei[i] == ei[full].max()]
    assert best == [cg.as_grain(["AB", "CD"], labels="ABCD")]


def test_fig4_micro(fig4):
    result = cg.big_phi(fig4[0], "000000")
    assert result.phi == printed(0.19, 2)
    assert result.phi == pytest.approx(0.194445, abs=1e-6)
    assert result.phi == pytest.approx(7 / 36, abs=1e-12)
    assert [c.phi for c in result.structure] == [printed(0.167, 3)] * 6
    assert result.cut.from_nodes == (0,)
    assert result.cut.to_nodes == (1, 2, 3, 4, 5)
    # "MIP {A} -> rest (6 tied)": each single element against the others.
    assert {c.from_nodes for c in (result.cut, *result.ties)} == {(i,) for i in range(6)}


def test_fig4_macro_beats_micro(fig4):
    net, profile = fig4
    pairs = cg.as_grain(["AB", "CD", "EF"], labels="ABCDEF")
    assert profile.peak.grain == pairs
    assert profile.peak.value == printed(0.83, 2)
    assert profile.peak.value == pytest.approx(0.834183, abs=1.5e-6)
    result = cg.big_phi(net, "000000", grain=pairs)
    assert [c.phi for c in result.structure] == pytest.approx([0.5] * len(result.structure), abs=1e-12)
    cuts = {(c.from_nodes, c.to_nodes) for c in (result.cut, *result.ties)}
    assert ((0, 1, 2, 3, 4), (5,)) in cuts


def test_fig4_number_of_grains_that_are_independent(fig4):
    profile = cg.scan(fig4[0], "000000", "full")
    assert len(profile) == 3895
    assert profile.n_admitted - 1 == 271  # micro grain aside


def test_fig6_macro_whatever_e_and_f_read():
    for name in ("hoel2016-fig6",):
        profile = cg.scan(cg.published(name), "000000", ["A", "B", "C", "D"])
        pairs = profile.grains.index(cg.as_grain(["AB", "CD"], labels="ABCDEF"))
        assert profile.values()[pairs] == pytest.approx(0.597213, abs=5e-7)
    from causalgrain.systems.gates import AND
    from causalgrain.systems.published import SYSTEMS

    for e_reads, f_reads in (("AB", "CD"), ("AD", "BC"), ("BD", "AC")):
        gates = SYSTEMS["hoel2016-fig6"].gates() | {"E": AND(*e_reads), "F": AND(*f_reads)}
        net = cg.Network.from_gates(gates)
        grain = cg.as_grain(["AB", "CD"], labels="ABCDEF")
        assert cg.big_phi(net, "000000", grain=grain).phi == pytest.approx(0.597213, abs=5e-7)


def test_fig6_candidate_inputs_of_e_and_f():
    """What the named candidate gives; the paper's own inputs are only in a figure."""
    net = cg.published("hoel2016-fig6")
    assert cg.effective_information(net).bits == pytest.approx(2.7269, abs=5e-5)
    assert cg.big_phi(net, "000000").phi == pytest.approx(0.1625, abs=5e-5)
    found = cg.complexes(net, "111111")
    assert (found[0].nodes, round(found[0].phi, 6)) == ((4, 5), 1.0)


def test_with_every_grain_admitted_fig6_changes_its_answer():
    """Why conditional dependence matters: with everything admitted, macro Phi is 1.147 at 0^6.

    That is the largest of all 8,948 grains (benchmarks look at every one); it lies at a dependent grain.
    """
    grain = cg.as_grain(["A", "BC", "D", "E", "F"], labels="ABCDEF")
    net = cg.published("hoel2016-fig6")
    with pytest.raises(cg.ConditionalDependenceError, match=r"dependence 0\.3189"):
        cg.big_phi(net, "000000", grain=grain)
    assert cg.big_phi(net, "000000", grain=grain, max_dependence=1.0).phi == pytest.approx(1.147, abs=5e-4)
