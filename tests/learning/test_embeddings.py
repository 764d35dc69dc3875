"""Vectors made elsewhere: read with every doubt, in the data set's own order."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labeler.config import RunConfig
from labeler.datasets.base import Dataset, Split
from labeler.exceptions import ConfigError, InputError
from labeler.learning.features.embeddings import load_embeddings
from labeler.learning.features.reduction import TOTAL_VARIANCE, Reduction
from labeler.pipeline import as_simulated, prepare, simulate
from labeler.pipeline.preparation import ImageNumbers
from labeler.records import UNLABELED


def saved(path: Path, array: np.ndarray) -> Path:
    np.save(path, array, allow_pickle=True)
    return path


@pytest.fixture
def numbered(tmp_path: Path, bars: Dataset) -> Path:
    """An embedding of the bars whose first number is the image's own."""
    n_images = len(bars.train) + 80
    rows = np.stack([np.arange(n_images), np.zeros(n_images)], axis=1)
    return saved(tmp_path / "numbers.npy", rows)


@pytest.mark.parametrize(
    ("array", "code"),
    [
        (np.zeros((279, 4)), "EMB-3"),
        (np.zeros(280), "EMB-2"),
        (np.zeros((280, 0)), "EMB-2"),
        (np.zeros((280, 2), dtype="U3"), "EMB-2"),
        (np.full((280, 2), np.nan), "EMB-2"),
        (np.array([{}] * 280, dtype=object).reshape(280, 1), "EMB-1"),
    ],
)
def test_a_file_that_does_not_fit_is_one_clear_error(
    tmp_path: Path, array: np.ndarray, code: str
) -> None:
    path = saved(tmp_path / "wrong.npy", array)
    with pytest.raises(InputError, match=code):
        load_embeddings(path, 200, 80)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"PK\x03\x04", b"no array"])
def test_what_is_no_array_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.npy"
    path.write_bytes(content)
    with pytest.raises(InputError, match="EMB-1"):
        load_embeddings(path, 200, 80)


def test_the_error_says_how_many_rows_there_should_be(tmp_path: Path) -> None:
    path = saved(tmp_path / "short.npy", np.zeros((3, 2)))
    with pytest.raises(InputError, match="3 rows; expected 280: .* 200 images to label and 80"):
        load_embeddings(path, 200, 80)


def test_a_file_that_is_not_there_is_named() -> None:
    from labeler.pipeline.fitting import recipe

    with pytest.raises(ConfigError, match=r"nowhere\.npy cannot be read"):
        recipe(RunConfig(features="/nowhere.npy"))


def rows_of(X: np.ndarray) -> np.ndarray:
    """Image numbers up to scale and shift: their order is what was kept of them."""
    return np.argsort(X[:, 0]) if X[0, 0] < X[-1, 0] else np.argsort(-X[:, 0])


def test_each_image_gets_its_own_row_with_a_test_part(bars: Dataset, numbered: Path) -> None:
    prepared = prepare(bars, RunConfig(features=str(numbered)))
    assert prepared.X_test is not None
    np.testing.assert_array_equal(rows_of(prepared.X), np.arange(200))
    step = prepared.X[1, 0] - prepared.X[0, 0]
    np.testing.assert_allclose(prepared.X_test[0, 0] - prepared.X[-1, 0], step, rtol=1e-2)


def test_each_image_gets_its_own_row_where_some_are_left_or_held_out(
    tmp_path: Path, bars_without_test: Dataset
) -> None:
    labels = bars_without_test.train.labels.copy()
    labels[:30] = UNLABELED
    read = replace(bars_without_test, train=Split(bars_without_test.train.images, labels))
    rows = np.repeat(np.arange(200.0)[:, None], 2, axis=1)
    path = saved(tmp_path / "rows.npy", rows)
    dataset = as_simulated(read, seed=4)
    numbers = ImageNumbers.of(dataset, read)
    prepared = prepare(dataset, RunConfig(features=str(path)), numbers=numbers)
    assert prepared.X_test is not None
    together = np.concatenate([prepared.X, prepared.X_test])[:, 0]
    order = np.argsort(np.concatenate([numbers.pool, numbers.test]))
    steps = np.diff(together[order])
    np.testing.assert_allclose(steps, steps[0], rtol=1e-3)


def test_good_embeddings_give_good_labels(tmp_path: Path, bars: Dataset) -> None:
    assert bars.test is not None
    truth = np.concatenate([bars.train.labels, bars.test.labels])
    noise = np.random.default_rng(0).normal(0, 0.05, (280, 4))
    path = saved(tmp_path / "good.npy", (np.eye(4)[truth] + noise).astype(np.float16))
    config = RunConfig(features=str(path), fractions=(1.0,))
    found = simulate(bars, config, budgets=(4,), n_seeds=1)
    assert found.stages[2].test_accuracy.mean == 1
    assert [stage.stage for stage in found.stages[-2:]] == ["supervised", "supervised-pixels"]


def test_reduction_keeps_what_varies_and_brings_it_to_one_scale(rng: np.random.Generator) -> None:
    X = rng.normal(0, 1e-3, (500, 30)).astype(np.float32)
    X[:, :3] *= 100
    reduced = Reduction(5).fit(X).transform(X)
    assert (reduced.shape, reduced.dtype) == ((500, 5), np.dtype(np.float32))
    spread = np.square(reduced - reduced.mean(axis=0)).sum(axis=1).mean()
    assert spread == pytest.approx(TOTAL_VARIANCE, rel=0.01)


def test_constant_vectors_are_left_as_they_are() -> None:
    X = np.ones((10, 3), dtype=np.float32)
    np.testing.assert_array_equal(Reduction(5).fit(X).transform(X), np.zeros((10, 3)))
