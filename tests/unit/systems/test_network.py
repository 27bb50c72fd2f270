"""Networks: both forms of a TPM, edges, labels, counts; and every way to get them wrong."""

import pickle

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.systems import markov

SWAP = [[0, 0], [0, 1], [1, 0], [1, 1]]  # A and B copy each other; state (1, 0) is row 1


def test_index_order_is_element_zero_fastest():
    net = cg.Network(SWAP)
    # From (A, B) = (1, 0), row 1: A reads B = 0, B reads A = 1.
    assert net.tpm[1].tolist() == [0, 1]
    assert net.state_by_state[1].tolist() == [0, 0, 1, 0]


def test_edges_are_inferred_from_source_to_target():
    # B copies A; A is always off.
    net = cg.Network([[0, 0], [0, 1], [0, 0], [0, 1]])
    assert net.edges.tolist() == [[False, True], [False, False]]


def test_state_by_state_gives_the_same_network():
    net = cg.Network([[0.1, 0.9], [0.3, 0.2], [0.5, 0.5], [1.0, 0.0]])
    again = cg.Network(net.state_by_state)
    assert again.tpm == pytest.approx(net.tpm, abs=1e-15)
    assert cg.Network.from_state_by_state(net.state_by_state).edges.tolist() == net.edges.tolist()


def test_conversions_keep_the_bit_order():
    tpm = np.array([[0.1, 0.9]] * 4)
    joint = markov.to_state_by_state(tpm)
    assert joint[0] == pytest.approx([0.9 * 0.1, 0.1 * 0.1, 0.9 * 0.9, 0.1 * 0.9])


def test_an_idle_edge_is_kept_and_a_missing_one_is_told():
    full = cg.Network(SWAP, [[1, 1], [1, 1]])
    assert full.edges.all()
    with pytest.warns(cg.CausalGrainWarning, match=r"A -> B.*average them out.*effective_information, don't"):
        cut = cg.Network(SWAP, [[0, 0], [1, 0]])
    assert cut.tpm.tolist() == SWAP
    assert cg.big_phi(cut, "00").reason == "not strongly connected"
    # As the warning says: B, whose input is missing, is noise in a scan, not in the TPM itself.
    assert cg.scan(cut, "00", "full").values("ei")[0] == 1.0
    assert cg.effective_information(cut).bits == 2.0


def test_counts():
    counts = np.zeros((4, 4))
    counts[0, 1] = 3  # (0, 0) -> (1, 0)
    counts[0, 2] = 1  # (0, 0) -> (0, 1)
    net = cg.Network.from_counts(counts, prior=0.5)
    assert net.tpm[0].tolist() == [(3 + 0.5) / 5, (1 + 0.5) / 5]
    assert net.tpm[1].tolist() == [0.5, 0.5]
    assert net.origin == "estimated"
    assert net.occupancy.tolist() == [4, 0, 0, 0]
    assert cg.Network.from_counts(counts).tpm[3].tolist() == [0.5, 0.5]


def test_is_a_frozen_hashable_value():
    net = cg.Network(SWAP)
    assert net == cg.Network(SWAP)
    assert len({net, cg.Network(SWAP), cg.Network(SWAP, labels=["x", "y"])}) == 2
    assert pickle.loads(pickle.dumps(net)) == net
    with pytest.raises(AttributeError, match="frozen"):
        net.tpm = None
    with pytest.raises(ValueError, match="read-only"):
        net.tpm[0, 0] = 1
    given = np.array(SWAP, dtype=float)
    net = cg.Network(given)
    given[0, 0] = 1
    assert net.tpm[0, 0] == 0


def test_reachable():
    net = cg.Network([[0, 0], [0, 1], [0, 0], [0, 1]])
    assert [net.reachable(s) for s in ((0, 0), (1, 0), (0, 1), (1, 1))] == [True, False, True, False]


ROWS = [[0.5, 0.5]] * 2


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: cg.Network([[0, 0, 0]] * 4), cg.InputError, r"expected shape \(4, 2\) or \(4, 4\), got shape \(4, 3\)"),
        (lambda: cg.Network([[0, 0]] * 3), cg.InputError, "2, 4, 8"),
        (lambda: cg.Network([0, 1]), cg.InputError, "shape"),
        (lambda: cg.Network([[0, 0], [0]]), cg.InputError, "rectangular"),
        (lambda: cg.Network([["a"], [0]]), cg.InputError, "array of numbers"),
        (lambda: cg.Network([[0, 1.2], [0, 0], [0, 0], [0, 0]]), cg.InputError, r"row 0 \(state 00\), column 1.*1\.2.*counts"),
        (lambda: cg.Network([[0, float("nan")], [0, 0], [0, 0], [0, 0]]), cg.InputError, "got nan"),
        (lambda: cg.Network([[0, -0.1], [0, 0], [0, 0], [0, 0]]), cg.InputError, r"got -0\.1"),
        (lambda: cg.Network([[0.5, 0.4], [0, 1]]), cg.InputError, r"row 0 \(state 0\).*sum of 0\.9"),
        (lambda: cg.Network([[0.5, 0, 0, 0.5]] * 4), cg.ConditionalDependenceError, r"dependence 0\.5.*max_dependence=1"),
        (lambda: cg.Network(SWAP, labels=["A", "A"]), cg.InputError, "'A' more than once"),
        (lambda: cg.Network(SWAP, labels=["A"]), cg.InputError, "expected 2 names, got 1"),
        (lambda: cg.Network(SWAP, [[0, 1]]), cg.InputError, r"shape \(2, 2\)"),
        (lambda: cg.Network(SWAP, [[0, 2], [1, 0]]), cg.InputError, "0 or 1"),
        (lambda: cg.Network(SWAP, origin="guess"), cg.InputError, "'exact'"),
        (lambda: cg.Network(SWAP, occupancy=[1, 2]), cg.InputError, "4 non-negative weights"),
        (lambda: cg.Network.from_state_by_node([[0.5, 0.5]] * 2), cg.InputError, r"\(2\*\*n, n\)"),
        (lambda: cg.Network.from_counts([[1, -1], [0, 0]]), cg.InputError, "counts"),
        (lambda: cg.Network.from_counts([[1, 1], [0, 0]], prior=-1), cg.InputError, "prior"),
        (lambda: cg.big_phi(cg.Network([[0, 0], [0, 1], [0, 0], [0, 1]]), "10"), cg.UnreachableStateError, r"got 10 \(A, B\).*try 00"),
        (lambda: cg.big_phi(cg.Network(SWAP), "012"), cg.InputError, "2 values, each 0 or 1"),
        (lambda: cg.big_phi(cg.Network(SWAP), "00", ["A", "C"]), cg.InputError, "'C'"),
        (lambda: cg.big_phi(cg.Network(SWAP), "00", [0, 0]), cg.InputError, "once"),
        (lambda: cg.big_phi(cg.Network(SWAP), "00", [2]), cg.InputError, "from 0 to 1"),
        (lambda: cg.big_phi(cg.Network(SWAP), "00", []), cg.InputError, "at least one"),
    ],
)  # fmt: skip
def test_errors_say_what_where_and_how_to_mend(make, error, says):
    with pytest.raises(error, match=says) as caught:
        make()
    assert caught.value.remedy.endswith((".", "?", "instance."))
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_dependence_of_a_perfect_copy_pair():
    assert markov.dependence(np.array([[0.5, 0, 0, 0.5]] * 4)) == pytest.approx(0.5)
    assert markov.dependence(markov.to_state_by_state(np.random.default_rng(0).random((8, 3)))) < 1e-15
