"""What an import suggests, and taking it back: nothing of it stays, nothing else goes."""

from collections.abc import Callable
from math import inf

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.records import UNLABELED
from labeler.storage.errors import NothingToUndoError
from labeler.storage.rows import Job, RunRow
from labeler.storage.upkeep import referenced
from labeler.workflow import labeling
from labeler.workflow.exchange.import_history import past_imports, undo_import
from labeler.workflow.exchange.importing import import_labels
from labeler.workflow.exchange.suggestions import remove_suggestions, suggestions_of
from labeler.workflow.run import open_run
from labeler.workflow.runs import duplicate_run, get_run
from labeler.workflow.workspace import Workspace
from tests.workflow.label_rows import answer, asked, class_ids, labels_of, said, say

NewPrepared = Callable[..., RunRow]


@pytest.fixture
def run(prepared: NewPrepared, bars: Dataset) -> RunRow:
    """Twelve questions about two hundred images; 80 others are the test part."""
    return prepared(bars)


def test_an_import_is_taken_back_whole_and_can_be_done_again(ws: Workspace, run: RunRow) -> None:
    question, *rest = asked(ws, run)
    nobody = next(
        image for image in range(200) if image not in {one.image for one in asked(ws, run)}
    )
    labels = labels_of(
        answer(question.image, "a"), answer(nobody, "b"), answer(rest[0].image, "c", "model")
    )
    for number in (1, 2, 3):
        done = import_labels(ws, run.id, labels)
        assert done.import_id == number
        assert said(ws, run) == {question.image: "a", nobody: "b"}
        undone = undo_import(ws, run.id)
        assert (undone.id, undone.is_undone) == (number, True)
        assert said(ws, run) == {}
        assert len(asked(ws, run)) == 12 == get_run(ws, run.id).summary.n_questions
        assert not any(one.suggestion for one in asked(ws, run))
    with pytest.raises(NothingToUndoError):
        undo_import(ws, run.id)
    with pytest.raises(NothingToUndoError):
        undo_import(ws, run.id, 2)
    assert [one.id for one in past_imports(open_run(ws, run.id))] == [3, 2, 1]


def test_undo_on_the_label_page_stops_before_what_was_imported(ws: Workspace, run: RunRow) -> None:
    first, second = asked(ws, run)[:2]
    import_labels(ws, run.id, labels_of(answer(first.image, "a", annotator="ada")))
    say(ws, run, second, "b")
    labeling.undo(ws, run.id, "undo-1", "ada")
    with pytest.raises(NothingToUndoError):
        labeling.undo(ws, run.id, "undo-2", "ada")
    assert said(ws, run) == {first.image: "a"}


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_imported_answers_leave_the_second_phase_its_questions(
    ws: Workspace,
    prepared: NewPrepared,
    bars: Dataset,
    answer_rightly: Callable[..., None],
    finish: Callable[[Job], Job],
    is_taken_back: bool,
) -> None:
    run = prepared(bars, preset="best", features="pixels")
    n_first, there = len(asked(ws, run)), {one.image for one in asked(ws, run)}
    others = [image for image in range(200) if image not in there]
    imported = others if is_taken_back else others[:30]
    import_labels(ws, run.id, labels_of(*(answer(image, "a") for image in imported)))
    if is_taken_back:
        undo_import(ws, run.id)
    progress = labeling.progress_of(open_run(ws, run.id))
    assert progress.n_imported == (0 if is_taken_back else len(imported))
    assert (progress.n_total, progress.n_given) == (run.budget, 0)
    answer_rightly(run, bars)
    chosen = get_run(ws, run.id).active_job
    assert chosen is not None
    assert finish(chosen).result == {"n_questions": run.budget - n_first}
    assert get_run(ws, run.id).summary.n_questions == run.budget


def test_suggestions_of_two_files_are_laid_over_each_other_and_removed(
    ws: Workspace, run: RunRow
) -> None:
    import_labels(ws, run.id, labels_of(answer(1, "a", "model"), answer(2, "a", "model")))
    import_labels(ws, run.id, labels_of(answer(2, "b", "model")))
    ids = class_ids(ws, run)
    pool = ws.array(run.artefacts["pool"])

    def suggested(image: int) -> int:
        found = suggestions_of(open_run(ws, run.id)).class_ids
        return int(found[np.searchsorted(pool, image)])

    assert [suggested(image) for image in (1, 2, 3)] == [ids["a"], ids["b"], UNLABELED]
    assert remove_suggestions(ws, run.id) == 2
    assert [suggested(image) for image in (1, 2, 3)] == [UNLABELED] * 3


def test_what_an_import_suggested_before_is_suggested_again_when_it_is_taken_back(
    ws: Workspace, run: RunRow
) -> None:
    one, two, three = (question.image for question in asked(ws, run)[:3])
    for image, name in ((one, "a"), (two, "b"), (one, "c"), (three, "d")):
        import_labels(ws, run.id, labels_of(answer(image, name, "model")))

    def suggested() -> dict[int, str]:
        names = {id: name for name, id in class_ids(ws, run).items()}
        views = ((view.image, view.suggestion) for view in asked(ws, run))
        return {image: names[found.class_id] for image, found in views if found is not None}

    assert suggested() == {one: "c", two: "b", three: "d"}
    undo_import(ws, run.id, 3)  # the fourth goes on from it
    assert suggested() == {one: "c", two: "b", three: "d"}
    with ws.database.reading() as session:
        forgotten = set(ws.artefacts.references()) - referenced(session)
    assert all(ws.artefacts.remove(reference, saved_before=inf) for reference in forgotten)
    undo_import(ws, run.id)
    assert suggested() == {one: "a", two: "b"}
    undo_import(ws, run.id)
    assert suggested() == {one: "a"}
    undo_import(ws, run.id)
    assert suggested() == {}


def test_a_copy_keeps_the_suggestions_in_its_own_classes_and_no_import(
    ws: Workspace, run: RunRow
) -> None:
    question = asked(ws, run)[3]
    import_labels(ws, run.id, labels_of(answer(question.image, "c", "model")))
    copy = duplicate_run(ws, run.id)
    found = asked(ws, copy)[3].suggestion
    assert found is not None
    assert found.class_id == class_ids(ws, copy)["c"]
    assert past_imports(open_run(ws, copy.id)) == ()
