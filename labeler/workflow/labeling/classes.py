"""The classes that a person names images by: added, renamed, merged, keyed."""

from labeler.storage import classes as class_rows
from labeler.storage.rows import (
    RunClass,
)
from labeler.workflow.workspace import Workspace


def add_class(ws: Workspace, run_id: str, name: str, key: str | None = None) -> RunClass:
    """Add a class at the end; without a ``key`` it gets the first free digit, if any."""
    with ws.database.writing() as session:
        return class_rows.add(session, run_id, name, key=key)


def rename_class(ws: Workspace, run_id: str, class_id: int, name: str) -> RunClass:
    """Give a class another name; its answers follow."""
    with ws.database.writing() as session:
        return class_rows.rename(session, run_id, class_id, name)


def merge_class(ws: Workspace, run_id: str, class_id: int, into: int) -> RunClass:
    """Let the answers of one class count for another, until ``unmerge_class``."""
    with ws.database.writing() as session:
        return class_rows.merge(session, run_id, class_id, into)


def unmerge_class(ws: Workspace, run_id: str, class_id: int) -> RunClass:
    """Take a merge back."""
    with ws.database.writing() as session:
        return class_rows.unmerge(session, run_id, class_id)


def set_key(ws: Workspace, run_id: str, class_id: int, key: str | None) -> RunClass:
    """Give a class another keyboard key, or none."""
    with ws.database.writing() as session:
        return class_rows.set_key(session, run_id, class_id, key)
