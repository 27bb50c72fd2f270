"""Probabilities from widths: densities against scipy, the fit against known groups, and Bayes' rule by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from causalgrain._errors import InputError
from causalgrain.ensembles.waveform_mixture import (
    NARROW,
    REFERENCE,
    SHARES,
    STRAY,
    fit_two_groups,
    narrow_log_odds,
    narrow_shares,
    predictive,
    reference_log_odds,
    with_prior,
)


@given(st.integers(1, 50), st.floats(-2, 1), st.floats(0, 1))
def test_predictive_is_students_density(n, mean, spread):
    """Against scipy's t with nu = 3 + n - 1 and the pooled variance, and it integrates to 1."""
    nu = 3 + n - 1
    scale = np.sqrt((3 * 0.04 + (n - 1) * spread**2) / nu * (1 + 1 / n))
    x = np.linspace(-3, 2, 11)
    np.testing.assert_allclose(predictive(x, n, mean, spread), stats.t.pdf(x, nu, mean, scale), rtol=1e-9)


def test_predictive_integrates_to_one():
    area = integrate.quad(lambda x: float(predictive(x, 4, -1.0, 0.2)), -np.inf, np.inf)[0]
    assert area == pytest.approx(1.0, abs=1e-6)


def test_few_cells_give_heavy_tails():
    assert predictive(0.8, 2, 0.0, 0.1) > 20 * predictive(0.8, 200, 0.0, 0.1)


def test_reference_log_odds_by_hand():
    x = np.log(0.4)
    inside = sum(SHARES[k] * stats.t.pdf(x, *_student(*REFERENCE[k])) for k in SHARES)
    outside = stats.t.pdf(x, *_student(*REFERENCE["excitatory"]))
    stray = STRAY / np.log(2.0 / 0.08)
    expected = np.log((0.95 * inside + stray) / (0.95 * outside + stray))
    np.testing.assert_allclose(reference_log_odds([0.4]), expected)


def _student(n, mean, spread):
    nu = 3 + n - 1
    return nu, mean, np.sqrt((3 * 0.04 + (n - 1) * spread**2) / nu * (1 + 1 / n))


def test_the_published_medians():
    """Median trough to peak of tagged cells (ms): PV .28, axo-axonic .31, SST .37, VIP .47, pyramidal .78."""
    p = with_prior(reference_log_odds([0.28, 0.31, 0.37, 0.47, 0.78]), 0.2)
    assert (p[:3] > 0.8).all()
    assert 0.2 < p[3] < 0.8  # a VIP cell's waveform doesn't tell
    assert p[4] < 0.05
    assert p[2] > p[3] > p[4]


def test_no_waveform_makes_certain():
    """A share of 5 % strays in both classes bounds the odds."""
    p = with_prior(reference_log_odds(np.geomspace(0.08, 2.0, 200)), 0.2)
    assert p.min() > 0.005
    assert p.max() < 0.97


def test_reference_odds_of_one_class_alone():
    with pytest.raises(InputError, match="give both classes"):
        reference_log_odds([0.3], reference={"SST": (3, -1.0, 0.1)})
    with pytest.raises(InputError, match="give both classes"):
        reference_log_odds([0.3], reference={"excitatory": (3, -0.4, 0.1)})
    with pytest.raises(InputError, match="Use NaN"):
        reference_log_odds([0.3, 0.0])


def test_unknown_width_is_unknown():
    assert np.isnan(reference_log_odds([np.nan])).all()
    assert np.isnan(narrow_log_odds([np.nan])).all()


def test_narrow_is_not_inhibitory():
    """Shares by hand from the counts: 21 of 22, 2 of 3, 2 of 5; none of 13 excitatory."""
    a = 0.4 * 21.5 / 23 + 0.3 * 2.5 / 4 + 0.3 * 2.5 / 6
    b = 0.5 / 14
    assert narrow_shares() == pytest.approx((a, b))
    p = with_prior(narrow_log_odds([1.0, 0.0]), 0.2)
    np.testing.assert_allclose(p, [0.2 * a / (0.2 * a + 0.8 * b), 0.2 * (1 - a) / (0.2 * (1 - a) + 0.8 * (1 - b))])
    assert p[0] < 0.9
    assert p[1] > 0.05
    assert {kind for kind in NARROW if kind != "excitatory"} == set(SHARES)


@given(st.floats(0, 1), st.floats(0.01, 0.99))
def test_no_evidence_leaves_the_prior(q, prior):
    assert with_prior([0.0], prior)[0] == pytest.approx(prior)
    a, b = narrow_shares()
    mixed = (q * a + (1 - q) * (1 - a)) / (q * b + (1 - q) * (1 - b))
    assert narrow_log_odds([q])[0] == pytest.approx(np.log(mixed))


@pytest.mark.parametrize("prior", [0, 1.0, -0.1, np.nan, "many", True])
def test_priors_that_cannot_learn(prior):
    with pytest.raises(InputError, match="prior"):
        with_prior([0.0], prior)


def two(rng, n=300, share=0.2, d=2):
    first = rng.random(n) < share
    x = np.where(first[:, None], rng.normal(-1.3, 0.12, (n, d)), rng.normal(-0.4, 0.12, (n, d)))
    return x, first


def test_groups_that_are_there_are_found():
    x, first = two(np.random.default_rng(0))
    found = fit_two_groups(x)
    assert found.two
    assert found.agreed >= 3
    np.testing.assert_allclose(found.weights[0], first.mean(), atol=0.02)
    np.testing.assert_allclose(found.means, [[-1.3, -1.3], [-0.4, -0.4]], atol=0.03)
    np.testing.assert_allclose(np.sqrt(np.diagonal(found.covariances, axis1=1, axis2=2)), 0.12, atol=0.03)
    assert ((found.narrow > 0.5) == first).mean() > 0.99


def test_likelihood_against_scipy():
    """The log-likelihood told is that of the told groups."""
    x, _ = two(np.random.default_rng(1), 120)
    found = fit_two_groups(x)
    density = sum(
        w * stats.multivariate_normal.pdf(x, m, c)
        for w, m, c in zip(found.weights, found.means, found.covariances, strict=True)
    )
    assert found.log_likelihood == pytest.approx(np.log(density).sum(), abs=1e-6)
    assert found.bic == pytest.approx(8 * np.log(120) - 2 * found.log_likelihood)
    alone = stats.multivariate_normal.logpdf(x, x.mean(axis=0), np.cov(x.T, ddof=0)).sum()
    assert found.bic_one == pytest.approx(5 * np.log(120) - 2 * alone, rel=0.01)


def test_one_feature_has_two_variances():
    x = np.r_[np.random.default_rng(6).normal(-1.3, 0.2, 200), np.random.default_rng(7).normal(-0.2, 0.05, 200)]
    found = fit_two_groups(x[:, None])
    np.testing.assert_allclose(np.sqrt(found.covariances.ravel()), [0.2, 0.05], rtol=0.15)
    assert found.bic == pytest.approx(5 * np.log(400) - 2 * found.log_likelihood)


def test_one_group_is_called_one():
    assert not fit_two_groups(np.random.default_rng(2).normal(-0.5, 0.1, (200, 1))).two


@pytest.mark.parametrize(("first", "second"), [(0.3, 0.08), (0.08, 0.3), (0.15, 0.15)])
@pytest.mark.parametrize("d", [1, 2])
def test_the_widest_spikes_are_never_narrow(first, second, d):
    """A group with the larger spread would take both ends: the probability never turns back."""
    rng = np.random.default_rng(5)
    x = np.r_[rng.normal(-1.3, first, (100, d)), rng.normal(-0.4, second, (200, d))]
    found = fit_two_groups(x)
    if d == 1:
        assert (np.diff(found.of(np.linspace(-3.0, 1.0, 400)[:, None])) <= 1e-12).all()
    ends = found.of(np.array([[-2.0] * d, [0.3] * d]))
    assert ends[0] > 0.9
    assert ends[1] < 0.15


def test_order_and_repeats_of_the_fit():
    """Units in another order give the same groups; the same units the same bytes; other units by .of."""
    x, _ = two(np.random.default_rng(3), 100)
    one, again, turned = fit_two_groups(x), fit_two_groups(x), fit_two_groups(x[::-1])
    assert one.narrow.tobytes() == again.narrow.tobytes()
    np.testing.assert_allclose(turned.narrow[::-1], one.narrow, atol=1e-6)
    np.testing.assert_allclose(one.of(x), one.narrow)
    assert one.means[0, 0] < one.means[1, 0]


def test_missing_features_stay_unknown():
    x, _ = two(np.random.default_rng(4), 60)
    x[5, 1] = np.nan
    found = fit_two_groups(x)
    assert np.isnan(found.narrow[5])
    assert found.n == 59
    assert np.isnan(found.of([[np.nan, 0.0]]))[0]


@pytest.mark.parametrize(("x", "got"), [(np.zeros((5, 1)), "5 units"), (np.zeros((50, 1)), "one and the same value")])
def test_units_that_cannot_be_parted(x, got):
    with pytest.raises(InputError, match=got):
        fit_two_groups(x)
