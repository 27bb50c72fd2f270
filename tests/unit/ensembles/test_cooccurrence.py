"""Co-occurrence tables against closed forms, brute force and a Gaussian copula."""

from math import log2

import numpy as np
import pytest

from causalgrain import InputError
from causalgrain.ensembles._binormal import binormal_cdf, binormal_cells, latent_correlation
from causalgrain.ensembles.cooccurrence import FEATURES, cooccurrence, texture_features


def gaussian_pairs(rng, rho, samples):
    x, y = rng.normal(size=(2, samples))
    return x, rho * x + np.sqrt(1 - rho**2) * y


def by_hand(table):
    """Features cell by cell."""
    k = len(table)
    cells = [(a, b, table[a][b]) for a in range(k) for b in range(k)]
    first, second = sum(a * p for a, _, p in cells), sum(b * p for _, b, p in cells)
    one, two = sum((a - first) ** 2 * p for a, _, p in cells), sum((b - second) ** 2 * p for _, b, p in cells)
    return {
        "contrast": sum(p * (a - b) ** 2 for a, b, p in cells),
        "dissimilarity": sum(p * abs(a - b) for a, b, p in cells),
        "homogeneity": sum(p / (1 + (a - b) ** 2) for a, b, p in cells),
        "energy": sum(p * p for _, _, p in cells),
        "entropy": -sum(p * log2(p) for _, _, p in cells if p),
        "correlation": sum((a - first) * (b - second) * p for a, b, p in cells) / (one * two) ** 0.5,
    }


# -- ground truths of the specification --------------------------------------------------------------------------


def test_independent_uniform_levels():
    e, i = (grid.ravel() for grid in np.meshgrid(np.arange(80), np.arange(80)))
    found = cooccurrence(e, i)
    assert found.features["contrast"] == pytest.approx(10.5)
    assert found.features["energy"] == pytest.approx(1 / 64)
    assert found.features["entropy"] == pytest.approx(6.0)
    assert found.features["correlation"] == pytest.approx(0.0, abs=1e-12)
    assert found.headline == found.features["entropy"]


@pytest.mark.parametrize("by", ["rank", "width"])
def test_identical_series(by):
    found = cooccurrence(np.arange(800), np.arange(800), by=by)
    expected = {"contrast": 0, "dissimilarity": 0, "homogeneity": 1, "energy": 1 / 8, "entropy": 3, "correlation": 1}
    assert found.features == pytest.approx(expected)


def test_features_cell_by_cell():
    table = np.random.default_rng(0).dirichlet(np.full(25, 0.4)).reshape(5, 5)
    assert texture_features(table) == pytest.approx(by_hand(table.tolist()), abs=1e-12)
    assert texture_features(37 * table) == pytest.approx(texture_features(table))  # counts will do


# -- the table ---------------------------------------------------------------------------------------------------


def test_rows_are_excitatory_columns_inhibitory():
    found = cooccurrence([0, 0, 0, 1], [0, 0, 1, 0], levels=2)
    assert found.table.tolist() == [[0.5, 0.25], [0.25, 0.0]]
    once = cooccurrence([1, 1, 1, 0], [0, 0, 1, 0], levels=2)
    assert once.table.tolist() == [[0.25, 0.0], [0.5, 0.25]]  # E high with I low is row 1, column 0


def test_weights_are_bins_written_out():
    rng = np.random.default_rng(1)
    e, i, w = rng.poisson(3, 60), rng.poisson(5, 60), rng.integers(0, 6, 60)
    for settings in ({}, {"by": "width"}, {"levels": 3, "symmetric": True}, {"match": "rho"}):
        short = cooccurrence(e, i, weights=w, **settings)
        long = cooccurrence(np.repeat(e, w), np.repeat(i, w), **settings)
        assert short.table == pytest.approx(long.table, abs=1e-14)
        assert dict(short.residuals) == pytest.approx(dict(long.residuals), abs=1e-8)
        assert short.excitatory_bounds.tolist() == long.excitatory_bounds.tolist()


def test_equal_values_share_a_level():
    e = np.repeat([0, 1, 2, 3, 4, 5], [80, 8, 5, 4, 2, 1])
    found = cooccurrence(e, e, levels=4)
    rows = found.table.sum(axis=1)
    assert rows[0] == pytest.approx(0.8)  # "no spike" is whole
    assert rows.sum() == pytest.approx(1.0)
    shuffled = np.random.default_rng(2).permutation(e)
    assert cooccurrence(shuffled, shuffled, levels=4).table == pytest.approx(found.table)
    assert np.count_nonzero(cooccurrence([0, 0, 1, 1], [0, 1, 0, 1]).table) == 4  # two values, two levels


def test_levels_of_equal_width():
    values = np.array([0.0, 0.4, 0.6, 1.1, 1.9, 2.0, 3.9, 4.0])
    found = cooccurrence(values, values, levels=4, by="width")
    assert found.excitatory_bounds.tolist() == [1.0, 2.0, 3.0]
    assert (np.diag(found.table) * 8).tolist() == [3, 3, 0, 2]
    wide = cooccurrence(values, values, levels=4, by="width", limits=((0, 8), (-4, 4)))
    assert (wide.table * 8).tolist() == [
        [0, 0, 6, 0],
        [0, 0, 0, 2],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ] or wide.table.sum() == 1
    assert wide.excitatory_bounds.tolist() == [2.0, 4.0, 6.0]
    assert wide.inhibitory_bounds.tolist() == [-2.0, 0.0, 2.0]


def test_symmetric_averages_the_mirror_image():
    rng = np.random.default_rng(3)
    e, i = rng.normal(size=(2, 500))
    plain, both = cooccurrence(e, e + i), cooccurrence(e, e + i, symmetric=True)
    assert both.table == pytest.approx((plain.table + plain.table.T) / 2)
    for name in ("contrast", "dissimilarity", "homogeneity"):
        assert both.features[name] == pytest.approx(plain.features[name])
    assert both.features["entropy"] >= plain.features["entropy"]


# -- beyond the correlation --------------------------------------------------------------------------------------


@pytest.mark.parametrize("r", [-0.95, -0.3, 0.0, 0.5, 0.9, 0.999])
def test_binormal_probabilities_against_scipy(r):
    from scipy.stats import multivariate_normal

    a, b = np.array([-3, -1.2, 0.0, 0.7, 2.5]), np.array([-1.2001, 0.0, 0.31, 1.4])
    expected = [[multivariate_normal.cdf([x, y], cov=[[1, r], [r, 1]]) for y in b] for x in a]
    assert binormal_cdf(a, b, r) == pytest.approx(np.array(expected), abs=1e-9)


def test_binormal_cells_keep_their_marginals():
    rows, columns = np.array([0.6, 0.0, 0.1, 0.3]), np.array([0.2, 0.5, 0.3, 0.0])
    for r in (-1.0, -0.4, 0.0, 0.99, 1.0):
        cells = binormal_cells(rows, columns, r)
        assert cells.sum(axis=1) == pytest.approx(rows, abs=1e-12)
        assert cells.sum(axis=0) == pytest.approx(columns, abs=1e-12)
    assert binormal_cells(rows, columns, 0.0) == pytest.approx(np.outer(rows, columns), abs=1e-12)


@pytest.mark.parametrize("r", [-0.8, 0.0, 0.35, 0.97])
def test_latent_correlation_is_found_again(r):
    rows, columns = np.array([0.7, 0.2, 0.07, 0.03]), np.array([0.1, 0.2, 0.3, 0.4])
    moment = float(np.arange(4) @ binormal_cells(rows, columns, r) @ np.arange(4))
    assert latent_correlation(rows, columns, moment) == pytest.approx(r, abs=1e-6)
    assert latent_correlation(rows, columns, 99.0) == 1.0
    assert latent_correlation(rows, columns, -99.0) == -1.0


@pytest.mark.parametrize("rho", [0.0, 0.6, -0.4])
def test_gaussian_activity_leaves_nothing(rho):
    found = cooccurrence(*gaussian_pairs(np.random.default_rng(4), rho, 200_000))
    for match in ("levels", "rho"):
        found = cooccurrence(*gaussian_pairs(np.random.default_rng(4), rho, 200_000), match=match)
        assert found.r == pytest.approx(rho, abs=0.01)
        for name in FEATURES:
            assert found.residuals[name] == pytest.approx(0.0, abs=0.03 if name == "contrast" else 0.005), (match, name)


def test_residuals_of_few_gaussian_bins_are_centred():
    """The bias of 300 bins is taken off: plain entropy would be .1 bit low."""
    rng = np.random.default_rng(5)
    draws = [cooccurrence(*gaussian_pairs(rng, 0.5, 300)) for _ in range(60)]
    entropy = np.array([d.residual for d in draws])
    energy = np.array([d.residuals["energy"] for d in draws])
    plain = np.mean([d.features["entropy"] - d.gaussian["entropy"] for d in draws])
    assert plain < -0.07
    assert abs(entropy.mean()) < 0.015 + 3 * entropy.std() / np.sqrt(60)
    assert abs(energy.mean()) < 0.0003 + 3 * energy.std() / np.sqrt(60)


def test_contrast_restates_the_correlation_of_levels():
    rng = np.random.default_rng(6)
    e = rng.negative_binomial(1, 0.3, 5000)
    i = rng.poisson(0.3 * e + 0.5)
    found = cooccurrence(e, i)
    assert found.residuals["correlation"] == pytest.approx(0.0, abs=1e-7)
    assert found.residuals["contrast"] == pytest.approx(0.0, abs=1e-6)
    p, level = found.table, np.arange(8)
    mean = p.sum(axis=1) @ level, p.sum(axis=0) @ level
    spread = [np.sqrt(m @ level**2 - a**2) for m, a in zip((p.sum(axis=1), p.sum(axis=0)), mean, strict=True)]
    restated = (
        spread[0] ** 2 + spread[1] ** 2 + (mean[0] - mean[1]) ** 2 - 2 * np.prod(spread) * found.features["correlation"]
    )
    assert found.features["contrast"] == pytest.approx(restated)


def test_sparse_gaussian_counts_leave_nothing_by_levels_but_do_by_rho():
    """Counts cut from a Gaussian copula: the correlation of counts is not that of the copula."""
    from scipy.special import ndtr
    from scipy.stats import poisson

    x, y = gaussian_pairs(np.random.default_rng(7), 0.7, 100_000)
    e, i = poisson.ppf(ndtr(x), 0.15), poisson.ppf(ndtr(y), 0.3)
    levels, rho = cooccurrence(e, i), cooccurrence(e, i, match="rho")
    assert levels.r == pytest.approx(0.7, abs=0.02)
    assert abs(levels.residual) < 0.003
    assert rho.r < 0.55
    assert abs(rho.residual) > 5 * abs(levels.residual)


def test_dependence_without_correlation_shows_in_the_residual():
    """I follows |E|: no correlation at all, yet I is known from E: one bit less, two bits of eight levels' three left."""
    e = np.random.default_rng(8).normal(size=100_000)
    found = cooccurrence(e, np.abs(e))
    assert abs(found.features["correlation"]) < 0.01
    assert found.residual == pytest.approx(4.0 - 6.0, abs=0.02)  # each level of |E| belongs to two ranges of E


def test_without_the_comparison():
    found = cooccurrence([1, 2, 3], [1, 3, 2], gaussian=False)
    assert np.isnan(found.residual)
    assert not found.gaussian
    assert found.reason == ""


# -- what can't be measured --------------------------------------------------------------------------------------


def test_a_constant_ensemble_has_no_correlation():
    found = cooccurrence([0, 0, 0, 0], [0, 1, 2, 3], levels=4)
    assert np.isnan(found.features["correlation"])
    assert found.features["entropy"] == pytest.approx(2.0)
    assert np.isnan(found.residual)
    assert "constant" in found.reason
    assert np.isnan(cooccurrence([2, 2], [2, 2], by="width").features["correlation"])


@pytest.mark.parametrize("bins", [0, 1])
def test_too_few_bins_say_why(bins):
    found = cooccurrence(np.ones(bins), np.ones(bins))
    assert np.isnan(found.headline)
    assert np.isnan(found.residual)
    assert "bins" in found.reason
    assert "bins" in repr(found)


def test_results_are_read_only():
    found = cooccurrence([1, 2, 3], [1, 3, 2])
    with pytest.raises(ValueError, match="read-only"):
        found.table[0, 0] = 1.0
    with pytest.raises(TypeError):
        found.features["entropy"] = 0.0
    assert "beyond a Gaussian copula" in repr(found)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: cooccurrence([1, 2], [1, 2], levels=1), "levels"),
        (lambda: cooccurrence([1, 2], [1, 2], by="quantile"), "by"),
        (lambda: cooccurrence([1, 2], [1, 2], match="spearman"), "match"),
        (lambda: cooccurrence([1, 2], [1, 2], limits=((0, 1), (0, 1))), 'by="width"'),
        (lambda: cooccurrence([1, 2], [1, 2], by="width", limits=((0, 1), (1, 1))), "low < high"),
        (lambda: cooccurrence([1, 2], [1]), "2 bins"),
        (lambda: texture_features([[0.0, 0.0], [0.0, 0.0]]), "all 0"),
        (lambda: texture_features([1.0, 2.0]), "shape"),
    ],
)
def test_what_is_refused(call, match):
    with pytest.raises(InputError, match=match):
        call()
