"""Runs page by page: as many statements, and as much work, for one run as for hundreds."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from labeler.storage import tables
from labeler.storage.rows import IMPORTED_ROUND


def count(session: Session) -> int:
    """How many runs there are; those in the bin do not count."""
    statement = select(func.count()).select_from(tables.Run)
    return session.scalar(statement.where(tables.Run.deleted_at.is_(None))) or 0


def newest(session: Session, *, limit: int, offset: int = 0) -> tuple[str, ...]:
    """Ids of runs, the last active first; those in the bin are left out."""
    order: Sequence[ColumnElement[object]] = (tables.Run.last_activity_at.desc(), tables.Run.id)  # type: ignore[assignment]
    statement = select(tables.Run.id).where(tables.Run.deleted_at.is_(None)).order_by(*order)
    return tuple(session.scalars(statement.limit(limit).offset(offset)))


def first_images(session: Session, run_ids: Sequence[str], n: int) -> dict[str, tuple[int, ...]]:
    """The images of the first ``n`` questions of each run; a run without any is left out."""
    question = tables.Question
    order = (question.round, question.position, question.id)
    place = func.row_number().over(partition_by=question.run_id, order_by=order)
    asked = (
        select(question.run_id, question.image, place.label("place"))
        .where(question.run_id.in_(run_ids), question.round != IMPORTED_ROUND)
        .subquery()
    )
    first = select(asked).where(asked.c.place <= n).order_by(asked.c.run_id, asked.c.place)
    images: dict[str, tuple[int, ...]] = {}
    for row in session.execute(first):
        images[row.run_id] = (*images.get(row.run_id, ()), row.image)
    return images
