"""The next questions of a run: chosen in the background while the last ones are answered.

A job is asked for when few questions are open. It takes the answers that were there then, so that
a quick annotator and a slow one are asked the same, and a simulation too; what it chose is added
as a round of its own, in one transaction and once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeler.config import RunConfig
from labeler.pipeline.questions import later_questions, questions_about_new, round_size
from labeler.pipeline.round_names import later_round
from labeler.progress import SILENT, Progress
from labeler.records import Question
from labeler.storage import jobs as job_rows
from labeler.storage import questions as question_rows
from labeler.storage import runs as run_rows
from labeler.storage.errors import BusyError, QueueFullError
from labeler.storage.rows import AskedQuestion, Job, JobStatus, NewQuestion, Verdict
from labeler.workflow.adding.newcomers import newcomers_of
from labeler.workflow.array_names import Array
from labeler.workflow.budgets import choose_again, config_of, config_of_budget, rounds_in_all
from labeler.workflow.job_kinds import CHOOSE
from labeler.workflow.run import RECENT_JOBS, Run, open_run, run_within
from labeler.workflow.runs.prepare import sheet_order
from labeler.workflow.workspace import Transaction, Workspace


@dataclass(frozen=True)
class NextRound:
    """A round of the second phase, ready to be written.

    Attributes
    ----------
    n_before : int
        Questions that the run had when these were chosen.
    """

    ws: Workspace
    run_id: str
    name: str
    questions: tuple[NewQuestion, ...]
    artefacts: Mapping[str, str]
    n_before: int

    def deliver(self, session: Transaction) -> int:
        """Add them, once; gives how many are new.

        Images taken back meanwhile are left out, and others chosen in their place.
        """
        run = run_rows.hold(session, self.run_id)
        pool = self.ws.array(run.artefacts[Array.POOL])
        in_pool = np.isin([question.image for question in self.questions], pool)
        questions = [self.questions[place] for place in np.flatnonzero(in_pool)]
        n_new = question_rows.add_round(session, self.run_id, self.name, questions, self.artefacts)
        n_now = len(question_rows.list_of_run(session, self.run_id))
        if n_now < self.n_before + len(self.questions):
            choose_again(session, self.run_id)
        return n_new


def open_questions(run: Run) -> list[AskedQuestion]:
    """Questions without any answer, in the order asked."""
    return [question for question in run.questions if question.answer is None]


def may_ask_ahead(session: Transaction, run_id: str) -> bool:
    """Whether it is worth calling ``ask_ahead``: rounds are to come, few questions are open.

    Cheap enough for every answer: in a run of one phase it reads nothing but the run.
    """
    run = run_rows.get(session, run_id)
    if run.n_rounds >= rounds_in_all(run):
        return False
    return question_rows.count_open(session, run_id) <= config_of(run).n_ahead


def look_ahead(run: Run) -> Job | None:
    """The job that chooses the next questions, or chose and failed; nothing is asked for.

    None where it is not time to, and where nobody asked for it yet: then ``ask_ahead`` does.
    """
    inputs = _inputs(run)
    return None if inputs is None else _find(run.jobs, inputs)


def ask_ahead(ws: Workspace, run_id: str) -> Job | None:
    """Have the next questions chosen, if it is time to and nobody does it yet.

    Called when few questions are open and where somebody waits for more: it does nothing twice.
    What failed is not tried again before an answer changes.

    Returns
    -------
    Job or None
        The job that chooses, or chose and failed; None where it is not time.
    """
    with ws.database.reading() as session:
        if not may_ask_ahead(session, run_id):
            return None
        run = run_within(ws, session, run_id)
    inputs, existing = _inputs(run), look_ahead(run)
    if inputs is None or existing is not None:
        return existing
    try:
        with ws.database.writing() as session:
            jobs = job_rows.list_recent(session, run_id=run_id, limit=RECENT_JOBS)
            return _find(jobs, inputs) or job_rows.enqueue(session, CHOOSE, inputs, run_id=run_id)
    except (QueueFullError, BusyError):
        return None  # who waits asks again


def _inputs(run: Run) -> Mapping[str, Any] | None:
    """What the job would be given; None where it is not time for it."""
    still_open = [question.id for question in open_questions(run)]
    if not run.awaits_round or len(still_open) > run.config.n_ahead:
        return None
    return {"run_id": run.id, "round": run.row.n_rounds, "open": still_open}


def choose_round(
    ws: Workspace, inputs: Mapping[str, Any], progress: Progress = SILENT
) -> NextRound:
    """Choose the next questions by the answers that were there when they were asked for.

    Raises
    ------
    NotFoundError, NotPreparedError
    """
    run = open_run(ws, inputs["run_id"])
    run.require_prepared()
    pool, clusters = run.pool, run.clusters
    X = run.features
    # The round that was asked for: whatever was added meanwhile, no later one is begun early.
    config, number = config_of_budget(run.row), inputs["round"]
    name = later_round(config.plan, number)
    n_left = run.most_questions - len(run.questions)
    not_waited_for = set(inputs["open"])
    counted = [question for question in run.questions if question.id not in not_waited_for]
    n_questions = round_size(n_left, rounds_in_all(run.row) - number)
    with progress.task("Looking for what is uncertain"):
        asked = pool.searchsorted([question.image for question in run.questions]).tolist()
        chosen = _about_new(run, config, name, asked, n_questions)
        if config.plan.later is not None:
            chosen += later_questions(
                config,
                clusters,
                [*asked, *(question.image for question in chosen)],
                run.given_answers(counted),
                run.graph,
                X,
                len(run.labels.names),
                n_questions - len(chosen),
                config.rng(f"{name} questions"),
                mixed=_mixed(counted),
            )
    images = [int(pool[question.image]) for question in chosen]
    sheet = sheet_order(ws, run.row.artefacts[Array.SHEET], X, chosen, pool)
    questions = tuple(NewQuestion(image) for image in images)
    return NextRound(ws, run.id, name, questions, {Array.SHEET: sheet}, len(run.questions))


def _about_new(
    run: Run, config: RunConfig, name: str, asked: Sequence[int], n_questions: int
) -> tuple[Question, ...]:
    """What of a round goes to images that were added and are new in kind; by places.

    Of a run of one phase, that is all of it.
    """
    added = newcomers_of(run)
    if not len(added):
        return ()
    return questions_about_new(
        run.pool.searchsorted(added.images[added.unfamiliar]),
        len(added),
        asked,
        run.graph if run.has_graph else None,
        run.features,
        n_questions,
        config.rng(f"{name} questions about new images"),
    )


def _find(jobs: Sequence[Job], inputs: Mapping[str, Any]) -> Job | None:
    """The job that is at it, or that failed with nothing changed since."""
    for job in jobs:
        if job.kind == CHOOSE:
            gave_up = job.status in (JobStatus.FAILED, JobStatus.CANCELLED)
            is_same = gave_up and dict(job.inputs) == dict(inputs)
            return job if is_same or not job.status.is_final else None
    return None


def _mixed(questions: list[AskedQuestion]) -> set[int]:
    """Clusters that somebody found to be more than one thing."""
    return {
        question.cluster
        for question in questions
        if question.cluster is not None
        and question.answer is not None
        and question.answer.verdict is Verdict.MIXED
    }
