"""Neuropil and dF/F: baselines by hand, windows, segments, refusals."""

from contextlib import nullcontext

import numpy as np
import pytest

from causalgrain._errors import CausalGrainWarning, CostError, InputError
from causalgrain.recordings import on_disk, steps
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.fluorescence import delta_f_over_f, running, subtract_neuropil, window_samples
from causalgrain.recordings.on_disk import OnDisk
from causalgrain.recordings.recording import Recording

RNG = np.random.default_rng(3)
F = RNG.uniform(50.0, 150.0, size=(60, 3))
NEUROPIL = RNG.uniform(10.0, 30.0, size=(60, 3))


def lazy(table, rate=10.0, **options):
    return Recording(OnDisk(lambda: nullcontext(table), table.shape, table.dtype), rate, **options)


# -- neuropil --------------------------------------------------------------------------------------------------------


def test_subtracts_the_neuropil():
    rec = Recording(F, 10.0, ["A", "B", "C"], source="x", notes=["n"])
    made = subtract_neuropil(rec, Recording(NEUROPIL, 10.0, ["A", "B", "C"], source="Fneu.npy"))
    np.testing.assert_allclose(made.values, F - 0.7 * NEUROPIL, rtol=1e-15)
    assert made.notes == ("n", "neuropil (Fneu.npy) times 0.7 subtracted")
    assert (made.labels, made.rate, made.source, made.kind) == (rec.labels, 10.0, "x", "traces")
    np.testing.assert_array_equal(rec.values, F)  # a new recording: the old one is as it was


def test_a_factor_for_each_unit():
    factor = [0.0, 0.5, 1.0]
    made = subtract_neuropil(Recording(F, 10.0), Recording(NEUROPIL, 10.0), factor=factor)
    np.testing.assert_allclose(made.values, F - np.array(factor) * NEUROPIL)
    assert made.notes[-1] == "neuropil times 0 to 1 (by unit) subtracted"


def test_neuropil_of_segments_that_lie_elsewhere_in_its_table():
    # The same times, but the two tables hold different samples between the segments.
    onsets = [1.0, 5.0]
    rec = Recording(F, 10.0, segments=[[2, 12], [30, 35]], onsets=onsets)
    other = Recording(NEUROPIL, 10.0, segments=[[0, 10], [50, 55]], onsets=onsets)
    made = subtract_neuropil(rec, other, factor=1)
    np.testing.assert_allclose(made.values[:10], F[2:12] - NEUROPIL[:10])
    np.testing.assert_allclose(made.values[10:], F[30:35] - NEUROPIL[50:55])
    assert made.segments.tolist() == [[0, 10], [10, 15]]
    np.testing.assert_array_equal(made.onsets, onsets)


def test_neuropil_on_disk(monkeypatch):
    monkeypatch.setattr(on_disk, "BLOCK_BYTES", 7 * 3 * 8)
    monkeypatch.setattr(steps, "STRETCH_VALUES", 3 * 3)
    single = F.astype(np.float32)
    segments = [[1, 31], [40, 60]]
    made = subtract_neuropil(lazy(single, segments=segments), lazy(NEUROPIL, segments=segments))
    expected = (single.astype(float) - 0.7 * NEUROPIL).astype(np.float32)
    assert made.values.dtype == np.float32
    np.testing.assert_array_equal(made.values, np.concatenate([expected[1:31], expected[40:]]))
    assert made.on_disk is None


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (Recording(NEUROPIL[:, :2], 10.0), "same order, got 2 units"),
        (Recording(NEUROPIL, 10.0, ["u0", "u2", "u1"]), "got 'u2' for 'u1'.*neuropil.select"),
        (Recording(NEUROPIL, 5.0), "expected 10 Hz, the recording's, got 5 Hz"),
        (Recording(NEUROPIL[:50], 10.0), "1, 60 samples together, got 1, 50 samples"),
        (Recording(NEUROPIL, 10.0, segments=[[0, 30], [30, 60]]), "got 2, 60 samples"),
        (Recording(NEUROPIL, 10.0, start=1.0), "segments up to 1 s away"),
        (Recording.from_spikes([[0.1]] * 3, duration=6.0), "subtract_neuropil, neuropil: expected traces, got spikes"),
        (NEUROPIL, "neuropil: expected a Recording, got ndarray"),
    ],
)
def test_refuses_another_recordings_neuropil(other, message):
    with pytest.raises(InputError, match=message):
        subtract_neuropil(Recording(F, 10.0), other)


@pytest.mark.parametrize("factor", [-0.1, np.nan, "x", [0.7, 0.7], None])
def test_refuses_factors(factor):
    with pytest.raises(InputError, match="a number >= 0, or 3 of them"):
        subtract_neuropil(Recording(F, 10.0), Recording(NEUROPIL, 10.0), factor=factor)


# -- dF/F ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("baseline", "f0", "words"),
    [
        ("percentile:8", lambda v: np.percentile(v, 8, axis=0), "percentile 8"),
        (("percentile", 25), lambda v: np.percentile(v, 25, axis=0), "percentile 25"),
        ("median", lambda v: np.median(v, axis=0), "median"),
        ("mean", lambda v: v.mean(axis=0), "mean"),
        ("percentile:0", lambda v: v.min(axis=0), "percentile 0"),
        ("percentile:100", lambda v: v.max(axis=0), "percentile 100"),
    ],
)
def test_one_baseline_a_unit_and_segment(baseline, f0, words):
    rec = Recording(F, 10.0, segments=[[0, 20], [25, 60]])
    made = delta_f_over_f(rec, baseline=baseline)
    parts = [(p - f0(p)) / f0(p) for p in (F[:20], F[25:])]
    np.testing.assert_allclose(made.values, np.concatenate(parts), rtol=1e-12, atol=1e-15)
    assert made.segments.tolist() == [[0, 20], [20, 55]]
    np.testing.assert_allclose(made.onsets, [0.0, 2.5])
    assert made.notes == (f"(F - F0) / F0, F0 the {words} of each segment",)


@pytest.mark.parametrize(
    ("baseline", "f0"),
    [
        ("percentile:20", lambda w: np.sort(w)[int(len(w) * 0.2)]),
        ("percentile:0", min),
        ("percentile:100", max),
        ("median", np.median),
        ("mean", np.mean),
    ],
)
def test_running_baseline_by_hand(baseline, f0):
    """Window of 9 samples, mirrored at the edges of each segment."""
    rec = Recording(F, 10.0, segments=[[0, 20], [25, 60]])
    made = delta_f_over_f(rec, baseline=baseline, window=0.9)
    for (begin, stop), (low, high) in zip(rec.segments, made.segments, strict=True):
        part = F[begin:stop]
        mirrored = np.concatenate([part[:4][::-1], part, part[-4:][::-1]])
        level = np.array([[f0(mirrored[i : i + 9, u]) for u in range(3)] for i in range(len(part))])
        np.testing.assert_allclose(made.values[low:high], (part - level) / level, rtol=1e-10, atol=1e-12)
    what = {"median": "median", "mean": "mean"}.get(baseline, baseline.replace(":", " "))
    assert made.notes == (f"(F - F0) / F0, F0 the running {what} in 9 samples (0.9 s)",)


def test_a_segment_shorter_than_the_window_has_one_baseline():
    rec = Recording(F, 10.0, segments=[[0, 8], [8, 60]])
    made = delta_f_over_f(rec, baseline="median", window=0.9)
    level = np.median(F[:8], axis=0)
    np.testing.assert_allclose(made.values[:8], (F[:8] - level) / level)
    assert made.notes[-1].endswith("(0.9 s); 1 of 2 segments are shorter and have one F0 each")


@pytest.mark.parametrize(("seconds", "samples"), [(0.2, 3), (0.3, 3), (0.4, 5), (1.0, 11), (1.1, 11), (1.2, 13)])
def test_windows_are_an_odd_number_of_samples(seconds, samples):
    assert window_samples(seconds, 10.0, "window") == samples


def test_a_long_running_median_and_mean_agree_with_numpy():
    row = np.random.default_rng(0).normal(size=400)
    mirrored = np.concatenate([row[:50][::-1], row, row[-50:][::-1]])
    windows = np.lib.stride_tricks.sliding_window_view(mirrored, 101)
    np.testing.assert_array_equal(running(row, "median", None, 101), np.median(windows, axis=1))
    np.testing.assert_allclose(running(row, "mean", None, 101), windows.mean(axis=1), atol=1e-12)
    for share, rank in ((0.0, 0), (8.0, 8), (100.0, 100)):
        np.testing.assert_array_equal(running(row, "percentile", share, 101), np.sort(windows, axis=1)[:, rank])


def test_running_looks_both_ways():
    row = np.zeros(11) + 1.0
    row[5] = 8.0
    assert running(row, "percentile", 100.0, 5).tolist() == [1, 1, 1, 8, 8, 8, 8, 8, 1, 1, 1]


def test_values_on_disk_are_read_in_stretches(monkeypatch):
    single = F.astype(np.float32)
    whole = delta_f_over_f(Recording(single, 10.0, segments=[[2, 30], [30, 60]]), window=1.0)
    monkeypatch.setattr(on_disk, "BLOCK_BYTES", 7 * 3 * 4)
    monkeypatch.setattr(steps, "GROUP_BYTES", 30 * 8)
    made = delta_f_over_f(lazy(single, segments=[[2, 30], [30, 60]]), window=1.0)
    assert made == whole
    assert made.values.dtype == np.float32


def test_a_result_that_fills_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(steps, "MOST_LOADED", 1000)
    with pytest.raises(CostError, match=r"x\.h5: .*\(60 samples of 3 units\)\. Bin it first"):
        delta_f_over_f(lazy(F, source="x.h5"))
    with pytest.raises(CostError, match=r"recording: "):
        delta_f_over_f(lazy(F))
    few = delta_f_over_f(lazy(F, segments=[[0, 40]]))
    assert few.n_samples == 40


def test_units_and_times_without_a_baseline_are_named():
    values = F.copy()
    values[:, 1] -= 100.0
    rec = Recording(values, 10.0, ["A", "B", "C"], segments=[[0, 20], [20, 60]], onsets=[100.0, 200.0])
    with pytest.raises(InputError, match="unit 'B' at 100 s: expected a baseline F0 > 0, got -") as caught:
        delta_f_over_f(rec)
    assert "take a smaller factor" in caught.value.remedy
    # A unit that reaches 0 in the second segment only, 1 s after its onset; the window is 3 samples wide.
    values = F.copy()
    values[29:, 2] = 0.0
    rec = Recording(values, 10.0, ["A", "B", "C"], segments=[[0, 20], [20, 60]], onsets=[100.0, 200.0])
    with pytest.raises(InputError, match=r"unit 'C' at 200\.9 s: .* got 0\."):
        delta_f_over_f(rec, baseline="median", window=0.3)


def test_small_units_of_measure_are_no_obstacle():
    rec = Recording(np.column_stack([F[:, 0] / 1000.0, np.zeros(60)]), 10.0)
    assert delta_f_over_f(rec.select([0])).n_units == 1
    with pytest.raises(InputError, match="unit 'u1' at 0 s"):
        delta_f_over_f(rec)


def test_a_baseline_next_to_nothing_is_doubtful():
    values = np.full((50, 2), 10.0)
    values[:, 1] = 1e-3
    values[40:, :] = 20.0
    with pytest.warns(CausalGrainWarning, match=r"delta_f_over_f: 'u1' reach a dF/F of 2e\+04"):
        delta_f_over_f(Recording(values, 10.0), baseline="median")


def test_a_result_beyond_single_precision_is_refused():
    values = np.full((5, 1), 1e-30, np.float32)
    values[4] = 1e30
    with pytest.raises(InputError, match=r"unit 'u0' at 0.4 s: .* too large for the recording's precision"):
        delta_f_over_f(Recording(values, 10.0), baseline="median")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"baseline": "percentil:8"}, "'median', 'mean' or 'percentile:VALUE', .* Did you mean 'percentile'"),
        ({"baseline": "percentile"}, "'percentile:VALUE' with a number.*'percentile:8'"),
        ({"baseline": "percentile:101"}, "from 0 to 100"),
        ({"baseline": "percentile:-1"}, "from 0 to 100"),
        ({"baseline": "mean:3"}, "takes no number"),
        ({"window": 0.1}, r"at least 2 samples of 0\.1 s, got 0\.1 s"),
        ({"window": 0}, "> 0"),
        ({"window": "x"}, "> 0"),
    ],
)
def test_refuses_settings(options, message):
    with pytest.raises(InputError, match=message):
        delta_f_over_f(Recording(F, 10.0), **options)


def test_refuses_what_is_no_fluorescence():
    with pytest.raises(InputError, match=r"expected traces, got counts.*kind='traces'"):
        delta_f_over_f(Recording([[1], [2]], 1.0, kind="counts"))
    with pytest.raises(InputError, match="expected traces, got spikes"):
        delta_f_over_f(Recording.from_spikes([[0.1]], duration=1.0))


def test_conditions_stay():
    epochs = Epochs([1.0, 3.0], [2.0, 4.0], ["odour", "air"])
    rec = Recording(F, 10.0, epochs=epochs, segments=[[5, 60]])
    made = delta_f_over_f(rec)
    assert made.epochs == epochs
    assert made.in_condition("odour").segments.tolist() == [[5, 15]]
    np.testing.assert_allclose(made.times[[0, -1]], [0.5, 5.9])
