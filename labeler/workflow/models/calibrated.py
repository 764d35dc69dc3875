"""What a model's confidences are worth, by the answers of an audit that taught it nothing.

Or else, more cautiously, by the run's own answers, a fifth of them left out in turn.
"""

from dataclasses import dataclass

import numpy as np

from labeler.learning.audit import LogitCurve, fit_logit_curve
from labeler.learning.ensemble import Ensemble
from labeler.learning.graph import neighbors_of
from labeler.pipeline.best_use import curve_of
from labeler.progress import SILENT, Progress
from labeler.records.label_quality import Choice
from labeler.workflow.audit.kept import largest_sample
from labeler.workflow.datasets import as_dataset, take_numbers
from labeler.workflow.run import Run


@dataclass(frozen=True, eq=False)
class Calibration:
    """What confidences are calibrated by, if by anything.

    Attributes
    ----------
    curve : LogitCurve or None
    n_audited : int
        Audited images that it rests on.
    n_answers : int
        Or answers of the run.
    """

    curve: LogitCurve | None = None
    n_audited: int = 0
    n_answers: int = 0


def calibration_of(
    run: Run, choice: Choice | None, ensemble: Ensemble, progress: Progress = SILENT
) -> Calibration:
    """Hold what a model says of images that it did not learn from against what was said of them.

    Parameters
    ----------
    run : Run
    choice : Choice or None
        What its training found by left-out answers.
    ensemble : Ensemble
        What names its images; it learned nothing from an auditor's answers.
    progress : Progress

    Returns
    -------
    Calibration
        By the answers, before the first checkpoint of an audit, and where the audit's were
        released.
    """
    audited = _by_audit(run, ensemble, progress)
    if audited is not None:
        return audited
    curve = None if choice is None else curve_of(choice, len(run.labels.names))
    return Calibration() if choice is None else Calibration(curve, n_answers=choice.n_foretold)


def _by_audit(run: Run, ensemble: Ensemble, progress: Progress) -> Calibration | None:
    named = largest_sample(run)
    if named is None:
        return None
    said = _said(run, ensemble, np.asarray(named.images), progress)
    labels = said.argmax(axis=1)
    confidences = said[np.arange(len(labels)), labels]
    n_classes = len(run.labels.names)
    curve = fit_logit_curve(confidences, labels, labels == named.answers, named.weights, n_classes)
    return Calibration(curve, n_audited=len(labels))


def _said(run: Run, ensemble: Ensemble, places: np.ndarray, progress: Progress) -> np.ndarray:
    """What is said of images of the pool as if they were new: without their own label."""
    X = np.asarray(run.features)
    if ensemble.soft_labels is None:
        return ensemble.said(X[places])
    with progress.task("Calibrating confidences"):
        nearest = neighbors_of(X, places)
        net = ensemble.net
        seen = None
        if net is not None:
            images = take_numbers(as_dataset(run.ws, run.dataset), run.pool[places]).images
            seen = net.predict_proba(images)
        return ensemble.said(X[places], nearest, seen)
