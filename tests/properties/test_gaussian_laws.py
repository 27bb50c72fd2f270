"""Laws of linear Gaussian measures: what a change of coordinates may and may not move."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain.information.gaussian import gaussian_ei
from causalgrain.information.gaussian_scales import best_linear_scale
from causalgrain.information.linear import LinearGaussian


@st.composite
def systems(draw, most=5):
    """A stable system of any kind and an invertible change of its coordinates, well conditioned."""
    n = draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    a, noise, t = rng.normal(size=(3, n, n))
    a *= draw(st.floats(0.1, 0.97)) / np.abs(np.linalg.eigvals(a)).max()
    left, _, right = np.linalg.svd(t)
    change = left @ np.diag(rng.uniform(0.2, 5.0, n)) @ right
    return LinearGaussian(a, noise @ noise.T + 0.05 * np.eye(n)), change, rng


@given(systems())
def test_gaussian_and_ellipsoid_belong_to_the_system(drawn):
    system, change, _ = drawn
    for intervention in ("gaussian", "ellipsoid"):
        here = gaussian_ei(system, intervention=intervention)
        there = gaussian_ei(system.changed(change), intervention=intervention)
        for name in ("ei", "j", "determinism", "degeneracy", "j_degeneracy"):
            assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-7, abs=1e-7)
        assert there.spectrum == pytest.approx(here.spectrum, rel=1e-6, abs=1e-7)


@given(systems())
def test_box_of_the_data_stays_under_scaling_and_permuting(drawn):
    system, _, rng = drawn
    change = rng.permutation(np.diag(rng.uniform(0.2, 5.0, system.n) * rng.choice([-1, 1], system.n)))
    here = gaussian_ei(system, intervention="box-data")
    there = gaussian_ei(system.changed(change), intervention="box-data")
    assert there.ei == pytest.approx(here.ei, rel=1e-7, abs=1e-9)
    assert there.j == pytest.approx(here.j, rel=1e-7, abs=1e-9)


def test_a_rotation_moves_the_box_and_a_scale_the_fixed_one():
    """Two variables of unlike variance: seen along their axes, and turned by 45 degrees."""
    system = LinearGaussian(np.diag([0.95, 0.2]), np.diag([0.01, 0.01]))
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    one, two = (gaussian_ei(s, intervention="box-data").j for s in (system, system.changed(turn)))
    # By hand: ln of the box's half-widths, the geometric mean of the s.d. against the root mean square.
    spread = np.diag(system.C)
    assert two - one == pytest.approx(0.5 * np.log(spread.mean()) - 0.25 * np.log(spread).sum())
    assert two - one > 0.2
    half = system.changed(0.5 * np.eye(2))
    fixed = [gaussian_ei(s, intervention="box-fixed").j for s in (system, half)]
    assert fixed[1] - fixed[0] == pytest.approx(np.log(2))  # J(c y) = J(y) - ln c
    assert gaussian_ei(half, intervention="box-data").j == pytest.approx(one)


@given(systems(most=4))
def test_never_negative_and_in_order(drawn):
    system, _, _ = drawn
    for intervention in ("gaussian", "ellipsoid", "box-data", "box-fixed"):
        found = gaussian_ei(system, intervention=intervention)
        assert found.ei >= 0
        assert 0 <= found.low <= found.high <= found.ei + 1e-12
        assert found.j <= found.ei + 1e-12
        assert (found.spectrum >= 0).all()
    gaussian = gaussian_ei(system)
    assert gaussian.degeneracy == pytest.approx(0, abs=1e-7)
    more = gaussian_ei(LinearGaussian(system.A, 2 * system.S, covariance=system.C))
    assert more.ei <= gaussian.ei + 1e-12


@settings(max_examples=25)
@given(systems(most=4), st.integers(1, 4))
def test_the_best_scale_belongs_to_the_system(drawn, k):
    """Channel EI of a scale: below the bound, the same in all coordinates where it is proved, micro at k = n."""
    system, change, _ = drawn
    k = min(k, system.n)
    here = best_linear_scale(system, k, restarts=0)
    assert here.value <= here.bound + 1e-9
    assert here.value == pytest.approx(gaussian_ei(here.macro).ei, abs=1e-8)
    there = best_linear_scale(system.changed(change), k, restarts=0)
    assert there.bound == pytest.approx(here.bound, rel=1e-6, abs=1e-7)
    if k == system.n:
        assert here.value == pytest.approx(gaussian_ei(system).ei)
        assert here.proved
