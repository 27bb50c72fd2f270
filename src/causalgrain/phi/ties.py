"""How much the rule for tied purviews matters: the smallest and the largest Phi over all ways to settle them.

A rule for ties is an order of preference among a mechanism's purviews, the same for the whole and after a cut. So if
w was chosen for the whole and is tied again after the cut, only w or a purview that wasn't tied in the whole can be
chosen there; otherwise any. Choices after different cuts are independent of each other. For a given choice in the
whole, Phi is the least distance over cuts; the range is taken over everything left open.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import CostError
from .._progress import track
from ..systems.states import nodes_of
from .compiled import kernels
from .conventions import TOLERANCE

if TYPE_CHECKING:
    from .searches import Search

MAX_COMBINATIONS = 200_000  # distances, about 0.1 ms each

Choice = dict[tuple[int, int], int]  # (mechanism, 0 cause | 1 effect) -> purview


def phi_range(search: Search) -> tuple[float, float]:
    """Return the smallest and largest Phi over tied purviews of the whole and of every cut structure."""
    system, effect, found = whole = search.whole()
    options = _options(system, effect, 0, 0, found)
    total = int(np.prod([float(len(p)) for p in options.values()])) * len(search.cuts)
    _refuse(total)
    parts = []
    for source in search.cuts:
        cut_system, cut_effect, cut, cut_id, part = search.after(source, whole)
        tied = _options(cut_system, cut_effect, cut, cut_id, part)
        parts.append((source, tied))
    low, high = np.inf, 0.0
    done = 0
    choices = int(np.prod([len(p) for p in options.values()]))
    with track("tied purviews", choices) as advance:
        for chosen in _choices(options):
            least_low = least_high = np.inf
            for source, tied in parts:
                free = {key: _consistent(p, chosen.get(key), options.get(key, [])) for key, p in tied.items()}
                count = int(np.prod([float(len(p)) for p in free.values()]))
                done += count
                _refuse(done)
                # Repertoires of one cut live in the system until the next cut: unfold again, then vary.
                cut_system, cut_effect, cut, cut_id, part = search.after(source, whole)
                first = _settled(system, effect, 0, 0, found, chosen)
                distances = [
                    kernels().distance.structure_distance(
                        system,
                        first,
                        cut_system,
                        _settled(cut_system, cut_effect, cut, cut_id, part, option),
                        np.inf,
                        TOLERANCE,
                    )
                    for option in _choices(free)
                ]
                least_low = min(least_low, *distances)
                least_high = min(least_high, max(distances))
            low = min(low, least_low)
            high = max(high, least_high)
            advance(1)
    return float(low), float(high)


def _consistent(tied: list[int], chosen: int | None, before: list[int]) -> list[int]:
    """Purviews that an order of preference which chose `chosen` out of `before` can choose out of `tied`."""
    if chosen not in tied:
        return tied
    return [p for p in tied if p == chosen or p not in before]


def _refuse(total: int) -> None:
    if total > MAX_COMBINATIONS:
        raise CostError(
            "ties='range'",
            expected=f"at most {MAX_COMBINATIONS:,} combinations of tied purviews",
            got=f"more than {total:,}" if total < 1e12 else "astronomically many",
            remedy="Use ties='first'; the result still lists every tie.",
        )


def _options(system: Any, effect: np.ndarray, source: int, cut_id: int, found: Any) -> dict[tuple[int, int], list[int]]:
    """Tied purviews of every concept's cause (0) and effect (1)."""
    cause_tied, effect_tied = kernels().detail.find_ties(system, effect, source, cut_id, found, TOLERANCE)
    out = {}
    for m in np.flatnonzero(found.phi > 0.0):
        out[int(m), 0] = [int(p) for p in np.flatnonzero(cause_tied[m])]
        out[int(m), 1] = [int(p) for p in np.flatnonzero(effect_tied[m])]
    return out


def _choices(options: dict[tuple[int, int], list[int]]) -> Iterator[Choice]:
    keys = list(options)
    for values in product(*options.values()):
        yield dict(zip(keys, values, strict=True))


def _settled(system: Any, effect: np.ndarray, source: int, cut_id: int, found: Any, choice: Choice) -> Any:
    """Return a copy of a structure with the chosen purviews."""
    copy = kernels().concepts.copy_structure(found)
    for (m, direction), purview in choice.items():
        if direction == 0:
            copy.cause[m] = purview
            copy.side[m] = kernels().repertoires.repertoire_side(system, source, cut_id, m, purview)
        else:
            copy.effect[m] = purview
            inside = nodes_of(purview)
            for j in range(len(effect)):
                copy.spread[m, j] = effect[j, m] if j in inside else effect[j, 0]
    return copy
