"""What a task of Label Studio says: which image it shows, and which class was chosen.

Of several annotations the newest that names a class counts, of several predictions the surest.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from labeler.datasets.text.column_names import CLASS_NAMES, LABEL_NAMES
from labeler.datasets.text.image_names import IMAGE_ENDINGS

CHOICE = "choice"
"""What the control is called in the interface that Labeler writes."""

OWN_COLUMNS = ("id", "annotation_id", "annotator", "created_at", "updated_at", "lead_time")
"""Of a row for each annotation, beside the data of the task and what was chosen."""

_UPLOAD = re.compile(r"/data/upload/(?:[0-9]+/)?([^/?#]+)$")
_UPLOADED = re.compile(r"[0-9a-f]{8}-")


class UnclearTaskError(ValueError):
    """A task that says nothing clear.

    Parameters
    ----------
    key : str
        Where.
    value : object
        What stands there.
    expected : str
    """

    def __init__(self, key: str, value: object, expected: str) -> None:
        super().__init__(key, value, expected)


def file_at_address(data: Mapping[str, Any]) -> str:
    """The file behind the address of the image in a task's data; empty without one.

    Beside an export it is the image in it, whatever the image was called before.
    """
    return file_name(address_in(data))


def address_in(data: Mapping[str, Any]) -> str:
    """The address of the image in a task's data, whatever the project calls it; empty without."""
    address = data.get("image")
    if isinstance(address, str):
        return address
    texts = (value for value in data.values() if isinstance(value, str))
    return next(filter(_is_image_address, texts), "")


def _is_image_address(text: str) -> bool:
    return file_name(text).lower().endswith(IMAGE_ENDINGS)


def path_at(address: str) -> str:
    """The same as ``file_name``, but for uploads: their path in Label Studio, with the prefix."""
    return unquote(address) if _UPLOAD.search(address) else file_name(address)


def names_of_upload(path: str) -> tuple[str, ...]:
    """What a file that was uploaded to Label Studio is called there, and was before; else none."""
    match = _UPLOAD.search(path)
    name = unquote(match[1]) if match else ""
    return (name, without_upload_prefix(name)) if name else ()


def choice_column(columns: Collection[str], images: Collection[str]) -> str:
    """The column with what was chosen, of a row for each annotation; empty where it is not clear.

    Parameters
    ----------
    columns : collection of str
    images : collection of str
        Those with the addresses of images.
    """
    if CHOICE in columns:
        return CHOICE
    named = ("choices", *CLASS_NAMES, *LABEL_NAMES)
    likely = [name for name in columns if name.lower() in named]
    others = [name for name in columns if name not in (*OWN_COLUMNS, *images)]
    return (likely or others)[0] if len(likely or others) == 1 else ""


def images_in(row: Mapping[str, Any]) -> list[str]:
    """The columns with addresses of images, by one row."""
    texts = {name: cell for name, cell in row.items() if isinstance(cell, str)}
    return [name for name in texts if name == "image" or _is_image_address(texts[name])]


def chosen_in(row: Mapping[str, Any]) -> str:
    """The class in a row of an annotation; empty where it names none, or several."""
    chosen = row.get(choice_column(row.keys(), images_in(row)))
    if isinstance(chosen, dict):
        chosen = chosen.get("choices")
    if isinstance(chosen, list):
        chosen = chosen[0] if len(chosen) == 1 else ""
    is_plain = isinstance(chosen, str | int) and not isinstance(chosen, bool)
    return str(chosen) if is_plain else ""


def file_name(address: str) -> str:
    """The file behind an address: ``/data/local-files/?d=a/b.png`` is ``a/b.png``.

    A file that was uploaded to Label Studio has eight digits and a dash before its name there.
    """
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
        return without_upload_prefix(path.rpartition("/")[2])
    return path.lstrip("/")


def without_upload_prefix(name: str) -> str:
    """The name that a file had before it was uploaded to Label Studio."""
    return _UPLOADED.sub("", name, count=1) if _UPLOADED.match(name) else name


def objects(holder: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The list of objects under ``key``; empty where there is none.

    Raises
    ------
    UnclearTaskError
        It is something else.
    """
    value = holder.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UnclearTaskError(key, value, "a list of objects")
    return value


def predictions_of(task: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The predictions of a task; None where it names them by number only.

    Raises
    ------
    UnclearTaskError
        They are something else.
    """
    predictions = task.get("predictions")
    if isinstance(predictions, list) and set(map(type, predictions)) == {int}:
        return None
    return objects(task, "predictions")


def choice_of(said: Mapping[str, Any]) -> str | None:
    """The class that an annotation or a prediction names; None for a skip, and an empty one.

    Raises
    ------
    UnclearTaskError
        It names several classes, or none by a text.
    """
    if is_skip(said):  # what was chosen before is no answer
        return None
    results = [
        result for result in objects(said, "result") if result.get("type", "choices") == "choices"
    ]
    if len(results) > 1:
        results = [result for result in results if result.get("from_name") == CHOICE] or results
    if not results:
        return None
    value = results[0].get("value")
    choices = value.get("choices") if isinstance(value, dict) else None
    if len(results) > 1 or not isinstance(choices, list) or len(choices) > 1:
        raise UnclearTaskError("choices", choices, "one class for each image")
    if choices and not isinstance(choices[0], str):
        raise UnclearTaskError("choices", choices[0], "the name of a class")
    return choices[0] if choices else None


def is_skip(annotation: Mapping[str, Any]) -> bool:
    """Whether an annotation was cancelled."""
    return bool(annotation.get("was_cancelled"))


def time_of(annotation: Mapping[str, Any]) -> object:
    """When it was touched last, as the file has it; None where it gives no time."""
    return annotation.get("updated_at") or annotation.get("created_at")


def newest(annotations: Sequence[Mapping[str, Any]], choices: Sequence[str | None]) -> int:
    """Which annotation counts: the newest that names a class, before one that was skipped.

    Parameters
    ----------
    annotations : sequence of mapping
        At least one.
    choices : sequence of str or None
        What each names.
    """

    def rank(place: int) -> tuple[bool, bool, str, int]:
        touched = time_of(annotations[place])  # ISO 8601 sorts as text
        text = touched if isinstance(touched, str) else ""
        return choices[place] is not None, is_skip(annotations[place]), text, place

    return max(range(len(annotations)), key=rank)


def surest(predictions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The prediction of the highest score.

    Raises
    ------
    UnclearTaskError
        A score is no number.
    """
    return max(predictions, key=_score)


def _score(prediction: Mapping[str, Any]) -> float:
    score = prediction.get("score")
    if score is None:
        return 0.0
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise UnclearTaskError("score", score, "a number from 0 to 1")
    return score  # an int of 400 digits is no float, and still larger than the others
