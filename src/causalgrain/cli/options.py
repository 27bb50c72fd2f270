"""The options that several commands share, and how their texts become values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .._checks import output_path
from .._errors import InputError

Input = Annotated[
    str,
    typer.Argument(
        metavar="INPUT", help="A published system, a network (.json, .npz), or a recording (a file or a folder)."
    ),
]
RecordingInput = Annotated[str, typer.Argument(metavar="RECORDING", help="A recording: a file or a folder.")]
State = Annotated[
    str | None,
    typer.Option(help='Present state, element 0 first, such as 0110; for longer macro steps the last states, "01 11".'),
]
MaxTau = Annotated[int, typer.Option(help="Longest macro step of a network (updates): all from 1 to it are searched.")]
Blocks = Annotated[
    str, typer.Option(help="What of a macro step's block counts: counts, or sequences (of counts, update by update).")
]
Nodes = Annotated[str | None, typer.Option(help="Candidate sets: all, full, or elements such as A,B,C.")]
Units = Annotated[str | None, typer.Option(help="Units of a recording: names, indices, or random:5.")]
Array = Annotated[str | None, typer.Option(help="Which array of the file is the recording.")]
Rate = Annotated[float | None, typer.Option(help="Samples a second of a recording (Hz).")]
Kind = Annotated[str | None, typer.Option(help="What the array holds: traces, counts or spikes.")]
Orientation = Annotated[str | None, typer.Option(help='"time x unit" (default) or "unit x time".')]
EpochsFile = Annotated[
    str | None,
    typer.Option("--epochs", help="Conditions: a table (start, stop in s, condition), or an array of the file."),
]
Condition = Annotated[str | None, typer.Option(help="Look at one condition of a recording.")]
Bin = Annotated[float | None, typer.Option("--bin", help="Width of a bin of a recording (s).")]
Bins = Annotated[str | None, typer.Option("--bin", help="Widths of bins of a recording (s), such as 0.1,0.2,0.4.")]
Binarise = Annotated[
    str | None, typer.Option(help="When a unit is ON: spike, threshold:VALUE, median, mean, percentile:P, z:K.")
]
Lag = Annotated[int | None, typer.Option(help="From which bin to which a transition leads (bins).")]
Lags = Annotated[str | None, typer.Option("--lag", help="From which bin to which a transition leads, such as 1,2.")]
Prior = Annotated[float | None, typer.Option(help="Pseudo-counts for ON and for OFF, in every state.")]
Seed = Annotated[int | None, typer.Option(help="Seed of everything random.")]
Draws = Annotated[int | None, typer.Option(help="Draws of the null, the bootstrap and the permutation, each.")]
Null = Annotated[str | None, typer.Option(help="Surrogates of the null: circular_shift, time_shuffle, ...; or none.")]
NullOver = Annotated[
    str | None, typer.Option(help="Surrogates are made over each condition (default) or over the whole recording.")
]
Subsets = Annotated[int | None, typer.Option(help="How many sets random:N draws (10).")]
Block = Annotated[float | None, typer.Option(help="Length of the blocks of the bootstrap (s).")]
OneElement = Annotated[str, typer.Option(help="Phi of a single macro element: zero or pyphi.")]
BestOnly = Annotated[bool, typer.Option("--best-only", help="Give grains up as soon as they lie below the best.")]
MaxDependence = Annotated[float | None, typer.Option(help="Largest conditional dependence of a grain that competes.")]
MaxCost = Annotated[float, typer.Option(help="Refuse to start above this estimate (s).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing output file.")]
Out = Annotated[Path | None, typer.Option(help="Where to save: .h5 (scan and balance also: .csv for the bare table).")]
Figure = Annotated[Path | None, typer.Option(help="Draw a figure to this file (.png, .pdf or .svg).")]
Workers = Annotated[int, typer.Option(help="Threads; -1 for all cores. The result does not depend on it.")]


def parse_numbers(text: str | None, where: str, kind: type = float) -> list[Any] | None:
    """Turn "0.1,0.2" into numbers.

    >>> parse_numbers("0.1, 0.2", "--bin"), parse_numbers("1,2", "--lag", int)
    ([0.1, 0.2], [1, 2])
    """
    if text is None:
        return None
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError:
        example = "1,2" if kind is int else "0.1,0.2"
        raise InputError(
            where,
            expected=f"{'whole ' if kind is int else ''}numbers parted by commas",
            got=repr(text),
            remedy=f"For example {where} {example}.",
        ) from None


def one_number(text: str | None, where: str, kind: type = float) -> Any:
    """Turn "0.1" into a number, for a command that looks at one only."""
    found = parse_numbers(text, where, kind)
    if found is not None and len(found) != 1:
        raise InputError(
            where,
            expected="one number for a network",
            got=repr(text),
            remedy=f"Give one; several values of {where} are for the scan of a recording.",
        )
    return None if found is None else found[0]


def target_path(out: Path, force: bool, source: str, endings: tuple[str, ...]) -> Path:
    """Check where to save: a kind of file that can be written, and not the input itself."""
    if out.suffix.lower() not in endings:
        raise InputError(
            "--out", expected=f"a name ending in {' or '.join(endings)}", got=out.name, remedy=f"Try {out.stem}.h5."
        )
    target = output_path(out, force)
    if target.exists() and Path(source).exists() and target.samefile(source):
        raise InputError("--out", expected="another file than INPUT", got=str(out), remedy="Choose another name.")
    return target


FIGURE_ENDINGS = (".png", ".pdf", ".svg")


def figure_path(figure: Path | None, force: bool) -> Path | None:
    """Check where to draw to: a kind of picture that can be written."""
    if figure is None:
        return None
    if figure.suffix.lower() not in FIGURE_ENDINGS:
        raise InputError(
            "--figure",
            expected=f"a name ending in {', '.join(FIGURE_ENDINGS)}",
            got=figure.name,
            remedy=f"Try {figure.stem}.png.",
        )
    return output_path(figure, force)


def write_figure(figure: Any, target: Path) -> None:
    """Write a picture, whole or not at all."""
    temporary = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        figure.savefig(temporary, dpi=200)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_csv(table: Any, target: Path) -> None:
    """Write a table, whole or not at all."""
    temporary = target.with_name(f".{target.name}.part")
    try:
        table.to_csv(temporary, index=False)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
