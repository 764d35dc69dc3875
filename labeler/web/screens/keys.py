"""Which key gives which class, and the keys that no class can have."""

from collections.abc import Sequence
from dataclasses import dataclass

from labeler.storage.errors import ClassInUseError
from labeler.workflow.views import ClassView

COMMANDS = {
    "x": "mixed",
    "s": "skip",
    "g": "contact sheet",
    "?": "key sheet",
    "z": "the picture closer",
    "+": "closer",
    "=": "closer",
    "-": "farther",
    "/": "a class typed by its first letters",
}
_DIGITS = "1234567890"


@dataclass(frozen=True)
class KeyedClass:
    """A class that can be answered.

    Attributes
    ----------
    key : str
        What is pressed: ``"3"``, or ``"shift+3"``; empty where no key is left.
    shown : str
        The same, as printed on its button.
    """

    id: int
    name: str
    key: str
    shown: str
    n_answers: int


def keyed_classes(classes: Sequence[ClassView]) -> list[KeyedClass]:
    """The classes that are not merged into another, each with its key.

    Those without a key of their own get Shift with a digit while these last.
    """
    spare = iter(_DIGITS)
    keyed = []
    for class_ in classes:
        if class_.merged_into is None:
            shifted = next(spare, "") if class_.key is None else ""
            key = class_.key or (f"shift+{shifted}" if shifted else "")
            shown = class_.key.upper() if class_.key else f"⇧ {shifted}".strip() if shifted else ""
            keyed.append(KeyedClass(class_.id, class_.name, key, shown, class_.n_answers))
    return keyed


def free_key(text: str) -> str | None:
    """The key typed into a form, or none.

    Raises
    ------
    ClassInUseError
        A command has it.
    """
    key = text.strip().lower()
    if key in COMMANDS:
        raise ClassInUseError(f"The key {key!r} is taken: it means {COMMANDS[key]}.")
    return key or None
