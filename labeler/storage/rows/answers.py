"""Questions, answers, and the operations that recorded them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

IMPORTED_ROUND = 2**30
"""The round of questions that nobody asked: images that came with an answer, from a file.

They are there only as long as an answer of theirs stands.
"""


class Verdict(StrEnum):
    """What an answer says.

    ``NONE``, that the image belongs to no class of the run, is an answer to an audit alone;
    ``MIXED``, that its cluster is not one thing, to all others.
    """

    CLASS = "class"
    SKIP = "skip"
    MIXED = "mixed"
    NONE = "none"


class OperationKind(StrEnum):
    """What one request of an annotator did."""

    ANSWER = "answer"
    UNDO = "undo"


class AnswerSource(StrEnum):
    """Who an answer comes from."""

    HUMAN = "human"
    ORACLE = "oracle"


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
    is_review : bool
        Whether it was said of a label that was shown.
    shown_class_id : int or None
        The class that was shown, as it was named then; None where the answer says another.
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
    is_review: bool = False
    shown_class_id: int | None = None

    @property
    def provenance(self) -> str:
        """Where its label comes from, as label sets call it."""
        if not self.is_review:
            return self.source.value
        return "reviewed" if self.given_class_id == self.shown_class_id else "corrected"

    @property
    def is_rejection(self) -> bool:
        """Whether it says no more than that the image is not of the class that was shown."""
        return self.is_review and self.verdict is Verdict.SKIP


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

    @property
    def is_review(self) -> bool:
        """Whether nobody asked it: a label was shown, and something said of it."""
        is_asked = self.round != IMPORTED_ROUND
        return not is_asked and self.answer is not None and self.answer.is_review


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
