"""A printed number beside ours: what a reproduction consists of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from .._errors import InputError
from .._provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd

AGREES, DIFFERS = "agrees", "differs"
CANDIDATE_AGREES, CANDIDATE_DIFFERS = "candidate agrees", "candidate differs"
UNKNOWN = "rule unknown"
VERDICTS = (AGREES, DIFFERS, CANDIDATE_AGREES, CANDIDATE_DIFFERS, UNKNOWN)
DUST = 1e-9


@dataclass(frozen=True)
class PrintedValue:
    """One printed quantity.

    Attributes
    ----------
    where, quantity : str
        Figure or section, and what is printed there.
    paper : str
        As printed. A number agrees where ours, rounded to as many digits, is the same.
    ours : float, str or None
        None where the rule it depends on is unknown.
    basis : {"stated", "candidate", "unknown"}
        Whether the paper's text states the rule, or it stands only in a figure: then ours comes from the best
        candidate, or can't be had. A candidate's rows are never counted as agreement with the paper.
    note : str
    """

    where: str
    quantity: str
    paper: str
    ours: float | str | None
    basis: str = "stated"
    note: str = ""

    def __post_init__(self) -> None:
        if self.basis not in ("stated", "candidate", "unknown") or (self.basis == "unknown") != (self.ours is None):
            raise InputError(
                "basis", expected="unknown exactly where ours is None", got=self.basis, remedy="Give ours, or say so."
            )

    @property
    def difference(self) -> float | None:
        """Ours minus the printed number; None for texts."""
        return None if isinstance(self.ours, str) or self.ours is None else self.ours - float(self.paper)

    @property
    def shown(self) -> str:
        """Ours as text."""
        if isinstance(self.ours, str) or self.ours is None:
            return self.ours or ""
        return f"{0.0 if abs(self.ours) < DUST else self.ours:.6g}"

    @property
    def within(self) -> bool:
        """Whether ours rounds to what is printed, or is the same text."""
        if isinstance(self.ours, str) or self.ours is None:
            return self.ours == self.paper
        exponent = Decimal(self.paper).as_tuple().exponent
        digits = -exponent if isinstance(exponent, int) else 0
        return abs(self.ours - float(self.paper)) <= 0.5 * 10.0**-digits + DUST

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        if self.basis == "unknown":
            return UNKNOWN
        if self.basis == "candidate":
            return CANDIDATE_AGREES if self.within else CANDIDATE_DIFFERS
        return AGREES if self.within else DIFFERS


@dataclass(frozen=True, eq=False)
class Reproduction:
    """A paper's printed numbers beside ours.

    Attributes
    ----------
    paper : str
    rows : tuple of PrintedValue
    provenance : Provenance
    """

    paper: str
    rows: tuple[PrintedValue, ...]
    provenance: Provenance

    def count(self, verdict: str) -> int:
        """Return how many rows have this verdict."""
        return sum(row.verdict == verdict for row in self.rows)

    @property
    def table(self) -> pd.DataFrame:
        """One row a quantity: where, quantity, paper, ours, difference, verdict, note."""
        import pandas as pd

        names = ("where", "quantity", "paper", "ours", "difference", "verdict", "note")
        return pd.DataFrame([{name: getattr(row, name) for name in names} for row in self.rows])

    @property
    def sentence(self) -> str:
        """What came out, in one sentence."""
        stated = [row for row in self.rows if row.basis == "stated"]
        agree = self.count(AGREES)
        candidates = self.count(CANDIDATE_AGREES) + self.count(CANDIDATE_DIFFERS)
        return (
            f"{agree} of {len(stated)} printed values whose rule the text states are met to the last printed digit; "
            f"{candidates} hang on rules that stand only in a figure: {self.count(CANDIDATE_AGREES)} of them agree "
            "with candidates that were chosen by such numbers, which confirms nothing by itself; "
            f"{self.count(UNKNOWN)} can't be derived."
        )

    def __repr__(self) -> str:
        lines = [self.paper, f"{'':8}{'quantity':<50}{'paper':>31}{'ours':>24}  verdict"]
        last = ""
        for row in self.rows:
            lines.append(f"{row.where:<8}{row.quantity:<50}{row.paper:>31}{row.shown:>24}  {row.verdict}")
            if row.note and row.note != last:
                lines.append(f"{'':10}{row.note}")
            last = row.note
        return "\n".join([*lines, self.sentence, str(self.provenance)])
