"""Learned scales of the noisy SIR system: channel EI, 10-step error and the macro variables found, against the truth.

    python benchmarks/learned_sir.py --noise .03 --seeds 5

dS = -S I dt, dI = (S I - .5 I) dt, dt = .01; two noisy observers of (S, I) are the four channels, noises correlated
by -.5 between them; 9,000 trajectories of 7 steps from uniform starting points (63,000 pairs). Truth: the mean of both
observers, with the true drift. Trained with a loss over 7 steps, since the noise is of observation.
"""

from __future__ import annotations

import argparse
import time

import jax
import numpy as np

from causalgrain.learned.fit import fit_scales
from causalgrain.learned.model import ScaleModel

DT, AHEAD = 0.01, 10


def drift(y: np.ndarray) -> np.ndarray:
    """Return (S, I) one step later."""
    s, i = y[..., 0], y[..., 1]
    return np.stack([s - DT * s * i, i + DT * (s * i - 0.5 * i)], axis=-1)


def simulate(noise: float, seed: int, trajectories: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (observed (trajectories, steps + 1, 4), true (trajectories, steps + 1, 2))."""
    rng = np.random.default_rng(seed)
    states = [rng.dirichlet([1, 1, 1], trajectories)[:, :2]]
    for _ in range(steps):
        states.append(drift(states[-1]))
    true = np.stack(states, axis=1)
    root = noise * np.linalg.cholesky([[1.0, -0.5], [-0.5, 1.0]])
    kick = rng.standard_normal((*true.shape, 2)) @ root.T  # (..., variable, observer)
    return np.concatenate([true + kick[..., 0], true + kick[..., 1]], axis=-1), true


def channel(slope: np.ndarray, spread: np.ndarray, covariance: np.ndarray) -> float:
    """Return E 1/2 ln det(1 + Sigma^-1 F C F^T) / d."""
    d = len(covariance)
    gain = np.eye(d) + np.linalg.solve(covariance, slope @ np.atleast_2d(spread) @ slope.swapaxes(-1, -2))
    return float(0.5 * np.linalg.slogdet(gain)[1].mean() / d)


def exact(x: np.ndarray) -> float:
    """Return the channel EI of the observers' mean under the true drift, nats per dimension."""
    y = 0.5 * (x[..., :2] + x[..., 2:])
    now, then = y[:, :-1].reshape(-1, 2), y[:, 1:].reshape(-1, 2)
    s, i = now.T
    slope = np.moveaxis(np.array([[1 - DT * i, -DT * s], [DT * i, 1 + DT * (s - 0.5)]]), -1, 0)
    error = then - drift(now)
    return channel(slope, np.cov(now.T), error.T @ error / len(error))


def learned(model: ScaleModel, x: np.ndarray) -> float:
    """Return the same of a learned scale on samples."""
    with jax.enable_x64(True):
        y = model.encode(x)
        slope = np.asarray(jax.vmap(jax.jacfwd(model.step))(y[:4000]))
    return channel(slope, np.cov(np.asarray(y), rowvar=False), model.covariance)


def main() -> None:
    """Print what is learned beside the truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", type=float, nargs="+", default=[0.03])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--horizon", type=int, default=7)
    options = parser.parse_args()
    for noise in options.noise:
        x, _ = simulate(noise, 0, 9000, 7)
        begun, cpu = time.perf_counter(), time.process_time()
        result = fit_scales(
            x, dims=(4, 2, 1), seeds=options.seeds, folds=1, steps=options.steps, horizon=options.horizon,
            batch=256, learning_rate=2e-3, patience=options.steps,
        )  # fmt: skip
        print(f"\nnoise {noise}: {time.perf_counter() - begun:.1f} s, {time.process_time() - cpu:.1f} CPU s")
        plain = fit_scales(x, dims=(4, 2, 1), seeds=1, folds=1, steps=0)
        fresh, true = simulate(noise, 99, 1000, 20)
        now, then = fresh[:, :-AHEAD].reshape(-1, 4), fresh[:, AHEAD:].reshape(-1, 4)
        states = true[:, :-AHEAD].reshape(-1, 2)
        mean = 0.5 * (now[:, :2] + now[:, 2:])
        oracle = mean
        for _ in range(AHEAD):
            oracle = drift(oracle)
        rows = x.reshape(-1, 4)
        powers = np.array([[learned(m.scale(d), rows[m.held_out]) for d in (4, 2, 1)] for m in result.members()])
        errors, shares = [], []
        for member in (*result.members(), plain.member(0)):
            model = member.scale(2)
            with jax.enable_x64(True):
                errors.append(np.abs(np.asarray(model.predict(now, AHEAD)) - then).mean())
                y = np.asarray(model.encode(np.hstack([states, states])))
            columns = np.column_stack([y, np.ones(len(y))])
            left = states - columns @ np.linalg.lstsq(columns, states, rcond=None)[0]
            shares.append((1 - left.var(axis=0) / states.var(axis=0)).min())
        before = learned(plain.member(0).scale(2), rows[plain.member(0).held_out])
        print(f"channel EI, nats per dimension: J_2 exact {exact(x):.4f}, linear {before:.4f}, learned by seed:")
        print("  d = 4, 2, 1:", *(" ".join(f"{v:.4f}" for v in row) + ";" for row in powers))
        print(f"  mean J_2 {powers[:, 1].mean():.4f}, J_4 / J_2 {powers[:, 0].mean() / powers[:, 1].mean():.4f}")
        still = np.abs(np.hstack([mean, mean]) - then).mean()
        ideal = np.abs(np.hstack([oracle, oracle]) - then).mean()
        print(f"{AHEAD}-step MAE: oracle {ideal:.5f}, persistence {still:.5f}, linear {errors[-1]:.5f}, learned:")
        print("  " + " ".join(f"{e:.5f}" for e in errors[:-1]))
        print(f"R2 of (S, I) on y_2 of noiseless states, the smaller: {' '.join(f'{s:.4f}' for s in shares[:-1])}")
        print(f"steps {result.steps.tolist()}, learned at each scale {result.learned.mean(axis=0).tolist()}")


if __name__ == "__main__":
    main()
