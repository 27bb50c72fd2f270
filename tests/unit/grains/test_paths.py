"""The path to the peak: made-up profiles with answers by hand, and real ones."""

from itertools import pairwise, permutations

import numpy as np
import pytest
import xarray as xr

import causalgrain as cg
from causalgrain._provenance import Provenance
from causalgrain.grains.lattice import GrainTable, grains_of, join
from causalgrain.grains.order import coarsens
from causalgrain.grains.paths import grain_path
from causalgrain.profile import GrainProfile, Measure


def profile_of(phis, n=3, others=False):
    """A profile in which grains have these values of Phi; others 0, or not admitted."""
    names = tuple("ABCDEF"[:n])
    sets = [[i for i in range(n) if mask >> i & 1] for mask in range((1 << n) - 1, 0, -1)]
    table = join([grains_of(s, names) for s in sets])
    labels = [table.label(row) for row in range(len(table))]
    assert set(phis) <= set(labels)
    values = np.array([phis.get(label, 0.0) for label in labels])
    admitted = np.array([others or label in phis for label in labels])
    data = xr.Dataset(
        {
            "phi": (("grain", "condition", "draw"), values[:, None, None]),
            "admitted": ("grain", admitted),
            "reason": ("grain", np.where(admitted, "", "conditionally dependent")),
            "level": ("grain", table.level),
            "nodes": ("grain", table.n_nodes),
        },
        coords={"condition": ["all"]},
    )
    measures = (Measure("phi", "", "made up", "maximum"),)
    return GrainProfile(data, table, measures, "made up", Provenance("made", {}, "0" * 16, {}, "made up"))


def labels_of(steps):
    return [step.label for step in steps]


RING = {"ABC": 0.1, "{AB}{C} ON=2|1": 0.3, "{A}{BC} ON=1|2": 0.2, "{ABC} ON=3": 0.0}


def test_every_maximum_on_the_path():
    path = grain_path(profile_of(RING))
    assert (path.peak.label, path.peak.value) == ("{AB}{C} ON=2|1", 0.3)
    assert labels_of(path.to_peak) == ["ABC", "{AB}{C} ON=2|1"]
    assert labels_of(path.beyond) == ["{ABC} ON=3"]
    assert (path.from_micro, path.every_maximum, path.by_ascent, path.single_peaked) == (True, True, True, True)
    assert [(m.level, m.phi, m.on_path, m.label) for m in path.maxima] == [
        (0, 0.1, True, "ABC"),
        (1, 0.3, True, "{AB}{C} ON=2|1"),
        (2, 0.0, None, "{ABC} ON=3"),
    ]
    assert path.missed == ()
    assert path.ties == ()


def test_a_maximum_off_the_path_is_said():
    path = grain_path(profile_of(RING | {"{ABC} ON=3": 0.05, "{ABC} ON=1,2": 0.15}))
    assert [m.on_path for m in path.maxima] == [True, True, False]
    assert path.missed == (2,)
    assert labels_of(path.beyond) == ["{ABC} ON=3"]
    assert path.every_maximum  # up to the peak
    shown = [line.split("  ")[-1] for line in repr(path).splitlines()[4:5]]
    assert shown == ["0.050000"]
    assert "0.150000  {ABC} ON=1,2       0  no" in repr(path)


def test_a_peak_above_no_micro_maximum():
    # The micro maximum is BC, which says nothing of A.
    path = grain_path(profile_of({"ABC": 0.1, "BC": 0.2, "{AB}{C} ON=2|1": 0.3}))
    assert (path.from_micro, path.every_maximum, path.by_ascent) == (False, False, False)
    assert labels_of(path.to_peak) == ["ABC", "{AB}{C} ON=2|1"]
    assert path.missed == (0,)
    assert "reached from the micro maximum: no" in repr(path)


def test_most_maxima_before_the_largest_sum():
    phis = {
        "ABCD": 0.1,
        "{AB}{C}{D} ON=2|1|1": 0.3,
        "{A}{B}{CD} ON=1|1|2": 0.29,
        "{AB}{CD} ON=2|2": 0.05,
        "{A}{BCD} ON=1|3": 0.5,  # not of {AB}{C}{D}
        "{AD}{BC} ON=1|1": 0.6,  # not below the peak
        "{ABCD} ON=4": 0.9,
    }
    path = grain_path(profile_of(phis, 4))
    assert labels_of(path.to_peak) == ["ABCD", "{AB}{C}{D} ON=2|1|1", "{AB}{CD} ON=2|2", "{ABCD} ON=4"]
    assert path.missed == (2,)
    # Equally many: the larger sum.
    path = grain_path(profile_of(phis | {"{A}{B}{CD} ON=1|1|2": 0.3}, 4))
    assert labels_of(path.to_peak) == ["ABCD", "{A}{B}{CD} ON=1|1|2", "{A}{BCD} ON=1|3", "{ABCD} ON=4"]


def test_a_level_without_phi_is_nothing_to_pass():
    phis = {
        "ABCD": 0.3,
        "{AB}{C}{D} ON=2|1|1": 0.0,
        "{AB}{CD} ON=2|2": 0.1,
        "{AC}{BD} ON=2|2": 0.2,
        "{A}{BCD} ON=1|1": 0.5,
        "{ABCD} ON=4": 0.9,
    }
    path = grain_path(profile_of(phis, 4))
    assert labels_of(path.to_peak) == ["ABCD", "{AC}{BD} ON=2|2", "{ABCD} ON=4"]
    assert [(m.on_path, m.step is None) for m in path.maxima] == [
        (True, False),
        (None, True),
        (False, False),
        (True, False),
    ]
    assert not path.every_maximum


def test_a_maximum_that_does_not_lead_to_the_peak():
    phis = {
        "ABCD": 0.1,
        "{AB}{C}{D} ON=2|1|1": 0.3,
        "{A}{B}{CD} ON=1|1|2": 0.2,
        "{AB}{CD} ON=2|2": 0.4,
        "{A}{BCD} ON=1|3": 0.9,
    }
    path = grain_path(profile_of(phis, 4))
    # {A}{BCD} ON=1|3 is no function of {AB}{C}{D}.
    assert path.peak.label == "{A}{BCD} ON=1|3"
    assert labels_of(path.to_peak) == ["ABCD", "{A}{B}{CD} ON=1|1|2", "{A}{BCD} ON=1|3"]
    assert path.missed == (1,)
    assert (path.from_micro, path.every_maximum) == (True, False)
    # Ascent goes to {AB}{C}{D} and from there can't arrive.
    assert not path.by_ascent
    assert grain_path(profile_of(phis | {"{AB}{CD} ON=2|2": 0.95}, 4)).by_ascent


def test_a_path_through_tied_maxima():
    phis = {"ABC": 0.1, "{AB}{C} ON=2|1": 0.2, "{A}{BC} ON=1|2": 0.2 + 1e-12, "{ABC} ON=3": 0.5, "{ABC} ON=1": 0.5}
    path = grain_path(profile_of(phis))
    assert [len(m.rows) for m in path.maxima] == [1, 2, 2]
    # {ABC} ON=1 is named first by the profile, but is a function of neither pair grain: the tied one has the path.
    assert path.peak.label == "{ABC} ON=3"
    assert path.ties == ("{ABC} ON=1",)
    assert "the peak is tied with 1 more: {ABC} ON=1" in repr(path)
    assert labels_of(path.to_peak) == ["ABC", "{AB}{C} ON=2|1", "{ABC} ON=3"]
    assert path.every_maximum
    # Without the tie: from the micro grain straight to it.
    path = grain_path(profile_of(phis | {"{ABC} ON=3": 0.4}))
    assert labels_of(path.to_peak) == ["ABC", "{ABC} ON=1"]
    assert [m.on_path for m in path.maxima] == [True, False, True]
    assert not path.every_maximum
    assert not path.by_ascent


def test_rise_by_hand():
    # Levels 0-3, peak at 3: maxima .1 .2 .3 .4 rise; closeness -3 -2 -1 0.
    rising = {"ABCD": 0.1, "{AB}{C}{D} ON=2|1|1": 0.2, "{AB}{CD} ON=2|2": 0.3, "{ABCD} ON=4": 0.4}
    path = grain_path(profile_of(rising, 4))
    assert path.rise == pytest.approx(1.0)
    assert path.rise_p == pytest.approx(1 / 6)
    assert path.single_peaked
    # .3 .2 .1 .4: three pairs against, three (with the peak) for.
    falling = dict(zip(rising, (0.3, 0.2, 0.1, 0.4), strict=True))
    path = grain_path(profile_of(falling, 4))
    assert path.rise == pytest.approx(0.0)
    assert path.rise_p == pytest.approx(1.0)
    assert not path.single_peaked
    # Peak at level 1; levels 0 and 2 equally close. Pairs 0-3 and 2-3 for, those with the peak for: 5 of 5, ties one.
    inner = dict(zip(rising, (0.2, 0.4, 0.3, 0.1), strict=True))
    path = grain_path(profile_of(inner, 4))
    assert path.rise == pytest.approx(5 / np.sqrt(5 * 6))
    # Of the 6 orders of the other three, the 2 with the smallest far away reach it.
    assert path.rise_p == pytest.approx(2 / 6)


def test_p_of_the_rise_is_that_of_permuted_tables():
    from scipy.stats import kendalltau

    profile = cg.scan(cg.published("hoel2016-fig4"), "000000")
    path = grain_path(profile)
    levels = np.array([m.level for m in path.maxima])
    values = np.array([m.phi for m in path.maxima])
    close = -np.abs(levels - path.peak.grain.level)
    at = int(np.flatnonzero(close == 0)[0])
    others = [i for i in range(len(levels)) if i != at]
    above = []
    for order in permutations(others):
        moved = values.copy()
        moved[others] = values[list(order)]
        above.append(kendalltau(close, moved).statistic >= path.rise - 1e-12)
    assert path.rise == pytest.approx(kendalltau(close, values).statistic)
    assert path.rise_p == pytest.approx(np.mean(above))
    assert 0 < path.rise_p < 0.2
    admitted = profile.admitted
    far = np.abs(profile.grains.level - path.peak.grain.level)  # type: ignore[attr-defined]
    # Every pair of grains, equal to 1e-9 or not.
    near, phi = -far[admitted], profile.values()[admitted]
    a, b = np.subtract.outer(near, near), np.subtract.outer(phi, phi)
    a, b = np.sign(a), np.sign(b) * (np.abs(b) > 1e-9)
    assert path.rise_grains == pytest.approx((a * b).sum() / np.sqrt((a != 0).sum() * (b != 0).sum()), abs=1e-9)


def test_a_peak_at_the_micro_level():
    path = grain_path(cg.scan(cg.published("hoel2016-fig6"), "111111"))
    assert labels_of(path.to_peak) == ["EF"]
    assert labels_of(path.beyond) == ["{EF} ON=1"]
    assert path.every_maximum
    assert path.by_ascent
    assert path.rise == pytest.approx(1.0)
    assert path.missed == (1, 2, 3, 4)


def test_a_path_through_longer_macro_steps():
    network = cg.Network(np.random.default_rng(8).random((16, 2)), order=2)
    profile = cg.scan(network, "01 10", max_tau=2, max_dependence=1.0)
    path = grain_path(profile)
    assert [m.level for m in path.maxima] == sorted(set(profile.grains.level.tolist()))  # type: ignore[attr-defined]
    for fine, coarse in pairwise((*path.to_peak, *path.beyond)):
        assert coarsens(fine.grain, coarse.grain)
        assert fine.grain.level < coarse.grain.level


def test_provenance_and_caution_go_along():
    profile = cg.scan(cg.published("hoel2016-fig2"), "0000")
    own = grain_path(profile).provenance
    assert own.verb == "grain_path"
    assert own.input_hash == profile.provenance.input_hash
    assert "rise" in own.conventions
    assert "cut ties" in own.conventions
    assert grain_path(profile_of(RING)).provenance.caution == "made up"


def test_what_is_refused():
    net = cg.published("hoel2016-fig2")
    with pytest.raises(cg.InputError, match="expected a grain with Phi > 0"):
        grain_path(profile_of({"ABC": 0.0, "{ABC} ON=3": 0.0}))
    with pytest.raises(cg.InputError, match="Scan without best_only"):
        grain_path(cg.scan(net, "0000", best_only=True))
    profile = profile_of(RING)
    unnamed = profile.admit(profile.admitted, unnamed="it depends")
    with pytest.raises(cg.InputError, match="got it depends"):
        grain_path(unnamed)
    with pytest.raises(cg.InputError, match="grains of a network"):
        grain_path(net)  # type: ignore[arg-type]
    assert isinstance(profile.grains, GrainTable)
    with pytest.raises(cg.InputError, match="Phi at every grain"):
        grain_path(profile.grains)  # type: ignore[arg-type]
