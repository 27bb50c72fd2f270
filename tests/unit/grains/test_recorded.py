"""The scan of a recording: what is counted, what is drawn, and what can be told from it."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains.lattice import count_grains
from causalgrain.grains.measured import measure_counts
from causalgrain.grains.recorded_draws import Draws, Sampler, run_tasks
from causalgrain.grains.recorded_profile import null_of_maximum
from causalgrain.grains.recorded_study import make_study
from causalgrain.grains.run import Settings
from causalgrain.systems.sampling import sample_recording

NOISY = cg.Network(0.15 + 0.7 * np.random.default_rng(3).random((8, 3)))
FREE = Settings(1.0, False)


@pytest.fixture(scope="module")
def recording():
    return sample_recording(NOISY, 1500, rng=5)


@pytest.fixture(scope="module")
def epochs():
    return cg.Epochs([0, 700], [700, 1500], ["wake", "sleep"])


@pytest.fixture(scope="module")
def profile(recording, epochs):
    return cg.scan_recording(recording.with_epochs(epochs), bins=[1.0, 2.0], lags=[1, 2], draws=19, seed=4)


def study_of(recording, **settings):
    options = {"widths": (1.0,), "lags": (1,), "method": "spike", "prior": 0.5, "settings": FREE} | settings
    return make_study(recording, {"all": recording}, **options)


def test_the_table_is_bin_x_lag_x_grouping(profile):
    inner = count_grains(3)
    assert len(profile) == 2 * 2 * inner
    assert profile.conditions == ("wake", "sleep")
    table = profile.at("wake").table
    assert table.groupby(["bin", "lag"]).size().tolist() == [inner] * 4
    assert profile.grains.label(0) == "1 s lag 1 ABC"
    assert profile.grains.label(inner) == "1 s lag 2 ABC"
    grain = profile.grains[2 * inner + 1]
    assert (grain.bin, grain.lag) == (2.0, 1)
    assert grain.space == profile.grains[1].space
    assert table["grain"].tolist()[1] == "{AB}{C} ON=1|1" == str(profile.grains[1].space.label(("A", "B", "C")))


def test_every_cell_is_what_estimate_and_scan_say(recording, epochs, profile):
    for name in ("wake", "sleep"):
        part = recording.with_epochs(epochs).in_condition(name)
        for width, lag in ((1.0, 1), (2.0, 1), (1.0, 2)):
            net, _ = cg.estimate_network(part, bin=width, lag=lag, binarise="spike")
            alone = cg.scan(net, nodes="full")
            table = profile.at(name).table
            mine = table[(table["bin"] == width) & (table["lag"] == lag)]
            np.testing.assert_allclose(mine["phi"], alone.values("phi"), atol=1e-12)
            np.testing.assert_allclose(mine["ei"], alone.values("ei"), atol=1e-12)
            np.testing.assert_allclose(mine["dependence"], alone.values("dependence"), atol=1e-12)
            assert mine["grain"].tolist() == alone.table["grain"].tolist()


def test_same_bytes_for_one_and_two_workers(recording, epochs, profile):
    again = cg.scan_recording(recording.with_epochs(epochs), bins=[1.0, 2.0], lags=[1, 2], draws=19, seed=4, workers=2)
    assert again.data.identical(profile.data)
    other = cg.scan_recording(recording.with_epochs(epochs), bins=[1.0, 2.0], lags=[1, 2], draws=19, seed=5)
    assert not np.array_equal(other.data["null_maximum"], profile.data["null_maximum"])
    np.testing.assert_array_equal(other.data["phi"], profile.data["phi"])


def test_more_draws_keep_the_first(recording):
    few = cg.scan_recording(recording, bins=1.0, draws=3, max_dependence=1.0)
    many = cg.scan_recording(recording, bins=1.0, draws=6, max_dependence=1.0)
    study = study_of(recording)
    for n, profile in ((3, few), (6, many)):
        sampler = Sampler(study, Draws(nulls=n, bootstrap=n, permutations=0), 0, 0, (1.0,))
        scans = sampler.scan(1, lambda amount: None)
        sampler.nulls(scans, 1, lambda amount: None)
        _, largest = null_of_maximum(scans["all"], 1.0)
        np.testing.assert_array_equal(profile.data["null_maximum"].values[0, 0], largest)
    sampler = Sampler(study, Draws(nulls=6), 0, 0, (1.0,))
    scans = sampler.scan(1, lambda amount: None)
    sampler.nulls(scans, 1, lambda amount: None)
    np.testing.assert_array_equal(few.data["phi_null"].values[:, 0, 0], scans["all"].null_phi[:3].mean(axis=0))


def test_the_bias_comes_from_halves_that_make_up_the_whole(recording):
    study = study_of(recording)
    sampler = Sampler(study, Draws(halves=1), 0, 0, (1.0,))
    scan = sampler.scan(1, lambda amount: None)["all"]
    transitions = sampler.transitions["all"][0]
    # By hand: the same blocks, drawn from the same stream.
    order = sampler._rng(0, "all", 0).permutation(transitions.n_blocks)
    taken = np.isin(np.arange(transitions.n_blocks), order[: transitions.n_blocks // 2]).astype(int)
    one, two = (transitions.counts(times) for times in (taken, 1 - taken))
    np.testing.assert_array_equal(one + two, transitions.counts())
    phi = [measure_counts(c, study.grains, prior=0.5, settings=FREE).phi for c in (one, two)]
    np.testing.assert_allclose(scan.half_phi, np.mean(phi, axis=0), atol=1e-12)
    expected = np.clip(2 * scan.phi - np.mean(phi, axis=0), 0, scan.phi)
    np.testing.assert_allclose(scan.corrected, expected, atol=1e-12)
    assert (scan.corrected <= scan.phi).all()  # noise biases upward: a correction never raises


def test_copies_are_told():
    values = (np.random.default_rng(1).random((400, 3)) < 0.4).astype(float)
    values[:, 2] = values[:, 0]
    profile = cg.scan_recording(cg.Recording(values, 1.0, kind="counts"), draws=0)
    assert any("never apart: u0 and u2;" in note for note in profile.notes)


def test_the_null_of_the_maximum_by_hand(recording):
    study = study_of(recording)
    sampler = Sampler(study, Draws(nulls=9), 0, 0, (0.02, 1.0))
    scan = sampler.scan(1, lambda amount: None)["all"]
    sampler.nulls({"all": scan}, 1, lambda amount: None)
    for threshold in (0.02, 1.0):
        excess, largest = null_of_maximum(scan, threshold)
        mean = (scan.phi + scan.null_phi.sum(axis=0)) / 10
        for d in range(9):
            fit = scan.null_dependence[d] <= threshold
            assert largest[d] == pytest.approx((scan.null_phi[d] - mean)[fit].max(), abs=1e-15)
        fit = scan.dependence <= threshold
        np.testing.assert_allclose(excess[fit], (scan.phi - mean)[fit], atol=1e-15)
        assert np.isnan(excess[~fit]).all()


def test_a_row_drawn_alone_is_the_row_of_the_whole(recording):
    study = study_of(recording, widths=(1.0, 2.0))
    sampler = Sampler(study, Draws(), 0, 0, (1.0,))
    scan = sampler.scan(1, lambda amount: None)["all"]
    inner = len(study.grains)
    rows = np.array([2, 5, inner, inner + 4])  # the first cell's micro grain isn't asked for
    counts = [t.counts() for t in sampler.transitions["all"]]
    np.testing.assert_allclose(sampler._at(rows, counts), [scan.phi[rows], scan.ei[rows]], atol=1e-12)


def test_planted_macro_is_found_with_its_grain():
    states = np.array([[x >> i & 1 for i in range(4)] for x in range(16)])
    both = np.column_stack([states[:, 2] & states[:, 3]] * 2 + [states[:, 0] & states[:, 1]] * 2)
    net = cg.Network(np.where(both, 0.95, 0.1))
    profile = cg.scan_recording(
        sample_recording(net, 6000, rng=1), lags=[1, 3], binarise="threshold:0.5", max_dependence=0.05, draws=19
    )
    assert profile.peak.label == "1 s lag 1 {AB}{CD} ON=2|2"
    assert profile.peak.p == pytest.approx(1 / 20)
    assert profile.peak.interval[0] < profile.peak.value < profile.peak.interval[1]
    assert profile.peak.wins > 0.5


def test_a_system_five_times_slower_than_its_samples_peaks_at_that_bin():
    slow = sample_recording(NOISY, 3000, rng=2)
    fast = cg.Recording(np.repeat(slow.values, 5, axis=0), 5.0, slow.labels, kind="counts")
    profile = cg.scan_recording(fast, bins=[0.2, 0.6, 1.0, 2.0], max_dependence=1.0, draws=0)
    assert profile.peak.grain.bin == 1.0
    # A bin of 1 s then holds one state of the slow system: the very network.
    truth = cg.scan_recording(slow, bins=1.0, max_dependence=1.0, draws=0)
    rows = profile.table["bin"].to_numpy() == 1.0
    np.testing.assert_allclose(profile.values("phi")[rows], truth.values("phi"), atol=1e-12)


def test_independent_units_don_t_stand_out():
    noise = (np.random.default_rng(8).random((1200, 3)) < 0.4).astype(float)
    profile = cg.scan_recording(cg.Recording(noise, 10.0, kind="counts"), max_dependence=1.0, draws=19)
    assert profile.values("phi")[0] > 0.001
    assert abs(float(profile.data["phi_unclipped"].values[0, 0])) < profile.values("phi")[0]
    assert profile.peak.p > 0.05


def test_conditions_that_differ_and_conditions_that_do_not():
    noise = (np.random.default_rng(1).random((1500, 3)) < 0.5).astype(float)
    states = np.array([[x >> i & 1 for i in range(3)] for x in range(8)])
    ring = cg.Network(0.05 + 0.9 * states[:, [2, 0, 1]])  # each copies the one before it
    mixed = cg.Recording(
        np.concatenate([noise, sample_recording(ring, 1500, rng=3).values]),
        1.0,
        kind="counts",
        epochs=cg.Epochs([0, 1500], [1500, 3000], ["noise", "coupled"]),
    )
    table = cg.compare_conditions(cg.scan_recording(mixed, max_dependence=1.0, draws=19))
    assert table.iloc[0]["difference"] < -0.1
    assert table.iloc[0]["p"] == pytest.approx(0.05)
    same = cg.Recording(noise, 1.0, kind="counts", epochs=cg.Epochs([0, 700], [700, 1500], ["a", "b"]))
    assert cg.compare_conditions(cg.scan_recording(same, max_dependence=1.0, draws=19))["p"].min() > 0.05


def test_thresholds_are_the_same_in_every_condition():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.random((300, 2)), 0.4 + rng.random((300, 2))])
    recording = cg.Recording(values, 1.0, epochs=cg.Epochs([0, 300], [300, 600], ["low", "high"]))
    data = cg.data_table(cg.scan_recording(recording, draws=0))
    # One median for both, so that the share of ON differs between conditions.
    assert data["ON most"].tolist()[0] < 0.4 < 0.6 < data["ON least"].tolist()[1]


def test_random_sets_of_units():
    noise = (np.random.default_rng(8).random((400, 6)) < 0.4).astype(float)
    recording = cg.Recording(noise, 10.0, kind="counts")
    table = cg.subset_table(cg.scan_recording(recording, units="random:3", subsets=4, draws=0, seed=2))
    assert table["units"].nunique() == 4
    first = cg.scan_recording(recording, units=table["units"][0].split(","), draws=0, seed=2)
    assert cg.subset_table(first)["phi_corrected"][0] == pytest.approx(table["phi_corrected"][0])
    with pytest.raises(cg.InputError, match="random:N"):
        cg.scan_recording(recording, units=[0, 1, 2], subsets=4)


def test_round_trip(profile, tmp_path):
    again = cg.load(cg.save(profile, tmp_path / "p.h5"))
    assert again.data.identical(profile.data)
    assert again.at("sleep").table.equals(profile.at("sleep").table)
    assert cg.peaks_by_dependence(again).equals(cg.peaks_by_dependence(profile))


def test_peaks_carry_the_p_of_their_threshold(profile):
    peaks = cg.peaks_by_dependence(profile)
    assert peaks["max_dependence"].tolist() == [1e-8, 0.01, 0.05, 1.0] * 2
    for row in peaks[peaks["peak"] != ""].itertuples():
        place = [1e-8, 0.01, 0.05, 1.0].index(row.max_dependence)
        condition = profile.conditions.index(row.condition)
        which = [profile.grains.label(i) for i in range(len(profile))].index(row.peak)
        assert row.p == profile.data["p_by_threshold"].values[place, which, condition]


def test_one_condition_must_be_named_for_a_peak(profile):
    with pytest.raises(cg.InputError, match=r"profile\.at\('wake'\)"):
        _ = profile.peak
    assert "wake" in repr(profile)
    assert "sleep" in repr(profile)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"bins": 0.3}, "whole number of samples"),
        ({"bins": [1.0, 1.0]}, "each once"),
        ({"lags": 0}, "whole number >= 1"),
        ({"lags": 2000}, "at least as many transitions as states, 8, got 0"),
        ({"block": 0}, "length of the blocks"),
        ({"draws": -1}, "whole number >= 0"),
        ({"null": "shuffel"}, "time_shuffle"),
        ({"workers": 0}, "number of threads"),
        ({"conditions": ["dream"]}, "recording with epochs"),
        ({"block": 600.0}, "at least 10 blocks"),
        ({"max_cost": 1e-6}, "about"),
        ({"units": "u9"}, "'u9'"),
        ({"binarise": "z:50"}, "constant"),
    ],
)
def test_bad_calls(settings, says, recording):
    with pytest.raises(cg.InputError, match=says):
        cg.scan_recording(recording, **settings)


def test_spike_times_need_bins():
    spikes = cg.Recording.from_spikes([np.arange(0, 60, 0.5), np.arange(0, 60, 0.7)])
    with pytest.raises(cg.InputError, match=r"--bin 0\.05,0\.1,0\.2"):
        cg.scan_recording(spikes)


def test_tasks_come_back_in_their_order():
    tasks = [(1.0, lambda i=i: i) for i in range(9)]
    done = []
    assert run_tasks(tasks, 2, done.append) == list(range(9)) == run_tasks(tasks, 1, done.append)
    assert sum(done) == 18.0


def test_the_mean_over_states_is_what_it_says(profile):
    states = cg.state_table(profile)
    for name in profile.conditions:
        table = profile.at(name).table
        for (width, lag), rows in states[states["condition"] == name].groupby(["bin", "lag"]):
            assert rows["share"].sum() == pytest.approx(1.0)
            micro = table[(table["bin"] == width) & (table["lag"] == lag) & (table["level"] == 0)]["phi"].item()
            assert micro == pytest.approx((rows["share"] * rows["micro phi"]).sum(), abs=1e-12)
            assert (rows["phi"] >= rows["micro phi"]).all()


def test_units_without_two_states_are_not_drawn():
    rng = np.random.default_rng(1)
    values = (rng.random((600, 5)) < 0.4).astype(float)
    values[:, 2] = 1.0
    values[:300, 4] = 0.0  # silent in the first condition only
    recording = cg.Recording(values, 1.0, kind="counts", epochs=cg.Epochs([0, 300], [300, 600], ["a", "b"]))
    profile = cg.scan_recording(recording, units="random:3", draws=0, subsets=1)
    assert profile.provenance.settings["units"] == ["u0", "u1", "u3"]
    assert any("2 of 5 can't be drawn" in note and "u2, u4" in note for note in profile.notes)
    with pytest.raises(cg.InputError, match="always ON"):
        cg.scan_recording(recording, units=["u0", "u2"], draws=0)
    with pytest.raises(cg.InputError, match="from 1 to 3"):
        cg.scan_recording(recording, units="random:4", draws=0)
