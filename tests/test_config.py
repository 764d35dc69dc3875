"""Settings are checked once, before any work."""

from typing import Any

import pytest

from labeler.config import PRESETS, RunConfig, preset
from labeler.exceptions import ConfigError


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_labels": 0}, "n_labels is 0; it must be at least 1"),
        ({"fractions": (0.5, 0.0)}, "fractions is 0.0; it must be above 0"),
        ({"fractions": (1.5,)}, "fractions is 1.5"),
        ({"error_rate": -0.1}, "error_rate is -0.1; it must be from 0 to 1"),
        ({"error_rate": float("nan")}, "error_rate is nan"),
        ({"classifier": "forest"}, "classifier is 'forest'; it must be one of logistic, nn"),
        ({"features": "smell"}, "features is 'smell'"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_a_setting_out_of_range_is_named_with_its_value(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        RunConfig(**changes)


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="it must be one of classic"):
        preset("best-ever")


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_survives_the_way_through_plain_values(name: str) -> None:
    plain = preset(name).as_dict()
    assert RunConfig(**{**plain, "fractions": tuple(plain["fractions"])}) == preset(name)


def test_each_purpose_draws_from_a_stream_of_its_own() -> None:
    config = RunConfig(seed=3)
    assert config.rng("a").random() == config.rng("a").random()
    assert config.rng("a").random() != config.rng("b").random()
    assert config.rng("a").random() != config.with_(seed=4).rng("a").random()
