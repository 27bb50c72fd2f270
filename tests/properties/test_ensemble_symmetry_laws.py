"""Laws of time-ordered measures and symmetry tests: what swapping, reversing, scaling and splitting must do."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain.ensembles.cumulative import cumulative
from causalgrain.ensembles.exchange import exchange
from causalgrain.ensembles.excursions import excursions
from causalgrain.ensembles.lag import lagged_correlation
from causalgrain.ensembles.neighbourhoods import neighbourhoods
from causalgrain.ensembles.scale_symmetry import standard_curve
from causalgrain.ensembles.synaptic import synaptic_current
from causalgrain.ensembles.time_reversal import entropy_production, time_reversal

counts = st.integers(0, 4)


@st.composite
def pairs(draw, low=4, high=40):
    """Two series of counts and the lengths of their segments."""
    n = draw(st.integers(low, high))
    e, i = (np.array(draw(st.lists(counts, min_size=n, max_size=n)), dtype=float) for _ in range(2))
    cuts = sorted(draw(st.lists(st.integers(0, n), max_size=3)))
    return e, i, np.diff([0, *cuts, n]).astype(int)


@given(pairs(), st.sampled_from(["overlap", "global"]))
def test_swapping_roles_and_reversing_time_both_turn_the_lags_round(pair, means):
    e, i, lengths = pair
    kept = {"max_lag": 3, "means": means, "draws": 0}
    forth = lagged_correlation(e, i, lengths=lengths, **kept).rho
    np.testing.assert_allclose(lagged_correlation(i, e, lengths=lengths, **kept).rho[::-1], forth, atol=1e-9)
    back = lagged_correlation(e[::-1], i[::-1], lengths=lengths[::-1], **kept).rho
    np.testing.assert_allclose(back[::-1], forth, atol=1e-9)


@given(pairs(), st.floats(0.1, 10), st.floats(-5, 5), st.integers(2, 9))
def test_correlation_knows_no_unit_and_no_blocks(pair, factor, shift, blocks):
    e, i, lengths = pair
    kept = {"lengths": lengths, "max_lag": 2, "draws": 0}
    plain = lagged_correlation(e, i, **kept).rho
    np.testing.assert_allclose(lagged_correlation(factor * e + shift, i, **kept, blocks=blocks).rho, plain, atol=1e-8)
    assert (np.abs(plain[np.isfinite(plain)]) <= 1 + 1e-9).all()


@given(pairs())
def test_s_is_additive_odd_and_ends_at_its_sum(pair):
    e, i, lengths = pair
    s = cumulative(e, i, lengths=lengths, baseline="zero").s
    np.testing.assert_allclose(cumulative(i, e, lengths=lengths, baseline="zero").s, -s)
    ends = np.cumsum(lengths)[lengths > 0] - 1
    assert s[ends].sum() == pytest.approx((e - i).sum())
    whole = cumulative(e, i).s
    assert whole[-1] == pytest.approx(0.0, abs=1e-9)  # about its own mean


@given(st.integers(0, 10_000), st.booleans())
def test_excursions_turn_with_the_sign_and_scale_with_the_unit(seed, flip):
    f = np.random.default_rng(seed).standard_t(3, size=300)
    f[100:160] += 6.0
    one = excursions(f, width=0.1)
    other = excursions((-8.0 if flip else 8.0) * f, width=0.1)  # a power of 2, so that rounding is the same
    np.testing.assert_array_equal(other.onset, one.onset)
    np.testing.assert_array_equal(other.end, one.end)
    np.testing.assert_allclose(other.area, (-8.0 if flip else 8.0) * one.area)
    assert (one.end > one.onset).all()
    assert (one.onset >= 0).all()
    assert (one.end <= 30.0 + 1e-9).all()


@given(pairs(low=2), st.lists(st.integers(1, 5), min_size=40, max_size=40), st.integers(2, 6))
def test_exchange_is_symmetric_bounded_and_counts_weights(pair, weights, levels):
    e, i, _ = pair
    w = np.array(weights[: len(e)])
    found = exchange(e, i, weights=w, levels=levels)
    if found.reason:
        return
    swapped, repeated = (
        exchange(i, e, weights=w, levels=levels),
        exchange(np.repeat(e, w), np.repeat(i, w), levels=levels),
    )
    assert swapped.distance == pytest.approx(found.distance)
    np.testing.assert_allclose(swapped.table, found.table.T)
    np.testing.assert_allclose(repeated.table, found.table)
    assert repeated.bias == pytest.approx(found.bias)
    assert -1e-12 <= found.marginal <= found.distance + 1e-12
    assert found.distance <= found.relative + 1e-12 <= 1 + 2e-12
    mirror = exchange(np.concatenate([e, i]), np.concatenate([i, e]), levels=levels)
    assert mirror.distance == pytest.approx(0.0, abs=1e-12)


@given(pairs(low=12))
def test_entropy_production_is_never_negative_and_the_same_backwards(pair):
    e, i, lengths = pair
    forth = time_reversal(e, i, lengths=lengths, blocks=4, draws=9)
    back = time_reversal(e[::-1], i[::-1], lengths=lengths[::-1], blocks=4, draws=9)
    if forth.reason or forth.blocks != back.blocks or forth.flows.sum() != back.flows.sum():
        return
    assert forth.raw >= 0
    assert (forth.null >= 0).all()
    swapped = time_reversal(i, e, lengths=lengths, blocks=4, draws=9)
    assert swapped.raw == pytest.approx(forth.raw)


@given(st.integers(2, 5), st.integers(0, 10_000))
def test_a_chain_in_detailed_balance_produces_nothing(states, seed):
    flows = np.random.default_rng(seed).integers(1, 20, (states, states)).astype(float)
    assert entropy_production(flows + flows.T) == pytest.approx(0.0, abs=1e-12)
    assert entropy_production(flows) == pytest.approx(entropy_production(flows.T))
    # lumping states never raises it (data processing): the first two become one
    lumped = np.add.reduceat(np.add.reduceat(flows, [0, *range(2, states)], axis=0), [0, *range(2, states)], axis=1)
    assert entropy_production(lumped) <= entropy_production(flows) + 1e-12


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=30), st.floats(0.1, 9), st.floats(-9, 9))
def test_a_standard_curve_knows_no_unit_and_is_convex_below_zero(values, factor, shift):
    z = np.sort(np.array(values))
    if z.std() < 1e-3:
        return
    p = np.linspace(0, 1, 41)
    curve = standard_curve(z, np.ones(len(z)), p)
    np.testing.assert_allclose(standard_curve(factor * z + shift, np.ones(len(z)), p), curve, atol=1e-6)
    assert curve[[0, -1]] == pytest.approx([0, 0], abs=1e-9)
    assert (curve <= 1e-9).all()
    assert (np.diff(curve, 2) >= -1e-9).all()
    assert curve.min() >= -0.5 - 1e-9  # two values, half each, are deepest


@settings(deadline=None)  # the first call loads scipy's filters
@given(
    st.lists(st.floats(0, 2), max_size=12),
    st.lists(st.floats(0, 2), max_size=12),
    st.floats(0.001, 0.5),
    st.sampled_from([0.01, 0.02, 0.05]),
)
def test_currents_add_up_and_change_sign_with_roles(e, i, tau, step):
    kept = {"segments": [[0.0, 2.0]], "step": step, "tau_e": tau, "tau_i": tau}
    both = synaptic_current(e, i, **kept).current
    np.testing.assert_allclose(synaptic_current(i, e, **kept).current, -both, atol=1e-9)
    apart = synaptic_current(e, [], **kept).current - synaptic_current(i, [], **kept).current
    np.testing.assert_allclose(apart, both, atol=1e-9)


@given(st.integers(2, 9), st.integers(0, 1000))
def test_neighbourhoods_grow(units, seed):
    rng = np.random.default_rng(seed)
    places, labels = rng.random((units, 2)), np.arange(units) % 2 == 0
    found = list(neighbourhoods(places, inhibitory=labels, radii=[0.3, 0.6, 2.0], centres=places[:1]))
    sets = [set(n.units.tolist()) for n in found]
    assert all(a <= b for a, b in pairwise(sets))
    assert sets[-1] == set(range(units))
