"""The verb: a paper's printed numbers beside ours."""

from __future__ import annotations

from importlib import import_module

from .._checks import choose
from .._provenance import Provenance
from ..phi.conventions import IIT_CONVENTIONS, MACRO_CONVENTIONS
from .rows import Reproduction

PAPERS = ("hoel2016",)


def reproduce(paper: str) -> Reproduction:
    """Compute every number that a paper prints, and say which of them come out.

    Parameters
    ----------
    paper : {"hoel2016"}

    Returns
    -------
    Reproduction
        ``.table``, ``.rows``, ``.sentence``. Rows that depend on a rule which stands only in a figure say so and are
        never counted as agreement.

    Examples
    --------
    >>> import causalgrain as cg
    >>> found = cg.reproduce("hoel2016")  # a few seconds
    >>> [row.quantity for row in found.rows if row.verdict == "differs"]
    ['micro: irreducible selectivity', 'phi lost by repertoire size']
    """
    module = import_module(f".{choose(paper, PAPERS, 'paper')}", __package__)
    provenance = Provenance("reproduce", {"paper": paper}, "", IIT_CONVENTIONS | MACRO_CONVENTIONS, "")
    return Reproduction(module.PAPER, module.rows(), provenance)
