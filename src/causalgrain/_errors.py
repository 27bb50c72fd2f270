"""The errors of the package: what was expected, what came, where, and how to mend it."""

from __future__ import annotations


class CausalGrainError(Exception):
    """Base of all errors that the package raises on purpose; the command line turns them into exit code 2."""


class InputError(CausalGrainError, ValueError):
    """Something handed in can't be used.

    Parameters
    ----------
    where : str
        The argument, file or cell at fault.
    expected, got : str
        What would be right, and what was found.
    remedy : str
        How to mend it, as a sentence.
    """

    def __init__(self, where: str, *, expected: str, got: str, remedy: str) -> None:
        self.where = where
        self.expected = expected
        self.got = got
        self.remedy = remedy
        super().__init__(f"{where}: expected {expected}, got {got}. {remedy}")


class UnreachableStateError(InputError):
    """The state can't follow from any state of the system."""


class ConditionalDependenceError(InputError):
    """The elements of a state-by-state TPM don't update independently given the present state."""


class CostError(InputError):
    """The work asked for would take longer, or more memory, than allowed."""


class OutputExistsError(InputError):
    """The output file exists, and is never overwritten unasked."""


class FileFormatError(InputError):
    """A file is truncated, foreign, or lacks what was asked of it."""


class CausalGrainWarning(UserWarning):
    """Something that changes how a number is to be read."""
