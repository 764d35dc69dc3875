"""What the options say of folders and classes."""

from dataclasses import fields
from typing import Any

from labeler.datasets.corrections import Corrections


def take_corrections(options: dict[str, Any]) -> Corrections:
    """What ``correction_options`` gave, which is taken out of ``options``."""
    said = {part.name: options.pop(part.name, None) for part in fields(Corrections)}
    return Corrections(**{name: value for name, value in said.items() if value})
