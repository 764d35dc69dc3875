"""A simulation as tables of formatted text: what the terminal and the page both show."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from labeler import words
from labeler.records import Simulation, Stage
from labeler.report.scores import class_scores, total_confusion


@dataclass(frozen=True)
class Table:
    """Formatted text, ready to be shown.

    Attributes
    ----------
    header : tuple of str
    rows : tuple of tuple of str
        Each as long as the header.
    n_text : int
        The first columns hold words and are set flush left; the others hold figures.
    breaks : frozenset of int
        Rows that a rule is drawn above.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_text: int = 1
    breaks: frozenset[int] = frozenset()


def stage_table(simulation: Simulation) -> Table:
    """One row for each stage, in the order of the simulation."""
    header = (
        "Stage",
        "Labels asked",
        "Trained on",
        "Labels right",
        "Test accuracy",
        "Seconds",
    )
    stages = simulation.stages
    breaks = (i for i, (a, b) in enumerate(pairwise(stages), 1) if a.n_labels != b.n_labels)
    return Table(header, tuple(map(_stage_row, stages)), breaks=frozenset(breaks))


def class_table(stage: Stage, classes: Sequence[str]) -> Table:
    """One row for each class: how ``stage`` did on it, over all seeds together.

    Parameters
    ----------
    stage : Stage
    classes : sequence of str
        Names, in label order.
    """
    header = ("Class", "Precision", "Recall", "F1", "Test images")
    confusion = total_confusion(stage)
    if confusion is None:
        return Table(header, ())
    scores = class_scores(confusion)
    rows = (
        (
            words.printable(name),
            words.share_of(scores.precision[i], int(confusion[:, i].sum())),
            words.share_of(scores.recall[i], int(confusion[i].sum())),
            words.percent(scores.f1[i]),
            # The same images are scored once for each seed; the reader counts images.
            words.count(scores.support[i] / len(stage.scores)),
        )
        for i, name in enumerate(classes)
    )
    return Table(header, tuple(rows))


def _stage_row(stage: Stage) -> tuple[str, ...]:
    return (
        words.stage_name(stage),
        words.count(stage.n_labels),
        words.count(stage.n_train),
        words.percent(stage.label_accuracy),
        words.interval(stage.test_accuracy),
        words.seconds(stage.seconds),
    )
