"""The rows of a Parquet file, in a process of their own: a damaged file can end a whole process.

It reads standard input (a file, not a pipe) and
writes one JSON object a line: blocks of columns, then the end; or why there is none.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from labeler.exceptions import InputError
from labeler.formats.reading.base import (
    MAX_ROWS,
    LabelFile,
    LabelReader,
    find_cells,
    require_cells,
)
from labeler.sandbox.children import limit_process

MAX_UNPACKED = 1_000_000_000
"""Bytes of the columns that are read, as the file itself declares them."""

MAX_MEMORY = 4_000_000_000
MAX_CPU_SECONDS = 120
_AT_ONCE = 10_000
_METADATA = 100_000_000
_HUGGING_FACE, _LABELER = b"huggingface", b"labeler"
_PLAIN = {str, int, float, bool, type(None)}


class ParquetRows:
    """The columns that are labels, block by block.

    Parameters
    ----------
    file : file object
        With a position that can be set.
    reader : LabelReader
        Refuses what is wrong.

    Attributes
    ----------
    dataset_hash : str or None

    Raises
    ------
    InputError
        PARQUET-1 for a damaged file, PARQUET-2 for one that is too large, LABEL-1 and LABEL-2.
    """

    def __init__(self, file: BinaryIO, reader: LabelReader) -> None:
        self.reader = reader
        with _readable(reader):
            self.parquet = pq.ParquetFile(
                file,
                memory_map=False,
                thrift_string_size_limit=_METADATA,
                thrift_container_size_limit=1_000_000,
            )
            schema = self.parquet.schema_arrow
            self.columns = _columns(schema, reader)
            _check_size(self.parquet.metadata, self.columns, reader)
            self.names = _class_names(schema, self.columns)
            self.dataset_hash = _dataset_hash(schema)

    def blocks(self) -> Iterator[tuple[int, dict[str, list[Any]]]]:
        """The first row of each block, and its cells by column; rows count from 1."""
        row = 1
        with _readable(self.reader):
            wanted = sorted(set(self.columns.values()))
            for batch in self.parquet.iter_batches(_AT_ONCE, columns=wanted):
                cells = _cells(batch, self.columns)
                if self.names and "label" in cells:
                    cells["label"] = [
                        _name(self.names, label, place, self.reader)
                        if type(label) is int
                        else label
                        for place, label in enumerate(cells["label"], start=row)
                    ]
                self._require_plain(row, cells)
                yield row, cells
                row += batch.num_rows

    def _require_plain(self, row: int, cells: Mapping[str, list[Any]]) -> None:
        """Refuse bytes, dates and the like, which JSON has no word for."""
        for column, values in cells.items():
            if not set(map(type, values)) <= _PLAIN:
                place = next(n for n, value in enumerate(values) if type(value) not in _PLAIN)
                self.reader.refuse_value(row + place, column, values[place], "a text or a number")


def read_here(file: BinaryIO, source: str) -> LabelFile:
    """Read the labels of one open file in this process: for files that are known to be sound."""
    reader = LabelReader(source, "parquet")
    rows = ParquetRows(file, reader)
    for row, cells in rows.blocks():
        reader.add_block(row, cells)
    return reader.finish(rows.dataset_hash)


def main(file: BinaryIO, out: TextIO) -> None:
    """Read, and say what is found or what is wrong."""
    limit_process(MAX_MEMORY, MAX_CPU_SECONDS)
    try:
        rows = ParquetRows(file, LabelReader("", "parquet"))
        for row, cells in rows.blocks():
            out.write(json.dumps({"row": row, "cells": cells}) + "\n")
        out.write(json.dumps({"end": rows.dataset_hash}) + "\n")
    except InputError as error:
        refused = [error.code, error.found, error.expected, error.remedy]
        out.write(json.dumps({"refused": refused}) + "\n")


def _columns(schema: pa.Schema, reader: LabelReader) -> dict[str, str]:
    """What to read: of an image that is bytes and a path, the path alone."""
    flat = [field.name for field in schema if not pa.types.is_nested(field.type)]
    columns = find_cells(flat)
    images = [
        field.name
        for field in schema
        if pa.types.is_struct(field.type) and "path" in [part.name for part in field.type]
    ]
    if "file_name" not in columns and images:
        columns["file_name"] = f"{images[0]}.path"
    if len(set(schema.names)) < len(schema.names):
        reader.refuse("LABEL-1", "a column appears twice", "each column once")
    require_cells(reader, columns, schema.names)
    return columns


def _check_size(metadata: pq.FileMetaData, columns: Mapping[str, str], reader: LabelReader) -> None:
    """What the file declares is checked before anything of it is unpacked."""
    wanted = set(columns.values())
    n_bytes = sum(
        group.column(number).total_uncompressed_size
        for group in map(metadata.row_group, range(metadata.num_row_groups))
        for number in range(metadata.num_columns)
        if group.column(number).path_in_schema in wanted
    )
    if metadata.num_rows > MAX_ROWS or n_bytes > MAX_UNPACKED:
        found = f"it declares {metadata.num_rows:,} rows, {n_bytes:,} bytes of labels"
        limit = f"at most {MAX_ROWS:,} rows and {MAX_UNPACKED:,} bytes"
        reader.refuse("PARQUET-2", found, limit, "Split the file.")


def _cells(batch: pa.RecordBatch, columns: Mapping[str, str]) -> dict[str, list[Any]]:
    values = {}
    for cell, column in columns.items():
        outer, _, inner = column.partition(".")
        array = batch.column(column if column in batch.schema.names else outer)
        if column not in batch.schema.names:
            array = array.field(inner) if array.null_count == 0 else array.flatten()[0]
        values[cell] = (_as_text(array) if cell == "answered_at" else array).to_pylist()
    return values


def _as_text(moments: pa.Array) -> pa.Array:
    """Dates and times as ISO 8601, in UTC where they have a zone; anything else as it is."""
    if pa.types.is_timestamp(moments.type) and moments.type.tz:
        moments = moments.cast(pa.timestamp(moments.type.unit, "UTC"))
    return moments.cast(pa.string()) if pa.types.is_temporal(moments.type) else moments


def _name(names: list[str], label: int, row: int, reader: LabelReader) -> str | None:
    if label == -1:
        return None
    if not 0 <= label < len(names):
        reader.refuse_value(row, "label", label, f"a class from 0 to {len(names) - 1}")
    return names[label]


def _class_names(schema: pa.Schema, columns: Mapping[str, str]) -> list[str]:
    """The class names that Hugging Face's metadata gives the label column; none without."""
    value = _metadata(schema, _HUGGING_FACE)
    for key in ("info", "features", columns.get("label", "label"), "names"):
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return value
    return []


def _dataset_hash(schema: pa.Schema) -> str | None:
    metadata = _metadata(schema, _LABELER)
    value = metadata.get("dataset_hash") if isinstance(metadata, dict) else None
    return value if isinstance(value, str) else None


def _metadata(schema: pa.Schema, key: bytes) -> Any:
    """One entry of the schema's metadata; a damaged one says nothing."""
    try:
        return json.loads((schema.metadata or {}).get(key, b"null"))
    except (ValueError, RecursionError):
        return None


@contextmanager
def _readable(reader: LabelReader) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        found = f"it cannot be read ({' '.join(str(error).split())[:120]})"
        reader.refuse("PARQUET-1", found, "a whole Parquet file", "Export it again.")


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout)
