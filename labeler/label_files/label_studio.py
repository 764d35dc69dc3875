"""Labels as Label Studio's JSON: annotations are answers, predictions are suggestions.

Read are its full export (a list of tasks) and JSON_MIN (the choice beside the data). An
annotation that was cancelled is a skip.
"""

import re
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit

from labeler.export.markup import xml_text
from labeler.label_files.base import MAX_BYTES, LabelFile, LabelReader, find_cells
from labeler.label_files.json_text import NOT_JSON, only_hash, parse_json
from labeler.records import Source
from labeler.sniffing import content_kind

_UPLOADED = re.compile(r"[0-9a-f]{8}-")


def read_label_studio(file: BinaryIO, source: str) -> LabelFile:
    """Read the labels of one open file.

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
    names = _Names(tasks)
    hashes: list[object] = []
    n_disagreeing = 0
    for number, task in enumerate(tasks, start=1):
        if not isinstance(task, dict):
            reader.refuse_value(number, "the task", task, "an object")
        data_of = task.get("data", task)
        if not isinstance(data_of, dict):
            reader.refuse_value(number, "data", data_of, "an object")
        n_disagreeing += _add_task(reader, number, task, data_of, names)
        hashes.append(data_of.get("dataset_hash"))
    notes = [f"{n_disagreeing:,} tasks with several annotations: the newest of each is taken"]
    return reader.finish(only_hash(hashes), notes if n_disagreeing else ())


class _Names:
    """Class names behind the choices: XML, which the choices come from, cannot hold them all.

    An export of Labeler's says in each task's data what its class is really called.
    """

    def __init__(self, tasks: list[Any]) -> None:
        data = (task.get("data") for task in tasks if isinstance(task, dict))
        names = (one.get("class_name") for one in data if isinstance(one, dict))
        self.known = {name for name in names if isinstance(name, str)}
        self.written_out = {xml_text(name): name for name in self.known if xml_text(name) != name}

    def restore(self, choice: str | None, own: object) -> str | None:
        """The class that ``choice`` stands for in a task whose own class was ``own``."""
        if choice is None or not self.written_out:
            return choice
        written = xml_text(own) if isinstance(own, str) else ""
        # Two names that were written out alike are told apart by an underscore.
        if choice == written or ("\\" in written and choice == f"{written}_"):
            return str(own)
        return choice if choice in self.known else self.written_out.get(choice, choice)


def _add_task(
    reader: LabelReader,
    number: int,
    task: Mapping[str, Any],
    data: Mapping[str, Any],
    names: _Names,
) -> bool:
    """Take one task; whether its annotations disagree."""
    cells = _image_cells(data)
    own = data.get("class_name")
    annotations = _objects(reader, number, task, "annotations")
    if annotations:
        said = [
            (_choice(reader, number, one), bool(one.get("was_cancelled"))) for one in annotations
        ]
        newest = max(range(len(said)), key=lambda place: (_moment(annotations[place]), place))
        choice, is_skip = said[newest]
        cells["annotator"] = _annotator(annotations[newest]) or data.get("annotator")
        if is_skip:
            reader.add_skip(number, cells, Source.HUMAN)
        else:
            by = "oracle" if data.get("source") == "oracle" else "human"
            reader.add(number, {**cells, "class_name": names.restore(choice, own), "source": by})
        return len(set(said)) > 1
    predictions = _objects(reader, number, task, "predictions")
    if predictions:
        chosen = max(predictions, key=lambda one: _score(reader, number, one))
        choice = names.restore(_choice(reader, number, chosen), own)
        cells |= {"class_name": choice, "source": "propagated", "confidence": chosen.get("score")}
    elif "choice" in task:
        cells |= {"class_name": task["choice"], "source": "human"}
    reader.add(number, cells)
    return False


def _image_cells(data: Mapping[str, Any]) -> dict[str, Any]:
    """What names the image: Labeler's own keys first, then the address of the file."""
    columns = find_cells(key for key in data if key.lower() != "image")
    cells: dict[str, Any] = {
        cell: data[columns[cell]] for cell in ("index", "file_name") if cell in columns
    }
    address = data.get("image")
    if "file_name" not in cells and isinstance(address, str):
        cells["file_name"] = _file_name(address)
    return cells


def _file_name(address: str) -> str:
    """The file behind an address: ``/data/local-files/?d=a/b.png`` is ``a/b.png``."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    if parts.scheme == "data":
        return ""
    inside = parse_qs(parts.query).get("d")
    if inside:
        return inside[0]
    path = unquote(parts.path)
    if "/upload/" in path:
        return _UPLOADED.sub("", path.rpartition("/")[2], count=1)
    return path.lstrip("/")


def _choice(reader: LabelReader, number: int, one: Mapping[str, Any]) -> str | None:
    """The class that an annotation or a prediction names; None for an empty one."""
    results = _objects(reader, number, one, "result")
    found = [
        result.get("value") for result in results if result.get("type", "choices") == "choices"
    ]
    if not found:
        return None
    choices = found[0].get("choices") if isinstance(found[0], dict) else None
    if len(found) > 1 or not isinstance(choices, list) or len(choices) > 1:
        reader.refuse_value(number, "choices", choices, "one class for each image")
    if choices and not isinstance(choices[0], str):
        reader.refuse_value(number, "choices", choices[0], "the name of a class")
    return choices[0] if choices else None


def _objects(
    reader: LabelReader, number: int, holder: Mapping[str, Any], key: str
) -> list[dict[str, Any]]:
    found = holder.get(key) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        reader.refuse_value(number, key, found, "a list of objects")
    return found


def _moment(annotation: Mapping[str, Any]) -> str:
    """ISO 8601 sorts as text."""
    given = annotation.get("updated_at") or annotation.get("created_at")
    return given if isinstance(given, str) else ""


def _annotator(annotation: Mapping[str, Any]) -> str | None:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return None if who is None or isinstance(who, list | dict) else str(who)[:150]


def _score(reader: LabelReader, number: int, prediction: Mapping[str, Any]) -> float:
    score = prediction.get("score")
    if score is None:
        return 0.0
    if isinstance(score, bool) or not isinstance(score, int | float):
        reader.refuse_value(number, "score", score, "a number from 0 to 1")
    return score  # an int of 400 digits is no float, and still larger than the others
