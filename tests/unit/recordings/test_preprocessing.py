"""Steps one after the other, and the one place from which all are imported."""

import h5py
import numpy as np

from causalgrain.recordings import preprocessing as pre
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording


def test_everything_is_there_and_documented():
    assert {"bin_recording", "binarise", "BinaryRecording", "parse_binarise"} < set(pre.__all__)
    for name in pre.__all__:
        assert getattr(pre, name).__doc__, name


def test_a_chain_leaves_its_record_and_is_the_same_from_disk(tmp_path):
    rng = np.random.default_rng(0)
    raw = rng.uniform(100.0, 200.0, size=(300, 4)).astype(np.float32)
    around = rng.uniform(10.0, 20.0, size=(300, 4)).astype(np.float32)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["F"], file["Fneu"] = raw, around
    epochs = Epochs([0.0, 20.0], [10.0, 30.0], ["wake", "sleep"])
    place = {"position": rng.uniform(0, 100, (4, 2))}

    def chain(cells, neuropil):
        made = pre.subtract_neuropil(cells, neuropil)
        made = pre.delta_f_over_f(made, window=5.0)
        made = pre.detrend(made)
        made = pre.zscore(made)
        made = pre.bin_recording(made, 0.5)
        return pre.pool(made, 2).in_condition("sleep")

    options = {"segments": [[0, 150], [160, 300]], "properties": place, "epochs": epochs, "source": "x.h5, F"}
    memory = chain(
        Recording(raw, 10.0, **options), Recording(around, 10.0, segments=options["segments"], source="x.h5, Fneu")
    )
    cells, neuropil = (
        read_recording(tmp_path / "x.h5", array=name, rate=10.0, lazy=True, segments=options["segments"])
        for name in ("F", "Fneu")
    )
    cells = Recording(cells.on_disk, 10.0, **options)
    assert cells.on_disk is not None
    assert neuropil.on_disk is not None
    disk = chain(cells, neuropil)
    np.testing.assert_array_equal(disk.values, memory.values)
    assert disk.notes == memory.notes
    starts = (
        "neuropil (x.h5, Fneu) times 0.7 subtracted",
        "(F - F0) / F0, F0 the running percentile 8 in 51 samples (5.1 s)",
        "detrended: straight line of each segment",
        "z-scored by mean, s.d. of all segments together",
        "binned at 0.5 s: 5 samples averaged",
        "4 units pooled into 2 ",
    )
    assert len(disk.notes) == len(starts)
    assert all(note.startswith(start) for note, start in zip(disk.notes, starts, strict=True))
    assert memory.n_samples == 20
    levels = pre.thresholds_of(memory, "median")
    assert pre.binarise(memory, thresholds=levels).states.shape == memory.shape
