"""The best linear coarse-graining: published numbers, proofs by the bound, brute force in small systems."""

import numpy as np
import pytest

from causalgrain import CausalGrainError, Recording
from causalgrain.information.gaussian import gaussian_ei
from causalgrain.information.gaussian_scales import best_linear_scale, dj_parts, macro_system
from causalgrain.information.linear import LinearGaussian

LIU = np.array([[0.6, 0.2, 0, 0], [0.2, 0.7, 0.1, 0], [0, 0.1, 0.4, 0.1], [0, 0, 0.1, 0.3]])
DECAYS = np.array([0.99, 0.9] + [0.7] * 2 + [0.5] * 4 + [0.3] * 8 + [0.1] * 16)


def tilted(seed, n=3):
    """A system with nothing symmetric about it."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, n))
    noise = rng.normal(size=(n, n))
    return LinearGaussian(0.9 * a / np.abs(np.linalg.eigvals(a)).max(), noise @ noise.T + 0.1 * np.eye(n))


def channel_by_hand(system, w):
    """I(Wx; Wx') from the joint covariance of the two."""
    c = system.C
    now, after = w @ c @ w.T, w @ (system.A @ c @ system.A.T + system.S) @ w.T
    cross = w @ system.A @ c @ w.T
    joint = np.block([[now, cross.T], [cross, after]])
    return 0.5 * np.log(np.linalg.det(now) * np.linalg.det(after) / np.linalg.det(joint)) / len(w)


@pytest.mark.parametrize(("k", "dj"), [(1, 0.665636), (2, 0.388604), (3, 0.221879), (4, 0.0)])
def test_liu_yuan_zhang(k, dj):
    """arXiv 2405.09207, their formula for dJ with the optimum of the example."""
    found = best_linear_scale(LinearGaussian(LIU, 0.01), k, measure="J", box=0.5)
    assert found.emergence == pytest.approx(dj, abs=1e-6)
    assert found.micro == pytest.approx(0.07892760357232277, abs=1e-13)
    assert found.proved
    assert pytest.approx(np.eye(k), abs=1e-12) == found.W @ found.W.T
    if k == 1:
        assert found.value == pytest.approx(0.7445640302134484, abs=1e-12)
    assert found.determinism_part == pytest.approx(0, abs=1e-12)  # noise alike in all directions
    assert found.value - found.micro == pytest.approx(found.determinism_part + found.degeneracy_part)


def test_dj_parts_with_unequal_noise():
    a, s, w = np.diag([0.5, 0.8]), np.diag([0.01, 0.04]), np.array([[1.0, 0.0]])
    determinism, degeneracy = dj_parts(a, s, w)
    assert determinism == pytest.approx(0.25 * np.log(0.0004) - 0.5 * np.log(0.01))
    assert degeneracy == pytest.approx(np.log(0.5) - 0.5 * np.log(0.4))


def test_channel_of_thirty_two_dimensions_is_proved_and_rotation_free():
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(32, 32)))[0]
    system = LinearGaussian(rotation @ np.diag(DECAYS) @ rotation.T, 0.01)
    for k, exact in zip(
        (32, 16, 8, 4, 2, 1), (0.140476, 0.275927, 0.504699, 0.865557, 1.394442, 1.958518), strict=True
    ):
        found = best_linear_scale(system, k)
        assert found.proved
        assert found.value == pytest.approx(exact, abs=1e-6)
        assert found.closure == pytest.approx(1)
        assert found.emergence == pytest.approx(found.determinism_part + found.degeneracy_part)
    assert abs(found.W[0] @ rotation[:, 0]) / np.linalg.norm(found.W[0]) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("measure", ["channel", "J"])
def test_one_dimension_against_brute_force(seed, measure):
    """Every direction of three dimensions on a fine grid: none beats what was found, none beats the bound."""
    system = tilted(seed)
    found = best_linear_scale(system, 1, measure=measure)
    polar, around = np.meshgrid(np.linspace(0, np.pi / 2, 120), np.linspace(0, 2 * np.pi, 480))
    grid = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], -1).reshape(-1, 3)
    if measure == "channel":
        c = system.C
        cross = np.einsum("ti,ij,tj->t", grid, system.A @ c, grid)
        correlation = cross / np.einsum("ti,ij,tj->t", grid, c, grid)
        values = -0.5 * np.log(1 - correlation**2)
        assert channel_by_hand(system, found.W) == pytest.approx(found.value)
    else:
        values = np.log(np.abs(np.einsum("ti,ij,tj->t", grid, system.A, grid)))
        values += np.log(2) - 0.5 * np.log(2 * np.pi * np.e * np.einsum("ti,ij,tj->t", grid, system.S, grid))
    assert values.max() <= found.value + 1e-9
    assert values.max() == pytest.approx(found.value, abs=2e-3)
    assert found.value <= found.bound + 1e-12
    assert not found.proved


@pytest.mark.parametrize("measure", ["channel", "J"])
def test_random_planes_are_no_better(measure):
    system = tilted(5, n=4)
    found = best_linear_scale(system, 2, measure=measure)
    rng = np.random.default_rng(0)
    for _ in range(300):
        w = np.linalg.qr(rng.normal(size=(4, 2)))[0].T
        if measure == "channel":
            assert channel_by_hand(system, w) <= found.value + 1e-9
        else:
            assert sum(dj_parts(system.A, system.S, w)) <= found.emergence + 1e-9


def test_macro_system_is_a_regression():
    """Simulated: the macro variable's own least squares give the macro system's weights and noise."""
    system, w = tilted(1), np.array([[1.0, -0.5, 0.2]])
    rng = np.random.default_rng(0)
    x = rng.multivariate_normal(np.zeros(3), system.C, size=200_000)
    after = x @ system.A.T + rng.multivariate_normal(np.zeros(3), system.S, size=len(x))
    now, then = (x @ w.T).ravel(), (after @ w.T).ravel()
    slope = (now @ then) / (now @ now)
    macro = macro_system(system, w)
    assert macro.A[0, 0] == pytest.approx(slope, abs=0.01)
    assert macro.S[0, 0] == pytest.approx(np.var(then - slope * now), rel=0.01)


def test_turning_system_hides_from_one_dimension():
    """A rotation by a right angle: any one variable says nothing of itself a step later, two say all."""
    system = LinearGaussian([[0.0, -0.9], [0.9, 0.0]], 1.0)
    one, two = best_linear_scale(system, 1), best_linear_scale(system, 2)
    assert one.value == pytest.approx(0, abs=1e-9)
    assert one.closure == pytest.approx(0, abs=1e-9)
    assert two.value == pytest.approx(-0.5 * np.log(1 - 0.81))
    assert two.proved


@pytest.mark.parametrize(
    ("system", "k", "settings", "message"),
    [
        (LinearGaussian(np.eye(2) * 0.5, 1.0), 3, {}, "from 1 to 2"),
        (LinearGaussian(np.eye(2) * 0.5, 1.0), 0, {}, "from 1 to 2"),
        (LinearGaussian(np.diag([0.5, 0.0]), 1.0), 1, {"measure": "J"}, "invertible"),
        (LinearGaussian(np.eye(2) * 0.5, np.diag([1.0, 0.0])), 1, {}, "noise in every direction"),
        (LinearGaussian(np.eye(2) * 0.5, 1.0, covariance=np.diag([1.0, 0.0])), 1, {}, "moves in every direction"),
        (LinearGaussian(np.eye(2) * 0.5, 1.0), 1, {"measure": "EI"}, "channel"),
    ],
)
def test_what_is_refused(system, k, settings, message):
    with pytest.raises(CausalGrainError, match=message):
        best_linear_scale(system, k, **settings)


def test_a_recording_is_fitted_first():
    rng = np.random.default_rng(0)
    x = np.zeros((3000, 2))
    for t in range(2999):
        x[t + 1] = np.array([0.9, 0.1]) * x[t] + rng.standard_normal(2)
    recording = Recording(x, 1.0)
    found = best_linear_scale(recording, 1)
    own = np.corrcoef(x[:-1, 0], x[1:, 0])[0, 1]  # .917: what these samples have, not what made them
    assert found.value == pytest.approx(-0.5 * np.log(1 - own**2), abs=0.01)
    assert "not recorded" in found.provenance.caution
    assert gaussian_ei(recording).total == pytest.approx(found.value, abs=0.05)


def test_macro_system_refuses_rows_made_of_each_other():
    with pytest.raises(CausalGrainError, match="independent rows"):
        macro_system(tilted(0), np.ones((2, 3)))
