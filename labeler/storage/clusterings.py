"""The clusters of a run as they change: split, merged, taken back. Appended, never changed.

A change names the arrays of the clusters before and after it, adds the questions that it asks,
and withdraws those that nobody needs any more, all in one transaction. Answers are not touched.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from labeler.storage import questions, rounds, rows, runs, tables
from labeler.storage.errors import (
    BudgetError,
    ClustersChangedError,
    InvalidError,
)
from labeler.storage.rows import ClusterChangeKind, NewQuestion
from labeler.storage.session import MAX_ID, clean_name, find_replayed, hash_json, lock_run, touch
from labeler.storage.session import now as moment_of


@dataclass(frozen=True)
class NewChange:
    """A change of clusters that is to be made.

    Attributes
    ----------
    kind : ClusterChangeKind
    body : JSON values
        What was asked for; the same ``op_id`` with another body is refused.
    version : int
        Of the clusters that the change was computed from.
    parents, children : sequence of int
        Numbers of the clusters that go, and of those that come in their place.
    arrays : dict of str to str
        The clusters after the change: name to array.
    questions : sequence of NewQuestion
        Asked in a round of their own.
    withdrawn : collection of int
        Ids of questions that are not asked any more, unless they were answered.
    undoes : int, optional
        The id of the change that is taken back.
    """

    kind: ClusterChangeKind
    body: Any
    version: int
    parents: Sequence[int]
    children: Sequence[int]
    arrays: Mapping[str, str]
    questions: Sequence[NewQuestion] = ()
    withdrawn: Collection[int] = ()
    undoes: int | None = None


def record(
    session: Session, run_id: str, op_id: str, annotator: str, new: NewChange
) -> rows.ClusterChange:
    """Make a change, whole or not at all.

    Returns
    -------
    ClusterChange
        When the ``op_id`` came before with the same body: what was made then.

    Raises
    ------
    ClustersChangedError
        The clusters are not of ``new.version`` any more.
    BudgetError
        There would be more questions than the budget allows.
    OpIdReusedError, NotFoundError, InvalidError
    """
    run = lock_run(session, run_id)
    body_hash = _hash(run_id, new.kind, annotator, new.body)
    if (first := _replayed(session, op_id, body_hash)) is not None:
        return first
    version = version_of(session, run_id)
    if version != new.version:
        raise ClustersChangedError("The clusters changed meanwhile; look at them again.")
    _check_budget(session, run, len(new.questions))
    row = tables.ClusterChange(
        op_id=op_id,
        run_id=run_id,
        version=version + 1,
        kind=new.kind,
        annotator=clean_name(annotator, "The annotator's name"),
        body_hash=body_hash,
        parents=list(new.parents),
        children=list(new.children),
        round=rounds.next_number(session, run_id) if new.questions else None,
        before={name: run.artefacts[name] for name in new.arrays if name in run.artefacts},
        after=dict(new.arrays),
        undoes=new.undoes,
        created_at=moment_of(session),
    )
    session.add(row)
    session.flush()
    if row.round is not None:
        questions.add(session, run_id, row.round, new.questions)
    _withdraw(session, row, new.withdrawn)
    run.artefacts = {**run.artefacts, **new.arrays}
    touch(session, run, revise=True)
    return _freeze(row)


def find(
    session: Session, run_id: str, op_id: str, kind: ClusterChangeKind, annotator: str, body: Any
) -> rows.ClusterChange | None:
    """The change that was made by this ``op_id``, if any.

    Raises
    ------
    OpIdReusedError
        It came with another body.
    """
    return _replayed(session, op_id, _hash(run_id, kind, annotator, body))


def list_of_run(session: Session, run_id: str) -> tuple[rows.ClusterChange, ...]:
    """Every change of a run's clusters, in their order."""
    statement = select(tables.ClusterChange).where(tables.ClusterChange.run_id == run_id)
    return tuple(
        _freeze(row) for row in session.scalars(statement.order_by(tables.ClusterChange.version))
    )


def version_of(session: Session, run_id: str) -> int:
    """How often the clusters of a run changed."""
    newest = select(func.max(tables.ClusterChange.version))
    return session.scalar(newest.where(tables.ClusterChange.run_id == run_id)) or 0


def count_asked(session: Session, run_id: str) -> int:
    """Questions that count against the budget: none that was withdrawn unanswered, or imported."""
    return runs.summary(session, run_id).n_questions


def raise_budget(session: Session, run_id: str, budget: int) -> rows.RunRow:
    """Allow more questions.

    Raises
    ------
    InvalidError
        It would be less than now, or more than a budget can be.
    """
    run = lock_run(session, run_id)
    if not run.budget <= budget <= MAX_ID:
        raise InvalidError(
            f"The budget is {run.budget:,} and can only be raised; it was to be {budget:,}."
        )
    run.budget = budget
    touch(session, run, revise=False)
    return runs.freeze(run)


def _check_budget(session: Session, run: tables.Run, n_new: int) -> None:
    n_asked = count_asked(session, run.id)
    if n_new and n_asked + n_new > run.budget:
        raise BudgetError(
            f"This asks {n_new} more {'question' if n_new == 1 else 'questions'}, "
            f"{n_asked + n_new:,} with those asked before, and the budget is {run.budget:,}. "
            f"Raise the budget to {n_asked + n_new:,} first."
        )


def _withdraw(session: Session, row: tables.ClusterChange, question_ids: Collection[int]) -> None:
    withdrawn = select(tables.Withdrawal.question_id)
    new = sorted(set(question_ids) - set(session.scalars(withdrawn)))
    if new:
        values = [{"question_id": question_id, "change_id": row.id} for question_id in new]
        session.execute(insert(tables.Withdrawal), values)


def _replayed(session: Session, op_id: str, body_hash: str) -> rows.ClusterChange | None:
    row = find_replayed(session, tables.ClusterChange, op_id, body_hash)
    return None if row is None else _freeze(row, is_replay=True)


def _hash(run_id: str, kind: ClusterChangeKind, annotator: str, body: Any) -> str:
    return hash_json([run_id, kind.value, annotator, body])


def _freeze(row: tables.ClusterChange, *, is_replay: bool = False) -> rows.ClusterChange:
    return rows.freeze(
        rows.ClusterChange,
        row,
        parents=tuple(row.parents),
        children=tuple(row.children),
        is_replay=is_replay,
    )
