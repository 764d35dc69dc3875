"""What the answers of an audit say: of the labels that it began with, and of those of now.

Figures are of a checkpoint, never of all answers that happen to be there: whoever looks after each
answer and stops when the interval pleases is wrong far more often than it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.learning.audit import (
    CHECKPOINT_LEVEL,
    NO_CLASS,
    Agreement,
    AuditSample,
    Consistency,
    Proportion,
    answers_needed,
    consistency,
    judge,
    judge_classes,
    judge_part,
    judge_parts,
    share_without_class,
    with_answers,
)
from labeler.records import UNLABELED
from labeler.workflow.array_names import Array
from labeler.workflow.audit.kept import RunAudit, audit_that_counts
from labeler.workflow.audit.label_sets import hash_labels
from labeler.workflow.run import Run
from labeler.workflow.views import SpreadView

WANTED = 0.03
"""The half-width that further answers are counted up to."""


@dataclass(frozen=True)
class PartFigure:
    """How right the labels of one class or cluster are.

    Attributes
    ----------
    name : str
    size : int
        Labels that are judged and belong to it.
    right : Proportion
    n_without_class : int
        Images of it, of those named, that belong to no class as the auditor says.
    """

    name: str
    size: int
    right: Proportion
    n_without_class: int


@dataclass(frozen=True, eq=False)
class AuditFigures:
    """What an audit says of the labels that it began with, at one checkpoint.

    Attributes
    ----------
    audit : RunAudit
    n : int
        Images that were asked about; those beside, for their class alone, do not count.
    agreement : Agreement
        With and without those skipped.
    without_class : Proportion
        Share of the images that belong to no class.
    by_class, by_cluster : tuple of PartFigure
        Those that have labels in it; classes with what was asked beside.
    classifier : Proportion or None
        The same of what the classifier that was trained last says of these images; None where
        there is none, the answers have been released since, or another audit was begun.
    again : Consistency
        The auditor's own, of all images that were asked about twice.
    needed : int or None
        Images in all for give or take 3 points, at the same confidence; None where too little is
        known.
    """

    audit: RunAudit
    n: int
    agreement: Agreement
    without_class: Proportion
    by_class: tuple[PartFigure, ...]
    by_cluster: tuple[PartFigure, ...]
    classifier: Proportion | None
    again: Consistency
    needed: int | None

    @property
    def right(self) -> Proportion:
        """Share of the labels that are as the auditor says."""
        return self.agreement.named

    @property
    def overall(self) -> Proportion:
        """The same of the whole set; labels that were given count as right."""
        return with_answers(self.right, self.audit.design.population, self.audit.n_named_before)


@dataclass(frozen=True)
class OtherFigure:
    """What the same answers say of another label set of the run.

    Attributes
    ----------
    label_set : str
        Its hash.
    right : Proportion
        Of the images that the audit is about; those that have no label in it do not count.
    """

    label_set: str
    right: Proportion


def figures_at(audit: RunAudit, n: int) -> AuditFigures:
    """The figures of one checkpoint.

    Parameters
    ----------
    audit : RunAudit
    n : int
        One of ``audit.reached``.
    """
    sample = audit.sample(n)
    agreement = judge(sample, audit.labels, CHECKPOINT_LEVEL)
    return AuditFigures(
        audit=audit,
        n=n,
        agreement=agreement,
        without_class=share_without_class(sample, CHECKPOINT_LEVEL),
        by_class=_by_class(audit, sample, audit.beside(n)),
        by_cluster=_by_cluster(audit, sample),
        classifier=_classifier(audit, sample),
        again=consistency(*audit.repeats(), CHECKPOINT_LEVEL),
        needed=answers_needed(audit.design, agreement, WANTED, CHECKPOINT_LEVEL),
    )


def figures_of(audit: RunAudit) -> tuple[AuditFigures, ...]:
    """The figures of every checkpoint that was reached."""
    return tuple(figures_at(audit, n) for n in audit.reached)


def newest_figures(audit: RunAudit | None) -> AuditFigures | None:
    """Those of the last checkpoint that was reached; None before the first."""
    return None if audit is None or not audit.reached else figures_at(audit, audit.reached[-1])


def figure_of_labels(run: Run, figures: AuditFigures, view: SpreadView) -> OtherFigure | None:
    """The same answers, held against other labels of the run.

    Parameters
    ----------
    run : Run
    figures : AuditFigures
        Of its audit.
    view : SpreadView
        These labels.

    Returns
    -------
    OtherFigure or None
        Of the labels of the audit itself, its own figure. None where the answers were released:
        labels may have learned from them since.
    """
    return _figure_of(figures, view, hash_labels(run, view))


def figures_that_count(
    run: Run, view: SpreadView
) -> tuple[AuditFigures | None, OtherFigure | None]:
    """The audit that judges labels of a run, and what it says of them.

    Parameters
    ----------
    run : Run
    view : SpreadView
        These labels.

    Returns
    -------
    figures : AuditFigures or None
        As ``audit_that_counts`` chooses; None before its first checkpoint.
    these : OtherFigure or None
        As ``figure_of_labels`` says.
    """
    name = hash_labels(run, view)
    figures = newest_figures(audit_that_counts(run, name))
    return figures, None if figures is None else _figure_of(figures, view, name)


def _figure_of(figures: AuditFigures, view: SpreadView, name: str) -> OtherFigure | None:
    audit = figures.audit
    if name == audit.row.label_set:
        return OtherFigure(name, figures.right)
    if audit.is_released:
        return None
    return OtherFigure(name, right_of_labels(audit, figures.n, view.label_set.labels))


def right_of_labels(audit: RunAudit, n: int, labels: np.ndarray) -> Proportion:
    """Share of any labels of the run that are right, by the answers until a checkpoint.

    Parameters
    ----------
    audit : RunAudit
    n : int
        One of ``audit.reached``.
    labels : ndarray of shape (n_pool,), dtype int
        Those that were spread; ``UNLABELED`` for none, which does not count.
    """
    sample, is_labeled = audit.sample(n), labels != UNLABELED
    if is_labeled[audit.design.images].all():
        return judge(sample, labels, CHECKPOINT_LEVEL).named
    return judge_part(sample, labels, is_labeled, CHECKPOINT_LEVEL)


def _by_class(audit: RunAudit, sample: AuditSample, beside: AuditSample) -> tuple[PartFigure, ...]:
    names, labels = audit.run.labels.names, audit.labels
    shares = judge_classes(sample, beside, labels, audit.drawn, len(names), CHECKPOINT_LEVEL)
    return _parts(audit, (sample, beside), labels, names, shares)


def _by_cluster(audit: RunAudit, sample: AuditSample) -> tuple[PartFigure, ...]:
    names = tuple(map(str, audit.run.cluster_numbers.tolist()))
    clusters = audit.run.clusters.labels
    shares = judge_parts(sample, audit.labels, clusters, len(names), CHECKPOINT_LEVEL)
    return _parts(audit, (sample,), clusters, names, shares)


def _parts(
    audit: RunAudit,
    samples: Sequence[AuditSample],
    parts: np.ndarray,
    names: tuple[str, ...],
    shares: Sequence[Proportion],
) -> tuple[PartFigure, ...]:
    nowhere = [sample.images[sample.answers == NO_CLASS] for sample in samples]
    sizes = np.bincount(parts[audit.design.images], minlength=len(names)).tolist()
    counts = np.bincount(parts[np.concatenate(nowhere)], minlength=len(names)).tolist()
    figures = map(PartFigure, names, sizes, shares, counts)
    return tuple(part for part in figures if part.size)


def _classifier(audit: RunAudit, sample: AuditSample) -> Proportion | None:
    if not audit.is_newest:
        return None
    newest = next(iter(audit.run.results), None)
    if newest is None or Array.POOL_PREDICTIONS not in newest.artefacts:
        return None
    released = audit.row.released_at
    predictions = audit.run.ws.array(newest.artefacts[Array.POOL_PREDICTIONS])
    is_apart = released is None or newest.created_at < released
    is_of_these = tuple(newest.metrics.classes) == audit.run.labels.names
    if not is_apart or not is_of_these or len(predictions) <= audit.design.images[-1]:
        return None
    return judge(sample, np.asarray(predictions), CHECKPOINT_LEVEL).named
