"""IDX files: what loads, and what each kind of damage is told."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets import limits, load_dataset
from labeler.datasets.tabular.idx_sets import load_idx_file, read_idx_images
from labeler.records import UNLABELED
from tests.datasets.conftest import Built, Refused, Written


def test_images_come_back_as_they_were_written(tmp_path: Path, idx: Built) -> None:
    path = tmp_path / "a-images-idx3-ubyte"
    path.write_bytes(idx(5, 4, 3))
    images = read_idx_images(path)
    assert images.shape == (5, 4, 3)
    assert images.dtype == np.uint8
    assert (images.ravel() == np.arange(60) % 7).all()


def test_colour_images_have_a_fourth_dimension_of_three(tmp_path: Path, idx: Built) -> None:
    path = tmp_path / "a.idx"
    path.write_bytes(idx(2, 4, 4, 3))
    assert load_dataset(str(path)).image_shape == (4, 4, 3)


@pytest.mark.parametrize("zipped", [False, True])
def test_labels_are_found_beside_the_images(tmp_path: Path, idx: Built, zipped: bool) -> None:
    suffix, pack = (".gz", gzip.compress) if zipped else ("", bytes)
    path = tmp_path / f"train-images-idx3-ubyte{suffix}"
    path.write_bytes(pack(idx(5, 4, 3)))
    (tmp_path / f"train-labels-idx1-ubyte{suffix}").write_bytes(pack(idx(5)))
    dataset = load_idx_file(path)
    assert dataset.train.labels.tolist() == [0, 1, 2, 3, 4]
    assert dataset.classes == ("0", "1", "2", "3", "4")


def test_images_without_a_labels_file_have_no_ground_truth(tmp_path: Path, idx: Built) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(idx(5, 4, 3))
    dataset = load_idx_file(path)
    assert (dataset.train.labels == UNLABELED).all()
    assert dataset.classes == ()


def test_a_folder_of_four_files_has_a_test_part(make_folder: Written, idx: Built) -> None:
    folder = make_folder(
        {
            "train-images-idx3-ubyte": idx(5, 4, 3),
            "train-labels-idx1-ubyte": idx(5),
            "t10k-images-idx3-ubyte.gz": gzip.compress(idx(2, 4, 3)),
            "t10k-labels-idx1-ubyte.gz": gzip.compress(idx(2)),
        }
    )
    dataset = load_dataset(str(folder))
    assert dataset.test is not None
    assert (len(dataset.train), len(dataset.test)) == (5, 2)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "IDX-1", "ends inside the header (0 of 4 bytes)"),
        (b"\0\0", "IDX-1", "(2 of 4 bytes)"),
        (b"\0\0\x08\x03\0\0\0\x05\0", "IDX-1", "(9 of 16 bytes)"),
        (b"hello", "IDX-2", "not an IDX file: starts with b'hell'"),
        (b"<!DOCTYPE html><html>", "IDX-2", "HTML"),
        (b"PK\x03\x04 and so on", "IDX-2", "zip"),
        (b"\x89PNG\r\n\x1a\n", "IDX-2", "PNG"),
        (b"\0\0\x0d\x03", "IDX-3", "values are float32; only unsigned bytes are read"),
        (b"\0\0\x77\x03", "IDX-3", "unknown type 0x77"),
        (b"\0\0\x08\x00", "IDX-4", "0 dimensions"),
        (b"\0\0\x08\x05" + bytes(20), "IDX-4", "5 dimensions"),
        (b"\0\0\x08\x02" + bytes(8), "IDX-4", "2 dimensions"),
        (b"\0\0\x08\x01\0\0\0\x03abc", "IDX-4", "this is a label file; images need 3 (or 4)"),
        (b"\0\0\x08\x04" + struct.pack(">4I", 1, 2, 2, 4) + bytes(16), "IDX-4", "3 for colour"),
    ],
)
def test_a_bad_header_is_refused(
    tmp_path: Path, refused: Refused, content: bytes, code: str, words: str
) -> None:
    path = tmp_path / "bad-images-idx3-ubyte"
    path.write_bytes(content)
    with refused(code, words):
        load_idx_file(path)


def test_an_absurd_promise_is_refused_before_anything_is_allocated(
    tmp_path: Path, refused: Refused, idx: Built
) -> None:
    path = tmp_path / "bad.idx"
    path.write_bytes(idx(2**31 - 1, 28, 28, n_bytes=3 * 784))
    with refused("IDX-5", "header promises 1,683,627,179,248 bytes", "2,352 (3 images)"):
        load_idx_file(path)


def test_sizes_whose_product_wraps_to_zero_are_refused(
    tmp_path: Path, refused: Refused, idx: Built
) -> None:
    path = tmp_path / "bad.idx"
    path.write_bytes(idx(65_536, 256, 256, n_bytes=0))
    with refused("IDX-5", "header promises 4,294,967,296 bytes"):
        load_idx_file(path)


def test_a_small_packed_file_cannot_promise_much(
    tmp_path: Path, refused: Refused, idx: Built
) -> None:
    path = tmp_path / "bad.idx.gz"
    path.write_bytes(gzip.compress(idx(60_000, 28, 28, n_bytes=784)))
    with refused("IDX-5", "header promises 47,040,000 bytes", "compressed bytes"):
        load_idx_file(path)


@pytest.mark.parametrize("sizes", [(3, 0, 28), (3, 28, 4097), (0, 28, 28)])
def test_impossible_sizes_are_refused(
    tmp_path: Path, refused: Refused, idx: Built, sizes: tuple[int, ...]
) -> None:
    path = tmp_path / "bad.idx"
    path.write_bytes(idx(*sizes, n_bytes=0))
    with refused("IDX-6"):
        load_idx_file(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_short_by_one_byte_is_refused(
    tmp_path: Path, refused: Refused, idx: Built, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "bad.idx"
    path.write_bytes(pack(idx(5, 4, 3, n_bytes=59)))
    with refused("IDX-7", "ends in image 5 of 5"):
        load_idx_file(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_bytes_behind_the_last_image_are_refused(
    tmp_path: Path, refused: Refused, idx: Built, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "bad.idx"
    path.write_bytes(pack(idx(5, 4, 3, n_bytes=76)))
    with refused("IDX-7", "16 bytes after the last"):
        load_idx_file(path)


def test_images_and_labels_have_to_be_as_many(tmp_path: Path, refused: Refused, idx: Built) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(6, 4, 3))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(5))
    with refused("IDX-8", "6 images but 5 labels"):
        load_idx_file(tmp_path / "train-images-idx3-ubyte")


def test_a_label_beyond_the_known_classes_is_refused(
    tmp_path: Path, refused: Refused, idx: Built
) -> None:
    images, labels = idx(11, 4, 4), b"\0\0\x08\x01\0\0\0\x0b" + bytes(range(11))
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(images)
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    with refused("IDX-8", "label 10 of image 10"):
        load_dataset("fashion-mnist", tmp_path)


def test_an_image_file_is_refused_where_labels_belong(
    tmp_path: Path, refused: Refused, idx: Built
) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(5, 4, 3))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(5, 4, 3))
    with refused("IDX-4", "this is an image file; labels need 1"):
        load_idx_file(tmp_path / "train-images-idx3-ubyte")


def test_damaged_compression_is_refused(tmp_path: Path, refused: Refused, idx: Built) -> None:
    good = gzip.compress(idx(5, 28, 28))
    wrong_checksum = good[:-8] + b"\1\2\3\4" + good[-4:]
    path = tmp_path / "bad.idx.gz"
    for data in (good[:-9], wrong_checksum, good[:30] + b"\xff" * 8 + good[38:]):
        path.write_bytes(data)
        with refused("IDX-9", "compressed file is damaged"):
            load_idx_file(path)


def test_a_file_compressed_twice_is_refused(tmp_path: Path, refused: Refused, idx: Built) -> None:
    path = tmp_path / "bad.idx.gz"
    path.write_bytes(gzip.compress(gzip.compress(idx(5, 4, 3))))
    with refused("IDX-9", "compressed twice"):
        load_idx_file(path)


def test_a_compressed_bomb_is_refused_by_its_header(
    tmp_path: Path, refused: Refused, idx: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_000_000)
    monkeypatch.setattr(limits, "GIGABYTE", 1_000_000)
    path = tmp_path / "bomb.idx.gz"
    path.write_bytes(gzip.compress(idx(2000, 28, 28)))
    with refused("IDX-9", "unpacks beyond 1 GB"):
        load_idx_file(path)


def test_a_bomb_behind_the_last_image_is_not_unpacked_to_its_end(
    tmp_path: Path, refused: Refused, idx: Built
) -> None:
    path = tmp_path / "bomb.idx.gz"
    path.write_bytes(gzip.compress(idx(5, 4, 3) + bytes(20_000_000)))
    with refused("IDX-7", "more than"):
        load_idx_file(path)
