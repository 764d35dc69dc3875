"""When an answer was given that came from a file: the operation has the time of the import."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("answer", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
