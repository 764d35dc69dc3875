"""Data sets, runs, their classes and results."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labeler.records.results import Results
from labeler.storage.rows.answers import AnswerSource
from labeler.storage.settings import RunSettings


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
    n_reviewed : int
        And images of whose label somebody said something when it was shown.
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
    n_reviewed: int
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
