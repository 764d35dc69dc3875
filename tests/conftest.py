"""Small data that many tests share, and a PostgreSQL schema for those that need one."""

import os
import secrets
import shutil
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
import pytest

from labeler.datasets.base import Dataset, Split
from labeler.storage.database import open_database
from labeler.storage.engine import DATABASE_FILE

HERE = Path(__file__).parent
POSTGRES = "LABELER_TEST_DATABASE_URL"
URLS = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}
"""The fixture that makes each kind of database, and gives its address."""

NOT_TO_DISK = "-csynchronous_commit=off"
"""A commit waits for no disk: tests kill Labeler, and never the server."""

LONGEST_FIRST = ("realdata", "browser", "kills", "learning", "web", "workflow", "cli", "pipeline")
"""Folders whose files take long; the many short files of the others come last."""


def blobs(n_per_class: int, n_classes: int, seed: int, size: int = 8) -> Split:
    """Images of bright bars at one height per class, with noise: easy to cluster."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_classes), n_per_class)
    images = rng.integers(0, 60, (len(labels), size, size), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[label * size // n_classes] = 255
    order = rng.permutation(len(labels))
    return Split(images[order], labels[order].astype(np.int64))


UNITS = ("datasets", "estimators", "formats", "imaging", "jobs", "learning", "report", "storage")
"""Folders of tests that need neither a server nor a whole run; so do files beside them."""

NOT_QUICK = ("realdata", "browser", "kills", "slow")
SLOW_UNITS = (
    "test_features.py",
    "test_image_features.py",
    "test_shape_features.py",
    "test_threads.py",
)


def is_quick(item: pytest.Item) -> bool:
    """Whether ``make check`` runs a test: those that need nothing but this process."""
    parts = item.path.relative_to(HERE).parts
    is_unit = (len(parts) == 1 or parts[0] in UNITS) and parts[-1] not in SLOW_UNITS
    needs_server = item.name.partition("[")[2].startswith("postgresql")
    return is_unit and not needs_server and not any(map(item.get_closest_marker, NOT_QUICK))


def pytest_configure() -> None:
    """Let what tests start hear Ctrl+C and hang-ups, which ``&`` and ``nohup`` have it ignore.

    What has a handler here has the usual effect on a process that is started from here.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that no worker is left alone with one at the end."""
    for item in filter(is_quick, items):
        item.add_marker("quick")

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(HERE).parts[0]
        return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """All tests that lack one thing are one line of the summary, which says how to get it."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple) and "needs " in report.longrepr[2]:
        report.longrepr = (__file__, 1, report.longrepr[2])
    return report


def make_bars() -> Dataset:
    """Four classes, 200 images in the pool, 80 to test on."""
    return Dataset("bars", ("a", "b", "c", "d"), blobs(50, 4, seed=1), blobs(20, 4, seed=2))


@pytest.fixture
def bars() -> Dataset:
    return make_bars()


@pytest.fixture
def bars_without_test(bars: Dataset) -> Dataset:
    """The same pool, with no test part."""
    return Dataset("bars", bars.classes, bars.train)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    """A database on the server that LABELER_TEST_DATABASE_URL names, for this process alone.

    Whoever writes locks the whole database, so tests that run side by side cannot share one.
    """
    server = os.environ.get(POSTGRES)
    if not server:
        missing = f"needs PostgreSQL: export {POSTGRES}=$(.ci/postgres start FOLDER)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    psycopg = pytest.importorskip("psycopg")
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Schema:
    """A schema of the newest version, made once: making it takes longer than most tests."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.name = f"test_{secrets.token_hex(6)}"
        options = f"-csearch_path={self.name} {NOT_TO_DISK}"
        self.url = f"{database}?options={quote(options)}"
        self.folder = folder
        self.make()

    def make(self) -> None:
        self.execute(f"CREATE SCHEMA {self.name}")
        open_database(self.folder, self.url).close()
        self.as_made = self.columns()

    def empty(self) -> None:
        """As it was made; a test that changed its tables has it made anew."""
        if self.columns() != self.as_made:
            self.execute(f"DROP SCHEMA {self.name} CASCADE")
            self.make()
            return
        tables = {table for table, *_ in self.as_made} - {"alembic_version"}
        # One transaction of plain deletes; TRUNCATE waits for the disk for each table.
        self.execute(
            "SET session_replication_role = replica; "
            + "".join(f"DELETE FROM {self.name}.{table}; " for table in sorted(tables))
            + "SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) "
            f"FROM pg_sequences WHERE schemaname = '{self.name}'"
        )

    def columns(self) -> list[tuple[str, ...]]:
        return self.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            f"WHERE table_schema = '{self.name}' UNION ALL "
            f"SELECT 'alembic_version', version_num, '' FROM {self.name}.alembic_version "
            "ORDER BY 1, 2"
        )

    def execute(self, statement: str) -> list[tuple[str, ...]]:
        import psycopg

        with psycopg.connect(self.database, autocommit=True, options=NOT_TO_DISK) as connection:
            done = connection.execute(statement)
            return [] if done.description is None else done.fetchall()


@pytest.fixture(scope="session")
def postgres_schema(postgres_database: str, tmp_path_factory: pytest.TempPathFactory) -> Schema:
    return Schema(postgres_database, tmp_path_factory.mktemp("postgres"))


@pytest.fixture
def postgres_url(postgres_schema: Schema) -> Iterator[str]:
    """A schema there without a row."""
    yield postgres_schema.url
    postgres_schema.empty()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SQLite's file of the newest version, without a row."""
    folder = tmp_path_factory.mktemp("empty")
    open_database(folder).close()
    return folder / DATABASE_FILE


@pytest.fixture
def sqlite_url(empty_database: Path, tmp_path: Path) -> None:
    """The same on SQLite: the file in ``tmp_path / "instance"``, which needs no address."""
    (tmp_path / "instance").mkdir()
    shutil.copy(empty_database, tmp_path / "instance")
