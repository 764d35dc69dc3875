"""Runs, jobs and labels as JSON: declared once, for the web's API and for ``--json`` alike.

The API's description is generated from these types; ``labeler.typed_json`` writes them.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from labeler.plugins import PROPAGATIONS
from labeler.storage import rows
from labeler.storage.rows import AnswerSource, ClusterChangeKind, JobStatus
from labeler.typed_json import Moment, Shape, plugged_in
from labeler.workflow import views
from labeler.workflow.clusters import regroup
from labeler.workflow.pictures.left_out import n_left_out

Propagation = Annotated[str, plugged_in("propagations")]


class Class(Shape):
    """A class of a run."""

    id: int
    position: int
    name: str
    key: str | None
    merged_into: int | None
    n_answers: int


class Job(Shape):
    """A long step: waiting, under way or ended; without what only its worker needs."""

    id: int
    run_id: str | None
    kind: str
    status: JobStatus
    done: int
    total: int | None
    message: str
    detail: str
    error: str | None
    cancel_requested: bool
    result: Mapping[str, Any] | None


class RunSummary(Shape):
    """A run with its counts."""

    id: str
    name: str
    dataset: str
    dataset_id: int
    preset: str
    answerer: AnswerSource
    budget: int
    n_questions: int
    n_answered: int
    n_skipped: int
    n_mixed: int
    n_open: int
    n_imported: Annotated[
        int, Meta(description="Beside the questions, images whose answer was imported")
    ]
    best_accuracy: float | None
    revision: int
    created_at: Moment
    last_activity_at: Moment


class Run(RunSummary):
    """A run with its counts, settings, classes and jobs."""

    is_prepared: bool
    has_ground_truth: bool
    has_test: bool
    n_pool: int
    n_test: int
    n_left_out: Annotated[int, Meta(description="Files that were not read as images")]
    fraction: float
    propagation: Propagation
    threshold: float
    has_graph: bool
    config: dict[str, Any]
    notes: tuple[str, ...]
    classes: list[Class]
    jobs: list[Job]


class Spread(Shape):
    """Spread labels as counts; the labels themselves are for an export."""

    method: Propagation
    fraction: float | None
    threshold: float | None
    n_pool: int
    n_labeled: int
    counts: Mapping[str, int]
    label_accuracy: float | None
    revision: int


class ClusterChange(Shape):
    """A line of the lineage of a run's clusters."""

    op_id: str
    version: int
    kind: ClusterChangeKind
    annotator: str
    parents: tuple[int, ...]
    children: tuple[int, ...]


class Regrouping(ClusterChange):
    """What became of a change of the clusters."""

    n_questions: int
    budget: int
    is_replay: bool


def run_summary(summary: rows.RunSummary) -> RunSummary:
    """One run with its counts."""
    return RunSummary.of(summary, summary.run, dataset=summary.dataset_name)


def run(view: views.RunView) -> Run:
    """One run with all that is told of it."""
    return Run.of(
        view,
        view.summary,
        view.run,
        dataset=view.summary.dataset_name,
        n_left_out=n_left_out(view.dataset),
        config=view.config.as_dict(),
        classes=classes(view.classes),
        jobs=[Job.of(job) for job in view.jobs],
    )


def classes(class_views: Sequence[views.ClassView]) -> list[Class]:
    """Classes in their order."""
    return [Class.of(view) for view in class_views]


def spread_fields(view: views.SpreadView) -> dict[str, Any]:
    """Of fraction and threshold, the one that belongs to the method."""
    takes_fraction = PROPAGATIONS[view.method].takes_fraction
    return {
        "fraction": view.fraction if takes_fraction else None,
        "threshold": None if takes_fraction else view.threshold,
    }


def spread(view: views.SpreadView) -> Spread:
    """Spread labels as counts."""
    return Spread.of(view, **spread_fields(view))


class Addition(Shape):
    """Images that were added to a run.

    Attributes
    ----------
    number : int
        Of the run's additions, counted from 1.
    n_held_out : int
        Of these images, those that are held out to test on.
    is_undone : bool
        Whether they were taken back.
    """

    number: int
    source: str
    n_images: int
    n_held_out: int
    is_undone: bool
    created_at: Moment


def regrouping(result: regroup.Regrouping) -> Regrouping:
    """What became of a change, with what it asks."""
    return Regrouping.of(result, result.change)
