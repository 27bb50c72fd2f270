"""Linear models of a worm's brain, forward against reversal."""

import numpy as np

import causalgrain as cg
from causalgrain.information.gaussian_recorded import gaussian_profile
from causalgrain.recordings.pooling import pool


def test_worm_forward_and_reversal(data_folder):
    path = data_folder / "celegans_wholebrain" / "swf702_with_id__2022-07-26-31-data.h5"
    recording = cg.read_recording(path, array="gcamp/trace_array", rate=1 / 0.6, epochs="behavior/reversal_vec")
    pools = pool(recording, 8, by="activity", rng=0)
    profile = gaussian_profile(pools, draws=9)
    assert set(profile.conditions) == {"reversal_vec=0", "reversal_vec=1"}
    for name in profile.conditions:
        one = profile.at(name)
        assert list(one.table["dimensions"]) == [8, 4, 2, 1]
        # Slow calcium: coarse scales have more per dimension, but so have surrogates in which only memory is left.
        assert (one.values("emergence")[1:] > 0).all()
        assert (one.values("emergence_null")[1:] > 0).all()
        assert (one.values("ei")[:3] < one.values("ei_naive")[:3]).all()
        assert np.isfinite(one.values("p")).all()
    forward = profile.at("reversal_vec=0").values()
    again = gaussian_profile(pools, conditions=["reversal_vec=0"], draws=0)
    assert np.allclose(again.values(), forward)
