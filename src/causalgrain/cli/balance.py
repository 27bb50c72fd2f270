"""balance: excitatory against inhibitory ensembles over time scales, one recording, all its conditions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from .._checks import choose
from .._errors import InputError
from .balance_details import excursions_of, show_excursions, show_space, space_of, trains_of
from .balance_labels import types_of
from .options import (
    Array,
    Block,
    EpochsFile,
    Force,
    Json,
    Kind,
    MaxCost,
    Orientation,
    Out,
    Rate,
    RecordingInput,
    Seed,
    Units,
    Workers,
    parse_numbers,
    target_path,
    write_csv,
)

if TYPE_CHECKING:
    from ..profile import GrainProfile
    from ..recordings.recording import Recording

ENDINGS = (".h5", ".hdf5", ".csv")
SHOWN = (
    ("correlation", "correlation"), ("95% from", "low"), ("to", "high"), ("surrogates", "correlation_null"),
    ("q", "correlation_q"), ("half the units", "correlation_half"), ("whole", "correlation_whole"),
    ("from", "whole_low"), ("to ", "whole_high"), ("departure", "departure"), ("q ", "departure_q"),
)  # fmt: skip
SHAPES = (
    ("angle", "angle"), ("aspect ratio", "aspect_ratio"), ("depth ratio", "depth_ratio"), ("beyond", "depth_beyond"),
    ("q", "depth_beyond_q"), ("Gini", "gini"), ("beyond ", "gini_beyond"), ("q ", "gini_beyond_q"),
    ("entropy", "entropy"), ("beyond  ", "entropy_beyond"), ("q  ", "entropy_beyond_q"),
)  # fmt: skip
TEXTURE = (
    ("contrast", "contrast"), ("dissimilarity", "dissimilarity"), ("homogeneity", "homogeneity"), ("energy", "energy"),
    ("entropy", "entropy"), ("of levels", "level_correlation"), ("q", "level_correlation_q"),
    ("shape error", "collapse_shape"), ("q ", "collapse_shape_q"),
)  # fmt: skip
ORDER = (
    ("lag (s)", "lag"), ("correlation there", "lag_correlation"), ("beyond", "lag_beyond"), ("q", "lag_beyond_q"),
    ("reach of S", "reach"), ("beyond ", "reach_beyond"), ("q ", "reach_q"), ("exchange", "exchange"),
    ("q  ", "exchange_q"), ("reversal (nats)", "reversal"), ("q   ", "reversal_q"),
)  # fmt: skip


def balance(
    source: RecordingInput,
    epochs: EpochsFile = None,
    labels: Annotated[
        Path | None, typer.Option(help="A table with the columns unit and type: words, or how probably inhibitory.")
    ] = None,
    cell_type: Annotated[
        str | None, typer.Option(help="How types are found: auto, labels, waveform, correlogram or combined.")
    ] = None,
    waveform_rate: Annotated[float | None, typer.Option(help="Samples a second of the waveforms (Hz).")] = None,
    scales: Annotated[int | None, typer.Option(help="How many scales of the published ladder, 1 ms up (32).")] = None,
    widths: Annotated[str | None, typer.Option(help="Widths of bins instead (s), such as 0.01,0.1,1.")] = None,
    resolution: Annotated[
        float | None, typer.Option(help="Round the ladder to multiples of this (s), where spikes stand on a grid.")
    ] = None,
    normalisation: Annotated[
        str, typer.Option(help="Activity of an ensemble: rate, fraction, unit_mean, zscore or unit_maximum.")
    ] = "rate",
    conditions: Annotated[str | None, typer.Option(help="Conditions to look at, such as wake,sleep.")] = None,
    surrogates: Annotated[int, typer.Option(help="How many surrogates p-values are from; 0 for none.")] = 200,
    null: Annotated[
        str, typer.Option(help="circular_shift, ensemble_shift, isi_pooled, isi_unit or dither.")
    ] = "circular_shift",
    within: Annotated[
        str | None, typer.Option(help="Move spikes within a segment only (segment), or all (all).")
    ] = None,
    dither_width: Annotated[float | None, typer.Option(help="Width for --null dither (s).")] = None,
    population: Annotated[
        str | None, typer.Option(help="E and I units of the circuit, such as 3200,800; default: without end.")
    ] = None,
    radii: Annotated[str | None, typer.Option(help="Neighbourhoods to look at too (um), such as 100,200.")] = None,
    symmetry: Annotated[bool, typer.Option(help="Test exchange, time reversal and scale symmetry.")] = True,
    exchange_match: Annotated[str, typer.Option(help="Units are matched by rate or by size for exchange.")] = "rate",
    label_draws: Annotated[int, typer.Option(help="Labellings drawn where types are probabilities.")] = 20,
    fdr: Annotated[str, typer.Option(help="Correction over scales and conditions: bh or by.")] = "bh",
    json_output: Json = False,
    out: Out = None,
    force: Force = False,
    units: Units = None,
    array: Array = None,
    rate: Rate = None,
    kind: Kind = None,
    orientation: Orientation = None,
    block: Block = None,
    seed: Seed = None,
    max_cost: MaxCost = 3600.0,
    workers: Workers = -1,
) -> None:
    """Do the excitatory and inhibitory populations balance, at which time scales, and where does it break?

    Types of units from labels, waveforms or correlograms; per condition and scale the correlation, departure from
    balance and shape of the joint activity, each against surrogates and corrected over scales and conditions;
    symmetries.
    """
    from ..ensembles.balance import balance as measure
    from ..ensembles.balance_sentence import balance_sentence
    from ..ensembles.balance_tables import balance_differences, balance_table, condition_table, symmetry_table
    from ..store import save
    from . import recorded, render

    target = None if out is None else target_path(out, force, source, ENDINGS)
    reading = {"array": array, "rate": rate, "kind": kind, "orientation": orientation, "units": units}
    reading["epochs"] = epochs
    recording, chosen = recorded.read(source, reading)
    whole = recording.labels
    recording = recording if chosen is None else recording.select(chosen)
    ladder = _widths(scales, widths, resolution)
    names = _conditions(conditions, recording)
    extra = _settings(null, surrogates, within, dither_width, recording)
    types = types_of(recording, cell_type or "auto", labels, waveform_rate, whole)
    found = measure(
        recording,
        cell_types=types,
        widths=ladder,
        normalisation=normalisation,
        conditions=names,
        surrogates=surrogates,
        null=null,
        null_settings=extra,
        symmetry=symmetry,
        exchange_match=exchange_match,
        population=_pair(population),
        radii=parse_numbers(radii, "--radii"),
        block=block,
        label_draws=label_draws,
        fdr="by" if choose(fdr, ("bh", "by"), "--fdr") == "by" else "bh",
        seed=0 if seed is None else seed,
        workers=workers,
        max_cost=max_cost,
    )
    sentence = f"{Path(source).stem}: {balance_sentence(found)}"
    trains = trains_of(found, recording, types.known)
    departures = {name: excursions_of(part) for name, part in trains.items()}
    space = space_of(found, recording, trains, types.known)
    kept = ""
    if target is not None:
        if target.suffix.lower() == ".csv":
            write_csv(balance_table(found), target)
        else:
            save({"profile": found}, target, force=force)
            kept = " (under 'profile')"
    if json_output:
        payload = {
            "input": recorded.about(source, recording),
            "what": found.what,
            "table": balance_table(found).to_dict("records"),
            "symmetries": symmetry_table(found).to_dict("records"),
            "conditions": condition_table(found).to_dict("records"),
            "differences": balance_differences(found).to_dict("records"),
            "invariance": {name: _sameness(found.at(name)) for name in found.conditions},
            "excursions": departures,
            "space": space,
            "notes": list(found.notes),
            "provenance": render.provenance_json(found),
        }
        render.print_json(payload | {"sentence": sentence, "saved": None if target is None else str(target)})
        return
    print(recorded.about(source, recording))
    print(found.what)
    for note in found.notes:
        print(f"note: {note}")
    print()
    show(found)
    show_space(space)
    show_excursions(departures)
    if target is not None:
        print(f"Saved: {target}{kept}")
    print(sentence)


def show(found: GrainProfile) -> None:
    """Print the tables of every condition."""
    from ..ensembles.balance_tables import balance_differences, condition_table
    from . import render

    data, many = found.data, len(found.conditions) > 1
    for column, name in enumerate(found.conditions):
        where = f" in {name}" if many else ""
        reasons = data["reason"].values[:, column].tolist()
        for title, columns in (
            (f"E-I correlation and departure from balance{where}", SHOWN),
            (f"Shape: ellipse, collapse curve, partition, co-occurrence{where}", SHAPES),
            (f"Co-occurrence of levels, and shape of the collapse curve{where}", TEXTURE),
            (f"Order in time and symmetries, less what their nulls give{where}", ORDER),
        ):
            rows = []
            for k, reason in enumerate(reasons):
                bins = int(data["bins"].values[k, column])
                cells = [_number(_at(data[key], k, column)) for _, key in columns]
                rows.append((found.grains.label(k), bins, *(cells if not reason else [""] * len(cells))))
            render.table(title, ("scale", "bins", *(head for head, _ in columns)), rows)
        for sameness in found.at(name).invariance.values():
            print(f"same over scales{where}? {sameness}")
        print()
    frame = condition_table(found)
    rows = [(head, *(_number(v) for v in frame[head])) for head in frame.columns if head != "condition"]
    render.table("What has no scale", ("", *found.conditions), rows)
    contrast = balance_differences(found)
    if len(contrast):
        best = contrast.sort_values("p", kind="stable").groupby("measure", sort=False).head(3)
        rows = [tuple(_number(v) for v in row) for row in best.itertuples(index=False)]
        render.table("Differences between conditions (the three smallest p of each)", list(best.columns), rows)


def _widths(scales: int | None, widths: str | None, resolution: float | None) -> Any:
    from ..ensembles.ladder import scale_ladder

    if widths is not None and (scales is not None or resolution is not None):
        other = "--scales" if scales is not None else "--resolution"
        raise InputError("--widths", expected=f"{other} or --widths", got="both", remedy="Leave one of them out.")
    if widths is not None or (scales is None and resolution is None):
        return parse_numbers(widths, "--widths")
    try:
        return scale_ladder(32 if scales is None else scales, resolution=resolution)
    except InputError as error:
        option = {"n": "--scales", "resolution": "--resolution"}.get(error.where, error.where)
        remedy = error.remedy.replace(f"{error.where}=", f"{option} ")
        raise InputError(option, expected=error.expected, got=error.got, remedy=remedy) from error


def _conditions(text: str | None, recording: Recording) -> list[str] | None:
    """Return the conditions asked for, which the recording has."""
    if text is None:
        return None
    if not recording.conditions:
        raise InputError(
            "--conditions",
            expected="a recording with conditions",
            got=f"{text!r} for one without",
            remedy="Give --epochs epochs.csv (start, stop in s, condition), or leave --conditions out.",
        )
    return [choose(name.strip(), recording.conditions, "--conditions") for name in text.split(",")]


def _settings(
    null: str, surrogates: int, within: str | None, dither_width: float | None, recording: Recording
) -> dict[str, Any]:
    """Return the settings of the null; those it hasn't, and the one that it must have, are named as options."""
    from ..ensembles.nulls import NULLS

    given = {"within": within, "width": dither_width}
    if within is not None:
        choose(within, ("all", "segment"), "--within")
    known = NULLS[choose(null, tuple(NULLS), "--null")].settings
    for name, option in (("within", "--within"), ("width", "--dither-width")):
        if given[name] is not None and name not in known:
            others = " or ".join(other for other in NULLS if name in NULLS[other].settings)
            raise InputError(
                option,
                expected=f"a null that has it: {others}",
                got=f"--null {null}",
                remedy="Leave it out, or take another null.",
            )
    if null == "dither" and surrogates > 0 and dither_width is None and recording.spikes is not None:
        raise InputError(
            "--dither-width",
            expected="a width in s, for --null dither",
            got="none",
            remedy="Timing finer than the width is lost: for +-20 ms give --dither-width 0.02.",
        )
    return {name: value for name, value in given.items() if value is not None}


def _pair(text: str | None) -> tuple[int, int] | None:
    found = parse_numbers(text, "--population", int)
    if found is not None and len(found) != 2:
        raise InputError(
            "--population", expected="E and I units", got=repr(text), remedy="For example --population 3200,800."
        )
    return None if found is None else (found[0], found[1])


def _sameness(found: GrainProfile) -> dict[str, Any]:
    return {
        name: {
            "mean": s.mean,
            "spread": s.spread,
            "beyond_error": s.beyond,
            "p": s.p,
            "broken_at": [b.label for b in s.breaks],
        }
        for name, s in found.invariance.items()
    }


def _at(variable: Any, row: int, column: int) -> float:
    values = variable.values[row, column]
    known = np.atleast_1d(values)[np.isfinite(np.atleast_1d(values))]
    return float(known.mean()) if len(known) else float("nan")


def _number(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.3g}"
    return str(value)
