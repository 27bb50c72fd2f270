"""Numbers of causal emergence from the literature, and closed forms that the measures must meet to the printed digits.

Sources stand at each test; values that a paper prints rounded were recomputed, and are held to the digits given here.
"""

from math import log2

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.information.mutual_information import information_of_table


def printed(value, digits=6):
    return pytest.approx(value, abs=0.5 * 10**-digits + 1e-12)


# -- discrete systems --------------------------------------------------------------------------------------------

EIGHT = np.zeros((8, 8))
EIGHT[:7, :7], EIGHT[7, 7] = 1 / 7, 1  # seven states at random among themselves, and one that stays


def ands(off):
    """Two pairs of ANDs that read each other; an AND whose inputs aren't both ON fires with probability `off`."""
    from causalgrain.systems.gates import AND

    return cg.Network.from_gates(
        {a: AND(*pair, off=off) for a, pair in zip("ABCD", ("CD", "CD", "AB", "AB"), strict=True)}
    )


def test_hoel_albantakis_tononi_2013():
    """PNAS 110:19790: macro beats micro; bits."""
    assert cg.effective_information(EIGHT).bits == printed(0.543564)
    assert cg.effective_information(np.eye(2)).bits == 1.0
    pairs = cg.as_grain(["AB", "CD"], labels="ABCD")
    assert cg.effective_information(ands(0.3)).bits == printed(1.148579)
    assert cg.effective_information(ands(0.3), grain=pairs).bits == printed(1.551829)
    assert cg.effective_information(ands(0.0)).bits == printed(1.622556)
    assert cg.effective_information(ands(0.0), grain=pairs).bits == printed(2.0)
    channel = np.array([[0.9, 0.1], [0.1, 0.9]])
    assert cg.effective_information(channel).bits == printed(0.531004)
    assert float(information_of_table(channel / 2)) == printed(0.531004)


def test_hoel_2025():
    """arXiv 2503.13395: merging the seven states one by one, and the entropy of the increments."""
    path = cg.causal_path(EIGHT, [[tuple(range(k))] for k in range(2, 8)])
    assert path.cp == pytest.approx([0.1812, 0.2108, 0.2515, 0.3109, 0.4056, 0.5794, 1.0], abs=5.1e-5)
    assert (path.complexity, path.normalised_complexity) == (printed(1.991251), printed(0.770321))
    found = cg.causal_emergence(EIGHT)
    assert found.end.label == "(0,1,2,3,4,5,6)(7)"
    assert (found.complexity, found.normalised_complexity) == (printed(1.991251), printed(0.770321))


def test_zhang_2025():
    """arXiv 2402.15054: singular values 1 and 1, six that are 0."""
    found = cg.reversibility(EIGHT)
    assert (found.gamma, found.clear) == pytest.approx((2.0, 0.75), abs=1e-14)


def test_rosas_2020():
    """PLoS Comput Biol 16:e1008289: XOR foretells an element and not itself; kept parity foretells only itself."""
    xor = cg.emergence_criteria(cg.Network([[0, 0.5], [1, 0.5], [1, 0.5], [0, 0.5]]), "parity")
    assert (xor.psi, xor.delta, xor.gamma) == pytest.approx((0.0, 1.0, 1.0), abs=1e-12)
    states = np.array([[s >> i & 1 for i in range(3)] for s in range(8)])
    same = states.sum(axis=1)[:, None] % 2 == states.sum(axis=1)[None] % 2
    kept = cg.emergence_criteria(np.where(same, 0.99, 0.01) / 4, "parity")
    assert kept.psi == printed(0.919207)
    assert kept.psi == pytest.approx(1 + 0.99 * log2(0.99) + 0.01 * log2(0.01), abs=1e-12)
    assert (kept.delta, kept.gamma) == pytest.approx((0.0, 0.0), abs=1e-12)
    assert (kept.emergent, kept.decoupled) == (True, True)


# -- networks ----------------------------------------------------------------------------------------------------

# Zachary (1977), unweighted; the neighbours below each node, nodes counted from 1.
KARATE = {
    2: (1,), 3: (1, 2), 4: (1, 2, 3), 5: (1,), 6: (1,), 7: (1, 5, 6), 8: (1, 2, 3, 4), 9: (1, 3), 10: (3,),
    11: (1, 5, 6), 12: (1,), 13: (1, 4), 14: (1, 2, 3, 4), 17: (6, 7), 18: (1, 2), 20: (1, 2), 22: (1, 2),
    26: (24, 25), 28: (3, 24, 25), 29: (3,), 30: (24, 27), 31: (2, 9), 32: (1, 25, 26, 29),
    33: (3, 9, 15, 16, 19, 21, 23, 24, 30, 31, 32),
    34: (9, 10, 14, 15, 16, 19, 20, 21, 23, 24, 27, 28, 29, 30, 31, 32, 33),
}  # fmt: skip


def test_klein_hoel_2020():
    """Complexity 2020:8932526; the karate club as printed in the README of their code."""
    club = np.zeros((34, 34))
    for node, below in KARATE.items():
        for other in below:
            club[node - 1, other - 1] = club[other - 1, node - 1] = 1
    assert club.sum() == 156
    assert cg.network_effective_information(club).bits == pytest.approx(2.3500950888734686, abs=1e-14)
    star = np.zeros((5, 5))
    star[0, 1:] = star[1:, 0] = 1
    ring = np.roll(np.eye(6), 1, axis=1) + np.roll(np.eye(6), -1, axis=1)
    for table, bits in ((star, 0.721928), (np.ones((5, 5)) - np.eye(5), 0.321928), (ring, 1.584963)):
        assert cg.network_effective_information(table).bits == printed(bits)


# -- linear Gaussian systems -------------------------------------------------------------------------------------

LIU = np.array([[0.6, 0.2, 0, 0], [0.2, 0.7, 0.1, 0], [0, 0.1, 0.4, 0.1], [0, 0, 0.1, 0.3]])
DECAYS = np.array([0.99, 0.9] + [0.7] * 2 + [0.5] * 4 + [0.3] * 8 + [0.1] * 16)
DIMS = (32, 16, 8, 4, 2, 1)
CHANNEL = (0.140476, 0.275927, 0.504699, 0.865557, 1.394442, 1.958518)
SMALL_NOISE = (0.012, 0.750, 1.127, 1.370, 1.519, 1.567)
BOX = (0.559, 0.974, 1.273, 1.482, 1.615, 1.658)


@pytest.mark.parametrize(("k", "dj"), [(1, 0.665636), (2, 0.388604), (3, 0.221879)])
def test_liu_yuan_zhang_2024(k, dj):
    """arXiv 2405.09207: optimal coarse-graining, W W^T = I, box of side 1; nats per dimension."""
    system = cg.LinearGaussian(LIU, 0.01)
    assert cg.gaussian_ei(system, intervention="box-fixed", box=0.5).j == pytest.approx(0.07892760357232277, abs=1e-14)
    found = cg.best_linear_scale(system, k, measure="J", box=0.5)
    assert found.proved
    assert found.emergence == printed(dj)
    if k == 1:
        assert found.value == pytest.approx(0.7445640302134484, abs=1e-12)


def test_thirty_two_dimensions():
    """-1/2 mean ln(1 - a^2) under the Gaussian intervention; J and exact I on the box [-1, 1]; nats per dimension."""
    for place, d in enumerate(DIMS):
        system = cg.LinearGaussian(np.diag(DECAYS[:d]), 0.01)
        assert cg.gaussian_ei(system).ei == printed(CHANNEL[place])
        box = cg.gaussian_ei(system, intervention="box-fixed")
        assert box.exact == printed(BOX[place], 3)
        assert box.j == printed(SMALL_NOISE[place], 3)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(32, 32)))[0]
    profile = cg.gaussian_profile(cg.LinearGaussian(turn @ np.diag(DECAYS) @ turn.T, 0.01))
    assert profile.values() == pytest.approx(np.array(CHANNEL), abs=5.1e-7)
    assert profile.data["proved"].values.all()


@pytest.mark.parametrize(
    ("a", "s", "exact", "small_noise"),
    [
        (1.0, 0.01, 3.88841, 3.87938),
        (1.0, 0.1, 1.66711, 1.57679),
        (1.0, 0.5, 0.41869, -0.03264),
        (0.9, 0.1, 1.57179, 1.47143),
        (0.5, 0.1, 1.06429, 0.88365),
    ],
)
def test_one_dimension_on_a_box(a, s, exact, small_noise):
    """y' = a y + e, y uniform on [-1, 1]: I(y; y') by integration, the small-noise form, and bounds on both sides."""
    found = cg.gaussian_ei(cg.LinearGaussian([[a]], [[s * s]], covariance=[[1.0]]), intervention="box-fixed")
    assert found.exact == printed(exact, 5)
    assert found.j == printed(small_noise, 5)
    assert found.low == found.high == found.exact
    assert 0.5 * np.log1p(np.exp(2 * found.j)) <= found.exact <= found.ei


def test_liu_2025():
    """arXiv 2502.08261: redundant Malthusian growth; dGamma_1(0) = (1/2 - 1/4)^2 ln(28.8 x 22.05)."""
    a = np.array([[1.2, 0, 0, 0], [0, 1.05, 0, 0], [1.2, 0, 0, 0], [0, 1.05, 0, 0]])
    found = cg.gaussian_reversibility((a, 0.1))
    assert found.clear == pytest.approx(0.4033554993146722, abs=1e-14)
    assert found.clear == pytest.approx(np.log(28.8 * 22.05) / 16, abs=1e-14)


def test_emergent_complexity_over_scales():
    """Record increments of J over scales (public code of Wang et al. 2025); not that of Hoel (2025)."""
    assert cg.emergent_complexity_over_scales([1, 0.9, 1.6, 4]).bits == printed(1.352724)
    assert abs(cg.emergent_complexity(np.diff([1, 0.9, 1.6, 4])) - 1.352724) > 0.4


# -- white noise -------------------------------------------------------------------------------------------------


def test_white_noise_has_no_causal_power_and_the_naive_formula_says_it_has():
    """32 dims, 1,000 samples, 20 seeds: held-out channel EI below .01 nats at every scale; naive dJ_1 about +.8."""
    held, trap = [], []
    for seed in range(20):
        values = np.random.default_rng(seed).standard_normal((1000, 32))
        profile = cg.gaussian_profile(cg.Recording(values, 10.0), draws=0)
        held.append(profile.values("ei"))
        trap.append(profile.values("dj_naive")[-1])
    assert np.min(held) >= 0.0
    assert np.max(held) < 0.01
    assert 0.75 < np.mean(trap) < 0.95
    assert np.min(trap) > 0.6
