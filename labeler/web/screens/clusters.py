"""Clusters of a run: what is in them, split, merged, taken back; the budget; how many there are."""

from collections import Counter
from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.exceptions import LabelerError
from labeler.report.charts.indices import index_panels
from labeler.report.verdict import as_many_again
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Dataset
from labeler.web.charts import map_of, stack_of
from labeler.web.http.context import annotator, workspace
from labeler.web.http.fields import form_int, form_ints
from labeler.web.http.science import needs_science
from labeler.web.http.sprites import thumbs
from labeler.web.screens.jobs import job_url
from labeler.words import counted
from labeler.workflow import runs
from labeler.workflow.clusters import regroup
from labeler.workflow.clusters.cards import ClusterCard, ClustersView
from labeler.workflow.clusters.views import run_clusters
from labeler.workflow.exploration.request import request_exploration
from labeler.workflow.run import open_run

blueprint = Blueprint("clusters", __name__)

FIRST_CARDS = 6
"""The worst, as many as two screens hold; the others are asked for."""

COLOURINGS = ("cluster", "label", "true")


@blueprint.get("/runs/<run_id>/clusters")
@needs_science
def show(run_id: str) -> ResponseReturnValue:
    """The clusters from worst to best, all in one picture, and on a map."""
    run = open_run(workspace(), run_id)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    view, clusters = runs.view_of(run), run_clusters(run)
    n_named = view.summary.n_answered + view.summary.n_reviewed
    explored = clusters.exploration
    return render_template(
        "clusters.html",
        view=view,
        run=view.run,
        found=clusters,
        n_more=as_many_again(n_named, view.n_pool),
        op_id=token_urlsafe(16),
        same=_same_answer(clusters.view),
        charts=() if explored is None else index_panels(explored.survey.rows, explored.suggestions),
        **pictures(clusters.view, view.dataset, has_labels=True),
    )


@blueprint.post("/runs/<run_id>/clusters/split")
@needs_science
def split(run_id: str) -> ResponseReturnValue:
    """Split one cluster; its parts become questions."""
    n_parts = form_int("k") if request.form.get("k") else None

    def work() -> str:
        regrouping = regroup.split_cluster(
            workspace(),
            run_id,
            form_int("cluster"),
            n_parts,
            annotator=annotator(),
            op_id=_op_id(),
            raise_budget="raise_budget" in request.form,
        )
        parts = ", ".join(map(str, regrouping.change.children))
        asked = counted(regrouping.n_questions, "new question")
        return f"Cluster {regrouping.change.parents[0]} is split into {parts}: {asked}."

    return _done(run_id, work)


@blueprint.post("/runs/<run_id>/clusters/merge")
def merge(run_id: str) -> ResponseReturnValue:
    """Make one cluster of those chosen, which were named the same."""
    chosen = form_ints("cluster")

    def work() -> str:
        regrouping = regroup.merge_clusters(
            workspace(), run_id, chosen, annotator=annotator(), op_id=_op_id()
        )
        listed = ", ".join(map(str, regrouping.change.parents))
        return f"Clusters {listed} are one cluster now: {regrouping.change.children[0]}."

    return _done(run_id, work)


@blueprint.post("/runs/<run_id>/clusters/undo")
def undo(run_id: str) -> ResponseReturnValue:
    """Take back the newest split or merge."""

    def work() -> str:
        regrouping = regroup.undo_change(workspace(), run_id, annotator=annotator(), op_id=_op_id())
        listed = ", ".join(map(str, regrouping.change.children))
        phrase = (
            "there is cluster" if len(regrouping.change.children) == 1 else "there are clusters"
        )
        return f"Taken back: {phrase} {listed} again. No answer is lost."

    return _done(run_id, work)


@blueprint.post("/runs/<run_id>/budget")
def raise_budget(run_id: str) -> ResponseReturnValue:
    """Allow more questions."""
    wanted = form_int("budget")

    def work() -> str:
        run = regroup.raise_budget(workspace(), run_id, wanted)
        return f"The budget is {counted(run.budget, 'answer')} now."

    return _done(run_id, work)


@blueprint.post("/runs/<run_id>/clusters/explore")
def explore(run_id: str) -> ResponseReturnValue:
    """Measure how many clusters there are, and show the job."""
    ks = form_int("first"), form_int("last")
    try:
        job = request_exploration(workspace(), ks, run_id=run_id)
    except LabelerError as error:
        return _back(run_id, error)
    return redirect(job_url(job), 303)


def pictures(view: ClustersView, dataset: Dataset, *, has_labels: bool) -> dict[str, Any]:
    """What any page about clusters draws of them."""
    cards = view.worst_first if has_labels else view.cards
    shown = cards if "all" in request.args else cards[:FIRST_CARDS]
    possible = [way for way in COLOURINGS if way == "cluster" or _can_colour(way, view, has_labels)]
    asked = request.args.get("colour", "")
    colouring = asked if asked in possible else "cluster"
    return {
        "clusters": view,
        "cards": shown,
        "n_hidden": len(cards) - len(shown),
        "images": _images_of(shown, dataset),
        "stack": stack_of(view),
        "map": map_of(view, colouring),
        "colourings": possible,
        "colouring": colouring,
    }


def _can_colour(by: str, view: ClustersView, has_labels: bool) -> bool:
    return has_labels if by == "label" else view.has_truth


def _images_of(cards: tuple[ClusterCard, ...], dataset: Dataset) -> dict[str, dict[str, Any]]:
    """Every image of the cards, by card and by what it is there for; few files for all."""
    listed = [image for card in cards for image in (card.image, *card.nearest, *card.farthest)]
    drawn = iter(thumbs(dataset, listed))
    return {
        card.name: {
            "image": next(drawn),
            "nearest": [next(drawn) for _ in card.nearest],
            "farthest": [next(drawn) for _ in card.farthest],
        }
        for card in cards
    }


def _same_answer(view: ClustersView) -> list[tuple[str, list[str]]]:
    """Class names that several clusters were given, with these clusters."""
    counts = Counter(card.class_name for card in view.cards if card.class_name is not None)
    return [
        (name, [card.name for card in view.cards if card.class_name == name])
        for name, n in counts.most_common()
        if n > 1
    ]


def _done(run_id: str, work: Callable[[], str]) -> ResponseReturnValue:
    """Do it, and say on the page what became of it."""
    try:
        flash(work(), "done")
    except LabelerError as error:
        return _back(run_id, error)
    return redirect(url_for("clusters.show", run_id=run_id), 303)


def _back(run_id: str, error: LabelerError) -> ResponseReturnValue:
    """To the clusters as they are now, with the reason; only a run that is gone is a 404."""
    if isinstance(error, NotFoundError):
        raise error
    flash(str(error), "error")
    return redirect(url_for("clusters.show", run_id=run_id), 303)


def _op_id() -> str | None:
    return request.form.get("op_id") or None
