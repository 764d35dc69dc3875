"""Audits that ask for more of one class, and take "none of these" for an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NAME = "audit_operation"
VERDICT = f"ck_{NAME}_verdict"


def upgrade() -> None:
    op.add_column("audit", sa.Column("extras", sa.JSON(), nullable=False, server_default="[]"))
    # Not every SQLAlchemy finds the constraints of an SQLite table, so they are told.
    with op.batch_alter_table(NAME, copy_from=_until_now()) as batch:
        batch.drop_constraint(op.f(VERDICT), type_="check")
        batch.create_check_constraint(op.f(VERDICT), "verdict IN ('class', 'skip', 'none')")


def _until_now() -> sa.Table:
    """The table as 0006 made it."""
    return sa.Table(
        NAME,
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("op_id", sa.String(length=64), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("annotator", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _check("undo_names_its_target", "(kind = 'undo') = (undoes IS NOT NULL)"),
        _check("place_with_answer", "(kind = 'answer') = (place IS NOT NULL)"),
        _check("verdict_with_answer", "(kind = 'answer') = (verdict IS NOT NULL)"),
        _check("class_with_verdict", "(verdict = 'class') = (class_id IS NOT NULL)"),
        _check("kind", "kind IN ('answer', 'undo')"),
        _check("verdict", "verdict IN ('class', 'skip', 'mixed')"),
        _check("source", "source IN ('human', 'oracle')"),
        _refers("audit_id", "audit"),
        _refers("class_id", "run_class"),
        _refers("undoes", NAME),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("op_id", name=op.f(f"uq_{NAME}_op_id")),
        sa.UniqueConstraint("undoes", name=op.f(f"uq_{NAME}_undoes")),
        sa.Index(op.f(f"ix_{NAME}_audit_id"), "audit_id"),
        sa.Index(op.f(f"ix_{NAME}_class_id"), "class_id"),
        sqlite_autoincrement=True,
    )


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{NAME}_{name}"))


def _refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{NAME}_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name)
