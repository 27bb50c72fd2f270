"""What a file holds, in the same words for every format: named entries with shape and data type, loaded on demand.

A format's module turns a file into :class:`Contents`; :mod:`.readers` picks an entry and makes the recording. A new
format is one more module with a function ``contents(path)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .._checks import did_you_mean
from .._errors import FileFormatError

if TYPE_CHECKING:
    from .on_disk import OnDisk

RATE_NAMES = ("rate", "fs", "sampling_rate")
LABEL_NAMES = ("labels",)
SEGMENT_NAMES = ("segments",)
POSITION_NAMES = ("position", "positions")
COPY_AGAIN = "It is truncated or of another format: copy it again, or check what wrote it."
AS_TEXT = "It isn't plain text in UTF-8: save it as that (in Excel: CSV UTF-8), or check what wrote it."
RESERVED = RATE_NAMES + LABEL_NAMES + SEGMENT_NAMES + POSITION_NAMES


@dataclass(frozen=True)
class Entry:
    """One thing in a file.

    `form`: "array" = numbers; "trains" = spike times of several units; "group" = one-dimensional arrays that could
    be the spike times of one unit each (only taken when asked for); "text" = names; "other" = anything else. `lazy`:
    a two-dimensional array of numbers that can stay in its file, in the file's own order.
    """

    name: str
    form: Literal["array", "trains", "group", "text", "other"]
    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], Any] = field(repr=False, compare=False)
    lazy: Callable[[], OnDisk] | None = field(default=None, repr=False, compare=False)

    @property
    def plausible(self) -> bool:
        """Could this be the recording, without being named?"""
        if self.form == "trains":
            return True
        return self.form == "array" and len(self.shape) == 2 and min(self.shape) > 1

    def __str__(self) -> str:
        size = " x ".join(map(str, self.shape)) if self.shape else "one value"
        return f"{self.name} ({size}, {self.dtype})"


@dataclass(frozen=True)
class Contents:
    """All entries of a file; `separator` parts the levels of their names; `header` = column names of a table."""

    path: Path
    entries: tuple[Entry, ...]
    separator: str = "/"
    header: tuple[str, ...] | None = None

    def beside(self, entry: Entry, names: Sequence[str]) -> Entry | None:
        """Return the entry that has one of these names, in the same group as `entry`, or in it if it is a group."""
        group = entry.name.rpartition(self.separator)[0]
        groups = [entry.name, group] if entry.form == "group" else [group]
        wanted = [g + self.separator + name if g else name for g in groups for name in names]
        return next((e for name in wanted for e in self.entries if e.name == name), None)

    def pick(self, array: str | None, kind: str | None) -> Entry:
        """Return the entry that is named, or the only plausible one."""
        if array is not None:
            return self._named(array)
        if not self.entries:
            raise FileFormatError(
                str(self.path), expected="a recording", got="a file that holds nothing", remedy="Check the file."
            )
        free = [e for e in self.entries if self._last(e) not in RESERVED]
        # One unit, or none: not what one looks for, but taken (or refused as empty) where nothing else is there.
        slim = [e for e in free if e.form == "array" and len(e.shape) == 2 and e.shape != (1, 1)]
        found = [e for e in free if e.plausible] or slim
        if kind == "spikes":
            found = (
                [e for e in found if e.form == "trains"]
                or [e for e in found if 2 in e.shape]
                or [e for e in self.entries if e.form == "group"]
            )
        if len(found) == 1:
            return found[0]
        if not found and kind == "spikes":
            raise FileFormatError(
                str(self.path),
                expected="spike times: cells, one array a unit, or two columns (time in s, number of the unit)",
                got="none",
                remedy=f"Samples are read without kind='spikes'; the file holds {self._list(self.entries)}.",
            )
        what = "arrays that could be the recording" if found else "array that could be the recording"
        way = "Name it with array=... (--array)"
        arrays = [e for e in self.entries if e.form in ("array", "trains")]
        if not arrays:
            way = "Save real numbers of shape (time, unit) in it"
        elif not found and all(len(e.shape) < 2 for e in arrays) and kind is None:
            way = "Spike times, one array a unit, are read with kind='spikes'; one trace is saved as values[:, None]"
        raise FileFormatError(
            str(self.path),
            expected="one two-dimensional array of numbers, or spike times of several units",
            got=f"{len(found) or 'no'} {what}",
            remedy=f"{way}; the file holds {self._list(found or self.entries)}.",
        )

    def _named(self, array: str) -> Entry:
        for entry in self.entries:
            if entry.name == array.strip(self.separator):
                if entry.form in ("array", "trains", "group"):
                    return entry
                raise FileFormatError(
                    f"{self.path}, array {array!r}",
                    expected="numbers, or spike times of several units",
                    got=f"{entry.dtype} of shape {entry.shape}",
                    remedy=f"The file holds {self._list(self._candidates())}.",
                )
        names = [e.name for e in self.entries]
        ends = [n for n in names if n.rpartition(self.separator)[2] == array]
        hint = f"Did you mean {' or '.join(map(repr, ends[:5]))}?" if ends else did_you_mean(array, names)
        raise FileFormatError(
            f"{self.path}, array {array!r}",
            expected="the name of an array in the file",
            got="none of that name",
            remedy=f"{hint} It holds {self._list(self._candidates())}.",
        )

    def _candidates(self) -> list[Entry]:
        return [e for e in self.entries if e.plausible] or list(self.entries)

    def _last(self, entry: Entry) -> str:
        return entry.name.rpartition(self.separator)[2]

    def _list(self, entries: Iterable[Entry]) -> str:
        first = list(entries)
        shown = "; ".join(map(str, first[:15]))
        rest = len(self.entries) - min(len(first), 15)
        return f"{shown}; and {rest} more" if rest and shown else shown or "nothing"


def unreadable(path: Path, what: str, error: Exception, *, remedy: str = COPY_AGAIN) -> FileFormatError:
    """Return the error for a truncated or foreign file."""
    reason = re.sub(r" (object )?at 0x[0-9a-f]+", "", " ".join(str(error).split())) or type(error).__name__
    reason = "".join(letter if letter.isprintable() else "?" for letter in reason)
    return FileFormatError(
        str(path), expected=f"a whole {what} file", got=f"one that can't be read ({reason[:200]})", remedy=remedy
    )
