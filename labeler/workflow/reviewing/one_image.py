"""One image, opened from anywhere: what is known of it, what somebody says of it, and taken back.

What is said is on disk when ``answer_image`` returns. Sent again with the same ``op_id`` it changes
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.datasets.originals import decode_name
from labeler.records import UNLABELED
from labeler.storage import answers as answer_rows
from labeler.storage import questions as question_rows
from labeler.storage import runs as run_rows
from labeler.storage.checking import reviews as review_rows
from labeler.storage.errors import InvalidError, NotFoundError
from labeler.storage.rows import GivenAnswer, NewReviewPage, Recorded, SeenLabel, Verdict
from labeler.workflow.array_names import Array, of_part
from labeler.workflow.pictures.original_arrays import load_blobs
from labeler.workflow.pictures.originals import OriginalFile, original_of, place_of
from labeler.workflow.reviewing.labels_now import LabelNow, labels_now
from labeler.workflow.run import Run
from labeler.workflow.workspace import Transaction, Workspace

NEAREST = 8


@dataclass(frozen=True)
class AnsweredImage:
    """An image whose class somebody said, and how like another it is.

    Attributes
    ----------
    image : int
        Image number.
    label : LabelNow
    distance : float
        Euclidean, in the run's features.
    """

    image: int
    label: LabelNow
    distance: float


@dataclass(frozen=True)
class OneImage:
    """What is known of an image.

    Attributes
    ----------
    image : int
        Image number.
    name : str or None
        Of its file; None where images only have a number.
    position : int
        Where it stood in the data set as it was read.
    original : OriginalFile or None
    is_held_out : bool
        Whether it is one to test on: nobody is asked about those.
    true_name : str or None
        The class that an image to test on has.
    label : LabelNow
        Of an image to test on, none.
    cluster : int or None
        The number of its cluster.
    nearest : tuple of AnsweredImage
        The answered images most like it, the nearest first.
    """

    image: int
    name: str | None
    position: int
    original: OriginalFile | None
    is_held_out: bool
    true_name: str | None
    label: LabelNow
    cluster: int | None
    nearest: tuple[AnsweredImage, ...]


def image_of(run: Run, image: int) -> OneImage:
    """What is known of one image of a run.

    Raises
    ------
    NotFoundError
        The run has no such image.
    NotPreparedError
    """
    run.require_prepared()
    place, held_out = _place_in(run.pool, image), None
    if place is None and run.held_out is not None:
        held_out = _place_in(run.held_out, image)
    if place is None and held_out is None:
        raise NotFoundError(f"The run has no image {image}.")
    if held_out is None:
        vector = run.features[place]
    else:
        vector = run.ws.array(run.row.artefacts[Array.TEST_FEATURES])[held_out]
    part, index = place_of(run.dataset, image)
    return OneImage(
        image=image,
        name=_name_of(run, part, index),
        position=index,
        original=original_of(run.ws, run.dataset, image),
        is_held_out=held_out is not None,
        true_name=None if held_out is None else _true_name(run, part, index),
        label=LabelNow() if place is None else labels_now(run, [image])[0],
        cluster=None if place is None else int(run.cluster_numbers[run.clusters.labels[place]]),
        nearest=_nearest(run, np.asarray(vector), image),
    )


def answer_image(
    ws: Workspace,
    run_id: str,
    op_id: str,
    annotator: str,
    image: int,
    shown: int | None,
    class_id: int | None,
    duration_ms: int | None = None,
    base_revision: int | None = None,
) -> Recorded:
    """Record what somebody made of the label that they were shown with an image.

    An image that a question is about is answered as that question is. Any other stands for itself:
    its label was let stand (``reviewed``), is another (``corrected``), or is not the one shown.

    Parameters
    ----------
    ws : Workspace
    run_id, op_id, annotator : str
    image : int
        Image number; one of the pool.
    shown : int or None
        The id of the class that it was said to be, if any.
    class_id : int or None
        What it is. None: not the class shown; of a question, that nobody can tell.
    duration_ms : int, optional
        How long it was looked at.
    base_revision : int, optional
        The run's revision that was looked at.

    Raises
    ------
    AnswerConflictError
        Somebody else answered since that revision.
    InvalidError
        It is not in the pool, or nothing is said of it.
    NotFoundError, OpIdReusedError, BusyError
        Nothing was changed.
    """

    def record(session: Transaction) -> Recorded:
        row = run_rows.get(session, run_id)
        pool = ws.array(row.artefacts[Array.POOL]) if Array.POOL in row.artefacts else ()
        if _place_in(np.asarray(pool), image) is None:
            raise InvalidError(f"Image {image} is none that this run labels.")
        question_id = question_rows.asked_about(session, run_id, image)
        if question_id is not None:
            verdict = Verdict.SKIP if class_id is None else Verdict.CLASS
            given = [GivenAnswer(question_id, verdict, class_id)]
            return answer_rows.record(
                session,
                run_id,
                op_id,
                annotator,
                given,
                base_revision=base_revision,
                duration_ms=duration_ms,
            )
        if class_id is None and shown is None:
            raise InvalidError("The image has no label that it could not have; name its class.")
        page = NewReviewPage(shown, [SeenLabel(image, class_id)])
        return review_rows.record(
            session, run_id, op_id, annotator, page, duration_ms, base_revision
        )

    return ws.database.write(record)


def take_back(ws: Workspace, run_id: str, op_id: str, annotator: str, target: str) -> Recorded:
    """Take back what the annotator said by the operation ``target``.

    Raises
    ------
    NothingToUndoError, OpIdReusedError, NotFoundError, InvalidError, BusyError
    """
    return ws.database.write(
        lambda session: answer_rows.undo(session, run_id, op_id, annotator, target=target)
    )


def _place_in(numbers: np.ndarray, image: int) -> int | None:
    place = int(np.searchsorted(numbers, image))
    return place if place < len(numbers) and numbers[place] == image else None


def _name_of(run: Run, part: str, index: int) -> str | None:
    names = load_blobs(run.ws, run.dataset.artefacts, part, "name")
    return None if names is None else decode_name(names[index])


def _true_name(run: Run, part: str, index: int) -> str | None:
    label = int(run.ws.array(run.dataset.artefacts[of_part(part, "labels")])[index])
    return None if label == UNLABELED else run.dataset.classes[label]


def _nearest(run: Run, vector: np.ndarray, image: int) -> tuple[AnsweredImage, ...]:
    """The images that somebody named, by their distance to one; never all of the pool."""
    named: Sequence[int] = sorted(
        {
            question.image
            for question in run.questions
            if question.image != image and question.answer and question.answer.class_id is not None
        }
    )
    if not named:
        return ()
    places = np.searchsorted(run.pool, np.array(named, dtype=np.int64))
    distances = np.sqrt(((run.features[places] - vector) ** 2).sum(axis=1, dtype=np.float64))
    chosen = np.argsort(distances, kind="stable")[:NEAREST].tolist()
    images = [named[place] for place in chosen]
    return tuple(
        AnsweredImage(nearest, label, float(distances[place]))
        for place, nearest, label in zip(chosen, images, labels_now(run, images), strict=True)
    )
