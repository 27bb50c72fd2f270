"""Do two maps agree on their fixed points, and does the bootstrap find them again?"""

import numpy as np
import pytest

from causalgrain import InputError
from causalgrain.learned.fixed_point_doubt import compare_fixed_points, fixed_points_of
from causalgrain.learned.fixed_points import fixed_points

AWAKE, ANAESTHESIA = (1.0, 1.0, 0.25, 0.5), (-1.0, 0.0, 0.3, 2.2)


def mouse(b, a, tau, strength, samples, runs, seed):
    """u' = (b u - a u^3) / tau + noise of strength D, 10 Hz, shape (runs, samples)."""
    rng, substeps = np.random.default_rng(seed), 25
    dt, u, out = 0.1 / substeps, np.zeros(runs), []
    for _ in range(samples + 50):
        for e in rng.normal(size=(substeps, runs)) * np.sqrt(2 * strength * dt):
            u = u + dt * (b * u - a * u**3) / tau + e
        out.append(u)
    return np.array(out[50:]).T


@pytest.mark.parametrize(("condition", "kinds"), [(AWAKE, "2 stable, 1 unstable"), (ANAESTHESIA, "1 stable")])
def test_simulated_mouse(condition, kinds):
    """The pair awake and the single point under anaesthesia, in every one of 5 runs of 1,000 samples."""
    runs = mouse(*condition, 1000, 5, 3)
    assert [fixed_points_of(u, draws=0).found.signature for u in runs] == [kinds] * 5
    doubt = fixed_points_of(runs[0], draws=10)
    assert doubt.share >= 0.8
    assert np.abs(doubt.found.points).max() < 1.2
    assert (doubt.spread < 0.3).all()
    assert "bootstrap" in repr(doubt)
    assert "spread y1" in doubt.table


def test_bootstrap_is_unsure_where_the_data_are():
    """Two wells and only 150 samples: over four runs the draws disagree, and say with what."""
    doubts = [fixed_points_of(u, draws=12) for u in mouse(*AWAKE, 150, 4, 1)]
    assert np.mean([doubt.share for doubt in doubts]) < 0.9
    for doubt in doubts:
        assert sum(doubt.signatures.values()) == 12
        assert doubt.share == doubt.signatures.get(doubt.found.signature, 0) / 12


def test_same_seed_same_draws_and_segments_matter():
    u = mouse(*AWAKE, 400, 1, 5)[0]
    first, again = fixed_points_of(u, draws=5, seed=2), fixed_points_of(u, draws=5, seed=2)
    np.testing.assert_array_equal(first.spread, again.spread)
    assert first.map.n_pairs == 399
    cut = fixed_points_of(u, draws=0, lengths=[100, 300])
    assert cut.map.n_pairs == 398
    assert np.isnan(cut.share)


def cubic(shift=0.0, b=1.0):
    return fixed_points(lambda x: x + 0.1 * (b * (x - shift) - (x - shift) ** 3), (-3, 3))


def test_agreement():
    same = compare_fixed_points(cubic(), cubic(0.2), spread=[2.0])
    assert same.agree
    np.testing.assert_allclose(same.distance, 0.1, atol=1e-9)
    far = compare_fixed_points(cubic(), cubic(0.9), spread=[1.0])
    assert far.same_kinds
    assert not far.agree
    assert "places" in repr(far)
    other = compare_fixed_points(cubic(), cubic(b=-1.0), spread=[1.0])
    assert not other.same_kinds
    assert "2 stable, 1 unstable against 1 stable" in repr(other)
    assert len(other.table) == 1


def test_points_of_different_kinds_are_never_matched():
    """A node where the other map has a saddle is no agreement, however close."""
    flipped = fixed_points(lambda x: x - 0.1 * (x - x**3), (-3, 3))
    found = compare_fixed_points(cubic(), flipped, spread=[1.0])
    assert not found.same_kinds
    for i, j in found.pairs:
        assert cubic().kinds[i] == flipped.kinds[j]


def test_errors():
    plane = fixed_points(lambda y: 0.5 * y, [[-1, -1], [1, 1]])
    with pytest.raises(InputError, match="same scale"):
        compare_fixed_points(cubic(), plane, spread=1.0)
    with pytest.raises(InputError, match="at least 60 pairs"):
        fixed_points_of(np.random.default_rng(0).normal(size=30))
