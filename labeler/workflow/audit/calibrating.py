"""Confidences that became probabilities: how often labels like these are right.

By an audit, or else, more cautiously, by the run's own answers, a fifth of them left out in turn
when it was trained. Only where that is asked for: what an export says of a label without it is the
confidence that its spreading gave, which orders labels and promises nothing.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from labeler import words
from labeler.exceptions import ConfigError
from labeler.learning.audit import LogitCurve, fit_logit_curve
from labeler.pipeline.left_out import FEWEST_LEFT_OUT, LeftOut
from labeler.records import IN_REVIEW, Source
from labeler.workflow.array_names import Array
from labeler.workflow.audit.kept import RunAudit, audit_of, audit_that_counts
from labeler.workflow.run import Run
from labeler.workflow.views import SpreadView

NEEDED = "confidences become probabilities by a check of the labels"


@dataclass(frozen=True, eq=False)
class Ground:
    """What confidences are calibrated by: one of the two.

    Attributes
    ----------
    audit : RunAudit or None
    left_out : LeftOut or None
        Answers of the run.
    """

    audit: RunAudit | None = None
    left_out: LeftOut | None = None

    @property
    def in_words(self) -> str:
        """What is told of it: "an audit of 200 images"."""
        if self.audit is not None:
            return f"an audit of {words.counted(self.audit.reached[-1], 'image')}"
        n = 0 if self.left_out is None else len(self.left_out)
        return f"{words.counted(n, 'answer')}, left out in turn (cautious; an audit knows more)"


def calibrated(run: Run, view: SpreadView) -> SpreadView:
    """The same labels; what a spread one claims is how often such labels are right.

    By the answers of the run it never claims more than its spreading did.

    Parameters
    ----------
    run : Run
    view : SpreadView
        All labels of the run.

    Raises
    ------
    ConfigError
        As ``ground_of`` says.
    """
    ground = ground_of(run, view.method)
    curve = _curve_of(ground, len(run.labels.names))
    label_set = view.label_set
    spread = label_set.sources == Source.PROPAGATED
    confidences = label_set.confidences.copy()
    confidences[spread] = curve.calibrate(confidences[spread], label_set.labels[spread])
    return replace(
        view,
        label_set=replace(label_set, confidences=confidences),
        calibrated_by=ground.in_words,
    )


def can_calibrate(run: Run, view: SpreadView) -> bool:
    """Whether ``calibrated`` has anything to go by."""
    return what_calibrates(run, view) is not None


def what_calibrates(run: Run, view: SpreadView) -> Ground | None:
    """The same as ``ground_of``; None where there is nothing."""
    with suppress(ConfigError):
        return ground_of(run, view.method)
    return None


def ground_of(run: Run, method: str) -> Ground:
    """What labels that were spread in one way are calibrated by.

    Parameters
    ----------
    run : Run
    method : str
        One of ``plugins.PROPAGATIONS``.

    Raises
    ------
    ConfigError
        No checkpoint of an audit was reached, its answers were released, or it judged labels that
        were spread in another way; and the run was not trained on labels that were spread by
        confidence in this one.
    """
    try:
        return Ground(audit=audit_for(run, method))
    except ConfigError as error:
        left_out = left_out_of(run, method)
        if left_out is None:
            raise ConfigError(f"{error} {_or_by_answers(run)}") from error
        return Ground(left_out=left_out)


def _or_by_answers(run: Run) -> str:
    """How many of the answers that it takes are there, and what to do next."""
    named = [answer for answer in run.given_answers() if answer.source not in IN_REVIEW]
    of_class = Counter(answer.label for answer in named if answer.label is not None)
    n = sum(number for number in of_class.values() if number > 1)
    train = f"labeler train {run.id}, on labels that are spread by confidence"
    if n >= FEWEST_LEFT_OUT:
        return f"Or, cautiously, by the run's {n:,} answers, left out in turn: {train}."
    is_open = any(question.answer is None for question in run.questions)
    more = "labeler serve" if is_open else f"labeler budget {run.id}"
    return (
        f"Or, cautiously, by answers that are left out in turn, where another is of the same "
        f"class: {n} of {FEWEST_LEFT_OUT} are there. Name more images ({more}), then: {train}."
    )


def left_out_of(run: Run, method: str) -> LeftOut | None:
    """Answers that were left out when the run was last trained on labels spread in one way.

    None where too few were, or the classes of the run changed since.
    """
    ways = (result for result in run.results if result.metrics.run_config.propagation == method)
    last = next(ways, None)
    # None of an earlier training: there were other answers then.
    if last is None or Array.LEFT_OUT not in last.artefacts:
        return None
    if last.metrics.classes != run.labels.names:
        return None
    confidences, is_right = np.asarray(run.ws.array(last.artefacts[Array.LEFT_OUT])).T
    return LeftOut(confidences, is_right.astype(bool))


def _curve_of(ground: Ground, n_classes: int) -> LogitCurve:
    if ground.audit is not None:
        return curve_of(ground.audit)
    assert ground.left_out is not None
    return ground.left_out.cautious(n_classes)


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


def audit_for(run: Run, method: str) -> RunAudit:
    """The audit that labels spread in one way are calibrated by.

    Raises
    ------
    ConfigError
        There is none, for the reason given.
    """
    newest = audit_of(run)
    audit = None if newest is None else audit_that_counts(run, newest.row.label_set)
    if audit is None or not audit.reached:
        raise ConfigError(
            f"{NEEDED.capitalize()}: labeler audit {run.id}, or the page Audit{_so_far(newest)}."
        )
    if audit.is_released:
        raise ConfigError(f"{NEEDED.capitalize()} whose answers were not released; begin another.")
    if audit.row.spread["method"] != method:
        raise ConfigError(f"{NEEDED.capitalize()} that were spread in the same way.")
    if not audit.sample(audit.reached[-1]).named.any():
        raise ConfigError(
            f"{NEEDED.capitalize()} that named images; in the last, all were skipped."
        )
    return audit


def _so_far(audit: RunAudit | None) -> str:
    if audit is None or audit.reached:
        return ""
    return f" ({audit.n_audited} of {audit.checkpoints[0]} images named)"
