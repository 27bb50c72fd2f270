"""Shape of mean waveforms: known widths, channels, signs, and waveforms that can't be measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain._errors import CausalGrainWarning, InputError
from causalgrain.ensembles.waveform import waveform_features


def spike(peak=0.4, rate=30_000, *, begin=-1.0, stop=1.5, trough=0.0, depth=1.0, size=0.4):
    """A Gaussian trough of standard deviation .08 ms and a Gaussian peak; times in ms."""
    time = np.arange(begin, stop, 1e3 / rate)
    return -depth * np.exp(-0.5 * ((time - trough) / 0.08) ** 2) + size * np.exp(
        -0.5 * ((time - trough - peak) / 0.12) ** 2
    )


def test_widths_of_a_shape_in_closed_form():
    """A trough of standard deviation s is 2 sqrt(2 ln 2) s wide at half its depth; the peak is .7 ms later."""
    found = waveform_features([spike(0.7)], rate=30_000)
    assert found.trough_to_peak[0] == pytest.approx(0.7, abs=0.005)
    assert found.half_width[0] == pytest.approx(2 * np.sqrt(2 * np.log(2)) * 0.08, abs=0.002)
    assert found.reason == ("",)
    assert not found.cut[0]
    assert not found.inverted[0]


@pytest.mark.parametrize("rate", [20_000, 25_000, 48_000])
def test_ms_whatever_the_rate(rate):
    assert waveform_features([spike(0.55, rate)], rate=rate).trough_to_peak[0] == pytest.approx(0.55, abs=0.01)


def test_a_rate_a_unit():
    """The same samples at half the rate last twice as long."""
    wave = spike(0.4)
    found = waveform_features([wave, wave], rate=[30_000, 15_000])
    np.testing.assert_allclose(found.trough_to_peak[1], 2 * found.trough_to_peak[0])
    np.testing.assert_allclose(found.half_width[1], 2 * found.half_width[0])


def test_the_peak_comes_after_the_trough():
    """A higher bump before the trough isn't the peak."""
    time = np.arange(-1.5, 1.5, 1 / 30)
    wave = spike(0.5, begin=-1.5) + 0.8 * np.exp(-0.5 * ((time + 0.7) / 0.1) ** 2)
    assert waveform_features([wave], rate=30_000).trough_to_peak[0] == pytest.approx(0.5, abs=0.01)


def test_the_channel_that_swings_most():
    """Channel 2 swings most, though 0 has a larger offset."""
    waves = np.stack([0.3 * spike(0.3) + 5.0, 0.5 * spike(0.4), spike(0.6)])
    found = waveform_features(waves[None], rate=30_000)
    assert found.channel.tolist() == [2]
    assert found.trough_to_peak[0] == pytest.approx(0.6, abs=0.01)


@given(st.floats(0.2, 0.9), st.floats(1e-6, 1e6))
def test_size_does_not_count(peak, size):
    one = waveform_features([spike(peak)], rate=30_000)
    two = waveform_features([size * spike(peak)], rate=30_000)
    np.testing.assert_allclose(two.trough_to_peak, one.trough_to_peak)
    np.testing.assert_allclose(two.half_width, one.half_width)


@given(st.floats(0.2, 0.9), st.integers(-5, 5))
def test_where_the_trough_stands_does_not_count(peak, shift):
    one = waveform_features([spike(peak)], rate=30_000)
    two = waveform_features([spike(peak, trough=shift / 30)], rate=30_000)
    np.testing.assert_allclose(two.trough_to_peak, one.trough_to_peak, atol=0.004)


def test_inverted_spikes_are_told_and_not_measured():
    found = waveform_features([spike(), spike(), -spike()], rate=30_000)
    assert found.inverted.tolist() == [False, False, True]
    assert np.isnan(found.trough_to_peak[2])
    assert "inverted" in found.reason[2]


def test_a_recording_kept_upside_down():
    with pytest.warns(CausalGrainWarning, match="say polarity='positive'"):
        found = waveform_features([-spike(), -spike()], rate=30_000)
    assert np.isnan(found.trough_to_peak).all()
    turned = waveform_features([-spike()], rate=30_000, polarity="positive")
    assert turned.trough_to_peak[0] == waveform_features([spike()], rate=30_000).trough_to_peak[0]


def test_cut_waveforms():
    """Cut .75 ms after the trough: a bound that says wide. Cut after .4 ms: nothing."""
    long = waveform_features([spike(0.9, stop=0.75)], rate=30_000)
    assert long.cut[0]
    assert long.trough_to_peak[0] == pytest.approx(0.74, abs=0.03)
    short = waveform_features([spike(0.9, stop=0.4)], rate=30_000)
    assert short.cut[0]
    assert np.isnan(short.trough_to_peak[0])
    assert "before its peak" in short.reason[0]


def test_what_cannot_be_measured():
    gap = spike()
    gap[10] = np.nan
    found = waveform_features([gap, np.full_like(gap, 3.0), np.zeros_like(gap), spike()], rate=30_000)
    assert found.reason[0] == "the waveform has missing values"
    assert found.reason[1] == found.reason[2] == "the waveform is constant"
    assert np.isfinite(found.trough_to_peak).tolist() == [False, False, False, True]


def test_no_units():
    assert len(waveform_features(np.zeros((0, 40)), rate=30_000).trough_to_peak) == 0


@pytest.mark.parametrize(
    ("waves", "settings", "words"),
    [
        (np.zeros(40), {"rate": 3e4}, "shape"),
        (np.zeros((2, 5)), {"rate": 3e4}, "at least 8 samples"),
        (np.zeros((2, 40)), {"rate": 30.0}, "rate=30000"),
        (np.zeros((2, 40)), {"rate": [3e4, 3e4, 3e4]}, "one number, or 2"),
        (np.zeros((2, 40)), {"rate": np.nan}, "rate=30000"),
        (np.zeros((2, 40)), {"rate": 3e4, "polarity": "up"}, "'positive'"),
        ([["a"] * 40], {"rate": 3e4}, "waveforms"),
    ],
)
def test_bad_input(waves, settings, words):
    with pytest.raises(InputError, match=words):
        waveform_features(waves, **settings)
