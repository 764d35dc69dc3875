"""Arrays as files named by their content."""

from pathlib import Path

import numpy as np
import pytest

from labeler.storage.errors import ArtefactError
from labeler.storage.folder.artefacts import ArtefactStore


@pytest.fixture
def store(tmp_path: Path) -> ArtefactStore:
    return ArtefactStore(tmp_path / "artefacts")


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=np.float32).reshape(3, 4),
        np.asfortranarray(np.arange(12).reshape(3, 4)),
        np.arange(20)[::2],
        np.array(7, dtype=np.int8),
        np.zeros((0, 3)),
        np.array(["a.png", "b.png"]),
        np.zeros(3 << 20, dtype=np.uint8),
    ],
    ids=["2-D", "Fortran", "strided", "0-D", "empty", "names", "several chunks"],
)
@pytest.mark.parametrize("mapped", [False, True])
def test_an_array_comes_back_as_it_was(
    store: ArtefactStore, array: np.ndarray, mapped: bool
) -> None:
    loaded = store.load(store.save(array), mapped=mapped)
    assert loaded.dtype == array.dtype
    np.testing.assert_array_equal(loaded, array)


def test_equal_arrays_are_kept_once(store: ArtefactStore) -> None:
    assert store.save(np.arange(3)) == store.save(np.arange(3))
    assert len(list(store.references())) == 1
    assert store.save(np.arange(4)) != store.save(np.arange(4.0))


def test_several_arrays_are_kept_by_name(store: ArtefactStore) -> None:
    arrays = {"labels": np.arange(3), "centers": np.eye(2)}
    kept = store.save_all(arrays)
    assert kept.keys() == arrays.keys()
    assert all((store.load(kept[name]) == arrays[name]).all() for name in arrays)


def test_python_objects_are_refused(store: ArtefactStore) -> None:
    with pytest.raises(ValueError, match="Python objects"):
        store.save(np.array([object()]))


def test_a_changed_byte_is_noticed(store: ArtefactStore, tmp_path: Path) -> None:
    reference = store.save(np.arange(100))
    store.load(reference)
    path = store.path(reference)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    for one in (store, ArtefactStore(store.folder)):
        with pytest.raises(ArtefactError, match="damaged"):
            one.load(reference)
    store.save(np.arange(100))
    assert store.load(reference)[-1] == 99


def test_json_is_kept_and_checked_beside_the_arrays(store: ArtefactStore) -> None:
    reference = store.save_json(b'{"k": 2}')
    assert store.save_json(b'{"k": 2}') == reference
    assert store.load_json(reference) == b'{"k": 2}'
    array = store.save(np.arange(3))
    assert set(store.references()) == {reference, array}
    store.path(reference).write_bytes(b'{"k": 3}')
    with pytest.raises(ArtefactError, match="damaged"):
        store.load_json(reference)


def test_a_missing_file_is_noticed(store: ArtefactStore) -> None:
    reference = store.save(np.arange(100))
    store.path(reference).unlink()
    with pytest.raises(ArtefactError, match="missing"):
        store.load(reference)


@pytest.mark.parametrize(
    "reference", ["../../etc/passwd", "x.npy", "a" * 64, "", "A" * 64 + ".npy"]
)
def test_only_references_name_files(store: ArtefactStore, reference: str) -> None:
    with pytest.raises(ArtefactError):
        store.path(reference)
