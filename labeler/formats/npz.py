"""Labels and images as NumPy arrays in one file, all in the same order of rows.

``labels`` are int64, -1 where there is none (scikit-learn's convention); ``source``, ``verdict``
and ``split`` are text. Where the sides lie apart, each has a file of its own.
"""

from collections.abc import Iterator

import numpy as np

from labeler.formats.arrays import Blocks, common_arrays, npz_chunks
from labeler.formats.base import File, Format, HeldOut, Options
from labeler.formats.rows import LabelRows

NAME = "npz"
PLACE = 4
PURPOSE = "For NumPy and scikit-learn: images, labels, source and confidence as arrays."


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    yield File(f"{options.name}.npz", npz_chunks(_arrays(rows, options)))


def _arrays(rows: LabelRows, options: Options) -> Iterator[tuple[str, np.ndarray | Blocks]]:
    if options.with_images:
        blocks = (rows.pixels(part) for part in rows.image_parts(options.progress))
        yield "images", Blocks((len(rows), *rows.image_shape), np.dtype(np.uint8), blocks)
    yield "labels", rows.label_set.labels.astype(np.int64)
    yield from common_arrays(rows)
    if rows.probabilities is not None:
        yield "probabilities", rows.probabilities


NPZ = Format(
    name=NAME,
    title="NPZ",
    purpose=PURPOSE,
    loading='s = numpy.load("SET"); s["images"][s["split"] == "train"]',
    loading_sides='{side: numpy.load(f"SET/{side}.npz")["images"] '
    'for side in ("train", "validation")}',
    files=_files,
    suffix=".npz",
    side_file="{side}.npz",
    held_out=HeldOut.USUAL,
    with_files=False,
)
