"""What the storage layer hands out: frozen rows, free of the database they came from.

::

    runs.py         data sets, runs, their classes and results
    answers.py      questions, answers, and the operations that recorded them
    clusterings.py  changes of the clusters of a run
    imports.py      labels that came from files
    additions.py    images that came later
    audits.py       audits of labels, and their answers
    reviews.py      pages of labels that somebody looked at
    jobs.py         long steps
    freezing.py     how rows are made of mapped objects
"""

from labeler.storage.rows.additions import Addition
from labeler.storage.rows.answers import (
    IMPORTED_ROUND,
    AnswerSource,
    AskedQuestion,
    CurrentAnswer,
    GivenAnswer,
    NewQuestion,
    Operation,
    OperationKind,
    Recorded,
    Verdict,
)
from labeler.storage.rows.audits import Audit, AuditAnswer, AuditExtra, KeptAudit
from labeler.storage.rows.clusterings import ClusterChange, ClusterChangeKind
from labeler.storage.rows.freezing import freeze
from labeler.storage.rows.imports import OWN_LABELS, LabelImport, Suggestions
from labeler.storage.rows.jobs import Job, JobStatus
from labeler.storage.rows.reviews import NewReviewPage, ReviewedPage, SeenLabel
from labeler.storage.rows.runs import Dataset, Result, RunClass, RunRow, RunSummary

__all__ = [
    "Addition",
    "AnswerSource",
    "AskedQuestion",
    "Audit",
    "AuditAnswer",
    "AuditExtra",
    "ClusterChange",
    "ClusterChangeKind",
    "CurrentAnswer",
    "Dataset",
    "GivenAnswer",
    "IMPORTED_ROUND",
    "Job",
    "JobStatus",
    "KeptAudit",
    "LabelImport",
    "NewQuestion",
    "NewReviewPage",
    "OWN_LABELS",
    "Operation",
    "OperationKind",
    "Recorded",
    "Result",
    "ReviewedPage",
    "RunClass",
    "RunRow",
    "RunSummary",
    "SeenLabel",
    "Suggestions",
    "Verdict",
    "freeze",
]
