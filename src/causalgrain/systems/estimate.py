"""A network estimated from a recording: binary states, counted transitions, a TPM with a stated prior.

Conventions: element i of the network is the i-th unit chosen; states are indexed as in
:mod:`causalgrain.systems.states` (element 0 varies fastest). A transition leads from bin t to bin t + lag of the same
segment; none reaches across an edge between segments. With k of v visits of state x followed by unit i ON,

    P(i = 1 | x) = (k + prior) / (v + 2 prior).

What comes out are conditional, not interventional, probabilities, unless the states were set from outside.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._errors import CostError, InputError
from .._provenance import FrozenDict, Provenance
from ..recordings.preprocessing import BinaryRecording, bin_recording
from ..recordings.preprocessing import binarise as binarise_recording
from ..recordings.recording import Recording
from ..recordings.units import choose_units
from ..recordings.validation import positive
from .network import Network
from .states import format_state, index_state
from .transitions import count_transitions, row_dependence, state_indices

MAX_UNITS = 8
CAUTION = (
    "These are conditional, not interventional, probabilities: common input, units that were not recorded, the bin, "
    "and correlation inside a bin all enter. Finite data bias Phi upward, even for independent units: compare with a "
    "null."
)
CAUTION_INTERVENTIONAL = (
    "Only transitions from states set from outside are counted; they are do() probabilities if all these units were "
    "set, independently of anything else. Finite data bias Phi upward, even for independent units: compare with a null."
)


@dataclass(frozen=True, eq=False, repr=False)
class EstimateInfo:
    """How a network was estimated, and how much data stands behind it.

    Attributes
    ----------
    units : tuple of str
        In the order of the network's elements.
    binarise : str
        What makes a unit ON; ``default_binarise`` tells whether it was chosen by default.
    bin_width : float, s
    lag : int, bins
    rate : float, Hz
        Bins a second.
    n_samples, n_transitions : int
        Bins within segments; transitions counted.
    states_visited, states_possible : int
        Distinct states that a counted transition starts from; 2**n.
    visits : array of int, shape (2**n,)
        Counted transitions that start from each state.
    occupancy : dict of state -> share
        Visited states, most frequent first: the weights for averages over states.
    on_share : dict of unit -> share
        Of the bins in which it is ON.
    prior : float, pseudo-counts
    prior_weight, prior_weight_occupancy : float
        Share of the prior in the estimate, ``2 prior / (visits + 2 prior)``: mean over visited states, and mean
        weighted by visits. (In a state never visited it is 1.)
    dependence, dependence_mean : float
        How far the units were from updating independently: total variation between the raw shares ``T[x]`` of the
        next states after x, without prior, and the product of their marginals. The largest over visited states, and
        the mean weighted by visits. The network keeps only the marginals. Few visits push it up by chance, and a
        state visited once has 0: it is a warning sign, no test.
    origin : {"estimated", "interventional"}
    caution : str
        What the numbers must not be taken for.
    provenance : Provenance
    """

    units: tuple[str, ...]
    binarise: str
    default_binarise: bool
    bin_width: float
    lag: int
    rate: float
    n_samples: int
    n_transitions: int
    states_visited: int
    states_possible: int
    visits: np.ndarray
    occupancy: Mapping[tuple[int, ...], float]
    on_share: Mapping[str, float]
    prior: float
    prior_weight: float
    prior_weight_occupancy: float
    dependence: float
    dependence_mean: float
    origin: str
    caution: str
    provenance: Provenance = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("occupancy", "on_share"):
            object.__setattr__(self, name, FrozenDict(getattr(self, name)))

    def __repr__(self) -> str:
        visits = self.visits[self.visits > 0]
        top = list(self.occupancy.items())[:4]
        rows = [
            ("units", ", ".join(f"{u} (ON {self.on_share[u]:.1%})" for u in self.units)),
            ("binarise", self.binarise + (" (default)" if self.default_binarise else "")),
            ("bin, lag", f"{self.bin_width:.6g} s, {self.lag} bin{'s' if self.lag > 1 else ''}"),
            ("data", f"{self.n_samples} bins, {self.n_transitions} transitions, {self.origin}"),
            (
                "states visited",
                f"{self.states_visited} of {self.states_possible}, {visits.min()} to {visits.max()} times",
            ),
            ("most frequent", ", ".join(f"{format_state(state)} {share:.1%}" for state, share in top)),
            (
                "prior",
                f"{self.prior:g} ON and {self.prior:g} OFF a state and unit: weight {self.prior_weight:.1%} "
                f"(by occupancy {self.prior_weight_occupancy:.1%})",
            ),
            (
                "dependence",
                f"{self.dependence:.3f} at most, {self.dependence_mean:.3f} by occupancy (0: units update "
                "independently)",
            ),
            ("caution", self.caution),
        ]
        lines = ["Network estimated from a recording"]
        for name, text in rows:
            lines += textwrap.wrap(
                text, 110, initial_indent=f"  {name:<15} ", subsequent_indent=" " * 18, break_on_hyphens=False
            )
        return "\n".join(lines)


def estimate_network(
    recording: Recording,
    *,
    units: Any = None,
    bin: float | None = None,  # noqa: A002
    binarise: Any = None,
    lag: int = 1,
    prior: float = 0.5,
    seed: int = 0,
    interventions: Any = None,
) -> tuple[Network, EstimateInfo]:
    """Estimate a network from the transitions of a recording.

    Parameters
    ----------
    recording : Recording
    units : optional
        Names, indices, or "random:5", as in :func:`~causalgrain.recordings.units.choose_units`; at most 8. Default:
        all.
    bin : float, s, optional
        Width of the bins. Needed for spike times; default: the recording's own samples.
    binarise : str, optional
        As in :func:`~causalgrain.recordings.preprocessing.binarise`. Default: "spike" for spikes and counts,
        "median" for traces.
    lag : int, bins
        From cause to effect; at least 1.
    prior : float, pseudo-counts
        Added to the ON and to the OFF count of each unit in each state.
    seed : int
        Of a random choice of units.
    interventions : array_like of bool, shape (bin,), optional
        True where the state of *all* chosen units was set from outside, independently of what went before. Then
        only transitions that start there are counted, and only if nothing was set again up to their end. Bins of all
        segments, one after the other; without `bin`, the recording's samples.

    Returns
    -------
    net : Network
        ``origin`` "estimated", or "interventional"; ``occupancy`` = how often each state was visited (outside
        interventions, if there is any such bin).
    info : EstimateInfo

    Raises
    ------
    CostError
        More than 8 units.
    InputError
        Unknown units, a constant unit, no bin for spike times, a lag beyond every segment, no transition.

    Examples
    --------
    A copies B's last state and B is its own opposite:

    >>> rec = Recording([[0, 1], [1, 0], [0, 1], [1, 0], [0, 1]], 2.0, ["A", "B"], kind="counts")
    >>> net, info = estimate_network(rec, prior=0.0)
    >>> net.tpm[[1, 2]].tolist()  # after A alone, after B alone
    [[0.0, 1.0], [1.0, 0.0]]
    >>> info.n_transitions, info.states_visited, info.occupancy
    (4, 2, {(1, 0): 0.5, (0, 1): 0.5})
    """
    if not isinstance(recording, Recording):
        raise InputError(
            "recording",
            expected="a Recording",
            got=type(recording).__name__,
            remedy="Read a file with read_recording, or make one: Recording(values, rate).",
        )
    lag, prior = _check_lag(lag), _check_prior(prior)
    chosen = choose_units(recording, units, seed=seed)
    if recording.spikes is not None and bin is None:
        raise InputError(
            "bin",
            expected="the width of the bins in s, for spike times",
            got="none",
            remedy="For example bin=0.1 (--bin 0.1); try several, the answer depends on it.",
        )
    width = None if bin is None else positive(bin, "bin", "s", "For bins of 100 ms give 0.1.")
    _check_cost(len(chosen), recording, width)
    selected = recording.select(chosen)
    binned = selected if width is None else bin_recording(selected, width)
    method = binarise if binarise is not None else "spike" if binned.kind == "counts" else "median"
    _check_length(binned, lag)
    binary = binarise_recording(binned, method)
    indices = state_indices(binary.states)
    mask = None if interventions is None else _check_mask(interventions, len(binary.states))
    n = binary.n_units
    counts = count_transitions(indices, binary.segments, n, lag=lag, interventions=mask)
    if not counts.any():
        raise InputError(
            "interventions",
            expected=f"at least one intervention followed by {lag} free bins",
            got=f"{int(mask.sum()) if mask is not None else 0} marked bins, none of them so",
            remedy="Mark only the bins whose state was set, not the response.",
        )
    visits = counts.sum(axis=1)
    weights = visits
    if mask is not None:
        free = binary.inside() & ~mask
        weights = np.bincount(indices[free], minlength=1 << n) if free.any() else visits
    origin = "estimated" if mask is None else "interventional"
    net = Network.from_counts(counts, prior=prior, labels=binary.labels, origin=origin, occupancy=weights)
    settings = {
        "units": binary.labels,
        "bin": width,
        "binarise": binary.how,
        "lag": lag,
        "prior": prior,
        "seed": seed,
        "interventions": None if mask is None else int(mask.sum()),
    }
    return net, _describe(recording, binary, counts, weights, binarise is None, origin, settings)


def _describe(
    recording: Recording,
    binary: BinaryRecording,
    counts: np.ndarray,
    weights: np.ndarray,
    default: bool,
    origin: str,
    settings: dict[str, Any],
) -> EstimateInfo:
    n, prior = binary.n_units, settings["prior"]
    visits = counts.sum(axis=1)
    seen = visits[visits > 0]
    share = 2.0 * prior / (seen + 2.0 * prior)
    apart = row_dependence(counts)
    visits.setflags(write=False)
    order = sorted(np.flatnonzero(weights).tolist(), key=lambda x: (-weights[x], x))
    interventional = origin == "interventional"
    return EstimateInfo(
        units=binary.labels,
        binarise=binary.how,
        default_binarise=default,
        bin_width=1.0 / binary.rate,
        lag=settings["lag"],
        rate=binary.rate,
        n_samples=int(binary.inside().sum()),
        n_transitions=int(visits.sum()),
        states_visited=len(seen),
        states_possible=1 << n,
        visits=visits,
        occupancy={index_state(x, n): float(weights[x] / weights.sum()) for x in order},
        on_share=dict(zip(binary.labels, binary.on_share.tolist(), strict=True)),
        prior=prior,
        prior_weight=float(share.mean()),
        prior_weight_occupancy=float(np.average(share, weights=seen)),
        dependence=float(apart.max()),
        dependence_mean=float(np.average(apart, weights=seen)),
        origin=origin,
        caution=CAUTION_INTERVENTIONAL if interventional else CAUTION,
        provenance=Provenance(
            "estimate_network",
            settings,
            recording.hash,
            {
                "state order": "element 0 varies fastest",
                "TPM": f"P(ON at t + {settings['lag']} bins | state at t), marginals of counted transitions",
                "probabilities": "interventional" if interventional else "conditional, from spontaneous activity",
            },
        ),
    )


def _check_lag(lag: Any) -> int:
    if isinstance(lag, bool) or not isinstance(lag, int | np.integer) or lag < 1:
        raise InputError("lag", expected="a whole number of bins >= 1", got=repr(lag), remedy="Try lag=1.")
    return int(lag)


def _check_prior(prior: Any) -> float:
    if isinstance(prior, bool) or not isinstance(prior, float | int | np.number) or not 0 <= prior < np.inf:
        raise InputError("prior", expected="a number >= 0", got=repr(prior), remedy="Try prior=0.5.")
    return float(prior)


def _check_cost(n: int, recording: Recording, width: float | None) -> None:
    if n <= MAX_UNITS:
        return
    rate = 1.0 / width if width else recording.rate or 1.0
    available = max(int(recording.duration * rate) - 1, 0)
    each = f"{available / 2**n:.2g}" if n <= 20 else "nearly none"
    raise CostError(
        "units",
        expected=f"at most {MAX_UNITS}",
        got=f"{n}: 2**{n}{f' = {2**n}' if n <= 20 else ''} states for about {available} transitions, {each} a state",
        remedy=f"Choose fewer, by name, by index or at random: units='random:{min(5, n)}' (--units).",
    )


def _check_length(binned: Recording, lag: int) -> None:
    lengths = binned.segments[:, 1] - binned.segments[:, 0]
    longest = int(lengths.max())
    if longest > lag:
        return
    which = "the recording" if len(lengths) == 1 else f"the longest of {len(lengths)} segments"
    raise InputError(
        "recording" if lag == 1 else "lag",
        expected=f"a segment of more than {lag} bin{'s' if lag > 1 else ''}, for one transition at least",
        got=f"{which} with {longest}",
        remedy="Take narrower bins, a smaller lag or a longer recording.",
    )


def _check_mask(interventions: Any, n_bins: int) -> np.ndarray:
    mask = np.asarray(interventions)
    if mask.dtype != np.bool_ or mask.shape != (n_bins,):
        raise InputError(
            "interventions",
            expected=f"{n_bins} truth values, one a bin",
            got=f"{mask.dtype} of shape {mask.shape}",
            remedy="True where the state of all chosen units was set from outside.",
        )
    return mask
