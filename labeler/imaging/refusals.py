"""What an image file may hold at the most, and the words in which one is refused."""

import re
from typing import NoReturn

from labeler.exceptions import InputError, refuse

MAX_PIXELS = 100_000_000
"""What is read at all; whether an image can be decoded, the memory of the process says that does
it."""

MAX_METADATA_BYTES = 1_000_000

IN_MEMORY = re.compile(r"\s*<\S+ object at 0x[0-9a-fA-F]+>")
"""How Python names a file without a name: nothing to tell anybody."""


def damaged(source: str, error: Exception) -> InputError:
    """The error of a file whose data end early or make no sense (IMG-2)."""
    said = IN_MEMORY.sub("", str(error)).strip() or type(error).__name__
    reason = said.splitlines()[0][:120]
    return InputError(
        "IMG-2",
        source,
        found=f"image data ends early or is damaged ({reason})",
        expected="a complete image",
        remedy="Copy or export it again.",
    )


def refuse_pixels(source: str, found: str) -> NoReturn:
    """Refuse an image for how many pixels it has (IMG-3)."""
    expected = f"1 to {MAX_PIXELS / 1e6:.0f} megapixels"
    refuse("IMG-3", source, found, expected, "Save it smaller.")


def refuse_memory(source: str) -> NoReturn:
    """Refuse an image that there is no room to decode (IMG-3)."""
    found = "decoding ran out of memory"
    refuse("IMG-3", source, found, "an image of fewer pixels", "Save it smaller.")


def refuse_metadata(source: str, found: str) -> NoReturn:
    """Refuse an image for what it holds beside pixels (IMG-4)."""
    limit = f"at most {MAX_METADATA_BYTES / 1e6:.0f} MB"
    refuse("IMG-4", source, f"metadata over 1 MB ({found})", limit, "Save it without metadata.")


def refuse_mode(source: str, what: str) -> NoReturn:
    """Refuse an image for how its pixels are kept (IMG-1)."""
    found = f"pixels are {what}"
    refuse("IMG-1", source, found, "8 or 16 bits a channel", "Scale the values and save again.")
