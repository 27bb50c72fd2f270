"""Conditions of an NWB file, and what :mod:`.nwb_write` keeps in one; conventions in :mod:`.nwb`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._errors import InputError
from .epochs import Epochs, check_inside
from .nwb_tables import columns_of, groups, load, n_rows, ragged, text, warn
from .real_numbers import real_array

HOME = "causalgrain"  # processing module in which write_nwb keeps what NWB has no place for
CONDITIONS = (
    *("condition", "conditions", "label", "labels", "state", "states", "sleep_state", "brain_state", "stage"),
    *("stimulus", "stimulus_name", "stimulus_type", "trial_type", "type", "epoch", "epoch_name", "name", "task"),
    *("odor", "odour", "behavior", "behaviour", "context"),
)


def conditions(file: Any, spans: np.ndarray, path: Path, notes: list[str]) -> Epochs | None:
    """Return the labelled epochs of the file within what was recorded; which they are is a note."""
    usable: dict[str, tuple[Epochs, str]] = {}
    useless = []
    for name, table in _intervals(file):
        labels, column = _condition_column(table, path)
        if labels is None:
            useless.append(f"{name} (no column of text labels)")
            continue
        begins, ends = (real_array(load(table[edge])) for edge in ("start_time", "stop_time"))
        if begins is None or ends is None or not len(labels) == len(begins.ravel()) == len(ends.ravel()):
            useless.append(f"{name} (start_time or stop_time isn't one number a row)")
            continue
        begins, ends = begins.ravel(), ends.ravel()
        overlap = np.minimum(spans[:, 1], ends[:, None]) - np.maximum(spans[:, 0], begins[:, None])
        with np.errstate(invalid="ignore"):
            good = np.isfinite(begins) & np.isfinite(ends) & (np.clip(overlap, 0.0, None).sum(axis=1) > 0)
        keep = [row for row, label in enumerate(labels) if good[row] and label.strip()]
        told = f"conditions from the column {column!r} of {name}"
        if len(keep) < len(labels):
            told += f"; {len(labels) - len(keep)} of {len(labels)} rows left out (no label, no length, not recorded)"
        try:
            made = Epochs(begins[keep], ends[keep], [labels[row] for row in keep], source=f"{path.name}, {name}")
            usable[name] = made, told
        except InputError as error:
            useless.append(f"{name} (column {column!r}: {error.got if keep else 'no row within the recording'})")
    chosen = next((name for name in ("epochs", "trials") if name in usable), None)
    chosen = next(iter(usable)) if chosen is None and len(usable) == 1 else chosen
    rest = [f"{name} (several could be meant)" for name in usable if chosen is None]
    if chosen is not None:
        others = [name for name in usable if name != chosen]
        notes.append(usable[chosen][1] + (f"; labels are also in {', '.join(others)}" if others else ""))
        return usable[chosen][0]
    if rest or useless:
        how = "give them with epochs=Epochs(start, stop, condition), or a table (epochs='epochs.csv')"
        notes.append(f"no conditions were taken from {', '.join((*rest, *useless))}: {how}")
    return None


def _intervals(file: Any) -> Iterator[tuple[str, Any]]:
    for area in ("intervals", "processing"):
        for name, table in groups(file.get(area, ()), ""):
            if table is None or name == "invalid_times" or name.startswith(f"{HOME}/"):
                continue
            if "start_time" in table and "stop_time" in table and table["start_time"].shape[0]:
                yield name, table


def _condition_column(table: Any, path: Path) -> tuple[list[str] | None, str]:
    n = int(table["start_time"].shape[0])
    texts = {name: values for name, item in columns_of(table, n).items() if (values := load(item)).dtype.kind == "U"}
    texts = {name: values for name, values in texts.items() if values.ndim == 1}
    by_name = {name.casefold(): name for name in texts}
    found = next((by_name[name] for name in CONDITIONS if name in by_name), None)
    if found is None and "tags" in table and "tags_index" in table:
        tags = [", ".join(row.tolist()) for row in ragged(table, "tags", n, path)]
        if any(tags):
            return tags, "tags"
    if found is None and len(texts) == 1:
        found = next(iter(texts))
    return (None, "") if found is None else (texts[found].tolist(), found)


def tell_invalid(file: Any, path: Path) -> None:
    """Warn of stretches that the file marks as invalid."""
    table = file.get("intervals/invalid_times")
    n = 0 if table is None else n_rows(table)
    if table is not None and n:
        length = float(np.nansum(load(table["stop_time"]) - load(table["start_time"])))
        warn(
            f"{path}: the file marks {n} stretches ({length:.6g} s in all) as invalid (invalid_times). They are not "
            "cut out: leave them out with segments=[...], or choose conditions without them."
        )


@dataclass(frozen=True)
class About:
    """What write_nwb kept of a recording: see :mod:`.nwb_write`."""

    kind: str = "traces"
    rate: float = 0.0
    segments: tuple[np.ndarray, np.ndarray] | None = None  # samples, onsets
    notes: tuple[str, ...] = ()

    def with_notes(self, notes: list[str], epochs: Epochs | None, spans: np.ndarray) -> tuple[str, ...]:
        """Return what was kept and what is new, each once, without what the recording itself says of its epochs."""
        told = () if epochs is None else check_inside(epochs, spans)
        return tuple(note for note in dict.fromkeys((*self.notes, *notes)) if note not in told)


def about_of(file: Any) -> About:
    """Return what :mod:`.nwb_write` kept in the file, if it wrote it."""
    home = file.get(f"processing/{HOME}")
    if home is None or "recording" not in home:
        return About()
    row = {name: load(item)[0] for name, item in columns_of(home["recording"], 1).items()}
    told = file.get("general/notes")
    notes = [] if told is None else [line for line in text(told[()]).splitlines() if line]
    notes.append(f"written by causalgrain {row['version']}" + (f" from {row['source']}" if row["source"] else ""))
    segments = None
    if "segments" in home:
        edges = np.column_stack([load(home["segments"][edge]) for edge in ("first_sample", "stop_sample")])
        segments = edges.astype(np.int64), np.asarray(load(home["segments"]["start_time"]), dtype=np.float64)
    return About(str(row["kind"]), float(row["rate"]), segments, tuple(notes))
