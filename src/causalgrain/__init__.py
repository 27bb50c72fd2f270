"""Find the spatiotemporal grain at which a neural system's causal power peaks, and show how sure one can be.

A system is looked at through grains; measures are taken at every grain; the result is a grain profile. Names below are
loaded on first use, so importing the package is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._errors import (
        CausalGrainError,
        CausalGrainWarning,
        ConditionalDependenceError,
        CostError,
        FileFormatError,
        InputError,
        OutputExistsError,
        UnreachableStateError,
    )
    from ._provenance import Provenance, package_version
    from .grains.estimated import admit_dependence, peaks_by_dependence, phi_by_state
    from .grains.recorded import scan_recording
    from .grains.recorded_tables import compare_conditions, data_table, state_table, subset_table
    from .grains.search import scan
    from .information.effective import EffectiveInformation, effective_information
    from .phi.complexes import Complexes, complexes
    from .phi.results import IntegratedInformation
    from .phi.system import big_phi
    from .phi.transport import emd
    from .profile import GrainProfile, Measure, Peak
    from .recordings.cell_explorer import read_unit_table
    from .recordings.epochs import Epochs, read_epochs
    from .recordings.nulls import null_recording
    from .recordings.nwb_write import write_nwb
    from .recordings.preprocessing import (
        bin_recording,
        binarise,
        delta_f_over_f,
        detrend,
        pool,
        subtract_neuropil,
        zscore,
    )
    from .recordings.readers import read_recording
    from .recordings.recording import Recording
    from .recordings.trial_units import trial_epochs
    from .store import load, save
    from .systems.coarse import Grain, as_grain
    from .systems.estimate import EstimateInfo, estimate_network
    from .systems.network import Network
    from .systems.published import published, published_system
    from .systems.sufficiency import RecordingCheck, check_recording

_HOMES = {
    "CausalGrainError": "_errors",
    "CausalGrainWarning": "_errors",
    "Complexes": "phi.complexes",
    "ConditionalDependenceError": "_errors",
    "CostError": "_errors",
    "EffectiveInformation": "information.effective",
    "EstimateInfo": "systems.estimate",
    "FileFormatError": "_errors",
    "Epochs": "recordings.epochs",
    "Grain": "systems.coarse",
    "GrainProfile": "profile",
    "InputError": "_errors",
    "IntegratedInformation": "phi.results",
    "Measure": "profile",
    "Network": "systems.network",
    "OutputExistsError": "_errors",
    "Peak": "profile",
    "Provenance": "_provenance",
    "Recording": "recordings.recording",
    "RecordingCheck": "systems.sufficiency",
    "UnreachableStateError": "_errors",
    "admit_dependence": "grains.estimated",
    "as_grain": "systems.coarse",
    "big_phi": "phi.system",
    "complexes": "phi.complexes",
    "effective_information": "information.effective",
    "emd": "phi.transport",
    "bin_recording": "recordings.preprocessing",
    "binarise": "recordings.preprocessing",
    "check_recording": "systems.sufficiency",
    "compare_conditions": "grains.recorded_tables",
    "data_table": "grains.recorded_tables",
    "delta_f_over_f": "recordings.preprocessing",
    "detrend": "recordings.preprocessing",
    "estimate_network": "systems.estimate",
    "load": "store",
    "null_recording": "recordings.nulls",
    "package_version": "_provenance",
    "peaks_by_dependence": "grains.estimated",
    "phi_by_state": "grains.estimated",
    "pool": "recordings.preprocessing",
    "published": "systems.published",
    "published_system": "systems.published",
    "read_epochs": "recordings.epochs",
    "read_recording": "recordings.readers",
    "read_unit_table": "recordings.cell_explorer",
    "save": "store",
    "scan": "grains.search",
    "scan_recording": "grains.recorded",
    "state_table": "grains.recorded_tables",
    "subset_table": "grains.recorded_tables",
    "subtract_neuropil": "recordings.preprocessing",
    "trial_epochs": "recordings.trial_units",
    "write_nwb": "recordings.nwb_write",
    "zscore": "recordings.preprocessing",
}

__all__ = [*sorted(_HOMES), "__version__"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "__version__":
        from ._provenance import package_version

        return package_version()
    if name in _HOMES:
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value
    from ._checks import did_you_mean

    raise AttributeError(f"module 'causalgrain' has no attribute {name!r}. {did_you_mean(name, __all__)}")


def __dir__() -> list[str]:
    return __all__
