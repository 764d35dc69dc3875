"""Images of 16 bits with all of them: Pillow itself keeps them of grey images alone.

Of colour it decodes the upper byte of each value. Told that the bytes lie the other way round, it
decodes the lower one; both together are the value.
"""

import numpy as np
from PIL import Image, ImageFile

_SWAPPED = {
    f"{mode};16{order}": f"{mode};16{other}"
    for mode in ("RGB", "RGBA", "RGBX")
    for order, other in (("B", "L"), ("L", "B"))
} | {"RGB;16N": "RGB;16B", "RGBA;16N": "RGBA;16B", "RGBX;16N": "RGBX;16B"}
"""What Pillow calls the ways that values of two bytes lie in a file, and the opposite of each;
libtiff gives them as this machine has them, which is the lower byte first wherever Pillow runs."""

Tiles = list[ImageFile._Tile]


def lower_bytes(image: Image.Image) -> Tiles | None:
    """How to decode the lower bytes of a colour image of 16 bits; None for any other.

    Parameters
    ----------
    image : Image
        Opened, not loaded.
    """
    tiles = []
    for tile in getattr(image, "tile", []):
        first, *rest = (tile.args,) if isinstance(tile.args, str) else (tile.args or ("",))
        if first not in _SWAPPED:
            return None
        swapped = _SWAPPED[first]
        args = swapped if isinstance(tile.args, str) else (swapped, *rest)
        tiles.append(tile._replace(args=args))
    return tiles or None


def join_bytes(image: Image.Image, again: Image.Image, tiles: Tiles) -> np.ndarray:
    """The values of a colour image.

    Parameters
    ----------
    image : Image
        Loaded.
    again : Image
        The same, opened anew.
    tiles : list
        Of ``lower_bytes``.

    Returns
    -------
    ndarray of shape (height, width, 3), dtype uint16
    """
    again.tile = tiles  # type: ignore[attr-defined]
    again.load()
    upper, lower = (np.asarray(half)[..., :3].astype(np.uint16) for half in (image, again))
    return upper << 8 | lower


def resize_deep(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize one image of 16 bits to exactly ``height`` by ``width``.

    Parameters
    ----------
    pixels : ndarray of shape (h, w) or (h, w, 3), dtype uint16
    """
    planes = [pixels] if pixels.ndim == 2 else list(np.moveaxis(pixels, 2, 0))
    resized = [_resize_plane(plane, height, width) for plane in planes]
    return resized[0] if pixels.ndim == 2 else np.stack(resized, axis=2)


def stretch(pixels: np.ndarray, low: float, high: float) -> np.ndarray:
    """One image of 16 bits as 8: ``low`` becomes 0, ``high`` 255, what lies beyond is cut off.

    Parameters
    ----------
    pixels : ndarray of shape (h, w) or (h, w, 3), dtype uint16
    low, high : float
        The first below the second.
    """
    values = (np.arange(65_536) - low) * 255 / (high - low)
    as_bytes: np.ndarray = np.rint(values).clip(0, 255).astype(np.uint8)
    return np.asarray(as_bytes[pixels])


def turn(pixels: np.ndarray, how: Image.Transpose) -> np.ndarray:
    """One image of 8 or 16 bits, turned or mirrored."""
    if pixels.dtype == np.uint8 or pixels.ndim == 2:
        return np.asarray(Image.fromarray(pixels).transpose(how))
    planes = (Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(pixels, 2, 0))
    return np.stack([np.asarray(plane.transpose(how)) for plane in planes], axis=2)


def _resize_plane(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    image = Image.fromarray(plane.astype(np.float32))
    resized = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.asarray(resized).round().clip(0, 65_535).astype(np.uint16)
