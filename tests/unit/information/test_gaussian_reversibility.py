"""Reversibility of linear systems with Gaussian noise."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.information.gaussian_reversibility import gaussian_reversibility
from causalgrain.information.linear import LinearGaussian

MALTHUS = np.array([[1.2, 0, 0, 0], [0, 1.05, 0, 0], [1.2, 0, 0, 0], [0, 1.05, 0, 0]])


def random_system(n, seed, rank=None):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, n))
    if rank is not None:
        a = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, n))
    root = rng.normal(size=(n, n))
    return a, root @ root.T + 0.1 * np.eye(n)


def test_redundant_malthusian_growth():
    """Liu et al. (2025): dGamma_1(0) = .40336; (1/2 - 1/4)^2 ln(28.8 * 22.05), the noise being the same everywhere."""
    found = gaussian_reversibility((MALTHUS, 0.1 * np.eye(4)))
    np.testing.assert_allclose(found.cause, [28.8, 22.05, 0, 0], atol=1e-12)
    np.testing.assert_allclose(found.effect, 10.0, atol=1e-12)
    assert found.rank == 2
    assert found.clear == pytest.approx(0.4033554993146722, abs=1e-14)
    assert found.clear == pytest.approx(np.log(28.8 * 22.05) / 16, abs=1e-14)
    assert gaussian_reversibility((MALTHUS, 0.1), epsilon=0.0).vague == pytest.approx(0.4033554993146722, abs=1e-14)


def test_malthusian_vague_is_not_the_clear_form_cut_short():
    """At epsilon 25 one dimension is kept, and the micro level still has both of its own."""
    found = gaussian_reversibility((MALTHUS, 0.1), epsilon=25.0)
    assert found.effective_rank == 1
    assert found.vague == pytest.approx((np.log(28.8) - np.log(28.8 * 22.05) / 4) / 4, abs=1e-14)
    assert found.vague != pytest.approx((1 - 1 / 4) * np.log(28.8) / 4, abs=0.1)
    assert found.clear == pytest.approx(0.4033554993146722, abs=1e-14)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_gamma_of_a_full_rank_system_from_determinants(alpha):
    """(2 pi / a)^(n/2) |det A|^(1 - a/2) det(S)^(-1/2)."""
    a, s = random_system(4, 0)
    expected = 2 * np.log(2 * np.pi / alpha) + (1 - alpha / 2) * np.linalg.slogdet(a)[1] - 0.5 * np.linalg.slogdet(s)[1]
    found = gaussian_reversibility((a, s), alpha=alpha)
    assert found.log_gamma == pytest.approx(expected, abs=1e-10)
    assert found.gamma == pytest.approx(np.exp(expected), rel=1e-9)
    assert found.clear == pytest.approx(0.0, abs=1e-12)


def test_pseudodeterminant_from_plain_matrices():
    a, s = random_system(5, 1, rank=3)
    precision = np.linalg.inv(s)
    cause = np.sort(np.linalg.eigvalsh(a.T @ precision @ a))[::-1]
    effect = np.sort(np.linalg.eigvalsh(precision))[::-1]
    found = gaussian_reversibility(LinearGaussian(a, s), alpha=0.8)
    assert found.rank == 3
    pdet, det = np.log(cause[:3]).sum(), np.log(effect).sum()
    assert found.log_gamma == pytest.approx(2.5 * np.log(2 * np.pi / 0.8) + 0.3 * pdet + 0.2 * det, abs=1e-9)
    macro = np.log(effect[:3]).mean() - np.log(effect).mean()
    assert found.clear == pytest.approx((1 / 3 - 1 / 5) * 0.3 * pdet + 0.2 * macro, abs=1e-9)


def test_transposing_A_matters():
    a = np.array([[1.0, 2.0], [0.0, 0.5]])
    s = np.diag([1.0, 0.01])
    found, other = (gaussian_reversibility((m, s)).cause for m in (a, a.T))
    np.testing.assert_allclose(found, np.sort(np.linalg.eigvalsh(a.T @ np.diag([1, 100]) @ a))[::-1], rtol=1e-10)
    assert not np.allclose(found, other, rtol=0.01)


def test_vague_of_a_full_rank_system():
    a = np.diag([2.0, 2.0, 0.1, 0.1])
    found = gaussian_reversibility((a, 1.0), epsilon=1.0, alpha=1.0)
    assert (found.rank, found.effective_rank) == (4, 2)
    assert found.vague == pytest.approx(0.25 * (np.log(4) - (2 * np.log(4) + 2 * np.log(0.01)) / 4), abs=1e-12)
    assert found.clear == pytest.approx(0.0, abs=1e-12)


def test_ill_conditioned_but_not_singular():
    """A singular value a million times smaller than another is no zero."""
    assert gaussian_reversibility((np.diag([1.0, 1e-7]), 1.0)).rank == 2
    assert gaussian_reversibility((np.diag([1.0, 1e-14]), 1.0)).rank == 1


def test_singular_noise():
    a, s = np.eye(2), np.diag([1.0, 0.0])
    with pytest.raises(cg.InputError, match=r"S: .*1 of 2 directions without.*noise_floor"):
        gaussian_reversibility((a, s))
    found = gaussian_reversibility((a, s), noise_floor=0.01)
    np.testing.assert_allclose(found.effect, [100, 1 / 1.01], rtol=1e-12)
    assert "noise floor" in found.provenance.caution
    copies = np.ones((3, 3))
    with pytest.raises(cg.InputError, match="2 of 3 directions"):
        gaussian_reversibility((np.eye(3), copies))


def test_nothing_is_caused():
    found = gaussian_reversibility((np.zeros((2, 2)), 0.5), alpha=1.0)
    assert found.rank == 0
    assert np.isnan(found.clear)
    assert np.isnan(found.vague)
    assert found.log_gamma == pytest.approx(np.log(2 * np.pi) + 0.5 * np.log(2), abs=1e-14)
    assert "A is 0" in found.provenance.caution


def test_labelled_layer_says_what_it_did():
    system = LinearGaussian(MALTHUS, 0.1, caution="fitted to 10 samples")
    found = gaussian_reversibility(system, epsilon=1.0)
    assert found.provenance.input_hash == system.hash
    assert "fitted to 10 samples" in repr(found)
    assert "0.403355 nats per dimension (rank 2), vague 0.403355 (2 above 1)" in repr(found)
    assert gaussian_reversibility((np.eye(100), 1e-30)).gamma == np.inf
    with pytest.raises(ValueError, match="read-only"):
        found.cause[0] = 1


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: gaussian_reversibility(MALTHUS), "LinearGaussian"),
        (lambda: gaussian_reversibility((MALTHUS, np.eye(3))), "shape"),
        (lambda: gaussian_reversibility((MALTHUS, -1.0)), "negative eigenvalue"),
        (lambda: gaussian_reversibility((MALTHUS, 0.1), alpha=0.0), "above 0"),
        (lambda: gaussian_reversibility((MALTHUS, 0.1), epsilon=30.0), "28.8"),
        (lambda: gaussian_reversibility((MALTHUS, 0.1), noise_floor=-1.0), "noise_floor"),
        (lambda: gaussian_reversibility((np.full((2, 2), np.nan), 0.1)), "finite"),
    ],
)
def test_errors(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()
