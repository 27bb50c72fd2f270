"""Approximate dynamical reversibility of a TPM from its singular values, and the coarse-graining they suggest.

Conventions. P (states, states): rows are now, columns next; singular values descend, s_1 >= s_2 >= ... (those of P
itself, not their squares). Zhang et al. (2025), arXiv 2402.15054:

    Gamma_alpha = sum_i s_i^alpha,  0 < alpha <= 2
    clear emergence = Gamma_alpha (1 / r - 1 / N),  r the rank of P
    vague emergence = mean of s_i^alpha over i <= r_eps - Gamma_alpha / N,  r_eps = number of s_i > epsilon

Gamma_alpha goes from 1 (every state leads to all, with equal chance) to N (a permutation; below alpha = 2 no other).
Effective information is bounded: ``EI <= log2 Gamma_2 <= (2 / alpha) log2 Gamma_alpha``.

The rank counts singular values above 1e-10 of the largest. It jumps: a TPM estimated from data has full rank, so its
clear emergence is 0, and only vague emergence, at an epsilon above the noise, says something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number, as_whole, choose
from .._errors import InputError
from .._provenance import Provenance
from ..recordings.kmeans import kmeans
from ..surrogates.streams import as_seed
from ._macro_nodes import grouped, stationary_share
from .effective import parts
from .inputs import state_tpm
from .networks import adjacency, hash_weights, is_graph, out_weights

RANK = 1e-10  # of the largest singular value

CONVENTIONS = {
    "tpm": "rows are now, columns next; singular values of the TPM itself",
    "rank": f"singular values above {RANK:g} of the largest",
    "clear emergence": "gamma (1/rank - 1/states)",
    "vague emergence": "mean of s^alpha over singular values above epsilon, less gamma/states",
    "unit": "effective information in bits; gamma has none",
}
FLOWS = {
    "stationary": "micro states weigh as in the stationary distribution (Zhang et al.)",
    "uniform": "micro states of a macro state weigh the same (Hoel et al.)",
}


@dataclass(frozen=True, eq=False)
class SVDCoarseGraining:
    """A TPM coarse-grained along its largest singular values.

    Attributes
    ----------
    group : ndarray of int, shape (states,)
        Macro state of every state, counted from 0 by first state.
    tpm : ndarray, shape (macro states, macro states)
    bits_micro, bits_macro : float, bits
        Effective information before and after.
    effectiveness_micro, effectiveness_macro : float
        The same over log2 of the number of states.
    gamma_micro, gamma_macro : float
        Gamma_alpha before and after.
    """

    group: np.ndarray
    tpm: np.ndarray
    bits_micro: float
    bits_macro: float
    effectiveness_micro: float
    effectiveness_macro: float
    gamma_micro: float
    gamma_macro: float
    provenance: Provenance

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The micro states of every macro state."""
        return tuple(tuple(int(i) for i in np.flatnonzero(self.group == g)) for g in range(len(self.tpm)))

    def __repr__(self) -> str:
        n, m = len(self.group), len(self.tpm)
        return (
            f"{n} states as {m}: effective information {self.bits_micro:.6f} -> {self.bits_macro:.6f} bits, "
            f"effectiveness {self.effectiveness_micro:.6f} -> {self.effectiveness_macro:.6f}, "
            f"gamma per state {self.gamma_micro / n:.6f} -> {self.gamma_macro / m:.6f}\n{self.provenance}"
        )


@dataclass(frozen=True, eq=False)
class Reversibility:
    """Approximate dynamical reversibility of a TPM.

    Attributes
    ----------
    gamma : float
        ``sum s_i^alpha``, up to `states`.
    clear, vague : float
        Clear and vague emergence; without an epsilon the two are the same.
    rank, effective_rank : int
        Singular values that aren't 0; those above epsilon.
    bits, bound : float, bits
        Effective information, and its upper bound ``(2 / alpha) log2 gamma``.
    singular_values : ndarray, shape (states,), descending
    tpm : ndarray, shape (states, states)
    """

    gamma: float
    clear: float
    vague: float
    rank: int
    effective_rank: int
    bits: float
    bound: float
    alpha: float
    epsilon: float | None
    singular_values: np.ndarray
    tpm: np.ndarray
    provenance: Provenance

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.tpm)

    def coarse_grain(
        self, groups: int | None = None, *, macro: str = "stationary", seed: int = 0, restarts: int = 10
    ) -> SVDCoarseGraining:
        """Return the TPM grouped into macro states; `groups` of them, by default `effective_rank`.

        See :func:`svd_coarse_graining`.
        """
        count = self.effective_rank if groups is None else groups
        return svd_coarse_graining(self.tpm, count, alpha=self.alpha, macro=macro, seed=seed, restarts=restarts)

    def __repr__(self) -> str:
        vague = (
            "" if self.epsilon is None else f", vague {self.vague:.6f} ({self.effective_rank} above {self.epsilon:g})"
        )
        return (
            f"reversibility gamma {self.gamma:.6f} of {self.states} (alpha {self.alpha:g}), clear emergence "
            f"{self.clear:.6f} (rank {self.rank}){vague}; effective information {self.bits:.6f} bits, "
            f"bound {self.bound:.6f}\n{self.provenance}"
        )


def reversibility(
    system: Any, *, alpha: float = 1.0, epsilon: float | None = None, sinks: str = "refuse"
) -> Reversibility:
    """Return the approximate dynamical reversibility of a TPM, a Network, or the random walk on a graph.

    ``Gamma_alpha = sum_i s_i^alpha``

    Parameters
    ----------
    system : array_like (states, states), Network, scipy sparse, pandas.DataFrame, or networkx-like
        An array is a TPM, rows summing to 1. Sparse tables, DataFrames and graphs are weights of a random walk.
    alpha : float, above 0, up to 2
        Small: how many singular values there are (redundancy). Large: how large they are (certainty).
    epsilon : float, optional
        Singular values up to it count as none, for vague emergence.
    sinks : {"refuse", "self", "uniform"}
        What a walker does at a node without out-weights.

    Returns
    -------
    Reversibility
        ``.gamma``, ``.clear``, ``.vague``, ``.singular_values``, ``.coarse_grain()``.

    Raises
    ------
    InputError
        No TPM, an alpha out of range, an epsilon that leaves no singular value, sinks.

    Examples
    --------
    Seven states that mix, and one that stays: two singular values of 1.

    >>> tpm = np.zeros((8, 8))
    >>> tpm[:7, :7], tpm[7, 7] = 1 / 7, 1
    >>> found = reversibility(tpm)
    >>> round(found.gamma, 9), round(found.clear, 9), found.coarse_grain().groups
    (2.0, 0.75, ((0, 1, 2, 3, 4, 5, 6), (7,)))

    References
    ----------
    Zhang, Tao, Leong, Yang & Yuan (2025) arXiv 2402.15054.
    """
    alpha = checked_alpha(alpha)
    tpm, source, caution = _tpm(system, sinks)
    values = singular_values(tpm)
    rank = int((values > RANK * values[0]).sum())
    kept = rank
    if epsilon is not None:
        epsilon = as_number(epsilon, "epsilon", low=0.0)
        kept = min(int((values > epsilon).sum()), rank)
        if kept == 0:
            raise InputError(
                "epsilon",
                expected=f"less than the largest singular value, {values[0]:.6g}",
                got=f"{epsilon:g}",
                remedy="Look at .singular_values for a gap, and put epsilon into it.",
            )
    powers = _powers(values, alpha, rank)
    total, states = float(powers.sum()), len(tpm)
    tpm.setflags(write=False)
    values.setflags(write=False)
    settings = {"alpha": alpha, "epsilon": epsilon, "sinks": sinks}
    return Reversibility(
        gamma=total,
        clear=total * (1.0 / rank - 1.0 / states),
        vague=float(powers[:kept].mean()) - total / states,
        rank=rank,
        effective_rank=kept,
        bits=parts(tpm)[0],
        bound=2.0 / alpha * float(np.log2(total)),
        alpha=alpha,
        epsilon=epsilon,
        singular_values=values,
        tpm=tpm,
        provenance=Provenance("reversibility", settings, source, CONVENTIONS, caution),
    )


def svd_coarse_graining(
    system: Any,
    groups: int,
    *,
    alpha: float = 1.0,
    macro: str = "stationary",
    seed: int = 0,
    restarts: int = 10,
    sinks: str = "refuse",
) -> SVDCoarseGraining:
    """Group the states of a TPM by k-means of its rows in the space of the largest singular values.

    ``P = U S V^T``; rows of ``P V[:, :groups]`` are clustered; macro transitions are the flows between clusters over
    the flow out of each.

    Parameters
    ----------
    system : as for :func:`reversibility`
    groups : int, 1 to states
        Number of macro states, and of singular vectors.
    alpha : float
        Of gamma_micro and gamma_macro; it has no part in the grouping.
    macro : {"stationary", "uniform"}
        How micro states weigh in a macro state's transitions. "stationary" is the paper's; where the stationary
        distribution isn't unique it is the long-run share of time after a start anywhere (ours).
    seed, restarts : int
        Of the k-means.

    Returns
    -------
    SVDCoarseGraining

    Examples
    --------
    >>> svd_coarse_graining(np.kron(np.eye(2), np.full((2, 2), 0.5)), 2).tpm.tolist()
    [[1.0, 0.0], [0.0, 1.0]]

    References
    ----------
    Zhang et al. (2025) arXiv 2402.15054, coarse-graining based on SVD.
    """
    alpha = checked_alpha(alpha)
    choose(macro, tuple(FLOWS), "macro")
    tpm, source, caution = _tpm(system, sinks)
    groups = as_whole(groups, "groups", 1, len(tpm))
    seed, restarts = as_seed(seed, "seed"), as_whole(restarts, "restarts", 1)
    vectors = np.linalg.svd(tpm)[2][:groups].T
    clusters = kmeans(tpm @ vectors, groups, rng=np.random.default_rng(seed), restarts=restarts)
    share = stationary_share(tpm) if macro == "stationary" else np.ones(len(tpm))
    coarse = grouped(tpm, clusters.cluster, share)
    coarse /= coarse.sum(axis=1, keepdims=True)
    group = clusters.cluster
    for array in (group, coarse):
        array.setflags(write=False)
    fine_bits, *fine = parts(tpm)
    coarse_bits, *rough = parts(coarse)
    settings = {"groups": groups, "alpha": alpha, "macro": macro, "seed": seed, "restarts": restarts}
    conventions = CONVENTIONS | {"macro": FLOWS[macro], "groups": "k-means of rows along the largest singular vectors"}
    return SVDCoarseGraining(
        group=group,
        tpm=coarse,
        bits_micro=fine_bits,
        bits_macro=coarse_bits,
        effectiveness_micro=fine[0] - fine[1],
        effectiveness_macro=rough[0] - rough[1],
        gamma_micro=gamma(tpm, alpha),
        gamma_macro=gamma(coarse, alpha),
        provenance=Provenance("svd_coarse_graining", settings | {"sinks": sinks}, source, conventions, caution),
    )


# -- the array layer -----------------------------------------------------------------------------------------------


def singular_values(tpm: np.ndarray) -> np.ndarray:
    """Return the singular values of a matrix, descending."""
    return np.linalg.svd(tpm, compute_uv=False)


def gamma(tpm: np.ndarray, alpha: float = 1.0) -> float:
    """Return Gamma_alpha of a checked TPM (states, states).

    >>> gamma(np.eye(3)[[1, 2, 0]])
    3.0
    """
    values = singular_values(tpm)
    return float(_powers(values, alpha, int((values > RANK * values[0]).sum())).sum())


def _powers(values: np.ndarray, alpha: float, rank: int) -> np.ndarray:
    """Return s^alpha; what lies beyond the rank is rounding and counts as 0, also where alpha is tiny."""
    powers = np.zeros_like(values)
    powers[:rank] = values[:rank] ** alpha
    return powers


def checked_alpha(alpha: Any) -> float:
    """Return alpha as a number above 0, up to 2."""
    alpha = as_number(alpha, "alpha", low=0.0, high=2.0)
    if alpha == 0.0:
        raise InputError("alpha", expected="a number above 0", got="0", remedy="For the rank itself read .rank.")
    return alpha


def _tpm(system: Any, sinks: str) -> tuple[np.ndarray, str, str]:
    if not is_graph(system):
        tpm, source, caution = state_tpm(system)
        return np.array(tpm), source, caution
    choose(sinks, ("refuse", "self", "uniform"), "sinks")
    weights, _ = adjacency(system)
    return out_weights(weights, sinks=sinks).toarray(), hash_weights(weights), ""
