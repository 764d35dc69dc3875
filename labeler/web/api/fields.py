"""JSON bodies, taken apart with every doubt: what does not fit is a 400 that names the field."""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import abort, request

MAX_ID = 2**63 - 1
LONGEST_TEXT = 2000
MOST_ANSWERS = 100_000


def json_body() -> Mapping[str, Any]:
    """The request's body as an object; only of the type that other sites cannot send."""
    if request.mimetype != "application/json":
        abort(415, "The body must be of type application/json.")
    try:
        body = json.loads(request.get_data(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        abort(400, f"The body is not valid JSON: {type(error).__name__}.")
    if not isinstance(body, dict):
        abort(400, "The body must be an object.")
    return body


def text(body: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A string that a database can keep."""
    value = body.get(name, default)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        _refuse(name, f"a text of at most {LONGEST_TEXT} characters")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        _refuse(name, "a text without NUL and half characters")
    return value


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    return None if body.get(name) is None else text(body, name)


def whole(body: Mapping[str, Any], name: str) -> int:
    """An integer from 0 to the largest that a row's id can be."""
    value = body.get(name)
    if type(value) is not int or not 0 <= value <= MAX_ID:
        _refuse(name, "a whole number")
    return value


def optional_whole(body: Mapping[str, Any], name: str) -> int | None:
    return None if body.get(name) is None else whole(body, name)


def wholes(body: Mapping[str, Any], name: str) -> list[int]:
    """A list of such integers."""
    value = body.get(name)
    if not isinstance(value, list) or len(value) > MOST_ANSWERS:
        _refuse(name, "a list of whole numbers")
    return [whole({name: one}, name) for one in value]


def number(body: Mapping[str, Any], name: str, default: float | None = None) -> float:
    """A finite number."""
    value = body.get(name, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) < 1e15 or not math.isfinite(value):
        _refuse(name, "a number")
    return float(value)


def optional_number(body: Mapping[str, Any], name: str) -> float | None:
    return None if body.get(name) is None else number(body, name)


def flag(body: Mapping[str, Any], name: str, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        _refuse(name, "true or false")
    return value


def objects(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects."""
    value = body.get(name)
    if not isinstance(value, list) or len(value) > MOST_ANSWERS:
        _refuse(name, "a list of objects")
    if not all(isinstance(one, dict) for one in value):
        _refuse(name, "a list of objects")
    return value


def texts(body: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """A list of strings, or nothing."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST_ANSWERS:
        _refuse(name, "a list of texts")
    return tuple(text({name: one}, name) for one in value)


def expectations(body: Mapping[str, Any], name: str) -> dict[int, str | None] | None:
    """Question ids (JSON knows only texts as names) to the ``op_id`` that is believed to stand."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > MOST_ANSWERS:
        _refuse(name, "an object of question ids")
    if not all(key.isascii() and key.isdigit() and len(key) < 19 for key in value):
        _refuse(name, "an object of question ids")
    return {int(key): optional_text(value, key) for key in value}


def _refuse(name: str, wanted: str) -> NoReturn:
    abort(400, f"{name} must be {wanted}.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
