"""The API's description: ``openapi.json``, with what can be chosen of plug-ins filled in."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from labeler.plugins import choices

CHOICES = "x-choices"
"""Stands in ``openapi.json`` for an enumeration, and names the kind of plug-in."""


@cache
def document() -> dict[str, Any]:
    """The description as it is served."""
    written = json.loads(files("labeler.web.api").joinpath("openapi.json").read_bytes())
    filled: dict[str, Any] = _filled(written)
    return filled


def _filled(value: Any) -> Any:
    if isinstance(value, list):
        return [_filled(part) for part in value]
    if not isinstance(value, dict):
        return value
    parts = {name: _filled(part) for name, part in value.items() if name != CHOICES}
    return parts | {"enum": choices()[value[CHOICES]]} if CHOICES in value else parts
