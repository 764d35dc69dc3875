"""Features are computed once for the same images, settings and code."""

import os
from pathlib import Path

import numpy as np
import pytest

from labeler.config import RunConfig
from labeler.datasets.base import Dataset, Split
from labeler.learning.features import cache as caching
from labeler.learning.features.cache import FeatureCache
from labeler.pipeline import preparation, prepare, simulate

GRAPH = RunConfig(strategy="two-phase", propagation="graph", fractions=(1.0,))


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features")


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was computed, in its order."""
    done: list[str] = []
    for name in ("compute_features", "compute_graph"):
        original = getattr(preparation, name)

        def counting(*given: object, name: str = name, original: object = original) -> object:
            done.append(name)
            return original(*given)  # type: ignore[operator]

        monkeypatch.setattr(preparation, name, counting)
    return done


def test_the_second_time_nothing_is_computed_and_all_is_equal(
    cache: FeatureCache, computed: list[str], bars: Dataset
) -> None:
    first = prepare(bars, GRAPH, cache=cache)
    again = prepare(bars, GRAPH, cache=cache)
    assert computed == ["compute_features", "compute_graph"]
    np.testing.assert_array_equal(first.X, again.X)
    np.testing.assert_array_equal(first.X_test, again.X_test)
    assert (first.graph != again.graph).nnz == 0


def test_a_simulation_gives_the_same_figures_from_the_cache(
    cache: FeatureCache, bars: Dataset
) -> None:
    def accuracies(cache: FeatureCache | None) -> list[tuple[float, ...]]:
        found = simulate(bars, GRAPH, budgets=(8,), n_seeds=1, cache=cache)
        return [stage.test_accuracy.per_seed for stage in found.stages]

    assert accuracies(None) == accuracies(cache) == accuracies(cache)


@pytest.mark.parametrize("change", ["image", "setting", "code", "test"])
def test_what_depends_on_it_is_computed_again(
    cache: FeatureCache,
    computed: list[str],
    bars: Dataset,
    change: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = RunConfig()
    prepare(bars, config, cache=cache)
    changed, settings = bars, config
    if change == "image":
        images = bars.train.images.copy()
        images[7, 0, 0] += 1
        changed = Dataset("bars", bars.classes, Split(images, bars.train.labels), bars.test)
    elif change == "test":
        changed = Dataset("bars", bars.classes, bars.train, bars.train)
    elif change == "setting":
        settings = config.with_(n_components=7)
    else:
        monkeypatch.setattr(caching, "code_signature", lambda: "changed")
    prepare(changed, settings, cache=cache)
    assert computed == ["compute_features"] * 2


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY\x01\x00", b"nothing"])
def test_a_damaged_file_only_costs_time(
    cache: FeatureCache, computed: list[str], bars: Dataset, damage: bytes
) -> None:
    whole = prepare(bars, RunConfig(), cache=cache)
    for path in cache.folder.iterdir():
        path.write_bytes(damage)
    np.testing.assert_array_equal(prepare(bars, RunConfig(), cache=cache).X, whole.X)
    assert len(computed) == 2


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(
    tmp_path: Path, bars: Dataset
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert len(prepare(bars, RunConfig(), cache=FeatureCache(tmp_path / "file")).X) == 200


def test_what_was_not_used_for_longest_goes_first(
    cache: FeatureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = np.zeros(1000)
    monkeypatch.setattr(caching, "MOST_BYTES", 20_000)
    for number, key in enumerate("abc"):
        cache.save(key, {"X": array})
        os.utime(cache.folder / f"{key}.X.npy", (number, number))
    assert cache.load("b", ["X"]) is not None
    cache.save("d", {"X": array})
    assert [key for key in "abcd" if cache.load(key, ["X"]) is not None] == ["b", "d"]


def test_a_disk_without_links_keeps_its_copy(
    cache: FeatureCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*paths: Path) -> None:
        raise OSError

    cache.save("key", {"features": np.eye(2)})
    np.save(tmp_path / "elsewhere.npy", np.eye(2))
    monkeypatch.setattr(os, "link", refuse)
    cache.share("key", {"features": tmp_path / "elsewhere.npy"})
    (kept,) = cache.folder.iterdir()
    assert not kept.samefile(tmp_path / "elsewhere.npy")
    assert cache.load("key", ["features"]) is not None
