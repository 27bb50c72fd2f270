"""Cause-effect space (Hoel et al. 2016, Fig. 2C and F): every concept a star, as large as its phi.

An axis of the space is the probability of one past or one future state of the system; a concept stands where its
repertoires, expanded over the whole system, put it. Three axes are drawn: those over which the concepts differ most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import InputError
from ..phi.expansion import over_whole_system
from ..phi.results import IntegratedInformation
from ..systems.states import format_state, index_state
from ._style import FUTURE, INK, NORMAL, PAST, PEAK, SMALL, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LARGEST_STAR = 900.0  # points squared, of phi = 1
SAME = 1e-9  # concepts nearer than this stand at the same place
MOST_NAMES = 16  # stars with a name, those of the largest phi


def cause_effect_space(
    result: IntegratedInformation, *, axes: Sequence[tuple[str, str]] | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the concepts of a system in its cause-effect space.

    Parameters
    ----------
    result : IntegratedInformation
    axes : three pairs ("past" | "future", state), optional
        Which dimensions to draw, such as ``("past", "1100")``. Default: the three of the largest variance over concepts
        (the first in index order where they tie), past before future; of a single concept, of the largest probability.
    ax : matplotlib 3-d axes, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        No concepts, or dimensions that the system lacks.

    Examples
    --------
    >>> import causalgrain as cg
    >>> figure = cg.cause_effect_space(cg.big_phi(cg.published("hoel2016-fig2"), "0000"))
    >>> figure.axes[0].get_zlabel()
    'P(future 0011)'
    """
    concepts = result.structure.concepts
    if not concepts:
        raise InputError(
            "result", expected="at least one concept", got="none", remedy="A system without concepts has no points."
        )
    points = positions(result)
    n = len(result.structure.unconstrained)
    chosen = _largest(points) if axes is None else [_column(one, n) for one in axes]
    if len(chosen) != 3:
        raise InputError("axes", expected="three dimensions", got=str(len(chosen)), remedy="Name three of them.")
    figure, space = canvas(ax, (5.6, 5.2), projection="3d")
    where = points[:, chosen]
    stars = _together(where, points, [_name(result, c.mechanism) for c in concepts])
    stars.sort(key=lambda star: -max(concepts[i].phi for i in star[0]))
    for rank, (place, label) in enumerate(stars):
        phi = np.array([concepts[i].phi for i in place])
        x, y, z = where[place[0]]
        style: dict[str, Any] = {"marker": "*", "color": PEAK, "edgecolors": INK, "linewidths": 0.5, "alpha": 0.85}
        space.scatter([x] * len(place), [y] * len(place), [z] * len(place), s=LARGEST_STAR * phi, **style)  # type: ignore
        if rank < MOST_NAMES:
            space.text(x, y, z, f"  {label}", fontsize=SMALL, color=INK)  # type: ignore[call-arg, arg-type]
    for column, axis, limit in zip(chosen, ("x", "y", "z"), ("xlim", "ylim", "zlim"), strict=True):
        past = column < 1 << n
        state = format_state(index_state(column % (1 << n), n))
        getattr(space, f"set_{axis}label")(f"P({'past' if past else 'future'} {state})", color=PAST if past else FUTURE)
        getattr(space, f"set_{limit}")(0.0, max(1.05 * float(where.max()), 0.1))
        getattr(space, f"{axis}axis").set_tick_params(labelsize=SMALL)
    many = f"{len(concepts)} concept{'s' if len(concepts) > 1 else ''}"
    said = [f"star area: phi; axes: 3 of {2 << n} dimensions"]
    if any(" | " in label for _, label in stars):
        said.append("|: apart in others")
    if len(stars) > MOST_NAMES:
        said.append(f"{MOST_NAMES} of {len(stars)} named")
    space.set_title(
        f"{result.grain.label(result.labels)} in state {result.state_text}: {many}, Phi = {result.phi:.3g}\n"
        + "; ".join(said),
        fontsize=NORMAL,
    )
    return figure


def positions(result: IntegratedInformation) -> np.ndarray:
    """Return where each concept stands, shape (concepts, 2 * 2**n): P of every past, then of every future state."""
    structure = result.structure
    return np.array(
        [
            np.concatenate([over_whole_system(structure, c.cause), over_whole_system(structure, c.effect)])
            for c in structure
        ]
    )


def _largest(points: np.ndarray) -> list[int]:
    """The three dimensions of largest variance, in index order; rounding does not decide between equals.

    A single concept has no variance: then those of the largest probability.
    """
    spread = points.var(axis=0).round(12) if len(points) > 1 else points[0].round(12)
    return sorted(np.argsort(-spread, kind="stable")[:3].tolist())


def _column(axis: Any, n: int) -> int:
    try:
        side, state = axis
        bits = [int(bit) for bit in state]
        fits = side in ("past", "future") and len(bits) == n and set(bits) <= {0, 1}
    except (TypeError, ValueError):
        fits, side, bits = False, "", []
    if not fits:
        raise InputError(
            "axes",
            expected=f'pairs of "past" or "future" and a state of {n} elements',
            got=repr(axis),
            remedy=f'For example ("past", "{"0" * n}").',
        )
    return sum(bit << i for i, bit in enumerate(bits)) + (1 << n if side == "future" else 0)


def _name(result: IntegratedInformation, mechanism: tuple[int, ...]) -> str:
    names = [result.names[i] for i in mechanism]
    return "".join(names) if all(len(name) == 1 for name in names) else f"{{{' '.join(names)}}}"


def _together(where: np.ndarray, points: np.ndarray, names: Sequence[str]) -> list[tuple[list[int], str]]:
    """Concepts drawn at the same place, with one label: "A, B" if it is theirs in all dimensions, else "A | B"."""
    stars = []
    for group in _groups(where):
        apart = [", ".join(names[group[i]] for i in same) for same in _groups(points[group])]
        stars.append((group, " | ".join(apart)))
    return stars


def _groups(points: np.ndarray) -> list[list[int]]:
    """Rows that are the same but for rounding."""
    groups: list[list[int]] = []
    for i, point in enumerate(points):
        for group in groups:
            if np.abs(points[group[0]] - point).max() <= SAME:
                group.append(i)
                break
        else:
            groups.append([i])
    return groups
