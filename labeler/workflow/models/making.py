"""What the job does that makes a model."""

import shutil
from typing import Any

from msgspec import to_builtins

from labeler.prediction.file import write_model
from labeler.progress import SILENT, Progress
from labeler.storage import jobs as job_rows
from labeler.storage.rows import Job
from labeler.workflow.exchange.export_jobs import LOOKED_THROUGH, set_name
from labeler.workflow.models.request import models_made
from labeler.workflow.models.run_model import model_of_run
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace


def make_model(ws: Workspace, job: Job, progress: Progress = SILENT) -> dict[str, Any]:
    """Write the model that a job is for; gives what the job's row is to say of it."""
    folder = job_rows.export_folder(ws.instance, job.id)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run = open_run(ws, job.inputs["run_id"], n_jobs=LOOKED_THROUGH)
    path = folder / f"{set_name(run.name)}-model.zip"
    model = model_of_run(run, progress)
    write_model(model, path)
    for old in models_made(run):  # one is enough: it can be made anew
        if old.id != job.id:
            shutil.rmtree(job_rows.export_folder(ws.instance, old.id), ignore_errors=True)
    return {
        "file": path.name,
        "n_bytes": path.stat().st_size,
        "revision": run.revision,
        "about": to_builtins(model.about),
    }
