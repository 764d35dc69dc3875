"""Data sets, read once and kept: images, true labels and names as arrays, a row that names them.

An image of an imported data set has one number for good: the pool's images come first, then
those of its test part. Runs, pages and exports all speak of images by that number.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from labeler.datasets import KNOWN, Dataset, Split, known_datasets, load_dataset
from labeler.datasets.array_scale import PIXELS
from labeler.datasets.corrections import AS_FOUND, Corrections
from labeler.datasets.known.base import KnownDataset
from labeler.datasets.originals import decode_name, encode_names
from labeler.datasets.resizing import Likeness
from labeler.exceptions import InputError
from labeler.progress import SILENT, CalledOtherwise, Progress
from labeler.storage import datasets as rows_of
from labeler.storage.folder.journal import FileJournal, journal_of
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.words import well_formed
from labeler.workflow.array_names import Array, of_part
from labeler.workflow.pictures.kept import pictures_of
from labeler.workflow.pictures.left_out import left_out_arrays
from labeler.workflow.pictures.original_arrays import (
    STAMPS,
    blob_arrays,
    load_blobs,
    original_arrays,
)
from labeler.workflow.workspace import Workspace

GROWN_FROM = "grown_from"
"""In a data set's details: the content hashes of those that it has the images of, as numbered."""

OnRead = Callable[[Dataset], None]
OnHeadway = Callable[[], None]


def ignore(*told: object) -> None:
    """What is done with what is told where nobody asked."""


def import_dataset(
    ws: Workspace,
    source: str,
    *,
    data: Path | None = None,
    strict: bool = False,
    corrections: Corrections = AS_FOUND,
    progress: Progress = SILENT,
    on_read: OnRead = ignore,
    on_headway: OnHeadway = ignore,
) -> ImportedDataset:
    """Read a data set and keep it, once for equal content.

    Cut off, it goes on where it was when it is called again: what is known of image files is in a
    journal, until ``forget_reading``.

    Parameters
    ----------
    ws : Workspace
    source : str
        A known name or a path; see ``labeler.datasets.load_dataset``.
    data : Path, optional
        Folder with the files of a known data set.
    strict : bool
        Whether one bad image file is an error.
    corrections : Corrections
        What somebody says of folders and classes.
    progress : Progress
    on_read : callable
        Told what was read, before anything is kept.
    on_headway : callable
        Told when something is known that no try before this one knew.

    Raises
    ------
    DatasetNotFoundError, InputError
        It cannot be read.
    """
    kind = "known" if source in KNOWN else "path"
    place = "" if data is None else str(data)
    may_be_here = kind == "known" and not corrections
    existing = find_imported(ws, source, place) if may_be_here else None
    if existing is not None:
        return existing
    with reading_journal(ws, source, on_headway) as journal:
        dataset = load_dataset(
            source, data, progress=progress, strict=strict, corrections=corrections, journal=journal
        )
    on_read(dataset)
    return keep(
        ws,
        dataset,
        kind=kind,
        source=source,
        place=place,
        corrections=corrections,
        progress=progress,
    )


def import_upload(
    ws: Workspace,
    path: Path,
    filename: str,
    progress: Progress = SILENT,
    corrections: Corrections = AS_FOUND,
    on_headway: OnHeadway = ignore,
    journal_name: str | None = None,
) -> ImportedDataset:
    """Import an uploaded file that waits at ``path``; ``filename`` is what the user called it.

    ``progress``, ``corrections`` and ``on_headway`` are as for ``import_dataset``; the journal goes
    by ``journal_name`` where the path is not the same for another try.

    Raises
    ------
    InputError
        The file is not what it should be.
    """
    try:
        with reading_journal(ws, journal_name or str(path), on_headway) as journal:
            dataset = load_dataset(
                str(path),
                progress=CalledOtherwise(progress, str(path), filename),
                corrections=corrections,
                journal=journal,
            )
    except InputError as error:
        raise as_uploaded(error, path, filename) from error
    name = Path(filename).stem.strip() or "upload"
    # Of other files, such as tables of pixels, there are no originals.
    upload = path if dataset.root == path else None
    dataset = replace(dataset, root=None)
    return keep(
        ws,
        dataset,
        kind="upload",
        source=filename,
        name=name,
        upload=upload,
        corrections=corrections,
        progress=progress,
    )


def reading_journal(ws: Workspace, source: str, on_headway: OnHeadway = ignore) -> FileJournal:
    """What is known of the image files below a path from an import that was cut off."""
    return journal_of(ws.instance, str(Path(source).expanduser().absolute()), on_headway)


def forget_reading(ws: Workspace, source: str) -> None:
    """Remove the journal of an import: what it was for is done, and nobody goes on with it."""
    reading_journal(ws, source).discard()


def keep(
    ws: Workspace,
    dataset: Dataset,
    *,
    kind: str,
    source: str,
    name: str | None = None,
    place: str = "",
    upload: Path | None = None,
    corrections: Corrections = AS_FOUND,
    progress: Progress = SILENT,
) -> ImportedDataset:
    """Store a data set that was read; equal content that is here already is given instead.

    ``upload`` is the archive that its pictures are in, to be kept as it is; ``corrections`` are
    what it was read with, which is noted.
    """
    arrays = _arrays(dataset)
    if upload is not None:
        arrays[Array.UPLOAD] = np.memmap(upload, dtype=np.uint8, mode="r")
    with progress.task("Keeping the images"):
        artefacts = ws.artefacts.save_all(arrays)
        left_out = ws.artefacts.save_all(left_out_arrays(dataset.left_out))
    with ws.database.writing() as session:
        return rows_of.add(
            session,
            name=well_formed(name or dataset.name),
            kind=kind,
            source=well_formed(source),
            content_hash=content_hash(artefacts, dataset.classes),
            counts=_counts(dataset),
            classes=dataset.classes,
            artefacts=artefacts | left_out,
            details=_details(dataset, place, corrections),
        )


def content_hash(artefacts: Mapping[str, str], classes: Sequence[str]) -> str:
    """What tells a data set from others: its arrays, but for the times of its files."""
    of_content = {name: array for name, array in artefacts.items() if not name.endswith(STAMPS)}
    fingerprint = json.dumps([of_content, classes], sort_keys=True)
    return hashlib.sha256(fingerprint.encode()).hexdigest()


def find_imported(ws: Workspace, source: str, place: str = "") -> ImportedDataset | None:
    """The known data set that was imported under this name and from this folder, if any."""
    for row in list_datasets(ws):
        as_asked = (row.kind, row.source, row.details.get("place")) == ("known", source, place)
        if as_asked and not row.details.get("corrections"):
            return row
    return None


def list_datasets(ws: Workspace) -> tuple[ImportedDataset, ...]:
    """Every imported data set, the newest first."""
    with ws.database.reading() as session:
        return rows_of.list_all(session)


def current_of(
    rows: Sequence[ImportedDataset], in_use: Collection[int]
) -> tuple[ImportedDataset, ...]:
    """Those that a new run may begin with: of one that images were added to, it as it is now.

    Parameters
    ----------
    rows : sequence of Dataset of the storage layer
    in_use : collection of int
        The ids of those that a run is of: where an addition was taken back, none is of what it
        made.
    """
    used = [row for row in rows if row.id in in_use]
    outgrown = {before for row in used for before in row.details.get(GROWN_FROM, ())}
    return tuple(
        row
        for row in rows
        if row.content_hash not in outgrown and (GROWN_FROM not in row.details or row in used)
    )


def get_dataset(ws: Workspace, dataset_id: int) -> ImportedDataset:
    """The imported data set of that id.

    Raises
    ------
    NotFoundError
    """
    with ws.database.reading() as session:
        return rows_of.get(session, dataset_id)


def list_known() -> list[KnownDataset]:
    """The data sets that have a name of their own, and whether each is on this machine."""
    return known_datasets()


def likeness(row: ImportedDataset) -> Likeness:
    """What images are like that are read as those of a data set were."""
    scale = row.details.get("scale")
    numbers = row.details.get("numbers")
    return Likeness(
        tuple(row.details["image_shape"]),
        (scale[0], scale[1]) if scale else None,
        (numbers[0], numbers[1]) if numbers else None,
    )


def as_dataset(ws: Workspace, row: ImportedDataset) -> Dataset:
    """The images and labels that ``row`` names."""
    has_test = Array.TEST_IMAGES in row.artefacts
    return Dataset(
        row.name,
        row.classes,
        _load_split(ws, row, "pool"),
        _load_split(ws, row, "test") if has_test else None,
        row.source,
        tuple(row.details.get("notes", ())),
    )


def take_numbers(dataset: Dataset, numbers: np.ndarray) -> Split:
    """Images of an imported data set by number; they are all on one side of it.

    Those of the pool come first, then those of the test part.
    """
    n_pool = len(dataset.train)
    in_test = dataset.test is not None and len(numbers) > 0 and int(numbers[0]) >= n_pool
    side = dataset.test if in_test and dataset.test is not None else dataset.train
    places = np.asarray(numbers) - (n_pool if in_test else 0)
    return side if len(places) == len(side) else side.take(places)


def as_uploaded(error: InputError, path: Path, filename: str) -> InputError:
    """The same error, in which the file is called what the user called it."""

    def renamed(words: str) -> str:
        return words.replace(str(path), filename).replace(path.name, filename)

    return InputError(
        error.code,
        renamed(error.source),
        found=renamed(error.found),
        expected=renamed(error.expected),
        remedy=renamed(error.remedy),
    )


def _arrays(dataset: Dataset) -> dict[str, np.ndarray]:
    arrays = split_arrays(dataset.train, "pool")
    return arrays if dataset.test is None else arrays | split_arrays(dataset.test, "test")


def split_arrays(split: Split, part: str) -> dict[str, np.ndarray]:
    """All that is kept of one part, by the names of the arrays."""
    arrays = {of_part(part, "images"): split.images, of_part(part, "labels"): split.labels}
    if split.names is not None:
        arrays |= blob_arrays(part, "name", encode_names(split.names))
    if split.originals is not None:
        arrays |= original_arrays(split.originals, part)
    return arrays


def _load_split(ws: Workspace, row: ImportedDataset, part: str) -> Split:
    return Split(
        ws.array(row.artefacts[of_part(part, "images")]),
        np.asarray(ws.array(row.artefacts[of_part(part, "labels")])),
        _load_names(ws, row, part),
        pictures=pictures_of(ws, row, part),
    )


def _load_names(ws: Workspace, row: ImportedDataset, part: str) -> tuple[str, ...] | None:
    names = load_blobs(ws, row.artefacts, part, "name")
    return None if names is None else tuple(map(decode_name, names))


def storable(root: Path | None) -> str | None:
    """Where the originals lie, absolute; None for a path that is no text."""
    text = "" if root is None else str(root.absolute())
    return text if text and well_formed(text) == text else None


def _counts(dataset: Dataset) -> dict[str, int]:
    test = dataset.test
    return {
        "pool": len(dataset.train),
        "known": int(np.count_nonzero(dataset.train.is_labeled)),
        "test": 0 if test is None else len(test),
        "test_known": 0 if test is None else int(np.count_nonzero(test.is_labeled)),
    }


def _details(dataset: Dataset, place: str, corrections: Corrections) -> dict[str, Any]:
    said = {"corrections": asdict(corrections)} if corrections else {}
    return said | {
        "image_shape": list(dataset.image_shape),
        "notes": list(dataset.notes),
        "place": place,
        "root": storable(dataset.root),
        "n_left_out": len(dataset.left_out),
        "scale": None if dataset.scale is None else list(dataset.scale),
        "numbers": list(dataset.numbers or PIXELS),
    }
