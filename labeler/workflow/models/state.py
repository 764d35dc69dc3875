"""Whether a run has learned what names new pictures, and how right that is; nothing heavy."""

from pathlib import Path

from labeler.exceptions import ConfigError
from labeler.feature_names import is_embeddings, parts_of
from labeler.records.label_quality import Choice
from labeler.records.results import StageFigures
from labeler.storage.rows import Result
from labeler.workflow.run import Run

_SPREAD, _CHOSEN = "propagated", "chosen"
"""Stages of the table of results."""


def is_trained(run: Run) -> bool:
    """Whether the newest training is of the answers and classes of now, and left what names."""
    return current_result(run) is not None


def current_result(run: Run) -> Result | None:
    """What was trained last, if that is of the answers and classes of now; else None."""
    newest = next(iter(run.results), None)
    if newest is None or newest.revision != run.revision:
        return None
    is_kept = any(name.startswith("trained.") for name in newest.artefacts)
    return newest if is_kept and newest.metrics.classes == run.labels.names else None


def require_model(run: Run) -> None:
    """Refuse at once what no model can be made of.

    Raises
    ------
    ConfigError
        The features of the run are vectors that were made elsewhere.
    NotPreparedError
    """
    run.require_prepared()
    for part in filter(is_embeddings, parts_of(run.config.features)):
        raise ConfigError(
            f"The features of this run are vectors of {Path(part).name}, which has none for new "
            "pictures. Make a run with features that are computed, such as shape, lite0 or "
            "onnx:FILE.onnx."
        )


def own_stage(result: Result) -> StageFigures | None:
    """The row of the table that is about what names new images; None where nothing was scored."""
    config, chosen = result.metrics.run_config, choice_of(result)
    for stage in result.metrics.stages:
        if chosen is not None and stage.stage == _CHOSEN:
            return stage
        is_own = stage.stage == _SPREAD and stage.method == config.propagation
        is_furthest = stage.fraction in (None, config.fractions[-1])
        if chosen is None and is_own and is_furthest and not stage.n_reviewed:
            return stage
    return None


def use_of(result: Result) -> str:
    """Which use of the answers names new images: a stage, or ``together``."""
    chosen = choice_of(result)
    return _SPREAD if chosen is None else chosen.taken


def choice_of(result: Result) -> Choice | None:
    """Which use of the answers its training took, and why; None of labels spread by fractions."""
    choices = result.metrics.choices
    return choices[0] if choices else None
