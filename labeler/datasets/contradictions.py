"""One content under two classes: at least one of the labels is wrong."""

import hashlib
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from labeler.datasets.containers.files import Files, escaped
from labeler.imaging.images import MAX_IMAGE_BYTES
from labeler.words import counted


def contradictions(
    names: Sequence[str], labels: np.ndarray, hashes: np.ndarray, classes: Sequence[str]
) -> Iterator[str]:
    """A warning of files with the same bytes and different classes.

    Parameters
    ----------
    names : sequence of str
    labels : ndarray of shape (n,)
        Negative where the class is not known.
    hashes : ndarray of shape (n, 32), dtype uint8
        SHA-256 of each file.
    classes : sequence of str
    """
    known = np.flatnonzero(labels >= 0)
    contents = np.ascontiguousarray(hashes[known]).view("V32").ravel()
    firsts, content = np.unique(contents, return_index=True, return_inverse=True)[1:]
    other = np.flatnonzero(labels[known] != labels[known][firsts[content]])
    if not len(other):
        return
    n_contents = len(np.unique(content[other]))
    pair = known[[firsts[content[other[0]]], other[0]]]
    shown = [f"{escaped(names[n])} ({escaped(classes[labels[n]])})" for n in pair]
    yield (
        f"{counted(n_contents, 'image')} in several files of different classes, byte for byte, "
        f"such as {shown[0]} and {shown[1]}: at least one of the labels is wrong"
    )


MOST_COMPARED = 20_000
"""Files that are read as a whole of a set that is only looked at."""

MOST_BYTES = 2_000_000_000
"""Of these, together."""


def look_of_file(size: int, head: bytes) -> int:
    """A number that is the same for files of the same content, and seldom for others.

    Parameters
    ----------
    size : int
        Bytes of the file.
    head : bytes
        The first of them, as many of each file.
    """
    return (size << 32 | zlib.crc32(head)) & 0xFFFF_FFFF_FFFF_FFFF


def contradictions_among(
    files: Files,
    names: Sequence[str],
    labels: np.ndarray,
    looks: np.ndarray,
    classes: Sequence[str],
) -> Iterator[str]:
    """The same of files that were not read: those are that look the same in several classes.

    Parameters
    ----------
    files : Files
    names, labels, classes
        As for ``contradictions``.
    looks : ndarray of shape (n,), dtype uint64
        Of each file; see ``look_of_file``.
    """
    alike = _alike(labels, looks)
    n_bytes = np.cumsum([files.size(names[place]) for place in alike[:MOST_COMPARED]])
    compared = np.sort(alike[: int(np.searchsorted(n_bytes, MOST_BYTES))])
    read = [names[place] for place in compared]
    hashes = np.frombuffer(b"".join(_sha256(files, name) for name in read), dtype=np.uint8)
    if len(read):
        yield from contradictions(read, labels[compared], hashes.reshape(-1, 32), classes)
    if len(compared) < len(alike):
        yield (
            f"{len(alike):,} files look the same in different classes, of which only the first "
            f"{len(compared):,} were compared"
        )


def _alike(labels: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """The places of files that look the same as one of another class, those together."""
    known = np.flatnonzero(labels >= 0)
    firsts, groups = np.unique(looks[known], return_index=True, return_inverse=True)[1:]
    other = labels[known] != labels[known][firsts[groups]]
    places = np.flatnonzero(np.isin(groups, groups[other]))
    return known[places[np.argsort(groups[places], kind="stable")]]


def _sha256(files: Files, name: str) -> bytes:
    with files.open(name) as file:
        return hashlib.sha256(file.read(MAX_IMAGE_BYTES)).digest()
