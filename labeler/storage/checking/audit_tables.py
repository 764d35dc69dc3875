"""The tables of audits: apart from answers, so that nothing that is trained can see them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from labeler.storage.rows import AnswerSource, OperationKind, Verdict
from labeler.storage.tables import NAME_LENGTH, OP_ID_LENGTH, Base


class Audit(Base):
    """Labels of a run that are judged, and the images that are asked about for it.

    ``label_set`` is their hash, ``spread`` how they were made; ``goal`` how many images are to be
    named for now; ``last_image`` the highest number of an image that may be asked about;
    ``extras`` the images asked about beside, as ``rows.AuditExtra`` has them.
    """

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("run_id", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    number: Mapped[int]
    label_set: Mapped[str] = mapped_column(String(64))
    spread: Mapped[dict[str, Any]]
    seed: Mapped[int]
    artefacts: Mapped[dict[str, Any]]
    last_image: Mapped[int]
    goal: Mapped[int]
    extras: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")
    released_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AuditOperation(Base):
    """Appended, never changed: an answer to the question at ``place``, or an undo."""

    __tablename__ = "audit_operation"
    __table_args__ = (
        CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name="undo_names_its_target"),
        CheckConstraint("(kind = 'answer') = (place IS NOT NULL)", name="place_with_answer"),
        CheckConstraint("(kind = 'answer') = (verdict IS NOT NULL)", name="verdict_with_answer"),
        CheckConstraint("(verdict = 'class') = (class_id IS NOT NULL)", name="class_with_verdict"),
        Index(None, "audit_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    op_id: Mapped[str] = mapped_column(String(OP_ID_LENGTH), unique=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    kind: Mapped[OperationKind]
    place: Mapped[int | None]
    verdict: Mapped[Verdict | None]
    class_id: Mapped[int | None] = mapped_column(ForeignKey("run_class.id"), index=True)
    annotator: Mapped[str] = mapped_column(String(NAME_LENGTH))
    source: Mapped[AnswerSource]
    body_hash: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("audit_operation.id"), unique=True)
    duration_ms: Mapped[int | None]
    created_at: Mapped[datetime]
