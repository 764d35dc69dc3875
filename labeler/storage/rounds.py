"""The rounds of a run's questions: their numbers, and the names of those that were chosen later."""

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from labeler.storage import tables
from labeler.storage.rows import IMPORTED_ROUND
from labeler.storage.session import lock_run


def next_number(session: Session, run_id: str) -> int:
    """The number after that of the run's newest round; 0 where it has none."""
    asked = select(func.max(tables.Question.round)).where(
        tables.Question.run_id == run_id, tables.Question.round != IMPORTED_ROUND
    )
    named = select(func.max(tables.QuestionRound.number)).where(
        tables.QuestionRound.run_id == run_id
    )  # its questions may be gone
    numbers = (session.scalar(asked), session.scalar(named))
    return max((number + 1 for number in numbers if number is not None), default=0)


def add(session: Session, run_id: str, name: str) -> int | None:
    """Name the next free round, whose questions are to be added.

    Returns
    -------
    int or None
        Its number; None where the run has a round of that name.
    """
    run = lock_run(session, run_id)
    named = select(tables.QuestionRound.number).where(
        tables.QuestionRound.run_id == run_id, tables.QuestionRound.name == name
    )
    if session.scalar(named) is not None:
        return None
    number = next_number(session, run_id)
    session.add(tables.QuestionRound(run_id=run_id, number=number, name=name))
    session.flush()
    session.expire(run, ["n_rounds"])
    return number


def copy(session: Session, source: str, target: str) -> None:
    """Give another run rounds of the same names."""
    statement = select(tables.QuestionRound).where(tables.QuestionRound.run_id == source)
    copies = [
        {"run_id": target, "number": row.number, "name": row.name}
        for row in session.scalars(statement)
    ]
    if copies:
        session.execute(insert(tables.QuestionRound), copies)
