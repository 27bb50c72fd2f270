"""Detrending: lines by hand and by scipy, windows, segments, refusals."""

from contextlib import nullcontext

import numpy as np
import pytest
from scipy import signal

from causalgrain._errors import InputError
from causalgrain.recordings import steps
from causalgrain.recordings.on_disk import OnDisk
from causalgrain.recordings.recording import Recording
from causalgrain.recordings.trends import detrend

VALUES = np.random.default_rng(4).normal(100.0, 1.0, size=(60, 3)) + np.arange(60)[:, None] * [0.1, -0.2, 0.0]
SEGMENTS = [[0, 25], [30, 60]]


@pytest.mark.parametrize("method", ["linear", "constant"])
def test_agrees_with_scipy_segment_by_segment(method):
    made = detrend(Recording(VALUES, 10.0, segments=SEGMENTS, notes=["n"]), method=method)
    expected = np.concatenate([signal.detrend(VALUES[a:b], axis=0, type=method) for a, b in SEGMENTS])
    np.testing.assert_allclose(made.values, expected, atol=1e-12)
    assert made.segments.tolist() == [[0, 25], [25, 55]]
    np.testing.assert_allclose(made.onsets, [0.0, 3.0])
    what = {"linear": "straight line", "constant": "mean"}[method]
    assert made.notes == ("n", f"detrended: {what} of each segment subtracted")


def test_running_median_by_hand():
    made = detrend(Recording(VALUES, 10.0, segments=SEGMENTS), method="median:0.5")
    for (a, b), (low, high) in zip(SEGMENTS, made.segments, strict=True):
        part = VALUES[a:b]
        mirrored = np.concatenate([part[:2][::-1], part, part[-2:][::-1]])
        level = np.array([np.median(mirrored[i : i + 5], axis=0) for i in range(len(part))])
        np.testing.assert_array_equal(made.values[low:high], part - level)
    assert made.notes == ("detrended: running median in 5 samples (0.5 s) of each segment subtracted",)


def test_segments_of_one_and_two_samples():
    rec = Recording([[5.0], [7.0], [1.0]], 1.0, segments=[[0, 1], [1, 3]])
    np.testing.assert_allclose(detrend(rec).values.ravel(), [0.0, 0.0, 0.0], atol=1e-15)


def test_counts_become_traces():
    made = detrend(Recording([[1], [2], [6]], 1.0, kind="counts"), method="constant")
    assert made.kind == "traces"
    assert made.values.ravel().tolist() == [-2.0, -1.0, 3.0]


def test_values_on_disk(monkeypatch):
    table = VALUES.astype(np.float32)
    whole = detrend(Recording(table, 10.0, segments=SEGMENTS))
    monkeypatch.setattr(steps, "GROUP_BYTES", 25 * 8)
    made = detrend(Recording(OnDisk(lambda: nullcontext(table), table.shape, table.dtype), 10.0, segments=SEGMENTS))
    np.testing.assert_allclose(made.values, whole.values, atol=1e-5)
    assert made.values.dtype == np.float32


def test_a_window_must_fit_into_every_segment():
    rec = Recording(VALUES, 10.0, segments=[[0, 40], [45, 60]])
    assert detrend(rec, method="median:1.5").n_samples == 55  # 15 samples, as the second has
    with pytest.raises(InputError, match=r"at least 17 samples, the window, got segment 1 with 15 \(1\.5 s\)"):
        detrend(rec, method="median:1.7")


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("liner", "Did you mean 'linear'"),
        ("median", "'median:VALUE' with a number.*'median:60'"),
        ("linear:1", "takes no number"),
        ("median:0.1", "at least 2 samples of 0.1 s"),
        ("median:-5", "> 0, in s"),
        ("median:2.7", r"at least 27 samples, the window, got segment 0 with 25 \(2\.5 s\)"),
    ],
)
def test_refuses_methods(method, message):
    with pytest.raises(InputError, match=message):
        detrend(Recording(VALUES, 10.0, segments=SEGMENTS), method=method)


def test_spikes_must_be_binned():
    with pytest.raises(InputError, match="Bin them first"):
        detrend(Recording.from_spikes([[0.1]], duration=1.0))
