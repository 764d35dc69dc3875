"""Images that were added to a run, so that it can be told and taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "addition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("n_images", sa.Integer(), nullable=False),
        sa.Column("n_held_out", sa.Integer(), nullable=False),
        sa.Column("first_image", sa.Integer(), nullable=False),
        sa.Column("dataset_before", sa.Integer(), nullable=False),
        sa.Column("artefacts_before", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("settings_before", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("standing", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("is_undone", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_addition_run_id_run")),
        sa.ForeignKeyConstraint(
            ["dataset_before"], ["dataset.id"], name=op.f("fk_addition_dataset_before_dataset")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addition")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_addition_run_id_number")),
        sqlite_autoincrement=True,
    )
