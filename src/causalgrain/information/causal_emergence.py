"""Causal emergence 2.0: which partitions of the states have how much causal power, and how it builds up on the way.

Hoel (2025) arXiv 2503.13395v3: list the partitions, discard the dynamically inconsistent ones, take the highest causal
power as the end (the least reduction where several tie), and apportion what was gained along the longest path from the
microscale. The conventions stand where they are used: `primitives` (causal power), `partitions` (macro TPM,
consistency), `causal_path` (path, increments, emergent complexity), `partition_search` (greedy and beam, ours).

Known from the paper: all of the above, sections 2-4 and S2. Ours: the tolerance below which inconsistency counts as 0
(the paper: any non-zero value is inconsistent); ties within 1e-9; that the partition into one block, whose causal
power is 0 / 0, has 0. Causal emergence here is CP at the end minus CP at the microscale. EI is printed beside CP: the
maximum of EI, not of CP, is what the theory of 2013 looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_number, as_whole, choose
from .._errors import CostError, InputError
from .._progress import track
from .._provenance import Provenance
from ..profile import TIE_TOLERANCE, GrainProfile, Measure, Peak
from ..systems.network import Network
from .causal_path import CausalPath, conventions, longest_path, state_names
from .inputs import state_tpm
from .partition_search import climb, evaluate
from .partitions import MAX_STATES, STEPS, StatePartitions, element_partitions, set_partitions
from .primitives import POWERS

if TYPE_CHECKING:
    import xarray as xr

METHODS = ("auto", "exhaustive", "greedy", "beam")
GROUPINGS = ("states", "elements")
EXHAUSTIVE = 9  # states up to which "auto" lists all partitions; Bell(9) = 21,147
MAX_SEARCHED = 128  # states, for greedy and beam
TOLERANCE = 1e-9  # bits
SLOW = 1e8  # estimated operations, 1 to 2 s


@dataclass(frozen=True, eq=False)
class CausalEmergence:
    """Causal power over the partitions of a system, and the path on which it emerges.

    Attributes
    ----------
    profile : GrainProfile
        Measures CP (0 to 1), EI (bits) and inconsistency (bits) of every partition looked at; the consistent ones are
        admitted; its peak is the end of the path, its ties are the coarser partitions with the same CP.
    path : CausalPath
        From the microscale to the end: increments, shares, emergent complexity.
    method : {"exhaustive", "greedy", "beam"}
        How the partitions were found.
    """

    profile: GrainProfile
    path: CausalPath
    method: str
    provenance: Provenance

    @property
    def end(self) -> Peak:
        """The consistent partition with the highest causal power; the finest of several."""
        peak = self.profile.peak
        assert peak is not None  # the microscale is always admitted
        return peak

    @property
    def emergence(self) -> float:
        """Causal power at the end minus at the microscale, 0 to 1."""
        return self.path.emergence

    @property
    def complexity(self) -> float:
        """Emergent complexity, bits."""
        return self.path.complexity

    @property
    def normalised_complexity(self) -> float:
        """Emergent complexity over log2 of the number of steps, 0 to 1."""
        return self.path.normalised_complexity

    def __repr__(self) -> str:
        end = self.end
        found = f"{len(self.profile)} partitions ({self.method}), {self.profile.n_admitted} consistent"
        lines = [f"causal emergence {self.emergence:.6f}: {found}", f"end  {end}"]
        if self.profile.ties:
            lines.append(f"{len(self.profile.ties)} more with the same causal power, none finer")
        lines.append(self.path.text())
        return "\n".join([*lines, *(f"note: {note}" for note in self.profile.notes), str(self.provenance)])


def causal_emergence(
    system: Any,
    *,
    method: str = "auto",
    grouping: str = "states",
    power: str = "information",
    tolerance: float = TOLERANCE,
    steps: int = STEPS,
    width: int = 8,
    progress: bool | None = None,
) -> CausalEmergence:
    """Return causal power over the partitions of a system's states, and the path on which it emerges.

    Parameters
    ----------
    system : Network or array_like, shape (states, states)
        An array is a TPM, rows summing to 1.
    method : {"auto", "exhaustive", "greedy", "beam"}
        "exhaustive" lists all partitions (to 10 states; the default to 9); "beam" (the default beyond) and "greedy"
        climb from the microscale, to 128 states, and may miss the best: benchmarks/causal_emergence_hits.py.
    grouping : {"states", "elements"}
        "elements": only partitions made by grouping a network's elements and counting those that are ON (listed
        exhaustively, to 8 elements).
    power : {"information", "primitives"}
        Causal power as determinism - degeneracy, or as sufficiency + necessity - 1.
    tolerance : float, bits
        Inconsistency up to which a partition counts as consistent. 1e-9 is for exact TPMs, rounding included: the
        rows of a block agree to about 1e-5. Estimated TPMs never agree so well: give a larger one, or find no grain.
    steps : int
        Time steps over which consistency is checked.
    width : int
        Partitions kept at each number of blocks by "beam".
    progress : bool, optional
        A progress bar. Default: on a terminal, where it will take more than about 2 s.

    Returns
    -------
    CausalEmergence
        ``.profile`` over partitions, ``.path``, ``.emergence``, ``.complexity`` (bits), ``.normalised_complexity``.

    Raises
    ------
    InputError
        No TPM, or unknown settings.
    CostError
        Too many states for the method.

    Examples
    --------
    Seven states that follow each other at random, and one that stays: the two of them are what there is.

    >>> tpm = np.zeros((8, 8)); tpm[:7, :7] = 1 / 7; tpm[7, 7] = 1
    >>> found = causal_emergence(tpm)
    >>> found.end.label, round(found.emergence, 6), round(found.complexity, 6)
    ('(0,1,2,3,4,5,6)(7)', 0.818812, 1.991251)

    References
    ----------
    Hoel (2025) arXiv 2503.13395.
    """
    choose(method, METHODS, "method")
    choose(grouping, GROUPINGS, "grouping")
    choose(power, POWERS, "power")
    tolerance = as_number(tolerance, "tolerance", low=0.0)
    counts = {name: as_whole(value, name, 1) for name, value in (("steps", steps), ("width", width))}
    tpm, source, caution = state_tpm(system)
    way = _method(method, grouping, system, len(tpm))
    labels, cp, bits, wrong = _measured(tpm, system, way, grouping, power, tolerance, counts, progress)
    names = state_names(system, len(tpm))
    consistent = wrong <= tolerance
    settings = {"method": way, "grouping": grouping, "power": power, "tolerance": tolerance, "steps": counts["steps"]}
    if way == "beam":
        settings["width"] = counts["width"]
    words = {**conventions(power), "consistent": f"inconsistency <= {tolerance:g} bits (ours; paper: 0)"}
    provenance = Provenance("causal_emergence", settings, source, words, caution)
    profile = GrainProfile(
        _table(cp, bits, wrong, consistent, len(tpm) - 1 - labels.max(axis=1).astype(np.int64)),
        StatePartitions(labels, names),
        _measures(words),
        f"causal power over partitions of {len(tpm)} states",
        provenance,
        _notes(labels, consistent, way, tolerance),
    )
    assert profile.peak is not None
    kept = np.flatnonzero(consistent)
    end = int(np.searchsorted(kept, profile.peak.index))
    path = longest_path(labels[kept], names, cp[kept], wrong[kept], end, provenance)
    return CausalEmergence(profile, path, way, provenance)


def _method(method: str, grouping: str, system: Any, states: int) -> str:
    """Return how to search, or say why that can't be done."""
    if grouping == "elements":
        if not isinstance(system, Network):
            raise InputError(
                "grouping",
                expected="a Network, to group its elements",
                got="a bare TPM",
                remedy="Make a Network of it.",
            )
        if method not in ("auto", "exhaustive"):
            raise InputError(
                "method", expected='"exhaustive" with grouping="elements"', got=repr(method), remedy="Leave it out."
            )
        return "exhaustive"
    if method == "auto":
        method = "exhaustive" if states <= EXHAUSTIVE else "beam"
    limit = MAX_STATES if method == "exhaustive" else MAX_SEARCHED
    if states > limit:
        remedy = "Take a part of the system."
        if states <= MAX_SEARCHED:
            remedy = 'Use method="beam", or for a network grouping="elements".'
        raise CostError("system", expected=f"at most {limit} states for {method}", got=str(states), remedy=remedy)
    return method


def _measured(
    tpm: np.ndarray,
    system: Any,
    way: str,
    grouping: str,
    power: str,
    tolerance: float,
    counts: dict[str, int],
    progress: bool | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return (labels, CP, EI, inconsistency) of the partitions listed or met, fine ones first."""
    states, steps = len(tpm), counts["steps"]
    if way == "exhaustive":
        labels = element_partitions(system.n) if grouping == "elements" else set_partitions(states)
        show = progress if progress is not None or len(labels) * states**2 * 10 * steps > SLOW else False
        with track("partitions", len(labels), show) as advance:
            return labels, *evaluate(tpm, labels, power, steps, advance)
    width = counts["width"] if way == "beam" else 1
    show = progress if progress is not None or width * states**4 * 10 * steps > SLOW else False
    climbing: dict[str, Any] = {"width": width, "power": power, "steps": steps, "tolerance": tolerance}
    if way == "beam" and isinstance(system, Network):
        climbing["seeds"] = element_partitions(system.n)
    with track("partitions", 2 * sum(m * m for m in range(states + 1)), show) as advance:
        found = climb(tpm, jumps=way == "beam", advance=advance, **climbing)
        if way == "beam":
            fits = np.flatnonzero(found[3] <= tolerance)
            power_of = found[1][fits]
            end = found[0][fits[power_of >= power_of.max() - TIE_TOLERANCE][0]]  # fine ones come first
            again = climb(tpm, jumps=True, within=end, advance=advance, **climbing)
            both = tuple(np.concatenate(parts) for parts in zip(found, again, strict=True))
            once = np.unique(both[0], axis=0, return_index=True)[1]
            found = tuple(part[once] for part in both)
    order = np.lexsort((*found[0].T[::-1], -found[0].max(axis=1)))
    labels, cp, bits, wrong = (part[order] for part in found)
    return labels, cp, bits, wrong


def _table(
    cp: np.ndarray, bits: np.ndarray, wrong: np.ndarray, consistent: np.ndarray, level: np.ndarray
) -> xr.Dataset:
    import xarray as xr

    dims = ("grain", "condition", "draw")
    variables: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        name: (dims, v[:, None, None]) for name, v in (("CP", cp), ("EI", bits), ("inconsistency", wrong))
    }
    variables["admitted"] = (("grain",), consistent)
    variables["reason"] = (("grain",), np.where(consistent, "", "inconsistent"))
    variables["level"] = (("grain",), level)
    for _, values in variables.values():
        values.setflags(write=False)
    return xr.Dataset(variables, coords={"condition": ["all"]})


def _measures(words: dict[str, str]) -> tuple[Measure, ...]:
    return (
        Measure("CP", "", words["causal power"], "maximum"),
        Measure("EI", "bits", "(determinism - degeneracy) log2 of the number of blocks", "nothing"),
        Measure("inconsistency", "bits", words["inconsistency"], "nothing"),
    )


def _notes(labels: np.ndarray, consistent: np.ndarray, way: str, tolerance: float) -> tuple[str, ...]:
    notes = []
    if way != "exhaustive":
        notes.append(f"search: {way} met {len(labels)} partitions; a better one may have been missed")
    level = labels.shape[1] - 1 - labels.max(axis=1)
    if labels.shape[1] > 2 and not (consistent & (level > 0) & (level < labels.shape[1] - 1)).any():
        notes.append(
            f"consistency: no partition between the microscale and one block is consistent within {tolerance:g} bits; "
            "estimated TPMs need a larger tolerance"
        )
    return tuple(notes)
