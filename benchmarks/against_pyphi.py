"""CPU time of exact Phi beside PyPhi 1.2.0, system by system, as ratios measured in one run on one core.

    uv run python benchmarks/against_pyphi.py [--slow]

PyPhi runs in an environment of its own, in its fastest set-up (progress bars and parallelism off; pyemd < 1.1 and
numpy < 2), which `uv` makes on the way. It does not import on a current Python unless the names that moved to
collections.abc are put back into collections first. ``--slow`` adds systems that take PyPhi minutes.
"""

import json
import math
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import causalgrain as cg

PEER = r"""
import collections, collections.abc, json, os, sys, time
for name in dir(collections.abc):
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))
os.environ["PYPHI_WELCOME_OFF"] = "yes"
import numpy, pyphi
pyphi.config.PROGRESS_BARS = False
pyphi.config.PARALLEL_CUT_EVALUATION = False
pyphi.config.PARALLEL_CONCEPT_EVALUATION = False
for line in sys.stdin:
    case = json.loads(line)
    times = []
    for _ in range(case["repeats"]):
        network = pyphi.Network(numpy.array(case["tpm"]), cm=numpy.array(case["cm"]))
        subsystem = pyphi.Subsystem(network, tuple(case["state"]), range(len(case["state"])))
        started = time.process_time()
        phi = pyphi.compute.sia(subsystem).phi
        times.append(time.process_time() - started)
    print(json.dumps({"seconds": min(times), "phi": phi}), flush=True)
"""


def dense(n, seed):
    return cg.Network(np.random.default_rng(seed).random((1 << n, n)))


def systems(slow):
    """Yield (name, network, state, repeats of the peer)."""
    fig2 = cg.published("hoel2016-fig2")
    yield "basic-3", cg.published("basic"), "100", 5
    yield "xor-3", cg.published("xor-3"), "000", 5
    yield "noisy-AND-4, all-to-all edges", cg.Network(fig2.tpm, np.ones((4, 4))), "0000", 3
    yield "noisy-AND-4, its own edges", fig2, "0000", 3
    yield "dense noisy 4 (a)", dense(4, 0), "0000", 1
    yield "dense noisy 4 (b)", dense(4, 1), "0000", 1
    yield "Fig 4's ring of six", cg.published("hoel2016-fig4"), "000000", 2
    if slow:
        yield "rule 154 on 5 (a)", cg.published("rule154-5"), "10000", 1
        yield "rule 154 on 5 (b)", cg.published("rule154-5"), "11001", 1
        yield "dense noisy 5", dense(5, 2), "00000", 1


def ours(network, state):
    """CPU seconds of one call of big_phi, concepts and all, and its Phi: the least of several blocks of calls."""
    result = cg.big_phi(network, state)
    best = math.inf
    for _ in range(5):
        calls = 0
        started = time.process_time()
        while time.process_time() - started < 0.2:
            cg.big_phi(network, state)
            calls += 1
        best = min(best, (time.process_time() - started) / calls)
    return best, result.phi


def main():
    chosen = list(systems("--slow" in sys.argv))
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "peer.py"
        script.write_text(PEER)
        packages = ("pyphi==1.2.0", "pyemd<1.1", "numpy<2", "setuptools<81")
        command = ["uv", "run", "--no-project", "--python", "3.11"]
        for package in packages:
            command += ["--with", package]
        peer = subprocess.Popen(
            [*command, "python", "-W", "ignore", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        machine = platform.processor() or platform.machine()
        print(f"{machine}, Python {platform.python_version()}, causalgrain {cg.__version__}")
        print("peer: " + ", ".join(packages))
        print(f"{'system':<32}{'peer s':>10}{'ours ms':>10}{'ratio':>9}{'peer Phi':>11}{'our Phi':>11}")
        ratios = []
        for name, network, state, repeats in chosen:
            case = {
                "tpm": network.tpm.tolist(),
                "cm": network.edges.astype(int).tolist(),
                "state": [int(v) for v in state],
            }
            peer.stdin.write(json.dumps(case | {"repeats": repeats}) + "\n")
            peer.stdin.flush()
            answer = json.loads(peer.stdout.readline())
            seconds, phi = ours(network, state)
            ratios.append(answer["seconds"] / seconds)
            print(
                f"{name:<32}{answer['seconds']:>10.3f}{seconds * 1e3:>10.3f}{ratios[-1]:>9.0f}"
                f"{answer['phi']:>11.6f}{phi:>11.6f}",
                flush=True,
            )
        print(f"geometric mean of the ratios: {math.exp(np.mean(np.log(ratios))):.0f}")
        peer.stdin.close()
        peer.wait()


if __name__ == "__main__":
    main()
