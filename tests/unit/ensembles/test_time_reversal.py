"""Entropy production: the biased 3-cycle, reversible and driven processes, the bias, segments."""

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.ensembles.time_reversal import block_flows, entropy_production, reversible_bias, time_reversal

RNG = np.random.default_rng
CYCLE = 0.3 * np.log(0.5 / 0.2)  # .2749 nats a step


def three_cycle(rng, n, forward=0.5, back=0.2):
    """States (0,0) -> (1,0) -> (1,1) -> (0,0) as E and I."""
    step = rng.choice([1, -1, 0], size=n, p=[forward, back, 1 - forward - back])
    state = np.cumsum(step) % 3
    return (state > 0).astype(float), (state > 1).astype(float)


def linear(rng, n, a):
    x, noise = np.zeros((n, 2)), rng.normal(size=(n, 2))
    for t in range(1, n):
        x[t] = np.array(a) @ x[t - 1] + noise[t]
    return x.T


def test_the_biased_three_cycle():
    """(p+ - p-) ln(p+/p-) = .2749; the deviation of n steps is ln(p+/p-) sqrt(p+ + p- - (p+ - p-)^2) / sqrt(n), nearly."""
    assert pytest.approx(0.2749, abs=5e-5) == CYCLE
    e, i = three_cycle(RNG(0), 40_000)
    found = time_reversal(e, i, width=0.01, blocks=200)
    error = np.log(2.5) * np.sqrt(0.7 - 0.09) / np.sqrt(40_000) + 0.3 * np.sqrt(1 / 0.5 + 1 / 0.2) / np.sqrt(40_000)
    assert found.raw == pytest.approx(CYCLE, abs=4 * error)
    assert found.corrected == pytest.approx(CYCLE * (1 - 1 / 200), abs=4 * error + 0.001)
    assert found.low < CYCLE < found.high
    assert found.per_second == pytest.approx(found.corrected / 0.01)
    assert found.headline == found.corrected
    assert found.p == pytest.approx(1 / 201)
    assert found.levels == (2, 2)
    assert found.circulation > 0  # E up before I


def test_turned_round_it_produces_the_same_and_circulates_the_other_way():
    e, i = three_cycle(RNG(1), 3000)
    forth, back, swapped = time_reversal(e, i), time_reversal(e[::-1], i[::-1]), time_reversal(i, e)
    assert back.raw == pytest.approx(forth.raw)
    assert back.circulation == pytest.approx(-forth.circulation)
    assert swapped.raw == pytest.approx(forth.raw)
    assert swapped.circulation == pytest.approx(-forth.circulation)
    np.testing.assert_array_equal(back.flows, forth.flows.T)


def test_the_bias_of_a_reversible_process():
    """150 chains that jump anywhere, 9 states: 28 cycles, plug-in 2 * 28 / n, corrected 0; within 4 standard errors."""
    rng = RNG(2)
    found = [time_reversal(*rng.integers(0, 3, (2, 1001)), blocks=2, draws=30, rng=rng) for _ in range(150)]
    raw = np.array([one.raw for one in found])
    corrected = np.array([one.corrected for one in found])
    assert found[0].bias == pytest.approx(2 * (36 - 9 + 1) / 999)
    # 13 or so of a pair: ln(n_ab/n_ba) is 1 + 1/m steeper than its tangent, so up to 10 % more
    assert raw.mean() == pytest.approx(found[0].bias, rel=0.12)
    assert abs(corrected.mean()) < 4 * corrected.std() / np.sqrt(150) + 0.003


def test_a_two_state_process_has_no_direction():
    e = RNG(3).random(500) < np.repeat([0.2, 0.8], 250)
    assert "three states" in time_reversal(e, np.zeros(500)).reason
    states = np.cumsum(RNG(4).random(500) < 0.3) % 2
    flows = block_flows(states, np.array([[0, 500]]), 2)[0]
    assert abs(flows[0, 1] - flows[1, 0]) <= 1
    assert entropy_production(flows) < 0.001


@pytest.mark.parametrize("a", [[[0.6, 0.2], [0.2, 0.6]], [[0.5, 0.0], [0.0, 0.5]]])
def test_symmetric_coupling_is_reversible(a):
    """p of 60 recordings: mean within 4 deviations of 1/2 (benchmarks/symmetry_nulls.py has the law)."""
    p = [time_reversal(*linear(RNG([5, k]), 800, a), blocks=25, draws=39, rng=k).p for k in range(60)]
    assert np.mean(p) == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / 60))


def test_excitation_that_drives_inhibition_is_found():
    e, i = linear(RNG(6), 4000, [[0.7, 0.0], [0.4, 0.7]])
    found = time_reversal(e, i)
    assert found.p < 0.01
    assert found.circulation > 0
    assert found.z > 3
    assert time_reversal(i, e).circulation < 0


def test_steps_stay_inside_segments_and_blocks():
    state = np.array([0, 1, 2, 0, 2, 1])
    counts = block_flows(state, np.array([[0, 2], [2, 3], [3, 6]]), 3)
    assert counts[0].sum() == 1
    assert counts[0, 0, 1] == 1
    assert counts[1].sum() == 0
    assert counts[2, 0, 2] == counts[2, 2, 1] == 1
    e, i = three_cycle(RNG(7), 300)
    found = time_reversal(e, i, lengths=[100, 1, 0, 199], blocks=10)
    assert found.flows.sum() == 300 - found.blocks
    assert found.blocks == 3 + 1 + 7


def test_flows_one_way_only_stay_finite():
    flows = np.array([[0.0, 5, 0], [0, 0, 5], [5, 0, 0]])
    assert entropy_production(flows) == pytest.approx(3 * 5 * np.log(5.5 / 0.5) / 15)
    assert reversible_bias(flows) == pytest.approx(2 * 1 / 15)
    assert np.isnan(entropy_production(np.zeros((3, 3))))


def test_a_null_of_ones_own():
    e, i = three_cycle(RNG(8), 500)
    found = time_reversal(e, i, null=[0.0, 0.1, 10.0])
    assert found.corrected == pytest.approx(found.raw - 10.1 / 3)
    assert found.p == pytest.approx(0.5)
    bare = time_reversal(e, i, draws=0)
    assert bare.corrected == pytest.approx(bare.raw - bare.bias)
    assert np.isnan(bare.p)


def test_the_same_seed_gives_the_same_null():
    e, i = three_cycle(RNG(9), 500)
    one, two, other = (time_reversal(e, i, rng=k) for k in (1, 1, 2))
    assert one.null.tobytes() == two.null.tobytes() != other.null.tobytes()


def test_what_cannot_be_said():
    few = time_reversal([1.0, 2.0], [1.0, 2.0]).reason
    assert "steps" in few
    assert "`blocks=`" in few
    assert time_reversal(np.ones(50), np.zeros(50)).reason == "both ensembles are constant"
    assert "inhibitory activity is constant" in time_reversal(np.arange(50) % 2, np.zeros(50), blocks=5).reason
    many = three_cycle(RNG(0), 60)
    assert "fewer `blocks=` (now 60)" in time_reversal(*many, blocks=60).reason
    assert not time_reversal(*many, blocks=6).reason
    assert np.isnan(time_reversal([], []).headline)
    for settings, where in (({"levels": (1, 2, 3)}, "levels"), ({"levels": 0}, "levels"), ({"prior": 0}, "prior")):
        with pytest.raises(InputError) as error:
            time_reversal([1.0] * 9, [1.0] * 9, **settings)
        assert error.value.where == where
