"""Imports and what they suggest: noted, taken back, and laid over each other."""

import pytest

from labeler.storage import answers, imports, runs, suggestions
from labeler.storage.current_answers import current_answers
from labeler.storage.database import Database
from labeler.storage.errors import NothingToUndoError
from labeler.storage.rows import OWN_LABELS, GivenAnswer, LabelImport, RunRow, Verdict
from labeler.storage.upkeep import referenced
from tests.storage.conftest import Made


def add(
    database: Database,
    run: Made,
    op_ids: tuple[str, ...] = (),
    suggested: str = "",
    format: str = "csv",
) -> LabelImport:
    """An import that answers a question by each of the operations, and suggests an array."""
    with database.writing() as session:
        recorded = [
            answers.record(session, run.id, op_id, "ann", [GivenAnswer(asked, Verdict.SKIP)])
            for op_id, asked in zip(op_ids, run.asked, strict=False)
        ]
        done = imports.add(
            session,
            run.id,
            file="a.csv",
            format=format,
            n_answers=len(recorded),
            n_suggestions=len(suggested),
            operation_ids=[one.operation_id for one in recorded],
        )
        if suggested:
            suggestions.keep(
                session,
                run.id,
                import_id=done.id,
                class_ids=[run.cat],
                labels=suggested,
                confidences=f"sure-{suggested}",
            )
    return done


def take_back(database: Database, run: Made | RunRow, number: int | None = None) -> int:
    return database.write(lambda session: imports.take_back(session, run.id, number)).number


def suggests(database: Database, run: Made) -> str | None:
    with database.reading() as session:
        found = suggestions.current(session, run.id)
    return None if found is None else found.labels


def answered(database: Database, run: Made) -> int:
    with database.reading() as session:
        return len(current_answers(session, run.id))


def test_an_import_is_taken_back_with_its_answers_and_no_other(
    database: Database, run: Made
) -> None:
    add(database, run, ("a", "b"))
    add(database, run, ("c",))  # answers the first question again
    database.write(lambda session: answers.undo(session, run.id, "own", "ann", target="b"))
    assert take_back(database, run, 1) == 1
    with database.reading() as session:
        (there,) = current_answers(session, run.id).values()
        assert [one.is_undone for one in imports.list_of_run(session, run.id)] == [True, False]
    assert there.op_id == "c"
    with pytest.raises(NothingToUndoError):
        take_back(database, run, 1)
    assert take_back(database, run) == 2
    assert answered(database, run) == 0


def test_numbers_count_the_imports_of_a_run(
    database: Database, run: Made, another_run: Made
) -> None:
    numbers = [add(database, one).number for one in (run, another_run, run)]
    assert numbers == [1, 1, 2]
    take_back(database, run)
    assert add(database, run).number == 3


def test_only_files_that_stand_count_as_files(database: Database, run: Made) -> None:
    add(database, run)
    add(database, run, format=OWN_LABELS)
    with database.reading() as session:
        assert runs.get(session, run.id).n_files == 1
    take_back(database, run, 1)
    with database.reading() as session:
        assert runs.summary(session, run.id).run.n_files == 0


def test_what_was_suggested_before_is_suggested_again(database: Database, run: Made) -> None:
    for labels in ("one", "two", "three"):
        add(database, run, suggested=labels)
    take_back(database, run, 2)  # the third goes on from it
    assert suggests(database, run) == "three"
    with database.reading() as session:
        assert {"one", "two", "three", "sure-one"} <= referenced(session)
    take_back(database, run)
    assert suggests(database, run) == "one"
    take_back(database, run)
    assert suggests(database, run) is None


def test_suggestions_that_were_removed_stay_so(database: Database, run: Made) -> None:
    add(database, run, suggested="one")
    add(database, run, suggested="two")
    database.write(lambda session: suggestions.remove(session, run.id))
    take_back(database, run)
    assert suggests(database, run) is None
    add(database, run, suggested="three")
    assert suggests(database, run) == "three"
    take_back(database, run)
    assert suggests(database, run) is None


def test_a_copy_suggests_the_same_in_its_own_classes(database: Database, run: Made) -> None:
    add(database, run, suggested="one")
    copy = database.write(lambda session: runs.duplicate(session, run.id, "copy"))
    with database.reading() as session:
        found = suggestions.current(session, copy.id)
        assert imports.list_of_run(session, copy.id) == ()
    assert found is not None
    assert (found.labels, found.import_id) == ("one", None)
    assert found.class_ids != (run.cat,)
    with pytest.raises(NothingToUndoError):
        take_back(database, copy)
