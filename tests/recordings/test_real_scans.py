"""From real recordings to the end of a scan."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.systems.states import format_state


def worm(folder):
    path = folder / "celegans_wholebrain" / "swf702_with_id__2022-07-26-31-data.h5"
    return cg.read_recording(path, array="gcamp/trace_array", rate=1 / 0.6)


def hippocampus(folder):
    return cg.read_recording(folder / "hippocampus_run_rest" / "wmaze_spikes.mat")


@pytest.mark.parametrize(
    ("read", "settings"),
    [(worm, {"units": "random:4", "seed": 1}), (hippocampus, {"units": ["4-1", "10-7", "11-1", "13-1"], "bin": 0.1})],
    ids=["worm", "hippocampus"],
)
def test_scan_runs_to_the_end(read, settings, data_folder, tmp_path):
    recording = read(data_folder)
    net, info = cg.estimate_network(recording, **settings)
    profile = cg.scan(net)
    assert len(profile) == 185
    assert profile.peak is None
    phi = profile.values()
    assert np.isfinite(phi).all()
    assert (phi >= 0).all()
    assert profile.data["share"].values.sum() == pytest.approx(1.0)
    assert profile.data.sizes["state"] == info.states_visited
    # The mean over states is what it says: each visited state once, weighted by occupancy.
    share = {format_state(s): w for s, w in info.occupancy.items()}
    by_hand = sum(share[s] * cg.big_phi(net, s).phi for s in profile.data["state"].values)
    assert phi[0] == pytest.approx(by_hand, abs=1e-12)
    peaks = cg.peaks_by_dependence(profile)
    assert peaks["peak"].tolist()[0] == ""
    assert peaks["admitted"].tolist()[-1] == 185
    again = cg.load(cg.save({"profile": profile, "info": info, "net": net}, tmp_path / "r.h5"))
    assert again["profile"].data.identical(profile.data)
    assert again["net"] == net
    assert repr(again["info"]) == repr(info)
