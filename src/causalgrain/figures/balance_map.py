"""f = E - I over time and scale at once, with the cumulative imbalance S(t) below.

A row is a bin width, a cell a bin: f less the balance line of its scale, in standard deviations of f at this scale, so
that rows can be read beside each other. Vermilion: excitation in excess; blue: inhibition. Cells finer than a dot of
the picture are averaged by it: choose widths that can be seen, or a span.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import InputError
from ..ensembles.binned import Binned
from ..ensembles.cumulative import Cumulative, balance_line, cumulative
from ..ensembles.excursions import Excursions
from ..ensembles.ladder import width_label
from ._over_scales import EXCITATORY, INHIBITORY, UNITS, by_condition, inside, shade
from ._style import GREY, INK, SMALL, quiet
from .raster import segments_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

STRONGEST = 3.0  # standard deviations at which the colour is full


def balance_map(
    binned: Sequence[Binned],
    *,
    baseline: str | float = "median",
    sums: Cumulative | None = None,
    found: Excursions | None = None,
    truth: tuple[float, float] | None = None,
    span: tuple[float, float] | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw f = E - I over time and scale, and S(t) of the finest scale below.

    Parameters
    ----------
    binned : sequence of Binned
        One a scale, of one condition or a whole recording, of one normalisation.
    baseline : {"median", "mean", "zero"} or float
        The balance line that is taken off f at each scale, and of S(t) where `sums` isn't given.
    sums : Cumulative, optional
        S(t) at the finest scale. Default: ``cumulative`` of it, about the baseline.
    found : Excursions, optional
        Excursions to mark, found onset to found end (bars), and the time at which S is back (triangles).
    truth : (float, float), s, optional
        True onset and end, such as ``simulation.truth.failure``; shaded.
    span : (float, float), s, optional
        What time to show. Default: all of it.
    figure : matplotlib figure or subfigure, optional
        Where to draw.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        No Binned with bins, different normalisations, a Cumulative of another scale.

    Examples
    --------
    >>> from causalgrain.ensembles.trains import Trains
    >>> trains = Trains.from_units([[0.05, 0.31, 0.33], [0.12, 0.31]], [False, True], duration=0.6)
    >>> made = balance_map([trains.binned(0.1), trains.binned(0.2)], baseline="zero")
    >>> [ax.get_ylabel() for ax in made.axes[:2]]
    ['bin width', 'S(t) (spikes a unit)']
    """
    scales = _scales(binned)
    finest = scales[0]
    begin, stop = _span(finest, span)
    whole, place = inside(figure, (7.4, 4.6))
    grid = place.add_gridspec(2, 1, height_ratios=[1.7, 1.0])
    top = place.add_subplot(grid[0])
    below = place.add_subplot(grid[1], sharex=top)
    image = _rows(top, scales, baseline, begin, stop)
    bar = place.colorbar(image, ax=top, extend="both", pad=0.01)
    bar.set_label("f less the line (s.d.)", fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    _sum(below, finest, _sums(finest, sums, baseline), begin, stop)
    if found is not None:
        _excursions(top, below, found)
    shade([below], truth, label="true onset to end")
    for edge in truth or ():
        top.axvline(edge, color=INK, lw=0.9, ls=":", zorder=5)
    quiet(below)
    top.tick_params(axis="x", labelbottom=False)
    top.tick_params(labelsize=SMALL, colors=INK)
    top.set_xlim(begin, stop)
    below.set_xlabel("time (s)", fontsize=SMALL)
    if below.get_legend_handles_labels()[1]:
        below.legend(fontsize=SMALL, frameon=False, loc="best")
    return whole


def _scales(binned: Any) -> list[Binned]:
    listed = [binned] if isinstance(binned, Binned) else binned
    if not isinstance(listed, Sequence) or not listed or not all(isinstance(one, Binned) for one in listed):
        raise InputError(
            "binned",
            expected="a sequence of Binned, one a scale",
            got=type(binned).__name__,
            remedy="For example [trains.binned(width) for width in (0.05, 0.1, 0.2, 0.5, 1.0)].",
        )
    table = by_condition({one.width: one for one in listed}, Binned, "binned")[""]
    kept = [one for one in table.values() if not one.reason]
    if not kept or len({one.normalisation for one in kept}) > 1:
        raise InputError(
            "binned",
            expected="scales with bins, of one normalisation",
            got=f"{len(kept)} with bins, normalised by {', '.join(sorted({one.normalisation for one in kept})) or '-'}",
            remedy="Take widths shorter than the segments, and bin all with the same normalisation=.",
        )
    return kept


def _span(finest: Binned, span: Any) -> tuple[float, float]:
    if span is None:
        return float(finest.onsets[0]), float(finest.onsets[-1] + finest.lengths[-1] * finest.width)
    begin, stop = float(span[0]), float(span[1])
    if not segments_in(finest, np.zeros(finest.n_bins), begin, stop):
        raise InputError(
            "span", expected="start < stop, in s", got=f"{begin:g} to {stop:g}", remedy="Take one with bins in it."
        )
    return begin, stop


def standardised(binned: Binned, baseline: str | float) -> np.ndarray:
    """Return f less its balance line over its standard deviation, shape (bins,); 0 where f doesn't vary.

    >>> from causalgrain.ensembles.trains import Trains
    >>> trains = Trains.from_units([[0.05], [0.15]], [False, True], duration=0.2)
    >>> standardised(trains.binned(0.1), "zero").tolist()
    [1.0, -1.0]
    """
    excitatory, inhibitory = binned.dense()
    f = excitatory - inhibitory
    line, _ = balance_line(f, baseline)
    deviation = float(f.std())
    return (f - line) / deviation if deviation > 0.0 else np.zeros(len(f))


def row_edges(widths: Sequence[float]) -> np.ndarray:
    """Return the edges of rows on an axis of log10(width in s), shape (rows + 1,): half way between neighbours.

    >>> row_edges([0.01, 0.1, 1.0]).tolist()
    [-2.5, -1.5, -0.5, 0.5]
    """
    place = np.log10(np.asarray(widths, dtype=np.float64))
    between = 0.5 * (place[1:] + place[:-1])
    first, last = (place[1] - place[0], place[-1] - place[-2]) if len(place) > 1 else (0.3, 0.3)
    return np.concatenate([[place[0] - 0.5 * first], between, [place[-1] + 0.5 * last]])


def _rows(ax: Axes, scales: Sequence[Binned], baseline: str | float, begin: float, stop: float) -> Any:
    """Draw one strip a scale and segment; an image each, so that bins finer than a dot are averaged."""
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    shown = LinearSegmentedColormap.from_list("balance", ["#003D63", INHIBITORY, "#F7F7F7", EXCITATORY, "#7A3300"])
    norm = Normalize(-STRONGEST, STRONGEST)
    edges = row_edges([one.width for one in scales])
    image = None
    for one, low, high in zip(scales, edges, edges[1:], strict=False):
        for bins, values in segments_in(one, standardised(one, baseline), begin, stop):
            image = ax.imshow(
                values[None],
                extent=(bins[0], bins[-1], low, high),
                aspect="auto",
                origin="lower",
                cmap=shown,
                norm=norm,
                interpolation="auto",
                interpolation_stage="data",
            )
    ax.set_facecolor("#D9D9D9")  # time without bins
    ax.set_ylim(edges[0], edges[-1])
    _width_ticks(ax, edges)
    ax.set_ylabel("bin width", fontsize=SMALL)
    return image


def _width_ticks(ax: Axes, edges: np.ndarray) -> None:
    steps = (1.0, 2.0, 5.0) if edges[-1] - edges[0] < 2.5 else (1.0,)
    decades = np.arange(np.floor(edges[0]), np.ceil(edges[-1]) + 1)
    at = np.array([decade + np.log10(step) for decade in decades for step in steps])
    at = at[(at >= edges[0]) & (at <= edges[-1])]
    ax.set_yticks(at, [width_label(float(10.0**place)) for place in at])


def _sums(finest: Binned, sums: Cumulative | None, baseline: str | float) -> Cumulative:
    if sums is None:
        return cumulative(*finest.dense(), lengths=finest.lengths, width=finest.width, baseline=baseline)
    if not isinstance(sums, Cumulative) or len(sums.s) != finest.n_bins:
        raise InputError(
            "sums",
            expected=f"a Cumulative of the {finest.n_bins} bins of {width_label(finest.width)}",
            got=f"{len(sums.s)} bins" if isinstance(sums, Cumulative) else type(sums).__name__,
            remedy="Make it of the finest scale, cumulative(*binned.dense(), lengths=..., width=...), or leave it out.",
        )
    return sums


def _sum(ax: Axes, finest: Binned, sums: Cumulative, begin: float, stop: float) -> None:
    by_time = finest.normalisation == "rate"  # Hz times s: spikes a unit
    unit = "spikes a unit" if by_time else UNITS[finest.normalisation]
    scale = finest.width if by_time else 1.0
    for edges, values in segments_in(finest, sums.s * scale, begin, stop):
        ax.plot(edges[1:], values, color=INK, lw=1.2)
    ax.axhline(0.0, color=GREY, lw=0.8)
    ax.set_ylabel(f"S(t) ({unit})", fontsize=SMALL)


def _excursions(top: Axes, below: Axes, found: Excursions) -> None:
    """Mark what was found: a bar over the map from onset to end, a triangle where S is back."""
    for k in range(len(found)):
        color = EXCITATORY if found.depth[k] > 0 else INHIBITORY
        top.plot(
            [found.onset[k], found.end[k]], [1.02, 1.02], transform=top.get_xaxis_transform(), color=color, lw=3.0,
            clip_on=False, solid_capstyle="butt", zorder=6,
        )  # fmt: skip
    if len(found):
        x = float(found.end.max())
        top.annotate(
            "found", (x, 1.02), xycoords=top.get_xaxis_transform(), xytext=(4, 0), textcoords="offset points",
            va="center", fontsize=SMALL, color=INK,
        )  # fmt: skip
    back = found.returned[np.isfinite(found.returned)]
    if len(back):
        below.plot(back, np.zeros(len(back)), "^", ms=7, color=INK, label="S is back")
