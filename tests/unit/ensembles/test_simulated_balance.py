"""Balance in simulated networks whose truth is known: kept, broken and found again, driven, and seen through few units."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.ensembles.trains import Trains


@pytest.fixture(scope="module")
def seizure():
    """80 E and 20 I of 4,000 cells; inhibition fails from 25 to 35 s."""
    return cg.demo_recording(0)


def inhibitory(recording):
    return recording.properties["cell_type"] == "I"


@pytest.mark.parametrize("width", [0.05, 0.1, 0.2])
def test_onset_and_return_of_failed_inhibition_within_a_second(seizure, width):
    e, i = Trains.of(seizure, inhibitory(seizure)).binned(width).dense()
    found = cg.excursions(e - i, width=width)
    assert len(found) == 1
    assert found.onset[0] == pytest.approx(25.0, abs=1.0)
    assert found.end[0] == pytest.approx(35.0, abs=1.0)
    assert found.depth[0] > 0.0  # excitation exceeds


def test_balance_is_kept_by_the_self_sustained_network():
    truth = cg.balanced_network("self-sustained", cells=2000, duration=20.0, seed=1).truth
    e, i = truth.counts(0.1)
    f = e / truth.n_excitatory - i / truth.n_inhibitory
    assert len(cg.excursions(f, width=0.1)) == 0
    assert truth.correlation(0.02) > 0.7


def test_the_verb_sees_balance_break_and_says_what_lag_zero_is_worth(seizure):
    found = cg.balance(seizure, inhibitory(seizure), widths=[0.02, 0.1, 0.5], surrogates=39, bootstrap=20, seed=0)
    assert found.conditions == ("baseline", "seizure", "recovery")
    departure = {name: found.values("departure", name) for name in found.conditions}
    broken = departure["seizure"] - departure["baseline"]
    assert (broken > 0.5).all()
    assert (np.abs(departure["recovery"] - departure["baseline"]) < broken / 3).all()
    # Units of an array show little of what the whole network does; in the seizure everything goes together.
    rho = {name: found.values("correlation", name) for name in found.conditions}
    assert (rho["seizure"] > 0.8).all()
    assert rho["baseline"][0] < 0.3
    assert any("no evidence" in note and "drive" in note for note in found.notes)


def test_a_driven_network_is_flagged():
    run = cg.balanced_network("driven", cells=800, duration=20.0, seed=2, record=(40, 10))
    found = cg.balance(run.recording, inhibitory(run.recording), widths=[0.02, 0.1], surrogates=39, bootstrap=0)
    assert (found.values("correlation", 0) > 0.0).all()
    assert any("no evidence" in note and "drive" in note for note in found.notes)
