"""The simulated balanced network: cost, regimes, survival, a seizure-like run, and the curve over inhibition.

    python benchmarks/balanced_network.py cost | regimes | survival | step | seizure | sweep [--seeds 4] [--figure FILE]

`regimes` gives rates, CV and E-I correlation of all 4,000 cells and of 50 samples of 80 E / 20 I; `--figure` draws
what `regimes`, `seizure` or `sweep` found.
"""

from __future__ import annotations

import argparse
import platform
import time
import warnings

import numpy as np

from causalgrain import package_version
from causalgrain._errors import CausalGrainWarning
from causalgrain.recordings.recording import Recording
from causalgrain.simulate.balanced import balanced_network
from causalgrain.simulate.balanced_settings import REGIMES
from causalgrain.simulate.balanced_sweep import PopulationActivity, population_activity, sweep_inhibition
from causalgrain.simulate.balanced_truth import BalancedTruth, Simulation

SAMPLES = 50
ARRAY = (80, 20)
FACTORS = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0)


def sampled(simulation: Simulation, span: tuple[float, float], seed: int = 0) -> np.ndarray:
    """Correlations of array-sized samples, shape (samples, widths)."""
    rng, truth, found = np.random.default_rng(seed), simulation.truth, []
    for _ in range(SAMPLES):
        chosen = [rng.choice(truth.n_excitatory, ARRAY[0], replace=False)]
        chosen.append(truth.n_excitatory + rng.choice(truth.n_inhibitory, ARRAY[1], replace=False))
        part: Recording = simulation.recording.select([int(c) for c in np.concatenate(chosen)])
        found.append(population_activity(part, span=span).correlation)
    return np.array(found)


def row(name: str, activity: PopulationActivity, samples: np.ndarray) -> None:
    full = "/".join(f"{r:.2f}" for r in activity.correlation)
    mean = "/".join(f"{m:.2f}" for m in samples.mean(axis=0))
    spread = "/".join(f"{s:.2f}" for s in samples.std(axis=0, ddof=1))
    print(
        f"{name:<22}{activity.rate_excitatory:>7.2f}{activity.rate_inhibitory:>7.2f}{activity.cv_excitatory:>7.2f}"
        f"{activity.cv_inhibitory:>6.2f}{activity.synchrony:>7.3f}  {full:<15}{mean:<16}+- {spread}",
        flush=True,
    )


def regimes(figure: str | None) -> None:
    head = f"{'60 s, 4,000 cells':<22}{'E Hz':>7}{'I Hz':>7}{'CV E':>7}{'CV I':>6}{'chi':>7}"
    print(f"{head}  rho 5/20/50 ms, 80 E / 20 I of them")
    drawn = []
    for regime in REGIMES:
        made = balanced_network(regime, progress=False)  # type: ignore[arg-type]
        epochs = made.recording.epochs
        assert epochs is not None
        for begin, stop, name in zip(epochs.start, epochs.stop, epochs.condition, strict=True):
            span = float(begin), float(stop)
            label = regime if name == regime else f"{regime}, {name}"
            row(label, population_activity(made.recording, span=span), sampled(made, span))
        drawn.append((regime, made))
    if figure:
        draw_regimes(drawn, figure)


def survival(seeds: int) -> None:
    print("self-sustained: when activity died out, s (nan: it lasted)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CausalGrainWarning)
        for cells, length in ((800, 60.0), (1000, 60.0), (1500, 60.0), (2000, 60.0), (4000, 60.0), (4000, 300.0)):
            died = [
                balanced_network(cells=cells, duration=length, seed=s, progress=False).truth.died for s in range(seeds)
            ]
            print(f"{cells} cells, {length:g} s: {np.round(died, 2).tolist()}", flush=True)


def step() -> None:
    print("what the step does, 20 s: E Hz, I Hz, rho 5/20/50 ms")
    for dt in (2e-4, 1e-4, 5e-5, 2.5e-5):
        made = balanced_network(duration=20.0, dt=dt, progress=False)
        print(f"dt {1e3 * dt:g} ms: {population_activity(made.recording)}", flush=True)


def cost() -> None:
    begin = time.perf_counter()
    balanced_network("driven", cells=100, duration=0.1, progress=False)
    print(f"first call, compiled or read from the cache: {time.perf_counter() - begin:.1f} s")
    for regime in REGIMES:
        begin = time.process_time()
        made = balanced_network(regime, progress=False)  # type: ignore[arg-type]
        spent = time.process_time() - begin
        spikes = int(made.truth.excitatory.sum() + made.truth.inhibitory.sum())
        print(f"{regime:<15} 4,000 cells, 60 s: {spent:.1f} CPU s, {spikes:,} spikes", flush=True)


def crossings(truth: BalancedTruth, width: float = 0.1) -> tuple[float, float]:
    """First and last time (s) at which rates in units of their baseline differ by more than twice as ever before."""
    assert truth.failure is not None
    times, e, i = truth.time_course(width)
    calm = times < truth.failure[0]
    apart = np.abs(e / e[calm].mean() - i / i[calm].mean())
    broken = times[apart > 2.0 * apart[calm].max()]
    return float(broken[0]), float(broken[-1])


def seizure(seeds: int, figure: str | None) -> None:
    runs = [balanced_network("seizure", seed=seed, progress=False).truth for seed in range(seeds)]
    for seed, truth in enumerate(runs):
        onset, end = crossings(truth)
        rates = ", ".join(f"{name} {e:.1f}/{i:.1f}" for name, (e, i) in truth.rates.items())
        print(f"seed {seed}: E/I Hz {rates}; balance broken from {onset:.2f} to {end:.2f} s (truth {truth.failure})")
    times, e, i = runs[0].time_course(0.1)
    for begin in range(240, 370, 5):
        pairs = zip(e[begin : begin + 5], i[begin : begin + 5], strict=True)
        print(f"{times[begin]:6.2f} s  " + "  ".join(f"{a:5.1f}/{b:4.1f}" for a, b in pairs))
    if figure:
        draw_seizure(figure)


def sweep(figure: str | None) -> None:
    for regime in ("self-sustained", "driven"):
        found = sweep_inhibition(FACTORS, regime=regime, progress=False)
        print(found, flush=True)
        if figure:
            draw_sweep(found, figure.replace(".png", f"-{regime}.png"))


def draw_regimes(drawn: list[tuple[str, Simulation]], figure: str) -> None:
    import matplotlib.pyplot as plt

    page, axes = plt.subplots(len(drawn), 2, figsize=(16, 12))
    for (regime, made), (left, right) in zip(drawn, axes, strict=True):
        begin = 24.0 if regime == "seizure" else 20.0
        trains = made.recording.spikes
        assert trains is not None
        for place, cell in enumerate([*range(0, 3200, 20), *range(3200, 4000, 20)]):
            inside = trains[cell][(trains[cell] > begin) & (trains[cell] < begin + 3)]
            left.plot(inside, np.full(len(inside), place), "|", ms=2, c="tab:red" if cell < 3200 else "tab:blue")
        left.set_title(f"{regime}: 160 E, 40 I cells")
        times, e, i = made.truth.time_course(0.02)
        here = (times > begin - 4) & (times < begin + 16)
        right.plot(times[here], e[here], "tab:red", times[here], i[here], "tab:blue", lw=0.8)
        right.set_ylabel("Hz, 20 ms")
    page.tight_layout()
    page.savefig(figure, dpi=70)


def draw_seizure(figure: str) -> None:
    import matplotlib.pyplot as plt

    made = balanced_network("seizure", record=ARRAY, progress=False)
    page, axes = plt.subplots(3, 1, figsize=(15, 11), sharex=True)
    times, e, i = made.truth.time_course(0.1)
    axes[0].plot(times, e, "tab:red", times, i, "tab:blue")
    axes[0].set_ylabel("Hz, all cells, 100 ms")
    calm = times < 25.0
    axes[1].plot(times, e / e[calm].mean() - i / i[calm].mean(), "k")
    axes[1].set_ylabel("E - I, units of baseline")
    for place, train in enumerate(made.recording.spikes or ()):
        axes[2].plot(train, np.full(len(train), place), "|", ms=2, c="tab:red" if place < ARRAY[0] else "tab:blue")
    axes[2].set_ylabel("80 E, 20 I")
    page.tight_layout()
    page.savefig(figure, dpi=70)


def draw_sweep(found: object, figure: str) -> None:
    import matplotlib.pyplot as plt

    page, axes = plt.subplots(1, 4, figsize=(18, 4))
    data = vars(found)
    rates, cvs = ("rate_excitatory", "rate_inhibitory"), ("cv_excitatory", "cv_inhibitory")
    pairs = (rates, ("correlation",), cvs, ("synchrony",))
    for axis, names in zip(axes, pairs, strict=True):
        for name in names:
            axis.plot(data["inhibition"], data[name], "o-")
        axis.set_title(", ".join(names))
        axis.set_xlabel("inhibition")
    page.tight_layout()
    page.savefig(figure, dpi=60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cost", "regimes", "survival", "step", "seizure", "sweep"))
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--figure")
    asked = parser.parse_args()
    print(f"causalgrain {package_version()}, numpy {np.__version__}, {platform.machine()}, {platform.system()}")
    if asked.what == "cost":
        cost()
    elif asked.what == "regimes":
        regimes(asked.figure)
    elif asked.what == "survival":
        survival(asked.seeds)
    elif asked.what == "step":
        step()
    elif asked.what == "seizure":
        seizure(asked.seeds, asked.figure)
    else:
        sweep(asked.figure)


if __name__ == "__main__":
    main()
