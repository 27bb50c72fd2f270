"""All fixed points of a map of the plane inside a box: Newton's method from a grid, and the count that must come out.

Conventions. g(y) = f(y) - y. Going once round a cell counterclockwise, g turns w times (counterclockwise positive);
the sum of sign(det(J - I)) over the fixed points inside is w. The grid is a little wider than the box and off-centre,
so that fixed points of symmetric maps don't lie on its lines. Edges along which g turns by more than a third of a
half turn are halved until they don't; a turn that can't be resolved means a fixed point on the edge, and the grid is
moved.

Search: damped Newton from the corners' best of every cell in which both components may vanish, from every cell whose
count isn't 0, and from a coarse lattice; then again, 9 x 9 starts in each cell whose count isn't met.
"""

from __future__ import annotations

import numpy as np

from .fixed_points import Field, distinct

WIDER = ((0.0137, 0.0091), (0.0211, 0.0058), (0.0073, 0.0173))  # of the box, below and above; one pair a try
LATTICE = 12
NEWTON = 60
HALVINGS = 14


def in_plane(field: Field, nodes: int) -> tuple[np.ndarray, str]:
    """Return the fixed points inside the box, shape (k, 2), and what is doubtful about them."""
    points, reason = np.zeros((0, 2)), ""
    for below, above in WIDER:
        axes = [
            np.linspace(field.box[0, j] - below * field.scale[j], field.box[1, j] + above * field.scale[j], nodes)
            for j in range(2)
        ]
        g = field(lattice(*axes)).reshape(nodes, nodes, 2)
        flat = (np.abs(g) <= field.close * field.scale).all(axis=2).mean()
        if flat > 0.02:
            return np.zeros((0, 2)), f"f(y) = y on {flat:.0%} of the box: no single points"
        turns, sure = winding(field, axes, g)
        points = search(field, axes, g, turns)
        missing = unmet(field, axes, points, turns)
        if len(missing):
            starts = np.concatenate([within(axes, cell) for cell in missing])
            points = distinct(np.concatenate([points, newton(field, starts, axes)]), field.apart * field.scale)
            missing = unmet(field, axes, points, turns)
        reason = ""
        if not sure.all():
            reason = f"the field's turns can't be counted around {int((~sure).sum())} cells: a fixed point on an edge?"
        elif len(missing):
            reason = f"in {len(missing)} cells the fixed points found don't add up to the turns of the field"
        if not reason:
            break
    slack = 1e-9 * field.scale
    inside = ((points >= field.box[0] - slack) & (points <= field.box[1] + slack)).all(axis=1)
    return points[inside], reason


def lattice(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return all combinations, shape (len(first) * len(second), 2), the second varying fastest."""
    return np.stack([a.ravel() for a in np.meshgrid(first, second, indexing="ij")], axis=1)


def turn(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the angle from vectors a to b, in (-pi, pi], shape (m,)."""
    return np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))


def edge_turns(field: Field, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the angle by which g turns along each edge, shape (m,), and whether it could be followed."""
    total, sure = np.zeros(len(start)), np.ones(len(start), dtype=bool)
    owner, a, b = np.arange(len(start)), start, end
    ga, gb = field(a) / field.scale, field(b) / field.scale
    for depth in range(HALVINGS + 1):
        angle = turn(ga, gb)
        wide = np.abs(angle) > np.pi / 3
        np.add.at(total, owner[~wide], angle[~wide])
        if depth == HALVINGS:
            sure[owner[wide]] = False
        if not wide.any():
            break
        owner, a, b, ga, gb = owner[wide], a[wide], b[wide], ga[wide], gb[wide]
        middle = 0.5 * (a + b)
        gm = field(middle) / field.scale
        owner = np.concatenate([owner, owner])
        a, b, ga, gb = (np.concatenate(p) for p in ((a, middle), (middle, b), (ga, gm), (gm, gb)))
    return total, sure


def winding(field: Field, axes: list[np.ndarray], g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the turns of g around each cell, (n - 1, n - 1) int, and whether they are sure."""
    n = len(axes[0])
    y = lattice(*axes).reshape(n, n, 2)
    along, sure_along = edge_turns(field, y[:-1].reshape(-1, 2), y[1:].reshape(-1, 2))
    up, sure_up = edge_turns(field, y[:, :-1].reshape(-1, 2), y[:, 1:].reshape(-1, 2))
    along, sure_along = along.reshape(n - 1, n), sure_along.reshape(n - 1, n)
    up, sure_up = up.reshape(n, n - 1), sure_up.reshape(n, n - 1)
    total = along[:, :-1] + up[1:] - along[:, 1:] - up[:-1]
    sure = sure_along[:, :-1] & sure_up[1:] & sure_along[:, 1:] & sure_up[:-1]
    return np.rint(total / (2.0 * np.pi)).astype(int), sure


def search(field: Field, axes: list[np.ndarray], g: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Return the roots that Newton's method reaches."""
    corners = np.stack([g[:-1, :-1], g[1:, :-1], g[:-1, 1:], g[1:, 1:]])
    both = ((corners.min(axis=0) <= 0) & (corners.max(axis=0) >= 0)).all(axis=2) | (turns != 0)
    i, j = np.nonzero(both)
    middle = [0.5 * (axis[1:] + axis[:-1]) for axis in axes]
    starts = np.stack([middle[0][i], middle[1][j]], axis=1)
    coarse = lattice(*(np.linspace(axis[0], axis[-1], LATTICE) for axis in axes))
    return newton(field, np.concatenate([starts, coarse]), axes)


def newton(field: Field, starts: np.ndarray, axes: list[np.ndarray]) -> np.ndarray:
    """Return the distinct roots of g inside the grid that damped Newton reaches from `starts`, shape (k, 2)."""
    low, high = (np.array([axis[k] for axis in axes]) for k in (0, -1))
    y = starts.copy()
    g = field(y)
    active = np.ones(len(y), dtype=bool)
    for _ in range(NEWTON):
        rows = np.flatnonzero(active)
        if not len(rows):
            break
        slope = field.jacobian(y[rows]) - np.eye(2)
        move = -(np.linalg.pinv(slope, rcond=1e-12) @ g[rows][:, :, None])[:, :, 0]
        longest = np.abs(move / field.scale).max(axis=1)
        move *= np.minimum(1.0, 0.2 / np.maximum(longest, 1e-300))[:, None]
        size = np.linalg.norm(g[rows] / field.scale, axis=1)
        step, done = np.ones(len(rows)), np.zeros(len(rows), dtype=bool)
        for _ in range(6):  # halve the steps that don't bring g nearer to zero
            todo = np.flatnonzero(~done)
            if not len(todo):
                break
            there = np.clip(y[rows[todo]] + step[todo, None] * move[todo], low, high)
            value = field(there)
            better = np.linalg.norm(value / field.scale, axis=1) < size[todo]
            y[rows[todo[better]]], g[rows[todo[better]]] = there[better], value[better]
            done[todo[better]] = True
            step[todo[~better]] *= 0.5
        active[rows[~done]] = False
    found = np.linalg.norm(g / field.scale, axis=1) <= field.close
    best = np.argsort(np.linalg.norm(g[found] / field.scale, axis=1), kind="stable")
    return distinct(y[found][best], field.apart * field.scale)


def cells_of(axes: list[np.ndarray], points: np.ndarray) -> np.ndarray:
    """Return the cell of each point, shape (k, 2)."""
    last = len(axes[0]) - 2
    return np.stack(
        [np.clip(np.searchsorted(axis, points[:, j], side="right") - 1, 0, last) for j, axis in enumerate(axes)], axis=1
    )


def unmet(field: Field, axes: list[np.ndarray], points: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Return the cells (k, 2) in which the indices of the points don't add up to the turns of the field."""
    count = np.zeros_like(turns)
    if len(points):
        cells = cells_of(axes, points)
        index = np.sign(np.linalg.det(field.jacobian(points) - np.eye(2))).astype(int)
        np.add.at(count, (cells[:, 0], cells[:, 1]), index)
    return np.argwhere(count != turns)


def within(axes: list[np.ndarray], cell: np.ndarray) -> np.ndarray:
    """Return 9 x 9 starts inside a cell."""
    i, j = cell
    return lattice(np.linspace(axes[0][i], axes[0][i + 1], 9), np.linspace(axes[1][j], axes[1][j + 1], 9))
