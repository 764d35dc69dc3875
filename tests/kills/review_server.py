"""What the harness's server does with an operation, where pages of labels are looked at."""

from typing import Any

from sqlalchemy.orm import Session

from labeler.storage.checking import reviews
from labeler.storage.errors import NothingToUndoError
from labeler.storage.rows import NewReviewPage, SeenLabel
from tests.kills.answer_server import Server


def apply_to_review(session: Session, server: Server, op: dict[str, Any]) -> dict[str, Any]:
    """Record an operation's questions as images of one page, each of which is put right.

    One that was let stand would leave the page if another had answered it meanwhile.

    Raises
    ------
    NothingToUndoError
        It is an undo: which page is meant, the clients do not say.
    """
    if op["kind"] == "undo":
        raise NothingToUndoError("no page is named")
    seen = [SeenLabel(image, op["class"]) for image in op["questions"]]
    page = NewReviewPage(None, seen, queue=1, page=0, n_planted=2, n_found=1)
    told = reviews.record(session, server.run_id, op["op_id"], op["annotator"], page)
    return {"revision": told.revision, "questions": told.question_ids}
