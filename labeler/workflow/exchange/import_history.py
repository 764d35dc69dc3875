"""The imports of a run, and taking one back."""

from dataclasses import dataclass

from labeler.storage import imports as import_rows
from labeler.storage.rows import LabelImport
from labeler.workflow.run import Run
from labeler.workflow.workspace import Workspace

OPERATIONS = "import-"
"""What the ids of operations begin with that recorded the answers of a file."""


@dataclass(frozen=True)
class PastImport:
    """An import of a run.

    Attributes
    ----------
    id : int
        Of the run's imports, counted from 1.
    at : str
        ISO 8601, UTC.
    is_undone : bool
    """

    id: int
    file: str
    format: str
    at: str
    n_answers: int
    n_suggestions: int
    is_undone: bool


def past_imports(run: Run) -> tuple[PastImport, ...]:
    """The imports of a run, the newest first."""
    return tuple(map(_past, reversed(run.imports)))


def undo_import(ws: Workspace, run_id: str, import_id: int | None = None) -> PastImport:
    """Take an import back: its answers, and its suggestions if no later import added to them.

    What earlier imports suggested is suggested again. Questions that came with it are gone, too;
    classes that it added stay.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    import_id : int, optional
        By default the newest that was not taken back.

    Raises
    ------
    NothingToUndoError
        There is no such import, or it was taken back.
    NotFoundError, BusyError
    """
    return ws.database.write(
        lambda session: _past(import_rows.take_back(session, run_id, import_id))
    )


def _past(row: LabelImport) -> PastImport:
    return PastImport(
        id=row.number,
        file=row.file,
        format=row.format,
        at=row.created_at.isoformat(),
        n_answers=row.n_answers,
        n_suggestions=row.n_suggestions,
        is_undone=row.is_undone,
    )
