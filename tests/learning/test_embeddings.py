"""Vectors made elsewhere: read with every doubt, each found for its image."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from labeler.config import RunConfig
from labeler.datasets.base import Dataset, Split
from labeler.exceptions import ConfigError, InputError
from labeler.learning.features.alike import DOUBTFUL, chance_of_being_others
from labeler.learning.features.cache import FeatureCache
from labeler.learning.features.embeddings import load_embeddings
from labeler.learning.features.reduction import TOTAL_VARIANCE, Reduction
from labeler.pipeline import as_simulated, prepare, simulate
from labeler.pipeline.embedding_rows import EmbeddingRows
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
        (np.zeros(280), "EMB-2"),
        (np.zeros((280, 0)), "EMB-2"),
        (np.zeros((280, 2), dtype="U3"), "EMB-2"),
        (np.full((280, 2), np.nan), "EMB-2"),
        (np.full((280, 2), 1e60), "EMB-2"),
        (np.array([{}] * 280, dtype=object).reshape(280, 1), "EMB-1"),
    ],
)
def test_a_file_that_does_not_fit_is_one_clear_error(
    tmp_path: Path, array: np.ndarray, code: str
) -> None:
    path = saved(tmp_path / "wrong.npy", array)
    with pytest.raises(InputError, match=code):
        load_embeddings(path)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"PK\x03\x04", b"no array"])
def test_what_is_no_array_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.npy"
    path.write_bytes(content)
    with pytest.raises(InputError, match="EMB-1"):
        load_embeddings(path)


def test_the_error_says_how_many_rows_there_should_be(tmp_path: Path, bars: Dataset) -> None:
    path = saved(tmp_path / "short.npy", np.zeros((3, 2)))
    with pytest.raises(InputError, match="3 rows; expected 280: .* 200 images to label and 80"):
        prepare(bars, RunConfig(features=str(path)))


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


NAMES = ("cats/1.png", "cats/2.png", "dogs/1.png", "dogs/3.png")


def as_npz(path: Path, names: Sequence[str], vectors: np.ndarray) -> Path:
    np.savez(path, file_name=names, vector=vectors)
    return path


def as_parquet(path: Path, names: Sequence[str], vectors: np.ndarray) -> Path:
    table = pyarrow.table({"embedding": vectors.tolist(), "file_name": list(names)})
    parquet.write_table(table, path)
    return path


def as_rows(path: Path, names: Sequence[str], vectors: np.ndarray) -> Path:
    path.with_suffix(".txt").write_text("\n".join(names), encoding="utf-8")
    return saved(path, vectors)


def as_inspected(path: Path, names: Sequence[str], vectors: np.ndarray) -> Path:
    path.with_suffix(".txt").write_text(json.dumps({"files": list(names)}), encoding="utf-8")
    return saved(path, vectors)


@pytest.fixture
def named() -> Dataset:
    """Four images with file names, the last one to test on."""
    images = np.arange(4, dtype=np.uint8).repeat(64).reshape(4, 8, 8)
    train = Split(images[:3], np.array([0, 0, 1]), NAMES[:3])
    return Dataset("named", ("cats", "dogs"), train, Split(images[3:], np.array([1]), NAMES[3:]))


def found_numbers(dataset: Dataset, path: Path) -> list[int]:
    """The first number of the vector that each image was given."""
    order = path.with_suffix(".txt")
    rows = EmbeddingRows(
        dataset, ImageNumbers.of(dataset, dataset), order if order.exists() else None
    )
    assert dataset.test is not None
    parts = [rows.read(path, part) for part in (dataset.train, dataset.test)]
    return [int(row[0]) for part in parts for row in part]


@pytest.mark.parametrize(
    ("write", "ending"),
    [(as_npz, ".npz"), (as_parquet, ".parquet"), (as_rows, ".npy"), (as_inspected, ".npy")],
)
def test_vectors_are_found_by_file_name_in_whatever_order(
    tmp_path: Path, named: Dataset, write: Callable[..., Path], ending: str
) -> None:
    vectors = np.stack([np.arange(5.0), np.ones(5)], axis=1)
    names = ["/photos/dogs/3.png", "more/x.png", "dogs/1.png", "cats/2.png", "cats/1"]
    path = write(tmp_path / f"vectors{ending}", names, vectors)
    assert found_numbers(named, path) == [4, 3, 2, 0]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("cats/1.png", "cats/2.png", "dogs/1.png"), "1 image: dogs/3.png"),
        (("1.png", "2.png", "3.png"), "2 images: cats/1.png, dogs/1.png"),
        ((*NAMES, "cats/1.png"), "1 image: cats/1.png"),
        (("a", "b"), "3 images: cats/1.png, cats/2.png, dogs/1.png"),
    ],
)
def test_images_without_one_vector_of_their_own_are_told(
    tmp_path: Path, named: Dataset, names: tuple[str, ...], said: str
) -> None:
    path = as_npz(tmp_path / "some.npz", list(names), np.ones((len(names), 2)))
    with pytest.raises(InputError, match="EMB-5") as caught:
        found_numbers(named, path)
    assert said in str(caught.value)


def test_a_vector_is_of_one_image_of_both_parts_together(tmp_path: Path, named: Dataset) -> None:
    assert named.test is not None
    twins = replace(named, test=replace(named.test, names=("held out/cats/1.png",)))
    path = as_npz(
        tmp_path / "some.npz", ["cats/1.png", "cats/2.png", "dogs/1.png"], np.ones((3, 2))
    )
    with pytest.raises(InputError, match=r"1 image: cats/1\.png.*EMB-5"):
        found_numbers(twins, path)


def test_names_are_of_no_use_to_images_without_any(tmp_path: Path, bars: Dataset) -> None:
    path = as_npz(tmp_path / "some.npz", ["a"], np.ones((1, 2)))
    with pytest.raises(InputError, match="these images have no file names.*EMB-5"):
        prepare(bars, RunConfig(features=str(path)))


@pytest.mark.parametrize(
    ("arrays", "code"),
    [
        ({"vector": np.ones((2, 2))}, "EMB-4"),
        ({"file_name": ["a", "b"]}, "EMB-4"),
        ({"file_name": ["a"], "vector": np.ones((2, 2))}, "EMB-4"),
        ({"file_name": np.array([1, 2]), "vector": np.ones((2, 2))}, "EMB-4"),
        ({"file_name": np.array(["a", {}], dtype=object), "vector": np.ones((2, 2))}, "EMB-1"),
        ({"file_name": ["a", "b"], "vector": np.array([[np.inf], [0]])}, "EMB-2"),
    ],
)
def test_an_npz_file_that_does_not_fit_is_one_clear_error(
    tmp_path: Path, arrays: dict[str, np.ndarray], code: str
) -> None:
    np.savez(tmp_path / "wrong.npz", allow_pickle=True, **arrays)
    with pytest.raises(InputError, match=code):
        load_embeddings(tmp_path / "wrong.npz")


@pytest.mark.parametrize("ending", [".npz", ".parquet"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PAR1", b"neither"])
def test_what_is_no_such_file_is_one_clear_error(
    tmp_path: Path, ending: str, content: bytes
) -> None:
    path = tmp_path / f"damaged{ending}"
    path.write_bytes(content)
    with pytest.raises(InputError, match="EMB-1"):
        load_embeddings(path)


@pytest.mark.parametrize(
    "vectors",
    [
        [[1.0, 2.0], [3.0]],
        [[1.0, 2.0, 3.0], [4.0], [5.0, 6.0]],
        [None, [1.0, 2.0, 3.0, 4.0], [5.0, 6.0]],
    ],
)
def test_lists_of_different_lengths_are_no_vectors(
    tmp_path: Path, vectors: list[list[float] | None]
) -> None:
    table = pyarrow.table({"file_name": list("abc")[: len(vectors)], "vector": vectors})
    parquet.write_table(table, tmp_path / "ragged.parquet")
    with pytest.raises(InputError, match="different lengths.*EMB-4"):
        load_embeddings(tmp_path / "ragged.parquet")


def test_an_order_is_for_rows_alone(tmp_path: Path) -> None:
    path = as_npz(tmp_path / "some.npz", ["a"], np.ones((1, 2)))
    with pytest.raises(ConfigError, match="leave out --files"):
        load_embeddings(path, path)
    with pytest.raises(ConfigError, match="which row is whose"):
        RunConfig(features=str(path), files="order.txt")


def pictures_and_vectors(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of three kinds, and vectors that tell the kinds apart."""
    kinds = rng.integers(0, 3, 90)
    images = (80 * kinds[:, None, None] + rng.integers(0, 60, (90, 8, 8))).astype(np.uint8)
    return images, np.eye(3)[kinds] + rng.normal(0, 0.1, (90, 3))


def test_rows_in_another_order_are_doubted_and_right_ones_are_not(
    rng: np.random.Generator,
) -> None:
    images, vectors = pictures_and_vectors(rng)
    assert chance_of_being_others(vectors, images) <= DOUBTFUL
    assert chance_of_being_others(rng.permutation(vectors), images) > DOUBTFUL
    assert chance_of_being_others(vectors[:10], images[:10]) == 0


@pytest.mark.parametrize("are_shuffled", [True, False])
def test_the_doubt_is_said_each_time(
    tmp_path: Path, rng: np.random.Generator, are_shuffled: bool
) -> None:
    images, vectors = pictures_and_vectors(rng)
    names = tuple(f"{number}.png" for number in range(90))
    dataset = Dataset("pictures", ("a",), Split(images, np.zeros(90, np.int64), names))
    rows = rng.permutation(vectors) if are_shuffled else vectors
    config = RunConfig(features=str(saved(tmp_path / "rows.npy", rows)))
    cache = FeatureCache(tmp_path / "features")
    for _ in range(2):
        notes = prepare(dataset, config, cache=cache).notes
        assert any("do not seem to be of these images" in note for note in notes) is are_shuffled
        assert any("order of `labeler inspect --files`" in note for note in notes)
