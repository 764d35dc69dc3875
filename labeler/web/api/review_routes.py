"""Reviews over the API."""

from labeler.web.api import answers, bodies
from labeler.web.api.basket_routes import api, blueprint
from labeler.web.api.routes import RUN, WRITES
from labeler.web.api.routing import Answer
from labeler.web.http.context import annotator, workspace
from labeler.workflow.reviewing.one_image import answer_image, take_back
from labeler.workflow.reviewing.pages import review_progress
from labeler.workflow.reviewing.record import confirm_page

__all__ = ["api", "blueprint"]


@api.route(
    "POST",
    f"{RUN}/reviews",
    "review",
    Answer(201, "Recorded", answers.Reviewed),
    Answer(200, "Was recorded before", answers.Reviewed),
    errors=(409, 422, *WRITES),
    default={"kind": "page"},
)
def review(
    run_id: str, body: bodies.ReviewingPage | bodies.ReviewingImage | bodies.UndoingPage
) -> tuple[answers.Reviewed, int]:
    """Record a page of labels or one image that was looked at, or take that back; on disk then."""
    ws, me = workspace(), annotator()
    if isinstance(body, bodies.UndoingPage):
        recorded = take_back(ws, run_id, body.op_id, me, body.target)
    elif isinstance(body, bodies.ReviewingImage):
        recorded = answer_image(
            ws,
            run_id,
            body.op_id,
            me,
            body.image,
            body.shown,
            body.class_id,
            body.duration_ms,
            body.base_revision,
        )
    else:
        recorded = confirm_page(
            ws,
            run_id,
            body.op_id,
            me,
            body.queue,
            body.page,
            body.marks_by_image,
            body.duration_ms,
            body.images,
        )
    answer = answers.Reviewed.of(recorded, review_progress(ws, run_id))
    return answer, 200 if recorded.is_replay else 201
