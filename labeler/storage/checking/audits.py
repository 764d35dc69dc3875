"""Audits: begun, answered, taken back step by step, released.

Answers are appended as those of a run are, each with the ``op_id`` of the client that sends it;
they make no revision of the run, for nothing that is spread or trained sees them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from labeler.storage import rows, tables
from labeler.storage.checking.audit_tables import Audit, AuditOperation
from labeler.storage.errors import (
    AnswerConflictError,
    InvalidError,
    NotFoundError,
    NothingToUndoError,
)
from labeler.storage.operations import Incoming, require_known, require_verdict
from labeler.storage.rows import (
    AnswerSource,
    AuditAnswer,
    AuditExtra,
    KeptAudit,
    OperationKind,
    Recorded,
    Verdict,
)
from labeler.storage.session import (
    MAX_ID,
    find_replayed,
    lock_run,
    now,
    require_op_id,
    require_run,
    touch,
)

_Undo = aliased(AuditOperation, name="undo")
_TAKES_NO_MORE = "The answers of this audit were released; it takes no more."


@dataclass(frozen=True)
class NewAudit:
    """An audit that is to begin; see ``rows.Audit``."""

    label_set: str
    spread: Mapping[str, Any]
    seed: int
    artefacts: Mapping[str, str]
    last_image: int
    goal: int


def begin(session: Session, run_id: str, new: NewAudit) -> rows.Audit:
    """Begin the next audit of a run; one before it that nobody answered is gone."""
    lock_run(session, run_id)
    discard_unanswered(session, Audit.run_id == run_id)
    newest = session.scalar(select(func.max(Audit.number)).where(Audit.run_id == run_id))
    row = Audit(
        run_id=run_id,
        number=(newest or 0) + 1,
        label_set=new.label_set,
        spread=dict(new.spread),
        seed=new.seed,
        artefacts=dict(new.artefacts),
        last_image=new.last_image,
        goal=new.goal,
        released_at=None,
        created_at=now(session),
    )
    session.add(row)
    session.flush()
    return _frozen(row)


def newest(session: Session, run_id: str) -> KeptAudit | None:
    """The audit of a run that was begun last, with its answers."""
    last = select(func.max(Audit.id)).where(Audit.run_id == run_id).scalar_subquery()
    return next(iter(_kept(session, Audit.id == last)), None)


def of_run(session: Session, run_id: str) -> tuple[KeptAudit, ...]:
    """All audits of a run with their answers, the one that was begun last first."""
    return _kept(session, Audit.run_id == run_id)


def get(session: Session, run_id: str, number: int) -> rows.Audit:
    """The audit of a run that has that number.

    Raises
    ------
    NotFoundError
    """
    require_run(session, run_id)
    return _frozen(_get(session, run_id, number))


def standing(session: Session, audit_id: int) -> tuple[AuditAnswer, ...]:
    """The answers that were not taken back, in the order recorded; the last to a place counts."""
    statement = (
        select(AuditOperation)
        .where(AuditOperation.audit_id == audit_id, _is_standing())
        .order_by(AuditOperation.id)
    )
    return tuple(rows.freeze(AuditAnswer, row) for row in session.scalars(statement))


def set_goal(session: Session, run_id: str, number: int, goal: int) -> rows.Audit:
    """Go on until so many images are named."""
    lock_run(session, run_id)
    row = _get(session, run_id, number)
    row.goal = max(row.goal, goal)
    session.flush()
    return _frozen(row)


def add_extra(session: Session, run_id: str, number: int, extra: AuditExtra) -> rows.Audit:
    """Ask about further images, too.

    Raises
    ------
    InvalidError
        The audit was released.
    NotFoundError
    """
    lock_run(session, run_id)
    row = _get(session, run_id, number)
    if row.released_at is not None:
        raise InvalidError(_TAKES_NO_MORE)
    row.extras = [*row.extras, asdict(extra)]
    session.flush()
    return _frozen(row)


def release(session: Session, run_id: str, number: int) -> rows.Audit:
    """Note that the answers are answers of the run from now on."""
    lock_run(session, run_id)
    row = _get(session, run_id, number)
    row.released_at = row.released_at or now(session)
    session.flush()
    return _frozen(row)


@dataclass(frozen=True)
class AuditGiven:
    """What an auditor says about one question.

    Attributes
    ----------
    place : int
        Of the question.
    verdict : Verdict
        A class, none of them, or a skip.
    class_id : int or None
    """

    place: int
    verdict: Verdict
    class_id: int | None = None


def record(
    session: Session,
    audit: rows.Audit,
    op_id: str,
    annotator: str,
    given: AuditGiven,
    *,
    source: AnswerSource = AnswerSource.HUMAN,
    expected: Mapping[int, str | None] | None = None,
    duration_ms: int | None = None,
) -> Recorded:
    """Record one answer.

    Parameters
    ----------
    session : Session
        Of a ``writing()`` scope.
    audit : rows.Audit
    op_id, annotator : str
    given : AuditGiven
        Its place is that of a question of the audit.
    source : AnswerSource
    expected : mapping of int to (str or None), optional
        By place, the ``op_id`` of the answer that the client believes to stand.
    duration_ms : int, optional

    Returns
    -------
    Recorded
        Questions are their places. When the ``op_id`` came before with the same body: what it
        was told then.

    Raises
    ------
    AnswerConflictError, OpIdReusedError
        Nothing was changed.
    NotFoundError
        The run has no such class.
    InvalidError
        The answer is not well formed, or the audit was released.
    """
    if given.verdict is Verdict.MIXED:
        raise InvalidError("An audit asks about single images: say a class, none or skip.")
    require_verdict(given.verdict, given.class_id)
    body = [given.place, given.verdict.value, given.class_id]
    operation = _Operation(session, audit.run_id, op_id, annotator, source, duration_ms)
    if (first := operation.replayed(audit, OperationKind.ANSWER, body)) is not None:
        return first
    if given.class_id is not None:
        require_known(session, tables.RunClass, audit.run_id, {given.class_id}, "class")
    _require_expected(session, audit, given.place, expected or {})
    row = operation.append(audit, place=given.place, verdict=given.verdict, class_id=given.class_id)
    return _recorded(session, row)


def undo(
    session: Session,
    audit: rows.Audit,
    op_id: str,
    annotator: str,
    *,
    target: str | None = None,
) -> Recorded:
    """Take back the auditor's newest answer that stands, or the one named ``target``.

    Raises
    ------
    NothingToUndoError, OpIdReusedError, InvalidError
    """
    operation = _Operation(session, audit.run_id, op_id, annotator, AnswerSource.HUMAN, None)
    if (first := operation.replayed(audit, OperationKind.UNDO, target)) is not None:
        return first
    undone = _newest_standing(session, audit, operation.annotator, target)
    if undone is None:
        raise NothingToUndoError("There is no answer left to undo.")
    return _recorded(session, operation.append(audit, undoes=undone))


def discard_of_run(session: Session, run_id: str) -> None:
    """Remove the audits of a run for good."""
    audits = select(Audit.id).where(Audit.run_id == run_id)
    operations = delete(AuditOperation).where(AuditOperation.audit_id.in_(audits))
    session.execute(operations.where(AuditOperation.undoes.is_not(None)))
    session.execute(operations)
    session.execute(delete(Audit).where(Audit.run_id == run_id))


def discard_unanswered(session: Session, which: ColumnElement[bool]) -> None:
    """Remove those audits that nobody ever answered a question of."""
    was_answered = exists().where(AuditOperation.audit_id == Audit.id)
    doomed = session.scalars(select(Audit.id).where(which, ~was_answered)).all()
    session.execute(delete(Audit).where(Audit.id.in_(doomed)))


def require_unaudited(session: Session, run_id: str, first_image: int) -> None:
    """Refuse to take images back that an audit of the labels stands for.

    Raises
    ------
    InvalidError
    """
    about = (Audit.run_id == run_id) & (Audit.last_image >= first_image)
    discard_unanswered(session, about)
    if session.scalar(select(Audit.id).where(about).limit(1)) is not None:
        raise InvalidError(
            "An audit of the labels counts the images that were added; they stay, or its figures "
            "would be about images that are not there."
        )


class _Operation(Incoming):
    """An operation on an audit's questions."""

    def replayed(self, audit: rows.Audit, kind: OperationKind, body: Any) -> Recorded | None:
        """What the first request of this ``op_id`` was told; None if this is the first."""
        self.identify(audit.id, kind, body)
        row = find_replayed(self.session, AuditOperation, self.op_id, self.body_hash)
        if row is not None:
            return _recorded(self.session, row, is_replay=True)
        if _get(self.session, audit.run_id, audit.number).released_at is not None:
            raise InvalidError(_TAKES_NO_MORE)
        return None

    def append(self, audit: rows.Audit, **what: Any) -> AuditOperation:
        of_audit = select(func.count()).where(AuditOperation.audit_id == audit.id)
        revision = (self.session.scalar(of_audit) or 0) + 1
        touch(self.session, self.run, revise=False)
        return self.add(AuditOperation(audit_id=audit.id, revision=revision, **self.values, **what))


def _frozen(row: Audit) -> rows.Audit:
    extras = [AuditExtra(**{**extra, "images": tuple(extra["images"])}) for extra in row.extras]
    return replace(rows.freeze(rows.Audit, row), extras=tuple(extras))


def _kept(session: Session, which: ColumnElement[bool]) -> tuple[KeptAudit, ...]:
    of_audit = AuditOperation.audit_id == Audit.id
    statement = (
        select(Audit, AuditOperation)
        .outerjoin(AuditOperation, of_audit & _is_standing())
        .where(which)
        .order_by(Audit.id.desc(), AuditOperation.id)
    )
    answers: dict[Audit, list[AuditAnswer]] = {}
    for audit, row in session.execute(statement):
        said = answers.setdefault(audit, [])
        if row is not None:
            said.append(rows.freeze(AuditAnswer, row))
    return tuple(KeptAudit(_frozen(audit), tuple(said)) for audit, said in answers.items())


def _is_standing() -> ColumnElement[bool]:
    was_undone = select(_Undo.id).where(_Undo.undoes == AuditOperation.id).exists()
    return (AuditOperation.kind == OperationKind.ANSWER) & ~was_undone


def _get(session: Session, run_id: str, number: int) -> Audit:
    row = None
    if 0 < number <= MAX_ID:
        row = session.scalar(select(Audit).where(Audit.run_id == run_id, Audit.number == number))
    if row is None:
        raise NotFoundError(f"The run has no audit {number}.")
    return row


def _require_expected(
    session: Session, audit: rows.Audit, place: int, expected: Mapping[int, str | None]
) -> None:
    if place not in expected:
        return
    answers = [answer for answer in standing(session, audit.id) if answer.place == place]
    current = answers[-1].op_id if answers else None
    if current != expected[place]:
        raise AnswerConflictError(
            "Somebody else answered meanwhile; look at it again before giving your answer.", [], 0
        )


def _newest_standing(
    session: Session, audit: rows.Audit, annotator: str, target: str | None
) -> int | None:
    statement = select(AuditOperation.id).where(
        AuditOperation.audit_id == audit.id,
        AuditOperation.annotator == annotator,
        _is_standing(),
    )
    if target is not None:
        require_op_id(target)
        statement = statement.where(AuditOperation.op_id == target)
    return session.scalar(statement.order_by(AuditOperation.id.desc()).limit(1))


def _recorded(session: Session, row: AuditOperation, *, is_replay: bool = False) -> Recorded:
    undone = None if row.undoes is None else session.get_one(AuditOperation, row.undoes)
    place = row.place if undone is None else undone.place
    assert place is not None
    return Recorded(
        operation_id=row.id,
        op_id=row.op_id,
        kind=row.kind,
        revision=row.revision,
        question_ids=(place,),
        undone_op_id=None if undone is None else undone.op_id,
        is_replay=is_replay,
    )
