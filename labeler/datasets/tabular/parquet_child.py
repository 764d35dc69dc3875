"""The images of a Parquet file, in a process of their own: a damaged file can end a whole process.

It reads standard input (a file, not a pipe) and writes for each row one line of JSON, then the
bytes of the image that the line counts; at last a line that says so, or why there is none.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from labeler.datasets import limits
from labeler.datasets.text.column_names import IMAGE_LABEL_NAMES
from labeler.sandbox.children import limit_process

MAX_MEMORY = 4_000_000_000
MAX_CPU_SECONDS = 600
FILE_NAME = "file_name"
"""The column that names images which lie beside the file, where it holds none itself."""

_AT_ONCE = 64
_METADATA = 100_000_000
_IMAGE_NAMES = ("image", "img", "picture", "photo", "jpg", "png")
_TOLD = ("source", "split")
_MAX_NAMES = 100_000


class RefusedError(Exception):
    """A file that is not what it should be: code, found, expected."""


def main(file: BinaryIO, out: BinaryIO) -> None:
    """Read, and say what is found or what is wrong."""
    limit_process(MAX_MEMORY, MAX_CPU_SECONDS)
    try:
        for told, data in _rows(file):
            out.write(json.dumps(told).encode() + b"\n" + data)
        out.write(b'{"end": true}\n')
    except RefusedError as error:
        out.write(json.dumps({"refused": error.args}).encode() + b"\n")
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        found = f"it cannot be read ({' '.join(str(error).split())[:120]})"
        refused = ("PARQUET-1", found, "a whole Parquet file")
        out.write(json.dumps({"refused": refused}).encode() + b"\n")


def _rows(file: BinaryIO) -> Iterator[tuple[dict[str, Any], bytes]]:
    parquet = pq.ParquetFile(
        file,
        memory_map=False,
        thrift_string_size_limit=_METADATA,
        thrift_container_size_limit=1_000_000,
    )
    schema = parquet.schema_arrow
    features = _features(schema)
    is_list = not any(_holds_bytes(field.type) for field in schema) and FILE_NAME in schema.names
    image, label = FILE_NAME if is_list else _image_column(schema), _label_column(schema, features)
    names = _class_names(features, label)
    told = [name for name in _TOLD if name in schema.names]
    wanted = [image, *([label] if label else []), *told]
    _check_size(parquet.metadata)
    for batch in parquet.iter_batches(_AT_ONCE, columns=wanted):
        columns = batch.to_pydict()
        for place, cell in enumerate(columns[image]):
            inside = cell if isinstance(cell, dict) else {"bytes": cell, "path": cell}
            data, path = inside.get("bytes"), inside.get("path")
            data = data if isinstance(data, bytes) else b""
            value = columns[label][place] if label else None
            row: dict[str, Any] = {name: _text(columns[name][place]) for name in told}
            row |= {"class": _class_of(value, names), "path": _text(path), "bytes": len(data)}
            yield row, data


def _features(schema: pa.Schema) -> dict[str, Any]:
    """What Hugging Face's metadata says of the columns; nothing where it is absent or damaged."""
    try:
        described = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = described["info"]["features"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}
    return features if isinstance(features, dict) else {}


def _image_column(schema: pa.Schema) -> str:
    """The column of images: bytes, or a struct that holds them."""
    if len(set(schema.names)) < len(schema.names):
        raise RefusedError("PARQUET-3", "a column appears twice", "each column once")
    likely = [field.name for field in schema if _holds_bytes(field.type)]
    named = [name for name in likely if name.lower() in _IMAGE_NAMES]
    if not likely:
        columns = ", ".join(name[:40] for name in schema.names[:8])
        expected = "a column of images, as Hugging Face datasets has"
        raise RefusedError("PARQUET-3", f"the columns are {columns}", expected)
    return str((named or likely)[0])


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(part.name == "bytes" and _holds_bytes(part.type) for part in kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _label_column(schema: pa.Schema, features: dict[str, Any]) -> str | None:
    """The column of labels: one called so, else the first that the metadata calls one."""
    flat = [field.name for field in schema if not pa.types.is_nested(field.type)]
    named = [name for known in IMAGE_LABEL_NAMES for name in flat if name.lower() == known]
    described = [name for name in flat if _is_label(features.get(name))]
    return next(iter([*named, *described]), None)


def _is_label(feature: object) -> bool:
    return isinstance(feature, dict) and feature.get("_type") == "ClassLabel"


def _class_names(features: dict[str, Any], label: str | None) -> list[str]:
    feature = features.get(label) if label else None
    names = feature.get("names") if isinstance(feature, dict) else None
    if not isinstance(names, list) or len(names) > _MAX_NAMES:
        return []
    return names if all(isinstance(name, str) for name in names) else []


def _class_of(value: object, names: list[str]) -> str:
    """The name of a class; empty where it is not known, which Hugging Face writes as -1."""
    if value is None or value == -1:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
        return names[value]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _text(value)


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _check_size(metadata: pq.FileMetaData) -> None:
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    n_bytes = sum(group.total_byte_size for group in groups)
    if metadata.num_rows > limits.MAX_ENTRIES or n_bytes > limits.MAX_UNPACKED_BYTES:
        found = f"it declares {metadata.num_rows:,} rows of {n_bytes:,} bytes"
        most = f"at most {limits.MAX_ENTRIES:,} rows and {limits.MAX_UNPACKED_BYTES:,} bytes"
        raise RefusedError("PARQUET-2", found, most)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
