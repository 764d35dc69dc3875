"""Corrections as a form has them: what was said before and still holds, and what is said anew."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from labeler.datasets.corrections import Corrections
from labeler.exceptions import ConfigError

ROLES = {
    "class": "one class",
    "train": "part to label",
    "test": "part to test on",
    "ignore": "left out",
}
"""What a folder can be said to be, in the words of the page."""

_FIELDS = {"class": "one_class", "train": "train", "test": "test", "ignore": "ignore"}
_CLASS_FOLDERS = {
    "first": "the first folder names the class",
    "last": "the last folder names the class",
    "none": "no folder names a class",
}


def said_words(corrections: Corrections) -> list[tuple[str, str]]:
    """Each thing that was said: as a form sends it back, and in words."""
    said = [
        (_sent(role, name), f"{name}: {ROLES[role]}")
        for role, field in _FIELDS.items()
        for name in getattr(corrections, field)
    ]
    said += [
        (_sent("call", old, new), f"{old} is called {new}") for old, new in corrections.renamed
    ]
    if corrections.class_folder:
        chosen = corrections.class_folder
        said.append((_sent("folder", chosen), _CLASS_FOLDERS[chosen]))
    return said


def read_corrections(form: Any) -> Corrections:
    """What a form says.

    Parameters
    ----------
    form : MultiDict
        ``said`` is what was said before and still holds; ``folder:PATH``, ``class:NAME`` and
        ``called:NAME`` say something anew.

    Raises
    ------
    ConfigError
        The form was not made here.
    InputError
        READ-1
    """
    said = [_read(text) for text in form.getlist("said")]
    roles = {rest[0]: what for what, rest in said if what in _FIELDS}
    roles |= dict(_roles(form))
    renamed = [(rest[0], rest[1]) for what, rest in said if what == "call"]
    # What is no class has no name either, whatever stands in its field.
    renamed += [(old, new) for old, new in _names(form, "called:") if not form.get(f"class:{old}")]
    earlier = next((rest[0] for what, rest in said if what == "folder"), "")
    by_role: dict[str, Any] = {
        field: tuple(name for name, chosen in roles.items() if chosen == role)
        for role, field in _FIELDS.items()
    }
    return Corrections(
        **by_role,
        class_folder=form.get("class_folder") or earlier,
        renamed=tuple(renamed),
    )


def says_of_folders(form: Mapping[str, str]) -> bool:
    """Whether a form says anything anew of folders."""
    return bool(form.get("class_folder") or _names(form, "folder:"))


def _roles(form: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, role in (*_names(form, "folder:"), *_names(form, "class:")):
        if role not in _FIELDS:
            raise ConfigError(f"{name} cannot be read as {role[:40]!r}.")
        yield name, role


def _names(form: Mapping[str, str], prefix: str) -> list[tuple[str, str]]:
    """Fields that say something, by what stands behind ``prefix``."""
    fields = (
        (key.removeprefix(prefix), form[key].strip()) for key in form if key.startswith(prefix)
    )
    return [(name, value) for name, value in fields if value and value != name]


def _sent(*parts: str) -> str:
    return json.dumps(parts, ensure_ascii=False)


def _read(text: str) -> tuple[str, list[str]]:
    try:
        what, *rest = json.loads(text)
    except ValueError:
        what, rest = "", []
    n_expected = {"call": 2, "folder": 1, **dict.fromkeys(_FIELDS, 1)}.get(what, -1)
    if len(rest) != n_expected or not all(isinstance(part, str) for part in rest):
        raise ConfigError("The form has a correction that this page did not make.")
    return what, rest
