"""No peak is named of an estimated scan where fewer than two coarse grains of several elements compete."""

import numpy as np
import pytest

import causalgrain as cg


@pytest.fixture(scope="module")
def profile():
    rng = np.random.default_rng(2)
    return cg.scan(cg.Network(rng.random((8, 3)), origin="estimated", occupancy=np.ones(8)), nodes="full")


def several(profile):
    """Dependences of the coarse grains of several macro elements, ascending."""
    table = profile.table
    return np.sort(table["dependence"][(table["level"] > 0) & (table["macro_elements"] > 1)].to_numpy())


def test_one_coarse_grain_is_no_comparison_two_are(profile):
    first, second, third = several(profile)[:3]
    assert 0 < first < second < third
    thresholds = (first / 2, (first + second) / 2, (second + third) / 2)
    none, one, two = (cg.admit_dependence(profile, t) for t in thresholds)
    assert (none.peak, one.peak) == (None, None)
    assert none.unnamed.startswith("only 0 coarse grains")
    assert one.unnamed.startswith("only 1 coarse grains")
    assert two.unnamed == ""
    inside = two.table[two.table["dependence"] <= thresholds[2]]
    assert two.n_admitted == len(inside)
    assert two.peak.value == inside["phi"].max()


def test_the_table_of_thresholds_says_the_same(profile):
    first, second, third = several(profile)[:3]
    peaks = cg.peaks_by_dependence(profile, ((first + second) / 2, (second + third) / 2))
    assert peaks["several"].tolist() == [1, 2]
    assert (peaks["peak"] != "").tolist() == [False, True]
    assert np.isnan(peaks["phi"][0])
    assert "too few" in peaks["why_none"][0]


def test_grains_of_one_element_are_no_competition(profile):
    """Grains of one macro element are independent by themselves: they alone name no peak."""
    view = cg.admit_dependence(profile, several(profile)[0] / 2)
    table = view.table[view.table["admitted"]]
    assert ((table["macro_elements"] == 1) & (table["level"] > 0)).sum() >= 2
    assert view.peak is None
