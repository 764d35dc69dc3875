"""Which arrays the rows refer to; the bin emptied, and what nothing refers to any more removed.

So are imports and uploads that nobody went on with.

The server's worker does it while it has no job. What is deleted stays for ``KEPT``, so that a slip
can be taken back, and so do arrays from the moment on that no row names them: whoever opened a run
before goes on with what it named then.
"""

import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeler.files import write_atomically
from labeler.storage import jobs, runs, tables
from labeler.storage.checking.audit_tables import Audit
from labeler.storage.database import Database
from labeler.storage.engine import DATABASE_FILE, is_sqlite, sqlite_file
from labeler.storage.folder.journal import sweep_journals
from labeler.storage.folder.uploads import sweep_uploads

logger = logging.getLogger(__name__)

KEPT = timedelta(days=30)
"""How long a deleted run can be taken back, and what nothing refers to is kept."""

_SECONDS_BETWEEN = 3600.0
_NOTES = "unreferenced.json"
_Notes = dict[str, Annotated[datetime, msgspec.Meta(tz=True)]]
"""Since when no row refers to an array, as far as was looked."""


class Upkeep:
    """To be called whenever there is nothing else to do; mostly it does nothing.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _SECONDS_BETWEEN
        try:
            empty_bin(self._database)
            sweep(self._database)
            sweep_journals(self._database.instance)
            sweep_uploads(self._database.instance)
        except OSError as error:
            logger.warning("what is not used any more could not be removed: %s", error)


def empty_bin(database: Database) -> int:
    """Remove for good the runs that were deleted longer than ``KEPT`` ago; gives how many."""
    limit = database.clock() - KEPT
    with database.reading() as session:
        deleted = [summary.run.deleted_at for summary in runs.summaries(session, deleted=True)]
    if not any(moment < limit for moment in deleted if moment is not None):
        return 0
    return database.write(lambda session: runs.purge(session, deleted_before=limit))


def sweep(database: Database) -> int:
    """Remove what no row has referred to for ``KEPT``: arrays, and files of jobs.

    Nothing is removed while a job waits or works, which may have read older rows, nor where the
    folder seems to hold the arrays of another database.

    Returns
    -------
    int
        How many arrays were removed.
    """
    store = database.artefacts
    kept = set(store.references())  # before the rows are read, so that they name the newest
    with database.reading() as session:
        named = referenced(session)
        if jobs.list_active(session):
            return 0
        forgotten = _forgotten_folders(database, session)
    if not named or _has_another(database):
        store.folder.joinpath(_NOTES).unlink(missing_ok=True)
        return 0
    for folder in forgotten:
        shutil.rmtree(folder, ignore_errors=True)
    return _remove_unreferenced(database, kept - named)


def _remove_unreferenced(database: Database, references: set[str]) -> int:
    """Remove those that were noted ``KEPT`` ago, and note the others."""
    moment, noted = database.clock(), _read_notes(database)
    since = {reference: noted.get(reference, moment) for reference in references}
    removed = {
        reference
        for reference, first in since.items()
        if moment - first >= KEPT and database.artefacts.remove(reference, saved_before=_oldest())
    }
    _write_notes(database, {name: since[name] for name in sorted(since.keys() - removed)})
    return len(removed)


def referenced(session: Session) -> set[str]:
    """Every array that a data set, a run (in the bin too), a result or an audit refers to."""
    return set(_all_references(session))


def _all_references(session: Session) -> Iterator[str]:
    for table in (tables.Dataset, tables.Run, tables.Result, Audit):
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


def _has_another(database: Database) -> bool:
    """Whether the instance has a database of its own that is not the one in use."""
    own = database.instance / DATABASE_FILE
    is_own = is_sqlite(database.engine) and sqlite_file(database.engine).resolve() == own.resolve()
    return own.exists() and not is_own


def _forgotten_folders(database: Database, session: Session) -> list[Path]:
    """Folders of jobs whose rows went with their run."""
    folders = {
        int(path.name): path
        for path in jobs.export_folder(database.instance, 0).parent.glob("*")
        if path.name.isdecimal() and path.stat().st_mtime < _oldest()
    }
    known = set(session.scalars(select(tables.Job.id).where(tables.Job.id.in_(folders))))
    return [path for job_id, path in folders.items() if job_id not in known]


def _oldest() -> float:
    """What was written before that is not about to be named, in seconds since the epoch."""
    return time.time() - KEPT.total_seconds()


def _read_notes(database: Database) -> _Notes:
    with suppress(FileNotFoundError, msgspec.DecodeError):
        path = database.artefacts.folder / _NOTES
        return msgspec.json.decode(path.read_bytes(), type=_Notes)
    return {}


def _write_notes(database: Database, notes: _Notes) -> None:
    if notes != _read_notes(database):
        write_atomically(database.artefacts.folder / _NOTES, msgspec.json.encode(notes))
