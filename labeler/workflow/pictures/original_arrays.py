"""What is kept of the files that images were read from: arrays of their data set, and sources.

A source is a folder or archive that files were read from. A data set has one; where images were
added from elsewhere it has more, and each image the number of its own.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import numpy as np

from labeler.datasets.adding import KnownFile
from labeler.datasets.originals import NO_STAMP, Blobs, Originals, decode_name, encode_names
from labeler.storage.rows import Dataset
from labeler.workflow.array_names import Array, of_part
from labeler.workflow.workspace import Workspace

MORE_ROOTS = "more_roots"
"""In a data set's details: the roots of its further sources."""

STAMPS = "stamps"
"""Sizes and times of files: they tell that a file is the same, and are no part of what it is."""


@dataclass(frozen=True)
class Source:
    """Where some of a data set's files lie.

    Attributes
    ----------
    root : str or None
        The folder or archive, absolute; None where it is not on this machine.
    upload : str or None
        The array that holds the archive as it was uploaded.
    """

    root: str | None
    upload: str | None

    @property
    def folder(self) -> Path | None:
        """The folder, if it is one and is there."""
        root = Path(self.root or "")
        is_folder = self.upload is None and root.is_absolute() and root.is_dir()
        return root if is_folder else None


def sources_of(dataset: Dataset) -> tuple[Source, ...]:
    """Where the files of a data set lie, by the number of each source."""
    roots = (dataset.details.get("root"), *dataset.details.get(MORE_ROOTS, ()))
    artefacts = dataset.artefacts
    return tuple(
        Source(root, artefacts.get(upload_name(number))) for number, root in enumerate(roots)
    )


def upload_name(source: int) -> str:
    """What the array is called that holds an uploaded archive, by the number of the source."""
    return f"{Array.UPLOAD}.{source}" if source else Array.UPLOAD


def known_files(ws: Workspace, dataset: Dataset) -> tuple[KnownFile, ...]:
    """The files of all images of a data set; none where they were not read from files."""
    sources = sources_of(dataset)
    known: list[KnownFile] = []
    for part in filter(lambda part: has_originals(dataset, part), ("pool", "test")):
        paths = load_blobs(ws, dataset.artefacts, part, "path")
        hashes = ws.array(dataset.artefacts[of_part(part, "hashes")])
        stamps = stamps_of(ws, dataset, part).tolist()
        numbers = source_numbers(ws, dataset, part).tolist()
        for path, digest, stamp, number in zip(paths or (), hashes, stamps, numbers, strict=True):
            root = sources[number].root
            place = None if root is None else os.path.join(root, decode_name(path))
            known.append(KnownFile(digest.tobytes(), place, tuple(stamp)))
    return tuple(known)


def source_numbers(ws: Workspace, dataset: Dataset, part: str) -> np.ndarray:
    """The number of the source of each image of a part, shape (n,)."""
    name = of_part(part, "sources")
    if name in dataset.artefacts:
        return ws.array(dataset.artefacts[name])
    return np.broadcast_to(np.int32(0), dataset.counts[part])


def stamps_of(ws: Workspace, dataset: Dataset, part: str) -> np.ndarray:
    """The stamp of each file of a part, shape (n, 2); data sets of before 0.2 have none."""
    name = of_part(part, STAMPS)
    if name in dataset.artefacts:
        return ws.array(dataset.artefacts[name])
    return np.full((dataset.counts[part], 2), NO_STAMP, dtype=np.int64)


def has_originals(dataset: Dataset, part: str = "pool") -> bool:
    """Whether each of its images was read from a file of its own."""
    return of_part(part, "hashes") in dataset.artefacts


def original_arrays(originals: Originals, part: str) -> dict[str, np.ndarray]:
    """What is kept of one part's originals, by the names of the arrays."""
    arrays = {
        of_part(part, "hashes"): originals.hashes,
        of_part(part, "sizes"): originals.sizes,
        **blob_arrays(part, "path", encode_names(originals.paths)),
    }
    if (originals.stamps != NO_STAMP).any():
        arrays[of_part(part, STAMPS)] = originals.stamps
    if any(originals.renditions):
        arrays |= blob_arrays(part, "rendition", Blobs.of(originals.renditions))
    return arrays


def blob_arrays(part: str, what: str, blobs: Blobs) -> dict[str, np.ndarray]:
    """Byte strings of one part as the two arrays that ``load_blobs`` reads."""
    return {
        of_part(part, f"{what}s"): blobs.data,
        of_part(part, f"{what}_lengths"): blobs.lengths,
    }


def load_blobs(ws: Workspace, artefacts: Mapping[str, str], part: str, what: str) -> Blobs | None:
    """Byte strings of one part, left on disk until they are looked at; None without any."""
    names = (of_part(part, f"{what}s"), of_part(part, f"{what}_lengths"))
    if names[0] not in artefacts:
        return None
    data, lengths = (artefacts[name] for name in names)
    return _load_blobs(ws, data, lengths)


def load_originals(ws: Workspace, dataset: Dataset, part: str) -> Originals | None:
    """The originals of one part; None where images were not read from files of their own."""
    paths = load_blobs(ws, dataset.artefacts, part, "path")
    if paths is None:
        return None
    renditions = load_blobs(ws, dataset.artefacts, part, "rendition")
    return Originals(
        tuple(map(decode_name, paths)),
        ws.array(dataset.artefacts[of_part(part, "hashes")]),
        ws.array(dataset.artefacts[of_part(part, "sizes")]),
        [b""] * len(paths) if renditions is None else cast(Sequence[bytes], renditions),
        stamps_of(ws, dataset, part),
    )


@lru_cache(maxsize=16)
def _load_blobs(ws: Workspace, data: str, lengths: str) -> Blobs:
    return Blobs(ws.array(data), np.asarray(ws.array(lengths)))
