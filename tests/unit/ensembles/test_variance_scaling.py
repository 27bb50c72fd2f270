"""The exponent of Var f: ground truths, closed forms, and how often its interval holds the truth."""

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.ensembles.ladder import scale_ladder
from causalgrain.ensembles.trains import Trains
from causalgrain.ensembles.variance_scaling import variance_scaling
from causalgrain.recordings.recording import Recording

LADDER = scale_ladder(12, 0.01, 0.4)  # 10 ms to 0.8 s
STEP = 0.005


def slow(rng: np.random.Generator, duration: float, tau: float) -> np.ndarray:
    """A Gaussian process of unit variance and correlation exp(-t / tau), sampled every STEP s."""
    from scipy.signal import lfilter

    keep = np.exp(-STEP / tau)
    noise = rng.standard_normal(int(duration / STEP)) * np.sqrt(1 - keep**2)
    noise[0] = rng.standard_normal()
    return np.asarray(lfilter([1.0], [1.0, -keep], noise))


def spikes(rng: np.random.Generator, modulation: np.ndarray, rate: float, depth: float = 0.3) -> np.ndarray:
    """Poisson spikes of the rate given, modulated."""
    counts = rng.poisson(rate * STEP * np.clip(1.0 + depth * modulation, 0.0, None))
    sample = np.repeat(np.arange(len(counts)), counts)
    return (sample + rng.random(len(sample))) * STEP


def cox_exponent(widths: np.ndarray, noise: float, drives: list[float], tau: float) -> float:
    """The slope for Poisson spikes, variance `noise` a second, of rates that each drive moves; Var N(D) in closed form."""
    slow_part = 2.0 * tau**2 * (widths / tau - 1.0 + np.exp(-widths / tau))
    variance = noise * widths + sum(drive**2 for drive in drives) * slow_part
    return float(np.polyfit(np.log(widths), np.log(variance), 1)[0])


def test_independent_poisson_is_covered_at_one():
    """95% intervals: 200 recordings of 60 s; the share lies within 3 s.e. (1.54%) of 95%."""
    rng = np.random.default_rng(2024)
    found = []
    for _ in range(200):
        trains = Trains.from_units(
            [rng.uniform(0, 60, rng.poisson(60 * r)) for r in (20, 15, 8)], [0, 0, 1], duration=60.0
        )
        found.append(variance_scaling(trains, LADDER))
    exponents = np.array([f.exponent for f in found])
    covered = np.mean([f.interval[0] < 1.0 < f.interval[1] for f in found])
    assert abs(covered - 0.95) < 3 * 0.0154
    assert exponents.mean() == pytest.approx(1.0, abs=4 * exponents.std() / np.sqrt(200))
    assert np.mean([f.residual for f in found]) == pytest.approx(0.0, abs=0.005)
    assert found[0].rate_exponent == found[0].exponent - 2.0
    assert found[0].rate_interval == pytest.approx((found[0].interval[0] - 2.0, found[0].interval[1] - 2.0))
    assert found[0].headline == found[0].exponent
    assert found[0].used.all()
    assert found[0].reason == ""


def test_independent_modulations_are_covered_at_their_closed_form():
    rng = np.random.default_rng(7)
    truth = cox_exponent(LADDER, 80.0, [12.0, 12.0], 0.2)
    assert truth > 1.15
    found = []
    for _ in range(80):
        trains = Trains.from_units([spikes(rng, slow(rng, 100.0, 0.2), 40.0) for _ in range(2)], [0, 1], duration=100.0)
        found.append(variance_scaling(trains, LADDER))
    exponents = np.array([f.exponent for f in found])
    assert exponents.mean() == pytest.approx(truth, abs=4 * exponents.std() / np.sqrt(80))
    covered = np.mean([f.interval[0] < truth < f.interval[1] for f in found])
    assert covered > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 80)
    assert np.mean([f.interval[0] > 1.0 for f in found]) > 0.9
    assert np.mean([f.uncorrelated for f in found]) == pytest.approx(truth, abs=0.02)


def test_a_common_modulation_with_matched_means_leaves_one():
    rng = np.random.default_rng(8)
    common = slow(rng, 400.0, 0.2)
    trains = Trains.from_units([spikes(rng, common, 40.0), spikes(rng, common, 40.0)], [0, 1], duration=400.0)
    found = variance_scaling(trains, LADDER)
    assert found.interval[0] < 1.0 < found.interval[1]
    assert found.interval[1] - found.interval[0] < 0.1
    assert found.residual > 0.1  # each ensemble by itself is modulated


def test_matching_takes_away_what_faster_cells_add():
    rng = np.random.default_rng(9)
    common = slow(rng, 400.0, 0.2)
    trains = Trains.from_units([spikes(rng, common, 20.0), spikes(rng, common, 100.0), []], [0, 1, 1], duration=400.0)
    plain, matched = variance_scaling(trains, LADDER), variance_scaling(trains, LADDER, matched=True)
    # E at 20 Hz, I at 100 Hz over two units, one of them silent: the drive moves f by 0.3 (20 - 50)
    truth = cox_exponent(LADDER, 20.0 + 100.0 / 4.0, [9.0], 0.2)
    assert plain.interval[0] < truth < plain.interval[1]
    assert plain.interval[0] > 1.05
    assert matched.interval[0] < 1.0 < matched.interval[1]
    # the variance of f in s^2: two Poisson terms D / rate
    np.testing.assert_allclose(matched.variances[0], LADDER[0] * (1 / 20 + 1 / 100), rtol=0.05)


def test_a_regular_train_falls_below_one():
    rng = np.random.default_rng(3)
    clock = np.arange(0.0, 100.0, 0.01) + rng.uniform(0, 0.001, 10_000)
    trains = Trains.from_units([clock, clock[::2] + 0.003], [0, 1], duration=100.01)
    assert variance_scaling(trains, LADDER).interval[1] < 0.8


def test_variances_are_those_of_the_bins():
    rng = np.random.default_rng(4)
    segments = [[0.0, 30.0], [35.0, 36.3], [50.0, 90.0]]
    trains = Trains.from_units([rng.uniform(0, 90, n) for n in (900, 400, 300)], [0, 0, 1], segments=segments)
    found = variance_scaling(trains, LADDER)
    for width, variance, bins, local in zip(LADDER, found.variances, found.bins, [*found.local, 0], strict=True):
        e, i = trains.binned(width, normalisation="fraction").dense()
        assert variance == pytest.approx(np.var(e - i), rel=1e-9)
        assert bins == len(e)
        assert np.isfinite(local)
    assert found.local[0] == pytest.approx(np.log(found.variances[1] / found.variances[0]) / 0.4)
    plain = np.polyfit(np.log(LADDER), np.log(found.variances), 1)[0]
    assert found.exponent == pytest.approx(plain, abs=0.02)  # up to the jackknife's correction


def test_the_jackknife_by_brute_force():
    """Leave blocks of time out by hand; one segment whose blocks all widths divide."""
    rng = np.random.default_rng(5)
    widths = np.array([0.1, 0.5, 1.0])
    trains = Trains.from_units([rng.uniform(0, 50, 700), rng.uniform(0, 50, 300)], [0, 1], duration=50.0)
    found = variance_scaling(trains, widths, level=0.9)
    assert found.blocks == 12
    x = np.log(widths)
    edges = np.linspace(0, 50, 13)

    def exponent(left_out: int | None) -> float:
        variances = []
        for width in widths:
            e, i = trains.binned(width, normalisation="fraction").dense()
            middle = (np.arange(len(e)) + 0.5) * width
            out = np.zeros(len(e), bool)
            if left_out is not None:
                out = (middle >= edges[left_out] - 1e-9) & (middle < edges[left_out + 1] - 1e-9)
            variances.append(np.var((e - i)[~out]))
        return float(np.polyfit(x, np.log(variances), 1)[0])

    whole, parts = exponent(None), np.array([exponent(b) for b in range(12)])
    assert found.exponent == pytest.approx(12 * whole - 11 * parts.mean(), abs=1e-9)
    error = np.sqrt(11 / 12 * ((parts - parts.mean()) ** 2).sum())
    # Student's t, 11 degrees of freedom, two-sided 90%: 1.7959 (any table)
    assert found.interval[1] - found.exponent == pytest.approx(1.795885 * error, rel=1e-5)
    assert found.exponent - found.interval[0] == pytest.approx(1.795885 * error, rel=1e-5)


def test_scales_with_few_bins_are_left_out():
    rng = np.random.default_rng(6)
    trains = Trains.from_units([rng.uniform(0, 20, 400), rng.uniform(0, 20, 100)], [0, 1], duration=20.0)
    found = variance_scaling(trains)
    assert len(found.widths) == 32
    assert found.used.sum() == 21
    assert found.bins[20] == 49
    assert found.bins[21] == 36
    assert not found.used[21]
    assert np.isfinite(found.variances[21])
    assert np.isnan(found.local[20])
    assert np.isfinite(found.local[19])
    assert "21 scales, 1 ms to 403 ms" in repr(found)
    short = variance_scaling(trains, [0.1, 0.4, 0.7])
    assert short.reason == "2 scales have 40 bins and a variance, 3 are needed"
    assert np.isnan(short.exponent)
    assert np.isnan(short.rate_interval).all()
    assert "no exponent" in repr(short)
    beyond = variance_scaling(trains, [1.0, 30.0, 60.0])
    assert beyond.bins.tolist() == [20, 0, 0]
    assert np.isnan(beyond.variances[1])
    assert beyond.reason


def test_silence_has_no_exponent():
    trains = Trains.from_units([[], []], [0, 1], duration=100.0)
    assert variance_scaling(trains, LADDER).reason.startswith("0 scales")
    assert variance_scaling(trains, LADDER, matched=True).reason.startswith("0 scales")


def test_counts_take_whole_samples():
    rng = np.random.default_rng(2)
    recording = Recording(rng.poisson(1.0, (4_000, 3)), 20.0, list("abc"), kind="counts")
    found = variance_scaling(Trains.of(recording, ["c"]))
    np.testing.assert_allclose(found.widths / 0.05, np.round(found.widths / 0.05), atol=1e-9)
    assert found.interval[0] < 1.0 < found.interval[1]


def test_what_is_refused():
    trains = Trains.from_units([[0.1], [0.2]], [0, 1], duration=1.0)
    with pytest.raises(InputError, match="trains: expected Trains, got list"):
        variance_scaling([[0.1]])  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"level: expected between 0 and 1, got 1\.0"):
        variance_scaling(trains, LADDER, level=1.0)
    with pytest.raises(InputError, match="widths, item 1"):
        variance_scaling(trains, [0.1, 0.1])
