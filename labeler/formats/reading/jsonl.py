"""Labels in JSON Lines: one object a line, with the names of the CSV's columns."""

from typing import BinaryIO

from labeler.formats.reading.base import (
    MAX_BYTES,
    LabelFile,
    LabelReader,
    find_cells,
    require_cells,
)
from labeler.formats.reading.json_text import NOT_JSON, only_hash, parse_json
from labeler.imaging.sniffing import content_kind

NAME = "jsonl"
PLACE = 2
SUFFIXES = (".jsonl", ".ndjson")

MAX_LINE = 4_000_000


def read_jsonl(file: BinaryIO, source: str) -> LabelFile:
    """Read the labels of one open file.

    Raises
    ------
    InputError
        JSON-1 for a line that is no JSON object; LABEL-1, LABEL-2, LABEL-4.
    """
    reader = LabelReader(source, "jsonl")
    hashes: list[object] = []
    n_bytes = 0
    for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), b""), start=1):
        n_bytes += len(line)
        if number == 1 and content_kind(line[:512]) in NOT_JSON:
            reader.refuse("JSON-1", f"this is {content_kind(line[:512])}", "JSON Lines in UTF-8")
        if len(line) > MAX_LINE or n_bytes > MAX_BYTES:
            limit = f"lines of at most {MAX_LINE:,} bytes, {MAX_BYTES:,} in all"
            reader.refuse("JSON-1", f"line {number:,} goes beyond the limit", limit)
        if not line.strip():
            continue
        entry = parse_json(line, reader, f"line {number:,}: ")
        if not isinstance(entry, dict):
            kind = type(entry).__name__
            reader.refuse("JSON-1", f"line {number:,} is a {kind}", "one object a line")
        columns = find_cells(entry)
        require_cells(reader, columns, entry)
        reader.add(number, {cell: entry[column] for cell, column in columns.items()})
        hashes.append(entry.get("dataset_hash"))
    return reader.finish(only_hash(hashes))
