"""Audits over the API: in the shapes of a run's questions and answers, apart from these."""

from labeler.storage.errors import NotFoundError
from labeler.storage.rows import AuditAnswer, OperationKind
from labeler.web.api import answers, bodies
from labeler.web.api.review_routes import api, blueprint
from labeler.web.api.routes import RUN, WRITES
from labeler.web.api.routing import Answer
from labeler.web.http.context import annotator, workspace
from labeler.web.http.science import needs_science
from labeler.workflow import runs
from labeler.workflow.audit import answers as audit_answers
from labeler.workflow.audit.certificate import Certificate, certificate
from labeler.workflow.audit.figures import newest_figures
from labeler.workflow.audit.kept import audit_numbered
from labeler.workflow.run import open_run

__all__ = ["api", "blueprint"]

AUDIT = f"{RUN}/audits/<int:number>"


@api.route("GET", AUDIT, "getAudit", Answer(200, "Done", Certificate))
@needs_science
def audit_figures(run_id: str, number: int) -> Certificate:
    """What an audit found at its last checkpoint; 404 before the first."""
    figures = newest_figures(audit_numbered(open_run(workspace(), run_id), number))
    if figures is None:
        raise NotFoundError("The audit has not reached its first checkpoint.")
    return certificate(figures)


@api.route(
    "GET", f"{AUDIT}/questions", "listAuditQuestions", Answer(200, "Done", answers.Questions)
)
def audit_questions(run_id: str, number: int) -> answers.Questions:
    """What an audit asks until its next checkpoint; nothing of it says what the labels are."""
    run = open_run(workspace(), run_id)
    asking = audit_answers.asking(audit_numbered(run, number))
    classes = runs.class_views(run)
    return answers.questions(asking, classes, run.dataset, annotator(), is_blind=True)


@api.route(
    "GET", f"{AUDIT}/operations", "listAuditOperations", Answer(200, "Done", answers.Operations)
)
def audit_operations(run_id: str, number: int) -> answers.Operations:
    """The answers of an audit that were not taken back, in the order recorded."""
    given = audit_numbered(open_run(workspace(), run_id), number).answers
    revision = max((answer.revision for answer in given), default=0)
    return answers.Operations(revision=revision, operations=[_answered(said) for said in given])


@api.route(
    "POST",
    f"{AUDIT}/operations",
    "operateAudit",
    Answer(201, "Recorded", answers.Recorded),
    Answer(200, "Was recorded before", answers.Recorded),
    errors=(409, 422, *WRITES),
    default={"kind": "answer"},
)
def operate_audit(
    run_id: str, number: int, body: bodies.Answering | bodies.Undoing
) -> tuple[answers.Recorded, int]:
    """Answer one question of an audit, or undo; on disk when this answers."""
    ws, me = workspace(), annotator()
    if isinstance(body, bodies.Undoing):
        recorded = audit_answers.undo(ws, run_id, number, body.op_id, me, body.target)
    else:
        recorded = audit_answers.answer(
            ws, run_id, number, body.op_id, me, body.given, body.duration_ms, body.expected_by_id
        )
    return answers.Recorded.of(recorded), 200 if recorded.is_replay else 201


def _answered(said: AuditAnswer) -> answers.Answered:
    answer = answers.RecordedAnswer(
        question_id=said.place + 1, verdict=said.verdict, class_id=said.class_id, answered_at=None
    )
    return answers.Answered.of(said, kind=OperationKind.ANSWER, answers=[answer])
