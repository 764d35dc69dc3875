"""The pool in two dimensions."""

import sys
import types

import numpy as np
import pytest

from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis import map_pool


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_sample_is_drawn_into_the_unit_square(four_groups: np.ndarray) -> None:
    drawn = map_pool(four_groups, generator(), n_images=50)
    assert drawn.xy.shape == (50, 2)
    assert np.all(np.diff(drawn.places) > 0)
    assert drawn.xy.min() >= 0
    assert drawn.xy.max() <= 1
    assert np.ptp(drawn.xy, axis=0).max() == pytest.approx(1)
    assert drawn.explained is not None
    assert 0 < drawn.explained <= 1


def test_groups_stay_together(four_groups: np.ndarray) -> None:
    drawn = map_pool(four_groups, generator())
    spots = drawn.xy.reshape(4, 60, 2)
    assert spots.std(axis=1).max() < 0.1 < spots.mean(axis=1).std(axis=0).min()


@pytest.mark.parametrize("X", [np.ones((9, 4)), np.ones((1, 4)), np.arange(9.0).reshape(9, 1)])
def test_little_to_draw_is_drawn_all_the_same(X: np.ndarray) -> None:
    drawn = map_pool(X.astype(np.float32), generator())
    assert drawn.xy.shape == (len(X), 2)
    assert np.isfinite(drawn.xy).all()


def test_umap_that_is_not_installed_is_told(
    four_groups: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeler.learning.cluster_analysis.pool_map.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install 'labeler\[umap\]'"):
        map_pool(four_groups, generator(), method="umap")


def test_umap_is_asked_with_a_seed_where_it_is_installed(
    four_groups: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}

    class FakeUMAP:
        def __init__(self, **settings: object) -> None:
            asked.update(settings)

        def fit_transform(self, X: np.ndarray) -> np.ndarray:
            return X[:, :2] * 7

    module = types.ModuleType("umap")
    module.UMAP = FakeUMAP  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "umap", module)
    monkeypatch.setattr("labeler.learning.cluster_analysis.pool_map.find_spec", lambda _: object())
    drawn = map_pool(four_groups, generator(), method="umap")
    assert (drawn.method, drawn.explained) == ("umap", None)
    assert isinstance(asked["random_state"], int)
    assert drawn.xy.max() <= 1


def test_an_unknown_method_is_refused(four_groups: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="'tsne' is not known"):
        map_pool(four_groups, generator(), method="tsne")
