"""What is read before it is kept comes back as it was, from memory and from disk."""

import numpy as np
import pytest

from labeler.datasets import spool
from labeler.datasets.originals import Blobs, Picked
from labeler.datasets.spool import ByteSpool, ImageSpool, joined
from labeler.storage.folder.artefacts import ArtefactStore

ON_DISK = [0, 16_000_000]


@pytest.fixture(params=ON_DISK, ids=["on disk", "in memory"], autouse=True)
def limit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    # Of 0, a SpooledTemporaryFile would stay in memory for good.
    monkeypatch.setattr(spool, "IN_MEMORY_BYTES", max(1, request.param))
    return int(request.param)


def test_byte_strings_come_back_in_any_order_and_may_be_replaced() -> None:
    spooled = ByteSpool()
    for data in (b"one", b"", b"three"):
        spooled.append(data)
    spooled[1] = b"a longer one"
    spooled.append(b"four")
    assert [spooled[place] for place in (3, 0, 2, 1)] == [
        b"four",
        b"one",
        b"three",
        b"a longer one",
    ]
    blobs = Blobs.of(Picked(spooled, np.arange(4)))
    assert list(blobs) == [b"one", b"a longer one", b"three", b"four"]


def test_images_keep_their_shape_and_type() -> None:
    images: list[np.ndarray] = [
        np.arange(6, dtype=np.uint8).reshape(2, 3),
        np.arange(12, dtype=np.uint16).reshape(2, 2, 3),
    ]
    spooled = ImageSpool()
    for image in images:
        spooled.append(image)
    for place, image in enumerate(images):
        np.testing.assert_array_equal(spooled[place], image)
        assert spooled[place].dtype == image.dtype
    spooled[1] = images[0]
    np.testing.assert_array_equal(spooled[1], images[0])


def test_what_is_joined_is_kept_like_any_array(store: ArtefactStore, limit: int) -> None:
    pieces = [bytes([number]) * 1000 for number in range(3000 // 12)]
    array = joined(pieces, 250_000).reshape(250, 10, 100)
    assert isinstance(array, np.memmap) == (limit == 0)
    in_memory = np.frombuffer(b"".join(pieces), dtype=np.uint8).reshape(250, 10, 100)
    assert store.save(array) == store.save(in_memory)
    np.testing.assert_array_equal(array, in_memory)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> ArtefactStore:
    return ArtefactStore(tmp_path_factory.mktemp("artefacts"))
