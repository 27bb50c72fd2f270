"""The scan: what it admits, what it says, states and their weights."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains.search import _weights

NET = cg.published("hoel2016-fig2")


def test_table_has_one_row_a_grain():
    table = cg.scan(NET, "0000").table
    assert len(table) == 185
    for column in ("groups", "mapping", "level", "phi", "ei", "dependence", "admitted", "reason"):
        assert column in table
    best = table.loc[table["phi"].where(table["admitted"]).idxmax()]
    assert (best["groups"], best["mapping"], best["level"]) == (((0, 1), (2, 3)), ((2,), (2,)), 2)
    dependent = table[table["reason"] == "conditionally dependent"]
    assert len(dependent) == 62
    assert dependent["phi"].isna().all()
    assert (dependent["dependence"] > 1e-8).all()
    assert (table[table["admitted"]]["dependence"] <= 1e-8).all()


def test_candidate_sets():
    assert set(cg.scan(NET, "0000", "full").table["nodes"]) == {(0, 1, 2, 3)}
    assert set(cg.scan(NET, "0000", ["C", "A"]).table["nodes"]) == {(0, 2)}
    assert len(set(cg.scan(NET, "0000").table["nodes"])) == 15


def test_admitting_everything():
    profile = cg.scan(NET, "0000", max_dependence=1.0)
    assert profile.n_admitted == 185
    assert np.isfinite(profile.values()).all()


def test_one_element_rule():
    single = cg.scan(NET, "0000", "full", one_element="pyphi")
    rows = single.grains.n_macro == 1
    assert single.values()[rows].max() == pytest.approx(0.379519, abs=2e-5)
    assert cg.scan(NET, "0000", "full").values()[rows].max() == 0.0


def test_unreachable_subsets_are_listed_without_phi():
    # With C frozen off, A reads nothing that could have turned it on.
    net, state = cg.published("basic"), "100"
    table = cg.scan(net, state).table
    unreachable = table[table["reason"] == "unreachable state"]
    assert {(0,), (2,)} <= set(unreachable["nodes"])
    assert unreachable["phi"].isna().all()
    assert not unreachable["admitted"].any()


def test_weighted_states_are_the_weighted_mean():
    states = {(0, 0, 0, 0): 3, (1, 1, 1, 1): 1}
    mixed = cg.scan(NET, states)
    apart = [cg.scan(NET, s).values() for s in states]
    assert np.allclose(mixed.values(), 0.75 * apart[0] + 0.25 * apart[1], equal_nan=True)
    assert mixed.data["phi_by_state"].sel(state="1111").values == pytest.approx(apart[1], nan_ok=True)
    assert mixed.data["share"].values.tolist() == [0.75, 0.25]


def test_visited_states_of_an_estimated_network_are_the_default():
    counts = np.zeros((4, 4))
    counts[0, 1] = counts[1, 2] = 5
    counts[2, 0] = 10
    net = cg.Network.from_counts(counts, prior=0.5)
    assert _weights(net, None) == {0: 0.25, 1: 0.25, 2: 0.5}
    profile = cg.scan(net)
    assert profile.peak is None
    assert "max_dependence" in profile.unnamed
    assert "not interventional" in profile.provenance.caution
    assert "not interventional" in repr(profile)


def test_subset_phi_over_backgrounds_by_hand():
    """The mean over visited states of a subset takes each state's own background."""
    states = {(0, 0, 0, 0): 1, (1, 1, 0, 0): 1, (1, 1, 1, 1): 2}
    profile = cg.scan(NET, states, ["A", "C"])
    by_hand = []
    for state, weight in states.items():
        by_hand += [cg.big_phi(NET, state, ["A", "C"]).phi] * weight
    assert profile.values()[0] == pytest.approx(np.mean(by_hand), abs=1e-12)


def test_peaks_by_dependence_names_none_where_too_few_compete():
    rng = np.random.default_rng(0)
    net = cg.Network(rng.random((8, 3)), origin="estimated", occupancy=np.ones(8))
    peaks = cg.peaks_by_dependence(cg.scan(net)).set_index("max_dependence")
    assert peaks.loc[1e-8, "peak"] == ""
    assert peaks.loc[1e-8, "several"] < 2
    assert "too few" in peaks.loc[1e-8, "why_none"]
    assert peaks.loc[1.0, "peak"] != ""
    assert peaks["admitted"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: cg.scan(NET), cg.InputError, "Phi is a property of a system in a state"),
        (lambda: cg.scan(NET, "0000", "everything"), cg.InputError, "'all'"),
        (lambda: cg.scan(NET, "0000", one_element="none"), cg.InputError, "'zero', 'pyphi'"),
        (lambda: cg.scan(NET, {}), cg.InputError, "at least one state"),
        (lambda: cg.scan(NET, {(0, 0, 0, 0): -1}), cg.InputError, "weight of a state: expected a number from 0"),
        (lambda: cg.scan(cg.Network(np.full((1 << 9, 9), 0.5)), "0" * 9), cg.CostError, r"at most 3,000,000 grains"),
        (lambda: cg.scan(cg.Network(np.random.default_rng(0).random((64, 6))), "000000", max_cost=0.1), cg.CostError, "got about "),
        (lambda: cg.big_phi(cg.Network(np.random.default_rng(0).random((512, 9))), "0" * 9), cg.CostError, r"about [\d.]+ min"),
    ],
)  # fmt: skip
def test_errors(call, error, says):
    with pytest.raises(error, match=says):
        call()
