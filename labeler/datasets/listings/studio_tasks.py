"""What a task of Label Studio says: which image it shows, and which class was chosen.

Of several annotations the newest that names a class counts, of several predictions the surest.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

CHOICE = "choice"
"""What the control is called in the interface that Labeler writes."""

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
    address = data.get("image")
    return file_name(address) if isinstance(address, str) else ""


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
