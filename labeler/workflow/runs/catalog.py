"""Runs listed, looked at, renamed, copied, put in the bin and taken out again."""

from collections import Counter

from labeler.storage import classes as class_rows
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import AnswerSource, Run, RunSummary
from labeler.workflow.exchange.import_history import IMPORTS
from labeler.workflow.exchange.suggestions import for_a_copy
from labeler.workflow.runs.budgets import awaits_round, config_of
from labeler.workflow.runs.given_labels import NOTE, note_of
from labeler.workflow.runs.settings import DEFAULT_FRACTION, PREPARE
from labeler.workflow.state import RunState, read_state
from labeler.workflow.views import ClassView, RunView
from labeler.workflow.workspace import Workspace

_RECENT_JOBS = 20


def list_runs(ws: Workspace, *, deleted: bool = False) -> tuple[RunSummary, ...]:
    """Every run with its counts, the last active first; ``deleted``: those in the bin instead."""
    with ws.database.reading() as session:
        return run_rows.summaries(session, deleted=deleted)


def get_run(ws: Workspace, run_id: str) -> RunView:
    """A run with its data set, classes, counts and jobs.

    Raises
    ------
    NotFoundError
    """
    state = read_state(ws, run_id)
    with ws.database.reading() as session:
        summary = run_rows.summary(session, run_id)
        jobs = job_rows.list_recent(session, run_id=run_id, limit=_RECENT_JOBS)
    settings = state.run.settings
    config = config_of(state.run)
    return RunView(
        run=state.run,
        summary=summary,
        dataset=state.dataset,
        classes=class_views(state),
        jobs=jobs,
        is_prepared=state.is_prepared,
        more_to_come=awaits_round(state),
        has_ground_truth=state.dataset.counts["known"] > 0,
        has_test="test" in state.run.artefacts,
        n_pool=settings.get("n_pool", 0),
        n_test=settings.get("n_test", 0),
        fraction=settings.get("fraction", DEFAULT_FRACTION),
        propagation=settings.get("propagation", config.propagation),
        threshold=settings.get("threshold", config.threshold),
        has_graph="graph.data" in state.run.artefacts,
        config=config,
        notes=_notes(state),
    )


def find_run(ws: Workspace, text: str) -> Run:
    """The run of that id, or the only one of that name.

    Raises
    ------
    NotFoundError
        There is none, or several have the name.
    """
    runs = [summary.run for summary in list_runs(ws)]
    named = [run for run in runs if run.id == text] or [run for run in runs if run.name == text]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(run.id for run in named)
        raise NotFoundError(f"{len(named)} runs are called {text!r}; say which by its id: {ids}.")
    raise NotFoundError(f"There is no run {text!r}.")


def rename_run(ws: Workspace, run_id: str, name: str) -> Run:
    """Give a run another name."""
    with ws.database.writing() as session:
        return run_rows.update_run(session, run_id, name=name)


def duplicate_run(ws: Workspace, run_id: str, name: str | None = None) -> Run:
    """A new run with the same images, clusters, questions and classes, and no answers.

    Clusters that were split or merged stay so, each with its one question. An oracle's copy is
    answered again; one that was not prepared yet is prepared.
    """
    state = read_state(ws, run_id)
    asked = {
        one.id
        for one, before in zip(state.questions, state.asked, strict=True)
        if one.cluster is not None or before.cluster is None
    }
    with ws.database.writing() as session:
        copied = name or f"{state.run.name} (copy)"
        copy = run_rows.duplicate(session, run_id, copied, asked=asked)
        classes = [class_rows.list_of_run(session, one.id) for one in (state.run, copy)]
        own = {IMPORTS: [], NOTE: None, **for_a_copy(state.run, *classes)}
        copy = run_rows.update_run(session, copy.id, settings=own)
        if copy.answerer is AnswerSource.ORACLE or "pool" not in copy.artefacts:
            job_rows.enqueue(session, PREPARE, {"run_id": copy.id}, run_id=copy.id)
        return copy


def delete_run(ws: Workspace, run_id: str) -> None:
    """Put a run in the bin and stop its jobs; ``restore_run`` takes it out again."""
    with ws.database.writing() as session:
        run_rows.trash(session, run_id)
        job_rows.cancel_of_run(session, run_id)


def restore_run(ws: Workspace, run_id: str) -> Run:
    """Take a run out of the bin; preparation that its deletion stopped begins anew."""
    with ws.database.writing() as session:
        run = run_rows.restore(session, run_id)
        if "pool" not in run.artefacts:
            job_rows.enqueue(session, PREPARE, {"run_id": run_id}, run_id=run_id)
        return run


def class_views(state: RunState) -> tuple[ClassView, ...]:
    """The run's classes, each with the number of answers that count for it."""
    answers = (question.answer for question in state.questions)
    counts = Counter(answer.class_id for answer in answers if answer is not None)
    return tuple(
        ClassView(one.id, one.position, one.name, one.key, one.merged_into, counts[one.id])
        for one in state.classes
    )


def _notes(state: RunState) -> tuple[str, ...]:
    settings = state.run.settings
    of_images = (*state.dataset.details.get("notes", ()), *settings.get("notes", ()))
    of_labels = note_of(state.run)
    return of_images if of_labels is None else (*of_images, of_labels)
