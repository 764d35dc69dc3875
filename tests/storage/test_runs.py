"""Runs, their classes and questions, data sets and results."""

import json
from dataclasses import fields
from datetime import timedelta

import pytest
from msgspec import UNSET
from sqlalchemy import event, text, update

from labeler.storage import (
    answers,
    classes,
    datasets,
    imports,
    jobs,
    questions,
    results,
    runs,
    suggestions,
    tables,
)
from labeler.storage.current_answers import current_answers
from labeler.storage.database import Database
from labeler.storage.errors import ClassInUseError, InvalidError, NotFoundError
from labeler.storage.rows import (
    AnswerSource,
    Dataset,
    GivenAnswer,
    NewQuestion,
    Result,
    Verdict,
)
from labeler.storage.settings import RunSettings, SettingsChange
from tests.figures import NO_FIGURES, RELEASED
from tests.storage.conftest import Made, ManualClock


def answer(database: Database, run: Made, op_id: str, question: int, class_id: int | None) -> None:
    verdict = Verdict.SKIP if class_id is None else Verdict.CLASS
    given = [GivenAnswer(question, verdict, class_id)]
    database.write(lambda s: answers.record(s, run.id, op_id, "ann", given))


def import_labels(database: Database, run: Made, labels: str) -> None:
    """An import of one answer and one array of suggestions."""
    given = [GivenAnswer(run.asked[1], Verdict.CLASS, run.cat)]
    with database.writing() as session:
        op_id = f"{run.id}-{labels}"
        done = imports.add(
            session,
            run.id,
            file="a.csv",
            format="csv",
            n_answers=1,
            n_suggestions=1,
            operation_ids=[answers.record(session, run.id, op_id, "ann", given).operation_id],
        )
        arrays = {"labels": labels, "confidences": labels}
        suggestions.keep(session, run.id, import_id=done.id, class_ids=[run.cat], **arrays)


def test_a_new_run_has_its_classes_with_keys(database: Database, run: Made) -> None:
    with database.reading() as session:
        there = classes.list_of_run(session, run.id)
    assert [(one.name, one.key) for one in there] == [("cat", "1"), ("dog", "2"), ("cow", "3")]


def test_the_tenth_class_gets_zero_and_the_eleventh_no_key(database: Database, run: Made) -> None:
    with database.writing() as session:
        many = runs.create(
            session,
            name="many",
            dataset_id=run.dataset,
            config={},
            preset="classic",
            budget=1,
            answerer=AnswerSource.ORACLE,
            classes=[f"class {number}" for number in range(11)],
        )
        there = classes.list_of_run(session, many.id)
    assert [one.key for one in there[8:]] == ["9", "0", None]
    assert many.answerer is AnswerSource.ORACLE


def test_the_cards_count_what_stands(
    database: Database, run: Made, another_run: Made, clock: ManualClock
) -> None:
    clock.move(minutes=1)
    answer(database, run, "a", run.asked[0], run.cat)
    answer(database, run, "b", run.asked[0], run.dog)
    answer(database, run, "c", run.asked[1], None)
    given = [GivenAnswer(run.asked[2], Verdict.MIXED)]
    database.write(lambda s: answers.record(s, run.id, "d", "ann", given))
    answer(database, run, "e", run.asked[3], run.cat)
    database.write(lambda s: answers.undo(s, run.id, "f", "ann"))
    with database.reading() as session:
        first, second = runs.summaries(session)
        alone = runs.summary(session, run.id)
    assert first == alone
    assert (first.run.id, second.run.id) == (run.id, another_run.id)
    assert (first.n_questions, first.n_answered, first.n_skipped, first.n_mixed) == (10, 1, 1, 1)
    assert (first.n_open, second.n_open) == (7, 10)
    assert first.run.last_activity_at - second.run.last_activity_at == timedelta(minutes=1)
    assert (first.dataset_name, first.best_accuracy) == ("zoo", None)


def test_the_cards_take_one_query_however_many_runs(
    database: Database, run: Made, another_run: Made
) -> None:
    statements: list[str] = []
    with database.reading() as session:
        session.execute(text("SELECT 1"))
        event.listen(
            database.engine,
            "before_cursor_execute",
            lambda _c, _cursor, statement, *_: statements.append(statement),
        )
        assert len(runs.summaries(session)) == 2
    assert len([one for one in statements if "SELECT" in one]) == 1


def test_settings_and_artefacts_are_added_to_and_make_no_revision(
    database: Database, run: Made
) -> None:
    with database.writing() as session:
        runs.update_run(session, run.id, settings={"n_pool": 1}, artefacts={"features": "f"})
        runs.update_run(session, run.id, name=" new ", settings={"threshold": 0.5})
    with database.reading() as session:
        fresh = runs.get(session, run.id)
    assert (fresh.name, fresh.settings, fresh.artefacts) == (
        "new",
        RunSettings(n_pool=1, threshold=0.5),
        {"features": "f"},
    )
    assert fresh.revision == 0


def test_what_can_be_written_among_the_settings_is_read() -> None:
    assert SettingsChange.__annotations__.keys() == {one.name for one in fields(RunSettings)}


def test_settings_of_another_version_outlive_a_write_and_a_copy(
    database: Database, run: Made
) -> None:
    def colour(run_id: str) -> str:
        with database.reading() as session:
            return session.get_one(tables.Run, run_id).settings["colour"]

    with database.writing() as session:
        session.get_one(tables.Run, run.id).settings = {"colour": "blue", "notes": ["few"]}
    with database.writing() as session:
        written = runs.update_run(session, run.id, settings={"threshold": 0.5})
        copy = runs.duplicate(session, run.id, "copy")
    assert written.settings == RunSettings(notes=("few",), threshold=0.5)
    assert copy.settings == written.settings
    assert colour(run.id) == colour(copy.id) == "blue"


def test_adding_a_round_again_adds_nothing(database: Database, run: Made) -> None:
    new = [NewQuestion(image) for image in (3, 99)]
    with database.writing() as session:
        assert questions.add(session, run.id, 0, new) == 1
        assert questions.add(session, run.id, 0, new) == 0
        assert questions.add(session, run.id, 1, new) == 2
        asked = questions.list_of_run(session, run.id, round=1)
    assert [(one.round, one.image) for one in asked] == [(1, 3), (1, 99)]


def test_a_round_is_added_once_and_asks_no_image_again(database: Database, run: Made) -> None:
    new = [NewQuestion(image) for image in (3, 99)]
    with database.writing() as session:
        assert questions.add_round(session, run.id, "uncertain", new, {"sheet": "s"}) == 1
        assert runs.get(session, run.id).n_rounds == 1
        assert questions.add_round(session, run.id, "uncertain", [NewQuestion(98)]) == 0
        *_, newest = questions.list_of_run(session, run.id)
        assert runs.get(session, run.id).artefacts == {"sheet": "s"}
    assert (newest.image, newest.round, newest.round_name) == (99, 1, "uncertain")


def test_a_run_in_the_bin_is_out_of_sight_until_restored(database: Database, run: Made) -> None:
    answer(database, run, "a", run.asked[0], run.cat)
    database.write(lambda s: runs.trash(s, run.id))
    with database.reading() as session:
        assert runs.summaries(session) == ()
        assert [one.run.id for one in runs.summaries(session, deleted=True)] == [run.id]
        with pytest.raises(NotFoundError):
            runs.get(session, run.id)
    with pytest.raises(NotFoundError):
        answer(database, run, "b", run.asked[0], run.cat)
    database.write(lambda s: runs.restore(s, run.id))
    with database.reading() as session:
        assert runs.summary(session, run.id).n_answered == 1


def test_purging_removes_one_run_and_nothing_else(
    database: Database, run: Made, another_run: Made, clock: ManualClock
) -> None:
    for one in (run, another_run):
        answer(database, one, f"{one.id}-a", one.asked[0], one.cat)
        with database.writing() as session:
            answers.undo(session, one.id, f"{one.id}-u", "ann")
            classes.merge(session, one.id, one.cat, one.dog)
            job = jobs.enqueue(session, "train", {}, run_id=one.id)
            results.add(session, one.id, job_id=job.id, revision=1, metrics=NO_FIGURES)
            questions.add_round(session, one.id, "uncertain", [])
        for labels in ("before", "after"):
            import_labels(database, one, labels)
    database.write(lambda s: runs.trash(s, run.id))
    assert database.write(lambda s: runs.purge(s, deleted_before=clock())) == 0
    clock.move(days=1)
    assert database.write(lambda s: runs.purge(s, deleted_before=clock())) == 1
    with database.reading() as session:
        assert runs.summaries(session, deleted=True) == ()
        assert len(answers.history(session, another_run.id)) == 4
        assert len(results.list_of_run(session, another_run.id)) == 1
        counts = {"run": 1, "job": 1, "result": 1, "question_round": 1}
        counts |= {"label_import": 2, "import_operation": 2, "suggestions": 2}
        for table, expected in counts.items():
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == expected


def test_a_copy_has_everything_but_the_answers(database: Database, run: Made) -> None:
    answer(database, run, "a", run.asked[0], run.cat)
    database.write(lambda s: classes.merge(s, run.id, run.cat, run.dog))
    database.write(lambda s: runs.update_run(s, run.id, artefacts={"features": "f"}))
    database.write(lambda s: questions.add_round(s, run.id, "uncertain", [NewQuestion(20)]))
    copy = database.write(lambda s: runs.duplicate(s, run.id, "again"))
    with database.reading() as session:
        summary = runs.summary(session, copy.id)
        cat, dog, _ = classes.list_of_run(session, copy.id)
        assert questions.list_of_run(session, copy.id)[-1].round_name == "uncertain"
    assert (summary.n_questions, summary.n_answered, copy.revision) == (11, 0, 0)
    assert (copy.n_rounds, summary.run.n_rounds) == (1, 1)
    assert copy.artefacts == {"features": "f"}
    assert cat.merged_into == dog.id
    assert {cat.run_id, dog.run_id} == {copy.id}


def test_a_run_needs_a_data_set(database: Database) -> None:
    with database.writing() as session, pytest.raises(NotFoundError):
        runs.create(session, name="r", dataset_id=1, config={}, preset="classic", budget=1)


def test_two_classes_of_one_name_are_refused(database: Database, run: Made) -> None:
    with database.writing() as session, pytest.raises(InvalidError):
        runs.create(
            session,
            name="r",
            dataset_id=run.dataset,
            config={},
            preset="classic",
            budget=1,
            classes=["Cat", "cat "],
        )
    for wrong in ("DOG", " dog"):
        with pytest.raises(ClassInUseError), database.writing() as session:
            classes.add(session, run.id, wrong)
    with pytest.raises(ClassInUseError):
        database.write(lambda s: classes.rename(s, run.id, run.cat, "dog"))


def test_a_class_added_midway_makes_a_revision_and_gets_a_key(
    database: Database, run: Made
) -> None:
    added = database.write(lambda s: classes.add(s, run.id, "<b>emu</b>"))
    assert (added.name, added.key, added.position) == ("<b>emu</b>", "4", 3)
    with database.reading() as session:
        assert runs.get(session, run.id).revision == 1


def test_a_renamed_class_keeps_its_answers(database: Database, run: Made) -> None:
    answer(database, run, "a", run.asked[0], run.cat)
    assert database.write(lambda s: classes.rename(s, run.id, run.cat, "lynx")).name == "lynx"
    with database.reading() as session:
        assert current_answers(session, run.id)[run.asked[0]].class_id == run.cat


def test_keys_are_one_character_and_unique(database: Database, run: Made) -> None:
    assert database.write(lambda s: classes.set_key(s, run.id, run.cat, "Q")).key == "q"
    assert database.write(lambda s: classes.set_key(s, run.id, run.dog, None)).key is None
    with pytest.raises(ClassInUseError):
        database.write(lambda s: classes.set_key(s, run.id, run.cow, "q"))
    for wrong in ("", "ab", " ", "\0"):
        with pytest.raises(InvalidError), database.writing() as session:
            classes.set_key(session, run.id, run.cow, wrong)


def test_merges_never_go_round_in_circles(database: Database, run: Made) -> None:
    database.write(lambda s: classes.merge(s, run.id, run.cat, run.dog))
    database.write(lambda s: classes.merge(s, run.id, run.dog, run.cow))
    for source, target in [
        (run.cat, run.cat),
        (run.dog, run.cat),
        (run.cow, run.cat),
        (run.dog, run.dog),
    ]:
        with pytest.raises(ClassInUseError), database.writing() as session:
            classes.merge(session, run.id, source, target)


def test_an_unmerged_class_gives_way_where_its_key_was_taken(database: Database, run: Made) -> None:
    database.write(lambda s: classes.merge(s, run.id, run.cat, run.dog))
    database.write(lambda s: classes.set_key(s, run.id, run.cow, "1"))
    assert database.write(lambda s: classes.unmerge(s, run.id, run.cat)).key is None
    database.write(lambda s: classes.merge(s, run.id, run.cat, run.dog))
    database.write(lambda s: classes.rename(s, run.id, run.dog, "cat"))
    with pytest.raises(ClassInUseError):
        database.write(lambda s: classes.unmerge(s, run.id, run.cat))


def test_classes_of_another_run_are_not_found(
    database: Database, run: Made, another_run: Made
) -> None:
    with pytest.raises(NotFoundError):
        database.write(lambda s: classes.rename(s, run.id, another_run.cat, "lynx"))


def test_the_same_content_is_kept_once(database: Database) -> None:
    def add(name: str) -> Dataset:
        return database.write(
            lambda s: datasets.add(
                s,
                name=name,
                kind="upload",
                source="x.zip",
                content_hash="abc",
                counts={"pool": 3},
                classes=["a"],
                artefacts={"images": "i"},
            )
        )

    first = add("one")
    assert add("two") == first
    with database.reading() as session:
        assert datasets.get(session, first.id) == first
        assert datasets.list_all(session) == (first,)
    fresh = database.write(lambda s: datasets.set_artefacts(s, first.id, {"names": "n"}))
    assert fresh.artefacts == {"images": "i", "names": "n"}


@pytest.mark.parametrize("dataset_id", [0, -1, 7, 2**31, 2**70])
def test_a_data_set_that_is_not_there_is_not_found(database: Database, dataset_id: int) -> None:
    with database.reading() as session, pytest.raises(NotFoundError):
        datasets.get(session, dataset_id)


def test_a_job_delivers_one_result_however_often_it_is_added(database: Database, run: Made) -> None:
    job = database.write(lambda s: jobs.enqueue(s, "train", {}, run_id=run.id))

    def add(accuracy: float) -> Result:
        return database.write(
            lambda s: results.add(
                s,
                run.id,
                job_id=job.id,
                revision=4,
                metrics=NO_FIGURES,
                test_accuracy=accuracy,
            )
        )

    first = add(0.8)
    assert add(0.9) == first
    assert first.metrics == NO_FIGURES
    with database.reading() as session:
        assert results.list_of_run(session, run.id) == (first,)
        assert results.find_of_job(session, job.id) == first
        assert runs.summary(session, run.id).best_accuracy == 0.8


def test_a_result_of_the_released_version_is_read(database: Database, run: Made) -> None:
    database.write(lambda s: results.add(s, run.id, revision=1, metrics=NO_FIGURES))
    written = update(tables.Result).values(config=RELEASED["config"], metrics=RELEASED)
    database.write(lambda s: s.execute(written))
    with database.reading() as session:
        (found,) = [one.metrics for one in results.list_of_run(session, run.id)]
    (stage,) = found.stages
    assert (found.version, found.threads) == ("0.1.0", UNSET)
    assert (stage.test_accuracy.mean, stage.seconds) == (0.75, 1.0)
    assert [(one.name, one.precision) for one in stage.per_class] == [("cat", None), ("dog", 0.75)]
    assert json.loads(json.dumps(found.as_json())) == RELEASED
