"""Tables and arrays in folders and archives, under the names that people give them."""

import gzip
import io

import numpy as np
import pytest

from labeler.datasets import Dataset, load_dataset
from labeler.exceptions import DatasetNotFoundError
from tests.datasets.conftest import Built, Loaded, Refused, Written

HEADER = b"label,pixel1,pixel2,pixel3,pixel4\n"
TRAIN = HEADER + b"a,0,1,2,255\nb,0,1,2,3\nb,0,1,2,3\n"
TEST = HEADER + b"a,0,1,2,9\n"


def counts(dataset: Dataset) -> tuple[int, int]:
    return len(dataset.train), 0 if dataset.test is None else len(dataset.test)


@pytest.fixture(params=["folder", "zip"])
def load(request: pytest.FixtureRequest, make_folder: Written, make_zip: Written) -> Loaded:
    """Load these files from a folder and from a zip."""

    def build(entries: dict[str, bytes]) -> Dataset:
        make = make_folder if request.param == "folder" else make_zip
        return load_dataset(str(make(entries)))

    return build


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("mnist_train.csv", "mnist_test.csv"),
        ("Train.csv", "Test.csv"),
        ("train.tsv", "t10k.tsv"),
        ("data/fashion-mnist_train.csv", "data/fashion-mnist_test.csv"),
        ("train/mnist.csv", "test/mnist.csv"),
    ],
)
def test_tables_of_a_train_and_a_test_part_are_one_set(load: Loaded, train: str, test: str) -> None:
    dataset = load({train: TRAIN, test: TEST, "README.md": b"hello"})
    assert counts(dataset) == (3, 1)
    assert dataset.classes == ("a", "b")


def test_a_part_to_validate_on_joins_the_pool_or_is_the_test_part(load: Loaded) -> None:
    with_test = load({"train.csv": TRAIN, "val.csv": TEST, "test.csv": TEST})
    assert counts(with_test) == (4, 1)
    assert "the part to validate on joins the pool" in with_test.notes


def test_without_a_test_part_the_part_to_validate_on_is_it(load: Loaded) -> None:
    dataset = load({"train.csv": TRAIN, "valid.csv": TEST})
    assert counts(dataset) == (3, 1)
    assert "the part to validate on is the test part" in dataset.notes


def test_previews_and_copies_beside_tables_are_left_out(load: Loaded, png: Built) -> None:
    dataset = load(
        {
            "sign_mnist_train.csv": TRAIN,
            "sign_mnist_train/sign_mnist_train.csv": TRAIN,
            "sign_mnist_test.csv": TEST,
            "sign_mnist_test/sign_mnist_test.csv": TEST,
            "amer_sign2.png": png(),
        }
    )
    assert counts(dataset) == (3, 1)
    assert {one.file for one in dataset.left_out} == {
        "sign_mnist_train/sign_mnist_train.csv",
        "sign_mnist_test/sign_mnist_test.csv",
        "amer_sign2.png",
    }


def test_tables_that_are_no_images_are_passed_over(load: Loaded) -> None:
    dataset = load(
        {
            "train.csv": TRAIN,
            "test.csv": TEST.replace(b"label", b"id").replace(b"a,", b"0,"),
            "sample_submission.csv": b"id,label\n0,0\n",
            "Dig-MNIST.csv": TEST,
        }
    )
    assert counts(dataset) == (3, 1)
    assert "column not used: id" in dataset.notes
    assert [one.file for one in dataset.left_out] == ["Dig-MNIST.csv"]


def test_many_pictures_are_the_data_whatever_tables_lie_beside_them(
    load: Loaded, png: Built
) -> None:
    pictures = {f"{name}/{number}.png": png() for name in "ab" for number in range(11)}
    dataset = load({"train.csv": TRAIN, **pictures})
    assert counts(dataset) == (22, 0)


def test_a_table_that_is_broken_says_why(load: Loaded, refused: Refused) -> None:
    with refused("CSV-3", "pixel4"):
        load({"train.csv": b"label,pixel1,pixel2,pixel4,pixel5\n"})


def test_several_sets_are_named(load: Loaded, refused: Refused) -> None:
    with refused("SET-1", "2 data sets", "letters", "digits"):
        load({"letters_train.csv": TRAIN, "digits_train.csv": TRAIN + b"a,1,1,1,1\n"})


def test_one_scale_holds_for_all_parts(load: Loaded) -> None:
    dark = HEADER + b"a,0,1,2,16\n"
    dataset = load({"train.csv": TRAIN, "test.csv": dark})
    assert dataset.test.images.max() == 16


def npz(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, array)
    return file.getvalue()


def idx(array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


IMAGES = np.arange(5 * 3 * 4).reshape(5, 3, 4).astype(np.uint8) * 4
LABELS = np.array([7, 3, 7, 3, 9])


def idx_set(prefix: str = "", images: np.ndarray = IMAGES) -> dict[str, bytes]:
    return {
        f"{prefix}train-images-idx3-ubyte.gz": gzip.compress(idx(images)),
        f"{prefix}train-labels-idx1-ubyte.gz": gzip.compress(idx(LABELS)),
        f"{prefix}t10k-images-idx3-ubyte": idx(images[:2]),
        f"{prefix}t10k-labels-idx1-ubyte": idx(LABELS[:2]),
    }


def test_idx_files_are_found_from_the_root_of_torchvision(load: Loaded) -> None:
    files = {f"MNIST/raw/{name}": data for name, data in idx_set().items()}
    dataset = load(files | {"MNIST/raw/t10k-images-idx3-ubyte.gz": gzip.compress(idx(IMAGES[:2]))})
    assert counts(dataset) == (5, 2)
    assert dataset.classes == ("3", "7", "9")
    assert dataset.train.labels.tolist() == [1, 0, 1, 0, 2]
    assert (dataset.train.images == IMAGES).all()


def test_emnist_is_set_upright_and_its_labels_are_characters(load: Loaded) -> None:
    mapping = b"3 65 97\n7 66 98\n9 67\n"
    turned = IMAGES.swapaxes(1, 2)
    dataset = load(idx_set("emnist-letters-", turned) | {"emnist-letters-mapping.txt": mapping})
    assert dataset.classes == ("A", "B", "C")
    assert (dataset.train.images == IMAGES).all()
    assert (dataset.test.images == IMAGES[:2]).all()
    assert any("upright" in note for note in dataset.notes)


def test_emnist_in_csv_is_set_upright_too(load: Loaded) -> None:
    mapping = b"0 48\n1 65\n"
    dataset = load(
        {
            "emnist-balanced-train.csv": b"0,0,1,2,255\n1,0,1,2,255\n",
            "emnist-balanced-test.csv": b"1,0,1,2,255\n",
            "emnist-balanced-mapping.txt": mapping,
        }
    )
    assert dataset.classes == ("0", "A")
    assert dataset.train.images[0].tolist() == [[0, 2], [1, 255]]


def test_of_several_sets_one_is_asked_for_by_name(make_zip: Written, refused: Refused) -> None:
    files = {f"gzip/{name}": data for name, data in idx_set("emnist-digits-").items()}
    files |= {f"gzip/{name}": data for name, data in idx_set("emnist-letters-").items()}
    files["gzip/emnist-letters-t10k-images-idx3-ubyte"] = idx(IMAGES[:1])
    files["gzip/emnist-letters-t10k-labels-idx1-ubyte"] = idx(LABELS[:1])
    path = make_zip(files)
    with refused("SET-1", "emnist-digits, emnist-letters", "set.zip/emnist-digits"):
        load_dataset(str(path))
    dataset = load_dataset(f"{path}/emnist-letters")
    assert counts(dataset) == (5, 1)
    assert dataset.name == "emnist-letters"
    with pytest.raises(DatasetNotFoundError, match="there are gzip/emnist-digits, gzip/em"):
        load_dataset(f"{path}/emnist-mnist")


def test_arrays_in_a_file_for_each_part_and_content_are_one_set(load: Loaded) -> None:
    dataset = load(
        {
            "kmnist-train-imgs.npz": npz(IMAGES),
            "kmnist-train-labels.npz": npz(LABELS),
            "kmnist-test-imgs.npz": npz(IMAGES[:2]),
            "kmnist-test-labels.npz": npz(LABELS[:2]),
        }
    )
    assert counts(dataset) == (5, 2)
    assert dataset.classes == ("3", "7", "9")
    assert (dataset.train.images == IMAGES).all()


def test_labels_beside_a_file_of_arrays_are_found(make_folder: Written) -> None:
    files = {"X_kannada_MNIST_train.npz": npz(IMAGES), "y_kannada_MNIST_train.npz": npz(LABELS)}
    folder = make_folder(files)
    dataset = load_dataset(str(folder / "X_kannada_MNIST_train.npz"))
    assert dataset.classes == ("3", "7", "9")
    assert counts(dataset) == (5, 0)


def test_a_whole_set_of_arrays_is_one_file_of_a_folder_or_one_for_each_part(load: Loaded) -> None:
    file = io.BytesIO()
    np.savez(file, x=IMAGES, y=LABELS)
    assert counts(load({"sub/any.npz": file.getvalue(), "LICENSE": b"x"})) == (5, 0)
    assert counts(load({"train.npz": file.getvalue(), "test.npz": file.getvalue()})) == (5, 5)
