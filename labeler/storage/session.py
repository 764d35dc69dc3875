"""Small things that every repository needs: the clock, locks, checked names."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import event, select, text, true
from sqlalchemy.orm import Session

from labeler.storage import tables
from labeler.storage.checking.audit_tables import AuditOperation
from labeler.storage.errors import InvalidError, NotFoundError, OpIdReusedError
from labeler.words import is_storable

Table = TypeVar("Table", bound=tables.Base)
Operated = TypeVar("Operated", tables.Operation, tables.ClusterChange, AuditOperation)

MAX_ID = 2**31 - 1


def now(session: Session) -> datetime:
    """The time by the database's one clock."""
    moment: datetime = session.info["clock"]()
    return moment


def once_committed(session: Session, work: Callable[[], None]) -> None:
    """Do something that cannot be taken back, as soon as what the session writes is on disk."""
    event.listen(session, "after_commit", lambda _: work(), once=True)


def get_row(session: Session, table: type[Table], key: int | str, noun: str) -> Table:
    """The row of that key.

    Raises
    ------
    NotFoundError
        There is none; also for keys that no row can have.
    """
    possible = 0 < key <= MAX_ID if isinstance(key, int) else is_storable(key)
    row = session.get(table, key) if possible else None
    if row is None:
        raise NotFoundError(f"There is no {noun} {key!r}.")
    return row


def lock_run(session: Session, run_id: str, *, in_bin: bool = False) -> tables.Run:
    """The run, locked until the transaction ends: every change to one run goes one by one.

    Parameters
    ----------
    session : Session
    run_id : str
    in_bin : bool
        Whether it may be there.

    Raises
    ------
    NotFoundError
        There is no such run, or it is in the bin.
    """
    run = None
    if is_storable(run_id):
        run = session.scalar(
            select(tables.Run)
            .where(tables.Run.id == run_id, true() if in_bin else tables.Run.deleted_at.is_(None))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    if run is None:
        raise NotFoundError(f"There is no run {run_id!r}.")
    return run


def require_run(session: Session, run_id: str) -> None:
    """Refuse the id of no run; nothing is locked.

    Raises
    ------
    NotFoundError
        There is no such run, or it is in the bin.
    """
    known = is_storable(run_id) and session.scalar(
        select(tables.Run.id).where(tables.Run.id == run_id, tables.Run.deleted_at.is_(None))
    )
    if not known:
        raise NotFoundError(f"There is no run {run_id!r}.")


def touch(session: Session, run: tables.Run, *, revise: bool) -> int:
    """Note the activity and, where answers or classes change, make the next revision."""
    run.last_activity_at = now(session)
    run.revision += int(revise)
    return run.revision


def find_replayed(
    session: Session, table: type[Operated], op_id: str, body_hash: str
) -> Operated | None:
    """The row that a request of this ``op_id`` made before; None if this is the first.

    Raises
    ------
    InvalidError
        It is no ``op_id``.
    OpIdReusedError
        It came with another body.
    """
    require_op_id(op_id)
    row = session.scalar(select(table).where(table.op_id == op_id))
    if row is not None and row.body_hash != body_hash:
        raise OpIdReusedError(f"The op_id {op_id} came before, with another body.")
    return row


def require_op_id(op_id: str) -> None:
    """Refuse what a client cannot have made as an ``op_id``.

    Raises
    ------
    InvalidError
    """
    fits = 1 <= len(op_id) <= tables.OP_ID_LENGTH and op_id.isascii() and op_id.isprintable()
    if not fits:
        raise InvalidError(
            f"The op_id must be 1 to {tables.OP_ID_LENGTH} printable ASCII characters."
        )


def take_turns(session: Session, name: str) -> None:
    """Let one transaction at a time pass under ``name``; SQLite's writers already do."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def clean_name(name: str, what: str) -> str:
    """``name`` without surrounding space.

    Raises
    ------
    InvalidError
        It is empty, longer than a name may be, or not text that both databases can keep.
    """
    cleaned = name.strip()
    if not cleaned or len(cleaned) > tables.NAME_LENGTH:
        raise InvalidError(
            f"{what} has {len(cleaned)} characters; it must have 1 to {tables.NAME_LENGTH}."
        )
    if not is_storable(cleaned):
        raise InvalidError(f"{what} holds characters that cannot be stored (NUL or half a pair).")
    return cleaned


def hash_json(value: Any) -> str:
    """SHA-256 of plain values, the same however their keys are ordered."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
