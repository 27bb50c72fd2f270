"""The control-parameter curve of a simulated network: what it does as the weight of inhibition changes.

A run in which activity died out has a cross over it: its numbers are of the whole run, silence included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._errors import InputError
from ..ensembles.ladder import width_label
from ..simulate.balanced_sweep import InhibitionSweep
from ._over_scales import EXCITATORY, INHIBITORY, inside, scale_colours
from ._style import GREY, INK, SMALL, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

MARKERS = ("o", "s", "^", "D", "v", "P")


def inhibition_curve(sweep: InhibitionSweep, *, figure: Figure | SubFigure | None = None) -> Figure:
    """Draw rates, irregularity, E-I correlation and synchrony over the strength of inhibition.

    Parameters
    ----------
    sweep : InhibitionSweep
        Of :func:`causalgrain.simulate.balanced_sweep.sweep_inhibition`.
    figure : matplotlib figure or subfigure, optional
        Where to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Four panels; a dotted line at 1, the regime's own strength.

    Raises
    ------
    InputError
        Not an InhibitionSweep.

    Examples
    --------
    >>> from causalgrain.simulate.balanced_sweep import sweep_inhibition
    >>> sweep = sweep_inhibition([0.5, 2.0], regime="driven", cells=100, duration=0.2, progress=False)
    >>> [ax.get_ylabel() for ax in inhibition_curve(sweep).axes]
    ['rate (Hz)', 'CV of intervals', 'E-I correlation', 'synchrony chi']
    """
    if not isinstance(sweep, InhibitionSweep):
        raise InputError(
            "sweep",
            expected="an InhibitionSweep",
            got=type(sweep).__name__,
            remedy="Make one with sweep_inhibition([0.5, 1.0, 2.0]).",
        )
    whole, place = inside(figure, (7.0, 4.8))
    axes = [place.add_subplot(2, 2, 1)]
    axes += [place.add_subplot(2, 2, k, sharex=axes[0]) for k in (2, 3, 4)]
    rates, cv, rho, chi = axes
    for ax, values in (
        (rates, (sweep.rate_excitatory, sweep.rate_inhibitory)),
        (cv, (sweep.cv_excitatory, sweep.cv_inhibitory)),
    ):
        for line, color, style, marker, name in zip(
            values, (EXCITATORY, INHIBITORY), ("-", "--"), MARKERS, ("excitatory", "inhibitory"), strict=False
        ):
            _curve(ax, sweep, line, color, style, marker, name)
    cv.axhline(1.0, color=GREY, lw=0.8)
    cv.text(
        0.99, 1.0, "Poisson", transform=cv.get_yaxis_transform(), fontsize=SMALL, color=GREY, va="bottom", ha="right"
    )
    colours, _ = scale_colours(sweep.widths)
    for k, width in enumerate(sweep.widths):
        style = ("-", "--", "-.", ":")[k % 4]
        _curve(rho, sweep, sweep.correlation[:, k], colours[width], style, MARKERS[k % 6], width_label(width))
    _curve(chi, sweep, sweep.synchrony, INK, "-", "o", f"at {width_label(sweep.widths[0])}" if sweep.widths else "")
    for ax, label in zip(axes, ("rate (Hz)", "CV of intervals", "E-I correlation", "synchrony chi"), strict=True):
        ax.axvline(1.0, color=INK, lw=0.7, ls=":", zorder=0)
        ax.set_ylabel(label, fontsize=SMALL)
        if ax in (rho, chi):
            ax.set_xlabel("inhibitory weight (times the regime's own)", fontsize=SMALL)
        quiet(ax)
    if np.isfinite(sweep.died).any():
        rates.plot([], [], ls="", marker="x", ms=9, mew=1.2, color=INK, label="died out")
    for ax in (rates, rho, chi):
        ax.legend(fontsize=SMALL, frameon=False)
    for ax in (rates, cv, chi):
        ax.set_ylim(bottom=0.0)
    return whole


def _curve(
    ax: Axes, sweep: InhibitionSweep, values: np.ndarray, color: str, style: str, marker: str, name: str
) -> None:
    """Draw one curve in order of inhibition, and crosses over runs that died."""
    order = np.argsort(sweep.inhibition, kind="stable")
    x, y, died = sweep.inhibition[order], values[order], np.isfinite(sweep.died[order])
    ax.plot(x, y, ls=style, marker=marker, ms=4.5, lw=1.4, color=color, label=name)
    ax.plot(x[died], y[died], ls="", marker="x", ms=9, mew=1.2, color=INK)
