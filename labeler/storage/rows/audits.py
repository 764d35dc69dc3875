"""Audits of a run's labels, and their answers, which no training sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labeler.storage.rows.answers import AnswerSource, Verdict


@dataclass(frozen=True)
class Audit:
    """Labels of a run that are judged.

    Attributes
    ----------
    number : int
        Of the run's audits, counted from 1.
    label_set : str
        Hash of the labels.
    spread : dict
        How they were spread.
    seed : int
        What the images that are asked about were drawn with.
    artefacts : dict of str to str
        The labels and the design.
    last_image : int
        The highest number of an image that may be asked about.
    goal : int
        Images to be named until the next figure is shown.
    extras : tuple of AuditExtra
        Images of single classes that are asked about beside, in the order asked.
    released_at : datetime or None
        When its answers became answers of the run.
    """

    id: int
    run_id: str
    number: int
    label_set: str
    spread: Mapping[str, Any]
    seed: int
    artefacts: Mapping[str, str]
    last_image: int
    goal: int
    extras: Sequence["AuditExtra"]
    released_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class AuditExtra:
    """Further images that are labeled as one class, so that more is known of that class.

    Attributes
    ----------
    goal : int
        That of the audit when they were drawn: they are asked about after these.
    class_id : int
    images : tuple of int
        Places in the pool.
    """

    goal: int
    class_id: int
    images: tuple[int, ...]


@dataclass(frozen=True)
class AuditAnswer:
    """What an auditor said about one question, until it is undone.

    Attributes
    ----------
    place : int
        Of the question, in the order asked, from 0.
    """

    op_id: str
    place: int
    verdict: Verdict
    class_id: int | None
    annotator: str
    source: AnswerSource
    revision: int
    created_at: datetime


@dataclass(frozen=True)
class KeptAudit:
    """An audit, and what was said.

    Attributes
    ----------
    audit : Audit
    answers : tuple of AuditAnswer
        Those that were not taken back, in the order recorded; the last to a place counts.
    """

    audit: Audit
    answers: tuple[AuditAnswer, ...]
