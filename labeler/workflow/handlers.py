"""What each kind of job does, and the registry that the worker's process is given.

A handler computes, keeps what is large as arrays, and returns the function that writes its rows
in the transaction that ends the job.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import convert

import labeler.learning.features  # noqa: F401  (while nobody waits yet; preparing a run needs it)
from labeler.config import RunConfig
from labeler.datasets.corrections import Corrections
from labeler.exceptions import ConfigError, LabelerError
from labeler.jobs.reporting import Cancelled
from labeler.jobs.worker import Context, Delivery, Handler
from labeler.progress import Progress
from labeler.storage import runs as run_rows
from labeler.storage.folder.uploads import remove_upload
from labeler.storage.rows import AnswerSource, RunRow
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.storage.session import once_committed
from labeler.storage.settings import DEFAULT_SPREAD_BY
from labeler.workflow.adding.growth import grow_run
from labeler.workflow.baskets import UPLOAD, WAITING, as_upload
from labeler.workflow.datasets import forget_reading, import_dataset, import_upload
from labeler.workflow.exchange.export_jobs import write_export
from labeler.workflow.exploration.exploring import explore as measure
from labeler.workflow.exploration.request import subject_of_job
from labeler.workflow.job_kinds import JOB_KINDS
from labeler.workflow.labeling.next_round import choose_round
from labeler.workflow.models.making import make_model as write_run_model
from labeler.workflow.reviewing.odd import look_for_odd_pictures
from labeler.workflow.reviewing.queue import order_labels
from labeler.workflow.run import open_run
from labeler.workflow.runs.create import NewRun, plan_run
from labeler.workflow.runs.given_labels import settle_given_labels
from labeler.workflow.runs.oracle import answer_as_oracle
from labeler.workflow.runs.prepare import Preparation, prepare_questions
from labeler.workflow.spread.spreading import keep_spread
from labeler.workflow.training.fit import train_run
from labeler.workflow.training.request import TrainingRequest
from labeler.workflow.workspace import Transaction, Workspace


def import_images(context: Context) -> Delivery:
    """Read a data set; where a run is asked for, make it too, ready for its questions."""
    ws, inputs = _workspace(context), context.job.inputs
    with _staged(ws, inputs) as close:
        dataset = _import(ws, inputs, context)
        new = _new_run(inputs, dataset)
        if new is None:

            def deliver_dataset(session: Transaction) -> dict[str, Any]:
                once_committed(session, close)
                return {"dataset_id": dataset.id}

            return deliver_dataset
        plan = plan_run(ws, new, dataset)
        config = RunConfig.from_dict(plan["config"])
        prepared = prepare_questions(ws, dataset, config, plan["answerer"], context.progress)

    def deliver(session: Transaction) -> dict[str, Any]:
        run = run_rows.create(session, **plan)
        _open(session, ws, run, dataset, prepared, f"oracle-{context.job.id}")
        once_committed(session, close)
        return {"dataset_id": dataset.id, "run_id": run.id}

    return deliver


def add_images(context: Context) -> Delivery:
    """Read the new images of a path or an upload, and let the run have them."""
    ws, inputs = _workspace(context), context.job.inputs
    with _staged(ws, inputs) as close, _waiting(ws, inputs, context.progress) as path:
        growth = grow_run(
            ws,
            inputs["run_id"],
            path,
            context.progress,
            filename=inputs.get("filename"),
            strict=inputs["strict"],
            on_headway=context.progress.made_headway,
            journal_name=inputs["source"],
        )

    def deliver(session: Transaction) -> dict[str, Any]:
        once_committed(session, close)
        return growth.deliver(session)

    return deliver


def prepare(context: Context) -> Delivery:
    """Features, clusters and questions of a run; an oracle's answers, where it is to answer."""
    ws = _workspace(context)
    run, prepared = open_run(ws, context.job.inputs["run_id"]), None
    if not run.is_prepared:
        prepared = prepare_questions(
            ws, run.dataset, run.config, run.row.answerer, context.progress
        )

    def deliver(session: Transaction) -> dict[str, Any]:
        return _open(session, ws, run.row, run.dataset, prepared, f"oracle-{context.job.id}")

    return deliver


def answer(context: Context) -> Delivery:
    """Let the oracle answer what is still open."""
    ws = _workspace(context)
    run = open_run(ws, context.job.inputs["run_id"])
    run.require_prepared()

    def deliver(session: Transaction) -> dict[str, Any]:
        op_id = f"oracle-{context.job.id}"
        return {"n_answered": answer_as_oracle(session, ws, run.row, run.dataset, op_id)}

    return deliver


def train(context: Context) -> Delivery:
    """Train and score every way to get labels that was asked for."""
    ws, job = _workspace(context), context.job
    request = convert(job.inputs, TrainingRequest)
    trained = train_run(ws, request, context.progress)
    return lambda session: {"result_id": trained.deliver(session, job.id).id}


def export(context: Context) -> Delivery:
    """Write a set of labels, to be downloaded."""
    written = write_export(_workspace(context), context.job, context.progress)
    return lambda session: written


def explore(context: Context) -> Delivery:
    """Measure every number of clusters in a range; what was found is kept by then."""
    ws, inputs = _workspace(context), context.job.inputs
    first, last = inputs["ks"]
    ks = range(first, last + 1)
    measured = measure(ws, subject_of_job(ws, inputs), ks, context.progress)
    if measured.doubts:
        raise ConfigError(f"Nothing was kept. {' '.join(measured.doubts)}")
    result = {name: inputs[name] for name in ("run_id", "dataset_id", "features")}
    return lambda _session: result


def choose(context: Context) -> Delivery:
    """The second questions of a run, by the answers to the first."""
    chosen = choose_round(_workspace(context), context.job.inputs, context.progress)
    return lambda session: {"n_questions": chosen.deliver(session)}


def spread(context: Context) -> Delivery:
    """The answers of a run, spread by confidence and kept."""
    inputs = context.job.inputs
    kept = keep_spread(
        _workspace(context),
        inputs["run_id"],
        inputs.get("method", DEFAULT_SPREAD_BY),
        context.progress,
    )
    return lambda session: {"revision": kept.deliver(session)}


def order_for_review(context: Context) -> Delivery:
    """The labels of a run, in the order in which somebody should look at them."""
    return order_labels(_workspace(context), context.job.inputs["run_id"], context.progress).deliver


def look_for_odd(context: Context) -> Delivery:
    """The pictures of a run that stand out, whatever their labels."""
    run_id = context.job.inputs["run_id"]
    return look_for_odd_pictures(_workspace(context), run_id, context.progress).deliver


def make_model(context: Context) -> Delivery:
    """What a run has learned, as a file to be downloaded."""
    made = write_run_model(_workspace(context), context.job, context.progress)
    return lambda session: made


def _workspace(context: Context) -> Workspace:
    return Workspace(context.database.instance, context.database)


def _import(ws: Workspace, inputs: Mapping[str, Any], context: Context) -> ImportedDataset:
    said = convert((inputs.get("run") or {}).get("corrections") or {}, Corrections)
    progress, headway = context.progress, context.progress.made_headway
    source = inputs["source"]
    if inputs["kind"] in WAITING:
        with as_upload(ws, Path(source), progress) as path:
            return import_upload(ws, path, inputs["filename"], progress, said, headway, source)
    data = None if inputs.get("data") is None else Path(inputs["data"])
    return import_dataset(
        ws, source, data=data, corrections=said, progress=progress, on_headway=headway
    )


def _new_run(inputs: Mapping[str, Any], dataset: ImportedDataset) -> NewRun | None:
    if inputs.get("run") is None:
        return None
    return convert({**inputs["run"], "source": None, "dataset_id": dataset.id}, NewRun)


def _open(
    session: Transaction,
    ws: Workspace,
    run: RunRow,
    dataset: ImportedDataset,
    prepared: Preparation | None,
    op_id: str,
) -> dict[str, Any]:
    """Put the questions before whoever answers; an oracle does so at once."""
    if prepared is not None:
        prepared.deliver(session, run)
    if run.answerer is AnswerSource.ORACLE:
        answer_as_oracle(session, ws, run, dataset, op_id)
    elif prepared is not None:
        settle_given_labels(session, ws, run.id)
    return {"run_id": run.id}


@contextmanager
def _waiting(ws: Workspace, inputs: Mapping[str, Any], progress: Progress) -> Iterator[Path]:
    """The folder or archive to be read; of a basket, an archive made for as long."""
    path = Path(inputs["source"])
    if inputs["kind"] not in WAITING:
        yield path
        return
    with as_upload(ws, path, progress) as packed:
        yield packed


@contextmanager
def _staged(ws: Workspace, inputs: Mapping[str, Any]) -> Iterator[Callable[[], None]]:
    """What an import leaves behind: its journal, and the upload that waits for it.

    Both are removed by the function that is given, which is called where the import is done; an
    uploaded file also where it ends for good without that. The journal of files that are the user's
    own stays for the next try, and so do baskets, which took long to fill and can be put right.
    """
    waits = inputs["kind"] in WAITING
    path = Path(inputs["source"])
    if waits and not path.resolve().is_relative_to(ws.uploads.resolve()):
        raise LabelerError("An upload must wait in the folder for uploads.")

    def close() -> None:
        forget_reading(ws, inputs["source"])
        if waits:
            remove_upload(path)

    try:
        yield close
    except (Exception, Cancelled):
        if inputs["kind"] == UPLOAD:
            close()
        raise


HANDLERS: dict[str, Handler] = {name: kind.load() for name, kind in JOB_KINDS.items()}
"""By the kind of the job; most are above."""
