"""Where compiled kernels are kept: a folder named after all sources of a kernels package, so that it can't be stale.

numba's own cache notices an edit of the file a kernel stands in, but not of another file whose kernels it calls.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path


def source_hash(package: Path, version: str) -> str:
    """Return a hash over all sources of a kernels package, and the compiler's version."""
    digest = hashlib.sha256(version.encode())
    for source in sorted(package.glob("*.py")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder(name: str) -> Path | None:
    """Return the folder of this name, made, or None where nothing can be written (then kernels live in memory)."""
    folder = _cache_root() / "causalgrain" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return None
    return folder


def is_cold(folder: Path | None) -> bool:
    """Tell whether the first call will have to compile rather than read the cache."""
    return folder is None or not any(folder.rglob("*.nbi"))


def _cache_root() -> Path:
    """Folder for caches of this user, by the platform's habit."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
