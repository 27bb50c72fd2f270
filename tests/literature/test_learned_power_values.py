"""Causal power of learned maps: numbers of the literature, recomputed, and the traps of public codes.

Liu, Yuan & Zhang (2024) arXiv 2405.09207 for linear Gaussian systems; Zhang & Liu (2023) Entropy 25:26 for the
small-noise form; the 32-dimensional system, the white-noise trap and the table of exact values are the package's own
reference cases, worked out apart from it.
"""

import numpy as np
import pytest

from causalgrain.information.gaussian import box_channel
from causalgrain.information.gaussian_scales import best_linear_scale
from causalgrain.information.linear import LinearGaussian
from causalgrain.learned.power import causal_power
from causalgrain.learned.shares import scale_shares

DIMS = (32, 16, 8, 4, 2, 1)
DECAYS = np.array([0.99, 0.9] + [0.7] * 2 + [0.5] * 4 + [0.3] * 8 + [0.1] * 16)
LINEAR = np.array([[0.6, 0.2, 0, 0], [0.2, 0.7, 0.1, 0], [0, 0.1, 0.4, 0.1], [0, 0, 0.1, 0.3]])


def printed(value, digits):
    return pytest.approx(value, abs=0.5 * 10**-digits + 1e-12)


def linear_power(a, s, y, **settings):
    a = np.asarray(a)
    return causal_power(
        lambda y: y @ a.T, s, y, jacobian=lambda y: np.broadcast_to(a, (len(y), *a.shape)), draws=16, **settings
    )


def exact_samples(covariance, n=200):
    """Samples whose own mean is 0 and whose own covariance is the one given."""
    white = np.random.default_rng(0).standard_normal((n, len(covariance)))
    white -= white.mean(0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(white.T).reshape(white.shape[1], -1)), white.T).T
    return white @ np.linalg.cholesky(covariance).T


@pytest.mark.parametrize(
    ("a", "s", "exact", "formula"),
    [
        (1.0, 0.01, 3.88841, 3.87938),
        (1.0, 0.1, 1.66711, 1.57679),
        (1.0, 0.5, 0.41869, -0.03264),
        (0.9, 0.1, 1.57179, 1.47143),
        (0.5, 0.1, 1.06429, 0.88365),
    ],
)
def test_one_dimension_exact_against_the_formula(a, s, exact, formula):
    """y' = a y + e, y uniform in [-1, 1]: the small-noise form is below the truth, and can be negative."""
    y = np.linspace(-1, 1, 200)[:, None]
    j = linear_power([[a]], s * s, y, intervention="box-fixed", estimator="small-noise")
    assert j.value == printed(formula, 5)
    true = causal_power(lambda y: a * y, s * s, y, intervention="box-fixed", estimator="monte-carlo")
    assert true.value == pytest.approx(exact, abs=3.5 * true.error + 1e-5)
    assert true.error < 0.002
    assert linear_power([[a]], s * s, y, intervention="box-fixed").value > exact  # an upper bound for a box


def test_liu_yuan_zhang_2024():
    """A of their example, S = .01, box [-1/2, 1/2]: J .0789276, best k = 1 .7445640, dJ .665636 .388604 .221879."""
    y = np.random.default_rng(0).standard_normal((50, 4))
    micro = linear_power(LINEAR, 0.01, y, intervention="box-fixed", estimator="small-noise", box=0.5)
    assert micro.value == pytest.approx(0.07892760357232277, abs=1e-12)
    for k, gain in zip((1, 2, 3), (0.665636, 0.388604, 0.221879), strict=True):
        values, vectors = np.linalg.eigh(LINEAR)
        w = vectors[:, np.argsort(-np.abs(values))[:k]].T  # A is symmetric: its leading directions are the best
        macro = linear_power(
            w @ LINEAR @ w.T, 0.01, y @ w.T, intervention="box-fixed", estimator="small-noise", box=0.5
        )
        assert macro.value - micro.value == printed(gain, 6)
        if k == 1:
            assert macro.value == pytest.approx(0.7445640302134484, abs=1e-12)


def test_32_dimensions_gaussian():
    truth = (0.140476, 0.275927, 0.504699, 0.865557, 1.394442, 1.958518)
    rng = np.random.default_rng(1)
    for d, value in zip(DIMS, truth, strict=True):
        turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
        a = turn @ np.diag(DECAYS[:d]) @ turn.T
        y = exact_samples(turn @ np.diag(0.01 / (1 - DECAYS[:d] ** 2)) @ turn.T)
        assert linear_power(a, 0.01, y).value == printed(value, 6)


def test_32_dimensions_on_a_box():
    """Small-noise .012 .750 1.127 1.370 1.519 1.567, the truth .559 .974 1.273 1.482 1.615 1.658."""
    formula = (0.012, 0.750, 1.127, 1.370, 1.519, 1.567)
    exact = (0.559, 0.974, 1.273, 1.482, 1.615, 1.658)
    rng = np.random.default_rng(0)
    for d, low, true in zip(DIMS, formula, exact, strict=True):
        a, y = np.diag(DECAYS[:d]), rng.uniform(-1, 1, (100, d))
        j = linear_power(a, 0.01, y, intervention="box-fixed", estimator="small-noise")
        assert j.value == printed(low, 3)
        assert np.mean([box_channel(v / 0.1) for v in DECAYS[:d]]) == printed(true, 3)
        if d <= 2:
            simulated = causal_power(
                lambda y, a=a: y @ a, 0.01, y, intervention="box-fixed", estimator="monte-carlo", draws=2048
            )
            assert simulated.value == pytest.approx(true, abs=4 * simulated.error + 5e-4)


def test_the_white_noise_trap():
    """Nothing but noise, 32 traces, 1,000 samples, least squares, J over the box of the data: dJ_1 = +.8, always."""
    rows = []
    for seed in range(20):
        x = np.random.default_rng(seed).standard_normal((2001, 32))
        now, then = x[:1000], x[1:1001]
        a = np.linalg.lstsq(now, then, rcond=None)[0].T
        s = np.cov((then - now @ a.T).T)
        values, vectors = np.linalg.eigh(0.5 * (a + a.T))
        w = vectors[:, [np.argmax(np.abs(values))]].T
        a1, s1 = w @ a @ w.T, np.cov((then @ w.T - now @ w.T @ (w @ a @ w.T).T).T).reshape(1, 1)
        new, newer = x[1000:2000] @ w.T, x[1001:] @ w.T
        b = (new * newer).sum(keepdims=True) / (new * new).sum()
        left = np.cov((newer - b * new).T).reshape(1, 1)
        small = {"intervention": "box-data", "estimator": "small-noise"}
        rows.append(
            [
                linear_power(a, s, now, **small).value,
                linear_power(a1, s1, now @ w.T, **small).value,
                linear_power(a, s, now).value,
                linear_power(a1, s1, now @ w.T).value,
                linear_power(b, left, new).value,
            ]
        )
    j32, j1, in32, in1, held_out = np.mean(rows, axis=0)  # over 20 runs; s.d. of one run .09 in j1 and .004 in in1
    assert j32 == pytest.approx(-1.77, abs=0.04)
    assert j1 == pytest.approx(-0.97, abs=0.06)
    assert j1 - j32 == pytest.approx(0.80, abs=0.06)
    assert (np.array(rows)[:, 1] > np.array(rows)[:, 0]).all()
    assert in32 == pytest.approx(0.017, abs=0.001)
    assert in1 == pytest.approx(0.029, abs=3 * 0.004 * np.sqrt(2 / 20))
    assert held_out == pytest.approx(0.0005, abs=0.0005)


def test_the_jacobian_of_what_is_predicted():
    """E ln|d tanh(2x)/dx| = -.322677 on [-1, 1]; the slope without the tanh, ln 2, is 1.0158 nats too much."""
    jax = pytest.importorskip("jax")
    y = np.linspace(-1, 1, 200)[:, None]
    j = causal_power(
        lambda y: jax.numpy.tanh(2 * y), 0.01, y, intervention="box-fixed", estimator="small-noise", draws=2**14
    )
    assert j.value - np.log(2) + 0.5 * np.log(2 * np.pi * np.e * 0.01) == pytest.approx(-0.322677, abs=2e-6)
    assert j.error < 2e-6


def test_an_absolute_error_in_place_of_a_variance():
    """Public code puts E|e| where the variance belongs: at s = .03 that is -1.64 nats per dimension."""
    y = np.linspace(-1, 1, 100)[:, None]
    how = {"intervention": "box-fixed", "estimator": "small-noise"}
    right = linear_power([[1.0]], 0.03**2, y, **how)
    wrong = linear_power([[1.0]], 0.03 * np.sqrt(2 / np.pi), y, **how)
    assert wrong.value - right.value == pytest.approx(-1.64, abs=0.005)


def test_complexity_over_scales():
    found = scale_shares([1, 0.9, 1.6, 4], dims=[8, 4, 2, 1])
    assert found.complexity == printed(1.352724, 6)


def test_the_best_linear_scale_has_the_power_that_the_baseline_says():
    system = LinearGaussian(LINEAR, 0.01)
    best = best_linear_scale(system, 2)
    macro = best.macro
    y = exact_samples(np.asarray(best.W) @ system.C @ np.asarray(best.W).T)
    assert linear_power(macro.A, macro.S, y).value == pytest.approx(best.value, abs=1e-9)
