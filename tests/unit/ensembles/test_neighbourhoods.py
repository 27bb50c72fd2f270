"""Neighbourhoods by hand, and positions that are missing."""

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.ensembles.neighbourhoods import neighbourhoods, over_neighbourhoods

LINE = np.array([[0.0], [10.0], [20.0], [100.0]])
LABELS = np.array([False, True, False, True])


def seen(**settings):
    return [(n.radius, n.units.tolist()) for n in neighbourhoods(LINE, inhibitory=LABELS, **settings)]


def test_by_hand():
    """Within 10: from 0, from 10 and from 20; unit 3 is alone and has no excitatory unit."""
    assert seen(radii=[10]) == [(10.0, [0, 1]), (10.0, [0, 1, 2]), (10.0, [1, 2])]
    assert seen(radii=[9.9]) == []
    assert seen(radii=[10, 500]) == [(10.0, [0, 1]), (10.0, [0, 1, 2]), (10.0, [1, 2]), (500.0, [0, 1, 2, 3])]
    assert seen(radii=[500], least=2) == [(500.0, [0, 1, 2, 3])]
    assert seen(radii=[50], least=2) == []
    assert seen(radii=[85.0], centres=[[95.0]]) == [(85.0, [1, 2, 3])]


def test_distance_is_euclidean():
    places = np.array([[0.0, 0.0], [3.0, 4.0], [5.0, 5.0]])
    found = list(neighbourhoods(places, inhibitory=np.array([False, True, True]), radii=[5.0], centres=[[0.0, 0.0]]))
    assert found[0].units.tolist() == [0, 1]
    assert "2 units within 5" in repr(found[0])


def test_a_statistic_over_radii():
    found = over_neighbourhoods(len, LINE, inhibitory=LABELS, radii=[1, 10, 500])
    assert found.count.tolist() == [0, 3, 1]
    np.testing.assert_allclose(found.mean, [np.nan, 7 / 3, 4.0])
    np.testing.assert_allclose(found.deviation, [np.nan, np.std([2, 3, 2], ddof=1), np.nan])
    np.testing.assert_allclose(found.units, [np.nan, 7 / 3, 4.0])
    assert found.headline == pytest.approx(4 - 7 / 3)
    assert "within 500: 4.0000" in repr(found)
    few = over_neighbourhoods(len, LINE, inhibitory=LABELS, radii=[10], most=2)
    assert few.count.tolist() == [2]
    nothing = over_neighbourhoods(lambda units: np.nan, LINE, inhibitory=LABELS, radii=[10])
    assert nothing.count.tolist() == [0]
    assert np.isnan(nothing.headline)


def test_correlation_that_grows_with_space_is_seen():
    """Each place has a rhythm of its own shared by its E and I; over all places the sums still correlate less noise."""
    rng = np.random.default_rng(0)
    drive = np.repeat(rng.normal(size=(3000, 5)), 4, axis=1)
    counts = drive + rng.normal(size=(3000, 20)) * 2
    labels = np.tile([False, False, True, True], 5)
    places = np.repeat(np.arange(5.0), 4)[:, None] * 100

    def rho(units):
        side = labels[units]
        return float(np.corrcoef(counts[:, units[~side]].sum(axis=1), counts[:, units[side]].sum(axis=1))[0, 1])

    found = over_neighbourhoods(rho, places, inhibitory=labels, radii=[10, 1000])
    # two units a class: signal 4, noise 2 * 4: rho 1/3 at every radius, since both grow alike
    np.testing.assert_allclose(found.mean, 1 / 3, atol=4 / np.sqrt(3000))
    assert found.count.tolist() == [5, 1]


@pytest.mark.parametrize(
    ("positions", "settings", "where", "word"),
    [
        (None, {}, "positions", "can't be asked for without"),
        (np.where(LINE == 20, np.nan, LINE), {}, "positions", "first unit 2"),
        (LINE[:, 0], {}, "positions", "shape"),
        (["a"], {}, "positions", "numbers"),
        (LINE, {"inhibitory": [True]}, "inhibitory", "4 bools"),
        (LINE, {"radii": [2, 1]}, "radii", "ascending"),
        (LINE, {"radii": []}, "radii", "ascending"),
        (LINE, {"centres": [[1.0, 2.0]]}, "centres", "1 dimensions"),
        (LINE, {"least": 0}, "least", ">= 1"),
    ],
)
def test_bad_input_says_where_at_once(positions, settings, where, word):
    with pytest.raises(InputError, match=word) as error:
        neighbourhoods(positions, **({"inhibitory": LABELS, "radii": [1.0]} | settings))
    assert error.value.where == where
