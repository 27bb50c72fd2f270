"""Linear Gaussian profiles of real worms, forward against reversal, with intervals and nulls.

    CAUSALGRAIN_DATA=... uv run python benchmarks/worm_profiles.py [--draws 99]

Whole-brain calcium of freely moving worms (Dag et al. 2023), celegans_wholebrain/*.h5 of the data folder; 130 to 146
neurons pooled by activity. Forward movement has some 600 pairs, enough for 32 pools; reversal some 150 (97 in one
worm), enough for 8 dimensions or 4, in which both are compared.
"""

import argparse
import os
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import causalgrain as cg

FORWARD, REVERSAL = "reversal_vec=0", "reversal_vec=1"
STEP = 0.6  # s


def show(profile: cg.GrainProfile) -> None:
    """Print one line a scale and condition."""
    for name in profile.conditions:
        for row in range(len(profile)):
            known = {m.name: profile.values(m.name, name)[row] for m in profile.measures}
            ei = f"ei {known['ei']:.3f} [{known['low']:.3f}, {known['high']:.3f}] null {known['ei_null']:.3f}"
            emergence = (
                f"dEI {known['emergence']:+.3f} null {known['emergence_null']:+.3f} p {known['emergence_p']:.2f}"
            )
            print(
                f"  {name}  {profile.grains.label(row):>6}  {ei} p {known['p']:.2f}   {emergence}   "
                f"naive dJ {known['dj_naive']:+.3f}"
            )


def main() -> None:
    """Run every worm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=99)
    draws = parser.parse_args().draws
    warnings.simplefilter("ignore", cg.CausalGrainWarning)  # few pairs: said in the text
    for path in sorted(Path(os.environ["CAUSALGRAIN_DATA"], "celegans_wholebrain").glob("*.h5")):
        whole = cg.read_recording(path, array="gcamp/trace_array", rate=1 / STEP, epochs="behavior/reversal_vec")
        print(f"{path.stem}: {whole.n_units} neurons, {whole.n_samples} samples")
        pools = cg.pool(whole, 32, by="activity", rng=0)
        show(cg.gaussian_profile(pools, conditions=[FORWARD], draws=draws, progress=False))
        pairs = min(
            int(np.diff(whole.in_condition(name).segments, axis=1).sum()) - len(whole.in_condition(name).segments)
            for name in (FORWARD, REVERSAL)
        )
        few = cg.pool(whole, 8 if pairs > 140 else 4, by="activity", rng=0)
        show(cg.gaussian_profile(few, conditions=[FORWARD, REVERSAL], draws=draws, progress=False))


if __name__ == "__main__":
    main()
