"""A run as it stands at one moment: its rows in one snapshot, its arrays when they are asked for.

``open_run`` is called once for each request or job, and what it gives is handed on: nothing that a
page shows of a run is of another moment than the rest. Arrays never change, so they are looked at
afterwards, when the transaction is closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from labeler.config import RunConfig
from labeler.datasets import Dataset, Split
from labeler.exceptions import ConfigError
from labeler.pipeline.preparation import ImageNumbers, PoolArrays, Prepared
from labeler.records import UNLABELED, Answer, Clusters, Question, Rejection, Source
from labeler.storage import classes as class_rows
from labeler.storage import clusterings as cluster_rows
from labeler.storage import datasets as dataset_rows
from labeler.storage import imports as import_rows
from labeler.storage import jobs as job_rows
from labeler.storage import questions as question_rows
from labeler.storage import results as result_rows
from labeler.storage import runs as run_rows
from labeler.storage import suggestions as suggestion_rows
from labeler.storage.checking import audits as audit_rows
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import (
    AskedQuestion,
    ClusterChange,
    Job,
    KeptAudit,
    LabelImport,
    Result,
    RunClass,
    RunRow,
    Suggestions,
)
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.workflow import arrays, budgets
from labeler.workflow.array_names import Array, has_clusters, has_graph
from labeler.workflow.clusters.speakers import as_clusters_stand, cluster_numbers
from labeler.workflow.datasets import as_dataset, take_numbers
from labeler.workflow.exchange.taken_labels import is_taken
from labeler.workflow.label_space import LabelSpace, label_space
from labeler.workflow.workspace import Transaction, Workspace

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SOURCES = {source.name.lower(): source for source in Source}
RECENT_JOBS = 20


class NotPreparedError(ConfigError):
    """The run's questions are not there yet: its first job has not ended."""


@dataclass(frozen=True, eq=False)
class Run:
    """A run, its data set, classes and questions with the answers that stand.

    Attributes
    ----------
    ws : Workspace
        Where its arrays are.
    row : RunRow
    dataset : storage.rows.Dataset
    classes : tuple of RunClass
        Merged ones included, in their order.
    asked : tuple of AskedQuestion
        In the order asked; ``cluster`` is the number of the cluster of that time.
    changes : tuple of ClusterChange
        How the clusters came to be what they are.
    suggested : Suggestions or None
        What files say about its images.
    imports : tuple of LabelImport
        The files of labels that were written into it.
    jobs : tuple of Job
        The newest of them, the newest first.
    results : tuple of Result
        What trainings reached, the newest first.
    audits : tuple of KeptAudit
        Those of its labels, the one that was begun last first.
    """

    ws: Workspace
    row: RunRow
    dataset: ImportedDataset
    classes: tuple[RunClass, ...]
    asked: tuple[AskedQuestion, ...]
    changes: tuple[ClusterChange, ...]
    suggested: Suggestions | None
    imports: tuple[LabelImport, ...]
    jobs: tuple[Job, ...]
    results: tuple[Result, ...]
    audits: tuple[KeptAudit, ...]

    @property
    def audit(self) -> KeptAudit | None:
        """The audit that was begun last."""
        return next(iter(self.audits), None)

    @property
    def id(self) -> str:
        """What addresses and rows name it by."""
        return self.row.id

    @property
    def name(self) -> str:
        """What people call it."""
        return self.row.name

    def class_named(self, name: str) -> RunClass:
        """Its class of that name, in whatever case.

        Raises
        ------
        NotFoundError
        """
        for run_class in self.classes:
            if run_class.name.casefold() == name.strip().casefold():
                return run_class
        known = ", ".join(self.labels.names)
        raise NotFoundError(f"The run has no class {name!r}; it has {known}.")

    @property
    def revision(self) -> int:
        """How often its answers or classes changed."""
        return self.row.revision

    @property
    def version(self) -> int:
        """How often its clusters changed."""
        return self.changes[-1].version if self.changes else 0

    @cached_property
    def config(self) -> RunConfig:
        """Its settings, as the steps take them."""
        return budgets.config_of(self.row)

    @cached_property
    def questions(self) -> tuple[AskedQuestion, ...]:
        """In the order asked; ``cluster`` is the place of the cluster that each speaks for now."""
        return as_clusters_stand(self.ws, self.row, self.asked)

    @cached_property
    def labels(self) -> LabelSpace:
        """What the labels of this run mean now."""
        return label_space(self.classes, self.dataset.classes, self.row.settings.truth)

    @property
    def is_prepared(self) -> bool:
        """Whether the questions are there."""
        return has_clusters(self.row.artefacts) and bool(self.asked)

    def require_prepared(self) -> None:
        """Refuse what needs clusters and questions.

        Raises
        ------
        NotPreparedError
        """
        if not self.is_prepared:
            raise NotPreparedError(f"The run {self.name!r} is still being prepared.")

    def require_named(self, purpose: str) -> None:
        """Refuse what learns from answers as long as none names a class.

        Raises
        ------
        ConfigError
        """
        if not any(question.answer and question.answer.class_id for question in self.questions):
            raise ConfigError(f"No image is named yet; answer a question before {purpose}.")

    @property
    def n_given(self) -> int:
        """Questions that got any answer: a class, a skip or "mixed"."""
        return sum(question.answer is not None for question in self.questions)

    @property
    def n_not_asked(self) -> int:
        """Images with an answer that nobody is asked about."""
        return budgets.count_not_asked(self.asked)

    @property
    def n_reviewed(self) -> int:
        """Of these, images of whose label somebody said something when it was shown."""
        return sum(question.is_review for question in self.asked)

    @property
    def n_imported(self) -> int:
        """The others: images whose answer was imported."""
        return self.n_not_asked - self.n_reviewed

    @property
    def most_questions(self) -> int:
        """Questions that it may have: those of its budget, and those that came with an answer."""
        return min(self.row.budget + self.n_not_asked, self.row.settings.n_pool)

    @property
    def n_questions_in_all(self) -> int:
        """Questions that it asks: those of now, and those that are still to be chosen."""
        n_asked = len(self.asked) - self.n_not_asked
        return budgets.questions_in_all(self.row, n_asked, self.n_not_asked)

    @property
    def awaits_round(self) -> bool:
        """Whether further questions will be chosen by the answers so far."""
        return self.n_questions_in_all > len(self.asked) - self.n_not_asked

    def given_answers(self, questions: Sequence[AskedQuestion] | None = None) -> tuple[Answer, ...]:
        """The answers that stand, in the order asked, as the steps know them.

        Parameters
        ----------
        questions : sequence of AskedQuestion, optional
            Those whose answers count; by default all of them.
        """
        questions = self.questions if questions is None else questions
        asked = np.array([question.image for question in questions], dtype=np.int64)
        places = np.searchsorted(self.pool, asked).tolist()
        return tuple(
            Answer(
                Question(place, question.cluster),
                self._label(question),
                SOURCES[question.answer.provenance],
            )
            for place, question in zip(places, questions, strict=True)
            if question.answer is not None and not question.answer.is_rejection
        )

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """What images are not, as somebody said who did not say what they are."""
        label_of = self.labels.label_of
        return tuple(
            Rejection(int(np.searchsorted(self.pool, question.image)), label_of[shown])
            for question in self.questions
            if question.answer is not None
            and question.answer.is_rejection
            and (shown := question.answer.shown_class_id) is not None
        )

    @property
    def pool(self) -> np.ndarray:
        """Image numbers of its pool, ascending; shape (n,), dtype int64."""
        return self.ws.array(self.row.artefacts[Array.POOL])

    @property
    def held_out(self) -> np.ndarray | None:
        """Image numbers of its test part; None where it has none."""
        artefacts = self.row.artefacts
        return self.ws.array(artefacts[Array.TEST]) if Array.TEST in artefacts else None

    @property
    def features(self) -> np.ndarray:
        """Of its pool; shape (n, n_features), dtype float32."""
        return self.ws.array(self.row.artefacts[Array.FEATURES])

    @property
    def clusters(self) -> Clusters:
        """Its clusters, as they were made; their images are places in the pool."""
        return arrays.clusters_from(self.ws, self.row.artefacts)

    @property
    def cluster_numbers(self) -> np.ndarray:
        """The number of each of its clusters, by its place; shape (n_clusters,)."""
        return cluster_numbers(self.ws, self.row)

    def members(self, cluster: int) -> np.ndarray:
        """Places in the pool of one cluster's images, the nearest to its centroid first."""
        return arrays.members_of(self.ws, self.row.artefacts, cluster)

    @property
    def has_graph(self) -> bool:
        """Whether it has a graph to spread answers over."""
        return has_graph(self.row.artefacts)

    @property
    def graph(self) -> "csr_array":
        """The neighbours of each image of the pool; its images are places there."""
        return arrays.graph_of(self.ws, self.row.artefacts)

    def neighbours(self, place: int) -> np.ndarray:
        """Places in the pool of an image's neighbours in the graph, the nearest first."""
        if not self.has_graph:
            return np.empty(0, dtype=np.int64)
        return arrays.neighbours_of(self.ws, self.row.artefacts, place)

    @property
    def true_labels(self) -> np.ndarray:
        """True classes of the pool as labels of the run; ``UNLABELED`` where not known."""
        return self.true_labels_of(self.pool)

    def true_labels_of(self, numbers: np.ndarray) -> np.ndarray:
        """The same of some images of the data set's pool, by image number."""
        known = np.asarray(self.ws.array(self.dataset.artefacts[Array.POOL_LABELS]))
        return self.labels.translate(known[numbers])

    @property
    def other_truth(self) -> np.ndarray:
        """``true_labels`` that something can be compared with: none that was taken as an answer."""
        return self.other_truth_of(self.pool)

    def other_truth_of(self, numbers: np.ndarray) -> np.ndarray:
        """The same of some images of the data set's pool, by image number."""
        taken = [question.image for question in self.asked if is_taken(question)]
        truth = self.true_labels_of(numbers)
        return np.where(np.isin(numbers, taken), UNLABELED, truth) if taken else truth

    @property
    def pool_dataset(self) -> Dataset:
        """Its pool and test part as a data set, in its own classes."""
        dataset = as_dataset(self.ws, self.dataset)
        test = self.held_out
        return Dataset(
            self.dataset.name,
            self.labels.names,
            self._translated(take_numbers(dataset, self.pool)),
            None if test is None else self._translated(take_numbers(dataset, test)),
            dataset.source,
            (*dataset.notes, *self.row.settings.notes),
        )

    @property
    def prepared(self) -> Prepared:
        """Its images and features, ready to be trained on."""
        dataset, artefacts = self.pool_dataset, self.row.artefacts
        cached = PoolArrays(dataset, self.config, self.numbers, self.ws.feature_cache)
        return Prepared(
            dataset.classes,
            dataset.train,
            dataset.test,
            self.features,
            self.ws.array(artefacts[Array.TEST_FEATURES]) if dataset.test is not None else None,
            self.graph if self.has_graph else None,
            cached if self._has_features_of_all else None,
        )

    @property
    def _has_features_of_all(self) -> bool:
        """Whether its features are those that others look for.

        Learned from a part of the pool, or with originals missing, they are not.
        """
        is_named = self.row.artefacts[Array.FEATURES] in self.dataset.artefacts.values()
        return is_named and self.row.settings.n_fitted is None

    @property
    def numbers(self) -> ImageNumbers:
        """Which images of its data set it works on."""
        counts = self.dataset.counts
        return ImageNumbers(self.pool, self.held_out, counts["pool"], counts["test"])

    def _label(self, question: AskedQuestion) -> int | None:
        """None for a skip, and for a cluster that is not one thing."""
        class_id = None if question.answer is None else question.answer.class_id
        return None if class_id is None else self.labels.label_of[class_id]

    def _translated(self, split: Split) -> Split:
        return replace(split, labels=self.labels.translate(split.labels))


def open_run(ws: Workspace, run_id: str, *, n_jobs: int = RECENT_JOBS) -> Run:
    """A run as it stands now, with the newest ``n_jobs`` of its jobs.

    Raises
    ------
    NotFoundError
        There is no such run, or it is in the bin.
    """
    with ws.database.reading() as session:
        return run_within(ws, session, run_id, n_jobs=n_jobs)


def run_within(
    ws: Workspace, session: Transaction, run_id: str, *, n_jobs: int = RECENT_JOBS
) -> Run:
    """The same as ``open_run``, as a transaction that is open already sees it."""
    row = run_rows.get(session, run_id)
    return Run(
        ws=ws,
        row=row,
        dataset=dataset_rows.get(session, row.dataset_id),
        classes=class_rows.list_of_run(session, run_id),
        asked=question_rows.list_of_run(session, run_id),
        changes=cluster_rows.list_of_run(session, run_id),
        suggested=suggestion_rows.current(session, run_id),
        imports=import_rows.list_of_run(session, run_id),
        jobs=job_rows.list_recent(session, run_id=run_id, limit=n_jobs),
        results=result_rows.list_of_run(session, run_id),
        audits=audit_rows.of_run(session, run_id),
    )
