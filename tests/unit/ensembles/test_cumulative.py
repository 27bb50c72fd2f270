"""S(t) by hand and against Brownian motion; excursions with planted onsets, ends and returns."""

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.ensembles.cumulative import BRIDGE, MOTION, cumulative, moving_average
from causalgrain.ensembles.excursions import excursions

RNG = np.random.default_rng


def test_s_by_hand_with_segments():
    e, i = [2.0, 0.0, 1.0, 3.0, 0.0], [0.0, 1.0, 1.0, 0.0, 1.0]  # f = 2 -1 0 3 -1, mean .6
    found = cumulative(e, i, lengths=[3, 2], baseline="zero", width=0.5)
    assert found.s.tolist() == [2.0, 1.0, 1.0, 3.0, 2.0]
    assert found.drift == pytest.approx(0.6 / 0.5)
    np.testing.assert_allclose(cumulative(e, i).s, [1.4, -0.2, -0.8, 1.6, 0.0], atol=1e-12)
    assert cumulative(e, i, baseline="median").line == 0.0
    assert cumulative(e, i, reference=[1.0, 3.0]).line == 2.0
    assert cumulative(e, i, baseline=-1.5).s[0] == 3.5
    sd = np.std([2, -1, 0, 3, -1])
    assert found.reach == pytest.approx((3 * 2 / np.sqrt(3) + 2 * 3 / np.sqrt(2)) / 5 / sd)


@pytest.mark.parametrize(("baseline", "truth", "deviation"), [("mean", BRIDGE, 0.2603), ("zero", MOTION, 0.5111)])
def test_the_reach_of_white_noise_is_that_of_brownian_motion(baseline, truth, deviation):
    """Means: Kolmogorov's sqrt(pi/2) ln 2, and sqrt(pi/2); a walk of n steps falls short by about .58/sqrt(n) a side."""
    n, runs = 2000, 600
    e, i = RNG(0).normal(size=(2, runs, n))
    found = [cumulative(a, b, baseline=baseline) for a, b in zip(e, i, strict=True)]
    reach = np.mean([one.reach for one in found])
    assert reach == pytest.approx(truth, abs=4 * deviation / np.sqrt(runs) + 0.6 / np.sqrt(n))
    assert found[0].expected == truth
    assert found[0].residual == pytest.approx(found[0].reach - truth)


def test_correlation_and_scale_leave_the_reach_alone():
    rng = RNG(1)
    f, common = rng.normal(size=(2, 500))
    alone = cumulative(f, np.zeros(500)).reach
    assert cumulative(3 * f + common, common).reach == pytest.approx(alone, rel=1e-12)


def seizure(rng, *, width=0.05, seconds=200.0, onset=80.0, end=110.0, size=1.0):
    """f of two Poisson ensembles in which most of inhibition fails between onset and end."""
    time = (np.arange(round(seconds / width)) + 0.5) * width
    fails = (time > onset) & (time < end)
    return rng.poisson(20, len(time)) / 20 - rng.poisson(np.where(fails, 20 * (1 - 0.6 * size), 20)) / 20


@pytest.mark.parametrize("seed", range(20))
def test_a_loss_of_inhibition_is_found_within_a_second(seed):
    found = excursions(seizure(RNG(seed)), width=0.05)
    assert len(found) == 1
    assert found.onset[0] == pytest.approx(80.0, abs=1.0)
    assert found.end[0] == pytest.approx(110.0, abs=1.0)
    assert found.depth[0] > 0
    # .6 for 30 s; 600 bins of variance .05 + .05 * .4 each, and an edge or two: 4 deviations
    assert found.area[0] == pytest.approx(0.6 * 30, abs=4 * 0.05 * np.sqrt(600 * 0.07) + 0.6)
    assert found.opened.all()
    assert found.closed.all()
    assert found.headline == pytest.approx(30.0, abs=2.0)


def test_an_excess_of_inhibition_is_negative():
    f = -seizure(RNG(3))
    found = excursions(f, width=0.05)
    assert found.depth[0] < 0
    assert found.area[0] < 0


def test_onset_and_end_are_the_bins_that_were_planted():
    """Without noise beyond a flicker, to the bin: bins 100 to 149 of .1 s are off."""
    f = np.where(np.arange(400) % 2, 0.01, -0.01)
    f[100:150] += 1.0
    f[200:260] -= 1.0  # pays back 50 of the 50 bins' excess after 50 bins, and goes on
    found = excursions(f, width=0.1, window=0.5, baseline=0.0, threshold=30.0)
    np.testing.assert_allclose(found.onset, [10.0, 20.0])
    np.testing.assert_allclose(found.end, [15.0, 26.0])
    np.testing.assert_allclose(found.depth, [1.0, -1.0], atol=0.02)
    assert found.returned[0] == pytest.approx(25.0, abs=0.11)
    assert np.isnan(found.returned[1])
    assert "not seen" in repr(found)


def test_return_of_s_takes_as_long_as_it_takes():
    """60 bins 1 above, then .1 below: paid back after 600 bins, not at the end of the excursion."""
    f = np.where(np.arange(1200) % 2, 0.01, -0.01)
    f[100:160] += 1.0
    f[160:] -= 0.1
    found = excursions(f, width=1.0, window=5.0, baseline=0.0, threshold=10.0, reference=f[:100])
    assert found.onset[0] == 100.0
    assert found.end[0] == pytest.approx(160.0, abs=1.0)
    assert found.returned[0] == pytest.approx(760.0, abs=2.0)


def test_segments_have_clocks_of_their_own_and_edges_leave_excursions_open():
    f = np.where(np.arange(300) % 2, 0.01, -0.01)
    f[180:230] += 1.0  # the end of the first segment of 200, and the start of the second
    found = excursions(f, width=0.1, lengths=[200, 100], starts=[5.0, 1000.0], window=0.5, threshold=20.0)
    np.testing.assert_allclose(found.onset, [5.0 + 18.0, 1000.0])
    np.testing.assert_allclose(found.end, [5.0 + 20.0, 1003.0])
    assert found.opened.tolist() == [True, False]
    assert found.closed.tolist() == [False, True]
    assert "still off" in repr(found)


def test_short_gaps_are_bridged():
    f = np.where(np.arange(400) % 2, 0.01, -0.01)
    f[100:150] += 1.0
    f[157:200] += 1.0
    assert len(excursions(f, width=0.1, window=0.5, threshold=20.0, gap=2.0)) == 1
    assert len(excursions(f, width=0.1, window=0.5, threshold=20.0, gap=0.1)) == 2


def test_surrogates_set_a_family_wise_threshold():
    """Of 20 surrogates' largest averages the 16th: at most 4 of them have an excursion at alpha = .2."""
    null = RNG(8).normal(size=(20, 400))
    tops = sorted(np.abs(moving_average(x, np.array([0, 400]), 2)).max() for x in null)
    settings = {"width": 1.0, "window": 5.0, "surrogates": null, "alpha": 0.2, "baseline": 0.0}
    assert excursions(null[0], **settings).threshold == tops[16]
    assert sum(len(excursions(x, **settings)) > 0 for x in null) == 3


def test_moving_average_by_brute_force():
    values, edges = RNG(0).normal(size=30), np.array([0, 4, 30])
    found = moving_average(values, edges, 3)
    for t in range(30):
        begin, stop = (0, 4) if t < 4 else (4, 30)
        assert found[t] == pytest.approx(values[max(begin, t - 3) : min(stop, t + 4)].mean())


def test_what_cannot_be_said():
    assert "vary" in cumulative([1.0, 1.0], [0.0, 0.0]).reason
    assert np.isnan(cumulative([1.0], [0.0]).headline)
    quiet = excursions(RNG(0).normal(size=200), width=1.0, threshold=50.0)
    assert len(quiet) == 0
    assert quiet.headline == 0.0
    for call, where in [
        (lambda: excursions(np.zeros(50), width=1.0), "f"),
        (lambda: excursions([1.0, 2.0], width=1.0, surrogates=[[1.0]]), "surrogates, draw 0"),
        (lambda: excursions([1.0, 2.0], width=1.0, surrogates=[]), "surrogates"),
        (lambda: excursions([1.0, 2.0], width=1.0, starts=[0.0, 1.0]), "starts"),
        (lambda: cumulative([1.0, 2.0], [0.0, 1.0], baseline="none"), "baseline"),
        (lambda: cumulative([1.0, 2.0], [0.0, 1.0], reference=[]), "reference"),
    ]:
        with pytest.raises(InputError) as error:
            call()
        assert error.value.where == where
