"""What the caller of a reader asked for, and how each reader answers it in the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from .._checks import choose
from .._errors import InputError
from . import naming
from . import validation as check
from .real_numbers import shown

if TYPE_CHECKING:
    from .recording import Recording

KINDS = ("traces", "counts", "spikes")
ORIENTATIONS = ("time x unit", "unit x time")


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

    def checked(self) -> Wishes:
        """Return the options in their own types, or say which can't be meant.

        >>> Wishes(rate="30 Hz").checked()
        Traceback (most recent call last):
            ...
        causalgrain._errors.InputError: rate: expected a number > 0, in Hz, got '30 Hz'. For a sample every 0.6 s ...
        """
        if self.kind is not None:
            choose(self.kind, KINDS, "kind")
        if self.orientation is not None:
            choose(self.orientation, ORIENTATIONS, "orientation")
        if self.array is not None and not isinstance(self.array, str):
            raise InputError(
                "array",
                expected="the name of an array in the file",
                got=shown(self.array),
                remedy="Give it as text; values in memory become a recording by Recording(values, rate).",
            )
        if self.lazy is not None and not isinstance(self.lazy, bool):
            raise InputError(
                "lazy",
                expected="True or False",
                got=shown(self.lazy),
                remedy="Leave it out to let the size decide.",
            )
        labels = None if self.labels is None else naming.as_texts(self.labels)
        if self.labels is not None and labels is None:
            raise InputError(
                "labels",
                expected="one name a unit",
                got=shown(self.labels),
                remedy="Give a list of texts, such as ['a', 'b'].",
            )
        many = "For a sample every 0.6 s give rate=1 / 0.6."
        return replace(
            self,
            labels=labels,
            rate=None if self.rate is None else check.positive(self.rate, "rate", "Hz", many),
            units=list(self.units) if isinstance(self.units, Iterator) else self.units,
            segments=None if self.segments is None else check.as_time_segments(self.segments),
            start=None if self.start is None else check.finite(self.start, "start"),
            duration=None
            if self.duration is None
            else check.positive(self.duration, "duration", "s", "Give the length of the recording in s."),
        )

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
                    got=shown(value),
                    remedy=f"Leave it out; what applies here: {', '.join(names) or 'nothing'}.",
                )

    def finish(self, recording: Recording) -> Recording:
        """Return the recording with the units that were asked for."""
        return recording if self.units is None else recording.select(self.units)
