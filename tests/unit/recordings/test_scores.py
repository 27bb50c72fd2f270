"""z-scores: by hand, over segments, robust, refusals."""

from contextlib import nullcontext

import numpy as np
import pytest
from scipy import stats

from causalgrain._errors import InputError
from causalgrain.recordings import steps
from causalgrain.recordings.on_disk import OnDisk
from causalgrain.recordings.recording import Recording
from causalgrain.recordings.scores import zscore

VALUES = np.random.default_rng(5).normal([10.0, -3.0, 0.0], [2.0, 0.1, 5.0], size=(60, 3))
SEGMENTS = [[0, 25], [30, 60]]
INSIDE = np.concatenate([VALUES[:25], VALUES[30:]])


def test_over_all_segments_together():
    made = zscore(Recording(VALUES, 10.0, segments=SEGMENTS))
    np.testing.assert_allclose(made.values, stats.zscore(INSIDE, axis=0), atol=1e-12)
    assert made.segments.tolist() == [[0, 25], [25, 55]]
    np.testing.assert_allclose(made.onsets, [0.0, 3.0])
    assert made.notes == ("z-scored by mean, s.d. of all segments together",)


def test_over_each_segment():
    made = zscore(Recording(VALUES, 10.0, segments=SEGMENTS), over="segment")
    expected = np.concatenate([stats.zscore(VALUES[a:b], axis=0) for a, b in SEGMENTS])
    np.testing.assert_allclose(made.values, expected, atol=1e-12)
    assert made.notes == ("z-scored by mean, s.d. of each segment",)


@pytest.mark.parametrize("over", ["all", "segment"])
def test_robust(over):
    made = zscore(Recording(VALUES, 10.0, segments=SEGMENTS), over=over, robust=True)
    parts = [INSIDE] if over == "all" else [VALUES[a:b] for a, b in SEGMENTS]
    spread = [stats.median_abs_deviation(p, axis=0, scale="normal") for p in parts]
    expected = np.concatenate([(p - np.median(p, axis=0)) / s for p, s in zip(parts, spread, strict=True)])
    np.testing.assert_allclose(made.values, expected, atol=1e-12)
    assert made.notes[0].startswith("z-scored by median, 1.4826 MAD of ")


def test_robust_is_the_same_for_gaussian_noise_and_unmoved_by_a_transient():
    noise = np.random.default_rng(0).normal(7.0, 3.0, size=(100_000, 1))
    np.testing.assert_allclose(zscore(Recording(noise, 10.0), robust=True).values.std(), 1.0, rtol=0.01)
    noise[:1000] += 1000.0
    made = zscore(Recording(noise, 10.0), robust=True).values[1000:]
    np.testing.assert_allclose([made.mean(), made.std()], [0.0, 1.0], atol=0.03)


def test_units_that_do_not_vary_are_named():
    values = VALUES.copy()
    values[:, 1] = 0.1  # its mean isn't exactly 0.1 in floating point
    rec = Recording(values, 10.0, ["A", "B", "C"], segments=SEGMENTS)
    with pytest.raises(InputError, match=r"zscore: .*a spread of 0 for 'B'\. Leave them out"):
        zscore(rec)
    values[:, 1] = VALUES[:, 1]
    values[30:, 0] = values[30:, 2] = 4.0
    with pytest.raises(InputError, match=r"zscore, segment 1 \(3 s\): .*for 'A', 'C'"):
        zscore(Recording(values, 10.0, ["A", "B", "C"], segments=SEGMENTS), over="segment")
    assert zscore(Recording(values, 10.0, segments=SEGMENTS)).n_units == 3
    mostly = Recording([[0.0], [0.0], [0.0], [5.0]], 1.0)
    with pytest.raises(InputError, match=r"fewer than half their values the same.*robust=False"):
        zscore(mostly, robust=True)
    assert zscore(mostly).n_units == 1


def test_names_five_units_and_counts_the_rest():
    with pytest.raises(InputError, match=r"for 'u0', 'u1', 'u2', 'u3', 'u4' and 2 more\."):
        zscore(Recording(np.ones((3, 7)), 1.0))
    with pytest.raises(InputError, match=r"'u3', 'u4'\."):
        zscore(Recording(np.ones((3, 5)), 1.0))


def test_names_units_of_later_groups(monkeypatch):
    monkeypatch.setattr(steps, "MOST_TOGETHER", 2)
    values = np.random.default_rng(0).normal(size=(10, 5))
    values[:, 3] = 1.0
    with pytest.raises(InputError, match="for 'u3'"):
        zscore(Recording(values, 1.0))
    np.testing.assert_allclose(
        zscore(Recording(values[:, [0, 1, 2]], 1.0)).values, stats.zscore(values[:, :3]), atol=1e-12
    )


def test_values_on_disk_and_single_precision():
    table = (VALUES + 1e4).astype(np.float32)
    rec = Recording(OnDisk(lambda: nullcontext(table), table.shape, table.dtype), 10.0)
    made = zscore(rec)
    assert made.values.dtype == np.float32
    np.testing.assert_allclose(made.values, stats.zscore(table.astype(float), axis=0), atol=1e-6)


def test_counts_become_traces():
    assert zscore(Recording([[1], [3]], 1.0, kind="counts")).kind == "traces"


def test_refuses_settings():
    with pytest.raises(InputError, match="'all', 'segment'"):
        zscore(Recording(VALUES, 1.0), over="trial")
    with pytest.raises(InputError, match="Bin them first"):
        zscore(Recording.from_spikes([[0.1]], duration=1.0))
