"""A progress bar with time left, on stderr, shown on a terminal only (or when asked for)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def track(what: str, total: float, show: bool | None = None) -> Iterator[Callable[[float], None]]:
    """Yield a function that advances the bar by an amount of work.

    Parameters
    ----------
    what : str
        What is being worked through.
    total : float
        Amount of work.
    show : bool, optional
        Default: only where stderr is a terminal.
    """
    if show is None:
        show = sys.stderr.isatty()
    if not show:
        yield lambda amount: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda amount: bar.advance(task, amount)
