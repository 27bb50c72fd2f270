"""The room as a whole: every result survives saving, every type and verb is where it is said to be."""

import importlib

import numpy as np
import pytest

import causalgrain as cg
from causalgrain import store

RNG = np.random.default_rng(0)
COUNTS = RNG.poisson(1.0, size=(300, 10)).astype(float)
FLAGS = np.arange(10) > 5
EXC, INH = COUNTS[:, :6].mean(axis=1), COUNTS[:, 6:].mean(axis=1)
SPIKES = [np.sort(RNG.uniform(0, 40, 80)) for _ in range(4)]
TRAINS = cg.Trains.from_units(SPIKES, [0, 0, 1, 1], duration=40.0)
WORDS = cg.Recording.from_spikes(SPIKES, properties={"cell_type": ["pyr", "pyr", "PV", "?"]})
RESULTS = {
    "BalanceOfF": lambda: cg.balance_of_f(EXC, INH),
    "CellTypes": lambda: cg.cell_type(WORDS),
    "Collapse": lambda: cg.collapse(EXC, INH),
    "CollapseError": lambda: cg.collapse_error([cg.collapse(EXC, INH), cg.collapse(EXC[:100], INH[:100])]),
    "Connections": lambda: cg.monosynaptic(SPIKES),
    "Cooccurrence": lambda: cg.cooccurrence(EXC, INH),
    "Cumulative": lambda: cg.cumulative(EXC, INH),
    "Difference": lambda: cg.difference_by_permutation(EXC[:20], INH[:20], rng=0, draws=9),
    "EnsembleGeometry": lambda: cg.ensemble_geometry(EXC, INH),
    "Exchange": lambda: cg.exchange(EXC, INH),
    "ExchangeTest": lambda: cg.exchange_test(COUNTS, FLAGS, draws=9, rng=0),
    "Excursions": lambda: cg.excursions(EXC - INH, width=0.1),
    "LaggedCorrelation": lambda: cg.lagged_correlation(EXC, INH, draws=9),
    "OverSpace": lambda: cg.over_neighbourhoods(len, np.arange(10.0)[:, None], inhibitory=FLAGS, radii=[4.0]),
    "Partition": lambda: cg.partition(COUNTS[:, 0], COUNTS[:, 9]),
    "PopulationCorrelation": lambda: cg.extrapolate_correlation(COUNTS, FLAGS, population=(60, 40)),
    "ScaleSymmetry": lambda: cg.scale_symmetry([EXC - INH, (EXC - INH).reshape(-1, 2).sum(axis=1)], blocks=5, draws=5),
    "SynapticCurrent": lambda: cg.synaptic_current(SPIKES[0], SPIKES[2], segments=[[0, 40]]),
    "ThinningCurve": lambda: cg.thinning_curve(
        COUNTS[:60], FLAGS, lambda e, i: float(e.var()), population=(12, 8), repeats=2, groups=2
    ),
    "TimeReversal": lambda: cg.time_reversal(EXC, INH, draws=9, blocks=5),
    "TimeScales": lambda: cg.TimeScales([0.1, 0.2]),
    "Trains": lambda: TRAINS,
    "Binned": lambda: TRAINS.binned(0.5),
    "VarianceScaling": lambda: cg.variance_scaling(TRAINS, [0.05, 0.1, 0.2, 0.4]),
}


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_survives_saving(name, tmp_path):
    found = RESULTS[name]()
    assert type(found).__name__ == name
    again = cg.load(cg.save(found, tmp_path / "r.h5"))
    assert type(again) is type(found)
    assert repr(again) == repr(found)
    for key, value in vars(found).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(again, key), value)


def test_every_type_of_the_room_is_registered_and_exported():
    homes = [home for home in store.TYPES.items() if home[1].startswith("ensembles.")]
    assert len(homes) > 20
    for name, home in homes:
        assert hasattr(importlib.import_module(f"causalgrain.{home}"), name), name
        assert getattr(cg, name).__module__ == f"causalgrain.{home}"


def test_every_name_of_the_room_can_be_had():
    for name, home in cg._HOMES.items():
        if home.startswith("ensembles."):
            assert getattr(cg, name).__module__ == f"causalgrain.{home}", name
