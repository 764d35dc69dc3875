"""The images of a set as PNG files, a few in memory at a time."""

from collections.abc import Callable, Iterator

from labeler.formats.base import File, Options
from labeler.formats.names import image_names
from labeler.formats.rows import LabelRows
from labeler.imaging.thumbnails import png

Place = Callable[[int], str]
"""The folder of a row's image."""


def image_files(rows: LabelRows, options: Options, folder: str | Place) -> Iterator[File]:
    """One PNG file for each row, in ``folder`` or in what it says for the row's number."""
    for part in rows.image_parts(options.progress):
        names = image_names(rows, part)
        for row, pixels, name in zip(
            range(part.start, part.stop), rows.pixels(part), names, strict=True
        ):
            place = folder if isinstance(folder, str) else folder(row)
            yield File(f"{place}/{name}", [png(pixels)])
