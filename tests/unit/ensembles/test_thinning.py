"""Thinning curves of measures with a known dependence on the number of units."""

import warnings

import numpy as np
import pytest

from causalgrain import CausalGrainWarning, InputError
from causalgrain.ensembles.collapse import collapse
from causalgrain.ensembles.thinning import thinning_curve

FLAGS = np.arange(60) >= 40


def difference_variance(e, i):
    return (e - i).var()


def counts_of(rng, bins=400, shared=0.3):
    return rng.normal(size=(bins, 60)) + shared * rng.normal(size=(bins, 1)) * np.where(FLAGS, -1, 1)


def test_the_full_sample_is_the_measure_itself():
    counts = counts_of(np.random.default_rng(0))
    found = thinning_curve(counts, FLAGS, difference_variance, population=(80, 40), repeats=3, groups=4)
    whole = difference_variance(counts[:, :40].mean(axis=1), counts[:, 40:].mean(axis=1))
    assert found.values[-1] == pytest.approx(whole)
    assert found.sizes.tolist() == [[12, 6], [16, 8], [22, 11], [30, 15], [40, 20]]
    assert (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()


def test_subsets_hold_each_unit_once_and_keep_to_their_class():
    """A unit's number is its activity: sums show which units were taken."""
    seen = []

    def spy(e, i):
        seen.append((e[0], i[0]))
        return float(len(seen))

    counts = np.tile(2.0 ** np.concatenate([np.arange(8), 8 + np.arange(6)]), (2, 1))
    flags = np.arange(14) >= 8
    thinning_curve(counts, flags, spy, population=(8, 6), shares=(0.5, 1.0), repeats=4, groups=2)
    for e, i in seen[:8]:
        takes = [n for n in (4, 8) if (e * n) % 1 == 0 and bin(round(e * n)).count("1") == n]
        assert takes
        assert round(e * takes[-1]) < 2**8
        takes = [n for n in (3, 6) if abs(i * n - round(i * n)) < 1e-9 and bin(round(i * n)).count("1") == n]
        assert takes
        assert round(i * takes[-1]) % 2**8 == 0


def test_private_variance_is_extrapolated_along_its_law():
    """Var(f) = 4 shared^2 + 1/n_E + 1/n_I exactly, in the mean of 30 runs."""
    rng, values, slopes = np.random.default_rng(1), [], []
    for _ in range(30):
        counts = counts_of(rng, bins=300)
        found = thinning_curve(counts, FLAGS, difference_variance, population=(80, 40), repeats=4, groups=2)
        values.append(found.value)
        slopes.append(found.slope)
    # 300 bins of a Gaussian: standard error of a variance sqrt(2/300) = 8 % of one run, 1.5 % of thirty
    assert np.mean(values) == pytest.approx(4 * 0.09 + 1 / 80 + 1 / 40, rel=0.045)
    assert np.mean(slopes) == pytest.approx(1 / 40 + 1 / 20, abs=3 * np.std(slopes) / np.sqrt(30))


def test_interval_covers_the_choice_of_units():
    """Units with gains of their own: in 40 samples of one population the 90 % interval holds its value 80 to 98 %."""
    rng = np.random.default_rng(2)
    drive = rng.normal(size=(150, 1))
    gains = rng.gamma(2.0, 0.25, size=240) * np.where(np.arange(240) >= 160, -1, 1)
    counts = gains * drive + 0.5 * rng.normal(size=(150, 240))
    truth = difference_variance(counts[:, :160].mean(axis=1), counts[:, 160:].mean(axis=1))
    inside = []
    for _ in range(40):
        units = np.concatenate([rng.choice(160, 40, replace=False), 160 + rng.choice(80, 20, replace=False)])
        found = thinning_curve(counts[:, units], FLAGS, difference_variance, population=(160, 80), repeats=4, groups=8)
        inside.append(found.value_low <= truth <= found.value_high)
    assert 0.8 <= np.mean(inside) <= 1.0


def test_a_result_gives_its_headline():
    counts = counts_of(np.random.default_rng(3))
    settings = {"population": (60, 30), "repeats": 2, "groups": 3, "shares": (0.5, 1.0)}
    by_result = thinning_curve(counts, FLAGS, collapse, **settings)
    by_number = thinning_curve(counts, FLAGS, lambda e, i: collapse(e, i).depth, **settings)
    assert by_result.values.tolist() == by_number.values.tolist()
    assert by_result.headline == by_number.value


def test_the_same_seed_gives_the_same_bytes():
    counts = counts_of(np.random.default_rng(4), bins=50)
    runs = [
        thinning_curve(counts, FLAGS, difference_variance, population=(60, 30), repeats=3, groups=3, seed=s)
        for s in (5, 5, 6)
    ]
    assert runs[0].values.tobytes() == runs[1].values.tobytes()
    assert runs[0].value_low == runs[1].value_low
    assert runs[0].values.tobytes() != runs[2].values.tobytes()
    more = thinning_curve(counts, FLAGS, difference_variance, population=(60, 30), repeats=5, groups=3, seed=5)
    assert more.values[:, :3].tolist() == runs[0].values.tolist()  # a draw doesn't depend on how many there are


def test_far_beyond_the_sample_it_warns():
    counts = counts_of(np.random.default_rng(5), bins=50)
    with pytest.warns(CausalGrainWarning, match="extrapolate_correlation"):
        thinning_curve(counts, FLAGS, difference_variance, population=(3200, 800), repeats=2, groups=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = thinning_curve(counts, FLAGS, difference_variance, population=(200, 100), repeats=2, groups=3)
    assert "on the line" in repr(found)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"population": (10, 10)}, "population"),
        ({"shares": (0.5,)}, "two different shares"),
        ({"shares": (0.0, 1.0)}, "above 0"),
        ({"shares": (0.5, 1.5)}, "shares"),
        ({"groups": 19}, "groups"),
        ({"repeats": 0}, "repeats"),
        ({"measure": lambda e, i: "low"}, "measure"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_refused(settings, match):
    given = {"population": (80, 40), "measure": difference_variance, **settings}
    with pytest.raises(InputError, match=match):
        thinning_curve(np.ones((20, 60)), FLAGS, given.pop("measure"), **given)
