"""Answers: recorded once, never changed, undone and still there."""

from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import pytest

from labeler.storage import answers, classes, questions, runs
from labeler.storage.current_answers import current_answers
from labeler.storage.database import Database
from labeler.storage.errors import (
    AnswerConflictError,
    BusyError,
    InvalidError,
    NotFoundError,
    NothingToUndoError,
    OpIdReusedError,
)
from labeler.storage.rows import (
    GivenAnswer,
    NewQuestion,
    Operation,
    OperationKind,
    Recorded,
    Verdict,
)
from tests.storage.conftest import Made

SKIP = Verdict.SKIP


def say(class_id: int, *question_ids: int) -> list[GivenAnswer]:
    return [GivenAnswer(one, Verdict.CLASS, class_id) for one in question_ids]


def record(
    database: Database,
    run: Made,
    op_id: str,
    given: list[GivenAnswer],
    annotator: str = "ann",
    **more: Any,
) -> Recorded:
    return database.write(lambda s: answers.record(s, run.id, op_id, annotator, given, **more))


def undo(
    database: Database, run: Made, op_id: str, annotator: str = "ann", **more: Any
) -> Recorded:
    return database.write(lambda s: answers.undo(s, run.id, op_id, annotator, **more))


def standing(database: Database, run: Made) -> dict[int, tuple[str, int | None]]:
    with database.reading() as session:
        there = current_answers(session, run.id)
    return {key: (one.verdict.value, one.class_id) for key, one in there.items()}


def history(database: Database, run: Made) -> tuple[Operation, ...]:
    with database.reading() as session:
        return answers.history(session, run.id)


def revision(database: Database, run: Made) -> int:
    with database.reading() as session:
        return runs.get(session, run.id).revision


def test_an_answer_stands(database: Database, run: Made) -> None:
    told = record(database, run, "a", say(run.cat, run.asked[0]), duration_ms=850)
    assert told.question_ids == (run.asked[0],)
    assert told.revision == 1 == revision(database, run)
    assert standing(database, run) == {run.asked[0]: ("class", run.cat)}
    assert history(database, run)[0].duration_ms == 850


def test_the_time_of_an_answer_is_its_own_and_nothing_goes_by_it(
    database: Database, run: Made
) -> None:
    earlier = datetime(2025, 1, 1, tzinfo=UTC)
    record(database, run, "now", say(run.cat, run.asked[0]))
    given = [GivenAnswer(run.asked[0], SKIP, answered_at=earlier), *say(run.cat, run.asked[1])]
    record(database, run, "then", given)
    with database.reading() as session:
        there = current_answers(session, run.id)
    times = [there[one].answered_at for one in run.asked[:2]]
    assert times == [earlier, database.clock()]
    assert {one.created_at for one in there.values()} == {database.clock()}
    assert record(database, run, "then", given).is_replay
    with pytest.raises(OpIdReusedError):
        record(database, run, "then", [replace(one, answered_at=None) for one in given])
    assert undo(database, run, "undo").undone_op_id == "then"


def test_skip_and_mixed_are_answers_too(database: Database, run: Made) -> None:
    record(database, run, "a", [GivenAnswer(run.asked[0], SKIP)])
    record(database, run, "b", [GivenAnswer(run.asked[1], Verdict.MIXED)])
    assert standing(database, run) == {
        run.asked[0]: ("skip", None),
        run.asked[1]: ("mixed", None),
    }


def test_the_newest_answer_stands_and_the_older_is_kept(database: Database, run: Made) -> None:
    record(database, run, "a", say(run.cat, run.asked[0]))
    record(database, run, "b", say(run.dog, run.asked[0]))
    assert standing(database, run) == {run.asked[0]: ("class", run.dog)}
    assert [one.answers[0].class_id for one in history(database, run)] == [run.cat, run.dog]


def test_one_operation_answers_many_questions(database: Database, run: Made) -> None:
    told = record(database, run, "a", say(run.cat, *run.asked[3::-1]))
    assert told.question_ids == run.asked[:4]
    assert set(standing(database, run)) == set(run.asked[:4])
    assert len(history(database, run)) == 1


def test_a_group_with_one_wrong_question_is_refused_whole(database: Database, run: Made) -> None:
    with pytest.raises(NotFoundError):
        record(database, run, "a", say(run.cat, *run.asked[:3], 10**12))
    assert standing(database, run) == {}
    assert revision(database, run) == 0


def test_a_large_group_is_recorded(database: Database, another_run: Made) -> None:
    with database.writing() as session:
        more = [NewQuestion(image) for image in range(1000)]
        questions.add(session, another_run.id, 1, more)
        asked = [one.id for one in questions.list_of_run(session, another_run.id, round=1)]
    record(database, another_run, "a", say(another_run.cat, *asked), base_revision=0)
    assert len(standing(database, another_run)) == 1000


def test_sending_again_changes_nothing_and_tells_the_same(database: Database, run: Made) -> None:
    given = say(run.cat, *run.asked[:2])
    first = record(database, run, "a", given)
    record(database, run, "b", say(run.dog, run.asked[0]))
    again = record(database, run, "a", given[::-1])
    assert again == first
    assert (first.is_replay, again.is_replay) == (False, True)
    assert standing(database, run)[run.asked[0]] == ("class", run.dog)
    assert revision(database, run) == 2


def test_an_undone_answer_sent_again_stays_undone(database: Database, run: Made) -> None:
    record(database, run, "a", say(run.cat, run.asked[0]))
    undo(database, run, "u")
    record(database, run, "a", say(run.cat, run.asked[0]))
    assert standing(database, run) == {}


@pytest.mark.parametrize("what", ["class", "question", "annotator", "kind", "run"])
def test_an_op_id_with_another_body_is_refused(
    database: Database, run: Made, another_run: Made, what: str
) -> None:
    record(database, run, "a", say(run.cat, run.asked[0]))
    send = {
        "class": lambda: record(database, run, "a", say(run.dog, run.asked[0])),
        "question": lambda: record(database, run, "a", say(run.cat, run.asked[1])),
        "annotator": lambda: record(database, run, "a", say(run.cat, run.asked[0]), "bob"),
        "kind": lambda: undo(database, run, "a"),
        "run": lambda: record(
            database, another_run, "a", say(another_run.cat, another_run.asked[0])
        ),
    }
    with pytest.raises(OpIdReusedError):
        send[what]()
    assert standing(database, run) == {run.asked[0]: ("class", run.cat)}


def test_one_op_id_sent_by_many_at_once_is_recorded_once(database: Database, run: Made) -> None:
    told: list[Recorded] = []
    threads = [
        Thread(target=lambda: told.append(record(database, run, "a", say(run.cat, run.asked[0]))))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 6
    assert all(one == told[0] for one in told)
    assert len(history(database, run)) == 1


def test_undo_goes_back_any_number_of_steps(database: Database, run: Made) -> None:
    record(database, run, "a", say(run.cat, run.asked[0]))
    record(database, run, "b", say(run.dog, *run.asked[:2]))
    assert undo(database, run, "u1").undone_op_id == "b"
    assert standing(database, run) == {run.asked[0]: ("class", run.cat)}
    assert undo(database, run, "u2").undone_op_id == "a"
    assert standing(database, run) == {}
    with pytest.raises(NothingToUndoError):
        undo(database, run, "u3")
    assert [one.is_undone for one in history(database, run)] == [True, True, False, False]


def test_an_undo_sent_again_undoes_nothing_more(database: Database, run: Made) -> None:
    record(database, run, "a", say(run.cat, run.asked[0]))
    record(database, run, "b", say(run.cat, run.asked[1]))
    first = undo(database, run, "u")
    assert first.kind is OperationKind.UNDO
    assert first.question_ids == (run.asked[1],)
    assert undo(database, run, "u") == first
    assert set(standing(database, run)) == {run.asked[0]}


def test_undo_leaves_other_annotators_alone(database: Database, run: Made) -> None:
    record(database, run, "a", say(run.cat, run.asked[0]))
    record(database, run, "b", say(run.dog, run.asked[1]), annotator="bob")
    undo(database, run, "u")
    assert set(standing(database, run)) == {run.asked[1]}
    with pytest.raises(NothingToUndoError):
        undo(database, run, "v", target="b")


def test_an_earlier_operation_can_be_undone_by_name(database: Database, run: Made) -> None:
    record(database, run, "a", say(run.cat, run.asked[0]))
    record(database, run, "b", say(run.cat, run.asked[1]))
    undo(database, run, "u", target="a")
    assert set(standing(database, run)) == {run.asked[1]}
    with pytest.raises(NothingToUndoError):
        undo(database, run, "v", target="a")


def test_somebody_elses_newer_answer_is_a_conflict(database: Database, run: Made) -> None:
    base = revision(database, run)
    record(database, run, "a", say(run.cat, run.asked[0]), annotator="bob")
    with pytest.raises(AnswerConflictError) as caught:
        record(database, run, "b", say(run.dog, *run.asked[:2]), base_revision=base)
    assert [one.annotator for one in caught.value.answers] == ["bob"]
    assert standing(database, run) == {run.asked[0]: ("class", run.cat)}
    record(database, run, "b", say(run.dog, *run.asked[:2]), base_revision=caught.value.revision)
    assert standing(database, run)[run.asked[0]] == ("class", run.dog)


def test_newer_answers_to_other_questions_or_of_ones_own_are_none(
    database: Database, run: Made
) -> None:
    record(database, run, "a", say(run.cat, run.asked[0]), annotator="bob")
    record(database, run, "b", say(run.cat, run.asked[1]), base_revision=0)
    record(database, run, "c", say(run.dog, run.asked[1]), base_revision=0)
    record(database, run, "d", say(run.dog, run.asked[1]), annotator=" ann ", base_revision=0)
    assert standing(database, run)[run.asked[1]] == ("class", run.dog)


def test_an_undone_answer_is_no_conflict(database: Database, run: Made) -> None:
    record(database, run, "a", say(run.cat, run.asked[0]), annotator="bob")
    undo(database, run, "u", annotator="bob")
    record(database, run, "b", say(run.dog, run.asked[0]), base_revision=0)
    assert standing(database, run) == {run.asked[0]: ("class", run.dog)}


def test_compare_and_set_notices_every_change(database: Database, run: Made) -> None:
    first, second = run.asked[:2]
    record(database, run, "a", say(run.cat, first), expected={first: None})
    with pytest.raises(AnswerConflictError):
        record(database, run, "b", say(run.dog, first), expected={first: None})
    with pytest.raises(AnswerConflictError):
        record(database, run, "c", say(run.dog, second), expected={second: "a"})
    record(database, run, "d", say(run.dog, first), expected={first: "a", second: "elsewhere"})
    assert standing(database, run) == {first: ("class", run.dog)}


def test_a_replay_is_no_conflict_with_oneself(database: Database, run: Made) -> None:
    first = record(database, run, "a", say(run.cat, run.asked[0]), expected={run.asked[0]: None})
    again = record(database, run, "a", say(run.cat, run.asked[0]), expected={run.asked[0]: None})
    assert again == first


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [GivenAnswer(1, Verdict.CLASS)],
        [GivenAnswer(1, SKIP, 1)],
        [GivenAnswer(1, SKIP), GivenAnswer(1, Verdict.MIXED)],
    ],
    ids=["nothing", "no class", "class with skip", "twice"],
)
def test_malformed_answers_are_refused(
    database: Database, run: Made, wrong: list[GivenAnswer]
) -> None:
    with pytest.raises(InvalidError):
        record(database, run, "a", wrong)


@pytest.mark.parametrize("op_id", ["", "x" * 65, "ä", "a\0b", "a\nb"])
def test_malformed_op_ids_are_refused(database: Database, run: Made, op_id: str) -> None:
    with pytest.raises(InvalidError):
        record(database, run, op_id, say(run.cat, run.asked[0]))


@pytest.mark.parametrize("duration_ms", [-1, 2**31])
def test_impossible_durations_are_refused(database: Database, run: Made, duration_ms: int) -> None:
    with pytest.raises(InvalidError):
        record(database, run, "a", say(run.cat, run.asked[0]), duration_ms=duration_ms)


@pytest.mark.parametrize("annotator", ["", "  ", "x" * 201, "a\0", "\ud800"])
def test_names_that_cannot_be_stored_are_refused(
    database: Database, run: Made, annotator: str
) -> None:
    with pytest.raises(InvalidError):
        record(database, run, "a", say(run.cat, run.asked[0]), annotator=annotator)


@pytest.mark.parametrize("question_id", [0, -1, 2**31, 2**63, 2**70])
def test_impossible_question_ids_are_not_found(
    database: Database, run: Made, question_id: int
) -> None:
    with pytest.raises(NotFoundError):
        record(database, run, "a", [GivenAnswer(question_id, SKIP)])


def test_questions_and_classes_of_another_run_are_not_found(
    database: Database, run: Made, another_run: Made
) -> None:
    with pytest.raises(NotFoundError):
        record(database, run, "a", say(run.cat, another_run.asked[0]))
    with pytest.raises(NotFoundError):
        record(database, run, "a", say(another_run.cat, run.asked[0]))


@pytest.mark.parametrize("run_id", ["nowhere", "a\0", "\ud800", ""])
def test_a_run_that_is_not_there_is_not_found(database: Database, run: Made, run_id: str) -> None:
    elsewhere = replace(run, id=run_id)
    with pytest.raises(NotFoundError):
        record(database, elsewhere, "a", say(run.cat, run.asked[0]))
    with pytest.raises(NotFoundError):
        history(database, elsewhere)
    with database.reading() as session, pytest.raises(NotFoundError):
        questions.list_of_run(session, run_id)


def test_a_merged_class_counts_for_the_other_until_unmerged(database: Database, run: Made) -> None:
    record(database, run, "a", say(run.cat, run.asked[0]))
    database.write(lambda s: classes.merge(s, run.id, run.cat, run.dog))
    database.write(lambda s: classes.merge(s, run.id, run.dog, run.cow))
    assert standing(database, run) == {run.asked[0]: ("class", run.cow)}
    database.write(lambda s: classes.unmerge(s, run.id, run.dog))
    assert standing(database, run) == {run.asked[0]: ("class", run.dog)}
    database.write(lambda s: classes.unmerge(s, run.id, run.cat))
    assert standing(database, run) == {run.asked[0]: ("class", run.cat)}


def test_questions_come_with_their_answers_in_the_order_asked(
    database: Database, run: Made
) -> None:
    record(database, run, "a", say(run.cat, run.asked[1]))
    with database.reading() as session:
        asked = questions.list_of_run(session, run.id)
    assert [one.id for one in asked] == list(run.asked)
    assert [one.answer is not None for one in asked[:3]] == [False, True, False]
    assert asked[1].answer.op_id == "a"
    assert asked[1].stands_for == 10


def test_open_questions_are_counted_as_they_are_listed(
    database: Database, run: Made, another_run: Made
) -> None:
    def counted() -> int:
        with database.reading() as session:
            listed = [one for one in questions.list_of_run(session, run.id) if one.answer is None]
            n_open = questions.count_open(session, run.id)
        assert n_open == len(listed)
        return n_open

    record(database, another_run, "other", say(another_run.cat, *another_run.asked))
    assert counted() == 10
    record(database, run, "a", say(run.cat, *run.asked[:3]))
    record(database, run, "b", [GivenAnswer(run.asked[0], SKIP)])
    assert counted() == 7
    undo(database, run, "c", target="a")
    assert counted() == 9
    with database.writing() as session:
        questions.add_imported(session, run.id, [70, 71])
    assert counted() == 9


def test_annotators_at_once_lose_nothing(database: Database, run: Made) -> None:
    """Four race for the same questions; whoever meets a conflict looks and tries again."""

    def work(name: str) -> None:
        for number, question in enumerate(run.asked):
            base = 0
            while True:
                try:
                    record(
                        database,
                        run,
                        f"{name}-{number}",
                        say(run.cat, question),
                        annotator=name,
                        base_revision=base,
                    )
                    break
                except AnswerConflictError as conflict:
                    base = conflict.revision
                except BusyError:
                    continue

    threads = [Thread(target=work, args=[name]) for name in ("ann", "bob", "cy", "di")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = history(database, run)
    assert len({one.op_id for one in lines}) == len(lines) == 40
    assert [one.revision for one in lines] == list(range(1, 41))
