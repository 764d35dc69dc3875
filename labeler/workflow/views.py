"""What the use cases hand to the front ends: plain, frozen, ready to be drawn.

Every ``image`` is an image number of the data set: see ``workflow.datasets``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from labeler.config import RunConfig
from labeler.feature_names import title_of
from labeler.records import LabelSet
from labeler.storage.rows import Dataset, Job, RunRow, RunSummary, Verdict
from labeler.words import WARNING

if TYPE_CHECKING:
    from labeler.workflow.audit.kept import RunAudit


@dataclass(frozen=True)
class ClassView:
    """A class of a run.

    Attributes
    ----------
    key : str or None
        The keyboard key that gives it.
    merged_into : int or None
        The id of the class it counts for.
    n_answers : int
        Answers that stand and count for it.
    """

    id: int
    position: int
    name: str
    key: str | None
    merged_into: int | None
    n_answers: int


@dataclass(frozen=True)
class RunView:
    """A run with all that its screens show around their own matter.

    Attributes
    ----------
    summary : RunSummary
        The counts.
    classes : tuple of ClassView
        In their order; merged ones included.
    jobs : tuple of Job
        The newest first.
    more_to_come : bool
        Whether further questions will be chosen by the answers to these.
    n_pool, n_test : int
        Images of the run; 0 until it is prepared.
    fraction : float
        How far the answers are spread inside their clusters: the one chosen last.
    propagation : str
        How they are spread, as was chosen last.
    threshold : float
        How sure a label spread over the graph has to be, as was chosen last.
    has_graph : bool
        Whether they can be spread over a graph.
    config : RunConfig
    notes : tuple of str
        What was left out or held out.
    seconds_per_question : float or None
        By its own pace; None until there is one.
    is_trained, was_trained : bool
        Whether there is a training of the answers as they stand; whether there is any.
    audit : RunAudit or None
        The audit of its labels that was begun last.
    """

    run: RunRow
    summary: RunSummary
    dataset: Dataset
    classes: tuple[ClassView, ...]
    jobs: tuple[Job, ...]
    is_prepared: bool
    more_to_come: bool
    has_ground_truth: bool
    has_test: bool
    n_pool: int
    n_test: int
    fraction: float
    propagation: str
    threshold: float
    has_graph: bool
    config: RunConfig
    notes: tuple[str, ...]
    seconds_per_question: float | None
    is_trained: bool
    was_trained: bool
    audit: "RunAudit | None"

    @property
    def features_title(self) -> str:
        """What its features are to people, with the licence of a network."""
        return title_of(self.config.features)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the notes that are to be known before the first answer."""
        said = [note.removeprefix(WARNING) for note in self.notes if note.startswith(WARNING)]
        return tuple(warning[:1].upper() + warning[1:] for warning in said)

    @property
    def active_job(self) -> Job | None:
        """The oldest job that waits or runs."""
        return next((job for job in reversed(self.jobs) if not job.status.is_final), None)

    @property
    def failed_job(self) -> Job | None:
        """The newest job, if it failed."""
        newest = next(iter(self.jobs), None)
        return newest if newest is not None and newest.error is not None else None


@dataclass(frozen=True)
class Suggestion:
    """What a file says about one image.

    Attributes
    ----------
    class_id : int
        Of a class that can be chosen now.
    confidence : float or None
    """

    class_id: int
    confidence: float | None


@dataclass(frozen=True)
class QuestionView:
    """One image asked about, and what was said.

    Attributes
    ----------
    position : int
        Place in the order asked, from 0.
    order : int
        Place on the contact sheet, look-alikes side by side, from 0.
    cluster : int or None
        The number of the cluster that it speaks for; None where it stands for its own image.
    was_regrouped : bool
        Whether it spoke for a cluster that was split or merged, and another one speaks now.
    stands_for : int
        Images that the answer labels when it is spread to the whole cluster.
    verdict, class_id : None
        Where nobody answered; ``class_id`` with merges resolved.
    op_id : str or None
        The operation that the answer came with: what ``expected`` is compared with.
    suggestion : Suggestion or None
        What a file says that nobody confirmed; never an answer.
    kind : str or None
        The strategy that chose its round: ``representatives``, ``uncertain``, …
    """

    id: int
    position: int
    order: int
    round: int
    image: int
    cluster: int | None
    was_regrouped: bool
    stands_for: int
    verdict: Verdict | None
    class_id: int | None
    op_id: str | None
    annotator: str | None
    answered_at: datetime | None
    suggestion: Suggestion | None = None
    kind: str | None = None


@dataclass(frozen=True)
class ProgressView:
    """How far the answering is.

    Attributes
    ----------
    seconds_left : float or None
        By this run's own pace; None until there is one.
    revision : int
        The run's; grows with every change of answers or classes.
    n_total : int
        Questions asked and still to come: the whole budget.
    n_ahead : int
        With so many questions open, the next ones are being chosen; 0 where all are there.
    n_imported : int
        Beside the questions, images whose answer was imported: nobody is asked about them.
    """

    n_questions: int
    n_answered: int
    n_skipped: int
    n_mixed: int
    n_open: int
    seconds_left: float | None
    revision: int
    n_total: int
    n_ahead: int
    n_imported: int

    @property
    def more_to_come(self) -> bool:
        """Whether further questions will be chosen by the answers to these."""
        return self.n_total > self.n_questions

    @property
    def n_given(self) -> int:
        """Questions with any answer."""
        return self.n_questions - self.n_open

    @property
    def n_left(self) -> int:
        """Answers that the budget still allows."""
        return self.n_open + self.n_total - self.n_questions


@dataclass(frozen=True)
class Asking:
    """What is asked and what is still to come, as both stand at one moment.

    Attributes
    ----------
    choosing : Job or None
        The job that chooses the next questions, or chose and failed.
    """

    questions: tuple[QuestionView, ...]
    progress: ProgressView
    choosing: Job | None


@dataclass(frozen=True)
class Evidence:
    """What else is in the cluster of a question, to be looked at before answering.

    Attributes
    ----------
    nearest, random, farthest : tuple of int
        Images of the cluster, the one asked about left out, each at most once. Of an image that
        stands for no cluster, the nearest are its neighbours in the graph, where there is one.
    size : int
        Images in the cluster, with the one asked about.
    """

    nearest: tuple[int, ...]
    random: tuple[int, ...]
    farthest: tuple[int, ...]
    size: int


@dataclass(frozen=True)
class BorderlineImage:
    """The last image of a cluster that still gets its label; or one of the least sure labels.

    Attributes
    ----------
    cluster : int
    confidence : float
    is_right : bool or None
        Against ground truth; None where that is not known.
    """

    image: int
    cluster: int
    label: int
    class_name: str
    is_right: bool | None
    confidence: float


@dataclass(frozen=True, eq=False)
class SpreadView:
    """The answers, spread to a fraction of each cluster or by confidence.

    Attributes
    ----------
    method : str
        One of ``plugins.PROPAGATIONS``.
    fraction : float
        Of each cluster, where the method takes it.
    threshold : float
        Spread labels have at least this confidence, where it takes that.
    classes : tuple of str
        Names by label.
    label_set : LabelSet
        Of the pool, in its order.
    counts : dict of str to int
        Images by class name.
    label_accuracy : float or None
        Share of the labels that are right, those taken from the data set left out; None without
        ground truth beside these or without labels.
    has_truth : bool
        Whether there is such ground truth.
    n_taken : int
        Answers that are labels which the images came with.
    borderline : tuple of BorderlineImage
        From the largest cluster to the smallest, or from the least sure label upwards; at most
        ``spreading.MAX_BORDERLINE``.
    revision : int
        Of the run, when it was read.
    calibrated_by : str or None
        What made probabilities of the confidences, in words; None where they are as they were
        spread.
    """

    method: str
    fraction: float
    threshold: float
    classes: tuple[str, ...]
    label_set: LabelSet
    n_pool: int
    n_labeled: int
    counts: Mapping[str, int]
    label_accuracy: float | None
    has_truth: bool
    n_taken: int
    borderline: tuple[BorderlineImage, ...]
    revision: int
    calibrated_by: str | None = None
