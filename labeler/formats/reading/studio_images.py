"""Which image a task of Label Studio is about."""

from collections.abc import Mapping
from typing import Any

from labeler.datasets.listings.studio_addresses import file_name
from labeler.formats.reading.base import find_cells

_OURS = ("index", "file_name", "split")


def image_cells(data: Mapping[str, Any]) -> dict[str, Any]:
    """What names the image: Labeler's own keys first, then the address of the file."""
    columns = find_cells(key for key in data if key.lower() != "image")
    cells: dict[str, Any] = {cell: data[columns[cell]] for cell in _OURS if cell in columns}
    address = data.get("image")
    if "file_name" not in cells and isinstance(address, str):
        cells["file_name"] = file_name(address)
    return cells
