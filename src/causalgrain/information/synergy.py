"""Causal emergence by synergy: does a feature V of a system foretell more than its parts do, each by itself?

With V = f(X) a feature of the state X, now at t and later (primed) at t + lag, and parts a = sets of k elements:

    Psi   = I(V; V') - sum_a I(X_a; V')
    Delta = max_b ( I(V; X_b') - sum_a I(X_a; X_b') )
    Gamma = max_b I(V; X_b')

Psi > 0 is sufficient for causal emergence of order k, Delta > 0 for downward causation, and Psi > 0 with Gamma = 0 for
causal decoupling (Rosas, Mediano et al. 2020, PLoS Comput Biol 16:e1008289, the practical criteria). They are
sufficient only: the sums count information that several parts share several times over, so values below 0 say nothing.

Double counting. Information that j parts share is counted j times. The corrections put back what is too much, with the
smallest single information as the redundancy (Barrett 2015, Phys Rev E 91:052802); in that lattice the ascending
informations i_1 <= ... <= i_n are i_1 shared by all n parts, i_2 - i_1 shared by n - 1, and so on. ``shared_by="all"``
counts once what all parts share, ``psi + (n - 1) min_a I(X_a; V')``; a whole number r counts once what at least r
parts share; ``shared_by="any"`` (r = 2) everything: ``I(V; V') - max_a I(X_a; V')``. The corrections of the parts'
information about each part in Delta are the same. The family over r follows from the definitions; that it, or its
default, is that of a paper isn't claimed. A corrected value above 0 is sufficient *if* that redundancy is accepted.

Conventions. Bits. States are drawn from the stationary distribution of the system, or uniformly, or as given. V must
follow from the present state (supervene on it): a V given as another series need not, and then nothing is shown.
Psi isn't about interaction alone: n independent elements with memory have Psi > 0 for their sum, since the sum's
future is foretold by all of them together better than by the sum of what each foretells. Compare with such a null.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np

from .._checks import as_float_array, as_whole, choose
from .._errors import CostError, InputError
from .._provenance import Provenance, hash_arrays
from ..recordings.recording import Recording
from ..systems.network import Network
from .inputs import state_tpm
from .linear import LinearGaussian
from .mutual_information import CORRECTIONS, NEIGHBOURS, as_samples, enough_samples
from .synergy_features import element_states, feature_of_states, feature_weights, present_states
from .synergy_sources import Asked, FromCovariance, FromTransitions, from_samples, pairs_at

EXACT = 1e-9  # bits that rounding may make of 0
MOST_PARTS = 2000
ESTIMATORS = tuple(CORRECTIONS)
CONVENTIONS = {
    "unit": "bits",
    "criteria": "sufficient, not necessary: values <= 0 say nothing",
    "redundancy": "smallest single information (Barrett 2015); what at least r parts share is counted once",
}


@dataclass(frozen=True, eq=False, repr=False)
class EmergenceCriteria:
    """Psi, Delta and Gamma of one feature, and what they are made of.

    Attributes
    ----------
    psi, delta, gamma : float, bits
        As published; delta is NaN where it wasn't asked for, and either is where infinite informations would have to
        be subtracted (Gaussian variables that determine each other).
    psi_corrected, delta_corrected : float, bits
        What at least `shared_by` parts share counted once.
    whole : float, bits
        I(V; V').
    parts : array, shape (parts,), bits
        I(X_a; V').
    downward : array, shape (parts,), bits
        I(V; X_b').
    across : array, shape (parts, parts), bits
        I(X_a; X_b'); rows now, columns later.
    labels : tuple of str
        Of the parts.
    shared_by : int
        Parts that must share an information for it to be counted once.
    estimated : bool
        From data: then the signs are no verdict by themselves.
    samples : int
        Pairs of samples; 0 for a known system.
    """

    psi: float
    delta: float
    gamma: float
    psi_corrected: float
    delta_corrected: float
    whole: float
    parts: np.ndarray
    downward: np.ndarray
    across: np.ndarray
    labels: tuple[str, ...]
    shared_by: int
    estimated: bool
    samples: int
    provenance: Provenance

    @property
    def emergent(self) -> bool | None:
        """Psi > 0, which suffices for causal emergence; None for estimates (their sign needs a null) and NaN."""
        return None if self.estimated or np.isnan(self.psi) else bool(self.psi > EXACT)

    @property
    def downward_causal(self) -> bool | None:
        """Delta > 0, which suffices for downward causation; None for estimates, or without Delta."""
        return None if self.estimated or np.isnan(self.delta) else bool(self.delta > EXACT)

    @property
    def decoupled(self) -> bool | None:
        """Psi > 0 and Gamma = 0, which suffice for causal decoupling; None for estimates, which are never 0."""
        undecided = self.estimated or np.isnan(self.psi)
        return None if undecided else bool(self.psi > EXACT and self.gamma <= EXACT)

    @property
    def most_foretold(self) -> tuple[str, ...]:
        """Parts at which Gamma is reached, ties included."""
        near = self.downward >= self.gamma - EXACT
        return tuple(label for label, here in zip(self.labels, near, strict=True) if here)

    def __repr__(self) -> str:
        lines = [
            f"Psi {self.psi:.6f}, Delta {self.delta:.6f}, Gamma {self.gamma:.6f} bits of {len(self.parts)} parts: "
            f"{self._verdict()}",
            f"I(V; V') {self.whole:.6f}, sum over parts {self.parts.sum():.6f}, largest part {self.parts.max():.6f}",
            f"what {self.shared_by} or more parts share counted once: Psi {self.psi_corrected:.6f}, "
            f"Delta {self.delta_corrected:.6f}",
        ]
        return "\n".join([*lines, str(self.provenance)])

    def _verdict(self) -> str:
        if self.estimated:
            return f"estimates from {self.samples} pairs; their signs need a null"
        found = [
            word
            for word, here in (
                ("causally emergent", self.emergent),
                ("downward causation", self.downward_causal),
                ("causally decoupled", self.decoupled),
            )
            if here
        ]
        return ", ".join(found) or "no criterion is met, which excludes nothing"


def emergence_criteria(
    system: Any,
    feature: Any,
    *,
    lag: int = 1,
    order: int = 1,
    shared_by: int | str = "all",
    present: Any = "stationary",
    elements: Any = None,
    downward: bool = True,
) -> EmergenceCriteria:
    """Return Psi, Delta and Gamma of a feature of a known system, exactly.

    Parameters
    ----------
    system : Network, array_like of shape (states, states), or LinearGaussian
        An array is a TPM, rows the present state.
    feature : Grain, callable, str, or array_like
        V. Of a discrete system: a :class:`~causalgrain.systems.coarse.Grain`; a function of the state (a tuple of the
        elements' values); "parity" or "sum"; or one value a state, shape (states,). Of a LinearGaussian: weights W
        with V = W x, shape (n,) or (m, n), or "sum".
    lag : int, steps
    order : int
        Elements in a part, k; all C(n, k) sets are taken.
    shared_by : "all", "any" or int
        What the corrected values count once; see the module.
    present : {"stationary", "uniform"} or array_like, shape (states,)
        Distribution of the present state of a discrete system.
    elements : array_like of int, shape (states, elements), optional
        Value of each element in each state of a bare TPM. Default: binary elements, element 0 varying fastest.
    downward : bool
        Whether Delta is wanted; it needs the information between all parts.

    Returns
    -------
    EmergenceCriteria

    Raises
    ------
    InputError
        A feature that doesn't fit, more than one stationary distribution, a lag or order out of range.
    CostError
        Too many parts.

    Examples
    --------
    Two elements, the first becomes the XOR of both, the second a coin: V = XOR foretells an element and not itself.

    >>> tpm = [[0, 0.5], [1, 0.5], [1, 0.5], [0, 0.5]]
    >>> found = emergence_criteria(Network(tpm), "parity")
    >>> found.psi, found.delta, found.gamma, found.downward_causal
    (0.0, 1.0, 1.0, True)

    References
    ----------
    Rosas, Mediano, Jensen, Seth, Barrett, Carhart-Harris & Bor (2020) PLoS Comput Biol 16:e1008289.
    """
    if isinstance(system, Recording):
        raise InputError(
            "system",
            expected="a known system",
            got="a Recording",
            remedy="Use emergence_profile(recording, features=...), which has a null.",
        )
    steps = as_whole(lag, "lag", 1, of="steps")
    settings: dict[str, Any] = {"feature": _named(feature), "lag": steps, "order": order, "shared_by": shared_by}
    if isinstance(system, LinearGaussian):
        weights = feature_weights(feature, system.n)
        now_later = _linear_covariance(system, weights, steps)
        asked = Asked(FromCovariance(now_later, system.n), _parts(system.n, order), downward)
        words = {"states": "Gaussian with the system's covariance now"}
        provenance = Provenance(
            "emergence_criteria", settings, hash_arrays(system.hash, weights), CONVENTIONS | words, system.caution
        )
        return criteria(asked, system.labels, shared_by, provenance)
    tpm, source, caution = state_tpm(system)
    if isinstance(system, Network):
        if elements is not None:
            raise InputError(
                "elements", expected="none for a Network", got="a table", remedy="A Network knows its elements."
            )
        labels: Sequence[str] = system.labels
    else:
        labels = ()
    states = element_states(elements, len(tpm))
    names = tuple(labels) or tuple(f"x{i}" for i in range(states.shape[1]))
    weights, words = present_states(present, tpm)
    values = feature_of_states(feature, states, names, binary=isinstance(system, Network) or elements is None)
    joint = weights[:, None] * np.linalg.matrix_power(tpm, steps)
    asked = Asked(FromTransitions(joint, states, values), _parts(states.shape[1], order), downward)
    settings["present"] = present if isinstance(present, str) else "given"
    provenance = Provenance(
        "emergence_criteria",
        settings,
        hash_arrays(source, values, weights, states),
        CONVENTIONS | {"states": words},
        caution,
    )
    return criteria(asked, names, shared_by, provenance)


def emergence_of_samples(
    x: Any,
    v: Any,
    *,
    estimator: str = "gaussian",
    correction: str | None = None,
    lag: int = 1,
    segments: Any = None,
    order: int = 1,
    shared_by: int | str = "all",
    downward: bool = True,
    neighbours: int = NEIGHBOURS,
    labels: Sequence[str] = (),
) -> EmergenceCriteria:
    """Return estimates of Psi, Delta and Gamma from samples of the elements and of V.

    Parameters
    ----------
    x : array_like, shape (time, element)
    v : array_like, shape (time,) or (time, m)
        V at the same times. It has to follow from x, else the criteria show nothing.
    estimator : {"gaussian", "discrete", "ksg"}
        See :mod:`causalgrain.information.mutual_information`.
    correction : {None, "none"} or the estimator's own
        Of the bias: "miller-madow" for "discrete", "analytic" for "gaussian"; "ksg" has none. It supposes
        independent pairs; memory leaves some bias, which a surrogate shows.
    lag : int, samples
    segments : array_like of int, shape (segment, 2), optional
        Half open; pairs never reach across. Default: one segment.
    order, shared_by, downward
        As in :func:`emergence_criteria`.
    neighbours : int
        k of "ksg".
    labels : sequence of str, optional

    Returns
    -------
    EmergenceCriteria
        With ``estimated`` true: without a null the signs are no verdict.

    Examples
    --------
    The XOR of the last state, and a coin:

    >>> coin = np.random.default_rng(0).integers(0, 2, size=5000)
    >>> xor = np.concatenate([[0], coin[:-1].cumsum() % 2])
    >>> found = emergence_of_samples(np.column_stack([xor, coin]), xor ^ coin, estimator="discrete")
    >>> round(found.delta, 2), found.samples, found.downward_causal is None
    (1.0, 4999, True)
    """
    choose(estimator, ESTIMATORS, "estimator")
    how = as_correction(correction, estimator)
    neighbours = as_whole(neighbours, "neighbours", 1)
    elements, feature = as_samples(x, "x"), as_samples(v, "v")
    if len(elements) != len(feature):
        raise InputError(
            "v", expected=f"{len(elements)} samples, as many as x", got=str(len(feature)), remedy="One row a time."
        )
    edges = np.array([[0, len(elements)]]) if segments is None else np.asarray(segments, dtype=np.int64)
    steps = as_whole(lag, "lag", 1, of="samples")
    pairs, _ = pairs_at(elements, feature, edges, steps)
    enough_samples(len(pairs), 4)
    source = from_samples(pairs, estimator, corrected=how != "none", neighbours=neighbours)
    names = tuple(str(label) for label in labels) or tuple(f"x{i}" for i in range(elements.shape[1]))
    settings = {
        "estimator": estimator,
        "correction": how,
        "lag": steps,
        "order": order,
        "shared_by": shared_by,
        "neighbours": neighbours if estimator == "ksg" else None,
    }
    words = {"states": "as they occur in the data", "estimates": "not held at 0"}
    provenance = Provenance(
        "emergence_of_samples", settings, hash_arrays(elements, feature, edges), CONVENTIONS | words, CAUTION
    )
    asked = Asked(source, _parts(elements.shape[1], order), downward)
    return criteria(asked, names, shared_by, provenance, samples=len(pairs))


CAUTION = (
    "estimated from spontaneous activity: common input and units that were not recorded enter, memory leaves bias, and "
    "independent units with memory have Psi > 0 too: compare with a null"
)


def criteria(
    asked: Asked, labels: Sequence[str], shared_by: int | str, provenance: Provenance, *, samples: int = 0
) -> EmergenceCriteria:
    """Return the criteria made of a set of informations."""
    many = len(asked.parts)
    r = as_shared(shared_by, many)
    back = np.array([double_counted(column, r) for column in asked.across.T]) if asked.downward else np.nan
    with np.errstate(invalid="ignore"):  # infinite less infinite is NaN: the system is deterministic there
        rest = asked.down - asked.across.sum(axis=0)
        counted_once = rest + back
    for array in (asked.up, asked.down, asked.across):
        array.setflags(write=False)
    psi = asked.whole - float(asked.up.sum())
    return EmergenceCriteria(
        psi=psi,
        delta=float(rest.max()),
        gamma=float(asked.down.max()),
        psi_corrected=psi + double_counted(asked.up, r),
        delta_corrected=float(counted_once.max()),
        whole=asked.whole,
        parts=asked.up,
        downward=asked.down,
        across=asked.across,
        labels=tuple("+".join(labels[i] for i in part) for part in asked.parts),
        shared_by=r,
        estimated=samples > 0,
        samples=samples,
        provenance=provenance,
    )


def as_correction(correction: Any, estimator: str) -> str:
    """Return the correction of the bias, the estimator's own by default, or "none"."""
    offered = [name for name in CORRECTIONS[estimator] if name != "shuffle"]
    return offered[0] if correction is None else choose(correction, offered, "correction")


def double_counted(informations: np.ndarray, shared_by: int) -> float:
    """Return what a sum of informations counts too often: information shared by j >= `shared_by` parts, j - 1 times.

    Three parts with 1, 2 and 4 bits: 1 bit is shared by all three, 1 more by the last two.

    >>> double_counted(np.array([4.0, 1.0, 2.0]), 3), double_counted(np.array([4.0, 1.0, 2.0]), 2)
    (2.0, 3.0)
    """
    ascending = np.maximum(np.sort(informations), 0.0)
    sharing = np.arange(len(ascending), 0, -1)
    with np.errstate(invalid="ignore"):  # between two infinite informations
        steps = np.nan_to_num(np.diff(ascending, prepend=0.0), nan=0.0, posinf=np.inf)
    steps = np.where(sharing >= shared_by, steps, 0.0)
    kept = sharing > 1
    return float((steps[kept] * (sharing[kept] - 1)).sum())


def as_shared(shared_by: int | str, parts: int) -> int:
    """Return the number of parts that must share an information."""
    if shared_by == "all":
        return max(parts, 2)
    if shared_by == "any":
        return 2
    if isinstance(shared_by, bool) or not isinstance(shared_by, int | np.integer) or not 2 <= shared_by <= parts:
        raise InputError(
            "shared_by",
            expected=f'"all", "any" or a whole number from 2 to {parts}',
            got=repr(shared_by),
            remedy='"all" counts once what every part shares, "any" everything that parts share.',
        )
    return int(shared_by)


def _parts(elements: int, order: Any) -> list[tuple[int, ...]]:
    size = as_whole(order, "order", 1, of="elements a part")
    if size > elements:
        raise InputError("order", expected=f"at most {elements}, the elements", got=str(size), remedy="Try order=1.")
    if comb(elements, size) > MOST_PARTS:
        raise CostError(
            "order",
            expected=f"at most {MOST_PARTS} parts",
            got=f"{comb(elements, size)} sets of {size} of {elements}",
            remedy="Take a smaller order or fewer elements.",
        )
    return list(combinations(range(elements), size))


def _linear_covariance(system: LinearGaussian, weights: np.ndarray, lag: int) -> np.ndarray:
    """Covariance of (x, V) now and later, shape (2 (n + m), 2 (n + m))."""
    later = system.C
    step = np.eye(system.n)
    for _ in range(lag):
        step = system.A @ step
        later = system.A @ later @ system.A.T + system.S
    with_feature = np.vstack([np.eye(system.n), weights])
    cross = with_feature @ system.C @ step.T @ with_feature.T
    ends = [with_feature @ c @ with_feature.T for c in (system.C, later)]
    return np.block([[ends[0], cross], [cross.T, ends[1]]])


def _named(feature: Any) -> str:
    if isinstance(feature, str):
        return feature
    if callable(feature):
        return getattr(feature, "__name__", type(feature).__name__)
    return str(feature) if hasattr(feature, "groups") else f"array of shape {as_float_array(feature, 'feature').shape}"
