"""Figures of balance over scales: what is drawn is what the results hold."""

from dataclasses import replace

import numpy as np
import pytest

import causalgrain as cg
from causalgrain._provenance import Provenance
from causalgrain.ensembles.collapse import collapse, collapse_error, gaussian_curve, gaussian_depth
from causalgrain.ensembles.cooccurrence import cooccurrence
from causalgrain.ensembles.cumulative import cumulative
from causalgrain.ensembles.excursions import excursions
from causalgrain.ensembles.geometry import ensemble_geometry
from causalgrain.ensembles.ladder import TimeScales
from causalgrain.ensembles.partition import partition, poisson_gini
from causalgrain.ensembles.trains import Trains
from causalgrain.figures._over_scales import EXCITATORY, INHIBITORY, looks
from causalgrain.figures.balance_curves import balance_curves
from causalgrain.figures.balance_map import balance_map, row_edges, standardised
from causalgrain.figures.cooccurrence_features import cooccurrence_features
from causalgrain.figures.curves import collapse_curves, partition_curves, poisson_lorenz
from causalgrain.figures.ei_plane import ei_plane, outline
from causalgrain.figures.inhibition_sweep import inhibition_curve
from causalgrain.figures.raster import raster
from causalgrain.profile import GrainProfile, Measure
from causalgrain.simulate.balanced_sweep import InhibitionSweep

WIDTHS = (0.05, 0.2, 1.0)


@pytest.fixture(scope="module")
def trains():
    """10 s: 6 excitatory units that fire faster from 4 to 6 s, 3 inhibitory ones that don't."""
    rng = np.random.default_rng(0)
    spikes = [np.sort(np.r_[rng.uniform(0, 10, 50), rng.uniform(4, 6, 60)]) for _ in range(6)]
    spikes += [np.sort(rng.uniform(0, 10, 80)) for _ in range(3)]
    return Trains.from_units(spikes, [False] * 6 + [True] * 3, duration=10.0)


@pytest.fixture(scope="module")
def parts():
    """Two segments with a pause from 4 to 6 s."""
    rng = np.random.default_rng(1)
    spikes = [np.sort(rng.uniform(0, 10, 60)) for _ in range(5)]
    return Trains.from_units(spikes, [False, False, False, True, True], segments=[[0, 4], [6, 10]])


def pairs(seed, rho, n=400):
    e, own = np.random.default_rng(seed).normal(size=(2, n))
    return e, rho * e + np.sqrt(1 - rho**2) * own


def over_scales(function, **settings):
    return {
        name: {width: function(*pairs(k, rho), **settings) for k, width in enumerate(WIDTHS)}
        for name, rho in (("wake", 0.2), ("sleep", 0.8))
    }


def lines(ax, color):
    return [line for line in ax.lines if line.get_color() == color]


# -- raster --------------------------------------------------------------------------------------------------------


def test_raster_draws_every_spike_in_its_units_row(trains):
    figure = raster(trains, widths=WIDTHS)
    top = figure.axes[0]
    for color, kind in ((EXCITATORY, False), (INHIBITORY, True)):
        (drawn,) = lines(top, color)
        chosen = trains.is_inhibitory == kind
        np.testing.assert_array_equal(drawn.get_xdata(), trains.times[chosen])
        np.testing.assert_array_equal(drawn.get_ydata(), trains.unit[chosen])  # excitatory units come first here


def test_raster_draws_the_ensembles_up_and_down(trains):
    figure = raster(trains, widths=WIDTHS, normalisation="fraction")
    assert [ax.texts[0].get_text() for ax in figure.axes[1:]] == ["50 ms", "200 ms", "1 s"]
    for ax, width in zip(figure.axes[1:], WIDTHS, strict=True):
        up, down = (patch.get_data() for patch in ax.patches)
        e, i = trains.binned(width, normalisation="fraction").dense()
        np.testing.assert_array_equal(up.values, e)
        np.testing.assert_array_equal(down.values, -i)
        np.testing.assert_allclose(up.edges, width * np.arange(len(e) + 1))
        assert ax.get_ylabel() == "spikes a unit"


def test_raster_leaves_pauses_empty_and_shows_the_span_only(parts):
    figure = raster(parts, widths=[0.5], span=(3.2, 7.0))
    edges = [patch.get_data().edges for patch in figure.axes[1].patches]
    np.testing.assert_allclose(edges[0], [3.0, 3.5, 4.0])
    np.testing.assert_allclose(edges[1], [6.0, 6.5, 7.0])
    assert figure.axes[0].get_xlim() == (3.2, 7.0)
    times = np.concatenate([line.get_xdata() for line in lines(figure.axes[0], EXCITATORY)])
    assert len(times) == ((parts.times >= 3.2) & (parts.times < 7.0) & ~parts.is_inhibitory).sum()


def test_raster_of_many_units_draws_some_and_says_so(trains):
    figure = raster(trains, widths=[1.0], most_units=3)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        "E: 2\nof 6\nunits",
        "I: 1\nof 3\nunits",
    ]
    (drawn,) = lines(figure.axes[0], EXCITATORY)
    assert set(drawn.get_ydata()) == {0, 1}
    expected = np.sort(np.concatenate([trains.per_unit[0], trains.per_unit[5]]))
    np.testing.assert_array_equal(np.sort(drawn.get_xdata()), expected)  # evenly: first and last
    e = trains.binned(1.0).dense()[0]
    np.testing.assert_array_equal(figure.axes[1].patches[0].get_data().values, e)  # the ensemble holds all


def test_raster_of_z_scores_has_two_lines(trains):
    ax = raster(trains, widths=[0.5], normalisation="zscore").axes[1]
    e, i = trains.binned(0.5, normalisation="zscore").dense()
    np.testing.assert_array_equal(ax.patches[0].get_data().values, e)
    np.testing.assert_array_equal(ax.patches[1].get_data().values, i)
    assert [patch.get_fill() for patch in ax.patches[:2]] == [False, False]


def test_raster_shades_the_truth(trains):
    figure = raster(trains, widths=[1.0], truth=(4.0, 6.0))
    for ax in figure.axes:
        edges = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == ":"]
        assert edges == [4.0, 6.0]


# -- E-I plane -----------------------------------------------------------------------------------------------------


def test_plane_draws_the_pairs_and_the_ellipse_of_each_scale(trains):
    binned = [trains.binned(width) for width in WIDTHS]
    figure = ei_plane(binned)
    for ax, one in zip(figure.axes, binned, strict=False):
        e, i, weights = one.pairs()
        dots = ax.collections[0]
        np.testing.assert_allclose(np.asarray(dots.get_offsets()), np.column_stack([e, i]))
        size = dots.get_sizes()
        assert (np.sign(np.diff(size[np.argsort(weights)])) >= 0).all()
        found = ensemble_geometry(e, i, weights=weights)
        np.testing.assert_allclose(ax.lines[0].get_xydata().T, outline(found, 2.0))
        assert f"aspect {found.aspect_ratio:.3g}" in ax.get_title()
        assert ax.get_xlim() == ax.get_ylim()
    overlaid = figure.axes[len(WIDTHS)]
    np.testing.assert_allclose(
        overlaid.lines[1].get_xydata().T,
        outline(ensemble_geometry(*binned[1].pairs()[:2], weights=binned[1].pairs()[2]), 2.0, centred=True),
    )


def test_outline_has_the_covariance_and_the_lean_of_the_cloud():
    """x' C^-1 x = size^2 on the outline, from numpy's covariance; a lean towards I is counter-clockwise."""
    e, i = pairs(3, 0.6)
    i = 0.4 * i + 5.0
    found = ensemble_geometry(e, i)
    off = outline(found, 1.5) - [[e.mean()], [i.mean()]]
    inverse = np.linalg.inv(np.cov(e, i, bias=True))
    np.testing.assert_allclose(np.einsum("ik,ij,jk->k", off, inverse, off), 1.5**2)
    first = off[:, 0]
    assert np.degrees(np.arctan2(first[1], first[0])) == pytest.approx(found.angle)


def test_plane_has_a_row_a_condition_with_the_same_limits(trains, parts):
    figure = ei_plane({"one": [trains.binned(0.2)], "two": [parts.binned(0.2)]})
    one, _, two, _ = figure.axes[:4]
    assert one.get_xlim() == two.get_xlim()
    assert [ax.get_ylabel().split("\n")[0] for ax in (one, two)] == ["one", "two"]


def test_plane_takes_ellipses_as_given(trains):
    given = ensemble_geometry([0, 1, 2, 3], [0, 1, 2, 3])
    ax = ei_plane([trains.binned(0.2)], geometry={0.2: given}, deviations=1.0).axes[0]
    np.testing.assert_allclose(ax.lines[0].get_xydata().T, outline(given, 1.0))
    assert "angle 45.0 ± 0.0°" in ax.get_title()


# -- curves --------------------------------------------------------------------------------------------------------


def test_collapse_curves_are_the_shapes_and_their_differences_from_the_gaussian():
    found = over_scales(collapse, points=51)
    figure = collapse_curves(found)
    p = np.linspace(0, 1, 51)
    gaussian = gaussian_curve(p) / gaussian_depth(1.0)
    for k, scales in enumerate(found.values()):
        curves, off = figure.axes[2 * k : 2 * k + 2]
        for line, less, one in zip(curves.lines, off.lines, scales.values(), strict=False):
            np.testing.assert_array_equal(line.get_ydata(), one.shape)
            np.testing.assert_allclose(less.get_ydata(), one.shape - gaussian)
        np.testing.assert_allclose(curves.lines[-1].get_ydata(), gaussian)
        assert curves.lines[-1].get_ydata().min() == pytest.approx(-1.0)
        assert f"collapse error {collapse_error(list(scales.values())).error:.3g}" in curves.get_title()


def test_collapse_band_is_of_all_surrogates_and_the_error_has_their_p():
    found = {width: collapse(*pairs(k, 0.5), points=21) for k, width in enumerate(WIDTHS)}
    null = {width: [collapse(*pairs(10 * k + d, 0.0), points=21) for d in range(8)] for k, width in enumerate(WIDTHS)}
    figure = collapse_curves(found, null=null)
    shapes = np.array([one.shape for draws in null.values() for one in draws])
    drawn = figure.axes[0].collections[0].get_paths()[0].vertices
    for p, end in ((0.25, 0.025), (0.25, 0.975)):
        column = round(20 * p)
        at = drawn[np.isclose(drawn[:, 0], p), 1]
        assert np.isclose(at, np.quantile(shapes[:, column], end)).any()
    table = np.array([[null[width][d].curve for width in WIDTHS] for d in range(8)])
    error = collapse_error(list(found.values()), null=table)
    assert f"p = {error.p_larger:.2g}" in figure.axes[0].get_title()


@pytest.mark.parametrize("mean", [0.2, 1.0, 5.0])
def test_lorenz_curve_of_poisson_counts(mean):
    share, part = poisson_lorenz(mean)
    assert 1 - np.diff(share) @ (part[1:] + part[:-1]) == pytest.approx(poisson_gini(mean), abs=1e-9)
    counts = np.sort(np.random.default_rng(0).poisson(mean, 200_000))
    measured = np.interp(0.7, np.arange(1, 200_001) / 200_000, np.cumsum(counts) / counts.sum())
    assert np.interp(0.7, share, part) == pytest.approx(measured, abs=0.005)


@pytest.mark.parametrize(("ensemble", "row"), [("excitatory", 0), ("inhibitory", 1), ("both", 2)])
def test_partition_curves_are_those_of_the_ensemble(ensemble, row):
    rng = np.random.default_rng(2)
    found = {
        name: {width: partition(rng.poisson(mean, 300), rng.poisson(2 * mean, 300)) for width in WIDTHS}
        for name, mean in (("wake", 1.0), ("sleep", 4.0))
    }
    null = {"sleep": {0.2: [partition(rng.poisson(4.0, 300), rng.poisson(8.0, 300)) for _ in range(5)]}}
    figure = partition_curves(found, null=null, ensemble=ensemble)
    styles = looks(tuple(found))
    for ax, width in zip(figure.axes, WIDTHS, strict=True):
        for name, scales in found.items():
            curve, poisson = lines(ax, styles[name].color)
            np.testing.assert_array_equal(curve.get_ydata(), scales[width].curves[row])
            np.testing.assert_allclose(poisson.get_xydata().T, poisson_lorenz(float(scales[width].mean[row])))
            assert f"{scales[width].gini[row]:.3f}" in ax.get_title()
    assert [len(ax.collections) for ax in figure.axes] == [0, 1, 0]


# -- co-occurrence, profile ----------------------------------------------------------------------------------------


def test_features_over_scales_with_copula_and_surrogates():
    found = over_scales(cooccurrence, levels=4)
    null = {"wake": {w: [cooccurrence(*pairs(d, 0.0), levels=4, gaussian=False) for d in range(6)] for w in WIDTHS}}
    figure = cooccurrence_features(found, null=null, features=["energy", "correlation"])
    styles = looks(tuple(found))
    for ax, feature in zip(figure.axes, ("energy", "correlation"), strict=True):
        for name, scales in found.items():
            data, copula = lines(ax, styles[name].color)
            np.testing.assert_array_equal(data.get_xdata(), WIDTHS)
            np.testing.assert_array_equal(data.get_ydata(), [one.features[feature] for one in scales.values()])
            np.testing.assert_array_equal(copula.get_ydata(), [one.gaussian[feature] for one in scales.values()])
        drawn = ax.collections[0].get_paths()[0].vertices[:, 1]
        values = [one.features[feature] for one in null["wake"][WIDTHS[0]]]
        assert np.isclose(drawn, np.quantile(values, 0.975)).any()
        assert ax.get_xscale() == "log"
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said == ["wake", "wake, Gaussian copula", "wake, surrogates 95 %", "sleep", "sleep, Gaussian copula"]


def profile_of(variables, *, measures=("rho", "gini"), draws=1):
    """Two measures at three scales in two conditions; gini as in the table, draws apart by .2 about it."""
    import xarray as xr

    three = ("grain", "condition", "draw")
    rho = np.array([[0.1, 0.2], [0.5, 0.3], [0.4, 0.6]])
    gini = np.array([[0.9, 0.6], [0.5, 0.4], [0.2, np.nan]])
    apart = np.linspace(-0.1, 0.1, draws) if draws > 1 else np.zeros(1)
    data = xr.Dataset(
        {
            "rho": (three, np.repeat(rho[:, :, None], draws, axis=2)),
            "gini": (three, gini[:, :, None] + apart),
            "admitted": (("grain", "condition"), np.ones((3, 2), dtype=bool)),
            "level": ("grain", np.arange(3)),
            **variables,
        },
        coords={"condition": ["wake", "sleep"]},
    )
    kinds = tuple(Measure(name, "", "", "maximum" if name == "rho" else "nothing") for name in measures)
    return GrainProfile(data, TimeScales(WIDTHS), kinds, "test", Provenance("balance", {}, ""))


def silent_profile(rho=np.nan):
    import xarray as xr

    three = ("grain", "condition", "draw")
    data = xr.Dataset(
        {
            "rho": (three, np.full((3, 1, 1), rho)),
            "gini": (three, np.full((3, 1, 1), np.nan)),
            "admitted": (("grain", "condition"), np.zeros((3, 1), dtype=bool)),
            "reason": (("grain", "condition"), np.full((3, 1), "the inhibitory ensemble is silent")),
            "level": ("grain", np.arange(3)),
        },
        coords={"condition": ["all"]},
    )
    kinds = (Measure("rho", "", "", "maximum"), Measure("gini", "", "", "nothing"))
    return GrainProfile(data, TimeScales(WIDTHS), kinds, "test", Provenance("balance", {}, ""))


def test_profile_draws_values_interval_null_and_corrected_p():
    two = ("grain", "condition")
    rng = np.random.default_rng(0)
    low, null = rng.normal(size=(2, 3, 2))
    surrogates = rng.normal(size=(40, 3, 2))
    q = np.array([[0.2, 0.01], [0.05, 0.9], [0.04, np.nan]])
    profile = profile_of(
        {
            "low": (two, low),
            "high": (two, low + 1),
            "rho_null": (two, null),
            "rho_surrogates": (("surrogate", *two), surrogates),
            "rho_q": (two, q),
            "p": (two, np.zeros((3, 2))),
        }
    )
    figure = balance_curves(profile)
    ax = figure.axes[0]
    for k, (name, look) in enumerate(looks(profile.conditions).items()):
        mean, curve, filled, hollow = lines(ax, look.color)[:4]
        np.testing.assert_array_equal(curve.get_ydata(), profile.values("rho", name))
        np.testing.assert_array_equal(curve.get_xdata(), WIDTHS)
        np.testing.assert_array_equal(mean.get_ydata(), null[:, k])
        clear = q[:, k] <= 0.05
        np.testing.assert_array_equal(filled.get_xdata(), np.array(WIDTHS)[clear])
        np.testing.assert_array_equal(hollow.get_xdata(), np.array(WIDTHS)[~clear])
        assert hollow.get_markerfacecolor() == "white"
        filling, whiskers = ax.collections[2 * k : 2 * k + 2]
        ends = np.array(whiskers.get_segments())
        np.testing.assert_allclose(ends[:, 0, 1], low[:, k])
        np.testing.assert_allclose(ends[:, 1, 1], low[:, k] + 1)
        assert np.isclose(filling.get_paths()[0].vertices[:, 1], np.quantile(surrogates[:, 0, k], 0.025)).any()
    stars = [line for line in ax.lines if line.get_marker() == "*"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in stars] == [(0.2, 0.5), (1.0, 0.6)]
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said == ["wake", "sleep", "surrogates, mean and 95 %", "filled: q ≤ 0.05", "peak"]


def test_profile_without_doubt_draws_the_mean_over_draws():
    profile = profile_of({}, measures=("gini",), draws=2)
    figure = balance_curves(profile, "gini", conditions=["wake"])
    (curve, marks, _) = lines(figure.axes[0], looks(profile.conditions)["wake"].color)
    np.testing.assert_allclose(curve.get_ydata(), [0.9, 0.5, 0.2])
    assert len(marks.get_xdata()) == 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["wake"]


def test_angles_of_axes_go_on_over_90_degrees():
    two = ("grain", "condition")
    angle = np.array([[80.0, 10.0], [-88.0, 12.0], [-85.0, 5.0]])
    surrogates = np.array([[[89.0], [-89.0], [88.0]], [[-89.0], [89.0], [-88.0]]]) + np.zeros((2, 3, 2))
    profile = profile_of(
        {
            "gini": (("grain", "condition", "draw"), angle[:, :, None]),
            "gini_low": (two, angle - 2),
            "gini_high": (two, angle + 2),
            "gini_null": (two, np.zeros((3, 2))),  # a mean of numbers, not of axes
            "gini_surrogates": (("surrogate", *two), surrogates),
        }
    )
    profile = replace(profile, measures=(profile.measures[0], Measure("gini", "degrees", "", "nothing")))
    ax = balance_curves(profile, "gini", conditions=["wake"]).axes[0]
    null, curve = lines(ax, looks(["wake"])["wake"].color)[:2]
    np.testing.assert_allclose(curve.get_ydata(), [80.0, 92.0, 95.0])
    np.testing.assert_allclose(null.get_ydata(), [90.0, 90.0, 90.0])
    ends = np.array(ax.collections[1].get_segments())[:, :, 1]
    np.testing.assert_allclose(ends, [[78.0, 82.0], [90.0, 94.0], [93.0, 97.0]])
    assert ax.collections[0].get_paths()[0].vertices[:, 1].min() > 88.0


def test_interval_of_the_first_measure_is_not_drawn_at_others():
    profile = profile_of(
        {"low": (("grain", "condition"), np.zeros((3, 2))), "high": (("grain", "condition"), np.ones((3, 2)))}
    )
    rho, gini = balance_curves(profile, ["rho", "gini"]).axes
    assert len(rho.collections) == 2
    assert len(gini.collections) == 0


# -- map, sweep ----------------------------------------------------------------------------------------------------


def test_map_rows_are_f_over_its_deviation_at_each_scale(trains):
    binned = [trains.binned(width) for width in WIDTHS]
    figure = balance_map(binned, truth=(4.0, 6.0))
    top, below = figure.axes[:2]
    edges = row_edges(WIDTHS)
    for k, (image, one) in enumerate(zip(top.images, binned, strict=True)):
        e, i = one.dense()
        f = e - i
        np.testing.assert_allclose(image.get_array()[0], (f - np.median(f)) / f.std())
        assert tuple(image.get_extent()) == pytest.approx((0.0, 10.0, edges[k], edges[k + 1]))
    assert edges[0] < np.log10(WIDTHS[0]) < edges[1]
    e, i = binned[0].dense()
    expected = cumulative(e, i, width=0.05, baseline="median").s * 0.05  # Hz times s
    np.testing.assert_allclose(below.lines[0].get_ydata(), expected)
    np.testing.assert_allclose(below.lines[0].get_xdata(), 0.05 * np.arange(1, 201))
    assert below.get_ylabel() == "S(t) (spikes a unit)"
    red, blue = (image_colour(top, value) for value in (2.0, -2.0))
    assert red[0] > red[2]
    assert blue[2] > blue[0]  # excitation in excess: vermilion


def image_colour(ax, value):
    image = ax.images[0]
    return image.cmap(image.norm(value))


def test_map_keeps_segments_apart(parts):
    figure = balance_map([parts.binned(0.5), parts.binned(1.0)], baseline="zero")
    extents = [image.get_extent()[:2] for image in figure.axes[0].images]
    assert [tuple(map(float, ends)) for ends in extents] == [(0.0, 4.0), (6.0, 10.0)] * 2
    first, second = figure.axes[1].lines[:2]
    e, i = parts.binned(0.5).dense()
    np.testing.assert_allclose(second.get_ydata(), np.cumsum(e[8:] - i[8:]) * 0.5)  # starts anew
    assert (first.get_xdata()[-1], second.get_xdata()[0]) == (4.0, 6.5)


def test_map_marks_what_was_found(trains):
    one = trains.binned(0.05)
    e, i = one.dense()
    found = excursions(e - i, width=0.05)
    assert len(found) == 1
    figure = balance_map([one, trains.binned(0.5)], found=found)
    bar = [line for line in figure.axes[0].lines if line.get_linewidth() == 3.0]
    assert bar[0].get_xdata().tolist() == [found.onset[0], found.end[0]]
    assert bar[0].get_color() == EXCITATORY


def test_a_scale_without_variation_is_0(trains):
    quiet = Trains.from_units([[0.05, 0.15], [0.05, 0.15]], [False, True], duration=0.2)
    assert standardised(quiet.binned(0.1), "mean").tolist() == [0.0, 0.0]


def test_sweep_curves_ascend_in_inhibition_and_mark_runs_that_died():
    values = np.array([2.0, 0.5, 1.0])
    table = {
        name: values * k
        for k, name in enumerate(
            ("rate_excitatory", "rate_inhibitory", "cv_excitatory", "cv_inhibitory", "synchrony"), 1
        )
    }
    sweep = InhibitionSweep(
        inhibition=values,
        correlation=np.column_stack([values, -values]),
        died=np.array([0.3, np.nan, np.nan]),
        widths=(0.005, 0.05),
        regime="driven",
        provenance=Provenance("sweep_inhibition", {}, ""),
        **table,
    )
    rates, cv, rho, chi = inhibition_curve(sweep).axes
    for ax, factors in ((rates, (1, 2)), (cv, (3, 4)), (rho, (1, -1)), (chi, (5,))):
        curves = [line for line in ax.lines if line.get_marker() in "os" and len(line.get_xdata()) == 3]
        for line, factor in zip(curves, factors, strict=True):
            np.testing.assert_array_equal(line.get_xdata(), [0.5, 1.0, 2.0])
            np.testing.assert_allclose(line.get_ydata(), factor * np.array([0.5, 1.0, 2.0]))
        crosses = [line for line in ax.lines if line.get_marker() == "x" and len(line.get_xdata())]
        assert [line.get_xdata().tolist() for line in crosses] == [[2.0]] * len(factors)
    assert [text.get_text() for text in rho.get_legend().get_texts()] == ["5 ms", "50 ms"]
    assert [text.get_text() for text in rates.get_legend().get_texts()] == ["excitatory", "inhibitory", "died out"]


# -- all of them ---------------------------------------------------------------------------------------------------


def test_figures_are_saved_and_leave_pyplot_alone(trains, tmp_path):
    import sys

    binned = [trains.binned(width) for width in WIDTHS]
    loaded = "matplotlib.pyplot" in sys.modules
    made = {
        "raster": raster(trains, widths=[0.2]),
        "plane": ei_plane(binned[:1]),
        "map": balance_map(binned[1:]),
        "profile": balance_curves(profile_of({})),
    }
    for name, figure in made.items():
        figure.savefig(tmp_path / f"{name}.svg")
        assert (tmp_path / f"{name}.svg").stat().st_size > 1000
    if loaded:
        import matplotlib.pyplot as plt

        assert not plt.get_fignums()
    assert loaded or "matplotlib.pyplot" not in sys.modules


def test_figures_go_where_they_are_told(trains):
    from matplotlib.figure import Figure

    page = Figure(figsize=(8, 8))
    left, right = page.subfigures(1, 2)
    assert raster(trains, widths=[1.0], figure=left) is page
    assert balance_curves(profile_of({}), figure=right) is page
    assert (len(left.axes), len(right.axes)) == (2, 1)


def test_figures_of_data_without_numbers_say_so(tmp_path):
    """A scale wider than the recording, a silent ensemble, f without variation: no warning, no failure."""
    few = Trains.from_units([[], [0.2]], [False, True], duration=0.4)
    binned = [few.binned(width) for width in (0.1, 0.4, 1.0)]
    e, i = binned[0].dense()
    plane = ei_plane(binned)
    assert "no segment" not in plane.axes[0].get_title()
    assert plane.axes[2].get_title() == "1 s\nno ellipse\n"
    wide = raster(few, widths=[0.1, 1.0]).axes[2]
    assert "no segment holds a bin of 1 s: the longest lasts 0.4 s" in [text.get_text() for text in wide.texts]
    for figure in (
        plane,
        balance_map(binned),
        collapse_curves({0.1: collapse(e, i)}),
        partition_curves({0.1: partition(e, i, spike=None)}, ensemble="excitatory"),
        cooccurrence_features({0.1: cooccurrence(e, i)}, features="contrast"),
    ):
        figure.savefig(tmp_path / "few.png", dpi=40)


def test_conditions_differ_in_more_than_colour():
    styles = looks([str(k) for k in range(12)])
    assert len({(look.linestyle, look.marker) for look in styles.values()}) == 12
    assert len({look.color for look in styles.values()}) == 6


def one_scale():
    return {0.1: collapse([1.0, 2.0], [2.0, 1.0])}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: raster([[0.1]]), "Trains.of"),
        (lambda t: raster(t, span=(20, 30)), "between 0 and 10"),
        (lambda t: raster(t, truth=(6, 4)), "onset < end"),
        (lambda t: ei_plane(t), "sequence of Binned"),
        (lambda t: ei_plane([t.binned(0.1), t.binned(0.2, normalisation="zscore")]), "one normalisation"),
        (lambda t: ei_plane([t.binned(0.1)], geometry={0.2: ensemble_geometry([1, 2, 4], [2, 1, 3])}), "100 ms"),
        (lambda t: collapse_curves(list(one_scale().values())), "a Collapse by width in s"),
        (lambda t: collapse_curves({"wake": {"fast": 1}}), "the key 'fast'"),
        (lambda t: collapse_curves({0.1: partition([1, 2], [2, 1])}), "got Partition"),
        (lambda t: collapse_curves(one_scale(), null={0.2: []}), "under the same keys"),
        (lambda t: partition_curves({0.1: partition([1, 2], [2, 1])}, ensemble="pooled"), "'both'"),
        (lambda t: cooccurrence_features({0.1: cooccurrence([1, 2, 3], [2, 1, 3])}, features=["contrst"]), "contrast"),
        (lambda t: balance_map([]), "sequence of Binned"),
        (lambda t: balance_map([t.binned(20.0)]), "0 with bins"),
        (lambda t: balance_map([t.binned(0.1)], sums=cumulative([1, 2], [0, 1])), "100 bins of 100 ms"),
        (lambda t: balance_curves(cg.scan(cg.published("hoel2016-fig2"), "0000")), "width_s"),
        (lambda t: balance_curves(profile_of({}), "roh"), "'rho'"),
        (lambda t: balance_curves(silent_profile()), r"none in all \(the inhibitory ensemble is silent\)"),
        (lambda t: balance_curves(silent_profile(rho=0.3), "gini"), "Draw one that has: rho"),
        (lambda t: inhibition_curve(t), "sweep_inhibition"),
    ],
)
def test_errors_tell_the_remedy(trains, call, message):
    with pytest.raises(cg.InputError, match=message):
        call(trains)
