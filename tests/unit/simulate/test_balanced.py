"""The balanced network: cells and synapses against closed forms, the network against a slow oracle, regimes by law."""

import hashlib
import warnings
from dataclasses import replace

import numpy as np
import pytest

from causalgrain._errors import CausalGrainWarning, InputError
from causalgrain.recordings.recording import Recording
from causalgrain.simulate import balanced_engine as engine
from causalgrain.simulate.balanced import balanced_network, demo_recording
from causalgrain.simulate.balanced_settings import REGIMES, NetworkSettings
from causalgrain.simulate.balanced_sweep import population_activity, sweep_inhibition
from causalgrain.simulate.kernels.integrate import ADAPTATION, EXCITATORY, INHIBITORY, POTENTIAL, WAIT, advance

DT = 1e-4
ALONE = NetworkSettings(inputs=0.0, settle=0.0)


def quiet(*args, **settings):
    return balanced_network(*args, progress=False, **settings)


def spikes_hash(recording):
    digest = hashlib.sha256()
    for train in recording.spikes:
        digest.update(train.tobytes() + b"|")
    return digest.hexdigest()


@pytest.fixture(scope="module")
def sustained():
    return quiet("self-sustained", duration=10.0, seed=3)


# -- one cell --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("g", [0.21, 0.3, 1.0, 7.0])
def test_constant_conductance_gives_the_closed_form_interval(g):
    sim = quiet("driven", cells=2, share_inhibitory=0.5, duration=2.0, settings=replace(ALONE, tonic=g))
    tau, aim = 20e-3 / (1.0 + g), -60.0 / (1.0 + g)  # aim = (E_L + g E_e) / (1 + g)
    rise = tau * np.log((aim + 60.0) / (aim + 50.0))
    expected = 5e-3 + np.ceil(rise / DT) * DT
    for train in sim.recording.spikes:
        gaps = np.diff(train)
        assert len(gaps) > 10
        np.testing.assert_allclose(gaps, expected, atol=1e-9)


def test_below_rheobase_a_cell_is_silent():
    sim = quiet("driven", cells=2, duration=1.0, settings=replace(ALONE, tonic=0.19))  # needs g > 10 / 50
    assert all(len(train) == 0 for train in sim.recording.spikes)


def kernel_run(settings, state, wires, n_excitatory, steps, *, fired_before=(), efficacy=None, events=()):
    """One step at a time, so that every state can be seen: (states of all steps, spikes)."""
    cells, delay = state.shape[1], max(1, round(settings.delay / DT))
    pending, n_pending = np.zeros((delay, cells), np.int32), np.zeros(delay, np.int64)
    for k, cell in enumerate(fired_before):  # as if fired in the step before the first
        pending[delay - 1, k] = cell
        n_pending[delay - 1] = k + 1
    eff = np.ones((2, steps)) if efficacy is None else efficacy
    states, spikes = [], []
    out_step, out_cell = np.empty(cells, np.int64), np.empty(cells, np.int32)
    for step in range(steps):
        hits = np.array([cell for when, cell in events if when == step], dtype=np.int32)
        fired = advance(
            state, pending, n_pending, step, *wires, n_excitatory, engine.constants(settings, DT),
            np.ascontiguousarray(eff[:, step : step + 1]), np.array([0, len(hits)]), hits, out_step, out_cell,
        )  # fmt: skip
        states.append(state.copy())
        spikes += [(int(s), int(c)) for s, c in zip(out_step[:fired], out_cell[:fired], strict=True)]
    return np.array(states), spikes


def psp(t, weight, tau_s, reversal):
    """V(t) after a jump of conductance at 0 from rest at -60: integrating factor, by quadrature."""
    from scipy.integrate import quad

    tau = 20e-3

    def log_factor(s):
        return s / tau + weight * tau_s / tau * (1.0 - np.exp(-s / tau_s))

    def inside(s):
        return (-60.0 - reversal) / tau * np.exp(log_factor(s) - log_factor(t))

    return reversal + np.exp(-log_factor(t)) * (-60.0 - reversal) + quad(inside, 0.0, t, epsabs=1e-11)[0]


def test_excitatory_potential_has_its_closed_form():
    state = np.zeros((5, 1))
    state[POTENTIAL] = -60.0
    settings = replace(ALONE, drive_weight=0.4)
    states, spikes = kernel_run(
        settings, state, (np.zeros(2, np.int64), np.empty(0, np.int32)), 1, 400, events=[(0, 0)]
    )
    assert not spikes
    expected = [psp((k + 1) * DT, 0.4, 5e-3, 0.0) for k in range(0, 400, 7)]
    np.testing.assert_allclose(states[::7, POTENTIAL, 0], expected, atol=2e-4)
    assert states[:, POTENTIAL, 0].argmax() == pytest.approx(91, abs=4)  # small jumps: ln 4 / 150 s = 9.24 ms


@pytest.mark.parametrize("delay", [1, 3, 8])
def test_inhibitory_potential_comes_after_the_delay(delay):
    settings = replace(ALONE, inhibitory_weight=2.0, delay=delay * DT)
    state = np.zeros((5, 2))
    state[POTENTIAL] = -60.0
    wires = np.array([0, 1, 1]), np.array([1], np.int32)  # cell 0 inhibits cell 1
    states, _ = kernel_run(settings, state, wires, 0, 300, fired_before=[0])
    first = delay - 1  # fired in step -1, felt in step delay - 1
    assert (states[:first, POTENTIAL, 1] == -60.0).all()
    expected = [psp((k + 1) * DT, 2.0, 10e-3, -80.0) for k in range(0, 200, 9)]
    np.testing.assert_allclose(states[first : first + 200 : 9, POTENTIAL, 1], expected, atol=2e-4)
    assert (states[:, POTENTIAL, 0] == -60.0).all()


def test_adaptation_is_of_excitatory_cells_and_decays():
    settings = replace(ALONE, adaptation=0.3, tau_adaptation=0.1)
    state = np.zeros((5, 2))
    state[POTENTIAL] = -49.0
    states, spikes = kernel_run(settings, state, (np.zeros(3, np.int64), np.empty(0, np.int32)), 1, 101)
    assert spikes == [(0, 0), (0, 1)]
    assert states[0, ADAPTATION].tolist() == [0.3, 0.0]
    assert states[100, ADAPTATION, 0] == pytest.approx(0.3 * np.exp(-0.1))
    assert states[100, POTENTIAL, 0] < -60.0  # towards -80
    assert states[100, POTENTIAL, 1] == -60.0


# -- the network against an oracle -----------------------------------------------------------------------------------


def oracle(settings, state, matrix, n_excitatory, steps, efficacy, events):
    """The same equations with a dense matrix, cell by cell in plain Python."""
    from math import exp, sqrt

    s, n, tau = settings, len(matrix), settings.tau_membrane
    cells = [{"v": state[0, c], "e": 0.0, "i": 0.0, "a": 0.0, "until": -1} for c in range(n)]
    delay, history, found = round(s.delay / DT), {}, []
    keep = {"e": exp(-DT / s.tau_excitatory), "i": exp(-DT / s.tau_inhibitory), "a": exp(-DT / s.tau_adaptation)}
    for step in range(steps):
        for source in history.get(step - delay, []):
            for c in range(n):
                if matrix[source, c] and source < n_excitatory:
                    cells[c]["e"] += s.excitatory_weight
                elif matrix[source, c]:
                    cells[c]["i"] += s.inhibitory_weight * efficacy[0 if c < n_excitatory else 1, step]
        for when, c in events:
            if when == step:
                cells[c]["e"] += s.drive_weight
        history[step] = []
        for c, cell in enumerate(cells):
            g = {k: cell[k] * sqrt(keep[k]) for k in keep}
            e = g["e"] + s.tonic
            total = 1.0 + e + g["i"] + g["a"]
            aim = (s.leak_reversal + e * s.excitatory_reversal + g["i"] * s.inhibitory_reversal) / total
            aim += g["a"] * s.adaptation_reversal / total
            x = DT * total / (2.0 * tau)
            if step > cell["until"]:
                cell["v"] = aim + (cell["v"] - aim) * (1.0 - x) / (1.0 + x)
            else:
                cell["v"] = s.reset
            for k in keep:
                cell[k] *= keep[k]
            if cell["v"] >= s.threshold:
                cell["v"], cell["until"] = s.reset, step + round(s.refractory / DT)
                cell["a"] += s.adaptation if c < n_excitatory else 0.0
                history[step].append(c)
                found.append((step, c))
    return found


def test_a_network_does_what_the_oracle_says():
    settings = replace(
        ALONE, refractory=0.002, delay=5 * DT, adaptation=0.05, tau_adaptation=0.02, tonic=0.1, drive_weight=1.0
    )
    rng = np.random.default_rng(5)
    n, n_excitatory, steps = 24, 18, 600
    matrix = rng.random((n, n)) < 0.3
    wires = np.concatenate([[0], np.cumsum(matrix.sum(axis=1))]), np.nonzero(matrix)[1].astype(np.int32)
    events = [(int(t), int(c)) for t, c in zip(rng.integers(0, steps, 300), rng.integers(0, n, 300), strict=True)]
    efficacy = np.array([np.linspace(1.0, 0.2, steps), np.linspace(0.5, 1.0, steps)])
    state = np.zeros((5, n))
    state[POTENTIAL] = rng.uniform(-60.0, -50.0, n)
    expected = oracle(settings, state.copy(), matrix, n_excitatory, steps, efficacy, events)
    _, spikes = kernel_run(settings, state.copy(), wires, n_excitatory, steps, efficacy=efficacy, events=events)
    assert len(expected) > 60
    assert {c < n_excitatory for _, c in expected} == {True, False}
    assert spikes == expected


def test_stretches_join_without_a_seam(monkeypatch):
    settings = replace(REGIMES["self-sustained"], delay=7 * DT, kick=0.0, tonic=0.4)
    wires = engine.wiring(engine.positions(300, 1), 80.0, 0.0, 1)
    runs = []
    for chunk in (0.1, 0.0013):
        monkeypatch.setattr(engine, "CHUNK", chunk)
        runs.append(engine.run(settings, wires, 240, np.full((2, 1000), 0.3), dt=DT, seed=1, progress=False))
    assert len(runs[0].steps) > 1000
    assert (runs[0].steps == runs[1].steps).all()
    assert (runs[0].cells == runs[1].cells).all()


def test_state_rows_are_what_they_are_called():
    state = np.zeros((5, 1))
    state[POTENTIAL] = -49.0
    states, _ = kernel_run(
        replace(ALONE, drive_weight=0.5), state, (np.zeros(2, np.int64), np.empty(0, np.int32)), 1, 3, events=[(1, 0)]
    )
    assert states[0, WAIT, 0] == 50.0
    assert states[2, WAIT, 0] == 48.0
    assert states[1, EXCITATORY, 0] == pytest.approx(0.5 * np.exp(-0.02))
    assert (states[:, INHIBITORY] == 0.0).all()


# -- wiring, drive, recording ----------------------------------------------------------------------------------------


def test_wiring_has_its_mean_and_no_self_or_double():
    place = engine.positions(1000, 4)
    starts, targets = engine.wiring(place, 80.0, 0.0, 4)
    sources = np.repeat(np.arange(1000), np.diff(starts))
    assert len(targets) == pytest.approx(80_000, abs=5 * np.sqrt(80_000))
    assert (sources != targets).all()
    assert len(np.unique(sources * 1000 + targets)) == len(targets)
    near_starts, near = engine.wiring(place, 80.0, 200.0, 4)
    assert len(near) == pytest.approx(80_000, rel=0.03)
    gap = np.abs(place[np.repeat(np.arange(1000), np.diff(near_starts))] - place[near])
    gap = np.minimum(gap, 2000.0 - gap)
    assert np.sqrt((gap**2).mean()) == pytest.approx(200.0, rel=0.1)  # of each coordinate
    everyone = engine.wiring(engine.positions(20, 0), 80.0, 0.0, 0)[1]
    assert len(everyone) == 20 * 19


def test_common_rate_is_an_ornstein_uhlenbeck_process():
    settings = replace(ALONE, drive_rate=50.0, common=0.2, tau_common=0.02)
    rates = engine.drive_rates(settings, DT, 2_000_000, 0)[::10]  # held for 1 ms
    effective = 200.0 / (2 * 0.02)  # independent samples in 200 s
    assert rates.mean() == pytest.approx(50.0, abs=5 * 10.0 / np.sqrt(effective))
    assert rates.std() == pytest.approx(10.0, rel=5 / np.sqrt(effective))
    deviation = rates - rates.mean()
    assert (deviation[20:] * deviation[:-20]).mean() / rates.var() == pytest.approx(np.exp(-1.0), abs=0.06)
    kicked = engine.drive_rates(replace(ALONE, kick=0.01, kick_rate=7.0), DT, 200, 0)
    assert (kicked[:100] == 7.0).all()
    assert (kicked[100:] == 0.0).all()


def test_counts_labels_and_types_are_as_asked():
    sim = quiet("driven", cells=500, share_inhibitory=0.3, duration=0.5, record=(40, 15), seed=9)
    recording, truth = sim.recording, sim.truth
    assert (truth.n_excitatory, truth.n_inhibitory) == (350, 150)
    assert recording.properties["cell_type"].tolist() == ["E"] * 40 + ["I"] * 15
    cells = recording.properties["cell"]
    assert (np.diff(cells) > 0).all()
    assert (cells == truth.recorded).all()
    assert recording.labels == tuple(f"E{c}" if c < 350 else f"I{c - 350}" for c in cells)
    assert recording.properties["position"].shape == (55, 2)
    assert recording.properties["position"].max() < np.sqrt(500 / 250e-6)
    assert recording.conditions == ("driven",)
    assert recording.duration == pytest.approx(0.5)
    assert any("55 of 500 cells" in note for note in recording.notes)


def test_same_seed_same_bytes_and_recording_changes_nothing():
    settings = {"cells": 300, "duration": 0.6}
    whole, again, other = (quiet("driven", seed=seed, **settings).recording for seed in (2, 2, 3))
    assert spikes_hash(whole) == spikes_hash(again) != spikes_hash(other)
    part = quiet("driven", seed=2, record=(30, 10), **settings).recording
    for k, cell in enumerate(part.properties["cell"]):
        assert np.array_equal(part.spikes[k], whole.spikes[cell])
    assert np.array_equal(part.properties["position"], whole.properties["position"][part.properties["cell"]])


def test_truth_counts_all_cells(sustained):
    truth, trains = sustained.truth, sustained.recording.spikes
    e, i = (np.histogram(np.concatenate(t), np.arange(101) * 0.1)[0] for t in (trains[:3200], trains[3200:]))
    times, rate_e, rate_i = truth.time_course(0.1)
    np.testing.assert_allclose(times[[0, -1]], [0.05, 9.95])
    np.testing.assert_allclose(rate_e, e / 320.0)
    np.testing.assert_allclose(rate_i, i / 80.0)
    assert truth.rates["self-sustained"] == pytest.approx((e.sum() / 32_000, i.sum() / 8_000))
    assert truth.correlation(0.1) == pytest.approx(np.corrcoef(e, i)[0, 1])
    with pytest.raises(InputError, match="multiple"):
        truth.counts(0.007)


# -- regimes ---------------------------------------------------------------------------------------------------------


def test_self_sustained_activity_is_irregular_and_correlated_as_known(sustained):
    activity = population_activity(sustained.recording)
    assert np.isnan(sustained.truth.died)
    assert activity.correlation == pytest.approx((0.73, 0.85, 0.87), abs=0.05)  # known of 4,000 cells, 5/20/50 ms
    assert activity.cv_excitatory > 1.0
    assert 10.0 < activity.rate_excitatory < 30.0
    assert activity.synchrony < 0.1


def test_an_array_sees_little_of_the_correlation(sustained):
    rng = np.random.default_rng(0)
    found = []
    for _ in range(20):
        units = [*rng.choice(3200, 80, replace=False), *(3200 + rng.choice(800, 20, replace=False))]
        found.append(population_activity(sustained.recording.select([int(u) for u in units])).correlation)
    assert (np.mean(found, axis=0) < 0.2).all()
    assert (np.mean(found, axis=0) > 0.0).all()


def test_a_small_network_dies_and_says_so():
    with pytest.warns(CausalGrainWarning, match="died out"):
        sim = quiet("self-sustained", cells=800, duration=3.0, seed=1)
    assert sim.truth.died < 2.5
    assert max(train[-1] for train in sim.recording.spikes if len(train)) == pytest.approx(sim.truth.died)
    assert any("died out" in note for note in sim.recording.notes)
    assert sim.recording.duration == pytest.approx(3.0)


def test_driven_activity_ends_with_its_drive():
    settings = replace(REGIMES["driven"], drive_rate=0.0, kick=0.5, kick_rate=300.0, settle=0.2)
    with pytest.warns(CausalGrainWarning, match="died out"):
        died = quiet("driven", duration=2.0, cells=2000, settings=settings).truth.died
    assert 0.29 < died < 0.4  # the drive ends at .3 s


def test_a_common_drive_makes_zero_lag_correlation_without_any_connection():
    settings = replace(REGIMES["driven"], inputs=0.0, drive_rate=60.0, common=0.5)
    activity = population_activity(quiet("driven", cells=1000, duration=4.0, settings=settings).recording)
    assert min(activity.correlation) > 0.84


def test_without_connections_cells_are_independent():
    settings = replace(REGIMES["driven"], inputs=0.0, drive_rate=80.0, common=0.0)
    recording = quiet("driven", cells=500, share_inhibitory=0.4, duration=20.0, settings=settings, seed=1).recording
    activity = population_activity(recording, widths=[0.02])
    assert activity.rate_excitatory == pytest.approx(activity.rate_inhibitory, rel=0.05)
    assert abs(activity.correlation[0]) < 4.0 / np.sqrt(1000)
    assert activity.synchrony == pytest.approx(1.0 / np.sqrt(500), rel=0.1)


def test_no_spike_in_refractory_time():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CausalGrainWarning)
        recording = quiet("self-sustained", cells=400, duration=0.5, inhibition=0.0).recording
    gaps = np.concatenate([np.diff(train) for train in recording.spikes])
    assert gaps.min() > 0.0051 - 1e-9  # 5 ms held, the threshold reached in the next step at the earliest
    assert gaps.min() < 0.0055


def test_up_and_down_states_alternate():
    truth = quiet("up-down", cells=2000, duration=10.0, seed=0).truth
    _, e, _ = truth.time_course(0.02)
    down, up = e < 0.5, e > 5.0
    assert 0.15 < down.mean() < 0.85
    assert up.mean() > 0.15
    turns = np.diff(down[down | up].astype(int))
    assert 5 < (turns == 1).sum() < 40  # falls into silence in 10 s


@pytest.fixture(scope="module")
def seizure():
    return quiet("seizure", cells=2000, duration=12.0, seed=1)


def test_failed_inhibition_breaks_balance_between_its_onset_and_end(seizure):
    truth = seizure.truth
    assert truth.failure == pytest.approx((5.0, 7.0))
    assert seizure.recording.conditions == ("baseline", "seizure", "recovery")
    np.testing.assert_allclose(seizure.recording.epochs.rows["seizure"], [truth.failure])
    times, e, i = truth.time_course(0.1)
    calm = times < 5.0
    apart = e / e[calm].mean() - i / i[calm].mean()
    broken = np.flatnonzero(np.abs(apart) > 2.0 * np.abs(apart[calm]).max())
    assert 5.0 < times[broken[0]] < 6.0
    assert 6.5 < times[broken[-1]] < 8.0
    baseline, fit, after = (truth.rates[name] for name in ("baseline", "seizure", "recovery"))
    assert fit[0] / fit[1] > 1.5 * baseline[0] / baseline[1]
    assert after == pytest.approx(baseline, rel=0.1)


def test_nothing_differs_before_the_failure(seizure):
    whole = replace(REGIMES["seizure"], failed_efficacy=1.0)
    other = quiet("seizure", cells=2000, duration=12.0, seed=1, settings=whole)
    assert other.truth.failure is None
    bins = 1001  # the first bin of the failure's onset is at 5 s
    assert np.array_equal(seizure.truth.excitatory[: bins - 1], other.truth.excitatory[: bins - 1])
    assert not np.array_equal(seizure.truth.excitatory[bins:1100], other.truth.excitatory[bins:1100])


def test_the_demo_shows_the_seizure_to_an_array():
    recording = demo_recording(0, progress=False)
    kinds = recording.properties["cell_type"]
    assert ((kinds == "E").sum(), (kinds == "I").sum()) == (80, 20)
    assert recording.duration == pytest.approx(60.0)
    spans = {name: tuple(recording.epochs.rows[name][0]) for name in recording.conditions}
    assert spans["seizure"] == pytest.approx((25.0, 35.0))
    calm, fit = (population_activity(recording, span=spans[name]) for name in ("baseline", "seizure"))
    assert fit.rate_excitatory > 2.0 * calm.rate_excitatory
    assert fit.correlation[1] > calm.correlation[1] + 0.3


# -- measures and the sweep ------------------------------------------------------------------------------------------


def test_activity_of_poisson_trains_is_known():
    rng = np.random.default_rng(8)
    trains = [np.sort(rng.uniform(0.0, 100.0, rng.poisson(1000))) for _ in range(60)]
    kinds = ["E"] * 40 + ["I"] * 20
    activity = population_activity(Recording.from_spikes(trains, duration=100.0, properties={"cell_type": kinds}))
    assert activity.rate_excitatory == pytest.approx(10.0, abs=4 * np.sqrt(10 / 4000))
    assert activity.cv_excitatory == pytest.approx(1.0, abs=0.02)
    assert activity.synchrony == pytest.approx(1.0 / np.sqrt(60), rel=0.03)
    assert np.abs(activity.correlation).max() < 4.0 / np.sqrt(2000)
    early = population_activity(
        Recording.from_spikes(trains, duration=100.0, properties={"cell_type": kinds}), span=(10.0, 11.0)
    )
    assert early.rate_inhibitory == pytest.approx(sum(((t >= 10) & (t < 11)).sum() for t in trains[40:]) / 20)


def test_the_sweep_is_made_of_single_runs():
    sweep = sweep_inhibition([0.3, 1.0, 3.0], regime="seizure", cells=400, duration=1.0, seed=5, progress=False)
    assert sweep.correlation.shape == (3, 3)
    assert (np.diff(sweep.rate_excitatory) < 0.0).all()
    whole = replace(REGIMES["seizure"], failed_efficacy=1.0)
    single = quiet("seizure", cells=400, duration=1.0, seed=5, inhibition=3.0, settings=whole)
    activity = population_activity(single.recording)
    assert sweep.rate_inhibitory[2] == activity.rate_inhibitory
    assert sweep.correlation[2].tolist() == list(activity.correlation)
    assert not sweep.correlation.flags.writeable


def test_the_sweep_says_where_activity_died():
    sweep = sweep_inhibition([0.0, 1.0], cells=400, duration=1.0, progress=False)
    assert np.isfinite(sweep.died).tolist() == [False, True]
    assert "died" in repr(sweep)
    assert sweep.rate_excitatory[1] == 0.0
    assert np.isnan(sweep.correlation[1]).all()


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"regime": "siezure"}, "Did you mean 'seizure'"),
        ({"cells": 1}, "cells"),
        ({"share_inhibitory": 1.2}, "share_inhibitory"),
        ({"duration": 0.0}, "duration"),
        ({"seed": -1}, "seed"),
        ({"inhibition": -0.5}, "inhibition"),
        ({"record": "some"}, "record"),
        ({"record": (500, 1)}, "units"),
        ({"record": (0, 0)}, "at least one unit"),
        ({"dt": 0.002}, "dt"),
        ({"dt": 0.001, "settings": replace(ALONE, tau_excitatory=0.002)}, "shortest time constant"),
        ({"failure": (1.0, 2.0)}, 'regime="seizure"'),
        ({"regime": "seizure", "duration": 2.0}, "apart"),
        ({"regime": "seizure", "failure": (30.0, 20.0)}, "onset < end"),
        ({"regime": "seizure", "failure": 25.0}, "onset and end"),
        ({"settings": {"tau_membrane": 0.01}}, "NetworkSettings"),
    ],
)
def test_errors_say_what_to_do(wrong, said):
    with pytest.raises(InputError, match=said):
        quiet(**({"cells": 100} | wrong))


def test_settings_are_checked():
    with pytest.raises(InputError, match="threshold"):
        NetworkSettings(reset=-50.0)
    with pytest.raises(InputError, match="tau_membrane"):
        NetworkSettings(tau_membrane=0.0)
    with pytest.raises(InputError, match="failed_efficacy"):
        NetworkSettings(failed_efficacy=1.5)
    with pytest.raises(InputError, match="at least one factor"):
        sweep_inhibition([])
    with pytest.raises(InputError, match="cell_type"):
        population_activity(Recording.from_spikes([[0.1]], duration=1.0))
    with pytest.raises(InputError, match="span"):
        population_activity(quiet("driven", cells=50, duration=0.1).recording, span=(1.0, 0.0))
