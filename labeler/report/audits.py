"""How audits of a simulated run's labels fared, in words and as a table."""

from collections.abc import Iterator

from labeler import words
from labeler.learning.audit import CHECKPOINT_LEVEL, PLAIN_LEVEL
from labeler.records.label_quality import Covered, SimulatedAudit
from labeler.report.tables import Table

PLAIN, AT_CHECKPOINTS = words.share(PLAIN_LEVEL), words.share(CHECKPOINT_LEVEL)


def audit_table(audit: SimulatedAudit) -> Table:
    """One row for each interval: how often it held the truth, and how wide it was.

    Parameters
    ----------
    audit : SimulatedAudit
    """
    trial = audit.trial
    answers = words.counted(trial.n, "answer")
    rows = [
        _row(answers, PLAIN, trial.plain),
        _row(f"{answers}, a simple random sample", PLAIN, trial.simple_random),
        *(
            _row(f"checkpoint at {words.count(n)}", AT_CHECKPOINTS, covered)
            for n, covered in trial.checkpoints.items()
        ),
        (
            "all checkpoints together",
            PLAIN,
            words.percent(trial.all_checkpoints),
            words.NOTHING,
        ),
    ]
    header = ("Interval", "Promised", "Holds the truth", "± points")
    return Table(header, tuple(rows), breaks=frozenset({2}))


def audit_sentences(audit: SimulatedAudit) -> Iterator[str]:
    """What was audited, what that is worth, and what it does for confidences."""
    trial, error = audit.trial, audit.calibration_error
    yield (
        f"Audited: the {words.counted(audit.population, 'label')} that seed {audit.seed} spread "
        f"from {words.counted(audit.n_labels, 'answer')}. {words.percent(audit.label_accuracy)} of "
        f"them are right. Of {words.counted(trial.repeats, 'audit')} with "
        f"{words.counted(trial.n, 'answer')}, the {PLAIN} interval holds that in "
        f"{words.percent(trial.plain.coverage)}, give or take {_points(trial.plain.half_width)} "
        "points."
    )
    yield (
        f"Confidences lie {_points(error.before)} points from the share that is right, on average; "
        f"calibrated with the answers of an audit, {_points(error.after)}."
    )
    if (told := audit.by_answers) is not None:
        yield (
            f"Without an audit, by {words.counted(told.n, 'answer')} left out in turn, they claim "
            f"{words.percent(told.cautious)} in place of {words.percent(told.claimed)}, and lie "
            f"{_points(told.calibration_error)} points from it."
        )


def _row(name: str, level: str, covered: Covered) -> tuple[str, ...]:
    return name, level, words.percent(covered.coverage), _points(covered.half_width)


def _points(share: float) -> str:
    return f"{100 * share:.1f}"
