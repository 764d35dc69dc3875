"""Labels in Parquet, with the CSV's columns; images in the file are never looked at.

A label that is a number is an index into the class names of Hugging Face's schema metadata,
where the file has them.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO

from labeler.exceptions import ConfigError
from labeler.label_files.base import (
    MAX_ROWS,
    LabelFile,
    LabelReader,
    find_cells,
    require_cells,
)

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MAX_UNPACKED = 1_000_000_000
"""Bytes of the columns that are read, as the file itself declares them."""

_AT_ONCE = 50_000
_METADATA = 100_000_000
_HUGGING_FACE, _LABELER = b"huggingface", b"labeler"


def read_parquet(file: BinaryIO, source: str) -> LabelFile:
    """Read the labels of one open file.

    Raises
    ------
    InputError
        PARQUET-1 for a damaged file, PARQUET-2 for one that is too large, LABEL-1 and LABEL-2.
    ConfigError
        pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise ConfigError("Parquet needs pyarrow: pip install 'labeler[parquet]'.")
    import pyarrow.parquet as pq

    reader = LabelReader(source, "parquet")
    with _readable(reader):
        parquet = pq.ParquetFile(
            file,
            memory_map=False,
            thrift_string_size_limit=_METADATA,
            thrift_container_size_limit=1_000_000,
        )
        schema = parquet.schema_arrow
        columns = _columns(schema, reader)
        _check_size(parquet.metadata, columns, reader)
        names = _class_names(schema, columns)
        _read_rows(parquet, columns, names, reader)
    return reader.finish(_dataset_hash(schema))


def _columns(schema: "pa.Schema", reader: LabelReader) -> dict[str, str]:
    """What to read: of an image that is bytes and a path, the path alone."""
    import pyarrow as pa

    flat = [one.name for one in schema if not pa.types.is_nested(one.type)]
    columns = find_cells(flat)
    images = [
        one.name
        for one in schema
        if pa.types.is_struct(one.type) and "path" in [part.name for part in one.type]
    ]
    if "file_name" not in columns and images:
        columns["file_name"] = f"{images[0]}.path"
    if len(set(schema.names)) < len(schema.names):
        reader.refuse("LABEL-1", "a column appears twice", "each column once")
    require_cells(reader, columns, schema.names)
    return columns


def _check_size(
    metadata: "pq.FileMetaData", columns: Mapping[str, str], reader: LabelReader
) -> None:
    """What the file declares is checked before anything of it is unpacked."""
    wanted = set(columns.values())
    n_bytes = sum(
        group.column(number).total_uncompressed_size
        for group in (metadata.row_group(one) for one in range(metadata.num_row_groups))
        for number in range(metadata.num_columns)
        if group.column(number).path_in_schema in wanted
    )
    if metadata.num_rows > MAX_ROWS or n_bytes > MAX_UNPACKED:
        found = f"it declares {metadata.num_rows:,} rows, {n_bytes:,} bytes of labels"
        limit = f"at most {MAX_ROWS:,} rows and {MAX_UNPACKED:,} bytes"
        reader.refuse("PARQUET-2", found, limit, "Split the file.")


def _read_rows(
    parquet: "pq.ParquetFile", columns: Mapping[str, str], names: list[str], reader: LabelReader
) -> None:
    row = 1
    for batch in parquet.iter_batches(_AT_ONCE, columns=sorted(set(columns.values()))):
        cells = _cells(batch, columns)
        if names and "label" in cells:
            cells["label"] = [
                _name(names, label, place, reader) if type(label) is int else label
                for place, label in enumerate(cells["label"], start=row)
            ]
        reader.add_block(row, cells)
        row += batch.num_rows


def _cells(batch: "pa.RecordBatch", columns: Mapping[str, str]) -> dict[str, list[Any]]:
    values = {}
    for cell, column in columns.items():
        outer, _, inner = column.partition(".")
        found = batch.column(column if column in batch.schema.names else outer)
        if column not in batch.schema.names:
            found = found.field(inner) if found.null_count == 0 else found.flatten()[0]
        values[cell] = found.to_pylist()
    return values


def _name(names: list[str], label: int, row: int, reader: LabelReader) -> str | None:
    if label == -1:
        return None
    if not 0 <= label < len(names):
        reader.refuse_value(row, "label", label, f"a class from 0 to {len(names) - 1}")
    return names[label]


def _class_names(schema: "pa.Schema", columns: Mapping[str, str]) -> list[str]:
    """The class names that Hugging Face's metadata gives the label column; none without."""
    found = _metadata(schema, _HUGGING_FACE)
    for key in ("info", "features", columns.get("label", "label"), "names"):
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, list) and all(isinstance(name, str) for name in found):
        return found
    return []


def _dataset_hash(schema: "pa.Schema") -> str | None:
    found = _metadata(schema, _LABELER)
    given = found.get("dataset_hash") if isinstance(found, dict) else None
    return given if isinstance(given, str) else None


def _metadata(schema: "pa.Schema", key: bytes) -> Any:
    """One entry of the schema's metadata; a damaged one says nothing."""
    try:
        return json.loads((schema.metadata or {}).get(key, b"null"))
    except (ValueError, RecursionError):
        return None


@contextmanager
def _readable(reader: LabelReader) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
        found = f"it cannot be read ({' '.join(str(error).split())[:120]})"
        reader.refuse("PARQUET-1", found, "a whole Parquet file", "Export it again.")
