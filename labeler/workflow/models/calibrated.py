"""What a model's confidences are worth, by the answers of an audit that taught it nothing."""

import numpy as np

from labeler.learning.audit import LogitCurve, fit_logit_curve
from labeler.learning.ensemble import Ensemble
from labeler.learning.graph import neighbors_of
from labeler.progress import SILENT, Progress
from labeler.workflow.audit.kept import audit_of
from labeler.workflow.datasets import as_dataset, take_numbers
from labeler.workflow.run import Run


def calibration_of(
    run: Run, ensemble: Ensemble, progress: Progress = SILENT
) -> tuple[LogitCurve | None, int]:
    """Hold what a model says of audited images against what the auditor said.

    Parameters
    ----------
    run : Run
    ensemble : Ensemble
        What names its images; it learned nothing from the auditor's answers.
    progress : Progress

    Returns
    -------
    curve : LogitCurve or None
        None before the first checkpoint of an audit, and where its answers were released.
    n : int
        Images that it rests on.
    """
    audit = audit_of(run)
    if audit is None or not audit.reached or audit.is_released:
        return None, 0
    sample = audit.sample(audit.reached[-1])
    named = sample.take(sample.named)
    if not len(named.images):
        return None, 0
    said = _said(run, ensemble, np.asarray(named.images), progress)
    labels = said.argmax(axis=1)
    confidences = said[np.arange(len(labels)), labels]
    n_classes = len(run.labels.names)
    curve = fit_logit_curve(confidences, labels, labels == named.answers, named.weights, n_classes)
    return curve, len(labels)


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
