"""What lies beside every exported set: where it comes from and what is in it."""

import platform
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from msgspec import to_builtins

import labeler
from labeler.formats import LabelRows, format_named
from labeler.formats.names import folder_names
from labeler.formats.rows import Side
from labeler.formats.writing import WrittenFile
from labeler.learning.figures import is_known, label_accuracy
from labeler.workflow.audit.telling import audit_of_export
from labeler.workflow.exchange.choices import ORIGINALS, THUMBNAILS
from labeler.workflow.exchange.export_request import ExportCount, ExportRequest
from labeler.workflow.json_shapes import spread_fields
from labeler.workflow.pictures.original_arrays import sources_of
from labeler.workflow.run import Run
from labeler.workflow.training.last_trained import measured
from labeler.workflow.views import SpreadView

LIBRARIES = ("numpy", "scikit-learn", "pillow", "keras", "tensorflow", "onnxruntime", "pyarrow")


def manifest(
    run: Run,
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
        ``format``, ``written_at``, ``run``, ``dataset`` (with its hash, and in ``roots`` every
        folder or archive of this machine that its files lie in), ``config``, ``seed``,
        ``export`` (which set it is and how its labels were spread, filters, split), ``classes`` in
        label order, ``counts`` by class, source and split and of what is left out, ``accuracy``
        of exactly these labels where it is known, ``audit`` with what was found of them where
        somebody looked, ``files`` with their SHA-256.
    """
    facts = {
        "labeler": labeler.__version__,
        "versions": _versions(),
        "format": request.format,
        "written_at": run.ws.clock().isoformat(),
        "run": _run(run),
        "dataset": {
            "name": run.dataset.name,
            "sha256": run.dataset.content_hash,
            "n_images": run.dataset.counts["pool"],
            "image_shape": list(run.dataset.details["image_shape"]),
            "notes": list(run.dataset.details.get("notes", ())),
            "root": run.dataset.details.get("root"),
            "roots": [source.root for source in sources_of(run.dataset) if source.root],
        },
        "config": dict(run.row.config),
        "seed": run.row.config["seed"],
        "export": {
            "set": count.spread,
            "method": view.method,
            **spread_fields(view),
            "with_images": format_named(request.format).holds_images(request.wants_images),
            "images": THUMBNAILS if rows.held_originals is None else request.images or ORIGINALS,
            "validation": request.validation,
            "one_sided": [asdict(lone) for lone in count.one_sided],
            "with_test": count.n_test > 0,
            "raw": request.raw,
            "calibrated": request.calibrated,
            "calibrated_by": view.calibrated_by,
            "filter": request.as_dict()["wanted"],
        },
        "classes": _classes(view.classes),
        "counts": _counts(count),
        "accuracy": _accuracy(run, view, rows, count),
        "audit": to_builtins(audit_of_export(run, view)),
    }
    return lambda files: {**facts, "files": files}


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            continue
    return versions


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.name,
        "preset": run.row.preset,
        "answerer": run.row.answerer.value,
        "revision": run.revision,
        "n_questions": len(run.questions),
        "n_answers": run.n_given,
    }


def _classes(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Each class, and the number that loaders give to its folder, which sort folders by name."""
    folders = folder_names(names)
    numbers = {folder: number for number, folder in enumerate(sorted(folders))}
    return [
        {"label": label, "name": name, "folder": folder, "folder_number": numbers[folder]}
        for label, (name, folder) in enumerate(zip(names, folders, strict=True))
    ]


def _counts(count: ExportCount) -> dict[str, Any]:
    values = asdict(count)
    values["left_out"] = _plain(values["left_out"])
    return _plain({name: values[name] for name in values if name not in ("spread", "one_sided")})


def _plain(counts: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("n_"): value for name, value in counts.items()}


def _accuracy(run: Run, view: SpreadView, rows: LabelRows, count: ExportCount) -> dict[str, Any]:
    """Of the labels in the set, and of a classifier that learned from exactly these."""
    tested = measured(run, view, count.left_out.n_filtered + count.left_out.n_missing)
    return {
        "labels": _label_accuracy(run, rows),
        "test": tested.accuracy,
        "test_unknown_because": tested.reason,
    }


def _label_accuracy(run: Run, rows: LabelRows) -> dict[str, Any] | None:
    """How many of the set's labels are right, where the truth is known and is not the answer."""
    in_pool = rows.codes != Side.TEST
    truth = run.other_truth_of(rows.places[in_pool])
    labels = rows.label_set.labels[in_pool]
    n_known = int(np.count_nonzero(is_known(labels, truth)))
    return {"right": label_accuracy(labels, truth), "known": n_known} if n_known else None
