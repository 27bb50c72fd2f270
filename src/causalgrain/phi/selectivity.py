"""What phi of a concept is made of (Hoel et al. 2016): repertoire size, irreducible selectivity, selectivity shift.

With D the earth mover's distance, r the repertoire over its purview, c the repertoire after the minimum-information
partition, H the uniform distribution over the purview, and size the number of purview elements:

* selectivity              ``D(r, H) / size``
* irreducible selectivity  ``(D(r, H) - D(c, H)) / size``, from -.5 to .5
* selectivity shift        ``(D(r, c) + D(c, H) - D(r, H)) / size``: the detour through c on the way to H, never below 0

so that ``phi = size * (irreducible selectivity + shift)``. The three are computed apart; the law is a test. Only the
side with the smaller phi counts for the concept; where cause and effect are level, the cause is shown first and
`Selectivity.level` says so. The numbers hang on which of tied partitions c comes from: the first in index order.

Distances between concepts are cause distance + effect distance, each over the union of the two purviews: a cause is
expanded uniformly, an effect by the unconstrained effect repertoire (phi.md's and the paper's ground distance).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import InputError
from .conventions import TOLERANCE
from .expansion import expanded
from .results import CauseEffectStructure, Concept, Core, IntegratedInformation
from .transport import emd

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Selectivity:
    """What phi of one side of a concept is made of.

    Attributes
    ----------
    direction : {"cause", "effect"}
        The side described.
    size : int
        Elements of its purview.
    selectivity, irreducible, shift : float
        See the module's formulas.
    phi : float
        ``size * (irreducible + shift)`` up to rounding.
    level : bool
        Whether the other side of the concept has the same phi.
    """

    direction: str
    size: int
    selectivity: float
    irreducible: float
    shift: float
    phi: float
    level: bool = False


def selectivity(concept: Concept | Core) -> Selectivity:
    """Return repertoire size, irreducible selectivity and selectivity shift of a concept or of one of its sides.

    ``irreducible = (D(r, H) - D(c, H)) / size``, ``shift = (D(r, c) + D(c, H) - D(r, H)) / size``

    Parameters
    ----------
    concept : Concept or Core
        Of a concept the side with the smaller phi is taken (the cause where they are level).

    Returns
    -------
    Selectivity

    Raises
    ------
    InputError
        Neither a concept nor a core cause or effect.

    Examples
    --------
    A macro AND pair sees more of its past than its elements do of theirs.

    >>> import causalgrain as cg
    >>> fig2 = cg.published("hoel2016-fig2")
    >>> micro = cg.big_phi(fig2, "0000").structure[(0,)]
    >>> macro = cg.big_phi(fig2, "0000", grain=cg.as_grain([[0, 1], [2, 3]], [[2], [2]])).structure[(0,)]
    >>> round(cg.selectivity(micro).irreducible, 4), round(cg.selectivity(macro).irreducible, 4)
    (0.0833, 0.365)

    References
    ----------
    Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012, "Repertoire size, selectivity, and
    selectivity shift".
    """
    if isinstance(concept, Concept):
        level = abs(concept.cause.phi - concept.effect.phi) <= TOLERANCE
        core = concept.cause if level or concept.cause.phi < concept.effect.phi else concept.effect
    elif isinstance(concept, Core):
        core, level = concept, False
    else:
        raise InputError(
            "concept",
            expected="a Concept or one of its sides",
            got=type(concept).__name__,
            remedy="Take one from a result: result.structure.concepts[0], or its .cause or .effect.",
        )
    size = len(core.purview)
    uniform = np.full(1 << size, 0.5**size)
    whole, parted = emd(core.repertoire, uniform), emd(core.partitioned_repertoire, uniform)
    apart = emd(core.repertoire, core.partitioned_repertoire)
    return Selectivity(
        core.direction,
        size,
        whole / size,
        (whole - parted) / size,
        (apart + parted - whole) / size,
        core.phi,
        level,
    )


def selectivity_table(result: IntegratedInformation | CauseEffectStructure) -> pd.DataFrame:
    """Return one row a concept and side: purview, phi, size, selectivity, irreducible selectivity, shift.

    Parameters
    ----------
    result : IntegratedInformation or CauseEffectStructure

    Returns
    -------
    pandas.DataFrame
        Columns mechanism, direction, counts (whether this side has the concept's phi), purview, phi, size,
        selectivity, irreducible, shift. Means over ``table[table.counts]`` take both sides where they are level.

    Examples
    --------
    >>> import causalgrain as cg
    >>> table = cg.selectivity_table(cg.big_phi(cg.published("hoel2016-fig4"), "000000"))
    >>> table[table.counts].irreducible.mean().round(4), abs(table[table.counts]["shift"]).max().round(4)
    (np.float64(0.0833), np.float64(0.0))
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for concept in _structure(result):
        for core in (concept.cause, concept.effect):
            found = selectivity(core)
            rows.append(
                {
                    "mechanism": concept.mechanism,
                    "direction": core.direction,
                    "counts": core.phi <= concept.phi + TOLERANCE,
                    "purview": core.purview,
                    "phi": core.phi,
                    "size": found.size,
                    "selectivity": found.selectivity,
                    "irreducible": found.irreducible,
                    "shift": found.shift,
                }
            )
    names = ["mechanism", "direction", "counts", "purview", "phi", "size", "selectivity", "irreducible", "shift"]
    return pd.DataFrame(rows, columns=names)


def concept_distances(result: IntegratedInformation | CauseEffectStructure) -> np.ndarray:
    """Return the distance between every two concepts of a structure in cause-effect space.

    ``d = D(cause, cause') + D(effect, effect')``, each over the union of the two purviews

    Parameters
    ----------
    result : IntegratedInformation or CauseEffectStructure
        With c concepts.

    Returns
    -------
    ndarray, shape (c, c)
        Symmetric, 0 on the diagonal, concepts in the structure's order.

    Examples
    --------
    The mean over pairs, as in the paper's Fig. 4: 1.33 between micro concepts.

    >>> import causalgrain as cg
    >>> d = concept_distances(cg.big_phi(cg.published("hoel2016-fig4"), "000000"))
    >>> round(float(d[np.triu_indices(len(d), 1)].mean()), 2)
    1.33
    """
    structure = _structure(result)
    unconstrained = dict(structure.unconstrained)
    out = np.zeros((len(structure), len(structure)))
    for i, one in enumerate(structure):
        for j in range(i + 1, len(structure)):
            two = structure.concepts[j]
            cause = emd(*_joined(one.cause, two.cause, dict.fromkeys(unconstrained, 0.5)))
            effect = emd(*_joined(one.effect, two.effect, unconstrained))
            out[i, j] = out[j, i] = cause + effect
    return out


def _structure(result: Any) -> CauseEffectStructure:
    structure = result.structure if isinstance(result, IntegratedInformation) else result
    if not isinstance(structure, CauseEffectStructure):
        raise InputError(
            "result",
            expected="the result of big_phi, or its .structure",
            got=type(result).__name__,
            remedy="Call causalgrain.big_phi(network, state) first.",
        )
    return structure


def _joined(one: Core, two: Core, outside: dict[int, float]) -> tuple[np.ndarray, np.ndarray]:
    """Both repertoires over the union of their purviews; P(ON) of an element outside a purview is `outside`."""
    union = tuple(sorted({*one.purview, *two.purview}))
    return expanded(one, union, outside), expanded(two, union, outside)
