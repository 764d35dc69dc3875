"""Data sets in the database: where runs get their images from."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeler.storage import rows, tables
from labeler.storage.session import clean_name, get_row, now, take_turns

OF_IMPORT = ("root", "more_roots", "n_left_out")
"""The details that say where a data set's files lie, and how many were left out."""

LEFT_OUT = "left_out"
"""What the names of the arrays begin with that tell of an import and not of its content."""


def add(
    session: Session,
    *,
    name: str,
    kind: str,
    source: str,
    content_hash: str,
    counts: Mapping[str, int],
    classes: Sequence[str] = (),
    artefacts: Mapping[str, str] | None = None,
    details: Mapping[str, Any] | None = None,
) -> rows.Dataset:
    """Add a data set; the same content again gives the one that is there.

    That one then has the place and the times of the files, and what was left out of them, as they
    are now.
    """
    take_turns(session, "dataset")
    existing = session.scalar(
        select(tables.Dataset).where(tables.Dataset.content_hash == content_hash)
    )
    if existing is not None:
        existing.details = {**existing.details, **_of_import(details or {})}
        existing.artefacts = {**existing.artefacts, **(artefacts or {})}
        return _freeze(existing)
    row = tables.Dataset(
        name=clean_name(name, "The data set's name"),
        kind=kind,
        source=source,
        content_hash=content_hash,
        counts=dict(counts),
        classes=list(classes),
        artefacts=dict(artefacts or {}),
        details=dict(details or {}),
        created_at=now(session),
    )
    session.add(row)
    session.flush()
    return _freeze(row)


def get(session: Session, dataset_id: int) -> rows.Dataset:
    """The data set of that id.

    Raises
    ------
    NotFoundError
    """
    return _freeze(get_row(session, tables.Dataset, dataset_id, "data set"))


def list_all(session: Session) -> tuple[rows.Dataset, ...]:
    """Every data set, the newest first."""
    statement = select(tables.Dataset).order_by(tables.Dataset.id.desc())
    return tuple(_freeze(row) for row in session.scalars(statement))


def in_use(session: Session) -> frozenset[int]:
    """The ids of those that a run is of now, deleted runs included."""
    return frozenset(session.scalars(select(tables.Run.dataset_id).distinct()))


def set_artefacts(session: Session, dataset_id: int, artefacts: Mapping[str, str]) -> rows.Dataset:
    """Add to, or replace among, the arrays that belong to a data set."""
    row = get_row(session, tables.Dataset, dataset_id, "data set")
    row.artefacts = {**row.artefacts, **artefacts}
    return _freeze(row)


def _of_import(details: Mapping[str, Any]) -> dict[str, Any]:
    """What is known now of those details that tell of an import and not of its content."""
    return {name: details[name] for name in OF_IMPORT if details.get(name) is not None}


def _freeze(row: tables.Dataset) -> rows.Dataset:
    return rows.freeze(rows.Dataset, row, classes=tuple(row.classes))
