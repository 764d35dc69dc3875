"""Image files: bytes in, uint8 pixels out, with every check on the way.

A file is read by its content, never by its name, and only in a few formats: seven, and HEIC where
pillow-heif is installed. Whatever it holds becomes grey or RGB of 8 bits:

=================  ==================================================
rotation (EXIF)    applied, then dropped with all other metadata
16 bits            scaled: 65,535 becomes 255; kept where asked for
transparent        laid on white; on black where it would be lost on white
palette, CMYK …    converted to RGB
1 bit              black and white become 0 and 255
several frames     the first is used
=================  ==================================================

What was done is said in ``DecodedImage.changes``.
"""

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from labeler.exceptions import InputError, refuse
from labeler.imaging import renditions
from labeler.imaging.bits import SIXTEEN_BIT, sixteen_bit, to_uint8, without_colour
from labeler.imaging.deep import join_bytes, lower_bytes, stretch, turn
from labeler.imaging.pixels import as_square, fitted_size, limit_pixels
from labeler.imaging.refusals import (
    MAX_METADATA_BYTES,
    MAX_PIXELS,
    damaged,
    refuse_memory,
    refuse_metadata,
    refuse_pixels,
)
from labeler.imaging.sniffing import content_kind
from labeler.words import installing

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "AVIF")
HEIC = "HEIF"
"""What Pillow calls a HEIC file, where pillow-heif has taught it to read one."""

HEIC_REMEDY = f"To read it: {installing('heic')}. Or save it as JPEG."
MAX_IMAGE_BYTES = 150_000_000

_ALLOWED = "PNG, JPEG, BMP, GIF, TIFF, WebP, AVIF"
_KINDS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WebP", "AVIF")
_JPEGS = ("JPEG", "MPO")
_MAX_JPEG_PIXELS = 500_000_000
"""Of a JPEG that is decoded reduced: an eighth of each side at the least."""

_LONGEST_RATIO = 4
"""Of sides, up to which the shorter one keeps its detail in a square."""

_KEPT_WHOLE = 25_000_000
"""Pixels of an image on which everything is done as it is; a larger one is made smaller first."""

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True, eq=False)
class DecodedImage:
    """One image, ready for a data set.

    Attributes
    ----------
    pixels : ndarray of shape (height, width) or (height, width, 3), dtype uint8
        Two axes only where the image is grey; uint16 where all 16 bits are asked for.
    size : tuple of int
        (height, width) in the file, after rotation, before any shrinking.
    changes : tuple of str
        What was converted, in words that can be counted over images: ``"CMYK"``, ``"16-bit"`` …
    rendition : bytes
        The image for people, as a file: see ``labeler.imaging.renditions``. Empty unless asked for.
    """

    pixels: np.ndarray
    size: tuple[int, int]
    changes: tuple[str, ...]
    rendition: bytes = b""


def decode_image(
    data: bytes,
    source: str,
    at_most: int | None = None,
    *,
    deep: bool = False,
    on_scale: tuple[float, float] | None = None,
    with_rendition: bool = False,
    square: bool = False,
) -> DecodedImage:
    """Decode one image file.

    Parameters
    ----------
    data : bytes
        The whole file.
    source : str
        What to call it in messages.
    at_most : int, optional
        Pixels along the longer side: a larger image is shrunk, its aspect kept.
    deep : bool, default False
        Whether an image of 16 bits keeps them: its scale may be that of a whole data set.
    on_scale : tuple of float, optional
        Which values of 16 bits become black and white, where that is known.
    with_rendition : bool, default False
        Whether it is to be made, too, from what was decoded once; never of what keeps 16 bits.
    square : bool, default False
        Whether it is brought to a square of ``at_most`` pixels a side, in RGB, as networks take it.

    Returns
    -------
    DecodedImage

    Raises
    ------
    InputError
        IMG-1 for anything but an image, IMG-2 for a damaged one, IMG-3 and IMG-4 for a large one.
    """
    check_file_size(len(data), source)
    with warnings.catch_warnings():
        # Of metadata, and of a decompression bomb, which our own limit refuses far earlier.
        warnings.simplefilter("ignore")
        try:
            return _decode(data, source, at_most, deep, on_scale, with_rendition, square)
        except InputError:
            raise
        except Image.DecompressionBombError as error:
            refuse_pixels(source, f"too many pixels ({error})")
        except MemoryError:
            refuse_memory(source)
        except Exception as error:
            # Pillow's decoders let out whatever their parsers meet in damaged data.
            raise damaged(source, error) from error


def as_decoded(pixels: np.ndarray, at_most: int, *, square: bool = False) -> np.ndarray:
    """Pixels as ``decode_image`` gives those of a file that loses none of them, such as a PNG.

    Parameters
    ----------
    pixels : ndarray of shape (h, w) or (h, w, 3), dtype uint8
    at_most, square
        As of ``decode_image``.

    Returns
    -------
    ndarray, dtype uint8
        What ``DecodedImage.pixels`` would be; grey in three channels stays so.
    """
    if pixels.shape[0] * pixels.shape[1] > _KEPT_WHOLE:
        needed = 2 * at_most if square else max(2 * at_most, renditions.DECODE_SIDE)
        pixels = np.asarray(_reduced(Image.fromarray(np.ascontiguousarray(pixels)), needed))
    if square:
        return as_square(pixels, at_most)
    return limit_pixels(limit_pixels(pixels, max(at_most, renditions.LONGEST_SIDE)), at_most)


def check_file_size(n_bytes: int, source: str) -> None:
    """Refuse an image file of too many bytes (IMG-3), before it is read where that can be."""
    if n_bytes > MAX_IMAGE_BYTES:
        refuse(
            "IMG-3",
            source,
            f"the file has {n_bytes / 1e6:.0f} MB, limit {MAX_IMAGE_BYTES / 1e6:.0f}",
            "a smaller file",
            "Save it smaller.",
        )


def check_kind(head: bytes, source: str) -> str:
    """Refuse what is no image by its first bytes (IMG-1); else say which kind it is."""
    kind = content_kind(head[:512])
    if kind not in (*_KINDS, "HEIC"):
        refuse(
            "IMG-1",
            source,
            f"content is {kind}" if head else "the file is empty (0 bytes)",
            _ALLOWED,
            "Save it in one of these formats."
            if head
            else "Remove it, or leave it out by --ignore.",
        )
    return kind


def _decode(
    data: bytes,
    source: str,
    at_most: int | None,
    deep: bool,
    on_scale: tuple[float, float] | None,
    with_rendition: bool,
    square: bool,
) -> DecodedImage:
    image = _open(data, source)
    _check_reduced(image, source, at_most)
    _check_metadata(image, source)
    _check_complete(data, image, source)
    image.verify()  # reads checksums to the end, and leaves the image unusable
    del image  # WebP's holds two canvases from the start
    image = _open(data, source)
    changes = ["several frames"] if getattr(image, "is_animated", False) else []
    width, height = image.size
    needed = max(2 * (at_most or 0), renditions.DECODE_SIDE if with_rendition else 0)
    if at_most is not None and image.format in _JPEGS:
        # JPEG can leave out detail while decoding: many times faster for photographs.
        image.draft(None, _draft_size(width, height, needed, square))
    tiles = lower_bytes(image) if deep and not image.has_transparency_data else None
    _check_pixels(image.size, source)
    image.load()
    _check_pixels(image.size, source)
    orientation = _orientation(image)
    if orientation in _TURNS:
        changes.append("rotated")
        if orientation in _SIDEWAYS:
            width, height = height, width
    if at_most is not None and not tiles:  # the lower bytes come in the size of the file
        image = _reduced(image, needed)
    if deep and (tiles or image.mode in SIXTEEN_BIT):
        again = _open(data, source) if tiles else image
        pixels = join_bytes(image, again, tiles) if tiles else sixteen_bit(image, source)
        converted = ["16-bit"]
        if on_scale is not None and at_most is not None:
            largest = max(at_most, renditions.LONGEST_SIDE)
            pixels = stretch(limit_pixels(pixels, largest), *on_scale)
    else:
        pixels, converted = to_uint8(image, source)
    if orientation in _TURNS:
        pixels = turn(pixels, _TURNS[orientation])
    shown = b""
    if with_rendition and pixels.dtype == np.uint8:
        pixels = limit_pixels(pixels, max(at_most or 0, renditions.LONGEST_SIDE))
        shown = renditions.encode(limit_pixels(pixels, renditions.LONGEST_SIDE))
    if square and at_most is not None:
        return DecodedImage(
            as_square(pixels, at_most), (height, width), (*changes, *converted), shown
        )
    if at_most is not None:
        pixels = limit_pixels(pixels, at_most)
    return DecodedImage(without_colour(pixels), (height, width), (*changes, *converted), shown)


def _draft_size(width: int, height: int, needed: int, square: bool) -> tuple[int, int]:
    """What a decoder may leave detail out down to: of a square, the shorter side counts."""
    ratio = min(_LONGEST_RATIO, max(width, height) / min(width, height)) if square else 1
    return fitted_size(width, height, round(needed * ratio))


def _open(data: bytes, source: str) -> Image.Image:
    kind = check_kind(data, source)
    if kind == "HEIC":
        return _open_heic(data, source)
    if kind == "WebP":
        return _open_webp(data, source)
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except ValueError as error:
        if kind == "PNG" and any(chunk in data for chunk in (b"zTXt", b"iTXt", b"iCCP")):
            refuse_metadata(source, str(error))
        raise


def _open_webp(data: bytes, source: str) -> Image.Image:
    width, height = _webp_size(data)
    _check_pixels((width, height), source)
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except OSError:
        if width * height > _KEPT_WHOLE:  # it says no more than that there is no decoder
            refuse_memory(source)
        raise


def _open_heic(data: bytes, source: str) -> Image.Image:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        refuse("IMG-1", source, "content is HEIC", _ALLOWED, HEIC_REMEDY)
    register_heif_opener()
    return Image.open(BytesIO(data), formats=(HEIC,))


def _reduced(image: Image.Image, needed: int) -> Image.Image:
    """A large image with fewer pixels, but no fewer than needed along either side.

    One of 16 bits stays whole: Pillow does not reduce such.
    """
    factor = min(image.size) // needed
    if image.width * image.height <= _KEPT_WHOLE or factor < 2 or image.mode in SIXTEEN_BIT:
        return image
    if image.mode in ("1", "P", "PA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.reduce(factor)


def _orientation(image: Image.Image) -> int:
    """How the camera was held; metadata that cannot be read is no reason to refuse the pixels."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except (ValueError, TypeError, KeyError, IndexError, SyntaxError, OSError, struct.error):
        return 1


def _webp_size(data: bytes) -> tuple[int, int]:
    """(width, height) from the header: Pillow allocates the canvas as soon as it opens a WebP."""
    kind, head = data[12:16], data[20:30]
    if len(head) < 10:
        raise ValueError("the header is cut")
    if kind == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", head[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _check_pixels(size: tuple[int, int], source: str) -> None:
    width, height = size
    if width < 1 or height < 1:
        refuse_pixels(source, f"{width} x {height} pixels")
    if width * height > MAX_PIXELS:
        megapixels = width * height / 1e6
        refuse_pixels(source, f"{megapixels:,.0f} megapixels, limit {MAX_PIXELS / 1e6:.0f}")


def _check_reduced(image: Image.Image, source: str, at_most: int | None) -> None:
    """Check the size before anything is decoded; what a JPEG is reduced to is checked later."""
    if at_most is None or image.format not in _JPEGS:
        _check_pixels(image.size, source)
    elif image.width * image.height > _MAX_JPEG_PIXELS:
        refuse_pixels(source, f"{image.width * image.height / 1e6:,.0f} megapixels")


def _check_metadata(image: Image.Image, source: str) -> None:
    texts = [value for value in image.info.values() if isinstance(value, bytes | str)]
    n_bytes = sum(len(text) for text in texts)
    if n_bytes > MAX_METADATA_BYTES:
        refuse_metadata(source, f"{n_bytes:,} bytes")


def _check_complete(data: bytes, image: Image.Image, source: str) -> None:
    """Look for the mark at the end of a JPEG or GIF, which Pillow would do without."""
    if image.format == "GIF" and not data.rstrip(b"\0").endswith(b";"):
        raise damaged(source, EOFError("no trailer"))
    if image.format in ("JPEG", "MPO") and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda"):
        raise damaged(source, EOFError("no end-of-image mark"))
