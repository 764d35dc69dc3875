"""Clusters that change: one transaction, one winner, nothing lost."""

from datetime import timedelta
from typing import Any

import pytest

from labeler.storage import answers, clusterings, questions, rounds, runs
from labeler.storage.clusterings import NewChange
from labeler.storage.database import Database
from labeler.storage.errors import (
    BudgetError,
    ClustersChangedError,
    InvalidError,
    OpIdReusedError,
)
from labeler.storage.rows import (
    AskedQuestion,
    ClusterChange,
    ClusterChangeKind,
    GivenAnswer,
    NewQuestion,
    RunSummary,
    Verdict,
)
from labeler.storage.upkeep import referenced
from tests.storage.conftest import Made, ManualClock

SPLIT, UNDO = ClusterChangeKind.SPLIT, ClusterChangeKind.UNDO


def split(version: int = 0, cluster: int = 3, **changes: Any) -> NewChange:
    values: dict[str, Any] = {
        "kind": SPLIT,
        "body": [cluster, 2],
        "version": version,
        "parents": [cluster],
        "children": [10 + 2 * version, 11 + 2 * version],
        "arrays": {"clusters.labels": f"labels-{version + 1}"},
        "questions": [NewQuestion(50 + version, 10 + 2 * version, 5)],
    }
    return NewChange(**values | changes)


@pytest.fixture
def roomy(database: Database, run: Made) -> Made:
    """The same run with a budget of twelve for its ten questions, and clusters to change."""
    with database.writing() as session:
        clusterings.raise_budget(session, run.id, 12)
        runs.update_run(session, run.id, artefacts={"clusters.labels": "labels-0"})
    return run


def change(database: Database, run: Made, op_id: str, new: NewChange) -> ClusterChange:
    return database.write(lambda s: clusterings.record(s, run.id, op_id, "ann", new))


def asked(database: Database, run: Made) -> tuple[tuple[AskedQuestion, ...], RunSummary]:
    with database.reading() as session:
        return questions.list_of_run(session, run.id), runs.summary(session, run.id)


def test_a_split_adds_a_round_of_questions_and_keeps_every_answer(
    database: Database, roomy: Made
) -> None:
    given = [GivenAnswer(roomy.asked[0], Verdict.CLASS, roomy.cat)]
    database.write(lambda s: answers.record(s, roomy.id, "a", "ann", given))
    made = change(database, roomy, "op", split())
    listed, summary = asked(database, roomy)
    assert (made.version, made.round, made.parents, made.children) == (1, 1, (3,), (10, 11))
    assert (made.before, made.after) == (
        {"clusters.labels": "labels-0"},
        {"clusters.labels": "labels-1"},
    )
    assert (summary.n_questions, summary.n_answered, summary.n_open) == (11, 1, 10)
    assert summary.run.artefacts["clusters.labels"] == "labels-1"
    assert summary.run.revision == 2
    assert (listed[-1].round, listed[-1].image, listed[-1].cluster) == (1, 50, 10)
    with database.reading() as session:
        assert {"labels-0", "labels-1"} <= referenced(session)


def test_splits_and_phases_take_the_next_round_also_after_a_gap(
    database: Database, roomy: Made
) -> None:
    """Rounds were numbered with a gap before: 2 for a split, 1 for a phase that came later."""
    assert change(database, roomy, "a", split()).round == 1
    with database.writing() as session:
        questions.add(session, roomy.id, 3, [NewQuestion(60)])
        assert questions.add_round(session, roomy.id, "uncertain", [NewQuestion(61)]) == 1
        assert rounds.next_number(session, roomy.id) == 5
    assert change(database, roomy, "b", split(1, 10, questions=())).round is None


def test_sent_again_a_change_is_made_once(database: Database, roomy: Made) -> None:
    first = change(database, roomy, "op", split())
    second = change(database, roomy, "op", split())
    assert second == first
    assert second.is_replay
    with pytest.raises(OpIdReusedError):
        change(database, roomy, "op", split(body=[3, 4]))
    assert asked(database, roomy)[1].n_questions == 11


def test_of_two_changes_of_the_same_clusters_one_is_made(database: Database, roomy: Made) -> None:
    change(database, roomy, "ada", split())
    with pytest.raises(ClustersChangedError):
        change(database, roomy, "bob", split())
    with database.reading() as session:
        assert [one.op_id for one in clusterings.list_of_run(session, roomy.id)] == ["ada"]


def test_questions_beyond_the_budget_are_refused_until_it_is_raised(
    database: Database, roomy: Made
) -> None:
    three = [NewQuestion(image, 10, 1) for image in (50, 51, 52)]
    with pytest.raises(BudgetError, match="13 with those asked before.*budget is 12"):
        change(database, roomy, "op", split(questions=three))
    assert asked(database, roomy)[1].n_questions == 10
    with database.writing() as session:
        with pytest.raises(InvalidError, match="only be raised"):
            clusterings.raise_budget(session, roomy.id, 11)
        assert clusterings.raise_budget(session, roomy.id, 13).budget == 13
    change(database, roomy, "op", split(questions=three))
    assert asked(database, roomy)[1].n_questions == 13


def test_a_withdrawn_question_is_gone_unless_it_was_answered(
    database: Database, roomy: Made
) -> None:
    two = [NewQuestion(50, 10, 1), NewQuestion(51, 11, 1)]
    made = change(database, roomy, "op", split(questions=two))
    new = [one.id for one in asked(database, roomy)[0] if one.round == made.round]
    given = [GivenAnswer(new[0], Verdict.CLASS, roomy.cat)]
    database.write(lambda s: answers.record(s, roomy.id, "a", "ann", given))
    undo = split(1, kind=UNDO, body=["undo"], questions=(), withdrawn=new, undoes=made.id)
    change(database, roomy, "undo", undo)
    listed, summary = asked(database, roomy)
    with database.reading() as session:
        assert questions.count_open(session, roomy.id) == summary.n_open
    assert [one.id for one in listed if one.round == made.round] == new[:1]
    assert (summary.n_questions, summary.n_answered, summary.n_open) == (11, 1, 10)
    # An answer that was on its way all the while still counts, and is not lost.
    late = [GivenAnswer(new[1], Verdict.CLASS, roomy.dog)]
    database.write(lambda s: answers.record(s, roomy.id, "late", "bob", late))
    listed, summary = asked(database, roomy)
    assert (summary.n_questions, summary.n_answered, len(listed)) == (12, 2, 12)


def test_purging_takes_the_changes_along(
    database: Database, roomy: Made, clock: ManualClock
) -> None:
    made = change(database, roomy, "op", split())
    new = [one.id for one in asked(database, roomy)[0] if one.round == made.round]
    undo = split(1, kind=UNDO, body=["undo"], questions=(), withdrawn=new, undoes=made.id)
    change(database, roomy, "undo", undo)
    with database.writing() as session:
        runs.trash(session, roomy.id)
    clock.move(days=2)
    with database.writing() as session:
        assert runs.purge(session, deleted_before=clock() - timedelta(days=1)) == 1
        assert clusterings.list_of_run(session, roomy.id) == ()
