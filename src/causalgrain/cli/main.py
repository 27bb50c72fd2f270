"""check, scan, emerge, balance, phi, systems, demo."""

from __future__ import annotations

import io
import os
import sys
import threading
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from .._checks import output_path
from .._errors import CausalGrainError, InputError
from .balance import balance
from .check import check
from .emerge import emerge
from .options import (
    Array,
    Bin,
    Binarise,
    Condition,
    EpochsFile,
    Figure,
    Force,
    Input,
    Json,
    Kind,
    Lag,
    MaxCost,
    MaxDependence,
    Nodes,
    OneElement,
    Orientation,
    Out,
    Prior,
    Rate,
    Seed,
    State,
    Units,
    Workers,
    figure_path,
    target_path,
    write_figure,
)
from .reproduce import reproduce
from .scan import scan

app = typer.Typer(
    name="causalgrain",
    help="Find the spatiotemporal grain at which a neural system's causal power peaks, and show how sure one can be.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(check)
app.command()(scan)
app.command()(emerge)
app.command()(balance)
app.command()(reproduce)


@app.command()
def phi(
    source: Input,
    state: State = None,
    nodes: Nodes = None,
    groups: Annotated[str | None, typer.Option(help='Look at a coarse grain: groups such as "A,B|C,D".')] = None,
    on: Annotated[str | None, typer.Option(help='ON counts of each group, such as "2|1,2"; default: all on.')] = None,
    tau: Annotated[int, typer.Option(help="Updates of a macro step; --on counts over all of them.")] = 1,
    ties: Annotated[
        str, typer.Option(help="Tied purviews: first, or range for the smallest and largest Phi.")
    ] = "first",
    units: Units = None,
    epochs: EpochsFile = None,
    condition: Condition = None,
    bin_width: Bin = None,
    binarise: Binarise = None,
    lag: Lag = None,
    max_dependence: MaxDependence = None,
    json_output: Json = False,
    out: Out = None,
    force: Force = False,
    array: Array = None,
    rate: Rate = None,
    kind: Kind = None,
    orientation: Orientation = None,
    prior: Prior = None,
    seed: Seed = None,
    one_element: OneElement = "zero",
    max_cost: MaxCost = 3600.0,
    workers: Workers = -1,
    figure: Figure = None,
) -> None:
    """How much integrated information has one candidate set, and of which concepts does it consist?"""
    from ..phi.system import big_phi
    from ..store import save
    from ..systems.coarse import as_grain
    from ..systems.network import INDEPENDENCE_TOLERANCE
    from . import render
    from .inputs import parse_nodes, parse_units, read_source

    options = _recording_options(
        array, rate, units, bin_width, binarise, lag, prior, seed, kind, orientation, epochs, condition
    )
    read = read_source(source, options)
    if tau != 1 and read.info is not None:
        raise InputError(
            "--tau", expected="a network as INPUT", got=source, remedy="A recording has --bin and --lag instead."
        )
    target = None if out is None else target_path(out, force, source, (".h5", ".hdf5"))
    picture = figure_path(figure, force)
    chosen = parse_nodes(nodes, read.network) if nodes not in (None, "full") else None
    if chosen == "all":
        raise InputError(
            "--nodes", expected="one candidate set", got="all", remedy="For all sets use `causalgrain scan`."
        )
    grain = None
    if groups is not None:
        members = [parse_units(group, read.network.labels) for group in groups.split("|")]
        grain = as_grain(members, None if on is None else _parse_counts(on), read.network.labels, tau=tau)
    elif tau != 1:
        every = chosen if chosen is not None else read.network.labels
        grain = as_grain([[name] for name in every], None, read.network.labels, tau=tau)
        chosen = None
    elif on is not None:
        raise InputError("--on", expected="--groups beside it", got="--on alone", remedy='Add --groups "A,B|C,D".')
    result = big_phi(
        read.network,
        _state(read, state),
        chosen,
        grain=grain,
        ties=ties,
        one_element=one_element,
        max_cost=max_cost,
        workers=workers,
        max_dependence=INDEPENDENCE_TOLERANCE if max_dependence is None else max_dependence,
    )
    sentence = render.phi_sentence(read.name, result)
    if target is not None:
        save(result, target, force=force)
    if picture is not None:
        from ..figures.cause_effect_space import cause_effect_space

        write_figure(cause_effect_space(result), picture)
    if json_output:
        payload = render.phi_json(result) | {"input": read.about, "cautions": list(read.cautions)}
        payload["estimate"] = None if read.info is None else render.estimate_json(read.info)
        render.print_json(payload | {"sentence": sentence, "saved": None if target is None else str(target)})
        return
    print(read.about)
    if read.info is not None:
        print(read.info)
    for caution in (*read.cautions, *([read.network.caution] if read.network.caution else [])):
        print(f"caution: {caution}")
    print()
    render.show_phi(result)
    if target is not None:
        print(f"Saved: {target}")
    if picture is not None:
        print(f"Figure of the cause-effect space: {picture}")
    print(sentence)


@app.command()
def systems(json_output: Json = False) -> None:
    """Which published systems are built in?"""
    from ..systems.published import SYSTEMS
    from . import render

    rows = [(s.name, s.network.n, s.state, s.about, s.citation, s.caution) for s in SYSTEMS.values()]
    columns = ("name", "elements", "state", "about", "source", "caution")
    sentence = f"{len(rows)} published systems; look at one with `causalgrain scan NAME`."
    if json_output:
        render.print_json({"systems": [dict(zip(columns, row, strict=True)) for row in rows], "sentence": sentence})
        return
    render.table("Published systems", columns, rows)
    print(sentence)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where to save the results (.h5).")] = Path("causalgrain-demo.h5"),
    force: Force = False,
) -> None:
    """What can this package tell? Three published systems and a simulated recording, from end to end."""
    from .demo import run

    run(output_path(out, force), force)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    if version:
        from .._provenance import package_version

        print(package_version())
        raise typer.Exit


def main() -> None:
    """Run the command line; errors of input end in exit code 2 and one message.

    The work runs in a thread of its own, so that Ctrl-C is heard during long compiled loops too.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    outcome: list[tuple[int, str]] = []
    thread = threading.Thread(target=lambda: outcome.append(_run()), daemon=True)
    try:
        thread.start()
        while thread.is_alive():
            thread.join(0.1)
    except KeyboardInterrupt:
        print("causalgrain: stopped; nothing was written", file=sys.stderr, flush=True)
        os._exit(130)
    code, message = outcome[0] if outcome else (1, "")
    if message:
        print(message, file=sys.stderr)
    sys.exit(code)


def _run() -> tuple[int, str]:
    """Run the command; return its exit code and what to say on stderr."""
    told: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            told = caught
            warnings.simplefilter("default")
            app()
    except CausalGrainError as error:
        return 2, f"causalgrain: {error}"
    except SystemExit as stop:
        texts = "\n".join(f"warning: {warning.message}" for warning in told)
        return stop.code if isinstance(stop.code, int) else 0, texts
    except BrokenPipeError:
        return 1, ""
    except OSError as error:
        place = error.filename or "output"
        what = f"expected access to it, got {error.strerror}. Check the place and its permissions."
        return 2, f"causalgrain: {place}: {what}"
    return 0, ""


def _recording_options(*values: Any) -> dict[str, Any]:
    from .inputs import RECORDING_OPTIONS

    return dict(zip(RECORDING_OPTIONS, values, strict=True))


def _parse_counts(text: str) -> list[list[int | tuple[int, ...]]]:
    def one(count: str) -> int | tuple[int, ...]:
        return tuple(int(c) for c in count.split("-")) if "-" in count else int(count)

    try:
        return [[one(count) for count in group.split(",")] for group in text.split("|")]
    except ValueError:
        raise InputError(
            "--on",
            expected='counts such as "2|1,2", or with --tau sequences such as "0-1,1-1|2"',
            got=repr(text),
            remedy="One list a group, separated by |.",
        ) from None


def _state(read: Any, state: str | None) -> Any:
    """The state asked for, the input's own, or the most visited one of a recording."""
    if state is not None:
        return state
    if read.state is not None:
        return read.state
    if read.info is not None:
        return next(iter(read.info.occupancy))
    raise InputError(
        "--state",
        expected="a state of the network",
        got="none",
        remedy=f'Phi is a property of a system in a state: add --state {"0" * read.network.n}, or "state" to the file.',
    )
