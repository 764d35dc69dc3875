"""The questions of a run: added round by round, listed with the answers that stand."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from labeler.storage import rounds, rows, runs, tables
from labeler.storage.current_answers import current_answers, newest_answers
from labeler.storage.rows import IMPORTED_ROUND, AskedQuestion, NewQuestion
from labeler.storage.session import lock_run, require_run, touch
from labeler.words import is_storable

FEW = 500
"""Up to so many images are looked for by themselves, among however many."""


def list_of_run(
    session: Session, run_id: str, round: int | None = None
) -> tuple[AskedQuestion, ...]:
    """The questions of a run (or of one round) in the order asked, with the answers that stand.

    Questions that were withdrawn, and those that came from a file with their answer, are left
    out unless an answer to them stands.

    Raises
    ------
    NotFoundError
        There is no such run, or it is in the bin.
    """
    statement = (
        select(tables.Question, tables.QuestionRound.name)
        .join(tables.Run, tables.Run.id == tables.Question.run_id)
        .outerjoin(
            tables.QuestionRound,
            (tables.QuestionRound.run_id == tables.Question.run_id)
            & (tables.QuestionRound.number == tables.Question.round),
        )
        .where(tables.Question.run_id == run_id, tables.Run.deleted_at.is_(None))
    )
    if round is not None:
        statement = statement.where(tables.Question.round == round)
    ordered = statement.order_by(
        tables.Question.round, tables.Question.position, tables.Question.id
    )
    found = session.execute(ordered).all() if is_storable(run_id) else []
    if not found:
        require_run(session, run_id)
    answered = current_answers(session, run_id)
    withdrawn = set(
        session.scalars(
            select(tables.Withdrawal.question_id)
            .join(tables.Question, tables.Question.id == tables.Withdrawal.question_id)
            .where(tables.Question.run_id == run_id)
        )
    )
    return tuple(
        rows.freeze(AskedQuestion, row, answer=answered.get(row.id), round_name=name)
        for row, name in found
        if row.id in answered or (row.round != IMPORTED_ROUND and row.id not in withdrawn)
    )


def count_open(session: Session, run_id: str) -> int:
    """How many of the run's ``questions`` have no answer that stands."""
    answered = newest_answers().where(tables.Operation.run_id == run_id).subquery()
    statement = (
        select(func.count())
        .select_from(tables.Question)
        .outerjoin(answered, answered.c.question_id == tables.Question.id)
        .outerjoin(tables.Withdrawal, tables.Withdrawal.question_id == tables.Question.id)
        .where(
            tables.Question.run_id == run_id,
            tables.Question.round != IMPORTED_ROUND,
            answered.c.question_id.is_(None),
            tables.Withdrawal.question_id.is_(None),
        )
    )
    return session.scalar(statement) or 0


def add(session: Session, run_id: str, round: int, questions: Iterable[NewQuestion]) -> int:
    """Add a round's questions in the order given; those already there stay as they are.

    Returns
    -------
    int
        How many are new.
    """
    row = lock_run(session, run_id)
    questions = tuple(questions)
    asked = _of_images(session, run_id, round, [question.image for question in questions])
    new = [
        {
            "run_id": run_id,
            "round": round,
            "position": position,
            "image": question.image,
            "cluster": question.cluster,
            "stands_for": question.stands_for,
        }
        for position, question in enumerate(questions)
        if question.image not in asked
    ]
    if new:
        session.execute(insert(tables.Question), new)
    touch(session, row, revise=False)
    return len(new)


def add_round(
    session: Session,
    run_id: str,
    name: str,
    questions: Iterable[NewQuestion],
    artefacts: Mapping[str, str] | None = None,
) -> int:
    """Add questions as the next free round, once: a second round of that name changes nothing.

    Images that the run asks about already are left out.

    Parameters
    ----------
    session : Session
        Of a ``writing()`` scope.
    run_id, name : str
    questions : iterable of NewQuestion
    artefacts : mapping of str to str, optional
        Added to the run's with the round.

    Returns
    -------
    int
        How many questions are new.
    """
    number = rounds.add(session, run_id, name)
    if number is None:
        return 0
    images = {question.image for question in list_of_run(session, run_id)}
    new = [question for question in questions if question.image not in images]
    runs.update_run(session, run_id, artefacts=artefacts)
    return add(session, run_id, number, new)


def add_imported(session: Session, run_id: str, images: Sequence[int]) -> dict[int, int]:
    """Questions for images that come with an answer; each is its own, and stands for itself.

    Returns
    -------
    dict of int to int
        Image to question, for all of ``images``: those that were there already included.
    """
    add(session, run_id, IMPORTED_ROUND, [NewQuestion(image) for image in images])
    return _of_images(session, run_id, IMPORTED_ROUND, images)


def asked_about(session: Session, run_id: str, image: int) -> int | None:
    """The question that the run asks about an image; None where it asks none."""
    answered = newest_answers().where(tables.Operation.run_id == run_id).subquery()
    return session.scalar(
        select(tables.Question.id)
        .outerjoin(answered, answered.c.question_id == tables.Question.id)
        .outerjoin(tables.Withdrawal, tables.Withdrawal.question_id == tables.Question.id)
        .where(
            tables.Question.run_id == run_id,
            tables.Question.image == image,
            tables.Question.round != IMPORTED_ROUND,
            answered.c.question_id.is_not(None) | tables.Withdrawal.question_id.is_(None),
        )
        .order_by(tables.Question.round.desc(), tables.Question.id)
        .limit(1)
    )


def answered_images(session: Session, run_id: str, images: Sequence[int]) -> frozenset[int]:
    """Those of a few images that an answer stands about, to whichever question."""
    answered = newest_answers().where(tables.Operation.run_id == run_id).subquery()
    return frozenset(
        session.scalars(
            select(tables.Question.image)
            .join(answered, answered.c.question_id == tables.Question.id)
            .where(tables.Question.run_id == run_id, tables.Question.image.in_(images))
        )
    )


def _of_images(session: Session, run_id: str, round: int, images: Sequence[int]) -> dict[int, int]:
    """The question of a round about each of these images that it asks about, by image."""
    statement = select(tables.Question.image, tables.Question.id).where(
        tables.Question.run_id == run_id, tables.Question.round == round
    )
    if len(images) <= FEW:
        statement = statement.where(tables.Question.image.in_(images))
    wanted = set(images)
    return {
        image: question_id for image, question_id in session.execute(statement) if image in wanted
    }


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
