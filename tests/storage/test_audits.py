"""Audits in the database: begun, answered, sent again, taken back, released, and with their run."""

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from labeler.storage import additions, runs
from labeler.storage.additions import NewAddition
from labeler.storage.backups.backup import back_up
from labeler.storage.backups.restore import restore
from labeler.storage.checking import audit_tables as tables
from labeler.storage.checking import audits
from labeler.storage.checking.audits import AuditGiven, NewAudit
from labeler.storage.database import Database, open_database
from labeler.storage.errors import (
    AnswerConflictError,
    InvalidError,
    NotFoundError,
    NothingToUndoError,
    OpIdReusedError,
)
from labeler.storage.rows import Audit, Recorded, Verdict
from labeler.storage.upkeep import referenced
from tests.storage.conftest import Made, ManualClock, make_run

NEW = NewAudit("f" * 64, {"method": "graph"}, 7, {"labels": "l.npy"}, last_image=9, goal=50)


@pytest.fixture
def audit(database: Database, run: Made) -> Audit:
    return database.write(lambda session: audits.begin(session, run.id, NEW))


def say(database: Database, audit: Audit, op_id: str, place: int, class_id: int | None) -> Recorded:
    verdict = Verdict.SKIP if class_id is None else Verdict.CLASS
    given = AuditGiven(place, verdict, class_id)
    return database.write(lambda session: audits.record(session, audit, op_id, "ann", given))


def standing(database: Database, audit: Audit) -> dict[int, int | None]:
    with database.reading() as session:
        kept = audits.newest(session, audit.run_id)
        assert kept is not None
        assert kept.answers == audits.standing(session, audit.id)
    return {row.place: row.class_id for row in kept.answers}


def ids_of(session: Session) -> list[int]:
    return list(session.scalars(select(tables.Audit.id).order_by(tables.Audit.id)))


def test_an_answer_is_recorded_once_and_makes_no_revision_of_the_run(
    database: Database, run: Made, audit: Audit
) -> None:
    first = say(database, audit, "a", 0, run.cat)
    again = say(database, audit, "a", 0, run.cat)
    say(database, audit, "b", 1, None)
    assert again == first
    assert again.is_replay
    assert standing(database, audit) == {0: run.cat, 1: None}
    with database.reading() as session:
        assert runs.get(session, run.id).revision == 0
        assert runs.summary(session, run.id).n_given == 0


def test_an_op_id_with_another_body_is_refused(database: Database, run: Made, audit: Audit) -> None:
    say(database, audit, "a", 0, run.cat)
    with pytest.raises(OpIdReusedError):
        say(database, audit, "a", 0, run.dog)
    assert standing(database, audit) == {0: run.cat}


def test_undo_takes_back_step_by_step(database: Database, run: Made, audit: Audit) -> None:
    say(database, audit, "a", 0, run.cat)
    say(database, audit, "b", 0, run.dog)

    def undo(op_id: str) -> Recorded:
        return database.write(lambda session: audits.undo(session, audit, op_id, "ann"))

    assert (undo("u1").question_ids, standing(database, audit)) == ((0,), {0: run.cat})
    assert undo("u1").is_replay
    assert undo("u2").undone_op_id == "a"
    assert standing(database, audit) == {}
    with pytest.raises(NothingToUndoError):
        undo("u3")


@pytest.mark.parametrize(
    "given",
    [
        AuditGiven(0, Verdict.MIXED),
        AuditGiven(0, Verdict.CLASS),
        AuditGiven(0, Verdict.SKIP, 1),
    ],
)
def test_what_is_no_answer_is_refused(database: Database, audit: Audit, given: AuditGiven) -> None:
    with pytest.raises(InvalidError):
        database.write(lambda session: audits.record(session, audit, "a", "ann", given))


def test_a_class_of_another_run_is_refused(
    database: Database, audit: Audit, another_run: Made
) -> None:
    with pytest.raises(NotFoundError):
        say(database, audit, "a", 0, another_run.cat)


def test_an_answer_that_crosses_another_is_refused(
    database: Database, run: Made, audit: Audit
) -> None:
    say(database, audit, "a", 0, run.cat)
    given = AuditGiven(0, Verdict.CLASS, run.dog)
    with pytest.raises(AnswerConflictError), database.writing() as session:
        audits.record(session, audit, "b", "bob", given, expected={0: None})
    database.write(lambda s: audits.record(s, audit, "b", "bob", given, expected={0: "a"}))
    assert standing(database, audit) == {0: run.dog}


def test_a_released_audit_takes_no_more(database: Database, run: Made, audit: Audit) -> None:
    say(database, audit, "a", 0, run.cat)
    released = database.write(lambda session: audits.release(session, run.id, audit.number))
    assert released.released_at is not None
    assert say(database, audit, "a", 0, run.cat).is_replay
    with pytest.raises(InvalidError, match="released"):
        say(database, audit, "b", 1, run.cat)


def test_one_that_nobody_answered_gives_way_to_the_next(
    database: Database, run: Made, audit: Audit
) -> None:
    second = database.write(lambda session: audits.begin(session, run.id, NEW))
    say(database, second, "a", 0, run.cat)
    third = database.write(lambda session: audits.begin(session, run.id, NEW))
    with database.reading() as session:
        assert ids_of(session) == [second.id, third.id]
        kept = audits.newest(session, run.id)
        assert kept is not None
        assert (kept.audit, kept.answers) == (third, ())
        with pytest.raises(NotFoundError):
            audits.get(session, run.id, 99)


def test_the_goal_never_falls(database: Database, run: Made, audit: Audit) -> None:
    for goal in (100, 50):
        with database.writing() as session:
            assert audits.set_goal(session, run.id, audit.number, goal).goal == 100


def test_audits_go_with_their_run(
    database: Database, run: Made, audit: Audit, another_run: Made, clock: ManualClock
) -> None:
    other = database.write(lambda session: audits.begin(session, another_run.id, NEW))
    for of_run, made in ((audit, run), (other, another_run)):
        say(database, of_run, f"{made.id}-a", 0, made.cat)
        with database.writing() as session:
            audits.undo(session, of_run, f"{made.id}-u", "ann")
    with database.reading() as session:
        assert "l.npy" in referenced(session)
    database.write(lambda session: runs.trash(session, run.id))
    clock.move(days=1)
    database.write(lambda session: runs.purge(session, deleted_before=clock()))
    with database.reading() as session:
        for table, expected in (("audit", 1), ("audit_operation", 2)):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == expected


def test_a_copy_of_the_run_has_no_audit(database: Database, run: Made, audit: Audit) -> None:
    copy = database.write(lambda session: runs.duplicate(session, run.id, "again"))
    with database.reading() as session:
        assert audits.newest(session, copy.id) is None


def test_a_backup_has_the_audits(sqlite_database: Database) -> None:
    made = make_run(sqlite_database)
    reference = sqlite_database.artefacts.save(np.arange(3))
    new = replace(NEW, artefacts={"labels": reference})
    begun = sqlite_database.write(lambda session: audits.begin(session, made.id, new))
    say(sqlite_database, begun, "a", 0, made.cat)
    target = sqlite_database.instance.parent / "backup.zip"
    back_up(sqlite_database, target)
    elsewhere = sqlite_database.instance.parent / "elsewhere"
    restore(target, elsewhere)
    restored = open_database(elsewhere)
    assert restored.artefacts.load(reference).tolist() == [0, 1, 2]
    assert standing(restored, begun) == {0: made.cat}
    restored.close()


def test_images_that_an_audit_counts_are_not_taken_back(
    database: Database, run: Made, audit: Audit
) -> None:
    new = NewAddition("more", 5, 0, 8, (), run.dataset, {}, {})
    database.write(lambda session: additions.record(session, run.id, new))
    say(database, audit, "a", 0, run.cat)
    with pytest.raises(InvalidError, match="audit"), database.writing() as session:
        additions.take_back(session, run.id, {})


def test_images_are_taken_back_from_an_audit_that_nobody_answered(
    database: Database, run: Made, audit: Audit
) -> None:
    new = NewAddition("more", 5, 0, 8, (), run.dataset, {}, {})
    database.write(lambda session: additions.record(session, run.id, new))
    database.write(lambda session: additions.take_back(session, run.id, {}))
    with database.reading() as session:
        assert audits.newest(session, run.id) is None
