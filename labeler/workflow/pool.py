"""A run's images as arrays: its pool, its test part, its clusters, its features.

All of it is immutable once the run is prepared, so it is mapped from disk and kept by reference.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from labeler.datasets import Dataset, Split, with_test_part
from labeler.datasets.splitting import TEST_SHARE
from labeler.pipeline.preparation import (
    GRAPH_PARTS,
    ImageNumbers,
    Prepared,
    as_simulated,
    graph_from,
)
from labeler.records import UNLABELED, Clusters
from labeler.storage.rows import AnswerSource, Run
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.workflow.datasets import as_dataset
from labeler.workflow.exchange.taken_labels import is_taken
from labeler.workflow.state import RunState
from labeler.workflow.workspace import Workspace

if TYPE_CHECKING:
    from scipy.sparse import csr_array

CLUSTER_PARTS = ("labels", "distances", "ranks", "sizes", "representatives", "centers")


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
    labels = np.asarray(ws.array(row.artefacts["pool.labels"]))
    counts = np.bincount(labels[labels != UNLABELED], minlength=1)
    # The only image of a class is not held out: it could not be on both sides.
    eligible, n_classes = int(counts[counts > 1].sum()), int(np.count_nonzero(counts > 1))
    if not eligible:
        return len(select(ws, row, 0, answerer).pool)
    return n_images - max(math.ceil(eligible / TEST_SHARE), n_classes)


def pool_of(ws: Workspace, run: Run) -> np.ndarray:
    """Image numbers of the run's pool, ascending; shape (n,), dtype int64."""
    return ws.array(run.artefacts["pool"])


def held_out_of(ws: Workspace, run: Run) -> np.ndarray | None:
    """Image numbers of the run's test part; None where it has none."""
    return ws.array(run.artefacts["test"]) if "test" in run.artefacts else None


def clusters_of(ws: Workspace, run: Run) -> Clusters:
    """The run's clusters, as they were made; their images are places in the pool."""
    return clusters_from(ws, run.artefacts)


def clusters_from(ws: Workspace, artefacts: Mapping[str, str]) -> Clusters:
    """Clusters by the names of their arrays."""
    return _load_clusters(ws, tuple(artefacts[f"clusters.{part}"] for part in CLUSTER_PARTS))


def graph_of(ws: Workspace, run: Run) -> "csr_array":
    """The graph of the run's pool; its images are places in the pool."""
    return _load_graph(ws, tuple(run.artefacts[f"graph.{part}"] for part in GRAPH_PARTS))


def neighbours_of(ws: Workspace, run: Run, place: int) -> np.ndarray:
    """Places in the pool of an image's neighbours in the graph, the nearest first."""
    if "graph.data" not in run.artefacts:
        return np.empty(0, dtype=np.int64)
    data, indices, indptr = (ws.array(run.artefacts[f"graph.{part}"]) for part in GRAPH_PARTS)
    row = slice(indptr[place], indptr[place + 1])
    return np.asarray(indices[row])[np.argsort(-data[row], kind="stable")]


def members_of(ws: Workspace, run: Run, cluster: int) -> np.ndarray:
    """Places in the pool of one cluster's images, the nearest to its centroid first."""
    order, firsts = _members(ws, run.artefacts["clusters.labels"], run.artefacts["clusters.ranks"])
    return order[firsts[cluster] : firsts[cluster + 1]]


def true_labels(ws: Workspace, state: RunState) -> np.ndarray:
    """True classes of the pool as labels of the run; ``UNLABELED`` where not known."""
    return true_labels_of(ws, state, pool_of(ws, state.run))


def true_labels_of(ws: Workspace, state: RunState, numbers: np.ndarray) -> np.ndarray:
    """The same of some images of the data set's pool, by image number."""
    known = np.asarray(ws.array(state.dataset.artefacts["pool.labels"]))
    return state.labels.translate(known[numbers])


def other_truth(ws: Workspace, state: RunState) -> np.ndarray:
    """True classes of the pool beside those that were taken as answers: ``true_labels`` that
    something can be compared with.
    """
    return other_truth_of(ws, state, pool_of(ws, state.run))


def other_truth_of(ws: Workspace, state: RunState, numbers: np.ndarray) -> np.ndarray:
    """The same of some images of the data set's pool, by image number."""
    taken = [one.image for one in state.questions if is_taken(one)]
    truth = true_labels_of(ws, state, numbers)
    return np.where(np.isin(numbers, taken), UNLABELED, truth) if taken else truth


def take_numbers(dataset: Dataset, numbers: np.ndarray) -> Split:
    """Images of an imported data set by number; they are all on one side of it.

    Those of the pool come first, then those of the test part.
    """
    n_pool = len(dataset.train)
    in_test = dataset.test is not None and len(numbers) > 0 and int(numbers[0]) >= n_pool
    side = dataset.test if in_test and dataset.test is not None else dataset.train
    places = np.asarray(numbers) - (n_pool if in_test else 0)
    return side if len(places) == len(side) else side.take(places)


def pool_dataset(ws: Workspace, state: RunState) -> Dataset:
    """The run's pool and test part as a data set, in the run's classes."""
    dataset = as_dataset(ws, state.dataset)
    pool, test = pool_of(ws, state.run), held_out_of(ws, state.run)
    return Dataset(
        state.dataset.name,
        state.labels.names,
        _translated(take_numbers(dataset, pool), state),
        None if test is None else _translated(take_numbers(dataset, test), state),
        dataset.source,
        (*dataset.notes, *state.run.settings.get("notes", ())),
    )


def prepared_of(ws: Workspace, state: RunState) -> Prepared:
    """The run's images and features, ready to be trained on."""
    dataset = pool_dataset(ws, state)
    run = state.run
    return Prepared(
        dataset.classes,
        dataset.train,
        dataset.test,
        ws.array(run.artefacts["features"]),
        ws.array(run.artefacts["test.features"]) if dataset.test is not None else None,
        graph_of(ws, run) if "graph.data" in run.artefacts else None,
    )


def numbers_of(ws: Workspace, state: RunState) -> ImageNumbers:
    """Which images of its data set the run works on."""
    counts, run = state.dataset.counts, state.run
    return ImageNumbers(pool_of(ws, run), held_out_of(ws, run), counts["pool"], counts["test"])


def _translated(split: Split, state: RunState) -> Split:
    return replace(split, labels=state.labels.translate(split.labels))


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


@lru_cache(maxsize=16)
def _load_clusters(ws: Workspace, references: tuple[str, ...]) -> Clusters:
    arrays = [np.asarray(ws.array(reference)) for reference in references]
    return Clusters(**dict(zip(CLUSTER_PARTS, arrays, strict=True)))


@lru_cache(maxsize=4)
def _load_graph(ws: Workspace, references: tuple[str, ...]) -> "csr_array":
    arrays = [np.asarray(ws.array(reference)) for reference in references]
    names = (f"graph.{part}" for part in GRAPH_PARTS)
    return graph_from(dict(zip(names, arrays, strict=True)))


@lru_cache(maxsize=16)
def _members(ws: Workspace, labels: str, ranks: str) -> tuple[np.ndarray, np.ndarray]:
    of_cluster = ws.array(labels)
    order = np.lexsort((ws.array(ranks), of_cluster))
    sizes = np.bincount(of_cluster)
    return order, np.concatenate([[0], np.cumsum(sizes)])
