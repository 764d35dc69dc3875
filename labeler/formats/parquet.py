"""Labels as Parquet, with or without the images, which keeps class ids as they are.

The schema key ``huggingface`` tells ``datasets`` which column is an image and what the labels are
called, in their original order. Everything else reads plain columns and ignores the key.
"""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.formats.base import File, Format, HeldOut, Options
from labeler.formats.images import image_contents
from labeler.formats.own_names import image_names
from labeler.formats.rows import LabelRows
from labeler.formats.sink import Sink
from labeler.records import UNLABELED

if TYPE_CHECKING:
    import pyarrow as pa  # an extra, imported where Parquet is written

NAME = "parquet"
PLACE = 3
PURPOSE = "For Hugging Face datasets, pandas and DuckDB: labels and images in one file."


def parquet_chunks(rows: LabelRows, options: Options) -> Iterator[bytes]:
    """One row group for each block of rows.

    ``label`` is null where there is none; ``answered_at`` is a timestamp in UTC.
    """
    import pyarrow.parquet as pq

    schema = _schema(rows, options.with_images)
    images = image_names(rows) if options.with_images else None
    sink = Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for part in _parts(rows, options):
            writer.write_table(_table(rows, part, schema, images))
            yield sink.drain()
    yield sink.drain()


def _parts(rows: LabelRows, options: Options) -> Iterator[slice]:
    if options.with_images:
        return rows.image_parts(options.progress)
    return rows.parts(options.progress)


def _schema(rows: LabelRows, with_images: bool) -> "pa.Schema":
    import pyarrow as pa

    image = [("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())]))]
    probabilities = [("probabilities", pa.list_(pa.float32()))]
    fields = [
        *(image if with_images else []),
        ("index", pa.int64()),
        ("file_name", pa.string()),
        ("label", pa.int64()),
        ("class_name", pa.string()),
        ("verdict", pa.string()),
        ("source", pa.string()),
        ("cluster", pa.int32()),
        ("distance", pa.float32()),
        ("rank_in_cluster", pa.int32()),
        ("confidence", pa.float32()),
        ("annotator", pa.string()),
        ("answered_at", pa.timestamp("us", "UTC")),
        ("split", pa.string()),
        ("path", pa.string()),
        *(probabilities if rows.probabilities is not None else []),
    ]
    schema = pa.schema(fields)
    features = {field.name: _feature(field, rows.class_names) for field in schema}
    described = json.dumps({"info": {"features": features}})
    return schema.with_metadata({"huggingface": described})


def _feature(field: "pa.Field", classes: tuple[str, ...]) -> dict[str, Any]:
    """A column as ``datasets`` describes it."""
    if field.name == "image":
        return {"_type": "Image"}
    if field.name == "label" and classes:
        return {"names": list(classes), "_type": "ClassLabel"}
    if field.name == "probabilities":
        return {"feature": {"dtype": "float32", "_type": "Value"}, "_type": "List"}
    dtypes = {"float": "float32"}
    return {"dtype": dtypes.get(str(field.type), str(field.type)), "_type": "Value"}


def _table(
    rows: LabelRows, part: slice, schema: "pa.Schema", images: Sequence[str] | None
) -> "pa.Table":
    import pyarrow as pa

    label_set = rows.label_set
    labels, is_known = label_set.labels[part], label_set.labels[part] != UNLABELED
    givers = list(rows.givers(part))
    n_rows, is_apart = part.stop - part.start, rows.clusters[part] < 0
    # The last name is what UNLABELED (-1) picks.
    names = np.array([*rows.class_names, None], dtype=object)
    columns: dict[str, Any] = {
        "index": rows.indices[part],
        "file_name": rows.file_names(part) or [None] * n_rows,
        "label": pa.array(labels, pa.int64(), mask=~is_known),
        "class_name": names[labels],
        "verdict": rows.verdict_names(part),
        "source": rows.source_names(part),
        "cluster": pa.array(rows.clusters[part], pa.int32(), mask=is_apart),
        "distance": pa.array(rows.distances[part], pa.float32(), mask=is_apart),
        "rank_in_cluster": pa.array(rows.ranks[part], pa.int32(), mask=is_apart),
        "confidence": label_set.confidences[part],
        "annotator": [None if giver is None else giver.annotator for giver in givers],
        "answered_at": [None if giver is None else giver.at for giver in givers],
        "split": rows.splits(part),
        "path": rows.paths(part),
    }
    if images is not None:
        columns["image"] = _images(rows, part, images[part])
    if rows.probabilities is not None:
        columns["probabilities"] = list(rows.probabilities[part])
    return pa.table({field.name: columns[field.name] for field in schema}, schema=schema)


def _images(rows: LabelRows, part: slice, names: Sequence[str]) -> list[dict[str, Any]]:
    named = zip(image_contents(rows, part), names, strict=True)
    return [{"bytes": content, "path": name} for content, name in named]


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    yield File(f"{options.name}.parquet", parquet_chunks(rows, options))


PARQUET = Format(
    name=NAME,
    title="Parquet",
    purpose=PURPOSE,
    loading='datasets.load_dataset("parquet", data_files="SET", '
    'filters=[("split", "==", "train")])',
    loading_sides='datasets.load_dataset("SET")',
    files=_files,
    suffix=".parquet",
    side_file="{side}-00000-of-00001.parquet",
    held_out=HeldOut.USUAL,
    library="pyarrow",
)
