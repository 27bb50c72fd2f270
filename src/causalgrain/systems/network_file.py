"""Networks in files: JSON ({"tpm": ..., "edges": ..., "state": ..., "labels": ...}) and NumPy's .npz, same names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, cast

import numpy as np

from .._checks import did_you_mean, existing_file
from .._errors import FileFormatError
from .history import as_history
from .network import Network

FIELDS = ("tpm", "edges", "state", "labels", "order")


def read_network(path: str | os.PathLike[str]) -> tuple[Network, tuple[Any, ...] | None]:
    """Read a network, and its state if the file has one.

    Parameters
    ----------
    path : path
        ``.json``: an object with "tpm" (rows in index order, element 0 fastest) and optionally "edges", "state",
        "labels", "order". ``.npz``: arrays of the same names.

    Returns
    -------
    network : Network
    state : tuple of int, or None
        A tuple of states, oldest first, where the file holds several.

    Raises
    ------
    FileFormatError
        No such file, no JSON or npz, no "tpm", or an unknown name in it.
    InputError
        The numbers don't make a network.
    """
    source = existing_file(path)
    content = _read_json(source) if source.suffix.lower() == ".json" else _read_npz(source)
    unknown = [name for name in content if name not in FIELDS]
    if unknown:
        raise FileFormatError(
            str(source),
            expected="only the names " + ", ".join(FIELDS),
            got=repr(unknown[0]),
            remedy=did_you_mean(unknown[0], FIELDS),
        )
    if "tpm" not in content:
        raise FileFormatError(
            str(source),
            expected='a network with a "tpm"',
            got="the names " + (", ".join(map(repr, content)) or "none"),
            remedy='A network file holds {"tpm": [[...], ...]} and optionally "edges", "state", "labels".',
        )
    labels = content.get("labels")
    if isinstance(labels, np.ndarray):
        labels = labels.tolist()
    order = content.get("order", 1)
    if isinstance(order, np.ndarray) and order.ndim == 0:
        order = order.item()
    network = Network(content["tpm"], content.get("edges"), labels, order=cast(int, order))
    state = content.get("state")
    if state is None:
        return network, None
    history = as_history(state, network.n, f"{source}: state")
    return network, history[0] if len(history) == 1 else history


def _read_json(source: Path) -> dict[str, Any]:
    try:
        content = json.loads(source.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError among them
        raise FileFormatError(
            str(source),
            expected="JSON text",
            got=f"something else ({error})",
            remedy="Is the file truncated? A trailing comma is not allowed in JSON either.",
        ) from error
    if not isinstance(content, dict):
        raise FileFormatError(
            str(source),
            expected='a JSON object such as {"tpm": [[0, 1], ...]}',
            got=f"a {type(content).__name__}",
            remedy="Put the matrix under the name tpm.",
        )
    return content


def _read_npz(source: Path) -> dict[str, Any]:
    try:
        with source.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except Exception as error:  # zipfile, zlib, pickle refusals and OSError all mean the same to a reader
        raise FileFormatError(
            str(source),
            expected="a .npz file of plain arrays",
            got=f"a file that can't be read as one ({type(error).__name__})",
            remedy="Write it with numpy.savez(path, tpm=...); it may be truncated, or hold Python objects.",
        ) from error


def is_network_file(path: Path) -> bool:
    """Tell whether a file names a network: any .json, or an .npz with a "tpm"."""
    if path.suffix.lower() == ".json":
        return True
    if path.suffix.lower() != ".npz":
        return False
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return "tpm" in archive.files
    except Exception:  # the recording reader will say what is wrong with it
        return False
