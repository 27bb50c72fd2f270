"""Macro groupings of a network: which nodes, taken together, make its random walk more informative.

Conventions. The walk, its effective information and its sinks are those of :mod:`causalgrain.information.networks`; the
out-weights of a macro node are the average of its members' (``macro="uniform"``: equal weights; ``"stationary"``:
weighted by the walk's stationary distribution, Klein & Hoel's mu|pi). Both leave what happens inside a macro node out
of account: a walk on the macro nodes need not follow the walk on the nodes.

Ways to search; none but "exhaustive" is sure to find the best grouping:

* "greedy", after Klein & Hoel (2020): take a node, merge it with nodes around it as long as effective information
  rises, go on to the next node. Ours: around it is its Markov blanket (nodes it leads to, nodes that lead to it, and
  nodes that lead where it leads); of those the one with the largest rise is merged first; nodes are taken in the given
  order and in `restarts` - 1 random ones; all nodes are gone through again until nothing rises.
* "merge", ours: at each step the pair of groups whose merge leaves most effective information, down to one group.
* "spectral": that nodes are clustered by the eigenvectors of the walk, at the threshold with most effective
  information, is Griebenow, Klein & Hoel's (2019). How, is ours: each node is a point, its entries in the eigenvectors
  times their eigenvalues; nodes outside each other's Markov blanket are infinitely far apart, others by the cosine
  distance; single linkage, so that every threshold that matters is tried.
* "all": these three, without "merge" above 200 nodes.
* "exhaustive": all groupings, up to 10 nodes.

Measured (benchmarks/network_macro.py, 100 graphs of 7 nodes a family, uniform macro nodes), share of the graphs with
anything to gain in which the best of all groupings was found, for directed / undirected / tree / block graphs: greedy
1.00 / .90 / .78 / .94, merge 1.00 / 1.00 / .97 / .98, spectral .45 / .80 / 1.00 / .13, all three 1.00 in each.

Every grouping on the way is a grain of the profile; grain 0 is the network as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_whole, choose
from .._errors import CostError
from .._provenance import Provenance
from ..profile import TIE_TOLERANCE, GrainProfile, Measure
from ..surrogates.streams import as_seed
from ._macro_nodes import MacroNodes, grouped, stationary_share
from .network_spectrum import linkage_groupings
from .networks import adjacency, caution, hash_weights, out_weights, parts, separate_parts, words

METHODS = ("all", "greedy", "merge", "spectral", "exhaustive")
MACRO = {
    "uniform": "average over the members that have out-weights, with equal weights",
    "stationary": "average over the members, weighted by the walk's stationary distribution",
}
MOST_NODES = {"all": 2000, "greedy": 2000, "merge": 200, "spectral": 2000, "exhaustive": 10}

MEASURES = (
    Measure("effective_information", "bits", "of the walk between macro nodes, uniform over them", "maximum"),
    Measure("effectiveness", "", "effective information / log2(macro nodes)", "nothing"),
    Measure("determinism", "", "1 - mean entropy of out-weights / log2(macro nodes)", "nothing"),
    Measure("degeneracy", "", "1 - entropy of mean out-weights / log2(macro nodes)", "nothing"),
)


@dataclass(frozen=True)
class NetworkGrain:
    """A grouping of a network's nodes.

    Attributes
    ----------
    groups : tuple of tuple of int
        Every node in one group; ordered by first node.
    """

    groups: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class NetworkGrains(Sequence[NetworkGrain]):
    """Groupings of a network's nodes as one table.

    Attributes
    ----------
    group : ndarray of int, shape (grains, n)
        Number of each node's group, counted from 0 by first node.
    labels : tuple of str
        Names of the nodes.
    """

    group: np.ndarray
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.group)

    def __getitem__(self, index: Any) -> Any:
        row = self.group[index]
        if row.ndim != 1:
            return NetworkGrains(row, self.labels)
        order = np.argsort(row, kind="stable")
        cuts = np.cumsum(np.bincount(row))[:-1]
        return NetworkGrain(tuple(tuple(int(i) for i in members) for members in np.split(order, cuts)))

    @property
    def n_macro(self) -> np.ndarray:
        """Number of macro nodes of each grain."""
        return self.group.max(axis=1).astype(np.int64) + 1

    def label(self, index: int) -> str:
        """Return a short name: macro nodes of two or more in braces, such as "{1 2 3}{5 6} + 4 nodes"."""
        groups = self[index].groups
        if len(groups) == len(self.labels):
            return f"{len(groups)} nodes"
        joint = [group for group in groups if len(group) > 1]
        shown = "".join("{" + " ".join(self.labels[i] for i in group) + "}" for group in joint[:4])
        more = f" and {len(joint) - 4} more" if len(joint) > 4 else ""
        single = len(groups) - len(joint)
        return shown + more + (f" + {single} node{'s' if single > 1 else ''}" if single else "")

    def columns(self) -> dict[str, Any]:
        """Return what a table says of each grain: its name, its groups, how many macro nodes, and level."""
        return {
            "grain": [self.label(i) for i in range(len(self))],
            "groups": [grain.groups for grain in self],
            "macro_nodes": self.n_macro,
            "level": len(self.labels) - self.n_macro,
        }


def network_macro_scale(
    graph: Any,
    *,
    method: str = "all",
    macro: str = "uniform",
    sinks: str = "drop",
    weight: str | None = "weight",
    restarts: int = 10,
    seed: int = 0,
) -> GrainProfile:
    """Search a network for the grouping of its nodes with most effective information.

    Parameters
    ----------
    graph : array_like, scipy sparse, pandas.DataFrame, or networkx-like
        See :func:`causalgrain.information.networks.network_effective_information`.
    method : {"all", "greedy", "merge", "spectral", "exhaustive"}
        Described at the top of :mod:`causalgrain.information.network_macro`. "all" is the three searches after it, the
        best of their groupings; for up to 2,000 nodes ("merge" 200, "exhaustive" 10). With 1,000 nodes "greedy"
        takes some 10 s a restart.
    macro : {"uniform", "stationary"}
        How the out-weights of a macro node are averaged from its members'.
    sinks : {"drop", "self", "uniform", "refuse"}
    weight : str or None
    restarts : int
        Orders of nodes that "greedy" tries: the given one, then random ones.
    seed : int
        Of the random orders; the same seed gives the same profile.

    Returns
    -------
    GrainProfile
        A grain is a :class:`NetworkGrain`, grain 0 the network as it is. ``.peak`` is the best grouping met,
        ``.ties`` others with the same value. Beside the measures stand, (grain,): ``search`` which search met it first,
        ``start`` from which order of nodes, and ``step``, its place on the way.

    Raises
    ------
    InputError
        As network_effective_information; CostError for too many nodes.

    Examples
    --------
    The leaves of a star are one macro node: hub and leaves follow each other.

    >>> star = np.zeros((5, 5))
    >>> star[0, 1:] = star[1:, 0] = 1
    >>> profile = network_macro_scale(star)
    >>> profile.peak
    {1 2 3 4} + 1 node  1.000000

    References
    ----------
    Klein & Hoel (2020) Complexity 2020:8932526; Griebenow, Klein & Hoel (2019) arXiv 1908.07565.
    """
    choose(method, METHODS, "method")
    choose(macro, tuple(MACRO), "macro")
    restarts = as_whole(restarts, "restarts", 1)
    seed = as_seed(seed, "seed")
    weights, labels = adjacency(graph, weight=weight)
    if weights.shape[0] > MOST_NODES[method]:
        raise CostError(
            "graph",
            expected=f"up to {MOST_NODES[method]:,} nodes for method={method!r}",
            got=f"{weights.shape[0]:,}",
            remedy="Choose another method, or search part of the network; its effective information has no such limit.",
        )
    walk = out_weights(weights, sinks=sinks).toarray()
    share = np.asarray((walk > 0).any(axis=1), dtype=np.float64)
    if macro == "stationary":
        share = share * stationary_share(walk)
    found: Found = []
    if method in ("all", "greedy"):
        found += _greedy(walk, share, restarts, seed)
    if method == "merge" or (method == "all" and len(walk) <= MOST_NODES["merge"]):
        found += _merge(walk, share)
    if method in ("all", "spectral"):
        found += [("spectral", 0, i, g) for i, g in enumerate(linkage_groupings(walk, markov_blanket(walk)))]
    if method == "exhaustive":
        found += [("exhaustive", 0, i, g) for i, g in enumerate(all_groupings(len(walk)))]
    settings = {"method": method, "macro": macro, "sinks": sinks, "weight": weight}
    settings |= {"restarts": restarts, "seed": seed} if method in ("all", "greedy") else {}
    conventions = words(sinks) | {"macro": MACRO[macro], "search": method}
    said = caution(int((np.diff(weights.indptr) == 0).sum()), separate_parts(weights), sinks)
    provenance = Provenance("network_macro_scale", settings, hash_weights(weights), conventions, said)
    return _profile(walk, share, labels, found, method, provenance)


# -- the searches: lists of (search, start, step, group array) ----------------------------------------------------

Found = list[tuple[str, int, int, np.ndarray]]


def markov_blanket(walk: np.ndarray) -> np.ndarray:
    """Return which nodes are in each other's Markov blanket, shape (n, n), symmetric, bool.

    >>> markov_blanket(np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])).astype(int).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    edges = (walk > 0).astype(np.float32)
    near = (edges > 0) | (edges.T > 0) | (edges @ edges.T > 0)
    np.fill_diagonal(near, False)
    return near


def _greedy(walk: np.ndarray, share: np.ndarray, restarts: int, seed: int) -> Found:
    n = len(walk)
    blanket = markov_blanket(walk)
    rng = np.random.default_rng(seed)
    orders = [np.arange(n)] + [rng.permutation(n) for _ in range(restarts - 1)]
    found: Found = [("greedy", 0, 0, np.arange(n))]
    for start, order in enumerate(orders):
        nodes, bits, step, rising = MacroNodes(walk, share), -np.inf, 0, True
        bits = nodes.bits
        while rising:
            rising = False
            for node in order:
                while True:
                    own = int(nodes.group[node])
                    around = np.unique(nodes.group[blanket[nodes.group == own].any(axis=0)])
                    around = around[around != own]
                    if not len(around):
                        break
                    offered = nodes.merged_bits(own, around)
                    best = int(np.argmax(offered))
                    if offered[best] <= bits + TIE_TOLERANCE:
                        break
                    nodes.merge(own, int(around[best]))
                    bits, step, rising = nodes.bits, step + 1, True
                    found.append(("greedy", start, step, by_first(nodes.group)))
    return found


def _merge(walk: np.ndarray, share: np.ndarray) -> Found:
    nodes = MacroNodes(walk, share)
    found: Found = [("merge", 0, 0, np.arange(len(walk)))]
    while len(ids := nodes.ids) > 1:
        offers = [nodes.merged_bits(int(one), ids[i + 1 :]) for i, one in enumerate(ids[:-1])]
        best = int(np.argmax([offer.max() for offer in offers]))
        nodes.merge(int(ids[best]), int(ids[best + 1 + int(np.argmax(offers[best]))]))
        found.append(("merge", 0, len(found), by_first(nodes.group)))
    return found


def all_groupings(n: int) -> np.ndarray:
    """Return every grouping of n nodes, the finest first, shape (Bell(n), n).

    >>> all_groupings(3).tolist()
    [[0, 1, 2], [0, 1, 1], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
    """
    rows = [(0,)]
    for _ in range(n - 1):
        rows = [(*row, g) for row in rows for g in range(max(row) + 1, -1, -1)]
    return np.array(rows)


def by_first(group: np.ndarray) -> np.ndarray:
    """Return the same groups, numbered by their first node."""
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


# -- what comes out ------------------------------------------------------------------------------------------------


def _profile(
    walk: np.ndarray,
    share: np.ndarray,
    labels: tuple[str, ...],
    found: Found,
    method: str,
    provenance: Provenance,
) -> GrainProfile:
    import xarray as xr

    once: dict[bytes, tuple[str, int, int, np.ndarray]] = {}
    for search, start, step, group in found:
        group = np.ascontiguousarray(group, dtype=np.int64)
        once.setdefault(group.tobytes(), (search, start, step, group))
    rows = list(once.values())
    searches, starts, steps, groups = zip(*rows, strict=True)
    grains = NetworkGrains(np.array(groups), labels)
    grains.group.setflags(write=False)
    values = np.array([parts(grouped(walk, group, share)) for group in groups])
    table = np.column_stack([values[:, 0], values[:, 1] - values[:, 2], values[:, 1], values[:, 2]])
    variables: dict[str, Any] = {
        measure.name: (
            ("grain", "condition", "draw"),
            np.ascontiguousarray(column)[:, None, None],
            {"units": measure.unit, "convention": measure.convention},
        )
        for measure, column in zip(MEASURES, table.T, strict=True)
    }
    variables["admitted"] = ("grain", np.ones(len(rows), dtype=bool))
    variables["reason"] = ("grain", np.full(len(rows), ""))
    variables["level"] = ("grain", len(labels) - grains.n_macro)
    variables["search"] = ("grain", np.array(searches))
    variables["start"] = ("grain", np.array(starts))
    variables["step"] = ("grain", np.array(steps))
    for variable in variables.values():
        variable[1].setflags(write=False)
    data = xr.Dataset(variables, coords={"condition": ["all"]})
    searched = "all groupings" if method == "exhaustive" else f"{method}; better groupings than those met may exist"
    notes = (f"search: {searched}; grain 0 is the network as it is",)
    return GrainProfile(data, grains, MEASURES, f"network of {len(labels)} nodes", provenance, notes)
