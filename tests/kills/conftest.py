"""``--kills N``, or LABELER_KILLS=N for all tests, says how often to kill."""

import os

import pytest

KILLS = int(os.environ.get("LABELER_KILLS", "25"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=KILLS, help="how often to kill the server")


@pytest.fixture
def n_kills(request: pytest.FixtureRequest) -> int:
    """All kills; they are shared among the small server and the real one.

    ``pytest tests/kills`` knows the option, ``pytest`` alone does not.
    """
    return int(request.config.getoption("--kills", KILLS))
