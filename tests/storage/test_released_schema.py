"""A database as Labeler 0.1 wrote it, opened by this one: every row is there, and still in use."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, MetaData

from labeler.storage import answers, questions, runs, suggestions, tables
from labeler.storage import imports as import_rows
from labeler.storage.current_answers import current_answers
from labeler.storage.database import Database, open_database
from labeler.storage.engine import ACCESS, database_url, make_engine
from labeler.storage.errors import OpIdReusedError
from labeler.storage.migrations.upgrade import (
    SCRIPTS,
    count_rows,
    current_revision,
    head_revision,
    upgrade,
)
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.storage.session import hash_json
from labeler.storage.upkeep import referenced
from tests.conftest import URLS

RELEASED = "0002"
RUN = "a1b2c3d4"
N_ANSWERS = 40
THEN = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
AT_ONCE: list[list[Any]] = [[question, "class", 1] for question in range(1, N_ANSWERS)]
"""What one operation said, as 0.1 hashed it."""


BUSY = "e5f6g7h8"
"""A run that 0.1 kept rounds, imports and suggestions in, as JSON."""
N_ROWS = {
    "question_round": 2,
    "label_import": 3,
    "import_operation": 1,
    "suggestions": 3,
    "addition": 0,
    "audit": 0,
    "audit_operation": 0,
    "review_operation": 0,
}
"""Of the tables that 0.1 did not have."""


def suggested(number: int) -> tuple[dict[str, Any], dict[str, str]]:
    """What import ``number`` made the run suggest."""
    setting = {"class_ids": [2], "n": number, "import": number}
    return setting, {f"suggestions.{name}": f"{name}-{number}" for name in ARRAYS}


ARRAYS = ("labels", "confidences")


def imports() -> list[dict[str, Any]]:
    """Three files that were laid over each other; the second was taken back."""
    befores: list[dict[str, Any]] = [{"setting": None, "artefacts": {}}]
    befores += [{"setting": one, "artefacts": arrays} for one, arrays in map(suggested, (1, 2))]
    operations = [[{"op_id": "import-1", "annotator": "import"}], [], []]
    names = ("a.csv", "b\udc80.csv", "c.csv")
    return [
        {
            "id": number,
            "file": names[number - 1],
            "format": "csv",
            "at": THEN.isoformat(),
            "operations": operations[number - 1],
            "n_answers": len(operations[number - 1]),
            "n_suggestions": number,
            "is_undone": number == 2,
            "before": befores[number - 1],
        }
        for number in (1, 2, 3)
    ]


def busy_run() -> dict[str, Any]:
    setting, arrays = suggested(3)
    older = {f"{name}.before.3": one for name, one in suggested(2)[1].items()}
    settings = {
        "n_pool": 9,
        "colour": "blue",
        "rounds": {"1": "uncertain", "3": "uncertain 2"},
        "imports": imports(),
        "suggestions": setting,
    }
    return {"id": BUSY, "settings": settings, "artefacts": {"pool": "p", **arrays, **older}}


def rows() -> dict[str, list[dict[str, Any]]]:
    """Of a run with forty questions, all but the last answered at once, the last one skipped;
    and of another, whose only answer came from a file.
    """
    nothing: dict[str, Any] = {"artefacts": {}, "created_at": THEN}
    dataset = {"name": "zoo", "kind": "upload", "source": "zoo", "content_hash": "z", **nothing}
    run = {"name": "r", "config": {}, "preset": "classic", "answerer": "human", "budget": 1}
    times = {"last_activity_at": THEN, "deleted_at": None}
    operation = {"run_id": RUN, "kind": "answer", "annotator": "ada", "source": "human"}
    said = {"all": AT_ONCE, "last": [[N_ANSWERS, "skip", None]]}
    operations = [
        {
            **operation,
            "op_id": op_id,
            "body_hash": hash_json([RUN, "answer", "ada", "human", body]),
            "revision": number,
            "created_at": THEN,
        }
        for number, (op_id, body) in enumerate(said.items(), start=1)
    ]
    imported = {**operations[0], "run_id": BUSY, "op_id": "import-1", "annotator": "import"}
    return {
        "dataset": [{**dataset, "counts": {}, "classes": [], "details": {}}],
        "run": [
            {**run, **nothing, **times, "dataset_id": 1, "revision": 2, **own}
            for own in ({"id": RUN, "settings": {}}, busy_run())
        ],
        "run_class": [{"run_id": one, "position": 0, "name": "cat"} for one in (RUN, BUSY)],
        "question": [
            {"run_id": RUN, "round": 0, "position": one, "image": one, "stands_for": 1}
            for one in range(N_ANSWERS)
        ]
        + [{"run_id": BUSY, "round": 3, "position": 0, "image": 5, "stands_for": 1}],
        "operation": [*operations, imported],
        "answer": [
            {"operation_id": number, "question_id": asked, "verdict": verdict, "class_id": of}
            for number, body in enumerate([*said.values(), [[N_ANSWERS + 1, "class", 2]]], start=1)
            for asked, verdict, of in body
        ],
    }


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(**{ACCESS: "write"}) as connection, connection.begin():
        yield connection


def reflected(connection: Connection) -> MetaData:
    tables = MetaData()
    tables.reflect(connection)
    return tables


@pytest.fixture(params=["sqlite", "postgresql"])
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The database, with the released schema and its rows."""
    url = request.getfixturevalue(URLS[request.param])
    engine = make_engine(database_url(tmp_path / "instance", url))
    with writing(engine) as connection:
        reflected(connection).drop_all(connection)
    scripts = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__", "000[3-9]*"))
    upgrade(engine, backups=tmp_path / "backups", scripts=scripts)
    assert current_revision(engine) == RELEASED
    with writing(engine) as connection:
        tables = reflected(connection).tables
        for name, written in rows().items():
            connection.execute(tables[name].insert(), written)
    yield engine
    engine.dispose()


@pytest.fixture
def opened(released: Engine, tmp_path: Path) -> Iterator[Database]:
    """The same after this Labeler has opened it."""
    url = None if released.dialect.name == "sqlite" else released.url.render_as_string(False)
    database = open_database(tmp_path / "instance", url)
    yield database
    database.close()


def test_no_row_is_lost_by_the_upgrade(released: Engine, tmp_path: Path) -> None:
    with released.connect() as connection:
        before = count_rows(connection)
    upgrade(released, backups=tmp_path / "backups")
    with released.connect() as connection:
        assert count_rows(connection) == before | N_ROWS
    assert before | {name: len(written) for name, written in rows().items()} == before
    assert current_revision(released) == head_revision()


def test_answers_from_before_were_given_when_they_were_recorded(opened: Database) -> None:
    with opened.reading() as session:
        there = current_answers(session, RUN)
    assert len(there) == N_ANSWERS
    assert {one.answered_at for one in there.values()} == {THEN}
    assert there[N_ANSWERS].verdict is Verdict.SKIP


def test_an_answer_sent_before_the_upgrade_may_be_sent_again_after_it(opened: Database) -> None:
    given = [GivenAnswer(asked, Verdict.CLASS, 1) for asked, *_ in AT_ONCE]
    again = opened.write(lambda session: answers.record(session, RUN, "all", "ada", given))
    assert (again.is_replay, again.revision) == (True, 1)
    with pytest.raises(OpIdReusedError):
        opened.write(lambda session: answers.record(session, RUN, "all", "ada", given[1:]))


def test_it_is_answered_and_undone_as_before(opened: Database) -> None:
    earlier = datetime(2025, 1, 1, tzinfo=UTC)
    given = [GivenAnswer(1, Verdict.SKIP, answered_at=earlier)]
    opened.write(lambda session: answers.record(session, RUN, "new", "ada", given))
    with opened.reading() as session:
        assert current_answers(session, RUN)[1].answered_at == earlier
    undone = opened.write(lambda session: answers.undo(session, RUN, "undo", "ada"))
    assert undone.undone_op_id == "new"


def test_rounds_that_were_settings_are_rows(opened: Database) -> None:
    with opened.reading() as session:
        (question,) = questions.list_of_run(session, BUSY)
        run, other = (runs.get(session, one) for one in (BUSY, RUN))
        kept = session.get_one(tables.Run, BUSY)
        assert kept.settings == {"n_pool": 9, "colour": "blue"}
        assert kept.artefacts == {"pool": "p"}
    assert (question.round, question.round_name) == (3, "uncertain 2")
    assert (run.n_rounds, run.n_files, other.n_rounds, other.n_files) == (2, 2, 0, 0)


def test_imports_of_before_are_taken_back_with_what_they_suggested(opened: Database) -> None:
    def suggests() -> str | None:
        with opened.reading() as session:
            found = suggestions.current(session, BUSY)
        return None if found is None else found.labels

    with opened.reading() as session:
        past = import_rows.list_of_run(session, BUSY)
        arrays = {f"{name}-{number}" for name in ARRAYS for number in (1, 2, 3)}
        assert arrays <= referenced(session)
    assert [one.file for one in past] == ["a.csv", "b\\udc80.csv", "c.csv"]
    assert {one.created_at for one in past} == {THEN}
    assert suggests() == "labels-3"
    assert opened.write(lambda s: import_rows.take_back(s, BUSY)).number == 3
    assert suggests() == "labels-1"  # the second was taken back before
    assert opened.write(lambda s: import_rows.take_back(s, BUSY)).number == 1
    assert suggests() is None
    with opened.reading() as session:
        assert current_answers(session, BUSY) == {}
        assert all(one.is_undone for one in import_rows.list_of_run(session, BUSY))
