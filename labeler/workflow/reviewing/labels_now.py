"""What single images are labeled as now: as answered, or as the answers were spread last.

A page that shows a few images must not wait until all answers are spread again. So labels are those
that were spread last, with the answers of now in their place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from labeler.records import UNLABELED, Source
from labeler.storage.rows import AskedQuestion, Verdict
from labeler.workflow.run import Run
from labeler.workflow.spread.last import LastSpread, last_spread


@dataclass(frozen=True)
class LabelNow:
    """What an image is labeled as, and why.

    Attributes
    ----------
    class_id : int or None
        None where it has no label.
    source : str or None
        As label sets call it: ``human``, ``reviewed``, ``propagated`` and others.
    confidence : float or None
        Of a label that was spread.
    second_class_id : int or None
        The likeliest other class, where labels come with probabilities.
    second_confidence : float or None
    verdict : Verdict or None
        Of the answer that stands, if there is one.
    question_id : int or None
        The question that was asked about it.
    stands_for : int
        Images that an answer to that question is spread to; 1 where it stands for itself.
    annotator : str or None
        Who gave the answer.
    is_waiting : bool
        Whether its answer was taken back, and its label is known when answers are spread again.
    """

    class_id: int | None = None
    source: str | None = None
    confidence: float | None = None
    second_class_id: int | None = None
    second_confidence: float | None = None
    verdict: Verdict | None = None
    question_id: int | None = None
    stands_for: int = 1
    annotator: str | None = None
    is_waiting: bool = False

    @property
    def is_answered(self) -> bool:
        """Whether somebody said something of it that stands."""
        return self.verdict is not None


def labels_now(run: Run, images: Sequence[int]) -> list[LabelNow]:
    """What some images are labeled as.

    Parameters
    ----------
    run : Run
        Prepared.
    images : sequence of int
        Image numbers of its pool.
    """
    wanted = set(images)
    asked: dict[int, list[AskedQuestion]] = {}
    for question in run.questions:
        if question.image in wanted:
            asked.setdefault(question.image, []).append(question)
    spread = last_spread(run)
    places = np.searchsorted(run.pool, np.array(images, dtype=np.int64)).tolist()
    return [
        _as_answered(
            LabelNow() if spread is None else _as_spread(run, spread, place), asked.get(image, [])
        )
        for place, image in zip(places, images, strict=True)
    ]


def _as_answered(spread: LabelNow, questions: Sequence[AskedQuestion]) -> LabelNow:
    """The label of an image as it was spread, or what the newest answer to it says instead."""
    asks = next((question for question in questions if not question.is_review), None)
    if asks is not None:
        spread = replace(spread, question_id=asks.id, stands_for=asks.stands_for)
    answers = [question.answer for question in questions if question.answer is not None]
    if not answers:
        return spread
    answer = max(answers, key=lambda one: one.operation_id)
    about = replace(spread, verdict=answer.verdict, annotator=answer.annotator, is_waiting=False)
    if answer.class_id is not None:
        return replace(
            about,
            class_id=answer.class_id,
            source=answer.provenance,
            confidence=None,
            second_class_id=None,
            second_confidence=None,
        )
    if answer.is_rejection and spread.class_id == answer.shown_class_id:
        return replace(about, class_id=None, source=None, confidence=None)
    return about


def _as_spread(run: Run, spread: LastSpread, place: int) -> LabelNow:
    label_set = spread.label_set
    label = int(label_set.labels[place])
    if label == UNLABELED or label_set.sources[place] != Source.PROPAGATED:
        return LabelNow(is_waiting=label != UNLABELED)
    second, sure = second_likeliest(label_set.probabilities, place)
    return LabelNow(
        class_id=spread.class_of(run, label),
        source=Source.PROPAGATED.name.lower(),
        confidence=float(label_set.confidences[place]),
        second_class_id=None if second is None else spread.class_of(run, second),
        second_confidence=sure,
    )


def second_likeliest(soft: np.ndarray | None, place: int) -> tuple[int | None, float | None]:
    """The label of second largest probability, and that; None where there are no probabilities."""
    if soft is None or soft.shape[1] < 2:
        return None, None
    row = np.asarray(soft[place], dtype=np.float64)
    second = int(np.argsort(-row, kind="stable")[1])
    return second, float(row[second])
