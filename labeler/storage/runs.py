"""Runs and their questions."""

import itertools
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, insert, select, true, update
from sqlalchemy.orm import Session

from labeler.storage import rounds, rows, suggestions, tables
from labeler.storage.checking import audits
from labeler.storage.checking.review_tables import ReviewOperation
from labeler.storage.classes import KEYS
from labeler.storage.current_answers import newest_answers
from labeler.storage.errors import InvalidError, NotFoundError
from labeler.storage.rows import IMPORTED_ROUND, AnswerSource, Verdict
from labeler.storage.session import clean_name, get_row, lock_run, now, touch
from labeler.storage.settings import RunSettings, SettingsChange

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_ID_LENGTH = 10


def create(
    session: Session,
    *,
    name: str,
    is_default_name: bool = False,
    dataset_id: int,
    config: Mapping[str, Any],
    preset: str,
    budget: int,
    answerer: AnswerSource = AnswerSource.HUMAN,
    classes: Sequence[str] = (),
    settings: SettingsChange | None = None,
) -> rows.RunRow:
    """Create a run; its classes get the keys 1 to 9 and 0, in order, while they last.

    ``is_default_name``: nobody chose the name, so "digits" is "digits 2" if one is called so.

    Raises
    ------
    NotFoundError
        There is no such data set.
    InvalidError
        A name cannot be stored, or two classes have one name.
    """
    get_row(session, tables.Dataset, dataset_id, "data set")
    row = tables.Run(
        id="".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH)),
        name=_unused(session, name) if is_default_name else clean_name(name, "The run's name"),
        dataset_id=dataset_id,
        config=dict(config),
        preset=preset,
        answerer=answerer,
        budget=budget,
        settings={**(settings or {})},
        artefacts={},
        revision=0,
        created_at=now(session),
        last_activity_at=now(session),
        deleted_at=None,
    )
    session.add(row)
    session.flush()
    session.add_all(_first_classes(row.id, classes))
    session.flush()
    return freeze(row)


def freeze(row: tables.Run) -> rows.RunRow:
    """A run's row as the layers above get it."""
    return rows.freeze(rows.RunRow, row, settings=RunSettings.read(row.settings))


def get(session: Session, run_id: str) -> rows.RunRow:
    """The run of that id.

    Raises
    ------
    NotFoundError
        There is none, or it is in the bin.
    """
    row = get_row(session, tables.Run, run_id, "run")
    if row.deleted_at is not None:
        raise NotFoundError(f"There is no run {run_id!r}.")
    return freeze(row)


def summaries(
    session: Session, *, deleted: bool = False, ids: Sequence[str] | None = None
) -> tuple[rows.RunSummary, ...]:
    """Runs with their counts, the last active first: every one, or those of these ``ids``.

    ``deleted``: those in the bin instead.
    """
    in_bin = tables.Run.deleted_at.is_not(None)
    statement = _summary_statement(ids).where(in_bin if deleted else ~in_bin)
    ordered = statement.order_by(tables.Run.last_activity_at.desc(), tables.Run.id)
    return tuple(_summary(row) for row in session.execute(ordered))


def count(session: Session) -> int:
    """How many runs there are; those in the bin do not count."""
    statement = select(func.count()).select_from(tables.Run)
    return session.scalar(statement.where(tables.Run.deleted_at.is_(None))) or 0


def newest(session: Session, *, limit: int, offset: int = 0) -> tuple[str, ...]:
    """Ids of runs, the last active first; those in the bin are left out."""
    order: Sequence[ColumnElement[object]] = (tables.Run.last_activity_at.desc(), tables.Run.id)  # type: ignore[assignment]
    statement = select(tables.Run.id).where(tables.Run.deleted_at.is_(None)).order_by(*order)
    return tuple(session.scalars(statement.limit(limit).offset(offset)))


def summary(session: Session, run_id: str) -> rows.RunSummary:
    """One run with its counts.

    Raises
    ------
    NotFoundError
        There is none, or it is in the bin.
    """
    get(session, run_id)
    return _summary(session.execute(_summary_statement([run_id])).one())


def update_run(
    session: Session,
    run_id: str,
    *,
    name: str | None = None,
    settings: SettingsChange | None = None,
    artefacts: Mapping[str, str] | None = None,
) -> rows.RunRow:
    """Change a run's name; add to, or replace among, its settings and artefacts."""
    row = lock_run(session, run_id)
    if name is not None:
        row.name = clean_name(name, "The run's name")
    row.settings = {**row.settings, **(settings or {})}
    row.artefacts = {**row.artefacts, **(artefacts or {})}
    touch(session, row, revise=False)
    return freeze(row)


def hold(session: Session, run_id: str) -> rows.RunRow:
    """The run, which nobody else changes until the transaction ends.

    Raises
    ------
    NotFoundError
    """
    return freeze(lock_run(session, run_id))


def duplicate(
    session: Session, run_id: str, name: str, *, asked: Collection[int] | None = None
) -> rows.RunRow:
    """A new run with all of another but its answers, imports, results and jobs.

    Parameters
    ----------
    session : Session
    run_id, name : str
    asked : collection of int, optional
        Ids of the questions that are asked again; by default all.
    """
    source = lock_run(session, run_id)
    copy = create(
        session,
        name=name,
        is_default_name=True,
        dataset_id=source.dataset_id,
        config=source.config,
        preset=source.preset,
        budget=source.budget,
        answerer=source.answerer,
    )
    row = get_row(session, tables.Run, copy.id, "run")
    row.settings = source.settings  # also those that this version does not know
    _copy_questions(session, run_id, copy.id, asked)
    rounds.copy(session, run_id, copy.id)
    suggestions.copy(session, run_id, copy.id, _copy_classes(session, run_id, copy.id))
    return update_run(session, copy.id, artefacts=source.artefacts)


def trash(session: Session, run_id: str) -> None:
    """Put a run in the bin; nothing of it is lost until ``upkeep`` purges it."""
    lock_run(session, run_id).deleted_at = now(session)


def restore(session: Session, run_id: str) -> rows.RunRow:
    """Take a run out of the bin.

    Raises
    ------
    NotFoundError
    """
    row = lock_run(session, run_id, in_bin=True)
    row.deleted_at = None
    return freeze(row)


def purge(session: Session, *, deleted_before: datetime) -> int:
    """Remove for good the runs that were put in the bin before that moment.

    Returns
    -------
    int
        How many were removed. Their artefacts are left to ``upkeep.sweep``.
    """
    doomed = session.scalars(
        select(tables.Run.id).where(tables.Run.deleted_at < deleted_before).with_for_update()
    ).all()
    for run_id in doomed:
        discard(session, run_id)
    return len(doomed)


def discard(session: Session, run_id: str) -> None:
    """Remove a run for good, with all that is in it; its artefacts are left to ``upkeep.sweep``."""
    audits.discard_of_run(session, run_id)
    operations = select(tables.Operation.id).where(tables.Operation.run_id == run_id)
    imported = tables.ImportOperation.operation_id.in_(operations)
    session.execute(delete(tables.ImportOperation).where(imported))
    reviewed = ReviewOperation.operation_id.in_(operations)
    session.execute(delete(ReviewOperation).where(reviewed))
    session.execute(delete(tables.Suggestions).where(tables.Suggestions.run_id == run_id))
    session.execute(delete(tables.Answer).where(tables.Answer.operation_id.in_(operations)))
    changes = select(tables.ClusterChange.id).where(tables.ClusterChange.run_id == run_id)
    session.execute(delete(tables.Withdrawal).where(tables.Withdrawal.change_id.in_(changes)))
    undone = delete(tables.ClusterChange).where(tables.ClusterChange.undoes.is_not(None))
    session.execute(undone.where(tables.ClusterChange.run_id == run_id))
    session.execute(delete(tables.Result).where(tables.Result.run_id == run_id))
    session.execute(delete(tables.Job).where(tables.Job.run_id == run_id))
    undos = delete(tables.Operation).where(tables.Operation.undoes.is_not(None))
    session.execute(undos.where(tables.Operation.run_id == run_id))
    session.execute(
        update(tables.RunClass).where(tables.RunClass.run_id == run_id).values(merged_into=None)
    )
    for table in (
        tables.Addition,
        tables.LabelImport,
        tables.ClusterChange,
        tables.Operation,
        tables.Question,
        tables.QuestionRound,
        tables.RunClass,
    ):
        session.execute(delete(table).where(table.run_id == run_id))
    session.execute(delete(tables.Run).where(tables.Run.id == run_id))


def without_number(name: str) -> str:
    """The default name that a number was put behind."""
    return re.sub(r" \d+$", "", name)


def _unused(session: Session, name: str) -> str:
    cleaned = clean_name(name[: tables.NAME_LENGTH], "The run's name")
    is_there = tables.Run.deleted_at.is_(None)
    taken = set(session.scalars(select(tables.Run.name).where(is_there)))
    base = cleaned[: tables.NAME_LENGTH - 10]
    names = (f"{base} {number}" for number in itertools.count(2))
    return cleaned if cleaned not in taken else next(one for one in names if one not in taken)


def _first_classes(run_id: str, names: Sequence[str]) -> list[tables.RunClass]:
    cleaned = [clean_name(name, "The class's name") for name in names]
    if len({name.casefold() for name in cleaned}) < len(cleaned):
        raise InvalidError("Two classes have the same name.")
    return [
        tables.RunClass(run_id=run_id, position=position, name=name, key=key, merged_into=None)
        for position, (name, key) in enumerate(zip(cleaned, _first_keys(cleaned), strict=True))
    ]


def _first_keys(names: Sequence[str]) -> list[str | None]:
    """The keys in their order; but classes that are digits are named by pressing that digit."""
    if set(names) <= set(KEYS):
        return list(names)
    return [*KEYS[: len(names)], *[None] * (len(names) - len(KEYS))]


def _copy_questions(
    session: Session, source: str, target: str, asked: Collection[int] | None
) -> None:
    originals = session.scalars(
        select(tables.Question).where(tables.Question.run_id == source).order_by(tables.Question.id)
    )
    names = [column.name for column in tables.Question.__table__.columns if column.name != "id"]
    copies = [
        {name: getattr(question, name) for name in names} | {"run_id": target}
        for question in originals
        if asked is None or question.id in asked
    ]
    if copies:
        session.execute(insert(tables.Question), copies)


def _copy_classes(session: Session, source: str, target: str) -> dict[int, int]:
    """The id of each class's copy."""
    originals = session.scalars(
        select(tables.RunClass).where(tables.RunClass.run_id == source)
    ).all()
    copies = {
        row.id: tables.RunClass(
            run_id=target, position=row.position, name=row.name, key=row.key, merged_into=None
        )
        for row in originals
    }
    session.add_all(copies.values())
    session.flush()
    for row in originals:
        if row.merged_into is not None:
            copies[row.id].merged_into = copies[row.merged_into].id
    return {class_id: copied.id for class_id, copied in copies.items()}


def _summary_statement(ids: Sequence[str] | None = None) -> "Select[*tuple[Any, ...]]":
    """Of the runs with these ids no more is read than of them; None: of every run."""
    of_all = newest_answers()
    newest = (of_all if ids is None else of_all.where(tables.Operation.run_id.in_(ids))).subquery()
    verdict, is_imported = tables.Answer.verdict, tables.Question.round == IMPORTED_ROUND
    is_review = ReviewOperation.operation_id.is_not(None)
    is_there = tables.Withdrawal.question_id.is_(None) | newest.c.operation_id.is_not(None)
    counts = (
        select(
            tables.Question.run_id,
            func.count(case((is_there & ~is_imported, 1))).label("n_questions"),
            func.count(case((is_imported & ~is_review, 1))).label("n_imported"),
            func.count(case((is_imported & is_review, 1))).label("n_reviewed"),
            *(
                func.count(case(((verdict == kind) & ~is_imported, 1))).label(f"n_{kind.value}")
                for kind in Verdict
            ),
        )
        .join(newest, newest.c.question_id == tables.Question.id, isouter=True)
        .join(tables.Withdrawal, tables.Withdrawal.question_id == tables.Question.id, isouter=True)
        .join(
            tables.Answer,
            (tables.Answer.operation_id == newest.c.operation_id)
            & (tables.Answer.question_id == newest.c.question_id),
            isouter=True,
        )
        .join(
            ReviewOperation,
            ReviewOperation.operation_id == newest.c.operation_id,
            isouter=True,
        )
        .where(
            ~is_imported | newest.c.operation_id.is_not(None),
            true() if ids is None else tables.Question.run_id.in_(ids),
        )
        .group_by(tables.Question.run_id)
        .subquery()
    )
    best = (
        select(tables.Result.run_id, func.max(tables.Result.test_accuracy).label("accuracy"))
        .group_by(tables.Result.run_id)
        .subquery()
    )
    numbers = ("n_questions", "n_class", "n_skip", "n_mixed", "n_imported", "n_reviewed")
    return (
        select(
            tables.Run,
            tables.Dataset.name.label("dataset_name"),
            *(func.coalesce(counts.c[name], 0).label(name) for name in numbers),
            best.c.accuracy,
        )
        .join(tables.Dataset, tables.Dataset.id == tables.Run.dataset_id)
        .join(counts, counts.c.run_id == tables.Run.id, isouter=True)
        .join(best, best.c.run_id == tables.Run.id, isouter=True)
        .where(true() if ids is None else tables.Run.id.in_(ids))
    )


def _summary(row: Any) -> rows.RunSummary:
    return rows.RunSummary(
        run=freeze(row.Run),
        dataset_name=row.dataset_name,
        n_questions=row.n_questions,
        n_answered=row.n_class,
        n_skipped=row.n_skip,
        n_mixed=row.n_mixed,
        n_imported=row.n_imported,
        n_reviewed=row.n_reviewed,
        best_accuracy=row.accuracy,
    )
