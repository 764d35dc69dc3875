"""Labels as Label Studio writes them: annotations are answers, predictions are suggestions.

Read are its full JSON (a list of tasks), and what has the annotation beside the task's data, one
row for each annotation: JSON_MIN, CSV and TSV. An annotation that was cancelled is a skip. One
that says what Labeler wrote into the task, and that nobody worked on there, is the answer that
Labeler wrote: it stays that annotator's, and of its time.
"""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from labeler.datasets.listings.studio_tasks import (
    UnclearTaskError,
    address_in,
    choice_of,
    file_at_address,
    objects,
    predictions_of,
    surest,
)
from labeler.datasets.text.column_names import SURE_FILE_NAMES
from labeler.formats.reading.base import MAX_BYTES, LabelFile, LabelReader, find_cells
from labeler.formats.reading.json_text import NOT_JSON, only_hash, parse_json
from labeler.formats.reading.studio_annotations import (
    ANSWERS,
    ChoiceNames,
    Said,
    newest_said,
    own_annotator,
)
from labeler.formats.reading.studio_rows import is_row, unfolded
from labeler.imaging.sniffing import content_kind

NAME = "label-studio"
PLACE = 4
SUFFIXES = (".json",)

_IMAGE = ("index", "file_name", "split")


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
        try:
            self.reader.add(number, _image_cells(data) | self._said(task, data))
        except UnclearTaskError as error:
            self.reader.refuse_value(number, *error.args)

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

    def _said(self, task: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        said, is_disagreeing = newest_said(objects(task, "annotations"), data, self.names)
        self.n_disagreeing += is_disagreeing
        if said is not None:
            return _answer(said, data)
        return _own_verdict(data) or self._predicted(task, data)

    def _predicted(self, task: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        predictions = predictions_of(task)
        self.n_numbered += predictions is None
        if not predictions:
            return {}
        prediction = surest(predictions)
        name = self.names.restore(choice_of(prediction), data.get("class_name"))
        return {"class_name": name, "source": "propagated", "confidence": prediction.get("score")}


def _image_cells(data: Mapping[str, Any]) -> dict[str, Any]:
    """What names the image: keys that only files have, else its address, else any other key."""
    columns = find_cells(key for key in data if key.lower() != "image")
    cells: dict[str, Any] = {cell: data[columns[cell]] for cell in _IMAGE if cell in columns}
    is_sure = columns.get("file_name", "").strip().lower() in SURE_FILE_NAMES
    if not is_sure and (isinstance(data.get("image"), str) or address_in(data)):
        cells["file_name"] = file_at_address(data)
    return cells


def _answer(said: Said, data: Mapping[str, Any]) -> dict[str, Any]:
    """What an annotation makes of a task; nothing if it names nothing."""
    by = data.get("source") if said.is_labelers_own and not said.is_skip else "human"
    cells = {
        "source": by if by in ANSWERS else "human",
        "annotator": said.annotator,
        "answered_at": said.answered_at,
    }
    return cells | ({"verdict": "skip"} if said.is_skip else {"class_name": said.choice})


def _own_verdict(data: Mapping[str, Any]) -> dict[str, Any]:
    """The answer without a class that Labeler wrote into a task that nobody annotated."""
    if data.get("verdict") not in ("skip", "mixed"):
        return {}
    by = "oracle" if data.get("source") == "oracle" else "human"
    who = {"annotator": own_annotator(data), "answered_at": data.get("answered_at")}
    return {"verdict": data["verdict"], "source": by, **who}
