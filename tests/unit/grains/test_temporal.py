"""Macro steps of several updates: the truths that can be had by hand, the laws, and what comes out."""

from itertools import product

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.phi.macro import spatial_macro
from causalgrain.phi.prepared import prepare
from causalgrain.phi.temporal import Lumps, on_masks, prepare_unfolded, temporal_macro
from causalgrain.systems import unfolding
from causalgrain.systems.coarse import Grain
from causalgrain.systems.gates import AND, COPY

SWAP = cg.Network([[0, 0], [0, 1], [1, 0], [1, 1]])
# A(t+1) = B(t-1), B(t+1) = A(t-1): bits of a history are A(t), B(t), A(t-1), B(t-1).
LATE_SWAP = cg.Network([[row >> 3 & 1, row >> 2 & 1] for row in range(16)], order=2)
ANY = ((1, 2), (1, 2))


def row_of(profile, grain):
    return profile.grains.index(grain)


def test_swap_over_two_updates_is_two_copies_that_never_meet():
    """phi.md section 5: EI 0 bits at tau 1 and 2 bits at tau 2 (ON = any); Phi 0 at both."""
    profile = cg.scan(LATE_SWAP, "11 11", "full", max_tau=2)
    micro, macro = 0, row_of(profile, Grain(((0,), (1,)), ANY, tau=2))
    assert profile.values("ei")[[micro, macro]].tolist() == [0.0, 2.0]
    assert profile.values("phi")[[micro, macro]].tolist() == [0.0, 0.0]
    result = cg.big_phi(LATE_SWAP, "11 11", grain=Grain(((0,), (1,)), ANY, tau=2))
    assert result.phi == 0.0
    # The blocks' first and second updates never meet: A(t-1), B(t-1) are unfolded elements 0 and 1.
    assert result.cut.from_nodes == (0, 1)
    assert result.cut.label(result.cut_labels) == "{A(t-1) B(t-1)} -> {A(t) B(t)}"
    assert len(result.structure) == 2


def test_first_order_swap_over_two_updates_is_dependent():
    """Both elements' next blocks hold the same two values, in turn."""
    grain = Grain(((0,), (1,)), ANY, tau=2)
    with pytest.raises(cg.ConditionalDependenceError, match=r"dependence 0\.4444"):
        cg.big_phi(SWAP, "11 11", grain=grain)
    profile = cg.scan(SWAP, "11 11", "full", max_tau=2)
    row = row_of(profile, grain)
    assert not profile.admitted[row]
    assert profile.table["reason"][row] == "conditionally dependent"
    assert profile.values("dependence")[row] == pytest.approx(4 / 9)


def test_one_update_is_the_spatial_scan():
    net = cg.published("hoel2016-fig2")
    spatial, both = cg.scan(net, "0000"), cg.scan(net, "1111 0000", max_tau=2)
    first = both.table[: len(spatial)].drop(columns="tau")
    assert (both.table["tau"][: len(spatial)] == 1).all()
    for name in spatial.table.columns:
        a, b = spatial.table[name], first[name]
        assert a.equals(b) or np.array_equal(a.to_numpy(), b.to_numpy(), equal_nan=True), name
    assert both.peak.label == spatial.peak.label
    assert both.peak.value == spatial.peak.value


@pytest.mark.parametrize("order", [2, 3])
def test_lifting_to_a_higher_order_changes_nothing(order):
    rng = np.random.default_rng(order)
    net = cg.Network(rng.integers(0, 5, (8, 3)) / 4.0)
    plain, lifted = (cg.scan(n, "010 100", max_tau=2, max_dependence=1.0) for n in (net, net.lifted(order)))
    np.testing.assert_allclose(lifted.values("phi"), plain.values("phi"), atol=1e-12)
    np.testing.assert_allclose(lifted.values("ei"), plain.values("ei"), atol=1e-12)
    assert cg.big_phi(net.lifted(order), "010").phi == pytest.approx(cg.big_phi(net, "010").phi, abs=1e-12)


def test_order_two_at_one_update_averages_the_older_state():
    """Each element reads the other one update back (weight .5) and itself two back (.5): at tau 1 the latter is .25."""
    rows = [[0.5 * (row >> 1 & 1) + 0.5 * (row >> 2 & 1), 0.5 * (row & 1) + 0.5 * (row >> 3 & 1)] for row in range(16)]
    net = cg.Network(rows, order=2)
    assert net.first_order.tpm.tolist() == [[0.25, 0.25], [0.25, 0.75], [0.75, 0.25], [0.75, 0.75]]
    assert cg.big_phi(net, "11").phi == cg.big_phi(net.first_order, "11").phi > 0.0
    assert "older states" in cg.big_phi(net, "11").provenance.conventions


def test_fig5_first_order_marginal():
    """Hoel et al. (2016), Fig. 5 at the micro step: Phi .07, two concepts, distance .58 (the rule recovered: phi.md 5)."""
    net = cg.Network([[0.25, 0.25], [0.25, 0.5], [0.5, 0.25], [0.5, 0.5]])
    result = cg.big_phi(net, "11")
    assert result.phi == pytest.approx(0.072917, abs=5e-7)
    assert len(result.structure) == 2
    assert cg.concept_distances(result)[0, 1] == pytest.approx(0.5833, abs=5e-5)


@pytest.mark.parametrize(("n", "order", "tau"), [(2, 1, 2), (2, 2, 2), (2, 3, 2), (1, 2, 3), (2, 1, 3), (3, 2, 1)])
def test_compiled_and_plain_unfolding_agree(n, order, tau):
    """The macro TPM, its marginals after every cut, and the state: kernels against systems.unfolding."""
    rng = np.random.default_rng(n + 10 * order + 100 * tau)
    net = cg.Network(rng.random((1 << (n * order), n)), order=order)
    history = tuple(map(tuple, rng.integers(0, 2, (max(order, tau), n)).tolist()))
    on = tuple(tuple(sorted(rng.choice(range(1, tau + 1), rng.integers(1, tau + 1), replace=False))) for _ in range(n))
    grain = Grain(tuple((i,) for i in range(n)), tuple(tuple(int(c) for c in one) for one in on), tau=tau)
    unfolded = prepare_unfolded(net, history[-tau:], tuple(range(n)), tau)
    macro = temporal_macro(unfolded, grain, 1.0, "")
    index = unfolding.block_states(grain)
    for source in range(1 << (n * tau)):
        blocks = unfolding.next_blocks(unfolding.update_tables(net.tpm, order, tau, source), order, tau)
        joint = unfolding.temporal_macro_tpm(blocks, grain)
        marginals = joint @ np.array(list(product((0, 1), repeat=n)))[:, ::-1]
        ours = macro.on if source == 0 else macro.cut_on(source)
        if 0 < source < (1 << (n * tau)) - 1 or source == 0:
            np.testing.assert_allclose(ours, marginals, atol=1e-13)
    assert macro.state == index[unfolded.block]


def test_one_update_unfolded_is_the_spatial_macro_system():
    net = cg.Network(np.random.default_rng(3).random((16, 4)))
    grain = cg.as_grain(["AB", "CD"], [[1, 2], [2]], "ABCD")
    state = (0, 1, 1, 0)
    spatial = spatial_macro(prepare(net, state, (0, 1, 2, 3)), grain, 1.0)
    unfolded = temporal_macro(prepare_unfolded(net, (state,), (0, 1, 2, 3), 1), grain, 1.0, "")
    np.testing.assert_allclose(unfolded.on, spatial.on, atol=1e-14)
    np.testing.assert_allclose(unfolded.cut_ons(), spatial.cut_ons(), atol=1e-14)
    assert (unfolded.state, unfolded.micro.tolist()) == (spatial.state, spatial.micro.tolist())


def test_what_follows_a_severed_block_is_noise():
    """All connections across the macro step severed: what follows doesn't depend on the macro state."""
    net = cg.Network.from_gates({"A": COPY("B"), "B": AND("A", "B")})
    unfolded = prepare_unfolded(net, ((0, 1), (1, 1)), (0, 1), 2)
    macro = temporal_macro(unfolded, Grain(((0,), (1,)), ANY, tau=2), 1.0, "")
    after = macro.cut_on(0b1100)  # A(t), B(t) -> A(t-1), B(t-1): the last update of a block to the first of the next
    assert np.ptp(after, axis=0).max() == 0.0


def test_sequences_hold_all_counts_and_more():
    counts = cg.scan(LATE_SWAP, "01 11", "full", max_tau=2)
    sequences = cg.scan(LATE_SWAP, "01 11", "full", max_tau=2, blocks="sequences")
    assert len(sequences) > len(counts)
    table = {grain: row for row, grain in enumerate(sequences.grains)}
    rows = [table[grain] for grain in counts.grains]
    for name in ("phi", "ei", "dependence"):
        np.testing.assert_allclose(sequences.values(name)[rows], counts.values(name), atol=1e-14)
    last = table[Grain(((0,), (1,)), (((0, 1), (1, 1)), ((0, 1), (1, 1))), tau=2)]
    assert sequences.values("ei")[last] == pytest.approx(2.0)  # the last update of a block makes that of the next


def test_masks_of_counts_and_of_sequences():
    grain = Grain(((0, 1), (2,)), (((0, 2), (1, 0)), (1,)), tau=2)
    # Sequences of a pair: count + 3 * count; those of a single element by counts: 01 and 10 hold one.
    assert on_masks(grain).tolist() == [1 << 6 | 1 << 1, 1 << 1 | 1 << 2]
    lumps = Lumps.of(
        prepare_unfolded(cg.Network(np.full((8, 3), 0.5)), ((0, 0, 0),) * 2, (0, 1, 2), 2), [0, 0, 1], True
    )
    assert lumps.widths.tolist() == [9, 4]
    block = 0b001_101  # A and C on, then A: bits C B A of the last update, then of the first
    assert lumps.values[:, block].tolist() == [1 + 3 * 1, 1]


def test_background_is_frozen_in_its_present_state():
    """C drives A and B: at the subset AB it is held at its last value at both updates."""
    net = cg.Network.from_gates({"A": AND("B", "C"), "B": COPY("A"), "C": COPY("C")})
    held = cg.Network.from_gates({"A": COPY("B"), "B": COPY("A")})
    grain = Grain(((0,), (1,)), ((2,), (1, 2)), tau=2)
    on = prepare_unfolded(net, ((0, 1, 0), (1, 0, 1)), (0, 1), 2)
    free = prepare_unfolded(held, ((0, 1), (1, 0)), (0, 1), 2)
    assert (temporal_macro(on, grain, 1, "").on == temporal_macro(free, grain, 1, "").on).all()
    off = prepare_unfolded(net, ((0, 1, 1), (1, 0, 0)), (0, 1), 2)
    assert (temporal_macro(off, grain, 1, "").on[:, 0] == 0.0).all()


def test_unreachable_history_is_said():
    with pytest.raises(cg.UnreachableStateError, match="10 11"):
        cg.big_phi(SWAP, "10 11", grain=Grain(((0,), (1,)), ANY, tau=2), max_dependence=1.0)
    profile = cg.scan(SWAP, "10 11", "full", max_tau=2, max_dependence=1.0)
    assert (profile.table["reason"][profile.table["tau"] == 2] == "unreachable state").all()


def test_same_bytes_for_any_number_of_workers():
    net = cg.Network(np.random.default_rng(5).integers(0, 3, (64, 3)) / 2.0, order=2)
    one, three = (cg.scan(net, "011 110", max_tau=2, max_dependence=1.0, workers=w) for w in (1, 3))
    for name in one.data:
        assert one.data[name].values.tobytes() == three.data[name].values.tobytes(), name


def test_cut_columns_name_unfolded_elements():
    net = cg.Network(np.random.default_rng(6).random((16, 2)), order=2)
    profile = cg.scan(net, "11 11", "full", max_tau=2, max_dependence=1.0)
    assert profile.data["node"].values.tolist() == ["A", "B", "A(t-1)", "B(t-1)"]
    grain = Grain(((0,), (1,)), ANY, tau=2)
    row = row_of(profile, grain)
    result = cg.big_phi(net, "11 11", grain=grain, max_dependence=1.0)
    sending = {result.cut_labels[i] for i in result.cut.from_nodes}
    cut = profile.data["cut"].values[row, 0]
    named = {str(name) for name, sends in zip(profile.data["node"].values, cut, strict=True) if sends}
    assert {name.removesuffix("(t)") for name in sending} == named
    assert result.phi == pytest.approx(profile.values("phi")[row], abs=1e-15)


def test_saved_and_loaded(tmp_path):
    profile = cg.scan(LATE_SWAP, "11 11", max_tau=2, blocks="sequences")
    back = cg.load(cg.save({"profile": profile, "network": LATE_SWAP}, tmp_path / "p.h5"))
    assert back["network"] == LATE_SWAP
    assert back["network"].order == 2
    assert back["profile"].table.equals(profile.table)
    result = cg.big_phi(LATE_SWAP, "11 11", grain=Grain(((0,), (1,)), ANY, tau=2))
    assert repr(cg.load(cg.save(result, tmp_path / "r.h5"))) == repr(result)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cg.scan(SWAP, "11", max_tau=2), "the last 2 states, oldest first, got 1: 11"),
        (lambda: cg.scan(SWAP, {"11": 1.0, "00": 1.0}, max_tau=2), "one history"),
        (lambda: cg.scan(SWAP, "11 11", max_tau=2, best_only=True), "leave best_only out"),
        (lambda: cg.scan(SWAP, "11 11", max_tau=0), "max_tau"),
        (lambda: cg.scan(SWAP, "11 11", max_tau=2, blocks="tables"), "blocks"),
        (lambda: cg.scan(SWAP, "11 1", max_tau=2), "2 values, each 0 or 1"),
        (lambda: cg.scan(SWAP, " ".join(["11"] * 7), "full", max_tau=7), "14: 2 elements over 7 updates"),
        (lambda: cg.Network(np.zeros((16, 3)), order=2), r"shape \(2\*\*\(2 n\), n\) for order 2"),
        (lambda: Grain(((0,),), ((3,),), tau=2), "counts from 1 to 2 for a group of 1 over 2 updates"),
        (lambda: Grain(((0,),), (((0, 0),),), tau=2), "not all 0"),
    ],
)
def test_errors_tell_the_remedy(call, message):
    with pytest.raises(cg.CausalGrainError, match=message):
        call()


def slow_readers(p=0.25):
    """Each turns ON for certain if the other was ON one update before the last, with chance p if it is ON only now."""
    rows = []
    for row in range(16):
        a, b, old_a, old_b = (row >> i & 1 for i in range(4))
        rows.append([1.0 if old_b else p * b, 1.0 if old_a else p * a])
    return cg.Network(rows, order=2)


def test_slow_readers_by_hand():
    """docs/time.md: Phi .0638 over two updates against .0131 at one; every number of the page."""
    net = slow_readers()
    grain = Grain(((0,), (1,)), ANY, tau=2)
    macro = temporal_macro(prepare_unfolded(net, ((1, 1), (1, 1)), (0, 1), 2), grain, 1e-8, "")
    assert macro.on.tolist() == [[0.0, 0.0], [0.1875, 1.0], [1.0, 0.1875], [1.0, 1.0]]
    np.testing.assert_allclose(macro.cut_on(0b0011), [[0.125, 0.125], [0.125, 1.0], [1.0, 0.125], [1.0, 1.0]])
    result = cg.big_phi(net, "11 11", grain=grain)
    cause, effect = 1 / 1.09375, 1.0
    after = 1 / 1.125
    moved = (after - 0.5) * (cause - after)
    lost = (cause - after) * ((cause - 0.5) + (effect - 0.546875))
    assert result.phi == pytest.approx(2 * (moved + lost), abs=1e-12) == pytest.approx(0.063812, abs=5e-7)
    assert [c.phi for c in result.structure] == pytest.approx([cause - 0.5] * 2)
    assert result.cut.label(result.cut_labels) == "{A(t-1) B(t-1)} -> {A(t) B(t)}"
    assert result.ties == ()
    profile = cg.scan(net, "11 11", max_tau=2)
    assert profile.peak.grain == grain
    assert profile.values()[0] == pytest.approx(0.013117, abs=5e-7)
    assert cg.effective_information(net, grain=grain).bits == pytest.approx(1.615661, abs=5e-7)
    assert cg.effective_information(net).bits == pytest.approx(0.022965, abs=5e-7)


def test_background_of_an_order_k_system_is_frozen_at_all_lags():
    """C, frozen OFF now, was ON before: a subset at one update reads it as OFF throughout."""
    rows = [[0.5 * (row >> 2 & 1) + 0.5 * (row >> 5 & 1), row & 1, row >> 2 & 1] for row in range(64)]
    net = cg.Network(rows, order=2)
    off = prepare(net, (0, 0, 0), (0, 1))
    assert off.on[:, 0].tolist() == [0.0] * 4
    assert prepare(net, (0, 0, 1), (0, 1)).on[:, 0].tolist() == [1.0] * 4
    assert net.first_order.tpm[:, 0].tolist() == [0.25] * 4 + [0.75] * 4  # nothing frozen: averaged


def test_labels_tell_counts_from_sequences():
    tens = Grain(((0, 1, 2, 3, 4),), ((10,),), 2)
    early = Grain(((0, 1, 2, 3, 4),), (((1, 0),),), 2)
    assert (tens.label("ABCDE"), early.label("ABCDE")) == ("{ABCDE} tau=2 ON=10", "{ABCDE} tau=2 ON=1-0")
    assert cg.as_grain(["AB", "C"], [["0-1", "2-1"], ["1"]], "ABC", tau=2).mapping == (((0, 1), (2, 1)), (1,))


def test_long_names_are_not_glued():
    names = ["L23a", "L23b", "PV", "SOM"]
    net = cg.Network(cg.published("hoel2016-fig2").tpm, labels=names)
    result = cg.big_phi(net, "0000", grain=cg.as_grain([names[:2], names[2:]], labels=names))
    assert result.names == ("L23a+L23b", "PV+SOM")


@pytest.mark.parametrize("state", ["11", "11 11 1", [1, 1], ["11", 1]])
def test_macro_state_says_what_it_takes(state):
    with pytest.raises(cg.InputError, match="last 2 states"):
        Grain(((0,), (2,)), ANY, tau=2).macro_state(state)
    assert Grain(((0,), (1,)), ANY, tau=2).macro_state("00 10 00") == (1, 0)


def test_impossible_history_is_noted():
    profile = cg.scan(SWAP.lifted(2), "10 10", "full", max_tau=2, max_dependence=1.0)
    assert any("no block leads to the last states" in note and "tau = 2" in note for note in profile.notes)
    assert not cg.scan(SWAP.lifted(2), "10 01", "full", max_tau=2, max_dependence=1.0).notes


def test_missing_edges_are_noise_at_every_tau():
    """A scan of a network that lacks an edge is that of the network whose TPM has the input averaged out."""
    with pytest.warns(cg.CausalGrainWarning, match="average them out"):
        net = cg.Network(slow_readers().tpm, [[0, 1], [0, 0]], order=2)
    tpm = slow_readers().tpm.copy()
    tpm[:, 0] = tpm[:, 0].mean()  # A reads B alone, now and before: nothing is left
    same = cg.Network(tpm, order=2)
    one, two = (cg.scan(n, "11 11", "full", max_tau=2) for n in (net, same))
    for name in ("phi", "ei", "dependence"):
        np.testing.assert_allclose(one.values(name), two.values(name), atol=1e-14)
