"""Speed and memory of exact Phi: what was asked for beside what is measured here, and PyPhi 1.2.0 where it applies.

    uv run python benchmarks/phi_speed.py                  some 5 minutes, 3 of them the peer's
    uv run python benchmarks/phi_speed.py --quick          without the systems that take the peer long
    uv run python benchmarks/phi_speed.py --slow           also eight dense elements, and all grains of ten
    uv run python benchmarks/phi_speed.py --only dense-7 ring-8
    uv run python benchmarks/phi_speed.py --keep FILE      what stands in the file is not measured again

CPU seconds of one thread. Every piece of work runs in a process of its own, after the kernels are loaded (a search of
three elements first), so its memory is its own too. The peer runs in an environment of its own, in its fastest set-up
(see `phi_peer`), which `uv` makes on the way, or `--peer-python` names the interpreter of one that stands. A ratio is
of times taken one after the other in one run.

The noisy AND of four elements (Fig. 2 of Hoel et al. 2016) has an edge from each to each, as where the targets were
set; with its own edges only, where the peer is quicker, it is in the last line, which has no part in the mean.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from phi_peer import PHI_AGREES, Peer, System, and_ring, dense, ours, pair_ring, systems

import causalgrain as cg
from causalgrain.systems.sampling import sample_recording

# -- one piece of work, in a process of its own ------------------------------------------------------------------


def warm() -> None:
    """Load the kernels."""
    cg.scan(cg.published("basic"), "100", progress=False)
    cg.big_phi(cg.published("basic"), "100")


def least(work: Callable[[], Any], enough: float = 1.0) -> tuple[float, Any]:
    """CPU seconds of the quickest of several calls (as many as fit in `enough` seconds, one at least)."""
    best, spent, answer = math.inf, 0.0, None
    while spent == 0.0 or spent + best < enough:
        started = time.process_time()
        answer = work()
        seconds = time.process_time() - started
        best, spent = min(best, seconds), spent + seconds
    return best, answer


def phi_of(network: cg.Network, states: dict[str, str]) -> dict[str, Any]:
    """Phi in each state; the time is that of the slowest."""
    warm()
    found, said = 0.0, []
    for name, state in states.items():
        seconds, result = least(lambda state=state: cg.big_phi(network, state, max_cost=math.inf))
        found = max(found, seconds)
        said.append(f"{name}: {seconds:.3g} s, Phi {result.phi:.6f}, {len(result.structure)} concepts")
    return {"value": found, "note": "; ".join(said)}


def ring_states(n: int) -> dict[str, str]:
    """Three states of the AND ring, Phi > 0 in all."""
    return {"all OFF": "0" * n, "all ON": "1" * n, "every other ON": "01" * (n // 2)}


def all_grains(network: cg.Network, nodes: str) -> dict[str, Any]:
    """The scan of a network in the state all OFF."""
    warm()
    work = partial(cg.scan, network, "0" * network.n, nodes, max_cost=math.inf, progress=False)
    try:
        seconds, profile = least(work)
    except cg.CostError as refusal:
        return {"value": None, "note": f"refused: {refusal}".replace("\n", " ")}
    note = f"{len(profile):,} grains, {profile.n_admitted:,} with Phi; peak {profile.peak}"
    return {"value": seconds, "note": " ".join(note.split())}


def along_samples() -> dict[str, Any]:
    """Phi at every sample of a recording of five units: the network counted, each visited state once."""
    warm()
    truth = cg.Network(0.15 + 0.7 * dense(5, 2).tpm)
    recording = sample_recording(truth, 100_000)
    started = time.process_time()
    network, _ = cg.estimate_network(recording)
    occupancy = network.occupancy
    assert occupancy is not None
    phi = np.zeros(1 << network.n)
    for index in np.flatnonzero(occupancy):
        phi[index] = cg.big_phi(network, [index >> i & 1 for i in range(network.n)]).phi
    along = phi[(np.asarray(recording.values) @ (1 << np.arange(network.n))).astype(int)]
    seconds = time.process_time() - started
    note = f"{np.count_nonzero(occupancy)} states visited, mean Phi {along.mean():.6f}"
    return {"value": seconds, "note": note}


FIRST = r"""
import json, resource, sys, time
started, wall = time.process_time(), time.perf_counter()
def since():
    return time.process_time() - started, time.perf_counter() - wall
import causalgrain as cg
times = {"import": since()}
light = "numba" not in sys.modules
net = cg.published("hoel2016-fig2")
times["ready"] = since()
cg.big_phi(net, "0000")
times["big_phi"] = since()
cg.scan(net, "0000", progress=False)
times["scan"] = since()
print(json.dumps({"light": light, **times}))
"""


def fresh(cache: str | None = None) -> tuple[dict[str, Any], str]:
    """First calls in a new process, with the kernel cache in `cache`: (times, what it wrote to stderr)."""
    surroundings = os.environ | ({"XDG_CACHE_HOME": cache} if cache else {})
    done = subprocess.run([sys.executable, "-c", FIRST], env=surroundings, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), done.stderr.strip()


def first_ever() -> dict[str, Any]:
    """The first call of all, nothing compiled yet (where caches follow XDG_CACHE_HOME)."""
    with tempfile.TemporaryDirectory() as folder:
        times, said = fresh(folder)
    return {"value": times["big_phi"][0], "note": f"{first_note(times)}; says: {said or 'nothing'}"}


def first_note(times: dict[str, Any]) -> str:
    """The first Phi from `import causalgrain` on: its wall time, its parts, and what the first scan adds."""
    cpu, wall = times["big_phi"]
    call, scan = cpu - times["ready"][0], times["scan"][0] - cpu
    return f"from the import on, wall {wall:.2f} s; big_phi alone {call:.2f} s; the first scan after it {scan:.2f} s"


def first_in_process() -> dict[str, Any]:
    """The first call in a new process, kernels compiled before."""
    warm()
    best = min((fresh()[0] for _ in range(3)), key=lambda times: times["big_phi"][0])
    return {"value": best["big_phi"][0], "note": first_note(best)}


def first_import() -> dict[str, Any]:
    """`import causalgrain` in a new process, the interpreter's own start not counted."""
    warm()
    best = min((fresh()[0] for _ in range(3)), key=lambda times: times["import"][0])
    cpu, wall = best["import"]
    return {"value": cpu, "note": f"wall {wall:.3f} s; numba {'not ' if best['light'] else ''}imported"}


@dataclass(frozen=True)
class Row:
    """One line of the table: the work, what was asked for (seconds or MiB), what the prototype took."""

    work: str
    target: float
    prototype: str
    run: Callable[[], dict[str, Any]] | str  # or the row whose memory it is
    slow: bool = False


ROWS = {
    "dense-6": Row("dense noisy 6", 0.7, "1.4 s", lambda: phi_of(dense(6, 2), {"all OFF": "0" * 6})),
    "dense-7": Row("dense noisy 7", 15, "35 s", lambda: phi_of(dense(7, 2), {"all OFF": "0" * 7})),
    "dense-8": Row("dense noisy 8", 360, "~1,400 s", lambda: phi_of(dense(8, 2), {"all OFF": "0" * 8}), slow=True),
    "ring-8": Row("AND ring of 8", 0.2, "1.8 s", lambda: phi_of(and_ring(8), ring_states(8))),
    "ring-10": Row("AND ring of 10", 5, "-", lambda: phi_of(and_ring(10), ring_states(10))),
    "fig2": Row(
        "all grains, all sets: Fig. 2", 0.005, "6 ms", lambda: all_grains(cg.published("hoel2016-fig2"), "all")
    ),
    "fig4": Row(
        "all grains, all sets: Fig. 4", 0.25, "0.4 s", lambda: all_grains(cg.published("hoel2016-fig4"), "all")
    ),
    "pairs-8": Row("all grains, full set: pair ring of 8", 8, "24 s", lambda: all_grains(pair_ring(8), "full")),
    "pairs-10": Row(
        "all grains, full set: pair ring of 10", 600, "-", lambda: all_grains(pair_ring(10), "full"), slow=True
    ),
    "samples": Row("Phi of every visited state, 5 units, 100,000 samples", 20, "-", along_samples),
    "memory-8": Row("memory, dense noisy 8", 1024, "260 MB", "dense-8", slow=True),
    "memory-10": Row("memory, AND ring of 10", 4096, "-", "ring-10"),
    "first-ever": Row("first call ever (compiles)", 20, "18 s", first_ever),
    "first-call": Row("first call in a new process", 1, "0.5 s", first_in_process),
    "import": Row("import causalgrain", 0.3, "-", first_import),
}


def measure(name: str) -> dict[str, Any]:
    """Do one row's work in a process of its own; adds its peak memory in MiB."""
    command = [sys.executable, str(Path(__file__).resolve()), "--measure", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"value": None, "note": "failed: " + (done.stderr.strip().splitlines() or ["no word"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def measure_here(name: str) -> None:
    """The inside of `measure`."""
    work = ROWS[name].run
    assert not isinstance(work, str)
    answer = work()
    print(json.dumps(answer | {"mib": peak_memory()}))


def peak_memory() -> float:
    """Largest resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux a new process's ru_maxrss starts at what its parent held; this doesn't.
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


# -- the table ---------------------------------------------------------------------------------------------------


class Kept:
    """What was measured before, in a file if there is one."""

    def __init__(self, path: Path | None, again: bool) -> None:
        self.path = path
        self.found: dict[str, Any] = json.loads(path.read_text()) if path and path.exists() else {}
        if again:
            self.found = {name: found for name, found in self.found.items() if name.startswith("peer: ")}

    def get(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What stands under the name, measured if nothing does."""
        if name not in self.found:
            self.found[name] = work()
            if self.path:
                self.path.write_text(json.dumps(self.found, indent=1) + "\n")
        return self.found[name]


def machine() -> str:
    """Processor, cores, and the versions of what computes."""
    import numba
    import scipy

    name = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.exists():
        named = [line.split(":", 1)[1].strip() for line in described.read_text().splitlines() if "model name" in line]
        name = named[0] if named else name
    return (
        f"{name}, {os.cpu_count()} cores; Python {platform.python_version()}, causalgrain {cg.__version__}, "
        f"numba {numba.__version__}, numpy {np.__version__}, scipy {scipy.__version__}"
    )


def verdict(value: float, target: float, more_is_better: bool = False) -> str:
    """Whether a target is met, or by what factor it is missed."""
    if math.isnan(target):
        return ""
    share = target / value if more_is_better else value / target
    return "met" if share <= 1.0 else f"missed x{share:.2g}"


def systems_table(kept: Kept, python: str | None, chosen: dict[str, System]) -> None:
    """Print the systems beside the peer, and the geometric mean of the ratios."""
    heads = f"{'system':<24}{'peer s':>9}{'ours ms':>10}{'+concepts':>10}{'ratio':>8}{'asked':>7}"
    print(f"\n{heads}  {'':<12}{'Phi':>10}  agrees")
    ratios, read = [], []
    with tempfile.TemporaryDirectory() as folder:
        peer = Peer(python, folder) if any(f"peer: {name}" not in kept.found for name in chosen) else None
        for name, system in chosen.items():
            theirs = kept.get(f"peer: {name}", lambda system=system: peer.ask(system) if peer else {})
            row = kept.get(name, partial(ours, system))
            ratio = theirs["seconds"] / row["ours"]
            if system.in_mean:
                ratios.append(ratio)
                read.append(theirs["seconds"] / row["with concepts"])
            asked = "" if math.isnan(system.target) else f"{system.target:,.0f}"
            off = abs(row["phi"] - theirs["phi"])
            agrees = f"{'yes' if off <= PHI_AGREES * max(1.0, row['phi']) else 'NO'} ({off:.0e})"
            print(
                f"{name:<24}{theirs['seconds']:>9.3f}{row['ours'] * 1e3:>10.3f}{row['with concepts'] * 1e3:>10.3f}"
                f"{ratio:>8,.0f}"
                f"{asked:>7}  {verdict(ratio, system.target, True):<12}{row['phi']:>10.6f}  {agrees}",
                flush=True,
            )
        if peer:
            peer.close()
    if len(ratios) > 1:
        mean, with_read = (math.exp(np.mean(np.log(some))) for some in (ratios, read))
        whole = len(ratios) == sum(s.in_mean for s in systems().values())
        judged = (
            f"asked 1,500: {verdict(mean, 1500, True)}"
            if whole
            else f"of {len(ratios)} of the nine: not the one asked for"
        )
        print(f"geometric mean of the ratios: {mean:,.0f} ({with_read:,.0f} with concepts read); {judged}")
    print("peer: " + next(iter(kept.found[f"peer: {name}"]["about"] for name in chosen)))


def work_table(kept: Kept, chosen: list[str]) -> None:
    """Print the rows that have no peer."""
    print(f"\n{'work':<54}{'asked':>9}{'measured':>10}  {'':<12}{'prototype':<10}  note")
    for name in chosen:
        row = ROWS[name]
        source = row.run if isinstance(row.run, str) else name
        found = kept.get(source, partial(measure, source))
        memory = isinstance(row.run, str)
        value = found.get("mib") if memory else found["value"]
        said = f"{row.target / 1024:g} GiB" if memory else f"{row.target:g} s"
        judged = "" if value is None else verdict(value, row.target)
        number = "-" if value is None else f"{value:,.0f} MiB" if memory else f"{value:.3g} s"
        print(
            f"{row.work:<54}{'< ' + said:>9}{number:>10}  {judged:<12}{row.prototype:<10}  "
            f"{'peak of the whole process' if memory else found['note']}",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave out the systems that take the peer minutes")
    parser.add_argument("--slow", action="store_true", help="also what takes us minutes")
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"'systems' or one of them, or: {', '.join(ROWS)}")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="JSON file of what was measured, to go on from")
    parser.add_argument("--again", action="store_true", help="with --keep: measure ours anew, the peer's times stay")
    parser.add_argument("--peer-python", metavar="PATH", help="interpreter of an environment that holds the peer")
    parser.add_argument("--measure", choices=list(ROWS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure_here(options.measure)
        return
    every = systems()
    wanted = options.only
    unknown = set(wanted or ()) - {"systems", *every, *ROWS}
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are systems, {', '.join([*every, *ROWS])}")
    chosen = {
        name: system
        for name, system in every.items()
        if (not wanted or "systems" in wanted or name in wanted)
        and (not (options.quick and system.slow) or name in (wanted or ()))
    }
    rows = [n for n, row in ROWS.items() if (n in wanted if wanted else options.slow or not row.slow)]
    kept = Kept(options.keep, options.again)
    print(machine())
    if chosen:
        warm()
        systems_table(kept, options.peer_python, chosen)
    if rows:
        work_table(kept, rows)


if __name__ == "__main__":
    main()
