"""A FiftyOneImageClassificationDataset: ``data/`` with the images, ``labels.json`` beside it.

Each label carries its confidence, and as attributes where it came from. An image without a label
has null.
"""

import json
from collections.abc import Iterator
from typing import Any

from labeler.formats.base import File, Format, HeldOut, Options
from labeler.formats.images import image_files
from labeler.formats.names import image_names
from labeler.formats.rows import LabelRows

NAME = "fiftyone"
PLACE = 9
PURPOSE = "For looking through the labels in FiftyOne: with confidence and source."

ATTRIBUTES = (
    "index",
    "file_name",
    "source",
    "cluster",
    "distance",
    "rank_in_cluster",
    "annotator",
    "answered_at",
    "split",
)


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    if options.with_images:
        yield from image_files(rows, options, "data")
    yield File("labels.json", _labels(rows, options))


def _labels(rows: LabelRows, options: Options) -> Iterator[bytes]:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    yield f'{{"classes": {encode(list(rows.class_names))},\n"labels": {{'.encode()
    between = "\n"
    for part in rows.parts(options.progress):
        for record, image in zip(rows.records(part), image_names(rows, part), strict=True):
            stem = image.removesuffix(".png")
            yield f"{between}{encode(stem)}: {encode(_target(record))}".encode()
            between = ",\n"
    yield b"\n}}\n"


def _target(record: dict[str, Any]) -> dict[str, Any] | None:
    if record["label"] is None:
        return None
    return {
        "label": record["label"],
        "confidence": record["confidence"],
        "attributes": {name: record[name] for name in ATTRIBUTES if record[name] is not None},
    }


FIFTYONE = Format(
    name=NAME,
    title="FiftyOne",
    purpose=PURPOSE,
    loading='fiftyone.Dataset.from_dir("SET", '
    "dataset_type=fiftyone.types.FiftyOneImageClassificationDataset)",
    files=_files,
    held_out=HeldOut.ASKED,
)
