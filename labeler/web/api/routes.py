"""JSON for programs, and for the pages' scripts; ``openapi.json`` beside it describes it."""

from typing import Any

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from labeler import __version__
from labeler.config import DEFAULT_PRESET
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import ClusterChangeKind, GivenAnswer, OperationKind, Verdict
from labeler.web.api import fields, shapes
from labeler.web.api.description import document
from labeler.web.http.context import annotator, workspace
from labeler.web.http.helpers import query_float, query_whole
from labeler.web.http.science import needs_science
from labeler.web.screens.export_form import export_request
from labeler.web.screens.keys import free_key
from labeler.workflow import jobs as job_cases
from labeler.workflow import labeling, runs, spreading
from labeler.workflow.clusters import regroup
from labeler.workflow.clusters.views import run_clusters
from labeler.workflow.exchange import export, export_jobs
from labeler.workflow.exchange.export_request import (
    left_out_in_words,
    loading_line,
    one_sided_in_words,
)
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from labeler.workflow.runs.pages import some_runs
from labeler.workflow.training.request import request_training

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """Whether the database answers."""
    some_runs(workspace(), limit=1)
    return jsonify(status="ok", version=__version__)


@blueprint.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """The description of all this."""
    return jsonify(document())


@blueprint.get("/runs")
def all_runs() -> ResponseReturnValue:
    """Every run with its counts; ``limit`` and ``offset`` ask for some of them."""
    limit = query_whole("limit")
    found, n_runs = some_runs(workspace(), limit=limit, offset=query_whole("offset") or 0)
    return jsonify(runs=[shapes.summary(one) for one in found], n_runs=n_runs)


@blueprint.post("/runs")
def create_run() -> ResponseReturnValue:
    """Make a run of a known data set, or of one imported before; answers with its job."""
    body = fields.json_body()
    job = runs.start_run(workspace(), _new_run(body))
    return jsonify(job=shapes.job(job)), 202


@blueprint.get("/runs/<run_id>")
def run(run_id: str) -> ResponseReturnValue:
    """One run with its classes, counts and jobs."""
    return jsonify(run=shapes.run(runs.get_run(workspace(), run_id)))


@blueprint.delete("/runs/<run_id>")
def delete_run(run_id: str) -> ResponseReturnValue:
    """Put a run in the bin."""
    runs.delete_run(workspace(), run_id)
    return "", 204


@blueprint.get("/runs/<run_id>/questions")
def questions(run_id: str) -> ResponseReturnValue:
    """The questions in the order asked, with the answers that stand."""
    run = open_run(workspace(), run_id)
    asking = labeling.asking(run, _filter())
    return jsonify(
        annotator=annotator(),
        image=shapes.image_address(run.dataset),
        classes=shapes.classes(runs.class_views(run)),
        progress=shapes.plain(asking.progress),
        choosing=None if asking.choosing is None else shapes.job(asking.choosing),
        questions=[shapes.question(one) for one in asking.questions],
    )


@blueprint.post("/runs/<run_id>/choosing")
def ask_ahead(run_id: str) -> ResponseReturnValue:
    """Have the next questions chosen, where it is time to; answers ask for it by themselves."""
    job = labeling.ask_ahead(workspace(), run_id)
    return jsonify(choosing=None if job is None else shapes.job(job)), 202


@blueprint.get("/runs/<run_id>/questions/<int:question_id>/evidence")
def evidence(run_id: str, question_id: int) -> ResponseReturnValue:
    """Images of the cluster that a question stands for."""
    run = open_run(workspace(), run_id)
    return jsonify(shapes.evidence(labeling.evidence(run, question_id), run.dataset))


@blueprint.get("/runs/<run_id>/operations")
def operations(run_id: str) -> ResponseReturnValue:
    """The answers that were not taken back, in the order recorded."""
    revision, standing = labeling.standing_operations(workspace(), run_id)
    return jsonify(revision=revision, operations=[shapes.operation(one) for one in standing])


@blueprint.post("/runs/<run_id>/operations")
def operate(run_id: str) -> ResponseReturnValue:
    """Answer or undo; on disk when this answers, and safe to be sent again."""
    body = fields.json_body()
    op_id, kind = fields.text(body, "op_id"), fields.text(body, "kind", "answer")
    if kind == OperationKind.UNDO:
        target = fields.optional_text(body, "target")
        recorded = labeling.undo(workspace(), run_id, op_id, annotator(), target)
    elif kind == OperationKind.ANSWER:
        recorded = labeling.record_answers(
            workspace(),
            run_id,
            op_id,
            annotator(),
            [_answer(one) for one in fields.objects(body, "answers")],
            fields.optional_whole(body, "duration_ms"),
            fields.expectations(body, "expected"),
        )
    else:
        abort(400, "kind must be answer or undo.")
    return jsonify(shapes.recorded(recorded)), 200 if recorded.is_replay else 201


@blueprint.get("/runs/<run_id>/classes")
def classes(run_id: str) -> ResponseReturnValue:
    """The classes of a run, merged ones included."""
    return jsonify(classes=shapes.classes(runs.get_run(workspace(), run_id).classes))


@blueprint.post("/runs/<run_id>/classes")
def add_class(run_id: str) -> ResponseReturnValue:
    """Add a class."""
    body = fields.json_body()
    key = free_key(fields.text(body, "key")) if body.get("key") is not None else None
    added = labeling.add_class(workspace(), run_id, fields.text(body, "name"), key)
    return jsonify({"class": shapes.plain(added)}), 201


@blueprint.patch("/runs/<run_id>/classes/<int:class_id>")
def change_class(run_id: str, class_id: int) -> ResponseReturnValue:
    """Rename a class, give it a key, merge it into another or take that back."""
    body, ws = fields.json_body(), workspace()
    if "name" in body:
        labeling.rename_class(ws, run_id, class_id, fields.text(body, "name"))
    if "key" in body:
        key = fields.optional_text(body, "key")
        labeling.set_key(ws, run_id, class_id, free_key(key or ""))
    if body.get("merged_into") is not None:
        labeling.merge_class(ws, run_id, class_id, fields.whole(body, "merged_into"))
    elif "merged_into" in body:
        labeling.unmerge_class(ws, run_id, class_id)
    return classes(run_id)


@blueprint.get("/runs/<run_id>/spread")
def spread(run_id: str) -> ResponseReturnValue:
    """What the answers label when they are spread; the job, where one is at it."""
    fraction = query_float("fraction", 0.0, 1.0)
    threshold = query_float("threshold", 0.0, 1.0)
    run = open_run(workspace(), run_id)
    if fraction is None:
        wanted = spreading.look_for_spread(run, threshold)
        if wanted is not None and wanted.job is not None:
            return jsonify(job=shapes.job(wanted.job)), 202
        if wanted is not None:
            abort(409, "The answers are not spread over the graph yet; POST here to have it done.")
    found = spreading.spread(run, fraction, threshold)
    return jsonify(shapes.spread(found, run.dataset))


@blueprint.post("/runs/<run_id>/spread")
def request_spread(run_id: str) -> ResponseReturnValue:
    """Have the answers spread over the graph; without a job where there is nothing to wait for."""
    job = spreading.request_spread(workspace(), run_id, query_float("threshold", 0.0, 1.0))
    return jsonify(job=None if job is None else shapes.job(job)), 202


@blueprint.get("/runs/<run_id>/export/count")
@needs_science
def export_count(run_id: str) -> ResponseReturnValue:
    """How many rows a set would have, and whether a job would write it."""
    asked, run = export_request(run_id, request.args), open_run(workspace(), run_id)
    count = export.count_rows(run, asked)
    return jsonify(
        **shapes.plain(count),
        left_out_in_words=left_out_in_words(count.left_out),
        one_sided_in_words=one_sided_in_words(count),
        loading=loading_line(asked, count, run.dataset.details["image_shape"]),
        is_large=export_jobs.is_large(asked, count.n_rows),
    )


@blueprint.get("/runs/<run_id>/clusters")
@needs_science
def clusters(run_id: str) -> ResponseReturnValue:
    """The clusters of a run with their answers, from worst to best, and how they came to be."""
    return jsonify(shapes.run_clusters(run_clusters(open_run(workspace(), run_id))))


@blueprint.post("/runs/<run_id>/clusters/changes")
@needs_science
def change_clusters(run_id: str) -> ResponseReturnValue:
    """Split a cluster, merge clusters of one class, or take the newest such change back."""
    body, ws = fields.json_body(), workspace()
    op_id, kind = fields.text(body, "op_id"), fields.text(body, "kind")
    if kind == ClusterChangeKind.SPLIT:
        made = regroup.split_cluster(
            ws,
            run_id,
            fields.whole(body, "cluster"),
            fields.optional_whole(body, "k"),
            annotator=annotator(),
            op_id=op_id,
            raise_budget=fields.flag(body, "raise_budget", False),
        )
    elif kind == ClusterChangeKind.MERGE:
        chosen = fields.wholes(body, "clusters")
        made = regroup.merge_clusters(ws, run_id, chosen, annotator=annotator(), op_id=op_id)
    elif kind == ClusterChangeKind.UNDO:
        made = regroup.undo_change(ws, run_id, annotator=annotator(), op_id=op_id)
    else:
        abort(400, "kind must be split, merge or undo.")
    return jsonify(shapes.regrouping(made)), 200 if made.change.is_replay else 201


@blueprint.post("/runs/<run_id>/budget")
def raise_budget(run_id: str) -> ResponseReturnValue:
    """Allow more questions."""
    wanted = fields.whole(fields.json_body(), "budget")
    return jsonify(budget=regroup.raise_budget(workspace(), run_id, wanted).budget)


@blueprint.post("/runs/<run_id>/training")
def train(run_id: str) -> ResponseReturnValue:
    """Begin a training; answers with its job."""
    body = fields.json_body()
    job = request_training(
        workspace(),
        run_id,
        fields.optional_number(body, "fraction"),
        fields.optional_text(body, "classifier"),
        fields.flag(body, "comparisons", True),
        threshold=fields.optional_number(body, "threshold"),
    )
    return jsonify(job=shapes.job(job)), 202


@blueprint.get("/jobs/<int:job_id>")
def job(job_id: int) -> ResponseReturnValue:
    """How far a job is."""
    return jsonify(job=shapes.job(job_cases.get_job(workspace(), job_id)))


@blueprint.post("/jobs/<int:job_id>/cancel")
def cancel_job(job_id: int) -> ResponseReturnValue:
    """Stop a job."""
    return jsonify(job=shapes.job(job_cases.cancel_job(workspace(), job_id)))


def _filter() -> str | int | None:
    given = request.args.get("filter", "")
    if given.isascii() and given.isdigit() and len(given) < 16:
        return int(given)
    if given and given not in labeling.FILTERS:
        raise NotFoundError(f"There is no filter {given[:40]!r}.")
    return given or None


def _answer(body: Any) -> GivenAnswer:
    verdict = fields.text(body, "verdict")
    if verdict not in tuple(Verdict):
        abort(400, "verdict must be class, skip or mixed.")
    class_id = fields.optional_whole(body, "class_id")
    return GivenAnswer(fields.whole(body, "question_id"), Verdict(verdict), class_id)


def _new_run(body: Any) -> NewRun:
    source = fields.optional_text(body, "source")
    return NewRun(
        name=fields.text(body, "name"),
        # A name and nothing else: a path would be read with the server's own rights.
        source=None if source is None else shapes.known_name(source),
        dataset_id=fields.optional_whole(body, "dataset_id"),
        preset=fields.text(body, "preset", DEFAULT_PRESET),
        budget=fields.optional_whole(body, "budget"),
        classes=fields.texts(body, "classes"),
        answerer=fields.text(body, "answerer", "human"),
        error_rate=fields.number(body, "error_rate", 0.0),
        seed=fields.optional_whole(body, "seed") or 0,
        classifier=fields.text(body, "classifier", "logistic"),
        use_labels=fields.flag(body, "use_labels", default=False),
        features=shapes.safe_features(fields.optional_text(body, "features")),
        strategy=fields.optional_text(body, "strategy"),
        n_rounds=fields.optional_whole(body, "n_rounds"),
        propagation=fields.optional_text(body, "propagation"),
        threshold=fields.optional_number(body, "threshold"),
    )
