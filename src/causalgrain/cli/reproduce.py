"""reproduce: which numbers of a paper come out?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Force, Json, Out, target_path, write_csv

ENDINGS = (".csv", ".h5", ".hdf5")


def reproduce(
    paper: Annotated[str, typer.Argument(metavar="PAPER", help="hoel2016.")],
    json_output: Json = False,
    out: Out = None,
    force: Force = False,
) -> None:
    """Which numbers of a paper come out? Every printed value beside ours, with the difference and a verdict."""
    from ..reproductions.reproduce import reproduce as compute
    from ..store import save
    from . import render

    target: Path | None = None if out is None else target_path(out, force, paper, ENDINGS)
    found = compute(paper)
    if target is not None and target.suffix.lower() == ".csv":
        write_csv(found.table, target)
    elif target is not None:
        save(found, target, force=force)
    if json_output:
        rows = found.table.astype(object).where(found.table.notna(), None).to_dict("records")
        payload = {"paper": found.paper, "rows": rows, "sentence": found.sentence}
        render.print_json(payload | {"saved": None if target is None else str(target)})
        return
    print(found.paper)
    shown = [
        (row.where, row.quantity, row.paper, row.shown, _signed(row.difference), row.verdict) for row in found.rows
    ]
    render.table("", ["where", "quantity", "paper", "ours", "difference", "verdict"], shown)
    for note in dict.fromkeys(f"{row.where}: {row.note}" for row in found.rows if row.note):
        print(f"note: {note}")
    if target is not None:
        print(f"Table: {target}")
    print(found.sentence)


def _signed(difference: float | None) -> str:
    return "" if difference is None else f"{difference:+.1e}" if abs(difference) >= 5e-10 else "0"
