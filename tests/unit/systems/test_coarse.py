"""Coarse-grainings by hand."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.phi.compiled import kernels
from causalgrain.systems import coarse
from causalgrain.systems.coarse import Grain

PAIRS = Grain(((0, 1), (2, 3)), ((2,), (2,)))


def test_macro_state_counts_and_ignores_identity():
    assert PAIRS.macro_state((1, 0, 0, 1)) == PAIRS.macro_state((0, 1, 1, 0)) == (0, 0)
    assert PAIRS.macro_state((1, 1, 0, 1)) == (1, 0)
    odd = Grain(((0, 1, 2),), ((1, 3),))
    assert [odd.macro_state(s)[0] for s in ((0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 1, 1))] == [0, 1, 0, 1]


def test_macro_indices_put_group_zero_in_the_lowest_bit():
    # Micro state 3 = (1, 1, 0, 0): group 0 is on.
    index = coarse.macro_indices(PAIRS)
    assert (index[3], index[12], index[15], index[5]) == (1, 2, 3, 0)


def test_macro_tpm_of_two_noisy_pairs_by_hand():
    """Fig. 2: a pair reads the other; ON = both. From the other pair OFF: P = .3 ** 2 each; from ON: 1."""
    tpm = coarse.macro_tpm(cg.published("hoel2016-fig2").tpm, PAIRS)
    on = coarse.macro_marginals(cg.published("hoel2016-fig2").tpm, PAIRS)
    assert on == pytest.approx(np.array([[0.09, 0.09], [0.09, 1.0], [1.0, 0.09], [1.0, 1.0]]))
    assert tpm[0] == pytest.approx([0.91**2, 0.09 * 0.91, 0.09 * 0.91, 0.09**2])


def test_a_cut_averages_the_severed_inputs():
    net = cg.published("hoel2016-fig2")
    cut = coarse.cut_micro(net.tpm, [0, 2])  # {A, C} -> {B, D}
    assert cut[:, [0, 2]].tolist() == net.tpm[:, [0, 2]].tolist()
    # B read C and D; with C noise, P(B) = .3 if D is off, else (.3 + 1) / 2.
    for x in range(16):
        assert cut[x, 1] == pytest.approx(0.65 if x >> 3 & 1 else 0.3)


def test_compiled_twins_agree():
    rng = np.random.default_rng(5)
    tpm = rng.random((32, 5))
    tables = kernels().coarse.cut_tables(tpm)
    for source in range(32):
        plain = coarse.cut_micro(tpm, [i for i in range(5) if source >> i & 1])
        assert tables[source] == pytest.approx(plain, abs=1e-14)


@pytest.mark.parametrize(
    ("groups", "mapping", "says"),
    [
        (((0, 1), (1, 2)), ((1,), (1,)), "disjoint"),
        (((0,), ()), ((1,), (1,)), "non-empty"),
        (((0, 1),), ((0, 1),), "count 0 is OFF"),
        (((0, 1),), ((3,),), "from 1 to 2"),
        (((0, 1),), ((),), "from 1 to 2"),
        (((0, 1),), ((1,), (1,)), "each of 1 groups"),
    ],
)
def test_wrong_grains(groups, mapping, says):
    with pytest.raises(cg.InputError, match=says):
        Grain(groups, mapping)


def test_as_grain_sorts_groups_with_their_counts():
    assert cg.as_grain(["DC", ["A", "B"]], [[1], [2]], "ABCD") == Grain(((0, 1), (2, 3)), ((2,), (1,)))
    assert cg.as_grain([[2, 3], [0, 1]]) == PAIRS


def test_dependent_macro_tpm_is_refused_with_the_remedy():
    net = cg.published("hoel2016-fig2")
    grain = cg.as_grain(["AC", "BD"], labels="ABCD")
    with pytest.raises(cg.ConditionalDependenceError, match="max_dependence"):
        cg.big_phi(net, "0000", grain=grain)
    assert cg.big_phi(net, "0000", grain=grain, max_dependence=1.0).phi >= 0
