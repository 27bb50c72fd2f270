"""Causal emergence 2.0: numbers from the literature, brute force written here, and what is said in doubt."""

import itertools

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.information import causal_emergence as module
from causalgrain.information.causal_emergence import causal_emergence
from causalgrain.information.causal_path import causal_path, emergent_complexity
from causalgrain.information.partitions import blocks_of, inconsistency, refines, set_partitions

SEVEN_AND_ONE = np.zeros((8, 8))
SEVEN_AND_ONE[:7, :7] = 1 / 7
SEVEN_AND_ONE[7, 7] = 1
# Recomputed for the package's specification: merging the seven one by one.
CP = [0.1812, 0.2108, 0.2515, 0.3109, 0.4056, 0.5794, 1.0]


def two_blocks(error):
    """The paper's system without mesoscale structure (figure 3A): two blocks of four alike states."""
    return np.kron([[1 - error, error], [error, 1 - error]], np.full((4, 4), 0.25))


def power_of(tpm, labels):
    """CP of a partition, written apart: mutual information of the macro chain under uniform causes over log2 m."""
    blocks = blocks_of(labels)
    m = len(blocks)
    if m == 1:
        return 0.0
    joint = np.array([[np.mean([sum(tpm[a, b] for b in B) for a in A]) / m for B in blocks] for A in blocks])
    q = joint.sum(axis=0)
    return sum(v * np.log2(v / (q[j] / m)) for (i, j), v in np.ndenumerate(joint) if v > 0) / np.log2(m)


def longest_chains(rows, end):
    """All longest chains of partitions from the microscale to `end`, by recursion."""
    below = [row for row in rows if row is not end and refines(row, end)]
    if not below:
        return [[end]]
    chains = [chain + [end] for row in below for chain in longest_chains(below, row)]
    most = max(map(len, chains))
    return [chain for chain in chains if len(chain) == most]


def test_eight_states_one_by_one():
    path = causal_path(SEVEN_AND_ONE, [[tuple(range(k))] for k in range(2, 8)])
    assert path.cp == pytest.approx(CP, abs=5e-5)
    assert path.cp == pytest.approx([(np.log2(m) - (m - 1) / m * np.log2(m - 1)) / np.log2(m) for m in range(8, 1, -1)])
    assert path.complexity == pytest.approx(1.991251, abs=5e-7)
    assert path.normalised_complexity == pytest.approx(0.770321, abs=5e-7)
    assert path.inconsistency == pytest.approx(np.zeros(7), abs=1e-12)


@pytest.mark.parametrize("method", ["exhaustive", "greedy", "beam"])
def test_eight_states_found(method):
    found = causal_emergence(SEVEN_AND_ONE, method=method)
    assert found.end.label == "(0,1,2,3,4,5,6)(7)"
    assert found.path.cp == pytest.approx(CP, abs=5e-5)
    assert found.emergence == pytest.approx(1 - 0.543564 / 3, abs=1e-6)
    assert (found.complexity, found.normalised_complexity) == pytest.approx((1.991251, 0.770321), abs=5e-7)


def test_doubt_of_the_path_is_said():
    """Seven states merge to one in 7! 6! / 2**6 ways, all alike here; 877 partitions of them, and all in one."""
    found = causal_emergence(SEVEN_AND_ONE)
    assert found.path.longest == 56700
    assert found.path.ties == 56699
    assert found.path.complexity_range == pytest.approx((1.991251, 1.991251), abs=5e-7)
    assert found.profile.n_admitted == 878
    assert len(found.profile) == 4140


def test_first_system_of_the_paper():
    """Hoel (2025) figure 2: CP .66 at the microscale, 1 where (4,5,6,7) are one, a gain of .33, nothing beyond."""
    tpm = np.eye(8)[[1, 2, 3, 0, 4, 4, 4, 4]]
    tpm[4:, 4:] = 0.25
    found = causal_emergence(tpm)
    assert found.end.label == "(0)(1)(2)(3)(4,5,6,7)"
    assert (found.path.cp[0], found.end.value, found.emergence) == pytest.approx((2 / 3, 1, 1 / 3), abs=1e-12)
    assert all(len(tie.grain) < 5 for tie in found.profile.ties)
    assert found.profile.ties


def test_second_system_of_the_paper():
    """Hoel (2025) figure 3A-C: CP .14 at the microscale, .41 at the end, .18 of it at the last step, 1.67 bits.

    The TPM isn't printed there; the one free number of two such blocks is set by the CP of .41.
    """
    found = causal_emergence(two_blocks(0.1425))
    assert found.end.label == "(0,1,2,3)(4,5,6,7)"
    assert found.end.value == pytest.approx(0.41, abs=5e-3)
    assert found.path.cp[0] == pytest.approx(0.14, abs=5e-3)
    assert found.path.increments[-1] == pytest.approx(0.18, abs=5e-3)
    assert found.complexity == pytest.approx(1.67, abs=5e-3)


def test_primitives_agree_with_the_paper_on_the_block_model():
    """Hoel (2025) S3: the gain in sufficiency + necessity equals sigma_2 - mean of sigma_2 to sigma_8, 1 - 1/7."""
    tpm = np.kron(np.eye(2), np.full((4, 4), 0.25))
    sigma = np.linalg.svd(tpm, compute_uv=False)
    found = causal_emergence(tpm, power="primitives")
    assert found.emergence == pytest.approx(6 / 7, abs=1e-12)
    assert found.emergence == pytest.approx(sigma[1] - sigma[1:].mean(), abs=1e-12)


def test_published_macro_scale_is_found_among_sixteen_states():
    """Two pairs of noisy ANDs (Hoel 2013): EI 1.148579 -> 1.551829 bits where each pair counts as ON or not."""
    found = causal_emergence(cg.published("hoel2016-fig2"))
    values = found.profile.values("EI")
    assert found.method == "beam"
    assert values[0] == pytest.approx(1.148579, abs=5e-7)
    assert values[found.end.index] == pytest.approx(1.551829, abs=5e-7)
    assert sorted(map(len, found.end.grain)) == [1, 3, 3, 9]


def test_exhaustive_against_recursion():
    """End, number of longest paths, ties, and the range of complexity, all by brute force, on a lumpable chain."""
    rng = np.random.default_rng(5)
    tpm = two_blocks(0.2)[np.ix_([0, 1, 4, 5, 6], [0, 1, 4, 5, 6])]
    tpm = tpm / tpm.sum(axis=1, keepdims=True)
    order = rng.permutation(5)
    tpm = tpm[np.ix_(order, order)]
    found = causal_emergence(tpm)
    rows = [row for row in set_partitions(5) if inconsistency(tpm, row) < 1e-9]
    assert found.profile.n_admitted == len(rows)
    cp = [power_of(tpm, row) for row in rows]
    assert found.end.value == pytest.approx(max(cp), abs=1e-12)
    end = rows[int(np.argmax(np.round(cp, 10)))]
    assert found.end.grain == blocks_of(end)
    chains = longest_chains(rows, end)
    values = [np.array([power_of(tpm, row) for row in chain]) for chain in chains]
    sums = np.array([v.sum() for v in values])
    assert found.path.longest == len(chains)
    assert len(found.path) == len(chains[0])
    assert found.path.cp.sum() == pytest.approx(sums.max(), abs=1e-12)
    assert found.path.ties == (sums > sums.max() - 1e-9).sum() - 1
    rising = [emergent_complexity(np.diff(v)) for v in values if (np.diff(v) > -1e-9).all()]
    assert rising
    assert found.path.complexity_range == pytest.approx((min(rising), max(rising)), abs=1e-9)


def test_path_may_lead_over_gaps():
    """Two independent chains, one less noisy: forgetting the noisier one is consistent, merging half of it is not."""
    found = causal_emergence(np.kron([[0.9, 0.1], [0.2, 0.8]], [[0.6, 0.4], [0.3, 0.7]]))
    assert found.end.label == "(0,1)(2,3)"
    assert found.path.scales.blocks.tolist() == [4, 2]
    each = [cg.effective_information(t).bits for t in ([[0.9, 0.1], [0.2, 0.8]], [[0.6, 0.4], [0.3, 0.7]])]
    assert found.path.cp == pytest.approx([sum(each) / 2, each[0]], abs=1e-12)


def test_a_path_of_ones_own_may_lose():
    """Merging the first block of two whole before the second loses causal power on the way; losses count as 0."""
    path = causal_path(two_blocks(0.1425), [[(0, 1)], [(0, 1, 2)], [(0, 1, 2, 3)], [(0, 1, 2, 3), (4, 5)]])
    assert path.losses == 2
    assert "falls at 2 of 4" in repr(path)
    gains = np.maximum(path.increments, 0)
    share = gains[gains > 0] / gains.sum()
    assert path.complexity == pytest.approx(-(share * np.log2(share)).sum(), abs=1e-12)
    assert path.increments.sum() == pytest.approx(path.emergence, abs=1e-15)
    assert path.shares.sum() == pytest.approx(1)
    assert path.shares[0] == pytest.approx(path.cp[0] / (path.cp[0] + gains.sum()))


def test_nothing_emerges_from_a_permutation_or_from_noise():
    for tpm in (np.eye(5)[[1, 2, 3, 4, 0]], np.full((5, 5), 0.2)):
        found = causal_emergence(tpm)
        assert (found.emergence, found.complexity, len(found.path)) == (0, 0, 1)
        assert found.end.index == 0


def test_estimated_tpms_need_a_tolerance():
    rng = np.random.default_rng(0)
    counts = np.array([rng.multinomial(3000, row) for row in two_blocks(0.1425)])
    tpm = counts / counts.sum(axis=1, keepdims=True)
    strict = causal_emergence(tpm)
    assert strict.profile.n_admitted == 2
    assert any("larger tolerance" in note for note in strict.profile.notes)
    loose = causal_emergence(tpm, tolerance=0.05)
    assert loose.end.label == "(0,1,2,3)(4,5,6,7)"
    assert not any("larger tolerance" in note for note in loose.profile.notes)
    assert causal_emergence(tpm, tolerance=0.05, method="beam").end.label == loose.end.label


def test_elements_grouped():
    net = cg.published("hoel2016-fig2")
    found = causal_emergence(net, grouping="elements")
    assert len(found.profile) == 15
    assert found.method == "exhaustive"
    assert found.path.scales.blocks.tolist() == [16, 12, 9]
    assert "(1000,0100)" in found.end.label
    assert "(0010,0001)" in found.end.label


def test_words_of_the_result():
    found = causal_emergence(SEVEN_AND_ONE)
    text = repr(found)
    for piece in ("causal emergence 0.818812", "878 consistent", "1.991251 bits", "0.770321 of log2 6", "input"):
        assert piece in text
    assert "(ours; paper: 0)" in found.provenance.conventions["consistent"]
    assert found.provenance.settings["tolerance"] == 1e-9
    table = found.profile.table
    assert list(table["level"])[:2] == [0, 1]
    assert set(table["reason"]) == {"", "inconsistent"}
    with pytest.raises(ValueError, match="read-only"):
        found.path.cp[0] = 0


def test_saved_and_loaded(tmp_path):
    found = causal_emergence(two_blocks(0.2))
    back = cg.load(cg.save(found, tmp_path / "ce.h5"))
    assert repr(back) == repr(found)
    assert back.profile.table.equals(found.profile.table)
    assert (back.path.cp == found.path.cp).all()


@pytest.mark.parametrize(
    ("increments", "bits", "share"),
    [
        ([1, 1, 1, 1], 2, 1),
        ([1, 1, 0, 0], 1, 0.5),
        ([0.5, -3, 0.5, 0], 1, 0.5),
        ([0.7], 0, 0),
        ([], 0, 0),
        ([0, 0], 0, 0),
        ([3, 1], 2 - 0.75 * np.log2(3), 2 - 0.75 * np.log2(3)),
    ],
)
def test_emergent_complexity_by_hand(increments, bits, share):
    assert emergent_complexity(increments) == pytest.approx(bits, abs=1e-14)
    assert emergent_complexity(increments, normalised=True) == pytest.approx(share, abs=1e-14)


def test_it_is_not_the_one_over_scales():
    """The J profile 1, .9, 1.6, 4 has 1.352724 bits over scales (records, the microscale among them), here another."""
    values = np.array([1, 0.9, 1.6, 4])
    records = np.maximum(0, values - np.concatenate([[0], np.maximum.accumulate(values)[:-1]]))
    assert emergent_complexity(records) == pytest.approx(1.352724, abs=5e-7)
    assert abs(emergent_complexity(np.diff(values)) - 1.352724) > 0.4


def test_progress_only_where_it_takes_long(monkeypatch):
    shown = []
    real = module.track
    monkeypatch.setattr(
        module, "track", lambda what, total, show=None: (shown.append(show), real(what, total, False))[1]
    )
    causal_emergence(SEVEN_AND_ONE)
    causal_emergence(np.eye(20), width=1)
    assert shown == [False, False]
    causal_emergence(np.eye(4), progress=True)
    assert shown[-1] is True


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: causal_emergence(np.eye(4), method="greed"), "Did you mean 'greedy'"),
        (lambda: causal_emergence(np.eye(11), method="exhaustive"), 'at most 10 states.*method="beam"'),
        (lambda: causal_emergence(np.eye(300)), "at most 128 states"),
        (lambda: causal_emergence(np.eye(4), grouping="elements"), "a Network"),
        (lambda: causal_emergence(cg.published("basic"), grouping="elements", method="beam"), "Leave it out"),
        (lambda: causal_emergence(np.eye(4), tolerance=-1), "tolerance"),
        (lambda: causal_emergence(np.eye(4), tolerance=float("nan")), "tolerance"),
        (lambda: causal_emergence(np.eye(4), width=1.5), "whole number"),
        (lambda: causal_emergence([[0.5, 0.4], [0, 1]]), "row 0"),
        (lambda: causal_path(np.eye(4), [[(0, 1)], [(0, 2)]]), "partition 1.*unite blocks"),
        (lambda: causal_path(np.eye(4), [[(0, 1)], [(0, 1)]]), "each of them once"),
        (lambda: emergent_complexity([[1.0]]), "differences"),
        (lambda: emergent_complexity([1.0, np.nan]), "NaN"),
    ],
)
def test_errors(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()


def test_every_order_of_states_gives_the_same():
    tpm = two_blocks(0.3)[:, :][np.ix_([0, 1, 4, 5], [0, 1, 4, 5])] * 2
    ends = {
        (round(f.emergence, 10), round(f.complexity, 10), f.path.longest)
        for f in (causal_emergence(tpm[np.ix_(o, o)]) for o in itertools.permutations(range(4)))
    }
    assert len(ends) == 1


def test_a_network_of_alike_elements_is_seen_through_how_many_are_on():
    """Five elements that may change places: one merge of states alone is inconsistent, groups of elements are not."""
    on = np.random.default_rng(5).random((2, 5))
    states = np.arange(32)[:, None] >> np.arange(5) & 1
    net = cg.Network(on[states, states.sum(axis=1, keepdims=True) - states])
    beam, groups = causal_emergence(net, width=2), causal_emergence(net, grouping="elements")
    # Groups 1+1+1+1+1, 2+1+1+1, then 3+1+1 or 2+2+1, then 4+1 or 3+2, then 5: products of (size + 1).
    blocks = groups.path.scales.blocks.tolist()
    assert blocks in ([32, 24, a, b, 6] for a in (16, 18) for b in (10, 12))
    assert beam.emergence == pytest.approx(groups.emergence, abs=1e-9)
    assert len(beam.path) >= len(groups.path)
