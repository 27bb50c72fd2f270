"""Where a result comes from: the version, the call's settings, and a hash of the input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np


@cache
def package_version() -> str:
    """Return the installed version, or "unknown" in a bare checkout."""
    try:
        return version("causalgrain")
    except PackageNotFoundError:
        return "unknown"


def hash_arrays(*parts: np.ndarray | str | bytes | None) -> str:
    """Return the first 16 hex digits of a SHA-256 over arrays (with dtype and shape) and texts."""
    digest = hashlib.sha256()
    for part in parts:
        if part is None:
            digest.update(b"\0none")
        elif isinstance(part, str):
            digest.update(b"\0text" + part.encode())
        elif isinstance(part, bytes):
            digest.update(b"\0bytes" + part)
        else:
            digest.update(f"\0{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()[:16]


def hash_rows(blocks: Iterable[np.ndarray]) -> bytes:
    """Return the SHA-256 of a table that comes in stretches of rows; how it is cut doesn't count."""
    digest = hashlib.sha256()
    for place, block in enumerate(blocks):
        if not place:
            digest.update(f"{block.dtype.str}{block.shape[1:]}".encode())
        digest.update(np.ascontiguousarray(block).data)
    return digest.digest()


class FrozenDict(dict[str, Any]):
    """A dict that can't be changed: results are values."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("this mapping belongs to a result and can't be changed; make a copy with dict(...)")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse  # type: ignore[assignment]

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(repr(sorted(self.items(), key=repr)))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


@dataclass(frozen=True)
class Provenance:
    """What made a result.

    Attributes
    ----------
    verb : str
        The public function that was called.
    settings : dict
        Its settings, defaults included.
    input_hash : str
        Hash of the input's numbers; equal inputs have equal hashes.
    conventions : dict
        Name of each convention -> what was used, in words.
    caution : str
        What the numbers must not be taken for, or "".
    version : str
        Version of causalgrain.
    """

    verb: str
    settings: Mapping[str, Any]
    input_hash: str
    conventions: Mapping[str, str] = field(default_factory=dict)
    caution: str = ""
    version: str = field(default_factory=package_version)

    def __post_init__(self) -> None:
        for name in ("settings", "conventions"):
            object.__setattr__(self, name, FrozenDict(getattr(self, name)))

    def __str__(self) -> str:
        settings = ", ".join(f"{k}={v!r}" for k, v in self.settings.items())
        line = f"causalgrain {self.version}: {self.verb}({settings}), input {self.input_hash}"
        return f"caution: {self.caution}\n{line}" if self.caution else line
