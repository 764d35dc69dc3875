"""Names and paths to their readers; where the files of known data sets are looked for."""

import gzip
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.datasets import KNOWN, known_datasets, load_dataset
from labeler.exceptions import DatasetNotFoundError
from tests.datasets.conftest import Built, Refused, Written


@pytest.fixture(autouse=True)
def _nothing_is_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LABELER_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture
def idx_folder(make_folder: Written, idx: Built) -> Written:
    def build(name: str) -> Path:
        entries = {
            "train-images-idx3-ubyte.gz": gzip.compress(idx(6, 4, 4)),
            "train-labels-idx1-ubyte.gz": gzip.compress(idx(6)),
            "t10k-images-idx3-ubyte": idx(2, 4, 4),
            "t10k-labels-idx1-ubyte": idx(2),
        }
        return make_folder(entries, name)

    return build


def fake_keras(
    monkeypatch: pytest.MonkeyPatch, name: str, load_data: Callable[..., object]
) -> None:
    module = types.ModuleType(f"keras.datasets.{name}")
    setattr(module, "load_data", load_data)  # noqa: B010 - a module has no such name for mypy
    monkeypatch.setitem(sys.modules, f"keras.datasets.{name}", module)


def fail(*_: Any) -> None:
    raise OSError("no network")


def test_the_digits_are_always_here() -> None:
    dataset = load_dataset("digits")
    assert dataset.train.images.shape == (1797, 8, 8)
    assert dataset.train.images.max() == 255
    assert dataset.test is None
    assert dataset.classes == tuple("0123456789")


@pytest.mark.parametrize("folder", ["fashion-mnist", "other"])
def test_local_files_are_found_in_the_folder_or_below_its_name(
    idx_folder: Written, folder: str, tmp_path: Path
) -> None:
    data = idx_folder(folder)
    dataset = load_dataset("fashion-mnist", tmp_path if folder == "fashion-mnist" else data)
    assert dataset.classes[0] == "T-shirt/top"
    assert dataset.test is not None
    assert (len(dataset.train), len(dataset.test)) == (6, 2)


def test_the_environment_names_a_folder_of_data_sets(
    idx_folder: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    idx_folder("mnist")
    monkeypatch.setenv("LABELER_DATA", str(tmp_path))
    assert load_dataset("mnist").classes == tuple("0123456789")


def test_files_of_a_known_data_set_may_be_links(idx_folder: Written, tmp_path: Path) -> None:
    data = idx_folder("elsewhere")
    (tmp_path / "mnist").mkdir()
    for path in data.iterdir():
        (tmp_path / "mnist" / path.name).symlink_to(path)
    assert len(load_dataset("mnist", tmp_path).train) == 6


def test_a_folder_that_is_named_but_lacks_the_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFoundError, match="does not hold its files") as caught:
        load_dataset("mnist", tmp_path)
    assert "train-images-idx3-ubyte.gz" in str(caught.value)
    assert "--data" in str(caught.value)


def test_the_cache_of_keras_is_read_without_keras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_keras(monkeypatch, "mnist", fail)
    (tmp_path / "keras/datasets").mkdir(parents=True)
    images, labels = np.zeros((4, 5, 5), np.uint8), np.array([0, 1, 9, 3])
    arrays = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    np.savez(tmp_path / "keras/datasets/mnist.npz", allow_pickle=False, **arrays)
    assert load_dataset("mnist").classes == tuple("0123456789")


@pytest.mark.slow
def test_keras_downloads_what_is_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load_data() -> object:
        sys.stdout.write("Downloading data from …")
        images = np.zeros((3, 28, 28), np.uint8)
        return (images, np.arange(3)), (images, np.arange(3))

    fake_keras(monkeypatch, "fashion_mnist", load_data)
    dataset = load_dataset("fashion-mnist")
    assert dataset.test is not None
    assert len(dataset.test) == 3
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_without_a_network_one_message_names_the_files_and_the_option(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fake_keras(monkeypatch, name.replace("-", "_"), fail)
    with pytest.raises(DatasetNotFoundError, match="no network") as caught:
        load_dataset(name)
    for words in ("t10k-labels-idx1-ubyte.gz", "--data", f"$LABELER_DATA/{name}/"):
        assert words in str(caught.value)


def test_without_keras_the_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras.datasets.mnist", None)
    with pytest.raises(DatasetNotFoundError, match="not installed"):
        load_dataset("mnist")


def test_overhead_mnist_is_never_downloaded() -> None:
    with pytest.raises(DatasetNotFoundError, match=r"train\.csv, test\.csv"):
        load_dataset("overhead-mnist")


def test_one_csv_file_of_overhead_mnist_is_the_pool(make_folder: Written) -> None:
    folder = make_folder({"test.csv": b"label,pixel1\n9,7\n,8\n"}, "overhead-mnist")
    dataset = load_dataset("overhead-mnist", folder)
    assert dataset.test is None
    assert dataset.train.labels.tolist() == [9, -1]
    assert dataset.classes[9] == "storage_tank"


def test_an_unknown_name_suggests_a_known_one() -> None:
    with pytest.raises(DatasetNotFoundError, match="Did you mean fashion-mnist"):
        load_dataset("fashion_mnist")


def test_a_path_that_does_not_exist_lists_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFoundError, match="digits, mnist, fashion-mnist, overhead-mnist"):
        load_dataset(str(tmp_path / "gone"))


def test_a_mistyped_folder_beside_files_is_told_with_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "doubtful.csv").write_text("label,pixel1\ncat,7\n", encoding="utf-8")
    told = r"no such file or folder.*: doubtful\.csv, pictures/\. Did you mean pictures\?"
    monkeypatch.chdir(tmp_path)
    for mistyped in (str(tmp_path / "picturse"), "./picturse"):
        with pytest.raises(DatasetNotFoundError, match=told):
            load_dataset(mistyped)


def test_a_file_without_a_telling_name_is_read_by_its_content(tmp_path: Path, idx: Built) -> None:
    np.save(tmp_path / "array.npy", np.zeros((2, 5, 5), np.uint8))
    (tmp_path / "array.npy").rename(tmp_path / "array")
    (tmp_path / "numbers").write_bytes(idx(2, 5, 5))
    (tmp_path / "rows").write_bytes(b"label,pixel1\ncat,7\n")
    for name in ("array", "numbers", "rows"):
        assert len(load_dataset(str(tmp_path / name)).train) in (1, 2)


def test_arrays_get_the_size_asked_for_and_large_ones_are_shrunk(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 128, 64), np.uint8))
    path = str(tmp_path / "a.npy")
    assert load_dataset(path).image_shape == (64, 32)
    assert "images of 64 × 128 resized to 32 × 64" in load_dataset(path).notes
    assert load_dataset(path, image_size=(10, 20)).image_shape == (10, 20)


def test_what_is_known_is_listed_with_where_it_is(
    make_folder: Written, idx_folder: Written, tmp_path: Path
) -> None:
    make_folder({"test.csv": b"label,pixel1\n1,7\n"}, "overhead-mnist")
    idx_folder("fashion-mnist")
    records = known_datasets(tmp_path)
    assert tuple(record.name for record in records) == KNOWN
    assert [record.status for record in records] == ["bundled", "download", "local", "local"]


def test_what_is_missing_says_what_to_provide() -> None:
    records = {record.name: record for record in known_datasets()}
    assert records["overhead-mnist"].status == "missing"
    assert "train.csv" in records["overhead-mnist"].place


@pytest.mark.parametrize(
    ("name", "content", "kind", "remedy"),
    [
        ("a.mat", b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(90), "MATLAB", "loadmat"),
        ("data_batch_1", b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U", "a pickle", "never opened"),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(90), "HDF5", "h5py"),
        ("a.arrow", b"ARROW1\0\0" + bytes(90), "Arrow", "Parquet"),
    ],
)
def test_what_is_not_read_is_named_with_what_to_do(
    tmp_path: Path, refused: Refused, name: str, content: bytes, kind: str, remedy: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with refused("DIR-1", f"this file is {kind}", remedy):
        load_dataset(str(tmp_path / name))


@pytest.mark.parametrize(
    ("entry", "words"),
    [("[Content_Types].xml", "an Excel or Word document"), ("archive/data.pkl", "PyTorch")],
)
def test_a_zip_that_is_something_else_is_named(
    make_zip: Written, refused: Refused, entry: str, words: str
) -> None:
    with refused("DIR-1", words):
        load_dataset(str(make_zip({entry: b"<xml/>"})))
