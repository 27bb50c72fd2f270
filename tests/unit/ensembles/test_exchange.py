"""Exchange symmetry: tables by hand, the bias in closed form and by simulation, sizes matched, planted asymmetry."""

from importlib import import_module
from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_array

from causalgrain._errors import CausalGrainWarning, InputError
from causalgrain.ensembles._levels import as_levels, level_bounds
from causalgrain.ensembles._ranks import tied_rank_p
from causalgrain.ensembles.exchange import distances, exchange
from causalgrain.ensembles.exchange_match import equal_rates, least_p, rate_gap
from causalgrain.ensembles.exchange_units import exchange_test

module = import_module("causalgrain.ensembles.exchange")  # the attribute of that name may be the function
units = import_module("causalgrain.ensembles.exchange_units")
matching = import_module("causalgrain.ensembles.exchange_match")
RNG = np.random.default_rng


def test_by_hand():
    """Pairs (0,0) x 5, (0,1) x 3, (1,0) x 1, (1,1) x 1: half of |.3 - .1| twice."""
    e, i, n = [0, 0, 1, 1], [0, 1, 0, 1], [5, 3, 1, 1]
    found = exchange(e, i, weights=n)
    assert found.headline == found.distance == pytest.approx(0.2)
    assert found.relative == pytest.approx(0.5)
    assert found.marginal == pytest.approx(0.2)  # P(E = 1) = .2, P(I = 1) = .4
    assert found.residual == pytest.approx(0.0)
    assert found.table.tolist() == [[0.5, 0.3], [0.1, 0.1]]
    assert found.n_bins == 10
    assert "0.2000" in repr(found)


def test_asymmetry_that_the_marginals_hide():
    """A cycle (0,1) (1,2) (2,0): each ensemble has every level equally often, the joint is as asymmetric as can be."""
    found = exchange([0, 1, 2], [1, 2, 0])
    assert found.distance == pytest.approx(1.0)
    assert found.marginal == pytest.approx(0.0)
    assert found.residual == pytest.approx(1.0)


def test_the_bias_by_enumeration():
    """All 2^m ways to deal m_ab pairs to either side of the diagonal."""
    counts = np.array([[4, 2, 1], [1, 0, 3], [0, 1, 2]])
    sums = [counts[a, b] + counts[b, a] for a, b in ((0, 1), (0, 2), (1, 2))]
    truth = sum(np.mean([abs(2 * sum(w) - m) for w in product([0, 1], repeat=int(m))]) for m in sums) / counts.sum()
    assert module._bias(counts) == pytest.approx(truth)


def test_the_bias_of_independent_bins():
    """400 recordings of 500 symmetric bins: mean distance within 4 standard errors of its mean stated bias."""
    rng = RNG(1)
    found = [exchange(*rng.poisson(rng.gamma(2.0, size=500), (2, 500))) for _ in range(400)]
    gaps = np.array([one.distance - one.bias for one in found])
    assert abs(gaps.mean()) < 4 * gaps.std() / 20
    assert np.mean([one.distance for one in found]) > 0.03  # far from 0, though P is symmetric


def test_empty_bins_add_nothing_but_dilute_the_distance():
    e, i = RNG(2).poisson([[1.0], [2.0]], (2, 300))
    few = exchange(e, i)
    many = exchange([*e, 0], [*i, 0], weights=[1] * 300 + [100_000])
    both_empty = (e == 0) & (i == 0)
    assert few.relative == pytest.approx(exchange(e[~both_empty], i[~both_empty], levels=30).relative, abs=0.05)
    assert many.distance < 0.01 * few.distance
    assert many.relative == pytest.approx(few.relative, abs=0.1)


def test_levels_keep_heavy_values_whole():
    values = np.repeat([0.0, 1.0, 2.0, 3.0, 4.0], [900, 25, 25, 25, 25])
    bounds = level_bounds(values, None, 3)
    assert bounds.tolist() == [0.0, 2.0]
    assert np.bincount(as_levels(values, bounds)).tolist() == [900, 50, 50]
    assert level_bounds(np.arange(100.0), None, 4).tolist() == [24.0, 49.0, 74.0]
    weights = np.array([900.0, 25, 25, 25, 25])
    assert level_bounds(np.arange(5.0), weights, 3).tolist() == [0.0, 2.0]
    assert level_bounds(np.array([7, 7, 9]), None, 5).tolist() == [7.0]
    whole = np.array([0, 3, 3, 12, 5])
    assert (
        as_levels(whole, np.array([3.0, 5.0])).tolist()
        == as_levels(whole.astype(float), np.array([3.0, 5.0])).tolist()
        == [0, 0, 0, 2, 1]
    )


def planted(rng, *, bins=1500, n_e=9, n_i=6, burst=4):
    counts = rng.poisson(0.4, (bins, n_e + n_i))
    counts[:, n_e:] = burst * rng.poisson(0.4 / burst, (bins, n_i))
    return counts, np.arange(n_e + n_i) >= n_e


@pytest.mark.parametrize("match", ["size", "rate"])
def test_inhibitory_bursts_are_found_at_equal_rates(match):
    counts, labels = planted(RNG(0), n_e=10, n_i=8)
    found = exchange_test(counts, labels, match=match, strata=2, draws=99, rng=1)
    assert found.p == pytest.approx(0.01)
    assert found.z > 3
    assert 0 < found.low < found.headline < found.high
    assert found.value - found.null.mean() == pytest.approx(found.effect)
    assert found.size == 8 if match == "size" else found.size <= 8


@pytest.mark.filterwarnings("ignore:.*labellings")
@pytest.mark.parametrize("match", ["size", "rate"])
def test_units_that_are_alike_are_not(match):
    """p of 50 recordings is neither small nor large as a whole: mean within 4 deviations of 1/2."""
    p = []
    for seed in range(50):
        rng = RNG([9, seed])
        rate = 0.3 * np.exp(rng.normal(size=18)) * rng.gamma(2.0, size=(150, 1))
        p.append(exchange_test(rng.poisson(rate), np.arange(18) >= 10, match=match, strata=2, draws=19, rng=rng).p)
    tested = np.isfinite(p)  # by rate, those whose rates are close enough within strata
    assert tested.all() if match == "size" else tested.sum() >= 25
    assert np.mean(np.array(p)[tested]) == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / tested.sum()))


def test_sizes_are_matched():
    """Twice as many excitatory units, all alike: ensembles differ, matched sub-ensembles don't."""
    counts = RNG(3).poisson(0.3, (4000, 18))
    labels = np.arange(18) >= 12
    raw = exchange(counts[:, ~labels].sum(axis=1), counts[:, labels].sum(axis=1))
    assert raw.relative > 0.4
    found = exchange_test(counts, labels, draws=99, rng=0)
    assert found.size == 6
    assert found.value < 0.1
    assert found.p > 0.05


def test_sparse_and_occupied_bins_alone_give_the_same():
    counts, labels = planted(RNG(4), bins=600)
    counts[RNG(5).random(600) < 0.7] = 0
    counts[::50, 0] = 1
    whole = exchange_test(counts, labels, draws=20, rng=3)
    some = counts.any(axis=1)
    block = (np.arange(600) * 20 // 600)[some]
    part = exchange_test(csr_array(counts[some]), labels, empty=int((~some).sum()), block=block, draws=20, rng=3)
    assert part.value == pytest.approx(whole.value, abs=1e-12)
    np.testing.assert_allclose(part.null, whole.null, atol=1e-12)
    assert part.p == whole.p


def test_counts_by_table_and_by_sorting_agree(monkeypatch):
    counts, labels = planted(RNG(6), bins=400)
    some = counts.any(axis=1)
    settings = {"empty": int((~some).sum()), "draws": 10, "rng": 0, "levels": 4, "statistic": "distance"}
    table = exchange_test(counts[some], labels, **settings)
    monkeypatch.setattr(units, "WIDEST", 0)
    np.testing.assert_allclose(exchange_test(counts[some], labels, **settings).null, table.null, atol=1e-12)


def test_the_value_is_the_plain_measure_of_the_sums():
    counts, labels = planted(RNG(7), n_e=6)
    found = exchange_test(counts, labels, draws=5, rng=0, levels=5)
    plain = exchange(counts[:, ~labels].sum(axis=1), counts[:, labels].sum(axis=1), levels=5)
    assert found.value == pytest.approx(plain.relative)
    same = exchange_test(counts, labels, draws=5, rng=0, levels=5)
    assert same.null.tobytes() == found.null.tobytes()
    # all labels swapped: the same distance
    assert exchange_test(counts, ~labels, draws=5, rng=0, levels=5).value == pytest.approx(found.value)


def test_too_few_labellings_are_told():
    counts = RNG(0).poisson(1.0, (100, 4))
    with pytest.warns(CausalGrainWarning, match=r"below 0\.333"):
        exchange_test(counts, np.array([True, True, False, False]), draws=5, rng=0)
    with pytest.warns(CausalGrainWarning, match=r"below 0\.25"):
        exchange_test(counts, np.array([True, False, False, False]), draws=5, rng=0)


@pytest.mark.filterwarnings("ignore:.*labellings")
def test_one_unit_a_class_is_never_significant():
    """Both labellings have the same distance, but for rounding: p = 1, no z, a floor of 1."""
    for seed in range(5):
        rng = RNG([21, seed])
        found = exchange_test(rng.poisson([0.7, 2.0], (997, 2)), np.array([False, True]), draws=99, rng=rng)
        assert found.p == found.floor == 1.0
        assert np.isnan(found.z)
        assert abs(found.effect) < 1e-9


def test_draws_that_rounding_pulls_apart_are_ties():
    assert tied_rank_p(0.3, np.array([0.1 + 0.2, 0.3 - 1e-16, 0.3 * (1 - 1e-12), 0.29])) == pytest.approx(4 / 5)
    assert tied_rank_p(-0.3, np.array([-0.3 - 1e-12, -0.31])) == pytest.approx(2 / 3)
    assert tied_rank_p(0.0, np.array([0.0, -1e-300, np.nan])) == pytest.approx(2 / 3)
    assert np.isnan(tied_rank_p(np.nan, np.array([1.0])))


def test_the_floor_counts_labellings_within_strata_and_swaps():
    """Brute force: labellings permuted within strata, those with the same two groups (swapped or not) are ties."""
    for labels, stratum in (
        ([1, 0, 0, 1, 0, 0], [0, 0, 0, 1, 1, 1]),
        ([1, 0, 1, 0], [0, 0, 1, 1]),
        ([1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1]),  # a stratum of E alone takes no part
    ):
        marks, place = np.array(labels, bool), np.array(stratum)
        found = [x for x in product([False, True], repeat=len(marks)) if _same_in_strata(np.array(x), marks, place)]
        part = np.isin(place, [g for g in set(stratum) if 0 < marks[place == g].sum() < (place == g).sum()])
        ties = [
            x for x in found if (np.array(x)[part] == marks[part]).all() or (np.array(x)[part] != marks[part]).all()
        ]
        assert least_p(marks, place) == pytest.approx(len(ties) / len(found))


def _same_in_strata(one, other, place):
    return all(one[place == g].sum() == other[place == g].sum() for g in set(place))


def test_rates_are_made_equal_within_strata_without_labels():
    counts = RNG(8).poisson([0.4, 0.5, 1.0, 4.0, 5.0, 0.001], (900, 6))
    stratum = np.array([0, 0, 0, 1, 1, 1])
    thinned, kept = equal_rates(counts, stratum, RNG(0))
    assert kept.tolist() == [0, 0, 0, 1, 1, -1]  # 2^2 times the slower of the fast two beats 3^2 times hardly any
    total = counts.sum(axis=0)
    assert thinned.sum(axis=0).tolist() == [total[0]] * 3 + [min(total[3:5])] * 2 + [0]
    assert (thinned <= counts).all()
    assert (thinned[:, 0] == counts[:, 0]).all()
    sparse, _ = equal_rates(csr_array(counts), stratum, RNG(0))
    np.testing.assert_array_equal(sparse.toarray(), thinned)
    # spikes are drawn evenly over time: share kept in the first half of the bins, within 4 deviations
    half = thinned[:450, 2].sum() / total[0]
    share = counts[:450, 2].sum() / total[2]
    assert half == pytest.approx(share, abs=4 * np.sqrt(0.25 / total[0]))


def test_the_gap_of_rates():
    totals, labels = np.array([20.0, 20, 10, 10]) - 0.5, np.array([False, False, True, True])
    one = np.zeros(4, int)
    assert rate_gap(totals, labels, one) == pytest.approx(2.0)  # ln 2 over a deviation of ln(2)/2
    assert rate_gap(totals, ~labels, one) == pytest.approx(-2.0)
    assert rate_gap(totals, np.array([False, True, False, True]), np.array([0, 0, 1, 1])) == 0.0
    assert np.isnan(rate_gap(totals, labels, np.array([0, 0, 1, 1])))


def test_rates_that_differ_within_strata_are_no_asymmetry(monkeypatch):
    """Poisson units, E of 1 and I of 2 spikes a bin in one stratum: p by size is least, none by rate, thinned anything.

    Mean p of 40 recordings within 4 deviations of 1/2; as rates differ throughout, it would be near 1/20 unthinned.
    """
    refused = exchange_test(
        RNG(1).poisson([1.0] * 7 + [2.0] * 5, (150, 12)), np.arange(12) >= 7, match="rate", strata=1, rng=0
    )
    assert "differ within strata by -" in refused.reason
    assert np.isnan(refused.p)
    monkeypatch.setattr(matching, "MOST_GAP", np.inf)
    p, labels, counts = [], np.arange(12) >= 7, np.zeros((1, 12))
    for seed in range(40):
        rng = RNG([22, seed])
        counts = rng.poisson(np.where(labels, 2.0, 1.0), (150, 12))
        found = exchange_test(counts, labels, match="rate", strata=1, draws=19, rng=rng)
        p.append(found.p)
        assert found.rate_gap < -1.5
        assert 0.4 < found.kept < 0.9
    assert exchange_test(counts, labels, draws=99, rng=0).p == pytest.approx(0.01)
    assert np.mean(p) == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / 40))


def test_strata_that_thinning_empties_are_told():
    counts = np.zeros((500, 12))
    labels = np.arange(12) >= 6
    counts[:, labels] = RNG(3).poisson(2.0, (500, 6))
    counts[0, 0] = 1
    found = exchange_test(counts, labels, match="rate", strata=1, draws=5, rng=0)
    assert "match can't be made" in found.reason
    assert found.rate_gap < -1
    assert np.isnan(found.p)


def test_what_cannot_be_said():
    assert "one value" in exchange([1, 1], [1, 1]).reason
    assert np.isnan(exchange([1.0], [2.0]).headline)
    labels = np.arange(12) > 6
    assert "spike" in exchange_test(np.zeros((50, 12)), labels, draws=3, rng=0).reason
    apart = np.zeros((50, 12))
    apart[:, labels] = 1
    found = exchange_test(apart, labels, match="rate", strata=12, draws=3, rng=0)
    assert "fewer strata" in found.reason
    assert np.isnan(found.headline)


@pytest.mark.parametrize(
    ("counts", "labels", "settings", "where"),
    [
        (np.ones((5, 3)), np.array([True, False]), {}, "counts"),
        (np.ones((5, 2)), np.array([1, 0]), {}, "counts"),
        (np.full((5, 2), 0.5), np.array([True, False]), {}, "counts"),
        (np.ones((5, 2)), np.array([True, True]), {}, "inhibitory"),
        (np.ones((5, 2)), np.array([False, False]), {}, "inhibitory"),
        (np.ones((5, 2)), np.array([True, False]), {"block": [0, 1]}, "block"),
        (np.ones((5, 2)), np.array([True, False]), {"match": "none"}, "match"),
        (np.ones((5, 2)), np.array([True, False]), {"match": "rate", "strata": 3}, "strata"),
    ],
)
def test_bad_input_says_where(counts, labels, settings, where):
    with pytest.raises(InputError) as error:
        exchange_test(counts, labels, rng=0, **settings)
    assert error.value.where == where
    with pytest.raises(InputError, match="weights"):
        exchange([1, 2], [1, 2], weights=[1, -1])


def test_distances_of_nothing():
    assert np.isnan(distances(np.zeros((2, 2)))).all()
