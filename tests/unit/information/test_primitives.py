"""Causal primitives: cases done by hand, the paper's own numbers, and loops that follow the definitions word by word."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.information.primitives import causal_power, causal_primitives


def by_definition(tpm):
    """Sufficiency and necessity of the system, transition by transition (Hoel 2025, section 2.1)."""
    n = len(tpm)
    sufficiency = necessity = 0.0
    for c in range(n):
        for e in range(n):
            weight = tpm[c, e] / n
            without = sum(tpm[other, e] for other in range(n) if other != c) / (n - 1)
            sufficiency += weight * tpm[c, e]
            necessity += weight * (1 - without)
    return sufficiency, necessity


@pytest.mark.parametrize(
    ("tpm", "determinism", "degeneracy", "sufficiency", "necessity"),
    [
        (np.eye(4), 1, 0, 1, 1),
        (np.eye(4)[[1, 2, 3, 0]], 1, 0, 1, 1),
        (np.full((4, 4), 0.25), 0, 0, 0.25, 0.75),
        (np.eye(4)[[0, 0, 0, 0]], 1, 1, 1, 0),
        (np.eye(4)[[0, 0, 2, 2]], 1, 0.5, 1, 2 / 3),
        # Two blocks of four states (Hoel 2025, figure 4A): 3 of the 7 other states lead to the same effect with 1/4.
        (np.kron(np.eye(2), np.full((4, 4), 0.25)), 1 / 3, 0, 0.25, 1 - 3 / 28),
    ],
)
def test_by_hand(tpm, determinism, degeneracy, sufficiency, necessity):
    found = causal_primitives(tpm)
    assert (found.determinism, found.degeneracy) == pytest.approx((determinism, degeneracy), abs=1e-14)
    assert (found.sufficiency, found.necessity) == pytest.approx((sufficiency, necessity), abs=1e-14)
    assert found.specificity == pytest.approx(1 - degeneracy, abs=1e-14)
    assert found.power == pytest.approx(determinism - degeneracy, abs=1e-14)
    assert found.primitives_power == pytest.approx(sufficiency + necessity - 1, abs=1e-14)


def test_random_tpm_follows_the_definitions():
    tpm = np.random.default_rng(3).dirichlet(np.ones(6), size=6)
    found = causal_primitives(tpm)
    sufficiency, necessity = by_definition(tpm)
    assert (found.sufficiency, found.necessity) == pytest.approx((sufficiency, necessity), abs=1e-14)
    assert found.primitives_power == pytest.approx(sufficiency + necessity - 1, abs=1e-14)
    for means, name in ((found.state_sufficiency, "sufficiency"), (found.state_necessity, "necessity")):
        assert means.mean() == pytest.approx(getattr(found, name), abs=1e-14)
    assert found.state_determinism.mean() == pytest.approx(found.determinism, abs=1e-14)
    assert found.state_power.mean() == pytest.approx(found.power, abs=1e-14)


def test_one_state_of_two_by_hand():
    """State 0 stays, state 1 goes anywhere: P(E) = (3/4, 1/4)."""
    found = causal_primitives([[1.0, 0.0], [0.5, 0.5]])
    assert found.state_sufficiency.tolist() == [1.0, 0.5]
    assert found.state_necessity.tolist() == [0.5, 0.5]  # 1 - 1/2, and 1/2 (1 - 1) + 1/2 (1 - 0)
    assert found.state_determinism.tolist() == [1.0, 0.0]
    expected = [np.log2(4 / 3), 0.5 * np.log2(0.5 / 0.75) + 0.5 * np.log2(0.5 / 0.25)]
    assert found.state_power == pytest.approx(expected, abs=1e-14)


def test_first_system_of_the_paper():
    """Hoel (2025) figure 2: four states of eight share one row; CP .66 there, 1 in the macroscale (.6667 exactly)."""
    tpm = np.eye(8)[[1, 2, 3, 0, 4, 4, 4, 4]]
    tpm[4:, 4:] = 0.25
    assert causal_primitives(tpm).power == pytest.approx(2 / 3, abs=1e-14)


def test_one_state():
    found = causal_primitives([[1.0]])
    assert (found.power, found.primitives_power, found.determinism, found.degeneracy) == (0, 0, 0, 0)


def test_a_network_is_its_state_by_state_table():
    net = cg.published("hoel2016-fig2")
    found = causal_primitives(net)
    assert found.power == pytest.approx(cg.effective_information(net).effectiveness, abs=1e-14)
    assert found.states == 16
    assert found.provenance.input_hash == net.hash


def test_many_tpms_at_once():
    tpms = np.random.default_rng(0).dirichlet(np.ones(4), size=(5, 4))
    for power, name in (("information", "power"), ("primitives", "primitives_power")):
        each = [getattr(causal_primitives(tpm), name) for tpm in tpms]
        assert causal_power(tpms, power=power) == pytest.approx(each, abs=1e-14)


def test_results_say_what_they_are_and_stay():
    found = causal_primitives(np.eye(2))
    assert "causal power 1.000000 of 2 states" in repr(found)
    assert "necessity 1.000000" in repr(found)
    with pytest.raises(ValueError, match="read-only"):
        found.state_power[0] = 5


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: causal_primitives([[0.5, 0.5]]), "square"),
        (lambda: causal_primitives([[0.5, 0.4], [0, 1]]), "row 0.*sum of 1"),
        (lambda: causal_power(np.eye(2), power="primitive"), "Did you mean 'primitives'"),
    ],
)
def test_errors(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()
