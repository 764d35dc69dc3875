"""Labels as Label Studio writes them: annotations are answers, predictions are suggestions.

Read are its full JSON (a list of tasks), and what has the annotation beside the task's data, one
row for each annotation: JSON_MIN, CSV and TSV. An annotation that was cancelled is a skip. One
that says what Labeler wrote into the task, and that nobody worked on there, is the answer that
Labeler wrote: it stays that annotator's, and of its time.
"""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from labeler.formats.reading.base import MAX_BYTES, LabelFile, LabelReader
from labeler.formats.reading.json_text import NOT_JSON, only_hash, parse_json
from labeler.formats.reading.studio_annotations import (
    ChoiceNames,
    Said,
    newest_said,
    objects,
    own_annotator,
    scored,
)
from labeler.formats.reading.studio_images import image_cells
from labeler.formats.reading.studio_rows import is_row, unfolded
from labeler.imaging.sniffing import content_kind

NAME = "label-studio"
PLACE = 4
SUFFIXES = (".json",)


def read_label_studio(file: BinaryIO, source: str) -> LabelFile:
    """Read the labels of one open JSON file.

    Raises
    ------
    InputError
        JSON-1 for what is no JSON; LABEL-1, LABEL-2, LABEL-4.
    """
    reader = LabelReader(source, "label-studio")
    data = file.read(MAX_BYTES + 1)
    if content_kind(data[:512]) in NOT_JSON:
        reader.refuse("JSON-1", f"this is {content_kind(data[:512])}", "a JSON list of tasks")
    if len(data) > MAX_BYTES:
        reader.refuse("JSON-1", f"more than {MAX_BYTES:,} bytes", "a smaller file", "Split it.")
    tasks = parse_json(data, reader)
    if not isinstance(tasks, list):
        kind = type(tasks).__name__
        reader.refuse("JSON-1", f"the file holds one {kind}", "a list of tasks")
    for number, task in enumerate(tasks, start=1):
        if not isinstance(task, dict):
            reader.refuse_value(number, "the task", task, "an object")
    return read_tasks(reader, list(enumerate(tasks, start=1)))


def read_tasks(reader: LabelReader, tasks: Sequence[tuple[int, Mapping[str, Any]]]) -> LabelFile:
    """Read tasks, or rows with an annotation each, numbered as they stand in the file.

    Raises
    ------
    InputError
        LABEL-1, LABEL-2, LABEL-4.
    """
    if any(is_row(task) for _, task in tasks):
        tasks = unfolded(reader, tasks)
    collected = _Tasks(reader, tasks)
    for number, task in tasks:
        collected.add(number, task)
    return reader.finish(only_hash(collected.hashes), collected.notes())


class _Tasks:
    """The tasks of a file on their way to the reader."""

    def __init__(self, reader: LabelReader, tasks: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        self.reader = reader
        self.names = ChoiceNames(task.get("data") for _, task in tasks)
        self.hashes: list[object] = []
        self.n_disagreeing = 0
        self.n_numbered = 0

    def add(self, number: int, task: Mapping[str, Any]) -> None:
        """Take one task."""
        data = task.get("data", task)
        if not isinstance(data, dict):
            self.reader.refuse_value(number, "data", data, "an object")
        self.hashes.append(data.get("dataset_hash"))
        cells = image_cells(data)
        newest, is_disagreeing = newest_said(self.reader, number, task, data, self.names)
        self.n_disagreeing += is_disagreeing
        if newest is not None:
            cells |= _answer(newest, data)
        else:
            cells |= _own_verdict(data) or self._predicted(number, task, data)
        self.reader.add(number, cells)

    def notes(self) -> list[str]:
        """What the user should know about how the file was read."""
        notes = []
        if self.n_disagreeing:
            notes.append(
                f"{self.n_disagreeing:,} tasks with several annotations that differ: the newest "
                "that names a class is taken"
            )
        if self.n_numbered:
            notes.append(
                f"{self.n_numbered:,} tasks name their predictions by number only: those are not "
                "in the file"
            )
        return notes

    def _predicted(
        self, number: int, task: Mapping[str, Any], data: Mapping[str, Any]
    ) -> dict[str, Any]:
        predictions = task.get("predictions") or []
        if isinstance(predictions, list) and predictions and set(map(type, predictions)) == {int}:
            self.n_numbered += 1
            return {}
        if not objects(self.reader, number, task, "predictions"):
            return {}
        choice, score = scored(self.reader, number, predictions)
        name = self.names.restore(choice, data.get("class_name"))
        return {"class_name": name, "source": "propagated", "confidence": score}


def _answer(newest: Said, data: Mapping[str, Any]) -> dict[str, Any]:
    """What an annotation makes of a task; nothing if it names nothing."""
    by = data.get("source") if newest.is_labelers_own else "human"
    cells = {
        "source": "oracle" if by == "oracle" else "human",
        "annotator": newest.annotator,
        "answered_at": newest.answered_at,
    }
    return cells | ({"verdict": "skip"} if newest.is_skip else {"class_name": newest.choice})


def _own_verdict(data: Mapping[str, Any]) -> dict[str, Any]:
    """The answer without a class that Labeler wrote into a task that nobody annotated."""
    if data.get("verdict") not in ("skip", "mixed"):
        return {}
    by = "oracle" if data.get("source") == "oracle" else "human"
    who = {"annotator": own_annotator(data), "answered_at": data.get("answered_at")}
    return {"verdict": data["verdict"], "source": by, **who}
