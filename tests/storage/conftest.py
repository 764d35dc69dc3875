"""A database per test, on SQLite and, where one is named, on PostgreSQL."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labeler.storage import classes, datasets, questions, runs
from labeler.storage.database import Database, open_database
from labeler.storage.rows import NewQuestion
from tests.conftest import URLS


class ManualClock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass(frozen=True)
class Made:
    """A run to test with: three classes, ten questions."""

    id: str
    dataset: int
    cat: int
    dog: int
    cow: int
    asked: tuple[int, ...]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> Iterator[Database]:
    url = request.getfixturevalue(URLS[request.param])
    opened = open_database(tmp_path / "instance", url, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_url: None, tmp_path: Path, clock: ManualClock) -> Iterator[Database]:
    opened = open_database(tmp_path / "instance", clock=clock)
    yield opened
    opened.close()


def make_run(database: Database, name: str = "animals", n_questions: int = 10) -> Made:
    with database.writing() as session:
        dataset = datasets.add(
            session,
            name="zoo",
            kind="upload",
            source="zoo.zip",
            content_hash=secrets.token_hex(32),
            counts={"pool": 100},
        )
        run = runs.create(
            session,
            name=name,
            dataset_id=dataset.id,
            config={"n_labels": n_questions},
            preset="classic",
            budget=n_questions,
            classes=["cat", "dog", "cow"],
        )
        new = [NewQuestion(image, cluster=image, stands_for=10) for image in range(n_questions)]
        questions.add(session, run.id, 0, new)
        asked = tuple(one.id for one in questions.list_of_run(session, run.id))
        cat, dog, cow = (one.id for one in classes.list_of_run(session, run.id))
    return Made(run.id, dataset.id, cat, dog, cow, asked)


@pytest.fixture
def run(database: Database) -> Made:
    return make_run(database)


@pytest.fixture
def another_run(database: Database, run: Made) -> Made:
    return make_run(database, "others")


@pytest.fixture(autouse=True)
def _no_database_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
