"""More images asked for: what can be checked is checked at once, the rest is done by a job."""

from pathlib import Path

from labeler.exceptions import ConfigError
from labeler.feature_names import is_embeddings, parts_of
from labeler.storage import jobs as job_rows
from labeler.storage.rows import Job
from labeler.workflow.baskets import UPLOAD
from labeler.workflow.job_kinds import ADD
from labeler.workflow.pictures.original_arrays import has_originals
from labeler.workflow.run import Run, open_run
from labeler.workflow.workspace import Workspace


def request_addition(ws: Workspace, run_id: str, source: str, *, strict: bool = False) -> Job:
    """Have the new images of a folder or archive on this machine added to a run.

    Parameters
    ----------
    ws : Workspace
    run_id, source : str
    strict : bool
        Whether one file that cannot be read is an error.

    Raises
    ------
    ConfigError
        The run cannot get more images.
    NotFoundError, NotPreparedError, QueueFullError
    """
    place = str(Path(source).expanduser().absolute())
    return _request(ws, run_id, {"source": place, "kind": "path", "strict": strict})


def request_uploaded_addition(
    ws: Workspace, run_id: str, path: Path, filename: str, kind: str = UPLOAD
) -> Job:
    """The same of an upload that waits at ``path``, one of ``baskets.WAITING``; the job removes it.

    Raises
    ------
    ConfigError, NotFoundError, NotPreparedError, QueueFullError
    """
    inputs = {"source": str(path), "filename": filename, "kind": kind, "strict": False}
    return _request(ws, run_id, inputs)


def require_growable(run: Run) -> None:
    """Refuse a run whose images cannot be told from new ones, or whose features cannot be had.

    Raises
    ------
    ConfigError
    NotPreparedError
    """
    run.require_prepared()
    if not has_originals(run.dataset):
        raise ConfigError(
            f"{run.dataset.name} was not read from image files of its own, so that images cannot "
            "be added to it. Make a new run of all images."
        )
    for part in filter(is_embeddings, parts_of(run.config.features)):
        raise ConfigError(
            f"The features of this run are vectors of {Path(part).name}, which has none for "
            "images that are added. Make a new run of all images, with a vector for each."
        )


def _request(ws: Workspace, run_id: str, inputs: dict[str, object]) -> Job:
    require_growable(open_run(ws, run_id))
    with ws.database.writing() as session:
        return job_rows.enqueue(session, ADD, {"run_id": run_id, **inputs}, run_id=run_id)
