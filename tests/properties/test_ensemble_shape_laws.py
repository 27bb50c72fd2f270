"""Laws of the shapes of ensemble activity: collapse, partition, co-occurrence, subsampling."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from causalgrain.ensembles._levels import as_levels, level_bounds
from causalgrain.ensembles.collapse import collapse, collapse_error
from causalgrain.ensembles.cooccurrence import cooccurrence, texture_features
from causalgrain.ensembles.partition import partition, poisson_gini
from causalgrain.ensembles.subsampling import extrapolate_correlation

COUNTS = st.integers(0, 12)
FEW = settings(max_examples=60, deadline=None)


@st.composite
def binned(draw, least=2):
    """Return (E, I, weights): counts of up to 25 pairs."""
    n = draw(st.integers(least, 25))
    rows = [draw(st.lists(COUNTS, min_size=n, max_size=n)) for _ in range(2)]
    return np.array(rows[0]), np.array(rows[1]), np.array(draw(st.lists(st.integers(1, 5), min_size=n, max_size=n)))


@FEW
@given(binned())
def test_a_weight_is_a_number_of_bins(data):
    e, i, w = data
    long = np.repeat(e, w), np.repeat(i, w)
    assert collapse(e, i, weights=w).curve == pytest.approx(collapse(*long).curve, abs=1e-12)
    assert collapse(e, i, weights=w).ratio == pytest.approx(collapse(*long).ratio, abs=1e-12, nan_ok=True)
    assert partition(e, i, weights=w).gini == pytest.approx(partition(*long).gini, abs=1e-12, nan_ok=True)
    short, full = cooccurrence(e, i, weights=w, gaussian=False), cooccurrence(*long, gaussian=False)
    assert short.table == pytest.approx(full.table, abs=1e-12)


@FEW
@given(binned(), st.randoms(use_true_random=False))
def test_the_order_of_bins_does_not_matter(data, random):
    e, i, w = data
    order = list(range(len(e)))
    random.shuffle(order)
    other = e[order], i[order]
    assert collapse(e, i, weights=w).curve == pytest.approx(collapse(*other, weights=w[order]).curve, abs=1e-12)
    assert partition(e, i, weights=w).curves == pytest.approx(
        partition(*other, weights=w[order]).curves, abs=1e-12, nan_ok=True
    )
    assert cooccurrence(e, i, weights=w, gaussian=False).table == pytest.approx(
        cooccurrence(*other, weights=w[order], gaussian=False).table, abs=1e-12
    )


@FEW
@given(binned(), st.floats(0.01, 50.0), st.floats(-20.0, 20.0))
def test_collapse_keeps_its_shape_under_scale_and_shift(data, scale, shift):
    e, i, w = data
    found, other = collapse(e, i, weights=w), collapse(scale * e + shift, scale * i, weights=w)
    assert other.depth == pytest.approx(scale * found.depth, rel=1e-9, abs=1e-9)
    assert other.shape == pytest.approx(found.shape, abs=1e-8, nan_ok=True)
    assert other.ratio == pytest.approx(found.ratio, rel=1e-8, abs=1e-8, nan_ok=True)


@FEW
@given(binned())
def test_exchange_mirrors_the_collapse_curve(data):
    """f -> -f: L(p) -> L(1 - p)."""
    e, i, w = data
    there, back = collapse(e, i, weights=w), collapse(i, e, weights=w)
    assert back.curve == pytest.approx(there.curve[::-1], abs=1e-12)
    assert (back.depth, back.rho) == pytest.approx((there.depth, there.rho), abs=1e-12, nan_ok=True)


@FEW
@given(binned())
def test_depth_is_half_the_mean_deviation_and_below_half_the_spread(data):
    e, i, w = data
    found = collapse(e, i, weights=w)
    f = e - i
    deviation = np.average(np.abs(f - np.average(f, weights=w)), weights=w)
    assert found.depth == pytest.approx(deviation / 2, abs=1e-12)
    assert found.depth <= found.spread / 2 + 1e-12
    assert (np.diff(found.curve, 2) >= -1e-10).all()
    assert np.nan_to_num(found.shape).min() >= -1.0 - 1e-12


@FEW
@given(st.lists(binned(least=3), min_size=2, max_size=5), st.sampled_from(["l1", "l2"]))
def test_collapse_error_ignores_scale_and_order(many, norm):
    curves = np.array([collapse(e, i, points=21).curve for e, i, _ in many])
    factors = np.linspace(0.3, 4.0, len(curves))[:, None]
    found = collapse_error(curves, norm=norm).error
    assert collapse_error(factors * curves[::-1], norm=norm).error == pytest.approx(found, abs=1e-9, nan_ok=True)
    twice = collapse_error(np.concatenate([curves, curves]), norm=norm).error
    assert not np.isfinite(found) or twice == pytest.approx(found, abs=1e-9)


@FEW
@given(binned(), st.floats(0.01, 50.0))
def test_gini_lies_between_0_and_1_and_has_no_unit(data, unit):
    e, i, w = data
    found = partition(e, i, weights=w)
    known = found.gini[np.isfinite(found.gini)]
    assert ((known >= -1e-12) & (known <= 1.0)).all()
    assert partition(unit * e, unit * i, weights=w, spike=(unit, unit)).gini == pytest.approx(
        found.gini, abs=1e-9, nan_ok=True
    )
    curves = found.curves[np.isfinite(found.gini)]
    assert (np.diff(curves, axis=1) >= -1e-12).all()
    assert (np.diff(curves, 2, axis=1) >= -1e-10).all()


@FEW
@given(binned())
def test_pooling_never_adds_inequality(data):
    """Gini of a sum is at most the mean of the Ginis, weighted by the sums."""
    e, i, w = data
    found = partition(e, i, weights=w)
    assume(np.isfinite(found.gini).all())
    assert found.gini[2] <= (found.gini[:2] * found.mean[:2]).sum() / found.mean[2] + 1e-12


@FEW
@given(st.floats(0.0, 200.0), st.floats(0.01, 5.0))
def test_poisson_gini_falls_with_the_mean(mean, more):
    assert poisson_gini(mean + more) < poisson_gini(mean) <= 1.0
    assert poisson_gini(mean, bins=20) < poisson_gini(mean)


@FEW
@given(binned(least=4), st.sampled_from(["rank", "width"]), st.integers(2, 9))
def test_tables_are_probabilities_and_features_stay_in_their_bounds(data, by, levels):
    e, i, w = data
    found = cooccurrence(e, i, weights=w, by=by, levels=levels)
    assert found.table.sum() == pytest.approx(1.0)
    features = found.features
    assert 0.0 <= features["dissimilarity"] <= features["contrast"] + 1e-12 <= (levels - 1) ** 2 + 1e-9
    assert 0.0 < features["homogeneity"] <= 1.0 + 1e-12
    assert 1.0 / levels**2 - 1e-12 <= features["energy"] <= 1.0 + 1e-12
    assert 0.0 <= features["entropy"] <= 2 * np.log2(levels) + 1e-12
    if found.gaussian:
        assert -1.0 <= found.r <= 1.0
        assert 0.0 <= found.gaussian["entropy"] <= 2 * np.log2(levels) + 1e-9


@FEW
@given(binned())
def test_exchange_transposes_the_table(data):
    e, i, w = data
    there, back = cooccurrence(e, i, weights=w), cooccurrence(i, e, weights=w)
    assert back.table == pytest.approx(there.table.T)
    assert dict(back.features) == pytest.approx(dict(there.features), abs=1e-9, nan_ok=True)
    assert dict(back.residuals) == pytest.approx(dict(there.residuals), abs=1e-6, nan_ok=True)


@FEW
@given(binned(), st.sampled_from([np.sqrt, np.square, lambda x: 3.0 * x + 1.0]))
def test_levels_by_rank_know_only_ranks(data, grow):
    e, i, w = data
    other = cooccurrence(grow(e.astype(float)), i, weights=w, gaussian=False)
    assert other.table == pytest.approx(cooccurrence(e, i, weights=w, gaussian=False).table)


@FEW
@given(st.lists(COUNTS, min_size=1, max_size=40), st.integers(2, 9))
def test_equal_values_are_on_one_level_and_order_is_kept(values, levels):
    values = np.array(values)
    found = as_levels(values, level_bounds(values, None, levels))
    assert found.max() < levels
    for a, b in zip(values, found, strict=True):
        assert (found[values == a] == b).all()
        assert (found[values > a] >= b).all()


@FEW
@given(st.lists(st.floats(0.0, 1.0), min_size=9, max_size=9))
def test_features_of_a_mirrored_table(cells):
    assume(sum(cells) > 0.1)
    table = np.array(cells).reshape(3, 3)
    there, back = texture_features(table), texture_features(table[::-1, ::-1])
    assert back == pytest.approx(there, abs=1e-9, nan_ok=True)  # counting levels from the top changes nothing


@st.composite
def populations(draw):
    """Return counts (bins, units) and flags: 4 to 7 units of each class, in mixed order."""
    sizes = draw(st.integers(4, 7)), draw(st.integers(4, 7))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    drive = rng.gamma(2.0, size=(40, 1))
    return rng.poisson(drive * rng.gamma(2.0, 0.5, size=sum(sizes))), rng.permutation(np.repeat([False, True], sizes))


@FEW
@given(populations(), st.floats(0.1, 10.0), st.floats(0.1, 10.0))
def test_extrapolation_ignores_units_of_activity_and_order(data, first, second):
    counts, flags = data
    whole = (200, 100)
    found = extrapolate_correlation(counts, flags, population=whole)
    scaled = extrapolate_correlation(counts * np.where(flags, second, first), flags, population=whole)
    order = np.random.default_rng(0).permutation(len(flags))
    moved = extrapolate_correlation(counts[::-1, order], flags[order], population=whole)
    for other in (scaled, moved):
        for name in ("observed", "value", "low", "high"):
            assert getattr(other, name) == pytest.approx(getattr(found, name), abs=1e-6, nan_ok=True), name


@FEW
@given(populations())
def test_more_units_of_a_driven_population_correlate_more(data):
    counts, flags = data
    found = extrapolate_correlation(counts, flags, population=(200, 100))
    assume((found.shared > 0).all() and (found.variance > found.shared[:2]).all())
    steps = [found.at(n, n) for n in (1, 3, 10, 100, 10_000)]
    assert (np.diff(steps) >= 0).all()
    assert found.at(1, 1) >= 0
    if np.isfinite(found.low):
        assert -1.0 <= found.low <= found.value <= found.high <= 1.0


@FEW
@given(populations())
def test_exchanging_the_classes_changes_nothing(data):
    counts, flags = data
    there = extrapolate_correlation(counts, flags, population=(200, 100))
    back = extrapolate_correlation(counts, ~flags, population=(100, 200))
    for name in ("observed", "value", "low", "high"):
        assert getattr(back, name) == pytest.approx(getattr(there, name), abs=1e-9, nan_ok=True), name
