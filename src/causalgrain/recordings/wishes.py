"""What the caller of a reader asked for, and how each reader answers it in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from .._errors import InputError

if TYPE_CHECKING:
    from .recording import Recording


@dataclass(frozen=True)
class Wishes:
    """The options of :func:`~causalgrain.recordings.readers.read_recording`; None where nothing was asked."""

    array: str | None = None
    rate: float | None = None
    labels: Sequence[str] | None = None
    kind: str | None = None
    orientation: str | None = None
    units: Any = None
    segments: Any = None
    start: float | None = None
    duration: float | None = None
    lazy: bool | None = None

    def only(self, *names: str, what: str) -> None:
        """Refuse every option that is asked for and not among `names`: `what` says it all by itself.

        >>> Wishes(rate=30.0).only("array", "units", what="a suite2p folder")
        Traceback (most recent call last):
            ...
        causalgrain._errors.InputError: rate: expected no rate for a suite2p folder, got 30.0. Leave it out; ...
        """
        for option in fields(self):
            value = getattr(self, option.name)
            if value is not None and option.name not in names:
                raise InputError(
                    option.name,
                    expected=f"no {option.name} for {what}",
                    got=repr(value),
                    remedy=f"Leave it out; what applies here: {', '.join(names) or 'nothing'}.",
                )

    def finish(self, recording: Recording) -> Recording:
        """Return the recording with the units that were asked for."""
        return recording if self.units is None else recording.select(self.units)
