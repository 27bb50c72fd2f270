"""Symmetry tests of a study: reasons a scale, the floor of p as the exchange test has it."""

import numpy as np
import pytest

from causalgrain.ensembles import balance_symmetry as module
from causalgrain.ensembles.balance_study import make_study
from causalgrain.ensembles.balance_symmetry import PER_SCALE, symmetries_of
from causalgrain.recordings.recording import Recording

WIDTHS = (0.1, 0.5, 45.0)


def study_of(rates, words, seconds=60.0):
    rng = np.random.default_rng(0)
    spikes = [np.sort(seconds * rng.random(rng.poisson(rate * seconds))) for rate in rates]
    recording = Recording.from_spikes(spikes, duration=seconds, properties={"cell_type": words})
    return make_study(
        recording, None, cell_types="labels", labels=None, waveform_rate=None, widths=WIDTHS, normalisation="rate",
        conditions=None, max_lag=5, block=None, label_draws=1, seed=0,
    )  # fmt: skip


def symmetries(study, **changes):
    settings = {"draws": 9, "match": "rate", "tests": True, "seed": 0, "workers": 1, "advance": lambda share: None}
    return symmetries_of(study, study.conditions[0], **(settings | changes))


@pytest.fixture(scope="module")
def study():
    return study_of([5.0] * 10, ["pyr"] * 6 + ["PV"] * 4)


def test_a_reason_stands_where_there_is_no_number(study):
    found = symmetries(study)
    assert set(found.reasons) == {"exchange", "reversal"}
    for name, reasons in found.reasons.items():
        assert len(reasons) == len(WIDTHS)
        assert [bool(r) for r in reasons] == np.isnan(found.per_scale[f"{name}_p"]).tolist()
    assert found.reasons["exchange"] == ["", "", "fewer than two bins"]
    assert set(found.per_scale) == set(PER_SCALE)


def test_the_reason_of_the_exchange_test_is_carried():
    """All inhibitory units are faster than any excitatory one: no stratum of rates has both."""
    found = symmetries(study_of([1.0] * 5 + [20.0] * 5, ["pyr"] * 5 + ["PV"] * 5))
    assert "use fewer strata" in found.reasons["exchange"][0]
    assert np.isnan(found.per_scale["exchange_p"][0])
    assert found.reasons["reversal"][0] == ""
    assert found.notes == []


def test_a_series_too_long_for_time_order_says_so(study, monkeypatch):
    monkeypatch.setattr(module, "MOST_BINS", 200)
    found = symmetries(study)
    assert "600 bins" in found.reasons["reversal"][0]
    assert np.isnan(found.per_scale["reversal_p"][0])
    assert found.reasons["reversal"][1] == ""


def test_tests_that_were_not_asked_for(study):
    found = symmetries(study, tests=False)
    assert found.reasons == {"exchange": ["not asked for"] * 3, "reversal": ["not asked for"] * 3}


def test_the_floor_is_that_of_the_exchange_test():
    """Three units a class: 20 labellings, each with its mirror, so .1; one a class: 1, and no p below it."""
    found = symmetries(study_of([5.0] * 6, ["pyr"] * 3 + ["PV"] * 3), match="size")
    assert len(found.notes) == 1
    assert "no p is below 0.1" in found.notes[0]
    pair = symmetries(study_of([5.0] * 2, ["pyr", "PV"]), match="size", draws=99)
    assert pair.notes[0].endswith("no p is below 1")
    assert pair.per_scale["exchange_p"][:2].tolist() == [1.0, 1.0]
