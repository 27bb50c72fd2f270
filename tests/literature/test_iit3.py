"""Published numbers of Oizumi, Albantakis & Tononi (2014) and of the peer's paper."""

import pytest

import causalgrain as cg


@pytest.mark.parametrize(
    ("name", "phi", "concepts"),
    [("iit3-fig4", 1.916666, 6), ("iit3-fig5a", 0.0, None), ("basic", 2.3125, 4), ("xor-3", 1.875, 3)],
)
def test_whole_systems(name, phi, concepts):
    system = cg.published_system(name)
    result = cg.big_phi(system.network, system.state)
    assert result.phi == pytest.approx(phi, abs=2e-6)
    if concepts is not None:
        assert len(result.structure) == concepts


def test_iit3_fig1_complex_is_abc():
    system = cg.published_system("iit3-fig1")
    result = cg.big_phi(system.network, system.state, ["A", "B", "C"])
    assert result.phi == pytest.approx(1.916666, abs=2e-6)


def test_iit3_fig5a_says_why():
    system = cg.published_system("iit3-fig5a")
    assert cg.big_phi(system.network, system.state).reason == "not strongly connected"


def test_rule_154_is_wolframs():
    net = cg.published("rule154-5")
    # 154 = 0b10011010: neighbourhoods 111, 100, 011, 001 (left, middle, right) turn on.
    on = {(1, 1, 1), (1, 0, 0), (0, 1, 1), (0, 0, 1)}
    for index in range(32):
        cells = [index >> i & 1 for i in range(5)]
        for i in range(5):
            expected = (cells[i - 1], cells[i], cells[(i + 1) % 5]) in on
            assert net.tpm[index, i] == expected
