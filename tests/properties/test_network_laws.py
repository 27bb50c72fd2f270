"""Laws of the effective information of networks and of their macro nodes."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from causalgrain.information.effective import effective_information
from causalgrain.information.network_macro import network_macro_scale
from causalgrain.information.networks import adjacency, network_effective_information, out_weights

RULES = st.sampled_from(["drop", "self", "uniform"])


@st.composite
def graphs(draw, least=1, most=7):
    """Weights with zeros, sinks, self-loops and separate parts; at least one edge."""
    n = draw(st.integers(least, most))
    cells = st.lists(st.lists(st.sampled_from([0, 0, 1, 1, 2, 5]), min_size=n, max_size=n), min_size=n, max_size=n)
    table = np.array(draw(cells), dtype=float)
    assume(table.any())
    return table


@given(graphs(), RULES)
def test_parts_make_the_whole(table, rule):
    found = network_effective_information(table, sinks=rule)
    size = np.log2(len(table))
    assert -1e-12 <= found.bits <= size + 1e-12
    assert found.bits == pytest.approx((found.determinism - found.degeneracy) * size, abs=1e-12)
    assert -1e-12 <= found.degeneracy <= found.determinism + 1e-12
    assert found.determinism <= 1 + 1e-12
    assert found.sinks == (table.sum(axis=1) == 0).sum()


@given(graphs(), RULES)
def test_sparse_and_dense_agree_to_the_last_bit(table, rule):
    assert network_effective_information(table, sinks=rule) == network_effective_information(
        sp.coo_array(table), sinks=rule
    )


@given(graphs(), st.sampled_from(["self", "uniform"]))
def test_it_is_the_effective_information_of_the_walks_tpm(table, rule):
    tpm = out_weights(adjacency(table)[0], sinks=rule).toarray()
    assert network_effective_information(table, sinks=rule).bits == pytest.approx(
        effective_information(tpm).bits, abs=1e-12
    )


@given(graphs(), RULES, st.randoms(use_true_random=False))
def test_names_and_scales_of_rows_dont_matter(table, rule, random):
    order = list(range(len(table)))
    random.shuffle(order)
    scale = np.array([random.uniform(0.1, 10) for _ in order])
    other = (table * scale[:, None])[np.ix_(order, order)]
    one, two = (network_effective_information(t, sinks=rule) for t in (table, other))
    assert one.bits == pytest.approx(two.bits, abs=1e-10)
    assert (one.sinks, one.components) == (two.sinks, two.components)


@given(graphs(most=4), st.integers(2, 3))
def test_equal_separate_parts_add_what_tells_them_apart(table, copies):
    one = network_effective_information(table)
    many = network_effective_information(np.kron(np.eye(copies), table))
    assert many.bits == pytest.approx(one.bits + np.log2(copies), abs=1e-12)
    assert many.components == copies * one.components


@settings(max_examples=40)
@given(graphs(least=2, most=5), RULES, st.sampled_from(["uniform", "stationary"]))
def test_searches_lie_between_the_network_and_the_best_grouping(table, rule, macro):
    best = network_macro_scale(table, method="exhaustive", sinks=rule, macro=macro)
    micro = network_effective_information(table, sinks=rule).bits
    assert best.values()[0] == pytest.approx(micro, abs=1e-10)
    for method in ("greedy", "merge", "spectral"):
        found = network_macro_scale(table, method=method, sinks=rule, macro=macro, restarts=2)
        assert micro - 1e-10 <= found.peak.value <= best.peak.value + 1e-9
        assert found.peak.value <= np.log2(found.grains.n_macro[found.peak.index]) + 1e-9
