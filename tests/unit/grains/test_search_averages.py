"""Averages over several states, each with its own background: against sums written out here."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.systems.gates import AND, COPY, TABLE

# Two states with different backgrounds of {A, B}: C off, C on. Weights 3 to 1.
NET = cg.Network(np.random.default_rng(7).uniform(0.05, 0.95, (8, 3)))
STATES = {"000": 3.0, "011": 1.0}
SHARES = ((0, 0.75), (1, 0.25))  # (C, weight)


def joint(on):
    """State-by-state table of two elements that update independently, A fastest."""
    return np.array([[(a if x & 1 else 1 - a) * (b if x >> 1 else 1 - b) for x in range(4)] for a, b in on])


def subset(c):
    """P(next state of A, B | state of A, B) with C frozen."""
    return joint(NET.tpm[[x for x in range(8) if x >> 2 == c], :2])


def both_on(c):
    """The same as one macro element, ON where A and B are both on."""
    fine = subset(c)
    off = fine[:3, 3].mean()
    return np.array([[1 - off, off], [1 - fine[3, 3], fine[3, 3]]])


def information(table):
    """EI in bits, determinism and degeneracy, from the definitions."""
    mean = table.mean(axis=0)
    size = np.log2(len(table))
    determinism = np.mean([(row * np.log2(row * len(table))).sum() for row in table]) / size
    degeneracy = (mean * np.log2(mean * len(table))).sum() / size
    return np.mean([(row * np.log2(row / mean)).sum() for row in table]), determinism, degeneracy


@pytest.mark.parametrize(("grain", "table"), [("AB", subset), ("{AB} ON=2", both_on)])
def test_information_over_backgrounds_is_the_mean_by_occupancy(grain, table):
    profile = cg.scan(NET, STATES, ["A", "B"]).table.set_index("grain").loc[grain]
    apart = [information(table(c)) for c, _ in SHARES]
    assert abs(apart[0][0] - apart[1][0]) > 0.01  # else the weights would not show
    ei, determinism, degeneracy = (
        sum(share * parts[i] for parts, (_, share) in zip(apart, SHARES, strict=True)) for i in range(3)
    )
    assert profile["ei"] == pytest.approx(ei, abs=1e-12)
    assert profile["determinism"] == pytest.approx(determinism, abs=1e-12)
    assert profile["degeneracy"] == pytest.approx(degeneracy, abs=1e-12)
    assert profile["effectiveness"] == pytest.approx(determinism - degeneracy, abs=1e-12)
    # The brute force itself agrees with the public verb on each background.
    assert apart[0][0] == pytest.approx(cg.effective_information(table(0)).bits, abs=1e-12)


def test_two_states_of_one_background_count_together():
    """Three states, two of them with C off: their weights add up before EI is averaged."""
    profile = cg.scan(NET, {"000": 2, "110": 1, "011": 1}, ["A", "B"])
    expected = 0.75 * information(subset(0))[0] + 0.25 * information(subset(1))[0]
    assert profile.values("ei")[0] == pytest.approx(expected, abs=1e-12)


WIDER = cg.Network(np.random.default_rng(8).uniform(0.05, 0.95, (16, 4)))


def worst_row(d, pair, last):
    """Dependence of {pair}{last} ON=2|1 with D frozen: the worst row, from the definition.

    Two binary elements: total variation from the product of the marginals is twice |covariance|.
    """
    on = WIDER.tpm[[x for x in range(16) if x >> 3 == d]]
    found = []
    for both in (False, True):
        for one in (0, 1):
            rows = [x for x in range(8) if all(x >> i & 1 for i in pair) == both and x >> last & 1 == one]
            first, second = on[rows][:, pair].prod(axis=1), on[rows, last]
            found.append(2 * abs((first * second).mean() - first.mean() * second.mean()))
    return max(found)


def test_dependence_over_backgrounds_is_the_worst():
    grains = {"{AB}{C} ON=2|1": ([0, 1], 2), "{AC}{B} ON=2|1": ([0, 2], 1), "{A}{BC} ON=1|2": ([1, 2], 0)}
    table = cg.scan(WIDER, {"0000": 1, "0001": 9}, ["A", "B", "C"], max_dependence=1.0).table.set_index("grain")
    worse = set()
    for grain, (pair, last) in grains.items():
        off, on = worst_row(0, pair, last), worst_row(1, pair, last)
        assert table.loc[grain, "dependence"] == pytest.approx(max(off, on), abs=1e-12)
        worse.add(off > on)
    assert worse == {True, False}  # else taking the first or the last background would pass


# A and B copy each other while C is on; with C off, A stays off. C is a coin.
GATED = cg.Network.from_gates({"A": AND("B", "C"), "B": COPY("A"), "C": TABLE("C", probabilities=[0.5, 0.5])})


def test_phi_is_averaged_over_the_states_that_a_subset_can_be_in():
    """With C off, {A, B} in state 11 has no cause: that state has no part in its mean.

    What is left: 11 with C on, a swap (Phi 1), and 00 with C off, no integration (Phi 0), of equal weight.
    """
    profile = cg.scan(GATED, {"110": 2, "111": 1, "000": 1}, ["A", "B"])
    by_state = dict(zip(profile.data["state"].values.tolist(), profile.data["phi_by_state"].values[0], strict=True))
    assert np.isnan(by_state["110"])
    assert (by_state["111"], by_state["000"]) == (pytest.approx(1.0), 0.0)
    assert profile.values()[0] == pytest.approx(0.5, abs=1e-12)
    assert profile.table["reason"][0] == ""
    # Information does not ask for the state's causes: both backgrounds count with their whole weight.
    # C on: 2 bits. C off: A tells B, and A is always off: 1 bit.
    assert profile.values("ei")[0] == pytest.approx(0.75 * 1.0 + 0.25 * 2.0, abs=1e-12)


def test_phi_of_one_reachable_state_is_not_thinned_by_the_others():
    profile = cg.scan(GATED, {"110": 3, "111": 1}, ["A", "B"])
    assert profile.values()[0] == pytest.approx(cg.big_phi(GATED, "111", ["A", "B"]).phi, abs=1e-12)
    assert profile.values()[0] == pytest.approx(1.0, abs=1e-12)
