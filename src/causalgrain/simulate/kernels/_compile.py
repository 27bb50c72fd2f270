"""One decorator for the simulations' kernels: compiled once, cached in a folder named after their sources.

The same habit as that of the integrated-information engine, which stands above this room: numba's own cache does not
notice an edit of another file, a folder named by a hash over *all* kernel sources can't be stale.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

numba_config: Any = config  # its settings are made at run time
Kernel = TypeVar("Kernel", bound=Callable[..., Any])


@cache
def _source_hash() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _cache_root() -> Path:
    """Folder for caches of this user, by the platform's habit."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _cache_folder() -> Path | None:
    """Where compiled kernels are kept, or None where nothing can be written (then they live in memory)."""
    folder = _cache_root() / "causalgrain" / f"simulate-{_source_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return None
    return folder


CACHE_FOLDER = _cache_folder()


def is_cold() -> bool:
    """Tell whether the first call will have to compile (seconds) rather than read the cache."""
    return CACHE_FOLDER is None or not any(CACHE_FOLDER.rglob("*.nbi"))


def kernel(function: Kernel) -> Kernel:
    """Compile `function` on its first call: no Python objects, no GIL, IEEE arithmetic, no fast-math."""
    previous = numba_config.CACHE_DIR
    if CACHE_FOLDER is not None:
        numba_config.CACHE_DIR = str(CACHE_FOLDER)
    try:
        compiled = numba.njit(cache=CACHE_FOLDER is not None, nogil=True, error_model="numpy")(function)
    finally:
        numba_config.CACHE_DIR = previous
    return cast(Kernel, compiled)
