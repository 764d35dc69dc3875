"""The images of a set as files, a few in memory at a time: the originals, or PNG made here."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from labeler.formats.base import File, Options
from labeler.formats.rows import LabelRows
from labeler.imaging.thumbnails import png


def image_files(rows: LabelRows, options: Options, names: Sequence[str]) -> Iterator[File]:
    """One file for each row, of these names in the set."""
    for part in rows.image_parts(options.progress):
        contents = image_contents(rows, part)
        for row, content in zip(range(part.start, part.stop), contents, strict=True):
            original = _linked(rows, row) if options.with_links else None
            yield File(names[row], [content], original)


def image_contents(rows: LabelRows, part: slice) -> Iterator[bytes]:
    """The file of each image of a block: the original byte for byte, or a PNG file."""
    if rows.held_originals is None:
        yield from map(png, rows.pixels(part))
        return
    yield from map(rows.held_originals.read, rows.places[part].tolist())


def image_sizes(rows: LabelRows, part: slice) -> list[tuple[int, int]]:
    """(height, width) of each image of a block, as the set holds it."""
    if rows.held_originals is None:
        height, width = rows.image_shape[:2]
        return [(height, width)] * len(rows.places[part])
    return [rows.held_originals.size(place) for place in rows.places[part].tolist()]


def _linked(rows: LabelRows, row: int) -> Path | None:
    originals = rows.held_originals
    return None if originals is None else originals.file(int(rows.places[row]))
