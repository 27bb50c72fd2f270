"""Recordings that nobody here made: one worm, and the hippocampal units.

They are found through CAUSALGRAIN_DATA or ../shared/data beside the repository, and never copied.
"""

import numpy as np
import pytest

from causalgrain._errors import CausalGrainWarning, CostError, FileFormatError
from causalgrain.recordings.readers import read_recording
from causalgrain.systems.estimate import estimate_network

WORM = "celegans_wholebrain/swf702_with_id__2022-07-26-31-data.h5"
HIPPOCAMPUS = "hippocampus_run_rest/wmaze_spikes.mat"


@pytest.fixture
def data(data_folder):
    return data_folder


def test_worm(data):
    rec = read_recording(data / WORM, array="gcamp/trace_array", rate=1 / 0.6)
    assert (rec.n_units, rec.n_samples, rec.kind) == (146, 800, "traces")
    assert rec.duration == pytest.approx(480.0)
    np.testing.assert_allclose(np.std(rec.values, axis=0), 1.0, atol=0.01)  # z-scored: time runs along rows
    net, info = estimate_network(rec, units="random:5", seed=0)
    assert net.n == 5
    assert info.n_transitions == 799
    assert info.binarise == "median"
    assert set(info.on_share.values()) == {0.5}
    assert info.states_visited == 32
    # Calcium is slow: each neuron mostly stays as it is from one frame to the next.
    assert all(net.tpm[1 << i, i] > net.tpm[0, i] for i in range(5))
    with pytest.raises(CostError, match="146"):
        estimate_network(rec)


def test_worm_file_says_what_it_holds(data):
    with pytest.raises(FileFormatError, match="gcamp/trace_array"):
        read_recording(data / WORM, rate=1 / 0.6)
    with pytest.raises(FileFormatError, match="Did you mean 'gcamp/trace_array'"):
        read_recording(data / WORM, array="trace_array", rate=1 / 0.6)
    with pytest.warns(CausalGrainWarning, match="2 rows and 146 columns"):
        read_recording(data / WORM, array="gcamp/match_org_to_skip", rate=1.0)


@pytest.mark.parametrize(("width", "bins", "states"), [(0.02, 215_341, 28), (0.1, 43_068, 32), (0.5, 8_613, 32)])
def test_hippocampus(data, width, bins, states):
    rec = read_recording(data / HIPPOCAMPUS)
    assert (rec.n_units, rec.kind) == (25, "spikes")
    assert rec.duration == pytest.approx(4306.83, abs=0.01)
    assert max(len(train) for train in rec.spikes) / rec.duration == pytest.approx(107.1, abs=0.1)
    units = ["4-1", "10-7", "10-14", "11-1", "13-1"]
    net, info = estimate_network(rec, units=units, bin=width)
    assert net.labels == tuple(units)
    assert info.n_samples == bins
    assert info.n_transitions == bins - 1
    assert info.binarise == "spike"
    assert info.states_visited == states
    expected = [np.unique(np.floor((t - rec.onsets[0]) / width)).size / bins for t in rec.select(units).spikes]
    assert list(info.on_share.values()) == pytest.approx(expected, rel=0.01)
