"""scan: at which grain is integrated information largest?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .options import (
    Array,
    BestOnly,
    Binarise,
    Bins,
    Block,
    Blocks,
    Draws,
    EpochsFile,
    Figure,
    Force,
    Input,
    Json,
    Kind,
    Lags,
    MaxCost,
    MaxDependence,
    MaxTau,
    Nodes,
    Null,
    NullOver,
    OneElement,
    Orientation,
    Out,
    Prior,
    Rate,
    Seed,
    State,
    Subsets,
    Units,
    Workers,
    figure_path,
    parse_numbers,
    target_path,
    write_csv,
    write_figure,
)

ENDINGS = (".h5", ".hdf5", ".csv")
MOST_STATES = 8  # rows of the table by state on the screen; the file has all


def scan(
    source: Input,
    state: State = None,
    nodes: Nodes = None,
    max_tau: MaxTau = 1,
    blocks: Blocks = "counts",
    units: Units = None,
    bins: Bins = None,
    lags: Lags = None,
    epochs: EpochsFile = None,
    draws: Draws = None,
    null: Null = None,
    null_over: NullOver = None,
    subsets: Subsets = None,
    binarise: Binarise = None,
    max_dependence: MaxDependence = None,
    best_only: BestOnly = False,
    figure: Figure = None,
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
    one_element: OneElement = "zero",
    workers: Workers = -1,
    max_cost: MaxCost = 3600.0,
) -> None:
    """At which grain does this system have the most integrated information?

    A network is looked at through every candidate set, grouping and mapping; a recording through every bin, lag and
    grouping of a few units, each number with its bias, interval and null. The table of all grains is saved.
    """
    from .inputs import is_recording, refuse

    reading = {"array": array, "rate": rate, "kind": kind, "orientation": orientation, "epochs": epochs}
    sampling = {
        "units": units,
        "bin": bins,
        "lag": lags,
        "draws": draws,
        "null": null,
        "null_over": null_over,
        "subsets": subsets,
        "binarise": binarise,
        "prior": prior,
        "block": block,
        "seed": seed,
    }
    common: dict[str, Any] = {"max_dependence": max_dependence, "one_element": one_element}
    common |= {"workers": workers, "max_cost": max_cost}
    if is_recording(source):
        given = {"--state": state, "--nodes": nodes, "--best-only": best_only or None, "--figure": figure}
        given |= {"--max-tau": None if max_tau == 1 else max_tau, "--blocks": None if blocks == "counts" else blocks}
        refuse(given, "networks", f"the recording {source}")
        _scan_recording(source, reading | {"units": units}, sampling, common, json_output, out, force)
    else:
        given = {f"--{name.replace('_', '-')}": value for name, value in (reading | sampling).items()}
        refuse(given, "recordings", source)
        common |= {"best_only": best_only, "max_tau": max_tau, "blocks": blocks}
        _scan_network(source, state, nodes, common, json_output, out, force, figure)


def _scan_network(
    source: str,
    state: str | None,
    nodes: str | None,
    common: dict[str, Any],
    json_output: bool,
    out: Any,
    force: bool,
    figure: Path | None,
) -> None:
    from ..grains.estimated import phi_by_state
    from ..grains.search import scan as search
    from ..store import save
    from . import render
    from .inputs import parse_nodes, read_network_source

    read = read_network_source(source)
    target = target_path(out or Path(f"{read.name}.grains.h5"), force, source, ENDINGS)
    picture = figure_path(figure, force)
    profile = search(read.network, read.state if state is None else state, parse_nodes(nodes, read.network), **common)
    sentence = render.scan_sentence(read.name, profile)
    if target.suffix.lower() == ".csv":
        write_csv(profile.table, target)
    else:
        save({"profile": profile, "network": read.network}, target, force=force)
    if picture is not None:
        from ..figures.lattice import grain_lattice

        write_figure(grain_lattice(profile), picture)
    if json_output:
        payload = render.profile_json(profile) | {"input": read.about, "cautions": list(read.cautions)}
        payload["states"] = phi_by_state(profile).to_dict("records")
        render.print_json(payload | {"sentence": sentence, "saved": str(target)})
        return
    print(read.about)
    for caution in (*read.cautions, *profile.notes):
        print(f"caution: {caution}")
    print()
    render.show_profile(profile)
    if len(profile.data["state"]) > 1:
        states = phi_by_state(profile).sort_values("share", ascending=False, kind="stable")
        render.table(
            "Phi by state (the most frequent)",
            list(states.columns),
            [tuple(row) for row in states.head(MOST_STATES).itertuples(index=False)],
        )
    print(f"Table of all {len(profile)} grains: {target}")
    if picture is not None:
        print(f"Figure of the lattice of grains: {picture}")
    print(sentence)


def _scan_recording(
    source: str,
    reading: dict[str, Any],
    sampling: dict[str, Any],
    common: dict[str, Any],
    json_output: bool,
    out: Any,
    force: bool,
) -> None:
    from ..grains.estimated import THRESHOLDS, peaks_by_dependence
    from ..grains.recorded import scan_recording
    from ..grains.recorded_tables import compare_conditions, data_table, subset_table
    from ..store import save
    from . import recorded, render

    name = Path(source).stem
    target = target_path(out or Path(f"{name}.grains.h5"), force, source, ENDINGS)
    recording, units = recorded.read(source, reading)
    options = {k: v for k, v in sampling.items() if v is not None and k not in ("units", "bin", "lag", "null")}
    if sampling["null"] is not None:
        options["null"] = None if sampling["null"] == "none" else sampling["null"]
    profile = scan_recording(
        recording,
        units=units,
        bins=parse_numbers(sampling["bin"], "--bin"),
        lags=parse_numbers(sampling["lag"], "--lag", int) or 1,
        **options,
        **common,
    )
    threshold = common["max_dependence"]
    peaks = peaks_by_dependence(profile, THRESHOLDS if threshold is None else (threshold,))
    sentence = recorded.sentence(name, profile, peaks)
    if target.suffix.lower() == ".csv":
        write_csv(profile.table, target)
    else:
        save({"profile": profile}, target, force=force)
    if json_output:
        payload = {
            "input": recorded.about(source, recording),
            "measure": profile.measure.name,
            "grains": len(profile),
            "conditions": list(profile.conditions),
            "data": data_table(profile).to_dict("records"),
            "peaks_by_dependence": peaks.to_dict("records"),
            "conditions_compared": compare_conditions(profile).to_dict("records"),
            "subsets": subset_table(profile).to_dict("records"),
            "notes": list(profile.notes),
            "provenance": render.provenance_json(profile),
        }
        render.print_json(payload | {"sentence": sentence, "saved": str(target)})
        return
    print(recorded.about(source, recording))
    print(f"units: {', '.join(profile.provenance.settings['units'])}; ON: {profile.provenance.settings['binarise']}")
    for note in (*profile.notes, profile.provenance.caution):
        print(f"caution: {note}")
    print()
    recorded.show(profile, peaks)
    print(f"Table of all {len(profile)} grains: {target}")
    print(sentence)
