"""Exact Phi beside PyPhi 1.2.0, one system at a time: the systems, the peer in an environment of its own, both times.

The peer in its fastest set-up: progress bars and parallelism off, pyemd < 1.1 and numpy < 2. It does not import on a
current Python unless the names that moved to collections.abc are put back into collections first.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import causalgrain as cg
from causalgrain.systems.gates import AND

PEER_PACKAGES = ("pyphi==1.2.0", "pyemd<1.1", "numpy<2", "setuptools<81")
PHI_AGREES = 1e-5  # of Phi: the peer's distances are quantised, and Phi adds many up

PEER = r"""
import collections, collections.abc, json, os, platform, sys, time
for name in dir(collections.abc):
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))
os.environ["PYPHI_WELCOME_OFF"] = "yes"
import numpy, pyphi
pyphi.config.PROGRESS_BARS = False
pyphi.config.PARALLEL_CUT_EVALUATION = False
pyphi.config.PARALLEL_CONCEPT_EVALUATION = False
about = "PyPhi " + pyphi.__version__ + ", numpy " + numpy.__version__ + ", Python " + platform.python_version()
print(json.dumps({"about": about}), flush=True)
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


def dense(n: int, seed: int) -> cg.Network:
    """Every element reads every other, with any probabilities."""
    return cg.Network(np.random.default_rng(seed).random((1 << n, n)))


def and_ring(n: int) -> cg.Network:
    """Every element is the AND of its two neighbours."""
    names = [f"n{i}" for i in range(n)]
    return cg.Network.from_gates({name: AND(names[i - 1], names[(i + 1) % n]) for i, name in enumerate(names)})


def pair_ring(n: int) -> cg.Network:
    """Pairs in a ring, both of a pair the AND of the pair before: Fig. 4 of Hoel et al. (2016) with n / 2 pairs."""
    names = [f"n{i}" for i in range(n)]
    return cg.Network.from_gates(
        {name: AND(*(names[(i // 2 * 2 - d) % n] for d in (2, 1))) for i, name in enumerate(names)}
    )


@dataclass(frozen=True)
class System:
    """One of the systems beside the peer; `target` is the ratio asked for, `slow` says that the peer takes long."""

    network: cg.Network
    state: str
    repeats: int = 1
    slow: bool = False
    target: float = math.nan
    in_mean: bool = True


def systems() -> dict[str, System]:
    """The nine systems of the mean, and one more."""
    fig2 = cg.published("hoel2016-fig2")
    rule = cg.published("rule154-5")
    return {
        "basic-3": System(cg.published("basic"), "100", 5),
        "xor-3": System(cg.published("xor-3"), "000", 5),
        "noisy-AND-4": System(cg.Network(fig2.tpm, np.ones((4, 4))), "0000", 3),
        "dense noisy 4 (a)": System(dense(4, 0), "0000"),
        "dense noisy 4 (b)": System(dense(4, 1), "0000"),
        "rule 154 on 5 (a)": System(rule, "10000", slow=True),
        "rule 154 on 5 (b)": System(rule, "11001", slow=True),
        "dense noisy 5": System(dense(5, 2), "00000", slow=True, target=2500),
        "Fig. 4's ring of 6": System(cg.published("hoel2016-fig4"), "000000", 3, target=500),
        "noisy-AND-4, own edges": System(fig2, "0000", 3, in_mean=False),
    }


class Peer:
    """The peer in its own environment, asked for one system at a time."""

    def __init__(self, python: str | None, folder: str) -> None:
        script = Path(folder) / "peer.py"
        script.write_text(PEER)
        command = [python] if python else ["uv", "run", "--no-project", "--python", "3.11"]
        if not python:
            for package in PEER_PACKAGES:
                command += ["--with", package]
            command.append("python")
        self.process = subprocess.Popen(
            [*command, "-W", "ignore", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            text=True,
            cwd=folder,
        )
        self.about = self._read()["about"]

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the peer ended without an answer: does its environment hold " + ", ".join(PEER_PACKAGES))
        return json.loads(line)

    def ask(self, system: System) -> dict[str, Any]:
        """Its CPU seconds (the least of the repeats), Phi, and what it is."""
        case = {
            "tpm": system.network.tpm.tolist(),
            "cm": system.network.edges.astype(int).tolist(),
            "state": [int(v) for v in system.state],
            "repeats": system.repeats,
        }
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(case) + "\n")
        self.process.stdin.flush()
        return self._read() | {"about": self.about}

    def close(self) -> None:
        """Let it end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def per_call(work: Callable[[], Any]) -> float:
    """CPU seconds of one call: the least of five blocks of calls."""
    best = math.inf
    for _ in range(5):
        calls = 0
        started = time.process_time()
        while time.process_time() - started < 0.1:
            work()
            calls += 1
        best = min(best, (time.process_time() - started) / calls)
    return best


def ours(system: System) -> dict[str, Any]:
    """CPU seconds of one call of `big_phi`, and with its concepts read, and Phi."""
    network, state = system.network, system.state
    result = cg.big_phi(network, state)
    plain = per_call(lambda: cg.big_phi(network, state))
    read = per_call(lambda: cg.big_phi(network, state).structure.concepts)
    return {"ours": plain, "with concepts": read, "phi": result.phi}
