"""One decorator for all kernels: compiled once, cached in a folder named after their sources.

numba's own cache notices an edit of the file a kernel stands in, but not of another file whose kernels it
calls; a folder named by a hash over *all* kernel sources makes a stale cache impossible.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite.binding as llvm
import numba
from numba import types
from numba.core import cgutils, config
from numba.experimental import structref
from numba.extending import intrinsic

from ..._kernel_cache import cache_folder, source_hash
from ..._kernel_cache import is_cold as cold

__all__ = ["FLAGS", "INT", "NUMBERS", "PLACES", "REAL", "WORDS", "Bundle", "Struct", "address_of", "carray", "door"]
__all__ += ["is_cold", "kernel", "struct", "types"]

REAL, INT = types.float64, types.int64
NUMBERS, WORDS, PLACES = types.CPointer(types.float64), types.CPointer(types.uint64), types.CPointer(types.int64)
FLAGS = types.CPointer(types.boolean)

carray: Any = vars(numba)["carray"]  # an array on a pointer
numba_config: Any = config  # its settings are made at run time

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


SOURCES = source_hash(Path(__file__).parent, numba.__version__)
CACHE_FOLDER = cache_folder(f"kernels-{SOURCES}")


def is_cold() -> bool:
    """Tell whether the first call will have to compile (half a minute) rather than read the cache."""
    return cold(CACHE_FOLDER)


Options = {"nogil": True, "error_model": "numpy"}


def _in_folder(compile_it: Callable[[], Any]) -> Any:
    """Run a decorator with numba's cache in our folder."""
    if CACHE_FOLDER is None:
        return compile_it()
    previous = numba_config.CACHE_DIR
    numba_config.CACHE_DIR = str(CACHE_FOLDER)
    try:
        return compile_it()
    finally:
        numba_config.CACHE_DIR = previous


def kernel(function: Kernel) -> Kernel:
    """Compile `function` on its first call: no Python objects, no GIL, IEEE arithmetic, no fast-math."""
    return cast(Kernel, _in_folder(lambda: numba.njit(cache=CACHE_FOLDER is not None, **Options)(function)))


def door(signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a kernel apart, for others to call by its name in the process.

    numba gives every kernel a copy of all the kernels below it and optimises it anew; a kernel behind a door is
    compiled once. Arguments are numbers and pointers.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        options = {"nopython": True, "cache": CACHE_FOLDER is not None, "error_model": "numpy"}
        compiled = _in_folder(lambda: numba.cfunc(signature, **options)(function))
        name = f"causalgrain_{SOURCES}_{function.__name__}"
        llvm.add_symbol(name, compiled.address)
        _DOORS.append(compiled)
        return types.ExternalFunction(name, signature)

    return decorate


_DOORS: list[Any] = []  # compiled code lives as long as its object


class Struct(types.StructRef):
    """Type of a bundle of arrays that kernels hand on by reference (by value, 25 arrays cost 200 ns a call)."""

    def preprocess_fields(self, fields: Any) -> Any:
        """Widen literal types of the constructor's arguments."""
        return tuple((name, types.unliteral(kind)) for name, kind in fields)


class Bundle(structref.StructRefProxy):
    """A bundle as Python sees it: a handle to give back to kernels."""

    def __new__(cls, *args: Any) -> Any:
        raise TypeError("bundles are made by kernels")


def struct(bundle: type[Bundle], kind: type[Struct], fields: dict[str, Any]) -> Any:
    """Let kernels build a bundle and hand it out; return the kernel that finds one by its address (see `address_of`).

    `fields` are names and types, as the constructor will be given them.
    """
    structref.register(kind)
    structref.define_constructor(bundle, kind, list(fields))
    structref.define_boxing(kind, bundle)
    instance = kind(tuple(fields.items()))

    @intrinsic
    def bundle_at(context: Any, address: Any) -> Any:
        del context, address

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            del signature
            proxy = cgutils.create_struct_proxy(instance)(context, builder)
            proxy.meminfo = builder.inttoptr(args[0], proxy.meminfo.type)
            value = proxy._getvalue()
            context.nrt.incref(builder, instance, value)
            return value

        return instance(types.int64), generate

    return bundle_at


def _address_of(context: Any, bundle: Any) -> Any:
    """The address of a bundle, good for as long as the caller holds it."""
    del context

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        proxy = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=args[0])
        return builder.ptrtoint(proxy.meminfo, context.get_value_type(types.int64))

    return types.int64(bundle), generate


address_of: Any = intrinsic(_address_of)
