"""Fixed points of maps: where they are, of what kind, and that none is missed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain import InputError
from causalgrain.learned.fixed_points import data_box, fixed_points


def cubic(x):
    return x + 0.1 * (x - x**3)


def well_and_contraction(y):
    """Double well along the first axis, contraction along the second: two nodes and a saddle between them."""
    return np.stack([cubic(y[:, 0]), 0.5 * y[:, 1]], axis=1)


def turned(step, angle):
    """The same map in coordinates rotated by `angle` (y = R z)."""
    r = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return lambda y: step(y @ r) @ r.T


def test_cubic_map():
    """x + .1 (x - x^3): -1, 0, 1 with multipliers .8, 1.1, .8."""
    found = fixed_points(cubic, (-2, 2))
    np.testing.assert_allclose(found.points[:, 0], [-1, 0, 1], atol=1e-9)
    np.testing.assert_allclose(found.multipliers[:, 0], [0.8, 1.1, 0.8], atol=1e-8)
    assert found.kinds == ("stable", "unstable", "stable")
    assert found.signature == "2 stable, 1 unstable"
    assert found.index.tolist() == [-1, 1, -1]
    assert found.complete
    assert "multipliers 1.1" in repr(found)
    assert found.table["kind"].tolist() == list(found.kinds)


def test_a_multiplier_is_that_of_the_map_and_not_of_its_increment():
    """Where the increment falls steeply, the map flips: slope -1.5 of f, -2.5 of f(y) - y; both are unstable, .5 isn't."""
    assert fixed_points(lambda y: -1.5 * y, (-1, 1)).kinds == ("unstable",)
    assert fixed_points(lambda y: -0.5 * y, (-1, 1)).kinds == ("stable",)
    assert fixed_points(lambda y: 1.0 - y, (-1, 2)).kinds == ("neutral",)


def test_only_inside_the_box_and_at_its_edge():
    assert fixed_points(cubic, (-0.5, 2)).signature == "1 stable, 1 unstable"
    assert fixed_points(cubic, (0.25, 0.75)).signature == "none"
    assert fixed_points(cubic, (-1, 1)).signature == "2 stable, 1 unstable"


def test_two_roots_between_two_grid_points_and_one_that_only_touches():
    gap = 1e-3
    close = fixed_points(lambda y: y - ((y - 0.30003) ** 2 - gap**2), (-1, 1), grid=101)
    np.testing.assert_allclose(close.points[:, 0], [0.30003 - gap, 0.30003 + gap], atol=1e-9)
    assert close.kinds == ("unstable", "stable")
    touch = fixed_points(lambda y: y - (y - 0.30003) ** 2, (-1, 1), grid=101)
    assert touch.kinds == ("neutral",)
    assert touch.points[0, 0] == pytest.approx(0.30003, abs=1e-6)
    kink = fixed_points(lambda y: y + np.abs(y - 0.3031) - 1e-3, (-1, 1), grid=101)
    np.testing.assert_allclose(kink.points[:, 0], [0.3021, 0.3041], atol=1e-9)


def test_identity_has_no_single_points():
    found = fixed_points(lambda y: y, (-1, 1))
    assert len(found) == 0
    assert not found.complete
    assert "no single points" in repr(found)
    assert not fixed_points(lambda y: y, [[-1, -1], [1, 1]]).complete


@given(st.lists(st.integers(-90, 90), min_size=1, max_size=6, unique=True), st.sampled_from([-1.0, 1.0]))
@settings(max_examples=30, deadline=None)
def test_all_roots_of_polynomials(roots, sign):
    """Roots on a lattice of .02, off the grid of the search; signs of the slope alternate."""
    roots = np.sort(roots) / 50.0

    def step(y):
        return y + sign * 0.02 * np.prod(y - roots, axis=1, keepdims=True)

    found = fixed_points(step, (-2.0, 2.0))
    np.testing.assert_allclose(found.points[:, 0], roots, atol=1e-6)
    assert (np.diff(found.index) != 0).all()


@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0])
def test_nodes_and_saddle(angle):
    """The saddle leaves along the wells' axis and is reached along the other, whichever way the axes are turned."""
    found = fixed_points(turned(well_and_contraction, angle), [[-2, -2], [2, 2]])
    assert found.complete
    assert found.signature == "2 stable node, 1 saddle"
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    saddle = found.kinds.index("saddle")
    np.testing.assert_allclose(found.points[saddle], 0.0, atol=1e-9)
    np.testing.assert_allclose(found.multipliers[saddle], [1.1, 0.5], atol=1e-8)
    assert abs(found.directions[saddle, 0] @ along) == pytest.approx(1.0, abs=1e-8)
    assert abs(found.directions[saddle, 1] @ across) == pytest.approx(1.0, abs=1e-8)
    nodes = found.points[[k for k in range(3) if k != saddle]]
    np.testing.assert_allclose(np.abs(nodes @ along), 1.0, atol=1e-9)
    np.testing.assert_allclose(nodes @ across, 0.0, atol=1e-9)
    assert found.index.sum() == 1


def test_directions_of_a_map_that_is_not_symmetric():
    """f = A y, A = [[1.2, .7], [0, .5]]: unstable along (1, 0), stable along (-1, 1)/sqrt 2; A's transpose differs."""
    a = np.array([[1.2, 0.7], [0.0, 0.5]])
    found = fixed_points(lambda y: y @ a.T, [[-1, -1], [1, 2]])
    np.testing.assert_allclose(np.abs(found.directions[0, 0]), [1.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(found.directions[0, 1] @ [1, 1], 0.0, atol=1e-9)
    np.testing.assert_allclose(found.jacobians[0], a, atol=1e-9)


@pytest.mark.parametrize(
    ("modulus", "angle", "expected"),
    [(0.9, 0.5, "stable focus"), (1.1, 0.5, "unstable focus"), (0.9, 0.0, "stable node"), (1.1, 0.0, "unstable node")],
)
def test_foci_and_nodes(modulus, angle, expected):
    r = modulus * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = fixed_points(lambda y: 0.2 + (y - 0.2) @ r.T, [[-1, -1], [1, 1]])
    assert found.kinds == (expected,)
    assert found.complete
    np.testing.assert_allclose(found.points, 0.2, atol=1e-8)
    assert np.isnan(found.directions).all() == (angle != 0)


def test_nine_points_of_a_product_of_wells_and_an_off_centre_box():
    """Two double wells: 4 stable nodes, 4 saddles, 1 unstable node; the indices sum to 1 over the full box."""

    def both(y):
        return np.stack([cubic(y[:, 0]), cubic(y[:, 1])], axis=1)

    full = fixed_points(both, [[-2, -2], [2, 2]])
    assert full.signature == "4 stable node, 4 saddle, 1 unstable node"
    assert full.index.sum() == 1
    assert full.complete
    part = fixed_points(both, [[-2, -0.5], [0.5, 2]])
    assert part.signature == "1 stable node, 2 saddle, 1 unstable node"
    edge = fixed_points(both, [[-1, -1], [1, 1]])
    assert edge.signature == full.signature


def test_a_pair_inside_one_cell():
    """A saddle and a node 4e-3 apart are invisible to the count of turns (indices +1 and -1), not to the search."""

    def step(y):
        return np.stack([y[:, 0] - ((y[:, 0] - 0.3) ** 2 - 4e-6), 0.5 * y[:, 1]], axis=1)

    found = fixed_points(step, [[-1, -1], [1, 1]])
    assert found.signature == "1 stable node, 1 saddle"
    np.testing.assert_allclose(found.points[:, 0], [0.298, 0.302], atol=1e-7)


def test_sine_lattice_finds_all():
    """y + .1 sin(4 y_1), .1 sin(4 y_2): fixed points at multiples of pi/4, 7 x 7 in a box of 5.2 on a side."""
    found = fixed_points(lambda y: y + 0.1 * np.sin(4 * y), [[-2.6, -2.6], [2.6, 2.6]])
    assert len(found) == 49
    assert found.complete
    assert found.signature == "16 stable node, 24 saddle, 9 unstable node"
    places = np.round(found.points / (np.pi / 4), 6)
    np.testing.assert_allclose(places, np.rint(places), atol=1e-5)


def test_single_precision_maps():
    """A map computed in single precision gives the same kinds; its differences must not be taken too closely."""
    found = fixed_points(lambda y: cubic(np.asarray(y, dtype=np.float32)), (-2, 2))
    np.testing.assert_allclose(found.points[:, 0], [-1, 0, 1], atol=1e-4)
    np.testing.assert_allclose(found.multipliers[:, 0].real, [0.8, 1.1, 0.8], atol=2e-3)
    plane = fixed_points(lambda y: well_and_contraction(np.asarray(y, dtype=np.float32)), [[-2, -2], [2, 2]])
    assert plane.signature == "2 stable node, 1 saddle"


def test_a_box_far_from_zero():
    found = fixed_points(lambda y: 1000 + cubic(y - 1000), (998, 1002))
    assert found.signature == "2 stable, 1 unstable"
    shifted = fixed_points(lambda y: 1000 + well_and_contraction(y - 1000), [[998, 998], [1002, 1002]])
    assert shifted.signature == "2 stable node, 1 saddle"


def test_few_sizes_of_batches():
    """A map in JAX is compiled for every size: there are a handful, whatever the search does."""
    sizes = set()

    def step(y):
        sizes.add(len(y))
        return well_and_contraction(y)

    fixed_points(step, [[-2, -2], [2, 2]])
    assert len(sizes) <= 9


def test_errors_say_what_to_do():
    with pytest.raises(InputError, match="scales of one and two dimensions"):
        fixed_points(lambda y: y, np.zeros((2, 3)))
    with pytest.raises(InputError, match="data_box"):
        fixed_points(cubic, (1, 1))
    with pytest.raises(InputError, match="one state a row"):
        fixed_points(lambda y: y[0], (-1, 1))
    with pytest.raises(InputError, match="Narrow the box"):
        fixed_points(lambda y: np.where(y > 0.5, np.nan, y), (-1, 1))
    with pytest.raises(InputError, match="constant at 3"):
        data_box(np.full(10, 3.0))


def test_results_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        fixed_points(cubic, (-2, 2)).points[0] = 5.0
