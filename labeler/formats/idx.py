"""Image and label pairs as gzipped IDX files, named as MNIST's: for whatever loads MNIST.

IDX has no way to say "no label", so only labeled images are in it. What is set aside to validate
on takes the place of the test pair, unless that is taken by what is held out to test on. Colour
images have a fourth axis, which loaders made for MNIST do not read. ``index.csv`` tells, in the
same order, where each came from, and ``labels.txt`` what the labels are called.
"""

import gzip
import struct
from collections.abc import Iterable, Iterator
from io import BytesIO

import numpy as np

from labeler.exceptions import ConfigError
from labeler.formats.base import File, Format, HeldOut, Images, Options
from labeler.formats.csv import csv_chunks
from labeler.formats.names import lines
from labeler.formats.rows import LabelRows, Side

NAME = "idx"
PLACE = 5
PURPOSE = "For whatever loads MNIST: image and label files of the same names and layout."

TEST_PAIR = "t10k"
MOST_CLASSES = 256
_UINT8 = 0x08


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    if len(rows.classes) > MOST_CLASSES:
        raise ConfigError(
            f"IDX labels are bytes and tell {MOST_CLASSES} classes apart; the run has "
            f"{len(rows.classes):,}. Choose another format."
        )
    yield File("labels.txt", [lines(rows.class_names)])
    tested = Side.TEST if (rows.codes == Side.TEST).any() else Side.VALIDATION
    for side, part in rows.sides():
        yield from _pair(TEST_PAIR if side is tested else side.word, part, options)


def _pair(prefix: str, rows: LabelRows, options: Options) -> Iterator[File]:
    shape = (len(rows), *rows.image_shape)
    pixels = (rows.pixels(part) for part in rows.image_parts(options.progress))
    labels = rows.label_set.labels.astype(np.uint8)
    yield File(f"{prefix}-images-idx{len(shape)}-ubyte.gz", _idx(shape, pixels))
    yield File(f"{prefix}-labels-idx1-ubyte.gz", _idx((len(rows),), [labels]))
    yield File(f"{prefix}-index.csv", csv_chunks(rows, options))


def _idx(shape: tuple[int, ...], blocks: Iterable[np.ndarray]) -> Iterator[bytes]:
    """Two zeros, the type, the number of axes, their lengths, then the values; all big-endian."""
    buffer = BytesIO()
    # No file name and no time inside: the same set is the same bytes.
    with gzip.GzipFile("", "wb", 6, buffer, mtime=0) as packed:
        packed.write(struct.pack(f">HBB{len(shape)}I", 0, _UINT8, len(shape), *shape))
        for block in blocks:
            packed.write(np.ascontiguousarray(block).tobytes())
            yield _drained(buffer)
    yield buffer.getvalue()


def _drained(buffer: BytesIO) -> bytes:
    content = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return content


IDX = Format(
    name=NAME,
    title="IDX",
    purpose=PURPOSE,
    loading='mnist.MNIST("SET", gz=True).load_training()',
    files=_files,
    loading_colour='numpy.frombuffer(gzip.open("SET/train-images-idx4-ubyte.gz").read(), '
    '"uint8", offset=20).reshape(-1, HEIGHT, WIDTH, 3)',
    images=Images.ALWAYS,
    held_out=HeldOut.ASKED,
    has_csv=True,
    labeled_only=True,
    with_files=False,
)
