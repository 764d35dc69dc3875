"""The model of a run: what was trained last, with all that leads from a picture to it."""

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.feature_names import LITE0, bare_name, file_of, is_network, parts_of
from labeler.learning.ensemble import Ensemble
from labeler.prediction.building import build_model
from labeler.prediction.contents import About, HeldOut
from labeler.prediction.held_out import held_out_by
from labeler.prediction.model import Model
from labeler.progress import SILENT, Progress
from labeler.storage.rows import Result
from labeler.workflow.array_names import LABEL_SET
from labeler.workflow.audit.label_sets import hash_label_set
from labeler.workflow.audit.telling import line_of_labels
from labeler.workflow.datasets import as_dataset, likeness, take_numbers
from labeler.workflow.learned_features import learned_features
from labeler.workflow.models.calibrated import Calibration, calibration_of
from labeler.workflow.models.state import (
    choice_of,
    current_result,
    own_stage,
    require_model,
    use_of,
)
from labeler.workflow.run import Run
from labeler.workflow.training.keeping import kept_ensemble


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
            f"labeler train {run.id}, or its page Spread and train."
        )
    like, config = likeness(run.dataset), run.config.with_(classifier=result.metrics.classifier)
    pool, description = learned_features(run, progress=progress)
    calibration = calibration_of(run, choice_of(result), ensemble, progress)
    return build_model(
        run.labels.names,
        pool,
        run.features,
        description,
        ensemble,
        config,
        about=_about(run, result, ensemble, config, calibration),
        scale=like.scale,
        numbers=like.numbers,
        calibration=calibration.curve,
        known_as=dict(zip(run.dataset.classes, run.labels.label_of_truth, strict=True)),
        n_fitted=run.row.settings.n_fitted,
        progress=progress,
    )


def _about(
    run: Run, result: Result, ensemble: Ensemble, config: RunConfig, calibration: Calibration
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
        use=use_of(result),
        accuracy=None if stage is None else stage.test_accuracy.mean,
        n_test=0 if run.held_out is None or stage is None else len(run.held_out),
        held_out=_held_out(run),
        certificate=line_of_labels(run) or "",
        calibrated_by=calibration.n_audited,
        calibrated_by_answers=calibration.n_answers,
        label_set=hash_label_set(run, run.labels.names, parts["labels"], parts["sources"]),
        licences=tuple(f"{bare_name(part)}: {_licence_of(part)}" for part in networks),
    )


def _held_out(run: Run) -> HeldOut | None:
    """How its test images are found again; None where they are a part of their data set.

    And where images were added: of these, some are held out in another way.
    """
    if run.held_out is None or run.dataset.counts["test"] or run.row.settings.n_fitted:
        return None
    test = take_numbers(as_dataset(run.ws, run.dataset), run.held_out)
    return held_out_by(run.config.seed, test)


def _licence_of(part: str) -> str:
    """Of the weights of a network, or where it is told."""
    if part == LITE0:
        return "Apache-2.0"
    file = file_of(part)
    return "see keras.applications" if file is None else f"see {file.with_suffix('.json').name}"
