"""Linear systems from recordings: known systems found again, pairs inside segments, shrinkage, refusals."""

import numpy as np
import pytest

from causalgrain import CausalGrainError, CausalGrainWarning, Recording, store
from causalgrain.information.gaussian import gaussian_ei
from causalgrain.information.linear import LinearGaussian
from causalgrain.information.linear_fit import linear_fit
from causalgrain.information.linear_moments import block_moments, cut, draw_times, fold_moments
from causalgrain.information.linear_shrink import STRENGTHS, fit_scale, train
from causalgrain.systems.resample import memory_samples

A = np.array([[0.7, 0.3, 0.0], [-0.2, 0.5, 0.0], [0.0, 0.0, 0.1]])
S = np.array([[1.0, 0.3, 0.0], [0.3, 0.5, 0.0], [0.0, 0.0, 2.0]])


def simulated(a, s, samples, seed):
    rng = np.random.default_rng(seed)
    noise = rng.multivariate_normal(np.zeros(len(a)), s, size=samples)
    x = np.zeros((samples, len(a)))
    for t in range(samples - 1):
        x[t + 1] = a @ x[t] + noise[t]
    return x


def white(samples, n, seed):
    return Recording(np.random.default_rng(seed).standard_normal((samples, n)), 10.0)


def test_a_known_system_is_found_again():
    shift = np.array([5.0, -3.0, 100.0])
    fit = linear_fit(Recording(simulated(A, S, 20_000, 0) * [1, 10, 0.1] + shift, 10.0, ["a", "b", "c"]))
    scale = np.diag([1, 10, 0.1])
    truth = LinearGaussian(scale @ A @ np.linalg.inv(scale), scale @ S @ scale)
    assert fit.system.labels == ("a", "b", "c")
    assert np.abs((fit.system.A - truth.A) * np.outer([1, 0.1, 10], [1, 10, 0.1])).max() < 0.03
    assert np.diag(fit.system.S) == pytest.approx(np.diag(truth.S), rel=0.05)
    assert np.diag(fit.system.C) == pytest.approx(np.diag(truth.C), rel=0.1)
    assert fit.mean == pytest.approx(shift, abs=1.0)
    assert gaussian_ei(fit.system).ei == pytest.approx(gaussian_ei(truth).ei, rel=0.05)
    assert fit.score == pytest.approx(gaussian_ei(truth).ei, rel=0.05)
    assert fit.strength < np.inf
    assert "not recorded" in fit.system.caution


def test_least_squares_is_least_squares():
    x = simulated(A, S, 500, 1)
    fit = linear_fit(Recording(x, 1.0), strength=0.0, block=25)
    rows = np.concatenate([np.arange(b, b + 24) for b in range(0, 500, 25)])
    design = np.hstack([np.ones((len(rows), 1)), x[rows]])
    by_hand, *_ = np.linalg.lstsq(design, x[rows + 1], rcond=None)
    assert fit.pairs == len(rows)
    assert pytest.approx(by_hand[1:].T, abs=1e-8) == fit.system.A
    errors = x[rows + 1] - design @ by_hand
    assert fit.S_in_sample == pytest.approx(errors.T @ errors / (len(rows) - 4), rel=1e-6)
    assert np.trace(fit.system.S) > np.trace(errors.T @ errors / len(rows))


def test_held_out_noise_by_hand():
    x = simulated(A, S, 400, 2)
    fit = linear_fit(Recording(x, 1.0), strength=0.0, block=20)
    blocks = [np.arange(b, b + 19) for b in range(0, 400, 20)]
    total = np.zeros((3, 3))
    for fold in range(5):
        out = np.concatenate(blocks[4 * fold : 4 * fold + 4])
        rest = np.concatenate(blocks[: 4 * fold] + blocks[4 * fold + 4 :])
        design = np.hstack([np.ones((len(rest), 1)), x[rest]])
        b, *_ = np.linalg.lstsq(design, x[rest + 1], rcond=None)
        errors = x[out + 1] - np.hstack([np.ones((len(out), 1)), x[out]]) @ b
        total += errors.T @ errors / 380
    assert pytest.approx(total, rel=1e-6) == fit.system.S


def test_no_pair_reaches_across_an_edge():
    """Segments that each stand still at their own level: joined, levels would predict; inside, nothing moves."""
    rng = np.random.default_rng(0)
    segments = np.array([[i * 40, i * 40 + 37] for i in range(20)])
    x = rng.standard_normal((800, 2))
    marked = x.copy()
    for begin, stop in segments:
        marked[begin - 3 : begin] = 1e6  # between segments
        assert stop - begin == 37
    recording = Recording(marked, 1.0, segments=segments)
    blocks = block_moments(marked, segments, 2, 37)
    assert blocks.pairs.tolist() == [35] * 20
    inside = np.concatenate([np.arange(b, s - 2) for b, s in segments])
    z = np.hstack([np.ones((len(inside), 1)), x[inside], x[inside + 2]])
    assert blocks.moments.sum(axis=0) == pytest.approx(z.T @ z)
    assert linear_fit(recording, lag=2).pairs == 700


def test_blocks_of_short_segments():
    assert cut(np.array([[0, 3], [5, 6], [10, 13], [20, 23]]), 6, 1) == [[(0, 3), (10, 13)], [(20, 23)]]
    assert cut(np.array([[0, 3], [5, 15]]), 5, 1) == [[(0, 3)], [(5, 10)], [(10, 15)]]
    with pytest.raises(CausalGrainError, match="longer than the lag"):
        block_moments(np.zeros((6, 1)), np.array([[0, 3], [3, 6]]), 3)


def test_memory_of_a_known_process():
    x = simulated(np.array([[0.8]]), np.array([[0.36]]), 50_000, 3)
    assert memory_samples(x, np.array([[0, 50_000]])) == pytest.approx(1.8 / 0.2, rel=0.15)
    assert memory_samples(np.tile([[1.0], [-1.0]], (50, 1)), np.array([[0, 100]])) == 1.0


def test_copies_of_a_block_stay_in_one_fold():
    blocks = block_moments(np.random.default_rng(0).standard_normal((200, 1)), np.array([[0, 200]]), 1, 10)
    times = draw_times(len(blocks), 5, np.random.default_rng(1))
    assert times.sum() == 20
    assert (times > 1).any()
    folds = fold_moments(blocks, times[None], 5)[0]
    assert folds.sum(axis=0) == pytest.approx(np.tensordot(times, blocks.moments, 1))
    # Cutting the different blocks in five, in order, and counting copies gives the same folds.
    drawn = np.flatnonzero(times)
    parts = [drawn[len(drawn) * f // 5 + (len(drawn) * f % 5 > 0) : -(-len(drawn) * (f + 1) // 5)] for f in range(5)]
    assert sum(map(len, parts)) == len(drawn)
    for fold, part in zip(folds, parts, strict=True):
        assert fold[0, 0] == sum(times[b] * blocks.pairs[b] for b in part)


def test_shrinkage_goes_from_least_squares_to_nothing():
    x = simulated(A, S, 300, 4)
    trained = train(block_moments(x, np.array([[0, 300]]), 1, 15).moments.sum(axis=0)[None])
    fit = fit_scale(trained, 3, np.array(STRENGTHS))
    noise = trained.q[0] - trained.b[0] @ trained.b[0].T
    gains = np.array([np.linalg.svd(np.linalg.solve(np.linalg.cholesky(noise), f))[1] for f in fit.f[0]])
    assert fit.f[0, 0] == pytest.approx(trained.b[0], abs=1e-9)
    assert (fit.f[0, -1] == 0).all()
    for strength, shrunk in zip(STRENGTHS[:-1], gains, strict=False):
        kept = 1 - (strength * np.sqrt(3 / 280) / gains[0]) ** 2
        assert shrunk == pytest.approx(gains[0] * np.maximum(kept, 0), abs=1e-8)
    assert gains[5, 0] > 0.9 * gains[0, 0]  # a large gain stays
    assert gains[5, 2] == pytest.approx(0, abs=1e-9)  # a small one vanishes


def test_the_fit_knows_no_coordinates():
    x = simulated(A, S, 600, 5)
    t = np.array([[1.0, 0.5, 0.0], [0.0, 2.0, -1.0], [0.3, 0.0, 4.0]])
    one, two = linear_fit(Recording(x, 1.0), block=30), linear_fit(Recording(x @ t.T, 1.0), block=30)
    assert two.strength == one.strength
    assert pytest.approx(t @ one.system.A @ np.linalg.inv(t), abs=1e-7) == two.system.A
    assert pytest.approx(t @ one.system.S @ t.T, abs=1e-6) == two.system.S
    assert two.score == pytest.approx(one.score, abs=1e-9)


def test_white_noise_predicts_nothing():
    for seed in range(3):
        fit = linear_fit(white(1000, 32, seed))
        assert gaussian_ei(fit.system).ei < 0.002
        assert fit.score < 0.002


def test_conditions_and_storage(tmp_path):
    from causalgrain.recordings.epochs import Epochs

    still, moving = white(400, 2, 0).values, simulated(A[:2, :2], S[:2, :2], 400, 6)
    recording = Recording(np.vstack([still, moving]), 1.0, epochs=Epochs([0, 400], [400, 800], ["still", "moving"]))
    assert gaussian_ei(linear_fit(recording, condition="still").system).ei < 0.02
    fit = linear_fit(recording, condition="moving")
    assert gaussian_ei(fit.system).ei > 0.2
    again = store.load(store.save(fit, tmp_path / "fit.h5"))
    assert again.system == fit.system
    assert repr(again) == repr(fit)


@pytest.mark.parametrize(
    ("recording", "settings", "message"),
    [
        (lambda: white(100, 32, 0), {}, r"at least 164 pairs for 32 units, got 80. Use at most"),
        (lambda: Recording(np.ones((100, 1)), 1.0), {}, "units that change"),
        (lambda: Recording(np.repeat(white(200, 1, 0).values, 2, axis=1), 1.0), {}, "u0 and u1"),
        (lambda: Recording.from_spikes([[0.1]], duration=1.0), {}, "bin_recording"),
        (lambda: white(100, 2, 0), {"lag": 0}, "lag"),
        (lambda: white(100, 2, 0), {"folds": 2}, "folds"),
        (lambda: white(100, 2, 0), {"block": 50}, "blocks of time"),
        (lambda: white(100, 2, 0), {"strength": -1.0}, "strength"),
        (lambda: np.zeros((400, 2)), {}, "recording: expected a Recording, got ndarray"),
    ],
)
def test_what_is_refused(recording, settings, message):
    with pytest.raises(CausalGrainError, match=message):
        linear_fit(recording(), **settings)


def test_few_pairs_are_warned_of():
    with pytest.warns(CausalGrainWarning, match="pairs for 16 units are few"):
        linear_fit(white(120, 16, 0))


def test_shrinkage_of_a_coarse_scale_counts_all_micro_dimensions():
    """s -> s (1 - (c t / s)^2), t = sqrt(n / N), n = 4 though one dimension is looked at."""
    x = simulated(np.diag([0.6, 0.2, 0.2, 0.1]), np.eye(4), 500, 2)
    moments = block_moments(x, np.array([[0, 500]]), 1, 500).moments.sum(axis=0)
    fit = fit_scale(train(moments), 1, np.array([0.0, 1.5]))
    squared = np.exp(2 * fit.naive_ei) - 1
    kept = 1 - 1.5**2 * 4 / 499 / squared
    assert fit.f[1, 0, 0] == pytest.approx(fit.f[0, 0, 0] * kept)


def test_blocks_are_five_memories_long():
    x = simulated(np.diag([0.8, 0.1]), np.eye(2), 8000, 3)
    blocks = block_moments(x, np.array([[0, 8000]]), 1)
    assert blocks.memory == pytest.approx(9, rel=0.3)  # (1 + a) / (1 - a)
    assert blocks.length == np.ceil(5 * blocks.memory)
