"""Lags from occupied bins: the same numbers as lagged_correlation, segment by segment."""

import numpy as np
import pytest

from causalgrain.ensembles.lag import lagged_correlation
from causalgrain.ensembles.lag_sparse import lag_correlations, peak_of
from causalgrain.ensembles.trains import Trains

ONE, MANY = [[0.0, 30.0]], [[0, 3], [5, 5.2], [6, 17.0], [20, 30]]


def trains(segments, seed=0):
    """Inhibition follows one excitatory unit by 30 ms."""
    rng = np.random.default_rng(seed)
    base = np.sort(rng.uniform(0, 29.9, 200))
    units = [np.sort(np.concatenate([rng.uniform(0, 30, 60), base])) for _ in range(4)]
    return Trains.from_units([*units, base + 0.03], [0, 0, 0, 0, 1], segments=segments)


@pytest.mark.parametrize("segments", [ONE, MANY])
@pytest.mark.parametrize("normalisation", ["rate", "zscore"])
@pytest.mark.parametrize("width", [0.002, 0.01, 0.05, 0.3, 1.0, 3.0])
def test_same_as_over_all_bins(segments, normalisation, width):
    binned = trains(segments).binned(width, normalisation=normalisation)
    e, i = binned.dense()
    wanted = lagged_correlation(e, i, lengths=binned.lengths, width=width, max_lag=10, draws=0)
    found = lag_correlations(binned, 10)
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(wanted.rho))
    np.testing.assert_allclose(found, wanted.rho, atol=1e-11)
    if np.isfinite(found).any():
        assert peak_of(found)[0] == wanted.peak_bins


def test_large_counts_keep_their_digits():
    rng = np.random.default_rng(1)
    slow = rng.uniform(0.5, 1.5, 400)
    spikes = [np.repeat(np.arange(400) + 0.5, rng.poisson(900 * slow)) for _ in range(2)]
    binned = Trains.from_units(spikes, [0, 1], duration=400).binned(1.0)
    e, i = binned.dense()
    wanted = lagged_correlation(e, i, width=1.0, draws=0).rho
    np.testing.assert_allclose(lag_correlations(binned, 10), wanted, atol=1e-10)


def test_sign():
    found = lag_correlations(trains(ONE).binned(0.01), 5)
    assert peak_of(found)[0] == 3


def test_ties_go_to_the_lag_nearest_zero():
    assert peak_of(np.array([0.5, 0.1, 0.2, 0.1, 0.5])) == (-2, 0.5)
    assert peak_of(np.array([0.1, 0.5, 0.5, 0.0, 0.5])) == (0, 0.5)
    assert np.isnan(peak_of(np.full(3, np.nan))[1])


def test_nothing_to_say():
    short = Trains.from_units([[0.1], [0.2]], [0, 1], duration=0.5)
    assert np.isnan(lag_correlations(short.binned(0.2), 3)).all()  # two bins
    flat = Trains.from_units([[0.1, 0.3, 0.5, 0.7], [0.1]], [0, 1], duration=0.8)
    assert np.isnan(lag_correlations(flat.binned(0.2), 1)[1])
