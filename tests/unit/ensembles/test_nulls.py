"""Surrogates of ensembles: what each keeps, what each destroys, and that a draw follows from (seed, draw) alone."""

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.ensembles.nulls import NULLS, surrogate_draws, surrogate_trains
from causalgrain.ensembles.trains import Trains
from causalgrain.recordings.recording import Recording

SETTINGS = {"dither": {"width": 0.02}}
SEGMENTS = np.array([[0.0, 40.0], [50.0, 80.0], [80.0, 110.0]])


def driven(seed: int, segments: np.ndarray = SEGMENTS, n_units: int = 12) -> Trains:
    """Units that all follow one slow common drive, the last third of them inhibitory."""
    rng = np.random.default_rng(seed)
    spikes = []
    for _ in range(n_units):
        times = rng.uniform(segments[0, 0], segments[-1, 1], 2_000)
        spikes.append(times[rng.random(2_000) < 0.5 * (1.0 + np.sin(2.0 * np.pi * times / 3.7))])
    return Trains.from_units(spikes, np.arange(n_units) >= 2 * n_units // 3, segments=segments)


def rho(trains: Trains, width: float = 0.4) -> float:
    return float(np.corrcoef(*trains.binned(width).dense())[0, 1])


def spread(trains: Trains, width: float = 0.4) -> np.ndarray:
    return np.array([values.std() for values in trains.binned(width).dense()])


@pytest.mark.parametrize("method", list(NULLS))
def test_numbers_of_spikes_stay(method):
    trains = driven(0)
    null = surrogate_trains(trains, method, seed=1, draw=0, **SETTINGS.get(method, {}))
    assert np.bincount(null.unit).tolist() == np.bincount(trains.unit).tolist()
    assert null.segments.tolist() == trains.segments.tolist()
    assert (null.inhibitory == trains.inhibitory).all()
    assert not np.array_equal(null.times, trains.times)
    assert (null.segment_counts.tolist() == trains.segment_counts.tolist()) == (method == "dither")
    if "within" in NULLS[method].settings:
        null = surrogate_trains(trains, method, seed=1, draw=0, within="segment")
        assert np.bincount(null.unit).tolist() == np.bincount(trains.unit).tolist()
        assert null.segment_counts.tolist() == trains.segment_counts.tolist()


@pytest.mark.parametrize("method", list(NULLS))
def test_a_draw_follows_from_seed_and_number_alone(method):
    trains, settings = driven(0), SETTINGS.get(method, {})
    few, many = (list(surrogate_draws(trains, method, n=n, seed=7, **settings)) for n in (2, 4))
    alone = surrogate_trains(trains, method, seed=7, draw=1, **settings)
    assert few[1].hash == many[1].hash == alone.hash
    assert len({null.hash for null in many}) == 4
    assert surrogate_trains(trains, method, seed=8, draw=1, **settings).hash != alone.hash


@pytest.mark.parametrize(
    ("method", "widest"),
    # Two rhythms shifted keep |rho| and lose its sign; permuted intervals leave no rhythm at all.
    [("circular_shift", 0.6), ("ensemble_shift", 0.9), ("isi_pooled", 0.15), ("isi_unit", 0.15)],
)
def test_the_relation_of_the_ensembles_is_lost(method, widest):
    trains = driven(2, np.array([[0.0, 100.0]]))
    assert rho(trains) > 0.9
    null = [rho(surrogate) for surrogate in surrogate_draws(trains, method, n=30, seed=3)]
    assert abs(np.mean(null)) < 4.0 * np.std(null, ddof=1) / np.sqrt(30)
    assert np.std(null) < widest


@pytest.mark.parametrize("method", ["circular_shift", "isi_pooled", "isi_unit"])
def test_within_segments_what_they_share_stays(method):
    segments = np.array([[0.0, 50.0], [70.0, 120.0]])
    rng = np.random.default_rng(0)
    spikes = [np.concatenate([rng.uniform(0, 50, 100), rng.uniform(70, 120, 900)]) for _ in range(4)]
    trains = Trains.from_units(spikes, [0, 0, 1, 1], segments=segments)
    within = [rho(s, 5.0) for s in surrogate_draws(trains, method, n=10, seed=0, within="segment")]
    across = [rho(s, 5.0) for s in surrogate_draws(trains, method, n=30, seed=0)]
    assert min(within) > 0.8
    assert abs(np.mean(across)) < 4.0 * np.std(across, ddof=1) / np.sqrt(30)


def test_permuted_intervals_are_those_of_joined_time():
    trains = driven(5)
    edges = np.array([0.0, 40.0, 70.0])
    for method, kinds in (("isi_pooled", (False, True)), ("isi_unit", (False,))):
        null = surrogate_trains(trains, method, seed=0, draw=0)
        for kind in kinds:
            steps = []
            for which in (trains, null):
                mine = which.is_inhibitory == kind if method == "isi_pooled" else which.unit == 3
                steps.append(np.sort(np.diff((edges[which.segment] + which.local)[mine])))
            np.testing.assert_allclose(steps[1], steps[0], atol=1e-9)


def test_what_is_left_within_the_ensembles():
    trains = driven(2)
    before = spread(trains)
    ensemble = np.mean([spread(s) for s in surrogate_draws(trains, "ensemble_shift", n=10, seed=0)], axis=0)
    np.testing.assert_allclose(ensemble, before, rtol=0.02)
    units = np.mean([spread(s) for s in surrogate_draws(trains, "circular_shift", n=10, seed=0)], axis=0)
    assert (units < 0.75 * before).all()
    fine = surrogate_trains(trains, "dither", seed=0, draw=0, width=0.02)
    assert rho(fine) == pytest.approx(rho(trains), abs=0.02)


def test_an_ensemble_shift_moves_inhibition_alone_and_all_of_it_alike():
    trains = driven(4, np.array([[5.0, 65.0]]))
    null = surrogate_trains(trains, "ensemble_shift", seed=0, draw=0)
    kind, moved = trains.is_inhibitory, null.is_inhibitory
    np.testing.assert_array_equal(null.times[~moved], trains.times[~kind])
    np.testing.assert_array_equal(null.unit[~moved], trains.unit[~kind])
    # One shift of all: steps from spike to spike round the segment are the same, begun elsewhere; so are the units.
    before, after = trains.times[kind], null.times[moved]
    steps, new = (np.diff(times, append=times[0] + 60.0) for times in (before, after))
    turns = [k for k in range(len(steps)) if np.allclose(np.roll(steps, k), new, atol=1e-9)]
    assert len(turns) == 1
    assert turns[0] > 0
    np.testing.assert_array_equal(null.unit[moved], np.roll(trains.unit[kind], turns[0]))


def test_an_ensemble_shift_along_joined_time_keeps_intervals_there():
    trains = driven(4)
    null = surrogate_trains(trains, "ensemble_shift", seed=0, draw=5)

    def joined(which: Trains) -> np.ndarray:
        edges = np.array([0.0, 40.0, 70.0])
        mine = which.is_inhibitory
        return (edges[which.segment] + which.local)[mine]

    steps = [np.diff(j, append=j[0] + 100.0) for j in (joined(trains), joined(null))]
    np.testing.assert_allclose(np.sort(steps[1]), np.sort(steps[0]), atol=1e-9)


def test_the_published_null_permutes_intervals_of_the_pooled_trains():
    trains = driven(5, np.array([[0.0, 60.0]]))
    null = surrogate_trains(trains, "isi_pooled", seed=0, draw=0)
    for kind in (False, True):
        before, after = (np.diff(t.times[t.is_inhibitory == kind]) for t in (trains, null))
        np.testing.assert_allclose(np.sort(after), np.sort(before), atol=1e-9)
        assert not np.allclose(after, before)
        np.testing.assert_array_equal(null.unit[null.is_inhibitory == kind], trains.unit[trains.is_inhibitory == kind])
    # Intervals of one unit are no longer its own, those of the pool are.
    assert not np.allclose(np.sort(np.diff(null.per_unit[0])), np.sort(np.diff(trains.per_unit[0])), atol=1e-6)


def test_intervals_of_each_unit():
    trains = driven(5, np.array([[0.0, 60.0]]))
    null = surrogate_trains(trains, "isi_unit", seed=0, draw=0)
    for before, after in zip(trains.per_unit, null.per_unit, strict=True):
        np.testing.assert_allclose(np.sort(np.diff(after)), np.sort(np.diff(before)), atol=1e-9)


def test_a_shift_within_segments_keeps_their_counts():
    trains = driven(6)
    null = surrogate_trains(trains, "circular_shift", seed=0, draw=0, within="segment")
    assert null.segment_counts.tolist() == trains.segment_counts.tolist()
    across = surrogate_trains(trains, "circular_shift", seed=0, draw=0)
    assert across.segment_counts.tolist() != trains.segment_counts.tolist()


@pytest.mark.parametrize("method", ["circular_shift", "ensemble_shift", "isi_pooled", "isi_unit"])
def test_counts_stay_in_whole_samples(method):
    rng = np.random.default_rng(0)
    recording = Recording(rng.poisson(0.3, (400, 4)), 30.0, list("abcd"), kind="counts", start=3.0)
    trains = Trains.of(recording, ["d"])
    null = trains
    for draw in range(20):
        null = surrogate_trains(trains, method, seed=0, draw=draw)
        samples = (null.times - 3.0) * 30.0
        np.testing.assert_allclose(samples, np.round(samples), atol=1e-6)
        assert null.binned(1 / 30).n_bins == 400
    if method == "circular_shift":
        values = recording.values
        assert values is not None
        found = [np.bincount(np.round((t - 3.0) * 30.0).astype(int), minlength=400) for t in null.per_unit]
        for unit, counts in enumerate(found):
            assert any(np.array_equal(np.roll(values[:, unit], k), counts) for k in range(400))


def test_what_each_null_says_of_itself():
    assert list(NULLS) == ["circular_shift", "ensemble_shift", "isi_pooled", "isi_unit", "dither"]
    assert NULLS["circular_shift"].settings == ("within", "min_shift")
    assert all(null.keeps and null.destroys for null in NULLS.values())
    assert "excitatory against the inhibitory" in NULLS["ensemble_shift"].destroys


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        ("circular", {}, "Did you mean 'circular_shift'"),
        ("circular_shift", {"min_shft": 1.0}, "Did you mean 'min_shift'"),
        ("dither", {}, "settings of dither: expected a value for 'width', in s, got none"),
        ("dither", {"width": -0.1}, "width: expected a number"),
        ("ensemble_shift", {"min_shift": 50.0}, r"less than half of all segments together \(100 s\), got 50 s"),
        ("ensemble_shift", {"min_shift": "a"}, "min_shift: expected a number"),
        ("circular_shift", {"within": "trial"}, "within: expected one of 'all', 'segment'"),
    ],
)
def test_settings_that_are_refused(method, settings, message):
    with pytest.raises(InputError, match=message):
        surrogate_trains(driven(0), method, seed=0, draw=0, **settings)


def test_numbers_of_draws_and_counts_that_are_refused():
    with pytest.raises(InputError, match="n: expected a whole number of surrogates >= 0"):
        surrogate_draws(driven(0), n=-1, seed=0)
    with pytest.raises(InputError, match="seed: expected a seed"):
        surrogate_trains(driven(0), seed=-1, draw=0)
    counts = Trains.of(Recording([[1, 0], [0, 2]], 1.0, ["a", "b"], kind="counts"), ["b"])
    with pytest.raises(InputError, match="expected a null for counts, got 'dither'"):
        surrogate_trains(counts, "dither", seed=0, draw=0, width=0.1)
