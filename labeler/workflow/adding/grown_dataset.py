"""A data set with more images: each part as it was, and what is new of it behind."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from labeler.datasets.adding import NewImages
from labeler.datasets.base import Split
from labeler.datasets.originals import Blobs
from labeler.imaging import renditions
from labeler.records import UNLABELED
from labeler.storage.rows import Dataset
from labeler.words import counted, joined
from labeler.workflow.array_names import of_part
from labeler.workflow.datasets import GROWN_FROM, content_hash, split_arrays, storable
from labeler.workflow.pictures.left_out import left_out_arrays, left_out_of
from labeler.workflow.pictures.original_arrays import (
    MORE_ROOTS,
    blob_arrays,
    source_numbers,
    sources_of,
    stamps_of,
    upload_name,
)
from labeler.workflow.workspace import Workspace

_IN_MEMORY = 1 << 26
_CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Grown:
    """A data set with more images, its arrays kept, its row yet to be written.

    Attributes
    ----------
    row : Dataset of the storage layer
        With the id of the one that it grew from.
    n_pool, n_test : int
        New images of each part.
    notes : tuple of str
        What was not taken as it is.
    """

    row: Dataset
    n_pool: int
    n_test: int
    notes: tuple[str, ...]


def grow(ws: Workspace, row: Dataset, new: NewImages, upload: Path | None = None) -> Grown:
    """Put new images behind those of a data set; nothing but arrays is written.

    Parameters
    ----------
    ws : Workspace
    row : Dataset of the storage layer
        Its images were read from files.
    new : NewImages
    upload : Path, optional
        The uploaded archive that they are in, to be kept as it is.
    """
    labels, notes = _labels(row.classes, new.class_names)
    in_test = new.is_test & (labels != UNLABELED) & (row.counts["test_known"] > 0)
    source = _source(row, new.root, upload)
    artefacts = dict(_of_uploads(row))
    if upload is not None:
        held = np.memmap(upload, dtype=np.uint8, mode="r")
        artefacts[upload_name(source.number)] = ws.artefacts.save(held)
    parts = {"pool": np.flatnonzero(~in_test), "test": np.flatnonzero(in_test)}
    is_rendered = any(new.originals.renditions) or _is_rendered(row)
    for part, places in parts.items():
        if of_part(part, "images") in row.artefacts:
            added = _Added(ws, row, part, _split(new, labels, places), source.number, is_rendered)
            artefacts |= added.joined()
    left_out = tuple(dict.fromkeys((*left_out_of(ws, row), *new.left_out)))
    grown = replace(
        row,
        kind="path" if row.kind == "known" else row.kind,
        artefacts=artefacts | ws.artefacts.save_all(left_out_arrays(left_out)),
        content_hash=content_hash(artefacts, row.classes),
        counts=_counts(ws, artefacts),
        details=_details(row, source) | {"n_left_out": len(left_out), "scale": new.scale},
    )
    return Grown(grown, len(parts["pool"]), len(parts["test"]), notes)


@dataclass(frozen=True)
class _Source:
    """The folder or archive that new images lie in.

    Attributes
    ----------
    roots : tuple of (str or None)
        Of all sources of the data set.
    """

    number: int
    roots: tuple[str | None, ...]


def _source(row: Dataset, root: Path | None, upload: Path | None) -> _Source:
    """One that the data set has, if it lies there; else a further one."""
    sources = sources_of(row)
    place = None if upload is not None else storable(root)
    roots = tuple(source.root for source in sources)
    for number, source in enumerate(sources):
        if place is not None and source.upload is None and source.root == place:
            return _Source(number, roots)
    return _Source(len(roots), (*roots, place))


def _labels(classes: Sequence[str], names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The true class of each new image, among those of the data set; what has none there."""
    label_of = {_folded(name): label for label, name in enumerate(classes)}
    labels = [label_of.get(_folded(name), UNLABELED) for name in names]
    others = Counter(
        name for name, label in zip(names, labels, strict=True) if name and label == UNLABELED
    )
    return np.array(labels, dtype=np.int64), _told(others) if others else ()


def _told(others: Counter[str]) -> tuple[str, ...]:
    classes = joined([f"{name}: {n:,}" for name, n in sorted(others.items())][:5])
    return (
        f"{counted(others.total(), 'image')} of classes that the data set did not have ({classes}):"
        " their class counts as unknown. Add the class to the run, and name them there.",
    )


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _split(new: NewImages, labels: np.ndarray, places: np.ndarray) -> Split:
    return Split(
        new.images[places],
        labels[places],
        tuple(new.names[place] for place in places),
        originals=new.originals.take(places),
    )


class _Added:
    """One part of a data set, with its new images behind."""

    def __init__(
        self,
        ws: Workspace,
        row: Dataset,
        part: str,
        split: Split,
        source: int,
        is_rendered: bool,
    ) -> None:
        self._ws = ws
        self._row = row
        self._part = part
        self._split = split
        self._source = source
        self._is_rendered = is_rendered

    def joined(self) -> dict[str, str]:
        """The part's arrays by name; one in memory at a time where they are large."""
        artefacts = {}
        for name, added in self._new_arrays().items():
            if name not in self._more_than_files:
                old = self._ws.array(self._row.artefacts[name])
                artefacts[name] = self._ws.artefacts.save(_behind(self._ws, old, added))
        return artefacts | self._ws.artefacts.save_all(self._of_files())

    @property
    def _more_than_files(self) -> set[str]:
        """Arrays that the data set may do without until now."""
        names = ("stamps", "sources", "renditions", "rendition_lengths")
        return {of_part(self._part, name) for name in names}

    def _new_arrays(self) -> dict[str, np.ndarray]:
        return split_arrays(self._split, self._part)

    def _of_files(self) -> dict[str, np.ndarray]:
        ws, row, part = self._ws, self._row, self._part
        originals = self._split.originals
        assert originals is not None
        sources = np.full(len(self._split), self._source, dtype=np.int32)
        arrays = {
            of_part(part, "stamps"): np.concatenate([stamps_of(ws, row, part), originals.stamps]),
            of_part(part, "sources"): np.concatenate([source_numbers(ws, row, part), sources]),
        }
        return arrays | (self._renditions() if self._is_rendered else {})

    def _renditions(self) -> dict[str, np.ndarray]:
        """Those of all images; where one was shown as it was read, it is made now."""
        ws, row, part = self._ws, self._row, self._part
        names = [of_part(part, name) for name in ("renditions", "rendition_lengths")]
        originals = self._split.originals
        new = [] if originals is None else list(originals.renditions)
        added = _encoded(self._split.images, new)
        if names[0] in row.artefacts:
            old = Blobs(*(ws.array(row.artefacts[name]) for name in names))
        else:
            images = ws.array(row.artefacts[of_part(part, "images")])
            old = _encoded(images, [b""] * len(images))
        data = _behind(ws, old.data, added.data)
        return blob_arrays(
            part, "rendition", Blobs(data, np.concatenate([old.lengths, added.lengths]))
        )


def _encoded(images: np.ndarray, made: Sequence[bytes]) -> Blobs:
    return Blobs.of(
        [one or renditions.encode(image) for one, image in zip(made, images, strict=True)]
    )


def _behind(ws: Workspace, old: np.ndarray, added: np.ndarray) -> np.ndarray:
    """Both, one behind the other: on disk where they are large."""
    if old.nbytes + added.nbytes <= _IN_MEMORY:
        return np.concatenate([old, added])
    shape = (len(old) + len(added), *old.shape[1:])
    with TemporaryFile(dir=ws.instance, prefix=".labeler-") as file:
        both = np.memmap(file, dtype=old.dtype, mode="w+", shape=shape)
    for start in range(0, len(old), _CHUNK):
        both[start : start + _CHUNK][: len(old) - start] = old[start : start + _CHUNK]
    both[len(old) :] = added
    return both


def _is_rendered(row: Dataset) -> bool:
    return of_part("pool", "renditions") in row.artefacts


def _of_uploads(row: Dataset) -> dict[str, str]:
    names = {upload_name(number) for number in range(len(sources_of(row)))}
    return {name: row.artefacts[name] for name in names & row.artefacts.keys()}


def _counts(ws: Workspace, artefacts: dict[str, str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part, known in (("pool", "known"), ("test", "test_known")):
        name = of_part(part, "labels")
        labels = ws.array(artefacts[name]) if name in artefacts else np.empty(0, np.int64)
        counts |= {part: len(labels), known: int(np.count_nonzero(labels != UNLABELED))}
    return counts


def _details(row: Dataset, source: _Source) -> dict[str, Any]:
    grown_from = [*row.details.get(GROWN_FROM, ()), row.content_hash]
    first, *more = source.roots
    return {**row.details, "root": first, MORE_ROOTS: more, GROWN_FROM: grown_from}
