"""JSON from outside, read with every doubt: depth, size, and numbers that are none."""

import json
from typing import Any

from labeler.label_files.base import LabelReader

_BOM = b"\xef\xbb\xbf"


def parse_json(data: bytes, reader: LabelReader, where: str = "") -> Any:
    """One JSON text in UTF-8.

    Raises
    ------
    InputError
        JSON-1; ``where`` begins the message.
    """
    try:
        return json.loads(data.removeprefix(_BOM).decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        found = f"{where}byte 0x{data.removeprefix(_BOM)[error.start]:02x} is not UTF-8"
        reader.refuse("JSON-1", found, "UTF-8 text", "Save it as JSON in UTF-8.")
    except json.JSONDecodeError as error:
        found = f"{where}{error.msg} at line {error.lineno:,}, column {error.colno:,}"
        reader.refuse("JSON-1", found, "valid JSON")
    except RecursionError:
        reader.refuse("JSON-1", f"{where}brackets too deep", "a flat object for each image")
    except ValueError as error:  # NaN, Infinity, a number of thousands of digits
        reader.refuse("JSON-1", f"{where}{str(error)[:80]}", "valid JSON")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
