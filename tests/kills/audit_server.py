"""What the small server does with an operation where the answers are those of an audit."""

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeler.storage.checking import audits
from labeler.storage.checking.audit_tables import AuditOperation
from labeler.storage.checking.audits import AuditGiven, NewAudit
from labeler.storage.database import open_database
from labeler.storage.rows import OperationKind, Verdict
from tests.kills.answer_server import Server

NEW = NewAudit("f" * 64, {}, 0, {}, last_image=199, goal=200)
NUMBER = 1


def begin(instance: Path, url: str | None, run_id: str) -> None:
    """Give the harness's run an audit."""
    database = open_database(instance, url)
    database.write(lambda session: audits.begin(session, run_id, NEW))
    database.close()


def apply_to_audit(session: Session, server: Server, op: dict[str, Any]) -> dict[str, Any]:
    audit = audits.get(session, server.run_id, NUMBER)
    if op["kind"] == "undo":
        told = audits.undo(session, audit, op["op_id"], op["annotator"])
    else:
        given = AuditGiven(op["questions"][0], Verdict.CLASS, op["class"])
        told = audits.record(session, audit, op["op_id"], op["annotator"], given)
    return {"revision": told.revision, "questions": told.question_ids, "undone": told.undone_op_id}


def read_audit(instance: Path, url: str | None) -> tuple[dict[str, Any], int]:
    """The operations of the audit, in the shape of what was sent."""
    database = open_database(instance, url)
    with database.reading() as session:
        lines = list(session.scalars(select(AuditOperation)))
        found: dict[str, Any] = {}
        for line in lines:
            found[line.op_id] = {"annotator": line.annotator, "kind": line.kind.value}
            if line.kind is OperationKind.ANSWER:
                found[line.op_id] |= {"questions": [line.place], "class": line.class_id}
    database.close()
    return found, len(lines)
