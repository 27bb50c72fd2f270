"""Spikes of all units, and under them the two ensembles at a few time scales.

Excitatory activity points up, inhibitory activity down (so the two are told apart in grey too); z-scores, which have
both signs, are drawn as two lines. Every panel below the raster is one bin width.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_whole
from .._errors import InputError
from ..ensembles.binned import Binned
from ..ensembles.ladder import as_widths, width_label
from ..ensembles.trains import Trains
from ._over_scales import EXCITATORY, INHIBITORY, UNITS, inside, shade
from ._style import INK, SMALL, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

SCALES = (0.005, 0.02, 0.1, 0.5)  # s
MOST_UNITS = 200


def raster(
    trains: Trains,
    *,
    widths: Sequence[float] = SCALES,
    span: tuple[float, float] | None = None,
    normalisation: str = "rate",
    truth: tuple[float, float] | None = None,
    most_units: int = MOST_UNITS,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw the spikes of all units, and the excitatory and inhibitory ensemble at a few time scales.

    Parameters
    ----------
    trains : Trains
    widths : sequence of float, s
        Of the bins, ascending; one panel each.
    span : (float, float), s, optional
        What time to show. Default: all of it.
    normalisation : str
        As in ``Trains.binned``.
    truth : (float, float), s, optional
        Onset and end of what is known to have happened, such as ``simulation.truth.failure``; shaded.
    most_units : int
        Of the two ensembles together; of more, this many are drawn, evenly spaced in each ensemble (the ensembles below
        still hold all).
    figure : matplotlib figure or subfigure, optional
        Where to draw.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        Not Trains, or a span without any of its time.

    Examples
    --------
    >>> trains = Trains.from_units([[0.05, 0.31], [0.12], [0.33]], [False, False, True], duration=0.4)
    >>> made = raster(trains, widths=[0.1])
    >>> [ax.get_ylabel() for ax in made.axes]
    ['', 'Hz a unit']
    """
    if not isinstance(trains, Trains):
        raise InputError(
            "trains",
            expected="Trains",
            got=type(trains).__name__,
            remedy="Make them: Trains.of(recording, inhibitory).",
        )
    scales = as_widths(widths)
    begin, stop = _span(trains, span)
    drawn = _chosen(trains.inhibitory, as_whole(most_units, "most_units", 2))
    whole, place = inside(figure, (7.2, 2.6 + 1.05 * len(scales)))
    grid = place.add_gridspec(1 + len(scales), 1, height_ratios=[2.3, *[1.0] * len(scales)])
    top = place.add_subplot(grid[0])
    panels = [top, *(place.add_subplot(grid[k + 1], sharex=top) for k in range(len(scales)))]
    _spikes(top, trains, drawn, begin, stop)
    for ax, width in zip(panels[1:], scales, strict=True):
        _ensembles(ax, trains.binned(width, normalisation=normalisation), begin, stop)
    panels[1].legend(
        fontsize=SMALL,
        frameon=False,
        ncols=2,
        loc="lower right",
        bbox_to_anchor=(1.0, 0.95),
        borderpad=0.0,
        handlelength=1.5,
    )
    place.align_ylabels(panels[1:])
    shade(panels, truth)
    for ax in panels:
        quiet(ax)
        ax.tick_params(axis="x", labelbottom=ax is panels[-1])
    top.set_xlim(begin, stop)
    panels[-1].set_xlabel("time (s)", fontsize=SMALL)
    return whole


def _span(trains: Trains, span: Any) -> tuple[float, float]:
    whole = float(trains.segments[0, 0]), float(trains.segments[-1, 1])
    if span is None:
        return whole
    begin, stop = float(span[0]), float(span[1])
    within = (trains.segments[:, 0] < stop) & (trains.segments[:, 1] > begin)
    if not begin < stop or not within.any():
        raise InputError(
            "span",
            expected=f"start < stop, in s, between {whole[0]:g} and {whole[1]:g}",
            got=f"{begin:g} to {stop:g}",
            remedy="Take a span with recorded time in it.",
        )
    return begin, stop


def _chosen(inhibitory: np.ndarray, most: int) -> list[np.ndarray]:
    """Return which excitatory and which inhibitory units are drawn, in proportion and at least one of each."""
    share = min(1.0, most / len(inhibitory))
    found = []
    for kind in (False, True):
        units = np.flatnonzero(inhibitory == kind)
        found.append(
            units[np.unique(np.linspace(0, len(units) - 1, max(1, round(share * len(units)))).round().astype(int))]
        )
    return found


def _spikes(ax: Axes, trains: Trains, drawn: list[np.ndarray], begin: float, stop: float) -> None:
    first, last = np.searchsorted(trains.times, [begin, stop])
    times, unit = trains.times[first:last], trains.unit[first:last]
    rows = len(drawn[0]) + len(drawn[1])
    tick = max(0.6, 150.0 / rows)  # points: the height of a row
    ticks, names, bottom = [], [], 0
    for units, color, name, total in zip(
        drawn, (EXCITATORY, INHIBITORY), "EI", (trains.n_excitatory, trains.n_inhibitory), strict=True
    ):
        row = np.full(trains.n_units, -1)
        row[units] = bottom + np.arange(len(units))
        kept = row[unit] >= 0
        ax.plot(
            times[kept],
            row[unit[kept]],
            ls="",
            marker="|",
            ms=tick,
            mew=0.5,
            color=color,
            alpha=0.7,
            rasterized=len(times) > 20_000,
            label=name,
        )
        ticks.append(bottom + 0.5 * (len(units) - 1))
        names.append(f"{name}: {len(units)}" + (f"\nof {total:,}" if len(units) < total else "") + "\nunits")
        bottom += len(units)
    ax.axhline(len(drawn[0]) - 0.5, color=INK, lw=0.5)
    ax.set_ylim(-1, rows)
    ax.set_yticks(ticks, names)
    ax.tick_params(axis="y", length=0)


def _ensembles(ax: Axes, binned: Binned, begin: float, stop: float) -> None:
    ax.text(1.01, 0.5, width_label(binned.width), transform=ax.transAxes, va="center", fontsize=SMALL, color=INK)
    ax.set_ylabel(UNITS[binned.normalisation], fontsize=SMALL)
    if binned.reason:
        where = {"transform": ax.transAxes, "ha": "center", "va": "center", "in_layout": False}
        ax.text(0.5, 0.5, binned.reason, fontsize=SMALL, color=INK, **where)
        return
    mirrored = binned.normalisation != "zscore"
    signs = (1.0, -1.0) if mirrored else (1.0, 1.0)
    names = ("excitatory, up", "inhibitory, down") if mirrored else ("excitatory", "inhibitory")
    for values, sign, color, name in zip(binned.dense(), signs, (EXCITATORY, INHIBITORY), names, strict=True):
        for edges, part in segments_in(binned, values, begin, stop):
            label = name if name not in ax.get_legend_handles_labels()[1] else None
            if mirrored:
                ax.stairs(sign * part, edges, fill=True, color=color, lw=0, label=label)
            else:
                ax.stairs(
                    part, edges, baseline=None, color=color, lw=0.7, ls="-" if name == names[0] else "--", label=label
                )
    ax.axhline(0.0, color=INK, lw=0.5)
    if mirrored:
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        ax.yaxis.set_major_locator(MaxNLocator(4, symmetric=False))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{abs(y):g}"))


def segments_in(binned: Binned, values: np.ndarray, begin: float, stop: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (edges in s, values) of the bins of each segment that touch the span begin to stop, s."""
    found = []
    upto = np.concatenate([[0], np.cumsum(binned.lengths)]).tolist()
    for (a, b), onset in zip(pairwise(upto), binned.onsets.tolist(), strict=True):
        first = max(0, int(np.floor((begin - onset) / binned.width)))
        last = min(b - a, int(np.ceil((stop - onset) / binned.width)))
        if first < last:
            found.append((onset + binned.width * np.arange(first, last + 1), values[a + first : a + last]))
    return found
