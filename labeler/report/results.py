"""A simulation as strict JSON: the shape that scripts outside the project rely on."""

import json
import math
from pathlib import PurePath
from typing import Any

import numpy as np
from msgspec import UNSET, structs

from labeler import __version__
from labeler.learning.late_keras import threads_matter
from labeler.learning.threads import kernels
from labeler.records import Interval, LabelingRun, Scores, Simulation, Stage
from labeler.records.label_quality import Audited, SimulatedAudit
from labeler.records.results import AuditFigures, ClassFigures, Results, StageFigures, Threads
from labeler.report.scores import class_scores, total_confusion
from labeler.report.verdict import verdict


def results(simulation: Simulation) -> Results:
    """The figures of ``simulation``, ready for strict JSON."""
    classes = simulation.classes
    return Results(
        dataset=simulation.dataset,
        preset=simulation.preset,
        classifier=simulation.classifier,
        seeds=simulation.seeds,
        config=plain(simulation.config.as_dict()),
        stages=_stages(simulation.stages, classes),
        seconds=simulation.seconds,
        threads=Threads(matter=threads_matter(), kernels=kernels()),
        version=__version__,
        classes=classes,
        notes=simulation.notes,
        audit=UNSET if simulation.audit is None else _audit(simulation.audit),
        without_errors=_stages(simulation.without_errors, classes) or UNSET,
        other_presets=tuple(map(results, simulation.others)) or UNSET,
        choices=simulation.choices or UNSET,
        signs=UNSET if simulation.signs is None else simulation.signs,
    )


def results_json(simulation: Simulation, audited: Audited | None = None) -> bytes:
    """``results`` and the verdict as the bytes of a JSON file, UTF-8, indented."""
    judged = structs.replace(results(simulation), verdict=verdict(simulation, audited))
    values = judged.as_json()
    text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    # A lone surrogate (a file name that is not UTF-8) becomes \udcxx: JSON's own escape for it.
    return f"{text}\n".encode("utf-8", "backslashreplace")


def as_simulation(figures: Results, sample: LabelingRun) -> Simulation:
    """The record that reports are made from; of several seeds' scores, their sum."""
    return Simulation(
        dataset=figures.dataset,
        preset=figures.preset,
        classifier=figures.classifier,
        classes=figures.classes,
        seeds=figures.seeds,
        config=figures.run_config,
        stages=tuple(map(_as_stage, figures.stages)),
        seconds=figures.seconds,
        notes=figures.notes,
        sample=sample,
        choices=() if figures.choices is UNSET else figures.choices,
        signs=None if figures.signs is UNSET else figures.signs,
    )


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


def _audit(audit: SimulatedAudit) -> AuditFigures:
    trial = audit.trial
    checkpoints = {str(n): covered for n, covered in trial.checkpoints.items()}
    return AuditFigures(
        seed=audit.seed,
        n_labels=audit.n_labels,
        population=audit.population,
        label_accuracy=audit.label_accuracy,
        n=trial.n,
        repeats=trial.repeats,
        coverage=trial.plain.coverage,
        half_width=trial.plain.half_width,
        half_width_simple_random=trial.simple_random.half_width,
        checkpoints={**checkpoints, "all": trial.all_checkpoints},
        calibration_error=audit.calibration_error,
        by_answers=audit.by_answers,
    )


def _stages(stages: tuple[Stage, ...], classes: tuple[str, ...]) -> tuple[StageFigures, ...]:
    return tuple(_stage(stage, classes) for stage in stages)


def _stage(stage: Stage, classes: tuple[str, ...]) -> StageFigures:
    accuracy, confusion = stage.test_accuracy, total_confusion(stage)
    return StageFigures(
        stage=stage.stage,
        n_labels=stage.n_labels,
        fraction=stage.fraction,
        method=stage.method,
        n_train=stage.n_train,
        label_accuracy=plain(stage.label_accuracy),
        test_accuracy=Interval(
            float(accuracy.mean), plain(accuracy.ci95), tuple(map(float, accuracy.per_seed))
        ),
        seconds=stage.seconds,
        per_class=() if confusion is None else _per_class(confusion, classes),
        confusion=None if confusion is None else tuple(map(tuple, confusion.tolist())),
        n_reviewed=UNSET if stage.n_reviewed is None else stage.n_reviewed,
    )


def _per_class(confusion: np.ndarray, classes: tuple[str, ...]) -> tuple[ClassFigures, ...]:
    scores = class_scores(confusion)
    columns = map(plain, (scores.precision, scores.recall, scores.f1, scores.support))
    return tuple(
        ClassFigures(name=name, precision=precision, recall=recall, f1=f1, support=support)
        for name, precision, recall, f1, support in zip(classes, *columns, strict=True)
    )


def _as_stage(figures: StageFigures) -> Stage:
    return Stage(
        stage=figures.stage,
        n_labels=figures.n_labels,
        fraction=figures.fraction,
        method=figures.method,
        n_train=figures.n_train,
        label_accuracy=figures.label_accuracy,
        test_accuracy=figures.test_accuracy,
        seconds=figures.seconds,
        scores=() if figures.confusion is None else (_scores(figures),),
        n_reviewed=None if figures.n_reviewed is UNSET else figures.n_reviewed,
    )


def _scores(figures: StageFigures) -> Scores:
    # NumPy reads None, a ratio without a denominator, as nan.
    columns = {
        name: np.array([getattr(row, name) for row in figures.per_class], dtype=float)
        for name in ("precision", "recall", "f1", "support")
    }
    return Scores(
        accuracy=figures.test_accuracy.mean,
        confusion=np.array(figures.confusion, dtype=np.int64),
        **columns,
    )
