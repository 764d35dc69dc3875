"""Which arrays the rows refer to, and the removal of those that no row does."""

import time
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeler.storage import tables
from labeler.storage.database import Database

SWEEP_AGE = timedelta(days=1)


def referenced(session: Session) -> set[str]:
    """Every array that a data set, a run (in the bin too) or a result refers to."""
    return set(_all_references(session))


def sweep(database: Database, *, older_than: timedelta = SWEEP_AGE) -> int:
    """Remove arrays that no row refers to and that are not new (a job may be about to).

    Returns
    -------
    int
        How many files were removed.
    """
    store = database.artefacts
    limit = time.time() - older_than.total_seconds()
    old = [
        reference
        for reference in store.references()
        if store.path(reference).stat().st_mtime < limit
    ]
    with database.reading() as session:
        doomed = set(old) - referenced(session)
    for reference in doomed:
        store.remove(reference)
    return len(doomed)


def _all_references(session: Session) -> Iterator[str]:
    for table in (tables.Dataset, tables.Run, tables.Result):
        for artefacts in session.scalars(select(table.artefacts)):
            yield from artefacts.values()
    # Clusters of before a change stay: it can be taken back.
    for column in (tables.ClusterChange.before, tables.ClusterChange.after):
        for artefacts in session.scalars(select(column)):
            yield from artefacts.values()
    # So does what a run had before images were added.
    for artefacts in session.scalars(select(tables.Addition.artefacts_before)):
        yield from artefacts.values()
    # So do suggestions of before an import.
    for named in (tables.Suggestions.labels, tables.Suggestions.confidences):
        yield from session.scalars(select(named))
