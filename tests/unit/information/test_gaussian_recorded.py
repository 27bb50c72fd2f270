"""The profile over dimensions: exact for systems; held out, with interval and null, for recordings."""

import numpy as np
import pytest

from causalgrain import CausalGrainError, Recording, store
from causalgrain.information.dimensions import Dimensions, checked_dims
from causalgrain.information.gaussian_recorded import gaussian_profile, null_of_maximum
from causalgrain.information.linear import LinearGaussian
from causalgrain.information.linear_moments import block_moments, rotated_moments, rotated_rows
from causalgrain.recordings.epochs import Epochs

DECAYS = np.array([0.99, 0.9] + [0.7] * 2 + [0.5] * 4 + [0.3] * 8 + [0.1] * 16)


def white(samples, n, seed):
    return Recording(np.random.default_rng(seed).standard_normal((samples, n)), 10.0)


def decaying(decays, samples, seed):
    """Independent variables of given decay, variance 1, mixed by a rotation."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((samples, len(decays)))
    x[1:] *= np.sqrt(1 - decays**2)
    for t in range(1, samples):
        x[t] += decays * x[t - 1]
    return x @ np.linalg.qr(rng.standard_normal((len(decays), len(decays))))[0].T


@pytest.mark.parametrize("seed", [0, 7])
def test_white_noise_and_the_trap(seed):
    """32 dims, 1,000 samples: held-out EI within .01 nats of 0 at every scale, where the naive dJ says +.8."""
    profile = gaussian_profile(white(1000, 32, seed), draws=0)
    assert [profile.grains.label(i) for i in (0, 5)] == ["d = 32", "d = 1"]
    assert (profile.values("ei") >= 0).all()
    assert profile.values("ei").max() < 0.01
    assert np.abs(profile.values("score")).max() < 0.01
    assert 0.6 < profile.values("dj_naive")[-1] < 1.2
    assert (np.diff(profile.values("dj_naive")) > 0).all()
    assert profile.values("ei_naive")[-1] > 0.02


def test_the_trap_by_hand():
    """J of least squares, Gaussian intervention, on its own data: written out without the package."""
    x = np.random.default_rng(3).standard_normal((1000, 32))
    rows = np.concatenate([np.arange(b, b + 49) for b in range(0, 1000, 50)])
    now, then = x[rows] - x[rows].mean(axis=0), x[rows + 1] - x[rows + 1].mean(axis=0)
    a = np.linalg.lstsq(now, then, rcond=None)[0].T
    s = np.cov((then - now @ a.T).T, bias=True)
    c = np.cov(now.T, bias=True)
    j = (0.5 * np.linalg.slogdet(c)[1] + np.linalg.slogdet(a)[1] - 0.5 * np.linalg.slogdet(s)[1]) / 32
    profile = gaussian_profile(Recording(x, 1.0), block=50, draws=0)
    assert profile.values("j_naive")[0] == pytest.approx(j, abs=1e-6)
    channel = np.linalg.slogdet(np.eye(32) + np.linalg.solve(s, a @ c @ a.T))[1] / 64
    assert profile.values("ei_naive")[0] == pytest.approx(channel, abs=1e-6)


def test_the_truth_at_many_samples():
    decays = DECAYS[:8]
    profile = gaussian_profile(Recording(decaying(decays, 30_000, 0), 10.0), draws=0)
    truth = [-0.5 * np.log(1 - decays[:d] ** 2).mean() for d in (8, 4, 2, 1)]
    assert profile.values("ei") == pytest.approx(np.array(truth), rel=0.06)
    assert profile.values("score") == pytest.approx(np.array(truth), rel=0.06)
    assert profile.peak.label == "d = 1"
    assert profile.values("emergence")[-1] == pytest.approx(truth[-1] - truth[0], rel=0.06)


def test_doubt_of_a_planted_macro_variable():
    """Eight noisy copies of one slow variable, of which each alone says little: d = 1 stands out from its null."""
    rng = np.random.default_rng(0)
    slow = decaying(np.array([0.9]), 800, 1)
    recording = Recording(slow + 2.0 * rng.standard_normal((800, 8)), 10.0)
    profile = gaussian_profile(recording, draws=19, seed=3)
    peak = profile.peak
    assert peak.label == "d = 1"
    assert peak.p == pytest.approx(0.05)
    assert profile.data["emergence_p"].values[-1, 0, 0] == pytest.approx(0.05)
    assert peak.interval[0] < peak.value < peak.interval[1]
    assert peak.interval[0] > profile.values("high")[0]
    assert peak.wins == 1.0
    assert profile.data["ei_draws"].shape == (4, 1, 19)
    assert profile.data["ei_surrogates"].shape == (4, 1, 19)
    spread = profile.data["ei_draws"].values[:, 0].std(axis=1, ddof=1)
    ends = np.maximum(profile.values("ei"), profile.values("ei_naive")) + 2.100922 * spread
    assert profile.values("high") == pytest.approx(ends)
    ends = np.minimum(profile.values("ei"), profile.values("ei_naive")) - 2.100922 * spread
    assert profile.values("low") == pytest.approx(np.maximum(ends, 0))
    gains = profile.data["ei_draws"].values[:, 0] - profile.data["ei_draws"].values[:1, 0]
    naive = profile.values("ei_naive") - profile.values("ei_naive")[0]
    reach = 2.100922 * gains.std(axis=1, ddof=1)
    emergence = profile.values("emergence")
    assert profile.values("emergence_low") == pytest.approx(np.minimum(emergence, naive) - reach)
    assert profile.values("emergence_high") == pytest.approx(np.maximum(emergence, naive) + reach)
    other = profile.data["ei_surrogates"].values[:, 0] - profile.data["ei_surrogates"].values[:1, 0]
    assert profile.values("emergence_null") == pytest.approx(other.mean(axis=1))
    assert profile.values("emergence_p")[1:] == pytest.approx(null_of_maximum(emergence[1:], other[1:].T))
    again = gaussian_profile(recording, draws=19, seed=3)
    assert again.data.identical(profile.data)
    more = gaussian_profile(recording, draws=21, null=None, seed=3)
    assert np.array_equal(more.data["ei_draws"].values[..., :19], profile.data["ei_draws"].values)
    other = gaussian_profile(recording, draws=19, null=None, seed=4)
    assert not np.array_equal(other.data["ei_draws"].values, profile.data["ei_draws"].values)


def test_independent_units_in_short_epochs_and_the_null():
    """Slow independent units: shifting samples inside short epochs would break their memory; pairs are rotated."""
    rng = np.random.default_rng(5)
    x = np.column_stack([decaying(np.array([a]), 800, i) for i, a in enumerate(rng.uniform(0.8, 0.95, 4))])
    starts = np.arange(0, 800, 20)
    epochs = Epochs(starts, starts + 10, ["a"] * len(starts))
    recording = Recording(x, 1.0, epochs=epochs)
    over = {name: gaussian_profile(recording, draws=19, null_over=name) for name in ("recording", "condition")}
    for profile in over.values():
        assert np.nanmin(profile.values("p")) > 0.05
        assert profile.values("ei_null") == pytest.approx(profile.values("ei"), abs=0.15)
    for name, profile in over.items():
        assert f"of pairs over the {name}, every unit by itself" in profile.provenance.conventions["null"]
    assert not np.allclose(over["recording"].values("ei_null"), over["condition"].values("ei_null"), atol=1e-6)
    broken = gaussian_profile(recording, draws=19, null="time_shuffle")
    assert np.nanmin(broken.values("p")) == pytest.approx(0.05)
    assert (broken.values("ei_null") < 0.1).all()


def test_rotated_pairs_keep_what_each_unit_says_about_itself():
    x = decaying(np.array([0.9, 0.5, 0.2]), 400, 1)
    segments = np.array([[0, 90], [100, 400]])
    data = block_moments(x, segments, 2, 300).moments.sum(axis=0)
    null = rotated_moments(x, segments, segments, 2, 300, np.random.default_rng(0)).moments.sum(axis=0)
    for k in range(3):
        own = [0, 1 + k, 4 + k]
        assert null[np.ix_(own, own)] == pytest.approx(data[np.ix_(own, own)])
    assert abs(null[1, 5] - data[1, 5]) > 1  # x_0 now and x_1 next
    part = rotated_moments(x, segments[1:], segments, 2, 300, np.random.default_rng(0))
    assert part.pairs.sum() == 298
    line = np.arange(100.0)[:, None]  # every pair is still two samples that are 2 apart
    one = rotated_moments(line, np.array([[10, 40]]), np.array([[0, 100]]), 2, 28, np.random.default_rng(3)).moments[0]
    assert one[0, 2] - one[0, 1] == pytest.approx(2 * one[0, 0])
    rows = rotated_rows(7, 50, np.random.default_rng(1))
    assert (np.sort(rows, axis=0) == np.arange(7)[:, None]).all()
    assert (rows[0] != 0).all()


def test_a_unit_still_for_most_of_the_time_is_refused_by_name():
    x = white(400, 3, 0).values.copy()
    x[60:, 1] = 0.0
    with pytest.raises(CausalGrainError) as error:
        gaussian_profile(Recording(x, 10.0, ["a", "b", "c"]), draws=0)
    assert str(error.value) == (
        "recording: expected units that change in any 3 of 5 parts of the time, got 1 of 3 that don't (b). Leave them out "
        "(recording.select([...])), pool units (pool), or take wider bins."
    )


def test_null_of_the_maximum_by_hand():
    value, null = np.array([3.0, 0.0]), np.array([[0.0, 1.0], [0.0, 0.0], [0.0, -1.0]])
    # Scale 0: mean .75, s.d. 1.299: data 1.732, null -.577. Scale 1: s.d. .707: data 0; null 1.414, 0, -1.414.
    assert null_of_maximum(value, null).tolist() == [0.25, 0.75]
    assert np.isnan(null_of_maximum(value, np.empty((0, 2)))).all()


def test_conditions_and_storage(tmp_path):
    x = np.vstack([white(300, 3, 0).values, decaying(np.array([0.9, 0.5, 0.1]), 300, 0)])
    recording = Recording(x, 1.0, epochs=Epochs([0, 300], [300, 600], ["noise", "slow"]))
    profile = gaussian_profile(recording, dims=(3, 1), draws=3)
    assert profile.conditions == ("noise", "slow")
    assert profile.at("noise").values().max() < 0.05
    assert profile.at("slow").peak.value > 0.4
    only = gaussian_profile(recording, dims=(3, 1), conditions=["noise"], draws=0)
    assert only.values() == pytest.approx(profile.at("noise").values())
    assert "no scale can be said to stand out" in " ".join(only.notes)
    again = store.load(store.save(profile, tmp_path / "p.h5"))
    assert again.data.identical(profile.data)
    assert repr(again) == repr(profile)
    assert list(again.table["dimensions"]) == [3, 1, 3, 1]


def test_exact_profile_of_a_system():
    profile = gaussian_profile(LinearGaussian(np.diag(DECAYS), 0.01))
    exact = [0.140476, 0.275927, 0.504699, 0.865557, 1.394442, 1.958518]
    assert profile.values() == pytest.approx(np.array(exact), abs=1e-6)
    assert profile.values("j") == pytest.approx(np.array([0.012, 0.750, 1.127, 1.370, 1.519, 1.567]), abs=5e-4)
    assert profile.values("dj")[0] == pytest.approx(0, abs=1e-12)
    assert profile.data["proved"].values.all()
    assert profile.peak.label == "d = 1"
    singular = gaussian_profile(LinearGaussian(np.diag([0.9, 0.0]), 1.0))
    assert np.isnan(singular.values("j")).all()
    assert "not proved" in " ".join(gaussian_profile(LinearGaussian([[0.5, 0.4], [0, 0.5]], 1.0)).notes)


def test_dimensions():
    assert checked_dims(None, 32) == (32, 16, 8, 4, 2, 1)
    assert checked_dims(None, 1) == (1,)
    assert checked_dims([1, 5], 6) == (5, 1)
    grains = Dimensions((5, 1), 6)
    assert (len(grains), grains[1], grains.label(0)) == (2, 1, "d = 5")
    assert grains.columns()["level"].tolist() == [1, 5]
    for bad in ([], [0], [7], [2, 2], [1.5], [True]):
        with pytest.raises(CausalGrainError, match="from 1 to 6"):
            checked_dims(bad, 6)


@pytest.mark.parametrize(
    ("recording", "settings", "message"),
    [
        (lambda: white(400, 36, 0), {"dims": (36, 1), "folds": 6}, "held-out pairs for each dimension"),
        (lambda: white(300, 4, 0), {"null": "circular"}, "circular_shift"),
        (lambda: white(300, 4, 0), {"null_over": "both"}, "null_over"),
        (lambda: white(300, 4, 0), {"draws": -1}, "draws"),
        (lambda: white(300, 4, 0), {"conditions": ["wake"]}, "a recording with epochs"),
        (lambda: white(300, 4, 0).with_epochs(Epochs([0], [20], ["wake"])), {"conditions": ["wak"]}, "mean 'wake'"),
        (lambda: white(300, 4, 0).with_epochs(Epochs([0], [20], ["wake"])), {"conditions": ["wake"] * 2}, "each once"),
        (lambda: white(300, 4, 0).values, {}, "LinearGaussian or a Recording"),
    ],
)
def test_what_is_refused(recording, settings, message):
    with pytest.raises(CausalGrainError, match=message):
        gaussian_profile(recording(), **settings)


def test_a_refused_condition_is_named():
    recording = Recording(white(320, 4, 0).values, 1.0, epochs=Epochs([0, 300], [300, 320], ["long", "short"]))
    with pytest.raises(CausalGrainError, match="condition 'short'"):
        gaussian_profile(recording, draws=0)
