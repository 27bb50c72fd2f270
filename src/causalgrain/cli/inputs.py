"""What INPUT can be: a published system, a network file, or a recording."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import did_you_mean, existing_file
from .._errors import InputError
from ..systems.network import Network
from ..systems.network_file import is_network_file, read_network
from ..systems.published import SYSTEMS

if TYPE_CHECKING:
    from ..systems.estimate import EstimateInfo

RECORDING_OPTIONS = (
    "--array", "--rate", "--units", "--bin", "--binarise", "--lag", "--prior", "--seed", "--kind", "--orientation",
)  # fmt: skip
RECORDINGS = (".npz", ".csv", ".h5", ".hdf5", ".mat")


@dataclass(frozen=True)
class Source:
    """An input made ready: its network, the state it comes with, and where it is from."""

    name: str
    network: Network
    state: tuple[int, ...] | str | None
    about: str
    info: EstimateInfo | None = None
    cautions: tuple[str, ...] = ()


def read_source(text: str, options: dict[str, Any]) -> Source:
    """Read INPUT; `options` are the recording options by name, None where not given."""
    given = {name: value for name, value in options.items() if value is not None}
    if text in SYSTEMS:
        _refuse(given, f"the published system {text}")
        system = SYSTEMS[text]
        cautions = (system.caution,) if system.caution else ()
        return Source(text, system.network, system.state, f"{text}: {system.about} ({system.citation})", None, cautions)
    path = Path(text)
    if not path.suffix and not path.exists():
        raise InputError(
            "INPUT",
            expected="a published system, a network file (.json, .npz) or a recording (.npz, .csv, .h5, .mat)",
            got=repr(text),
            remedy=did_you_mean(text, tuple(SYSTEMS)) + " `causalgrain systems` lists them.",
        )
    existing_file(path)
    if is_network_file(path):
        _refuse(given, f"the network file {path.name}")
        network, state = read_network(path)
        return Source(path.stem, network, state, f"{path.name}: {network}")
    if path.suffix.lower() not in RECORDINGS:
        raise InputError(
            "INPUT",
            expected="a network file (.json, .npz) or a recording (.npz, .csv, .h5, .mat)",
            got=f"{path.name}, with the ending {path.suffix!r}",
            remedy="Convert it to one of these; .npz with one array (time, unit) is the simplest.",
        )
    return _read_recording(path, given)


def _read_recording(path: Path, given: dict[str, Any]) -> Source:
    from ..recordings.readers import read_recording
    from ..systems.estimate import estimate_network

    reading = {k.removeprefix("--"): given[k] for k in ("--array", "--rate", "--kind", "--orientation") if k in given}
    estimating = {
        k.removeprefix("--"): given[k] for k in ("--bin", "--binarise", "--lag", "--prior", "--seed") if k in given
    }
    text = given.get("--units")
    try:
        recording = read_recording(path, **reading)
        units = parse_units(text, recording.labels)
    except InputError:
        # Other units than those asked for may be at fault, such as one with missing values.
        if text is None or text.startswith("random:"):
            raise
        recording = read_recording(path, units=parse_units(text, ()), **reading)
        units = None
    network, info = estimate_network(recording, units=units, **estimating)
    return Source(path.stem, network, None, f"{path.name}: {recording}", info)


def parse_units(text: str | None, labels: tuple[str, ...]) -> Any:
    """Turn "a,b,c", "0,3,7" or "random:5" into what estimate_network takes; a name wins over an index."""
    if text is None or text.startswith("random:"):
        return text
    items = [item.strip() for item in text.split(",") if item.strip()]
    return [item if item in labels or not re.fullmatch(r"-?[0-9]{1,9}", item) else int(item) for item in items]


def parse_nodes(text: str | None, network: Network) -> Any:
    """Turn "all", "full", "A,B" or "0,1" into what scan takes."""
    if text is None or (text in ("all", "full") and text not in network.labels):
        return text or "all"
    return parse_units(text, network.labels)


def _refuse(given: dict[str, Any], what: str) -> None:
    for name in RECORDING_OPTIONS:
        if name in given:
            raise InputError(
                name,
                expected="a recording as INPUT",
                got=what,
                remedy=f"{name} applies to recordings only; leave it out.",
            )
