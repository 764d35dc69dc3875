"""Several descriptions side by side: each learned from the pool, none outweighs the others."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.config import RunConfig
from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.learning.features.cache import FeatureCache
from labeler.learning.features.shape import LENGTH
from labeler.pipeline import describing, embedding_rows, prepare, simulate, simulation, stages
from labeler.pipeline.describing import description
from tests.fake_networks import Quarters


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> Quarters:
    """The network behind every name."""
    fake = Quarters()
    monkeypatch.setattr(describing, "NetworkApart", lambda *asked: fake)
    return fake


def parts(X: np.ndarray, *sizes: int) -> list[np.ndarray]:
    return np.split(X, np.cumsum(sizes)[:-1], axis=1)


def test_each_part_has_its_components_and_the_same_length(bars: Dataset) -> None:
    X = prepare(bars, RunConfig(features="pixels+lite0", n_components=10)).X
    assert (X.shape, X.dtype) == ((200, 20), np.dtype(np.float32))
    for part in parts(X, 10, 10):
        np.testing.assert_allclose(np.linalg.norm(part, axis=1), LENGTH, rtol=1e-4)


def test_parts_are_what_they_are_alone(bars: Dataset) -> None:
    joined = prepare(bars, RunConfig(features="pixels+lite0", n_components=10)).X
    for part, features in zip(parts(joined, 10, 10), ("pixels", "lite0"), strict=True):
        alone = prepare(bars, RunConfig(features=features, n_components=10)).X
        unit = alone / np.linalg.norm(alone, axis=1, keepdims=True)
        np.testing.assert_allclose(part, LENGTH * unit, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("features", ["lite0", "pixels+lite0"])
def test_nothing_is_learned_from_the_test_part(bars: Dataset, features: str) -> None:
    config = RunConfig(features=features, n_components=5)
    assert bars.test is not None
    alone = description(config).fit(bars.train)
    once = alone.transform(bars.train)
    some = alone.transform(bars.test.take(np.arange(7)))
    prepared = prepare(bars, config)
    assert prepared.X_test is not None
    np.testing.assert_allclose(prepared.X, once, atol=1e-4)
    np.testing.assert_allclose(prepared.X_test[:7], some, atol=1e-4)


def test_every_picture_is_looked_at_once_and_all_in_one_pass(
    bars: Dataset, network: Quarters
) -> None:
    prepare(bars, RunConfig(features="pixels+lite0"))
    assert (network.n_seen, network.n_opened) == (280, 1)


def test_a_network_looks_before_anything_is_learned(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*asked: object) -> None:
        raise ConfigError("there is no such network")

    monkeypatch.setattr(Quarters, "opened", fail)
    monkeypatch.setattr(describing, "fitted_extractor", lambda *asked: pytest.fail("it learned"))
    with pytest.raises(ConfigError, match="no such network"):
        prepare(bars, RunConfig(features="pixels+lite0"))


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_simulation_has_it_look_once_whatever_the_seeds(
    tmp_path: Path, bars_without_test: Dataset, network: Quarters, is_kept: bool
) -> None:
    simulate(
        bars_without_test,
        RunConfig(features="lite0", fractions=(1.0,)),
        budgets=(8,),
        n_seeds=3,
        supervised=False,
        cache=FeatureCache(tmp_path / "features") if is_kept else None,
    )
    assert network.n_seen == len(bars_without_test.train)


def test_auto_is_to_be_chosen_first(bars: Dataset) -> None:
    with pytest.raises(ValueError, match="auto"):
        description(RunConfig(features="auto"))


def test_what_speaks_against_vectors_is_told_before_anything_is_trained(
    tmp_path: Path, bars: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    when_trained: list[int] = []
    path = tmp_path / "vectors.npy"
    assert bars.test is not None
    np.save(path, np.random.default_rng(0).normal(size=(len(bars.train) + len(bars.test), 5)))
    monkeypatch.setattr(embedding_rows, "chance_of_being_others", lambda *asked: 0.5)
    label = stages.label_by_oracle

    def labelled(*asked: Any, **more: Any) -> Any:
        when_trained.append(len(told))
        return label(*asked, **more)

    monkeypatch.setattr(simulation, "label_by_oracle", labelled)
    config = RunConfig(features=str(path), fractions=(1.0,))
    found = simulate(bars, config, budgets=(8,), n_seeds=2, supervised=False, tell=told.append)
    assert when_trained == [2, 2]
    assert told[0] == "features: the embeddings of vectors.npy"
    assert told[1].startswith("warning: the vectors of vectors.npy do not seem to be")
    assert told[1] in found.notes


def test_a_simulation_tells_the_licence_of_what_it_took(bars: Dataset) -> None:
    config = RunConfig(features="lite0", fractions=(1.0,))
    found = simulate(bars, config, budgets=(8,), n_seeds=1, supervised=False, comparisons=False)
    assert [note for note in found.notes if note.startswith("features: ")] == [
        "features: what EfficientNet-Lite0 sees (trained on ImageNet; Apache-2.0)"
    ]


def test_learned_anew_kinds_of_patches_stay_and_all_else_is_of_the_images_that_are_left(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = description(RunConfig(features="shape", n_components=10)).fit(bars.train)
    X, every = learned.transform(bars.train), np.arange(len(bars.train))
    monkeypatch.setattr("labeler.learning.features.patches.KMeans", None)
    np.testing.assert_array_equal(learned.relearned(bars.train, every), X)
    assert np.abs(learned.relearned(bars.train, every[::2]) - X).max() > 0.1
    np.testing.assert_array_equal(learned.transform(bars.train), X)
