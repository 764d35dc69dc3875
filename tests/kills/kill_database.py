"""The run that the harness fills, and what is left of it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from labeler.storage import answers, classes, datasets, questions, runs
from labeler.storage.database import open_database
from labeler.storage.engine import DATABASE_FILE
from labeler.storage.rows import NewQuestion, OperationKind

N_QUESTIONS = 200


def make_run(instance: Path, url: str | None = None) -> tuple[str, list[int], list[int]]:
    """A run with its questions and classes, by id."""
    database = open_database(instance, url)
    with database.writing() as session:
        dataset = datasets.add(
            session, name="d", kind="known", source="d", content_hash="d", counts={}
        )
        run = runs.create(
            session,
            name="r",
            dataset_id=dataset.id,
            config={},
            preset="classic",
            budget=N_QUESTIONS,
            classes=["a", "b", "c"],
        )
        questions.add(session, run.id, 0, map(NewQuestion, range(N_QUESTIONS)))
        asked = [one.id for one in questions.list_of_run(session, run.id)]
        named = [one.id for one in classes.list_of_run(session, run.id)]
    database.close()
    return run.id, asked, named


def read_back(instance: Path, url: str | None, run: str) -> tuple[dict[str, Any], int]:
    """The history, in the shape of what was sent."""
    database = open_database(instance, url)
    with database.reading() as session:
        lines = answers.history(session, run)
    database.close()
    found: dict[str, Any] = {}
    for line in lines:
        found[line.op_id] = {"annotator": line.annotator, "kind": line.kind.value}
        if line.kind is OperationKind.ANSWER:
            found[line.op_id] |= {
                "questions": [one.question_id for one in line.answers],
                "class": line.answers[0].class_id,
            }
    return found, len(lines)


def assert_intact(instance: Path) -> None:
    """SQLite's own checks find nothing."""
    with closing(sqlite3.connect(instance / DATABASE_FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
