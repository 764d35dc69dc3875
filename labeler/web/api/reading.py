"""What comes in, made into what was declared: what does not fit is a 400 that names the field."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from flask import abort, request

from labeler.web.api.bodies import KEEPABLE

Declared = TypeVar("Declared")

_PLACE = re.compile(r" - at (?:`key` in )?`\$\.?(.*)`$")
_TYPES = re.compile(r"`([a-z]+(?: \| [a-z]+)*)`")
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}


def read_body(declared: type[Declared], default: Mapping[str, Any]) -> Declared:
    """The request's body; only of the type that other sites cannot send.

    Parameters
    ----------
    declared : type
        What it has to be.
    default : dict
        Fields of it that need not be sent.
    """
    if request.mimetype != "application/json":
        abort(415, "The body must be of type application/json.")
    try:
        body = msgspec.json.decode(request.get_data())
    except (ValueError, RecursionError) as error:
        abort(400, f"The body is not valid JSON: {error}.")
    return _fit({**default, **body} if isinstance(body, dict) else body, declared)


def read_query(declared: type[Declared]) -> Declared:
    """What the address asks for; an empty field is one that was not given."""
    fields = {name: value for name, value in request.args.items() if value}
    return _fit(fields, declared, strict=False)


def _fit(value: Any, declared: type[Declared], *, strict: bool = True) -> Declared:
    try:
        return msgspec.convert(value, declared, strict=strict)
    except msgspec.ValidationError as error:
        abort(400, _in_words(str(error), value))


def _in_words(message: str, value: Any) -> str:
    """``budget: expected a whole number or null, got a text.``, from what msgspec says."""
    place = _PLACE.search(message)
    name, text = (place[1], message[: place.start()]) if place else ("", message)
    if text.startswith("Expected"):
        text = _TYPES.sub(_type_in_words, text)
        text = text.replace(f" matching regex {KEEPABLE!r}", " without NUL and half characters")
        text += "" if ", got " in text else _found(value, name)
    return f"{name or 'The body'}: {text[0].lower()}{text[1:]}."


def _type_in_words(match: re.Match[str]) -> str:
    return " or ".join(_WORDS.get(name, name) for name in match[1].split(" | "))


def _found(value: Any, place: str) -> str:
    """What stands at ``answers[0].class_id``; nothing where msgspec does not say which of them."""
    if "..." in place:
        return ""
    for step in re.findall(r"\w+", place):
        value = value[int(step) if isinstance(value, list) else step]
    return f", got {repr(value)[:40]}"
