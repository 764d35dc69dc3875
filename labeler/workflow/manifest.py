"""What lies beside every exported set: where it comes from and what is in it."""

import platform
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

import labeler
from labeler.export import LabelRows, format_named
from labeler.export.names import folder_names
from labeler.export.writing import WrittenFile
from labeler.records import UNLABELED
from labeler.workflow.export_request import ExportCount, ExportRequest
from labeler.workflow.pool import true_labels_of
from labeler.workflow.reporting import list_results
from labeler.workflow.state import RunState
from labeler.workflow.views import SpreadView
from labeler.workflow.workspace import Workspace

LIBRARIES = ("numpy", "scikit-learn", "pillow", "keras", "tensorflow", "pyarrow")


def manifest(
    ws: Workspace,
    state: RunState,
    request: ExportRequest,
    view: SpreadView,
    rows: LabelRows,
    count: ExportCount,
) -> Callable[[list[WrittenFile]], dict[str, Any]]:
    """All that can be said before the files are written; the rest comes with them.

    Returns
    -------
    callable
        Takes the written files, gives the manifest as plain values: ``labeler``, ``versions``,
        ``format``, ``written_at``, ``run``, ``dataset`` (with its hash), ``config``, ``seed``,
        ``export`` (how the labels were spread, filters, split), ``classes`` in label order,
        ``counts`` by class, source and split, ``accuracy`` where it is known, ``files`` with their
        SHA-256.
    """
    said = {
        "labeler": labeler.__version__,
        "versions": _versions(),
        "format": request.format,
        "written_at": ws.clock().isoformat(),
        "run": _run(state),
        "dataset": {
            "name": state.dataset.name,
            "sha256": state.dataset.content_hash,
            "n_images": state.dataset.counts["pool"],
            "image_shape": list(state.dataset.details["image_shape"]),
            "notes": list(state.dataset.details.get("notes", ())),
        },
        "config": dict(state.run.config),
        "seed": state.run.config["seed"],
        "export": {
            "method": view.method,
            "fraction": view.fraction if view.method == "cluster" else None,
            "threshold": view.threshold if view.method == "graph" else None,
            "with_images": format_named(request.format).holds_images(request.with_images),
            "validation": request.validation,
            "filter": request.as_dict()["wanted"],
        },
        "classes": _classes(view.classes),
        "counts": _counts(count),
        "accuracy": {
            "labels": _label_accuracy(ws, state, rows),
            "test": _test_accuracy(ws, state),
        },
    }
    return lambda files: {**said, "files": files}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _run(state: RunState) -> dict[str, Any]:
    run = state.run
    return {
        "id": run.id,
        "name": run.name,
        "preset": run.preset,
        "answerer": run.answerer.value,
        "revision": run.revision,
        "n_questions": len(state.questions),
        "n_answers": state.n_given,
    }


def _classes(names: tuple[str, ...]) -> list[dict[str, Any]]:
    folders = folder_names(names)
    return [
        {"label": label, "name": name, "folder": folder}
        for label, (name, folder) in enumerate(zip(names, folders, strict=True))
    ]


def _counts(count: ExportCount) -> dict[str, Any]:
    values = asdict(count)
    return {name.removeprefix("n_"): value for name, value in values.items()}


def _label_accuracy(ws: Workspace, state: RunState, rows: LabelRows) -> dict[str, Any] | None:
    """How many of the set's labels are right, among those whose truth is known."""
    truth = true_labels_of(ws, state, rows.places)
    labels = rows.label_set.labels
    known = (labels != UNLABELED) & (truth != UNLABELED)
    n_known = int(np.count_nonzero(known))
    if not n_known:
        return None
    return {"right": float(np.mean(labels[known] == truth[known])), "known": n_known}


def _test_accuracy(ws: Workspace, state: RunState) -> float | None:
    """Of the newest training, if it learned from the answers as they are now."""
    newest = next(iter(list_results(ws, state.run.id)), None)
    if newest is None or newest.revision != state.run.revision:
        return None
    return newest.test_accuracy
