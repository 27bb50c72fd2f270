"""emerge: every measure of causal emergence that applies, in one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from .._errors import ConditionalDependenceError, InputError
from .options import (
    Array,
    Bin,
    Binarise,
    Block,
    Condition,
    Draws,
    EpochsFile,
    Force,
    Json,
    Kind,
    Lag,
    Null,
    Orientation,
    Out,
    Prior,
    Rate,
    Seed,
    Units,
    parse_numbers,
    target_path,
    write_csv,
)

if TYPE_CHECKING:
    from ..information.emerge import Emergence

ENDINGS = (".h5", ".hdf5", ".csv")
TAKEN = {"discrete": ", taken as a TPM", "graph": ", taken as the weights of a network"}
TABLES = (".npy", ".csv", ".tsv", ".txt")
TAKEN_AS = ("tpm", "graph", "recording")
Input = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="A published system, a network (.json, .npz), a square TPM or table of weights (.npy, .csv), "
        "or a recording (a file or a folder).",
    ),
]


def emerge(
    source: Input,
    taken_as: Annotated[
        str | None, typer.Option("--as", help="What a square .npy or .csv is: tpm, graph or recording.")
    ] = None,
    units: Units = None,
    bin_width: Bin = None,
    lag: Lag = None,
    epochs: EpochsFile = None,
    condition: Condition = None,
    dims: Annotated[str | None, typer.Option(help="Numbers of dimensions of linear models, such as 8,4,2,1.")] = None,
    pools: Annotated[int | None, typer.Option(help="Pool more units of a recording than this (32).")] = None,
    draws: Draws = None,
    null: Null = None,
    null_over: Annotated[
        str | None, typer.Option(help="Time that surrogates are made of: auto (default), condition or recording.")
    ] = None,
    binarise: Binarise = None,
    tolerance: Annotated[
        float | None, typer.Option(help="Inconsistency (bits) up to which a partition counts as consistent.")
    ] = None,
    epsilon: Annotated[
        float | None, typer.Option(help="Singular values up to this count as none, for vague emergence.")
    ] = None,
    json_output: Json = False,
    out: Out = None,
    force: Force = False,
    array: Array = None,
    rate: Rate = None,
    kind: Kind = None,
    orientation: Orientation = None,
    prior: Prior = None,
    block: Block = None,
    seed: Seed = None,
) -> None:
    """Does causal power emerge at a coarser scale, and by which measure?

    A TPM or a network: effective information, causal emergence 2.0, reversibility, synergy. A recording: a linear model
    over numbers of dimensions, synergy, and counted transitions of a few units, each with an interval and a null.
    """
    from ..information.emerge import emerge as measure
    from ..store import save
    from . import render

    reading = {"array": array, "rate": rate, "kind": kind, "orientation": orientation, "epochs": epochs}
    recorded: dict[str, Any] = {
        "units": units,
        "bin": bin_width,
        "condition": condition,
        "pools": pools,
        "draws": draws,
        "null": null,
        "null_over": null_over,
        "binarise": binarise,
        "prior": prior,
        "block": block,
    }
    target = None if out is None else target_path(out, force, source, ENDINGS)
    options: dict[str, Any] = {"lag": lag, "dims": parse_numbers(dims, "--dims", int), "seed": seed}
    options |= {"epsilon": epsilon, "tolerance": tolerance}
    name, about, cautions, system, more = _read(source, taken_as, reading, recorded)
    options |= more
    chosen: dict[str, Any] = {key: value for key, value in options.items() if value is not None or key == "null"}
    found = measure(system, **chosen)
    about += TAKEN.get(found.kind, "") if isinstance(system, np.ndarray) else ""
    sentence = f"{name}: {found.sentence}"
    if target is not None:
        if target.suffix.lower() == ".csv":
            write_csv(found.table, target)
        else:
            save({"emergence": found}, target, force=force)
    if json_output:
        payload = {
            "input": about,
            "kind": found.kind,
            "table": found.table.to_dict("records"),
            "notes": list(found.notes),
            "cautions": list(cautions),
            "provenance": render.provenance_json(found),
        }
        render.print_json(payload | {"sentence": sentence, "saved": None if target is None else str(target)})
        return
    print(about)
    for caution in (*cautions, *([found.provenance.caution] if found.provenance.caution else [])):
        print(f"caution: {caution}")
    for note in found.notes:
        print(f"note: {note}")
    print()
    show(found)
    if target is not None:
        print(f"Saved: {target}")
    print(sentence)


def _read(
    source: str, taken_as: str | None, reading: dict[str, Any], recorded: dict[str, Any]
) -> tuple[str, str, tuple[str, ...], Any, dict[str, Any]]:
    """Return name, about, cautions, what is to be measured, and the options that belong to it."""
    from .._checks import choose
    from ..systems.published import SYSTEMS
    from ..systems.table_file import read_square_table
    from .inputs import is_recording, read_network_source, refuse

    if taken_as is not None:
        choose(taken_as, TAKEN_AS, "--as")
    given = {f"--{name.replace('_', '-')}": value for name, value in (reading | recorded).items()}
    known = source in SYSTEMS or not is_recording(source)
    table = None
    if not known and taken_as != "recording" and all(value is None for value in reading.values()):
        table = read_square_table(source)
    if taken_as in ("tpm", "graph") and table is None:
        raise InputError(
            "--as",
            expected=f"a square table of numbers >= 0 in .npy or .csv as INPUT, to take it as a {taken_as}",
            got=source,
            remedy="It has as many rows as columns, at least 2, nothing missing or negative, and at most one line of "
            "names. Options that describe a recording don't go with it.",
        )
    if table is not None:
        refuse(given, "recordings", f"the square table {Path(source).name} (--as recording takes it as one)")
        more = {} if taken_as is None else {"kind": taken_as}
        about = f"{Path(source).name}: a square table, {len(table)} x {len(table)}"
        return Path(source).stem, about, (), table, more
    if known:
        refuse(given, "recordings", source)
        try:
            read = read_network_source(source)
        except ConditionalDependenceError as error:
            raise InputError(
                error.where,
                expected="elements that update independently, in a network file",
                got=error.got,
                remedy="Save a TPM without that property as a square table, .npy or .csv: emerge takes it as it is.",
            ) from error
        return read.name, read.about, read.cautions, read.network, {}
    try:
        return _recording(source, reading, recorded)
    except InputError as error:
        if error.where == "rate" and reading["rate"] is None and taken_as is None and Path(source).suffix in TABLES:
            raise InputError(
                error.where,
                expected=error.expected,
                got=error.got,
                remedy=f"{error.remedy} Or is {Path(source).name} a TPM or weights? Then it has to be square, with "
                "nothing missing or negative, and at most one line of names.",
            ) from error
        raise


def _recording(
    source: str, reading: dict[str, Any], recorded: dict[str, Any]
) -> tuple[str, str, tuple[str, ...], Any, dict[str, Any]]:
    from . import recorded as reader

    recording, units = reader.read(source, reading | {"units": recorded["units"]})
    more = {key: value for key, value in recorded.items() if key not in ("units", "condition", "null")}
    more["units"] = units
    more["conditions"] = None if recorded["condition"] is None else [recorded["condition"]]
    if recorded["null"] is not None:
        more["null"] = None if recorded["null"] == "none" else recorded["null"]
    return Path(source).stem, reader.about(source, recording), (), recording, more


def show(found: Emergence) -> None:
    """Print the one table, and the convention of every measure."""
    from . import render

    frame = found.table
    columns = [("condition", "condition")] if "condition" in frame else []
    columns += [("measure", "measure"), ("scale", "scale"), ("value", "value"), ("unit", "unit")]
    drawn = bool(np.isfinite(found.columns["null"]).any() or np.isfinite(found.columns["low"]).any())
    if drawn:
        columns += [("95% from", "low"), ("to", "high"), ("null mean", "null"), ("p", "p")]
    else:
        columns.append(("convention", "convention"))
    rows = []
    for record in frame.to_dict("records"):
        rows.append(tuple("" if _missing(record[key]) else record[key] for _, key in columns))
    render.table("Measures of causal emergence", [title for title, _ in columns], rows)
    if drawn:
        said = dict(zip(frame["measure"], frame["convention"], strict=True))
        render.table("How each is made", ("measure", "convention"), list(said.items()))


def _missing(value: Any) -> bool:
    return isinstance(value, float) and bool(np.isnan(value))
