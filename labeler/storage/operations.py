"""What operations have in common: their client names them, and each is recorded once."""

from collections.abc import Collection
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from labeler.storage import tables
from labeler.storage.errors import InvalidError, NotFoundError, OpIdReusedError
from labeler.storage.rows import AnswerSource, OperationKind, Verdict
from labeler.storage.session import MAX_ID, clean_name, hash_json, lock_run, now, require_op_id

Row = TypeVar("Row", bound=tables.Base)


class Incoming:
    """An operation on its way into the database; its run is locked.

    Parameters
    ----------
    session : Session
        Of a ``writing()`` scope.
    run_id, op_id, annotator : str
    source : AnswerSource
    duration_ms : int or None

    Raises
    ------
    InvalidError, NotFoundError
    """

    def __init__(
        self,
        session: Session,
        run_id: str,
        op_id: str,
        annotator: str,
        source: AnswerSource,
        duration_ms: int | None,
    ) -> None:
        require_op_id(op_id)
        if duration_ms is not None and not 0 <= duration_ms <= MAX_ID:
            raise InvalidError(f"The duration is {duration_ms} ms; it must be 0 to {MAX_ID}.")
        self.session = session
        self.op_id = op_id
        self.annotator = clean_name(annotator, "The annotator's name")
        self.source = source
        self.duration_ms = duration_ms
        self.run = lock_run(session, run_id)
        self.kind = OperationKind.ANSWER
        self.body_hash = ""

    def identify(self, about: str | int, kind: OperationKind, body: Any) -> None:
        """Say what it is and what it is about; two requests are the same if all of this is."""
        self.kind = kind
        self.body_hash = hash_json([about, kind, self.annotator, self.source, body])

    @property
    def values(self) -> dict[str, Any]:
        """The columns that every table of operations has."""
        return {
            "op_id": self.op_id,
            "kind": self.kind,
            "annotator": self.annotator,
            "source": self.source,
            "body_hash": self.body_hash,
            "duration_ms": self.duration_ms,
            "created_at": now(self.session),
        }

    def add(self, row: Row) -> Row:
        """Record it.

        Raises
        ------
        OpIdReusedError
        """
        self.session.add(row)
        try:
            self.session.flush()
        except IntegrityError as error:  # the same op_id, at this instant, for another run
            raise OpIdReusedError(f"The op_id {self.op_id} came before.") from error
        return row


def require_verdict(verdict: Verdict, class_id: int | None) -> None:
    """Refuse a class without the verdict that names one, and the other way round.

    Raises
    ------
    InvalidError
    """
    if (verdict is Verdict.CLASS) != (class_id is not None):
        raise InvalidError("A class goes with the verdict 'class', and with no other.")


def require_known(
    session: Session,
    table: type[tables.Question] | type[tables.RunClass],
    run_id: str,
    wanted: Collection[int],
    noun: str,
) -> None:
    """Refuse ids that are not those of rows of the run.

    Raises
    ------
    NotFoundError
        Names the lowest of them.
    """
    statement = select(table.id).where(table.run_id == run_id)
    possible = [row_id for row_id in wanted if 0 < row_id <= MAX_ID]
    if len(possible) <= 500:
        statement = statement.where(table.id.in_(possible))
    unknown = set(wanted) - set(session.scalars(statement))
    if unknown:
        raise NotFoundError(f"The run has no {noun} {min(unknown)}.")
