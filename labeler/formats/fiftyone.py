"""A FiftyOneImageClassificationDataset: ``data/`` with the images, ``labels.json`` beside it.

Each label carries its confidence, and as attributes where it came from. An image without a label
has null, and its attributes under ``unlabeled``, which FiftyOne passes over. Without the images,
``data.json`` says where the user's own files lie, and FiftyOne shows those.
"""

import json
import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

from labeler.formats.base import File, Format, HeldOut, Options
from labeler.formats.images import image_files
from labeler.formats.own_names import stem_names
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
    "path",
)


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    images = stem_names(rows)
    if options.with_images:
        yield from image_files(rows, options, [f"data/{image}" for image in images])
    elif rows.originals is not None and rows.originals.folder is not None:
        yield File("data.json", _places(rows, images, options))
    yield File("labels.json", _labels(rows, images, options))


def _places(rows: LabelRows, images: Sequence[str], options: Options) -> Iterator[bytes]:
    """What each image is called here, and where it lies."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    between = "{\n"
    for part in rows.parts(options.progress):
        for image, path in zip(images[part], rows.paths(part), strict=True):
            yield f"{between}{encode(image)}: {encode(path)}".encode()
            between = ",\n"
    yield b"\n}\n" if len(rows) else b"{}\n"


def _labels(rows: LabelRows, images: Sequence[str], options: Options) -> Iterator[bytes]:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    yield f'{{"classes": {encode(list(rows.class_names))},\n"labels": {{'.encode()
    between = "\n"
    for part in rows.parts(options.progress):
        for record, image in zip(rows.records(part), images[part], strict=True):
            yield f"{between}{encode(_name(image))}: {encode(_target(record))}".encode()
            between = ",\n"
    yield b'\n},\n"unlabeled": {'
    between = "\n"
    for part in rows.parts(options.progress):
        for record, image in zip(rows.records(part), images[part], strict=True):
            if record["label"] is None:
                told = encode(_attributes(record))
                yield f"{between}{encode(_name(image))}: {told}".encode()
                between = ",\n"
    yield b"\n}}\n"


def _target(record: dict[str, Any]) -> dict[str, Any] | None:
    if record["label"] is None:
        return None
    return {
        "label": record["label"],
        "confidence": record["confidence"],
        "attributes": _attributes(record),
    }


def _attributes(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in ATTRIBUTES if record[name] is not None}


def _name(image: str) -> str:
    """What FiftyOne calls a file: its name without the ending."""
    return posixpath.splitext(image)[0]


FIFTYONE = Format(
    name=NAME,
    title="FiftyOne",
    purpose=PURPOSE,
    loading='fiftyone.Dataset.from_dir("SET", '
    "dataset_type=fiftyone.types.FiftyOneImageClassificationDataset)",
    files=_files,
    held_out=HeldOut.ASKED,
)
