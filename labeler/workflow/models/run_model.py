"""The model of a run: what was trained last, with all that leads from a picture to it."""

from pathlib import Path

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.feature_names import is_embeddings, is_network, parts_of
from labeler.label_quality import Choice
from labeler.learning.ensemble import Ensemble
from labeler.pipeline.added_features import learned_description
from labeler.pipeline.best_use import CHOSEN
from labeler.prediction.building import build_model
from labeler.prediction.contents import About
from labeler.prediction.model import Model
from labeler.progress import SILENT, Progress
from labeler.results import StageFigures
from labeler.storage.rows import Result
from labeler.workflow.array_names import LABEL_SET
from labeler.workflow.audit.label_sets import hash_label_set
from labeler.workflow.audit.telling import audit_line
from labeler.workflow.datasets import as_dataset, likeness, take_numbers
from labeler.workflow.models.calibrated import calibration_of
from labeler.workflow.run import Run
from labeler.workflow.training.keeping import kept_ensemble

SPREAD = "propagated"


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


def model_of_run(run: Run, progress: Progress = SILENT) -> Model:
    """All that a run has learned, ready to be written.

    Parameters
    ----------
    run : Run
    progress : Progress

    Raises
    ------
    ConfigError
        It is not trained on the answers of now; or its features cannot be had for other images.
    NotPreparedError
    """
    require_model(run)
    result = current_result(run)
    ensemble = None if result is None else kept_ensemble(run.ws, result)
    if result is None or ensemble is None:
        raise ConfigError(
            f"The run {run.name!r} is not trained on the answers and classes of now: "
            f"labeler train {run.id}, or its page Train."
        )
    dataset = as_dataset(run.ws, run.dataset)
    X, config = run.features, run.config.with_(classifier=result.metrics.classifier)
    n_fitted = run.row.settings.n_fitted or len(run.pool)
    learned_from = take_numbers(dataset, run.pool[:n_fitted])
    description = learned_description(
        learned_from, X, config, progress=progress, cache=run.ws.feature_cache
    )
    calibration, n_audited = calibration_of(run, ensemble, progress)
    return build_model(
        run.labels.names,
        take_numbers(dataset, run.pool),
        X,
        description,
        ensemble,
        config,
        about=_about(run, result, ensemble, config, n_audited),
        scale=likeness(run.dataset).scale,
        calibration=calibration,
        known_as=dict(zip(run.dataset.classes, run.labels.label_of_truth, strict=True)),
        progress=progress,
    )


def _about(
    run: Run, result: Result, ensemble: Ensemble, config: RunConfig, n_audited: int
) -> About:
    stage = own_stage(result)
    parts = {part: run.ws.array(result.artefacts[name]) for part, name in LABEL_SET.items()}
    networks = [part for part in parts_of(config.features) if is_network(part)]
    return About(
        name=run.name,
        dataset=run.dataset.name,
        preset=run.row.preset,
        n_labels=sum(question.answer is not None for question in run.questions),
        n_pool=len(run.pool),
        use=_use(result),
        accuracy=None if stage is None else stage.test_accuracy.mean,
        n_test=0 if run.held_out is None or stage is None else len(run.held_out),
        certificate=audit_line(run) or "",
        calibrated_by=n_audited,
        label_set=hash_label_set(run, run.labels.names, parts["labels"], parts["sources"]),
        licences=tuple(f"{_bare(part)}: {_LICENCES.get(part, _OTHER)}" for part in networks),
    )


_LICENCES = {"lite0": "Apache-2.0"}
_OTHER = "see where its weights come from"


def _bare(part: str) -> str:
    """What a network is called, without the folder that its file lies in."""
    return part.replace("\\", "/").rpartition("/")[2]


def own_stage(result: Result) -> StageFigures | None:
    """The row of the table that is about what names new images; None where nothing was scored."""
    config, chosen = result.metrics.run_config, _choice(result)
    for stage in result.metrics.stages:
        if chosen is not None and stage.stage == CHOSEN:
            return stage
        is_own = stage.stage == SPREAD and stage.method == config.propagation
        is_furthest = stage.fraction in (None, config.fractions[-1])
        if chosen is None and is_own and is_furthest and stage.n_reviewed is None:
            return stage
    return None


def _use(result: Result) -> str:
    chosen = _choice(result)
    return SPREAD if chosen is None else chosen.taken


def _choice(result: Result) -> Choice | None:
    choices = result.metrics.choices
    return choices[0] if choices else None
