"""Run by Alembic: applies revisions on the connection that ``upgrade`` hands over."""

from alembic import context

from labeler.storage.tables import Base

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("revisions are applied by labeler.storage.migrations.upgrade only")

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # We hold one transaction around everything, on SQLite too: all revisions or none.
    transactional_ddl=True,
)
context.run_migrations()
