"""Image files, read, hashed and decoded; what a journal knows of them already is not done again.

A file whose path, size and time are in the journal is not even opened. One whose content is there,
from another place or time, is read and hashed, and not decoded. A file that broke its decoder is
tried again: the machine may have been busy.
"""

import hashlib
import io
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

import PIL

from labeler import __version__
from labeler.datasets.containers.files import Files, FileState
from labeler.datasets.text.image_names import reads_heic
from labeler.exceptions import InputError
from labeler.imaging.decoding import decode_each
from labeler.imaging.decoding.frames import read_reply, write_reply
from labeler.imaging.decoding.process import BROKEN
from labeler.imaging.decoding.replies import Outcome, as_reply, parse_reply
from labeler.imaging.images import MAX_IMAGE_BYTES, check_file_size
from labeler.journal import Journal

_KEY_BYTES = 16


class DecodedFile(NamedTuple):
    """What became of an image file.

    Attributes
    ----------
    sha256 : bytes
        Of its content; empty where it could not be read.
    state : FileState or None
        Before it was read.
    outcome : Outcome
    """

    sha256: bytes
    state: FileState | None
    outcome: Outcome


def decode_files(
    files: Files, names: Sequence[str], at_most: int, journal: Journal
) -> Generator["DecodedFile", None, None]:
    """Read and decode image files, in the order of ``names``.

    Parameters
    ----------
    files : Files
    names : sequence of str
    at_most : int
        Pixels along the longer side.
    journal : Journal
        Asked before a file is read or decoded, and told afterwards.

    Yields
    ------
    DecodedFile

    Raises
    ------
    InputError
        DIR-3 where a file changed while it was read.
    LabelerError
        As ``labeler.imaging.decoding.decode_each``.
    """
    reader = _Reader(files, at_most, journal)
    decoded = decode_each(reader.contents(names), at_most, deep=True, on_decoded=reader.write_down)
    with closing(decoded) as outcomes:
        for place, outcome in enumerate(outcomes):
            yield DecodedFile(reader.hashes[place], reader.states[place], outcome)


class _Reader:
    """Reads files, and keeps the journal."""

    def __init__(self, files: Files, at_most: int, journal: Journal) -> None:
        self.hashes: list[bytes] = []
        self.states: list[FileState | None] = []
        self._files = files
        self._at_most = at_most
        self._journal = journal
        # Of another version, pixels or the rendition may be others.
        self._how = f"{__version__} {PIL.__version__} {reads_heic()} {at_most}".encode()

    def contents(self, names: Sequence[str]) -> Iterator[tuple[str, bytes | Outcome]]:
        """What to call each file, and its content, or what became of it where that is known."""
        for name in names:
            source = self._files.describe(name)
            state = self._files.state(name)
            self.states.append(state)
            digest = None if state is None else self._journal.get(self._file_key(state))
            known = None if digest is None else self._known(digest, source)
            if digest is not None and known is not None:
                self.hashes.append(digest)
                yield source, known
            else:
                yield source, self._read(name, source, state)

    def write_down(self, place: int, outcome: Outcome) -> None:
        """Have the journal know what became of a file."""
        if isinstance(outcome, InputError) and outcome.code == BROKEN:
            return
        reply = io.BytesIO()
        write_reply(reply, *as_reply(outcome))
        self._journal.put(self._content_key(self.hashes[place]), reply.getvalue())
        self._write_state(self.states[place], self.hashes[place])

    def _read(self, name: str, source: str, state: FileState | None) -> bytes | Outcome:
        data = read_file(self._files, name)
        self.hashes.append(b"" if isinstance(data, InputError) else hashlib.sha256(data).digest())
        if isinstance(data, InputError):
            return data
        known = self._known(self.hashes[-1], source)
        if known is not None:
            self._write_state(state, self.hashes[-1])
            return known
        return data

    def _known(self, digest: bytes, source: str) -> Outcome | None:
        """What became of a file of that content, if the journal says it."""
        value = self._journal.get(self._content_key(digest))
        reply = None if value is None else read_reply(io.BytesIO(value))
        return None if reply is None else parse_reply(reply, source, self._at_most)

    def _write_state(self, state: FileState | None, digest: bytes) -> None:
        if state is not None:
            self._journal.put(self._file_key(state), digest)

    def _file_key(self, state: FileState) -> bytes:
        return self._key(b"file", "\0".join(map(str, state)).encode("utf-8", "surrogateescape"))

    def _content_key(self, digest: bytes) -> bytes:
        return self._key(b"content", digest)

    def _key(self, kind: bytes, what: bytes) -> bytes:
        text = b"\0".join((kind, self._how, what))
        return hashlib.blake2b(text, digest_size=_KEY_BYTES).digest()


def read_file(files: Files, name: str) -> bytes | InputError:
    """The content of one file; an error where it cannot be had."""
    try:
        check_file_size(files.size(name), files.describe(name))
        with files.open(name) as file:
            # It may have grown; one byte more than allowed is enough to be refused.
            return file.read(MAX_IMAGE_BYTES + 1)
    except InputError as error:
        if error.code == "DIR-3":  # somebody is at work there
            raise
        return error
