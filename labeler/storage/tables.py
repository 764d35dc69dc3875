"""The tables. Nothing outside this layer sees these classes; it gets ``rows``.

Nothing cascades: a migration that copies and drops a parent table must not be able to take its
children with it, so that even purging a run deletes its rows one table after the other.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column

from labeler.storage.rows import (
    OWN_LABELS,
    AnswerSource,
    ClusterChangeKind,
    JobStatus,
    OperationKind,
    Verdict,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraints have names, so that a later migration can find them on both databases."""

NAME_LENGTH = 200
OP_ID_LENGTH = 64


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware and in UTC on the Python side, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; times are stored in UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _words(kind: type[StrEnum], name: str) -> Enum:
    """A short text that only takes the values of ``kind``."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcDateTime,
        dict[str, Any]: JSON(none_as_null=True),
        list[dict[str, Any]]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        list[int]: JSON(none_as_null=True),
        ClusterChangeKind: _words(ClusterChangeKind, "change_kind"),
        Verdict: _words(Verdict, "verdict"),
        OperationKind: _words(OperationKind, "kind"),
        AnswerSource: _words(AnswerSource, "source"),
        JobStatus: _words(JobStatus, "status"),
    }


class Dataset(Base):
    __tablename__ = "dataset"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)
    counts: Mapped[dict[str, Any]]
    classes: Mapped[list[str]]
    artefacts: Mapped[dict[str, Any]]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class QuestionRound(Base):
    """What chose the questions of a round; the first round, and a split's, have no row."""

    __tablename__ = "question_round"
    __table_args__ = (UniqueConstraint("run_id", "name"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))


class LabelImport(Base):
    """Labels that were written into a run from a file; taken back, it is still there."""

    __tablename__ = "label_import"
    __table_args__ = (UniqueConstraint("run_id", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    number: Mapped[int]
    file: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(String(NAME_LENGTH))
    n_answers: Mapped[int]
    n_suggestions: Mapped[int]
    is_undone: Mapped[bool]
    created_at: Mapped[datetime]


class Run(Base):
    __tablename__ = "run"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"), index=True)
    config: Mapped[dict[str, Any]]
    preset: Mapped[str] = mapped_column(String(NAME_LENGTH))
    answerer: Mapped[AnswerSource]
    budget: Mapped[int]
    settings: Mapped[dict[str, Any]]
    artefacts: Mapped[dict[str, Any]]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    last_activity_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    n_rounds: Mapped[int] = column_property(
        select(func.count())
        .where(QuestionRound.run_id == id)
        .correlate_except(QuestionRound)
        .scalar_subquery()
    )
    n_files: Mapped[int] = column_property(
        select(func.count())
        .where(LabelImport.run_id == id, ~LabelImport.is_undone, LabelImport.format != OWN_LABELS)
        .correlate_except(LabelImport)
        .scalar_subquery()
    )


class RunClass(Base):
    __tablename__ = "run_class"
    __table_args__ = (
        CheckConstraint("merged_into IS NULL OR merged_into <> id", name="not_into_itself"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    key: Mapped[str | None] = mapped_column(String(1))
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("run_class.id"))


class Question(Base):
    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("run_id", "round", "image"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    round: Mapped[int]
    position: Mapped[int]
    image: Mapped[int]
    cluster: Mapped[int | None]
    stands_for: Mapped[int]


class Operation(Base):
    """Appended, never changed. Ids grow within a run, so the newest has the highest."""

    __tablename__ = "operation"
    __table_args__ = (
        CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name="undo_names_its_target"),
        Index(None, "run_id", "annotator"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    op_id: Mapped[str] = mapped_column(String(OP_ID_LENGTH), unique=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    kind: Mapped[OperationKind]
    annotator: Mapped[str] = mapped_column(String(NAME_LENGTH))
    source: Mapped[AnswerSource]
    body_hash: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("operation.id"), unique=True)
    duration_ms: Mapped[int | None]
    created_at: Mapped[datetime]


class Answer(Base):
    """Appended, never changed."""

    __tablename__ = "answer"
    __table_args__ = (
        CheckConstraint("(verdict = 'class') = (class_id IS NOT NULL)", name="class_with_verdict"),
    )

    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id"), primary_key=True, index=True
    )
    verdict: Mapped[Verdict]
    class_id: Mapped[int | None] = mapped_column(ForeignKey("run_class.id"), index=True)
    answered_at: Mapped[datetime | None]


class ImportOperation(Base):
    """Appended, never changed: an operation that recorded the answers of an import."""

    __tablename__ = "import_operation"

    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("label_import.id"), index=True)


class Suggestions(Base):
    """What files say about the images of a run, unconfirmed; at most one is the current one.

    ``labels`` and ``confidences`` are arrays over the pool, the labels places in ``class_ids``.
    ``before_id``: what is suggested again when the import of these is taken back.
    """

    __tablename__ = "suggestions"
    __table_args__ = (
        Index(
            "uq_suggestions_current",
            "run_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), index=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("label_import.id"), unique=True)
    before_id: Mapped[int | None] = mapped_column(ForeignKey("suggestions.id"))
    class_ids: Mapped[list[int]]
    labels: Mapped[str] = mapped_column(String(NAME_LENGTH))
    confidences: Mapped[str] = mapped_column(String(NAME_LENGTH))
    is_current: Mapped[bool]


class ClusterChange(Base):
    """Appended, never changed: how the clusters of a run came to be what they are."""

    __tablename__ = "cluster_change"
    __table_args__ = (
        UniqueConstraint("run_id", "version"),
        CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name="undo_names_its_target"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    op_id: Mapped[str] = mapped_column(String(OP_ID_LENGTH), unique=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    version: Mapped[int]
    kind: Mapped[ClusterChangeKind]
    annotator: Mapped[str] = mapped_column(String(NAME_LENGTH))
    body_hash: Mapped[str] = mapped_column(String(64))
    parents: Mapped[list[int]]
    children: Mapped[list[int]]
    round: Mapped[int | None]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("cluster_change.id"), unique=True)
    created_at: Mapped[datetime]


class Addition(Base):
    """Images that were added to a run; taken back, the row is still there.

    What the run had before is put back then. ``first_image`` has the lowest of the new numbers;
    ``standing`` are ids of the changes of its clusters that stood.
    """

    __tablename__ = "addition"
    __table_args__ = (UniqueConstraint("run_id", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    number: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    n_images: Mapped[int]
    n_held_out: Mapped[int]
    first_image: Mapped[int]
    dataset_before: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    artefacts_before: Mapped[dict[str, Any]]
    settings_before: Mapped[dict[str, Any]]
    standing: Mapped[list[int]]
    is_undone: Mapped[bool]
    created_at: Mapped[datetime]


class Withdrawal(Base):
    """Appended, never changed: a question that is not asked any more, unless it was answered."""

    __tablename__ = "withdrawal"

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("cluster_change.id"), index=True)


_ACTIVE_AND_WANTED = text("status IN ('queued', 'running') AND NOT cancel_requested")


class Job(Base):
    __tablename__ = "job"
    __table_args__ = (
        # Two requests at the same instant still make one job.
        Index(
            "uq_job_active",
            "kind",
            "inputs_hash",
            unique=True,
            sqlite_where=_ACTIVE_AND_WANTED,
            postgresql_where=_ACTIVE_AND_WANTED,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("run.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    inputs_hash: Mapped[str] = mapped_column(String(64))
    inputs: Mapped[dict[str, Any]]
    status: Mapped[JobStatus] = mapped_column(index=True)
    done: Mapped[int]
    total: Mapped[int | None]
    message: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    worker: Mapped[str | None] = mapped_column(String(64))
    token: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    attempts: Mapped[int]
    error: Mapped[str | None] = mapped_column(Text)
    result: Mapped[dict[str, Any] | None]
    cancel_requested: Mapped[bool]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Result(Base):
    __tablename__ = "result"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), index=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), unique=True)
    revision: Mapped[int]
    config: Mapped[dict[str, Any]]
    metrics: Mapped[dict[str, Any]]
    test_accuracy: Mapped[float | None] = mapped_column(Double)
    artefacts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
