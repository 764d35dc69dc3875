"""What a file holds, brought to 8 bits a channel: grey or RGB, nothing transparent."""

import math

import numpy as np
from PIL import Image

from labeler.imaging.refusals import refuse_mode

SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N", "I")
"""Pillow's modes of images with one channel of 16 bits."""

_SAMPLE = 1_000_000
_FAINT = 32
"""Mean difference from white below which a drawing is lost on it."""


def to_uint8(image: Image.Image, source: str) -> tuple[np.ndarray, list[str]]:
    """Pixels with two axes or three, and what was converted."""
    if image.mode in SIXTEEN_BIT:
        return _scale_sixteen_bit(image, source), ["16-bit"]
    if image.mode == "F":
        refuse_mode(source, "32-bit float")
    if image.has_transparency_data:
        rgba = image if image.mode == "RGBA" else image.convert("RGBA")
        alpha = rgba.getchannel("A")
        if alpha.getextrema() != (255, 255):
            colour, change = _ground(rgba, alpha)
            ground = Image.new("RGB", rgba.size, colour)
            ground.paste(rgba, mask=alpha)
            return np.asarray(ground), [change]
        return _rgb(rgba), []
    if image.mode == "L":
        return np.asarray(image), []
    if image.mode == "1":
        return np.asarray(image.convert("L")), ["1-bit"]
    names = {"RGB": [], "P": ["palette"]}
    return _rgb(image), names.get(image.mode, [image.mode])


def _ground(rgba: Image.Image, alpha: Image.Image) -> tuple[str, str]:
    """What a drawing is laid on, and what to call that: white unless it would be lost there."""
    step = math.isqrt(rgba.width * rgba.height // _SAMPLE) + 1
    weights = np.asarray(alpha)[::step, ::step]
    light = np.asarray(rgba.convert("L"))[::step, ::step]
    is_lost = weights.any() and 255 - np.average(light, weights=weights) < _FAINT
    return ("black", "light and transparent") if is_lost else ("white", "transparent")


def _rgb(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


def sixteen_bit(image: Image.Image, source: str) -> np.ndarray:
    """All 16 bits of an image, shape (height, width), dtype uint16; IMG-1 for more than 16."""
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65_535:
        refuse_mode(source, "32-bit")
    return values.astype(np.uint16)


def _scale_sixteen_bit(image: Image.Image, source: str) -> np.ndarray:
    values = sixteen_bit(image, source).astype(np.uint32)
    return ((values + 128) // 257).astype(np.uint8)


def without_colour(pixels: np.ndarray) -> np.ndarray:
    """Two axes where all three channels are the same."""
    if pixels.ndim == 3 and (pixels == pixels[:, :, :1]).all():
        return pixels[:, :, 0].copy()
    return pixels
