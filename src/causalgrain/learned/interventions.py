r"""How the present state of a learned variable is set: laws over a latent ``y`` of d dimensions, and draws from them.

Every law here is ``y = centre + root u``, u of zero mean and unit covariance, so its covariance is root root^T:

* "gaussian": u normal; mean and covariance (n - 1) of the data.
* "ellipsoid": u uniform in the ball of radius sqrt(d + 2), so y in the ellipsoid with the data's mean and covariance.
* "box-data": u uniform in [-sqrt 3, sqrt 3]; y in the box between the data's least and largest value of each axis, or
  between the quantiles (q, 1 - q) where `box` = q.
* "box-fixed": y uniform in [-L, L] on each axis, L = `box` (1 by default), whatever the data.

**Draws go with the data** (ours). A root is known up to a rotation; here it is the one whose frame follows from the
data, so that under ``y -> T y + b`` draws of equal seed become T y + b of the old ones: of "gaussian" and "ellipsoid"
under every invertible T, of "box-data" under scaling, flipping, shifting and permuting axes. So an invariant measure
is invariant in every run, not only in the mean over runs. (Frame: with data = Q R / QR decomposition, Q moves by a
rotation only, and the projections of fixed noise on Q turn along with it.)

Draws are scrambled Sobol points, in REPLICATES independent scrambles whose spread is the error of a mean over draws,
or random ones ("random"). Entropies are those of :func:`causalgrain.information.gaussian.intervention_moments`.

**Reach** (ours): the share of draws that lie as near to data as data do: distance to the nearest sample among
the even ones of BLOCKS stretches of time, at most that of 95 % of the samples of the odd ones; data whitened. .95 where
the intervention is the data's own law; small where the number speaks of states never seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from .._checks import as_float_array, as_number, choose
from .._errors import InputError
from ..information.gaussian import INTERVENTIONS, WORDS, intervention_moments
from ..information.linear import LinearGaussian
from ..surrogates.streams import as_seed, draw_rng

REPLICATES = 8  # independent scrambles; their spread is the error
SAMPLING = ("sobol", "random")
BLOCKS, NEAR, NEAREST = 20, 0.95, 4096  # stretches of time, quantile, samples looked at
FRAME, DRAW = 1, 2  # purposes of random streams
SINGULAR = 1e-10  # relative size of a direction in which standardised data don't move
SAID = WORDS | {"box-data": "uniform in the box of the data's range or quantiles; changes under rotation of the latent"}


@dataclass(frozen=True, eq=False)
class Intervention:
    """A law by which the present state is set.

    Attributes
    ----------
    name : {"gaussian", "ellipsoid", "box-data", "box-fixed"}
    box : float or None
        Half-width of a fixed box, quantile of a data box.
    centre : ndarray, shape (d,)
    root : ndarray, shape (d, d)
        ``y = centre + root u``, u of unit covariance.
    entropy : float, nats
        Differential entropy, of all dimensions together.
    low, high : ndarray, shape (d,)
        Range on each axis; of "gaussian" 1.96 standard deviations either way.
    """

    name: str
    box: float | None
    centre: np.ndarray
    root: np.ndarray
    entropy: float
    low: np.ndarray
    high: np.ndarray

    @property
    def dim(self) -> int:
        """Number of dimensions d."""
        return len(self.centre)

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the law (d, d)."""
        return self.root @ self.root.T

    def place(self, points: np.ndarray) -> np.ndarray:
        """Return ``centre + root u`` of points u (..., d)."""
        return self.centre + points @ self.root.T

    def draw(self, draws: int, *, seed: int = 0, sampling: str = "sobol") -> np.ndarray:
        """Return states from the law, shape (draws, d); see :func:`standard_points`."""
        points = standard_points(self.name, self.dim, draws, seed=seed, sampling=sampling)[0]
        return self.place(points.reshape(-1, self.dim))


def intervention_from(samples: Any, name: str = "gaussian", *, box: float | None = None) -> Intervention:
    """Return the law by which a latent is set, from samples of it.

    Parameters
    ----------
    samples : array_like, shape (samples, d)
        The latent in the data, in order of time.
    name : {"gaussian", "ellipsoid", "box-data", "box-fixed"}
    box : float, optional
        "box-fixed": half-width L, in the latent's unit (1). "box-data": quantile q < .5, the box then reaching from
        q to 1 - q (0, the range).

    Raises
    ------
    InputError
        Samples that aren't finite, too few, or that don't move in some direction; a box that doesn't fit the law.

    Examples
    --------
    >>> law = intervention_from([[0.0], [1.0], [2.0]], "box-data")
    >>> float(law.low[0]), float(law.high[0]), round(law.entropy, 6)
    (0.0, 2.0, 0.693147)
    """
    choose(name, INTERVENTIONS, "intervention")
    y = as_states(samples)
    n, d = y.shape
    if box is not None and not name.startswith("box"):
        raise InputError(
            "box", expected="none", got=f"{box!r} with {name!r}", remedy='Choose "box-fixed" or "box-data".'
        )
    if name == "box-fixed":
        side = as_number(1.0 if box is None else box, "box", low=np.finfo(float).tiny, high=1e150)
        half = np.full(d, side)
        return _law(name, box, np.zeros(d), np.diag(half / np.sqrt(3.0)), half)
    if name == "box-data":
        edge = as_number(0.0 if box is None else box, "box", low=0.0, high=0.49)
        low, high = np.quantile(y, [edge, 1.0 - edge], axis=0)
        half = 0.5 * (high - low)
        _need_moving(half > 0)
        centre = 0.5 * (high + low)
        scores = _noise(n, 1)[:, 0] @ ((y - centre) / half)
        root = np.zeros((d, d))  # which column of points serves which axis, and which way round, follows the data
        order = np.argsort(-np.abs(scores), kind="stable")
        root[order, np.arange(d)] = np.where(scores < 0, -1.0, 1.0)[order] * half[order] / np.sqrt(3.0)
        return _law(name, box, centre, root, half)
    centre = y.mean(axis=0)
    root = _framed_root(y - centre)
    return _law(name, box, centre, root, np.sqrt(3.0 * (root**2).sum(axis=1)))


def standard_points(
    name: str, dim: int, draws: int, *, seed: int = 0, sampling: str = "sobol", noise: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return points of zero mean and unit covariance by the law `name`, and standard normal noise beside them.

    Parameters
    ----------
    name : str
        Law of the points: normal, in a ball, or in a cube.
    dim : int
    draws : int
        Raised to REPLICATES times a power of 2, as Sobol points want it.
    seed : int
    sampling : {"sobol", "random"}
    noise : int
        Dimensions of the noise.

    Returns
    -------
    points : ndarray, shape (REPLICATES, draws / REPLICATES, dim)
    noise : ndarray, shape (REPLICATES, draws / REPLICATES, noise)

    Examples
    --------
    >>> points, _ = standard_points("gaussian", 2, 1000)
    >>> points.shape, bool(abs(points.mean()) < 0.01)
    ((8, 128, 2), True)
    """
    choose(sampling, SAMPLING, "sampling")
    return _points(name, dim, draws, as_seed(seed, "seed"), sampling, noise)


@lru_cache(maxsize=16)  # members of an ensemble share them
def _points(name: str, dim: int, draws: int, seed: int, sampling: str, noise: int) -> tuple[np.ndarray, np.ndarray]:
    from scipy.special import ndtri

    power = max(int(np.ceil(np.log2(max(draws, 1) / REPLICATES))), 1)
    wide = dim + (name == "ellipsoid")
    cubes = []
    for replicate in range(REPLICATES):
        rng = draw_rng(seed, DRAW, replicate)
        if sampling == "random":
            cube = rng.random((2**power, wide + noise))
        else:
            from scipy.stats import qmc

            cube = qmc.Sobol(wide + noise, rng=rng).random_base2(power)
        cubes.append(np.clip(cube, 2.0**-40, 1.0 - 2.0**-40))
    cube = np.stack(cubes)
    inner = cube[..., :dim]
    if name.startswith("box"):
        points = np.sqrt(3.0) * (2.0 * inner - 1.0)
    else:
        points = ndtri(inner)
        if name == "ellipsoid":
            length = np.sqrt((points**2).sum(axis=-1, keepdims=True))
            points = points / length * np.sqrt(dim + 2.0) * cube[..., dim : dim + 1] ** (1.0 / dim)
    beside = ndtri(cube[..., wide:])
    points.setflags(write=False)
    beside.setflags(write=False)
    return points, beside


def reach(draws: np.ndarray, samples: np.ndarray) -> float:
    """Return the share of draws (m, d) that lie as near to samples (n, d) as samples do; NaN below 2 BLOCKS samples.

    >>> y = np.random.default_rng(0).standard_normal((2000, 2))
    >>> round(reach(y[::-1] + 0.01, y), 2) > 0.9, reach(y + 100.0, y)
    (True, 0.0)
    """
    from scipy.spatial import cKDTree

    n = len(samples)
    if n < 2 * BLOCKS:
        return float("nan")
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(samples.T)))
    scale = np.sqrt(np.maximum(values, SINGULAR**2 * max(float(values[-1]), np.finfo(float).tiny)))
    centre, turn = samples.mean(axis=0), vectors / scale
    every = (np.arange(n) * BLOCKS // n) % 2
    even, odd = np.flatnonzero(every == 0), np.flatnonzero(every == 1)
    even, odd = (part[:: -(-len(part) // NEAREST)] for part in (even, odd))
    tree = cKDTree((samples[even] - centre) @ turn)
    near = np.quantile(tree.query((samples[odd] - centre) @ turn)[0], NEAR)
    return float((tree.query((draws - centre) @ turn)[0] <= near).mean())


def as_states(samples: Any, where: str = "samples") -> np.ndarray:
    """Return samples (n, d), finite, at least two; a vector stands for one dimension."""
    y = as_float_array(samples, where)
    if y.ndim == 1:
        y = y[:, None]
    if y.ndim != 2 or len(y) < 2 or not y.shape[1]:
        raise InputError(
            where,
            expected="states of the latent, shape (samples, d), at least two",
            got=f"shape {y.shape}",
            remedy="Rows are samples, columns dimensions.",
        )
    if not np.isfinite(y).all():
        bad = int((~np.isfinite(y).all(axis=1)).sum())
        raise InputError(
            where,
            expected="finite numbers",
            got=f"NaN or infinity in {bad} of {len(y)} samples",
            remedy="The encoder diverged there, or the traces have gaps: leave those samples, or that member, out.",
        )
    return y


# -- parts -------------------------------------------------------------------------------------------------------


def _law(name: str, box: float | None, centre: np.ndarray, root: np.ndarray, half: np.ndarray) -> Intervention:
    d = len(centre)
    boxed = name.startswith("box")
    covariance = np.diag(half**2 / 3.0) if boxed else root @ root.T
    still = LinearGaussian(np.zeros((d, d)), np.eye(d), 0.5 * (covariance + covariance.T))
    entropy = intervention_moments(still, "box-data" if boxed else name, 1.0)[1]
    span = half if boxed else half / np.sqrt(3.0) * (1.959964 if name == "gaussian" else np.sqrt(d + 2.0))
    law = Intervention(name, box, centre, root, entropy, centre - span, centre + span)
    for array in (law.centre, law.root, law.low, law.high):
        array.setflags(write=False)
    return law


def _framed_root(centred: np.ndarray) -> np.ndarray:
    """Return a root (d, d) of the covariance that becomes T root when the data become T data."""
    n, d = centred.shape
    spread = centred.std(axis=0)
    _need_moving(spread > 0)
    if n <= d:
        raise InputError(
            "samples", expected=f"more than {d} samples for {d} dimensions", got=str(n), remedy="Give more samples."
        )
    q, r = np.linalg.qr(centred)
    sizes = np.linalg.svd(r / spread, compute_uv=False)
    if sizes[-1] <= SINGULAR * sizes[0]:
        raise InputError(
            "samples",
            expected="a latent that moves in every direction",
            got=f"{int((sizes > SINGULAR * sizes[0]).sum())} directions of {d}",
            remedy="Use fewer dimensions, or a fixed box.",
        )
    frame, upper = np.linalg.qr(q.T @ _noise(n, d))
    frame = frame * np.where(np.diag(upper) < 0, -1.0, 1.0)
    return r.T @ frame / np.sqrt(n - 1.0)


@lru_cache(maxsize=8)
def _noise(n: int, columns: int) -> np.ndarray:
    return draw_rng(0, FRAME).standard_normal((n, columns))


def _need_moving(moves: np.ndarray) -> None:
    if not moves.all():
        still = np.flatnonzero(~moves).tolist()
        raise InputError(
            "samples",
            expected="a latent that moves on every axis",
            got=f"a constant axis {still[0]}" + (f" and {len(still) - 1} more" if len(still) > 1 else ""),
            remedy="Leave it out, or use a fixed box.",
        )
