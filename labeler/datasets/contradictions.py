"""One content under two classes: at least one of the labels is wrong."""

from collections.abc import Iterator, Sequence

import numpy as np

from labeler.datasets.containers.files import escaped
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
