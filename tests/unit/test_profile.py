"""Peak, runner-up, margin and ties of a profile made by hand."""

import numpy as np
import pytest
import xarray as xr

from causalgrain import GrainProfile, Measure, Provenance


class Scales:
    """A profile's grains need not be groups of elements: here they are scales."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return 2**index

    def label(self, index):
        return f"{2**index} ms"

    def columns(self):
        return {"grain": [self.label(i) for i in range(5)], "level": np.array([0, 1, 1, 2, 2])}


def profile(values, admitted=None, sought="maximum"):
    dims = ("grain", "condition", "draw")
    data = xr.Dataset(
        {
            "power": (dims, np.array(values, dtype=float)[:, None, None]),
            "admitted": ("grain", np.ones(5, bool) if admitted is None else np.array(admitted, bool)),
            "reason": ("grain", np.array([""] * 5)),
            "level": ("grain", np.array([0, 1, 1, 2, 2])),
        }
    )
    return GrainProfile(
        data, Scales(), (Measure("power", "nats", "by hand", sought),), "five scales", Provenance("test", {}, "0")
    )


def test_peak_runner_up_margin():
    p = profile([1, 5, 3, 2, 4])
    assert (p.peak.label, p.peak.value, p.runner_up.label, p.margin, p.ties) == ("2 ms", 5.0, "16 ms", 1.0, ())
    assert repr(p).startswith("five scales: 5 grains, 5 admitted, power nats\npeak       2 ms  5.000000")


def test_a_tie_is_reported_and_has_no_margin():
    p = profile([1, 5, 3, 5 + 5e-10, 5])
    assert p.peak.label == "2 ms"  # the finest level first, not the largest by a rounding error
    assert [t.label for t in p.ties] == ["8 ms", "16 ms"]
    assert p.margin == 0.0
    assert p.runner_up.label in ("8 ms", "16 ms")


def test_only_admitted_grains_compete():
    p = profile([1, 5, 3, 2, 4], admitted=[1, 0, 1, 1, 1])
    assert (p.peak.label, p.margin) == ("16 ms", 1.0)
    assert profile([1, np.nan, 3, 2, 4]).peak.label == "16 ms"
    nothing = p.admit([False] * 5)
    assert nothing.peak is None
    assert np.isnan(nothing.margin)
    assert "no grain is admitted" in repr(nothing)


def test_an_unnamed_peak_is_none_and_says_why():
    p = profile([1, 5, 3, 2, 4]).admit([True] * 5, unnamed="too little data")
    assert (p.peak, p.runner_up, p.ties) == (None, None, ())
    assert "no peak named: too little data" in repr(p)


def test_a_minimum_can_be_sought():
    p = profile([3, 5, 1, 2, 4], sought="minimum")
    assert (p.peak.label, p.runner_up.label, p.margin) == ("4 ms", "8 ms", 1.0)


def test_levels():
    levels = profile([1, 5, 3, 4, 4], admitted=[1, 0, 1, 1, 1]).levels
    assert levels["grains"].tolist() == [1, 2, 2]
    assert levels["admitted"].tolist() == [1, 1, 2]
    assert levels["power"].tolist() == [1.0, 3.0, 4.0]
    assert levels["ties"].tolist() == [0, 0, 1]


def test_unknown_measures_are_answered_with_the_known():
    with pytest.raises(ValueError, match="'power'"):
        profile([1, 2, 3, 4, 5]).values("powers")
