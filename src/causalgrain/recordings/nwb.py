"""Reader of NWB 2 files (Neurodata Without Borders, HDF5), by the layout that the format's schema documents.

It reads with h5py alone: pynwb is needed only to write (:mod:`.nwb_write`), one broken object doesn't lock the rest of
a file, and extensions need not be installed. Things are named as in the file, without "processing/": "units",
"ophys/DfOverF/RoiResponseSeries", "acquisition/ElectricalSeries"; the last part is enough where it is the only one.

Taken unasked, if it is the only one of the best kind in the file (else they are listed):

1. units with spike times; series with ROIs (fluorescence, dF/F, ...); field potentials, that is series with electrodes
   outside `acquisition`; 2. series with electrodes in `acquisition` (raw voltage); 3. a plain TimeSeries with columns.

Conventions and decisions:

* Labels: the first column of ``LABELS`` whose values are all there and differ; else the ids: u3, roi3, ch3.
* Properties: every column with one row a unit, of text or numbers. Common names of the cell type become "cell_type";
  iscell or accepted "iscell"; waveform_mean "waveform", turned to (unit, channel, sample) where there are channels.
* Positions of units: of the only electrode; of several the one with the largest waveform, where waveform_mean has as
  many channels, else their mean. Of ROIs: a column of centroids, else the centre of mass of the mask, in pixels.
* Recorded are the stretches in obs_intervals, where all units share them; else one from first to last of them; without
  any, 0 s to the last spike.
* Samples: stored value x conversion (x channel_conversion) + offset, also when they stay on disk. Timestamps must be
  even; a gap in them parts two segments. Where the table of ROIs or electrodes shows that time isn't the first
  dimension, the array is turned, with a warning.
* Conditions: `epochs` if it has labels (``CONDITIONS``, tags, or the only column of text) and no overlap; else
  `trials`; else the only other table of intervals that has. What was used, and what not, is a note.

Ignored: images, snippets and single waveforms, waveform_sd, numeric columns of intervals, behaviour (readable by name),
subject and session. Stretches in invalid_times are not cut out: a warning tells of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import did_you_mean
from .._errors import CausalGrainError, FileFormatError
from .contents import unreadable
from .nwb_epochs import HOME, tell_invalid
from .nwb_series import sampled
from .nwb_tables import groups, has_rate, n_rows, number, text
from .nwb_units import spikes
from .recording import Recording
from .wishes import Wishes

NAME = "NWB 2"
TAKES = (
    "units (spike times, cell types, waveforms, positions), ROI responses, field potentials and other sampled series "
    "with their rate, unit of measure and positions, and labelled epochs or trials as conditions"
)
IGNORES = "images, single waveforms, intervals without labels, metadata of subject and session"


def recognise(path: Path) -> bool:
    """Is it a file ending in .nwb, or HDF5 with the mark of NWB?"""
    try:
        if path.suffix.lower() == ".nwb":
            return True
        with path.open("rb") as stream:
            if stream.read(8) != b"\x89HDF\r\n\x1a\n":
                return False
        import h5py

        with h5py.File(path, "r") as file:
            return "nwb_version" in file.attrs
    except Exception:  # h5py raises many kinds on broken files; those belong to nobody
        return False


def read(path: Path, wish: Wishes) -> Recording:
    """Read the units or the series that is asked for, or the only one."""
    import h5py

    if path.is_dir():
        raise FileFormatError(
            str(path),
            expected="one NWB file (HDF5)",
            got="a folder",
            remedy="If it is NWB in Zarr, export it to HDF5 with pynwb first.",
        )
    try:
        with np.errstate(over="ignore"), h5py.File(path, "r") as file:
            if "nwb_version" not in file.attrs:
                raise FileFormatError(
                    str(path),
                    expected="an NWB 2 file, which names its nwb_version",
                    got="NWB 1" if "nwb_version" in file else "another HDF5 file",
                    remedy="Convert it to NWB 2, or give it the ending .h5 and name an array in it.",
                )
            item, notes = _choose(list(_items(file)), wish, path)
            tell_invalid(file, path)
            return (spikes if item.form == "units" else sampled)(file, item, wish, path, notes)
    except (CausalGrainError, Warning):
        raise
    except Exception as error:  # h5py raises OSError, RuntimeError, KeyError, ValueError ... on broken files
        raise unreadable(path, "NWB", error) from error


# -- what the file holds -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """Something that could be read: `rank` 0 is taken first, None only by name; `problem` says why it can't be."""

    name: str
    form: str  # units, rois, electrodes, kept (by write_nwb) or series
    node: Any
    size: str
    rank: int | None
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.problem or self.size})"


def _items(file: Any) -> Iterator[Item]:
    if "units" in file:
        yield _units_item("units", file["units"])
    for area in ("processing", "acquisition", "analysis", "stimulus/presentation", "scratch"):
        for name, node in groups(file.get(area, ()), "" if area == "processing" else area):
            if node is None:
                yield Item(name, "series", None, "", None, "a link to a file that isn't there")
            elif text(node.attrs.get("neurodata_type", "")) == "Units":
                yield _units_item(name, node)
            elif "data" in node and text(node.attrs.get("neurodata_type", "Series")).endswith("Series"):
                yield _series_item(name, node)


def _units_item(name: str, node: Any) -> Item:
    n = n_rows(node)
    if "spike_times" not in node or "spike_times_index" not in node:
        return Item(name, "units", node, "", None, f"{n} unit{'s' if n != 1 else ''} without spike times")
    size = f"{n} units, {node['spike_times'].shape[0]} spikes"
    return Item(name, "units", node, size, 0, "" if n else "a table without units")


def _series_item(name: str, node: Any) -> Item:
    data, kind = node["data"], text(node.attrs.get("neurodata_type", ""))
    form = "kept" if name.startswith(f"{HOME}/") else next((f for f in ("rois", "electrodes") if f in node), "series")
    shape = tuple(data.shape or ())
    told = f"{number(node['starting_time'].attrs['rate']):.6g} Hz" if has_rate(node) else "no rate"
    told = "timestamps" if "timestamps" in node else told
    size = f"{' x '.join(map(str, shape))}, {data.dtype}, {told}"
    problem = ""
    if kind == "SpikeEventSeries":
        problem = "snippets around events, not a sampled signal"
    elif data.dtype.kind not in "biuf":
        problem = "no numbers"
    elif len(shape) not in (1, 2):
        problem = f"{len(shape)} dimensions"
    elif not data.size:
        problem = "no samples"
    elif not data.id.get_storage_size():
        problem = "values that were never written"
    if form == "series":
        plain = kind == "TimeSeries" and len(shape) == 2 and min(shape) > 1
        rank = 2 if plain and not name.startswith("stimulus/") else None
    else:
        rank = 1 if name.startswith(("acquisition/", "stimulus/")) and form == "electrodes" else 0
    return Item(name, form, node, size, rank, problem)


def _choose(items: Sequence[Item], wish: Wishes, path: Path) -> tuple[Item, list[str]]:
    """Return what is named, or the only one of the best rank, and a note on what else could be read."""
    if wish.array is not None:
        return _named(items, wish.array, path), []
    able = [item for item in items if item.rank is not None and not item.problem]
    if wish.kind is not None:
        able = [item for item in able if (item.form == "units") == (wish.kind == "spikes")]
    best = [item for item in able if item.rank == min(other.rank or 0 for other in able)]
    if len(best) == 1:
        rest = [item for item in items if item.rank is not None and not item.problem and item is not best[0]]
        told = f"{best[0].name} was taken; with array=... the file also gives {_listed(rest)}"
        return best[0], [told] if rest else []
    way = "Name one with array=... (--array)"
    if not any(not item.problem for item in items):
        way = "Check what wrote the file"
    elif wish.kind is not None and not best:
        way = f"Leave kind={wish.kind!r} (--kind {wish.kind}) out"
    spikes, series = "units with spike times", "one series with ROIs or electrodes"
    raise FileFormatError(
        str(path),
        expected={None: f"{spikes}, or {series}", "spikes": spikes}.get(wish.kind, series),
        got=f"{len(best)} that could be the recording" if best else "none that could be the recording",
        remedy=f"{way}; the file holds {_listed(best or items)}.",
    )


def _named(items: Sequence[Item], array: str, path: Path) -> Item:
    wanted = array.strip("/").removeprefix("processing/")
    found = (
        [item for item in items if item.name == wanted]
        or [item for item in items if f"/{item.name}".endswith(f"/{wanted}")]
        or [item for item in items if f"/{wanted}/" in f"/{item.name}"]
    )
    where, expected = f"{path}, array {array!r}", "the name of one series or table of units"
    if len(found) > 1:
        remedy = f"Say which: {_listed(found)}."
        raise FileFormatError(where, expected=expected, got=f"{len(found)} of that name", remedy=remedy)
    if not found:
        names = [item.name for item in items] + [item.name.rpartition("/")[2] for item in items]
        remedy = f"{did_you_mean(wanted, list(dict.fromkeys(names)))} The file holds {_listed(items)}."
        raise FileFormatError(where, expected=expected, got="none of that name", remedy=remedy)
    if found[0].problem:
        able = _listed([item for item in items if not item.problem])
        expected = "spike times, or numbers over time in one or two dimensions"
        raise FileFormatError(where, expected=expected, got=found[0].problem, remedy=f"The file holds {able}.")
    return found[0]


def _listed(items: Sequence[Item]) -> str:
    rest = f"; and {len(items) - 15} more" if len(items) > 15 else ""
    return "; ".join(map(str, items[:15])) + rest or "nothing to read"
