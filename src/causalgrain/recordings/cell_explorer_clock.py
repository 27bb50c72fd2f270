"""When a CellExplorer session ends, and its conditions: sleep states, or the epochs of the session.

Intervals are seconds on the session's clock, from 0. States are kept in whole seconds, first and last included: as
half-open epochs they lose up to a second at the end, so that neighbours don't overlap.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .._errors import InputError
from .cell_explorer_tables import node_at
from .epochs import Epochs
from .matlab_tree import Cells, Leaf, Node, Struct, numbers, read_tree, structs, text
from .wishes import Wishes

SESSION, STATES = ".session.mat", ".SleepState.states.mat"
Rows = list[tuple[float, float, str]]


def end_of(root: Struct, beside: dict[str, Path]) -> tuple[float | None, str]:
    """Return the session's duration in s where a file tells it, and which."""
    inside = ("general", "processinginfo", "params", "session", "general", "duration")
    places = [
        (node_at(root, *inside), "the session's duration"),
        (node_at(root, "general", "duration"), "the duration"),
    ]
    if SESSION in beside:
        session = read_tree(beside[SESSION])
        places.insert(
            0, (node_at(session, "session", "general", "duration"), f"the duration in {beside[SESSION].name}")
        )
    for node, where in places:
        found = numbers(node)
        if found is not None and found.size == 1 and np.isfinite(found[0]) and found[0] > 0:
            return float(found[0]), where
    return None, ""


def conditions_of(root: Struct, beside: dict[str, Path], end: float | None) -> tuple[Epochs | None, list[str]]:
    """Return sleep states, else the session's epochs, and what was left out."""
    found = _states(node_at(root, "general", "states"))
    if not found and STATES in beside:
        found = _states(Struct({"SleepState": node_at(read_tree(beside[STATES]), "SleepState", "ints") or Struct({})}))
    name = "sleep states"
    if not found:
        node = node_at(root, "general", "epochs")
        if node is None and SESSION in beside:
            node = node_at(read_tree(beside[SESSION]), "session", "epochs")
        found, name = _session_epochs(node, end), "session epochs"
    if not found:
        return None, []
    try:
        made = Epochs([r[0] for r in found], [r[1] for r in found], [r[2] for r in found], source=name)
    except InputError as error:
        return None, [f"the {name} in the file were left out: {error}"]
    return made, [f"conditions: {name} of the file ({', '.join(made.names)})"]


def _states(node: Node | None) -> Rows:
    """Return the intervals of WAKEstate, NREMstate, ... of SleepState, or of the first struct of states."""
    groups = node.fields if isinstance(node, Struct) else {}
    group = groups.get("SleepState", next(iter(groups.values()), None))
    rows: Rows = []
    for name, leaf in group.fields.items() if isinstance(group, Struct) else ():
        if not name.endswith("state") or not isinstance(leaf, Leaf) or leaf.form != "array":
            continue
        if len(leaf.shape) == 2 and leaf.shape[1] == 2:
            rows += [(a, b, name.removesuffix("state")) for a, b in np.asarray(leaf.load(), dtype=np.float64).tolist()]
    return rows


def _session_epochs(node: Node | None, end: float | None) -> Rows:
    """Return the epochs of a session where there are several; one without a stop lasts to the next, or to the end."""
    parts = [s for _, item in node.items for s in structs(item)] if isinstance(node, Cells) else list(structs(node))
    starts, stops, names = [], [], []
    for part in parts:
        start, stop = numbers(part.fields.get("startTime")), numbers(part.fields.get("stopTime"))
        starts.append(float(start[0]) if start is not None and start.size else None)
        stops.append(float(stop[0]) if stop is not None and stop.size else None)
        names.append(text(part.fields.get("behavioralParadigm")) or text(part.fields.get("name")) or "")
    for i, stop in enumerate(stops):
        stops[i] = stop if stop is not None else starts[i + 1] if i + 1 < len(starts) else end
    rows = [
        (a, b, name)
        for a, b, name in zip(starts, stops, names, strict=True)
        if a is not None and b is not None and name
    ]
    return rows if len(parts) > 1 and len(rows) == len(parts) else []


def inside(epochs: Epochs | None, wish: Wishes, duration: float | None) -> Epochs | None:
    """Return the epochs that lie at least in part in what was asked for."""
    if epochs is None:
        return None
    if wish.segments is not None:
        spans = np.asarray(wish.segments, dtype=np.float64).reshape(-1, 2)
    else:
        spans = np.array([[wish.start or 0.0, (wish.start or 0.0) + (duration or 0.0)]])
    kept = [i for i in range(len(epochs)) if ((spans[:, 0] < epochs.stop[i]) & (epochs.start[i] < spans[:, 1])).any()]
    if not kept:
        return None
    return Epochs(epochs.start[kept], epochs.stop[kept], [epochs.condition[i] for i in kept], source=epochs.source)
