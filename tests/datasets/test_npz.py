"""NPZ and NPY files."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.datasets import limits, load_dataset
from labeler.records import UNLABELED
from tests.datasets.conftest import Refused, Saved, Written

IMAGES = (np.arange(5 * 4 * 3) % 250).astype(np.uint8).reshape(5, 4, 3)
IMAGES = np.concatenate([IMAGES, IMAGES], axis=2)  # 5 images of 4 x 6
LABELS = np.array([0, 1, 2, 1, 0])


@pytest.fixture
def npz(tmp_path: Path) -> Saved:
    def write(**arrays: np.ndarray) -> str:
        path = tmp_path / "set.npz"
        np.savez_compressed(path, allow_pickle=False, **arrays)
        return str(path)

    return write


@pytest.fixture
def raw_npz(make_zip: Written) -> Saved:
    def write(**entries: bytes) -> str:
        return str(make_zip({f"{name}.npy": data for name, data in entries.items()}, "set.npz"))

    return write


def npy(array: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def header(shape: str, descr: str = "'|u1'", pad: int = 0) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode() + b" " * pad
    return b"\x93NUMPY\x01\x00" + (len(text) + 1).to_bytes(2, "little") + text + b"\n"


@pytest.mark.parametrize(
    ("names", "has_test"),
    [
        (("x_train", "y_train", "x_test", "y_test"), True),
        (("X_train", "Y_train", "X_test", "Y_test"), True),
        (("train_images", "train_labels", "test_images", "test_labels"), True),
        (("images", "labels"), False),
        (("X", "y"), False),
    ],
)
def test_usual_names_are_understood(npz: Saved, names: tuple[str, ...], has_test: bool) -> None:
    arrays = dict(zip(names, (IMAGES, LABELS, IMAGES[:2], LABELS[:2]), strict=False))
    dataset = load_dataset(npz(**arrays))
    assert (dataset.train.images == IMAGES).all()
    assert (dataset.train.labels == LABELS).all()
    assert dataset.classes == ("0", "1", "2")
    assert (dataset.test is not None) == has_test


def test_labels_are_optional(npz: Saved) -> None:
    assert not load_dataset(npz(images=IMAGES)).has_ground_truth
    assert not load_dataset(npz(anything=IMAGES)).has_ground_truth


def test_text_labels_are_class_names_and_minus_one_is_unknown(npz: Saved) -> None:
    named = load_dataset(npz(images=IMAGES, labels=np.array(["b", "a", "", "a", "b"])))
    assert named.classes == ("a", "b")
    assert named.train.labels.tolist() == [1, 0, UNLABELED, 0, 1]
    partly = load_dataset(npz(images=IMAGES, labels=np.array([[-1], [0], [1], [1], [0]])))
    assert partly.train.labels.tolist() == [UNLABELED, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (IMAGES.astype(">i4"), IMAGES),
        (IMAGES.astype(np.float32), IMAGES),
        (IMAGES / 255, IMAGES),
        (IMAGES > 100, (IMAGES > 100) * np.uint8(255)),
        (IMAGES.astype(np.uint16) * 1110, np.rint(IMAGES * (1110 / 257))),
        (IMAGES / 59 * 16, np.rint(IMAGES * (255 / 59))),
        (IMAGES.astype(np.uint16) * 60 + 500, np.rint(IMAGES * (255 / 59))),
        (IMAGES / 29.5 - 1, np.rint(IMAGES * (255 / 59))),
        (np.asfortranarray(IMAGES), IMAGES),
        (IMAGES[..., np.newaxis], IMAGES),
        (IMAGES[:, np.newaxis], IMAGES),
        (15 * np.arange(18).reshape(2, 9), 15 * np.arange(18).reshape(2, 3, 3)),
    ],
    ids=[
        "big-endian",
        "float",
        "unit",
        "bool",
        "16-bit",
        "0-to-16",
        "12-bit",
        "around-0",
        "fortran",
        "channel-last",
        "channel-first",
        "flat",
    ],
)
def test_numbers_of_any_type_and_order_become_uint8(
    npz: Saved, array: np.ndarray, expected: np.ndarray
) -> None:
    images = load_dataset(npz(images=array)).train.images
    assert images.dtype == np.uint8
    assert images.flags.c_contiguous
    assert (images == expected).all()


def test_colour_may_come_first_or_last(npz: Saved) -> None:
    colour = np.stack([IMAGES] * 3, axis=3)
    assert load_dataset(npz(images=colour)).image_shape == (4, 6, 3)
    assert load_dataset(npz(images=np.moveaxis(colour, 3, 1))).image_shape == (4, 6, 3)


def test_an_npy_file_holds_images_without_labels(tmp_path: Path) -> None:
    np.save(tmp_path / "set.npy", IMAGES)
    dataset = load_dataset(str(tmp_path / "set.npy"))
    assert (dataset.train.images == IMAGES).all()
    assert dataset.classes == ()


def test_unused_arrays_are_noted(npz: Saved) -> None:
    dataset = load_dataset(npz(images=IMAGES, labels=LABELS, val_images=IMAGES, ids=LABELS))
    assert "not used: ids.npy" in dataset.notes
    assert any("not used: images of the validation part" in note for note in dataset.notes)


def test_a_part_to_validate_on_joins_the_pool(npz: Saved) -> None:
    parts = {
        f"{part}_{what}": array
        for part in ("train", "val", "test")
        for what, array in (("images", IMAGES), ("labels", LABELS[:, None]))
    }
    dataset = load_dataset(npz(**parts))
    assert dataset.test is not None
    assert (len(dataset.train), len(dataset.test)) == (10, 5)
    assert "the part to validate on joins the pool" in dataset.notes


@pytest.mark.parametrize("labels", [LABELS * 200 + 100, np.eye(3)[LABELS], LABELS.astype("S1")])
def test_only_labels_that_occur_are_classes(npz: Saved, labels: np.ndarray) -> None:
    dataset = load_dataset(npz(arr_0=IMAGES, arr_1=labels))
    assert dataset.train.labels.tolist() == LABELS.tolist()
    assert len(dataset.classes) == 3


def test_rows_of_3072_values_are_colour_images(npz: Saved) -> None:
    ramp = np.linspace(0, 250, 32).astype(np.uint8)
    image = np.stack(
        [np.tile(ramp, (32, 1)), np.full((32, 32), 9, np.uint8), np.eye(32, dtype=np.uint8)], 2
    )
    dataset = load_dataset(npz(x=image.transpose(2, 0, 1).reshape(1, -1)))
    assert (dataset.train.images[0] == image).all()
    assert any("as in CIFAR-10" in note for note in dataset.notes)


def test_an_object_array_is_refused_and_never_loaded(raw_npz: Saved, refused: Refused) -> None:
    objects = npy(np.array([{}, []], dtype=object))
    with refused("NPZ-1", "array 'labels' holds Python objects"):
        load_dataset(raw_npz(images=npy(IMAGES), labels=objects))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header("(1500000000, 28, 40)") + bytes(100), "claims 1,680,000,000,000 bytes"),
        (header("(1500000000, 28, 40)") + bytes(100), "but entry has 100 bytes"),
        (header("(-2, 5, 5)") + bytes(50), "negative"),
        (header("(2, 5, 5)", pad=10_000) + bytes(50), "header claims"),
        (header("(2, 5, 5)") + bytes(49), "entry has 49 bytes"),
        (header("(2, 5, 5)") + bytes(51), "entry has 51 bytes"),
    ],
)
def test_a_header_that_does_not_fit_its_data_is_refused(
    raw_npz: Saved, refused: Refused, content: bytes, words: str
) -> None:
    with refused("NPZ-2", "array 'images'", words):
        load_dataset(raw_npz(images=content))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 4, 4), np.complex64),
        np.zeros((2, 4, 4), "datetime64[s]"),
        np.zeros((2, 4, 4), [("a", "u1")]),
        np.full((2, 4, 4), "x"),
        np.full((2, 4, 4), np.nan),
        np.full((2, 4, 4), np.inf),
        np.full((2, 4, 4), -1),
        np.full((2, 4, 4), 70_000),
        np.full((2, 4, 4), 300.5),
    ],
    ids=[
        "complex",
        "datetime",
        "structured",
        "text",
        "nan",
        "inf",
        "negative",
        "large",
        "large-float",
    ],
)
def test_values_that_are_no_pixels_are_refused(
    npz: Saved, refused: Refused, array: np.ndarray
) -> None:
    with refused("NPZ-3"):
        load_dataset(npz(images=array))


@pytest.mark.parametrize("labels", [[0.5, 1, 2, 1, 0], [0, 1, 2, 1, -2], [0, 1, 2, 1, 10**9]])
def test_numbers_that_are_no_labels_are_refused(
    npz: Saved, refused: Refused, labels: list[float]
) -> None:
    with refused("NPZ-3", "labels"):
        load_dataset(npz(images=IMAGES, labels=np.array(labels)))


@pytest.mark.parametrize(
    "shape",
    [
        (),
        (7,),
        (1, 2, 3, 4, 5),
        (3, 28, 28, 600),
        (28, 28, 6000),
        (2, 3, 9, 3),
        (0, 4, 4),
        (9, 8, 3),
    ],
)
def test_a_shape_that_does_not_say_which_axis_counts_is_refused(
    npz: Saved, refused: Refused, shape: tuple[int, ...]
) -> None:
    with refused("NPZ-4", f"{shape}", "which axis counts images?"):
        load_dataset(npz(images=np.zeros(shape, np.uint8)))


def test_train_and_test_images_have_to_have_one_shape(npz: Saved, refused: Refused) -> None:
    arrays = {"x_train": IMAGES, "x_test": IMAGES[:, :2], "y_train": LABELS, "y_test": LABELS}
    with refused("NPZ-4", "(4, 6) and (2, 6)"):
        load_dataset(npz(**arrays))


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"images": IMAGES, "x": IMAGES}, "images, x: which are the images?"),
        ({"first": IMAGES, "second": IMAGES}, "first, second"),
        ({"images": IMAGES, "labels": LABELS[:3]}, "5 images but labels of shape (3,)"),
    ],
)
def test_arrays_that_leave_a_choice_are_refused_by_name(
    npz: Saved, refused: Refused, arrays: dict[str, np.ndarray], words: str
) -> None:
    with refused("NPZ-5", words):
        load_dataset(npz(**arrays))


def test_two_arrays_of_one_name_are_refused(make_zip: Written, refused: Refused) -> None:
    path = make_zip({"images.npy": npy(IMAGES), "Images.npy": npy(IMAGES)}, "set.npz")
    with refused("NPZ-5", "same name twice"):
        load_dataset(str(path))


def test_a_damaged_file_is_refused(npz: Saved, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "set.npz"
    npz(images=IMAGES)
    path.write_bytes(path.read_bytes()[:-30])
    with refused("NPZ-6", "damaged"):
        load_dataset(str(path))


@pytest.mark.parametrize("content", [b"", b"text", b"\x93NUMPY", b"\x93NUMPY\x01\x00", header("(")])
def test_an_entry_that_is_no_array_is_refused(
    raw_npz: Saved, refused: Refused, content: bytes
) -> None:
    with refused("NPZ-6", "array 'images'"):
        load_dataset(raw_npz(images=content))


def test_a_file_without_arrays_is_refused(make_zip: Written, refused: Refused) -> None:
    with refused("NPZ-6", "none of its 1 entries is an array"):
        load_dataset(str(make_zip({"readme.txt": b"hello"}, "set.npz")))


def test_a_bomb_is_refused(npz: Saved, refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 100_000)
    with refused("NPZ-6", "unpacks to more than"):
        load_dataset(npz(images=np.zeros((1000, 28, 28), np.uint8)))


def test_format_version_three_is_refused(raw_npz: Saved, refused: Refused) -> None:
    with refused("NPZ-3", "format version 3.0"):
        load_dataset(raw_npz(images=b"\x93NUMPY\x03\x00" + npy(IMAGES)[8:]))


def test_a_pickled_file_is_refused(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "set.npy").write_bytes(b"\x80\x04\x95")
    with refused("NPZ-6", "does not start like one"):
        load_dataset(str(tmp_path / "set.npy"))


def test_a_stored_entry_is_read_like_a_deflated_one(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.npz", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("images.npy", npy(IMAGES))
    assert (load_dataset(str(tmp_path / "set.npz")).train.images == IMAGES).all()
