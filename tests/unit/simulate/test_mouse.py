"""The simulated mouse: u against closed forms, a master equation and walkers; spikes, calcium and sheet by law."""

import hashlib
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain import store
from causalgrain._errors import CostError, InputError
from causalgrain.information.gaussian_recorded import gaussian_profile
from causalgrain.information.linear import LinearGaussian
from causalgrain.recordings.preprocessing import pool
from causalgrain.simulate import mouse
from causalgrain.simulate.mouse import simulated_mouse
from causalgrain.simulate.mouse_macro import EI, slow_truth
from causalgrain.simulate.mouse_settings import CONDITIONS, PROTOCOL, MouseSettings, SlowDynamics
from causalgrain.simulate.mouse_sheet import ELLIPSES, loadings, sheet
from causalgrain.simulate.mouse_truth import count_transitions

STEP, STEPS = 0.005, 20  # 10 Hz
PUBLISHED = {"awake": 0.876, "recovery": 0.702, "anaesthesia": 0.357}  # nats, of a prototype's long run
GAMMA = np.exp(-0.1 / 0.7)


@cache
def known(name, step=STEP, steps=STEPS):
    return slow_truth(CONDITIONS[name], step=step, steps=steps)


@pytest.fixture(scope="module")
def default():
    return simulated_mouse(seed=1)


def bytes_of(sim):
    parts = (sim.recording.values, sim.truth.spikes, sim.truth.latents, sim.truth.loadings)
    return hashlib.sha256(b"|".join(p.tobytes() for p in parts)).hexdigest()


# -- the slow variable's truth ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLISHED)
def test_ei_of_u_is_that_of_the_prototype(name):
    # information one frame ahead, Euler steps of 5 ms; the prototype's own error is about .002
    assert known(name).ei == pytest.approx(PUBLISHED[name], abs=0.003)


@pytest.mark.parametrize(("tau", "D", "steps"), [(0.3, 2.2, 20), (0.05, 0.1, 7), (2.0, 30.0, 1)])
def test_linear_drift_has_its_closed_form(tau, D, steps):
    found = slow_truth(SlowDynamics(-1.0, 0.0, tau, D), step=STEP, steps=steps)
    keep = 1.0 - STEP / tau
    for name in EI:
        assert getattr(found, name) == pytest.approx(-0.5 * np.log1p(-(keep ** (2 * steps))), rel=1e-8), name
    assert found.sd == pytest.approx(np.sqrt(2 * D * STEP / (1 - keep**2)), rel=1e-9)
    assert found.relaxation == pytest.approx(-STEP / np.log(keep), rel=1e-8)
    middle = np.abs(found.grid) < 4 * found.sd
    np.testing.assert_allclose(found.map[middle], keep**steps * found.grid[middle], atol=1e-9)
    np.testing.assert_allclose(found.map_slope[middle], keep**steps, atol=1e-9)


def master_equation(dynamics, t, n=501, reach=4.0):
    """Information, s.d. and slowest rate of the limit of small steps: jumps on a grid in detailed balance."""
    from scipy.linalg import eigh_tridiagonal

    x = np.linspace(-reach, reach, n)
    h = x[1] - x[0]
    energy = (dynamics.a * x**4 / 4 - dynamics.b * x**2 / 2) / (dynamics.tau * dynamics.D)
    p = np.exp(energy.min() - energy)
    p /= p.sum()
    out = np.zeros(n)
    out[:-1] += np.exp(-np.diff(energy) / 2)
    out[1:] += np.exp(np.diff(energy) / 2)
    rates, modes = eigh_tridiagonal(-out * dynamics.D / h**2, np.full(n - 1, dynamics.D / h**2))
    root = np.sqrt(p)
    after = np.maximum((modes * np.exp(rates * t)) @ modes.T * root / root[:, None], 1e-300)
    return float(p @ (after * np.log(after / p)).sum(axis=1)), float(np.sqrt(p @ x**2)), -rates[-2]


@pytest.mark.parametrize("name", ["awake", "recovery"])
def test_small_steps_lead_to_the_master_equation(name):
    ei, sd, rate = master_equation(CONDITIONS[name], 0.1)
    coarse, fine = known(name), known(name, 0.0025, 40)  # the error is of first order in the step
    assert 2 * fine.ei - coarse.ei == pytest.approx(ei, abs=3e-4)
    assert 2 * fine.sd - coarse.sd == pytest.approx(sd, abs=3e-4)
    assert 1 / (2 * fine.relaxation - coarse.relaxation) == pytest.approx(rate, rel=2e-3)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_long_run_agrees(name):
    """Walkers, each its own: errors of means follow from their number."""
    one, rng, walkers = known(name), np.random.default_rng(5), 40_000
    d = one.dynamics
    u = np.array([one.quantile(r) for r in (np.arange(walkers) + 0.5) / walkers])
    before = u.copy()
    for _ in range(STEPS):
        u = u + STEP * (d.b * u - d.a * u**3) / d.tau + np.sqrt(2 * d.D * STEP) * rng.standard_normal(walkers)
    squares = u**2  # stationary: as before
    assert abs(squares.mean() - one.sd**2) < 4 * squares.std() / np.sqrt(walkers)
    product = u * before
    assert abs(product.mean() - one.correlation * one.sd**2) < 4 * product.std() / np.sqrt(walkers)
    left = u - np.interp(before, one.grid, one.map)
    noise = np.interp(before, one.grid, one.noise)
    for low, high in [(-9, -1), (-1, -0.2), (-0.2, 0.2), (0.2, 0.6), (0.6, 9)]:
        here = (before >= low) & (before < high)
        mean, spread = left[here].mean(), left[here].std() / np.sqrt(here.sum())
        assert abs(mean) < 4 * spread, (low, mean, spread)
        extra = left[here] ** 2 - noise[here]
        assert abs(extra.mean()) < 4 * extra.std() / np.sqrt(here.sum())


def test_fixed_points():
    awake, recovery, under = known("awake"), known("recovery"), known("anaesthesia")
    assert (awake.stable, awake.unstable) == ((-1.0, 1.0), (0.0,))
    assert recovery.stable == pytest.approx((-np.sqrt(0.3), np.sqrt(0.3)))
    assert (under.stable, under.unstable) == ((0.0,), ())
    np.testing.assert_allclose(awake.map_fixed_points, [-0.945, 0.0, 0.945], atol=1e-3)  # noise pulls inwards
    assert awake.map_stable.tolist() == recovery.map_stable.tolist() == [True, False, True]
    assert under.map_fixed_points.tolist() == [0.0]
    assert under.map_stable.tolist() == [True]
    # with little noise the map's are the drift's: noise of variance v about a well pulls by -3 v / 2, v = D tau / 2
    quiet = slow_truth(SlowDynamics(1.0, 1.0, 0.25, 0.02), step=0.01, steps=10)
    pull = 1.5 * 0.5 * 0.02 * 0.25
    np.testing.assert_allclose(quiet.map_fixed_points, [-1.0 + pull, 0.0, 1.0 - pull], atol=0.5 * pull)
    assert quiet.map_slopes[[0, 2]] == pytest.approx((1 - 2 * 0.01 / 0.25) ** 10, rel=0.03)
    assert quiet.map_slopes[1] == pytest.approx((1 + 0.01 / 0.25) ** 10, rel=0.03)


@pytest.mark.parametrize("name", ["awake", "recovery"])
def test_slope_is_that_of_the_map(name):
    from scipy.interpolate import CubicSpline

    one = known(name)
    inner = np.abs(one.grid) < 3 * one.sd
    np.testing.assert_allclose(np.gradient(one.map, one.grid)[inner], one.map_slope[inner], atol=2e-3)
    curve = CubicSpline(one.grid, one.map)
    np.testing.assert_allclose(curve(one.map_fixed_points), one.map_fixed_points, atol=1e-6)
    np.testing.assert_allclose(curve(one.map_fixed_points, 1), one.map_slopes, atol=1e-3)


def test_waiting_in_a_well_follows_kramers():
    # low noise: each well is left at sqrt(V''(well) |V''(0)|) / (2 pi) exp(-barrier / D); relaxation is half the wait
    found = slow_truth(SlowDynamics(1.0, 1.0, 0.25, 0.1), step=STEP, steps=STEPS)
    left = np.sqrt(2.0) / 0.25 / (2 * np.pi) * np.exp(-0.25 / (0.25 * 0.1))
    assert 0.5 / found.relaxation == pytest.approx(left, rel=0.1)


few = settings(max_examples=4, deadline=None)
wells = st.builds(
    SlowDynamics,
    b=st.floats(-1.5, 1.5),
    a=st.floats(0.3, 2.0),
    tau=st.floats(0.2, 0.6),
    D=st.floats(0.3, 1.5),
)


@few
@given(wells, st.floats(0.3, 3.0), st.floats(0.3, 3.0))
def test_units_of_u_and_time_do_not_count(d, c, k):
    one = slow_truth(d, step=STEP, steps=STEPS)
    bigger = slow_truth(SlowDynamics(d.b, d.a / c**2, d.tau, d.D * c**2), step=STEP, steps=STEPS)
    slower = slow_truth(SlowDynamics(d.b, d.a, d.tau * k, d.D / k), step=STEP * k, steps=STEPS)
    for name in EI:
        assert getattr(bigger, name) == pytest.approx(getattr(one, name), rel=1e-4), name
        assert getattr(slower, name) == pytest.approx(getattr(one, name), rel=1e-4), name
    assert bigger.sd == pytest.approx(c * one.sd, rel=1e-6)
    assert slower.relaxation == pytest.approx(k * one.relaxation, rel=1e-6)


@few
@given(wells)
def test_information_fades_and_the_map_is_odd(d):
    one, two = (slow_truth(d, step=STEP, steps=s) for s in (STEPS, 2 * STEPS))
    assert 0.0 < two.ei < one.ei
    assert two.ei_gaussian < one.ei_gaussian
    np.testing.assert_allclose(one.map, -one.map[::-1], atol=1e-9)
    assert one.density.sum() * (one.grid[1] - one.grid[0]) == pytest.approx(1.0)
    for point in one.stable + one.unstable:
        assert d.b * point == pytest.approx(d.a * point**3, abs=1e-12)
    assert one.rank(one.quantile(0.3)) == pytest.approx(0.3, abs=1e-9)


# -- variables over time ---------------------------------------------------------------------------------------------


def test_variance_is_the_same_in_every_condition():
    sim = simulated_mouse(neurons=1, windows=dict.fromkeys(CONDITIONS, 1500.0), seed=2)
    for name in sim.truth.conditions:
        squares = (sim.truth.latents_in(name) ** 2).reshape(30, -1, 8).mean(axis=1)  # 50 s: ten relaxations and more
        error = squares.std(axis=0, ddof=1) / np.sqrt(30)
        assert (np.abs(squares.mean(axis=0) - 1.0) < 4 * error).all(), (name, squares.mean(axis=0), error)
        assert error.max() < 0.06
        np.testing.assert_array_equal(sim.truth.u(name), sim.truth.latents_in(name)[:, 0] * known(name).sd)


def test_each_condition_is_stationary_from_its_first_frame():
    frames = dict.fromkeys(CONDITIONS, 3)
    truths = {name: known(name) for name in frames}
    z = np.array([mouse._slow(truths, frames, 2, STEP, STEPS, seed) for seed in range(1500)])
    assert z.shape == (1500, 11)  # two frames before time 0
    squares = z**2
    assert (np.abs(squares.mean(axis=0) - 1.0) < 4 * squares.std(axis=0) / np.sqrt(1500)).all()
    for edge, (name, after) in ((5, ("awake", "anaesthesia")), (8, ("anaesthesia", "recovery"))):
        ranks = [[truths[n].rank(v * truths[n].sd) for v in z[:, k]] for n, k in ((name, edge - 1), (after, edge))]
        assert np.corrcoef(np.array(ranks)).min() > 0.6  # u goes on


def test_lagged_products_of_the_run_are_the_truths():
    sim = simulated_mouse(neurons=1, windows=dict.fromkeys(CONDITIONS, 2000.0), seed=3)
    keep = np.exp(-0.1 / np.array(sim.truth.settings.fast))
    for name in sim.truth.conditions:
        z = sim.truth.latents_in(name)
        products = (z[1:] * z[:-1])[:19_960].reshape(40, -1, 8).mean(axis=1)
        error = products.std(axis=0, ddof=1) / np.sqrt(40)
        expected = np.append(known(name).correlation, keep)
        assert (np.abs(products.mean(axis=0) - expected) < 4 * error).all(), name
    across = np.corrcoef(sim.truth.latents.T) - np.eye(8)
    assert np.abs(across).max() < 0.05  # independent; u awake has some 1,000 memories


def test_transitions_are_counted():
    assert count_transitions(np.array([1.0, 0.2, -0.2, 1.0]), 1.0) == 0
    assert count_transitions(np.array([-0.6, 0.6, -0.4, 0.6]), 2.0) == 1
    assert count_transitions(np.array([]), 1.0) == 0
    counts = []
    for seed in range(60):
        u = known("awake").sd * mouse._slow({"awake": known("awake")}, {"awake": 1000}, 0, STEP, STEPS, seed)
        side = 0
        by_hand = 0
        for value in u:
            if abs(value) > 0.25:
                by_hand += side * value < 0
                side = 1 if value > 0 else -1
        counts.append(count_transitions(u, 1.0))
        assert counts[-1] == by_hand
    assert 12 <= np.mean(counts) <= 16  # in 100 s awake; 13.5 +- .2 in 600 runs, s.d. of one 4.2


def test_unbalanced_windows_are_drawn_again():
    asked = {"neurons": 1, "windows": {"anaesthesia": 10.0, "awake": 60.0}}
    odd = next(s for s in range(50) if abs(mean_awake(simulated_mouse(**asked, seed=s))) > 0.5)
    chance, balanced = simulated_mouse(**asked, seed=odd), simulated_mouse(**asked, seed=odd, imbalance=0.3)
    assert any("off balance in awake" in note for note in chance.recording.notes)
    assert abs(mean_awake(balanced)) <= 0.3
    assert not any("off balance" in note for note in balanced.recording.notes)
    np.testing.assert_array_equal(balanced.truth.u("anaesthesia"), chance.truth.u("anaesthesia"))  # it was balanced
    assert balanced.truth.u("awake")[0] == chance.truth.u("awake")[0]
    kept = simulated_mouse(**asked, seed=odd, imbalance=5.0)
    assert bytes_of(kept) == bytes_of(chance)
    with pytest.raises(InputError, match="imbalance"):
        simulated_mouse(neurons=1, windows={"awake": 0.5}, imbalance=0.001, settings=deep_wells())


def mean_awake(sim):
    return sim.truth.latents_in("awake")[:, 0].mean()


def deep_wells():
    return replace(MouseSettings(), dynamics={"awake": SlowDynamics(1.0, 1.0, 0.25, 0.15)})


# -- neurons and camera ----------------------------------------------------------------------------------------------


def traces_of(sim):
    return sim.recording.sampled()[0].astype(float)


def expected_spikes(sim):
    used = sim.truth.settings
    return used.base_rate / sim.truth.rate * np.exp(used.gain * (sim.truth.latents @ sim.truth.loadings.T))


def test_spikes_are_poisson_at_the_rates_of_their_frame(default):
    spikes, expected = default.truth.spikes.astype(float), expected_spikes(default)
    assert abs(spikes.sum() - expected.sum()) < 4 * np.sqrt(expected.sum())
    pearson = (spikes - expected) ** 2 / expected  # mean 1, variance 2 + 1 / expected
    assert abs(pearson.mean() - 1) < 4 * np.sqrt((2 + (1 / expected).mean()) / pearson.size)
    left = (spikes - expected) / np.sqrt(expected)
    for lag in (1, 2):
        assert abs((left[lag:] * left[:-lag]).mean()) < 4 / np.sqrt(left.size)
    for lag in (-1, 1):  # rates of the frames beside fit worse
        moved = np.roll(expected, lag, axis=0)[1:-1]
        fit, worse = ((spikes[1:-1] * np.log(e) - e).mean() for e in (expected[1:-1], moved))
        assert fit > worse + 0.05
    assert 6.0 < 10 * spikes.mean() < 6 * np.exp(0.5 * 0.49) + 0.3


def test_without_noise_deconvolved_traces_are_the_spikes():
    quiet = replace(MouseSettings(), noise=0.0)
    lengths = {"awake": 40.0, "recovery": 60.0}  # across the stretches in which frames are made
    clear = simulated_mouse(neurons=30, settings=quiet, windows=lengths)
    np.testing.assert_allclose(traces_of(clear), clear.truth.spikes, atol=1e-5)
    raw = simulated_mouse(neurons=30, settings=quiet, windows=lengths, deconvolved=False)
    np.testing.assert_array_equal(raw.truth.spikes, clear.truth.spikes)
    traces = traces_of(raw)
    np.testing.assert_allclose(traces[1:], GAMMA * traces[:-1] + raw.truth.spikes[1:], rtol=1e-5, atol=1e-5)


def test_calcium_decays_in_seven_tenths_of_a_second():
    flat = replace(MouseSettings(), gain=0.0, noise=0.0)
    raw = simulated_mouse(neurons=400, settings=flat, windows={"awake": 200.0}, deconvolved=False)
    traces = traces_of(raw) - 0.6 / (1 - GAMMA)
    for lag in (1, 3, 7):
        each = (traces[lag:] * traces[:-lag]).mean(axis=0) / (0.6 / (1 - GAMMA**2))
        assert abs(each.mean() - np.exp(-lag * 0.1 / 0.7)) < 4 * each.std() / 20, lag
    early = traces[:5].var(axis=1)  # stationary at time 0
    np.testing.assert_allclose(early, 0.6 / (1 - GAMMA**2), rtol=4 * np.sqrt(2.5 / 400))


def test_noise_is_the_cameras(default):
    noise = traces_of(default) - default.truth.spikes
    size = noise.size
    assert noise.var() == pytest.approx(0.09 * (1 + GAMMA**2), rel=4 * np.sqrt(4.0 / size))
    assert (noise[1:] * noise[:-1]).mean() == pytest.approx(-0.09 * GAMMA, rel=8 / np.sqrt(size))
    assert abs((noise[2:] * noise[:-2]).mean()) < 4 * noise.var() * 1.5 / np.sqrt(size)


def test_neurons_lie_in_their_areas(default):
    known_of = default.recording.properties
    place, area, side = known_of["position"], known_of["area"], known_of["hemisphere"]
    assert place.shape == (1200, 2)
    for name, (centre, half) in ELLIPSES.items():
        for hand, sign in (("left", -1.0), ("right", 1.0)):
            inside = (((place * [sign, 1.0] - centre) / half) ** 2).sum(axis=1) <= 1.0
            np.testing.assert_array_equal(inside, (area == name) & (side == hand))
    sizes = np.array([half[0] * half[1] for _, half in ELLIPSES.values()])
    expected = 1200 * sizes / sizes.sum()
    found = np.array([(area == name).sum() for name in ELLIPSES])
    assert (np.abs(found - expected) < 4 * np.sqrt(expected)).all()
    assert abs((side == "left").sum() - 600) < 4 * np.sqrt(300)


def test_weights():
    placed, used = sheet(4000, 3), MouseSettings()
    weights = loadings(placed, used, 3)
    np.testing.assert_allclose((weights**2).sum(axis=1), 1.0)
    assert weights.min() >= 0.0
    slow = weights[:, 0]
    assert slow[slow > 0].min() >= 0.7
    assert slow.max() <= 1.0
    for name, share in used.carriers.items():
        carries = slow[placed.area == name] > 0
        assert abs(carries.mean() - share) < 4 * np.sqrt(share * (1 - share) / len(carries))
    strongest = weights[:, 1:].argmax(axis=1)
    assert (np.bincount(strongest, minlength=7) > 200).all()
    spread = np.array([placed.position[strongest == k].std(axis=0).sum() for k in range(7)])
    assert (spread < 0.6 * placed.position.std(axis=0).sum()).all()  # patches


# -- the verb --------------------------------------------------------------------------------------------------------


def test_same_seed_same_bytes():
    short = {"neurons": 20, "windows": {"awake": 3.0, "recovery": 3.0}}
    one, again, other = (simulated_mouse(**short, seed=s) for s in (4, 4, 5))
    assert bytes_of(one) == bytes_of(again) != bytes_of(other)
    assert one.provenance == again.provenance
    assert one.recording.hash != other.recording.hash


def test_what_is_recorded_does_not_change_what_happens():
    windows = {"awake": 3.0, "recovery": 3.0}
    few_cells = simulated_mouse(windows=windows, neurons=5)
    many = simulated_mouse(windows=windows, neurons=60)
    raw = simulated_mouse(windows=windows, neurons=60, deconvolved=False)
    np.testing.assert_array_equal(few_cells.truth.latents, many.truth.latents)
    np.testing.assert_array_equal(raw.truth.spikes, many.truth.spikes)
    assert raw.recording.hash != many.recording.hash
    no_noise = simulated_mouse(windows=windows, neurons=60, settings=replace(MouseSettings(), noise=0.0))
    np.testing.assert_array_equal(no_noise.truth.spikes, many.truth.spikes)


def test_stretches_leave_no_trace(monkeypatch):
    whole = simulated_mouse(neurons=10, windows={"awake": 8.0})
    monkeypatch.setattr(mouse, "STRETCH", 7)
    assert bytes_of(simulated_mouse(neurons=10, windows={"awake": 8.0})) == bytes_of(whole)


def test_conditions_are_where_the_truth_says():
    sim = simulated_mouse(neurons=3, rate=8.0, windows={"recovery": 5.01, "awake": 2.0, "anaesthesia": 3.0})
    assert sim.truth.spans == {"recovery": (0, 40), "awake": (40, 56), "anaesthesia": (56, 80)}
    assert sim.recording.conditions == sim.truth.conditions
    for name, span in sim.truth.spans.items():
        assert sim.recording.in_condition(name).segments.tolist() == [list(span)]
    assert sim.recording.shape == (80, 3)
    assert sim.recording.rate == 8.0
    assert sim.truth.slow["awake"].ei == pytest.approx(known("awake", 0.125 / 25, 25).ei)  # 25 steps of 5 ms
    assert sim.truth.fast_ei == pytest.approx(-0.5 * np.log(1 - np.exp(-0.25 / np.array(sim.truth.settings.fast))))
    assert sum(PROTOCOL.values()) == 1500.0


def test_profile_is_the_best_over_subsets(default):
    for name in default.truth.conditions:
        each = np.append(known(name).ei, default.truth.fast_ei)
        for d in range(1, 9):
            best = max(sum(chosen) / d for chosen in combinations(each.tolist(), d))
            assert default.truth.ei(name, dims=[d])[0] == pytest.approx(best)
    linear = np.append(known("anaesthesia").correlation, np.exp(-0.1 / np.array(default.truth.settings.fast)))
    exact = gaussian_profile(LinearGaussian(np.diag(linear), np.diag(1 - linear**2)), dims=[8, 4, 2, 1])
    np.testing.assert_allclose(default.truth.ei("anaesthesia"), exact.values("ei"), rtol=1e-6)
    first = [default.truth.ei(name)[-1] for name in ("awake", "recovery", "anaesthesia")]
    assert first == sorted(first, reverse=True)


def test_pooled_traces_carry_u_and_keep_the_order(default):
    from scipy.stats import norm, rankdata

    pools = pool(default.recording, 32, by="activity", restarts=1)
    ranked = norm.ppf((rankdata(pools.sampled()[0], axis=0) - 0.5) / pools.n_samples)
    for begin, stop in default.truth.spans.values():
        x = np.column_stack([np.ones(stop - begin), ranked[begin:stop]])
        u = default.truth.latents[begin:stop, 0]
        half = len(u) // 2
        weights = np.linalg.lstsq(x[:half], u[:half], rcond=None)[0]
        assert ((u - x @ weights)[half:] ** 2).mean() < 0.15 * u[half:].var()
    profile = gaussian_profile(pools, dims=[32, 2, 1], draws=0, null=None)
    for scale in (1, 2):
        awake, recovery, under = (profile.values("ei", c)[scale] for c in ("awake", "recovery", "anaesthesia"))
        assert awake > recovery > under > 0.0


def test_truth_can_be_stored(default, tmp_path, monkeypatch):
    homes = {"MouseTruth": "truth", "SlowTruth": "macro", "SlowDynamics": "settings", "MouseSettings": "settings"}
    for name, home in homes.items():
        monkeypatch.setitem(store.TYPES, name, f"simulate.mouse_{home}")
    truth = simulated_mouse(neurons=5, windows={"awake": 3.0, "anaesthesia": 3.0}).truth
    back = store.load(store.save(truth, tmp_path / "truth.h5"))
    assert (back.settings, back.spans, back.transitions) == (truth.settings, truth.spans, truth.transitions)
    np.testing.assert_array_equal(back.spikes, truth.spikes)
    assert back.spikes.dtype == np.uint16
    np.testing.assert_array_equal(back.slow["awake"].map, truth.slow["awake"].map)
    assert repr(back) == repr(truth)


def test_repr_says_what_matters(default):
    shown = repr(default)
    for words in ("awake: EI 0.874 nats", "carry u", "simulated_mouse("):
        assert words in shown
    assert f"{default.truth.transitions['awake']} transitions" in shown
    assert "anaesthesia" not in default.truth.transitions


def test_results_cannot_be_changed(default):
    for array in (default.truth.latents, default.truth.spikes, default.truth.loadings, default.truth.fast_ei):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(TypeError):
        default.truth.slow["awake"] = None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"neurons": 0}, "neurons"),
        ({"rate": 0.0}, "rate"),
        ({"windows": {}}, "windows"),
        ({"windows": {"awaken": 10.0}}, "Did you mean 'awake'"),
        ({"windows": {"awake": 0.1}}, "windows, awake"),
        ({"deconvolved": "yes"}, "deconvolved"),
        ({"seed": -1}, "seed"),
        ({"settings": {"noise": 1.0}}, "MouseSettings"),
        ({"settings": replace(MouseSettings(), base_rate=1000.0, gain=3.0), "neurons": 50}, "gain"),
        ({"settings": replace(MouseSettings(), step=0.5), "rate": 2.0}, "step"),
        ({"settings": replace(MouseSettings(), dynamics={"awake": SlowDynamics(1, 1, 1, 1e-6)})}, "D"),
    ],
)
def test_bad_settings_are_named(wrong, says):
    asked = {"windows": {"awake": 10.0}} | wrong
    with pytest.raises(InputError, match=says):
        simulated_mouse(**asked)


def test_too_much_is_refused_before_it_is_made():
    with pytest.raises(CostError, match="fewer neurons"):
        simulated_mouse(windows={"awake": 1e6})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: SlowDynamics(0.0, 0.0, 1.0, 1.0), "run away"),
        (lambda: SlowDynamics(1.0, -1.0, 1.0, 1.0), "a"),
        (lambda: MouseSettings(fast=()), "fast"),
        (lambda: MouseSettings(carriers={"V1": 1.0}), "areas are MO, SS, VIS, RSP"),
        (lambda: MouseSettings(loading=(0.9, 0.2)), "loading"),
        (lambda: MouseSettings(dynamics={"awake": 3}), "SlowDynamics"),  # type: ignore[dict-item]
    ],
)
def test_bad_parameters_are_named(make, says):
    with pytest.raises(InputError, match=says):
        make()
