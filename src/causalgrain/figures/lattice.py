"""The lattice of grains (Hoel et al. 2016, Fig. 7): Phi of every grain by level, covers, maxima, path to the peak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._errors import InputError
from ..grains.order import Lattice, lattice
from ..grains.paths import GrainPath, grain_path
from ..profile import TIE_TOLERANCE, GrainProfile
from ._style import GREY, INK, NORMAL, PAST, PEAK, SMALL, canvas, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_COVERS = 3000  # drawn; more would only make the picture black
SPREAD, STEP = 0.28, 0.03  # of a level: over which grains of equal Phi are laid out, and the gap between few


def grain_lattice(
    profile: GrainProfile,
    *,
    path: GrainPath | None = None,
    covers: Lattice | bool = True,
    ax: Axes | None = None,
) -> Figure:
    """Draw Phi of every admitted grain against its level, with the lattice's edges and the path to the peak.

    Parameters
    ----------
    profile : GrainProfile
        Of :func:`causalgrain.scan`, with a named peak.
    path : GrainPath, optional
        Of :func:`causalgrain.grain_path`; found here if not given.
    covers : Lattice or bool
        The order whose edges are drawn; True: that of the admitted grains (left out where there are more than 3,000
        edges, and the title says so), False: none.
    ax : matplotlib axes, optional

    Returns
    -------
    matplotlib.figure.Figure
        Grey: grains and covers. Blue: the maximum of each level. Orange: the path to the peak (solid), and beyond it
        (dashed).

    Raises
    ------
    InputError
        The profile names no peak, or the largest Phi is 0.

    Examples
    --------
    >>> import causalgrain as cg
    >>> figure = cg.grain_lattice(cg.scan(cg.published("hoel2016-fig2"), "0000"))
    >>> figure.axes[0].get_xlabel()
    'level: micro elements less macro elements'
    """
    found = grain_path(profile) if path is None else path
    if not isinstance(found, GrainPath):
        raise InputError(
            "path", expected="a GrainPath", got=type(path).__name__, remedy="Make one with grain_path(profile)."
        )
    figure, ax = canvas(ax, (6.4, 4.6))
    rows = np.flatnonzero(profile.admitted & np.isfinite(profile.values()))
    level, phi = profile.data["level"].values, profile.values()
    marked = [step.index for step in (*found.to_peak, *found.beyond)]
    marked += [m.rows[0] for m in found.maxima if len(m.rows) and m.step not in m.rows]
    x = _laid_out(level, phi, rows, marked)
    left_out = ""
    if covers is not False:
        order = lattice(profile) if covers is True else covers
        edges = order.covers
        if len(edges) <= MOST_COVERS:
            from matplotlib.collections import LineCollection

            ends = [[(x[a], phi[a]), (x[b], phi[b])] for a, b in edges]
            ax.add_collection(LineCollection(ends, colors=GREY, linewidths=0.35, alpha=0.25, zorder=1))
        else:
            left_out = f"; {len(edges):,} covers not drawn"
    ax.scatter(x[rows], phi[rows], s=9, color=GREY, alpha=0.7, linewidths=0, zorder=2, label="admitted grains")
    tops = [m for m in found.maxima if np.isfinite(m.phi)]
    ax.plot(
        [x[m.rows[0]] if m.step not in m.rows else x[m.step] for m in tops],
        [m.phi for m in tops],
        "o",
        ms=7,
        mfc="none",
        mec=PAST,
        mew=1.6,
        zorder=4,
        label="maximum of the level",
    )
    for steps, style, name in (
        (found.to_peak, "-", "path to the peak"),
        ((found.peak, *found.beyond), "--", "and beyond it"),
    ):
        if len(steps) > 1:
            at = [step.index for step in steps]
            ax.plot(x[at], phi[at], style, color=PEAK, lw=1.8, zorder=3, label=name)
    top = found.peak
    ax.plot(x[top.index], top.value, "*", ms=15, color=PEAK, mec=INK, mew=0.6, zorder=5)
    ax.annotate(
        f"{top.label}\nPhi = {top.value:.3g}",
        (float(x[top.index]), top.value),
        textcoords="offset points",
        xytext=(10, -4) if level[top.index] < level[rows].max() else (-10, -4),
        ha="left" if level[top.index] < level[rows].max() else "right",
        va="top",
        fontsize=SMALL,
        zorder=6,
    )
    ax.set_xticks(np.unique(level[rows]))
    ax.set_ylim(-0.03 * top.value, 1.12 * top.value)
    ax.set_xlabel("level: micro elements less macro elements")
    ax.set_ylabel("integrated information Phi")
    ax.set_title(f"{profile.what}\n{len(rows):,} admitted grains{left_out}", fontsize=NORMAL)
    ax.legend(fontsize=SMALL, frameon=False)
    quiet(ax)
    return figure


def _laid_out(level: np.ndarray, phi: np.ndarray, rows: np.ndarray, marked: list[int]) -> np.ndarray:
    """The x of every grain: its level, those of equal Phi spread around it in the order of the table.

    Of `marked` grains among equals the first stands at the middle.
    """
    x = level.astype(float)
    for one in np.unique(level[rows]):
        here = rows[level[rows] == one]
        groups = np.round(phi[here] / TIE_TOLERANCE).astype(np.int64)
        for group in np.unique(groups):
            same = here[groups == group]
            if len(same) > 1:
                wide = min(SPREAD, 0.5 * STEP * (len(same) - 1))
                first = next((row for row in marked if row in same), same[len(same) // 2])
                others = same[same != first]
                middle = len(same) // 2
                x[np.insert(others, middle, first)] += np.linspace(-wide, wide, len(same) + 1 - len(same) % 2)[
                    : len(same)
                ]
    return x
