"""Images as PNG: alone, or many on one sheet with captions. Arrays in, bytes out."""

import io
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_INK, _PAPER, _EDGE = "#1b2430", "#ffffff", "#d5dae1"
_FONT_SIZE, _LINE, _GAP = 12, 16, 10
_NARROWEST = 84

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def png(image: np.ndarray, largest: int | None = None) -> bytes:
    """One image as a PNG file.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 3), dtype uint8
    largest : int, optional
        Longest side wanted; a larger image is shrunk to it, a smaller one stays as it is.

    Raises
    ------
    ValueError
        The array is not such an image.
    """
    picture = _picture(image)
    if largest is not None and max(picture.size) > largest:
        picture.thumbnail((largest, largest), Image.Resampling.BOX)
    return _encoded(picture)


def contact_sheet(
    images: Sequence[np.ndarray] | np.ndarray,
    captions: Sequence[str],
    columns: int = 10,
    scale: int = 3,
) -> bytes:
    """Many images as one PNG file, in rows, each with its caption below.

    Parameters
    ----------
    images : sequence of ndarray
        Each of shape (height, width) or (height, width, 3), dtype uint8; all of one shape.
    captions : sequence of str
        One for each image. A line break begins a new line; a line longer than its tile is
        shortened with an ellipsis.
    columns : int, default 10
    scale : int, default 3
        How many times each pixel is enlarged, without smoothing.

    Raises
    ------
    ValueError
        There is no image, or not one caption for each.
    """
    if len(images) != len(captions) or len(images) == 0:
        raise ValueError(f"{len(images)} images but {len(captions)} captions; need one for each")
    pictures = [_enlarged(_picture(image), scale) for image in images]
    lines = [caption.split("\n") for caption in captions]
    columns = min(columns, len(pictures))
    width = max(pictures[0].width, _NARROWEST)
    height = pictures[0].height + 4 + _LINE * max(map(len, lines))
    rows = -(-len(pictures) // columns)
    size = (_GAP + columns * (width + _GAP), _GAP + rows * (height + _GAP))
    sheet = Image.new("RGB", size, _PAPER)
    for number, (picture, text) in enumerate(zip(pictures, lines, strict=True)):
        row, column = divmod(number, columns)
        left, top = _GAP + column * (width + _GAP), _GAP + row * (height + _GAP)
        _paste(sheet, picture, text, (left, top), width)
    return _encoded(sheet)


def _paste(
    sheet: Image.Image, picture: Image.Image, lines: list[str], corner: tuple[int, int], width: int
) -> None:
    draw = ImageDraw.Draw(sheet)
    left, top = corner
    sheet.paste(picture, (left, top))
    # A hairline around each: images with a white ground would float otherwise.
    draw.rectangle((left - 1, top - 1, left + picture.width, top + picture.height), outline=_EDGE)
    for number, line in enumerate(lines):
        spot = (left, top + picture.height + 4 + number * _LINE)
        draw.text(spot, _shortened(line, width), fill=_INK, font=_font())


def _shortened(line: str, width: int) -> str:
    """``line`` if it fits ``width`` pixels, else as much of it as fits with an ellipsis."""
    line = "".join(c if c.isprintable() else "\ufffd" for c in line)
    if _font().getlength(line) <= width:
        return line
    shortest, longest = 0, len(line)
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        fits = _font().getlength(f"{line[:middle].rstrip()}…") <= width
        shortest, longest = (middle, longest) if fits else (shortest, middle - 1)
    return f"{line[:shortest].rstrip()}…"


def _picture(image: np.ndarray) -> Image.Image:
    is_grey, is_colour = image.ndim == 2, image.ndim == 3 and image.shape[-1] == 3
    if image.dtype != np.uint8 or not (is_grey or is_colour) or 0 in image.shape:
        raise ValueError(
            f"an image must be uint8 of shape (h, w) or (h, w, 3), "
            f"got {image.dtype} of shape {image.shape}"
        )
    return Image.fromarray(np.ascontiguousarray(image))


def _enlarged(picture: Image.Image, scale: int) -> Image.Image:
    size = (picture.width * scale, picture.height * scale)
    return picture.resize(size, Image.Resampling.NEAREST).convert("RGB")


def _encoded(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return file.getvalue()


@cache
def _font() -> Font:
    """Matplotlib's DejaVu Sans, which knows far more scripts than Pillow's own font."""
    matplotlib = find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin is not None:
        file = Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if file.is_file():
            return ImageFont.truetype(str(file), _FONT_SIZE)
    return ImageFont.load_default(_FONT_SIZE)
