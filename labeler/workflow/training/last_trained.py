"""The set that a run was trained on last: how it was spread, and which accuracy is its own."""

from dataclasses import dataclass
from typing import Any

from labeler.plugins import PROPAGATIONS
from labeler.records.results import StageFigures
from labeler.storage.rows import Result
from labeler.workflow.run import Run
from labeler.workflow.runs.settings import SpreadSettings
from labeler.workflow.spread.spreading import chosen_settings
from labeler.workflow.views import SpreadView


@dataclass(frozen=True)
class ChosenSet:
    """How the labels of a set are spread, and why so.

    Attributes
    ----------
    settings : SpreadSettings
    reason : str
        In words, for people: "as it was trained last".
    """

    settings: SpreadSettings
    reason: str


@dataclass(frozen=True)
class Measured:
    """The test accuracy of a classifier that learned from exactly one set.

    Attributes
    ----------
    accuracy : float or None
    reason : str or None
        Why it is not known.
    """

    accuracy: float | None
    reason: str | None = None


def choose_set(
    run: Run,
    fraction: float | None = None,
    threshold: float | None = None,
) -> ChosenSet:
    """How a run's labels are spread: as asked for, or else as they were when it was last trained.

    A run that was not trained yet is spread as was chosen last.

    Raises
    ------
    ConfigError
        A setting is out of range, or both are given, or the run has no graph.
    """
    if fraction is not None or threshold is not None:
        return ChosenSet(chosen_settings(run, fraction, threshold), "as asked for")
    newest = next(iter(run.results), None)
    if newest is None:
        return ChosenSet(chosen_settings(run), "as chosen last, for nothing is trained yet")
    settings = chosen_settings(run, **_trained_settings(newest))
    if newest.revision == run.revision:
        return ChosenSet(settings, "as it was trained last")
    return ChosenSet(settings, "as it was trained last, with the answers and classes of now")


def measured(run: Run, view: SpreadView, n_left_out: int) -> Measured:
    """The test accuracy that belongs to a set.

    Parameters
    ----------
    run : Run
    view : SpreadView
        All labels of the set.
    n_left_out : int
        How many of them are not in it.
    """
    if not run.results:
        return Measured(None, "The run was not trained yet.")
    current = [result for result in run.results if result.revision == run.revision]
    if not current:
        return Measured(None, "Answers or classes changed since the last training.")
    accuracy = next(filter(None, (_accuracy(result, view) for result in current)), None)
    if accuracy is None:
        return Measured(None, _why_none(current[0]))
    if n_left_out:
        return Measured(None, f"{n_left_out:,} of the labels that were trained on are left out.")
    return accuracy


def _why_none(newest: Result) -> str:
    if newest.test_accuracy is None:
        return "No ground truth to test with."
    return "No training learned from these labels: they are spread in another way."


def _accuracy(result: Result, view: SpreadView) -> Measured | None:
    for stage in result.metrics.stages:
        if stage.stage == "propagated" and _is_same_way(stage, result, view):
            return Measured(stage.test_accuracy.mean)
    return None


def _is_same_way(stage: StageFigures, result: Result, view: SpreadView) -> bool:
    if stage.method != view.method:
        return False
    if PROPAGATIONS[view.method].takes_fraction:
        return stage.fraction == view.fraction
    return result.metrics.run_config.threshold == view.threshold


def _trained_settings(result: Result) -> dict[str, Any]:
    """Of several fractions, the furthest: its labels are kept with the result."""
    config = result.metrics.run_config
    if config.spreads_by_fraction:
        return {"method": config.propagation, "fraction": config.fractions[-1]}
    return {"method": config.propagation, "threshold": config.threshold}
