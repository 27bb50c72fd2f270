"""Laws of causal power over partitions."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import causalgrain as cg
from causalgrain.information.causal_emergence import causal_emergence
from causalgrain.information.causal_path import emergent_complexity
from causalgrain.information.partitions import canonical, inconsistency, partition_tpm
from causalgrain.information.primitives import causal_power, causal_primitives


@st.composite
def tpms(draw, most=6):
    """TPMs with zeros, ties and equal rows."""
    n = draw(st.integers(1, most))
    pool = np.array(draw(st.lists(st.lists(st.integers(0, 4), min_size=n, max_size=n), min_size=n, max_size=n)), float)
    pool[pool.sum(axis=1) == 0] = 1
    rows = draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n))
    return (pool / pool.sum(axis=1, keepdims=True))[rows]


@st.composite
def lumpable(draw, most=6):
    """A TPM, the labels of a partition it is lumpable to, and the TPM of the blocks."""
    n = draw(st.integers(2, most))
    labels = canonical(np.array([draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n))]))[0]
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    m = int(labels.max()) + 1
    macro = rng.dirichlet(np.full(m, 0.5), size=m)
    tpm = np.zeros((n, n))
    for block in range(m):
        members = np.flatnonzero(labels == block)
        tpm[:, members] = macro[labels, block][:, None] * rng.dirichlet(np.ones(len(members)), size=n)
    return tpm, labels, macro


@given(tpms())
def test_causal_power_is_effective_information_over_its_size(tpm):
    found = causal_primitives(tpm)
    assert 0 <= found.power <= 1
    assert 0 <= found.primitives_power <= 1
    assert found.power * np.log2(len(tpm)) == pytest.approx(cg.effective_information(tpm).bits, abs=1e-12)
    assert found.primitives_power == pytest.approx(max(found.sufficiency + found.necessity - 1, 0), abs=1e-12) or (
        len(tpm) == 1
    )


@given(tpms(), st.randoms(use_true_random=False))
def test_names_of_states_do_not_matter(tpm, random):
    order = list(range(len(tpm)))
    random.shuffle(order)
    a, b = causal_emergence(tpm), causal_emergence(tpm[np.ix_(order, order)])
    assert b.emergence == pytest.approx(a.emergence, abs=1e-9)
    assert (b.profile.n_admitted, len(b.path), b.path.longest) == (a.profile.n_admitted, len(a.path), a.path.longest)
    assert b.path.cp.sum() == pytest.approx(a.path.cp.sum(), abs=1e-9)


@given(lumpable())
def test_a_lumpable_chain_is_consistent_and_its_macro_tpm_is_the_planted_one(case):
    tpm, labels, macro = case
    assert inconsistency(tpm, labels) < 1e-9
    assert partition_tpm(tpm, labels) == pytest.approx(macro, abs=1e-12)
    found = causal_emergence(tpm)
    assert found.end.value >= causal_power(macro) - 1e-9


@settings(max_examples=50)
@given(lumpable())
def test_no_search_beats_the_exhaustive_one(case):
    tpm, _, _ = case
    best = causal_emergence(tpm, method="exhaustive")
    for method in ("greedy", "beam"):
        found = causal_emergence(tpm, method=method)
        assert found.end.value <= best.end.value + 1e-9
        assert found.path.inconsistency.max() <= 1e-9
        listed = dict(zip(best.profile.grains, best.profile.values(), strict=True))
        for grain, value in zip(found.profile.grains, found.profile.values(), strict=True):
            assert listed[grain] == pytest.approx(value, abs=1e-12)


@given(tpms())
def test_increments_sum_to_what_emerges(tpm):
    found = causal_emergence(tpm)
    path = found.path
    assert path.increments.sum() == pytest.approx(path.cp[-1] - path.cp[0], abs=1e-12)
    assert path.emergence >= 0
    assert path.cp[-1] == found.end.value
    assert path.scales.blocks[0] == len(tpm)
    assert (np.diff(path.scales.blocks) < 0).all()
    assert 0 <= path.complexity <= np.log2(max(len(path) - 1, 1)) + 1e-12
    assert 0 <= path.normalised_complexity <= 1 + 1e-12
    if path.complexity_range is not None and not path.losses:
        low, high = path.complexity_range
        assert low - 1e-6 <= path.complexity <= high + 1e-6


@settings(max_examples=30)
@given(tpms(5), st.sampled_from(["information", "primitives"]))
def test_a_wider_tolerance_admits_more(tpm, power):
    found = [causal_emergence(tpm, tolerance=tolerance, power=power) for tolerance in (1e-9, 0.1, 1e3)]
    admitted = [f.profile.n_admitted for f in found]
    assert admitted == sorted(admitted)
    assert admitted[-1] == len(found[0].profile)
    assert found[0].end.value <= found[1].end.value + 1e-9 <= found[2].end.value + 2e-9


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.01, 100), st.randoms(use_true_random=False))
def test_emergent_complexity_has_no_unit_and_no_order(gains, scale, random):
    assume(sum(gains) > 1e-3)
    shuffled = [scale * gain for gain in gains]
    random.shuffle(shuffled)
    assert emergent_complexity(shuffled) == pytest.approx(emergent_complexity(gains), abs=1e-9)
