"""Collapse curves rescaled by depth, and partition (Lorenz) curves, over scales and conditions.

Bands are pointwise 95 % intervals of surrogates: where one curve of theirs lies at one p, not whole curves. Rescaled
collapse curves differ by little, so each panel of curves has one below it of their differences from a Gaussian's. The
Lorenz curve of Poisson counts of mean l is closed: with F(k) the chance of at most k spikes, the bins with at most k
are the share F(k) of all and hold the share F(k - 1) of the spikes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import choose
from .._errors import InputError
from ..ensembles.collapse import Collapse, CollapseError, collapse_error, gaussian_curve, gaussian_depth
from ..ensembles.ladder import width_label
from ..ensembles.partition import ENSEMBLES, Partition
from ._over_scales import (
    all_widths,
    band,
    by_condition,
    draws_of,
    inside,
    key_below,
    looks,
    scale_bar,
    scale_colours,
    some_widths,
)
from ._style import GREY, INK, SMALL, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

MOST_SCALES = 6
BAND = "#CFCFCF"


def collapse_curves(
    results: Mapping[Any, Any],
    *,
    null: Mapping[Any, Any] | None = None,
    errors: CollapseError | Mapping[str, CollapseError] | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw collapse curves divided by their depth, all scales of a condition over each other.

    Parameters
    ----------
    results : mapping of width in s to Collapse, or of condition to such a mapping
        For example ``{0.1: found}``, or ``{"wake": {0.1: found}, "sleep": {0.1: other}}``.
        On one grid of p.
    null : the same with sequences of Collapse, optional
        Surrogates at each width; the band is of all scales together.
    errors : CollapseError, or mapping of condition to such, optional
        To be said in the title. Default: ``collapse_error`` of the curves (with the null, where every scale has as many
        surrogates).
    figure : matplotlib figure or subfigure, optional
        Where to draw.

    Returns
    -------
    matplotlib.figure.Figure
        A column a condition: curves above, differences from the Gaussian's below.

    Raises
    ------
    InputError
        No Collapse, or different grids of p.

    Examples
    --------
    >>> from causalgrain.ensembles.collapse import collapse
    >>> rng = np.random.default_rng(0)
    >>> found = {width: collapse(*rng.normal(size=(2, 500))) for width in (0.01, 0.1)}
    >>> [ax.get_ylabel() for ax in collapse_curves(found).axes[:2]]
    ['L(p) / depth', 'less Gaussian']
    """
    given = by_condition(results, Collapse)
    if len({len(one.p) for scales in given.values() for one in scales.values()}) > 1:
        raise InputError(
            "results",
            expected="curves on one grid of p",
            got="different numbers of points",
            remedy="Call collapse with the same points= for all.",
        )
    draws = draws_of(null, given, Collapse)
    colours, bar = scale_colours(all_widths(given))
    whole, place = inside(figure, (1.5 + 2.5 * len(given), 4.6))
    grid = place.add_gridspec(2, len(given), height_ratios=[1.6, 1.0])
    axes: list[tuple[Axes, Axes]] = []
    for k, (name, scales) in enumerate(given.items()):
        curves = place.add_subplot(grid[0, k], sharey=axes[0][0] if axes else None)
        off = place.add_subplot(grid[1, k], sharex=curves, sharey=axes[0][1] if axes else None)
        axes.append((curves, off))
        p = next(iter(scales.values())).p
        gaussian = gaussian_curve(p) / gaussian_depth(1.0)
        shapes = [one.shape for each in draws[name].values() for one in each]
        for ax, less in ((curves, np.zeros(len(p))), (off, gaussian)):
            if shapes:
                low, high = (end - less for end in band(shapes))
                ax.fill_between(p, low, high, color=BAND, lw=0, label="surrogates, 95 %")
            for width, one in scales.items():
                ax.plot(p, one.shape - less, color=colours[width], lw=1.2)
            ax.plot(p, gaussian - less, color=INK, lw=1.2, ls=(0, (4, 2)), label="Gaussian")
            quiet(ax)
        curves.set_title("\n".join(filter(None, (name, _said(name, scales, draws[name], errors)))), fontsize=SMALL)
        curves.tick_params(axis="x", labelbottom=False)
        off.set_xlabel("share of bins p", fontsize=SMALL)
        off.set_xlim(0.0, 1.0)
        for ax in (curves, off):
            ax.tick_params(axis="y", labelleft=k == 0)
    axes[0][0].set_ylabel("L(p) / depth", fontsize=SMALL)
    axes[0][1].set_ylabel("less Gaussian", fontsize=SMALL)
    axes[0][0].legend(fontsize=SMALL, frameon=False, loc="upper center")
    place.align_ylabels([axes[0][0], axes[0][1]])
    scale_bar(place, bar, [ax for pair in axes for ax in pair], pad=0.02)
    return whole


def _said(name: str, scales: Mapping[float, Collapse], draws: Mapping[float, list[Collapse]], errors: Any) -> str:
    """Return the collapse error in words, "" where there is none."""
    if isinstance(errors, Mapping):
        found = errors.get(name)
    elif errors is not None:
        found = errors
    else:
        many = {len(each) for each in draws.values()}
        null = None
        if len(many) == 1 and many != {0}:
            null = np.array([[one.curve for one in each] for each in draws.values()]).swapaxes(0, 1)
        found = collapse_error(list(scales.values()), null=null) if len(scales) > 1 else None
    if found is None or found.reason:
        return ""
    text = f"collapse error {found.error:.3g}"
    return f"{text}\nsurrogates {np.nanmean(found.null):.3g}, p = {found.p_larger:.2g}" if len(found.null) else text


def partition_curves(
    results: Mapping[Any, Any],
    *,
    null: Mapping[Any, Any] | None = None,
    ensemble: str = "both",
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw the Lorenz curves of an ensemble's spikes over bins, a panel a scale, conditions over each other.

    Parameters
    ----------
    results : mapping of width in s to Partition, or of condition to such a mapping
        For example ``{0.1: found}``, or ``{"wake": {0.1: found}, "sleep": {0.1: other}}``.
        At most six scales are drawn, evenly chosen.
    null : the same with sequences of Partition, optional
        Surrogates at each width: a band in each panel and condition.
    ensemble : {"both", "excitatory", "inhibitory"}
    figure : matplotlib figure or subfigure, optional
        Where to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Dotted: independent Poisson bins of the same mean, in the condition's colour.

    Raises
    ------
    InputError
        No Partition, an unknown ensemble.

    Examples
    --------
    >>> from causalgrain.ensembles.partition import partition
    >>> found = partition_curves({0.01: partition([0, 0, 0, 4], [1, 1, 1, 1])}, ensemble="excitatory")
    >>> found.axes[0].get_ylabel()
    'share of excitatory spikes'
    """
    given = by_condition(results, Partition)
    row = ENSEMBLES.index(choose(ensemble, ENSEMBLES, "ensemble"))
    draws = draws_of(null, given, Partition)
    shown = some_widths(all_widths(given), MOST_SCALES)
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    whole, place = inside(figure, (0.8 + 2.15 * columns, 0.9 + 2.15 * rows))
    if figure is None:
        whole.set_layout_engine("compressed")  # square panels without gaps
    styles = looks(tuple(given))
    first: Axes | None = None
    for k, width in enumerate(shown):
        ax = place.add_subplot(rows, columns, k + 1, sharex=first, sharey=first)
        first = first or ax
        said = []
        for name, scales in given.items():
            if width in scales:
                one, look = scales[width], styles[name]
                _lorenz(ax, one, draws[name][width], row, look.color, look.linestyle, name or "data")
                said.append(f"{one.gini[row]:.3f}")
        ax.plot([0, 1], [0, 1], color=GREY, lw=0.7, zorder=1)
        ax.set_title(f"{width_label(width)}: Gini {', '.join(said)}", fontsize=SMALL)
        ax.set_aspect("equal", adjustable="box")
        quiet(ax)
        ax.tick_params(labelleft=k % columns == 0, labelbottom=k + columns >= len(shown))
        if k % columns == 0:
            of = "spikes" if ensemble == "both" else f"{ensemble} spikes"
            ax.set_ylabel(f"share of {of}", fontsize=SMALL)
        if k + columns >= len(shown):
            ax.set_xlabel("share of bins, least first", fontsize=SMALL)
    assert first is not None
    first.set_xlim(0, 1)
    first.set_ylim(0, 1)
    key_below(place, first, len(given))
    return whole


def _lorenz(ax: Axes, one: Partition, draws: list[Partition], row: int, color: str, style: Any, name: str) -> None:
    ax.plot(one.p, one.curves[row], color=color, ls=style, lw=1.5, label=name, zorder=3)
    if np.isfinite(one.poisson[row]) and one.mean[row] > 0.0:
        ax.plot(*poisson_lorenz(float(one.mean[row])), color=color, ls=(0, (1, 1.2)), lw=1.1, label=f"{name}, Poisson")
    if draws:
        ends = band([draw.curves[row] for draw in draws])
        ax.fill_between(one.p, *ends, color=color, alpha=0.2, lw=0, label=f"{name}, surrogates 95 %", zorder=1)


def poisson_lorenz(mean: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the Lorenz curve of Poisson counts: shares of bins and of spikes, from (0, 0) to (1, 1).

    >>> share, part = poisson_lorenz(0.2)
    >>> round(float(1.0 - np.diff(share) @ (part[1:] + part[:-1])), 4)  # the Gini index
    0.8342
    """
    from scipy.special import pdtr

    most = int(mean + 12.0 * np.sqrt(mean) + 20.0)
    below = np.concatenate([[0.0, 0.0], pdtr(np.arange(most + 1), mean), [1.0]])
    return below[1:], below[:-1]
