"""One decorator for the simulations' kernels: compiled once, cached in a folder named after their sources.

The same habit as that of the integrated-information engine, which stands above this room: numba's own cache does not
notice an edit of another file, a folder named by a hash over *all* kernel sources can't be stale.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

from ..._kernel_cache import cache_folder, source_hash
from ..._kernel_cache import is_cold as cold

numba_config: Any = config  # its settings are made at run time
Kernel = TypeVar("Kernel", bound=Callable[..., Any])


SOURCES = source_hash(Path(__file__).parent, numba.__version__)
CACHE_FOLDER = cache_folder(f"simulate-{SOURCES}")


def is_cold() -> bool:
    """Tell whether the first call will have to compile (seconds) rather than read the cache."""
    return cold(CACHE_FOLDER)


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
