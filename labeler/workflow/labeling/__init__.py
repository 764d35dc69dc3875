"""Questions and answers: the two use cases that a person and an oracle share.

::

    questions.py    what is asked, what stands, how far it is, what else is in a cluster
    answers.py      recorded and taken back
    next_round.py   the next questions, chosen by the answers so far
    classes.py      added, renamed, merged, keyed
"""

from labeler.storage.rows import (
    AnswerSource,
    GivenAnswer,
    Operation,
    OperationKind,
    Recorded,
    RunClass,
    Verdict,
)
from labeler.workflow.labeling.answers import record_answers, standing_operations, undo
from labeler.workflow.labeling.classes import (
    add_class,
    merge_class,
    rename_class,
    set_key,
    unmerge_class,
)
from labeler.workflow.labeling.next_round import ask_ahead
from labeler.workflow.labeling.questions import (
    FILTERS,
    MIXED,
    SKIPPED,
    UNANSWERED,
    asking,
    evidence,
    progress_of,
    questions,
)

__all__ = [
    "FILTERS",
    "MIXED",
    "SKIPPED",
    "UNANSWERED",
    "AnswerSource",
    "GivenAnswer",
    "Operation",
    "OperationKind",
    "Recorded",
    "RunClass",
    "Verdict",
    "add_class",
    "ask_ahead",
    "asking",
    "evidence",
    "merge_class",
    "progress_of",
    "questions",
    "record_answers",
    "rename_class",
    "set_key",
    "standing_operations",
    "undo",
    "unmerge_class",
]
