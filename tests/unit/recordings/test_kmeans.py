"""k-means against every partition, against scipy, and on awkward points."""

from itertools import product

import numpy as np
import pytest
from scipy.cluster.vq import kmeans2

from causalgrain.recordings import kmeans as module
from causalgrain.recordings.kmeans import by_first, kmeans

POINTS = np.random.default_rng(8).normal(size=(60, 2))


def within(points, cluster):
    parts = [points[cluster == i] for i in np.unique(cluster)]
    return sum(((p - p.mean(axis=0)) ** 2).sum() for p in parts)


@pytest.mark.parametrize("seed", range(5))
def test_finds_the_best_of_all_partitions(seed):
    points = np.random.default_rng(seed).normal(size=(7, 2))
    best = min(within(points, np.array(c)) for c in product(range(3), repeat=7) if len(set(c)) == 3)
    found = kmeans(points, 3, rng=np.random.default_rng(0), restarts=30)
    assert found.within == pytest.approx(best)
    assert within(points, found.cluster) == pytest.approx(found.within)
    total = ((points - points.mean(axis=0)) ** 2).sum()
    assert found.explained == pytest.approx(1 - best / total)
    assert 1 <= found.found <= 30


def test_lloyds_iterations_agree_with_scipy():
    points = np.random.default_rng(0).normal(size=(200, 3))
    start = points[:5].copy()
    _, label = kmeans2(points, start, minit="matrix", iter=200, missing="raise")
    cluster, total = module._lloyd(points, start)
    np.testing.assert_array_equal(cluster, label)
    assert total == pytest.approx(within(points, label))


def test_same_numbers_same_clusters():
    points = np.random.default_rng(0).normal(size=(100, 2))
    one, two = (kmeans(points, 8, rng=np.random.default_rng(3), restarts=4) for _ in range(2))
    np.testing.assert_array_equal(one.cluster, two.cluster)
    assert one.within == two.within


def test_numbered_by_first_point():
    assert by_first(np.array(["c", "a", "c", "b"])).tolist() == [0, 1, 0, 2]
    points = np.array([[50.0], [0.0], [51.0], [1.0], [100.0]])
    assert kmeans(points, 3, rng=np.random.default_rng(1)).cluster.tolist() == [0, 1, 0, 1, 2]


def test_seeds_are_drawn_by_squared_distance(monkeypatch):
    # Points at 0, 1 and 3, one candidate a seed: after 0, 3 is drawn 9 times in 10; after 1, 4 times in 5; after 3,
    # 0 is drawn 9 times in 13.
    monkeypatch.setattr(module, "CANDIDATES", 1)
    points = np.array([[0.0], [1.0], [3.0]])
    drawn = [tuple(module._seeds(points, 2, np.random.default_rng(s)).ravel()) for s in range(3000)]
    for first, second, share in ((0.0, 3.0, 0.9), (1.0, 3.0, 0.8), (3.0, 0.0, 9 / 13)):
        after = [pair[1] for pair in drawn if pair[0] == first]
        assert len(after) == pytest.approx(1000, abs=100)
        assert np.mean([value == second for value in after]) == pytest.approx(share, abs=0.04)


def test_the_best_of_a_few_seeds_is_taken(monkeypatch):
    monkeypatch.setattr(module, "CANDIDATES", 50)
    points = np.array([[0.0], [10.0], [11.0], [12.0]])
    for seed in range(20):
        first, second = module._seeds(points, 2, np.random.default_rng(seed)).ravel()
        assert second == {0.0: 11.0}.get(first, 0.0)


def test_seeds_are_different_points():
    points = np.random.default_rng(0).normal(size=(12, 2))
    for seed in range(50):
        assert len(np.unique(module._seeds(points, 12, np.random.default_rng(seed)), axis=0)) == 12


@pytest.mark.parametrize("n", [1, 3, 6])
def test_no_cluster_is_empty_among_doubles(n):
    points = np.array([[0.0, 0.0]] * 4 + [[1.0, 1.0]] * 2)
    for seed in range(10):
        found = kmeans(points, n, rng=np.random.default_rng(seed), restarts=1)
        assert np.unique(found.cluster).tolist() == list(range(n))


def test_an_empty_cluster_takes_the_farthest_point():
    points = np.array([[0.0], [1.0], [2.0], [9.0]])
    filled = module._filled(np.array([0, 0, 0, 0]), points, np.array([[1.0], [500.0]]))
    assert filled.tolist() == [0, 0, 0, 1]
    # Farthest from its own centre, not from the origin or from the others.
    spread = np.array([[-9.0], [-8.0], [-3.0], [7.0]])
    for sign in (1, -1):
        centres = sign * np.array([[-9.0], [8.0], [99.0]])
        assert module._filled(np.array([0, 0, 0, 1]), sign * spread, centres).tolist() == [0, 0, 2, 1]
    # A point that is all of its cluster stays: the farthest of the others goes.
    filled = module._filled(np.array([0, 0, 0, 1]), points, np.array([[1.0], [30.0], [500.0]]))
    assert np.bincount(filled).tolist() == [2, 1, 1]
    assert filled[3] == 1


def test_says_how_many_restarts_found_the_best():
    apart = np.array([[0.0], [0.1], [50.0], [50.1]])
    assert kmeans(apart, 2, rng=np.random.default_rng(0), restarts=7).found == 7
    tries = [kmeans(POINTS, 6, rng=np.random.default_rng(s), restarts=1).within for s in range(20)]
    assert len(np.unique(np.round(tries, 9))) > 1
    rng = np.random.default_rng(5)
    alone = [
        module._lloyd(POINTS - POINTS.mean(0), module._seeds(POINTS - POINTS.mean(0), 6, rng))[1] for _ in range(9)
    ]
    found = kmeans(POINTS, 6, rng=np.random.default_rng(5), restarts=9)
    assert found.within == min(alone)
    assert found.found == sum(np.isclose(alone, min(alone), rtol=1e-6))


def test_one_cluster_explains_nothing_and_as_many_as_points_all():
    points = np.random.default_rng(0).normal(size=(6, 2))
    assert kmeans(points, 1, rng=np.random.default_rng(0)).explained == pytest.approx(0.0)
    assert kmeans(points, 6, rng=np.random.default_rng(0)).explained == pytest.approx(1.0)
    assert kmeans(np.ones((3, 2)), 2, rng=np.random.default_rng(0)).explained == 1.0
