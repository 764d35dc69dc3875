"""What the process of a network says: words, with numbers after some of them. No pickle.

The file of a network may be anybody's, and what it makes its process say is no more to be trusted.
"""

import msgspec
import numpy as np

from labeler.exceptions import ConfigError, InputError, LabelerError


class Made(msgspec.Struct, tag=True):
    """The network is ready; the attributes are those of ``Network``."""

    name: str
    side: int
    signature: str
    licence: str


class Seen(msgspec.Struct, tag=True):
    """It looked; vectors of ``n_features`` float32 each follow."""

    n_features: int


class Refused(msgspec.Struct, tag=True):
    """An ``InputError``, whose attributes these are."""

    code: str
    source: str
    found: str
    expected: str
    remedy: str


class Failed(msgspec.Struct, tag=True):
    """Another error that is addressed to the user."""

    message: str
    is_about_settings: bool


Reply = Made | Seen | Refused | Failed


def as_words(reply: Reply) -> bytes:
    """What goes through the pipe."""
    return msgspec.json.encode(reply)


def parse(words: bytes) -> Reply | None:
    """What came through the pipe; None if it makes no sense."""
    try:
        reply: Reply = msgspec.json.decode(words, type=Reply)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return reply


def rows(reply: Seen, numbers: bytes, n_rows: int) -> np.ndarray | None:
    """The vectors of a reply; None if there are not ``n_rows`` of them."""
    if reply.n_features < 0 or len(numbers) != 4 * n_rows * reply.n_features:
        return None
    return np.frombuffer(numbers, np.float32).reshape(n_rows, reply.n_features)


def as_reply(error: LabelerError) -> Refused | Failed:
    """An error on its way."""
    if isinstance(error, InputError):
        return Refused(error.code, error.source, error.found, error.expected, error.remedy)
    return Failed(str(error), isinstance(error, ConfigError))


def as_error(reply: Refused | Failed) -> LabelerError:
    """The same error on this side."""
    if isinstance(reply, Failed):
        return (ConfigError if reply.is_about_settings else LabelerError)(reply.message)
    return InputError(
        reply.code,
        reply.source,
        found=reply.found,
        expected=reply.expected,
        remedy=reply.remedy,
    )
