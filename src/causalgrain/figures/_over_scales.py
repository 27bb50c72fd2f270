"""What figures over time scales share: conditions told apart, results by scale, axes of widths in ms and s.

Conventions. Results come by width in s, ``{0.005: result, 0.05: result}``, or by condition and width,
``{"wake": {0.005: result, ...}, "sleep": {...}}``; widths are drawn in ascending order. The excitatory ensemble is
vermilion, the inhibitory one blue. Conditions differ in colour, dashes and marker, so that they can be told apart in
grey too; scales run from dark (fine) to light (coarse).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from .._errors import InputError
from ..ensembles.ladder import width_label
from ._style import FUTURE, GREY, INK, PAST, PEAK, SECOND, SMALL, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure

EXCITATORY, INHIBITORY = PEAK, PAST
TRUE_SPAN = "#FAEFCF"  # behind a span that is known to be off balance
UNITS = {
    "rate": "Hz a unit",
    "fraction": "spikes a unit",
    "unit_mean": "times the mean",
    "zscore": "s.d.",
    "unit_maximum": "of the maximum",
}
LESS = 0.05, 0.84  # part of the colour map that shows on white

R = TypeVar("R")


class Look(NamedTuple):
    """How a condition is drawn."""

    color: str
    linestyle: Any
    marker: str


LOOKS = (
    Look(INK, "-", "o"),
    Look(SECOND, "--", "s"),
    Look(FUTURE, "-.", "^"),
    Look("#CC79A7", ":", "D"),
    Look("#56B4E9", (0, (6, 1.5, 1, 1.5, 1, 1.5)), "v"),
    Look(GREY, (0, (1, 1)), "P"),
)


def looks(conditions: Sequence[str]) -> dict[str, Look]:
    """Return how each condition is drawn; beyond six, colours come again with other markers."""
    return {
        name: LOOKS[k % len(LOOKS)]._replace(marker=LOOKS[(k + k // len(LOOKS)) % len(LOOKS)].marker)
        for k, name in enumerate(conditions)
    }


def by_condition(
    results: Any, kind: type[R] | tuple[type[R], ...], where: str = "results"
) -> dict[str, dict[float, R]]:
    """Return results as condition -> width in s -> result, widths ascending; a lone condition is named "".

    >>> by_condition({0.1: "b", 0.01: "a"}, str)
    {'': {0.01: 'a', 0.1: 'b'}}
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    name = kinds[0].__name__
    if not isinstance(results, Mapping) or not len(results):
        raise _unfit(where, name, type(results).__name__ if not isinstance(results, Mapping) else "none")
    nested = {"": results} if not any(isinstance(value, Mapping) for value in results.values()) else results
    found: dict[str, dict[float, R]] = {}
    for condition, scales in nested.items():
        if not isinstance(scales, Mapping) or not len(scales):
            raise _unfit(f"{where}, {condition!r}", name, type(scales).__name__)
        for width, result in scales.items():
            if isinstance(width, bool) or not isinstance(width, int | float | np.number) or not 0.0 < width < np.inf:
                raise _unfit(f"{where}, {condition!r}" if condition else where, name, f"the key {width!r}")
            if not isinstance(result, kinds):
                raise _unfit(f"{where}, {width_label(float(width))}", name, type(result).__name__)
        found[str(condition)] = {float(width): scales[width] for width in sorted(scales)}
    return found


def _unfit(where: str, name: str, got: str) -> InputError:
    return InputError(
        where,
        expected=f"a {name} by width in s, or by condition and width",
        got=got,
        remedy="For example {0.005: fine, 0.05: coarse}, or {'wake': {0.005: ...}, 'sleep': {0.005: ...}}.",
    )


def draws_of(null: Any, results: Mapping[str, Mapping[float, R]], kind: type[R]) -> dict[str, dict[float, list[R]]]:
    """Return the surrogates' results as condition -> width -> draws; widths without any have an empty list."""
    if null is None:
        return {name: {width: [] for width in scales} for name, scales in results.items()}
    given = by_condition(null, (list, tuple), "null")  # type: ignore[type-var]
    for name, scales in given.items():
        for width, draws in scales.items():
            if name not in results or width not in results[name]:
                raise InputError(
                    "null",
                    expected="conditions and widths of the results",
                    got=f"{name!r} at {width_label(width)}" if name else width_label(width),
                    remedy="Give surrogates under the same keys as the results.",
                )
            for draw in draws:
                if not isinstance(draw, kind):
                    raise _unfit(f"null, {width_label(width)}", f"sequence of {kind.__name__}", type(draw).__name__)
    return {
        name: {width: list(given.get(name, {}).get(width, ())) for width in scales}  # type: ignore[call-overload]
        for name, scales in results.items()
    }


def band(draws: Any, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the pointwise interval over draws, (draws, ...) -> two of (...); NaN where no draw has a number.

    >>> [ends.tolist() for ends in band([[0.0, 1.0], [2.0, 1.0]], 0.5)]
    [[0.5, 1.0], [1.5, 1.0]]
    """
    table = np.asarray(draws, dtype=np.float64)
    known = np.isfinite(table).any(axis=0)
    low, high = (np.full(table.shape[1:], np.nan) for _ in range(2))
    ends = 0.5 * (1.0 - level), 0.5 * (1.0 + level)
    low[known], high[known] = np.nanquantile(table[:, known], ends, axis=0)
    return low, high


def all_widths(results: Mapping[str, Mapping[float, Any]]) -> list[float]:
    """Return the widths of all conditions, ascending, s."""
    return sorted({width for scales in results.values() for width in scales})


def some_widths(widths: Sequence[float], most: int) -> list[float]:
    """Return at most so many of the widths, evenly spaced in the list, first and last among them.

    >>> some_widths([1, 2, 3, 4, 5], 3)
    [1, 3, 5]
    """
    if len(widths) <= most:
        return list(widths)
    return [widths[int(k)] for k in np.rint(np.linspace(0, len(widths) - 1, most))]


def scale_colours(widths: Sequence[float]) -> tuple[dict[float, Any], ScalarMappable]:
    """Return the colour of each width, dark to light with its logarithm, and what a colour bar is made from."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, LogNorm

    shown: Colormap = LinearSegmentedColormap.from_list("scales", colormaps["viridis"](np.linspace(*LESS, 64)))
    low, high = min(widths), max(widths)
    norm = LogNorm(low, high) if low < high else LogNorm(low / 2.0, high * 2.0)
    return {width: shown(norm(width)) for width in widths}, ScalarMappable(norm, shown)


def scale_axis(ax: Axes, *, label: str = "bin width", axis: str = "x") -> None:
    """Make an axis one of widths: logarithmic, its ticks in ms and s."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    getattr(ax, f"set_{axis}scale")("log")
    shown = getattr(ax, f"{axis}axis")
    low, high = sorted(getattr(ax, f"get_{axis}lim")())
    shown.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 30.0 * low else (1.0,), numticks=12))
    shown.set_major_formatter(FuncFormatter(lambda width, _: width_label(width)))
    shown.set_minor_formatter(NullFormatter())
    getattr(ax, f"set_{axis}label")(label, fontsize=SMALL)


def scale_bar(figure: Figure | SubFigure, colours: ScalarMappable, axes: Any, **settings: Any) -> None:
    """Add the colour bar of widths."""
    bar = figure.colorbar(colours, ax=axes, **settings)
    vertical = settings.get("orientation") != "horizontal"
    scale_axis(bar.ax, axis="y" if vertical else "x")
    bar.ax.tick_params(labelsize=SMALL, colors=INK)


def inside(figure: Figure | SubFigure | None, size: tuple[float, float]) -> tuple[Figure, Figure | SubFigure]:
    """Return the figure to give back, and the figure or subfigure to draw in."""
    if figure is None:
        made = new_figure(size)
        return made, made
    whole = figure
    while not hasattr(whole, "savefig"):
        whole = whole.figure  # type: ignore[assignment]
    return whole, figure  # type: ignore[return-value]


def key_below(place: Figure | SubFigure, ax: Axes, conditions: int) -> None:
    """Put the key of one panel below all of them: a column a condition, its kinds of lines in the same order."""
    handles, names = ax.get_legend_handles_labels()
    drawn = ax.get_children()
    order = sorted(range(len(names)), key=lambda k: drawn.index(handles[k]))  # as drawn, not lines before bands
    place.legend(
        [handles[k] for k in order],
        [names[k] for k in order],
        loc="outside lower center",
        ncols=min(conditions, 3),
        fontsize=SMALL,
        frameon=False,
    )


def shade(axes: Sequence[Axes], truth: tuple[float, float] | None, *, label: str | None = None) -> None:
    """Mark a true onset and end, s, in all panels; `label` goes to their legends."""
    if truth is None:
        return
    begin, stop = truth
    if not begin < stop:
        raise InputError(
            "truth", expected="onset < end, in s", got=f"{begin:g}, {stop:g}", remedy="For example (25.0, 35.0)."
        )
    for ax in axes:
        ax.axvspan(begin, stop, color=TRUE_SPAN, lw=0, zorder=0, label=label)
        for edge in (begin, stop):
            ax.axvline(edge, color=INK, lw=0.8, ls=":", zorder=5)
