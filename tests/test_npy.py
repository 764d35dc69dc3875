"""Arrays in files, read by several threads at once."""

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from labeler.npy import mapped_npy, read_npy

ARRAY = np.arange(6, dtype=np.int32).reshape(3, 2)


@pytest.fixture
def other_threads_at_every_step() -> Iterator[None]:
    """Have the garbage collector run all the time, and let another thread go on in it."""

    def give_way(phase: str, info: dict[str, int]) -> None:
        time.sleep(0)

    usual = gc.get_threshold()
    gc.callbacks.append(give_way)
    gc.set_threshold(1)
    yield
    gc.set_threshold(*usual)
    gc.callbacks.remove(give_way)


@pytest.mark.usefixtures("other_threads_at_every_step")
def test_threads_that_read_arrays_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    np.save(path, ARRAY)

    def read(depth: int) -> np.ndarray:
        return read(depth - 1) if depth else mapped_npy(path)

    def keep_reading(depth: int) -> list[np.ndarray]:
        return [read(depth) for _ in range(300)]

    with ThreadPoolExecutor(8) as threads:
        arrays = [array for some in threads.map(keep_reading, range(8)) for array in some]
    assert all((array == ARRAY).all() for array in arrays)


def test_what_is_mapped_cannot_be_written_and_what_is_read_can(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    np.save(path, ARRAY)
    assert not mapped_npy(path).flags.writeable
    mine = read_npy(path)
    mine[0, 0] = 9
    assert (np.load(path) == ARRAY).all()


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    np.save(path, np.array([{}, None], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        read_npy(path)
