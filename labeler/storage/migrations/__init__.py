"""Alembic's environment and the revisions, packaged with Labeler."""
