"""Small pictures of three berries, called as a camera calls them, to walk the tutorial with."""

import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

BERRIES = {"blueberry": (58, 72, 140), "raspberry": (196, 30, 84), "strawberry": (222, 48, 32)}
SIZE = (160, 120)


def berry(name: str, rng: np.random.Generator) -> Image.Image:
    """A photograph of one of them: how it lies, how large and in which light is drawn anew."""
    table = tuple(int(shade) for shade in rng.integers(150, 235, 3))
    picture = Image.new("RGB", SIZE, table)
    draw = ImageDraw.Draw(picture)
    x, y, r = rng.uniform(60, 100), rng.uniform(50, 70), rng.uniform(28, 42)
    colour = tuple(int(shade * rng.uniform(0.85, 1.1)) for shade in BERRIES[name])
    if name == "blueberry":
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        draw.ellipse((x - r / 3, y - r / 3, x + r / 3, y + r / 3), fill=(30, 36, 80))
    elif name == "raspberry":
        for turn in np.linspace(0, 2 * math.pi, 11):
            across, down = x + r * 0.65 * math.cos(turn), y + r * 0.65 * math.sin(turn)
            draw.ellipse(
                (across - 11, down - 11, across + 11, down + 11), fill=colour, outline=(120, 10, 50)
            )
    else:
        draw.polygon([(x - r, y - r * 0.7), (x + r, y - r * 0.7), (x, y + r * 1.2)], fill=colour)
        draw.polygon([(x - r, y - r), (x + r, y - r), (x, y - r * 0.4)], fill=(40, 140, 50))
    pixels = np.asarray(picture.filter(ImageFilter.GaussianBlur(1)), dtype=np.int16)
    noise = rng.integers(-10, 11, pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def take(folder: Path, n: int, seed: int) -> dict[str, str]:
    """``n`` JPEG files in a folder; what is on each, by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    names = [str(name) for name in rng.permutation([list(BERRIES)[i % 3] for i in range(n)])]
    files = [f"IMG_{seed}{i:03}.jpg" for i in range(n)]
    for file, name in zip(files, names, strict=True):
        berry(name, rng).save(folder / file, quality=92)
    return dict(zip(files, names, strict=True))
