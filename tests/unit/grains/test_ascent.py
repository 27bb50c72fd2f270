"""The ascent: what it finds, what it says of itself, and what it refuses."""

from itertools import pairwise

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains.ascent import HIT_RATES, _most, ascend
from causalgrain.grains.neighbours import merges, splits
from causalgrain.systems.coarse import Grain, micro_grain

FIG2, FIG4 = cg.published("hoel2016-fig2"), cg.published("hoel2016-fig4")
PAIRS = Grain(((0, 1), (2, 3), (4, 5)), ((2,), (2,), (2,)))


def blocks(n: int, source, low: float = 0.3) -> cg.Network:
    """Each element is ON with 1 if all it reads is on, else with `low`."""
    states = np.arange(1 << n)[:, None] >> np.arange(n) & 1
    return cg.Network(np.stack([np.where(states[:, source(i)].all(axis=1), 1.0, low) for i in range(n)], axis=1))


@pytest.mark.parametrize("start", ["micro", "coarse", "both"])
def test_the_path_of_figure_seven_is_found(start):
    found = ascend(FIG4, "000000", start=start)
    assert found.grain == PAIRS
    assert found.phi == pytest.approx(0.834183, abs=2e-6)
    assert found.path[-1].grain == PAIRS
    profile = cg.scan(FIG4, "000000", "full")
    assert profile.peak is not None
    assert found.phi == pytest.approx(profile.peak.value, abs=1e-12)
    assert found.searches < (profile.admitted & (profile.table["macro_elements"] > 1)).sum() / 2
    assert found.tests < len(profile) / 2


def test_every_number_met_is_that_of_the_scan():
    profile = cg.scan(FIG4, "000000", "full")
    found = ascend(FIG4, "000000", beam=3)
    rows = {profile.grains[row]: row for row in range(len(profile))}
    phi, dependence = profile.values(), profile.values("dependence")
    for point in found.met:
        assert point.phi == pytest.approx(phi[rows[point.grain]], abs=1e-12)
        assert point.dependence == pytest.approx(dependence[rows[point.grain]], abs=1e-12)
        assert profile.admitted[rows[point.grain]]
    assert [p.phi for p in found.met] == sorted((p.phi for p in found.met), reverse=True)
    assert found.micro_phi == pytest.approx(phi[0], abs=1e-12)
    assert found.emergence == pytest.approx(found.phi - phi[0])
    assert found.cut is not None
    assert sorted(found.cut.from_nodes + found.cut.to_nodes) == list(range(6))
    assert cg.big_phi(FIG4, "000000", grain=found.grain).cut == found.cut


def test_a_path_goes_from_cover_to_cover():
    found = ascend(FIG4, "000000")
    grains = [point.grain for point in found.path]
    assert grains[0] == micro_grain(tuple(range(6)))
    for fine, coarse in pairwise(grains):
        assert coarse in set(merges(fine))
        assert fine in set(splits(coarse))


def test_grains_without_phi_are_looked_through():
    """Blocks of three: each grain between the micro grain and the blocks that has one pair is dependent or worse."""
    net = blocks(6, lambda i: [(i // 3 * 3 + 3 + k) % 6 for k in range(3)])
    target = Grain(((0, 1, 2), (3, 4, 5)), ((3,), (3,)))
    peak = cg.scan(net, "000000", "full").peak
    assert peak is not None
    assert peak.grain == target
    coarse = ascend(net, "000000", start=Grain(((0, 1, 2, 3, 4, 5),), ((6,),)), again=False)
    assert coarse.grain == target
    blind = ascend(net, "000000", start=Grain(((0, 1, 3), (2, 4, 5)), ((3,), (3,))), look=0, again=False)
    assert blind.grain != target
    assert ascend(net, "000000", start="coarse", again=False).grain == target


def test_majority_of_three_single_elements_is_reached_at_once():
    """Blocks that read the majority of the block before: no pair of elements leads there."""
    states = np.arange(64)[:, None] >> np.arange(6) & 1
    majority = [states[:, 3 * (1 - i // 3) : 3 * (1 - i // 3) + 3].sum(axis=1) > 1 for i in range(6)]
    net = cg.Network(np.stack([np.where(on, 0.9, 0.1) for on in majority], axis=1))
    target = Grain(((0,), (1,), (2,), (3, 4, 5)), ((1,), (1,), (1,), (2, 3)))
    values = {point.grain: point.phi for point in ascend(net, "000000").met}
    assert values[target] == pytest.approx(cg.big_phi(net, "000000", grain=target).phi, abs=1e-12)
    fewer = ascend(net, "000000", most=2)
    assert target not in {point.grain for point in fewer.met}
    assert not fewer.exhaustive


def test_pairs_of_a_system_whose_micro_level_is_not_taken():
    ring = [blocks(n, lambda i, n=n: [(i // 2 * 2 - 2) % n, (i // 2 * 2 - 1) % n]) for n in (8, 10)]
    grains = [Grain(tuple((i, i + 1) for i in range(0, n, 2)), ((2,),) * (n // 2)) for n in (8, 10)]
    # Up, through grains of more macro elements than have their Phi taken.
    up = ascend(ring[0], "0" * 8, most=2, max_macro=4, again=False)
    assert up.grain == grains[0]
    assert [len(point.grain.groups) for point in up.path] == [8, 7, 6, 5, 4]
    assert np.isnan([point.phi for point in up.path[1:4]]).all()
    assert np.isnan([point.dependence for point in up.path[1:4]]).all()
    assert not up.exhaustive
    # Down, from a coarse grain: the same Phi, each pair reads one pair and is read by one.
    down = ascend(ring[1], "0" * 10, start=Grain(((0, 1, 2, 3, 4, 5), (6, 7, 8, 9)), ((6,), (4,))), max_macro=5)
    assert down.grain == grains[1]
    assert down.phi == pytest.approx(up.phi, abs=1e-9)
    assert down.phi == pytest.approx(cg.big_phi(ring[0], "0" * 8, grain=grains[0]).phi, abs=1e-9)
    assert np.isnan(down.micro_phi)
    assert "too large" in repr(down)


def test_ties_are_reported():
    """Against the scan, where every grain counts; two of them differ in nothing but names."""
    found = ascend(FIG2, "0000", max_dependence=1.0, beam=10, searches=1000)
    values = cg.scan(FIG2, "0000", "full", max_dependence=1.0)
    top = np.nanmax(values.values())
    assert found.phi == pytest.approx(top, abs=1e-9)
    assert set(found.ties) == {tie.grain for tie in values.ties}


def test_subsets_are_met_on_request():
    """A fifth element that copies itself stands beside the pairs: the complex is the pairs without it."""
    states = np.arange(32)
    net = cg.Network(np.hstack([FIG2.tpm[states & 15], (states[:, None] >> 4 & 1) * 1.0]))
    apart = ascend(net, "00000")
    found = ascend(net, "00000", subsets=True)
    assert found.grain is not None
    assert found.grain.nodes == (0, 1, 2, 3)
    assert found.phi == pytest.approx(0.597213, abs=2e-6)
    assert apart.phi == pytest.approx(0.0, abs=1e-9)
    best = cg.scan(net, "00000").peak
    assert best is not None
    assert best.value == pytest.approx(found.phi, abs=1e-12)
    down = ascend(net, "00000", start=Grain(((0, 1), (2,)), ((2,), (1,))), subsets=True)
    assert max(len(point.grain.nodes) for point in down.met) > 3


def test_counts_of_what_was_looked_at():
    found = ascend(FIG2, "0000", again=False)
    assert found.tests == sum(step.tested for step in found.steps)
    assert found.searches == sum(step.searched for step in found.steps)
    first, second = found.steps[:2]
    assert (first.held, first.tested, first.searched) == (0, 1, 1)
    assert (second.held, second.tested) == (1, 46)
    assert found.exhaustive
    assert list(found.table["phi"]) == [point.phi for point in found.met]
    assert not ascend(FIG4, "000000", searches=1).exhaustive


def test_it_says_what_it_may_have_missed():
    found = ascend(FIG2, "0000")
    assert "may miss the peak" in found.caution
    assert f"{HIT_RATES['micro', 1][0]:.0%}" in found.caution
    assert found.caution in repr(found)
    assert "{AB}{CD} ON=2|2" in repr(found)
    assert "%" not in ascend(FIG2, "0000", beam=2).caution


def test_how_many_single_elements_at_once():
    assert [_most(n) for n in (3, 6, 7, 12)] == [3, 6, 4, 3]


def test_refusals():
    noisy = cg.Network(FIG2.tpm, origin="estimated", occupancy=np.ones(16))
    with pytest.raises(cg.InputError, match=r"max_dependence.*estimated"):
        ascend(noisy, "0000")
    assert "not interventional" in ascend(noisy, "0000", max_dependence=0.01).provenance.caution
    with pytest.raises(cg.InputError, match=r"Did you mean .micro"):
        ascend(FIG2, "0000", start="mikro")
    with pytest.raises(cg.CostError, match=r"ascent of 4 elements.*max_cost"):
        ascend(FIG2, "0000", max_cost=1e-6)
    with pytest.raises(cg.InputError, match="tau = 2"):
        ascend(FIG2, "0000", start=Grain(((0,), (1,)), ((1, 2), (1, 2)), tau=2))
    with pytest.raises(cg.UnreachableStateError, match="no state leads to"):
        ascend(cg.Network([[0, 0], [0, 0], [0, 0], [0, 0]]), "11")
    with pytest.raises(cg.InputError, match="nodes"):
        ascend(FIG2, "0000", nodes=[0, 1], start=Grain(((0, 1), (2, 3)), ((2,), (2,))))


def test_a_result_survives_a_file(tmp_path, monkeypatch):
    from causalgrain import store

    homes = {"Ascent": "ascent_result", "AscentStep": "ascent_result", "Waypoint": "ascent_result"}
    monkeypatch.setattr(store, "TYPES", store.TYPES | {name: f"grains.{home}" for name, home in homes.items()})
    found = ascend(FIG2, "0000", start="both")
    cg.save(found, tmp_path / "ascent.h5")
    again = cg.load(tmp_path / "ascent.h5")
    assert repr(again) == repr(found)
    assert again.path == found.path or np.isnan([p.phi for p in found.path]).any()
    assert again.grain == found.grain
