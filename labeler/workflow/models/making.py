"""What the job does that makes a model."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from labeler.exceptions import ConfigError
from labeler.prediction.file import write_model
from labeler.prediction.keras_file import write_keras
from labeler.prediction.model import Model
from labeler.prediction.onnx_file import write_onnx
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
    others, missing = _for_others(model, path)
    for old in models_made(run):  # one is enough: it can be made anew
        if old.id != job.id:
            shutil.rmtree(job_rows.export_folder(ws.instance, old.id), ignore_errors=True)
    return {
        "file": path.name,
        "others": others,
        "missing": missing,
        "n_bytes": path.stat().st_size,
        "revision": run.revision,
        "about": to_builtins(model.about),
    }


def _for_others(model: Model, path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The same for other programs, beside it: the files by their kind, and why one is not there."""
    writers: dict[str, Callable[[Model, Path], str]] = {"onnx": write_onnx, "keras": write_keras}
    files, missing = {}, {}
    for kind, write in writers.items():
        place = path.with_suffix(f".{kind}")
        try:
            write(model, place)
            files[kind] = place.name
        except ConfigError as error:
            missing[kind] = str(error)
    return files, missing
