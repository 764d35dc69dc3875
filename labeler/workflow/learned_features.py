"""What turned a run's images into features, as it was learned, for images that it does not have."""

from collections.abc import Sequence

from labeler.datasets.base import Split
from labeler.pipeline.added_features import learned_description
from labeler.pipeline.describing import Description
from labeler.progress import SILENT, Progress
from labeler.workflow.datasets import as_dataset, take_numbers
from labeler.workflow.run import Run


def learned_features(
    run: Run, others: Sequence[Split] = (), progress: Progress = SILENT
) -> tuple[Split, Description]:
    """The pool of a run, and what made its features.

    Parameters
    ----------
    run : Run
    others : sequence of Split
        Images that it will be asked about next.
    progress : Progress

    Returns
    -------
    pool : Split
    description : Description
        It learned from the images that the run began with.

    Raises
    ------
    ConfigError
        Features are computed in another way by now, or cannot be had for other images.
    """
    dataset = as_dataset(run.ws, run.dataset)
    n_fitted = run.row.settings.n_fitted or len(run.pool)
    pool = learned_from = take_numbers(dataset, run.pool)
    if n_fitted < len(run.pool):
        learned_from = take_numbers(dataset, run.pool[:n_fitted])
        others = (pool, *others)
    return pool, learned_description(
        learned_from, run.features, run.config, others, progress, run.ws.feature_cache
    )
