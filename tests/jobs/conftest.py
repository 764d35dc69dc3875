"""A database for each test, and a run in it, as tests of the storage have them."""

from tests.storage.conftest import (  # noqa: F401 - fixtures
    _no_database_from_outside,
    clock,
    database,
    run,
    sqlite_database,
)
