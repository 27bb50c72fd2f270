"""Results can't be changed by accident, and changing one can't change another."""

import pickle

import numpy as np
import pytest

import causalgrain as cg

NET = cg.published("hoel2016-fig2")
ESTIMATED = cg.Network(np.random.default_rng(0).random((8, 3)), origin="estimated", occupancy=np.ones(8))


def test_provenance_is_frozen_and_not_shared():
    first = cg.big_phi(NET, "0000").provenance
    for change in (lambda: first.conventions.clear(), lambda: first.settings.update(state="1")):
        with pytest.raises(TypeError, match="can't be changed"):
            change()
    with pytest.raises(TypeError, match="can't be changed"):
        first.settings["state"] = "1111"
    assert first == cg.big_phi(NET, "0000").provenance
    assert hash(first) == hash(cg.big_phi(NET, "0000").provenance)
    assert pickle.loads(pickle.dumps(first)) == first


def test_arrays_are_read_only():
    core = cg.big_phi(NET, "0000").structure.concepts[0].cause
    for array in (core.repertoire, core.partitioned_repertoire):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9.0


def test_a_profile_keeps_its_numbers(tmp_path):
    profile = cg.scan(NET, "0000")
    for one in (profile, cg.load(cg.save(profile, tmp_path / "p.h5"))):
        with pytest.raises(ValueError, match=r"read-only|is a view"):
            one.data["phi"][:] = 0.5
        with pytest.raises(ValueError, match="read-only"):
            one.ranking[:] = 0
        table, levels = one.table, one.levels
        table.loc[0, "phi"] = 99.0
        levels.loc[0, "phi"] = 99.0
        assert one.table.loc[0, "phi"] < 1
        assert one.levels.loc[0, "phi"] < 1
        assert pickle.loads(pickle.dumps(one)).peak == profile.peak
    with pytest.raises(AttributeError, match="can't be deleted"):
        del NET.labels


@pytest.mark.parametrize(
    "call",
    [
        lambda: cg.big_phi(ESTIMATED, "000"),
        lambda: cg.complexes(ESTIMATED, "000"),
        lambda: cg.effective_information(ESTIMATED),
        lambda: cg.scan(ESTIMATED),
        lambda: cg.scan(ESTIMATED, "000", max_dependence=0.5),
    ],
)
def test_every_result_of_an_estimate_says_so(call, tmp_path):
    result = call()
    assert "not interventional" in repr(result)
    assert "not interventional" in repr(cg.load(cg.save(result, tmp_path / "r.h5")))


def test_an_estimate_names_no_peak_at_a_threshold_with_too_few_grains():
    profile = cg.scan(ESTIMATED, max_dependence=1e-8)
    assert profile.peak is None
    assert "too few" in profile.unnamed
    assert cg.scan(ESTIMATED, max_dependence=1.0).peak is not None


def test_thresholds_above_the_one_scanned_are_not_answered():
    profile = cg.scan(NET, "0000")
    assert cg.peaks_by_dependence(profile)["max_dependence"].tolist() == [1e-8]
    with pytest.raises(cg.InputError, match="Scan again with max_dependence=1"):
        cg.admit_dependence(profile, 1.0)
    wide = cg.scan(NET, "0000", max_dependence=1.0)
    once = cg.admit_dependence(cg.admit_dependence(wide, 0.5), 0.05)
    assert [note for note in once.notes if note.startswith("admitted")] == ["admitted: grains of dependence <= 0.05"]


def test_weighted_states_are_recorded_with_their_weights():
    one, other = (cg.scan(NET, {"0000": a, "1111": b}) for a, b in ((3, 1), (1, 3)))
    assert one.provenance != other.provenance
    assert one.provenance.settings["state"] == {"0000": 0.75, "1111": 0.25}
    twice = cg.scan(NET, {(0, 0, 0, 0): 1, "0000": 2, "1111": 1})
    assert twice.data["share"].values.tolist() == [0.75, 0.25]
    assert cg.scan(ESTIMATED).provenance.settings["state"] == "visited states by occupancy"


def test_rounding_invents_no_edges():
    fig6 = cg.published("hoel2016-fig6")
    assert (cg.Network(fig6.state_by_state).edges == fig6.edges).all()


def test_a_grain_has_one_form():
    assert cg.Grain(((3, 2), (1, 0)), ((1,), (2,))) == cg.Grain(((0, 1), (2, 3)), ((2,), (1,)))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: cg.scan(NET, "0000", max_dependence=float("nan")), "max_dependence"),
        (lambda: cg.scan(NET, "0000", max_dependence=-1), "max_dependence"),
        (lambda: cg.scan(NET, "0000", max_dependence="a"), "max_dependence"),
        (lambda: cg.scan(NET, "0000", max_cost=float("nan")), "max_cost"),
        (lambda: cg.scan(NET, "0000", workers=0), "workers"),
        (lambda: cg.scan(NET, {"0000": "x"}), "weight"),
        (lambda: cg.big_phi(NET, "0000", max_dependence=float("nan")), "max_dependence"),
        (lambda: cg.big_phi(NET, np.zeros((2, 2))), "4 values"),
        (lambda: cg.big_phi(NET, 5), "4 values"),
        (lambda: cg.big_phi(NET, "0000", nodes=1.5), "labels or indices"),
        (lambda: cg.big_phi(NET, "0000", grain=[["A", "B"], ["C", "D"]]), "as_grain"),
        (lambda: cg.as_grain([]), "non-empty groups"),
        (lambda: cg.as_grain([[0, 1], [2, 3]], [2, 2]), "whole numbers"),
        (lambda: cg.as_grain([[0, 1]], [[1.7]]), "whole numbers"),
        (lambda: cg.Network([[0], [1]], labels=5), "ordered list"),
        (lambda: cg.Network([[0, 0]] * 4, labels={"a", "b"}), "ordered list"),
        (lambda: cg.Network([[0], [1]], labels=[""]), "names"),
        (lambda: cg.Network(np.array([[0j], [1j]])), "complex"),
        (lambda: cg.Network([[10**400], [1]]), "array of numbers"),
        (lambda: cg.Network(np.ma.masked_array([[0.0], [1.0]], [[True], [False]])), "masked"),
        (lambda: cg.save(NET, 5), "name of a file"),
        (lambda: cg.big_phi(cg.Network(np.random.default_rng(0).random((1024, 10))), "0" * 10,
                            grain=cg.as_grain([[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]), max_dependence=1.0, max_cost=0.001), "about"),
    ],
)  # fmt: skip
def test_more_ways_to_be_wrong(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()


def test_numpy_groups_are_groups():
    assert cg.as_grain([np.array([0, 1]), np.array([2, 3])]) == cg.as_grain([[0, 1], [2, 3]])
    assert cg.big_phi(NET, "0000", "full").nodes == (0, 1, 2, 3)
