"""Which image a task of Label Studio is about."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from labeler.formats.reading.base import find_cells

_UPLOADED = re.compile(r"[0-9a-f]{8}-")
_OURS = ("index", "file_name", "split")


def image_cells(data: Mapping[str, Any]) -> dict[str, Any]:
    """What names the image: Labeler's own keys first, then the address of the file."""
    columns = find_cells(key for key in data if key.lower() != "image")
    cells: dict[str, Any] = {cell: data[columns[cell]] for cell in _OURS if cell in columns}
    address = data.get("image")
    if "file_name" not in cells and isinstance(address, str):
        cells["file_name"] = file_name(address)
    return cells


def file_name(address: str) -> str:
    """The file behind an address: ``/data/local-files/?d=a/b.png`` is ``a/b.png``.

    A file that was uploaded to Label Studio has eight digits and a dash before its name there.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    if parts.scheme == "data":
        return ""
    inside = parse_qs(parts.query).get("d")
    if inside:
        return inside[0]
    path = unquote(parts.path)
    if "/upload/" in path:
        return without_upload_prefix(path.rpartition("/")[2])
    return path.lstrip("/")


def without_upload_prefix(name: str) -> str:
    """The name that a file had before it was uploaded to Label Studio."""
    return _UPLOADED.sub("", name, count=1) if _UPLOADED.match(name) else name
