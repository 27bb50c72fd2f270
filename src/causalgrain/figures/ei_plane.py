"""The plane of excitatory and inhibitory activity: where bins lie at each scale, and the ellipse that holds them.

Dots are pairs (E, I), larger the more bins have them (area by logarithm). The ellipse is that of
:mod:`causalgrain.ensembles.geometry` at a number of standard deviations, with its long axis (dotted where the cloud is
as good as round); both axes of a panel have the same unit, so the angle is as it looks. The last panel
lays the ellipses of all scales over each other, about their centres: how they contract with the bin, and whether they
keep their lean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_number
from .._errors import InputError
from ..ensembles.binned import Binned
from ..ensembles.geometry import EnsembleGeometry, ensemble_geometry
from ..ensembles.ladder import width_label
from ._over_scales import UNITS, all_widths, by_condition, inside, scale_bar, scale_colours, some_widths
from ._style import GREY, INK, PEAK, SMALL, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

MOST_SCALES = 4
MOST_DOTS = 4000
FULL = np.linspace(0.0, 2.0 * np.pi, 181)


def ei_plane(
    binned: Sequence[Binned] | Mapping[str, Sequence[Binned]],
    *,
    geometry: Any = None,
    deviations: float = 2.0,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    r"""Draw the joint activity of both ensembles with its ellipse, scale by scale; a row a condition.

    Parameters
    ----------
    binned : sequence of Binned, or mapping of condition to such
        One a scale, of one normalisation. At most four scales get a panel of their own, evenly chosen.
    geometry : mapping of width in s to EnsembleGeometry, or of condition and width, optional
        The ellipses. Default: ``ensemble_geometry(*binned.pairs())``.
    deviations : float
        Standard deviations along each axis at which ellipses are drawn; 2 hold 86 % of Gaussian bins.
    figure : matplotlib figure or subfigure, optional
        Where to draw.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        No Binned, different normalisations, an ellipse that is missing.

    Examples
    --------
    >>> from causalgrain.ensembles.trains import Trains
    >>> trains = Trains.from_units([[0.05, 0.31, 0.33], [0.12, 0.31]], [False, True], duration=0.6)
    >>> made = ei_plane([trains.binned(0.1), trains.binned(0.2)])
    >>> made.axes[0].get_title()
    '100 ms\nas good as round\naspect 2.03'
    """
    size = as_number(deviations, "deviations", low=1e-3, high=10.0)
    given = _by_condition(binned)
    units = {one.normalisation for scales in given.values() for one in scales.values()}
    if len(units) > 1:
        raise InputError(
            "binned",
            expected="one normalisation",
            got=", ".join(sorted(units)),
            remedy="Bin all with the same normalisation=.",
        )
    unit = UNITS[units.pop()]
    ellipses = _ellipses(given, geometry)
    widths = all_widths(given)
    shown = some_widths(widths, MOST_SCALES)
    colours, bar = scale_colours(widths)
    columns = len(shown) + 1
    whole, place = inside(figure, (0.7 + 1.62 * columns, 0.4 + 1.95 * len(given)))
    if figure is None:
        whole.set_layout_engine("compressed")  # square panels without gaps
    grid = [
        [place.add_subplot(len(given), columns, row * columns + k + 1) for k in range(columns)]
        for row in range(len(given))
    ]
    for row, (name, scales) in enumerate(given.items()):
        for k, width in enumerate(shown):
            ax = grid[row][k]
            if width in scales:
                _panel(ax, scales[width], ellipses[name][width], size, colours[width])
                ax.set_title(f"{width_label(width)}\n{said(ellipses[name][width])}", fontsize=SMALL - 0.5, color=INK)
            else:
                ax.set_axis_off()
        _overlaid(grid[row][-1], ellipses[name], colours, size)
        grid[row][-1].set_title("all, about\ntheir centres", fontsize=SMALL - 0.5, color=INK)
        label = f"I ({unit})"
        grid[row][0].set_ylabel(f"{name}\n{label}" if name else label, fontsize=SMALL)
    for k in range(columns):
        column = [rows[k] for rows in grid if rows[k].axison]
        _alike(column)
        for ax in column:
            ax.set_aspect("equal", adjustable="box")
            quiet(ax)
        if column:
            column[-1].set_xlabel(f"E ({unit})", fontsize=SMALL)
    scale_bar(place, bar, [ax for rows in grid for ax in rows], shrink=0.8, pad=0.01)
    return whole


def _by_condition(binned: Any) -> dict[str, dict[float, Binned]]:
    nested = binned if isinstance(binned, Mapping) else {"": binned}
    table = {}
    for name, scales in nested.items():
        listed = [scales] if isinstance(scales, Binned) else scales
        if not isinstance(listed, Sequence) or not listed or not all(isinstance(one, Binned) for one in listed):
            raise InputError(
                f"binned, {name!r}" if name else "binned",
                expected="a sequence of Binned, one a scale",
                got=type(scales).__name__,
                remedy="For example [trains.binned(width) for width in (0.005, 0.05, 0.5)].",
            )
        table[str(name)] = {one.width: one for one in listed}
    return by_condition(table, Binned, "binned")


def _ellipses(given: dict[str, dict[float, Binned]], geometry: Any) -> dict[str, dict[float, EnsembleGeometry]]:
    if geometry is None:
        return {name: {width: _ellipse(one) for width, one in scales.items()} for name, scales in given.items()}
    found = by_condition(geometry, EnsembleGeometry, "geometry")
    for name, scales in given.items():
        for width in scales:
            if width not in found.get(name, {}):
                raise InputError(
                    "geometry",
                    expected=f"an ellipse for {name + ' at ' if name else ''}{width_label(width)}",
                    got="none",
                    remedy="Give one for each Binned, under the same condition and width, or leave geometry out.",
                )
    return found


def _ellipse(binned: Binned) -> EnsembleGeometry:
    excitatory, inhibitory, weights = binned.pairs()
    return ensemble_geometry(excitatory, inhibitory, weights=weights)


def outline(ellipse: EnsembleGeometry, deviations: float, *, centred: bool = False) -> np.ndarray:
    """Return the ellipse's outline, shape (2, points): E and I.

    >>> found = ensemble_geometry([0, 1, 2, 3], [0, 1, 2, 3])
    >>> outline(found, 1.0).max(axis=1).round(3).tolist()
    [2.618, 2.618]
    """
    angle = np.radians(0.0 if np.isnan(ellipse.angle) else ellipse.angle)
    long, short = deviations * ellipse.long_axis * np.cos(FULL), deviations * ellipse.short_axis * np.sin(FULL)
    turned = np.array([long * np.cos(angle) - short * np.sin(angle), long * np.sin(angle) + short * np.cos(angle)])
    return turned if centred else turned + [[ellipse.mean_excitatory], [ellipse.mean_inhibitory]]


def _panel(ax: Axes, binned: Binned, ellipse: EnsembleGeometry, size: float, color: Any) -> None:
    excitatory, inhibitory, weights = binned.pairs()
    if len(weights) > MOST_DOTS:  # those that most bins have, else evenly through the list
        kept = (
            np.sort(np.argsort(-weights, kind="stable")[:MOST_DOTS])
            if weights.max() > weights.min()
            else (np.linspace(0, len(weights) - 1, MOST_DOTS).astype(int))
        )
        excitatory, inhibitory, weights = excitatory[kept], inhibitory[kept], weights[kept]
    area = 2.0 + 30.0 * np.log(weights) / max(float(np.log(weights.max(initial=1.0))), np.log(1e3))
    ax.scatter(excitatory, inhibitory, s=area, color=GREY, alpha=0.45, linewidths=0, zorder=1, rasterized=True)
    if np.isnan(ellipse.long_axis):
        why = "\n".join(wrap(ellipse.reason, 22))
        ax.text(0.5, 0.5, why, transform=ax.transAxes, ha="center", va="center", fontsize=SMALL - 1, in_layout=False)
        return
    ax.plot(*outline(ellipse, size), color=color, lw=1.8, zorder=4)
    ends = outline(ellipse, size)[:, [0, len(FULL) // 2]]
    ax.plot(*ends, color=PEAK, lw=1.2, ls="-" if np.isfinite(ellipse.angle_error) else ":", zorder=4)


def said(ellipse: EnsembleGeometry) -> str:
    r"""Return angle and aspect ratio in words.

    >>> said(ensemble_geometry([0, 1, 2, 3], [0, 1, 2, 3]))
    'angle 45.0 ± 0.0°\naspect inf'
    """
    if np.isnan(ellipse.long_axis):
        return "no ellipse\n"
    if np.isfinite(ellipse.angle_error):
        lean = f"angle {ellipse.angle:.1f} ± {ellipse.angle_error:.1f}°"
    else:
        lean = "as good as round" if np.isfinite(ellipse.round_p) else "angle: none"
    return f"{lean}\naspect {ellipse.aspect_ratio:.3g}"


def _overlaid(ax: Axes, ellipses: Mapping[float, EnsembleGeometry], colours: Mapping[float, Any], size: float) -> None:
    for width, ellipse in ellipses.items():
        if np.isfinite(ellipse.long_axis):
            ax.plot(*outline(ellipse, size, centred=True), color=colours[width], lw=1.3)


def _alike(axes: Sequence[Axes]) -> None:
    """Give panels the same limits: square, so that the same unit is as long on both axes."""
    if not axes:
        return
    limits = np.array([[*ax.get_xlim(), *ax.get_ylim()] for ax in axes])
    low, high = limits[:, [0, 2]].min(), limits[:, [1, 3]].max()
    for ax in axes:
        ax.set_xlim(low, high)
        ax.set_ylim(low, high)
        ax.plot([low, high], [low, high], color=INK, lw=0.7, ls=":", zorder=2, scalex=False, scaley=False)
