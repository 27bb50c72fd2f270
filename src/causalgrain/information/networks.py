"""Effective information of a network: the random walk on its out-weights.

Conventions. ``W[i, j]`` is the probability that a walker at node i goes to node j: the weights out of i divided by
their sum (rows are now, columns next). An undirected edge goes both ways, a self-loop once; an edge without a weight
weighs 1.
The intervention puts the walker on each node with equal probability. Logarithms are to base 2.

    EI = H(<W_i>) - <H(W_i)>            Klein & Hoel (2020)
    determinism = 1 - <H(W_i)> / log2 n,   degeneracy = 1 - H(<W_i>) / log2 n,   effectiveness = EI / log2 n

A *sink* has no out-weight. With ``sinks="drop"``, as in Klein & Hoel, the averages < > go over the nodes with
out-weights alone, while n counts all nodes. The other rules are ours: ``"self"`` keeps the walker there, ``"uniform"``
sends it to any node, ``"refuse"`` is an error.

Separate parts of a network are measured together: which part the walker is in is then part of the information.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_float_array, choose
from .._errors import InputError
from .._provenance import Provenance, hash_arrays
from ..systems.network import Network

if TYPE_CHECKING:
    import scipy.sparse as sp

SINKS = ("drop", "self", "uniform", "refuse")
SINK_WORDS = {
    "drop": "nodes without out-weights are left out of both averages (Klein & Hoel), and counted in n",
    "self": "a node without out-weights keeps its walker",
    "uniform": "a node without out-weights sends its walker to any node, with equal probability",
    "refuse": "every node has out-weights",
}


@dataclass(frozen=True)
class NetworkEffectiveInformation:
    """Effective information of the random walk on a network.

    ``bits = (determinism - degeneracy) * log2(n)``, ``effectiveness = determinism - degeneracy``.

    Attributes
    ----------
    bits : float, bits
    determinism, degeneracy, effectiveness : float, 0 to 1
    n : int
        Number of nodes.
    sinks : int
        Nodes without out-weights.
    components : int
        Separate parts of the network, the direction of edges ignored.
    """

    bits: float
    determinism: float
    degeneracy: float
    effectiveness: float
    n: int
    sinks: int
    components: int
    provenance: Provenance

    def __repr__(self) -> str:
        return (
            f"effective information {self.bits:.6f} bits of {np.log2(self.n):.6g} over {self.n} nodes "
            f"(determinism {self.determinism:.6f}, degeneracy {self.degeneracy:.6f}, effectiveness "
            f"{self.effectiveness:.6f}), {self.sinks} sinks, {self.components} separate part"
            f"{'' if self.components == 1 else 's'}\n{self.provenance}"
        )


def network_effective_information(
    graph: Any, *, sinks: str = "drop", weight: str | None = "weight"
) -> NetworkEffectiveInformation:
    """Return the effective information of the random walk on a network.

    ``EI = H(<W_i>) - <H(W_i)>``

    Parameters
    ----------
    graph : array_like or scipy sparse (n, n), pandas.DataFrame, or networkx-like
        Weights from row to column, none negative; they need not sum to 1.
    sinks : {"drop", "self", "uniform", "refuse"}
        What out-weight a node without any has; "drop" is the convention of the literature.
    weight : str or None
        Name of the edges' weight in a networkx-like graph; None: every edge weighs 1.

    Returns
    -------
    NetworkEffectiveInformation
        ``.bits``, ``.determinism``, ``.degeneracy``, ``.effectiveness``, ``.sinks``, ``.components``.

    Raises
    ------
    InputError
        Weights that are negative, NaN or infinite; a table that isn't square; no edge at all; sinks with "refuse".

    Examples
    --------
    A star of five nodes: four leaves lead to one hub.

    >>> star = np.zeros((5, 5))
    >>> star[0, 1:] = star[1:, 0] = 1
    >>> round(network_effective_information(star).bits, 6)
    0.721928

    References
    ----------
    Klein & Hoel (2020) Complexity 2020:8932526, "Effective information".
    """
    weights, _ = adjacency(graph, weight=weight)
    walk = _walk(weights, sinks)
    empty = int((np.diff(weights.indptr) == 0).sum())
    bits, determinism, degeneracy = parts(walk, sinks=sinks)
    components = separate_parts(weights)
    settings = {"sinks": sinks, "weight": weight}
    provenance = Provenance(
        "network_effective_information",
        settings,
        hash_weights(weights),
        words(sinks),
        caution(empty, components, sinks),
    )
    effectiveness = determinism - degeneracy
    n = int(walk.shape[0])
    return NetworkEffectiveInformation(bits, determinism, degeneracy, effectiveness, n, empty, components, provenance)


def words(sinks: str) -> dict[str, str]:
    """Return the conventions of the walk in words."""
    return {
        "walk": "out-weights divided by their sum; rows are now, columns next",
        "intervention": "uniform over nodes",
        "sinks": SINK_WORDS[sinks],
        "unit": "bits",
    }


def caution(sinks: int, components: int, rule: str) -> str:
    """Return what a number of this network must not be taken for, or ""."""
    said = []
    if sinks:
        said.append(f"{sinks} sink{'s' if sinks > 1 else ''} ({SINK_WORDS[rule]})")
    if components > 1:
        said.append(f"{components} separate parts, measured together: which part the walker is in counts")
    return "; ".join(said)


def separate_parts(weights: sp.csr_array) -> int:
    """Return how many parts of a network have no edge between them, the direction of edges ignored."""
    from scipy.sparse.csgraph import connected_components

    return int(connected_components(weights, directed=True, connection="weak", return_labels=True)[0])


def hash_weights(weights: sp.csr_array) -> str:
    """Return the hash of a network's weights."""
    return hash_arrays(weights.data, weights.indices.astype(np.int64), weights.indptr.astype(np.int64))


# -- the array layer -----------------------------------------------------------------------------------------------


def out_weights(weights: sp.csr_array, *, sinks: str = "drop") -> sp.csr_array:
    """Return the walk's probabilities (n, n), rows summing to 1; with "drop" the rows of sinks stay empty.

    Parameters
    ----------
    weights : scipy.sparse.csr_array (n, n)
        From :func:`adjacency`: positive entries only.
    sinks : {"drop", "self", "uniform", "refuse"}
    """
    import scipy.sparse as sp

    walk = _walk(weights, sinks)
    empty = np.flatnonzero(np.diff(weights.indptr) == 0)
    n = weights.shape[0]
    if not len(empty) or sinks == "drop":
        return walk
    rows, columns = (empty, empty) if sinks == "self" else (np.repeat(empty, n), np.tile(np.arange(n), len(empty)))
    share = np.full(len(rows), 1.0 if sinks == "self" else 1.0 / n)
    return sp.csr_array(walk + sp.csr_array((share, (rows, columns)), shape=(n, n)))


def _walk(weights: sp.csr_array, sinks: str) -> sp.csr_array:
    """Return the probabilities of all nodes that have out-weights; other rows are empty."""
    import scipy.sparse as sp

    choose(sinks, SINKS, "sinks")
    n = weights.shape[0]
    counts = np.diff(weights.indptr)
    empty = np.flatnonzero(counts == 0)
    if len(empty) and sinks == "refuse":
        raise InputError(
            f"graph, node {empty[0]}",
            expected="out-weights at every node",
            got=f"{len(empty)} node{'s' if len(empty) > 1 else ''} without",
            remedy='Say what a walker does there: sinks="self" or "uniform", or "drop" where offered.',
        )
    if len(empty) == n and sinks == "drop":
        raise InputError(
            "graph", expected="at least one edge", got="none", remedy="There is nothing to average; check the weights."
        )
    rows = np.repeat(np.arange(n), counts)
    largest = np.ones(n)
    largest[counts > 0] = np.maximum.reduceat(weights.data, weights.indptr[:-1][counts > 0]) if len(rows) else 1.0
    data = weights.data / largest[rows]  # first, so that sums of huge or tiny weights stay finite
    data /= np.bincount(rows, data, minlength=n)[rows]
    return sp.csr_array((data, weights.indices, weights.indptr), shape=(n, n))


def parts(walk: Any, *, sinks: str = "drop") -> tuple[float, float, float]:
    """Return (bits, determinism, degeneracy) of a walk (n, n), dense or sparse; `sinks` says what empty rows mean."""
    if isinstance(walk, np.ndarray):
        values, moving = walk[walk > 0], (walk > 0).any(axis=1)
    else:
        values, moving = walk.data[walk.data > 0], np.diff(walk.indptr) > 0
    n = walk.shape[0]
    average = np.asarray(walk.sum(axis=0)).ravel()
    noise = float(-(values * np.log2(values)).sum())
    still = n - int(moving.sum())
    averaged = n
    if sinks == "self":
        average = average + ~moving
    elif sinks == "uniform":
        average = average + still / n
        noise += still * float(np.log2(n))
    else:
        averaged = n - still
    if n == 1 or averaged == 0:
        return 0.0, 0.0, 0.0
    average = average[average > 0] / averaged
    noise = max(noise / averaged, 0.0)
    spread = float(-(average * np.log2(average)).sum())
    size = float(np.log2(n))
    return max(spread - noise, 0.0), 1.0 - noise / size, 1.0 - spread / size


# -- what comes in -------------------------------------------------------------------------------------------------


def adjacency(graph: Any, *, weight: str | None = "weight") -> tuple[sp.csr_array, tuple[str, ...]]:
    """Return the weights (n, n) of a network, from row to column, positive entries only, and the nodes' names.

    Parameters
    ----------
    graph : array_like, scipy sparse, pandas.DataFrame, or networkx-like
        See :func:`network_effective_information`.
    """
    import scipy.sparse as sp

    if isinstance(graph, Network):
        raise InputError(
            "graph",
            expected="weights between nodes",
            got="a Network, whose mechanisms are a TPM",
            remedy="Use effective_information for its TPM, or give its wiring: network.edges.astype(float).",
        )
    if sp.issparse(graph):
        found, names = _sparse(graph), ()
    elif all(hasattr(graph, name) for name in ("nodes", "edges", "is_directed")):
        found, names = _from_graph(graph, weight)
    elif all(hasattr(graph, name) for name in ("index", "columns", "to_numpy")):
        found, names = _from_frame(graph)
    else:
        found, names = _square(as_float_array(graph, "graph")), ()
    _check(found)
    found.sum_duplicates()
    if not np.isfinite(found.data).all():
        raise InputError("graph", expected="finite weights", got="a sum beyond range", remedy="Scale the weights down.")
    found.eliminate_zeros()
    found.sort_indices()
    return found, tuple(str(name) for name in names) or tuple(str(i) for i in range(found.shape[0]))


def is_graph(system: Any) -> bool:
    """Whether `system` is a network of weights by its kind: sparse, a table with names, or networkx-like."""
    named = all(hasattr(system, name) for name in ("index", "columns", "to_numpy"))
    walked = all(hasattr(system, name) for name in ("nodes", "edges", "is_directed"))
    sparse = type(system).__module__.startswith("scipy.sparse")
    return not isinstance(system, Network) and (named or walked or sparse)


def _sparse(graph: Any) -> sp.csr_array:
    import scipy.sparse as sp

    if graph.ndim != 2 or graph.shape[0] != graph.shape[1] or not graph.shape[0]:
        raise _not_square(graph.shape)
    if graph.dtype.kind not in "buif":
        raise InputError("graph", expected="numbers", got=str(graph.dtype), remedy="Give real weights.")
    table = graph.tocoo()
    entries = (table.data.astype(np.float64), (table.row, table.col))
    return sp.csr_array(sp.coo_array(entries, shape=graph.shape))


def _square(array: np.ndarray) -> sp.csr_array:
    import scipy.sparse as sp

    if array.ndim != 2 or array.shape[0] != array.shape[1] or not array.size:
        raise _not_square(array.shape)
    return sp.csr_array(array)


def _not_square(shape: Any) -> InputError:
    return InputError(
        "graph",
        expected="a square table of weights, node by node",
        got=f"shape {tuple(shape)}",
        remedy="Rows are where an edge starts, columns where it ends; list every node in both.",
    )


def _from_frame(frame: Any) -> tuple[sp.csr_array, list[Any]]:
    rows, columns = list(frame.index), list(frame.columns)
    if len(set(rows)) != len(rows) or set(rows) != set(columns) or len(rows) != len(columns):
        raise InputError(
            "graph",
            expected="a table with the same names in rows and columns, each once",
            got=f"{len(rows)} rows and {len(columns)} columns whose names differ or repeat",
            remedy="Rows are where an edge starts, columns where it ends.",
        )
    return _square(as_float_array(frame.loc[:, rows].to_numpy(), "graph")), rows


def _from_graph(graph: Any, weight: str | None) -> tuple[sp.csr_array, list[Any]]:
    import scipy.sparse as sp

    nodes = list(graph.nodes())
    if not nodes:
        raise _not_square((0, 0))
    place = {node: i for i, node in enumerate(nodes)}
    edges = list(graph.edges(data=weight, default=1.0)) if weight is not None else [(*e, 1.0) for e in graph.edges()]
    start = np.array([place[edge[0]] for edge in edges], dtype=np.int64)
    end = np.array([place[edge[1]] for edge in edges], dtype=np.int64)
    values = as_float_array([edge[-1] for edge in edges], f"graph, {weight} of the edges")
    if not graph.is_directed():
        other = start != end
        start, end = np.concatenate([start, end[other]]), np.concatenate([end, start[other]])
        values = np.concatenate([values, values[other]])
    _check_values(values, start)
    return sp.csr_array(sp.coo_array((values, (start, end)), shape=(len(nodes), len(nodes)))), nodes


def _check(weights: sp.csr_array) -> None:
    rows = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    _check_values(weights.data, rows)


def _check_values(values: np.ndarray, rows: np.ndarray) -> None:
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"graph, out-weights of node {int(rows[place])}",
            expected="finite weights that aren't negative",
            got=f"{values[place]:g}",
            remedy="A walker needs probabilities: drop inhibitory or missing edges, or take absolute values knowingly.",
        )
