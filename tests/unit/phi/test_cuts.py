"""The search cut by cut, in threads: what comes out is the same, byte for byte, and stops when it is told to."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.phi import cost, cuts
from causalgrain.phi.conventions import TOLERANCE
from causalgrain.phi.cuts import search_cuts
from causalgrain.phi.prepared import prepare


def dense(n, seed):
    return cg.Network(np.random.default_rng(seed).random((1 << n, n)))


def bytes_of(result):
    concepts = [(c.phi, c.cause.repertoire.tobytes(), c.effect.repertoire.tobytes()) for c in result.structure]
    return result.phi, result.cut, result.ties, concepts


@pytest.mark.parametrize("name", ["dense", "ring", "zero"])
def test_threads_change_no_byte(name, monkeypatch):
    monkeypatch.setattr(cuts, "ONE_BY_ONE", 2)
    net, state = {
        "dense": (dense(5, 3), "00000"),
        "ring": (cg.published("hoel2016-fig4"), "000000"),
        "zero": (cg.published("hoel2016-fig6"), "000000"),
    }[name]
    results = [bytes_of(cg.big_phi(net, state, workers=workers)) for workers in (1, 2, 2, 3)]
    assert all(result == results[0] for result in results)
    monkeypatch.undo()
    once = cg.big_phi(net, state)
    assert once.phi == pytest.approx(results[0][0], abs=1e-13)
    assert bytes_of(once)[1:] == results[0][1:]


@pytest.mark.parametrize("seed", range(4))
def test_cut_by_cut_is_the_search_in_one_call(seed, monkeypatch):
    p = prepare(dense(4, seed), (0, 1, 0, 1), (0, 1, 2, 3))
    phi, source, distances = search_cuts(p)
    monkeypatch.setattr(cuts, "ONE_BY_ONE", 2)
    other, same, lower = search_cuts(p)
    assert other == pytest.approx(phi, abs=1e-13)
    assert same == source
    near = distances <= phi + TOLERANCE
    np.testing.assert_array_equal(near, lower <= phi + TOLERANCE)
    assert np.nanmin(lower) == pytest.approx(phi, abs=1e-13)


def test_of_cuts_that_leave_nothing_the_first_to_leave_is_named(monkeypatch):
    """Three elements, every one a coin that copies nothing in particular: all cuts leave 0 once a concept is there."""
    on = np.full((8, 3), 0.5)
    on[:, 0] = [0.2, 0.8, 0.2, 0.8, 0.2, 0.8, 0.2, 0.8]  # A keeps itself; nothing else matters
    p = prepare(cg.Network(on, np.ones((3, 3))), (0, 0, 0), (0, 1, 2))
    monkeypatch.setattr(cuts, "ONE_BY_ONE", 2)
    one, two = search_cuts(p, 1), search_cuts(p, 2)
    assert one[0] == two[0] == 0.0
    assert one[1] == two[1] > 0


def test_an_error_in_a_thread_stops_the_others_and_is_raised(monkeypatch):
    monkeypatch.setattr(cuts, "ONE_BY_ONE", 2)
    calls = []

    def broken(queue, *args):
        calls.append(queue)
        raise RuntimeError("stop here")

    monkeypatch.setattr(cuts, "_settle", broken)
    with pytest.raises(RuntimeError, match="stop here"):
        search_cuts(prepare(dense(4, 0), (0, 0, 0, 0), (0, 1, 2, 3)), 2)
    assert calls[0].stopped


def test_tables_that_do_not_fit_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr(cost, "micro_bytes", lambda k: 2.0**60)
    with pytest.raises(cg.CostError, match=r"GiB of memory of this machine.*about 1\.07e\+09 GiB.*smaller candidate"):
        cg.big_phi(cg.published("basic"), "100")


def test_memory_is_estimated_from_the_tables():
    assert cost.micro_bytes(8) < 2**30
    assert 2**30 < cost.micro_bytes(10) < 4 * 2**30
