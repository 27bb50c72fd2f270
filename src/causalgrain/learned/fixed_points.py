"""Fixed points of a map y -> f(y) of one or two variables: where they are, whether they are stable, of what kind.

Conventions. f is the map over one sample, E[y(t+1) | y(t) = y]; a fixed point has f(y) = y. J is the Jacobian of f
(not of f(y) - y), its eigenvalues are the multipliers: a perturbation is multiplied by them at every sample. A fixed
point is stable where all |multipliers| < 1. Kinds:

    d = 1   stable | unstable: the multiplier's size below or above 1 (x + .1 (x - x^3): .8 at -1 and 1, 1.1 at 0)
    d = 2   stable node | unstable node: both multipliers real; stable focus | unstable focus: a complex pair;
            saddle: one multiplier inside the unit circle and one outside
    neutral: a multiplier within 1e-6 of the unit circle (1e-3 for a map in single precision): linearisation can't tell

All fixed points inside a box are looked for. The box is the range of the data: outside it neither network nor spline
knows anything. In one dimension: changes of sign of f(y) - y on a fine grid, bisected, and between grid points the
places where f(y) - y only touches zero, or passes it twice. In two dimensions see :mod:`.fixed_points_plane`:
Newton's method from every cell of a grid, and a count that must come out: the turns of f(y) - y around a cell's edge
equal the sum of the indices of the fixed points inside (Poincare-Hopf; index = sign of det(J - I)). Where the count
doesn't come out, `complete` is False and the result says so. A pair of opposite index inside one cell is invisible to
the count (not to the search).

References
----------
Strogatz (2015) Nonlinear Dynamics and Chaos, 2nd ed., sections 6.8 (index) and 10.1 (maps).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_float_array, as_whole
from .._errors import InputError
from ._macro_series import read_only

if TYPE_CHECKING:
    import pandas as pd

Map = Callable[[np.ndarray], Any]
ORDER = ("stable", "stable node", "stable focus", "saddle", "unstable", "unstable node", "unstable focus", "neutral")
GRID = {1: 2001, 2: 49}  # points per axis


@dataclass(frozen=True, eq=False)
class FixedPoints:
    """Fixed points of a map inside a box.

    Attributes
    ----------
    points : array, shape (k, d), unit of y
        Ordered by the first variable, then the second.
    multipliers : array of complex, shape (k, d)
        Eigenvalues of the map's Jacobian, largest modulus first.
    kinds : tuple of str, length k
    jacobians : array, shape (k, d, d)
        ``jacobians[k, i, j]`` = d f_i / d y_j.
    directions : array, shape (k, d, d)
        Real eigenvectors of unit length as rows, in the order of the multipliers, the largest component
        positive; NaN where multipliers are complex. Of a saddle row 0 is the unstable direction, row 1 the stable one.
    residual : array, shape (k,), unit of y
        |f(y) - y| at the point.
    box : array, shape (2, d), unit of y
        Lowest and highest values searched.
    complete : bool
        Whether the count of indices came out everywhere (d = 2), or the grid saw nothing doubtful (d = 1).
    reason : str
        Why it isn't complete, or "".
    """

    points: np.ndarray
    multipliers: np.ndarray
    kinds: tuple[str, ...]
    jacobians: np.ndarray
    directions: np.ndarray
    residual: np.ndarray
    box: np.ndarray
    complete: bool
    reason: str = ""

    def __post_init__(self) -> None:
        read_only(self.points, self.multipliers, self.jacobians, self.directions, self.residual, self.box)

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def dim(self) -> int:
        """How many variables the map has."""
        return self.box.shape[1]

    @property
    def is_stable(self) -> np.ndarray:
        """Which points are stable, shape (k,), bool."""
        return np.array([kind.startswith("stable") for kind in self.kinds], dtype=bool)

    @property
    def index(self) -> np.ndarray:
        """Index of each point, sign of det(J - I), shape (k,)."""
        return np.sign(np.linalg.det(self.jacobians - np.eye(self.dim))).astype(int)

    @property
    def signature(self) -> str:
        """How many of each kind, in words: "2 stable, 1 unstable"; what two results must share to agree."""
        return signature(self.kinds)

    @property
    def table(self) -> pd.DataFrame:
        """One row a fixed point: where, kind, multipliers, residual."""
        import pandas as pd

        columns: dict[str, Any] = {f"y{j + 1}": self.points[:, j] for j in range(self.dim)}
        columns["kind"] = list(self.kinds)
        for j in range(self.dim):
            columns[f"multiplier {j + 1}"] = [_number(m) for m in self.multipliers[:, j]]
            columns[f"|multiplier {j + 1}|"] = np.abs(self.multipliers[:, j])
        columns["residual"] = self.residual
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        head = f"fixed points: {self.signature}" + ("" if self.complete else f"; doubtful: {self.reason}")
        rows = [
            f"  ({', '.join(f'{v:.4g}' for v in point)})  {kind}, multipliers {', '.join(_number(m) for m in values)}"
            for point, kind, values in zip(self.points, self.kinds, self.multipliers, strict=True)
        ]
        return "\n".join([head, *rows])


def fixed_points(
    step: Map, box: Any, *, jacobian: Map | None = None, grid: int | None = None, name: str = "step"
) -> FixedPoints:
    """Return all fixed points of a map inside a box.

    ``f(y) = y``

    Parameters
    ----------
    step : callable
        (m, d) -> (m, d), the map over one sample. Not ``f(y) - y``.
    box : array_like, shape (2, d) or (2,) for one variable
        Lowest and highest values, the range of the data: see :func:`data_box`.
    jacobian : callable, optional
        (m, d) -> (m, d, d). Without it, central differences, their step fitted to the precision of `step`.
    grid : int, optional
        Grid points per axis; 2,001 for one variable, 49 for two.
    name : str
        What `step` is called in errors.

    Returns
    -------
    FixedPoints

    Raises
    ------
    InputError
        More than two variables; a box without extent; a map that isn't finite in the box.

    Examples
    --------
    >>> fixed_points(lambda x: x + 0.1 * (x - x**3), (-2, 2))
    fixed points: 2 stable, 1 unstable
      (-1)  stable, multipliers 0.8
      (0)  unstable, multipliers 1.1
      (1)  stable, multipliers 0.8
    """
    corners = as_box(box)
    dim = corners.shape[1]
    nodes = as_whole(GRID[dim] if grid is None else grid, "grid", 5, 1_000_001 if dim == 1 else 1001, of="grid points")
    field = Field(step, corners, jacobian, name)
    if dim == 1:
        points, reason = _on_line(field, nodes)
    else:
        from .fixed_points_plane import in_plane

        points, reason = in_plane(field, nodes)
    points = np.clip(points, corners[0], corners[1])
    points = points[np.lexsort(np.round(points / field.scale, 6).T[::-1])]
    jacobians = field.jacobian(points)
    multipliers, directions = spectrum(jacobians)
    return FixedPoints(
        points=points,
        multipliers=multipliers,
        kinds=tuple(kind(values, field.neutral) for values in multipliers),
        jacobians=jacobians,
        directions=directions,
        residual=np.linalg.norm(field(points), axis=1),
        box=corners,
        complete=not reason,
        reason=reason,
    )


def data_box(y: Any, *, quantile: float = 0.0, margin: float = 0.0) -> np.ndarray:
    """Return the range of samples, shape (2, d): the outer quantiles, widened by `margin` times the width.

    >>> data_box([1.0, 2.0, 5.0], margin=0.5).tolist()
    [[-1.0], [7.0]]
    """
    from ._macro_series import as_macro

    low, high = np.quantile(as_macro(y), [quantile, 1.0 - quantile], axis=0)
    return np.stack([low - margin * (high - low), high + margin * (high - low)])


def as_box(box: Any) -> np.ndarray:
    """Return a box as float64 of shape (2, d), d = 1 or 2, with extent on every axis."""
    corners = as_float_array(box, "box")
    corners = corners[:, None] if corners.ndim == 1 else corners
    if corners.ndim != 2 or corners.shape[0] != 2 or corners.shape[1] not in (1, 2):
        raise InputError(
            "box",
            expected="lowest and highest values of one or two variables, shape (2, d)",
            got=f"shape {corners.shape}",
            remedy="All fixed points can be found for d <= 2: use the scales of one and two dimensions.",
        )
    if not np.isfinite(corners).all() or not (corners[1] > corners[0]).all():
        raise InputError(
            "box",
            expected="finite bounds, the second above the first",
            got=corners.tolist().__repr__(),
            remedy="Take data_box(y) of a variable that varies.",
        )
    return corners


class Field:
    """f(y) - y and the Jacobian of f, checked, with the scales that searching needs."""

    def __init__(self, step: Map, box: np.ndarray, jacobian: Map | None, name: str) -> None:
        self.step, self.given, self.box, self.name = step, jacobian, box, name
        self.scale = box[1] - box[0]
        self.dim = box.shape[1]
        middle = np.asarray(step(box.mean(axis=0, keepdims=True)))
        if middle.shape != (1, self.dim):
            raise InputError(
                name,
                expected=f"a map (m, {self.dim}) -> (m, {self.dim})",
                got=f"shape {middle.shape} for one row",
                remedy="It takes a batch: one state a row, and returns as many rows.",
            )
        single = middle.dtype.kind == "f" and middle.dtype.itemsize < 8
        self.eps = float(np.finfo(np.float32 if single else np.float64).eps)
        self.neutral = 1e-3 if single else 1e-6
        size = max(1.0, float((np.abs(box).max(axis=0) / self.scale).max()))
        self.close = 1e3 * self.eps * size  # |f(y) - y| that counts as zero, in parts of the box
        self.apart = max(1e-6, np.sqrt(self.eps))  # distance within which two roots are one, in parts of the box

    def image(self, y: np.ndarray) -> np.ndarray:
        """Return f(y), shape (m, d), refusing what isn't finite.

        Batches are filled up to powers of 2: a map in JAX is compiled anew for each size.
        """
        size = max(64, 1 << (len(y) - 1).bit_length())
        full = np.concatenate([y, np.repeat(y[-1:], size - len(y), axis=0)])
        out = np.asarray(self.step(full), dtype=np.float64)[: len(y)]
        if not np.isfinite(out).all():
            bad = y[~np.isfinite(out).all(axis=1)][0]
            raise InputError(
                self.name,
                expected="a map that is finite in the box",
                got=f"a value that isn't at {np.round(bad, 6).tolist()}",
                remedy="Narrow the box to the range of the data, or leave this member out as failed.",
            )
        return out

    def __call__(self, y: np.ndarray) -> np.ndarray:
        return self.image(y) - y if len(y) else np.zeros((0, self.dim))

    def jacobian(self, y: np.ndarray) -> np.ndarray:
        """Return the Jacobian of f, shape (m, d, d)."""
        if not len(y):
            return np.zeros((0, self.dim, self.dim))
        if self.given is not None:
            return np.asarray(self.given(y), dtype=np.float64).reshape(len(y), self.dim, self.dim)
        out = np.empty((len(y), self.dim, self.dim))
        for j in range(self.dim):
            shift = np.zeros(self.dim)
            shift[j] = self.eps ** (1 / 3) * self.scale[j]
            out[:, :, j] = (self.image(y + shift) - self.image(y - shift)) / (2.0 * shift[j])
        return out


def _on_line(field: Field, nodes: int) -> tuple[np.ndarray, str]:
    """Return the roots of f(y) - y on an interval, shape (k, 1), and what is doubtful."""
    from scipy.optimize import minimize_scalar

    y = np.linspace(field.box[0, 0], field.box[1, 0], nodes)
    g = field(y[:, None])[:, 0]
    zero = np.abs(g) <= field.close * field.scale[0]
    if zero.mean() > 0.05:
        return np.zeros((0, 1)), f"f(y) = y on {zero.mean():.0%} of the range: no single points"
    low, high = y[:-1][g[:-1] * g[1:] < 0], y[1:][g[:-1] * g[1:] < 0]
    roots = list(y[g == 0])
    inner = np.flatnonzero((np.abs(g[1:-1]) < np.abs(g[:-2])) & (np.abs(g[1:-1]) <= np.abs(g[2:]))) + 1
    for i in inner:  # g comes near zero and turns back: it may touch it, or pass it twice between two grid points
        sign = np.sign(g[i])
        bend = abs(
            g[i - 1] - 2.0 * g[i] + g[i + 1]
        )  # a parabola dips by an eighth of it at most, a kink by less than it
        if sign == 0 or g[i - 1] * sign < 0 or g[i + 1] * sign < 0 or abs(g[i]) > bend:
            continue
        best = minimize_scalar(
            lambda v, s=sign: s * field(np.array([[v]]))[0, 0],
            bounds=(y[i - 1], y[i + 1]),
            method="bounded",
            options={"xatol": 1e-10 * field.scale[0]},
        )
        if best.fun < -field.close * field.scale[0]:
            low, high = np.append(low, [y[i - 1], best.x]), np.append(high, [best.x, y[i + 1]])
        elif best.fun <= field.close * field.scale[0]:
            roots.append(best.x)
    roots += list(bisect(field, low, high))
    return distinct(np.array(roots)[:, None], field.apart * field.scale), ""


def bisect(field: Field, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return one root in each bracket, all bisected together."""
    if not len(low):
        return low
    low, high = low.copy(), high.copy()
    sign = np.sign(field(low[:, None])[:, 0])
    for _ in range(60):
        middle = 0.5 * (low + high)
        same = np.sign(field(middle[:, None])[:, 0]) == sign
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return 0.5 * (low + high)


def distinct(points: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Return points that are further than `apart` from each other on some axis, the first of each group."""
    kept: list[np.ndarray] = []
    for point in points:
        if all((np.abs(point - other) > apart).any() for other in kept):
            kept.append(point)
    return np.array(kept).reshape(-1, points.shape[1])


def spectrum(jacobians: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return multipliers (k, d), largest modulus first, and their real directions as rows (k, d, d)."""
    raw, vectors = np.linalg.eig(jacobians)
    values: np.ndarray = np.asarray(raw, dtype=np.complex128)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    values = np.take_along_axis(values, order, axis=1)
    rows = np.take_along_axis(np.swapaxes(vectors, 1, 2), order[:, :, None], axis=1)
    real = (np.imag(values) == 0).all(axis=1)
    directions = np.where(real[:, None, None], np.real(rows), np.nan)
    for k in np.flatnonzero(real):
        for row in directions[k]:
            row *= np.sign(row[np.argmax(np.abs(row))]) or 1.0
    return values, directions


def kind(multipliers: np.ndarray, neutral: float = 1e-6) -> str:
    """Return the kind of a fixed point from its multipliers.

    >>> kind(np.array([1.2, 0.5])), kind(np.array([0.5 + 0.5j, 0.5 - 0.5j])), kind(np.array([-0.9]))
    ('saddle', 'stable focus', 'stable')
    """
    size = np.abs(multipliers)
    if (np.abs(size - 1.0) <= neutral).any():
        return "neutral"
    if len(size) == 1:
        return "stable" if size[0] < 1 else "unstable"
    if (size < 1).any() and (size > 1).any():
        return "saddle"
    shape = "focus" if np.iscomplex(multipliers).any() else "node"
    return f"{'stable' if size[0] < 1 else 'unstable'} {shape}"


def signature(kinds: tuple[str, ...]) -> str:
    """Return how many of each kind, in words.

    >>> signature(("saddle", "stable node", "stable node")), signature(())
    ('2 stable node, 1 saddle', 'none')
    """
    counts = Counter(kinds)
    return ", ".join(f"{counts[name]} {name}" for name in ORDER if counts[name]) or "none"


def _number(value: complex) -> str:
    if value.imag == 0:
        return f"{value.real:.4g}"
    return f"{value.real:.4g}{value.imag:+.4g}i"
