"""What INPUT can be: a published system, a network file, or a recording."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import did_you_mean, existing_file, existing_place
from .._errors import InputError
from ..systems.network import Network
from ..systems.network_file import is_network_file, read_network
from ..systems.published import SYSTEMS

if TYPE_CHECKING:
    from ..systems.estimate import EstimateInfo

RECORDING_OPTIONS = (
    "--array", "--rate", "--units", "--bin", "--binarise", "--lag", "--prior", "--seed", "--kind", "--orientation",
    "--epochs", "--condition",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """An input made ready: its network, the state it comes with, and where it is from."""

    name: str
    network: Network
    state: tuple[Any, ...] | str | None
    about: str
    info: EstimateInfo | None = None
    cautions: tuple[str, ...] = ()


def is_recording(text: str) -> bool:
    """Tell whether INPUT is a recording; raise where there is nothing of that name."""
    if text in SYSTEMS:
        return False
    path = Path(text)
    if not path.suffix and not path.exists():
        raise InputError(
            "INPUT",
            expected="a published system, a network file (.json, .npz) or a recording (a file or a folder)",
            got=repr(text),
            remedy=did_you_mean(text, tuple(SYSTEMS)) + " `causalgrain systems` lists them.",
        )
    return existing_place(path).is_dir() or not is_network_file(path)


def read_network_source(text: str) -> Source:
    """Read a published system or a network file."""
    if text in SYSTEMS:
        system = SYSTEMS[text]
        cautions = (system.caution,) if system.caution else ()
        return Source(text, system.network, system.state, f"{text}: {system.about} ({system.citation})", None, cautions)
    path = existing_file(text)
    network, state = read_network(path)
    return Source(path.stem, network, state, f"{path.name}: {network}")


def read_source(text: str, options: dict[str, Any]) -> Source:
    """Read INPUT; `options` are the recording options by name, None where not given."""
    given = {name: value for name, value in options.items() if value is not None}
    if not is_recording(text):
        what = f"the published system {text}" if text in SYSTEMS else f"the network file {Path(text).name}"
        refuse(given, "recordings", what)
        return read_network_source(text)
    return _read_recording(Path(text), given)


def _read_recording(path: Path, given: dict[str, Any]) -> Source:
    from ..systems.estimate import estimate_network
    from . import recorded

    reading = {k.removeprefix("--"): v for k, v in given.items()}
    estimating = {k: reading[k] for k in ("bin", "binarise", "lag", "prior", "seed") if k in reading}
    recording, units = recorded.read(str(path), reading)
    if "condition" in reading:
        recording = recording.in_condition(reading["condition"])
    network, info = estimate_network(recording, units=units, **estimating)
    return Source(path.stem, network, None, f"{path.name}: {recording}", info)


def parse_units(text: str | None, labels: tuple[str, ...]) -> Any:
    """Turn "a,b,c", "0,3,7" or "random:5" into what estimate_network takes; a name wins over an index."""
    if text is None or text.startswith("random:"):
        return text
    if text in labels:
        return [text]
    items = [item.strip() for item in text.split(",") if item.strip()]
    digits = [item for item in items if re.fullmatch(r"[0-9]{1,9}", item)]
    named = [item for item in digits if item in labels]
    if named and len(named) < len(digits):
        other = next(item for item in digits if item not in labels)
        raise InputError(
            "--units",
            expected="names alone or indices alone where names are numbers",
            got=f"{named[0]!r}, which is a name, and {other!r}, which is none",
            remedy=f"The units are called {', '.join(labels[:6])}{', ...' if len(labels) > 6 else ''}.",
        )
    return [item if item in labels or not re.fullmatch(r"-?[0-9]{1,9}", item) else int(item) for item in items]


def parse_nodes(text: str | None, network: Network) -> Any:
    """Turn "all", "full", "A,B" or "0,1" into what scan takes."""
    if text is None or (text in ("all", "full") and text not in network.labels):
        return text or "all"
    return parse_units(text, network.labels)


def refuse(options: dict[str, Any], wanted: str, got: str) -> None:
    """Refuse options that apply to `wanted` only ("recordings", "networks"); None where not given."""
    for name, value in options.items():
        if value is not None:
            raise InputError(
                name,
                expected=f"a {wanted.removesuffix('s')} as INPUT",
                got=got,
                remedy=f"{name} applies to {wanted} only; leave it out.",
            )
