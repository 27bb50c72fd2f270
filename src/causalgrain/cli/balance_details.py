"""What `causalgrain balance` says besides its tables of scales: excursions in time, and the correlation over space.

Conventions. Excursions are of f = E - I (spikes a unit and second) of the most probable labelling, in bins of about
100 ms (a whole number of samples for counts) averaged over 1 s, as ``all_excursions`` of the profile counts them; times
are s on the recording's clock. The correlation within a radius is a mean over neighbourhoods that hold an excitatory
and an inhibitory unit; where there is none, or no bin, a reason stands in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import InputError

if TYPE_CHECKING:
    from ..ensembles.trains import Trains
    from ..profile import GrainProfile
    from ..recordings.recording import Recording

WIDTH, WINDOW, LEAST = 0.1, 1.0, 10.0  # s: of a bin, of the average, of the longest segment
MOST_ROWS = 12


def trains_of(found: GrainProfile, recording: Recording, known: np.ndarray) -> dict[str, Trains]:
    """Return the trains of each condition of a profile, under its most probable labelling.

    Parameters
    ----------
    found : GrainProfile
        From :func:`causalgrain.balance`.
    recording : Recording
        That it is of.
    known : array of bool, shape (units,)
        Units of which the type is known; the others were left out.
    """
    from ..ensembles.trains import Trains

    chosen = recording if known.all() else recording.select(np.flatnonzero(known).tolist())
    marks = found.provenance.settings["inhibitory"]
    return {name: Trains.of(chosen, marks, name if recording.conditions else None) for name in found.conditions}


# -- excursions --------------------------------------------------------------------------------------------------


def excursions_of(trains: Trains) -> dict[str, Any]:
    """Return the excursions of one condition as plain data: settings, `rows` in order of time, and a `reason` if none.

    Times are s, `depth` and `threshold` spikes a unit and second; `returned_s` is NaN where S isn't back in time.
    """
    from ..ensembles.excursions import excursions

    width = WIDTH if not trains.resolution else max(round(WIDTH / trains.resolution), 1) * trains.resolution
    made: dict[str, Any] = {"bin_s": width, "window_s": WINDOW, "rows": [], "reason": ""}
    longest = float(np.diff(trains.segments, axis=1).max())
    binned = trains.binned(width)
    if longest < LEAST or binned.n_bins < 2:
        return made | {"reason": f"too short: the longest segment lasts {longest:.4g} s, {LEAST:g} s are needed"}
    e, i = binned.dense()
    try:
        found = excursions(e - i, width=width, lengths=binned.lengths, starts=binned.onsets, window=WINDOW)
    except InputError as error:
        return made | {"reason": f"not looked for: expected {error.expected}, got {error.got}"}
    times = {"onset_s": found.onset, "end_s": found.end, "peak_s": found.peak, "returned_s": found.returned}
    columns = {**times, "depth": found.depth, "opened": found.opened, "closed": found.closed}
    made["rows"] = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if not len(found):
        made["reason"] = "none found"
    return made | {"window_s": found.window, "line": found.line, "threshold": found.threshold}


def show_excursions(found: dict[str, dict[str, Any]]) -> None:
    """Print the excursions of every condition; of many the deepest."""
    from ..ensembles.ladder import width_label
    from . import render

    for name, one in found.items():
        where = f" in {name}" if len(found) > 1 else ""
        scale = f"bins of {width_label(one['bin_s'])} averaged over {one['window_s']:g} s"
        if one["reason"]:
            print(f"Excursions from the balance line{where} ({scale}): {one['reason']}\n")
            continue
        deepest = sorted(one["rows"], key=lambda row: -abs(row["depth"]))[:MOST_ROWS]
        rows = [
            (
                f"{row['onset_s']:.3f}" + ("" if row["opened"] else " (already off)"),
                f"{row['end_s']:.3f}" + ("" if row["closed"] else " (still off)"),
                f"{row['returned_s']:.3f}" if np.isfinite(row["returned_s"]) else "not seen",
                f"{row['depth']:+.3g}",
            )
            for row in sorted(deepest, key=lambda row: row["onset_s"])
        ]
        many = f"the {MOST_ROWS} deepest of {len(one['rows'])}" if len(one["rows"]) > MOST_ROWS else f"{len(rows)}"
        print(f"Excursions of f = E - I from the balance line{where}: {many}, {scale}")
        render.table(
            "",
            ("onset (s)", "end (s)", "S back (s)", "depth (spikes a unit and s)"),
            rows,
        )


# -- space -------------------------------------------------------------------------------------------------------


def space_of(found: GrainProfile, recording: Recording, trains: dict[str, Trains], known: np.ndarray) -> dict[str, Any]:
    """Return the correlation within each radius and scale of each condition, with reasons; empty without radii."""
    if "space_correlation" not in found.data:
        return {}
    from ..ensembles.balance_units import MOST_CENTRES
    from ..ensembles.neighbourhoods import neighbourhoods

    radii, values = found.provenance.settings["radii"], found.data["space_correlation"].values
    places = np.asarray(recording.properties["position"])[known]
    marks = next(iter(trains.values())).inhibitory
    near = list(neighbourhoods(places, inhibitory=marks, radii=radii))
    sizes = [[len(one.units) for one in near if one.radius == radius] for radius in radii]
    scales = found.data["reason"].values
    made = {}
    for column, name in enumerate(found.conditions):
        rows = []
        for place, radius in enumerate(radii):
            for k in range(len(found.grains)):
                value, reason = float(values[place, k, column]), ""
                if not np.isfinite(value):
                    reason = str(scales[k, column]) or "an ensemble is constant in every neighbourhood"
                    if not sizes[place]:
                        reason = "too few units: no excitatory and inhibitory unit lie together within this radius"
                label = {"radius_um": radius, "scale": found.grains.label(k)}
                many = {"neighbourhoods": len(sizes[place]), "averaged": min(len(sizes[place]), MOST_CENTRES)}
                rows.append({**label, **many, "correlation": value, "reason": reason})
        made[name] = {"rows": rows, "units": [[min(s), max(s)] if s else [] for s in sizes]}
    return made


def show_space(found: dict[str, Any]) -> None:
    """Print the correlation by scale and radius in every condition, and why a radius has none."""
    from . import render

    for name, one in found.items():
        where = f" in {name}" if len(found) > 1 else ""
        radii = list(dict.fromkeys(row["radius_um"] for row in one["rows"]))
        scales: dict[str, list[str]] = {}
        for row in one["rows"]:
            value = row["correlation"]
            scales.setdefault(row["scale"], []).append(f"{value:.3g}" if np.isfinite(value) else "")
        print(f"E-I correlation within a radius, mean over neighbourhoods{where}")
        render.table(
            "",
            ("scale", *(f"{radius:g} um" for radius in radii)),
            [(scale, *cells) for scale, cells in scales.items()],
        )
        for radius, units in zip(radii, one["units"], strict=True):
            mine = [row for row in one["rows"] if row["radius_um"] == radius]
            if units:
                span = f"{units[0]}" if units[0] == units[1] else f"{units[0]} to {units[1]}"
                many, used = mine[0]["neighbourhoods"], mine[0]["averaged"]
                some = f" ({used} of them averaged)" if used < many else ""
                print(f"within {radius:g} um: {many} neighbourhood{'s' * (many > 1)} of {span} units{some}")
            why: dict[str, list[str]] = {}
            for row in mine:
                if row["reason"]:
                    why.setdefault(row["reason"], []).append(row["scale"])
            for reason, missing in why.items():
                at = "" if len(missing) == len(scales) else f" at {', '.join(missing)}"
                print(f"within {radius:g} um{at}: none: {reason}")
        print()
