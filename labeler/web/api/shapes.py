"""What the JSON interface sends: plain values, made of the records of the use cases."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import abort

from labeler.config import EMBEDDINGS_SUFFIX
from labeler.storage.rows import ClusterChange, Dataset, Job, Operation, Recorded, RunSummary
from labeler.web.http.helpers import image_url, sprite_url
from labeler.workflow import datasets
from labeler.workflow.clusters.cards import ClusterCard, RunClusters
from labeler.workflow.clusters.regroup import Regrouping
from labeler.workflow.views import ClassView, Evidence, QuestionView, RunView, SpreadView


def plain(record: Any) -> dict[str, Any]:
    """A record of plain values, as it is."""
    return asdict(record)


def summary(one: RunSummary) -> dict[str, Any]:
    return {
        "id": one.run.id,
        "name": one.run.name,
        "dataset": one.dataset_name,
        "answerer": one.run.answerer,
        "n_questions": one.n_questions,
        "n_answered": one.n_answered,
        "n_skipped": one.n_skipped,
        "n_mixed": one.n_mixed,
        "n_imported": one.n_imported,
        "best_accuracy": one.best_accuracy,
        "last_activity_at": one.run.last_activity_at.isoformat(),
    }


def run(view: RunView) -> dict[str, Any]:
    return {
        **summary(view.summary),
        "dataset_id": view.dataset.id,
        "budget": view.run.budget,
        "revision": view.run.revision,
        "is_prepared": view.is_prepared,
        "has_ground_truth": view.has_ground_truth,
        "has_test": view.has_test,
        "n_pool": view.n_pool,
        "fraction": view.fraction,
        "propagation": view.propagation,
        "threshold": view.threshold,
        "has_graph": view.has_graph,
        "config": view.config.as_dict(),
        "notes": list(view.notes),
        "classes": classes(view.classes),
        "jobs": [job(one) for one in view.jobs],
    }


def classes(views: Sequence[ClassView]) -> list[dict[str, Any]]:
    return [plain(one) for one in views]


def question(view: QuestionView) -> dict[str, Any]:
    return {
        "id": view.id,
        "position": view.position,
        "order": view.order,
        "image": view.image,
        "cluster": view.cluster,
        "stands_for": view.stands_for,
        "verdict": view.verdict,
        "class_id": view.class_id,
        "op_id": view.op_id,
        "annotator": view.annotator,
        "suggestion": None if view.suggestion is None else plain(view.suggestion),
        "round": view.round,
        "kind": view.kind,
    }


def operation(one: Operation) -> dict[str, Any]:
    return {
        "op_id": one.op_id,
        "kind": one.kind,
        "annotator": one.annotator,
        "answers": [asdict(answer) for answer in one.answers],
    }


def recorded(one: Recorded) -> dict[str, Any]:
    return {
        "op_id": one.op_id,
        "kind": one.kind,
        "revision": one.revision,
        "question_ids": list(one.question_ids),
        "undone_op_id": one.undone_op_id,
        "is_replay": one.is_replay,
    }


def run_clusters(found: RunClusters) -> dict[str, Any]:
    """The clusters of a run; each image by its number."""
    return {
        "budget": found.budget,
        "n_asked": found.n_asked,
        "purity": found.view.purity,
        "test_purity": found.view.test_purity,
        "clusters": [cluster(one) for one in found.view.worst_first],
        "changes": [cluster_change(one) for one in found.changes],
    }


def cluster(card: ClusterCard) -> dict[str, Any]:
    return {
        "cluster": int(card.name),
        "made_from": [int(one) for one in card.made_from],
        "size": card.size,
        "spread": card.spread,
        "looseness": card.looseness,
        "silhouette": card.silhouette,
        "image": card.image,
        "nearest": list(card.nearest),
        "farthest": list(card.farthest),
        "question_id": card.question_id,
        "verdict": card.verdict,
        "class_id": card.class_id,
        "purity": card.purity,
        "test_purity": card.test_purity,
        "n_test": card.n_test,
        "classes": [
            {"name": one.name, "n_images": one.n_images, "n_test": one.n_test}
            for one in card.classes
        ],
    }


def cluster_change(one: ClusterChange) -> dict[str, Any]:
    return {
        "op_id": one.op_id,
        "version": one.version,
        "kind": one.kind,
        "annotator": one.annotator,
        "parents": list(one.parents),
        "children": list(one.children),
    }


def regrouping(made: Regrouping) -> dict[str, Any]:
    return {
        **cluster_change(made.change),
        "n_questions": made.n_questions,
        "budget": made.budget,
        "is_replay": made.change.is_replay,
    }


def job(one: Job) -> dict[str, Any]:
    return {
        "id": one.id,
        "run_id": one.run_id,
        "kind": one.kind,
        "status": one.status,
        "done": one.done,
        "total": one.total,
        "message": one.message,
        "detail": one.detail,
        "error": one.error,
        "cancel_requested": one.cancel_requested,
        "result": None if one.result is None else dict(one.result),
    }


def evidence(found: Evidence, dataset: Dataset) -> dict[str, Any]:
    images = [*found.nearest, *found.random, *found.farthest]
    return {**plain(found), "sprite": sprite(dataset, images)}


def spread(found: SpreadView, dataset: Dataset) -> dict[str, Any]:
    images = [one.image for one in found.borderline]
    return {
        "method": found.method,
        "fraction": found.fraction if found.method == "cluster" else None,
        "threshold": found.threshold if found.method == "graph" else None,
        "n_pool": found.n_pool,
        "n_labeled": found.n_labeled,
        "counts": dict(found.counts),
        "label_accuracy": found.label_accuracy,
        "borderline": [plain(one) for one in found.borderline],
        "sprite": sprite(dataset, images),
        "revision": found.revision,
    }


def sprite(dataset: Dataset, images: Sequence[int]) -> dict[str, Any] | None:
    """One file with all of ``images`` side by side, and their size in it."""
    if not images:
        return None
    address = image_address(dataset)
    return {**address, "url": sprite_url(dataset, images), "count": len(images)}


def image_address(dataset: Dataset) -> dict[str, Any]:
    """Where image 0 is: put another number in its place for another image."""
    height, width = dataset.details["image_shape"][:2]
    return {"url": image_url(dataset, 0), "width": width, "height": height}


def safe_features(features: str | None) -> str | None:
    """``features``, if it names no file: that would be read with the server's own rights."""
    if features is not None and features.endswith(EMBEDDINGS_SUFFIX):
        abort(400, "features must be a name, not a file.")
    return features


def known_name(source: str) -> str:
    """``source``, if it is the name of a known data set."""
    if source not in {one.name for one in datasets.list_known()}:
        abort(400, "source must be the name of a known data set.")
    return source
