"""First-order mechanisms: core cause and core effect of one element at a time, in an uncut system of many elements.

A mechanism of one element {i} is parted only by taking elements of its purview away from it, so

* effect: ``phi = min over p in purview of |P(p = 1 | i in its state) - P(p = 1)|``, all other elements noise. The best
  purview holds the elements for which the difference is largest (the larger of tied purviews, as everywhere).
* cause: a purview that holds an element which i does not read is reducible, so purviews are sought among what i reads,
  by the kernels, in a system of these elements and i alone.

Both are what the full search finds for the mechanism (:func:`causalgrain.big_phi`), at a cost that doesn't grow with
the number of mechanisms or cuts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._errors import CostError
from ..systems.states import mask_of, nodes_of
from .compiled import kernels
from .conventions import TOLERANCE
from .results import Concept, Core, Part
from .selectivity import Selectivity, selectivity
from .structure import product_distribution

MAX_INPUTS = 8  # of one mechanism: 3**8 partitions, each a transport of up to 2**8 states
FUNCTIONAL = 1e-12  # an element reads another if its P(ON) depends on it by more than this
SMALL = 8  # beyond so many elements distances between effects are taken in closed form
LISTED = 6  # of a larger core effect only the single elements are listed as ties


@dataclass(frozen=True)
class Mechanism:
    """One element as a mechanism.

    Attributes
    ----------
    name : str
    group : int
        Its macro element.
    is_macro : bool
    phi : float
        The smaller of the two sides; 0: no concept.
    cause, effect : Core or None
        None where that side has phi 0. Purviews index macro elements, or elements of the network.
    made_of : Selectivity or None
        Size, selectivity, irreducible selectivity and shift of the side that counts; None without a concept.
    """

    name: str
    group: int
    is_macro: bool
    phi: float
    cause: Core | None
    effect: Core | None
    made_of: Selectivity | None

    @property
    def size(self) -> int:
        """Elements of the purview that counts; 0 without a concept."""
        return self.made_of.size if self.made_of else 0

    @property
    def irreducible(self) -> float:
        """Irreducible selectivity; 0 without a concept."""
        return self.made_of.irreducible if self.made_of else 0.0

    @property
    def shift(self) -> float:
        """Selectivity shift; 0 without a concept."""
        return self.made_of.shift if self.made_of else 0.0


def functional_inputs(on: np.ndarray) -> list[int]:
    """Return the elements that each element's P(ON) depends on, as bit masks, from `on` (2**k, k)."""
    states = np.arange(len(on))
    m = on.shape[1]
    return [
        mask_of(h for h in range(m) if np.abs(on[states, g] - on[states ^ 1 << h, g]).max() > FUNCTIONAL)
        for g in range(m)
    ]


@dataclass(frozen=True, eq=False)
class FirstOrder:
    """A system in a state, whose elements are looked at one by one.

    Attributes
    ----------
    on : ndarray, shape (2**k, k)
        State-by-node TPM.
    inputs : list of int
        What each element reads, as bit masks.
    state : int
        Index of the present state.
    shown : tuple of int
        Indices under which the elements are shown; `names` by these indices.
    most : int
        Most elements that one may read.
    """

    on: np.ndarray
    inputs: list[int]
    state: int
    shown: tuple[int, ...]
    most: int
    names: tuple[str, ...]

    def mechanism(self, i: int, name: str, group: int, is_macro: bool) -> Mechanism:
        """Return element `i` as a mechanism."""
        cause, effect = self.cause(i, name), self.effect(i)
        if cause is None or effect is None:
            return Mechanism(name, group, is_macro, 0.0, cause, effect, None)
        if len(effect.purview) > SMALL and effect.phi < cause.phi - TOLERANCE:
            made_of = _of_products(effect)
        else:
            made_of = selectivity(Concept((self.shown[i],), min(cause.phi, effect.phi), cause, effect))
        return Mechanism(name, group, is_macro, made_of.phi, cause, effect, made_of)

    def effect(self, i: int) -> Core | None:
        """The core effect: all elements on which knowing the element's state makes the largest difference."""
        states = np.arange(len(self.on))
        known = self.on[(states >> i & 1) == (self.state >> i & 1)].mean(axis=0)
        noise = self.on.mean(axis=0)
        difference = np.abs(known - noise)
        phi = float(difference.max())
        if phi <= TOLERANCE:
            return None
        purview = [int(p) for p in np.flatnonzero(difference >= phi - TOLERANCE)]
        # The first partition in index order parts the first element of the purview from the mechanism.
        parted = [noise[p] if place == 0 else known[p] for place, p in enumerate(purview)]
        shown = tuple(self.shown[p] for p in purview)
        parts = (Part((), shown[:1]), Part((self.shown[i],), shown[1:]))
        whole, apart = product_distribution(known[purview]), product_distribution(parted)
        return Core("effect", shown, phi, whole, parts, apart, _smaller_sets(shown))

    def cause(self, i: int, name: str) -> Core | None:
        """The core cause, by the kernels, in a system that holds what the element reads and nothing else."""
        read = nodes_of(self.inputs[i])
        if len(read) > self.most:
            raise CostError(
                f"mechanism {name}",
                expected=f"at most {self.most} elements that it reads",
                got=f"{len(read)}: {', '.join(self.names[self.shown[j]] for j in read)}",
                remedy=f"Choose elements with sparse inputs, or a smaller set (max_inputs: up to {MAX_INPUTS + 2}).",
            )
        if not read:
            return None
        inside = tuple(sorted({*read, i}))
        k, at = len(inside), inside.index(i)
        states = sum((np.arange(1 << k) >> p & 1) << j for p, j in enumerate(inside))
        small = np.full((1 << k, k), 0.5)
        small[:, at] = self.on[states, i]
        edges = np.zeros(k, dtype=np.int64)
        edges[at] = mask_of(inside.index(j) for j in read)
        now = sum((self.state >> j & 1) << p for p, j in enumerate(inside))
        system = kernels().tables.new_system(small, edges, now, np.zeros(8, dtype=np.int64))
        none = kernels().tables.NONE
        phi, purview = kernels().cause.core_cause(system, none, none, 1 << at, TOLERANCE)
        if phi <= TOLERANCE:
            return None
        purview = int(purview)
        tied = np.zeros(1 << k, dtype=bool)
        kernels().detail.cause_ties(system, none, none, 1 << at, phi, TOLERANCE, tied)
        _, apart = kernels().detail.cause_partition(system, none, none, 1 << at, purview, phi, TOLERANCE)
        likelihood = small[:, at] if now >> at & 1 else 1.0 - small[:, at]
        members = nodes_of(purview)
        whole = _over(likelihood, members)
        kept = [place for place, p in enumerate(members) if not int(apart) >> p & 1]
        parted = _spread(_over(whole, kept), kept, len(members))

        def shown(mask: int) -> tuple[int, ...]:
            return tuple(self.shown[inside[p]] for p in nodes_of(mask))

        others = [int(p) for p in np.flatnonzero(tied) if p != purview]
        others.sort(key=_larger_first)
        parts = (Part((), shown(int(apart))), Part((self.shown[i],), shown(purview & ~int(apart))))
        return Core("cause", shown(purview), float(phi), whole, parts, parted, tuple(shown(p) for p in others))


def _of_products(core: Core) -> Selectivity:
    """What phi of an effect is made of: between products the distance is the sum of their marginals' differences."""
    size = len(core.purview)
    states = np.arange(1 << size)
    whole, parted = (
        np.array([repertoire[(states >> p & 1) == 1].sum() for p in range(size)])
        for repertoire in (core.repertoire, core.partitioned_repertoire)
    )
    far, near, apart = np.abs(whole - 0.5).sum(), np.abs(parted - 0.5).sum(), np.abs(whole - parted).sum()
    shift = float(apart + near - far) / size
    return Selectivity("effect", size, float(far) / size, float(far - near) / size, shift, core.phi)


def _smaller_sets(purview: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """All non-empty proper subsets, larger ones first: every part of a first-order core effect has the same phi."""
    k = len(purview)
    if k > LISTED:
        return tuple((p,) for p in purview)
    masks = sorted(range(1, (1 << k) - 1), key=_larger_first)
    return tuple(tuple(purview[p] for p in nodes_of(mask)) for mask in masks)


def _larger_first(mask: int) -> tuple[int, tuple[int, ...]]:
    return -mask.bit_count(), nodes_of(mask)


def _over(weights: np.ndarray, places: Any) -> np.ndarray:
    """Marginal distribution of weights over all states, over the elements at `places`."""
    states = np.arange(len(weights))
    index = sum(((states >> p & 1) << j for j, p in enumerate(places)), np.zeros_like(states))
    out = np.bincount(index, weights=weights, minlength=1 << len(places))
    out /= out.sum()
    out.setflags(write=False)
    return out


def _spread(part: np.ndarray, places: list[int], size: int) -> np.ndarray:
    """A distribution over some of `size` elements, with the others uniform."""
    states = np.arange(1 << size)
    index = sum(((states >> p & 1) << j for j, p in enumerate(places)), np.zeros_like(states))
    out = part[index] / (1 << size - len(places))
    out.setflags(write=False)
    return out
