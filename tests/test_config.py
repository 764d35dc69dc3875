"""Settings are checked once, before any work."""

import json
from typing import Any

import pytest

from labeler.config import PRESET_HINTS, PRESETS, RunConfig, preset
from labeler.exceptions import ConfigError


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_labels": 0}, "n_labels is 0; it must be at least 1"),
        ({"fractions": (0.5, 0.0)}, "fractions is 0.0; it must be above 0"),
        ({"fractions": (1.5,)}, "fractions is 1.5"),
        ({"error_rate": -0.1}, "error_rate is -0.1; it must be from 0 to 1"),
        ({"error_rate": float("nan")}, "error_rate is nan"),
        ({"classifier": "forest"}, "classifier is 'forest'; it must be one of .*logistic"),
        ({"features": "smell"}, "features is 'smell'"),
        ({"features": "keras:"}, "features is 'keras:'"),
        ({"features": "keras:../x"}, "features is 'keras:../x'"),
        ({"features": "model.h5"}, "the path of an .npy, .npz or .parquet file"),
        ({"weights": "w.h5"}, "weights belong to features keras:NAME, not to 'pixels'"),
        ({"n_rounds": 0}, "n_rounds is 0; it must be at least 1"),
        ({"strategy": "luck"}, "strategy is 'luck'; it must be one of .*representatives"),
        ({"propagation": "rumour"}, "propagation is 'rumour'; it must be one of .*cluster"),
        ({"threshold": 1.5}, "threshold is 1.5; it must be from 0 to 1"),
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
    plain = json.loads(json.dumps(preset(name).as_dict()))
    assert RunConfig.from_dict(plain) == preset(name)


def test_each_preset_is_said_in_words() -> None:
    assert PRESET_HINTS.keys() == PRESETS.keys()


def test_settings_of_an_older_labeler_mean_what_was_done_then() -> None:
    old = {"n_labels": 60, "fractions": [0.5], "features": "pixels", "seed": 3}
    config = RunConfig.from_dict({**old, "a setting of a newer one": 1})
    assert config == RunConfig(n_labels=60, fractions=(0.5,), seed=3)
    assert (config.n_first, config.n_ahead, config.needs_graph) == (60, 0, False)


@pytest.mark.parametrize(
    ("n_labels", "n_first", "n_ahead"),
    [(1, 1, 0), (2, 1, 0), (9, 5, 1), (50, 25, 5), (100, 50, 5), (300, 150, 15)],
)
def test_half_of_the_budget_is_asked_first_and_the_rest_chosen_a_little_earlier(
    n_labels: int, n_first: int, n_ahead: int
) -> None:
    config = preset("best").with_(n_labels=n_labels)
    assert (config.n_first, config.n_ahead, config.needs_graph) == (n_first, n_ahead, True)


@pytest.mark.parametrize(
    ("n_labels", "n_second_rounds"), [(1, 1), (30, 1), (40, 2), (50, 2), (100, 5), (300, 5)]
)
def test_the_second_phase_has_rounds_of_ten_questions_or_more(
    n_labels: int, n_second_rounds: int
) -> None:
    assert preset("best").with_(n_labels=n_labels).n_second_rounds == n_second_rounds
    assert RunConfig(n_labels=n_labels, n_rounds=5).n_second_rounds == 0
    assert RunConfig(n_labels=n_labels, strategy="two-phase").n_second_rounds == 1


@pytest.mark.parametrize("features", ["shape", "keras:MobileNetV2", "/data/made elsewhere.npy"])
def test_features_are_a_name_a_network_or_a_file(features: str) -> None:
    assert RunConfig(features=features).features == features


def test_each_purpose_draws_from_a_stream_of_its_own() -> None:
    config = RunConfig(seed=3)
    assert config.rng("a").random() == config.rng("a").random()
    assert config.rng("a").random() != config.rng("b").random()
    assert config.rng("a").random() != config.with_(seed=4).rng("a").random()
