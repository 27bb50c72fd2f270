"""Learning end to end on small systems: the same numbers from the same seed, truths met, failures named, refusals."""

import jax
import numpy as np
import pytest

from causalgrain import CausalGrainError, CausalGrainWarning, Epochs, InputError, Recording, store
from causalgrain.learned import fit
from causalgrain.learned.fit import fit_scales
from causalgrain.learned.learned_scales import LearnedScales

GAINS = np.array([0.9, 0.3, 0.0])
QUICK = {"dims": (3, 1), "seeds": 2, "folds": 2, "steps": 40, "hidden": 4, "couplings": 1}


def bent(samples=1500, seed=0):
    """A linear system seen through an invertible quadratic map: (u1, u2 + u1^2, u3)."""
    rng = np.random.default_rng(seed)
    u = np.zeros((samples, 3))
    for t in range(samples - 1):
        u[t + 1] = GAINS * u[t] + rng.standard_normal(3) * np.sqrt(1 - GAINS**2)
    return u + np.column_stack([np.zeros(samples), 0.7 * u[:, 0] ** 2, np.zeros(samples)])


@pytest.fixture(scope="module")
def learned():
    return fit_scales(bent(), **(QUICK | {"steps": 300, "hidden": 8, "couplings": 2, "learning_rate": 5e-3}))


def test_what_only_a_bent_encoder_sees_is_learned(learned):
    # In the bent channel a linear model leaves a variance of 1.98 - 1.094^2 / 1.98, an encoder that unbends it 1 - .3^2:
    # .21 nats between the two. What it predicts then is the linear system's own I(y; y') = -1/2 sum ln(1 - a^2).
    exact = -0.5 * np.log1p(-(GAINS**2)).sum()
    assert learned.learned[:, 0].all()
    assert learned.mean(learned.score)[0] > learned.mean(learned.score_linear)[0] + 0.1
    model = learned.member(0).scale(3)
    with jax.enable_x64(True):
        y = np.asarray(jax.jit(model.encode)(bent(4000, seed=9)))
        error = y[1:] - np.asarray(model.step(y[:-1]))
        found = 0.5 * (np.linalg.slogdet(np.cov(y.T))[1] - np.linalg.slogdet(np.cov(error.T))[1])
    assert found == pytest.approx(exact, rel=0.12)


def test_scores_rank_what_scales_know_and_beat_persistence(learned):
    score, still = learned.mean(learned.score), learned.mean(learned.score_persistence)
    assert score[0] > score[1] > 0.5
    assert (score > still).all()
    assert (learned.mean(learned.mae) < learned.mean(learned.mae_persistence) + 1e-9).all()


def test_models_are_what_the_result_says_of_them(learned):
    x = bent()
    member = learned.member(3)
    model = member.scale(3)
    assert (member.seed, member.fold) == (1, 1)
    now, then = x[member.held_out], x[member.held_out + 1]
    with jax.enable_x64(True):
        error = np.asarray(model.encode(then)) - np.asarray(model.step(model.encode(now)))
        mae = np.abs(np.asarray(model.predict(now)) - then).mean()
        assert np.abs(np.asarray(model.decode(model.encode(x))) - x).max() < 1e-9
        twice = np.asarray(model.predict(now, 2))
        assert np.abs(twice - np.asarray(model.decode(model.step(model.step(model.encode(now)))))).max() < 1e-9
    # Parameters were trained in single precision; the data of training too.
    assert model.covariance == pytest.approx(error.T @ error / len(error), rel=1e-4, abs=1e-6)
    assert learned.mae[3, 0] == pytest.approx(mae, rel=1e-4)


def test_models_follow_the_precision_that_is_switched_on(learned):
    x = bent(50)
    model = learned.member(0).scale(1)
    assert model.kind == "learned"
    y = jax.jit(model.encode)(x)
    assert (str(y.dtype), model.decode(y).shape) == ("float32", (50, 3))
    with jax.enable_x64(True):
        double = jax.jit(model.encode)(x)
        slope = jax.jit(jax.jacfwd(model.step))(double[0])
        near = (model.step(double[0] + 1e-6) - model.step(double[0] - 1e-6)) / 2e-6
    assert str(double.dtype) == "float64"
    assert np.asarray(double) == pytest.approx(np.asarray(y), abs=1e-4)
    assert np.asarray(slope)[0] == pytest.approx(np.asarray(near), rel=1e-5)


def test_a_result_is_saved_and_loaded_as_it_is(learned, tmp_path, monkeypatch):
    monkeypatch.setitem(store.TYPES, "LearnedScales", "learned.learned_scales")
    back = store.load(store.save(learned, tmp_path / "learned.h5"))
    assert repr(back) == repr(learned)
    one, two = (np.asarray(jax.jit(r.member(2).scale(3).predict)(bent(20))) for r in (back, learned))
    assert one.tobytes() == two.tobytes()
    with pytest.raises(ValueError, match="read-only"):
        learned.score[0] = 0.0


def test_the_linear_start_has_the_information_of_a_linear_system():
    rng = np.random.default_rng(0)
    x = np.zeros((20_000, 3))
    for t in range(len(x) - 1):
        x[t + 1] = GAINS * x[t] + rng.standard_normal(3) * np.sqrt(1 - GAINS**2)
    result = fit_scales(x @ np.array([[1, 0.5, 0], [0, 1, 0.5], [0, 0, 1]]), dims=(3, 1), seeds=1, folds=2, steps=0)
    exact = [-0.5 * np.log1p(-(GAINS**2)).sum(), -0.5 * np.log1p(-0.81)]
    assert result.mean(result.score) == pytest.approx(exact, abs=0.05)  # about 3 standard errors
    assert not result.learned.any()


def test_same_seed_same_bytes_and_another_seed_others():
    x = bent(300)
    one, two, other = (fit_scales(x, **(QUICK | {"seed": seed})) for seed in (4, 4, 5))
    for name, array in one.to_arrays().items():
        assert array.tobytes() == two.to_arrays()[name].tobytes(), name
    assert (one.losses[:, 1:4] != other.losses[:, 1:4]).all()
    assert len(np.unique(one.losses[:, 1])) == len(one)  # every member goes its own way
    again = LearnedScales.from_arrays(one.to_arrays())
    assert repr(again) == repr(one)
    assert again.member(1).scale(1).covariance.tobytes() == one.member(1).scale(1).covariance.tobytes()


def test_conditions_are_learned_for_themselves():
    x = bent(600)
    x[300:] = np.random.default_rng(1).standard_normal((300, 3))
    epochs = Epochs([0.0, 30.0], [30.0, 60.0], ["awake", "asleep"])
    result = fit_scales(Recording(x, 10.0, epochs=epochs), **(QUICK | {"steps": 0, "seeds": 1}))
    assert result.conditions == ("awake", "asleep")
    assert result.mean(result.score, "awake")[0] > 0.5 > 0.1 > result.mean(result.score, "asleep")[0]
    assert [m.condition for m in result.members("asleep")] == ["asleep"] * 2
    only = fit_scales(Recording(x, 10.0, epochs=epochs), **(QUICK | {"steps": 0, "seeds": 1, "conditions": "asleep"}))
    assert only.score[0] == pytest.approx(result.score[2])
    with pytest.raises(InputError, match="Did you mean 'awake'"):
        result.members("awke")


def test_pairs_never_cross_segments():
    # Each segment is constant but for small noise: inside, the next state is the present one; across, it isn't.
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 1, 2)) + 0.1 * rng.standard_normal((200, 4, 2))
    inside = fit_scales(x, dims=(2, 1), seeds=1, folds=2, steps=0)
    across = fit_scales(x.reshape(-1, 2), dims=(2, 1), seeds=1, folds=2, steps=0, gap=1)
    assert inside.mean(inside.score)[0] > across.mean(across.score)[0] + 1.0
    assert inside.n_train[0] + len(inside.member(0).held_out) == 600


def test_a_failed_member_is_named_and_never_averaged_in(monkeypatch):
    made = fit.init_parameters

    def broken(rngs, *rest):
        members = made(rngs, *rest)
        if not broken.done:
            members[1]["scales"][0]["b"] = np.full(3, np.nan)
        broken.done = True
        return members

    broken.done = False
    monkeypatch.setattr(fit, "init_parameters", broken)
    with pytest.warns(CausalGrainWarning, match="condition all, fold 0, seed 1: .* at step 0"):
        result = fit_scales(bent(300), **QUICK)
    assert result.sound.tolist() == [True, False, True, True]
    assert np.isnan(result.score[1]).all()
    assert np.isfinite(result.mean(result.score)).all()
    assert "failed: condition all, fold 0, seed 1" in repr(result)
    assert len(result.members()) == 3
    with pytest.raises(InputError, match="no longer finite"):
        result.member(1)


def test_a_learning_rate_that_breaks_everything_says_so():
    with pytest.raises(CausalGrainError, match="smaller learning_rate"):
        fit_scales(bent(300), **(QUICK | {"learning_rate": 1e30}))


def test_what_cant_be_learned_is_refused():
    x = bent(300)
    with pytest.raises(InputError, match="at least 9 windows to train 3 channels"):
        fit_scales(x[:16], **QUICK)
    with pytest.warns(CausalGrainWarning, match="fewer than 30"):
        fit_scales(x[:42], **(QUICK | {"steps": 0}))
    still = x.copy()
    still[:, 1] = 2.5
    with pytest.raises(InputError, match="constant one in fold 0: x1"):
        fit_scales(still, **QUICK)
    with pytest.raises(InputError, match="made of each other"):
        fit_scales(np.column_stack([x, x[:, 0] - 2 * x[:, 1]]), **QUICK)
    gap = x.copy()
    gap[7, 2] = np.nan
    with pytest.raises(InputError, match="nan in channel x2 at sample 7"):
        fit_scales(gap, **QUICK)
    for wrong, words in [({"dims": (1, 3)}, "descending"), ({"dims": (9,)}, "at most 3"), ({"folds": 0}, "folds"),
                         ({"marginals": "rank"}, "zscore"), ({"conditions": "awake"}, "Recording with epochs")]:  # fmt: skip
        with pytest.raises(InputError, match=words):
            fit_scales(x, **(QUICK | wrong))
