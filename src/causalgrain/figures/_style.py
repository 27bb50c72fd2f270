"""What all figures share: colours that people with colour blindness can part, quiet axes, where to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito's palette.
PAST, FUTURE, PEAK, GREY, SECOND = "#0072B2", "#009E73", "#D55E00", "#8A8A8A", "#E69F00"
CUT = "#C1272D"
INK = "#222222"
SMALL, NORMAL = 8, 10


def canvas(ax: Axes | None, size: tuple[float, float], **settings: Any) -> tuple[Figure, Axes]:
    """Return the figure and the axes to draw on: those given, or new ones (no window is opened, no state kept)."""
    if ax is not None:
        figure = ax.figure
        while not hasattr(figure, "savefig"):  # axes of a subfigure
            figure = figure.figure
        return figure, ax  # type: ignore[return-value]
    figure = new_figure(size)
    return figure, figure.add_subplot(**settings)


def new_figure(size: tuple[float, float]) -> Figure:
    """Return a figure that belongs to no window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def quiet(ax: Axes) -> None:
    """Leave only the axes that are read."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.tick_params(labelsize=SMALL, colors=INK)
