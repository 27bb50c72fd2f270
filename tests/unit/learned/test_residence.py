"""Residence times and rates between basins, of data and of models."""

import itertools

import numpy as np
import pytest

from causalgrain import InputError
from causalgrain.learned.fixed_points import fixed_points
from causalgrain.learned.landscape import passage_time
from causalgrain.learned.residence import carried, residence
from causalgrain.learned.residence_model import compare_residence
from causalgrain.learned.spline_map import spline_map

WELLS = fixed_points(lambda x: x + 0.1 * (x - x**3), (-2, 2))
STRENGTH = 0.1


def double_well(strength, dt, samples, runs, seed, substeps=10):
    """dy = (y - y^3) dt + sqrt(2 D) dW, shape (runs, samples)."""
    rng = np.random.default_rng(seed)
    y, out, h = rng.choice([-1.0, 1.0], size=runs), [], dt / substeps
    for _ in range(samples):
        for e in np.sqrt(2 * strength * h) * rng.normal(size=(substeps, runs)):
            y = y + h * (y - y**3) + e
        out.append(y)
    return np.array(out).T


@pytest.fixture(scope="module")
def runs():
    """200 runs of 160 s at 5 Hz, mean residence about 50 s."""
    return double_well(STRENGTH, 0.2, 800, 200, 0)


@pytest.fixture(scope="module")
def exact_rate():
    """1 / (mean first passage time) from core to core. A border watched every dt is crossed .5826 sqrt(2 D dt) further out
    on average (Broadie, Glasserman & Kou 1997, Math Finance 7:325)."""
    y, edge = np.linspace(-2.5, 2.5, 8001), 0.5 + 0.5826 * np.sqrt(2 * STRENGTH * 0.2)
    return 1.0 / passage_time(y, y - y**3, STRENGTH + 0 * y, start=-edge, end=edge)


def test_by_hand():
    """Cores end half-way to the border at 0. 0.2 and -0.2 lie in none; the dip to 0.2 is no transition."""
    y = [0.1, -1.0, -0.6, 0.2, -0.9, 0.2, 0.7, 1.0, -0.2, 1.0, -1.0, -1.0]
    found = residence(y, WELLS, dt=2.0)
    assert found.labels.tolist() == [-1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0]
    np.testing.assert_allclose(found.time, [14.0, 8.0])
    assert found.counts.tolist() == [[0, 1], [1, 0]]
    np.testing.assert_allclose(found.mean_residence, [14.0, 8.0])
    np.testing.assert_allclose(found.whole_visits, [np.nan, 8.0])
    assert found.censored.tolist() == [2, 0]
    assert found.rates[0, 1] == pytest.approx(1 / 14)
    np.testing.assert_allclose([found.low[0, 1] * 14, found.high[0, 1] * 14], [0.025318, 5.571643], rtol=1e-5)
    assert found.table["transitions"].tolist() == [1, 1]


def test_core_zero_and_one():
    """With cores up to the border every crossing counts; with cores that are points almost none does."""
    y = [-1.0, -0.1, 0.1, -0.1, 0.1, 1.0]
    assert residence(y, WELLS, dt=1.0, core=1.0).n_transitions == 3
    assert residence(y, WELLS, dt=1.0, core=0.5).n_transitions == 1


def test_rate_of_the_double_well(runs, exact_rate):
    """Within 3 standard errors of the exact rate, and of Kramers' rate within 15 %."""
    found = residence(runs.ravel(), WELLS, dt=0.2, lengths=[800] * 200)
    total, time = found.n_transitions, found.time.sum()
    rate = total / time
    assert total > 400
    assert abs(rate - exact_rate) < 3 * np.sqrt(total) / time
    assert rate == pytest.approx(np.sqrt(2) / (2 * np.pi) * np.exp(-0.25 / STRENGTH), rel=0.15)
    assert found.low[0, 1] < exact_rate < found.high[0, 1]


def test_censored_visits_count(runs, exact_rate):
    """Cut into stretches shorter than the mean residence, rates stay right and means of whole visits are far too short."""
    found = residence(runs.ravel(), WELLS, dt=0.2, lengths=[200] * 800)
    rate = found.n_transitions / found.time.sum()
    assert rate == pytest.approx(exact_rate, rel=0.2)
    assert found.whole_visits.max() < 0.5 / exact_rate
    assert found.censored.sum() > 800


def test_no_transition_across_segments():
    y = np.array([-1.0, -1.1, 1.0, 1.1])
    assert residence(y, WELLS, dt=1.0).n_transitions == 1
    cut = residence(y, WELLS, dt=1.0, lengths=[2, 2])
    assert cut.n_transitions == 0
    assert np.isinf(cut.mean_residence).all()
    assert cut.high[0, 1] == pytest.approx(3.688879 / 2, rel=1e-6)


def test_carried_by_brute_force():
    rng = np.random.default_rng(0)
    label, edges = rng.integers(-1, 3, size=200), np.array([0, 50, 50, 51, 200])
    expected = []
    for a, b in itertools.pairwise(edges):
        last = -1
        for v in label[a:b]:
            last = v if v >= 0 else last
            expected.append(last)
    assert carried(label, edges).tolist() == expected


def test_two_variables():
    """Basins by the map, turned by 45 degrees: the border is the diagonal, not an axis."""
    r = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)

    def step(y):
        z = y @ r
        return np.stack([z[:, 0] + 0.1 * (z[:, 0] - z[:, 0] ** 3), 0.5 * z[:, 1]], axis=1) @ r.T

    found = fixed_points(step, [[-2, -2], [2, 2]])
    y = np.array([[-1.0, 0.0], [-1.0, 0.0], [0.0, 0.9], [1.0, 1.0], [-0.05, 0.1], [0.7, 0.7]])
    out = residence(y, found, dt=1.0, step=step)
    assert out.labels.tolist() == [0, 0, 1, 1, 1, 1]
    with pytest.raises(InputError, match=r"spline_map\(y\).step"):
        residence(y, found, dt=1.0)


def test_model_against_data():
    """The learned model's rates are the data's; with three times the noise variance they are not."""
    runs = double_well(0.18, 0.2, 1500, 4, 5)
    y, lengths = runs.ravel(), [1500] * 4
    model = spline_map(y, lengths=lengths)
    found = fixed_points(model.step, model.box, jacobian=model.jacobian)
    assert found.signature == "2 stable, 1 unstable"
    settings = {"dt": 0.2, "lengths": lengths, "step": model.step, "draws": 40}
    same = compare_residence(y, found, covariance=model.covariance, **settings)
    off = ~np.eye(2, dtype=bool)
    assert (same.p[off] > 0.02).all()
    assert (np.abs(np.log(same.ratio[off])) < np.log(1.6)).all()
    other = compare_residence(y, found, covariance=3 * model.covariance, **settings)
    assert (other.ratio[off] > 1.8).all()
    assert (other.p[off] < 0.05).all()
    again = compare_residence(y, found, covariance=model.covariance, **settings)
    np.testing.assert_array_equal(same.model_rates, again.model_rates)
    assert "model" in repr(same)
    assert len(same.table) == 2


def test_errors():
    none = fixed_points(lambda y: 2 * y, (-1, 1))
    with pytest.raises(InputError, match="no basin to stay in"):
        residence([0.1, 0.2, 0.5], none, dt=1.0)
    with pytest.raises(InputError, match="covariance"):
        compare_residence([-1.0, 1.0, -1.0], WELLS, dt=1.0, step=lambda y: y, covariance=[[-1.0]], draws=2)
