"""Laws of selectivity: phi = size (irreducible + shift), shift >= 0, |irreducible| <= .5, distances are a metric."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import causalgrain as cg


@st.composite
def results(draw):
    n = draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    on = rng.random((1 << n, n)) ** draw(st.sampled_from((1, 6)))
    if draw(st.booleans()):
        on = on.round()
    net = cg.Network(on)
    states = [tuple(s >> i & 1 for i in range(n)) for s in range(1 << n)]
    return cg.big_phi(net, draw(st.sampled_from([s for s in states if net.reachable(s)])))


@settings(max_examples=40, deadline=None)
@given(results())
def test_phi_falls_into_its_parts(result):
    for concept in result.structure:
        for core in (concept.cause, concept.effect):
            s = cg.selectivity(core)
            assert s.size == len(core.purview)
            assert core.phi == pytest.approx(s.size * (s.irreducible + s.shift), abs=1e-12)
            assert s.shift >= -1e-12
            assert abs(s.irreducible) <= 0.5 + 1e-12
            assert s.irreducible <= s.selectivity + 1e-12
        least = cg.selectivity(concept)
        assert least.phi == pytest.approx(concept.phi, abs=1e-9)
        assert least.level == (abs(concept.cause.phi - concept.effect.phi) <= 1e-9)


@settings(max_examples=25, deadline=None)
@given(results())
def test_distances_between_concepts_are_a_metric_on_a_common_purview(result):
    d = cg.concept_distances(result)
    assert (d == d.T).all()
    assert (np.diag(d) == 0).all()
    assert (d[~np.eye(len(d), dtype=bool)] >= 0).all()
    full = tuple(range(len(result.state)))
    common = [c for c in result.structure if c.cause.purview == c.effect.purview == full]
    rows = [result.structure.concepts.index(c) for c in common]
    for i in rows:
        for j in rows:
            for k in rows:
                assert d[i, k] <= d[i, j] + d[j, k] + 1e-12


def test_wrong_inputs_say_what_to_hand_over():
    with pytest.raises(cg.InputError, match=r"a Concept or one of its sides.*result\.structure\.concepts\[0\]"):
        cg.selectivity(0.5)
    with pytest.raises(cg.InputError, match=r"the result of big_phi.*big_phi\(network, state\)"):
        cg.selectivity_table("basic")
    with pytest.raises(cg.InputError, match="the result of big_phi"):
        cg.concept_distances(None)
