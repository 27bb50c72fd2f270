"""The row of numbers of one scale: each is its own module's."""

import numpy as np
import pytest

from causalgrain.ensembles.balance_measures import NAMES, PLACE, measure_scale, scale_error, sparse_reach
from causalgrain.ensembles.collapse import collapse
from causalgrain.ensembles.cooccurrence import cooccurrence
from causalgrain.ensembles.cumulative import cumulative
from causalgrain.ensembles.departure import balance_of_f
from causalgrain.ensembles.geometry import ensemble_geometry
from causalgrain.ensembles.partition import partition
from causalgrain.ensembles.scale_symmetry import scale_symmetry
from causalgrain.ensembles.trains import Trains
from causalgrain.ensembles.variance_scaling import variance_scaling


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(0)
    segments = [[0.0, 20.0], [25.0, 26.0], [30.0, 70.0]]
    return Trains.from_units(
        [np.sort(rng.uniform(0, 70, n)) for n in (90, 200, 40, 300, 10)], [0, 0, 1, 0, 1], segments=segments
    )


@pytest.mark.parametrize("normalisation", ["rate", "fraction", "unit_mean", "zscore", "unit_maximum"])
@pytest.mark.parametrize("width", [0.003, 0.1, 2.0])
def test_every_number_is_its_modules(made, normalisation, width):
    binned = made.binned(width, normalisation=normalisation)
    e, i = binned.dense()
    counts = made.binned(width, normalisation="fraction")
    first, second = counts.dense()
    row, shape = measure_scale(binned)
    assert row.shape == (len(NAMES),)
    ellipse, off, curve, table = ensemble_geometry(e, i), balance_of_f(e, i), collapse(e, i), cooccurrence(e, i)
    shared = partition(np.round(first * 3), np.round(second * 2))
    wanted = {
        "correlation": ellipse.rho,
        "departure": off.headline,
        "departure_beyond": off.residual,
        "aspect_ratio": ellipse.aspect_ratio,
        "orthogonal_width": ellipse.orthogonal_width,
        "depth": curve.depth,
        "depth_beyond": curve.residual_ratio,
        "gini": shared.headline,
        "gini_beyond": shared.residual,
        "entropy": table.headline,
        "contrast": table.features["contrast"],
        "level_correlation": table.features["correlation"],
        "reach": cumulative(e, i, lengths=binned.lengths).reach,
        "reach_beyond": cumulative(e, i, lengths=binned.lengths).residual,
        "variance_f": (first - second).var(),
    }
    for name, value in wanted.items():
        assert row[PLACE[name]] == pytest.approx(value, abs=1e-9), name
    assert (row[PLACE["angle"]] - ellipse.angle + 90) % 180 == pytest.approx(90, abs=1e-9)
    assert -45 <= row[PLACE["angle"]] < 135.0001
    assert shape[49] == pytest.approx(np.interp(0.5, curve.p, curve.curve) / curve.spread)


def test_variances_are_those_of_the_exponent(made):
    widths = [0.05, 0.2, 0.8]
    found = [measure_scale(made.binned(w))[0][PLACE["variance_f"]] for w in widths]
    np.testing.assert_allclose(found, variance_scaling(made, widths).variances)


def test_reach_through_many_bins_at_once():
    rng = np.random.default_rng(2)
    long = Trains.from_units(
        [np.sort(rng.uniform(0, 60, 9000)), np.sort(rng.uniform(0, 60, 9000))], [0, 1], duration=60
    )
    binned = long.binned(0.002)
    e, i = binned.dense()
    f = e - i
    assert len(binned.index) > 2 * 4096
    assert sparse_reach(binned, f.mean(), f.std())[0] == pytest.approx(cumulative(e, i).reach, rel=1e-9)


def test_scale_error_is_that_of_scale_symmetry(made):
    fine = [made.binned(w).dense() for w in (0.1, 0.4, 1.0)]
    curves = np.array([measure_scale(made.binned(w))[1] for w in (0.1, 0.4, 1.0)])
    wanted = scale_symmetry([e - i for e, i in fine], blocks=3, points=99, draws=0).error
    assert scale_error(curves, np.ones(3, bool)) == pytest.approx(wanted, rel=1e-6)
    assert np.isnan(scale_error(curves, np.array([True, False, False])))


def test_too_few_bins_or_a_constant():
    short = Trains.from_units([[0.1], [0.2]], [0, 1], duration=1.0)
    for width in (2.0, 0.6):
        row, shape = measure_scale(short.binned(width))
        assert np.isnan(row).all()
        assert np.isnan(shape).all()
    silent = Trains.from_units([[0.1, 0.7], []], [0, 1], duration=1.0)
    row, _ = measure_scale(silent.binned(0.05))
    assert np.isnan(row[PLACE["correlation"]])
    assert np.isnan(row[PLACE["lag"]])
    assert np.isnan(row).all()  # every number is of both ensembles


def test_inhibition_later_is_a_positive_lag():
    e = np.sort(np.random.default_rng(0).uniform(0, 100, 400))
    row, _ = measure_scale(Trains.from_units([e, e + 0.03], [0, 1], duration=101).binned(0.01))
    assert row[PLACE["lag"]] == pytest.approx(0.03)
    assert row[PLACE["lag_beyond"]] == pytest.approx(row[PLACE["lag_correlation"]] - row[PLACE["correlation"]])
