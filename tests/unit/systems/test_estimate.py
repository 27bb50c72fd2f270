"""From a recording to a network: what is counted, what is told, what is refused."""

import numpy as np
import pytest

from causalgrain._errors import CostError, InputError
from causalgrain.recordings.recording import Recording
from causalgrain.systems.estimate import estimate_network

SEQUENCE = [(0, 0, 1), (1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 0), (0, 1, 1), (0, 0, 1), (1, 0, 0)]


def counts_recording(rows=SEQUENCE, **settings):
    return Recording(np.array(rows), 10.0, ["a", "b", "c"][: len(rows[0])], kind="counts", **settings)


def simulate(tpm, length, seed):
    """Sample a trajectory of a state-by-node TPM; plain loop."""
    rng = np.random.default_rng(seed)
    n = tpm.shape[1]
    states = np.zeros((length, n), dtype=int)
    for t in range(1, length):
        x = sum(int(states[t - 1, i]) << i for i in range(n))
        states[t] = rng.random(n) < tpm[x]
    return states


def test_tpm_by_hand():
    net, info = estimate_network(counts_recording(), prior=0.0)
    # After (1,0,0), index 1: (0,1,0), (0,1,1) follow. After (0,0,1), index 4: (1,0,0) twice.
    assert net.tpm[1].tolist() == [0.0, 1.0, 0.5]
    assert net.tpm[4].tolist() == [1.0, 0.0, 0.0]
    assert net.tpm[2].tolist() == [1.0, 1.0, 0.0]
    assert net.tpm[3].tolist() == [1.0, 0.0, 0.0]
    assert net.tpm[6].tolist() == [0.0, 0.0, 1.0]
    assert net.tpm[7].tolist() == [0.5, 0.5, 0.5]  # never visited
    assert info.visits.tolist() == [0, 2, 1, 1, 2, 0, 1, 0]
    assert net.occupancy.tolist() == info.visits.tolist()
    assert net.origin == "estimated"
    assert net.labels == ("a", "b", "c")


def test_info_by_hand():
    _, info = estimate_network(counts_recording(), prior=0.5)
    assert info.n_samples == 8
    assert info.n_transitions == 7
    assert (info.states_visited, info.states_possible) == (5, 8)
    assert info.occupancy[1, 0, 0] == pytest.approx(2 / 7)
    assert list(info.occupancy)[:2] == [(1, 0, 0), (0, 0, 1)]
    assert sum(info.occupancy.values()) == pytest.approx(1.0)
    # 1 / (visits + 1): a third for two states, a half for three.
    assert info.prior_weight == pytest.approx((2 / 3 + 3 / 2) / 5)
    assert info.prior_weight_occupancy == pytest.approx((2 * 2 / 3 + 3 / 2) / 7)
    assert info.on_share == pytest.approx({"a": 0.5, "b": 3 / 8, "c": 3 / 8})
    assert info.binarise == "spike"
    assert info.default_binarise
    assert info.bin_width == pytest.approx(0.1)
    # After (1,0,0): b on for certain, c by half: independent.
    assert info.dependence == 0.0
    assert "conditional, not interventional" in info.caution
    assert info.provenance.settings["units"] == ("a", "b", "c")
    assert info.provenance.input_hash == counts_recording().hash


def test_prior_is_added_to_both_sides():
    net, _ = estimate_network(counts_recording(), prior=1.0)
    assert net.tpm[4].tolist() == [3 / 4, 1 / 4, 1 / 4]
    assert net.tpm[7].tolist() == [0.5, 0.5, 0.5]


def test_order_of_units_is_the_order_of_elements():
    net, info = estimate_network(counts_recording(), units=["c", "a"], prior=0.0)
    assert net.labels == info.units == ("c", "a")
    # (c, a) runs 10, 01, 00, 01, 01, 10, 10, 01: index 1 = c alone -> a alone, c alone, a alone.
    assert info.visits.tolist() == [1, 3, 3, 0]
    assert net.tpm[1].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_lag():
    net, info = estimate_network(counts_recording(), lag=3, prior=0.0)
    assert info.n_transitions == 5
    assert net.tpm[1].tolist() == [1.0, 0.0, 0.0]  # (1,0,0) at 1 -> (1,0,0) at 4; at 4 -> (1,0,0) at 7
    assert net.tpm[4].tolist() == [1.0, 1.0, 0.0]  # (0,0,1) at 0 -> (1,1,0) at 3


def test_segments():
    _, info = estimate_network(counts_recording(segments=[[0, 3], [3, 8]]))
    assert info.n_transitions == 6
    assert info.visits[2] == 0  # (0,1,0) stands last in its segment
    assert info.n_samples == 8


def test_bins_of_spikes():
    # In bins of 0.5 s: a 1 0 1 0, b 0 1 0 1.
    rec = Recording.from_spikes([[0.1, 1.2, 1.3], [0.6, 1.5]], ["a", "b"], duration=2.0)
    net, info = estimate_network(rec, bin=0.5, prior=0.0)
    assert info.visits.tolist() == [0, 2, 1, 0]
    assert net.tpm[1].tolist() == [0.0, 1.0]
    assert net.tpm[2].tolist() == [1.0, 0.0]
    assert info.bin_width == pytest.approx(0.5)
    assert info.binarise == "spike"


def test_default_for_traces_is_the_median():
    rng = np.random.default_rng(0)
    _, info = estimate_network(Recording(rng.normal(size=(100, 2)), 5.0))
    assert info.binarise == "median"
    assert info.default_binarise
    assert list(info.on_share.values()) == [0.5, 0.5]
    _, info = estimate_network(Recording(rng.normal(size=(100, 2)), 5.0), binarise="z:0.5", bin=0.4)
    assert info.binarise == "z:0.5"
    assert not info.default_binarise
    assert info.n_samples == 50


def test_random_units_follow_the_seed():
    rec = Recording(np.random.default_rng(0).normal(size=(50, 20)), 5.0)
    one = estimate_network(rec, units="random:3", seed=1)[1]
    assert len(one.units) == 3
    assert estimate_network(rec, units="random:3", seed=1)[1].units == one.units
    assert estimate_network(rec, units="random:3", seed=2)[1].units != one.units


def test_finds_the_tpm_that_made_the_data():
    tpm = np.random.default_rng(5).uniform(0.1, 0.9, size=(8, 3))
    rec = Recording(simulate(tpm, 20_000, seed=6), 10.0, kind="counts")
    net, info = estimate_network(rec)
    np.testing.assert_allclose(net.tpm, tpm, atol=5 * 0.5 / np.sqrt(info.visits.min()))
    assert info.states_visited == 8
    assert info.dependence_mean < 0.03
    # The same data read backwards are another system.
    back, _ = estimate_network(Recording(rec.values[::-1], 10.0, kind="counts"))
    assert np.abs(back.tpm - tpm).max() > 0.1


def test_dependence_shows_a_common_cause():
    rng = np.random.default_rng(7)
    both = rng.integers(0, 2, size=(2000, 1))
    _, info = estimate_network(Recording(np.hstack([both, both]), 1.0, kind="counts"))
    assert info.dependence > 0.45
    assert info.dependence_mean > 0.45
    _, info = estimate_network(Recording(rng.integers(0, 2, size=(2000, 2)), 1.0, kind="counts"))
    assert info.dependence_mean < 0.05


def test_dependence_is_weighted_by_visits():
    # (0,0) is left 4 times, to (0,0) or (1,1): half dependent; (1,1) twice, always to (0,0): not at all.
    rows = [(0, 0), (0, 0), (1, 1), (0, 0), (0, 0), (1, 1), (0, 0)]
    _, info = estimate_network(counts_recording(rows))
    assert info.visits.tolist() == [4, 0, 0, 2]
    assert info.dependence == 0.5
    assert info.dependence_mean == pytest.approx(0.5 * 4 / 6)


def test_interventions_start_transitions_and_weigh_nothing():
    rows = [(0, 1), (1, 0), (0, 0), (1, 1), (0, 1), (1, 1)]
    marks = np.array([True, False, False, True, False, False])
    rec = counts_recording(rows)
    net, info = estimate_network(rec, interventions=marks, prior=0.0)
    assert net.origin == info.origin == "interventional"
    assert info.n_transitions == 2
    assert net.tpm[2].tolist() == [1.0, 0.0]
    assert net.tpm[3].tolist() == [0.0, 1.0]
    # Weights for averages come from bins that were left alone: (1,0), (0,0), (0,1), (1,1).
    assert net.occupancy.tolist() == [1, 1, 1, 1]
    assert "do()" in info.caution
    assert info.provenance.settings["interventions"] == 2


def test_repr_is_a_table():
    text = repr(estimate_network(counts_recording())[1])
    lines = text.splitlines()
    assert lines[0] == "Network estimated from a recording"
    assert "  data            8 bins, 7 transitions, estimated" in lines
    assert "  binarise        spike (default)" in lines
    assert "  states visited  5 of 8, 1 to 2 times" in lines
    assert max(map(len, lines)) <= 110


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"units": ["a", "d"]}, "units of the recording, got 'd'"),
        ({"lag": 8}, "more than 8 bins, for one transition at least, got the recording with 8"),
        ({"lag": 0}, "whole number of bins >= 1"),
        ({"lag": 1.5}, "whole number of bins >= 1"),
        ({"lag": True}, "whole number of bins >= 1"),
        ({"binarise": "threshold:5"}, "'a' is never ON, 'b' is never ON, 'c' is never ON"),
        ({"bin": 0.15}, r"The nearest widths are 0.1 or 0.2 s"),
        ({"bin": 2.0}, r"longest segment lasts 0.8 s"),
        ({"bin": 0.8}, "got the recording with 1"),
        ({"bin": "x"}, "> 0"),
        ({"prior": -1}, "number >= 0"),
        ({"prior": "x"}, "number >= 0"),
        ({"prior": float("nan")}, "number >= 0"),
        ({"interventions": [True]}, "8 truth values"),
        ({"interventions": np.zeros(8, dtype=bool)}, "0 marked bins"),
        ({"interventions": np.ones(8, dtype=bool)}, "8 marked bins, none"),
    ],
)
def test_refuses(settings, message):
    with pytest.raises(InputError, match=message):
        estimate_network(counts_recording(), **settings)


def test_refuses_a_lag_beyond_every_segment():
    rec = counts_recording(segments=[[0, 3], [3, 6]])
    with pytest.raises(InputError, match="the longest of 2 segments with 3") as caught:
        estimate_network(rec, lag=3)
    assert caught.value.where == "lag"
    estimate_network(rec, lag=2)


def test_refuses_what_is_no_recording():
    with pytest.raises(InputError, match="got ndarray"):
        estimate_network(np.zeros((5, 2)))


def test_spikes_need_a_bin():
    with pytest.raises(InputError, match=r"bin=0.1"):
        estimate_network(Recording.from_spikes([[0.1, 0.5]], duration=1.0))


def test_too_many_units_are_told_their_cost():
    rec = Recording(np.random.default_rng(0).normal(size=(101, 12)), 1.0)
    with pytest.raises(CostError, match=r"12: 2\*\*12 = 4096 states for about 100 transitions, 0.024 a state"):
        estimate_network(rec)
    with pytest.raises(CostError, match=r"nearly none a state.*random:5"):
        estimate_network(Recording(np.zeros((10, 2000)), 1.0))
    assert estimate_network(rec, units="random:8")[0].n == 8
