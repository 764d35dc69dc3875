"""What the tables and plots need to know about a stage: its seeds put together."""

from dataclasses import dataclass

import numpy as np

from labeler.plugins import FIRST, of_phase
from labeler.records import Simulation, Stage

BOUNDS = ("supervised", "supervised-pixels")
"""Stages that no budget belongs to: every true label, on the run's features and on pixels."""


@dataclass(frozen=True, eq=False)
class ClassScores:
    """Per-class figures, each an ndarray of shape (n_classes,); nan where undefined."""

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray


def total_confusion(stage: Stage) -> np.ndarray | None:
    """The confusion matrices of all seeds added up; None where there is none.

    Returns
    -------
    ndarray of shape (n_classes, n_classes), dtype int64, or None
        Row: true class; column: predicted class.
    """
    if not stage.scores:
        return None
    total: np.ndarray = np.sum([scores.confusion for scores in stage.scores], axis=0)
    return total


def class_scores(confusion: np.ndarray) -> ClassScores:
    """Precision, recall, F1 and support of each class, over all the predictions counted.

    The seeds are pooled, not averaged: a class that one seed never predicts has no precision
    there, and leaving that seed out of a mean would flatter it.
    """
    right = np.diag(confusion).astype(float)
    true, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    return ClassScores(
        precision=_ratio(right, predicted),
        recall=_ratio(right, true),
        f1=_ratio(2 * right, true + predicted),
        support=true,
    )


def largest_budget(simulation: Simulation) -> int | None:
    """The most labels asked for, supervised aside; None where only supervised was run."""
    return max(budgets(simulation), default=None)


def budgets(simulation: Simulation) -> tuple[int, ...]:
    """The numbers of labels asked for, ascending, supervised aside."""
    return tuple(sorted({s.n_labels for s in simulation.stages if s.stage not in BOUNDS}))


def main_stage(simulation: Simulation) -> Stage | None:
    """The stage looked at closely, at the largest budget: spread over the graph, or else furthest.

    That is the label set that is exported; it is not chosen by its test accuracy. Without
    propagation, it is the answers to the first questions; None without any stage.
    """
    budget = largest_budget(simulation)
    at_budget = [s for s in simulation.stages if s.n_labels == budget and s.stage not in BOUNDS]
    for candidates in (
        [s for s in at_budget if s.stage == "propagated"],
        [s for s in at_budget if s.stage in of_phase(FIRST)],
        list(simulation.stages),
    ):
        if candidates:
            return max(candidates, key=reach)
    return None


def reach(stage: Stage) -> tuple[bool, float]:
    """Orders stages by how far their answers were spread; one without a fraction goes furthest."""
    is_whole = stage.method is not None and stage.fraction is None
    return is_whole, stage.fraction or 0.0


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    undefined = np.full(numerator.shape, np.nan)
    ratio: np.ndarray = np.divide(numerator, denominator, out=undefined, where=denominator > 0)
    return ratio
