"""Label Studio's JSON_MIN, CSV and TSV: a row for each annotation, with the task's data in it."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from labeler.datasets.listings.studio_tasks import CHOICE, OWN_COLUMNS, choice_column, images_in
from labeler.datasets.text.csv_text import decode
from labeler.exceptions import refuse
from labeler.formats.reading.base import LabelReader

_MARK = "annotation_id"
_FLOAT = re.compile(r"(\d+)\.0")

Numbered = tuple[int, Mapping[str, Any]]


def is_row(task: Mapping[str, Any]) -> bool:
    """Whether this is a row of an annotation, not a task with a list of them."""
    return "data" not in task and (_MARK in task or CHOICE in task)


def is_studio_header(line: bytes) -> bool:
    """Whether the first line of a CSV or TSV file is Label Studio's."""
    names = line.decode("utf-8-sig", "replace").strip()
    columns = {name.strip().strip('"') for name in re.split("[,\t]", names)}
    return {_MARK, "annotator"} <= columns


def csv_rows(data: bytes, source: str) -> list[Numbered]:
    """The rows of Label Studio's CSV or TSV, numbered; empty cells are None.

    Raises
    ------
    InputError
        CSV-1 to CSV-3 for what is no CSV in UTF-8.
    """
    text = decode(data, source, first_row=1)
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Numbered] = []
    try:
        header = [name.strip() for name in next(reader)]
        for number, cells in enumerate(reader, start=2):
            if len(cells) != len(header):
                found = f"row {number:,} has {len(cells):,} values, row 1 has {len(header):,}"
                refuse("CSV-3", source, found, "as many values in every row")
            rows.append((number, {n: c or None for n, c in zip(header, cells, strict=True)}))
    except csv.Error as error:
        refuse("CSV-2", source, f"a quote after row {len(rows) + 1:,} ({error})", "closed quotes")
    return rows


def unfolded(reader: LabelReader, rows: Sequence[Numbered]) -> list[Numbered]:
    """The tasks behind rows: those with one ``id`` are one task with several annotations.

    Raises
    ------
    InputError
        LABEL-1 if no column says what was chosen.
    """
    column = _choice_column(reader, rows)
    tasks: dict[object, tuple[int, dict[str, Any]]] = {}
    for number, row in rows:
        _require_plain(reader, number, row)
        key = ("row", number) if row.get("id") is None else ("task", str(row["id"]))
        data = {name: value for name, value in row.items() if name not in (*OWN_COLUMNS, column)}
        data["index"] = _as_whole(data.get("index"))
        _, task = tasks.setdefault(key, (number, {"data": data, "annotations": []}))
        if row.get(_MARK) is not None or row.get(column) is not None:
            task["annotations"].append(_annotation(row, column))
    return list(tasks.values())


def _require_plain(reader: LabelReader, number: int, row: Mapping[str, Any]) -> None:
    if "data" in row:
        reader.refuse_value(number, "data", row["data"], "the same kind of task throughout")


def _choice_column(reader: LabelReader, rows: Sequence[Numbered]) -> str:
    """The column with what was chosen; never one that Labeler wrote itself."""
    columns = dict.fromkeys(name for _, row in rows for name in row)
    is_labelers = {"class_name", "source", "rank_in_cluster"} <= columns.keys()
    column = choice_column(columns, images_in(rows[0][1]) if rows else ())
    if not column or (is_labelers and column != CHOICE):
        shown = ", ".join(repr(str(name)[:40]) for name in columns)
        reader.refuse(
            "LABEL-1",
            f"an export of Label Studio with the columns {shown[:400]}",
            f"a column {CHOICE} with what was chosen there",
            f"Call the choice {CHOICE!r} in the labeling interface, or export as JSON.",
        )
    return column


def _annotation(row: Mapping[str, Any], column: str) -> dict[str, Any]:
    choices = _choices(row.get(column))
    result = [{"type": "choices", "value": {"choices": choices}}] if choices else []
    times = {name: row.get(name) for name in ("created_at", "updated_at", "lead_time")}
    return {"result": result, "completed_by": _as_whole(row.get("annotator")), **times}


def _choices(cell: object) -> list[Any]:
    """One choice is a text, several are ``{"choices": […]}``, in CSV as text."""
    if isinstance(cell, str) and cell.startswith('{"choices":'):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            return [cell]
    if isinstance(cell, dict):
        choices = cell.get("choices")
        return choices if isinstance(choices, list) else [cell]
    return [] if cell in (None, "") else cell if isinstance(cell, list) else [cell]


def _as_whole(value: object) -> object:
    """A column of numbers with a gap in it comes out as 3.0."""
    match = _FLOAT.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else value
