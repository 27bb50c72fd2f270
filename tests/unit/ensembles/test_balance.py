"""The verb: what is found where something was planted, what not, and what comes of bad input."""

from dataclasses import replace

import numpy as np
import pytest

import causalgrain as cg
from causalgrain._errors import CausalGrainWarning, CostError, InputError
from causalgrain.ensembles.balance import balance
from causalgrain.ensembles.balance_contrast import of_moments_sum
from causalgrain.ensembles.balance_notes import clock_step
from causalgrain.ensembles.balance_symmetry import joint_tables, unit_counts
from causalgrain.ensembles.balance_units import count_covariance
from causalgrain.ensembles.cell_type import cell_type
from causalgrain.ensembles.trains import Trains
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.recording import Recording

WIDTHS = (0.02, 0.1, 0.5)
SECONDS = 120.0


def units(rng, shared, seconds=SECONDS, many=10, rate=5.0):
    """Poisson units that follow a common rate, new every 50 ms, as far as `shared` says (0 to 1)."""
    steps = int(seconds / 0.05)
    drive = np.exp(0.8 * rng.normal(size=steps))
    drive = (1 - shared) + shared * drive / drive.mean()
    edges = np.concatenate([[0.0], np.cumsum(drive) / drive.sum()])
    clock = np.linspace(0.0, seconds, steps + 1)
    return [np.sort(np.interp(rng.random(rng.poisson(rate * seconds)), edges, clock)) for _ in range(many)]


@pytest.fixture(scope="module")
def two_states():
    """Ten units, the last four inhibitory: driven together for 120 s, apart for 120 s."""
    rng = np.random.default_rng(0)
    driven, apart = units(rng, 1.0), units(rng, 0.0)
    spikes = [np.concatenate([a, SECONDS + b]) for a, b in zip(driven, apart, strict=True)]
    epochs = Epochs([0.0, SECONDS], [SECONDS, 2 * SECONDS], ["driven", "apart"])
    words = ["pyr"] * 6 + ["PV"] * 4
    return Recording.from_spikes(
        spikes,
        duration=2 * SECONDS,
        epochs=epochs,
        properties={"cell_type": words, "position": np.arange(20.0).reshape(10, 2)},
    )


@pytest.fixture(scope="module")
def found(two_states):
    return balance(two_states, widths=WIDTHS, surrogates=39, radii=[8.0, 50.0], population=(600, 400))


def test_the_common_drive_is_found_where_it_is(found):
    q = found.data["correlation_q"]
    assert (q.sel(condition="driven") <= 0.05).all()
    assert (q.sel(condition="apart") > 0.05).all()
    driven = found.values("correlation", "driven")
    assert (driven > 0.1).all()
    assert (np.abs(found.values("correlation", "apart")) < 0.15).all()
    low, high = (found.data[name].sel(condition="driven").values[:, 0] for name in ("low", "high"))
    assert ((low < driven) & (driven < high)).all()
    assert found.at("driven").peak.p == pytest.approx(1 / 40)
    assert found.at("apart").peak.p > 0.05


def test_it_is_a_profile_over_scale_condition_and_draw(found):
    assert found.data["correlation"].dims == ("grain", "condition", "draw")
    assert found.data["correlation"].shape == (3, 2, 1)
    assert found.conditions == ("driven", "apart")
    assert found.grains.labels == ("20 ms", "100 ms", "500 ms")
    assert found.measure.name == "correlation"
    assert found.what == "6 excitatory and 4 inhibitory units"
    assert set(found.at("driven").invariance) == {"angle", "collapse_shape"}
    assert found.at("driven").invariance["angle"].p is not None


def test_numbers_are_the_measures_own(two_states, found):
    trains = Trains.of(two_states, np.arange(10) > 5, "driven")
    e, i = trains.binned(0.1).dense()
    assert found.values("correlation", "driven")[1] == pytest.approx(np.corrcoef(e, i)[0, 1])
    assert found.values("departure", "driven")[1] == pytest.approx((e - i).mean() / (e - i).std())
    wanted = cg.collapse(e, i).residual_ratio
    assert found.values("depth_beyond", "driven")[1] == pytest.approx(wanted)


def test_depth_restates_the_correlation(found):
    """depth_ratio follows sqrt(1 - 2 rho s s' / (s^2 + s'^2)); what is left over is small beside it."""
    beyond, ratio = found.values("depth_beyond", "driven"), found.values("depth_ratio", "driven")
    assert (np.abs(beyond) < 0.03).all()
    assert ratio[1] < 0.92


def test_conditions_are_told_apart(found):
    table = cg.balance_differences(found)
    rows = table[(table["measure"] == "correlation") & (table["scale"] == "100 ms")]
    assert (rows["first"].item(), rows["second"].item()) == ("driven", "apart")
    assert rows["difference"].item() > 0.15
    assert rows["q"].item() <= 0.1
    assert rows["low"].item() > 0
    direct = found.values("correlation", "driven")[1] - found.values("correlation", "apart")[1]
    assert rows["difference"].item() == pytest.approx(direct)


@pytest.mark.parametrize("normalisation", ["zscore", "unit_mean"])
def test_differences_are_of_the_profiles_numbers(two_states, normalisation):
    """Activity in silence differs between conditions under "zscore"; differences don't mind."""
    found = balance(two_states, widths=[0.02, 0.1], normalisation=normalisation, surrogates=4, symmetry=False)
    for name in ("correlation", "departure"):
        wanted = found.values(name, "driven") - found.values(name, "apart")
        np.testing.assert_allclose(found.data[f"difference_{name}"].values[0], wanted, atol=1e-9)


def test_fewer_units_show_less_and_all_of_them_more(found):
    data = found.data.sel(condition="driven")
    seen = found.values("correlation", "driven")
    assert (data["correlation_half"].values < seen).all()
    assert (data["correlation_whole"].values > seen).all()
    assert ((data["whole_low"] < data["correlation_whole"]) & (data["correlation_whole"] <= data["whole_high"])).all()


def test_space(found):
    near, all_units = found.data["space_correlation"].sel(condition="driven").values
    np.testing.assert_allclose(all_units, found.values("correlation", "driven"))
    assert (near < all_units).all()


def test_tables_and_sentence(found):
    table = cg.balance_table(found)
    assert len(table) == 2 * 3 * len(set(table["measure"]))
    row = table[(table["measure"] == "gini") & (table["condition"] == "driven")].iloc[0]
    assert row["beyond"] == found.values("gini_beyond", "driven")[0]
    assert set(cg.symmetry_table(found)["symmetry"]) == {"exchange", "reversal", "scale"}
    assert cg.condition_table(found)["condition"].tolist() == ["driven", "apart"]
    text = cg.balance_sentence(found)
    assert text.startswith("In driven the E-I correlation is ")
    assert "above surrogates at all scales" in text
    assert "in apart the E-I correlation is" in text
    assert "not told from surrogates' at any scale" in text
    assert "driven differs from apart in correlation +" in text
    with pytest.raises(InputError, match="balance"):
        cg.balance_table(cg.scan(cg.published("basic"), "100"))


def test_notes_say_the_traps(found):
    text = "\n".join(found.notes)
    assert "no evidence that the network makes its balance" in text
    assert "a small part of any circuit" in text
    assert "with 39 surrogates no p is below 0.025" in text
    assert "rates of" not in text


def test_same_bytes_for_any_number_of_workers(two_states):
    one, two = (
        balance(two_states, widths=WIDTHS[1:], surrogates=7, bootstrap=20, seed=3, workers=workers)
        for workers in (1, 2)
    )
    assert one.data.identical(two.data)
    other = balance(two_states, widths=WIDTHS[1:], surrogates=7, bootstrap=20, seed=4)
    assert not np.array_equal(one.data["correlation_null"], other.data["correlation_null"])


def test_saved_and_read_again(found, tmp_path):
    again = cg.load(cg.save(found, tmp_path / "b.h5"))
    assert again.data.equals(found.data)
    assert repr(again) == repr(found)


# -- cell types --------------------------------------------------------------------------------------------------


def test_doubt_about_types_is_in_every_number(two_states):
    sure = balance(two_states, widths=WIDTHS[:2], surrogates=0)
    unsure = cell_type(two_states, by="labels", labels=[0.2] * 6 + [0.8] * 4)
    found = balance(two_states, unsure, widths=WIDTHS[:2], surrogates=0, label_draws=15)
    assert sure.data.sizes["draw"] == 1
    assert found.data.sizes["draw"] == 15
    spread = found.data["correlation"].sel(condition="driven").values.std(axis=-1)
    assert (spread > 0).all()
    for name in ("correlation", "depth"):
        assert found.values(name, "driven")[1] == pytest.approx(found.data[name].values[1, 0].mean())
    widths = [(p.data["high"] - p.data["low"]).sel(condition="driven").values[:, 0] for p in (sure, found)]
    assert (widths[1] > widths[0]).all()
    assert found.data["probability"].values[:6].mean() < 0.5 < found.data["probability"].values[6:].mean()
    assert any("10 of 10 units are unsure" in note for note in found.notes)
    assert found.provenance.settings["inhibitory"] == ["u6", "u7", "u8", "u9"]


def test_units_of_unknown_kind_are_left_out(two_states):
    words = ["pyr"] * 5 + ["?"] + ["PV"] * 4
    bare = Recording.from_spikes(two_states.spikes, duration=2 * SECONDS)
    found = balance(bare, labels=words, cell_types="labels", widths=[0.1], surrogates=0)
    assert found.what == "5 excitatory and 4 inhibitory units"
    assert any("nothing is known of 1 units" in note and "u5" in note for note in found.notes)


def test_one_kind_missing(two_states):
    with pytest.raises(InputError, match=r"units of both kinds.*Balance needs"):
        balance(two_states, [False] * 10)
    with pytest.warns(CausalGrainWarning, match="No inhibitory unit"), pytest.raises(InputError, match="no inhibitory"):
        balance(two_states, labels=["pyr"] * 10, cell_types="labels")


def test_labels_of_unknown_units(two_states):
    with pytest.raises(InputError, match="u99"):
        balance(two_states, labels={"u99": "PV", "u0": "pyr"})
    with pytest.raises(InputError, match="'u99'"):
        balance(two_states, ["u99"])
    other = cell_type(two_states.select(["u0", "u9"]))
    with pytest.raises(InputError, match="types of 2 units"):
        balance(two_states, other)
    with pytest.raises(InputError, match="labels or inhibitory"):
        balance(two_states, ["u9"], labels=["pyr"] * 10)


def test_nothing_to_tell_types_by():
    with pytest.raises(InputError, match="labels, waveforms, or connected pairs"):
        balance(Recording.from_spikes([[0.1], [0.2]], duration=1.0))


# -- bad input ---------------------------------------------------------------------------------------------------


def test_a_scale_longer_than_a_condition_is_empty_and_says_why(two_states):
    epochs = Epochs([0.0, 10.0], [5.0, 110.0], ["short", "long"])
    found = balance(two_states.with_epochs(epochs), widths=[0.1, 4.0, 8.0], surrogates=5, block=2.0)
    assert found.data["reason"].sel(condition="short").values.tolist() == [
        "",
        "1 bin of 4 s fits",
        "no segment holds a bin of 8 s: the longest lasts 5 s",
    ]
    assert found.data["admitted"].sel(condition="short").values.tolist() == [True, False, False]
    assert np.isnan(found.values("correlation", "short")[1:]).all()
    assert np.isfinite(found.values("correlation", "long")).all()
    assert any("scales of short: 2 from 4 s on are empty" in note for note in found.notes)
    only = balance(two_states.with_epochs(epochs), conditions=["short"], widths=[8.0], surrogates=0)
    assert only.peak is None
    assert "nothing can be measured" in cg.balance_sentence(only)


def test_silent_units_and_unequal_rates_are_told():
    rng = np.random.default_rng(0)
    spikes = [*units(rng, 0.0, 30, 2, 2.0), np.empty(0), *units(rng, 0.0, 30, 2, 12.0)]
    found = balance(Recording.from_spikes(spikes, duration=30), [0, 0, 0, 1, 1], widths=[0.1, 1.0], surrogates=0)
    text = "\n".join(found.notes)
    assert "without a spike: 1 in all" in text
    assert "I units fire 12" in text
    assert "no surrogates were asked for" in text
    assert np.isfinite(found.values("correlation")).all()


def test_a_silent_ensemble_has_no_correlation():
    found = balance(Recording.from_spikes([[0.1, 3.0], []], duration=10), [0, 1], widths=[0.1, 1.0], surrogates=3)
    assert found.data["reason"].values[:, 0].tolist() == ["the inhibitory ensemble is silent"] * 2
    assert found.peak is None
    for measure in found.measures:
        assert np.isnan(found.values(measure.name)).all(), measure.name
    for name in ("departure", "depth", "gini", "exchange", "reversal"):
        assert np.isnan(found.data[f"{name}_p"]).all(), name
    table = cg.condition_table(found).drop(columns=["condition", "duration", "spikes"])
    assert np.isnan(table.to_numpy(dtype=float)).all()
    assert "the inhibitory ensemble is silent" in cg.balance_sentence(found)
    told = cg.symmetry_table(found).query("symmetry == 'exchange'")["reason"].tolist()
    assert told == ["the inhibitory ensemble is silent"] * 2


# -- few bins, few surrogates, words -----------------------------------------------------------------------------


def test_a_scale_of_few_bins_has_its_value_and_nothing_else(two_states):
    """120 s: 60 bins of 2 s, 15 of 8 s."""
    found = balance(two_states, widths=[0.5, 2.0, 8.0], surrogates=19)
    assert found.data["bins"].values[:, 0].tolist() == [240, 60, 15]
    for name in ("correlation", "departure", "aspect_ratio", "entropy"):
        assert np.isfinite(found.values(name, "driven")).all()
        for ending in ("p", "q"):
            known = np.isfinite(found.data[f"{name}_{ending}"].values)
            assert known.tolist() == [[True, True], [True, True], [False, False]]
    names = ["low", "high", "p", "departure_low", "aspect_ratio_high", "exchange_low", "reversal_high", "reversal_q"]
    for name in names:
        values = found.data[name].values
        assert np.isnan(values[2]).all(), name
        assert np.isfinite(values[0]).any(), name
    assert found.data["reason"].values[2].tolist() == ["15 bins: too few to test"] * 2
    assert not found.data["admitted"].values[2].any()
    assert "8 s" not in cg.balance_sentence(found)
    assert any("1 from 8 s on have fewer than 20 bins" in note for note in found.notes)
    rows = cg.balance_differences(found).query("measure == 'departure' and scale == '8 s'")
    wanted = found.values("departure", "driven")[2] - found.values("departure", "apart")[2]
    assert rows["difference"].item() == pytest.approx(wanted, abs=1e-9)
    assert np.isnan(rows[["low", "high", "p", "q"]].to_numpy(dtype=float)).all()
    assert rows["reason"].item() == "15 bins: too few to test"
    aspect = found.data["aspect_ratio_low"].values
    assert (aspect[np.isfinite(aspect)] >= 1.0).all()


def test_surrogates_too_few_to_tell_after_correction():
    spikes = units(np.random.default_rng(3), 0.0, 90, 6)
    epochs = Epochs([0.0, 30.0, 60.0], [30.0, 60.0, 90.0], ["one", "all", "three"])
    recording = Recording.from_spikes(spikes, duration=90, epochs=epochs)
    settings = {"widths": [0.1, 0.5], "symmetry": False, "bootstrap": 0}
    text = cg.balance_sentence(balance(recording, [0, 0, 0, 0, 1, 1], surrogates=9, **settings))
    # six tests, two a condition: .05 = 6 / 2 / (1 + K), and for one alone 6 / (1 + K)
    assert "9 surrogates can't tell after correction over 6 tests: use at least 59 (119 for one scale alone" in text
    assert "in all the E-I correlation is" in text  # a name that somebody gave
    assert "not told from" not in text
    text = cg.balance_sentence(balance(recording, [0, 0, 0, 0, 1, 1], surrogates=59, **settings))
    assert "can't tell" not in text


def test_words_of_one_scale_of_zero_and_of_what_was_not_tested(two_states):
    found = balance(two_states, widths=[0.1], surrogates=5, conditions=["driven"], bootstrap=0)
    text = cg.balance_sentence(found)
    assert text.count("100 ms") == 1 + ("above surrogates" in text)
    assert "exchange not tested" not in text
    nothing = {name: found.data[name] * np.nan for name in ("exchange", "exchange_p", "exchange_q")}
    text = cg.balance_sentence(replace(found, data=found.data.assign(**nothing)))
    assert "(exchange not tested)" in text
    tiny = replace(found, data=found.data.assign(correlation=found.data["correlation"] * 0 - 0.001))
    assert "correlation is 0.00 at 100 ms" in cg.balance_sentence(tiny)


def test_positions_missing(two_states):
    bare = Recording.from_spikes(two_states.spikes, duration=240)
    with pytest.raises(InputError, match="positions"):
        balance(bare, np.arange(10) > 5, radii=[100.0])
    with pytest.raises(InputError, match="ascending"):
        balance(two_states, radii=[100.0, 50.0])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"conditions": ["asleep"]}, "asleep"),
        ({"normalisation": "rates"}, "Did you mean 'rate'"),
        ({"null": "circular"}, "circular_shift"),
        ({"surrogates": -1}, "surrogates"),
        ({"widths": [0.1, 0.05]}, "more than the width before it"),
        ({"population": (3, 3)}, "population"),
        ({"workers": 0}, "workers"),
        ({"fdr": "bonferroni"}, "fdr"),
        ({"null_settings": {"inside": 1}}, "inside"),
        ({"cell_types": "shape"}, "cell_types"),
        ({"block": 0.0}, "block"),
    ],
)
def test_settings_out_of_range(two_states, settings, said):
    with pytest.raises(InputError, match=said):
        balance(two_states, **({"widths": [0.1], "surrogates": 2} | settings))


def test_traces_and_other_things(two_states):
    with pytest.raises(InputError, match="Recording of traces"):
        balance(Recording(np.random.default_rng(0).normal(size=(50, 2)), 10.0), [0, 1])
    with pytest.raises(InputError, match="got str"):
        balance("a file", [0, 1])
    with pytest.raises(CostError, match="at most"):
        balance(two_states, max_cost=0.5)


def test_counts_take_whole_samples():
    counts = np.random.default_rng(0).poisson(0.5, size=(2000, 4))
    found = balance(Recording(counts, 20.0, kind="counts"), [0, 0, 1, 1], surrogates=5)
    assert found.grains.widths[:4] == pytest.approx((0.05, 0.1, 0.15, 0.2))
    e, i = counts[:, :2].sum(axis=1), counts[:, 2:].sum(axis=1)
    assert found.values("correlation")[0] == pytest.approx(np.corrcoef(e, i)[0, 1])


# -- pieces ------------------------------------------------------------------------------------------------------


def test_joint_tables_of_blocks():
    rng = np.random.default_rng(0)
    trains = Trains.from_units([np.sort(rng.uniform(0, 20, n)) for n in (40, 60)], [0, 1], duration=20.0)
    for normalisation in ("rate", "zscore"):
        binned = trains.binned(0.3, normalisation=normalisation)
        e, i = binned.dense()
        bounds = np.quantile(np.concatenate([e, i]), [0.4, 0.7])
        edges = np.array([0, 20, 21, 66])
        found = joint_tables(binned, edges, bounds)
        for block in range(3):
            wanted = np.zeros((3, 3))
            for a, b in zip(e[edges[block] : edges[block + 1]], i[edges[block] : edges[block + 1]], strict=True):
                wanted[int((a > bounds).sum()), int((b > bounds).sum())] += 1
            np.testing.assert_array_equal(found[block], wanted)


def test_covariance_of_units_from_sparse_and_dense_counts():
    rng = np.random.default_rng(0)
    trains = Trains.from_units([np.sort(rng.uniform(0, 50, 60)) for _ in range(5)], [0, 0, 1, 1, 1], duration=50.0)
    for width in (0.001, 0.5):
        counts, number = unit_counts(trains, width)
        bins = trains.binned(width).n_bins
        table = np.zeros((bins, 5))
        table[number] = counts.toarray()
        np.testing.assert_allclose(count_covariance(trains, width, bins), np.cov(table.T, ddof=0), atol=1e-12)


def test_moments_of_blocks_taken_together():
    blocks = np.array([[2.0, 1.0, 3.0, 1.0, 5.0, 2.0], [1.0, 1.0, 0.0, 1.0, 0.0, 0.0]])  # E 0 1 1, I 1 2 0
    rho, departure = of_moments_sum(blocks)
    e, i = np.array([0.0, 1.0, 1.0]), np.array([1.0, 2.0, 0.0])
    assert rho == pytest.approx(np.corrcoef(e, i)[0, 1], abs=1e-12)
    assert departure == pytest.approx((e - i).mean() / (e - i).std())


def test_the_clock_of_spikes():
    rng = np.random.default_rng(0)
    on = np.sort(rng.integers(0, 10_000, 200)) * 1e-3 + 5e-4
    assert clock_step(Recording.from_spikes([np.unique(on)])) == 1e-3
    assert clock_step(Recording.from_spikes([np.unique(on) / 2])) == 5e-4
    assert clock_step(Recording.from_spikes([np.sort(rng.uniform(0, 10, 200))])) is None
    found = balance(Recording.from_spikes([np.unique(on), np.unique(on)[::2]]), [0, 1], surrogates=0)
    assert any("grid of 1 ms" in note for note in found.notes)
    whole = balance(
        Recording.from_spikes([np.unique(on), np.unique(on)[::2]]), [0, 1], widths=[0.002, 0.5], surrogates=0
    )
    assert not any("grid" in note for note in whole.notes)
