"""An audit in a line, for exports and reports."""

from typing import Any

from labeler import words
from labeler.learning.audit import PLAIN_LEVEL, Proportion
from labeler.records.label_quality import Audited
from labeler.workflow.audit.begin import judged_labels
from labeler.workflow.audit.certificate import share
from labeler.workflow.audit.figures import (
    AuditFigures,
    figures_that_count,
    newest_figures,
    right_of_labels,
)
from labeler.workflow.audit.kept import (
    RunAudit,
    audit_of,
    audit_that_counts,
    audits_of_labels,
)
from labeler.workflow.run import Run
from labeler.workflow.training.versions import labels_of
from labeler.workflow.views import SpreadView


def interval(right: Proportion) -> str:
    """``86.0 % (80.4 to 90.4 %)``; a dash where nothing is known, no ends where all is."""
    if not right.is_known:
        return words.NOTHING
    share = words.share_of(right.estimate, right.n)
    low, high = 100 * right.low, 100 * right.high
    return share if low == high else f"{share} ({low:.1f} to {high:.1f} %)"


def in_words(figures: AuditFigures) -> str:
    """What an audit found, in one sentence."""
    n_skipped = figures.agreement.n_skipped
    if not figures.right.is_known:
        return f"Audit: nothing is known, for all {n_skipped:,} images asked about were skipped."
    skipped = f", {n_skipped:,} of them skipped" if n_skipped else ""
    without = figures.without_class
    nowhere = f" {interval(without)} belong to no class of the run." if without.estimate > 0 else ""
    if figures.right.low == figures.right.high:
        return (
            f"Audit: {words.percent(figures.right.estimate)} of {figures.n:,} spread labels are as "
            f"the auditor says: all were named, without a suggestion.{nowhere}"
            f"{_among_others(figures)}"
        )
    return (
        f"Audit: {interval(figures.right)} of {figures.audit.design.population:,} spread labels "
        f"are as the auditor says, by {figures.n:,} images named without a suggestion{skipped}."
        f"{nowhere}{_among_others(figures)}"
    )


def _audited(right: Proportion) -> Audited:
    """The intervals of four looks hold together as often as one at that level."""
    return Audited(right.estimate, right.low, right.high, right.n, PLAIN_LEVEL)


def _among_others(figures: AuditFigures) -> str:
    """How many audits of the same labels there are: none is passed over in silence."""
    audit = figures.audit
    alike = audits_of_labels(audit.run, audit.row.label_set)
    if len(alike) < 2:
        return ""
    return f" It is one of {len(alike)} audits of these labels; the largest counts."


def audit_line(run: Run) -> str | None:
    """What the audit of a run found; None before its first checkpoint."""
    newest = audit_of(run)
    if newest is None:
        return None
    figures = newest_figures(audit_that_counts(run, newest.row.label_set))
    return None if figures is None else in_words(figures)


def line_of_labels(run: Run) -> str | None:
    """What the audit of a run says of its labels as they are trained now.

    Of other labels, where it can't say anything of these; None before its first checkpoint.
    """
    if run.audit is None:
        return None
    figures, these = figures_that_count(run, judged_labels(run))
    if figures is None:
        return None
    if these is not None and these.label_set == figures.audit.row.label_set:
        return in_words(figures)
    if these is not None and these.right.is_known:
        return (
            f"Audit: {interval(these.right)} of the spread labels are right, by "
            f"{words.counted(figures.n, 'image')} named for earlier labels of the run."
        )
    return f"Of earlier labels: {in_words(figures)}"


def audited_labels(run: Run) -> Audited | None:
    """What the audit of a run says of its labels as they were trained last.

    None before its first checkpoint, where the run changed since that training, and where those
    labels learned from the audit's answers.
    """
    if run.audit is None or not run.results or run.results[0].revision != run.revision:
        return None
    _, these = figures_that_count(run, judged_labels(run))
    return None if these is None or not these.right.is_known else _audited(these.right)


def in_brief(audit: RunAudit) -> Audited | None:
    """What is known of a run's labels, fast enough for every page: nothing is spread or hashed.

    Of the labels that were trained last, where they came after the audit began, by its answers;
    else of those that it began with. None before the first checkpoint, and where labels may have
    learned from its answers.

    Parameters
    ----------
    audit : RunAudit
        The one that was begun last; another one may count in its place.
    """
    run = audit.run
    counts = audit_that_counts(run, audit.row.label_set)
    if counts is None or not counts.reached:
        return None
    labels, newest = counts.labels, next(iter(run.results), None)
    if newest is not None and newest.created_at > counts.row.created_at:
        trained = labels_of(run, newest)
        last = int(counts.design.images[-1])
        if counts.is_released or trained is None or last >= len(trained):
            return None
        labels = trained
    right = right_of_labels(counts, counts.reached[-1], labels)
    return _audited(right) if right.is_known else None


def audit_of_export(run: Run, view: SpreadView) -> dict[str, Any] | None:
    """What the audit of a run says of the labels of an export, for its manifest.

    Parameters
    ----------
    run : Run
    view : SpreadView
        All labels of the set, whatever its filters leave of them.

    Returns
    -------
    dict or None
        The figure of the labels that were audited, whether these are the ones, and else the
        figure of these by the same answers. None before the first checkpoint.
    """
    if run.audit is None:
        return None
    figures, these = figures_that_count(run, view)
    if figures is None:
        return None
    audit = figures.audit
    own = share(figures.right)
    return {
        "line": in_words(figures),
        "label_set": audit.row.label_set,
        "is_of_these_labels": these is not None and these.label_set == audit.row.label_set,
        "population": audit.design.population,
        "n": figures.n,
        "skipped": figures.agreement.n_skipped,
        "level": figures.right.level,
        "estimate": own.estimate,
        "low": own.low,
        "high": own.high,
        "these_labels": None if these is None else share(these.right),
        "seed": audit.row.seed,
        "released": audit.is_released,
    }
