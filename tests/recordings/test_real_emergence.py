"""Every measure of causal emergence on real recordings: what comes out, and what the nulls say of it."""

import numpy as np
import pytest

import causalgrain as cg

CONDITIONS = ("reversal_vec=0", "reversal_vec=1")


@pytest.fixture(scope="module")
def worm(data_folder):
    path = data_folder / "celegans_wholebrain" / "swf702_with_id__2022-07-26-31-data.h5"
    return cg.read_recording(path, array="gcamp/trace_array", rate=1 / 0.6, epochs="behavior/reversal_vec")


def test_a_worm_forward_and_reversal(worm, tmp_path):
    found = cg.emerge(worm, draws=19)
    assert found.conditions == CONDITIONS
    assert any("were pooled into 8 by activity" in note for note in found.notes)
    table = found.table
    for name in CONDITIONS:
        here = table[table["condition"] == name]
        assert list(here[here["measure"] == "channel EI"]["scale"]) == ["d = 8", "d = 4", "d = 2", "d = 1"]
        tested = here[here["measure"].isin(["channel EI", "Psi", "EI"])]
        assert np.isfinite(tested[["value", "null", "p"]].to_numpy()).all()
        # Slow traces: every measure is large, and as large in surrogates in which only each pool's own course is left.
        gain = here[here["measure"] == "emergence of channel EI"]
        assert (gain["value"] > 0.1).all()
        assert (gain["null"] > 0.1).all()
        assert (gain["p"] > 0.05).all()
        bits = here[here["measure"] == "EI"].iloc[0]
        assert bits["null"] == pytest.approx(bits["value"], rel=0.25)
    assert found.sentence.count("shows more emergence than surrogates do") == 2
    assert found.sentence.startswith("In reversal_vec=0 neither the linear model")
    again = cg.load(cg.save(found, tmp_path / "worm.h5"))
    assert again.table.equals(table)
    assert repr(again) == repr(found)


def test_synergy_of_a_worm_is_no_more_than_memory_gives(worm):
    pools = cg.pool(worm, 8, by="activity", rng=0)
    profile = cg.emergence_profile(pools, features=["sum", "pc1"], lags=[1, 3], draws=19)
    assert profile.conditions == CONDITIONS
    for name in CONDITIONS:
        one = profile.at(name)
        assert [one.grains.label(i) for i in range(4)] == [
            "sum at 0.6 s",
            "sum at 1.8 s",
            "pc1 at 0.6 s",
            "pc1 at 1.8 s",
        ]
        assert (one.values("psi") < one.values("psi_null")).all()
        assert (one.values("p") > 0.05).all()
        assert (one.values("low") < one.values("psi")).all()
    only = cg.emergence_profile(pools, features=["sum", "pc1"], lags=[1, 3], conditions=[CONDITIONS[0]], draws=0)
    both = profile.at(CONDITIONS[0]).values("psi")
    assert np.array_equal(only.values("psi")[:2], both[:2])
    assert not np.isclose(only.values("psi")[2:], both[2:]).any()  # the component's axis is that of what was asked for


def test_spikes_of_the_hippocampus(data_folder):
    recording = cg.read_recording(data_folder / "hippocampus_run_rest" / "wmaze_spikes.mat")
    units = ["4-1", "10-7", "11-1", "13-1"]
    found = cg.emerge(recording, units=units, bin=0.1, draws=19)
    table = found.table.set_index("measure")
    network, info = cg.estimate_network(recording, units=units, bin=0.1)
    assert table.loc["EI", "value"] == pytest.approx(cg.effective_information(network).bits)
    assert found.profiles["groupings"].data["transitions"].values.tolist() == [info.n_transitions]
    assert table.loc["channel EI", "value"].tolist() == sorted(table.loc["channel EI", "value"])
    assert found.conditions == ("all",)
