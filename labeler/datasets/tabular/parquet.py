"""Parquet files with images in them, as Hugging Face ``datasets`` and ``labeler export`` write.

A column of images (bytes, or a struct of ``bytes`` and ``path``), and one of labels: text, or
numbers that stand for the class names in the file's metadata. The file is read by a process of
its own; its images wait in a temporary file and are decoded like any others. Labels that Labeler
has spread (``source`` is ``propagated``) are suggestions, and no truth: they are left out.
"""

import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, NoReturn

from labeler.datasets import limits
from labeler.datasets.base import Dataset, LeftOut
from labeler.datasets.containers.files import Below, Files, escaped, open_file
from labeler.datasets.image_files import SortedImages, load_images
from labeler.datasets.listings.lists import is_parquet_list
from labeler.datasets.provenance import is_suggestion, suggestions_note
from labeler.datasets.tabular.parquet_process import said_by
from labeler.datasets.tabular.table_sets import TableSet, arrange
from labeler.datasets.text.image_names import IMAGE_ENDINGS
from labeler.datasets.text.split_words import Part, part_of
from labeler.exceptions import InputError
from labeler.imaging.images import MAX_IMAGE_BYTES
from labeler.imaging.sniffing import ending_of
from labeler.progress import SILENT, Progress

MAX_SECONDS = 1_800
"""For one file."""

_CHILD = "labeler.datasets.tabular.parquet_child"
_LONGEST_LINE = 100_000
_HEAD = 512


def load_parquet(path: Path, progress: Progress = SILENT) -> Dataset:
    """Read one Parquet file; a column ``split`` says which images are to test on.

    Raises
    ------
    InputError
        PARQUET-1 to PARQUET-3, and those of its images.
    ConfigError
        pyarrow is not installed.
    """
    with open_file(path) as file, parquet_images(file, escaped(str(path)), progress) as images:
        images.root = path
        return images.load(path.stem, progress)


@contextmanager
def parquet_images(
    file: BinaryIO, source: str, progress: Progress = SILENT
) -> Iterator["ParquetImages"]:
    """The images of one open Parquet file as files, under names that are the same each time.

    Raises
    ------
    InputError, ConfigError
        As ``load_parquet``.
    """
    with ParquetImages(source) as images:
        images.take(file, "", source, progress)
        yield images


def with_parquet_lists(files: Files) -> Files:
    """The same files, with lists of images that are Parquet files as JSON lines.

    Raises
    ------
    InputError, ConfigError
        As ``load_parquet``, when one is opened.
    """
    return _WithLists(files) if any(map(is_parquet_list, files.names)) else files


class _WithLists(Below):
    """See ``with_parquet_lists``."""

    def __init__(self, files: Files) -> None:
        super().__init__(files, "")

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        if not is_parquet_list(name):
            return super().open(name)
        with super().open(name) as file:
            return io.BytesIO(_as_lines(file, self.describe(name)))


def _as_lines(file: BinaryIO, source: str) -> bytes:
    """What a Parquet file says of images that lie beside it."""
    columns = {"file_name": "path", "class_name": "class", "source": "source", "split": "split"}
    with said_by(_CHILD, file, MAX_SECONDS) as said:
        rows = [told for told, _ in _rows(said, source)]
    return b"\n".join(
        json.dumps({column: told.get(key) for column, key in columns.items()}).encode()
        for told in rows
    )


def load_parquet_set(
    files: Files, tables: TableSet, name: str, progress: Progress = SILENT
) -> Dataset:
    """Read the Parquet files that belong together, each part in one file or in several.

    Parameters
    ----------
    files : Files
    tables : TableSet
    name : str
        What to call the data set.
    progress : Progress

    Raises
    ------
    InputError, ConfigError
        As ``load_parquet``.
    """
    with ParquetImages(files.source) as images:
        for part in sorted(tables.parts):
            for file_name in tables.of(part):
                with files.open(file_name) as file:
                    images.take(file, part, files.describe(file_name), progress)
        return images.load(name, progress, files.notes)


class ParquetImages:
    """Images out of Parquet files, as files: see ``Files`` for what that takes.

    Parameters
    ----------
    source : str
        What to call them in messages.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.root: Path | None = None
        self.names: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()
        self._classes: dict[str, str] = {}
        self._parts: dict[str, list[str]] = {}
        self._places: dict[str, tuple[int, int]] = {}
        self._empty: list[LeftOut] = []
        self._end = 0
        self._n_spread = 0

    def __enter__(self) -> "ParquetImages":
        self._spool = tempfile.TemporaryFile(prefix="labeler-")
        return self

    def __exit__(self, *exception: object) -> None:
        self._spool.close()

    def open(self, name: str) -> io.BytesIO:
        """One image.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        start, size = self._places[name]
        self._spool.seek(start)
        return io.BytesIO(self._spool.read(size))

    def size(self, name: str) -> int:
        """Bytes of one image."""
        return self._places[name][1]

    def path(self, name: str) -> str:
        """The name itself."""
        return name

    def describe(self, name: str) -> str:
        """The file and the image, safe to be shown."""
        return f"{self.source}: {escaped(name)}"

    def state(self, name: str) -> None:
        """Unknown: an image is known again by its content alone."""

    def take(self, file: BinaryIO, part: str, source: str, progress: Progress) -> None:
        """Take the images of one open file into the spool."""
        with said_by(_CHILD, file, MAX_SECONDS) as said, progress.task(f"Reading {source}") as task:
            for told, data in _rows(said, source):
                self._keep(told, data, part)
                task.advance()

    def load(self, name: str, progress: Progress, notes: Sequence[str] = ()) -> Dataset:
        """All images taken, as a data set."""
        if not self._places:
            _refuse("PARQUET-3", self.source, "there is no image in it", "one image in each row")
        self.names = tuple(self._places)
        pool, held, arranged = arrange(self._parts)
        told = [*notes, *arranged]
        if self._n_spread:
            told.append(suggestions_note(self._n_spread))
        images = SortedImages(
            tuple(image for part in pool for image in self._parts[part]),
            tuple(image for part in held for image in self._parts[part]),
            self._classes,
            tuple(told),
            tuple(self._empty),
        )
        return load_images(self, name, images, None, progress)

    def _keep(self, told: dict[str, Any], data: bytes, part: str) -> None:
        number = len(self._places) + len(self._empty)
        named = part_of(str(told.get("split") or ""))
        part = named[0].value if named and not part else part or Part.TRAIN.value
        name = str(told.get("path") or "") or f"{number:06d}"
        if not name.lower().endswith(IMAGE_ENDINGS):
            name += ending_of(data[:_HEAD])
        if name in self._places:
            name = f"{number:06d}-{name}"
        if not data:
            self._empty.append(LeftOut(escaped(name), "no image in its row"))
            return
        if is_suggestion(str(told.get("source") or "")):
            self._n_spread += bool(told.get("class"))
        elif told.get("class"):
            self._classes[name] = str(told["class"]).strip()[: limits.MAX_LABEL_LENGTH]
        self._spool.seek(self._end)
        self._spool.write(data)
        self._places[name] = (self._end, len(data))
        self._parts.setdefault(part, []).append(name)
        self._end += len(data)
        if self._end > limits.MAX_UNPACKED_BYTES:
            most = f"at most {limits.MAX_UNPACKED_BYTES:,} bytes of images"
            _refuse("PARQUET-2", self.source, f"more than {self._end:,} bytes", most)


def _rows(said: IO[bytes], source: str) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What the process says, row by row: its word is that of a foreign file."""
    whole = "a whole Parquet file"
    while True:
        try:
            told = json.loads(said.readline(_LONGEST_LINE))
            size = int(told.get("bytes", 0))
        except (ValueError, TypeError, AttributeError):
            _refuse("PARQUET-1", source, "it cannot be read: reading it ended in the middle", whole)
        if "refused" in told:
            _refuse(*_told(told["refused"], source))
        if "end" in told:
            return
        if not 0 <= size <= MAX_IMAGE_BYTES:
            _refuse("PARQUET-2", source, f"an image of {size:,} bytes", "smaller images")
        data = said.read(size)
        if len(data) < size:
            _refuse("PARQUET-1", source, "it cannot be read: reading it ended in the middle", whole)
        yield told, data


def _told(refused: object, source: str) -> tuple[str, str, str, str]:
    code, found, expected = map(str, refused) if isinstance(refused, list) else ("PARQUET-1",) * 3
    return code, source, found, expected


def _refuse(code: str, source: str, found: str, expected: str) -> NoReturn:
    raise InputError(code, source, found=found, expected=expected, remedy="Export it again.")
