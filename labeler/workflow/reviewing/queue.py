"""The order in which a run's labels are looked at: made once, and kept as arrays of the run.

Labels are spread again while somebody looks at them. The order stays what it was, so that nobody
loses their place; another one is made when it is asked for.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.reviewing.doubt import share_wrong
from labeler.pipeline.left_out import spread_without
from labeler.progress import SILENT, Progress
from labeler.records import LabelSet, Source
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.rows import Job
from labeler.workflow.array_names import Array
from labeler.workflow.audit.calibrating import audit_for, curve_of, left_out_of
from labeler.workflow.job_kinds import REVIEW, SPREAD
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs.settings import SpreadSettings
from labeler.workflow.spread.spreading import (
    chosen_settings,
    evidence_of,
    look_for_spread,
    spread_labels,
)
from labeler.workflow.workspace import Transaction, Workspace

if TYPE_CHECKING:
    from labeler.learning.reviewing import ReviewPage

ARRAYS = {
    "images": Array.REVIEW_IMAGES,
    "is_planted": Array.REVIEW_PLANTED,
    "starts": Array.REVIEW_STARTS,
    "class_ids": Array.REVIEW_CLASSES,
    "wrong": Array.REVIEW_DOUBTS,
}
"""What the arrays of an ``Order`` are called."""


@dataclass(frozen=True, eq=False)
class Order:
    """Pages of labels, known errors among them.

    Attributes
    ----------
    images : ndarray of shape (n,), dtype int64
        Image numbers, page after page.
    is_planted : ndarray of shape (n,), dtype bool
        Whether the label shown is known to be wrong: the image was answered to be of another class.
    starts : ndarray of shape (n_pages + 1,), dtype int64
        Where each page begins in ``images``, and where the last ends.
    class_ids : ndarray of shape (n_pages,), dtype int64
        The class that all images of a page are said to be.
    wrong : ndarray of shape (n_pages,), dtype float32
        Which share of a page is expected to be.
    """

    images: np.ndarray
    is_planted: np.ndarray
    starts: np.ndarray
    class_ids: np.ndarray
    wrong: np.ndarray

    def __len__(self) -> int:
        return len(self.class_ids)

    def part(self, page: int) -> slice:
        """Where a page is in ``images``."""
        return slice(int(self.starts[page]), int(self.starts[page + 1]))


@dataclass(frozen=True)
class NewOrder:
    """An order, ready to be the run's."""

    run_id: str
    artefacts: Mapping[str, str]

    def deliver(self, session: Transaction) -> dict[str, Any]:
        """Make it the one that pages are taken from."""
        number = run_rows.hold(session, self.run_id).settings.review_queue + 1
        settings: Any = {"review_queue": number}
        run_rows.update_run(session, self.run_id, settings=settings, artefacts=self.artefacts)
        return {"run_id": self.run_id, "queue": number}


def request_order(ws: Workspace, run_id: str) -> Job:
    """Have the labels of a run ordered for looking at; spread first, if that is not done.

    Raises
    ------
    NotFoundError, NotPreparedError, QueueFullError
    """
    run = open_run(ws, run_id)
    run.require_prepared()
    inputs = {"run_id": run_id, "revision": run.revision, "after": run.row.settings.review_queue}
    first = look_for_spread(run)
    with ws.database.writing() as session:
        if first is not None and first.job is None:
            job_rows.enqueue(session, SPREAD, first.inputs, run_id=run_id)
        return job_rows.enqueue(session, REVIEW, inputs, run_id=run_id)


def order_labels(ws: Workspace, run_id: str, progress: Progress = SILENT) -> NewOrder:
    """Order the labels of a run as they are spread now.

    Raises
    ------
    NotFoundError, NotPreparedError
    """
    run = open_run(ws, run_id)
    run.require_prepared()
    with progress.task("Looking for doubtful labels"):
        settings = chosen_settings(run)
        label_set = spread_labels(run, settings, progress)
        order = _planted(run, label_set, _shares_wrong(run, settings, label_set, progress))
    arrays: dict[str, np.ndarray] = {name: getattr(order, part) for part, name in ARRAYS.items()}
    return NewOrder(run_id, ws.artefacts.save_all(arrays))


def order_of(run: Run) -> Order | None:
    """The order that pages are taken from; None where there is none yet."""
    if not run.row.settings.review_queue:
        return None
    order = order_from(run.ws, run.row.artefacts)
    # Images may have been taken back since.
    return order if order.images.max(initial=-1) <= run.pool[-1] else None


def order_from(ws: Workspace, artefacts: Mapping[str, str]) -> Order:
    """The same by the names of its arrays."""
    return Order(**{part: np.asarray(ws.array(artefacts[name])) for part, name in ARRAYS.items()})


def not_asked(run: Run, label_set: LabelSet) -> LabelSet:
    """The labels without those of images that a question is about: it is answered elsewhere."""
    asked = [question.image for question in run.questions if not question.is_review]
    sources = label_set.sources.copy()
    places = np.searchsorted(run.pool, asked)
    sources[places] = np.where(
        sources[places] == Source.PROPAGATED, np.int8(Source.NONE), sources[places]
    )
    return LabelSet(label_set.labels, sources, label_set.confidences, label_set.origins)


def _shares_wrong(
    run: Run, settings: SpreadSettings, label_set: LabelSet, progress: Progress
) -> "Callable[[ReviewPage], float]":
    """How much of a page is expected to be wrong.

    By an audit; else by what its confidences lack, and by the answers that were left out: as they
    say where that is less, and midway where it is more, for they foretell too little.
    """
    with suppress(ConfigError):
        curve = curve_of(audit_for(run, settings.method))
        right = curve.calibrate(label_set.confidences, np.maximum(label_set.labels, 0))
        return lambda page: float(1 - right[page.images].mean())
    left_out = None
    if not settings.plugin.takes_fraction:
        left_out = left_out_of(run, settings.method) or spread_without(
            evidence_of(run, settings), run.config.with_(propagation=settings.method), progress
        )
    if left_out is None:
        return lambda page: share_wrong(page.doubt)
    worth = left_out.worth(label_set.confidences)

    def expected(page: "ReviewPage") -> float:
        told, lacking = float(1 - worth[page.images].mean()), share_wrong(page.doubt)
        return told if told < lacking else (told + lacking) / 2

    return expected


def _planted(
    run: Run, label_set: LabelSet, expected_wrong: "Callable[[ReviewPage], float]"
) -> Order:
    from scipy.spatial.distance import cdist

    from labeler.learning.reviewing import planted_at, review_queue

    graph = run.graph if run.has_graph else None
    X, pool, answers = run.features, run.pool, run.given_answers()
    queue = review_queue(not_asked(run, label_set), X, graph)
    of_answers = X[[answer.question.image for answer in answers]]
    rng = run.config.rng(f"planted errors {run.row.settings.review_queue}")
    images, is_planted, wrong = [], [], []
    for number in range(len(queue)):
        page = queue.page(number)
        distances = cdist(of_answers, X[page.images]).min(axis=1)
        planted = planted_at(answers, page.label, len(page.images), rng, distances)
        marked = np.zeros(len(page.images) + len(planted), dtype=bool)
        marked[list(planted)] = True
        places = np.empty(len(marked), dtype=np.int64)
        places[~marked], places[marked] = page.images, list(planted.values())
        images.append(pool[places])
        is_planted.append(marked)
        wrong.append(expected_wrong(page))
    return Order(
        images=np.concatenate([np.empty(0, np.int64), *images]),
        is_planted=np.concatenate([np.empty(0, bool), *is_planted]),
        starts=np.cumsum([0, *map(len, images)]).astype(np.int64),
        class_ids=run.labels.as_class_ids(queue.labels),
        wrong=np.array(wrong, dtype=np.float32),
    )
