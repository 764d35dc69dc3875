"""What only the JSON interface sends: runs and jobs in their envelopes, questions, counts."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import UNSET, UnsetType, field

from labeler.storage import rows
from labeler.storage.rows import OperationKind, RunClass, Verdict
from labeler.typed_json import Moment, Shape, one_of
from labeler.web.api.pictures import Image, Original, Sprite, image, original, sprite
from labeler.workflow import json_shapes, views
from labeler.workflow.clusters import cards
from labeler.workflow.exchange.export_request import LeftOut
from labeler.workflow.jobs import waiting_for
from labeler.workflow.json_shapes import (
    Class,
    ClusterChange,
    Job,
    Run,
    RunSummary,
    Spread,
)
from labeler.workflow.views import BorderlineImage, ProgressView, Suggestion
from labeler.workflow.workspace import Workspace


class Health(Shape):
    """That the database answers; the version is told to who is logged in."""

    status: str
    version: str | UnsetType = UNSET


class Runs(Shape):
    """Some runs.

    Attributes
    ----------
    n_runs : int
        How many there are in all.
    """

    runs: list[RunSummary]
    n_runs: int


class OneRun(Shape):
    """A run."""

    run: Run


class Begun(Shape):
    """The job that does what was asked for."""

    job: Job


class Followed(Begun):
    """How far a job is; in the queue, what it waits for, in words."""

    waiting: str | None


class PerhapsBegun(Shape):
    """The job that does what was asked for; null where there is nothing to wait for."""

    job: Job | None


class LeftOutFile(Shape):
    """A file or folder that was not read."""

    file: str
    reason: str


class LeftOutFiles(Shape):
    """Some of the files that were not read as images.

    Attributes
    ----------
    n_left_out : int
        How many there are in all.
    """

    left_out: list[LeftOutFile]
    n_left_out: int


class Choosing(Shape):
    """The job that chooses the next questions, if there is one."""

    choosing: Job | None


class Question(Shape):
    """One image asked about, and what was said.

    Attributes
    ----------
    suggestion : Suggestion or None
        What a file says that nobody confirmed; never an answer.
    original : Original or None
        Null where the image was not read from a file of its own.
    """

    id: int
    position: int
    order: int
    image: int
    cluster: int | None
    stands_for: int
    verdict: Verdict | None
    class_id: int | None
    op_id: str | None
    annotator: str | None
    suggestion: Suggestion | None
    original: Original | None
    round: int
    kind: str | None


class Questions(Shape):
    """What is asked, and what is still to come."""

    annotator: str
    image: Image
    classes: list[Class]
    progress: ProgressView
    choosing: Job | None
    questions: list[Question]


class Evidence(Shape):
    """Images of the cluster that a question stands for."""

    nearest: tuple[int, ...]
    random: tuple[int, ...]
    farthest: tuple[int, ...]
    size: int
    sprite: Sprite | None


class RecordedAnswer(Shape):
    """What was said about one question.

    Attributes
    ----------
    answered_at : datetime or None
        Where it was not said when it was recorded: it came from a file.
    """

    question_id: int
    verdict: Verdict
    class_id: int | None
    answered_at: Moment | None


class Answered(Shape):
    """Answers that came together."""

    op_id: str
    kind: OperationKind
    annotator: str
    answers: list[RecordedAnswer]


class Operations(Shape):
    """The answers that were not taken back."""

    revision: int
    operations: list[Answered]


class Recorded(Shape):
    """What became of answers, or of an undo; the same again when it is sent again."""

    op_id: str
    kind: OperationKind
    revision: int
    question_ids: tuple[int, ...]
    undone_op_id: str | None
    is_replay: bool


class Reviewed(Shape):
    """What became of a page of labels, or of an undo; and how far the run's labels are looked at.

    Attributes
    ----------
    n_done : int
        Pages that were looked at.
    n_planted, n_found : int
        Known errors on them, and how many of these were marked.
    """

    op_id: str
    revision: int
    is_replay: bool
    n_done: int
    n_planted: int
    n_found: int


class Classes(Shape):
    """The classes of a run."""

    classes: list[Class]


class AddedClass(Shape):
    """The class that was added."""

    class_: RunClass = field(name="class")


class SpreadWithImages(Spread):
    """Spread labels as counts, with the images where they are least certain."""

    borderline: tuple[BorderlineImage, ...]
    sprite: Sprite | None


class OneSided(Shape):
    """A class of a set with a validation part that is on one side only.

    Attributes
    ----------
    n_groups : int
        Clusters that it is in: with one there was no choice.
    """

    name: str
    side: Annotated[str, one_of(("train", "validation"))]
    n_groups: int


class ExportCount(Shape):
    """How many rows a set would have.

    Attributes
    ----------
    left_out : LeftOut
        Images of the run that are not in the set, each counted once.
    spread : str
        Which set it is: how its labels were spread, and why so.
    one_sided : list of OneSided
        Classes that are only to train or only to validate on.
    loading : str
        The line that loads the set.
    is_large : bool
        Whether a job would write it.
    """

    n_rows: int
    n_validation: int
    n_test: int
    n_unlabeled: int
    by_source: Mapping[str, int]
    by_class: Mapping[str, int]
    left_out: LeftOut
    spread: str
    one_sided: list[OneSided]
    left_out_in_words: str
    one_sided_in_words: str
    loading: str
    is_large: bool


class ClassShare(Shape):
    """How many images of a cluster are of one true class."""

    name: str
    n_images: int
    n_test: int


class Cluster(Shape):
    """A cluster by its number, which stands for the same images for good."""

    cluster: int
    made_from: list[int]
    size: int
    spread: float
    looseness: float
    silhouette: float | None
    image: int
    nearest: tuple[int, ...]
    farthest: tuple[int, ...]
    question_id: int | None
    verdict: Verdict | None
    class_id: int | None
    purity: float | None
    test_purity: float | None
    n_test: int
    classes: list[ClassShare]


class Clusters(Shape):
    """The clusters of a run from worst to best, and how they came to be."""

    budget: int
    n_asked: int
    purity: float | None
    test_purity: float | None
    clusters: list[Cluster]
    changes: list[ClusterChange]


class Additions(Shape):
    """What was added to a run, the newest first."""

    additions: list[json_shapes.Addition]


class UndoneAddition(Shape):
    """Images that were taken back."""

    undone: json_shapes.Addition


class Budget(Shape):
    """How many answers may be asked for."""

    budget: int


def followed(ws: Workspace, job: rows.Job) -> Followed:
    """A job as whoever waits for it sees it."""
    return Followed(job=Job.of(job), waiting=waiting_for(ws, job))


def perhaps(job: rows.Job | None) -> Job | None:
    """A job, where there is one."""
    return None if job is None else Job.of(job)


def questions(
    asking: views.Asking,
    classes: Sequence[views.ClassView],
    dataset: rows.Dataset,
    annotator: str,
    *,
    is_blind: bool = False,
) -> Questions:
    """What is asked of a run; in an audit blind, as folders are often named after classes."""
    return Questions.of(
        asking,
        annotator=annotator,
        image=image(dataset),
        classes=json_shapes.classes(classes),
        choosing=perhaps(asking.choosing),
        questions=[
            Question.of(question, original=original(dataset, question.image, is_named=not is_blind))
            for question in asking.questions
        ],
    )


def evidence(view: views.Evidence, dataset: rows.Dataset) -> Evidence:
    """Images of a cluster, and one file with all of them."""
    images = [*view.nearest, *view.random, *view.farthest]
    return Evidence.of(view, sprite=sprite(dataset, images))


def answered(operation: rows.Operation) -> Answered:
    """Answers that came together."""
    return Answered.of(
        operation, answers=[RecordedAnswer.of(answer) for answer in operation.answers]
    )


def spread(view: views.SpreadView, dataset: rows.Dataset) -> SpreadWithImages:
    """Spread labels, and one file with all images that are shown."""
    pictures = sprite(dataset, [picture.image for picture in view.borderline])
    return SpreadWithImages.of(view, **json_shapes.spread_fields(view), sprite=pictures)


def clusters(run_clusters: cards.RunClusters) -> Clusters:
    """The clusters of a run; each image by its number."""
    return Clusters.of(
        run_clusters,
        run_clusters.view,
        clusters=[cluster(card) for card in run_clusters.view.worst_first],
        changes=[ClusterChange.of(change) for change in run_clusters.changes],
    )


def cluster(card: cards.ClusterCard) -> Cluster:
    """One cluster."""
    return Cluster.of(
        card,
        cluster=int(card.name),
        made_from=[int(number) for number in card.made_from],
        classes=[ClassShare.of(share) for share in card.classes],
    )
