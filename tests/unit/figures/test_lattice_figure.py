"""The lattice figure: what is drawn is the scan and its path."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains.order import lattice
from causalgrain.grains.paths import grain_path


@pytest.fixture(scope="module")
def profile():
    return cg.scan(cg.published("hoel2016-fig4"), "000000", "full")


def line(ax, label):
    return next(one for one in ax.lines if one.get_label() == label).get_ydata()


def test_path_maxima_and_peak(profile):
    path = grain_path(profile)
    ax = cg.grain_lattice(profile, path=path).axes[0]
    assert line(ax, "path to the peak").tolist() == [step.value for step in path.to_peak]
    assert line(ax, "and beyond it").tolist() == [path.peak.value, *(step.value for step in path.beyond)]
    assert line(ax, "maximum of the level").tolist() == [m.phi for m in path.maxima]
    assert path.missed == (4,)  # "except the example shown in B at level 4"
    assert ax.texts[0].get_text().startswith("{AB}{CD}{EF} ON=2|2|2\nPhi = 0.834")


def test_every_admitted_grain_is_a_point_at_its_level(profile):
    ax = cg.grain_lattice(profile, covers=False).axes[0]
    points = ax.collections[0].get_offsets()
    rows = np.flatnonzero(profile.admitted)
    assert len(ax.collections) == 1
    np.testing.assert_allclose(points[:, 1], profile.values()[rows])
    assert (np.abs(points[:, 0] - profile.data["level"].values[rows]) < 0.5).all()
    # Points of equal Phi at one level don't hide each other.
    assert len({tuple(point) for point in np.asarray(points).tolist()}) == len(rows)


def test_edges_are_the_covers(profile):
    order = lattice(profile)
    ax = cg.grain_lattice(profile, covers=order).axes[0]
    assert len(ax.collections[0].get_segments()) == len(order.covers)
    heights = np.array([segment[:, 1] for segment in ax.collections[0].get_segments()])
    np.testing.assert_allclose(heights, profile.values()[order.covers])


def test_errors_tell_the_remedy(profile):
    with pytest.raises(cg.InputError, match=r"grain_path\(profile\)"):
        cg.grain_lattice(profile, path="micro")
    dead = cg.scan(cg.Network(np.full((4, 2), 0.5)), "00")
    with pytest.raises(cg.InputError, match="Phi > 0"):
        cg.grain_lattice(dead)
