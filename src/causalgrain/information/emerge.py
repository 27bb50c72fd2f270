"""Every measure of causal emergence that applies to an input, in one table.

======================  ==========================================================================================
input                   what is measured
======================  ==========================================================================================
TPM, Network            effective information, causal emergence 2.0, SVD reversibility, synergy ("sum", "parity")
weighted network        effective information of the random walk, macro nodes, SVD reversibility of the walk
LinearGaussian, (A, S)  channel EI, emergence, J and dJ over dimensions, reversibility, synergy ("sum")
Recording               the same through a fitted linear Gaussian model (held out), synergy ("sum", "pc1"), and counted
                        transitions of a few units; each with a 95 % interval and a null, in every condition
======================  ==========================================================================================

Conventions are those of the modules that measure; every row says its own. A square array is a TPM where its rows sum to
1, else weights of a network if none is negative (``kind=`` settles it). What doesn't apply is left out and said in the
notes. The measures are different quantities: they needn't agree on a scale; nothing is averaged over them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_float_array, as_number, as_whole, choose
from .._errors import InputError
from .._provenance import FrozenDict, Provenance
from ..profile import GrainProfile
from ..recordings.recording import Recording
from ..surrogates import METHODS
from ..surrogates.streams import as_seed
from ..systems.network import Network
from .causal_emergence import TOLERANCE
from .emerge_recorded import recorded_rows
from .emerge_sentence import sentence_of
from .emerge_systems import discrete_rows, graph_rows, linear_rows
from .emerge_table import ORDER, Rows
from .gaussian import as_linear
from .inputs import state_tpm
from .linear import LinearGaussian
from .networks import adjacency, hash_weights, is_graph
from .null_time import NULL_OVER

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("tpm", "graph")
NEARLY = 0.01  # rows whose sums miss 1 by less than this are a TPM with a mistake, not weights


@dataclass(frozen=True, eq=False)
class Emergence:
    """Every measure of causal emergence of one input.

    Attributes
    ----------
    kind : {"discrete", "graph", "linear", "recording"}
        What the input was taken for.
    columns : mapping of str to tuple of str or ndarray
        The table, column by column; see `table`.
    profiles : mapping of str to GrainProfile
        What stands behind the rows: "partitions", "groupings", "dimensions", "synergy".
    sentence : str
        What there is to say, in one plain sentence.
    notes : tuple of str
        What was left out or chosen, and why.
    """

    kind: str
    columns: Mapping[str, Any]
    profiles: Mapping[str, GrainProfile]
    sentence: str
    notes: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("columns", "profiles"):
            object.__setattr__(self, name, FrozenDict(getattr(self, name)))

    @property
    def table(self) -> pd.DataFrame:
        """One row a number: condition, family, measure, scale, value, unit, 95 % interval, null mean, p, convention."""
        return self._table.copy()

    @cached_property
    def _table(self) -> pd.DataFrame:
        import pandas as pd

        found = pd.DataFrame({name: list(self.columns[name]) for name in ORDER})
        return found.drop(columns="condition") if set(self.columns["condition"]) == {"all"} else found

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions."""
        return tuple(dict.fromkeys(self.columns["condition"]))

    def __repr__(self) -> str:
        shown = self._table.drop(columns=["family", "convention"])
        if not np.isfinite(self.columns["null"]).any():
            shown = shown.drop(columns=["low", "high", "null", "p"])
        text = shown.to_string(index=False, float_format="{:.6f}".format, na_rep="")
        notes = [f"note: {note}" for note in self.notes]
        return "\n".join([text, *notes, self.sentence, str(self.provenance)])


def emerge(
    system: Any,
    *,
    kind: str | None = None,
    units: Any = None,
    bin: float | None = None,  # noqa: A002
    lag: int = 1,
    conditions: Sequence[str] | None = None,
    dims: Sequence[int] | None = None,
    pools: int = 32,
    binarise: Any = None,
    prior: float = 0.5,
    tolerance: float = TOLERANCE,
    epsilon: float | None = None,
    draws: int = 100,
    null: str | None = "circular_shift",
    null_over: str = NULL_OVER[0],
    block: float | None = None,
    seed: int = 0,
    progress: bool | None = None,
) -> Emergence:
    """Return every measure of causal emergence that applies, in one table.

    Parameters
    ----------
    system : Network, array_like (n, n), scipy sparse, DataFrame, networkx-like, LinearGaussian, (A, S), or Recording
        A square array is a TPM where its rows sum to 1, else the weights of a network.
    kind : {"tpm", "graph"}, optional
        What a square array is, where that must be said.
    units : optional
        Of a recording, for everything: names, indices or "random:4". Default: all (pooled) for the linear model and
        synergy, at most five (or "random:4") for counted transitions.
    bin : float, s, optional
        Width of the bins of a recording. Needed for spike times; default: its own samples.
    lag : int, samples, bins or steps
        From the present to the next state.
    conditions : sequence of str, optional
        Of a recording; all by default.
    dims : sequence of int, optional
        Numbers of dimensions of linear models; all variables and the powers of two below by default.
    pools : int
        More units of a recording than this are pooled by activity for the linear model and synergy.
    binarise, prior : str; float, pseudo-counts
        When a unit is ON, and what is added to counts, as in :func:`~causalgrain.systems.estimate.estimate_network`.
    tolerance : float, bits
        Inconsistency up to which a partition counts as consistent in causal emergence 2.0.
    epsilon : float, optional
        Singular values (of a linear system: eigenvalues of A^T S^-1 A) up to it count as none, for vague emergence.
    draws : int
        Of the bootstrap and of the null, each, for recordings; 0 for none.
    null : str or None
        Kind of surrogate, a name in :data:`causalgrain.surrogates.METHODS`; None for no null. Synergy has its own.
    null_over : {"auto", "condition", "recording"}
        Over what time surrogates are made, see
        :func:`~causalgrain.information.gaussian_recorded.gaussian_profile`. Synergy has its own, over the condition.
    block : float, s, optional
        Length of the blocks of the bootstrap and of the cross-validation.
    seed : int
        Of everything drawn.
    progress : bool, optional
        Whether to show progress bars. Default: on a terminal.

    Returns
    -------
    Emergence
        ``.table``, ``.profiles``, ``.sentence``, ``.notes``.

    Raises
    ------
    InputError
        Nothing that can be measured: the message of the first measure that refused.

    Examples
    --------
    Seven states that follow each other at random, and one that stays:

    >>> tpm = np.zeros((8, 8)); tpm[:7, :7] = 1 / 7; tpm[7, 7] = 1
    >>> found = emerge(tpm)
    >>> table = found.table.set_index("measure")["value"]
    >>> table[["EI", "EI, largest", "clear emergence"]].round(6).tolist()
    [0.543564, 1.0, 0.75]
    """
    settings: dict[str, Any] = {
        "kind": None if kind is None else choose(kind, KINDS, "kind"),
        "units": units if units is None or isinstance(units, str | int) else tuple(units),
        "bin": bin,
        "lag": as_whole(lag, "lag", 1),
        "conditions": conditions if conditions is None or isinstance(conditions, str) else tuple(conditions),
        "dims": dims if dims is None or isinstance(dims, int) else tuple(dims),
        "pools": as_whole(pools, "pools", 2),
        "binarise": binarise,
        "prior": prior,
        "tolerance": as_number(tolerance, "tolerance", low=0.0),
        "epsilon": epsilon,
        "draws": as_whole(draws, "draws", 0, remedy="0 for none."),
        "null": null if null is None else choose(null, tuple(METHODS), "null"),
        "null_over": choose(null_over, NULL_OVER, "null_over"),
        "block": block,
        "seed": as_seed(seed, "seed"),
    }
    rows = Rows()
    what, source, caution = _measure(rows, system, settings | {"progress": progress})
    used = {"recording": (), "discrete": ("lag", "tolerance", "epsilon"), "graph": ("epsilon", "seed")}
    used |= {"linear": ("lag", "dims", "epsilon")}
    kept = {k: v for k, v in settings.items() if k in (used[what] or settings) and k != "kind"}
    columns = rows.columns()
    for array in columns.values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    words = {"rows": "each row says its own convention; measures are different quantities and needn't agree on a scale"}
    if what == "recording":
        words["interval"] = "95 %, from blocks of time; see the provenance of the profiles"
    provenance = Provenance("emerge", kept, source, words, caution)
    return Emergence(what, columns, rows.profiles, sentence_of(rows, what, settings), tuple(rows.notes), provenance)


def _measure(rows: Rows, system: Any, settings: dict[str, Any]) -> tuple[str, str, str]:
    """Measure by what the input is; return its kind, hash and caution."""
    if isinstance(system, Recording):
        recorded_rows(rows, system, settings)
        caution = "estimated from spontaneous activity: common input and units that were not recorded enter"
        return "recording", system.hash, caution
    pair = isinstance(system, tuple) and len(system) == 2
    if isinstance(system, LinearGaussian) or (pair and np.ndim(system[0]) == 2):
        linear = as_linear(system)
        linear_rows(rows, linear, settings)
        return "linear", linear.hash, linear.caution
    if not isinstance(system, Network) and (is_graph(system) or _is_weights(rows, system, settings["kind"])):
        weights, _ = adjacency(system)
        graph_rows(rows, system, settings)
        return "graph", hash_weights(weights), ""
    tpm, source, caution = state_tpm(system)
    discrete_rows(rows, system if isinstance(system, Network) else tpm, settings)
    return "discrete", source, caution


def _is_weights(rows: Rows, system: Any, kind: str | None) -> bool:
    """Tell whether an array is a network's weights; say so where nobody did."""
    if kind is not None:
        return kind == "graph"
    table = as_float_array(system, "system")
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not table.size:
        raise InputError(
            "system",
            expected="a square TPM or table of weights, a Network, a LinearGaussian or a Recording",
            got=f"shape {table.shape}",
            remedy="Rows are the present, columns the next; activity over time goes into Recording(values, rate).",
        )
    if not np.isfinite(table).all() or (table < 0).any():
        return False
    if np.abs(table.sum(axis=1) - 1.0).max() < NEARLY:
        return False
    sums = table.sum(axis=1)
    rows.notes.append(
        f"input: rows don't sum to 1 (sums from {sums.min():.4g} to {sums.max():.4g}), so the table was taken as "
        "weights of a network; as a TPM (kind='tpm', --as tpm) it would be refused"
    )
    return True
