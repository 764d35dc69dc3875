"""The clusters of a run or of a data set, made into what a screen shows."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from labeler.datasets import Dataset
from labeler.learning.cluster_analysis import Division, Partition, PartitionDetails, map_pool
from labeler.learning.cluster_analysis.records import ClusterDetails, PoolMap
from labeler.records import UNLABELED
from labeler.storage.rows import IMPORTED_ROUND, AskedQuestion
from labeler.workflow.array_names import Array
from labeler.workflow.clusters.cards import (
    ClassShare,
    ClusterCard,
    ClustersView,
    Confusion,
    MapPoint,
    RunClusters,
)
from labeler.workflow.clusters.lineage import parents_of, standing_changes
from labeler.workflow.exploration.exploring import (
    Exploration,
    Splits,
    draw_map,
    find_exploration,
    look,
    look_into,
)
from labeler.workflow.exploration.subject import subject_of_run
from labeler.workflow.run import Run
from labeler.workflow.spread.spreading import spread
from labeler.workflow.workspace import Workspace

MEMBERS = 8
MAP_IMAGES = 1_200
"""On a page each of them is an element; the command line draws more."""


def run_clusters(run: Run) -> RunClusters:
    """Everything that the Clusters screen of a run shows.

    Raises
    ------
    NotPreparedError
    """
    run.require_prepared()
    standing = standing_changes(run.changes)
    return RunClusters(
        view=_view_of_run(run),
        changes=run.changes,
        undoable=standing[-1] if standing else None,
        n_asked=sum(question.round != IMPORTED_ROUND for question in run.questions),
        budget=run.row.budget,
        exploration=find_exploration(run.ws, subject_of_run(run)),
    )


def dataset_clusters(
    ws: Workspace, exploration: Exploration, k: int | None = None, splits: Splits = ()
) -> ClustersView:
    """The clusters of a data set at one k, some of them cut again.

    Raises
    ------
    ConfigError
        That k was not measured, or a cluster to be split is not there or too small.
    """
    chosen = exploration.default_k if k is None else k
    subject, centers = exploration.subject, exploration.survey.centers.get(chosen)
    identity = (
        ws,
        subject.dataset.id,
        subject.config,
        chosen,
        tuple(splits),
        None if centers is None else np.asarray(centers).tobytes(),
    )
    return _dataset_view(_Key(identity, (ws, exploration, chosen, splits)))


def _view_of_run(run: Run) -> ClustersView:
    clusters = run.clusters
    numbers = [str(number) for number in run.cluster_numbers]
    cut, details, pool_map = _run_details(_key_of_run(run))
    view = _view(
        details,
        cut,
        run.pool_dataset,
        run.pool,
        pool_map,
        labels=spread(run).label_set.labels,
        numbers=numbers,
    )
    asked = {
        question.cluster: question for question in run.questions if question.cluster is not None
    }
    parents = parents_of(run.changes)
    cards = tuple(
        _answered(card, asked.get(place), run, parents.get(int(card.name), ()))
        for place, card in enumerate(view.cards)
    )
    assert len(cards) == clusters.n_clusters
    return replace(view, cards=cards)


class _Key:
    """All that something depends on, and what it is computed from: it is computed once."""

    def __init__(self, identity: Hashable, source: Any) -> None:
        self.identity = identity
        self.source = source

    def __hash__(self) -> int:
        return hash(self.identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.identity == other.identity


@lru_cache(maxsize=8)
def _dataset_view(key: _Key) -> ClustersView:
    ws, exploration, k, splits = key.source
    seen = look(ws, exploration, k, splits)
    return _view(
        seen.details,
        seen.partition,
        exploration.images,
        exploration.numbers,
        draw_map(exploration, n_images=MAP_IMAGES),
        labels=None,
    )


def _key_of_run(run: Run) -> _Key:
    """Answers are not among it: they change what clusters are called, not what is in them."""
    arrays = sorted((n, r) for n, r in run.row.artefacts.items() if n != Array.SHEET)
    classes = (run.labels.names, run.labels.label_of_truth)
    return _Key((run.ws, run.dataset.id, tuple(arrays), classes), run)


@lru_cache(maxsize=8)
def _run_details(key: _Key) -> tuple[Partition, PartitionDetails, PoolMap]:
    run: Run = key.source
    clusters, images = run.clusters, run.pool_dataset
    X, config = run.features, run.config
    X_test = None if images.test is None else run.ws.array(run.row.artefacts[Array.TEST_FEATURES])
    cut = Partition(
        clusters,
        tuple((place,) for place in range(clusters.n_clusters)),
        # Test images go to the nearest centroid of all, however the clusters came to be.
        (Division((), clusters.centers),),
    )
    details = look_into(cut, images, X, X_test, config)
    return cut, details, map_pool(X, config.rng("exploration map"), n_images=MAP_IMAGES)


def _view(
    details: PartitionDetails,
    cut: Partition,
    images: Dataset,
    pool: np.ndarray,
    pool_map: PoolMap,
    *,
    labels: np.ndarray | None,
    numbers: Sequence[str] | None = None,
) -> ClustersView:
    names, called = images.classes, numbers or cut.names
    places = pool_map.places
    shown = np.full(len(places), UNLABELED) if labels is None else labels[places]
    points = zip(
        pool[places].tolist(),
        pool_map.xy.tolist(),
        cut.clusters.labels[places].tolist(),
        shown.tolist(),
        images.train.labels[places].tolist(),
        strict=True,
    )
    return ClustersView(
        cards=tuple(_card(cluster, called, names, pool) for cluster in details.clusters),
        names=names,
        n_pool=len(pool),
        purity=details.purity,
        test_purity=details.test_purity,
        confused=tuple(
            Confusion(names[pair.true], names[pair.named], pair.n_images, pair.share)
            for pair in details.confused
        ),
        missing=tuple(names[label] for label in details.missing),
        points=tuple(
            MapPoint(image, x, y, cluster, label, true)
            for image, (x, y), cluster, label, true in points
        ),
        explained=pool_map.explained or 0.0,
    )


def _card(
    details: ClusterDetails, called: Sequence[str], names: Sequence[str], pool: np.ndarray
) -> ClusterCard:
    return ClusterCard(
        name=called[details.cluster],
        size=details.size,
        share=details.share,
        spread=details.spread,
        looseness=details.looseness,
        silhouette=details.silhouette,
        neighbour=None if details.neighbour is None else called[details.neighbour],
        image=int(pool[details.representative]),
        nearest=tuple(pool[details.nearest[:MEMBERS]].tolist()),
        farthest=tuple(pool[details.farthest[:MEMBERS]].tolist()),
        classes=_shares(details, names),
        purity=details.purity,
        test_purity=details.test_purity,
        n_test=details.n_test,
    )


def _shares(details: ClusterDetails, names: Sequence[str]) -> tuple[ClassShare, ...]:
    counts, tests = details.histogram, details.test_histogram
    if counts is None:
        return ()
    known = int(counts.sum()) or 1
    order = np.argsort(-counts, kind="stable")
    return tuple(
        ClassShare(
            int(label),
            names[label],
            int(counts[label]),
            float(counts[label] / known),
            0 if tests is None else int(tests[label]),
        )
        for label in order
        if counts[label] or (tests is not None and tests[label])
    )


def _answered(
    card: ClusterCard, question: AskedQuestion | None, run: Run, parents: Sequence[int]
) -> ClusterCard:
    made_from = tuple(map(str, parents))
    if question is None:
        return replace(card, made_from=made_from)
    answer = question.answer
    class_id = None if answer is None else answer.class_id
    label = None if class_id is None else run.labels.label_of[class_id]
    return replace(
        card,
        image=question.image,
        question_id=question.id,
        verdict=None if answer is None else answer.verdict,
        class_name=None if label is None else run.labels.names[label],
        class_id=class_id,
        made_from=made_from,
    )
