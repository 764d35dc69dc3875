"""The errors Labeler raises on purpose.

::

    LabelerError                something the user can act on; never a traceback, exit status 2
    ├── ConfigError             a setting is out of range or does not fit another
    ├── InputError              a file or folder given as data is not what it should be
    ├── DatasetNotFoundError    a known data set is neither on this machine nor to be downloaded
    ├── GroundTruthError        the step needs labels that the data set does not have
    ├── TooBusyError            others are served just now; the same again, later
    ├── NoRoomError             the disk is full; exit status 1
    └── IncompleteError         done, but not with all that belongs to it; exit status 1

Anything else that escapes is a defect of Labeler itself.
"""

from typing import NoReturn


class LabelerError(Exception):
    """Base of every error that is addressed to the user.

    Attributes
    ----------
    exit_status : int
        How the command line ends: 2 where other input or settings would help, else 1.
    """

    exit_status = 2


class ConfigError(LabelerError):
    """A setting is out of range or does not fit another; the message names both."""


class DatasetNotFoundError(LabelerError):
    """A known data set is not on this machine and could not be downloaded."""


class GroundTruthError(LabelerError):
    """The step needs true labels and the data set has none, or too few."""


class TooBusyError(LabelerError):
    """Others are served just now; the same can be asked again in a moment."""


class NoRoomError(LabelerError):
    """A disk is full; what could not be written whole was not written at all."""

    exit_status = 1

    def __init__(self, disk: str = "the disk") -> None:
        super().__init__(
            f"There is no room left on {disk}. What did not fit was not kept, not even in part; "
            "make room, then do it again."
        )


class IncompleteError(LabelerError):
    """It is done, but something that belongs to it is missing; the message says what."""

    exit_status = 1


class InputError(LabelerError):
    """A file or folder given as data is not what it should be.

    Parameters
    ----------
    code : str
        Which check failed, such as ``"IDX-5"``; stable, so that it can be searched for.
    source : str
        The file or folder as the user knows it (with its entry, where there is one).
    found : str
        What was found there, with row, entry or offset.
    expected : str
        What would have been right.
    remedy : str
        What to do about it: one full sentence.
    """

    def __init__(self, code: str, source: str, *, found: str, expected: str, remedy: str) -> None:
        self.code = code
        self.source = source
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(f"{source}: {found}; expected {expected}. {remedy} [{code}]")


def refuse(
    code: str, source: str, found: str, expected: str, remedy: str = "Correct the file and retry."
) -> NoReturn:
    """Raise an ``InputError``, whose parameters these are."""
    raise InputError(code, source, found=found, expected=expected, remedy=remedy)
