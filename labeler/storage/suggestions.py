"""What files say about a run's images and nobody confirmed: shown, never counted as answers.

What a run suggests now is one row. Rows of before stay, and their arrays with them: they are
suggested again when the import that went on from them is taken back.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeler.storage import rows, tables
from labeler.storage.session import lock_run, touch

NO_CLASS = -1


def current(session: Session, run_id: str) -> rows.Suggestions | None:
    """What the run suggests now, if anything."""
    row = _current(session, run_id)
    if row is None:
        return None
    return rows.freeze(rows.Suggestions, row, class_ids=tuple(row.class_ids))


def keep(
    session: Session,
    run_id: str,
    *,
    import_id: int,
    class_ids: Sequence[int],
    labels: str,
    confidences: str,
) -> None:
    """Let the run suggest exactly this from now on.

    Parameters
    ----------
    session : Session
    run_id : str
    import_id : int
        The ``id`` of the import that it came with.
    class_ids : sequence of int
    labels, confidences : str
        Arrays, as ``rows.Suggestions`` has them.
    """
    touch(session, lock_run(session, run_id), revise=False)
    before = _step_down(session, run_id)
    row = tables.Suggestions(
        run_id=run_id,
        import_id=import_id,
        before_id=None if before is None else before.id,
        class_ids=list(class_ids),
        labels=labels,
        confidences=confidences,
        is_current=True,
    )
    session.add(row)
    session.flush()


def remove(session: Session, run_id: str) -> None:
    """Suggest nothing any more."""
    touch(session, lock_run(session, run_id), revise=False)
    _step_down(session, run_id)


def take_back(session: Session, run_id: str, import_id: int) -> None:
    """Suggest what was suggested before an import, if no later one went on from it.

    Of what was suggested before, imports that were taken back count no more.
    """
    row = _current(session, run_id)
    if row is None or row.import_id != import_id:
        return
    _step_down(session, run_id)
    before = _before(session, row)
    while before is not None and _is_undone(session, before):
        before = _before(session, before)
    if before is not None:
        before.is_current = True
        session.flush()


def copy(session: Session, source: str, target: str, class_of: Mapping[int, int]) -> None:
    """Let a copy of a run suggest the same, in its own classes (``class_of``: old id to new)."""
    row = _current(session, source)
    if row is None:
        return
    copied = tables.Suggestions(
        run_id=target,
        class_ids=[class_of.get(class_id, NO_CLASS) for class_id in row.class_ids],
        labels=row.labels,
        confidences=row.confidences,
        is_current=True,
    )
    session.add(copied)
    session.flush()


def _current(session: Session, run_id: str) -> tables.Suggestions | None:
    return session.scalar(
        select(tables.Suggestions).where(
            tables.Suggestions.run_id == run_id, tables.Suggestions.is_current
        )
    )


def _step_down(session: Session, run_id: str) -> tables.Suggestions | None:
    """What was suggested until now; it is not the current one any more."""
    row = _current(session, run_id)
    if row is not None:
        row.is_current = False
        session.flush()
    return row


def _before(session: Session, row: tables.Suggestions) -> tables.Suggestions | None:
    return None if row.before_id is None else session.get_one(tables.Suggestions, row.before_id)


def _is_undone(session: Session, row: tables.Suggestions) -> bool:
    import_id = row.import_id
    return import_id is not None and session.get_one(tables.LabelImport, import_id).is_undone
