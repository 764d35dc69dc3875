"""Confidences that became probabilities by an audit: how often labels like these are right.

Only where that is asked for: what an export says of a label without it is the confidence that its
spreading gave, which orders labels and promises nothing.
"""

from contextlib import suppress
from dataclasses import replace

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.audit import LogitCurve, fit_logit_curve
from labeler.records import Source
from labeler.workflow.audit.kept import RunAudit, audit_of, audit_that_counts
from labeler.workflow.run import Run
from labeler.workflow.views import SpreadView

NEEDED = "confidences become probabilities by a check of the labels"


def calibrated(run: Run, view: SpreadView) -> SpreadView:
    """The same labels; what a spread one claims is how often such labels were right in the audit.

    Parameters
    ----------
    run : Run
    view : SpreadView
        All labels of the run, spread in the way of those that were audited.

    Raises
    ------
    ConfigError
        No checkpoint of an audit was reached, its answers were released, or it judged labels that
        were spread in another way.
    """
    audit = require_curve(run, view)
    label_set = view.label_set
    spread = label_set.sources == Source.PROPAGATED
    confidences = label_set.confidences.copy()
    confidences[spread] = curve_of(audit).calibrate(confidences[spread], label_set.labels[spread])
    return replace(view, label_set=replace(label_set, confidences=confidences))


def curve_of(audit: RunAudit) -> LogitCurve:
    """What the answers until the last checkpoint say that confidences are worth."""
    sample = audit.sample(audit.reached[-1])
    named = sample.take(sample.named)
    labels = audit.labels[named.images]
    return fit_logit_curve(
        np.asarray(audit.confidences[named.images], dtype=float),
        labels,
        labels == named.answers,
        named.weights,
        len(audit.run.labels.names),
    )


def can_calibrate(run: Run, view: SpreadView) -> bool:
    """Whether ``calibrated`` has an audit to go by."""
    with suppress(ConfigError):
        return bool(require_curve(run, view))
    return False


def require_curve(run: Run, view: SpreadView) -> RunAudit:
    """The audit that confidences are calibrated by.

    Raises
    ------
    ConfigError
        As ``calibrated`` says.
    """
    newest = audit_of(run)
    audit = None if newest is None else audit_that_counts(run, newest.row.label_set)
    if audit is None or not audit.reached:
        raise ConfigError(f"{NEEDED.capitalize()}: labeler audit {run.id}, or the page Audit.")
    if audit.is_released:
        raise ConfigError(f"{NEEDED.capitalize()} whose answers were not released; begin another.")
    if audit.row.spread["method"] != view.method:
        raise ConfigError(f"{NEEDED.capitalize()} that were spread in the same way.")
    if not audit.sample(audit.reached[-1]).named.any():
        raise ConfigError(
            f"{NEEDED.capitalize()} that named images; in the last, all were skipped."
        )
    return audit
