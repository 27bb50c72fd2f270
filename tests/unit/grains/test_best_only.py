"""Only the best grain asked for: the same peak and ties, less work, the same bytes for any number of workers."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains import run, search

DENSE = cg.Network(np.random.default_rng(5).random((16, 4)))
CASES = [
    (cg.published("hoel2016-fig2"), "0000", None),
    (cg.published("hoel2016-fig4"), "000000", None),
    (cg.published("hoel2016-fig6"), "000000", None),
    (DENSE, "0101", 1.0),
    (cg.published("basic"), "100", None),
]


@pytest.mark.parametrize(("net", "state", "threshold"), CASES, ids=["Fig. 2", "Fig. 4", "Fig. 6", "dense", "basic"])
def test_the_peak_is_that_of_the_whole_search(net, state, threshold, monkeypatch):
    monkeypatch.setattr(run, "ROUND", 2)
    every = cg.scan(net, state, max_dependence=threshold)
    best = cg.scan(net, state, max_dependence=threshold, best_only=True)
    assert (best.peak.label, best.peak.value) == (every.peak.label, every.peak.value)
    assert [tie.label for tie in best.ties] == [tie.label for tie in every.ties]
    a, b = every.table, best.table
    pruned = (b.reason == search.REASONS[3]).to_numpy()
    assert b.phi[pruned].isna().all()
    assert (a.phi[pruned] < every.peak.value).all()
    kept = ~pruned
    np.testing.assert_array_equal(a.phi[kept], b.phi[kept])
    assert (a.reason[kept] == b.reason[kept]).all()
    assert not b.admitted[pruned].any()
    np.testing.assert_array_equal(a.ei, b.ei)


def test_it_prunes_and_no_worker_changes_a_byte(monkeypatch):
    monkeypatch.setattr(run, "ROUND", 2)
    monkeypatch.setattr(run, "CHUNK", 8)
    one, two = (cg.scan(DENSE, "0101", max_dependence=1.0, best_only=True, workers=w) for w in (1, 2))
    given_up = (one.table.reason == "below the best").sum()
    assert given_up > 20
    assert f"{given_up} grains were given up below the best; runner-up, margin" in one.notes[0]
    assert not cg.scan(DENSE, "0101", max_dependence=1.0).notes
    assert one.data.identical(two.data)


@pytest.mark.parametrize(
    "call",
    [
        lambda: cg.scan(DENSE, {"0000": 0.5, "1111": 0.5}, best_only=True),
        lambda: cg.scan(cg.Network(DENSE.tpm, origin="estimated", occupancy=np.ones(16)), "0000", best_only=True),
    ],
)
def test_means_over_states_need_every_grain(call):
    with pytest.raises(cg.InputError, match=r"an exact network in one state.*leave best_only out"):
        call()
