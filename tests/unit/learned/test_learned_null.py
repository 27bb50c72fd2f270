"""Nulls of a whole fit: the same procedure on surrogates, seeded, at equal length and selection."""

import numpy as np
import pytest

from causalgrain import CausalGrainError, CausalGrainWarning
from causalgrain.learned.learned_null import NULLS, fit_seed, learned_null, rank_against, surrogate_values


def ar1(n, units, decay, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, units))
    for t in range(1, n):
        x[t] = decay * x[t - 1] + np.sqrt(1 - decay**2) * x[t]
    return x


def fit(values, segments, seed):
    """Least squares within segments, and the best single direction of it: selection, in sample."""
    now = np.vstack([values[a : b - 1] for a, b in segments])
    then = np.vstack([values[a + 1 : b] for a, b in segments])
    now, then = now - now.mean(0), then - then.mean(0)
    weights = np.linalg.lstsq(now, then, rcond=None)[0].T
    return weights, np.cov((then - now @ weights.T).T), np.cov(now.T)


def measure(fitted):
    """Channel power per dimension of everything, and of the best direction by the whitened map."""
    a, s, c = fitted
    n = len(a)
    every = 0.5 * np.linalg.slogdet(np.eye(n) + np.linalg.solve(s, a @ c @ a.T))[1] / n
    best = 0.5 * np.log1p(np.linalg.eigvals(np.linalg.solve(s, a @ c @ a.T)).real.max())
    return [every, best]


def test_selection_alone_makes_emergence_and_the_null_knows():
    """Independent AR(1) traces: in-sample emergence is large in all, and rejected in about one of twenty."""
    rejected, emergence = 0, []
    for seed in range(20):
        found = learned_null(ar1(400, 6, 0.6, seed), fit, measure, draws=19, seed=seed)
        emergence.append(found.emergence[1])
        rejected += found.emergence_p[1] <= 0.05
    assert min(emergence) > 0.02
    assert rejected <= 3


@pytest.mark.parametrize("null", sorted(NULLS))
def test_what_each_null_can_see(null):
    """A trace that drives another linearly: seen beside independent surrogates, not beside common phases."""
    x = ar1(600, 3, 0.5, 0)
    x[1:, 1] += 1.5 * x[:-1, 0]
    found = learned_null(x, fit, measure, null=null, draws=19, seed=1)
    assert (found.p_max[0] <= 0.05) == (null != "common_phases")
    assert ("non-linearity only" in found.provenance.caution) == (null == "common_phases")
    assert found.method == null
    assert f"19 surrogates by {null}" in repr(found)


@pytest.mark.parametrize("null", sorted(NULLS))
def test_surrogates_keep_what_they_should(null):
    x = ar1(301, 3, 0.8, 0)
    x[:, 1] = x[:, 0] + 0.5 * x[:, 1]
    y = surrogate_values(x, null, 2, seed=5)
    assert y.shape == x.shape
    assert y.mean(0) == pytest.approx(x.mean(0))
    assert y.std(0) == pytest.approx(x.std(0))
    assert np.abs(np.fft.rfft(y, axis=0)) == pytest.approx(np.abs(np.fft.rfft(x, axis=0)))
    before, after = np.corrcoef(x.T)[0, 1], np.corrcoef(y.T)[0, 1]
    if null == "common_phases":
        assert after == pytest.approx(before)
    else:
        assert abs(after) < 0.5 < before
    if null == "circular_shift":
        assert np.sort(y, axis=0).tolist() == np.sort(x, axis=0).tolist()


def test_streams_follow_from_the_seed_and_the_draw():
    seeds, shapes, values = [], [], []

    def record(x, segments, seed):
        seeds.append(seed)
        shapes.append((x.shape, segments.tolist()))
        values.append(x.copy())
        return x

    x = ar1(200, 2, 0.5, 0)
    segments = [[0, 90], [110, 200]]
    few = learned_null(x, record, lambda x: [x[0, 0], x[1, 0]], segments=segments, draws=3, seed=7)
    assert len(set(seeds)) == 4
    assert seeds == [fit_seed(7, i) for i in (-1, 0, 1, 2)]
    assert set(map(str, shapes)) == {str(((200, 2), segments))}
    assert values[0].tolist() == x.tolist()
    assert [v.tolist() for v in values[1:]] == [
        surrogate_values(x, "circular_shift", i, segments=segments, seed=7).tolist() for i in range(3)
    ]
    assert all((v[90:110] == x[90:110]).all() for v in values)  # outside segments nothing moves
    more = learned_null(x, record, lambda x: [x[0, 0], x[1, 0]], segments=segments, draws=5, seed=7)
    assert more.null[:3].tolist() == few.null.tolist()
    other = learned_null(x, record, lambda x: [x[0, 0], x[1, 0]], segments=segments, draws=3, seed=8)
    assert (other.null != few.null).any()


def test_ranks_by_hand():
    null = np.array([[0.0, 0.0], [1.0, 0.2], [2.0, 0.4], [np.nan, 0.0]])
    found = rank_against(np.array([1.0, 5.0]), null, "circular_shift")
    assert found.failed == 1
    assert found.p.tolist() == [0.75, 0.25]  # (1 + 2) / 4: a tie counts against; (1 + 0) / 4
    assert found.p_max[1] == 0.25
    assert found.excess == pytest.approx([0.0, 4.8])
    assert found.emergence.tolist() == [0.0, 4.0]
    assert np.isnan(found.emergence_p[0])
    assert found.emergence_p[1] == 0.25
    assert "of 3 surrogates no p can be .05" in found.provenance.caution


def test_failed_fits_are_left_out_and_said():
    value, null = np.array([1.0]), np.full((20, 1), np.nan)
    null[:5] = 0.0
    with pytest.warns(CausalGrainWarning, match="15 of 20 surrogates"):
        found = rank_against(value, null, "circular_shift")
    assert found.failed == 15
    assert found.p.tolist() == [1 / 6]
    broken = rank_against(np.array([np.nan, 1.0]), np.zeros((19, 2)), "circular_shift")
    assert np.isnan(broken.p[0])
    assert np.isnan(broken.p_max).all()
    assert np.isnan(broken.emergence_p).all()


def test_short_segments_of_slow_traces_are_warned_of():
    x = ar1(400, 2, 0.97, 0)
    segments = [[i, i + 20] for i in range(0, 400, 20)]
    with pytest.warns(CausalGrainWarning, match="rotated traces lose pauses"):
        found = learned_null(x, fit, measure, segments=segments, draws=19)
    assert "independent_phases" in found.provenance.caution


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"null": "time_shuffle"}, "circular_shift"),
        ({"draws": 0}, "draws"),
        ({"seed": -1}, "seed"),
        ({"values": np.zeros(5)}, "two dimensions"),
        ({"values": np.full((50, 2), np.nan), "null": "independent_phases"}, "finite"),
        ({"segments": [[0, 500]]}, "samples from 0 to 100"),
        ({"measure": lambda fitted: np.zeros((2, 2))}, "one number a scale"),
    ],
)
def test_what_is_refused(change, said):
    settings = {"values": ar1(100, 2, 0.5, 0), "fit": fit, "measure": measure, "draws": 2} | change
    values, how, what = (settings.pop(name) for name in ("values", "fit", "measure"))
    with pytest.raises(CausalGrainError) as caught:
        learned_null(values, how, what, **settings)
    assert said in str(caught.value)


def test_a_measure_keeps_its_number_of_scales():
    sizes = iter([[1.0, 2.0], [1.0]])
    with pytest.raises(CausalGrainError, match=r"always as many \(2\)"):
        learned_null(ar1(100, 2, 0.5, 0), fit, lambda fitted: next(sizes), draws=2)
