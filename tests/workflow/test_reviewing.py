"""Labels of a kept run, looked at page by page: recorded, taken back, spread again."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.records import Source
from labeler.storage import runs as run_rows
from labeler.storage.errors import (
    AnswerConflictError,
    InvalidError,
    NotFoundError,
    NothingToUndoError,
    OpIdReusedError,
    OrderChangedError,
)
from labeler.storage.rows import Job, JobStatus, RunRow
from labeler.workflow import labeling
from labeler.workflow.exchange.export import export_chunks
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.exchange.importing import ImportOptions, import_labels, read_labels
from labeler.workflow.job_kinds import SPREAD
from labeler.workflow.labeling import progress_of, standing_operations
from labeler.workflow.reviewing.labels_now import labels_now
from labeler.workflow.reviewing.listing import as_csv, doubtful_labels
from labeler.workflow.reviewing.one_image import answer_image
from labeler.workflow.reviewing.pages import PageView, Review, open_review, review_progress
from labeler.workflow.reviewing.queue import request_order
from labeler.workflow.reviewing.record import confirm_page, undo_page
from labeler.workflow.run import open_run
from labeler.workflow.runs import duplicate_run, get_run, list_runs
from labeler.workflow.spread.spreading import request_spread, spread
from labeler.workflow.views import SpreadView
from labeler.workflow.workspace import Workspace

Finish = Callable[[Job], Job]
SETTINGS = {"preset": "best", "features": "pixels"}


@pytest.fixture
def run(
    ws: Workspace,
    bars: Dataset,
    prepared: Callable[..., RunRow],
    answer_rightly: Callable[..., None],
    finish: Finish,
) -> RunRow:
    """Half of the questions answered, and the labels ordered for looking at."""
    row = prepared(bars, **SETTINGS)
    answer_rightly(row, bars)
    spread_again(ws, row, finish)
    assert finish(request_order(ws, row.id)).status is JobStatus.DONE
    return row


def spread_again(ws: Workspace, run: RunRow, finish: Finish) -> SpreadView:
    job = request_spread(ws, run.id)
    if job is not None:
        assert finish(job).status is JobStatus.DONE
    return spread(open_run(ws, run.id))


def first_page(ws: Workspace, run: RunRow) -> tuple[Review, PageView]:
    review = open_review(ws, run.id)
    return review, review.page(review.left[0])


def planted_of(review: Review, number: int) -> list[int]:
    assert review.order is not None
    part = review.order.part(number)
    images: list[int] = review.order.images[part][review.order.is_planted[part]].tolist()
    return images


def real_images(review: Review, page: PageView) -> list[int]:
    planted = planted_of(review, page.number)
    return [image for image in page.images if image not in planted]


def another(ws: Workspace, run: RunRow, page: PageView) -> int:
    return next(one.id for one in get_run(ws, run.id).classes if one.id != page.run_class.id)


def look_at(
    ws: Workspace, run: RunRow, page: PageView, marks: dict[int, int | None], op_id: str = "p1"
) -> None:
    confirm_page(ws, run.id, op_id, "ada", page.queue, page.number, marks, 4000)


def test_a_page_is_of_one_class_with_known_errors_among_it(ws: Workspace, run: RunRow) -> None:
    review, page = first_page(ws, run)
    view = spread(open_run(ws, run.id))
    pool = open_run(ws, run.id).pool
    label = view.classes.index(page.run_class.name)
    places = np.searchsorted(pool, real_images(review, page))
    assert (view.label_set.labels[places] == label).all()
    asked = {question.image for question in labeling.questions(open_run(ws, run.id))}
    assert not asked & set(real_images(review, page))
    assert set(planted_of(review, page.number)) <= asked
    assert all(classes[0] == page.run_class.id for classes in page.likeliest)
    assert all(len(set(classes)) == 2 for classes in page.likeliest)


def test_what_is_said_on_a_page_holds_when_answers_are_spread_again(
    ws: Workspace, run: RunRow, finish: Finish
) -> None:
    review, page = first_page(ws, run)
    corrected, rejected, *rest = real_images(review, page)
    other = another(ws, run, page)
    look_at(ws, run, page, {corrected: other, rejected: None})
    after = spread_again(ws, run, finish).label_set
    opened = open_run(ws, run.id)
    place = {int(image): place for place, image in enumerate(opened.pool)}
    shown = opened.labels.label_of[page.run_class.id]
    assert after.labels[place[corrected]] == opened.labels.label_of[other]
    assert after.sources[place[corrected]] == Source.CORRECTED
    assert after.labels[place[rejected]] != shown
    assert after.sources[place[rejected]] == Source.PROPAGATED
    assert {int(after.labels[place[image]]) for image in rest} == {shown}
    assert {int(after.sources[place[image]]) for image in rest} == {Source.REVIEWED}


@pytest.mark.parametrize("method", ["cluster", "graph"])
def test_not_this_holds_on_every_way_of_spreading(
    ws: Workspace, run: RunRow, finish: Finish, method: str
) -> None:
    """Whole pages of it; what is confirmed or put right between them stays, too."""
    review = open_review(ws, run.id)
    said: dict[int, tuple[int, int | None]] = {}
    for n, number in enumerate(review.left):
        page = review.page(number)
        choices = (None, another(ws, run, page), page.run_class.id)
        given = {image: choices[i % 3] for i, image in enumerate(real_images(review, page))}
        said |= {image: (page.run_class.id, choice) for image, choice in given.items()}
        marks = {image: one for image, one in given.items() if one != page.run_class.id}
        look_at(ws, run, page, marks, f"p{n}")
    job = request_spread(ws, run.id, method=method)
    if job is not None:
        assert finish(job).status is JobStatus.DONE
    opened = open_run(ws, run.id)
    spread_so = spread(opened, 1.0 if method == "cluster" else None, method=method)
    assert spread_so.method == method
    after, label_of = spread_so.label_set, opened.labels.label_of
    for image, (shown, choice) in said.items():
        place = int(np.searchsorted(opened.pool, image))
        if choice is None:
            assert after.labels[place] != label_of[shown]
            assert after.sources[place] in (Source.PROPAGATED, Source.NONE)
        else:
            held = Source.REVIEWED if choice == shown else Source.CORRECTED
            assert (after.labels[place], after.sources[place]) == (label_of[choice], held)
    assert sum(choice is None for _, choice in said.values()) > 20


def test_after_the_last_page_labels_are_spread_again_at_once(
    ws: Workspace, run: RunRow, finish: Finish
) -> None:
    review = open_review(ws, run.id)
    *pages, last = [review.page(number) for number in review.left]
    for n, page in enumerate(pages):
        look_at(ws, run, page, {}, f"p{n}")
        assert spreads_waiting(ws, run) == []
    for _ in range(2):  # sent again, it asks for nothing more
        look_at(ws, run, last, {}, "last")
        (job,) = spreads_waiting(ws, run)
    assert finish(job).status is JobStatus.DONE
    assert request_spread(ws, run.id) is None


def spreads_waiting(ws: Workspace, run: RunRow) -> list[Job]:
    jobs = open_run(ws, run.id).jobs
    return [job for job in jobs if job.kind == SPREAD and not job.status.is_final]


def test_a_page_is_recorded_once_however_often_it_comes(ws: Workspace, run: RunRow) -> None:
    review, page = first_page(ws, run)
    look_at(ws, run, page, {})
    revision = open_run(ws, run.id).revision
    look_at(ws, run, page, {})
    assert open_run(ws, run.id).revision == revision
    assert [done.page for done in open_review(ws, run.id).done] == [page.number]
    with pytest.raises(OpIdReusedError):
        look_at(ws, run, page, {real_images(review, page)[0]: None})


def test_a_page_taken_back_is_there_again_and_its_labels_too(
    ws: Workspace, run: RunRow, finish: Finish
) -> None:
    before = spread(open_run(ws, run.id)).label_set
    review, page = first_page(ws, run)
    look_at(ws, run, page, {real_images(review, page)[0]: another(ws, run, page)})
    assert page.number not in open_review(ws, run.id).left
    assert open_review(ws, run.id).last_of("ada") is not None
    undo_page(ws, run.id, "u1", "ada", "p1")
    assert open_review(ws, run.id).left[0] == page.number
    assert open_review(ws, run.id).last_of("ada") is None
    after = spread_again(ws, run, finish).label_set
    assert np.array_equal(after.labels, before.labels)
    assert np.array_equal(after.sources, before.sources)
    with pytest.raises(NothingToUndoError):
        undo_page(ws, run.id, "u2", "ada", "p1")
    with pytest.raises(NothingToUndoError):
        undo_page(ws, run.id, "u3", "ada", "nothing")


def test_known_errors_are_counted_and_never_recorded(ws: Workspace, run: RunRow) -> None:
    review, page = first_page(ws, run)
    planted = planted_of(review, page.number)
    assert planted
    before = {question.image: question.answer for question in open_run(ws, run.id).questions}
    look_at(ws, run, page, {planted[0]: None})
    after = open_review(ws, run.id)
    assert (after.n_planted, after.n_found) == (len(planted), 1)
    progress = review_progress(ws, run.id)
    assert (progress.n_done, progress.n_planted, progress.n_found) == (1, len(planted), 1)
    standing = {question.image: question.answer for question in after.run.questions}
    assert all(standing[image] == before[image] for image in planted)


def test_what_was_said_meanwhile_is_not_undone_by_letting_the_rest_stand(
    ws: Workspace, run: RunRow
) -> None:
    _, page = first_page(ws, run)
    review = open_review(ws, run.id)
    corrected, marked, *rest = real_images(review, page)
    shown, other = page.run_class.id, another(ws, run, page)
    answer_image(ws, run.id, "large", "bob", corrected, shown, other)
    assert corrected not in first_page(ws, run)[1].images
    for op_id in ("p1", "p1"):  # sent again, it is still the same
        look_at(ws, run, page, {marked: other}, op_id)
    assert labels(ws, run, corrected, marked, rest[0]) == [other, other, shown]
    # Somebody else had the same page open, and confirms all of it.
    confirm_page(ws, run.id, "p2", "bob", page.queue, page.number, {})
    assert labels(ws, run, corrected, marked, rest[0]) == [other, other, shown]
    undo_page(ws, run.id, "u2", "bob", "p2")
    undo_page(ws, run.id, "u1", "ada", "p1")
    assert labels(ws, run, corrected, marked) == [other, shown]


def test_what_was_not_shown_is_not_reviewed(ws: Workspace, run: RunRow) -> None:
    page = first_page(ws, run)[1]
    hidden = real_images_of(ws, run, page)[0]
    answer_image(ws, run.id, "large", "bob", hidden, page.run_class.id, None)
    shown = first_page(ws, run)[1]
    assert hidden not in shown.images
    undo_page(ws, run.id, "u", "bob", "large")
    rest = (page.queue, page.number)
    with pytest.raises(InvalidError, match="not on the page"):
        confirm_page(ws, run.id, "p0", "ada", *rest, {hidden: None}, seen=shown.images)
    confirm_page(ws, run.id, "p1", "ada", *rest, {}, seen=shown.images)
    now, other = labels_now(open_run(ws, run.id), [hidden, real_images_of(ws, run, shown)[0]])
    assert (now.is_answered, other.source) == (False, "reviewed")


def real_images_of(ws: Workspace, run: RunRow, page: PageView) -> list[int]:
    return real_images(open_review(ws, run.id), page)


def test_where_the_last_page_was_answered_elsewhere_labels_are_spread_again_too(
    ws: Workspace, run: RunRow
) -> None:
    review = open_review(ws, run.id)
    *pages, last = [review.page(number) for number in review.left]
    for image in real_images(review, last):
        answer_image(ws, run.id, f"i{image}", "bob", image, last.run_class.id, last.run_class.id)
    for n, page in enumerate(pages):
        assert spreads_waiting(ws, run) == []
        look_at(ws, run, page, {}, f"p{n}")
    assert len(spreads_waiting(ws, run)) == 1


def test_a_page_of_which_all_was_said_elsewhere_is_done(ws: Workspace, run: RunRow) -> None:
    review, page = first_page(ws, run)
    for image in real_images(review, page):
        answer_image(ws, run.id, f"i{image}", "bob", image, page.run_class.id, page.run_class.id)
    assert page.number not in open_review(ws, run.id).left


def test_an_image_that_somebody_else_answered_meanwhile_is_not_answered_over(
    ws: Workspace, run: RunRow
) -> None:
    review, page = first_page(ws, run)
    image, shown, other = real_images(review, page)[0], page.run_class.id, another(ws, run, page)
    before = open_run(ws, run.id).revision
    answer_image(ws, run.id, "b", "bob", image, shown, other, base_revision=before)
    with pytest.raises(AnswerConflictError, match="Somebody else answered meanwhile"):
        answer_image(ws, run.id, "a", "ada", image, shown, shown, base_revision=before)
    answer_image(ws, run.id, "b2", "bob", image, shown, shown, base_revision=before)
    assert labels(ws, run, image) == [shown]


def labels(ws: Workspace, run: RunRow, *images: int) -> list[int | None]:
    return [label.class_id for label in labels_now(open_run(ws, run.id), images)]


def test_the_place_is_kept_until_another_order_is_wanted(
    ws: Workspace, run: RunRow, finish: Finish
) -> None:
    review, page = first_page(ws, run)
    look_at(ws, run, page, {})
    spread_again(ws, run, finish)
    again = open_review(ws, run.id)
    assert again.left == review.left[1:]
    assert again.page(again.left[0]).images == review.page(review.left[1]).images
    finish(request_order(ws, run.id))
    anew = open_review(ws, run.id)
    assert not anew.done
    assert not set(real_images(review, page)) & {
        image for number in anew.left for image in real_images(anew, anew.page(number))
    }
    with pytest.raises(OrderChangedError):
        look_at(ws, run, review.page(review.left[1]), {}, "p2")


def test_marks_of_other_images_and_pages_that_are_not_there_are_refused(
    ws: Workspace, run: RunRow
) -> None:
    review, page = first_page(ws, run)
    stranger = next(i for i in range(200) if i not in page.images)
    with pytest.raises(InvalidError):
        look_at(ws, run, page, {stranger: None})
    with pytest.raises(NotFoundError):
        look_at(ws, run, page, {real_images(review, page)[0]: 10**6})
    with pytest.raises(NotFoundError):
        confirm_page(ws, run.id, "p9", "ada", page.queue, 10**6, {})
    with pytest.raises(NotFoundError):
        review.page(-1)
    assert not open_review(ws, run.id).done
    assert open_run(ws, run.id).revision == review.run.revision


def test_reviewed_images_are_no_questions_and_no_imports(ws: Workspace, run: RunRow) -> None:
    before = progress_of(open_run(ws, run.id))
    _, page = first_page(ws, run)
    look_at(ws, run, page, {})
    opened = open_run(ws, run.id)
    after = progress_of(opened)
    assert (after.n_questions, after.n_total) == (before.n_questions, before.n_total)
    assert after.n_imported == 0
    (summary,) = list_runs(ws)
    assert summary.n_imported == 0
    assert (
        summary.n_reviewed
        == opened.n_reviewed
        == len(page.images) - len(planted_of(open_review(ws, run.id), page.number))
    )
    assert summary.n_answered == get_run(ws, run.id).summary.n_answered == before.n_answered
    assert {question.image for question in labeling.questions(opened)}.isdisjoint(
        set(page.images) - set(planted_of(open_review(ws, run.id), page.number))
    )
    assert "p1" not in {operation.op_id for operation in standing_operations(ws, run.id)[1]}


def test_an_undo_of_answers_leaves_pages_alone(ws: Workspace, run: RunRow) -> None:
    _, page = first_page(ws, run)
    look_at(ws, run, page, {})
    undone = labeling.undo(ws, run.id, "u1", "ada")
    assert undone.undone_op_id != "p1"
    assert open_review(ws, run.id).done


def exported(ws: Workspace, run: RunRow) -> bytes:
    return b"".join(export_chunks(open_run(ws, run.id), ExportRequest(run.id, "csv")))


def test_exports_tell_what_was_reviewed_and_imports_take_it_as_such(
    ws: Workspace,
    run: RunRow,
    bars: Dataset,
    prepared: Callable[..., RunRow],
    finish: Finish,
    tmp_path: Path,
) -> None:
    review, page = first_page(ws, run)
    corrected, rejected, *rest = real_images(review, page)
    look_at(ws, run, page, {corrected: another(ws, run, page), rejected: None})
    spread_again(ws, run, finish)
    text = exported(ws, run).decode()
    by_image = {int(row["index"]): row for row in csv.DictReader(io.StringIO(text))}
    assert by_image[corrected]["source"] == "corrected"
    assert (by_image[corrected]["verdict"], by_image[corrected]["annotator"]) == ("class", "ada")
    assert {by_image[image]["source"] for image in rest} == {"reviewed"}
    assert (by_image[rejected]["source"], by_image[rejected]["verdict"]) == ("propagated", "")

    other = prepared(bars, name="other", **SETTINGS)
    file = tmp_path / "labels.csv"
    file.write_text(text, encoding="utf-8", newline="")
    labels = read_labels(file)
    import_labels(ws, other.id, labels, ImportOptions())
    opened = open_run(ws, other.id)
    pool, sources = (
        opened.pool,
        {answer.question.image: answer for answer in opened.given_answers()},
    )
    of_image = {int(pool[place]): answer for place, answer in sources.items()}
    assert of_image[corrected].source == Source.CORRECTED
    assert {of_image[image].source for image in rest} == {Source.REVIEWED}
    again = import_labels(ws, other.id, labels, ImportOptions())
    assert again.n_answers == 0


def test_the_list_is_in_the_order_of_the_pages(ws: Workspace, run: RunRow) -> None:
    opened = open_run(ws, run.id)
    rows = list(doubtful_labels(opened))
    first, _ = first_page(ws, run)
    assert [row.index for row in rows if row.page == 1] == real_images(
        first, first.page(first.left[0])
    )
    name = rows[-1].class_name
    assert {row.class_name for row in doubtful_labels(opened, name)} == {name}
    lines = b"".join(as_csv(iter(rows), 3)).decode().splitlines()
    assert lines[0].startswith("page,index,file_name,class_name,confidence,second_class")
    assert len(lines) == 4
    with pytest.raises(NotFoundError, match="no class 'nothing'"):
        doubtful_labels(opened, "nothing")


def test_pages_of_one_class_can_be_looked_at_alone(ws: Workspace, run: RunRow) -> None:
    review, page = first_page(ws, run)
    chosen = review.left_of(page.run_class.id)
    assert {review.page(number).run_class for number in chosen} == {page.run_class}
    other = another(ws, run, page)
    labeling.merge_class(ws, run.id, page.run_class.id, other)
    merged = open_review(ws, run.id)
    assert merged.left_of(page.run_class.id) == ()
    assert set(chosen) <= set(merged.left_of(other))


def test_a_copy_of_a_run_has_no_order_and_nothing_reviewed(ws: Workspace, run: RunRow) -> None:
    _, page = first_page(ws, run)
    look_at(ws, run, page, {})
    copy = open_review(ws, duplicate_run(ws, run.id).id)
    assert (copy.order, copy.left, copy.done, copy.run.n_reviewed) == (None, (), (), 0)
    with pytest.raises(OrderChangedError):
        confirm_page(ws, copy.run.id, "p2", "ada", 0, 0, {})


def test_a_run_is_removed_with_its_reviews(ws: Workspace, run: RunRow) -> None:
    _, page = first_page(ws, run)
    look_at(ws, run, page, {})
    with ws.database.writing() as session:
        run_rows.discard(session, run.id)
    assert list_runs(ws) == ()
