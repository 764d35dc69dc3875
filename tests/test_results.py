"""Figures as JSON: what one version wrote, another reads."""

import pytest

from labeler.config import RunConfig
from labeler.records.results import Results
from tests.figures import NO_FIGURES, RELEASED

ESTIMATE = {
    "fraction": None,
    "n_train": 4,
    "coverage": 1,
    "mean_confidence": None,
    "cross_validation": {"agreement": 0.5, "n_folds": 5, "n_images": 10},
}


@pytest.mark.parametrize(
    "added", [{}, {"stages": [], "estimates": [ESTIMATE | {"cross_validation": None}, ESTIMATE]}]
)
def test_what_is_read_is_written_again(added: dict[str, object]) -> None:
    told = RELEASED | added
    written = Results.read(told).as_json()
    assert written == Results.read(written).as_json()
    assert list(written) == list(RELEASED)
    assert written["config"] == RELEASED["config"]
    assert [dict(one) for one in written["estimates"]] == told["estimates"]


def test_settings_that_did_not_exist_then_have_their_defaults() -> None:
    settings = Results.read(RELEASED).run_config
    assert settings == RunConfig(n_labels=2, fractions=(0.2,), classifier="nn", seed=3)


def test_what_a_newer_version_adds_is_passed_over() -> None:
    assert Results.read(NO_FIGURES.as_json() | {"mood": "good"}) == NO_FIGURES
