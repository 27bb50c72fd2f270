"""The door to the compiled kernels: imported on first use, with a word on the screen if they must be compiled."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from types import ModuleType

COMPILE_MESSAGE = "causalgrain: compiling the numerical kernels; this happens once, and takes about half a minute ..."
MODULES = ("coarse", "concepts", "detail", "distance", "effect", "effective", "matching", "repertoires", "search")
MODULES += ("structure", "tables", "transport", "unfold", "wide_coarse")


@cache
def kernels() -> ModuleType:
    """Return the kernels package with its modules loaded."""
    from . import kernels as package
    from .kernels import _compile

    if _compile.is_cold():
        print(COMPILE_MESSAGE, file=sys.stderr, flush=True)
    for name in MODULES:
        import_module(f"{package.__name__}.{name}")
    return package
