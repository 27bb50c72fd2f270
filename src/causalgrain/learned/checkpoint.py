"""Checkpoints: the state of a training in a folder, from which it goes on as if it had never stopped.

Layout: ``state.npz`` (parameters, optimiser, curves, and a fingerprint of everything that the numbers depend on) and
one ``step_NNNNNN.npz`` for each evaluation, with the parameters at that step. Files are written beside and moved into
place, the state last, so that a stop at any moment leaves the previous checkpoint whole. The random numbers of a step
follow from (key, step) alone; with the state that makes an interrupted training equal to one that wasn't, number for
number.

Nested dicts and tuples of arrays are stored flat, by names such as ``levels/0/mixing/lower``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from .._errors import FileFormatError, InputError, OutputExistsError

STATE = "state.npz"


def flatten(tree: Any, prefix: str = "") -> dict[str, np.ndarray]:
    """Return nested dicts and tuples of arrays as one dict.

    >>> sorted(flatten({"a": (1.0, {"b": 2.0})}))
    ['a/0', 'a/1/b']
    """
    if isinstance(tree, dict | tuple | list):
        items = tree.items() if isinstance(tree, dict) else enumerate(tree)
        return {k: v for name, part in items for k, v in flatten(part, f"{prefix}{name}/").items()}
    return {prefix.removesuffix("/"): np.asarray(tree)}


def unflatten(flat: dict[str, np.ndarray]) -> Any:
    """Undo :func:`flatten`; parts named by whole numbers become tuples.

    >>> unflatten({"a/0": 1.0, "a/1/b": 2.0})
    {'a': (1.0, {'b': 2.0})}
    """
    if set(flat) == {""}:
        return flat[""]
    parts: dict[str, dict[str, np.ndarray]] = {}
    for name, value in flat.items():
        head, _, tail = name.partition("/")
        parts.setdefault(head, {})[tail] = value
    made = {name: unflatten(part) for name, part in parts.items()}
    if all(name.isdigit() for name in made):
        return tuple(made[name] for name in sorted(made, key=int))
    return made


class Checkpoint:
    """A folder with the state of a training.

    Parameters
    ----------
    folder : path
        Made if it isn't there.
    fingerprint : str
        Hash of settings and data; a state of another one is refused.
    resume : bool
        Go on from what is there; without it a folder that holds a state is refused.
    """

    def __init__(self, folder: str | os.PathLike[str], fingerprint: str, *, resume: bool = False) -> None:
        self.folder = Path(folder)
        self.fingerprint = fingerprint
        if (self.folder / STATE).exists() and not resume:
            raise OutputExistsError(
                str(self.folder),
                expected="a folder without a checkpoint",
                got="one of an earlier training",
                remedy="Say resume=True (--resume) to go on with it, or name another folder.",
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                str(self.folder), expected="a folder to write to", got=str(error), remedy="Name another folder."
            ) from error

    def write(self, state: dict[str, Any], snapshots: dict[int, Any]) -> None:
        """Write parameters by step, and then the state."""
        for step, snapshot in snapshots.items():
            self._put(_name(step), flatten(snapshot))
        self._put(STATE, flatten(state) | {"fingerprint": np.array(self.fingerprint)})

    def read(self) -> dict[str, Any] | None:
        """Return the last state, or None where there is none yet.

        Raises
        ------
        FileFormatError
            It can't be read.
        InputError
            It belongs to other settings or other data.
        """
        if not (self.folder / STATE).exists():
            return None
        flat = self._get(STATE)
        found = str(flat.pop("fingerprint", ""))
        if found != self.fingerprint:
            raise InputError(
                str(self.folder),
                expected=f"a checkpoint of these settings and this recording ({self.fingerprint})",
                got=f"one of others ({found or 'unknown'})",
                remedy="Use the settings and the recording it was begun with, or name another folder.",
            )
        return unflatten(flat)

    def snapshot(self, step: int) -> Any:
        """Return the parameters after `step`."""
        return unflatten(self._get(_name(step)))

    def _put(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        target = self.folder / name
        beside = target.with_name(f".{name}.{os.getpid()}.part")
        try:
            with open(beside, "wb") as file:
                np.savez(file, **arrays)  # pyright: ignore[reportArgumentType]
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)

    def _get(self, name: str) -> dict[str, np.ndarray]:
        path = self.folder / name
        try:
            with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
                return {key: file[key] for key in file.files}
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise FileFormatError(
                str(path),
                expected="a checkpoint file",
                got=f"one that can't be read ({type(error).__name__})",
                remedy="Remove the folder and train anew.",
            ) from error


def _name(step: int) -> str:
    return f"step_{step:06d}.npz"
