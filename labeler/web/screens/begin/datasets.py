"""Data sets: those that are here, and the clusters of each before there is any run."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.config import RunConfig
from labeler.exceptions import ConfigError, LabelerError
from labeler.report.charts.indices import index_panels
from labeler.storage.errors import NotFoundError
from labeler.web.http.context import workspace
from labeler.web.http.fields import form_int, whole
from labeler.web.http.science import needs_science
from labeler.web.screens.clusters import pictures
from labeler.web.screens.jobs import job_url
from labeler.workflow import datasets
from labeler.workflow.chosen_features import offered_features
from labeler.workflow.clusters.views import dataset_clusters
from labeler.workflow.exploration.exploring import find_exploration
from labeler.workflow.exploration.request import dataset_subject, request_exploration
from labeler.workflow.pictures.left_out import left_out_csv, left_out_of

blueprint = Blueprint("datasets", __name__)

STRIP_IMAGES = 10
MOST_SPLITS = 20
SHOWN_LEFT_OUT = 10


@blueprint.get("/datasets")
def index() -> ResponseReturnValue:
    """Every data set that was imported, the newest first."""
    rows = datasets.list_datasets(workspace())
    return render_template("datasets.html", datasets=rows, most=STRIP_IMAGES)


@blueprint.get("/datasets/<int:dataset_id>/clusters")
@needs_science
def clusters(dataset_id: int) -> ResponseReturnValue:
    """How many clusters there are, and at one k what is in them."""
    ws, features = workspace(), _features(request.args.get("features"))
    subject = dataset_subject(ws, dataset_id, features)
    dataset, exploration = subject.dataset, find_exploration(ws, subject)
    page = {
        "dataset": dataset,
        "features": features,
        "all_features": _offered(),
        "left_out": left_out_of(ws, dataset, SHOWN_LEFT_OUT),
    }
    if exploration is None:
        return render_template("dataset_clusters.html", found=None, **page)
    splits, k = _splits(), _k() or exploration.default_k
    try:
        view = dataset_clusters(ws, exploration, k, splits)
    except ConfigError as error:
        flash(str(error), "error")
        return redirect(url_for("datasets.clusters", dataset_id=dataset_id, features=features), 303)
    return render_template(
        "dataset_clusters.html",
        found=exploration,
        k=k,
        splits=[_as_text(part) for part in splits],
        charts=index_panels(exploration.survey.rows, exploration.suggestions),
        **page,
        **pictures(view, dataset, has_labels=False),
    )


@blueprint.get("/datasets/<int:dataset_id>/left-out.csv")
def left_out(dataset_id: int) -> ResponseReturnValue:
    """Every file that was not read as an image, and why."""
    dataset = datasets.get_dataset(workspace(), dataset_id)
    response = Response(left_out_csv(workspace(), dataset), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="left-out.csv"'
    return response


@blueprint.post("/datasets/<int:dataset_id>/clusters")
def explore(dataset_id: int) -> ResponseReturnValue:
    """Measure every k of a range, and show the job."""
    ks = form_int("first"), form_int("last")
    features = _features(request.form.get("features"))
    try:
        job = request_exploration(workspace(), ks, dataset_id=dataset_id, features=features)
    except NotFoundError:
        raise
    except LabelerError as error:
        flash(str(error), "error")
        return redirect(url_for("datasets.clusters", dataset_id=dataset_id, features=features), 303)
    return redirect(job_url(job), 303)


def _offered() -> list[str]:
    return [offer.name for offer in offered_features() if offer.is_here]


def _features(asked: str | None) -> str:
    if asked and asked not in _offered():
        abort(400, f"features is {asked[:40]!r}; it must be one of {', '.join(_offered())}.")
    return asked or RunConfig().features


def _k() -> int | None:
    return _whole(request.args.get("k", ""), "k")


def _splits() -> list[tuple[str, int | None]]:
    """``3:4`` is cluster 3 in four parts; ``3.1`` one of these in as many as suggested."""
    texts = request.args.getlist("split")
    # The form for one more split sends the cluster and the number of parts by themselves.
    if request.args.get("cluster"):
        texts = [*texts, f"{request.args['cluster']}:{request.args.get('parts', '')}"]
    if len(texts) > MOST_SPLITS:
        abort(400, f"{len(texts)} splits asked for; at most {MOST_SPLITS} are shown on one page.")
    splits = []
    for text in texts:
        name, _, parts = text.partition(":")
        splits.append((name[:40], _whole(parts, "split")))
    return splits


def _as_text(split: tuple[str, int | None]) -> str:
    return f"{split[0]}:{split[1] or ''}"


def _whole(text: str, name: str) -> int | None:
    return whole(text, name, most_digits=4) if text else None
