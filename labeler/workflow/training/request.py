"""What a training is asked for; what it does, is in ``fit.py``, in the worker's process."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from labeler.exceptions import ConfigError
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.rows import Job
from labeler.workflow.job_kinds import TRAIN
from labeler.workflow.run import Run, open_run
from labeler.workflow.spread.spreading import chosen_settings
from labeler.workflow.workspace import Workspace


@dataclass(frozen=True)
class TrainingRequest:
    """What one training is asked for.

    Attributes
    ----------
    run_id : str
    fractions : tuple of float
        How far the answers are spread, each trained on by itself; ascending.
    classifier : str
    comparisons : bool
        Whether to train on as many random labels and on all labels, too.
    revision : int
        The run's, when it was asked for: the same request after more answers is another one.
    propagation : str
        One of ``plugins.PROPAGATIONS``, by ``fractions`` or by ``threshold``.
    threshold : float
        Labels spread by confidence with less than this are left out.
    """

    run_id: str
    fractions: tuple[float, ...]
    classifier: str
    comparisons: bool
    revision: int
    propagation: str = "cluster"
    threshold: float = 0.0


def request_training(
    ws: Workspace,
    run_id: str,
    fraction: float | Sequence[float] | None = None,
    classifier: str | None = None,
    comparisons: bool = True,
    *,
    threshold: float | None = None,
    method: str | None = None,
    keep: bool = False,
) -> Job:
    """Put the training of a run in the queue.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    fraction : float or sequence of float, optional
        How far the answers are spread inside their clusters.
    threshold : float, optional
        How sure a label has to be. Without this and ``fraction``, the answers are spread as was
        chosen last.
    method : str, optional
        As in ``spreading.chosen_settings``.
    classifier : str, optional
        By default the run's own.
    comparisons : bool, default True
        Whether to train on as many random labels and on all labels, too, where there is ground
        truth.
    keep : bool, default False
        Whether the run keeps, with the training, how its answers are spread for it.

    Raises
    ------
    ConfigError
        A setting is out of range, or no image is named yet.
    NotPreparedError, NotFoundError, QueueFullError
    """
    run = open_run(ws, run_id)
    run.require_prepared()
    run.require_named("training")
    fractions = _fractions(run, fraction)
    settings = chosen_settings(run, None if fraction is None else fractions[-1], threshold, method)
    config = run.config.with_(fractions=fractions, threshold=settings.threshold)
    config = config.with_(classifier=classifier or config.classifier)
    request = TrainingRequest(
        run_id,
        fractions,
        config.classifier,
        comparisons,
        run.revision,
        settings.method,
        settings.threshold,
    )
    with ws.database.writing() as session:
        if keep:
            run_rows.update_run(session, run_id, settings=settings.as_settings())
        return job_rows.enqueue(session, TRAIN, asdict(request), run_id=run_id)


def _fractions(run: Run, fraction: float | Sequence[float] | None) -> tuple[float, ...]:
    if fraction is None:
        fraction = float(run.row.settings.fraction)
    chosen = (fraction,) if isinstance(fraction, int | float) else tuple(fraction)
    if not chosen:
        raise ConfigError("Choose at least one fraction to spread the answers to.")
    return tuple(sorted({float(value) for value in chosen}))
