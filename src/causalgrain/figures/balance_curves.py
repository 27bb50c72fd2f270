"""A measure over time scales by condition: interval, surrogates, and where it stands out after correction.

Of a measure NAME these variables of the profile are drawn, as far as it has them, each over (grain, condition):
``NAME_low`` and ``NAME_high`` (of the measure whose peak is named also ``low``, ``high``) as whiskers; ``NAME_null`` as
a thin dotted line; ``NAME_surrogates`` (surrogate, grain, condition) as a band, their pointwise 95 % interval, or else
``NAME_null_low`` and ``NAME_null_high``; ``NAME_q`` (corrected over scales and conditions), else ``NAME_p``, else, of
the first measure, ``p``: markers are filled where it is at most alpha, and open elsewhere.

Degrees are the lean of an axis, which has no direction: from one scale to the next the nearer of the angles that differ
by 180 is drawn (-89 after 86 as 91), and surrogates are taken as they lie about the value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._checks import as_number, choose
from .._errors import InputError
from ..profile import GrainProfile, Measure
from ._over_scales import Look, band, inside, looks, scale_axis
from ._style import GREY, INK, SMALL, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

COLUMNS = 3
ALPHA = 0.05
MOST_NAMED = 8


class Doubt(NamedTuple):
    """The doubt of a measure in one condition; arrays of shape (grains,), or None."""

    low: np.ndarray | None
    high: np.ndarray | None
    null: np.ndarray | None
    null_low: np.ndarray | None
    null_high: np.ndarray | None
    p: np.ndarray | None
    letter: str
    surrogates: np.ndarray | None = None


def balance_curves(
    profile: GrainProfile,
    measures: str | Sequence[str] | None = None,
    *,
    conditions: Sequence[str] | None = None,
    alpha: float = ALPHA,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw measures of a profile over time scales, conditions over each other.

    Parameters
    ----------
    profile : GrainProfile
        Whose grains have a width in s: of :func:`causalgrain.balance`, or any other over bin widths.
    measures : str or sequence of str, optional
        One panel each. Default: the measure whose peak is named.
    conditions : sequence of str, optional
        Default: all of them.
    alpha : float
        Corrected p from which down markers are filled.
    figure : matplotlib figure or subfigure, optional
        Where to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Whiskers: interval. Band and dotted line: surrogates, their 95 % and mean. A star: the named peak.

    Raises
    ------
    InputError
        Grains without a width, unknown measures or conditions, a measure without a number in any condition shown.

    Examples
    --------
    >>> from causalgrain.ensembles.balance import balance
    >>> from causalgrain.recordings.recording import Recording
    >>> trains = [np.sort(np.random.default_rng(k).uniform(0, 20, 200)) for k in range(4)]
    >>> recording = Recording.from_spikes(trains, duration=20.0)
    >>> profile = balance(recording, [0, 0, 1, 1], widths=[0.1, 0.5], surrogates=0, bootstrap=9)
    >>> [ax.get_ylabel() for ax in balance_curves(profile, ["correlation", "angle"]).axes]
    ['correlation', 'angle (degrees)']
    """
    widths = _widths(profile)
    known = {measure.name: measure for measure in profile.measures}
    listed = [measures] if isinstance(measures, str) else list(measures or [profile.measure.name])
    shown = [known[choose(name, tuple(known), "measures")] for name in listed]
    listed = [conditions] if isinstance(conditions, str) else list(conditions or profile.conditions)
    names = [choose(name, profile.conditions, "conditions") for name in listed]
    for measure in shown:
        _something(profile, measure.name, names)
    limit = as_number(alpha, "alpha", low=0.0, high=1.0)
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    size = (5.2, 3.8) if len(shown) == 1 else (0.5 + 2.6 * columns, 0.7 + 2.2 * rows)
    whole, place = inside(figure, size)
    axes = [place.add_subplot(rows, columns, k + 1) for k in range(len(shown))]
    styles = looks(profile.conditions)
    doubts, starred = [], False
    for ax, measure in zip(axes, shown, strict=True):
        for name in names:
            doubt = doubt_of(profile, measure.name, name)
            values = profile.values(measure.name, name)
            if measure.unit == "degrees":
                values, doubt = unwrapped(values, doubt)
            doubts.append(doubt)
            _line(ax, widths, values, doubt, styles[name], name, limit)
            starred |= _star(ax, profile, measure, name, widths, styles[name])
        if ax.get_ylim()[0] < 0.0 < ax.get_ylim()[1]:
            ax.axhline(0.0, color=GREY, lw=0.7, zorder=0)
        scale_axis(ax)
        ax.locator_params(axis="y", nbins=5)
        unit = f" ({measure.unit})" if measure.unit else ""
        ax.set_ylabel(measure.name.replace("_", " ") + unit, fontsize=SMALL)
        quiet(ax)
    for ax in axes[: len(axes) - columns]:
        ax.set_xlabel("")
    _legend(place, axes, doubts, starred, limit)
    return whole


def _widths(profile: Any) -> np.ndarray:
    columns = profile.grains.columns() if isinstance(profile, GrainProfile) else {}
    if "width_s" not in columns:
        raise InputError(
            "profile",
            expected="a GrainProfile over time scales, whose grains have a width_s",
            got=f"grains with {', '.join(columns)}" if columns else type(profile).__name__,
            remedy="Make one with balance(recording, ...).",
        )
    return np.asarray(columns["width_s"], dtype=np.float64)


def _something(profile: GrainProfile, measure: str, conditions: Sequence[str]) -> None:
    """Refuse a measure without a number at any scale of any of the conditions."""
    if any(np.isfinite(profile.values(measure, name)).any() for name in conditions):
        return
    known = [
        one.name
        for one in profile.measures
        if any(np.isfinite(profile.values(one.name, name)).any() for name in conditions)
    ]
    why = ""
    if "reason" in profile.data:
        reasons = profile.data["reason"]
        if "condition" in reasons.dims:
            reasons = reasons.sel(condition=conditions[0])
        said = [text for text in reasons.values.tolist() if text]
        why = f" ({said[0]})" if said else ""
    raise InputError(
        f"measures, {measure!r}",
        expected="a number at one scale at least",
        got=f"none in {', '.join(conditions)}{why}",
        remedy=f"Draw one that has: {', '.join(known[:MOST_NAMED])}."
        if known
        else "Nothing can be drawn: see the profile's reason and notes for what the recording lacks.",
    )


def doubt_of(profile: GrainProfile, measure: str, condition: str) -> Doubt:
    """Return what a profile holds on the doubt of one of its measures in one condition; None where it has nothing."""
    first = measure == profile.measure.name

    def find(*names: str) -> np.ndarray | None:
        for name in names:
            if name not in profile.data or "grain" not in profile.data[name].dims:
                continue
            array = profile.data[name]
            if "condition" in array.dims:
                array = array.sel(condition=condition)
            if "draw" in array.dims:
                array = array.isel(draw=0)
            if np.isfinite(array.values).any():
                return array.transpose(..., "grain").values
        return None

    own = ("low",) if first else (), ("high",) if first else ()
    surrogates = find(f"{measure}_surrogates")
    low, high = (None, None) if surrogates is None else band(surrogates)
    if surrogates is None:
        low, high = find(f"{measure}_null_low"), find(f"{measure}_null_high")
    p, letter = find(f"{measure}_q"), "q"
    if p is None:
        p, letter = find(f"{measure}_p", *(("p",) if first else ())), "p"
    return Doubt(
        find(f"{measure}_low", *own[0]),
        find(f"{measure}_high", *own[1]),
        find(f"{measure}_null"),
        low,
        high,
        p,
        letter if p is not None else "",
        surrogates,
    )


def unwrapped(values: np.ndarray, doubt: Doubt) -> tuple[np.ndarray, Doubt]:
    """Return angles of axes, degrees, without jumps of 180 from scale to scale, and their doubt with them."""
    turned, known = values.copy(), np.isfinite(values)
    turned[known] = np.unwrap(values[known], period=180.0)
    less = turned - values
    null = low = high = None
    if doubt.surrogates is not None:
        about = turned + (doubt.surrogates - turned + 90.0) % 180.0 - 90.0
        low, high = band(about)
        count = np.isfinite(about).sum(axis=0)
        null = np.divide(np.nansum(about, axis=0), count, out=np.full(len(turned), np.nan), where=count > 0)
    ends = (None if end is None else end + less for end in (doubt.low, doubt.high))
    return turned, doubt._replace(low=next(ends), high=next(ends), null=null, null_low=low, null_high=high)


def _line(ax: Axes, widths: np.ndarray, values: np.ndarray, doubt: Doubt, look: Look, name: str, alpha: float) -> None:
    if doubt.null_low is not None and doubt.null_high is not None:
        ax.fill_between(widths, doubt.null_low, doubt.null_high, color=look.color, alpha=0.15, lw=0)
    if doubt.null is not None:
        ax.plot(widths, doubt.null, color=look.color, ls=":", lw=1.0)
    if doubt.low is not None and doubt.high is not None:
        ax.vlines(widths, doubt.low, doubt.high, color=look.color, lw=0.9, alpha=0.8)
    ax.plot(widths, values, color=look.color, ls=look.linestyle, lw=1.3, zorder=3)
    clear = np.ones(len(values), dtype=bool) if doubt.p is None else doubt.p <= alpha
    for which, face in ((clear, look.color), (~clear, "white")):
        if which.any():
            ax.plot(
                widths[which],
                values[which],
                ls="",
                marker=look.marker,
                ms=4.0,
                color=look.color,
                mfc=face,
                mew=0.9,
                zorder=4,
            )
    ax.plot([], [], color=look.color, ls=look.linestyle, marker=look.marker, ms=4.0, lw=1.3, label=name)


def _star(ax: Axes, profile: GrainProfile, measure: Measure, name: str, widths: np.ndarray, look: Look) -> bool:
    """Mark the named peak; return whether there is one."""
    if measure.name != profile.measure.name or measure.sought not in ("maximum", "minimum"):
        return False
    peak = profile.at(name).peak
    if peak is not None:
        ax.plot(widths[peak.index], peak.value, "*", ms=11, mfc=look.color, mec=INK, mew=0.5, zorder=5)
    return peak is not None


def _legend(
    place: Figure | SubFigure, axes: Sequence[Axes], doubts: Sequence[Doubt], starred: bool, alpha: float
) -> None:
    """Say below what is what, once for all panels."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles, names = axes[0].get_legend_handles_labels()
    has_null = any(doubt.null is not None for doubt in doubts)
    has_band = any(doubt.null_low is not None for doubt in doubts)
    if has_null or has_band:
        filling, line = Patch(color=GREY, alpha=0.4, lw=0), Line2D([], [], color=INK, ls=":", lw=1.0)
        handle = (filling, line) if has_null and has_band else filling if has_band else line
        said = " and ".join(text for text, there in (("mean", has_null), ("95 %", has_band)) if there)
        handles, names = [*handles, handle], [*names, f"surrogates, {said}"]
    for letter in sorted({doubt.letter for doubt in doubts} - {""}):
        handles = [*handles, Line2D([], [], ls="", marker="o", ms=4.0, mec=INK, mfc=INK)]
        names = [*names, f"filled: {letter} ≤ {alpha:g}"]
    if starred:
        handles, names = [*handles, Line2D([], [], ls="", marker="*", ms=10, mec=INK, mfc=GREY)], [*names, "peak"]
    columns = min(len(names), 3 if len(axes) == 1 else 6)
    place.legend(handles, names, loc="outside lower center", ncols=columns, fontsize=SMALL, frameon=False)
