"""Labels that were looked at, page by page: which class each operation was shown."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "review_operation",
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("queue", sa.Integer(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("n_planted", sa.Integer(), nullable=False),
        sa.Column("n_found", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operation.id"],
            name=op.f("fk_review_operation_operation_id_operation"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["run_class.id"], name=op.f("fk_review_operation_class_id_run_class")
        ),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_review_operation")),
    )
    op.create_index(op.f("ix_review_operation_class_id"), "review_operation", ["class_id"])
