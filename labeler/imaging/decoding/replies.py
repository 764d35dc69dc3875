"""What a decoding child says of one image: words and pixels, and their way back to an image.

Words are JSON: what became of the image. Pixels are the array's bytes, then the rendition.
"""

import json
from typing import Any

import numpy as np

from labeler.exceptions import InputError
from labeler.imaging.images import DecodedImage

Outcome = DecodedImage | InputError
"""What becomes of an image file: it is decoded, or refused."""

_KINDS = {"uint8": np.uint8, "uint16": np.uint16}


def as_reply(outcome: Outcome) -> tuple[bytes, bytes]:
    """Words and pixels that say what became of an image."""
    if isinstance(outcome, InputError):
        refused = (outcome.code, outcome.found, outcome.expected, outcome.remedy)
        return json.dumps({"refused": refused}).encode(), b""
    message = {
        "kind": outcome.pixels.dtype.name,
        "shape": outcome.pixels.shape,
        "size": outcome.size,
        "changes": outcome.changes,
        "rendition": len(outcome.rendition),
    }
    return json.dumps(message).encode(), outcome.pixels.tobytes() + outcome.rendition


def parse_reply(reply: tuple[bytes, bytes], source: str, at_most: int) -> Outcome | None:
    """What a reply says; None if it makes no sense, for its word is that of a foreign file.

    Parameters
    ----------
    reply : tuple of bytes
        Words and pixels.
    source : str
        What to call the image in messages.
    at_most : int
        Pixels along the longer side that it may have.
    """
    words, pixels = reply
    try:
        message: dict[str, Any] = json.loads(words)
        if "refused" not in message:
            return _image(message, pixels, at_most)
        code, found, expected, remedy = map(str, message["refused"])
    except (ValueError, TypeError, KeyError):
        return None
    return InputError(code, source, found=found, expected=expected, remedy=remedy)


def _image(message: dict[str, Any], pixels: bytes, at_most: int) -> DecodedImage:
    height, width, *channels = map(int, message["shape"])
    if not (0 < height <= at_most and 0 < width <= at_most and channels in ([], [3])):
        raise ValueError("shape")
    end = len(pixels) - int(message["rendition"])
    array = np.frombuffer(pixels[:end], dtype=_KINDS[message["kind"]])
    rows, columns = map(int, message["size"])
    changes = tuple(map(str, message["changes"]))
    return DecodedImage(
        array.reshape(height, width, *channels), (rows, columns), changes, pixels[end:]
    )
