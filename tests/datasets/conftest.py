"""Small files of every kind, built in memory."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeler.datasets import Dataset
from labeler.exceptions import InputError

Refused = Callable[..., AbstractContextManager[None]]
Built = Callable[..., bytes]
Written = Callable[..., Path]
"""Makes a file or a folder of what it is given, and says where."""

Saved = Callable[..., str]
"""The same, as a text."""

Loaded = Callable[..., Dataset]
"""Makes a data set of what it is given, and loads it."""


@pytest.fixture
def refused() -> Refused:
    """Expect an InputError with a code and telling words: ``with refused("IDX-1", "header"):``."""

    @contextmanager
    def expect(code: str, *words: str) -> Iterator[None]:
        with pytest.raises(InputError) as caught:
            yield
        assert caught.value.code == code, str(caught.value)
        for word in words:
            assert word in str(caught.value)

    return expect


@pytest.fixture
def idx() -> Built:
    """Bytes of an IDX file: a header of these sizes, then ``n_bytes`` values (default: right)."""

    def build(*sizes: int, n_bytes: int | None = None, kind: int = 8) -> bytes:
        header = bytes([0, 0, kind, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)
        n_bytes = int(np.prod(sizes)) if n_bytes is None else n_bytes
        return header + (np.arange(n_bytes) % 7).astype(np.uint8).tobytes()

    return build


@pytest.fixture
def png() -> Built:
    """Bytes of an image file of one colour, PNG unless said otherwise."""

    def build(
        size: tuple[int, int] = (6, 4),
        mode: str = "L",
        colour: int | tuple[int, ...] = 100,
        file_format: str = "PNG",
        **options: object,
    ) -> bytes:
        file = io.BytesIO()
        Image.new(mode, size, colour).save(file, file_format, **options)
        return file.getvalue()

    return build


@pytest.fixture
def make_zip(tmp_path: Path) -> Written:
    """A zip file of these entries."""

    def build(entries: Mapping[str, bytes], name: str = "set.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, data in entries.items():
                archive.writestr(entry, data)
        return path

    return build


@pytest.fixture
def make_folder(tmp_path: Path) -> Written:
    """A folder of these files."""

    def build(entries: Mapping[str, bytes], name: str = "set") -> Path:
        for entry, data in entries.items():
            path = tmp_path / name / entry
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return tmp_path / name

    return build
