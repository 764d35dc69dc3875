"""What the annotations and predictions of a task of Label Studio say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeler.datasets.listings.studio_tasks import choice_of, is_skip, newest, time_of
from labeler.formats.markup import xml_text

ANSWERS = ("human", "oracle", "reviewed", "corrected")
"""Sources of labels that somebody gave, in the words of a set."""


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
    annotations: Sequence[Mapping[str, Any]], data: Mapping[str, Any], names: ChoiceNames
) -> tuple[Said | None, bool]:
    """What the annotations of a task come to, and whether they differ; None: nobody annotated it.

    Raises
    ------
    UnclearTaskError
        One of them says nothing clear.
    """
    answers = [_said(annotation, data, names) for annotation in annotations]
    if not answers:
        return None, False
    place = newest(annotations, [answer.choice for answer in answers])
    return answers[place], len({(answer.choice, answer.is_skip) for answer in answers}) > 1


def own_annotator(data: Mapping[str, Any]) -> str | None:
    """Whose the answer is that Labeler wrote into a task; None where it does not say."""
    own = data.get("answered_by") or data.get("annotator")
    return own if isinstance(own, str) else None


def _said(annotation: Mapping[str, Any], data: Mapping[str, Any], names: ChoiceNames) -> Said:
    skipped = is_skip(annotation)
    choice = names.restore(choice_of(annotation), data.get("class_name"))
    if _is_labelers_own(annotation, data, choice, is_skip=skipped):
        return Said(choice, skipped, own_annotator(data), data.get("answered_at"), True)
    return Said(choice, skipped, _annotator(annotation), time_of(annotation), False)


def _is_labelers_own(
    annotation: Mapping[str, Any], data: Mapping[str, Any], choice: str | None, *, is_skip: bool
) -> bool:
    """Whether an annotation says what the task was written with, and nobody spent time on it."""
    if annotation.get("lead_time") not in (None, ""):
        return False
    if is_skip:
        return data.get("verdict") == "skip"
    own = data.get("class_name")
    return choice is not None and choice == own and data.get("source") in ANSWERS


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
