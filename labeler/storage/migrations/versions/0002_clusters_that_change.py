"""Clusters that are split and merged, with their lineage; questions that are withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _create_cluster_change()
    _create_withdrawal()


def _create_cluster_change() -> None:
    op.create_table(
        "cluster_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("op_id", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "split",
                "merge",
                "undo",
                name="change_kind",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("annotator", sa.String(length=200), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("parents", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("children", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'undo') = (undoes IS NOT NULL)",
            name=op.f("ck_cluster_change_undo_names_its_target"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_cluster_change_run_id_run")),
        sa.ForeignKeyConstraint(
            ["undoes"],
            ["cluster_change.id"],
            name=op.f("fk_cluster_change_undoes_cluster_change"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_change")),
        sa.UniqueConstraint("op_id", name=op.f("uq_cluster_change_op_id")),
        sa.UniqueConstraint("run_id", "version", name=op.f("uq_cluster_change_run_id_version")),
        sa.UniqueConstraint("undoes", name=op.f("uq_cluster_change_undoes")),
        sqlite_autoincrement=True,
    )


def _create_withdrawal() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["cluster_change.id"],
            name=op.f("fk_withdrawal_change_id_cluster_change"),
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_withdrawal_question_id_question")
        ),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_withdrawal")),
    )
    op.create_index(op.f("ix_withdrawal_change_id"), "withdrawal", ["change_id"], unique=False)
