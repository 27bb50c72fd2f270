"""Features of the co-occurrence of excitatory and inhibitory levels, over scales, a line a condition.

Thin dotted lines are the Gaussian copula of the same correlation: what the correlation alone would give. Bands are
pointwise 95 % intervals of surrogates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import choose
from .._errors import InputError
from ..ensembles.cooccurrence import FEATURES, Cooccurrence
from ._over_scales import band, by_condition, draws_of, inside, key_below, looks, scale_axis
from ._style import SMALL, quiet

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

BITS = {"entropy": "entropy (bits)", "correlation": "correlation of levels"}
COLUMNS = 3


def cooccurrence_features(
    results: Mapping[Any, Any],
    *,
    null: Mapping[Any, Any] | None = None,
    features: Sequence[str] = FEATURES,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw the features of co-occurrence matrices over scales, conditions over each other.

    Parameters
    ----------
    results : mapping of width in s to Cooccurrence, or of condition and width
    null : the same with sequences of Cooccurrence, optional
        Surrogates at each width.
    features : sequence of str
        Of contrast, dissimilarity, homogeneity, energy, entropy, correlation; one panel each.
    figure : matplotlib figure or subfigure, optional
        Where to draw.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        No Cooccurrence, different numbers of levels, an unknown feature.

    Examples
    --------
    >>> from causalgrain.ensembles.cooccurrence import cooccurrence
    >>> rng = np.random.default_rng(0)
    >>> found = {width: cooccurrence(*rng.normal(size=(2, 500))) for width in (0.01, 0.1)}
    >>> [ax.get_ylabel() for ax in cooccurrence_features(found, features=["contrast", "entropy"]).axes]
    ['contrast', 'entropy (bits)']
    """
    given = by_condition(results, Cooccurrence)
    levels = {one.levels for scales in given.values() for one in scales.values()}
    if len(levels) > 1:
        raise InputError(
            "results",
            expected="one number of levels",
            got=", ".join(map(str, sorted(levels))),
            remedy="Features of different numbers of levels can't be compared: take the same levels= for all.",
        )
    listed = [features] if isinstance(features, str) else list(features)
    names = [choose(name, FEATURES, "features") for name in listed]
    if not names:
        raise InputError("features", expected="at least one", got="none", remedy="For example ['contrast'].")
    draws = draws_of(null, given, Cooccurrence)
    styles = looks(tuple(given))
    columns = min(COLUMNS, len(names))
    rows = -(-len(names) // columns)
    whole, place = inside(figure, (0.4 + 2.5 * columns, 0.5 + 2.1 * rows))
    axes = [place.add_subplot(rows, columns, k + 1) for k in range(len(names))]
    for ax, feature in zip(axes, names, strict=True):
        for name, scales in given.items():
            look, widths = styles[name], np.array(list(scales))
            said = name or "data"
            values = [one.features[feature] for one in scales.values()]
            line = {"ls": look.linestyle, "marker": look.marker, "ms": 3.5, "lw": 1.4, "zorder": 3}
            ax.plot(widths, values, color=look.color, label=said, **line)
            copula = [one.gaussian.get(feature, float("nan")) for one in scales.values()]
            if np.isfinite(copula).any():
                ax.plot(widths, copula, color=look.color, ls=":", lw=1.0, label=f"{said}, Gaussian copula")
            nulls = {width: each for width, each in draws[name].items() if each}
            if nulls:
                low, high = np.array([band([one.features[feature] for one in each]) for each in nulls.values()]).T
                filling = {"color": look.color, "alpha": 0.2, "lw": 0, "zorder": 1}
                ax.fill_between(list(nulls), low, high, label=f"{said}, surrogates 95 %", **filling)
        scale_axis(ax)
        ax.locator_params(axis="y", nbins=5)
        ax.set_ylabel(BITS.get(feature, feature), fontsize=SMALL)
        quiet(ax)
    for ax in axes[: len(axes) - columns]:
        ax.set_xlabel("")
    key_below(place, axes[0], len(given))
    return whole
