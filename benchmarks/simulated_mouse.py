"""The simulated mouse: cost, its truth against a long run, and what pooled recordings show of it.

    python benchmarks/simulated_mouse.py cost | truth | pooled | raw [--seeds 20] [--imbalance .5] [--figure FILE]

`truth` compares quadrature with a long run of many walkers. `pooled` pools 1,200 neurons to 32 and gives held-out R2 of
u, how well neurons' loadings tell carriers, and linear causal power by condition; `raw` does so without deconvolution.
"""

from __future__ import annotations

import argparse
import platform
import time

import numpy as np

import causalgrain as cg
from causalgrain.simulate.mouse import simulated_mouse
from causalgrain.simulate.mouse_macro import SlowTruth, slow_truth
from causalgrain.simulate.mouse_settings import CONDITIONS, PROTOCOL, WINDOWS, MouseSettings
from causalgrain.simulate.mouse_truth import MouseSimulation

ORDER = ("awake", "recovery", "anaesthesia")
STEP, STEPS = 0.005, 20
WALKERS, FRAMES, GROUPS = 4000, 500, 10
BINS, PARTS = 80, 200


def cost() -> None:
    cells = platform.processor() or platform.machine()
    print(f"causalgrain {cg.package_version()}, {cells}")
    for name, neurons, windows in (("300 s", 1200, WINDOWS), ("1500 s", 1200, PROTOCOL), ("300 s of 33", 33, WINDOWS)):
        begin = time.process_time()
        simulated_mouse(neurons=neurons, windows=windows)
        print(f"{name:<20}{time.process_time() - begin:6.2f} CPU s")


def frame_later(known: SlowTruth, u: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Where u is a frame later, and the derivative by u now along each path."""
    d, slope = known.dynamics, np.ones_like(u)
    for _ in range(STEPS):
        slope = slope * (1.0 + STEP * (d.b - 3.0 * d.a * u**2) / d.tau)
        u = u + STEP * (d.b * u - d.a * u**3) / d.tau + np.sqrt(2 * d.D * STEP) * rng.standard_normal(len(u))
    return u, slope


def long_run(known: SlowTruth, seed: int) -> dict[str, tuple[float, float]]:
    """Estimates from walkers left to themselves and from walkers set by the intervention, with standard errors."""
    rng, found = np.random.default_rng(seed), {}
    u = np.array([known.quantile(r) for r in (np.arange(WALKERS) + 0.5) / WALKERS])
    rng.shuffle(u)
    path = np.empty((FRAMES, WALKERS))
    for frame in range(FRAMES):
        path[frame] = u
        u, _ = frame_later(known, u, rng)
    for part in np.split(path, GROUPS, axis=1):
        now, after = part[:-1].ravel(), part[1:].ravel()
        spread, unexplained = now.std(), local(now, after, None)[1].mean()
        put(found, "sd", spread)
        put(found, "ei_linear", -0.5 * np.log1p(-(np.corrcoef(now, after)[0, 1] ** 2)))
        put(found, "ei", binned_information(now, after))
        now = known.sd * rng.standard_normal(len(now))
        after, slope = frame_later(known, now, rng)
        gain, noise = local(now, after, slope)
        put(found, "ei_gaussian", binned_information(now, after))
        put(found, "ei_channel", 0.5 * np.log1p(gain**2 * known.sd**2 / unexplained).mean())
        put(found, "ei_state", 0.5 * np.log1p(gain**2 * known.sd**2 / noise).mean())
    return {k: (float(np.mean(v)), float(np.std(v, ddof=1) / np.sqrt(GROUPS))) for k, v in found.items()}


def put(found: dict[str, list[float]], name: str, value: float) -> None:
    found.setdefault(name, []).append(float(value))


def local(now: np.ndarray, after: np.ndarray, slope: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Slope and noise of the map in parts of equally many samples; the slope from paths, or by least squares."""
    order = np.argsort(now)
    order = order[: len(order) // PARTS * PARTS].reshape(PARTS, -1)
    x, y = now[order], after[order]
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    fitted = (x * y).mean(axis=1) / (x**2).mean(axis=1)
    noise = ((y - fitted[:, None] * x) ** 2).mean(axis=1)
    return (fitted if slope is None else slope[order].mean(axis=1)), noise


def binned_information(now: np.ndarray, after: np.ndarray) -> float:
    """Information between ranks in bins, less the bias of Miller and Madow; binning itself loses a little."""
    cut = [np.searchsorted(np.quantile(v, np.linspace(0, 1, BINS + 1)[1:-1]), v) for v in (now, after)]
    joint = np.bincount(cut[0] * BINS + cut[1], minlength=BINS**2).reshape(BINS, BINS) / len(now)
    seen, across = joint > 0, joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    bias = (seen.sum() - 2 * BINS + 1) / (2 * len(now))
    return float((joint[seen] * np.log(joint[seen] / across[seen])).sum() - bias)


def truth() -> None:
    print(f"{'':<13}{'':<11}{'quadrature':>11}{'long run':>10}{'s.e.':>9}   {WALKERS * FRAMES} frames")
    for name in ORDER:
        known = slow_truth(CONDITIONS[name], step=STEP, steps=STEPS)
        for measure, (value, error) in long_run(known, 0).items():
            print(f"{name:<13}{measure:<11}{getattr(known, measure):>11.4f}{value:>10.4f}{error:>9.4f}", flush=True)
        print(
            f"{name:<13}relaxation {known.relaxation:.2f} s, fixed points of the map {known.map_fixed_points.round(3)}"
        )


def ranked(values: np.ndarray) -> np.ndarray:
    """Each column with normal quantiles in place of its values."""
    from scipy.stats import norm, rankdata

    return norm.ppf((rankdata(values, axis=0) - 0.5) / len(values))


def held_out(x: np.ndarray, u: np.ndarray) -> float:
    """R2 of u in the second half, weights from the first."""
    x, half = np.column_stack([np.ones(len(x)), x]), len(x) // 2
    weights = np.linalg.lstsq(x[:half], u[:half], rcond=None)[0]
    return float(1.0 - ((u - x @ weights)[half:] ** 2).mean() / u[half:].var())


def area_under_curve(score: np.ndarray, positive: np.ndarray) -> float:
    from scipy.stats import rankdata

    ranks, yes = rankdata(score), int(positive.sum())
    return float((ranks[positive].sum() - yes * (yes + 1) / 2) / (yes * (len(score) - yes)))


def told(sim: MouseSimulation, pools: cg.Recording) -> tuple[float, float]:
    """AUC of carriers among neurons: by the correlation of their pool with u awake, and by their own."""
    begin, stop = sim.truth.spans["awake"]
    u = sim.truth.latents[begin:stop, 0]
    share, place = np.zeros(len(sim.truth.loadings)), {n: i for i, n in enumerate(sim.recording.labels)}
    traces = pools.sampled()[0][begin:stop]
    for k, members in enumerate(pools.properties["members"]):
        share[[place[m] for m in members.split(",")]] = np.corrcoef(traces[:, k], u)[0, 1]
    own = sim.recording.sampled()[0][begin:stop]
    each = (ranked(own) * (u - u.mean())[:, None]).mean(axis=0)
    return area_under_curve(share, sim.truth.carriers), area_under_curve(each, sim.truth.carriers)


def pooled(seeds: int, deconvolved: bool, imbalance: float | None) -> None:
    kind = "deconvolved" if deconvolved else "raw calcium"
    print(f"{seeds} simulations, {kind}, noise {MouseSettings().noise:g}, imbalance {imbalance}; {', '.join(ORDER)}")
    made = []
    for seed in range(seeds):
        sim = simulated_mouse(seed=seed, deconvolved=deconvolved, imbalance=imbalance)
        made.append((sim, {by: cg.pool(sim.recording, 32, by=by, restarts=3) for by in ("position", "activity")}))
    counts = [sim.truth.transitions["awake"] for sim, _ in made]
    print(f"transitions awake: {np.mean(counts):.1f} +- {np.std(counts):.1f}, from {min(counts)} to {max(counts)}")
    for by in ("position", "activity"):
        for scale in ("as they are", "rank-normal"):
            r2, ei, auc = [], [], []
            for sim, both in made:
                pools = both[by]
                values = pools.sampled()[0]
                if scale == "rank-normal":
                    values = ranked(values)
                    pools = pools.replaced(values=values)
                spans = [slice(*sim.truth.spans[name]) for name in ORDER]
                r2.append([held_out(values[s], sim.truth.latents[s, 0]) for s in spans])
                profile = cg.gaussian_profile(pools, dims=[32, 2, 1], draws=0, null=None, progress=False)
                ei.append([profile.values("ei", name)[1:] for name in ORDER])
                auc.append(told(sim, pools))
            report(f"pooled by {by}, {scale}", np.array(r2), np.array(ei), np.array(auc))


def report(what: str, r2: np.ndarray, ei: np.ndarray, auc: np.ndarray) -> None:
    print(what)
    print(f"  held-out R2 of u: {np.round(r2.mean(axis=0), 3)}, least {np.round(r2.min(axis=0), 3)}")
    for k, d in ((1, 1), (0, 2)):
        one = ei[:, :, k]
        right = int(((one[:, 0] > one[:, 1]) & (one[:, 1] > one[:, 2])).sum())
        spread = np.round(one.std(axis=0, ddof=1), 3) if len(one) > 1 else "-"
        print(
            f"  linear channel EI, d = {d}: {np.round(one.mean(axis=0), 3)} +- {spread}; order right {right}/{len(one)}"
        )
    print(f"  AUC of carriers: by their pool {auc[:, 0].mean():.3f}, by themselves {auc[:, 1].mean():.3f}", flush=True)


def draw(path: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    sim = simulated_mouse()
    known, where = sim.truth, sim.recording.properties["position"] / 1000.0
    figure, axes = plt.subplots(2, 2, figsize=(11, 7), width_ratios=[1, 1.6], layout="constrained")
    dots = axes[0, 0].scatter(*where.T, c=known.loadings[:, 0], s=7)
    figure.colorbar(dots, label="weight of u")
    axes[0, 0].set(aspect="equal", xlabel="lateral, mm", ylabel="anterior, mm")
    for name, one in known.slow.items():
        here = one.density > 1e-4
        (line,) = axes[1, 0].plot(one.grid[here] / one.sd, one.map[here] / one.sd, label=name)
        for point, ok in zip(one.map_fixed_points / one.sd, one.map_stable, strict=True):
            axes[1, 0].plot(point, point, "o", color=line.get_color(), fillstyle="full" if ok else "none")
    axes[1, 0].plot([-2, 2], [-2, 2], ":", color="grey")
    axes[1, 0].set(xlabel="u / s.d. now", ylabel="expected a frame later")
    axes[1, 0].legend()
    times = sim.recording.times
    axes[0, 1].plot(times, known.latents[:, 0], lw=0.6)
    axes[0, 1].set(xlabel="s", ylabel="u / s.d.", title=", ".join(known.conditions))
    cells = np.flatnonzero(known.carriers)[:5]
    axes[1, 1].plot(times[:600], sim.recording.sampled()[0][:600, cells] + 8 * np.arange(5), lw=0.6)
    axes[1, 1].set(xlabel="s", yticks=[], title="five neurons that carry u, deconvolved")
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["cost", "truth", "pooled", "raw"])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--imbalance", type=float)
    parser.add_argument("--figure")
    asked = parser.parse_args()
    if asked.what == "cost":
        cost()
    elif asked.what == "truth":
        truth()
    else:
        pooled(asked.seeds, asked.what == "pooled", asked.imbalance)
    if asked.figure:
        draw(asked.figure)


if __name__ == "__main__":
    main()
