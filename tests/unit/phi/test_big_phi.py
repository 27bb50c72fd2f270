"""Rules of the engine that have a name of their own."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.phi.compiled import kernels
from causalgrain.phi.cost import describe_seconds
from causalgrain.systems.gates import AND, COPY


def test_a_single_element_has_phi_only_if_asked():
    loop = cg.Network([[0.0], [1.0]])
    result = cg.big_phi(loop, "1")
    assert (result.phi, result.reason) == (0.0, "a single micro element")
    # Cutting the self-loop destroys the one concept: phi 1/2 times (cause 1/2 + effect 1/2).
    assert cg.big_phi(loop, "1", self_loop=True).phi == pytest.approx(0.5)
    assert cg.big_phi(cg.Network([[0.5], [0.5]]), "1", self_loop=True).phi == 0.0


def test_single_macro_element_says_why():
    net = cg.published("hoel2016-fig2")
    whole = cg.as_grain(["ABCD"], labels="ABCD")
    assert cg.big_phi(net, "0000", grain=whole).reason == "a single macro element"
    assert cg.big_phi(net, "0000", grain=whole, one_element="pyphi").phi > 0


def test_no_concepts_is_told():
    noise = cg.Network(np.full((4, 2), 0.5), np.ones((2, 2)))
    assert cg.big_phi(noise, "00").reason == "no concepts"


def test_when_the_cut_structure_carries_more_phi_than_the_whole():
    """The deficit of the whole goes to its null concept, so no mass is negative; found by search, frozen by the oracle.

    One macro element of Fig. 2's system: after the cut {A} -> rest the macro element's mechanism is *more* irreducible.
    """
    from causalgrain.phi.macro import spatial_macro
    from causalgrain.phi.prepared import prepare
    from causalgrain.phi.searches import MacroSearch

    found = 0
    net = cg.published("hoel2016-fig2")
    for mapping in ((1,), (2,), (3,), (1, 4), (2, 3), (1, 2, 4)):
        grain = cg.Grain(((0, 1, 2, 3),), (mapping,))
        search = MacroSearch(spatial_macro(prepare(net, (0, 0, 0, 0), (0, 1, 2, 3)), grain, 1.0))
        whole = search.whole()
        for source in search.cuts:
            system, _, _, _, part = search.after(source, whole)
            distance = kernels().distance.structure_distance(whole[0], whole[2], system, part, np.inf, 1e-9)
            gain = part.phi.sum() - whole[2].phi.sum()
            if gain > 1e-6:
                found += 1
                # At least the surplus must travel from the null concept to the concept it lands on.
                null = kernels().distance.concept_distance(whole[0], whole[2], 0, system, part, 1)
                assert distance >= gain * null - 1e-12 > 0
    assert found > 0


def test_background_is_frozen_in_its_state():
    net = cg.Network.from_gates({"A": AND("B", "C"), "B": COPY("A"), "C": COPY("C")})
    # With C on, A copies B; with C off, A is off whatever B does.
    assert cg.big_phi(net, "111", ["A", "B"]).phi == pytest.approx(1.0)
    assert cg.big_phi(net, "000", ["A", "B"]).phi == 0.0


def test_unreachable_candidate_set_names_itself():
    with pytest.raises(cg.UnreachableStateError, match="A with the others frozen"):
        cg.big_phi(cg.published("basic"), "100", ["A"])


def test_result_prints_as_a_table():
    text = repr(cg.big_phi(cg.published("basic"), "100"))
    assert text.startswith("Phi = 2.312500 of ABC in state 100\nMIP: cut {BC} -> {A}")
    assert "{AB}       0.333333" in text
    rows = text.splitlines()[4:8]
    assert len({len(row) for row in rows}) == 1  # columns stay in line whatever the names
    assert "big_phi(state='100'" in text


def test_structure_looks_up_by_mechanism():
    structure = cg.big_phi(cg.published("basic"), "100").structure
    assert structure[(0, 1)].phi == pytest.approx(1 / 3)
    with pytest.raises(KeyError, match="is no concept"):
        structure[(0,)]


def test_provenance_carries_conventions():
    provenance = cg.big_phi(cg.published("basic"), "100").provenance
    assert provenance.settings["state"] == "100"
    assert "earth mover's distance" in provenance.conventions["distance"]
    assert provenance.input_hash == cg.published("basic").hash


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.21, "0.21 s"),
        (90, "90 s"),
        (600, "10 min"),
        (18000, "5 h"),
        (86400 * 40, "40 days"),
        (float("inf"), "more time"),
    ],
)
def test_durations_in_words(seconds, words):
    assert describe_seconds(seconds).startswith(words)


@pytest.mark.parametrize(
    ("p", "q", "says"),
    [
        ([0.5, 0.5], [1, 0, 0, 0], "as many states as p"),
        ([0.5, 0.5, 0], [0.5, 0.5, 0], r"2\*\*n"),
        ([0.5, 0.4], [0.5, 0.5], "sum of 0.9"),
        ([1.5, -0.5], [0.5, 0.5], "minimum of -0.5"),
    ],
)
def test_emd_refuses_what_is_no_distribution(p, q, says):
    with pytest.raises(cg.InputError, match=says):
        cg.emd(p, q)


def test_concepts_are_made_when_asked_for_and_survive_pickling_and_saving(tmp_path):
    import pickle

    result = cg.big_phi(cg.published("basic"), "100")
    assert "concepts" not in vars(result.structure)
    again = pickle.loads(pickle.dumps(result))
    assert [c.mechanism for c in again.structure] == [c.mechanism for c in result.structure]
    assert "concepts" in vars(result.structure)
    saved = cg.load(cg.save(result, tmp_path / "r.h5"))
    assert saved.structure.unconstrained == result.structure.unconstrained == ((0, 0.75), (1, 0.5), (2, 0.5))
    with pytest.raises(AttributeError, match="no attribute 'concept'"):
        result.structure.concept  # noqa: B018
