"""Runs listed, looked at, renamed, copied, put in the bin and taken out again."""

from collections import Counter
from difflib import get_close_matches

from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import IMPORTED_ROUND, AnswerSource, RunRow, RunSummary, Verdict
from labeler.storage.settings import SettingsChange
from labeler.workflow.array_names import Array
from labeler.workflow.audit.kept import audit_of
from labeler.workflow.job_kinds import PREPARE
from labeler.workflow.pace import seconds_per_question
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs.given_labels import note_of
from labeler.workflow.runs.settings import last_settings
from labeler.workflow.views import ClassView, RunView
from labeler.workflow.workspace import Workspace


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
    return view_of(open_run(ws, run_id))


def view_of(run: Run) -> RunView:
    """What every screen of a run shows around its own matter."""
    settings, last = run.row.settings, last_settings(run.row)
    return RunView(
        run=run.row,
        summary=summary_of(run),
        dataset=run.dataset,
        classes=class_views(run),
        jobs=run.jobs,
        is_prepared=run.is_prepared,
        more_to_come=run.awaits_round,
        has_ground_truth=run.dataset.counts["known"] > 0,
        has_test=Array.TEST in run.row.artefacts,
        n_pool=settings.n_pool,
        n_test=settings.n_test,
        fraction=last.fraction,
        propagation=last.method,
        threshold=last.threshold,
        has_graph=run.has_graph,
        config=run.config,
        notes=_notes(run),
        seconds_per_question=seconds_per_question(run) if run.is_prepared else None,
        is_trained=bool(run.results) and run.results[0].revision == run.revision,
        was_trained=bool(run.results),
        audit=audit_of(run),
    )


def find_run(ws: Workspace, text: str, *, deleted: bool = False) -> RunRow:
    """The run of that id, or the only one of that name; ``deleted``: of those in the bin.

    Raises
    ------
    NotFoundError
        There is none, or several have the name.
    """
    runs = [summary.run for summary in list_runs(ws, deleted=deleted)]
    named = [run for run in runs if run.id == text] or [run for run in runs if run.name == text]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(run.id for run in named)
        raise NotFoundError(f"{len(named)} runs are called {text!r}; say which by its id: {ids}.")
    names = [run.name for run in runs]
    close = get_close_matches(text, names, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    command = "labeler runs --deleted" if deleted else "labeler runs"
    raise NotFoundError(f"There is no run {text!r}.{hint} `{command}` lists them.")


def rename_run(ws: Workspace, run_id: str, name: str) -> RunRow:
    """Give a run another name."""
    with ws.database.writing() as session:
        return run_rows.update_run(session, run_id, name=name)


def duplicate_run(ws: Workspace, run_id: str) -> RunRow:
    """A new run with the same images, clusters, questions and classes, and no answers.

    Clusters that were split or merged stay so, each with its one question. An oracle's copy is
    answered again; one that was not prepared yet is prepared.
    """
    run = open_run(ws, run_id)
    asked = {
        question.id
        for question, before in zip(run.questions, run.asked, strict=True)
        if question.cluster is not None or before.cluster is None
    }
    with ws.database.writing() as session:
        copy = run_rows.duplicate(session, run_id, f"{run.name} (copy)", asked=asked)
        # Neither labels taken as answers nor an order to look at labels in are of the copy.
        changes: SettingsChange = {"given_labels": None, "review_queue": 0}
        copy = run_rows.update_run(session, copy.id, settings=changes)
        if copy.answerer is AnswerSource.ORACLE or Array.POOL not in copy.artefacts:
            job_rows.enqueue(session, PREPARE, {"run_id": copy.id}, run_id=copy.id)
        return copy


def delete_run(ws: Workspace, run_id: str) -> None:
    """Put a run in the bin and stop its jobs; ``restore_run`` takes it out again."""
    with ws.database.writing() as session:
        run_rows.trash(session, run_id)
        job_rows.cancel_of_run(session, run_id)


def restore_run(ws: Workspace, run_id: str) -> RunRow:
    """Take a run out of the bin; preparation that its deletion stopped begins anew."""
    with ws.database.writing() as session:
        run = run_rows.restore(session, run_id)
        if Array.POOL not in run.artefacts:
            job_rows.enqueue(session, PREPARE, {"run_id": run_id}, run_id=run_id)
        return run


def summary_of(run: Run) -> RunSummary:
    """The counts of a run, as lists of runs have them."""
    answers = [question.answer for question in run.asked if question.round != IMPORTED_ROUND]
    by_verdict = Counter(None if answer is None else answer.verdict for answer in answers)
    accuracies = [
        result.test_accuracy for result in run.results if result.test_accuracy is not None
    ]
    return RunSummary(
        run=run.row,
        dataset_name=run.dataset.name,
        n_questions=len(answers),
        n_answered=by_verdict[Verdict.CLASS],
        n_skipped=by_verdict[Verdict.SKIP],
        n_mixed=by_verdict[Verdict.MIXED],
        n_imported=run.n_imported,
        n_reviewed=run.n_reviewed,
        best_accuracy=max(accuracies, default=None),
    )


def class_views(run: Run) -> tuple[ClassView, ...]:
    """The run's classes, each with the number of answers that count for it."""
    answers = (question.answer for question in run.questions)
    counts = Counter(answer.class_id for answer in answers if answer is not None)
    return tuple(
        ClassView(row.id, row.position, row.name, row.key, row.merged_into, counts[row.id])
        for row in run.classes
    )


def _notes(run: Run) -> tuple[str, ...]:
    of_images = (*run.dataset.details.get("notes", ()), *run.row.settings.notes)
    of_labels = note_of(run.row, run.imports)
    return of_images if of_labels is None else (*of_images, of_labels)
