"""The room as a whole: every result survives saving, the same setting has the same name, bad input is told plainly."""

import importlib
import inspect

import numpy as np
import pytest

import causalgrain as cg
from causalgrain import store

EIGHT = np.zeros((8, 8))
EIGHT[:7, :7], EIGHT[7, 7] = 1 / 7, 1
RING = np.roll(np.eye(6), 1, axis=1) + np.roll(np.eye(6), -1, axis=1)
SYSTEM = cg.LinearGaussian([[0.9, 0.1], [0.0, 0.4]], 1.0, labels=["fast", "slow"])
NOISE = cg.Recording(np.random.default_rng(0).normal(size=(300, 3)), 10.0)
RESULTS = {
    "LinearGaussian": lambda: SYSTEM,
    "LinearFit": lambda: cg.linear_fit(NOISE),
    "GaussianInformation": lambda: cg.gaussian_ei(SYSTEM),
    "GaussianScale": lambda: cg.best_linear_scale(SYSTEM, 1),
    "GrainProfile, exact": lambda: cg.gaussian_profile(SYSTEM),
    "GrainProfile, recorded": lambda: cg.gaussian_profile(NOISE, draws=3),
    "ComplexityOverScales": lambda: cg.emergent_complexity_over_scales([1, 0.9, 1.6, 4]),
    "NetworkEffectiveInformation": lambda: cg.network_effective_information(RING),
    "GrainProfile, network": lambda: cg.network_macro_scale(RING),
    "NetworkGrain": lambda: cg.network_macro_scale(RING).peak.grain,
    "Reversibility": lambda: cg.reversibility(EIGHT, epsilon=0.5),
    "SVDCoarseGraining": lambda: cg.svd_coarse_graining(EIGHT, 2),
    "GaussianReversibility": lambda: cg.gaussian_reversibility(SYSTEM),
    "CausalEmergence": lambda: cg.causal_emergence(EIGHT),
    "CausalPath": lambda: cg.causal_path(EIGHT, [[(0, 1, 2, 3, 4, 5, 6)]]),
    "CausalPrimitives": lambda: cg.causal_primitives(EIGHT),
    "EmergenceCriteria": lambda: cg.emergence_criteria(SYSTEM, "sum"),
    "EmergenceCriteria of samples": lambda: cg.emergence_of_samples(NOISE.values, NOISE.values.sum(axis=1)),
    "GrainProfile, synergy": lambda: cg.emergence_profile(NOISE, draws=3),
    "EmergenceGrain": lambda: cg.emergence_profile(NOISE, draws=0).grains[0],
}
VERBS = sorted(
    name
    for name in cg.__all__
    if getattr(cg, name).__class__.__name__ == "function" and cg._HOMES[name].startswith("information.")
)
# One word for one thing, in all verbs that have it; where scan_recording has the setting, its word.
RETIRED = {"surrogates", "nulls", "bootstrap", "n_draws", "random_state", "n_boot", "verbose", "lagged"}
DEFAULTS = {"draws": 100, "null": "circular_shift", "seed": 0, "progress": None, "conditions": None, "block": None}


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_survives_saving(name, tmp_path):
    found = RESULTS[name]()
    again = cg.load(cg.save(found, tmp_path / "r.h5"))
    assert type(again) is type(found)
    assert repr(again) == repr(found)
    if hasattr(found, "data"):
        assert again.data.identical(found.data)
        assert again.table.equals(found.table)
    if hasattr(found, "provenance"):
        assert again.provenance == found.provenance


def test_every_type_of_the_room_is_registered_and_exported():
    for name, home in store.TYPES.items():
        assert hasattr(importlib.import_module(f"causalgrain.{home}"), name), name
        if home.startswith("information.") and name != "EstimateInfo":
            assert getattr(cg, name).__module__ == f"causalgrain.{home}"


@pytest.mark.parametrize("name", VERBS)
def test_settings_have_the_same_names_and_come_by_keyword(name):
    parameters = inspect.signature(getattr(cg, name)).parameters
    assert not RETIRED & set(parameters)
    for key, default in DEFAULTS.items():
        if key in parameters:
            assert parameters[key].default == default, key
            assert parameters[key].kind is inspect.Parameter.KEYWORD_ONLY, key
    scan = inspect.signature(cg.scan_recording).parameters
    for key in ("draws", "null", "block", "seed", "progress", "conditions", "lags"):
        if key in parameters:
            assert parameters[key].default == scan[key].default, key


def test_verbs_are_all_there():
    assert {
        "best_linear_scale", "causal_emergence", "causal_path", "causal_primitives", "effective_information", "emerge",
        "emergence_criteria", "emergence_of_samples", "emergence_profile", "emergent_complexity",
        "emergent_complexity_over_scales", "gaussian_ei", "gaussian_profile", "gaussian_reversibility", "linear_fit",
        "macro_system", "mutual_information", "network_effective_information", "network_macro_scale", "reversibility",
        "state_determinism",
        "svd_coarse_graining",
    } == set(VERBS)  # fmt: skip
    assert callable(cg.causal_emergence)  # the verb, not its module of the same name
    importlib.import_module("causalgrain.information.causal_emergence")
    assert callable(cg.causal_emergence)


# -- bad input: what a user reads --------------------------------------------------------------------------------

SINK = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
APART = np.kron(np.eye(2), np.ones((3, 3)))
SILENT = cg.LinearGaussian(np.diag([0.5, 0.5]), np.diag([1.0, 0.0]))
SHORT = cg.Recording(np.random.default_rng(1).normal(size=(60, 12)), 10.0)


@pytest.mark.parametrize(
    "verb", [cg.effective_information, cg.causal_emergence, cg.causal_primitives, cg.reversibility]
)
@pytest.mark.parametrize(
    ("tpm", "says"),
    [
        (
            [[0.5, 0.4], [0.5, 0.5]],
            "tpm, row 0: expected a sum of 1, got 0.9. Rows are the present state, columns the next.",
        ),
        (
            [[1.5, -0.5], [0.5, 0.5]],
            "tpm: expected probabilities in [0, 1], got values from -0.5 to 1.5. Divide counts by their row sums.",
        ),
        (
            [[0.5, 0.5]],
            "tpm: expected a square state-by-state TPM, got shape (1, 2). For state-by-node tables make a Network first.",
        ),
    ],
)
def test_tpm_rows(verb, tpm, says):
    with pytest.raises(cg.InputError) as error:
        verb(tpm)
    assert str(error.value) == says


@pytest.mark.parametrize(
    "verb", [cg.effective_information, cg.causal_emergence, cg.causal_primitives, cg.reversibility]
)
def test_a_recording_where_a_tpm_is_wanted(verb):
    with pytest.raises(cg.InputError) as error:
        verb(NOISE)
    assert str(error.value) == (
        "system: expected a Network or a TPM, got a Recording. Count its transitions first: "
        "network, info = estimate_network(recording, units=[...])."
    )


def test_sinks_and_separate_parts_are_said():
    found = cg.network_effective_information(SINK)
    assert found.provenance.caution == (
        "1 sink (nodes without out-weights are left out of both averages (Klein & Hoel), and counted in n)"
    )
    assert cg.network_effective_information(SINK, sinks="self").provenance.conventions["sinks"] == (
        "a node without out-weights keeps its walker"
    )
    assert cg.network_effective_information(APART).provenance.caution == (
        "2 separate parts, measured together: which part the walker is in counts"
    )
    with pytest.raises(cg.InputError) as error:
        cg.network_effective_information(SINK, sinks="refuse")
    assert str(error.value) == (
        "graph, node 2: expected out-weights at every node, got 1 node without. Say what a walker does there: "
        'sinks="self" or "uniform", or "drop" where offered.'
    )


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: cg.best_linear_scale(SILENT, 1),
            "S: expected noise in every direction, got rank 1 of 2. Directions without noise have infinite causal power: "
            "leave them out, or give them a noise floor.",
        ),
        (
            lambda: cg.gaussian_reversibility(SILENT),
            "S: expected noise in every direction (a covariance of full rank), got 1 of 2 directions without. Their "
            "precision is infinite: leave out variables that others determine, or set noise_floor.",
        ),
        (
            lambda: cg.LinearGaussian(np.eye(2), [[1.0, 2.0], [2.0, 1.0]]),
            "S: expected a covariance: no negative eigenvalue, got an eigenvalue of -1. Estimate it from complete rows "
            "of data (np.cov), not pair by pair.",
        ),
        (
            lambda: cg.linear_fit(SHORT),
            "recording: expected at least 64 pairs for 12 units, got 40. Use at most 7 units or pools of them "
            "(recording.select, pool), or a longer recording.",
        ),
        (
            lambda: cg.linear_fit(cg.Recording(np.column_stack([NOISE.values, NOISE.values[:, 0]]), 10.0)),
            "recording: expected units none of which is made of others, got some that are, u0 and u3 among them. Leave "
            "one out: recording.select([...]).",
        ),
        (
            lambda: cg.emergence_of_samples(np.zeros((3, 2)), np.zeros(3)),
            "samples: expected at least 4, got 2. Take more data or a smaller lag.",
        ),
        (
            lambda: cg.emergence_profile(NOISE, lags=290),
            "lags: expected at least 30 pairs of samples at some lag, got 10 at most. Take smaller lags, or longer "
            "segments.",
        ),
    ],
)
def test_singular_covariances_and_too_few_samples(call, says):
    with pytest.raises(cg.InputError) as error:
        call()
    assert str(error.value) == says


def test_an_unstable_system_says_so():
    with pytest.raises(cg.InputError, match="covariance"):
        cg.gaussian_ei(cg.LinearGaussian([[1.1]], 1.0))
    assert cg.gaussian_ei(cg.LinearGaussian([[1.1]], 1.0), intervention="box-fixed").ei > 0
    assert "rank 1 of 2" in cg.gaussian_ei(SILENT).provenance.caution
