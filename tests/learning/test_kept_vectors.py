"""What a network saw is kept by picture, whatever a kill leaves, and no larger than the cache."""

from pathlib import Path

import numpy as np
import pytest

from labeler.learning.features import cache, kept_vectors
from labeler.learning.features.kept_vectors import MOST_FILES, KeptVectors


def keys_of(numbers: range) -> np.ndarray:
    return np.stack([np.full(32, number, np.uint8) for number in numbers])


def filled(folder: Path, numbers: range, made_by: str = "net") -> KeptVectors:
    kept = KeptVectors(folder, made_by)
    vectors = np.outer(list(numbers), [1.0, 0.5]).astype(np.float32)
    kept.keep([key.tobytes() for key in keys_of(numbers)], vectors)
    kept.write()
    return kept


def test_what_was_kept_is_found_by_its_picture_and_by_nothing_else(tmp_path: Path) -> None:
    filled(tmp_path, range(5))
    filled(tmp_path, range(7, 9))
    places, vectors = KeptVectors(tmp_path, "net").find(keys_of(range(4, 10)))
    assert places.tolist() == [0, 3, 4]
    assert vectors.tolist() == [[4, 2], [7, 3.5], [8, 4]]
    places, _ = KeptVectors(tmp_path, "another net").find(keys_of(range(5)))
    assert not len(places)


def test_pictures_of_one_content_have_one_vector(tmp_path: Path) -> None:
    filled(tmp_path, range(3))
    twice = keys_of(range(2))[[1, 0, 1]]
    places, vectors = KeptVectors(tmp_path, "net").find(twice)
    assert places.tolist() == [0, 1, 2]
    assert vectors[0].tolist() == vectors[2].tolist() == [1, 0.5]


def test_many_files_become_one_with_all_that_was_in_them(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 1):
        filled(tmp_path, range(number, number + 1))
    kept = KeptVectors(tmp_path, "net")
    assert len(kept.find(keys_of(range(20)))[0]) == MOST_FILES + 1
    kept.finish()
    assert len(list(tmp_path.iterdir())) == 1
    places, vectors = KeptVectors(tmp_path, "net").find(keys_of(range(MOST_FILES + 1)))
    assert vectors[:, 0].tolist() == places.tolist() == list(range(MOST_FILES + 1))


@pytest.mark.parametrize("damage", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    filled(tmp_path, range(3))
    next(tmp_path.iterdir()).write_bytes(damage)
    filled(tmp_path, range(5, 6))
    places, _ = KeptVectors(tmp_path, "net").find(keys_of(range(6)))
    assert places.tolist() == [5]


def test_an_array_of_another_kind_is_as_good_as_none(tmp_path: Path) -> None:
    filled(tmp_path, range(3))
    np.save(next(tmp_path.iterdir()), np.zeros((3, 4)))
    assert not len(KeptVectors(tmp_path, "net").find(keys_of(range(3)))[0])


def test_numbers_too_large_for_half_precision_are_cut_off(tmp_path: Path) -> None:
    kept = kept_vectors.as_kept(np.array([[1e30, -1e30, 0.1]], np.float32))
    assert np.isfinite(kept).all()
    assert kept[0, 0] == -kept[0, 1] > 60_000


def test_what_was_not_used_for_longest_goes_where_there_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, range(3))
    monkeypatch.setattr(cache, "MOST_BYTES", 10)
    kept = filled(tmp_path, range(5, 6))
    kept.finish()
    assert not list(tmp_path.iterdir())
