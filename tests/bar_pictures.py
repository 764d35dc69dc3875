"""Small pictures of three classes as files: a bright bar at the height of its class, with noise."""

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("bird", "cat", "dog")

TAKEN_AT = 1_700_000_000
"""Not just now: of a file that was, its time does not tell whether it stays as it is."""


def picture(label: int, seed: int, size: int = 12) -> bytes:
    """A PNG file of a class."""
    pixels = np.random.default_rng(seed).integers(0, 60, (size, size), dtype=np.uint8)
    pixels[label * size // 3 + 1] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def lay(folder: Path, seeds: range, below: str = "", classes: tuple[str, ...] = CLASSES) -> Path:
    """A picture of each class for each seed, in a folder of its class; gives the folder."""
    for label, name in enumerate(classes):
        place = folder / below / name
        place.mkdir(parents=True, exist_ok=True)
        for seed in seeds:
            path = place / f"{seed:03}.png"
            path.write_bytes(picture(label, 1000 * label + seed))
            os.utime(path, (TAKEN_AT, TAKEN_AT))
    return folder
