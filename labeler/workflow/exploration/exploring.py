"""How many clusters a data set or a run has, and what is in them; found out once, then kept.

The indices, the centroids of every k and those of every split are arrays of the data set, under
all that they depend on. Another look, also in another process, only reads them, and a wider range
only measures what is new: the runs of one k are the same whatever else is measured with it. Only
the samples that silhouettes are measured on differ then, within the spread that is told.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from labeler.config import RunConfig
from labeler.datasets import Dataset
from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis import (
    Partition,
    PartitionDetails,
    PoolMap,
    SuggestedK,
    Survey,
    cut_cluster,
    describe_partition,
    map_pool,
    members_of,
    partition_at,
    split_vectors,
    suggest,
    survey,
)
from labeler.learning.cluster_analysis.pool_map import NO_UMAP, has_umap
from labeler.learning.cluster_analysis.pool_map import SAMPLE as MAP_SAMPLE
from labeler.learning.cluster_analysis.surveying import check_ks
from labeler.progress import SILENT, Progress
from labeler.report.exploration.findings import Findings
from labeler.workflow.array_names import Array
from labeler.workflow.datasets import as_dataset, get_dataset
from labeler.workflow.exploration.kept import (
    find_pieces,
    keep_arrays,
    merge_surveys,
    read_survey,
    save_survey,
    split_name,
    survey_name,
)
from labeler.workflow.exploration.subject import Subject
from labeler.workflow.runs.prepare import DerivedArrays, chosen_images
from labeler.workflow.workspace import Workspace

Splits = Sequence[tuple[str, int | None]]
"""Clusters to be cut again, in that order: name, and number of parts (None: as suggested)."""


@dataclass(frozen=True, eq=False)
class Exploration:
    """What was found out about a subject.

    Attributes
    ----------
    subject : Subject
    images : Dataset
        The pool as its ``train`` part, the test images if there are any; in the data set's
        classes.
    X, X_test : ndarray of shape (n, n_features), dtype float32
        ``X_test`` is None without test images.
    survey : Survey
    suggestions : tuple of SuggestedK
    notes : tuple of str
    doubts : tuple of str
        What speaks against the features: where there is any, nothing of this is kept.
    """

    subject: Subject
    images: Dataset
    X: np.ndarray
    X_test: np.ndarray | None
    survey: Survey
    suggestions: tuple[SuggestedK, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def numbers(self) -> np.ndarray:
        """The data set's image number of each place in the pool."""
        return self.subject.selection.pool

    @property
    def default_k(self) -> int:
        """A k to begin with: the elbow's, or else the silhouette's, or else the smallest."""
        named = {suggestion.index: suggestion.k for suggestion in self.suggestions}
        return named["inertia"] or named["silhouette"] or self.survey.ks[0]


@dataclass(frozen=True, eq=False)
class Look:
    """The clusters at one k, perhaps with some cut again, and what is in them.

    Attributes
    ----------
    k : int
    partition : Partition
    details : PartitionDetails
    """

    k: int
    partition: Partition
    details: PartitionDetails


def explore(
    ws: Workspace, subject: Subject, ks: Iterable[int], progress: Progress = SILENT
) -> Exploration:
    """Measure every k, or read what was measured before.

    Parameters
    ----------
    ws : Workspace
    subject : Subject
    ks : iterable of int
    progress : Progress

    Raises
    ------
    ConfigError
        The pool has fewer images than clusters asked for, or too few that differ.
    """
    wanted = check_ks(ks, len(subject.selection.pool))
    return _explored(ws, _as_it_is_now(ws, subject), wanted, progress)


def _explored(
    ws: Workspace, subject: Subject, wanted: Collection[int], progress: Progress = SILENT
) -> Exploration:
    arrays = DerivedArrays(ws, subject.dataset, subject.selection, subject.config)
    pieces = find_pieces(subject.dataset, arrays.key, subject.config.seed)
    references = arrays.features(progress)
    if arrays.notes:  # nothing that was found with other features
        pieces = {}
    known = [read_survey(ws, subject.dataset, name) for name in pieces]
    missing = sorted(set(wanted) - set(chain.from_iterable(pieces.values())))
    if missing:
        measured = survey(
            ws.artefacts.load(references[Array.FEATURES]),
            missing,
            subject.config.rng("exploration"),
            true_labels=_images(ws, subject).train.labels,
            X_test=_load_test(ws, references),
            progress=progress,
        )
        name = survey_name(arrays.key, subject.config.seed, missing)
        if not arrays.notes:
            keep_arrays(ws, subject.dataset, arrays.made | save_survey(ws, name, measured))
        known.append(measured)
    merged = merge_surveys(known, set(wanted))
    return _exploration(ws, subject, references, merged, arrays.notes)


def find_exploration(ws: Workspace, subject: Subject) -> Exploration | None:
    """What was known when ``subject`` was read, at every k measured; None before the first time."""
    arrays = DerivedArrays(ws, subject.dataset, subject.selection, subject.config)
    pieces = find_pieces(subject.dataset, arrays.key, subject.config.seed)
    asked = set(chain.from_iterable(pieces.values()))
    return _explored(ws, subject, asked) if asked else None


def look(
    ws: Workspace,
    exploration: Exploration,
    k: int,
    splits: Splits = (),
    progress: Progress = SILENT,
) -> Look:
    """The clusters at one k, some of them cut again, and what is in them.

    Parameters
    ----------
    ws : Workspace
    exploration : Exploration
    k : int
        One of those measured.
    splits : sequence of (str, int or None)
    progress : Progress

    Raises
    ------
    ConfigError
        That k was not measured, or a cluster to be split is not there or too small.
    """
    partition = _partition(ws, exploration, k, splits, progress)
    config = exploration.subject.config
    with progress.task("Looking into the clusters"):
        details = look_into(
            partition, exploration.images, exploration.X, exploration.X_test, config
        )
    return Look(k, partition, details)


def look_into(
    partition: Partition,
    images: Dataset,
    X: np.ndarray,
    X_test: np.ndarray | None,
    config: RunConfig,
) -> PartitionDetails:
    """What is in each cluster, also by the true classes of the images and of those to test on.

    Parameters
    ----------
    partition : Partition
    images : Dataset
        The pool as its ``train`` part, and the test images.
    X : ndarray of shape (n, n_features), dtype float32
        Of the pool.
    X_test : ndarray of shape (m, n_features), dtype float32, or None
    config : RunConfig
        For its seed.
    """
    return describe_partition(
        X,
        partition,
        config.rng("exploration details"),
        n_classes=len(images.classes),
        true_labels=images.train.labels,
        X_test=X_test,
        test_labels=None if images.test is None else images.test.labels,
    )


def require_umap() -> None:
    """Better to learn that it is missing before the clusters are computed.

    Raises
    ------
    ConfigError
    """
    if not has_umap():
        raise ConfigError(NO_UMAP)


def draw_map(
    exploration: Exploration,
    method: str = "pca",
    n_images: int = MAP_SAMPLE,
    progress: Progress = SILENT,
) -> PoolMap:
    """A sample of the pool in two dimensions.

    Raises
    ------
    ConfigError
        UMAP is asked for and not installed.
    """
    rng = exploration.subject.config.rng("exploration map")
    return map_pool(exploration.X, rng, method=method, n_images=n_images, progress=progress)


def findings(exploration: Exploration, seen: Look, pool_map: PoolMap) -> Findings:
    """All of it, as the report shows it."""
    subject = exploration.subject
    return Findings(
        dataset=exploration.images,
        features=subject.config.features,
        seed=subject.config.seed,
        survey=exploration.survey,
        suggestions=exploration.suggestions,
        k=seen.k,
        partition=seen.partition,
        details=seen.details,
        pool_map=pool_map,
        notes=exploration.notes,
    )


def _as_it_is_now(ws: Workspace, subject: Subject) -> Subject:
    """With all arrays that were kept since it was read."""
    return replace(subject, dataset=get_dataset(ws, subject.dataset.id))


def _exploration(
    ws: Workspace,
    subject: Subject,
    references: Mapping[str, str],
    merged: Survey,
    doubts: tuple[str, ...],
) -> Exploration:
    return Exploration(
        subject=subject,
        images=_images(ws, subject),
        X=ws.array(references[Array.FEATURES]),
        X_test=_load_test(ws, references),
        survey=merged,
        suggestions=suggest(merged.rows),
        notes=(*subject.selection.notes, *merged.notes, *doubts),
        doubts=doubts,
    )


def _images(ws: Workspace, subject: Subject) -> Dataset:
    return chosen_images(as_dataset(ws, subject.dataset), subject.selection)


def _load_test(ws: Workspace, references: Mapping[str, str]) -> np.ndarray | None:
    return ws.array(references[Array.TEST_FEATURES]) if Array.TEST_FEATURES in references else None


def _partition(
    ws: Workspace, exploration: Exploration, k: int, splits: Splits, progress: Progress
) -> Partition:
    partition = partition_at(exploration.X, exploration.survey, k)
    lineage = {"": str(k)}
    for name, n_parts in splits:
        members = members_of(partition, name)
        parent = name.rpartition(".")[0]
        lineage[name] = f"{lineage[parent]}/{name}:{n_parts or 'auto'}"
        centers = _split(ws, exploration, lineage[name], members, n_parts, progress)
        partition = cut_cluster(exploration.X, partition, name, centers)
    return partition


def _split(
    ws: Workspace,
    exploration: Exploration,
    lineage: str,
    members: np.ndarray,
    n_parts: int | None,
    progress: Progress,
) -> np.ndarray:
    """Centroids of the parts, by all the cuts that led there."""
    subject = exploration.subject
    arrays = DerivedArrays(ws, subject.dataset, subject.selection, subject.config)
    name = split_name(arrays.key, subject.config.seed, lineage)
    row = get_dataset(ws, subject.dataset.id)
    if name in row.artefacts:
        return ws.array(row.artefacts[name])
    called = f"Cluster {lineage.rpartition('/')[2].partition(':')[0]}"
    rng = subject.config.rng(f"exploration split {lineage}")
    with progress.task(f"Splitting {called.lower()}"):
        parts = split_vectors(np.asarray(exploration.X[members]), n_parts, rng, called=called)
    if not exploration.doubts:
        keep_arrays(ws, row, {name: ws.artefacts.save(parts.centers)})
    return parts.centers
