"""Labels as JSON lines: one object for each image, null for what is not known."""

import json
from collections.abc import Iterator

from labeler.formats.base import File, Format, HeldOut, Images, Options
from labeler.formats.rows import LabelRows

NAME = "jsonl"
PLACE = 2
PURPOSE = "For scripts and pipelines that read one object per line."


def jsonl_chunks(rows: LabelRows, options: Options) -> Iterator[bytes]:
    """UTF-8 lines, a block of rows at a time."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for part in rows.parts(options.progress):
        yield "".join(f"{encode(record)}\n" for record in rows.records(part)).encode()


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    yield File(f"{options.name}.jsonl", jsonl_chunks(rows, options))


JSONL = Format(
    name=NAME,
    title="JSON lines",
    purpose=PURPOSE,
    loading='pandas.read_json("SET", lines=True, dtype=False)',
    files=_files,
    loading_sides='datasets.load_dataset("SET")',
    suffix=".jsonl",
    side_file="{side}.jsonl",
    images=Images.NEVER,
    held_out=HeldOut.USUAL,
)
