"""A page of labels recorded, all of it or nothing, and taken back.

It is on disk when ``confirm_page`` returns. Sent again with the same ``op_id`` it changes nothing.
After the last page of an order the answers are spread again, in the background.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress

from labeler.storage import runs as run_rows
from labeler.storage.checking import reviews as review_rows
from labeler.storage.errors import InvalidError, NotFoundError, OrderChangedError, QueueFullError
from labeler.storage.questions import answered_images
from labeler.storage.rows import NewReviewPage, Recorded, SeenLabel
from labeler.workflow.array_names import Array
from labeler.workflow.reviewing.queue import Order, order_from
from labeler.workflow.spread.spreading import request_spread
from labeler.workflow.workspace import Transaction, Workspace

_CHANGED = "The labels were put into another order meanwhile; look again."


def confirm_page(
    ws: Workspace,
    run_id: str,
    op_id: str,
    annotator: str,
    queue: int,
    number: int,
    marks: Mapping[int, int | None],
    duration_ms: int | None = None,
    seen: Collection[int] | None = None,
) -> Recorded:
    """Record what somebody made of a page.

    Parameters
    ----------
    ws : Workspace
    run_id, op_id, annotator : str
    queue, number : int
        The order that the page is of, and its number there.
    marks : mapping of int to (int or None)
        Image numbers of what does not belong there, with the class that it is, if somebody said.
        The others are let stand.
    duration_ms : int, optional
        How long the page was looked at.
    seen : collection of int, optional
        Image numbers of what was shown; of others of the page nothing is said, such as one that
        was answered while it was shown, and that taken back. By default all of the page.

    Raises
    ------
    OrderChangedError
        Labels were put into another order meanwhile, or images taken back.
    InvalidError
        A mark is of an image that is not on the page, or was not shown.
    NotFoundError, OpIdReusedError, BusyError
        Nothing was changed.
    """

    def record(session: Transaction) -> tuple[Recorded, bool]:
        order = _order(ws, session, run_id, queue)
        page = _page(order, queue, number, marks, seen)
        recorded = review_rows.record(session, run_id, op_id, annotator, page, duration_ms)
        return recorded, _is_done(session, run_id, queue, order)

    recorded, is_last = ws.database.write(record)
    if is_last and not recorded.is_replay:
        with suppress(QueueFullError):  # then whoever looks at the labels next asks for it
            request_spread(ws, run_id)
    return recorded


def undo_page(ws: Workspace, run_id: str, op_id: str, annotator: str, target: str) -> Recorded:
    """Take a page back: its labels are what they were.

    Raises
    ------
    NothingToUndoError, OpIdReusedError, NotFoundError, InvalidError, BusyError
    """
    return ws.database.write(
        lambda session: review_rows.undo(session, run_id, op_id, annotator, target)
    )


def _order(ws: Workspace, session: Transaction, run_id: str, queue: int) -> Order:
    run = run_rows.get(session, run_id)
    if not queue or run.settings.review_queue != queue:
        raise OrderChangedError(_CHANGED)
    order = order_from(ws, run.artefacts)
    if order.images.max(initial=-1) > ws.array(run.artefacts[Array.POOL])[-1]:
        raise OrderChangedError(_CHANGED)
    return order


def _is_done(session: Transaction, run_id: str, queue: int, order: Order) -> bool:
    """Whether no page is left: each was looked at, or all of its images were answered elsewhere.

    The surest page is looked into first: as long as it is open, that is one short query.
    """
    done = {page.page for page in review_rows.standing(session, run_id, queue)}
    left = (number for number in reversed(range(len(order))) if number not in done)
    return all(_is_answered(session, run_id, order, number) for number in left)


def _is_answered(session: Transaction, run_id: str, order: Order, number: int) -> bool:
    part = order.part(number)
    images = order.images[part][~order.is_planted[part]].tolist()
    return answered_images(session, run_id, images) >= set(images)


def _page(
    order: Order,
    queue: int,
    number: int,
    marks: Mapping[int, int | None],
    shown: Collection[int] | None,
) -> NewReviewPage:
    if not 0 <= number < len(order):
        raise NotFoundError(f"There is no page {number} to look at.")
    images = order.images[order.part(number)].tolist()
    is_planted = order.is_planted[order.part(number)].tolist()
    looked_at = set(images) if shown is None else set(images) & set(shown)
    if not marks.keys() <= looked_at:
        raise InvalidError("A mark is of an image that is not on the page.")
    class_id = int(order.class_ids[number])
    return NewReviewPage(
        class_id=class_id,
        seen=[
            SeenLabel(image, marks.get(image, class_id))
            for image, planted in zip(images, is_planted, strict=True)
            if image in looked_at and not planted
        ],
        queue=queue,
        page=number,
        n_planted=sum(is_planted),
        n_found=sum(
            planted and image in marks for image, planted in zip(images, is_planted, strict=True)
        ),
    )
