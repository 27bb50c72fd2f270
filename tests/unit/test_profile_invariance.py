"""Sameness over grains: spread, what is beyond error, the null, and the grains that break it."""

import numpy as np
import pytest
import xarray as xr

from causalgrain._errors import InputError
from causalgrain._provenance import Provenance
from causalgrain.ensembles.ladder import TimeScales
from causalgrain.profile import GrainProfile, Measure

MEASURES = (Measure("rho", "", "", "maximum"), Measure("angle", "degrees", "", "invariance"))


def profile(angles, *, error=None, surrogates=None, conditions=("all",), admitted=None):
    """angles (grain, condition, draw)."""
    angles = np.asarray(angles, dtype=float)
    angles = angles.reshape(*angles.shape, *[1] * (3 - angles.ndim))
    grains, many, _ = angles.shape
    data: dict = dict.fromkeys(("rho", "angle"), (("grain", "condition", "draw"), angles))
    data["admitted"] = (("grain",), np.ones(grains, bool) if admitted is None else np.asarray(admitted))
    data["reason"] = (("grain",), np.full(grains, ""))
    data["level"] = (("grain",), np.arange(grains))
    if error is not None:
        data["angle_error"] = (("grain", "condition"), np.asarray(error, float).reshape(grains, many))
    if surrogates is not None:
        data["angle_surrogates"] = (("surrogate", "grain", "condition"), np.asarray(surrogates, float)[:, :, None])
    scales = TimeScales(np.arange(1, grains + 1) / 10)
    return GrainProfile(
        xr.Dataset(data, {"condition": list(conditions)}), scales, MEASURES, "two", Provenance("made", {}, "0")
    )


def test_only_measures_declared_so_are_asked():
    assert list(profile([1, 1]).invariance) == ["angle"]


def test_spread_is_the_deviation_over_grains():
    found = profile([40.0, 50.0, 45.0]).invariance["angle"]
    assert found.spread == pytest.approx(np.std([40, 50, 45]))
    assert (found.mean, found.beyond, found.p, found.breaks) == (45.0, None, None, ())


def test_error_is_taken_off_the_spread():
    found = profile([44.0, 46.0], error=[0.6, 0.8]).invariance["angle"]
    assert found.beyond == pytest.approx(np.sqrt(1.0 - (0.36 + 0.64) / 2))
    assert found.mean == pytest.approx(np.average([44, 46], weights=[1 / 0.36, 1 / 0.64]))
    assert profile([44.0, 46.0], error=[5, 5]).invariance["angle"].beyond == 0.0


def test_the_grain_that_breaks_it_is_named():
    found = profile([45.0, 45.5, 44.5, 60.0], error=[0.5, 0.5, 0.5, 3.0]).invariance["angle"]
    assert [b.label for b in found.breaks] == ["400 ms"]
    assert found.breaks[0].value == 60.0
    assert "broken at 400 ms" in repr(found)


def test_breaks_are_rare_where_there_is_none():
    rng = np.random.default_rng(0)
    broken = [bool(profile(rng.normal(size=20), error=np.ones(20)).invariance["angle"].breaks) for _ in range(300)]
    assert np.mean(broken) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_draws_are_the_error_where_none_is_given():
    found = profile([[[1.0, 3.0]], [[2.0, 4.0]]]).invariance["angle"]
    assert found.mean == pytest.approx(2.5)
    assert found.beyond == 0.0  # errors of sqrt 2, a spread of .5


def test_p_ranks_the_spread_among_the_null():
    null = np.array([[0, 1], [0, 2], [0, 3], [5, np.nan]], dtype=float)
    assert profile([0.0, 2.5], surrogates=null).invariance["angle"].p == pytest.approx(2 / 4)
    assert profile([0.0, 9.0], surrogates=null).invariance["angle"].p == pytest.approx(1 / 4)


def test_nothing_breaks_where_the_whole_is_not_told_apart():
    angles, error = [45.0, 45.5, 44.5, 60.0], [0.5, 0.5, 0.5, 3.0]
    wide = np.random.default_rng(0).normal(45, 20, size=(19, 4))
    found = profile(angles, error=error, surrogates=wide).invariance["angle"]
    assert found.p is not None
    assert found.p > 0.05
    assert found.breaks == ()
    assert "broken" not in repr(found)
    told = profile(angles, error=error, surrogates=45 + wide / 1e3).invariance["angle"]
    assert [b.label for b in told.breaks] == ["400 ms"]
    alone = profile([45.0, 46.0, 45.0], error=[0.1, 0.1, 9.0]).invariance["angle"]
    assert alone.beyond == 0.0
    assert repr(alone).endswith("(not told apart on the whole)")


def test_grains_without_a_value_or_not_admitted_are_left_out():
    found = profile([1.0, np.nan, 3.0, 99.0], admitted=[True, True, True, False]).invariance["angle"]
    assert (found.grains, found.mean, found.spread) == (3 - 1, 2.0, 1.0)
    alone = profile([1.0, np.nan]).invariance["angle"]
    assert (alone.grains, alone.breaks) == (1, ())
    assert np.isnan(alone.spread)


def test_one_condition_at_a_time():
    both = profile([[1, 5], [3, 5]], conditions=("wake", "sleep"))
    with pytest.raises(InputError, match="wake"):
        _ = both.invariance
    assert both.at("sleep").invariance["angle"].spread == 0.0
    assert both.at("wake").invariance["angle"].spread == 1.0
