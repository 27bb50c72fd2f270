"""The repertoires of a concept before and after its partition (Hoel et al. 2016, Fig. 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .._errors import InputError
from ..phi.expansion import over_whole_system
from ..phi.results import Concept, Core, IntegratedInformation, Part
from ..phi.selectivity import selectivity
from ..systems.states import format_state, index_state
from ._style import CUT, INK, NORMAL, PAST, SMALL, new_figure, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LABELS = 16  # states named on an axis


def repertoires(
    result: IntegratedInformation, mechanism: Sequence[int] | None = None, *, whole_system: bool = True
) -> Figure:
    """Draw the core cause and core effect repertoire of a concept, intact and partitioned, beside the uniform one.

    Parameters
    ----------
    result : IntegratedInformation
    mechanism : sequence of int, optional
        Elements of the concept. Default: the concept with the largest phi, the first where several have it.
    whole_system : bool
        Expand the repertoires over the whole system, as the paper does; else over the purview alone.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels, cause and effect; in each title the purview, its partition, phi, size, selectivity and shift.

    Raises
    ------
    InputError
        The mechanism is no concept.

    Examples
    --------
    >>> import causalgrain as cg
    >>> figure = cg.repertoires(cg.big_phi(cg.published("hoel2016-fig2"), "0000"), [0])
    >>> [ax.get_ylabel() for ax in figure.axes]
    ['P(past state)', 'P(future state)']
    """
    concept = _concept(result, mechanism)
    figure = new_figure((8.4, 3.6))
    for place, core in enumerate((concept.cause, concept.effect)):
        ax = figure.add_subplot(1, 2, place + 1)
        _panel(ax, result, concept, core, whole_system)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=SMALL, frameon=False, loc="outside lower center", ncols=3)
    names = _set(result, concept.mechanism)
    figure.suptitle(
        f"{names} in state {result.state_text} of {result.grain.label(result.labels)}: phi = {concept.phi:.4g}",
        fontsize=NORMAL,
    )
    return figure


def _panel(ax: Axes, result: IntegratedInformation, concept: Concept, core: Core, whole_system: bool) -> None:
    if whole_system:
        intact, parted = (over_whole_system(result.structure, core, cut=cut) for cut in (False, True))
        elements = tuple(sorted(dict(result.structure.unconstrained)))
    else:
        intact, parted, elements = core.repertoire, core.partitioned_repertoire, core.purview
    n = len(elements)
    at = np.arange(1 << n)
    edges = np.arange((1 << n) + 1) - 0.5
    ax.stairs(intact, edges, baseline=None, color=INK, lw=1.8, label="intact")
    ax.stairs(parted, edges, baseline=None, color=CUT, lw=1.4, label="partitioned")
    ax.axhline(0.5**n, color=PAST, ls=":", lw=1.2, label="uniform")
    ax.set_ylim(0.0, 1.12 * max(float(intact.max()), float(parted.max()), 0.5**n))
    step = max(1, (1 << n) // MOST_LABELS)  # a power of two
    ax.set_xticks(at[::step], [format_state(index_state(int(x), n)) for x in at[::step]], rotation=90)
    quiet(ax)
    past = core.direction == "cause"
    ax.set_ylabel(f"P({'past' if past else 'future'} state)", fontsize=SMALL)
    ax.set_xlabel(f"state of {_set(result, elements)}", fontsize=SMALL)
    made = selectivity(core)
    counts = " (counts)" if core.phi <= concept.phi + 1e-9 else ""
    when = ("t" if result.grain.tau == 1 else "T") + ("-1" if past else "+1")
    parts = " x ".join(_part(result, part, when) for part in core.partition)
    ax.set_title(
        f"core {core.direction} {_set(result, core.purview)}: phi = {core.phi:.4g}{counts}\nMIP {parts}\n"
        f"size {made.size}, irreducible selectivity {made.irreducible:.3f}, shift {abs(made.shift):.3f}",
        fontsize=SMALL,
    )


def _concept(result: IntegratedInformation, mechanism: Sequence[int] | None) -> Concept:
    concepts = result.structure.concepts
    if not concepts:
        raise InputError("result", expected="at least one concept", got="none", remedy="There is nothing to draw.")
    if mechanism is None:
        return max(concepts, key=lambda c: round(c.phi, 12))
    wanted = tuple(sorted(int(i) for i in mechanism))
    for concept in concepts:
        if concept.mechanism == wanted:
            return concept
    raise InputError(
        "mechanism",
        expected="the elements of a concept",
        got=str(wanted),
        remedy=f"Concepts here: {', '.join(str(c.mechanism) for c in concepts)}.",
    )


def _set(result: IntegratedInformation, elements: Sequence[int]) -> str:
    names = [result.names[i] for i in elements]
    return "{" + ("" if all(len(name) == 1 for name in names) else " ").join(names) + "}"


def _part(result: IntegratedInformation, part: Part, when: str) -> str:
    mechanism, purview = (_set(result, s) if s else "[]" for s in (part.mechanism, part.purview))
    return f"{mechanism}/{purview}{when}"
