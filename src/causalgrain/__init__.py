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
    from .ensembles.balance import balance
    from .ensembles.balance_sentence import balance_sentence
    from .ensembles.balance_tables import balance_differences, balance_table, condition_table, symmetry_table
    from .ensembles.binned import Binned
    from .ensembles.cell_type import CellTypes, cell_type
    from .ensembles.collapse import Collapse, CollapseError, collapse, collapse_error
    from .ensembles.cooccurrence import Cooccurrence, cooccurrence
    from .ensembles.correlogram import Connections, monosynaptic
    from .ensembles.cumulative import Cumulative, cumulative
    from .ensembles.departure import BalanceOfF, balance_of_f
    from .ensembles.difference import Difference, difference_by_permutation
    from .ensembles.exchange import Exchange, exchange
    from .ensembles.exchange_units import ExchangeTest, exchange_test
    from .ensembles.excursions import Excursions, excursions
    from .ensembles.geometry import EnsembleGeometry, ensemble_geometry
    from .ensembles.ladder import TimeScales, scale_ladder
    from .ensembles.lag import LaggedCorrelation, lagged_correlation
    from .ensembles.neighbourhoods import Neighbourhood, OverSpace, neighbourhoods, over_neighbourhoods
    from .ensembles.nulls import surrogate_trains
    from .ensembles.partition import Partition, partition
    from .ensembles.scale_symmetry import ScaleSymmetry, scale_symmetry
    from .ensembles.subsampling import PopulationCorrelation, extrapolate_correlation
    from .ensembles.synaptic import SynapticCurrent, synaptic_current
    from .ensembles.thinning import ThinningCurve, thinning_curve
    from .ensembles.time_reversal import TimeReversal, time_reversal
    from .ensembles.trains import Trains
    from .ensembles.variance_scaling import VarianceScaling, variance_scaling
    from .ensembles.waveform import WaveformFeatures, waveform_features
    from .ensembles.waveform_mixture import TwoGroups
    from .figures.balance_curves import balance_curves
    from .figures.balance_map import balance_map
    from .figures.cause_effect_space import cause_effect_space
    from .figures.cooccurrence_features import cooccurrence_features
    from .figures.curves import collapse_curves, partition_curves
    from .figures.ei_plane import ei_plane
    from .figures.inhibition_sweep import inhibition_curve
    from .figures.lattice import grain_lattice
    from .figures.raster import raster
    from .figures.repertoires import repertoires
    from .grains.ascent import ascend
    from .grains.ascent_result import Ascent
    from .grains.complexes import GrainComplexes, complexes_over_grains
    from .grains.estimated import admit_dependence, peaks_by_dependence, phi_by_state
    from .grains.order import Lattice, coarsens, lattice
    from .grains.paths import GrainPath, LevelMaximum, grain_path
    from .grains.recorded import scan_recording
    from .grains.recorded_tables import compare_conditions, data_table, state_table, subset_table
    from .grains.search import scan
    from .grains.winners import Winner, Winners, winners
    from .information.causal_emergence import CausalEmergence, causal_emergence
    from .information.causal_path import CausalPath, causal_path, emergent_complexity
    from .information.complexity_over_scales import ComplexityOverScales, emergent_complexity_over_scales
    from .information.dimensions import Dimensions
    from .information.effective import EffectiveInformation, StateDeterminism, effective_information, state_determinism
    from .information.emerge import Emergence, emerge
    from .information.gaussian import GaussianInformation, gaussian_ei
    from .information.gaussian_recorded import gaussian_profile
    from .information.gaussian_reversibility import GaussianReversibility, gaussian_reversibility
    from .information.gaussian_scales import GaussianScale, best_linear_scale, macro_system
    from .information.linear import LinearGaussian
    from .information.linear_fit import LinearFit, linear_fit
    from .information.mutual_information import mutual_information
    from .information.network_macro import NetworkGrain, NetworkGrains, network_macro_scale
    from .information.networks import NetworkEffectiveInformation, network_effective_information
    from .information.partitions import StatePartitions
    from .information.primitives import CausalPrimitives, causal_primitives
    from .information.reversibility import Reversibility, SVDCoarseGraining, reversibility, svd_coarse_graining
    from .information.synergy import EmergenceCriteria, emergence_criteria, emergence_of_samples
    from .information.synergy_recorded import EmergenceGrain, EmergenceGrains, emergence_profile
    from .learned.attribution import Attribution, integrated_gradients
    from .learned.coverage import Coverage, coverage
    from .learned.drift_diffusion import DriftDiffusion, drift_diffusion
    from .learned.fit import fit_scales
    from .learned.fixed_point_doubt import FixedPointAgreement, FixedPointDoubt, compare_fixed_points, fixed_points_of
    from .learned.fixed_points import FixedPoints, fixed_points
    from .learned.interventions import Intervention, intervention_from
    from .learned.landscape import Landscape, landscape
    from .learned.learned_null import LearnedNull, learned_null
    from .learned.learned_scales import LearnedScales
    from .learned.power import CausalPower, causal_power
    from .learned.residence import Residence, residence
    from .learned.residence_model import ResidenceComparison, compare_residence
    from .learned.scale_prediction import ScalePrediction, predicted_by_below
    from .learned.shares import DrivenShare, ScaleShares, driven_share, scale_shares
    from .learned.spline_map import SplineMap, spline_map
    from .learned.spread import Spread, spread_over_members
    from .phi.complexes import Complexes, complexes
    from .phi.mechanisms import MechanismComparison, compare_mechanisms
    from .phi.results import IntegratedInformation
    from .phi.selectivity import Selectivity, concept_distances, selectivity, selectivity_table
    from .phi.system import big_phi
    from .phi.transport import emd
    from .profile import GrainProfile, Invariance, Measure, Peak
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
    from .reproductions.reproduce import reproduce
    from .reproductions.rows import Reproduction
    from .simulate.balanced import balanced_network, demo_recording
    from .simulate.balanced_sweep import population_activity, sweep_inhibition
    from .simulate.mouse import simulated_mouse
    from .store import load, save
    from .systems.coarse import Grain, as_grain
    from .systems.estimate import EstimateInfo, estimate_network
    from .systems.network import Network
    from .systems.published import published, published_system
    from .systems.sufficiency import RecordingCheck, check_recording

_HOMES = {
    "admit_dependence": "grains.estimated",
    "as_grain": "systems.coarse",
    "ascend": "grains.ascent",
    "Ascent": "grains.ascent_result",
    "Attribution": "learned.attribution",
    "balance": "ensembles.balance",
    "balance_curves": "figures.balance_curves",
    "balance_differences": "ensembles.balance_tables",
    "balance_map": "figures.balance_map",
    "balance_of_f": "ensembles.departure",
    "balance_sentence": "ensembles.balance_sentence",
    "balance_table": "ensembles.balance_tables",
    "balanced_network": "simulate.balanced",
    "BalanceOfF": "ensembles.departure",
    "best_linear_scale": "information.gaussian_scales",
    "big_phi": "phi.system",
    "bin_recording": "recordings.preprocessing",
    "binarise": "recordings.preprocessing",
    "Binned": "ensembles.binned",
    "causal_emergence": "information.causal_emergence",
    "causal_path": "information.causal_path",
    "causal_power": "learned.power",
    "causal_primitives": "information.primitives",
    "CausalEmergence": "information.causal_emergence",
    "CausalGrainError": "_errors",
    "CausalGrainWarning": "_errors",
    "CausalPath": "information.causal_path",
    "CausalPower": "learned.power",
    "CausalPrimitives": "information.primitives",
    "cause_effect_space": "figures.cause_effect_space",
    "cell_type": "ensembles.cell_type",
    "CellTypes": "ensembles.cell_type",
    "check_recording": "systems.sufficiency",
    "coarsens": "grains.order",
    "Collapse": "ensembles.collapse",
    "collapse": "ensembles.collapse",
    "collapse_curves": "figures.curves",
    "collapse_error": "ensembles.collapse",
    "CollapseError": "ensembles.collapse",
    "compare_conditions": "grains.recorded_tables",
    "compare_fixed_points": "learned.fixed_point_doubt",
    "compare_mechanisms": "phi.mechanisms",
    "compare_residence": "learned.residence_model",
    "Complexes": "phi.complexes",
    "complexes": "phi.complexes",
    "complexes_over_grains": "grains.complexes",
    "ComplexityOverScales": "information.complexity_over_scales",
    "concept_distances": "phi.selectivity",
    "condition_table": "ensembles.balance_tables",
    "ConditionalDependenceError": "_errors",
    "Connections": "ensembles.correlogram",
    "Cooccurrence": "ensembles.cooccurrence",
    "cooccurrence": "ensembles.cooccurrence",
    "cooccurrence_features": "figures.cooccurrence_features",
    "CostError": "_errors",
    "Coverage": "learned.coverage",
    "coverage": "learned.coverage",
    "Cumulative": "ensembles.cumulative",
    "cumulative": "ensembles.cumulative",
    "data_table": "grains.recorded_tables",
    "delta_f_over_f": "recordings.preprocessing",
    "demo_recording": "simulate.balanced",
    "detrend": "recordings.preprocessing",
    "Difference": "ensembles.difference",
    "difference_by_permutation": "ensembles.difference",
    "Dimensions": "information.dimensions",
    "drift_diffusion": "learned.drift_diffusion",
    "DriftDiffusion": "learned.drift_diffusion",
    "driven_share": "learned.shares",
    "DrivenShare": "learned.shares",
    "effective_information": "information.effective",
    "EffectiveInformation": "information.effective",
    "ei_plane": "figures.ei_plane",
    "emd": "phi.transport",
    "emerge": "information.emerge",
    "Emergence": "information.emerge",
    "emergence_criteria": "information.synergy",
    "emergence_of_samples": "information.synergy",
    "emergence_profile": "information.synergy_recorded",
    "EmergenceCriteria": "information.synergy",
    "EmergenceGrain": "information.synergy_recorded",
    "EmergenceGrains": "information.synergy_recorded",
    "emergent_complexity": "information.causal_path",
    "emergent_complexity_over_scales": "information.complexity_over_scales",
    "ensemble_geometry": "ensembles.geometry",
    "EnsembleGeometry": "ensembles.geometry",
    "Epochs": "recordings.epochs",
    "estimate_network": "systems.estimate",
    "EstimateInfo": "systems.estimate",
    "Exchange": "ensembles.exchange",
    "exchange": "ensembles.exchange",
    "exchange_test": "ensembles.exchange_units",
    "ExchangeTest": "ensembles.exchange_units",
    "Excursions": "ensembles.excursions",
    "excursions": "ensembles.excursions",
    "extrapolate_correlation": "ensembles.subsampling",
    "FileFormatError": "_errors",
    "fit_scales": "learned.fit",
    "fixed_points": "learned.fixed_points",
    "fixed_points_of": "learned.fixed_point_doubt",
    "FixedPointAgreement": "learned.fixed_point_doubt",
    "FixedPointDoubt": "learned.fixed_point_doubt",
    "FixedPoints": "learned.fixed_points",
    "gaussian_ei": "information.gaussian",
    "gaussian_profile": "information.gaussian_recorded",
    "gaussian_reversibility": "information.gaussian_reversibility",
    "GaussianInformation": "information.gaussian",
    "GaussianReversibility": "information.gaussian_reversibility",
    "GaussianScale": "information.gaussian_scales",
    "Grain": "systems.coarse",
    "grain_lattice": "figures.lattice",
    "grain_path": "grains.paths",
    "GrainComplexes": "grains.complexes",
    "GrainPath": "grains.paths",
    "GrainProfile": "profile",
    "inhibition_curve": "figures.inhibition_sweep",
    "InputError": "_errors",
    "integrated_gradients": "learned.attribution",
    "IntegratedInformation": "phi.results",
    "Intervention": "learned.interventions",
    "intervention_from": "learned.interventions",
    "Invariance": "profile",
    "lagged_correlation": "ensembles.lag",
    "LaggedCorrelation": "ensembles.lag",
    "Landscape": "learned.landscape",
    "landscape": "learned.landscape",
    "Lattice": "grains.order",
    "lattice": "grains.order",
    "learned_null": "learned.learned_null",
    "LearnedNull": "learned.learned_null",
    "LearnedScales": "learned.learned_scales",
    "LevelMaximum": "grains.paths",
    "linear_fit": "information.linear_fit",
    "LinearFit": "information.linear_fit",
    "LinearGaussian": "information.linear",
    "load": "store",
    "macro_system": "information.gaussian_scales",
    "Measure": "profile",
    "MechanismComparison": "phi.mechanisms",
    "monosynaptic": "ensembles.correlogram",
    "mutual_information": "information.mutual_information",
    "Neighbourhood": "ensembles.neighbourhoods",
    "neighbourhoods": "ensembles.neighbourhoods",
    "Network": "systems.network",
    "network_effective_information": "information.networks",
    "network_macro_scale": "information.network_macro",
    "NetworkEffectiveInformation": "information.networks",
    "NetworkGrain": "information.network_macro",
    "NetworkGrains": "information.network_macro",
    "null_recording": "recordings.nulls",
    "OutputExistsError": "_errors",
    "over_neighbourhoods": "ensembles.neighbourhoods",
    "OverSpace": "ensembles.neighbourhoods",
    "package_version": "_provenance",
    "Partition": "ensembles.partition",
    "partition": "ensembles.partition",
    "partition_curves": "figures.curves",
    "Peak": "profile",
    "peaks_by_dependence": "grains.estimated",
    "phi_by_state": "grains.estimated",
    "pool": "recordings.preprocessing",
    "population_activity": "simulate.balanced_sweep",
    "PopulationCorrelation": "ensembles.subsampling",
    "predicted_by_below": "learned.scale_prediction",
    "Provenance": "_provenance",
    "published": "systems.published",
    "published_system": "systems.published",
    "raster": "figures.raster",
    "read_epochs": "recordings.epochs",
    "read_recording": "recordings.readers",
    "read_unit_table": "recordings.cell_explorer",
    "Recording": "recordings.recording",
    "RecordingCheck": "systems.sufficiency",
    "repertoires": "figures.repertoires",
    "reproduce": "reproductions.reproduce",
    "Reproduction": "reproductions.rows",
    "Residence": "learned.residence",
    "residence": "learned.residence",
    "ResidenceComparison": "learned.residence_model",
    "Reversibility": "information.reversibility",
    "reversibility": "information.reversibility",
    "save": "store",
    "scale_ladder": "ensembles.ladder",
    "scale_shares": "learned.shares",
    "scale_symmetry": "ensembles.scale_symmetry",
    "ScalePrediction": "learned.scale_prediction",
    "ScaleShares": "learned.shares",
    "ScaleSymmetry": "ensembles.scale_symmetry",
    "scan": "grains.search",
    "scan_recording": "grains.recorded",
    "Selectivity": "phi.selectivity",
    "selectivity": "phi.selectivity",
    "selectivity_table": "phi.selectivity",
    "simulated_mouse": "simulate.mouse",
    "spline_map": "learned.spline_map",
    "SplineMap": "learned.spline_map",
    "Spread": "learned.spread",
    "spread_over_members": "learned.spread",
    "state_determinism": "information.effective",
    "state_table": "grains.recorded_tables",
    "StateDeterminism": "information.effective",
    "StatePartitions": "information.partitions",
    "subset_table": "grains.recorded_tables",
    "subtract_neuropil": "recordings.preprocessing",
    "surrogate_trains": "ensembles.nulls",
    "svd_coarse_graining": "information.reversibility",
    "SVDCoarseGraining": "information.reversibility",
    "sweep_inhibition": "simulate.balanced_sweep",
    "symmetry_table": "ensembles.balance_tables",
    "synaptic_current": "ensembles.synaptic",
    "SynapticCurrent": "ensembles.synaptic",
    "thinning_curve": "ensembles.thinning",
    "ThinningCurve": "ensembles.thinning",
    "time_reversal": "ensembles.time_reversal",
    "TimeReversal": "ensembles.time_reversal",
    "TimeScales": "ensembles.ladder",
    "Trains": "ensembles.trains",
    "trial_epochs": "recordings.trial_units",
    "TwoGroups": "ensembles.waveform_mixture",
    "UnreachableStateError": "_errors",
    "variance_scaling": "ensembles.variance_scaling",
    "VarianceScaling": "ensembles.variance_scaling",
    "waveform_features": "ensembles.waveform",
    "WaveformFeatures": "ensembles.waveform",
    "Winner": "grains.winners",
    "Winners": "grains.winners",
    "winners": "grains.winners",
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
