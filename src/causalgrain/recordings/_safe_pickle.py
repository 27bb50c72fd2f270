"""Pickles of plain data, read without running anything they ask for.

Loading a pickle runs code that the file names. suite2p keeps its settings and its list of ROIs in pickles, so they are
read here by a table of what may be rebuilt. Numbers, text, bytes, lists, tuples, dicts, sets, and numpy's arrays and
scalars of these come out as themselves; dates and paths come out as None; whatever else a pickle names is refused, and
nothing of it is imported or called. Data types are made anew from their code, never taken from the file, whose flags
could otherwise pass numbers off as addresses.
"""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import IO, Any

import numpy as np

from .._errors import FileFormatError
from .contents import unreadable

KINDS = "biufcSUO"  # of arrays that are rebuilt
INERT = ("datetime", "pathlib", "zoneinfo")  # modules whose values come out as None


class Refused(Exception):
    """A pickle names something that isn't plain data."""


def load_npy(path: Path) -> np.ndarray:
    """Read a .npy file that may hold plain pickled objects.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "ops.npy"
    >>> np.save(path, {"fs": 30.0, "yrange": np.array([0, 512])}, allow_pickle=True)
    >>> load_npy(path).item()["fs"]
    30.0
    >>> folder.cleanup()
    """
    try:
        with open(path, "rb") as stream:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(stream)
            if not dtype.hasobject:
                return np.load(path, allow_pickle=False)
            made = np.array(Plain(stream).load(), dtype=object, ndmin=0, copy=True)
            if made.shape != shape:
                raise ValueError(f"shape {made.shape} where the header says {shape}")
            return made
    except Refused as error:
        raise FileFormatError(
            str(path),
            expected="a pickle of plain numbers, text and arrays",
            got=f"one that names {error}",
            remedy="Nothing of it was run. The program that it is said to come from writes no such thing: don't load "
            "it elsewhere either, unless you know who made it.",
        ) from error
    except Exception as error:  # pickle raises nearly anything on a broken file
        raise unreadable(path, "pickled .npy", error) from error


class Plain(pickle.Unpickler):
    """Rebuilds plain data alone."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream)
        # Made for every file, so that no pickle can alter what the next one meets.
        self._known = {
            "builtins.bytes": lambda: b"",
            "builtins.complex": lambda *parts: complex(*parts),
            "builtins.set": lambda items=(): set(items),
            "builtins.frozenset": lambda items=(): frozenset(items),
            "collections.OrderedDict": lambda items=(): dict(items),
            "_codecs.encode": _encode,
            "numpy.ndarray": lambda *_: _refuse("numpy.ndarray, called"),
            "numpy.dtype": lambda code, *_: _Code(code),
            "numpy.core.multiarray._reconstruct": lambda *_: np.ndarray.__new__(_Array, (0,), "b"),
            "numpy.core.multiarray.scalar": _scalar,
            "numpy.core.numeric._frombuffer": _from_buffer,
        }

    def find_class(self, module: str, name: str) -> Any:
        """Return what may be called in place of what the pickle names."""
        asked = f"{module}.{name}"
        usual = asked.replace("numpy._core.", "numpy.core.", 1).replace("__builtin__.", "builtins.", 1)
        known = self._known.get(usual)
        if known is not None:
            return known
        if module.partition(".")[0] in INERT:
            return lambda *_: None
        raise Refused(asked)


class _Code:
    """A data type as the pickle writes it: its code, then its byte order."""

    __slots__ = ("kind",)

    def __init__(self, code: Any) -> None:
        made = np.dtype(code) if isinstance(code, str) else np.dtype("V")
        if made.kind not in KINDS:
            _refuse(f"the data type {code!r}")
        self.kind = made

    def __setstate__(self, state: Any) -> None:
        if state[1] in ("<", ">"):
            self.kind = self.kind.newbyteorder(state[1])


class _Array(np.ndarray):
    """An array that checks what it is rebuilt from."""

    def __setstate__(self, state: Any) -> None:
        shape, code, fortran, raw = state[-4:]
        size = math.prod(shape)
        if not isinstance(code, _Code) or min(shape, default=0) < 0:
            _refuse("an array of unknown type")
        if code.kind.kind == "O":
            if not isinstance(raw, list) or len(raw) != size:
                _refuse("an array with too few objects")
        elif not isinstance(raw, bytes) or len(raw) != size * code.kind.itemsize:
            _refuse("an array with too few numbers")
        state = (1, tuple(shape), code.kind, bool(fortran), raw)
        super().__setstate__(state)  # pyright: ignore[reportArgumentType]  (numpy wants Python's own bool)


def _scalar(code: Any, raw: Any) -> Any:
    if not isinstance(code, _Code) or code.kind.kind == "O" or not isinstance(raw, bytes):
        _refuse("a number of unknown type")
    if not raw or len(raw) != code.kind.itemsize:
        _refuse("a number of the wrong size")
    return np.frombuffer(raw, code.kind)[0]


def _from_buffer(raw: Any, code: Any, shape: Any, order: str) -> np.ndarray:
    if not isinstance(code, _Code) or code.kind.kind == "O" or not isinstance(raw, bytes | bytearray):
        _refuse("an array of unknown type")
    return np.frombuffer(raw, code.kind).reshape(shape, order="F" if order == "F" else "C").copy()


def _encode(text: str, coding: str = "latin1") -> bytes:
    return text.encode("latin1") if coding in ("latin1", "latin-1") else _refuse(f"the coding {coding!r}")


def _refuse(what: str) -> Any:
    raise Refused(what)
