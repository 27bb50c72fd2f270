"""The ladder of widths: the published one, its names, and the grains of a profile."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain._errors import InputError
from causalgrain._provenance import Provenance
from causalgrain.ensembles.ladder import TimeScales, as_widths, scale_ladder, width_label
from causalgrain.profile import GrainProfile, Measure


def test_the_published_ladder():
    # Dehghani (2025): D_s = exp(0.3 (s - 1)) ms, s = 1..32, 1 ms to 10.94 s
    widths = scale_ladder()
    assert len(widths) == 32
    np.testing.assert_allclose(widths[[0, 1, 31]] * 1e3, [1.0, 1.349858807576003, 10938.019208165191], rtol=1e-13)
    np.testing.assert_allclose(np.diff(np.log(widths)), 0.3, rtol=1e-12)


def test_labels_of_the_published_ladder():
    scales = TimeScales()
    assert [scales.label(i) for i in (0, 1, 10, 22, 23, 24, 31)] == [
        "1 ms",
        "1.35 ms",
        "20.1 ms",
        "735 ms",
        "992 ms",
        "1.34 s",
        "10.94 s",
    ]
    assert len(set(scales.labels)) == 32
    assert repr(scales) == "TimeScales: 32 scales, 1 ms to 10.94 s"


def test_close_widths_get_names_of_their_own():
    assert TimeScales([1.0, 1.00001, 2.0]).labels == ("1 s", "1.00001 s", "2 s")
    assert TimeScales([0.1, 0.1001]).labels == ("100 ms", "100.1 ms")
    assert repr(TimeScales([0.25])) == "TimeScales: 1 scale, 250 ms"


def test_labels_do_not_turn_round_at_a_second():
    assert width_label(0.9994) == "999 ms"
    assert width_label(0.9996) == "1 s"
    assert width_label(600.0) == "600 s"


@given(st.integers(1, 60), st.floats(1e-4, 10.0), st.floats(0.01, 1.0))
def test_a_ladder_is_geometric_and_its_labels_are_distinct(n, first, step):
    widths = scale_ladder(n, first, step)
    assert len(widths) == n
    assert widths[0] == pytest.approx(first)
    np.testing.assert_allclose(np.diff(np.log(widths)), step, atol=1e-9)
    assert len(set(TimeScales(widths).labels)) == n


def test_a_ladder_for_samples_holds_multiples_once():
    widths = scale_ladder(resolution=0.05)
    steps = widths / 0.05
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
    assert widths[0] == 0.05
    assert (np.diff(widths) > 0.04).all()
    assert widths[-1] == pytest.approx(round(10.938019 / 0.05) * 0.05)


def test_scales_are_the_grains_of_a_profile():
    import xarray as xr

    scales = TimeScales([0.01, 0.1, 1.5])
    assert (len(scales), scales[2], list(scales)) == (3, 1.5, [0.01, 0.1, 1.5])
    columns = scales.columns()
    assert columns["level"].tolist() == [0, 1, 2]
    assert columns["width_s"].tolist() == [0.01, 0.1, 1.5]
    data = xr.Dataset(
        {
            "rho": (("grain", "condition", "draw"), np.array([0.1, 0.4, 0.2]).reshape(3, 1, 1)),
            "admitted": ("grain", np.ones(3, bool)),
            "reason": ("grain", np.array(["", "", ""])),
            "level": ("grain", columns["level"]),
        },
        coords={"condition": ["all"]},
    )
    profile = GrainProfile(data, scales, (Measure("rho", "", "", "maximum"),), "toy", Provenance("test", {}, "0"))
    assert profile.peak is not None
    assert profile.peak.label == "100 ms"
    assert profile.peak.grain == 0.1
    assert profile.table["width_s"].tolist() == [0.01, 0.1, 1.5]


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ([], "one or more widths in s"),
        ([0.1, 0.0], "widths, item 1: expected a number > 0, in s, got 0"),
        ([0.1, float("nan")], "widths, item 1: expected a number > 0"),
        ([0.1, 0.1], r"widths, item 1: expected more than the width before it \(0.1 s\)"),
        (["a"], "widths: expected a rectangular array of numbers"),
        ([[0.1, 0.2]], "one or more widths"),
    ],
)
def test_widths_that_are_none(widths, message):
    with pytest.raises(InputError, match=message):
        as_widths(widths)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n": 0}, "n: expected a whole number of scales >= 1"),
        ({"first": 0.0}, "first: expected a number > 0, in s, got 0.0. For 1 ms"),
        ({"step": -0.3}, "step"),
        ({"step": 0.0}, "step: expected a number > 0, got 0.0"),
        ({"resolution": 0.0}, "resolution"),
        ({"n": 100, "step": 50.0}, "n: expected widths that a number can hold"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(InputError, match=message):
        scale_ladder(**settings)
