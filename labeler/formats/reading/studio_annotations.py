"""What the annotations and predictions of a task of Label Studio say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeler.formats.markup import xml_text
from labeler.formats.reading.base import LabelReader

_CONTROL = "choice"
_ANSWERS = ("human", "oracle")


@dataclass(frozen=True)
class Said:
    """What one annotation says.

    Attributes
    ----------
    choice : str or None
        The class; None for a skip, or where nothing was chosen.
    is_skip : bool
    annotator : str or None
    answered_at : object
        As the file has it; None where it gives no time.
    is_labelers_own : bool
        Whether it is the answer that Labeler wrote into the task.
    """

    choice: str | None
    is_skip: bool
    annotator: str | None
    answered_at: object
    is_labelers_own: bool


class ChoiceNames:
    """Class names behind the choices: XML, which the choices come from, cannot hold them all.

    An export of Labeler's says in each task's data what its class is really called.
    """

    def __init__(self, data: Iterable[object]) -> None:
        names = (entry.get("class_name") for entry in data if isinstance(entry, dict))
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


def newest_said(
    reader: LabelReader,
    number: int,
    task: Mapping[str, Any],
    data: Mapping[str, Any],
    names: ChoiceNames,
) -> tuple[Said | None, bool]:
    """What the annotations of a task come to, and whether they differ.

    The newest that names a class counts, before one that was skipped. None: nobody annotated it.
    """
    annotations = objects(reader, number, task, "annotations")
    answers = [_said(reader, number, annotation, data, names) for annotation in annotations]
    if not answers:
        return None, False
    ranked = max(
        range(len(answers)),
        key=lambda place: (_weight(answers[place]), _last_touched(annotations[place]), place),
    )
    return answers[ranked], len({(answer.choice, answer.is_skip) for answer in answers}) > 1


def own_annotator(data: Mapping[str, Any]) -> str | None:
    """Whose the answer is that Labeler wrote into a task; None where it does not say."""
    own = data.get("answered_by") or data.get("annotator")
    return own if isinstance(own, str) else None


def scored(
    reader: LabelReader, number: int, predictions: Sequence[Mapping[str, Any]]
) -> tuple[str | None, object]:
    """The class of the surest prediction, and its score."""
    surest = max(predictions, key=lambda prediction: _score(reader, number, prediction))
    return _choice(reader, number, surest), surest.get("score")


def objects(
    reader: LabelReader, number: int, holder: Mapping[str, Any], key: str
) -> list[dict[str, Any]]:
    """The list of objects that is there under ``key``; empty where there is none."""
    value = holder.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        reader.refuse_value(number, key, value, "a list of objects")
    return value


def _weight(answer: Said) -> int:
    return 2 if answer.choice is not None else int(answer.is_skip)


def _said(
    reader: LabelReader,
    number: int,
    annotation: Mapping[str, Any],
    data: Mapping[str, Any],
    names: ChoiceNames,
) -> Said:
    is_skip = bool(annotation.get("was_cancelled"))
    # What was chosen before the task was skipped is no answer.
    choice = None if is_skip else _choice(reader, number, annotation)
    choice = names.restore(choice, data.get("class_name"))
    if _is_labelers_own(annotation, data, choice, is_skip=is_skip):
        return Said(choice, is_skip, own_annotator(data), data.get("answered_at"), True)
    return Said(choice, is_skip, _annotator(annotation), _time(annotation), False)


def _is_labelers_own(
    annotation: Mapping[str, Any], data: Mapping[str, Any], choice: str | None, *, is_skip: bool
) -> bool:
    """Whether an annotation says what the task was written with, and nobody spent time on it."""
    if annotation.get("lead_time") not in (None, ""):
        return False
    if is_skip:
        return data.get("verdict") == "skip"
    own = data.get("class_name")
    return choice is not None and choice == own and data.get("source") in _ANSWERS


def _choice(reader: LabelReader, number: int, holder: Mapping[str, Any]) -> str | None:
    """The class that an annotation or a prediction names; None for an empty one."""
    results = objects(reader, number, holder, "result")
    kept = [result for result in results if result.get("type", "choices") == "choices"]
    if len(kept) > 1:
        kept = [result for result in kept if result.get("from_name") == _CONTROL] or kept
    if not kept:
        return None
    value = kept[0].get("value")
    choices = value.get("choices") if isinstance(value, dict) else None
    if len(kept) > 1 or not isinstance(choices, list) or len(choices) > 1:
        reader.refuse_value(number, "choices", choices, "one class for each image")
    if choices and not isinstance(choices[0], str):
        reader.refuse_value(number, "choices", choices[0], "the name of a class")
    return choices[0] if choices else None


def _time(annotation: Mapping[str, Any]) -> object:
    return annotation.get("updated_at") or annotation.get("created_at")


def _last_touched(annotation: Mapping[str, Any]) -> str:
    """ISO 8601 sorts as text."""
    touched = _time(annotation)
    return touched if isinstance(touched, str) else ""


def _annotator(annotation: Mapping[str, Any]) -> str | None:
    """An address or a name where the file has one, else Label Studio's number of the person."""
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        named = who.get("email") or who.get("username")
        who = named if isinstance(named, str) else who.get("id")
    elif isinstance(annotation.get("created_username"), str):  # " ada@example.org, 1"
        who = annotation["created_username"].rpartition(",")[0].strip() or who
    if who is None or isinstance(who, list | dict):
        return None
    text = str(who)[:150]
    return f"Label Studio user {text}" if text.isascii() and text.isdigit() else text


def _score(reader: LabelReader, number: int, prediction: Mapping[str, Any]) -> float:
    score = prediction.get("score")
    if score is None:
        return 0.0
    if isinstance(score, bool) or not isinstance(score, int | float):
        reader.refuse_value(number, "score", score, "a number from 0 to 1")
    return score  # an int of 400 digits is no float, and still larger than the others
