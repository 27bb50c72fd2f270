"""The grains of a continuous system: how many dimensions are kept. Order: as given, by habit micro first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._errors import InputError


@dataclass(frozen=True, eq=False)
class Dimensions(Sequence[int]):
    """Numbers of dimensions, each a scale.

    Attributes
    ----------
    dims : tuple of int
    n : int
        Dimensions of the micro scale; the level of a scale is how many of them it leaves out.
    """

    dims: tuple[int, ...]
    n: int

    def __len__(self) -> int:
        return len(self.dims)

    def __getitem__(self, index: Any) -> Any:
        return self.dims[index]

    def label(self, index: int) -> str:
        """Return the short name of a scale, such as "d = 8"."""
        return f"d = {self.dims[index]}"

    def columns(self) -> dict[str, Any]:
        """Return what a table says of each scale: its dimensions and its level."""
        return {"dimensions": np.array(self.dims), "level": self.n - np.array(self.dims)}


def checked_dims(dims: Any, n: int) -> tuple[int, ...]:
    """Return numbers of dimensions, largest first; None: n, then the powers of two below it.

    >>> checked_dims(None, 10)
    (10, 8, 4, 2, 1)
    """
    if dims is None:
        powers = [1 << i for i in range(n.bit_length()) if 1 << i < n]
        return (n, *reversed(powers))
    given = [dims] if isinstance(dims, int | np.integer) else list(dims)
    whole = all(isinstance(d, int | np.integer) and not isinstance(d, bool) and 1 <= d <= n for d in given)
    if not given or not whole or len(set(given)) != len(given):
        raise InputError(
            "dims",
            expected=f"different whole numbers from 1 to {n}, the variables there are",
            got=repr(dims),
            remedy="Leave it out for that many and the powers of two below.",
        )
    return tuple(sorted((int(d) for d in given), reverse=True))
