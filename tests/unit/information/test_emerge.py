"""Every measure in one table: what goes in it for each kind of input, its sentence, and its storage."""

import numpy as np
import pytest
import scipy.sparse as sp

import causalgrain as cg
from causalgrain.information.emerge_counts import _rotated
from causalgrain.information.emerge_sentence import sentence_of
from causalgrain.information.emerge_table import Rows, doubt_of, shortened
from causalgrain.systems.resample import Transitions

EIGHT = np.zeros((8, 8))
EIGHT[:7, :7], EIGHT[7, 7] = 1 / 7, 1
STAR = np.zeros((5, 5))
STAR[0, 1:] = STAR[1:, 0] = 1


def value(found, measure, scale=None, condition=None):
    """Return the value of a measure, the first of its rows."""
    table = found.table[found.table["measure"] == measure]
    table = table if scale is None else table[table["scale"] == scale]
    table = table if condition is None else table[table["condition"] == condition]
    return float(table["value"].iloc[0])


def driven(samples, n, seed, weight):
    """Units with memory .5 that also read their mean."""
    rng = np.random.default_rng(seed)
    x = np.zeros((samples, n))
    for t in range(1, samples):
        x[t] = 0.5 * x[t - 1] + weight * x[t - 1].mean() + rng.normal(size=n)
    return x


@pytest.fixture(scope="module")
def recorded():
    """Independent units in condition "apart", coupled ones in "together"."""
    x = np.vstack([driven(400, 6, 0, 0.0), driven(400, 6, 1, 0.45)])
    epochs = cg.Epochs([0.0, 40.0], [40.0, 80.0], ["apart", "together"])
    return cg.emerge(cg.Recording(x, 10.0, epochs=epochs), draws=39)


def test_a_tpm():
    found = cg.emerge(EIGHT)
    assert found.kind == "discrete"
    for measure, expected in (
        ("EI", 0.543564),
        ("EI, largest", 1.0),
        ("causal emergence 2013", 1 - 0.543564),
        ("CP", 0.181188),
        ("CP, largest", 1.0),
        ("causal emergence 2.0", 0.818812),
        ("emergent complexity 2.0", 1.991251),
        ("Gamma", 2.0),
        ("clear emergence", 0.75),
        ("EI of the SVD grouping", 1.0),
    ):
        assert value(found, measure) == pytest.approx(expected, abs=5e-7), measure
    assert found.profiles["partitions"].peak.label == "(0,1,2,3,4,5,6)(7)"
    assert found.sentence.startswith("Causal power rises from 0.1812 to 1.0000 at (0,1,2,3,4,5,6)(7)")
    assert found.sentence.count(".\n") == 0
    assert found.sentence.endswith(".")
    assert "Psi" not in found.sentence  # a bare TPM has no elements of its own
    assert any("3 binary elements" in note for note in found.notes)
    assert any("several stationary distributions" in note for note in found.notes)
    assert "condition" not in found.table
    assert found.table[["low", "high", "null", "p"]].isna().all(axis=None)
    assert "vague emergence" not in set(found.table["measure"])
    assert value(cg.emerge(EIGHT, epsilon=0.5), "vague emergence") == pytest.approx(0.75)


def test_a_network_and_its_elements():
    network = cg.Network([[0, 0.5], [1, 0.5], [1, 0.5], [0, 0.5]])  # XOR of both, and a coin
    found = cg.emerge(network)
    assert value(found, "Psi", "V = parity") == pytest.approx(0.0, abs=1e-12)
    assert value(found, "Delta", "V = parity") == pytest.approx(1.0)
    assert value(found, "Gamma (synergy)", "V = parity") == pytest.approx(1.0)
    assert found.provenance.input_hash == network.hash
    estimated = cg.Network(np.full((4, 2), 0.25), origin="estimated", occupancy=np.ones(4))
    assert cg.emerge(estimated).provenance.caution == estimated.caution


def test_what_ends_in_one_state_is_looked_at_uniformly():
    found = cg.emerge(cg.published("hoel2016-fig2"))
    assert any("ends in one state" in note for note in found.notes)
    assert value(found, "EI, largest") == pytest.approx(1.551829, abs=5e-7)
    assert set(found.table["scale"]) >= {"micro", "4 blocks of 16 states"}


def test_large_networks_are_listed_by_groupings_of_elements():
    found = cg.emerge(cg.published("hoel2016-fig6"))
    assert any("groupings of 6 elements" in note for note in found.notes)
    assert len(found.profiles["partitions"]) == 203
    bare = cg.emerge(cg.published("hoel2016-fig6").state_by_state)
    assert any(note.startswith("causal emergence 2.0: left out.") for note in bare.notes)
    assert "CP" not in set(bare.table["measure"])
    assert value(bare, "EI") == pytest.approx(value(found, "EI"))


def test_a_linear_system():
    a = np.array([[1.2, 0, 0, 0], [0, 1.05, 0, 0], [1.2, 0, 0, 0], [0, 1.05, 0, 0]])
    growing = cg.emerge((a, 0.1))
    assert growing.kind == "linear"
    assert value(growing, "clear emergence") == pytest.approx(0.4033554993146722)
    assert any("linear scales: left out" in note for note in growing.notes)  # no stationary covariance
    system = cg.LinearGaussian(np.diag([0.9, 0.1]), 1.0)
    found = cg.emerge(system, dims=[2, 1])
    assert value(found, "channel EI", "d = 1") == pytest.approx(0.830366, abs=5e-7)
    assert value(found, "J", "d = 1") == pytest.approx(np.log(2 * 0.9) - 0.5 * np.log(2 * np.pi * np.e))
    micro = -0.25 * np.log((1 - 0.81) * (1 - 0.01))
    assert value(found, "emergence of channel EI") == pytest.approx(0.8303656 - micro)
    assert value(found, "determinism") == pytest.approx(micro)
    assert value(found, "degeneracy") == pytest.approx(0.0, abs=1e-12)
    assert found.sentence == "Channel EI per dimension rises from 0.4177 nats at d = 2 to 0.8304 at d = 1."
    alike = cg.emerge(cg.LinearGaussian(np.diag([0.5, 0.5]), 1.0))
    assert alike.sentence.startswith("Channel EI is largest at the micro scale")


def test_a_weighted_network():
    found = cg.emerge(STAR)
    assert found.kind == "graph"
    assert value(found, "EI") == pytest.approx(0.721928, abs=5e-7)
    assert value(found, "EI, largest") == pytest.approx(1.0)
    assert value(found, "causal emergence") == pytest.approx(1 - 0.721928, abs=5e-7)
    assert value(found, "clear emergence") > 0.5
    assert any("taken as weights" in note for note in found.notes)
    assert "{1 2 3 4}" in found.sentence
    walk = STAR / STAR.sum(axis=1, keepdims=True)
    assert cg.emerge(walk).kind == "discrete"
    assert cg.emerge(walk, kind="graph").table.equals(found.table)
    ends = STAR.copy()
    ends[1] = 0
    sinking = cg.emerge(ends)
    assert any("1 sink" in note for note in sinking.notes)
    assert any(note.startswith("reversibility (SVD): left out.") for note in sinking.notes)


def test_a_large_sparse_network_has_its_effective_information_alone():
    n = 20_000
    ring = sp.csr_array((np.ones(n), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n))
    found = cg.emerge(ring)
    assert value(found, "EI") == pytest.approx(np.log2(n))
    assert set(found.table["measure"]) == {"EI", "determinism", "degeneracy", "effectiveness"}
    assert [note.split(":")[0] for note in found.notes] == ["macro nodes", "reversibility (SVD)"]


def test_a_recording(recorded):
    assert recorded.kind == "recording"
    assert recorded.conditions == ("apart", "together")
    assert set(recorded.profiles) == {"dimensions", "synergy", "groupings"}
    table = recorded.table
    assert list(table["condition"]) == sorted(table["condition"])  # one condition after the other
    assert set(table["measure"]) >= {"channel EI", "emergence of channel EI", "Psi", "EI", "CP", "Gamma per state"}
    drawn = table[table["measure"].isin(["channel EI", "Psi", "EI", "emergence of channel EI"])]
    assert drawn[["low", "high", "null", "p"]].notna().all(axis=None)
    assert (drawn["low"] <= drawn["value"]).all()
    assert (drawn["value"] <= drawn["high"]).all()
    profile = recorded.profiles["dimensions"].at("together")
    assert value(recorded, "channel EI", "d = 1", "together") == profile.values()[-1]
    alone = table[(table["condition"] == "together") & (table["measure"] == "emergence of channel EI")]
    assert alone["p"].min() == pytest.approx(1 / 40)
    quiet = table[(table["condition"] == "apart") & (table["measure"] == "emergence of channel EI")]
    assert quiet["p"].min() > 0.05
    assert "in together the linear model shows more emergence than surrogates do (+" in recorded.sentence
    assert recorded.sentence.startswith("In apart neither the linear model (p = ")
    assert "channel EI" in repr(recorded)


def test_counted_transitions_are_those_of_estimate_network(recorded):
    x = driven(400, 3, 3, 0.3)
    recording = cg.Recording(x, 10.0, ["a", "b", "c"])
    found = cg.emerge(recording, draws=0)
    network, _ = cg.estimate_network(recording)
    assert value(found, "EI") == pytest.approx(cg.effective_information(network).bits)
    assert value(found, "Gamma per state") == pytest.approx(cg.reversibility(network).gamma / 8)
    parts = cg.effective_information(network)
    assert value(found, "determinism") == pytest.approx(parts.determinism)
    assert value(found, "degeneracy") == pytest.approx(parts.degeneracy)
    assert value(found, "CP") == pytest.approx(parts.determinism - parts.degeneracy)
    grouped = found.profiles["groupings"]
    assert len(grouped) == 5
    assert grouped.data["transitions"].values.tolist() == [399]
    assert found.table[["low", "p"]].isna().all(axis=None)
    assert "no null was drawn" in found.sentence
    few = cg.emerge(recording, draws=5)
    assert few.sentence.startswith("Nothing can be said against the null: with 5 draws no p is below 0.17")


def test_p_of_counts_is_of_the_maximum_over_groupings():
    """A unit and its copy: the grouping of both has more than the single units; every number again by hand."""
    x = driven(500, 3, 11, 0.2)
    x[:, 2] = x[:, 1]
    found = cg.emerge(cg.Recording(x, 10.0, ["a", "b", "c"]), draws=19)
    profile = found.profiles["groupings"]
    bits, null = profile.values("ei"), profile.data["ei_surrogates"].values[:, 0]  # (groupings,), (groupings, draws)
    everything = np.column_stack([bits, null])
    excess = everything - everything.mean(axis=1, keepdims=True)
    largest = excess[:, 1:].max(axis=0)
    assert profile.values("p") == pytest.approx([(1 + (largest >= e).sum()) / 20 for e in excess[:, 0]])
    best = int(np.argmax(bits))
    assert best > 0
    row = found.table[found.table["measure"] == "causal emergence 2013"].iloc[0]
    assert row["scale"] == profile.grains.label(best) == "(000)(100)(010,001)(110,101)(011)(111)"
    assert row["value"] == pytest.approx(bits[best] - bits[0])
    assert row["null"] == pytest.approx((null.max(axis=0) - null[0]).mean())
    assert value(found, "EI, largest") == pytest.approx(bits[best])


def test_surrogates_of_counts_keep_what_each_unit_says_about_itself():
    counted = Transitions(np.random.default_rng(0).integers(0, 64, 50), np.zeros(50, dtype=int), 3, 1)
    null = _rotated(counted, np.random.default_rng(1))
    for unit in range(3):
        own = [(c.pairs >> (3 + unit) & 1) * 2 + (c.pairs >> unit & 1) for c in (counted, null)]
        assert np.bincount(own[0], minlength=4).tolist() == np.bincount(own[1], minlength=4).tolist()
    assert (null.pairs != counted.pairs).any()
    over = [
        cg.emerge(cg.Recording(driven(300, 3, 4, 0.3), 10.0), draws=7, null_over=o) for o in ("condition", "recording")
    ]
    assert over[0].table["value"].equals(over[1].table["value"])
    assert not over[0].table["null"].equals(over[1].table["null"])


def test_same_seed_same_table(recorded):
    x = driven(300, 3, 4, 0.3)
    one, two = (cg.emerge(cg.Recording(x, 10.0), draws=7, seed=5) for _ in range(2))
    assert one.table.equals(two.table)
    other = cg.emerge(cg.Recording(x, 10.0), draws=7, seed=6)
    assert not other.table["null"].equals(one.table["null"])


def test_many_units_are_pooled_and_few_are_drawn():
    x = driven(500, 12, 5, 0.3)
    found = cg.emerge(cg.Recording(x, 10.0), pools=4, draws=0)
    assert list(found.profiles["dimensions"].table["dimensions"]) == [4, 2, 1]
    assert any(note == "pools: 12 units, more than 4, were pooled into 4 by activity" for note in found.notes)
    assert len(found.profiles["groupings"].provenance.settings["units"]) == 4
    named = cg.emerge(cg.Recording(x, 10.0), units=[0, 5, 7], draws=0)
    assert named.profiles["groupings"].provenance.settings["units"] == ("u0", "u5", "u7")
    assert list(named.profiles["dimensions"].table["dimensions"]) == [3, 2, 1]
    short = cg.emerge(cg.Recording(x[:120], 10.0), draws=0)
    assert any("more than every condition has samples for, were pooled into 8" in note for note in short.notes)


def test_spikes_and_counts():
    rng = np.random.default_rng(6)
    trains = [np.sort(rng.uniform(0, 100, 300)) for _ in range(3)]
    spikes = cg.Recording.from_spikes(trains, duration=100.0)
    found = cg.emerge(spikes, bin=0.5, draws=0)
    assert "discrete, 3 levels" in " ".join(found.table["convention"])
    assert found.profiles["groupings"].data["transitions"].values.tolist() == [199]
    with pytest.raises(cg.InputError, match=r"--bin 0\.1"):
        cg.emerge(spikes)


@pytest.mark.parametrize("name", ["tpm", "graph", "linear", "recording"])
def test_saved_and_loaded(name, recorded, tmp_path):
    made = {"tpm": EIGHT, "graph": STAR, "linear": cg.LinearGaussian(np.diag([0.9, 0.1]), 1.0)}
    found = recorded if name == "recording" else cg.emerge(made[name])
    again = cg.load(cg.save(found, tmp_path / "e.h5"))
    assert again.table.equals(found.table)
    assert repr(again) == repr(found)
    assert list(again.profiles) == list(found.profiles)
    with pytest.raises(TypeError, match="can't be changed"):
        again.columns["value"] = ()
    with pytest.raises(ValueError, match="read-only"):
        again.columns["value"][0] = 9.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: cg.emerge(np.array([[0.5, 0.495], [0.5, 0.5]])), "tpm, row 0: expected a sum of 1, got 0.995"),
        (lambda: cg.emerge(np.array([[1.5, -0.5], [0.5, 0.5]])), "probabilities in"),
        (lambda: cg.emerge(STAR, kind="tpm"), "tpm"),
        (lambda: cg.emerge(np.ones((3, 2))), "Recording"),
        (lambda: cg.emerge(np.zeros((3, 3))), "at least one edge"),
        (lambda: cg.emerge(EIGHT, kind="walk"), "'tpm'"),
        (lambda: cg.emerge(EIGHT, lag=0), "lag"),
        (lambda: cg.emerge(EIGHT, draws=-1), "draws"),
        (lambda: cg.emerge(EIGHT, null="shift"), "circular_shift"),
        (lambda: cg.emerge(EIGHT, null_over="all"), "null_over"),
        (lambda: cg.emerge(EIGHT, seed=-1), "seed"),
        (lambda: cg.emerge(cg.Recording(np.zeros((9, 2)), 1.0)), "2 that never do"),
        (lambda: cg.emerge(cg.Recording(np.eye(9), 1.0), conditions=["wake"]), "expected a recording with epochs"),
    ],
)
def test_refusals(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()


def test_a_sentence_claims_no_more_than_was_looked_at():
    """Fig. 4: 8 groups by SVD have 3 bits, more than any grouping of elements; one step has no spread."""
    found = cg.emerge(cg.published("hoel2016-fig4"))
    assert "2.7549 bits at 27 blocks of 64 states (8 groups by SVD have 3.0000)" in found.sentence
    assert "o consistent coarse scale that was looked at has more" in cg.emerge(cg.published("hoel2016-fig6")).sentence
    assert "(00)(10,01)(11), in one step;" in cg.emerge(cg.published("and-or")).sentence
    beam = cg.emerge(cg.published("hoel2016-fig2"))
    assert "partitions of states that the beam search met" in " ".join(beam.table["convention"])
    assert any("a better one may have been missed" in note for note in beam.notes)
    assert any(note.startswith("scale: the 4 blocks of 16 states are (0000,1000,") for note in beam.notes)
    assert not any("microscale and one block" in note for note in cg.emerge([[0.9, 0.1], [0.1, 0.9]]).notes)


def test_a_sentence_of_a_recording_doubts_what_is_doubtful():
    settings = {"draws": 99, "null": "circular_shift"}
    rows = Rows()
    doubt = {"low": 0.0, "high": 1.0, "null": 0.1, "p": 0.01}
    rows.add("", "emergence of channel EI", "d = 1", 0.5, "nats/dim", "", condition="run", doubt=doubt)
    rows.add("", "Psi", "V = sum", -0.2, "bits", "", condition="run", doubt=doubt | {"p": 0.02})
    said = sentence_of(rows, "recording", settings)
    assert said.endswith("p = 0.01), and synergy (Psi) (p = 0.02, but -0.2 isn't above 0) shows no more.")
    rows.notes.append("linear model: null of run: epochs last 1 s and units remember 2 s: ..., and p can be off")
    assert "p = 0.01), where p can be off (see the notes)" in sentence_of(rows, "recording", settings)
    rows.notes[0] = rows.notes[0].replace("run", "rest")
    assert "see the notes" not in sentence_of(rows, "recording", settings)


def test_what_is_left_out_or_doubtful_in_a_recording_is_said():
    x = driven(400, 4, 8, 0.0)
    found = cg.emerge(cg.Recording(x, 10.0), dims=[9, 2, 1], draws=5)
    assert "dims: 9 left out, for there are 4 units or pools of them" in found.notes
    assert list(found.profiles["dimensions"].table["dimensions"]) == [2, 1]
    row = found.table[found.table["measure"] == "emergent complexity over scales"].iloc[0]
    assert 0.0 <= row["low"] <= row["value"] <= row["high"] <= 1.0  # log2 of two scales
    for measure, words in (("EI", "one-sided p over all groupings"), ("CP", "two-sided p at this scale")):
        assert found.table[found.table["measure"] == measure]["convention"].iloc[0].endswith(words)
    assert found.table[found.table["measure"].isin(["Delta", "Gamma (synergy)"])]["null"].notna().all()
    x[:, 2] = x[:, 1]
    twins = cg.emerge(cg.Recording(x, 10.0), draws=0)
    assert any("refused as they are (expected units none of which is made of others" in note for note in twins.notes)


def test_seams_and_foreign_memory_are_said_in_the_table_of_a_recording():
    rng = np.random.default_rng(9)
    x, state = np.zeros((1200, 3)), np.zeros(3)
    for t in range(1200):
        state = (0.95 if t // 12 % 2 else 0.2) * state + rng.normal(size=3)
        x[t] = state
    starts = np.arange(0, 1200, 12)
    epochs = cg.Epochs(starts, starts + 12, ["b", "a"] * 50)
    recording = cg.Recording(x, 1.0, epochs=epochs)
    over = cg.emerge(recording, draws=3, null_over="recording").notes
    assert any(note.startswith("linear model: null of a: u") and "autocorrelation" in note for note in over)
    assert any(note.startswith("counted transitions: null of a: u") and "autocorrelation" in note for note in over)
    auto = cg.emerge(recording, draws=3)
    assert any(note.startswith("linear model: null of a: epochs last 12 s") for note in auto.notes)
    assert "circular_shift over the condition;" in auto.profiles["groupings"].provenance.conventions["null"]
    assert auto.provenance.settings["null_over"] == "auto"


def test_doubt_of_a_number_made_of_several_by_hand():
    draws, nulls = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), np.array([[0.0, 5.0], [0.0, 0.0]])
    found = doubt_of(lambda column: float(column.sum()), np.array([4.0, 0.0]), draws, nulls)
    assert found["high"] - 4.0 == pytest.approx(4.302653)  # t of .975 with 2 degrees of freedom, s.d. 1
    assert (found["null"], found["p"]) == (2.5, pytest.approx(2 / 3))
    higher = doubt_of(lambda column: float(column.sum()), np.array([4.0, 0.0]), draws, nulls - 2.0)
    assert higher["p"] == pytest.approx(1 / 3)
    cut = doubt_of(lambda column: float(column.sum()), np.array([4.0, 0.0]), draws, nulls, within=(0.0, 5.0))
    assert (cut["low"], cut["high"]) == (0.0, 5.0)
    assert shortened("x" * 60) == "x" * 44 + " ..."
    rows = Rows()
    rows.refusals.append(cg.InputError("reason", expected="a", got="b", remedy="c"))
    with pytest.raises(cg.InputError, match="reason"):
        rows.columns()
