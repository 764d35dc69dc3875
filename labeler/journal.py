"""How a long step writes down what it has found out, so that a kill does not cost it.

A step asks its journal before it computes something and tells it afterwards; it does not know
where that is kept, nor whether it is. What is looked up may have been written by a process that
was killed. Forgetting is allowed: it costs time and nothing else.
"""

from typing import Protocol


class Journal(Protocol):
    """Where what was found out is written down."""

    def get(self, key: bytes) -> bytes | None:
        """What was put under that key; None where nothing was, or it is forgotten."""

    def put(self, key: bytes, value: bytes) -> None:
        """Write something down."""


class _NoJournal:
    def get(self, key: bytes) -> bytes | None:
        return None

    def put(self, key: bytes, value: bytes) -> None:
        pass


NO_JOURNAL = _NoJournal()
"""Forgets everything: the default of every step."""
