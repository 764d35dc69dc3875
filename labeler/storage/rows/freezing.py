"""How rows are made of mapped objects."""

from dataclasses import fields
from typing import Any, TypeVar

Row = TypeVar("Row")


def freeze(row_type: type[Row], mapped: object, **given: Any) -> Row:
    """Copy the attributes that ``row_type`` names from a mapped object; ``given`` ones win."""
    names = [column.name for column in fields(row_type) if column.name not in given]  # type: ignore[arg-type]
    return row_type(**{name: getattr(mapped, name) for name in names}, **given)
