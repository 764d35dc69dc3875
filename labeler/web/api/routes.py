"""JSON for programs, and for the pages' scripts; ``openapi.json`` is made from what is here."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from flask import Blueprint, Response, abort, request
from msgspec import UNSET

from labeler import __version__
from labeler.storage.errors import NotFoundError
from labeler.typed_json import json_text, with_choices
from labeler.web.api import answers, bodies
from labeler.web.api.names import known_name, safe_features
from labeler.web.api.routing import Answer, Api
from labeler.web.http.context import annotator, workspace
from labeler.web.http.data_roots import allowed_path
from labeler.web.http.science import needs_science
from labeler.web.http.security import is_logged_in
from labeler.web.screens.keys import free_key
from labeler.web.screens.use.export_form import export_request
from labeler.words import whole_number
from labeler.workflow import jobs as job_cases
from labeler.workflow import json_shapes, labeling, runs
from labeler.workflow.adding.history import list_additions, undo_addition
from labeler.workflow.adding.request import request_addition
from labeler.workflow.clusters import regroup
from labeler.workflow.clusters.views import run_clusters
from labeler.workflow.exchange import export, export_jobs
from labeler.workflow.exchange.export_request import (
    left_out_in_words,
    loading_line,
    one_sided_in_words,
)
from labeler.workflow.json_shapes import Job
from labeler.workflow.pictures.left_out import left_out_of, n_left_out
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from labeler.workflow.runs.pages import some_runs
from labeler.workflow.spread import spreading
from labeler.workflow.training.request import request_training

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
api = Api(blueprint)

RUN = "/runs/<run_id>"
WRITES = (503, 507)
"""What a writer can meet: a database that is busy or gone, a disk that is full."""


@api.route("GET", "/health", "health", Answer(200, "Done", answers.Health))
def health() -> answers.Health:
    """Whether the database answers; it needs no login."""
    some_runs(workspace(), limit=1)
    return answers.Health(status="ok", version=__version__ if is_logged_in() else UNSET)


@api.route("GET", "/openapi.json", "openapi", Answer(200, "Done", dict))
def openapi() -> Response:
    """This document."""
    return Response(_document(), mimetype="application/json")


@api.route("GET", "/runs", "listRuns", Answer(200, "Done", answers.Runs))
def all_runs(query: bodies.Page) -> answers.Runs:
    """Runs with their counts, the last active first."""
    summaries, n_runs = some_runs(workspace(), limit=query.limit, offset=query.offset)
    told = [json_shapes.run_summary(summary) for summary in summaries]
    return answers.Runs(runs=told, n_runs=n_runs)


@api.route("POST", "/runs", "createRun", Answer(202, "Begun", answers.Begun), errors=(404, 429))
def create_run(body: bodies.NewRun) -> answers.Begun:
    """Make a run of a known data set, or of one imported before."""
    return answers.Begun(job=Job.of(runs.start_run(workspace(), _new_run(body))))


@api.route("GET", RUN, "getRun", Answer(200, "Done", answers.OneRun))
def run(run_id: str) -> answers.OneRun:
    """One run with its classes, counts and jobs."""
    return answers.OneRun(run=json_shapes.run(runs.get_run(workspace(), run_id)))


@api.route("GET", f"{RUN}/left-out", "listLeftOut", Answer(200, "Done", answers.LeftOutFiles))
def left_out(run_id: str, query: bodies.Page) -> answers.LeftOutFiles:
    """The files that were not read as images of a run's data set, and why."""
    dataset = runs.get_run(workspace(), run_id).dataset
    files = left_out_of(workspace(), dataset, query.limit, query.offset)
    return answers.LeftOutFiles(
        left_out=[answers.LeftOutFile(file=left.file, reason=left.reason) for left in files],
        n_left_out=n_left_out(dataset),
    )


@api.route("DELETE", RUN, "deleteRun", Answer(204, "In the bin", None))
def delete_run(run_id: str) -> None:
    """Put a run in the bin."""
    runs.delete_run(workspace(), run_id)


@api.route("GET", f"{RUN}/questions", "listQuestions", Answer(200, "Done", answers.Questions))
def questions(run_id: str, query: bodies.Filter) -> answers.Questions:
    """The questions in the order asked, with the answers that stand."""
    run = open_run(workspace(), run_id)
    asking = labeling.asking(run, _filter(query.filter))
    return answers.questions(asking, runs.class_views(run), run.dataset, annotator())


@api.route(
    "POST",
    f"{RUN}/choosing",
    "askAhead",
    Answer(202, "Asked for", answers.Choosing),
    errors=(400, 429),
)
def ask_ahead(run_id: str) -> answers.Choosing:
    """Have the next questions chosen, where it is time to; answers ask for it by themselves."""
    return answers.Choosing(choosing=answers.perhaps(labeling.ask_ahead(workspace(), run_id)))


@api.route(
    "GET",
    f"{RUN}/questions/<int:question_id>/evidence",
    "getEvidence",
    Answer(200, "Done", answers.Evidence),
    errors=(400,),
)
def evidence(run_id: str, question_id: int) -> answers.Evidence:
    """Images of the cluster that a question stands for."""
    run = open_run(workspace(), run_id)
    return answers.evidence(labeling.evidence(run, question_id), run.dataset)


@api.route("GET", f"{RUN}/operations", "listOperations", Answer(200, "Done", answers.Operations))
def operations(run_id: str) -> answers.Operations:
    """The answers that were not taken back, in the order recorded."""
    revision, standing = labeling.standing_operations(workspace(), run_id)
    recorded = [answers.answered(operation) for operation in standing]
    return answers.Operations(revision=revision, operations=recorded)


@api.route(
    "POST",
    f"{RUN}/operations",
    "operate",
    Answer(201, "Recorded", answers.Recorded),
    Answer(200, "Was recorded before", answers.Recorded),
    errors=(409, 422, *WRITES),
    default={"kind": "answer"},
)
def operate(run_id: str, body: bodies.Answering | bodies.Undoing) -> tuple[answers.Recorded, int]:
    """Answer or undo; on disk when this answers."""
    ws, me = workspace(), annotator()
    if isinstance(body, bodies.Undoing):
        recorded = labeling.undo(ws, run_id, body.op_id, me, body.target)
    else:
        recorded = labeling.record_answers(
            ws, run_id, body.op_id, me, body.given, body.duration_ms, body.expected_by_id
        )
    return answers.Recorded.of(recorded), 200 if recorded.is_replay else 201


@api.route("GET", f"{RUN}/classes", "listClasses", Answer(200, "Done", answers.Classes))
def classes(run_id: str) -> answers.Classes:
    """The classes of a run, merged ones included."""
    view = runs.get_run(workspace(), run_id)
    return answers.Classes(classes=json_shapes.classes(view.classes))


@api.route(
    "POST", f"{RUN}/classes", "addClass", Answer(201, "Added", answers.AddedClass), errors=(409,)
)
def add_class(run_id: str, body: bodies.NewClass) -> answers.AddedClass:
    """Add a class."""
    key = None if body.key is None else free_key(body.key)
    added = labeling.add_class(workspace(), run_id, body.name, key)
    return answers.AddedClass(class_=added)


@api.route(
    "PATCH",
    f"{RUN}/classes/<int:class_id>",
    "changeClass",
    Answer(200, "Done", answers.Classes),
    errors=(409,),
)
def change_class(run_id: str, class_id: int, body: bodies.ChangedClass) -> answers.Classes:
    """Rename a class, give it a key, merge it or take that back."""
    ws = workspace()
    if body.name is not UNSET:
        labeling.rename_class(ws, run_id, class_id, body.name)
    if body.key is not UNSET:
        labeling.set_key(ws, run_id, class_id, free_key(body.key or ""))
    if body.merged_into is None:
        labeling.unmerge_class(ws, run_id, class_id)
    elif body.merged_into is not UNSET:
        labeling.merge_class(ws, run_id, class_id, body.merged_into)
    return classes(run_id)


@api.route(
    "GET",
    f"{RUN}/spread",
    "getSpread",
    Answer(200, "Done", answers.SpreadWithImages),
    Answer(202, "A job spreads them; ask again when it is done", answers.Begun),
    errors=(409,),
)
def spread(
    run_id: str, query: bodies.Spreading
) -> answers.SpreadWithImages | tuple[answers.Begun, int]:
    """What the answers label when they are spread."""
    run = open_run(workspace(), run_id)
    if query.fraction is None:
        wanted = spreading.look_for_spread(run, query.threshold, query.propagation)
        if wanted is not None and wanted.job is not None:
            return answers.Begun(job=Job.of(wanted.job)), 202
        if wanted is not None:
            abort(409, "The answers are not spread yet; POST here to have it done.")
    view = spreading.spread(run, query.fraction, query.threshold, query.propagation)
    return answers.spread(view, run.dataset)


@api.route(
    "POST",
    f"{RUN}/spread",
    "requestSpread",
    Answer(202, "Asked for", answers.PerhapsBegun),
    errors=(429,),
)
def request_spread(run_id: str, query: bodies.Threshold) -> answers.PerhapsBegun:
    """Have the answers spread by confidence; null where that is done, or not how they spread."""
    job = spreading.request_spread(workspace(), run_id, query.threshold, query.propagation)
    return answers.PerhapsBegun(job=answers.perhaps(job))


@api.route(
    "GET",
    f"{RUN}/export/count",
    "countExport",
    Answer(200, "Done", answers.ExportCount),
    unread=bodies.Export,
)
@needs_science
def export_count(run_id: str) -> answers.ExportCount:
    """How many rows an export would have."""
    asked, run = export_request(run_id, request.args), open_run(workspace(), run_id)
    count = export.count_rows(run, asked)
    return answers.ExportCount.of(
        count,
        one_sided=[answers.OneSided.of(label) for label in count.one_sided],
        left_out_in_words=left_out_in_words(count.left_out),
        one_sided_in_words=one_sided_in_words(count),
        loading=loading_line(asked, count, run.dataset.details["image_shape"]),
        is_large=export_jobs.is_large(asked, count.n_rows),
    )


@api.route(
    "GET",
    f"{RUN}/clusters",
    "clusters",
    Answer(200, "The clusters", answers.Clusters),
    errors=(400,),
)
@needs_science
def clusters(run_id: str) -> answers.Clusters:
    """The clusters from worst to best, and how they came to be."""
    return answers.clusters(run_clusters(open_run(workspace(), run_id)))


@api.route(
    "POST",
    f"{RUN}/clusters/changes",
    "changeClusters",
    Answer(201, "Made", json_shapes.Regrouping),
    Answer(200, "Was made before", json_shapes.Regrouping),
    errors=(409, 422, 429, *WRITES),
)
@needs_science
def change_clusters(
    run_id: str, body: bodies.Splitting | bodies.Merging | bodies.UndoingOfClusters
) -> tuple[json_shapes.Regrouping, int]:
    """Split a cluster, merge clusters of one class, or take the newest such change back.

    A part whose answer is not known becomes a question; answers stay. 409: the clusters were
    changed meanwhile, or the budget does not allow so many questions.
    """
    ws = workspace()
    who: dict[str, Any] = {"annotator": annotator(), "op_id": body.op_id}
    if isinstance(body, bodies.Splitting):
        regrouping = regroup.split_cluster(
            ws, run_id, body.cluster, body.k, raise_budget=body.raise_budget, **who
        )
    elif isinstance(body, bodies.Merging):
        regrouping = regroup.merge_clusters(ws, run_id, body.clusters, **who)
    else:
        regrouping = regroup.undo_change(ws, run_id, **who)
    return json_shapes.regrouping(regrouping), 200 if regrouping.change.is_replay else 201


@api.route(
    "POST", f"{RUN}/budget", "raiseBudget", Answer(200, "Raised", answers.Budget), errors=WRITES
)
def raise_budget(run_id: str, body: bodies.NewBudget) -> answers.Budget:
    """Allow more questions."""
    return answers.Budget.of(regroup.raise_budget(workspace(), run_id, body.budget))


@api.route("GET", f"{RUN}/images", "listAdditions", Answer(200, "Done", answers.Additions))
def additions(run_id: str) -> answers.Additions:
    """Images that were added to a run."""
    past = list_additions(workspace(), run_id)
    return answers.Additions(additions=list(map(json_shapes.Addition.of, past)))


@api.route("POST", f"{RUN}/images", "addImages", Answer(202, "Begun", answers.Begun), errors=(429,))
def add_images(run_id: str, body: bodies.MoreImages) -> answers.Begun:
    """Add those images of a path that the run does not have; its job's result says what came."""
    path = allowed_path(body.path)
    job = request_addition(workspace(), run_id, str(path), strict=body.strict)
    return answers.Begun(job=Job.of(job))


@api.route(
    "POST",
    f"{RUN}/images/undo",
    "undoAddition",
    Answer(200, "Taken back", answers.UndoneAddition),
    errors=(400, 409, *WRITES),
)
def undo_added(run_id: str) -> answers.UndoneAddition:
    """Take the newest images back that were added, unless they have answers."""
    undone = undo_addition(workspace(), run_id)
    return answers.UndoneAddition(undone=json_shapes.Addition.of(undone))


@api.route("POST", f"{RUN}/training", "train", Answer(202, "Begun", answers.Begun), errors=(429,))
def train(run_id: str, body: bodies.Training) -> answers.Begun:
    """Begin a training."""
    job = request_training(
        workspace(),
        run_id,
        body.fraction,
        body.classifier,
        body.comparisons,
        threshold=body.threshold,
        method=body.propagation,
    )
    return answers.Begun(job=Job.of(job))


@api.route("GET", "/jobs/<int:job_id>", "getJob", Answer(200, "Done", answers.Followed))
def job(job_id: int) -> answers.Followed:
    """How far a job is."""
    return answers.followed(workspace(), job_cases.get_job(workspace(), job_id))


@api.route("POST", "/jobs/<int:job_id>/cancel", "cancelJob", Answer(200, "Done", answers.Begun))
def cancel_job(job_id: int) -> answers.Begun:
    """Stop a job."""
    return answers.Begun(job=Job.of(job_cases.cancel_job(workspace(), job_id)))


def _filter(text: str) -> str | int | None:
    number = whole_number(text, 15)
    if number is not None:
        return number
    if text and text not in labeling.FILTERS:
        raise NotFoundError(f"There is no filter {text[:40]!r}.")
    return text or None


def _new_run(body: bodies.NewRun) -> NewRun:
    return NewRun(
        name=body.name,
        # A name and nothing else: a path would be read with the server's own rights.
        source=None if body.source is None else known_name(body.source),
        dataset_id=body.dataset_id,
        preset=body.preset,
        budget=body.budget,
        classes=body.classes,
        answerer=body.answerer.value,
        error_rate=body.error_rate,
        seed=body.seed or 0,
        classifier=body.classifier,
        use_labels=body.use_labels,
        features=safe_features(body.features),
        strategy=body.strategy,
        n_rounds=body.n_rounds,
        propagation=body.propagation,
        distortions=body.distortions,
        threshold=body.threshold,
    )


@cache
def _document() -> bytes:
    kept = json.loads(files("labeler.web.api").joinpath("openapi.json").read_bytes())
    return json_text(with_choices(kept)).encode()
