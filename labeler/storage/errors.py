"""The errors of the storage layer, each something a front end can act on.

::

    LabelerError
    └── StorageError               the database or an artefact cannot be used as asked
        ├── NotFoundError          no such run, question, class, job, data set   (web: 404)
        ├── InvalidError           a value that no row may hold                  (web: 400)
        ├── OpIdReusedError        the op_id came before, with another body      (web: 422)
        ├── AnswerConflictError    somebody else answered meanwhile              (web: 409)
        ├── NothingToUndoError     no answer of this annotator is left to undo   (web: 409)
        ├── ClassInUseError        the class cannot be changed so                (web: 409)
        ├── ClustersChangedError   somebody else changed the clusters meanwhile  (web: 409)
        ├── OrderChangedError      labels were put into another order meanwhile  (web: 409)
        ├── BudgetError            more questions than the budget allows         (web: 409)
        ├── QueueFullError         one job runs and five wait                    (web: 429)
        ├── LeaseLostError         the job belongs to another worker by now
        ├── BusyError              another writer held the database too long     (web: 503)
        ├── UnreachableError       the database's server does not answer         (web: 503)
        ├── UnusableError          the database is damaged, not ours, or locked away
        ├── ArtefactError          an array's file is missing or damaged
        ├── SchemaError            the database is newer, or an upgrade went wrong
        └── BackupError            a backup cannot be made, read or restored
"""

from collections.abc import Sequence

from labeler.exceptions import LabelerError
from labeler.storage.rows import CurrentAnswer


class StorageError(LabelerError):
    """The database or an artefact cannot be used as asked."""


class NotFoundError(StorageError):
    """There is no such row."""


class InvalidError(StorageError):
    """A value that no row may hold; the message says which and what would be right."""


class OpIdReusedError(StorageError):
    """The same ``op_id`` came before with another body; nothing was changed."""


class AnswerConflictError(StorageError):
    """Somebody else answered meanwhile; nothing was changed.

    Attributes
    ----------
    answers : tuple of CurrentAnswer
        What stands now, for each question in conflict that has an answer.
    revision : int
        The run's revision, to be sent as the base of the next try.
    """

    def __init__(self, message: str, answers: Sequence[CurrentAnswer], revision: int) -> None:
        super().__init__(message)
        self.answers = tuple(answers)
        self.revision = revision


class NothingToUndoError(StorageError):
    """No answer of this annotator is left to undo."""


class ClassInUseError(StorageError):
    """The class has answers, or its name or key is taken; the message says what to do."""


class ClustersChangedError(StorageError):
    """The clusters are not those that were looked at any more; nothing was changed."""


class OrderChangedError(StorageError):
    """The page is of an order that is not in use any more; nothing was changed."""


class BudgetError(StorageError):
    """More questions than the budget allows; the message says what budget would do."""


class QueueFullError(StorageError):
    """One job runs and five wait; the user may try again later."""


class LeaseLostError(StorageError):
    """The job was taken up by another worker, or ended; this one's work is discarded."""


class BusyError(StorageError):
    """Another writer held the database too long; the same request may be sent again."""


class UnreachableError(StorageError):
    """The database's server does not answer, or ended the connection; it may be tried again."""


class UnusableError(StorageError):
    """The database or its folder cannot be used as it is; the message says what to do."""


class ArtefactError(StorageError):
    """An array's file is missing or is not what its name promises."""


class SchemaError(StorageError):
    """The database's schema is newer than this Labeler, or an upgrade went wrong."""


class BackupError(StorageError):
    """A backup cannot be made, read or restored; the message names the entry."""
