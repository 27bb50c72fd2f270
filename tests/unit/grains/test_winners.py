"""Effective information beside Phi, and where they disagree."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains.winners import winners


@pytest.fixture(scope="module")
def fig6():
    return winners(cg.scan(cg.published("hoel2016-fig6"), "000000"))


def test_where_they_disagree(fig6):
    assert fig6.phi.peak.label == "{AB}{CD} ON=2|2"
    assert fig6.ei.peak.label == "ABCDEF"
    assert not fig6.agree
    assert not fig6.agree_on_emergence
    text = repr(fig6)
    assert "they disagree: ei is 1.551829 bits at the peak of phi, phi is 0.162500 at the peak of ei" in text
    assert "causal emergence: found by phi, not by ei" in text
    assert "  ei bits  ABCDEF  2.726925" in text
    assert "-0.129305" in text
    assert fig6.provenance.verb == "winners"
    assert "peak of ei" in fig6.provenance.conventions


def test_where_they_agree():
    found = winners(cg.scan(cg.published("hoel2016-fig4"), "000000"))
    assert found.agree
    assert found.agree_on_emergence
    assert found.phi.peak.index == found.ei.peak.index
    assert (found.ei.peak.value, found.ei.unit) == (pytest.approx(3.0, abs=1e-12), "bits")
    assert "they name the same grain" in repr(found)
    assert "causal emergence: found by both" in repr(found)


def test_ei_is_of_the_whole_system_and_of_independent_grains(fig6):
    table = fig6.table
    assert set(table.loc[table["in_ei"], "nodes"]) == {(0, 1, 2, 3, 4, 5)}
    competing = table[table["in_ei"]]
    assert fig6.ei.peak.value == competing["ei"].max()
    assert fig6.ei.macro is not None
    assert fig6.ei.macro.value == pytest.approx(competing.loc[competing["level"] > 0, "ei"].max(), abs=1e-12)
    assert fig6.ei.micro is not None
    assert fig6.ei.emergence == fig6.ei.macro.value - fig6.ei.micro.value
    assert table["in_phi"].sum() == fig6.profile.n_admitted
    assert table.loc[table["in_phi"], "phi"].max() == fig6.phi.peak.value
    assert fig6.profile.data["dependence"].values.ravel()[table["in_ei"]].max() <= 1e-8


def test_ei_does_not_depend_on_the_state():
    net = cg.published("hoel2016-fig6")
    a, b = (winners(cg.scan(net, state)) for state in ("000000", "111111"))
    assert a.ei == b.ei
    assert (b.phi.peak.label, b.phi.emergence < 0) == ("EF", True)
    assert "causal emergence: found by neither" in repr(b)


def test_longer_macro_steps_by_hand():
    # A and B read each other two updates back: 2 bits at two updates, Phi 0 throughout, so Phi names nothing.
    swap = cg.Network([[a >> 3 & 1, a >> 2 & 1] for a in range(16)], order=2)
    found = winners(cg.scan(swap, "11 11", max_tau=2))
    assert found.ei.peak.grain.tau == 2
    assert (found.ei.peak.value, found.ei.emergence) == (pytest.approx(2.0), pytest.approx(2.0))
    assert len(found.ei.ties) == 2
    assert found.phi.peak.value == 0.0
    assert not found.agree
    assert "phi is 0 throughout: it names no grain" in repr(found)
    assert "ei is tied with 2 more" in repr(found)
    assert list(found.table["tau"].unique()) == [1, 2]


def test_a_grain_of_one_level_has_no_emergence():
    found = winners(cg.scan(cg.Network(np.array([[0.2], [0.9]])), "0"))
    assert np.isnan(found.ei.emergence)
    assert (found.ei.macro, found.ei.micro) == (None, found.ei.peak)


def test_what_is_refused():
    net = cg.published("hoel2016-fig2")
    with pytest.raises(cg.InputError, match="EI is of the whole system"):
        winners(cg.scan(net, "0000", ["A", "B"]))
    with pytest.raises(cg.InputError, match="Scan without best_only"):
        winners(cg.scan(net, "0000", best_only=True))
    with pytest.raises(cg.InputError, match="grains of a network"):
        winners("ABC")  # type: ignore[arg-type]
