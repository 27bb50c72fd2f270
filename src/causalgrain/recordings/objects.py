"""Objects of other libraries as recordings, told by what they can do: none of these libraries is imported here.

An ``objects_*`` module a library has ``NAME``, ``recognise(source) -> bool`` and ``read(source, wish) -> Recording``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from .._checks import did_you_mean
from .._errors import InputError
from .epochs import CONDITION_NAMES, DURATION_NAMES, START_NAMES, STOP_NAMES, Epochs
from .real_numbers import real_array, shown
from .recording import Recording
from .wishes import Wishes

LIBRARIES = ("objects_spikeinterface", "objects_pynapple", "objects_neo", "objects_xarray")


def read(source: Any, wish: Wishes) -> Recording:
    """Make a recording of an object of SpikeInterface, pynapple, Neo or xarray."""
    if isinstance(source, Recording):
        wish.only("units", what="what is a Recording already")
        return wish.finish(source)
    for name in LIBRARIES:
        library = import_module(f"{__package__}.{name}")
        if library.recognise(source):
            return library.read(source, wish)
    raise _unknown(source)


def as_epochs(source: Any, *, condition: str | None = None) -> Epochs:
    """Return the epochs in an object of another library.

    Parameters
    ----------
    source : pynapple.IntervalSet, pandas.DataFrame, neo.Epoch or Epochs
        Intervals in s (Neo: any unit of time). A DataFrame has the columns start and stop (or end, or duration).
    condition : str, optional
        The column with the names of the conditions; where there is none of this name, the name of the only condition.
        Default: a column called condition, label, name, state, ...; labels of Neo's epochs.

    Returns
    -------
    Epochs

    Raises
    ------
    InputError
        No such columns, no names, epochs that overlap or end before they start.

    Examples
    --------
    >>> import pandas
    >>> table = pandas.DataFrame({"start": [0, 60], "stop": [60, 90], "condition": ["wake", "sleep"]})
    >>> as_epochs(table).names
    ('wake', 'sleep')
    >>> as_epochs(table[["start", "stop"]], condition="rest").of("rest").tolist()
    [[0.0, 60.0], [60.0, 90.0]]
    """
    if isinstance(source, Epochs):
        return source
    if condition is not None and not isinstance(condition, str):
        raise InputError(
            "condition",
            expected="the name of a column, or of the only condition",
            got=shown(condition),
            remedy="Give it as text.",
        )
    if all(hasattr(source, name) for name in ("times", "durations", "labels")):
        from .objects_neo import rows_of

        rows = rows_of(source)
        return Epochs([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], source="Epoch")
    table = source.as_dataframe() if hasattr(source, "as_dataframe") else source
    if not (hasattr(table, "columns") and hasattr(table, "iloc")):
        raise InputError(
            "epochs",
            expected="an IntervalSet of pynapple, a DataFrame, an Epoch of Neo, or Epochs",
            got=type(source).__name__,
            remedy='Make them: Epochs([0, 60], [60, 120], ["wake", "sleep"]), or read_epochs("epochs.csv").',
        )
    return _from_table(table, condition, type(source).__name__)


def _from_table(table: Any, condition: str | None, name: str) -> Epochs:
    columns = {str(column).strip().casefold(): column for column in table.columns}
    start = next((columns[n] for n in START_NAMES if n in columns), None)
    stop = next((columns[n] for n in STOP_NAMES if n in columns), None)
    length = next((columns[n] for n in DURATION_NAMES if n in columns), None)
    if start is None or (stop is None and length is None):
        raise InputError(
            "epochs",
            expected="the columns start and stop (or end, or duration), in s",
            got=", ".join(map(str, table.columns)) or "none",
            remedy="Rename the columns.",
        )
    begins = _seconds(table[start], str(start))
    ends = _seconds(table[stop], str(stop)) if stop is not None else begins + _seconds(table[length], str(length))
    if condition is None:
        named = next((columns[n] for n in CONDITION_NAMES if n in columns), None)
    else:
        named = columns.get(condition.strip().casefold())
    if named is not None:
        lost = table[named].isna() if hasattr(table[named], "isna") else [False] * len(begins)
        words = ["" if gone else str(word) for word, gone in zip(table[named], lost, strict=True)]
    elif condition is not None:
        words = [condition] * len(begins)
    else:
        others = [str(column) for column in table.columns if column not in (start, stop, length)]
        raise InputError(
            "epochs",
            expected="a column with the names of the conditions",
            got=", ".join(others) or "start and stop alone",
            remedy="Name the column with condition='...', or give the one name that all have. "
            + (did_you_mean("condition", others) if others else ""),
        )
    return Epochs(begins, ends, words, source=name)


def _seconds(column: Any, name: str) -> np.ndarray:
    times = real_array(column)
    if times is None:
        raise InputError(
            f"epochs, column {name!r}",
            expected="times in s",
            got=f"{getattr(column, 'dtype', 'other')} values",
            remedy="Give plain numbers of seconds.",
        )
    return times


def _unknown(source: Any) -> InputError:
    taken = "; ".join(import_module(f"{__package__}.{name}").NAME for name in LIBRARIES)
    name = f"{type(source).__module__.partition('.')[0]}.{type(source).__name__}".removeprefix("builtins.")
    if isinstance(source, np.ndarray):
        way = "An array has no rate: make a Recording(values, rate), values of shape (time, unit)."
    elif hasattr(source, "iloc") and hasattr(source, "to_numpy"):
        way = "A table has no rate: make a Recording(table.to_numpy(), rate, list(table.columns))."
    elif isinstance(source, list | tuple):
        way = "Make a Recording(values, rate), or Recording.from_spikes(spike times in s, one array a unit)."
    elif source is None:
        way = "Nothing was handed over: check the variable."
    else:
        way = "Of other objects make a Recording(values, rate) or Recording.from_spikes(times)."
    return InputError("source", expected=f"a file, a folder, or an object: {taken}", got=name, remedy=way)
