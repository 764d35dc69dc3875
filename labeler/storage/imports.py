"""The imports of a run: what each wrote, and taking one back."""

from collections.abc import Collection

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from labeler.storage import answers, rows, suggestions, tables
from labeler.storage.current_answers import is_undone
from labeler.storage.errors import NothingToUndoError
from labeler.storage.session import lock_run, now, touch


def list_of_run(session: Session, run_id: str) -> tuple[rows.LabelImport, ...]:
    """Every import of a run, in their order."""
    statement = select(tables.LabelImport).where(tables.LabelImport.run_id == run_id)
    imports = session.scalars(statement.order_by(tables.LabelImport.number))
    return tuple(rows.freeze(rows.LabelImport, row) for row in imports)


def add(
    session: Session,
    run_id: str,
    *,
    file: str,
    format: str,
    n_answers: int,
    n_suggestions: int,
    operation_ids: Collection[int],
) -> rows.LabelImport:
    """Note an import whose answers these operations recorded.

    Parameters
    ----------
    session : Session
        Of the scope that recorded them.
    run_id, file, format : str
    n_answers, n_suggestions : int
    operation_ids : collection of int
    """
    run = lock_run(session, run_id)
    newest = select(func.max(tables.LabelImport.number)).where(tables.LabelImport.run_id == run_id)
    row = tables.LabelImport(
        run_id=run_id,
        number=(session.scalar(newest) or 0) + 1,
        file=file,
        format=format,
        n_answers=n_answers,
        n_suggestions=n_suggestions,
        is_undone=False,
        created_at=now(session),
    )
    session.add(row)
    session.flush()
    if operation_ids:
        recorded = [
            {"operation_id": operation_id, "import_id": row.id} for operation_id in operation_ids
        ]
        session.execute(insert(tables.ImportOperation), recorded)
    _touch(session, run)
    return rows.freeze(rows.LabelImport, row)


def take_back(session: Session, run_id: str, number: int | None = None) -> rows.LabelImport:
    """Undo the answers of an import, and suggest what was suggested before it.

    Parameters
    ----------
    session : Session
        Of a ``writing()`` scope.
    run_id : str
    number : int, optional
        By default the newest that was not taken back.

    Raises
    ------
    NothingToUndoError
        There is no such import, or it was taken back.
    NotFoundError
    """
    run = lock_run(session, run_id)
    row = _standing(session, run_id, number)
    if row is None:
        raise NothingToUndoError("There is no import left to take back.")
    for operation in _operations(session, row.id):
        undo = f"undo-{operation.op_id}"
        answers.undo(session, run_id, undo, operation.annotator, target=operation.op_id)
    row.is_undone = True
    session.flush()
    suggestions.take_back(session, run_id, row.id)
    _touch(session, run)
    return rows.freeze(rows.LabelImport, row)


def _touch(session: Session, run: tables.Run) -> None:
    touch(session, run, revise=False)
    session.flush()
    session.expire(run, ["n_files"])


def _standing(session: Session, run_id: str, number: int | None) -> tables.LabelImport | None:
    statement = select(tables.LabelImport).where(
        tables.LabelImport.run_id == run_id, ~tables.LabelImport.is_undone
    )
    if number is not None:
        statement = statement.where(tables.LabelImport.number == number)
    return session.scalar(statement.order_by(tables.LabelImport.number.desc()).limit(1))


def _operations(session: Session, import_id: int) -> list[tables.Operation]:
    """Those that recorded its answers and that nobody undid, the newest first."""
    statement = (
        select(tables.Operation)
        .join(tables.ImportOperation, tables.ImportOperation.operation_id == tables.Operation.id)
        .where(tables.ImportOperation.import_id == import_id, ~is_undone())
        .order_by(tables.Operation.id.desc())
    )
    return list(session.scalars(statement))
