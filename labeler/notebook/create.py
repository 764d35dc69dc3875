"""A run made in Python, as ``labeler new`` makes one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labeler.config import DEFAULT_PRESET
from labeler.notebook.opened import OpenRun, open_run
from labeler.workflow.inline import finish_new_run
from labeler.workflow.runs import NewRun, get_run
from labeler.workflow.runs import create_run as make_run
from labeler.workflow.workspace import open_workspace


def create_run(
    source: Path | str,
    name: str | None = None,
    *,
    n_labels: int | None = None,
    classes: Sequence[str] | None = None,
    preset: str = DEFAULT_PRESET,
    answerer: str = "human",
    classifier: str = "logistic",
    seed: int = 0,
    instance: Path | str | None = None,
    **settings: Any,
) -> OpenRun:
    """Make a run and wait until its first questions are there.

    Parameters
    ----------
    source : Path or str
        A folder, an archive or a file with images, or the name of a known data set.
    name : str, optional
        By default that of the source; of a second run with a number, "digits 2".
    n_labels : int, optional
        Answers that it asks for; by default a quarter of the images, at least 10, at most 100.
    classes : sequence of str, optional
        By default those that the images came with.
    preset : str
        ``classic``, ``best`` or ``thorough``.
    answerer : str
        ``human``; or ``oracle``: the labels that the images came with answer everything at once.
    classifier : str
        ``logistic`` or ``nn``.
    seed : int
        Of everything random.
    instance : Path or str, optional
        The folder of Labeler's own files; by default that of the ``labeler`` command.
    **settings : object
        Others of ``labeler new``, as ``features`` and ``threshold``.

    Returns
    -------
    OpenRun
        As it is now, with its first questions.

    Raises
    ------
    ConfigError
        A setting is out of range, or does not fit the images.
    DatasetNotFoundError, InputError
        The images cannot be read.
    JobFailedError
        They could not be prepared; there is no run then.

    Examples
    --------
    >>> import labeler
    >>> run = labeler.create_run("digits", n_labels=20, features="pixels")
    >>> run = run.answer(run.questions, run.true_labels[run.questions])
    >>> len(run.answers), len(run.questions)
    (10, 10)
    """
    new = NewRun(
        name=name or Path(source).name or str(source),
        is_default_name=not name,
        source=str(source),
        preset=preset,
        budget=n_labels,
        classes=None if classes is None else tuple(classes),
        answerer=answerer,
        seed=seed,
        classifier=classifier,
        **settings,
    )
    ws = open_workspace(None if instance is None else Path(instance))
    try:
        run = make_run(ws, new)
        job = get_run(ws, run.id).active_job
        if job is not None:
            finish_new_run(ws, run, job.id)
    finally:
        ws.close()
    return open_run(run.id, instance)
