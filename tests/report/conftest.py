"""One real, small simulation that all tests of the report look at."""

import pytest

from labeler.config import RunConfig
from labeler.datasets.base import Dataset
from labeler.pipeline import simulate
from labeler.records import Simulation
from tests.conftest import make_bars


@pytest.fixture(scope="session")
def hostile() -> Dataset:
    """The bars, with class names that a careless page or sheet would stumble over."""
    bars = make_bars()
    names = ("<img src=x onerror=alert(1)>", "=1+1", "\u202edesrever", "a $x^2$ name")
    return Dataset("bars & co", names, bars.train, bars.test)


@pytest.fixture(scope="session")
def simulation(hostile: Dataset) -> Simulation:
    config = RunConfig(fractions=(0.5, 1.0), error_rate=0.3)
    return simulate(hostile, config, budgets=(6, 12), n_seeds=2)
