"""Balance in recordings that nobody here made: olfactory cortex at rest and with odours; units without any types."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain._errors import InputError
from causalgrain.ensembles.balance import balance
from causalgrain.ensembles.waveform import waveform_features

NARROW = 0.45  # ms, at 20 kHz, which the file doesn't say


@pytest.fixture(scope="module")
def olfactory(data_folder):
    """The fifth experiment (number 4 counted from 0), which has most units."""
    return cg.read_recording(data_folder / "mouse_olfactory_units" / "aPCx_AA.mat", array="5")


@pytest.fixture(scope="module")
def narrow(olfactory):
    found = waveform_features(olfactory.properties["waveform"], rate=20_000.0).trough_to_peak < NARROW
    assert (int(found.sum()), olfactory.n_units) == (12, 44)
    return found


def test_the_correlation_rises_with_the_scale(olfactory, narrow):
    """.06 at 10 ms to .48 at 3 s over whole trials, which other thresholds of narrow don't change in kind."""
    whole = cg.Recording.from_spikes(olfactory.spikes, olfactory.labels, segments=olfactory.segments)
    widths = [0.01, 0.1, 1.0, 3.0]
    found = balance(whole, narrow, widths=widths, surrogates=0, bootstrap=50)
    np.testing.assert_allclose(found.values("correlation"), [0.0588, 0.242, 0.420, 0.481], atol=0.001)
    low, high = (found.data[name].values[:, 0, 0] for name in ("low", "high"))
    assert ((low < found.values("correlation")) & (found.values("correlation") < high)).all()
    assert low[3] > high[0]


def test_baseline_and_odour_end_to_end(olfactory, narrow):
    found = balance(olfactory, narrow, widths=[0.01, 0.1, 1.0, 2.5], surrogates=59, bootstrap=50)
    assert found.conditions == ("baseline", "odour")
    q = found.data["correlation_q"]
    assert (q.sel(condition="baseline") <= 0.05).all()
    assert (q.sel(condition="odour")[:2] <= 0.05).all()
    baseline, odour = (found.values("correlation", name) for name in found.conditions)
    assert (np.diff(baseline[:3]) > 0).all()
    assert np.isnan(odour[3])
    assert found.data["reason"].values[3, 1] == "no segment holds a bin of 2.5 s: the longest lasts 2 s"
    # depth is the correlation once more: the Gaussian formula leaves less than .03 of a ratio near .9
    assert np.nanmax(np.abs(found.data["depth_beyond"])) < 0.03
    text = "\n".join(found.notes)
    assert "grid of 1 ms" in text or "clock" not in text
    assert "what segments have in common" in text
    assert "In baseline the E-I correlation is" in cg.balance_sentence(found)


def test_waveforms_without_their_rate(olfactory):
    with pytest.raises(InputError, match="waveform_rate=30000"):
        balance(olfactory)


def test_hippocampus_has_nothing_to_tell_types_by(data_folder):
    recording = cg.read_recording(data_folder / "hippocampus_run_rest" / "wmaze_spikes.mat")
    with pytest.raises(InputError, match="labels, waveforms, or connected pairs") as told:
        balance(recording)
    assert "labels={unit: 'E' or 'I'}" in str(told.value)
