"""The command that says in seconds what is in a recording and what can be asked of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._errors import InputError
from .options import (
    Array,
    Binarise,
    Bins,
    EpochsFile,
    Json,
    Kind,
    Orientation,
    Rate,
    RecordingInput,
    Seed,
    parse_numbers,
)

if TYPE_CHECKING:
    from ..systems.sufficiency import RecordingCheck


def check(
    source: RecordingInput,
    bins: Bins = None,
    binarise: Binarise = None,
    epochs: EpochsFile = None,
    array: Array = None,
    rate: Rate = None,
    kind: Kind = None,
    orientation: Orientation = None,
    seed: Seed = None,
    json_output: Json = False,
) -> None:
    """What is in a recording, and what can be asked of it?

    Counts transitions a state for 3 to 6 units at several bins, says which analyses have enough data and how much the
    others lack, and what looks wrong. It takes seconds.
    """
    from ..recordings.readers import read_recording
    from ..systems.sufficiency import check_recording
    from . import render

    widths = parse_numbers(bins, "--bin")
    _check_is_recording(source)
    recording = read_recording(source, array=array, rate=rate, kind=kind, orientation=orientation, epochs=epochs)
    found = check_recording(recording, bins=widths, binarise=binarise, seed=seed or 0)
    if json_output:
        render.print_json(check_json(found) | {"notes": recording.notes})
        return
    for note in recording.notes:
        print(f"note: {note}")
    print(found)


def check_json(found: RecordingCheck) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    from . import render

    return {
        "summary": dict(found.summary),
        "table": found.table.to_dict("records"),
        "analyses": found.analyses.to_dict("records"),
        "doubts": list(found.doubts),
        "provenance": render.provenance_json(found),
        "sentence": found.sentence,
    }


def _check_is_recording(source: str) -> None:
    """Refuse what is known to be no recording, with the command that takes it."""
    from ..systems.network_file import is_network_file
    from ..systems.published import SYSTEMS

    path = Path(source)
    if path.exists():
        what = "a network file" if path.is_file() and is_network_file(path) else ""
    else:
        what = f"the published system {source}" if source in SYSTEMS else ""
    if what:
        raise InputError(
            "RECORDING",
            expected="a recording",
            got=what,
            remedy=f"Its grains are found with `causalgrain scan {source}`; nothing in it is estimated.",
        )
