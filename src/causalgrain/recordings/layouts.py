"""Known layouts of files and folders: what each program writes, recognised by its marks.

A layout is a module of this room with

* ``NAME``, ``TAKES``, ``IGNORES``: texts for people;
* ``recognise(path) -> bool``: cheap, without loading the format's library, never raises;
* ``read(path, wish) -> Recording``: `wish` is :class:`~causalgrain.recordings.wishes.Wishes`; raises
  :class:`~causalgrain.FileFormatError` where the file lacks what it must have, and lists what it holds.

They are asked in this order; a file that no layout recognises is read as an array or set of spike times by its ending
(:mod:`.readers`).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

LAYOUTS = ("nwb", "suite2p", "phy", "caiman", "cell_explorer", "trial_units", "mouse_pairs")


def recognise(path: Path) -> ModuleType | None:
    """Return the module of the layout that `path` has, or None."""
    for name in LAYOUTS:
        module = import_module(f"{__package__}.{name}")
        if module.recognise(path):
            return module
    return None
