"""How far the numbers of a recording can be trusted: runs on simulated recordings whose answer is known.

    uv run python benchmarks/calibration.py independent --units 4 --samples 500 --runs 200
    uv run python benchmarks/calibration.py independent --units 5 --samples 500 --runs 20 --draws 0
    uv run python benchmarks/calibration.py coverage --samples 2000 --runs 60
    uv run python benchmarks/calibration.py planted --samples 10000 --runs 30
    uv run python benchmarks/calibration.py temporal --runs 10
    uv run python benchmarks/calibration.py epochs --case slow-short --samples 1000 --runs 200

Each prints one line a run to --out (JSON, resumed where it stands) and a summary at the end. Truths: independent units
have Phi 0; the noisy systems of four units have the Phi of their own TPM, weighted by its stationary distribution; the
planted system is a noisy-AND pair system as in Hoel et al. (2016, Fig. 2) with probabilities .2 and .95, so that no
state is absorbing; its Phi by occupancy is .4321 at {AB}{CD} ON=2|2 and .3017 at the single units (.2416 with the
symmetry broken by .001: tied purviews make the micro Phi of a symmetric system discontinuous, so that estimates don't
converge to it). Estimates of the micro Phi start far too high (.68 at 2,000 samples) and fall slowly: noise makes many
small concepts, and more of them at finer grains. `epochs` asks over what time surrogates should be made: three units
with memory, two conditions that alternate (or trials), p of the maximum in the first of them by both answers.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import causalgrain as cg
from causalgrain._doubt import rank_p
from causalgrain.grains.recorded_draws import NULL_OVER, Draws, Sampler
from causalgrain.grains.recorded_profile import null_of_maximum
from causalgrain.grains.recorded_study import make_study
from causalgrain.grains.run import Settings
from causalgrain.systems.sampling import sample_recording

SEED = 20261120


def independent(units: int, rng: np.random.Generator) -> cg.Network:
    """Units that ignore everything: ON half of the time."""
    return cg.Network(np.full((1 << units, units), 0.5))


def dense(seed: int) -> cg.Network:
    """A noisy system of four units in which every unit reads every other."""
    return cg.Network(0.15 + 0.7 * np.random.default_rng(seed).random((16, 4)))


def pairs() -> cg.Network:
    """Two pairs that read each other: a unit fires with .95 if both of the other pair are ON, else with .2."""
    states = np.array([[x >> i & 1 for i in range(4)] for x in range(16)])
    both = np.column_stack([states[:, 2] & states[:, 3]] * 2 + [states[:, 0] & states[:, 1]] * 2)
    return cg.Network(np.where(both, 0.95, 0.2))


def stationary(network: cg.Network) -> np.ndarray:
    """The stationary distribution over states."""
    values, vectors = np.linalg.eig(network.state_by_state.T)
    found = np.abs(np.real(vectors[:, int(np.argmax(np.real(values)))]))
    return found / found.sum()


def true_phi(network: cg.Network) -> np.ndarray:
    """Phi of every grain of the full set, weighted by the stationary distribution."""
    weights = {tuple(x >> i & 1 for i in range(network.n)): float(w) for x, w in enumerate(stationary(network))}
    return cg.scan(network, weights, "full", max_dependence=1.0).values("phi")


def rng_half(n_blocks: int, run: int) -> np.ndarray:
    """A random half of the blocks, as 0 and 1."""
    taken = np.zeros(n_blocks, dtype=np.int64)
    taken[np.random.default_rng([SEED, run]).permutation(n_blocks)[: n_blocks // 2]] = 1
    return taken


def run_independent(args: argparse.Namespace, run: int) -> dict[str, float]:
    network = independent(args.units, np.random.default_rng(run))
    recording = sample_recording(network, args.samples, rng=[SEED, args.units, args.samples, run])
    # The parts of scan_recording that this question needs, without the bootstrap: five times as many runs.
    study = make_study(
        recording, {"all": recording}, widths=(1.0,), lags=(1,), method="threshold:0.5", prior=0.5,
        settings=Settings(1.0, False),
    )  # fmt: skip
    sampler = Sampler(study, Draws(halves=1, nulls=args.draws), run, 0, (1.0,))
    if args.draws == 0:  # the bias of the micro grain alone
        transitions = sampler.transitions["all"][0]
        halves = [rng_half(transitions.n_blocks, run)]
        halves.append(1 - halves[0])
        micro = np.array([0])
        whole = study.measure_cell(transitions.counts(), micro).phi[0]
        half = np.mean([study.measure_cell(transitions.counts(times), micro).phi[0] for times in halves])
        return {"raw": float(whole), "unclipped": float(2.0 * whole - half)}
    scans = sampler.scan(1, lambda amount: None)
    sampler.nulls(scans, 1, lambda amount: None)
    excess, largest = null_of_maximum(scans["all"], 1.0)
    scan = scans["all"]
    return {
        "raw": float(scan.phi[0]),
        "corrected": float(scan.corrected[0]),
        "unclipped": float(2.0 * scan.phi[0] - scan.half_phi[0]),
        "shuffle": float(scan.phi[0] - scan.null_phi[:, 0].mean()),
        "p": float(np.nanmin(rank_p(excess, largest[:, None]))),
    }


def run_coverage(args: argparse.Namespace, run: int) -> dict[str, float]:
    network = dense(run % 10)
    truth = true_phi(network)
    recording = sample_recording(network, args.samples, rng=[SEED, args.samples, run])
    profile = cg.scan_recording(
        recording, bins=1.0, max_dependence=1.0, draws=args.draws, null=None, best=3, binarise="threshold:0.5", seed=run
    )
    table = profile.table
    drawn = table[table["low"].notna()].index
    inside = [bool(table["low"][i] <= truth[i] <= table["high"][i]) for i in drawn]
    return {
        "truth": float(truth[0]),
        "raw": float(table["phi"][0]),
        "corrected": float(table["phi_corrected"][0]),
        "covered": float(inside[0]),
        "covered_best": float(np.mean(inside[1:])) if len(inside) > 1 else float("nan"),
    }


def run_planted(args: argparse.Namespace, run: int) -> dict[str, float]:
    network = pairs()
    recording = sample_recording(network, args.samples, rng=[SEED, args.samples, 7, run])
    profile = cg.scan_recording(
        recording, bins=1.0, max_dependence=args.max_dependence, draws=args.draws, best=3,
        binarise="threshold:0.5", seed=run,
    )  # fmt: skip
    table, peak = profile.table, profile.peak
    pair = int(np.flatnonzero(table["grain"] == "{AB}{CD} ON=2|2")[0])
    return {
        "found": float(peak is not None and peak.index == pair),
        "p": float(peak.p) if peak is not None and peak.p is not None else 1.0,
        "pair": float(table["phi_corrected"][pair]),
        "micro": float(table["phi_corrected"][0]),
    }


@dataclass(frozen=True)
class Case:
    """Units in two conditions, a and b, of equal length; times in samples.

    Attributes
    ----------
    epoch : int
        Length of every epoch, a and b in turn; of every trial.
    memory : (float, float)
        Autocorrelation falls as exp(-lag / memory) in a and in b.
    on : (float, float)
        Share of ON.
    kind : str
        "chain": two-state Markov chains. "traces": linear autoregressive, "smooth": the same, filtered twice, both ON
        above the median. "trials": chains, every trial apart and all of it condition a; "parts": trials whose first
        half is a and second half b.
    copies : float
        Share of samples in which a unit copies another; 0: independent units.
    """

    epoch: int
    memory: tuple[float, float]
    on: tuple[float, float] = (0.5, 0.5)
    kind: str = "chain"
    copies: float = 0.0


CASES = {
    "no-memory": Case(20, (0.0, 0.0)),
    "long": Case(500, (10.0, 10.0)),
    "short": Case(20, (10.0, 10.0)),
    "slow-short": Case(10, (20.0, 20.0)),
    "sparse-short": Case(20, (10.0, 10.0), (0.1, 0.1)),
    "sparse-slow-short": Case(10, (20.0, 20.0), (0.1, 0.1)),
    "traces": Case(20, (10.0, 10.0), kind="traces"),
    "smooth": Case(20, (10.0, 10.0), kind="smooth"),
    "trials": Case(10, (20.0, 20.0), kind="trials"),
    "parts": Case(10, (20.0, 20.0), kind="parts"),
    "rates-long": Case(500, (5.0, 5.0), (0.15, 0.5)),
    "rates-nearer": Case(500, (5.0, 5.0), (0.3, 0.5)),
    "rates-short": Case(20, (5.0, 5.0), (0.15, 0.5)),
    "memory-long": Case(500, (10.0, 1.0)),
    "coupled-short": Case(20, (10.0, 10.0), copies=0.02),
    "coupled-slow-short": Case(10, (20.0, 20.0), copies=0.02),
    "rates-far": Case(500, (5.0, 5.0), (0.05, 0.5)),
}


def chains(case: Case, first: np.ndarray, rng: np.random.Generator, units: int) -> np.ndarray:
    """States (time, unit); `first`: which samples are of condition a."""
    memory = np.where(first, *case.memory)
    stay = np.where(memory > 0, np.exp(-1.0 / np.maximum(memory, 1e-9)), 0.0)
    fresh = rng.random((len(first), units)) < np.where(first, *case.on)[:, None]
    keeps = rng.random((len(first), units)) < stay[:, None]
    copies = rng.random((len(first), units)) < case.copies
    states = fresh.astype(np.float64)
    for t in range(1, len(first)):
        own = np.where(keeps[t], states[t - 1], states[t])
        states[t] = np.where(copies[t], np.roll(states[t - 1], 1), own)
    return states


def in_epochs(case: Case, samples: int, rng: np.random.Generator, units: int) -> cg.Recording:
    """A recording of about `samples` samples in condition a."""
    many = samples // case.epoch
    if case.kind in ("trials", "parts"):
        length = case.epoch * (1 if case.kind == "trials" else 2)
        first = np.arange(length) < case.epoch
        values = np.concatenate([chains(case, first, rng, units) for _ in range(many)])
        starts = np.arange(many) * 1000.0  # long pauses
        segments = np.column_stack([np.arange(many), np.arange(1, many + 1)]) * length
        marks = np.column_stack([starts, starts + case.epoch, starts + length])
        both = [(*row[k : k + 2], "ab"[k]) for row in marks for k in range(2) if row[k] < row[k + 1]]
        start, stop, names = zip(*both, strict=True)
        epochs = cg.Epochs(start, stop, names)
        return cg.Recording(values, 1.0, kind="counts", segments=segments, onsets=starts, epochs=epochs)
    edges = np.arange(2 * many + 1) * float(case.epoch)
    epochs = cg.Epochs(edges[:-1], edges[1:], ["a", "b"] * many)
    first = np.arange(2 * many * case.epoch) // case.epoch % 2 == 0
    if case.kind == "chain":
        return cg.Recording(chains(case, first, rng, units), 1.0, kind="counts", epochs=epochs)
    from scipy.signal import lfilter

    start = int(10 * case.memory[0])
    values = rng.standard_normal((len(first) + start, units))
    for _ in range(2 if case.kind == "smooth" else 1):
        values = lfilter([1.0], [1.0, -np.exp(-1.0 / case.memory[0])], values, axis=0)
    return cg.Recording(values[start:], 1.0, epochs=epochs)


def run_epochs(args: argparse.Namespace, run: int) -> dict[str, float]:
    case = CASES[args.case]
    place = list(CASES).index(args.case)
    recording = in_epochs(case, args.samples, np.random.default_rng([SEED, place, args.samples, run]), 3)
    study = make_study(
        recording, {"a": recording.in_condition("a")}, widths=(None,), lags=(1,),
        method="threshold:0.5" if recording.kind == "counts" else "median", prior=0.5, settings=Settings(1.0, False),
    )  # fmt: skip
    draws = Draws(halves=1, nulls=args.draws)
    scans = Sampler(study, draws, run, 0, (1.0,)).scan(1, lambda amount: None)
    found = {"phi": float(scans["a"].phi[0])}
    for over in NULL_OVER:
        Sampler(study, replace(draws, null_over=over), run, 0, (1.0,)).nulls(scans, 1, lambda amount: None)
        excess, largest = null_of_maximum(scans["a"], 1.0)
        found[f"null of {over}"] = float(scans["a"].null_phi[:, 0].mean())
        found[f"p of {over}"] = float(np.nanmin(rank_p(excess, largest[:, None])))
    return found


def run_temporal(args: argparse.Namespace, run: int) -> dict[str, float]:
    network = cg.Network(0.96 * dense(3).tpm + 0.02)
    slow = sample_recording(network, args.samples // 5, rng=[SEED, 9, run])
    recording = cg.Recording(np.repeat(slow.values, 5, axis=0), 5.0, slow.labels, kind="counts")
    profile = cg.scan_recording(
        recording, bins=[0.2, 0.4, 1.0, 2.0, 3.0], max_dependence=1.0, draws=0, binarise="spike", seed=run
    )
    assert profile.peak is not None
    return {"bin": float(profile.peak.grain.bin)}


STUDIES = {
    "independent": run_independent,
    "coverage": run_coverage,
    "planted": run_planted,
    "temporal": run_temporal,
    "epochs": run_epochs,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", choices=STUDIES)
    parser.add_argument("--units", type=int, default=4)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--draws", type=int, default=19)
    parser.add_argument("--max-dependence", type=float, default=0.05)
    parser.add_argument("--case", choices=CASES, default="short", help="of epochs")
    parser.add_argument("--out", type=Path, default=Path("calibration"))
    args = parser.parse_args()
    args.out.mkdir(exist_ok=True)
    what = args.case if args.study == "epochs" else args.units
    name = f"{args.study}-{what}-{args.samples}-{args.draws}.jsonl"
    path = args.out / name
    done = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    for run in range(len(done), args.runs):
        done.append({key: float(value) for key, value in STUDIES[args.study](args, run).items()})
        with path.open("a") as stream:
            stream.write(json.dumps(done[-1]) + "\n")
    print(f"{name}: {len(done)} runs")
    for key in done[0]:
        values = np.array([row[key] for row in done])
        error = np.nanstd(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
        print(f"  {key:<14} mean {np.nanmean(values):.4f} +- {error:.4f}  median {np.nanmedian(values):.4f}")
    for key in [key for key in done[0] if key == "p" or key.startswith("p of ")]:
        print(f"  {key} <= .05 in {np.mean([row[key] <= 0.05 for row in done]):.1%} of the runs")
    if "bin" in done[0]:
        bins, many = np.unique([row["bin"] for row in done], return_counts=True)
        print(f"  bins of the peak: {dict(zip(bins.tolist(), many.tolist(), strict=True))}")


if __name__ == "__main__":
    main()
