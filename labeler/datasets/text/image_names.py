"""Which files are images by their names; what is in them is looked at when they are read."""

from functools import cache
from importlib.util import find_spec

HEIC_ENDINGS = (".heic", ".heif", ".hif")
IMAGE_ENDINGS = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".avif",
    *HEIC_ENDINGS,
)  # fmt: skip


def is_image_name(name: str) -> bool:
    """Whether a file is to be read as an image; its content decides which kind it is."""
    return name.lower().endswith(IMAGE_ENDINGS) and not is_unread_image(name)


def is_unread_image(name: str) -> bool:
    """Whether a file is an image of a kind which this installation cannot read."""
    return name.lower().endswith(HEIC_ENDINGS) and not reads_heic()


@cache
def reads_heic() -> bool:
    """Whether HEIC is read here: an extra of its own."""
    return find_spec("pillow_heif") is not None
