"""Which images of a data set a run works on: chosen once, when the run is prepared."""

from dataclasses import dataclass

import numpy as np

from labeler.datasets import Dataset, Split, with_test_part
from labeler.datasets.splitting import count_held_out
from labeler.pipeline.simulated_dataset import as_simulated
from labeler.storage.rows import AnswerSource
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.workflow.array_names import Array
from labeler.workflow.datasets import as_dataset
from labeler.workflow.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Selection:
    """Which images of a data set a run works on, by image number.

    Attributes
    ----------
    pool : ndarray of shape (n,), dtype int64
        Ascending.
    test : ndarray of shape (m,), dtype int64, or None
        Ascending; None where there is no ground truth to test with.
    notes : tuple of str
        What was left out or held out.
    """

    pool: np.ndarray
    test: np.ndarray | None
    notes: tuple[str, ...]


def select(ws: Workspace, row: ImportedDataset, seed: int, answerer: AnswerSource) -> Selection:
    """Choose a run's images: exactly those that a simulation with this seed would work on.

    A person can answer for images without ground truth too, so these stay in a person's pool;
    an oracle's leaves them out.

    Raises
    ------
    GroundTruthError
        An oracle is to answer, and there is no ground truth, or too little to test with.
    """
    dataset = _without_images(ws, row)
    if answerer is AnswerSource.ORACLE:
        chosen = as_simulated(dataset, seed)
    else:
        chosen = _with_known_test(with_test_part(dataset, seed))
    has_own_test = dataset.test is not None and dataset.test.is_labeled.any()
    offset = row.counts["pool"] if has_own_test else 0
    test = None if chosen.test is None else chosen.test.positions + offset
    return Selection(chosen.train.positions, test, chosen.notes[len(dataset.notes) :])


def pool_size(ws: Workspace, row: ImportedDataset, answerer: AnswerSource) -> int:
    """How many images ``select`` will choose, without choosing: for pages that must not wait.

    Raises
    ------
    GroundTruthError
        An oracle is to answer, and there is no ground truth, or too little to test with.
    """
    by_oracle = answerer is AnswerSource.ORACLE
    n_images = row.counts["known"] if by_oracle else row.counts["pool"]
    if row.counts["test_known" if by_oracle else "test"]:
        return n_images
    labels = np.asarray(ws.array(row.artefacts[Array.POOL_LABELS]))
    n_held_out = count_held_out(labels)
    return n_images - n_held_out if n_held_out else len(select(ws, row, 0, answerer).pool)


def _without_images(ws: Workspace, row: ImportedDataset) -> Dataset:
    """The data set's labels alone: choosing images must not read them."""
    dataset = as_dataset(ws, row)
    train = _blank(dataset.train)
    return Dataset(
        dataset.name,
        dataset.classes,
        train,
        None if dataset.test is None else _blank(dataset.test),
        notes=dataset.notes,
    )


def _blank(split: Split) -> Split:
    return Split(np.broadcast_to(np.uint8(0), (len(split), 1, 1)), split.labels)


def _with_known_test(dataset: Dataset) -> Dataset:
    test = dataset.test
    if test is None or test.is_labeled.all():
        return dataset
    known = test.take(np.flatnonzero(test.is_labeled)) if test.is_labeled.any() else None
    note = f"{len(test) - (len(known) if known else 0):,} test images without a true label left out"
    return Dataset(
        dataset.name, dataset.classes, dataset.train, known, dataset.source, (*dataset.notes, note)
    )
