"""What the storage layer hands out: frozen rows, free of the database they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from labeler.results import Results
from labeler.storage.settings import RunSettings

Row = TypeVar("Row")

IMPORTED_ROUND = 2**30
"""The round of questions that nobody asked: images that came with an answer, from a file.

They are there only as long as an answer of theirs stands.
"""


OWN_LABELS = "data set"
"""The format of an import that read no file: of the labels that the images came with."""


class Verdict(StrEnum):
    """What an answer says."""

    CLASS = "class"
    SKIP = "skip"
    MIXED = "mixed"


class OperationKind(StrEnum):
    """What one request of an annotator did."""

    ANSWER = "answer"
    UNDO = "undo"


class ClusterChangeKind(StrEnum):
    """What was done to the clusters of a run."""

    SPLIT = "split"
    MERGE = "merge"
    UNDO = "undo"


class AnswerSource(StrEnum):
    """Who an answer comes from."""

    HUMAN = "human"
    ORACLE = "oracle"


class JobStatus(StrEnum):
    """Where a job is; the first two are active, the others final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in (JobStatus.QUEUED, JobStatus.RUNNING)


@dataclass(frozen=True)
class Dataset:
    """Images that runs are made from: a known data set, a path or an upload.

    Attributes
    ----------
    id : int
    name : str
    kind : str
        ``known``, ``path`` or ``upload``.
    source : str
        The known name, the path, or the name of the uploaded file: for people to read.
    content_hash : str
        Of images, labels and classes together; unique, so that the same content is kept once.
    counts : dict of str to int
        Such as ``{"pool": 60000, "test": 10000}``.
    classes : tuple of str
        Names in label order; empty where there is no ground truth.
    artefacts : dict of str to str
        Name (``images``, ``labels``, …) to the array's file, as ``ArtefactStore.save`` gave it.
    details : dict
        Anything else worth keeping (image shape, notes of the import).
    created_at : datetime
    """

    id: int
    name: str
    kind: str
    source: str
    content_hash: str
    counts: Mapping[str, int]
    classes: tuple[str, ...]
    artefacts: Mapping[str, str]
    details: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class RunRow:
    """One labeling effort.

    Attributes
    ----------
    id : str
        Short, random, fit for a URL.
    config : dict
        ``RunConfig.as_dict()`` of the run.
    answerer : AnswerSource
    settings : RunSettings
        What was chosen since (fraction, threshold, …).
    artefacts : dict of str to str
        Name (``features``, ``clusters.labels``, …) to the array's file.
    revision : int
        Grows with every change of answers or classes, and with nothing else.
    deleted_at : datetime or None
        Set while the run is in the bin.
    n_rounds : int
        Rounds of questions that were added to the first by name.
    n_files : int
        Files that were imported and not taken back.
    """

    id: str
    name: str
    dataset_id: int
    config: Mapping[str, Any]
    preset: str
    answerer: AnswerSource
    budget: int
    settings: RunSettings
    artefacts: Mapping[str, str]
    revision: int
    created_at: datetime
    last_activity_at: datetime
    deleted_at: datetime | None
    n_rounds: int
    n_files: int


@dataclass(frozen=True)
class RunSummary:
    """A run's card: the run, and how far it is.

    Attributes
    ----------
    run : RunRow
    dataset_name : str
    n_questions : int
        Asked: these count against the budget.
    n_answered : int
        Of these, those whose current answer is a class.
    n_skipped, n_mixed : int
    n_imported : int
        Beside these, images whose answer was imported: nobody is asked about them.
    best_accuracy : float or None
        Highest test accuracy among the run's training results.
    """

    run: RunRow
    dataset_name: str
    n_questions: int
    n_answered: int
    n_skipped: int
    n_mixed: int
    n_imported: int
    best_accuracy: float | None

    @property
    def n_open(self) -> int:
        """Questions without any answer."""
        return self.n_questions - self.n_answered - self.n_skipped - self.n_mixed

    @property
    def n_given(self) -> int:
        """Questions with any answer."""
        return self.n_questions - self.n_open


@dataclass(frozen=True)
class RunClass:
    """A class of one run. Answers refer to its id, so it can be renamed and merged freely.

    Attributes
    ----------
    key : str or None
        The one keyboard key that gives it.
    merged_into : int or None
        The class whose name its answers carry, until the merge is taken back.
    """

    id: int
    run_id: str
    position: int
    name: str
    key: str | None
    merged_into: int | None


@dataclass(frozen=True)
class NewQuestion:
    """A question to be added: pool index, its cluster, and how many images its answer labels."""

    image: int
    cluster: int | None = None
    stands_for: int = 1


@dataclass(frozen=True)
class GivenAnswer:
    """What an annotator says about one question.

    Attributes
    ----------
    question_id : int
    verdict : Verdict
    class_id : int or None
        Exactly with ``Verdict.CLASS``.
    answered_at : datetime or None
        When it was said, where that is not when it is recorded. Nothing goes by it: which answer
        stands and what an undo takes back is a matter of the order in which they are recorded.
    """

    question_id: int
    verdict: Verdict
    class_id: int | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True)
class CurrentAnswer:
    """The newest answer to a question that is not undone.

    Attributes
    ----------
    question_id : int
    operation_id : int
    op_id : str
        The operation it came with; what ``expected`` is compared with.
    annotator : str
    source : AnswerSource
    verdict : Verdict
    given_class_id : int or None
        The class as it was chosen.
    class_id : int or None
        The class it counts for, merges resolved.
    revision : int
        The run's revision that the answer made.
    created_at : datetime
        When it was recorded.
    answered_at : datetime
        When it was given: earlier, for an answer that came from a file.
    """

    question_id: int
    operation_id: int
    op_id: str
    annotator: str
    source: AnswerSource
    verdict: Verdict
    given_class_id: int | None
    class_id: int | None
    revision: int
    created_at: datetime
    answered_at: datetime


@dataclass(frozen=True)
class AskedQuestion:
    """A question of a run with the answer that stands.

    Attributes
    ----------
    round_name : str or None
        What its round was named, where it was.
    """

    id: int
    run_id: str
    round: int
    position: int
    image: int
    cluster: int | None
    stands_for: int
    answer: CurrentAnswer | None
    round_name: str | None


@dataclass(frozen=True)
class Operation:
    """One line of a run's history.

    Attributes
    ----------
    undoes : int or None
        The id of the operation that an undo took back.
    is_undone : bool
    answers : tuple of GivenAnswer
        As given; empty for an undo.
    """

    id: int
    op_id: str
    run_id: str
    kind: OperationKind
    annotator: str
    source: AnswerSource
    created_at: datetime
    revision: int
    undoes: int | None
    duration_ms: int | None
    is_undone: bool
    answers: tuple[GivenAnswer, ...]


@dataclass(frozen=True)
class Recorded:
    """What became of an operation; the same again when it is sent again.

    Attributes
    ----------
    operation_id : int
    op_id : str
    kind : OperationKind
    revision : int
        The run's revision that the operation made.
    question_ids : tuple of int
        The questions answered, or whose answer was taken back; ascending.
    undone_op_id : str or None
        What an undo took back.
    is_replay : bool
        Whether it had been recorded before; not compared.
    """

    operation_id: int
    op_id: str
    kind: OperationKind
    revision: int
    question_ids: tuple[int, ...]
    undone_op_id: str | None
    is_replay: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class LabelImport:
    """Labels of a file that were written into a run.

    Attributes
    ----------
    number : int
        Of the run's imports, counted from 1.
    format : str
        Of the file; ``OWN_LABELS`` where there was none.
    n_answers, n_suggestions : int
    is_undone : bool
    """

    id: int
    run_id: str
    number: int
    file: str
    format: str
    n_answers: int
    n_suggestions: int
    is_undone: bool
    created_at: datetime


@dataclass(frozen=True)
class Suggestions:
    """What files say about the images of a run.

    Attributes
    ----------
    import_id : int or None
        The ``id`` of the import that made them; None for a copy of another run's.
    class_ids : tuple of int
    labels : str
        The array over the pool: places in ``class_ids``; -1 for none.
    confidences : str
        The array over the pool; nan where the file gave none.
    """

    id: int
    run_id: str
    import_id: int | None
    class_ids: tuple[int, ...]
    labels: str
    confidences: str


@dataclass(frozen=True)
class ClusterChange:
    """One change of a run's clusters: a line of their lineage.

    Attributes
    ----------
    version : int
        Of the run's clusters, once changed; 0 are those it began with.
    parents, children : tuple of int
        The clusters that were there before, and those in their place. A cluster's number stands
        for the same images for good, and is never given to others.
    round : int or None
        The round of the questions that it asked.
    before, after : dict of str to str
        The arrays of the clusters, by name.
    undoes : int or None
        The id of the change that this one takes back.
    is_replay : bool
        Whether it had been made before, by the same ``op_id``; not compared.
    """

    id: int
    op_id: str
    run_id: str
    version: int
    kind: ClusterChangeKind
    annotator: str
    parents: tuple[int, ...]
    children: tuple[int, ...]
    round: int | None
    before: Mapping[str, str]
    after: Mapping[str, str]
    undoes: int | None
    created_at: datetime
    is_replay: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Job:
    """A long step: waiting, under way or ended.

    Attributes
    ----------
    inputs : dict
        What the handler is given; equal inputs of one kind are one job while it is active.
    done, total : int
        Progress of the step under way; ``total`` is None where its length is not known.
    message, detail : str
        What the user reads above and beside the bar.
    worker, token : str or None
        Who holds the lease; only the holder of the token may report or finish.
    attempts : int
        How often it was taken up.
    error : str or None
        Why it failed.
    result : dict or None
        What the handler delivered.
    """

    id: int
    run_id: str | None
    kind: str
    inputs_hash: str
    inputs: Mapping[str, Any]
    status: JobStatus
    done: int
    total: int | None
    message: str
    detail: str
    worker: str | None
    token: str | None
    lease_until: datetime | None
    heartbeat_at: datetime | None
    attempts: int
    error: str | None
    result: Mapping[str, Any] | None
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Result:
    """What one training of a run found out.

    Attributes
    ----------
    job_id : int or None
        The job that delivered it; unique, so nothing is delivered twice.
    revision : int
        The run's revision whose answers were trained on.
    test_accuracy : float or None
        None without ground truth.
    metrics : Results
    artefacts : dict of str to str
    """

    id: int
    run_id: str
    job_id: int | None
    revision: int
    metrics: Results
    test_accuracy: float | None
    artefacts: Mapping[str, str]
    created_at: datetime


def freeze(row_type: type[Row], mapped: object, **given: Any) -> Row:
    """Copy the attributes that ``row_type`` names from a mapped object; ``given`` ones win."""
    names = [column.name for column in fields(row_type) if column.name not in given]  # type: ignore[arg-type]
    return row_type(**{name: getattr(mapped, name) for name in names}, **given)
