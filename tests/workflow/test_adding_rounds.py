"""Questions about images that were added, and what becomes of them when these go."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.records import Question
from labeler.storage.errors import InvalidError
from labeler.storage.rows import JobStatus, RunRow
from labeler.workflow import labeling
from labeler.workflow.adding.history import undo_addition
from labeler.workflow.datasets import import_dataset
from labeler.workflow.labeling import next_round
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs import NewRun, create_run, get_run
from labeler.workflow.workspace import Workspace
from tests.bar_pictures import lay
from tests.workflow.grown_runs import Add, Finish, answered, sqlite


def grown_early(ws: Workspace, folder: Path, finish: Finish, add: Add, budget: int = 30) -> RunRow:
    """A run to which images came before its second round of questions was chosen."""
    dataset = import_dataset(ws, str(folder))
    run = create_run(ws, NewRun("demo", dataset_id=dataset.id, budget=budget, features="pixels"))
    job = get_run(ws, run.id).active_job
    assert job is not None
    finish(job)
    lay(folder, range(100, 140))
    add(open_run(ws, run.id), folder)
    answered(ws, run)
    return run


def choose(ws: Workspace, run: RunRow, finish: Finish) -> Run:
    """The run with its next round."""
    choosing = labeling.ask_ahead(ws, run.id)
    assert choosing is not None
    assert finish(choosing).status is JobStatus.DONE
    return open_run(ws, run.id)


def asked_again(ws: Workspace, folder: Path, finish: Finish, add: Add) -> RunRow:
    """The same with its second round."""
    run = grown_early(ws, folder, finish, add)
    choose(ws, run, finish)
    return run


@sqlite
def test_the_next_round_asks_about_new_images_and_then_they_stay(
    ws: Workspace, folder: Path, finish: Finish, add: Add
) -> None:
    run = asked_again(ws, folder, finish, add)
    asked = [question for question in open_run(ws, run.id).questions if question.answer is None]
    assert any(question.image >= 45 for question in asked)
    answered(ws, run)
    with pytest.raises(InvalidError, match="have answers"):
        undo_addition(ws, run.id)


@sqlite
def test_questions_that_nobody_answered_go_with_the_images(
    ws: Workspace, folder: Path, finish: Finish, add: Add
) -> None:
    run = asked_again(ws, folder, finish, add)
    undo_addition(ws, run.id)
    after = open_run(ws, run.id)
    assert all(question.image < 45 for question in after.questions)
    assert labeling.asking(after).questions


def test_their_places_in_the_budget_are_chosen_again_among_the_others(
    ws: Workspace, folder: Path, finish: Finish, add: Add, tmp_path: Path
) -> None:
    run = asked_again(ws, folder, finish, add)
    add(open_run(ws, run.id), lay(tmp_path / "others", range(200, 202)))
    undo_addition(ws, run.id)
    assert len(open_run(ws, run.id).questions) == 30
    undo_addition(ws, run.id)
    left = open_run(ws, run.id)
    assert len(left.questions) < left.n_questions_in_all == 30
    left = answered(ws, run)
    after = choose(ws, run, finish)
    assert after.questions[: len(left.questions)] == left.questions
    images = {question.image for question in after.questions}
    assert len(images) == len(after.questions) == after.n_questions_in_all == 30
    assert images <= set(after.pool.tolist())
    answered(ws, run)
    assert labeling.ask_ahead(ws, run.id) is None


@sqlite
def test_a_round_that_was_about_new_images_alone_is_chosen_again(
    ws: Workspace, folder: Path, finish: Finish, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = grown_early(ws, folder, finish, add)
    with monkeypatch.context() as patch:
        patch.setattr(next_round, "later_questions", about_the_last)
        choose(ws, run, finish)
    undo_addition(ws, run.id)
    assert len(open_run(ws, run.id).questions) == 15
    assert len(choose(ws, run, finish).questions) == 30


def about_the_first(*arguments: Any, **_: object) -> tuple[Question, ...]:
    places = np.setdiff1d(np.arange(len(arguments[5])), arguments[2])
    return tuple(Question(place) for place in places[: arguments[7]].tolist())


def about_the_last(*arguments: Any, **_: object) -> tuple[Question, ...]:
    X, n_questions = arguments[5], arguments[7]
    return tuple(Question(place) for place in range(len(X) - n_questions, len(X)))


@sqlite
@pytest.mark.parametrize(("budget", "number"), [(30, 0), (40, 1)])
def test_a_round_that_is_being_chosen_while_images_go_leaves_no_place_empty(
    ws: Workspace,
    folder: Path,
    finish: Finish,
    add: Add,
    budget: int,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lay(folder, range(20, 45))
    run = grown_early(ws, folder, finish, add, budget)
    for _ in range(number):
        choose(ws, run, finish)
    still_open = [question.id for question in next_round.open_questions(open_run(ws, run.id))]
    inputs = {"run_id": run.id, "round": number, "open": still_open}
    with monkeypatch.context() as patch:
        if number:  # what is lost is of the round before
            patch.setattr(next_round, "later_questions", about_the_first)
        chosen = next_round.choose_round(ws, inputs)
    undo_addition(ws, run.id)
    ws.database.write(chosen.deliver)
    answered(ws, run)
    while (choosing := labeling.ask_ahead(ws, run.id)) is not None:
        finish(choosing)
        answered(ws, run)
    assert len(open_run(ws, run.id).questions) == budget
