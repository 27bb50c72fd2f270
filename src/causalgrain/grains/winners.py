"""Effective information beside Phi at every grain, and whether they name the same one.

Both are measured at every grain by :func:`causalgrain.scan`. They are not looked for in the same place: EI "cannot
identify causal borders (exclusion), so EI is always over the whole system", Phi is taken over all candidate sets, and
depends on the state (Hoel et al. 2016, at Fig. 6). So the peak of EI is taken over grains of all elements, the peak of
Phi over all admitted grains. Grains whose macro TPM is conditionally dependent compete in neither; a grain whose state
is unreachable has an EI but no Phi.

Causal emergence by a measure is its maximum over macro grains minus its maximum over micro grains (level 0); there is
one micro grain of the whole system, and one of every candidate set. Over several macro steps EI is in bits a macro
step, not divided by tau.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import InputError
from .._provenance import Provenance
from ..profile import TIE_TOLERANCE, GrainProfile, Peak
from .lattice import GrainTable
from .paths import competing

if TYPE_CHECKING:
    import pandas as pd

MAX_SHOWN = 4

WINNER_CONVENTIONS = {
    "peak of phi": "over all admitted grains of all candidate sets",
    "peak of ei": "over grains of all elements whose macro TPM is not conditionally dependent; bits a macro step",
    "causal emergence": "maximum over macro grains - maximum over micro grains, of the same measure",
    "grain ties": "the finer level, then the larger candidate set, then the first in the table; ties are reported",
}


@dataclass(frozen=True)
class Winner:
    """What one measure names.

    Attributes
    ----------
    measure, unit : str
    peak : Peak
        Best grain that competes.
    ties : tuple of str
        Others with its value.
    micro, macro : Peak or None
        Best of level 0, and best of the levels above; None where none competes.
    emergence : float
        ``macro.value - micro.value``, in `unit`; NaN where one is missing.
    """

    measure: str
    unit: str
    peak: Peak
    ties: tuple[str, ...]
    micro: Peak | None
    macro: Peak | None
    emergence: float


@dataclass(frozen=True, eq=False)
class Winners:
    """EI beside Phi.

    Attributes
    ----------
    phi, ei : Winner
    agree : bool
        Whether they name the same grain (ties: one grain among both). Where Phi is 0 throughout it names none.
    agree_on_emergence : bool
        Whether both find causal emergence (> 0), or neither does.
    profile : GrainProfile
        Both measures at every grain.
    """

    phi: Winner
    ei: Winner
    agree: bool
    agree_on_emergence: bool
    profile: GrainProfile
    provenance: Provenance

    @property
    def table(self) -> pd.DataFrame:
        """One row a grain: both measures, whether it competes in each (`in_phi`, `in_ei`), its groups and level."""
        table = self.profile.table
        in_phi, in_ei = (np.zeros(len(table), dtype=bool) for _ in range(2))
        grains, _, rows = competing(self.profile)
        in_phi[rows] = True
        in_ei[_in_ei(self.profile, grains)] = True
        described = [c for c in ("grain", "groups", "mapping", "nodes", "tau", "level") if c in table]
        return table[[*described, "phi", "ei"]].assign(in_phi=in_phi, in_ei=in_ei)

    def __repr__(self) -> str:
        values = {w.measure: self.profile.values(w.measure) for w in (self.phi, self.ei)}
        head = ("measure", "best grain", "micro", "macro", "macro - micro")
        rows = [
            (f"{w.measure} {w.unit}".rstrip(), *(_cell(p) for p in (w.peak, w.micro, w.macro)), f"{w.emergence:+.6f}")
            for w in (self.phi, self.ei)
        ]
        wide = [max(len(row[c]) for row in (head, *rows)) for c in range(len(head))]
        lines = [f"{self.profile.what}: effective information beside Phi"]
        lines += [
            "  " + "  ".join(f"{cell:<{w}}" for cell, w in zip(row, wide, strict=True)).rstrip()
            for row in (head, *rows)
        ]
        for w in (self.phi, self.ei):
            if w.ties:
                more = ", ..." if len(w.ties) > MAX_SHOWN else ""
                lines.append(f"{w.measure} is tied with {len(w.ties)} more: {', '.join(w.ties[:MAX_SHOWN])}{more}")
        if self.agree:
            lines.append("they name the same grain")
        elif not self.phi.peak.value > TIE_TOLERANCE:
            lines.append("phi is 0 throughout: it names no grain")
        else:
            there = values["ei"][self.phi.peak.index], values["phi"][self.ei.peak.index]
            lines.append(
                f"they disagree: ei is {there[0]:.6f} bits at the peak of phi, phi is {there[1]:.6f} at the peak of ei"
            )
        lines.append("causal emergence: " + _who(self.phi.emergence > TIE_TOLERANCE, self.ei.emergence > TIE_TOLERANCE))
        return "\n".join([*lines, str(self.provenance)])


def winners(profile: GrainProfile) -> Winners:
    """Return what EI and Phi name as the best grain, and whether they agree.

    Parameters
    ----------
    profile : GrainProfile
        Of :func:`causalgrain.scan`, with the full set of elements among its candidate sets.

    Returns
    -------
    Winners

    Raises
    ------
    InputError
        No peak is named, the full set was not scanned, or the scan gave grains up (``best_only``).

    Examples
    --------
    The paper's Fig. 6 (inputs of two of its elements: best candidate): EI finds no emergence, Phi does.

    >>> import causalgrain as cg
    >>> from causalgrain.grains.winners import winners
    >>> found = winners(cg.scan(cg.published("hoel2016-fig6"), "000000"))
    >>> found.phi.peak, found.ei.peak, found.agree
    ({AB}{CD} ON=2|2  0.597213, ABCDEF  2.726925, False)
    >>> round(found.phi.emergence, 4), round(found.ei.emergence, 4)
    (0.4347, -0.1293)

    References
    ----------
    Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012, Fig. 6.
    Hoel, Albantakis & Tononi (2013) PNAS 110:19790.
    """
    table, phi, rows = competing(profile)
    competing(profile, "ei")
    whole = _in_ei(profile, table)
    if not len(rows) or not len(whole):
        none = "an admitted grain" if not len(rows) else "grains of all elements: EI is of the whole system"
        raise InputError(
            "profile",
            expected=none,
            got="none",
            remedy='Scan with nodes="all" or nodes="full"; for part of a network, make it a network of its own.',
        )
    by_phi, tied_phi = _winner("phi", "", phi, rows, table)
    by_ei, tied_ei = _winner("ei", "bits", profile.values("ei"), whole, table)
    own = profile.provenance
    return Winners(
        by_phi,
        by_ei,
        by_phi.peak.value > TIE_TOLERANCE and bool(tied_phi & tied_ei),
        (by_phi.emergence > TIE_TOLERANCE) == (by_ei.emergence > TIE_TOLERANCE),
        profile,
        Provenance("winners", own.settings, own.input_hash, {**own.conventions, **WINNER_CONVENTIONS}, own.caution),
    )


def _in_ei(profile: GrainProfile, table: GrainTable) -> np.ndarray:
    """Return the rows that compete by EI: all elements, not conditionally dependent."""
    apart = profile.admitted | (profile.data["reason"].values == "unreachable state")
    return np.flatnonzero(apart & (table.n_nodes == table.group.shape[1]) & np.isfinite(profile.values("ei")))


def _winner(
    measure: str, unit: str, values: np.ndarray, rows: np.ndarray, table: GrainTable
) -> tuple[Winner, set[int]]:
    level, size = table.level, table.n_nodes

    def best(among: np.ndarray) -> list[int]:
        equal = among[values[among] >= values[among].max() - TIE_TOLERANCE] if len(among) else among
        return equal[np.lexsort((equal, -size[equal], level[equal]))].tolist()

    def named(found: list[int]) -> Peak | None:
        return Peak(table[found[0]], table.label(found[0]), float(values[found[0]]), found[0]) if found else None

    tied = best(rows)
    peak, micro, macro = named(tied), named(best(rows[level[rows] == 0])), named(best(rows[level[rows] > 0]))
    assert peak is not None
    emergence = macro.value - micro.value if micro is not None and macro is not None else float("nan")
    ties = tuple(table.label(row) for row in tied[1:])
    return Winner(measure, unit, peak, ties, micro, macro, emergence), set(tied)


def _cell(peak: Any) -> str:
    return "-" if peak is None else f"{peak.label}  {peak.value:.6f}"


def _who(phi: bool, ei: bool) -> str:
    if phi == ei:
        return "found by both" if phi else "found by neither"
    return "found by phi, not by ei" if phi else "found by ei, not by phi"
