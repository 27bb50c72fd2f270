"""Causal power of learned maps: closed forms, laws, forms of functions, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain import CausalGrainError
from causalgrain.information.gaussian import gaussian_ei
from causalgrain.information.linear import LinearGaussian
from causalgrain.learned.jacobians import AUTOMATIC, DIFFERENCES, GIVEN
from causalgrain.learned.power import causal_power

jax = pytest.importorskip("jax")
jnp = jax.numpy

A = np.array([[0.9, 0.4, 0.0], [-0.2, 0.5, 0.3], [0.1, 0.0, 0.7]])
S = np.array([[0.20, 0.05, 0.00], [0.05, 0.10, 0.02], [0.00, 0.02, 0.40]])


def latent(n=300, d=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + rng.standard_normal(d)


@pytest.mark.parametrize("intervention", ["gaussian", "ellipsoid", "box-fixed"])
def test_linear_maps_have_the_closed_forms(intervention):
    y = latent()
    box = 0.7 if intervention == "box-fixed" else None
    truth = gaussian_ei(LinearGaussian(A, S, np.cov(y.T)), intervention=intervention, box=box)
    for estimator, value in (("channel", truth.ei), ("small-noise", truth.j)):
        found = causal_power(
            lambda y: y @ A.T + 3.0, S, y, intervention=intervention, estimator=estimator, box=box, draws=64
        )
        assert found.value == pytest.approx(value, abs=1e-10)
        assert found.total == pytest.approx(3 * value, abs=1e-9)
        assert found.error < 1e-10
        assert found.provenance.conventions["jacobian"] == AUTOMATIC


def test_a_box_by_the_range_of_the_data():
    y = latent()
    half = 0.5 * (y.max(0) - y.min(0))
    found = causal_power(lambda y: y @ A.T, S, y, intervention="box-data", draws=64)
    drive = A @ np.diag(half**2 / 3) @ A.T
    assert found.total == pytest.approx(0.5 * np.linalg.slogdet(np.eye(3) + np.linalg.solve(S, drive))[1])
    j = causal_power(lambda y: y @ A.T, S, y, intervention="box-data", estimator="small-noise", draws=64)
    by_hand = np.log(2 * half).sum() + np.log(abs(np.linalg.det(A))) - 0.5 * np.log(np.linalg.det(2 * np.pi * np.e * S))
    assert j.total == pytest.approx(by_hand)


def bent(y):
    """Batch, numpy: asymmetric and curved, so that a transposed Jacobian would show."""
    return np.stack([np.arctan(y[:, 0] + 2 * y[:, 1]), 0.5 * y[:, 1] + 0.3 * y[:, 0] ** 2], axis=1)


def slopes(y):
    steep = 1 / (1 + (y[:, 0] + 2 * y[:, 1]) ** 2)
    return np.stack([np.stack([steep, 2 * steep], -1), np.stack([0.6 * y[:, 0], 0.5 + 0 * steep], -1)], axis=1)


def test_a_curved_map_against_a_loop_written_out():
    y, s = latent(d=2), np.array([[0.3, 0.1], [0.1, 0.05]])
    found = causal_power(bent, s, y, jacobian=slopes, draws=4096)
    c, rng = np.cov(y.T), np.random.default_rng(9)
    told, volumes = [], []
    for state in rng.multivariate_normal(y.mean(0), c, 20_000):
        f = slopes(state[None])[0]
        told.append(0.25 * np.log(np.linalg.det(np.eye(2) + np.linalg.inv(s) @ f @ c @ f.T)))
        volumes.append(np.log(abs(np.linalg.det(f))))
    error = np.std(told) / np.sqrt(len(told))
    assert found.value == pytest.approx(np.mean(told), abs=4 * (error + found.error))
    j = causal_power(bent, s, y, jacobian=slopes, estimator="small-noise", draws=4096)
    entropy = 0.5 * np.log(np.linalg.det(2 * np.pi * np.e * c)) - 0.5 * np.log(np.linalg.det(2 * np.pi * np.e * s))
    error = 0.5 * np.std(volumes) / np.sqrt(len(volumes))
    assert j.value == pytest.approx(0.5 * (entropy + np.mean(volumes)), abs=4 * (error + j.error))


def test_maps_in_every_form_agree():
    y, s = latent(d=2), np.array([[0.3, 0.1], [0.1, 0.05]])

    def one_jax(y):
        return jnp.stack([jnp.arctan(y[0] + 2 * y[1]), 0.5 * y[1] + 0.3 * y[0] ** 2])

    def one_numpy(y):
        return np.array([np.arctan(float(y[0] + 2 * y[1])), 0.5 * float(y[1]) + 0.3 * float(y[0]) ** 2])

    def opaque(y):
        return bent(np.asarray(y))

    found = {
        name: causal_power(step, s, y, jacobian=jacobian, draws=64)
        for name, step, jacobian in [
            ("batch", bent, slopes),
            ("one state's Jacobian", bent, lambda y: slopes(y[None])[0]),
            ("JAX, one", one_jax, None),
            ("JAX, batch", jax.vmap(one_jax), None),
            ("numpy, one", one_numpy, None),
            ("opaque", opaque, None),
        ]
    }
    values = [one.value for one in found.values()]
    assert values == pytest.approx([values[0]] * 6, abs=1e-9)
    made = [one.provenance.conventions["jacobian"] for one in found.values()]
    assert made == [GIVEN, GIVEN, AUTOMATIC, AUTOMATIC, DIFFERENCES, DIFFERENCES]


def test_a_matrix_times_one_state_is_not_taken_for_a_batch():
    """A @ y runs on a (3, 3) batch too, and gives something else there."""
    y = latent()
    one = causal_power(lambda y: A @ y, S, y[:3].repeat(40, 0) + 0.1 * y[:120], draws=64)
    other = causal_power(lambda y: y @ A.T, S, y[:3].repeat(40, 0) + 0.1 * y[:120], draws=64)
    assert one.value == pytest.approx(other.value, abs=1e-12)


def test_modules_of_equal_shapes_are_compiled_once_and_measured_in_double():
    eqx = pytest.importorskip("equinox")
    traced = []

    class Member(eqx.Module):
        weight: jax.Array

        def step(self, y):
            traced.append(type(y).__name__)
            return jnp.tanh(self.weight @ y)

    y = latent()
    found = []
    for scale in (1.0, 0.5, 0.25):
        member = Member(jnp.asarray(scale * A, dtype=jnp.float32))
        before = sum("Tracer" in name for name in traced)
        found.append(causal_power(member.step, S, y, draws=64).value)
        new = sum("Tracer" in name for name in traced) - before
        assert new == 0 or scale == 1.0  # nothing is traced again for the second and third
    assert found[0] > found[1] > found[2]
    double = causal_power(lambda y: jnp.tanh(A.astype(np.float32) @ y), S, y, draws=64).value
    assert found[0] == pytest.approx(double, abs=1e-12)  # weights are single, all else double


# -- laws --------------------------------------------------------------------------------------------------------


def changed(t, b):
    """The map, its Jacobian and noise of y -> T y + b."""
    back = np.linalg.inv(t)
    return (
        lambda y: bent((y - b) @ back.T) @ t.T + b,
        lambda y: t @ slopes((y - b) @ back.T) @ back,
        lambda s: t @ s @ t.T,
    )


NOISE = np.array([[0.3, 0.1], [0.1, 0.05]])


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from(["gaussian", "ellipsoid"]),
    st.sampled_from(["channel", "small-noise", "monte-carlo"]),
)
def test_gaussian_and_ellipsoid_power_belong_to_the_system(seed, intervention, estimator):
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((2, 2)))[0] for _ in range(2))
    t, b = left @ np.diag(np.exp(rng.uniform(-3, 3, 2))) @ right, rng.standard_normal(2)
    y = latent(100, 2, seed)
    step, jacobian, noise = changed(t, b)
    how = {"intervention": intervention, "estimator": estimator, "draws": 256, "seed": seed}
    one = causal_power(bent, 3 * NOISE, y, jacobian=slopes, **how)
    other = causal_power(step, noise(3 * NOISE), y @ t.T + b, jacobian=jacobian, **how)
    assert other.value == pytest.approx(one.value, abs=1e-6)
    assert other.reach == pytest.approx(one.reach, abs=0.01)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["channel", "small-noise"]))
def test_boxes_of_the_data_belong_to_the_axes(seed, estimator):
    rng = np.random.default_rng(seed)
    t = np.diag(np.exp(rng.uniform(-2, 2, 2)) * rng.choice([-1.0, 1.0], 2))[rng.permutation(2)]
    y, b = latent(100, 2, seed), rng.standard_normal(2)
    step, jacobian, noise = changed(t, b)
    how = {"intervention": "box-data", "estimator": estimator, "draws": 128}
    one = causal_power(bent, NOISE, y, jacobian=slopes, **how)
    assert causal_power(step, noise(NOISE), y @ t.T + b, jacobian=jacobian, **how).value == pytest.approx(
        one.value, abs=1e-6
    )


def test_a_rotation_moves_boxes():
    y = latent(400, 2, 1)
    turn = np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    step, jacobian, noise = changed(turn, np.zeros(2))
    for name in ("box-data", "box-fixed"):
        one = causal_power(bent, NOISE, y, jacobian=slopes, intervention=name)
        other = causal_power(step, noise(NOISE), y @ turn.T, jacobian=jacobian, intervention=name)
        assert abs(other.value - one.value) > 20 * np.hypot(one.error, other.error)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.05, 20.0))
def test_a_fixed_box_is_a_gauge(c):
    """J(c y) = J(y) - ln c."""
    y = latent()
    how = {"intervention": "box-fixed", "estimator": "small-noise", "draws": 16}
    one = causal_power(lambda y: y @ A.T, S, y, jacobian=lambda y: np.broadcast_to(A, (len(y), 3, 3)), **how)
    other = causal_power(
        lambda y: y @ A.T, c * c * S, c * y, jacobian=lambda y: np.broadcast_to(A, (len(y), 3, 3)), **how
    )
    assert other.value == pytest.approx(one.value - np.log(c), abs=1e-9)
    assert "J(c y) = J(y) - ln c" in other.provenance.caution


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.sampled_from(["gaussian", "ellipsoid", "box-data", "box-fixed"]))
def test_channel_power_is_never_negative_nor_below_j(seed, d, intervention):
    rng = np.random.default_rng(seed)
    a, root = rng.standard_normal((d, d)), rng.standard_normal((d, d))
    s, y = root @ root.T + 0.1 * np.eye(d), latent(60, d, seed)
    how = {"jacobian": lambda y: (1 - np.tanh(y @ a.T)[..., None] ** 2) * a, "draws": 64, "intervention": intervention}
    channel = causal_power(lambda y: np.tanh(y @ a.T), s, y, **how)
    j = causal_power(lambda y: np.tanh(y @ a.T), s, y, estimator="small-noise", **how)
    assert channel.value >= 0
    assert channel.value >= j.value - 1e-12


# -- what comes out ----------------------------------------------------------------------------------------------


def test_every_result_says_what_was_done():
    y = latent()
    y = (y - y.mean(0)) / y.std(0)
    found = causal_power(lambda y: y @ A.T, S, y, intervention="box-fixed", box=0.01, draws=100, seed=4)
    assert found.per_draw.shape == (128,)
    assert found.per_draw.mean() == pytest.approx(found.value)
    assert not found.per_draw.flags.writeable
    assert found.latent_low.tolist() == y.min(0).tolist()
    assert found.latent_high.tolist() == y.max(0).tolist()
    assert found.latent_sd == pytest.approx(y.std(0, ddof=1))
    assert (found.set_low.tolist(), found.set_high.tolist()) == ([-0.01] * 3, [0.01] * 3)
    assert found.provenance.settings["seed"] == 4
    assert found.provenance.settings["draws"] == 128
    assert "uniform in [-L, L]" in found.provenance.conventions["intervention"]
    assert "causal power" in repr(found)
    wide = causal_power(lambda y: y @ A.T, S, y, intervention="box-fixed", box=1000.0, draws=128)
    assert wide.reach == 0.0
    assert found.reach > 0.5


def test_error_is_that_of_the_mean_over_draws():
    """E of a curved map by quadrature: 40 seeds lie about it as their errors say."""
    from numpy.polynomial.hermite_e import hermegauss

    y = np.linspace(-2, 2, 101)[:, None]
    nodes, weights = hermegauss(80)
    sd = y.std(ddof=1)
    f = 1.5 * (1 - np.tanh(1.5 * sd * nodes) ** 2)
    truth = float(weights @ (0.5 * np.log1p(f**2 * sd**2 / 0.1)) / weights.sum())
    how = {"jacobian": lambda y: (1.5 * (1 - np.tanh(1.5 * y) ** 2))[..., None], "sampling": "random", "draws": 128}
    found = [causal_power(lambda y: np.tanh(1.5 * y), 0.1, y, seed=seed, **how) for seed in range(40)]
    apart = np.array([(one.value - truth) / one.error for one in found])
    assert 0.6 < np.sqrt((apart**2).mean()) < 1.8  # t with 7 degrees of freedom has 1.18
    assert sum(not one.low <= truth <= one.high for one in found) <= 6
    sobol = causal_power(lambda y: np.tanh(1.5 * y), 0.1, y, jacobian=how["jacobian"], draws=1024)
    assert sobol.value == pytest.approx(truth, abs=2e-3)
    assert sobol.error < 0.2 * found[0].error


def test_the_same_seed_gives_the_same_bytes():
    y = latent()
    for estimator in ("channel", "monte-carlo"):
        one, other, third = (
            causal_power(np.tanh, S, y, estimator=estimator, draws=128, seed=seed) for seed in (1, 1, 2)
        )
        assert one.per_draw.tobytes() == other.per_draw.tobytes()
        assert one.per_draw.tobytes() != third.per_draw.tobytes()


def test_a_singular_map_is_minus_infinity_by_j_only():
    flat = lambda y: y @ np.diag([0.9, 0.0, 0.9])  # noqa: E731
    j = causal_power(flat, S, latent(), estimator="small-noise", draws=64)
    assert j.value == -np.inf
    assert np.isnan(j.error)
    assert "singular somewhere" in j.provenance.caution
    assert causal_power(flat, S, latent(), draws=64).value > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"covariance": np.eye(2)}, "expected shape (3, 3)"),
        ({"covariance": -np.eye(3)}, "positive definite"),
        ({"covariance": np.diag([1.0, 1.0, 0.0])}, "held-out residuals"),
        ({"covariance": [[1, 1, 0], [1, 1, 0], [0, 0, 1]]}, "a direction without noise"),
        ({"covariance": [[1, 0.5, 0], [0, 1, 0], [0, 0, 1]]}, "asymmetric"),
        ({"covariance": np.full((3, 3), np.nan)}, "NaN or infinity"),
        ({"covariance": lambda y: np.eye(3)}, 'estimator="state-dependent"'),
        ({"covariance": lambda y: np.eye(3), "estimator": "state-dependent"}, "at most 2 dimensions"),
        ({"estimator": "chanel"}, "Did you mean 'channel'"),
        ({"intervention": "ellipse"}, "Did you mean 'ellipsoid'"),
        ({"step": lambda y: y[:, :2]}, "shape (5, 2) for a batch"),
        ({"step": lambda y: y / 0 if y.ndim > 5 else np.nan * y}, "NaN or infinity at"),
        ({"step": A}, "expected a function of states, got ndarray"),
        ({"jacobian": lambda y: A[:2]}, "jacobian: expected a function (n, 3) -> (n, 3, 3)"),
        ({"jacobian": lambda y: np.full((len(y), 3, 3), np.inf)}, "NaN or infinity at"),
        ({"samples": np.zeros((10, 3))}, "constant axis"),
        ({"samples": latent()[:3]}, "more than 3 samples"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_refused(change, said):
    settings = {"step": lambda y: y @ A.T, "covariance": S, "samples": latent(), "draws": 64} | change
    step, covariance, samples = (settings.pop(name) for name in ("step", "covariance", "samples"))
    with pytest.raises(CausalGrainError) as caught:
        causal_power(step, covariance, samples, **settings)
    assert said in str(caught.value)


def test_noise_that_depends_on_the_state_wants_a_function():
    with pytest.raises(CausalGrainError, match='estimator="monte-carlo"'):
        causal_power(lambda y: y, 1.0, latent(d=1), estimator="state-dependent")
