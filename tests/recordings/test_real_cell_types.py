"""Cell types of recordings that nobody here made: tagged cells, olfactory units, tetrode units with connections."""

import numpy as np
import pytest

from causalgrain._errors import CausalGrainWarning, InputError
from causalgrain.ensembles.cell_type import cell_type
from causalgrain.ensembles.correlogram import monosynaptic
from causalgrain.ensembles.waveform import waveform_features
from causalgrain.ensembles.waveform_mixture import NARROW, REFERENCE, reference_log_odds, with_prior
from causalgrain.recordings.cell_explorer import read_unit_table
from causalgrain.recordings.readers import read_recording

KINDS = {"PV": "fast spiking", "PV + VGAT": "fast spiking", "Axo_Axonic": "fast spiking", "SST": "SST"}
KINDS |= {"VIP": "VIP and other", "VGAT": "VIP and other", "Pyramidal": "excitatory", "Juxta": "excitatory"}
TYPES = "cell_type_ground_truth"


@pytest.fixture(scope="module")
def tagged(data_folder):
    """Session, class, kind, our trough to peak and the file's of every ground-truth cell."""
    rows = []
    for path in sorted((data_folder / TYPES).glob("*.cell_metrics.cellinfo.mat")):
        for _, cell in read_unit_table(path).iterrows():
            rate = 1e3 / float(np.median(np.diff(cell["waveform_time"])))
            seen = waveform_features(cell["waveform"][None], rate=rate).trough_to_peak[0]
            rows.append((path.name, cell["ground_truth"], KINDS[cell["ground_truth"]], seen, cell["trough_to_peak"]))
    return [np.array(column) for column in zip(*rows, strict=True)]


def fit(kinds, lengths):
    made = {}
    for kind in dict.fromkeys(KINDS.values()):
        x = np.log(lengths[(kinds == kind) & np.isfinite(lengths)])
        made[kind] = (len(x), x.mean(), x.std(ddof=1) if len(x) > 1 else 0.0)
    return made


def test_our_widths_are_the_files_widths(tagged):
    """CellExplorer's troughToPeak, which is rounded to 10 us: apart by less than a sample, but for one flat peak."""
    _, _, _, ours, theirs = tagged
    known = np.isfinite(ours)
    assert known.sum() == 42  # of 43; one waveform ends .5 ms after its trough
    apart = np.abs(ours - theirs)[known]
    assert np.median(apart) < 0.006
    assert np.sort(apart)[-2] < 0.02


def test_the_shipped_calibration_is_what_these_cells_say(tagged):
    _, _, kinds, ours, theirs = tagged
    for kind, (n, mean, spread) in fit(kinds, ours).items():
        assert REFERENCE[kind] == (n, round(mean, 4), round(spread, 4))
        narrow = np.where(np.isfinite(ours), ours, theirs)[kinds == kind] < 0.425
        assert NARROW[kind] == (narrow.sum(), len(narrow))


def test_tagged_cells_left_out_session_by_session(tagged):
    """Right in 33 of 36 with a prior of .2; wrong are an axo-axonic, a VGAT and a VIP cell with wide spikes."""
    sessions, classes, kinds, ours, _ = tagged
    p = np.full(len(ours), np.nan)
    for session in np.unique(sessions):
        out = sessions == session
        p[out] = with_prior(reference_log_odds(ours[out], reference=fit(kinds[~out], ours[~out])), 0.2)
    known = np.isfinite(p) & (classes != "Juxta")
    truth = kinds != "excitatory"
    wrong = known & ((p >= 0.5) != truth)
    assert known.sum() == 36
    assert sorted(classes[wrong]) == ["Axo_Axonic", "VGAT", "VIP"]
    assert np.mean((p - truth)[known] ** 2) < 0.09
    assert (p[(classes == "PV")] > 0.85).all()
    assert (p[(classes == "Pyramidal")] < 0.1).all()


def test_the_reader_and_the_verb(data_folder):
    """Four axo-axonic cells: tagged labels decide; one has a wide spike, which is told."""
    path = data_folder / TYPES / "mouse3_180628.cell_metrics.cellinfo.mat"
    with pytest.warns(CausalGrainWarning, match="No excitatory unit"):
        types = cell_type(read_recording(path), by="combined")
    assert (types.probability == 1.0).all()
    assert types.reason[0] == "label inhibitory, waveform excitatory"
    assert not any(types.reason[1:])
    by_waveform = cell_type(read_recording(path), by="waveform")
    assert by_waveform.labels() == ("excitatory", "inhibitory", "inhibitory", "inhibitory")


@pytest.fixture(scope="module")
def olfactory(data_folder):
    """The largest experiment of each file; the files don't tell at which rate waveforms were sampled."""
    return [read_recording(path) for path in sorted((data_folder / "mouse_olfactory_units").glob("*.mat"))]


@pytest.mark.parametrize(("rate", "shares"), [(20_000, (0.31, 0.36, 0.38)), (30_000, (0.81, 0.90, 0.89))])
def test_olfactory_units_are_not_the_references(olfactory, rate, shares):
    """Their spikes are narrower at any rate that may be: the reference calls too many inhibitory, and says so."""
    for recording, share in zip(olfactory, shares, strict=True):
        with pytest.warns(CausalGrainWarning, match="another filter, area or a wrong waveform_rate"):
            assert cell_type(recording, waveform_rate=rate).headline == pytest.approx(share, abs=0.006)
    with pytest.raises(InputError, match="waveform_rate=30000"):
        cell_type(olfactory[0])


def test_olfactory_units_need_more_than_three_experiments(olfactory):
    """130 units don't show the two groups that all 677 show (benchmarks/cell_types.py)."""
    with pytest.warns(CausalGrainWarning, match="don't fall into two groups"):
        types = cell_type(olfactory[0], calibration="pooled", waveform_rate=20_000, pool=olfactory[1:])
    assert types.notes[0].startswith("pooled fit of 130 units: 67% narrow, about 0.46 ms against 0.61 ms")


def test_tetrode_units(data_folder):
    """One clear excitatory pair, u8 to u11, 1 ms apart; units that share spikes across tetrodes are left alone."""
    recording = read_recording(data_folder / "monosynaptic_units" / "all_unit.mat")
    found = monosynaptic(recording.spikes or (), units=recording.labels)
    assert (found.q_excess[8, 11], found.q_excess[11, 8]) == (pytest.approx(0.0037, abs=0.0005), 1.0)
    assert found.strength[8, 11] == pytest.approx(0.041, abs=0.001)
    assert ("u0", "u12") in found.doubles
    assert not found.inhibitory.any()
    with pytest.warns(CausalGrainWarning, match="No inhibitory unit"):
        types = cell_type(recording, by="correlogram")
    assert types.labels()[8] == "excitatory"


def test_a_unit_listed_twice(data_folder):
    """Two clusters of the run-and-rest recording have 2,171 of their spikes in common."""
    recording = read_recording(
        data_folder / "hippocampus_run_rest" / "wmaze_spikes.mat", units=["10-7", "10-20", "1-1"]
    )
    found = monosynaptic(recording.spikes or (), segments=recording.segments, units=recording.labels)
    assert {"10-7", "10-20"} == set(found.doubles[0])
