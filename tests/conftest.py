"""Small data that many tests share, and a PostgreSQL schema for those that need one."""

import os
import secrets
from collections.abc import Generator, Iterator
from urllib.parse import urlsplit

import numpy as np
import pytest

from labeler.datasets.base import Dataset, Split

POSTGRES = "LABELER_TEST_DATABASE_URL"
SLOWEST_FIRST = ("realdata", "browser", "kills")


def blobs(n_per_class: int, n_classes: int, seed: int, size: int = 8) -> Split:
    """Images of bright bars at one height per class, with noise: easy to cluster."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_classes), n_per_class)
    images = rng.integers(0, 60, (len(labels), size, size), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[label * size // n_classes] = 255
    order = rng.permutation(len(labels))
    return Split(images[order], labels[order].astype(np.int64))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that no worker is left alone with one at the end."""

    def place(item: pytest.Item) -> int:
        marks = (place for place, name in enumerate(SLOWEST_FIRST) if item.get_closest_marker(name))
        return next(marks, len(SLOWEST_FIRST))

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """All tests that lack one thing are one line of the summary, which says how to get it."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple) and "needs " in report.longrepr[2]:
        report.longrepr = (__file__, 1, report.longrepr[2])
    return report


@pytest.fixture
def bars() -> Dataset:
    """Four classes, 200 images in the pool, 80 to test on."""
    return Dataset("bars", ("a", "b", "c", "d"), blobs(50, 4, seed=1), blobs(20, 4, seed=2))


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
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    psycopg = pytest.importorskip("psycopg")
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_database: str) -> Iterator[str]:
    """A schema of its own there."""
    import psycopg

    schema = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield f"{postgres_database}?options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")
