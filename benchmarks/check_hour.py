"""Time and memory of reading, binning and checking an hour of 100 units at 1 ms.

    uv run python benchmarks/check_hour.py

(a) spike times, 100 units at 1 to 10 Hz, in an .npz; (b) samples in an HDF5 file, float32, 3.6 million x 100 (1.4 GB),
white noise smoothed over 20 ms, written in one piece a second. Files are made in a temporary folder and deleted. Each
is read, binned at ten widths and checked, in a process of its own, whose CPU time, wall time and peak memory are
printed with the CPU time of each step.
"""

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

UNITS, SECONDS, RATE = 100, 3600, 1000
SPIKE_BINS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
SAMPLE_BINS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]


def make_spikes(path):
    rng = np.random.default_rng(0)
    rates = rng.uniform(1, 10, UNITS)
    trains = np.empty(UNITS, object)
    for unit, rate in enumerate(rates):
        trains[unit] = np.unique(rng.uniform(0, SECONDS, rng.poisson(rate * SECONDS)).round(4))
    columns = [np.concatenate(trains.tolist()), np.repeat(np.arange(UNITS), [len(t) for t in trains])]
    order = np.argsort(columns[0], kind="stable")
    np.savez(path, spikes=np.column_stack(columns)[order])


def make_samples(path):
    import h5py

    rng = np.random.default_rng(0)
    kernel = np.ones(20, np.float32)[:, None] / 20
    with h5py.File(path, "w") as file:
        table = file.create_dataset("lfp", (SECONDS * RATE, UNITS), np.float32, chunks=(RATE, UNITS))
        file["rate"] = float(RATE)
        for first in range(0, SECONDS * RATE, 60 * RATE):
            noise = rng.standard_normal((60 * RATE, UNITS), dtype=np.float32)
            total = np.cumsum(np.vstack([np.zeros((1, UNITS), np.float32), noise]), axis=0)
            noise[len(kernel) - 1 :] = (total[len(kernel) :] - total[: -len(kernel)]) / len(kernel)
            table[first : first + 60 * RATE] = noise


def check(path, bins):
    """Read, bin and check; print what it took as JSON. Runs in a process of its own."""
    began = time.perf_counter()
    from causalgrain.recordings.readers import read_recording
    from causalgrain.systems.sufficiency import check_recording

    steps, at = {}, time.process_time()
    recording = read_recording(path, kind="spikes") if path.endswith(".npz") else read_recording(path)
    steps["read"], at = time.process_time() - at, time.process_time()
    found = check_recording(recording, bins=bins)
    steps["check"] = time.process_time() - at
    at = time.process_time()
    text = repr(found)
    steps["print"] = time.process_time() - at
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "cpu": used.ru_utime + used.ru_stime,
                "wall": time.perf_counter() - began,
                "peak": used.ru_maxrss / 2**20,
                "steps": steps,
                "sentence": found.sentence,
                "lines": text.count("\n"),
            }
        )
    )


def main():
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        for name, make, bins in (("spikes.npz", make_spikes, SPIKE_BINS), ("samples.h5", make_samples, SAMPLE_BINS)):
            path = Path(folder) / name
            make(path)
            call = [sys.executable, __file__, str(path), json.dumps(bins)]
            out = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
            steps = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in out["steps"].items())
            print(f"{name} ({path.stat().st_size / 1e6:,.0f} MB), {len(bins)} bins: CPU {out['cpu']:.1f} s ({steps}),")
            print(f"    wall {out['wall']:.1f} s, peak memory {out['peak']:.2f} GiB. {out['sentence']}")


if __name__ == "__main__":
    check(sys.argv[1], json.loads(sys.argv[2])) if len(sys.argv) > 2 else main()
