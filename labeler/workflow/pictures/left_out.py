"""The files that were not read into a data set, each with the reason: kept, and looked at later."""

import csv
import io
from collections.abc import Iterator, Sequence

import numpy as np

from labeler.datasets.base import LeftOut
from labeler.datasets.originals import decode_name, encode_names
from labeler.formats.csv import neutralise
from labeler.storage.datasets import LEFT_OUT
from labeler.storage.rows import Dataset
from labeler.workflow.pictures.original_arrays import blob_arrays, load_blobs
from labeler.workflow.workspace import Workspace

_AT_ONCE = 10_000


def left_out_arrays(left_out: Sequence[LeftOut]) -> dict[str, np.ndarray]:
    """What is kept of them, by the names of the arrays; nothing where nothing was left out."""
    if not left_out:
        return {}
    files, reasons = ([getattr(left, what) for left in left_out] for what in ("file", "reason"))
    return {
        **blob_arrays(LEFT_OUT, "file", encode_names(files)),
        **blob_arrays(LEFT_OUT, "reason", encode_names(reasons)),
    }


def n_left_out(dataset: Dataset) -> int:
    """How many files there are; 0 also where a data set was read before they were kept."""
    return int(dataset.details.get("n_left_out", 0))


def left_out_of(
    ws: Workspace, dataset: Dataset, limit: int | None = None, offset: int = 0
) -> tuple[LeftOut, ...]:
    """The files that were left out of a data set, in the order in which they were met.

    Parameters
    ----------
    ws : Workspace
    dataset : storage.rows.Dataset
    limit : int, optional
        At most so many; None: all of them.
    offset : int
        How many of the first are passed over.
    """
    files = load_blobs(ws, dataset.artefacts, LEFT_OUT, "file")
    reasons = load_blobs(ws, dataset.artefacts, LEFT_OUT, "reason")
    if files is None or reasons is None or not n_left_out(dataset):
        return ()
    stop = len(files) if limit is None else min(len(files), offset + limit)
    return tuple(
        LeftOut(decode_name(files[place]), decode_name(reasons[place]))
        for place in range(min(offset, stop), stop)
    )


def left_out_csv(ws: Workspace, dataset: Dataset) -> Iterator[bytes]:
    """All of them as CSV, safe to be opened in a spreadsheet."""
    yield b"file,reason\r\n"
    for start in range(0, n_left_out(dataset), _AT_ONCE):
        text = io.StringIO()
        rows = left_out_of(ws, dataset, _AT_ONCE, start)
        csv.writer(text, lineterminator="\r\n").writerows(
            (neutralise(left.file), neutralise(left.reason)) for left in rows
        )
        yield text.getvalue().encode("utf-8", "backslashreplace")
