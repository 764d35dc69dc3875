"""A simulation as strict JSON: the shape that scripts outside the project rely on."""

import json
import math
from pathlib import PurePath
from typing import Any

import numpy as np

from labeler import __version__
from labeler.learning.late_keras import threads_matter
from labeler.learning.threads import kernels
from labeler.records import Simulation, Stage
from labeler.report.scores import class_scores, total_confusion


def results(simulation: Simulation) -> dict[str, Any]:
    """The figures of ``simulation`` as plain values, ready for strict JSON.

    Parameters
    ----------
    simulation : Simulation

    Returns
    -------
    dict
        ``dataset, preset, classifier, seeds, config, stages, seconds`` and, beyond the agreed
        shape, ``version, classes, notes`` and ``threads``: whether the figures depend on their
        number, and the kernels of BLAS that they do depend on; ``without_errors`` (stages, where
        the oracle errs) and ``other_presets`` (the same shape again) where there are any. What is
        not a finite number is None.
    """
    classes = simulation.classes
    extras = {
        "without_errors": [_stage(stage, classes) for stage in simulation.without_errors],
        "other_presets": [results(other) for other in simulation.others],
    }
    told: dict[str, Any] = plain(
        {
            "dataset": simulation.dataset,
            "preset": simulation.preset,
            "classifier": simulation.classifier,
            "seeds": simulation.seeds,
            "config": simulation.config,
            "stages": [_stage(stage, simulation.classes) for stage in simulation.stages],
            "seconds": simulation.seconds,
            "threads": {"matter": threads_matter(), "kernels": kernels()},
            "version": __version__,
            "classes": simulation.classes,
            "notes": simulation.notes,
        }
        | {name: values for name, values in extras.items() if values}
    )
    return told


def results_json(simulation: Simulation) -> bytes:
    """``results`` as the bytes of a JSON file, UTF-8, indented."""
    text = json.dumps(results(simulation), indent=2, ensure_ascii=False, allow_nan=False)
    # A lone surrogate (a file name that is not UTF-8) becomes \udcxx: JSON's own escape for it.
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _stage(stage: Stage, classes: tuple[str, ...]) -> dict[str, Any]:
    accuracy = stage.test_accuracy
    confusion = total_confusion(stage)
    return {
        "stage": stage.stage,
        "n_labels": stage.n_labels,
        "fraction": stage.fraction,
        "method": stage.method,
        "n_train": stage.n_train,
        "label_accuracy": stage.label_accuracy,
        "test_accuracy": {
            "mean": accuracy.mean,
            "ci95": accuracy.ci95,
            "per_seed": accuracy.per_seed,
        },
        "seconds": stage.seconds,
        "per_class": [] if confusion is None else _per_class(confusion, classes),
        "confusion": confusion,
    }


def _per_class(confusion: np.ndarray, classes: tuple[str, ...]) -> list[dict[str, Any]]:
    scores = class_scores(confusion)
    columns = zip(scores.precision, scores.recall, scores.f1, scores.support, strict=True)
    return [
        {"class": name, "precision": precision, "recall": recall, "f1": f1, "support": support}
        for name, (precision, recall, f1, support) in zip(classes, columns, strict=True)
    ]


def plain(value: Any) -> Any:
    """``value`` with what JSON has: no arrays, no paths, no number that is not finite."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
