"""Emergence and shares over scales; what drives a macro variable."""

import numpy as np
import pytest

from causalgrain import CausalGrainError
from causalgrain.learned.shares import driven_share, scale_shares


def test_scales_come_in_any_order_micro_first():
    found = scale_shares([4.0, 1.0, 1.6, 0.9], dims=[1, 32, 2, 8])
    assert found.dims == (32, 8, 2, 1)
    assert found.values.tolist() == [1.0, 0.9, 1.6, 4.0]
    assert found.emergence == pytest.approx([0.0, -0.1, 0.6, 3.0])
    assert found.shares == pytest.approx(np.array([1.0, 0.0, 0.6, 2.4]) / 4)
    assert found.complexity == pytest.approx(1.352724, abs=1e-6)
    assert found.best == 1
    assert "emergent complexity 1.3527 bits" in repr(found)
    assert not found.values.flags.writeable


def test_a_negative_micro_value_is_said():
    found = scale_shares([-1.77, -0.97], dims=[32, 1])
    assert found.emergence[1] == pytest.approx(0.8)
    assert found.complexity == 0.0
    assert "isn't positive" in found.provenance.caution


@pytest.mark.parametrize(
    ("values", "dims", "said"),
    [
        ([1.0, 2.0], [1], "2 different numbers"),
        ([1.0, 2.0], [1, 1], "each scale once"),
        ([1.0, 2.0], [0, 1], "dims, item 0"),
        ([1.0, -np.inf], [2, 1], "NaN or infinity"),
        ([[1.0]], [1], "different numbers"),
    ],
)
def test_scales_that_are_refused(values, dims, said):
    with pytest.raises(CausalGrainError) as caught:
        scale_shares(values, dims)
    assert said in str(caught.value)


def made(n=6000, seed=0, own=0.6, news=0.5, dims=2):
    """y' = own y + news v + e of unit variance, v known to the finer scale only."""
    rng = np.random.default_rng(seed)
    now, v, e = rng.standard_normal((3, n, dims))
    after = own * now + news * v + np.sqrt(1 - own**2 - news**2) * e
    mixed = np.hstack([now, v]) @ rng.standard_normal((2 * dims, 2 * dims))
    return after, now, mixed


def test_the_parts_are_what_was_put_in():
    found = driven_share(*made())
    assert found.causal == pytest.approx(0.36, abs=0.02)
    assert found.driven == pytest.approx(0.25, abs=0.02)
    assert found.noise == pytest.approx(0.39, abs=0.02)
    assert found.causal + found.driven + found.noise == pytest.approx(1)
    assert found.of_explained == pytest.approx(found.causal / (found.causal + found.driven))
    for value, low, high in zip((0.36, 0.25, 0.39), found.low, found.high, strict=True):
        assert low < value < high
    assert (found.high - found.low).max() < 0.08
    assert "input-driven 0.2" in repr(found)


def test_time_runs_one_way():
    """A variable that copies what the finer scale was: driven forward, and not at all from a finer scale of later."""
    rng = np.random.default_rng(0)
    v = rng.standard_normal((5001, 1))
    y = np.vstack([np.zeros((1, 1)), v[:-1]]) + 0.1 * rng.standard_normal((5001, 1))
    found = driven_share(y[1:], y[:-1], v[:-1])
    assert found.driven > 0.95
    late = driven_share(y[:-1], y[1:], v[1:])
    assert abs(late.driven) < 0.01
    assert abs(late.causal) < 0.01


def test_no_affine_map_of_a_latent_moves_the_shares():
    after, now, finer = made(1500)
    rng = np.random.default_rng(3)
    t, u = rng.standard_normal((2, 2)), rng.standard_normal((4, 4))
    one = driven_share(after, now, finer, draws=10)
    other = driven_share(after @ t + 5.0, now @ t + 5.0, finer @ u - 2.0, draws=10)
    for name in ("causal", "driven", "noise"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), abs=1e-8)
    assert other.low == pytest.approx(one.low, abs=1e-8)


def test_noise_is_noise_however_many_predictors_there_are():
    rng = np.random.default_rng(0)
    found = driven_share(
        rng.standard_normal((500, 4)), rng.standard_normal((500, 4)), rng.standard_normal((500, 60)), draws=10
    )
    assert abs(found.causal) < 0.01
    assert abs(found.driven) < 0.01  # plain least squares gives -.15 here
    assert found.noise == pytest.approx(1, abs=0.02)


def test_a_finer_scale_that_holds_the_variable_adds_nothing():
    rng = np.random.default_rng(1)
    now = rng.standard_normal((3000, 2))
    after = 0.8 * now + 0.6 * rng.standard_normal((3000, 2))
    found = driven_share(
        after, now, np.hstack([now @ np.array([[1.0, 2.0], [0.0, 1.0]]), rng.standard_normal((3000, 6))])
    )
    assert found.causal == pytest.approx(0.64, abs=0.03)
    assert abs(found.driven) < 0.003
    assert found.of_explained == pytest.approx(1, abs=0.01)


def test_a_bent_map_wants_the_models_prediction():
    rng = np.random.default_rng(2)
    now = rng.standard_normal((3000, 1))
    after = now**2 + 0.5 * rng.standard_normal((3000, 1))
    finer = np.hstack([now, now**2])
    straight = driven_share(after, now, finer, draws=10)
    bent = driven_share(after, now, finer, predicted=now**2, draws=10)
    assert straight.causal < 0.02
    assert straight.driven > 0.85
    assert bent.causal > 0.85
    assert abs(bent.driven) < 0.01


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"now": np.zeros((10, 2))}, "200 pairs, like after"),
        ({"predicted": np.zeros((10, 2))}, "200 pairs, like after"),
        ({"finer": np.random.default_rng(0).standard_normal((200, 120))}, "for 122 predictors"),
        ({"after": np.ones((200, 2))}, "moves in every direction"),
        ({"after": np.full((200, 2), np.nan)}, "NaN or infinity"),
        ({"folds": 1}, "folds"),
        ({"block": 150}, "at least two blocks"),
    ],
)
def test_what_is_refused(change, said):
    after, now, finer = made(200)
    settings = {"after": after, "now": now, "finer": finer} | change
    with pytest.raises(CausalGrainError) as caught:
        driven_share(**settings)
    assert said in str(caught.value)
