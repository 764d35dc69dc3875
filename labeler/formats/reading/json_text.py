"""JSON from outside, read with every doubt: depth, size, and numbers that are none."""

import json
from collections.abc import Iterable
from typing import Any

from labeler.formats.reading.base import LabelReader

NOT_JSON = ("UTF-16 text", "gzip", "zip", "HTML", "XML", "PNG", "JPEG", "PDF")
"""What a file may turn out to be at its first bytes."""


def parse_json(data: bytes, reader: LabelReader, where: str = "") -> Any:
    """One JSON text in UTF-8.

    Raises
    ------
    InputError
        JSON-1; ``where`` begins the message.
    """
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        found = f"{where}byte 0x{error.object[error.start]:02x} is not UTF-8"
        reader.refuse("JSON-1", found, "UTF-8 text", "Save it as JSON in UTF-8.")
    except json.JSONDecodeError as error:
        found = f"{where}{error.msg} at line {error.lineno:,}, column {error.colno:,}"
        reader.refuse("JSON-1", found, "valid JSON")
    except RecursionError:
        reader.refuse("JSON-1", f"{where}brackets too deep", "a flat object for each image")
    except ValueError as error:  # NaN, Infinity, a number of thousands of digits
        reader.refuse("JSON-1", f"{where}{str(error)[:80]}", "valid JSON")


def only_hash(hashes: Iterable[object]) -> str | None:
    """The data set's hash that every entry of a file gives; None where they differ or give none."""
    texts = {value if isinstance(value, str) else None for value in hashes}
    return texts.pop() if len(texts) == 1 else None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
