"""Images that came to a run later: what each addition changed, and taking one back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, exists, func, select
from sqlalchemy.orm import Session

from labeler.storage import rows, runs, tables
from labeler.storage.checking import audits
from labeler.storage.current_answers import current_answers
from labeler.storage.errors import InvalidError, NothingToUndoError
from labeler.storage.rows import IMPORTED_ROUND
from labeler.storage.session import lock_run, now, require_run, touch
from labeler.storage.settings import SettingsChange


@dataclass(frozen=True)
class NewAddition:
    """Images that are to be added to a run.

    Attributes
    ----------
    source : str
    n_images, n_held_out, first_image : int
    standing : sequence of int
        As in ``rows.Addition``.
    dataset_id : int
        Of the data set that the run works on from now on.
    artefacts, settings : mapping
        What of the run's changes.
    """

    source: str
    n_images: int
    n_held_out: int
    first_image: int
    standing: Sequence[int]
    dataset_id: int
    artefacts: Mapping[str, str]
    settings: SettingsChange


def list_of_run(session: Session, run_id: str) -> tuple[rows.Addition, ...]:
    """Every addition to a run, in their order.

    Raises
    ------
    NotFoundError
        There is no such run, or it is in the bin.
    """
    require_run(session, run_id)
    statement = select(tables.Addition).where(tables.Addition.run_id == run_id)
    return tuple(map(_freeze, session.scalars(statement.order_by(tables.Addition.number))))


def record(session: Session, run_id: str, new: NewAddition) -> rows.RunRow:
    """Move a run to a data set with more images, and note what it had before."""
    run = lock_run(session, run_id)
    newest = select(func.max(tables.Addition.number)).where(tables.Addition.run_id == run_id)
    row = tables.Addition(
        run_id=run_id,
        number=(session.scalar(newest) or 0) + 1,
        source=new.source,
        n_images=new.n_images,
        n_held_out=new.n_held_out,
        first_image=new.first_image,
        dataset_before=run.dataset_id,
        artefacts_before={
            name: run.artefacts.get(name, after) for name, after in new.artefacts.items()
        },
        settings_before={name: run.settings.get(name) for name in new.settings},
        standing=list(new.standing),
        is_undone=False,
        created_at=now(session),
    )
    session.add(row)
    _move(session, run, new.dataset_id, new.artefacts, new.settings)
    return runs.freeze(run)


def newest_standing(session: Session, run_id: str) -> rows.Addition:
    """The addition that would be taken back.

    Raises
    ------
    NothingToUndoError
    """
    return _freeze(_newest(session, run_id))


def take_back(session: Session, run_id: str, artefacts: Mapping[str, str]) -> rows.Addition:
    """Give a run what it had before the newest addition that stands.

    Questions about its images that nobody answered are gone.

    Parameters
    ----------
    session : Session
        Of a ``writing()`` scope.
    run_id : str
    artefacts : mapping of str to str
        What the run has instead of what it had.

    Raises
    ------
    NothingToUndoError
        There is none.
    InvalidError
        Somebody answered a question about one of its images, or an audit counts them.
    NotFoundError
    """
    run = lock_run(session, run_id)
    row = _newest(session, run_id)
    about_added = and_(tables.Question.run_id == run_id, tables.Question.image >= row.first_image)
    _require_unanswered(session, run_id, about_added)
    audits.require_unaudited(session, run_id, row.first_image)
    _remove_questions(session, about_added)
    before = {**row.artefacts_before, **artefacts}
    _move(session, run, row.dataset_before, before, row.settings_before)
    row.is_undone = True
    session.flush()
    return _freeze(row)


def _move(
    session: Session,
    run: tables.Run,
    dataset_id: int,
    artefacts: Mapping[str, str],
    settings: Mapping[str, object],
) -> None:
    run.dataset_id = dataset_id
    run.artefacts = {**run.artefacts, **artefacts}
    run.settings = {**run.settings, **settings}
    touch(session, run, revise=True)
    session.flush()


def _newest(session: Session, run_id: str) -> tables.Addition:
    statement = select(tables.Addition).where(
        tables.Addition.run_id == run_id, ~tables.Addition.is_undone
    )
    row = session.scalar(statement.order_by(tables.Addition.number.desc()).limit(1))
    if row is None:
        raise NothingToUndoError("No images that were added to this run are left to take back.")
    return row


def _require_unanswered(session: Session, run_id: str, about_added: ColumnElement[bool]) -> None:
    """Images that came with a label count, as long as it stands as an answer."""
    was_answered = exists().where(tables.Answer.question_id == tables.Question.id)
    asked = select(tables.Question).where(about_added, was_answered)
    answered = session.scalars(asked).all()
    standing = current_answers(session, run_id, [question.id for question in answered])
    if any(question.round != IMPORTED_ROUND or question.id in standing for question in answered):
        raise InvalidError(
            "Images that were added have answers by now; they stay. Labels that came with them "
            "can be taken back first, like an import."
        )


def _remove_questions(session: Session, about_added: ColumnElement[bool]) -> None:
    was_answered = exists().where(tables.Answer.question_id == tables.Question.id)
    doomed = session.scalars(select(tables.Question.id).where(about_added, ~was_answered)).all()
    withdrawn = delete(tables.Withdrawal).where(tables.Withdrawal.question_id.in_(doomed))
    session.execute(withdrawn)
    session.execute(delete(tables.Question).where(tables.Question.id.in_(doomed)))


def _freeze(row: tables.Addition) -> rows.Addition:
    return rows.freeze(rows.Addition, row, standing=tuple(row.standing))
