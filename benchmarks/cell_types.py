"""How well cell types are found: tagged cells left out session by session, units without labels, pairs of spike trains.

    python benchmarks/cell_types.py ../shared/data

The folder holds cell_type_ground_truth, mouse_olfactory_units, monosynaptic_units and hippocampus_run_rest. The last
part is simulated: false positives of the correlogram test, and how many spikes it takes to see a connection.
"""

from __future__ import annotations

import argparse
import re
import time
import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from causalgrain.ensembles.cell_type import cell_type
from causalgrain.ensembles.correlogram import monosynaptic
from causalgrain.ensembles.waveform import waveform_features
from causalgrain.ensembles.waveform_mixture import (
    PRIOR,
    fit_two_groups,
    narrow_log_odds,
    reference_log_odds,
    with_prior,
)
from causalgrain.recordings.cell_explorer import read_unit_table
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording

KINDS = {
    "PV": "fast spiking",
    "PV + VGAT": "fast spiking",
    "Axo_Axonic": "fast spiking",
    "SST": "SST",
    "VIP": "VIP and other",
    "VGAT": "VIP and other",
    "Pyramidal": "excitatory",
    "Juxta": "excitatory",  # presumed
}
EDGES = (0.0, 0.1, 0.5, 0.9, 1.0)


def tagged(folder: Path) -> dict[str, np.ndarray]:
    """Session, class, kind, trough to peak and half-width (ms) of every ground-truth cell, as arrays."""
    rows = []
    for path in sorted((folder / "cell_type_ground_truth").glob("*.cell_metrics.cellinfo.mat")):
        for _, cell in read_unit_table(path).iterrows():
            rate = 1e3 / float(np.median(np.diff(cell["waveform_time"])))
            seen = waveform_features(cell["waveform"][None], rate=rate)
            kind = KINDS[cell["ground_truth"]]
            rows.append((path.name, cell["ground_truth"], kind, seen.trough_to_peak[0], seen.half_width[0]))
    names = ("session", "class", "kind", "length", "width")
    return {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def reference_of(kinds: np.ndarray, lengths: np.ndarray) -> dict[str, tuple[int, float, float]]:
    """What REFERENCE would be for these cells: (cells, mean, sd) of ln(trough to peak) by kind."""
    made = {}
    for kind in dict.fromkeys(KINDS.values()):
        x = np.log(lengths[(kinds == kind) & np.isfinite(lengths)])
        if len(x):
            made[kind] = (len(x), float(x.mean()), float(x.std(ddof=1)) if len(x) > 1 else 0.0)
    return made


def left_out(cells: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of every cell by a calibration on the other sessions: (reference, two groups fitted)."""
    reference, groups = np.full(len(cells["length"]), np.nan), np.full(len(cells["length"]), np.nan)
    x = np.log(cells["length"])[:, None]
    for session in np.unique(cells["session"]):
        out = cells["session"] == session
        known = reference_of(cells["kind"][~out], cells["length"][~out])
        reference[out] = reference_log_odds(cells["length"][out], reference=known)
        groups[out] = narrow_log_odds(fit_two_groups(x[~out]).of(x[out]))
    return reference, groups


def report_tagged(cells: dict[str, np.ndarray]) -> None:
    """Print accuracy and calibration."""
    truth = cells["kind"] != "excitatory"
    sure = cells["class"] != "Juxta"
    for name, odds in zip(("reference", "two groups"), left_out(cells), strict=True):
        print(f"\n{name}, each session left out in turn")
        for prior in (PRIOR, 0.5):
            p = with_prior(odds, prior)
            for which, mask in (("known types", sure), ("with juxtacellular", sure | ~sure)):
                use = mask & np.isfinite(p)
                e, i = use & ~truth, use & truth
                right = (p >= 0.5) == truth
                print(
                    f"  prior {prior}, {which}: {use.sum()} cells, right {right[use].sum()} "
                    f"({right[use].mean():.3f}; balanced {(right[e].mean() + right[i].mean()) / 2:.3f}), "
                    f"Brier {((p - truth) ** 2)[use].mean():.3f}, "
                    f"balanced {(((p - truth) ** 2)[e].mean() + ((p - truth) ** 2)[i].mean()) / 2:.3f}"
                )
            for kind in dict.fromkeys(cells["class"].tolist()):
                use = (cells["class"] == kind) & np.isfinite(p)
                sessions = len(np.unique(cells["session"][use]))
                print(
                    f"    {kind:11s} {use.sum():2d} cells, {sessions} sessions: "
                    f"median {np.median(cells['length'][use]):.3f} ms, mean P {p[use].mean():.2f}, "
                    f"from {p[use].min():.2f} to {p[use].max():.2f}, "
                    f"called inhibitory {(p[use] >= 0.5).sum()}"
                )
        p, use = with_prior(odds, 0.5), np.isfinite(odds)
        weight = np.where(truth, 0.5 / (use & truth).sum(), 0.5 / (use & ~truth).sum())
        for low, high in pairwise(EDGES):
            here = use & (p >= low) & ((p < high) | (high == 1.0))
            if here.any():
                w = weight[here] / weight[here].sum()
                print(
                    f"    P from {low} to {high}: {here.sum()} cells, mean P {(w * p[here]).sum():.2f}, "
                    f"share inhibitory {(w * truth[here]).sum():.2f} (both types weighing the same, prior .5)"
                )


def experiments(folder: Path) -> Iterator[Recording]:
    """All experiments of the olfactory files."""
    for path in sorted((folder / "mouse_olfactory_units").glob("*.mat")):
        first = read_recording(path)
        listed = next((note for note in first.notes if "names another" in note), "")
        for name in re.findall(r"(\w+\(\d+\)): \d+ units", listed):
            yield read_recording(path, array=name)


def many(lengths: np.ndarray) -> bool:
    """Are there ten units to fit two groups to?"""
    return bool(np.isfinite(lengths).sum() >= 10)


def report_olfactory(folder: Path) -> None:
    """Print how many units of the olfactory files are narrow, and how fast they fire."""
    recordings = list(experiments(folder))
    rates = np.concatenate([[len(t) / r.duration for t in r.spikes or ()] for r in recordings])
    print(f"\nolfactory units: {len(rates)} in {len(recordings)} experiments; the files don't tell the waveforms' rate")
    for hertz in (20_000.0, 25_000.0, 30_000.0):
        seen = [waveform_features(r.properties["waveform"], rate=hertz) for r in recordings]
        length, width = (np.concatenate([getattr(s, n) for s in seen]) for n in ("trough_to_peak", "half_width"))
        groups = fit_two_groups(np.log(length)[:, None])
        both = fit_two_groups(np.log(np.column_stack([length, width])))
        p = with_prior(reference_log_odds(length), PRIOR)
        pooled = with_prior(narrow_log_odds(groups.narrow), PRIOR)
        known = np.isfinite(p)
        print(f"  at {hertz:g} Hz: {known.sum()} measured, median {np.nanmedian(length):.3f} ms; {groups!r}")
        for name, narrow in (
            ("below .425 ms", length < 0.425),
            ("two groups, P(narrow) >= .5", groups.narrow >= 0.5),
            ("two groups, with half-width", both.narrow >= 0.5),
            ("reference, P >= .5", p >= 0.5),
        ):
            a, b = rates[narrow & known], rates[~narrow & known]
            if len(a) and len(b):
                print(
                    f"    {name}: {len(a)} ({len(a) / (len(a) + len(b)):.1%}), rate median "
                    f"{np.median(a):.2f} against {np.median(b):.2f} Hz, mean {a.mean():.2f} against {b.mean():.2f} Hz"
                )
        single = [fit_two_groups(np.log(s.trough_to_peak)[:, None]) for s in seen if many(s.trough_to_peak)]
        shares = [float(np.nanmean(fit.narrow)) for fit in single]
        print(
            f"    fitted to each of {len(single)} experiments alone: share narrow from {min(shares):.0%} to "
            f"{max(shares):.0%}, two groups better than one in {sum(fit.two for fit in single)}"
        )
        print(f"    expected inhibitory: reference {np.nansum(p):.1f}, pooled {np.nansum(pooled):.1f}")


def report_pairs(folder: Path) -> None:
    """Print what the correlogram test finds in recordings."""
    for name, most in (("monosynaptic_units/all_unit.mat", np.inf), ("hippocampus_run_rest/wmaze_spikes.mat", 50.0)):
        recording = read_recording(folder / name)
        spikes = recording.spikes or ()
        recording = recording.select([i for i, t in enumerate(spikes) if len(t) / recording.duration < most])
        begin = time.perf_counter()
        found = monosynaptic(recording.spikes or (), segments=recording.segments, units=recording.labels)
        print(f"\n{name}: {time.perf_counter() - begin:.2f} s, {found!r}")
        print(f"  share spikes: {', '.join(f'{a} and {b}' for a, b in found.doubles)}")
        print(found.table.to_string(index=False))


def train(rng: np.random.Generator, drive: np.ndarray, hertz: float) -> np.ndarray:
    """Spikes of a rate that follows `drive`, one value a ms."""
    chance = drive / drive.mean() * hertz / 1e3
    ms = np.flatnonzero(rng.random(len(drive)) < chance)
    return np.sort((ms + rng.random(len(ms))) / 1e3)


def nulls(rng: np.random.Generator, seconds: int) -> dict[str, np.ndarray]:
    """Common drives without any connection, one value a ms."""
    time_s = np.arange(seconds * 1000) / 1e3
    slow = np.exp(np.repeat(rng.normal(0, 0.7, seconds * 10), 100))
    theta = 1 + 0.8 * np.sin(2 * np.pi * 8 * time_s)
    ripples = theta.copy()
    for begin in rng.integers(0, len(time_s) - 60, seconds // 2):
        ripples[begin : begin + 60] *= 8
    gamma = 1 + 0.8 * np.sin(2 * np.pi * 60 * time_s + np.cumsum(rng.normal(0, 0.05, len(time_s))))
    fast = 1 + 0.9 * np.sin(2 * np.pi * 150 * time_s + np.cumsum(rng.normal(0, 0.05, len(time_s))))
    names = ("constant", "slow (100 ms)", "theta", "theta and bursts of 60 ms", "gamma 60 Hz", "ripple 150 Hz")
    return dict(zip(names, (np.ones(len(time_s)), slow, theta, ripples, gamma, fast), strict=True))


def report_simulated(seed: int, runs: int) -> None:
    """Print false positives, and the power to see a connection."""
    print(f"\nno connection, 12 units of 1 to 15 Hz, 600 s, {runs} runs a drive")
    for place in range(6):
        excess, lack, found, many, name = [], [], 0, 0, ""
        for run in range(runs):
            rng = np.random.default_rng([seed, place, run])
            name, drive = list(nulls(rng, 600).items())[place]
            made = monosynaptic([train(rng, drive, hertz) for hertz in rng.uniform(1, 15, 12)])
            excess.append(made.p_excess[np.isfinite(made.p_excess)])
            lack.append(made.p_lack[np.isfinite(made.p_lack)])
            found += int((made.excitatory | made.inhibitory).any())
            many += int(made.excitatory.sum() + made.inhibitory.sum())
        e, i = np.concatenate(excess), np.concatenate(lack)
        print(
            f"  {name}: p <= .05 in {(e <= 0.05).mean():.4f} (excess) and {(i <= 0.05).mean():.4f} (lack) of {len(e)} "
            f"pairs; {many} significant, in {found} of {runs} runs"
        )
    print(f"\none connection among 6 units, {runs * 5} runs each: share found, wrong sign or wrong pair")
    for sign, size in (("excitatory", 0.02), ("excitatory", 0.05), ("inhibitory", 0.5), ("inhibitory", 0.8)):
        for hertz, seconds in ((2.0, 600), (5.0, 600), (5.0, 3600), (15.0, 3600)):
            hits = wrong = 0
            for run in range(runs * 5):
                rng = np.random.default_rng([seed, 99, int(size * 100), int(hertz), seconds, run])
                trains = [np.sort(rng.uniform(0, seconds, rng.poisson(hertz * seconds))) for _ in range(6)]
                source, target = trains[0], trains[1]
                if sign == "excitatory":
                    caused = source[rng.random(len(source)) < size]
                    trains[1] = np.sort(np.r_[target, caused + 1.5e-3 + 0.3e-3 * rng.standard_normal(len(caused))])
                else:
                    before = np.searchsorted(source, target) - 1
                    since = np.where(before >= 0, target - source[np.maximum(before, 0)], np.inf)
                    hit = (since > 1e-3) & (since < 5e-3)
                    trains[1] = target[~(hit & (rng.random(len(target)) < size))]
                made = monosynaptic(trains)
                right = made.excitatory if sign == "excitatory" else made.inhibitory
                hits += int(right[0, 1])
                wrong += int(made.excitatory.sum() + made.inhibitory.sum() - right[0, 1])
            what = f"{size:.0%} of spikes followed" if sign == "excitatory" else f"{size:.0%} lost for 4 ms"
            print(f"  {sign}, {what}, {hertz:g} Hz, {seconds} s: {hits / runs / 5:.2f} found, {wrong} wrong")


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    cells = tagged(given.data)
    print(
        "REFERENCE of all cells:",
        {k: (n, round(m, 4), round(s, 4)) for k, (n, m, s) in reference_of(cells["kind"], cells["length"]).items()},
    )
    report_tagged(cells)
    report_olfactory(given.data)
    report_pairs(given.data)
    report_simulated(given.seed, given.runs)
    recording = read_recording(given.data / "cell_type_ground_truth" / "mouse3_180628.cell_metrics.cellinfo.mat")
    print("\n", cell_type(recording, by="combined").table.to_string(), sep="")


if __name__ == "__main__":
    main()
