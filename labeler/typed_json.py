"""JSON by declaration: what a shape is, and how shapes and plain values are written."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from msgspec import UNSET, Meta, Struct, to_builtins

from labeler.plugins import choices

CHOICES = "x-choices"
"""Stands for an enumeration of plug-ins, and names their kind."""

Moment = Annotated[datetime, Meta(tz=True)]


class Shape(Struct, kw_only=True):
    """What is sent as a JSON object."""

    @classmethod
    def of(cls, *records: object, **fields: Any) -> Self:
        """Take each field from ``fields``, or from the first record that has one of its name."""
        values = {
            name: fields[name] if name in fields else cls._first(records, name)
            for name in cls.__struct_fields__
        }
        return cls(**values)

    @classmethod
    def _first(cls, records: tuple[object, ...], name: str) -> Any:
        for record in records:
            value = getattr(record, name, UNSET)
            if value is not UNSET:
                return value
        raise AttributeError(f"{cls.__name__} is given no {name}")


def one_of(names: Iterable[str]) -> Meta:
    """For the description of a text: what it can be."""
    return Meta(extra_json_schema={"enum": list(names)})


def plugged_in(kind: str) -> Meta:
    """The same of a text that names a plug-in, of ``plugins.choices()[kind]``.

    What the description is kept as says only the kind, so that a plug-in changes no file but its
    own; ``with_choices`` fills the names in.
    """
    return Meta(extra_json_schema={CHOICES: kind})


def with_choices(value: Any) -> Any:
    """A description as it is kept, with the plug-ins that there are."""
    if isinstance(value, list):
        return [with_choices(part) for part in value]
    if not isinstance(value, dict):
        return value
    parts = {name: with_choices(part) for name, part in value.items() if name != CHOICES}
    return parts | {"enum": choices()[value[CHOICES]]} if CHOICES in value else parts


def json_text(values: Any, **style: Any) -> str:
    """Shapes, records and plain values as JSON; moments keep their offset from UTC."""
    plain = to_builtins(values, builtin_types=(datetime,), enc_hook=_plain)
    return json.dumps(plain, default=datetime.isoformat, **style)


def _plain(value: Any) -> Any:
    """What is not plain by its type: a view of a dict, a number of NumPy's."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, float):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
