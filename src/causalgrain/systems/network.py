"""A network of binary elements: its TPM, its connections and its names.

Conventions: state order as in :mod:`causalgrain.systems.states` (element 0 varies fastest); ``edges[i, j]`` = 1
means i -> j, that is, j reads i. Where the next state depends on the last k states (Markov order k), a row of the TPM
is a history, the present state in its lowest n bits, the one before in the next n, and so on
(:mod:`causalgrain.systems.history`).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .._checks import as_float_array, as_whole, choose
from .._errors import (
    CausalGrainWarning,
    ConditionalDependenceError,
    InputError,
    UnreachableStateError,
)
from .._provenance import hash_arrays
from . import markov
from .history import lagged_edges
from .states import MAX_ELEMENTS, all_states, as_state, format_state, index_state

ROW_SUM_TOLERANCE = 1e-6
INDEPENDENCE_TOLERANCE = 1e-8
ORIGINS = ("exact", "estimated", "interventional")
CAUTIONS = {
    "exact": "",
    "estimated": (
        "the TPM is estimated: spontaneous transitions give conditional, not interventional, probabilities, and finite "
        "data bias Phi upward; no number here is comparable with an exact one"
    ),
    "interventional": "the TPM is estimated from interventions: finite data bias Phi upward",
}


class Network:
    """A frozen, hashable network of n binary elements in discrete time.

    Parameters
    ----------
    tpm : array_like, shape (2**n, n) or (2**n, 2**n); (2**(n k), n) for order k
        State-by-node: P(element i = 1 at t+1 | state at t). Or state-by-state: rows sum to 1, and the elements
        must update independently given the present state. Rows (and columns) in index order, element 0 fastest. For
        order k > 1 state-by-node, a row for every history of k states, the present state varying fastest.
    edges : array_like of bool, shape (n, n), optional
        ``edges[i][j]`` true: i -> j. Default: the dependences found in the TPM. An edge that the TPM lacks is
        kept (it only costs time); a dependence without an edge is averaged out of integrated information and of all
        numbers of a scan, with a warning, but not of measures of the TPM itself (`effective_information`).
    labels : sequence of str, optional
        Names of the elements. Default: A, B, C, ...
    origin : {"exact", "estimated", "interventional"}
        "exact": a definition. "estimated": conditional probabilities from spontaneous activity.
        "interventional": estimated from perturbations, hence do() probabilities.
    occupancy : array_like, shape (2**n,), optional
        How often each state was visited (counts or shares), for networks from recordings.
    order : int
        Markov order k: how many of the last states the next one depends on. Measures at a macro step of tau < k
        updates average the older states out, as independent uniform noise: see `first_order`.

    Raises
    ------
    InputError
        Wrong shape, probabilities outside [0, 1], rows that don't sum to 1, repeated labels.
    ConditionalDependenceError
        A state-by-state TPM whose elements don't update independently.

    Examples
    --------
    Two elements that copy each other:

    >>> net = Network([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> net
    Network of 2 elements (A, B), 2 edges: A -> B; B -> A
    >>> net.edges.astype(int).tolist()
    [[0, 1], [1, 0]]

    The same, but each reads the other as it was one update earlier:

    >>> Network([[a >> 3 & 1, a >> 2 & 1] for a in range(16)], order=2)
    Network of 2 elements (A, B), order 2, 2 edges: A -> B; B -> A

    References
    ----------
    Oizumi, Albantakis & Tononi (2014) PLoS Comput Biol 10:e1003588; state order as there and in PyPhi.
    """

    tpm: np.ndarray
    edges: np.ndarray
    labels: tuple[str, ...]
    origin: str
    occupancy: np.ndarray | None
    order: int

    def __init__(
        self,
        tpm: Any,
        edges: Any = None,
        labels: Sequence[str] | None = None,
        *,
        origin: str = "exact",
        occupancy: Any = None,
        order: int = 1,
    ) -> None:
        k = as_whole(order, "order", low=1)
        table = _as_state_by_node(as_float_array(tpm, "tpm"), order=k)
        n = table.shape[1]
        names = _check_labels(labels, n)
        found = lagged_edges(table, k).any(axis=0) if k > 1 else markov.functional_edges(table)
        if edges is None:
            connections = found
        else:
            connections = _check_edges(edges, n)
            missing = found & ~connections
            if missing.any():
                pairs = "; ".join(f"{names[i]} -> {names[j]}" for i, j in np.argwhere(missing)[:6])
                warnings.warn(
                    f"the TPM depends on connections that `edges` lacks ({pairs}): integrated information, and all "
                    "numbers of a scan, average them out as independent uniform noise; measures of the TPM itself, "
                    "such as effective_information, don't. Add them to `edges`, or leave `edges` out to infer them.",
                    CausalGrainWarning,
                    stacklevel=2,
                )
        weights = None
        if occupancy is not None:
            weights = as_float_array(occupancy, "occupancy")
            if weights.shape != (1 << n,) or not np.isfinite(weights).all() or (weights < 0).any():
                raise InputError(
                    "occupancy",
                    expected=f"{1 << n} non-negative weights, one a state",
                    got=f"an array of shape {weights.shape}",
                    remedy="Count the visits of each state in index order (element 0 varies fastest).",
                )
            weights.setflags(write=False)
        table = np.ascontiguousarray(table)
        table.setflags(write=False)
        connections.setflags(write=False)
        values = {
            "tpm": table,
            "edges": connections,
            "labels": names,
            "origin": choose(origin, ORIGINS, "origin"),
            "occupancy": weights,
            "order": k,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    # -- construction --------------------------------------------------------------------------------------------

    @classmethod
    def from_state_by_node(cls, tpm: Any, **settings: Any) -> Network:
        """Make a network from P(element i = 1 at t+1 | state), shape (2**n, n)."""
        table = as_float_array(tpm, "tpm")
        if table.ndim != 2 or table.shape[0] != 1 << table.shape[1]:
            raise _shape_error(table.shape, "(2**n, n)")
        return cls(table, **settings)

    @classmethod
    def from_state_by_state(
        cls, tpm: Any, *, max_dependence: float = INDEPENDENCE_TOLERANCE, **settings: Any
    ) -> Network:
        """Make a network from P(state at t+1 | state), shape (2**n, 2**n).

        `max_dependence` is the largest :func:`~causalgrain.systems.markov.dependence` accepted; above 1e-8 the
        network keeps only the marginals, so it is no longer the system that was given: choose it knowingly.
        """
        table = as_float_array(tpm, "tpm")
        if table.ndim != 2 or table.shape[0] != table.shape[1]:
            raise _shape_error(table.shape, "(2**n, 2**n)")
        return cls(_as_state_by_node(table, max_dependence), **settings)

    @classmethod
    def from_gates(cls, gates: Mapping[str, Any] | Sequence[Any], **settings: Any) -> Network:
        """Make a network from one gate an element.

        Parameters
        ----------
        gates : mapping of label -> Gate, or sequence of Gate
            See :mod:`causalgrain.systems.gates`. Inputs are labels or indices.

        Examples
        --------
        >>> from causalgrain.systems.gates import AND, COPY
        >>> Network.from_gates({"A": AND("B", "C"), "B": COPY("A"), "C": COPY("A")})
        Network of 3 elements (A, B, C), 4 edges: A -> B, C; B -> A; C -> A
        """
        from .gates import tables

        labels = list(gates) if isinstance(gates, Mapping) else None
        chosen = list(gates.values()) if isinstance(gates, Mapping) else list(gates)
        names = _check_labels(settings.pop("labels", labels), len(chosen))
        tpm, edges = tables(chosen, names)
        return cls(tpm, edges, names, **settings)

    @classmethod
    def from_counts(cls, counts: Any, *, prior: float = 0.0, **settings: Any) -> Network:
        """Make an estimated network from counted transitions.

        Parameters
        ----------
        counts : array_like, shape (2**n, 2**n)
            How often state y followed state x.
        prior : float, pseudo-counts
            Added to the ON and to the OFF count of every element in every state, so each probability is
            (ON + prior) / (visits + 2 prior). A state never visited gives 1/2 (for `prior` 0 too: no knowledge).

        Returns
        -------
        Network
            ``origin="estimated"`` unless told otherwise; ``occupancy`` = visits of each state.

        Examples
        --------
        >>> Network.from_counts([[3, 1], [0, 4]]).tpm.tolist()
        [[0.25], [1.0]]
        """
        table = as_float_array(counts, "counts")
        if table.ndim != 2 or table.shape[0] != table.shape[1]:
            raise _shape_error(table.shape, "(2**n, 2**n)")
        n = _elements(table.shape[0], table.shape)
        if settings.get("order", 1) != 1:
            raise InputError(
                "order",
                expected="1: counts of transitions from state to state",
                got=repr(settings["order"]),
                remedy="For a higher order make the TPM over histories yourself: Network(tpm, order=k).",
            )
        if not np.isfinite(table).all() or (table < 0).any():
            raise InputError(
                "counts",
                expected="counts >= 0",
                got="negative or missing entries",
                remedy="Count transitions.",
            )
        if not np.isfinite(prior) or prior < 0:
            raise InputError("prior", expected="a number >= 0", got=repr(prior), remedy="Try prior=0.5.")
        visits = table.sum(axis=1)
        on = table @ all_states(n).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            tpm = (on + prior) / (visits + 2.0 * prior)[:, None]
        tpm[visits + 2.0 * prior == 0.0] = 0.5
        settings.setdefault("origin", "estimated")
        settings.setdefault("occupancy", visits)
        return cls(tpm, **settings)

    # -- reading -------------------------------------------------------------------------------------------------

    @property
    def n(self) -> int:
        """Number of elements."""
        return len(self.labels)

    @cached_property
    def first_order(self) -> Network:
        """The network at one update: itself, or, for order k > 1, with all older states averaged out.

        Every element's TPM is averaged over the older states uniformly and for itself, as noise in a severed
        connection is: what the older states have in common is lost.
        """
        if self.order == 1:
            return self
        n = self.n
        on = self.tpm.reshape(-1, 1 << n, n).mean(axis=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CausalGrainWarning)  # said when this network was made
            return Network(on, self.edges, self.labels, origin=self.origin, occupancy=self.occupancy)

    @cached_property
    def state_by_state(self) -> np.ndarray:
        """The state-by-state TPM, shape (2**n, 2**n), of `first_order`."""
        table = markov.to_state_by_state(self.first_order.tpm)
        table.setflags(write=False)
        return table

    @property
    def caution(self) -> str:
        """What numbers from this network must not be taken for; "" for an exact one."""
        return CAUTIONS[self.origin]

    @cached_property
    def hash(self) -> str:
        """Hash of everything that defines the network."""
        parts = (self.tpm, self.edges.astype(np.uint8), "\n".join(self.labels), self.origin, self.occupancy)
        return hash_arrays(*parts, *((f"order {self.order}",) if self.order > 1 else ()))

    def lifted(self, order: int) -> Network:
        """Return the same system as one of a higher order, whose older states make no difference.

        >>> Network([[0, 0], [0, 1], [1, 0], [1, 1]]).lifted(2)
        Network of 2 elements (A, B), order 2, 2 edges: A -> B; B -> A
        """
        times = as_whole(order, "order", low=self.order) - self.order
        table = np.tile(self.tpm, (1 << (self.n * times), 1))
        settings = {"origin": self.origin, "occupancy": self.occupancy, "order": self.order + times}
        return Network(table, self.edges, self.labels, **settings)

    def reachable(self, state: Any) -> bool:
        """Tell whether `state` can follow from any state.

        >>> Network([[0.0], [0.0]]).reachable((1,))
        False
        """
        on = self.first_order.tpm
        likelihood = np.where(as_state(state, self.n), on, 1.0 - on)
        return bool((likelihood > 0.0).all(axis=1).any())

    def check_state(self, state: Any) -> tuple[int, ...]:
        """Return the state as a tuple of ints; raise where it is no state of this network or unreachable."""
        checked = as_state(state, self.n)
        if not self.reachable(checked):
            follower = (self.first_order.tpm[0] >= 0.5).astype(int)
            raise UnreachableStateError(
                "state",
                expected="a state that some state leads to",
                got=f"{format_state(checked)} ({', '.join(self.labels)}), which no state leads to",
                remedy=f"It has no possible cause, so no cause repertoire; try {format_state(follower)}, for instance.",
            )
        return checked

    # -- being a value -------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Network is frozen: make a new one instead of setting {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Network is frozen: {name!r} can't be deleted")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and self.hash == other.hash

    def __hash__(self) -> int:
        return int(self.hash, 16)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (self.tpm, self.edges, self.labels, self.origin, self.occupancy, self.order))

    def __repr__(self) -> str:
        names = ", ".join(self.labels)
        parts = []
        for i in range(self.n):
            targets = [self.labels[j] for j in np.flatnonzero(self.edges[i])]
            if targets:
                parts.append(f"{self.labels[i]} -> {', '.join(targets)}")
        kind = "" if self.origin == "exact" else f", TPM {self.origin} from a recording"
        order = f", order {self.order}" if self.order > 1 else ""
        edges = int(self.edges.sum())
        word = "element" if self.n == 1 else "elements"
        return f"Network of {self.n} {word} ({names}){order}, {edges} edges: {'; '.join(parts) or 'none'}{kind}"


def _rebuild(
    tpm: np.ndarray, edges: np.ndarray, labels: tuple[str, ...], origin: str, occupancy: Any, order: int = 1
) -> Network:
    return Network(tpm, edges, labels, origin=origin, occupancy=occupancy, order=order)


def _shape_error(shape: tuple[int, ...], expected: str) -> InputError:
    return InputError(
        "tpm",
        expected=f"shape {expected}",
        got=f"shape {shape}",
        remedy="Rows are all states of the system: 2, 4, 8, ... of them, element 0 varying fastest.",
    )


def _elements(rows: int, shape: tuple[int, ...]) -> int:
    n = rows.bit_length() - 1
    if rows < 2 or rows != 1 << n:
        raise _shape_error(shape, "(2**n, n) state-by-node or (2**n, 2**n) state-by-state")
    if n > MAX_ELEMENTS:
        raise InputError(
            "tpm", expected=f"at most {MAX_ELEMENTS} elements", got=str(n), remedy="Choose fewer elements."
        )
    return n


def _as_state_by_node(
    table: np.ndarray, max_dependence: float = INDEPENDENCE_TOLERANCE, *, order: int = 1
) -> np.ndarray:
    """Check a TPM of either form and return it state-by-node."""
    if table.ndim != 2:
        raise _shape_error(table.shape, "(2**n, n) state-by-node or (2**n, 2**n) state-by-state")
    n = _elements(table.shape[0], table.shape)
    if order > 1 and table.shape[1] * order != n:
        raise InputError(
            "tpm",
            expected=f"shape (2**({order} n), n) for order {order}",
            got=f"shape {table.shape}",
            remedy="One row for every history, the present state in its lowest n bits; columns are P(element = 1).",
        )
    if order == 1 and table.shape[1] not in (n, 1 << n):
        raise _shape_error(table.shape, f"({1 << n}, {n}) or ({1 << n}, {1 << n})")
    wrong = ~((table >= 0.0) & (table <= 1.0))
    if wrong.any():
        row, column = (int(v) for v in np.argwhere(wrong)[0])
        raise InputError(
            f"tpm, row {row} ({'state' if order == 1 else 'history'} {format_state(index_state(row, n))}), "
            f"column {column}",
            expected="a probability in [0, 1]",
            got=repr(float(table[row, column])),
            remedy="For counts of transitions use Network.from_counts.",
        )
    if order > 1 or table.shape[1] == n:
        return table
    sums = table.sum(axis=1)
    off = np.abs(sums - 1.0)
    if off.max() > ROW_SUM_TOLERANCE:
        row = int(off.argmax())
        raise InputError(
            f"tpm, row {row} (state {format_state(index_state(row, n))})",
            expected="a state-by-state row that sums to 1",
            got=f"a sum of {sums[row]:.6g}",
            remedy="Rows are the present state, columns the next; for counts use Network.from_counts.",
        )
    found = markov.dependence(table)
    if found > max_dependence:
        raise ConditionalDependenceError(
            "tpm",
            expected=f"elements that update independently given the present state (dependence <= {max_dependence:g})",
            got=f"dependence {found:.4g}",
            remedy=(
                "Integrated information is not defined for instantaneous interactions: model the common cause as an "
                "element, or keep only the marginals with Network.from_state_by_state(tpm, max_dependence=1)."
            ),
        )
    return np.clip(markov.to_state_by_node(table), 0.0, 1.0)


def _check_labels(labels: Sequence[str] | None, n: int) -> tuple[str, ...]:
    if labels is None:
        return tuple(chr(ord("A") + i) for i in range(n))
    if isinstance(labels, set | frozenset | dict) or not isinstance(labels, Iterable):
        raise InputError(
            "labels",
            expected="an ordered list of names",
            got=repr(labels),
            remedy="Give one name an element, in order.",
        )
    listed = list(labels)
    for label in listed:
        if not isinstance(label, str | int | np.integer) or isinstance(label, bool) or not str(label).strip():
            raise InputError("labels", expected="names", got=repr(label), remedy="Use short texts such as 'A'.")
    names = tuple(str(label) for label in listed)
    if len(names) != n:
        raise InputError(
            "labels", expected=f"{n} names", got=str(len(names)), remedy="Give one name an element, in order."
        )
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise InputError(
            "labels",
            expected="names that differ",
            got=f"{', '.join(sorted(map(repr, repeated)))} more than once",
            remedy="Rename one of them.",
        )
    return names


def _check_edges(edges: Any, n: int) -> np.ndarray:
    table = as_float_array(edges, "edges")
    if table.shape != (n, n):
        raise InputError(
            "edges",
            expected=f"shape ({n}, {n})",
            got=f"shape {table.shape}",
            remedy="edges[i][j] = 1 means that element i acts on element j.",
        )
    if not np.isin(table, (0.0, 1.0)).all():
        raise InputError(
            "edges",
            expected="0 or 1",
            got=repr(float(table[~np.isin(table, (0.0, 1.0))][0])),
            remedy="Strengths belong into the TPM; edges only say what is connected.",
        )
    return table.astype(bool)
