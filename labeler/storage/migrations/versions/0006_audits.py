"""Audits of labels, and their answers, apart from those that are trained on."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _create_audit()
    _create_audit_operation()


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label_set", sa.String(length=64), nullable=False),
        sa.Column("spread", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("artefacts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("last_image", sa.Integer(), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_audit_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_audit_run_id_number")),
        sqlite_autoincrement=True,
    )


def _create_audit_operation() -> None:
    op.create_table(
        "audit_operation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("op_id", sa.String(length=64), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("kind", _words("kind", "answer", "undo"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("verdict", _words("verdict", "class", "skip", "mixed"), nullable=True),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("annotator", sa.String(length=200), nullable=False),
        sa.Column("source", _words("source", "human", "oracle"), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _check("undo_names_its_target", "(kind = 'undo') = (undoes IS NOT NULL)"),
        _check("place_with_answer", "(kind = 'answer') = (place IS NOT NULL)"),
        _check("verdict_with_answer", "(kind = 'answer') = (verdict IS NOT NULL)"),
        _check("class_with_verdict", "(verdict = 'class') = (class_id IS NOT NULL)"),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], name=op.f("fk_audit_operation_audit_id_audit")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["run_class.id"], name=op.f("fk_audit_operation_class_id_run_class")
        ),
        sa.ForeignKeyConstraint(
            ["undoes"],
            ["audit_operation.id"],
            name=op.f("fk_audit_operation_undoes_audit_operation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_operation")),
        sa.UniqueConstraint("op_id", name=op.f("uq_audit_operation_op_id")),
        sa.UniqueConstraint("undoes", name=op.f("uq_audit_operation_undoes")),
        sqlite_autoincrement=True,
    )
    for column in ("audit_id", "class_id"):
        op.create_index(op.f(f"ix_audit_operation_{column}"), "audit_operation", [column])


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=16)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_audit_operation_{name}"))
