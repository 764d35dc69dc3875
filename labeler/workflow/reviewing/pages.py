"""What is on a page of labels, which pages are left, and how many known errors were found."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labeler.learning.reviewing.doubt import MANY_WRONG
from labeler.storage import runs as run_rows
from labeler.storage.checking import reviews as review_rows
from labeler.storage.classes import resolve
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import ReviewedPage, RunClass
from labeler.workflow.array_names import Array
from labeler.workflow.reviewing.queue import Order, order_of
from labeler.workflow.run import Run, run_within
from labeler.workflow.workspace import Workspace


@dataclass(frozen=True)
class PageView:
    """A page, ready to be shown; which of its labels are known errors is not told.

    Attributes
    ----------
    queue, number : int
    run_class : RunClass
        What all of its images are said to be.
    images : tuple of int
        Image numbers, similar ones side by side; what was answered since is not among them.
    likeliest : tuple of tuple of int
        Ids of the two likeliest classes of each image, the one shown first.
    is_one_by_one : bool
        Whether so many look wrong that naming each is faster than marking.
    """

    queue: int
    number: int
    run_class: RunClass
    images: tuple[int, ...]
    likeliest: tuple[tuple[int, ...], ...]
    is_one_by_one: bool


@dataclass(frozen=True, eq=False)
class Review:
    """How far the labels of a run were looked at, by the order that is in use.

    Attributes
    ----------
    run : Run
    done : tuple of ReviewedPage
        Pages that were looked at and not taken back, in the order recorded.
    """

    run: Run
    done: tuple[ReviewedPage, ...]

    @property
    def queue(self) -> int:
        """The number of the order; 0 where there is none."""
        return self.run.row.settings.review_queue if self.order is not None else 0

    @cached_property
    def order(self) -> Order | None:
        """None until labels were ordered for looking at."""
        return order_of(self.run)

    @cached_property
    def left(self) -> tuple[int, ...]:
        """Numbers of the pages that nobody looked at, the most doubtful first."""
        if self.order is None or not len(self.order):
            return ()
        done = {page.page for page in self.done}
        is_open = ~self._is_answered & ~self.order.is_planted
        n_open = np.add.reduceat(is_open, self.order.starts[:-1], dtype=np.int64).tolist()
        return tuple(number for number, n in enumerate(n_open) if n and number not in done)

    @property
    def n_planted(self) -> int:
        """Known errors on the pages that were looked at."""
        return sum(page.n_planted for page in self.done)

    @property
    def n_found(self) -> int:
        """How many of them were marked."""
        return sum(page.n_found for page in self.done)

    def left_of(self, class_id: int) -> tuple[int, ...]:
        """Of the pages that are left, those of one class; none where there is no such class."""
        if self.order is None:
            return ()
        ids = self.order.class_ids
        return tuple(n for n in self.left if self._class(int(ids[n])).id == class_id)

    def last_of(self, annotator: str) -> ReviewedPage | None:
        """The page that somebody looked at last."""
        own = [page for page in self.done if page.annotator == annotator]
        return own[-1] if own else None

    def page(self, number: int) -> PageView:
        """A page of the order, whether it was looked at or not.

        Raises
        ------
        NotFoundError
            There is no such page, or its class is gone.
        """
        order = self.order
        if order is None or not 0 <= number < len(order):
            raise NotFoundError(f"There is no page {number} to look at.")
        part = order.part(number)
        images = order.images[part]
        if number in self.left:
            images = images[order.is_planted[part] | ~self._is_answered[part]]
        run_class = self._class(int(order.class_ids[number]))
        return PageView(
            queue=self.queue,
            number=number,
            run_class=run_class,
            images=tuple(images.tolist()),
            likeliest=self._likeliest(images, run_class.id),
            is_one_by_one=float(order.wrong[number]) > MANY_WRONG,
        )

    @cached_property
    def _is_answered(self) -> np.ndarray:
        """Of each image of the order, whether an answer to it stands."""
        assert self.order is not None
        answered = [question.image for question in self.run.questions if question.answer]
        return np.isin(self.order.images, np.array(answered, dtype=np.int64))

    @cached_property
    def _classes(self) -> dict[int, RunClass]:
        """The class that each class counts for, which another may have been merged into since."""
        by_id = {run_class.id: run_class for run_class in self.run.classes}
        return {one: by_id[counts] for one, counts in resolve(self.run.classes).items()}

    def _class(self, class_id: int) -> RunClass:
        return self._classes[class_id]

    def _likeliest(self, images: np.ndarray, shown: int) -> tuple[tuple[int, ...], ...]:
        kept = self.run.row.artefacts.get(Array.SPREAD_PROBABILITIES)
        if kept is None:
            return ((shown,),) * len(images)
        soft = np.asarray(
            self.run.ws.array(kept)[np.searchsorted(self.run.pool, images)], dtype=np.float32
        )
        class_ids = self.run.labels.class_ids[: soft.shape[1]]
        others = [label for label, class_id in enumerate(class_ids) if class_id != shown]
        if not others:
            return ((shown,),) * len(images)
        second = soft[:, others].argmax(axis=1).tolist()
        return tuple((shown, class_ids[others[place]]) for place in second)


@dataclass(frozen=True)
class ReviewProgress:
    """How far somebody is, for who only needs the figures.

    Attributes
    ----------
    n_done : int
        Pages of the order that were looked at.
    n_planted, n_found : int
        Known errors on them, and how many were marked.
    """

    n_done: int
    n_planted: int
    n_found: int


def review_progress(ws: Workspace, run_id: str) -> ReviewProgress:
    """How far the labels of a run were looked at: three short reads, no arrays.

    Raises
    ------
    NotFoundError
    """
    with ws.database.reading() as session:
        queue = run_rows.get(session, run_id).settings.review_queue
        done = review_rows.standing(session, run_id, queue)
    return ReviewProgress(
        n_done=len({page.page for page in done}),
        n_planted=sum(page.n_planted for page in done),
        n_found=sum(page.n_found for page in done),
    )


def open_review(ws: Workspace, run_id: str) -> Review:
    """How far the labels of a run were looked at, read in one transaction.

    Raises
    ------
    NotFoundError
    """
    with ws.database.reading() as session:
        run = run_within(ws, session, run_id)
        return Review(run, review_rows.standing(session, run_id, run.row.settings.review_queue))
