"""Bins: edges, segments, widths, one pass over a file, memory."""

from contextlib import nullcontext
from itertools import pairwise

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain._errors import CostError, InputError
from causalgrain.recordings import binning, on_disk, steps
from causalgrain.recordings.binning import bin_recording, bin_recordings, samples_per_bin
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.on_disk import OnDisk
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording


def test_spike_on_an_edge_belongs_to_the_bin_that_starts_there():
    # 0.3 / 0.1 is 2.9999999999999996 in floating point.
    rec = Recording.from_spikes([[0.0, 0.1, 0.3, 0.7]], duration=1.0)
    assert bin_recording(rec, 0.1).values.ravel().tolist() == [1, 1, 0, 1, 0, 0, 0, 1, 0, 0]


def test_last_incomplete_bin_is_dropped():
    rec = Recording.from_spikes([[0.05, 0.45]], duration=0.49)
    binned = bin_recording(rec, 0.1)
    assert binned.values.ravel().tolist() == [1, 0, 0, 0]
    assert binned.kind == "counts"
    assert binned.rate == pytest.approx(10.0)
    assert binned.spikes is None


def test_start_of_the_recording_is_the_start_of_the_first_bin():
    rec = Recording.from_spikes([[5.05, 5.35]], start=5.0, duration=0.4)
    binned = bin_recording(rec, 0.2)
    assert binned.values.ravel().tolist() == [1, 1]
    np.testing.assert_allclose(binned.times, [5.0, 5.2])


def test_spikes_of_each_segment_apart():
    # Spikes at 1.05 and 2.5 lie in no segment; 3.0 is the first moment of the second.
    rec = Recording.from_spikes([[0.1, 0.9, 1.05, 2.5, 3.0, 3.6]], segments=[[0, 1], [3, 4.2]])
    binned = bin_recording(rec, 0.5)
    assert binned.values.ravel().tolist() == [1, 1, 1, 1]
    assert binned.segments.tolist() == [[0, 2], [2, 4]]
    np.testing.assert_allclose(binned.times, [0.0, 0.5, 3.0, 3.5])


def test_segments_that_touch_share_no_spike():
    rec = Recording.from_spikes([[0.2, 0.5, 0.7]], segments=[[0, 0.5], [0.5, 1.0]])
    assert bin_recording(rec, 0.5).values.ravel().tolist() == [1, 2]


def test_a_segment_shorter_than_a_bin_goes():
    rec = Recording.from_spikes([[0.1, 2.1, 2.6]], segments=[[0, 0.3], [2, 3]])
    binned = bin_recording(rec, 0.5)
    assert binned.segments.tolist() == [[0, 2]]
    np.testing.assert_allclose(binned.times, [2.0, 2.5])
    assert binned.notes[-1].endswith("; 1 of 2 segments are shorter than a bin and were left out")


def test_what_is_known_stays():
    known = {"position": [[1.0, 2.0], [3.0, 4.0]]}
    epochs = Epochs([0.0], [1.0], ["wake"])
    rec = Recording(np.ones((10, 2)), 10.0, ["A", "B"], properties=known, epochs=epochs, source="x.npz", notes=["n"])
    binned = bin_recording(rec, 0.5)
    assert binned.labels == ("A", "B")
    assert binned.properties["position"].tolist() == known["position"]
    assert binned.epochs == epochs
    assert binned.source == "x.npz"
    assert binned.notes == ("n", "binned at 0.5 s: 5 samples averaged")
    assert not binned.values.flags.writeable


def test_an_epoch_in_a_segment_that_goes_is_left_out_with_a_note():
    epochs = Epochs([0.0, 2.0], [0.3, 3.0], ["odour", "air"])
    rec = Recording.from_spikes([[0.1, 2.1, 2.6]], segments=[[0, 0.3], [2, 3]], epochs=epochs)
    binned = bin_recording(rec, 0.5)
    assert binned.conditions == ("air",)
    assert binned.notes[-1] == "epoch 0 (odour, 0 to 0.3 s) holds no whole bin and was left out"
    only = rec.with_epochs(Epochs([0.0], [0.3], ["odour"]))
    assert bin_recording(only, 0.5).epochs is None


def test_traces_are_averaged_and_counts_added():
    values = np.arange(14.0).reshape(7, 2)
    traces = bin_recording(Recording(values, 10.0), 0.3)
    np.testing.assert_allclose(traces.values, [[2, 3], [8, 9]])
    assert traces.kind == "traces"
    assert traces.rate == pytest.approx(10 / 3)
    counts = bin_recording(Recording(values, 10.0, kind="counts"), 0.3)
    np.testing.assert_allclose(counts.values, [[6, 9], [24, 27]])
    assert counts.kind == "counts"
    assert counts.notes == ("binned at 0.3 s: 3 samples added up",)


def test_deconvolved_activity_is_added_up_when_asked():
    spks = Recording([[0.0], [0.5], [0.25], [0.0]], 10.0)
    binned = bin_recording(spks, 0.2, how="sum")
    assert binned.values.ravel().tolist() == [0.5, 0.25]
    assert binned.kind == "traces"
    assert binned.notes == ("binned at 0.2 s: 2 samples added up",)


def test_mean_of_counts_is_a_trace():
    binned = bin_recording(Recording([[1], [2]], 10.0, kind="counts"), 0.2, how="mean")
    assert binned.values.tolist() == [[1.5]]
    assert binned.kind == "traces"


def test_refuses_ways():
    with pytest.raises(InputError, match="Did you mean 'mean'"):
        bin_recording(Recording([[1.0]], 1.0), 1.0, how="men")
    with pytest.raises(InputError, match="divide the counts by the width"):
        bin_recording(Recording.from_spikes([[0.1]], duration=1.0), 0.5, how="mean")


def test_bins_of_traces_start_anew_in_each_segment():
    rec = Recording(np.arange(10.0)[:, None], 1.0, segments=[[0, 3], [5, 10]])
    binned = bin_recording(rec, 2.0)
    np.testing.assert_allclose(binned.values.ravel(), [0.5, 5.5, 7.5])
    assert binned.segments.tolist() == [[0, 1], [1, 3]]
    np.testing.assert_allclose(binned.times, [0.0, 5.0, 7.0])


def test_width_of_one_sample_changes_no_value():
    rec = Recording(np.arange(6.0).reshape(3, 2), 1 / 0.6)
    np.testing.assert_array_equal(bin_recording(rec, 0.6).values, rec.values)


@pytest.mark.parametrize(
    ("width", "message"),
    [
        (1.0, "The nearest widths are 0.6 or 1.2 s"),
        (0.1, "The nearest widths are 0.6 s"),
        (0, "> 0"),
        ("x", "> 0"),
        (60.0, "longest segment lasts 6 s"),
        (1e300, "longest segment lasts 6 s"),
    ],
)
def test_refuses_widths(width, message):
    rec = Recording(np.random.default_rng(0).random((10, 2)), 1 / 0.6)
    with pytest.raises(InputError, match=message):
        bin_recording(rec, width)


def test_a_rounded_rate_is_no_obstacle():
    rec = Recording(np.arange(8.0)[:, None], 1.66667)
    binned = bin_recording(rec, 1.2)
    assert binned.values.ravel().tolist() == [0.5, 2.5, 4.5, 6.5]
    assert binned.rate == 1.66667 / 2
    assert binned.notes == (
        "binned at 1.1999976 s: 2 samples averaged (1.2 s was asked for; a bin is a whole number of samples)",
    )
    assert bin_recording(Recording(np.arange(8.0)[:, None], 5 / 3), 1.2).notes == (
        "binned at 1.2 s: 2 samples averaged",
    )


def test_a_width_is_off_by_less_than_one_in_a_thousand():
    assert samples_per_bin(0.10009, 100.0) == 10
    assert samples_per_bin(0.09991, 100.0) == 10
    for width in (0.10011, 0.09989):
        with pytest.raises(InputError, match=r"a whole number of samples of 0\.01 s"):
            samples_per_bin(width, 100.0)
    with pytest.raises(InputError, match=r"10\.011 samples.* The nearest widths are 0\.1 or 0\.11 s"):
        samples_per_bin(0.10011, 100.0)


def test_refuses_width_beyond_spikes():
    with pytest.raises(InputError, match=r"longest segment lasts 0.5 s"):
        bin_recording(Recording.from_spikes([[0.1]], duration=0.5), 1.0)


def test_refuses_bins_that_fill_the_memory():
    rec = Recording.from_spikes([[0.1]], duration=1.0)
    with pytest.raises(CostError, match=r"1e\+12 bins of 1 units. Take wider bins .*precision='single'"):
        bin_recording(rec, 1e-12)
    with pytest.raises(CostError, match="s, inf bins of 1 units"):
        bin_recording(rec, 1e-320)


def test_all_widths_together_must_fit(monkeypatch):
    monkeypatch.setattr(binning, "MOST_BYTES", 4000)
    rec = Recording.from_spikes([[0.1]], duration=1.0)
    assert len(bin_recording(rec, 0.003).values) == 333
    with pytest.raises(
        CostError, match=r"0.003 s, 3.3e\+02 bins .* 5.33e-06 GB for all 2 widths .*one width at a time"
    ):
        bin_recordings(rec, [0.003, 0.003])
    assert len(bin_recordings(rec, [0.003, 0.003], precision="single")) == 2
    with pytest.raises(CostError) as caught:
        bin_recordings(rec, [0.002, 0.001], precision="single")
    assert "single" not in caught.value.remedy


@given(
    st.lists(st.lists(st.integers(0, 9999), max_size=40), min_size=1, max_size=3),
    st.integers(1, 400),
    st.integers(0, 5000),
)
def test_binning_counts_every_spike_once(trains, width, start):
    """On a grid of 1 ms, against counting by hand in integers."""
    times = [np.sort(np.array(t, dtype=int)) for t in trains]
    rec = Recording.from_spikes([(t + start) / 1000 for t in times], start=start / 1000, duration=10.0)
    binned = bin_recording(rec, width / 1000)
    bins = 10000 // width
    assert binned.values.shape == (bins, len(trains))
    for unit, train in enumerate(times):
        by_hand = [int(((train >= b * width) & (train < (b + 1) * width)).sum()) for b in range(bins)]
        assert binned.values[:, unit].tolist() == by_hand


# -- several widths, precision ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("how", ["mean", "sum"])
def test_one_pass_over_a_file_gives_what_each_width_gives_in_memory(monkeypatch, units, dtype, how):
    table = np.random.default_rng(0).normal(5.0, 1.0, size=(1000, units)).astype(dtype)
    segments = [[3, 500], [500, 509], [520, 1000]]
    reads = []
    real = OnDisk._read
    monkeypatch.setattr(OnDisk, "_read", lambda self, array, a, b: reads.append((a, b)) or real(self, array, a, b))
    monkeypatch.setattr(on_disk, "BLOCK_BYTES", 37 * units * table.itemsize)
    monkeypatch.setattr(steps, "STRETCH_VALUES", 11 * units)
    lazy = Recording(OnDisk(lambda: nullcontext(table), table.shape, table.dtype), 100.0, segments=segments)
    widths = [0.01, 0.03, 0.5, 0.07, 0.1, 2.0]
    made = bin_recordings(lazy, widths, how=how)
    spans = sorted(reads)
    assert spans[0][0] == 3
    assert all(a[1] <= b[0] for a, b in pairwise(spans)), "a sample is read twice"
    monkeypatch.undo()
    for width, binned in zip(widths, made, strict=True):
        alone = bin_recording(Recording(table, 100.0, segments=segments), width, how=how)
        assert binned.on_disk is None
        assert binned.values.dtype == dtype
        assert binned == alone, width  # to the last digit
        k = round(width * 100)
        for (begin, stop), (low, high) in zip(
            [s for s in segments if s[1] - s[0] >= k], binned.segments.tolist(), strict=True
        ):
            part = table[begin : begin + (stop - begin) // k * k].astype(float).reshape(-1, k, units)
            np.testing.assert_allclose(binned.values[low:high], getattr(part, how)(axis=1), rtol=1e-6)


def test_an_array_in_the_other_order_gives_the_same_digits():
    table = np.random.default_rng(0).normal(size=(300, 4))
    turned = Recording(np.asfortranarray(table), 10.0)
    assert bin_recording(turned, 0.7) == bin_recording(Recording(table, 10.0), 0.7)


def test_a_file(tmp_path):
    values = np.random.default_rng(0).poisson(1.0, size=(97, 3))
    with h5py.File(tmp_path / "x.h5", "w") as h:
        h.create_dataset("counts", data=values.astype(np.uint8), chunks=(10, 2))
    rec = read_recording(tmp_path / "x.h5", array="counts", rate=10.0, kind="counts", lazy=True)
    assert rec.on_disk is not None
    for width, binned in zip((0.2, 0.5), bin_recordings(rec, (0.2, 0.5)), strict=True):
        k = round(width * 10)
        np.testing.assert_array_equal(binned.values, values[: 97 // k * k].reshape(-1, k, 3).sum(axis=1))
        assert binned.kind == "counts"


def test_several_widths_of_spikes():
    rng = np.random.default_rng(0)
    rec = Recording.from_spikes([np.sort(rng.uniform(0, 10, 50)) for _ in range(3)], duration=10.0)
    made = bin_recordings(rec, np.array([0.1, 1.0]))
    assert [b.rate for b in made] == pytest.approx([10.0, 1.0])
    assert made[0] == bin_recording(rec, 0.1)
    assert made[1] == bin_recording(rec, 1.0)
    assert made[1].notes == ("binned at 1 s: spikes counted",)


def test_precision():
    rec = Recording.from_spikes([[0.1, 0.2], [0.7]], duration=1.0)
    single = bin_recording(rec, 0.5, precision="single")
    assert single.values.dtype == np.float32
    assert single.values.tolist() == [[2, 0], [0, 1]]
    assert single.notes == ("binned at 0.5 s: spikes counted, in single precision",)
    assert bin_recording(rec, 0.5).values.dtype == np.float64
    assert bin_recording(Recording(np.ones((4, 1), np.float32), 4.0), 0.5).values.dtype == np.float32
    assert (
        bin_recording(Recording(np.ones((4, 1), np.float32), 4.0), 0.5, precision="double").values.dtype == np.float64
    )
    with pytest.raises(InputError, match="'single', 'double'"):
        bin_recording(rec, 0.5, precision="float32")


def test_counts_in_single_precision_are_exact_or_refused():
    most = Recording(np.array([[2.0**23], [2.0**23]], np.float32), 2.0, kind="counts")
    assert bin_recording(most, 1.0).values.tolist() == [[2.0**24]]
    beyond = Recording(np.array([[2.0**24], [1.0]], np.float32), 2.0, kind="counts")
    with pytest.raises(InputError, match=r"16777216.*precision='double'"):
        bin_recording(beyond, 1.0)
    assert bin_recording(beyond, 1.0, precision="double").values.tolist() == [[2.0**24 + 1]]


def test_refuses_what_is_no_list_of_widths():
    rec = Recording([[1.0], [2.0]], 10.0)
    for widths in (0.1, "0.1"):
        with pytest.raises(InputError, match="for one width use bin_recording"):
            bin_recordings(rec, widths)
    with pytest.raises(InputError, match="at least one width"):
        bin_recordings(rec, [])
    with pytest.raises(InputError, match=r"got 0.15 s, 1.5 samples"):
        bin_recordings(rec, [0.1, 0.15])
    with pytest.raises(InputError, match="a Recording, got ndarray"):
        bin_recording(np.ones((3, 2)), 0.1)
