"""Measuring every number of clusters of a range, asked for from a page and done by a job."""

from collections.abc import Mapping
from typing import Any

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.storage import jobs as job_rows
from labeler.storage.rows import Job
from labeler.workflow.exploration.subject import Subject, subject_of_dataset, subject_of_run
from labeler.workflow.job_kinds import EXPLORE
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace

MOST_K = 100
"""From a page; the command line takes larger ones."""


def dataset_subject(ws: Workspace, dataset_id: int, features: str | None = None) -> Subject:
    """The images of a data set as a run with the default settings would have them.

    Raises
    ------
    ConfigError
        There are no such features.
    NotFoundError
    """
    config = RunConfig() if features is None else RunConfig(features=features)
    return subject_of_dataset(ws, dataset_id, config)


def request_exploration(
    ws: Workspace,
    ks: tuple[int, int],
    *,
    run_id: str | None = None,
    dataset_id: int | None = None,
    features: str | None = None,
) -> Job:
    """Put the measuring of every k from ``ks[0]`` to ``ks[1]`` in the queue.

    Parameters
    ----------
    ws : Workspace
    ks : tuple of int
    run_id : str, optional
        In the run's images and features; or else
    dataset_id : int, optional
        in those of a data set, with
    features : str, optional

    Raises
    ------
    ConfigError
        The range is empty, too long or more than the images.
    NotFoundError, NotPreparedError, QueueFullError
    """
    if run_id is None:
        subject = dataset_subject(ws, dataset_id or 0, features)
    else:
        subject = subject_of_run(open_run(ws, run_id))
    first, last = ks
    most = min(MOST_K, len(subject.selection.pool) - 1)
    if not 2 <= first <= last <= most:
        raise ConfigError(
            f"k is to go from {first:,} to {last:,}; it can go from 2 to {most:,}, upwards."
        )
    inputs = {
        "run_id": run_id,
        "dataset_id": subject.dataset.id,
        "features": subject.config.features,
        "ks": [first, last],
    }
    with ws.database.writing() as session:
        return job_rows.enqueue(session, EXPLORE, inputs, run_id=run_id)


def subject_of_job(ws: Workspace, inputs: Mapping[str, Any]) -> Subject:
    """What ``request_exploration`` asked for."""
    if inputs["run_id"] is not None:
        return subject_of_run(open_run(ws, inputs["run_id"]))
    return dataset_subject(ws, inputs["dataset_id"], inputs["features"])
