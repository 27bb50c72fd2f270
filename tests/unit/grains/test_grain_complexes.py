"""Complexes over all grains: exclusion, ties, emergence."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains.complexes import complexes_over_grains
from causalgrain.systems.gates import COPY


@pytest.fixture(scope="module")
def fig6():
    return cg.published("hoel2016-fig6")


def two_copies():
    """Two pairs of elements that read each other, apart."""
    return cg.Network.from_gates({"A": COPY("B"), "B": COPY("A"), "C": COPY("D"), "D": COPY("C")})


def greedy(profile):
    """The rule once more, grain by grain over a sorted list."""
    rows = [
        (-round(phi, 9), grain.level, -len(grain.nodes), row, grain)
        for row, (phi, grain, admitted) in enumerate(
            zip(profile.values(), profile.grains, profile.admitted, strict=True)
        )
        if admitted and phi > 1e-9
    ]
    taken, chosen = set(), []
    for *_, row, grain in sorted(rows, key=lambda r: r[:4]):
        if not taken & set(grain.nodes):
            taken |= set(grain.nodes)
            chosen.append(row)
    return chosen


@pytest.mark.parametrize("state", ["000000", "111111", "110011"])
def test_as_one_list_sorted_by_the_rule(fig6, state):
    profile = cg.scan(fig6, state)
    found = complexes_over_grains(profile)
    assert [member.index for member in found] == greedy(profile)
    for member in found:
        assert member.value == profile.values()[member.index]
        assert member.grain == profile.grains[member.index]
        assert member.label == profile.grains.label(member.index)
    nodes = [i for member in found for i in member.grain.nodes]
    assert len(nodes) == len(set(nodes))
    assert [m.value for m in found] == sorted((m.value for m in found), reverse=True)


def test_a_network_is_scanned(fig6):
    found, same = complexes_over_grains(fig6, "111111"), complexes_over_grains(cg.scan(fig6, "111111"))
    assert list(found) == list(same)
    assert (len(found), found[0].label) == (3, "EF")
    assert found.provenance.verb == "complexes_over_grains"
    assert found.provenance.input_hash == fig6.hash
    assert "exclusion" in found.provenance.conventions
    text = repr(found)
    assert text.startswith("6 elements (A, B, C, D, E, F), state 111111: 3 complexes (of 1,211 admitted grains of 63 ")
    assert "  EF  Phi = 1.000000" in text
    assert "causal emergence -0.788472" in text


def test_emergence_is_over_all_candidate_sets(fig6):
    profile = cg.scan(fig6, "000000")
    found = complexes_over_grains(profile)
    phi, level, admitted = profile.values(), profile.grains.level, profile.admitted  # type: ignore[attr-defined]
    assert found.emergence == phi[admitted & (level > 0)].max() - phi[admitted & (level == 0)].max()
    assert found.micro is not None
    assert found.macro is not None
    assert (found.micro.label, found.macro.label) == ("ABCDEF", "{AB}{CD} ON=2|2")


def test_the_rest_of_a_system_is_looked_at():
    net = two_copies()
    found = complexes_over_grains(net, "0000")
    assert [member.label for member in found] == ["AB", "CD"]
    assert [member.value for member in found] == pytest.approx([1.0, 1.0])
    # Equal Phi without a common element is no tie of exclusion.
    assert found.ties == ()
    assert found.whole


def test_ties_between_overlapping_grains_are_reported():
    net = cg.Network.from_gates({"A": COPY("C"), "B": COPY("A"), "C": COPY("B"), "D": COPY("D")})
    profile = cg.scan(net, "0000")
    phi = profile.values().copy()
    labels = [profile.grains.label(row) for row in range(len(profile))]
    equal = [labels.index(name) for name in ("AB", "{AB}{C} ON=2|1", "ABD", "CD")]
    phi[:] = 0.0
    phi[equal] = 0.25
    data = profile.data.assign(phi=(("grain", "condition", "draw"), phi[:, None, None]))
    admitted = np.ones(len(profile), dtype=bool)
    made = type(profile)(data, profile.grains, profile.measures, "made up", profile.provenance).admit(admitted)
    found = complexes_over_grains(made)
    # The finer level, then the larger set: ABD. It excludes all three others.
    assert [member.label for member in found] == ["ABD"]
    assert set(found.ties) == {("ABD", "AB"), ("ABD", "CD"), ("ABD", "{AB}{C} ON=2|1")}
    assert "ABD  Phi = 0.250000  tied with 3 overlapping grains: AB, CD, {AB}{C} ON=2|1" in repr(found)


def test_exclusion_is_over_macro_steps_too():
    network = cg.Network(np.random.default_rng(3).random((16, 2)), order=2)
    profile = cg.scan(network, "01 10", max_tau=2, max_dependence=1.0)
    found = complexes_over_grains(network, "01 10", max_tau=2, max_dependence=1.0)
    assert [m.index for m in found] == greedy(profile)
    assert found.provenance.settings["max_tau"] == 2


def test_part_of_the_candidate_sets_is_said():
    profile = cg.scan(cg.published("hoel2016-fig2"), "0000", "full")
    found = complexes_over_grains(profile)
    assert not found.whole
    assert "note: not all candidate sets" in repr(found)


def test_no_complex():
    found = complexes_over_grains(cg.Network.from_gates({"A": COPY("A"), "B": COPY("B")}), "00")
    assert (len(found), found.emergence) == (0, 0.0)
    assert "no complex: Phi = 0 throughout" in repr(found)


def test_what_is_refused(fig6):
    profile = cg.scan(cg.published("hoel2016-fig2"), "0000")
    with pytest.raises(cg.InputError, match="state: expected nothing beside a profile"):
        complexes_over_grains(profile, "0000")
    with pytest.raises(cg.InputError, match="got max_tau"):
        complexes_over_grains(profile, max_tau=2)
    with pytest.raises(cg.InputError, match="Scan without best_only"):
        complexes_over_grains(cg.scan(fig6, "000000", best_only=True))
    with pytest.raises(cg.InputError, match="a state of the network"):
        complexes_over_grains(fig6)
