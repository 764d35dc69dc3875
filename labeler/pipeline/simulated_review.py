"""The most doubtful labels, looked at by an oracle that lets some of the wrong ones stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from labeler import words
from labeler.config import RunConfig
from labeler.learning.reviewing import ReviewPage, planted_at, review_queue
from labeler.pipeline.preparation import Prepared
from labeler.pipeline.questions import abstain, spread_answers
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED, Answer, LabelingRun, LabelSet, Question, Source

REVIEWED = "reviewed"
"""The stage of labels that were looked at, and spread again."""


@dataclass(frozen=True)
class SimulatedReview:
    """How labels are looked at.

    Attributes
    ----------
    n_labels : int
        How many, at most, the most doubtful first.
    misses : float
        Share of the wrong ones that are let stand, 0 to 1.
    """

    n_labels: int
    misses: float = 0.0


@dataclass(frozen=True, eq=False)
class Review:
    """What came of it.

    Attributes
    ----------
    label_set : LabelSet
        Spread again, with what was said.
    n_looked_at, n_corrected : int
    n_planted, n_found : int
        Known errors that were put among the labels, and how many of them were marked.
    """

    label_set: LabelSet
    n_looked_at: int
    n_corrected: int
    n_planted: int
    n_found: int


def review_by_oracle(
    prepared: Prepared,
    config: RunConfig,
    run: LabelingRun,
    review: SimulatedReview,
    progress: Progress = SILENT,
) -> Review:
    """Look at a run's most doubtful labels, name the wrong ones, and spread again.

    Parameters
    ----------
    prepared : Prepared
        With the true labels. An image whose class is not known is passed over.
    config : RunConfig
    run : LabelingRun
        The run's own labels, and the answers that they were spread from.
    review : SimulatedReview
    progress : Progress
    """
    queue = review_queue(run.label_set, prepared.X, prepared.graph)
    pages = tuple(queue.first(review.n_labels))
    rng = config.rng("review")
    said = tuple(_said_of(pages, prepared.pool.labels, review.misses, rng))
    planting = config.rng("planted errors")
    n_planted = sum(
        len(planted_at(run.answers, page.label, len(page.images), planting)) for page in pages
    )
    evidence = prepared.evidence((*run.answers, *said), run.clusters)
    furthest = {"fraction": max(config.fractions)} if config.spreads_by_fraction else {}
    label_set = spread_answers(config, evidence, progress, **furthest)
    return Review(
        label_set if config.spreads_by_fraction else abstain(label_set, config.threshold),
        n_looked_at=len(said),
        n_corrected=sum(answer.source == Source.CORRECTED for answer in said),
        n_planted=n_planted,
        n_found=int(np.count_nonzero(rng.random(n_planted) >= review.misses)),
    )


def describe_reviews(reviews: Sequence[Review], n_labels: int) -> str:
    """What came of as many reviews as there were seeds, for people."""
    n_looked_at, n_corrected, n_planted, n_found = (
        round(float(np.mean([getattr(review, name) for review in reviews])))
        for name in ("n_looked_at", "n_corrected", "n_planted", "n_found")
    )
    found = f"; {words.count(n_found)} of {words.count(n_planted)} planted errors were found"
    return (
        f"review, {n_labels:,} labels: {words.count(n_looked_at)} spread labels were looked at and "
        f"{words.count(n_corrected)} put right{found if n_planted else ''}."
    )


def _said_of(
    pages: "Sequence[ReviewPage]", truth: np.ndarray, misses: float, rng: np.random.Generator
) -> Iterator[Answer]:
    for page in pages:
        for image in page.images.tolist():
            true = int(truth[image])
            is_let_stand = true == page.label or rng.random() < misses
            if true != UNLABELED:
                label = page.label if is_let_stand else true
                source = Source.REVIEWED if is_let_stand else Source.CORRECTED
                yield Answer(Question(image), label, source)
