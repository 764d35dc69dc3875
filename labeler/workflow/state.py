"""One run as it stands at one moment: read in a single transaction, nothing computed yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labeler.exceptions import ConfigError
from labeler.records import UNLABELED, Answer, Question, Source
from labeler.storage import answers as answer_rows
from labeler.storage import classes as class_rows
from labeler.storage import clusterings as cluster_rows
from labeler.storage import datasets as dataset_rows
from labeler.storage import runs as run_rows
from labeler.storage.rows import AnswerSource, AskedQuestion, ClusterChange, Run, RunClass
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.workflow.clusters.standing import as_clusters_stand
from labeler.workflow.workspace import Transaction, Workspace

SOURCES = {AnswerSource.HUMAN: Source.HUMAN, AnswerSource.ORACLE: Source.ORACLE}


class NotPreparedError(ConfigError):
    """The run's questions are not there yet: its first job has not ended."""


@dataclass(frozen=True)
class LabelSpace:
    """What a label of a run means.

    Attributes
    ----------
    names : tuple of str
        Class names by label: the run's own classes, merged ones left out, in their order; then
        true classes that the run has no class for.
    label_of : dict of int to int
        The label of each of the run's classes by id; a merged class has that of its target.
    label_of_truth : tuple of int
        The label of each true class of the data set.
    """

    names: tuple[str, ...]
    label_of: Mapping[int, int]
    label_of_truth: tuple[int, ...]

    def translate(self, true_labels: np.ndarray) -> np.ndarray:
        """True classes of the data set as labels of the run; what is unknown stays so."""
        # The last entry is what UNLABELED (-1) picks.
        table = np.array([*self.label_of_truth, UNLABELED], dtype=np.int64)
        translated: np.ndarray = table[true_labels]
        return translated


@dataclass(frozen=True)
class RunState:
    """A run, its data set, classes and questions with the answers that stand.

    Attributes
    ----------
    classes : tuple of RunClass
        Merged ones included, in their order.
    questions : tuple of AskedQuestion
        In the order asked; ``cluster`` is the place of the cluster that each speaks for now.
    asked : tuple of AskedQuestion
        The same as they were asked; ``cluster`` is the number of the cluster of that time.
    changes : tuple of ClusterChange
        How the clusters came to be what they are.
    """

    run: Run
    dataset: ImportedDataset
    classes: tuple[RunClass, ...]
    questions: tuple[AskedQuestion, ...]
    asked: tuple[AskedQuestion, ...]
    changes: tuple[ClusterChange, ...]

    @property
    def version(self) -> int:
        """How often the clusters changed."""
        return self.changes[-1].version if self.changes else 0

    @property
    def is_prepared(self) -> bool:
        """Whether the questions are there."""
        return "clusters.labels" in self.run.artefacts and bool(self.questions)

    def require_prepared(self) -> None:
        """Refuse what needs clusters and questions.

        Raises
        ------
        NotPreparedError
        """
        if not self.is_prepared:
            raise NotPreparedError(f"The run {self.run.name!r} is still being prepared.")

    @cached_property
    def labels(self) -> LabelSpace:
        """What the labels of this run mean now."""
        return label_space(self.classes, self.dataset.classes, self.run.settings.get("truth"))

    @property
    def n_given(self) -> int:
        """Questions that got any answer: a class, a skip or "mixed"."""
        return sum(question.answer is not None for question in self.questions)


def read_state(ws: Workspace, run_id: str) -> RunState:
    """Read a run as it stands now.

    Raises
    ------
    NotFoundError
        There is no such run, or it is in the bin.
    """
    with ws.database.reading() as session:
        return state_within(ws, session, run_id)


def state_within(ws: Workspace, session: Transaction, run_id: str) -> RunState:
    """The same as ``read_state``, as a transaction that is open already sees it."""
    run = run_rows.get(session, run_id)
    asked = answer_rows.questions(session, run_id)
    return RunState(
        run=run,
        dataset=dataset_rows.get(session, run.dataset_id),
        classes=class_rows.list_of_run(session, run_id),
        questions=as_clusters_stand(ws, run, asked),
        asked=asked,
        changes=cluster_rows.list_of_run(session, run_id),
    )


def given_answers(
    state: RunState, pool: np.ndarray, questions: Sequence[AskedQuestion] | None = None
) -> tuple[Answer, ...]:
    """The answers that stand, in the order asked, as the steps know them.

    Parameters
    ----------
    state : RunState
    pool : ndarray of shape (n,), dtype int64
        The image number of each image of the run's pool, ascending.
    questions : sequence of AskedQuestion, optional
        Those whose answers count; by default all of them.
    """
    questions = state.questions if questions is None else questions
    asked = np.array([question.image for question in questions], dtype=np.int64)
    places = np.searchsorted(pool, asked).tolist()
    return tuple(
        Answer(
            Question(place, question.cluster),
            _label(state.labels, question),
            SOURCES[question.answer.source],
        )
        for place, question in zip(places, questions, strict=True)
        if question.answer is not None
    )


def label_space(
    classes: tuple[RunClass, ...],
    true_classes: tuple[str, ...],
    truth_of_position: list[int | None] | None,
) -> LabelSpace:
    """Work out what the labels of a run mean.

    Parameters
    ----------
    classes : tuple of RunClass
    true_classes : tuple of str
        Names of the data set's own classes.
    truth_of_position : list of int or None
        The true class that each of the run's first classes was made for, by position: it stays
        that class when it is renamed.
    """
    targets = class_rows.resolve(classes)
    live = [one for one in classes if one.merged_into is None]
    label_of_live = {one.id: label for label, one in enumerate(live)}
    label_of = {one.id: label_of_live[targets[one.id]] for one in classes}
    label_of_truth = _labels_of_truth(classes, true_classes, truth_of_position or [], label_of)
    names = [one.name for one in live]
    for truth, name in enumerate(true_classes):
        if truth not in label_of_truth:
            label_of_truth[truth] = len(names)
            names.append(name)
    ordered = tuple(label_of_truth[truth] for truth in range(len(true_classes)))
    return LabelSpace(tuple(names), label_of, ordered)


def _labels_of_truth(
    classes: tuple[RunClass, ...],
    true_classes: tuple[str, ...],
    truth_of_position: list[int | None],
    label_of: Mapping[int, int],
) -> dict[int, int]:
    made_for = {position: truth for position, truth in enumerate(truth_of_position)}
    by_name = {name.casefold(): truth for truth, name in enumerate(true_classes)}
    found: dict[int, int] = {}
    for one in classes:
        truth = made_for.get(one.position, by_name.get(one.name.casefold()))
        if truth is not None:
            found.setdefault(truth, label_of[one.id])
    return found


def _label(labels: LabelSpace, question: AskedQuestion) -> int | None:
    """None for a skip, and for a cluster that is not one thing."""
    class_id = None if question.answer is None else question.answer.class_id
    return None if class_id is None else labels.label_of[class_id]
