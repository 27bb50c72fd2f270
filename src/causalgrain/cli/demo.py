"""The demo: from networks and from a recording to their grain, end to end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from . import render

SYSTEMS = ("hoel2016-fig2", "hoel2016-fig4", "hoel2016-fig6")
SAMPLES = 5000
SCALES = (0.01, 0.03, 0.1, 0.3, 1.0)  # s


def run(target: Path, force: bool) -> None:
    """Run the demo and save everything to one file."""
    from ..ensembles.balance import balance
    from ..ensembles.balance_sentence import balance_sentence
    from ..grains.estimated import peaks_by_dependence
    from ..grains.search import scan
    from ..phi.compiled import kernels
    from ..phi.system import big_phi
    from ..simulate.balanced import demo_recording
    from ..store import save
    from ..systems.estimate import estimate_network
    from ..systems.gates import AND
    from ..systems.network import Network
    from ..systems.published import published_system
    from ..systems.sampling import sample_recording

    started = time.perf_counter()
    kernels()
    results: dict[str, Any] = {}
    for name in SYSTEMS:
        system = published_system(name)
        print(f"== {name}: {system.about}\n   {system.citation}, state {system.state}")
        if system.caution:
            print(f"   caution: {system.caution}")
        profile = scan(system.network, system.state, workers=-1)
        render.show_profile(profile)
        print(render.scan_sentence(name, profile), end="\n\n")
        results[name] = profile
    system = published_system("hoel2016-fig2")
    peak = results["hoel2016-fig2"].peak
    print("== the cause-effect structure at the peak of hoel2016-fig2")
    result = big_phi(system.network, system.state, grain=peak.grain)
    render.show_phi(result)
    print(render.phi_sentence("hoel2016-fig2", result), end="\n\n")
    results["hoel2016-fig2 at its peak"] = result
    print(
        f"== a simulated recording: {SAMPLES} samples of noisy ANDs wired as in Fig. 2, as if nobody knew the network"
    )
    hidden = Network.from_gates(
        {a: AND(*pair, on=0.8, off=0.2) for a, pair in zip("ABCD", ("CD", "CD", "AB", "AB"), strict=True)}
    )
    network, info = estimate_network(sample_recording(hidden, SAMPLES, rng=1))
    print(info)
    profile = scan(network, workers=-1)
    peaks = peaks_by_dependence(profile)
    render.table(
        "Peak by the largest conditional dependence admitted",
        ("max dependence", "admitted", "peak", "Phi"),
        [(f"{row.max_dependence:g}", row.admitted, row.peak or "none named", row.phi) for row in peaks.itertuples()],
    )
    print(render.estimated_sentence("the recording", peaks), end="\n\n")
    results["recording"] = profile
    results["recording estimate"] = info
    print(
        "== a simulated network of 4,000 cells seen through 80 E and 20 I units; from 25 to 35 s its inhibition fails"
    )
    recording = demo_recording()
    found = balance(recording, widths=SCALES, surrogates=39, bootstrap=40, workers=-1)
    render.table(
        "E-I correlation and departure from balance (mean f / s.d. f, f = E - I)",
        ("scale", *(f"{what}, {name}" for name in found.conditions for what in ("correlation", "departure"))),
        [
            (
                found.grains.label(k),
                *(float(found.values(w, name)[k]) for name in found.conditions for w in ("correlation", "departure")),
            )
            for k in range(len(found))
        ],
    )
    print(f"The network: {balance_sentence(found)}", end="\n\n")
    results["balance"] = found
    save(results, target, force=force)
    print(f"All results: {target}  (load with causalgrain.load; {time.perf_counter() - started:.0f} s)")
