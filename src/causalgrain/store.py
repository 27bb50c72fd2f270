"""Results <-> one HDF5 file.

Layout, for readers in other languages: arrays and tables of a result stand as ordinary HDF5 datasets under ``arrays``
and ``tables`` (each profile's measures with their names, units and coordinates); ``structure`` is a JSON text that says
how they make up the result. Written beside and then moved into place, so a file is whole or not there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._checks import existing_file, output_path
from ._errors import FileFormatError, InputError
from ._provenance import package_version

if TYPE_CHECKING:
    import xarray as xr

FORMAT = "causalgrain result"
FORMAT_VERSION = 1
COMPRESS_FROM = 1 << 14  # bytes

# Name in a file -> module; the class has the same name. Old files stay readable when a class moves.
TYPES = {
    "Answer": "systems.answers",
    "Ascent": "grains.ascent_result",
    "AscentStep": "grains.ascent_result",
    "Attribution": "learned.attribution",
    "BalanceOfF": "ensembles.departure",
    "BalancedTruth": "simulate.balanced_truth",
    "Binned": "ensembles.binned",
    "Candidate": "phi.complexes",
    "CausalEmergence": "information.causal_emergence",
    "CausalPath": "information.causal_path",
    "CausalPower": "learned.power",
    "CausalPrimitives": "information.primitives",
    "CauseEffectStructure": "phi.results",
    "CellTypes": "ensembles.cell_type",
    "Collapse": "ensembles.collapse",
    "CollapseError": "ensembles.collapse",
    "Complexes": "phi.complexes",
    "ComplexityOverScales": "information.complexity_over_scales",
    "Concept": "phi.results",
    "Connections": "ensembles.correlogram",
    "Cooccurrence": "ensembles.cooccurrence",
    "Core": "phi.results",
    "Coverage": "learned.coverage",
    "Cumulative": "ensembles.cumulative",
    "Cut": "phi.results",
    "Difference": "ensembles.difference",
    "Dimensions": "information.dimensions",
    "DriftDiffusion": "learned.drift_diffusion",
    "DrivenShare": "learned.shares",
    "EffectiveInformation": "information.effective",
    "Emergence": "information.emerge",
    "EmergenceCriteria": "information.synergy",
    "EmergenceGrain": "information.synergy_recorded",
    "EmergenceGrains": "information.synergy_recorded",
    "EnsembleGeometry": "ensembles.geometry",
    "EstimateInfo": "systems.estimate",
    "Exchange": "ensembles.exchange",
    "ExchangeTest": "ensembles.exchange_units",
    "Excursions": "ensembles.excursions",
    "FixedPointAgreement": "learned.fixed_point_doubt",
    "FixedPointDoubt": "learned.fixed_point_doubt",
    "FixedPoints": "learned.fixed_points",
    "GaussianInformation": "information.gaussian",
    "GaussianReversibility": "information.gaussian_reversibility",
    "GaussianScale": "information.gaussian_scales",
    "Grain": "systems.coarse",
    "GrainComplexes": "grains.complexes",
    "GrainPath": "grains.paths",
    "GrainProfile": "profile",
    "GrainTable": "grains.lattice",
    "GroupComparison": "phi.mechanisms",
    "InhibitionSweep": "simulate.balanced_sweep",
    "IntegratedInformation": "phi.results",
    "Intervention": "learned.interventions",
    "LaggedCorrelation": "ensembles.lag",
    "Landscape": "learned.landscape",
    "Lattice": "grains.order",
    "LearnedNull": "learned.learned_null",
    "LearnedScales": "learned.learned_scales",
    "LevelMaximum": "grains.paths",
    "LinearFit": "information.linear_fit",
    "LinearGaussian": "information.linear",
    "Measure": "profile",
    "Mechanism": "phi.first_order",
    "MechanismComparison": "phi.mechanisms",
    "MouseSettings": "simulate.mouse_settings",
    "MouseTruth": "simulate.mouse_truth",
    "Neighbourhood": "ensembles.neighbourhoods",
    "Network": "systems.network",
    "NetworkEffectiveInformation": "information.networks",
    "NetworkGrain": "information.network_macro",
    "NetworkGrains": "information.network_macro",
    "NetworkSettings": "simulate.balanced_settings",
    "OverSpace": "ensembles.neighbourhoods",
    "Part": "phi.results",
    "Partition": "ensembles.partition",
    "Peak": "profile",
    "PopulationActivity": "simulate.balanced_sweep",
    "PopulationCorrelation": "ensembles.subsampling",
    "PrintedValue": "reproductions.rows",
    "Provenance": "_provenance",
    "RecordedGrain": "grains.recorded_grains",
    "RecordedGrains": "grains.recorded_grains",
    "RecordingCheck": "systems.sufficiency",
    "Reproduction": "reproductions.rows",
    "Residence": "learned.residence",
    "ResidenceComparison": "learned.residence_model",
    "Reversibility": "information.reversibility",
    "Row": "systems.answers",
    "SVDCoarseGraining": "information.reversibility",
    "ScalePrediction": "learned.scale_prediction",
    "ScaleShares": "learned.shares",
    "ScaleSymmetry": "ensembles.scale_symmetry",
    "Selectivity": "phi.selectivity",
    "SlowDynamics": "simulate.mouse_settings",
    "SlowTruth": "simulate.mouse_macro",
    "SplineMap": "learned.spline_map",
    "Spread": "learned.spread",
    "StateDeterminism": "information.effective",
    "StatePartitions": "information.partitions",
    "SynapticCurrent": "ensembles.synaptic",
    "ThinningCurve": "ensembles.thinning",
    "TimeReversal": "ensembles.time_reversal",
    "TimeScales": "ensembles.ladder",
    "Trains": "ensembles.trains",
    "TwoGroups": "ensembles.waveform_mixture",
    "VarianceScaling": "ensembles.variance_scaling",
    "WaveformFeatures": "ensembles.waveform",
    "Waypoint": "grains.ascent_result",
    "Winner": "grains.winners",
    "Winners": "grains.winners",
}
# Constructor arguments of classes that are no dataclasses.
ARGUMENTS = {"Network": ("tpm", "edges", "labels", "origin", "occupancy", "order")}


def save(result: Any, path: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Save a result, or a mapping of names to results, to one HDF5 file.

    Parameters
    ----------
    result : GrainProfile, IntegratedInformation, Complexes, EffectiveInformation, Network, EstimateInfo, or dict
        Any result of this package; a dict of str to results keeps several together.
    path : path
        By habit with the ending ``.h5``.
    force : bool
        Overwrite an existing file.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    OutputExistsError
        The file exists and `force` is false.
    InputError
        `result` holds something that can't be stored.

    Examples
    --------
    >>> import causalgrain as cg, tempfile, pathlib
    >>> profile = cg.scan(cg.published("basic"), "100")
    >>> path = cg.save(profile, pathlib.Path(tempfile.mkdtemp()) / "basic.h5")
    >>> cg.load(path).peak == profile.peak
    True
    """
    import xarray as xr

    target = output_path(path, force)
    parts = _Parts()
    try:
        structure = json.dumps(_encode(result, parts), separators=(",", ":"))
    except RecursionError:
        raise InputError(
            "result", expected="results in a dict", got="a dict that holds itself", remedy="Remove the loop."
        ) from None
    root = xr.Dataset(
        {"structure": ((), structure)},
        attrs={"format": FORMAT, "format_version": FORMAT_VERSION, "causalgrain_version": package_version()},
    )
    nodes = {"/": root, "/arrays": xr.Dataset(parts.arrays)}
    nodes.update({f"/tables/{name}": table for name, table in parts.tables.items()})
    encoding = {place: {name: _storage(v) for name, v in node.variables.items()} for place, node in nodes.items()}
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        xr.DataTree.from_dict(nodes).to_netcdf(temporary, engine="h5netcdf", encoding=encoding)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def load(path: str | os.PathLike[str]) -> Any:
    """Load what :func:`save` wrote: the same object, identical in every number.

    Raises
    ------
    FileFormatError
        No file, no HDF5 file, a foreign or truncated one, or one of a newer version.
    """
    import h5py
    import xarray as xr

    source = existing_file(path)
    try:
        with h5py.File(source) as file:
            kind = file.attrs.get("format")
            version = int(np.ravel(file.attrs.get("format_version", 0))[0])
        ours = kind == FORMAT and version <= FORMAT_VERSION
        nodes = {}
        if ours:
            with xr.open_datatree(source, engine="h5netcdf") as tree:
                tree.load()
                nodes = {node.path: node.to_dataset() for node in tree.subtree}
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise FileFormatError(
            str(source),
            expected="a result saved by causalgrain (HDF5)",
            got=f"a file that can't be read as one ({type(error).__name__})",
            remedy="It may be truncated or of another kind; recordings are read with read_recording.",
        ) from error
    if not ours:
        foreign = kind != FORMAT
        raise FileFormatError(
            str(source),
            expected=f"a result saved by causalgrain, format version up to {FORMAT_VERSION}",
            got="an HDF5 file of something else" if foreign else f"format version {version}",
            remedy="Use read_recording for recordings." if foreign else "Update causalgrain.",
        )
    try:
        structure = json.loads(str(nodes["/"]["structure"].values))
        arrays = nodes.get("/arrays", xr.Dataset())
        tables = {place.removeprefix("/tables/"): node for place, node in nodes.items() if place.startswith("/tables/")}
        return _decode(structure, arrays, tables)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise FileFormatError(
            str(source),
            expected="a whole result saved by causalgrain",
            got=f"one whose parts don't fit together ({type(error).__name__}: {error})",
            remedy="The file was changed after it was saved; make it anew.",
        ) from error


# -- encoding ----------------------------------------------------------------------------------------------------


class _Parts:
    """Arrays and tables met on the way, by the names under which they are stored."""

    def __init__(self) -> None:
        self.arrays: dict[str, Any] = {}
        self.tables: dict[str, Any] = {}

    def add_array(self, array: np.ndarray) -> str:
        name = f"a{len(self.arrays)}"
        self.arrays[name] = (tuple(f"{name}_{axis}" for axis in range(array.ndim)), array)
        return name

    def add_table(self, table: xr.Dataset) -> str:
        name = f"t{len(self.tables)}"
        self.tables[name] = table
        return name


def _encode(value: Any, parts: _Parts) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return {"array": parts.add_array(value), "dtype": value.dtype.str}
    if isinstance(value, tuple):
        return {"tuple": [_encode(v, parts) for v in value]}
    if isinstance(value, list):
        return {"list": [_encode(v, parts) for v in value]}
    if type(value).__name__ == "Dataset" and type(value).__module__.startswith("xarray"):
        return {"table": parts.add_table(value)}
    if isinstance(value, Mapping):
        return {"dict": [[_encode(k, parts), _encode(v, parts)] for k, v in value.items()]}
    name = type(value).__name__
    if name in TYPES:
        names = ARGUMENTS.get(name) or [f.name for f in fields(value) if f.init]
        return {"type": name, "fields": {key: _encode(getattr(value, key), parts) for key in names}}
    raise InputError(
        "result",
        expected="a result of causalgrain, or a dict of them",
        got=f"a {name}",
        remedy="Save results, not intermediate objects; a pandas table has its own to_csv.",
    )


def _storage(variable: Any) -> dict[str, Any]:
    """How a variable is written: large arrays compressed, NaN stays NaN."""
    if variable.dtype.kind in "USO":
        return {}
    compress = {"zlib": True, "complevel": 4} if variable.nbytes >= COMPRESS_FROM and variable.ndim else {}
    return compress | ({"_FillValue": None} if variable.dtype.kind == "f" else {})


# -- decoding ----------------------------------------------------------------------------------------------------


def _decode(node: Any, arrays: xr.Dataset, tables: Mapping[str, xr.Dataset]) -> Any:
    if not isinstance(node, dict):
        return node
    if "array" in node:
        array = np.asarray(arrays[node["array"]].values).astype(np.dtype(node["dtype"]), copy=False)
        array.setflags(write=False)
        return array
    if "table" in node:
        return _tidy(tables[node["table"]])
    if "tuple" in node:
        return tuple(_decode(v, arrays, tables) for v in node["tuple"])
    if "list" in node:
        return [_decode(v, arrays, tables) for v in node["list"]]
    if "dict" in node:
        return {_decode(k, arrays, tables): _decode(v, arrays, tables) for k, v in node["dict"]}
    name = node["type"]
    kind = getattr(import_module(f".{TYPES[name]}", __package__), name)
    values = {key: _decode(v, arrays, tables) for key, v in node["fields"].items()}
    if name == "GrainProfile" and values["data"].sizes["grain"] != len(values["grains"]):
        raise ValueError("the table and the list of grains differ in length")
    return kind(**values)


def _tidy(table: xr.Dataset) -> xr.Dataset:
    """Give a table its own types back: HDF5 returns texts as objects."""
    texts = {name: v.astype(str) for name, v in table.variables.items() if v.dtype.kind in "OT"}
    table = table.assign({n: v for n, v in texts.items() if n not in table.coords})
    table = table.assign_coords({n: v for n, v in texts.items() if n in table.coords}).drop_encoding()
    for variable in table.data_vars.values():
        variable.values.setflags(write=False)
    return table
