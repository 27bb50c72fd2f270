"""Preprocessing of recordings that nobody here made: a worm's calcium, hippocampal spikes, a seizure's field."""

import h5py
import numpy as np
import pytest
from scipy.io import loadmat

from causalgrain._errors import InputError
from causalgrain.recordings.preprocessing import (
    bin_recording,
    bin_recordings,
    binarise,
    delta_f_over_f,
    detrend,
    pool,
    thresholds_of,
    zscore,
)
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording

WORM = "celegans_wholebrain/swf702_with_id__2022-07-26-31-data.h5"
HIPPOCAMPUS = "hippocampus_run_rest/wmaze_spikes.mat"
SEIZURE = "human_seizure_lfp/example_seizure_waves.mat"


@pytest.fixture
def worm(data_folder):
    return read_recording(data_folder / WORM, array="gcamp/trace_array", rate=1.66667)


def test_a_rate_rounded_by_hand(worm):
    """The worm's frames are 0.6 s apart; who writes 1.66667 Hz still gets bins of 1.2 s."""
    binned = bin_recording(worm, 1.2)
    assert binned.n_samples == 400
    np.testing.assert_allclose(binned.values[0], worm.values[:2].mean(axis=0))
    assert "1.2 s was asked for" in binned.notes[-1]


def test_the_authors_own_zscores_and_scale(data_folder, worm):
    """The file holds F, F over its baseline, and z-scores with the sample's s.d. (n - 1)."""
    raw, scaled = (
        read_recording(data_folder / WORM, array=f"gcamp/{name}", rate=1.66667)
        for name in ("trace_array_original", "traces_array_F_F20")
    )
    np.testing.assert_allclose(zscore(raw).values * np.sqrt(799 / 800), worm.values, atol=1e-12)
    for window in (None, 60.0):
        one, two = (delta_f_over_f(f, baseline="percentile:20", window=window) for f in (raw, scaled))
        np.testing.assert_allclose(one.values, two.values, atol=1e-12)
    assert "in 101 samples (60.5999 s)" in delta_f_over_f(raw, window=60.0).notes[-1]
    with pytest.raises(InputError, match=r"a baseline F0 > 0.*not dF/F or z-scores"):
        delta_f_over_f(worm)


def test_neurons_that_do_the_same_are_pooled(worm):
    made = pool(worm, 8, by="activity")
    assert made.properties["size"].sum() == 146
    r = np.corrcoef(worm.values.T)
    cluster = {m: i for i, names in enumerate(made.properties["members"].tolist()) for m in names.split(",")}
    which = np.array([cluster[label] for label in worm.labels])
    same = (which[:, None] == which) & ~np.eye(146, dtype=bool)
    apart = which[:, None] != which
    assert r[same].mean() > 0.3 > 0.1 > r[apart].mean()


def test_one_definition_of_on_in_both_halves(worm):
    rows = worm.values
    first, second = (Recording(rows[part], worm.rate, worm.labels) for part in (slice(0, 400), slice(400, 800)))
    levels = thresholds_of(first, "median")
    assert binarise(first, thresholds=levels).on_share == pytest.approx(0.5)
    assert np.ptp(binarise(second, thresholds=levels, allow_constant=True).on_share) > 0.5  # units drift


def test_spikes_at_ten_widths(data_folder):
    rec = read_recording(data_folder / HIPPOCAMPUS)
    widths = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 10.0]
    made = bin_recordings(rec, widths, precision="single")
    for width, binned in zip(widths, made, strict=True):
        begin = rec.segments[0, 0]
        stop = begin + binned.n_samples * width
        inside = [int(((t >= begin - 1e-6 * width) & (t < stop - 1e-6 * width)).sum()) for t in rec.spikes]
        assert binned.values.sum(axis=0, dtype=float).tolist() == inside


def test_electrodes_pool_by_place(data_folder):
    path = data_folder / SEIZURE
    place = loadmat(path, variable_names=["position"])["position"].astype(float)
    rec = read_recording(path, array="data", rate=500.0)
    rec = Recording(rec.values, 500.0, rec.labels, properties={"position": place})
    made = pool(rec, 16)
    assert made.properties["size"].sum() == 96
    # Members lie together: nearer to their own centre than to any other.
    apart = ((place[:, None] - made.properties["position"][None]) ** 2).sum(axis=2)
    for number, names in enumerate(made.properties["members"].tolist()):
        units = [rec.labels.index(name) for name in names.split(",")]
        assert (apart[units, number] <= apart[units].min(axis=1) + 1e-9).all()
        np.testing.assert_allclose(made.values[:, number], rec.values[:, units].mean(axis=1))
    # Neighbours see the same wave.
    alike = np.corrcoef(made.values.T)
    assert alike[np.triu_indices(16, 1)].mean() > 0.5


def test_a_running_median_takes_what_is_slower_than_its_window(worm):
    flat = detrend(worm, method="median:30")
    slow, fast = (bin_recording(r, 60.0).values.std(axis=0).mean() for r in (worm, flat))
    assert fast < 0.5 * slow


def test_a_worm_on_disk(data_folder, tmp_path, worm):
    with h5py.File(tmp_path / "worm.h5", "w") as file:
        file.create_dataset("traces", data=worm.values, chunks=(100, 10), compression="gzip")
    lazy = read_recording(tmp_path / "worm.h5", array="traces", rate=1.66667, lazy=True)
    assert lazy.on_disk is not None
    memory = Recording(worm.values, worm.rate)
    np.testing.assert_array_equal(zscore(lazy).values, zscore(memory).values)
    assert [b.hash for b in bin_recordings(lazy, [0.6, 1.2, 6.0])] == [
        b.hash for b in bin_recordings(memory, [0.6, 1.2, 6.0])
    ]
